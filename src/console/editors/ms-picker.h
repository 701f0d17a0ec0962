/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Choosing one object of a type: a search entry over a windowed list of the server's objects.
 */
#pragma once

#include <gtk/gtk.h>
#include "ms-connection.h"

G_BEGIN_DECLS

#define MS_TYPE_PICKER (ms_picker_get_type ())
G_DECLARE_FINAL_TYPE (MsPicker, ms_picker, MS, PICKER, GtkWidget)

/* Signals: "picked" (MsResource): activated by click, Enter or a screen reader;
 * "selection-changed": another row is the selected one. The list is asked for when it is first
 * shown. */
GtkWidget *ms_picker_new (MsConnection *connection, const char *type_name, const char *placeholder);
/* An entry of its own above the list ("Mailboxes, at the top"); picked with a %NULL resource. */
void ms_picker_set_none_label (MsPicker *self, const char *label);
/* A single click picks; otherwise it selects and a double click picks. */
void ms_picker_set_single_click (MsPicker *self, gboolean single_click);
/* %TRUE where something is selected; @resource: (out) (transfer none) (nullable): %NULL for the
 * "none" entry */
gboolean ms_picker_get_selected (MsPicker *self, MsResource **resource);
/* Selects the first loaded row of that name; %FALSE where there is none (yet). */
gboolean ms_picker_select (MsPicker *self, const char *label);
void     ms_picker_focus_search (MsPicker *self);

G_END_DECLS
