/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Readings as JSON. One that makes no sense refuses all of them, by its place, since whoever sends
 * such a one is to be mended; and what is not known is told like everywhere below /api/v1.
 */
#include "ms-usage.h"

#include "ms-error.h"
#include "ms-json.h"

#include <string.h>

/* A place within the readings. */
typedef struct
{
  JsonObject *object;
  const char *where;
  gint64      now;
} Place;

static gboolean fail (const Place *place, const char *name, GError **error, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static gboolean
fail (const Place *place, const char *name, GError **error, const char *format, ...)
{
  g_autofree char *path
      = name != NULL ? g_strconcat (place->where, ".", name, NULL) : g_strdup (place->where);
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", path, "%s: %s", path, text);
  return FALSE;
}

/* @names: %NULL-terminated */
static gboolean
check_names (const Place *place, const char *const *names, GError **error)
{
  g_autoptr (GList) given = json_object_get_members (place->object);

  for (GList *at = given; at != NULL; at = at->next)
    if (!g_strv_contains (names, at->data))
      {
        g_autofree char *all = g_strjoinv (", ", (char **) names);
        g_autofree char *path = g_strconcat (place->where, ".", at->data, NULL);
        ms_error_set (error,
                      MS_ERROR_INVALID,
                      "invalidSyntax",
                      path,
                      "There is no “%s” in a reading; what may be there is: %s",
                      path,
                      all);
        return FALSE;
      }
  return TRUE;
}

/* (nullable): where it is not there, or null */
static JsonNode *
get (const Place *place, const char *name)
{
  JsonNode *node = json_object_get_member (place->object, name);

  return node == NULL || JSON_NODE_HOLDS_NULL (node) ? NULL : node;
}

/* @value: stays where it is not given */
static gboolean
read_count (const Place *place, const char *name, gint64 *value, gboolean *given, GError **error)
{
  JsonNode *node = get (place, name);

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    return fail (place, name, error, "must be a whole number");
  gint64 number = json_node_get_int (node);
  if (number < 0 || number > MS_USAGE_MOST)
    return fail (place,
                 name,
                 error,
                 "must be between 0 and %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT,
                 MS_USAGE_MOST,
                 number);
  *value = number;
  *given = TRUE;
  return TRUE;
}

/* @text: (out) (nullable) */
static gboolean
read_text (const Place *place, const char *name, const char **text, GError **error)
{
  JsonNode *node = get (place, name);

  *text = NULL;
  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return fail (place, name, error, "must be a text");
  *text = json_node_get_string (node);
  return TRUE;
}

static gboolean
read_access (const Place *place, gint64 *time, gboolean *given, GError **error)
{
  const char *text = NULL;

  if (!read_text (place, "lastAccess", &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  if (!ms_json_parse_time (text, time))
    return fail (place, "lastAccess", error, "must be a time such as 2026-11-29T12:00:00Z");
  /* The beginning of 1970 is how Dovecot says "never", which is not known here any better. */
  if (*time < 0)
    return fail (place, "lastAccess", error, "“%s” is before 1970", text);
  if (*time > place->now + MS_USAGE_GRACE)
    return fail (place, "lastAccess", error, "“%s” is in the future", text);
  *given = TRUE;
  return TRUE;
}

static gboolean
read_period (const Place *place, gint64 *period, GError **error)
{
  const char *text = NULL;
  gint64      now = ms_usage_period_of (place->now);

  if (!read_text (place, "period", &text, error))
    return FALSE;
  if (text == NULL)
    return fail (place, "period", error, "is missing: the month that was counted");
  if (!ms_usage_period_parse (text, period))
    return fail (place, "period", error, "must be a month such as 2026-11, not “%s”", text);
  if (*period > ms_usage_period_of (place->now + MS_USAGE_GRACE))
    return fail (place, "period", error, "%s is in the future", text);
  if (*period <= now - MS_USAGE_MAX_PERIODS)
    return fail (place,
                 "period",
                 error,
                 "%s is over for too long: the last %d months are taken",
                 text,
                 MS_USAGE_MAX_PERIODS);
  return TRUE;
}

static gboolean
read_sent (const Place *above, MsReading *reading, gboolean *given, GError **error)
{
  static const char *const names[] = { "period", "messages", "bytes", NULL };
  JsonNode                *node = get (above, "sent");
  g_autofree char         *where = g_strconcat (above->where, ".sent", NULL);
  gboolean                 counted = FALSE;

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (above, "sent", error, "must be an object with “period”, “messages” and “bytes”");
  Place place = { json_node_get_object (node), where, above->now };
  reading->sent_messages = reading->sent_bytes = MS_USAGE_UNKNOWN;
  if (!check_names (&place, names, error) || !read_period (&place, &reading->period, error)
      || !read_count (&place, "messages", &reading->sent_messages, &counted, error)
      || !read_count (&place, "bytes", &reading->sent_bytes, &counted, error))
    return FALSE;
  if (!counted)
    return fail (&place, NULL, error, "must have “messages” or “bytes”");
  *given = TRUE;
  return TRUE;
}

static gboolean
read_one (const Place *place, MsUsageReport *report, GError **error)
{
  static const char *const names[]
      = { "mailbox", "storedBytes", "storedMessages", "lastAccess", "sent", NULL };
  MsReading  *reading = &report->reading;
  const char *mailbox = NULL;
  gboolean    given = FALSE;

  *reading = (MsReading) MS_READING_INIT;
  if (!check_names (place, names, error) || !read_text (place, "mailbox", &mailbox, error))
    return FALSE;
  if (mailbox == NULL || *mailbox == '\0')
    return fail (place, "mailbox", error, "is missing: the address or id of a mailbox");
  if (!read_count (place, "storedBytes", &reading->stored_bytes, &given, error)
      || !read_count (place, "storedMessages", &reading->stored_messages, &given, error)
      || !read_access (place, &reading->last_access, &given, error)
      || !read_sent (place, reading, &given, error))
    return FALSE;
  if (!given)
    return fail (place, NULL, error, "says nothing of “%s”", mailbox);
  report->mailbox = g_strdup (mailbox);
  report->path = g_strconcat (place->where, ".mailbox", NULL);
  return TRUE;
}

GPtrArray *
ms_usage_parse (JsonArray *readings, gint64 now, GError **error)
{
  guint count = json_array_get_length (readings);
  g_autoptr (GPtrArray) reports
             = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_usage_report_free);

  if (count > MS_USAGE_MAX_READINGS)
    {
      ms_error_set (error,
                    MS_ERROR_LIMIT,
                    "tooMany",
                    "readings",
                    "%u readings are too many: at most %d are taken at once",
                    count,
                    MS_USAGE_MAX_READINGS);
      return NULL;
    }
  for (guint i = 0; i < count; i++)
    {
      JsonNode        *node = json_array_get_element (readings, i);
      g_autofree char *where = g_strdup_printf ("readings[%u]", i);
      Place            place
          = { JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL, where, now };
      g_autoptr (MsUsageReport) report = g_new0 (MsUsageReport, 1);
      if (place.object == NULL)
        {
          (void) fail (&place, NULL, error, "must be an object");
          return NULL;
        }
      if (!read_one (&place, report, error))
        return NULL;
      g_ptr_array_add (reports, g_steal_pointer (&report));
    }
  return g_steal_pointer (&reports);
}

void
ms_usage_outcome_append (const MsUsageOutcome *self, GString *out)
{
  g_string_append_printf (
      out, "{\"taken\":%u,\"unchanged\":%u,\"refused\":[", self->taken, self->unchanged);
  for (guint i = 0; i < self->refused->len; i++)
    {
      const MsUsageRefusal *refusal = self->refused->pdata[i];
      g_string_append (out, i > 0 ? ",{\"mailbox\":" : "{\"mailbox\":");
      ms_json_append_string (out, refusal->mailbox);
      g_string_append (out, ",\"reason\":");
      ms_json_append_string (out, refusal->reason);
      g_string_append (out, ",\"path\":");
      ms_json_append_string (out, refusal->path);
      g_string_append_c (out, '}');
    }
  g_string_append (out, "]}");
}
