/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * No statement goes on for ever. In a damaged file a page may be the child of several others, and
 * these of several others in turn: what reads them all in their order then takes more steps than
 * anybody can wait for, though the file is small. So steps are counted, and of a statement that
 * takes more than nearly every sound file of its size has to offer the file is looked through,
 * once: where it is sound the statement may take its time.
 */
#include "ms-sqlite-private.h"

#include <glib/gstdio.h>
#include <string.h>

/* Some tenths of a second; and some 12000 for a page, on which a scan takes a few hundred. To look
 * through a file without reason costs less than a statement that takes more. */
#define ALWAYS_ALLOWED 5000000
#define STEPS_OF_BYTE 3

static guint64
count_allowed (const MsSqliteDatabase *file)
{
  g_autofree char *log = g_strconcat (file->path, "-wal", NULL);
  GStatBuf         st;
  guint64          size = 0;

  if (g_stat (file->path, &st) == 0)
    size = (guint64) st.st_size;
  if (g_stat (log, &st) == 0)
    size += (guint64) st.st_size;
  return ALWAYS_ALLOWED + STEPS_OF_BYTE * size;
}

static int
on_look_cb (void *user_data)
{
  MsSqlite *self = user_data;

  return g_cancellable_is_cancelled (self->base.cancellable);
}

static int
on_problem_cb (void *user_data, int columns, char **values, char **names)
{
  char      **problem = user_data;
  const char *text = values[0] != NULL ? values[0] : "";

  if (*problem != NULL || strcmp (text, "ok") == 0 || strstr (text, MS_SQLITE_INDEX_IS_DAMAGED))
    return 0;
  /* The first line may only say which database it is of. */
  const char *line = g_str_has_prefix (text, "***") ? strchr (text, '\n') : NULL;
  *problem = g_utf8_make_valid (line != NULL ? line + 1 : text, -1);
  g_strdelimit (*problem, "\n", ' ');
  return 0;
}

/* (transfer full) (nullable): what is wrong with it. On a connection of its own, for the one at
 * hand is in the middle of a statement. The first problem ends it, so that it takes no more steps
 * than the file has pages and rows. */
static char *
look_through (MsSqlite *self)
{
  MsSqliteDatabase *file = (MsSqliteDatabase *) self->base.database;
  sqlite3          *db = NULL;
  char             *problem = NULL;
  int               code = ms_sqlite_open_file (file, self->immutable, TRUE, &db);

  if (code == SQLITE_OK)
    {
      (void) sqlite3_db_config (db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, file->damaged, NULL);
      sqlite3_progress_handler (db, MS_SQLITE_PROGRESS_STEPS, on_look_cb, self);
      code = sqlite3_exec (db, "PRAGMA quick_check(1)", on_problem_cb, &problem, NULL);
    }
  /* Whatever else keeps us from looking is no reason to stop anybody. */
  if (problem == NULL && ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB))
    problem = g_utf8_make_valid (db != NULL ? sqlite3_errmsg (db) : sqlite3_errstr (code), -1);
  (void) sqlite3_close_v2 (db);
  return problem;
}

/* (transfer full) (nullable). One looks, others wait for what it finds. */
static char *
find_problem (MsSqlite *self)
{
  MsSqliteDatabase *file = (MsSqliteDatabase *) self->base.database;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&file->look_lock);

  if (!file->looked_through)
    file->look_problem = look_through (self);
  /* Who is told to stop looking has not seen all. */
  file->looked_through
      = file->look_problem != NULL || !g_cancellable_is_cancelled (self->base.cancellable);
  return g_strdup (file->look_problem);
}

gboolean
ms_sqlite_bound_take (MsSqlite *self, guint64 steps)
{
  if (self->taken == NULL)
    return FALSE;
  *self->taken += steps;
  if (self->is_sound || *self->taken < ALWAYS_ALLOWED
      || *self->taken < count_allowed ((MsSqliteDatabase *) self->base.database))
    return FALSE;
  g_free (self->endless);
  self->endless = find_problem (self);
  self->is_sound = self->endless == NULL && !g_cancellable_is_cancelled (self->base.cancellable);
  return self->endless != NULL;
}
