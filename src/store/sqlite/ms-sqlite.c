/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Statements and transactions of the SQLite driver, and its errors in ours.
 */
#include "ms-sqlite-private.h"

#include "ms-error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* See ms_sqlite_add_functions(). */
#define NUMBER_OF_KEY "ms_number_of_key"
#define BATCH_WRITES 256

typedef struct
{
  MsStatement   base;
  sqlite3_stmt *stmt;
  guint16      *map; /* "$n" -> SQLite's own number for it */
  guint         map_size;
  guint64       taken; /* steps since it began */
} MsSqliteStatement;

/* What an error code means: ours, whether it ends the transaction, and the words for people. */
static const struct
{
  int         code;
  MsError     error;
  gboolean    lost;
  const char *text;
} failures[] = {
  { SQLITE_FULL, MS_ERROR_UNAVAILABLE, TRUE, "the disk that holds it is full" },
  { SQLITE_IOERR, MS_ERROR_UNAVAILABLE, TRUE, "its disk reports an error" },
  { SQLITE_READONLY, MS_ERROR_UNAVAILABLE, TRUE, "it cannot be written to" },
  { SQLITE_NOMEM, MS_ERROR_UNAVAILABLE, TRUE, "out of memory" },
  { SQLITE_CORRUPT, MS_ERROR_INTERNAL, TRUE, "its file is damaged" },
  { SQLITE_NOTADB, MS_ERROR_INTERNAL, TRUE, "its file is damaged or is not a database" },
  { SQLITE_BUSY, MS_ERROR_UNAVAILABLE, FALSE, "another program keeps it locked" },
  { SQLITE_LOCKED, MS_ERROR_UNAVAILABLE, FALSE, "another program keeps it locked" },
  { SQLITE_CANTOPEN, MS_ERROR_UNAVAILABLE, FALSE, "its file cannot be opened" },
  { SQLITE_CONSTRAINT, MS_ERROR_CONFLICT, FALSE, "a rule of its tables was broken" },
};

/* What the system may have against a write, where SQLite says only that it failed. */
static const struct
{
  int         code;
  const char *text;
} write_failures[] = {
  { EFBIG, "its file has reached a limit on the size of files (LimitFSIZE=, ulimit -f)" },
  { EDQUOT, "its owner's share of the disk is used up" },
};

/* Of the log, or of the file itself, into which the log goes. (sqlite3_system_errno() knows of
 * files that cannot be opened only.) */
static int
find_write_failure (sqlite3 *db)
{
  sqlite3_file *log = NULL;
  int           code = 0;

  if (sqlite3_extended_errcode (db) != SQLITE_IOERR_WRITE)
    return 0;
  if (sqlite3_file_control (db, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK
      && log != NULL && log->pMethods != NULL)
    (void) log->pMethods->xFileControl (log, SQLITE_FCNTL_LAST_ERRNO, &code); /* 0, if it fails */
  if (code == 0)
    (void) sqlite3_file_control (db, NULL, SQLITE_FCNTL_LAST_ERRNO, &code);
  return code;
}

/* @usual: the text for @code */
static const char *
find_text (MsSqlite *self, int code, const char *usual)
{
  int failure
      = (code & 0xff) == SQLITE_IOERR && self->db != NULL ? find_write_failure (self->db) : 0;

  for (guint i = 0; i < G_N_ELEMENTS (write_failures); i++)
    if (write_failures[i].code == failure)
      return write_failures[i].text;
  return usual;
}

/* It has no code for what is beyond one of its limits. */
static gboolean
is_too_much (int code, const char *text)
{
  static const char *const limits[]
      = { "parser stack overflow", "Expression tree is too large", "too many " };

  if (code == SQLITE_TOOBIG)
    return TRUE;
  for (guint i = 0; code == SQLITE_ERROR && i < G_N_ELEMENTS (limits); i++)
    if (g_str_has_prefix (text, limits[i]))
      return TRUE;
  return FALSE;
}

/* What a reader has seen of a file that is known to be damaged stays as true as it was, and other
 * pages of it can be read. SQLite itself ends no transaction for it. */
static gboolean
is_lost (MsSqlite *self, guint failure)
{
  const MsSqliteDatabase *file = (const MsSqliteDatabase *) self->base.database;

  return failures[failure].lost && !(failures[failure].code == SQLITE_CORRUPT && file->damaged);
}

gboolean
ms_sqlite_fail (MsSqlite *self, int code, GError **error)
{
  const char *words = self->db != NULL ? sqlite3_errmsg (self->db) : sqlite3_errstr (code);
  /* It may repeat what stands in a damaged file. */
  g_autofree char *detail = g_utf8_make_valid (words, -1);

  if ((code & 0xff) == SQLITE_INTERRUPT && self->endless != NULL)
    {
      g_autofree char *found = g_steal_pointer (&self->endless);
      self->base.lost = TRUE;
      ms_error_set (
          error,
          MS_ERROR_INTERNAL,
          NULL,
          NULL,
          "The store %s: its file is damaged, and reading it was stopped, for it would not"
          " have come to an end (%s)",
          self->base.database->name,
          found);
      return FALSE;
    }
  if ((code & 0xff) == SQLITE_INTERRUPT && ms_sql_is_overdue (&self->base))
    return ms_sql_fail_overdue (&self->base, error);
  if ((code & 0xff) == SQLITE_INTERRUPT)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Operation was cancelled");
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    if (failures[i].code == (code & 0xff))
      {
        self->base.lost = self->base.lost || is_lost (self, i);
        ms_error_set (error,
                      failures[i].error,
                      NULL,
                      NULL,
                      "The store %s: %s (%s)",
                      self->base.database->name,
                      find_text (self, code, failures[i].text),
                      detail);
        return FALSE;
      }
  ms_error_set (
      error, MS_ERROR_INTERNAL, NULL, NULL, "The store %s: %s", self->base.database->name, detail);
  return FALSE;
}

/* Statements ---------------------------------------------------------------------------------- */

static MsStatement *
prepare (MsSql *sql, const char *text, GError **error)
{
  MsSqlite     *self = (MsSqlite *) sql;
  sqlite3_stmt *stmt = NULL;
  guint64       taken = 0;

  /* It may read all definitions. */
  self->taken = &taken;
  int code = sqlite3_prepare_v3 (self->db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
  self->taken = NULL;
  if (code != SQLITE_OK)
    {
      (void) (is_too_much (code, sqlite3_errmsg (self->db)) ? ms_sql_fail_too_much (error)
                                                            : ms_sqlite_fail (self, code, error));
      return NULL;
    }
  MsSqliteStatement *statement = g_new0 (MsSqliteStatement, 1);
  statement->stmt = stmt;
  int count = sqlite3_bind_parameter_count (stmt);
  statement->map_size = (guint) count + 1;
  statement->map = g_new0 (guint16, statement->map_size);
  for (int i = 1; i <= count; i++)
    {
      const char *name = sqlite3_bind_parameter_name (stmt, i);
      long        number = strtol (name + 1, NULL, 10);

      g_assert (number >= 1 && number <= count);
      statement->map[number] = (guint16) i;
    }
  return &statement->base;
}

static void
finalize (MsStatement *statement)
{
  MsSqliteStatement *self = (MsSqliteStatement *) statement;

  sqlite3_finalize (self->stmt);
  g_free (self->map);
  g_free (self);
}

static void
reset (MsStatement *statement)
{
  MsSqliteStatement *self = (MsSqliteStatement *) statement;

  /* Its result repeats the error of the last step, which was reported then. */
  (void) sqlite3_reset (self->stmt);
  (void) sqlite3_clear_bindings (self->stmt);
  self->taken = 0;
}

static void
bind_int (MsStatement *statement, guint index, gint64 value)
{
  MsSqliteStatement *self = (MsSqliteStatement *) statement;

  g_assert (index < self->map_size && self->map[index] != 0);
  sqlite3_bind_int64 (self->stmt, self->map[index], value);
}

static void
bind_text (MsStatement *statement, guint index, const char *value)
{
  MsSqliteStatement *self = (MsSqliteStatement *) statement;

  g_assert (index < self->map_size && self->map[index] != 0);
  sqlite3_bind_text (self->stmt, self->map[index], value, -1, SQLITE_TRANSIENT);
}

static void
bind_blob (MsStatement *statement, guint index, GBytes *value)
{
  MsSqliteStatement *self = (MsSqliteStatement *) statement;
  gsize              size = 0;
  const void        *data = value != NULL ? g_bytes_get_data (value, &size) : NULL;

  g_assert (index < self->map_size && self->map[index] != 0);
  if (value != NULL && size == 0)
    sqlite3_bind_zeroblob (self->stmt, self->map[index], 0);
  else
    sqlite3_bind_blob64 (self->stmt, self->map[index], data, size, SQLITE_TRANSIENT);
}

/* Says which tables it was that could not be read. */
static void
name_tables (sqlite3 *db, const char *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (text, " ,()", -1);
  g_autoptr (GPtrArray) tables = g_ptr_array_new ();

  for (guint i = 1; words[0] != NULL && words[i] != NULL; i++)
    if ((strcmp (words[i - 1], "FROM") == 0 || strcmp (words[i - 1], "JOIN") == 0)
        && *words[i] != '\0'
        && !g_ptr_array_find_with_equal_func (tables, words[i], g_str_equal, NULL)
        && sqlite3_table_column_metadata (db, "main", words[i], NULL, NULL, NULL, NULL, NULL, NULL)
               == SQLITE_OK)
      g_ptr_array_add (tables, words[i]);
  if (tables->len == 0)
    return;
  g_ptr_array_add (tables, NULL);
  g_autofree char *names = g_strjoinv (", ", (char **) tables->pdata);
  g_prefix_error (error, "Reading from %s: ", names);
}

static gboolean
step (MsStatement *statement, gboolean *row, GError **error)
{
  MsSqliteStatement *self = (MsSqliteStatement *) statement;
  MsSqlite          *sqlite = (MsSqlite *) statement->sql;

  sqlite->taken = &self->taken;
  int code = sqlite3_step (self->stmt);
  sqlite->taken = NULL;
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    {
      (void) ms_sqlite_fail (sqlite, code, error);
      if ((code & 0xff) == SQLITE_CORRUPT
          && ((const MsSqliteDatabase *) sqlite->base.database)->damaged)
        name_tables (sqlite->db, statement->text, error);
      return FALSE;
    }
  *row = code == SQLITE_ROW;
  return TRUE;
}

static gint64
changes (MsStatement *statement)
{
  return sqlite3_changes64 (((MsSqlite *) statement->sql)->db);
}

static gint64
get_int (MsStatement *statement, guint column)
{
  return sqlite3_column_int64 (((MsSqliteStatement *) statement)->stmt, (int) column);
}

static const char *
get_text (MsStatement *statement, guint column)
{
  return (const char *) sqlite3_column_text (((MsSqliteStatement *) statement)->stmt, (int) column);
}

static GBytes *
dup_blob (MsStatement *statement, guint column)
{
  sqlite3_stmt *stmt = ((MsSqliteStatement *) statement)->stmt;

  if (sqlite3_column_type (stmt, (int) column) == SQLITE_NULL)
    return NULL;
  const void *data = sqlite3_column_blob (stmt, (int) column);
  return g_bytes_new (data, (gsize) sqlite3_column_bytes (stmt, (int) column));
}

/* Transactions -------------------------------------------------------------------------------- */

static gboolean
execute (MsSql *sql, const char *script, GError **error)
{
  MsSqlite *self = (MsSqlite *) sql;
  guint64   taken = 0;

  self->taken = &taken;
  int code = sqlite3_exec (self->db, script, NULL, NULL, NULL);
  self->taken = NULL;
  return code == SQLITE_OK || ms_sqlite_fail (self, code, error);
}

/* A reader's snapshot begins with its first read; nothing reads before that. */
static gboolean
begin (MsSql *sql, GError **error)
{
  sql->lost = FALSE;
  ms_sqlite_search_forget ((MsSqlite *) sql);
  return ms_sql_run (sql, error, sql->writing ? "BEGIN IMMEDIATE" : "BEGIN", "");
}

static void
rollback (MsSql *sql)
{
  MsSqlite *self = (MsSqlite *) sql;

  ms_sqlite_search_forget (self);
  /* After some errors SQLite has done it already. */
  if (!sqlite3_get_autocommit (self->db))
    (void) sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
}

static gboolean
commit (MsSql *sql, GError **error)
{
  /* SQLite says once more of a commit that its transaction met damage. */
  if (((MsSqliteDatabase *) sql->database)->damaged)
    {
      rollback (sql);
      return TRUE;
    }
  return ms_sqlite_search_write ((MsSqlite *) sql, error) && ms_sql_run (sql, error, "COMMIT", "");
}

static gboolean
savepoint (MsSql *sql, GError **error)
{
  if (!ms_sql_run (sql, error, "SAVEPOINT work", ""))
    return FALSE;
  ms_sqlite_search_mark ((MsSqlite *) sql);
  return TRUE;
}

static gboolean
keep_savepoint (MsSql *sql, GError **error)
{
  if (!ms_sql_run (sql, error, "RELEASE work", ""))
    return FALSE;
  ms_sqlite_search_unmark ((MsSqlite *) sql, TRUE);
  return TRUE;
}

static gboolean
drop_savepoint (MsSql *sql, GError **error)
{
  ms_sqlite_search_unmark ((MsSqlite *) sql, FALSE);
  if (sqlite3_get_autocommit (((MsSqlite *) sql)->db))
    {
      sql->lost = TRUE;
      return TRUE;
    }
  return ms_sql_run (sql, error, "ROLLBACK TO work", "")
         && ms_sql_run (sql, error, "RELEASE work", "");
}

static gboolean
has_event (const char *event)
{
  return strcmp (event, MS_SQL_TRUNCATE) != 0;
}

/* As SQLite keeps it. All writers follow one upon the other here. What gives way to a row that is
 * inserted fires no trigger, unless the connection says so (recursive_triggers). */
static char *
dup_rule (const MsSqlRule *rule)
{
  return g_strdup_printf ("CREATE TRIGGER %s BEFORE %s ON %s BEGIN"
                          " SELECT RAISE (ABORT, '%s') WHERE %s; END",
                          rule->name,
                          strcmp (rule->event, MS_SQL_REPLACE) == 0 ? "INSERT" : rule->event,
                          rule->table,
                          rule->message,
                          rule->condition);
}

static void
append_rule (const MsSqlRule *rule, GString *script)
{
  g_autofree char *text = dup_rule (rule);

  g_string_append_printf (script, "DROP TRIGGER IF EXISTS %s; %s;", rule->name, text);
}

static const char *const dialect[] = {
  "@row@",       "INTEGER PRIMARY KEY",
  "@key@",       "INTEGER PRIMARY KEY",
  "@int@",       "INTEGER",
  "@text@",      "TEXT",
  "@blob@",      "BLOB",
  "@table@",     "STRICT",
  "@clustered@", "STRICT, WITHOUT ROWID",
  NULL,
};

/* SQLite reads no hexadecimal digits. The first bit is the other way round in a key. */
static void
number_of_key (sqlite3_context *context, int n_values, sqlite3_value **values)
{
  const char *key = (const char *) sqlite3_value_text (values[0]);

  if (n_values == 1 && key != NULL && key[0] != '\0')
    sqlite3_result_int64 (
        context, (gint64) (g_ascii_strtoull (key, NULL, 16) ^ (G_GUINT64_CONSTANT (1) << 63)));
}

int
ms_sqlite_add_functions (sqlite3 *db)
{
  return sqlite3_create_function_v2 (db,
                                     NUMBER_OF_KEY,
                                     1,
                                     SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                     NULL,
                                     number_of_key,
                                     NULL,
                                     NULL,
                                     NULL);
}

static const char *const number_key[] = { "printf('%016x', (", ") - 9223372036854775807 - 1)" };

static const char *const key_number[] = { NUMBER_OF_KEY "(", ")" };

static const char *const schemes[] = { "sqlite:", NULL };

const MsSqlDriver ms_sqlite_driver = {
  .name = "sqlite",
  .schemes = schemes,
  .dialect = dialect,
  .exclusive = TRUE,
  .find_function = "instr",
  .number_key = number_key,
  .key_number = key_number,
  .search_schema = ms_sqlite_search_schema,
  .columns_query = ms_sqlite_columns_query,
  .definitions_query = ms_sqlite_definitions_query,
  .in_file = TRUE,
  .batch_writes = BATCH_WRITES,
  .open = ms_sqlite_open,
  .claim = ms_sqlite_claim,
  .close = ms_sqlite_close,
  .connect = ms_sqlite_connect,
  .disconnect = ms_sqlite_disconnect,
  .is_ours = ms_sqlite_is_ours,
  .prepare = prepare,
  .finalize = finalize,
  .reset = reset,
  .bind_int = bind_int,
  .bind_text = bind_text,
  .bind_blob = bind_blob,
  .step = step,
  .changes = changes,
  .get_int = get_int,
  .get_text = get_text,
  .dup_blob = dup_blob,
  .execute = execute,
  .begin = begin,
  .commit = commit,
  .rollback = rollback,
  .savepoint = savepoint,
  .keep_savepoint = keep_savepoint,
  .drop_savepoint = drop_savepoint,
  .search_changed = ms_sqlite_search_changed,
  .search_condition = ms_sqlite_search_condition,
  .search_set = ms_sqlite_search_set,
  .search_stream = ms_sqlite_search_stream,
  .search_complete = ms_sqlite_search_complete,
  .check = ms_sqlite_check,
  .search_check = ms_sqlite_search_check,
  .search_mend = ms_sqlite_search_mend,
  .has_event = has_event,
  .append_rule = append_rule,
  .rules_query = "SELECT name, tbl_name, sql, NULL FROM sqlite_schema WHERE type = 'trigger'",
  .additions_query = "SELECT 'trigger', name, tbl_name FROM sqlite_schema WHERE type = 'trigger'"
                     " ORDER BY name",
  .dup_rule = dup_rule,
  .rows_copied = ms_sqlite_rows_copied,
  .settle = ms_sqlite_settle,
  .backup = ms_sqlite_backup,
};
