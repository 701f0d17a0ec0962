/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dateTime values (xsd:dateTime with a time zone, RFC 7643 §2.3.5) as microseconds since 1970.
 * Years 1 to 9999, by the proleptic Gregorian calendar; no leap seconds, as everywhere in Unix.
 */
#include "ms-json.h"

#define USEC_PER_DAY (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

/* Days from 1970-01-01; years counted from March, so that the leap day is the last of a year. */
static gint64
days_from_date (int year, int month, int day)
{
  int shifted = month > 2 ? year : year - 1;
  int era_year = shifted % 400;
  int era = shifted / 400;
  int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

  return (gint64) era * 146097 + era_year * 365 + era_year / 4 - era_year / 100 + day_of_year
         - 719468;
}

static void
date_from_days (gint64 days, int *year, int *month, int *day)
{
  days += 719468;
  gint64 era = days / 146097;
  int    day_of_era = (int) (days - era * 146097);
  int era_year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int day_of_year = day_of_era - (365 * era_year + era_year / 4 - era_year / 100);
  int shifted_month = (5 * day_of_year + 2) / 153;

  *day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  *year = (int) (era * 400) + era_year + (*month <= 2 ? 1 : 0);
}

static gboolean
take_number (const char **at, int digits, int minimum, int maximum, int *number)
{
  int value = 0;

  for (int i = 0; i < digits; i++)
    {
      if (!g_ascii_isdigit ((*at)[i]))
        return FALSE;
      value = value * 10 + ((*at)[i] - '0');
    }
  if (value < minimum || value > maximum)
    return FALSE;
  *at += digits;
  *number = value;
  return TRUE;
}

static gboolean
take_char (const char **at, char wanted)
{
  if (g_ascii_toupper (**at) != wanted)
    return FALSE;
  (*at)++;
  return TRUE;
}

/* ".123456789": further digits are passed over. */
static gboolean
take_fraction (const char **at, gint64 *usec)
{
  gint64 unit = G_USEC_PER_SEC / 10;

  *usec = 0;
  if (**at != '.')
    return TRUE;
  (*at)++;
  if (!g_ascii_isdigit (**at))
    return FALSE;
  for (; g_ascii_isdigit (**at); (*at)++)
    {
      *usec += (**at - '0') * unit;
      unit /= 10;
    }
  return TRUE;
}

static gboolean
take_zone (const char **at, int *minutes)
{
  int hours, rest;
  int sign = **at == '-' ? -1 : 1;

  *minutes = 0;
  if (take_char (at, 'Z'))
    return TRUE;
  if (**at != '+' && **at != '-')
    return FALSE;
  (*at)++;
  if (!take_number (at, 2, 0, 14, &hours) || !take_char (at, ':')
      || !take_number (at, 2, 0, 59, &rest))
    return FALSE;
  *minutes = sign * (hours * 60 + rest);
  return TRUE;
}

/* Up to the "T", where the day is one of 31. */
static gboolean
take_date (const char **at, int *year, int *month, int *day)
{
  return take_number (at, 4, 1, 9999, year) && take_char (at, '-')
         && take_number (at, 2, 1, 12, month) && take_char (at, '-')
         && take_number (at, 2, 1, 31, day) && take_char (at, 'T');
}

static gboolean
has_day (int year, int month, int day)
{
  return day <= g_date_get_days_in_month ((GDateMonth) month, (GDateYear) year);
}

gboolean
ms_json_is_day_missing (const char *text)
{
  const char *at = text;
  int         year, month, day;

  return text != NULL && take_date (&at, &year, &month, &day) && !has_day (year, month, day);
}

gboolean
ms_json_parse_time (const char *text, gint64 *unix_usec)
{
  const char *at = text;
  int         year, month, day, hour, minute, second, zone;
  gint64      usec;

  if (text == NULL || !take_date (&at, &year, &month, &day) || !take_number (&at, 2, 0, 24, &hour)
      || !take_char (&at, ':') || !take_number (&at, 2, 0, 59, &minute) || !take_char (&at, ':')
      || !take_number (&at, 2, 0, 59, &second) || !take_fraction (&at, &usec)
      || !take_zone (&at, &zone) || *at != '\0')
    return FALSE;
  if (!has_day (year, month, day))
    return FALSE;
  /* The end of a day is the first instant of the next, of which the last one has none. */
  if (hour == 24
      && (minute != 0 || second != 0 || usec != 0 || (year == 9999 && month == 12 && day == 31)))
    return FALSE;

  gint64 seconds
      = days_from_date (year, month, day) * 86400 + hour * 3600 + (minute - zone) * 60 + second;
  *unix_usec = seconds * G_USEC_PER_SEC + usec;
  return TRUE;
}

char *
ms_json_format_time (gint64 unix_usec)
{
  const gint64 lowest = days_from_date (1, 1, 1) * USEC_PER_DAY;
  const gint64 highest = days_from_date (9999, 12, 31) * USEC_PER_DAY + USEC_PER_DAY - 1;
  int          year, month, day;

  unix_usec = CLAMP (unix_usec, lowest, highest);
  gint64 days = unix_usec / USEC_PER_DAY;
  gint64 rest = unix_usec % USEC_PER_DAY;
  if (rest < 0)
    {
      days--;
      rest += USEC_PER_DAY;
    }
  date_from_days (days, &year, &month, &day);
  int msec = (int) (rest / 1000);
  return g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                          year,
                          month,
                          day,
                          msec / 3600000,
                          msec / 60000 % 60,
                          msec / 1000 % 60,
                          msec % 1000);
}
