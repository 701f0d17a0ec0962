/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading stores of an older version. What is read must be of today's, and what is only read must
 * not be changed: so a file is copied into a folder of its own, the copy is brought to today's
 * version, and goes with the store that reads it.
 */
#include "ms-copy.h"

#include "ms-error.h"
#include "ms-migrations.h"
#include "ms-new-file.h"
#include "ms-sql.h"

#include <errno.h>
#include <glib/gstdio.h>

#define COPY_NAME "store.db"

static gboolean
read_version (MsSql *sql, int *version, GError **error)
{
  gboolean empty = FALSE;
  gint64   stored = 0;

  if (!sql->driver->begin (sql, error))
    return FALSE;
  gboolean done = sql->driver->is_ours (sql, &empty, error)
                  && ms_sql_get_int (sql, &stored, error, "SELECT version FROM store_info", "");
  sql->driver->rollback (sql);
  if (done)
    *version = (int) stored;
  return done;
}

static gboolean
find_version (const MsSqlDriver *driver,
              const char        *location,
              MsStoreFlags       flags,
              int               *version,
              GError           **error)
{
  MsDatabase *database = driver->open (location, flags, error);
  gboolean    done = FALSE;

  if (database == NULL)
    return FALSE;
  MsSql *sql = driver->connect (database, FALSE, error);
  if (sql != NULL)
    {
      done = read_version (sql, version, error);
      driver->disconnect (sql);
    }
  driver->close (database);
  return done;
}

/* Beside @near, which has room for a store; else where what is large and passing goes. (transfer
 * full) (nullable) */
static char *
make_folder (const char *near, GError **error)
{
  const char      *named = g_getenv ("TMPDIR");
  g_autofree char *beside = near != NULL ? g_path_get_dirname (near) : NULL;
  const char      *parent = beside != NULL && g_file_test (beside, G_FILE_TEST_IS_DIR) ? beside
                            : named != NULL                                            ? named
                                                                                       : "/var/tmp";
  g_autofree char *folder = g_build_filename (parent, "mailstead-older-XXXXXX", NULL);

  if (g_mkdtemp (folder) != NULL) /* of mode 0700: the copy holds what the store holds */
    return g_steal_pointer (&folder);
  ms_error_set (
      error,
      MS_ERROR_UNAVAILABLE,
      NULL,
      NULL,
      "Cannot make a folder in “%s” for a copy of the store (TMPDIR names another place): %s",
      parent,
      g_strerror (errno));
  return NULL;
}

/* @data: (transfer full): its name */
static void
remove_folder (gpointer data)
{
  g_autofree char *folder = data;
  g_autofree char *path = g_build_filename (folder, COPY_NAME, NULL);

  ms_new_file_discard (path);
  (void) g_rmdir (folder); /* whatever else is in it is not ours */
}

/* (transfer full) (nullable) */
static MsStore *
open_copy (const char       *uri,
           const char       *folder,
           MsSchemaRegistry *schemas,
           MsStoreFlags      flags,
           const MsProgress *progress,
           GError          **error)
{
  g_autofree char *path = g_build_filename (folder, COPY_NAME, NULL);
  g_autofree char *copy_uri = g_strconcat (MS_BACKUP_SCHEME, path, NULL);

  if (!ms_backup (uri, schemas, path, progress, error))
    return NULL;
  g_autoptr (MsStore) migrated = ms_store_open (copy_uri, schemas, 0, error);
  if (migrated == NULL)
    return NULL;
  ms_store_close (migrated);
  return ms_store_open (copy_uri, schemas, flags, error);
}

/* (transfer full) (nullable) */
static MsStore *
open_old (const char       *uri,
          MsSchemaRegistry *schemas,
          MsStoreFlags      flags,
          const char       *near,
          const MsProgress *progress,
          GError          **error)
{
  char *folder = make_folder (near, error);

  if (folder == NULL)
    return NULL;
  MsStore *store = open_copy (uri, folder, schemas, flags, progress, error);
  if (store != NULL)
    {
      /* Let go of behind the store's own end, when it is closed. */
      g_object_set_data_full (G_OBJECT (store), "mailstead-folder", folder, remove_folder);
      return store;
    }
  g_prefix_error (error, "The store is of an older version, and a copy of it was to be read: ");
  remove_folder (folder);
  return NULL;
}

MsStore *
ms_store_open_to_read (const char       *uri,
                       MsSchemaRegistry *schemas,
                       MsStoreFlags      flags,
                       const char       *near,
                       const MsProgress *progress,
                       int              *version,
                       GError          **error)
{
  g_return_val_if_fail (uri != NULL && schemas != NULL && (flags & MS_STORE_READ_ONLY) != 0, NULL);

  const char        *location = NULL;
  const MsSqlDriver *driver = ms_sql_driver_for_uri (uri, &location, error);
  int                found = 0;
  g_autoptr (GError) refused = NULL;

  if (driver == NULL)
    return NULL;
  MsStore *store = ms_store_open (uri, schemas, flags, &refused);
  if (store != NULL)
    found = ms_store_get_schema_version (store);
  else if (driver->in_file && g_error_matches (refused, MS_ERROR, MS_ERROR_UNSUPPORTED)
           && find_version (driver, location, flags, &found, NULL)
           && found < ms_migrations_get_last ())
    store = open_old (uri, schemas, flags, near, progress, error);
  else
    g_propagate_error (error, g_steal_pointer (&refused));
  if (store != NULL && version != NULL)
    *version = found;
  return store;
}
