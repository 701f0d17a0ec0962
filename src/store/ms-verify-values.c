/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The index "value" with the objects that it is made from, and with the readings. It is in another
 * order than these, and to sort it would take as much room again; so both sides are summed up, in
 * no order, for each of some ten thousand ranges of objects. Where the sums differ, and only there,
 * both are sorted and compared row by row.
 */
#include "ms-verify-private.h"

#include "ms-txn-private.h"
#include "ms-usage-index.h"

#include <string.h>

#define RANGES 16384
/* Objects whose rows are sorted at a time. */
#define WINDOW 50000

/**
 * MsVerifySums:
 * @salt: so that nobody can write rows whose sums meet those of others
 * @width: objects in a range; the last one has all that is beyond
 * @sums: what there should be less what there is
 */
struct _MsVerifySums
{
  guint64 salt;
  gint64  width;
  guint64 sums[RANGES];
};

MsVerifySums *
ms_verify_sums_new (MsVerifier *verifier, GError **error)
{
  gint64 last = 0;

  if (!ms_sql_get_int (
          verifier->txn->sql, &last, error, "SELECT COALESCE (max (n), 0) FROM object", ""))
    return NULL;
  MsVerifySums *self = g_new0 (MsVerifySums, 1);
  self->salt = ((guint64) g_random_int () << 32) | g_random_int ();
  self->width = last / RANGES + 1;
  return self;
}

void
ms_verify_sums_free (MsVerifySums *self)
{
  g_free (self);
}

static guint
find_range (const MsVerifySums *self, gint64 object)
{
  return (guint) CLAMP (object / self->width, 0, RANGES - 1);
}

/* Of one row. (FNV-1a, with stirs so that sums do not meet by chance.) */
static guint64
digest (const MsVerifySums *self, gint64 attr, const char *key, gint64 object, gint64 elem)
{
  guint64 hash = self->salt ^ 0xcbf29ce484222325;

  for (const char *p = key; *p != '\0'; p++)
    hash = (hash ^ (guint8) *p) * 0x100000001b3;
  hash = (hash ^ (guint64) attr) * 0x9e3779b97f4a7c15;
  hash = (hash ^ (hash >> 32) ^ (guint64) object) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 29) ^ (guint64) elem) * 0x94d049bb133111eb;
  return hash ^ (hash >> 32);
}

static void
expect_rows (MsVerifySums *self, GArray *rows, gint64 place)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const MsIndexRow *row = &g_array_index (rows, MsIndexRow, i);
      self->sums[find_range (self, place)] += digest (self, row->attr, row->key, place, row->elem);
    }
}

void
ms_verify_sums_expect (MsVerifySums *self, MsIndex *index, MsObject *object)
{
  g_autoptr (GArray) rows = ms_index_collect_rows (index, object);

  expect_rows (self, rows, ms_object_get_row (object));
}

/* Readings ------------------------------------------------------------------------------------ */

/* What no document says: readings of objects that are there, from row @first to before @end. */
static MsStatement *
query_readings (MsVerifier *self, gint64 first, gint64 end, GError **error)
{
  return ms_sql_query (self->txn->sql,
                       error,
                       "SELECT obj, " MS_USAGE_INDEXED " FROM usage_reading"
                       " WHERE grp >= 0 AND obj >= $1 AND obj < $2 ORDER BY obj",
                       "ii",
                       first,
                       end);
}

/* (element-type MsIndexRow) */
static GArray *
read_measured (MsVerifier *self, MsStatement *reading)
{
  gint64 values[MS_USAGE_N_INDEXED];

  for (guint i = 0; i < MS_USAGE_N_INDEXED; i++)
    values[i] = ms_statement_get_int (reading, i + 1);
  return ms_usage_index_rows (self->txn->index, values);
}

static gboolean
expect_readings (MsVerifier *self, GError **error)
{
  g_auto (MsVerifyCursor) readings = { 0 };

  if (!ms_verify_cursor_open (
          &readings, query_readings (self, G_MININT64, G_MAXINT64, error), error))
    return FALSE;
  while (readings.row)
    {
      g_autoptr (GArray) rows = read_measured (self, readings.statement);
      expect_rows (self->values, rows, ms_verify_cursor_get_object (&readings));
      if (!ms_verify_cursor_step (&readings, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_table (MsVerifier *verifier, GError **error)
{
  MsVerifySums *self = verifier->values;
  gboolean      row = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      verifier->txn->sql, error, "SELECT attr, key, obj, elem FROM value", "");

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  for (gint64 done = 0;; done++)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      gint64 object = ms_statement_get_int (statement, 2);
      self->sums[find_range (self, object)] -= digest (self,
                                                       ms_statement_get_int (statement, 0),
                                                       ms_statement_get_text (statement, 1),
                                                       object,
                                                       ms_statement_get_int (statement, 3));
      if (done % MS_VERIFY_PROGRESS_ROWS == 0
          && !ms_progress_report (verifier->progress, "checking the index", done, 0, error))
        return FALSE;
    }
}

/* Row by row ---------------------------------------------------------------------------------- */

static char *
make_key (gint64 attr, const char *key, gint64 elem)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s", attr, elem, key);
}

/* What is in the index of @row, which has no object there that could have it. */
static gboolean
complain_of_stray (MsVerifier *self, MsVerifyCursor *values, gint64 row, GError **error)
{
  if (g_hash_table_contains (self->unread, &row))
    return TRUE;
  g_autofree char *name
      = ms_verifier_dup_attribute (self, ms_statement_get_int (values->statement, 1), error);
  g_autofree char *place = name != NULL ? ms_verifier_dup_place (self, row, error) : NULL;
  if (place == NULL)
    return FALSE;
  ms_verifier_complain (self, "the index has a value of %s for %s", name, place);
  return TRUE;
}

static gboolean
pass_strays (MsVerifier *self, MsVerifyCursor *values, gint64 row, GError **error)
{
  while (ms_verify_cursor_get_object (values) < row)
    if (!complain_of_stray (self, values, ms_verify_cursor_get_object (values), error)
        || !ms_verify_cursor_step (values, error))
      return FALSE;
  return TRUE;
}

/* @expected: what is not found stays in it */
static gboolean
find_expected (MsVerifier     *self,
               MsObject       *object,
               GHashTable     *expected,
               MsVerifyCursor *values,
               GError        **error)
{
  while (ms_verify_cursor_get_object (values) == ms_object_get_row (object))
    {
      gint64           attr = ms_statement_get_int (values->statement, 1);
      g_autofree char *key = make_key (attr,
                                       ms_statement_get_text (values->statement, 2),
                                       ms_statement_get_int (values->statement, 3));
      if (!g_hash_table_remove (expected, key))
        {
          g_autofree char *name = ms_verifier_dup_attribute (self, attr, error);
          if (name == NULL)
            return FALSE;
          ms_verifier_complain_of (
              self, object, "the index has a value of %s that it does not have", name);
        }
      if (!ms_verify_cursor_step (values, error))
        return FALSE;
    }
  return TRUE;
}

static void
expect_keys (GHashTable *expected, GArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    {
      MsIndexRow *wanted = &g_array_index (rows, MsIndexRow, i);
      g_hash_table_insert (expected, make_key (wanted->attr, wanted->key, wanted->elem), wanted);
    }
}

/* @readings: not beyond that of @object. @rows: (out) (transfer full): what it gives */
static gboolean
take_reading (
    MsVerifier *self, MsObject *object, MsVerifyCursor *readings, GArray **rows, GError **error)
{
  gint64 row = ms_object_get_row (object);

  while (ms_verify_cursor_get_object (readings) < row)
    if (!ms_verify_cursor_step (readings, error))
      return FALSE;
  *rows = ms_verify_cursor_get_object (readings) == row
              ? read_measured (self, readings->statement)
              : g_array_new (FALSE, FALSE, sizeof (MsIndexRow));
  return TRUE;
}

static gboolean
compare_object (MsVerifier     *self,
                MsObject       *object,
                MsVerifyCursor *readings,
                MsVerifyCursor *values,
                GError        **error)
{
  g_autoptr (GArray) rows = ms_index_collect_rows (self->txn->index, object);
  g_autoptr (GArray) measured = NULL;
  g_autoptr (GHashTable) expected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer       row;

  if (!take_reading (self, object, readings, &measured, error))
    return FALSE;
  expect_keys (expected, rows);
  expect_keys (expected, measured);
  if (!pass_strays (self, values, ms_object_get_row (object), error)
      || !find_expected (self, object, expected, values, error))
    return FALSE;
  g_hash_table_iter_init (&iter, expected);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    ms_verifier_complain_of (self,
                             object,
                             "a value of its %s is not in the index",
                             ((MsIndexRow *) row)->leaf->attribute->path);
  return TRUE;
}

/* The objects from @first to before @end. */
static gboolean
compare_window (MsVerifier *self, gint64 first, gint64 end, GError **error)
{
  g_auto (MsVerifyCursor) values = { 0 };
  g_auto (MsVerifyCursor) objects = { 0 };
  g_auto (MsVerifyCursor) readings = { 0 };

  if (!ms_verify_cursor_open (&values,
                              ms_sql_query (self->txn->sql,
                                            error,
                                            "SELECT obj, attr, key, elem FROM value"
                                            " WHERE obj >= $1 AND obj < $2 ORDER BY obj",
                                            "ii",
                                            first,
                                            end),
                              error)
      || !ms_verify_cursor_open (&readings, query_readings (self, first, end, error), error)
      || !ms_verify_cursor_open (
          &objects, ms_txn_query_objects (self->txn, first, end, error), error))
    return FALSE;
  while (objects.row)
    {
      g_autoptr (MsObject) object = ms_txn_read_object (self->txn, objects.statement, NULL);
      /* What cannot be read was complained of before. */
      if (object != NULL && !compare_object (self, object, &readings, &values, error))
        return FALSE;
      if (!ms_verify_cursor_step (&objects, error))
        return FALSE;
    }
  return pass_strays (self, &values, G_MAXINT64, error);
}

/* The last range has no end; the first has what should not be there at all. */
static gboolean
compare_ranges (MsVerifier *self, guint first, guint last, GError **error)
{
  gint64 width = self->values->width;

  return compare_window (self,
                         first == 0 ? G_MININT64 : first * width,
                         last == RANGES - 1 ? G_MAXINT64 : (last + 1) * width,
                         error);
}

gboolean
ms_verifier_check_values (MsVerifier *self, GError **error)
{
  if (!expect_readings (self, error) || !take_table (self, error))
    return FALSE;
  for (guint i = 0; i < RANGES; i++)
    {
      if (self->values->sums[i] == 0)
        continue;
      guint first = i;
      for (guint j = i + 1; j < RANGES && (j - first + 1) * self->values->width <= WINDOW; j++)
        if (self->values->sums[j] != 0)
          i = j;
      if (!compare_ranges (self, first, i, error))
        return FALSE;
    }
  return TRUE;
}
