/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The style sheet of the dialogs.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Adds it to the display, once. */
void ms_dialog_style_ensure (void);

G_END_DECLS
