/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows known before and after, in the same order among each other, are kept: the longest increasing
 * subsequence of those that nothing happened to, and of the touched ones those that fit. What lies
 * between two kept rows is a gap with known and unknown rows on both sides. In a gap,
 * - a known old row that moved elsewhere, or that was touched and is not seen any more, goes;
 * - a known old row that was not touched may have been pushed out of sight, and stays if there is
 * room;
 * - an unknown old row may turn out to be a known new one, which costs nothing;
 * - what then remains of the difference in length are insertions, best where a touched row
 * appeared, or removals, best of rows that nobody knew.
 *
 * Old positions to remove and new positions to insert are collected as ranges and merged at the
 * end.
 */
#include "config.h"
#include "ms-remote-diff.h"

#include <string.h>

/* Beyond this many splices one that covers all is cheaper for everybody who listens. */
#define MAX_SPLICES 64

typedef struct
{
  guint start;
  guint length;
} Range;

typedef struct
{
  const MsKnownRow *old_rows;
  const MsKnownRow *new_rows;
  GHashTable       *touched;
  GHashTable       *new_ids;  /* id -> itself: seen after the change */
  GArray           *removed;  /* Range of old positions, ascending */
  GArray           *inserted; /* Range of new positions, ascending */
} Diff;

/* One stretch between two kept rows. Rows old_first … old_end - 1 of old_rows lie in it, likewise
 * for the new ones. */
typedef struct
{
  guint old_start, old_length, old_first, old_end;
  guint new_start, new_length, new_first, new_end;
} Gap;

static void
add_range (GArray *ranges, guint start, guint length)
{
  if (length == 0)
    return;
  if (ranges->len > 0)
    {
      Range *last = &g_array_index (ranges, Range, ranges->len - 1);
      if (last->start + last->length == start)
        {
          last->length += length;
          return;
        }
    }
  Range range = { start, length };
  g_array_append_val (ranges, range);
}

static int
compare_ranges (gconstpointer a, gconstpointer b)
{
  const Range *first = a, *second = b;

  return first->start < second->start ? -1 : first->start > second->start;
}

static gboolean
is_touched (Diff *diff, const char *id)
{
  return diff->touched == NULL || g_hash_table_contains (diff->touched, id);
}

/* Takes @count of the @length rows from @start that nobody knew into @ranges, the last ones first.
 * Those that are known among them are @rows from @first to before @after. Returns how many it could
 * not. */
static guint
take_unknown (const MsKnownRow *rows,
              guint             first,
              guint             after,
              guint             start,
              guint             length,
              GArray           *ranges,
              guint             count)
{
  guint end = start + length;

  for (guint i = after; count > 0; i--)
    {
      guint from = i > first ? rows[i - 1].position + 1 : start;
      guint take = MIN (count, end - from);
      Range range = { end - take, take };

      if (take > 0)
        g_array_append_val (ranges, range);
      count -= take;
      if (i == first)
        break;
      end = rows[i - 1].position;
    }
  return count;
}

static guint
remove_unknown (Diff *diff, Gap *gap, GArray *ranges, guint count)
{
  return take_unknown (
      diff->old_rows, gap->old_first, gap->old_end, gap->old_start, gap->old_length, ranges, count);
}

static guint
insert_known (Diff *diff, Gap *gap, GArray *ranges, guint count, gboolean touched)
{
  for (guint i = gap->new_first; i < gap->new_end && count > 0; i++)
    {
      Range range = { diff->new_rows[i].position, 1 };

      if (is_touched (diff, diff->new_rows[i].id) != touched)
        continue;
      g_array_append_val (ranges, range);
      count--;
    }
  return count;
}

static guint
insert_unknown (Diff *diff, Gap *gap, GArray *ranges, guint count)
{
  return take_unknown (
      diff->new_rows, gap->new_first, gap->new_end, gap->new_start, gap->new_length, ranges, count);
}

/* Marks @count new rows of @gap as inserted. A row that was not touched and comes into sight was
 * there before, out of sight: it is the last to be taken for a new one. */
static void
insert_rows (Diff *diff, Gap *gap, GArray *ranges, guint count)
{
  count = insert_known (diff, gap, ranges, count, TRUE);
  count = insert_unknown (diff, gap, ranges, count);
  count = insert_known (diff, gap, ranges, count, FALSE);
  g_assert (count == 0);
}

static void
merge_ranges (GArray *into, GArray *ranges)
{
  g_array_sort (ranges, compare_ranges);
  for (guint i = 0; i < ranges->len; i++)
    add_range (
        into, g_array_index (ranges, Range, i).start, g_array_index (ranges, Range, i).length);
}

static void
diff_gap (Diff *diff, Gap *gap)
{
  g_autoptr (GArray) removed = g_array_new (FALSE, FALSE, sizeof (Range));
  g_autoptr (GArray) inserted = g_array_new (FALSE, FALSE, sizeof (Range));
  guint room
      = gap->new_length - (gap->new_end - gap->new_first); /* new rows that nobody has seen */
  guint stay = gap->old_length;

  for (guint i = gap->old_first; i < gap->old_end; i++)
    {
      const MsKnownRow *row = &diff->old_rows[i];
      Range             range = { row->position, 1 };

      if (!is_touched (diff, row->id) && room > 0
          && !g_hash_table_contains (diff->new_ids, row->id))
        {
          room--;
          continue;
        }
      g_array_append_val (removed, range);
      stay--;
    }

  if (stay > gap->new_length)
    {
      /* Rows that stay known always have room, so what is too many was unknown. */
      guint left = remove_unknown (diff, gap, removed, stay - gap->new_length);
      g_assert (left == 0);
    }
  else if (stay < gap->new_length)
    insert_rows (diff, gap, inserted, gap->new_length - stay);

  merge_ranges (diff->removed, removed);
  merge_ranges (diff->inserted, inserted);
}

/* Keeps the longest run of matches, among those that @wanted says, that goes up on both sides. */
static void
keep_longest_run (const int *match, const gboolean *wanted, gboolean *kept, guint n_rows)
{
  g_autofree guint *tails
      = g_new (guint, n_rows + 1); /* new index that ends the best run of each length */
  g_autofree int *before = g_new (int, n_rows + 1);
  guint           length = 0;

  for (guint i = 0; i < n_rows; i++)
    {
      guint low = 0, high = length;

      if (!wanted[i])
        continue;
      while (low < high)
        {
          guint middle = low + (high - low) / 2;
          if (match[tails[middle]] < match[i])
            low = middle + 1;
          else
            high = middle;
        }
      before[i] = low > 0 ? (int) tails[low - 1] : -1;
      tails[low] = i;
      length = MAX (length, low + 1);
    }
  for (int i = length > 0 ? (int) tails[length - 1] : -1; i >= 0; i = before[i])
    kept[i] = TRUE;
}

/* Adds the matches that fit between those that are kept already. */
static void
keep_what_fits (const int *match, gboolean *kept, guint n_rows, guint n_old_rows)
{
  g_autofree int *next = g_new (int, n_rows + 1);
  int             last = -1;

  next[n_rows] = (int) n_old_rows;
  for (guint i = n_rows; i > 0; i--)
    next[i - 1] = kept[i - 1] ? match[i - 1] : next[i];
  for (guint i = 0; i < n_rows; i++)
    {
      if (!kept[i] && match[i] > last && match[i] < next[i])
        kept[i] = TRUE;
      if (kept[i])
        last = match[i];
    }
}

/* For every new row the index of the same old row where it stays in its order, or -1. Where the
 * order changed, it is the touched rows that moved: they are fitted in after the others have found
 * their place. */
static int *
match_rows (Diff *diff, guint n_old_rows, guint n_new_rows)
{
  g_autoptr (GHashTable) old_index = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree gboolean *wanted = g_new0 (gboolean, n_new_rows + 1);
  g_autofree gboolean *kept = g_new0 (gboolean, n_new_rows + 1);
  int                 *match = g_new (int, n_new_rows + 1);

  for (guint i = 0; i < n_old_rows; i++)
    g_hash_table_insert (old_index, (gpointer) diff->old_rows[i].id, GUINT_TO_POINTER (i + 1));
  for (guint i = 0; i < n_new_rows; i++)
    {
      match[i] = (int) GPOINTER_TO_UINT (g_hash_table_lookup (old_index, diff->new_rows[i].id)) - 1;
      wanted[i]
          = match[i] >= 0 && (diff->touched == NULL || !is_touched (diff, diff->new_rows[i].id));
    }
  keep_longest_run (match, wanted, kept, n_new_rows);
  keep_what_fits (match, kept, n_new_rows, n_old_rows);
  for (guint i = 0; i < n_new_rows; i++)
    if (!kept[i])
      match[i] = -1;
  return match;
}

static GArray *
ranges_to_splices (GArray *removed, GArray *inserted)
{
  GArray *splices = g_array_new (FALSE, FALSE, sizeof (MsSplice));
  guint   r = 0, i = 0;
  gint64  shift = 0; /* from old positions to new ones, so far */

  while (r < removed->len || i < inserted->len)
    {
      Range    gone = r < removed->len ? g_array_index (removed, Range, r) : (Range){ 0 };
      Range    come = i < inserted->len ? g_array_index (inserted, Range, i) : (Range){ 0 };
      gint64   gone_at = gone.length > 0 ? (gint64) gone.start + shift : G_MAXINT64;
      gint64   come_at = come.length > 0 ? (gint64) come.start : G_MAXINT64;
      MsSplice splice = { (guint) MIN (gone_at, come_at), 0, 0 };

      if (gone_at <= come_at)
        {
          splice.removed = gone.length;
          r++;
        }
      if (come_at <= gone_at)
        {
          splice.added = come.length;
          i++;
        }
      shift += (gint64) splice.added - (gint64) splice.removed;
      g_array_append_val (splices, splice);
    }

  if (splices->len > MAX_SPLICES)
    {
      MsSplice first = g_array_index (splices, MsSplice, 0);
      MsSplice last = g_array_index (splices, MsSplice, splices->len - 1);
      MsSplice all = { first.position, 0, last.position + last.added - first.position };

      all.removed = (guint) ((gint64) all.added - shift);
      g_array_set_size (splices, 0);
      g_array_append_val (splices, all);
    }
  return splices;
}

GArray *
ms_remote_diff (const MsKnownRow *old_rows,
                guint             n_old_rows,
                guint             old_total,
                const MsKnownRow *new_rows,
                guint             n_new_rows,
                guint             new_total,
                GHashTable       *touched)
{
  g_autoptr (GHashTable) new_ids = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GArray) removed = g_array_new (FALSE, FALSE, sizeof (Range));
  g_autoptr (GArray) inserted = g_array_new (FALSE, FALSE, sizeof (Range));
  Diff diff = { old_rows, new_rows, touched, new_ids, removed, inserted };
  Gap  gap = { 0 };

  /* Answers of two requests may contradict each other; a row that was seen is there. */
  if (n_old_rows > 0)
    old_total = MAX (old_total, old_rows[n_old_rows - 1].position + 1);
  if (n_new_rows > 0)
    new_total = MAX (new_total, new_rows[n_new_rows - 1].position + 1);

  for (guint i = 0; i < n_new_rows; i++)
    g_hash_table_add (new_ids, (gpointer) new_rows[i].id);
  g_autofree int *match = match_rows (&diff, n_old_rows, n_new_rows);

  for (guint i = 0; i <= n_new_rows; i++)
    {
      if (i < n_new_rows && match[i] < 0)
        continue;
      guint old_position = i < n_new_rows ? old_rows[match[i]].position : old_total;
      guint new_position = i < n_new_rows ? new_rows[i].position : new_total;

      gap.old_end = i < n_new_rows ? (guint) match[i] : n_old_rows;
      gap.new_end = i;
      gap.old_length = old_position - gap.old_start;
      gap.new_length = new_position - gap.new_start;
      diff_gap (&diff, &gap);
      gap = (Gap){ .old_start = old_position + 1,
                   .old_first = gap.old_end + 1,
                   .new_start = new_position + 1,
                   .new_first = i + 1 };
    }
  return ranges_to_splices (removed, inserted);
}
