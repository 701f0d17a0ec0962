/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Paths into nested JSON, the other way round than MsResource reads them. A URN holds dots ("2.0"),
 * so the schema part is cut off before the path is.
 */
#include "config.h"

#include "ms-attributes.h"
#include "ms-json.h"

static const struct
{
  const char *type_name;
  const char *urn;
} core_schemas[] = {
  { "User", "urn:ietf:params:scim:schemas:core:2.0:User" },
  { "Group", "urn:ietf:params:scim:schemas:core:2.0:Group" },
  { "Mailbox", "urn:ietf:params:scim:schemas:mailstead:2.0:Mailbox" },
  { "MailGroup", "urn:ietf:params:scim:schemas:mailstead:2.0:MailGroup" },
  { "Domain", "urn:ietf:params:scim:schemas:mailstead:2.0:Domain" },
  { "Template", "urn:ietf:params:scim:schemas:mailstead:2.0:Template" },
};

static JsonObject *
get_or_make (JsonObject *object, const char *name)
{
  JsonObject *inner;

  if (json_object_has_member (object, name))
    return json_object_get_object_member (object, name);

  inner = json_object_new ();
  json_object_set_object_member (object, name, inner);

  return inner;
}

void
ms_attributes_set (JsonObject *attributes, const char *path, JsonNode *value)
{
  const char      *name = path;
  g_autofree char *outer = NULL;
  const char      *dot;

  g_return_if_fail (attributes != NULL && path != NULL && value != NULL);

  if (g_str_has_prefix (path, "urn:"))
    {
      g_autofree char *urn = NULL;

      name = strrchr (path, ':') + 1;
      urn = g_strndup (path, (gsize) (name - 1 - path));
      attributes = get_or_make (attributes, urn);
    }

  dot = strchr (name, '.');
  if (dot != NULL)
    {
      outer = g_strndup (name, (gsize) (dot - name));
      attributes = get_or_make (attributes, outer);
      name = dot + 1;
    }
  json_object_set_member (attributes, name, ms_json_deep_copy (value));
}

void
ms_attributes_set_schemas (JsonObject *attributes, const char *type_name)
{
  JsonArray     *schemas = json_array_new ();
  JsonObjectIter iter;
  const char    *name;

  g_return_if_fail (attributes != NULL);

  for (guint i = 0; i < G_N_ELEMENTS (core_schemas); i++)
    if (g_strcmp0 (core_schemas[i].type_name, type_name) == 0)
      json_array_add_string_element (schemas, core_schemas[i].urn);

  json_object_iter_init (&iter, attributes);
  while (json_object_iter_next (&iter, &name, NULL))
    if (g_str_has_prefix (name, "urn:"))
      json_array_add_string_element (schemas, name);
  json_object_set_array_member (attributes, "schemas", schemas);
}
