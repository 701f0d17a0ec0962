/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * export: CSV that import takes back, written by the server. Of other types (object export) it is
 * the same call, and CSV to read.
 */
#include "config.h"

#include "ms-ctl-file.h"
#include "ms-ctl-verbs.h"

static char    *option_filter;
static char    *option_output;
static gboolean option_replace;

/* clang-format off */
const GOptionEntry ms_export_options[] = {
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &option_output, N_ ("Write to this file instead of the standard output"), N_ ("FILE") },
  { "replace", 0, 0, G_OPTION_ARG_NONE, &option_replace, N_ ("Write over a file that is there"), NULL },
  { "filter", 0, 0, G_OPTION_ARG_STRING, &option_filter, N_ ("Only those that match a SCIM filter"), N_ ("FILTER") },
  { NULL },
};
/* clang-format on */

MsExit
ms_run_export (MsCtl *ctl, const char *type_name, char **words, GError **error)
{
  g_autoptr (GString) url = g_string_new (NULL);
  g_string_append_printf (url, "/api/v1/export?type=%s", type_name);
  if (option_filter != NULL)
    {
      g_string_append (url, "&filter=");
      g_string_append_uri_escaped (url, option_filter, NULL, FALSE);
    }
  if (words[0] != NULL)
    {
      g_autofree char *search = g_strjoinv (" ", words);
      g_string_append (url, "&search=");
      g_string_append_uri_escaped (url, search, NULL, FALSE);
    }
  if (option_output != NULL)
    return ms_ctl_check_new_file (option_output, option_replace, error)
                   && ms_ctl_download_to (ctl, url->str, option_output, 0644, error)
               ? MS_EXIT_OK
               : MS_EXIT_FAILED;
  return ms_ctl_download_out (ctl, url->str, error) ? MS_EXIT_OK : MS_EXIT_FAILED;
}

static MsExit
run_export (MsCtl *ctl, char **args, GError **error)
{
  static const struct
  {
    const char *word;
    const char *type_name;
  } words[] = { { "mailboxes", "Mailbox" }, { "users", "User" }, { "lists", "Group" } };
  const char *type_name = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (words[i].word, args[0]) == 0)
      type_name = words[i].type_name;
  if (type_name == NULL)
    {
      ms_ctl_usage_error (
          error, _ ("Export what? users, mailboxes or lists; others by object export TYPE"));
      return MS_EXIT_USAGE;
    }
  return ms_run_export (ctl, type_name, args + 1, error);
}

const MsCtlVerb ms_verbs_export[] = {
  { "export",
    NULL,
    "users|mailboxes|lists [WORD…]",
    N_ ("Write CSV that import takes back"), 1, -1, TRUE, ms_export_options, run_export },
    { NULL },
};
