/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Answers to requests that are not all there: to a body that is refused while it comes, and to who
 * takes too long.
 */
#include "ms-http-mhd-private.h"

/* The library takes no answer while a body comes in, and one given before that is followed by
 * closing the socket over what was not read, which makes the answer get lost on its way. So this
 * one goes straight into the TLS session, on which nothing else is being sent, and what is left of
 * the body is thrown away for a while (ms_http_mhd_take_pull()). */
void
ms_http_mhd_answer_midway (MsHttpRequest *self)
{
  g_autoptr (GString) message = g_string_new (NULL);
  gsize       size = 0;
  const char *body = self->answer != NULL ? g_bytes_get_data (self->answer, &size) : NULL;
  const union MHD_ConnectionInfo *info
      = MHD_get_connection_info (self->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);

  self->cut = TRUE;
  self->connection->has_ended = TRUE;
  g_clear_pointer (&self->body, g_byte_array_unref);
  if (info == NULL || info->tls_session == NULL)
    return;
  g_string_append_printf (message,
                          "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Length: %zu\r\n",
                          self->status,
                          MHD_get_reason_phrase_for (self->status),
                          size);
  if (self->content_type != NULL)
    g_string_append_printf (message, "Content-Type: %s\r\n", self->content_type);
  for (guint i = 0; self->headers != NULL && i + 1 < self->headers->len; i += 2)
    g_string_append_printf (message,
                            "%s: %s\r\n",
                            (char *) self->headers->pdata[i],
                            (char *) self->headers->pdata[i + 1]);
  g_string_append (message, "\r\n");
  g_string_append_len (message, body != NULL ? body : "", (gssize) size);
  gnutls_session_t session = info->tls_session;
  if (gnutls_record_send (session, message->str, message->len) > 0)
    (void) gnutls_bye (session, GNUTLS_SHUT_WR);
}

/* Of a request whose headers are not there nothing is known but its line. GnuTLS sends while it
 * receives (its manual, "Thread safety"). */
void
ms_http_mhd_answer_late (MsHttpConnection *connection)
{
  MsHttpRequest *self = connection->request;

  if (self == NULL || connection->has_ended || self->handled)
    return;
  if (!self->answered)
    ms_http_mhd_refuse (self,
                        408,
                        self->begun ? "The body did not come in time."
                                    : "The headers did not come in time.");
  ms_http_mhd_answer_midway (self);
}
