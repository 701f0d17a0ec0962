/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The part of a connection that all drivers share: the cache of prepared statements, which is
 * bounded, and binding by a string of type letters.
 */
#include "config.h"

#include "ms-sql.h"

#include "ms-error.h"
#include "postgres/ms-postgres.h"
#include "sqlite/ms-sqlite.h"

#include <string.h>

#define CACHED_STATEMENTS 160

static const MsSqlDriver *const drivers[] = {
  &ms_sqlite_driver,
#ifdef HAVE_POSTGRES
  &ms_postgres_driver,
#endif
};

static const MsSqlDriver *added_driver = NULL;

/* @uri may hold a password: only what stands before its colon is repeated. */
static void
fail_no_driver (const char *uri, GError **error)
{
  const char      *colon = strchr (uri, ':');
  g_autofree char *scheme = g_strndup (uri, colon != NULL ? (gsize) (colon - uri) : 0);

  if (strcmp (scheme, "postgresql") == 0 || strcmp (scheme, "postgres") == 0)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  NULL,
                  NULL,
                  "This program was built without PostgreSQL; it can only open sqlite: stores");
  else
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  NULL,
                  NULL,
                  "“%s%s” is not the address of a store, which is written sqlite:PATH or"
                  " postgresql://USER@HOST/DATABASE",
                  colon != NULL ? scheme : uri,
                  colon != NULL ? ":…" : "");
}

/* (nullable): what @uri begins with where it is one of @driver's */
static const char *
match_scheme (const MsSqlDriver *driver, const char *uri)
{
  for (guint i = 0; driver != NULL && driver->schemes[i] != NULL; i++)
    if (g_str_has_prefix (uri, driver->schemes[i]))
      return driver->schemes[i];
  return NULL;
}

void
ms_sql_add_driver (const MsSqlDriver *driver)
{
  added_driver = driver;
}

const MsSqlDriver *
ms_sql_driver_for_uri (const char *uri, const char **location, GError **error)
{
  for (guint i = 0; i <= G_N_ELEMENTS (drivers); i++)
    {
      const MsSqlDriver *driver = i < G_N_ELEMENTS (drivers) ? drivers[i] : added_driver;
      const char        *scheme = match_scheme (driver, uri);
      if (scheme == NULL)
        continue;
      *location = uri + strlen (scheme);
      return driver;
    }
  fail_no_driver (uri, error);
  return NULL;
}

static void
statement_free (MsStatement *self)
{
  char *text = self->text;

  self->sql->driver->finalize (self);
  g_free (text);
}

void
ms_sql_init (MsSql *self, MsDatabase *database, gboolean writing)
{
  self->driver = database->driver;
  self->database = database;
  self->writing = writing;
  self->cache
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) statement_free);
}

void
ms_sql_forget_statements (MsSql *self)
{
  memset (self->near, 0, sizeof self->near);
  g_hash_table_remove_all (self->cache);
}

void
ms_sql_clear (MsSql *self)
{
  ms_sql_forget_statements (self);
  g_clear_pointer (&self->cache, g_hash_table_unref);
}

static MsStatement **
near_slot (MsSql *self, const char *text)
{
  return &self->near[(GPOINTER_TO_SIZE (text) >> 3) % MS_SQL_NEAR];
}

/* (nullable) */
static MsStatement *
find_cached (MsSql *self, const char *text)
{
  MsStatement **near = near_slot (self, text);

  if (*near == NULL || strcmp ((*near)->text, text) != 0)
    *near = g_hash_table_lookup (self->cache, text);
  return *near;
}

static void
forget_cached (MsSql *self, MsStatement *statement)
{
  for (guint i = 0; i < MS_SQL_NEAR; i++)
    if (self->near[i] == statement)
      self->near[i] = NULL;
  g_hash_table_remove (self->cache, statement->text);
}

/* Queries made from filters differ in their text; the least recently used ones make room. */
static void
cache_make_room (MsSql *self)
{
  while (g_hash_table_size (self->cache) >= CACHED_STATEMENTS)
    {
      GHashTableIter iter;
      MsStatement   *statement;
      MsStatement   *oldest = NULL;

      g_hash_table_iter_init (&iter, self->cache);
      while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &statement))
        if (!statement->busy && (oldest == NULL || statement->last_use < oldest->last_use))
          oldest = statement;
      if (oldest == NULL)
        return;
      forget_cached (self, oldest);
    }
}

MsStatement *
ms_sql_prepare (MsSql *self, const char *text, GError **error)
{
  MsStatement *statement = find_cached (self, text);
  gboolean     taken = statement != NULL && statement->busy;

  if (ms_sql_is_overdue (self))
    {
      (void) ms_sql_fail_overdue (self, error);
      return NULL;
    }
  if (statement == NULL || taken)
    {
      statement = self->driver->prepare (self, text, error);
      if (statement == NULL)
        return NULL;
      statement->sql = self;
      statement->text = g_strdup (text);
      statement->cached = !taken;
      if (!taken)
        {
          cache_make_room (self);
          g_hash_table_insert (self->cache, statement->text, statement);
        }
    }
  statement->busy = TRUE;
  statement->last_use = ++self->uses;
  return statement;
}

void
ms_statement_release (MsStatement *self)
{
  if (!self->cached)
    {
      statement_free (self);
      return;
    }
  self->sql->driver->reset (self);
  self->busy = FALSE;
}

static MsStatement *
prepare_bound (MsSql *self, const char *text, const char *types, va_list args, GError **error)
{
  MsStatement *statement = ms_sql_prepare (self, text, error);

  if (statement == NULL)
    return NULL;
  for (guint i = 0; types[i] != '\0'; i++)
    switch (types[i])
      {
      case 'i':
        self->driver->bind_int (statement, i + 1, va_arg (args, gint64));
        break;
      case 's':
        self->driver->bind_text (statement, i + 1, va_arg (args, const char *));
        break;
      case 'b':
        self->driver->bind_blob (statement, i + 1, va_arg (args, GBytes *));
        break;
      default:
        g_assert_not_reached ();
      }
  return statement;
}

MsStatement *
ms_sql_query (MsSql *self, GError **error, const char *text, const char *types, ...)
{
  va_list args;

  va_start (args, types);
  MsStatement *statement = prepare_bound (self, text, types, args, error);
  va_end (args);
  return statement;
}

/* What goes on after the transaction was lost would be done outside of any. */
static gboolean
check_kept (MsSql *self, GError **error)
{
  if (self->lost)
    ms_error_set (error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  NULL,
                  "The store %s lost the transaction",
                  self->database->name);
  return !self->lost;
}

/* Steps to the end; @first: (out) (optional): the first column of the first row */
static gboolean
run_to_end (MsStatement *statement, gint64 *first, gint64 *changes, GError **error)
{
  gboolean row = TRUE;

  for (guint i = 0; row; i++)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (row && i == 0 && first != NULL)
        *first = ms_statement_get_int (statement, 0);
    }
  if (changes != NULL)
    *changes = statement->sql->driver->changes (statement);
  return TRUE;
}

gboolean
ms_sql_run (MsSql *self, GError **error, const char *text, const char *types, ...)
{
  va_list args;

  va_start (args, types);
  g_autoptr (MsStatement) statement = prepare_bound (self, text, types, args, error);
  va_end (args);
  return statement != NULL && ms_statement_run (statement, error);
}

gboolean
ms_sql_run_counted (
    MsSql *self, gint64 *changes, GError **error, const char *text, const char *types, ...)
{
  va_list args;

  va_start (args, types);
  g_autoptr (MsStatement) statement = prepare_bound (self, text, types, args, error);
  va_end (args);
  return statement != NULL && run_to_end (statement, NULL, changes, error);
}

gboolean
ms_sql_get_int (
    MsSql *self, gint64 *value, GError **error, const char *text, const char *types, ...)
{
  va_list args;

  va_start (args, types);
  g_autoptr (MsStatement) statement = prepare_bound (self, text, types, args, error);
  va_end (args);
  return statement != NULL && run_to_end (statement, value, NULL, error);
}

static void
expect (MsStatement *self, MsSqlExpect what)
{
  if (self->sql->driver->expect != NULL)
    self->sql->driver->expect (self, what);
}

void
ms_statement_expect_many (MsStatement *self)
{
  expect (self, MS_SQL_EXPECT_MANY);
}

void
ms_statement_expect_first (MsStatement *self)
{
  expect (self, MS_SQL_EXPECT_FIRST);
}

void
ms_statement_expect_values (MsStatement *self)
{
  expect (self, MS_SQL_EXPECT_VALUES);
}

gboolean
ms_statement_run (MsStatement *self, GError **error)
{
  if (self->sql->driver->run == NULL)
    return run_to_end (self, NULL, NULL, error);
  return check_kept (self->sql, error) && self->sql->driver->run (self, error);
}

gboolean
ms_statement_step (MsStatement *self, gboolean *row, GError **error)
{
  return check_kept (self->sql, error) && self->sql->driver->step (self, row, error);
}

void
ms_statement_bind_int (MsStatement *self, guint index, gint64 value)
{
  self->sql->driver->bind_int (self, index, value);
}

void
ms_statement_bind_text (MsStatement *self, guint index, const char *value)
{
  self->sql->driver->bind_text (self, index, value);
}

gint64
ms_statement_get_int (MsStatement *self, guint column)
{
  return self->sql->driver->get_int (self, column);
}

const char *
ms_statement_get_text (MsStatement *self, guint column)
{
  return self->sql->driver->get_text (self, column);
}

char *
ms_statement_dup_text (MsStatement *self, guint column)
{
  return g_strdup (self->sql->driver->get_text (self, column));
}

GBytes *
ms_statement_dup_blob (MsStatement *self, guint column)
{
  return self->sql->driver->dup_blob (self, column);
}

gboolean
ms_sql_is_overdue (const MsSql *self)
{
  return self->deadline != 0 && g_get_monotonic_time () >= self->deadline;
}

gboolean
ms_sql_fail_overdue (MsSql *self, GError **error)
{
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_TIMED_OUT,
               "The store %s: reading took too long",
               self->database->name);
  return FALSE;
}

gboolean
ms_sql_fail_too_much (GError **error)
{
  ms_error_set (error, MS_ERROR_INVALID, "tooMany", "filter", "The filter has too many parts");
  return FALSE;
}

/* Order --------------------------------------------------------------------------------------- */

gboolean
ms_sql_fail_order (
    MsSql *self, const char *what, const char *before, const char *after, GError **error)
{
  g_autofree char *first = g_utf8_make_valid (before, -1);
  g_autofree char *second = g_utf8_make_valid (after, -1);

  ms_error_set (error,
                MS_ERROR_INTERNAL,
                NULL,
                NULL,
                "The store %s is damaged: its %s are not in order at “%s” and “%s”",
                self->database->name,
                what,
                first,
                second);
  return FALSE;
}

gboolean
ms_sql_check_texts (
    MsSql *self, const char *what, const char *before, const char *after, GError **error)
{
  const char *text = after != NULL ? after : "";

  return before == NULL || strcmp (before, text) < 0
         || ms_sql_fail_order (self, what, before, text, error);
}

gboolean
ms_sql_check_numbers (MsSql *self, const char *what, gint64 before, gint64 after, GError **error)
{
  if (before < after)
    return TRUE;
  g_autofree char *first = g_strdup_printf ("%" G_GINT64_FORMAT, before);
  g_autofree char *second = g_strdup_printf ("%" G_GINT64_FORMAT, after);
  return ms_sql_fail_order (self, what, first, second, error);
}
