/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Property dialogs and the small dialogs against a real server: what is typed ends in the store,
 * and nothing typed is lost when somebody else is faster.
 */
#include "ms-attributes.h"
#include "ms-conflict-window.h"
#include "ms-dialog-test.h"
#include "ms-dialog.h"
#include "ms-history-page.h"
#include "ms-new-object-window.h"
#include "ms-properties-window.h"
#include "ms-properties.h"
#include "ms-request-window.h"
#include "ms-reset-password-window.h"

static MsPropertiesWindow *
open_dialog (const char *type_name, const char *id)
{
  MsPropertiesWindow *window = NULL;

  ms_properties_present (
      ms_dialog_test_get_parent (), ms_dialog_test_get_connection (), type_name, id);
  window = ms_dialog_test_find_window (MS_TYPE_PROPERTIES_WINDOW);
  MS_WAIT (ms_properties_window_get_resource (window) != NULL);

  return window;
}

static gboolean
is_saved (MsPropertiesWindow *window)
{
  return !ms_form_is_changed (ms_properties_window_get_form (window))
         && !ms_dialog_is_busy (MS_DIALOG (window));
}

/* Pages -------------------------------------------------------------------------------------------
 */

static const struct
{
  const char *type_name;
  const char *filter;
  const char *pages[8];
} dialogs[] = {
  { "User",
    "userName sw \"a\"",
    { "general", "rights", "mailboxes", "access", "role", "directory", "history" } },
  { "Mailbox", "aliases pr", { "general", "aliases", "delivery", "limits", "history" } },
  { "MailGroup", "parent pr", { "general", "limits", "history" } },
  { "Guest", NULL, { "rights", "history" } },
  { "Group", "displayName pr", { "general", "members", "history" } },
  { "Template", "name pr", { "general", "user", "mailbox", "history" } },
  { "Domain", "name pr", { "general", "history" } },
};

static void
make_missing (const char *type_name)
{
  g_autoptr (JsonNode) body = NULL;

  if (g_str_equal (type_name, "Group"))
    body = json_from_string ("{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"],"
                             "\"displayName\":\"Everybody on board\"}",
                             NULL);
  else if (g_str_equal (type_name, "Template"))
    body = json_from_string (
        "{\"schemas\":[\"urn:ietf:params:scim:schemas:mailstead:2.0:Template\"],"
        "\"name\":\"Office worker\",\"rights\":{\"imap\":true,\"submission\":true},"
        "\"loginPattern\":\"{given}.{family}\",\"quota\":2000000000,"
        "\"aliasPatterns\":[\"{g}{family}\"]}",
        NULL);
  else
    return;

  ms_reply_free (ms_dialog_test_request ("POST", ms_type_name_to_endpoint (type_name), body));
}

static void
test_pages (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (dialogs); i++)
    {
      g_autoptr (MsResource) object
                 = dialogs[i].filter != NULL
                       ? ms_dialog_test_find (dialogs[i].type_name, dialogs[i].filter)
                       : NULL;
      MsPropertiesWindow *window;

      if (object == NULL && dialogs[i].filter != NULL)
        {
          make_missing (dialogs[i].type_name);
          object = ms_dialog_test_find (dialogs[i].type_name, dialogs[i].filter);
          g_assert_nonnull (object);
        }
      window
          = open_dialog (dialogs[i].type_name, object != NULL ? ms_resource_get_id (object) : NULL);
      g_assert_false (ms_form_is_changed (ms_properties_window_get_form (window)));
      for (guint p = 0; dialogs[i].pages[p] != NULL; p++)
        {
          g_autofree char *name
              = g_strdup_printf ("properties-%s-%s", dialogs[i].type_name, dialogs[i].pages[p]);

          ms_properties_window_show_page (window, dialogs[i].pages[p]);
          ms_dialog_test_shot (window, name);
        }
      g_assert_false (ms_form_is_changed (ms_properties_window_get_form (window)));
      ms_dialog_test_close_all ();
    }
}

/* Changes -----------------------------------------------------------------------------------------
 */

static void
test_change_user (void)
{
  g_autoptr (MsResource) user = ms_dialog_test_find ("User", "userName sw \"b\"");
  g_autoptr (MsResource) after = NULL;
  MsPropertiesWindow *window = open_dialog ("User", ms_resource_get_id (user));
  MsForm             *form = ms_properties_window_get_form (window);
  g_autoptr (JsonNode) rights = json_from_string ("{\"imap\":true,\"proxy\":true}", NULL);

  ms_dialog_test_forget_report ();
  ms_dialog_test_type (form, "displayName", "Bea <b>Bold</b> & Sons");
  ms_field_set_value (ms_form_find (form, MS_USER_URN ":rights"), rights);
  ms_dialog_test_type (form, MS_USER_URN ":validUntil", "2030-01-02T03:04:00Z");
  ms_dialog_test_press (GTK_WIDGET (window), "Apply");
  MS_WAIT (is_saved (window));

  after = ms_dialog_test_get ("User", ms_resource_get_id (user));
  g_assert_cmpstr (ms_resource_get_string (after, "displayName"), ==, "Bea <b>Bold</b> & Sons");
  g_assert_true (ms_resource_get_boolean (after, MS_USER_URN ":rights.proxy", FALSE));
  g_assert_cmpstr (ms_dialog_test_get_report (), !=, NULL);
  g_assert_cmpint (ms_dialog_test_get_reported_change (), >, 0);

  ms_properties_window_show_page (window, "history");
  MS_WAIT (ms_dialog_test_find_button (GTK_WIDGET (window), "Apply") != NULL);
  ms_dialog_test_shot (window, "history-after-change");
  ms_dialog_test_close_all ();
}

static void
test_change_mailbox (void)
{
  g_autoptr (MsResource) mailbox = ms_dialog_test_find ("Mailbox", "aliases pr");
  g_autoptr (MsResource) after = NULL;
  MsPropertiesWindow *window = open_dialog ("Mailbox", ms_resource_get_id (mailbox));
  MsForm             *form = ms_properties_window_get_form (window);
  g_autoptr (JsonNode) aliases
             = json_from_string ("[\"a.first@harbour.example\",\"second.one\"]", NULL);
  g_autoptr (JsonNode) quota = json_from_string ("2500000000", NULL);
  g_auto (GStrv) stored = NULL;

  ms_field_set_value (ms_form_find (form, "aliases"), aliases);
  ms_field_set_value (ms_form_find (form, "quota"), quota);
  ms_properties_window_show_page (window, "limits");
  ms_dialog_test_shot (window, "mailbox-own-limit");
  ms_dialog_test_press (GTK_WIDGET (window), "Apply");
  MS_WAIT (is_saved (window));

  after = ms_dialog_test_get ("Mailbox", ms_resource_get_id (mailbox));
  stored = ms_resource_dup_strv (after, "aliases");
  g_assert_cmpuint (g_strv_length (stored), ==, 2);
  g_assert_true (g_str_has_prefix (stored[1], "second.one@"));
  g_assert_cmpint (ms_resource_get_int (after, "quota", 0), ==, 2500000000);

  /* Nothing was typed since, so OK closes and writes nothing */
  ms_dialog_test_forget_report ();
  ms_dialog_test_press (GTK_WIDGET (window), "OK");
  MS_WAIT (ms_dialog_test_find_window (MS_TYPE_PROPERTIES_WINDOW) == NULL);
  g_assert_null (ms_dialog_test_get_report ());
}

static void
test_change_group (void)
{
  g_autoptr (MsResource) group = ms_dialog_test_find ("MailGroup", "parent pr");
  g_autoptr (MsResource) after = NULL;
  MsPropertiesWindow *window = open_dialog ("MailGroup", ms_resource_get_id (group));
  MsForm             *form = ms_properties_window_get_form (window);

  ms_dialog_test_type (form, "description", "Two\nlines");
  ms_dialog_test_press (GTK_WIDGET (window), "OK");
  MS_WAIT (ms_dialog_test_find_window (MS_TYPE_PROPERTIES_WINDOW) == NULL);
  after = ms_dialog_test_get ("MailGroup", ms_resource_get_id (group));
  g_assert_cmpstr (ms_resource_get_string (after, "description"), ==, "Two\nlines");
}

static void
test_server_error_at_field (void)
{
  g_autoptr (MsResource) user = ms_dialog_test_find ("User", "userName sw \"c\"");
  MsPropertiesWindow *window = open_dialog ("User", ms_resource_get_id (user));
  MsForm             *form = ms_properties_window_get_form (window);
  MsFieldRow         *row = ms_field_get_row (ms_form_find (form, "userName"));

  ms_properties_window_show_page (window, "role");
  ms_dialog_test_type (form, "userName", "admin");
  ms_dialog_test_press (GTK_WIDGET (window), "Apply");
  MS_WAIT (ms_field_row_get_error (row) != NULL);
  ms_dialog_test_shot (window, "error-at-field");
  gtk_test_accessible_assert_state (
      ms_field_row_get_target (row), GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE);
  g_assert_true (ms_form_is_changed (form));
  ms_dialog_test_close_all ();
}

static void
test_others_change_is_taken (void)
{
  g_autoptr (MsResource) user = ms_dialog_test_find ("User", "userName sw \"d\"");
  MsPropertiesWindow *window = open_dialog ("User", ms_resource_get_id (user));
  MsForm             *form = ms_properties_window_get_form (window);
  g_autofree char    *shown = NULL;

  ms_dialog_test_patch (user, "displayName", "By somebody else");
  MS_WAIT ((g_free (shown), shown = ms_dialog_test_value (form, "displayName")) != NULL
           && g_str_equal (shown, "\"By somebody else\""));
  g_assert_false (ms_form_is_changed (form));
  ms_dialog_test_close_all ();
}

static void
test_conflict (gconstpointer data)
{
  gboolean mine = GPOINTER_TO_INT (data);
  g_autoptr (MsResource) user
             = ms_dialog_test_find ("User", mine ? "userName sw \"e\"" : "userName sw \"f\"");
  g_autoptr (MsResource) after = NULL;
  MsPropertiesWindow *window = open_dialog ("User", ms_resource_get_id (user));
  MsForm             *form = ms_properties_window_get_form (window);
  MsConflictWindow   *notice = NULL;

  ms_dialog_test_type (form, "displayName", "Mine");
  ms_dialog_test_type (form, "title", "Typed here only");
  ms_dialog_test_patch (user, "displayName", "Theirs");
  ms_dialog_test_patch (user, "nickName", "Theirs only");
  ms_dialog_test_press (GTK_WIDGET (window), "Apply");
  MS_WAIT ((notice = ms_dialog_test_find_window (MS_TYPE_CONFLICT_WINDOW)) != NULL);
  if (mine)
    ms_dialog_test_shot (notice, "conflict");
  ms_conflict_window_choose (notice, mine);
  ms_dialog_test_press (GTK_WIDGET (notice), "Save These");
  MS_WAIT (is_saved (window));

  after = ms_dialog_test_get ("User", ms_resource_get_id (user));
  g_assert_cmpstr (ms_resource_get_string (after, "displayName"), ==, mine ? "Mine" : "Theirs");
  g_assert_cmpstr (ms_resource_get_string (after, "title"), ==, "Typed here only");
  g_assert_cmpstr (ms_resource_get_string (after, "nickName"), ==, "Theirs only");
  ms_dialog_test_close_all ();
}

static void
test_request (void)
{
  g_autoptr (MsResource) user = ms_dialog_test_find ("User", "userName sw \"g\"");
  MsPropertiesWindow *window = open_dialog ("User", ms_resource_get_id (user));
  MsRequestWindow    *request = NULL;

  ms_dialog_test_type (ms_properties_window_get_form (window), "displayName", "It's new");
  gtk_widget_activate_action (GTK_WIDGET (window), "properties.show-request", NULL);
  MS_WAIT ((request = ms_dialog_test_find_window (MS_TYPE_REQUEST_WINDOW)) != NULL);
  ms_dialog_test_shot (request, "request");
  ms_dialog_test_close_all ();
}

static void
find_expanders (GtkWidget *widget, GPtrArray *found)
{
  if (ADW_IS_EXPANDER_ROW (widget))
    g_ptr_array_add (found, widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    find_expanders (child, found);
}

static gboolean
shows_changes (MsPropertiesWindow *window, GPtrArray *rows, guint n)
{
  g_ptr_array_set_size (rows, 0);
  find_expanders (GTK_WIDGET (window), rows);

  return rows->len == n;
}

static void
test_return_to (void)
{
  g_autoptr (MsResource) user = ms_dialog_test_find ("User", "userName sw \"h\"");
  g_autofree char *before = g_strdup (ms_resource_get_string (user, "displayName"));
  g_autoptr (MsResource) after = NULL;
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  MsPropertiesWindow *window;

  ms_dialog_test_patch (user, "displayName", "First");
  ms_dialog_test_patch (user, "displayName", "Second");
  window = open_dialog ("User", ms_resource_get_id (user));
  ms_properties_window_show_page (window, "history");
  MS_WAIT (shows_changes (window, rows, 3));
  adw_expander_row_set_expanded (rows->pdata[0], TRUE);
  adw_expander_row_set_expanded (rows->pdata[2], TRUE);
  ms_dialog_test_forget_report ();
  /* The newest is how it is now, so only the third can be returned to */
  MS_WAIT (ms_dialog_test_find_sensitive (GTK_WIDGET (window), "Return to This") != NULL);
  ms_dialog_test_shot (window, "history-open");
  gtk_widget_activate (ms_dialog_test_find_sensitive (GTK_WIDGET (window), "Return to This"));
  MS_WAIT (ms_dialog_test_get_report () != NULL);

  after = ms_dialog_test_get ("User", ms_resource_get_id (user));
  g_assert_cmpstr (ms_resource_get_string (after, "displayName"), ==, before);
  MS_WAIT (shows_changes (window, rows, 4));
  ms_dialog_test_close_all ();
}

/* The check button of that label that can be seen; %NULL where there is none. */
static GtkWidget *
find_check (GtkWidget *root, const char *label)
{
  if (GTK_IS_CHECK_BUTTON (root) && gtk_widget_get_child_visible (root)
      && gtk_widget_get_mapped (root)
      && g_strcmp0 (gtk_check_button_get_label (GTK_CHECK_BUTTON (root)), label) == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_check (child, label);
      if (found != NULL)
        return found;
    }
  return NULL;
}

/* An address that is given up is kept where that is ticked, in the same change. */
static void
test_keep_address (void)
{
  g_autoptr (MsResource) mailbox = ms_dialog_test_find ("Mailbox", "aliases pr");
  g_autofree char    *id = g_strdup (ms_resource_get_id (mailbox));
  g_autofree char    *old = g_strdup (ms_resource_get_string (mailbox, "address"));
  g_autofree char    *label = g_strdup_printf ("Keep %s as an alias", old);
  MsPropertiesWindow *window = open_dialog ("Mailbox", id);
  GtkWidget          *check;

  g_assert_null (find_check (GTK_WIDGET (window), label));
  ms_dialog_test_type (ms_properties_window_get_form (window), "name", "renamed.by.test");
  MS_WAIT ((check = find_check (GTK_WIDGET (window), label)) != NULL);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), TRUE);
  ms_dialog_test_forget_report ();
  ms_dialog_test_shot (window, "keep-address");
  ms_dialog_test_press (GTK_WIDGET (window), "Apply");
  MS_WAIT (ms_dialog_test_get_report () != NULL);

  g_autoptr (MsResource) after = ms_dialog_test_get ("Mailbox", id);
  g_auto (GStrv) aliases = ms_resource_dup_strv (after, "aliases");
  g_assert_cmpstr (ms_resource_get_string (after, "name"), ==, "renamed.by.test");
  g_assert_true (g_strv_contains ((const char *const *) aliases, old));
  ms_dialog_test_close_all ();
}

/* New objects -------------------------------------------------------------------------------------
 */

static const struct
{
  const char *type_name;
  const char *label;
  const char *value;
  const char *filter;
} new_objects[] = {
  { "Mailbox", "name", "harbour.master", "name eq \"harbour.master\"" },
  { "MailGroup", "name", "Pilots", "name eq \"Pilots\"" },
  { "Group", "displayName", "Tide table", "displayName eq \"Tide table\"" },
  { "Domain", "name", "pilots.example", "name eq \"pilots.example\"" },
  { "Template", "name", "Pilot", "name eq \"Pilot\"" },
};

static void
test_new_objects (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (new_objects); i++)
    {
      GtkWidget       *window = ms_new_object_window_new (ms_dialog_test_get_parent (),
                                                    ms_dialog_test_get_connection (),
                                                    new_objects[i].type_name,
                                                    NULL);
      MsForm          *form = ms_new_object_window_get_form (MS_NEW_OBJECT_WINDOW (window));
      g_autofree char *name = g_strdup_printf ("new-%s", new_objects[i].type_name);
      g_autoptr (MsResource) made = NULL;

      gtk_window_present (GTK_WINDOW (window));
      g_assert_false (gtk_widget_is_sensitive (ms_dialog_test_find_button (window, "Create")));
      ms_dialog_test_type (form, new_objects[i].label, new_objects[i].value);
      ms_dialog_test_shot (window, name);
      ms_dialog_test_press (window, "Create");
      MS_WAIT (ms_dialog_test_find_window (MS_TYPE_NEW_OBJECT_WINDOW) == NULL);
      made = ms_dialog_test_find (new_objects[i].type_name, new_objects[i].filter);
      g_assert_nonnull (made);
    }
}

static void
test_reset_password (void)
{
  g_autoptr (MsResource) user = ms_dialog_test_find ("User", "userName sw \"i\"");
  g_autoptr (MsResource) after = NULL;
  GtkWidget *window = ms_reset_password_window_new (
      ms_dialog_test_get_parent (), ms_dialog_test_get_connection (), user);
  MsResetPasswordWindow *self = MS_RESET_PASSWORD_WINDOW (window);

  gtk_window_present (GTK_WINDOW (window));
  ms_dialog_test_shot (window, "reset-password");
  ms_dialog_test_press (window, "Reset");
  MS_WAIT (ms_reset_password_window_get_shown (self) != NULL);
  g_assert_cmpuint (strlen (ms_reset_password_window_get_shown (self)), >=, 12);
  ms_dialog_test_shot (window, "reset-password-result");
  after = ms_dialog_test_get ("User", ms_resource_get_id (user));
  g_assert_true (ms_resource_get_boolean (after, MS_USER_URN ":mustChangePassword", FALSE));
  g_assert_nonnull (ms_resource_get_string (after, MS_USER_URN ":passwordScheme"));
  ms_dialog_test_close_all ();
}

static void
add_tests (void)
{
  g_test_add_func ("/editors/pages", test_pages);
  g_test_add_func ("/editors/change/user", test_change_user);
  g_test_add_func ("/editors/change/mailbox", test_change_mailbox);
  g_test_add_func ("/editors/change/mail-group", test_change_group);
  g_test_add_func ("/editors/change/refused-at-field", test_server_error_at_field);
  g_test_add_func ("/editors/others/taken", test_others_change_is_taken);
  g_test_add_data_func ("/editors/others/conflict-mine", GINT_TO_POINTER (TRUE), test_conflict);
  g_test_add_data_func ("/editors/others/conflict-theirs", GINT_TO_POINTER (FALSE), test_conflict);
  g_test_add_func ("/editors/request", test_request);
  g_test_add_func ("/editors/return-to", test_return_to);
  g_test_add_func ("/editors/keep-address", test_keep_address);
  g_test_add_func ("/editors/new", test_new_objects);
  g_test_add_func ("/editors/reset-password", test_reset_password);
}

int
main (int argc, char **argv)
{
  return ms_dialog_test_main (argc, argv, TRUE, add_tests);
}
