/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An address that a change set gave an object goes back whole or stays: the name and the domain
 * that it is made of, the old one as an alias that was kept for it, and the new one where that was
 * an alias before. Half of it would be an address that nobody ever had, or none for mail that is
 * still sent to the old one.
 */
#include "ms-undo.h"

#include "ms-address.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-rules.h"

/* Whether @path is of what makes the address of objects of @type. */
static gboolean
makes_address (const MsResourceType *type, const char *path)
{
  const MsRules     *rules = ms_rules_find (type);
  const MsAttribute *address = ms_resource_type_find (type, rules->address);

  if (address->mutability != MS_MUTABILITY_READ_ONLY)
    return g_strcmp0 (path, address->path) == 0;
  return g_strcmp0 (path, ms_resource_type_get_label (type)->path) == 0
         || g_strcmp0 (path, rules->domain) == 0;
}

static gboolean
has_part (const MsUndoItem *item, const char *path)
{
  for (guint i = 0; i < item->parts->len; i++)
    if (g_strcmp0 (((MsUndoPart *) g_ptr_array_index (item->parts, i))->attribute->path, path) == 0)
      return TRUE;
  return FALSE;
}

/* The part of @item that makes its address, where @path is that. (transfer none) (nullable) */
static MsUndoPart *
find_maker (const MsUndoItem *item, const char *path)
{
  if (path == NULL || g_strcmp0 (path, ms_rules_find (item->type)->address) != 0)
    return NULL;
  for (guint i = 0; i < item->parts->len; i++)
    {
      MsUndoPart *part = g_ptr_array_index (item->parts, i);
      if (makes_address (item->type, part->attribute->path))
        return part;
    }
  return NULL;
}

/* What of the address stays as it is. (nullable) */
static const char *
find_staying (const MsUndoItem *item, JsonArray *deltas)
{
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      const char *path = json_object_get_string_member_with_default (
          json_array_get_object_element (deltas, i), "path", "");
      if (makes_address (item->type, path) && !has_part (item, path))
        return path;
    }
  return NULL;
}

/* (transfer full): @array without @address. @found: (out): set where it was there */
static JsonArray *
leave_out (JsonArray *array, JsonNode *address, gboolean *found)
{
  JsonArray       *left = json_array_new ();
  const char      *text = address != NULL ? json_node_get_string (address) : NULL;
  g_autofree char *key = text != NULL ? ms_address_key (text) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode        *element = json_array_get_element (array, i);
      g_autofree char *own = ms_address_key (json_node_get_string (element));
      if (g_strcmp0 (key, own) == 0)
        *found = TRUE;
      else
        json_array_add_element (left, json_node_copy (element));
    }
  return left;
}

static void
refuse_with (const MsUndoItem *self,
             const char       *path,
             const char       *what,
             const char       *with,
             JsonArray        *refused)
{
  const MsAttribute *attribute = ms_resource_type_find (self->type, with);
  g_autofree char   *reason
      = g_strdup_printf ("%s goes back only with “%s”, which stays", what, attribute->name);

  ms_undo_refuse (refused, self->change, path, reason);
}

/* @address: (nullable). @elements: (inout) */
static void
leave_out_side (MsUndoItem *self,
                JsonArray **elements,
                const char *path,
                JsonNode   *address,
                const char *staying,
                JsonArray  *refused)
{
  gboolean found = FALSE;
  g_autoptr (JsonArray) left = leave_out (*elements, address, &found);

  if (!found)
    return;
  json_array_unref (*elements);
  *elements = g_steal_pointer (&left);
  refuse_with (self, path, json_node_get_string (address), staying, refused);
}

static void
bind_aliases (MsUndoItem *self, JsonArray *deltas, const char *staying, JsonArray *refused)
{
  const MsRules *rules = ms_rules_find (self->type);

  for (guint i = self->parts->len; i > 0; i--)
    {
      MsUndoPart *part = g_ptr_array_index (self->parts, i - 1);
      const char *path = part->attribute->path;
      if (g_strcmp0 (path, rules->aliases) != 0)
        continue;
      leave_out_side (self,
                      &part->take_out,
                      path,
                      ms_undo_find_side (deltas, rules->address, "before"),
                      staying,
                      refused);
      leave_out_side (self,
                      &part->put_in,
                      path,
                      ms_undo_find_side (deltas, rules->address, "after"),
                      staying,
                      refused);
      if (json_array_get_length (part->take_out) + json_array_get_length (part->put_in) == 0)
        g_ptr_array_remove_index (self->parts, i - 1);
    }
}

void
ms_undo_item_bind_address (MsUndoItem *self, JsonArray *refused)
{
  JsonArray *deltas = self->change->deltas != NULL && JSON_NODE_HOLDS_ARRAY (self->change->deltas)
                          ? json_node_get_array (self->change->deltas)
                          : NULL;

  /* A rest is of relations only. */
  if (self->kind != MS_UNDO_CHANGE_BACK || self->follows != NULL || deltas == NULL
      || ms_rules_find (self->type)->address == NULL)
    return;
  const char *staying = find_staying (self, deltas);
  if (staying == NULL)
    return;
  for (guint i = self->parts->len; i > 0; i--)
    {
      const MsUndoPart *part = g_ptr_array_index (self->parts, i - 1);
      if (!makes_address (self->type, part->attribute->path))
        continue;
      refuse_with (self, part->attribute->path, "It", staying, refused);
      g_ptr_array_remove_index (self->parts, i - 1);
    }
  bind_aliases (self, deltas, staying, refused);
}

gboolean
ms_undo_item_give_up_address (MsUndoItem *self, const GError *error, JsonArray *refused)
{
  MsUndoPart *maker
      = self->kind == MS_UNDO_CHANGE_BACK ? find_maker (self, ms_error_get_path (error)) : NULL;

  if (maker == NULL)
    return FALSE;
  ms_undo_refuse (refused, self->change, ms_error_get_path (error), error->message);
  g_ptr_array_remove (self->parts, maker);
  ms_undo_item_bind_address (self, refused);
  return TRUE;
}
