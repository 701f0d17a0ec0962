/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * object attributes: what there is to be set, of any type, under the names that KEY=VALUE takes.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-verbs.h"

static const char *
get_type (const MsAttribute *attribute)
{
  switch (attribute->type)
    {
    case MS_ATTR_BOOLEAN:
      return "boolean";
    case MS_ATTR_INTEGER:
      return "integer";
    case MS_ATTR_DECIMAL:
      return "decimal";
    case MS_ATTR_DATE_TIME:
      return "dateTime";
    case MS_ATTR_BINARY:
      return "binary";
    case MS_ATTR_REFERENCE:
      return "reference";
    case MS_ATTR_COMPLEX:
      return "complex";
    case MS_ATTR_STRING:
    default:
      return "string";
    }
}

static const char *
get_mutability (const MsAttribute *attribute)
{
  switch (attribute->mutability)
    {
    case MS_MUTABILITY_READ_ONLY:
      return "readOnly";
    case MS_MUTABILITY_IMMUTABLE:
      return "immutable";
    case MS_MUTABILITY_WRITE_ONLY:
      return "writeOnly";
    case MS_MUTABILITY_READ_WRITE:
    default:
      return "readWrite";
    }
}

/* Without an extension's URN, unless another has one of that name. */
static const char *
get_key (MsCtl *ctl, const MsResourceType *type, const MsAttribute *attribute)
{
  g_autoptr (GError) several = NULL;
  const char *key = attribute->path;

  if (attribute->schema == type->schema || !g_str_has_prefix (key, attribute->schema->id))
    return key;
  key += strlen (attribute->schema->id) + 1;
  return ms_ctl_find_attribute (ctl, type->name, key, &several) == attribute ? key
                                                                             : attribute->path;
}

static void
add_attribute (MsCtl                *ctl,
               const MsResourceType *type,
               const MsAttribute    *attribute,
               MsTable              *table,
               JsonArray            *array)
{
  JsonObject *object = json_object_new ();
  const char *cells[] = { get_key (ctl, type, attribute),
                          get_type (attribute),
                          attribute->multi_valued
                          ? _ ("yes") : "",
                               attribute->required
                               ? _ ("yes") : "",
                                    get_mutability (attribute),
                                    attribute->description != NULL ? attribute->description : "",
                                    NULL };

  ms_table_add (table, cells);
  json_object_set_string_member (object, "name", cells[0]);
  json_object_set_string_member (object, "path", attribute->path);
  json_object_set_string_member (object, "type", cells[1]);
  json_object_set_boolean_member (object, "multiValued", attribute->multi_valued);
  json_object_set_boolean_member (object, "required", attribute->required);
  json_object_set_string_member (object, "mutability", cells[4]);
  json_object_set_string_member (object, "description", cells[5]);
  json_array_add_object_element (array, object);
  /* Of a relation nobody sets the parts. */
  for (guint i = 0; attribute->relation == MS_RELATION_NONE && i < attribute->sub_attributes->len;
       i++)
    add_attribute (ctl, type, g_ptr_array_index (attribute->sub_attributes, i), table, array);
}

static void
add_schema (MsCtl                *ctl,
            const MsResourceType *type,
            const MsSchema       *schema,
            MsTable              *table,
            JsonArray            *array)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    add_attribute (ctl, type, g_ptr_array_index (schema->attributes, i), table, array);
}

MsExit
ms_ctl_object_attributes (MsCtl *ctl, char **args, GError **error)
{
  const MsResourceType *type = ms_ctl_find_type (ctl, args[0], error);
  const char           *titles[] = {
              _ ("NAME"), _ ("TYPE"), _ ("SEVERAL"), _ ("REQUIRED"), _ ("SET"), _ ("DESCRIPTION"), NULL };
  g_autoptr (MsTable) table = ms_table_new (titles);
  g_autoptr (JsonArray) array = json_array_new ();

  if (type == NULL)
    return MS_EXIT_FAILED;
  add_schema (ctl, type, type->schema, table, array);
  for (guint i = 0; i < type->extensions->len; i++)
    add_schema (ctl, type, g_ptr_array_index (type->extensions, i), table, array);
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), array);
  if (ctl->json)
    ms_ctl_print_json (node);
  else
    ms_table_print (table);
  return MS_EXIT_OK;
}
