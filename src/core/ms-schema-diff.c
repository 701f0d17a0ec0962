/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Comparing tables attribute by attribute, by their paths.
 */
#include "ms-schema-diff.h"

#include "ms-edit-private.h"
#include "ms-json.h"
#include "ms-schema-private.h"

#include <string.h>

static void
type_change_free (gpointer data)
{
  MsSchemaTypeChange *self = data;

  g_array_unref (self->differences);
  g_ptr_array_unref (self->required);
  g_free (self);
}

/* Walking ------------------------------------------------------------------------------------- */

typedef void (*WalkFunc) (const MsAttribute *attribute, gpointer user_data);

static void
walk_schema (const MsSchema *schema, WalkFunc func, gpointer user_data)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);

      func (attribute, user_data);
      for (guint j = 0; j < attribute->sub_attributes->len; j++)
        func (g_ptr_array_index (attribute->sub_attributes, j), user_data);
    }
}

/* Every attribute, complex ones and their parts too. */
static void
walk_type (const MsResourceType *type, WalkFunc func, gpointer user_data)
{
  walk_schema (type->schema, func, user_data);
  for (guint i = 0; i < type->extensions->len; i++)
    walk_schema (g_ptr_array_index (type->extensions, i), func, user_data);
}

/* One attribute ------------------------------------------------------------------------------- */

static gboolean
same_strings (char **a, char **b)
{
  static char *none[] = { NULL };

  return g_strv_equal ((const char *const *) (a != NULL ? a : none),
                       (const char *const *) (b != NULL ? b : none));
}

static gboolean
holds_all (char **list, char **of)
{
  for (; of != NULL && *of != NULL; of++)
    if (list == NULL || !g_strv_contains ((const char *const *) list, *of))
      return FALSE;
  return TRUE;
}

static gboolean
is_lost (const MsAttribute *before, const MsAttribute *after)
{
  return after == NULL || strcmp (before->path, after->path) != 0 || before->type != after->type
         || before->multi_valued != after->multi_valued || before->relation != after->relation
         || (before->returned == MS_RETURNED_NEVER) != (after->returned == MS_RETURNED_NEVER)
         || before->is_computed != after->is_computed
         || (before->relation == MS_RELATION_TO
             && !holds_all (after->relation_types, before->relation_types))
         || (before->relation == MS_RELATION_FROM
             && (!same_strings (before->relation_types, after->relation_types)
                 || g_strcmp0 (before->relation_path, after->relation_path) != 0));
}

static guint
get_max_length (const MsAttribute *attribute)
{
  return attribute->max_length > 0 ? attribute->max_length : MS_ATTRIBUTE_MAX_LENGTH;
}

static gboolean
leads_to_less (const MsAttribute *before, const MsAttribute *after)
{
  char **was = ((const MsAttributeRecord *) before)->reference_endpoints;
  char **is = ((const MsAttributeRecord *) after)->reference_endpoints;

  return is != NULL && (was == NULL || !holds_all (is, was));
}

/* What tells the elements apart: themselves, their "value" and what is beside it, or all parts.
 * Nobody minds that it is asked of parts that do not. */
static gboolean
tells_less_apart (const MsAttribute *before, const MsAttribute *after)
{
  if (!after->multi_valued || after->relation != MS_RELATION_NONE)
    return FALSE;
  if (before->case_exact && !after->case_exact)
    return TRUE;
  for (guint i = 0; i < before->sub_attributes->len; i++)
    {
      const MsAttribute *was = g_ptr_array_index (before->sub_attributes, i);
      const MsAttribute *is = ms_attribute_find_sub (after, was->name);
      if (is == NULL || is_lost (was, is) || (was->case_exact && !is->case_exact))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_tighter (const MsAttribute *before, const MsAttribute *after)
{
  return (after->required && !before->required) || after->minimum > before->minimum
         || after->maximum < before->maximum || get_max_length (after) < get_max_length (before)
         || (before->multi_line && !after->multi_line) || leads_to_less (before, after)
         || (after->canonical_only
             && (!before->canonical_only
                 || !holds_all (after->canonical_values, before->canonical_values)
                 || (after->case_exact && !before->case_exact)));
}

static gboolean
is_unique_otherwise (const MsAttribute *before, const MsAttribute *after)
{
  gboolean was = before->uniqueness != MS_UNIQUENESS_NONE;
  gboolean will_be = after->uniqueness != MS_UNIQUENESS_NONE;

  return was != will_be || g_strcmp0 (before->unique_scope, after->unique_scope) != 0
         || (will_be && before->case_exact != after->case_exact);
}

static MsSchemaEffect
compare_attributes (const MsAttribute *before, const MsAttribute *after)
{
  guint effect = 0;

  if (is_lost (before, after))
    effect = MS_SCHEMA_LOST | (before->is_search ? MS_SCHEMA_SEARCH : 0)
             | (before->uniqueness != MS_UNIQUENESS_NONE ? MS_SCHEMA_UNIQUE : 0);
  else
    effect = (is_tighter (before, after) ? MS_SCHEMA_TIGHTER : 0)
             | (is_unique_otherwise (before, after) ? MS_SCHEMA_UNIQUE : 0)
             | (before->is_search != after->is_search ? MS_SCHEMA_SEARCH : 0)
             | (tells_less_apart (before, after) ? MS_SCHEMA_JOINED : 0);
  return (MsSchemaEffect) effect;
}

/* Types --------------------------------------------------------------------------------------- */

static void
add_difference (MsSchemaTypeChange *self,
                const MsAttribute  *before,
                const MsAttribute  *after,
                MsSchemaEffect      effect)
{
  MsSchemaDifference difference = { before, after, effect };

  if (effect != 0)
    g_array_append_val (self->differences, difference);
}

static void
compare_with_after (const MsAttribute *before, gpointer user_data)
{
  MsSchemaTypeChange *self = user_data;
  const MsAttribute  *after
      = self->after != NULL ? ms_resource_type_find (self->after, before->path) : NULL;

  add_difference (self, before, after, compare_attributes (before, after));
}

static gboolean
has_extension (const MsResourceType *type, const char *urn)
{
  const MsSchema *schema = ms_resource_type_find_extension (type, urn);

  return schema != NULL && strcmp (schema->id, urn) == 0;
}

/* What is new and required is missing in all that are there. */
static void
look_for_new (const MsAttribute *after, gpointer user_data)
{
  MsSchemaTypeChange *self = user_data;
  const MsAttribute  *before = ms_resource_type_find (self->before, after->path);

  /* A new extension is not there anywhere, and requires nothing. */
  if (ms_attribute_is_in_extension (after) && !has_extension (self->before, after->schema->id))
    return;
  if (after->required && (before == NULL || is_lost (before, after)))
    add_difference (self, NULL, after, MS_SCHEMA_TIGHTER);
}

static gboolean
has_moved_label (const MsResourceType *before, const MsResourceType *after)
{
  const MsAttribute *old = ms_resource_type_get_label (before);
  const MsAttribute *new = ms_resource_type_get_label (after);

  return g_strcmp0 (old != NULL ? old->path : NULL, new != NULL ? new->path : NULL) != 0;
}

static gboolean
requires (const MsResourceType *type, const MsSchema *extension)
{
  for (guint i = 0; i < type->required_extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (type->required_extensions, i);
      if (strcmp (schema->id, extension->id) == 0)
        return TRUE;
    }
  return FALSE;
}

static MsSchemaTypeChange *
compare_types (const MsResourceType *before, const MsResourceType *after)
{
  MsSchemaTypeChange *self = g_new0 (MsSchemaTypeChange, 1);

  self->before = before;
  self->after = after;
  self->differences = g_array_new (FALSE, FALSE, sizeof (MsSchemaDifference));
  self->required = g_ptr_array_new ();
  walk_type (before, compare_with_after, self);
  if (after == NULL)
    return self;
  self->label_moved = has_moved_label (before, after);
  for (guint i = 0; i < after->required_extensions->len; i++)
    if (!requires (before, g_ptr_array_index (after->required_extensions, i)))
      g_ptr_array_add (self->required, g_ptr_array_index (after->required_extensions, i));
  walk_type (after, look_for_new, self);
  return self;
}

GPtrArray *
ms_schema_compare (MsSchemaRegistry *before, MsSchemaRegistry *after)
{
  g_return_val_if_fail (before != NULL && after != NULL, NULL);

  GPtrArray *types = ms_schema_registry_get_types (before);
  GPtrArray *changes = g_ptr_array_new_with_free_func (type_change_free);

  for (guint i = 0; i < types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (types, i);
      const MsResourceType *found = ms_schema_registry_get_type_by_name (after, type->name);
      const MsResourceType *other
          = found != NULL && strcmp (found->name, type->name) == 0 ? found : NULL;
      MsSchemaTypeChange *change = compare_types (type, other);

      change->other_case = found != NULL && other == NULL ? found->name : NULL;
      if (other == NULL || change->label_moved || change->required->len > 0
          || change->differences->len > 0)
        g_ptr_array_add (changes, change);
      else
        type_change_free (change);
    }
  return changes;
}

gboolean
ms_schema_type_change_has (const MsSchemaTypeChange *self, guint effects)
{
  if ((effects & MS_SCHEMA_TIGHTER) != 0 && self->required->len > 0)
    return TRUE;
  for (guint i = 0; i < self->differences->len; i++)
    if ((g_array_index (self->differences, MsSchemaDifference, i).effect & effects) != 0)
      return TRUE;
  return FALSE;
}

/* Taking out ---------------------------------------------------------------------------------- */

static gboolean
take_out_of (JsonNode *element, const char *name)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;

  if (object == NULL || !json_object_has_member (object, name))
    return FALSE;
  json_object_remove_member (object, name);
  return TRUE;
}

/* A part of a complex attribute, out of every element; elements that this leaves empty go too. */
static gboolean
take_out_part (const MsAttribute *sub, JsonObject *attributes)
{
  JsonNode *parent = ms_attribute_get_value (sub->parent, attributes);
  gboolean  found = FALSE;
  gboolean  is_empty = FALSE;

  if (parent != NULL && JSON_NODE_HOLDS_OBJECT (parent))
    {
      found = take_out_of (parent, sub->name);
      is_empty = json_object_get_size (json_node_get_object (parent)) == 0;
    }
  else if (parent != NULL && JSON_NODE_HOLDS_ARRAY (parent))
    {
      JsonArray *array = json_node_get_array (parent);
      for (guint i = json_array_get_length (array); i > 0; i--)
        {
          JsonNode *element = json_array_get_element (array, i - 1);
          found = take_out_of (element, sub->name) || found;
          if (JSON_NODE_HOLDS_OBJECT (element)
              && json_object_get_size (json_node_get_object (element)) == 0)
            json_array_remove_element (array, i - 1);
        }
      is_empty = json_array_get_length (array) == 0;
    }
  if (found && is_empty)
    ms_attribute_set_value (sub->parent, attributes, NULL);
  return found;
}

static gboolean
take_out (const MsAttribute *attribute, JsonObject *attributes)
{
  if (attribute->parent != NULL)
    return take_out_part (attribute, attributes);
  if (ms_attribute_get_value (attribute, attributes) == NULL)
    return FALSE;
  ms_attribute_set_value (attribute, attributes, NULL);
  return TRUE;
}

gboolean
ms_schema_type_change_strip (const MsSchemaTypeChange *self, JsonObject *attributes)
{
  gboolean found = FALSE;

  for (guint i = 0; i < self->differences->len; i++)
    {
      const MsSchemaDifference *difference
          = &g_array_index (self->differences, MsSchemaDifference, i);
      if ((difference->effect & MS_SCHEMA_LOST) != 0)
        found = take_out (difference->before, attributes) || found;
    }
  return found;
}

/* Pruning ------------------------------------------------------------------------------------- */

/* By the shape alone: values that the tables would not take any more, but that are of the right
 * type, stay as they are. */
gboolean
ms_attribute_fits (const MsAttribute *attribute, JsonNode *value)
{
  GType type = json_node_get_value_type (value);

  if (attribute->type == MS_ATTR_COMPLEX)
    return JSON_NODE_HOLDS_OBJECT (value);
  if (!JSON_NODE_HOLDS_VALUE (value))
    return FALSE;
  switch (attribute->type)
    {
    case MS_ATTR_BOOLEAN:
      return type == G_TYPE_BOOLEAN;
    case MS_ATTR_INTEGER:
      return type == G_TYPE_INT64;
    case MS_ATTR_DECIMAL:
      return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
    case MS_ATTR_DATE_TIME:
      {
        gint64 usec;
        return type == G_TYPE_STRING && ms_json_parse_time (json_node_get_string (value), &usec);
      }
    default:
      return type == G_TYPE_STRING;
    }
}

static gboolean
fits (const MsAttribute *attribute, JsonNode *value)
{
  if (!attribute->multi_valued)
    return ms_attribute_fits (attribute, value);
  if (!JSON_NODE_HOLDS_ARRAY (value))
    return FALSE;
  JsonArray *array = json_node_get_array (value);
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!ms_attribute_fits (attribute, json_array_get_element (array, i)))
      return FALSE;
  return TRUE;
}

static void prune (const MsResourceType *type,
                   const MsSchema       *extension,
                   const MsAttribute    *parent,
                   JsonObject           *object);

static void
prune_parts (const MsResourceType *type, const MsAttribute *attribute, JsonNode *value)
{
  if (JSON_NODE_HOLDS_OBJECT (value))
    {
      prune (type, NULL, attribute, json_node_get_object (value));
      return;
    }
  JsonArray *array = json_node_get_array (value);
  for (guint i = 0; i < json_array_get_length (array); i++)
    prune (type, NULL, attribute, json_array_get_object_element (array, i));
}

static const MsAttribute *
find_member (const MsResourceType *type,
             const MsSchema       *extension,
             const MsAttribute    *parent,
             const char           *name)
{
  if (parent != NULL)
    return ms_attribute_find_sub (parent, name);
  if (extension == NULL)
    return strchr (name, '.') == NULL ? ms_resource_type_find (type, name) : NULL;
  g_autofree char *path = g_strconcat (extension->id, ":", name, NULL);
  return ms_resource_type_find (type, path);
}

/* Relations of what lies in the bin are in its change set, secrets beside the object. */
static gboolean
is_in_document (const MsAttribute *attribute)
{
  return attribute->relation == MS_RELATION_NONE && !attribute->is_computed
         && attribute->returned != MS_RETURNED_NEVER;
}

static void
prune (const MsResourceType *type,
       const MsSchema       *extension,
       const MsAttribute    *parent,
       JsonObject           *object)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *link = names; link != NULL; link = link->next)
    {
      const char     *name = link->data;
      JsonNode       *value = json_object_get_member (object, name);
      const MsSchema *inner = extension == NULL && parent == NULL
                                  ? ms_resource_type_find_extension (type, name)
                                  : NULL;

      if (inner != NULL && strcmp (inner->id, name) == 0 && JSON_NODE_HOLDS_OBJECT (value))
        {
          prune (type, inner, NULL, json_node_get_object (value));
          if (json_object_get_size (json_node_get_object (value)) == 0)
            json_object_remove_member (object, name);
          continue;
        }
      const MsAttribute *attribute = find_member (type, extension, parent, name);
      if (attribute == NULL || strcmp (attribute->name, name) != 0 || !is_in_document (attribute)
          || !fits (attribute, value))
        json_object_remove_member (object, name);
      else if (attribute->type == MS_ATTR_COMPLEX)
        prune_parts (type, attribute, value);
    }
}

void
ms_resource_type_prune (const MsResourceType *type, JsonObject *attributes)
{
  g_return_if_fail (type != NULL && attributes != NULL);

  prune (type, NULL, NULL, attributes);
}
