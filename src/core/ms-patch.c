/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PATCH (RFC 7644 §3.5.2): all operations on a copy of the object, or none. Where RFC and real
 * clients part:
 *
 * - "replace" or "add" of attribute[type eq "x"].sub or attribute[primary eq true].sub without a
 * match makes that element (Entra); of any other filter without a match it is 400 noTarget;
 * "remove" of what is not there is no error.
 * - "replace" of attribute[filter] changes the members that it gives, as everywhere else.
 * - "remove" with a value takes out only the elements named (Entra, authentik), never all; null and
 * [] name none.
 * - Without a path, names may be dotted, qualified or whole paths; what is read-only or unknown
 * there is passed over (clients send whole objects back), while a path that says so is an error.
 * - A value may be wrapped as [{"value": x}] where one value is wanted (old Entra).
 */
#include "ms-edit-private.h"

#include "ms-error.h"
#include "ms-json.h"
#include "ms-patch-elements.h"

#include <string.h>

#define URN_PATCH_OP "urn:ietf:params:scim:api:messages:2.0:PatchOp"

static gboolean
refuse (MsPatch *self, const char *scim_type, const char *path, const char *what)
{
  ms_error_set (self->error,
                MS_ERROR_INVALID,
                scim_type,
                path,
                "%s%s%s",
                path != NULL ? path : "",
                path != NULL ? ": " : "",
                what);
  return FALSE;
}

/* Of an operation as such; the caller says which one it is. */
static gboolean
refuse_operation (MsPatch *self, const char *scim_type, const char *what)
{
  ms_error_set (self->error, MS_ERROR_INVALID, scim_type, "Operations", "%s", what);
  return FALSE;
}

/* One value ---------------------------------------------------------------------------------- */

/* [x] -> x, and for what is not complex {"value": x} -> x */
static JsonNode *
unwrap (const MsAttribute *attribute, JsonNode *value)
{
  if (JSON_NODE_HOLDS_ARRAY (value) && json_array_get_length (json_node_get_array (value)) == 1)
    value = json_array_get_element (json_node_get_array (value), 0);
  if (JSON_NODE_HOLDS_OBJECT (value) && attribute->type != MS_ATTR_COMPLEX)
    {
      JsonNode *inner = ms_json_object_find (json_node_get_object (value), "value");
      if (inner != NULL)
        return inner;
    }
  return value;
}

static gboolean
apply_secret (MsPatch *self, const MsAttribute *attribute, JsonNode *value)
{
  g_autoptr (JsonNode) null = json_node_new (JSON_NODE_NULL);

  /* As it is: whoever hashes it must have seen it without knowing what we make of wrappings. */
  return ms_edit_set_secret (
      self->edit, attribute, self->op == MS_PATCH_REMOVE ? null : value, self->error);
}

static gboolean
apply_link (MsPatch *self, const MsAttribute *attribute, JsonNode *value)
{
  const char *id = NULL;
  JsonNode   *given = unwrap (attribute, value);

  if (self->op != MS_PATCH_REMOVE
      && (!ms_value_check_link (attribute, given, self->edit->ignored, &id, self->error)
          || (id != NULL
              && !ms_edit_add_claims (self->edit, attribute, given, id, -1, self->error))))
    return FALSE;
  ms_value_set_link (attribute, self->attributes, id);
  return TRUE;
}

/* Sets members of a single complex attribute, or adds to those of many values; the others stay
 * (RFC 7644 §3.5.2.1, §3.5.2.3). */
static gboolean
merge_complex (MsPatch *self, const MsAttribute *attribute, JsonNode *given)
{
  g_autoptr (JsonNode) checked = NULL;

  /* Checked as a whole first: types, unknown members. */
  if (!ms_value_check (attribute, given, self->edit->ignored, &checked, self->error))
    return FALSE;
  for (guint i = 0; JSON_NODE_HOLDS_OBJECT (given) && i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      JsonNode          *member = ms_json_object_find (json_node_get_object (given), sub->name);
      JsonNode          *value = checked != NULL
                                     ? json_object_get_member (json_node_get_object (checked), sub->name)
                                     : NULL;

      if (sub->mutability == MS_MUTABILITY_READ_ONLY || member == NULL)
        continue;
      if (!sub->multi_valued)
        ms_attribute_set_value (
            sub, self->attributes, value != NULL ? ms_json_deep_copy (value) : NULL);
      else if (!ms_patch_apply_part (self, sub, member))
        return FALSE;
    }
  return TRUE;
}

static gboolean
apply_single (MsPatch *self, const MsAttribute *attribute, JsonNode *value)
{
  JsonNode *checked = NULL;

  if (attribute->multi_valued)
    return ms_patch_apply_part (self, attribute, value);
  if (self->op == MS_PATCH_REMOVE)
    {
      if (attribute->required)
        return refuse (self, "mutability", attribute->path, "is required and cannot be removed");
      ms_attribute_set_value (attribute, self->attributes, NULL);
      return TRUE;
    }
  JsonNode *given = unwrap (attribute, value);
  gboolean  is_unset = JSON_NODE_HOLDS_NULL (given) || JSON_NODE_HOLDS_ARRAY (given);
  if (attribute->type == MS_ATTR_COMPLEX && !is_unset)
    return merge_complex (self, attribute, given);
  if (!ms_value_check_all (attribute, given, self->edit->ignored, &checked, self->error))
    return FALSE;
  ms_attribute_set_value (attribute, self->attributes, checked);
  return TRUE;
}

/* Multi-valued relations --------------------------------------------------------------------- */

/* The id in [value eq "id"]; NULL for any other filter. */
static const char *
get_value_filter_id (const MsPatchPath *path)
{
  const MsFilter *filter = path->filter;

  if (filter->kind == MS_FILTER_COMPARE && filter->op == MS_FILTER_EQ && filter->attribute != NULL
      && strcmp (filter->attribute->name, "value") == 0)
    return json_node_get_string (filter->value);
  return NULL;
}

static gboolean
apply_links_filtered (MsPatch *self, const MsPatchPath *path)
{
  if (self->op != MS_PATCH_REMOVE)
    return refuse (
        self, "mutability", path->attribute->path, "entries can be added and removed, not changed");
  const char *id = get_value_filter_id (path);
  if (id != NULL)
    ms_edit_add_link (self->edit, MS_LINK_REMOVE, path->attribute, g_strdup (id), NULL);
  else if (!ms_patch_note_search (self, path->attribute))
    return FALSE;
  else
    ms_edit_add_link (
        self->edit, MS_LINK_REMOVE_MATCHING, path->attribute, NULL, ms_filter_copy (path->filter));
  return TRUE;
}

static gboolean
apply_links (MsPatch *self, const MsPatchPath *path, JsonNode *value)
{
  const MsAttribute *attribute = path->attribute;
  gboolean           removing = self->op == MS_PATCH_REMOVE;

  if (path->sub != NULL)
    return refuse (
        self, "mutability", path->sub->path, "entries can be added and removed, not changed");
  if (path->filter != NULL)
    return apply_links_filtered (self, path);
  if (self->op == MS_PATCH_REPLACE || (removing && !self->has_value))
    ms_edit_add_link (self->edit, MS_LINK_REMOVE_ALL, attribute, NULL, NULL);

  JsonArray *array = JSON_NODE_HOLDS_ARRAY (value) ? json_node_get_array (value) : NULL;
  guint      length = array != NULL                  ? json_array_get_length (array)
                      : JSON_NODE_HOLDS_NULL (value) ? 0
                                                     : 1;
  for (guint i = 0; i < length; i++)
    {
      JsonNode   *given = array != NULL ? json_array_get_element (array, i) : value;
      const char *id;
      if (!ms_value_check_link (attribute, given, self->edit->ignored, &id, self->error))
        return FALSE;
      if (id == NULL)
        return refuse (self,
                       "invalidValue",
                       attribute->path,
                       "an entry needs the id of an object as its “value”");
      if (!ms_edit_add_claims (self->edit, attribute, given, id, (int) i, self->error))
        return FALSE;
      ms_edit_add_link (
          self->edit, removing ? MS_LINK_REMOVE : MS_LINK_ADD, attribute, g_strdup (id), NULL);
    }
  return TRUE;
}

/* Paths -------------------------------------------------------------------------------------- */

/* Whether to go on. Read-only things are an error by path, passed over in a whole object. */
static gboolean
may_write (MsPatch *self, const MsPatchPath *path, gboolean by_path, gboolean *good)
{
  const MsAttribute *target = path->sub != NULL ? path->sub : path->attribute;

  *good = TRUE;
  if (path->attribute->mutability != MS_MUTABILITY_READ_ONLY
      && target->mutability != MS_MUTABILITY_READ_ONLY)
    return TRUE;
  if (by_path)
    *good = refuse (self, "mutability", target->path, "is read-only");
  return FALSE;
}

static gboolean
apply_attribute (MsPatch *self, const MsPatchPath *path, JsonNode *value, gboolean by_path)
{
  const MsAttribute *attribute = path->attribute;
  gboolean           good;

  if (!may_write (self, path, by_path, &good))
    return good;
  if (attribute->returned == MS_RETURNED_NEVER)
    return apply_secret (self, attribute, value);
  if (attribute->relation != MS_RELATION_NONE && attribute->multi_valued)
    return apply_links (self, path, value);
  if (attribute->relation != MS_RELATION_NONE && path->sub != NULL
      && strcmp (path->sub->name, "value") != 0)
    return !by_path || refuse (self, "mutability", path->sub->path, "follows from “value”");
  if (attribute->relation != MS_RELATION_NONE)
    return apply_link (self, attribute, value);
  if (attribute->multi_valued)
    return ms_patch_apply_elements (self, path, value);
  if (path->is_in_sub)
    return ms_patch_apply_elements (
        self, &(MsPatchPath){ .attribute = path->sub, .filter = path->filter }, value);
  return apply_single (self, path->sub != NULL ? path->sub : attribute, value);
}

static gboolean
apply_member (MsPatch *self, const MsSchema *schema, const char *name, JsonNode *value)
{
  g_autofree char *qualified = schema != NULL ? g_strconcat (schema->id, ":", name, NULL) : NULL;
  const char      *text = qualified != NULL ? qualified : name;
  g_auto (MsPatchPath) path = { NULL };

  if (!ms_patch_path_parse (self->type, text, &path, self->error))
    return FALSE;
  if (path.attribute != NULL)
    return apply_attribute (self, &path, value, FALSE);
  if (path.schema != NULL)
    return ms_patch_apply_object (self, path.schema, value);
  ms_ignored_add (self->edit->ignored, NULL, text);
  return TRUE;
}

static gboolean
check_same_id (MsPatch *self, JsonNode *value)
{
  const char *id = ms_object_get_id (self->edit->object);

  if (JSON_NODE_HOLDS_NULL (value)
      || (json_node_get_value_type (value) == G_TYPE_STRING
          && g_strcmp0 (json_node_get_string (value), id) == 0))
    return TRUE;
  return refuse (self, "mutability", "id", "cannot be changed");
}

/* An extension's URN removed, or set to null: all of it that a client may write. What it requires
 * goes with it; whether the object may be without it is seen in the end. */
static gboolean
remove_extension (MsPatch *self, const MsSchema *schema)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);

      if (attribute->mutability == MS_MUTABILITY_READ_ONLY
          || attribute->returned == MS_RETURNED_NEVER)
        continue;
      if (attribute->relation != MS_RELATION_NONE && attribute->multi_valued)
        ms_edit_add_link (self->edit, MS_LINK_REMOVE_ALL, attribute, NULL, NULL);
      else
        ms_attribute_set_value (attribute, self->attributes, NULL);
    }
  return TRUE;
}

/* In a value without a path: "id" must be the object's own; what "schemas" holds besides URNs of
 * the type is told, and the rest of them says nothing. */
static gboolean
pass_common (MsPatch *self, const char *name, JsonNode *value)
{
  const MsResourceType *type = self->type;
  const char           *bare = ms_resource_type_skip_schema (type, name);

  if (g_ascii_strcasecmp (bare, "id") == 0)
    return check_same_id (self, value);
  if (g_ascii_strcasecmp (bare, "schemas") != 0)
    return TRUE;
  g_autoptr (GPtrArray) urns = g_ptr_array_new ();
  g_ptr_array_add (urns, type->schema->id);
  for (guint i = 0; i < type->extensions->len; i++)
    g_ptr_array_add (urns, ((const MsSchema *) type->extensions->pdata[i])->id);
  g_ptr_array_add (urns, NULL);
  ms_ignored_add_urns (self->edit->ignored, value, (const char *const *) urns->pdata);
  return TRUE;
}

gboolean
ms_patch_apply_object (MsPatch *self, const MsSchema *schema, JsonNode *value)
{
  const MsSchema *extension = schema != self->type->schema ? schema : NULL;
  JsonObjectIter  iter;
  const char     *name;
  JsonNode       *member;

  if (JSON_NODE_HOLDS_NULL (value) && extension != NULL)
    return remove_extension (self, extension);
  if (!JSON_NODE_HOLDS_OBJECT (value))
    {
      static const char why[] = "without an attribute in the path, “value” must be an object";
      return extension != NULL ? refuse (self, "invalidSyntax", extension->id, why)
                               : refuse_operation (self, "invalidSyntax", why);
    }
  json_object_iter_init_ordered (&iter, json_node_get_object (value));
  while (json_object_iter_next_ordered (&iter, &name, &member))
    {
      gboolean good = extension == NULL && ms_edit_is_common_name (self->type, name)
                          ? pass_common (self, name, member)
                          : apply_member (self, extension, name, member);
      if (!good)
        return FALSE;
    }
  return TRUE;
}

void
ms_patch_refuse_unknown (const char *path, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid (path, (gssize) MIN (strlen (path), 200));

  ms_error_set (
      error, MS_ERROR_INVALID, "invalidPath", shown, "%s: there is no such attribute", shown);
}

static gboolean
apply_path (MsPatch *self, const char *text, JsonNode *value)
{
  g_auto (MsPatchPath) path = { NULL };

  if (ms_edit_is_common_name (self->type, text))
    return refuse (self, "mutability", text, "is read-only");
  if (!ms_patch_path_parse (self->type, text, &path, self->error))
    return FALSE;
  if (path.attribute != NULL)
    return apply_attribute (self, &path, value, TRUE);
  if (path.schema != NULL && self->op == MS_PATCH_REMOVE)
    return path.schema != self->type->schema ? remove_extension (self, path.schema)
                                             : refuse (self,
                                                       "mutability",
                                                       path.schema->id,
                                                       "the object's own schema cannot be removed");
  if (path.schema != NULL)
    return ms_patch_apply_object (self, path.schema, value);
  ms_patch_refuse_unknown (text, self->error);
  return FALSE;
}

/* Operations --------------------------------------------------------------------------------- */

static gboolean
read_op (MsPatch *self, JsonObject *operation)
{
  static const char *const names[] = { "add", "replace", "remove" };
  JsonNode                *node = ms_json_object_find (operation, "op");

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING)
    return refuse_operation (self, "invalidSyntax", "“op” must be add, replace or remove");
  for (int i = 0; i < (int) G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (json_node_get_string (node), names[i]) == 0)
      {
        self->op = (MsPatchOp) i;
        return TRUE;
      }
  return refuse_operation (self, "invalidSyntax", "“op” must be add, replace or remove");
}

/* @path: (out) (nullable): absent, null and "" are the same */
static gboolean
read_path (MsPatch *self, JsonObject *operation, const char **path)
{
  JsonNode *node = ms_json_object_find (operation, "path");

  *path = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return refuse_operation (self, "invalidPath", "“path” must be a string");
  if (*json_node_get_string (node) != '\0')
    *path = json_node_get_string (node);
  return TRUE;
}

static gboolean
apply_operation (MsPatch *self, JsonObject *operation)
{
  static const char *const members[] = { "op", "path", "value", NULL };
  g_autoptr (JsonNode) null = json_node_new (JSON_NODE_NULL);
  const char *path;

  if (!read_op (self, operation) || !read_path (self, operation, &path))
    return FALSE;
  ms_ignored_add_members (self->edit->ignored, "Operations", operation, members);
  JsonNode *value = ms_json_object_find (operation, "value");
  self->has_value = value != NULL;
  if (value == NULL && self->op != MS_PATCH_REMOVE)
    return path != NULL ? refuse (self, "invalidValue", path, "“value” is missing")
                        : refuse_operation (self, "invalidValue", "“value” is missing");
  if (value == NULL)
    value = null;
  if (path != NULL)
    return apply_path (self, path, value);
  if (self->op == MS_PATCH_REMOVE)
    return refuse_operation (self, "noTarget", "“remove” needs a path");
  return ms_patch_apply_object (self, self->type->schema, value);
}

static gboolean
check_envelope (MsPatch *self, JsonObject *body)
{
  JsonNode *node = ms_json_object_find (body, "schemas");

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return refuse (self, "invalidSyntax", "schemas", "must be an array with " URN_PATCH_OP);
  JsonArray *schemas = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (schemas); i++)
    {
      JsonNode *urn = json_array_get_element (schemas, i);
      if (json_node_get_value_type (urn) == G_TYPE_STRING
          && g_ascii_strcasecmp (json_node_get_string (urn), URN_PATCH_OP) == 0)
        return TRUE;
    }
  return refuse (self, "invalidSyntax", "schemas", "must hold " URN_PATCH_OP);
}

static gboolean
apply_all (MsPatch *self, JsonObject *body)
{
  static const char *const members[] = { "schemas", "Operations", NULL };
  static const char *const urns[] = { URN_PATCH_OP, NULL };
  JsonNode                *node = ms_json_object_find (body, "Operations");

  if (!check_envelope (self, body))
    return FALSE;
  ms_ignored_add_urns (self->edit->ignored, ms_json_object_find (body, "schemas"), urns);
  ms_ignored_add_members (self->edit->ignored, NULL, body, members);
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node)
      || json_array_get_length (json_node_get_array (node)) == 0)
    return refuse (
        self, "invalidSyntax", "Operations", "must be an array with at least one operation");
  JsonArray *operations = json_node_get_array (node);
  if (json_array_get_length (operations) > MS_PATCH_MAX_OPERATIONS)
    {
      ms_error_set (self->error,
                    MS_ERROR_LIMIT,
                    NULL,
                    "Operations",
                    "at most %d operations in one request",
                    MS_PATCH_MAX_OPERATIONS);
      return FALSE;
    }
  for (guint i = 0; i < json_array_get_length (operations); i++)
    {
      JsonNode *operation = json_array_get_element (operations, i);
      gboolean  good = JSON_NODE_HOLDS_OBJECT (operation)
                           ? apply_operation (self, json_node_get_object (operation))
                           : refuse (self, "invalidSyntax", "Operations", "must hold objects");
      if (!good)
        {
          g_prefix_error (self->error, "operation %u: ", i + 1);
          return FALSE;
        }
    }
  return TRUE;
}

MsEdit *
ms_edit_new_from_patch (MsObject *object, JsonObject *body, GError **error)
{
  g_return_val_if_fail (object != NULL && body != NULL, NULL);

  g_autoptr (MsEdit) edit = ms_edit_new (ms_object_copy (object));
  MsPatch patch = { .edit = edit,
                    .type = ms_object_get_type (object),
                    .attributes = ms_object_get_attributes (edit->object),
                    .error = error };

  if (!apply_all (&patch, body) || !ms_edit_check_result (edit, object, error)
      || !ms_edit_check_given_aside (edit, error))
    return NULL;
  return g_steal_pointer (&edit);
}
