/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Columns of an import for attributes that operators added: named by the attribute's path, and
 * holding what the export writes (ms-export-columns.h).
 */
#pragma once

#include "ms-import-apply.h"

G_BEGIN_DECLS

/* Whether a column of that name is for an attribute of operators' extensions of users, mailboxes
 * or lists that can be given. */
gboolean ms_import_more_is_path (const MsServiceTypes *types, const char *name);
/* @types: (nullable): %NULL takes any path. Fails where a column cannot be mapped to the attribute
 * @name. @column: its path in the options */
gboolean ms_import_more_check (const MsServiceTypes *types,
                               const char           *name,
                               const char           *column,
                               GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* What the row says of attributes that objects of @type have, as a client would send it; of an
 * @existing one (nullable) only what differs. */
gboolean ms_import_more_add (MsImportApply        *self,
                             const MsImportRow    *row,
                             const MsResourceType *type,
                             MsObject             *existing,
                             JsonObject           *json,
                             JsonArray            *changes,
                             GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Says that @text is @what, which @attribute cannot take. */
void ms_import_more_refuse (const MsAttribute *attribute,
                            const char        *text,
                            const char        *what,
                            GError           **error);
/* A cell that begins with “[”. (transfer full) (nullable): a JSON array */
JsonNode *ms_import_more_parse_array (const MsAttribute *attribute,
                                      const char        *text,
                                      GError           **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
