/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-row-set.h.
 */
#include "ms-row-set.h"

#include <string.h>

#define WORD ((gsize) 8)

struct _MsRowSet
{
  guint8 *bits;
  gint64  blocks; /* that @bits has room for */
};

MsRowSet *
ms_row_set_new (void)
{
  return g_new0 (MsRowSet, 1);
}

MsRowSet *
ms_row_set_new_from_rows (GArray *rows)
{
  MsRowSet *self = ms_row_set_new ();

  for (guint i = 0; i < rows->len; i++)
    ms_row_set_add (self, g_array_index (rows, gint64, i));
  return self;
}

MsRowSet *
ms_row_set_copy (const MsRowSet *self)
{
  MsRowSet *copy = ms_row_set_new ();

  ms_row_set_unite (copy, self);
  return copy;
}

void
ms_row_set_free (MsRowSet *self)
{
  g_free (self->bits);
  g_free (self);
}

static gsize
size_of (const MsRowSet *self)
{
  return (gsize) self->blocks * MS_ROW_SET_BLOCK_BYTES;
}

/* Doubled, so that a set filled row by row is not copied for each block. */
static void
make_room (MsRowSet *self, gint64 blocks)
{
  if (blocks <= self->blocks)
    return;
  gsize  old = size_of (self);
  gint64 room = MAX (blocks, self->blocks * 2);
  self->bits = g_realloc (self->bits, (gsize) room * MS_ROW_SET_BLOCK_BYTES);
  self->blocks = room;
  memset (self->bits + old, 0, size_of (self) - old);
}

static gboolean
can_be (gint64 row)
{
  return row >= 0 && row / MS_ROW_SET_BLOCK_ROWS < MS_ROW_SET_MAX_BLOCKS;
}

void
ms_row_set_add (MsRowSet *self, gint64 row)
{
  if (!can_be (row))
    return;
  make_room (self, row / MS_ROW_SET_BLOCK_ROWS + 1);
  self->bits[row / 8] |= (guint8) (1 << (row % 8));
}

void
ms_row_set_remove (MsRowSet *self, gint64 row)
{
  if (row >= 0 && row / MS_ROW_SET_BLOCK_ROWS < self->blocks)
    self->bits[row / 8] &= (guint8) ~(1 << (row % 8));
}

gboolean
ms_row_set_contains (const MsRowSet *self, gint64 row)
{
  return row >= 0 && row / MS_ROW_SET_BLOCK_ROWS < self->blocks
         && (self->bits[row / 8] >> (row % 8) & 1) != 0;
}

gint64
ms_row_set_count_bits (const guint8 *bits, gsize length)
{
  gint64 count = 0;

  for (gsize i = 0; i + WORD <= length; i += WORD)
    {
      guint64 word;
      memcpy (&word, bits + i, WORD);
      count += __builtin_popcountll (word);
    }
  for (gsize i = length - length % WORD; i < length; i++)
    count += __builtin_popcount (bits[i]);
  return count;
}

gint64
ms_row_set_count (const MsRowSet *self)
{
  return ms_row_set_count_bits (self->bits, size_of (self));
}

gint64
ms_row_set_rank (const MsRowSet *self, gint64 row)
{
  if (row / MS_ROW_SET_BLOCK_ROWS >= self->blocks)
    return ms_row_set_count (self);
  gint64 whole = ms_row_set_count_bits (self->bits, (gsize) row / 8);
  guint8 below = (guint8) ((1 << (row % 8)) - 1);
  return whole + __builtin_popcount (self->bits[row / 8] & below);
}

static void
take_byte (
    guint8 byte, gint64 first, gint64 *start, gint64 *count, gboolean descending, GArray *rows)
{
  for (int i = 0; i < 8 && *count > 0; i++)
    {
      int bit = descending ? 7 - i : i;
      if ((byte >> bit & 1) == 0 || (*start)-- > 0)
        continue;
      gint64 row = first + bit;
      g_array_append_val (rows, row);
      *start = 0;
      --*count;
    }
}

void
ms_row_set_slice (
    const MsRowSet *self, gint64 start, gint64 count, gboolean descending, GArray *rows)
{
  gsize size = size_of (self);

  for (gsize i = 0; i < size && count > 0; i += WORD)
    {
      gsize  at = descending ? size - i - WORD : i;
      gint64 here = ms_row_set_count_bits (self->bits + at, WORD);
      if (here <= start)
        {
          start -= here;
          continue;
        }
      for (gsize j = 0; j < WORD; j++)
        {
          gsize byte = at + (descending ? WORD - 1 - j : j);
          take_byte (self->bits[byte], (gint64) byte * 8, &start, &count, descending, rows);
        }
    }
}

void
ms_row_set_unite (MsRowSet *self, const MsRowSet *other)
{
  make_room (self, other->blocks);
  for (gsize i = 0; i < size_of (other); i++)
    self->bits[i] |= other->bits[i];
}

void
ms_row_set_intersect (MsRowSet *self, const MsRowSet *other)
{
  gsize both = MIN (size_of (self), size_of (other));

  for (gsize i = 0; i < both; i++)
    self->bits[i] &= other->bits[i];
  if (size_of (self) > both)
    memset (self->bits + both, 0, size_of (self) - both);
}

void
ms_row_set_subtract (MsRowSet *self, const MsRowSet *other)
{
  gsize both = MIN (size_of (self), size_of (other));

  for (gsize i = 0; i < both; i++)
    self->bits[i] &= (guint8) ~other->bits[i];
}

gint64
ms_row_set_get_n_blocks (const MsRowSet *self)
{
  return self->blocks;
}

const guint8 *
ms_row_set_get_block (const MsRowSet *self, gint64 block)
{
  g_assert (block >= 0 && block < self->blocks);
  return self->bits + (gsize) block * MS_ROW_SET_BLOCK_BYTES;
}

void
ms_row_set_set_block (MsRowSet *self, gint64 block, GBytes *bits)
{
  gsize         size = 0;
  const guint8 *data = g_bytes_get_data (bits, &size);

  g_assert (block >= 0);
  make_room (self, block + 1);
  memset (self->bits + (gsize) block * MS_ROW_SET_BLOCK_BYTES, 0, MS_ROW_SET_BLOCK_BYTES);
  if (size > 0)
    memcpy (self->bits + (gsize) block * MS_ROW_SET_BLOCK_BYTES,
            data,
            MIN (size, MS_ROW_SET_BLOCK_BYTES));
}
