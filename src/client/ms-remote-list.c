/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The list as a model: its rows, its properties, and what somebody who looks at it makes it ask
 * for.
 */
#include "config.h"
#include "ms-remote-list-private.h"

#define MAX_WANTED 32

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

void
ms_remote_list_set_error (MsRemoteList *self, const GError *error)
{
  if (self->error == NULL && error == NULL)
    return;
  g_clear_error (&self->error);
  self->error = error != NULL ? g_error_copy (error) : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ERROR]);
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
  ms_remote_list_cancel_fetch (self);
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

  ms_remote_list_cancel_fetch (self);
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
ms_remote_list_reload (MsRemoteList *self)
{
  g_return_if_fail (MS_IS_REMOTE_LIST (self));

  g_clear_handle_id (&self->retry_source, g_source_remove);
  ms_remote_list_set_error (self, NULL);
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
