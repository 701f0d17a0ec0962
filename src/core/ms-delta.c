/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What differs between two states of an object: the deltas of change sets. Multi-valued attributes
 * are sets (RFC 7643 §2.4), and so are multi-valued parts of elements: their order is no
 * difference.
 */
#include "ms-edit-private.h"

#include "ms-json.h"
#include "ms-text.h"

#include <string.h>

/* Elements named one by one, each in an operation of its own; and bytes of a name. */
#define MAX_NAMED 100
#define MAX_NAME 1024

void
ms_delta_free (MsDelta *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->before, json_node_unref);
  g_clear_pointer (&self->after, json_node_unref);
  g_clear_pointer (&self->added, json_array_unref);
  g_clear_pointer (&self->removed, json_array_unref);
  g_clear_pointer (&self->whole, json_array_unref);
  g_free (self);
}

char *
ms_delta_element_key (const MsAttribute *attribute, JsonNode *element)
{
  if (!JSON_NODE_HOLDS_OBJECT (element))
    return ms_json_to_key (element);
  if (attribute->relation != MS_RELATION_NONE)
    return g_strdup (
        json_object_get_string_member_with_default (json_node_get_object (element), "value", ""));

  GString *key = g_string_new (NULL);
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      JsonNode *member = json_object_get_member (json_node_get_object (element), sub->name);

      if (member == NULL)
        continue;
      g_string_append_printf (key, "%s=", sub->name);
      ms_value_append (key, sub, member);
      g_string_append_c (key, '\n');
    }
  return g_string_free (key, FALSE);
}

/* Elements of @array that @other does not have; each counts once. */
static JsonArray *
subtract (const MsAttribute *attribute, JsonNode *array, JsonNode *other)
{
  JsonArray *rest = json_array_new ();
  g_autoptr (GHashTable) there = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (other != NULL && JSON_NODE_HOLDS_ARRAY (other))
    for (guint i = 0; i < json_array_get_length (json_node_get_array (other)); i++)
      g_hash_table_add (there,
                        ms_delta_element_key (
                            attribute, json_array_get_element (json_node_get_array (other), i)));
  if (array != NULL && JSON_NODE_HOLDS_ARRAY (array))
    for (guint i = 0; i < json_array_get_length (json_node_get_array (array)); i++)
      {
        JsonNode *element = json_array_get_element (json_node_get_array (array), i);
        if (g_hash_table_add (there, ms_delta_element_key (attribute, element)))
          json_array_add_element (rest, ms_json_deep_copy (element));
      }
  return rest;
}

/* Naming elements ----------------------------------------------------------------------------- */

JsonNode *
ms_delta_element_value (const MsAttribute *attribute, JsonNode *element)
{
  const MsAttribute *named = attribute;
  JsonNode          *value = element;

  if (JSON_NODE_HOLDS_OBJECT (element))
    {
      named = ms_attribute_find_sub (attribute, "value");
      value = json_object_get_member (json_node_get_object (element), "value");
    }
  if (named == NULL || named->multi_valued || named->type == MS_ATTR_BINARY || value == NULL
      || !JSON_NODE_HOLDS_VALUE (value))
    return NULL;
  if (json_node_get_value_type (value) == G_TYPE_STRING
      && strlen (json_node_get_string (value)) > MAX_NAME)
    return NULL;
  return value;
}

/* Whoever compares without case must not mean another one. */
static char *
fold_name (JsonNode *value)
{
  return json_node_get_value_type (value) == G_TYPE_STRING
             ? ms_text_fold (json_node_get_string (value))
             : ms_json_to_key (value);
}

/* Whether what was @removed can be named by its values, and none of @before that stays has one of
 * them. */
static gboolean
can_name (const MsAttribute *attribute, JsonArray *removed, JsonNode *before)
{
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  JsonArray *elements = json_node_get_array (before);

  /* Not every receiver takes a filter behind the name of a part. */
  if (attribute->parent != NULL || json_array_get_length (removed) > MAX_NAMED)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (removed); i++)
    {
      JsonNode *element = json_array_get_element (removed, i);
      JsonNode *value = ms_delta_element_value (attribute, element);
      if (value == NULL)
        return FALSE;
      g_hash_table_add (keys, ms_delta_element_key (attribute, element));
      g_hash_table_add (names, fold_name (value));
    }
  for (guint i = 0; i < json_array_get_length (elements); i++)
    {
      JsonNode        *element = json_array_get_element (elements, i);
      JsonNode        *value = ms_delta_element_value (attribute, element);
      g_autofree char *key = ms_delta_element_key (attribute, element);
      g_autofree char *name = value != NULL ? fold_name (value) : NULL;

      if (name != NULL && g_hash_table_contains (names, name) && !g_hash_table_contains (keys, key))
        return FALSE;
    }
  return TRUE;
}

/* Comparing ----------------------------------------------------------------------------------- */

static void
compare_multi (GPtrArray *deltas, const MsAttribute *attribute, JsonNode *before, JsonNode *after)
{
  g_autoptr (JsonArray) added = subtract (attribute, after, before);
  g_autoptr (JsonArray) removed = subtract (attribute, before, after);

  if (json_array_get_length (added) == 0 && json_array_get_length (removed) == 0)
    return;
  MsDelta *delta = g_new0 (MsDelta, 1);
  delta->attribute = attribute;
  delta->added = g_steal_pointer (&added);
  delta->removed = g_steal_pointer (&removed);
  if (json_array_get_length (delta->removed) > 0 && !can_name (attribute, delta->removed, before))
    delta->whole = after != NULL ? json_node_dup_array (after) : json_array_new ();
  g_ptr_array_add (deltas, delta);
}

static void
compare_single (GPtrArray *deltas, const MsAttribute *attribute, JsonNode *before, JsonNode *after)
{
  MsDelta *delta = g_new0 (MsDelta, 1);
  delta->attribute = attribute;
  delta->before = before != NULL ? ms_json_deep_copy (before) : NULL;
  delta->after = after != NULL ? ms_json_deep_copy (after) : NULL;
  g_ptr_array_add (deltas, delta);
}

typedef struct
{
  GPtrArray  *deltas;
  JsonObject *before;
  JsonObject *after;
  gboolean    is_new; /* there was nothing before */
} Comparison;

static void
compare (Comparison *self, const MsAttribute *attribute)
{
  JsonNode *before = self->is_new ? NULL : ms_attribute_get_value (attribute, self->before);
  JsonNode *after = ms_attribute_get_value (attribute, self->after);

  if (before == NULL && after == NULL)
    return;
  /* Most are: an update changes one or two. */
  if (ms_json_equal (before, after))
    return;
  if (attribute->multi_valued)
    compare_multi (self->deltas, attribute, before, after);
  else if (attribute->type == MS_ATTR_COMPLEX && attribute->relation == MS_RELATION_NONE)
    for (guint i = 0; i < attribute->sub_attributes->len; i++)
      compare (self, g_ptr_array_index (attribute->sub_attributes, i));
  else
    compare_single (self->deltas, attribute, before, after);
}

static void
compare_schema (Comparison *self, const MsSchema *schema)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    compare (self, g_ptr_array_index (schema->attributes, i));
}

GPtrArray *
ms_delta_compute (MsObject *before, MsObject *after)
{
  g_return_val_if_fail (before != NULL && after != NULL, NULL);

  const MsResourceType *type = ms_object_get_type (after);
  Comparison            comparison
      = { .deltas = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_delta_free),
          .before = ms_object_get_attributes (before),
          .after = ms_object_get_attributes (after) };
  comparison.is_new = json_object_get_size (comparison.before) == 0;

  compare (&comparison, ms_resource_type_find (type, "externalId"));
  compare (&comparison, ms_resource_type_find (type, "externalIds"));
  compare_schema (&comparison, type->schema);
  for (guint i = 0; i < type->extensions->len; i++)
    compare_schema (&comparison, g_ptr_array_index (type->extensions, i));
  return comparison.deltas;
}

/* Keeping what is equal ----------------------------------------------------------------------- */

/* Only decimals, and parts of elements that have several values, can be equal and yet written in
 * another way. */
static gboolean
may_vary (const MsAttribute *attribute)
{
  if (attribute->relation != MS_RELATION_NONE)
    return FALSE;
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      if ((attribute->multi_valued && sub->multi_valued) || may_vary (sub))
        return TRUE;
    }
  return attribute->type == MS_ATTR_DECIMAL;
}

/* @after with each element that @before has too as it stands there. (transfer full) */
static JsonNode *
keep_elements (const MsAttribute *attribute, JsonArray *before, JsonArray *after)
{
  g_autoptr (GHashTable) there = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (JsonArray) kept = json_array_sized_new (json_array_get_length (after));

  for (guint i = 0; i < json_array_get_length (before); i++)
    {
      JsonNode *element = json_array_get_element (before, i);
      g_hash_table_insert (there, ms_delta_element_key (attribute, element), element);
    }
  for (guint i = 0; i < json_array_get_length (after); i++)
    {
      JsonNode        *element = json_array_get_element (after, i);
      g_autofree char *key = ms_delta_element_key (attribute, element);
      JsonNode        *old = g_hash_table_lookup (there, key);
      json_array_add_element (kept, ms_json_deep_copy (old != NULL ? old : element));
    }
  return json_node_init_array (json_node_alloc (), kept);
}

static void
keep_equal (const MsAttribute *attribute, JsonObject *before, JsonObject *after)
{
  JsonNode *old = may_vary (attribute) ? ms_attribute_get_value (attribute, before) : NULL;
  JsonNode *now = old != NULL ? ms_attribute_get_value (attribute, after) : NULL;

  if (now == NULL)
    return;
  if (attribute->multi_valued && JSON_NODE_HOLDS_ARRAY (old) && JSON_NODE_HOLDS_ARRAY (now))
    ms_attribute_set_value (
        attribute,
        after,
        keep_elements (attribute, json_node_get_array (old), json_node_get_array (now)));
  else if (attribute->type == MS_ATTR_COMPLEX && !attribute->multi_valued)
    for (guint i = 0; i < attribute->sub_attributes->len; i++)
      keep_equal (g_ptr_array_index (attribute->sub_attributes, i), before, after);
  else if (ms_json_equal (old, now))
    ms_attribute_set_value (attribute, after, ms_json_deep_copy (old));
}

void
ms_delta_keep_equal (MsObject *before, MsObject *after)
{
  const MsResourceType *type = ms_object_get_type (after);
  JsonObject           *old = ms_object_get_attributes (before);
  JsonObject           *now = ms_object_get_attributes (after);

  for (guint i = 0; i < type->schema->attributes->len; i++)
    keep_equal (g_ptr_array_index (type->schema->attributes, i), old, now);
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (type->extensions, i);
      for (guint j = 0; j < schema->attributes->len; j++)
        keep_equal (g_ptr_array_index (schema->attributes, j), old, now);
    }
}
