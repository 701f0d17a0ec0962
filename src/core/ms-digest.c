/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A text is preceded by its length, a number followed by a comma.
 */
#include "ms-digest.h"

#include <string.h>

void
ms_digest_add_text (GChecksum *self, const char *text)
{
  char length[24];

  if (text == NULL)
    {
      g_checksum_update (self, (const guchar *) "-:", 2);
      return;
    }
  g_snprintf (length, sizeof length, "%" G_GSIZE_FORMAT ":", strlen (text));
  g_checksum_update (self, (const guchar *) length, -1);
  g_checksum_update (self, (const guchar *) text, -1);
}

void
ms_digest_add_number (GChecksum *self, gint64 number)
{
  char text[24];

  g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT ",", number);
  g_checksum_update (self, (const guchar *) text, -1);
}
