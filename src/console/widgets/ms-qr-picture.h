/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A QR code as a picture: dark on white, in the dark style too, for cameras expect that.
 */
#pragma once

#include <gdk/gdk.h>

G_BEGIN_DECLS

/* @pixels: of a module's side. With the light border that readers need. (transfer full) (nullable):
 * where there is no libqrencode, or the text is too long */
GdkTexture *ms_qr_picture_new (const char *text, guint pixels);

G_END_DECLS
