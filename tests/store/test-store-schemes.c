/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which scheme the hash of a user's password has, as an attribute: the store keeps it with the
 * hash, whoever writes that, and an object that is written otherwise neither loses it nor sets it.
 */
#include "store-fixture.h"

#include "ms-password-scheme.h"
#include "ms-rescue.h"
#include "store-place.h"

#include <string.h>

#define SCHEME MS_PATH_PASSWORD_SCHEME

typedef struct
{
  const char *id;
  const char *hash; /* (nullable) */
} Given;

static gboolean
do_set (MsTxn *txn, gpointer data, GError **error)
{
  const Given *given = data;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, given->id, error);

  if (object == NULL || !ms_txn_set_secret (txn, object, "password", given->hash, error))
    return FALSE;
  /* What the caller holds is what is stored. */
  g_autoptr (MsObject) stored = ms_txn_get_object (txn, NULL, given->id, error);
  g_autoptr (GPtrArray) deltas = ms_delta_compute (stored, object);
  g_assert_cmpuint (deltas->len, ==, 0);
  g_assert_cmpint (ms_object_get_version (object), ==, ms_object_get_version (stored));
  g_assert_cmpint (ms_object_get_modified (object), ==, ms_object_get_modified (stored));
  return TRUE;
}

static void
set_hash (Fixture *fixture, const char *id, const char *hash)
{
  Given given = { id, hash };

  fixture_write (fixture, do_set, &given);
}

static char *
insert (Fixture *fixture, const char *name, const char *hash)
{
  g_autofree char *text = g_strdup_printf ("{'userName':'%s'}", name);
  char            *id = fixture_insert (fixture, "User", text);

  if (hash != NULL)
    set_hash (fixture, id, hash);
  return id;
}

static char *
dup_scheme (Fixture *fixture, const char *id)
{
  g_autoptr (MsObject) object = fixture_get (fixture, id);

  g_assert_nonnull (object);
  return g_strdup (ms_object_get_string (object, SCHEME));
}

static char *
find (Fixture *fixture, const char *filter, const char *sort)
{
  return fixture_list (fixture, "User", filter, NULL, sort, 0, 50, NULL);
}

static void
assert_change (Fixture *fixture, const char *expected)
{
  g_autofree char *text = fixture_last_change (fixture);

  g_test_message ("%s", text);
  g_assert_nonnull (strstr (text, expected));
  g_assert_null (strstr (text, "$y$"));
  g_assert_null (strstr (text, "$6$"));
  g_assert_null (strstr (text, "SSHA}"));
}

/* Every way that a hash changes --------------------------------------------------------------- */

static void
test_follows (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = insert (fixture, "u", NULL);

  assert_text (dup_scheme (fixture, id), NULL);
  set_hash (fixture, id, "{SSHA}one");
  assert_text (dup_scheme (fixture, id), "ssha");
  assert_change (fixture,
                 "v2 [{'path':'" SCHEME "','after':'ssha'},{'path':'password','secret':true}]");
  set_hash (fixture, id, "$6$two");
  assert_text (dup_scheme (fixture, id), "sha512-crypt");
  assert_change (fixture,
                 "v3 [{'path':'" SCHEME "','before':'ssha','after':'sha512-crypt'},"
                 "{'path':'password','secret':true}]");
  set_hash (fixture, id, "$6$three");
  assert_text (dup_scheme (fixture, id), "sha512-crypt");
  assert_change (fixture, "v4 [{'path':'password','secret':true}]");
  gint64 last = fixture_last_sequence (fixture);
  set_hash (fixture, id, "$6$three");
  g_assert_cmpint (fixture_last_sequence (fixture), ==, last);
  set_hash (fixture, id, NULL);
  assert_text (dup_scheme (fixture, id), NULL);
  assert_change (fixture,
                 "v5 [{'path':'" SCHEME
                 "','before':'sha512-crypt'},{'path':'password','secret':true}]");
  g_autoptr (MsObject) bare = fixture_get (fixture, id);
  g_assert_false (json_object_has_member (ms_object_get_attributes (bare), MS_URN_EXT_USER));
}

static gboolean
do_set_and_fail (MsTxn *txn, gpointer data, GError **error)
{
  if (!do_set (txn, data, error))
    return FALSE;
  ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "as asked for");
  return FALSE;
}

static gboolean
do_set_in_part (MsTxn *txn, gpointer data, GError **error)
{
  const Given *given = data;
  Given        kept = { given->id, "{SHA}kept" };
  g_autoptr (GError) dropped = NULL;

  g_assert_false (ms_txn_savepoint (txn, TRUE, do_set_and_fail, data, &dropped));
  g_assert_error (dropped, MS_ERROR, MS_ERROR_CONFLICT);
  return do_set (txn, &kept, error);
}

static gboolean
do_set_twice (MsTxn *txn, gpointer data, GError **error)
{
  const Given *given = data;
  Given        first = { given->id, "{SSHA512}first" };

  return do_set (txn, &first, error) && do_set (txn, data, error);
}

static void
test_transactions (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = insert (fixture, "u", "$y$one");
  Given            other = { id, "$1$other" };
  Given            again = { id, "{SHA}again" };

  fixture_write (fixture, do_set_in_part, &other);
  assert_text (dup_scheme (fixture, id), "sha");
  assert_change (fixture, "'before':'yescrypt','after':'sha'}");
  fixture_check_sound (fixture);
  fixture_write (fixture, do_set_twice, &again);
  assert_text (dup_scheme (fixture, id), "sha");
  assert_change (fixture, "v4 [{'path':'password','secret':true}]");
}

/* Nobody else writes it ----------------------------------------------------------------------- */

static void
test_not_written (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = insert (fixture, "u", "$y$one");
  g_autoptr (MsObject) object = fixture_get (fixture, id);

  ms_object_set_string (object, SCHEME, "ssha");
  ms_object_set_string (object, "title", "mate");
  fixture_update (fixture, object);
  assert_text (dup_scheme (fixture, id), "yescrypt");
  assert_change (fixture, "v3 [{'path':'title','after':'mate'}]");
  g_assert_cmpstr (ms_object_get_string (object, SCHEME), ==, "yescrypt");
  ms_object_set_string (object, SCHEME, NULL);
  gint64 last = fixture_last_sequence (fixture);
  fixture_update (fixture, object);
  g_assert_cmpint (fixture_last_sequence (fixture), ==, last);
  assert_text (dup_scheme (fixture, id), "yescrypt");
}

static gboolean
do_restore_otherwise (MsTxn *txn, gpointer data, GError **error)
{
  g_autoptr (MsObject) object = ms_txn_get_binned (txn, data, error);

  if (object == NULL)
    return FALSE;
  g_assert_cmpstr (ms_object_get_string (object, SCHEME), ==, "ssha");
  ms_object_set_string (object, SCHEME, NULL);
  ms_object_set_string (object, "userName", "other");
  return ms_txn_restore_object (txn, object, error);
}

static void
test_bin (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = insert (fixture, "u", "{SSHA}one");
  g_autoptr (GError) error = NULL;

  fixture_delete (fixture, id);
  assert_text (find (fixture, SCHEME " pr", NULL), "");
  g_assert_true (fixture_try_restore (fixture, id, &error));
  g_assert_no_error (error);
  assert_text (find (fixture, SCHEME " eq \"ssha\"", NULL), "u");
  fixture_delete (fixture, id);
  fixture_write (fixture, do_restore_otherwise, id);
  assert_text (find (fixture, SCHEME " eq \"ssha\"", NULL), "other");
}

/* Filters and orders -------------------------------------------------------------------------- */

static void
test_found (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *filter;
    const char *names;
  } cases[] = {
    { SCHEME " eq \"yescrypt\"", "ann" },
    { SCHEME " eq \"YESCRYPT\"", "" },
    { SCHEME " eq \"ssha\"", "bob dan" },
    { SCHEME " eq \"none\"", "" },
    { SCHEME " ne \"yescrypt\"", "bob cid dan eve" },
    { SCHEME " ne \"yescrypt\" and " SCHEME " pr", "bob cid dan" },
    { SCHEME " pr and not (" SCHEME " eq \"yescrypt\")", "bob cid dan" },
    { SCHEME " pr", "ann bob cid dan" },
    { "not (" SCHEME " pr)", "eve" },
    { SCHEME " sw \"s\"", "bob cid dan" },
    { SCHEME " ew \"crypt\"", "ann cid" },
    { SCHEME " co \"sha\"", "bob cid dan" },
    { SCHEME " gt \"ssha\"", "ann" },
    { SCHEME " eq \"ssha\" and userName sw \"d\"", "dan" },
    { SCHEME " eq \"yescrypt\" or " SCHEME " eq \"sha512-crypt\"", "ann cid" },
  };
  static const char *const people[]
      = { "ann", "$y$1", "bob", "{SSHA}2", "cid", "$6$3", "dan", "{SSHA}4", "eve", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (people); i += 2)
    g_free (insert (fixture, people[i], people[i + 1]));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].filter);
      assert_text (find (fixture, cases[i].filter, NULL), cases[i].names);
    }
  assert_text (find (fixture, NULL, SCHEME), "cid bob dan ann eve");
  assert_text (find (fixture, NULL, "-" SCHEME), "eve ann dan bob cid");
}

/* Every scheme has its set of users, so every name must be one of those that the tables list. */
static void
test_names (Fixture *fixture, gconstpointer data)
{
  static const char *const hashes[]
      = { "$y$", "$gy$",   "$7$",       "$2a$",      "$2b$",  "$2y$",     "$6$",      "$5$",
          "$1$", "{SSHA}", "{SSHA256}", "{SSHA512}", "{SHA}", "{SHA256}", "{SHA512}", "{OTHER}" };
  const MsAttribute *attribute
      = ms_resource_type_find (fixture_type (fixture, "User"), MS_PATH_PASSWORD_SCHEME);
  g_autoptr (GHashTable) met = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < G_N_ELEMENTS (hashes); i++)
    {
      const char *name = ms_password_scheme_find (hashes[i]);
      g_assert_true (g_strv_contains ((const char *const *) attribute->canonical_values, name));
      g_hash_table_add (met, (gpointer) name);
    }
  g_assert_cmpuint (g_hash_table_size (met), ==, g_strv_length (attribute->canonical_values));
  g_assert_false (attribute->is_computed);
}

/* What another hand did ----------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *sql;
  const char *expected; /* pattern */
} Damage;

#define OF(name) "(SELECT n FROM object WHERE label = '" name "')"

static const Damage damages[] = {
  { "hash",
    "UPDATE secret SET value = '{SSHA}x' WHERE obj = " OF ("u"),
    "User *-* “u”: its passwordScheme is “yescrypt”, and its password is stored as “ssha”" },
  { "hash-lost",
    "DELETE FROM secret WHERE obj = " OF ("u"),
    "User *-* “u”: its passwordScheme is “yescrypt”, and it has no password" },
  { "hash-added",
    "INSERT INTO secret (obj, kind, value) VALUES (" OF ("bare") ", 'password', '$6$x')",
    "User *-* “bare”: its passwordScheme is missing, and its password is stored as "
    "“sha512-crypt”" },
  { "hash-in-bin",
    "UPDATE secret SET value = '{SSHA}x' WHERE obj = " OF ("gone"),
    "User *-* “gone”: its passwordScheme is “yescrypt”, and its password is stored as “ssha”" },
  { "hash-lost-in-bin",
    "DELETE FROM secret WHERE obj = " OF ("gone"),
    "User *-* “gone”: its passwordScheme is “yescrypt”, and it has no password" },
  { "document-in-bin",
    "UPDATE document SET body = replace(body, 'yescrypt', 'scrypt') WHERE obj = " OF ("gone"),
    "User *-* “gone”: its passwordScheme is “scrypt”, and its password is stored as “yescrypt”" },
  { "no-text",
    "UPDATE document SET body = replace(body, '\"bare\"',"
    "  '\"bare\",\"" MS_URN_EXT_USER "\":{\"passwordScheme\":7}') WHERE obj = " OF ("bare"),
    "User *-* “bare”: its passwordScheme is “7”, and it has no password" },
  /* With all that is made of it. */
  { "all",
    "UPDATE document SET body = replace(body, 'yescrypt', 'scrypt') WHERE obj = " OF (
        "u") ";"
             "UPDATE value SET key = 'scrypt' WHERE key = 'yescrypt' AND obj = " OF ("u"),
    "User *-* “u”: its passwordScheme is “scrypt”, and its password is stored as “yescrypt”" },
};

static void
assert_complaint (MsStore *store, const char *pattern)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = ms_store_verify (store, &error);
  gboolean found = FALSE;

  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    {
      g_test_message ("%s", (const char *) problems->pdata[i]);
      found |= g_pattern_match_simple (pattern, problems->pdata[i]);
      g_assert_null (strstr (problems->pdata[i], "secret-part"));
    }
  g_assert_true (found);
}

static void
test_damage (Fixture *fixture, gconstpointer data)
{
  const Damage    *damage = data;
  g_autofree char *user = insert (fixture, "u", "$y$secret-part");
  g_autofree char *bare = insert (fixture, "bare", NULL);
  g_autofree char *gone = insert (fixture, "gone", "$y$secret-part");
  g_autofree char *last = insert (fixture, "last", "{SSHA}secret-part");
  g_autoptr (GError) error = NULL;

  fixture_delete (fixture, gone);
  fixture_check_sound (fixture);
  fixture_close (fixture);
  store_place_run_sql (fixture->driver, fixture->folder, damage->sql);
  MsStore *store = ms_store_open (fixture->uri, fixture->schemas, MS_STORE_READ_ONLY, &error);
  g_assert_no_error (error);
  assert_complaint (store, damage->expected);
  ms_store_close (store);
  g_object_unref (store);
  store = ms_store_open (fixture->uri, fixture->schemas, 0, &error);
  g_assert_no_error (error);
  assert_complaint (store, damage->expected);
  ms_store_close (store);
  g_object_unref (store);
}

static void
count_loss (const char *text, gpointer user_data)
{
  g_test_message ("%s", text);
  ++*(guint *) user_data;
}

/* What is made anew of a store that does not agree with itself does. */
static void
test_rescue (Fixture *fixture, gconstpointer data)
{
  g_autofree char *target = g_build_filename (fixture->folder, "target.db", NULL);
  g_autofree char *uri = g_strconcat ("sqlite:", target, NULL);
  g_autofree char *user = insert (fixture, "u", "$y$one");
  g_autofree char *other = insert (fixture, "other", "$y$two");
  g_autofree char *gone = insert (fixture, "gone", "$y$three");
  g_autoptr (GError) error = NULL;
  gint64 saved = 0;
  gint64 losses = 0;
  guint  lines = 0;

  fixture_delete (fixture, gone);
  fixture_close (fixture);
  store_place_run_sql (fixture->driver,
                       fixture->folder,
                       "DELETE FROM secret WHERE obj = " OF (
                           "u") ";"
                                "UPDATE secret SET value = '{SSHA}x' WHERE obj = " OF ("other"));
  gboolean done = ms_rescue (
      fixture->uri, target, fixture->schemas, NULL, count_loss, &lines, &saved, &losses, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  g_free (fixture->uri);
  fixture->uri = g_steal_pointer (&uri);
  fixture_reopen (fixture);
  fixture_check_sound (fixture);
  assert_text (dup_scheme (fixture, user), NULL);
  assert_text (dup_scheme (fixture, other), "ssha");
  g_assert_true (fixture_try_restore (fixture, gone, &error));
  g_assert_no_error (error);
  assert_text (find (fixture, SCHEME " pr", SCHEME), "other gone");
}

/* Digests ------------------------------------------------------------------------------------- */

static char *
digest (Fixture *fixture, MsDigestKind kind)
{
  g_autoptr (GError) error = NULL;
  char *text = ms_store_digest (fixture->store, kind, NULL, &error);

  g_assert_no_error (error);
  return text;
}

/* An undo brings no password back, and so no scheme. */
static void
test_digest (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = insert (fixture, "u", "$y$one");
  g_autofree char *state = digest (fixture, MS_DIGEST_STATE);
  g_autofree char *whole = digest (fixture, MS_DIGEST_WHOLE);

  set_hash (fixture, id, "{SSHA}two");
  assert_text (digest (fixture, MS_DIGEST_STATE), state);
  g_autofree char *now = digest (fixture, MS_DIGEST_WHOLE);
  g_assert_cmpstr (now, !=, whole);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("schemes/follows", NULL, test_follows);
  fixture_add ("schemes/transactions", NULL, test_transactions);
  fixture_add ("schemes/not-written", NULL, test_not_written);
  fixture_add ("schemes/bin", NULL, test_bin);
  fixture_add ("schemes/found", NULL, test_found);
  fixture_add ("schemes/names", NULL, test_names);
  fixture_add ("schemes/digest", NULL, test_digest);
  fixture_add_for ("sqlite", "schemes/rescue", NULL, test_rescue);
  for (guint i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *name = g_strconcat ("schemes/damage/", damages[i].name, NULL);
      fixture_add (name, &damages[i], test_damage);
    }
  return g_test_run ();
}
