/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Not a test: walks through the console on the example organisation and takes the pictures that
 * tests/shots promises. It presses what a person would press, so it fails where the console does.
 */
#include "config.h"

#include "ms-connect-dialog.h"

#include "console-fixture.h"

static char *prefix;

static void
plain_shot (const char *name)
{
  g_autofree char *file = g_strdup_printf ("%s%s", prefix, name);

  take_shot (file);
}

static void
shot (const char *name)
{
  /* The pointer out of the way, so that nothing is highlighted by it. */
  pointer_move (find_widget (find_window (MS_TYPE_WINDOW), MS_TYPE_STATUS_LINE), 0.5, 0.5);
  plain_shot (name);
}

static void
connect_by_dialog (ConsoleFixture *fixture)
{
  GtkWidget *dialog;

  shot ("welcome");
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.add-server", NULL);
  wait_for (find_window (MS_TYPE_CONNECT_DIALOG) != NULL);
  dialog = find_window (MS_TYPE_CONNECT_DIALOG);
  console_settle ();
  console_fill (dialog,
                "Server, or server:port",
                real_server_get (fixture->real, "url") + strlen ("https://"));
  console_fill (dialog, "User", "admin");
  console_fill (dialog, "Password", real_server_get (fixture->real, "password"));
  plain_shot ("connect");
  pointer_click (find_button (dialog, "Connect"), 1);
  wait_for (g_str_equal (ms_connect_dialog_get_page (MS_CONNECT_DIALOG (dialog)), "trust"));
  console_settle ();
  plain_shot ("fingerprint");
  pointer_click (find_button (dialog, "Trust and Connect"), 1);
  wait_for (ms_servers_get_n (fixture->servers) == 1);
  fixture->server = g_list_model_get_item (G_LIST_MODEL (fixture->servers), 0);
  g_object_unref (fixture->server);
  wait_for (tree_has (fixture->window, "Users"));
  wait_for (g_str_equal (ms_list_pane_get_page (fixture->window->list), "list"));
  ms_server_info_set_name (ms_server_get_info (fixture->server), "mail.harbour.example");
  ms_server_info_set_colour (ms_server_get_info (fixture->server), "#e01b24");
  ms_server_info_changed (fixture->server);
  console_settle ();
}

static void
visit (ConsoleFixture *fixture, const char *node, const char *name)
{
  tree_select (fixture->window, node);
  wait_for (!g_str_equal (ms_list_pane_get_page (fixture->window->list), "loading"));
  console_settle ();
  shot (name);
}

static char *
nth_group (ConsoleFixture *fixture, guint n)
{
  GListModel *tree = G_LIST_MODEL (fixture->window->tree->tree);

  for (guint i = 0; i < g_list_model_get_n_items (tree); i++)
    {
      g_autoptr (GtkTreeListRow) row = g_list_model_get_item (tree, i);
      g_autoptr (MsNode) node = gtk_tree_list_row_get_item (row);

      if (ms_node_get_kind (node) == MS_NODE_MAIL_GROUP && n-- == 0)
        return ms_node_dup_label (node);
    }
  return NULL;
}

static void
drag_some (ConsoleFixture *fixture)
{
  MsWindow          *window = fixture->window;
  g_autofree char   *from = nth_group (fixture, 0);
  g_autofree char   *to = nth_group (fixture, 2);
  GtkSelectionModel *selection;

  tree_select (window, from);
  wait_for (g_str_equal (ms_list_pane_get_page (window->list), "list"));
  console_settle ();
  selection = gtk_column_view_get_model (
      GTK_COLUMN_VIEW (find_widget (GTK_WIDGET (window->list), GTK_TYPE_COLUMN_VIEW)));
  for (guint i = 2; i < 8; i++)
    gtk_selection_model_select_item (selection, i, FALSE);
  console_settle ();
  {
    g_autoptr (MsResource) row = g_list_model_get_item (G_LIST_MODEL (selection), 3);
    GtkWidget *cell = find_label (GTK_WIDGET (window->list), ms_resource_get_label (row));

    pointer_drag_over (cell, find_tree_row (window, to));
    plain_shot ("drag");
    pointer_release ();
  }
  console_settle ();
  plain_shot ("moved");
}

static void
context_menu (ConsoleFixture *fixture)
{
  MsWindow *window = fixture->window;

  tree_select (window, "Users");
  wait_for (find_label (GTK_WIDGET (window->list), "admin") != NULL);
  console_settle ();
  pointer_click (find_label (GTK_WIDGET (window->list), "admin"), 3);
  console_settle ();
  plain_shot ("context-menu");
  keyboard_press ("Escape");
}

static void
walk (ConsoleFixture *fixture)
{
  tree_expand (fixture->window, "Mailboxes", TRUE);
  visit (fixture, "Users", "users");
  visit (fixture, "Mailboxes", "mailboxes");
  drag_some (fixture);
  context_menu (fixture);
  visit (fixture, "Mailing Lists", "lists");
  visit (fixture, "Guest", "guest");
  visit (fixture, "Domains", "domains");
  visit (fixture, "Activity", "activity");
  visit (fixture, "Bin", "bin");
  visit (fixture, "mail.harbour.example", "server");
}

static void
set_scheme (AdwColorScheme scheme)
{
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), scheme);
  console_settle ();
}

/* Users by ranges of their names, and the mailboxes of one. */
static void
show_ranges (ConsoleFixture *fixture)
{
  GListModel *tree = G_LIST_MODEL (fixture->window->tree->tree);
  g_autoptr (GtkTreeListRow) range = NULL;

  prefix = (char *) "light-";
  console_settle ();
  tree_expand (fixture->window, "Mailboxes", FALSE);
  tree_expand (fixture->window, "Users", TRUE);
  wait_for (g_list_model_get_n_items (tree) == 11);
  range = g_list_model_get_item (tree, 2);
  gtk_tree_list_row_set_expanded (range, TRUE);
  wait_for (tree_has (fixture->window, "admin"));
  tree_expand (fixture->window, "admin", TRUE);
  visit (fixture, "Users", "ranges");
}

/* A window made for that direction: what it is must be known when rows are made. */
static void
right_to_left (ConsoleFixture *fixture)
{
  MsWindow *first = fixture->window;

  prefix = (char *) "rtl-";
  gtk_widget_set_visible (GTK_WIDGET (first), FALSE);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  fixture->window = ms_window_new (GTK_APPLICATION (fixture->application), fixture->servers);
  gtk_window_present (GTK_WINDOW (fixture->window));
  wait_for (gtk_widget_get_mapped (GTK_WIDGET (fixture->window)));
  console_settle ();
  tree_expand (fixture->window, "mail.harbour.example", TRUE);
  visit (fixture, "Users", "users");
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  fixture->window = first;
}

int
main (int argc, char *argv[])
{
  g_autoptr (ConsoleFixture) fixture = NULL;

  console_init (&argc, &argv);
  prefix = (char *) "light-";
  fixture = console_fixture_new ("--sample");
  connect_by_dialog (fixture);
  walk (fixture);
  prefix = (char *) "dark-";
  set_scheme (ADW_COLOR_SCHEME_FORCE_DARK);
  walk (fixture);
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 720, 480);
  prefix = (char *) "small-";
  set_scheme (ADW_COLOR_SCHEME_FORCE_LIGHT);
  visit (fixture, "Mailboxes", "mailboxes");
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 1180, 760);
  show_ranges (fixture);
  right_to_left (fixture);
  return 0;
}
