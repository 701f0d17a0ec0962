/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Statements: prepared on the server when first run in a session, parameters in text form of the
 * type that the server infers. A result is taken whole, so that another statement can run while
 * its rows are read; one that may be large is read through a cursor, some rows at a time. One whose
 * parameters decide how it is best answered is not prepared: after five times the server would plan
 * it for no parameters in particular.
 */
#include "ms-postgres-private.h"

#include "ms-error.h"

#include <string.h>

#define ROWS_AT_ONCE "500"
/* How much of a cursor's result the server is to be quick with, where reading may end early. */
#define FIRST_OF_MANY "0.1"

/* At most one of the three is set; none is NULL. */
typedef struct
{
  char    digits[24];
  char   *text;
  GBytes *bytes;
} Parameter;

typedef struct
{
  MsStatement base;
  char        name[24];
  guint64     session;    /* the one in which it is prepared under this name */
  GArray     *parameters; /* Parameter */
  PGresult   *result;
  int         row; /* in the result; -1 before the first */
  gboolean    many;
  gboolean    first;  /* of those, perhaps only the first are read */
  gboolean    varied; /* each time to be planned anew, for its parameters */
  gboolean    has_cursor;
} MsPostgresStatement;

static void
parameter_clear (gpointer data)
{
  Parameter *parameter = data;

  parameter->digits[0] = '\0';
  g_clear_pointer (&parameter->text, g_free);
  g_clear_pointer (&parameter->bytes, g_bytes_unref);
}

MsStatement *
ms_postgres_prepare (MsSql *sql, const char *text, GError **error)
{
  MsPostgres          *connection = (MsPostgres *) sql;
  MsPostgresStatement *self = g_new0 (MsPostgresStatement, 1);

  g_snprintf (self->name, sizeof self->name, "s%" G_GUINT64_FORMAT, ++connection->last_name);
  self->parameters = g_array_new (FALSE, TRUE, sizeof (Parameter));
  g_array_set_clear_func (self->parameters, parameter_clear);
  self->row = -1;
  return &self->base;
}

/* A text without parameters that is one statement. */
static gboolean
send_text (MsPostgres *connection, const char *text)
{
  return PQsendQueryParams (connection->conn, text, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

static void
close_cursor (MsPostgresStatement *self)
{
  MsPostgres      *connection = (MsPostgres *) self->base.sql;
  g_autofree char *text = g_strdup_printf ("CLOSE \"%s\"", self->name);

  self->has_cursor = FALSE;
  /* Where it cannot be closed, the end of the transaction closes it. */
  if (connection->piped && ms_postgres_may_send (connection, NULL))
    (void) ms_postgres_put_off (connection, send_text (connection, text), NULL);
  else if (!connection->piped && PQtransactionStatus (connection->conn) == PQTRANS_INTRANS)
    PQclear (ms_postgres_execute (connection, text, NULL));
}

void
ms_postgres_reset (MsStatement *statement)
{
  MsPostgresStatement *self = (MsPostgresStatement *) statement;

  if (self->has_cursor)
    close_cursor (self);
  g_clear_pointer (&self->result, PQclear);
  for (guint i = 0; i < self->parameters->len; i++)
    parameter_clear (&g_array_index (self->parameters, Parameter, i));
  self->row = -1;
  self->many = self->first = self->varied = FALSE;
}

void
ms_postgres_finalize (MsStatement *statement)
{
  MsPostgresStatement *self = (MsPostgresStatement *) statement;
  MsPostgres          *connection = (MsPostgres *) statement->sql;

  if (connection->conn != NULL && self->session == connection->session)
    g_ptr_array_add (connection->dropped, g_strdup (self->name));
  ms_postgres_reset (statement);
  g_array_unref (self->parameters);
  g_free (self);
}

/* Parameters ---------------------------------------------------------------------------------- */

static Parameter *
get_parameter (MsStatement *statement, guint index)
{
  MsPostgresStatement *self = (MsPostgresStatement *) statement;

  g_assert (index > 0);
  if (self->parameters->len < index)
    g_array_set_size (self->parameters, index);
  Parameter *parameter = &g_array_index (self->parameters, Parameter, index - 1);
  parameter_clear (parameter);
  return parameter;
}

void
ms_postgres_bind_int (MsStatement *statement, guint index, gint64 value)
{
  Parameter *parameter = get_parameter (statement, index);

  g_snprintf (parameter->digits, sizeof parameter->digits, "%" G_GINT64_FORMAT, value);
}

void
ms_postgres_bind_text (MsStatement *statement, guint index, const char *value)
{
  get_parameter (statement, index)->text = g_strdup (value);
}

void
ms_postgres_bind_blob (MsStatement *statement, guint index, GBytes *value)
{
  get_parameter (statement, index)->bytes = value != NULL ? g_bytes_ref (value) : NULL;
}

void
ms_postgres_expect (MsStatement *statement, MsSqlExpect what)
{
  MsPostgresStatement *self = (MsPostgresStatement *) statement;

  self->many |= what != MS_SQL_EXPECT_VALUES;
  self->first |= what == MS_SQL_EXPECT_FIRST;
  self->varied |= what == MS_SQL_EXPECT_VALUES;
}

/* Running ------------------------------------------------------------------------------------- */

/* The arrays that libpq wants; parameters of one statement are few, those of a filter some
 * thousands. */
typedef struct
{
  const char **values;
  int         *lengths;
  int         *formats;
} Arrays;

static void
arrays_clear (Arrays *self)
{
  g_free (self->values);
  g_free (self->lengths);
  g_free (self->formats);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Arrays, arrays_clear)

static void
arrays_init (Arrays *self, GArray *parameters)
{
  self->values = g_new0 (const char *, parameters->len + 1);
  self->lengths = g_new0 (int, parameters->len + 1);
  self->formats = g_new0 (int, parameters->len + 1);
  for (guint i = 0; i < parameters->len; i++)
    {
      const Parameter *parameter = &g_array_index (parameters, Parameter, i);

      self->values[i] = parameter->digits[0] != '\0' ? parameter->digits : parameter->text;
      if (parameter->bytes == NULL)
        continue;
      gsize size = 0;
      self->values[i] = g_bytes_get_data (parameter->bytes, &size);
      self->lengths[i] = (int) size;
      self->formats[i] = 1;
      /* No bytes have no place, which would be taken for NULL. */
      if (size == 0)
        self->values[i] = "";
    }
}

static gboolean
take_from_pipeline (MsPostgresStatement *self, gboolean sent, GError **error)
{
  MsPostgres *connection = (MsPostgres *) self->base.sql;

  if (!ms_postgres_note_sent (connection, sent, error))
    return FALSE;
  PGresult *result = ms_postgres_collect (connection, error);
  if (result == NULL)
    return FALSE;
  PQclear (self->result);
  self->result = result;
  self->row = -1;
  return TRUE;
}

static gboolean
take (MsPostgresStatement *self, gboolean sent, GError **error)
{
  MsPostgres *connection = (MsPostgres *) self->base.sql;

  if (connection->piped)
    return take_from_pipeline (self, sent, error);
  PGresult      *result = sent ? ms_postgres_wait (connection) : NULL;
  ExecStatusType status = PQresultStatus (result);

  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    {
      (void) ms_postgres_fail (connection, result, error);
      PQclear (result);
      return FALSE;
    }
  PQclear (self->result);
  self->result = result;
  self->row = -1;
  return TRUE;
}

static gboolean
prepare_on_server (MsPostgresStatement *self, GError **error)
{
  MsPostgres *connection = (MsPostgres *) self->base.sql;

  if (self->session == connection->session)
    return TRUE;
  int sent = PQsendPrepare (connection->conn, self->name, self->base.text, 0, NULL);
  if (!take (self, sent == 1, error))
    return FALSE;
  self->session = connection->session;
  return TRUE;
}

const char *
ms_postgres_get_prepared (MsStatement *statement, GError **error)
{
  MsPostgresStatement *self = (MsPostgresStatement *) statement;

  return prepare_on_server (self, error) ? self->name : NULL;
}

static gboolean
fetch (MsPostgresStatement *self, GError **error)
{
  MsPostgres      *connection = (MsPostgres *) self->base.sql;
  g_autofree char *text = g_strdup_printf ("FETCH " ROWS_AT_ONCE " FROM \"%s\"", self->name);

  return take (self, send_text (connection, text), error);
}

/* Without a name, so that it is planned for these parameters. */
static gboolean
send_unnamed (MsPostgresStatement *self, const char *text, const Arrays *arrays)
{
  return PQsendQueryParams (((MsPostgres *) self->base.sql)->conn,
                            text,
                            (int) self->parameters->len,
                            NULL,
                            arrays->values,
                            arrays->lengths,
                            arrays->formats,
                            0)
         == 1;
}

static gboolean
do_beside (MsPostgresStatement *self, gboolean sent, GError **error)
{
  MsPostgres *connection = (MsPostgres *) self->base.sql;

  return connection->piped ? ms_postgres_put_off (connection, sent, error)
                           : take (self, sent, error);
}

static gboolean
send_fraction (MsPostgresStatement *self, const char *fraction)
{
  g_autofree char *text = g_strconcat ("SET LOCAL cursor_tuple_fraction = ", fraction, NULL);

  return send_text ((MsPostgres *) self->base.sql, text);
}

/* The session's cursors are planned to be read to their end. */
static gboolean
open_cursor (MsPostgresStatement *self, const Arrays *arrays, GError **error)
{
  g_autofree char *text
      = g_strdup_printf ("DECLARE \"%s\" NO SCROLL CURSOR FOR %s", self->name, self->base.text);

  if ((self->first && !do_beside (self, send_fraction (self, FIRST_OF_MANY), error))
      || !do_beside (self, send_unnamed (self, text, arrays), error)
      || (self->first && !do_beside (self, send_fraction (self, MS_POSTGRES_ALL_OF_MANY), error)))
    return FALSE;
  self->has_cursor = TRUE;
  return fetch (self, error);
}

static gboolean
send (MsPostgresStatement *self, const Arrays *arrays)
{
  return PQsendQueryPrepared (((MsPostgres *) self->base.sql)->conn,
                              self->name,
                              (int) self->parameters->len,
                              arrays->values,
                              arrays->lengths,
                              arrays->formats,
                              0)
         == 1;
}

static gboolean
run (MsPostgresStatement *self, GError **error)
{
  g_auto (Arrays) arrays = { 0 };

  if (!ms_postgres_may_send ((MsPostgres *) self->base.sql, error))
    return FALSE;
  arrays_init (&arrays, self->parameters);
  if (self->many)
    return open_cursor (self, &arrays, error);
  if (self->varied)
    return take (self, send_unnamed (self, self->base.text, &arrays), error);
  return prepare_on_server (self, error) && take (self, send (self, &arrays), error);
}

gboolean
ms_postgres_run (MsStatement *statement, GError **error)
{
  MsPostgresStatement *self = (MsPostgresStatement *) statement;
  MsPostgres          *connection = (MsPostgres *) statement->sql;
  g_auto (Arrays) arrays = { 0 };

  if (!connection->piped)
    return run (self, error);
  if (!ms_postgres_may_send (connection, error) || !prepare_on_server (self, error))
    return FALSE;
  arrays_init (&arrays, self->parameters);
  return ms_postgres_put_off (connection, send (self, &arrays), error);
}

gboolean
ms_postgres_step (MsStatement *statement, gboolean *row, GError **error)
{
  MsPostgresStatement *self = (MsPostgresStatement *) statement;

  if (self->result == NULL && !run (self, error))
    return FALSE;
  self->row++;
  if (self->has_cursor && self->row > 0 && self->row == PQntuples (self->result))
    {
      if (!fetch (self, error))
        return FALSE;
      self->row = 0;
    }
  *row = self->row < PQntuples (self->result);
  return TRUE;
}

/* Results ------------------------------------------------------------------------------------- */

gint64
ms_postgres_changes (MsStatement *statement)
{
  return g_ascii_strtoll (PQcmdTuples (((MsPostgresStatement *) statement)->result), NULL, 10);
}

const char *
ms_postgres_get_text (MsStatement *statement, guint column)
{
  MsPostgresStatement *self = (MsPostgresStatement *) statement;

  return PQgetisnull (self->result, self->row, (int) column)
             ? NULL
             : PQgetvalue (self->result, self->row, (int) column);
}

gint64
ms_postgres_get_int (MsStatement *statement, guint column)
{
  const char *text = ms_postgres_get_text (statement, column);

  if (text == NULL)
    return 0;
  /* A comparison is a number to SQLite. */
  return *text == 't' ? 1 : g_ascii_strtoll (text, NULL, 10);
}

GBytes *
ms_postgres_dup_blob (MsStatement *statement, guint column)
{
  const char *text = ms_postgres_get_text (statement, column);
  gsize       length = 0;

  if (text == NULL)
    return NULL;
  unsigned char *data = PQunescapeBytea ((const unsigned char *) text, &length);
  return data != NULL ? g_bytes_new_with_free_func (data, length, PQfreemem, data) : NULL;
}
