/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * When a backup is due.
 */
#include "ms-backup-keeper.h"

#include "ms-error.h"
#include <string.h>

/* "07:05" as minutes of the day; -1 where it is no time. */
static int
parse_time (const char *text)
{
  if (strlen (text) != 5 || text[2] != ':' || !g_ascii_isdigit (text[0])
      || !g_ascii_isdigit (text[1]) || !g_ascii_isdigit (text[3]) || !g_ascii_isdigit (text[4]))
    return -1;
  int hour = (text[0] - '0') * 10 + text[1] - '0';
  int minute = (text[3] - '0') * 10 + text[4] - '0';
  return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

gboolean
ms_backup_check_times (const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (parse_time (g_strstrip (parts[i])) < 0)
      {
        ms_error_set (error,
                      MS_ERROR_INVALID,
                      NULL,
                      NULL,
                      "“%s” is no time of day; times look like 02:00, 14:30.",
                      parts[i]);
        return FALSE;
      }
  return TRUE;
}

/* The next time that it is @minutes o'clock, after @now. A time that a change of the clock leaves
 * out is taken where the clock goes on. */
static gint64
find_next (int minutes, gint64 now, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (now / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);

  for (int day = 0; day < 3; day++)
    {
      g_autoptr (GDateTime) there = g_date_time_add_days (local, day);
      g_autoptr (GDateTime) at = g_date_time_new (zone,
                                                  g_date_time_get_year (there),
                                                  g_date_time_get_month (there),
                                                  g_date_time_get_day_of_month (there),
                                                  minutes / 60,
                                                  minutes % 60,
                                                  0);
      if (at != NULL && g_date_time_to_unix (at) * G_USEC_PER_SEC > now)
        return g_date_time_to_unix (at) * G_USEC_PER_SEC;
    }
  return 0;
}

gint64
ms_backup_find_due (const char *at, guint every_hours, gint64 last, gint64 now, GTimeZone *zone)
{
  g_auto (GStrv) parts = g_strsplit (at != NULL ? at : "", ",", -1);
  gint64 due = 0;

  for (guint i = 0; parts[i] != NULL; i++)
    {
      int    minutes = parse_time (g_strstrip (parts[i]));
      gint64 next = minutes >= 0 ? find_next (minutes, now, zone) : 0;
      if (next != 0 && (due == 0 || next < due))
        due = next;
    }
  if (every_hours > 0)
    {
      gint64 next = last == 0 ? now : MIN (last, now) + every_hours * G_TIME_SPAN_HOUR;
      if (due == 0 || next < due)
        due = next;
    }
  return due;
}
