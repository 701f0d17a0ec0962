/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of a reading is in the index: rows of "value" for the attributes that the schema calls
 * measured. They come from the table of readings and from no document.
 */
#pragma once

#include "ms-index.h"

G_BEGIN_DECLS

/* The columns of "usage_reading" that are indexed, in this order. */
#define MS_USAGE_INDEXED "stored_bytes, stored_messages, last_access, measured"
#define MS_USAGE_N_INDEXED 4

/* The rows of a mailbox, sorted. @values: what is in those columns. (element-type MsIndexRow) */
GArray *ms_usage_index_rows (MsIndex *index, const gint64 *values);

/* Of one of them. @key: (out) (nullable) (transfer full): what the mailbox at @row has it under */
gboolean ms_usage_index_dup_key (MsSql             *sql,
                                 const MsAttribute *attribute,
                                 gint64             row,
                                 char             **key,
                                 GError           **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
