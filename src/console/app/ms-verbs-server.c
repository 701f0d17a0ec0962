/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is done with a server itself: connecting and logging off, its settings, and what the console
 * keeps of it.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-password-store.h"
#include "ms-second-step-dialog.h"
#include "ms-server-options.h"
#include "ms-server-settings.h"
#include "ms-verbs-private.h"

void
ms_verbs_connect (MsVerbs *self)
{
  ms_window_connect (self->window, ms_verbs_get_server (self), NULL);
}

static void
on_logged_off_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  /* Gone is gone: the session ends by itself where the server did not hear of it. */
  (void) ms_connection_log_off_finish (MS_CONNECTION (source), result, &error);
  ms_connection_close (MS_CONNECTION (source));
}

void
ms_verbs_log_off (MsVerbs *self)
{
  ms_connection_log_off_async (ms_verbs_get_connection (self), NULL, on_logged_off_cb, NULL);
}

void
ms_verbs_second_step (MsVerbs *self)
{
  gtk_window_present (GTK_WINDOW (ms_second_step_dialog_new (
      GTK_WINDOW (self->window), ms_verbs_get_connection (self), FALSE)));
}

void
ms_verbs_settings (MsVerbs *self)
{
  ms_window_set_acting_server (self->window, ms_verbs_get_server (self));
  gtk_window_present (
      GTK_WINDOW (ms_server_settings_new (GTK_WINDOW (self->window), ms_verbs_get_server (self))));
}

void
ms_verbs_options (MsVerbs *self)
{
  gtk_window_present (GTK_WINDOW (ms_server_options_new (GTK_WINDOW (self->window),
                                                         ms_window_get_servers (self->window),
                                                         ms_verbs_get_server (self))));
}

void
ms_verbs_remove_server (MsVerbs *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsServer) server = g_object_ref (ms_verbs_get_server (self));

  ms_password_store_forget (ms_server_get_info (server));
  if (!ms_servers_remove (ms_window_get_servers (self->window), server, &error))
    ms_window_report_error (self->window, _("The List of Servers Could Not Be Saved"), error);
}
