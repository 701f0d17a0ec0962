/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-presence.h.
 */
#include "ms-presence.h"

#include "ms-error.h"

#include <string.h>

/* Reading ------------------------------------------------------------------------------------- */

MsRowSet *
ms_presence_load (MsSql *sql, gint64 attr, const char *key, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsRowSet) set = ms_row_set_new ();
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql,
                             error,
                             "SELECT block, bits FROM presence WHERE attr = $1 AND key = $2"
                             " ORDER BY block",
                             "is",
                             attr,
                             key);

  if (statement == NULL)
    return NULL;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&set);
      gint64 block = ms_statement_get_int (statement, 0);
      if (block < 0 || block >= MS_ROW_SET_MAX_BLOCKS)
        {
          ms_error_set (error, MS_ERROR_INTERNAL, NULL, NULL, "The store's lists are damaged");
          return NULL;
        }
      g_autoptr (GBytes) bits = ms_statement_dup_blob (statement, 1);
      ms_row_set_set_block (set, block, bits);
    }
}

gboolean
ms_presence_count (MsSql *sql, gint64 attr, const char *key, gint64 *count, GError **error)
{
  *count = 0;
  return ms_sql_get_int (sql,
                         count,
                         error,
                         "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM presence"
                         " WHERE attr = $1 AND key = $2",
                         "is",
                         attr,
                         key);
}

/* Writing ------------------------------------------------------------------------------------- */

static gboolean
store_block (
    MsSql *sql, gint64 attr, const char *key, gint64 block, const guint8 *bits, GError **error)
{
  g_autoptr (GBytes) blob = g_bytes_new (bits, MS_ROW_SET_BLOCK_BYTES);

  return ms_sql_run (sql,
                     error,
                     "INSERT INTO presence (attr, key, block, n, bits) VALUES ($1, $2, $3, $4, $5)"
                     " ON CONFLICT (attr, key, block) DO UPDATE"
                     " SET n = excluded.n, bits = excluded.bits",
                     "isiib",
                     attr,
                     key,
                     block,
                     ms_row_set_count_bits (bits, MS_ROW_SET_BLOCK_BYTES),
                     blob);
}

static gboolean
load_block (MsSql *sql, gint64 attr, const char *key, gint64 block, guint8 *bits, GError **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      sql,
      error,
      "SELECT bits FROM presence WHERE attr = $1 AND key = $2 AND block = $3",
      "isi",
      attr,
      key,
      block);

  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  if (!row)
    return TRUE;
  gsize size = 0;
  g_autoptr (GBytes) blob = ms_statement_dup_blob (statement, 0);
  const guint8 *data = g_bytes_get_data (blob, &size);
  if (size > 0)
    memcpy (bits, data, MIN (size, MS_ROW_SET_BLOCK_BYTES));
  return TRUE;
}

gboolean
ms_presence_change (MsSql                  *sql,
                    gint64                  attr,
                    const char             *key,
                    const MsPresenceChange *changes,
                    guint                   count,
                    GError                **error)
{
  guint8 bits[MS_ROW_SET_BLOCK_BYTES] = { 0 };
  gint64 block = changes[0].row / MS_ROW_SET_BLOCK_ROWS;

  if (!load_block (sql, attr, key, block, bits, error))
    return FALSE;
  for (guint i = 0; i < count; i++)
    {
      gint64 row = changes[i].row % MS_ROW_SET_BLOCK_ROWS;
      guint8 mask = (guint8) (1 << (row % 8));

      g_assert (changes[i].row / MS_ROW_SET_BLOCK_ROWS == block);
      if (changes[i].present)
        bits[row / 8] |= mask;
      else
        bits[row / 8] &= (guint8) ~mask;
    }
  return store_block (sql, attr, key, block, bits, error);
}

/* Rebuilding ---------------------------------------------------------------------------------- */

static gboolean
store_set (MsSql *sql, gint64 attr, const char *key, const MsRowSet *set, GError **error)
{
  for (gint64 i = 0; i < ms_row_set_get_n_blocks (set); i++)
    {
      const guint8 *bits = ms_row_set_get_block (set, i);
      if (ms_row_set_count_bits (bits, MS_ROW_SET_BLOCK_BYTES) > 0
          && !store_block (sql, attr, key, i, bits, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
store_sets (MsSql *sql, gint64 attr, GHashTable *sets, GError **error)
{
  GHashTableIter iter;
  const char    *key;
  MsRowSet      *set;

  if (!ms_sql_run (sql, error, "DELETE FROM presence WHERE attr = $1", "i", attr))
    return FALSE;
  g_hash_table_iter_init (&iter, sets);
  while (g_hash_table_iter_next (&iter, (gpointer *) &key, (gpointer *) &set))
    if (!store_set (sql, attr, key, set, error))
      return FALSE;
  return TRUE;
}

static MsRowSet *
require_set (GHashTable *sets, const char *key)
{
  MsRowSet *set = g_hash_table_lookup (sets, key);

  if (set == NULL)
    {
      set = ms_row_set_new ();
      g_hash_table_insert (sets, g_strdup (key), set);
    }
  return set;
}

/* @statement: (transfer full) (nullable): its rows are a row number and, with @by_key, a key */
static gboolean
rebuild (MsSql *sql, gint64 attr, MsStatement *rows, gboolean by_key, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = rows;
  g_autoptr (GHashTable) sets = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) ms_row_set_free);
  MsRowSet *any = require_set (sets, MS_PRESENCE_ANY);

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return store_sets (sql, attr, sets, error);
      gint64      n = ms_statement_get_int (statement, 0);
      const char *key = by_key ? ms_statement_get_text (statement, 1) : NULL;
      ms_row_set_add (any, n);
      if (key != NULL && *key != '\0')
        ms_row_set_add (require_set (sets, key), n);
    }
}

gboolean
ms_presence_rebuild_objects (MsSql *sql, gint64 attr, const MsResourceType *type, GError **error)
{
  return rebuild (
      sql,
      attr,
      ms_sql_query (
          sql, error, "SELECT n FROM object WHERE type = $1 AND deleted IS NULL", "s", type->name),
      FALSE,
      error);
}

gboolean
ms_presence_rebuild_leaf (MsSql *sql, const MsIndexLeaf *leaf, GError **error)
{
  return rebuild (
      sql,
      leaf->attr,
      ms_sql_query (
          sql, error, "SELECT obj, key FROM value WHERE attr = $1 AND elem = 0", "i", leaf->attr),
      leaf->is_listed,
      error);
}

gboolean
ms_presence_rebuild_relation (MsSql *sql, const MsIndexRelation *relation, GError **error)
{
  return rebuild (
      sql,
      relation->attr,
      ms_sql_query (sql, error, "SELECT from_n FROM link WHERE attr = $1", "i", relation->attr),
      FALSE,
      error);
}
