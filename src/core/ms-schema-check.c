/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which schemas make sense: names (RFC 7643 §2.1), characteristics that contradict each other,
 * relations that lead nowhere.
 */
#include "ms-schema-load.h"

#include "ms-change.h"
#include "ms-edit-private.h"
#include "ms-schema-file.h"

#include <string.h>

static gboolean
is_attribute_name (const char *name)
{
  /* "$ref" is the only one with a dollar. */
  if (strcmp (name, "$ref") == 0)
    return TRUE;
  if (!g_ascii_isalpha (*name) || strlen (name) > 64)
    return FALSE;
  for (const char *p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '-' && *p != '_')
      return FALSE;
  return TRUE;
}

static gboolean
is_word (const char *text)
{
  if (!g_ascii_isalpha (*text) || strlen (text) > 64)
    return FALSE;
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p))
      return FALSE;
  return TRUE;
}

gboolean
ms_schema_check_urn (const char *urn, const char *where, GError **error)
{
  gboolean good = g_ascii_strncasecmp (urn, "urn:", 4) == 0 && strlen (urn) <= 200
                  && strlen (urn) > 6 && !g_str_has_suffix (urn, ":");

  for (const char *p = urn; *p != '\0'; p++)
    good = good && (g_ascii_isalnum (*p) || strchr (":.-_", *p) != NULL);
  return good
         || ms_schema_fail (
             error, where, "id", "must be a URN of at most 200 letters, digits and : . - _");
}

static gboolean
check_name (const MsAttribute *self, const char *where, GError **error)
{
  static const char *const reserved[]
      = { "id", "externalId", "externalIds", "meta", "schemas", NULL };

  if (!is_attribute_name (self->name))
    return ms_schema_fail (
        error, where, "name", "must be letters, digits, - and _, beginning with a letter");
  /* RFC 7644 §3.4.2.2 gives a filter no way to mean the attribute. */
  if (g_ascii_strcasecmp (self->name, "not") == 0)
    return ms_schema_fail (
        error, where, "name", "“%s” means something else in filters", self->name);
  for (guint i = 0; self->parent == NULL && reserved[i] != NULL; i++)
    if (g_ascii_strcasecmp (self->name, reserved[i]) == 0)
      return ms_schema_fail (error,
                             where,
                             "name",
                             "“%s” is the same in all schemas and cannot be declared",
                             self->name);
  return TRUE;
}

static gboolean
check_complex (const MsAttribute *self, const char *where, GError **error)
{
  if (self->type != MS_ATTR_COMPLEX)
    {
      if (self->sub_attributes->len > 0)
        return ms_schema_fail (error, where, "subAttributes", "only a complex attribute has any");
      if (self->relation != MS_RELATION_NONE)
        return ms_schema_fail (error, where, "relation", "only a complex attribute can be one");
      return TRUE;
    }
  if (self->parent != NULL)
    return ms_schema_fail (error, where, "type", "a sub-attribute cannot be complex");
  if (self->sub_attributes->len == 0)
    return ms_schema_fail (error, where, "subAttributes", "a complex attribute needs at least one");
  if (self->is_search || self->is_label)
    return ms_schema_fail (
        error, where, self->is_label ? "label" : "search", "a complex attribute cannot be one");
  if (self->returned == MS_RETURNED_NEVER)
    return ms_schema_fail (error, where, "returned", "a complex attribute cannot be a secret");
  return TRUE;
}

static gboolean
check_relation (const MsAttribute *self, const char *where, GError **error)
{
  if (self->relation == MS_RELATION_NONE)
    return TRUE;
  const MsAttribute *value = ms_attribute_find_sub (self, "value");
  if (value == NULL || value->type != MS_ATTR_STRING || value->multi_valued)
    return ms_schema_fail (
        error, where, "subAttributes", "a relation needs a single string called value");
  if (self->required)
    return ms_schema_fail (error, where, "required", "a relation cannot be required");
  if (self->relation == MS_RELATION_FROM && self->mutability != MS_MUTABILITY_READ_ONLY)
    return ms_schema_fail (error, where, "mutability", "the other end of a relation is readOnly");
  return TRUE;
}

static gboolean
check_string_only (const MsAttribute *self, const char *where, GError **error)
{
  gboolean is_string = self->type == MS_ATTR_STRING;

  if (self->multi_line && !is_string)
    return ms_schema_fail (error, where, "multiLine", "is for strings");
  if (self->canonical_values != NULL && !is_string)
    return ms_schema_fail (error, where, "canonicalValues", "is for strings");
  if (self->canonical_only && (self->canonical_values == NULL || self->canonical_values[0] == NULL))
    return ms_schema_fail (error, where, "canonicalOnly", "needs canonicalValues");
  if (self->max_length > 0 && !is_string && self->type != MS_ATTR_BINARY
      && self->type != MS_ATTR_REFERENCE)
    return ms_schema_fail (
        error, where, "maxLength", "is for strings, references and binary values");
  if (self->is_search && !is_string && self->type != MS_ATTR_REFERENCE)
    return ms_schema_fail (error, where, "search", "is for strings");
  if (self->is_label && (!is_string || self->multi_valued || self->parent != NULL))
    return ms_schema_fail (error, where, "label", "must be a single string at the top");
  if (self->reference_types != NULL && self->type != MS_ATTR_REFERENCE)
    return ms_schema_fail (error, where, "referenceTypes", "is for references");
  return TRUE;
}

static gboolean
check_number (const MsAttribute *self, const char *where, GError **error)
{
  gboolean bounded = self->minimum != G_MININT64 || self->maximum != G_MAXINT64;

  if (bounded && self->type != MS_ATTR_INTEGER)
    return ms_schema_fail (
        error, where, self->minimum != G_MININT64 ? "minimum" : "maximum", "is for integers");
  if (self->minimum > self->maximum)
    return ms_schema_fail (error, where, "maximum", "is below the minimum");
  return TRUE;
}

static gboolean
check_unique (const MsAttribute *self, const char *where, GError **error)
{
  if (self->unique_scope != NULL && self->uniqueness == MS_UNIQUENESS_NONE)
    return ms_schema_fail (error, where, "scope", "needs uniqueness “server”");
  if (self->unique_scope != NULL && !is_word (self->unique_scope))
    return ms_schema_fail (error, where, "scope", "must be letters and digits");
  if (self->uniqueness == MS_UNIQUENESS_NONE)
    return TRUE;
  if (self->type == MS_ATTR_COMPLEX || self->type == MS_ATTR_BOOLEAN)
    return ms_schema_fail (
        error, where, "uniqueness", "is for neither booleans nor complex attributes");
  if (self->parent != NULL && self->parent->relation != MS_RELATION_NONE)
    return ms_schema_fail (error, where, "uniqueness", "is not for parts of a relation");
  if (self->is_computed || self->returned == MS_RETURNED_NEVER)
    return ms_schema_fail (error, where, "uniqueness", "is not for what is computed or secret");
  return TRUE;
}

static gboolean
check_access (const MsAttribute *self, const char *where, GError **error)
{
  gboolean read_only = self->mutability == MS_MUTABILITY_READ_ONLY;

  if (self->is_computed && !read_only)
    return ms_schema_fail (error, where, "computed", "needs mutability “readOnly”");
  if (self->is_computed && (self->is_search || self->is_label))
    return ms_schema_fail (error, where, "computed", "what is not stored cannot be searched");
  if (self->required && read_only)
    return ms_schema_fail (error, where, "required", "nobody could set it: it is readOnly");
  if (self->mutability == MS_MUTABILITY_WRITE_ONLY && self->returned != MS_RETURNED_NEVER)
    return ms_schema_fail (error, where, "returned", "must be “never” for what is writeOnly");
  if (self->returned != MS_RETURNED_NEVER)
    return TRUE;
  if (self->type != MS_ATTR_STRING || self->multi_valued || self->parent != NULL || self->is_search
      || self->is_label || self->required)
    return ms_schema_fail (error,
                           where,
                           "returned",
                           "a secret must be a single optional string at the top, not searched");
  return TRUE;
}

static gboolean
check_default (const MsAttribute *self, const char *where, GError **error)
{
  g_autoptr (JsonNode) checked = NULL;
  g_autoptr (GError) local_error = NULL;
  MsAttribute named = *self;

  if (self->default_value == NULL)
    return TRUE;
  if (self->parent != NULL || self->type == MS_ATTR_COMPLEX)
    return ms_schema_fail (error, where, "default", "is for plain attributes at the top");
  if (self->is_computed || self->returned == MS_RETURNED_NEVER)
    return ms_schema_fail (error, where, "default", "is not for secrets and what is computed");
  if (self->uniqueness != MS_UNIQUENESS_NONE)
    return ms_schema_fail (error, where, "default", "is not for what must be unique");
  /* Paths are given later, when it is known what uses the schema. */
  named.path = named.name;
  if (!ms_value_check_all (&named, self->default_value, NULL, &checked, &local_error))
    return ms_schema_fail (error, where, "default", "%s", local_error->message);
  return checked != NULL || ms_schema_fail (error, where, "default", "must hold something");
}

gboolean
ms_attribute_check (const MsAttribute *self, const char *where, GError **error)
{
  return check_name (self, where, error) && check_complex (self, where, error)
         && check_relation (self, where, error) && check_string_only (self, where, error)
         && check_number (self, where, error) && check_unique (self, where, error)
         && check_access (self, where, error) && check_default (self, where, error);
}

gboolean
ms_resource_type_check (MsSchemaRegistry     *registry,
                        const MsResourceType *self,
                        const char           *where,
                        GError              **error)
{
  static const char *const reserved[]
      = { "/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "/Bulk", "/Me", NULL };
  /* The meta.resourceType of what these answer (RFC 7643 §5 to §7). */
  static const char *const messages[] = { "Schema", "ResourceType", "ServiceProviderConfig", NULL };

  if (!is_word (self->name))
    return ms_schema_fail (
        error, where, "name", "must be letters and digits, beginning with a letter");
  for (guint i = 0; messages[i] != NULL; i++)
    if (g_ascii_strcasecmp (self->name, messages[i]) == 0)
      return ms_schema_fail (error, where, "name", "“%s” has a meaning of its own", messages[i]);
  if (ms_change_is_note (self->name))
    return ms_schema_fail (
        error, where, "name", "“%s” is what change sets call something else", self->name);
  if (self->endpoint[0] != '/' || !is_word (self->endpoint + 1))
    return ms_schema_fail (error, where, "endpoint", "must be a slash, then letters and digits");
  for (guint i = 0; reserved[i] != NULL; i++)
    if (g_ascii_strcasecmp (self->endpoint, reserved[i]) == 0)
      return ms_schema_fail (
          error, where, "endpoint", "“%s” has a meaning of its own", self->endpoint);
  if (ms_schema_registry_find_endpoint (registry, self->endpoint) != NULL)
    return ms_schema_fail (error, where, "endpoint", "“%s” is taken", self->endpoint);
  return TRUE;
}

/* Relations ---------------------------------------------------------------------------------- */

static gboolean
check_relation_target (MsSchemaRegistry     *self,
                       const MsResourceType *type,
                       const MsAttribute    *attribute,
                       GError              **error)
{
  g_autofree char *where = g_strconcat (type->name, ".", attribute->path, NULL);

  for (guint i = 0; attribute->relation_types[i] != NULL; i++)
    {
      const char           *name = attribute->relation_types[i];
      const MsResourceType *other = ms_schema_registry_get_type_by_name (self, name);

      if (other == NULL || strcmp (other->name, name) != 0)
        return ms_schema_fail (error, where, "relation", "there is no resource type “%s”", name);
      if (attribute->relation == MS_RELATION_TO)
        continue;
      const MsAttribute *end = ms_resource_type_find (other, attribute->relation_path);
      if (end == NULL || end->relation != MS_RELATION_TO
          || strcmp (end->path, attribute->relation_path) != 0)
        return ms_schema_fail (
            error, where, "relation", "“%s” has no relation “%s”", name, attribute->relation_path);
      if (!g_strv_contains ((const char *const *) end->relation_types, type->name))
        return ms_schema_fail (error,
                               where,
                               "relation",
                               "“%s” of “%s” does not lead to “%s”",
                               end->path,
                               name,
                               type->name);
    }
  return TRUE;
}

static gboolean
check_relations_of_schema (MsSchemaRegistry     *self,
                           const MsResourceType *type,
                           const MsSchema       *schema,
                           GError              **error)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      if (attribute->relation != MS_RELATION_NONE
          && !check_relation_target (self, type, attribute, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_schema_registry_check_relations (MsSchemaRegistry *self, GError **error)
{
  for (guint i = 0; i < self->types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (self->types, i);

      if (!check_relations_of_schema (self, type, type->schema, error))
        return FALSE;
      for (guint j = 0; j < type->extensions->len; j++)
        if (!check_relations_of_schema (self, type, g_ptr_array_index (type->extensions, j), error))
          return FALSE;
    }
  return TRUE;
}

/* Operators' files ---------------------------------------------------------------------------- */

/* What has a meaning for this program in every store. */
static const char *const own_urns[] = {
  "urn:ietf:params:scim:api:",
  "urn:ietf:params:scim:schemas:core:",
  "urn:ietf:params:scim:schemas:mailstead:",
  "urn:ietf:params:scim:schemas:extension:enterprise:",
  "urn:ietf:params:scim:schemas:extension:mailstead:",
};
static const char *const own_scopes[] = { "address", "primary", "seat" };

/* "display", "type" and "$ref" are filled in on reading: what else were beside "value", nothing
 * would keep. */
static gboolean
check_parts_of_relation (const MsAttribute *self, const char *where, GError **error)
{
  static const char *const parts[] = { "value", "display", "type", "$ref", NULL };

  for (guint i = 0; i < self->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (self->sub_attributes, i);
      if (g_strv_contains (parts, sub->name))
        continue;
      g_autofree char *inner = g_strdup_printf ("%s.subAttributes[%u]", where, i);
      return ms_schema_fail (error,
                             inner,
                             "name",
                             "“%s” would hold nothing: a relation has the parts value, display,"
                             " type and $ref",
                             sub->name);
    }
  return TRUE;
}

static gboolean
check_foreign_relation (MsSchemaRegistry  *registry,
                        const MsAttribute *self,
                        const char        *where,
                        GError           **error)
{
  for (guint i = 0; self->relation_types[i] != NULL; i++)
    {
      const MsResourceType *type
          = ms_schema_registry_get_type_by_name (registry, self->relation_types[i]);
      if (type->internal || type->singleton)
        return ms_schema_fail (error, where, "relation", "no relation leads to a “%s”", type->name);
    }
  return check_parts_of_relation (self, where, error);
}

static gboolean
is_text (const MsAttribute *self)
{
  return self->type == MS_ATTR_STRING || self->type == MS_ATTR_REFERENCE;
}

/* (nullable): one of @attributes that keeps its values in the same set as @self, and the same text
 * as another value */
static const MsAttribute *
find_other_exactness (GPtrArray *attributes, const MsAttribute *self)
{
  for (guint i = 0; i < attributes->len; i++)
    {
      const MsAttribute *other = g_ptr_array_index (attributes, i);
      const MsAttribute *found = find_other_exactness (other->sub_attributes, self);
      if (g_strcmp0 (other->unique_scope, self->unique_scope) == 0 && is_text (other)
          && other->case_exact != self->case_exact)
        found = other;
      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
check_foreign_scope (MsSchemaRegistry  *registry,
                     const MsAttribute *self,
                     const char        *where,
                     GError           **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (own_scopes); i++)
    if (g_ascii_strcasecmp (self->unique_scope, own_scopes[i]) == 0)
      return ms_schema_fail (error, where, "scope", "“%s” is Mailstead's own", own_scopes[i]);
  for (guint i = 0; is_text (self) && i < registry->schemas->len; i++)
    {
      const MsSchema    *schema = g_ptr_array_index (registry->schemas, i);
      const MsAttribute *other = find_other_exactness (schema->attributes, self);
      if (other != NULL)
        return ms_schema_fail (error,
                               where,
                               "caseExact",
                               "must be the same for all of the scope “%s”, and is %s for “%s”",
                               self->unique_scope,
                               other->case_exact ? "true" : "false",
                               other->path);
    }
  return TRUE;
}

static gboolean
check_foreign_attribute (MsSchemaRegistry  *registry,
                         const MsAttribute *self,
                         const char        *where,
                         GError           **error)
{
  if (self->is_computed)
    return ms_schema_fail (error, where, "computed", "only Mailstead itself computes attributes");
  return (self->unique_scope == NULL || check_foreign_scope (registry, self, where, error))
         && (self->relation == MS_RELATION_NONE
             || check_foreign_relation (registry, self, where, error));
}

static gboolean
check_foreign_attributes (MsSchemaRegistry *registry,
                          GPtrArray        *attributes,
                          const char       *where,
                          const char       *key,
                          GError          **error)
{
  for (guint i = 0; i < attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (attributes, i);
      g_autofree char   *inner = g_strdup_printf ("%s.%s[%u]", where, key, i);

      if (!check_foreign_attribute (registry, attribute, inner, error)
          || !check_foreign_attributes (
              registry, attribute->sub_attributes, inner, "subAttributes", error))
        return FALSE;
    }
  return TRUE;
}

/* (nullable): the attribute of @schema that is meant by @urn, as by "URN:name.part" */
static const MsAttribute *
find_by_urn (const MsSchema *schema, const char *urn)
{
  gsize length = strlen (schema->id);

  if (g_ascii_strncasecmp (urn, schema->id, length) != 0 || urn[length] != ':')
    return NULL;
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      gsize              name = strlen (attribute->name);
      const char        *rest = urn + length + 1;
      if (g_ascii_strncasecmp (rest, attribute->name, name) == 0
          && (rest[name] == '\0'
              || (rest[name] == '.' && ms_attribute_find_sub (attribute, rest + name + 1) != NULL)))
        return attribute;
    }
  return NULL;
}

/* What a schema is called must mean no attribute of another one. */
static gboolean
check_foreign_urn (MsSchemaRegistry *registry,
                   const MsSchema   *self,
                   const char       *where,
                   GError          **error)
{
  for (guint i = 0; i < registry->schemas->len; i++)
    {
      const MsSchema    *other = g_ptr_array_index (registry->schemas, i);
      const MsAttribute *theirs = find_by_urn (other, self->id);
      const MsAttribute *ours = find_by_urn (self, other->id);
      guint              index = 0;

      if (theirs != NULL)
        return ms_schema_fail (error,
                               where,
                               "id",
                               "“%s” means the attribute “%s” of “%s”",
                               self->id,
                               theirs->name,
                               other->id);
      if (ours == NULL)
        continue;
      (void) g_ptr_array_find (self->attributes, ours, &index);
      g_autofree char *inner = g_strdup_printf ("%s.attributes[%u]", where, index);
      return ms_schema_fail (error, inner, "name", "“%s” is the URN of another schema", other->id);
    }
  return TRUE;
}

static gboolean
check_foreign_schema (MsSchemaRegistry *registry,
                      const MsSchema   *self,
                      const char       *where,
                      GError          **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (own_urns); i++)
    if (g_ascii_strncasecmp (self->id, own_urns[i], strlen (own_urns[i])) == 0)
      return ms_schema_fail (
          error, where, "id", "URNs that begin with “%s” are Mailstead's own", own_urns[i]);
  return check_foreign_urn (registry, self, where, error)
         && check_foreign_attributes (registry, self->attributes, where, "attributes", error);
}

gboolean
ms_schema_check_foreign (MsSchemaRegistry *registry, guint schemas, guint types, GError **error)
{
  for (guint i = schemas; i < registry->schemas->len; i++)
    {
      g_autofree char *where = g_strdup_printf ("schemas[%u]", i - schemas);
      if (!check_foreign_schema (registry, g_ptr_array_index (registry->schemas, i), where, error))
        return FALSE;
    }
  for (guint i = types; i < registry->types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (registry->types, i);
      if (type->singleton || type->internal)
        return ms_schema_fail (error,
                               type->name,
                               type->singleton ? "singleton" : "internal",
                               "is for Mailstead's own types only");
    }
  return TRUE;
}
