/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signals of classes that have many: all of them run last and return nothing.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Adds the signal @name to the class @owner that is being set up. @types: @n_params of them;
 * (nullable) where there are none. The signal's id */
guint ms_signal_new (const char *name, GType owner, guint n_params, const GType *types);

G_END_DECLS
