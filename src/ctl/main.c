/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadctl: every verb of the console for scripts and terminals.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "ms-ctl.h"

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, MS_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname ("mailsteadctl");

  return (int) ms_ctl_main (argc, argv);
}
