/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What daemons on one database tell each other: NOTIFY on one channel, sent with the commit that it
 * is about and heard by a connection that does nothing else.
 */
#include "ms-postgres-private.h"

#include "ms-error.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

gboolean
ms_postgres_announce (MsSql *sql, const char *text, GError **error)
{
  MsPostgres *self = (MsPostgres *) sql;
  char *literal = self->conn != NULL ? PQescapeLiteral (self->conn, text, strlen (text)) : NULL;

  if (literal == NULL)
    return ms_postgres_fail (self, NULL, error);
  g_string_append_printf (self->news, "SELECT pg_notify('" MS_POSTGRES_CHANNEL "', %s);", literal);
  PQfreemem (literal);
  return TRUE;
}

gboolean
ms_postgres_listen (MsSql *sql, GError **error)
{
  PGresult *result = ms_postgres_execute ((MsPostgres *) sql, "LISTEN " MS_POSTGRES_CHANNEL, error);

  PQclear (result);
  return result != NULL;
}

/* (transfer full) (nullable) */
static char *
take_news (MsPostgres *self)
{
  PGnotify *notify = PQnotifies (self->conn);

  if (notify == NULL)
    return NULL;
  char *news = g_strdup (notify->extra);
  PQfreemem (notify);
  return news;
}

gboolean
ms_postgres_wait_news (MsSql *sql, int wake_fd, gint64 usec, char **news, GError **error)
{
  MsPostgres   *self = (MsPostgres *) sql;
  struct pollfd fds[] = { { PQsocket (self->conn), POLLIN, 0 }, { wake_fd, POLLIN, 0 } };
  gint64        end = g_get_monotonic_time () + usec;

  while ((*news = take_news (self)) == NULL)
    {
      gint64 left = MAX (end - g_get_monotonic_time (), 0);
      int    ready = poll (fds, G_N_ELEMENTS (fds), (int) ((left + 999) / 1000));

      if (ready == 0 || fds[1].revents != 0)
        return TRUE;
      if (ready < 0 && errno != EINTR)
        {
          ms_error_set (error, MS_ERROR_INTERNAL, NULL, NULL, "poll: %s", g_strerror (errno));
          return FALSE;
        }
      if (ready > 0 && PQconsumeInput (self->conn) == 0)
        return ms_postgres_fail (self, NULL, error);
    }
  return TRUE;
}
