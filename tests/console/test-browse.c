/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Looking around and doing things by keyboard: tree, sorting by a click, filter, selection, context
 * menu, renaming in place, deleting with its question, undoing; and two consoles that see each
 * other's change.
 */
#include "config.h"

#include <string.h>

#include "console-fixture.h"
#include "ms-node-list.h"

/* More than one change set of an import takes. */
#define IMPORTED 600

static ConsoleFixture *fixture;

static char *
label_at (guint position)
{
  GListModel *list = ms_list_pane_get_list (fixture->window->list);
  g_autoptr (MsResource) row = list != NULL ? g_list_model_get_item (list, position) : NULL;

  return g_strdup (row != NULL && ms_resource_is_loaded (row) ? ms_resource_get_label (row) : "");
}

static gboolean
row_is (guint position, const char *label)
{
  g_autofree char *there = label_at (position);

  return g_str_equal (there, label);
}

static gboolean
is_listed (const char *label)
{
  return find_label (GTK_WIDGET (fixture->window->list), label) != NULL;
}

static GtkWidget *
get_view (void)
{
  return find_widget (GTK_WIDGET (fixture->window->list), GTK_TYPE_COLUMN_VIEW);
}

static void
show (const char *node, const char *row)
{
  tree_select (fixture->window, node);
  wait_for (is_listed (row));
  console_settle ();
}

static void
test_tree (void)
{
  static const char *const branches[] = { "Users", "Mailboxes", "Mailing Lists", "Templates",
                                          "Guest", "Domains",   "Activity",      "Bin" };

  for (guint i = 0; i < G_N_ELEMENTS (branches); i++)
    g_assert_true (tree_has (fixture->window, branches[i]));
  tree_expand (fixture->window, "Users", TRUE);
  wait_for (tree_has (fixture->window, "anna"));
  tree_expand (fixture->window, "anna", TRUE);
  /* Her mailbox, below her; then collapsed and opened again, it is still open. */
  wait_for (g_list_model_get_n_items (G_LIST_MODEL (fixture->window->tree->tree)) > 13);
  tree_expand (fixture->window, "Users", FALSE);
  g_assert_false (tree_has (fixture->window, "anna"));
  tree_expand (fixture->window, "Users", TRUE);
  wait_for (g_list_model_get_n_items (G_LIST_MODEL (fixture->window->tree->tree)) > 13);
  tree_expand (fixture->window, "anna", FALSE);
  tree_expand (fixture->window, "Users", FALSE);
}

static void
test_sort (void)
{
  show ("Users", "anna");
  wait_for (row_is (0, "admin"));
  pointer_click (find_label (get_view (), "Login"), 1);
  wait_for (row_is (0, "dora"));
  pointer_click (find_label (get_view (), "Full Name"), 1);
  wait_for (row_is (0, "dora") == FALSE);
  pointer_click (find_label (get_view (), "Login"), 1);
  wait_for (row_is (0, "admin"));
}

static void
test_filter (void)
{
  show ("Users", "anna");
  gtk_widget_grab_focus (GTK_WIDGET (fixture->window->tree));
  keyboard_press ("ctrl+f");
  keyboard_type ("bert");
  wait_for (g_list_model_get_n_items (ms_list_pane_get_list (fixture->window->list)) == 1);
  g_assert_true (row_is (0, "bert"));
  keyboard_press ("ctrl+a");
  keyboard_type ("zzz");
  wait_for (g_str_equal (ms_list_pane_get_page (fixture->window->list), "nothing-found"));
  keyboard_press ("Escape");
  wait_for (is_listed ("anna"));
}

static void
test_select_all (void)
{
  show ("Users", "anna");
  pointer_click (find_label (get_view (), "anna"), 1);
  g_assert_cmpuint (ms_list_pane_get_n_selected (fixture->window->list), ==, 1);
  keyboard_press ("ctrl+a");
  g_assert_cmpuint (ms_list_pane_get_n_selected (fixture->window->list),
                    ==,
                    g_list_model_get_n_items (ms_list_pane_get_list (fixture->window->list)));
  pointer_click (find_label (get_view (), "bert"), 1);
  g_assert_cmpuint (ms_list_pane_get_n_selected (fixture->window->list), ==, 1);
  g_assert_nonnull (strstr (ms_status_line_get_shown (fixture->window->status), "1 selected"));
}

static void
test_context_menu (void)
{
  GtkWidget *menu;
  GtkWidget *item;

  show ("Users", "anna");
  pointer_click (find_label (get_view (), "cleo"), 1);
  keyboard_press ("shift+F10");
  wait_for ((menu = find_widget (GTK_WIDGET (fixture->window->list), GTK_TYPE_POPOVER_MENU))
            != NULL);
  console_settle ();
  item = find_label (menu, "Disable Log-on");
  g_assert_nonnull (item);
  while (item != NULL && gtk_widget_get_parent (item) != NULL
         && g_strcmp0 (G_OBJECT_TYPE_NAME (item), "GtkModelButton") != 0)
    item = gtk_widget_get_parent (item);
  g_assert_true (gtk_widget_get_sensitive (item));
  take_shot ("context-menu");
  keyboard_press ("Escape");
  wait_for (find_widget (GTK_WIDGET (fixture->window->list), GTK_TYPE_POPOVER_MENU) == NULL);
}

static gboolean
is_held (GtkWidget *row)
{
  for (GtkWidget *at = row; at != NULL && !GTK_IS_LIST_VIEW (at); at = gtk_widget_get_parent (at))
    if ((gtk_widget_get_state_flags (at) & GTK_STATE_FLAG_ACTIVE) != 0)
      return TRUE;
  return FALSE;
}

/* A row whose menu was open does not stay highlighted. */
static void
test_menu_lets_go (void)
{
  MsWindow *window = fixture->window;

  tree_select (window, "Users");
  console_settle ();
  pointer_click (find_tree_row (window, "Domains"), 3);
  console_settle ();
  keyboard_press ("Escape");
  console_settle ();
  tree_select (window, "Users");
  console_settle ();
  g_assert_false (is_held (find_tree_row (window, "Domains")));
  wait_for (find_label (GTK_WIDGET (window->list), "admin") != NULL);
  pointer_click (find_label (GTK_WIDGET (window->list), "admin"), 3);
  console_settle ();
  keyboard_press ("Escape");
  console_settle ();
  g_assert_false (is_held (find_label (GTK_WIDGET (window->list), "admin")));
}

static void
test_rename (void)
{
  tree_expand (fixture->window, "Mailboxes", TRUE);
  tree_select (fixture->window, "Sales");
  wait_for (find_tree_row (fixture->window, "Sales") != NULL);
  pointer_click (find_tree_row (fixture->window, "Sales"), 1);
  keyboard_press ("F2");
  wait_for (ms_tree_row_is_renaming (MS_TREE_ROW (find_tree_row (fixture->window, "Sales"))));
  keyboard_type ("Markets");
  keyboard_press ("Return");
  wait_for (tree_has (fixture->window, "Markets"));
  g_assert_false (tree_has (fixture->window, "Sales"));
  keyboard_press ("ctrl+z");
  wait_for (tree_has (fixture->window, "Sales"));
}

static void
test_delete (void)
{
  GtkWidget *dialog;

  show ("Users", "dora");
  pointer_click (find_label (get_view (), "dora"), 1);
  keyboard_press ("Delete");
  wait_for ((dialog = find_window (ADW_TYPE_MESSAGE_DIALOG)) != NULL);
  console_settle ();
  take_shot ("delete");
  g_assert_nonnull (find_label (dialog, "Delete dora?"));
  pointer_click (find_button (dialog, "Delete"), 1);
  wait_for (!is_listed ("dora"));
  wait_for (find_label (GTK_WIDGET (fixture->window), "Deleted dora") != NULL);
  gtk_widget_grab_focus (get_view ());
  keyboard_press ("ctrl+z");
  wait_for (is_listed ("dora"));
  wait_for (ms_server_get_count (fixture->server, "User") == 5);
}

static void
on_uploaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MsReply **reply = user_data;
  g_autoptr (GError) error = NULL;

  *reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  g_assert_no_error (error);
}

/* An import is one step back, and the newest: Ctrl+Z must not reach what was done before it. */
static void
test_import_undo (void)
{
  MsConnection *connection = ms_server_get_connection (fixture->server);
  g_autoptr (GBytes) csv = g_bytes_new_static ("username,full name\nzita,Zita Quay\n", 32);
  g_autoptr (MsReply) upload = NULL;
  g_autoptr (JsonNode) started = NULL;
  g_autofree char *path = NULL;
  const char      *id;

  show ("Users", "dora");
  ms_connection_upload_async (
      connection, "/api/v1/imports?name=zita.csv", "text/csv", csv, NULL, on_uploaded_cb, &upload);
  wait_for (upload != NULL);
  id = json_object_get_string_member (json_node_get_object (upload->json), "id");
  path = g_strdup_printf ("/api/v1/imports/%s/run", id);
  started = console_request (connection,
                             "POST",
                             path,
                             "{\"mapping\":[\"userName\",\"displayName\"],\"createUsers\":true}");
  wait_for (is_listed ("zita"));
  gtk_widget_activate_action (
      GTK_WIDGET (fixture->window), "win.report-import", "(sss)", "Imported 1 row", id, "");
  gtk_widget_grab_focus (get_view ());
  keyboard_press ("ctrl+z");
  wait_for (!is_listed ("zita"));
  g_assert_true (is_listed ("dora"));
}

static gint64
count_imported (void)
{
  g_autoptr (JsonNode) answer
             = console_request (ms_server_get_connection (fixture->server),
                                "GET",
                                "/scim/v2/Users?count=0&filter=userName%20sw%20%22zz%22",
                                NULL);

  return json_object_get_int_member (json_node_get_object (answer), "totalResults");
}

/* Undoing one change set of an import says that it is one of several, and offers all. */
static void
test_import_part_undo (void)
{
  MsConnection *connection = ms_server_get_connection (fixture->server);
  g_autoptr (GString) text = g_string_new ("username\n");
  g_autoptr (MsReply) upload = NULL;
  g_autoptr (JsonNode) started = NULL;
  g_autofree char *path = NULL;
  gboolean         done = FALSE;

  for (guint i = 0; i < IMPORTED; i++)
    g_string_append_printf (text, "zz%03u\n", i);
  g_autoptr (GBytes) csv = g_bytes_new (text->str, text->len);
  show ("Users", "dora");
  ms_connection_upload_async (
      connection, "/api/v1/imports?name=many.csv", "text/csv", csv, NULL, on_uploaded_cb, &upload);
  wait_for (upload != NULL);
  const char *id = json_object_get_string_member (json_node_get_object (upload->json), "id");
  path = g_strdup_printf ("/api/v1/imports/%s", id);
  g_autofree char *run = g_strconcat (path, "/run", NULL);
  started = console_request (
      connection, "POST", run, "{\"mapping\":[\"userName\"],\"createUsers\":true}");
  while (!done)
    {
      g_autoptr (JsonNode) import = console_request (connection, "GET", path, NULL);
      done = g_str_equal (json_object_get_string_member (json_node_get_object (import), "state"),
                          "done");
    }
  g_assert_cmpint (count_imported (), ==, IMPORTED);
  ms_window_undo_change (fixture->window, fixture->server, console_sequence (fixture));
  wait_for (find_button (GTK_WIDGET (fixture->window), "Undo Whole Import") != NULL);
  gint64 left = count_imported ();
  g_assert_cmpint (left, >, 0);
  g_assert_cmpint (left, <, IMPORTED);
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.undo-whole-import", NULL);
  wait_for (count_imported () == 0);
  g_assert_true (is_listed ("dora"));
}

/* Nobody changed the password since, and yet no undo puts the one before back. */
static void
test_undo_of_a_part (void)
{
  MsConnection    *connection = ms_server_get_connection (fixture->server);
  g_autofree char *user = console_create (
      fixture, "/scim/v2/Users", "{\"userName\":\"party\",\"password\":\"Correct-horse-7\"}");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", user, NULL);
  g_autoptr (JsonNode) patched
             = console_request (connection,
                                "PATCH",
                                path,
                                "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],"
                                "\"Operations\":[{\"op\":\"add\",\"value\":{\"title\":\"Cook\","
                                "\"password\":\"Correct-horse-8\"}}]}");
  gint64           change = console_sequence (fixture);
  g_autofree char *told = g_strdup_printf ("Undone except for 1 part that cannot be put back:"
                                           " change %u",
                                           (guint) change);

  show ("Users", "party");
  ms_window_undo_change (fixture->window, fixture->server, change);
  wait_for (find_label (GTK_WIDGET (fixture->window), told) != NULL);
}

static void
test_activity (void)
{
  MsWindow *window = fixture->window;

  tree_select (window, "Activity");
  wait_for (ms_activity_pane_get_list (window->activity) != NULL);
  wait_for (g_list_model_get_n_items (ms_activity_pane_get_list (window->activity)) > 5);
  wait_for (find_button (GTK_WIDGET (window->activity), "Undo") != NULL);
}

/* What a menu's verb is about stays, though showing the other page gives up list and selection. */
static void
test_show_activity (void)
{
  MsWindow        *window = fixture->window;
  GtkWidget       *pane = GTK_WIDGET (window->activity);
  g_autofree char *path = NULL;
  g_autofree char *made = NULL;
  g_autoptr (JsonNode) answer = NULL;
  gint64 users;
  guint  n;

  show ("Users", "dora");
  pointer_click (find_label (get_view (), "dora"), 1);
  g_assert_cmpuint (ms_list_pane_get_n_selected (window->list), ==, 1);
  /* GTK keeps the row, and with it the object, while pointer or focus are on it. */
  pointer_move (find_tree_row (window, "Users"), 0.5, 0.5);
  gtk_widget_grab_focus (GTK_WIDGET (window->tree));
  console_settle ();
  {
    g_autoptr (MsObjectSet) set = ms_list_pane_dup_selected (window->list);
    const char *id = ms_resource_get_id (ms_object_set_get_first (set));

    path = g_strdup_printf ("/api/v1/changes?count=100&object=%s", id);
  }
  g_assert_true (gtk_widget_activate_action (get_view (), "object.show-activity", NULL));
  wait_for (find_label (pane, "Only changes of dora") != NULL);

  answer = console_request (ms_server_get_connection (fixture->server), "GET", path, NULL);
  n = json_array_get_length (
      json_object_get_array_member (json_node_get_object (answer), "changeSets"));
  g_assert_cmpuint (n, >, 0);
  wait_for (g_list_model_get_n_items (ms_activity_pane_get_list (window->activity)) > 0);
  g_assert_cmpuint (g_list_model_get_n_items (ms_activity_pane_get_list (window->activity)), ==, n);

  /* Somebody changes something else: it is no reason to show that. */
  users = ms_server_get_count (fixture->server, "User");
  made = console_create (fixture, "/scim/v2/Users", "{\"userName\":\"ella\"}");
  wait_for (ms_server_get_count (fixture->server, "User") == users + 1);
  g_assert_nonnull (find_label (pane, "Only changes of dora"));
  g_assert_cmpuint (g_list_model_get_n_items (ms_activity_pane_get_list (window->activity)), ==, n);
  pointer_click (find_button (pane, "Show All"), 1);
  wait_for (g_list_model_get_n_items (ms_activity_pane_get_list (window->activity)) > n);
}

static gboolean
has_loaded (GListModel *nodes, guint n)
{
  if (g_list_model_get_n_items (nodes) != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MsNode) node = g_list_model_get_item (nodes, i);

      if (!ms_resource_is_loaded (ms_node_get_resource (node)))
        return FALSE;
    }
  return TRUE;
}

/* Users came to a range of the tree: the list is read afresh, with new objects for all rows, and
 * each node takes the one that is its own. */
static void
test_range_grows (void)
{
  static const char *const names[] = { "admin", "anna", "bert", "cleo" };
  g_autoptr (MsNodeList) list = ms_node_list_new_range (fixture->server, MS_NODE_USER, NULL, 0, 3);
  GListModel *nodes = G_LIST_MODEL (list);
  MsNode     *before[3];

  wait_for (has_loaded (nodes, 3));
  for (guint i = 0; i < 3; i++)
    before[i] = g_list_model_get_item (nodes, i);
  ms_node_list_set_range (list, 0, 4);
  wait_for (has_loaded (nodes, 4));
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (MsNode) node = g_list_model_get_item (nodes, i);
      g_autofree char *label = ms_node_dup_label (node);

      g_assert_cmpstr (label, ==, names[i]);
      if (i < 3)
        g_assert_true (node == before[i]);
    }
  for (guint i = 0; i < 3; i++)
    g_object_unref (before[i]);
}

/* Two windows with a connection each are two consoles to the server. */
static void
test_two_consoles (void)
{
  g_autoptr (MsServers) servers = ms_servers_new (NULL);
  g_autoptr (MsServerInfo) info
             = ms_server_info_new (NULL,
                                   real_server_get (fixture->real, "url"),
                                   "admin",
                                   real_server_get (fixture->real, "fingerprint"));
  g_autoptr (MsServer) other = ms_server_new (info);
  MsWindow        *second = ms_window_new (GTK_APPLICATION (fixture->application), servers);
  g_autofree char *made = NULL;
  guint            position;

  gtk_window_present (GTK_WINDOW (second));
  g_assert_true (ms_servers_add (servers, other, FALSE, NULL));
  ms_window_connect (second, other, real_server_get (fixture->real, "password"));
  wait_for (tree_has (second, "Users"));
  tree_expand (second, "Mailboxes", TRUE);
  wait_for (tree_has (second, "Support"));
  tree_select (second, "Support");

  made = console_create (fixture, "/scim/v2/MailGroups", "{\"name\":\"Berlin\"}");
  wait_for (tree_has (second, "Berlin"));
  position = gtk_single_selection_get_selected (second->tree->selection);
  g_assert_cmpuint (position, !=, GTK_INVALID_LIST_POSITION);
  /* What was selected there is still selected. */
  {
    g_autofree char *label = ms_node_dup_label (ms_window_get_node (second));

    g_assert_cmpstr (label, ==, "Support");
  }
  gtk_window_destroy (GTK_WINDOW (second));
  console_settle ();
}

static void
test_labels (void)
{
  GtkWidget *sidebar = find_widget (fixture->window->header, GTK_TYPE_BUTTON);

  gtk_test_accessible_assert_property (
      GTK_ACCESSIBLE (sidebar), GTK_ACCESSIBLE_PROPERTY_LABEL, "Show or hide the tree");
  gtk_test_accessible_assert_property (
      GTK_ACCESSIBLE (fixture->window->menu_button), GTK_ACCESSIBLE_PROPERTY_LABEL, "Main menu");
  gtk_test_accessible_assert_property (
      GTK_ACCESSIBLE (get_view ()), GTK_ACCESSIBLE_PROPERTY_LABEL, "Objects");
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (fixture->window->banner),
                                   GTK_ACCESSIBLE_ROLE_ALERT);
}

static void
make_accounts (void)
{
  static const char *const names[] = { "anna", "bert", "cleo", "dora" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *json
          = g_strdup_printf ("{\"user\":{\"userName\":\"%s\",\"displayName\":\"%c %s\"},"
                             "\"mailbox\":{\"name\":\"%s\"},\"userTemplate\":null,"
                             "\"mailboxTemplate\":null,\"generatePassword\":true}",
                             names[i],
                             (char) ('Z' - (int) i),
                             names[i],
                             names[i]);
      g_autofree char *id = console_create (fixture, "/api/v1/accounts", json);
    }
  g_free (console_create (fixture, "/scim/v2/MailGroups", "{\"name\":\"Sales\"}"));
  g_free (console_create (fixture, "/scim/v2/MailGroups", "{\"name\":\"Support\"}"));
}

int
main (int argc, char *argv[])
{
  int result;

  console_init (&argc, &argv);
  fixture = console_fixture_new ("--empty");
  console_fixture_connect (fixture);
  make_accounts ();
  g_test_add_func ("/console/browse/tree", test_tree);
  g_test_add_func ("/console/browse/sort", test_sort);
  g_test_add_func ("/console/browse/filter", test_filter);
  g_test_add_func ("/console/browse/select-all", test_select_all);
  g_test_add_func ("/console/browse/context-menu", test_context_menu);
  g_test_add_func ("/console/browse/menu-lets-go", test_menu_lets_go);
  g_test_add_func ("/console/browse/rename", test_rename);
  g_test_add_func ("/console/browse/delete", test_delete);
  g_test_add_func ("/console/browse/labels", test_labels);
  g_test_add_func ("/console/browse/two-consoles", test_two_consoles);
  g_test_add_func ("/console/browse/import-undo", test_import_undo);
  g_test_add_func ("/console/browse/import-part-undo", test_import_part_undo);
  g_test_add_func ("/console/browse/undo-of-a-part", test_undo_of_a_part);
  g_test_add_func ("/console/browse/activity", test_activity);
  g_test_add_func ("/console/browse/show-activity", test_show_activity);
  g_test_add_func ("/console/browse/range-grows", test_range_grows);
  result = g_test_run ();
  console_fixture_free (fixture);
  return result;
}
