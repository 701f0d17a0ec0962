/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Cells of relations that operators added: names of what is at their other ends (ms-end-names.h).
 */
#pragma once

#include "ms-import-apply.h"

G_BEGIN_DECLS

/* What @text says of the relation @attribute, as a client would send it; of an @existing object
 * (nullable) only where it differs, which no order of several does. */
gboolean ms_import_ends_add (MsImportApply     *self,
                             const MsAttribute *attribute,
                             const char        *text,
                             MsObject          *existing,
                             JsonObject        *json,
                             JsonArray         *changes,
                             GError           **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
