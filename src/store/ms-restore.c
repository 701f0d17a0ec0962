/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Putting a backup back. It is copied beside its place, migrated and verified there, and gets a
 * change set that says what happened; only then does the old store give way. The place is claimed
 * meanwhile, so that no daemon opens it.
 */
#include "ms-copy.h"

#include "ms-error.h"
#include "ms-new-file.h"
#include "ms-txn-private.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  const char        *file;
  const char        *to_uri;
  const MsSqlDriver *driver;
  const char        *location;
  MsSchemaRegistry  *schemas;
  const MsProgress  *progress;
  gint64             replaced; /* the last change set of the store that gives way, or 0 */
  gint64             sequence;
} Restore;

static const MsChangeContext restore_context
    = { NULL, "system", "system", "restoreStore", NULL, NULL, 0 };

static gboolean
check_sound (MsStore *store, const Restore *self, GError **error)
{
  g_autoptr (GPtrArray) problems = ms_store_verify_content (store, self->progress, error);

  if (problems == NULL)
    return FALSE;
  if (problems->len == 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INTERNAL,
                NULL,
                NULL,
                "The backup “%s” is not sound and was not put back; the first of its problems: %s",
                self->file,
                (const char *) problems->pdata[0]);
  return FALSE;
}

static gboolean
note_restore (MsTxn *txn, gpointer user_data, GError **error)
{
  const Restore   *self = user_data;
  g_autofree char *name = g_path_get_basename (self->file);

  ms_txn_start_million (txn, self->replaced);
  ms_txn_set_target_label (txn, name);
  return TRUE;
}

/* Clients that have seen numbers which this store does not know yet must not meet others under
 * them. */
static gboolean
note_in (MsStore *store, Restore *self, GError **error)
{
  return ms_store_write (store, &restore_context, note_restore, self, &self->sequence, error);
}

static gboolean
read_last (MsTxn *txn, gpointer user_data, GError **error)
{
  gint64 *last = user_data;

  *last = ms_txn_get_last_sequence (txn);
  return TRUE;
}

/* 0 where there is none, or none that can be read. */
static gint64
find_last (const char *uri, MsSchemaRegistry *schemas)
{
  gint64 last = 0;
  g_autoptr (MsStore) store = ms_store_open (uri, schemas, MS_STORE_READ_ONLY, NULL);

  if (store == NULL || !ms_store_read (store, read_last, &last, NULL, NULL))
    last = 0;
  if (store != NULL)
    ms_store_close (store);
  return last;
}

/* Into a file --------------------------------------------------------------------------------- */

static gboolean
prepare_file (Restore *self, const char *partial, GError **error)
{
  g_autofree char *from = g_strconcat (MS_BACKUP_SCHEME, self->file, NULL);
  g_autofree char *uri = g_strconcat (self->driver->schemes[0], partial, NULL);

  if (!ms_backup (from, self->schemas, partial, self->progress, error))
    return FALSE;
  g_autoptr (MsStore) store = ms_store_open (uri, self->schemas, 0, error);
  if (store == NULL)
    return FALSE;
  gboolean done = check_sound (store, self, error) && note_in (store, self, error);
  ms_store_close (store);
  return done;
}

/* The file itself first: one that lacks its log would seem whole. */
static gboolean
move_aside (const char *path, char **kept, GError **error)
{
  static const char *const endings[] = { "", "-wal", "-shm" };
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%dT%H%M%SZ");
  g_autofree char *name = g_strdup_printf ("%s.replaced-%s", path, stamp);

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *from = g_strconcat (path, endings[i], NULL);
      g_autofree char *to = g_strconcat (name, endings[i], NULL);
      if (g_file_test (from, G_FILE_TEST_EXISTS) && !ms_new_file_rename (from, to, FALSE, error))
        return FALSE;
    }
  *kept = g_steal_pointer (&name);
  return TRUE;
}

static gboolean
put_in_place (Restore *self, gboolean replace, char **kept, GError **error)
{
  g_autofree char *partial = ms_new_file_begin (self->location, replace, error);

  if (partial == NULL)
    return FALSE;
  gboolean exists = g_file_test (self->location, G_FILE_TEST_EXISTS);
  gboolean done = prepare_file (self, partial, error)
                  && (!exists || move_aside (self->location, kept, error))
                  && ms_new_file_finish (partial, self->location, error);
  if (!done)
    ms_new_file_discard (partial);
  return done;
}

static gboolean
restore_file (Restore *self, gboolean replace, char **kept, GError **error)
{
  MsDatabase *claim = self->driver->claim (self->location, error);

  if (claim == NULL)
    return FALSE;
  gboolean done = put_in_place (self, replace, kept, error);
  self->driver->close (claim);
  return done;
}

/* Into a database ----------------------------------------------------------------------------- */

static gboolean
restore_database (Restore *self, GError **error)
{
  g_autofree char *from = g_strconcat (MS_BACKUP_SCHEME, self->file, NULL);
  g_autoptr (MsStore) backup = ms_store_open (from, self->schemas, MS_STORE_READ_ONLY, error);

  if (backup == NULL || !check_sound (backup, self, error)
      || !ms_store_copy (backup, self->to_uri, self->progress, NULL, error))
    return FALSE;
  g_autoptr (MsStore) store = ms_store_open (self->to_uri, self->schemas, 0, error);
  if (store == NULL)
    return FALSE;
  gboolean done = note_in (store, self, error);
  ms_store_close (store);
  return done;
}

gboolean
ms_restore (const char       *file,
            const char       *to_uri,
            MsSchemaRegistry *schemas,
            gboolean          replace,
            const MsProgress *progress,
            char            **kept,
            gint64           *sequence,
            GError          **error)
{
  g_return_val_if_fail (file != NULL && to_uri != NULL && schemas != NULL, FALSE);

  Restore          self = { file, to_uri, NULL, NULL, schemas, progress, 0, 0 };
  g_autofree char *old = NULL;
  self.driver = ms_sql_driver_for_uri (to_uri, &self.location, error);
  if (self.driver == NULL)
    return FALSE;
  if (!self.driver->in_file && replace)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    "Only a store in a file can be replaced; give an empty database");
      return FALSE;
    }
  if (replace && g_file_test (self.location, G_FILE_TEST_EXISTS))
    self.replaced = find_last (to_uri, schemas);
  if (!(self.driver->in_file ? restore_file (&self, replace, &old, error)
                             : restore_database (&self, error)))
    return FALSE;
  if (kept != NULL)
    *kept = g_steal_pointer (&old);
  if (sequence != NULL)
    *sequence = self.sequence;
  return TRUE;
}
