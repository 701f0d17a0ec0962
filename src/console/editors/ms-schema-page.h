/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A page of editors made from a schema alone: for extensions and types that operators have added.
 */
#pragma once

#include "ms-connection.h"
#include "ms-form.h"
#include "ms-schema.h"

G_BEGIN_DECLS

/* @is_new: of a new object: only what can be given. @extension: what it requires is required only
 * where the object has it, so the server checks. (transfer floating) */
GtkWidget *ms_schema_page_build (const MsSchema *schema,
                                 gboolean        extension,
                                 gboolean        is_new,
                                 MsForm         *form,
                                 MsConnection   *connection);

G_END_DECLS
