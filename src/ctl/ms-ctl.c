/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the command line to a verb and back to an exit code: tables, options, help.
 */
#include "config.h"
#include "ms-ctl.h"

#include <stdio.h>
#include <string.h>

#include "ms-ctl-output.h"
#include "ms-ctl-session.h"

static const MsCtlVerb *const tables[] = {
  ms_verbs_session,    ms_verbs_user,      ms_verbs_mailbox, ms_verbs_group,   ms_verbs_list,
  ms_verbs_domain,     ms_verbs_template,  ms_verbs_guest,   ms_verbs_explain, ms_verbs_search,
  ms_verbs_schema,     ms_verbs_directory, ms_verbs_import,  ms_verbs_export,  ms_verbs_changes,
  ms_verbs_connection, ms_verbs_server,    ms_verbs_scim,    ms_verbs_store,   ms_verbs_bin,
  ms_verbs_audit,      ms_verbs_setting,   ms_verbs_totp,    ms_verbs_backup,  ms_verbs_object,
  ms_verbs_token,
};

static MsCtl    options;
static gboolean option_help;
static gboolean option_version;

static const GOptionEntry common_options[] = {
  { "server",
    's',
    0,
    G_OPTION_ARG_STRING,
    &options.server,
    N_ ("The saved server to talk to, by name"), N_ ("NAME") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, N_ ("Print JSON"), NULL },
      { "reason",
        0,
        0,
        G_OPTION_ARG_STRING,
        &options.reason,
        N_ ("Kept with what is changed"), N_ ("TEXT") },
        { "yes", 'y', 0, G_OPTION_ARG_NONE, &options.yes, N_ ("Do not ask"), NULL },
          { "help", 'h', 0, G_OPTION_ARG_NONE, &option_help, N_ ("Show this help"), NULL },
            { "version", 0, 0, G_OPTION_ARG_NONE, &option_version, N_ ("Show the version"), NULL },
              { NULL },
          };

void
ms_ctl_usage_error (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, text);
}

gboolean
ms_ctl_check_count (const char *name, int value, int least, int most, GError **error)
{
  if (value >= least && value <= most)
    return TRUE;
  if (most == G_MAXINT)
    ms_ctl_usage_error (error, _ ("%s is a number from %d on"), name, least);
  else
    ms_ctl_usage_error (error, _ ("%s is a number from %d to %d"), name, least, most);
  return FALSE;
}

MsExit
ms_ctl_exit_code (const GError *error)
{
  if (error->domain == G_OPTION_ERROR)
    return MS_EXIT_USAGE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return MS_EXIT_CANCELLED;
  if (error->domain != MS_ERROR)
    return MS_EXIT_FAILED;
  switch ((MsError) error->code)
    {
    case MS_ERROR_NOT_FOUND:
      return MS_EXIT_NOT_FOUND;
    case MS_ERROR_CONFLICT:
    case MS_ERROR_STALE:
      return MS_EXIT_CONFLICT;
    case MS_ERROR_DENIED:
    case MS_ERROR_UNAUTHENTICATED:
      return MS_EXIT_DENIED;
    case MS_ERROR_UNAVAILABLE:
    case MS_ERROR_UNTRUSTED:
      return MS_EXIT_UNREACHABLE;
    case MS_ERROR_INVALID:
    case MS_ERROR_LIMIT:
    case MS_ERROR_UNSUPPORTED:
    case MS_ERROR_INTERNAL:
    default:
      return MS_EXIT_FAILED;
    }
}

/* Help
 * -------------------------------------------------------------------------------------------------
 */

static char *
describe_verb (const MsCtlVerb *verb)
{
  return g_strdup_printf ("%s%s%s%s%s",
                          verb->family,
                          verb->name != NULL ? " " : "",
                          verb->name != NULL ? verb->name : "",
                          verb->synopsis != NULL ? " " : "",
                          verb->synopsis != NULL ? verb->synopsis : "");
}

static void
print_pairs (const char *title, GPtrArray *left, GPtrArray *right)
{
  guint width = 0;

  if (left->len == 0)
    return;
  for (guint i = 0; i < left->len; i++)
    width = MAX (width, MIN (34u, ms_text_width (g_ptr_array_index (left, i))));
  ms_ctl_print ("\n%s\n", title);
  for (guint i = 0; i < left->len; i++)
    {
      const char *text = g_ptr_array_index (left, i);
      guint       used = ms_text_width (text);

      if (used > width)
        ms_ctl_print (
            "  %s\n  %*s  %s\n", text, (int) width, "", (char *) g_ptr_array_index (right, i));
      else
        ms_ctl_print (
            "  %s%*s  %s\n", text, (int) (width - used), "", (char *) g_ptr_array_index (right, i));
    }
}

static void
add_options (GPtrArray *left, GPtrArray *right, const GOptionEntry *entries)
{
  for (const GOptionEntry *entry = entries; entry != NULL && entry->long_name != NULL; entry++)
    {
      g_autofree char *letter = entry->short_name != 0
                                    ? g_strdup_printf ("-%c, ", entry->short_name)
                                    : g_strdup ("    ");
      gboolean         takes = entry->arg_description != NULL;

      if (entry->flags & G_OPTION_FLAG_HIDDEN)
        continue;
      g_ptr_array_add (left,
                       g_strdup_printf ("%s--%s%s%s",
                                        letter,
                                        entry->long_name,
                                        takes ? "=" : "",
                                        takes
                                        ? _ (entry->arg_description)
                                        : ""));
      g_ptr_array_add (right, g_strdup (_ (entry->description)));
    }
}

static void
print_options (const char *title, const GOptionEntry *entries)
{
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) right = g_ptr_array_new_with_free_func (g_free);

  add_options (left, right, entries);
  print_pairs (title, left, right);
}

static void
print_verb_help (const MsCtlVerb *verb)
{
  g_autofree char *line = describe_verb (verb);

  ms_ctl_print ("%s mailsteadctl %s\n\n%s\n", _ ("Usage:"), line, _ (verb->summary));
  if (verb->options != NULL)
    print_options (_ ("Options:"), verb->options);
  print_options (_ ("Common options:"), common_options);
}

/* All verbs, or those of one family. */
static void
print_help (const char *family)
{
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) right = g_ptr_array_new_with_free_func (g_free);

  ms_ctl_print ("%s mailsteadctl %s\n", _ ("Usage:"), _ ("VERB [ARGUMENT…] [OPTION…]"));
  for (gsize t = 0; t < G_N_ELEMENTS (tables); t++)
    for (const MsCtlVerb *verb = tables[t]; verb->family != NULL; verb++)
      if (family == NULL || g_str_equal (family, verb->family))
        {
          g_ptr_array_add (left, describe_verb (verb));
          g_ptr_array_add (right, g_strdup (_ (verb->summary)));
        }
  print_pairs (_ ("Verbs:"), left, right);
  print_options (_ ("Options of every verb:"), common_options);
  if (family == NULL)
    ms_ctl_print ("\n%s\n", _ ("mailsteadctl VERB --help says more about a verb."));
}

/* Dispatch
 * --------------------------------------------------------------------------------------------- */

static gboolean
is_family (const char *word)
{
  for (gsize t = 0; t < G_N_ELEMENTS (tables); t++)
    for (const MsCtlVerb *verb = tables[t]; verb->family != NULL; verb++)
      if (g_str_equal (verb->family, word))
        return TRUE;
  return FALSE;
}

/* How many of @words the verb's name takes up; 0 = it is not this verb. */
static guint
match_verb (const MsCtlVerb *verb, char **words)
{
  if (words[0] == NULL || !g_str_equal (verb->family, words[0]))
    return 0;
  if (verb->name == NULL)
    return 1;

  g_auto (GStrv) parts = g_strsplit (verb->name, " ", -1);
  guint n = g_strv_length (parts);
  for (guint i = 0; i < n; i++)
    if (words[i + 1] == NULL || !g_str_equal (parts[i], words[i + 1]))
      return 0;
  return n + 1;
}

static const MsCtlVerb *
find_verb (char **words, guint *n_words)
{
  const MsCtlVerb *best = NULL;

  *n_words = 0;
  for (gsize t = 0; t < G_N_ELEMENTS (tables); t++)
    for (const MsCtlVerb *verb = tables[t]; verb->family != NULL; verb++)
      {
        guint n = match_verb (verb, words);
        if (n > *n_words)
          {
            *n_words = n;
            best = verb;
          }
      }
  return best;
}

/* The words before the first option decide which verb it is, and with it which options there are.
 */
static const MsCtlVerb *
find_verb_before_options (char **argv, guint *n_words)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  for (guint i = 1; argv[i] != NULL; i++)
    {
      if (g_str_equal (argv[i], "--server") || g_str_equal (argv[i], "-s")
          || g_str_equal (argv[i], "--reason"))
        {
          if (argv[i + 1] != NULL)
            i++;
          continue;
        }
      if (argv[i][0] != '-')
        g_ptr_array_add (words, argv[i]);
    }
  g_ptr_array_add (words, NULL);
  return find_verb ((char **) words->pdata, n_words);
}

static gboolean
check_arguments (const MsCtlVerb *verb, char **args, GError **error)
{
  guint            n = g_strv_length (args);
  g_autofree char *line = describe_verb (verb);

  if (n < (guint) verb->min_args)
    ms_ctl_usage_error (error, _ ("Something is missing. Usage: mailsteadctl %s"), line);
  else if (verb->max_args >= 0 && n > (guint) verb->max_args)
    ms_ctl_usage_error (
        error,
        _ ("“%s” is one argument too many. Usage: mailsteadctl %s"), args[verb->max_args], line);
  else
    return TRUE;
  return FALSE;
}

/* "invalid", "notFound", …: stable words for programs. */
static const char *
error_word (const GError *error)
{
  static const char *const words[]
      = { "invalid", "notFound",    "conflict",  "stale",       "denied",  "unauthenticated",
          "limit",   "unavailable", "untrusted", "unsupported", "internal" };

  if (error->domain == G_OPTION_ERROR)
    return "usage";
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return "cancelled";
  return error->domain == MS_ERROR && error->code < (int) G_N_ELEMENTS (words) ? words[error->code]
                                                                               : "failed";
}

static void
print_error_json (const GError *error)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "error", error_word (error));
  json_object_set_string_member (object, "detail", error->message);
  if (ms_error_get_scim_type (error) != NULL)
    json_object_set_string_member (object, "scimType", ms_error_get_scim_type (error));
  if (ms_error_get_path (error) != NULL)
    json_object_set_string_member (object, "path", ms_error_get_path (error));
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  g_autofree char *text = ms_json_to_string (node);
  fprintf (stderr, "%s\n", text);
}

static void
print_error (const GError *error)
{
  const char *path = ms_error_get_path (error);

  /* Whoever reads our output has had enough of it. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE))
    return;
  if (options.json)
    {
      print_error_json (error);
      return;
    }
  if (ms_connection_error_wants_second_step (error))
    {
      ms_ctl_printerr (_ ("mailsteadctl: Your role must log on in two steps, and nothing else is let in before that: mailsteadctl totp enrol\n"));
      return;
    }
  g_autofree char *reason = ms_ctl_dup_reason (error->message, path);
  const char      *name = path != NULL ? ms_ctl_short_path (path) : "";
  if (*name != '\0' && !g_str_has_prefix (reason, name))
    ms_ctl_printerr ("mailsteadctl: %s: %s\n", name, reason);
  else
    ms_ctl_printerr ("mailsteadctl: %s\n", reason);
}

/* Says what is there instead of a verb. */
static MsExit
no_verb (char **words)
{
  g_autoptr (GError) error = NULL;

  if ((words[0] == NULL || is_family (words[0])) && option_help)
    {
      print_help (words[0]);
      return MS_EXIT_OK;
    }
  if (words[0] == NULL)
    ms_ctl_usage_error (&error, _ ("nothing to do; see mailsteadctl --help"));
  else if (!is_family (words[0]))
    ms_ctl_usage_error (&error, _ ("there is no verb “%s”; see mailsteadctl --help"), words[0]);
  else if (words[1] != NULL)
    ms_ctl_usage_error (
        &error,
        _ ("there is no verb “%s %s”; see mailsteadctl %s --help"), words[0], words[1], words[0]);
  else
    ms_ctl_usage_error (&error,
                        _ ("“%s” needs a verb; see mailsteadctl %s --help"), words[0], words[0]);
  print_error (error);
  return MS_EXIT_USAGE;
}

static MsExit
run_verb (const MsCtlVerb *verb, char **args)
{
  g_autoptr (GError) error = NULL;
  MsExit code = MS_EXIT_FAILED;

  if (option_help)
    {
      print_verb_help (verb);
      return MS_EXIT_OK;
    }
  if (check_arguments (verb, args, &error)
      && ms_ctl_session_open (&options, verb->needs_session, &error))
    code = verb->run (&options, args, &error);
  if (error != NULL)
    {
      print_error (error);
      return ms_ctl_exit_code (error);
    }
  return code;
}

/* "--columns" and the like take their value as the next word, so words are only what the option
 * parser leaves. */
static gboolean
parse_options (const MsCtlVerb *verb, char ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, common_options, GETTEXT_PACKAGE);
  if (verb != NULL && verb->options != NULL)
    g_option_context_add_main_entries (context, verb->options, GETTEXT_PACKAGE);
  return g_option_context_parse_strv (context, argv, error);
}

static MsExit
run_program (char **argv)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = g_strdupv (argv);
  guint            n_words = 0;
  const MsCtlVerb *verb = find_verb_before_options (argv, &n_words);

  /* Also of what stands before it that is no option. */
  for (guint i = 1; argv[i] != NULL && !g_str_equal (argv[i], "--"); i++)
    options.json |= g_str_equal (argv[i], "--json");
  if (options.json)
    ms_ctl_use_json_notes ();
  if (!parse_options (verb, &words, &error))
    {
      print_error (error);
      return MS_EXIT_USAGE;
    }
  if (option_version)
    {
      ms_ctl_print ("mailsteadctl %s\n", MS_VERSION);
      return MS_EXIT_OK;
    }

  char **rest = words[0] != NULL ? words + 1 : words;
  if (rest[0] != NULL && g_str_equal (rest[0], "help"))
    {
      option_help = TRUE;
      rest++;
    }
  /* "--" ends the options and is no argument. */
  for (guint i = 0; rest[i] != NULL; i++)
    if (g_str_equal (rest[i], "--"))
      {
        g_free (rest[i]);
        memmove (&rest[i], &rest[i + 1], (g_strv_length (&rest[i + 1]) + 1) * sizeof *rest);
        break;
      }
  verb = find_verb (rest, &n_words);
  MsExit code = verb != NULL ? run_verb (verb, rest + n_words) : no_verb (rest);
  ms_ctl_session_close (&options);
  return code;
}

MsExit
ms_ctl_main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  ms_ctl_hold_descriptors ();
  MsExit code = run_program (argv);
  if (ms_ctl_finish_output (&error))
    return code;
  print_error (error);
  return code == MS_EXIT_OK ? ms_ctl_exit_code (error) : code;
}
