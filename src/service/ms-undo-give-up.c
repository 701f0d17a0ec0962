/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is given up of an object that cannot be put back as a whole: the part that an error names,
 * or what that needs.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-error.h"
#include "ms-rules.h"

/* Whether the error is about @part: its path, or one inside of it. */
static gboolean
is_at_fault (const MsUndoPart *part, const char *path)
{
  gsize length = strlen (part->attribute->path);

  return path != NULL && strncmp (path, part->attribute->path, length) == 0
         && (path[length] == '\0' || path[length] == '.');
}

/* Whether the extension that @attribute is of need not be there. */
static gboolean
can_lack_extension (const MsUndoItem *item, const MsAttribute *attribute)
{
  return ms_attribute_is_in_extension (attribute)
         && !g_ptr_array_find (item->type->required_extensions, attribute->schema, NULL);
}

/* What comes back from the bin can come without something that it need not have: being primary, for
 * one; and without an extension that lacks something. */
static gboolean
give_up_attribute (MsUndoItem *item, const GError *error, JsonArray *refused)
{
  const char        *path = ms_error_get_path (error);
  const MsAttribute *attribute = path != NULL ? ms_resource_type_find (item->type, path) : NULL;

  if (item->kind != MS_UNDO_BRING_BACK || attribute == NULL
      || attribute->mutability == MS_MUTABILITY_READ_ONLY)
    return FALSE;
  /* One of several values goes with the others, and what lacks a part goes as a whole. */
  if (attribute->parent != NULL && (attribute->parent->multi_valued || attribute->required))
    attribute = attribute->parent;
  if (g_ptr_array_find (item->without, attribute, NULL)
      || (attribute->required && !can_lack_extension (item, attribute)))
    return FALSE;
  ms_undo_refuse (refused, item->change, path, error->message);
  if (attribute->required)
    g_ptr_array_extend (item->without, attribute->schema->attributes, NULL, NULL);
  else
    g_ptr_array_add (item->without, (gpointer) attribute);
  return TRUE;
}

/* With another domain it would come back under an address that it never had. */
static gboolean
is_place (const MsUndoItem *item, const char *path)
{
  return item->kind == MS_UNDO_BRING_BACK && path != NULL
         && g_strcmp0 (path, ms_rules_find (item->type)->domain) == 0;
}

/* Whether @part cannot be put back because of what is missing at @path: of the same complex
 * attribute, of the same extension, or that extension itself. */
static gboolean
needs (const MsUndoItem *item, const MsUndoPart *part, const char *path)
{
  const MsAttribute *missing = path != NULL ? ms_resource_type_find (item->type, path) : NULL;
  const MsAttribute *attribute = part->attribute;

  if (!ms_attribute_is_in_extension (attribute))
    return missing != NULL && missing->required && missing->parent != NULL
           && missing->parent == attribute->parent;
  return missing != NULL ? missing->required && missing->schema == attribute->schema
                         : g_strcmp0 (path, attribute->schema->id) == 0;
}

static gboolean
give_up_part (MsUndoItem *item, const GError *error, JsonArray *refused)
{
  const char *path = ms_error_get_path (error);

  if (is_place (item, path))
    return FALSE;
  for (guint i = 0; i < item->parts->len; i++)
    if (is_at_fault (g_ptr_array_index (item->parts, i), path))
      {
        ms_undo_refuse (refused, item->change, path, error->message);
        g_ptr_array_remove_index (item->parts, i);
        ms_undo_item_bind_address (item, refused);
        return TRUE;
      }
  for (guint i = 0; i < item->parts->len; i++)
    if (needs (item, g_ptr_array_index (item->parts, i), path))
      {
        const MsUndoPart *part = g_ptr_array_index (item->parts, i);
        ms_undo_refuse (refused, item->change, part->attribute->path, error->message);
        g_ptr_array_remove_index (item->parts, i);
        return TRUE;
      }
  return ms_undo_item_give_up_address (item, error, refused)
         || give_up_attribute (item, error, refused);
}

void
ms_undo_item_give_up (MsUndoItem *self, const GError *error, JsonArray *refused)
{
  if (!give_up_part (self, error, refused))
    {
      ms_undo_refuse (refused, self->change, ms_error_get_path (error), error->message);
      g_clear_pointer (&self->gone, json_array_unref);
      self->is_settled = TRUE;
    }
  else if (self->kind == MS_UNDO_CHANGE_BACK && self->parts->len == 0)
    self->is_settled = TRUE;
}

/* Relations to what is there no more -------------------------------------------------------- */

static void
refuse_gone (MsUndoItem *self, const MsUndoPart *part, JsonNode *link)
{
  if (self->gone == NULL)
    self->gone = json_array_new ();
  ms_undo_refuse_gone (self->gone, self->change, part->attribute, link);
}

/* @gone: (out): whether it leads to nothing, and nothing will be there */
static gboolean
give_up_link (MsUndoItem *self,
              MsUndoPart *part,
              JsonNode   *link,
              MsWrite    *write,
              GHashTable *pending,
              gboolean   *gone,
              GError    **error)
{
  const char *id = ms_undo_get_link_id (link);
  gboolean    there = TRUE;

  if (id != NULL && !g_hash_table_contains (pending, id)
      && !ms_undo_find_target (write, link, &there, error))
    return FALSE;
  if (!there)
    refuse_gone (self, part, link);
  *gone = !there;
  return TRUE;
}

/* The change set may hold the same array, so that it is left as it is. @any: (inout) */
static gboolean
give_up_links (MsUndoItem *self,
               MsUndoPart *part,
               MsWrite    *write,
               GHashTable *pending,
               gboolean   *any,
               GError    **error)
{
  g_autoptr (JsonArray) left = json_array_new ();
  guint n = json_array_get_length (part->put_in);

  for (guint i = 0; i < n; i++)
    {
      JsonNode *link = json_array_get_element (part->put_in, i);
      gboolean  gone = FALSE;
      if (!give_up_link (self, part, link, write, pending, &gone, error))
        return FALSE;
      if (!gone)
        json_array_add_element (left, json_node_copy (link));
    }
  if (json_array_get_length (left) == n)
    return TRUE;
  json_array_unref (part->put_in);
  part->put_in = g_steal_pointer (&left);
  *any = TRUE;
  return TRUE;
}

/* Down to the best that is there or will be. @gone: (out): there is none */
static gboolean
give_up_value (MsUndoItem *self,
               MsUndoPart *part,
               MsWrite    *write,
               GHashTable *pending,
               gboolean   *gone,
               gboolean   *any,
               GError    **error)
{
  while (TRUE)
    {
      guint left = part->instead != NULL ? json_array_get_length (part->instead) : 0;
      if (!give_up_link (self, part, part->value, write, pending, gone, error))
        return FALSE;
      *any = *any || *gone;
      if (!*gone || left == 0)
        return TRUE;
      json_node_unref (part->value);
      part->value = json_array_dup_element (part->instead, left - 1);
      json_array_remove_element (part->instead, left - 1);
    }
}

gboolean
ms_undo_item_give_up_targets (
    MsUndoItem *self, MsWrite *write, GHashTable *pending, gboolean *any, GError **error)
{
  for (guint i = self->parts->len; i > 0; i--)
    {
      MsUndoPart *part = g_ptr_array_index (self->parts, i - 1);
      gboolean    gone = FALSE;
      if (part->attribute->relation == MS_RELATION_NONE)
        continue;
      if (part->put_in != NULL && !give_up_links (self, part, write, pending, any, error))
        return FALSE;
      if (part->value != NULL && !give_up_value (self, part, write, pending, &gone, any, error))
        return FALSE;
      if (gone)
        g_ptr_array_remove_index (self->parts, i - 1);
    }
  return TRUE;
}
