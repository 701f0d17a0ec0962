/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading of files, bounded.
 */
#include "config.h"
#include "ms-ctl-file.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>

#include "ms-ctl-output.h"
#include "ms-error.h"

GBytes *
ms_ctl_read_file (const char *path, gsize limit, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree guint8 *buffer = g_malloc (65536);
  FILE              *file = g_str_equal (path, "-") ? stdin : fopen (path, "rbe");

  if (file == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    _ ("%s cannot be read: %s"), path, g_strerror (errno));
      return NULL;
    }
  for (gsize n; (n = fread (buffer, 1, 65536, file)) > 0 && bytes->len <= limit;)
    g_byte_array_append (bytes, buffer, (guint) n);
  gboolean failed = ferror (file) != 0;
  int      code = errno;
  if (file != stdin)
    (void) fclose (file);
  if (failed)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    _ ("%s cannot be read: %s"), path, g_strerror (code));
      return NULL;
    }
  if (bytes->len > limit)
    {
      g_autofree char *size = ms_ctl_format_size ((gint64) limit);
      ms_error_set (
          error, MS_ERROR_LIMIT, NULL, NULL, _ ("%s is larger than %s: divide it"), path, size);
      return NULL;
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}
