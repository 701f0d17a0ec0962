/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the references of a registry's attributes may lead. An attribute is checked alone, so it
 * carries the endpoints of its types with it.
 */
#include "ms-schema-private.h"

/* (transfer full) (nullable): NULL where the attribute takes any URI, also where it names a type
 * that this server has not. */
static char **
find_endpoints (MsSchemaRegistry *registry, const MsAttribute *attribute)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  char **name = attribute->reference_types;

  if (name == NULL || *name == NULL)
    return NULL;
  for (; *name != NULL; name++)
    {
      const MsResourceType *type = ms_schema_registry_get_type_by_name (registry, *name);
      if (type == NULL)
        return NULL;
      g_strv_builder_add (builder, type->endpoint);
    }
  return g_strv_builder_end (builder);
}

static void
resolve (MsSchemaRegistry *registry, GPtrArray *attributes)
{
  for (guint i = 0; i < attributes->len; i++)
    {
      MsAttribute *attribute = g_ptr_array_index (attributes, i);

      resolve (registry, attribute->sub_attributes);
      if (attribute->type != MS_ATTR_REFERENCE)
        continue;
      MsAttributeRecord *record = (MsAttributeRecord *) attribute;
      g_strfreev (record->reference_endpoints);
      record->reference_endpoints = find_endpoints (registry, attribute);
    }
}

void
ms_schema_registry_resolve_references (MsSchemaRegistry *self)
{
  for (guint i = 0; i < self->schemas->len; i++)
    resolve (self, ((MsSchema *) g_ptr_array_index (self->schemas, i))->attributes);
}
