/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * In which order the changes of one change set can be done one after the other. The set itself has
 * them in the order in which the service came to them, and holds only where each object came to.
 */
#pragma once

#include "ms-change.h"
#include "ms-schema.h"

G_BEGIN_DECLS

typedef struct _MsFeedOrder MsFeedOrder;

/* Both are borrowed. */
MsFeedOrder *ms_feed_order_new (MsSchemaRegistry *schemas, const MsChangeSet *set);
void         ms_feed_order_free (MsFeedOrder *self);
/* The index in the set of what is done at @place. */
guint ms_feed_order_get (MsFeedOrder *self, guint place);
guint ms_feed_order_get_place (MsFeedOrder *self, guint index);
/* (nullable): the change that makes, or takes away, the object with that id. @place: (out): of it
 */
const MsChange *ms_feed_order_find (MsFeedOrder *self, const char *id, gboolean made, guint *place);

/* Whether @value, or a part of it, is unique and given up only by what comes after the change at
 * @index. */
gboolean ms_feed_order_is_held (MsFeedOrder       *self,
                                guint              index,
                                const MsAttribute *attribute,
                                JsonNode          *value);
/* The same of the name of a mailbox, which its address follows from, or of a mail group. */
gboolean ms_feed_order_is_name_held (MsFeedOrder *self, guint index);

/* Whether @attribute, a relation, can be set when its object is there already. Those of mailboxes
 * and mail groups go in no circles, and others follow from them: a mailbox cannot be primary before
 * it has an owner. */
gboolean ms_feed_order_can_wait (const MsResourceType *type, const MsAttribute *attribute);
/* The id in a relation's value, or "". */
const char *ms_feed_order_get_link (JsonNode *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsFeedOrder, ms_feed_order_free)

G_END_DECLS
