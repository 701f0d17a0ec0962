/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * audit …: whether the change sets are as they were written. By the server, piece by piece; or
 * here, over an exported file, so that the server need not be believed.
 */
#include "config.h"

#include <string.h>

#include "ms-change-record.h"
#include "ms-ctl-verbs.h"

/* Of each piece that it checks the server tells no more problems (docs/api.md). */
#define MAX_TOLD 100

static gint64   option_since;
static char    *option_head;
static gboolean option_replace;

/* clang-format off */
static const GOptionEntry verify_options[] = {
  { "since", 0, 0, G_OPTION_ARG_INT64, &option_since, N_ ("Begin after this change"), N_ ("NUMBER") },
  { "head", 0, 0, G_OPTION_ARG_STRING, &option_head, N_ ("Its hash, as audit head showed it then"), N_ ("HASH") },
  { NULL },
};

static const GOptionEntry export_options[] = {
  { "since", 0, 0, G_OPTION_ARG_INT64, &option_since, N_ ("Only what came after this change"), N_ ("NUMBER") },
  { "replace", 0, 0, G_OPTION_ARG_NONE, &option_replace, N_ ("Write over a file that is there"), NULL },
  { NULL },
};
/* clang-format on */

/**
 * Findings: what a check came to
 * @checked: changes looked at
 * @wrong: (element-type gint64): the numbers of those among them that are not as they were written
 * @wrong_start: whether the change after which to begin is not there as it was kept, or one before
 * @is_cut: there are more that are wrong than were told
 */
typedef struct
{
  gint64      checked;
  GHashTable *wrong;
  gboolean    wrong_start;
  gboolean    is_cut;
} Findings;

static void
findings_init (Findings *self)
{
  *self = (Findings){ .wrong = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL) };
}

static void
findings_clear (Findings *self)
{
  g_clear_pointer (&self->wrong, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Findings, findings_clear)

static void
add_problem (Findings *self, gint64 sequence, const char *problem)
{
  ms_ctl_printerr (_ ("  change %" G_GINT64_FORMAT ": %s\n"), sequence, problem);
  if (sequence > option_since)
    g_hash_table_add (self->wrong, g_memdup2 (&sequence, sizeof sequence));
  else
    self->wrong_start = TRUE;
}

static void
print_wrong_start (const Findings *self)
{
  if (self->checked == 0)
    ms_ctl_printerr (_ ("No change was checked: change %" G_GINT64_FORMAT
                     ", after which to begin, is not as it was kept\n"),
                        option_since);
  else
    ms_ctl_printerr (_ ("Change %" G_GINT64_FORMAT
                     ", after which to begin, is not as it was kept; changes checked after it: %"
                     G_GINT64_FORMAT "\n"),
        option_since,
        self->checked);
}

static void
print_findings (const Findings *self, gint64 sequence, const char *hash)
{
  guint wrong = g_hash_table_size (self->wrong);

  if (self->wrong_start)
    print_wrong_start (self);
  if (wrong > 0)
    ms_ctl_printerr (
        self->is_cut
        ? _ ("At least %u of %" G_GINT64_FORMAT " changes are not as they were written\n")
        : _ ("%u of %" G_GINT64_FORMAT " changes are not as they were written\n"),
             wrong,
             self->checked);
  if (self->wrong_start || wrong > 0)
    return;
  if (self->checked == 0)
    ms_ctl_print (_ ("There is no change after change %" G_GINT64_FORMAT ", whose hash is %s\n"),
                     sequence,
                     hash);
  else
    ms_ctl_print (_ ("%" G_GINT64_FORMAT " changes are as they were written; the last is %"
                     G_GINT64_FORMAT " with the hash %s\n"),
                     self->checked,
                     sequence,
                     hash);
}

/* @problems: how many were told */
static MsExit
report (MsCtl *ctl, const Findings *findings, guint problems, gint64 sequence, const char *hash)
{
  if (ctl->json)
    ms_ctl_print ("{\"checked\":%" G_GINT64_FORMAT ",\"problems\":%u,\"sequence\":%" G_GINT64_FORMAT
                  ",\"hash\":\"%s\"}\n",
                  findings->checked,
                  problems,
                  sequence,
                  hash != NULL ? hash : "");
  else
    print_findings (findings, sequence, hash != NULL ? hash : "");
  return problems == 0 ? MS_EXIT_OK : MS_EXIT_FAILED;
}

static gboolean
check_options (GError **error)
{
  if (option_since < 0)
    ms_ctl_usage_error (error, _ ("%s is a number from %d on"), "--since", 0);
  else if (option_head != NULL && !ms_chain_is_hash (option_head))
    ms_ctl_usage_error (error, _ ("--head is a hash: 64 hexadecimal digits"));
  else
    return TRUE;
  return FALSE;
}

/* Here ---------------------------------------------------------------------------------------- */

/* One line of the file; what is wrong is told. @last: the number in it */
static gboolean
check_line (MsChainCheck *check,
            const char   *line,
            gsize         length,
            Findings     *findings,
            guint        *problems,
            gint64       *last,
            GError      **error)
{
  g_auto (GStrv) deltas = NULL;
  g_autoptr (MsChangeSet) set = ms_change_record_parse (line, (gssize) length, &deltas, error);

  if (set == NULL)
    return FALSE;
  *last = set->sequence;
  if (set->sequence <= option_since)
    return TRUE;
  g_autofree char *problem = ms_chain_check_add (check, set, (const char *const *) deltas);
  if (problem == NULL)
    return TRUE;
  add_problem (findings, set->sequence, problem);
  (*problems)++;
  return TRUE;
}

static MsExit
verify_file (MsCtl *ctl, const char *name, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (name);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_auto (MsChainCheck) check = { 0 };
  g_auto (Findings) findings = { 0 };
  guint  problems = 0;
  guint  number = 0;
  gint64 last = 0;

  if (stream == NULL)
    return MS_EXIT_FAILED;
  if (option_since > 0 && option_head == NULL)
    {
      ms_ctl_usage_error (error, _ ("--since needs --head: the hash that the chain goes on from"));
      return MS_EXIT_USAGE;
    }
  findings_init (&findings);
  ms_chain_check_init (&check, option_since, option_head != NULL ? option_head : "");
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (G_INPUT_STREAM (stream));
  while (TRUE)
    {
      g_autoptr (GError) failed = NULL;
      gsize            length = 0;
      g_autofree char *line = g_data_input_stream_read_line (lines, &length, NULL, &failed);
      number++;
      if (failed != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return MS_EXIT_FAILED;
        }
      if (line == NULL)
        break;
      if (!check_line (&check, line, length, &findings, &problems, &last, &failed))
        {
          /* Whose member it names belongs behind the line. */
          ms_error_set (error,
                        MS_ERROR_INVALID,
                        NULL,
                        NULL,
                        _ ("%s, line %u: %s"), name, number, failed->message);
          return MS_EXIT_FAILED;
        }
    }
  if (check.checked == 0 && option_since == 0)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    _ ("%s holds no change at all, and a store has at least one"), name);
      return MS_EXIT_FAILED;
    }
  if (check.checked == 0 && last > 0 && last < option_since)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    _ ("%s ends with change %" G_GINT64_FORMAT ", before change %" G_GINT64_FORMAT
                       ", after which to begin"),
                       name,
                       last,
                       option_since);
      return MS_EXIT_FAILED;
    }
  findings.checked = check.checked;
  return report (ctl, &findings, problems, check.sequence, check.hash);
}

/* By the server ------------------------------------------------------------------------------- */

static JsonObject *
ask_server (MsCtl *ctl, gint64 since, const char *hash, GError **error)
{
  JsonObject *body = json_object_new ();

  json_object_set_int_member (body, "since", since);
  if (hash != NULL)
    json_object_set_string_member (body, "hash", hash);
  return ms_ctl_post (ctl, "/api/v1/audit/verify", body, error);
}

/* How many */
static guint
add_problems (Findings *findings, JsonObject *answer)
{
  g_autoptr (JsonArray) problems = ms_ctl_array (answer, "problems");

  for (guint i = 0; i < json_array_get_length (problems); i++)
    {
      g_autoptr (JsonObject) problem = ms_ctl_element (problems, i);
      add_problem (findings, ms_ctl_int (problem, "sequence"), ms_ctl_string (problem, "problem"));
    }
  findings->is_cut |= json_array_get_length (problems) >= MAX_TOLD;
  return json_array_get_length (problems);
}

static MsExit
run_verify (MsCtl *ctl, char **args, GError **error)
{
  gint64           since = option_since;
  g_autofree char *hash = g_strdup (option_head);
  guint            problems = 0;
  gboolean         complete = FALSE;
  g_auto (Findings) findings = { 0 };

  findings_init (&findings);
  if (!check_options (error))
    return MS_EXIT_USAGE;
  while (!complete)
    {
      g_autoptr (JsonObject) answer = ask_server (ctl, since, hash, error);
      if (answer == NULL)
        return MS_EXIT_FAILED;
      problems += add_problems (&findings, answer);
      findings.checked += ms_ctl_int (answer, "checked");
      complete = ms_ctl_boolean (answer, "complete");
      since = ms_ctl_int (answer, "sequence");
      g_free (hash);
      hash = g_strdup (ms_ctl_string (answer, "hash"));
    }
  return report (ctl, &findings, problems, since, hash);
}

static MsExit
run_check (MsCtl *ctl, char **args, GError **error)
{
  return check_options (error) ? verify_file (ctl, args[0], error) : MS_EXIT_USAGE;
}

static MsExit
run_head (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (JsonObject) head = ms_ctl_get (ctl, "/api/v1/audit/head", error);

  if (head == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (head);
  else
    ms_ctl_print (
        "%" G_GINT64_FORMAT " %s\n", ms_ctl_int (head, "sequence"), ms_ctl_string (head, "hash"));
  return MS_EXIT_OK;
}

static MsExit
run_export (MsCtl *ctl, char **args, GError **error)
{
  if (!check_options (error))
    return MS_EXIT_USAGE;
  g_autofree char *path
      = g_strdup_printf ("/api/v1/audit/export?since=%" G_GINT64_FORMAT, option_since);

  return ms_ctl_check_new_file (args[0], option_replace, error)
                 && ms_ctl_download_to (ctl, path, args[0], 0600, error)
             ? MS_EXIT_OK
             : MS_EXIT_FAILED;
}

/* clang-format off: one row, one line */
const MsCtlVerb ms_verbs_audit[] = {
  { "audit",
    "head",
    NULL,
    N_ ("Show the number and the hash of the last change, to be kept elsewhere"),
        0,
        0,
        TRUE,
        NULL,
        run_head },
    { "audit",
      "verify",
      NULL,
      N_ ("Let the server check that no change was altered or taken out"),
          0,
          0,
          TRUE,
          verify_options,
          run_verify },
      { "audit",
        "export",
        "FILE",
        N_ ("Write all changes to a file, one a line; - is the standard output"),
            1,
            1,
            TRUE,
            export_options,
            run_export },
        { "audit",
          "check",
          "FILE",
          N_ ("Check an exported file here, without the server"),
              1,
              1,
              FALSE,
              verify_options,
              run_check },
          { NULL },
      };
/* clang-format on */
