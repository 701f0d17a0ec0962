/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parts of the console that need no window: drop rules, change sets in words, the selection,
 * the undo stack, addresses.
 */
#include "config.h"

#include "ms-bitset-selection.h"
#include "ms-change-text.h"
#include "ms-drop-rules.h"
#include "ms-entry-list.h"
#include "ms-server.h"
#include "ms-sort-probe.h"
#include "ms-undo-stack.h"

/* Drop rules
 * -----------------------------------------------------------------------------------------------------
 */

#define A "https://a:7443"
#define B "https://b:7443"

typedef struct
{
  const char   *name;
  MsDropSubject subject;
  MsDropTarget  target;
  MsDropVerdict verdict;
  const char   *verb;
  const char   *to;
  const char   *text;
} DropCase;

static const char *const ids[] = { "1", "2", NULL };
static const char *const one[] = { "1", NULL };
static const char *const group_ids[] = { "g1", NULL };
static const char *const in_g1[] = { "g1", "g1", NULL };
static const char *const in_g1_and_top[] = { "g1", "", NULL };
static const char *const at_top[] = { "", "", NULL };
static const char *const one_in_g1[] = { "g1", NULL };
static const char *const one_at_top[] = { "", NULL };
static const char *const of_u1[] = { "u1", "u1", NULL };
static const char *const of_u1_u2[] = { "u1", "u2", NULL };
static const char *const below_g1[] = { "g7", "g1", NULL };
static const char *const below_g3[] = { "g3", NULL };

#define MAILBOXES(places, owners)                                                                  \
  {                                                                                                \
    A, MS_NODE_MAILBOX, 2, "john", ids, places, owners                                             \
  }
#define GROUP(kind, id, label)                                                                     \
  {                                                                                                \
    A, TRUE, kind, id, label, NULL                                                                 \
  }

static const DropCase drop_cases[] = {
  { "mailboxes onto a group",
    MAILBOXES (at_top, of_u1),
    GROUP (MS_NODE_MAIL_GROUP, "g2", "EMEA"),
    MS_DROP_ACTION,
    "move",
    "g2",
    "Move 2 mailboxes to EMEA" },
  { "one mailbox onto a group",
    { A, MS_NODE_MAILBOX, 1, "john", one, one_at_top, NULL },
    GROUP (MS_NODE_MAIL_GROUP, "g2", "EMEA"),
    MS_DROP_ACTION,
    "move",
    "g2",
    "Move john to EMEA" },
  { "mailboxes where they are",
    MAILBOXES (in_g1, of_u1),
    GROUP (MS_NODE_MAIL_GROUP, "g1", "Sales"),
    MS_DROP_SAME_PLACE,
    NULL,
    "g1",
    "2 mailboxes are in Sales already" },
  { "some of them are there",
    MAILBOXES (in_g1_and_top, of_u1),
    GROUP (MS_NODE_MAIL_GROUP, "g1", "Sales"),
    MS_DROP_ACTION,
    "move",
    "g1",
    "Move 2 mailboxes to Sales" },
  { "mailboxes to the top",
    MAILBOXES (in_g1, of_u1),
    GROUP (MS_NODE_MAILBOXES, "", "Mailboxes"),
    MS_DROP_ACTION,
    "move",
    NULL,
    "Move 2 mailboxes to the top, out of any group" },
  { "mailboxes that are at the top",
    MAILBOXES (at_top, of_u1),
    GROUP (MS_NODE_MAILBOXES, "", "Mailboxes"),
    MS_DROP_SAME_PLACE,
    NULL,
    NULL,
    "2 mailboxes are in Mailboxes already" },
  { "not all of them known",
    { A, MS_NODE_MAILBOX, 900, "john", ids, in_g1, of_u1 },
    GROUP (MS_NODE_MAIL_GROUP, "g1", "Sales"),
    MS_DROP_ACTION,
    "move",
    "g1",
    "Move 900 mailboxes to Sales" },
  { "mailboxes onto a user",
    MAILBOXES (at_top, of_u1_u2),
    GROUP (MS_NODE_USER, "u1", "john"),
    MS_DROP_ACTION,
    "setOwner",
    "u1",
    "Make 2 mailboxes secondary mailboxes of john" },
  { "mailboxes onto their owner",
    MAILBOXES (at_top, of_u1),
    GROUP (MS_NODE_USER, "u1", "john"),
    MS_DROP_SAME_PLACE,
    NULL,
    "u1",
    "2 mailboxes belong to john already" },
  { "mailboxes onto Users",
    MAILBOXES (at_top, of_u1),
    GROUP (MS_NODE_USERS, "", "Users"),
    MS_DROP_REFUSED,
    NULL,
    NULL,
    "Drop mailboxes on one user to give them to that user" },
  { "mailboxes onto a list",
    MAILBOXES (at_top, of_u1),
    GROUP (MS_NODE_MAILING_LIST, "l1", "Staff"),
    MS_DROP_ACTION,
    "addEntries",
    "l1",
    "Add 2 mailboxes to the list Staff" },
  { "mailboxes onto Mailing Lists",
    MAILBOXES (at_top, of_u1),
    GROUP (MS_NODE_LISTS, "", "Mailing Lists"),
    MS_DROP_REFUSED,
    NULL,
    NULL,
    "Drop on one of the lists to add an entry" },
  { "mailboxes onto Templates",
    MAILBOXES (at_top, of_u1),
    GROUP (MS_NODE_TEMPLATES, "", "Templates"),
    MS_DROP_NOTHING,
    NULL,
    NULL,
    "" },
  { "mailboxes onto another server",
    MAILBOXES (at_top, of_u1),
    { B, TRUE, MS_NODE_MAIL_GROUP, "g2", "EMEA", NULL },
    MS_DROP_REFUSED,
    NULL,
    NULL,
    "Objects cannot be moved to another server" },
  { "mailboxes on a read-only server",
    MAILBOXES (at_top, of_u1),
    { A, FALSE, MS_NODE_MAIL_GROUP, "g2", "EMEA", NULL },
    MS_DROP_REFUSED,
    NULL,
    NULL,
    "This server is opened read-only" },
  { "group onto a group",
    { A, MS_NODE_MAIL_GROUP, 1, "Sales", group_ids, one_at_top, NULL },
    { A, TRUE, MS_NODE_MAIL_GROUP, "g9", "Support", below_g3 },
    MS_DROP_ACTION,
    "move",
    "g9",
    "Move Sales to Support" },
  { "group onto itself",
    { A, MS_NODE_MAIL_GROUP, 1, "Sales", group_ids, one_at_top, NULL },
    GROUP (MS_NODE_MAIL_GROUP, "g1", "Sales"),
    MS_DROP_REFUSED,
    NULL,
    NULL,
    "A mail group cannot be moved into itself" },
  { "group below itself",
    { A, MS_NODE_MAIL_GROUP, 1, "Sales", group_ids, one_at_top, NULL },
    { A, TRUE, MS_NODE_MAIL_GROUP, "g8", "Berlin", below_g1 },
    MS_DROP_REFUSED,
    NULL,
    NULL,
    "Berlin is inside of what you are moving" },
  { "group onto its parent",
    { A, MS_NODE_MAIL_GROUP, 1, "EMEA", group_ids, one_in_g1, NULL },
    { A, TRUE, MS_NODE_MAIL_GROUP, "g1x", "Sales", NULL },
    MS_DROP_ACTION,
    "move",
    "g1x",
    "Move EMEA to Sales" },
  { "group to the top",
    { A, MS_NODE_MAIL_GROUP, 1, "EMEA", group_ids, one_in_g1, NULL },
    GROUP (MS_NODE_MAILBOXES, "", "Mailboxes"),
    MS_DROP_ACTION,
    "move",
    NULL,
    "Move EMEA to the top, out of any group" },
  { "top group to the top",
    { A, MS_NODE_MAIL_GROUP, 1, "Sales", group_ids, one_at_top, NULL },
    GROUP (MS_NODE_MAILBOXES, "", "Mailboxes"),
    MS_DROP_SAME_PLACE,
    NULL,
    NULL,
    "Sales is in Mailboxes already" },
  { "group onto a user",
    { A, MS_NODE_MAIL_GROUP, 1, "Sales", group_ids, one_at_top, NULL },
    GROUP (MS_NODE_USER, "u1", "john"),
    MS_DROP_REFUSED,
    NULL,
    NULL,
    "Mail groups hold mailboxes; they do not belong to users" },
  { "users onto a group",
    { A, MS_NODE_USER, 2, "john", ids, at_top, NULL },
    GROUP (MS_NODE_MAIL_GROUP, "g2", "EMEA"),
    MS_DROP_ACTION,
    "move",
    "g2",
    "Move the mailboxes of 2 users to EMEA" },
  { "users onto a user",
    { A, MS_NODE_USER, 2, "john", ids, at_top, NULL },
    GROUP (MS_NODE_USER, "u9", "jane"),
    MS_DROP_REFUSED,
    NULL,
    NULL,
    "A user cannot be put into another user" },
  { "users onto a list",
    { A, MS_NODE_USER, 1, "john", one, one_at_top, NULL },
    GROUP (MS_NODE_MAILING_LIST, "l1", "Staff"),
    MS_DROP_ACTION,
    "addEntries",
    "l1",
    "Add john to the list Staff" },
  { "list onto itself",
    { A, MS_NODE_MAILING_LIST, 1, "Staff", one, one_at_top, NULL },
    GROUP (MS_NODE_MAILING_LIST, "1", "Staff"),
    MS_DROP_REFUSED,
    NULL,
    NULL,
    "A list cannot be an entry of itself" },
  { "list onto a group",
    { A, MS_NODE_MAILING_LIST, 1, "Staff", one, one_at_top, NULL },
    GROUP (MS_NODE_MAIL_GROUP, "g1", "Sales"),
    MS_DROP_REFUSED,
    NULL,
    NULL,
    "Mail groups hold mailboxes and mail groups, no mailing lists" },
  { "file onto a group",
    { "", MS_NODE_N_KINDS, 1, NULL, NULL, NULL, NULL },
    GROUP (MS_NODE_MAIL_GROUP, "g1", "Sales"),
    MS_DROP_IMPORT,
    NULL,
    "g1",
    "Import the file into Sales" },
  { "file onto Users",
    { "", MS_NODE_N_KINDS, 1, NULL, NULL, NULL, NULL },
    GROUP (MS_NODE_USERS, "", "Users"),
    MS_DROP_IMPORT,
    NULL,
    NULL,
    "Import mailboxes and users from the file" },
};

static void
test_drop_rules (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (drop_cases); i++)
    {
      const DropCase *c = &drop_cases[i];
      g_autoptr (MsDropJudgement) judgement = ms_drop_rules_judge (&c->subject, &c->target);

      g_test_message ("%s", c->name);
      g_assert_cmpint (judgement->verdict, ==, c->verdict);
      g_assert_cmpstr (judgement->verb, ==, c->verb);
      g_assert_cmpstr (judgement->to, ==, c->to);
      g_assert_cmpstr (judgement->text, ==, c->text);
    }
}

/* Change sets in words
 * ------------------------------------------------------------------------------------------- */

static const struct
{
  const char *json;
  const char *text;
} summaries[] = {
  { "{\"verb\":\"create\",\"objectCount\":1,\"first\":{\"type\":\"User\",\"label\":\"john\"}}",
    "Created john" },
  { "{\"verb\":\"move\",\"objectCount\":12,\"first\":{\"type\":\"Mailbox\",\"label\":\"john\"},"
    "\"target\":\"EMEA\"}",
    "Moved john and 11 others to EMEA" },
  { "{\"verb\":\"move\",\"objectCount\":2,\"first\":{\"type\":\"Mailbox\",\"label\":\"john\"}}",
    "Moved john and 1 other to the top" },
  { "{\"verb\":\"delete\",\"objectCount\":3}", "Deleted 3 objects" },
  { "{\"verb\":\"update\",\"objectCount\":1,\"first\":{\"type\":\"Guest\",\"label\":\"\"}}",
    "Changed Guest" },
  { "{\"verb\":\"password\",\"objectCount\":1,\"first\":{\"type\":\"User\",\"label\":\"jo<b>hn\"}}",
    "Set a new password for jo<b>hn" },
  { "{\"verb\":\"undo\",\"undoOf\":7,\"objectCount\":1,\"first\":{\"type\":\"User\",\"label\":"
    "\"john\"}}",
    "Undid change 7: john" },
  { "{\"verb\":\"bulk\",\"objectCount\":2,\"first\":{\"type\":\"User\",\"label\":\"john\"}}",
    "Changed john and 1 other in one go" },
  { "{\"verb\":\"return\",\"objectCount\":1,\"first\":{\"type\":\"User\",\"label\":\"john\"}}",
    "Put john back to what it was" },
  { "{\"verb\":\"polish\",\"objectCount\":1,\"first\":{\"type\":\"User\",\"label\":\"john\"}}",
    "polish: john" },
};

static const struct
{
  const char *json;
  const char *text;
} deltas[] = {
  { "{\"path\":\"quota\",\"before\":1000000000,\"after\":2000000000}", "quota: 1.0 GB → 2.0 GB" },
  { "{\"path\":\"description\",\"after\":\"new\"}", "description: nothing → “new”" },
  { "{\"path\":\"active\",\"before\":true,\"after\":false}", "active: yes → no" },
  { "{\"path\":\"group\",\"before\":{\"value\":\"1\",\"display\":\"Sales\"},\"after\":null}",
    "group: Sales → nothing" },
  { "{\"path\":\"aliases\",\"added\":[\"a@b.c\"],\"removed\":[]}", "aliases: added “a@b.c”" },
  { "{\"path\":\"urn:ietf:params:scim:schemas:extension:mailstead:2.0:User:rights.imap\","
    "\"before\":false,\"after\":true}",
    "rights.imap: no → yes" },
  { "{\"path\":\"password\",\"secret\":true}", "password: changed (secrets are not kept here)" },
};

static void
test_change_text (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (summaries); i++)
    {
      g_autoptr (JsonNode) node = json_from_string (summaries[i].json, NULL);
      g_autofree char *text = ms_change_text_summary (json_node_get_object (node));

      g_assert_cmpstr (text, ==, summaries[i].text);
    }
  for (guint i = 0; i < G_N_ELEMENTS (deltas); i++)
    {
      g_autoptr (JsonNode) node = json_from_string (deltas[i].json, NULL);
      g_autofree char *text = ms_change_text_delta (json_node_get_object (node));
      g_auto (GStrv) parts = g_strsplit (text, "\302\240", -1); /* the space before a unit */
      g_autofree char *plain = g_strjoinv (" ", parts);

      g_assert_cmpstr (plain, ==, deltas[i].text);
    }
}

/* Selection
 * ------------------------------------------------------------------------------------------------------
 */

static GListStore *
new_store (guint n)
{
  GListStore *store = g_list_store_new (G_TYPE_OBJECT);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);

      g_list_store_append (store, object);
    }
  return store;
}

static void
count_changes_cb (GtkSelectionModel *model, guint position, guint n, gpointer user_data)
{
  guint *seen = user_data;

  seen[0]++;
  seen[1] = position;
  seen[2] = n;
}

static void
test_selection (void)
{
  g_autoptr (GListStore) store = new_store (10);
  g_autoptr (MsBitsetSelection) selection = ms_bitset_selection_new (G_LIST_MODEL (store));
  GtkSelectionModel *model = GTK_SELECTION_MODEL (selection);
  g_autoptr (GObject) fresh = g_object_new (G_TYPE_OBJECT, NULL);
  guint seen[3] = { 0 };

  g_signal_connect (model, "selection-changed", G_CALLBACK (count_changes_cb), seen);
  gtk_selection_model_select_range (model, 2, 3, TRUE);
  g_assert_cmpuint (ms_bitset_selection_get_size (selection), ==, 3);
  g_assert_cmpuint (seen[1], ==, 2);
  g_assert_cmpuint (seen[2], ==, 3);
  gtk_selection_model_select_item (model, 7, FALSE);
  g_assert_true (gtk_selection_model_is_selected (model, 3));
  g_assert_true (gtk_selection_model_is_selected (model, 7));
  gtk_selection_model_unselect_item (model, 3);
  g_assert_false (gtk_selection_model_is_selected (model, 3));

  /* Rows before a selected one come and go: it stays the same row. */
  g_list_store_insert (store, 0, fresh);
  g_assert_true (gtk_selection_model_is_selected (model, 8));
  g_assert_false (gtk_selection_model_is_selected (model, 7));
  g_list_store_remove (store, 0);
  g_assert_true (gtk_selection_model_is_selected (model, 7));
  g_list_store_remove (store, 7);
  g_assert_cmpuint (ms_bitset_selection_get_size (selection), ==, 2);

  seen[0] = 0;
  gtk_selection_model_select_all (model);
  g_assert_cmpuint (ms_bitset_selection_get_size (selection), ==, 9);
  g_assert_cmpuint (seen[0], ==, 1);
  gtk_selection_model_select_all (model);
  g_assert_cmpuint (seen[0], ==, 1);
  ms_bitset_selection_set_model (selection, NULL);
  g_assert_cmpuint (ms_bitset_selection_get_size (selection), ==, 0);
}

/* Sorting
 * --------------------------------------------------------------------------------------------------------
 */

static void
test_sort_probe (void)
{
  g_autoptr (GtkMultiSorter) multi = gtk_multi_sorter_new ();
  guint    index = 99;
  gboolean descending = TRUE;

  g_assert_false (ms_sort_probe_read (GTK_SORTER (multi), 4, &index, &descending));
  gtk_multi_sorter_append (multi, ms_sort_probe_new_sorter (2));
  g_assert_true (ms_sort_probe_read (GTK_SORTER (multi), 4, &index, &descending));
  g_assert_cmpuint (index, ==, 2);
  g_assert_false (descending);
  gtk_multi_sorter_append (multi, ms_sort_probe_new_sorter (0));
  g_assert_true (ms_sort_probe_read (GTK_SORTER (multi), 4, &index, &descending));
  g_assert_cmpuint (index, ==, 2);
}

/* Undo stack
 * -----------------------------------------------------------------------------------------------------
 */

static void
test_undo_stack (void)
{
  g_autoptr (MsServerInfo) info = ms_server_info_new (NULL, "https://127.0.0.1:1", "admin", NULL);
  g_autoptr (MsServer) server = ms_server_new (info);
  g_autoptr (MsUndoStack) stack = ms_undo_stack_new ();
  MsUndoStep *step;

  g_assert_false (ms_undo_stack_can_undo (stack));
  g_assert_null (ms_undo_stack_pop (stack));
  ms_undo_stack_push (stack, server, 1, "one");
  ms_undo_stack_push (stack, server, 2, "two");
  ms_undo_stack_push (stack, server, 3, "three");
  step = ms_undo_stack_take (stack, server, 2);
  g_assert_cmpstr (step->text, ==, "two");
  ms_undo_step_free (step);
  step = ms_undo_stack_pop (stack);
  g_assert_cmpint (step->change, ==, 3);
  ms_undo_step_free (step);
  ms_undo_stack_push_redo (stack, server, 4, "three");
  g_assert_true (ms_undo_stack_can_redo (stack));
  ms_undo_stack_push_again (stack, server, 5, "three");
  g_assert_true (ms_undo_stack_can_redo (stack));
  /* Something new: what was taken back is forgotten. */
  ms_undo_stack_push (stack, server, 6, "six");
  g_assert_false (ms_undo_stack_can_redo (stack));
  g_assert_null (ms_undo_stack_take (stack, server, 99));
}

/* Addresses of servers
 * ------------------------------------------------------------------------------------------- */

static void
test_addresses (void)
{
  static const struct
  {
    const char *typed;
    const char *url;
    const char *user;
  } cases[] = {
    { "mail.example.org", "https://mail.example.org:7443", NULL },
    { " mail.example.org:8443 ", "https://mail.example.org:8443", NULL },
    { "admin@mail.example.org", "https://mail.example.org:7443", "admin" },
    { "https://mail.example.org:7443/", "https://mail.example.org:7443", NULL },
    { "[::1]:7443", "https://[::1]:7443", NULL },
    { "http://mail.example.org", NULL, NULL },
    { "", NULL, NULL },
    { "mail example", NULL, NULL },
    { "mail:port", NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *user = NULL;
      g_autofree char *url = ms_server_parse_url (cases[i].typed, &user, &error);

      g_test_message ("%s", cases[i].typed);
      g_assert_cmpstr (url, ==, cases[i].url);
      g_assert_cmpstr (user, ==, cases[i].user);
      if (cases[i].url == NULL)
        g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
    }
}

static void
test_entries (void)
{
  g_autoptr (JsonNode) node = json_from_string (
      "{\"id\":\"l\",\"meta\":{\"resourceType\":\"Group\"},\"displayName\":\"Staff\",\"members\":["
      "{\"value\":\"1\",\"type\":\"User\",\"display\":\"john\"},{\"value\":\"2\",\"type\":"
      "\"Mailbox\",\"display\":\"sales\"}],"
      "\"urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group\":{\"externalMembers\":[\"x@y."
      "z\"]}}",
      NULL);
  g_autoptr (MsResource) list = ms_resource_new (json_node_get_object (node));
  g_autoptr (GListModel) entries = ms_entry_list_new (list);
  g_autoptr (MsResource) first = g_list_model_get_item (entries, 0);
  g_autoptr (MsResource) last = g_list_model_get_item (entries, 2);

  g_assert_cmpuint (g_list_model_get_n_items (entries), ==, 3);
  g_assert_cmpstr (ms_resource_get_label (first), ==, "john");
  g_assert_cmpstr (ms_resource_get_type_name (last), ==, "Address");
  ms_entry_list_set_search (entries, "SAL");
  g_assert_cmpuint (g_list_model_get_n_items (entries), ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/console/drop-rules", test_drop_rules);
  g_test_add_func ("/console/change-text", test_change_text);
  g_test_add_func ("/console/selection", test_selection);
  g_test_add_func ("/console/sort-probe", test_sort_probe);
  g_test_add_func ("/console/undo-stack", test_undo_stack);
  g_test_add_func ("/console/addresses", test_addresses);
  g_test_add_func ("/console/entries", test_entries);
  return g_test_run ();
}
