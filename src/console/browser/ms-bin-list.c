/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. A page is asked for by the mark that came with the one before. What leaves the
 * bin is taken out in place, so that selection and scrolling stay; what comes into it is read
 * afresh, since only the server knows how long it is kept.
 */
#include "config.h"

#include "ms-bin-list.h"

#define PAGE 100
/* Many deletions at once are read once. */
#define RELOAD_DELAY 250

/* The item ------------------------------------------------------------------------------------- */

struct _MsBinItem
{
  GObject parent_instance;

  /* Owned */
  JsonObject *json;
};

G_DEFINE_FINAL_TYPE (MsBinItem, ms_bin_item, G_TYPE_OBJECT)

static void
ms_bin_item_finalize (GObject *object)
{
  g_clear_pointer (&MS_BIN_ITEM (object)->json, json_object_unref);
  G_OBJECT_CLASS (ms_bin_item_parent_class)->finalize (object);
}

static void
ms_bin_item_class_init (MsBinItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ms_bin_item_finalize;
}

static void
ms_bin_item_init (MsBinItem *self)
{
}

static MsBinItem *
ms_bin_item_new (JsonObject *json)
{
  MsBinItem *self = g_object_new (MS_TYPE_BIN_ITEM, NULL);

  self->json = json_object_ref (json);
  return self;
}

static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static const char *
or_empty (const char *text)
{
  return text != NULL ? text : "";
}

const char *
ms_bin_item_get_id (MsBinItem *self)
{
  return or_empty (get_text (self->json, "id"));
}

const char *
ms_bin_item_get_type_name (MsBinItem *self)
{
  return or_empty (get_text (self->json, "type"));
}

const char *
ms_bin_item_get_label (MsBinItem *self)
{
  return or_empty (get_text (self->json, "label"));
}

const char *
ms_bin_item_get_deleted (MsBinItem *self)
{
  return or_empty (get_text (self->json, "deleted"));
}

const char *
ms_bin_item_get_kept_until (MsBinItem *self)
{
  return get_text (self->json, "keptUntil");
}

const char *
ms_bin_item_get_by (MsBinItem *self)
{
  JsonNode *by = json_object_get_member (self->json, "by");

  return by != NULL && JSON_NODE_HOLDS_OBJECT (by) ? get_text (json_node_get_object (by), "name")
                                                   : NULL;
}

/* The list ------------------------------------------------------------------------------------- */

struct _MsBinList
{
  GObject parent_instance;

  /* Owned */
  MsConnection *connection;
  GPtrArray    *items; /* of MsBinItem */
  GCancellable *cancellable;
  GError       *error;
  char         *search;
  char         *mark; /* (nullable): where the next page begins */
  guint         reload_source;

  gboolean loading;
  gboolean started;
  gboolean complete;
  gboolean afresh; /* what comes replaces what is there */
};

static void ms_bin_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MsBinList,
                               ms_bin_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, ms_bin_list_model_init))

enum
{
  PROP_0,
  PROP_LOADING,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

static void
set_loading (MsBinList *self, gboolean loading)
{
  self->loading = loading;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
}

/* A mark is handed back as it came. */
static void
keep_mark (MsBinList *self, JsonObject *answer)
{
  JsonNode *next = json_object_get_member (answer, "next");

  g_clear_pointer (&self->mark, g_free);
  if (next != NULL && json_node_get_value_type (next) == G_TYPE_STRING)
    self->mark = json_node_dup_string (next);
  else if (next != NULL && json_node_get_value_type (next) == G_TYPE_INT64)
    self->mark = g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (next));
  self->complete = self->mark == NULL;
}

static void
take_page (MsBinList *self, JsonObject *answer)
{
  JsonNode  *node = json_object_get_member (answer, "objects");
  JsonArray *objects
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = objects != NULL ? json_array_get_length (objects) : 0;
  guint removed = self->afresh ? self->items->len : 0;
  guint at = self->items->len - removed;

  self->afresh = FALSE;
  keep_mark (self, answer);
  g_ptr_array_set_size (self->items, at);
  for (guint i = 0; i < n; i++)
    {
      JsonNode *object = json_array_get_element (objects, i);
      if (JSON_NODE_HOLDS_OBJECT (object))
        g_ptr_array_add (self->items, ms_bin_item_new (json_node_get_object (object)));
    }
  if (removed > 0 || self->items->len > at)
    g_list_model_items_changed (G_LIST_MODEL (self), at, removed, self->items->len - at);
}

static void
on_page_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MsBinList *self = user_data;
  GError    *error = NULL;
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
    take_page (self, json_node_get_object (reply->json));
  set_loading (self, FALSE);
}

static void
ask_page (MsBinList *self)
{
  g_autoptr (GString) path = g_string_new ("/api/v1/bin?");

  if (self->loading || self->complete)
    return;
  g_string_append_printf (path, "count=%d", PAGE);
  if (self->search != NULL)
    {
      g_string_append (path, "&search=");
      g_string_append_uri_escaped (path, self->search, NULL, FALSE);
    }
  if (self->mark != NULL)
    {
      g_string_append (path, "&before=");
      g_string_append_uri_escaped (path, self->mark, NULL, FALSE);
    }
  set_loading (self, TRUE);
  ms_connection_request_async (
      self->connection, "GET", path->str, NULL, NULL, self->cancellable, on_page_done_cb, self);
}

void
ms_bin_list_reload (MsBinList *self)
{
  g_return_if_fail (MS_IS_BIN_LIST (self));

  g_clear_handle_id (&self->reload_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_clear_pointer (&self->mark, g_free);
  self->loading = FALSE;
  self->complete = FALSE;
  self->afresh = TRUE;
  if (self->started)
    ask_page (self);
}

/* Live ----------------------------------------------------------------------------------------- */

static gboolean
on_reload_due_cb (gpointer user_data)
{
  MsBinList *self = user_data;

  self->reload_source = 0;
  ms_bin_list_reload (self);
  return G_SOURCE_REMOVE;
}

static void
reload_soon (MsBinList *self)
{
  if (self->reload_source == 0)
    self->reload_source = g_timeout_add (RELOAD_DELAY, on_reload_due_cb, self);
}

static void
remove_item (MsBinList *self, const char *id)
{
  for (guint i = 0; i < self->items->len; i++)
    if (g_str_equal (ms_bin_item_get_id (self->items->pdata[i]), id))
      {
        g_ptr_array_remove_index (self->items, i);
        g_list_model_items_changed (G_LIST_MODEL (self), i, 1, 0);
        return;
      }
}

static void
on_change_cb (MsConnection *connection, JsonObject *set, gpointer user_data)
{
  MsBinList *self = MS_BIN_LIST (user_data);
  JsonNode  *node = json_object_get_member (set, "changes");
  JsonArray *changes
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (!self->started)
    return;
  if (json_object_get_boolean_member_with_default (set, "truncated", FALSE))
    reload_soon (self);
  for (guint i = 0; changes != NULL && i < json_array_get_length (changes); i++)
    {
      JsonNode   *element = json_array_get_element (changes, i);
      JsonObject *change = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;
      const char *verb = change != NULL ? get_text (change, "verb") : NULL;
      if (g_strcmp0 (verb, "delete") == 0)
        reload_soon (self);
      else if (g_strcmp0 (verb, "restore") == 0 || g_strcmp0 (verb, "purge") == 0)
        remove_item (self, or_empty (get_text (change, "id")));
    }
}

/* The model ------------------------------------------------------------------------------------ */

static GType
get_item_type (GListModel *list)
{
  return MS_TYPE_BIN_ITEM;
}

static guint
get_n_items (GListModel *list)
{
  MsBinList *self = MS_BIN_LIST (list);

  if (!self->started)
    {
      self->started = TRUE;
      ask_page (self);
    }
  return self->items->len;
}

static gpointer
get_item (GListModel *list, guint position)
{
  MsBinList *self = MS_BIN_LIST (list);

  if (position >= self->items->len)
    return NULL;
  if (position + 1 == self->items->len)
    ask_page (self);
  return g_object_ref (self->items->pdata[position]);
}

static void
ms_bin_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
ms_bin_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_LOADING)
    g_value_set_boolean (value, MS_BIN_LIST (object)->loading);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
ms_bin_list_dispose (GObject *object)
{
  MsBinList *self = MS_BIN_LIST (object);

  g_clear_handle_id (&self->reload_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (ms_bin_list_parent_class)->dispose (object);
}

static void
ms_bin_list_finalize (GObject *object)
{
  MsBinList *self = MS_BIN_LIST (object);

  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_ptr_array_unref (self->items);
  g_free (self->search);
  g_free (self->mark);
  G_OBJECT_CLASS (ms_bin_list_parent_class)->finalize (object);
}

static void
ms_bin_list_class_init (MsBinListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ms_bin_list_get_property;
  object_class->dispose = ms_bin_list_dispose;
  object_class->finalize = ms_bin_list_finalize;
  properties[PROP_LOADING] = g_param_spec_boolean (
      "loading", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ms_bin_list_init (MsBinList *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->cancellable = g_cancellable_new ();
}

MsBinList *
ms_bin_list_new (MsConnection *connection, const char *search)
{
  MsBinList *self = g_object_new (MS_TYPE_BIN_LIST, NULL);

  self->connection = g_object_ref (connection);
  self->search = search != NULL && *search != '\0' ? g_strdup (search) : NULL;
  g_signal_connect_object (connection, "change", G_CALLBACK (on_change_cb), self, 0);
  g_signal_connect_object (
      connection, "reset", G_CALLBACK (ms_bin_list_reload), self, G_CONNECT_SWAPPED);
  return self;
}

gboolean
ms_bin_list_is_loading (MsBinList *self)
{
  g_return_val_if_fail (MS_IS_BIN_LIST (self), FALSE);

  return self->loading;
}

const GError *
ms_bin_list_get_error (MsBinList *self)
{
  g_return_val_if_fail (MS_IS_BIN_LIST (self), NULL);

  return self->error;
}

gboolean
ms_bin_list_is_complete (MsBinList *self)
{
  g_return_val_if_fail (MS_IS_BIN_LIST (self), FALSE);

  return self->complete;
}
