/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-tally.h.
 */
#include "ms-tally.h"

#include "ms-anchor.h"
#include "ms-presence.h"

#include <string.h>

/* Up to so many notes of anchors are written one by one. */
#define FEW_ANCHORS 16

/* Notes are sorted before they are written: all that concerns one row of a table comes together. */
typedef enum
{
  NOTE_COUNTER,
  NOTE_MAILBOX,
  NOTE_PRESENCE,
  NOTE_ANCHOR,
} NoteKind;

typedef struct
{
  NoteKind    kind;
  int         difference;
  gint64      attr;
  const char *key; /* in the tally's texts */
  gint64      row;
  guint       number; /* in the log */
} Note;

typedef struct
{
  guint length;
  guint written;
} Mark;

struct _MsTally
{
  GArray       *notes;
  guint         written; /* how many of them are in the tables */
  GArray       *marks;
  GStringChunk *texts;
  GHashTable   *anchored; /* gint64 *; NULL until asked for */
};

MsTally *
ms_tally_new (void)
{
  MsTally *self = g_new0 (MsTally, 1);

  self->notes = g_array_new (FALSE, FALSE, sizeof (Note));
  self->marks = g_array_new (FALSE, FALSE, sizeof (Mark));
  self->texts = g_string_chunk_new (4096);
  return self;
}

void
ms_tally_free (MsTally *self)
{
  g_array_unref (self->notes);
  g_array_unref (self->marks);
  g_string_chunk_free (self->texts);
  g_clear_pointer (&self->anchored, g_hash_table_unref);
  g_free (self);
}

void
ms_tally_begin (MsTally *self)
{
  g_array_set_size (self->notes, 0);
  g_array_set_size (self->marks, 0);
  self->written = 0;
  g_string_chunk_clear (self->texts);
}

void
ms_tally_mark (MsTally *self)
{
  Mark mark = { self->notes->len, self->written };

  g_array_append_val (self->marks, mark);
}

void
ms_tally_unmark (MsTally *self, gboolean keep)
{
  g_assert (self->marks->len > 0);
  Mark mark = g_array_index (self->marks, Mark, self->marks->len - 1);

  g_array_set_size (self->marks, self->marks->len - 1);
  if (keep)
    return;
  g_array_set_size (self->notes, mark.length);
  self->written = mark.written;
  ms_tally_forget_anchored (self);
}

void
ms_tally_forget_anchored (MsTally *self)
{
  g_clear_pointer (&self->anchored, g_hash_table_unref);
}

static gboolean
load_anchored (MsTally *self, MsSql *sql, GError **error)
{
  g_autoptr (GArray) numbers = ms_anchor_list (sql, error);

  if (numbers == NULL)
    return FALSE;
  self->anchored = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < numbers->len; i++)
    g_hash_table_add (self->anchored,
                      g_memdup2 (&g_array_index (numbers, gint64, i), sizeof (gint64)));
  return TRUE;
}

gboolean
ms_tally_is_anchored (MsTally *self, MsSql *sql, gint64 attr, gboolean *anchored, GError **error)
{
  if (self->anchored == NULL && !load_anchored (self, sql, error))
    return FALSE;
  *anchored = g_hash_table_contains (self->anchored, &attr);
  return TRUE;
}

/* Noting -------------------------------------------------------------------------------------- */

static void
add (MsTally *self, NoteKind kind, int difference, gint64 attr, const char *key, gint64 row)
{
  Note note = {
    kind, difference, attr, g_string_chunk_insert_const (self->texts, key), row, self->notes->len,
  };

  g_array_append_val (self->notes, note);
}

void
ms_tally_add_counter (MsTally *self, const char *name, gint64 difference)
{
  if (difference != 0)
    add (self, NOTE_COUNTER, (int) difference, 0, name, 0);
}

void
ms_tally_add_presence (MsTally *self, gint64 attr, const char *key, gint64 row, gboolean present)
{
  add (self, NOTE_PRESENCE, present ? 1 : -1, attr, key, row);
}

void
ms_tally_add_anchor (MsTally *self, gint64 attr, const char *key, gint64 row, int difference)
{
  add (self, NOTE_ANCHOR, difference, attr, key, row);
}

void
ms_tally_add_mailbox (MsTally *self, gint64 group, gint64 parent, int difference)
{
  if (difference != 0)
    add (self, NOTE_MAILBOX, difference, parent, "", group);
}

/* Writing ------------------------------------------------------------------------------------- */

static gint64
place_of (const Note *note)
{
  return note->kind == NOTE_PRESENCE ? note->row / MS_ROW_SET_BLOCK_ROWS : note->row;
}

#define COMPARE(a, b) ((a) < (b) ? -1 : (a) > (b))

/* By what is in the same row of a table, then in the order of the log. */
static int
compare_places (const Note *a, const Note *b)
{
  if (a->kind != b->kind)
    return COMPARE (a->kind, b->kind);
  if (a->attr != b->attr)
    return COMPARE (a->attr, b->attr);
  int keys = a->key == b->key ? 0 : strcmp (a->key, b->key);
  return keys != 0 ? keys : COMPARE (place_of (a), place_of (b));
}

static int
compare_notes (gconstpointer a, gconstpointer b)
{
  const Note *one = a;
  const Note *other = b;
  int         places = compare_places (one, other);

  return places != 0 ? places : COMPARE (one->number, other->number);
}

static gboolean
write_counter (MsSql *sql, const Note *notes, guint count, GError **error)
{
  gint64 sum = 0;

  for (guint i = 0; i < count; i++)
    sum += notes[i].difference;
  return sum == 0
         || ms_sql_run (sql,
                        error,
                        "INSERT INTO counter (name, value) VALUES ($1, $2)"
                        " ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value",
                        "si",
                        notes[0].key,
                        sum);
}

/* @difference is added to what is in the table of a mail group and all its ancestors. */
#define ADD_BELOW                                                                                  \
  "WITH RECURSIVE up (n) AS ("                                                                     \
  "  SELECT CAST($1 AS BIGINT) UNION"                                                              \
  "  SELECT l.to_n FROM link l JOIN up ON l.from_n = up.n WHERE l.attr = $2)"                      \
  " UPDATE group_count SET below = below + $3 WHERE obj IN (SELECT n FROM up)"

gboolean
ms_tally_add_below (MsSql *sql, gint64 group, gint64 parent, gint64 difference, GError **error)
{
  return difference == 0 || group == 0
         || ms_sql_run (sql, error, ADD_BELOW, "iii", group, parent, difference);
}

static gboolean
write_mailboxes (MsSql *sql, const Note *notes, guint count, GError **error)
{
  const gint64 root = 0;
  gint64       sum = 0;

  for (guint i = 0; i < count; i++)
    sum += notes[i].difference;
  return sum == 0
         || (ms_sql_run (sql,
                         error,
                         "UPDATE group_count SET mailboxes = mailboxes + $1 WHERE obj = $2",
                         "ii",
                         sum,
                         notes[0].row)
             && ms_sql_run (sql,
                            error,
                            "UPDATE group_count SET below = below + $1 WHERE obj = $2",
                            "ii",
                            sum,
                            root)
             && ms_tally_add_below (sql, notes[0].row, notes[0].attr, sum, error));
}

static gboolean
write_presence (MsSql *sql, const Note *notes, guint count, GError **error)
{
  g_autofree MsPresenceChange *changes = g_new (MsPresenceChange, count);

  for (guint i = 0; i < count; i++)
    changes[i] = (MsPresenceChange){ notes[i].row, notes[i].difference > 0 };
  return ms_presence_change (sql, notes[0].attr, notes[0].key, changes, count, error);
}

/* Anchors of one write. Where there are many notes, no answer is waited for: each attribute is
 * looked at as a whole when all is written. */
typedef struct
{
  gboolean   are_many;
  GPtrArray *uneven; /* Note: of a block each, or of an attribute each */
} Anchors;

static gboolean
write_anchor (MsSql *sql, const Note *notes, guint count, Anchors *anchors, GError **error)
{
  GPtrArray  *uneven = anchors->uneven;
  const Note *last = uneven->len > 0 ? uneven->pdata[uneven->len - 1] : NULL;
  gboolean    is_uneven = FALSE;
  gint64      sum = 0;

  for (guint i = 0; i < count; i++)
    sum += notes[i].difference;
  if (sum == 0)
    return TRUE;
  if (anchors->are_many)
    {
      is_uneven = last == NULL || last->attr != notes[0].attr;
      if (!ms_anchor_add (sql, notes[0].attr, notes[0].key, notes[0].row, sum, error))
        return FALSE;
    }
  else if (!ms_anchor_change (
               sql, notes[0].attr, notes[0].key, notes[0].row, sum, &is_uneven, error))
    return FALSE;
  if (is_uneven)
    g_ptr_array_add (uneven, (gpointer) &notes[0]);
  return TRUE;
}

/* When all counts are right again: evening looks at how many rows there really are. */
static gboolean
even_anchors (MsSql *sql, const Anchors *anchors, GError **error)
{
  for (guint i = 0; i < anchors->uneven->len; i++)
    {
      const Note *note = anchors->uneven->pdata[i];
      if (!(anchors->are_many ? ms_anchor_even_all (sql, note->attr, error)
                              : ms_anchor_even (sql, note->attr, note->key, note->row, error)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
has_many_anchors (const Note *notes, guint count)
{
  guint found = 0;

  for (guint i = 0; i < count && found <= FEW_ANCHORS; i++)
    found += notes[i].kind == NOTE_ANCHOR;
  return found > FEW_ANCHORS;
}

static gboolean
write_place (MsSql *sql, const Note *notes, guint count, Anchors *anchors, GError **error)
{
  switch (notes[0].kind)
    {
    case NOTE_COUNTER:
      return write_counter (sql, notes, count, error);
    case NOTE_MAILBOX:
      return write_mailboxes (sql, notes, count, error);
    case NOTE_PRESENCE:
      return write_presence (sql, notes, count, error);
    case NOTE_ANCHOR:
    default:
      return write_anchor (sql, notes, count, anchors, error);
    }
}

gboolean
ms_tally_write (MsTally *self, MsSql *sql, GError **error)
{
  guint count = self->notes->len - self->written;

  if (count == 0)
    return TRUE;
  g_autoptr (GArray) sorted = g_array_sized_new (FALSE, FALSE, sizeof (Note), count);
  g_autoptr (GPtrArray) uneven = g_ptr_array_new ();
  g_array_append_vals (sorted, &g_array_index (self->notes, Note, self->written), count);
  g_array_sort (sorted, compare_notes);
  const Note *notes = &g_array_index (sorted, Note, 0);
  Anchors     anchors = { has_many_anchors (notes, count), uneven };
  for (guint i = 0, next; i < count; i = next)
    {
      next = i + 1;
      while (next < count && compare_places (&notes[i], &notes[next]) == 0)
        next++;
      if (!write_place (sql, &notes[i], next - i, &anchors, error))
        return FALSE;
    }
  if (!even_anchors (sql, &anchors, error))
    return FALSE;
  self->written = self->notes->len;
  return TRUE;
}
