/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Relations as SCIM JSON: the id at the other end, and beside it what is known of the object there.
 */
#include "ms-render-private.h"

#include <string.h>

#include "ms-json.h"
#include "ms-txn.h"

/* Members read at once. */
#define LINKS 1000

/* @target: (out) (transfer none) (nullable): the object at the other end, remembered for the rest
 * of the request */
static gboolean
find_target (MsRender *self, MsTxn *txn, const char *id, MsObject **target, GError **error)
{
  *target = g_hash_table_lookup (self->targets, id);
  if (*target == NULL)
    {
      if (!ms_txn_look_up (txn, NULL, id, target, error))
        return FALSE;
      if (*target != NULL)
        g_hash_table_insert (self->targets, g_strdup (id), *target);
    }
  if (*target != NULL)
    ms_render_note_source (self, MS_CHANGED_CONTENT (ms_object_get_row (*target)));
  else
    self->untraced = TRUE; /* nobody would hear of its being there */
  return TRUE;
}

/* What is beside "value": facts about the end, or an attribute of the object there that has the
 * same name. */
static gboolean
append_relation_sub (MsRender           *self,
                     MsTxn              *txn,
                     const MsAttribute  *sub,
                     const MsLinkTarget *target,
                     GString            *out,
                     GError            **error)
{
  if (strcmp (sub->name, "value") == 0)
    {
      ms_render_begin_member (out, sub->name);
      ms_json_append_string (out, target->id);
    }
  else if (strcmp (sub->name, "$ref") == 0)
    {
      ms_render_begin_member (out, sub->name);
      ms_render_append_location (self, target->type, target->id, out);
    }
  else if (strcmp (sub->name, "display") == 0 || strcmp (sub->name, "displayName") == 0)
    {
      ms_render_begin_member (out, sub->name);
      ms_json_append_string (out, target->label);
    }
  else if (strcmp (sub->name, "type") == 0)
    {
      ms_render_begin_member (out, sub->name);
      ms_json_append_string (
          out, sub->parent->relation == MS_RELATION_FROM ? "direct" : target->type->name);
    }
  else
    {
      MsObject *object = NULL;
      if (!find_target (self, txn, target->id, &object, error))
        return FALSE;
      const MsAttribute *there
          = object != NULL ? ms_resource_type_find (target->type, sub->name) : NULL;
      JsonNode *value = there != NULL
                            ? ms_attribute_get_value (there, ms_object_get_attributes (object))
                            : NULL;
      if (value != NULL || sub->type == MS_ATTR_BOOLEAN)
        ms_render_begin_member (out, sub->name);
      if (value != NULL)
        ms_json_append (out, value);
      else if (sub->type == MS_ATTR_BOOLEAN)
        g_string_append (out, "false");
    }
  return TRUE;
}

static gboolean
append_link (MsRender           *self,
             MsTxn              *txn,
             const MsAttribute  *attribute,
             const MsLinkTarget *target,
             GString            *out,
             GError            **error)
{
  g_string_append_c (out, '{');
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      if (ms_attribute_set_has_sub (self->wanted, sub)
          && !append_relation_sub (self, txn, sub, target, out, error))
        return FALSE;
    }
  g_string_append_c (out, '}');
  return TRUE;
}

static gboolean
append_single_link (MsRender          *self,
                    MsTxn             *txn,
                    MsObject          *object,
                    const MsAttribute *attribute,
                    GString           *out,
                    GError           **error)
{
  const char *id = ms_object_get_link (object, attribute->path);
  MsObject   *there = NULL;

  if (id != NULL && !find_target (self, txn, id, &there, error))
    return FALSE;
  if (there == NULL)
    return TRUE;
  MsLinkTarget target
      = { (char *) id, ms_object_get_type (there), (char *) ms_object_get_label (there) };
  gsize before = out->len;
  ms_render_begin_member (out, attribute->name);
  if (!append_link (self, txn, attribute, &target, out, error))
    return FALSE;
  if (ms_render_is_empty (out))
    g_string_truncate (out, before);
  return TRUE;
}

/* @shown: (inout): how many stand there already */
static gboolean
append_some_links (MsRender          *self,
                   MsTxn             *txn,
                   const MsAttribute *attribute,
                   GPtrArray         *targets,
                   guint             *shown,
                   GString           *out,
                   GError           **error)
{
  for (guint i = 0; i < targets->len; i++)
    {
      const MsLinkTarget *target = g_ptr_array_index (targets, i);
      /* Several types may have a relation of the same name: Mailbox.group and Template.group. */
      if (attribute->relation_types != NULL
          && !g_strv_contains ((const char *const *) attribute->relation_types, target->type->name))
        continue;
      ms_render_note_source (self, MS_CHANGED_CONTENT (target->row));
      gsize before = out->len;
      if (*shown == 0)
        ms_render_begin_member (out, attribute->name);
      g_string_append_c (out, *shown == 0 ? '[' : ',');
      if (!append_link (self, txn, attribute, target, out, error))
        return FALSE;
      if (ms_render_is_empty (out))
        g_string_truncate (out, before);
      else
        (*shown)++;
    }
  return TRUE;
}

/* In pieces: a list may have a hundred thousand members. */
static gboolean
append_members (MsRender          *self,
                MsTxn             *txn,
                MsObject          *object,
                const MsAttribute *attribute,
                guint             *shown,
                GString           *out,
                GError           **error)
{
  gint64 after = 0;

  while (TRUE)
    {
      g_autoptr (GPtrArray) targets
                 = ms_txn_list_links_after (txn, object, attribute->path, after, LINKS, error);
      if (targets == NULL || !append_some_links (self, txn, attribute, targets, shown, out, error))
        return FALSE;
      if (targets->len < LINKS)
        return TRUE;
      after = ((const MsLinkTarget *) targets->pdata[targets->len - 1])->row;
    }
}

gboolean
ms_render_append_links (MsRender          *self,
                        MsTxn             *txn,
                        MsObject          *object,
                        const MsAttribute *attribute,
                        GString           *out,
                        GError           **error)
{
  gboolean reverse = attribute->relation == MS_RELATION_FROM;
  guint    shown = 0;

  if (!attribute->multi_valued && !reverse)
    return append_single_link (self, txn, object, attribute, out, error);
  if (!reverse)
    {
      if (!append_members (self, txn, object, attribute, &shown, out, error))
        return FALSE;
    }
  else
    {
      g_autoptr (GPtrArray) targets
                 = ms_txn_list_object_links (txn, object, attribute->relation_path, TRUE, 0, error);
      if (targets == NULL)
        return FALSE;
      ms_render_note_source (self, MS_CHANGED_LINKS (ms_object_get_row (object)));
      if (!append_some_links (self, txn, attribute, targets, &shown, out, error))
        return FALSE;
    }
  if (shown > 0)
    g_string_append_c (out, ']');
  return TRUE;
}
