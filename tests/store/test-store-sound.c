/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Verifying says nothing where nothing is wrong, also where transactions ended where they began.
 */
#include "store-fixture.h"

#include "sqlite/ms-sqlite-private.h"

#include <string.h>

typedef struct
{
  Fixture *fixture;
  char    *user;
  char    *list;
} There;

static MsObject *
load (MsTxn *txn, const char *id)
{
  g_autoptr (GError) error = NULL;
  MsObject *object = ms_txn_get_object (txn, NULL, id, &error);

  g_assert_no_error (error);
  return object;
}

/* Several transactions' worth in one: what ends where it began is in no change set. */
static gboolean
do_and_undo (MsTxn *txn, gpointer data, GError **error)
{
  There *self = data;
  g_autoptr (MsObject) user = load (txn, self->user);
  g_autoptr (MsObject) list = load (txn, self->list);
  const MsAttribute *members = ms_resource_type_find (ms_object_get_type (list), "members");
  gboolean           changed = FALSE;

  ms_object_set_string (user, "title", "mate");
  if (!ms_txn_update (txn, user, error)
      || !ms_txn_remove_link (txn, list, members, self->user, &changed, error))
    return FALSE;
  ms_object_set_string (user, "title", "captain");
  return ms_txn_update (txn, user, error)
         && ms_txn_add_link (txn, list, members, self->user, &changed, error);
}

static gboolean
do_delete_and_restore (MsTxn *txn, gpointer data, GError **error)
{
  There *self = data;
  g_autoptr (MsObject) user = load (txn, self->user);

  if (!ms_txn_delete (txn, user, error))
    return FALSE;
  g_autoptr (MsObject) back = fixture_restore (txn, self->user, error);
  return back != NULL;
}

static gboolean
do_make_and_delete (MsTxn *txn, gpointer data, GError **error)
{
  There *self = data;
  g_autoptr (MsObject) user = fixture_make (self->fixture, "User", "{'userName':'short'}");

  return ms_txn_insert (txn, user, error) && ms_txn_delete (txn, user, error);
}

static gboolean
do_secret (MsTxn *txn, gpointer data, GError **error)
{
  There *self = data;
  g_autoptr (MsObject) user = load (txn, self->user);

  return ms_txn_set_secret (txn, user, "password", "hash", error);
}

static gboolean
do_edit_and_delete (MsTxn *txn, gpointer data, GError **error)
{
  There *self = data;
  g_autoptr (MsObject) user = load (txn, self->user);

  ms_object_set_string (user, "nickName", "cap");
  return ms_txn_update (txn, user, error) && ms_txn_delete (txn, user, error);
}

static gboolean
do_purge (MsTxn *txn, gpointer data, GError **error)
{
  There *self = data;
  g_autoptr (GPtrArray) ids = ms_txn_list_bin_before (txn, G_MAXINT64, 100, error);

  for (guint i = 0; ids != NULL && i < ids->len; i++)
    {
      if (g_strcmp0 (ids->pdata[i], self->user) == 0)
        continue;
      if (!ms_txn_purge (txn, ids->pdata[i], error))
        return FALSE;
    }
  return ids != NULL;
}

static void
test_sound (Fixture *fixture, gconstpointer data)
{
  static const MsTxnFunc works[]
      = { do_and_undo, do_delete_and_restore, do_and_undo, do_make_and_delete,
          do_secret,   do_edit_and_delete,    do_purge };
  g_autofree char *user = fixture_insert (fixture, "User", "{'userName':'u','title':'captain'}");
  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'all'}");
  There            there = { fixture, user, list };

  fixture_link (fixture, list, "members", user, TRUE, TRUE);
  /* More changes than are read at a time. */
  for (guint i = 0; i < 50; i++)
    {
      g_autofree char *title = g_strdup_printf ("mate %u", i);
      g_autoptr (MsObject) object = fixture_get (fixture, user);
      ms_object_set_string (object, "title", title);
      fixture_update (fixture, object);
    }
  for (guint i = 0; i < G_N_ELEMENTS (works); i++)
    {
      if (i == 2)
        fixture_link (fixture, list, "members", user, TRUE, TRUE);
      fixture_write (fixture, works[i], &there);
      fixture_check_sound (fixture);
    }
  g_assert_true (fixture_try_restore (fixture, user, NULL));
}

/* What of a type was in the bin went with it, and the change set says so. */
static void
test_type_again (Fixture *fixture, gconstpointer data)
{
  fixture_change_rooms (fixture, TRUE);
  g_autofree char *id = fixture_insert (fixture, "Room", "{'name':'North'}");
  fixture_delete (fixture, id);
  fixture_change_rooms (fixture, FALSE);
  fixture_check_sound (fixture);
  g_autofree char *change = fixture_last_change (fixture);
  g_assert_nonnull (strstr (change, "Room North"));
  fixture_change_rooms (fixture, TRUE);
  fixture_check_sound (fixture);
}

/* Of somebody else, and in nobody's way. */
static void
test_additions (Fixture *fixture, gconstpointer data)
{
  fixture_close (fixture);
  fixture_run_sql (fixture,
                   "CREATE INDEX theirs ON object (label);"
                   "CREATE TABLE theirs_too (a bigint PRIMARY KEY, b text UNIQUE NOT NULL,"
                   " c bigint CHECK (c > 0) REFERENCES theirs_too (a));"
                   "CREATE UNIQUE INDEX theirs_again ON theirs_too (c)");
  fixture_reopen (fixture);
  fixture_check_sound (fixture);
}

/* Letters that are none, which SQLite's index of searches takes for U+FFFD. */
static void
test_no_letters (Fixture *fixture, gconstpointer data)
{
  static const char *const words[] = { "ann\uffff berg", "nn\uffff", "n\uffff", "\uffff b" };
  g_autofree char         *first
      = fixture_insert (fixture, "User", "{'userName':'first','displayName':'Ann\uffff Berg'}");
  g_autofree char *second
      = fixture_insert (fixture, "User", "{'userName':'second','displayName':'Jo\ufffe'}");
  g_autofree char *third
      = fixture_insert (fixture, "User", "{'userName':'third','displayName':'Al\ufffd'}");

  fixture_check_sound (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    assert_text (fixture_list (fixture, "User", NULL, words[i], NULL, 0, 9, NULL), "first");
  assert_text (fixture_list (fixture, "User", NULL, "o\ufffe", NULL, 0, 9, NULL), "second");
  assert_text (fixture_list (fixture, "User", NULL, "l\ufffd", NULL, 0, 9, NULL), "third");
}

#define LETTERS (0x10ffff - 0x800)
#define LETTERS_IN_TEXT 512

/* All letters there may be in a text from the @from'th on. (transfer full) */
static char *
make_letters (gunichar from, gunichar n)
{
  GString *text = g_string_new (NULL);

  for (gunichar i = from; i < MIN (from + n, LETTERS); i++)
    g_string_append_unichar (text, i < 0xd7ff ? i + 1 : i + 0x801);
  return g_string_free (text, FALSE);
}

/* What the index has of each letter is what the check expects. */
static void
check_letters (MsSql *sql)
{
  gboolean row = TRUE;
  guint    found = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql, &error, "SELECT doc, offset, term FROM temp.search_terms", "");

  while (ms_statement_step (statement, &row, &error) && row)
    {
      gint64           first = ms_statement_get_int (statement, 0) * LETTERS_IN_TEXT;
      gint64           place = ms_statement_get_int (statement, 1);
      g_autofree char *letters = make_letters ((gunichar) (first + place), 3);
      g_autofree char *expected = ms_sqlite_search_dup_indexed (letters);
      g_assert_cmpstr (ms_statement_get_text (statement, 2), ==, expected);
      found++;
    }
  g_assert_no_error (error);
  g_assert_cmpuint (found, ==, LETTERS - 2 * ((LETTERS - 1) / LETTERS_IN_TEXT + 1));
}

static void
test_all_letters (Fixture *fixture, gconstpointer data)
{
  const char *location;
  g_autoptr (GError) error = NULL;
  const MsSqlDriver *driver = ms_sql_driver_for_uri (fixture->uri, &location, &error);

  fixture_close (fixture);
  MsDatabase *database = driver->open (location, 0, &error);
  g_assert_no_error (error);
  MsSql *sql = driver->connect (database, TRUE, &error);
  g_assert_no_error (error);
  g_assert_true (driver->begin (sql, &error));
  for (gunichar i = 0; i * LETTERS_IN_TEXT < LETTERS; i++)
    {
      g_autofree char *letters = make_letters (i * LETTERS_IN_TEXT, LETTERS_IN_TEXT);
      g_assert_true (ms_sql_run (sql,
                                 &error,
                                 "INSERT INTO search_index (rowid, body) VALUES ($1, $2)",
                                 "is",
                                 (gint64) i,
                                 letters));
    }
  check_letters (sql);
  driver->rollback (sql);
  driver->disconnect (sql);
  driver->close (database);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("verify/sound", NULL, test_sound);
  fixture_add ("verify/type-again", NULL, test_type_again);
  fixture_add ("verify/additions", NULL, test_additions);
  fixture_add ("verify/no-letters", NULL, test_no_letters);
  fixture_add_for ("sqlite", "verify/all-letters", NULL, test_all_letters);
  return g_test_run ();
}
