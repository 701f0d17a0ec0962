/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PATCH on multi-valued attributes: whole (emails), some elements (emails[type eq "work"]), one
 * member of them (emails[type eq "work"].value, emails.type). ms-patch.c says where we go beyond
 * the RFC.
 */
#include "ms-patch-elements.h"

#include "ms-error.h"
#include "ms-json.h"

#include <string.h>

static gboolean
refuse_no_target (MsPatch *self, const MsPatchPath *path)
{
  ms_error_set (self->error,
                MS_ERROR_INVALID,
                "noTarget",
                path->attribute->path,
                "no element of “%s” matches the filter",
                path->attribute->path);
  return FALSE;
}

/* A copy of what the attribute holds; empty where it is unset. */
static JsonArray *
dup_elements (MsPatch *self, const MsAttribute *attribute)
{
  JsonNode  *node = ms_attribute_get_value (attribute, self->attributes);
  JsonArray *copy = json_array_new ();

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
      json_array_add_element (
          copy, ms_json_deep_copy (json_array_get_element (json_node_get_array (node), i)));
  return copy;
}

static void
set_elements (MsPatch *self, const MsAttribute *attribute, JsonArray *elements)
{
  gboolean any = elements != NULL && json_array_get_length (elements) > 0;

  ms_attribute_set_value (attribute,
                          self->attributes,
                          any ? json_node_init_array (json_node_alloc (), elements) : NULL);
}

/* @given: (out) (transfer full): the operation's value as checked elements */
static gboolean
check_given (MsPatch *self, const MsAttribute *attribute, JsonNode *value, JsonArray **given)
{
  g_autoptr (JsonNode) checked = NULL;

  if (!ms_value_check_all (attribute, value, self->edit->ignored, &checked, self->error))
    return FALSE;
  *given = checked != NULL ? json_array_ref (json_node_get_array (checked)) : json_array_new ();
  return TRUE;
}

/* emails ------------------------------------------------------------------------------------- */

static gboolean
apply_whole (MsPatch *self, const MsAttribute *attribute, JsonNode *value)
{
  g_autoptr (JsonArray) elements = dup_elements (self, attribute);
  g_autoptr (JsonArray) given = NULL;

  if (self->op == MS_PATCH_REMOVE && JSON_NODE_HOLDS_NULL (value))
    {
      if (attribute->required)
        {
          ms_error_set (self->error,
                        MS_ERROR_INVALID,
                        "mutability",
                        attribute->path,
                        "“%s” is required and cannot be removed",
                        attribute->path);
          return FALSE;
        }
      set_elements (self, attribute, NULL);
      return TRUE;
    }
  if (!check_given (self, attribute, value, &given))
    return FALSE;
  if (self->op == MS_PATCH_REPLACE)
    set_elements (self, attribute, given);
  else if (self->op == MS_PATCH_REMOVE)
    {
      g_autoptr (JsonArray) rest = ms_elements_without (attribute, elements, given);
      set_elements (self, attribute, rest);
    }
  else if (!ms_elements_add (attribute, elements, given, self->error))
    return FALSE;
  else
    set_elements (self, attribute, elements);
  return TRUE;
}

/* emails[…] ---------------------------------------------------------------------------------- */

/* What a new element must have so that the filter matches it: "a eq x and b eq y" -> {a: x, b: y}.
 * FALSE for every other filter. @by_type: (inout): stays TRUE while only "type" and "primary" are
 * asked for */
static gboolean
collect_equals (const MsFilter *filter, JsonObject *into, gboolean *by_type)
{
  if (filter->kind == MS_FILTER_AND)
    return collect_equals (filter->left, into, by_type)
           && collect_equals (filter->right, into, by_type);
  if (filter->kind != MS_FILTER_COMPARE || filter->op != MS_FILTER_EQ || filter->attribute == NULL
      || filter->attribute->parent == NULL
      || filter->attribute->mutability == MS_MUTABILITY_READ_ONLY)
    return FALSE;
  const char *name = filter->attribute->name;
  if (strcmp (name, "type") != 0 && strcmp (name, "primary") != 0)
    *by_type = FALSE;
  json_object_set_member (into, name, ms_json_deep_copy (filter->value));
  return TRUE;
}

/* What the path's filter says about its elements. */
typedef struct
{
  JsonNode
      *values; /* (nullable): {type: "work"}, checked; NULL where the filter is no "a eq x and …" */
  gboolean by_type; /* it asks for "type" and "primary" only */
} Defaults;

static void
clear_defaults (Defaults *self)
{
  g_clear_pointer (&self->values, json_node_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Defaults, clear_defaults)

/* What stands in a filter has not been checked as a value yet: it may be too long, or nothing. */
static gboolean
read_defaults (MsPatch *self, const MsPatchPath *path, Defaults *defaults)
{
  g_autoptr (JsonObject) raw = json_object_new ();

  defaults->by_type = TRUE;
  if (path->filter == NULL || self->op == MS_PATCH_REMOVE
      || !collect_equals (path->filter, raw, &defaults->by_type))
    return TRUE;
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), raw);
  if (!ms_value_check (path->attribute, node, NULL, &defaults->values, self->error))
    return FALSE;
  if (defaults->values == NULL)
    {
      g_autoptr (JsonObject) empty = json_object_new ();
      defaults->values = json_node_init_object (json_node_alloc (), empty);
    }
  return TRUE;
}

/* The given object with what the filter asks for where it does not say otherwise. */
static JsonNode *
complete_element (const Defaults *defaults, JsonNode *element)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;

  JsonNode *complete = ms_json_deep_copy (element);
  if (!JSON_NODE_HOLDS_OBJECT (complete) || defaults->values == NULL)
    return complete;
  JsonObject *object = json_node_get_object (complete);
  json_object_iter_init_ordered (&iter, json_node_get_object (defaults->values));
  while (json_object_iter_next_ordered (&iter, &name, &member))
    if (!json_object_has_member (object, name))
      json_object_set_member (object, name, ms_json_deep_copy (member));
  return complete;
}

/* One value of the attribute, or of path->sub. */
static gboolean
check_one (MsPatch *self, const MsPatchPath *path, JsonNode *value, JsonNode **checked)
{
  const MsAttribute *target = path->sub != NULL ? path->sub : path->attribute;

  if (JSON_NODE_HOLDS_ARRAY (value) && json_array_get_length (json_node_get_array (value)) == 1
      && !(target == path->sub && target->multi_valued))
    value = json_array_get_element (json_node_get_array (value), 0);
  if (target == path->sub)
    return ms_value_check_all (target, value, self->edit->ignored, checked, self->error);
  return ms_value_check (target, value, self->edit->ignored, checked, self->error);
}

static void
set_member (JsonNode *element, const char *name, JsonNode *value)
{
  if (!JSON_NODE_HOLDS_OBJECT (element))
    return;
  if (value != NULL)
    json_object_set_member (json_node_get_object (element), name, ms_json_deep_copy (value));
  else
    json_object_remove_member (json_node_get_object (element), name);
}

/* An element whose value is gone is gone, whatever type it had. */
static gboolean
is_void (const MsAttribute *attribute, const MsAttribute *removed, JsonNode *element)
{
  if (!JSON_NODE_HOLDS_OBJECT (element))
    return FALSE;
  JsonObject *object = json_node_get_object (element);
  return json_object_get_size (object) == 0
         || (removed != NULL && strcmp (removed->name, "value") == 0
             && !json_object_has_member (object, "value"));
}

/* What becomes of one element that was meant. (transfer full) (nullable) */
static JsonNode *
change_element (MsPatch           *self,
                const MsPatchPath *path,
                const Defaults    *defaults,
                JsonNode          *element,
                JsonNode          *value)
{
  g_autoptr (JsonNode) changed = ms_json_deep_copy (element);

  if (path->sub != NULL)
    {
      set_member (changed, path->sub->name, value);
      return is_void (path->attribute, value == NULL ? path->sub : NULL, changed)
                 ? NULL
                 : g_steal_pointer (&changed);
    }
  if (value == NULL)
    return NULL;
  if (self->op == MS_PATCH_REPLACE || !JSON_NODE_HOLDS_OBJECT (changed))
    return complete_element (defaults, value);

  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;
  json_object_iter_init_ordered (&iter, json_node_get_object (value));
  while (json_object_iter_next_ordered (&iter, &name, &member))
    set_member (changed, name, member);
  return g_steal_pointer (&changed);
}

/* No element matched: makes one where that is what the client means, see ms-patch.c. */
static gboolean
add_missing (MsPatch           *self,
             const MsPatchPath *path,
             const Defaults    *defaults,
             JsonArray         *elements,
             JsonNode          *value)
{
  g_autoptr (JsonArray) given = json_array_new ();

  if (value == NULL)
    return TRUE;
  if (defaults->values == NULL
      || (self->op == MS_PATCH_REPLACE && (path->sub == NULL || !defaults->by_type)))
    return refuse_no_target (self, path);

  g_autoptr (JsonNode) element = ms_json_deep_copy (defaults->values);
  if (path->sub != NULL)
    set_member (element, path->sub->name, value);
  json_array_add_element (
      given, path->sub != NULL ? ms_json_deep_copy (element) : complete_element (defaults, value));
  if (!ms_elements_add (path->attribute, elements, given, self->error))
    return FALSE;
  set_elements (self, path->attribute, elements);
  return TRUE;
}

/* @value: (nullable): checked; NULL removes */
static gboolean
change_matching (MsPatch *self, const MsPatchPath *path, JsonNode *value)
{
  const MsAttribute *attribute = path->attribute;
  g_autoptr (JsonArray) elements = dup_elements (self, attribute);
  g_autoptr (JsonArray) result = json_array_new ();
  g_autoptr (GHashTable) touched = g_hash_table_new (NULL, NULL);
  g_auto (Defaults) defaults = { NULL };
  gboolean any = FALSE;

  if (!read_defaults (self, path, &defaults))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (elements); i++)
    {
      JsonNode *element = json_array_get_element (elements, i);
      gboolean  meant
          = path->filter == NULL || ms_filter_matches_element (path->filter, attribute, element);
      JsonNode *next = meant ? change_element (self, path, &defaults, element, value)
                             : ms_json_deep_copy (element);

      any = any || meant;
      if (next == NULL)
        continue;
      json_array_add_element (result, next);
      if (meant)
        g_hash_table_add (touched, next);
    }
  if (!any && path->filter != NULL)
    return add_missing (self, path, &defaults, elements, value);
  /* Two may have become the same one. */
  g_autoptr (JsonArray) merged = json_array_new ();
  if (!ms_elements_keep_primary (attribute, result, touched, self->error)
      || !ms_elements_add (attribute, merged, result, self->error))
    return FALSE;
  set_elements (self, attribute, merged);
  return TRUE;
}

/* emails.value without an element yet: the first one. */
static gboolean
add_first (MsPatch *self, const MsPatchPath *path, JsonNode *value)
{
  g_autoptr (JsonArray) elements = json_array_new ();
  g_autoptr (JsonObject) object = json_object_new ();

  if (value == NULL)
    return TRUE;
  json_object_set_member (object, path->sub->name, ms_json_deep_copy (value));
  json_array_add_object_element (elements, g_steal_pointer (&object));
  set_elements (self, path->attribute, elements);
  return TRUE;
}

gboolean
ms_patch_apply_elements (MsPatch *self, const MsPatchPath *path, JsonNode *value)
{
  g_autoptr (JsonNode) checked = NULL;

  if (path->filter == NULL && path->sub == NULL)
    return apply_whole (self, path->attribute, value);
  if (self->op != MS_PATCH_REMOVE && !check_one (self, path, value, &checked))
    return FALSE;
  if (path->filter == NULL && ms_attribute_get_value (path->attribute, self->attributes) == NULL)
    return add_first (self, path, checked);
  return change_matching (self, path, checked);
}
