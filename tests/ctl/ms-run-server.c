/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-run-server.h.
 */
#include "ms-run-server.h"

#include <string.h>

void
run_log_on (RealServer *server)
{
  g_autofree char *password = g_strdup_printf ("%s\n", real_server_get (server, "password"));
  g_autofree char *login = g_strdup_printf ("login admin@%s --fingerprint %s --name harbour",
                                            real_server_get (server, "url") + strlen ("https://"),
                                            real_server_get (server, "fingerprint"));
  g_autoptr (Run) run = run_expect (login, password, 0);
}

void
run_use_token (RealServer *server)
{
  g_assert_true (g_setenv ("MAILSTEAD_URL", real_server_get (server, "url"), TRUE));
  g_assert_true (g_setenv ("MAILSTEAD_TOKEN", real_server_get (server, "token"), TRUE));
  g_assert_true (g_setenv ("MAILSTEAD_FINGERPRINT", real_server_get (server, "fingerprint"), TRUE));
}
