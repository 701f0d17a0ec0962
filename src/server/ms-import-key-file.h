/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * DIR/import.key: what files to import are encrypted for while the store holds them. It lies beside
 * the store and never in it, so that no backup, copy or replica of the store has it.
 */
#pragma once

#include "ms-service.h"

G_BEGIN_DECLS

#define MS_IMPORT_KEY_FILE "import.key"

/* Gives @service the key in @directory; makes one where there is none and @make. Where that cannot
 * be kept, which is logged, or @make is %FALSE, @service has the one of its own. Fails where there
 * is a file that cannot be used. */
gboolean ms_import_key_file_use (const char *directory,
                                 MsService  *service,
                                 gboolean    make,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
