/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the deltas of a change to what a PATCH may say: not all that differs between two states of
 * an object can be written by a client, nor an attribute at a time.
 */
#pragma once

#include "ms-change.h"
#include "ms-schema.h"

G_BEGIN_DECLS

/**
 * MsFeedDeltas: the deltas of an update, as they are told
 * @told: of deltas, for operations of a PATCH. One with a "path" and "gone" is a complex attribute
 * or an extension (by its URN) that was taken off as a whole; an "after" of null is to be written
 * as such
 * @named: of paths that can only be named: secrets, and what is set once and was taken back
 */
typedef struct
{
  JsonArray *told;
  JsonArray *named;
} MsFeedDeltas;

void ms_feed_deltas_init (MsFeedDeltas *self, const MsResourceType *type, JsonNode *deltas);
void ms_feed_deltas_clear (MsFeedDeltas *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsFeedDeltas, ms_feed_deltas_clear)

/* A value of @attribute, or several, with no members but its own: what beside the id tells the name
 * of who is there is not called the same in every relation. (transfer full): not to
 * be changed */
JsonNode *ms_feed_tell_value (const MsAttribute *attribute, JsonNode *value);
/* Of an object as it was made: null for what it did not have and would get by default. */
void ms_feed_refuse_defaults (const MsResourceType *type, JsonObject *resource);

G_END_DECLS
