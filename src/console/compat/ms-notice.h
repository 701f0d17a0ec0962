/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Says what could not be done, with one button to close it.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @body: plain text, may have several lines */
void ms_notice_present (GtkWindow *parent, const char *heading, const char *body);

G_END_DECLS
