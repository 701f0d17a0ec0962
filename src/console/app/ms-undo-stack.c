/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Doing again is undoing the undoing: the server keeps all of it as change sets.
 */
#include "config.h"

#include "ms-undo-stack.h"

#define MAX_STEPS 200

struct _MsUndoStack
{
  GObject parent_instance;

  /* Owned */
  GPtrArray *done;
  GPtrArray *undone;
};

G_DEFINE_FINAL_TYPE (MsUndoStack, ms_undo_stack, G_TYPE_OBJECT)

static guint changed_signal;

void
ms_undo_step_free (MsUndoStep *self)
{
  g_object_unref (self->server);
  g_free (self->text);
  g_free (self->job);
  g_free (self);
}

static void
ms_undo_stack_finalize (GObject *object)
{
  MsUndoStack *self = MS_UNDO_STACK (object);

  g_ptr_array_unref (self->done);
  g_ptr_array_unref (self->undone);
  G_OBJECT_CLASS (ms_undo_stack_parent_class)->finalize (object);
}

static void
ms_undo_stack_class_init (MsUndoStackClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ms_undo_stack_finalize;
  changed_signal = g_signal_new (
      "changed", MS_TYPE_UNDO_STACK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_undo_stack_init (MsUndoStack *self)
{
  self->done = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_undo_step_free);
  self->undone = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_undo_step_free);
}

MsUndoStack *
ms_undo_stack_new (void)
{
  return g_object_new (MS_TYPE_UNDO_STACK, NULL);
}

static void
push (MsUndoStack *self, GPtrArray *steps, MsServer *server, gint64 change, const char *text)
{
  MsUndoStep *step = g_new0 (MsUndoStep, 1);

  step->server = g_object_ref (server);
  step->change = change;
  step->text = g_strdup (text);
  g_ptr_array_add (steps, step);
  if (steps->len > MAX_STEPS)
    g_ptr_array_remove_index (steps, 0);
  g_signal_emit (self, changed_signal, 0);
}

static MsUndoStep *
steal (MsUndoStack *self, GPtrArray *steps, guint index)
{
  MsUndoStep *step = g_ptr_array_steal_index (steps, index);

  g_signal_emit (self, changed_signal, 0);
  return step;
}

void
ms_undo_stack_push (MsUndoStack *self, MsServer *server, gint64 change, const char *text)
{
  g_return_if_fail (MS_IS_UNDO_STACK (self));

  g_ptr_array_set_size (self->undone, 0);
  push (self, self->done, server, change, text);
}

void
ms_undo_stack_push_import (MsUndoStack *self, MsServer *server, const char *job, const char *text)
{
  g_return_if_fail (MS_IS_UNDO_STACK (self));
  g_return_if_fail (job != NULL);

  ms_undo_stack_push (self, server, 0, text);
  ((MsUndoStep *) g_ptr_array_index (self->done, self->done->len - 1))->job = g_strdup (job);
}

void
ms_undo_stack_forget_import (MsUndoStack *self, const char *job)
{
  g_return_if_fail (MS_IS_UNDO_STACK (self));

  for (guint i = self->done->len; i > 0; i--)
    {
      MsUndoStep *step = g_ptr_array_index (self->done, i - 1);

      if (g_strcmp0 (step->job, job) == 0)
        ms_undo_step_free (steal (self, self->done, i - 1));
    }
}

void
ms_undo_stack_push_redo (MsUndoStack *self, MsServer *server, gint64 change, const char *text)
{
  g_return_if_fail (MS_IS_UNDO_STACK (self));

  push (self, self->undone, server, change, text);
}

void
ms_undo_stack_push_again (MsUndoStack *self, MsServer *server, gint64 change, const char *text)
{
  g_return_if_fail (MS_IS_UNDO_STACK (self));

  push (self, self->done, server, change, text);
}

MsUndoStep *
ms_undo_stack_pop (MsUndoStack *self)
{
  g_return_val_if_fail (MS_IS_UNDO_STACK (self), NULL);

  return self->done->len > 0 ? steal (self, self->done, self->done->len - 1) : NULL;
}

MsUndoStep *
ms_undo_stack_pop_redo (MsUndoStack *self)
{
  g_return_val_if_fail (MS_IS_UNDO_STACK (self), NULL);

  return self->undone->len > 0 ? steal (self, self->undone, self->undone->len - 1) : NULL;
}

MsUndoStep *
ms_undo_stack_take (MsUndoStack *self, MsServer *server, gint64 change)
{
  g_return_val_if_fail (MS_IS_UNDO_STACK (self), NULL);

  for (guint i = 0; i < self->done->len; i++)
    {
      MsUndoStep *step = g_ptr_array_index (self->done, i);

      if (step->server == server && step->change == change)
        return steal (self, self->done, i);
    }
  return NULL;
}

gboolean
ms_undo_stack_can_undo (MsUndoStack *self)
{
  g_return_val_if_fail (MS_IS_UNDO_STACK (self), FALSE);

  return self->done->len > 0;
}

gboolean
ms_undo_stack_can_redo (MsUndoStack *self)
{
  g_return_val_if_fail (MS_IS_UNDO_STACK (self), FALSE);

  return self->undone->len > 0;
}
