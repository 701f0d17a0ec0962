/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A store copied from one database to another, table by table as the catalogue of the source lists
 * them, so that no table can be forgotten. What is made from the objects is copied with them, since
 * row numbers stay as they are.
 *
 * The target is made and marked as incomplete first; then one transaction fills it, compares both
 * sides and takes the mark away. A target that is a file has another name until all that is done.
 * What has the mark, nobody has used yet: it may be filled again, whatever is in it.
 */
#include "ms-copy.h"

#include "ms-error.h"
#include "ms-integrity.h"
#include "ms-migrations.h"
#include "ms-new-file.h"
#include "ms-txn-private.h"

#include <string.h>

/* A statement inserts as many rows as have this many values, or this much text, together. */
#define BATCH_VALUES 2000
#define BATCH_BYTES (1024 * 1024)
#define PROGRESS_ROWS 10000

/**
 * Table:
 * @types: a letter for each column: "b" for bytes, any other for what can travel as text
 */
typedef struct
{
  char      *name;
  GPtrArray *columns;
  GString   *types;
} Table;

typedef struct
{
  MsTxn            *from;
  MsSql            *to;
  const MsProgress *progress;
  GPtrArray        *tables; /* Table: parents before children */
  char            **digest;
  gboolean          keeps_mark; /* more is to be done to the target */
} Copy;

static void
table_free (Table *self)
{
  g_free (self->name);
  g_ptr_array_unref (self->columns);
  g_string_free (self->types, TRUE);
  g_free (self);
}

static char *
join_columns (const Table *table)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < table->columns->len; i++)
    g_string_append_printf (
        out, "%s%s", i > 0 ? ", " : "", (const char *) table->columns->pdata[i]);
  return g_string_free (out, FALSE);
}

/* Tables -------------------------------------------------------------------------------------- */

static Table *
add_table (GPtrArray *tables, const char *name)
{
  Table *last = tables->len > 0 ? tables->pdata[tables->len - 1] : NULL;

  if (last != NULL && strcmp (last->name, name) == 0)
    return last;
  Table *table = g_new0 (Table, 1);
  table->name = g_strdup (name);
  table->columns = g_ptr_array_new_with_free_func (g_free);
  table->types = g_string_new (NULL);
  g_ptr_array_add (tables, table);
  return table;
}

/* (element-type Table): all but the one that the migrations keep */
static GPtrArray *
list_tables (MsSql *sql, GError **error)
{
  g_autoptr (GPtrArray) tables = g_ptr_array_new_with_free_func ((GDestroyNotify) table_free);
  g_autoptr (MsStatement) statement = ms_sql_query (sql, error, sql->driver->columns_query, "");
  gboolean row = TRUE;

  if (statement == NULL)
    return NULL;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&tables);
      const char *name = ms_statement_get_text (statement, 0);
      if (strcmp (name, "store_info") == 0)
        continue;
      Table *table = add_table (tables, name);
      g_ptr_array_add (table->columns, ms_statement_dup_text (statement, 1));
      g_string_append (table->types, ms_statement_get_text (statement, 2));
    }
}

static gboolean
count_rows (MsSql *sql, const Table *table, gint64 *count, GError **error)
{
  /* Counted row by row, as they are read: SQLite counts those of a whole table in one step, which
   * nothing can end where its pages are damaged. */
  g_autofree char *text = g_strdup_printf ("SELECT count(*) FROM %s WHERE 1 = 1", table->name);

  return ms_sql_get_int (sql, count, error, text, "");
}

/* Rows ---------------------------------------------------------------------------------------- */

typedef struct
{
  Copy        *copy;
  const Table *table;
  GPtrArray   *values; /* char * or GBytes *, by the column's type; NULL is NULL */
  gsize        bytes;
} Batch;

static void
batch_clear (Batch *self)
{
  for (guint i = 0; i < self->values->len; i++)
    {
      gpointer value = self->values->pdata[i];
      if (value != NULL && self->table->types->str[i % self->table->types->len] == 'b')
        g_bytes_unref (value);
      else
        g_free (value);
    }
  g_ptr_array_set_size (self->values, 0);
  self->bytes = 0;
}

static char *
make_insert (const Table *table, guint rows)
{
  g_autofree char *columns = join_columns (table);
  GString         *text = g_string_new (NULL);
  guint            parameter = 1;

  g_string_append_printf (text, "INSERT INTO %s (%s) VALUES ", table->name, columns);
  for (guint i = 0; i < rows; i++)
    {
      g_string_append (text, i > 0 ? ", (" : "(");
      for (guint j = 0; j < table->columns->len; j++)
        g_string_append_printf (text, "%s$%u", j > 0 ? ", " : "", parameter++);
      g_string_append_c (text, ')');
    }
  return g_string_free (text, FALSE);
}

static gboolean
batch_write (Batch *self, GError **error)
{
  const Table *table = self->table;
  MsSql       *to = self->copy->to;

  if (self->values->len == 0)
    return TRUE;
  g_autofree char *text = make_insert (table, self->values->len / table->columns->len);
  g_autoptr (MsStatement) statement = ms_sql_prepare (to, text, error);
  if (statement == NULL)
    return FALSE;
  for (guint i = 0; i < self->values->len; i++)
    if (table->types->str[i % table->types->len] == 'b')
      to->driver->bind_blob (statement, i + 1, self->values->pdata[i]);
    else
      to->driver->bind_text (statement, i + 1, self->values->pdata[i]);
  batch_clear (self);
  return ms_statement_run (statement, error);
}

static gboolean
batch_add (Batch *self, MsStatement *row, GError **error)
{
  const Table *table = self->table;

  for (guint i = 0; i < table->columns->len; i++)
    if (table->types->str[i] == 'b')
      {
        GBytes *bytes = row->sql->driver->dup_blob (row, i);
        self->bytes += bytes != NULL ? g_bytes_get_size (bytes) : 0;
        g_ptr_array_add (self->values, bytes);
      }
    else
      {
        char *text = ms_statement_dup_text (row, i);
        self->bytes += text != NULL ? strlen (text) : 0;
        g_ptr_array_add (self->values, text);
      }
  if (self->bytes < BATCH_BYTES && self->values->len + table->columns->len <= BATCH_VALUES)
    return TRUE;
  return batch_write (self, error);
}

static gboolean
copy_rows (Batch *batch, gint64 total, GError **error)
{
  Copy            *copy = batch->copy;
  g_autofree char *columns = join_columns (batch->table);
  g_autofree char *text = g_strdup_printf ("SELECT %s FROM %s", columns, batch->table->name);
  g_autofree char *step = g_strdup_printf ("copying %s", batch->table->name);
  g_autoptr (MsStatement) statement = ms_sql_query (copy->from->sql, error, text, "");
  gboolean row = TRUE;

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  for (gint64 done = 0;; done++)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if ((done % PROGRESS_ROWS == 0 || !row)
          && !ms_progress_report (copy->progress, step, done, total, error))
        return FALSE;
      if (!row)
        return batch_write (batch, error);
      if (!batch_add (batch, statement, error))
        return FALSE;
    }
}

static gboolean
copy_table (Copy *self, const Table *table, GError **error)
{
  Batch  batch = { self, table, g_ptr_array_new (), 0 };
  gint64 expected = 0;
  gint64 found = -1;

  gboolean done = count_rows (self->from->sql, table, &expected, error)
                  && copy_rows (&batch, expected, error)
                  && count_rows (self->to, table, &found, error);
  batch_clear (&batch);
  g_ptr_array_unref (batch.values);
  if (!done)
    {
      g_prefix_error (error, "Copying the table “%s”: ", table->name);
      return FALSE;
    }
  if (found == expected)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INTERNAL,
                NULL,
                NULL,
                "The copy of the table “%s” has %" G_GINT64_FORMAT " rows, not %" G_GINT64_FORMAT,
                table->name,
                found,
                expected);
  return FALSE;
}

/* All of it ----------------------------------------------------------------------------------- */

static gboolean
compare (Copy *self, GError **error)
{
  if (!ms_progress_report (self->progress, "comparing", 0, 0, error))
    return FALSE;
  g_autofree char *expected = ms_txn_digest (self->from, MS_DIGEST_WHOLE, error);
  if (expected == NULL || !ms_progress_report (self->progress, "comparing", 1, 2, error))
    return FALSE;
  MsTxn           *txn = ms_txn_new (self->from->store, self->to, NULL);
  g_autofree char *found = ms_txn_digest (txn, MS_DIGEST_WHOLE, error);
  ms_txn_free (txn);
  if (found == NULL || !ms_progress_report (self->progress, "comparing", 2, 2, error))
    return FALSE;
  if (strcmp (expected, found) != 0)
    {
      ms_error_set (error,
                    MS_ERROR_INTERNAL,
                    NULL,
                    NULL,
                    "The copy of the store differs from it (digest %s, not %s)",
                    found,
                    expected);
      return FALSE;
    }
  if (self->digest != NULL)
    *self->digest = g_steal_pointer (&found);
  return TRUE;
}

/* Whose mark it is: that of this program's run. */
static const char *
get_token (void)
{
  static gsize token;

  if (g_once_init_enter (&token))
    g_once_init_leave (&token, (gsize) g_uuid_string_random ());
  return (const char *) token;
}

static gboolean
put_mark (MsSql *sql, GError **error)
{
  return ms_sql_run (sql,
                     error,
                     "INSERT INTO setting (name, value) VALUES ('" MS_SETTING_INCOMPLETE "', $1)"
                     " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                     "s",
                     get_token ());
}

/* Whether it is there still: another program may have begun a copy into the same store. */
static gboolean
check_mark (MsSql *sql, GError **error)
{
  gint64 marks = 0;

  if (!ms_sql_get_int (sql,
                       &marks,
                       error,
                       "SELECT count(*) FROM setting"
                       " WHERE name = '" MS_SETTING_INCOMPLETE "' AND value = $1",
                       "s",
                       get_token ()))
    return FALSE;
  if (marks > 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                NULL,
                "Another program copies into the store %s, or has done so",
                sql->database->name);
  return FALSE;
}

/* Within the transaction. What the migrations put into their tables, or an earlier attempt, gives
 * way to what the source has there. */
static gboolean
fill (Copy *self, GError **error)
{
  if (!check_mark (self->to, error) || !ms_integrity_relax (self->to, error))
    return FALSE;
  for (guint i = self->tables->len; i > 0; i--)
    {
      const Table     *table = self->tables->pdata[i - 1];
      g_autofree char *text = g_strdup_printf ("DELETE FROM %s", table->name);
      if (!ms_sql_run (self->to, error, text, ""))
        return FALSE;
    }
  for (guint i = 0; i < self->tables->len; i++)
    if (!copy_table (self, self->tables->pdata[i], error))
      return FALSE;
  return ms_integrity_tighten (self->to, error) && self->to->driver->rows_copied (self->to, error)
         && compare (self, error) && (!self->keeps_mark || put_mark (self->to, error));
}

static gboolean
fill_in_transaction (Copy *self, GError **error)
{
  const MsSqlDriver *driver = self->to->driver;

  if (!driver->begin (self->to, error))
    return FALSE;
  if (fill (self, error) && driver->commit (self->to, error))
    return TRUE;
  driver->rollback (self->to);
  return FALSE;
}

static gboolean
copy_store (MsTxn *txn, gpointer user_data, GError **error)
{
  Copy *self = user_data;

  self->from = txn;
  self->tables = list_tables (txn->sql, error);
  return self->tables != NULL && fill_in_transaction (self, error);
}

/* The mark ------------------------------------------------------------------------------------ */

gboolean
ms_copy_is_marked (MsSql *sql, gboolean *marked, GError **error)
{
  gint64 marks = 0;

  if (!ms_sql_get_int (sql,
                       &marks,
                       error,
                       "SELECT count(*) FROM setting WHERE name = '" MS_SETTING_INCOMPLETE "'",
                       ""))
    return FALSE;
  *marked = marks > 0;
  return TRUE;
}

gboolean
ms_copy_take_mark (MsSql *sql, GError **error)
{
  return check_mark (sql, error)
         && ms_sql_run (
             sql, error, "DELETE FROM setting WHERE name = '" MS_SETTING_INCOMPLETE "'", "");
}

/* The target ---------------------------------------------------------------------------------- */

static gboolean
check_empty (MsSql *sql, GError **error)
{
  static const char *const tables[] = { "object", "change_set", "session", "import_job" };

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      Table  table = { .name = (char *) tables[i] };
      gint64 rows = 0;
      if (!count_rows (sql, &table, &rows, error))
        return FALSE;
      if (rows == 0)
        continue;
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    NULL,
                    "The store %s is not empty; a store is copied into an empty one only",
                    sql->database->name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
mark_incomplete (MsSql *sql, GError **error)
{
  gboolean marked = FALSE;

  if (!sql->driver->begin (sql, error))
    return FALSE;
  if (ms_copy_is_marked (sql, &marked, error) && (marked || check_empty (sql, error))
      && put_mark (sql, error) && sql->driver->commit (sql, error))
    return TRUE;
  sql->driver->rollback (sql);
  return FALSE;
}

/* What is refused stays as it is: not even its version is another. */
static gboolean
check_target (MsSql *sql, GError **error)
{
  gboolean empty = FALSE;
  gboolean marked = FALSE;

  if (!sql->driver->begin (sql, error))
    return FALSE;
  gboolean good
      = sql->driver->is_ours (sql, &empty, error)
        && (empty
            || (ms_copy_is_marked (sql, &marked, error) && (marked || check_empty (sql, error))));
  sql->driver->rollback (sql);
  return good;
}

static gboolean
prepare_target (MsSql *sql, GError **error)
{
  return check_target (sql, error) && ms_migrations_run (sql, TRUE, error)
         && mark_incomplete (sql, error);
}

static gboolean
copy_into (MsStore *self, Copy *copy, GError **error)
{
  MsSql        *to = copy->to;
  GCancellable *cancellable = copy->progress != NULL ? copy->progress->cancellable : NULL;

  gboolean done = prepare_target (to, error)
                  && ms_store_read_afresh (self, copy_store, copy, cancellable, error)
                  && (to->driver->settle == NULL || to->driver->settle (to, error));
  g_clear_pointer (&copy->tables, g_ptr_array_unref);
  return done;
}

static gboolean
copy_to_location (
    MsStore *self, const MsSqlDriver *driver, const char *location, Copy *copy, GError **error)
{
  MsDatabase *database = driver->open (location, MS_STORE_CREATE, error);
  gboolean    done = FALSE;

  if (database == NULL)
    return FALSE;
  copy->to = driver->connect (database, TRUE, error);
  if (copy->to != NULL)
    {
      done = copy_into (self, copy, error);
      driver->disconnect (copy->to);
    }
  driver->close (database);
  return done;
}

static gboolean
copy_to_uri (MsStore *self, const char *to_uri, Copy *copy, GError **error)
{
  const char        *location = NULL;
  const MsSqlDriver *driver = ms_sql_driver_for_uri (to_uri, &location, error);

  if (driver == NULL)
    return FALSE;
  if (!driver->in_file)
    return copy_to_location (self, driver, location, copy, error);

  g_autofree char *partial = ms_new_file_begin (location, FALSE, error);
  if (partial == NULL)
    return FALSE;
  if (copy_to_location (self, driver, partial, copy, error)
      && ms_new_file_finish (partial, location, error))
    return TRUE;
  ms_new_file_discard (partial);
  return FALSE;
}

gboolean
ms_store_copy (
    MsStore *self, const char *to_uri, const MsProgress *progress, char **digest, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self) && to_uri != NULL, FALSE);

  g_autofree char *found = NULL;
  Copy             copy = { .progress = progress, .digest = &found };
  if (!copy_to_uri (self, to_uri, &copy, error))
    return FALSE;
  if (digest != NULL)
    *digest = g_steal_pointer (&found);
  return TRUE;
}

gboolean
ms_store_copy_marked (MsStore *self, const char *to_uri, const MsProgress *progress, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self) && to_uri != NULL, FALSE);

  Copy copy = { .progress = progress, .keeps_mark = TRUE };
  return copy_to_uri (self, to_uri, &copy, error);
}
