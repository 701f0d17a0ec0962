/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * search: whatever has some words in a name, address or alias.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-verbs.h"

#define MAX_COUNT 100

static int option_count;

static const GOptionEntry search_options[] = {
  { "count",
    0,
    0,
    G_OPTION_ARG_INT,
    &option_count,
    N_ ("Show so many of each type at most (10)"), N_ ("N") },
    { NULL },
  };

/* (transfer none): an operator's own type has its name only */
static const char *
name_type (const char *type)
{
  static const MsCtlWord words[] = {
    { "User", N_ ("Users") },
      { "Mailbox", N_ ("Mailboxes") },
        { "MailGroup", N_ ("Mail groups") },
          { "Group", N_ ("Mailing lists") },
            { "Domain", N_ ("Domains") },
              { "Template", N_ ("Templates") }, { NULL },
            };

  const char *name = ms_ctl_translate (words, type);

  return name != NULL ? name : type;
}

/* "name.familyName" without the URN of an extension */
static const char *
shorten_path (const char *path)
{
  const char *colon = path != NULL ? strrchr (path, ':') : NULL;

  return colon != NULL ? colon + 1 : path;
}

static void
print_type (JsonObject *type)
{
  g_autoptr (JsonArray) hits = ms_ctl_array (type, "hits");
  gint64 total = ms_ctl_int (type, "total");
  gint64 shown = json_array_get_length (hits);

  const char *name = name_type (ms_ctl_string (type, "type"));
  gboolean    more = ms_ctl_boolean (type, "atLeast");

  if (more)
    ms_ctl_print (_ ("%s (more than %" G_GINT64_FORMAT ")\n"), name, total);
  else
    ms_ctl_print ("%s (%" G_GINT64_FORMAT ")\n", name, total);
  for (guint i = 0; i < json_array_get_length (hits); i++)
    {
      g_autoptr (JsonObject) hit = ms_ctl_element (hits, i);
      const char *label = ms_ctl_string (hit, "label");
      const char *value = ms_ctl_string (hit, "value");
      if (ms_ctl_boolean (hit, "damaged"))
        ms_ctl_print (_ ("  %s  (damaged: not everything can be shown of it)\n"), label);
      else if (value == NULL || g_strcmp0 (label, value) == 0)
        ms_ctl_print ("  %s\n", label);
      else
        ms_ctl_print (
            "  %s  (%s: %s)\n", label, shorten_path (ms_ctl_string (hit, "attribute")), value);
    }
  if (more)
    ms_ctl_print (_ ("  and more; search for more words\n"));
  else if (total > shown)
    ms_ctl_print (_ ("  and %" G_GINT64_FORMAT " more\n"), total - shown);
}

/* @user_data: the words that were searched */
static MsExit
print_hits (JsonObject *answer, gpointer user_data, GError **error)
{
  const char *words = user_data;
  g_autoptr (JsonArray) types = ms_ctl_array (answer, "types");

  for (guint i = 0; i < json_array_get_length (types); i++)
    {
      g_autoptr (JsonObject) type = ms_ctl_element (types, i);
      print_type (type);
    }
  if (json_array_get_length (types) == 0)
    ms_ctl_print (_ ("Nothing has “%s” in it\n"), words);
  return MS_EXIT_OK;
}

static MsExit
run_search (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (GString) path = g_string_new ("/api/v1/search?q=");
  g_autofree char *words = g_strjoinv (" ", args);

  if (!ms_ctl_check_count ("--count", option_count, 0, MAX_COUNT, error))
    return MS_EXIT_USAGE;
  g_string_append_uri_escaped (path, words, NULL, FALSE);
  if (option_count > 0)
    g_string_append_printf (path, "&count=%d", option_count);
  return ms_ctl_show (ctl, path->str, print_hits, words, error);
}

const MsCtlVerb ms_verbs_search[] = {
  { "search",
    NULL,
    "WORD…",
    N_ ("Find whatever has every word in a name, address or alias"),
        1,
        -1,
        TRUE,
        search_options,
        run_search },
    { NULL },
};
