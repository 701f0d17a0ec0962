/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What MsNewUserWindow fills in by itself: names that the server proposes for the person, and what
 * a template or another user gives. Neither overwrites what was typed.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-attributes.h"
#include "ms-new-user-private.h"
#include "ms-new-user-request.h"
#include "ms-new-user-steps.h"
#include "ms-reference-field.h"

#define PROPOSE_DELAY_MS 300

/* Proposals ---------------------------------------------------------------------------------------
 */

static void
propose_field (MsForm *form, const char *path, const char *text)
{
  MsField *field = ms_form_find (form, path);
  g_autoptr (JsonNode) value = NULL;

  if (field == NULL || text == NULL || ms_field_is_changed (field))
    return;

  value = json_node_init_string (json_node_alloc (), text);
  ms_field_load_value (field, value);
}

static const char *
get_member (JsonObject *object, const char *name)
{
  return json_object_get_string_member_with_default (object, name, NULL);
}

static void
on_proposed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  MsNewUserWindow *self;
  JsonObject      *proposal;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  if (reply == NULL || reply->json == NULL || !JSON_NODE_HOLDS_OBJECT (reply->json))
    {
      if (error != NULL && !g_error_matches (error, MS_ERROR, MS_ERROR_INVALID))
        ms_dialog_show_error (MS_DIALOG (self), error);
      return;
    }

  proposal = json_node_get_object (reply->json);
  propose_field (self->who, "userName", get_member (proposal, "userName"));
  propose_field (self->mailbox, "name", get_member (proposal, "mailboxName"));
  if (json_object_has_member (proposal, "name"))
    {
      JsonObject *name = json_object_get_object_member (proposal, "name");

      propose_field (self->who, "name.givenName", get_member (name, "givenName"));
      propose_field (self->who, "name.familyName", get_member (name, "familyName"));
    }
  ms_new_user_update_complete (self);
}

static gboolean
on_propose_timeout_cb (gpointer user_data)
{
  MsNewUserWindow *self = user_data;
  g_autofree char *name = ms_new_user_dup_string (self->who, "displayName");
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);
  const char      *template_id = ms_reference_field_get_id (
      MS_REFERENCE_FIELD (ms_form_find (self->template_form, "template")));
  g_autofree char *path = g_strdup_printf ("/api/v1/propose?name=%s%s%s",
                                           escaped,
                                           template_id != NULL ? "&template=" : "",
                                           template_id != NULL ? template_id : "");

  self->propose_timeout = 0;
  self->proposing = g_cancellable_new ();
  ms_connection_request_async (
      self->connection, "GET", path, NULL, NULL, self->proposing, on_proposed_cb, self);

  return G_SOURCE_REMOVE;
}

void
ms_new_user_stop_proposing (MsNewUserWindow *self)
{
  g_clear_handle_id (&self->propose_timeout, g_source_remove);
  g_cancellable_cancel (self->proposing);
  g_clear_object (&self->proposing);
}

void
ms_new_user_on_who_changed_cb (MsNewUserWindow *self)
{
  g_autofree char *name = ms_new_user_dup_string (self->who, "displayName");
  g_autofree char *login = ms_new_user_dup_string (self->who, "userName");

  if (g_strcmp0 (name, self->proposed_for) != 0)
    {
      g_free (self->proposed_for);
      self->proposed_for = g_strdup (name);
      ms_new_user_stop_proposing (self);
      if (name[0] != '\0')
        self->propose_timeout = g_timeout_add (PROPOSE_DELAY_MS, on_propose_timeout_cb, self);
    }
  if (ms_field_is_changed (ms_form_find (self->who, "userName")))
    ms_name_check_ask (self->login_check, login);
  ms_assistant_set_close_question (MS_ASSISTANT (self),
                                   name[0] != '\0'
                                   ? _("Discard What You Typed?") : NULL,
                                        _("Nobody has been created yet."));
  ms_new_user_update_complete (self);
}

void
ms_new_user_on_mailbox_changed_cb (MsNewUserWindow *self)
{
  static const char *const paths[] = { "name", "domain", "aliases", "group", "quota" };
  gboolean                 wanted = ms_new_user_wants_mailbox (self);
  g_autofree char         *address = ms_new_user_dup_address (self);

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    gtk_widget_set_sensitive (
        GTK_WIDGET (ms_field_get_row (ms_form_find (self->mailbox, paths[i]))), wanted);
  if (wanted
      && (ms_field_is_changed (ms_form_find (self->mailbox, "name"))
          || ms_field_is_changed (ms_form_find (self->mailbox, "domain"))))
    ms_name_check_ask (self->address_check, address);
  ms_new_user_update_complete (self);
}

/* Templates ---------------------------------------------------------------------------------------
 */

static void
on_template_mailbox_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsResource) mailbox
             = ms_connection_resource_finish (MS_CONNECTION (source), result, NULL, &error);
  MsNewUserWindow *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  if (mailbox == NULL)
    {
      ms_dialog_show_error (MS_DIALOG (self), error);
      return;
    }

  self->mailbox_template = g_strdup (ms_resource_get_id (mailbox));
  ms_new_user_fill (self->who, self->mailbox, self->rights, self->template, mailbox);
  ms_assistant_go_to (MS_ASSISTANT (self), "who");
}

/* (transfer full) (nullable) */
static char *
dup_primary_mailbox (MsResource *user)
{
  JsonNode  *node = ms_resource_get_node (user, MS_USER_URN ":mailboxes");
  JsonArray *array;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return NULL;

  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *element = json_array_get_object_element (array, i);

      if (json_object_get_boolean_member_with_default (element, "primary", FALSE))
        return g_strdup (get_member (element, "value"));
    }

  return NULL;
}

static void
on_template_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsResource) template
             = ms_connection_resource_finish (MS_CONNECTION (source), result, NULL, &error);
  g_autofree char *mailbox_id = NULL;
  MsNewUserWindow *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  if (template == NULL)
    {
      ms_dialog_show_error (MS_DIALOG (self), error);
      return;
    }

  g_set_object (&self->template, template);
  self->user_template = g_strdup (ms_resource_get_id (template));
  if (g_strcmp0 (ms_resource_get_type_name (template), "Template") == 0)
    self->mailbox_template = g_strdup (self->user_template);
  else
    mailbox_id = dup_primary_mailbox (template);

  if (mailbox_id != NULL)
    {
      ms_dialog_set_busy (MS_DIALOG (self), TRUE);
      ms_connection_get_async (self->connection,
                               "Mailbox",
                               mailbox_id,
                               ms_dialog_get_cancellable (MS_DIALOG (self)),
                               on_template_mailbox_cb,
                               self);
      return;
    }
  ms_new_user_fill (self->who, self->mailbox, self->rights, template, NULL);
  ms_assistant_go_to (MS_ASSISTANT (self), "who");
}

/* TRUE where nothing has to be asked first. */
gboolean
ms_new_user_take_template (MsNewUserWindow *self)
{
  const char *template_id = ms_reference_field_get_id (
      MS_REFERENCE_FIELD (ms_form_find (self->template_form, "template")));
  const char *user_id
      = ms_reference_field_get_id (MS_REFERENCE_FIELD (ms_form_find (self->template_form, "user")));

  g_clear_pointer (&self->user_template, g_free);
  g_clear_pointer (&self->mailbox_template, g_free);
  g_clear_object (&self->template);
  /* Another template may have another pattern */
  g_clear_pointer (&self->proposed_for, g_free);
  if (template_id == NULL && user_id == NULL)
    {
      ms_new_user_fill (self->who, self->mailbox, self->rights, NULL, NULL);
      ms_new_user_on_who_changed_cb (self);
      return TRUE;
    }

  ms_dialog_set_busy (MS_DIALOG (self), TRUE);
  ms_connection_get_async (self->connection,
                           template_id != NULL ? "Template" : "User",
                           template_id != NULL ? template_id : user_id,
                           ms_dialog_get_cancellable (MS_DIALOG (self)),
                           on_template_cb,
                           self);

  return FALSE;
}

/* The last one chosen counts: a template or a user, not both. */
void
ms_new_user_on_template_changed_cb (MsField *field, MsNewUserWindow *self)
{
  const char *other = g_str_equal (ms_field_get_path (field), "template") ? "user" : "template";

  if (ms_reference_field_get_id (MS_REFERENCE_FIELD (field)) != NULL)
    ms_field_load_value (ms_form_find (self->template_form, other), NULL);
}
