/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The listener thread: hears by a connection of its own what other daemons on the same database
 * announce. News may be lost with the connection; so whenever it has a new one it looks where the
 * change sets have come to, and tells everybody to forget what they remember. A look every few
 * seconds shows that the connection still is one: only as long is what was cached here current.
 */
#include "ms-store-private.h"

#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#define LOOK_USEC (5 * G_USEC_PER_SEC)
/* What was not contradicted for longer is not believed. */
#define CURRENT_USEC (15 * G_USEC_PER_SEC)
#define RETRY_USEC (250 * 1000)

static gboolean
is_closing (MsStore *self)
{
  g_mutex_lock (&self->writer_lock);
  gboolean closing = self->closing;
  g_mutex_unlock (&self->writer_lock);
  return closing;
}

/* "INSTANCE TOPIC TEXT" */
static void
take_news (MsStore *self, const char *news)
{
  g_auto (GStrv) parts = g_strsplit (news, " ", 3);

  if (g_strv_length (parts) != 3 || strcmp (parts[0], self->instance) == 0)
    return;
  if (strcmp (parts[1], MS_NEWS_COMMIT) == 0)
    ms_store_tell_commit (self, g_ascii_strtoll (parts[2], NULL, 10));
  else
    ms_store_tell_news (self, parts[1], parts[2]);
}

/* Whatever came before the answer to this look has been heard when it is over. */
static gboolean
look (MsStore *self, MsSql *sql, GError **error)
{
  gint64 asked = g_get_monotonic_time ();
  gint64 last = 0;
  char  *news = NULL;

  if (!ms_sql_get_int (sql, &last, error, "SELECT COALESCE(MAX(sequence), 0) FROM change_set", ""))
    return FALSE;
  do
    {
      g_clear_pointer (&news, g_free);
      if (!sql->driver->wait_news (sql, self->wake[0], 0, &news, error))
        return FALSE;
      if (news != NULL)
        take_news (self, news);
    }
  while (news != NULL);
  ms_store_tell_commit (self, last);
  g_mutex_lock (&self->tell_lock);
  self->current_until = asked + CURRENT_USEC;
  g_mutex_unlock (&self->tell_lock);
  return TRUE;
}

static gboolean
listen_until_broken (MsStore *self, MsSql *sql, GError **error)
{
  if (!sql->driver->listen (sql, error))
    return FALSE;
  ms_store_tell_news (self, MS_NEWS_RESET, "");
  if (!look (self, sql, error))
    return FALSE;
  while (!is_closing (self))
    {
      g_autofree char *news = NULL;

      if (!sql->driver->wait_news (sql, self->wake[0], LOOK_USEC, &news, error))
        return FALSE;
      if (news != NULL)
        take_news (self, news);
      else if (!is_closing (self) && !look (self, sql, error))
        return FALSE;
    }
  return TRUE;
}

static void
pause_before_retry (MsStore *self)
{
  GPollFD fd = { self->wake[0], G_IO_IN, 0 };

  (void) g_poll (&fd, 1, RETRY_USEC / 1000);
}

static gpointer
listener_main (gpointer user_data)
{
  MsStore           *self = user_data;
  const MsSqlDriver *driver = self->database->driver;

  while (!is_closing (self))
    {
      g_autoptr (GError) error = NULL;
      MsSql *sql = driver->connect (self->database, FALSE, &error);

      if (sql != NULL)
        {
          (void) listen_until_broken (self, sql, &error);
          driver->disconnect (sql);
        }
      if (error != NULL)
        {
          g_debug ("listening to the store: %s", error->message);
          pause_before_retry (self);
        }
    }
  return NULL;
}

gboolean
ms_store_start_listener (MsStore *self, GError **error)
{
  if (self->database->driver->listen == NULL)
    return TRUE;
  if (!g_unix_open_pipe (self->wake, FD_CLOEXEC, error))
    return FALSE;
  self->listener_thread = g_thread_new ("ms-listener", listener_main, self);
  return TRUE;
}

void
ms_store_stop_listener (MsStore *self)
{
  if (self->listener_thread == NULL)
    return;
  /* The end of the pipe wakes it wherever it waits. */
  close (self->wake[1]);
  g_thread_join (g_steal_pointer (&self->listener_thread));
  close (self->wake[0]);
}

gboolean
ms_store_is_current (MsStore *self)
{
  g_return_val_if_fail (MS_IS_STORE (self), FALSE);

  /* Others may write to what is only read here, and nobody listens. */
  if (self->read_only)
    return FALSE;
  if (self->listener_thread == NULL)
    return TRUE;
  g_mutex_lock (&self->tell_lock);
  gboolean current = g_get_monotonic_time () < self->current_until;
  g_mutex_unlock (&self->tell_lock);
  return current;
}
