/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who took being primary from another mailbox of its owner gives it back only if that one takes it:
 * where that lies in the bin, is somebody else's by now, or is refused for any other reason, its
 * owner would be left without a primary mailbox, and mail to them with no place to go. Whether it
 * does is known only at the end. So the undo is asked then, and done once more without those.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-rules.h"
#include "ms-txn.h"

/**
 * Switch: from one mailbox to another
 * @winner: id of the one that became primary
 * @loser: id of the one that was; @label: its name
 */
typedef struct
{
  char *owner;
  char *winner;
  char *loser;
  char *label;
} Switch;

/**
 * MsUndoPrimaries:
 * @switches: (element-type Switch): whose owner has a primary mailbox before the undo
 * @kept: (element-type utf8 utf8): of winners that stay so, why
 */
struct _MsUndoPrimaries
{
  GArray     *switches;
  GHashTable *kept;
};

static void
switch_clear (gpointer data)
{
  Switch *self = data;

  g_free (self->owner);
  g_free (self->winner);
  g_free (self->loser);
  g_free (self->label);
}

MsUndoPrimaries *
ms_undo_primaries_new (void)
{
  MsUndoPrimaries *self = g_new0 (MsUndoPrimaries, 1);

  self->switches = g_array_new (FALSE, FALSE, sizeof (Switch));
  g_array_set_clear_func (self->switches, switch_clear);
  self->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
ms_undo_primaries_free (MsUndoPrimaries *self)
{
  g_array_unref (self->switches);
  g_hash_table_unref (self->kept);
  g_free (self);
}

/* What the change set did ---------------------------------------------------------------------- */

static gboolean
is_true (JsonArray *deltas, const char *path, const char *side)
{
  JsonNode *node = ms_undo_find_side (deltas, path, side);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_boolean (node);
}

/* The mailboxes of @items that the change set made primary, or made so no more. (transfer full)
 * (element-type MsUndoItem) */
static GPtrArray *
list_mailboxes (GPtrArray *items, const MsResourceType *type, gboolean won)
{
  const char *led = ms_rules_find (type)->led;
  GPtrArray  *found = g_ptr_array_new ();

  for (guint i = 0; i < items->len; i++)
    {
      MsUndoItem *item = g_ptr_array_index (items, i);
      JsonNode   *deltas = item->change->deltas;
      if (item->type != type || deltas == NULL || !JSON_NODE_HOLDS_ARRAY (deltas))
        continue;
      JsonArray *array = json_node_get_array (deltas);
      if (is_true (array, led, won ? "after" : "before")
          && !is_true (array, led, won ? "before" : "after"))
        g_ptr_array_add (found, item);
    }
  return found;
}

/**
 * Asking whose the mailbox was once: the first later change that tells of that says it.
 */
typedef struct
{
  const char *path;
  gboolean    told;
  char       *owner;
} Ask;

static void
on_change (const MsChange *change,
           gint64          sequence,
           gint64          undo_of,
           const char     *set_verb,
           gpointer        user_data)
{
  Ask       *self = user_data;
  JsonArray *deltas
      = JSON_NODE_HOLDS_ARRAY (change->deltas) ? json_node_get_array (change->deltas) : NULL;

  if (self->told || deltas == NULL
      || (change->verb != MS_CHANGE_UPDATE && change->verb != MS_CHANGE_DELETE))
    return;
  JsonNode *before = ms_undo_find_side (deltas, self->path, "before");
  JsonNode *after = ms_undo_find_side (deltas, self->path, "after");
  self->told = before != NULL || after != NULL || change->verb == MS_CHANGE_DELETE;
  self->owner = g_strdup (ms_undo_get_link_id (before));
}

/* Whose it was on one @side of the change set. @owner: (out) (transfer full) (nullable) */
static gboolean
find_owner (const MsUndoItem *item,
            MsWrite          *write,
            gint64            sequence,
            const char       *side,
            char            **owner,
            GError          **error)
{
  JsonArray  *deltas = json_node_get_array (item->change->deltas);
  const char *leader = ms_rules_find (item->type)->leader;
  Ask         ask = { leader, FALSE, NULL };

  *owner = NULL;
  if (ms_undo_find_side (deltas, leader, "before") != NULL
      || ms_undo_find_side (deltas, leader, "after") != NULL)
    {
      *owner = g_strdup (ms_undo_get_link_id (ms_undo_find_side (deltas, leader, side)));
      return TRUE;
    }
  if (!ms_txn_walk_later_changes (write->txn, item->change->id, sequence, on_change, &ask, error))
    return FALSE;
  *owner = ask.owner;
  if (ask.told)
    return TRUE;
  g_autoptr (MsObject) object = NULL;
  if (!ms_txn_look_up (write->txn, item->type, item->change->id, &object, error))
    return FALSE;
  *owner = object != NULL ? g_strdup (ms_object_get_link (object, leader)) : NULL;
  return TRUE;
}

static gboolean
ask_primary (MsWrite *write, const char *owner, gboolean *has, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) primary = ms_write_find_primary (write, owner, &failed);

  *has = primary != NULL;
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

static gboolean
add_switches (MsUndoPrimaries *self,
              MsWrite         *write,
              gint64           sequence,
              MsUndoItem      *winner,
              GPtrArray       *losers,
              GError         **error)
{
  g_autofree char *owner = NULL;
  gboolean         has = FALSE;

  if (!find_owner (winner, write, sequence, "after", &owner, error)
      || (owner != NULL && !ask_primary (write, owner, &has, error)))
    return FALSE;
  for (guint i = 0; has && i < losers->len; i++)
    {
      const MsUndoItem *loser = g_ptr_array_index (losers, i);
      g_autofree char  *whose = NULL;
      if (!find_owner (loser, write, sequence, "before", &whose, error))
        return FALSE;
      if (g_strcmp0 (whose, owner) != 0)
        continue;
      Switch one = { g_strdup (owner),
                     g_strdup (winner->change->id),
                     g_strdup (loser->change->id),
                     g_strdup (loser->change->label != NULL ? loser->change->label : "") };
      g_array_append_val (self->switches, one);
    }
  return TRUE;
}

/* What stays ----------------------------------------------------------------------------------- */

static void
hold (MsUndoItem *item, const char *why, JsonArray *refused)
{
  const MsRules *rules = ms_rules_find (item->type);

  if (item->is_settled)
    return;
  if (item->kind == MS_UNDO_TAKE_AWAY)
    {
      ms_undo_refuse (refused, item->change, NULL, why);
      item->is_settled = TRUE;
      item->is_kept = TRUE;
      item->why = g_strdup (why);
      return;
    }
  for (guint i = item->parts->len; i > 0; i--)
    {
      const MsUndoPart *part = g_ptr_array_index (item->parts, i - 1);
      const char       *path = part->attribute->path;
      if (g_strcmp0 (path, rules->led) != 0 && g_strcmp0 (path, rules->leader) != 0)
        continue;
      ms_undo_refuse (refused, item->change, path, why);
      g_ptr_array_remove_index (item->parts, i - 1);
    }
  item->is_settled = item->parts->len == 0;
}

gboolean
ms_undo_primaries_plan (MsUndoPrimaries *self,
                        MsWrite         *write,
                        gint64           sequence,
                        GPtrArray       *items,
                        JsonArray       *refused,
                        GError         **error)
{
  g_autoptr (GPtrArray) winners = list_mailboxes (items, write->types->mailbox, TRUE);
  g_autoptr (GPtrArray) losers = list_mailboxes (items, write->types->mailbox, FALSE);

  g_array_set_size (self->switches, 0);
  for (guint i = 0; losers->len > 0 && i < winners->len; i++)
    {
      MsUndoItem *winner = g_ptr_array_index (winners, i);
      const char *why = g_hash_table_lookup (self->kept, winner->change->id);
      if (why != NULL)
        hold (winner, why, refused);
      else if (!winner->is_settled && !add_switches (self, write, sequence, winner, losers, error))
        return FALSE;
    }
  return TRUE;
}

/* Whether it is primary again. Where that it came to the owner at all is undone by now, it is so to
 * the one before. */
static gboolean
ask_loser (MsWrite *write, const char *id, gboolean *is_primary, GError **error)
{
  const MsResourceType *type = write->types->mailbox;
  g_autoptr (MsObject) object = NULL;

  if (!ms_txn_look_up (write->txn, type, id, &object, error))
    return FALSE;
  *is_primary = object != NULL && ms_object_get_boolean (object, ms_rules_find (type)->led, FALSE);
  return TRUE;
}

gboolean
ms_undo_primaries_ask_kept (MsUndoPrimaries *self, MsWrite *write, gboolean *kept, GError **error)
{
  *kept = FALSE;
  for (guint i = 0; i < self->switches->len; i++)
    {
      const Switch *one = &g_array_index (self->switches, Switch, i);
      gboolean      has = FALSE;
      if (!ask_loser (write, one->loser, &has, error)
          || (!has && !ask_primary (write, one->owner, &has, error)))
        return FALSE;
      if (has)
        continue;
      g_hash_table_insert (self->kept,
                           g_strdup (one->winner),
                           g_strdup_printf ("It stays: “%s” does not become primary again, so that "
                                            "their owner would have no primary mailbox",
                                            one->label));
      *kept = TRUE;
    }
  return TRUE;
}
