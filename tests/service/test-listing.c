/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Cursors between daemons and over time; the wire is in tests/server/test-scim-cursor.c.
 */
#include "service-fixture.h"

#include <string.h>

static JsonObject *
list (Fixture *f, MsService *service, const char *cursor, GError **error)
{
  MsQuery   query = { .type = fixture_type (f, "User"), .count = 1 };
  MsListing listing = { .queries = &query, .n_queries = 1, .cursor = cursor };
  g_autoptr (GString) out = g_string_new (NULL);

  if (!ms_service_list_pages (service, f->admin, &listing, out, error))
    return NULL;
  g_autoptr (JsonNode) node = ms_json_parse (out->str, (gssize) out->len, NULL, error);
  g_assert_nonnull (node);
  return json_node_dup_object (node);
}

static char *
begin (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *one = make_user (f, "one");
  g_autofree char *two = make_user (f, "two");
  g_autoptr (JsonObject) page = list (f, f->service, "", &error);

  g_assert_no_error (error);
  return g_strdup (json_object_get_string_member (page, "nextCursor"));
}

/* What one daemon hands out another takes: the key is the store's. */
static void
test_two_daemons (Fixture *f, gconstpointer data)
{
  g_autofree char *cursor = begin (f);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsService) other = ms_service_new (f->store);
  ms_service_set_clock (other, f->service->clock, f->service->clock_data);
  g_autoptr (JsonObject) page = list (f, other, cursor, &error);

  g_assert_no_error (error);
  g_assert_cmpint (json_object_get_int_member (page, "itemsPerPage"), ==, 1);
  ms_service_shutdown (other);
}

static void
test_expired (Fixture *f, gconstpointer data)
{
  g_autofree char *cursor = begin (f);
  g_autoptr (GError) error = NULL;

  f->now += (gint64) (MS_CURSOR_SECONDS - 1) * G_USEC_PER_SEC;
  g_autoptr (JsonObject) page = list (f, f->service, cursor, &error);
  g_assert_no_error (error);
  f->now += (gint64) 2 * G_USEC_PER_SEC;
  g_assert_null (list (f, f->service, cursor, &error));
  g_assert_cmpstr (ms_error_get_scim_type (error), ==, "expiredCursor");
  g_assert_cmpstr (ms_error_get_path (error), ==, "cursor");
}

/* A key in the store makes no change set and is in no answer. */
static void
test_key_is_silent (Fixture *f, gconstpointer data)
{
  g_autofree char *one = make_user (f, "silent");
  gint64           before = last_sequence (f);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) page = list (f, f->service, "", &error);

  g_assert_no_error (error);
  g_assert_true (json_object_has_member (page, "nextCursor"));
  g_assert_cmpint (last_sequence (f), ==, before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/listing/two-daemons", test_two_daemons);
  fixture_add ("/listing/expired", test_expired);
  fixture_add ("/listing/key-is-silent", test_key_is_silent);
  return g_test_run ();
}
