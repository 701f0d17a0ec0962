/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Choosing one object of any of several types: a picker for each, and a switch between them where
 * there is more than one.
 */
#pragma once

#include <gtk/gtk.h>
#include "ms-connection.h"

G_BEGIN_DECLS

#define MS_TYPE_ANY_PICKER (ms_any_picker_get_type ())
G_DECLARE_FINAL_TYPE (MsAnyPicker, ms_any_picker, MS, ANY_PICKER, GtkBox)

/* Signal "picked" (MsResource, nullable), by a single click. @types: %NULL-terminated, at least
 * one; the first is shown at first. @width, @height: of the list */
GtkWidget *
ms_any_picker_new (MsConnection *connection, const char *const *types, int width, int height);
/* As for MsPicker, in the picker of the first type. */
void ms_any_picker_set_none_label (MsAnyPicker *self, const char *label);
void ms_any_picker_focus_search (MsAnyPicker *self);

G_END_DECLS
