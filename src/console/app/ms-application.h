/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The program: one instance, its command line, what belongs to all windows.
 *
 *   mailstead [--server USER@HOST[:PORT] [--fingerprint FINGERPRINT] [--password-file FILE]] [HOST]
 */
#pragma once

#include <adwaita.h>

#include "ms-servers.h"

G_BEGIN_DECLS

#define MS_TYPE_APPLICATION (ms_application_get_type ())
G_DECLARE_FINAL_TYPE (MsApplication, ms_application, MS, APPLICATION, AdwApplication)

MsApplication *ms_application_new (void);
/* Servers that are not read from the person's file: for tests. Before the program starts. */
void ms_application_set_servers (MsApplication *self, MsServers *servers);

G_END_DECLS
