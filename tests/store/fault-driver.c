/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See fault-driver.h.
 */
#include "fault-driver.h"

#include "ms-error.h"
#include "sqlite/ms-sqlite.h"

#define REAL (&ms_sqlite_driver)

static struct
{
  GMutex      lock;
  gboolean    armed;
  FaultKind   kind;
  guint       left;
  const char *hit;
} plan;

static MsSqlDriver fault_driver;

const char *
fault_kind_to_string (FaultKind kind)
{
  static const char *const names[] = { "busy", "lost", "cancelled", "constraint", "damaged" };

  return names[kind];
}

void
fault_driver_arm (FaultKind kind, guint call)
{
  g_mutex_lock (&plan.lock);
  plan.armed = TRUE;
  plan.kind = kind;
  plan.left = call;
  plan.hit = NULL;
  g_mutex_unlock (&plan.lock);
}

gboolean
fault_driver_disarm (const char **name)
{
  g_mutex_lock (&plan.lock);
  const char *hit = plan.hit;
  plan.armed = FALSE;
  g_mutex_unlock (&plan.lock);
  if (name != NULL)
    *name = hit;
  return hit != NULL;
}

static void
set_error (MsSql *sql, FaultKind kind, GError **error)
{
  static const int codes[]
      = { MS_ERROR_UNAVAILABLE, MS_ERROR_UNAVAILABLE, 0, MS_ERROR_CONFLICT, MS_ERROR_INTERNAL };

  if (kind == FAULT_CANCELLED)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Operation was cancelled");
      return;
    }
  ms_error_set (error,
                (MsError) codes[kind],
                NULL,
                NULL,
                "The store: the planned fault (%s)",
                fault_kind_to_string (kind));
  if ((kind != FAULT_LOST && kind != FAULT_DAMAGED) || sql == NULL)
    return;
  /* As SQLite does it when a disk fails: behind the driver's back. */
  (void) REAL->execute (sql, "ROLLBACK", NULL);
  sql->lost = TRUE;
}

/* Whether this call is the one. */
static gboolean
fails (MsSql *sql, const char *name, GError **error)
{
  g_mutex_lock (&plan.lock);
  gboolean  now = plan.armed && plan.hit == NULL && --plan.left == 0;
  FaultKind kind = plan.kind;
  if (now)
    plan.hit = name;
  g_mutex_unlock (&plan.lock);
  if (now)
    set_error (sql, kind, error);
  return now;
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

void
fault_driver_register (void)
{
  static const char *const schemes[] = { "fault:", NULL };

  fault_driver = *REAL;
  fault_driver.schemes = schemes;
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
  ms_sql_add_driver (&fault_driver);
}
