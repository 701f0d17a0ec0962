/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Help > About.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ms_about_present:
 * @comments: (nullable): what stands below the name: connected servers and their seats
 * @debug_info: versions and the like, for a fault report
 */
void ms_about_present (GtkWindow *parent, const char *comments, const char *debug_info);

G_END_DECLS
