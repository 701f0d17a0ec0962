/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One object put back: its parts together, through the same writing functions as any request, in a
 * savepoint. Where the rules refuse, they name the attribute at fault; that part is given up
 * (ms-undo-give-up.c) and the others are tried without it. Relations to what is not there yet can
 * be left for later.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-bin.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-rules.h"
#include "ms-txn.h"
#include "ms-write.h"

typedef struct
{
  MsUndoItem *item;
  MsWrite    *write;
  MsUndoItem *rest; /* (nullable): gets the relations to what is not there yet */
} Attempt;

/* @id: (nullable): that is nowhere. %FALSE where nobody knows */
static gboolean
look_for (MsWrite *write, const char *id, gboolean *there, GError **error)
{
  g_autoptr (MsObject) object = NULL;

  if (id != NULL && !ms_txn_look_up (write->txn, NULL, id, &object, error))
    return FALSE;
  *there = object != NULL;
  return TRUE;
}

const char *
ms_undo_get_link_id (JsonNode *node)
{
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  return json_object_get_string_member_with_default (json_node_get_object (node), "value", NULL);
}

gboolean
ms_undo_find_target (MsWrite *write, JsonNode *link, gboolean *there, GError **error)
{
  return look_for (write, ms_undo_get_link_id (link), there, error);
}

/* Building the edit ------------------------------------------------------------------------- */

/* (transfer none): of the rest */
static MsUndoPart *
require_rest (Attempt *self, const MsAttribute *attribute)
{
  if (self->rest == NULL)
    {
      self->rest = ms_undo_item_new (self->item->type, self->item->change, MS_UNDO_CHANGE_BACK);
      self->rest->follows = self->item;
    }
  return ms_undo_item_add_part (self->rest, attribute);
}

static gboolean
put_link (Attempt *self, MsObject *after, const MsUndoPart *part, GError **error)
{
  const MsAttribute *attribute = part->attribute;
  const char        *id = ms_undo_get_link_id (part->value);
  gboolean           there = FALSE;

  if (!look_for (self->write, id, &there, error))
    return FALSE;
  if (id == NULL || there)
    {
      ms_object_set_link (after, attribute->path, id);
      return TRUE;
    }
  MsUndoPart *later = require_rest (self, attribute);
  later->value = ms_json_deep_copy (part->value);
  later->instead = part->instead != NULL ? json_array_ref (part->instead) : NULL;
  return TRUE;
}

static gboolean
holds (JsonArray *array, JsonNode *element)
{
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    if (ms_json_equal (json_array_get_element (array, i), element))
      return TRUE;
  return FALSE;
}

static void
put_elements (MsObject *after, const MsUndoPart *part)
{
  JsonNode  *node = ms_attribute_get_value (part->attribute, ms_object_get_attributes (after));
  JsonArray *current
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  g_autoptr (JsonArray) result = json_array_new ();

  for (guint i = 0; current != NULL && i < json_array_get_length (current); i++)
    {
      JsonNode *element = json_array_get_element (current, i);
      if (!holds (part->take_out, element))
        json_array_add_element (result, ms_json_deep_copy (element));
    }
  for (guint i = 0; part->put_in != NULL && i < json_array_get_length (part->put_in); i++)
    {
      JsonNode *element = json_array_get_element (part->put_in, i);
      if (!holds (result, element))
        json_array_add_element (result, ms_json_deep_copy (element));
    }
  ms_attribute_set_value (part->attribute,
                          ms_object_get_attributes (after),
                          json_array_get_length (result) > 0
                              ? json_node_init_array (json_node_alloc (), result)
                              : NULL);
}

static void
add_link_edit (MsEdit *edit, const MsAttribute *attribute, MsLinkOp op, const char *id)
{
  MsLinkEdit *link = g_new0 (MsLinkEdit, 1);

  link->op = op;
  link->attribute = attribute;
  link->target = g_strdup (id);
  g_ptr_array_add (edit->links, link);
}

static gboolean
put_links (Attempt *self, MsEdit *edit, const MsUndoPart *part, GError **error)
{
  MsUndoPart *later = NULL;

  for (guint i = 0; part->take_out != NULL && i < json_array_get_length (part->take_out); i++)
    {
      const char *id = ms_undo_get_link_id (json_array_get_element (part->take_out, i));
      if (id != NULL)
        add_link_edit (edit, part->attribute, MS_LINK_REMOVE, id);
    }
  for (guint i = 0; part->put_in != NULL && i < json_array_get_length (part->put_in); i++)
    {
      JsonNode   *link = json_array_get_element (part->put_in, i);
      const char *id = ms_undo_get_link_id (link);
      gboolean    there = FALSE;
      if (!look_for (self->write, id, &there, error))
        return FALSE;
      if (there)
        add_link_edit (edit, part->attribute, MS_LINK_ADD, id);
      if (there || id == NULL)
        continue;
      if (later == NULL)
        {
          later = require_rest (self, part->attribute);
          later->put_in = json_array_new ();
        }
      json_array_add_element (later->put_in, ms_json_deep_copy (link));
    }
  return TRUE;
}

/* What is never shown, and is taken away. */
static gboolean
is_secret (const MsUndoPart *part)
{
  return part->attribute->returned == MS_RETURNED_NEVER;
}

/* All but the relations and secrets. %FALSE: there was nothing of it. */
static gboolean
put_plain (MsUndoItem *item, MsObject *after)
{
  gboolean any = FALSE;

  for (guint i = 0; i < item->parts->len; i++)
    {
      const MsUndoPart *part = g_ptr_array_index (item->parts, i);
      if (part->attribute->relation != MS_RELATION_NONE || is_secret (part))
        continue;
      any = TRUE;
      if (part->attribute->multi_valued)
        put_elements (after, part);
      else
        ms_attribute_set_value (part->attribute,
                                ms_object_get_attributes (after),
                                part->value != NULL ? ms_json_deep_copy (part->value) : NULL);
    }
  return any;
}

/* @after: has all but the relations. (nullable): %NULL where the store could not be read */
static MsEdit *
make_edit (Attempt *self, MsObject *after, GError **error)
{
  g_autoptr (MsEdit) edit = ms_write_wrap (after);

  for (guint i = 0; i < self->item->parts->len; i++)
    {
      const MsUndoPart *part = g_ptr_array_index (self->item->parts, i);
      if (is_secret (part))
        g_hash_table_insert (edit->secrets, g_strdup (part->attribute->path), NULL);
      else if (part->attribute->relation != MS_RELATION_NONE
               && (part->attribute->multi_valued ? !put_links (self, edit, part, error)
                                                 : !put_link (self, after, part, error)))
        return NULL;
    }
  return g_steal_pointer (&edit);
}

/* A relation of an extension that was taken off since would come back without what the extension
 * requires. Who is at fault is the relation, which is given up then. */
static gboolean
check_extensions (MsEdit *edit, GError **error)
{
  JsonObject *attributes = ms_object_get_attributes (edit->object);

  for (guint i = 0; edit->links != NULL && i < edit->links->len; i++)
    {
      const MsLinkEdit *link = g_ptr_array_index (edit->links, i);
      const MsSchema   *schema = link->attribute->schema;
      if (link->op != MS_LINK_ADD || !ms_attribute_is_in_extension (link->attribute)
          || json_object_has_member (attributes, schema->id))
        continue;
      const MsAttribute *required = ms_schema_find_required (schema);
      /* A relation that is required itself stands with the links. */
      if (required == NULL || (required->relation == MS_RELATION_TO && required->multi_valued))
        continue;
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    link->attribute->path,
                    "“%s” is required with it, and was taken off since",
                    required->path);
      return FALSE;
    }
  return TRUE;
}

/* Attempts ---------------------------------------------------------------------------------- */

static gboolean
has_part (const MsUndoItem *item, const MsAttribute *attribute)
{
  for (guint i = 0; i < item->parts->len; i++)
    if (((MsUndoPart *) g_ptr_array_index (item->parts, i))->attribute == attribute)
      return TRUE;
  return FALSE;
}

/* The rules change more than what is put back: a mailbox that loses its owner is not primary any
 * more. What somebody has changed since must not go that way, for it could not be undone then. */
static gboolean
spares_later (MsUndoItem *item, MsObject *before, MsObject *after, GError **error)
{
  if (item->later == NULL || ms_undo_later_is_empty (item->later))
    return TRUE;
  g_autoptr (GPtrArray) deltas = ms_delta_compute (before, after);
  for (guint i = 0; i < deltas->len; i++)
    {
      const MsAttribute *attribute = ((MsDelta *) g_ptr_array_index (deltas, i))->attribute;
      gint64             by = ms_undo_later_find_touch (item->later, attribute->path, NULL);
      if (attribute->mutability == MS_MUTABILITY_READ_ONLY || has_part (item, attribute) || by == 0)
        continue;
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    attribute->path,
                    MS_UNDO_WOULD_CHANGE ", by change %" G_GINT64_FORMAT,
                    by);
      return FALSE;
    }
  return TRUE;
}

static gboolean
change_back (Attempt *self, GError **error)
{
  MsUndoItem *item = self->item;
  g_autoptr (MsObject) before
             = ms_txn_get_object (self->write->txn, item->type, item->change->id, error);

  if (before == NULL)
    return FALSE;
  if (item->had == NULL)
    item->had = ms_object_ref (before);
  g_autoptr (MsObject) planned = ms_object_copy (before);
  (void) put_plain (item, planned); /* what it comes to is compared afterwards */
  g_autoptr (MsEdit) edit = make_edit (self, planned, error);
  if (edit == NULL || !ms_edit_check_again (edit, before, error) || !check_extensions (edit, error))
    return FALSE;
  g_autoptr (MsObject) after
             = ms_write_update (self->write, before, edit, &item->has_changed, error);
  return after != NULL && spares_later (item, before, after, error);
}

/* What is not in the bin came back already, or has left it for good. */
static gboolean
explain_missing (Attempt *self, GError **error)
{
  g_autoptr (MsObject) present = NULL;

  if (!ms_txn_look_up (self->write->txn, NULL, self->item->change->id, &present, error))
    return FALSE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                NULL,
                present != NULL
                    ? "It is there again already"
                    : "It was taken out of the bin for good, and nothing of it was kept");
  return FALSE;
}

/* Where the service makes it of names, it does so anew. */
static void
unset_address (MsUndoItem *item, MsObject *object)
{
  const char        *path = ms_rules_find (item->type)->address;
  const MsAttribute *attribute = path != NULL ? ms_resource_type_find (item->type, path) : NULL;

  if (attribute != NULL && attribute->mutability == MS_MUTABILITY_READ_ONLY)
    ms_attribute_set_value (attribute, ms_object_get_attributes (object), NULL);
}

/* The names that it shall have instead. */
static void
put_other_names (MsUndoItem *item, MsObject *object)
{
  JsonObjectIter iter;
  const char    *path;
  JsonNode      *value;

  json_object_iter_init (&iter, item->as);
  while (json_object_iter_next (&iter, &path, &value))
    ms_object_set_string (
        object, path, JSON_NODE_HOLDS_NULL (value) ? NULL : json_node_get_string (value));
}

/* It comes out of the bin as what it shall be: a name that it has only there may be taken. */
static void
put_names (MsUndoItem *item, MsObject *object)
{
  gboolean any = put_plain (item, object);

  if (item->as != NULL)
    put_other_names (item, object);
  if (any || item->as != NULL)
    unset_address (item, object);
}

static gboolean
bring_back (Attempt *self, GError **error)
{
  MsTxn *txn = self->write->txn;
  g_autoptr (MsObject) object = NULL;

  if (!ms_bin_look_up (txn, self->item->change->id, &object, error))
    return FALSE;
  if (object == NULL)
    return explain_missing (self, error);
  /* Before it gets other names, which are as good or bad as any. */
  g_autoptr (MsObject) stored = ms_object_copy (object);
  put_names (self->item, object);
  if (!ms_txn_restore_object (txn, object, error))
    return FALSE;
  g_autoptr (MsObject) planned = ms_object_copy (object);
  g_autoptr (MsEdit) edit = make_edit (self, planned, error);
  if (edit == NULL)
    return FALSE;
  for (guint i = 0; i < self->item->without->len; i++)
    ms_attribute_set_value (
        g_ptr_array_index (self->item->without, i), ms_object_get_attributes (edit->object), NULL);
  if (!ms_edit_check_again (edit, NULL, error) || !check_extensions (edit, error)
      || !ms_write_revive (self->write, stored, object, edit, error))
    return FALSE;
  self->item->has_changed = TRUE;
  return TRUE;
}

gboolean
ms_undo_item_take_away (MsUndoItem *self, MsWrite *write, GError **error)
{
  g_autoptr (MsObject) object = ms_txn_get_object (write->txn, self->type, self->change->id, error);

  if (object == NULL || !ms_write_delete (write, object, error)
      || (self->change->verb == MS_CHANGE_RESTORE && !ms_undo_lay_back (write, self, error)))
    return FALSE;
  self->has_changed = TRUE;
  return TRUE;
}

static gboolean
attempt (MsTxn *txn, gpointer user_data, GError **error)
{
  Attempt *self = user_data;

  switch (self->item->kind)
    {
    case MS_UNDO_CHANGE_BACK:
      return change_back (self, error);
    case MS_UNDO_BRING_BACK:
      return bring_back (self, error);
    case MS_UNDO_TAKE_AWAY:
    default:
      return ms_undo_item_take_away (self->item, self->write, error);
    }
}

gboolean
ms_undo_is_refusal (const GError *error)
{
  return error->domain == MS_ERROR && error->code != MS_ERROR_INTERNAL
         && error->code != MS_ERROR_UNAVAILABLE;
}

gboolean
ms_undo_item_ask_target (MsUndoItem *self, MsWrite *write, gboolean *lacks, GError **error)
{
  gboolean there = TRUE;

  for (guint i = 0; there && i < self->parts->len; i++)
    {
      const MsUndoPart *part = g_ptr_array_index (self->parts, i);
      guint             n = part->put_in != NULL ? json_array_get_length (part->put_in) : 0;
      if (part->attribute->relation == MS_RELATION_NONE)
        continue;
      if (part->value != NULL && !ms_undo_find_target (write, part->value, &there, error))
        return FALSE;
      for (guint j = 0; there && j < n; j++)
        if (!ms_undo_find_target (write, json_array_get_element (part->put_in, j), &there, error))
          return FALSE;
    }
  *lacks = !there;
  return TRUE;
}

gboolean
ms_undo_exchange (MsWrite *write, MsTxnFunc func, gpointer user_data, GError **error)
{
  write->exchanging = TRUE;
  gboolean done = ms_txn_exchange (write->txn, func, user_data, error);
  write->exchanging = FALSE;
  return done;
}

void
ms_undo_item_tell_gone (MsUndoItem *self, JsonArray *refused)
{
  for (guint i = 0; self->gone != NULL && i < json_array_get_length (self->gone); i++)
    json_array_add_element (refused, json_node_copy (json_array_get_element (self->gone, i)));
  g_clear_pointer (&self->gone, json_array_unref);
}

static void
finish (MsUndoItem *self, MsUndoItem *rest, JsonArray *refused)
{
  self->is_settled = TRUE;
  self->rest = rest;
  if (rest != NULL)
    rest->later = g_steal_pointer (&self->later);
  if (refused != NULL)
    ms_undo_item_tell_gone (self, refused);
}

/* One attempt. @alone: as an exchange of its own: that somebody else has what it shall have is
 * found only where all else is well. */
static gboolean
try_once (MsUndoItem *self,
          MsWrite    *write,
          MsUndoHaste haste,
          gboolean    alone,
          JsonArray  *refused,
          GError    **error)
{
  Attempt  state = { self, write, NULL };
  gboolean lacks = FALSE;

  if (haste == MS_UNDO_PATIENTLY && !ms_undo_item_ask_target (self, write, &lacks, error))
    return FALSE;
  if (lacks)
    {
      ms_error_set (
          error, MS_ERROR_CONFLICT, NULL, NULL, "Something that belongs to it is not there yet");
      return FALSE;
    }
  if (!(alone ? ms_undo_exchange (write, attempt, &state, error)
              : ms_txn_savepoint (write->txn, TRUE, attempt, &state, error)))
    {
      self->has_changed = FALSE;
      g_clear_pointer (&state.rest, ms_undo_item_free);
      return FALSE;
    }
  finish (self, state.rest, refused);
  return TRUE;
}

gboolean
ms_undo_item_ask_blocked (MsUndoItem *self, MsWrite *write, gboolean *blocked, GError **error)
{
  gboolean there = TRUE;

  for (guint i = 0; there && self->belongs_to != NULL && i < self->belongs_to->len; i++)
    if (!look_for (write, g_ptr_array_index (self->belongs_to, i), &there, error))
      return FALSE;
  *blocked = !there;
  return TRUE;
}

/* After an attempt as an exchange of its own: whether it failed only for what somebody has. */
static gboolean
is_taken (MsUndoItem *self, MsWrite *write, const GError *error, const char **holder)
{
  const char *loser;

  return g_strcmp0 (ms_error_get_scim_type (error), "uniqueness") == 0
         && ms_txn_get_conflict (write->txn, &loser, holder)
         && strcmp (loser, self->change->id) == 0;
}

gboolean
ms_undo_item_try (
    MsUndoItem *self, MsWrite *write, MsUndoHaste haste, JsonArray *refused, GError **error)
{
  while (!self->is_settled)
    {
      g_autoptr (GError) failed = NULL;

      if (try_once (self, write, haste, FALSE, refused, &failed))
        return TRUE;
      if (!ms_undo_is_refusal (failed))
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return FALSE;
        }
      if (haste != MS_UNDO_AT_LAST)
        return TRUE;
      ms_undo_item_give_up (self, failed, refused);
    }
  return TRUE;
}

gboolean
ms_undo_item_try_alone (
    MsUndoItem *self, MsWrite *write, JsonArray *refused, char **holder, GError **error)
{
  g_autoptr (GError) failed = NULL;
  const char *other;

  *holder = NULL;
  if (try_once (self, write, MS_UNDO_PATIENTLY, TRUE, refused, &failed))
    return TRUE;
  if (!ms_undo_is_refusal (failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (is_taken (self, write, failed, &other))
    *holder = g_strdup (other);
  return TRUE;
}

gboolean
ms_undo_item_make_way (
    MsUndoItem *self, MsWrite *write, JsonArray *refused, gboolean *progress, GError **error)
{
  while (!self->is_settled)
    {
      g_autoptr (GError) failed = NULL;
      const char *holder;

      if (!try_once (self, write, MS_UNDO_PATIENTLY, TRUE, refused, &failed))
        {
          if (!ms_undo_is_refusal (failed))
            {
              g_propagate_error (error, g_steal_pointer (&failed));
              return FALSE;
            }
          if (is_taken (self, write, failed, &holder))
            return TRUE;
          ms_undo_item_give_up (self, failed, refused);
        }
      *progress = TRUE;
    }
  return TRUE;
}
