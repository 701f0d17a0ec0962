/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one request of a list that is in flight: what is asked, and what the answer does. A fetched
 * page fills rows in place and never changes the length of the list; only the first answer of a
 * query (take_reset) and a refresh (ms-remote-list-live.c) do, so that an answer that was overtaken
 * by a change cannot tear the list.
 */
#include "config.h"
#include "ms-remote-list-private.h"

#include "ms-json.h"

#define MAX_PAGES 32
#define RETRY_DELAY 5 /* seconds, while the connection itself is well */

static void
append_parameter (GString *query, const char *name, const char *value)
{
  if (value == NULL || *value == '\0')
    return;
  g_string_append_printf (query, "&%s=", name);
  g_string_append_uri_escaped (query, value, NULL, FALSE);
}

char *
ms_remote_list_dup_query (MsRemoteList *self)
{
  GString *query = g_string_new (NULL);

  append_parameter (query, "filter", self->filter);
  append_parameter (query, "search", self->search);
  append_parameter (query, "sortBy", self->sort_by);
  if (self->descending)
    append_parameter (query, "sortOrder", "descending");
  return g_string_free (query, FALSE);
}

char *
ms_remote_list_dup_path (
    MsRemoteList *self, const char *query, const char *attributes, guint start, guint count)
{
  g_autofree char *endpoint = ms_connection_dup_endpoint (self->connection, self->type_name);
  GString         *path = g_string_new (endpoint);

  g_string_append_printf (
      path, "?startIndex=%u&count=%u%s", self->range_start + start + 1, count, query);
  append_parameter (path, "attributes", attributes);
  return g_string_free (path, FALSE);
}

guint
ms_remote_list_limit (MsRemoteList *self, guint total)
{
  if (!self->has_range)
    return total;
  return total > self->range_start ? MIN (total - self->range_start, self->range_count) : 0;
}

/* Answers
 * ---------------------------------------------------------------------------------------------- */

typedef struct
{
  JsonArray *resources;
  guint      total;
  gboolean   has_more;
} Answer;

static gboolean
read_answer (MsReply *reply, Answer *answer, GError **error)
{
  JsonObject *object = reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json)
                           ? json_node_get_object (reply->json)
                           : NULL;
  JsonNode   *total = object != NULL ? ms_json_object_find (object, "totalResults") : NULL;
  JsonNode   *resources = object != NULL ? ms_json_object_find (object, "Resources") : NULL;

  if (total == NULL || !JSON_NODE_HOLDS_VALUE (total) || json_node_get_int (total) < 0)
    {
      ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "The server's answer is not a list");
      return FALSE;
    }
  answer->has_more = json_object_get_boolean_member_with_default (object, "atLeast", FALSE);
  answer->total = (guint) MIN (json_node_get_int (total), (gint64) G_MAXINT32);
  answer->resources = resources != NULL && JSON_NODE_HOLDS_ARRAY (resources)
                          ? json_node_get_array (resources)
                          : NULL;
  return TRUE;
}

static guint
answer_length (const Answer *answer)
{
  return answer->resources != NULL ? json_array_get_length (answer->resources) : 0;
}

static JsonObject *
answer_get (const Answer *answer, guint i)
{
  JsonNode *node = json_array_get_element (answer->resources, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static void
take_has_more (MsRemoteList *self, const Answer *answer)
{
  if (self->has_more == answer->has_more)
    return;
  self->has_more = answer->has_more;
  g_object_notify (G_OBJECT (self), "total");
}

static void
take_reset (MsRemoteList *self, const Answer *answer)
{
  guint before = self->n_items;

  ms_remote_rows_clear (self->rows);
  g_queue_clear (&self->wanted);
  g_free (self->shown_query);
  self->shown_query = ms_remote_list_dup_query (self);
  self->needs_reset = FALSE;
  self->needs_refresh = FALSE;
  self->touched_all = FALSE;
  g_hash_table_remove_all (self->touched);

  guint n_items = ms_remote_list_limit (self, answer->total);
  for (guint i = 0; i < answer_length (answer) && i < n_items; i++)
    if (answer_get (answer, i) != NULL)
      (void) ms_remote_rows_set (self->rows, i, answer_get (answer, i));
  ms_remote_rows_use_page (self->rows, 0, MAX_PAGES);

  self->n_items = n_items;
  self->has_more = answer->has_more;
  if (before > 0 || n_items > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, before, n_items);
  g_object_notify (G_OBJECT (self), "loading");
  if (before != n_items)
    g_object_notify (G_OBJECT (self), "total");
}

static void
take_page (MsRemoteList *self, guint page, const Answer *answer)
{
  guint    start = page * MS_REMOTE_PAGE;
  guint    expected = MIN (MS_REMOTE_PAGE, self->n_items - MIN (start, self->n_items));
  gboolean fits = ms_remote_list_limit (self, answer->total) == self->n_items
                  && answer_length (answer) >= expected;

  for (guint i = 0; i < answer_length (answer) && i < expected; i++)
    if (answer_get (answer, i) != NULL
        && !ms_remote_rows_set (self->rows, start + i, answer_get (answer, i)))
      g_list_model_items_changed (G_LIST_MODEL (self), start + i, 1, 1);
  ms_remote_rows_use_page (self->rows, page, MAX_PAGES);
  take_has_more (self, answer);

  if (!fits)
    ms_remote_list_mark_changed (self, NULL);
}

static void
take_refresh (MsRemoteList *self, guint page, const Answer *answer)
{
  for (guint i = 0; i < answer_length (answer); i++)
    {
      guint       position = page * MS_REMOTE_PAGE + i;
      JsonObject *json = answer_get (answer, i);

      if (json == NULL)
        continue;
      g_ptr_array_add (self->fresh, json_object_ref (json));
      g_array_append_val (self->fresh_positions, position);
    }
  self->refresh_total = answer->total;
  take_has_more (self, answer);
  ms_remote_rows_use_page (self->rows, page, MAX_PAGES);
  if (self->refresh_pages->len == 0)
    ms_remote_list_apply_refresh (self);
}

/* Requests
 * --------------------------------------------------------------------------------------------- */

static gboolean
on_retry_due_cb (gpointer user_data)
{
  MsRemoteList *self = user_data;

  self->retry_source = 0;
  ms_remote_list_reload (self);
  return G_SOURCE_REMOVE;
}

static void
fetch_failed (MsRemoteList *self, FetchKind kind, const GError *error)
{
  if (kind == FETCH_PAGE)
    g_queue_push_tail (&self->wanted, GUINT_TO_POINTER (self->fetch_page));
  if (kind == FETCH_REFRESH)
    {
      g_array_set_size (self->refresh_pages, 0);
      g_ptr_array_set_size (self->fresh, 0);
      g_array_set_size (self->fresh_positions, 0);
      self->needs_refresh = TRUE;
      self->touched_all = TRUE;
    }
  /* Where the connection is lost, its return is the time to try again. */
  if (g_error_matches (error, MS_ERROR, MS_ERROR_UNAVAILABLE) && self->retry_source == 0
      && ms_connection_get_state (self->connection) == MS_CONNECTION_ONLINE)
    self->retry_source = g_timeout_add_seconds (RETRY_DELAY, on_retry_due_cb, self);
  ms_remote_list_set_error (self, error);
}

static void
on_fetched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  Answer answer = { 0 };

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      && g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;

  g_autoptr (MsRemoteList) self = g_object_ref (user_data);
  FetchKind kind = self->fetch;
  self->fetch = FETCH_NONE;
  g_clear_object (&self->cancellable);

  /* Cancelled by the connection: it is being closed. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_error (&error);
      ms_error_set (&error, MS_ERROR_UNAVAILABLE, NULL, NULL, "The connection was closed");
    }
  if (reply == NULL || !read_answer (reply, &answer, &error))
    {
      fetch_failed (self, kind, error);
      return;
    }

  ms_remote_list_set_error (self, NULL);
  if (kind == FETCH_RESET)
    take_reset (self, &answer);
  else if (kind == FETCH_PAGE)
    take_page (self, self->fetch_page, &answer);
  else
    take_refresh (self, self->fetch_page, &answer);
  ms_remote_list_pump (self);
}

/* Of a search that finds more than it lists, the server refuses a page that goes beyond that. */
static guint
limit_page (MsRemoteList *self, FetchKind kind, guint start)
{
  guint end = self->has_range ? self->range_count : G_MAXUINT;

  if (self->search != NULL && kind != FETCH_RESET)
    end = MIN (end, self->n_items);
  return MIN (MS_REMOTE_PAGE, end - MIN (start, end));
}

static void
fetch (MsRemoteList *self, FetchKind kind, guint page)
{
  guint            start = page * MS_REMOTE_PAGE;
  guint            count = limit_page (self, kind, start);
  g_autofree char *query
      = kind == FETCH_RESET ? ms_remote_list_dup_query (self) : g_strdup (self->shown_query);
  g_autofree char *path = ms_remote_list_dup_path (self, query, NULL, start, count);

  self->fetch = kind;
  self->fetch_page = page;
  self->cancellable = g_cancellable_new ();
  ms_connection_request_async (
      self->connection, "GET", path, NULL, NULL, self->cancellable, on_fetched_cb, self);
}

void
ms_remote_list_cancel_fetch (MsRemoteList *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->fetch = FETCH_NONE;
  g_array_set_size (self->refresh_pages, 0);
  g_ptr_array_set_size (self->fresh, 0);
  g_array_set_size (self->fresh_positions, 0);
}

/* The next page worth a request: who scrolls fast leaves pages behind that nobody looks at any
 * more. */
static gboolean
pop_wanted (MsRemoteList *self, guint *page)
{
  while (!g_queue_is_empty (&self->wanted))
    {
      *page = GPOINTER_TO_UINT (g_queue_pop_head (&self->wanted));
      if (*page * MS_REMOTE_PAGE < self->n_items
          && (*page == self->latest_page || ms_remote_rows_page_is_wanted (self->rows, *page)))
        return TRUE;
    }
  return FALSE;
}

void
ms_remote_list_pump (MsRemoteList *self)
{
  guint page = 0;

  if (self->fetch != FETCH_NONE || !self->started)
    return;
  if (self->needs_reset)
    fetch (self, FETCH_RESET, 0);
  else if (self->refresh_pages->len > 0)
    {
      page = g_array_index (self->refresh_pages, guint, 0);
      g_array_remove_index (self->refresh_pages, 0);
      fetch (self, FETCH_REFRESH, page);
    }
  else if (pop_wanted (self, &page))
    fetch (self, FETCH_PAGE, page);
}
