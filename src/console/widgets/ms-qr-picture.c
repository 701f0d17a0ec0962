/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Made at the size that it is shown in, since scaling would blur it.
 */
#include "config.h"
#include "ms-qr-picture.h"

#include "ms-qr-code.h"

#define BORDER 4 /* modules, as the standard wants */
#define BYTES_PER_PIXEL 3

GdkTexture *
ms_qr_picture_new (const char *text, guint pixels)
{
  guint width = 0;

  g_return_val_if_fail (text != NULL && pixels > 0, NULL);

  g_autoptr (GBytes) code = ms_qr_code_make (text, &width);
  if (code == NULL)
    return NULL;

  const guchar *modules = g_bytes_get_data (code, NULL);
  gsize         side = (gsize) (width + 2 * BORDER) * pixels;
  gsize         stride = side * BYTES_PER_PIXEL;
  guchar       *data = g_malloc (stride * side);
  memset (data, 0xff, stride * side);
  for (gsize y = 0; y < (gsize) width * pixels; y++)
    for (gsize x = 0; x < (gsize) width * pixels; x++)
      if (modules[y / pixels * width + x / pixels] != 0)
        memset (data + (y + BORDER * pixels) * stride + (x + BORDER * pixels) * BYTES_PER_PIXEL,
                0,
                BYTES_PER_PIXEL);
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, stride * side);
  return gdk_memory_texture_new ((int) side, (int) side, GDK_MEMORY_R8G8B8, bytes, stride);
}
