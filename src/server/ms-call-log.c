/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The log's line of a call. It holds nothing of a query (filters hold personal data), a header or a
 * body: of what was refused the scimType, the path at fault, where that is a name, and the reason
 * without what it quotes. What is the server's own trouble is told in full, for the answer is not.
 */
#include "ms-call.h"
#include "ms-error.h"

#include <string.h>

#define MAX_PATH 256

static void
write_line (MsHttpRequest *request, const char *actor, guint status, const char *text)
{
  g_autofree char *status_text = g_strdup_printf ("%u", status);
  const char      *sent = ms_http_request_get_method (request);
  g_autofree char *method = ms_target_dup_method_for_log (sent != NULL ? sent : "-");
  g_autofree char *path = ms_target_dup_path_for_log (ms_http_request_get_target (request));
  const char      *peer = ms_http_request_get_peer (request);

  g_log_structured (G_LOG_DOMAIN,
                    G_LOG_LEVEL_MESSAGE,
                    "MS_METHOD",
                    method,
                    "MS_PATH",
                    path,
                    "MS_STATUS",
                    status_text,
                    "MS_PEER",
                    peer,
                    "MS_ACTOR",
                    actor,
                    "MESSAGE",
                    "%s %s %s for %s at %s: %s",
                    method,
                    path,
                    status_text,
                    actor,
                    peer,
                    text);
}

void
ms_call_log_request (MsHttpRequest *request, guint status, const char *text)
{
  write_line (request, "-", status, text);
}

void
ms_call_log (MsCall *self, guint status, const char *text)
{
  const char *actor
      = self->actor != NULL && self->actor->user_name != NULL ? self->actor->user_name : "-";

  write_line (self->request, actor, status, text);
}

gboolean
ms_call_is_path (const char *text)
{
  const char *at = text + (*text == '?' ? 1 : 0);

  if ((!g_ascii_isalpha (*at) && *at != '$') || strlen (at) > MAX_PATH)
    return FALSE;
  while (*at != '\0')
    {
      gsize names = strspn (at, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_$.:");
      gsize digits = at[names] == '[' ? strspn (at + names + 1, G_CSET_DIGITS) : 0;
      at += names;
      if (digits > 0 && at[digits + 1] == ']')
        at += digits + 2;
      else if (*at != '\0')
        return FALSE;
    }
  return TRUE;
}

/* "uniqueness at userName: “…” is in use already" */
static char *
describe (const GError *error)
{
  const char *scim_type = ms_error_get_scim_type (error);
  const char *path = ms_error_get_path (error);
  const char *words = ms_error_get_words (error);
  g_autoptr (GString) out = g_string_new (scim_type != NULL ? scim_type : "refused");

  if (path != NULL && ms_call_is_path (path))
    g_string_append_printf (out, " at %s", path);
  if (words != NULL)
    g_string_append_printf (out, ": %s", words);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

void
ms_call_log_failure (MsCall *self, guint status, const GError *error)
{
  g_autofree char *text = status < 500 ? describe (error) : g_strdup (error->message);

  ms_call_log (self, status, text);
}
