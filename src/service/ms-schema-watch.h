/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where several servers share one store: takes up the schemas that another one has changed.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/* @service is borrowed: it owns the watch. */
MsPeriodic *ms_schema_watch_new (MsService *service);
/* Looks at once. For tests. */
gboolean ms_schema_watch_look (MsService *service, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
