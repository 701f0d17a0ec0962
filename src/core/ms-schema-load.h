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

/* What an operator's file may not hold; @schemas, @types: how many there were before it. */
gboolean
ms_schema_check_foreign (MsSchemaRegistry *registry, guint schemas, guint types, GError **error);

G_END_DECLS
