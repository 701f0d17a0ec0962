/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bin, history, return: what was deleted, what was done to one object, and getting either back.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-verbs.h"

#define DEFAULT_COUNT 100

static char    *option_type;
static int      option_count = DEFAULT_COUNT;
static gboolean option_alone;
static char    *option_as;
static gboolean option_dry_run;
static gboolean option_all;

/* clang-format off */
static const GOptionEntry list_options[] = {
  { "type", 0, 0, G_OPTION_ARG_STRING, &option_type, N_ ("Only of this type: User, Mailbox, MailGroup, Group, …"), N_ ("TYPE") },
  { "count", 0, 0, G_OPTION_ARG_INT, &option_count, N_ ("How many, the last deleted first (100)"), N_ ("N") },
  { NULL },
};

static const GOptionEntry restore_options[] = {
  { "alone", 0, 0, G_OPTION_ARG_NONE, &option_alone, N_ ("Without the mailboxes of a user or the content of a mail group"), NULL },
  { "as", 0, 0, G_OPTION_ARG_STRING, &option_as, N_ ("Under another name, where its own was taken; a mailbox also in another domain"), N_ ("NAME") },
  { "dry-run", 0, 0, G_OPTION_ARG_NONE, &option_dry_run, N_ ("Only say what would happen"), NULL },
  { NULL },
};

static const GOptionEntry purge_options[] = {
  { "all", 0, 0, G_OPTION_ARG_NONE, &option_all, N_ ("Everything that is in the bin now"), NULL },
  { "dry-run", 0, 0, G_OPTION_ARG_NONE, &option_dry_run, N_ ("Only say what would happen"), NULL },
  { NULL },
};

static const GOptionEntry history_options[] = {
  { "count", 0, 0, G_OPTION_ARG_INT, &option_count, N_ ("How many changes, the newest first (100)"), N_ ("N") },
  { NULL },
};

static const GOptionEntry return_options[] = {
  { "dry-run", 0, 0, G_OPTION_ARG_NONE, &option_dry_run, N_ ("Only say what would happen"), NULL },
  { NULL },
};
/* clang-format on */

/* The bin ----------------------------------------------------------------------------------- */

/* A page of it. @search, @before: (nullable) */
static JsonObject *
get_page (MsCtl *ctl, const char *search, const char *before, int count, GError **error)
{
  g_autoptr (GString) path = g_string_new (NULL);

  g_string_printf (path, "/api/v1/bin?count=%d", count);
  if (option_type != NULL)
    {
      g_autofree char *escaped = g_uri_escape_string (option_type, NULL, FALSE);
      g_string_append_printf (path, "&type=%s", escaped);
    }
  if (search != NULL && *search != '\0')
    {
      g_autofree char *escaped = g_uri_escape_string (search, NULL, FALSE);
      g_string_append_printf (path, "&search=%s", escaped);
    }
  if (before != NULL)
    g_string_append_printf (path, "&before=%s", before);
  return ms_ctl_get (ctl, path->str, error);
}

static void
add_row (MsTable *table, JsonObject *object)
{
  g_autofree char *deleted = ms_ctl_format_time (ms_ctl_string (object, "deleted"));
  const char      *until = ms_ctl_string (object, "keptUntil");
  g_autofree char *kept = until != NULL ? ms_ctl_format_time (until) : g_strdup ("");
  const char      *actor = ms_ctl_string (ms_ctl_object (object, "by"), "name");
  g_autofree char *change = g_strdup_printf ("%" G_GINT64_FORMAT, ms_ctl_int (object, "change"));
  const char      *cells[] = { ms_ctl_string (object, "type"),
                               ms_ctl_string (object, "label"),
                               deleted,
                          actor != NULL ? actor : "",
                               kept,
                               change,
                               ms_ctl_string (object, "id"),
                               NULL };

  ms_table_add (table, cells);
}

static MsExit
run_list (MsCtl *ctl, char **args, GError **error)
{
  g_autofree char *search = g_strjoinv (" ", args);

  if (!ms_ctl_check_count ("--count", option_count, 1, 1000, error))
    return MS_EXIT_USAGE;
  g_autoptr (JsonObject) page = get_page (ctl, search, NULL, option_count, error);

  if (page == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (JsonArray) objects = ms_ctl_array (page, "objects");
  if (ctl->json)
    {
      g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), objects);
      ms_ctl_print_json (node);
      return MS_EXIT_OK;
    }
  const char *titles[] = {
    _ ("TYPE"), _ ("NAME"), _ ("DELETED"), _ ("BY"), _ ("KEPT UNTIL"), _ (">CHANGE"), _ ("ID"), NULL };
  g_autoptr (MsTable) table = ms_table_new (titles);
  for (guint i = 0; i < json_array_get_length (objects); i++)
    {
      g_autoptr (JsonObject) object = ms_ctl_element (objects, i);
      add_row (table, object);
    }
  ms_table_print (table);
  if (ms_ctl_string (page, "next") != NULL)
    ms_ctl_print_more (_ ("--count N, --type TYPE or words narrow it"));
  return MS_EXIT_OK;
}

static JsonArray *
find_all_in_bin (MsCtl *ctl, char **names, GError **error)
{
  g_autoptr (JsonArray) ids = json_array_new ();

  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_autofree char *id = ms_ctl_find_in_bin (ctl, names[i], error);
      if (id == NULL)
        return NULL;
      json_array_add_string_element (ids, id);
    }
  return g_steal_pointer (&ids);
}

/* The attribute that "--as" gives, by the type of what is to be restored. */
static gboolean
add_as (MsCtl *ctl, JsonObject *body, const char *id, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/api/v1/history/%s?count=1", id);
  g_autoptr (JsonObject) history = ms_ctl_get (ctl, path, error);

  if (history == NULL)
    return FALSE;
  const char           *type_name = ms_ctl_string (ms_ctl_object (history, "object"), "type");
  const MsResourceType *type
      = type_name != NULL ? ms_schema_registry_get_type_by_name (ctl->schemas, type_name) : NULL;
  const MsAttribute *label = type != NULL ? ms_resource_type_get_label (type) : NULL;
  if (label == NULL)
    {
      ms_ctl_usage_error (error, _ ("This has no name that could be another one"));
      return FALSE;
    }
  JsonObject *as = json_object_new ();
  const char *at = strrchr (option_as, '@');
  if (at != NULL && ms_resource_type_find (type, "domain") != NULL)
    {
      g_autofree char *name = g_strndup (option_as, (gsize) (at - option_as));
      json_object_set_string_member (as, label->path, name);
      json_object_set_string_member (as, "domain", at + 1);
    }
  else
    json_object_set_string_member (as, label->path, option_as);
  json_object_set_object_member (body, "as", as);
  return TRUE;
}

/* Whether one of those asked for by itself did not come back. */
static gboolean
has_left_out (JsonObject *answer, JsonArray *named)
{
  g_autoptr (JsonArray) refused = ms_ctl_array (answer, "refused");

  for (guint i = 0; i < json_array_get_length (refused); i++)
    {
      g_autoptr (JsonObject) row = ms_ctl_element (refused, i);
      const char *type = ms_ctl_string (row, "type");
      /* Without a type: was not in the bin at all. */
      if (!ms_ctl_boolean (row, "inBin") && type != NULL && *type != '\0')
        continue;
      for (guint j = 0; j < json_array_get_length (named); j++)
        if (g_strcmp0 (ms_ctl_string (row, "id"), json_array_get_string_element (named, j)) == 0)
          return TRUE;
    }
  return FALSE;
}

static MsExit
run_restore (MsCtl *ctl, char **args, GError **error)
{
  JsonArray *ids = find_all_in_bin (ctl, args, error);
  g_autoptr (JsonObject) body = json_object_new ();

  if (ids == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *first = g_strdup (json_array_get_string_element (ids, 0));
  g_autoptr (JsonArray) named = json_array_ref (ids);
  json_object_set_array_member (body, "ids", ids);
  if (option_alone)
    json_object_set_boolean_member (body, "alone", TRUE);
  if (option_dry_run)
    json_object_set_boolean_member (body, "dryRun", TRUE);
  if (option_as != NULL && !add_as (ctl, body, first, error))
    return MS_EXIT_FAILED;
  g_autoptr (JsonObject) answer
             = ms_ctl_post (ctl, "/api/v1/bin/restore", g_steal_pointer (&body), error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  MsExit code = ms_report_partial (ctl, answer, "restored", _ ("Restored"), option_dry_run);
  return has_left_out (answer, named) ? MS_EXIT_CONFLICT : code;
}

static MsExit
purge (MsCtl *ctl, JsonArray *ids, gint64 *purged, GError **error)
{
  g_autoptr (JsonObject) body = json_object_new ();

  json_object_set_array_member (body, "ids", ids);
  if (option_dry_run)
    json_object_set_boolean_member (body, "dryRun", TRUE);
  g_autoptr (JsonObject) answer
             = ms_ctl_post (ctl, "/api/v1/bin/purge", g_steal_pointer (&body), error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  *purged += ms_ctl_int (answer, "purged");
  return MS_EXIT_OK;
}

/* Page by page; each is gone before the next is asked for, unless nothing goes. */
static MsExit
purge_all (MsCtl *ctl, gint64 *purged, GError **error)
{
  g_autofree char *mark = NULL;

  while (TRUE)
    {
      g_autoptr (JsonObject) page = get_page (ctl, NULL, mark, 1000, error);
      if (page == NULL)
        return MS_EXIT_FAILED;
      g_autoptr (JsonArray) objects = ms_ctl_array (page, "objects");
      g_autoptr (JsonArray) ids = json_array_new ();
      for (guint i = 0; i < json_array_get_length (objects); i++)
        {
          g_autoptr (JsonObject) object = ms_ctl_element (objects, i);
          json_array_add_string_element (ids, ms_ctl_string (object, "id"));
        }
      if (json_array_get_length (ids) == 0)
        return MS_EXIT_OK;
      if (purge (ctl, g_steal_pointer (&ids), purged, error) != MS_EXIT_OK)
        return MS_EXIT_FAILED;
      g_free (mark);
      mark = option_dry_run ? g_strdup (ms_ctl_string (page, "next")) : NULL;
      if (option_dry_run && mark == NULL)
        return MS_EXIT_OK;
    }
}

static MsExit
run_purge (MsCtl *ctl, char **args, GError **error)
{
  gint64 purged = 0;
  MsExit exit;

  if ((args[0] != NULL) == option_all)
    {
      ms_ctl_usage_error (error, _ ("Remove what for good? Name it, or give --all"));
      return MS_EXIT_USAGE;
    }
  g_autoptr (JsonArray) ids = option_all ? NULL : find_all_in_bin (ctl, args, error);
  if (!option_all && ids == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *question = option_all
      ? g_strdup (_ ("Remove everything in the bin for good?"))
      : g_strdup_printf (_ ("Remove %u objects for good?"), json_array_get_length (ids));
  if (!option_dry_run && !ms_prompt_confirm (ctl, question, error))
    return ms_ctl_exit_code (*error);
  exit = option_all ? purge_all (ctl, &purged, error)
                    : purge (ctl, g_steal_pointer (&ids), &purged, error);
  if (exit != MS_EXIT_OK)
    return exit;
  if (ctl->json)
    ms_ctl_print ("{\"purged\":%" G_GINT64_FORMAT "}\n", purged);
  else if (option_dry_run)
    ms_ctl_print (_ ("Would be removed for good: %" G_GINT64_FORMAT "\n"), purged);
  else
    ms_ctl_print (_ ("Removed for good: %" G_GINT64_FORMAT "\n"), purged);
  return MS_EXIT_OK;
}

/* History ----------------------------------------------------------------------------------- */

static MsExit
print_history (JsonObject *answer, gpointer user_data, GError **error)
{
  g_autoptr (JsonArray) sets = ms_ctl_array (answer, "changeSets");

  for (guint i = 0; i < json_array_get_length (sets); i++)
    {
      g_autoptr (JsonObject) set = ms_ctl_element (sets, i);
      ms_ctl_print_change (set);
    }
  if (ms_ctl_boolean (answer, "more") && option_count == DEFAULT_COUNT)
    ms_ctl_print_more (_ ("--count N shows it"));
  return MS_EXIT_OK;
}

static MsExit
run_history (MsCtl *ctl, char **args, GError **error)
{
  if (!ms_ctl_check_count ("--count", option_count, 1, 500, error))
    return MS_EXIT_USAGE;
  g_autofree char *id = ms_ctl_find_ever (ctl, args[0], error);
  if (id == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *path = g_strdup_printf ("/api/v1/history/%s?count=%d", id, option_count);
  return ms_ctl_show (ctl, path, print_history, NULL, error);
}

static MsExit
run_return (MsCtl *ctl, char **args, GError **error)
{
  gint64 sequence = 0;
  g_autoptr (JsonObject) body = json_object_new ();

  if (!g_ascii_string_to_signed (args[1], 10, 1, G_MAXINT64, &sequence, NULL))
    {
      ms_ctl_usage_error (error, _ ("“%s” is not the number of a change"), args[1]);
      return MS_EXIT_USAGE;
    }
  g_autofree char *id = ms_ctl_find_ever (ctl, args[0], error);
  if (id == NULL)
    return MS_EXIT_FAILED;
  json_object_set_int_member (body, "sequence", sequence);
  if (option_dry_run)
    json_object_set_boolean_member (body, "dryRun", TRUE);
  g_autofree char *path = g_strdup_printf ("/api/v1/history/%s/return", id);
  g_autoptr (JsonObject) answer = ms_ctl_post (ctl, path, g_steal_pointer (&body), error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  if (!ctl->json && ms_ctl_int (answer, "changed") == 0)
    {
      ms_ctl_print (_ ("It is so already\n"));
      return MS_EXIT_OK;
    }
  return ms_report_partial (ctl, answer, "changed", _ ("Put back"), option_dry_run);
}

/* clang-format off: one row, one line */
const MsCtlVerb ms_verbs_bin[] = {
  { "bin", "list", "[WORD…]", N_ ("List what was deleted"), 0, -1, TRUE, list_options, run_list },
    { "bin",
      "restore",
      "OBJECT…",
      N_ ("Get deleted objects back, with what belongs to them"),
          1,
          -1,
          TRUE,
          restore_options,
          run_restore },
      { "bin",
        "purge",
        "[OBJECT…]",
        N_ ("Remove deleted objects for good"), 0, -1, TRUE, purge_options, run_purge },
        { "history",
          NULL,
          "OBJECT",
          N_ ("Show what was done to one object, value by value"),
              1,
              1,
              TRUE,
              history_options,
              run_history },
          { "return",
            NULL,
            "OBJECT NUMBER",
            N_ ("Make an object as it was after a change"),
                2,
                2,
                TRUE,
                return_options,
                run_return },
            { NULL },
        };
/* clang-format on */
