/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsNewUserWindow: the steps of a new account, and the one request at their end. What must stay
 * true: a proposal never overwrites what the person typed, a change of the template changes only
 * what nobody touched, and the password goes out once and comes back never; a generated one is kept
 * only while its page is shown.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-attributes.h"
#include "ms-dialog-style.h"
#include "ms-error.h"
#include "ms-name-check.h"
#include "ms-new-user-private.h"
#include "ms-new-user-request.h"
#include "ms-new-user-steps.h"
#include "ms-new-user.h"
#include "ms-reference-field.h"
#include "ms-report.h"
#include "ms-request-window.h"

G_DEFINE_FINAL_TYPE (MsNewUserWindow, ms_new_user_window, MS_TYPE_ASSISTANT)

char *
ms_new_user_dup_string (MsForm *form, const char *path)
{
  g_autoptr (JsonNode) value = ms_field_dup_value (ms_form_find (form, path));

  return g_strdup (value != NULL && JSON_NODE_HOLDS_VALUE (value)
                           && json_node_get_value_type (value) == G_TYPE_STRING
                       ? json_node_get_string (value)
                       : "");
}

gboolean
ms_new_user_wants_mailbox (MsNewUserWindow *self)
{
  g_autoptr (JsonNode) value = ms_field_dup_value (ms_form_find (self->mailbox, "create"));

  return value == NULL || json_node_get_boolean (value);
}

char *
ms_new_user_dup_address (MsNewUserWindow *self)
{
  g_autofree char *name = ms_new_user_dup_string (self->mailbox, "name");
  g_autofree char *domain = ms_new_user_dup_string (self->mailbox, "domain");
  JsonObject      *info = ms_connection_get_server_info (self->connection);
  const char      *primary
      = info != NULL ? json_object_get_string_member_with_default (info, "primaryDomain", "") : "";

  return g_strdup_printf ("%s@%s", name, domain[0] != '\0' ? domain : primary);
}

void
ms_new_user_update_complete (MsNewUserWindow *self)
{
  const char      *step = ms_assistant_get_step (MS_ASSISTANT (self));
  g_autofree char *login = ms_new_user_dup_string (self->who, "userName");
  g_autofree char *full_name = ms_new_user_dup_string (self->who, "displayName");
  g_autofree char *name = ms_new_user_dup_string (self->mailbox, "name");
  gboolean         complete = TRUE;

  if (g_strcmp0 (step, "who") == 0)
    complete
        = login[0] != '\0' && full_name[0] != '\0' && !ms_name_check_is_taken (self->login_check);
  else if (g_strcmp0 (step, "mailbox") == 0)
    complete = !ms_new_user_wants_mailbox (self)
               || (name[0] != '\0' && !ms_name_check_is_taken (self->address_check));
  else if (g_strcmp0 (step, "password") == 0)
    complete = ms_password_chooser_is_valid (MS_PASSWORD_CHOOSER (self->chooser));
  ms_assistant_set_complete (MS_ASSISTANT (self), complete);
}

/* Summary and request -----------------------------------------------------------------------------
 */

static MsNewUserRequest
get_request (MsNewUserWindow *self)
{
  MsPasswordChooser *chooser = MS_PASSWORD_CHOOSER (self->chooser);

  return (MsNewUserRequest){
    .template_form = self->template_form,
    .who = self->who,
    .mailbox = self->mailbox,
    .rights = self->rights,
    .user_template = self->user_template,
    .mailbox_template = self->mailbox_template,
    .must_change = ms_password_chooser_get_must_change (chooser),
    .generate = ms_password_chooser_is_generated (chooser),
    .password = ms_password_chooser_get_password (chooser),
  };
}

static void
add_summary (GtkWidget *group, const char *title, const char *text)
{
  GtkWidget *row = adw_action_row_new ();

  g_object_set (row,
                "use-markup",
                FALSE,
                "title",
                title,
                "subtitle",
                text[0] != '\0' ? text : _("None"), "subtitle-lines", 3, NULL);
  gtk_widget_add_css_class (row, "property");
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
}

static void
add_field_summary (GtkWidget *group, MsForm *form, const char *path)
{
  MsField *field = ms_form_find (form, path);
  g_autoptr (JsonNode) value = ms_field_dup_value (field);
  g_autofree char *title = ms_field_dup_title (field);
  g_autofree char *text = ms_field_describe (field, value);

  add_summary (group, title, text);
}

static void
show_summary (MsNewUserWindow *self)
{
  MsPasswordChooser *chooser = MS_PASSWORD_CHOOSER (self->chooser);
  GtkWidget         *user = adw_preferences_group_new ();
  GtkWidget         *mailbox = adw_preferences_group_new ();
  GtkWidget         *child;
  g_autofree char   *address = ms_new_user_dup_address (self);

  while ((child = gtk_widget_get_first_child (self->summary)) != NULL)
    gtk_box_remove (GTK_BOX (self->summary), child);

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (user), _("User"));
  add_field_summary (user, self->who, "userName");
  add_field_summary (user, self->who, "displayName");
  add_field_summary (user, self->rights, MS_USER_URN ":rights");
  add_field_summary (user, self->rights, MS_USER_URN ":role");
  add_summary (user,
               _("Password"),
                  ms_password_chooser_is_generated (chooser)
                  ? _("Generated, and shown at the end")
                  : _("As typed"));
  gtk_box_append (GTK_BOX (self->summary), user);

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (mailbox), _("Mailbox"));
  if (ms_new_user_wants_mailbox (self))
    {
      add_summary (mailbox, _("Address"), address);
      add_field_summary (mailbox, self->mailbox, "aliases");
      add_field_summary (mailbox, self->mailbox, "group");
      add_field_summary (mailbox, self->mailbox, "quota");
    }
  else
    add_summary (mailbox, _("Mailbox"), _("None will be made"));
  gtk_box_append (GTK_BOX (self->summary), mailbox);
}

static void
forget_password (MsNewUserWindow *self)
{
  if (self->password != NULL)
    explicit_bzero (self->password, strlen (self->password));
  g_clear_pointer (&self->password, g_free);
}

static void
show_error (MsNewUserWindow *self, const GError *error)
{
  const char *path = ms_error_get_path (error);
  const char *step = NULL;
  MsField    *field = NULL;

  if (path != NULL && g_str_has_prefix (path, "mailbox."))
    path += strlen ("mailbox.");
  else if (path != NULL && g_str_has_prefix (path, "user."))
    path += strlen ("user.");
  if ((field = ms_form_find (self->who, path)) != NULL)
    step = "who";
  else if ((field = ms_form_find (self->mailbox, g_strcmp0 (path, "address") == 0 ? "name" : path))
           != NULL)
    step = "mailbox";
  else if (g_strcmp0 (path, "password") == 0)
    step = "password";

  if (step != NULL)
    ms_assistant_go_to (MS_ASSISTANT (self), step);
  if (field != NULL)
    {
      ms_field_show_error (field, error->message);
      gtk_widget_grab_focus (GTK_WIDGET (ms_field_get_row (field)));
    }
  else
    ms_dialog_show_error (MS_DIALOG (self), error);
}

static void
show_result (MsNewUserWindow *self, JsonObject *answer)
{
  const char      *password = json_object_get_string_member_with_default (answer, "password", NULL);
  g_autofree char *login = ms_new_user_dup_string (self->who, "userName");
  g_autofree char *title = g_strdup_printf (_("%s has been created"), login);

  gtk_label_set_text (GTK_LABEL (self->result_title), title);
  forget_password (self);
  self->password = g_strdup (password);
  gtk_widget_set_visible (gtk_widget_get_ancestor (self->result_row, ADW_TYPE_PREFERENCES_GROUP),
                          password != NULL);
  if (password != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (self->result_row), password);
  ms_assistant_go_to (MS_ASSISTANT (self), "result");
}

static void
on_created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  g_autofree char *login = NULL;
  g_autofree char *text = NULL;
  MsNewUserWindow *self;
  JsonObject      *answer;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  if (reply == NULL || reply->json == NULL || !JSON_NODE_HOLDS_OBJECT (reply->json))
    {
      if (error != NULL)
        show_error (self, error);
      return;
    }

  answer = json_node_get_object (reply->json);
  login = ms_new_user_dup_string (self->who, "userName");
  /* Translators: %s is the name of an object */
  text = g_strdup_printf (_("%s created"), login);
  ms_report_change (gtk_window_get_transient_for (GTK_WINDOW (self)),
                    text,
                    json_object_get_int_member_with_default (answer, "changeSet", reply->change));
  ms_password_chooser_clear (MS_PASSWORD_CHOOSER (self->chooser));
  show_result (self, answer);
}

static void
create (MsNewUserWindow *self)
{
  MsNewUserRequest request = get_request (self);
  g_autoptr (JsonNode) body = ms_new_user_request_build (&request, TRUE);

  ms_dialog_clear_error (MS_DIALOG (self));
  ms_dialog_set_busy (MS_DIALOG (self), TRUE);
  ms_connection_request_async (self->connection,
                               "POST",
                               "/api/v1/accounts",
                               body,
                               NULL,
                               ms_dialog_get_cancellable (MS_DIALOG (self)),
                               on_created_cb,
                               self);
}

static void
on_show_request_cb (MsNewUserWindow *self)
{
  MsNewUserRequest request = get_request (self);
  g_autoptr (JsonNode) body = ms_new_user_request_build (&request, FALSE);
  g_autofree char *login = ms_new_user_dup_string (self->who, "userName");
  g_autofree char *name = ms_new_user_dup_string (self->who, "displayName");
  g_autofree char *quoted_login = g_shell_quote (login);
  g_autofree char *quoted_name = g_shell_quote (name);
  g_autofree char *command = g_strdup_printf ("mailsteadctl user create %s --name %s%s",
                                              quoted_login,
                                              quoted_name,
                                              ms_new_user_wants_mailbox (self) ? " --mailbox" : "");

  ms_request_window_present (GTK_WINDOW (self), "POST", "/api/v1/accounts", body, command);
}

static void
on_copy_cb (MsNewUserWindow *self)
{
  if (self->password != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->password);
}

/* The steps ---------------------------------------------------------------------------------------
 */

static gboolean
verify (MsForm *form)
{
  MsField *culprit = NULL;

  if (ms_form_verify (form, &culprit, NULL))
    return TRUE;

  gtk_widget_grab_focus (GTK_WIDGET (ms_field_get_row (culprit)));

  return FALSE;
}

static gboolean
ms_new_user_window_leave (MsAssistant *assistant, const char *step)
{
  MsNewUserWindow *self = MS_NEW_USER_WINDOW (assistant);

  if (g_str_equal (step, "template"))
    return ms_new_user_take_template (self);
  if (g_str_equal (step, "who"))
    return verify (self->who);
  if (g_str_equal (step, "mailbox"))
    return !ms_new_user_wants_mailbox (self) || verify (self->mailbox);
  if (g_str_equal (step, "summary"))
    create (self);

  return !g_str_equal (step, "summary");
}

static void
focus_field (MsForm *form, const char *path)
{
  gtk_widget_grab_focus (ms_field_row_get_target (ms_field_get_row (ms_form_find (form, path))));
}

static void
ms_new_user_window_entered (MsAssistant *assistant, const char *step)
{
  MsNewUserWindow *self = MS_NEW_USER_WINDOW (assistant);

  if (g_str_equal (step, "who"))
    focus_field (self->who, "displayName");
  else if (g_str_equal (step, "mailbox"))
    focus_field (self->mailbox, "name");
  else if (g_str_equal (step, "summary"))
    show_summary (self);
  ms_new_user_update_complete (self);
}

static char *
ms_new_user_window_primary_label (MsAssistant *assistant, const char *step)
{
  MsNewUserWindow *self = MS_NEW_USER_WINDOW (assistant);
  g_autofree char *login = NULL;

  if (!g_str_equal (step, "summary"))
    return NULL;

  login = ms_new_user_dup_string (self->who, "userName");
  /* An underscore in the name is no mnemonic */
  {
    g_autoptr (GString) escaped = g_string_new (login);

    g_string_replace (escaped, "_", "__", 0);

    /* Translators: %s is a log-on name; the underscore before C is the mnemonic */
    return g_strdup_printf (_("_Create %s"), escaped->str);
  }
}

static GtkWidget *
build_summary (MsNewUserWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *button = gtk_button_new_with_mnemonic (_("Show Re_quest…"));

  self->summary = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  gtk_widget_set_halign (button, GTK_ALIGN_END);
  g_signal_connect_object (
      button, "clicked", G_CALLBACK (on_show_request_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), self->summary);
  gtk_box_append (GTK_BOX (box), button);

  return box;
}

static GtkWidget *
build_result (MsNewUserWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *image = gtk_image_new_from_icon_name ("emblem-ok-symbolic");
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");

  gtk_image_set_pixel_size (GTK_IMAGE (image), 64);
  gtk_widget_add_css_class (image, "success");
  self->result_title = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->result_title), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->result_title), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_justify (GTK_LABEL (self->result_title), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (self->result_title, "title-2");

  self->result_row = adw_action_row_new ();
  g_object_set (self->result_row, "use-markup", FALSE, "title", _("Generated password"), NULL);
  gtk_widget_add_css_class (self->result_row, "ms-secret");
  gtk_widget_add_css_class (copy, "flat");
  gtk_widget_set_valign (copy, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (copy, _("Copy Password"));
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (copy), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Copy Password"), -1);
  g_signal_connect_object (copy, "clicked", G_CALLBACK (on_copy_cb), self, G_CONNECT_SWAPPED);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self->result_row), copy);
  adw_preferences_group_set_description (
      ADW_PREFERENCES_GROUP (group),
      _("Hand it out now: it is shown only once and kept nowhere."));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->result_row);

  gtk_box_append (GTK_BOX (box), image);
  gtk_box_append (GTK_BOX (box), self->result_title);
  gtk_box_append (GTK_BOX (box), group);
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);

  return box;
}

static void
build (MsNewUserWindow *self)
{
  MsAssistant  *assistant = MS_ASSISTANT (self);
  GCancellable *cancellable = ms_dialog_get_cancellable (MS_DIALOG (self));

  ms_assistant_add_step (assistant,
                         "template",
                         _("Template"),
                            ms_new_user_build_template (self->template_form, self->connection));
  ms_assistant_add_step (assistant, "who", _("Who"), ms_new_user_build_who (self->who));
  ms_assistant_add_step (
      assistant,
      "mailbox",
      _("Mailbox"), ms_new_user_build_mailbox (self->mailbox, self->connection, cancellable));
  ms_assistant_add_step (
      assistant, "rights", _("Rights"), ms_new_user_build_rights (self->rights));
  self->chooser = ms_password_chooser_new ();
  ms_assistant_add_step (assistant, "password", _("Password"), self->chooser);
  ms_assistant_add_step (assistant, "summary", _("Summary"), build_summary (self));
  ms_assistant_add_result (assistant, "result", build_result (self));
}

static void
connect (MsNewUserWindow *self)
{
  self->login_check = ms_name_check_new (self->connection,
                                         ms_form_find (self->who, "userName"),
                                         "User",
                                         "userName",
                                         _("There is a user %s already"));
  self->address_check = ms_name_check_new (self->connection,
                                           ms_form_find (self->mailbox, "name"),
                                           "Mailbox",
                                           "address",
                                           _("There is a mailbox %s already"));
  g_signal_connect_object (self->login_check,
                           "checked",
                           G_CALLBACK (ms_new_user_update_complete),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->address_check,
                           "checked",
                           G_CALLBACK (ms_new_user_update_complete),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (
      self->who, "changed", G_CALLBACK (ms_new_user_on_who_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->mailbox,
                           "changed",
                           G_CALLBACK (ms_new_user_on_mailbox_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (
      self->chooser, "changed", G_CALLBACK (ms_new_user_update_complete), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (ms_form_find (self->template_form, "template"),
                           "changed",
                           G_CALLBACK (ms_new_user_on_template_changed_cb),
                           self,
                           0);
  g_signal_connect_object (ms_form_find (self->template_form, "user"),
                           "changed",
                           G_CALLBACK (ms_new_user_on_template_changed_cb),
                           self,
                           0);
}

static void
ms_new_user_window_dispose (GObject *object)
{
  MsNewUserWindow *self = MS_NEW_USER_WINDOW (object);

  ms_new_user_stop_proposing (self);
  forget_password (self);
  g_clear_object (&self->login_check);
  g_clear_object (&self->address_check);

  G_OBJECT_CLASS (ms_new_user_window_parent_class)->dispose (object);

  g_clear_object (&self->template_form);
  g_clear_object (&self->who);
  g_clear_object (&self->mailbox);
  g_clear_object (&self->rights);
  g_clear_object (&self->template);
  g_clear_object (&self->connection);
}

static void
ms_new_user_window_finalize (GObject *object)
{
  MsNewUserWindow *self = MS_NEW_USER_WINDOW (object);

  g_free (self->user_template);
  g_free (self->mailbox_template);
  g_free (self->proposed_for);

  G_OBJECT_CLASS (ms_new_user_window_parent_class)->finalize (object);
}

static void
ms_new_user_window_class_init (MsNewUserWindowClass *klass)
{
  MsAssistantClass *assistant_class = MS_ASSISTANT_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_new_user_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = ms_new_user_window_finalize;
  assistant_class->leave = ms_new_user_window_leave;
  assistant_class->entered = ms_new_user_window_entered;
  assistant_class->primary_label = ms_new_user_window_primary_label;
  ms_dialog_style_ensure ();
}

static void
ms_new_user_window_init (MsNewUserWindow *self)
{
  self->template_form = ms_form_new ();
  self->who = ms_form_new ();
  self->mailbox = ms_form_new ();
  self->rights = ms_form_new ();
}

GtkWidget *
ms_new_user_window_new (GtkWindow *parent, MsConnection *connection, MsResource *duplicate_of)
{
  MsNewUserWindow *self;

  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);

  self = g_object_new (MS_TYPE_NEW_USER_WINDOW, "transient-for", parent, NULL);
  self->connection = g_object_ref (connection);
  gtk_window_set_title (
      GTK_WINDOW (self), duplicate_of != NULL ? _("Duplicate User") : _("New User"));
  ms_dialog_set_icon (MS_DIALOG (self), "contact-new-symbolic");
  ms_dialog_set_subtitle (MS_DIALOG (self), ms_connection_get_host (connection));
  build (self);
  connect (self);
  ms_assistant_go_to (MS_ASSISTANT (self), "template");
  if (duplicate_of != NULL)
    {
      ms_reference_field_pick (MS_REFERENCE_FIELD (ms_form_find (self->template_form, "user")),
                               duplicate_of);
      ms_assistant_next (MS_ASSISTANT (self));
    }

  return GTK_WIDGET (self);
}

MsForm *
ms_new_user_window_get_form (MsNewUserWindow *self, const char *step)
{
  g_return_val_if_fail (MS_IS_NEW_USER_WINDOW (self), NULL);

  return g_str_equal (step, "template")  ? self->template_form
         : g_str_equal (step, "who")     ? self->who
         : g_str_equal (step, "mailbox") ? self->mailbox
                                         : self->rights;
}

const char *
ms_new_user_window_get_shown (MsNewUserWindow *self)
{
  g_return_val_if_fail (MS_IS_NEW_USER_WINDOW (self), NULL);

  return self->password;
}

void
ms_new_user_present (GtkWindow *parent, MsConnection *connection, MsResource *duplicate_of)
{
  gtk_window_present (GTK_WINDOW (ms_new_user_window_new (parent, connection, duplicate_of)));
}
