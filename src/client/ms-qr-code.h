/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A text as a QR code: its modules, to be drawn by whoever shows it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A byte each, row by row: 1 = dark; without the light border of four modules that readers want.
 * @width: (out): modules of a side. (transfer full) (nullable): where this was built without
 * libqrencode, or the text is too long */
GBytes *ms_qr_code_make (const char *text, guint *width);

G_END_DECLS
