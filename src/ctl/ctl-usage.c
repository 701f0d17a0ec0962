/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * usage …: what mailboxes use, by mail group, domain or mailbox. What is reported to the server is
 * read in ctl-usage-report.c.
 */
#include "config.h"

#include <string.h>

#include "ctl-usage-private.h"

#define USAGE_PATH "/api/v1/usage"
#define DEFAULT_COUNT 100
#define MOST_COUNT 1000
#define MOST_PERIODS 120

static int   option_periods;
static int   option_count = DEFAULT_COUNT;
static char *option_sort;

/* clang-format off: one row, one line */
static const GOptionEntry show_options[] = {
  { "periods",
    0,
    0,
    G_OPTION_ARG_INT,
    &option_periods,
    N_ ("And the last months, up to 120, with what was stored and sent in each"), N_ ("N") },
    { "sort",
      0,
      0,
      G_OPTION_ARG_STRING,
      &option_sort,
      N_ ("By stored (unless given), sent or name"), N_ ("WHAT") },
      { "count",
        0,
        0,
        G_OPTION_ARG_INT,
        &option_count,
        N_ ("How many mail groups and how many mailboxes (100)"), N_ ("N") },
        { NULL },
      };
/* clang-format on */

/* Figures ------------------------------------------------------------------------------------- */

/* "2 GB"; "" where it is not known. (transfer full) */
static char *
dup_size (JsonObject *usage, const char *name)
{
  if (!json_object_has_member (usage, name))
    return g_strdup ("");
  gint64 bytes = ms_ctl_int (usage, name);
  return bytes > 0 ? ms_ctl_format_size (bytes) : g_strdup ("0");
}

static char *
dup_number (JsonObject *usage, const char *name)
{
  return json_object_has_member (usage, name)
             ? g_strdup_printf ("%" G_GINT64_FORMAT, ms_ctl_int (usage, name))
             : g_strdup ("");
}

static MsTable *
new_table (const char *what)
{
  const char *titles[] = {
    what,        _ (">STORED"),     _ (">%"),          _ (">MESSAGES"),
                                                          _ (">SENT"), _ (">SENT BYTES"), _ ("LAST ACCESS"), NULL };

  return ms_table_new (titles);
}

static void
add_figures (MsTable *table, const char *name, JsonObject *usage)
{
  g_autofree char *stored = dup_size (usage, "storedBytes");
  g_autofree char *percent = dup_number (usage, "percent");
  g_autofree char *messages = dup_number (usage, "storedMessages");
  g_autofree char *sent = dup_number (usage, "sentMessages");
  g_autofree char *sent_bytes = dup_size (usage, "sentBytes");
  g_autofree char *access = ms_ctl_format_time (ms_ctl_string (usage, "lastAccess"));
  const char      *cells[] = { name, stored, percent, messages, sent, sent_bytes, access, NULL };

  ms_table_add (table, cells);
}

static void
print_whole (JsonObject *answer)
{
  JsonObject *of = ms_ctl_object (answer, "of");
  const char *address = ms_ctl_string (answer, "address");
  const char *name = address != NULL ? address
                     : of != NULL    ? ms_ctl_string (of, "label")
                                     : _ ("All mailboxes");
  g_autoptr (MsTable) table = new_table (_ ("USAGE"));

  add_figures (table, name, ms_ctl_object (answer, "usage"));
  ms_table_print (table);
}

static void
print_periods (JsonObject *answer)
{
  const char *titles[]
      = { _ ("MONTH"), _ (">STORED"), _ (">MESSAGES"), _ (">SENT"), _ (">SENT BYTES"), NULL };
  g_autoptr (JsonArray) periods = ms_ctl_array (answer, "periods");
  g_autoptr (MsTable) table = ms_table_new (titles);

  if (json_array_get_length (periods) == 0)
    return;
  for (guint i = 0; i < json_array_get_length (periods); i++)
    {
      g_autoptr (JsonObject) period = ms_ctl_element (periods, i);
      g_autofree char *stored = dup_size (period, "storedBytes");
      g_autofree char *messages = dup_number (period, "storedMessages");
      g_autofree char *sent = dup_number (period, "sentMessages");
      g_autofree char *sent_bytes = dup_size (period, "sentBytes");
      const char      *cells[]
          = { ms_ctl_string (period, "period"), stored, messages, sent, sent_bytes, NULL };
      ms_table_add (table, cells);
    }
  ms_ctl_print ("\n");
  ms_table_print (table);
}

static void
print_children (JsonObject *children, const char *title)
{
  g_autoptr (JsonArray) items = children != NULL ? ms_ctl_array (children, "items") : NULL;
  g_autoptr (MsTable) table = new_table (title);

  if (items == NULL || json_array_get_length (items) == 0)
    return;
  for (guint i = 0; i < json_array_get_length (items); i++)
    {
      g_autoptr (JsonObject) item = ms_ctl_element (items, i);
      const char *address = ms_ctl_string (item, "address");
      add_figures (table,
                   address != NULL ? address : ms_ctl_string (item, "label"),
                   ms_ctl_object (item, "usage"));
    }
  ms_ctl_print ("\n");
  ms_table_print (table);
  if (ms_ctl_int (children, "totalResults") > json_array_get_length (items))
    ms_ctl_print_more (_ ("--count N shows up to 1000"));
}

/* Asking -------------------------------------------------------------------------------------- */

static gboolean
check_options (GError **error)
{
  static const char *const sorts[] = { "stored", "sent", "name", NULL };

  if (option_sort != NULL && !g_strv_contains (sorts, option_sort))
    {
      ms_ctl_usage_error (error, _ ("--sort is stored, sent or name, not “%s”"), option_sort);
      return FALSE;
    }
  return ms_ctl_check_count ("--periods", option_periods, 0, MOST_PERIODS, error)
         && ms_ctl_check_count ("--count", option_count, 1, MOST_COUNT, error);
}

/* @kind: (nullable): of the children. (transfer full) */
static JsonObject *
ask (MsCtl *ctl, const char *of, const char *kind, GError **error)
{
  g_autoptr (GString) path = g_string_new (USAGE_PATH "?");

  if (of != NULL)
    g_string_append_printf (path, "of=%s&", of);
  if (kind != NULL)
    g_string_append_printf (path,
                            "children=%s&count=%d&sortBy=%s",
                            kind,
                            option_count,
                            g_strcmp0 (option_sort, "name") == 0   ? "name"
                            : g_strcmp0 (option_sort, "sent") == 0 ? "sentBytes"
                                                                   : "storedBytes");
  else if (option_periods > 0)
    g_string_append_printf (path, "periods=%d", option_periods);
  if (path->str[path->len - 1] == '&' || path->str[path->len - 1] == '?')
    g_string_truncate (path, path->len - 1);
  return ms_ctl_get (ctl, path->str, error);
}

/* What is in a @type (nullable: the store), each kind under its own name in @answer. */
static gboolean
ask_children (MsCtl *ctl, const char *type, const char *of, JsonObject *answer, GError **error)
{
  static const char *const kinds[] = { "groups", "mailboxes" };

  if (g_strcmp0 (type, "Mailbox") == 0)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (i == 0 && g_strcmp0 (type, "Domain") == 0)
        continue;
      g_autoptr (JsonObject) more = ask (ctl, of, kinds[i], error);
      if (more == NULL)
        return FALSE;
      JsonObject *children = ms_ctl_object (more, "children");
      if (children != NULL)
        json_object_set_object_member (answer, kinds[i], json_object_ref (children));
    }
  return TRUE;
}

static MsResource *
find (MsCtl *ctl, const char *text, GError **error)
{
  char *types[] = { (char *) "MailGroup", (char *) "Domain", (char *) "Mailbox", NULL };

  return ms_ctl_find_among (ctl, types, text, error);
}

static MsExit
run_show (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (MsResource) object = NULL;

  if (!check_options (error))
    return MS_EXIT_FAILED;
  /* "/" is the top, and what is there is all of it. */
  if (args[0] != NULL && !g_str_equal (args[0], "/"))
    {
      object = find (ctl, args[0], error);
      if (object == NULL)
        return MS_EXIT_FAILED;
    }
  const char *id = object != NULL ? ms_resource_get_id (object) : NULL;
  g_autoptr (JsonObject) answer = ask (ctl, id, NULL, error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  JsonObject *of = ms_ctl_object (answer, "of");
  if (!ask_children (ctl, of != NULL ? ms_ctl_string (of, "type") : NULL, id, answer, error))
    return MS_EXIT_FAILED;
  if (ctl->json)
    {
      ms_ctl_print_json_object (answer);
      return MS_EXIT_OK;
    }
  print_whole (answer);
  print_periods (answer);
  print_children (ms_ctl_object (answer, "groups"), _ ("MAIL GROUP"));
  print_children (ms_ctl_object (answer, "mailboxes"), _ ("MAILBOX"));
  return MS_EXIT_OK;
}

/* clang-format off: one row, one line */
const MsCtlVerb ms_verbs_usage[] = {
  { "usage",
    NULL,
    "[OBJECT]",
    N_ ("Show what is stored and sent: by all mailboxes, a mail group, a domain or a mailbox"),
        0,
        1,
        TRUE,
        show_options,
        run_show },
    { "usage", "show", "[OBJECT]", N_ ("The same"), 0, 1, TRUE, show_options, run_show },
      { "usage",
        "report",
        "[FILE]",
        N_ ("Tell the server what mailboxes use: JSON lines, or what “doveadm quota get -A” prints"),
            0,
            1,
            TRUE,
            ms_usage_report_options,
            ms_ctl_usage_report },
        { NULL },
    };
/* clang-format on */
