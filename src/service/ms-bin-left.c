/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What came back without a relation to what comes back now, since that was not there. The newest
 * that is told of the relation counts; what was done and undone is as if it had not been, but for
 * what could not come back by the undo.
 */
#include "ms-bin-rejoin.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-rules.h"
#include "ms-schema-diff.h"
#include "ms-txn.h"

/* So many are looked for by their mention. */
#define MAX_MENTIONED 16

/**
 * Left: one that is there, and has been in the bin since the chosen ones were deleted
 * @losses: (element-type MsChangeSet): by which it lost something, or went itself
 * @standing: (element-type gint64): of them, those by which it went and from which it came back
 * @undone: (element-type gint64 gint64): those by which it went and that were undone at once
 * @back: by which it came back last, but for those
 * @set: the change set in hand: one of @losses
 * @change: what that did to it
 * @is_deletion: it went by it
 * @is_last: it is the newest by which it went, and in force
 * @is_undone: it is as if it had not been, but for what was left out when it was undone
 * @later: what came after it
 * @told: (element-type utf8): path and key of links that newer ones told of
 * @lost: (element-type gint64 GHashTable): see require_lost()
 */
typedef struct
{
  MsBinPlan         *plan;
  MsObject          *object;
  GPtrArray         *losses;
  GHashTable        *standing;
  GHashTable        *undone;
  gint64             back;
  const MsChangeSet *set;
  const MsChange    *change;
  gboolean           is_deletion;
  gboolean           is_last;
  gboolean           is_undone;
  MsUndoLater       *later;
  GHashTable        *told;
  GHashTable        *lost;
} Left;

/* Adds what @deltas took away to @links. */
static void
collect_lost (JsonArray *deltas, GHashTable *links)
{
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject *delta = json_array_get_object_element (deltas, i);
      const char *path = json_object_get_string_member_with_default (delta, "path", "");
      const char *before = ms_undo_get_link_id (json_object_get_member (delta, "before"));
      JsonArray  *removed = ms_json_get_array (delta, "removed");
      if (before != NULL)
        g_hash_table_add (links, g_strconcat (path, "\n", before, NULL));
      for (guint j = 0; removed != NULL && j < json_array_get_length (removed); j++)
        {
          const char *id = ms_undo_get_link_id (json_array_get_element (removed, j));
          if (id != NULL)
            g_hash_table_add (links, g_strconcat (path, "\n", id, NULL));
        }
    }
}

/* (transfer none) (element-type utf8): path and id of links that change set @sequence took from the
 * object, which stayed. There may be very many, each asked for by itself. */
static GHashTable *
require_lost (Left *self, gint64 sequence)
{
  GHashTable *links = g_hash_table_lookup (self->lost, &sequence);

  if (links != NULL)
    return links;
  links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (self->lost, g_memdup2 (&sequence, sizeof sequence), links);
  for (guint i = 0; i < self->losses->len; i++)
    {
      const MsChangeSet *set = g_ptr_array_index (self->losses, i);
      const MsChange    *change = g_ptr_array_index (set->changes, 0);
      if (set->sequence == sequence && change->verb == MS_CHANGE_UPDATE)
        collect_lost (json_node_get_array (change->deltas), links);
    }
  return links;
}

/* Whether change set @sequence, which deleted @id, took the relation to that from the object. */
static gboolean
is_told_by (Left *self, gint64 sequence, const MsAttribute *relation, const char *id)
{
  g_autofree char *name = g_strconcat (relation->path, "\n", id, NULL);

  return g_hash_table_contains (require_lost (self, sequence), name);
}

/* Whether the object could not have the relation to @id back when it came back, or, where it was
 * there when @id went, when that did. */
static gboolean
ask_away (Left *self, const char *id, gboolean *away, GError **error)
{
  const char  *own = ms_object_get_id (self->object);
  const gint64 sequence = self->set->sequence;
  MsTxn       *txn = self->plan->write->txn;

  if (self->is_deletion)
    return ms_txn_was_away (txn, id, own, sequence, away, error);
  return ms_txn_was_deleted_by (txn, id, sequence, away, error)
         && (!*away || ms_txn_was_away (txn, own, id, sequence, away, error));
}

/* When the object came back, whatever it went by; what undid that deletion at once, if it is one of
 * these. */
static gint64
get_back (const Left *self)
{
  const gint64  sequence = self->set->sequence;
  const gint64 *by = self->is_deletion ? g_hash_table_lookup (self->undone, &sequence) : NULL;

  return by != NULL ? *by : self->back;
}

/* Whether @link leads to one that is chosen now and was not there when the object came back. What
 * it lost by the deletion of a chosen one is told by that. What was changed since is not asked here
 * where it is to be told that it was. */
static gboolean
was_left_out (
    Left *self, const MsAttribute *relation, JsonNode *link, gboolean *left_out, GError **error)
{
  const char *id = ms_undo_get_link_id (link);

  *left_out = FALSE;
  const gint64 *deleted = id != NULL ? g_hash_table_lookup (self->plan->chosen, id) : NULL;
  if (deleted == NULL)
    return TRUE;
  /* It was there when that went, so that this tells of the relation if there was one. */
  if (get_back (self) <= *deleted)
    return TRUE;
  g_autofree char *key = ms_delta_element_key (relation, link);
  const char      *entry = relation->multi_valued ? key : NULL;
  g_autofree char *name = g_strconcat (relation->path, "\n", entry, NULL);
  if (g_hash_table_contains (self->told, name) || is_told_by (self, *deleted, relation, id)
      || (!self->is_last && ms_undo_later_has_touched (self->later, relation->path, entry)))
    return TRUE;
  if (!ask_away (self, id, left_out, error))
    return FALSE;
  if (*left_out || !self->is_undone)
    g_hash_table_add (self->told, g_steal_pointer (&name));
  return TRUE;
}

/* What could not come back without @relation, which comes back now. */
static void
add_companions (Left *self, const MsAttribute *relation, JsonArray *deltas, JsonArray *made)
{
  const MsResourceType *type = ms_object_get_type (self->object);

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const char        *path = json_object_get_string_member_with_default (delta, "path", "");
      const MsAttribute *attribute = ms_resource_type_find (type, path);
      JsonNode          *before = json_object_get_member (delta, "before");
      if (attribute == NULL || before == NULL || !ms_rules_leads (type, relation, path)
          || ms_undo_later_has_touched (self->later, attribute->path, NULL))
        continue;
      JsonNode *now = ms_attribute_get_value (attribute, ms_object_get_attributes (self->object));
      if (now != NULL && ms_json_equal (now, before))
        continue;
      JsonObject *one = json_object_new ();
      json_object_set_string_member (one, "path", path);
      json_object_set_member (one, "before", ms_json_deep_copy (before));
      if (now != NULL)
        json_object_set_member (one, "after", ms_json_deep_copy (now));
      json_array_add_object_element (made, one);
    }
}

/* Of @links to the chosen ones, those that were left out. (transfer full) (nullable) */
static JsonArray *
filter_links (Left *self, const MsAttribute *relation, JsonArray *links, GError **error)
{
  g_autoptr (JsonArray) lost = json_array_new ();

  for (guint i = 0; links != NULL && i < json_array_get_length (links); i++)
    {
      JsonNode *link = json_array_get_element (links, i);
      gboolean  left_out = FALSE;
      if (!was_left_out (self, relation, link, &left_out, error))
        return NULL;
      if (left_out)
        json_array_add_element (lost, ms_json_deep_copy (link));
    }
  return g_steal_pointer (&lost);
}

/* (transfer full) (nullable): what the change tells of the chosen ones, as if they had been taken
 * away from what stayed */
static JsonArray *
make_deltas (Left *self, GError **error)
{
  JsonArray *deltas = json_node_get_array (self->change->deltas);
  g_autoptr (JsonArray) made = json_array_new ();

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const char        *path = json_object_get_string_member_with_default (delta, "path", "");
      const MsAttribute *relation = ms_resource_type_find (ms_object_get_type (self->object), path);
      JsonNode          *before = json_object_get_member (delta, "before");
      gboolean           left_out = FALSE;
      if (relation == NULL || relation->relation != MS_RELATION_TO)
        continue;
      if (!relation->multi_valued)
        {
          if (!was_left_out (self, relation, before, &left_out, error))
            return NULL;
          /* Where it led last is all that counts; ms_bin_follow() knows of what was before that. */
          if (before != NULL && !self->is_undone)
            g_hash_table_add (self->told, g_strconcat (relation->path, "\n", NULL));
          if (!left_out)
            continue;
          JsonObject *one = json_object_new ();
          json_object_set_string_member (one, "path", path);
          json_object_set_member (one, "before", ms_json_deep_copy (before));
          json_array_add_object_element (made, one);
          add_companions (self, relation, deltas, made);
          continue;
        }
      g_autoptr (JsonArray) lost = filter_links (
          self,
          relation,
          ms_json_get_array (delta, self->is_deletion ? "before" : "removed"),
          error);
      if (lost == NULL)
        return NULL;
      if (json_array_get_length (lost) == 0)
        continue;
      JsonObject *one = json_object_new ();
      json_object_set_string_member (one, "path", path);
      json_object_set_array_member (one, "removed", g_steal_pointer (&lost));
      json_array_add_object_element (made, one);
    }
  return g_steal_pointer (&made);
}

static gboolean
rejoin_set (Left *self, GError **error)
{
  g_autoptr (JsonArray) deltas = NULL;

  ms_undo_later_set_start (self->later, self->set->sequence);
  deltas = make_deltas (self, error);
  return deltas != NULL
         && (json_array_get_length (deltas) == 0
             || ms_bin_plan_part (self->plan, self->set->sequence, self->change, deltas, error));
}

/* @passed: (out): it says nothing */
static gboolean
look_at_loss (Left *self, const MsChangeSet *set, gboolean *passed, GError **error)
{
  const gint64 sequence = set->sequence;
  MsWrite     *write = self->plan->write;
  gboolean     standing = g_hash_table_contains (self->standing, &sequence);

  self->set = set;
  self->change = g_ptr_array_index (set->changes, 0);
  self->is_deletion = self->change->verb == MS_CHANGE_DELETE;
  self->is_undone = g_hash_table_contains (self->undone, &sequence);
  *passed = self->is_deletion ? !standing && !self->is_undone
                              : g_hash_table_contains (write->undone_returns, &sequence);
  return self->is_deletion || *passed
         || ms_txn_is_undone (write->txn, sequence, &self->is_undone, error);
}

/* The last deletion first; then what it had lost before, while the chosen ones were in the bin an
 * earlier time. One that was undone at once tells of no more than what it took itself. */
static gboolean
rejoin_losses (Left *self, GError **error)
{
  gboolean went = FALSE;

  for (guint i = self->losses->len; i > 0; i--)
    {
      gboolean passed = FALSE;
      gboolean standing = FALSE;
      if (!look_at_loss (self, g_ptr_array_index (self->losses, i - 1), &passed, error))
        return FALSE;
      standing = self->is_deletion && !passed && !self->is_undone;
      self->is_last = standing && !went;
      went = went || standing;
      if (passed || !(went || self->is_deletion))
        continue;
      if (!rejoin_set (self, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
rejoin_object (MsBinPlan *plan, MsObject *object, GError **error)
{
  const char *id = ms_object_get_id (object);
  MsTxn      *txn = plan->write->txn;
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) lost = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_hash_table_unref);
  g_autoptr (GHashTable) standing
             = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GHashTable) undone
             = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);

  gint64 back = 0;

  if (!ms_txn_find_deletions (txn, id, standing, undone, &back, error))
    return FALSE;
  g_autoptr (GPtrArray) losses = ms_txn_list_losses (txn, id, G_MAXINT64, error);
  if (losses == NULL || losses->len == 0)
    return losses != NULL;
  const MsChangeSet *first = g_ptr_array_index (losses, 0);
  g_autoptr (MsUndoLater) later = ms_undo_later_new (
      plan->write, ms_object_get_type (object), id, first->sequence, error);
  if (later == NULL)
    return FALSE;
  Left self = { .plan = plan,
                .object = object,
                .losses = losses,
                .standing = standing,
                .undone = undone,
                .back = back,
                .later = later,
                .told = told,
                .lost = lost };
  return rejoin_losses (&self, error);
}

/* Whether @id can have been left out. What a change set that is undone found there, or left there,
 * stood in a relation to what that took away by its own account, or in none: whatever the object
 * has been through since, it takes no more back than that. */
static gboolean
ask_left (MsBinPlan *self, const char *id, gboolean *left, GError **error)
{
  *left = TRUE;
  return self->undone == 0 || ms_txn_was_in_bin (self->write->txn, id, self->undone, left, error);
}

/* Rejoins what came out of the bin after @since and has been related to @chosen; (nullable): to
 * whatever is. @asked: (element-type utf8): ids of those that were asked before; grows */
static gboolean
rejoin_restored (MsBinPlan  *self,
                 gint64      since,
                 gint64      until,
                 const char *chosen,
                 GHashTable *asked,
                 GError    **error)
{
  MsTxn *txn = self->write->txn;
  g_autoptr (GPtrArray) ids = ms_txn_list_restored (txn, since, until, chosen, error);

  for (guint i = 0; ids != NULL && i < ids->len; i++)
    {
      const char *id = g_ptr_array_index (ids, i);
      g_autoptr (GError) failed = NULL;
      g_autoptr (MsObject) object = NULL;
      gboolean left = FALSE;
      if (!g_hash_table_add (asked, g_strdup (id)))
        continue;
      if (!ask_left (self, id, &left, error))
        return FALSE;
      if (!left)
        continue;
      object = ms_txn_get_object (txn, NULL, id, &failed);
      if (object == NULL && !g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return FALSE;
        }
      if (object != NULL && !rejoin_object (self, object, error))
        return FALSE;
    }
  return ids != NULL;
}

/* The store finds those that mention somebody much faster than all can be read, but has to look for
 * each. */
gboolean
ms_bin_rejoin_restored (MsBinPlan *self, gint64 since, gint64 until, GError **error)
{
  g_autoptr (GHashTable) asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer       id;

  if (g_hash_table_size (self->chosen) > MAX_MENTIONED)
    return rejoin_restored (self, since, until, NULL, asked, error);
  g_hash_table_iter_init (&iter, self->chosen);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (!rejoin_restored (self, since, until, id, asked, error))
      return FALSE;
  return TRUE;
}
