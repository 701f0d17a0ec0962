/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The bin: what lies in it, restoring one and many, under another name where the old one is taken,
 * deleting for good, and what others do meanwhile.
 */
#include "config.h"

#include "ms-bin-list.h"

#include "console-fixture.h"

static ConsoleFixture *fixture;

static guint
count_rows (void)
{
  GListModel *list = ms_bin_pane_get_list (fixture->window->bin);

  return list != NULL ? g_list_model_get_n_items (list) : 0;
}

static GtkWidget *
get_pane (void)
{
  return GTK_WIDGET (fixture->window->bin);
}

static void
drop (const char *endpoint, const char *id)
{
  g_autofree char *path = g_strconcat ("/scim/v2/", endpoint, "/", id, NULL);
  g_autoptr (JsonNode) answer
             = console_request (ms_server_get_connection (fixture->server), "DELETE", path, NULL);
}

static char *
make_mailbox (const char *name)
{
  g_autofree char *json = g_strdup_printf ("{\"name\":\"%s\"}", name);

  return console_create (fixture, "/scim/v2/Mailboxes", json);
}

/* How many mailboxes the server has of that name. */
static gint64
count_mailboxes (const char *name)
{
  g_autofree char *path
      = g_strdup_printf ("/scim/v2/Mailboxes?count=0&filter=name%%20eq%%20%%22%s%%22", name);
  g_autoptr (JsonNode) node
             = console_request (ms_server_get_connection (fixture->server), "GET", path, NULL);

  return json_object_get_int_member (json_node_get_object (node), "totalResults");
}

static void
select_row (const char *label)
{
  GtkSelectionModel *selection = ms_bin_pane_get_selection (fixture->window->bin);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (selection)); i++)
    {
      g_autoptr (MsBinItem) item = g_list_model_get_item (G_LIST_MODEL (selection), i);
      if (g_str_equal (ms_bin_item_get_label (item), label))
        gtk_selection_model_select_item (selection, i, TRUE);
    }
}

static void
test_empty (void)
{
  tree_select (fixture->window, "Bin");
  wait_for (find_label (get_pane (), "The Bin Is Empty") != NULL);
  console_settle ();
  take_shot ("bin-empty");
  g_assert_false (gtk_widget_is_sensitive (find_button (get_pane (), "Restore")));
  g_assert_false (gtk_widget_is_sensitive (find_button (get_pane (), "Delete for Good…")));
}

/* It comes by itself, and goes back with what it was in. */
static void
test_restore (void)
{
  g_autofree char *user = console_create (
      fixture, "/api/v1/accounts", "{\"user\":{\"userName\":\"anna\"},\"mailbox\":{}}");
  g_autofree char *box = make_mailbox ("a.mailbox.with.a.name.that.is.longer.than.most.of.them");
  g_autofree char *list_json
      = g_strdup_printf ("{\"displayName\":\"Staff\",\"members\":[{\"value\":\"%s\"}]}", box);
  g_autofree char *list = console_create (fixture, "/scim/v2/Groups", list_json);

  drop ("Mailboxes", box);
  wait_for (count_rows () == 1);
  g_assert_nonnull (
      find_label (get_pane (), "a.mailbox.with.a.name.that.is.longer.than.most.of.them"));
  g_free (console_create (fixture, "/scim/v2/Groups", "{\"displayName\":\"Keepers\"}"));
  console_settle ();
  take_shot ("bin-one");

  pointer_click (find_label (get_pane (), "a.mailbox.with.a.name.that.is.longer.than.most.of.them"),
                 1);
  console_settle ();
  pointer_click (find_button (get_pane (), "Restore"), 1);
  wait_for (count_rows () == 0);
  g_assert_cmpint (
      count_mailboxes ("a.mailbox.with.a.name.that.is.longer.than.most.of.them"), ==, 1);
  g_autofree char *member = console_read (fixture, "Group", list, "members.value");
  g_assert_cmpstr (member, ==, box);
  wait_for (find_label (GTK_WIDGET (fixture->window->toasts),
                        "Restored a.mailbox.with.a.name.that.is.longer.than.most.of.them")
            != NULL);
  wait_for (find_label (get_pane (), "The Bin Is Empty") != NULL);
}

static void
test_many (void)
{
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *name = g_strdup_printf ("crew%02u", i);
      g_autofree char *id = make_mailbox (name);
      drop ("Mailboxes", id);
    }
  wait_for (count_rows () == 12);
  gtk_selection_model_select_all (ms_bin_pane_get_selection (fixture->window->bin));
  console_settle ();
  g_autofree char *status = ms_bin_pane_dup_status (fixture->window->bin);
  g_assert_cmpstr (status, ==, "12 deleted objects, 12 selected");
  take_shot ("bin-many");
  keyboard_press ("F6");
  gtk_widget_grab_focus (find_widget (get_pane (), GTK_TYPE_LIST_VIEW));
  keyboard_press ("ctrl+shift+r");
  wait_for (count_rows () == 0);
  g_assert_cmpint (count_mailboxes ("crew11"), ==, 1);
}

static void
test_taken (void)
{
  g_autofree char *old = make_mailbox ("harbour");
  g_autofree char *new = NULL;
  GtkWidget *button;

  drop ("Mailboxes", old);
  new = make_mailbox ("harbour");
  wait_for (count_rows () == 1);
  select_row ("harbour");
  gtk_widget_activate_action (get_pane (), "bin.restore", NULL);
  wait_for (find_window (ADW_TYPE_MESSAGE_DIALOG) != NULL);
  console_settle ();
  take_shot ("bin-taken");
  button = find_button (find_window (ADW_TYPE_MESSAGE_DIALOG), "Restore");
  g_assert_nonnull (button);
  pointer_click (button, 1);
  wait_for (count_rows () == 0);
  g_assert_cmpint (count_mailboxes ("harbour"), ==, 1);
  g_autofree char *name = console_read (fixture, "Mailbox", old, "name");
  g_assert_nonnull (name);
  g_assert_cmpstr (name, !=, "harbour");
}

static void
test_purge (void)
{
  g_autofree char *id = make_mailbox ("gone");
  GtkWidget       *dialog;

  drop ("Mailboxes", id);
  wait_for (count_rows () == 1);
  select_row ("gone");
  gtk_widget_activate_action (get_pane (), "bin.purge", NULL);
  wait_for (find_window (ADW_TYPE_MESSAGE_DIALOG) != NULL);
  dialog = find_window (ADW_TYPE_MESSAGE_DIALOG);
  console_settle ();
  take_shot ("bin-purge");
  /* Nothing is gone before the answer. */
  g_assert_cmpuint (count_rows (), ==, 1);
  pointer_click (find_button (dialog, "Delete for Good"), 1);
  wait_for (count_rows () == 0);
  wait_for (find_label (GTK_WIDGET (fixture->window->toasts), "Deleted gone for good") != NULL);
  g_autoptr (JsonNode) bin = console_request (
      ms_server_get_connection (fixture->server), "GET", "/api/v1/bin", NULL);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (json_node_get_object (bin), "objects")),
      ==,
      0);
}

int
main (int argc, char **argv)
{
  console_init (&argc, &argv);
  fixture = console_fixture_new ("--empty");
  console_fixture_connect (fixture);
  g_test_add_func ("/bin/empty", test_empty);
  g_test_add_func ("/bin/restore", test_restore);
  g_test_add_func ("/bin/many", test_many);
  g_test_add_func ("/bin/taken", test_taken);
  g_test_add_func ("/bin/purge", test_purge);

  int status = g_test_run ();
  console_fixture_free (fixture);
  return status;
}
