/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libqrencode, where there is one: the text itself can always be typed instead.
 */
#include "config.h"
#include "ms-qr-code.h"

#ifdef HAVE_QRENCODE
#include <qrencode.h>
#endif

GBytes *
ms_qr_code_make (const char *text, guint *width)
{
#ifdef HAVE_QRENCODE
  QRcode *code = QRcode_encodeString8bit (text, 0, QR_ECLEVEL_M);

  if (code == NULL)
    return NULL;
  gsize   size = (gsize) code->width * (gsize) code->width;
  guchar *modules = g_malloc (size);
  for (gsize i = 0; i < size; i++)
    modules[i] = code->data[i] & 1;
  *width = (guint) code->width;
  QRcode_free (code);
  return g_bytes_new_take (modules, size);
#else
  return NULL;
#endif
}
