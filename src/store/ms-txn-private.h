/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One transaction, and what its files share. A writing one collects what it does to each object
 * (ms-changes.h) and writes it when the work is done (ms_txn_finish()); what it does to counted
 * tables it notes in the store's tally (ms-tally.h), which is written before the commit.
 */
#pragma once

#include "ms-changes.h"
#include "ms-object-cache.h"
#include "ms-row-set.h"
#include "ms-store-private.h"
#include "ms-txn.h"
#include "ms-reading.h"

G_BEGIN_DECLS

/* A store that takes another one's place begins its numbers at a multiple of this. */
#define MS_SEQUENCE_STEP G_GINT64_CONSTANT (1000000)
/* What every reader of JSON takes exactly */
#define MS_HIGHEST_SEQUENCE (G_GINT64_CONSTANT (1) << 53)

/* By what months of usage are written: see ms-txn-usage-clock.c.
 * @last: what the store has come to; 0 = nothing yet
 * @since: what moves takes its months from this one on along, and what is stored is of it
 * @known: the last one of which something may be known by now */
typedef struct
{
  gint64 last;
  gint64 since;
  gint64 known;
} MsUsageClock;

struct _MsTxn
{
  MsStore               *store;
  MsSql                 *sql;
  MsIndex               *index;      /* the store's when this began; it stays so to the end */
  MsSchemaRegistry      *schemas;    /* borrowed from it */
  MsIndex               *next_index; /* (nullable): the store's once this is committed */
  const MsChangeContext *context;    /* NULL when reading */
  gint64                 now;
  gint64                 sequence;
  char                  *target_label;
  GPtrArray             *news; /* utf8: for other daemons; NULL where there is none */
  gboolean               new_million;
  gint64                 beyond; /* … above this */

  /* Reading: the last search, since several types are asked the same one after the other. */
  char     *words;
  MsRowSet *with_words;
  char     *many_words; /* (nullable): a search that finds many objects */

  MsChanges     *changes;
  MsObjectCache *cache; /* NULL when reading */
  GArray        *rows;  /* gint64: reserved for objects to come; the last one goes first */
  guint          n_reserve;
  GArray        *touched; /* gint64: MS_CHANGED_*; also of savepoints that were dropped */
  GArray        *moved;   /* gint64: rows whose place in usage is to be looked at … */
  guint          settled; /* … from this one on */
  gint64         month;   /* ms_txn_get_usage_month(); 0 = not asked for yet */
  MsUsageClock   clock;   /* ms_txn_usage_get_clock(); "since" 0 = not asked for yet */
  GHashTable    *usage;   /* (nullable): sums that totals are owed, see ms-txn-usage.c */
  GArray  *late_unique;   /* gint64: rows of which unique values are put off, see ms-txn-unique.c */
  gboolean is_exchange;   /* all unique values are */
  char    *loser;         /* (nullable): see ms_txn_get_conflict() */
  char    *holder;
};

/* @context: %NULL = reading */
MsTxn *ms_txn_new (MsStore *store, MsSql *sql, const MsChangeContext *context);
void   ms_txn_free (MsTxn *self);
/* Writes the change set; the work is done. */
gboolean ms_txn_finish (MsTxn *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gint64   ms_txn_get_sequence (MsTxn *self);
/* @changed: one of MS_CHANGED_* */
void ms_txn_note_changed (MsTxn *self, gint64 changed);

/* ms-txn-objects-read.c
 * --------------------------------------------------------------------------------
 */

/* The object in a row, of any type; with @bin also one in the bin. */
MsObject *
ms_txn_load_row (MsTxn *self, gint64 row, gboolean bin, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (nullable): the one in the bin of that id; no error where there is none */
MsObject *
ms_txn_find_binned (MsTxn *self, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All that are there, from row @first to before @end, in the order of their rows; behind the
 * columns of ms_txn_read_object() the label that each is filed under, and its search text. */
MsStatement *ms_txn_query_objects (MsTxn *self, gint64 first, gint64 end, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Likewise all that are in the bin; without a search text. */
MsStatement *ms_txn_query_bin (MsTxn *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* From n, id, type, version, created, modified and document; an error says what is wrong with it,
 * not which object it is. */
MsObject *
ms_txn_read_object (MsTxn *self, MsStatement *statement, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The type of a row whose first columns are id, type and label. It fails where one of them is
 * damaged, and names the object: nobody who follows a link to it would look again. */
const MsResourceType *
ms_txn_check_named (MsTxn *self, MsStatement *statement, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * MsFound: @type, @label: of one in the bin perhaps %NULL
 */
typedef struct
{
  gint64                row;
  const MsResourceType *type;
  char                 *label;
} MsFound;
void ms_found_clear (MsFound *found);
/* Row, type and label of an object. @found->row is 0 where there is none. */
gboolean ms_txn_find_row (MsTxn *self, const char *id, gboolean bin, MsFound *found, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsFound, ms_found_clear)

/* ms-txn-objects.c --------------------------------------------------------------------------------
 */

/* Counts up version and time, once per transaction, and sets both on @object. */
gboolean ms_txn_touch (MsTxn *self, MsObject *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms_txn_update() without looking at the version. @before: what is stored */
gboolean ms_txn_write_object (MsTxn *self, MsObject *before, MsObject *object, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* ms-txn-secrets.c --------------------------------------------------------------------------------
 */

/* Gives @object the scheme that @stored has: it follows the password and nothing else. */
void ms_txn_keep_scheme (MsObject *stored, MsObject *object);

/* ms-txn-history.c --------------------------------------------------------------------------------
 */

#define MS_SET_COLUMNS                                                                             \
  "s.sequence, s.time, s.actor_id, s.actor_name, s.channel, s.verb, s.reason, s.job,"              \
  " s.undo_of, s.undone_by, s.object_count, s.first_type, s.first_id, s.first_label,"              \
  " s.target_label, s.hash"
#define MS_N_SET_COLUMNS 16
/* Of a row whose columns from @first on are MS_SET_COLUMNS. */
MsChangeSet *ms_txn_read_set (MsStatement *statement, guint first);

/* ms-txn-bin.c ------------------------------------------------------------------------------------
 */

/* Removes what is left of an object that lies in the bin, and tells nobody. */
gboolean ms_txn_erase_row (MsTxn *self, gint64 row, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ms-txn-sessions.c -------------------------------------------------------------------------------
 */

/* The API tokens of somebody who is gone for good, each with a note of it. */
gboolean
ms_txn_revoke_tokens (MsTxn *txn, const char *user_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ms-txn-links.c ----------------------------------------------------------------------------------
 */

/* Removes all links to and from an object that is about to be deleted, but not its single-valued
 * ones. */
gboolean
ms_txn_unlink_object (MsTxn *self, MsObject *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ms-txn-index.c ----------------------------------------------------------------------------------
 */

/* Brings all index tables and counters from one state of an object to another; %NULL = it does not
 * exist.
 * @late_name: the name of a mail group may collide until the end of the savepoint */
gboolean ms_txn_apply_index (MsTxn    *self,
                             MsObject *before,
                             MsObject *after,
                             gboolean  late_name,
                             GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* Unique values, search text and label of a stored object, from the tables of this transaction to
 * those of @next; @before and @after are the same object with the type of each. */
gboolean ms_txn_reindex_object (MsTxn    *self,
                                MsIndex  *next,
                                MsObject *before,
                                MsObject *after,
                                GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* Every unique value of an object. (element-type MsIndexUnique) */
GArray *
ms_txn_collect_unique (MsTxn *self, MsObject *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same without asking the store. @owner, @container: rows of the user and the mail group that
 * it belongs to, or 0. (transfer full) (element-type MsIndexUnique) */
GArray *ms_txn_collect_unique_of (MsTxn *self, MsObject *object, gint64 owner, gint64 container);

/* ms-txn-unique.c ---------------------------------------------------------------------------------
 */

/* Lets go of what is in @before and not in @after. (element-type MsIndexUnique) */
gboolean ms_txn_release_unique (MsTxn    *self,
                                MsObject *object,
                                GArray   *before,
                                GArray   *after,
                                GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes what is in @after and not in @before; an error names who has it. @late_name: see
 * ms_txn_apply_index() */
gboolean ms_txn_take_unique (MsTxn    *self,
                             MsObject *object,
                             GArray   *before,
                             GArray   *after,
                             gboolean  late_name,
                             GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes those put off since there were @first of them: at the end of a savepoint or of the work. */
gboolean ms_txn_take_late (MsTxn *self, guint first, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ms-store-schemas.c ------------------------------------------------------------------------------
 */

/* Tables of what the program knows by itself and of the files that the store holds. (transfer full)
 */
MsIndex *ms_schemas_load (MsSql *sql, MsSchemaRegistry *builtin, gboolean may_write, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Begins the transaction of a reader, and sees in its snapshot whether the tables that the store
 * has here are those that it says it has: another process may have changed them. Where they are not
 * it fails, or with @afresh takes those of the snapshot. */
gboolean ms_schemas_begin (MsTxn *txn, gboolean afresh, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of a writer, in a transaction that was begun; it fails. */
gboolean
ms_schemas_check_current (MsStore *store, MsSql *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ms-txn-counts.c ---------------------------------------------------------------------------------
 */

/* The object in @row comes or goes. */
void ms_txn_count_object (MsTxn *self, const MsResourceType *type, gint64 row, int difference);
void ms_txn_count_seat (MsTxn *self, int difference);
/* @group: row, 0 = the root */
void ms_txn_count_mailbox (MsTxn *self, gint64 group, int difference);
gboolean
ms_txn_count_add_group (MsTxn *self, gint64 group, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean
ms_txn_count_remove_group (MsTxn *self, gint64 group, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* With @difference 1 after the link to @parent was made, with -1 before it is removed. */
gboolean ms_txn_count_group_in (MsTxn   *self,
                                gint64   group,
                                gint64   parent,
                                int      difference,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What has been noted up to now into the tables, before they are read; nothing in a reading
 * transaction. */
gboolean ms_txn_write_counts (MsTxn *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ms-txn-usage.c ----------------------------------------------------------------------------------
 */

/* One that readings are counted for has come, gone, moved or got another name. */
void ms_txn_note_moved (MsTxn *self, gint64 row);
/* Adds @sign times what is counted for @obj, a mailbox with a reading or a mail group, to what is
 * owed to @container and all above it. @since: the first month of which what was sent is */
gboolean ms_txn_usage_count (MsTxn   *self,
                             gint64   obj,
                             gint64   container,
                             gboolean is_group,
                             gint64   since,
                             int      sign,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is owed into the totals. */
gboolean ms_txn_usage_flush (MsTxn *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is owed was rolled back. */
void ms_txn_usage_forget (MsTxn *self);
/* Brings "value" and what is made of it from one state to the other. Both (element-type MsIndexRow)
 * are sorted. */
gboolean ms_txn_apply_rows (MsTxn *self, GArray *before, GArray *after, gint64 obj, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Of a mailbox that has no reading yet: one with its periods as they were in another store, to be
 * counted. @out_since: the first month of which totals do not have what it sent. @periods:
 * (element-type MsUsagePeriod) */
gboolean ms_txn_put_reading (MsTxn           *self,
                             gint64           row,
                             const MsReading *reading,
                             gint64           measured,
                             gint64           out_since,
                             GArray          *periods,
                             GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* In the history of @row. With @add, what is sent comes to what is there, and what is stored stays;
 * else all is as @period says. */
gboolean ms_txn_put_period (MsTxn               *self,
                            gint64               row,
                            const MsUsagePeriod *period,
                            gboolean             add,
                            GError             **error) G_GNUC_WARN_UNUSED_RESULT;

/* All of them, as they say. (element-type MsUsagePeriod) */
gboolean ms_txn_put_periods (MsTxn *self, gint64 row, GArray *periods, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* ms-txn-usage-clock.c: that the store has come to @month, for a new one in which nothing is
 * counted yet. */
gboolean ms_txn_come_to_month (MsTxn *self, gint64 month, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ms-txn-usage-places.c: counts what has moved where it is now. Before totals are read, and at the
 * end of the work. */
gboolean ms_txn_usage_settle (MsTxn *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Nothing is left of an object. */
gboolean ms_txn_usage_erase (MsTxn *self, gint64 row, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ms-txn.c */
/* For ms_txn_start_million(), where the numbers that were given out cannot be read any more: what
 * no store has come to, even if it began with this itself, the last time. */
gint64 ms_txn_find_unreached (void);

G_END_DECLS
