/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a list follows its server: events are gathered for a moment, then the pages that somebody
 * looks at are fetched again and the list is brought to them by as few insertions and removals as
 * can be.
 */
#include "config.h"
#include "ms-remote-list-private.h"

#include "ms-json.h"

#define GATHER_MS 150      /* of quiet before a refresh */
#define GATHER_MAX_MS 1000 /* and the longest wait where there is no quiet */

/* What a row of a type shows of objects of other types: owner, groups, counts, inherited quota. */
static const struct
{
  const char *type_name;
  const char *shows[5];
} relations[] = {
  { "User", { "User", "Mailbox", "Group", NULL } },
  { "Mailbox", { "Mailbox", "User", "MailGroup", "Domain", NULL } },
  { "MailGroup", { "MailGroup", "Mailbox", NULL } },
  { "Group", { "Group", "User", "Mailbox", "MailGroup", NULL } },
  { "Domain", { "Domain", NULL } },
  { "Template", { "Template", "MailGroup", NULL } },
};

static gboolean
shows_type (const char *type_name, const char *other)
{
  for (gsize i = 0; i < G_N_ELEMENTS (relations); i++)
    if (g_str_equal (relations[i].type_name, type_name))
      return g_strv_contains ((const char *const *) relations[i].shows, other);
  return TRUE;
}

static const char *
get_string (JsonObject *object, const char *name)
{
  JsonNode *node = ms_json_object_find (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

/* Whether the change set can be seen in this list; notes the ids of its objects. */
static gboolean
note_changes (MsRemoteList *self, JsonObject *change_set)
{
  JsonNode *node = ms_json_object_find (change_set, "changes");
  JsonNode *truncated = ms_json_object_find (change_set, "truncated");
  gboolean  relevant = FALSE;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node)
      || (truncated != NULL && JSON_NODE_HOLDS_VALUE (truncated)
          && json_node_get_boolean (truncated)))
    {
      self->touched_all = TRUE;
      return TRUE;
    }

  JsonArray *changes = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (changes); i++)
    {
      JsonNode *element = json_array_get_element (changes, i);
      if (!JSON_NODE_HOLDS_OBJECT (element))
        continue;
      const char *type = get_string (json_node_get_object (element), "type");
      const char *id = get_string (json_node_get_object (element), "id");

      if (type != NULL && !shows_type (self->type_name, type))
        continue;
      relevant = TRUE;
      if (id != NULL)
        g_hash_table_add (self->touched, g_strdup (id));
    }
  return relevant;
}

static void
begin_refresh (MsRemoteList *self)
{
  ms_remote_rows_drop_unwatched (self->rows);
  g_array_unref (self->refresh_pages);
  self->refresh_pages = ms_remote_rows_list_watched_pages (self->rows);
  /* Nobody looks: the first page says at least how many there are. */
  if (self->refresh_pages->len == 0)
    {
      guint first = 0;
      g_array_append_val (self->refresh_pages, first);
    }
  g_ptr_array_set_size (self->fresh, 0);
  g_array_set_size (self->fresh_positions, 0);
  self->needs_refresh = FALSE;
  self->changed_since = 0;
  ms_remote_list_pump (self);
}

static gboolean
on_gathered_cb (gpointer user_data)
{
  MsRemoteList *self = user_data;

  self->change_source = 0;
  /* A refresh that is under way may have read before the change: it is done first, and then again.
   */
  if (self->needs_refresh && !self->needs_reset && self->fetch != FETCH_REFRESH
      && self->refresh_pages->len == 0)
    begin_refresh (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_refresh (MsRemoteList *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->changed_since == 0)
    self->changed_since = now;
  gint64 wait = MIN (GATHER_MS, GATHER_MAX_MS - (now - self->changed_since) / 1000);
  g_clear_handle_id (&self->change_source, g_source_remove);
  self->change_source = g_timeout_add ((guint) MAX (wait, 0), on_gathered_cb, self);
}

void
ms_remote_list_mark_changed (MsRemoteList *self, JsonObject *change_set)
{
  if (!self->started || self->needs_reset)
    return;
  if (change_set == NULL)
    self->touched_all = TRUE;
  else if (!note_changes (self, change_set))
    return;
  self->needs_refresh = TRUE;
  schedule_refresh (self);
}

static void
on_change_cb (MsConnection *connection, JsonObject *change_set, gpointer user_data)
{
  ms_remote_list_mark_changed (MS_REMOTE_LIST (user_data), change_set);
}

static void
on_reset_cb (MsConnection *connection, gpointer user_data)
{
  ms_remote_list_mark_changed (MS_REMOTE_LIST (user_data), NULL);
}

static void
on_state_cb (MsConnection *connection, GParamSpec *pspec, gpointer user_data)
{
  MsRemoteList *self = MS_REMOTE_LIST (user_data);

  if (self->error != NULL && ms_connection_get_state (connection) == MS_CONNECTION_ONLINE)
    ms_remote_list_reload (self);
}

void
ms_remote_list_listen (MsRemoteList *self)
{
  g_signal_connect_object (self->connection, "change", G_CALLBACK (on_change_cb), self, 0);
  g_signal_connect_object (self->connection, "reset", G_CALLBACK (on_reset_cb), self, 0);
  g_signal_connect_object (self->connection, "notify::state", G_CALLBACK (on_state_cb), self, 0);
}

/* Puts fresh content into the rows before @end, beginning with the @next fresh one; returns the
 * next. */
static guint
fill_rows (MsRemoteList *self, guint next, guint end)
{
  while (next < self->fresh->len)
    {
      guint position = g_array_index (self->fresh_positions, guint, next);
      if (position >= end || position >= self->n_items)
        break;
      if (!ms_remote_rows_set (self->rows, position, g_ptr_array_index (self->fresh, next)))
        g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 1);
      next++;
    }
  return next;
}

static GArray *
compute_splices (MsRemoteList *self, guint n_items)
{
  g_autoptr (GArray) known = ms_remote_rows_list_known (self->rows);
  g_autoptr (GArray) seen = g_array_new (FALSE, FALSE, sizeof (MsKnownRow));

  for (guint i = 0; i < self->fresh->len; i++)
    {
      MsKnownRow row = { g_array_index (self->fresh_positions, guint, i),
                         get_string (g_ptr_array_index (self->fresh, i), "id") };
      if (row.id != NULL && row.position < n_items)
        g_array_append_val (seen, row);
    }
  return ms_remote_diff ((const MsKnownRow *) known->data,
                         known->len,
                         self->n_items,
                         (const MsKnownRow *) seen->data,
                         seen->len,
                         n_items,
                         self->touched_all ? NULL : self->touched);
}

void
ms_remote_list_apply_refresh (MsRemoteList *self)
{
  guint n_items = ms_remote_list_limit (self, self->refresh_total);
  g_autoptr (GArray) splices = compute_splices (self, n_items);
  guint next = 0;
  guint before = self->n_items;

  for (guint i = 0; i < splices->len; i++)
    {
      MsSplice splice = g_array_index (splices, MsSplice, i);

      ms_remote_rows_splice (self->rows, splice.position, splice.removed, splice.added);
      self->n_items = self->n_items - splice.removed + splice.added;
      next = fill_rows (self, next, splice.position + splice.added);
      g_list_model_items_changed (
          G_LIST_MODEL (self), splice.position, splice.removed, splice.added);
    }
  (void) fill_rows (self, next, G_MAXUINT);

  g_ptr_array_set_size (self->fresh, 0);
  g_array_set_size (self->fresh_positions, 0);
  if (before != self->n_items)
    g_object_notify (G_OBJECT (self), "total");

  if (self->needs_refresh)
    schedule_refresh (self);
  else
    {
      self->touched_all = FALSE;
      g_hash_table_remove_all (self->touched);
    }
}
