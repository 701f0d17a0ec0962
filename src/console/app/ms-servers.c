/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. The file itself is MsServerStore's, which mailsteadctl shares.
 */
#include "config.h"

#include "ms-servers.h"

struct _MsServers
{
  GObject parent_instance;

  /* Owned */
  MsServerStore *store;
  GPtrArray     *servers;
};

static void ms_servers_list_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MsServers,
                               ms_servers,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, ms_servers_list_init))

static GType
get_item_type (GListModel *list)
{
  return MS_TYPE_SERVER;
}

static guint
get_n_items (GListModel *list)
{
  return MS_SERVERS (list)->servers->len;
}

static gpointer
get_item (GListModel *list, guint position)
{
  MsServers *self = MS_SERVERS (list);

  return position < self->servers->len ? g_object_ref (self->servers->pdata[position]) : NULL;
}

static void
ms_servers_list_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
ms_servers_finalize (GObject *object)
{
  MsServers *self = MS_SERVERS (object);

  g_clear_object (&self->store);
  g_ptr_array_unref (self->servers);
  G_OBJECT_CLASS (ms_servers_parent_class)->finalize (object);
}

static void
ms_servers_class_init (MsServersClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ms_servers_finalize;
}

static void
ms_servers_init (MsServers *self)
{
  self->servers = g_ptr_array_new_with_free_func (g_object_unref);
}

MsServers *
ms_servers_new (MsServerStore *store)
{
  MsServers *self = g_object_new (MS_TYPE_SERVERS, NULL);
  guint      n = store != NULL ? g_list_model_get_n_items (G_LIST_MODEL (store)) : 0;

  self->store = store != NULL ? g_object_ref (store) : NULL;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MsServerInfo) info = g_list_model_get_item (G_LIST_MODEL (store), i);

      g_ptr_array_add (self->servers, ms_server_new (info));
    }
  return self;
}

gboolean
ms_servers_save (MsServers *self, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVERS (self), FALSE);

  return self->store == NULL || ms_server_store_save (self->store, error);
}

gboolean
ms_servers_add (MsServers *self, MsServer *server, gboolean save, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVERS (self), FALSE);
  g_return_val_if_fail (MS_IS_SERVER (server), FALSE);

  ms_server_set_transient (server, !save);
  g_ptr_array_add (self->servers, g_object_ref (server));
  g_list_model_items_changed (G_LIST_MODEL (self), self->servers->len - 1, 0, 1);
  if (!save || self->store == NULL)
    return TRUE;
  ms_server_store_add (self->store, ms_server_get_info (server));
  return ms_servers_save (self, error);
}

gboolean
ms_servers_remove (MsServers *self, MsServer *server, GError **error)
{
  g_autoptr (MsServer) kept = NULL;
  guint position;

  g_return_val_if_fail (MS_IS_SERVERS (self), FALSE);

  if (!g_ptr_array_find (self->servers, server, &position))
    return TRUE;
  kept = g_object_ref (server);
  ms_connection_close (ms_server_get_connection (server));
  g_ptr_array_remove_index (self->servers, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
  if (self->store == NULL || ms_server_is_transient (server))
    return TRUE;
  ms_server_store_remove (self->store, ms_server_get_info (server));
  return ms_servers_save (self, error);
}

MsServer *
ms_servers_find (MsServers *self, const char *base_url, const char *user_name)
{
  g_return_val_if_fail (MS_IS_SERVERS (self), NULL);

  for (guint i = 0; i < self->servers->len; i++)
    {
      MsServer *server = g_ptr_array_index (self->servers, i);

      if (g_strcmp0 (ms_server_get_base_url (server), base_url) == 0
          && (user_name == NULL || g_strcmp0 (ms_server_get_user_name (server), user_name) == 0))
        return server;
    }
  return NULL;
}

guint
ms_servers_get_n (MsServers *self)
{
  g_return_val_if_fail (MS_IS_SERVERS (self), 0);

  return self->servers->len;
}
