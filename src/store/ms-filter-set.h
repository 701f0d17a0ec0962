/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Filters that sets of objects answer without a look at a single value (ms-presence.h): who has an
 * attribute, who has a value of one that has few ("active eq true"), and every combination of such.
 */
#pragma once

#include "ms-row-set.h"
#include "ms-sql-builder.h"

G_BEGIN_DECLS

gboolean ms_filter_set_can (MsTxn *txn, const MsResourceType *type, const MsFilter *filter);
/* Only where ms_filter_set_can(). */
MsRowSet *ms_filter_set_make (MsTxn                *txn,
                              const MsResourceType *type,
                              const MsFilter       *filter,
                              GError              **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
