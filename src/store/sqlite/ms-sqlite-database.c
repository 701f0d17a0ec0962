/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Opening a store's file: made for its owner alone, locked against a second daemon, looked at
 * before it is trusted; and the settings of every connection to it.
 */
#include "ms-sqlite-private.h"

#include "ms-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What SQLite calls a database that is in no file. */
#define IN_MEMORY ":memory:"
/* "Mstd", in the header of the file: file(1) and we can tell a store from other databases. */
#define APPLICATION_ID 0x4d737464

/* How SQLite begins what it says of pages, rather than of rows. */
#define PAGES_ARE_DAMAGED "*** in database"

/* Files up to this size are read through at every start, indexes and all: 50 ms of a processor for
 * one of 16 MiB; without the indexes it were half of that. */
#define ALWAYS_CHECKED (16 * 1024 * 1024)

/* Settings in KiB and pages. What is deleted is overwritten, as Debian's SQLite does unasked. The
 * writer keeps its temporary files in files: in memory, SQLite walks
 * the whole journal of a savepoint at the end of each statement, which makes a large transaction
 * quadratic. */
#define CONNECTION_SETTINGS                                                                        \
  "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL;"                                               \
  "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
#define WRITER_SETTINGS                                                                            \
  "PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=4000;"                                      \
  "PRAGMA journal_size_limit=67108864; PRAGMA secure_delete=ON;"
#define READER_SETTINGS "PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY;"

#define BUSY_MILLISECONDS 5000

static gboolean
fail_errno (const char *what, const char *path, GError **error)
{
  int code = errno;

  ms_error_set (
      error, MS_ERROR_UNAVAILABLE, NULL, NULL, "%s “%s”: %s", what, path, g_strerror (code));
  return FALSE;
}

/* Taken with flock() for as long as the process has the store open; the kernel gives it back when
 * we die. */
static gboolean
lock (MsSqliteDatabase *self, GError **error)
{
  g_autofree char *path = g_strconcat (self->path, ".lock", NULL);
  char             owner[32] = "";
  int              fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    return fail_errno ("Cannot open the lock file", path, error);
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      int     code = errno;
      ssize_t got = pread (fd, owner, sizeof owner - 1, 0);

      close (fd);
      if (code != EWOULDBLOCK)
        {
          errno = code;
          return fail_errno ("Cannot lock", path, error);
        }
      g_strchomp (owner);
      ms_error_set (error,
                    MS_ERROR_UNAVAILABLE,
                    NULL,
                    NULL,
                    "The store %s is in use by another server (process %s)",
                    self->base.name,
                    got > 0 ? owner : "unknown");
      return FALSE;
    }
  g_snprintf (owner, sizeof owner, "%ld\n", (long) getpid ());
  if (ftruncate (fd, 0) != 0 || pwrite (fd, owner, strlen (owner), 0) < 0)
    {
      /* The number is for the message above only; the lock itself holds. */
    }
  self->lock_fd = fd;
  return TRUE;
}

/* SQLite gives its other files the mode of this one. */
static gboolean
create_file (MsSqliteDatabase *self, GError **error)
{
  int fd = open (self->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (fd < 0)
    return errno == EEXIST || fail_errno ("Cannot create the store", self->path, error);
  close (fd);
  return TRUE;
}

static gboolean
has_content (MsSqliteDatabase *self, const char *ending)
{
  g_autofree char *path = g_strconcat (self->path, ending, NULL);
  GStatBuf         st;

  return g_stat (path, &st) == 0 && st.st_size > 0;
}

static guint32
get_big_endian (const guchar *bytes)
{
  return (guint32) bytes[0] << 24 | (guint32) bytes[1] << 16 | (guint32) bytes[2] << 8 | bytes[3];
}

/* SQLite takes what is missing of a last page for zeros. What is not in the file yet may be in its
 * log. */
static void
look_at_size (MsSqliteDatabase *self, const guchar *header, gint64 size)
{
  gint64   page_size = header[16] == 0 && header[17] == 1 ? 65536 : header[16] << 8 | header[17];
  gboolean counted = get_big_endian (header + 24) == get_big_endian (header + 92);
  gint64   wanted = counted ? page_size * get_big_endian (header + 28) : 0;

  if (page_size == 0 || (size % page_size == 0 && size >= wanted) || has_content (self, "-wal")
      || has_content (self, "-journal"))
    return;
  self->size_problem
      = wanted > size ? g_strdup_printf ("its file has %" G_GINT64_FORMAT
                                         " bytes and should have %" G_GINT64_FORMAT,
                                         size,
                                         wanted)
                      : g_strdup_printf ("its file has %" G_GINT64_FORMAT
                                         " bytes, which are not whole pages of %" G_GINT64_FORMAT,
                                         size,
                                         page_size);
}

static gboolean
look_at_header (MsSqliteDatabase *self, MsStoreFlags flags, GError **error)
{
  guchar      header[100] = "";
  struct stat st;
  int         fd = open (self->path, O_RDONLY | O_CLOEXEC);

  if (fd < 0 && errno == ENOENT)
    {
      ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is no store %s", self->base.name);
      return FALSE;
    }
  if (fd < 0)
    return fail_errno ("Cannot open the store", self->path, error);
  ssize_t got = read (fd, header, sizeof header);
  int     stated = fstat (fd, &st);
  close (fd);
  if (got < 0 || stated != 0)
    return fail_errno ("Cannot read the store", self->path, error);
  if (!S_ISREG (st.st_mode)
      || (got > 0 && (got < 16 || memcmp (header, "SQLite format 3", 16) != 0)))
    {
      ms_error_set (error,
                    MS_ERROR_INTERNAL,
                    NULL,
                    NULL,
                    "The store %s is damaged or is no store: its file is not a database",
                    self->base.name);
      return FALSE;
    }
  if (got == sizeof header)
    look_at_size (self, header, st.st_size);
  if (got == 0 && (flags & MS_STORE_CREATE) == 0)
    {
      ms_error_set (error,
                    MS_ERROR_INTERNAL,
                    NULL,
                    NULL,
                    "The store %s is damaged or is no store: its file is empty",
                    self->base.name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
create_folder (MsSqliteDatabase *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);

  return g_mkdir_with_parents (folder, 0700) == 0
         || fail_errno ("Cannot create the folder", folder, error);
}

static gboolean
prepare_files (MsSqliteDatabase *self, MsStoreFlags flags, GError **error)
{
  if (self->read_only)
    return look_at_header (self, flags, error);
  if ((flags & MS_STORE_CREATE) != 0)
    {
      if (!create_folder (self, error))
        return FALSE;
    }
  else if (!g_file_test (self->path, G_FILE_TEST_EXISTS))
    return look_at_header (self, flags, error);
  if (!lock (self, error))
    return FALSE;
  if ((flags & MS_STORE_CREATE) != 0 && !create_file (self, error))
    return FALSE;
  return look_at_header (self, flags, error);
}

/* (transfer full) (nullable): nothing of it touched yet */
static MsSqliteDatabase *
database_new (const char *location, GError **error)
{
  if (!g_path_is_absolute (location))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    "A store's address must be sqlite: and an absolute path, not “%s”",
                    location);
      return NULL;
    }
  MsSqliteDatabase *self = g_new0 (MsSqliteDatabase, 1);
  self->base.driver = &ms_sqlite_driver;
  self->base.name = g_strdup_printf ("“%s”", location);
  self->path = g_strdup (location);
  self->lock_fd = -1;
  g_mutex_init (&self->look_lock);
  return self;
}

MsDatabase *
ms_sqlite_open (const char *location, MsStoreFlags flags, GError **error)
{
  static gsize once = 0;

  if (g_once_init_enter (&once))
    {
      /* Its counters of memory are behind one lock that all threads would share. */
      (void) sqlite3_config (SQLITE_CONFIG_MEMSTATUS, 0);
      g_once_init_leave (&once, 1);
    }
  MsSqliteDatabase *self = database_new (location, error);
  if (self == NULL)
    return NULL;
  self->read_only = (flags & MS_STORE_READ_ONLY) != 0;
  self->damaged = self->read_only && (flags & MS_STORE_DAMAGED) != 0;
  ms_sqlite_note_bare (self);
  if (!prepare_files (self, flags, error))
    {
      ms_sqlite_close (&self->base);
      return NULL;
    }
  return &self->base;
}

gboolean
ms_sqlite_looks_whole (const char *path)
{
  g_autoptr (GError) failed = NULL; /* why it is none is no matter here */
  MsDatabase *database = ms_sqlite_open (path, MS_STORE_READ_ONLY, &failed);

  if (database == NULL)
    return FALSE;
  gboolean whole = ((MsSqliteDatabase *) database)->size_problem == NULL;
  ms_sqlite_close (database);
  return whole;
}

MsDatabase *
ms_sqlite_claim (const char *location, GError **error)
{
  MsSqliteDatabase *self = database_new (location, error);

  if (self == NULL)
    return NULL;
  if (!create_folder (self, error) || !lock (self, error))
    {
      ms_sqlite_close (&self->base);
      return NULL;
    }
  return &self->base;
}

void
ms_sqlite_close (MsDatabase *database)
{
  MsSqliteDatabase *self = (MsSqliteDatabase *) database;

  ms_sqlite_leave_bare (self);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_clear_pointer (&self->base.damage, g_ptr_array_unref);
  g_free (self->base.name);
  g_free (self->path);
  g_free (self->size_problem);
  g_free (self->look_problem);
  g_mutex_clear (&self->look_lock);
  g_free (self);
}

/* Checks -------------------------------------------------------------------------------------- */

/* Damage at which the check itself ends is a problem like others. */
static gboolean
end_check (MsSql *sql, MsProblems *problems, GError *failure, GError **error)
{
  if (!g_error_matches (failure, MS_ERROR, MS_ERROR_INTERNAL))
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  sql->lost = FALSE;
  ms_problems_add (problems, "%s", failure->message);
  g_error_free (failure);
  return TRUE;
}

static gboolean
collect_problems (MsSql *sql, const char *pragma, MsProblems *problems, GError **error)
{
  GError *failure = NULL;
  g_autoptr (MsStatement) statement = ms_sql_query (sql, &failure, pragma, "");
  gboolean row = TRUE;

  if (statement == NULL)
    return end_check (sql, problems, failure, error);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, &failure))
        return end_check (sql, problems, failure, error);
      if (!row)
        return TRUE;
      const char *text = ms_statement_get_text (statement, 0);
      /* From SQLite 3.44 on it looks at the search index too, which is no reason to look no
       * further: see ms_sqlite_search_check(). */
      if (g_strcmp0 (text, "ok") != 0 && strstr (text, MS_SQLITE_INDEX_IS_DAMAGED) == NULL)
        ms_problems_add (problems, "%s", text);
      /* All that is wrong with the pages comes first, together. What stands in tables is looked at
       * through these pages, of which some may be met without end: it counts entries in one step,
       * which nothing stops. */
      if (text != NULL && g_str_has_prefix (text, PAGES_ARE_DAMAGED))
        return TRUE;
    }
}

/* A file that is small enough to be read through is, before anybody relies on it. */
static gboolean
collect_damage (MsSql *sql, MsProblems *problems, GError **error)
{
  MsSqliteDatabase *file = (MsSqliteDatabase *) sql->database;
  GStatBuf          st;

  if (g_stat (file->path, &st) != 0)
    return fail_errno ("Cannot read the store", file->path, error);
  if (file->size_problem != NULL)
    ms_problems_add (problems, "%s", file->size_problem);
  return st.st_size > ALWAYS_CHECKED
         || collect_problems (sql, "PRAGMA integrity_check", problems, error);
}

static gboolean
check_damage (MsSql *sql, GError **error)
{
  MsSqliteDatabase *file = (MsSqliteDatabase *) sql->database;
  g_autoptr (MsProblems) problems = ms_problems_new ();

  if (!collect_damage (sql, problems, error))
    return FALSE;
  if (problems->count == 0)
    return TRUE;
  if (file->damaged)
    {
      g_clear_pointer (&file->base.damage, g_ptr_array_unref);
      file->base.damage = g_ptr_array_ref (problems->texts);
      return TRUE;
    }
  ms_error_set (error,
                MS_ERROR_INTERNAL,
                NULL,
                NULL,
                "The store %s is damaged: %s",
                sql->database->name,
                (const char *) problems->texts->pdata[0]);
  return FALSE;
}

/* Connections --------------------------------------------------------------------------------- */

static int
on_progress_cb (void *user_data)
{
  MsSqlite *self = user_data;

  return g_cancellable_is_cancelled (self->base.cancellable) || ms_sql_is_overdue (&self->base)
         || ms_sqlite_bound_take (self, MS_SQLITE_PROGRESS_STEPS);
}

int
ms_sqlite_open_file (MsSqliteDatabase *database,
                     gboolean          immutable,
                     gboolean          read_only,
                     sqlite3         **db)
{
  int              flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI;
  g_autofree char *escaped = g_uri_escape_string (database->path, "/", FALSE);
  g_autofree char *uri = g_strconcat ("file:", escaped, immutable ? "?immutable=1" : "", NULL);

  flags |= read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  return sqlite3_open_v2 (uri, db, flags, NULL);
}

/* Another program's database must not even be switched to WAL. */
static gboolean
check_owner (MsSql *sql, gboolean *empty, GError **error)
{
  gint64 tables = 0;
  gint64 id = 0;

  if (!ms_sql_get_int (sql, &tables, error, "SELECT EXISTS (SELECT 1 FROM sqlite_schema)", "")
      || !ms_sql_get_int (sql, &id, error, "PRAGMA application_id", ""))
    return FALSE;
  *empty = tables == 0;
  if (*empty || id == APPLICATION_ID)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INTERNAL,
                NULL,
                NULL,
                "%s is the database of another program, not a store",
                sql->database->name);
  return FALSE;
}

/* What its log holds is written into a file only once that is known to be sound. */
static void
keep_log (MsSqlite *self, gboolean keep)
{
  (void) sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep, NULL);
}

/* In a damaged file not even the mode is changed. */
static gboolean
begin_writing (MsSqlite *self, gboolean empty, GError **error)
{
  MsSqliteDatabase *file = (MsSqliteDatabase *) self->base.database;

  if (!empty && !check_damage (&self->base, error))
    return FALSE;
  file->checked = TRUE;
  keep_log (self, FALSE);
  return ms_sqlite_driver.execute (&self->base, "PRAGMA journal_mode=WAL", error);
}

static gboolean
configure (MsSqlite *self, MsSqliteDatabase *database, GError **error)
{
  const MsSqlDriver *driver = &ms_sqlite_driver;
  gboolean           writing = self->base.writing;
  gboolean           empty = FALSE;

  sqlite3_busy_timeout (self->db, BUSY_MILLISECONDS);
  if (writing)
    keep_log (self, TRUE);
  /* A file that lost its end is read only by who could also write its schema; here nobody can. */
  (void) sqlite3_db_config (self->db, SQLITE_DBCONFIG_DEFENSIVE, !database->damaged, NULL);
  (void) sqlite3_db_config (self->db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, database->damaged, NULL);
  sqlite3_progress_handler (self->db, MS_SQLITE_PROGRESS_STEPS, on_progress_cb, self);
  if (!check_owner (&self->base, &empty, error)
      || !driver->execute (&self->base, CONNECTION_SETTINGS, error)
      || (writing && !begin_writing (self, empty, error)))
    return FALSE;
  return driver->execute (&self->base, writing ? WRITER_SETTINGS : READER_SETTINGS, error)
         && driver->execute (&self->base, ms_sqlite_search_terms, error)
         && (writing || driver->execute (&self->base, "PRAGMA query_only=ON", error));
}

static gboolean
open_configured (MsSqlite *self, MsSqliteDatabase *database, gboolean immutable, GError **error)
{
  self->immutable = immutable;
  int code = ms_sqlite_open_file (database, immutable, database->read_only, &self->db);

  if (code == SQLITE_OK)
    code = ms_sqlite_add_functions (self->db);
  return code == SQLITE_OK ? configure (self, database, error) : ms_sqlite_fail (self, code, error);
}

static void
close_connection (MsSqlite *self)
{
  ms_sql_forget_statements (&self->base);
  if (self->db != NULL)
    (void) sqlite3_close_v2 (g_steal_pointer (&self->db));
}

/* Where nothing can be written there is no place for the files that WAL needs; but nobody else can
 * write there either, and without a log the file is all there is. */
static gboolean
is_immutable (MsSqliteDatabase *self)
{
  g_autofree char *folder = g_path_get_dirname (self->path);

  return self->read_only && access (folder, W_OK) != 0 && !has_content (self, "-wal");
}

MsSql *
ms_sqlite_connect (MsDatabase *database, gboolean writing, GError **error)
{
  MsSqliteDatabase *file = (MsSqliteDatabase *) database;
  MsSqlite         *self = g_new0 (MsSqlite, 1);
  g_autoptr (GError) local_error = NULL;

  ms_sql_init (&self->base, database, writing);
  ms_sqlite_search_init (self);
  gboolean done = open_configured (self, file, FALSE, &local_error);
  if (!done && g_error_matches (local_error, MS_ERROR, MS_ERROR_UNAVAILABLE) && is_immutable (file))
    {
      close_connection (self);
      self->base.lost = FALSE; /* as the failure left it */
      g_clear_error (&local_error);
      done = open_configured (self, file, TRUE, &local_error);
    }
  if (!done)
    {
      ms_sqlite_disconnect (&self->base);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  return &self->base;
}

void
ms_sqlite_disconnect (MsSql *sql)
{
  MsSqlite *self = (MsSqlite *) sql;

  close_connection (self);
  ms_sql_clear (sql);
  ms_sqlite_search_clear (self);
  g_free (self->endless);
  g_free (self);
}

MsSql *
ms_sqlite_open_model (GError **error)
{
  MsSqliteDatabase *self = g_new0 (MsSqliteDatabase, 1);

  self->base.driver = &ms_sqlite_driver;
  self->base.name = g_strdup (IN_MEMORY);
  self->path = g_strdup (IN_MEMORY);
  self->lock_fd = -1;
  g_mutex_init (&self->look_lock);
  MsSql *model = ms_sqlite_connect (&self->base, TRUE, error);
  if (model == NULL)
    ms_sqlite_close (&self->base);
  return model;
}

void
ms_sqlite_close_model (MsSql *model)
{
  MsDatabase *database = model->database;

  ms_sqlite_disconnect (model);
  ms_sqlite_close (database);
}

gboolean
ms_sqlite_is_ours (MsSql *sql, gboolean *empty, GError **error)
{
  if (!check_owner (sql, empty, error))
    return FALSE;
  if (*empty)
    {
      g_autofree char *mark = g_strdup_printf ("PRAGMA application_id=%d", APPLICATION_ID);
      return sql->driver->execute (sql, mark, error);
    }
  return ((MsSqliteDatabase *) sql->database)->checked || check_damage (sql, error);
}

gboolean
ms_sqlite_check (MsSql *sql, MsProblems *problems, GError **error)
{
  MsSqliteDatabase *file = (MsSqliteDatabase *) sql->database;

  if (file->size_problem != NULL)
    ms_problems_add (problems, "%s", file->size_problem);
  return collect_problems (sql, "PRAGMA integrity_check", problems, error);
}
