/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Columns of an export for attributes that no import field stands for: of operators' types and
 * extensions, and of types that are not imported. Each is named by its attribute's path.
 */
#pragma once

#include "ms-end-names.h"

G_BEGIN_DECLS

/* Whether a schema is one that Mailstead brings. */
gboolean ms_export_is_ours (const MsSchema *schema);
/* All of a type: externalId and every attribute that is stored and no secret. (element-type
 * MsAttribute), borrowed; @with_own %FALSE: only of extensions that are not Mailstead's, and what
 * an import can set. */
GPtrArray *ms_export_columns_new (const MsResourceType *type, gboolean with_own);
/* Several values are parted by "; " or, where that could be read in another way, a JSON array;
 * elements of complex attributes are JSON, relations the names at their other ends
 * (ms-end-names.h). (transfer full) */
char *ms_export_columns_read (const MsAttribute *attribute,
                              MsEndNames        *names,
                              MsObject          *object,
                              GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of one @value (nullable) of an attribute that is no relation. (transfer full) */
char *ms_export_columns_write (const MsAttribute *attribute, JsonNode *value);
/* What is of several values, as such a cell. (transfer full) */
char *ms_export_columns_join (JsonArray *array);

G_END_DECLS
