/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where several servers share one store: takes up the schemas that another one has changed.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/* @service is borrowed: it owns the watch. */
MsPeriodic *ms_schema_watch_new (MsService *service);

G_END_DECLS
