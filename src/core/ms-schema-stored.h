/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Schema files that a store holds already. Rules that came after them do not keep them out.
 */
#pragma once

#include "ms-schema.h"

G_BEGIN_DECLS

/* As ms_schema_registry_add_file(), of a file called @name that was taken once: what only newer
 * rules have against it becomes a complaint. */
gboolean ms_schema_registry_add_stored (MsSchemaRegistry *self,
                                        const char       *name,
                                        const char       *data,
                                        gssize            length,
                                        GError          **error) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer none) (element-type utf8): what today's rules have against files that are there all
 * the same, in the order of the files */
GPtrArray *ms_schema_registry_get_complaints (MsSchemaRegistry *self);
/* (nullable) (transfer none): the first complaint of @self that @before does not have */
const char *ms_schema_registry_find_new_complaint (MsSchemaRegistry *self,
                                                   MsSchemaRegistry *before);

G_END_DECLS
