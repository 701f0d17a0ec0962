/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the store holds of an uploaded file, which may have passwords in any column: nothing that
 * somebody without the server's key can read, in the database itself and in a backup of it; while a
 * server with the key, this one after a restart or another, goes on with the import.
 */
#include "import-fixture.h"
#include "import-gate.h"

#include <glib/gstdio.h>
#include <string.h>

#include "ms-copy.h"
#include "ms-error.h"
#include "ms-txn.h"
#include "store-place.h"

#define ACCOUNTS "{'createUsers':true}"
/* No reader of the store may find it; once in a column that everybody knows for one of passwords,
 * once in one that nobody does, once in a row that is refused. */
#define MARKER "MarkerOfASecret"
#define FILE_TEXT                                                                                  \
  "login,password,start code\nann," MARKER "1," MARKER "2\nb b," MARKER "3," MARKER "4\n"

static gboolean
holds (const char *data, gsize length, const char *marker)
{
  return memmem (data, length, marker, strlen (marker)) != NULL;
}

/* As text, and as PostgreSQL and JSON write bytes */
static void
assert_file_is_clean (const char *path)
{
  g_autofree char *data = NULL;
  gsize            length = 0;
  g_autofree char *base64 = g_base64_encode ((const guchar *) FILE_TEXT, 30);
  g_autoptr (GString) hex = g_string_new (NULL);

  for (const char *c = MARKER; *c != '\0'; c++)
    g_string_append_printf (hex, "%02x", (guint) *c);
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  if (holds (data, length, MARKER) || holds (data, length, hex->str)
      || holds (data, length, base64))
    g_error ("%s holds a password", path);
}

static void
assert_store_is_clean (Fixture *self)
{
  g_autofree char *backup = g_build_filename (self->folder, "copy.db", NULL);
  g_autoptr (GError) error = NULL;
  const char *name;

  g_assert_true (ms_store_backup (self->store, backup, NULL, &error));
  g_assert_no_error (error);
  g_autoptr (GDir) folder = g_dir_open (self->folder, 0, NULL);
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);
      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        assert_file_is_clean (path);
    }
  (void) g_unlink (backup);
}

static void
test_at_rest (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload (self, FILE_TEXT);

  assert_store_is_clean (self);
  g_autoptr (JsonObject) rehearsed = fixture_do (self, id, ACCOUNTS, TRUE, "rehearsed");
  g_assert_true (json_object_has_member (rehearsed, "preview"));
  assert_store_is_clean (self);
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  assert_store_is_clean (self);
  g_autofree char *rejects = fixture_rejects (self, id);
  g_assert_nonnull (strstr (rejects, "b b," MARKER "3," MARKER "4,"));
  fixture_undo (self, id);
  assert_store_is_clean (self);
}

/* A server that is stopped before the run, and while it runs */
static void
test_restart (Fixture *self, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("login,password hash\n");
  Gate gate;

  for (guint i = 0; i < 600; i++)
    g_string_append_printf (text, "user%u,$6$" MARKER "$%086u\n", i, i);
  g_autofree char *id = fixture_upload (self, text->str);
  fixture_close (self);
  fixture_open (self);
  gate_set_up (&gate, self->service->imports, 0);
  gate_open_to_stop (&gate);
  fixture_start (self, id, ACCOUNTS, FALSE);
  gate_wait (&gate);
  fixture_close (self);
  fixture_open (self);
  g_autofree char *sealed = store_place_ask (store_place_get_driver (),
                                             self->folder,
                                             "SELECT count(*) FROM import_job j JOIN import_file f "
                                             "ON f.id = j.id WHERE j.state = 'running'");
  g_assert_cmpstr (sealed, ==, "1");
  ms_service_resume_jobs (self->service);
  g_autoptr (JsonObject) done = fixture_wait (self, id);
  g_assert_cmpstr (json_object_get_string_member (done, "state"), ==, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, 600);
}

/* A key that is none of those it was uploaded for: nothing is shown, and it is said why. */
static void
test_other_key (Fixture *self, gconstpointer data)
{
  static const guchar key[MS_IMPORT_KEY_LENGTH] = "another one";
  g_autofree char    *id = fixture_upload (self, FILE_TEXT);
  g_autoptr (JsonObject) options = fixture_json (ACCOUNTS);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_autoptr (JsonObject) before = fixture_get (self, id);
  g_assert_true (json_object_has_member (before, "preview"));
  g_assert_true (ms_service_set_import_key (self->service, key, &error));
  g_autoptr (JsonObject) after = fixture_get (self, id);
  g_assert_false (json_object_has_member (after, "preview"));
  g_assert_false (
      ms_service_import_start (self->service, self->actor, id, options, FALSE, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "import.key"));

  /* The first comes to know of the second when it is told of an upload, and the other way round. */
  g_autofree char *second = fixture_upload (self, FILE_TEXT);
  fixture_set_key (self->service);
  g_autoptr (JsonObject) done = fixture_do (self, second, ACCOUNTS, FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  g_assert_true (ms_service_set_import_key (self->service, key, &error));
  g_autofree char *rejects = fixture_rejects (self, second);
  g_assert_nonnull (strstr (rejects, MARKER "3"));
}

/* What an earlier version left in the clear */
typedef struct
{
  const char *id;
} OldFile;

static gboolean
put_old_file (MsTxn *txn, gpointer user_data, GError **error)
{
  const OldFile *old = user_data;
  g_autoptr (MsImportRecord) record = ms_txn_get_import (txn, old->id, FALSE, error);

  if (record == NULL)
    return FALSE;
  record->data = g_bytes_new_static (FILE_TEXT, strlen (FILE_TEXT));
  return ms_txn_put_import (txn, record, error);
}

static void
test_old (Fixture *self, gconstpointer data)
{
  MsChangeContext  context = { NULL, NULL, "import", "import", NULL, NULL, 0 };
  g_autofree char *id = fixture_upload (self, FILE_TEXT);
  OldFile          old = { id };
  g_autofree char *left = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_store_write (self->store, &context, put_old_file, &old, NULL, &error));
  g_assert_no_error (error);
  fixture_close (self);
  fixture_open (self);
  ms_service_resume_jobs (self->service);
  for (guint i = 0; i < 1000 && g_strcmp0 (left, "0") != 0; i++)
    {
      g_free (left);
      left = store_place_ask (
          store_place_get_driver (),
          self->folder,
          strcmp (store_place_get_driver (), "sqlite") == 0
              ? "SELECT count(*) FROM import_file WHERE instr(data, x'4d61726b6572') > 0"
              : "SELECT count(*) FROM import_file"
                " WHERE position('\\x4d61726b6572'::bytea in data) > 0");
      g_usleep (10000);
    }
  g_assert_cmpstr (left, ==, "0");
  /* Closing folds the log in, so that the pages as they were are nowhere. */
  fixture_close (self);
  fixture_open (self);
  assert_store_is_clean (self);
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/import-sealed/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("at-rest", test_at_rest);
  ADD ("restart", test_restart);
  ADD ("other-key", test_other_key);
  ADD ("old", test_old);
  return g_test_run ();
}
