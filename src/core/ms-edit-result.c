/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an edit must satisfy in the end, however it was asked for: what is required is there, what
 * is set once is as it was, and no client has two externalIds of one object.
 */
#include "ms-edit-private.h"

#include "ms-error.h"
#include "ms-json.h"
#include "ms-text.h"

#include <string.h>

/* @stored: (nullable): what is there now; @before too, but where it is put back
 * @again: it is put back as it was stored at an earlier time
 * @absent: what is looked at is an extension that the object has not any more */
typedef struct
{
  JsonObject *before; /* (nullable) */
  JsonObject *stored;
  JsonObject *after;
  gboolean    again;
  gboolean    absent;
  GError    **error;
} Result;

static gboolean
refuse_missing (Result *self, const MsAttribute *attribute)
{
  ms_error_set (self->error,
                MS_ERROR_INVALID,
                "invalidValue",
                attribute->path,
                "“%s” is required",
                attribute->path);
  return FALSE;
}

static gboolean
check_required_subs (Result *self, const MsAttribute *attribute, JsonNode *element)
{
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      if (sub->required && JSON_NODE_HOLDS_OBJECT (element)
          && !json_object_has_member (json_node_get_object (element), sub->name))
        return refuse_missing (self, sub);
    }
  return TRUE;
}

/* The order of elements is no difference. */
static gboolean
is_same (const MsAttribute *attribute, JsonNode *before, JsonNode *after)
{
  g_autoptr (GHashTable) keys = NULL;

  if (ms_json_equal (before, after))
    return TRUE;
  if (!attribute->multi_valued || after == NULL || !JSON_NODE_HOLDS_ARRAY (before)
      || !JSON_NODE_HOLDS_ARRAY (after))
    return FALSE;
  JsonArray *old = json_node_get_array (before);
  JsonArray *given = json_node_get_array (after);
  if (json_array_get_length (old) != json_array_get_length (given))
    return FALSE;
  keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < json_array_get_length (old); i++)
    g_hash_table_add (keys, ms_delta_element_key (attribute, json_array_get_element (old, i)));
  for (guint i = 0; i < json_array_get_length (given); i++)
    {
      g_autofree char *key = ms_delta_element_key (attribute, json_array_get_element (given, i));
      if (!g_hash_table_remove (keys, key))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_unchanged (const MsAttribute *attribute, JsonNode *before, JsonNode *after, GError **error)
{
  if (attribute->mutability != MS_MUTABILITY_IMMUTABLE || before == NULL
      || is_same (attribute, before, after))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "mutability",
                attribute->path,
                "“%s” cannot be changed once it is set",
                attribute->path);
  return FALSE;
}

static gboolean
has_immutable_part (const MsAttribute *attribute)
{
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    if (((const MsAttribute *) g_ptr_array_index (attribute->sub_attributes, i))->mutability
        == MS_MUTABILITY_IMMUTABLE)
      return TRUE;
  return FALSE;
}

gboolean
ms_edit_check_parts (const MsAttribute *attribute,
                     JsonNode          *before,
                     JsonNode          *after,
                     GError           **error)
{
  JsonObject *old = JSON_NODE_HOLDS_OBJECT (before) ? json_node_get_object (before) : NULL;
  JsonObject *given
      = after != NULL && JSON_NODE_HOLDS_OBJECT (after) ? json_node_get_object (after) : NULL;

  for (guint i = 0; old != NULL && i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      if (!check_unchanged (sub,
                            json_object_get_member (old, sub->name),
                            given != NULL ? json_object_get_member (given, sub->name) : NULL,
                            error))
        return FALSE;
    }
  return TRUE;
}

/* Elements that are the same ones keep their immutable parts; others come and go as a whole. */
static gboolean
check_elements_unchanged (Result            *self,
                          const MsAttribute *attribute,
                          JsonArray         *before,
                          JsonArray         *after)
{
  g_autoptr (GHashTable) old = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < json_array_get_length (before); i++)
    {
      JsonNode *element = json_array_get_element (before, i);
      g_hash_table_insert (old, ms_elements_make_key (attribute, element), element);
    }
  for (guint i = 0; i < json_array_get_length (after); i++)
    {
      JsonNode        *element = json_array_get_element (after, i);
      g_autofree char *key = ms_elements_make_key (attribute, element);
      JsonNode        *there = g_hash_table_lookup (old, key);
      if (there != NULL && !ms_edit_check_parts (attribute, there, element, self->error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_immutable (Result *self, const MsAttribute *attribute, JsonNode *after)
{
  JsonNode *before = self->before != NULL ? ms_attribute_get_value (attribute, self->before) : NULL;

  if (before == NULL)
    return TRUE;
  if (!check_unchanged (attribute, before, after, self->error))
    return FALSE;
  if (attribute->type != MS_ATTR_COMPLEX || attribute->relation != MS_RELATION_NONE
      || !has_immutable_part (attribute))
    return TRUE;
  if (!attribute->multi_valued)
    return ms_edit_check_parts (attribute, before, after, self->error);
  return after == NULL || !JSON_NODE_HOLDS_ARRAY (before) || !JSON_NODE_HOLDS_ARRAY (after)
         || check_elements_unchanged (
             self, attribute, json_node_get_array (before), json_node_get_array (after));
}

static gboolean
check_attribute_result (Result *self, const MsAttribute *attribute)
{
  JsonNode *after = ms_attribute_get_value (attribute, self->after);

  if (!check_immutable (self, attribute, after))
    return FALSE;
  if (after == NULL)
    return self->absent || !attribute->required || refuse_missing (self, attribute);
  if (attribute->type != MS_ATTR_COMPLEX || attribute->relation != MS_RELATION_NONE)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (after))
    return check_required_subs (self, attribute, after);
  JsonArray *elements = json_node_get_array (after);
  for (guint i = 0; i < json_array_get_length (elements); i++)
    if (!check_required_subs (self, attribute, json_array_get_element (elements, i)))
      return FALSE;
  return TRUE;
}

static gboolean
check_schema_result (Result *self, const MsSchema *schema)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    if (!check_attribute_result (self, g_ptr_array_index (schema->attributes, i)))
      return FALSE;
  return TRUE;
}

/* Nobody sees or changes the one of no client. What an older version stored stays. */
static gboolean
check_external_id_client (const MsAttribute *all, Result *self, JsonNode *element)
{
  const MsAttribute *client = ms_attribute_find_sub (all, "client");
  JsonNode  *before = self->before != NULL ? ms_attribute_get_value (all, self->before) : NULL;
  JsonArray *old
      = before != NULL && JSON_NODE_HOLDS_ARRAY (before) ? json_node_get_array (before) : NULL;

  for (guint i = 0; old != NULL && i < json_array_get_length (old); i++)
    if (ms_json_equal (json_array_get_element (old, i), element))
      return TRUE;
  return refuse_missing (self, client);
}

/* Whether @client stands so in what is there now, or came from where nobody asked. */
static gboolean
is_client_from_before (const MsAttribute *all, Result *self, const char *client)
{
  JsonNode  *node = self->stored != NULL ? ms_attribute_get_value (all, self->stored) : NULL;
  JsonArray *old = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (self->again && self->stored == NULL)
    return TRUE;
  for (guint i = 0; old != NULL && i < json_array_get_length (old); i++)
    if (g_strcmp0 (json_object_get_string_member_with_default (
                       json_array_get_object_element (old, i), "client", NULL),
                   client)
        == 0)
      return TRUE;
  return FALSE;
}

/* A client has one externalId of an object, whichever way its name is written. Earlier versions
 * told spellings apart: two that are there already stay until somebody takes one away. */
static gboolean
check_external_ids (const MsResourceType *type, Result *self)
{
  const MsAttribute *all = ms_resource_type_find (type, "externalIds");
  JsonNode          *node = all != NULL ? ms_attribute_get_value (all, self->after) : NULL;
  g_autoptr (GHashTable) clients = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return TRUE;
  JsonArray *array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      const char *client = json_object_get_string_member_with_default (
          json_array_get_object_element (array, i), "client", NULL);
      if (client == NULL || *client == '\0')
        {
          if (!self->again
              && !check_external_id_client (all, self, json_array_get_element (array, i)))
            return FALSE;
          continue;
        }
      char       *folded = ms_text_fold (client);
      const char *other = g_hash_table_lookup (clients, folded);
      g_hash_table_insert (clients, folded, (gpointer) client);
      if (other == NULL
          || (strcmp (other, client) != 0 && is_client_from_before (all, self, other)
              && is_client_from_before (all, self, client)))
        continue;
      ms_error_set (self->error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    all->path,
                    "“%s” can have one externalId of an object only; remove the other first",
                    client);
      return FALSE;
    }
  return TRUE;
}

/* Whether @attribute has entries when all edits are done; those that were there do not count. */
static gboolean
adds_links (MsEdit *self, const MsAttribute *attribute)
{
  g_autoptr (GHashTable) added = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->links->len; i++)
    {
      const MsLinkEdit *edit = g_ptr_array_index (self->links, i);
      if (edit->attribute != attribute)
        continue;
      if (edit->op == MS_LINK_ADD)
        g_hash_table_add (added, edit->target);
      else if (edit->op == MS_LINK_REMOVE)
        g_hash_table_remove (added, edit->target);
      else if (edit->op == MS_LINK_REMOVE_ALL)
        g_hash_table_remove_all (added);
    }
  return g_hash_table_size (added) > 0;
}

gboolean
ms_edit_gives_aside (MsEdit *self, const MsSchema *schema)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      if (g_hash_table_lookup (self->secrets, attribute->path) != NULL
          || (attribute->relation == MS_RELATION_TO && attribute->multi_valued
              && adds_links (self, attribute)))
        return TRUE;
    }
  return FALSE;
}

gboolean
ms_edit_check_given_aside (MsEdit *self, GError **error)
{
  const MsResourceType *type = ms_object_get_type (self->object);
  Result result = { .after = ms_object_get_attributes (self->object), .error = error };

  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema    *schema = g_ptr_array_index (type->extensions, i);
      const MsAttribute *required = ms_schema_find_required (schema);
      if (required != NULL && !json_object_has_member (result.after, schema->id)
          && ms_edit_gives_aside (self, schema))
        return refuse_missing (&result, required);
    }
  return TRUE;
}

static gboolean
check_result (MsEdit *self, MsObject *stored, gboolean again, GError **error)
{
  const MsResourceType *type = ms_object_get_type (self->object);
  JsonObject           *old = stored != NULL ? ms_object_get_attributes (stored) : NULL;
  Result                result = { .before = again ? NULL : old,
                                   .stored = old,
                                   .after = ms_object_get_attributes (self->object),
                                   .again = again,
                                   .error = error };

  if (!check_schema_result (&result, type->schema) || !check_external_ids (type, &result))
    return FALSE;
  for (guint i = 0; i < type->required_extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (type->required_extensions, i);
      if (!json_object_has_member (result.after, schema->id))
        {
          ms_error_set (error,
                        MS_ERROR_INVALID,
                        "invalidValue",
                        schema->id,
                        "Every %s must have the extension “%s”",
                        type->name,
                        schema->id);
          return FALSE;
        }
    }
  /* Another one may be absent as a whole; what it requires counts only where it is there. One that
   * was there must not take with it what is set once. */
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (type->extensions, i);
      gboolean        was_there
          = result.before != NULL && json_object_has_member (result.before, schema->id);

      result.absent = !json_object_has_member (result.after, schema->id);
      if ((was_there || !result.absent) && !check_schema_result (&result, schema))
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_edit_check_result (MsEdit *self, MsObject *before, GError **error)
{
  return check_result (self, before, FALSE, error);
}

gboolean
ms_edit_check_result_again (MsEdit *self, MsObject *stored, GError **error)
{
  return check_result (self, stored, TRUE, error);
}
