/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/schemas: the schema files of operators. /api/v1/tables: what there is in the end.
 */
#include <string.h>

#include "ms-call.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-schemas.h"

static void
respond (MsCall *call, gboolean done, guint status, GString *out, gint64 version, GError *error)
{
  if (!done)
    {
      g_string_free (out, TRUE);
      ms_call_respond_error (call, error);
      return;
    }
  if (version > 0)
    {
      g_autofree char *etag = g_strdup_printf ("W/\"%" G_GINT64_FORMAT "\"", version);
      ms_http_request_add_header (call->request, "ETag", etag);
    }
  ms_call_respond_json (call, status, out);
}

static void
list_files (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done = ms_service_list_schema_files (call->service, call->actor, out, &error);

  respond (call, done, 200, out, 0, error);
}

static void
get_file (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gint64   version = 0;
  gboolean done = ms_service_get_schema_file (
      call->service, call->actor, call->parameters[0], out, &version, &error);

  respond (call, done, 200, out, version, error);
}

/* "text" as it is, or "file" as JSON, which we write down. (transfer full) (nullable) */
static char *
read_text (MsCall *call, GError **error)
{
  JsonNode   *file = ms_json_object_find (call->body, "file");
  const char *text = NULL;

  if (!ms_call_get_member (call, "text", NULL, &text, error))
    return NULL;
  if ((text == NULL) == (file == NULL))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "text",
                    "Give the schema file either as “text” or as “file”, a JSON object.");
      return NULL;
    }
  if (text == NULL)
    return json_to_string (file, TRUE);
  /* Files written on Windows, where many editors begin one with a byte order mark: it is none of
   * the text (RFC 8259 §8.1). */
  GString *plain
      = g_string_new (g_str_has_prefix (text, "\uFEFF") ? text + strlen ("\uFEFF") : text);
  g_string_replace (plain, "\r\n", "\n", 0);
  return g_string_free (plain, FALSE);
}

static gboolean
read_flag (MsCall *call, const char *name, gboolean *flag, GError **error)
{
  static const char *const choices[] = { "true", "false", NULL };
  const char              *value = NULL;

  if (!ms_call_get_choice (call, name, choices, &value, error))
    return FALSE;
  *flag = value == choices[0];
  return TRUE;
}

static void
change (MsCall *call, MsSchemaVerb verb)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  GString         *out = g_string_new (NULL);
  gint64           version = 0;
  gint64           sequence = 0;
  g_autofree char *if_match = ms_http_request_dup_list (call->request, "If-Match");
  MsSchemaRequest  request = { .verb = verb, .name = call->parameters[0], .if_match = if_match };
  gboolean         good = read_flag (call, "dryRun", &request.dry_run, &error)
                  && read_flag (call, "dropValues", &request.drop_values, &error);

  if (good && verb == MS_SCHEMA_ADD)
    good = ms_call_get_member (call, "name", "", &request.name, &error);
  if (good && verb != MS_SCHEMA_REMOVE)
    {
      text = read_text (call, &error);
      request.text = text;
      good = text != NULL;
    }
  good = good
         && ms_service_change_schemas (
             call->service, call->actor, &request, out, &version, &sequence, &error);
  ms_call_add_change (call, sequence);
  respond (call, good, verb == MS_SCHEMA_ADD && !request.dry_run ? 201 : 200, out, version, error);
}

static void
add_file (MsCall *call)
{
  change (call, MS_SCHEMA_ADD);
}

static void
replace_file (MsCall *call)
{
  change (call, MS_SCHEMA_REPLACE);
}

static void
remove_file (MsCall *call)
{
  change (call, MS_SCHEMA_REMOVE);
}

/* All that this server knows of types and attributes, its own and the operators', with
 * characteristics that /Schemas may not show. */
static void
get_tables (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) tables = ms_schema_registry_to_json (ms_service_get_schemas (call->service));

  if (!ms_service_check_current (call->service, &error))
    {
      ms_call_respond_error (call, error);
      return;
    }
  GString *out = g_string_sized_new (64 * 1024);
  ms_json_append (out, tables);
  ms_call_respond_json (call, 200, out);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_schemas[] = {
  { "GET", "/api/v1/tables", get_tables, MS_POLICY_READ, 0 },
  { "GET", "/api/v1/schemas", list_files, MS_POLICY_READ, 0 },
  { "POST",
    "/api/v1/schemas",
    add_file,
    MS_RIGHT_WRITE,
    MS_ROUTE_JSON | MS_ROUTE_WORKER,
    .query = "dryRun dropValues",
    .members = "name text file" },
  { "GET", "/api/v1/schemas/{}", get_file, MS_POLICY_READ, 0 },
  { "PUT",
    "/api/v1/schemas/{}",
    replace_file,
    MS_RIGHT_WRITE,
    MS_ROUTE_JSON | MS_ROUTE_WORKER,
    .query = "dryRun dropValues",
    .members = "name text file" },
  { "DELETE",
    "/api/v1/schemas/{}",
    remove_file,
    MS_RIGHT_WRITE,
    MS_ROUTE_WORKER,
    .query = "dryRun dropValues" },
  { NULL },
};
/* clang-format on */
