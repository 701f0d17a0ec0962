/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PATCH on multi-valued attributes: whole (emails), some elements (emails[type eq "work"]), one
 * member of them (emails[type eq "work"].value, emails.type), some values of a member that has
 * several (items.tags[value eq "x"]). ms-patch.c says where we go beyond the RFC.
 */
#include "ms-patch-elements.h"

#include "ms-error.h"
#include "ms-json.h"

#include <string.h>

static guint
count_elements (MsPatch *self, const MsAttribute *attribute)
{
  JsonNode *node
      = attribute->multi_valued ? ms_attribute_get_value (attribute, self->attributes) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node)
             ? json_array_get_length (json_node_get_array (node))
             : 1;
}

static gboolean
note_looked (MsPatch *self, const MsAttribute *attribute, guint64 count)
{
  self->n_looked += count;
  if (self->n_looked <= MS_PATCH_MAX_LOOKED)
    return TRUE;
  ms_error_set (self->error,
                MS_ERROR_LIMIT,
                NULL,
                "Operations",
                "the operations of one request may look at %d values of attributes like “%s” "
                "at most: send them in parts",
                MS_PATCH_MAX_LOOKED,
                attribute->path);
  return FALSE;
}

gboolean
ms_patch_note_search (MsPatch *self, const MsAttribute *attribute)
{
  if (!note_looked (self, attribute, count_elements (self, attribute)))
    return FALSE;
  if (self->n_searches++ < MS_PATCH_MAX_SEARCHES)
    return TRUE;
  ms_error_set (self->error,
                MS_ERROR_LIMIT,
                NULL,
                "Operations",
                "at most %d operations over the values of attributes like “%s” in one request",
                MS_PATCH_MAX_SEARCHES,
                attribute->path);
  return FALSE;
}

static gboolean
refuse_no_target (MsPatch *self, const MsPatchPath *path)
{
  const char *name = path->is_in_sub ? path->sub->path : path->attribute->path;

  ms_error_set (self->error,
                MS_ERROR_INVALID,
                "noTarget",
                name,
                "no element of “%s” matches the filter",
                name);
  return FALSE;
}

/* (transfer full): of @value, (nullable), as an array of its own */
static JsonArray *
dup_array (JsonNode *value)
{
  JsonArray *copy = json_array_new ();

  if (value != NULL && JSON_NODE_HOLDS_ARRAY (value))
    for (guint i = 0; i < json_array_get_length (json_node_get_array (value)); i++)
      json_array_add_element (
          copy, ms_json_deep_copy (json_array_get_element (json_node_get_array (value), i)));
  return copy;
}

/* A copy of what the attribute holds; empty where it is unset. */
static JsonArray *
dup_elements (MsPatch *self, const MsAttribute *attribute)
{
  return dup_array (ms_attribute_get_value (attribute, self->attributes));
}

static void
set_elements (MsPatch *self, const MsAttribute *attribute, JsonArray *elements)
{
  gboolean any = elements != NULL && json_array_get_length (elements) > 0;

  ms_attribute_set_value (attribute,
                          self->attributes,
                          any ? json_node_init_array (json_node_alloc (), elements) : NULL);
}

/* What the operation makes of @there: @given, checked elements, replace them, are added or are
 * taken out. (transfer full) (nullable) */
static JsonArray *
combine (MsPatch *self, const MsAttribute *attribute, JsonNode *there, JsonArray *given)
{
  if (self->op == MS_PATCH_REPLACE)
    return json_array_ref (given);
  if (there != NULL && JSON_NODE_HOLDS_ARRAY (there) && json_array_get_length (given) == 0)
    return json_array_ref (json_node_get_array (there));
  g_autoptr (JsonArray) elements = dup_array (there);
  if (self->op == MS_PATCH_REMOVE
      && !note_looked (self,
                       attribute,
                       (guint64) json_array_get_length (elements)
                           * ms_elements_count_nameless (attribute, given)))
    return NULL;
  if (self->op == MS_PATCH_REMOVE)
    return ms_elements_without (attribute, elements, given);
  return ms_elements_add (attribute, elements, given, self->error) ? g_steal_pointer (&elements)
                                                                   : NULL;
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
  g_autoptr (JsonArray) given = NULL;

  if (self->op == MS_PATCH_REMOVE && !self->has_value)
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
  JsonNode *there = ms_attribute_get_value (attribute, self->attributes);
  g_autoptr (JsonArray) elements = combine (self, attribute, there, given);
  if (elements == NULL)
    return FALSE;
  set_elements (self, attribute, elements);
  return TRUE;
}

gboolean
ms_patch_apply_part (MsPatch *self, const MsAttribute *part, JsonNode *value)
{
  return ms_patch_note_search (self, part) && apply_whole (self, part, value);
}

/* emails[…] ---------------------------------------------------------------------------------- */

/* What a new element must have so that the filter matches it. Only two filters make one: that for
 * its type, and Entra's for the primary one; by any other nobody can tell what is meant. */
static gboolean
collect_equals (const MsFilter *filter, JsonObject *into)
{
  if (filter->kind != MS_FILTER_COMPARE || filter->op != MS_FILTER_EQ || filter->attribute == NULL
      || filter->attribute->parent == NULL
      || filter->attribute->mutability == MS_MUTABILITY_READ_ONLY)
    return FALSE;
  const char *name = filter->attribute->name;
  gboolean    by_primary = strcmp (name, "primary") == 0
                        && json_node_get_value_type (filter->value) == G_TYPE_BOOLEAN
                        && json_node_get_boolean (filter->value);
  if (strcmp (name, "type") != 0 && !by_primary)
    return FALSE;
  json_object_set_member (into, name, ms_json_deep_copy (filter->value));
  return TRUE;
}

/* What stands in a filter has not been checked as a value yet: it may be too long, or nothing.
 * @defaults: (out) (nullable) (transfer full): {type: "work"}; NULL where the filter makes nothing
 */
static gboolean
read_defaults (MsPatch *self, const MsPatchPath *path, JsonNode **defaults)
{
  g_autoptr (JsonObject) raw = json_object_new ();

  if (path->attribute->type != MS_ATTR_COMPLEX || path->is_in_sub
      || !collect_equals (path->filter, raw))
    return TRUE;
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), raw);
  if (!ms_value_check (path->attribute, node, NULL, defaults, self->error))
    return FALSE;
  if (*defaults == NULL)
    {
      g_autoptr (JsonObject) empty = json_object_new ();
      *defaults = json_node_init_object (json_node_alloc (), empty);
    }
  return TRUE;
}

/* The given object with what the filter asks for where it does not say otherwise. */
static JsonNode *
complete_element (JsonNode *defaults, JsonNode *element)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;

  JsonNode *complete = ms_json_deep_copy (element);
  if (!JSON_NODE_HOLDS_OBJECT (complete))
    return complete;
  JsonObject *object = json_node_get_object (complete);
  json_object_iter_init_ordered (&iter, json_node_get_object (defaults));
  while (json_object_iter_next_ordered (&iter, &name, &member))
    if (!json_object_has_member (object, name))
      json_object_set_member (object, name, ms_json_deep_copy (member));
  return complete;
}

/* One value of the attribute, or of path->sub. @given: (nullable): as the client wrote it; NULL
 * removes. @checked: (nullable): in its canonical form; NULL where it says nothing */
typedef struct
{
  JsonNode *given;
  JsonNode *checked;
} OneValue;

static void
clear_one (OneValue *self)
{
  g_clear_pointer (&self->checked, json_node_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OneValue, clear_one)

static gboolean
check_one (MsPatch *self, const MsPatchPath *path, JsonNode *value, OneValue *one)
{
  const MsAttribute *target = path->sub != NULL ? path->sub : path->attribute;
  gboolean           whole = target == path->sub && !path->is_in_sub;

  if (JSON_NODE_HOLDS_ARRAY (value) && json_array_get_length (json_node_get_array (value)) == 1
      && !(whole && target->multi_valued))
    value = json_array_get_element (json_node_get_array (value), 0);
  one->given = value;
  if (whole)
    return ms_value_check_all (target, value, self->edit->ignored, &one->checked, self->error);
  return ms_value_check (target, value, self->edit->ignored, &one->checked, self->error);
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
is_void (const MsAttribute *removed, JsonNode *element)
{
  if (!JSON_NODE_HOLDS_OBJECT (element))
    return FALSE;
  JsonObject *object = json_node_get_object (element);
  return json_object_get_size (object) == 0
         || (removed != NULL && strcmp (removed->name, "value") == 0
             && !json_object_has_member (object, "value"));
}

/* One part of an element becomes @checked, (nullable), or adds it to what it has several of. */
static gboolean
change_part (MsPatch *self, const MsAttribute *part, JsonNode *element, JsonNode *checked)
{
  if (!part->multi_valued || !JSON_NODE_HOLDS_OBJECT (element)
      || (self->op == MS_PATCH_REMOVE && !self->has_value))
    {
      set_member (element, part->name, checked);
      return TRUE;
    }
  JsonNode *there = json_object_get_member (json_node_get_object (element), part->name);
  guint     length = there != NULL && JSON_NODE_HOLDS_ARRAY (there)
                         ? json_array_get_length (json_node_get_array (there))
                         : 0;
  g_autoptr (JsonArray) given
             = checked != NULL ? json_array_ref (json_node_get_array (checked)) : json_array_new ();
  if (!note_looked (self, part, length))
    return FALSE;
  g_autoptr (JsonArray) values = combine (self, part, there, given);
  if (values == NULL)
    return FALSE;
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), values);
  set_member (element, part->name, json_array_get_length (values) > 0 ? node : NULL);
  return TRUE;
}

/* Of the values of one part of an element those that the filter means become @one. @any: (inout):
 * there are some */
static gboolean
change_values (
    MsPatch *self, const MsPatchPath *path, JsonNode *element, const OneValue *one, gboolean *any)
{
  const MsAttribute *part = path->sub;
  JsonNode          *there = JSON_NODE_HOLDS_OBJECT (element)
                                 ? json_object_get_member (json_node_get_object (element), part->name)
                                 : NULL;
  g_autoptr (JsonArray) values = json_array_new ();
  g_autoptr (JsonArray) merged = json_array_new ();
  guint changed = 0;

  if (there == NULL || !JSON_NODE_HOLDS_ARRAY (there))
    return TRUE;
  guint length = json_array_get_length (json_node_get_array (there));
  if (!note_looked (self, part, length))
    return FALSE;
  for (guint i = 0; i < length; i++)
    {
      JsonNode *value = json_array_get_element (json_node_get_array (there), i);
      gboolean  meant = ms_filter_matches_element (path->filter, part, value);

      changed += meant ? 1 : 0;
      if (!meant || one->checked != NULL)
        json_array_add_element (values, ms_json_deep_copy (meant ? one->checked : value));
    }
  if (changed == 0)
    return TRUE;
  *any = TRUE;
  /* Two that have become the same are one. */
  if (!ms_elements_add (part, merged, values, self->error))
    return FALSE;
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), merged);
  set_member (element, part->name, json_array_get_length (merged) > 0 ? node : NULL);
  return TRUE;
}

/* The members that the client gave, null ones taken away; the others stay (RFC 7644 §3.5.2.3). */
static gboolean
merge_given (MsPatch *self, const MsAttribute *attribute, JsonNode *element, const OneValue *one)
{
  JsonObject *given = json_node_get_object (one->given);
  JsonObject *checked = one->checked != NULL ? json_node_get_object (one->checked) : NULL;

  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);

      if (sub->mutability != MS_MUTABILITY_READ_ONLY
          && ms_json_object_find (given, sub->name) != NULL
          && !change_part (self,
                           sub,
                           element,
                           checked != NULL ? json_object_get_member (checked, sub->name) : NULL))
        return FALSE;
    }
  return TRUE;
}

/* What becomes of one element that was meant. @next: (out) (transfer full) (nullable). @any: (out):
 * something of it was */
static gboolean
change_element (MsPatch           *self,
                const MsPatchPath *path,
                JsonNode          *element,
                const OneValue    *one,
                JsonNode         **next,
                gboolean          *any)
{
  g_autoptr (JsonNode) changed = ms_json_deep_copy (element);
  const MsAttribute *removed = NULL;

  *any = !path->is_in_sub;
  if (path->is_in_sub)
    {
      if (!change_values (self, path, changed, one, any))
        return FALSE;
      removed = *any ? path->sub : NULL;
    }
  else if (path->sub != NULL)
    {
      if (!change_part (self, path->sub, changed, one->checked))
        return FALSE;
      removed = path->sub;
    }
  else if (one->given == NULL || !JSON_NODE_HOLDS_OBJECT (one->given)
           || !JSON_NODE_HOLDS_OBJECT (changed))
    {
      *next = one->checked != NULL ? ms_json_deep_copy (one->checked) : NULL;
      return TRUE;
    }
  else
    {
      const MsAttribute *value = ms_attribute_find_sub (path->attribute, "value");

      if (!merge_given (self, path->attribute, changed, one))
        return FALSE;
      removed = json_object_has_member (json_node_get_object (element), "value") ? value : NULL;
    }
  *next = is_void (removed, changed) ? NULL : g_steal_pointer (&changed);
  return TRUE;
}

/* No element matched: makes one where that is what the client means, see ms-patch.c. */
static gboolean
add_missing (MsPatch *self, const MsPatchPath *path, JsonArray *elements, JsonNode *value)
{
  g_autoptr (JsonArray) given = json_array_new ();
  g_autoptr (JsonNode) defaults = NULL;

  if (value == NULL || self->op == MS_PATCH_REMOVE)
    return TRUE;
  if (!read_defaults (self, path, &defaults))
    return FALSE;
  if (defaults == NULL || (self->op == MS_PATCH_REPLACE && path->sub == NULL))
    return refuse_no_target (self, path);

  if (path->sub != NULL)
    set_member (defaults, path->sub->name, value);
  json_array_add_element (
      given, path->sub != NULL ? ms_json_deep_copy (defaults) : complete_element (defaults, value));
  if (!ms_elements_add (path->attribute, elements, given, self->error))
    return FALSE;
  set_elements (self, path->attribute, elements);
  return TRUE;
}

/* @elements as they become. Those that are not meant are the same nodes, for a list may be long and
 * each operation looks at all of it. @changed: (element-type JsonNode): the others. @any: (out):
 * there are some, or were. @renamed: (out): one of them is called otherwise. (transfer full)
 * (nullable) */
static JsonArray *
change_elements (MsPatch           *self,
                 const MsPatchPath *path,
                 JsonArray         *elements,
                 const OneValue    *one,
                 GHashTable        *changed,
                 gboolean          *any,
                 gboolean          *renamed)
{
  const MsAttribute *attribute = path->attribute;
  g_autoptr (JsonArray) result = json_array_sized_new (json_array_get_length (elements));

  *any = *renamed = FALSE;
  for (guint i = 0; i < json_array_get_length (elements); i++)
    {
      JsonNode *element = json_array_get_element (elements, i);
      if (path->filter != NULL && !path->is_in_sub
          && !ms_filter_matches_element (path->filter, attribute, element))
        {
          json_array_add_element (result, json_node_ref (element));
          continue;
        }
      JsonNode *next = NULL;
      gboolean  meant = FALSE;
      if (!change_element (self, path, element, one, &next, &meant))
        return NULL;
      *any = *any || meant;
      if (!meant)
        {
          g_clear_pointer (&next, json_node_unref);
          json_array_add_element (result, json_node_ref (element));
          continue;
        }
      if (next == NULL)
        continue;
      json_array_add_element (result, next);
      if (!ms_edit_check_parts (attribute, element, next, self->error))
        return NULL;
      g_hash_table_add (changed, next);
      g_autofree char *was = ms_elements_make_key (attribute, element);
      g_autofree char *is = ms_elements_make_key (attribute, next);
      *renamed = *renamed || strcmp (was, is) != 0;
    }
  return g_steal_pointer (&result);
}

static gboolean
has_same (const MsAttribute *attribute, JsonArray *elements)
{
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < json_array_get_length (elements); i++)
    if (!g_hash_table_add (keys,
                           ms_elements_make_key (attribute, json_array_get_element (elements, i))))
      return TRUE;
  return FALSE;
}

static gboolean
change_matching (MsPatch *self, const MsPatchPath *path, const OneValue *one)
{
  const MsAttribute *attribute = path->attribute;
  JsonNode          *node = ms_attribute_get_value (attribute, self->attributes);
  g_autoptr (JsonArray) elements = node != NULL && JSON_NODE_HOLDS_ARRAY (node)
                                       ? json_array_ref (json_node_get_array (node))
                                       : json_array_new ();
  g_autoptr (GHashTable) changed = g_hash_table_new (NULL, NULL);
  gboolean any = FALSE;
  gboolean renamed = FALSE;
  g_autoptr (JsonArray) result
             = change_elements (self, path, elements, one, changed, &any, &renamed);

  if (result == NULL)
    return FALSE;
  if (!any && path->filter != NULL)
    {
      g_autoptr (JsonArray) more = dup_elements (self, attribute);
      return add_missing (self, path, more, one->checked);
    }
  if (!ms_elements_keep_primary (attribute, result, changed, self->error))
    return FALSE;
  if (!renamed || !has_same (attribute, result))
    {
      set_elements (self, attribute, result);
      return TRUE;
    }
  /* Two have become the same one, which must not take anything from the other. */
  g_autoptr (JsonArray) merged = json_array_new ();
  if (!ms_elements_add (attribute, merged, result, self->error))
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

  if (value == NULL || self->op == MS_PATCH_REMOVE)
    return TRUE;
  json_object_set_member (object, path->sub->name, ms_json_deep_copy (value));
  json_array_add_object_element (elements, g_steal_pointer (&object));
  set_elements (self, path->attribute, elements);
  return TRUE;
}

gboolean
ms_patch_apply_elements (MsPatch *self, const MsPatchPath *path, JsonNode *value)
{
  g_auto (OneValue) one = { NULL, NULL };

  if (!ms_patch_note_search (self, path->attribute))
    return FALSE;
  if (path->filter == NULL && path->sub == NULL)
    return apply_whole (self, path->attribute, value);
  /* By a filter, or of a single value, "remove" says it all. */
  gboolean counts
      = self->op != MS_PATCH_REMOVE
        || (self->has_value && path->sub != NULL && path->sub->multi_valued && !path->is_in_sub);
  if (counts && !check_one (self, path, value, &one))
    return FALSE;
  if (path->filter == NULL && ms_attribute_get_value (path->attribute, self->attributes) == NULL)
    return add_first (self, path, one.checked);
  return change_matching (self, path, &one);
}
