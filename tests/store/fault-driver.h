/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The SQLite driver with a plan to fail: "fault:/path" is opened as "sqlite:/path" is, and the n-th
 * call from the arming on does not reach the database but fails in the planned way.
 */
#pragma once

#include "ms-sql.h"

typedef enum
{
  FAULT_BUSY,       /* MS_ERROR_UNAVAILABLE, the transaction can go on */
  FAULT_LOST,       /* MS_ERROR_UNAVAILABLE, and the transaction with all its savepoints is gone */
  FAULT_CANCELLED,  /* G_IO_ERROR_CANCELLED */
  FAULT_CONSTRAINT, /* MS_ERROR_CONFLICT without a path, as a rule of the tables would */
  FAULT_DAMAGED,    /* MS_ERROR_INTERNAL, lost */
  FAULT_N_KINDS
} FaultKind;

/* Makes the scheme known. */
void fault_driver_register (void);
void fault_driver_arm (FaultKind kind, guint call);
/* Whether the planned call came. @name: (out) (optional): which it was */
gboolean    fault_driver_disarm (const char **name);
const char *fault_kind_to_string (FaultKind kind);
