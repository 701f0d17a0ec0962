/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parameters and answers of a call.
 */
#include "ms-call.h"
#include "ms-call-again.h"
#include "ms-error-body.h"
#include "ms-error-json.h"
#include "ms-error.h"
#include "ms-json.h"
#include <string.h>

#define MAX_PROJECTED 200

void
ms_call_clear (MsCall *self)
{
  self->route = NULL;
  self->type = NULL;
  memset (self->parameters, 0, sizeof self->parameters);
  g_clear_pointer (&self->schemas, ms_schema_registry_unref);
  g_clear_pointer (&self->target, ms_target_free);
  g_clear_pointer (&self->actor, ms_actor_free);
  g_clear_pointer (&self->body, json_object_unref);
  g_clear_pointer (&self->ignored, ms_ignored_free);
  g_clear_pointer (&self->token, g_free);
  g_clear_pointer (&self->base_url, g_free);
}

void
ms_call_free (MsCall *self)
{
  ms_call_clear (self);
  g_free (self);
}

/* Parameters ---------------------------------------------------------------------------------- */

const char *
ms_call_get_query (MsCall *self, const char *name)
{
  return g_hash_table_lookup (self->target->query, name);
}

gboolean
ms_call_get_int (MsCall *self, const char *name, gint64 fallback, gint64 *value, GError **error)
{
  const char *text = ms_call_get_query (self, name);

  *value = fallback;
  if (text == NULL || g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, value, NULL))
    return TRUE;
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", name, "The parameter %s is no whole number.", name);
  return FALSE;
}

gboolean
ms_call_get_count (
    MsCall *self, const char *name, guint fallback, guint most, guint *value, GError **error)
{
  gint64 number = fallback;

  if (!ms_call_get_number (self, name, fallback, 1, &number, error))
    return FALSE;
  *value = (guint) CLAMP (number, 1, (gint64) most);
  return TRUE;
}

gboolean
ms_call_get_number (
    MsCall *self, const char *name, gint64 fallback, gint64 minimum, gint64 *value, GError **error)
{
  if (!ms_call_get_int (self, name, fallback, value, error))
    return FALSE;
  if (*value >= minimum || ms_call_get_query (self, name) == NULL)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                name,
                "The parameter %s must not be below %" G_GINT64_FORMAT ".",
                name,
                minimum);
  return FALSE;
}

gboolean
ms_call_get_choice (
    MsCall *self, const char *name, const char *const *choices, const char **value, GError **error)
{
  const char *text = ms_call_get_query (self, name);

  *value = NULL;
  if (text == NULL)
    return TRUE;
  for (gsize i = 0; choices[i] != NULL; i++)
    if (g_ascii_strcasecmp (choices[i], text) == 0)
      {
        *value = choices[i];
        return TRUE;
      }
  g_autofree char *list = g_strjoinv (", ", (char **) choices);
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", name, "The parameter %s is one of: %s.", name, list);
  return FALSE;
}

static gboolean
split_list (MsCall *self, const char *name, char ***list, GError **error)
{
  const char *text = ms_call_get_query (self, name);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n = 0;

  if (text == NULL)
    return TRUE;
  g_auto (GStrv) parts = g_strsplit (text, ",", MAX_PROJECTED + 1);
  for (char **part = parts; *part != NULL; part++)
    if (*g_strstrip (*part) != '\0')
      {
        g_strv_builder_add (builder, *part);
        n++;
      }
  if (n > MAX_PROJECTED)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    name,
                    "The parameter %s lists %d attributes at most.",
                    name,
                    MAX_PROJECTED);
      return FALSE;
    }
  if (n > 0)
    *list = g_strv_builder_end (builder);
  return TRUE;
}

void
ms_projection_clear (MsProjection *self)
{
  g_clear_pointer (&self->attributes, g_strfreev);
  g_clear_pointer (&self->excluded, g_strfreev);
}

gboolean
ms_call_get_projection (MsCall *self, MsProjection *projection, GError **error)
{
  MsProjection result = { NULL, NULL };

  if (!split_list (self, "attributes", &result.attributes, error)
      || !split_list (self, "excludedAttributes", &result.excluded, error))
    {
      ms_projection_clear (&result);
      return FALSE;
    }
  if (result.attributes != NULL && result.excluded != NULL)
    {
      ms_projection_clear (&result);
      ms_error_set (
          error,
          MS_ERROR_INVALID,
          "invalidValue",
          "excludedAttributes",
          "The parameters attributes and excludedAttributes exclude each other (RFC 7644 §3.9).");
      return FALSE;
    }
  ms_call_note_names (self, result.attributes);
  ms_call_note_names (self, result.excluded);
  *projection = result;
  return TRUE;
}

gboolean
ms_call_get_member (
    MsCall *self, const char *name, const char *fallback, const char **value, GError **error)
{
  JsonNode *node = ms_json_object_find (self->body, name);

  *value = fallback;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidValue", name, "%s is to be a text.", name);
      return FALSE;
    }
  *value = json_node_get_string (node);
  return TRUE;
}

gboolean
ms_call_need_member (MsCall *self, const char *name, const char **value, GError **error)
{
  if (!ms_call_get_member (self, name, NULL, value, error))
    return FALSE;
  if (*value != NULL)
    return TRUE;
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", name, "%s is missing.", name);
  return FALSE;
}

/* Answers ------------------------------------------------------------------------------------- */

/* Ignored, as the RFCs have it (RFC 7644 §3.3), but never silently. */
static void
tell_ignored (MsCall *self, guint status)
{
  g_autofree char *joined = ms_call_dup_ignored (self);

  if (joined == NULL)
    return;
  g_autofree char *names = ms_call_dup_ignored_for_log (self);
  g_autofree char *line = g_strconcat ("ignored what nothing here knows: ", names, NULL);
  ms_http_request_add_header (self->request, "X-Mailstead-Ignored", joined);
  ms_call_log (self, status, line);
}

void
ms_call_respond (MsCall *self, guint status, const char *content_type, GBytes *body)
{
  tell_ignored (self, status);
  ms_http_request_add_header (self->request, "Cache-Control", "no-store");
  if (content_type != NULL)
    ms_http_request_add_header (self->request, "X-Content-Type-Options", "nosniff");
  ms_http_request_respond (self->request, status, content_type, body);
}

void
ms_call_respond_json (MsCall *self, guint status, GString *json)
{
  gboolean scim = self->target != NULL && g_strcmp0 (self->target->segments[0], "scim") == 0;

  ms_call_respond (
      self, status, scim ? MS_CONTENT_SCIM : MS_CONTENT_JSON, g_string_free_to_bytes (json));
}

void
ms_call_respond_result (
    MsCall *self, gboolean done, guint status, GString *json, const GError *error)
{
  if (done)
    {
      ms_call_respond_json (self, status, json);
      return;
    }
  g_string_free (json, TRUE);
  ms_call_respond_error (self, error);
}

void
ms_call_respond_empty (MsCall *self, guint status)
{
  ms_call_respond (self, status, NULL, NULL);
}

void
ms_call_respond_failure (MsCall *self, guint status, const GError *error)
{
  if (status == 0)
    status = ms_error_get_answer_status (error);
  if (ms_call_put_by (self, status, error))
    return;
  ms_call_log_failure (self, status, error);
  if (status == 401)
    ms_http_request_add_header (self->request, "WWW-Authenticate", "Bearer realm=\"Mailstead\"");
  guint wait = ms_error_get_retry_after (error, status);
  if (wait > 0)
    {
      g_autofree char *seconds = g_strdup_printf ("%u", wait);
      ms_http_request_add_header (self->request, "Retry-After", seconds);
    }
  g_autofree char *members = ms_error_dup_members (error);
  g_autofree char *detail = ms_error_dup_detail (error, self->actor != NULL || self->was_known);
  char            *text = ms_error_body_make (
      status, ms_error_get_scim_type (error), ms_error_get_path (error), detail, members);
  ms_call_respond (self, status, MS_CONTENT_SCIM, g_bytes_new_take (text, strlen (text)));
}

void
ms_call_respond_error (MsCall *self, const GError *error)
{
  ms_call_respond_failure (self, 0, error);
}

/* Writes -------------------------------------------------------------------------------------- */

void
ms_call_add_change (MsCall *self, gint64 sequence)
{
  if (sequence <= 0)
    return;
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, sequence);
  ms_http_request_add_header (self->request, "X-Mailstead-Change", text);
}

static void
add_outcome_headers (MsCall *self, const MsOutcome *outcome)
{
  ms_call_add_change (self, outcome->sequence);
  if (outcome->version > 0 && self->type != NULL)
    {
      g_autofree char *etag = g_strdup_printf ("W/\"%" G_GINT64_FORMAT "\"", outcome->version);
      ms_http_request_add_header (self->request, "ETag", etag);
    }
  ms_call_note_outcome (self, outcome);
  if (outcome->created && outcome->id != NULL && self->type != NULL)
    {
      g_autofree char *location
          = g_strconcat (self->base_url, self->type->endpoint, "/", outcome->id, NULL);
      ms_http_request_add_header (self->request, "Location", location);
    }
}

static void
on_applied_cb (MsOutcome *applied, const GError *error, gpointer user_data)
{
  MsCall *self = user_data;
  g_autoptr (MsOutcome) outcome = applied;

  if (error != NULL)
    {
      ms_call_respond_error (self, error);
      return;
    }
  add_outcome_headers (self, outcome);
  if (outcome->fault != NULL)
    ms_call_log (self, 200, outcome->fault->message);
  if (outcome->document == NULL || strcmp (self->route->method, "DELETE") == 0)
    {
      ms_call_respond_empty (self, outcome->created ? 201 : 204);
      return;
    }
  ms_call_respond_json (self, outcome->created ? 201 : 200, g_steal_pointer (&outcome->document));
}

void
ms_call_apply (MsCall *self, MsOperation *operation)
{
  operation->base_url = g_strdup (self->base_url);
  self->may_repeat = FALSE;
  ms_http_request_defer (self->request);
  ms_service_apply_async (self->service, self->actor, operation, on_applied_cb, self);
}
