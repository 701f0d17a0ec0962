/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A set of row numbers, as a bit each: what a filter over a million objects finds takes 125 KB and
 * is counted, combined and stepped through in microseconds.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Rows of one block, which is also what the table "presence" stores in one row. */
#define MS_ROW_SET_BLOCK_ROWS 4096
#define MS_ROW_SET_BLOCK_BYTES (MS_ROW_SET_BLOCK_ROWS / 8)
/* Four thousand million objects; what is beyond is damage. */
#define MS_ROW_SET_MAX_BLOCKS (1 << 20)

typedef struct _MsRowSet MsRowSet;

MsRowSet *ms_row_set_new (void);
/* (element-type gint64) */
MsRowSet *ms_row_set_new_from_rows (GArray *rows);
MsRowSet *ms_row_set_copy (const MsRowSet *self);
void      ms_row_set_free (MsRowSet *self);

/* A row that no object can have, since the tables are damaged, is never a member. */
void     ms_row_set_add (MsRowSet *self, gint64 row);
void     ms_row_set_remove (MsRowSet *self, gint64 row);
gboolean ms_row_set_contains (const MsRowSet *self, gint64 row);
gint64   ms_row_set_count (const MsRowSet *self);
/* How many members are below @row. */
gint64 ms_row_set_rank (const MsRowSet *self, gint64 row);
/* Appends up to @count members to @rows, from the @start-th on, counted from the lowest one or,
 * with
 * @descending, from the highest. */
void ms_row_set_slice (
    const MsRowSet *self, gint64 start, gint64 count, gboolean descending, GArray *rows);

void ms_row_set_unite (MsRowSet *self, const MsRowSet *other);
void ms_row_set_intersect (MsRowSet *self, const MsRowSet *other);
void ms_row_set_subtract (MsRowSet *self, const MsRowSet *other);

/* Blocks as they are stored: bit r of byte b is row b * 8 + r of the block. */
gint64        ms_row_set_get_n_blocks (const MsRowSet *self);
const guint8 *ms_row_set_get_block (const MsRowSet *self, gint64 block);
void          ms_row_set_set_block (MsRowSet *self, gint64 block, GBytes *bits);
gint64        ms_row_set_count_bits (const guint8 *bits, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsRowSet, ms_row_set_free)

G_END_DECLS
