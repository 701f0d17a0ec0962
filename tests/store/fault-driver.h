/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A driver with a plan to fail: "fault:LOCATION" is opened as "sqlite:LOCATION" or
 * "postgresql:LOCATION" is, and the n-th call from the arming on fails in the planned way. On
 * SQLite it does not reach the database. On PostgreSQL the database itself fails, or is cut off, so
 * that the driver and the server are left as they would be.
 */
#pragma once

#include "ms-sql.h"

typedef enum
{
  FAULT_BUSY,       /* MS_ERROR_UNAVAILABLE; on SQLite the transaction can go on */
  FAULT_LOST,       /* MS_ERROR_UNAVAILABLE, and the transaction with all its savepoints is gone; on
                     * PostgreSQL the server ends the session */
  FAULT_CANCELLED,  /* G_IO_ERROR_CANCELLED; on PostgreSQL, of who writes, a statement that took too
                     * long */
  FAULT_CONSTRAINT, /* MS_ERROR_CONFLICT without a path, as a rule of the tables would */
  FAULT_DAMAGED,    /* MS_ERROR_INTERNAL, lost */
  FAULT_UNANSWERED, /* PostgreSQL only: the connection breaks. What was sent is done, and nobody
                     * hears of it: also a commit */
} FaultKind;

/* Makes the scheme known, for one of store_place_drivers. */
void fault_driver_register (const char *driver);
/* How many of the kinds it has. */
guint fault_driver_count_kinds (void);
void  fault_driver_arm (FaultKind kind, guint call);
/* Whether the planned call came. @name: (out) (optional): which it was */
gboolean fault_driver_disarm (const char **name);
/* How many calls came since it was armed. */
guint fault_driver_count_calls (void);
/* How many of them were called so: "savepoint", "commit" …, or the text of a statement. */
guint       fault_driver_count_named (const char *name);
const char *fault_kind_to_string (FaultKind kind);
