/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What this window did and can take back, newest last; and what it took back and can do again.
 */
#pragma once

#include "ms-server.h"

G_BEGIN_DECLS

#define MS_TYPE_UNDO_STACK (ms_undo_stack_get_type ())
G_DECLARE_FINAL_TYPE (MsUndoStack, ms_undo_stack, MS, UNDO_STACK, GObject)

typedef struct
{
  MsServer *server;
  gint64    change; /* the change set to be undone; 0 for an import */
  char     *job;    /* (nullable): the import to be undone, all its change sets at once */
  char     *text;   /* what it did */
} MsUndoStep;

void ms_undo_step_free (MsUndoStep *self);

/* Signal "changed". */
MsUndoStack *ms_undo_stack_new (void);
/* Something new was done: what was taken back before cannot be done again. */
void ms_undo_stack_push (MsUndoStack *self, MsServer *server, gint64 change, const char *text);
/* An import is one step, however many change sets it made. */
void
ms_undo_stack_push_import (MsUndoStack *self, MsServer *server, const char *job, const char *text);
/* After a step was undone by change set @change: it can be done again by undoing that one. */
void ms_undo_stack_push_redo (MsUndoStack *self, MsServer *server, gint64 change, const char *text);
/* After it was done again; keeps the other things to be done again. */
void
ms_undo_stack_push_again (MsUndoStack *self, MsServer *server, gint64 change, const char *text);
/* (transfer full) (nullable) */
MsUndoStep *ms_undo_stack_pop (MsUndoStack *self);
MsUndoStep *ms_undo_stack_pop_redo (MsUndoStack *self);
/* Takes one step out, wherever it is: it was undone from the toast or in Activity. (transfer full)
 * (nullable) */
MsUndoStep *ms_undo_stack_take (MsUndoStack *self, MsServer *server, gint64 change);
/* Forgets an import that was undone elsewhere. */
void     ms_undo_stack_forget_import (MsUndoStack *self, const char *job);
gboolean ms_undo_stack_can_undo (MsUndoStack *self);
gboolean ms_undo_stack_can_redo (MsUndoStack *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsUndoStep, ms_undo_step_free)

G_END_DECLS
