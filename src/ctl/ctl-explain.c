/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * explain: who gets mail for an address, as a tree.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-verbs.h"
#include "ms-explanation.h"

#define MAX_NODES 5000

static int option_nodes;

static const GOptionEntry explain_options[] = {
  { "nodes",
    0,
    0,
    G_OPTION_ARG_INT,
    &option_nodes,
    N_ ("Show so many places at most, the nearest; all are counted (500)"), N_ ("N") },
    { NULL },
  };

/* Words -----------------------------------------------------------------------------------------
 */

/* (transfer full) */
static char *
name_place (MsWayRow *row)
{
  const char *type = ms_way_row_get_type_name (row);
  const char *label = ms_way_row_get_label (row);
  const char *address = ms_way_row_get_address (row);

  if (g_str_equal (type, "Mailbox"))
    return g_strdup_printf (_ ("mailbox %s"), address != NULL ? address : label);
  if (g_str_equal (type, "MailGroup"))
    return g_strdup_printf (_ ("mail group %s"), label);
  if (g_str_equal (type, "Group"))
    return g_strdup_printf (_ ("list %s"), label);
  if (g_str_equal (type, "User"))
    return g_strdup_printf (_ ("user %s"), label);
  return g_strdup (label);
}

/* (transfer full) */
static char *
name_with_way (MsWayRow *row)
{
  const char      *kind = ms_way_row_get_kind (row);
  g_autofree char *name = name_place (row);

  if (g_str_equal (kind, "alias"))
    return g_strdup_printf (_ ("alias of %s"), name);
  if (g_str_equal (kind, "aliasDomain"))
    return g_strdup_printf (_ ("same as %s"), name);
  if (g_str_equal (kind, "forward"))
    return g_strdup_printf (_ ("forwards to %s"), name);
  return g_steal_pointer (&name);
}

static const char *
explain_dead_end (const char *reason)
{
  static const MsCtlWord words[] = {
    { "unknownAddress", N_ ("nobody has this address") },
      { "closed", N_ ("closed, mail is refused") },
        { "emptyList", N_ ("the list has no entries") },
          { "emptyGroup", N_ ("there is no mailbox in it or below") },
            { "noPrimaryMailbox", N_ ("has no primary mailbox") }, { NULL },
          };

  const char *text = ms_ctl_translate (words, reason);

  return text != NULL ? text : _ ("mail ends here");
}

/* (nullable): what happens to mail at this row */
static const char *
explain_row (MsWayRow *row)
{
  const char *state = ms_way_row_get_state (row);

  if (ms_way_row_get_mark (row) == MS_WAY_LOOP)
    return _ ("a loop: mail was here already");
  if (g_str_equal (state, "deadEnd"))
    return explain_dead_end (ms_way_row_get_reason (row));
  if (ms_way_row_get_mark (row) == MS_WAY_AGAIN)
    return _ ("see above");
  if (g_str_equal (ms_way_row_get_type_name (row), "outside"))
    return _ ("leaves this server");
  if (g_str_equal (state, "delivered") && ms_way_row_get_children (row) != NULL)
    return _ ("delivered, and sent on");
  if (g_str_equal (state, "delivered"))
    return _ ("delivered");
  if (g_str_equal (ms_way_row_get_type_name (row), "Mailbox"))
    return _ ("keeps no copy");
  return ms_way_row_is_disabled (row) ? _ ("cannot log on, mail arrives all the same") : NULL;
}

/* The tree --------------------------------------------------------------------------------------
 */

static void
print_row (MsWayRow *row, const char *indent)
{
  g_autofree char *name = name_with_way (row);
  const char      *text = explain_row (row);

  ms_ctl_print ("%s%s%s%s\n", indent, name, text != NULL ? ": " : "", text != NULL ? text : "");
}

/* A row whose children are being printed. */
typedef struct
{
  MsWayRow *row; /* borrowed: its parent's list holds it */
  guint     next;
  gsize     indent; /* bytes of the indentation of its children */
} Level;

static guint
count_children (MsWayRow *row)
{
  GListModel *children = ms_way_row_get_children (row);

  return children != NULL ? g_list_model_get_n_items (children) : 0;
}

static void
print_next (GArray *levels, GString *indent)
{
  Level           *level = &g_array_index (levels, Level, levels->len - 1);
  guint            n = count_children (level->row);
  gint64           more = ms_way_row_get_more (level->row);
  gboolean         last = level->next + 1 == n && more == 0;
  g_autofree char *above = NULL;

  g_string_truncate (indent, level->indent);
  above = g_strconcat (indent->str, last || level->next == n ? "└─ " : "├─ ", NULL);
  if (level->next == n)
    {
      ms_ctl_print (ngettext ("%s%" G_GINT64_FORMAT " more\n",
                              "%s%" G_GINT64_FORMAT " more\n",
                              (gulong) more),
                    above,
                    more);
      g_array_set_size (levels, levels->len - 1);
      return;
    }
  g_autoptr (MsWayRow) row
             = g_list_model_get_item (ms_way_row_get_children (level->row), level->next++);
  g_string_append (indent, last ? "   " : "│  ");
  Level below = { row, 0, indent->len };
  print_row (row, above);
  g_array_append_val (levels, below);
}

static void
print_tree (MsWayRow *root)
{
  g_autoptr (GArray) levels = g_array_new (FALSE, FALSE, sizeof (Level));
  g_autoptr (GString) indent = g_string_new (NULL);
  Level first = { root, 0, 0 };

  print_row (root, "");
  g_array_append_val (levels, first);
  while (levels->len > 0)
    {
      const Level *level = &g_array_index (levels, Level, levels->len - 1);
      if (level->next < count_children (level->row) || ms_way_row_get_more (level->row) > 0)
        print_next (levels, indent);
      else
        g_array_set_size (levels, levels->len - 1);
    }
}

/* What comes of it ------------------------------------------------------------------------------
 */

static void
print_problem (GPtrArray *places, gboolean is_loop)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < places->len; i++)
    {
      g_autofree char *name = name_place (g_ptr_array_index (places, i));
      g_string_append_printf (text, "%s%s", i > 0 ? " → " : "", name);
    }
  if (is_loop)
    {
      g_autofree char *first = name_place (g_ptr_array_index (places, 0));
      ms_ctl_print (_ ("Loop: %s → %s\n"), text->str, first);
    }
  else
    ms_ctl_print (_ ("Dead end: %s: %s\n"),
                     text->str,
                     explain_dead_end (ms_way_row_get_reason (g_ptr_array_index (places, 0))));
}

/* In the tree stands how many of the next places are missing, and nothing of those behind them. */
static void
print_cut (MsExplanation *explanation)
{
  gint64 places = ms_explanation_count (explanation, MS_EXPLAINED_NODES);

  if (!ms_explanation_is_truncated (explanation))
    return;
  if (option_nodes == MAX_NODES)
    ms_ctl_print (_ ("Only the nearest of %" G_GINT64_FORMAT " places are shown\n"), places);
  else
    ms_ctl_print (_ ("Only the nearest of %" G_GINT64_FORMAT
                     " places are shown; --nodes N shows more, up to %d\n"),
                     places,
                     MAX_NODES);
}

static void
print_summary (MsExplanation *explanation)
{
  gint64 mailboxes = ms_explanation_count (explanation, MS_EXPLAINED_MAILBOXES);
  gint64 outside = ms_explanation_count (explanation, MS_EXPLAINED_OUTSIDE);
  gint64 problems = ms_explanation_count (explanation, MS_EXPLAINED_LOOPS)
                    + ms_explanation_count (explanation, MS_EXPLAINED_DEAD_ENDS);
  guint told = 0;

  if (mailboxes + outside == 0)
    ms_ctl_print (_ ("Nobody gets this mail\n"));
  else
    ms_ctl_print (_ ("Delivered to mailboxes: %" G_GINT64_FORMAT
                     ", to addresses outside: %" G_GINT64_FORMAT "\n"),
                     mailboxes,
                     outside);
  if (!ms_explanation_is_local (explanation))
    ms_ctl_print (_ ("The address is of a domain that is not this server's\n"));
  while (TRUE)
    {
      gboolean is_loop = FALSE;
      g_autoptr (GPtrArray) places = ms_explanation_dup_problem (explanation, told, &is_loop);
      if (places == NULL)
        break;
      told++;
      if (places->len > 0)
        print_problem (places, is_loop);
    }
  if (problems > told)
    ms_ctl_print (_ ("Problems that are not told: %" G_GINT64_FORMAT "\n"), problems - told);
  print_cut (explanation);
  if (!ms_explanation_is_complete (explanation))
    ms_ctl_print (_ ("This is not all: the server gave up counting\n"));
}

static MsExit
print_explanation (JsonObject *answer, gpointer user_data, GError **error)
{
  g_autoptr (MsExplanation) explanation = ms_explanation_new (answer, error);

  if (explanation == NULL)
    return MS_EXIT_FAILED;
  print_tree (ms_explanation_get_root (explanation));
  ms_ctl_print ("\n");
  print_summary (explanation);
  return MS_EXIT_OK;
}

static MsExit
run_explain (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (GString) path = g_string_new ("/api/v1/explain?address=");

  if (option_nodes < 0 || option_nodes > MAX_NODES)
    {
      ms_ctl_usage_error (error, _ ("--nodes is a number up to %d"), MAX_NODES);
      return MS_EXIT_USAGE;
    }
  g_string_append_uri_escaped (path, args[0], NULL, FALSE);
  if (option_nodes > 0)
    g_string_append_printf (path, "&nodes=%d", option_nodes);
  return ms_ctl_show (ctl, path->str, print_explanation, NULL, error);
}

const MsCtlVerb ms_verbs_explain[] = {
  { "explain",
    NULL,
    "ADDRESS",
    N_ ("Show who gets mail for an address, and by which way"),
        1,
        1,
        TRUE,
        explain_options,
        run_explain },
    { NULL },
};
