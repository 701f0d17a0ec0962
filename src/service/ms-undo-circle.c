/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects that exchanged what only one of them can have: none of them can be put back before the
 * others. So they are put back together, in a savepoint in which what is unique is compared only at
 * its end. What waits for something that stays as it is, directly or by way of others, is left out
 * beforehand, so that a long row of renamed objects is not tried again for each of them.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-txn.h"

/**
 * Circles: what is open
 * @open: (element-type utf8 MsUndoItem): by id
 * @waits: (element-type utf8 utf8): by id: who has what it shall have
 * @out: (element-type utf8): ids of those that wait for something that stays
 * @chosen: (element-type MsUndoItem): the others, in their order
 */
typedef struct
{
  GPtrArray  *items;
  MsWrite    *write;
  GHashTable *open;
  GHashTable *waits;
  GHashTable *out;
  GPtrArray  *chosen;
} Circles;

static void
circles_init (Circles *self, GPtrArray *items, MsWrite *write)
{
  *self = (Circles){ .items = items,
                     .write = write,
                     .open = g_hash_table_new (g_str_hash, g_str_equal),
                     .waits = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free),
                     .out = g_hash_table_new (g_str_hash, g_str_equal),
                     .chosen = g_ptr_array_new () };
  for (guint i = 0; i < items->len; i++)
    {
      MsUndoItem *item = g_ptr_array_index (items, i);
      if (!item->is_settled)
        g_hash_table_insert (self->open, item->change->id, item);
    }
}

static void
circles_clear (Circles *self)
{
  g_hash_table_unref (self->open);
  g_hash_table_unref (self->waits);
  g_hash_table_unref (self->out);
  g_ptr_array_unref (self->chosen);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Circles, circles_clear)

/* Whom each of them waits for. What is settled on the way need not wait. */
static gboolean
find_holders (Circles *self, JsonArray *refused, gboolean *progress, GError **error)
{
  for (guint i = self->items->len; i > 0; i--)
    {
      MsUndoItem      *item = g_ptr_array_index (self->items, i - 1);
      g_autofree char *holder = NULL;
      gboolean         blocked = FALSE;

      if (item->is_settled || item->kind == MS_UNDO_TAKE_AWAY)
        continue;
      if (!ms_undo_item_ask_blocked (item, self->write, &blocked, error))
        return FALSE;
      if (blocked)
        continue;
      if (!ms_undo_item_try_alone (item, self->write, refused, &holder, error))
        return FALSE;
      *progress = *progress || item->is_settled;
      if (holder != NULL)
        g_hash_table_insert (self->waits, item->change->id, g_steal_pointer (&holder));
    }
  return TRUE;
}

static gboolean
is_out (Circles *self, const MsUndoItem *item)
{
  const char *holder = g_hash_table_lookup (self->waits, item->change->id);

  return g_hash_table_contains (self->out, item->change->id)
         || (holder != NULL
             && (!g_hash_table_contains (self->open, holder)
                 || g_hash_table_contains (self->out, holder)));
}

/* %FALSE: none of them waits for another of them. */
static gboolean
choose (Circles *self)
{
  gboolean more, any_waits = FALSE;

  do
    {
      more = FALSE;
      for (guint i = self->items->len; i > 0; i--)
        {
          MsUndoItem *item = g_ptr_array_index (self->items, i - 1);
          if (!item->is_settled && is_out (self, item))
            more = g_hash_table_add (self->out, item->change->id) || more;
        }
    }
  while (more);
  g_ptr_array_set_size (self->chosen, 0);
  for (guint i = 0; i < self->items->len; i++)
    {
      MsUndoItem *item = g_ptr_array_index (self->items, i);
      if (item->is_settled || is_out (self, item))
        continue;
      g_ptr_array_add (self->chosen, item);
      any_waits = any_waits || g_hash_table_contains (self->waits, item->change->id);
    }
  return any_waits;
}

static gboolean
try_chosen (MsTxn *txn, gpointer user_data, GError **error)
{
  Circles *self = user_data;
  guint    settled;

  do
    if (!ms_undo_try_all (self->chosen, self->write, NULL, &settled, error))
      return FALSE;
  while (settled > 0);
  return TRUE;
}

static void
reopen (Circles *self)
{
  for (guint i = 0; i < self->chosen->len; i++)
    {
      MsUndoItem *item = g_ptr_array_index (self->chosen, i);
      item->is_settled = FALSE;
      item->has_changed = FALSE;
    }
  g_clear_pointer (&self->write->primary_domain, g_free);
}

/* Who could not have its value after all is left out, and those that wait for it; then again. */
static gboolean
try_together (Circles *self, gboolean *progress, GError **error)
{
  while (choose (self))
    {
      g_autoptr (GError) failed = NULL;
      const char *loser, *holder;

      if (ms_undo_exchange (self->write, try_chosen, self, &failed))
        {
          for (guint i = 0; i < self->chosen->len; i++)
            *progress
                = *progress || ((MsUndoItem *) g_ptr_array_index (self->chosen, i))->is_settled;
          return TRUE;
        }
      reopen (self);
      if (!ms_undo_is_refusal (failed))
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return FALSE;
        }
      const MsUndoItem *item = ms_txn_get_conflict (self->write->txn, &loser, &holder)
                                   ? g_hash_table_lookup (self->open, loser)
                                   : NULL;
      if (item == NULL || !g_hash_table_add (self->out, item->change->id))
        return TRUE;
    }
  return TRUE;
}

/* A circle also breaks where one of them fails for another reason; that it gives up first, so that
 * the others need not give up what it has. */
static gboolean
make_way (Circles *self, JsonArray *refused, gboolean *progress, GError **error)
{
  GHashTableIter iter;
  gpointer       holder;
  g_autoptr (GHashTable) awaited = g_hash_table_new (g_str_hash, g_str_equal);

  g_hash_table_iter_init (&iter, self->waits);
  while (g_hash_table_iter_next (&iter, NULL, &holder))
    g_hash_table_add (awaited, holder);
  for (guint i = self->items->len; i > 0; i--)
    {
      MsUndoItem *item = g_ptr_array_index (self->items, i - 1);
      gboolean    blocked = FALSE;
      gboolean    lacks = FALSE;
      if (item->is_settled || item->account != NULL
          || !g_hash_table_contains (awaited, item->change->id))
        continue;
      if (!ms_undo_item_ask_blocked (item, self->write, &blocked, error)
          || !ms_undo_item_ask_target (item, self->write, &lacks, error))
        return FALSE;
      if (blocked || lacks)
        continue;
      if (!ms_undo_item_make_way (item, self->write, refused, progress, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_undo_try_circles (
    GPtrArray *items, MsWrite *write, JsonArray *refused, gboolean *progress, GError **error)
{
  g_auto (Circles) circles = { 0 };

  *progress = FALSE;
  circles_init (&circles, items, write);
  if (g_hash_table_size (circles.open) < 2)
    return TRUE;
  if (!find_holders (&circles, refused, progress, error))
    return FALSE;
  if (*progress)
    return TRUE;
  return try_together (&circles, progress, error)
         && (*progress || make_way (&circles, refused, progress, error));
}
