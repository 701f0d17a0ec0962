/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailstead: the console. Everything is in MsApplication.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "ms-application.h"

int
main (int argc, char *argv[])
{
  g_autoptr (MsApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, MS_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  application = ms_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
