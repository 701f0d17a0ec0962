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
    {
      postgres_server_clear ();
      return g_strdup (postgres_server_get_uri ());
    }
#endif
  return g_strdup_printf ("sqlite:%s/store.db", folder);
}

void
store_place_run_sql (const char *driver, const char *folder, const char *text)
{
  g_autofree char *path = g_build_filename (folder, "store.db", NULL);
  sqlite3         *db = NULL;
  char            *message = NULL;

#ifdef HAVE_POSTGRES
  if (strcmp (driver, "postgresql") == 0)
    {
      g_autofree char *ours = g_strconcat ("SET search_path = mailstead; ", text, NULL);
      postgres_server_run_sql (ours);
      return;
    }
#endif
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_exec (db, text, NULL, NULL, &message);
  g_assert_cmpstr (message, ==, NULL);
  sqlite3_close (db);
}
