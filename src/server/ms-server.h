/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server: a service behind HTTPS. It admits requests (address, log-on, right, size of the body)
 * before their route sees them, runs slow ones on workers of its own, and ends in order.
 */
#pragma once

#include "ms-backup-keeper.h"
#include "ms-certificate.h"
#include "ms-event-feed.h"
#include "ms-http.h"
#include "ms-service.h"
#include "ms-slow-reads.h"

G_BEGIN_DECLS

/**
 * MsServerOptions:
 * @base_url: (nullable): how clients reach the server, "https://users.example.org"; %NULL = as each
 * request's Host says
 * @threads: of the HTTPS side; 0 = by the machine
 * @max_body: bytes of a JSON body
 * @max_bulk: bytes of a bulk request
 * @max_upload: bytes of a file to import
 * @heartbeat_seconds: of event streams
 * @quick_msec: that a list may hold up the thread of its connection; @busy_msec: while another one
 * of the same user takes longer; @list_msec: after which any list is given up
 * @backup: by the server itself
 */
typedef struct
{
  char        *base_url;
  guint        threads;
  MsHttpLimits http;
  gsize        max_body;
  gsize        max_bulk;
  gsize        max_upload;
  guint        heartbeat_seconds;
  guint        quick_msec;
  guint        busy_msec;
  guint        list_msec;

  MsBackupOptions backup;
} MsServerOptions;

void ms_server_options_init (MsServerOptions *self);
void ms_server_options_clear (MsServerOptions *self);

typedef struct _MsServer MsServer;

/* @listener: (transfer full): a listening socket */
MsServer *ms_server_new (MsService             *service,
                         int                    listener,
                         const MsCertificate   *certificate,
                         const MsServerOptions *options,
                         GError               **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean  ms_server_set_certificate (MsServer            *self,
                                     const MsCertificate *certificate,
                                     GError             **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes nothing new, ends event streams, and gives what is in flight @seconds to finish; then ends
 * the service and with it whatever still waits. Blocks. */
void ms_server_stop (MsServer *self, guint seconds);
void ms_server_free (MsServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsServer, ms_server_free)

MsBackupKeeper        *ms_server_get_backups (MsServer *self);
MsEventFeed           *ms_server_get_feed (MsServer *self);
MsSlowReads           *ms_server_get_slow_reads (MsServer *self);
const MsServerOptions *ms_server_get_options (MsServer *self);
/* (transfer full) */
char *ms_server_dup_fingerprint (MsServer *self);
char *ms_server_dup_not_after (MsServer *self);
/* A trial of an outside directory, which waits for another server. (transfer full) (nullable): is
 * cancelled when this server ends; %NULL where enough of them are under way. Otherwise
 * ms_server_end_trial() must follow. */
GCancellable *ms_server_begin_trial (MsServer *self, GError **error);
void          ms_server_end_trial (MsServer *self);
/* A place for an answer that is written bit by bit to a client of any speed. %FALSE where all are
 * taken; otherwise one of the others must follow: ms_server_run_long() runs @func on a thread of
 * its own, ms_server_release_long() gives the place back unused. */
gboolean ms_server_reserve_long (MsServer *self) G_GNUC_WARN_UNUSED_RESULT;
void     ms_server_release_long (MsServer *self);
void     ms_server_run_long (MsServer *self, GThreadFunc func, gpointer data);

G_END_DECLS
