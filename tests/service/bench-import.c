/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How long an import takes, on the driver of MS_TEST_DRIVER: a file of accounts with mail groups,
 * aliases and quotas, then the taking back of all of it. MS_BENCH_ROWS: how many (10,000).
 */
#include "import-fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "store-place.h"

static char *
make_file (guint records)
{
  GString *text = g_string_new ("login,name,group,aliases,quota\n");

  for (guint i = 0; i < records; i++)
    g_string_append_printf (
        text, "user%05u,User %u,Deck %u/Watch %u,u%u,%u MB\n", i, i, i % 7, i % 3, i, i % 50 + 1);
  return g_string_free (text, FALSE);
}

static double
seconds_since (gint64 begin)
{
  return (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
}

int
main (void)
{
  const char      *wanted = g_getenv ("MS_BENCH_ROWS");
  guint            records = wanted != NULL ? (guint) atoi (wanted) : 10000;
  Fixture          fixture = { 0 };
  g_autofree char *text = make_file (records);

  fixture_set_up (&fixture, NULL);
  g_autofree char *id = fixture_upload (&fixture, text);
  gint64           begin = g_get_monotonic_time ();
  g_autoptr (JsonObject) done
             = fixture_do (&fixture, id, "{'createUsers':true,'createGroups':true}", FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, records);
  printf ("%s: %u rows imported in %.1f s\n",
          store_place_get_driver (),
          records,
          seconds_since (begin));
  begin = g_get_monotonic_time ();
  fixture_undo (&fixture, id);
  printf ("%s: and taken back in %.1f s\n", store_place_get_driver (), seconds_since (begin));
  fixture_tear_down (&fixture, NULL);
  return 0;
}
