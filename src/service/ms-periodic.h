/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A thread that does something now and then until it is freed.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/* What is done, on the thread; what fails is tried again the next time. */
typedef gboolean (*MsPeriodicFunc) (MsService *service, GError **error);

/* @name: of the thread. @every: microseconds from the end of one time to the next. @at_once: the
 * first time is now, not only after @every */
MsPeriodic *ms_periodic_new (
    const char *name, MsService *service, MsPeriodicFunc func, gint64 every, gboolean at_once);
/* Waits for what is being done. */
void ms_periodic_free (MsPeriodic *self);

G_END_DECLS
