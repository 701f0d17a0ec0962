/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A hash table from position to row. It holds at most the kept pages and the rows that somebody
 * looks at, so shifting all of it for an insertion costs some ten thousand steps at most, whatever
 * the length of the list.
 */
#include "config.h"
#include "ms-remote-rows.h"

#include "ms-json.h"

typedef struct
{
  MsRemoteRows *owner;
  guint         position;
  JsonObject   *json;   /* NULL: not fetched */
  MsResource   *object; /* weak; NULL: nobody holds it */
} Row;

struct _MsRemoteRows
{
  GHashTable *rows;  /* position -> Row, owned */
  GHashTable *pages; /* page -> when it was used last */
  guint64     clock;
};

static void
on_object_gone_cb (gpointer user_data, GObject *where_the_object_was)
{
  Row          *row = user_data;
  MsRemoteRows *self = row->owner;

  row->object = NULL;
  if (row->json == NULL)
    g_hash_table_remove (self->rows, GUINT_TO_POINTER (row->position));
}

static void
row_set_object (Row *row, MsResource *object)
{
  if (row->object != NULL)
    g_object_weak_unref (G_OBJECT (row->object), on_object_gone_cb, row);
  row->object = object;
  if (object != NULL)
    g_object_weak_ref (G_OBJECT (object), on_object_gone_cb, row);
}

static void
row_free (gpointer data)
{
  Row *row = data;

  row_set_object (row, NULL);
  g_clear_pointer (&row->json, json_object_unref);
  g_free (row);
}

static const char *
json_get_id (JsonObject *json)
{
  JsonNode *node = json != NULL ? json_object_get_member (json, "id") : NULL;

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
}

static Row *
find_row (MsRemoteRows *self, guint position)
{
  return g_hash_table_lookup (self->rows, GUINT_TO_POINTER (position));
}

static Row *
ensure_row (MsRemoteRows *self, guint position)
{
  Row *row = find_row (self, position);

  if (row == NULL)
    {
      row = g_new0 (Row, 1);
      row->owner = self;
      row->position = position;
      g_hash_table_insert (self->rows, GUINT_TO_POINTER (position), row);
    }
  return row;
}

MsRemoteRows *
ms_remote_rows_new (void)
{
  MsRemoteRows *self = g_new0 (MsRemoteRows, 1);

  self->rows = g_hash_table_new_full (NULL, NULL, NULL, row_free);
  self->pages = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return self;
}

void
ms_remote_rows_free (MsRemoteRows *self)
{
  g_hash_table_unref (self->rows);
  g_hash_table_unref (self->pages);
  g_free (self);
}

void
ms_remote_rows_clear (MsRemoteRows *self)
{
  g_hash_table_remove_all (self->rows);
  g_hash_table_remove_all (self->pages);
}

MsResource *
ms_remote_rows_get (MsRemoteRows *self, guint position)
{
  Row *row = ensure_row (self, position);

  if (row->object != NULL)
    return g_object_ref (row->object);
  MsResource *object
      = row->json != NULL ? ms_resource_new (row->json) : ms_resource_new_placeholder ();
  row_set_object (row, object);
  return object;
}

gboolean
ms_remote_rows_is_known (MsRemoteRows *self, guint position)
{
  Row *row = find_row (self, position);

  return row != NULL && row->json != NULL;
}

const char *
ms_remote_rows_get_id (MsRemoteRows *self, guint position)
{
  Row *row = find_row (self, position);

  return row != NULL ? json_get_id (row->json) : NULL;
}

static gboolean
same_content (JsonObject *a, JsonObject *b)
{
  g_autoptr (JsonNode) first = json_node_init_object (json_node_alloc (), a);
  g_autoptr (JsonNode) second = json_node_init_object (json_node_alloc (), b);

  return ms_json_equal (first, second);
}

gboolean
ms_remote_rows_set (MsRemoteRows *self, guint position, JsonObject *json)
{
  Row *row = ensure_row (self, position);

  json_object_ref (json);
  g_clear_pointer (&row->json, json_object_unref);
  row->json = json;
  if (row->object == NULL)
    return TRUE;

  JsonObject *shown = ms_resource_get_json (row->object);
  if (shown != NULL && g_strcmp0 (json_get_id (shown), json_get_id (json)) != 0)
    {
      row_set_object (row, NULL);
      return FALSE;
    }
  if (shown == NULL || !same_content (shown, json))
    {
      /* Whoever listens may let go of it, or of the list. */
      g_autoptr (MsResource) object = g_object_ref (row->object);
      ms_resource_set_json (object, json);
    }
  return TRUE;
}

void
ms_remote_rows_splice (MsRemoteRows *self, guint position, guint removed, guint added)
{
  g_autoptr (GHashTable) old = self->rows;
  GHashTableIter iter;
  gpointer       value;

  self->rows = g_hash_table_new_full (NULL, NULL, NULL, row_free);
  g_hash_table_iter_init (&iter, old);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Row *row = value;
      if (row->position >= position && row->position - position < removed)
        continue;
      g_hash_table_iter_steal (&iter);
      if (row->position >= position)
        row->position = row->position - removed + added;
      g_hash_table_insert (self->rows, GUINT_TO_POINTER (row->position), row);
    }
}

static int
compare_known (gconstpointer a, gconstpointer b)
{
  const MsKnownRow *first = a, *second = b;

  return first->position < second->position ? -1 : first->position > second->position;
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  guint first = *(const guint *) a, second = *(const guint *) b;

  return first < second ? -1 : first > second;
}

GArray *
ms_remote_rows_list_known (MsRemoteRows *self)
{
  GArray        *known = g_array_new (FALSE, FALSE, sizeof (MsKnownRow));
  GHashTableIter iter;
  gpointer       value;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Row       *row = value;
      MsKnownRow entry = { row->position, json_get_id (row->json) };
      if (entry.id != NULL)
        g_array_append_val (known, entry);
    }
  g_array_sort (known, compare_known);
  return known;
}

GArray *
ms_remote_rows_list_watched_pages (MsRemoteRows *self)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  GArray        *pages = g_array_new (FALSE, FALSE, sizeof (guint));
  GHashTableIter iter;
  gpointer       value;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Row  *row = value;
      guint page = row->position / MS_REMOTE_PAGE;
      if (row->object != NULL && g_hash_table_add (seen, GUINT_TO_POINTER (page)))
        g_array_append_val (pages, page);
    }
  g_array_sort (pages, compare_numbers);
  return pages;
}

gboolean
ms_remote_rows_page_is_wanted (MsRemoteRows *self, guint page)
{
  for (guint i = 0; i < MS_REMOTE_PAGE; i++)
    {
      Row *row = find_row (self, page * MS_REMOTE_PAGE + i);
      if (row != NULL && row->object != NULL && row->json == NULL)
        return TRUE;
    }
  return FALSE;
}

static void
drop_page (MsRemoteRows *self, guint page)
{
  g_hash_table_remove (self->pages, GUINT_TO_POINTER (page));
  for (guint i = 0; i < MS_REMOTE_PAGE; i++)
    {
      Row *row = find_row (self, page * MS_REMOTE_PAGE + i);
      if (row != NULL && row->object == NULL)
        g_hash_table_remove (self->rows, GUINT_TO_POINTER (page * MS_REMOTE_PAGE + i));
    }
}

void
ms_remote_rows_use_page (MsRemoteRows *self, guint page, guint max_pages)
{
  guint64 *used = g_new (guint64, 1);

  *used = ++self->clock;
  g_hash_table_replace (self->pages, GUINT_TO_POINTER (page), used);
  while (g_hash_table_size (self->pages) > max_pages)
    {
      GHashTableIter iter;
      gpointer       key, value;
      guint          oldest = page;
      guint64        when = G_MAXUINT64;

      g_hash_table_iter_init (&iter, self->pages);
      while (g_hash_table_iter_next (&iter, &key, &value))
        if (*(guint64 *) value < when)
          {
            when = *(guint64 *) value;
            oldest = GPOINTER_TO_UINT (key);
          }
      drop_page (self, oldest);
    }
}

void
ms_remote_rows_drop_unwatched (MsRemoteRows *self)
{
  g_autoptr (GArray) watched = ms_remote_rows_list_watched_pages (self);
  g_autoptr (GHashTable) keep = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer       key, value;

  for (guint i = 0; i < watched->len; i++)
    g_hash_table_add (keep, GUINT_TO_POINTER (g_array_index (watched, guint, i)));

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!g_hash_table_contains (keep,
                                GUINT_TO_POINTER (((Row *) value)->position / MS_REMOTE_PAGE)))
      g_hash_table_iter_remove (&iter);
  g_hash_table_iter_init (&iter, self->pages);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (keep, key))
      g_hash_table_iter_remove (&iter);
}

guint
ms_remote_rows_count_pages (MsRemoteRows *self)
{
  return g_hash_table_size (self->pages);
}
