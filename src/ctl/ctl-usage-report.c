/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * usage report: a file of readings, sent in parts. Nothing is sent of a file that cannot be read to
 * its end; what a part refuses is told by its line, and the next part follows. What makes no sense
 * to the server ends it, unless Dovecot counted: then that reading alone is refused.
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
  MsCtl       *ctl;
  const char  *name; /* of the file */
  MsUsageFile *file;
  gint64       taken;
  gint64       unchanged;
  JsonArray   *refused;
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

/* What "readings[N]…" names in the part that begins at @first. (nullable): it names none */
static const MsUsageLine *
find_line (const Report *self, guint first, const char *path)
{
  static const char begin[] = "readings[";
  guint64           place = 0;

  if (path == NULL || !g_str_has_prefix (path, begin))
    return NULL;
  place = first + g_ascii_strtoull (path + strlen (begin), NULL, 10);
  return place < self->file->lines->len ? self->file->lines->pdata[place] : NULL;
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

static void
tell_uncounted (Report *self)
{
  for (guint i = 0; i < self->file->refused->len; i++)
    {
      const MsUsageLine *line = self->file->refused->pdata[i];
      tell_refused (self, line->reading, line->line);
    }
}

/* @message without the place in the request, which nobody sees who has a file. (transfer full) */
static char *
dup_bare_reason (const char *message, const char *path)
{
  g_autofree char *place = g_strndup (path, strcspn (path, "]") + 1);
  GString         *reason = g_string_new (message);

  for (const char *const *end = (const char *const[]){ ".", ": ", NULL }; *end != NULL; end++)
    {
      g_autofree char *whole = g_strconcat (place, *end, NULL);
      g_string_replace (reason, whole, "", 0);
    }
  return g_string_free (reason, FALSE);
}

/* (transfer full) (nullable) */
static JsonObject *
post_part (const Report *self, guint first, GError **error)
{
  GPtrArray  *lines = self->file->lines;
  JsonObject *body = json_object_new ();
  JsonArray  *readings = json_array_new ();

  for (guint i = first; i < MIN (first + PART, lines->len); i++)
    json_array_add_object_element (
        readings, json_object_ref (((const MsUsageLine *) lines->pdata[i])->reading));
  json_object_set_array_member (body, "readings", readings);
  return ms_ctl_post (self->ctl, USAGE_PATH, body, error);
}

/* Takes out what the server can make nothing of where Dovecot said it, whose numbers nobody can
 * mend: %FALSE where it is not that. What no server takes does not come here (ctl-usage-file.c),
 * for each such one costs a request. */
static gboolean
drop_senseless (Report *self, guint first, const GError *cause)
{
  const char        *path = ms_error_get_path (cause);
  const MsUsageLine *line = find_line (self, first, path);

  if (line == NULL || !self->file->is_dovecot
      || !g_error_matches (cause, MS_ERROR, MS_ERROR_INVALID))
    return FALSE;
  g_autoptr (JsonObject) refusal = json_object_new ();
  g_autofree char *reason = dup_bare_reason (cause->message, path);
  json_object_set_string_member (refusal, "mailbox", ms_ctl_string (line->reading, "mailbox"));
  json_object_set_string_member (refusal, "reason", reason);
  tell_refused (self, refusal, line->line);
  for (guint i = first; i < self->file->lines->len; i++)
    if (self->file->lines->pdata[i] == line)
      {
        g_ptr_array_remove_index (self->file->lines, i);
        break;
      }
  return TRUE;
}

/* @line: (nullable): where it is. @cause: (transfer full) */
static void
fail_at (const Report *self, const MsUsageLine *line, GError **cause, GError **error)
{
  if (line == NULL)
    {
      g_propagate_error (error, g_steal_pointer (cause));
      return;
    }
  g_autofree char *reason = dup_bare_reason ((*cause)->message, ms_error_get_path (*cause));
  ms_error_set (error,
                (*cause)->code,
                ms_error_get_scim_type (*cause),
                NULL,
                _ ("%s, line %u: %s"), self->name, line->line, reason);
}

static gboolean
send_part (Report *self, guint first, GError **error)
{
  g_autoptr (JsonObject) answer = NULL;

  while (answer == NULL)
    {
      g_autoptr (GError) cause = NULL;
      if (first >= self->file->lines->len)
        return TRUE;
      answer = post_part (self, first, &cause);
      if (answer != NULL || drop_senseless (self, first, cause))
        continue;
      fail_at (self, find_line (self, first, ms_error_get_path (cause)), &cause, error);
      return FALSE;
    }
  self->taken += ms_ctl_int (answer, "taken");
  self->unchanged += ms_ctl_int (answer, "unchanged");
  g_autoptr (JsonArray) refused = ms_ctl_array (answer, "refused");
  for (guint i = 0; i < json_array_get_length (refused); i++)
    {
      g_autoptr (JsonObject) refusal = ms_ctl_element (refused, i);
      const MsUsageLine *line = find_line (self, first, ms_ctl_string (refusal, "path"));
      tell_refused (self, refusal, line != NULL ? line->line : 0);
    }
  return TRUE;
}

static gboolean
send_all (Report *self, GError **error)
{
  for (guint i = 0; i < self->file->lines->len; i += PART)
    if (!send_part (self, i, error))
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

/* JSON lines have no quotas to choose from. */
static gboolean
check_quota (const Report *self, const MsUsageFile *file, GError **error)
{
  if (option_quota == NULL || file->is_dovecot || file->lines->len == 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                NULL,
                NULL,
                _ ("%s: --quota “%s” is for the output of doveadm, and these are JSON lines"),
                   self->name,
                   option_quota);
  return FALSE;
}

/* Who says which quota counts knows of the others; but a name that no line has is a mistake. */
static gboolean
tell_passed_over (const Report *self, const MsUsageFile *file, GError **error)
{
  if (file->passed_over == 0)
    return TRUE;
  if (file->lines->len == 0 && file->refused->len == 0)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    _ ("%s: no line is of the quota “%s”; the first is of “%s”"),
                       self->name,
                       option_quota,
                       file->other);
      return FALSE;
    }
  if (option_quota == NULL)
    ms_ctl_printerr (
        _ ("Lines of other quotas, which were passed over: %u (--quota NAME says which counts)\n"),
           file->passed_over);
  return TRUE;
}

MsExit
ms_ctl_usage_report (MsCtl *ctl, char **args, GError **error)
{
  Report           report = { .ctl = ctl, .name = args[0] != NULL ? args[0] : "-" };
  g_autofree char *text = read_text (report.name, error);

  if (text == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (MsUsageFile) file = ms_usage_file_parse (report.name, text, option_quota, error);
  if (file == NULL)
    return MS_EXIT_FAILED;
  if (!check_quota (&report, file, error) || !tell_passed_over (&report, file, error))
    return MS_EXIT_FAILED;
  g_autoptr (JsonArray) refused = json_array_new ();
  report.file = file;
  report.refused = refused;
  tell_uncounted (&report);
  gboolean done = send_all (&report, error);
  /* Also of a file that failed in the middle: what was taken is taken. */
  if (!done && report.taken + report.unchanged + json_array_get_length (refused) == 0)
    return MS_EXIT_FAILED;
  MsExit result = tell_all (&report);
  return done ? result : MS_EXIT_FAILED;
}
