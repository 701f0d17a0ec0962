/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How runs of mailsteadctl come to a throw-away server.
 */
#pragma once

#include "ms-real-server.h"
#include "ms-run.h"

/* As the administrator, once for all runs that follow, by login: as "harbour". */
void run_log_on (RealServer *server);
/* By the environment of all runs that follow, without login. */
void run_use_token (RealServer *server);
