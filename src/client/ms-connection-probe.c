/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Looks at a server's certificate: a TLS handshake, and not one byte of HTTP. What the fingerprint
 * question is about must come from the server itself, and nothing of ours may reach it before the
 * answer.
 */
#include "config.h"
#include "ms-connection-private.h"

#include "ms-fingerprint.h"
#include "ms-network-error.h"
#include "ms-text.h"

#define PROBE_TIMEOUT 20 /* seconds */

typedef struct
{
  GTlsCertificate *certificate;
  GIOStream       *tls;
} Probe;

static void
probe_free (Probe *probe)
{
  g_clear_object (&probe->certificate);
  g_clear_object (&probe->tls);
  g_free (probe);
}

void
ms_certificate_info_free (MsCertificateInfo *self)
{
  if (self == NULL)
    return;
  g_free (self->fingerprint);
  g_free (self->subject);
  g_free (self->not_after);
  g_free (self);
}

static gboolean
on_accept_certificate_cb (GTlsConnection      *tls,
                          GTlsCertificate     *certificate,
                          GTlsCertificateFlags flags,
                          gpointer             user_data)
{
  Probe *probe = user_data;

  g_set_object (&probe->certificate, certificate);
  return TRUE;
}

static void
return_cause (GTask *task, const GError *cause)
{
  MsConnection *self = g_task_get_source_object (task);

  g_task_return_error (task, ms_network_error_new (cause, self->where));
}

static MsCertificateInfo *
describe (MsConnection *self, GTlsCertificate *certificate)
{
  MsCertificateInfo *info = g_new0 (MsCertificateInfo, 1);
  g_autofree char   *subject = g_tls_certificate_get_subject_name (certificate);
  g_autoptr (GDateTime) not_after = g_tls_certificate_get_not_valid_after (certificate);

  info->fingerprint = ms_fingerprint_of_certificate (certificate);
  info->subject = subject != NULL ? ms_text_printable (subject) : g_strdup ("");
  info->not_after = not_after != NULL ? g_date_time_format_iso8601 (not_after) : g_strdup ("");
  info->trusted = ms_connection_is_trusted (self, certificate);
  return info;
}

static void
on_handshake_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Probe *probe = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  /* A server that wants something of us after its certificate has shown it all the same. */
  if (!g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error)
      && probe->certificate == NULL)
    {
      return_cause (task, error);
      return;
    }
  if (probe->certificate == NULL)
    probe->certificate
        = g_object_ref (g_tls_connection_get_peer_certificate (G_TLS_CONNECTION (source)));
  g_io_stream_close_async (probe->tls, G_PRIORITY_LOW, NULL, NULL, NULL);
  g_task_return_pointer (task,
                         describe (g_task_get_source_object (task), probe->certificate),
                         (GDestroyNotify) ms_certificate_info_free);
}

static void
on_connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  MsConnection *self = g_task_get_source_object (task);
  Probe        *probe = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection
             = g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (source), result, &error);

  if (connection != NULL)
    {
      g_autoptr (GSocketConnectable) identity = g_network_address_new (self->host, self->port);
      probe->tls = g_tls_client_connection_new (G_IO_STREAM (connection), identity, &error);
    }
  if (probe->tls == NULL)
    {
      return_cause (task, error);
      return;
    }
  g_tls_connection_set_database (G_TLS_CONNECTION (probe->tls), NULL);
  g_signal_connect (probe->tls, "accept-certificate", G_CALLBACK (on_accept_certificate_cb), probe);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (probe->tls),
                                    G_PRIORITY_DEFAULT,
                                    g_task_get_cancellable (task),
                                    on_handshake_cb,
                                    g_object_ref (task));
}

void
ms_connection_probe_async (MsConnection       *self,
                           GCancellable       *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer            user_data)
{
  g_return_if_fail (MS_IS_CONNECTION (self));

  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  g_task_set_source_tag (task, ms_connection_probe_async);
  g_task_set_task_data (task, g_new0 (Probe, 1), (GDestroyNotify) probe_free);
  if (self->url_error != NULL)
    {
      g_task_return_error (task, g_error_copy (self->url_error));
      return;
    }
  g_socket_client_set_timeout (client, PROBE_TIMEOUT);
  g_socket_client_connect_to_host_async (
      client, self->host, self->port, cancellable, on_connected_cb, g_steal_pointer (&task));
}

MsCertificateInfo *
ms_connection_probe_finish (MsConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
