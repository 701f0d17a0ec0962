/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who Gets Mail for This Address?: by key and from the context menu, what it shows of ways, loops
 * and dead ends, and what it says where there is nothing to show.
 */
#include "config.h"

#include "ms-explain-window.h"

#include "console-fixture.h"

#define EXT_GROUP "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group"

static ConsoleFixture *fixture;

static MsExplainWindow *
get_dialog (void)
{
  return MS_EXPLAIN_WINDOW (find_window (MS_TYPE_EXPLAIN_WINDOW));
}

static gboolean
tells (const char *address)
{
  MsExplanation *explanation = ms_explain_window_get_explanation (get_dialog ());

  return explanation != NULL
         && g_str_equal (ms_way_row_get_label (ms_explanation_get_root (explanation)), address);
}

static void
ask (const char *address)
{
  GtkWidget *entry = find_widget (GTK_WIDGET (get_dialog ()), GTK_TYPE_SEARCH_ENTRY);

  gtk_editable_set_text (GTK_EDITABLE (entry), address);
}

static void
close_dialog (void)
{
  gtk_window_close (GTK_WINDOW (get_dialog ()));
  wait_for (find_window (MS_TYPE_EXPLAIN_WINDOW) == NULL);
}

static void
make_office (void)
{
  g_autofree char *hall = console_create (
      fixture,
      "/scim/v2/Mailboxes",
      "{\"name\":\"a.rather.long.name.for.the.entrance.hall\",\"aliases\":[\"hall\"],"
      "\"forwardTo\":[\"partner@elsewhere.example\"]}");
  g_autofree char *cellar
      = console_create (fixture, "/scim/v2/Mailboxes", "{\"name\":\"cellar\",\"active\":false}");
  g_autofree char *user
      = console_create (fixture, "/scim/v2/Users", "{\"userName\":\"dora\",\"active\":false}");
  g_autofree char *friends
      = console_create (fixture, "/scim/v2/Groups", "{\"displayName\":\"Friends\"}");
  g_autofree char *body = g_strdup_printf (
      "{\"displayName\":\"Office\",\"" EXT_GROUP "\":{\"address\":\"office@harbour.example\","
      "\"externalMembers\":[\"old@harbour.example\",\"hall@harbour.example\"]},"
      "\"members\":[{\"value\":\"%s\"},{\"value\":\"%s\"},{\"value\":\"%s\"},{\"value\":\"%s\"}]}",
      hall,
      cellar,
      user,
      friends);
  g_autofree char *office = console_create (fixture, "/scim/v2/Groups", body);
  g_autofree char *path = g_strconcat ("/scim/v2/Groups/", friends, NULL);
  g_autofree char *back = g_strdup_printf (
      "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[{\"op\":"
      "\"add\",\"path\":\"members\",\"value\":[{\"value\":\"%s\"}]}]}",
      office);
  g_autoptr (JsonNode) patched
             = console_request (ms_server_get_connection (fixture->server), "PATCH", path, back);
}

static void
test_by_key (void)
{
  GtkWidget *window;

  make_office ();
  tree_select (fixture->window, "Users");
  console_settle ();
  keyboard_press ("ctrl+e");
  wait_for (find_window (MS_TYPE_EXPLAIN_WINDOW) != NULL);
  window = GTK_WIDGET (get_dialog ());
  g_assert_cmpstr (ms_explain_window_get_page (get_dialog ()), ==, "start");
  console_settle ();
  take_shot ("explain-start");

  keyboard_type ("Office");
  wait_for (tells ("Office@harbour.example"));
  wait_for (find_label (window, "Reaches 1 mailbox and 1 address elsewhere") != NULL);
  console_settle ();
  take_shot ("explain-office");
  /* Each place with what comes of it, and what is wrong in words above the tree. */
  g_assert_nonnull (find_label (window, "Closed: mail is refused"));
  g_assert_nonnull (find_label (window, "No primary mailbox"));
  g_assert_nonnull (find_label (window, "Delivered, and sent on"));
  g_assert_nonnull (find_label (window, "Leaves this server"));
  g_assert_nonnull (find_label (window, "See above"));
  g_assert_nonnull (find_label (window, "Loop: mail was here already"));
  g_assert_nonnull (find_label (window, "Loop: Office → Friends → Office"));
  g_assert_nonnull (find_label (window, "old@harbour.example: Nobody has this address"));
  g_assert_nonnull (find_label (window, "cellar@harbour.example: Closed: mail is refused"));
  g_assert_nonnull (find_label (window, "dora: No primary mailbox"));

  ask ("somebody@elsewhere.example");
  wait_for (tells ("somebody@elsewhere.example"));
  g_assert_nonnull (find_label (window, "An address of another domain: mail leaves this server"));
  ask ("nobody");
  wait_for (tells ("nobody@harbour.example"));
  g_assert_nonnull (find_label (window, "Nobody gets this mail"));
  ask ("no body");
  wait_for (g_str_equal (ms_explain_window_get_page (get_dialog ()), "error"));
  g_assert_nonnull (find_label (window, "“no body” holds a space"));
  ask ("");
  wait_for (g_str_equal (ms_explain_window_get_page (get_dialog ()), "start"));
  keyboard_press ("Escape");
  wait_for (find_window (MS_TYPE_EXPLAIN_WINDOW) == NULL);
}

/* The address of what is selected is asked about at once. */
static void
test_by_object (void)
{
  GtkWidget *cell;

  tree_select (fixture->window, "Mailing Lists");
  wait_for (find_label (GTK_WIDGET (fixture->window->list), "Office") != NULL);
  console_settle ();
  cell = find_label (GTK_WIDGET (fixture->window->list), "Office");
  pointer_click (cell, 1);
  console_settle ();
  g_assert_true (g_action_group_get_action_enabled (
      ms_verbs_get_group (fixture->window->object_verbs), "explain"));
  keyboard_press ("ctrl+e");
  wait_for (find_window (MS_TYPE_EXPLAIN_WINDOW) != NULL);
  wait_for (tells ("office@harbour.example"));
  close_dialog ();

  /* A list without an address has none to be asked about. */
  pointer_click (find_label (GTK_WIDGET (fixture->window->list), "Friends"), 1);
  console_settle ();
  g_assert_false (g_action_group_get_action_enabled (
      ms_verbs_get_group (fixture->window->object_verbs), "explain"));
}

/* Mailboxes that only send on to each other: mail goes round and reaches nobody. */
static void
test_round (void)
{
  g_autofree char *one = console_create (
      fixture,
      "/scim/v2/Mailboxes",
      "{\"name\":\"round.one\",\"forwardTo\":[\"round.two@harbour.example\"],\"keepCopy\":false}");
  g_autofree char *two = console_create (
      fixture,
      "/scim/v2/Mailboxes",
      "{\"name\":\"round.two\",\"keepCopy\":false,"
      "\"forwardTo\":[\"round.one@harbour.example\",\"nobody.here@harbour.example\"]}");
  GtkWidget *window;

  ms_explain_present (
      GTK_WINDOW (fixture->window), ms_server_get_connection (fixture->server), "round.one");
  window = GTK_WIDGET (get_dialog ());
  wait_for (tells ("round.one@harbour.example"));
  console_settle ();
  take_shot ("explain-round");
  g_assert_nonnull (find_label (window, "Nobody gets this mail"));
  g_assert_nonnull (find_label (window, "Keeps no copy"));
  /* Each place once, though an address and its mailbox are two. */
  g_assert_nonnull (find_label (window,
                                "Loop: round.one@harbour.example → round.two@harbour.example"
                                " → round.one@harbour.example"));
  close_dialog ();
}

/* More than the server tells at once: that not all is shown is said where it is seen at once. */
static void
test_many (void)
{
  g_autoptr (GString) addresses = g_string_new (NULL);

  for (guint i = 0; i < 600; i++)
    g_string_append_printf (addresses, "%s\"o%u@elsewhere.example\"", i > 0 ? "," : "", i);
  g_autofree char *body
      = g_strdup_printf ("{\"displayName\":\"Many\",\"" EXT_GROUP "\":{"
                         "\"address\":\"many@harbour.example\",\"externalMembers\":[%s]}}",
                         addresses->str);
  g_autofree char *list = console_create (fixture, "/scim/v2/Groups", body);
  GtkWidget       *window;

  ms_explain_present (
      GTK_WINDOW (fixture->window), ms_server_get_connection (fixture->server), "many");
  window = GTK_WIDGET (get_dialog ());
  wait_for (tells ("many@harbour.example"));
  console_settle ();
  take_shot ("explain-many");
  g_autofree char *cut = g_strdup_printf (
      "Only the nearest of %'u places are shown",
      (guint) ms_explanation_count (ms_explain_window_get_explanation (get_dialog ()),
                                    MS_EXPLAINED_NODES));
  g_assert_nonnull (find_label (window, cut));
  ask ("hall");
  wait_for (tells ("hall@harbour.example"));
  console_settle ();
  g_assert_null (find_label (window, cut));
  close_dialog ();
}

/* A small window and the dark style, for the eye; the text must be there all the same. */
static void
test_small (void)
{
  GtkWidget *window;

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      ADW_COLOR_SCHEME_FORCE_DARK);
  ms_explain_present (
      GTK_WINDOW (fixture->window), ms_server_get_connection (fixture->server), "office");
  window = GTK_WIDGET (get_dialog ());
  gtk_window_set_default_size (GTK_WINDOW (window), 420, 400);
  wait_for (tells ("office@harbour.example"));
  console_settle ();
  take_shot ("explain-small-dark");
  g_assert_nonnull (find_label (window, "Reaches 1 mailbox and 1 address elsewhere"));
  g_assert_cmpint (gtk_widget_get_width (window), <=, 480);
  close_dialog ();
}

int
main (int argc, char **argv)
{
  console_init (&argc, &argv);
  fixture = console_fixture_new ("--empty");
  console_fixture_connect (fixture);
  g_test_add_func ("/explain/by-key", test_by_key);
  g_test_add_func ("/explain/by-object", test_by_object);
  g_test_add_func ("/explain/round", test_round);
  g_test_add_func ("/explain/many", test_many);
  g_test_add_func ("/explain/small", test_small);

  int status = g_test_run ();
  console_fixture_free (fixture);
  return status;
}
