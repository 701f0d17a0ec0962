/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Filters against values in memory, by the same rules as the store's SQL: text compares by its key
 * (ms_attribute_fold) unless the attribute is caseExact, times as instants; of several values one
 * must satisfy a comparison; "ne" is also satisfied by the absence of a value. Of a relation's
 * "$ref" the id at its end counts, which stands in "value", and so of meta.location: the server may
 * be known by several addresses.
 */
#include "ms-filter-private.h"

#include "ms-json.h"
#include "ms-text.h"

#include <string.h>

/* Whether a value counts as one: null, "", [] and {} do not (RFC 7644, "pr"). */
static gboolean
is_present (JsonNode *node)
{
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return FALSE;
  if (JSON_NODE_HOLDS_ARRAY (node))
    return json_array_get_length (json_node_get_array (node)) > 0;
  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_object_get_size (json_node_get_object (node)) > 0;
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return *json_node_get_string (node) != '\0';
  return TRUE;
}

static gboolean
satisfies_order (MsFilterOp op, int order)
{
  switch (op)
    {
    case MS_FILTER_EQ:
      return order == 0;
    case MS_FILTER_NE:
      return order != 0;
    case MS_FILTER_GT:
      return order > 0;
    case MS_FILTER_GE:
      return order >= 0;
    case MS_FILTER_LT:
      return order < 0;
    case MS_FILTER_LE:
      return order <= 0;
    case MS_FILTER_CO:
    case MS_FILTER_SW:
    case MS_FILTER_EW:
    default:
      return FALSE;
    }
}

gboolean
ms_filter_text_satisfies (const char *have, MsFilterOp op, const char *want, gboolean case_exact)
{
  g_autofree char *have_key = case_exact ? NULL : ms_text_fold (have);
  g_autofree char *want_key = case_exact ? NULL : ms_text_fold (want);

  if (!case_exact)
    {
      have = have_key;
      want = want_key;
    }
  switch (op)
    {
    case MS_FILTER_CO:
      return strstr (have, want) != NULL;
    case MS_FILTER_SW:
      return g_str_has_prefix (have, want);
    case MS_FILTER_EW:
      return g_str_has_suffix (have, want);
    case MS_FILTER_EQ:
    case MS_FILTER_NE:
    case MS_FILTER_GT:
    case MS_FILTER_GE:
    case MS_FILTER_LT:
    case MS_FILTER_LE:
    default:
      return satisfies_order (op, strcmp (have, want));
    }
}

static gboolean
time_satisfies (const char *have, MsFilterOp op, const char *want)
{
  gint64 a, b;

  if (!ms_json_parse_time (have, &a) || !ms_json_parse_time (want, &b))
    return op == MS_FILTER_NE;
  return satisfies_order (op, (a > b) - (a < b));
}

static gboolean
number_satisfies (JsonNode *have, MsFilterOp op, JsonNode *want)
{
  if (json_node_get_value_type (have) == G_TYPE_INT64
      && json_node_get_value_type (want) == G_TYPE_INT64)
    {
      gint64 a = json_node_get_int (have), b = json_node_get_int (want);
      return satisfies_order (op, (a > b) - (a < b));
    }
  double a = json_node_get_double (have), b = json_node_get_double (want);
  return satisfies_order (op, (a > b) - (a < b));
}

static gboolean
is_part_of_relation (const MsAttribute *attribute, const char *name)
{
  return attribute != NULL && attribute->parent != NULL
         && attribute->parent->relation != MS_RELATION_NONE && strcmp (attribute->name, name) == 0;
}

/* Ids are, whatever a schema says of the part that holds them. */
static gboolean
is_case_exact (const MsFilter *self)
{
  if (is_part_of_relation (self->attribute, "$ref")
      || is_part_of_relation (self->attribute, "value"))
    return TRUE;
  return self->attribute == NULL || self->attribute->case_exact
         || self->attribute->type == MS_ATTR_BINARY;
}

static gboolean
text_satisfies (const MsFilter *self, const char *have, const char *want)
{
  if (is_case_exact (self) || self->attribute->text_form == MS_TEXT_FORM_PLAIN)
    return ms_filter_text_satisfies (have, self->op, want, is_case_exact (self));
  g_autofree char *have_key = ms_attribute_fold (self->attribute, have);
  g_autofree char *want_key = ms_attribute_fold (self->attribute, want);
  return ms_filter_text_satisfies (have_key, self->op, want_key, TRUE);
}

static gboolean
is_time (const MsFilter *self)
{
  if (self->attribute != NULL)
    return self->attribute->type == MS_ATTR_DATE_TIME;
  return self->meta == MS_FILTER_META_CREATED || self->meta == MS_FILTER_META_LAST_MODIFIED;
}

static const char *
get_end (const char *reference)
{
  const char *slash = strrchr (reference, '/');

  return slash != NULL ? slash + 1 : reference;
}

static const char *
get_wanted_text (const MsFilter *self)
{
  const char *text = json_node_get_string (self->value);
  gboolean    is_reference
      = self->meta == MS_FILTER_META_LOCATION || is_part_of_relation (self->attribute, "$ref");

  return is_reference ? get_end (text) : text;
}

/* One value. Where the kinds differ, the value is only not equal. */
static gboolean
value_satisfies (const MsFilter *self, JsonNode *have)
{
  GType have_type = have != NULL ? json_node_get_value_type (have) : G_TYPE_INVALID;
  GType want_type = json_node_get_value_type (self->value);

  if (!is_present (have))
    return self->op == MS_FILTER_NE;
  if (have_type == G_TYPE_STRING && want_type == G_TYPE_STRING)
    {
      const char *text = json_node_get_string (have);
      const char *a = self->meta == MS_FILTER_META_LOCATION ? get_end (text) : text;
      const char *b = get_wanted_text (self);
      return is_time (self) ? time_satisfies (a, self->op, b) : text_satisfies (self, a, b);
    }
  if (have_type == G_TYPE_BOOLEAN && want_type == G_TYPE_BOOLEAN)
    return (json_node_get_boolean (have) == json_node_get_boolean (self->value))
           == (self->op == MS_FILTER_EQ);
  if ((have_type == G_TYPE_INT64 || have_type == G_TYPE_DOUBLE)
      && (want_type == G_TYPE_INT64 || want_type == G_TYPE_DOUBLE))
    return number_satisfies (have, self->op, self->value);
  return self->op == MS_FILTER_NE;
}

static gboolean
leaf_satisfies (const MsFilter *self, JsonNode *node)
{
  return self->kind == MS_FILTER_PRESENT ? is_present (node) : value_satisfies (self, node);
}

/* @node: one value, or an array of which one must do */
static gboolean
any_satisfies (const MsFilter *self, JsonNode *node)
{
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return leaf_satisfies (self, node);

  JsonArray *array = json_node_get_array (node);
  guint      length = json_array_get_length (array);
  for (guint i = 0; i < length; i++)
    if (leaf_satisfies (self, json_array_get_element (array, i)))
      return TRUE;
  return length == 0 && leaf_satisfies (self, NULL);
}

static JsonNode *
get_member (JsonNode *node, const char *name)
{
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node)
             ? json_object_get_member (json_node_get_object (node), name)
             : NULL;
}

/* What a comparison of @attribute looks at in an element. */
static JsonNode *
get_part (JsonNode *element, const MsAttribute *attribute)
{
  return get_member (element, is_part_of_relation (attribute, "$ref") ? "value" : attribute->name);
}

gboolean
ms_filter_matches_element (const MsFilter *self, const MsAttribute *attribute, JsonNode *element)
{
  g_return_val_if_fail (self != NULL && attribute != NULL, FALSE);

  switch (self->kind)
    {
    case MS_FILTER_AND:
      return ms_filter_matches_element (self->left, attribute, element)
             && ms_filter_matches_element (self->right, attribute, element);
    case MS_FILTER_OR:
      return ms_filter_matches_element (self->left, attribute, element)
             || ms_filter_matches_element (self->right, attribute, element);
    case MS_FILTER_NOT:
      return !ms_filter_matches_element (self->left, attribute, element);
    case MS_FILTER_COMPARE:
    case MS_FILTER_PRESENT:
      if (self->attribute == attribute)
        return leaf_satisfies (self, element);
      return self->attribute != NULL && any_satisfies (self, get_part (element, self->attribute));
    case MS_FILTER_VALUE_PATH:
    case MS_FILTER_NOTHING:
    default:
      return FALSE;
    }
}

static JsonNode *
get_meta (const MsFilter *self, JsonObject *attributes)
{
  const char *name = ms_filter_meta_names[self->meta];

  if (self->meta == MS_FILTER_META_ID)
    return json_object_get_member (attributes, name);
  return get_member (json_object_get_member (attributes, "meta"), name + strlen ("meta."));
}

static gboolean
matches_leaf (const MsFilter *self, JsonObject *attributes)
{
  const MsAttribute *attribute = self->attribute;

  if (attribute == NULL)
    return any_satisfies (self, get_meta (self, attributes));
  if (attribute->parent == NULL)
    return any_satisfies (self, ms_attribute_get_value (attribute, attributes));

  JsonNode *parent = ms_attribute_get_value (attribute->parent, attributes);
  if (parent == NULL || !JSON_NODE_HOLDS_ARRAY (parent))
    return any_satisfies (self, get_part (parent, attribute));
  JsonArray *elements = json_node_get_array (parent);
  guint      length = json_array_get_length (elements);
  for (guint i = 0; i < length; i++)
    if (any_satisfies (self, get_part (json_array_get_element (elements, i), attribute)))
      return TRUE;
  return length == 0 && leaf_satisfies (self, NULL);
}

/* @node: what the value path is of, one or an array of which one must do */
static gboolean
any_matches (const MsFilter *self, JsonNode *node)
{
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return is_present (node) && ms_filter_matches_element (self->left, self->attribute, node);

  JsonArray *elements = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (elements); i++)
    if (ms_filter_matches_element (
            self->left, self->attribute, json_array_get_element (elements, i)))
      return TRUE;
  return FALSE;
}

static gboolean
matches_value_path (const MsFilter *self, JsonObject *attributes)
{
  const MsAttribute *attribute = self->attribute;
  const MsAttribute *whole = attribute->parent != NULL ? attribute->parent : attribute;
  JsonNode          *node = ms_attribute_get_value (whole, attributes);

  if (whole == attribute)
    return any_matches (self, node);
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return any_matches (self, get_member (node, attribute->name));
  JsonArray *elements = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (elements); i++)
    if (any_matches (self, get_member (json_array_get_element (elements, i), attribute->name)))
      return TRUE;
  return FALSE;
}

gboolean
ms_filter_matches (const MsFilter *self, JsonObject *attributes)
{
  g_return_val_if_fail (self != NULL && attributes != NULL, FALSE);

  switch (self->kind)
    {
    case MS_FILTER_AND:
      return ms_filter_matches (self->left, attributes)
             && ms_filter_matches (self->right, attributes);
    case MS_FILTER_OR:
      return ms_filter_matches (self->left, attributes)
             || ms_filter_matches (self->right, attributes);
    case MS_FILTER_NOT:
      return !ms_filter_matches (self->left, attributes);
    case MS_FILTER_COMPARE:
    case MS_FILTER_PRESENT:
      return matches_leaf (self, attributes);
    case MS_FILTER_VALUE_PATH:
      return matches_value_path (self, attributes);
    case MS_FILTER_NOTHING:
    default:
      return FALSE;
    }
}
