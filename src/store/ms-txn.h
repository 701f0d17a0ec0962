/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What can be asked of and done to the store inside one transaction (see ms_store_read(),
 * ms_store_write()). Writing functions assert that the transaction is a writing one. Rules (who
 * may, what makes sense) are not here but in service/; only what the database must guarantee under
 * concurrency is.
 */
#pragma once

#include "ms-change.h"
#include "ms-filter.h"
#include "ms-object.h"
#include "ms-patch.h"
#include "ms-store.h"
#include "ms-txn-directories.h"
#include "ms-txn-imports.h"

G_BEGIN_DECLS

/* Objects
 * ------------------------------------------------------------------------------------------ */

/* (transfer full). %MS_ERROR_NOT_FOUND where there is none of that type (or of any, with %NULL)
 * outside the bin. */
MsObject *ms_txn_get_object (MsTxn *txn, const MsResourceType *type, const char *id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same where it may well not be there: @object: (out) (nullable) (transfer full). %FALSE where
 * nobody knows, since the store could not be read */
gboolean ms_txn_look_up (MsTxn                *self,
                         const MsResourceType *type,
                         const char           *id,
                         MsObject            **object,
                         GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* By a unique attribute: userName of a User, address of a Mailbox, name of a Domain. (nullable), no
 * error when absent */
MsObject *ms_txn_find_object (
    MsTxn *txn, const MsResourceType *type, const char *path, const char *value, GError **error);
/* In a writing transaction: asks at once for those of many (element-type utf8) that are about to be
 * looked for, or made, one by one. */
gboolean ms_txn_expect_objects (MsTxn                *txn,
                                const MsResourceType *type,
                                const char           *path,
                                GPtrArray            *values,
                                GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* The object that holds @value in the unique scope of @attribute, whatever its type. (nullable) */
MsObject *
ms_txn_find_unique (MsTxn *txn, const MsAttribute *attribute, const char *value, GError **error);
/* The mailbox that @user logs on to. (nullable), no error when there is none */
MsObject *ms_txn_find_primary (MsTxn *txn, MsObject *user, GError **error);
/* The object whose @address is, whatever its type; not an alias. (nullable) */
MsObject *ms_txn_find_address (MsTxn *txn, const char *address, GError **error);

/* Sets row, version 1 and times on @object. Fails with %MS_ERROR_CONFLICT, scimType uniqueness,
 * path set. */
gboolean ms_txn_insert (MsTxn *txn, MsObject *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes the difference from what is stored; does nothing (no version, no delta) where there is
 * none.
 * @object's version must be the stored one (%MS_ERROR_STALE); on success it is the new one. */
gboolean ms_txn_update (MsTxn *txn, MsObject *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Into the bin: gone from every query, unique values free again, its own links and those to it
 * removed (the objects at the other end change with it, and say so in the same change set). It lies
 * there as the transaction found it. */
gboolean ms_txn_delete (MsTxn *txn, MsObject *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* As it lies in the bin, without relations. %MS_ERROR_NOT_FOUND. (transfer full) */
MsObject *ms_txn_get_binned (MsTxn *txn, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What lies in the bin shall be so: @object is what ms_txn_get_binned() gave, changed. */
gboolean ms_txn_lay_back (MsTxn *txn, MsObject *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Out of the bin again, with its secrets. @object: what ms_txn_get_binned() gave, perhaps changed:
 * %MS_ERROR_CONFLICT where a unique value was taken meanwhile. Links are put back by the caller
 * (undo), one by one; until the end of the savepoint or transaction a mail group may have a name
 * that is taken where it is. */
gboolean
ms_txn_restore_object (MsTxn *txn, MsObject *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * MsBinEntry: what lies in the bin
 * @row: with @deleted where a list goes on
 * @deletion: (nullable): the change set that put it there, without its changes
 */
typedef struct
{
  gint64       row;
  char        *id;
  char        *type_name;
  char        *label;
  gint64       deleted;
  MsChangeSet *deletion;
} MsBinEntry;
void ms_bin_entry_free (MsBinEntry *self);

/* The last deleted first, those after (@deleted, @row); both 0 = from the beginning. @type_name,
 * @search: (nullable): every word occurs in the label. (element-type MsBinEntry) */
GPtrArray *ms_txn_list_bin (MsTxn      *txn,
                            const char *type_name,
                            const char *search,
                            gint64      deleted,
                            gint64      row,
                            guint       limit,
                            GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ids of those that lie there since before @time, the oldest first. (element-type utf8) */
GPtrArray *ms_txn_list_bin_before (MsTxn *txn, gint64 time, guint limit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Out of the bin for good: row, document and secrets go, the change set keeps type, id and label.
 * %MS_ERROR_NOT_FOUND */
gboolean ms_txn_purge (MsTxn *txn, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Links: multi-valued relations
 * -------------------------------------------------------------------- */

/* %TRUE in @changed where it was not there before (or was, for remove). Cost does not depend on how
 * many there are. The version of @from counts up once per transaction. */
gboolean ms_txn_add_link (MsTxn             *txn,
                          MsObject          *from,
                          const MsAttribute *attribute,
                          const char        *target_id,
                          gboolean          *changed,
                          GError           **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_txn_remove_link (MsTxn             *txn,
                             MsObject          *from,
                             const MsAttribute *attribute,
                             const char        *target_id,
                             gboolean          *changed,
                             GError           **error) G_GNUC_WARN_UNUSED_RESULT;

/* Of which nothing is %NULL: an object that has no id, name or type in a damaged store makes the
 * call fail that meets it. */
typedef struct
{
  char                 *id;
  const MsResourceType *type;
  char                 *label;
  gint64                row; /* as ms_object_get_row() */
} MsLinkTarget;
void ms_link_target_free (MsLinkTarget *self);
/* What @id is linked to by @path ("members", "owner"), or from with @reverse; up to @limit (0 =
 * all), in stable order. (element-type MsLinkTarget) */
GPtrArray *ms_txn_list_links (MsTxn      *txn,
                              const char *id,
                              const char *path,
                              gboolean    reverse,
                              guint       limit,
                              GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether there is that one link; costs the same however many there are. */
gboolean ms_txn_has_link (MsTxn      *txn,
                          const char *from_id,
                          const char *path,
                          const char *to_id,
                          gboolean   *has,
                          GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of an object that was read in this transaction. */
GPtrArray *ms_txn_list_object_links (MsTxn      *txn,
                                     MsObject   *object,
                                     const char *path,
                                     gboolean    reverse,
                                     guint       limit,
                                     GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether @object has entries of a relation of many that is in the extension @schema, which do not
 * stand in its attributes. */
gboolean ms_txn_has_extension_links (MsTxn          *txn,
                                     MsObject       *object,
                                     const MsSchema *schema,
                                     gboolean       *has,
                                     GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* What @object links to by @path, behind the link to @after (0 = from the beginning); at most
 * @limit, so that a long list is read in pieces. (element-type MsLinkTarget) */
GPtrArray *ms_txn_list_links_after (MsTxn      *txn,
                                    MsObject   *object,
                                    const char *path,
                                    gint64      after,
                                    guint       limit,
                                    GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Id of the ancestors of a mail group by "parent", nearest first; used against cycles and for
 * paths. (element-type utf8) */
GPtrArray *
ms_txn_list_ancestors (MsTxn *txn, const char *group_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many levels of mail groups are below one, or @limit where there are more; 0 also of one that
 * is not there (yet). @depth: (out) */
gboolean ms_txn_measure_below (MsTxn      *txn,
                               const char *group_id,
                               gint64      limit,
                               gint64     *depth,
                               GError    **error) G_GNUC_WARN_UNUSED_RESULT;

/* Secrets
 * ------------------------------------------------------------------------------------------ */

/* @kind: "password" and others. @value: a crypt(3) hash, %NULL removes it. Notes in the change set
 * that it changed, never what. Keeps the passwordScheme of a user, which follows from the hash of
 * the password: in what is stored and in @object. A new object may have the one of the password
 * that it gets in the same transaction, which saves a write. */
gboolean ms_txn_set_secret (MsTxn      *txn,
                            MsObject   *object,
                            const char *kind,
                            const char *value,
                            GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of what moves by itself, without a new version and without a change set: the last time
 * step of a second factor. */
gboolean ms_txn_keep_secret (MsTxn      *txn,
                             const char *id,
                             const char *kind,
                             const char *value,
                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full) (nullable) */
char *ms_txn_get_secret (MsTxn *txn, const char *id, const char *kind, GError **error);

/* Queries
 * ------------------------------------------------------------------------------------------ */

/**
 * MsQuery:
 * @type: what to list
 * @filter: (nullable)
 * @search: (nullable): every word must occur in some is_search attribute, accents and case folded
 * @sort_by: (nullable): leaf attribute; %NULL = by creation
 * @sort_client: (nullable): with "externalIds.value": only what that client calls objects
 * @sort_meta: sort by that instead; what all objects of a type have alike leaves them as they are
 * @start: rows to pass over
 * @count: rows wanted at most; 0 = totals only
 * @bounded: with @search: a total above ms_query_sizes.counted only says that it is above it
 * @deadline: monotonic time at which whoever asks gives up; for ms_store_read_until(). 0 = never
 * @shown: people look at what is found: ms_txn_query() hands it over as ms_txn_list_row() has it
 */
typedef struct
{
  const MsResourceType *type;
  const MsFilter       *filter;
  const char           *search;
  const MsAttribute    *sort_by;
  const char           *sort_client;
  MsFilterMeta          sort_meta;
  gboolean              descending;
  gint64                start;
  gint64                count;
  gint64                deadline;
  gboolean              bounded;
  gboolean              shown;
} MsQuery;

/* Hands each object found to @func in order; %FALSE from it stops. @total: (out): of the whole
 * query. */
typedef gboolean (*MsObjectFunc) (MsObject *object, gpointer user_data, GError **error);
gboolean ms_txn_query (MsTxn         *txn,
                       const MsQuery *query,
                       MsObjectFunc   func,
                       gpointer       user_data,
                       gint64        *total,
                       GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether @total, of a bounded query, says no more than that it is above ms_query_sizes.counted. */
gboolean ms_query_has_more (const MsQuery *query, gint64 total);
/* The same by row numbers, for who has the objects already. (element-type gint64) */
GArray *ms_txn_query_rows (MsTxn *txn, const MsQuery *query, gint64 *total, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether a query can be asked; only its filter may be too much for a database (tooMany). */
gboolean
ms_txn_check_query (MsTxn *txn, const MsQuery *query, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The object in a row that a query of this transaction gave. (transfer full) */
MsObject *ms_txn_get_row (MsTxn *txn, gint64 row, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for a list of @type that people look at. Where the store was opened as
 * %MS_STORE_DAMAGED and the object cannot be read, it is one with a label alone, or with what can
 * be read elsewhere, that says so (ms_object_is_damaged()), which is logged once. Never for what
 * decides anything. (transfer full) */
MsObject *ms_txn_list_row (MsTxn *txn, const MsResourceType *type, gint64 row, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* ms_txn_get_object() for who only looks at it: from such a store also what can be read elsewhere
 * where the row is damaged. An object whose document cannot be read is an error. */
MsObject *ms_txn_show_object (MsTxn                *txn,
                              const MsResourceType *type,
                              const char           *id,
                              GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether @error (nullable) is of damage beside which the rest of such a store can be read on in
 * this transaction. */
gboolean ms_txn_is_bearable (MsTxn *txn, const GError *error);
/* That @object is not shown whole: @what, in words. Logged once for each. */
void ms_txn_note_damage (MsTxn *txn, MsObject *object, const char *what, const GError *reason);
/**
 * MsQueryPlace: where an object stands in a query's order; a place also when the object has gone
 * @key: (nullable)
 */
typedef struct
{
  char  *key;
  gint64 row;
} MsQueryPlace;
void ms_query_place_clear (MsQueryPlace *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsQueryPlace, ms_query_place_clear)

/* As MsObjectFunc. @place is the caller's. */
typedef gboolean (*MsPlacedFunc) (MsObject           *object,
                                  const MsQueryPlace *place,
                                  gpointer            user_data,
                                  GError            **error);
/* For lists that people look at (ms_txn_list_row()): up to @query->count (at least 1) objects from
 * behind @from (nullable: the beginning), or with
 * @backwards those before it (from the end), nearest first; @query->start is not looked at. What
 * comes and goes between two calls neither repeats nor hides anything else. @more: (out): there is
 * more that way */
gboolean ms_txn_query_from (MsTxn              *txn,
                            const MsQuery      *query,
                            const MsQueryPlace *from,
                            gboolean            backwards,
                            MsPlacedFunc        func,
                            gpointer            user_data,
                            gboolean           *more,
                            GError            **error) G_GNUC_WARN_UNUSED_RESULT;
/* The place of one object by its row. @found: (out): %FALSE where it has gone */
gboolean ms_txn_find_place (MsTxn         *txn,
                            const MsQuery *query,
                            gint64         row,
                            MsQueryPlace  *place,
                            gboolean      *found,
                            GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* 0-based position that @id has, or would have, in the query's order; -1 where the query does not
 * hold it. */
gboolean ms_txn_find_position (MsTxn         *txn,
                               const MsQuery *query,
                               const char    *id,
                               gint64        *position,
                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Sort keys at every @step-th row: the bounds of the tree's name ranges. (element-type utf8):
 * labels, one per range start */
GPtrArray *ms_txn_list_ranges (MsTxn *txn, const MsQuery *query, guint step, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef enum
{
  MS_COUNT_OBJECTS, /* of a type; kept incrementally */
  MS_COUNT_SEATS,   /* primary mailboxes; kept incrementally */
} MsCount;
gboolean ms_txn_count (MsTxn                *txn,
                       MsCount               what,
                       const MsResourceType *type,
                       gint64               *count,
                       GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of one mail group, kept incrementally: mailboxes in it and below it, groups directly in it.
 * @group_id %NULL: the root */
gboolean ms_txn_count_group (MsTxn      *txn,
                             const char *group_id,
                             gint64     *mailboxes_here,
                             gint64     *mailboxes_below,
                             gint64     *groups_here,
                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;

/* Change sets
 * -------------------------------------------------------------------------------------- */

MsChangeSet *
ms_txn_get_change_set (MsTxn *txn, gint64 sequence, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Newest first, without their changes. @object_id, @job, @actor_id: (nullable). @before: only
 * sequences below it; 0 = all. (element-type MsChangeSet) */
GPtrArray *ms_txn_list_change_sets (MsTxn      *txn,
                                    const char *object_id,
                                    const char *job,
                                    const char *actor_id,
                                    gint64      before,
                                    guint       limit,
                                    GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many change sets @job has. @count: (out) */
gboolean ms_txn_count_job (MsTxn *txn, const char *job, gint64 *count, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Newest first, each with nothing but its change of the object. (element-type MsChangeSet) */
GPtrArray *ms_txn_list_object_history (MsTxn      *txn,
                                       const char *object_id,
                                       gint64      before,
                                       guint       limit,
                                       GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of those that touched @path, an attribute's without % and _ in it; now and then another
 * one is among them that speaks of such a path in a value. */
GPtrArray *ms_txn_list_path_history (MsTxn      *txn,
                                     const char *object_id,
                                     const char *path,
                                     gint64      before,
                                     guint       limit,
                                     GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* The change set that last put the object into the bin; 0 = none. */
gboolean ms_txn_find_deletion (MsTxn *txn, const char *object_id, gint64 *sequence, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The one that did so last before @before, 0 = by now; a restore and its undo are as if neither had
 * been. */
gboolean ms_txn_find_standing_deletion (MsTxn      *txn,
                                        const char *object_id,
                                        gint64      before,
                                        gint64     *sequence,
                                        GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Adds to @sequences (element-type gint64) the change sets that took the object out of the bin and
 * were undone, and their undos. */
gboolean ms_txn_find_undone_returns (MsTxn      *txn,
                                     const char *object_id,
                                     GHashTable *sequences,
                                     GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Change sets before @before that deleted the object, or others and changed the object by that,
 * oldest first, each with nothing but its change of the object: where it lost what it was linked
 * to. (element-type MsChangeSet) */
GPtrArray *ms_txn_list_losses (MsTxn *txn, const char *object_id, gint64 before, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_txn_was_deleted_by (MsTxn      *txn,
                                const char *object_id,
                                gint64      sequence,
                                gboolean   *deleted,
                                GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the object lay in the bin after change set @sequence, or is gone for good since. */
gboolean ms_txn_was_in_bin (MsTxn      *txn,
                            const char *object_id,
                            gint64      sequence,
                            gboolean   *in_bin,
                            GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Adds to @standing (element-type gint64) the change sets that deleted the object, and to @undone
 * (element-type gint64 gint64) those that were undone before anything else brought it back, each
 * with its undo. @back: (out): the one by which it came back last, other than by such an undo; 0 =
 * none. A return and its undo are as if neither had been. */
gboolean ms_txn_find_deletions (MsTxn      *txn,
                                const char *object_id,
                                GHashTable *standing,
                                GHashTable *undone,
                                gint64     *back,
                                GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the change set was undone, and that is in force. */
gboolean ms_txn_is_undone (MsTxn *txn, gint64 sequence, gboolean *undone, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether the object lay in the bin when @other_id came out of it, the first time after change set
 * @sequence. Of a deletion that was undone that is its undo, and others know nothing of it; a
 * return and its undo are as if neither had been. */
gboolean ms_txn_was_away (MsTxn      *txn,
                          const char *object_id,
                          const char *other_id,
                          gint64      sequence,
                          gboolean   *away,
                          GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ids, in order, of what came out of the bin after change set @since, and not after @until; 0 =
 * till now. @mentioned: (nullable): an id: only where change sets tell of the two together.
 * (element-type utf8) */
GPtrArray *ms_txn_list_restored (MsTxn      *txn,
                                 gint64      since,
                                 gint64      until,
                                 const char *mentioned,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Oldest first, with their changes, from after @since: for the event stream. */
GPtrArray *ms_txn_list_changes_since (MsTxn *txn, gint64 since, guint limit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Hands each after @since, oldest first and at most @limit of them, to @func: with its hash, its
 * changes without their deltas, and of those the texts that are hashed. */
typedef gboolean (*MsChainFunc) (const MsChangeSet *set,
                                 const char *const *deltas,
                                 gpointer           user_data,
                                 GError           **error);
gboolean ms_txn_walk_chain (MsTxn      *txn,
                            gint64      since,
                            guint       limit,
                            MsChainFunc func,
                            gpointer    user_data,
                            GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether @set and what undid it, and what it undid, name each other: no hash covers that, for it
 * is known only later. @sequence, @problem: (out) (transfer full): whose mark is wrong and what is;
 * %NULL where all is well */
gboolean ms_txn_check_undo_marks (MsTxn             *txn,
                                  const MsChangeSet *set,
                                  gint64            *sequence,
                                  char             **problem,
                                  GError           **error) G_GNUC_WARN_UNUSED_RESULT;
gint64   ms_txn_get_last_sequence (MsTxn *txn);
/* @known: (out): whether a change set here has the number; 0 is known to all. Where it is not, the
 * one who asks has seen another store: a backup was put back. */
gboolean ms_txn_knows_sequence (MsTxn *txn, gint64 sequence, gboolean *known, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Hands each change of the object by change sets after @sequence, oldest first, to @func, with the
 * number of its change set, of the one which that undid, or 0, and the verb of it: what undo asks.
 */
typedef void (*MsLaterChangeFunc) (const MsChange *change,
                                   gint64          sequence,
                                   gint64          undo_of,
                                   const char     *set_verb,
                                   gpointer        user_data);
gboolean ms_txn_walk_later_changes (MsTxn            *txn,
                                    const char       *object_id,
                                    gint64            sequence,
                                    MsLaterChangeFunc func,
                                    gpointer          user_data,
                                    GError          **error) G_GNUC_WARN_UNUSED_RESULT;
/* In a writing transaction: puts into its change set what happened to something that is no object
 * of a schema: a setting, a token, or, with %MS_CHANGE_NOTE, an export. @deltas: (nullable): as in
 * MsChange; never a secret */
void ms_txn_note (MsTxn       *txn,
                  MsChangeVerb verb,
                  const char  *type_name,
                  const char  *id,
                  const char  *label,
                  JsonArray   *deltas);
/* As ms_store_digest(), within the transaction. (transfer full) */
char *ms_txn_digest (MsTxn *txn, MsDigestKind kind, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* In a writing transaction: where the context's "move" went, for its one-line summary. */
void ms_txn_set_target_label (MsTxn *txn, const char *label);

/* In a writing transaction: it makes a change set, even if it changes no object, whose number is
 * the next multiple of a million above @beyond and all that are here. */
void ms_txn_start_million (MsTxn *txn, gint64 beyond);

/* In a writing transaction: lets the other daemons on this database know when it is committed. No
 * promise: who must not miss it looks after MS_NEWS_RESET too. @topic, @text: without spaces */
void ms_txn_announce (MsTxn *txn, const char *topic, const char *text);
/* The same when there is nothing to write. Goes out in the order of writes. */
void ms_store_announce_async (MsStore *self, const char *topic, const char *text);

/* Small tables of the service
 * ---------------------------------------------------------------------- */

/* Name of the domain that is primary: what that domain says itself, noted for who only needs its
 * name. */
#define MS_SETTING_PRIMARY_DOMAIN "primary-domain"

/* Settings of the store: that, "seat-limit", "extended-seats". (nullable) */
char    *ms_txn_get_setting (MsTxn *txn, const char *name, GError **error);
gboolean ms_txn_set_setting (MsTxn *txn, const char *name, const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/**
 * MsSession: a log-on or an API token. Only the SHA-256 of the token is stored.
 * @kind: "session" or "token"
 * @name: of a token; peer address of a session
 * @scope: "all", "scim", "read" or "usage"
 */
typedef struct
{
  char  *id;
  char  *kind;
  char  *name;
  char  *user_id;
  char  *scope;
  char  *channel;
  gint64 created;
  gint64 last_used;
  gint64 expires;
} MsSession;
void       ms_session_free (MsSession *self);
gboolean   ms_txn_insert_session (MsTxn           *txn,
                                  const MsSession *session,
                                  const char      *token_hash,
                                  GError         **error) G_GNUC_WARN_UNUSED_RESULT;
MsSession *ms_txn_find_session (MsTxn *txn, const char *token_hash, GError **error);
/* The same by its id. */
MsSession *ms_txn_get_session (MsTxn *txn, const char *id, GError **error);
gboolean   ms_txn_touch_session (MsTxn      *txn,
                                 const char *id,
                                 gint64      last_used,
                                 gint64      expires,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean
ms_txn_delete_session (MsTxn *txn, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those of one user, but for the API tokens; or with %NULL all that have expired by now, tokens
 * too. */
gboolean
ms_txn_delete_sessions (MsTxn *txn, const char *user_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *
ms_txn_list_sessions (MsTxn *txn, const char *kind, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Work on @func in a savepoint of its own that is always rolled back (a rehearsal), or rolled back
 * only when it fails. */
gboolean ms_txn_savepoint (MsTxn    *txn,
                           gboolean  keep,
                           MsTxnFunc func,
                           gpointer  user_data,
                           GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, rolled back also where all that @func does comes to nothing, so that no version has
 * counted up. @versions: (out) (nullable) (element-type utf8 gint64): then those that the objects
 * have, by id */
gboolean ms_txn_do_whole (MsTxn       *txn,
                          MsTxnFunc    func,
                          gpointer     user_data,
                          GHashTable **versions,
                          GError     **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, rolled back only when it fails, with savepoints of its own. Until its end a unique
 * value is given back by who has it and taken by nobody, so that objects can exchange some; they
 * cannot be found by them for so long. */
gboolean ms_txn_exchange (MsTxn *txn, MsTxnFunc func, gpointer user_data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether an exchange failed for a unique value: ids of who should have it and of who has it.
 * @loser, @holder: (out) (transfer none): until the next one */
gboolean ms_txn_get_conflict (MsTxn *txn, const char **loser, const char **holder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsLinkTarget, ms_link_target_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsBinEntry, ms_bin_entry_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsSession, ms_session_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsImportRecord, ms_import_record_free)

G_END_DECLS
