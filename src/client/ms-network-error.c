/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One table for causes on the way, one function for answers in SCIM's error form (RFC 7644 §3.12).
 */
#include "config.h"
#include "ms-network-error.h"

#include "ms-error.h"
#include "ms-json.h"
#include "ms-text.h"

/* "%s" is host and port. */
static const struct
{
  int         code;
  const char *text;
} io_causes[] = {
  { G_IO_ERROR_CONNECTION_REFUSED, "%s refuses the connection: no server listens there" },
  { G_IO_ERROR_TIMED_OUT, "%s did not answer in time" },
  { G_IO_ERROR_HOST_NOT_FOUND, "There is no host of the name in %s" },
  { G_IO_ERROR_HOST_UNREACHABLE, "%s cannot be reached: no way to this host" },
  { G_IO_ERROR_NETWORK_UNREACHABLE, "%s cannot be reached: the network is down" },
  { G_IO_ERROR_CONNECTION_CLOSED, "%s closed the connection" },
  { G_IO_ERROR_BROKEN_PIPE, "%s closed the connection" },
  { G_IO_ERROR_PARTIAL_INPUT, "%s closed the connection in the middle of an answer" },
};

GError *
ms_network_error_new (const GError *cause, const char *where)
{
  GError *error = NULL;

  g_return_val_if_fail (cause != NULL, NULL);

  if (cause->domain == MS_ERROR || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_copy (cause);

  if (cause->domain == G_IO_ERROR)
    for (gsize i = 0; i < G_N_ELEMENTS (io_causes); i++)
      if (io_causes[i].code == cause->code)
        {
          g_autoptr (GString) text = g_string_new (io_causes[i].text);
          g_string_replace (text, "%s", where, 1);
          ms_error_set (&error, MS_ERROR_UNAVAILABLE, NULL, NULL, "%s", text->str);
          return error;
        }

  if (cause->domain == G_RESOLVER_ERROR)
    ms_error_set (
        &error, MS_ERROR_UNAVAILABLE, NULL, NULL, "There is no host of the name in %s", where);
  else if (cause->domain == G_TLS_ERROR)
    ms_error_set (&error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  NULL,
                  "%s does not speak TLS as expected: %s",
                  where,
                  cause->message);
  else
    ms_error_set (&error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  NULL,
                  "%s cannot be reached: %s",
                  where,
                  cause->message);
  return error;
}

static char *
dup_member (JsonNode *body, const char *name)
{
  if (body == NULL || !JSON_NODE_HOLDS_OBJECT (body))
    return NULL;
  JsonNode *node = ms_json_object_find (json_node_get_object (body), name);
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return ms_text_printable (json_node_get_string (node));
}

GError *
ms_network_error_new_second_step (void)
{
  GError *error = NULL;

  ms_error_set (
      &error,
      MS_ERROR_DENIED,
      NULL,
      NULL,
      "Your role must log on in two steps, and nothing else is let in before the second step"
      " is set up");
  ms_error_set_details (error, "{\"secondStep\":\"enrol\"}");
  return error;
}

GError *
ms_network_error_from_reply (guint       status,
                             const char *reason_phrase,
                             const char *retry_after,
                             JsonNode   *body)
{
  GError          *error = NULL;
  g_autofree char *detail = dup_member (body, "detail");
  g_autofree char *scim_type = dup_member (body, "scimType");
  g_autofree char *path = dup_member (body, "path");
  g_autofree char *second_step = dup_member (body, "secondStep");
  MsError          code = ms_error_from_http_status ((int) status);

  if (g_strcmp0 (second_step, "enrol") == 0)
    return ms_network_error_new_second_step ();
  if (status >= 300 && status < 400)
    code = MS_ERROR_UNAVAILABLE;
  if (detail == NULL)
    detail = g_strdup_printf (
        "The server answered %u %s", status, reason_phrase != NULL ? reason_phrase : "");
  g_strchomp (detail);

  /* How long to wait belongs into the message, because nothing else of the error can carry it. */
  guint64 seconds = 0;
  if (status == 429 && retry_after != NULL
      && g_ascii_string_to_unsigned (retry_after, 10, 1, 86400 * 7, &seconds, NULL))
    {
      if (strstr (detail, retry_after) == NULL)
        {
          g_autofree char *longer
              = g_strdup_printf ("%s; try again in %" G_GUINT64_FORMAT " s", detail, seconds);
          g_free (detail);
          detail = g_steal_pointer (&longer);
        }
    }

  ms_error_set (&error, code, scim_type, path, "%s", detail);
  if (second_step != NULL)
    {
      g_autoptr (GString) details = g_string_new ("{\"secondStep\":");
      ms_json_append_string (details, second_step);
      g_string_append_c (details, '}');
      ms_error_set_details (error, details->str);
    }
  return error;
}
