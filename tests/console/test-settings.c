/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The settings of a server, as an administrator changes them, takes them back, and is caught by
 * them.
 */
#include "config.h"

#include <string.h>

#include "ms-second-step-dialog.h"
#include "ms-server-settings.h"
#include "ms-totp.h"

#include "console-fixture.h"

/* (transfer full): as JSON */
static char *
read_setting (ConsoleFixture *fixture, const char *name)
{
  g_autoptr (JsonNode) answer = console_request (
      ms_server_get_connection (fixture->server), "GET", "/api/v1/settings", NULL);
  JsonArray *settings = json_object_get_array_member (json_node_get_object (answer), "settings");

  for (guint i = 0; i < json_array_get_length (settings); i++)
    {
      JsonObject *setting = json_array_get_object_element (settings, i);
      if (g_str_equal (json_object_get_string_member (setting, "name"), name))
        return json_to_string (json_object_get_member (setting, "value"), FALSE);
    }
  g_error ("There is no setting %s", name);
}

static void
assert_setting (ConsoleFixture *fixture, const char *name, const char *value)
{
  g_autofree char *now = read_setting (fixture, name);

  g_assert_cmpstr (now, ==, value);
}

static gboolean
has_setting (ConsoleFixture *fixture, const char *name, const char *value)
{
  g_autofree char *now = read_setting (fixture, name);

  return g_str_equal (now, value);
}

static GtkWidget *
open_settings (ConsoleFixture *fixture)
{
  tree_select (fixture->window, ms_server_get_name (fixture->server));
  console_settle ();
  pointer_click (find_button (GTK_WIDGET (fixture->window->server_page), "Settings…"), 1);
  wait_for (find_window (MS_TYPE_SERVER_SETTINGS) != NULL);
  GtkWidget *dialog = find_window (MS_TYPE_SERVER_SETTINGS);
  wait_for (!ms_dialog_is_busy (MS_DIALOG (dialog)));
  console_settle ();
  return dialog;
}

static GtkWidget *
find_entry (GtkWidget *dialog, const char *title)
{
  GtkWidget *label = find_label (dialog, title);

  g_assert_nonnull (label);
  return find_widget (gtk_widget_get_ancestor (label, ADW_TYPE_PREFERENCES_ROW), GTK_TYPE_ENTRY);
}

static void
type_into (GtkWidget *entry, const char *text)
{
  pointer_click (entry, 1);
  keyboard_press ("ctrl+a");
  keyboard_press ("BackSpace");
  if (*text != '\0')
    keyboard_type (text);
  wait_for (g_str_equal (gtk_editable_get_text (GTK_EDITABLE (entry)), text));
}

static void
test_change (void)
{
  g_autoptr (ConsoleFixture) fixture = console_fixture_new ("--empty");

  console_fixture_connect (fixture);
  GtkWidget *dialog = open_settings (fixture);
  GtkWidget *save = find_button (dialog, "Save");
  GtkWidget *days = find_entry (dialog, "Days in the bin");
  take_shot ("settings");
  g_assert_false (gtk_widget_get_sensitive (save));
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (days)), ==, "30");

  /* What cannot be is said beside it while it is typed. */
  type_into (days, "many");
  wait_for (find_label (dialog, "A whole number from 0 to 36500, or nothing for the default")
            != NULL);
  g_assert_false (gtk_widget_get_sensitive (save));
  console_settle ();
  take_shot ("settings-wrong");
  type_into (days, "90");
  g_assert_true (gtk_widget_get_sensitive (save));
  type_into (find_entry (dialog, "Limit of seats"), "250");
  pointer_click (find_label (dialog, "Auditors"), 1);
  console_settle ();
  take_shot ("settings-changed");
  pointer_click (save, 1);
  wait_for (find_window (MS_TYPE_SERVER_SETTINGS) == NULL);
  assert_setting (fixture, "bin-retention-days", "90");
  assert_setting (fixture, "seat-limit", "250");
  assert_setting (fixture, "totp-roles", "[\"auditor\"]");
  wait_for (find_button (GTK_WIDGET (fixture->window), "Undo") != NULL);
  console_settle ();
  take_shot ("settings-saved");

  /* All of it was one change. */
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.undo", NULL));
  wait_for (has_setting (fixture, "totp-roles", "[]"));
  assert_setting (fixture, "bin-retention-days", "30");
  assert_setting (fixture, "seat-limit", "null");

  /* Nothing in the entry is the default. */
  g_autoptr (JsonNode) answer = console_request (ms_server_get_connection (fixture->server),
                                                 "PATCH",
                                                 "/api/v1/settings",
                                                 "{\"bin-retention-days\":7}");
  dialog = open_settings (fixture);
  type_into (find_entry (dialog, "Days in the bin"), "");
  keyboard_press ("Return");
  wait_for (find_window (MS_TYPE_SERVER_SETTINGS) == NULL);
  assert_setting (fixture, "bin-retention-days", "30");
}

/* In the dialog of the second step, from the key on. */
static void
set_up (ConsoleFixture *fixture, GtkWidget *dialog)
{
  const char      *key = gtk_label_get_label (GTK_LABEL (find_part (dialog, "key")));
  g_autofree char *secret = ms_totp_clean_code (key);
  g_autofree char *upper = g_ascii_strup (secret, -1);
  g_autofree char *code = ms_totp_make_code (upper, ms_totp_get_step (g_get_real_time ()));

  gtk_editable_set_text (GTK_EDITABLE (find_part (dialog, "own_password")),
                         real_server_get (fixture->real, "password"));
  gtk_editable_set_text (GTK_EDITABLE (find_part (dialog, "code")), code);
  pointer_click (find_button (dialog, "Turn On"), 1);
  wait_for (find_button (dialog, "Done") != NULL
            && gtk_widget_get_mapped (find_button (dialog, "Done")));
  pointer_click (find_button (dialog, "Done"), 1);
  wait_for (find_window (MS_TYPE_SECOND_STEP_DIALOG) == NULL);
}

static void
on_logged_on_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  (void) ms_connection_log_on_finish (MS_CONNECTION (source), result, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

/* Administrators are to have a second step, which the one at the console has not. */
static void
be_caught (ConsoleFixture *fixture)
{
  tree_select (fixture->window, ms_server_get_name (fixture->server));
  g_autoptr (JsonNode) set = console_request (ms_server_get_connection (fixture->server),
                                              "PATCH",
                                              "/api/v1/settings",
                                              "{\"totp-roles\":[\"administrator\"]}");
  wait_for (ms_server_wants_second_step (fixture->server));
  console_settle ();
}

/* (transfer full): of the same administrator, at another place */
static MsConnection *
log_on_elsewhere (ConsoleFixture *fixture)
{
  MsConnection *connection = ms_connection_new (real_server_get (fixture->real, "url"),
                                                real_server_get (fixture->real, "user"),
                                                "console",
                                                real_server_get (fixture->real, "fingerprint"));
  gboolean      done = FALSE;

  ms_connection_log_on_async (
      connection, real_server_get (fixture->real, "password"), NULL, NULL, on_logged_on_cb, &done);
  wait_for (done);
  return connection;
}

static void
try_again (ConsoleFixture *fixture)
{
  pointer_click (find_button (GTK_WIDGET (fixture->window->server_page), "Set Up Second Step…"), 1);
  wait_for (ms_server_is_online (fixture->server));
  wait_for (find_window (MS_TYPE_SECOND_STEP_DIALOG) == NULL);
  wait_for (tree_has (fixture->window, "Users"));
}

/* It was set up at another place meanwhile: there is nothing left to do. */
static void
test_set_up_elsewhere (void)
{
  g_autoptr (ConsoleFixture) fixture = console_fixture_new ("--empty");

  console_fixture_connect (fixture);
  be_caught (fixture);
  g_autoptr (MsConnection) other = log_on_elsewhere (fixture);
  g_autoptr (JsonNode) begun = console_request (other, "POST", "/api/v1/session/totp", NULL);
  g_autofree char *code
      = ms_totp_make_code (json_object_get_string_member (json_node_get_object (begun), "secret"),
                           ms_totp_get_step (g_get_real_time ()));
  g_autofree char *body = g_strdup_printf (
      "{\"password\":\"%s\",\"code\":\"%s\"}", real_server_get (fixture->real, "password"), code);
  g_autoptr (JsonNode) on = console_request (other, "POST", "/api/v1/session/totp/confirm", body);
  try_again (fixture);
  ms_connection_close (other);
}

/* Somebody else took the setting back. */
static void
test_needed_no_more (void)
{
  g_autoptr (ConsoleFixture) fixture = console_fixture_new ("--empty");

  console_fixture_connect (fixture);
  be_caught (fixture);
  g_autoptr (MsConnection) other
             = ms_connection_new (real_server_get (fixture->real, "url"),
                                  NULL,
                                  "cli",
                                  real_server_get (fixture->real, "fingerprint"));
  ms_connection_set_token (other, real_server_get (fixture->real, "token"));
  g_autoptr (JsonNode) back
             = console_request (other, "PATCH", "/api/v1/settings", "{\"totp-roles\":null}");
  try_again (fixture);
  ms_connection_close (other);
}

/* Whoever makes the second step a must without having it is caught at once, told so, and let out.
 */
static void
test_caught (void)
{
  g_autoptr (ConsoleFixture) fixture = console_fixture_new ("--empty");

  console_fixture_connect (fixture);
  GtkWidget *dialog = open_settings (fixture);
  GtkWidget *page = GTK_WIDGET (fixture->window->server_page);
  pointer_click (find_label (dialog, "Administrators"), 1);
  pointer_click (find_button (dialog, "Save"), 1);
  wait_for (find_window (MS_TYPE_SERVER_SETTINGS) == NULL);
  wait_for (find_label (page,
                        "Your role must log on in two steps, and nothing else is let in before"
                        " the second step is set up")
            != NULL);
  console_settle ();
  take_shot ("settings-caught");
  pointer_click (find_button (page, "Set Up Second Step…"), 1);
  wait_for (find_window (MS_TYPE_SECOND_STEP_DIALOG) != NULL);
  GtkWidget *second_step = find_window (MS_TYPE_SECOND_STEP_DIALOG);
  wait_for (!ms_dialog_is_busy (MS_DIALOG (second_step)));
  set_up (fixture, second_step);
  wait_for (ms_server_is_online (fixture->server));
  wait_for (tree_has (fixture->window, "Users"));
  console_settle ();
  take_shot ("settings-let-out");
}

int
main (int argc, char *argv[])
{
  console_init (&argc, &argv);
  g_test_add_func ("/console/settings/change", test_change);
  g_test_add_func ("/console/settings/caught", test_caught);
  g_test_add_func ("/console/settings/set-up-elsewhere", test_set_up_elsewhere);
  g_test_add_func ("/console/settings/needed-no-more", test_needed_no_more);
  return g_test_run ();
}
