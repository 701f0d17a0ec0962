/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PostgreSQL's errors in ours. Only the first line of a message is passed on: details quote values,
 * and values may be secrets.
 */
#include "ms-postgres-private.h"

#include "ms-error.h"

#include <string.h>

/* By us, or by the time that it has for a statement. */
#define STATE_CANCELLED "57014"

/* What an SQLSTATE (or all that begin so) means: ours, whether it ends the transaction, and the
 * words for people. The first that fits counts. */
static const struct
{
  const char *state;
  MsError     error;
  gboolean    lost;
  const char *text;
} failures[] = {
  { "53100", MS_ERROR_UNAVAILABLE, TRUE, "the disk that holds it is full" },
  { "53200", MS_ERROR_UNAVAILABLE, TRUE, "its server is out of memory" },
  { "53300", MS_ERROR_UNAVAILABLE, TRUE, "its server has no connection left" },
  { "53", MS_ERROR_UNAVAILABLE, TRUE, "its server is out of resources" },
  { "58", MS_ERROR_UNAVAILABLE, TRUE, "its disk reports an error" },
  { "25006", MS_ERROR_UNAVAILABLE, TRUE, "it cannot be written to" },
  { "25P03", MS_ERROR_UNAVAILABLE, TRUE, "a transaction stood still for too long" },
  { "25", MS_ERROR_INTERNAL, TRUE, "a transaction went wrong" },
  { STATE_CANCELLED, MS_ERROR_UNAVAILABLE, TRUE, "a statement took too long" },
  { "57P", MS_ERROR_UNAVAILABLE, TRUE, "its server is stopping or starting" },
  { "08", MS_ERROR_UNAVAILABLE, TRUE, "the connection to its server is lost" },
  { "40", MS_ERROR_UNAVAILABLE, TRUE, "another transaction was in the way" },
  { "55", MS_ERROR_UNAVAILABLE, TRUE, "another server keeps it locked" },
  { "XX001", MS_ERROR_INTERNAL, TRUE, "its data are damaged" },
  { "XX002", MS_ERROR_INTERNAL, TRUE, "its data are damaged" },
  { "42501", MS_ERROR_UNAVAILABLE, FALSE, "the role may not do that" },
  { "23", MS_ERROR_CONFLICT, FALSE, "a rule of its tables was broken" },
};

/* "program limit exceeded": of stack, parameters, columns … */
#define STATE_TOO_MUCH "54"

static char *
first_line (const char *text)
{
  return g_strndup (text, strcspn (text, "\r\n"));
}

/* @text: (nullable) */
static void
set_error (MsPostgres *self, MsError code, const char *text, const char *detail, GError **error)
{
  const char *name = self->base.database->name;

  if (text == NULL)
    ms_error_set (error, code, NULL, NULL, "The store %s: %s", name, detail);
  else
    ms_error_set (error, code, NULL, NULL, "The store %s: %s (%s)", name, text, detail);
}

static gboolean
was_cancelled (MsPostgres *self, const char *state)
{
  return g_strcmp0 (state, STATE_CANCELLED) == 0
         && g_cancellable_is_cancelled (self->base.cancellable);
}

/* What the server says of why it lets nobody in, in its own words; %NULL where nothing of a server
 * was heard. (transfer full) (nullable) */
static char *
find_refusal (PGconn *conn)
{
  static const char fatal[] = "FATAL:";
  const char       *said = strstr (PQerrorMessage (conn), fatal);

  if (said != NULL)
    {
      said += strlen (fatal);
      return first_line (said + strspn (said, " "));
    }
  if (PQconnectionNeedsPassword (conn))
    return g_strdup ("it asks for a password, and none was given");
  /* In another language; a password is sent to a server that asks for one. */
  return PQconnectionUsedPassword (conn) ? first_line (PQerrorMessage (conn)) : NULL;
}

/* It says so to whoever asks, and to no program in words that do not depend on its language. One
 * that refused and is gone by now was stopping. */
static gboolean
takes_nobody (MsPostgres *self)
{
  PGPing ping = PQping (((MsPostgresDatabase *) self->base.database)->conninfo);

  return ping == PQPING_REJECT || ping == PQPING_NO_RESPONSE;
}

gboolean
ms_postgres_fail_to_connect (MsPostgres *self, GError **error)
{
  g_autofree char *refusal = self->conn != NULL ? find_refusal (self->conn) : NULL;

  self->base.lost = TRUE;
  if (refusal != NULL && takes_nobody (self))
    {
      set_error (self,
                 MS_ERROR_UNAVAILABLE,
                 "its server is starting or stopping, and takes no connections now",
                 refusal,
                 error);
      return FALSE;
    }
  if (refusal != NULL)
    {
      g_autofree char *text
          = g_strdup_printf ("its server does not let the role “%s” into the database “%s”",
                             PQuser (self->conn),
                             PQdb (self->conn));
      set_error (self, MS_ERROR_UNAVAILABLE, text, refusal, error);
      return FALSE;
    }
  g_autofree char *detail = first_line (self->conn != NULL ? PQerrorMessage (self->conn) : "");
  set_error (self, MS_ERROR_UNAVAILABLE, "its server cannot be reached", detail, error);
  return FALSE;
}

gboolean
ms_postgres_fail (MsPostgres *self, const PGresult *result, GError **error)
{
  gboolean    broken = self->conn == NULL || PQstatus (self->conn) != CONNECTION_OK;
  const char *state = result != NULL ? PQresultErrorField (result, PG_DIAG_SQLSTATE) : NULL;
  const char *primary
      = result != NULL ? PQresultErrorField (result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
  g_autofree char *detail = first_line (
      primary != NULL ? primary : (self->conn != NULL ? PQerrorMessage (self->conn) : ""));

  self->base.lost = self->base.lost || broken;
  if (g_strcmp0 (state, STATE_CANCELLED) == 0 && ms_sql_is_overdue (&self->base))
    return ms_sql_fail_overdue (&self->base, error);
  if (was_cancelled (self, state))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Operation was cancelled");
      return FALSE;
    }
  if (state != NULL && g_str_has_prefix (state, STATE_TOO_MUCH))
    return ms_sql_fail_too_much (error);
  for (guint i = 0; state != NULL && i < G_N_ELEMENTS (failures); i++)
    if (g_str_has_prefix (state, failures[i].state))
      {
        self->base.lost = self->base.lost || failures[i].lost;
        set_error (self, failures[i].error, failures[i].text, detail, error);
        return FALSE;
      }
  if (broken)
    set_error (self, MS_ERROR_UNAVAILABLE, "the connection to its server is lost", detail, error);
  else
    set_error (self, MS_ERROR_INTERNAL, NULL, detail, error);
  return FALSE;
}
