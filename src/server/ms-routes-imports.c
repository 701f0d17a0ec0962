/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/imports: a file goes in, is rehearsed and run by the service, and asked about.
 */
#include "ms-call.h"
#include "ms-error.h"
#include "ms-text.h"
#include <string.h>

#define MAX_NAME 255
#define MAX_ROWS 1000

static void
upload (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  const char *name = ms_call_get_query (call, "name");
  GBytes     *data = ms_http_request_get_body (call->request);
  GString    *out = g_string_new (NULL);
  gboolean    done = FALSE;

  if (name == NULL || *name == '\0')
    name = "import.csv";
  if (strlen (name) > MAX_NAME)
    ms_error_set (&error,
                  MS_ERROR_INVALID,
                  "invalidValue",
                  "name",
                  "A file name has %d bytes at most.",
                  MAX_NAME);
  else if (ms_text_check (name, FALSE, "name", &error))
    done = ms_service_import_upload (call->service, call->actor, name, data, out, &error);
  ms_call_respond_result (call, done, 201, out, error);
}

static void
list_imports (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done = ms_service_import_list (call->service, call->actor, out, &error);

  ms_call_respond_result (call, done, 200, out, error);
}

static void
get_import (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done
      = ms_service_import_get (call->service, call->actor, call->parameters[0], out, &error);

  ms_call_respond_result (call, done, 200, out, error);
}

static void
start (MsCall *call, gboolean rehearse)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done = ms_service_import_start (
      call->service, call->actor, call->parameters[0], call->body, rehearse, out, &error);

  ms_call_respond_result (call, done, 202, out, error);
}

static void
rehearse_import (MsCall *call)
{
  start (call, TRUE);
}

static void
run_import (MsCall *call)
{
  start (call, FALSE);
}

static void
cancel_import (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done
      = ms_service_import_cancel (call->service, call->actor, call->parameters[0], &error)
        && ms_service_import_get (call->service, call->actor, call->parameters[0], out, &error);

  ms_call_respond_result (call, done, 202, out, error);
}

static void
delete_import (MsCall *call)
{
  g_autoptr (GError) error = NULL;

  if (ms_service_import_delete (call->service, call->actor, call->parameters[0], &error))
    ms_call_respond_empty (call, 204);
  else
    ms_call_respond_error (call, error);
}

static void
undo_import (MsCall *call)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  operation->job = g_strdup (call->parameters[0]);
  operation->body = call->body != NULL ? json_object_ref (call->body) : NULL;
  ms_call_apply (call, operation);
}

static void
list_rows (MsCall *call)
{
  static const char *const statuses[] = { "create", "update", "skip", "refuse", NULL };
  g_autoptr (GError) error = NULL;
  GString    *out = g_string_new (NULL);
  const char *status = NULL;
  gint64      first = 0;
  gint64      count = 100;
  gboolean    done = ms_call_get_choice (call, "status", statuses, &status, &error)
                  && ms_call_get_number (call, "start", 0, 0, &first, &error)
                  && ms_call_get_number (call, "count", 100, 0, &count, &error)
                  && ms_service_import_rows (call->service,
                                             call->actor,
                                             call->parameters[0],
                                             status,
                                             first,
                                             MIN (count, MAX_ROWS),
                                             out,
                                             &error);

  ms_call_respond_result (call, done, 200, out, error);
}

static void
respond_csv (MsCall *call, gboolean done, const char *file, GString *out, const GError *error)
{
  if (!done)
    {
      g_string_free (out, TRUE);
      ms_call_respond_error (call, error);
      return;
    }
  g_autofree char *disposition = g_strdup_printf ("attachment; filename=\"%s\"", file);
  ms_http_request_add_header (call->request, "Content-Disposition", disposition);
  ms_call_respond (call, 200, "text/csv; charset=utf-8", g_string_free_to_bytes (out));
}

static void
get_rejects (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done
      = ms_service_import_rejects (call->service, call->actor, call->parameters[0], out, &error);

  respond_csv (call, done, "rejects.csv", out, error);
}

static void
get_passwords (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done
      = ms_service_import_passwords (call->service, call->actor, call->parameters[0], out, &error);

  respond_csv (call, done, "passwords.csv", out, error);
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_imports[] = {
  { "GET", "/api/v1/imports", list_imports, MS_POLICY_IMPORT, 0 },
  { "POST",
    "/api/v1/imports",
    upload,
    MS_POLICY_IMPORT,
    MS_ROUTE_UPLOAD | MS_ROUTE_WORKER,
    .query = "name" },
  { "GET", "/api/v1/imports/{}", get_import, MS_POLICY_IMPORT, 0 },
  { "DELETE", "/api/v1/imports/{}", delete_import, MS_POLICY_IMPORT, MS_ROUTE_WORKER },
  { "POST",
    "/api/v1/imports/{}/rehearse",
    rehearse_import,
    MS_POLICY_IMPORT,
    MS_ROUTE_JSON | MS_ROUTE_WORKER,
    .members = MS_ROUTE_ANY_NAME },
  { "POST",
    "/api/v1/imports/{}/run",
    run_import,
    MS_POLICY_IMPORT,
    MS_ROUTE_JSON | MS_ROUTE_WORKER,
    .members = MS_ROUTE_ANY_NAME },
  { "POST",
    "/api/v1/imports/{}/cancel",
    cancel_import,
    MS_POLICY_IMPORT,
    MS_ROUTE_OPTIONAL_JSON | MS_ROUTE_WORKER },
  { "POST",
    "/api/v1/imports/{}/undo",
    undo_import,
    MS_POLICY_UNDO,
    MS_ROUTE_OPTIONAL_JSON,
    .members = "dryRun" },
  { "GET",
    "/api/v1/imports/{}/rows",
    list_rows,
    MS_POLICY_IMPORT,
    0,
    .query = "status start count" },
  { "GET", "/api/v1/imports/{}/rejects", get_rejects, MS_POLICY_IMPORT, 0 },
  /* Handed out once: a HEAD would use that up unseen. */
  { "GET", "/api/v1/imports/{}/passwords", get_passwords, MS_POLICY_IMPORT, MS_ROUTE_NO_HEAD },
  { NULL },
};
/* clang-format on */
