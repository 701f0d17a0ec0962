/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Two ways to be filled: from the rows of the remote list, or, where there are too
 * many, from /api/v1/ranges; then no row of the remote list is ever asked for, only its length.
 */
#include "config.h"

#include "ms-node-list.h"
#include "ms-remote-list.h"

#define REFRESH_DELAY_MS 200

struct _MsNodeList
{
  GObject parent_instance;

  /* Owned */
  MsServer     *server;
  MsRemoteList *remote;
  MsResource   *owner; /* whose children they are, where that may still be a placeholder */
  GPtrArray    *nodes; /* of MsNode */
  GCancellable *cancellable;
  char         *filter;
  char         *link; /* attribute by which they belong to the owner */
  guint         refresh_source;

  MsNodeKind kind;
  guint      start;
  guint      count;
  gboolean   is_range;
  gboolean   asked;
  gboolean   started;
  gboolean   split; /* shows ranges */
};

static void ms_node_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MsNodeList,
                               ms_node_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, ms_node_list_model_init))

static const char *
get_type_name (MsNodeList *self)
{
  return ms_node_kind_get_type_name (self->kind);
}

static const char *
get_sort (MsNodeList *self)
{
  switch (self->kind)
    {
    case MS_NODE_USER:
      return "userName";
    case MS_NODE_MAILING_LIST:
      return "displayName";
    default:
      return "name";
    }
}

/* Takes @fresh over; tells the listeners only about the stretch in which it differs. */
static void
replace_nodes (MsNodeList *self, GPtrArray *fresh)
{
  guint before = self->nodes->len;
  guint after = fresh->len;
  guint head = 0;
  guint tail = 0;

  while (head < MIN (before, after) && self->nodes->pdata[head] == fresh->pdata[head])
    head++;
  while (tail < MIN (before, after) - head
         && self->nodes->pdata[before - 1 - tail] == fresh->pdata[after - 1 - tail])
    tail++;
  g_ptr_array_unref (self->nodes);
  self->nodes = fresh;
  if (before - head - tail > 0 || after - head - tail > 0)
    g_list_model_items_changed (
        G_LIST_MODEL (self), head, before - head - tail, after - head - tail);
}

/* The nodes there are, by the id of their object and by the object itself. */
static GHashTable *
index_nodes (MsNodeList *self)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);

  for (guint i = 0; i < self->nodes->len; i++)
    {
      MsNode     *node = g_ptr_array_index (self->nodes, i);
      MsResource *resource = ms_node_get_resource (node);

      if (resource != NULL && ms_resource_is_loaded (resource))
        g_hash_table_insert (index, g_strdup (ms_resource_get_id (resource)), g_object_ref (node));
    }
  return index;
}

static MsNode *
find_node (MsNodeList *self, GHashTable *by_id, GHashTable *by_resource, MsResource *resource)
{
  MsNode *node = g_hash_table_lookup (by_resource, resource);

  if (node == NULL && ms_resource_is_loaded (resource))
    node = g_hash_table_lookup (by_id, ms_resource_get_id (resource));
  if (node == NULL)
    return ms_node_new_object (self->server, self->kind, resource);
  ms_node_set_resource (node, resource);
  return g_object_ref (node);
}

static void
fill_from_rows (MsNodeList *self)
{
  g_autoptr (GHashTable) by_id = index_nodes (self);
  /* With the objects: a node that takes another one lets its old one go, and the next new object
   * may be made in the very same place. */
  g_autoptr (GHashTable) by_resource = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  GPtrArray *fresh = g_ptr_array_new_with_free_func (g_object_unref);
  guint      n = g_list_model_get_n_items (G_LIST_MODEL (self->remote));

  for (guint i = 0; i < self->nodes->len; i++)
    if (ms_node_get_resource (self->nodes->pdata[i]) != NULL)
      g_hash_table_insert (by_resource,
                           g_object_ref (ms_node_get_resource (self->nodes->pdata[i])),
                           self->nodes->pdata[i]);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MsResource) resource = g_list_model_get_item (G_LIST_MODEL (self->remote), i);

      if (resource != NULL)
        g_ptr_array_add (fresh, find_node (self, by_id, by_resource, resource));
    }
  replace_nodes (self, fresh);
}

static MsNode *
find_range (MsNodeList *self, JsonObject *range, guint count)
{
  guint       start = (guint) json_object_get_int_member_with_default (range, "start", 0);
  const char *from = json_object_get_string_member_with_default (range, "from", "");
  const char *to = json_object_get_string_member_with_default (range, "to", "");

  for (guint i = 0; i < self->nodes->len; i++)
    {
      MsNode *node = g_ptr_array_index (self->nodes, i);

      if (ms_node_get_kind (node) == MS_NODE_RANGE && ms_node_get_start (node) == start)
        {
          ms_node_set_range (node, count, from, to);
          return g_object_ref (node);
        }
    }
  return ms_node_new_range (
      self->server, get_type_name (self), self->filter, start, count, from, to);
}

static void
fill_from_ranges (MsNodeList *self, JsonObject *answer)
{
  JsonArray *ranges = json_object_has_member (answer, "ranges")
                          ? json_object_get_array_member (answer, "ranges")
                          : NULL;
  guint      total = (guint) json_object_get_int_member_with_default (answer, "total", 0);
  guint      n = ranges != NULL ? json_array_get_length (ranges) : 0;
  GPtrArray *fresh = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n; i++)
    {
      JsonObject *range = json_array_get_object_element (ranges, i);
      guint       start = (guint) json_object_get_int_member_with_default (range, "start", 0);
      guint       end = total;

      if (i + 1 < n)
        end = (guint) json_object_get_int_member_with_default (
            json_array_get_object_element (ranges, i + 1), "start", total);
      g_ptr_array_add (fresh, find_range (self, range, end > start ? end - start : 0));
    }
  replace_nodes (self, fresh);
}

static void
on_ranges_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsNodeList) self = MS_NODE_LIST (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  /* What is shown stays; the connection's state says why nothing new came. */
  if (reply == NULL || reply->json == NULL || !self->split)
    return;
  fill_from_ranges (self, json_node_get_object (reply->json));
}

static void
ask_ranges (MsNodeList *self)
{
  g_autoptr (GString) path = g_string_new ("/api/v1/ranges?");

  g_string_append_printf (
      path, "type=%s&step=%d&sortBy=%s", get_type_name (self), MS_NODE_LIST_MAX, get_sort (self));
  if (self->filter != NULL)
    {
      g_autofree char *escaped = g_uri_escape_string (self->filter, NULL, FALSE);

      g_string_append_printf (path, "&filter=%s", escaped);
    }
  ms_connection_request_async (ms_server_get_connection (self->server),
                               "GET",
                               path->str,
                               NULL,
                               NULL,
                               self->cancellable,
                               on_ranges_done_cb,
                               g_object_ref (self));
}

static void
update (MsNodeList *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->remote));

  self->split = !self->is_range && n > MS_NODE_LIST_MAX;
  if (self->split)
    ask_ranges (self);
  else
    fill_from_rows (self);
}

static gboolean
on_refresh_timeout_cb (gpointer user_data)
{
  MsNodeList *self = MS_NODE_LIST (user_data);

  self->refresh_source = 0;
  if (self->split)
    ask_ranges (self);
  else
    ms_remote_list_reload (self->remote);
  return G_SOURCE_REMOVE;
}

static void
queue_refresh (MsNodeList *self)
{
  if (self->refresh_source == 0)
    self->refresh_source = g_timeout_add (REFRESH_DELAY_MS, on_refresh_timeout_cb, self);
}

static gboolean
touches (JsonObject *change_set, const char *type_name)
{
  JsonNode  *node = json_object_get_member (change_set, "changes");
  JsonArray *changes
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = changes != NULL ? json_array_get_length (changes) : 0;

  if (json_object_get_boolean_member_with_default (change_set, "truncated", FALSE))
    return TRUE;
  for (guint i = 0; i < n; i++)
    if (g_strcmp0 (json_object_get_string_member_with_default (
                       json_array_get_object_element (changes, i), "type", ""),
                   type_name)
        == 0)
      return TRUE;
  return FALSE;
}

/* The counts of mail groups change with mailboxes, and ranges with any name; the list itself cannot
 * know. */
static void
on_change_cb (MsConnection *connection, JsonObject *change_set, gpointer user_data)
{
  MsNodeList *self = MS_NODE_LIST (user_data);

  if ((self->kind == MS_NODE_MAIL_GROUP && touches (change_set, "Mailbox"))
      || (self->split && touches (change_set, get_type_name (self))))
    queue_refresh (self);
}

static void
on_remote_items_changed_cb (
    GListModel *model, guint position, guint removed, guint added, gpointer user_data)
{
  update (MS_NODE_LIST (user_data));
}

static void
start (MsNodeList *self)
{
  MsConnection *connection = ms_server_get_connection (self->server);

  if (self->owner != NULL && !ms_resource_is_loaded (self->owner))
    return;
  self->started = TRUE;
  if (self->owner != NULL)
    self->filter = g_strdup_printf ("%s eq \"%s\"", self->link, ms_resource_get_id (self->owner));
  self->remote
      = ms_remote_list_new (connection, get_type_name (self), self->filter, get_sort (self));
  if (self->is_range)
    ms_remote_list_set_range (self->remote, self->start, self->count);
  g_signal_connect_object (
      self->remote, "items-changed", G_CALLBACK (on_remote_items_changed_cb), self, 0);
  g_signal_connect_object (connection, "change", G_CALLBACK (on_change_cb), self, 0);
  update (self);
}

/* Somebody asked for the children before their owner was known. */
static void
on_owner_changed_cb (MsResource *owner, gpointer user_data)
{
  MsNodeList *self = MS_NODE_LIST (user_data);

  if (self->asked && !self->started)
    start (self);
}

static GType
get_item_type (GListModel *list)
{
  return MS_TYPE_NODE;
}

static guint
get_n_items (GListModel *list)
{
  MsNodeList *self = MS_NODE_LIST (list);

  self->asked = TRUE;
  if (!self->started)
    start (self);
  return self->nodes->len;
}

static gpointer
get_item (GListModel *list, guint position)
{
  MsNodeList *self = MS_NODE_LIST (list);

  return position < self->nodes->len ? g_object_ref (self->nodes->pdata[position]) : NULL;
}

static void
ms_node_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
ms_node_list_dispose (GObject *object)
{
  MsNodeList *self = MS_NODE_LIST (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->refresh_source, g_source_remove);
  g_clear_object (&self->remote);
  g_clear_object (&self->owner);
  g_clear_object (&self->server);
  G_OBJECT_CLASS (ms_node_list_parent_class)->dispose (object);
}

static void
ms_node_list_finalize (GObject *object)
{
  MsNodeList *self = MS_NODE_LIST (object);

  g_clear_object (&self->cancellable);
  g_ptr_array_unref (self->nodes);
  g_free (self->filter);
  g_free (self->link);
  G_OBJECT_CLASS (ms_node_list_parent_class)->finalize (object);
}

static void
ms_node_list_class_init (MsNodeListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ms_node_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = ms_node_list_finalize;
}

static void
ms_node_list_init (MsNodeList *self)
{
  self->nodes = g_ptr_array_new_with_free_func (g_object_unref);
  self->cancellable = g_cancellable_new ();
}

MsNodeList *
ms_node_list_new (MsServer *server, MsNodeKind kind, const char *filter)
{
  MsNodeList *self;

  g_return_val_if_fail (MS_IS_SERVER (server), NULL);

  self = g_object_new (MS_TYPE_NODE_LIST, NULL);
  self->server = g_object_ref (server);
  self->kind = kind;
  self->filter = g_strdup (filter);
  return self;
}

MsNodeList *
ms_node_list_new_below (MsServer *server, MsNodeKind kind, const char *link, MsResource *owner)
{
  MsNodeList *self = ms_node_list_new (server, kind, NULL);

  self->link = g_strdup (link);
  self->owner = g_object_ref (owner);
  g_signal_connect_object (owner, "changed", G_CALLBACK (on_owner_changed_cb), self, 0);
  return self;
}

MsNodeList *
ms_node_list_new_range (
    MsServer *server, MsNodeKind kind, const char *filter, guint first, guint count)
{
  MsNodeList *self = ms_node_list_new (server, kind, filter);

  self->is_range = TRUE;
  self->start = first;
  self->count = count;
  return self;
}

void
ms_node_list_set_range (MsNodeList *self, guint first, guint count)
{
  g_return_if_fail (MS_IS_NODE_LIST (self));
  g_return_if_fail (self->is_range);

  self->start = first;
  self->count = count;
  if (self->remote != NULL)
    ms_remote_list_set_range (self->remote, first, count);
}
