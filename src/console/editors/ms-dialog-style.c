/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Loaded when the first dialog is made, so that the start of the program does not pay for it.
 */
#include "config.h"

#include "ms-dialog-style.h"

void
ms_dialog_style_ensure (void)
{
  static gboolean added;
  g_autoptr (GtkCssProvider) provider = NULL;

  if (added)
    return;

  added = TRUE;
  provider = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (provider, "/org/mailstead/Mailstead/ui/dialogs.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}
