/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way of mail as a tree: what comes again, what closes a loop, and answers that are not what
 * they should be.
 */
#include "ms-error.h"
#include "ms-explanation.h"

static MsExplanation *
parse (const char *text, GError **error)
{
  g_autoptr (GString) json = g_string_new (text);

  g_string_replace (json, "'", "\"", 0);
  g_autoptr (JsonNode) node = json_from_string (json->str, NULL);
  g_assert_nonnull (node);
  return ms_explanation_new (json_node_get_object (node), error);
}

/* "a(b(c) c=)": children in brackets, "=" what is above, "@" a loop. */
static void
append_row (GString *text, MsWayRow *row)
{
  GListModel *children = ms_way_row_get_children (row);

  g_string_append (text, ms_way_row_get_label (row));
  if (ms_way_row_get_mark (row) == MS_WAY_AGAIN)
    g_string_append_c (text, '=');
  if (ms_way_row_get_mark (row) == MS_WAY_LOOP)
    g_string_append_c (text, '@');
  for (guint i = 0; children != NULL && i < g_list_model_get_n_items (children); i++)
    {
      g_autoptr (MsWayRow) child = g_list_model_get_item (children, i);
      g_string_append (text, i == 0 ? "(" : " ");
      append_row (text, child);
    }
  if (children != NULL)
    g_string_append_c (text, ')');
}

#define NODE(name) "{'id':'" name "','label':'" name "','type':'Group'}"
#define EDGE(from, to) "{'from':'" from "','to':'" to "','kind':'member'}"

static const struct
{
  const char *name;
  const char *json;
  const char *tree;
} cases[] = {
  { "alone", "{'nodes':[" NODE ("a") "]}", "a" },
  { "diamond",
    "{'nodes':[" NODE ("a") "," NODE ("b") "," NODE ("c") "],"
                                                          "'edges':[" EDGE ("a", "b") "," EDGE (
                                                              "a", "c") "," EDGE ("b", "c") "]}",
    "a(b(c) c=)" },
  { "loop",
    "{'nodes':[" NODE ("a") "," NODE ("b") "],'edges':[" EDGE ("a", "b") "," EDGE ("b", "a") "]}",
    "a(b(a@))" },
  { "itself", "{'nodes':[" NODE ("a") "],'edges':[" EDGE ("a", "a") "]}", "a(a@)" },
  { "cut-off", "{'nodes':[" NODE ("a") "],'edges':[" EDGE ("a", "elsewhere") "]}", "a" },
  { "odd",
    "{'nodes':[" NODE ("a") ",5,{'id':7},null],'edges':['x',{},{'from':'a'},{'to':'a'}],"
                            "'problems':[3,{'kind':'loop'}],'counts':'many','recipients':[]}",
    "a" },
};

static void
test_trees (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsExplanation) explanation = parse (cases[i].json, &error);
      g_autoptr (GString) text = g_string_new (NULL);

      g_test_message ("%s", cases[i].name);
      g_assert_no_error (error);
      append_row (text, ms_explanation_get_root (explanation));
      g_assert_cmpstr (text->str, ==, cases[i].tree);
      g_assert_cmpint (ms_explanation_count (explanation, MS_EXPLAINED_MAILBOXES), ==, 0);
    }
}

static void
test_refused (void)
{
  static const char *const texts[]
      = { "{}", "{'nodes':[]}", "{'nodes':5}", "{'nodes':[{'label':'a'}]}", "{'nodes':['a']}" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsExplanation) explanation = parse (texts[i], &error);
      g_test_message ("%s", texts[i]);
      g_assert_null (explanation);
      g_assert_error (error, MS_ERROR, MS_ERROR_INTERNAL);
    }
}

/* A chain of forwards as long as an answer may be is neither made nor dropped by recursion. */
static void
test_long (void)
{
  g_autoptr (GString) nodes = g_string_new (NULL);
  g_autoptr (GString) edges = g_string_new (NULL);

  for (guint i = 0; i < 5000; i++)
    {
      g_string_append_printf (nodes, "%s{'id':'n%u','label':'n%u'}", i > 0 ? "," : "", i, i);
      if (i > 0)
        g_string_append_printf (edges, "%s{'from':'n%u','to':'n%u'}", i > 1 ? "," : "", i - 1, i);
    }
  g_autofree char *json = g_strdup_printf ("{'nodes':[%s],'edges':[%s]}", nodes->str, edges->str);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsExplanation) explanation = parse (json, &error);
  g_assert_no_error (error);
  guint depth = 0;
  for (MsWayRow *row = ms_explanation_get_root (explanation); ms_way_row_get_children (row) != NULL;
       depth++)
    {
      g_autoptr (MsWayRow) next = g_list_model_get_item (ms_way_row_get_children (row), 0);
      row = next;
    }
  g_assert_cmpuint (depth, ==, 4999);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explanation/trees", test_trees);
  g_test_add_func ("/explanation/refused", test_refused);
  g_test_add_func ("/explanation/long", test_long);
  return g_test_run ();
}
