/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the drivers with a plan to fail share: the plan.
 */
#pragma once

#include "fault-driver.h"

/* What the scheme "fault:" stands for. */
extern const char *const fault_schemes[];

/* To be asked once for each call. Whether it is the planned one, and then how it fails. @name:
 * borrowed until the plan is disarmed */
gboolean fault_driver_comes (const char *name, FaultKind *kind);
/* What a fault is told as where no database was asked. Always %FALSE */
gboolean fault_driver_fail (FaultKind kind, GError **error);

const MsSqlDriver *fault_sqlite_get_driver (void);
const MsSqlDriver *fault_postgres_get_driver (void);
