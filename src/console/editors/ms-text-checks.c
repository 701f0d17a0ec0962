/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What may stand in the text fields: addresses, networks, patterns. The server decides in the end;
 * these say it while the person types.
 */
#include "config.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include "ms-address.h"
#include "ms-dialog-spec.h"
#include "ms-error.h"

gboolean
ms_check_address (const char *text, const char *path, GError **error)
{
  g_autofree char *normal = NULL;

  if (strchr (text, '@') == NULL)
    return ms_address_check_local (text, path, error);

  normal = ms_address_normalize (text, NULL, path, error);

  return normal != NULL;
}

gboolean
ms_check_network (const char *text, const char *path, GError **error)
{
  g_autoptr (GInetAddressMask) mask = g_inet_address_mask_new_from_string (text, NULL);

  if (mask != NULL)
    return TRUE;

  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                path,
                _("%s is not a network, such as 192.0.2.0/24 or 2001:db8::/32"), text);

  return FALSE;
}

gboolean
ms_check_pattern (const char *text, const char *path, GError **error)
{
  static const char *const names[] = { "given", "family", "g", "f", "login", NULL };
  const char              *open = text;

  while ((open = strchr (open, '{')) != NULL)
    {
      const char      *close = strchr (open, '}');
      g_autofree char *name
          = close != NULL ? g_strndup (open + 1, (gsize) (close - open - 1)) : NULL;

      if (name == NULL || !g_strv_contains (names, name))
        {
          ms_error_set (error,
                        MS_ERROR_INVALID,
                        "invalidValue",
                        path,
                        "%s",
                        _("In braces there may be given, family, g, f or login"));
          return FALSE;
        }
      open = close;
    }

  return TRUE;
}
