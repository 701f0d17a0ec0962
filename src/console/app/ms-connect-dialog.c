/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. The order matters: nothing secret is sent before the certificate is the pinned
 * one, one that the system trusts, or one the person has just said yes to. A changed certificate is
 * never accepted from here.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ms-connect-dialog.h"
#include "ms-column.h"
#include "ms-password-store.h"
#include "ms-second-step-dialog.h"

struct _MsConnectDialog
{
  MsDialog parent_instance;

  /* Template children */
  GtkButton           *back;
  GtkLabel            *changed_pinned;
  GtkLabel            *changed_seen;
  AdwEntryRow         *code;
  GtkLabel            *code_text;
  GtkLabel            *code_wrong;
  GtkButton           *connect;
  AdwEntryRow         *host;
  AdwPasswordEntryRow *password;
  GtkSwitch           *remember;
  GtkStack            *stack;
  GtkLabel            *trust_fingerprint;
  GtkLabel            *trust_subject;
  GtkLabel            *trust_text;
  AdwEntryRow         *user;

  /* Owned */
  MsServers *servers;
  MsServer  *server;
  char      *seen_fingerprint;
  gboolean   known;
};

G_DEFINE_FINAL_TYPE (MsConnectDialog, ms_connect_dialog, MS_TYPE_DIALOG)

enum
{
  SIGNAL_CONNECTED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static const char *
get_text (gpointer editable)
{
  return gtk_editable_get_text (GTK_EDITABLE (editable));
}

static void
update (MsConnectDialog *self)
{
  const char *page = gtk_stack_get_visible_child_name (self->stack);
  gboolean    form = g_strcmp0 (page, "form") == 0;
  gboolean    code = g_strcmp0 (page, "code") == 0;
  gboolean    complete = *get_text (self->host) != '\0' && *get_text (self->user) != '\0'
                      && *get_text (self->password) != '\0';

  gtk_widget_set_visible (GTK_WIDGET (self->back), !form);
  gtk_widget_set_visible (GTK_WIDGET (self->connect), g_strcmp0 (page, "changed") != 0);
  gtk_widget_set_sensitive (GTK_WIDGET (self->connect),
                            code ? *get_text (self->code) != '\0' : !form || complete);
  gtk_button_set_label (self->connect, form || code ? _("C_onnect") : _("_Trust and Connect"));
}

static void
show_page (MsConnectDialog *self, const char *page)
{
  gtk_stack_set_visible_child_name (self->stack, page);
  update (self);
  gtk_window_set_default_widget (GTK_WINDOW (self), GTK_WIDGET (self->connect));
  if (g_strcmp0 (page, "form") == 0)
    gtk_widget_grab_focus (GTK_WIDGET (self->password));
  else if (g_strcmp0 (page, "code") == 0)
    gtk_widget_grab_focus (GTK_WIDGET (self->code));
  else if (g_strcmp0 (page, "trust") == 0)
    gtk_widget_grab_focus (GTK_WIDGET (self->back));
}

static gboolean
is_page (MsConnectDialog *self, const char *page)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), page) == 0;
}

/* What is wrong with the code stands below it. @text: (nullable) */
static void
show_code_wrong (MsConnectDialog *self, const char *text)
{
  gtk_label_set_label (self->code_wrong, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->code_wrong), text != NULL);
  if (text != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->code), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->code), "error");
}

static void
fail (MsConnectDialog *self, const GError *error)
{
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  /* Who has to wait after wrong codes need not begin anew. */
  if (!is_page (self, "code") || !g_error_matches (error, MS_ERROR, MS_ERROR_LIMIT))
    show_page (self, "form");
  ms_dialog_show_error (MS_DIALOG (self), error);
}

/* The password was right. What was typed stays. */
static void
ask_code (MsConnectDialog *self, const GError *error)
{
  g_autofree char *text = g_strdup_printf (_("%s logs on to %s in two steps. Type the code that your authenticator shows, or one of your "
        "recovery codes."),
      get_text (self->user),
      ms_server_get_name (self->server));
  gboolean         was_wrong = is_page (self, "code") && ms_error_get_path (error) != NULL;

  gtk_label_set_label (self->code_text, text);
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  show_page (self, "code");
  show_code_wrong (self, was_wrong ? error->message : NULL);
  gtk_editable_select_region (GTK_EDITABLE (self->code), 0, -1);
}

/* "SHA256:AA:BB:…" in lines of sixteen bytes, to be compared with what mailsteadd prints. */
static char *
break_fingerprint (const char *fingerprint)
{
  GString *text = g_string_new (NULL);
  guint    colons = 0;

  for (const char *c = fingerprint; *c != '\0'; c++)
    {
      g_string_append_c (text, *c);
      if (*c == ':' && (colons++ % 16) == 0)
        g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

/* Logging on
 * -----------------------------------------------------------------------------------------------------
 */

static void
on_password_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  /* The person is on already; only the next start will ask for the password again. */
  if (!ms_password_store_save_finish (result, &error))
    g_message ("The password could not be kept in the Secret Service: %s", error->message);
}

static void
finish (MsConnectDialog *self)
{
  MsServerInfo *info = ms_server_get_info (self->server);
  g_autoptr (GError) error = NULL;
  gboolean ok;

  ms_server_info_set_last_used (info, g_get_real_time ());
  ok = self->known ? ms_servers_save (self->servers, &error)
                   : ms_servers_add (self->servers, self->server, TRUE, &error);
  if (!ok)
    g_message ("The list of servers could not be saved: %s", error->message);
  if (gtk_switch_get_active (self->remember))
    ms_password_store_save_async (
        info, get_text (self->password), NULL, on_password_saved_cb, NULL);
  gtk_editable_set_text (GTK_EDITABLE (self->password), "");
  g_signal_emit (self, signals[SIGNAL_CONNECTED], 0, self->server);
  gtk_window_destroy (GTK_WINDOW (self));
}

static void
on_changed_probed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MsConnectDialog *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsCertificateInfo) info
             = ms_connection_probe_finish (MS_CONNECTION (source), result, &error);
  g_autofree char *pinned = NULL;
  g_autofree char *seen = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (info == NULL)
    {
      fail (self, error);
      return;
    }
  pinned = break_fingerprint (ms_connection_get_fingerprint (MS_CONNECTION (source)));
  seen = break_fingerprint (info->fingerprint);
  gtk_label_set_label (self->changed_pinned, pinned);
  gtk_label_set_label (self->changed_seen, seen);
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  show_page (self, "changed");
}

static void
on_resumed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MsConnectDialog *self = user_data;
  g_autoptr (GError) error = NULL;

  if (ms_connection_resume_finish (MS_CONNECTION (source), result, &error))
    finish (self);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fail (self, error);
}

static void
on_enrolled_cb (MsConnectDialog *self)
{
  ms_dialog_set_busy (MS_DIALOG (self), TRUE);
  ms_connection_resume_async (ms_server_get_connection (self->server),
                              ms_dialog_get_cancellable (MS_DIALOG (self)),
                              on_resumed_cb,
                              self);
}

/* The role must have a second step, and nothing else is let in before that. */
static void
set_up_second_step (MsConnectDialog *self)
{
  MsSecondStepDialog *dialog = ms_second_step_dialog_new (
      GTK_WINDOW (self), ms_server_get_connection (self->server), TRUE);

  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  show_page (self, "form");
  ms_dialog_show_message (
      MS_DIALOG (self),
      _("Your role must log on in two steps: set up the second one to connect."));
  g_signal_connect_object (
      dialog, "enrolled", G_CALLBACK (on_enrolled_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_logged_on_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MsConnectDialog *self = user_data;
  g_autoptr (GError) error = NULL;

  if (ms_connection_log_on_finish (MS_CONNECTION (source), result, &error))
    {
      if (ms_connection_get_must_set_up_second_step (MS_CONNECTION (source)))
        set_up_second_step (self);
      else
        finish (self);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (ms_connection_error_wants_code (error))
    {
      ask_code (self, error);
      return;
    }
  if (g_error_matches (error, MS_ERROR, MS_ERROR_UNTRUSTED)
      && ms_connection_get_fingerprint (MS_CONNECTION (source)) != NULL)
    {
      ms_connection_probe_async (MS_CONNECTION (source),
                                 ms_dialog_get_cancellable (MS_DIALOG (self)),
                                 on_changed_probed_cb,
                                 self);
      return;
    }
  fail (self, error);
}

static void
log_on (MsConnectDialog *self)
{
  ms_dialog_set_busy (MS_DIALOG (self), TRUE);
  ms_connection_log_on_async (ms_server_get_connection (self->server),
                              get_text (self->password),
                              is_page (self, "code") ? get_text (self->code) : NULL,
                              ms_dialog_get_cancellable (MS_DIALOG (self)),
                              on_logged_on_cb,
                              self);
}

/* The certificate
 * ------------------------------------------------------------------------------------------------
 */

static void
ask_trust (MsConnectDialog *self, MsCertificateInfo *info)
{
  g_autofree char *broken = break_fingerprint (info->fingerprint);
  g_autofree char *until = ms_column_format_time (info->not_after);
  g_autofree char *subject = NULL;
  g_autofree char *text = g_strdup_printf (_("%s has shown a certificate that this computer has not seen before. Compare its fingerprint "
      "with the one that mailsteadd printed when it was set up; “mailsteadd check-config” prints it "
      "again. If they differ, somebody else is answering."),
      ms_server_get_name (self->server));

  subject = g_strdup_printf (_("Issued to %s, valid until %s"), info->subject, until);
  g_free (self->seen_fingerprint);
  self->seen_fingerprint = g_strdup (info->fingerprint);
  gtk_label_set_label (self->trust_text, text);
  gtk_label_set_label (self->trust_fingerprint, broken);
  gtk_label_set_label (self->trust_subject, subject);
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  show_page (self, "trust");
}

static void
on_probed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MsConnectDialog *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsCertificateInfo) info
             = ms_connection_probe_finish (MS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (info == NULL)
    fail (self, error);
  else if (info->trusted)
    log_on (self);
  else
    ask_trust (self, info);
}

/* Makes the server that the form describes, unless it is the same as before. */
static gboolean
read_form (MsConnectDialog *self, GError **error)
{
  g_autofree char *in_host = NULL;
  g_autofree char *url = ms_server_parse_url (get_text (self->host), &in_host, error);
  const char      *user = get_text (self->user);
  g_autoptr (MsServerInfo) info = NULL;
  MsServer *there;

  if (url == NULL)
    return FALSE;
  if (self->server != NULL && g_strcmp0 (ms_server_get_base_url (self->server), url) == 0
      && g_strcmp0 (ms_server_get_user_name (self->server), user) == 0)
    return TRUE;
  g_clear_object (&self->server);
  there = ms_servers_find (self->servers, url, user);
  self->known = there != NULL;
  if (there != NULL)
    {
      self->server = g_object_ref (there);
      return TRUE;
    }
  info = ms_server_info_new (NULL, url, user, NULL);
  self->server = ms_server_new (info);
  return TRUE;
}

static void
start (MsConnectDialog *self)
{
  MsConnection *connection;
  g_autoptr (GError) error = NULL;

  ms_dialog_clear_error (MS_DIALOG (self));
  if (!read_form (self, &error))
    {
      fail (self, error);
      gtk_widget_grab_focus (GTK_WIDGET (self->host));
      return;
    }
  connection = ms_server_get_connection (self->server);
  if (ms_connection_get_fingerprint (connection) != NULL)
    {
      log_on (self);
      return;
    }
  ms_dialog_set_busy (MS_DIALOG (self), TRUE);
  ms_connection_probe_async (
      connection, ms_dialog_get_cancellable (MS_DIALOG (self)), on_probed_cb, self);
}

static void
on_connect_clicked_cb (GtkWidget *widget, gpointer user_data)
{
  MsConnectDialog *self = MS_CONNECT_DIALOG (user_data);

  if (!gtk_widget_get_sensitive (GTK_WIDGET (self->connect))
      || ms_dialog_is_busy (MS_DIALOG (self)))
    return;
  if (g_strcmp0 (ms_connect_dialog_get_page (self), "trust") == 0)
    {
      ms_server_trust (self->server, self->seen_fingerprint);
      log_on (self);
      return;
    }
  if (is_page (self, "code"))
    {
      ms_dialog_clear_error (MS_DIALOG (self));
      log_on (self);
      return;
    }
  start (self);
}

static void
on_back_clicked_cb (GtkButton *button, gpointer user_data)
{
  MsConnectDialog *self = MS_CONNECT_DIALOG (user_data);

  gtk_editable_set_text (GTK_EDITABLE (self->code), "");
  show_page (self, "form");
}

static void
on_cancel_clicked_cb (GtkButton *button, gpointer user_data)
{
  gtk_window_close (GTK_WINDOW (user_data));
}

static void
on_code_changed_cb (GtkEditable *editable, gpointer user_data)
{
  show_code_wrong (MS_CONNECT_DIALOG (user_data), NULL);
  update (MS_CONNECT_DIALOG (user_data));
}

static void
on_form_changed_cb (GtkEditable *editable, gpointer user_data)
{
  update (MS_CONNECT_DIALOG (user_data));
}

/* "admin@host" typed into the host goes where it belongs. */
static void
on_host_apply_cb (GtkWidget *row, gpointer user_data)
{
  MsConnectDialog *self = MS_CONNECT_DIALOG (user_data);
  const char      *text = get_text (self->host);
  const char      *at = strrchr (text, '@');
  g_autofree char *user = NULL;
  g_autofree char *host = NULL;

  if (at == NULL || at == text || strstr (text, "://") != NULL)
    return;
  user = g_strndup (text, (gsize) (at - text));
  host = g_strdup (at + 1);
  gtk_editable_set_text (GTK_EDITABLE (self->user), user);
  gtk_editable_set_text (GTK_EDITABLE (self->host), host);
}

static void
ms_connect_dialog_dispose (GObject *object)
{
  MsConnectDialog *self = MS_CONNECT_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_CONNECT_DIALOG);
  g_clear_object (&self->servers);
  g_clear_object (&self->server);
  g_clear_pointer (&self->seen_fingerprint, g_free);
  G_OBJECT_CLASS (ms_connect_dialog_parent_class)->dispose (object);
}

static void
ms_connect_dialog_class_init (MsConnectDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_connect_dialog_dispose;
  signals[SIGNAL_CONNECTED] = g_signal_new ("connected",
                                            MS_TYPE_CONNECT_DIALOG,
                                            G_SIGNAL_RUN_LAST,
                                            0,
                                            NULL,
                                            NULL,
                                            NULL,
                                            G_TYPE_NONE,
                                            1,
                                            MS_TYPE_SERVER);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/app/ms-connect-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, back);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, changed_pinned);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, changed_seen);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, code);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, code_text);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, code_wrong);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, connect);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, host);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, password);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, remember);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, trust_fingerprint);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, trust_subject);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, trust_text);
  gtk_widget_class_bind_template_child (widget_class, MsConnectDialog, user);
  gtk_widget_class_bind_template_callback (widget_class, on_back_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_code_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_connect_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_form_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_host_apply_cb);
}

static void
ms_connect_dialog_init (MsConnectDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_window_set_default_widget (GTK_WINDOW (self), GTK_WIDGET (self->connect));
  update (self);
}

MsConnectDialog *
ms_connect_dialog_new (GtkWindow *parent, MsServers *servers, MsServer *server)
{
  MsConnectDialog *self;

  g_return_val_if_fail (MS_IS_SERVERS (servers), NULL);

  self = g_object_new (MS_TYPE_CONNECT_DIALOG, "transient-for", parent, NULL);
  self->servers = g_object_ref (servers);
  if (server != NULL)
    {
      self->server = g_object_ref (server);
      self->known = TRUE;
      ms_connect_dialog_prefill (self,
                                 ms_server_get_base_url (server) + strlen ("https://"),
                                 ms_server_get_user_name (server),
                                 NULL);
      gtk_widget_set_sensitive (GTK_WIDGET (self->host), FALSE);
      gtk_widget_set_sensitive (GTK_WIDGET (self->user), FALSE);
      gtk_widget_grab_focus (GTK_WIDGET (self->password));
    }
  return self;
}

void
ms_connect_dialog_prefill (MsConnectDialog *self,
                           const char      *host,
                           const char      *user_name,
                           const GError    *error)
{
  g_return_if_fail (MS_IS_CONNECT_DIALOG (self));

  if (host != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->host), host);
  if (user_name != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->user), user_name);
  if (error != NULL)
    ms_dialog_show_error (MS_DIALOG (self), error);
}

void
ms_connect_dialog_go_on (MsConnectDialog *self, const char *password, const GError *error)
{
  g_return_if_fail (MS_IS_CONNECT_DIALOG (self) && self->server != NULL);

  gtk_editable_set_text (GTK_EDITABLE (self->password), password);
  if (error != NULL)
    ask_code (self, error);
  else
    set_up_second_step (self);
}

const char *
ms_connect_dialog_get_page (MsConnectDialog *self)
{
  g_return_val_if_fail (MS_IS_CONNECT_DIALOG (self), NULL);

  return gtk_stack_get_visible_child_name (self->stack);
}
