/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. One request at a time; a reload cancels the one under way.
 */
#include "config.h"

#include "ms-paged-list.h"

typedef struct
{
  /* Owned */
  MsConnection *connection;
  GPtrArray    *items;
  GCancellable *cancellable;
  GError       *error;

  gboolean loading;
  gboolean started;
  gboolean complete;
} MsPagedListPrivate;

static void ms_paged_list_model_init (GListModelInterface *iface);

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (MsPagedList,
                                  ms_paged_list,
                                  G_TYPE_OBJECT,
                                  G_ADD_PRIVATE (MsPagedList)
                                      G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                             ms_paged_list_model_init))

enum
{
  PROP_0,
  PROP_LOADING,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

static MsPagedListPrivate *
get_private (gpointer self)
{
  return ms_paged_list_get_instance_private (MS_PAGED_LIST (self));
}

static void
set_loading (MsPagedList *self, gboolean loading)
{
  get_private (self)->loading = loading;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
}

static void
on_page_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_error_free (error);
      return;
    }

  MsPagedList        *self = user_data;
  MsPagedListPrivate *priv = get_private (self);
  g_clear_error (&priv->error);
  if (reply == NULL)
    priv->error = error;
  else if (reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json))
    MS_PAGED_LIST_GET_CLASS (self)->take_page (self, json_node_get_object (reply->json));
  set_loading (self, FALSE);
}

static void
ask_page (MsPagedList *self)
{
  MsPagedListPrivate *priv = get_private (self);

  if (priv->loading || priv->complete)
    return;
  g_autofree char *path = MS_PAGED_LIST_GET_CLASS (self)->dup_path (self);
  set_loading (self, TRUE);
  ms_connection_request_async (
      priv->connection, "GET", path, NULL, NULL, priv->cancellable, on_page_done_cb, self);
}

static void
on_change_cb (MsConnection *connection, JsonObject *set, gpointer user_data)
{
  MsPagedList *self = MS_PAGED_LIST (user_data);

  MS_PAGED_LIST_GET_CLASS (self)->take_change (self, set);
}

/* The model --------------------------------------------------------------------------------- */

static GType
get_item_type (GListModel *list)
{
  return MS_PAGED_LIST_GET_CLASS (MS_PAGED_LIST (list))->item_type;
}

static guint
get_n_items (GListModel *list)
{
  MsPagedListPrivate *priv = get_private (list);

  if (!priv->started)
    {
      priv->started = TRUE;
      ask_page (MS_PAGED_LIST (list));
    }
  return priv->items->len;
}

static gpointer
get_item (GListModel *list, guint position)
{
  MsPagedListPrivate *priv = get_private (list);

  if (position >= priv->items->len)
    return NULL;
  if (position + 1 == priv->items->len)
    ask_page (MS_PAGED_LIST (list));
  return g_object_ref (priv->items->pdata[position]);
}

static void
ms_paged_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* The object -------------------------------------------------------------------------------- */

static void
ms_paged_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_LOADING)
    g_value_set_boolean (value, get_private (object)->loading);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
ms_paged_list_dispose (GObject *object)
{
  MsPagedListPrivate *priv = get_private (object);

  g_cancellable_cancel (priv->cancellable);
  g_clear_object (&priv->connection);
  G_OBJECT_CLASS (ms_paged_list_parent_class)->dispose (object);
}

static void
ms_paged_list_finalize (GObject *object)
{
  MsPagedListPrivate *priv = get_private (object);

  g_clear_object (&priv->cancellable);
  g_clear_error (&priv->error);
  g_ptr_array_unref (priv->items);
  G_OBJECT_CLASS (ms_paged_list_parent_class)->finalize (object);
}

static void
ms_paged_list_class_init (MsPagedListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ms_paged_list_get_property;
  object_class->dispose = ms_paged_list_dispose;
  object_class->finalize = ms_paged_list_finalize;
  properties[PROP_LOADING] = g_param_spec_boolean (
      "loading", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ms_paged_list_init (MsPagedList *self)
{
  MsPagedListPrivate *priv = get_private (self);

  priv->items = g_ptr_array_new_with_free_func (g_object_unref);
  priv->cancellable = g_cancellable_new ();
}

void
ms_paged_list_set_connection (MsPagedList *self, MsConnection *connection)
{
  g_return_if_fail (MS_IS_PAGED_LIST (self) && get_private (self)->connection == NULL);

  get_private (self)->connection = g_object_ref (connection);
  g_signal_connect_object (connection, "change", G_CALLBACK (on_change_cb), self, 0);
  g_signal_connect_object (
      connection, "reset", G_CALLBACK (ms_paged_list_reload), self, G_CONNECT_SWAPPED);
}

GPtrArray *
ms_paged_list_get_items (MsPagedList *self)
{
  g_return_val_if_fail (MS_IS_PAGED_LIST (self), NULL);

  return get_private (self)->items;
}

void
ms_paged_list_set_complete (MsPagedList *self, gboolean complete)
{
  g_return_if_fail (MS_IS_PAGED_LIST (self));

  get_private (self)->complete = complete;
}

gboolean
ms_paged_list_is_started (MsPagedList *self)
{
  g_return_val_if_fail (MS_IS_PAGED_LIST (self), FALSE);

  return get_private (self)->started;
}

gboolean
ms_paged_list_is_loading (MsPagedList *self)
{
  g_return_val_if_fail (MS_IS_PAGED_LIST (self), FALSE);

  return get_private (self)->loading;
}

const GError *
ms_paged_list_get_error (MsPagedList *self)
{
  g_return_val_if_fail (MS_IS_PAGED_LIST (self), NULL);

  return get_private (self)->error;
}

gboolean
ms_paged_list_is_complete (MsPagedList *self)
{
  g_return_val_if_fail (MS_IS_PAGED_LIST (self), FALSE);

  return get_private (self)->complete;
}

void
ms_paged_list_reload (MsPagedList *self)
{
  g_return_if_fail (MS_IS_PAGED_LIST (self));

  MsPagedListPrivate *priv = get_private (self);
  g_cancellable_cancel (priv->cancellable);
  g_clear_object (&priv->cancellable);
  priv->cancellable = g_cancellable_new ();
  priv->loading = FALSE;
  priv->complete = FALSE;
  MS_PAGED_LIST_GET_CLASS (self)->restart (self);
  if (priv->started)
    ask_page (self);
}
