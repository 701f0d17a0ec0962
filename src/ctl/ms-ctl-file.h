/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that are given as arguments; "-" is the standard input.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* All of a file of at most @limit bytes. (transfer full) */
GBytes *ms_ctl_read_file (const char *path, gsize limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
