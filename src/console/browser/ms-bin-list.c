/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. A page is asked for by the mark that came with the one before. What leaves the
 * bin is taken out in place, so that selection and scrolling stay; what comes into it is read
 * afresh, since only the server knows how long it is kept.
 */
#include "config.h"

#include "ms-bin-list.h"

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
  MsPagedList parent_instance;

  /* Owned */
  char *search;
  char *mark; /* (nullable): where the next page begins */
  guint reload_source;

  gboolean afresh; /* what comes replaces what is there */
};

G_DEFINE_FINAL_TYPE (MsBinList, ms_bin_list, MS_TYPE_PAGED_LIST)

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
  ms_paged_list_set_complete (MS_PAGED_LIST (self), self->mark == NULL);
}

static void
ms_bin_list_take_page (MsPagedList *list, JsonObject *answer)
{
  MsBinList *self = MS_BIN_LIST (list);
  GPtrArray *items = ms_paged_list_get_items (list);
  JsonNode  *node = json_object_get_member (answer, "objects");
  JsonArray *objects
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = objects != NULL ? json_array_get_length (objects) : 0;
  guint removed = self->afresh ? items->len : 0;
  guint at = items->len - removed;

  self->afresh = FALSE;
  keep_mark (self, answer);
  g_ptr_array_set_size (items, at);
  for (guint i = 0; i < n; i++)
    {
      JsonNode *object = json_array_get_element (objects, i);
      if (JSON_NODE_HOLDS_OBJECT (object))
        g_ptr_array_add (items, ms_bin_item_new (json_node_get_object (object)));
    }
  if (removed > 0 || items->len > at)
    g_list_model_items_changed (G_LIST_MODEL (self), at, removed, items->len - at);
}

static char *
ms_bin_list_dup_path (MsPagedList *list)
{
  MsBinList *self = MS_BIN_LIST (list);
  GString   *path = g_string_new ("/api/v1/bin?");

  g_string_append_printf (path, "count=%d", MS_PAGED_LIST_PAGE);
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
  return g_string_free (path, FALSE);
}

/* What is there stays until the first page comes. */
static void
ms_bin_list_restart (MsPagedList *list)
{
  MsBinList *self = MS_BIN_LIST (list);

  g_clear_handle_id (&self->reload_source, g_source_remove);
  g_clear_pointer (&self->mark, g_free);
  self->afresh = TRUE;
}

/* Live ----------------------------------------------------------------------------------------- */

static gboolean
on_reload_due_cb (gpointer user_data)
{
  MsBinList *self = user_data;

  self->reload_source = 0;
  ms_paged_list_reload (MS_PAGED_LIST (self));
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
  GPtrArray *items = ms_paged_list_get_items (MS_PAGED_LIST (self));

  for (guint i = 0; i < items->len; i++)
    if (g_str_equal (ms_bin_item_get_id (items->pdata[i]), id))
      {
        g_ptr_array_remove_index (items, i);
        g_list_model_items_changed (G_LIST_MODEL (self), i, 1, 0);
        return;
      }
}

static void
ms_bin_list_take_change (MsPagedList *list, JsonObject *set)
{
  MsBinList *self = MS_BIN_LIST (list);
  JsonNode  *node = json_object_get_member (set, "changes");
  JsonArray *changes
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (!ms_paged_list_is_started (list))
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

/* The object ----------------------------------------------------------------------------------- */

static void
ms_bin_list_dispose (GObject *object)
{
  g_clear_handle_id (&MS_BIN_LIST (object)->reload_source, g_source_remove);
  G_OBJECT_CLASS (ms_bin_list_parent_class)->dispose (object);
}

static void
ms_bin_list_finalize (GObject *object)
{
  MsBinList *self = MS_BIN_LIST (object);

  g_free (self->search);
  g_free (self->mark);
  G_OBJECT_CLASS (ms_bin_list_parent_class)->finalize (object);
}

static void
ms_bin_list_class_init (MsBinListClass *klass)
{
  GObjectClass     *object_class = G_OBJECT_CLASS (klass);
  MsPagedListClass *list_class = MS_PAGED_LIST_CLASS (klass);

  object_class->dispose = ms_bin_list_dispose;
  object_class->finalize = ms_bin_list_finalize;
  list_class->item_type = MS_TYPE_BIN_ITEM;
  list_class->dup_path = ms_bin_list_dup_path;
  list_class->take_page = ms_bin_list_take_page;
  list_class->restart = ms_bin_list_restart;
  list_class->take_change = ms_bin_list_take_change;
}

static void
ms_bin_list_init (MsBinList *self)
{
}

MsBinList *
ms_bin_list_new (MsConnection *connection, const char *search)
{
  MsBinList *self = g_object_new (MS_TYPE_BIN_LIST, NULL);

  self->search = search != NULL && *search != '\0' ? g_strdup (search) : NULL;
  ms_paged_list_set_connection (MS_PAGED_LIST (self), connection);
  return self;
}
