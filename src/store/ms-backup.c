/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A backup is a store file, whatever database it is of: the database's own copy where it has one
 * that can be read as such, else what ms_store_copy() makes.
 */
#include "ms-copy.h"

#include "ms-error.h"
#include "ms-new-file.h"
#include "ms-txn-private.h"
#include "sqlite/ms-sqlite.h"

#include <string.h>

typedef struct
{
  const char       *path;
  const MsProgress *progress;
} Backup;

static gboolean
write_backup (MsSql *sql, const Backup *backup, GError **error)
{
  g_autofree char *partial = ms_new_file_begin (backup->path, FALSE, error);

  if (partial == NULL)
    return FALSE;
  if (sql->driver->backup (sql, partial, backup->progress, error)
      && ms_new_file_finish (partial, backup->path, error))
    return TRUE;
  ms_new_file_discard (partial);
  return FALSE;
}

static gboolean
backup_snapshot (MsTxn *txn, gpointer user_data, GError **error)
{
  return write_backup (txn->sql, user_data, error);
}

static gboolean
check_path (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (!g_path_is_absolute (path))
    {
      ms_error_set (
          error, MS_ERROR_INVALID, NULL, NULL, "“%s” is no absolute name of a file", path);
      return FALSE;
    }
  /* A store that is made for a daemon brings its folder; a backup has a place that is mounted. */
  if (g_file_test (folder, G_FILE_TEST_IS_DIR))
    return TRUE;
  ms_error_set (
      error, MS_ERROR_UNAVAILABLE, NULL, NULL, "Cannot make “%s”: there is no such folder", path);
  return FALSE;
}

gboolean
ms_store_backup (MsStore *self, const char *path, const MsProgress *progress, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self) && path != NULL, FALSE);

  Backup        backup = { path, progress };
  GCancellable *cancellable = progress != NULL ? progress->cancellable : NULL;
  if (!check_path (path, error))
    return FALSE;
  if (self->database->driver->backup != NULL)
    return ms_store_read_afresh (self, backup_snapshot, &backup, cancellable, error);
  g_autofree char *uri = g_strconcat (MS_BACKUP_SCHEME, path, NULL);
  return ms_store_copy (self, uri, progress, NULL, error);
}

/* Beside whoever has it open --------------------------------------------------------------------
 */

static gboolean
backup_connection (MsSql *sql, const Backup *backup, GError **error)
{
  gboolean empty = FALSE;

  if (!sql->driver->begin (sql, error))
    return FALSE;
  gboolean done = sql->driver->is_ours (sql, &empty, error) && write_backup (sql, backup, error);
  sql->driver->rollback (sql);
  return done;
}

static gboolean
backup_location (const MsSqlDriver *driver,
                 const char        *location,
                 const Backup      *backup,
                 GError           **error)
{
  MsDatabase *database = driver->open (location, MS_STORE_READ_ONLY, error);
  gboolean    done = FALSE;

  if (database == NULL)
    return FALSE;
  MsSql *sql = driver->connect (database, FALSE, error);
  if (sql != NULL)
    {
      done = backup_connection (sql, backup, error);
      driver->disconnect (sql);
    }
  driver->close (database);
  return done;
}

gboolean
ms_backup (const char       *uri,
           MsSchemaRegistry *schemas,
           const char       *path,
           const MsProgress *progress,
           GError          **error)
{
  g_return_val_if_fail (uri != NULL && schemas != NULL && path != NULL, FALSE);

  const char        *location = NULL;
  const MsSqlDriver *driver = ms_sql_driver_for_uri (uri, &location, error);
  const Backup       backup = { path, progress };

  if (driver == NULL || !check_path (path, error))
    return FALSE;
  if (driver->backup != NULL)
    return backup_location (driver, location, &backup, error);
  g_autoptr (MsStore) store = ms_store_open (uri, schemas, MS_STORE_READ_ONLY, error);
  return store != NULL && ms_store_backup (store, path, progress, error);
}

gboolean
ms_backup_looks_whole (const char *path)
{
  g_return_val_if_fail (path != NULL, FALSE);
  return ms_sqlite_looks_whole (path);
}
