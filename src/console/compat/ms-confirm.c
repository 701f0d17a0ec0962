/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. AdwAlertDialog where libadwaita has it (1.5), AdwMessageDialog before.
 */
#include "config.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "ms-confirm.h"

/* The answer may destroy the parent while GTK still delivers the key press to the dialog.
 * AdwMessageDialog would then look for its parent in freed memory when it goes. */
static void
forget_parent (gpointer dialog)
{
#if !ADW_CHECK_VERSION(1, 5, 0)
  gtk_window_set_transient_for (GTK_WINDOW (dialog), NULL);
#endif
}

static void
on_response_cb (gpointer dialog, const char *response, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);

  g_signal_handlers_disconnect_by_func (dialog, on_response_cb, user_data);
  forget_parent (dialog);
  if (!g_task_return_error_if_cancelled (task))
    g_task_return_boolean (task, g_strcmp0 (response, "accept") == 0);
}

#if ADW_CHECK_VERSION(1, 5, 0)
static GtkWidget *
new_dialog (GtkWindow  *parent,
            const char *heading,
            const char *body,
            const char *accept,
            gboolean    destructive,
            GtkWidget  *extra)
{
  AdwAlertDialog *dialog = ADW_ALERT_DIALOG (adw_alert_dialog_new (heading, body));

  adw_alert_dialog_add_responses (dialog, "cancel", _("_Cancel"), "accept", accept, NULL);
  adw_alert_dialog_set_response_appearance (
      dialog, "accept", destructive ? ADW_RESPONSE_DESTRUCTIVE : ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_default_response (dialog, destructive ? "cancel" : "accept");
  adw_alert_dialog_set_close_response (dialog, "cancel");
  if (extra != NULL)
    adw_alert_dialog_set_extra_child (dialog, extra);
  return GTK_WIDGET (dialog);
}

static void
present (GtkWidget *dialog, GtkWindow *parent)
{
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (parent));
}
#else
static GtkWidget *
new_dialog (GtkWindow  *parent,
            const char *heading,
            const char *body,
            const char *accept,
            gboolean    destructive,
            GtkWidget  *extra)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (parent, heading, body));

  adw_message_dialog_add_responses (dialog, "cancel", _("_Cancel"), "accept", accept, NULL);
  adw_message_dialog_set_response_appearance (
      dialog, "accept", destructive ? ADW_RESPONSE_DESTRUCTIVE : ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, destructive ? "cancel" : "accept");
  adw_message_dialog_set_close_response (dialog, "cancel");
  if (extra != NULL)
    adw_message_dialog_set_extra_child (dialog, extra);
  return GTK_WIDGET (dialog);
}

static void
present (GtkWidget *dialog, GtkWindow *parent)
{
  gtk_window_present (GTK_WINDOW (dialog));
}
#endif

void
ms_confirm_with_extra_async (GtkWindow          *parent,
                             const char         *heading,
                             const char         *body,
                             const char         *accept,
                             gboolean            destructive,
                             GtkWidget          *extra,
                             GCancellable       *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (parent, cancellable, callback, user_data);
  GtkWidget *dialog = new_dialog (parent, heading, body, accept, destructive, extra);

  g_task_set_source_tag (task, ms_confirm_async);
  g_signal_connect (dialog, "response", G_CALLBACK (on_response_cb), g_steal_pointer (&task));
  present (dialog, parent);
}

void
ms_confirm_async (GtkWindow          *parent,
                  const char         *heading,
                  const char         *body,
                  const char         *accept,
                  gboolean            destructive,
                  GCancellable       *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer            user_data)
{
  ms_confirm_with_extra_async (
      parent, heading, body, accept, destructive, NULL, cancellable, callback, user_data);
}

gboolean
ms_confirm_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
