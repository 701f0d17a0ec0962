/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Everything is asynchronous: the Secret Service may be asking the person to unlock
 * a keyring.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <libsecret/secret.h>

#include "ms-password-store.h"

static const SecretSchema schema = {
  MS_APP_ID ".Server",
  SECRET_SCHEMA_NONE,
  { { "server", SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } },
};

void
ms_password_store_lookup_async (MsServerInfo       *server,
                                GCancellable       *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer            user_data)
{
  secret_password_lookup (
      &schema, cancellable, callback, user_data, "server", ms_server_info_get_id (server), NULL);
}

char *
ms_password_store_lookup_finish (GAsyncResult *result, GError **error)
{
  return secret_password_lookup_finish (result, error);
}

void
ms_password_store_free (char *password)
{
  secret_password_free (password);
}

void
ms_password_store_save_async (MsServerInfo       *server,
                              const char         *password,
                              GCancellable       *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer            user_data)
{
  g_autofree char *label = g_strdup_printf (_("Mailstead: %s at %s"),
                                               ms_server_info_get_user_name (server),
                                               ms_server_info_get_url (server));

  secret_password_store (&schema,
                         SECRET_COLLECTION_DEFAULT,
                         label,
                         password,
                         cancellable,
                         callback,
                         user_data,
                         "server",
                         ms_server_info_get_id (server),
                         NULL);
}

gboolean
ms_password_store_save_finish (GAsyncResult *result, GError **error)
{
  return secret_password_store_finish (result, error);
}

void
ms_password_store_forget (MsServerInfo *server)
{
  secret_password_clear (&schema, NULL, NULL, NULL, "server", ms_server_info_get_id (server), NULL);
}
