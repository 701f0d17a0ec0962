/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * scim and bulk: the protocol itself, for what no other verb does.
 */
#include "config.h"
#include "ms-ctl-verbs.h"

#include <string.h>

#include "ms-ctl-file.h"

#define MAX_FILE (64 * 1024 * 1024)
#define URN_BULK "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
#define URN_OPTIONS "urn:ietf:params:scim:api:messages:mailstead:2.0:BulkOptions"

static char    *option_data;
static gboolean option_atomic;

static const GOptionEntry scim_options[] = {
  { "data",
    0,
    0,
    G_OPTION_ARG_FILENAME,
    &option_data,
    N_ ("The body, from a file; - is the standard input"), N_ ("FILE") },
    { NULL },
  };

static const GOptionEntry bulk_options[] = {
  { "atomic",
    0,
    0,
    G_OPTION_ARG_NONE,
    &option_atomic,
    N_ ("All of it or nothing, in one change set"), NULL },
    { NULL },
};

static JsonNode *
read_json (const char *path, GError **error)
{
  MsJsonLimits limits = { MAX_FILE, 64, MAX_FILE, 4000000 };
  gsize        length = 0;
  g_autoptr (GBytes) bytes = ms_ctl_read_file (path, MAX_FILE, error);

  if (bytes == NULL)
    return NULL;
  const char *data = g_bytes_get_data (bytes, &length);
  /* As editors on Windows begin a file: it is none of the text (RFC 8259 §8.1). */
  gsize     mark = length >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  JsonNode *node
      = ms_json_parse (length > mark ? data + mark : "", (gssize) (length - mark), &limits, error);
  if (node == NULL)
    g_prefix_error (error, "%s: ", path);
  return node;
}

/* scim -------------------------------------------------------------------------------------- */

/* "Users", "/Users" and "/scim/v2/Users" are the same. (transfer full) */
static char *
complete_path (const char *path)
{
  if (g_str_has_prefix (path, "/scim/") || g_str_has_prefix (path, "/api/"))
    return g_strdup (path);
  return g_strconcat ("/scim/v2", *path == '/' ? "" : "/", path, NULL);
}

static MsExit
run_scim (MsCtl *ctl, char **args, GError **error)
{
  static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", NULL };
  g_autofree char         *method = g_ascii_strup (args[0], -1);
  g_autofree char         *path = complete_path (args[1]);
  g_autoptr (JsonNode) body = NULL;

  if (!g_strv_contains (methods, method))
    {
      ms_ctl_usage_error (error, _ ("“%s” is not GET, POST, PUT, PATCH or DELETE"), args[0]);
      return MS_EXIT_USAGE;
    }
  if (option_data != NULL)
    {
      body = read_json (option_data, error);
      if (body == NULL)
        return MS_EXIT_FAILED;
    }
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, method, path, g_steal_pointer (&body), error);
  if (reply == NULL)
    return MS_EXIT_FAILED;
  if (reply->json != NULL)
    ms_ctl_print_json (reply->json);
  else if (reply->body != NULL)
    ms_ctl_print_bytes (reply->body);
  ms_ctl_print_ignored (reply);
  return MS_EXIT_OK;
}

/* bulk -------------------------------------------------------------------------------------- */

/* A bulk request, or only its operations. (transfer full) */
static JsonObject *
make_request (JsonNode *node, const char *path, GError **error)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_node_dup_object (node);
  if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    _ ("%s holds neither a bulk request nor an array of operations"), path);
      return NULL;
    }
  JsonObject *request = json_object_new ();
  JsonArray  *schemas = json_array_new ();
  json_array_add_string_element (schemas, URN_BULK);
  json_object_set_array_member (request, "schemas", schemas);
  json_object_set_array_member (request, "Operations", json_node_dup_array (node));
  return request;
}

static const char *
get_cell (JsonObject *object, const char *name)
{
  const char *text = ms_ctl_string (object, name);

  return text != NULL ? text : "";
}

/* How many failed. */
static guint
print_results (JsonArray *results)
{
  const char *titles[]
      = { _ (">STATUS"), _ ("METHOD"), _ ("BULK ID"), _ ("OBJECT OR REASON"), NULL };
  g_autoptr (MsTable) table = ms_table_new (titles);
  guint failed = 0;

  for (guint i = 0; i < json_array_get_length (results); i++)
    {
      g_autoptr (JsonObject) row = ms_ctl_element (results, i);
      JsonObject *response = ms_ctl_object (row, "response");
      const char *location = get_cell (row, "location");
      const char *below = strstr (location, "/scim/v2/");
      const char *what = response != NULL ? get_cell (response, "detail")
                         : below != NULL  ? below + strlen ("/scim/v2/")
                                          : location;
      const char *cells[] = {
        get_cell (row, "status"), get_cell (row, "method"), get_cell (row, "bulkId"), what, NULL
      };
      failed += response != NULL ? 1 : 0;
      ms_table_add (table, cells);
    }
  ms_table_print (table);
  return failed;
}

static guint
count_failed (JsonArray *results)
{
  guint failed = 0;

  for (guint i = 0; i < json_array_get_length (results); i++)
    {
      g_autoptr (JsonObject) row = ms_ctl_element (results, i);
      failed += ms_ctl_object (row, "response") != NULL ? 1 : 0;
    }
  return failed;
}

static MsExit
run_bulk (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonNode) file = read_json (args[0], error);
  g_autoptr (JsonObject) request = file != NULL ? make_request (file, args[0], error) : NULL;

  if (request == NULL)
    return MS_EXIT_FAILED;
  if (option_atomic)
    {
      JsonObject *options = json_object_new ();
      json_object_set_boolean_member (options, "atomic", TRUE);
      json_object_set_object_member (request, URN_OPTIONS, options);
    }
  JsonNode *body = json_node_init_object (json_node_alloc (), request);
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "POST", "/scim/v2/Bulk", body, error);
  g_autoptr (JsonObject) answer = reply != NULL ? ms_ctl_reply_dup_object (reply, error) : NULL;
  if (answer == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (JsonArray) results = ms_ctl_array (answer, "Operations");
  if (ctl->json)
    {
      ms_ctl_print_json (reply->json);
      return count_failed (results) > 0 ? MS_EXIT_FAILED : MS_EXIT_OK;
    }
  return print_results (results) > 0 ? MS_EXIT_FAILED : MS_EXIT_OK;
}

const MsCtlVerb ms_verbs_scim[] = {
  { "scim",
    NULL,
    "METHOD PATH",
    N_ ("Send a SCIM request as it is, and print the answer"), 2, 2, TRUE, scim_options, run_scim },
    { "bulk",
      NULL,
      "FILE",
      N_ ("Run a SCIM bulk request from a file; - is the standard input"),
          1,
          1,
          TRUE,
          bulk_options,
          run_bulk },
      { NULL },
  };
