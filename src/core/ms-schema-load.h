/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shared by the reader of schema files and the rules that what it read must obey.
 */
#pragma once

#include "ms-schema-private.h"

G_BEGIN_DECLS

/* The largest maxLength. */
#define MS_SCHEMA_LONGEST_VALUE (256 * 1024)

gboolean ms_schema_check_urn (const char *urn, const char *where, GError **error);
/* Whether an attribute's characteristics agree with each other; its sub-attributes are already
 * there. */
gboolean ms_attribute_check (const MsAttribute *self, const char *where, GError **error);
/* Name and endpoint of a new type. */
gboolean ms_resource_type_check (MsSchemaRegistry     *registry,
                                 const MsResourceType *self,
                                 const char           *where,
                                 GError              **error);

/* Whether those of the types from @types on mean nothing else. */
gboolean ms_schema_check_endpoints (MsSchemaRegistry *self, guint types, GError **error);

/* Whether it is Mailstead's, and not an operator's. */
gboolean ms_schema_is_own (const MsSchema *self);
/* What an operator's file may not hold; @schemas, @types: how many there were before it. */
gboolean
ms_schema_check_foreign (MsSchemaRegistry *registry, guint schemas, guint types, GError **error);
/* (element-type GError) (transfer full): what newer rules have against the schemas and types from
 * these on. @extensions: how many each of the types before had. @holds_any: the file brought
 * something. @is_foreign: it is an operator's */
GPtrArray *ms_schema_list_faults (MsSchemaRegistry *registry,
                                  guint             schemas,
                                  guint             types,
                                  const guint      *extensions,
                                  gboolean          holds_any,
                                  gboolean          is_foreign);
/* Keeps @faults as complaints about the file @name. */
void ms_schema_registry_complain (MsSchemaRegistry *self, const char *name, GPtrArray *faults);

G_END_DECLS
