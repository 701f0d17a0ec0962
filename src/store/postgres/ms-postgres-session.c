/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sessions with the server: how they begin, how what was sent is waited for, and how soon it is
 * tried again after a failure.
 */
#include "ms-postgres-private.h"

#include "ms-error.h"

#include <poll.h>
#include <string.h>

/* A server of this version has all that we use, and lets the owner of a database add pg_trgm. */
#define OLDEST_SERVER 130000
#define INSUFFICIENT_PRIVILEGE "42501"
/* How often one who waits for an answer looks at the cancellable. */
#define CANCEL_POLL_MSEC 50
/* Pause after the first failure to connect; doubled with each further one. */
#define FIRST_PAUSE_USEC (100 * 1000)
#define LONGEST_PAUSE_USEC (5 * G_USEC_PER_SEC)

/* What holds unless the address says otherwise. Definitions are compared as the server writes them,
 * with quotes only where a name needs them. A writer that stands still would stop all others. Sets
 * that conditions ask for (ms-filter-sql.c) must find room in memory: where the server thinks that
 * they do not, it makes them anew for each object. */
#define COMMON_OPTIONS                                                                             \
  "-c search_path=" MS_POSTGRES_SCHEMA                                                             \
  " -c jit=off -c lock_timeout=30s -c statement_timeout=10min"                                     \
  " -c standard_conforming_strings=on -c bytea_output=hex -c datestyle=ISO"                        \
  " -c quote_all_identifiers=off"                                                                  \
  " -c cursor_tuple_fraction=" MS_POSTGRES_ALL_OF_MANY " -c hash_mem_multiplier=32 "
#define READER_OPTIONS "-c idle_in_transaction_session_timeout=10min "
#define WRITER_OPTIONS "-c idle_in_transaction_session_timeout=30s "

/* Connecting ---------------------------------------------------------------------------------- */

static const char *
find_option (const PQconninfoOption *options, const char *keyword)
{
  for (; options->keyword != NULL; options++)
    if (strcmp (options->keyword, keyword) == 0)
      return options->val;
  return NULL;
}

/* The server is asked for by the address; what the address leaves open is ours. */
static PGconn *
connect_with_defaults (MsPostgres *self)
{
  MsPostgresDatabase *database = (MsPostgresDatabase *) self->base.database;
  PQconninfoOption   *given = PQconninfoParse (database->conninfo, NULL);
  gboolean            read_only = (database->flags & MS_STORE_READ_ONLY) != 0;
  const char         *options = given != NULL ? find_option (given, "options") : NULL;
  g_autofree char    *all_options = g_strconcat (
      COMMON_OPTIONS, self->base.writing ? WRITER_OPTIONS : READER_OPTIONS, options, NULL);
  const char *const defaults[][2] = {
    { "connect_timeout", "10" },
    { "keepalives_idle", "30" },
    { "keepalives_interval", "10" },
    { "keepalives_count", "3" },
    { "tcp_user_timeout", "60000" },
    { "target_session_attrs", read_only ? "any" : "read-write" },
    { "fallback_application_name", "mailsteadd" },
  };
  const char *keywords[G_N_ELEMENTS (defaults) + 4];
  const char *values[G_N_ELEMENTS (keywords)];
  guint       count = 0;

  keywords[count] = "dbname";
  values[count++] = database->conninfo;
  for (guint i = 0; given != NULL && i < G_N_ELEMENTS (defaults); i++)
    if (find_option (given, defaults[i][0]) == NULL)
      {
        keywords[count] = defaults[i][0];
        values[count++] = defaults[i][1];
      }
  keywords[count] = "options";
  values[count++] = all_options;
  keywords[count] = "client_encoding";
  values[count++] = "UTF8";
  keywords[count] = values[count] = NULL;
  PQconninfoFree (given);
  return PQconnectdbParams (keywords, values, 1);
}

static void
ignore_notice (void *data, const char *message)
{
  /* libpq would print it. */
}

static gboolean
check_server (MsPostgres *self, GError **error)
{
  const char *encoding = PQparameterStatus (self->conn, "server_encoding");
  int         version = PQserverVersion (self->conn);

  if (version < OLDEST_SERVER)
    {
      ms_error_set (error,
                    MS_ERROR_UNSUPPORTED,
                    NULL,
                    NULL,
                    "The store %s is on a server of version %d.%d; it must be 13 or newer",
                    self->base.database->name,
                    version / 10000,
                    version % 10000);
      return FALSE;
    }
  if (g_strcmp0 (encoding, "UTF8") == 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_UNSUPPORTED,
                NULL,
                NULL,
                "The database %s has the encoding %s; a store needs UTF8",
                self->base.database->name,
                encoding != NULL ? encoding : "unknown");
  return FALSE;
}

/* Rules and references must hold whatever the database or the role says to all its sessions. As an
 * option of the connection it would keep out all who may not say so. */
#define RULES_ON                                                                                   \
  "SELECT set_config ('session_replication_role', 'origin', FALSE)"                                \
  " WHERE current_setting ('session_replication_role') <> 'origin'"

/* Where we may not, the store is used as it is, and verify tells. */
static gboolean
switch_rules_on (MsPostgres *self, GError **error)
{
  PGresult   *result = PQsendQuery (self->conn, RULES_ON) == 1 ? ms_postgres_wait (self) : NULL;
  const char *state = PQresultErrorField (result, PG_DIAG_SQLSTATE);
  gboolean    done = PQresultStatus (result) == PGRES_TUPLES_OK
                  || g_strcmp0 (state, INSUFFICIENT_PRIVILEGE) == 0;

  if (!done)
    (void) ms_postgres_fail (self, result, error);
  PQclear (result);
  return done;
}

/* What each of its transactions would else be told: one snapshot, and nothing written. After what
 * the address says, which must not change it. */
#define READING                                                                                    \
  "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"

static gboolean
make_reader (MsPostgres *self, GError **error)
{
  if (self->base.writing)
    return TRUE;
  PGresult *result = PQsendQuery (self->conn, READING) == 1 ? ms_postgres_wait (self) : NULL;
  gboolean  done = PQresultStatus (result) == PGRES_COMMAND_OK;

  if (!done)
    (void) ms_postgres_fail (self, result, error);
  PQclear (result);
  return done;
}

static gboolean
may_try (MsPostgresDatabase *database, GError **error)
{
  g_mutex_lock (&database->lock);
  gboolean early = g_get_monotonic_time () < database->not_before;
  g_mutex_unlock (&database->lock);
  if (early)
    ms_error_set (error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  NULL,
                  "The store %s: its server could not be reached a moment ago",
                  database->base.name);
  return !early;
}

static void
note_attempt (MsPostgresDatabase *database, gboolean reached)
{
  g_mutex_lock (&database->lock);
  database->failures = reached ? 0 : MIN (database->failures + 1, 16);
  gint64 pause = reached ? 0 : (gint64) FIRST_PAUSE_USEC << (database->failures - 1);
  database->not_before
      = reached ? 0 : g_get_monotonic_time () + MIN (pause, (gint64) LONGEST_PAUSE_USEC);
  g_mutex_unlock (&database->lock);
}

void
ms_postgres_drop_session (MsPostgres *self)
{
  g_clear_pointer (&self->conn, PQfinish);
  g_ptr_array_set_size (self->dropped, 0);
  ms_postgres_forget_pipeline (self);
}

gboolean
ms_postgres_connect_session (MsPostgres *self, GError **error)
{
  MsPostgresDatabase *database = (MsPostgresDatabase *) self->base.database;

  if (self->conn != NULL && PQstatus (self->conn) == CONNECTION_OK)
    return TRUE;
  ms_postgres_drop_session (self);
  if (!may_try (database, error))
    return FALSE;
  self->conn = connect_with_defaults (self);
  self->session++;
  gboolean reached = self->conn != NULL && PQstatus (self->conn) == CONNECTION_OK;
  note_attempt (database, reached);
  if (!reached)
    {
      (void) ms_postgres_fail_to_connect (self, error);
      ms_postgres_drop_session (self);
      return FALSE;
    }
  PQsetNoticeProcessor (self->conn, ignore_notice, NULL);
  if (check_server (self, error) && switch_rules_on (self, error) && make_reader (self, error))
    return TRUE;
  ms_postgres_drop_session (self);
  return FALSE;
}

/* Waiting ------------------------------------------------------------------------------------- */

static void
cancel_statement (MsPostgres *self)
{
  char      reason[256];
  PGcancel *cancel = PQgetCancel (self->conn);

  if (cancel == NULL)
    return;
  /* Where it does not get through, the statement's answer is waited for as ever. */
  (void) PQcancel (cancel, reason, sizeof reason);
  PQfreeCancel (cancel);
}

/* How long to wait for something to be read before looking at what may end the waiting. */
static int
get_patience (MsPostgres *self)
{
  int patience = self->base.cancellable != NULL ? CANCEL_POLL_MSEC : -1;

  if (self->base.deadline == 0)
    return patience;
  gint64 left = MAX (self->base.deadline - g_get_monotonic_time (), 0) / 1000 + 1;
  return patience < 0 ? (int) MIN (left, G_MAXINT) : (int) MIN (left, patience);
}

static gboolean
is_given_up (MsPostgres *self)
{
  return g_cancellable_is_cancelled (self->base.cancellable) || ms_sql_is_overdue (&self->base);
}

/* Until a result can be taken without waiting. */
static gboolean
wait_readable (MsPostgres *self)
{
  gboolean cancelled = FALSE;

  while (PQisBusy (self->conn) != 0)
    {
      struct pollfd fd = { PQsocket (self->conn), POLLIN, 0 };
      int           ready = poll (&fd, 1, cancelled ? -1 : get_patience (self));

      if (!cancelled && is_given_up (self))
        {
          cancelled = TRUE;
          cancel_statement (self);
        }
      if (ready > 0 && PQconsumeInput (self->conn) == 0)
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_good (const PGresult *result)
{
  ExecStatusType status = PQresultStatus (result);

  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

PGresult *
ms_postgres_next_result (MsPostgres *self)
{
  /* Where the session broke, libpq says so in a last result. */
  (void) wait_readable (self);
  return PQgetResult (self->conn);
}

PGresult *
ms_postgres_wait (MsPostgres *self)
{
  PGresult *last = NULL;

  while (TRUE)
    {
      PGresult *result = ms_postgres_next_result (self);

      if (result == NULL)
        return last;
      if (last != NULL && !is_good (last))
        {
          PQclear (result);
          continue;
        }
      PQclear (last);
      last = result;
    }
}

static PGresult *
execute (MsPostgres *self, const char *text, GError **error)
{
  PGresult *result = NULL;

  if (self->conn != NULL && PQsendQuery (self->conn, text) == 1)
    result = ms_postgres_wait (self);
  if (result != NULL && is_good (result))
    return result;
  (void) ms_postgres_fail (self, result, error);
  PQclear (result);
  return NULL;
}

/* Several statements in one text cannot be put into a pipeline. */
static PGresult *
execute_outside (MsPostgres *self, const char *text, GError **error)
{
  guint depth = self->depth;
  g_autoptr (GError) failed = NULL;

  if (!ms_postgres_settle_pipeline (self, error))
    return NULL;
  if (!ms_postgres_leave_pipeline (self))
    {
      (void) ms_postgres_fail (self, NULL, error);
      return NULL;
    }
  PGresult *result = execute (self, text, &failed);
  if (self->conn != NULL && PQstatus (self->conn) == CONNECTION_OK
      && !ms_postgres_enter_pipeline (self, failed == NULL ? &failed : NULL))
    g_clear_pointer (&result, PQclear);
  self->depth = depth;
  if (failed == NULL)
    return result;
  self->failed = g_error_copy (failed);
  self->failed_depth = depth;
  g_propagate_error (error, g_steal_pointer (&failed));
  return NULL;
}

PGresult *
ms_postgres_execute (MsPostgres *self, const char *text, GError **error)
{
  return self->piped ? execute_outside (self, text, error) : execute (self, text, error);
}
