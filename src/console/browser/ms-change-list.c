/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. The history only grows at its top, so a page is asked for by "before the oldest
 * that we have".
 */
#include "config.h"

#include "ms-change-list.h"

#define PAGE 100

struct _MsChange
{
  GObject parent_instance;

  /* Owned */
  JsonObject *json;
  JsonObject *details;

  gboolean undone;
};

G_DEFINE_FINAL_TYPE (MsChange, ms_change, G_TYPE_OBJECT)

static guint changed_signal;

static void
ms_change_finalize (GObject *object)
{
  MsChange *self = MS_CHANGE (object);

  g_clear_pointer (&self->json, json_object_unref);
  g_clear_pointer (&self->details, json_object_unref);
  G_OBJECT_CLASS (ms_change_parent_class)->finalize (object);
}

static void
ms_change_class_init (MsChangeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ms_change_finalize;
  changed_signal = g_signal_new (
      "changed", MS_TYPE_CHANGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_change_init (MsChange *self)
{
}

static MsChange *
ms_change_new (JsonObject *json)
{
  MsChange *self = g_object_new (MS_TYPE_CHANGE, NULL);

  self->json = json_object_ref (json);
  self->undone = json_object_get_int_member_with_default (json, "undoneBy", 0) > 0;
  return self;
}

gint64
ms_change_get_sequence (MsChange *self)
{
  g_return_val_if_fail (MS_IS_CHANGE (self), 0);

  return json_object_get_int_member_with_default (self->json, "sequence", 0);
}

JsonObject *
ms_change_get_json (MsChange *self)
{
  g_return_val_if_fail (MS_IS_CHANGE (self), NULL);

  return self->json;
}

gboolean
ms_change_is_undone (MsChange *self)
{
  g_return_val_if_fail (MS_IS_CHANGE (self), FALSE);

  return self->undone;
}

JsonObject *
ms_change_get_details (MsChange *self)
{
  g_return_val_if_fail (MS_IS_CHANGE (self), NULL);

  return self->details;
}

static void
on_details_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsChange) self = MS_CHANGE (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  /* The row can be opened again; the connection says itself when it is lost. */
  if (reply == NULL || reply->json == NULL || !JSON_NODE_HOLDS_OBJECT (reply->json))
    return;
  g_clear_pointer (&self->details, json_object_unref);
  self->details = json_object_ref (json_node_get_object (reply->json));
  g_signal_emit (self, changed_signal, 0);
}

void
ms_change_load_details (MsChange *self, MsConnection *connection)
{
  g_autofree char *path = NULL;

  g_return_if_fail (MS_IS_CHANGE (self));

  if (self->details != NULL)
    return;
  path = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT, ms_change_get_sequence (self));
  ms_connection_request_async (
      connection, "GET", path, NULL, NULL, NULL, on_details_done_cb, g_object_ref (self));
}

struct _MsChangeList
{
  GObject parent_instance;

  /* Owned */
  MsConnection *connection;
  GPtrArray    *changes; /* of MsChange, newest first */
  GCancellable *cancellable;
  GError       *error;
  char         *object_id;

  gboolean loading;
  gboolean started;
  gboolean complete;
};

static void ms_change_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MsChangeList,
                               ms_change_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, ms_change_list_model_init))

enum
{
  PROP_0,
  PROP_LOADING,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

static void
set_loading (MsChangeList *self, gboolean loading)
{
  self->loading = loading;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
}

static void
append_page (MsChangeList *self, JsonObject *answer)
{
  JsonNode  *node = json_object_get_member (answer, "changeSets");
  JsonArray *sets
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = sets != NULL ? json_array_get_length (sets) : 0;
  guint before = self->changes->len;

  self->complete = n < PAGE;
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (self->changes, ms_change_new (json_array_get_object_element (sets, i)));
  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), before, 0, n);
}

static void
on_page_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MsChangeList *self = user_data;
  GError       *error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_error_free (error);
      return;
    }
  g_clear_error (&self->error);
  if (reply == NULL)
    self->error = error;
  else if (reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json))
    append_page (self, json_node_get_object (reply->json));
  set_loading (self, FALSE);
}

static void
ask_page (MsChangeList *self)
{
  g_autoptr (GString) path = g_string_new ("/api/v1/changes?");

  if (self->loading || self->complete)
    return;
  g_string_append_printf (path, "count=%d", PAGE);
  if (self->object_id != NULL)
    g_string_append_printf (path, "&object=%s", self->object_id);
  if (self->changes->len > 0)
    g_string_append_printf (path,
                            "&before=%" G_GINT64_FORMAT,
                            ms_change_get_sequence (self->changes->pdata[self->changes->len - 1]));
  set_loading (self, TRUE);
  ms_connection_request_async (
      self->connection, "GET", path->str, NULL, NULL, self->cancellable, on_page_done_cb, self);
}

static gboolean
concerns (MsChangeList *self, JsonObject *set)
{
  JsonNode  *node = json_object_get_member (set, "changes");
  JsonArray *changes
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = changes != NULL ? json_array_get_length (changes) : 0;

  if (self->object_id == NULL)
    return TRUE;
  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (json_object_get_string_member_with_default (
                       json_array_get_object_element (changes, i), "id", ""),
                   self->object_id)
        == 0)
      return TRUE;
  return FALSE;
}

static void
mark_undone (MsChangeList *self, gint64 sequence)
{
  for (guint i = 0; i < self->changes->len; i++)
    {
      MsChange *change = g_ptr_array_index (self->changes, i);

      if (ms_change_get_sequence (change) != sequence || change->undone)
        continue;
      change->undone = TRUE;
      g_signal_emit (change, changed_signal, 0);
    }
}

static void
on_change_cb (MsConnection *connection, JsonObject *set, gpointer user_data)
{
  MsChangeList *self = MS_CHANGE_LIST (user_data);
  gint64        sequence = json_object_get_int_member_with_default (set, "sequence", 0);
  gint64        undo_of = json_object_get_int_member_with_default (set, "undoOf", 0);

  if (undo_of > 0)
    mark_undone (self, undo_of);
  if (!self->started || !concerns (self, set))
    return;
  if (self->changes->len > 0 && ms_change_get_sequence (self->changes->pdata[0]) >= sequence)
    return;
  g_ptr_array_insert (self->changes, 0, ms_change_new (set));
  g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, 1);
}

static GType
get_item_type (GListModel *list)
{
  return MS_TYPE_CHANGE;
}

static guint
get_n_items (GListModel *list)
{
  MsChangeList *self = MS_CHANGE_LIST (list);

  if (!self->started)
    {
      self->started = TRUE;
      ask_page (self);
    }
  return self->changes->len;
}

static gpointer
get_item (GListModel *list, guint position)
{
  MsChangeList *self = MS_CHANGE_LIST (list);

  if (position >= self->changes->len)
    return NULL;
  if (position + 1 == self->changes->len)
    ask_page (self);
  return g_object_ref (self->changes->pdata[position]);
}

static void
ms_change_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
ms_change_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_LOADING)
    g_value_set_boolean (value, MS_CHANGE_LIST (object)->loading);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
ms_change_list_dispose (GObject *object)
{
  MsChangeList *self = MS_CHANGE_LIST (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (ms_change_list_parent_class)->dispose (object);
}

static void
ms_change_list_finalize (GObject *object)
{
  MsChangeList *self = MS_CHANGE_LIST (object);

  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_ptr_array_unref (self->changes);
  g_free (self->object_id);
  G_OBJECT_CLASS (ms_change_list_parent_class)->finalize (object);
}

static void
ms_change_list_class_init (MsChangeListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ms_change_list_get_property;
  object_class->dispose = ms_change_list_dispose;
  object_class->finalize = ms_change_list_finalize;
  properties[PROP_LOADING] = g_param_spec_boolean (
      "loading", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ms_change_list_init (MsChangeList *self)
{
  self->changes = g_ptr_array_new_with_free_func (g_object_unref);
  self->cancellable = g_cancellable_new ();
}

MsChangeList *
ms_change_list_new (MsConnection *connection, const char *object_id)
{
  MsChangeList *self = g_object_new (MS_TYPE_CHANGE_LIST, NULL);

  self->connection = g_object_ref (connection);
  self->object_id = g_strdup (object_id);
  g_signal_connect_object (connection, "change", G_CALLBACK (on_change_cb), self, 0);
  g_signal_connect_object (
      connection, "reset", G_CALLBACK (ms_change_list_reload), self, G_CONNECT_SWAPPED);
  return self;
}

gboolean
ms_change_list_is_loading (MsChangeList *self)
{
  g_return_val_if_fail (MS_IS_CHANGE_LIST (self), FALSE);

  return self->loading;
}

const GError *
ms_change_list_get_error (MsChangeList *self)
{
  g_return_val_if_fail (MS_IS_CHANGE_LIST (self), NULL);

  return self->error;
}

void
ms_change_list_reload (MsChangeList *self)
{
  guint n;

  g_return_if_fail (MS_IS_CHANGE_LIST (self));

  n = self->changes->len;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->loading = FALSE;
  self->complete = FALSE;
  g_ptr_array_set_size (self->changes, 0);
  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n, 0);
  if (self->started)
    ask_page (self);
}
