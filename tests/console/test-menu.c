/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Context menus and double clicks by a pointer whose button is held for a while, as people do:
 * whatever happens meanwhile, nothing stays highlighted, and GTK, whose warnings end the test,
 * counts right.
 */
#include "config.h"

#include "ms-properties-window.h"

#include "console-fixture.h"

static ConsoleFixture *fixture;

static GtkWidget *
find_menu (void)
{
  return find_widget (GTK_WIDGET (fixture->window), GTK_TYPE_POPOVER_MENU);
}

static GtkWidget *
find_user (const char *name)
{
  return find_label (GTK_WIDGET (fixture->window->list), name);
}

/* The first of a widget and what is shown in it that counts as held down. */
static GtkWidget *
find_active (GtkWidget *widget)
{
  GtkWidget *found = NULL;

  if (!gtk_widget_get_mapped (widget))
    return NULL;
  if ((gtk_widget_get_state_flags (widget) & GTK_STATE_FLAG_ACTIVE) != 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_active (child);
  return found;
}

static void
assert_nothing_active (void)
{
  GtkWidget *active = find_active (GTK_WIDGET (fixture->window));

  g_assert_cmpstr (active != NULL ? G_OBJECT_TYPE_NAME (active) : NULL, ==, NULL);
}

static void
close_menu (void)
{
  wait_for (find_menu () != NULL);
  assert_nothing_active ();
  keyboard_press ("Escape");
  wait_for (find_menu () == NULL);
  assert_nothing_active ();
}

static void
show_users (void)
{
  tree_select (fixture->window, "Users");
  wait_for (find_user ("anna") != NULL);
  console_settle ();
}

static GtkSelectionModel *
get_selection (void)
{
  GtkWidget *view = find_widget (GTK_WIDGET (fixture->window->list), GTK_TYPE_COLUMN_VIEW);

  return gtk_column_view_get_model (GTK_COLUMN_VIEW (view));
}

/* The menu comes when the button is let go, once GTK has taken back the press. */
static void
hold (GtkWidget *row)
{
  pointer_press (row, 3);
  g_assert_null (find_menu ());
  g_assert_nonnull (find_active (GTK_WIDGET (fixture->window)));
  pointer_let_go (3);
  close_menu ();
}

static void
test_tree (void)
{
  show_users ();
  hold (find_tree_row (fixture->window, "Domains"));
}

static void
test_list (void)
{
  GtkWidget *view;

  show_users ();
  hold (find_user ("anna"));
  g_assert_true (gtk_selection_model_is_selected (get_selection (), 1));
  /* Where there is no row */
  view = find_widget (GTK_WIDGET (fixture->window->list), GTK_TYPE_COLUMN_VIEW);
  hold (view);
  g_assert_false (gtk_selection_model_is_selected (get_selection (), 1));
}

static GtkWidget *
find_dropped (void)
{
  return find_label (GTK_WIDGET (fixture->window->bin), "old");
}

static void
show_bin (void)
{
  tree_select (fixture->window, "Bin");
  wait_for (find_dropped () != NULL);
  console_settle ();
}

static void
test_bin (void)
{
  show_bin ();
  hold (find_dropped ());
}

/* The button may be up before the console hears that it was down. */
static void
test_quick (void)
{
  show_users ();
  pointer_click (find_user ("anna"), 3);
  close_menu ();
  pointer_click (find_tree_row (fixture->window, "Domains"), 3);
  close_menu ();
}

/* Who lets go elsewhere thought better of it. */
static void
test_elsewhere (void)
{
  GtkWidget *tree;

  show_users ();
  tree = find_tree_row (fixture->window, "Domains");
  pointer_press (find_user ("anna"), 3);
  pointer_move (tree, 0.5, 0.5);
  pointer_let_go (3);
  g_assert_null (find_menu ());
  assert_nothing_active ();

  pointer_press (tree, 3);
  pointer_move (find_user ("anna"), 0.5, 0.5);
  pointer_let_go (3);
  g_assert_null (find_menu ());
  assert_nothing_active ();

  /* On another row, the menu is about that one. */
  pointer_press (find_user ("anna"), 3);
  pointer_move (find_user ("cleo"), 0.5, 0.5);
  pointer_let_go (3);
  g_assert_true (gtk_selection_model_is_selected (get_selection (), 2));
  g_assert_false (gtk_selection_model_is_selected (get_selection (), 1));
  close_menu ();
}

/* As long as any button is down there is no menu, however it is asked for. */
static void
test_other_button (void)
{
  show_users ();
  pointer_press (find_user ("anna"), 1);
  pointer_click (find_user ("anna"), 3);
  g_assert_null (find_menu ());
  pointer_let_go (1);
  g_assert_null (find_menu ());
  assert_nothing_active ();
  hold (find_user ("anna"));
}

static void
test_key (void)
{
  show_users ();
  pointer_press (find_user ("anna"), 1);
  keyboard_press ("shift+F10");
  g_assert_null (find_menu ());
  pointer_let_go (1);
  g_assert_null (find_menu ());
  assert_nothing_active ();
  keyboard_press ("shift+F10");
  close_menu ();
}

/* On a busy machine a moment is long. */
#define DOUBLE_CLICK_MSEC 5000

static void
press_twice (GtkWidget *row)
{
  g_object_set (gtk_settings_get_default (), "gtk-double-click-time", DOUBLE_CLICK_MSEC, NULL);
  pointer_press_twice (row);
}

/* What a double click opens comes when the button is let go, not before. Where a row became another
 * widget between the presses, or one long before counted too, GTK saw no double click: once its
 * time is up it is done again. */
static void
double_click (GtkWidget *(*find_row) (void), gboolean (*is_open) (void))
{
  for (guint i = 0; i < 5; i++)
    {
      press_twice (find_row ());
      g_assert_false (is_open ());
      pointer_let_go (1);
      if (console_comes_soon (is_open, 2 * DOUBLE_CLICK_MSEC))
        return;
    }
  g_error ("Nothing was opened by a double click");
}

static GtkWidget *
find_anna (void)
{
  return find_user ("anna");
}

static gboolean
is_user_open (void)
{
  return find_window (MS_TYPE_PROPERTIES_WINDOW) != NULL;
}

static gboolean
is_restored (void)
{
  return find_dropped () == NULL;
}

static void
test_double_click (void)
{
  show_users ();
  double_click (find_anna, is_user_open);
  console_settle ();
  gtk_window_close (GTK_WINDOW (find_window (MS_TYPE_PROPERTIES_WINDOW)));
  wait_for (!is_user_open ());
  console_settle ();
  assert_nothing_active ();

  show_bin ();
  double_click (find_dropped, is_restored);
  console_settle ();
  assert_nothing_active ();
}

/* Another press takes it back: nothing opens, then or later. */
static void
test_double_click_taken_back (void)
{
  show_users ();
  press_twice (find_user ("cleo"));
  pointer_click (find_user ("cleo"), 3);
  pointer_let_go (1);
  g_assert_null (find_menu ());
  pointer_click (find_user ("anna"), 1);
  g_assert_null (find_window (MS_TYPE_PROPERTIES_WINDOW));
  assert_nothing_active ();
}

static void
drop_mailbox (void)
{
  g_autofree char *id = console_create (fixture, "/scim/v2/Mailboxes", "{\"name\":\"old\"}");
  g_autofree char *path = g_strconcat ("/scim/v2/Mailboxes/", id, NULL);
  g_autoptr (JsonNode) answer
             = console_request (ms_server_get_connection (fixture->server), "DELETE", path, NULL);
}

int
main (int argc, char *argv[])
{
  int result;

  console_init (&argc, &argv);
  fixture = console_fixture_new ("--empty");
  console_fixture_connect (fixture);
  g_free (console_create (fixture, "/scim/v2/Users", "{\"userName\":\"anna\"}"));
  g_free (console_create (fixture, "/scim/v2/Users", "{\"userName\":\"cleo\"}"));
  drop_mailbox ();
  g_test_add_func ("/console/menu/tree", test_tree);
  g_test_add_func ("/console/menu/list", test_list);
  g_test_add_func ("/console/menu/bin", test_bin);
  g_test_add_func ("/console/menu/quick", test_quick);
  g_test_add_func ("/console/menu/elsewhere", test_elsewhere);
  g_test_add_func ("/console/menu/other-button", test_other_button);
  g_test_add_func ("/console/menu/key", test_key);
  g_test_add_func ("/console/menu/double-click", test_double_click);
  g_test_add_func ("/console/menu/double-click-taken-back", test_double_click_taken_back);
  result = g_test_run ();
  console_fixture_free (fixture);
  return result;
}
