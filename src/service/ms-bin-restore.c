/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Out of the bin: each object as the change set that deleted it says it was, and with it what that
 * change set did to others because of it: it is an entry of its lists again, owns its mailboxes,
 * lies in its mail group. So it is an undo of the part of that change set that is about the chosen
 * objects, done by the same functions. What cannot be any more is named and left out.
 */
#include "ms-bin.h"

#include <string.h>

#include "ms-bin-rejoin.h"
#include "ms-error.h"
#include "ms-rules.h"
#include "ms-txn.h"
#include "ms-undo.h"

/**
 * Restore: one request
 * @plan: what is brought back: what is asked for, and what belongs to that
 * @as: (nullable): texts of the one that is asked for
 * @terms: (nullable): of who else brings one back, in place of @as
 * @bases: id -> (element-type utf8): of what belongs to others, whom
 * @sets: sequence (gint64) -> MsChangeSet: in which they were deleted
 */
typedef struct
{
  MsBinPlan         plan;
  GPtrArray        *ids;
  JsonObject       *as;
  gboolean          alone;
  const MsBinTerms *terms;
  GHashTable       *bases;
  GHashTable       *sets;
  JsonArray        *objects;
  gint64            restored;
} Restore;

/* What is asked ----------------------------------------------------------------------------- */

static gboolean
refuse_body (const char *path, const char *what, GError **error)
{
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", path, "%s", what);
  return FALSE;
}

static gboolean
read_alone (Restore *self, JsonObject *body, GError **error)
{
  JsonNode *node = json_object_get_member (body, "alone");

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return refuse_body ("alone", "“alone” is true or false", error);
  self->alone = json_node_get_boolean (node);
  return TRUE;
}

static gboolean
read_as (Restore *self, JsonObject *body, GError **error)
{
  JsonNode *node = json_object_get_member (body, "as");

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse_body ("as", "“as” holds attributes and their new texts", error);
  if (self->ids->len != 1)
    return refuse_body ("as", "“as” is for one object at a time", error);
  self->as = json_node_get_object (node);
  return TRUE;
}

/* The members of "as" against the type that the object turned out to have. */
static gboolean
check_as (JsonObject *as, const MsResourceType *type, GError **error)
{
  JsonObjectIter iter;
  const char    *path;
  JsonNode      *value;

  json_object_iter_init (&iter, as);
  while (json_object_iter_next (&iter, &path, &value))
    {
      const MsAttribute *attribute = ms_resource_type_find (type, path);
      if (attribute == NULL || attribute->multi_valued || attribute->type != MS_ATTR_STRING
          || attribute->mutability == MS_MUTABILITY_READ_ONLY
          || attribute->returned == MS_RETURNED_NEVER)
        {
          ms_error_set (error,
                        MS_ERROR_INVALID,
                        "invalidPath",
                        path,
                        "“%s” is no text of a %s that can be set here",
                        path,
                        type->name);
          return FALSE;
        }
      if (!JSON_NODE_HOLDS_NULL (value)
          && (!JSON_NODE_HOLDS_VALUE (value) || json_node_get_value_type (value) != G_TYPE_STRING))
        return refuse_body (path, "In “as” every value is a text or null", error);
      guint limit = attribute->max_length > 0 ? attribute->max_length : MS_ATTRIBUTE_MAX_LENGTH;
      if (!JSON_NODE_HOLDS_NULL (value) && strlen (json_node_get_string (value)) > limit)
        return refuse_body (path, "This text is too long", error);
    }
  return TRUE;
}

/* What belongs together --------------------------------------------------------------------- */

/* The set that deleted @id, whatever was restored and undone since; %NULL in @set where it is not
 * known. Kept in @self. */
static gboolean
find_set (Restore *self, const char *id, MsChangeSet **set, GError **error)
{
  gint64 sequence;

  *set = NULL;
  if (!ms_txn_find_standing_deletion (self->plan.write->txn, id, 0, &sequence, error))
    return FALSE;
  if (sequence == 0)
    return TRUE;
  *set = g_hash_table_lookup (self->sets, &sequence);
  if (*set != NULL)
    return TRUE;
  *set = ms_txn_get_change_set (self->plan.write->txn, sequence, error);
  if (*set == NULL)
    return FALSE;
  g_hash_table_insert (self->sets, &(*set)->sequence, *set);
  return TRUE;
}

/* Adds what change set @sequence deleted last; 0 = none did. */
static gboolean
choose_one (Restore *self, const char *id, gint64 sequence, GError **error)
{
  g_hash_table_insert (self->plan.chosen, g_strdup (id), g_memdup2 (&sequence, sizeof sequence));
  return ms_bin_note_returns (self->plan.write, id, error);
}

/* Whether @id (nullable) is chosen, and it is change set @sequence that is to be taken back for it:
 * an earlier one that deleted it was taken back already. */
static gboolean
is_chosen_from (Restore *self, const char *id, gint64 sequence)
{
  const gint64 *last = id != NULL ? g_hash_table_lookup (self->plan.chosen, id) : NULL;

  return last != NULL && *last == sequence;
}

/* The relation that a delta is about. (nullable) */
static const MsAttribute *
find_relation (const MsResourceType *type, JsonObject *delta)
{
  const char        *path = json_object_get_string_member_with_default (delta, "path", "");
  const MsAttribute *attribute = type != NULL ? ms_resource_type_find (type, path) : NULL;

  return attribute != NULL && attribute->relation == MS_RELATION_TO ? attribute : NULL;
}

/* The chosen ones that a deleted object hung on: its owner, its mail group. (transfer full)
 * (nullable): none */
static GPtrArray *
find_bases (Restore *self, const MsChange *change)
{
  g_autoptr (GPtrArray) bases = g_ptr_array_new_with_free_func (g_free);
  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (self->plan.write->service->schemas, change->type_name);
  JsonArray *deltas = json_node_get_array (change->deltas);

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const MsAttribute *relation = find_relation (type, delta);
      const char        *id = relation != NULL && !relation->multi_valued
                                  ? ms_undo_get_link_id (json_object_get_member (delta, "before"))
                                  : NULL;
      if (id != NULL && g_hash_table_contains (self->plan.chosen, id))
        g_ptr_array_add (bases, g_strdup (id));
    }
  return bases->len > 0 ? g_steal_pointer (&bases) : NULL;
}

/* @still: (out): those that were deleted again later, or are there, or are gone for good, are left
 * alone */
static gboolean
ask_still_deleted (
    Restore *self, const MsChange *change, gint64 sequence, gboolean *still, GError **error)
{
  g_autoptr (MsObject) binned = NULL;
  gint64 last = 0;

  if (!ms_bin_look_up (self->plan.write->txn, change->id, &binned, error)
      || (binned != NULL
          && !ms_txn_find_standing_deletion (self->plan.write->txn, change->id, 0, &last, error)))
    return FALSE;
  *still = binned != NULL && last == sequence;
  return TRUE;
}

/* Mailboxes with their user, the content of a mail group with it, level by level. */
static gboolean
choose_belongings (Restore *self, const MsChangeSet *set, GError **error)
{
  gboolean found;

  do
    {
      found = FALSE;
      for (guint i = 0; i < set->changes->len; i++)
        {
          const MsChange *change = g_ptr_array_index (set->changes, i);
          if (change->verb != MS_CHANGE_DELETE
              || g_hash_table_contains (self->plan.chosen, change->id)
              || (self->terms != NULL && g_hash_table_contains (self->terms->left, change->id)))
            continue;
          g_autoptr (GPtrArray) bases = find_bases (self, change);
          gboolean still = FALSE;
          if (bases != NULL && !ask_still_deleted (self, change, set->sequence, &still, error))
            return FALSE;
          if (!still)
            continue;
          if (!choose_one (self, change->id, set->sequence, error))
            return FALSE;
          g_hash_table_insert (self->bases, g_strdup (change->id), g_steal_pointer (&bases));
          found = TRUE;
        }
    }
  while (found);
  return TRUE;
}

/* What was done to others ------------------------------------------------------------------- */

/* Of the entries that a list lost, those that are chosen. (nullable) */
static JsonObject *
filter_entries (Restore *self, gint64 sequence, JsonObject *delta)
{
  JsonNode  *node = json_object_get_member (delta, "removed");
  JsonArray *removed
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  JsonArray *kept = json_array_new ();

  for (guint i = 0; removed != NULL && i < json_array_get_length (removed); i++)
    {
      const char *id = ms_undo_get_link_id (json_array_get_element (removed, i));
      if (is_chosen_from (self, id, sequence))
        json_array_add_element (kept, json_node_copy (json_array_get_element (removed, i)));
    }
  if (json_array_get_length (kept) == 0)
    {
      json_array_unref (kept);
      return NULL;
    }
  JsonObject *filtered = json_object_new ();
  json_object_set_string_member (filtered, "path", json_object_get_string_member (delta, "path"));
  json_object_set_array_member (filtered, "removed", kept);
  return filtered;
}

/* Of a mailbox that lost its owner: being primary went with it. */
static void
add_led (JsonArray            *kept,
         const MsResourceType *type,
         const MsAttribute    *relation,
         JsonArray            *deltas)
{
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject *delta = json_array_get_object_element (deltas, i);
      const char *path = json_object_get_string_member_with_default (delta, "path", "");
      if (ms_rules_leads (type, relation, path))
        json_array_add_object_element (kept, json_object_ref (delta));
    }
}

/* The deltas of an object that stayed, as far as they come from what is chosen. Whatever else the
 * same change set did to it somebody wanted for itself. */
static JsonArray *
filter_deltas (Restore *self, gint64 sequence, const MsResourceType *type, const MsChange *change)
{
  JsonArray *deltas = json_node_get_array (change->deltas);
  JsonArray *kept = json_array_new ();

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const MsAttribute *relation = find_relation (type, delta);
      const char        *id = ms_undo_get_link_id (json_object_get_member (delta, "before"));
      JsonObject        *entries;
      if (relation == NULL)
        continue;
      if (!relation->multi_valued && is_chosen_from (self, id, sequence)
          && !ms_bin_is_followed (&self->plan, change->id, relation->path, sequence))
        {
          json_array_add_object_element (kept, json_object_ref (delta));
          add_led (kept, type, relation, deltas);
        }
      else if (relation->multi_valued && (entries = filter_entries (self, sequence, delta)) != NULL)
        json_array_add_object_element (kept, entries);
    }
  return kept;
}

static gboolean
plan_other (Restore *self, gint64 sequence, const MsChange *change, GError **error)
{
  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (self->plan.write->service->schemas, change->type_name);
  g_autoptr (JsonArray) deltas = filter_deltas (self, sequence, type, change);

  /* What comes back with it gets it back with itself. */
  if (type == NULL || json_array_get_length (deltas) == 0
      || g_hash_table_contains (self->plan.chosen, change->id))
    return TRUE;
  return ms_bin_plan_part (&self->plan, sequence, change, deltas, error);
}

/* (nullable): the new texts of an object */
static JsonObject *
find_as (Restore *self, const char *id)
{
  if (self->terms != NULL)
    return g_hash_table_lookup (self->terms->as, id);
  return self->as != NULL && strcmp (id, g_ptr_array_index (self->ids, 0)) == 0 ? self->as : NULL;
}

static gboolean
put_as (Restore *self, MsUndoItem *item, GError **error)
{
  JsonObject *as = find_as (self, item->change->id);

  if (as == NULL)
    return TRUE;
  if (item->type != NULL && !check_as (as, item->type, error))
    return FALSE;
  item->as = json_object_ref (as);
  return TRUE;
}

static gboolean
plan_set (Restore *self, const MsChangeSet *set, GError **error)
{
  for (guint i = 0; i < set->changes->len; i++)
    {
      const MsChange *change = g_ptr_array_index (set->changes, i);
      if (change->verb == MS_CHANGE_UPDATE && !plan_other (self, set->sequence, change, error))
        return FALSE;
      if (change->verb != MS_CHANGE_DELETE || !is_chosen_from (self, change->id, set->sequence))
        continue;
      MsUndoItem *item
          = ms_undo_plan (self->plan.write, set->sequence, change, self->plan.refused, error);
      if (item == NULL)
        return FALSE;
      g_ptr_array_add (self->plan.items, item);
      if (!ms_bin_rejoin_lost (&self->plan, item, set->sequence, error))
        return FALSE;
      GPtrArray *bases = g_hash_table_lookup (self->bases, change->id);
      item->belongs_to = bases != NULL ? g_ptr_array_ref (bases) : NULL;
      if (!put_as (self, item, error))
        return FALSE;
    }
  return TRUE;
}

/* What one change set both made and deleted went into the bin once (now it leaves nothing), told of
 * by nothing. It hung on nothing any more, so what lies in the bin is all of it. */
static gboolean
plan_untold (Restore *self, MsObject *binned, GError **error)
{
  MsChange   *change = g_new0 (MsChange, 1);
  MsUndoItem *item = ms_undo_item_new (ms_object_get_type (binned), change, MS_UNDO_BRING_BACK);

  change->verb = MS_CHANGE_DELETE;
  change->type_name = g_strdup (ms_object_get_type (binned)->name);
  change->id = g_strdup (ms_object_get_id (binned));
  change->label = g_strdup (ms_object_get_label (binned));
  change->version = ms_object_get_version (binned);
  item->owned = change;
  g_ptr_array_add (self->plan.items, item);
  return put_as (self, item, error);
}

/* Doing it ---------------------------------------------------------------------------------- */

/* One that was asked for by itself; %FALSE in @known: it is not in the bin, and that is told. */
static gboolean
choose (Restore *self, const char *id, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) binned = ms_txn_get_binned (self->plan.write->txn, id, &failed);
  MsChangeSet *set = NULL;

  if (g_hash_table_contains (self->plan.chosen, id))
    return TRUE;
  if (binned == NULL && !g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (binned == NULL)
    {
      MsChange unknown = { MS_CHANGE_DELETE, (char *) "", (char *) id, (char *) "", 0, NULL };
      ms_undo_refuse (self->plan.refused, &unknown, NULL, failed->message);
      return TRUE;
    }
  if (!find_set (self, id, &set, error))
    return FALSE;
  if (set == NULL && !plan_untold (self, binned, error))
    return FALSE;
  return choose_one (self, id, set != NULL ? set->sequence : 0, error);
}

static int
compare_sets (gconstpointer a, gconstpointer b)
{
  gint64 left = ((const MsChangeSet *) a)->sequence;
  gint64 right = ((const MsChangeSet *) b)->sequence;

  return left > right ? -1 : left < right;
}

/* The newest first: what one did to others says what older ones left. */
static gboolean
plan_sets (Restore *self, GError **error)
{
  g_autoptr (GList) sets = g_list_sort (g_hash_table_get_values (self->sets), compare_sets);
  GList *last = g_list_last (sets);

  if (last != NULL
      && !ms_bin_rejoin_restored (&self->plan, ((MsChangeSet *) last->data)->sequence, 0, error))
    return FALSE;
  for (GList *at = sets; at != NULL; at = at->next)
    if (!plan_set (self, at->data, error))
      return FALSE;
  return TRUE;
}

static gboolean
plan_all (Restore *self, GError **error)
{
  GHashTableIter iter;
  gpointer       set;

  for (guint i = 0; i < self->ids->len; i++)
    if (!choose (self, g_ptr_array_index (self->ids, i), error))
      return FALSE;
  g_hash_table_iter_init (&iter, self->sets);
  while (!self->alone && g_hash_table_iter_next (&iter, NULL, &set))
    if (!choose_belongings (self, set, error))
      return FALSE;
  return plan_sets (self, error);
}

static gboolean
restore_all (Restore *self, GError **error)
{
  self->plan.write->undoing = TRUE;
  if (!plan_all (self, error)
      || !ms_undo_run (
          self->plan.items, self->plan.write, self->plan.refused, &self->restored, error))
    return FALSE;
  ms_undo_list_done (self->plan.items, self->objects);
  if (!ms_undo_tell_names (self->plan.write->txn, self->objects, error)
      || !ms_undo_tell_names (self->plan.write->txn, self->plan.refused, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (self->plan.refused); i++)
    if (!ms_bin_suggest (&self->plan, json_array_get_object_element (self->plan.refused, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
restore_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Restore *self = user_data;

  self->plan.write->txn = txn;
  return restore_all (self, error)
         && (self->restored > 0
             || ms_outcome_refuse (
                 self->plan.refused, MS_ERROR_CONFLICT, error, "Nothing of this can be restored"));
}

static void
restore_init (Restore *self, MsWrite *write, GPtrArray *ids, JsonArray *objects, JsonArray *refused)
{
  self->plan.write = write;
  self->plan.chosen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->plan.items = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_undo_item_free);
  self->plan.refused = refused;
  self->plan.followed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->ids = ids;
  self->bases
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->sets = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, NULL, (GDestroyNotify) ms_change_set_free);
  self->objects = objects;
}

/* What the items are made of goes after them. */
static void
restore_clear (Restore *self)
{
  g_ptr_array_unref (self->plan.items);
  g_hash_table_unref (self->plan.followed);
  g_hash_table_unref (self->plan.chosen);
  g_hash_table_unref (self->bases);
  g_hash_table_unref (self->sets);
}

gboolean
ms_bin_bring_back (MsWrite          *write,
                   const char       *id,
                   const MsBinTerms *terms,
                   JsonArray        *objects,
                   JsonArray        *refused,
                   GError          **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();
  Restore self = { .terms = terms };

  g_ptr_array_add (ids, (gpointer) id);
  restore_init (&self, write, ids, objects, refused);
  gboolean done = restore_all (&self, error);
  restore_clear (&self);
  return done;
}

gboolean
ms_verb_restore (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error)
{
  g_autoptr (GPtrArray) ids = ms_bin_read_ids (operation->body, error);
  g_autoptr (JsonArray) objects = json_array_new ();
  g_autoptr (JsonArray) refused = json_array_new ();
  Restore  self = { .alone = FALSE };
  gboolean dry_run;

  if (ids == NULL)
    return FALSE;
  restore_init (&self, write, ids, objects, refused);
  gboolean done = ms_undo_read_dry_run (operation->body, &dry_run, error)
                  && read_alone (&self, operation->body, error)
                  && read_as (&self, operation->body, error)
                  && ms_txn_savepoint (write->txn, !dry_run, restore_in_txn, &self, error);
  restore_clear (&self);
  if (!done)
    return FALSE;
  outcome->document = ms_undo_make_document ("restored", self.restored, objects, refused);
  outcome->changed = !dry_run;
  return TRUE;
}
