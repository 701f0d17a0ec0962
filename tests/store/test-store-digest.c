/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The digest of a whole store: computed once by hand, changed by everything that it covers and by
 * nothing else, and the same again when what was done is done backwards.
 */
#include "store-fixture.h"

#include <string.h>

static char *
digest (Fixture *fixture, MsDigestKind kind)
{
  g_autoptr (GError) error = NULL;
  char *text = ms_store_digest (fixture->store, kind, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (strlen (text), ==, 64);
  return text;
}

/* Makes an object with an id of our choice. */
typedef struct
{
  MsObject *object;
  gboolean  with_secret;
} Insertion;

static gboolean
insert (MsTxn *txn, gpointer user_data, GError **error)
{
  Insertion *insertion = user_data;

  return ms_txn_insert (txn, insertion->object, error)
         && (!insertion->with_secret
             || ms_txn_set_secret (txn, insertion->object, "password", "$y$hash", error));
}

static void
make (Fixture *fixture, const char *type, const char *id, const char *json, gboolean with_secret)
{
  g_autoptr (MsObject) made = fixture_make (fixture, type, json);
  g_autoptr (MsObject) object = ms_object_new (
      ms_object_get_type (made), id, json_object_ref (ms_object_get_attributes (made)));
  Insertion insertion = { object, with_secret };

  fixture_write (fixture, insert, &insertion);
}

#define ANN "00000000-0000-7000-8000-00000000000a"
#define BOX "00000000-0000-7000-8000-00000000000b"

static void
make_two (Fixture *fixture)
{
  make (fixture,
        "User",
        ANN,
        "{'userName':'ann','active':true,'emails':[{'value':'b@x.org'},{'value':'a@x.org'}]}",
        TRUE);
  make (fixture, "Mailbox", BOX, "{'name':'box','owner':{'value':'" ANN "'}}", FALSE);
}

static void
test_by_hand (Fixture *fixture, gconstpointer data)
{
  static const char user[]
      = "{\"active\"true\"emails\"[{\"value\"\"a@x.org\"},{\"value\"\"b@x.org\""
        "},]\"userName\"\"ann\"}";
  static const char box[] = "{\"name\"\"box\"\"owner\"{\"value\"\"" ANN "\"}}";
  g_autofree char  *expected
      = g_strdup_printf ("6:object36:" ANN "4:User%zu:%s6:object36:" BOX "7:Mailbox%zu:%s"
                         "4:link36:" BOX "5:owner36:" ANN "6:secret36:" ANN "8:password",
                         strlen (user),
                         user,
                         strlen (box),
                         box);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, expected, -1);

  make_two (fixture);
  assert_text (digest (fixture, MS_DIGEST_STATE), sum);
}

/* Row numbers, order of making and history are no part of the state. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  make_two (fixture);
  g_autofree char *first = digest (fixture, MS_DIGEST_STATE);
  g_autofree char *whole = digest (fixture, MS_DIGEST_WHOLE);
  fixture_delete (fixture, BOX);
  g_autofree char *without = digest (fixture, MS_DIGEST_STATE);
  g_assert_cmpstr (without, !=, first);
  g_assert_true (fixture_try_restore (fixture, BOX, NULL));
  g_autoptr (MsObject) box = fixture_get (fixture, BOX);
  ms_object_set_link (box, "owner", ANN);
  fixture_update (fixture, box);
  assert_text (digest (fixture, MS_DIGEST_STATE), first);
  g_autofree char *later = digest (fixture, MS_DIGEST_WHOLE);
  g_assert_cmpstr (later, !=, whole);
  fixture_reopen (fixture);
  assert_text (digest (fixture, MS_DIGEST_WHOLE), later);
}

static gboolean
clear_secret (MsTxn *txn, gpointer user_data, GError **error)
{
  g_autoptr (MsObject) ann = ms_txn_get_object (txn, NULL, ANN, error);

  return ann != NULL && ms_txn_set_secret (txn, ann, "password", user_data, error);
}

static gboolean
set_setting (MsTxn *txn, gpointer user_data, GError **error)
{
  return ms_txn_set_setting (txn, "seat-limit", "5", error);
}

static void
assert_moved (Fixture *fixture, char **state, char **whole, gboolean state_moves)
{
  g_autofree char *state_now = digest (fixture, MS_DIGEST_STATE);
  g_autofree char *whole_now = digest (fixture, MS_DIGEST_WHOLE);

  g_assert_cmpint (strcmp (state_now, *state) != 0, ==, state_moves);
  g_assert_cmpstr (whole_now, !=, *whole);
  g_free (*state);
  g_free (*whole);
  *state = g_steal_pointer (&state_now);
  *whole = g_steal_pointer (&whole_now);
}

static void
test_covers (Fixture *fixture, gconstpointer data)
{
  make_two (fixture);
  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'all'}");
  g_autofree char *state = digest (fixture, MS_DIGEST_STATE);
  g_autofree char *whole = digest (fixture, MS_DIGEST_WHOLE);

  fixture_link (fixture, list, "members", ANN, TRUE, TRUE);
  assert_moved (fixture, &state, &whole, TRUE);
  /* Another password, and none. */
  fixture_write (fixture, clear_secret, (gpointer) "$y$other");
  assert_moved (fixture, &state, &whole, FALSE);
  fixture_write (fixture, clear_secret, NULL);
  assert_moved (fixture, &state, &whole, TRUE);
  fixture_write (fixture, set_setting, NULL);
  assert_moved (fixture, &state, &whole, FALSE);
  g_autoptr (MsObject) box = fixture_get (fixture, BOX);
  ms_object_set_string (box, "description", "d");
  fixture_update (fixture, box);
  assert_moved (fixture, &state, &whole, TRUE);
  fixture_delete (fixture, list);
  assert_moved (fixture, &state, &whole, TRUE);
}

static gboolean
put_import (MsTxn *txn, gpointer user_data, GError **error)
{
  g_autoptr (GBytes) file = g_bytes_new_static ("a\0b", 3);
  MsImportRecord record = {
    .id = (char *) "i", .name = (char *) "people.csv", .state = (char *) "uploaded", .data = file
  };

  return ms_txn_put_import (txn, &record, error);
}

/* What was uploaded and waits is told apart to its last byte, also behind a zero. */
static void
test_uploads (Fixture *fixture, gconstpointer data)
{
  const gboolean sqlite = strcmp (fixture->driver, "sqlite") == 0;

  make_two (fixture);
  g_autofree char *state = digest (fixture, MS_DIGEST_STATE);
  g_autofree char *whole = digest (fixture, MS_DIGEST_WHOLE);
  fixture_write (fixture, put_import, NULL);
  assert_moved (fixture, &state, &whole, FALSE);
  fixture_run_sql (fixture,
                   sqlite ? "UPDATE import_file SET data = x'610063'"
                          : "UPDATE import_file SET data = '\\x610063'");
  assert_moved (fixture, &state, &whole, FALSE);
  fixture_run_sql (fixture, "DELETE FROM import_file");
  assert_moved (fixture, &state, &whole, FALSE);
  fixture_write (fixture, put_import, NULL); /* a store without it is not sound */
  assert_moved (fixture, &state, &whole, FALSE);
}

static gboolean
insert_many (MsTxn *txn, gpointer user_data, GError **error)
{
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *json = g_strdup_printf ("{'userName':'u%u'}", i);
      g_autoptr (MsObject) object = fixture_make (user_data, "User", json);
      if (!ms_txn_insert (txn, object, error))
        return FALSE;
    }
  return TRUE;
}

/* More than are read at once, the last page full. */
static void
test_pages (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = digest (fixture, MS_DIGEST_STATE);

  fixture_write (fixture, insert_many, fixture);
  g_autofree char *full = digest (fixture, MS_DIGEST_STATE);
  g_autofree char *more = fixture_insert (fixture, "User", "{'userName':'last'}");
  g_autofree char *over = digest (fixture, MS_DIGEST_STATE);
  g_assert_cmpstr (before, !=, full);
  g_assert_cmpstr (over, !=, full);
  fixture_delete (fixture, more);
  assert_text (digest (fixture, MS_DIGEST_STATE), full);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("digest/by-hand", NULL, test_by_hand);
  fixture_add ("digest/order", NULL, test_order);
  fixture_add ("digest/covers", NULL, test_covers);
  fixture_add ("digest/uploads", NULL, test_uploads);
  fixture_add ("digest/pages", NULL, test_pages);
  return g_test_run ();
}
