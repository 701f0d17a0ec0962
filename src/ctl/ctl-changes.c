/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * changes, undo: what was done, by whom, and taking it back.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-verbs.h"

/* A server gives a thousand at once, and one is to know whether there is more. */
#define MAX_COUNT 999
#define DEFAULT_COUNT 20

static char    *option_object;
static int      option_count = DEFAULT_COUNT;
static gboolean option_last;
static char    *option_import;
static gboolean option_dry_run;

static const GOptionEntry changes_options[] = {
  { "object",
    0,
    0,
    G_OPTION_ARG_STRING,
    &option_object,
    N_ ("Only those of this object: user:LOGIN, mailbox:ADDRESS, an id …"), N_ ("OBJECT") },
    { "count",
      0,
      0,
      G_OPTION_ARG_INT,
      &option_count,
      N_ ("How many, the newest first (20)"), N_ ("N") },
      { NULL },
    };

static const GOptionEntry undo_options[] = {
  { "last", 0, 0, G_OPTION_ARG_NONE, &option_last, N_ ("The last change that you made"), NULL },
    { "import",
      0,
      0,
      G_OPTION_ARG_STRING,
      &option_import,
      N_ ("All of an import, or all of the undo of one"), N_ ("ID") },
      { "dry-run",
        0,
        0,
        G_OPTION_ARG_NONE,
        &option_dry_run,
        N_ ("Only say what would happen"), NULL },
        { NULL },
     };

static gboolean
parse_sequence (const char *text, gint64 *sequence, GError **error)
{
  if (g_ascii_string_to_signed (text, 10, 1, G_MAXINT64, sequence, NULL))
    return TRUE;
  ms_ctl_usage_error (error, _ ("“%s” is not the number of a change"), text);
  return FALSE;
}

static char *
describe_objects (JsonObject *change)
{
  JsonObject *first = ms_ctl_object (change, "first");
  const char *label = ms_ctl_string (first, "label");
  gint64      count = ms_ctl_int (change, "objectCount");

  /* The guest has no name. */
  if (label == NULL || *label == '\0')
    label = ms_ctl_string (first, "type");

  if (count > 1)
    return g_strdup_printf (
        _ ("%s and %" G_GINT64_FORMAT " more"), label != NULL ? label : "", count - 1);
  return g_strdup (label != NULL ? label : "");
}

static char *
value_to_text (JsonObject *delta, const char *name)
{
  JsonNode *node = ms_json_object_find (delta, name);

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return g_strdup (_ ("(nothing)"));
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_dup_string (node);
  return ms_json_to_string (node);
}

static void
print_delta (JsonObject *delta)
{
  const char *path = ms_ctl_string (delta, "path");

  if (ms_ctl_boolean (delta, "secret"))
    {
      ms_ctl_print (_ ("    %s: changed\n"), path);
      return;
    }
  if (ms_json_object_find (delta, "added") != NULL
      || ms_json_object_find (delta, "removed") != NULL)
    {
      g_autofree char *added = value_to_text (delta, "added");
      g_autofree char *removed = value_to_text (delta, "removed");
      ms_ctl_print ("    %s: +%s -%s\n", path, added, removed);
      return;
    }
  g_autofree char *before = value_to_text (delta, "before");
  g_autofree char *after = value_to_text (delta, "after");
  ms_ctl_print ("    %s: %s → %s\n", path, before, after);
}

void
ms_ctl_print_change (JsonObject *change)
{
  g_autofree char *time = ms_ctl_format_time (ms_ctl_string (change, "time"));
  const char      *actor = ms_ctl_string (ms_ctl_object (change, "actor"), "name");
  const char      *reason = ms_ctl_string (change, "reason");
  ms_ctl_print (_ ("Change %" G_GINT64_FORMAT ", %s, by %s (%s)\n"),
                   ms_ctl_int (change, "sequence"),
                   time,
                   actor != NULL ? actor : _ ("the system"), ms_ctl_string (change, "channel"));
  if (reason != NULL)
    ms_ctl_print (_ ("Reason: %s\n"), reason);
  if (ms_ctl_string (change, "job") != NULL)
    ms_ctl_print (_ ("Job: %s\n"), ms_ctl_string (change, "job"));
  if (ms_ctl_int (change, "undoneBy") > 0)
    ms_ctl_print (_ ("Undone by change %" G_GINT64_FORMAT "\n"), ms_ctl_int (change, "undoneBy"));

  g_autoptr (JsonArray) changes = ms_ctl_array (change, "changes");
  for (guint i = 0; i < json_array_get_length (changes); i++)
    {
      g_autoptr (JsonObject) object = ms_ctl_element (changes, i);
      g_autoptr (JsonArray) deltas = ms_ctl_array (object, "deltas");

      const char *label = ms_ctl_string (object, "label");
      gboolean    has_label = label != NULL && *label != '\0'; /* the guest has none */
      ms_ctl_print ("  %s %s%s%s\n",
                    ms_ctl_string (object, "verb"),
                    ms_ctl_string (object, "type"),
                    has_label ? " " : "",
                    has_label ? label : "");
      for (guint d = 0; d < json_array_get_length (deltas); d++)
        {
          g_autoptr (JsonObject) delta = ms_ctl_element (deltas, d);
          print_delta (delta);
        }
    }
}

static MsExit
print_change (JsonObject *answer, gpointer user_data, GError **error)
{
  ms_ctl_print_change (answer);
  return MS_EXIT_OK;
}

static MsExit
show_change (MsCtl *ctl, const char *text, GError **error)
{
  gint64 sequence = 0;

  if (!parse_sequence (text, &sequence, error))
    return MS_EXIT_USAGE;
  g_autofree char *path = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT, sequence);
  return ms_ctl_show (ctl, path, print_change, NULL, error);
}

/* With one more, to know whether there is more. */
static char *
changes_path (MsCtl *ctl, GError **error)
{
  if (option_object == NULL)
    return g_strdup_printf ("/api/v1/changes?count=%d", option_count + 1);
  g_autofree char *id = ms_ctl_find_ever (ctl, option_object, error);
  if (id == NULL)
    return NULL;
  return g_strdup_printf ("/api/v1/changes?count=%d&object=%s", option_count + 1, id);
}

static const char *
get_cell (JsonObject *object, const char *name)
{
  const char *text = ms_ctl_string (object, name);

  return text != NULL ? text : "";
}

static void
add_change (MsTable *table, JsonObject *change)
{
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, ms_ctl_int (change, "sequence"));
  gint64           undone_by = ms_ctl_int (change, "undoneBy");
  g_autofree char *undone
      = undone_by > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, undone_by) : g_strdup ("");
  g_autofree char *time = ms_ctl_format_time (ms_ctl_string (change, "time"));
  g_autofree char *objects = describe_objects (change);
  const char      *cells[] = { number,
                               time,
                               get_cell (ms_ctl_object (change, "actor"), "name"),
                               get_cell (change, "channel"),
                               get_cell (change, "verb"),
                               objects,
                               undone,
                               get_cell (change, "reason"),
                               get_cell (change, "job"),
                               NULL };

  ms_table_add (table, cells);
}

static MsExit
run_changes (MsCtl *ctl, char **args, GError **error)
{
  if (args[0] != NULL)
    return show_change (ctl, args[0], error);

  if (!ms_ctl_check_count ("--count", option_count, 1, MAX_COUNT, error))
    return MS_EXIT_USAGE;
  g_autofree char *path = changes_path (ctl, error);
  if (path == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (JsonObject) answer = ms_ctl_get (ctl, path, error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (JsonArray) changes = ms_ctl_array (answer, "changeSets");
  gboolean more = json_array_get_length (changes) > (guint) option_count;
  if (more)
    json_array_remove_element (changes, (guint) option_count);
  if (ctl->json)
    {
      g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), changes);
      ms_ctl_print_json (node);
      return MS_EXIT_OK;
    }

  const char *titles[] = {
    _ (">NUMBER"), _ ("TIME"),   _ ("WHO"),    _ ("BY"),  _ ("WHAT"),
                                                             _ ("OBJECT"),  _ ("UNDONE"), _ ("REASON"), _ ("JOB"), NULL };
  g_autoptr (MsTable) table = ms_table_new (titles);
  for (guint i = 0; i < json_array_get_length (changes); i++)
    {
      g_autoptr (JsonObject) change = ms_ctl_element (changes, i);
      add_change (table, change);
    }
  ms_table_print (table);
  if (more && option_count == DEFAULT_COUNT)
    ms_ctl_print_more (_ ("--count N or --object OBJECT shows it"));
  return MS_EXIT_OK;
}

/* What only tells that something happened (docs/api.md, `/audit`), or cannot be taken back. */
static gboolean
is_for_good (JsonObject *change)
{
  static const char *const told[] = { "Export", "Passwords", "Token", NULL };
  const char              *type = ms_ctl_string (ms_ctl_object (change, "first"), "type");

  return (type != NULL && g_strv_contains (told, type))
         || g_strcmp0 (ms_ctl_string (change, "verb"), "purge") == 0;
}

/* One's own that is not undone */
static gboolean
is_mine (JsonObject *change, const char *me)
{
  const char *actor = ms_ctl_string (ms_ctl_object (change, "actor"), "id");

  return g_strcmp0 (actor, me) == 0 && ms_ctl_int (change, "undoneBy") == 0;
}

static gboolean
is_undo (JsonObject *change)
{
  return ms_ctl_int (change, "undoOf") > 0;
}

/* @older: the newest one before that can be undone, 0 where none of late can be */
static void
refuse_last (JsonObject *last, gint64 older, GError **error)
{
  g_autofree char *objects = describe_objects (last);
  const char      *verb = ms_ctl_string (last, "verb");
  const char      *type = ms_ctl_string (ms_ctl_object (last, "first"), "type");
  g_autofree char *what = g_strdup_printf (
      _ ("Your last change, %" G_GINT64_FORMAT " (%s %s “%s”), cannot be undone"),
         ms_ctl_int (last, "sequence"),
         verb != NULL ? verb : "",
         type != NULL ? type : "",
         objects);

  if (older == 0)
    ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "%s", what);
  else
    ms_error_set (
        error,
        MS_ERROR_CONFLICT,
        NULL,
        NULL,
        _ ("%s; the one before it that can be is undone by: mailsteadctl undo %" G_GINT64_FORMAT),
           what,
           older);
}

/* Said twice, "the last" would take back an older change, which nobody may mean, or do the undone
 * one again. */
static void
refuse_undo (JsonObject *last, GError **error)
{
  gint64 sequence = ms_ctl_int (last, "sequence");

  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                NULL,
                _ ("Your last change, %" G_GINT64_FORMAT ", is itself the undo of %" G_GINT64_FORMAT "; mailsteadctl undo %" G_GINT64_FORMAT " does that again"),
                   sequence,
                   ms_ctl_int (last, "undoOf"),
                   sequence);
}

/* The newest of one's own. Where that stays for good, nothing older is undone instead: whoever says
 * "the last" means what was done just now. */
static gint64
find_last (MsCtl *ctl, GError **error)
{
  g_autoptr (JsonObject) session = ms_ctl_get (ctl, "/api/v1/session", error);
  if (session == NULL)
    return 0;
  g_autoptr (JsonObject) answer = ms_ctl_get (ctl, "/api/v1/changes?count=200", error);
  if (answer == NULL)
    return 0;

  const char *me = ms_ctl_string (ms_ctl_object (session, "user"), "id");
  g_autoptr (JsonArray) changes = ms_ctl_array (answer, "changeSets");
  g_autoptr (JsonObject) last = NULL;
  gint64 older = 0;
  for (guint i = 0; older == 0 && i < json_array_get_length (changes); i++)
    {
      g_autoptr (JsonObject) change = ms_ctl_element (changes, i);

      if (!is_mine (change, me))
        continue;
      if (!is_for_good (change) && !is_undo (change))
        older = ms_ctl_int (change, "sequence");
      if (last == NULL)
        last = json_object_ref (change);
    }
  if (last == NULL)
    ms_error_set (
        error, MS_ERROR_NOT_FOUND, NULL, NULL, _ ("Nothing that you did lately can be undone"));
  else if (is_undo (last))
    refuse_undo (last, error);
  else if (is_for_good (last))
    refuse_last (last, older, error);
  else
    return older;
  return 0;
}

/* (transfer full) */
static char *
describe_undone (gint64 count)
{
  return g_strdup_printf (ngettext ("Import undone: %" G_GINT64_FORMAT " object",
                                    "Import undone: %" G_GINT64_FORMAT " objects",
                                    (gulong) count),
                          count);
}

/* Whoever undoes one change set of an import may have meant all of it. */
static void
tell_job (MsCtl *ctl, JsonObject *answer, gint64 sequence)
{
  const char *job = ms_ctl_string (answer, "job");
  gint64      count = ms_ctl_int (answer, "jobChanges");

  if (job != NULL && count > 1 && !ctl->json)
    ms_ctl_printerr (_ ("Change %" G_GINT64_FORMAT " is one of %" G_GINT64_FORMAT
           " of import %s; mailsteadctl undo --import %s undoes all\n"),
                        sequence,
                        count,
                        job,
                        job);
}

static MsExit
run_undo (MsCtl *ctl, char **args, GError **error)
{
  g_autofree char *path = NULL;
  gint64           sequence = 0;

  if ((args[0] != NULL) + option_last + (option_import != NULL) != 1)
    {
      ms_ctl_usage_error (error,
                          _ ("Undo what? Give the number of a change, --last or --import ID"));
      return MS_EXIT_USAGE;
    }
  if (option_import != NULL)
    {
      g_autofree char *escaped = g_uri_escape_string (option_import, NULL, FALSE);
      path = g_strdup_printf ("/api/v1/imports/%s/undo", escaped);
    }
  else
    {
      if (option_last)
        sequence = find_last (ctl, error);
      else if (!parse_sequence (args[0], &sequence, error))
        return MS_EXIT_USAGE;
      if (sequence == 0)
        return MS_EXIT_FAILED;
      path = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT "/undo", sequence);
    }

  JsonObject *body = json_object_new ();
  if (option_dry_run)
    json_object_set_boolean_member (body, "dryRun", TRUE);
  g_autoptr (JsonObject) answer = ms_ctl_post (ctl, path, body, error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  if (sequence > 0)
    tell_job (ctl, answer, sequence);
  g_autofree char *text
      = sequence > 0 ? g_strdup_printf (_ ("Change %" G_GINT64_FORMAT " undone"), sequence)
                     : describe_undone (ms_ctl_int (answer, "undone"));
  return ms_report_partial (ctl, answer, "undone", text, option_dry_run);
}

const MsCtlVerb ms_verbs_changes[] = {
  { "changes",
    NULL,
    "[NUMBER]",
    N_ ("Show what was changed, or all about one change"),
        0,
        1,
        TRUE,
        changes_options,
        run_changes },
    { "undo", NULL, "[NUMBER]", N_ ("Take a change back"), 0, 1, TRUE, undo_options, run_undo },
      { NULL },
  };
