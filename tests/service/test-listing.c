/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Cursors between daemons and over time; the wire is in tests/server/test-scim-cursor.c.
 */
#include "service-fixture.h"

#include "store-place.h"

#include <string.h>

static JsonObject *
list (Fixture *f, MsService *service, const char *cursor, GError **error)
{
  MsQuery   query = { .type = service->types.user, .count = 1 };
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

/* Users by cursor to the end. How many */
static guint
walk (Fixture *f, MsService *service)
{
  g_autofree char *cursor = g_strdup ("");
  guint            seen = 0;

  while (cursor != NULL)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonObject) page = list (f, service, cursor, &error);
      g_assert_no_error (error);
      seen += (guint) json_object_get_int_member (page, "itemsPerPage");
      g_free (cursor);
      cursor = json_object_has_member (page, "nextCursor")
                   ? g_strdup (json_object_get_string_member (page, "nextCursor"))
                   : NULL;
    }
  return seen;
}

/* (transfer full) (nullable) */
static char *
ask_key (Fixture *f)
{
  return store_place_ask (
      store_place_get_driver (), f->folder, "SELECT value FROM setting WHERE name = 'cursor-key'");
}

static MsStore *
open_again (Fixture *f, MsStoreFlags flags)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (GError) error = NULL;
  MsStore *store = ms_store_open (f->uri, schemas, flags, &error);

  g_assert_no_error (error);
  return store;
}

/* A store that never had a key is read to the end, and gets none; once it has one, that is the key,
 * and a list that was begun before goes on. */
static void
test_read_only (Fixture *f, gconstpointer data)
{
  g_autofree char *one = make_user (f, "one");
  g_autofree char *two = make_user (f, "two");
  g_autoptr (MsStore) store = open_again (f, MS_STORE_READ_ONLY);
  g_autoptr (MsService) reader = ms_service_new (store);
  g_autoptr (GError) error = NULL;

  ms_service_set_clock (reader, f->service->clock, f->service->clock_data);
  ms_service_resume_jobs (reader);
  g_assert_cmpuint (walk (f, reader), ==, 3);
  g_autoptr (JsonObject) begun = list (f, reader, "", &error);
  g_assert_no_error (error);
  g_autofree char *none = ask_key (f);
  g_assert_null (none);

  ms_service_resume_jobs (f->service);
  g_autoptr (JsonObject) elsewhere = list (f, f->service, "", &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) taken
             = list (f, reader, json_object_get_string_member (elsewhere, "nextCursor"), &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) next
             = list (f, reader, json_object_get_string_member (begun, "nextCursor"), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (walk (f, reader), ==, 3);
  ms_service_shutdown (reader);
  ms_store_close (store);
}

/* The key is there once a server runs, whoever was the first, and no list has to make it. */
static void
test_key_at_start (Fixture *f, gconstpointer data)
{
  gint64 before = last_sequence (f);
  g_autoptr (MsService) other = ms_service_new (f->store);

  ms_service_resume_jobs (f->service);
  g_autofree char *key = ask_key (f);
  g_assert_nonnull (key);
  ms_service_resume_jobs (other);
  g_autofree char *same = ask_key (f);
  g_assert_cmpstr (same, ==, key);
  g_assert_cmpint (last_sequence (f), ==, before);
  ms_service_shutdown (other);
}

/* Where the store takes nothing, as on a full disk, a list is read all the same, and goes on when
 * it takes things again. */
static void
test_unwritten_key (Fixture *f, gconstpointer data)
{
  const char      *driver = store_place_get_driver ();
  gboolean         is_sqlite = strcmp (driver, "sqlite") == 0;
  g_autofree char *one = make_user (f, "one");
  g_autofree char *two = make_user (f, "two");
  g_autoptr (GError) error = NULL;

  store_place_run_sql (driver,
                       f->folder,
                       is_sqlite ? "CREATE TRIGGER no_room BEFORE INSERT ON setting BEGIN"
                                   " SELECT RAISE (ABORT, 'no room'); END"
                                 : "CREATE FUNCTION no_room () RETURNS trigger LANGUAGE plpgsql AS"
                                   " 'BEGIN RAISE EXCEPTION ''no room''; END';"
                                   "CREATE TRIGGER no_room BEFORE INSERT ON setting FOR EACH ROW"
                                   " EXECUTE FUNCTION no_room ()");
  ms_service_resume_jobs (f->service);
  g_assert_cmpuint (walk (f, f->service), ==, 3);
  g_autoptr (JsonObject) begun = list (f, f->service, "", &error);
  g_assert_no_error (error);
  g_autofree char *none = ask_key (f);
  g_assert_null (none);
  store_place_run_sql (driver,
                       f->folder,
                       is_sqlite ? "DROP TRIGGER no_room"
                                 : "DROP TRIGGER no_room ON setting; DROP FUNCTION no_room ()");
  g_autoptr (JsonObject) next
             = list (f, f->service, json_object_get_string_member (begun, "nextCursor"), &error);
  g_assert_no_error (error);
  g_autofree char *key = ask_key (f);
  g_assert_nonnull (key);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/listing/two-daemons", test_two_daemons);
  fixture_add ("/listing/expired", test_expired);
  fixture_add ("/listing/key-is-silent", test_key_is_silent);
  fixture_add ("/listing/read-only", test_read_only);
  fixture_add ("/listing/key-at-start", test_key_at_start);
  fixture_add ("/listing/unwritten-key", test_unwritten_key);
  return g_test_run ();
}
