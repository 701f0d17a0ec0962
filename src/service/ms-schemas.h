/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Use cases of the service about schema files (docs/schemas.md): which there are, and changing them
 * while everybody works.
 */
#pragma once

#include "ms-service.h"

G_BEGIN_DECLS

typedef enum
{
  MS_SCHEMA_ADD,
  MS_SCHEMA_REPLACE,
  MS_SCHEMA_REMOVE,
} MsSchemaVerb;

/**
 * MsSchemaRequest:
 * @text: (nullable): the file; not for %MS_SCHEMA_REMOVE
 * @if_match: (nullable): the If-Match header as sent
 * @dry_run: do all of it and take it back
 * @drop_values: values that would be lost may be
 */
typedef struct
{
  MsSchemaVerb verb;
  const char  *name;
  const char  *text;
  const char  *if_match;
  gboolean     dry_run;
  gboolean     drop_values;
} MsSchemaRequest;

gboolean ms_service_list_schema_files (MsService     *self,
                                       const MsActor *actor,
                                       GString       *out,
                                       GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_get_schema_file (MsService     *self,
                                     const MsActor *actor,
                                     const char    *name,
                                     GString       *out,
                                     gint64        *version,
                                     GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Waits until no other call is inside, makes the change with its change set, and lets calls in
 * again, who find the new tables. Everything or nothing. %MS_ERROR_UNAVAILABLE where others do not
 * leave in time. Not from the store's writer. @version: (out): of the file. @sequence: (out)
 * (nullable): of the change set, 0 where there is none */
gboolean ms_service_change_schemas (MsService             *self,
                                    const MsActor         *actor,
                                    const MsSchemaRequest *request,
                                    GString               *out,
                                    gint64                *version,
                                    gint64                *sequence,
                                    GError               **error) G_GNUC_WARN_UNUSED_RESULT;

/* Before the tables are exchanged, whoever has changed them: waits until no other call is inside,
 * keeps those that come waiting until ms_schemas_open(), and has imports and directories stop till
 * then. Nobody exchanges them without. Not from the store's writer. */
gboolean ms_schemas_close (MsService *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, where nobody is to be told why it cannot be. */
gboolean ms_schemas_try_close (MsService *self) G_GNUC_WARN_UNUSED_RESULT;
void     ms_schemas_open (MsService *self);

G_END_DECLS
