/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whole objects as clients send them with POST and PUT.
 *
 * PUT clears what it does not give, as the RFC allows, but for what clients leave out without
 * meaning it: secrets, relations (Keycloak's plugins PUT lists without members), immutable
 * attributes, and extensions that the request names neither in its body nor in "schemas" (a
 * provisioning client knows nothing of ours).
 */
#include "ms-edit-private.h"

#include "ms-error.h"
#include "ms-json.h"

#include <string.h>

static void
link_edit_free (MsLinkEdit *self)
{
  g_free (self->target);
  ms_filter_free (self->filter);
  g_free (self);
}

static void
link_claim_free (MsLinkClaim *self)
{
  g_free (self->target);
  g_free (self->value);
  g_free (self->path);
  g_free (self);
}

MsEdit *
ms_edit_new (MsObject *object)
{
  MsEdit *self = g_new0 (MsEdit, 1);

  self->object = object;
  self->links = g_ptr_array_new_with_free_func ((GDestroyNotify) link_edit_free);
  self->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->ignored = ms_ignored_new ();
  return self;
}

void
ms_edit_free (MsEdit *self)
{
  if (self == NULL)
    return;
  ms_object_unref (self->object);
  g_ptr_array_unref (self->links);
  g_hash_table_unref (self->secrets);
  ms_ignored_free (self->ignored);
  g_clear_pointer (&self->claims, g_ptr_array_unref);
  g_free (self);
}

void
ms_edit_add_link (
    MsEdit *self, MsLinkOp op, const MsAttribute *attribute, char *target, MsFilter *filter)
{
  MsLinkEdit *edit = g_new0 (MsLinkEdit, 1);

  edit->op = op;
  edit->attribute = attribute;
  edit->target = target;
  edit->filter = filter;
  g_ptr_array_add (self->links, edit);
}

/* (transfer full): as "members[2].type", "owner.$ref" */
static char *
name_part (const MsAttribute *part, int index)
{
  if (index < 0)
    return g_strdup (part->path);
  return g_strdup_printf ("%s[%d].%s", part->parent->path, index, part->name);
}

gboolean
ms_edit_add_claims (MsEdit            *self,
                    const MsAttribute *attribute,
                    JsonNode          *given,
                    const char        *id,
                    int                index,
                    GError           **error)
{
  static const char *const names[] = { "type", "$ref" };

  for (guint i = 0; JSON_NODE_HOLDS_OBJECT (given) && i < G_N_ELEMENTS (names); i++)
    {
      const MsAttribute *part = ms_attribute_find_sub (attribute, names[i]);
      JsonNode          *node = ms_json_object_find (json_node_get_object (given), names[i]);
      /* What is readOnly is ignored, and null says nothing (Entra sends "$ref":null). */
      if (part == NULL || part->mutability == MS_MUTABILITY_READ_ONLY || node == NULL
          || JSON_NODE_HOLDS_NULL (node))
        continue;
      g_autofree char *path = name_part (part, index);
      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
        {
          ms_error_set (
              error, MS_ERROR_INVALID, "invalidValue", path, "“%s” must be a string", path);
          return FALSE;
        }
      if (*json_node_get_string (node) == '\0')
        continue;
      MsLinkClaim *claim = g_new0 (MsLinkClaim, 1);
      claim->part = part;
      claim->target = g_strdup (id);
      claim->value = g_strdup (json_node_get_string (node));
      claim->path = g_steal_pointer (&path);
      if (self->claims == NULL)
        self->claims = g_ptr_array_new_with_free_func ((GDestroyNotify) link_claim_free);
      g_ptr_array_add (self->claims, claim);
    }
  return TRUE;
}

gboolean
ms_edit_set_secret (MsEdit *self, const MsAttribute *attribute, JsonNode *given, GError **error)
{
  g_autoptr (JsonNode) value = NULL;

  if (!ms_value_check (attribute, given, self->ignored, &value, error))
    return FALSE;
  /* An empty form field must not take somebody's password away. */
  if (value == NULL && !JSON_NODE_HOLDS_NULL (given))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    attribute->path,
                    "“%s” must not be empty",
                    attribute->path);
      return FALSE;
    }
  g_hash_table_insert (self->secrets,
                       g_strdup (attribute->path),
                       value != NULL ? json_node_dup_string (value) : NULL);
  return TRUE;
}

gboolean
ms_edit_is_common_name (const MsResourceType *type, const char *name)
{
  name = ms_resource_type_skip_schema (type, name);
  return g_ascii_strcasecmp (name, "id") == 0 || g_ascii_strcasecmp (name, "schemas") == 0
         || g_ascii_strcasecmp (name, "meta") == 0 || g_ascii_strncasecmp (name, "meta.", 5) == 0;
}

const MsSchema *
ms_resource_type_find_extension (const MsResourceType *type, const char *urn)
{
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (type->extensions, i);
      if (g_ascii_strcasecmp (schema->id, urn) == 0)
        return schema;
    }
  return NULL;
}

/* Reading a body ----------------------------------------------------------------------------- */

typedef struct
{
  MsEdit               *edit;
  const MsResourceType *type;
  JsonObject           *attributes; /* those that are being made */
  GHashTable           *given;      /* MsAttribute at the top, MsSchema: what the body names */
  gboolean              replace;
  GError              **error;
} Body;

static gboolean
refuse_syntax (GError **error, const char *path, const char *what)
{
  ms_error_set (error, MS_ERROR_INVALID, "invalidSyntax", path, "%s", what);
  return FALSE;
}

static gboolean
read_links (Body *self, const MsAttribute *attribute, JsonNode *node)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint      length = array != NULL ? json_array_get_length (array) : 1;

  /* Serialisers write null for what they do not know; only [] empties a list. */
  if (JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (self->replace)
    ms_edit_add_link (self->edit, MS_LINK_REMOVE_ALL, attribute, NULL, NULL);
  for (guint i = 0; i < length; i++)
    {
      JsonNode   *given = array != NULL ? json_array_get_element (array, i) : node;
      const char *id;
      if (!ms_value_check_link (attribute, given, self->edit->ignored, &id, self->error))
        return FALSE;
      if (id == NULL)
        continue;
      if (!ms_edit_add_claims (self->edit, attribute, given, id, (int) i, self->error))
        return FALSE;
      ms_edit_add_link (self->edit, MS_LINK_ADD, attribute, g_strdup (id), NULL);
    }
  return TRUE;
}

static gboolean
read_link (Body *self, const MsAttribute *attribute, JsonNode *node)
{
  const char *id;

  if (!ms_value_check_link (attribute, node, self->edit->ignored, &id, self->error)
      || (id != NULL && !ms_edit_add_claims (self->edit, attribute, node, id, -1, self->error)))
    return FALSE;
  ms_value_set_link (attribute, self->attributes, id);
  return TRUE;
}

static gboolean
read_attribute (Body *self, const MsAttribute *attribute, JsonNode *node)
{
  const MsAttribute *top = attribute->parent != NULL ? attribute->parent : attribute;
  JsonNode          *value = NULL;

  if (top->mutability == MS_MUTABILITY_READ_ONLY
      || attribute->mutability == MS_MUTABILITY_READ_ONLY)
    return TRUE;
  g_hash_table_add (self->given, (gpointer) top);
  if (attribute->returned == MS_RETURNED_NEVER)
    return JSON_NODE_HOLDS_NULL (node)
           || ms_edit_set_secret (self->edit, attribute, node, self->error);
  if (attribute->relation == MS_RELATION_TO)
    return attribute->multi_valued ? read_links (self, attribute, node)
                                   : read_link (self, attribute, node);
  if (!ms_value_check_all (attribute, node, self->edit->ignored, &value, self->error))
    return FALSE;
  ms_attribute_set_value (attribute, self->attributes, value);
  return TRUE;
}

/* @schema: (nullable): the extension whose members these are */
static gboolean
read_member (Body *self, const MsSchema *schema, const char *name, JsonNode *node)
{
  g_autofree char   *qualified = schema != NULL ? g_strconcat (schema->id, ":", name, NULL) : NULL;
  const MsAttribute *attribute
      = ms_resource_type_find (self->type, qualified != NULL ? qualified : name);

  /* "name.givenName" as one name is taken, for some clients flatten; not below what has several
   * values. */
  if (attribute == NULL
      || (attribute->parent != NULL
          && (attribute->parent->multi_valued || attribute->parent->relation != MS_RELATION_NONE)))
    {
      ms_ignored_add (self->edit->ignored, NULL, qualified != NULL ? qualified : name);
      return TRUE;
    }
  return read_attribute (self, attribute, node);
}

/* null and {}: the object is to be without the extension, and so without its single relations. */
static void
note_empty_extension (Body *self, const MsSchema *schema)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);

      if (attribute->relation == MS_RELATION_TO && !attribute->multi_valued)
        g_hash_table_add (self->given, (gpointer) attribute);
    }
}

static gboolean
read_extension (Body *self, const MsSchema *schema, JsonNode *node)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;

  g_hash_table_add (self->given, (gpointer) schema);
  if (JSON_NODE_HOLDS_NULL (node)
      || (JSON_NODE_HOLDS_OBJECT (node) && json_object_get_size (json_node_get_object (node)) == 0))
    note_empty_extension (self, schema);
  if (JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse_syntax (self->error, schema->id, "an extension must be an object");
  json_object_iter_init_ordered (&iter, json_node_get_object (node));
  while (json_object_iter_next_ordered (&iter, &name, &member))
    if (!read_member (self, schema, name, member))
      return FALSE;
  return TRUE;
}

/* Foreign URNs are tolerated (Entra names some of its own). */
static gboolean
read_schemas (Body *self, JsonNode *node)
{
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return refuse_syntax (self->error, "schemas", "“schemas” must be an array of URNs");
  JsonArray *array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      if (json_node_get_value_type (element) != G_TYPE_STRING)
        return refuse_syntax (self->error, "schemas", "“schemas” must be an array of URNs");
      const char     *urn = json_node_get_string (element);
      const MsSchema *schema = ms_resource_type_find_extension (self->type, urn);
      if (schema != NULL)
        g_hash_table_add (self->given, (gpointer) schema);
      else if (g_ascii_strcasecmp (urn, self->type->schema->id) != 0)
        ms_ignored_add (self->edit->ignored, NULL, urn);
    }
  return TRUE;
}

static gboolean read_own (Body *self, JsonNode *node);

static gboolean
read_body (Body *self, JsonObject *body)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *node;

  json_object_iter_init_ordered (&iter, body);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      const MsSchema *extension = g_ascii_strncasecmp (name, "urn:", 4) == 0
                                      ? ms_resource_type_find_extension (self->type, name)
                                      : NULL;
      gboolean        good = TRUE;

      if (extension != NULL)
        good = read_extension (self, extension, node);
      else if (g_ascii_strcasecmp (ms_resource_type_skip_schema (self->type, name), "schemas") == 0)
        good = read_schemas (self, node);
      else if (g_ascii_strcasecmp (name, self->type->schema->id) == 0)
        good = read_own (self, node);
      else if (!ms_edit_is_common_name (self->type, name))
        good = read_member (self, NULL, name, node);
      if (!good)
        return FALSE;
    }
  return TRUE;
}

/* The type's own URN as a member, as extensions have theirs: what stands in it might stand beside
 * it, as in a PATCH without a path. */
static gboolean
read_own (Body *self, JsonNode *node)
{
  return JSON_NODE_HOLDS_OBJECT (node) ? read_body (self, json_node_get_object (node))
                                       : refuse_syntax (self->error,
                                                        self->type->schema->id,
                                                        "a schema's members must be an object");
}

/* POST and PUT ------------------------------------------------------------------------------- */

static gboolean
fill_edit (MsEdit     *edit,
           JsonObject *attributes,
           JsonObject *body,
           gboolean    replace,
           GHashTable *given,
           GError    **error)
{
  Body reader = { .edit = edit,
                  .type = ms_object_get_type (edit->object),
                  .attributes = attributes,
                  .given = given,
                  .replace = replace,
                  .error = error };

  return read_body (&reader, body);
}

static void
set_defaults_of_schema (const MsSchema *schema, GHashTable *given, JsonObject *attributes)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      g_autoptr (JsonNode) value = NULL;

      if (attribute->default_value == NULL || g_hash_table_contains (given, attribute))
        continue;
      /* In its canonical form. It was checked when the schema was read. */
      if (ms_value_check_all (attribute, attribute->default_value, NULL, &value, NULL))
        ms_attribute_set_value (attribute, attributes, g_steal_pointer (&value));
    }
}

/* An extension of which the request gives nothing is not made by defaults alone, unless every
 * object must have it: null, {} and its URN in "schemas" give nothing. */
static void
set_defaults (MsEdit *edit, GHashTable *given)
{
  const MsResourceType *type = ms_object_get_type (edit->object);
  JsonObject           *attributes = ms_object_get_attributes (edit->object);

  set_defaults_of_schema (type->schema, given, attributes);
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (type->extensions, i);
      if (json_object_has_member (attributes, schema->id) || ms_edit_gives_aside (edit, schema)
          || g_ptr_array_find (type->required_extensions, schema, NULL))
        set_defaults_of_schema (schema, given, attributes);
    }
}

MsEdit *
ms_edit_new_from_create (const MsResourceType *type, JsonObject *body, GError **error)
{
  g_return_val_if_fail (type != NULL && body != NULL, NULL);

  g_autoptr (MsEdit) edit = ms_edit_new (ms_object_new (type, NULL, json_object_new ()));
  g_autoptr (GHashTable) given = g_hash_table_new (NULL, NULL);

  if (!fill_edit (edit, ms_object_get_attributes (edit->object), body, FALSE, given, error))
    return NULL;
  set_defaults (edit, given);
  if (!ms_edit_check_result (edit, NULL, error) || !ms_edit_check_given_aside (edit, error))
    return NULL;
  return g_steal_pointer (&edit);
}

/* What a PUT leaves alone although it does not give it. */
static gboolean
is_kept (const MsAttribute *attribute, GHashTable *given)
{
  if (attribute->mutability == MS_MUTABILITY_READ_ONLY)
    return TRUE;
  if (ms_attribute_is_in_extension (attribute) && !g_hash_table_contains (given, attribute->schema))
    return !g_hash_table_contains (given, attribute);
  /* Whoever read the object without asking for it did not see it. */
  return (attribute->relation == MS_RELATION_TO || attribute->mutability == MS_MUTABILITY_IMMUTABLE
          || attribute->returned == MS_RETURNED_REQUEST)
         && !g_hash_table_contains (given, attribute);
}

/* Whether anything of it is returned to who does not ask for its parts. */
static gboolean
is_shown (const MsAttribute *attribute, JsonObject *object)
{
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      if (sub->returned != MS_RETURNED_REQUEST && ms_attribute_get_value (sub, object) != NULL)
        return TRUE;
    }
  return FALSE;
}

/* Parts that are set once, or returned on request only: as the attributes that are, a PUT leaves
 * them where it does not give them; but the latter go with the rest that was seen. */
static void
keep_parts (const MsAttribute *attribute, JsonObject *before, JsonObject *after)
{
  gboolean is_left
      = ms_attribute_get_value (attribute, after) != NULL || !is_shown (attribute, before);

  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      gboolean           kept = sub->mutability == MS_MUTABILITY_IMMUTABLE
                      || (sub->returned == MS_RETURNED_REQUEST && is_left);
      JsonNode *value = kept ? ms_attribute_get_value (sub, before) : NULL;

      if (value != NULL && ms_attribute_get_value (sub, after) == NULL)
        ms_attribute_set_value (sub, after, ms_json_deep_copy (value));
    }
}

static void
keep_from_schema (const MsSchema *schema, GHashTable *given, JsonObject *before, JsonObject *after)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      JsonNode          *value
          = is_kept (attribute, given) ? ms_attribute_get_value (attribute, before) : NULL;

      if (value != NULL)
        ms_attribute_set_value (attribute, after, ms_json_deep_copy (value));
      else if (attribute->type == MS_ATTR_COMPLEX && !attribute->multi_valued
               && attribute->relation == MS_RELATION_NONE)
        keep_parts (attribute, before, after);
    }
}

/* Those of all clients: a request that does not speak of them knows nothing of them. */
static void
keep_external_ids (const MsAttribute *attribute,
                   GHashTable        *given,
                   JsonObject        *before,
                   JsonObject        *after)
{
  JsonNode *value = ms_attribute_get_value (attribute, before);

  if (value != NULL && !g_hash_table_contains (given, attribute))
    ms_attribute_set_value (attribute, after, ms_json_deep_copy (value));
}

MsEdit *
ms_edit_new_from_replace (MsObject *object, JsonObject *body, GError **error)
{
  g_return_val_if_fail (object != NULL && body != NULL, NULL);

  const MsResourceType *type = ms_object_get_type (object);
  JsonObject           *before = ms_object_get_attributes (object);
  JsonObject           *after = json_object_new ();
  g_autoptr (MsEdit) edit = ms_edit_new (ms_object_copy (object));
  g_autoptr (GHashTable) given = g_hash_table_new (NULL, NULL);

  ms_object_take_attributes (edit->object, after);
  if (!fill_edit (edit, after, body, TRUE, given, error))
    return NULL;
  keep_external_ids (ms_resource_type_find (type, "externalIds"), given, before, after);
  keep_from_schema (type->schema, given, before, after);
  for (guint i = 0; i < type->extensions->len; i++)
    keep_from_schema (g_ptr_array_index (type->extensions, i), given, before, after);
  if (!ms_edit_check_result (edit, object, error) || !ms_edit_check_given_aside (edit, error))
    return NULL;
  return g_steal_pointer (&edit);
}
