/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Undoing a change set: its changes turned round, part by part. ms-undo-plan.c says what the parts
 * are and which of them something later has changed, ms-undo-item.c does one object's,
 * ms-undo-circle.c those that wait for each other, ms-undo-rounds.c all of them, ms-undo.c does a
 * change set.
 */
#pragma once

#include "ms-patch.h"
#include "ms-service-private.h"
#include "ms-undo-later.h"

G_BEGIN_DECLS

/**
 * MsUndoPart: one attribute of one object, to be as it was
 * @value: (nullable): what it was, for a single value; of a relation {"value": id}
 * @instead: (nullable): of a relation: what it shall be where that is not there, the best last
 * @take_out, @put_in: (nullable): for a multi-valued one
 */
typedef struct
{
  const MsAttribute *attribute;
  JsonNode          *value;
  JsonArray         *instead;
  JsonArray         *take_out;
  JsonArray         *put_in;
} MsUndoPart;
void ms_undo_part_free (MsUndoPart *self);

typedef enum
{
  MS_UNDO_CHANGE_BACK, /* of an update */
  MS_UNDO_BRING_BACK,  /* of a delete */
  MS_UNDO_TAKE_AWAY,   /* of a create or a restore */
} MsUndoKind;

/**
 * MsUndoItem: one object of the change set
 * @sequence: of that, where it was planned from one
 * @parts: (element-type MsUndoPart): what is left to put back
 * @later: (nullable): what came after, where that was asked
 * @without: (element-type MsAttribute): of what is brought back: attributes that cannot be any more
 * @owned: (nullable): @change, where nobody else keeps it
 * @as: (nullable): of what is brought back: texts by path that it shall have instead, null = none
 * @belongs_to: (nullable) (element-type utf8): ids of what must be there for it to be brought back
 * @account: (nullable): of a user or mailbox that is taken away: the user that it was made with,
 * which can be itself
 * @made_with: (nullable) (element-type MsUndoItem): of that user: itself and all that were
 * @gone: (nullable): what is refused of it because the other end is gone, told when it is put back
 * @rest: (nullable): what it was put back without, until ms_undo_run() takes it
 * @follows: (nullable): whose rest it is
 * @had: (nullable): what is changed back, as it was until then
 * @is_kept: refused because something changed it since; @why: what is told of that
 * @is_settled: done, or refused as a whole
 * @has_changed: something was really put back
 */
typedef struct _MsUndoItem MsUndoItem;
struct _MsUndoItem
{
  const MsChange       *change;
  const MsResourceType *type;
  MsUndoKind            kind;
  gint64                sequence;
  GPtrArray            *parts;
  MsUndoLater          *later;
  GPtrArray            *without;
  MsChange             *owned;
  JsonObject           *as;
  GPtrArray            *belongs_to;
  MsUndoItem           *account;
  GPtrArray            *made_with;
  JsonArray            *gone;
  MsUndoItem           *rest;
  MsUndoItem           *follows;
  MsObject             *had;
  char                 *why;
  gboolean              is_kept;
  gboolean              is_settled;
  gboolean              has_changed;
};
void ms_undo_item_free (MsUndoItem *self);

#define MS_UNDO_CHANGED_SINCE "It was changed again since"
#define MS_UNDO_WOULD_CHANGE "It would change with the rest, but was changed again since"
#define MS_UNDO_NO_ATTRIBUTE "There is no such attribute any more"
#define MS_UNDO_NO_VALUE "What it was is no value of the attribute now"

/* The attribute that a delta is about. (nullable): there is none of that name any more */
const MsAttribute *ms_undo_find_attribute (const MsResourceType *type, const char *path);
/* Whether @value (nullable), of all of the attribute, can be one of @attribute today: by its kind,
 * its number, and not in a secret. */
gboolean ms_undo_value_fits (const MsAttribute *attribute, JsonNode *value);
/* The same for all that undoing @delta would put back or take out. */
gboolean ms_undo_delta_fits (const MsAttribute *attribute, JsonObject *delta);
/* Adds {"type","id","label","path","reason"} to @refused, once. @path: (nullable) */
void
ms_undo_refuse (JsonArray *refused, const MsChange *change, const char *path, const char *reason);
/* What was changed since, and by which change sets. (transfer full) */
typedef struct _MsUndoSince MsUndoSince;
MsUndoSince                *ms_undo_since_new (void);
void                        ms_undo_since_free (MsUndoSince *self);
gboolean                    ms_undo_since_is_empty (const MsUndoSince *self);
/* @by: 0 = nobody knows. @attribute, @element: (nullable): of several values, which of them */
void
ms_undo_since_add (MsUndoSince *self, gint64 by, const MsAttribute *attribute, JsonNode *element);
/* (transfer full): for people */
char *ms_undo_since_to_string (const MsUndoSince *self);
/* As ms_undo_refuse(), with the newest of the change sets as "change". */
void ms_undo_refuse_since (JsonArray         *refused,
                           const MsChange    *change,
                           const char        *path,
                           const MsUndoSince *since);
/* As ms_undo_refuse(), of entries that went with what they led to: nobody took them out, so that
 * they come back with that. */
void ms_undo_refuse_lost (JsonArray         *refused,
                          const MsChange    *change,
                          const char        *path,
                          const MsUndoSince *lost);
/* The same for one value. */
void
ms_undo_refuse_touched (JsonArray *refused, const MsChange *change, const char *path, gint64 by);
/* The same where it is @leader that was changed, with which @path goes. */
void ms_undo_refuse_led (
    JsonArray *refused, const MsChange *change, const char *path, const char *leader, gint64 by);
/* The same where @path is none of what is put back, but would go with it. */
void ms_undo_refuse_going (JsonArray *refused, const MsChange *change, const char *path, gint64 by);
/* What was refused is that the other end of @link is there no more. */
void ms_undo_refuse_gone (JsonArray         *refused,
                          const MsChange    *change,
                          const MsAttribute *attribute,
                          JsonNode          *link);
/* That the object was deleted since, unless all that the change set @sequence did to it, @deltas,
 * was to take from it what it deleted. */
gboolean ms_undo_refuse_deleted (MsWrite    *write,
                                 gint64      sequence,
                                 MsUndoItem *item,
                                 JsonArray  *deltas,
                                 JsonArray  *refused,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* What people call one of several values. (transfer full) (nullable) */
char *ms_undo_name_element (const MsAttribute *attribute, JsonNode *element);
/* Calls the objects of @entries ({"id","label"}) what they are called now, where they are there. */
gboolean
ms_undo_tell_names (MsTxn *txn, JsonArray *entries, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/**
 * MsUndoObstacle: why no undo takes it back
 * @reason: for people
 * @instead: (nullable): the request that does what an undo would, but for the id at its end
 */
typedef struct
{
  const char *reason;
  const char *instead;
} MsUndoObstacle;

/* (transfer none) (nullable): why nothing of @change can ever be undone. @type: (nullable) */
const MsUndoObstacle *ms_undo_find_obstacle (const MsResourceType *type, const MsChange *change);
/* Whether @set tells that the whole store was put back, which nothing of it takes back. */
gboolean ms_undo_refuse_store (JsonArray *refused, const MsChangeSet *set);
/* The object was deleted since: by which change set. */
gboolean ms_undo_refuse_deleted_since (JsonArray      *refused,
                                       MsWrite        *write,
                                       const MsChange *change,
                                       GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* As ms_undo_refuse(), with what can be done instead as "instead". */
void
ms_undo_refuse_for (JsonArray *refused, const MsChange *change, const MsUndoObstacle *obstacle);
/* What undoing @change of the change set @sequence means now; parts that something has changed
 * since go to @refused. (transfer full) (nullable) */
MsUndoItem *ms_undo_plan (
    MsWrite *write, gint64 sequence, const MsChange *change, JsonArray *refused, GError **error);
/* An item without parts, for who knows by other means what it shall become. */
MsUndoItem *ms_undo_item_new (const MsResourceType *type, const MsChange *change, MsUndoKind kind);
/* @attribute shall have the value, or lose and gain the elements, that the caller puts in. */
MsUndoPart *ms_undo_item_add_part (MsUndoItem *self, const MsAttribute *attribute);
/* The elements that a multi-valued attribute has now, of a relation as {"value": id}. (transfer
 * full) (nullable) */
JsonArray *ms_undo_get_elements (MsWrite           *write,
                                 MsObject          *object,
                                 const MsAttribute *attribute,
                                 GError           **error);
/* What each element in @array (nullable) is known by. (transfer full) (element-type utf8) */
GHashTable *ms_undo_collect_keys (const MsAttribute *attribute, JsonArray *array);
/* @side, "before" or "after", of the delta of @path in @deltas. (nullable) */
JsonNode *ms_undo_find_side (JsonArray *deltas, const char *path, const char *side);
/* Relations are equal where they lead to the same object. @a, @b: (nullable) */
gboolean ms_undo_values_equal (const MsAttribute *attribute, JsonNode *a, JsonNode *b);
/* Plans @item, whose object was made with @deltas by the change set @sequence, to be taken away;
 * where it is not as it was made that is refused. */
gboolean ms_undo_plan_take_away (MsWrite    *write,
                                 gint64      sequence,
                                 MsUndoItem *item,
                                 JsonArray  *deltas,
                                 JsonArray  *refused,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the object that @link ({"value": id}) leads to is there; what it leads to must be, to be
 * put back. @there: (out) */
gboolean ms_undo_find_target (MsWrite *write, JsonNode *link, gboolean *there, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Does all of @items (element-type MsUndoItem, which it owns) as far as it goes; what objects are
 * put back without at first is added to them. @done: (out): how many objects have changed */
gboolean ms_undo_run (GPtrArray *items,
                      MsWrite   *write,
                      JsonArray *refused,
                      gint64    *done,
                      GError   **error) G_GNUC_WARN_UNUSED_RESULT;
/* Undoes one change set in the write's transaction. @until: what came out of the bin by change sets
 * after that one is not asked what it lacks; 0 = all is. @objects: (nullable): gets what was done;
 * @refused: gets what could not be; %MS_ERROR_CONFLICT where that is everything. @undone: (out);
 * @undo: (out) (optional): also with an error: the change set by which it was undone before, or 0
 */
gboolean ms_undo_change_set (MsWrite   *write,
                             gint64     sequence,
                             gint64     until,
                             JsonArray *objects,
                             JsonArray *refused,
                             gint64    *undone,
                             gint64    *undo,
                             GError   **error) G_GNUC_WARN_UNUSED_RESULT;
/* The answer to an undo or a restore: {"@count_name":n,"objects":[…],"refused":[…]} */
GString *
ms_undo_make_document (const char *count_name, gint64 done, JsonArray *objects, JsonArray *refused);
/* Adds {"verb","type","id","label"} of each of @items that has changed, as far as 200 go; see
 * ms_undo_tell_names(). */
void ms_undo_list_done (GPtrArray *items, JsonArray *objects);
/* @body: (nullable): has "dryRun": true. Fails where it is no boolean. */
gboolean ms_undo_read_dry_run (JsonObject *body,
                               gboolean   *dry_run,
                               GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* One attempt at each of @items (element-type MsUndoItem) that is open; what fails stays open.
 * @refused: (nullable): inside of what may yet be taken back. @settled: (out): how many are settled
 * by it */
gboolean ms_undo_try_all (GPtrArray *items,
                          MsWrite   *write,
                          JsonArray *refused,
                          guint     *settled,
                          GError   **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those of @items that wait for each other, at once; where nothing comes of it, something that
 * keeps one of them from making way for another is given up, and @refused. @progress: (out):
 * whether something came of it */
gboolean ms_undo_try_circles (GPtrArray *items,
                              MsWrite   *write,
                              JsonArray *refused,
                              gboolean  *progress,
                              GError   **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms_txn_exchange(), of which the rules are told. */
gboolean ms_undo_exchange (MsWrite *write, MsTxnFunc func, gpointer user_data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* @blocked: (out): whether something that it belongs to is not there (yet) */
gboolean ms_undo_item_ask_blocked (MsUndoItem *self,
                                   MsWrite    *write,
                                   gboolean   *blocked,
                                   GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* The id in a relation's value. (nullable) */
const char *ms_undo_get_link_id (JsonNode *node);
/* Puts what is refused of it because the other end is gone into @refused, once. */
void ms_undo_item_tell_gone (MsUndoItem *self, JsonArray *refused);
/* Whether it changed its object, and is the first of those that are about it by now. */
gboolean ms_undo_item_counts (const MsUndoItem *self);
/* Whether it is the request that cannot be, and not the store that failed. */
gboolean ms_undo_is_refusal (const GError *error);
/* Takes away what was made, without a savepoint. */
gboolean
ms_undo_item_take_away (MsUndoItem *self, MsWrite *write, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What has just gone into the bin again by the undo of a restore lies there as it did before that,
 * whatever it came out as. */
gboolean
ms_undo_lay_back (MsWrite *write, const MsUndoItem *item, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Finds the users among @items (element-type MsUndoItem) with mailboxes of theirs that were made
 * together. They are taken away together or stay together: where one is kept, so are the others. */
void ms_undo_join_accounts (GPtrArray *items, const MsServiceTypes *types, JsonArray *refused);
/* As ms_undo_item_try(), of all that were made with @user. */
gboolean ms_undo_account_try (
    MsUndoItem *user, MsWrite *write, gboolean final, JsonArray *refused, GError **error);
/**
 * MsUndoHaste: how an object is put back
 * @MS_UNDO_PATIENTLY: wholly or not at all
 * @MS_UNDO_IN_PART: without the relations to what is not there yet, which are left as its rest
 * @MS_UNDO_AT_LAST: so too, and other parts that cannot be are given up
 */
typedef enum
{
  MS_UNDO_PATIENTLY,
  MS_UNDO_IN_PART,
  MS_UNDO_AT_LAST,
} MsUndoHaste;

/* Tries it, leaving nothing behind where it fails. @refused: (nullable): gets what is given up */
gboolean ms_undo_item_try (
    MsUndoItem *self, MsWrite *write, MsUndoHaste haste, JsonArray *refused, GError **error);
/* Tries it once by itself. @holder: (out) (transfer full) (nullable): id of who has what it shall
 * have, where that is the only thing that it fails for */
gboolean ms_undo_item_try_alone (MsUndoItem *self,
                                 MsWrite    *write,
                                 JsonArray  *refused,
                                 char      **holder,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* For one that others wait for: gives up what it fails for, but not what somebody else has.
 * @progress: (inout): set where something was given up, or it is settled */
gboolean ms_undo_item_make_way (MsUndoItem *self,
                                MsWrite    *write,
                                JsonArray  *refused,
                                gboolean   *progress,
                                GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Gives up the part at fault, or where there is none all of it, which settles it. */
void ms_undo_item_give_up (MsUndoItem *self, const GError *error, JsonArray *refused);
/* Gives up relations to what is there no more and will not be: it is not among @pending
 * (element-type utf8). @any: (inout): set where there were some */
gboolean ms_undo_item_give_up_targets (MsUndoItem *self,
                                       MsWrite    *write,
                                       GHashTable *pending,
                                       gboolean   *any,
                                       GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* @lacks: (out): whether a relation leads to what is not there */
gboolean ms_undo_item_ask_target (MsUndoItem *self, MsWrite *write, gboolean *lacks, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* An address goes back whole: name and domain, with the alias that was kept for it, and the one
 * that it was before. Gives up what is left of them where one stays. */
void ms_undo_item_bind_address (MsUndoItem *self, JsonArray *refused);
/* Gives up the address, where that is what @error is about. %FALSE: it is not */
gboolean ms_undo_item_give_up_address (MsUndoItem *self, const GError *error, JsonArray *refused);
/* Who was primary before the change set @sequence, whose undo is @items (element-type MsUndoItem):
 * see ms-undo-primary.c. (transfer full) (nullable): the store could not be read */
typedef struct _MsUndoPrimaries MsUndoPrimaries;
MsUndoPrimaries                *ms_undo_primaries_new (void);
void                            ms_undo_primaries_free (MsUndoPrimaries *self);
gboolean                        ms_undo_primaries_plan (MsUndoPrimaries *self,
                                                        MsWrite         *write,
                                                        gint64           sequence,
                                                        GPtrArray       *items,
                                                        JsonArray       *refused,
                                                        GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* @kept: (out): whether somebody has none now who is to keep one; the next plan sees to that */
gboolean ms_undo_primaries_ask_kept (MsUndoPrimaries *self,
                                     MsWrite         *write,
                                     gboolean        *kept,
                                     GError         **error) G_GNUC_WARN_UNUSED_RESULT;

/* The change set without its changes, which may be many. (transfer full) (nullable): with @error */
MsChangeSet *
ms_undo_get_head (MsTxn *txn, gint64 sequence, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The change set that the newest one of @job undoes after all, or that one itself, without its
 * changes. (transfer full) (nullable): there is none, or the store could not be read */
MsChangeSet *
ms_undo_find_root (MsTxn *txn, const char *job, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Which directory @job is a run of, or an undo of one (ms-undo-directory.c). @id: (out) (nullable)
 * (transfer full): it cannot be told, or is of none; @is_run: (out): of some directory; @any_runs:
 * (out): it cannot be told which, and one of them is being run or rehearsed */
gboolean ms_undo_find_directory (MsService  *service,
                                 MsTxn      *txn,
                                 const char *job,
                                 char      **id,
                                 gboolean   *is_run,
                                 gboolean   *any_runs,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsUndoItem, ms_undo_item_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsUndoPrimaries, ms_undo_primaries_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsUndoSince, ms_undo_since_free)

G_END_DECLS
