/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. AdwAlertDialog where libadwaita has it (1.5), AdwMessageDialog before.
 */
#include "config.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "ms-notice.h"

void
ms_notice_present (GtkWindow *parent, const char *heading, const char *body)
{
#if ADW_CHECK_VERSION(1, 5, 0)
  AdwAlertDialog *dialog = ADW_ALERT_DIALOG (adw_alert_dialog_new (heading, body));

  adw_alert_dialog_add_response (dialog, "close", _("_Close"));
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (parent));
#else
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (parent, heading, body));

  adw_message_dialog_add_response (dialog, "close", _("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
#endif
}
