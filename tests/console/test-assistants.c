/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The New User assistant to its end, Duplicate, and Move To, against a real server.
 */
#include "ms-attributes.h"
#include "ms-dialog-test.h"
#include "ms-move-to-window.h"
#include "ms-new-user-window.h"
#include "ms-reference-field.h"

static gboolean
shows (MsForm *form, const char *path, const char *expected)
{
  g_autofree char *value = ms_dialog_test_value (form, path);

  return g_str_equal (value, expected);
}

static void
test_new_user (void)
{
  GtkWidget *window = ms_new_user_window_new (
      ms_dialog_test_get_parent (), ms_dialog_test_get_connection (), NULL);
  MsNewUserWindow *self = MS_NEW_USER_WINDOW (window);
  MsForm          *who = ms_new_user_window_get_form (self, "who");
  MsForm          *mailbox = ms_new_user_window_get_form (self, "mailbox");
  g_autoptr (JsonNode) aliases = json_from_string ("[\"mara\"]", NULL);
  g_autoptr (JsonNode) rights = json_from_string ("{\"imap\":true}", NULL);
  g_autoptr (MsResource) user = NULL;
  g_autoptr (MsResource) box = NULL;
  g_auto (GStrv) stored = NULL;

  gtk_window_present (GTK_WINDOW (window));
  ms_dialog_test_shot (window, "new-user-1-template");
  ms_dialog_test_go_on (window, "Next", "who");
  g_assert_false (gtk_widget_is_sensitive (ms_dialog_test_find_button (window, "Next")));
  ms_dialog_test_type (who, "displayName", "Mara Lindqvist");
  MS_WAIT (shows (who, "userName", "\"mara.lindqvist\""));
  g_assert_true (shows (who, "name.familyName", "\"Lindqvist\""));
  ms_dialog_test_shot (window, "new-user-2-who");
  ms_dialog_test_go_on (window, "Next", "mailbox");
  g_assert_true (shows (mailbox, "name", "\"mara.lindqvist\""));
  ms_field_set_value (ms_form_find (mailbox, "aliases"), aliases);
  ms_dialog_test_shot (window, "new-user-3-mailbox");
  ms_dialog_test_go_on (window, "Next", "rights");
  ms_field_set_value (
      ms_form_find (ms_new_user_window_get_form (self, "rights"), MS_USER_URN ":rights"), rights);
  ms_dialog_test_shot (window, "new-user-4-rights");
  ms_dialog_test_go_on (window, "Next", "password");
  ms_dialog_test_shot (window, "new-user-5-password");
  ms_dialog_test_go_on (window, "Next", "summary");
  ms_dialog_test_shot (window, "new-user-6-summary");
  ms_dialog_test_go_on (window, "Create mara.lindqvist", "result");
  g_assert_cmpuint (strlen (ms_new_user_window_get_shown (self)), >=, 10);
  ms_dialog_test_shot (window, "new-user-7-result");
  g_assert_cmpint (ms_dialog_test_get_reported_change (), >, 0);

  user = ms_dialog_test_find ("User", "userName eq \"mara.lindqvist\"");
  box = ms_dialog_test_find ("Mailbox", "name eq \"mara.lindqvist\"");
  g_assert_cmpstr (ms_resource_get_string (user, "displayName"), ==, "Mara Lindqvist");
  g_assert_true (ms_resource_get_boolean (user, MS_USER_URN ":rights.imap", FALSE));
  g_assert_false (ms_resource_get_boolean (user, MS_USER_URN ":rights.pop3", FALSE));
  g_assert_true (ms_resource_get_boolean (user, MS_USER_URN ":mustChangePassword", FALSE));
  g_assert_true (ms_resource_get_boolean (box, "primary", FALSE));
  stored = ms_resource_dup_strv (box, "aliases");
  g_assert_cmpuint (g_strv_length (stored), ==, 1);
  ms_dialog_test_close_all ();
}

static void
test_taken_name (void)
{
  GtkWidget *window = ms_new_user_window_new (
      ms_dialog_test_get_parent (), ms_dialog_test_get_connection (), NULL);
  MsForm     *who = ms_new_user_window_get_form (MS_NEW_USER_WINDOW (window), "who");
  MsFieldRow *row = ms_field_get_row (ms_form_find (who, "userName"));

  gtk_window_present (GTK_WINDOW (window));
  ms_dialog_test_go_on (window, "Next", "who");
  ms_dialog_test_type (who, "displayName", "John Doe");
  ms_dialog_test_type (who, "userName", "john");
  MS_WAIT (ms_field_row_get_error (row) != NULL);
  ms_dialog_test_shot (window, "new-user-taken");
  g_assert_false (gtk_widget_is_sensitive (ms_dialog_test_find_button (window, "Next")));
  ms_dialog_test_type (who, "userName", "john.the.second");
  MS_WAIT (gtk_widget_is_sensitive (ms_dialog_test_find_button (window, "Next")));
  ms_dialog_test_close_all ();
}

static void
test_duplicate (void)
{
  g_autoptr (MsResource) john = ms_dialog_test_find ("User", "userName eq \"john\"");
  g_autoptr (MsResource) box = ms_dialog_test_find ("Mailbox", "name eq \"john\"");
  GtkWidget *window = ms_new_user_window_new (
      ms_dialog_test_get_parent (), ms_dialog_test_get_connection (), john);
  MsForm     *mailbox = ms_new_user_window_get_form (MS_NEW_USER_WINDOW (window), "mailbox");
  const char *group = ms_resource_get_string (box, "group.value");

  gtk_window_present (GTK_WINDOW (window));
  MS_WAIT (ms_dialog_test_is_on (window, "who"));
  g_assert_cmpstr (
      ms_reference_field_get_id (MS_REFERENCE_FIELD (ms_form_find (mailbox, "group"))), ==, group);
  ms_dialog_test_close_all ();
}

static gboolean
pick (MsPicker *picker, const char *name)
{
  MsResource *resource = NULL;

  return ms_picker_select (picker, name) && ms_picker_get_selected (picker, &resource)
         && resource != NULL;
}

static void
test_move_to (void)
{
  g_autoptr (MsResource) box = ms_dialog_test_find ("Mailbox", "name eq \"john\"");
  g_autoptr (MsResource) group = ms_dialog_test_find ("MailGroup", "parent pr");
  g_autoptr (MsResource) after = NULL;
  const char *ids[] = { ms_resource_get_id (box), NULL };
  GtkWidget  *window = ms_move_to_window_new (
      ms_dialog_test_get_parent (), ms_dialog_test_get_connection (), "Mailbox", ids, 1, FALSE);
  MsMoveToWindow *self = MS_MOVE_TO_WINDOW (window);

  gtk_window_present (GTK_WINDOW (window));
  g_assert_false (gtk_widget_is_sensitive (ms_dialog_test_find_button (window, "Move")));
  MS_WAIT (pick (ms_move_to_window_get_picker (self), ms_resource_get_label (group)));
  MS_WAIT (gtk_widget_is_sensitive (ms_dialog_test_find_button (window, "Move")));
  g_assert_nonnull (strstr (ms_move_to_window_get_effect (self), ms_resource_get_label (group)));
  ms_dialog_test_shot (window, "move-to");
  ms_dialog_test_press (window, "Move");
  MS_WAIT (ms_dialog_test_find_window (MS_TYPE_MOVE_TO_WINDOW) == NULL);
  after = ms_dialog_test_get ("Mailbox", ms_resource_get_id (box));
  g_assert_cmpstr (ms_resource_get_string (after, "group.value"), ==, ms_resource_get_id (group));
}

/* A mail group below itself: said before anything is done. */
static void
test_move_nonsense (void)
{
  g_autoptr (MsResource) child = ms_dialog_test_find ("MailGroup", "parent pr");
  const char *ids[] = { ms_resource_get_string (child, "parent.value"), NULL };
  GtkWidget  *window = ms_move_to_window_new (
      ms_dialog_test_get_parent (), ms_dialog_test_get_connection (), "MailGroup", ids, 1, FALSE);
  MsMoveToWindow  *self = MS_MOVE_TO_WINDOW (window);
  g_autofree char *asking = NULL;

  gtk_window_present (GTK_WINDOW (window));
  MS_WAIT (pick (ms_move_to_window_get_picker (self), ms_resource_get_label (child)));
  asking = g_strdup (ms_move_to_window_get_effect (self));
  MS_WAIT (!g_str_equal (ms_move_to_window_get_effect (self), asking));
  ms_dialog_test_shot (window, "move-to-refused");
  g_assert_false (gtk_widget_is_sensitive (ms_dialog_test_find_button (window, "Move")));
  ms_dialog_test_close_all ();
}

static void
add_tests (void)
{
  g_test_add_func ("/assistants/new-user", test_new_user);
  g_test_add_func ("/assistants/taken-name", test_taken_name);
  g_test_add_func ("/assistants/duplicate", test_duplicate);
  g_test_add_func ("/assistants/move-to", test_move_to);
  g_test_add_func ("/assistants/move-nonsense", test_move_nonsense);
}

int
main (int argc, char **argv)
{
  return ms_dialog_test_main (argc, argv, TRUE, add_tests);
}
