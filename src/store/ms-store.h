/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The user store: objects, links, secrets and change sets in one SQL database, behind an interface
 * that names no database. Everything is done inside a transaction (ms-txn.h): reads on the calling
 * thread with a pooled connection and one consistent snapshot, writes on the one writer thread,
 * which groups what waits into one commit with a savepoint each. When a write has succeeded it is
 * on disk.
 *
 * Invariants kept here, by the database itself: ids and unique values are unique; a user owns at
 * most one primary mailbox; links point at objects that exist; each write that changes an object
 * has exactly one change set, which holds every delta and no secret.
 */
#pragma once

#include <gio/gio.h>
#include "ms-progress.h"
#include "ms-schema.h"

G_BEGIN_DECLS

#define MS_TYPE_STORE (ms_store_get_type ())
G_DECLARE_FINAL_TYPE (MsStore, ms_store, MS, STORE, GObject)

typedef struct _MsTxn MsTxn;

/**
 * MsChangeContext: who writes, and why; kept with the change set
 * @actor_id: (nullable): user id, %NULL for the system itself
 * @actor_name: what the actor was called at the time
 * @channel: "console", "cli", "scim", "import", "system"
 * @verb: "create", "update", "delete", "move", "import", "undo", "restore", "enable", "disable",
 * "password"
 * @reason: (nullable): free text given by the actor
 * @job: (nullable): id of the import that this is a part of
 * @undo_of: sequence number of the change set that this undoes, or 0
 */
typedef struct
{
  const char *actor_id;
  const char *actor_name;
  const char *channel;
  const char *verb;
  const char *reason;
  const char *job;
  gint64      undo_of;
} MsChangeContext;

/* Works inside a transaction. Returning %FALSE with @error set rolls back this work, and only this.
 */
typedef gboolean (*MsTxnFunc) (MsTxn *txn, gpointer user_data, GError **error);
/* Called once when a write is on disk or has failed; on the writer thread, so it must be quick.
 * @sequence: number of the change set made, 0 when nothing changed. */
typedef void (*MsWriteDoneFunc) (gint64 sequence, const GError *error, gpointer user_data);
/* Called after each commit that made change sets, of whichever daemon on the same database: in
 * order, without a gap, once; on a thread of the store, so it must be quick. */
typedef void (*MsCommitFunc) (MsStore *self,
                              gint64   first_sequence,
                              gint64   last_sequence,
                              gpointer user_data);

/* What a commit changed, in numbers: the content of an object (attributes, label, version, secrets;
 * that it exists), or which links point at it. @row: ms_object_get_row() */
#define MS_CHANGED_CONTENT(row) ((row) *2)
#define MS_CHANGED_LINKS(row) ((row) *2 + 1)
#define MS_CHANGED_ALL 0 /* nothing that was read before holds: the schemas are others */
/* Called on the writer thread around each commit: before it is made, with all that it will change
 * (what is kept of that must go, since any read may see it from now on), and with @changed %NULL
 * when it is on disk or was rolled back, before anybody is told of it. */
typedef void (*MsChangedFunc) (MsStore      *self,
                               const gint64 *changed,
                               guint         n_changed,
                               gpointer      user_data);
/* Called on a thread of the store with what another daemon announced (ms_txn_announce()). @text:
 * one or more texts that were announced for @topic, with spaces between them. */
typedef void (*MsNewsFunc) (MsStore *self, const char *topic, const char *text, gpointer user_data);
/* The topic of what this process tells itself when announcements may have been lost: whatever was
 * remembered of the store must be forgotten. */
#define MS_NEWS_RESET "reset"
/* Topics of the store's own: ids of sessions that ended, and of users all of whose sessions did. */
#define MS_NEWS_SESSION "session"
#define MS_NEWS_USER "user"
/* What everybody may do is asked for anew. */
#define MS_NEWS_EVERYBODY "everybody"

typedef enum
{
  MS_STORE_CREATE = 1 << 0,    /* make it where it does not exist */
  MS_STORE_READ_ONLY = 1 << 1, /* never write, not even migrations: for rescue and inspection */
  MS_STORE_DAMAGED = 1 << 2,   /* beside the former: also where the file is known to be damaged */
} MsStoreFlags;

/* @uri: "sqlite:/absolute/path/store.db". Migrates an older store. Fails clearly on one that is
 * newer, damaged, locked by another daemon, or not a store. */
MsStore *ms_store_open (const char       *uri,
                        MsSchemaRegistry *schemas,
                        MsStoreFlags      flags,
                        GError          **error) G_GNUC_WARN_UNUSED_RESULT;
/* (nullable) (element-type utf8): what was found wrong with one that was opened with
 * %MS_STORE_DAMAGED, as far as every opening looks; ms_store_verify() finds the rest. */
GPtrArray *ms_store_get_damage (MsStore *self);
/* Finishes every write that waits, then closes. Idempotent; the last unref does it too. */
void ms_store_close (MsStore *self);

const char *ms_store_get_driver_name (MsStore *self);
/* (transfer full): those of now, with the schema files that the store holds */
MsSchemaRegistry *ms_store_ref_schemas (MsStore *self);
int               ms_store_get_schema_version (MsStore *self);
/* (element-type utf8): what opening it for writing set right (rules, identities), in words.
 * For the log of the program that opened it. */
GPtrArray *ms_store_get_mended (MsStore *self);

gboolean ms_store_read (MsStore      *self,
                        MsTxnFunc     func,
                        gpointer      user_data,
                        GCancellable *cancellable,
                        GError      **error) G_GNUC_WARN_UNUSED_RESULT;
/* Where others may write to the store too, all of these fail where the schemas are no more those
 * that this process has: see ms_store_is_behind().
 *
 * This one does not: the transaction has the schemas of its snapshot, whatever this process has.
 * For who has no types or attributes in hand. */
gboolean ms_store_read_afresh (MsStore      *self,
                               MsTxnFunc     func,
                               gpointer      user_data,
                               GCancellable *cancellable,
                               GError      **error) G_GNUC_WARN_UNUSED_RESULT;
/* The first with an end: at @deadline (monotonic time) it fails with %G_IO_ERROR_TIMED_OUT. 0 =
 * none. */
gboolean ms_store_read_until (MsStore      *self,
                              gint64        deadline,
                              MsTxnFunc     func,
                              gpointer      user_data,
                              GCancellable *cancellable,
                              GError      **error) G_GNUC_WARN_UNUSED_RESULT;
/* Waits until it is on disk. Not from the writer thread. @sequence: (out) (optional) */
gboolean ms_store_write (MsStore               *self,
                         const MsChangeContext *context,
                         MsTxnFunc              func,
                         gpointer               user_data,
                         gint64                *sequence,
                         GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* @context is copied. @done is always called exactly once, also on shutdown. */
void ms_store_write_async (MsStore               *self,
                           const MsChangeContext *context,
                           MsTxnFunc              func,
                           gpointer               user_data,
                           MsWriteDoneFunc        done,
                           gpointer               done_data);

void ms_store_set_commit_func (MsStore *self, MsCommitFunc func, gpointer user_data);
void ms_store_set_changed_func (MsStore *self, MsChangedFunc func, gpointer user_data);
/* Whether @uri is of a kind that can be opened here. The message does not repeat what may be a
 * password. */
gboolean ms_store_check_uri (const char *uri, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether it was opened with MS_STORE_READ_ONLY: every write fails, with the detail
 * {"readOnly":true}. */
gboolean ms_store_is_read_only (MsStore *self);
/* Whether nobody but this process writes to it while it is open, so that MsChangedFunc tells all.
 */
gboolean ms_store_is_exclusive (MsStore *self);
void     ms_store_set_news_func (MsStore *self, MsNewsFunc func, gpointer user_data);
/* Whether what other daemons do is heard at present, so that what is remembered of the store may be
 * relied upon. */
gboolean ms_store_is_current (MsStore *self);

/* "PRAGMA integrity_check" and our own cross-checks (counters, links, index rows against
 * documents); (element-type utf8): what is wrong, empty when all is well. */
GPtrArray *ms_store_verify (MsStore *self, GError **error);
/* So many are listed. */
#define MS_VERIFY_LISTED 100
/* The same, of something that takes long. @progress: (nullable). @count: (out) (optional): of all
 * problems, also of those that are not listed */
GPtrArray *
ms_store_verify_with (MsStore *self, const MsProgress *progress, guint *count, GError **error);
/* The same of what it holds only: not whether the database's rules are there, which the next
 * opening for writing makes again. */
GPtrArray *ms_store_verify_content (MsStore *self, const MsProgress *progress, GError **error);
/* What is not wrong with it, but somebody should look at: (transfer full) (element-type utf8) */
GPtrArray *ms_store_list_remarks (MsStore *self, GError **error);

typedef enum
{
  MS_DIGEST_STATE, /* objects that are there, their links, which secrets they have; no versions,
                      times or schemes of passwords: the same after something was done and undone */
  MS_DIGEST_WHOLE, /* all that a copy must have: also the bin, versions, times, secrets, settings,
                      sessions, change sets, imports but for their files */
} MsDigestKind;
/* SHA-256 over the store's content, in hexadecimal, the same on every driver; one snapshot, memory
 * that does not grow with the store. ms-store-digest.c names the order. (transfer full) */
char *ms_store_digest (MsStore *self, MsDigestKind kind, GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
