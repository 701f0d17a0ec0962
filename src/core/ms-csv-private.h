/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What reader and detection of CSV share.
 */
#pragma once

#include "ms-csv.h"

G_BEGIN_DECLS

/* @text: (transfer full): UTF-8 without NUL. Reads the header where @format says so. */
MsCsvReader *ms_csv_reader_new_for_text (char              *text,
                                         gsize              length,
                                         const MsCsvFormat *format,
                                         const MsCsvLimits *limits,
                                         GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* Bytes of a first line that only says which character parts the fields ("sep=;"), as spreadsheets
 * write it; 0 where there is none. @delimiter: (out): set where there is one */
gsize ms_csv_skip_delimiter_line (const char *text, gsize length, char *delimiter);
/* To UTF-8 without byte order mark; errors name the line. */
char *ms_csv_decode (const char *data,
                     gsize       length,
                     const char *encoding,
                     gsize      *decoded_length,
                     GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
