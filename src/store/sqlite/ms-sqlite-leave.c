/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Leaving a file as it was found. Who reads one that is in WAL mode has SQLite make a log and an
 * index beside it, which only a connection that may write takes away again: a backup that was
 * looked at would have two files beside it, which belong to nothing and keep its name from being
 * used anew.
 */
#include "ms-sqlite-private.h"

#include <glib/gstdio.h>

/* -1 where there is none */
static gint64
get_size (MsSqliteDatabase *self, const char *ending)
{
  g_autofree char *path = g_strconcat (self->path, ending, NULL);
  GStatBuf         st;

  return g_stat (path, &st) == 0 ? (gint64) st.st_size : -1;
}

void
ms_sqlite_note_bare (MsSqliteDatabase *self)
{
  self->bare = get_size (self, "-wal") < 0 && get_size (self, "-shm") < 0
               && get_size (self, "-journal") < 0;
}

/* SQLite's own locks tell whether somebody else has the file open by now: then these files are his,
 * and stay. An empty log has nothing that could get into the file. */
void
ms_sqlite_leave_bare (MsSqliteDatabase *self)
{
  sqlite3 *db = NULL;

  if (!self->bare || get_size (self, "-wal") != 0)
    return;
  if (ms_sqlite_open_file (self, FALSE, FALSE, &db) == SQLITE_OK)
    (void) sqlite3_exec (db, "PRAGMA user_version", NULL, NULL, NULL); /* that opens the log */
  (void) sqlite3_close_v2 (db);
}
