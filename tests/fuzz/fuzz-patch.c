/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PATCH with any message: the first line is the type and the object, the rest the body; input
 * without a line break is a path, replaced with a text and removed. What comes out must be what the
 * schemas allow: sent back whole as a new object it is taken, and comes out the same.
 */
#include "fuzz.h"
#include "ms-json.h"
#include "ms-patch.h"

#include <string.h>

static const char user[]
    = "{\"userName\":\"john\",\"emails\":[{\"value\":\"j@x.org\",\"type\":\"work\",\"primary\":"
      "true}],\"" MS_URN_ENTERPRISE "\":{\"department\":\"d\"}}";

static MsSchemaRegistry *
get_registry (void)
{
  static MsSchemaRegistry *registry;

  if (registry == NULL)
    registry = ms_schema_registry_new_builtin ();
  return registry;
}

static void
check_result (MsEdit *edit)
{
  const MsResourceType *type = ms_object_get_type (edit->object);
  JsonObject           *attributes = ms_object_get_attributes (edit->object);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsEdit) again = ms_edit_new_from_create (type, attributes, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (again->ignored->names->len, ==, 0);
  g_assert_cmpuint (g_hash_table_size (again->secrets), ==, 0);
  g_autoptr (GPtrArray) deltas = ms_delta_compute (edit->object, again->object);
  if (deltas->len > 0)
    {
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), attributes);
      g_autofree char *shown = ms_json_to_string (node);
      g_printerr ("not stable: %s\n", shown);
    }
  g_assert_cmpuint (deltas->len, ==, 0);
}

static void
patch (const MsResourceType *type, const char *object_json, gsize object_length, JsonObject *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = ms_json_parse (object_json, (gssize) object_length, NULL, NULL);

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return;
  /* Only what the schemas allow is ever in an object. */
  g_autoptr (MsEdit) start = ms_edit_new_from_create (type, json_node_get_object (node), NULL);
  if (start == NULL)
    return;
  g_autoptr (MsEdit) edit = ms_edit_new_from_patch (start->object, body, &error);
  g_assert_true ((edit == NULL) == (error != NULL));
  if (edit != NULL)
    check_result (edit);
  else
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static void
patch_path (const char *path)
{
  static const char *const forms[]
      = { "{\"op\":\"replace\",\"path\":%s,\"value\":\"x\"}",
          "{\"op\":\"remove\",\"path\":%s}",
          "{\"op\":\"add\",\"path\":%s,\"value\":{\"value\":\"y\",\"type\":\"home\"}}",
          "{\"op\":\"add\",\"value\":{%s:\"x\"}}" };
  g_autoptr (GString) quoted = g_string_new (NULL);

  ms_json_append_string (quoted, path);
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_auto (GStrv) parts = g_strsplit (forms[i], "%s", 2);
      g_autofree char *text = g_strconcat (
          "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[",
          parts[0],
          quoted->str,
          parts[1],
          "]}",
          NULL);
      g_autoptr (JsonNode) body = ms_json_parse (text, -1, NULL, NULL);
      if (body != NULL)
        patch (ms_schema_registry_get_type_by_name (get_registry (), MS_TYPE_NAME_USER),
               user,
               strlen (user),
               json_node_get_object (body));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  char            *body_text = strchr (text, '\n');

  if (body_text == NULL || body_text[1] == '\0')
    {
      patch_path (g_strchomp (text));
      return 0;
    }
  *body_text++ = '\0';
  char *object_text = strchr (text, ' ');
  if (object_text == NULL)
    return 0;
  *object_text++ = '\0';
  const MsResourceType *type = ms_schema_registry_get_type_by_name (get_registry (), text);
  g_autoptr (JsonNode) body = ms_json_parse (body_text, -1, NULL, NULL);
  if (type != NULL && body != NULL && JSON_NODE_HOLDS_OBJECT (body))
    patch (type, object_text, strlen (object_text), json_node_get_object (body));
  return 0;
}
