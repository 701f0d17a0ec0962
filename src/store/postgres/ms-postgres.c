/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Transactions of the PostgreSQL driver. A read has one snapshot. Writes of all daemons follow one
 * upon the other: each begins by locking the one row of "store_info", so that it sees all that was
 * written before it, and tells it when a newer program has changed the schema underneath.
 */
#include "ms-postgres-private.h"

#include "ms-error.h"

#include <string.h>

/* While there is no such row yet: "Mstd". */
#define CREATION_LOCK "1299477604"

#define BEGIN_READ "BEGIN" /* the session says how */
#define BEGIN_WRITE "BEGIN ISOLATION LEVEL READ COMMITTED"
#define LOCK_STORE "SELECT version FROM store_info FOR UPDATE"

/* More savepoints in one transaction make all others slower (PGPROC_MAX_CACHED_SUBXIDS). */
#define BATCH_WRITES 60

/* Beginning ----------------------------------------------------------------------------------- */

static gboolean
forget_statements (MsPostgres *self, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (self->dropped->len == 0)
    return TRUE;
  for (guint i = 0; i < self->dropped->len; i++)
    g_string_append_printf (text, "DEALLOCATE %s;", (const char *) self->dropped->pdata[i]);
  g_ptr_array_set_size (self->dropped, 0);
  PGresult *result = ms_postgres_execute (self, text->str, error);
  PQclear (result);
  return result != NULL;
}

static gboolean
check_version (MsPostgres *self, const PGresult *result, GError **error)
{
  gint64 version
      = PQntuples (result) == 1 ? g_ascii_strtoll (PQgetvalue (result, 0, 0), NULL, 10) : 0;

  if (version == self->base.database->version)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_UNAVAILABLE,
                NULL,
                NULL,
                "The store %s was brought to version %" G_GINT64_FORMAT
                " by another program; this one knows version %" G_GINT64_FORMAT
                " and must be replaced",
                self->base.database->name,
                version,
                self->base.database->version);
  return FALSE;
}

/* While the store is being opened, its tables may not be there yet. */
static gboolean
lock_while_opening (MsPostgres *self, GError **error)
{
  PGresult *result = ms_postgres_execute (
      self,
      "SELECT pg_advisory_xact_lock (" CREATION_LOCK ");"
      "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
      " WHERE n.nspname = '" MS_POSTGRES_SCHEMA "' AND c.relname = 'store_info'",
      error);

  if (result == NULL)
    return FALSE;
  gboolean exists = PQntuples (result) == 1 && *PQgetvalue (result, 0, 0) == '1';
  PQclear (result);
  if (!exists)
    return TRUE;
  result = ms_postgres_execute (self, LOCK_STORE, error);
  PQclear (result);
  return result != NULL;
}

/* What a transaction is begun with: a statement without parameters, which the server has prepared
 * and need not plan each time. */
typedef struct
{
  MsStatement *statement;
  gint64      *value;
} Question;

/* @question: (nullable). (transfer full) (nullable): with @error */
static char *
dup_beginning (MsPostgres *self, const Question *question, GError **error)
{
  const char *text = !self->base.writing                 ? BEGIN_READ
                     : self->base.database->version == 0 ? BEGIN_WRITE
                                                         : BEGIN_WRITE ";" LOCK_STORE;

  if (question == NULL)
    return g_strdup (text);
  const char *name = ms_postgres_get_prepared (question->statement, error);
  return name != NULL ? g_strconcat (text, ";EXECUTE ", name, NULL) : NULL;
}

static gboolean
begin_in_session (MsPostgres *self, const Question *question, GError **error)
{
  if (!forget_statements (self, error))
    return FALSE;
  g_autofree char *text = dup_beginning (self, question, error);
  if (text == NULL)
    return FALSE;
  PGresult *result = ms_postgres_execute (self, text, error);
  if (result == NULL)
    return FALSE;
  if (question != NULL && PQntuples (result) > 0)
    *question->value = g_ascii_strtoll (PQgetvalue (result, 0, 0), NULL, 10);
  gboolean done = !self->base.writing
                  || (self->base.database->version == 0 ? lock_while_opening (self, error)
                                                        : check_version (self, result, error));
  PQclear (result);
  return done && (!self->base.writing || ms_postgres_enter_pipeline (self, error));
}

static void
rollback (MsSql *sql)
{
  MsPostgres *self = (MsPostgres *) sql;

  sql->cancellable = NULL;
  sql->deadline = 0;
  if (!ms_postgres_leave_pipeline (self))
    ms_postgres_drop_session (self);
  if (self->conn == NULL || PQtransactionStatus (self->conn) == PQTRANS_IDLE)
    return;
  PGresult *result = ms_postgres_execute (self, "ROLLBACK", NULL);
  if (result == NULL)
    ms_postgres_drop_session (self);
  PQclear (result);
}

/* A session that lay idle may have lost its server meanwhile: then nothing was lost, and a new one
 * is begun. */
static gboolean
begin_with (MsSql *sql, const Question *question, GError **error)
{
  MsPostgres *self = (MsPostgres *) sql;
  gboolean    was_idle = self->conn != NULL;
  g_autoptr (GError) local_error = NULL;

  sql->lost = FALSE;
  g_string_truncate (self->news, 0);
  if (!ms_postgres_connect_session (self, error))
    return FALSE;
  if (begin_in_session (self, question, &local_error))
    return TRUE;
  gboolean broken = self->conn == NULL || PQstatus (self->conn) != CONNECTION_OK;
  if (!broken || !was_idle)
    {
      rollback (sql);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  sql->lost = FALSE;
  if (!ms_postgres_connect_session (self, error))
    return FALSE;
  if (begin_in_session (self, question, error))
    return TRUE;
  rollback (sql);
  return FALSE;
}

static gboolean
begin (MsSql *sql, GError **error)
{
  return begin_with (sql, NULL, error);
}

/* For reading only: what a write begins with has an answer of its own. */
static gboolean
begin_asking (MsSql *sql, const char *query, gint64 *value, GError **error)
{
  g_autoptr (MsStatement) statement = ms_sql_prepare (sql, query, error);
  const Question question = { statement, value };

  g_assert (!sql->writing);
  return statement != NULL && begin_with (sql, &question, error);
}

/* Ending -------------------------------------------------------------------------------------- */

/* A transaction in which a statement failed is rolled back by COMMIT, and that is no error to the
 * server. */
static gboolean
commit (MsSql *sql, GError **error)
{
  MsPostgres *self = (MsPostgres *) sql;

  if (self->piped && !ms_postgres_settle_pipeline (self, error))
    return FALSE;
  if (!ms_postgres_leave_pipeline (self))
    return ms_postgres_fail (self, NULL, error);
  PGresult *result = ms_postgres_execute (self, g_string_append (self->news, "COMMIT")->str, error);

  g_string_truncate (self->news, 0);
  if (result == NULL)
    {
      if (sql->writing && self->conn != NULL && PQstatus (self->conn) != CONNECTION_OK)
        g_prefix_error (error, "Whether the change was saved is not known: ");
      return FALSE;
    }
  gboolean done = strcmp (PQcmdStatus (result), "COMMIT") == 0;
  PQclear (result);
  if (!done)
    ms_error_set (error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  NULL,
                  "The store %s took the transaction back; nothing was changed",
                  sql->database->name);
  return done;
}

static gboolean
execute (MsSql *sql, const char *script, GError **error)
{
  PGresult *result = ms_postgres_execute ((MsPostgres *) sql, script, error);

  PQclear (result);
  return result != NULL;
}

/* What takes the place of a row changes it here, and rules say so. */
static gboolean
has_event (const char *event)
{
  return strcmp (event, MS_SQL_REPLACE) != 0;
}

/* What a rule does. Our own writers follow one upon the other, others may not. */
static char *
dup_body (const MsSqlRule *rule)
{
  return g_strdup_printf (
      " BEGIN %s"
      " IF %s THEN RAISE integrity_constraint_violation USING MESSAGE = '%s'; END IF;"
      " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END ",
      rule->serial ? "PERFORM pg_advisory_xact_lock (" CREATION_LOCK ", 1);" : "",
      rule->condition,
      rule->message);
}

static void
append_rule (const MsSqlRule *rule, GString *script)
{
  g_autofree char *body = dup_body (rule);

  g_string_append_printf (
      script,
      "CREATE OR REPLACE FUNCTION %s () RETURNS trigger LANGUAGE plpgsql AS $rule$%s$rule$;"
      "DROP TRIGGER IF EXISTS %s ON %s;"
      "CREATE TRIGGER %s BEFORE %s ON %s FOR EACH %s EXECUTE FUNCTION %s ();",
      rule->name,
      body,
      rule->name,
      rule->table,
      rule->name,
      rule->event,
      rule->table,
      strcmp (rule->event, MS_SQL_TRUNCATE) == 0 ? "STATEMENT" : "ROW",
      rule->name);
}

/* When and what, without how the server would write it. The numbers are the bits of pg_trigger.h:
 * before, for each row, or for the statement that empties a table. */
static const char rules_query[]
    = "SELECT t.tgname, c.relname,"
      " CASE t.tgtype WHEN 7 THEN 'INSERT' WHEN 11 THEN 'DELETE' WHEN 19 THEN 'UPDATE'"
      "  WHEN 34 THEN 'TRUNCATE' ELSE 'OTHER ' || t.tgtype END"
      " || COALESCE (' OF ' || (SELECT string_agg (a.attname, ', ' ORDER BY k.place)"
      "   FROM unnest (t.tgattr::int2[]) WITH ORDINALITY AS k (number, place)"
      "   JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = k.number), '')"
      " || CASE WHEN t.tgqual IS NULL THEN '' ELSE ' WHEN' END || ':' || p.prosrc,"
      " NULLIF (concat_ws (', ',"
      "  CASE WHEN l.lanname <> 'plpgsql' THEN 'the language ' || l.lanname END,"
      "  CASE WHEN p.prosecdef THEN 'security definer' END,"
      "  CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' END,"
      "  CASE WHEN p.proisstrict THEN 'strict' END,"
      "  array_to_string (p.proconfig, ', ')), '')"
      " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
      " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_proc p ON p.oid = t.tgfoid"
      " JOIN pg_language l ON l.oid = p.prolang"
      " WHERE n.nspname = '" MS_POSTGRES_SCHEMA "' AND p.pronamespace = n.oid"
      " AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')";

/* Whatever their functions, and also those that are switched off: whose they are is the question.
 */
static const char additions_query[]
    = "SELECT x.kind, x.name, c.relname FROM ("
      "   SELECT 'trigger' AS kind, tgname AS name, tgrelid AS rel FROM pg_trigger"
      "   WHERE NOT tgisinternal"
      "   UNION ALL SELECT 'rule', rulename, ev_class FROM pg_rewrite"
      "   UNION ALL SELECT 'policy', polname, polrelid FROM pg_policy"
      "   UNION ALL SELECT 'row-level security', NULL, oid FROM pg_class"
      "   WHERE relrowsecurity OR relforcerowsecurity) x"
      " JOIN pg_class c ON c.oid = x.rel JOIN pg_namespace n ON n.oid = c.relnamespace"
      " WHERE n.nspname = '" MS_POSTGRES_SCHEMA "' AND c.relkind IN ('r', 'p')"
      " ORDER BY x.kind, x.name, c.relname";

static char *
dup_rule (const MsSqlRule *rule)
{
  g_autofree char *body = dup_body (rule);

  return g_strconcat (rule->event, ":", body, NULL);
}

static const char *const dialect[] = {
  "@row@",       "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
  "@key@",       "BIGINT PRIMARY KEY",
  "@int@",       "BIGINT",
  "@text@",      "TEXT COLLATE \"C\"",
  "@blob@",      "BYTEA",
  "@table@",     "",
  "@clustered@", "",
  NULL,
};

/* The first bit is the other way round in a key. */
#define TURNED " # (-9223372036854775807 - 1)"

static const char *const number_key[]
    = { "(lpad(to_hex((", ")" TURNED "), 16, '0')) COLLATE \"C\"" };

/* An 'x' before hexadecimal digits makes bits of them. */
static const char *const key_number[]
    = { "(CAST(CAST('x' || ", " AS BIT(64)) AS BIGINT)" TURNED ")" };

static const char *const schemes[] = { "postgresql:", "postgres:", NULL };

const MsSqlDriver ms_postgres_driver = {
  .name = "postgresql",
  .schemes = schemes,
  .dialect = dialect,
  .find_function = "strpos",
  .number_key = number_key,
  .key_number = key_number,
  .search_schema = ms_postgres_search_schema,
  .columns_query = ms_postgres_columns_query,
  .definitions_query = ms_postgres_definitions_query,
  .remarks_query = ms_postgres_remarks_query,
  .reserve_query = "SELECT nextval(pg_get_serial_sequence('object', 'n'))"
                   " FROM generate_series(1, $1)",
  .batch_writes = BATCH_WRITES,
  .open = ms_postgres_open,
  .close = ms_postgres_close,
  .connect = ms_postgres_connect,
  .disconnect = ms_postgres_disconnect,
  .is_ours = ms_postgres_is_ours,
  .prepare = ms_postgres_prepare,
  .finalize = ms_postgres_finalize,
  .reset = ms_postgres_reset,
  .expect = ms_postgres_expect,
  .bind_int = ms_postgres_bind_int,
  .bind_text = ms_postgres_bind_text,
  .bind_blob = ms_postgres_bind_blob,
  .step = ms_postgres_step,
  .run = ms_postgres_run,
  .changes = ms_postgres_changes,
  .get_int = ms_postgres_get_int,
  .get_text = ms_postgres_get_text,
  .dup_blob = ms_postgres_dup_blob,
  .execute = execute,
  .begin = begin,
  .begin_asking = begin_asking,
  .commit = commit,
  .rollback = rollback,
  .savepoint = ms_postgres_savepoint,
  .keep_savepoint = ms_postgres_keep_savepoint,
  .drop_savepoint = ms_postgres_drop_savepoint,
  .announce = ms_postgres_announce,
  .listen = ms_postgres_listen,
  .wait_news = ms_postgres_wait_news,
  .search_condition = ms_postgres_search_condition,
  .search_set = ms_postgres_search_set,
  .search_complete = ms_postgres_search_complete,
  .check = ms_postgres_check,
  .search_check = ms_postgres_search_check,
  .check_identities = ms_postgres_check_identities,
  .has_event = has_event,
  .append_rule = append_rule,
  .rules_query = rules_query,
  .additions_query = additions_query,
  .dup_rule = dup_rule,
  .rows_copied = ms_postgres_rows_copied,
};
