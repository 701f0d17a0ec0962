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
  gint64             beyond; /* the change set that says so gets the next million above this */
  gint64             sequence;
} Restore;

static const MsChangeContext restore_context
    = { NULL, "system", "system", MS_SET_RESTORE_STORE, NULL, NULL, 0 };

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

/* It is made from the rest and can be made again; a check is cheaper. */
static gboolean
mend_search (MsSql *sql, GError **error)
{
  g_autoptr (MsProblems) problems = ms_problems_new ();

  return sql->driver->search_mend == NULL
         || (sql->driver->search_check (sql, problems, error)
             && (problems->count == 0 || sql->driver->search_mend (sql, error)));
}

static gboolean
note_restore (MsTxn *txn, gpointer user_data, GError **error)
{
  const Restore   *self = user_data;
  g_autofree char *name = g_path_get_basename (self->file);

  ms_txn_start_million (txn, self->beyond);
  ms_txn_set_target_label (txn, name);
  return mend_search (txn->sql, error)
         && (self->driver->in_file || ms_copy_take_mark (txn->sql, error));
}

/* Clients that have seen numbers which this store does not know yet must not meet others under
 * them. */
static gboolean
note_in (MsStore *store, Restore *self, GError **error)
{
  return ms_store_write (store, &restore_context, note_restore, self, &self->sequence, error);
}

/* Of any version; %FALSE where there is none that can be read, of which it does not matter why. */
static gboolean
find_last (const MsSqlDriver *driver, const char *location, gint64 *last)
{
  MsDatabase *database = driver->open (location, MS_STORE_READ_ONLY, NULL);
  MsSql      *sql = database != NULL ? driver->connect (database, FALSE, NULL) : NULL;
  gboolean    found = sql != NULL
                   && ms_sql_get_int (
                       sql, last, NULL, "SELECT COALESCE(MAX(sequence), 0) FROM change_set", "");

  if (sql != NULL)
    driver->disconnect (sql);
  if (database != NULL)
    driver->close (database);
  return found && *last < MS_HIGHEST_SEQUENCE; /* more is damage */
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

/* Of a store in a file; that with its log, if it has one, or whatever it is kept in for as long as
 * the file is made one with a log */
static const char *const endings[] = { "", "-wal", "-shm", "-journal" };

static gboolean
is_free (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *name = g_strconcat (path, endings[i], NULL);
      if (g_file_test (name, G_FILE_TEST_EXISTS) || g_file_test (name, G_FILE_TEST_IS_SYMLINK))
        return FALSE;
    }
  return TRUE;
}

/* Two may be put aside in one second. (transfer full) */
static char *
find_name_aside (const char *path)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%dT%H%M%SZ");
  char            *name = g_strdup_printf ("%s.replaced-%s", path, stamp);

  for (guint i = 2; !is_free (name); i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s.replaced-%s-%u", path, stamp, i);
    }
  return name;
}

/* The file itself first: one that lacks its log would seem whole. */
static gboolean
move (const char *from, const char *to, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *old = g_strconcat (from, endings[i], NULL);
      g_autofree char *new = g_strconcat (to, endings[i], NULL);
      if (g_file_test (old, G_FILE_TEST_EXISTS) && !ms_new_file_rename (old, new, FALSE, error))
        return FALSE;
    }
  return TRUE;
}

/* Back where it was, with the file itself last. */
static gboolean
move_back (const char *from, const char *to, GError **error)
{
  for (guint i = G_N_ELEMENTS (endings); i > 0; i--)
    {
      g_autofree char *old = g_strconcat (from, endings[i - 1], NULL);
      g_autofree char *new = g_strconcat (to, endings[i - 1], NULL);
      if (g_file_test (old, G_FILE_TEST_EXISTS) && !ms_new_file_rename (old, new, FALSE, error))
        return FALSE;
    }
  return TRUE;
}

/* The file, or its log where only that is there. (transfer full) (nullable) */
static char *
dup_first (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *name = g_strconcat (path, endings[i], NULL);
      if (g_file_test (name, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&name);
    }
  return NULL;
}

/* What is there, if anything, gives way to @partial: also a log alone, which would be taken for
 * that of the new one. */
static gboolean
take_place (const char *partial, const char *path, char **kept, GError **error)
{
  if (is_free (path))
    return ms_new_file_finish (partial, path, error);
  g_autofree char *aside = find_name_aside (path);
  g_autoptr (GError) stuck = NULL;
  if (move (path, aside, error) && ms_new_file_finish (partial, path, error))
    {
      *kept = dup_first (aside);
      return TRUE;
    }
  /* It may have failed behind the renaming, and then the new one is there. */
  if (!g_file_test (path, G_FILE_TEST_EXISTS) && !move_back (aside, path, &stuck))
    g_prefix_error (error,
                    "The store that was there lies in “%s” now, and does not go back: %s. "
                    "It was to give way, but: ",
                    aside,
                    stuck->message);
  return FALSE;
}

static gboolean
put_in_place (Restore *self, gboolean replace, char **kept, GError **error)
{
  g_autofree char *partial = ms_new_file_begin (self->location, replace, error);

  if (partial == NULL)
    return FALSE;
  gboolean done
      = prepare_file (self, partial, error) && take_place (partial, self->location, kept, error);
  if (!done)
    ms_new_file_discard (partial);
  return done;
}

/* The first folder on the way to @path that is not there. (transfer full) (nullable) */
static char *
find_missing (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  char            *missing = NULL;

  while (!g_file_test (folder, G_FILE_TEST_EXISTS))
    {
      char *above = g_path_get_dirname (folder);
      g_free (missing);
      missing = g_steal_pointer (&folder);
      folder = above;
    }
  return missing;
}

/* Folders that were made for a store that did not come to be, from the deepest up to @first, with
 * the lock in it, which nobody can wait for: it is new. What somebody else has put there stays. */
static void
remove_made (const char *path, const char *first)
{
  g_autofree char *lock = g_strconcat (path, ".lock", NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  (void) g_unlink (lock);
  while (g_rmdir (folder) == 0 && strcmp (folder, first) != 0)
    {
      char *above = g_path_get_dirname (folder);
      g_free (folder);
      folder = above;
    }
}

static gboolean
restore_file (Restore *self, gboolean replace, char **kept, GError **error)
{
  g_autofree char *missing = find_missing (self->location);
  MsDatabase      *claim = self->driver->claim (self->location, error);
  gboolean         done = claim != NULL && put_in_place (self, replace, kept, error);

  if (!done && missing != NULL)
    remove_made (self->location, missing);
  if (claim != NULL)
    self->driver->close (claim);
  return done;
}

/* Into a database ----------------------------------------------------------------------------- */

/* Until the change set is there, the store is marked as one that was not filled to the end, so that
 * nobody uses it and it may be tried again. */
static gboolean
restore_database (Restore *self, GError **error)
{
  g_autofree char *from = g_strconcat (MS_BACKUP_SCHEME, self->file, NULL);
  g_autoptr (MsStore) backup = ms_store_open_to_read (
      from, self->schemas, MS_STORE_READ_ONLY, NULL, self->progress, NULL, error);

  if (backup == NULL || !check_sound (backup, self, error)
      || !ms_store_copy_marked (backup, self->to_uri, self->progress, error))
    return FALSE;
  g_autoptr (MsStore) store
             = ms_store_open (self->to_uri, self->schemas, MS_STORE_INCOMPLETE, error);
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
  if (!replace || !g_file_test (self.location, G_FILE_TEST_EXISTS)
      || !find_last (self.driver, self.location, &self.beyond))
    self.beyond = ms_txn_find_unreached ();
  if (!(self.driver->in_file ? restore_file (&self, replace, &old, error)
                             : restore_database (&self, error)))
    return FALSE;
  if (kept != NULL)
    *kept = g_steal_pointer (&old);
  if (sequence != NULL)
    *sequence = self.sequence;
  return TRUE;
}
