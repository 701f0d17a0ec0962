/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * KEY=VALUE of directory create and directory set. Whether a value is a good one, the server says.
 */
#include "config.h"

#include <string.h>

#include "ctl-directory-private.h"

#define MAPPING_PREFIX "mapping."

typedef enum
{
  KIND_TEXT,
  KIND_NUMBER,
  KIND_BOOLEAN,
  KIND_TEMPLATE,
  KIND_GROUP,
} Kind;

static const struct
{
  const char *key;
  Kind        kind;
} keys[] = {
  { "kind", KIND_TEXT },
  { "name", KIND_TEXT },
  { "server", KIND_TEXT },
  { "startTls", KIND_BOOLEAN },
  { "bindDn", KIND_TEXT },
  { "base", KIND_TEXT },
  { "scope", KIND_TEXT },
  { "filter", KIND_TEXT },
  { "activeFilter", KIND_TEXT },
  { "identity", KIND_TEXT },
  { "template", KIND_TEMPLATE },
  { "group", KIND_GROUP },
  { "createMailboxes", KIND_BOOLEAN },
  { "adopt", KIND_BOOLEAN },
  { "leavers", KIND_TEXT },
  { "leaverLimit", KIND_NUMBER },
  { "every", KIND_NUMBER },
  { "timeout", KIND_NUMBER },
  { "certificates", KIND_TEXT },
};

static JsonNode *
make_boolean (const char *key, const char *text, GError **error)
{
  static const char *const words[] = { "yes", "true", "on", "1", "no", "false", "off", "0" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (words[i], text) == 0)
      return json_node_init_boolean (json_node_alloc (), i < 4);
  ms_ctl_usage_error (error, _ ("%s is yes or no, and not “%s”"), key, text);
  return NULL;
}

static JsonNode *
make_number (const char *key, const char *text, GError **error)
{
  gint64 number = 0;

  if (g_ascii_string_to_signed (text, 10, 0, G_MAXINT32, &number, NULL))
    return json_node_init_int (json_node_alloc (), number);
  ms_ctl_usage_error (error, _ ("%s is a number, and not “%s”"), key, text);
  return NULL;
}

static JsonNode *
make_reference (MsCtl *ctl, Kind kind, const char *text, GError **error)
{
  g_autofree char *id = NULL;

  if (kind == KIND_GROUP)
    {
      if (!ms_ctl_find_group_id (ctl, text, &id, error))
        return NULL;
      /* The top is none. */
      return id != NULL ? json_node_init_string (json_node_alloc (), id)
                        : json_node_init_null (json_node_alloc ());
    }
  g_autoptr (MsResource) found = ms_ctl_find (ctl, "Template", text, error);
  return found != NULL ? json_node_init_string (json_node_alloc (), ms_resource_get_id (found))
                       : NULL;
}

static JsonNode *
make_value (MsCtl *ctl, const char *key, Kind kind, const char *text, GError **error)
{
  if (*text == '\0')
    return json_node_init_null (json_node_alloc ());
  switch (kind)
    {
    case KIND_NUMBER:
      return make_number (key, text, error);
    case KIND_BOOLEAN:
      return make_boolean (key, text, error);
    case KIND_TEMPLATE:
    case KIND_GROUP:
      return make_reference (ctl, kind, text, error);
    default:
      return json_node_init_string (json_node_alloc (), text);
    }
}

static gboolean
fail_unknown (const char *key, GError **error)
{
  g_autoptr (GString) all = g_string_new (NULL);

  if (strcmp (key, "password") == 0)
    {
      ms_ctl_usage_error (
          error, _ ("A password is no argument: say --password-file FILE or --ask-password"));
      return FALSE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_string_append_printf (all, "%s, ", keys[i].key);
  ms_ctl_usage_error (
      error,
      _ ("A directory has no “%s”; what may be said is %sand mapping.ATTRIBUTE"), key, all->str);
  return FALSE;
}

/* What is mapped already by that name, with the URN of its extension before it. (transfer full)
 * (nullable) */
static char *
find_whole_path (JsonObject *mapping, const char *path)
{
  g_autoptr (GList) names = json_object_get_members (mapping);
  g_autofree char *end = g_strconcat (":", path, NULL);

  for (GList *l = names; l != NULL; l = l->next)
    if (g_str_has_suffix (l->data, end))
      return g_strdup (l->data);
  return NULL;
}

static gboolean
set_mapping (JsonObject *into, JsonObject *before, const char *path, const char *there)
{
  JsonObject *mapping = ms_ctl_object (into, "mapping");

  if (mapping == NULL)
    {
      JsonObject *old = before != NULL ? ms_ctl_object (before, "mapping") : NULL;
      mapping = old != NULL ? ms_json_deep_copy_object (old) : json_object_new ();
      json_object_set_object_member (into, "mapping", mapping);
    }
  g_autofree char *whole = find_whole_path (mapping, path);
  if (whole != NULL)
    path = whole;
  if (*there == '\0')
    json_object_set_null_member (mapping, path);
  else
    json_object_set_string_member (mapping, path, there);
  return TRUE;
}

static gboolean
set_key (MsCtl *ctl, JsonObject *into, const char *key, const char *text, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (keys[i].key, key) == 0)
      {
        JsonNode *node = make_value (ctl, key, keys[i].kind, text, error);
        if (node != NULL)
          json_object_set_member (into, key, node);
        return node != NULL;
      }
  return fail_unknown (key, error);
}

JsonObject *
ms_ctl_parse_directory (MsCtl *ctl, JsonObject *before, char **settings, GError **error)
{
  g_autoptr (JsonObject) into = json_object_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (char **setting = settings; *setting != NULL; setting++)
    {
      const char *equals = strchr (*setting, '=');
      if (equals == NULL || equals == *setting)
        {
          ms_ctl_usage_error (error, _ ("“%s” is not KEY=VALUE"), *setting);
          return NULL;
        }
      g_autofree char *key = g_strndup (*setting, (gsize) (equals - *setting));
      if (!g_hash_table_add (seen, g_strdup (key)))
        {
          ms_ctl_usage_error (error, _ ("“%s” is said twice"), key);
          return NULL;
        }
      gboolean done = g_str_has_prefix (key, MAPPING_PREFIX)
                          ? set_mapping (into, before, key + strlen (MAPPING_PREFIX), equals + 1)
                          : set_key (ctl, into, key, equals + 1, error);
      if (!done)
        return NULL;
    }
  return g_steal_pointer (&into);
}
