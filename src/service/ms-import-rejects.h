/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The refused records of an import as a CSV file that can be mended and given back: the columns it
 * came with, and one more that says what is wrong.
 */
#pragma once

#include "ms-import.h"

G_BEGIN_DECLS

/* @import: with the file in its record */
gboolean ms_import_append_rejects (MsTxn *txn, MsImport *import, GString *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Replaces the file by its rejects: in the record, which then is to be stored. */
gboolean
ms_import_reduce (MsService *service, MsImport *import, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
