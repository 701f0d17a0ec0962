/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing without waiting. Inside of a transaction that writes, the connection is in libpq's
 * pipeline mode: what is sent is done by the server in that order, and an answer is waited for only
 * where somebody wants it. Once one statement fails, the server does nothing more until the next
 * time we wait; so nothing that comes after a failure can have been done.
 *
 * A failure that shows later than its statement belongs to the savepoint in which that was sent: it
 * is what every further statement there says, until the savepoint is dropped. One that was sent
 * before the innermost savepoint is left to the one outside of it.
 */
#include "ms-postgres-private.h"

#include <string.h>

/* What the server may begin with, though more is to come. */
#define FLUSH_EVERY 8
/* Their answers take memory until they are looked at. */
#define MAX_PENDING 256

static gboolean
fail_again (MsPostgres *self, GError **error)
{
  g_propagate_error (error, g_error_copy (self->failed));
  return FALSE;
}

/* Keeps the first failure, with the savepoint that it belongs to. */
static void
note_failure (MsPostgres *self, const PGresult *result, guint depth)
{
  if (self->failed != NULL)
    return;
  (void) ms_postgres_fail (self, result, &self->failed);
  self->failed_depth = depth;
}

void
ms_postgres_forget_pipeline (MsPostgres *self)
{
  self->piped = FALSE;
  g_array_set_size (self->pending, 0);
  g_clear_error (&self->failed);
  self->depth = 0;
}

gboolean
ms_postgres_enter_pipeline (MsPostgres *self, GError **error)
{
  ms_postgres_forget_pipeline (self);
  self->piped = PQenterPipelineMode (self->conn) == 1;
  return self->piped || ms_postgres_fail (self, NULL, error);
}

gboolean
ms_postgres_leave_pipeline (MsPostgres *self)
{
  if (!self->piped)
    return TRUE;
  PQclear (ms_postgres_collect (self, NULL));
  ms_postgres_forget_pipeline (self);
  return self->conn != NULL && PQexitPipelineMode (self->conn) == 1;
}

/* The answers to all that was sent. (transfer full) (nullable): the last one's, where it is good */
static PGresult *
take_answers (MsPostgres *self)
{
  PGresult *last = NULL;
  guint     taken = 0;

  while (TRUE)
    {
      PGresult      *result = ms_postgres_next_result (self);
      ExecStatusType status = PQresultStatus (result);

      if (result == NULL && (PQstatus (self->conn) != CONNECTION_OK || taken == self->pending->len))
        return last;
      if (result == NULL)
        {
          taken++;
          continue;
        }
      if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE)
        note_failure (self,
                      result,
                      taken < self->pending->len ? g_array_index (self->pending, guint, taken)
                                                 : self->depth);
      gboolean wanted = taken + 1 == self->pending->len
                        && (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
      if (wanted)
        {
          PQclear (last);
          last = result;
        }
      else
        PQclear (result);
      if (status == PGRES_PIPELINE_SYNC)
        return last;
    }
}

PGresult *
ms_postgres_collect (MsPostgres *self, GError **error)
{
  PGresult *last = NULL;

  if (self->pending->len > 0)
    {
      if (self->conn != NULL && PQpipelineSync (self->conn) == 1)
        last = take_answers (self);
      if (self->conn == NULL || PQstatus (self->conn) != CONNECTION_OK)
        note_failure (self, NULL, 0);
      g_array_set_size (self->pending, 0);
    }
  if (self->failed == NULL)
    return last;
  PQclear (last);
  (void) fail_again (self, error);
  return NULL;
}

gboolean
ms_postgres_settle_pipeline (MsPostgres *self, GError **error)
{
  PQclear (ms_postgres_collect (self, NULL));
  return self->failed == NULL || fail_again (self, error);
}

gboolean
ms_postgres_may_send (MsPostgres *self, GError **error)
{
  if (self->failed != NULL)
    return fail_again (self, error);
  return self->conn != NULL || ms_postgres_fail (self, NULL, error);
}

gboolean
ms_postgres_note_sent (MsPostgres *self, gboolean sent, GError **error)
{
  if (!sent)
    {
      note_failure (self, NULL, self->depth);
      return fail_again (self, error);
    }
  g_array_append_val (self->pending, self->depth);
  if (self->pending->len % FLUSH_EVERY == 0)
    (void) PQflush (self->conn);
  return TRUE;
}

gboolean
ms_postgres_put_off (MsPostgres *self, gboolean sent, GError **error)
{
  return ms_postgres_note_sent (self, sent, error)
         && (self->pending->len < MAX_PENDING || ms_postgres_settle_pipeline (self, error));
}

static gboolean
put_off_text (MsPostgres *self, const char *text, GError **error)
{
  return ms_postgres_may_send (self, error)
         && ms_postgres_put_off (
             self, PQsendQueryParams (self->conn, text, 0, NULL, NULL, NULL, NULL, 0) == 1, error);
}

/* Savepoints ---------------------------------------------------------------------------------- */

gboolean
ms_postgres_savepoint (MsSql *sql, GError **error)
{
  MsPostgres *self = (MsPostgres *) sql;

  if (!put_off_text (self, "SAVEPOINT work", error))
    return FALSE;
  self->depth++;
  return TRUE;
}

/* What was done since must be known to have been done. */
gboolean
ms_postgres_keep_savepoint (MsSql *sql, GError **error)
{
  MsPostgres *self = (MsPostgres *) sql;

  if (!put_off_text (self, "RELEASE work", error) || !ms_postgres_settle_pipeline (self, error))
    return FALSE;
  self->depth--;
  return TRUE;
}

gboolean
ms_postgres_drop_savepoint (MsSql *sql, GError **error)
{
  MsPostgres *self = (MsPostgres *) sql;

  (void) ms_postgres_settle_pipeline (self, NULL);
  if (self->conn == NULL || PQstatus (self->conn) != CONNECTION_OK)
    {
      sql->lost = TRUE;
      return TRUE;
    }
  guint depth = self->depth--;
  /* It was never made; the one outside of it is to be dropped. */
  if (self->failed != NULL && self->failed_depth < depth)
    return TRUE;
  g_clear_error (&self->failed);
  return put_off_text (self, "ROLLBACK TO work", error)
         && put_off_text (self, "RELEASE work", error) && ms_postgres_settle_pipeline (self, error);
}
