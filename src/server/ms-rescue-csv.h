/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A whole store as CSV files, one for each type, which the import takes back.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether files can be written into @folder, which is made where it is not there and must be empty
 * where it is. */
gboolean ms_rescue_csv_prepare (const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes what the store in the file @store_path holds. @names: (out) (element-type utf8)
 * (transfer full): the files, in the order in which to import them */
gboolean ms_rescue_csv_write (const char *store_path,
                              const char *folder,
                              GPtrArray **names,
                              GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
