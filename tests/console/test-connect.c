/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Logging on through the dialog: the fingerprint question, a wrong password, nobody there, a
 * certificate that changed; and what the window says when the server goes away.
 */
#include "config.h"

#include <signal.h>
#include <string.h>

#include "ms-connect-dialog.h"

#include "console-fixture.h"

static GtkWidget *
open_dialog (ConsoleFixture *fixture)
{
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.add-server", NULL);
  wait_for (find_window (MS_TYPE_CONNECT_DIALOG) != NULL);
  console_settle ();
  return find_window (MS_TYPE_CONNECT_DIALOG);
}

static void
fill_all (GtkWidget *dialog, const char *host, const char *user, const char *password)
{
  console_fill (dialog, "Server, or server:port", host);
  console_fill (dialog, "User", user);
  console_fill (dialog, "Password", password);
  console_settle ();
}

static gboolean
shows_page (GtkWidget *dialog, const char *page)
{
  return g_str_equal (ms_connect_dialog_get_page (MS_CONNECT_DIALOG (dialog)), page);
}

static gboolean
is_gone (void)
{
  return find_window (MS_TYPE_CONNECT_DIALOG) == NULL;
}

static const char *
get_host (ConsoleFixture *fixture)
{
  return real_server_get (fixture->real, "url") + strlen ("https://");
}

static void
test_welcome (void)
{
  g_autoptr (ConsoleFixture) fixture = console_fixture_new ("--empty");
  GtkWidget *dialog;
  g_autoptr (MsServer) server = NULL;
  g_autofree char *fingerprint = NULL;

  g_assert_nonnull (find_label (GTK_WIDGET (fixture->window), "Welcome to Mailstead"));
  pointer_click (find_button (GTK_WIDGET (fixture->window), "Connect to a Server…"), 1);
  wait_for (find_window (MS_TYPE_CONNECT_DIALOG) != NULL);
  dialog = find_window (MS_TYPE_CONNECT_DIALOG);
  g_assert_false (gtk_widget_get_sensitive (find_button (dialog, "Connect")));

  /* Typed by hand, with the user before the server. */
  fill_all (dialog, "not a server", "admin", real_server_get (fixture->real, "password"));
  pointer_click (find_button (dialog, "Connect"), 1);
  wait_for (ms_dialog_get_error_text (MS_DIALOG (dialog)) != NULL);
  g_assert_nonnull (strstr (ms_dialog_get_error_text (MS_DIALOG (dialog)), "not a server"));

  fill_all (dialog, get_host (fixture), "admin", "wrong");
  pointer_click (find_button (dialog, "Connect"), 1);
  wait_for (shows_page (dialog, "trust"));
  fingerprint = g_strdup (gtk_label_get_label (GTK_LABEL (
      gtk_widget_get_template_child (dialog, MS_TYPE_CONNECT_DIALOG, "trust_fingerprint"))));
  {
    g_auto (GStrv) lines = g_strsplit (fingerprint, "\n", -1);
    g_autofree char *joined = g_strjoinv ("", lines);

    g_assert_cmpstr (joined, ==, real_server_get (fixture->real, "fingerprint"));
  }
  /* Back without trusting: nothing was sent, nothing is kept. */
  pointer_click (find_button (dialog, "Back"), 1);
  wait_for (shows_page (dialog, "form"));
  g_assert_cmpuint (ms_servers_get_n (fixture->servers), ==, 0);

  pointer_click (find_button (dialog, "Connect"), 1);
  wait_for (shows_page (dialog, "trust"));
  pointer_click (find_button (dialog, "Trust and Connect"), 1);
  wait_for (ms_dialog_get_error_text (MS_DIALOG (dialog)) != NULL);
  g_assert_true (shows_page (dialog, "form"));

  console_fill (dialog, "Password", real_server_get (fixture->real, "password"));
  console_settle ();
  pointer_click (find_button (dialog, "Connect"), 1);
  wait_for (is_gone ());
  wait_for (tree_has (fixture->window, "Users"));
  server = g_list_model_get_item (G_LIST_MODEL (fixture->servers), 0);
  g_assert_cmpstr (ms_server_info_get_fingerprint (ms_server_get_info (server)),
                   ==,
                   real_server_get (fixture->real, "fingerprint"));
}

static void
test_escape (void)
{
  g_autoptr (ConsoleFixture) fixture = console_fixture_new ("--empty");

  open_dialog (fixture);
  keyboard_press ("Escape");
  wait_for (is_gone ());
}

static void
test_nobody_there (void)
{
  g_autoptr (ConsoleFixture) fixture = console_fixture_new ("--empty");
  GtkWidget *dialog = open_dialog (fixture);

  fill_all (dialog, "127.0.0.1:1", "admin", "x");
  pointer_click (find_button (dialog, "Connect"), 1);
  wait_for (ms_dialog_get_error_text (MS_DIALOG (dialog)) != NULL);
  g_assert_false (ms_dialog_is_busy (MS_DIALOG (dialog)));
}

static void
test_changed_certificate (void)
{
  g_autoptr (ConsoleFixture) fixture = console_fixture_new ("--empty");
  g_autoptr (MsServerInfo) info
             = ms_server_info_new (NULL,
                                   real_server_get (fixture->real, "url"),
                                   "admin",
                                   "SHA256:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
                                   "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF");
  g_autoptr (MsServer) server = ms_server_new (info);
  GtkWidget *dialog;

  g_assert_true (ms_servers_add (fixture->servers, server, FALSE, NULL));
  dialog
      = GTK_WIDGET (ms_connect_dialog_new (GTK_WINDOW (fixture->window), fixture->servers, server));
  gtk_window_present (GTK_WINDOW (dialog));
  console_settle ();
  console_fill (dialog, "Password", real_server_get (fixture->real, "password"));
  console_settle ();
  pointer_click (find_button (dialog, "Connect"), 1);
  wait_for (shows_page (dialog, "changed"));
  console_settle ();
  take_shot ("changed-certificate");
  /* There is no way on from here but back. */
  g_assert_null (find_button (dialog, "Connect"));
  g_assert_null (find_button (dialog, "Trust and Connect"));
  g_assert_false (ms_server_is_online (server));
  gtk_window_close (GTK_WINDOW (dialog));
  wait_for (is_gone ());
}

static void
test_server_gone (void)
{
  g_autoptr (ConsoleFixture) fixture = console_fixture_new ("--empty");
  MsConnection *connection;

  console_fixture_connect (fixture);
  connection = ms_server_get_connection (fixture->server);
  real_server_kill (fixture->real, SIGKILL);
  wait_for (ms_connection_get_state (connection) == MS_CONNECTION_RECONNECTING);
  wait_for (ms_banner_is_shown (fixture->window->banner));
  console_settle ();
  take_shot ("connection-lost");
  /* It slides in. */
  wait_for (find_button (GTK_WIDGET (fixture->window->banner), "Try Now") != NULL);
  /* The tree stays as it was. */
  g_assert_true (tree_has (fixture->window, "Users"));
}

int
main (int argc, char *argv[])
{
  console_init (&argc, &argv);
  g_test_add_func ("/console/connect/welcome", test_welcome);
  g_test_add_func ("/console/connect/escape", test_escape);
  g_test_add_func ("/console/connect/nobody-there", test_nobody_there);
  g_test_add_func ("/console/connect/changed-certificate", test_changed_certificate);
  g_test_add_func ("/console/connect/server-gone", test_server_gone);
  return g_test_run ();
}
