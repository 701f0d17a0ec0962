/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Waiting is for a condition with an end, never for a time.
 */
#include "import-fixture.h"

#include <string.h>

#include "ms-json.h"
#include "ms-txn.h"
#include "store-place.h"
#include "test-folder.h"

#define WAIT_SECONDS 120

void
fixture_set_key (MsService *service)
{
  static const guchar key[MS_IMPORT_KEY_LENGTH] = "the key of the tests";
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_service_set_import_key (service, key, &error));
  g_assert_no_error (error);
}

void
fixture_open (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  self->store = ms_store_open (self->uri, self->schemas, MS_STORE_CREATE, &error);
  g_assert_no_error (error);
  self->service = ms_service_new (self->store);
  fixture_set_key (self->service);
}

void
fixture_close (Fixture *self)
{
  if (self->service != NULL)
    ms_service_shutdown (self->service);
  g_clear_object (&self->service);
  if (self->store != NULL)
    ms_store_close (self->store);
  g_clear_object (&self->store);
}

static void
set_up_actor (Fixture *self)
{
  g_autoptr (MsObject) admin = fixture_find (self, "User", "userName", "admin");

  g_assert_nonnull (admin);
  self->actor = g_new0 (MsActor, 1);
  self->actor->user_id = g_strdup (ms_object_get_id (admin));
  self->actor->user_name = g_strdup ("admin");
  self->actor->channel = g_strdup ("console");
  self->actor->role = MS_ROLE_ADMINISTRATOR;
}

void
fixture_set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *password = NULL;

  self->folder = test_folder_new ();
  self->uri = store_place_new (store_place_get_driver (), self->folder);
  self->schemas = ms_schema_registry_new_builtin ();
  fixture_open (self);
  g_assert_true (
      ms_service_initialize (self->service, "harbour.example", "admin", &password, &error));
  g_assert_no_error (error);
  set_up_actor (self);
}

void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  fixture_close (self);
  g_clear_pointer (&self->actor, ms_actor_free);
  g_clear_pointer (&self->schemas, ms_schema_registry_unref);
  (void) test_folder_remove (self->folder);
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->uri, g_free);
}

static JsonNode *
parse (const char *text)
{
  static const MsJsonLimits limits = { 64 * 1024 * 1024, 32, 1024 * 1024, 10000000 };
  g_autoptr (GError) error = NULL;
  JsonNode *node = ms_json_parse (text, -1, &limits, &error);

  g_assert_no_error (error);
  return node;
}

JsonObject *
fixture_json (const char *json)
{
  g_autofree char *text = g_strdelimit (g_strdup (json), "'", '"');
  g_autoptr (JsonNode) node = parse (text);

  return json_node_dup_object (node);
}

static char *
upload (Fixture *self, const char *name, const char *data, gsize length)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, length);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean done = ms_service_import_upload (self->service, self->actor, name, bytes, out, &error);

  g_assert_no_error (error);
  g_assert_true (done);
  g_autoptr (JsonNode) node = parse (out->str);
  return g_strdup (json_object_get_string_member (json_node_get_object (node), "id"));
}

guint
fixture_size (guint whole)
{
  const char *wanted = g_getenv ("MS_TEST_SIZE");
  guint64     percent = 100;

  if (wanted != NULL)
    g_assert_true (g_ascii_string_to_unsigned (wanted, 10, 1, 100, &percent, NULL));
  return (guint) (whole * percent / 100);
}

char *
fixture_upload (Fixture *self, const char *text)
{
  return upload (self, "test.csv", text, strlen (text));
}

char *
fixture_read_example (const char *name, gsize *length)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "..", "..", "data", "examples", name, NULL);
  g_autoptr (GError) error = NULL;
  char *data = NULL;

  g_assert_true (g_file_get_contents (path, &data, length, &error));
  g_assert_no_error (error);
  return data;
}

char *
fixture_upload_file (Fixture *self, const char *name)
{
  gsize            length;
  g_autofree char *data = fixture_read_example (name, &length);

  return upload (self, name, data, length);
}

void
fixture_start (Fixture *self, const char *id, const char *options, gboolean rehearse)
{
  g_autoptr (JsonObject) json = fixture_json (options);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean started
      = ms_service_import_start (self->service, self->actor, id, json, rehearse, out, &error);

  g_assert_no_error (error);
  g_assert_true (started);
  g_autoptr (JsonNode) node = parse (out->str);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (node), "state"),
                   ==,
                   rehearse ? "rehearsing" : "running");
}

JsonObject *
fixture_get (Fixture *self, const char *id)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean got = ms_service_import_get (self->service, self->actor, id, out, &error);

  g_assert_no_error (error);
  g_assert_true (got);
  g_autoptr (JsonNode) node = parse (out->str);
  return json_node_dup_object (node);
}

JsonObject *
fixture_wait (Fixture *self, const char *id)
{
  gint64 end = g_get_monotonic_time () + WAIT_SECONDS * G_TIME_SPAN_SECOND;

  for (;;)
    {
      g_autoptr (JsonObject) import = fixture_get (self, id);
      const char *state = json_object_get_string_member (import, "state");

      if (strcmp (state, "running") != 0 && strcmp (state, "rehearsing") != 0)
        return g_steal_pointer (&import);
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (20000);
    }
}

JsonObject *
fixture_do (
    Fixture *self, const char *id, const char *options, gboolean rehearse, const char *state)
{
  fixture_start (self, id, options, rehearse);
  JsonObject *import = fixture_wait (self, id);
  if (strcmp (json_object_get_string_member (import, "state"), state) != 0)
    {
      g_autofree char *text = json_to_string (json_object_get_member (import, "error"), FALSE);
      g_test_message ("the import's error: %s", text);
    }
  g_assert_cmpstr (json_object_get_string_member (import, "state"), ==, state);
  return import;
}

gint64
fixture_count (JsonObject *import, const char *name)
{
  return json_object_get_int_member (json_object_get_object_member (import, "counts"), name);
}

JsonArray *
fixture_rows (Fixture *self, const char *id, const char *status)
{
  JsonArray *all = json_array_new ();
  gint64     total = 1;

  for (gint64 start = 0; start < total; start += 1000)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      gboolean got = ms_service_import_rows (
          self->service, self->actor, id, status, start, 1000, out, &error);

      g_assert_no_error (error);
      g_assert_true (got);
      g_autoptr (JsonNode) node = parse (out->str);
      JsonArray *rows = json_object_get_array_member (json_node_get_object (node), "rows");
      total = json_object_get_int_member (json_node_get_object (node), "total");
      for (guint i = 0; i < json_array_get_length (rows); i++)
        json_array_add_element (all, json_node_copy (json_array_get_element (rows, i)));
    }
  g_assert_cmpint (json_array_get_length (all), ==, total);
  return all;
}

JsonObject *
fixture_find_row (JsonArray *rows, gint64 line)
{
  for (guint i = 0; i < json_array_get_length (rows); i++)
    {
      JsonObject *row = json_array_get_object_element (rows, i);
      if (json_object_get_int_member (row, "line") == line)
        return row;
    }
  g_error ("There is no report on line %" G_GINT64_FORMAT, line);
}

char *
fixture_changes (JsonObject *row)
{
  JsonArray *changes = json_object_get_array_member (row, "changes");
  GString   *out = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (changes); i++)
    {
      JsonObject *change = json_array_get_object_element (changes, i);
      const char *before = json_object_get_string_member_with_default (change, "before", NULL);
      const char *after = json_object_get_string_member_with_default (change, "after", NULL);
      g_string_append_printf (out,
                              "%s%s:%s>%s",
                              i > 0 ? " " : "",
                              json_object_get_string_member (change, "field"),
                              before != NULL ? before : "",
                              after != NULL ? after : "");
    }
  return g_string_free (out, FALSE);
}

char *
fixture_rejects (Fixture *self, const char *id)
{
  GString *out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean got = ms_service_import_rejects (self->service, self->actor, id, out, &error);

  g_assert_no_error (error);
  g_assert_true (got);
  return g_string_free (out, FALSE);
}

static gboolean
collect (const char *data, gsize length, gpointer user_data, GError **error)
{
  g_string_append_len (user_data, data, (gssize) length);
  return TRUE;
}

char *
fixture_export (Fixture *self, const char *type_name)
{
  const MsResourceType *type = ms_schema_registry_get_type_by_name (self->schemas, type_name);
  MsQuery               query = { .type = type, .sort_by = ms_resource_type_get_label (type) };
  GString              *out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  ms_service_hand_over (self->service);
  gboolean done = ms_service_export (self->service, self->actor, &query, collect, out, &error);

  g_assert_no_error (error);
  g_assert_true (done);
  return g_string_free (out, FALSE);
}

typedef struct
{
  const MsResourceType *type;
  const char           *path;
  const char           *value;
  MsObject             *found;
  gint64                total;
} FindWork;

static gboolean
find_object (MsTxn *txn, gpointer user_data, GError **error)
{
  FindWork *work = user_data;
  g_autoptr (GError) failed = NULL;

  work->found = ms_txn_find_object (txn, work->type, work->path, work->value, &failed);
  g_assert_no_error (failed);
  return TRUE;
}

MsObject *
fixture_find (Fixture *self, const char *type_name, const char *path, const char *value)
{
  FindWork work
      = { ms_schema_registry_get_type_by_name (self->schemas, type_name), path, value, NULL, 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_store_read (self->store, find_object, &work, NULL, &error));
  return work.found;
}

static gboolean
count_objects (MsTxn *txn, gpointer user_data, GError **error)
{
  FindWork *work = user_data;

  return ms_txn_count (txn, MS_COUNT_OBJECTS, work->type, &work->total, error);
}

gint64
fixture_total (Fixture *self, const char *type_name)
{
  FindWork work = { .type = ms_schema_registry_get_type_by_name (self->schemas, type_name) };
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_store_read (self->store, count_objects, &work, NULL, &error));
  g_assert_no_error (error);
  return work.total;
}

char *
fixture_create (Fixture *self, const char *type_name, const char *json)
{
  MsOperation *operation = ms_operation_new (MS_VERB_CREATE);
  g_autoptr (GError) error = NULL;

  operation->type = ms_schema_registry_get_type_by_name (self->schemas, type_name);
  operation->body = fixture_json (json);
  operation->base_url = g_strdup ("https://localhost/scim/v2");
  g_autoptr (MsOutcome) outcome = ms_service_apply (self->service, self->actor, operation, &error);
  g_assert_no_error (error);
  g_assert_nonnull (outcome);
  return g_strdup (outcome->id);
}

void
fixture_undo (Fixture *self, const char *id)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);
  g_autoptr (GError) error = NULL;

  operation->job = g_strdup (id);
  g_autoptr (MsOutcome) outcome = ms_service_apply (self->service, self->actor, operation, &error);
  g_assert_no_error (error);
  g_assert_nonnull (outcome);
}
