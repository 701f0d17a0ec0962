/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a server's operators have added to the schemas: read from its schema files on top of what
 * every Mailstead knows, so that types and attributes that were not known when this program was
 * built can be shown and edited.
 */
#pragma once

#include "ms-connection.h"
#include "ms-schema.h"

G_BEGIN_DECLS

void ms_remote_schemas_load_async (MsConnection       *connection,
                                   GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            user_data);
/* (transfer full): what is built in, and the files */
MsSchemaRegistry *ms_remote_schemas_load_finish (MsConnection *connection,
                                                 GAsyncResult *result,
                                                 GError      **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the type is an operator's own. */
gboolean ms_remote_schemas_is_added_type (const MsResourceType *type);
/* Whether the schema is an operator's own. */
gboolean ms_remote_schemas_is_added_schema (const MsSchema *schema);

G_END_DECLS
