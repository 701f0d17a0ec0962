/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A SQLite store copied as it is, and what makes a filled one ready to be moved. The copy is of the
 * snapshot that the transaction holds: without one, SQLite's backup begins anew whenever another
 * process writes, and beside a busy daemon it would never end.
 */
#include "ms-sqlite-private.h"

#include "ms-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* 4 MiB: between two looks at the cancellable. */
#define STEP_PAGES 1024

/* Type 'table' leaves out virtual tables and what belongs to them. Tables without row numbers are
 * in the same sequence of creation. */
const char ms_sqlite_columns_query[]
    = "SELECT s.name, c.name,"
      " CASE c.type WHEN 'INTEGER' THEN 'i' WHEN 'BLOB' THEN 'b' ELSE 's' END"
      " FROM sqlite_schema s JOIN pragma_table_list l ON l.schema = 'main' AND l.name = s.name"
      " JOIN pragma_table_info(s.name) c"
      " WHERE s.type = 'table' AND l.type = 'table' AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
      " ORDER BY s.rowid, c.cid";

/* Without what the driver keeps for its search. */
const char ms_sqlite_definitions_query[]
    = "WITH t (name) AS ("
      "  SELECT s.name FROM sqlite_schema s"
      "  JOIN pragma_table_list l ON l.schema = 'main' AND l.name = s.name"
      "  WHERE s.type = 'table' AND l.type = 'table' AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'),"
      " x (tab, name, origin, uniq, cols, condition) AS ("
      "  SELECT t.name, i.name, i.origin, i.\"unique\","
      "   (SELECT group_concat (form, ', ') FROM ("
      "     SELECT COALESCE (name, 'an expression')"
      "      || CASE coll WHEN 'BINARY' THEN '' ELSE ' in the order ' || lower (coll) END"
      "      || CASE WHEN \"desc\" THEN ' desc' ELSE '' END AS form"
      "     FROM pragma_index_xinfo (i.name) WHERE key ORDER BY seqno)),"
      "   CASE WHEN i.partial THEN (SELECT ' where '"
      "     || lower (substr (s.sql, instr (upper (s.sql), ' WHERE ') + 7))"
      "     FROM sqlite_schema s WHERE s.type = 'index' AND s.name = i.name) ELSE '' END"
      "  FROM t JOIN pragma_index_list (t.name) i),"
      " d (kind, name, form) AS ("
      " SELECT 'table', name, 'durable' FROM t"
      " UNION ALL SELECT 'column', t.name || '.' || c.name,"
      "  CASE c.type WHEN 'INTEGER' THEN 'integer' WHEN 'BLOB' THEN 'bytes' WHEN 'TEXT' THEN 'text'"
      "   ELSE c.type END || CASE WHEN c.\"notnull\" OR c.pk THEN ' not null' ELSE '' END"
      "  || COALESCE (' default ' || c.dflt_value, '')"
      " FROM t JOIN pragma_table_info (t.name) c"
      " UNION ALL SELECT 'primary key of', t.name, (SELECT group_concat (name, ', ') FROM ("
      "   SELECT name FROM pragma_table_info (t.name) WHERE pk ORDER BY pk)) FROM t"
      " WHERE EXISTS (SELECT 1 FROM pragma_table_info (t.name) WHERE pk)"
      " UNION ALL SELECT 'unique key', tab || ' (' || cols || ')', 'unique' FROM x"
      " WHERE origin = 'u'"
      " UNION ALL SELECT 'index', name, tab || ' (' || cols || ')'"
      "  || CASE WHEN uniq THEN ' unique' ELSE '' END || condition FROM x WHERE origin = 'c'"
      "  AND (uniq OR name NOT LIKE 'search\\_%' ESCAPE '\\')"
      " UNION ALL SELECT 'reference', t.name || '.' || f.\"from\","
      "  f.\"table\" || '.' || f.\"to\" || ', ' || lower (f.on_delete)"
      " FROM t JOIN pragma_foreign_key_list (t.name) f)"
      " SELECT kind, name, form, NULL FROM d";

gboolean
ms_sqlite_rows_copied (MsSql *sql, GError **error)
{
  ms_sqlite_search_forget ((MsSqlite *) sql);
  return ms_sqlite_search_mend (sql, error);
}

/* One file, which can be read from where nothing can be written; a daemon makes it WAL again. */
gboolean
ms_sqlite_settle (MsSql *sql, GError **error)
{
  return sql->driver->execute (
      sql, "ANALYZE; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE", error);
}

static gboolean
fail (MsSqlite *self, sqlite3 *target, const char *path, int code, GError **error)
{
  ms_error_set (error,
                MS_ERROR_UNAVAILABLE,
                NULL,
                NULL,
                "Cannot copy the store %s to “%s”: %s",
                self->base.database->name,
                path,
                target != NULL ? sqlite3_errmsg (target) : sqlite3_errstr (code));
  return FALSE;
}

static gboolean
create (MsSqlite *self, const char *path, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (fd >= 0)
    {
      close (fd);
      return TRUE;
    }
  ms_error_set (
      error, MS_ERROR_UNAVAILABLE, NULL, NULL, "Cannot make “%s”: %s", path, g_strerror (errno));
  return FALSE;
}

static gboolean
copy_pages (
    MsSqlite *self, sqlite3 *target, const char *path, const MsProgress *progress, GError **error)
{
  sqlite3_backup *backup = sqlite3_backup_init (target, "main", self->db, "main");
  gboolean        going = TRUE;
  int             code = SQLITE_OK;

  if (backup == NULL)
    return fail (self, target, path, SQLITE_ERROR, error);
  while (going && code == SQLITE_OK)
    {
      code = sqlite3_backup_step (backup, STEP_PAGES);
      gint64 total = sqlite3_backup_pagecount (backup);
      going = ms_progress_report (
          progress, "copying pages", total - sqlite3_backup_remaining (backup), total, error);
    }
  (void) sqlite3_backup_finish (backup); /* repeats what the last step said */
  return going && (code == SQLITE_DONE || fail (self, target, path, code, error));
}

/* A copy of what is damaged is damaged. */
static int
on_checked_cb (void *user_data, int columns, char **values, char **names)
{
  char **problem = user_data;

  if (*problem == NULL && g_strcmp0 (values[0], "ok") != 0)
    *problem = g_strdup (values[0]);
  return 0;
}

static gboolean
check_copy (
    MsSqlite *self, sqlite3 *target, const char *path, const MsProgress *progress, GError **error)
{
  g_autofree char *problem = NULL;

  if (!ms_progress_report (progress, "checking", 0, 0, error))
    return FALSE;
  int code = sqlite3_exec (target, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
  if (code == SQLITE_OK)
    code = sqlite3_exec (target, "PRAGMA quick_check(1)", on_checked_cb, &problem, NULL);
  if (code != SQLITE_OK)
    return fail (self, target, path, code, error);
  if (problem == NULL)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INTERNAL,
                NULL,
                NULL,
                "The store %s is damaged: %s",
                self->base.database->name,
                problem);
  return FALSE;
}

gboolean
ms_sqlite_backup (MsSql *sql, const char *path, const MsProgress *progress, GError **error)
{
  MsSqlite *self = (MsSqlite *) sql;
  sqlite3  *target = NULL;
  gint64    tables = 0;

  /* A transaction has its snapshot from its first read on. */
  if (!ms_sql_get_int (sql, &tables, error, "SELECT EXISTS (SELECT 1 FROM sqlite_schema)", "")
      || !create (self, path, error))
    return FALSE;
  int code = sqlite3_open_v2 (
      path, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
  gboolean done = code == SQLITE_OK ? copy_pages (self, target, path, progress, error)
                                          && check_copy (self, target, path, progress, error)
                                    : fail (self, target, path, code, error);
  if (sqlite3_close_v2 (target) != SQLITE_OK && done)
    done = fail (self, NULL, path, SQLITE_IOERR, error);
  return done;
}
