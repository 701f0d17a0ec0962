/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsImportRows: pages of 100, fetched when a row of them is asked for, newest wanted first, one
 * request at a time; at most 20 pages are kept. An item lives as long as its page is kept or
 * somebody holds it.
 */
#include "config.h"

#include "ms-import-rows.h"

#define PAGE 100
#define PAGES_KEPT 20

struct _MsImportRows
{
  GObject parent_instance;

  /* Owned */
  MsConnection *connection;
  GCancellable *cancellable;
  char         *id;
  char         *status;
  GHashTable   *pages;  /* page number -> GPtrArray of MsImportRowItem */
  GArray       *recent; /* page numbers, the most recently asked for last */
  GArray       *wanted; /* page numbers not fetched yet, newest last */

  guint    n_rows;
  guint    fetching_page;
  gboolean fetching;
};

static void ms_import_rows_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MsImportRows,
                               ms_import_rows,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      ms_import_rows_list_model_init))

static void fetch (MsImportRows *self);

static void
remove_number (GArray *numbers, guint number)
{
  for (guint i = 0; i < numbers->len; i++)
    if (g_array_index (numbers, guint, i) == number)
      {
        g_array_remove_index (numbers, i);
        return;
      }
}

static void
drop_old_pages (MsImportRows *self)
{
  while (self->recent->len > PAGES_KEPT)
    {
      guint oldest = g_array_index (self->recent, guint, 0);

      g_array_remove_index (self->recent, 0);
      remove_number (self->wanted, oldest);
      g_hash_table_remove (self->pages, GUINT_TO_POINTER (oldest));
    }
}

static GPtrArray *
get_page (MsImportRows *self, guint number)
{
  GPtrArray *page = g_hash_table_lookup (self->pages, GUINT_TO_POINTER (number));

  remove_number (self->recent, number);
  g_array_append_val (self->recent, number);
  if (page != NULL)
    return page;

  page = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < PAGE && number * PAGE + i < self->n_rows; i++)
    g_ptr_array_add (page, ms_import_row_item_new ());
  g_hash_table_insert (self->pages, GUINT_TO_POINTER (number), page);
  drop_old_pages (self);
  g_array_append_val (self->wanted, number);
  fetch (self);

  return page;
}

static void
fill_page (MsImportRows *self, guint number, JsonArray *rows)
{
  g_autoptr (GPtrArray) page = NULL;
  GPtrArray *kept = g_hash_table_lookup (self->pages, GUINT_TO_POINTER (number));

  if (kept == NULL)
    return;

  page = g_ptr_array_ref (kept);
  for (guint i = 0; i < page->len && i < json_array_get_length (rows); i++)
    ms_import_row_item_set_json (page->pdata[i], json_array_get_object_element (rows, i));
}

static void
on_rows_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  MsImportRows *self;
  JsonObject   *answer;
  guint         total;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  self->fetching = FALSE;
  if (reply == NULL || reply->json == NULL || !JSON_NODE_HOLDS_OBJECT (reply->json))
    {
      g_debug ("Rows of the import: %s", error != NULL ? error->message : "odd answer");
      return;
    }

  answer = json_node_get_object (reply->json);
  total = (guint) json_object_get_int_member_with_default (answer, "total", 0);
  if (total != self->n_rows)
    {
      guint before = self->n_rows;

      g_hash_table_remove_all (self->pages);
      g_array_set_size (self->recent, 0);
      g_array_set_size (self->wanted, 0);
      self->n_rows = total;
      g_list_model_items_changed (G_LIST_MODEL (self), 0, before, total);
    }
  if (json_object_has_member (answer, "rows"))
    {
      if (total > 0 && !g_hash_table_contains (self->pages, GUINT_TO_POINTER (self->fetching_page)))
        {
          (void) get_page (self, self->fetching_page);
          remove_number (self->wanted, self->fetching_page);
        }
      fill_page (self, self->fetching_page, json_object_get_array_member (answer, "rows"));
      remove_number (self->wanted, self->fetching_page);
    }
  fetch (self);
}

static void
fetch (MsImportRows *self)
{
  g_autofree char *path = NULL;

  if (self->fetching || self->wanted->len == 0 || self->id == NULL)
    return;

  self->fetching_page = g_array_index (self->wanted, guint, self->wanted->len - 1);
  g_array_set_size (self->wanted, self->wanted->len - 1);
  path = g_strdup_printf ("/api/v1/imports/%s/rows?start=%u&count=%d%s%s",
                          self->id,
                          self->fetching_page * PAGE,
                          PAGE,
                          self->status != NULL ? "&status=" : "",
                          self->status != NULL ? self->status : "");
  self->fetching = TRUE;
  ms_connection_request_async (
      self->connection, "GET", path, NULL, NULL, self->cancellable, on_rows_cb, self);
}

static GType
ms_import_rows_get_item_type (GListModel *model)
{
  return MS_TYPE_IMPORT_ROW_ITEM;
}

static guint
ms_import_rows_get_n_items (GListModel *model)
{
  return MS_IMPORT_ROWS (model)->n_rows;
}

static gpointer
ms_import_rows_get_item (GListModel *model, guint position)
{
  MsImportRows *self = MS_IMPORT_ROWS (model);
  GPtrArray    *page;

  if (position >= self->n_rows)
    return NULL;

  page = get_page (self, position / PAGE);

  return g_object_ref (page->pdata[position % PAGE]);
}

static void
ms_import_rows_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = ms_import_rows_get_item_type;
  iface->get_n_items = ms_import_rows_get_n_items;
  iface->get_item = ms_import_rows_get_item;
}

static void
ms_import_rows_dispose (GObject *object)
{
  MsImportRows *self = MS_IMPORT_ROWS (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (ms_import_rows_parent_class)->dispose (object);
}

static void
ms_import_rows_finalize (GObject *object)
{
  MsImportRows *self = MS_IMPORT_ROWS (object);

  g_free (self->id);
  g_free (self->status);
  g_hash_table_unref (self->pages);
  g_array_unref (self->recent);
  g_array_unref (self->wanted);

  G_OBJECT_CLASS (ms_import_rows_parent_class)->finalize (object);
}

static void
ms_import_rows_class_init (MsImportRowsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ms_import_rows_dispose;
  G_OBJECT_CLASS (klass)->finalize = ms_import_rows_finalize;
}

static void
ms_import_rows_init (MsImportRows *self)
{
  self->cancellable = g_cancellable_new ();
  self->pages = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
  self->recent = g_array_new (FALSE, FALSE, sizeof (guint));
  self->wanted = g_array_new (FALSE, FALSE, sizeof (guint));
}

MsImportRows *
ms_import_rows_new (MsConnection *connection)
{
  MsImportRows *self;

  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);

  self = g_object_new (MS_TYPE_IMPORT_ROWS, NULL);
  self->connection = g_object_ref (connection);

  return self;
}

void
ms_import_rows_show (MsImportRows *self, const char *id, const char *status)
{
  guint before;
  guint first = 0;

  g_return_if_fail (MS_IS_IMPORT_ROWS (self));

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->fetching = FALSE;
  g_free (self->id);
  g_free (self->status);
  self->id = g_strdup (id);
  self->status = g_strdup (status);
  g_hash_table_remove_all (self->pages);
  g_array_set_size (self->recent, 0);
  g_array_set_size (self->wanted, 0);
  before = self->n_rows;
  self->n_rows = 0;
  if (before > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, before, 0);

  if (id != NULL)
    {
      g_array_append_val (self->wanted, first);
      fetch (self);
    }
}
