/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See fault-driver.h: on SQLite the planned call does not reach the database.
 */
#include "fault-private.h"

#include "sqlite/ms-sqlite.h"

#define REAL (&ms_sqlite_driver)

static MsSqlDriver fault_driver;

/* Whether this call is the one. */
static gboolean
fails (MsSql *sql, const char *name, GError **error)
{
  FaultKind kind;

  if (!fault_driver_comes (name, &kind))
    return FALSE;
  (void) fault_driver_fail (kind, error);
  if ((kind == FAULT_LOST || kind == FAULT_DAMAGED) && sql != NULL)
    {
      /* As SQLite does it when a disk fails: behind the driver's back. */
      (void) REAL->execute (sql, "ROLLBACK", NULL);
      sql->lost = TRUE;
    }
  return TRUE;
}

/* The driver ---------------------------------------------------------------------------------- */

static MsDatabase *
fault_open (const char *location, MsStoreFlags flags, GError **error)
{
  MsDatabase *database = fails (NULL, "open", error) ? NULL : REAL->open (location, flags, error);

  if (database != NULL)
    database->driver = &fault_driver;
  return database;
}

static MsSql *
fault_connect (MsDatabase *database, gboolean writing, GError **error)
{
  return fails (NULL, "connect", error) ? NULL : REAL->connect (database, writing, error);
}

static gboolean
fault_is_ours (MsSql *sql, gboolean *empty, GError **error)
{
  return !fails (sql, "is_ours", error) && REAL->is_ours (sql, empty, error);
}

static MsStatement *
fault_prepare (MsSql *sql, const char *text, GError **error)
{
  return fails (sql, "prepare", error) ? NULL : REAL->prepare (sql, text, error);
}

static gboolean
fault_step (MsStatement *statement, gboolean *row, GError **error)
{
  return !fails (statement->sql, statement->text, error) && REAL->step (statement, row, error);
}

static gboolean
fault_execute (MsSql *sql, const char *script, GError **error)
{
  return !fails (sql, "execute", error) && REAL->execute (sql, script, error);
}

static gboolean
fault_begin (MsSql *sql, GError **error)
{
  return !fails (sql, "begin", error) && REAL->begin (sql, error);
}

static gboolean
fault_commit (MsSql *sql, GError **error)
{
  return !fails (sql, "commit", error) && REAL->commit (sql, error);
}

static gboolean
fault_savepoint (MsSql *sql, GError **error)
{
  return !fails (sql, "savepoint", error) && REAL->savepoint (sql, error);
}

static gboolean
fault_keep_savepoint (MsSql *sql, GError **error)
{
  return !fails (sql, "keep_savepoint", error) && REAL->keep_savepoint (sql, error);
}

static gboolean
fault_drop_savepoint (MsSql *sql, GError **error)
{
  return !fails (sql, "drop_savepoint", error) && REAL->drop_savepoint (sql, error);
}

static gboolean
fault_search_changed (
    MsSql *sql, const char *type, gint64 row, const char *before, const char *after, GError **error)
{
  return !fails (sql, "search_changed", error)
         && REAL->search_changed (sql, type, row, before, after, error);
}

static gboolean
fault_check (MsSql *sql, MsProblems *problems, GError **error)
{
  return !fails (sql, "check", error) && REAL->check (sql, problems, error);
}

static gboolean
fault_backup (MsSql *sql, const char *path, const MsProgress *progress, GError **error)
{
  return !fails (sql, "backup", error) && REAL->backup (sql, path, progress, error);
}

static gboolean
fault_rows_copied (MsSql *sql, GError **error)
{
  return !fails (sql, "rows_copied", error) && REAL->rows_copied (sql, error);
}

static gboolean
fault_settle (MsSql *sql, GError **error)
{
  return !fails (sql, "settle", error) && REAL->settle (sql, error);
}

const MsSqlDriver *
fault_sqlite_get_driver (void)
{
  fault_driver = *REAL;
  fault_driver.schemes = fault_schemes;
  fault_driver.open = fault_open;
  fault_driver.connect = fault_connect;
  fault_driver.is_ours = fault_is_ours;
  fault_driver.prepare = fault_prepare;
  fault_driver.step = fault_step;
  fault_driver.execute = fault_execute;
  fault_driver.begin = fault_begin;
  fault_driver.commit = fault_commit;
  fault_driver.savepoint = fault_savepoint;
  fault_driver.keep_savepoint = fault_keep_savepoint;
  fault_driver.drop_savepoint = fault_drop_savepoint;
  fault_driver.search_changed = fault_search_changed;
  fault_driver.check = fault_check;
  fault_driver.backup = fault_backup;
  fault_driver.rows_copied = fault_rows_copied;
  fault_driver.settle = fault_settle;
  return &fault_driver;
}
