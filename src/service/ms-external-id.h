/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * externalId is what a provisioning client calls an object (RFC 7643 §3.1): two clients may call
 * the same user differently, and neither is to see or change what the other says. Each has its own,
 * in the attribute "externalIds" of the object, told apart by the name of the client's token, as
 * names are compared; so that they are in change sets, undone, indexed and moved with the object
 * like anything else.
 *
 * Whoever is no such client (console, command line, import, tokens of other scopes) has the plain
 * externalId, and may read and write externalIds by name.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/* @object as @client (nullable) sees it. (transfer full) */
MsObject *ms_external_id_show (MsObject *object, const char *client);
/* @deltas of one change as @client (nullable) sees them. (transfer full) */
JsonNode *ms_external_id_show_deltas (JsonNode *deltas, const char *client);
/* @body of a request of @client (nullable) without what there is not to it, which is named in
 * @ignored (element-type utf8); fails where the path of a PATCH leads there. (transfer full) */
JsonObject *ms_external_id_read_body (const MsResourceType *type,
                                      JsonObject           *body,
                                      gboolean              is_patch,
                                      const char           *client,
                                      MsIgnored            *ignored,
                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes of @edit, which was made by such a body from what @client (nullable) sees of @before
 * (nullable), an edit of the object as it is stored. */
void ms_external_id_keep (MsEdit *edit, MsObject *before, const char *client);
/* (transfer none) (nullable): the externalId that @client (nullable) sees */
const char *ms_external_id_get (JsonObject *attributes, const char *client);
/* @filter (nullable) as @client (nullable) means it. (transfer full) (nullable) */
MsFilter *
ms_external_id_filter (const MsFilter *filter, const MsResourceType *type, const char *client);
/* Lets @query sort by what @client (nullable), which is borrowed, means by externalId; fails where
 * it asks for what others call objects. */
gboolean
ms_external_id_order (MsQuery *query, const char *client, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
