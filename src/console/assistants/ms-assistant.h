/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The base of dialogs of several steps: the steps named at the side, Back and the primary button in
 * the header bar.
 */
#pragma once

#include "ms-dialog.h"

G_BEGIN_DECLS

#define MS_TYPE_ASSISTANT (ms_assistant_get_type ())
G_DECLARE_DERIVABLE_TYPE (MsAssistant, ms_assistant, MS, ASSISTANT, MsDialog)

/**
 * MsAssistantClass:
 * @entered: a step has become the current one
 * @leave: the primary button was pressed on a step. %TRUE goes on to the next one; %FALSE stays:
 * what is asynchronous goes on later with ms_assistant_go_to()
 * @primary_label: what the primary button says on a step, with a mnemonic; %NULL = "Next" (transfer
 * full)
 */
struct _MsAssistantClass
{
  MsDialogClass parent_class;

  void (*entered) (MsAssistant *self, const char *step);
  gboolean (*leave) (MsAssistant *self, const char *step);
  char *(*primary_label) (MsAssistant *self, const char *step);
};

/* Steps come in the order they are added. @content scrolls where it is too high. */
void
ms_assistant_add_step (MsAssistant *self, const char *name, const char *title, GtkWidget *content);
/* A page after the last step: no way back, "Close" instead of "Cancel". Not named at the side. */
void        ms_assistant_add_result (MsAssistant *self, const char *name, GtkWidget *content);
void        ms_assistant_go_to (MsAssistant *self, const char *name);
const char *ms_assistant_get_step (MsAssistant *self);
/* Whether the primary button works on the current step. */
void ms_assistant_set_complete (MsAssistant *self, gboolean complete);
/* What the button at the left says on the current step instead of "Cancel". */
void ms_assistant_set_cancel_label (MsAssistant *self, const char *label);
/* Asks primary_label() again. */
void ms_assistant_update (MsAssistant *self);
/* Presses the primary button, for tests and for Enter in a list. */
void ms_assistant_next (MsAssistant *self);
void ms_assistant_set_back_allowed (MsAssistant *self, gboolean allowed);
/* Closing then asks first: something was typed that would be lost. @heading %NULL = does not ask.
 */
void ms_assistant_set_close_question (MsAssistant *self, const char *heading, const char *body);

G_END_DECLS
