/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which of the touches of one part is in force: a change set and its undo are as if neither had
 * been; and so are what a deletion did to what stayed, and the restore that took that back.
 */
#include "ms-undo-later-private.h"

gboolean
ms_undo_later_is_undone_here (MsUndoLater *self, gint64 sequence)
{
  return (self->write->undone_here != NULL
          && g_hash_table_contains (self->write->undone_here, &sequence))
         || (self->passed != NULL && g_hash_table_contains (self->passed, &sequence));
}

/**
 * Walk back: through the touches of one part, newest first
 * @there: of which change sets there are touches
 * @undone: those that a newer one has undone
 */
typedef struct
{
  MsUndoLater *later;
  GArray      *list;
  GHashTable  *there;
  GHashTable  *undone;
} WalkBack;

/* What an object regained counts where also its going is asked for. */
static gboolean
is_asked_for (const MsUndoLater *self, const MsUndoTouch *touch)
{
  return touch->sequence > self->start && (touch->gone == 0 || touch->gone > self->start);
}

/* A return and its undo may have touched different parts: what was in the bin itself at one of the
 * two times was touched by the other alone. */
static gboolean
is_of_undone_return (const MsUndoLater *self, const MsUndoTouch *touch)
{
  return self->write->undone_returns != NULL
         && g_hash_table_contains (self->write->undone_returns, &touch->sequence);
}

/* @at: (inout): of the last touch that is older than that and was not undone, plus 1; 0 = none */
static const MsUndoTouch *
find_older (WalkBack *self, guint *at)
{
  while (*at > 0)
    {
      MsUndoTouch *touch = &g_array_index (self->list, MsUndoTouch, *at - 1);

      if (!is_asked_for (self->later, touch)
          || g_hash_table_contains (self->undone, &touch->sequence)
          || ms_undo_later_is_undone_here (self->later, touch->sequence)
          || is_of_undone_return (self->later, touch))
        (*at)--;
      else if (touch->undo_of != 0 && g_hash_table_contains (self->there, &touch->undo_of))
        {
          g_hash_table_add (self->undone, &touch->undo_of);
          (*at)--;
        }
      else
        return touch;
    }
  return NULL;
}

/* Goes back to before the losses that the touch before @at mends. Where there are none, the object
 * lay in the bin itself and came back without that, so that the touch alone is as if it had not
 * been. @at: (inout). %FALSE: it did something else */
static gboolean
skip_mended (WalkBack *self, guint *at)
{
  const MsUndoTouch *mend = &g_array_index (self->list, MsUndoTouch, *at - 1);
  const guint        before = *at - 1;
  const MsUndoTouch *touch;

  *at = before;
  while ((touch = find_older (self, at)) != NULL)
    {
      if (touch->mends)
        {
          if (!skip_mended (self, at))
            break;
          continue;
        }
      if (!g_hash_table_contains (self->later->losses, &touch->sequence))
        break;
      (*at)--;
      if (g_strcmp0 (touch->before, mend->after) == 0)
        return TRUE;
    }
  *at = before;
  touch = find_older (self, at);
  return touch == NULL || g_strcmp0 (touch->after, mend->after) == 0;
}

static gboolean
is_left_out (MsUndoLater *self, const MsUndoTouch *touch, MsUndoBut but)
{
  if (but == MS_UNDO_BUT_LOSSES)
    return g_hash_table_contains (self->losses, &touch->sequence);
  return but == MS_UNDO_BUT_UNDOS && touch->undo_of != 0 && touch->undo_of <= self->start;
}

gint64
ms_undo_later_find_in_force (MsUndoLater *self, GArray *list, MsUndoBut but)
{
  g_autoptr (GHashTable) there = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GHashTable) undone = g_hash_table_new (g_int64_hash, g_int64_equal);
  WalkBack           walk = { self, list, there, undone };
  const MsUndoTouch *touch;
  guint              at = list->len;

  for (guint i = 0; i < list->len; i++)
    if (is_asked_for (self, &g_array_index (list, MsUndoTouch, i)))
      g_hash_table_add (there, &g_array_index (list, MsUndoTouch, i).sequence);
  while ((touch = find_older (&walk, &at)) != NULL)
    if (is_left_out (self, touch, but))
      at--;
    else if (!touch->mends || !skip_mended (&walk, &at))
      return touch->sequence;
  return 0;
}
