/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The window's servers: logging on, the banner that says when a connection is lost, seats and
 * imports that run.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ms-connect-dialog.h"
#include "ms-import-window.h"
#include "ms-password-store.h"
#include "ms-second-step-dialog.h"
#include "ms-window-private.h"

static void
on_connected_cb (MsConnectDialog *dialog, MsServer *server, gpointer user_data)
{
  MsWindow *self = MS_WINDOW (user_data);

  ms_tree_pane_select_branch (self->tree, server, MS_NODE_USERS);
}

/* (transfer none) */
static MsConnectDialog *
present_dialog (
    MsWindow *self, MsServer *server, const char *host, const char *user, const GError *error)
{
  MsConnectDialog *dialog = ms_connect_dialog_new (GTK_WINDOW (self), self->servers, server);

  ms_connect_dialog_prefill (dialog, host, user, error);
  g_signal_connect_object (dialog, "connected", G_CALLBACK (on_connected_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
  return dialog;
}

void
ms_window_ask_server (MsWindow *self, const char *host, const char *user_name)
{
  g_return_if_fail (MS_IS_WINDOW (self));

  present_dialog (self, NULL, host, user_name, NULL);
}

typedef struct
{
  MsWindow *window;
  MsServer *server;
  char     *password;
} ConnectData;

static void
connect_data_free (ConnectData *data)
{
  g_object_unref (data->window);
  g_object_unref (data->server);
  if (data->password != NULL)
    explicit_bzero (data->password, strlen (data->password));
  g_free (data->password);
  g_free (data);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConnectData, connect_data_free)

static void
on_logged_on_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConnectData) data = user_data;
  g_autoptr (GError) error = NULL;

  gboolean done = ms_connection_log_on_finish (MS_CONNECTION (source), result, &error);

  if (ms_connection_error_wants_code (error)
      || (done && ms_connection_get_must_set_up_second_step (MS_CONNECTION (source))))
    ms_connect_dialog_go_on (
        present_dialog (data->window, data->server, NULL, NULL, NULL), data->password, error);
  else if (done)
    ms_tree_pane_select_branch (data->window->tree, data->server, MS_NODE_USERS);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    present_dialog (data->window, data->server, NULL, NULL, error);
}

static void
log_on (ConnectData *data, const char *password)
{
  data->password = g_strdup (password);
  ms_connection_log_on_async (ms_server_get_connection (data->server),
                              password,
                              NULL,
                              data->window->cancellable,
                              on_logged_on_cb,
                              data);
}

static void
on_password_found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ConnectData) data = user_data;
  g_autoptr (GError) error = NULL;
  char *password = ms_password_store_lookup_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  /* Without a Secret Service, or with nothing in it, the person is asked. */
  if (password == NULL)
    {
      present_dialog (data->window, data->server, NULL, NULL, NULL);
      return;
    }
  log_on (g_steal_pointer (&data), password);
  ms_password_store_free (password);
}

static void
on_resumed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsWindow) self = MS_WINDOW (user_data);
  g_autoptr (GError) error = NULL;

  if (!ms_connection_resume_finish (MS_CONNECTION (source), result, &error))
    ms_window_report_error (self, _("The Connection Could Not Be Taken Up Again"), error);
}

static void
on_enrolled_cb (MsSecondStepDialog *dialog, gpointer user_data)
{
  MsWindow *self = MS_WINDOW (user_data);

  ms_connection_resume_async (ms_second_step_dialog_get_connection (dialog),
                              self->cancellable,
                              on_resumed_cb,
                              g_object_ref (self));
}

/* The session is as good as before; only the second step is wanting. */
static void
set_up_second_step (MsWindow *self, MsServer *server)
{
  MsSecondStepDialog *dialog
      = ms_second_step_dialog_new (GTK_WINDOW (self), ms_server_get_connection (server), TRUE);

  g_signal_connect_object (dialog, "enrolled", G_CALLBACK (on_enrolled_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
ms_window_connect (MsWindow *self, MsServer *server, const char *password)
{
  ConnectData *data;

  g_return_if_fail (MS_IS_WINDOW (self));
  g_return_if_fail (MS_IS_SERVER (server));

  if (ms_server_wants_second_step (server))
    {
      set_up_second_step (self, server);
      return;
    }
  data = g_new0 (ConnectData, 1);
  data->window = g_object_ref (self);
  data->server = g_object_ref (server);
  if (password != NULL)
    log_on (data, password);
  else
    ms_password_store_lookup_async (
        ms_server_get_info (server), self->cancellable, on_password_found_cb, data);
}

/* Banner
 * ---------------------------------------------------------------------------------------------------------
 */

void
ms_window_update_banner (MsWindow *self)
{
  MsServer        *server = ms_window_get_server (self);
  MsConnection    *connection = server != NULL ? ms_server_get_connection (server) : NULL;
  const GError    *error = connection != NULL ? ms_connection_get_error (connection) : NULL;
  g_autofree char *text = NULL;

  switch (connection != NULL ? ms_connection_get_state (connection) : MS_CONNECTION_ONLINE)
    {
    case MS_CONNECTION_RECONNECTING:
      text = g_strdup_printf (_("The connection to %s is lost. It is tried again by itself."),
                                 ms_server_get_name (server));
      ms_banner_show_text (self->banner, MS_BANNER_WARNING, text, _("Try Now"));
      break;
    case MS_CONNECTION_REFUSED:
      if (self->node != NULL && ms_node_get_kind (self->node) == MS_NODE_SERVER)
        {
          ms_banner_dismiss (self->banner); /* the page says it */
          break;
        }
      text = g_strdup_printf (_("%s refuses the connection: %s"),
                                 ms_server_get_name (server),
                                 error != NULL ? error->message : _("the session is over"));
      ms_banner_show_text (self->banner,
                           MS_BANNER_ERROR,
                           text,
                           ms_server_wants_second_step (server)
                           ? _("Set Up…")
                           : _("Log On…"));
      break;
    default:
      ms_banner_dismiss (self->banner);
    }
}

static void
on_banner_clicked_cb (MsBanner *banner, gpointer user_data)
{
  MsWindow     *self = MS_WINDOW (user_data);
  MsServer     *server = ms_window_get_server (self);
  MsConnection *connection;

  if (server == NULL)
    return;
  connection = ms_server_get_connection (server);
  if (ms_connection_get_state (connection) == MS_CONNECTION_RECONNECTING)
    ms_connection_start_events (connection);
  else if (ms_server_wants_second_step (server))
    set_up_second_step (self, server);
  else
    present_dialog (self, server, NULL, NULL, NULL);
}

/* Watching
 * -------------------------------------------------------------------------------------------------------
 */

static void
on_server_changed_cb (MsServer *server, gpointer user_data)
{
  MsWindow *self = MS_WINDOW (user_data);

  if (server == ms_window_get_server (self))
    ms_window_show_node (self);
}

static void
show_import (MsWindow *self, JsonObject *import)
{
  const char      *state = json_object_get_string_member_with_default (import, "state", "");
  const char      *name = json_object_get_string_member_with_default (import, "name", "");
  gint64           done = json_object_get_int_member_with_default (import, "done", 0);
  gint64           total = json_object_get_int_member_with_default (import, "total", 0);
  g_autofree char *text = NULL;

  if (!g_str_equal (state, "running") && !g_str_equal (state, "rehearsing"))
    {
      ms_status_line_set_task (self->status, NULL, 0);
      return;
    }
  text = g_strdup_printf (g_str_equal (state, "running") ? _("Importing %s")
                                                         : _("Rehearsing %s"), name);
  ms_status_line_set_task (self->status, text, total > 0 ? (double) done / (double) total : 0.0);
}

static void
on_import_cb (MsConnection *connection, JsonObject *import, gpointer user_data)
{
  MsWindow *self = MS_WINDOW (user_data);

  g_object_set_data_full (G_OBJECT (self->status),
                          "ms-import",
                          g_strdup (json_object_get_string_member_with_default (import, "id", "")),
                          g_free);
  show_import (self, import);
}

static void
on_import_cancelled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsWindow) self = MS_WINDOW (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (reply == NULL)
    ms_window_report_error (self, _("The Import Could Not Be Cancelled"), error);
}

static void
on_task_cancelled_cb (MsStatusLine *line, gpointer user_data)
{
  MsWindow        *self = MS_WINDOW (user_data);
  MsServer        *server = ms_window_get_server (self);
  const char      *id = g_object_get_data (G_OBJECT (line), "ms-import");
  g_autofree char *path = NULL;

  if (server == NULL || id == NULL)
    return;
  path = g_strdup_printf ("/api/v1/imports/%s/cancel", id);
  ms_connection_request_async (ms_server_get_connection (server),
                               "POST",
                               path,
                               NULL,
                               NULL,
                               self->cancellable,
                               on_import_cancelled_cb,
                               g_object_ref (self));
}

static void
on_task_activated_cb (MsStatusLine *line, gpointer user_data)
{
  MsWindow *self = MS_WINDOW (user_data);
  MsServer *server = ms_window_get_server (self);

  if (server != NULL)
    ms_import_present (GTK_WINDOW (self), ms_server_get_connection (server), NULL, NULL);
}

static void
on_servers_changed_cb (
    GListModel *servers, guint position, guint removed, guint added, gpointer user_data)
{
  MsWindow *self = MS_WINDOW (user_data);

  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (MsServer) server = g_list_model_get_item (servers, i);

      g_signal_connect_object (server, "changed", G_CALLBACK (on_server_changed_cb), self, 0);
      g_signal_connect_object (
          ms_server_get_connection (server), "import", G_CALLBACK (on_import_cb), self, 0);
    }
  ms_window_show_node (self);
}

void
ms_window_watch_servers (MsWindow *self)
{
  g_signal_connect_object (
      self->banner, "button-clicked", G_CALLBACK (on_banner_clicked_cb), self, 0);
  g_signal_connect_object (
      self->status, "task-cancelled", G_CALLBACK (on_task_cancelled_cb), self, 0);
  g_signal_connect_object (
      self->status, "task-activated", G_CALLBACK (on_task_activated_cb), self, 0);
  g_signal_connect_object (
      self->servers, "items-changed", G_CALLBACK (on_servers_changed_cb), self, 0);
  on_servers_changed_cb (
      G_LIST_MODEL (self->servers), 0, 0, ms_servers_get_n (self->servers), self);
}
