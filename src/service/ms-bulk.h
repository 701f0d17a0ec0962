/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bulk requests (RFC 7644 §3.7). ms-bulk-read.c takes the request apart, ms-bulk-references.c
 * puts ids for "bulkId:…", ms-bulk-links.c finds the order, ms-bulk.c does the work.
 *
 * Every POST gets its id before anything is written, so that references forward need no second
 * look. What refers to each other in a circle is a unit: made in one transaction, first without the
 * references that lead forward, which follow as soon as everything is there. With "atomic" the
 * whole request is one unit.
 */
#pragma once

#include "ms-apply.h"

G_BEGIN_DECLS

/* Before the name of a POST of the same request, in place of an id. */
#define MS_BULK_ID "bulkId:"

#define MS_URN_BULK_REQUEST "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
#define MS_URN_BULK_RESPONSE "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

/**
 * MsBulkItem: one operation of a bulk request
 * @place: among the others, from 0
 * @sent: (nullable): the method as the request has it, be there such a one or not
 * @method: in upper case; %NULL where the request's is none that there is
 * @type, @id: (nullable): of the object; a POST's id is made here
 * @data: (nullable): with ids in place of "bulkId:…"
 * @later: (nullable): PATCH operations that the item needs once the rest of its unit is there
 * @needs: (element-type guint): places of the items that this one refers to
 * @waits: it can be done only when it is known how these ended: it would not fail by itself where
 * one of them did
 * @operation: (nullable): what is run
 * @error: (nullable): why it failed; set before it was tried where it cannot be
 */
typedef struct
{
  guint                 place;
  char                 *sent;
  const char           *method;
  char                 *bulk_id;
  const MsResourceType *type;
  char                 *id;
  char                 *if_match;
  JsonObject           *data;
  JsonArray            *later;
  GArray               *needs;
  gboolean              waits;
  MsOperation          *operation;
  MsOutcome            *outcome;
  GError               *error;
} MsBulkItem;

/**
 * MsBulk:
 * @base_url: (nullable): see ms_bulk_new()
 * @items: (element-type MsBulkItem): in the request's order
 * @by_bulk_id: utf8 -> MsBulkItem
 * @ignored: names in the request that nothing here knows
 * @fail_on_errors: 0 = go on whatever fails
 * @units: (element-type GArray of guint): places in @items, in the order in which they are run
 */
typedef struct
{
  MsService  *service;
  const char *base_url;
  GPtrArray  *items;
  GHashTable *by_bulk_id;
  MsIgnored  *ignored;
  gint64      fail_on_errors;
  gboolean    atomic;
  GPtrArray  *units;
} MsBulk;

/* Fails where the request as a whole makes no sense; an operation that makes none has an error.
 * @base_url: (nullable): what absolute paths must begin with */
MsBulk *ms_bulk_new (MsService *service, JsonObject *body, const char *base_url, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void ms_bulk_free (MsBulk *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsBulk, ms_bulk_free)

/* Puts ids in place of the references of one item, and fills its @needs; or sets its @error. */
void ms_bulk_resolve_item (MsBulk *self, MsBulkItem *item);
/* Puts ids in place of references, fills @needs and @units, and moves references that lead forward
 * within a unit to @later. */
void ms_bulk_resolve (MsBulk *self);

/* Runs a whole request on the calling thread, which waits for the writer. (transfer full): whose
 * document is the BulkResponse */
MsOutcome *ms_bulk_run (MsService         *service,
                        const MsActor     *actor,
                        const MsOperation *operation,
                        GError           **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
