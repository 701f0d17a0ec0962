/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of the libmicrohttpd backend share: the server, one record per connection, one per
 * request.
 *
 * Threads: the library runs a pool of them, and each connection stays on one. A request belongs to
 * its connection's thread until it is deferred; from then to its answer it belongs to whoever
 * answers, and MHD_suspend_connection() keeps the library away. A suspended connection is never
 * freed by the library, so the pointer to it stays good.
 */
#pragma once

#include <stdatomic.h>
#include <microhttpd.h>
#include <gnutls/gnutls.h>
#include <gnutls/abstract.h>
#include "ms-http.h"

G_BEGIN_DECLS

/* A certificate with its key as GnuTLS wants them for each handshake. */
typedef struct
{
  gnutls_pcert_st *chain;
  unsigned int     chain_length;
  gnutls_privkey_t key;
} MsHttpCredentials;

MsHttpCredentials *ms_http_credentials_new (const char *certificate_pem,
                                            const char *key_pem,
                                            GError    **error) G_GNUC_WARN_UNUSED_RESULT;
void               ms_http_credentials_free (MsHttpCredentials *self);
/* Given to the library; finds the server by the session's connection. */
int ms_http_mhd_retrieve_certificate (gnutls_session_t                  session,
                                      const struct gnutls_cert_retr_st *info,
                                      gnutls_pcert_st                 **certificates,
                                      unsigned int                     *certificates_length,
                                      gnutls_ocsp_data_st             **ocsp,
                                      unsigned int                     *ocsp_length,
                                      gnutls_privkey_t                 *key,
                                      unsigned int                     *flags);

struct _MsHttpServer
{
  /* Owned */
  struct MHD_Daemon *daemon;
  GThread           *sweeper;
  GThread           *acceptor;
  GPtrArray *credentials; /* every one ever used: handshakes under way may hold an old one */

  MsHttpLimits  limits;
  MsHttpHandler handler;

  GMutex     lock;        /* what follows, down to full */
  GCond      changed;     /* stopping, or nothing in flight while draining */
  GQueue     connections; /* MsHttpConnection, by their own links */
  GPtrArray *streams;     /* MsHttpStream, those whose request is not completed */
  gboolean   stopping;
  guint      handed_over; /* to the library, which has not begun them yet */
  gboolean   full;        /* the acceptor waits for a place */

  int listener; /* the acceptor's; -1 when it has ended */
  int wake_fd;  /* wakes it */

  atomic_bool                   draining;
  atomic_uint                   in_flight;
  atomic_size_t                 body_bytes;
  _Atomic (MsHttpCredentials *) current;
};

typedef enum
{
  MS_HTTP_WAITING, /* for the first byte of the next request */
  MS_HTTP_HEADERS,
  MS_HTTP_BODY,
  MS_HTTP_BUSY, /* handling or answering: no deadline of ours */
} MsHttpPhase;

typedef struct
{
  MsHttpServer *server;
  GList         link;
  int           fd;
  char         *peer;

  /* The library's thread alone: see ms-http-mhd-pull.c */
  struct MHD_Daemon *daemon;     /* Borrowed: the thread's */
  MsHttpRequest     *request;    /* (nullable) Borrowed: begun and not over */
  gboolean           has_spoken; /* a request has begun: the handshake is long over */
  gboolean           has_ended;  /* answered for good: what still comes is thrown away */
  gsize              thrown_away;

  atomic_bool late; /* past its deadline: the sweeper has shut the socket's reading half */

  GMutex      lock; /* what follows: the library's thread and the sweeper both set it */
  MsHttpPhase phase;
  gint64      deadline; /* monotonic; 0 = none */
  guint64     received; /* bytes, as the kernel counts, since when it waits */
  gboolean    received_known;
} MsHttpConnection;

/* Takes in who connects to the listener. */
gboolean ms_http_mhd_start_accepting (MsHttpServer *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* When draining has been set; closes the listener. */
void ms_http_mhd_stop_accepting (MsHttpServer *self);
/* A connection has ended; with the server's lock held. */
void ms_http_mhd_place_freed (MsHttpServer *self);

/* To be called when the connection is new. */
void ms_http_mhd_take_pull (MsHttpConnection *self, struct MHD_Connection *mhd);

void ms_http_connection_enter (MsHttpConnection *self, MsHttpPhase phase, gint64 deadline);
/* Headers have begun; the deadline runs from the first byte of them that anybody saw. */
void ms_http_connection_enter_headers (MsHttpConnection *self);

struct _MsHttpRequest
{
  gatomicrefcount        refs;
  MsHttpServer          *server;
  struct MHD_Connection *mhd;        /* Borrowed; good until completed */
  MsHttpConnection      *connection; /* Borrowed; the same */
  char                  *method;
  char                  *target;
  char                  *peer;

  gboolean    begun;
  gboolean    counted; /* in in_flight */
  gboolean    has_body;
  gboolean    handled;
  gboolean    deferred;
  gboolean    cut;        /* refused in the middle of its body */
  gboolean    persistent; /* neither side wants the connection to end with the answer */
  gboolean    held;       /* the answer is collected, and sent when the library has done with it */
  gboolean    has_length;
  guint64     length; /* Content-Length, where has_length */
  gsize       max_body;
  gint64      body_began; /* monotonic */
  gsize       discarded;
  GByteArray *body;
  GBytes     *whole_body;
  gsize       body_counted;

  GMutex        lock; /* what follows */
  gboolean      gone; /* the library has done with it */
  gboolean      answered;
  guint         status;
  char         *content_type;
  GPtrArray    *headers; /* name, value, name, value */
  GBytes       *answer;
  MsHttpStream *stream;

  gpointer       data;
  GDestroyNotify data_destroy;
};

void           *ms_http_mhd_on_target (void *cls, const char *target, struct MHD_Connection *mhd);
enum MHD_Result ms_http_mhd_on_access (void                  *cls,
                                       struct MHD_Connection *mhd,
                                       const char            *url,
                                       const char            *method,
                                       const char            *version,
                                       const char            *upload,
                                       size_t                *upload_size,
                                       void                 **request_slot);
void            ms_http_mhd_on_completed (void                           *cls,
                                          struct MHD_Connection          *mhd,
                                          void                          **request_slot,
                                          enum MHD_RequestTerminationCode code);

/* Answers with an error, as ms_http_request_respond(). */
void ms_http_mhd_refuse (MsHttpRequest *self, guint status, const char *detail);
/* An answer that is claimed, past the library. */
void ms_http_mhd_answer_midway (MsHttpRequest *self);
/* In the middle of reading: the connection's time is over. */
void ms_http_mhd_answer_late (MsHttpConnection *connection);

/* As the library gave them, for they are places in its buffer too; @target without its query. */
typedef struct
{
  const char *method;
  const char *target;
  const char *version;
} MsHttpFirstLine;
/* (nullable): what is wrong with the first line or those of the headers */
const char *ms_http_mhd_check_lines (MsHttpRequest *self, const MsHttpFirstLine *first);

/* Around what the library sends of the answer: before it is queued, when the request is over. */
void ms_http_mhd_hold_answer (MsHttpRequest *self);
void ms_http_mhd_send_held (MsHttpRequest *self);

MsHttpStream        *ms_http_stream_new (struct MHD_Connection *mhd, gsize max_queued);
struct MHD_Response *ms_http_stream_make_answer (MsHttpStream *self);
void                 ms_http_stream_mark_gone (MsHttpStream *self);

G_END_DECLS
