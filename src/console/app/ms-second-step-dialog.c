/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Key and recovery codes are in memory only while they are shown.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ms-file-picker.h"
#include "ms-qr-picture.h"
#include "ms-second-step-dialog.h"

#define PATH "/api/v1/session/totp"
#define QR_PIXELS 4
#define MAX_HEIGHT 420 /* of what stands below the header bar */
#define GROUP 4        /* characters of the key between blanks */

/* What the object of an answer means. */
typedef void (*TakeAnswer) (MsSecondStepDialog *self, JsonObject *answer);

struct _MsSecondStepDialog
{
  MsDialog parent_instance;

  /* Template children */
  GtkButton           *accept;
  GtkButton           *cancel;
  AdwEntryRow         *code;
  GtkLabel            *codes;
  GtkLabel            *key;
  GtkLabel            *left;
  AdwPasswordEntryRow *own_password; /* of the page with the key */
  AdwPasswordEntryRow *password;
  GtkPicture          *qr;
  GtkLabel            *reason;
  AdwEntryRow         *remove_code;
  GtkLabel            *remove_wrong;
  GtkScrolledWindow   *scroller;
  GtkStack            *stack;
  GtkLabel            *wrong;

  /* Owned */
  MsConnection *connection;
  char         *secret;
  char         *recovery; /* a line each */

  TakeAnswer take; /* of the one request under way */
  gboolean   required;
  gboolean   enrolled;
};

G_DEFINE_FINAL_TYPE (MsSecondStepDialog, ms_second_step_dialog, MS_TYPE_DIALOG)

static guint enrolled_signal;

static void
forget (char **text)
{
  if (*text != NULL)
    explicit_bzero (*text, strlen (*text));
  g_clear_pointer (text, g_free);
}

static const char *
get_text (gpointer editable)
{
  return gtk_editable_get_text (GTK_EDITABLE (editable));
}

static gboolean
is_page (MsSecondStepDialog *self, const char *page)
{
  return g_str_equal (gtk_stack_get_visible_child_name (self->stack), page);
}

static void
update (MsSecondStepDialog *self)
{
  gboolean scan = is_page (self, "scan");
  gboolean on = is_page (self, "on");
  gboolean codes = is_page (self, "codes");

  gtk_widget_set_visible (GTK_WIDGET (self->accept), !is_page (self, "wait"));
  gtk_widget_set_visible (GTK_WIDGET (self->cancel), !codes);
  gtk_button_set_label (self->cancel, on ? _("_Close") : _("_Cancel"));
  gtk_button_set_label (self->accept,
                        scan
                        ? _("_Turn On")
                        : codes
                        ? _("_Done")
                        : on
                        ? _("_Remove")
                        : _("_Set Up"));
  if (on)
    {
      gtk_widget_remove_css_class (GTK_WIDGET (self->accept), "suggested-action");
      gtk_widget_add_css_class (GTK_WIDGET (self->accept), "destructive-action");
    }
  else
    {
      gtk_widget_remove_css_class (GTK_WIDGET (self->accept), "destructive-action");
      gtk_widget_add_css_class (GTK_WIDGET (self->accept), "suggested-action");
    }
  gtk_widget_set_sensitive (
      GTK_WIDGET (self->accept),
      (!scan || (*get_text (self->own_password) != '\0' && *get_text (self->code) != '\0'))
          && (!on
              || (*get_text (self->password) != '\0' && *get_text (self->remove_code) != '\0')));
}

/* As high as what it shows needs, up to what a small screen has room for; then it scrolls. */
static void
fit (MsSecondStepDialog *self)
{
  GtkWidget *child = gtk_stack_get_visible_child (self->stack);
  int        width = 0;
  int        height = 0;

  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, NULL, &height, NULL, NULL);
  gtk_scrolled_window_set_min_content_height (self->scroller, MIN (height, MAX_HEIGHT));
}

static void
show_page (MsSecondStepDialog *self, const char *page)
{
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  gtk_stack_set_visible_child_name (self->stack, page);
  update (self);
  fit (self);
  /* GTK forgets a default widget that is hidden. */
  gtk_window_set_default_widget (GTK_WINDOW (self), GTK_WIDGET (self->accept));
  if (g_str_equal (page, "scan"))
    gtk_widget_grab_focus (GTK_WIDGET (self->own_password));
  else
    gtk_widget_grab_focus (GTK_WIDGET (g_str_equal (page, "on") ? self->cancel : self->accept));
}

/* What is wrong with a code stands below it; @row: (nullable) */
static void
show_wrong (MsSecondStepDialog *self, GtkLabel *label, gpointer row, const char *text)
{
  gtk_label_set_label (label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL);
  if (text != NULL)
    fit (self);
  if (row == NULL)
    return;
  if (text != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
}

static void
on_entry_changed_cb (GtkEditable *editable, gpointer user_data)
{
  MsSecondStepDialog *self = MS_SECOND_STEP_DIALOG (user_data);

  show_wrong (self, self->wrong, self->code, NULL);
  show_wrong (self, self->remove_wrong, self->remove_code, NULL);
  gtk_widget_remove_css_class (GTK_WIDGET (self->own_password), "error");
  gtk_widget_remove_css_class (GTK_WIDGET (self->password), "error");
  update (self);
}

/* Asking the server ------------------------------------------------------------------------- */

/* What is wrong with a field of this page stands there; %FALSE where it is something else. */
static gboolean
show_refused (MsSecondStepDialog *self, const GError *error)
{
  const char *path = ms_error_get_path (error);
  gboolean    is_code = g_strcmp0 (path, "code") == 0;
  gboolean    is_password = g_strcmp0 (path, "password") == 0;

  if (is_page (self, "scan") && (is_code || is_password))
    {
      gpointer row = is_password ? (gpointer) self->own_password : (gpointer) self->code;
      show_wrong (self, self->wrong, row, error->message);
      gtk_widget_grab_focus (GTK_WIDGET (row));
      gtk_editable_select_region (GTK_EDITABLE (row), 0, -1);
      return TRUE;
    }
  if (is_page (self, "on") && (is_code || is_password))
    {
      gpointer row = is_password ? (gpointer) self->password : (gpointer) self->remove_code;
      show_wrong (self, self->remove_wrong, row, error->message);
      gtk_widget_grab_focus (GTK_WIDGET (row));
      return TRUE;
    }
  return FALSE;
}

static void
on_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  MsSecondStepDialog *self = user_data;
  if (reply != NULL && reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json))
    {
      self->take (self, json_node_get_object (reply->json));
      return;
    }
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  if (error != NULL && !show_refused (self, error))
    ms_dialog_show_error (MS_DIALOG (self), error);
}

/* The dialog is busy until the answer is there, so that there is one request at a time. */
static void
request (MsSecondStepDialog *self,
         const char         *method,
         const char         *path,
         JsonObject         *body,
         TakeAnswer          take)
{
  g_autoptr (JsonNode) node
             = body != NULL ? json_node_init_object (json_node_alloc (), body) : NULL;

  ms_dialog_clear_error (MS_DIALOG (self));
  ms_dialog_set_busy (MS_DIALOG (self), TRUE);
  self->take = take;
  ms_connection_request_async (self->connection,
                               method,
                               path,
                               node,
                               NULL,
                               ms_dialog_get_cancellable (MS_DIALOG (self)),
                               on_answered_cb,
                               self);
}

static const char *
get_member (JsonObject *object, const char *name)
{
  return json_object_get_string_member_with_default (object, name, "");
}

/* "ABCD EFGH …" (transfer full) */
static char *
group_key (const char *key)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; key[i] != '\0'; i++)
    {
      if (i > 0 && i % GROUP == 0)
        g_string_append_c (text, ' ');
      g_string_append_c (text, key[i]);
    }
  return g_string_free (text, FALSE);
}

static void
take_key (MsSecondStepDialog *self, JsonObject *answer)
{
  forget (&self->secret);
  self->secret = g_strdup (get_member (answer, "secret"));
  g_autofree char *key = group_key (self->secret);
  g_autoptr (GdkTexture) picture = ms_qr_picture_new (get_member (answer, "uri"), QR_PIXELS);
  gtk_label_set_label (self->key, key);
  gtk_picture_set_paintable (self->qr, GDK_PAINTABLE (picture));
  gtk_widget_set_visible (GTK_WIDGET (self->qr), picture != NULL);
  show_page (self, "scan");
}

static void
begin (MsSecondStepDialog *self)
{
  request (self, "POST", PATH, NULL, take_key);
}

static void
take_state (MsSecondStepDialog *self, JsonObject *state)
{
  gulong           n = (gulong) json_object_get_int_member_with_default (state, "recoveryCodes", 0);
  g_autofree char *left = g_strdup_printf (
      ngettext ("%lu recovery code is left.", "%lu recovery codes are left.", n), n);
  gtk_label_set_label (self->left, left);
  show_page (self, json_object_get_boolean_member_with_default (state, "on", FALSE) ? "on" : "off");
}

/* Whoever must set it up may have done so elsewhere meanwhile, or need not any more. */
static void
take_need (MsSecondStepDialog *self, JsonObject *state)
{
  if (json_object_get_boolean_member_with_default (state, "required", FALSE)
      && !json_object_get_boolean_member_with_default (state, "on", FALSE))
    {
      begin (self);
      return;
    }
  self->enrolled = TRUE;
  gtk_window_close (GTK_WINDOW (self));
}

/* Setting up -------------------------------------------------------------------------------- */

static void
show_codes (MsSecondStepDialog *self, JsonObject *answer)
{
  JsonArray *codes = json_object_has_member (answer, "recoveryCodes")
                         ? json_object_get_array_member (answer, "recoveryCodes")
                         : NULL;
  guint      n = codes != NULL ? json_array_get_length (codes) : 0;
  g_autoptr (GString) shown = g_string_new (NULL);
  g_autoptr (GString) lines = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    {
      const char *code = json_array_get_string_element (codes, i);
      g_string_append_printf (lines, "%s\n", code);
      g_string_append_printf (shown, "%s%s", i == 0 ? "" : i % 2 == 0 ? "\n" : "    ", code);
    }
  forget (&self->recovery);
  self->recovery = g_strdup (lines->str);
  gtk_label_set_label (self->codes, shown->str);
  explicit_bzero (lines->str, lines->len);
  explicit_bzero (shown->str, shown->len);
}

static void
take_codes (MsSecondStepDialog *self, JsonObject *answer)
{
  forget (&self->secret);
  gtk_editable_set_text (GTK_EDITABLE (self->own_password), "");
  gtk_label_set_label (self->key, "");
  gtk_picture_set_paintable (self->qr, NULL);
  self->enrolled = TRUE;
  show_codes (self, answer);
  show_page (self, "codes");
}

static void
confirm (MsSecondStepDialog *self)
{
  JsonObject *body = json_object_new ();

  json_object_set_string_member (body, "password", get_text (self->own_password));
  json_object_set_string_member (body, "code", get_text (self->code));
  request (self, "POST", PATH "/confirm", body, take_codes);
  json_object_unref (body);
}

static void
on_copy_key_cb (GtkButton *button, gpointer user_data)
{
  MsSecondStepDialog *self = MS_SECOND_STEP_DIALOG (user_data);

  if (self->secret != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->secret);
}

static void
on_copy_codes_cb (GtkButton *button, gpointer user_data)
{
  MsSecondStepDialog *self = MS_SECOND_STEP_DIALOG (user_data);

  if (self->recovery != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->recovery);
}

static void
on_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean done = g_file_replace_contents_finish (G_FILE (source), result, NULL, &error);

  if (!done && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    ms_dialog_show_error (MS_DIALOG (user_data), error);
}

static void
on_file_chosen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsSecondStepDialog) self = MS_SECOND_STEP_DIALOG (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = ms_file_picker_finish (result, &error);

  if (file == NULL || self->recovery == NULL)
    return;
  g_autoptr (GBytes) bytes = g_bytes_new (self->recovery, strlen (self->recovery));
  g_file_replace_contents_bytes_async (file,
                                       bytes,
                                       NULL,
                                       FALSE,
                                       G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION,
                                       ms_dialog_get_cancellable (MS_DIALOG (self)),
                                       on_written_cb,
                                       self);
}

static void
on_save_codes_cb (GtkButton *button, gpointer user_data)
{
  MsSecondStepDialog *self = MS_SECOND_STEP_DIALOG (user_data);

  ms_file_picker_save_async (GTK_WINDOW (self),
                             _("Save Recovery Codes"),
                                _("mailstead-recovery-codes.txt"),
                                   ms_dialog_get_cancellable (MS_DIALOG (self)),
                                   on_file_chosen_cb,
                                   g_object_ref (self));
}

/* Removing ---------------------------------------------------------------------------------- */

static void
take_removal (MsSecondStepDialog *self, JsonObject *answer)
{
  gtk_editable_set_text (GTK_EDITABLE (self->password), "");
  gtk_editable_set_text (GTK_EDITABLE (self->remove_code), "");
  show_page (self, "off");
}

static void
remove_it (MsSecondStepDialog *self)
{
  JsonObject *body = json_object_new ();

  json_object_set_string_member (body, "password", get_text (self->password));
  json_object_set_string_member (body, "code", get_text (self->remove_code));
  request (self, "POST", PATH "/remove", body, take_removal);
  json_object_unref (body);
}

/* The dialog -------------------------------------------------------------------------------- */

static void
on_accept_clicked_cb (GtkButton *button, gpointer user_data)
{
  MsSecondStepDialog *self = MS_SECOND_STEP_DIALOG (user_data);

  if (is_page (self, "scan"))
    confirm (self);
  else if (is_page (self, "on"))
    remove_it (self);
  else if (is_page (self, "off"))
    begin (self);
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
on_cancel_clicked_cb (GtkButton *button, gpointer user_data)
{
  gtk_window_close (GTK_WINDOW (user_data));
}

static gboolean
ms_second_step_dialog_close_request (GtkWindow *window)
{
  MsSecondStepDialog *self = MS_SECOND_STEP_DIALOG (window);

  if (self->enrolled)
    g_signal_emit (self, enrolled_signal, 0);
  self->enrolled = FALSE;
  return GTK_WINDOW_CLASS (ms_second_step_dialog_parent_class)->close_request (window);
}

static void
ms_second_step_dialog_dispose (GObject *object)
{
  MsSecondStepDialog *self = MS_SECOND_STEP_DIALOG (object);

  forget (&self->secret);
  forget (&self->recovery);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_SECOND_STEP_DIALOG);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (ms_second_step_dialog_parent_class)->dispose (object);
}

static void
ms_second_step_dialog_class_init (MsSecondStepDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_second_step_dialog_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = ms_second_step_dialog_close_request;
  enrolled_signal = g_signal_new ("enrolled",
                                  MS_TYPE_SECOND_STEP_DIALOG,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  0);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/app/ms-second-step-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, accept);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, cancel);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, code);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, codes);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, key);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, left);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, own_password);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, password);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, qr);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, reason);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, remove_code);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, remove_wrong);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, scroller);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, MsSecondStepDialog, wrong);
  gtk_widget_class_bind_template_callback (widget_class, on_accept_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_codes_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_key_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_save_codes_cb);
}

static void
ms_second_step_dialog_init (MsSecondStepDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  update (self);
}

MsSecondStepDialog *
ms_second_step_dialog_new (GtkWindow *parent, MsConnection *connection, gboolean required)
{
  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);

  MsSecondStepDialog *self
      = g_object_new (MS_TYPE_SECOND_STEP_DIALOG, "transient-for", parent, NULL);
  g_autofree char *subtitle = g_strdup_printf (_("%s on %s"), ms_connection_get_user_name (connection), ms_connection_get_host (connection));

  self->connection = g_object_ref (connection);
  self->required = required;
  ms_dialog_set_subtitle (MS_DIALOG (self), subtitle);
  gtk_widget_set_visible (GTK_WIDGET (self->reason), required);
  request (self, "GET", PATH, NULL, required ? take_need : take_state);
  return self;
}

MsConnection *
ms_second_step_dialog_get_connection (MsSecondStepDialog *self)
{
  g_return_val_if_fail (MS_IS_SECOND_STEP_DIALOG (self), NULL);

  return self->connection;
}

const char *
ms_second_step_dialog_get_page (MsSecondStepDialog *self)
{
  g_return_val_if_fail (MS_IS_SECOND_STEP_DIALOG (self), NULL);

  return gtk_stack_get_visible_child_name (self->stack);
}
