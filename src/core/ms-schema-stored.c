/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rules for schema files that came when stores held some already. What is new or changed must obey
 * them, and a file that a store holds is taken all the same, with a complaint: whoever could give
 * it could not know, and the store must open. So a rule that is added belongs here, unless nothing
 * could be done with a file that breaks it. All faults are collected, so that one that was known
 * does not hide one that a change brings.
 */
#include "ms-schema-stored.h"

#include "ms-change.h"
#include "ms-edit-private.h"
#include "ms-schema-file.h"
#include "ms-schema-load.h"

#include <string.h>

/**
 * Look: at what one file brought
 * @is_foreign: it is an operator's
 * @faults: (element-type GError)
 */
typedef struct
{
  MsSchemaRegistry *registry;
  gboolean          is_foreign;
  GPtrArray        *faults;
} Look;

static void add_fault (Look *self, const char *where, const char *key, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static void
add_fault (Look *self, const char *where, const char *key, const char *format, ...)
{
  GError *error = NULL;
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  ms_schema_fail (&error, where, key, "%s", text);
  g_ptr_array_add (self->faults, error);
}

/* Attributes ---------------------------------------------------------------------------------- */

/* RFC 7644 §3.4.2.2 gives a filter no way to mean the attribute; "$ref" is what RFC 7643 §2.4 calls
 * a part, and the only name with a dollar. */
static void
look_at_name (Look *self, const MsAttribute *attribute, const char *where)
{
  if (g_ascii_strcasecmp (attribute->name, "not") == 0)
    add_fault (self, where, "name", "“%s” means something else in filters", attribute->name);
  if (self->is_foreign && attribute->parent == NULL && strcmp (attribute->name, "$ref") == 0)
    add_fault (self, where, "name", "only a part can be called “$ref”");
}

static void
look_at_default (Look *self, const MsAttribute *attribute, const char *where)
{
  MsAttributeRecord named = *(const MsAttributeRecord *) attribute;
  g_autoptr (JsonNode) checked = NULL;
  g_autoptr (GError) error = NULL;

  if (attribute->default_value == NULL)
    return;
  /* What is said of it is said of a place in the file. */
  named.public.path = named.public.name;
  if (!ms_value_check_all (&named.public, attribute->default_value, NULL, &checked, &error))
    add_fault (self, where, "default", "%s", error->message);
  else if (checked == NULL)
    add_fault (self, where, "default", "must hold something");
}

/* A list of @values that holds the same twice: one of them would never be met. */
static void
look_at_twice (Look *self, char **values, gboolean case_exact, const char *where, const char *key)
{
  for (guint i = 0; values != NULL && values[i] != NULL; i++)
    for (guint j = 0; j < i; j++)
      {
        gboolean same = case_exact ? strcmp (values[i], values[j]) == 0
                                   : g_ascii_strcasecmp (values[i], values[j]) == 0;
        if (!same)
          continue;
        g_autofree char *place = g_strdup_printf ("%s[%u]", key, i);
        add_fault (self, where, place, "“%s” is there already", values[i]);
        break;
      }
}

/* "display", "type" and "$ref" are filled in on reading: what else were beside "value", nothing
 * would keep. */
static void
look_at_parts (Look *self, const MsAttribute *relation, const char *where)
{
  static const char *const parts[] = { "value", "display", "type", "$ref", NULL };

  for (guint i = 0; i < relation->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (relation->sub_attributes, i);
      g_autofree char   *inner = g_strdup_printf ("%s.subAttributes[%u]", where, i);
      if (!g_strv_contains (parts, sub->name))
        add_fault (self,
                   inner,
                   "name",
                   "“%s” would hold nothing: a relation has the parts value, display,"
                   " type and $ref",
                   sub->name);
    }
}

static void
look_at_relation (Look *self, const MsAttribute *relation, const char *where)
{
  for (guint i = 0; relation->relation_types[i] != NULL; i++)
    {
      const MsResourceType *type
          = ms_schema_registry_get_type_by_name (self->registry, relation->relation_types[i]);
      if (type->internal || type->singleton)
        add_fault (self, where, "relation", "no relation leads to a “%s”", type->name);
    }
  if (relation->relation == MS_RELATION_TO)
    look_at_twice (self, relation->relation_types, TRUE, where, "relation.to");
  look_at_parts (self, relation, where);
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

static void
look_at_scope (Look *self, const MsAttribute *attribute, const char *where)
{
  GPtrArray *schemas = self->registry->schemas;

  for (guint i = 0; is_text (attribute) && i < schemas->len; i++)
    {
      const MsSchema    *schema = g_ptr_array_index (schemas, i);
      const MsAttribute *other = find_other_exactness (schema->attributes, attribute);
      if (other == NULL)
        continue;
      add_fault (self,
                 where,
                 "caseExact",
                 "must be the same for all of the scope “%s”, and is %s for “%s”",
                 attribute->unique_scope,
                 other->case_exact ? "true" : "false",
                 other->path);
      return;
    }
}

static void
look_at_attributes (Look *self, GPtrArray *attributes, const char *where, const char *key)
{
  for (guint i = 0; i < attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (attributes, i);
      g_autofree char   *inner = g_strdup_printf ("%s.%s[%u]", where, key, i);

      look_at_name (self, attribute, inner);
      look_at_default (self, attribute, inner);
      look_at_twice (
          self, attribute->canonical_values, attribute->case_exact, inner, "canonicalValues");
      look_at_twice (self, attribute->reference_types, TRUE, inner, "referenceTypes");
      if (self->is_foreign && attribute->unique_scope != NULL)
        look_at_scope (self, attribute, inner);
      if (self->is_foreign && attribute->relation != MS_RELATION_NONE)
        look_at_relation (self, attribute, inner);
      look_at_attributes (self, attribute->sub_attributes, inner, "subAttributes");
    }
}

/* Schemas and types --------------------------------------------------------------------------- */

/* People know an object by one attribute. */
static void
look_at_labels (Look *self, const MsSchema *schema, const char *where)
{
  const char *label = NULL;

  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      g_autofree char   *inner = g_strdup_printf ("%s.attributes[%u]", where, i);
      if (attribute->is_label && label != NULL)
        add_fault (self, inner, "label", "“%s” is the label already", label);
      else if (attribute->is_label)
        label = attribute->name;
    }
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
static void
look_at_urn (Look *self, const MsSchema *schema, const char *where)
{
  for (guint i = 0; i < self->registry->schemas->len; i++)
    {
      const MsSchema    *other = g_ptr_array_index (self->registry->schemas, i);
      const MsAttribute *theirs = find_by_urn (other, schema->id);
      const MsAttribute *ours = find_by_urn (schema, other->id);
      guint              index = 0;

      if (theirs != NULL)
        add_fault (self,
                   where,
                   "id",
                   "“%s” means the attribute “%s” of “%s”",
                   schema->id,
                   theirs->name,
                   other->id);
      if (ours == NULL)
        continue;
      (void) g_ptr_array_find (schema->attributes, ours, &index);
      g_autofree char *inner = g_strdup_printf ("%s.attributes[%u]", where, index);
      add_fault (self, inner, "name", "“%s” is the URN of another schema", other->id);
    }
}

static void
look_at_type (Look *self, const MsTypeRecord *type)
{
  /* The meta.resourceType of what these answer (RFC 7643 §5 to §7). */
  static const char *const messages[] = { "Schema", "ResourceType", "ServiceProviderConfig" };
  const char              *name = type->public.name;

  for (guint i = 0; i < G_N_ELEMENTS (messages); i++)
    if (g_ascii_strcasecmp (name, messages[i]) == 0)
      add_fault (self, type->place, "name", "“%s” has a meaning of its own", messages[i]);
  if (ms_change_is_note (name))
    add_fault (self, type->place, "name", "“%s” is what change sets call something else", name);
}

/* Other schemas are about other types: Mailstead's own would put addresses among those of mail,
 * where nobody delivers to them. @first: the extension; @schemas: that there were before the file
 */
static void
look_at_extensions (Look *self, const MsTypeRecord *type, guint first, guint schemas)
{
  for (guint i = first; i < type->public.extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (type->public.extensions, i);
      guint           index = 0;

      (void) g_ptr_array_find (self->registry->schemas, schema, &index);
      if (index < schemas)
        add_fault (self,
                   g_ptr_array_index (type->extension_places, i),
                   "schema",
                   "“%s” is no schema of this file",
                   schema->id);
      /* Nothing reads or writes it as an object of a client's. */
      if (type->public.internal)
        add_fault (self,
                   g_ptr_array_index (type->extension_places, i),
                   "schema",
                   "nothing would hold it: “%s” is not extended",
                   type->public.name);
    }
}

GPtrArray *
ms_schema_list_faults (MsSchemaRegistry *registry,
                       guint             schemas,
                       guint             types,
                       const guint      *extensions,
                       gboolean          holds_any,
                       gboolean          is_foreign)
{
  Look self = { registry, is_foreign, NULL };

  self.faults = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);
  /* A mistake, such as a template that was not filled in. */
  if (is_foreign && !holds_any)
    add_fault (&self, "", "schemas", "the file has no schema and no resource type");
  for (guint i = schemas; i < registry->schemas->len; i++)
    {
      const MsSchema  *schema = g_ptr_array_index (registry->schemas, i);
      g_autofree char *where = g_strdup_printf ("schemas[%u]", i - schemas);
      look_at_labels (&self, schema, where);
      if (is_foreign)
        look_at_urn (&self, schema, where);
      look_at_attributes (&self, schema->attributes, where, "attributes");
    }
  for (guint i = types; i < registry->types->len; i++)
    look_at_type (&self, g_ptr_array_index (registry->types, i));
  for (guint i = 0; is_foreign && i < registry->types->len; i++)
    look_at_extensions (
        &self, g_ptr_array_index (registry->types, i), i < types ? extensions[i] : 0, schemas);
  return self.faults;
}

/* Complaints ---------------------------------------------------------------------------------- */

void
ms_schema_registry_complain (MsSchemaRegistry *self, const char *name, GPtrArray *faults)
{
  for (guint i = 0; i < faults->len; i++)
    {
      const GError *fault = g_ptr_array_index (faults, i);
      g_ptr_array_add (
          self->complaints,
          g_strdup_printf ("Schema file “%s”: %s: it would be refused if it were added today",
                           name,
                           fault->message));
    }
}

GPtrArray *
ms_schema_registry_get_complaints (MsSchemaRegistry *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->complaints;
}

const char *
ms_schema_registry_find_new_complaint (MsSchemaRegistry *self, MsSchemaRegistry *before)
{
  g_return_val_if_fail (self != NULL && before != NULL, NULL);

  for (guint i = 0; i < self->complaints->len; i++)
    if (!g_ptr_array_find_with_equal_func (
            before->complaints, self->complaints->pdata[i], g_str_equal, NULL))
      return self->complaints->pdata[i];
  return NULL;
}
