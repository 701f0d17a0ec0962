/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Logging on in two steps, as a person does it: setting it up, being asked for the code, being made
 * to set it up, and an administrator who takes it away.
 */
#include "config.h"

#include <string.h>

#include "ms-connect-dialog.h"
#include "ms-properties-window.h"
#include "ms-properties.h"
#include "ms-second-step-dialog.h"
#include "ms-totp.h"

#include "console-fixture.h"

#define SMALL_SCREEN 480
#define LARGE_TEXT (144 * 1024) /* half as high again */
#define PASSWORD "a long pass phrase"

/* In the entry of the code. Keys go to the window under the pointer. */
static void
press_return (GtkWidget *dialog)
{
  pointer_click (find_part (dialog, "code"), 1);
  keyboard_press ("Return");
}

static const char *
get_label (GtkWidget *dialog, const char *name)
{
  return gtk_label_get_label (GTK_LABEL (find_part (dialog, name)));
}

static gboolean
shows (GtkWidget *dialog, const char *page)
{
  const char *shown = MS_IS_CONNECT_DIALOG (dialog)
                          ? ms_connect_dialog_get_page (MS_CONNECT_DIALOG (dialog))
                          : ms_second_step_dialog_get_page (MS_SECOND_STEP_DIALOG (dialog));

  return g_str_equal (shown, page) && !ms_dialog_is_busy (MS_DIALOG (dialog));
}

static char *
make_code (const char *key, int offset)
{
  g_autofree char *secret = ms_totp_clean_code (key);
  g_autofree char *upper = g_ascii_strup (secret, -1);

  return ms_totp_make_code (upper, ms_totp_get_step (g_get_real_time ()) + offset);
}

static GtkWidget *
open_dialog (ConsoleFixture *fixture)
{
  tree_select (fixture->window, ms_server_get_name (fixture->server));
  console_settle ();
  g_assert_true (
      gtk_widget_activate_action (GTK_WIDGET (fixture->window->tree), "object.second-step", NULL));
  wait_for (find_window (MS_TYPE_SECOND_STEP_DIALOG) != NULL);
  return find_window (MS_TYPE_SECOND_STEP_DIALOG);
}

/* Whatever page it shows, the dialog can stand on a screen of 480 pixels. */
static void
assert_fits (GtkWidget *dialog)
{
  int minimum = 0;

  gtk_widget_measure (dialog, GTK_ORIENTATION_VERTICAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, SMALL_SCREEN);
  g_assert_cmpint (gtk_widget_get_height (dialog), <=, SMALL_SCREEN);
}

/* Where there is room it need not be scrolled, once it has grown to what it shows. */
static gboolean
is_whole (GtkWidget *dialog)
{
  GtkWidget *scroller
      = gtk_widget_get_ancestor (find_part (dialog, "stack"), GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));

  return gtk_adjustment_get_upper (adjustment) <= gtk_adjustment_get_page_size (adjustment);
}

/* From the page with the key to the one with the recovery codes. (transfer full): the key */
static char *
go_through (GtkWidget *dialog, const char *password, const char *shot)
{
  g_autofree char *file = g_strconcat (shot, "-key", NULL);
  g_autofree char *codes = g_strconcat (shot, "-codes", NULL);

  wait_for (shows (dialog, "scan"));
  char            *key = g_strdup (get_label (dialog, "key"));
  g_autofree char *code = make_code (key, 0);
  console_settle ();
  take_shot (file);
  wait_for (is_whole (dialog));
  assert_fits (dialog);
  console_fill (dialog, "Password", password);
  console_fill (dialog, "Code that it shows now", code);
  press_return (dialog);
  wait_for (shows (dialog, "codes"));
  console_settle ();
  take_shot (codes);
  wait_for (is_whole (dialog));
  assert_fits (dialog);
  return key;
}

static void
test_own (void)
{
  g_autoptr (ConsoleFixture) fixture = console_fixture_new ("--empty");

  console_fixture_connect (fixture);
  GtkWidget *dialog = open_dialog (fixture);
  wait_for (shows (dialog, "off"));
  console_settle ();
  take_shot ("second-step-off");
  pointer_click (find_button (dialog, "Set Up"), 1);
  wait_for (shows (dialog, "scan"));
  g_assert_false (gtk_widget_get_sensitive (find_button (dialog, "Turn On")));
  /* What is wrong is said in its place, and goes when something else is typed. */
  console_fill (dialog, "Code that it shows now", "000000x");
  g_assert_false (gtk_widget_get_sensitive (find_button (dialog, "Turn On")));
  console_fill (dialog, "Password", "wrong");
  pointer_click (find_button (dialog, "Turn On"), 1);
  wait_for (gtk_widget_get_visible (find_part (dialog, "wrong")));
  g_assert_nonnull (strstr (get_label (dialog, "wrong"), "password"));
  console_fill (dialog, "Password", real_server_get (fixture->real, "password"));
  g_assert_false (gtk_widget_get_visible (find_part (dialog, "wrong")));
  pointer_click (find_button (dialog, "Turn On"), 1);
  wait_for (gtk_widget_get_visible (find_part (dialog, "wrong")));
  g_assert_nonnull (strstr (get_label (dialog, "wrong"), "clocks"));
  console_settle ();
  take_shot ("second-step-wrong");
  wait_for (is_whole (dialog));
  assert_fits (dialog);
  g_autofree char *key
      = go_through (dialog, real_server_get (fixture->real, "password"), "second-step");
  g_assert_cmpuint (strlen (get_label (dialog, "codes")), ==, 10 * 19 + 5 * 4 + 4);
  pointer_click (find_button (dialog, "Done"), 1);
  wait_for (find_window (MS_TYPE_SECOND_STEP_DIALOG) == NULL);

  dialog = open_dialog (fixture);
  wait_for (shows (dialog, "on"));
  g_assert_cmpstr (get_label (dialog, "left"), ==, "10 recovery codes are left.");
  console_settle ();
  take_shot ("second-step-on");
  wait_for (is_whole (dialog));
  assert_fits (dialog);
  g_autofree char *code = make_code (key, 1);
  console_fill (dialog, "Password", "wrong");
  console_fill (dialog, "Code, or a recovery code", code);
  pointer_click (find_button (dialog, "Remove"), 1);
  wait_for (gtk_widget_get_visible (find_part (dialog, "remove_wrong")));
  console_fill (dialog, "Password", real_server_get (fixture->real, "password"));
  pointer_click (find_button (dialog, "Remove"), 1);
  wait_for (shows (dialog, "off"));
  keyboard_press ("Escape");
  wait_for (find_window (MS_TYPE_SECOND_STEP_DIALOG) == NULL);
}

static void
make_tina (ConsoleFixture *fixture)
{
  g_autofree char *id = console_create (
      fixture,
      "/scim/v2/Users",
      "{\"userName\":\"tina\",\"password\":\"" PASSWORD "\","
      "\"urn:ietf:params:scim:schemas:extension:mailstead:2.0:User\":{\"role\":\"auditor\"}}");
}

static GtkWidget *
connect_as_tina (ConsoleFixture *fixture)
{
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.add-server", NULL);
  wait_for (find_window (MS_TYPE_CONNECT_DIALOG) != NULL);
  GtkWidget *dialog = find_window (MS_TYPE_CONNECT_DIALOG);
  console_fill (dialog,
                "Server, or server:port",
                real_server_get (fixture->real, "url") + strlen ("https://"));
  console_fill (dialog, "User", "tina");
  console_fill (dialog, "Password", PASSWORD);
  pointer_click (find_button (dialog, "Connect"), 1);
  wait_for (shows (dialog, "trust"));
  pointer_click (find_button (dialog, "Trust and Connect"), 1);
  return dialog;
}

/* A role that must have it: nothing goes before that, and then all goes on by itself. Afterwards
 * the code is asked for. */
static void
test_required (void)
{
  g_autoptr (ConsoleFixture) fixture = console_fixture_new ("--empty");

  console_fixture_connect (fixture);
  MsConnection *admin = ms_server_get_connection (fixture->server);
  make_tina (fixture);
  g_autoptr (JsonNode) set = console_request (
      admin, "PATCH", "/api/v1/settings", "{\"totp-roles\":[\"auditor\"]}");
  GtkWidget *connect = connect_as_tina (fixture);
  wait_for (find_window (MS_TYPE_SECOND_STEP_DIALOG) != NULL);
  GtkWidget *dialog = find_window (MS_TYPE_SECOND_STEP_DIALOG);
  wait_for (shows (dialog, "scan"));
  /* As high as it gets: large letters, the reason above, and an error below. */
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", LARGE_TEXT, NULL);
  console_fill (dialog, "Password", PASSWORD);
  console_fill (dialog, "Code that it shows now", "000000x");
  press_return (dialog);
  wait_for (gtk_widget_get_visible (find_part (dialog, "wrong")));
  console_settle ();
  take_shot ("second-step-required-wrong");
  assert_fits (dialog);
  gtk_settings_reset_property (gtk_settings_get_default (), "gtk-xft-dpi");
  g_autofree char *key = go_through (dialog, PASSWORD, "second-step-required");
  pointer_click (find_button (dialog, "Done"), 1);
  wait_for (find_window (MS_TYPE_CONNECT_DIALOG) == NULL);
  wait_for (ms_servers_get_n (fixture->servers) == 2);
  g_autoptr (MsServer) server = g_list_model_get_item (G_LIST_MODEL (fixture->servers), 1);
  wait_for (ms_server_is_online (server));

  /* Again, with the code. */
  ms_connection_close (ms_server_get_connection (server));
  connect
      = GTK_WIDGET (ms_connect_dialog_new (GTK_WINDOW (fixture->window), fixture->servers, server));
  gtk_window_present (GTK_WINDOW (connect));
  console_settle ();
  console_fill (connect, "Password", PASSWORD);
  pointer_click (find_button (connect, "Connect"), 1);
  wait_for (shows (connect, "code"));
  g_assert_false (gtk_widget_get_visible (find_part (connect, "code_wrong")));
  console_settle ();
  take_shot ("connect-code");
  console_fill (connect, "Code", "000000x");
  press_return (connect);
  wait_for (gtk_widget_get_visible (find_part (connect, "code_wrong")));
  console_settle ();
  take_shot ("connect-code-wrong");
  g_assert_true (shows (connect, "code"));
  g_autofree char *code = make_code (key, 1);
  console_fill (connect, "Code", code);
  g_assert_false (gtk_widget_get_visible (find_part (connect, "code_wrong")));
  press_return (connect);
  wait_for (find_window (MS_TYPE_CONNECT_DIALOG) == NULL);
  wait_for (ms_server_is_online (server));
}

/* An administrator sees that it is on, and takes it away. */
static void
test_others (void)
{
  g_autoptr (ConsoleFixture) fixture = console_fixture_new ("--empty");
  g_autofree char *id = NULL;

  console_fixture_connect (fixture);
  MsConnection *admin = ms_server_get_connection (fixture->server);
  make_tina (fixture);
  GtkWidget *connect = connect_as_tina (fixture);
  wait_for (find_window (MS_TYPE_CONNECT_DIALOG) == NULL);
  g_autoptr (MsServer) server = g_list_model_get_item (G_LIST_MODEL (fixture->servers), 1);
  wait_for (ms_server_is_online (server));
  g_autoptr (JsonNode) begun = console_request (
      ms_server_get_connection (server), "POST", "/api/v1/session/totp", NULL);
  g_autofree char *code
      = make_code (json_object_get_string_member (json_node_get_object (begun), "secret"), 0);
  g_autofree char *body = g_strdup_printf ("{\"password\":\"" PASSWORD "\",\"code\":\"%s\"}", code);
  g_autoptr (JsonNode) done = console_request (
      ms_server_get_connection (server), "POST", "/api/v1/session/totp/confirm", body);
  g_autoptr (JsonNode) found = console_request (
      admin, "GET", "/scim/v2/Users?filter=userName%20eq%20%22tina%22", NULL);
  id = g_strdup (json_object_get_string_member (
      json_array_get_object_element (
          json_object_get_array_member (json_node_get_object (found), "Resources"), 0),
      "id"));

  ms_properties_present (GTK_WINDOW (fixture->window), admin, "User", id);
  wait_for (find_window (MS_TYPE_PROPERTIES_WINDOW) != NULL);
  GtkWidget *window = find_window (MS_TYPE_PROPERTIES_WINDOW);
  wait_for (!ms_dialog_is_busy (MS_DIALOG (window)));
  ms_properties_window_show_page (MS_PROPERTIES_WINDOW (window), "access");
  wait_for (find_label (window, "On, 10 recovery codes left") != NULL);
  console_settle ();
  take_shot ("second-step-user");
  pointer_click (find_button (window, "Remove…"), 1);
  wait_for (find_window (ADW_TYPE_MESSAGE_DIALOG) != NULL);
  console_settle ();
  take_shot ("second-step-remove");
  pointer_click (find_button (find_window (ADW_TYPE_MESSAGE_DIALOG), "Remove"), 1);
  wait_for (find_label (window, "Off") != NULL);
  (void) connect;
}

int
main (int argc, char *argv[])
{
  console_init (&argc, &argv);
  g_test_add_func ("/console/second-step/own", test_own);
  g_test_add_func ("/console/second-step/required", test_required);
  g_test_add_func ("/console/second-step/others", test_others);
  return g_test_run ();
}
