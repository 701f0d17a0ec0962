/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Accounts that one change set made: a user and the mailboxes made with it. Half an account is of
 * no use to anybody, so that its parts are taken away together; where one of them has to stay, all
 * stay, and each says because of which.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-error.h"
#include "ms-txn.h"

/* Joining ----------------------------------------------------------------------------------- */

/* Whose the mailbox was when it was made. (nullable) */
static const char *
find_owner (const MsChange *change)
{
  JsonArray *deltas = change->deltas != NULL && JSON_NODE_HOLDS_ARRAY (change->deltas)
                          ? json_node_get_array (change->deltas)
                          : NULL;

  for (guint i = 0; deltas != NULL && i < json_array_get_length (deltas); i++)
    {
      JsonObject *delta = json_array_get_object_element (deltas, i);
      JsonNode   *after = json_object_get_member (delta, "after");
      if (strcmp (json_object_get_string_member_with_default (delta, "path", ""), "owner") == 0
          && after != NULL && JSON_NODE_HOLDS_OBJECT (after))
        return json_object_get_string_member_with_default (
            json_node_get_object (after), "value", NULL);
    }
  return NULL;
}

static void
join (MsUndoItem *user, MsUndoItem *mailbox)
{
  if (user->made_with == NULL)
    {
      user->made_with = g_ptr_array_new ();
      user->account = user;
      g_ptr_array_add (user->made_with, user);
    }
  mailbox->account = user;
  g_ptr_array_add (user->made_with, mailbox);
}

static void
refuse_with (MsUndoItem *self, const MsUndoItem *cause, const char *reason, JsonArray *refused)
{
  g_autofree char *kind = g_ascii_strdown (cause->type->name, -1);
  g_autofree char *text = g_strdup_printf (
      "The %s “%s”, which was made with it, stays: %s", kind, cause->change->label, reason);

  ms_undo_refuse (refused, self->change, NULL, text);
  self->is_settled = TRUE;
}

/* All that could still be taken away, because of @cause. */
static void
refuse_others (MsUndoItem *user, const MsUndoItem *cause, const char *reason, JsonArray *refused)
{
  for (guint i = 0; i < user->made_with->len; i++)
    {
      MsUndoItem *part = g_ptr_array_index (user->made_with, i);
      if (part != cause && !part->is_settled)
        refuse_with (part, cause, reason, refused);
    }
}

/* (nullable) */
static const MsUndoItem *
find_kept (const MsUndoItem *user)
{
  for (guint i = 0; i < user->made_with->len; i++)
    if (((MsUndoItem *) g_ptr_array_index (user->made_with, i))->is_kept)
      return g_ptr_array_index (user->made_with, i);
  return NULL;
}

/* By id. (element-type utf8 MsUndoItem) */
static GHashTable *
collect_users (GPtrArray *items, const MsServiceTypes *types)
{
  GHashTable *users = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < items->len; i++)
    {
      MsUndoItem *item = g_ptr_array_index (items, i);
      if (item->kind == MS_UNDO_TAKE_AWAY && item->type == types->user)
        g_hash_table_insert (users, item->change->id, item);
    }
  return users;
}

void
ms_undo_join_accounts (GPtrArray *items, const MsServiceTypes *types, JsonArray *refused)
{
  g_autoptr (GHashTable) users = collect_users (items, types);

  for (guint i = 0; g_hash_table_size (users) > 0 && i < items->len; i++)
    {
      MsUndoItem *item = g_ptr_array_index (items, i);
      if (item->kind != MS_UNDO_TAKE_AWAY || item->type != types->mailbox)
        continue;
      const char *owner = find_owner (item->change);
      MsUndoItem *user = owner != NULL ? g_hash_table_lookup (users, owner) : NULL;
      if (user != NULL)
        join (user, item);
    }
  for (guint i = 0; i < items->len; i++)
    {
      MsUndoItem       *user = g_ptr_array_index (items, i);
      const MsUndoItem *kept = user->made_with != NULL ? find_kept (user) : NULL;
      if (kept != NULL)
        refuse_others (user, kept, kept->why, refused);
    }
}

/* Taking away ------------------------------------------------------------------------------- */

typedef struct
{
  MsUndoItem *user;
  MsWrite    *write;
  MsUndoItem *failed;
} Attempt;

/* Mailboxes before their user. */
static gboolean
attempt (MsTxn *txn, gpointer user_data, GError **error)
{
  Attempt *self = user_data;

  for (guint i = self->user->made_with->len; i > 0; i--)
    {
      self->failed = g_ptr_array_index (self->user->made_with, i - 1);
      if (!self->failed->is_settled && !ms_undo_item_take_away (self->failed, self->write, error))
        return FALSE;
    }
  self->failed = NULL;
  return TRUE;
}

static void
settle (MsUndoItem *user, gboolean done)
{
  for (guint i = 0; i < user->made_with->len; i++)
    {
      MsUndoItem *part = g_ptr_array_index (user->made_with, i);
      part->has_changed = part->has_changed && done;
      part->is_settled = part->is_settled || done;
    }
}

gboolean
ms_undo_account_try (
    MsUndoItem *user, MsWrite *write, gboolean final, JsonArray *refused, GError **error)
{
  g_autoptr (GError) failed = NULL;
  Attempt self = { user, write, NULL };

  if (ms_txn_savepoint (write->txn, TRUE, attempt, &self, &failed))
    {
      settle (user, TRUE);
      return TRUE;
    }
  settle (user, FALSE);
  if (!ms_undo_is_refusal (failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (!final)
    return TRUE;
  MsUndoItem *cause = self.failed != NULL ? self.failed : user;
  ms_undo_refuse (refused, cause->change, ms_error_get_path (failed), failed->message);
  cause->is_settled = TRUE;
  refuse_others (user, cause, failed->message, refused);
  return TRUE;
}
