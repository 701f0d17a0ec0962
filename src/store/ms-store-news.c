/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is told of commits: to this process, in order and once, whichever daemon made them; and to
 * the other daemons on the same database, with the commit itself.
 */
#include "ms-store-private.h"

#include "ms-txn-private.h"

#include <string.h>

/* A little less than what PostgreSQL takes in one piece. */
#define LONGEST_NEWS 7500

/* To this process ------------------------------------------------------------------------------ */

/* Sequence numbers have no gaps and commits follow one upon the other: when one is known, all
 * before it are there. */
void
ms_store_tell_commit (MsStore *self, gint64 last)
{
  g_mutex_lock (&self->tell_lock);
  if (last > self->told)
    {
      gint64 first = self->told + 1;
      self->told = last;
      if (self->commit_func != NULL)
        self->commit_func (self, first, last, self->commit_data);
    }
  g_mutex_unlock (&self->tell_lock);
}

void
ms_store_tell_news (MsStore *self, const char *topic, const char *text)
{
  g_mutex_lock (&self->tell_lock);
  if (self->news_func != NULL)
    self->news_func (self, topic, text, self->news_data);
  g_mutex_unlock (&self->tell_lock);
}

void
ms_store_set_commit_func (MsStore *self, MsCommitFunc func, gpointer user_data)
{
  g_return_if_fail (MS_IS_STORE (self));

  g_mutex_lock (&self->tell_lock);
  self->commit_func = func;
  self->commit_data = user_data;
  g_mutex_unlock (&self->tell_lock);
}

void
ms_store_set_news_func (MsStore *self, MsNewsFunc func, gpointer user_data)
{
  g_return_if_fail (MS_IS_STORE (self));

  g_mutex_lock (&self->tell_lock);
  self->news_func = func;
  self->news_data = user_data;
  g_mutex_unlock (&self->tell_lock);
}

/* To the others -------------------------------------------------------------------------------- */

void
ms_txn_announce (MsTxn *txn, const char *topic, const char *text)
{
  g_return_if_fail (txn != NULL && txn->context != NULL && topic != NULL && text != NULL);

  /* One that is too long for the channel must not stop the write. */
  if (txn->sql->driver->announce == NULL || strlen (topic) + strlen (text) > LONGEST_NEWS)
    return;
  if (txn->news == NULL)
    txn->news = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (txn->news, g_strconcat (topic, " ", text, NULL));
}

typedef struct
{
  char *topic;
  char *text;
} Announcement;

static gboolean
do_announce (MsTxn *txn, gpointer user_data, GError **error)
{
  const Announcement *announcement = user_data;

  ms_txn_announce (txn, announcement->topic, announcement->text);
  return TRUE;
}

static void
on_announced_cb (gint64 sequence, const GError *error, gpointer user_data)
{
  Announcement *announcement = user_data;

  /* No promise was made. */
  g_free (announcement->topic);
  g_free (announcement->text);
  g_free (announcement);
}

void
ms_store_announce_async (MsStore *self, const char *topic, const char *text)
{
  g_return_if_fail (MS_IS_STORE (self) && topic != NULL && text != NULL);

  const MsChangeContext context = { .channel = "system", .verb = "update" };
  if (self->listener_thread == NULL)
    return;
  Announcement *announcement = g_new (Announcement, 1);
  announcement->topic = g_strdup (topic);
  announcement->text = g_strdup (text);
  ms_store_write_async (self, &context, do_announce, announcement, on_announced_cb, announcement);
}

/* Texts of one topic go together, as far as they fit. @all: topic -> GString */
static gboolean
collect (MsStore *self, GHashTable *all, const char *news, GError **error)
{
  const char      *space = strchr (news, ' ');
  g_autofree char *topic = g_strndup (news, (gsize) (space - news));
  GString         *text = g_hash_table_lookup (all, topic);
  gboolean         sent = TRUE;

  if (text != NULL && text->len + strlen (space) > LONGEST_NEWS)
    {
      sent = self->writer->driver->announce (self->writer, text->str, error);
      text = NULL;
    }
  if (text == NULL)
    {
      text = g_string_new (self->instance);
      g_string_append_printf (text, " %s", topic);
      g_hash_table_insert (all, g_steal_pointer (&topic), text);
    }
  g_string_append (text, space);
  return sent;
}

static void
free_text (gpointer data)
{
  g_string_free (data, TRUE);
}

gboolean
ms_store_announce (MsStore *self, GPtrArray *news, gint64 last, GError **error)
{
  const MsSqlDriver *driver = self->database->driver;
  g_autoptr (GHashTable) all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_text);
  GHashTableIter iter;
  GString       *text;

  if (driver->announce == NULL)
    return TRUE;
  for (guint i = 0; i < news->len; i++)
    if (!collect (self, all, news->pdata[i], error))
      return FALSE;
  g_hash_table_iter_init (&iter, all);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &text))
    if (!driver->announce (self->writer, text->str, error))
      return FALSE;
  if (last == 0)
    return TRUE;
  g_autofree char *commit
      = g_strdup_printf ("%s " MS_NEWS_COMMIT " %" G_GINT64_FORMAT, self->instance, last);
  return driver->announce (self->writer, commit, error);
}
