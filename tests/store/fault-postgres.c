/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See fault-driver.h. On PostgreSQL a planned fault is a real one: the server is given a statement
 * that fails in that way in the place of the planned one, ends the session, or is not heard any
 * more. So the real driver sees what it would see, a statement that is not waited for is told
 * later, and the transaction is as dead as it would be.
 *
 * What the listener thread asks is not counted: how often it does, depends on the time. Nor is what
 * asks the server nothing: prepare and announce.
 */
#include "fault-private.h"

#include "postgres/ms-postgres-private.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#define REAL (&ms_postgres_driver)
/* How long the server may take to end a session. */
#define PATIENCE_USEC (20 * G_USEC_PER_SEC)

static MsSqlDriver fault_driver;
/* The session that is not heard any more. */
static int cut_pid;

static gboolean
comes (const char *name, FaultKind *kind)
{
  char thread[16] = "";

  (void) pthread_getname_np (pthread_self (), thread, sizeof thread);
  return strcmp (thread, "ms-listener") != 0 && fault_driver_comes (name, kind);
}

/* Real failures ------------------------------------------------------------------------------- */

/* Whether the answer is yes. */
static gboolean
ask (PGconn *conn, const char *question, int pid)
{
  g_autofree char *text
      = g_strdup_printf ("SELECT %s FROM pg_stat_activity WHERE pid = %d", question, pid);
  PGresult *result = PQexec (conn, text);

  if (PQresultStatus (result) != PGRES_TUPLES_OK)
    g_error ("%s: %s", text, PQerrorMessage (conn));
  gboolean yes = PQntuples (result) > 0 && *PQgetvalue (result, 0, 0) == 't';
  PQclear (result);
  return yes;
}

/* Until the server has ended a session, because it was told to, or because it has done what it was
 * sent and found that nobody hears it. The server's own waiting for that takes steps of 100 ms. */
static void
wait_gone (MsSql *sql, int pid, gboolean end)
{
  PGconn *conn = PQconnectdb (((MsPostgresDatabase *) sql->database)->conninfo);
  gint64  deadline = g_get_monotonic_time () + PATIENCE_USEC;

  if (end)
    (void) ask (conn, "pg_terminate_backend (pid)", pid);
  while (ask (conn, "TRUE", pid))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (500);
    }
  PQfinish (conn);
}

/* The driver has to find that out. */
static void
cut_off (MsSql *sql, FaultKind kind)
{
  PGconn *conn = ((MsPostgres *) sql)->conn;

  if (conn == NULL || PQstatus (conn) != CONNECTION_OK)
    return;
  if (kind == FAULT_LOST)
    wait_gone (sql, PQbackendPID (conn), TRUE);
  else
    g_assert_cmpint (shutdown (PQsocket (conn), SHUT_RD), ==, 0);
  g_atomic_int_set (&cut_pid, PQbackendPID (conn));
}

static gboolean
is_cut (FaultKind kind)
{
  return kind == FAULT_LOST || kind == FAULT_UNANSWERED;
}

/* A statement that fails so. */
static MsStatement *
make_failing (MsSql *sql, FaultKind kind)
{
  static const char *const states[] = { "40001", NULL, "57014", "23514", "XX001" };
  g_autofree char         *text = g_strdup_printf (
      "DO $$BEGIN RAISE SQLSTATE '%s' USING MESSAGE = 'the planned fault'; END$$", states[kind]);
  MsStatement *statement = REAL->prepare (sql, text, NULL);

  g_assert_nonnull (statement);
  statement->sql = sql;
  statement->text = g_steal_pointer (&text);
  return statement;
}

static void
free_failing (MsStatement *statement)
{
  char *text = statement->text;

  REAL->finalize (statement);
  g_free (text);
}

/* Now, with all that was put off before. Always %FALSE */
static gboolean
fail_now (MsSql *sql, FaultKind kind, GError **error)
{
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  GCancellable *cancellable = sql->cancellable;
  MsStatement  *statement = make_failing (sql, kind);
  gboolean      row = FALSE;

  g_cancellable_cancel (cancelled);
  if (kind == FAULT_CANCELLED && !sql->writing)
    sql->cancellable = cancelled;
  g_assert_false (REAL->step (statement, &row, error));
  sql->cancellable = cancellable;
  free_failing (statement);
  return FALSE;
}

/* Told by what comes next. Not where something before it has failed, and is told in its stead. */
static gboolean
fail_later (MsSql *sql, FaultKind kind, GError **error)
{
  MsStatement *statement = make_failing (sql, kind);
  gboolean     put_off = REAL->run (statement, error);

  free_failing (statement);
  return put_off;
}

/* Whether this call, which waits for an answer, is to fail. */
static gboolean
fails (MsSql *sql, const char *name, GError **error)
{
  FaultKind kind;

  if (!comes (name, &kind))
    return FALSE;
  if (!is_cut (kind))
    return !fail_now (sql, kind, error);
  cut_off (sql, kind);
  return FALSE;
}

/* Before this call, which may not wait for its answer. */
static gboolean
strike (MsSql *sql, const char *name, GError **error)
{
  FaultKind kind;

  if (!comes (name, &kind))
    return TRUE;
  if (!is_cut (kind))
    return fail_later (sql, kind, error);
  cut_off (sql, kind);
  return TRUE;
}

/* The driver ---------------------------------------------------------------------------------- */

static MsDatabase *
fault_open (const char *location, MsStoreFlags flags, GError **error)
{
  FaultKind kind;

  if (comes ("open", &kind) && !fault_driver_fail (kind, error))
    return NULL;
  MsDatabase *database = REAL->open (location, flags, error);
  if (database != NULL)
    database->driver = &fault_driver;
  return database;
}

static MsSql *
fault_connect (MsDatabase *database, gboolean writing, GError **error)
{
  FaultKind kind;

  if (comes ("connect", &kind) && !fault_driver_fail (kind, error))
    return NULL;
  return REAL->connect (database, writing, error);
}

static gboolean
fault_is_ours (MsSql *sql, gboolean *empty, GError **error)
{
  return !fails (sql, "is_ours", error) && REAL->is_ours (sql, empty, error);
}

static gboolean
fault_step (MsStatement *statement, gboolean *row, GError **error)
{
  return !fails (statement->sql, statement->text, error) && REAL->step (statement, row, error);
}

/* The planned statement itself is not sent. */
static gboolean
fault_run (MsStatement *statement, GError **error)
{
  FaultKind kind;

  if (!comes (statement->text, &kind))
    return REAL->run (statement, error);
  if (!is_cut (kind))
    return fail_later (statement->sql, kind, error);
  cut_off (statement->sql, kind);
  return REAL->run (statement, error);
}

static gboolean
fault_execute (MsSql *sql, const char *script, GError **error)
{
  return !fails (sql, "execute", error) && REAL->execute (sql, script, error);
}

/* A session that was lost before is no failure: the driver gets a new one. */
static gboolean
fault_begin (MsSql *sql, GError **error)
{
  FaultKind kind;

  if (!comes ("begin", &kind))
    return REAL->begin (sql, error);
  if (is_cut (kind))
    {
      cut_off (sql, kind);
      return REAL->begin (sql, error);
    }
  if (!REAL->begin (sql, error))
    return FALSE;
  (void) fail_now (sql, kind, error);
  REAL->rollback (sql);
  return FALSE;
}

static gboolean
fault_commit (MsSql *sql, GError **error)
{
  FaultKind kind;
  gboolean  now = comes ("commit", &kind);
  int       pid = PQbackendPID (((MsPostgres *) sql)->conn);

  if (now && !is_cut (kind))
    return fail_now (sql, kind, error);
  if (now)
    cut_off (sql, kind);
  gboolean done = REAL->commit (sql, error);
  /* It may have been cut off before, and not have noticed. */
  if (!done && pid != 0 && pid == g_atomic_int_get (&cut_pid))
    wait_gone (sql, pid, FALSE);
  return done;
}

static gboolean
fault_savepoint (MsSql *sql, GError **error)
{
  return strike (sql, "savepoint", error) && REAL->savepoint (sql, error);
}

static gboolean
fault_keep_savepoint (MsSql *sql, GError **error)
{
  return strike (sql, "keep_savepoint", error) && REAL->keep_savepoint (sql, error);
}

static gboolean
fault_drop_savepoint (MsSql *sql, GError **error)
{
  /* What failed before is why it is dropped. */
  (void) strike (sql, "drop_savepoint", NULL);
  return REAL->drop_savepoint (sql, error);
}

static gboolean
fault_check (MsSql *sql, MsProblems *problems, GError **error)
{
  return !fails (sql, "check", error) && REAL->check (sql, problems, error);
}

static gboolean
fault_rows_copied (MsSql *sql, GError **error)
{
  return !fails (sql, "rows_copied", error) && REAL->rows_copied (sql, error);
}

const MsSqlDriver *
fault_postgres_get_driver (void)
{
  fault_driver = *REAL;
  fault_driver.schemes = fault_schemes;
  fault_driver.open = fault_open;
  fault_driver.connect = fault_connect;
  fault_driver.is_ours = fault_is_ours;
  fault_driver.step = fault_step;
  fault_driver.run = fault_run;
  fault_driver.execute = fault_execute;
  fault_driver.begin = fault_begin;
  fault_driver.commit = fault_commit;
  fault_driver.savepoint = fault_savepoint;
  fault_driver.keep_savepoint = fault_keep_savepoint;
  fault_driver.drop_savepoint = fault_drop_savepoint;
  fault_driver.check = fault_check;
  fault_driver.rows_copied = fault_rows_copied;
  return &fault_driver;
}
