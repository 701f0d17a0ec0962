/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. The history only grows at its top, so a page is asked for by "before the oldest
 * that we have".
 */
#include "config.h"

#include "ms-change-list.h"

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
  MsPagedList parent_instance;

  /* Owned */
  char *object_id;
};

G_DEFINE_FINAL_TYPE (MsChangeList, ms_change_list, MS_TYPE_PAGED_LIST)

static void
ms_change_list_take_page (MsPagedList *list, JsonObject *answer)
{
  GPtrArray *changes = ms_paged_list_get_items (list);
  JsonNode  *node = json_object_get_member (answer, "changeSets");
  JsonArray *sets
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = sets != NULL ? json_array_get_length (sets) : 0;
  guint before = changes->len;

  ms_paged_list_set_complete (list, n < MS_PAGED_LIST_PAGE);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (changes, ms_change_new (json_array_get_object_element (sets, i)));
  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (list), before, 0, n);
}

static char *
ms_change_list_dup_path (MsPagedList *list)
{
  MsChangeList *self = MS_CHANGE_LIST (list);
  GPtrArray    *changes = ms_paged_list_get_items (list);
  GString      *path = g_string_new ("/api/v1/changes?");

  g_string_append_printf (path, "count=%d", MS_PAGED_LIST_PAGE);
  if (self->object_id != NULL)
    g_string_append_printf (path, "&object=%s", self->object_id);
  if (changes->len > 0)
    g_string_append_printf (path,
                            "&before=%" G_GINT64_FORMAT,
                            ms_change_get_sequence (changes->pdata[changes->len - 1]));
  return g_string_free (path, FALSE);
}

static void
ms_change_list_restart (MsPagedList *list)
{
  GPtrArray *changes = ms_paged_list_get_items (list);
  guint      n = changes->len;

  g_ptr_array_set_size (changes, 0);
  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (list), 0, n, 0);
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
mark_undone (GPtrArray *changes, gint64 sequence)
{
  for (guint i = 0; i < changes->len; i++)
    {
      MsChange *change = g_ptr_array_index (changes, i);

      if (ms_change_get_sequence (change) != sequence || change->undone)
        continue;
      change->undone = TRUE;
      g_signal_emit (change, changed_signal, 0);
    }
}

static void
ms_change_list_take_change (MsPagedList *list, JsonObject *set)
{
  GPtrArray *changes = ms_paged_list_get_items (list);
  gint64     sequence = json_object_get_int_member_with_default (set, "sequence", 0);
  gint64     undo_of = json_object_get_int_member_with_default (set, "undoOf", 0);

  if (undo_of > 0)
    mark_undone (changes, undo_of);
  if (!ms_paged_list_is_started (list) || !concerns (MS_CHANGE_LIST (list), set))
    return;
  if (changes->len > 0 && ms_change_get_sequence (changes->pdata[0]) >= sequence)
    return;
  g_ptr_array_insert (changes, 0, ms_change_new (set));
  g_list_model_items_changed (G_LIST_MODEL (list), 0, 0, 1);
}

static void
ms_change_list_finalize (GObject *object)
{
  g_free (MS_CHANGE_LIST (object)->object_id);
  G_OBJECT_CLASS (ms_change_list_parent_class)->finalize (object);
}

static void
ms_change_list_class_init (MsChangeListClass *klass)
{
  MsPagedListClass *list_class = MS_PAGED_LIST_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ms_change_list_finalize;
  list_class->item_type = MS_TYPE_CHANGE;
  list_class->dup_path = ms_change_list_dup_path;
  list_class->take_page = ms_change_list_take_page;
  list_class->restart = ms_change_list_restart;
  list_class->take_change = ms_change_list_take_change;
}

static void
ms_change_list_init (MsChangeList *self)
{
}

MsChangeList *
ms_change_list_new (MsConnection *connection, const char *object_id)
{
  MsChangeList *self = g_object_new (MS_TYPE_CHANGE_LIST, NULL);

  self->object_id = g_strdup (object_id);
  ms_paged_list_set_connection (MS_PAGED_LIST (self), connection);
  return self;
}
