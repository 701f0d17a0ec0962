/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See store-place.h.
 */
#include "config.h"

#include "store-place.h"

#ifdef HAVE_POSTGRES
#include "postgres-server.h"
#endif

#include <sqlite3.h>
#include <string.h>

const char *const store_place_drivers[] = {
  "sqlite",
#ifdef HAVE_POSTGRES
  "postgresql",
#endif
  NULL,
};

const char *
store_place_get_driver (void)
{
  const char *driver = g_getenv ("MS_TEST_DRIVER");

  if (driver == NULL)
    return store_place_drivers[0];
  g_assert_true (g_strv_contains (store_place_drivers, driver));
  return driver;
}

char *
store_place_new (const char *driver, const char *folder)
{
#ifdef HAVE_POSTGRES
  if (strcmp (driver, "postgresql") == 0)
    return postgres_server_new_place (folder);
#endif
  return g_strdup_printf ("sqlite:%s/store.db", folder);
}

#ifdef HAVE_POSTGRES
static char *
in_schema (const char *text)
{
  return g_strconcat ("SET search_path = mailstead; ", text, NULL);
}
#endif

static int
keep_first (void *user_data, int columns, char **values, char **names)
{
  char **answer = user_data;

  if (*answer == NULL)
    *answer = g_strdup (values[0]);
  return 0;
}

/* (transfer full) (nullable): what SQLite says of it. @answer: (out) (optional) */
static char *
run_in_file (const char *folder, const char *text, char **answer)
{
  g_autofree char *path = g_build_filename (folder, "store.db", NULL);
  g_autofree char *ignored = NULL;
  sqlite3         *db = NULL;
  char            *message = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_exec (db, text, keep_first, answer != NULL ? answer : &ignored, &message);
  char *refusal = g_strdup (message);
  sqlite3_free (message);
  sqlite3_close (db);
  return refusal;
}

char *
store_place_ask (const char *driver, const char *folder, const char *text)
{
  char *answer = NULL;

#ifdef HAVE_POSTGRES
  if (strcmp (driver, "postgresql") == 0)
    {
      g_autofree char *ours = in_schema (text);
      g_autofree char *uri = postgres_server_get_place (folder);
      return postgres_server_ask (uri, ours);
    }
#endif
  g_autofree char *refusal = run_in_file (folder, text, &answer);
  g_assert_cmpstr (refusal, ==, NULL);
  return answer;
}

char *
store_place_try_sql (const char *driver, const char *folder, const char *text)
{
#ifdef HAVE_POSTGRES
  if (strcmp (driver, "postgresql") == 0)
    {
      g_autofree char *ours = in_schema (text);
      g_autofree char *uri = postgres_server_get_place (folder);
      return postgres_server_try_sql (uri, ours);
    }
#endif
  return run_in_file (folder, text, NULL);
}

void
store_place_run_sql_as_superuser (const char *driver, const char *folder, const char *text)
{
#ifdef HAVE_POSTGRES
  if (strcmp (driver, "postgresql") == 0)
    {
      g_autofree char *ours = in_schema (text);
      g_autofree char *uri = postgres_server_get_place_as_superuser (folder);
      postgres_server_run_sql (uri, ours);
      return;
    }
#endif
  store_place_run_sql (driver, folder, text);
}

void
store_place_run_sql (const char *driver, const char *folder, const char *text)
{
  g_autofree char *refusal = store_place_try_sql (driver, folder, text);

  g_assert_cmpstr (refusal, ==, NULL);
}

void
store_place_lift_rules (const char *driver, const char *folder)
{
  g_autofree char *script = store_place_ask (
      driver,
      folder,
      strcmp (driver, "postgresql") == 0
          ? "SELECT string_agg(DISTINCT 'ALTER TABLE ' || c.relname || ' DISABLE TRIGGER USER', "
            "';')"
            " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
          : "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema"
            " WHERE type = 'trigger'");

  g_assert_nonnull (script);
  store_place_run_sql (driver, folder, script);
}
