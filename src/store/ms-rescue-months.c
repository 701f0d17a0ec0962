/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is known month by month, out of a damaged store. Months are looked for by their object, and
 * one wrong number on the way to them leads astray without an error. So they are gone through once,
 * in their order, and counted. Where an object has others than are found by looking, those of all
 * such objects are gone through again and kept: never in a store in which nothing is wrong.
 *
 * Which of two that are not in their order is the wrong one, is seen from the one before them:
 * after a number that became too large, all that follow would be too small.
 */
#include "ms-rescue-private.h"

#include "ms-error.h"

#include <string.h>

/* Who finds more of what is out of its order has a table that is no tree any more. */
#define MOST_ASTRAY 1000
/* Of months that are kept: some 50 MB. */
#define MOST_KEPT 1000000

#define COLUMNS "period, mailboxes, stored_bytes, stored_messages, sent_messages, sent_bytes, obj"

typedef void (*MonthFunc) (MsRescue *self, gint64 row, const MsUsagePeriod *period);

static MsUsagePeriod
read_month (MsStatement *found)
{
  return (MsUsagePeriod){ ms_statement_get_int (found, 0), ms_statement_get_int (found, 1),
                          ms_statement_get_int (found, 2), ms_statement_get_int (found, 3),
                          ms_statement_get_int (found, 4), ms_statement_get_int (found, 5) };
}

typedef struct
{
  gint64        row;
  MsUsagePeriod period;
} Month;

static gboolean
is_after (const Month *one, const Month *other)
{
  return one->row != other->row ? one->row > other->row : one->period.period > other->period.period;
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  gint64 one = *(const gint64 *) a;
  gint64 other = *(const gint64 *) b;

  return (one > other) - (one < other);
}

/* Of the store, and of objects that were found: whoever else is named may be a wrong number, and
 * several of such follow each other. Sorted. (element-type gint64) */
static GArray *
list_rows (MsRescue *self)
{
  GArray *rows = g_array_sized_new (FALSE, TRUE, sizeof (gint64), self->places->len + 1);

  g_array_set_size (rows, 1);
  for (guint i = 0; i < self->places->len; i++)
    g_array_append_val (rows, g_array_index (self->places, MsRescuePlace, i).row);
  g_array_sort (rows, compare_rows);
  return rows;
}

/* All that are in their order, as far as the table can be read: each when the next one is known, by
 * which it is judged. @astray: (out): how many are not */
static void
for_each_month (MsRescue *self, MonthFunc func, guint *astray, GError **lost)
{
  Month    last = { -1, { 0 } }; /* of an object that is there */
  Month    at = last;
  gboolean more = FALSE;
  g_autoptr (GArray) rows = list_rows (self);

  *astray = 0;
  self->from->lost = FALSE;
  g_autoptr (MsStatement) found = ms_sql_query (
      self->from, lost, "SELECT " COLUMNS " FROM usage_period ORDER BY obj, period", "");
  if (found != NULL)
    ms_statement_expect_many (found);
  while (found != NULL && *astray < MOST_ASTRAY && ms_statement_step (found, &more, lost) && more)
    {
      Month next = { ms_statement_get_int (found, 6), read_month (found) };
      if (is_after (&next, &at))
        {
          if (at.row >= 0)
            func (self, at.row, &at.period);
          if (at.row == last.row || g_array_binary_search (rows, &at.row, compare_rows, NULL))
            last = at;
          at = next;
          continue;
        }
      (*astray)++;
      if (is_after (&next, &last))
        at = next; /* that one was too large; else this one is too small */
    }
  if (at.row >= 0)
    func (self, at.row, &at.period);
  self->from->lost = FALSE;
}

static void
count_month (MsRescue *self, gint64 row, const MsUsagePeriod *period)
{
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->months, &row)) + 1;

  g_hash_table_insert (self->months, g_memdup2 (&row, sizeof row), GUINT_TO_POINTER (count));
}

static void
keep_month (MsRescue *self, gint64 row, const MsUsagePeriod *period)
{
  GArray *kept = g_hash_table_lookup (self->kept_months, &row);

  if (kept == NULL || self->n_kept >= MOST_KEPT)
    return;
  g_array_append_val (kept, *period);
  self->n_kept++;
}

static GArray *
new_months (void)
{
  return g_array_new (FALSE, FALSE, sizeof (MsUsagePeriod));
}

void
ms_rescue_scan_months (MsRescue *self)
{
  guint astray = 0;
  g_autoptr (GError) lost = NULL;

  for_each_month (self, count_month, &astray, &lost);
  self->has_counted = lost == NULL && astray < MOST_ASTRAY;
  self->has_lost_months = lost != NULL || astray > 0;
  if (lost != NULL)
    ms_rescue_lose (self, "what was used month by month, from some place on: %s", lost->message);
  if (astray > 0)
    ms_rescue_lose (self,
                    "%s%u months of what was used, which are in places of others",
                    astray < MOST_ASTRAY ? "" : "more than ",
                    astray);
}

static GArray *
look_for_months (MsRescue *self, gint64 row, GError **lost)
{
  GArray *months = new_months ();
  gint64  last = G_MININT64;
  g_autoptr (MsStatement) found = ms_rescue_ask (
      self, "SELECT " COLUMNS " FROM usage_period WHERE obj = $1 ORDER BY period", row, lost);

  for (gboolean more = found != NULL; more;)
    {
      MsUsagePeriod period = read_month (found);
      if (!ms_sql_check_numbers (self->from, "months by number", last, period.period, lost))
        break;
      last = period.period;
      g_array_append_val (months, period);
      if (!ms_statement_step (found, &more, lost))
        break;
    }
  self->from->lost = FALSE;
  return months;
}

/* What is found and was not counted is in the place of another one, or after where counting ended.
 */
static gboolean
is_right (MsRescue *self, guint found, guint counted)
{
  return self->has_counted ? found == counted : found >= counted;
}

/* Those of objects, of which months are still to be taken, that are not found where they are looked
 * for. */
static void
keep_months (MsRescue *self)
{
  GHashTableIter iter;
  gpointer       row, count;
  guint          astray = 0; /* which was told */

  self->has_kept = TRUE;
  g_hash_table_iter_init (&iter, self->months);
  while (g_hash_table_iter_next (&iter, &row, &count))
    {
      g_autoptr (GArray) months = look_for_months (self, *(gint64 *) row, NULL);
      if (!is_right (self, months->len, GPOINTER_TO_UINT (count)))
        g_hash_table_insert (self->kept_months, g_memdup2 (row, sizeof (gint64)), new_months ());
    }
  for_each_month (self, keep_month, &astray, NULL);
}

GArray *
ms_rescue_read_months (MsRescue *self, gint64 row, GError **lost)
{
  if (!self->has_periods)
    return new_months ();
  guint counted = GPOINTER_TO_UINT (g_hash_table_lookup (self->months, &row));
  g_autoptr (GError) failed = NULL;
  g_autoptr (GArray) months = look_for_months (self, row, &failed);
  if (!is_right (self, months->len, counted) && !self->has_kept)
    keep_months (self);
  GArray  *kept = g_hash_table_lookup (self->kept_months, &row);
  gboolean is_whole = kept != NULL && kept->len == counted;
  if (is_whole || (kept != NULL && kept->len > months->len))
    {
      g_array_unref (months);
      months = g_array_ref (kept);
    }
  if (counted > months->len && failed == NULL)
    g_set_error (&failed,
                 MS_ERROR,
                 MS_ERROR_INTERNAL,
                 "%u of its %u months are not where they are looked for",
                 counted - months->len,
                 counted);
  /* Where all of them were kept, what was in the way to them cost nothing. */
  if (failed != NULL && !is_whole && *lost == NULL)
    g_propagate_error (lost, g_steal_pointer (&failed));
  g_hash_table_remove (self->months, &row);
  return g_steal_pointer (&months);
}

/* Who finds fewer months than there are, and no error, has a page that says that it has fewer: the
 * database sees what lies in it besides. */
static void
check_table (MsRescue *self)
{
  gboolean row = FALSE;
  g_autoptr (GError) local_error = NULL;

  self->from->lost = FALSE;
  g_autoptr (MsStatement) found
             = ms_sql_query (self->from, &local_error, "PRAGMA quick_check('usage_period')", "");
  const char *says = found != NULL && ms_statement_step (found, &row, &local_error) && row
                         ? ms_statement_get_text (found, 0)
                         : NULL;
  if (says == NULL)
    says = local_error != NULL ? local_error->message : "?";
  if (strcmp (says, "ok") != 0)
    ms_rescue_lose (self, "perhaps some months of what was used, for the table has: %s", says);
  self->from->lost = FALSE;
}

void
ms_rescue_compare_months (MsRescue *self)
{
  GHashTableIter iter;
  gpointer       count;
  guint          months = 0;

  g_hash_table_iter_init (&iter, self->months);
  while (g_hash_table_iter_next (&iter, NULL, &count))
    months += GPOINTER_TO_UINT (count);
  if (months > 0)
    ms_rescue_lose (self,
                    months == 1 ? "%u month of what was used by none that was saved"
                                : "%u months of what was used by none that was saved",
                    months);
  const char *name = self->first_cut;
  if (self->n_cut == 1)
    ms_rescue_lose (self,
                    "what was used month by month: the last month of %s%s%s is not there, nor"
                    " perhaps others",
                    name != NULL ? "“" : "",
                    name != NULL ? name : "the store",
                    name != NULL ? "”" : "");
  else if (self->n_cut > 1)
    ms_rescue_lose (self,
                    "what was used month by month: the last months of %u mail groups, domains or"
                    " the store are not there, nor perhaps others",
                    self->n_cut);
  if (self->has_periods && months == 0 && self->n_cut == 0 && !self->has_lost_months)
    check_table (self);
}
