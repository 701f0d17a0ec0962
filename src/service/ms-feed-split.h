/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of one change waits until the whole change set is there.
 */
#pragma once

#include "ms-feed-order.h"

G_BEGIN_DECLS

/* Parts the deltas of the change at @index of @set from those relations that lead to what comes
 * after it, and from unique values that are given up only then. @later: (out) (transfer full)
 * (nullable): their deltas, of an update. (transfer full): the rest; a delta with "follows" needs
 * not be told, one with "named" cannot be */
JsonNode *ms_feed_split (MsFeedOrder          *order,
                         const MsResourceType *type,
                         const MsChangeSet    *set,
                         guint                 index,
                         JsonNode            **later);

G_END_DECLS
