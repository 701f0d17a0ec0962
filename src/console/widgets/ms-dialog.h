/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The base of every dialog of ours: a modal window with a header bar, a banner for what went wrong,
 * and a body. Escape closes it (by way of GtkWindow::close-request, which a subclass may refuse).
 * While it is busy the body and the buttons do not answer and a spinner turns; closing it is still
 * possible.
 *
 * In a template: <property name="body"> takes the content, <child type="start"> and <child
 * type="end"> buttons of the header bar.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define MS_TYPE_DIALOG (ms_dialog_get_type ())
G_DECLARE_DERIVABLE_TYPE (MsDialog, ms_dialog, MS, DIALOG, AdwWindow)

struct _MsDialogClass
{
  AdwWindowClass parent_class;

  gpointer padding[4];
};

/* Properties: "body" (GtkWidget), "subtitle" (string), "icon" (icon name before the title), "busy"
 * (boolean). The title is GtkWindow's. */
void ms_dialog_set_body (MsDialog *self, GtkWidget *body);
void ms_dialog_set_subtitle (MsDialog *self, const char *subtitle);
void ms_dialog_set_icon (MsDialog *self, const char *icon_name);
void ms_dialog_pack_start (MsDialog *self, GtkWidget *widget);
void ms_dialog_pack_end (MsDialog *self, GtkWidget *widget);

gboolean ms_dialog_is_busy (MsDialog *self);
void     ms_dialog_set_busy (MsDialog *self, gboolean busy);

/* Says in the banner what went wrong; the text of a cancelled operation is not shown. */
void ms_dialog_show_error (MsDialog *self, const GError *error);
void ms_dialog_show_message (MsDialog *self, const char *message);
void ms_dialog_clear_error (MsDialog *self);
/* (nullable): what the banner says now */
const char *ms_dialog_get_error_text (MsDialog *self);

/* Cancelled when the dialog goes away: for every asynchronous call it makes. (transfer none) */
GCancellable *ms_dialog_get_cancellable (MsDialog *self);

/* For a subclass that refuses to be closed: asks, one question at a time, whether what the dialog
 * holds may be lost, and destroys it where it may. */
void ms_dialog_confirm_discard (MsDialog *self, const char *heading, const char *body);

G_END_DECLS
