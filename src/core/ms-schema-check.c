/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which schemas make sense: names (RFC 7643 §2.1), characteristics that contradict each other,
 * relations that lead nowhere. Rules that came when stores held schema files already are in
 * ms-schema-stored.c.
 */
#include "ms-schema-load.h"

#include "ms-schema-file.h"

#include <string.h>

#define LONGEST_NAME 64

static gboolean
is_attribute_name (const char *name)
{
  /* "$ref" is the only one with a dollar. */
  if (strcmp (name, "$ref") == 0)
    return TRUE;
  if (!g_ascii_isalpha (*name))
    return FALSE;
  for (const char *p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '-' && *p != '_')
      return FALSE;
  return TRUE;
}

static gboolean
is_word (const char *text)
{
  if (!g_ascii_isalpha (*text))
    return FALSE;
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p))
      return FALSE;
  return TRUE;
}

/* What is wrong with a long name is its length, not its letters. */
static gboolean
check_length (const char *name, const char *where, const char *key, GError **error)
{
  return strlen (name) <= LONGEST_NAME
         || ms_schema_fail (error, where, key, "is longer than %d bytes", LONGEST_NAME);
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

  if (!check_length (self->name, where, "name", error))
    return FALSE;
  if (!is_attribute_name (self->name))
    return ms_schema_fail (
        error, where, "name", "must be letters, digits, - and _, beginning with a letter");
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
  if (self->unique_scope != NULL && !check_length (self->unique_scope, where, "scope", error))
    return FALSE;
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
  if (self->is_measured && !self->is_computed)
    return ms_schema_fail (error, where, "measured", "is for what is computed");
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
  if (self->default_value == NULL)
    return TRUE;
  if (self->parent != NULL || self->type == MS_ATTR_COMPLEX)
    return ms_schema_fail (error, where, "default", "is for plain attributes at the top");
  if (self->is_computed || self->returned == MS_RETURNED_NEVER)
    return ms_schema_fail (error, where, "default", "is not for secrets and what is computed");
  if (self->uniqueness != MS_UNIQUENESS_NONE)
    return ms_schema_fail (error, where, "default", "is not for what must be unique");
  return TRUE;
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
  if (!check_length (self->name, where, "name", error)
      || !check_length (self->endpoint, where, "endpoint", error))
    return FALSE;
  if (!is_word (self->name))
    return ms_schema_fail (
        error, where, "name", "must be letters and digits, beginning with a letter");
  if (self->endpoint[0] != '/' || !is_word (self->endpoint + 1))
    return ms_schema_fail (error, where, "endpoint", "must be a slash, then letters and digits");
  if (ms_schema_registry_find_endpoint (registry, self->endpoint) != NULL)
    return ms_schema_fail (error, where, "endpoint", "“%s” is taken", self->endpoint);
  return TRUE;
}

gboolean
ms_schema_check_endpoints (MsSchemaRegistry *self, guint types, GError **error)
{
  static const char *const reserved[]
      = { "/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "/Bulk", "/Me" };

  for (guint i = types; i < self->types->len; i++)
    {
      const MsTypeRecord *type = g_ptr_array_index (self->types, i);
      for (guint j = 0; j < G_N_ELEMENTS (reserved); j++)
        if (g_ascii_strcasecmp (type->public.endpoint, reserved[j]) == 0)
          return ms_schema_fail (
              error, type->place, "endpoint", "“%s” has a meaning of its own", reserved[j]);
    }
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

static gboolean
check_foreign_attribute (const MsAttribute *self, const char *where, GError **error)
{
  if (self->is_computed)
    return ms_schema_fail (error, where, "computed", "only Mailstead itself computes attributes");
  for (guint i = 0; self->unique_scope != NULL && i < G_N_ELEMENTS (own_scopes); i++)
    if (g_ascii_strcasecmp (self->unique_scope, own_scopes[i]) == 0)
      return ms_schema_fail (error, where, "scope", "“%s” is Mailstead's own", own_scopes[i]);
  return TRUE;
}

static gboolean
check_foreign_attributes (GPtrArray *attributes, const char *where, const char *key, GError **error)
{
  for (guint i = 0; i < attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (attributes, i);
      g_autofree char   *inner = g_strdup_printf ("%s.%s[%u]", where, key, i);

      if (!check_foreign_attribute (attribute, inner, error)
          || !check_foreign_attributes (attribute->sub_attributes, inner, "subAttributes", error))
        return FALSE;
    }
  return TRUE;
}

/* (nullable) */
static const char *
find_own_urn (const MsSchema *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (own_urns); i++)
    if (g_ascii_strncasecmp (self->id, own_urns[i], strlen (own_urns[i])) == 0)
      return own_urns[i];
  return NULL;
}

gboolean
ms_schema_is_own (const MsSchema *self)
{
  return find_own_urn (self) != NULL;
}

static gboolean
check_foreign_schema (const MsSchema *self, const char *where, GError **error)
{
  const char *own = find_own_urn (self);

  if (own != NULL)
    return ms_schema_fail (
        error, where, "id", "URNs that begin with “%s” are Mailstead's own", own);
  return check_foreign_attributes (self->attributes, where, "attributes", error);
}

gboolean
ms_schema_check_foreign (MsSchemaRegistry *registry, guint schemas, guint types, GError **error)
{
  for (guint i = schemas; i < registry->schemas->len; i++)
    {
      g_autofree char *where = g_strdup_printf ("schemas[%u]", i - schemas);
      if (!check_foreign_schema (g_ptr_array_index (registry->schemas, i), where, error))
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
