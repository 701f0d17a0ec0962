/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sources (ms-derived.h) of what is used, as far as it has no rows in "value": what changes for all
 * at once when a month or a limit does, and totals.
 */
#pragma once

#include "ms-sql-builder.h"

G_BEGIN_DECLS

/* Whether it is one of these. */
gboolean ms_derived_usage_exists (const MsResourceType *type, const MsAttribute *attribute);
/* @limits: appends "(SELECT … AS obj, … AS key …)", the limits of mailboxes */
void ms_derived_usage_append (MsSqlBuilder         *builder,
                              const MsResourceType *type,
                              const MsAttribute    *attribute,
                              void (*limits) (MsSqlBuilder *builder));

G_END_DECLS
