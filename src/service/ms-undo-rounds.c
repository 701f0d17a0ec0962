/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects put back together. They depend on each other (a mailbox on its user, a list on its
 * entries, a name on who has it now), in no order that could be told beforehand, so they are tried
 * in rounds. Where nothing moves any more, only the least that is in the way is given up before all
 * others are tried again: relations to what never will be there first. Relations between objects
 * that do come back are put back by the one that comes last, or, where they wait for each other,
 * once all of them are there.
 */
#include "ms-undo.h"

/**
 * Step: what is tried of those that are open
 * @STEP_ALL: each, wholly or not at all
 * @STEP_LACKING: those that wait for something that is not there yet: without it
 * @STEP_READY: those that do not: their parts that cannot be are given up
 * @STEP_ONE: one of those that wait for each other, and cannot be without giving up a part
 */
typedef enum
{
  STEP_ALL,
  STEP_LACKING,
  STEP_READY,
  STEP_ONE,
} Step;

static const MsUndoHaste hastes[] = {
  [STEP_ALL] = MS_UNDO_PATIENTLY,
  [STEP_LACKING] = MS_UNDO_IN_PART,
  [STEP_READY] = MS_UNDO_AT_LAST,
  [STEP_ONE] = MS_UNDO_AT_LAST,
};

/* @its: (out): whether it is the turn of @item */
static gboolean
ask_turn (MsUndoItem *item, MsWrite *write, Step step, gboolean *its, GError **error)
{
  gboolean blocked = FALSE;
  gboolean lacks = FALSE;

  *its = FALSE;
  if (item->is_settled)
    return TRUE;
  if (!ms_undo_item_ask_blocked (item, write, &blocked, error)
      || (step != STEP_ALL && !blocked && !ms_undo_item_ask_target (item, write, &lacks, error)))
    return FALSE;
  if (blocked)
    return TRUE;
  switch (step)
    {
    case STEP_ALL:
      *its = TRUE;
      break;
    case STEP_LACKING:
      *its = lacks && item->follows == NULL;
      break;
    case STEP_READY:
      *its = !lacks;
      break;
    case STEP_ONE:
    default:
      *its = lacks && item->kind == MS_UNDO_BRING_BACK;
    }
  return TRUE;
}

static gboolean
try_step (
    GPtrArray *items, MsWrite *write, Step step, JsonArray *refused, guint *settled, GError **error)
{
  *settled = 0;
  /* What came last goes first: mailboxes before their user, groups before their parent. */
  for (guint i = items->len; i > 0 && (step != STEP_ONE || *settled == 0); i--)
    {
      MsUndoItem *item = g_ptr_array_index (items, i - 1);
      gboolean    its = FALSE;
      if (!ask_turn (item, write, step, &its, error))
        return FALSE;
      if (!its)
        continue;
      if (!(item->account != NULL ? ms_undo_account_try (
                item->account, write, hastes[step] == MS_UNDO_AT_LAST, refused, error)
                                  : ms_undo_item_try (item, write, hastes[step], refused, error)))
        return FALSE;
      *settled += item->is_settled ? 1 : 0;
      if (item->rest != NULL)
        g_ptr_array_add (items, g_steal_pointer (&item->rest));
    }
  return TRUE;
}

gboolean
ms_undo_try_all (
    GPtrArray *items, MsWrite *write, JsonArray *refused, guint *settled, GError **error)
{
  return try_step (items, write, STEP_ALL, refused, settled, error);
}

/* Relations to what is neither there nor to come back. */
static gboolean
give_up_targets (GPtrArray *items, MsWrite *write, gboolean *any, GError **error)
{
  g_autoptr (GHashTable) pending = g_hash_table_new (g_str_hash, g_str_equal);

  *any = FALSE;
  for (guint i = 0; i < items->len; i++)
    {
      const MsUndoItem *item = g_ptr_array_index (items, i);
      if (!item->is_settled && item->kind == MS_UNDO_BRING_BACK)
        g_hash_table_add (pending, item->change->id);
    }
  for (guint i = 0; i < items->len; i++)
    {
      MsUndoItem *item = g_ptr_array_index (items, i);
      gboolean    blocked = FALSE;
      if (item->is_settled)
        continue;
      if (!ms_undo_item_ask_blocked (item, write, &blocked, error)
          || (!blocked && !ms_undo_item_give_up_targets (item, write, pending, any, error)))
        return FALSE;
    }
  return TRUE;
}

/* What is left where what it belongs to is not there and never will be. */
static gboolean
refuse_blocked (GPtrArray *items, MsWrite *write, JsonArray *refused, gboolean *any, GError **error)
{
  *any = FALSE;
  for (guint i = 0; i < items->len; i++)
    {
      MsUndoItem *item = g_ptr_array_index (items, i);
      gboolean    blocked = FALSE;
      if (item->is_settled)
        continue;
      if (!ms_undo_item_ask_blocked (item, write, &blocked, error))
        return FALSE;
      if (!blocked)
        continue;
      ms_undo_refuse (refused, item->change, NULL, "What it belongs to was not restored");
      item->is_settled = TRUE;
      *any = TRUE;
    }
  return TRUE;
}

/* @progress: (out): %FALSE: all is settled */
static gboolean
do_round (GPtrArray *items, MsWrite *write, JsonArray *refused, gboolean *progress, GError **error)
{
  guint settled = 0;

  do
    if (!ms_undo_try_all (items, write, refused, &settled, error))
      return FALSE;
  while (settled > 0);
  if (!give_up_targets (items, write, progress, error))
    return FALSE;
  if (!*progress && !ms_undo_try_circles (items, write, refused, progress, error))
    return FALSE;
  for (Step step = STEP_LACKING; !*progress && step <= STEP_ONE; step++)
    {
      if (!try_step (items, write, step, refused, &settled, error))
        return FALSE;
      *progress = settled > 0;
    }
  return *progress || refuse_blocked (items, write, refused, progress, error);
}

gboolean
ms_undo_item_counts (const MsUndoItem *self)
{
  return self->has_changed && (self->follows == NULL || !self->follows->has_changed);
}

gboolean
ms_undo_run (GPtrArray *items, MsWrite *write, JsonArray *refused, gint64 *done, GError **error)
{
  gboolean progress = FALSE;

  do
    if (!do_round (items, write, refused, &progress, error))
      return FALSE;
  while (progress);
  *done = 0;
  for (guint i = 0; i < items->len; i++)
    {
      MsUndoItem *item = g_ptr_array_index (items, i);
      ms_undo_item_tell_gone (item, refused);
      *done += ms_undo_item_counts (item) ? 1 : 0;
    }
  return TRUE;
}
