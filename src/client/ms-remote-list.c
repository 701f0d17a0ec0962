/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The list: what is asked for, and the one request in flight. A fetched page fills rows in place
 * and never changes the length of the list; only the first answer of a query
 * (ms_remote_list_take_reset) and a refresh (ms-remote-list-live.c) do, so that an answer that was
 * overtaken by a change cannot tear the list.
 */
#include "config.h"
#include "ms-remote-list-private.h"

#include "ms-json.h"

#define MAX_PAGES 32
#define MAX_WANTED 32
#define RETRY_DELAY 5 /* seconds, while the connection itself is well */

static void ms_remote_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MsRemoteList,
                               ms_remote_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, ms_remote_list_model_init))

enum
{
  PROP_LOADING = 1,
  PROP_TOTAL,
  PROP_ERROR,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

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

void
ms_remote_list_set_length (MsRemoteList *self, guint n_items)
{
  if (self->n_items == n_items)
    return;
  self->n_items = n_items;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TOTAL]);
}

static void
set_error (MsRemoteList *self, const GError *error)
{
  if (self->error == NULL && error == NULL)
    return;
  g_clear_error (&self->error);
  self->error = error != NULL ? g_error_copy (error) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ERROR]);
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
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TOTAL]);
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
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LOADING]);
  if (before != n_items)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TOTAL]);
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
  set_error (self, error);
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

  set_error (self, NULL);
  if (kind == FETCH_RESET)
    take_reset (self, &answer);
  else if (kind == FETCH_PAGE)
    take_page (self, self->fetch_page, &answer);
  else
    take_refresh (self, self->fetch_page, &answer);
  ms_remote_list_pump (self);
}

static void
fetch (MsRemoteList *self, FetchKind kind, guint page)
{
  guint            start = page * MS_REMOTE_PAGE;
  guint            count = self->has_range
                               ? MIN (MS_REMOTE_PAGE, self->range_count - MIN (start, self->range_count))
                               : MS_REMOTE_PAGE;
  g_autofree char *query
      = kind == FETCH_RESET ? ms_remote_list_dup_query (self) : g_strdup (self->shown_query);
  g_autofree char *path = ms_remote_list_dup_path (self, query, self->attributes, start, count);

  self->fetch = kind;
  self->fetch_page = page;
  self->cancellable = g_cancellable_new ();
  ms_connection_request_async (
      self->connection, "GET", path, NULL, NULL, self->cancellable, on_fetched_cb, self);
}

static void
cancel_fetch (MsRemoteList *self)
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

static void
start (MsRemoteList *self)
{
  if (self->started)
    return;
  self->started = TRUE;
  self->needs_reset = TRUE;
  ms_remote_list_listen (self);
  ms_remote_list_pump (self);
}

static void
query_changed (MsRemoteList *self)
{
  if (!self->started)
    return;
  cancel_fetch (self);
  self->needs_reset = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LOADING]);
  ms_remote_list_pump (self);
}

static void
want_page (MsRemoteList *self, guint page)
{
  self->latest_page = page;
  if (self->fetch != FETCH_NONE && self->fetch != FETCH_RESET && self->fetch_page == page)
    return;
  if (g_queue_peek_head (&self->wanted) == GUINT_TO_POINTER (page)
      && !g_queue_is_empty (&self->wanted))
    return;
  g_queue_remove (&self->wanted, GUINT_TO_POINTER (page));
  g_queue_push_head (&self->wanted, GUINT_TO_POINTER (page));
  if (g_queue_get_length (&self->wanted) > MAX_WANTED)
    g_queue_pop_tail (&self->wanted);
  ms_remote_list_pump (self);
}

/* GListModel
 * ------------------------------------------------------------------------------------------- */

static GType
ms_remote_list_get_item_type (GListModel *model)
{
  return MS_TYPE_RESOURCE;
}

static guint
ms_remote_list_get_n_items (GListModel *model)
{
  MsRemoteList *self = MS_REMOTE_LIST (model);

  start (self);
  return self->n_items;
}

static gpointer
ms_remote_list_get_item (GListModel *model, guint position)
{
  MsRemoteList *self = MS_REMOTE_LIST (model);

  start (self);
  if (position >= self->n_items)
    return NULL;
  MsResource *resource = ms_remote_rows_get (self->rows, position);
  if (!ms_remote_rows_is_known (self->rows, position) && self->error == NULL)
    want_page (self, position / MS_REMOTE_PAGE);
  return resource;
}

static void
ms_remote_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = ms_remote_list_get_item_type;
  iface->get_n_items = ms_remote_list_get_n_items;
  iface->get_item = ms_remote_list_get_item;
}

/* GObject
 * ---------------------------------------------------------------------------------------------- */

static void
ms_remote_list_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  MsRemoteList *self = MS_REMOTE_LIST (object);

  switch (id)
    {
    case PROP_LOADING:
      g_value_set_boolean (value, ms_remote_list_is_loading (self));
      break;
    case PROP_TOTAL:
      g_value_set_uint (value, self->n_items);
      break;
    case PROP_ERROR:
      g_value_set_boxed (value, self->error);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ms_remote_list_dispose (GObject *object)
{
  MsRemoteList *self = MS_REMOTE_LIST (object);

  cancel_fetch (self);
  g_clear_handle_id (&self->change_source, g_source_remove);
  g_clear_handle_id (&self->retry_source, g_source_remove);
  g_queue_clear (&self->wanted);
  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (ms_remote_list_parent_class)->dispose (object);
}

static void
ms_remote_list_finalize (GObject *object)
{
  MsRemoteList *self = MS_REMOTE_LIST (object);

  g_free (self->type_name);
  g_free (self->filter);
  g_free (self->search);
  g_free (self->sort_by);
  g_free (self->attributes);
  g_free (self->shown_query);
  g_clear_error (&self->error);
  ms_remote_rows_free (self->rows);
  g_hash_table_unref (self->touched);
  g_array_unref (self->refresh_pages);
  g_ptr_array_unref (self->fresh);
  g_array_unref (self->fresh_positions);
  G_OBJECT_CLASS (ms_remote_list_parent_class)->finalize (object);
}

static void
ms_remote_list_class_init (MsRemoteListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ms_remote_list_get_property;
  object_class->dispose = ms_remote_list_dispose;
  object_class->finalize = ms_remote_list_finalize;

  props[PROP_LOADING] = g_param_spec_boolean ("loading", NULL, NULL, FALSE, flags);
  props[PROP_TOTAL] = g_param_spec_uint ("total", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ms_remote_list_init (MsRemoteList *self)
{
  g_queue_init (&self->wanted);
  self->rows = ms_remote_rows_new ();
  self->touched = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->refresh_pages = g_array_new (FALSE, FALSE, sizeof (guint));
  self->fresh = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  self->fresh_positions = g_array_new (FALSE, FALSE, sizeof (guint));
}

MsRemoteList *
ms_remote_list_new (MsConnection *connection,
                    const char   *type_name,
                    const char   *filter,
                    const char   *sort_by)
{
  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);
  g_return_val_if_fail (type_name != NULL, NULL);

  MsRemoteList *self = g_object_new (MS_TYPE_REMOTE_LIST, NULL);

  self->connection = g_object_ref (connection);
  self->type_name = g_strdup (type_name);
  self->filter = g_strdup (filter);
  self->sort_by = g_strdup (sort_by);
  return self;
}

const char *
ms_remote_list_get_type_name (MsRemoteList *self)
{
  g_return_val_if_fail (MS_IS_REMOTE_LIST (self), NULL);
  return self->type_name;
}

MsConnection *
ms_remote_list_get_connection (MsRemoteList *self)
{
  g_return_val_if_fail (MS_IS_REMOTE_LIST (self), NULL);
  return self->connection;
}

const char *
ms_remote_list_get_filter (MsRemoteList *self)
{
  g_return_val_if_fail (MS_IS_REMOTE_LIST (self), NULL);
  return self->filter;
}

const char *
ms_remote_list_get_search (MsRemoteList *self)
{
  g_return_val_if_fail (MS_IS_REMOTE_LIST (self), NULL);
  return self->search;
}

static gboolean
replace_text (char **member, const char *text)
{
  if (g_strcmp0 (*member, text) == 0)
    return FALSE;
  g_free (*member);
  *member = g_strdup (text);
  return TRUE;
}

void
ms_remote_list_set_filter (MsRemoteList *self, const char *filter)
{
  g_return_if_fail (MS_IS_REMOTE_LIST (self));
  if (replace_text (&self->filter, filter))
    query_changed (self);
}

void
ms_remote_list_set_search (MsRemoteList *self, const char *search)
{
  g_return_if_fail (MS_IS_REMOTE_LIST (self));
  if (replace_text (&self->search, search))
    query_changed (self);
}

void
ms_remote_list_set_sort (MsRemoteList *self, const char *sort_by, gboolean descending)
{
  g_return_if_fail (MS_IS_REMOTE_LIST (self));

  gboolean turned = self->descending != !!descending;
  self->descending = !!descending;
  if (replace_text (&self->sort_by, sort_by) || turned)
    query_changed (self);
}

void
ms_remote_list_set_range (MsRemoteList *self, guint start, guint count)
{
  g_return_if_fail (MS_IS_REMOTE_LIST (self));

  if (self->has_range && self->range_start == start && self->range_count == count)
    return;
  self->has_range = TRUE;
  self->range_start = start;
  self->range_count = count;
  query_changed (self);
}

void
ms_remote_list_set_attributes (MsRemoteList *self, const char *attributes)
{
  g_return_if_fail (MS_IS_REMOTE_LIST (self));

  /* The version and the type are needed of whatever is shown. */
  g_autofree char *all = attributes != NULL ? g_strconcat (attributes, ",meta", NULL) : NULL;
  if (replace_text (&self->attributes, all))
    query_changed (self);
}

void
ms_remote_list_reload (MsRemoteList *self)
{
  g_return_if_fail (MS_IS_REMOTE_LIST (self));

  g_clear_handle_id (&self->retry_source, g_source_remove);
  set_error (self, NULL);
  if (!self->started)
    start (self);
  else if (self->needs_reset)
    ms_remote_list_pump (self);
  else
    ms_remote_list_mark_changed (self, NULL);
}

gboolean
ms_remote_list_is_loading (MsRemoteList *self)
{
  g_return_val_if_fail (MS_IS_REMOTE_LIST (self), FALSE);
  return !self->started || self->needs_reset;
}

gboolean
ms_remote_list_has_more (MsRemoteList *self)
{
  g_return_val_if_fail (MS_IS_REMOTE_LIST (self), FALSE);

  return self->has_more;
}

const GError *
ms_remote_list_get_error (MsRemoteList *self)
{
  g_return_val_if_fail (MS_IS_REMOTE_LIST (self), NULL);
  return self->error;
}

guint
ms_remote_list_find_loaded (MsRemoteList *self, const char *id)
{
  g_return_val_if_fail (MS_IS_REMOTE_LIST (self), G_MAXUINT);
  g_return_val_if_fail (id != NULL, G_MAXUINT);
  return ms_remote_rows_find (self->rows, id);
}
