/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-reading.h.
 */
#include "ms-reading.h"

#include <string.h>

#define LAST_MONTH (9999 * 12 + 11)

static gint64 set_time; /* only tests write it, before there are threads */

gint64
ms_usage_get_time (void)
{
  return set_time != 0 ? set_time : g_get_real_time ();
}

void
ms_usage_set_time (gint64 usec)
{
  set_time = usec;
}

gint64
ms_usage_cut_time (gint64 usec)
{
  return usec - usec % 1000;
}

gint64
ms_usage_period_of (gint64 usec)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (usec / G_USEC_PER_SEC);

  return time == NULL
             ? 0
             : (gint64) g_date_time_get_year (time) * 12 + g_date_time_get_month (time) - 1;
}

gboolean
ms_usage_period_parse (const char *text, gint64 *period)
{
  static const char form[] = "####-##";

  if (text == NULL || strlen (text) != strlen (form))
    return FALSE;
  for (guint i = 0; form[i] != '\0'; i++)
    if (form[i] == '#' ? !g_ascii_isdigit (text[i]) : text[i] != form[i])
      return FALSE;
  gint64 month = g_ascii_strtoll (text + 5, NULL, 10);
  if (month < 1 || month > 12)
    return FALSE;
  *period = g_ascii_strtoll (text, NULL, 10) * 12 + month - 1;
  return TRUE;
}

char *
ms_usage_period_format (gint64 period)
{
  if (period < 1 || period > LAST_MONTH)
    return g_strdup_printf ("%" G_GINT64_FORMAT, period);
  return g_strdup_printf (
      "%04" G_GINT64_FORMAT "-%02" G_GINT64_FORMAT, period / 12, period % 12 + 1);
}

void
ms_usage_clear (MsUsage *self)
{
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->type_name, g_free);
  g_clear_pointer (&self->label, g_free);
}

void
ms_usage_free (MsUsage *self)
{
  if (self == NULL)
    return;
  ms_usage_clear (self);
  g_free (self);
}
