/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * usage report: a file of readings, sent in parts. Nothing is sent of a file that cannot be read to
 * its end; what a part refuses is told by its line, and the next part follows.
 */
#include "config.h"

#include <string.h>

#include "ctl-usage-private.h"
#include "ms-ctl-file.h"

#define USAGE_PATH "/api/v1/usage"
#define PART 1000
#define MOST_BYTES ((gsize) 256 * 1024 * 1024)

static char *option_quota;

/* clang-format off: one row, one line */
const GOptionEntry ms_usage_report_options[] = {
  { "quota",
    0,
    0,
    G_OPTION_ARG_STRING,
    &option_quota,
    N_ ("Which quota of Dovecot's counts, by its name; else the first of each user"), N_ ("NAME") },
    { NULL },
  };
/* clang-format on */

typedef struct
{
  MsCtl      *ctl;
  const char *file;
  GPtrArray  *lines; /* MsUsageLine */
  gint64      taken;
  gint64      unchanged;
  JsonArray  *refused;
} Report;

/* (transfer full) (nullable) */
static char *
read_text (const char *file, GError **error)
{
  g_autoptr (GBytes) bytes = ms_ctl_read_file (file, MOST_BYTES, error);
  gsize length = 0;

  if (bytes == NULL)
    return NULL;
  const char *data = g_bytes_get_data (bytes, &length);
  /* A byte order mark is no part of it. */
  gsize mark = length >= 3 && memcmp (data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  if (length > 0 && memchr (data, '\0', length) != NULL)
    {
      ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, _ ("%s is no text"), file);
      return NULL;
    }
  return g_strndup (length > 0 ? data + mark : "", length - mark);
}

/* The line of what "readings[N]…" names in the part that begins at @first; 0 where it names none.
 */
static guint
line_of (const Report *self, guint first, const char *path)
{
  static const char begin[] = "readings[";
  guint64           place = 0;

  if (path == NULL || !g_str_has_prefix (path, begin))
    return 0;
  place = first + g_ascii_strtoull (path + strlen (begin), NULL, 10);
  return place < self->lines->len ? ((const MsUsageLine *) self->lines->pdata[place])->line : 0;
}

static void
tell_refused (Report *self, JsonObject *refusal, guint line)
{
  json_object_set_int_member (refusal, "line", line);
  json_array_add_object_element (self->refused, json_object_ref (refusal));
  if (ms_ctl_has_json_notes ())
    ms_ctl_print_json_note ("refused", json_node_init_object (json_node_alloc (), refusal), NULL);
  else
    ms_ctl_printerr (_ ("line %u: %s\n"), line, ms_ctl_string (refusal, "reason"));
}

static gboolean
send_part (Report *self, guint first, guint end, GError **error)
{
  JsonObject *body = json_object_new ();
  JsonArray  *readings = json_array_new ();
  g_autoptr (GError) cause = NULL;

  for (guint i = first; i < end; i++)
    json_array_add_object_element (
        readings, json_object_ref (((const MsUsageLine *) self->lines->pdata[i])->reading));
  json_object_set_array_member (body, "readings", readings);
  g_autoptr (JsonObject) answer = ms_ctl_post (self->ctl, USAGE_PATH, body, &cause);
  if (answer == NULL)
    {
      guint line = line_of (self, first, ms_error_get_path (cause));
      if (line > 0)
        g_prefix_error (&cause, _ ("%s, line %u: "), self->file, line);
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  self->taken += ms_ctl_int (answer, "taken");
  self->unchanged += ms_ctl_int (answer, "unchanged");
  g_autoptr (JsonArray) refused = ms_ctl_array (answer, "refused");
  for (guint i = 0; i < json_array_get_length (refused); i++)
    {
      g_autoptr (JsonObject) refusal = ms_ctl_element (refused, i);
      tell_refused (self, refusal, line_of (self, first, ms_ctl_string (refusal, "path")));
    }
  return TRUE;
}

static gboolean
send_all (Report *self, GError **error)
{
  for (guint i = 0; i < self->lines->len; i += PART)
    if (!send_part (self, i, MIN (i + PART, self->lines->len), error))
      {
        if (i > 0)
          g_prefix_error (error, _ ("After %u readings were sent: "), i);
        return FALSE;
      }
  return TRUE;
}

static MsExit
tell_all (const Report *self)
{
  guint refused = json_array_get_length (self->refused);

  if (self->ctl->json)
    {
      g_autoptr (JsonObject) answer = json_object_new ();
      json_object_set_int_member (answer, "taken", self->taken);
      json_object_set_int_member (answer, "unchanged", self->unchanged);
      json_object_set_array_member (answer, "refused", json_array_ref (self->refused));
      ms_ctl_print_json_object (answer);
    }
  else
    ms_ctl_print (_ ("%" G_GINT64_FORMAT " taken, %" G_GINT64_FORMAT " unchanged, %u refused\n"),
                     self->taken,
                     self->unchanged,
                     refused);
  if (refused == 0)
    return MS_EXIT_OK;
  return self->taken + self->unchanged > 0 ? MS_EXIT_PARTIAL : MS_EXIT_FAILED;
}

MsExit
ms_ctl_usage_report (MsCtl *ctl, char **args, GError **error)
{
  Report           report = { .ctl = ctl, .file = args[0] != NULL ? args[0] : "-" };
  g_autofree char *text = read_text (report.file, error);
  guint            passed_over = 0;

  if (text == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (GPtrArray) lines
             = ms_usage_file_parse (report.file, text, option_quota, &passed_over, error);
  if (lines == NULL)
    return MS_EXIT_FAILED;
  if (passed_over > 0)
    ms_ctl_printerr (
        _ ("Lines of other quotas, which were passed over: %u (--quota NAME says which counts)\n"),
           passed_over);
  g_autoptr (JsonArray) refused = json_array_new ();
  report.lines = lines;
  report.refused = refused;
  return send_all (&report, error) ? tell_all (&report) : MS_EXIT_FAILED;
}
