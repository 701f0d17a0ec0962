/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of the store share: the store's parts and who may touch them from which thread.
 */
#pragma once

#include "ms-index.h"
#include "ms-sql.h"
#include "ms-store.h"
#include "ms-tally.h"

G_BEGIN_DECLS

/* Setting of a store into which a copy was begun and not ended. */
#define MS_SETTING_INCOMPLETE "incomplete"
/* Flag for ms_store_open(): also such a store. */
#define MS_STORE_INCOMPLETE ((MsStoreFlags) (1 << 8))

struct _MsStore
{
  GObject parent_instance;

  /* Set once by ms_store_open(), then only read */
  MsDatabase       *database;
  MsSchemaRegistry *builtin; /* without the schema files that the store itself holds */
  gboolean          read_only;
  GPtrArray        *mended;  /* utf8 */
  gboolean          damaged; /* may be */

  /* Replaced as a whole when schema files change; what began with the old one ends with it */
  GMutex   index_lock;
  MsIndex *index;

  /* Where the store is damaged: rows of objects of which that was logged */
  GMutex      damage_lock;
  GHashTable *told_damage; /* (nullable): gint64 * */

  /* Readers: connections that nobody uses at the moment */
  GMutex     reader_lock;
  GCond      reader_cond;
  GPtrArray *idle;
  guint      reader_count;
  guint      reader_waiting;
  gboolean   readers_closed;

  /* Writer: the queue is shared, the connection is the writer thread's alone */
  GMutex        writer_lock;
  GCond         writer_cond;
  GQueue        waiting;
  gboolean      closing;
  GThread      *writer_thread;
  MsSql        *writer;
  MsTally      *tally;
  GHashTable   *wanted_anchors; /* gint64 *: asked for already */
  MsChangedFunc changed_func;
  gpointer      changed_data;

  /* What happens in the database, told in order: one call at a time */
  GMutex       tell_lock;
  gint64       told; /* the last sequence number that was */
  MsCommitFunc commit_func;
  gpointer     commit_data;
  MsNewsFunc   news_func;
  gpointer     news_data;
  gint64       current_until; /* monotonic time */

  /* Listener, where several daemons can share a database */
  char    *instance; /* tells our own news from those of others */
  GThread *listener_thread;
  int      wake[2];
};

/* ms-store-anchors.c */

/* A large list was sorted by @attr: gives it anchors soon, on the writer thread. */
void ms_store_want_anchors (MsStore *self, gint64 attr);

/* ms-copy.c */
gboolean ms_copy_is_marked (MsSql *sql, gboolean *marked, GError **error);
gboolean ms_copy_take_mark (MsSql *sql, GError **error);
/* As ms_store_copy(), but leaves the mark, for who has more to do to it. */
gboolean ms_store_copy_marked (MsStore          *self,
                               const char       *to_uri,
                               const MsProgress *progress,
                               GError          **error) G_GNUC_WARN_UNUSED_RESULT;

/* ms-store.c */
MsIndex *ms_store_ref_index (MsStore *self);
/* From now on transactions begin with @index. (transfer full) */
void ms_store_take_index (MsStore *self, MsIndex *index);

/* Among daemons: the last change set of a commit. */
#define MS_NEWS_COMMIT "commit"

/* ms-store-writer.c */
void ms_store_start_writer (MsStore *self);
/* Finishes what waits. Writes that come later fail. */
void ms_store_stop_writer (MsStore *self);

/* ms-store-news.c */
/* All change sets up to @last are on disk. */
void ms_store_tell_commit (MsStore *self, gint64 last);
void ms_store_tell_news (MsStore *self, const char *topic, const char *text);
/* To the other daemons, with the transaction of the writer. @news: (element-type utf8): what
 * ms_txn_announce() collected; @last: sequence number, 0 = no change set */
gboolean ms_store_announce (MsStore *self, GPtrArray *news, gint64 last, GError **error);

/* ms-store-listener.c */
gboolean ms_store_start_listener (MsStore *self, GError **error);
void     ms_store_stop_listener (MsStore *self);

G_END_DECLS
