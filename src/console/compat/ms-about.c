/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. AdwAboutDialog where libadwaita has it (1.5), AdwAboutWindow before. Both take
 * markup in "comments", so what comes from a server is escaped here.
 */
#include "config.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "ms-about.h"

void
ms_about_present (GtkWindow *parent, const char *comments, const char *debug_info)
{
  static const char *developers[] = { "The Mailstead authors", NULL };
  g_autofree char   *escaped = comments != NULL ? g_markup_escape_text (comments, -1) : NULL;
  GObject           *about;

#if ADW_CHECK_VERSION(1, 5, 0)
  about = g_object_ref_sink (G_OBJECT (adw_about_dialog_new ()));
#else
  about = G_OBJECT (adw_about_window_new ());
#endif
  g_object_set (about,
                "application-name",
                "Mailstead",
                "application-icon",
                MS_APP_ID,
                "developer-name",
                _("The Mailstead authors"),
                   "version",
                   MS_VERSION,
                   "comments",
                   escaped != NULL ? escaped : "",
                   "debug-info",
                   debug_info,
                   "debug-info-filename",
                   "mailstead.txt",
                   "license-type",
                   GTK_LICENSE_GPL_3_0,
                   "copyright",
                   "© The Mailstead authors",
                   "developers",
                   developers,
                   "translator-credits",
                   _("translator-credits"), NULL);
#if ADW_CHECK_VERSION(1, 5, 0)
  adw_dialog_present (ADW_DIALOG (about), GTK_WIDGET (parent));
  g_object_unref (about);
#else
  gtk_window_set_modal (GTK_WINDOW (about), TRUE);
  gtk_window_set_transient_for (GTK_WINDOW (about), parent);
  gtk_window_present (GTK_WINDOW (about));
#endif
}
