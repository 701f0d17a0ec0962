/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the database itself refuses: statements past the store, as another program or a mistake
 * would send them.
 */
#include "store-fixture.h"

#include "store-place.h"

#include <string.h>

/**
 * Statement:
 * @text: with numbers of rows as {label}
 * @words: (nullable): in the refusal; %NULL: it is no more than allowed
 * @driver: (nullable): where it can be said at all
 */
typedef struct
{
  const char *name;
  const char *text;
  const char *words;
  const char *driver;
} Statement;

/* The store that they are sent to: a mail group "top" with "inner" in it; a user "ann" with the
 * primary mailbox "ann-box"; "bob" without; a list "all" with ann; "gone" and "gone-box" in the
 * bin. */
#define PARENT "(SELECT attr FROM attribute WHERE type = 'MailGroup' AND path = 'parent')"
#define OWNER "(SELECT attr FROM attribute WHERE type = 'Mailbox' AND path = 'owner')"
#define MEMBERS "(SELECT attr FROM attribute WHERE type = 'Group' AND path = 'members')"

static const Statement statements[] = {
  { "address/second",
    "INSERT INTO uniq (scope, key, obj) VALUES ('address', 'ann-box@example.org', {all})",
    "" },
  { "address/other", "INSERT INTO uniq (scope, key, obj) VALUES ('address', 'x@y', {all})", NULL },
  { "address/moved",
    "UPDATE uniq SET obj = {all} WHERE scope = 'address' AND key = 'ann-box@example.org'",
    "taken and given back" },
  { "primary/second",
    "INSERT INTO link (from_n, attr, to_n) VALUES ({spare-box}, " OWNER ", {ann});"
    "INSERT INTO uniq (scope, key, obj) VALUES ('primary', '{ann}', {spare-box})",
    "" },
  { "primary/no-owner",
    "INSERT INTO uniq (scope, key, obj) VALUES ('primary', '{bob}', {spare-box})",
    "without owner" },
  { "primary/owner-goes",
    "DELETE FROM link WHERE from_n = {ann-box} AND attr = " OWNER,
    "without owner" },
  { "primary/owned",
    "INSERT INTO link (from_n, attr, to_n) VALUES ({spare-box}, " OWNER ", {bob});"
    "INSERT INTO uniq (scope, key, obj) VALUES ('primary', '{bob}', {spare-box})",
    NULL },
  { "circle/self",
    "INSERT INTO link (from_n, attr, to_n) VALUES ({top}, " PARENT ", {top})",
    "inside of itself" },
  { "circle/two",
    "INSERT INTO link (from_n, attr, to_n) VALUES ({top}, " PARENT ", {inner})",
    "inside of itself" },
  { "circle/three",
    "INSERT INTO link (from_n, attr, to_n) VALUES ({other}, " PARENT ", {inner});"
    "INSERT INTO link (from_n, attr, to_n) VALUES ({top}, " PARENT ", {other})",
    "inside of itself" },
  { "circle/changed", "UPDATE link SET to_n = {inner} WHERE from_n = {inner}", "made and removed" },
  { "circle/none",
    "INSERT INTO link (from_n, attr, to_n) VALUES ({other}, " PARENT ", {inner})",
    NULL },
  { "link/from-bin",
    "INSERT INTO link (from_n, attr, to_n) VALUES ({gone-box}, " OWNER ", {ann})",
    "no object" },
  { "link/to-bin",
    "INSERT INTO link (from_n, attr, to_n) VALUES ({all}, " MEMBERS ", {gone})",
    "no object" },
  { "link/to-nothing",
    "INSERT INTO link (from_n, attr, to_n) VALUES ({all}, " MEMBERS ", 999999)",
    "no object" },
  { "link/member",
    "INSERT INTO link (from_n, attr, to_n) VALUES ({all}, " MEMBERS ", {bob})",
    NULL },
  { "bin/takes-name",
    "INSERT INTO uniq (scope, key, obj) VALUES ('userName', 'gone', {gone})",
    "no object" },
  { "bin/takes-secret",
    "INSERT INTO secret (obj, kind, value) VALUES ({gone}, 'password', 'x')",
    "no object" },
  { "bin/with-links", "UPDATE object SET deleted = 1 WHERE n = {all}", "still" },
  { "bin/with-names", "UPDATE object SET deleted = 1 WHERE n = {bob}", "still" },
  { "bin/as-target",
    "DELETE FROM uniq WHERE obj = {inner}; UPDATE object SET deleted = 1 WHERE n = {top}",
    "still" },
  { "object/purged",
    "DELETE FROM uniq WHERE obj = {bob}; DELETE FROM document WHERE obj = {bob};"
    "DELETE FROM object WHERE n = {bob}",
    "not in the bin" },
  { "object/other-id", "UPDATE object SET id = 'x' WHERE n = {bob}", "identity" },
  { "object/other-type", "UPDATE object SET type = 'Group' WHERE n = {bob}", "identity" },
  { "object/older", "UPDATE object SET version = 0 WHERE n = {bob}", "identity" },
  { "object/newer", "UPDATE object SET version = version + 1 WHERE n = {bob}", NULL },
  { "history/set-deleted", "DELETE FROM change_set WHERE undone_by = 0", "" },
  { "history/set-changed", "UPDATE change_set SET actor_name = 'nobody'", "never changed" },
  { "history/hash-changed",
    "UPDATE change_set SET hash = 'x' WHERE sequence = 1",
    "never changed" },
  { "history/undone", "UPDATE change_set SET undone_by = 7 WHERE sequence = 1", NULL },
  { "history/change-deleted", "DELETE FROM change WHERE sequence = 1", "kept" },
  { "history/change-changed",
    "UPDATE change SET deltas = '[]' WHERE sequence = 1",
    "never changed" },
  /* What gives way to a row is not deleted in the sense of rules over rows. */
  { "replaced/set",
    "INSERT OR REPLACE INTO change_set (sequence, time, actor_name, undo_of, undone_by,"
    " object_count, hash) VALUES (1, 1, 'nobody', 0, 0, 0, 'x')",
    "change sets are never replaced",
    "sqlite" },
  { "replaced/object",
    "REPLACE INTO object SELECT n, id, 'Group', version, created, modified, deleted, label,"
    " label_key FROM object WHERE n = {bob}",
    "objects are never replaced",
    "sqlite" },
  { "replaced/object-by-id",
    "REPLACE INTO object (id, type, version, created, modified, label, label_key)"
    " SELECT id, type, 1, 1, 1, 'x', 'x' FROM object WHERE n = {bob}",
    "objects are never replaced",
    "sqlite" },
  { "replaced/new",
    "REPLACE INTO object (id, type, version, created, modified, label, label_key)"
    " VALUES ('x', 'User', 1, 1, 1, 'x', 'x');"
    "REPLACE INTO object (n, id, type, version, created, modified, label, label_key)"
    " VALUES (4711, 'y', 'User', 1, 1, 1, 'y', 'y')",
    NULL,
    "sqlite" },
  { "replaced/set-upsert",
    "INSERT INTO change_set SELECT * FROM change_set WHERE sequence = 1"
    " ON CONFLICT (sequence) DO UPDATE SET hash = 'x'",
    "never changed",
    "postgresql" },
  { "emptied/history", "TRUNCATE change, change_set", "are kept", "postgresql" },
  { "emptied/changes", "TRUNCATE change", "changes are kept", "postgresql" },
  { "emptied/names", "TRUNCATE uniq", "one by one", "postgresql" },
  { "emptied/links", "TRUNCATE link", "one by one", "postgresql" },
  { "emptied/objects", "TRUNCATE object CASCADE", "one by one", "postgresql" },
};

/* Texts with each {label} replaced by its row. */
static char *
fill_in (Fixture *fixture, const char *text)
{
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    {
      const char *end = *p == '{' ? strchr (p, '}') : NULL;
      if (end == NULL)
        {
          g_string_append_c (out, *p);
          continue;
        }
      g_autofree char *label = g_strndup (p + 1, (gsize) (end - p - 1));
      g_autofree char *query = g_strdup_printf ("SELECT n FROM object WHERE label = '%s'", label);
      g_autofree char *row = store_place_ask (fixture->driver, fixture->folder, query);
      g_assert_nonnull (row);
      g_string_append (out, row);
      p = end;
    }
  return g_string_free (out, FALSE);
}

static void
insert_mailbox (Fixture *fixture, const char *name, const char *owner)
{
  g_autofree char *link = owner != NULL
                              ? g_strdup_printf (",'primary':true,'owner':{'value':'%s'}", owner)
                              : g_strdup ("");
  g_autofree char *json = g_strdup_printf (
      "{'name':'%s','domain':'example.org','address':'%s@example.org'%s}", name, name, link);
  g_autofree char *id = fixture_insert (fixture, "Mailbox", json);

  if (g_str_has_prefix (name, "gone"))
    fixture_delete (fixture, id);
}

static void
fill (Fixture *fixture)
{
  g_autofree char *top = fixture_insert (fixture, "MailGroup", "{'name':'top'}");
  g_autofree char *inner_json = g_strdup_printf ("{'name':'inner','parent':{'value':'%s'}}", top);
  g_autofree char *inner = fixture_insert (fixture, "MailGroup", inner_json);
  g_autofree char *other = fixture_insert (fixture, "MailGroup", "{'name':'other'}");
  g_autofree char *ann = fixture_insert (fixture, "User", "{'userName':'ann'}");
  g_autofree char *bob = fixture_insert (fixture, "User", "{'userName':'bob'}");
  g_autofree char *gone = fixture_insert (fixture, "User", "{'userName':'gone'}");
  g_autofree char *all = fixture_insert (fixture, "Group", "{'displayName':'all'}");

  insert_mailbox (fixture, "ann-box", ann);
  insert_mailbox (fixture, "spare-box", NULL);
  insert_mailbox (fixture, "gone-box", NULL);
  fixture_link (fixture, all, "members", ann, TRUE, TRUE);
  fixture_delete (fixture, gone);
}

static void
try_statements (Fixture *fixture)
{
  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    {
      const Statement *statement = &statements[i];
      if (statement->driver != NULL && strcmp (statement->driver, fixture->driver) != 0)
        continue;
      g_autofree char *text = fill_in (fixture, statement->text);
      g_autofree char *script = g_strdup_printf ("BEGIN; %s; ROLLBACK", text);
      g_autofree char *refusal = store_place_try_sql (fixture->driver, fixture->folder, script);

      g_test_message ("%s: %s", statement->name, refusal != NULL ? refusal : "done");
      if (statement->words == NULL)
        g_assert_cmpstr (refusal, ==, NULL);
      else
        {
          g_assert_nonnull (refusal);
          g_assert_nonnull (strstr (refusal, statement->words));
        }
    }
}

static void
test_statements (Fixture *fixture, gconstpointer data)
{
  fill (fixture);
  try_statements (fixture);
}

/* Rules that are taken away, switched off or made weaker past the store. */
static void
take_rules (Fixture *fixture)
{
  const gboolean sqlite = strcmp (fixture->driver, "sqlite") == 0;

  store_place_run_sql (fixture->driver,
                       fixture->folder,
                       sqlite ? "DROP TRIGGER change_set_replaced; DROP TRIGGER uniq_primary;"
                                "DROP TRIGGER link_circle;"
                                "DROP TRIGGER change_fixed;"
                                "CREATE TRIGGER change_fixed BEFORE UPDATE ON change BEGIN"
                                " SELECT RAISE (ABORT, 'no') WHERE FALSE; END"
                              : "DROP TRIGGER change_emptied ON change;"
                                "DROP TRIGGER uniq_primary ON uniq;"
                                "ALTER TABLE link DISABLE TRIGGER link_circle;"
                                "CREATE OR REPLACE FUNCTION change_fixed () RETURNS trigger"
                                " LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$");
}

static void
assert_named (Fixture *fixture, GPtrArray *problems)
{
  static const char altered[] = "the rule “change_fixed” of the table “change” is altered (it "
                                "refuses: changes are never changed)";
  const gboolean    sqlite = strcmp (fixture->driver, "sqlite") == 0;
  const char *const expected[] = {
    "the rule “link_circle” of the table “link” is missing (it refuses: a mail group inside of "
    "itself)",
    "the rule “uniq_primary” of the table “uniq” is missing (it refuses: a primary mailbox without "
    "owner)",
    sqlite ? "the rule “change_set_replaced” of the table “change_set” is missing (it refuses: "
             "change sets are never replaced)"
           : altered,
    sqlite ? altered
           : "the rule “change_emptied” of the table “change” is missing (it refuses: changes are "
             "kept)",
  };

  g_assert_cmpuint (problems->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpstr (problems->pdata[i], ==, expected[i]);
}

static void
test_mended (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fill (fixture);
  g_assert_cmpuint (ms_store_get_mended (fixture->store)->len, ==, 0);
  fixture_check_sound (fixture);
  take_rules (fixture);
  g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, &error);
  g_assert_no_error (error);
  assert_named (fixture, problems);
  g_autoptr (GPtrArray) content = ms_store_verify_content (fixture->store, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (content->len, ==, 0);

  fixture_reopen (fixture);
  assert_named (fixture, ms_store_get_mended (fixture->store));
  fixture_check_sound (fixture);
  try_statements (fixture);
  fixture_reopen (fixture);
  g_assert_cmpuint (ms_store_get_mended (fixture->store)->len, ==, 0);
}

/* What the function of a rule was given past the store, its text being as it should be. */
static const struct
{
  const char *text;
  const char *has;
} gifts[] = {
  { "ALTER FUNCTION link_ends () SET search_path = public", "search_path=public" },
  { "ALTER FUNCTION link_ends () SECURITY DEFINER", "security definer" },
  { "ALTER FUNCTION link_ends () IMMUTABLE", "immutable" },
  { "ALTER FUNCTION link_ends () STABLE STRICT SET work_mem = '1MB' SET search_path = x, y",
    "stable, strict, work_mem=1MB, search_path=x, y" },
};

static void
test_functions (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fill (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (gifts); i++)
    {
      g_autofree char *expected = g_strdup_printf (
          "the rule “link_ends” of the table “link” is altered: its function has %s (it refuses: a "
          "link from or to no object)",
          gifts[i].has);
      fixture_run_sql (fixture, gifts[i].text);
      g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (problems->len, ==, 1);
      g_assert_cmpstr (problems->pdata[0], ==, expected);
      fixture_reopen (fixture);
      g_assert_cmpuint (ms_store_get_mended (fixture->store)->len, ==, 1);
      g_assert_cmpstr (ms_store_get_mended (fixture->store)->pdata[0], ==, expected);
      fixture_check_sound (fixture);
    }
}

/* What replication or a restore of rows alone leaves: sequences that give numbers in use. */
static const struct
{
  const char *text;
  const char *place;
  guint       next;
} behind[] = {
  { "ALTER SEQUENCE object_n_seq RESTART WITH 1", "object.n", 1 },
  { "SELECT setval ('change_n_seq', 3)", "change.n", 4 },
  { "ALTER TABLE attribute ALTER COLUMN attr RESTART WITH 2", "attribute.attr", 2 },
};

static void
assert_behind (GPtrArray *problems, const char *place, guint next)
{
  g_autofree char *expected = g_strdup_printf (
      "the identity of “%s” is behind the rows: it gives %u next, and * is in use", place, next);

  g_assert_cmpuint (problems->len, ==, 1);
  g_test_message ("%s", (const char *) problems->pdata[0]);
  g_assert_true (g_pattern_match_simple (expected, problems->pdata[0]));
}

static void
test_identities (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fill (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (behind); i++)
    {
      g_autofree char *json = g_strdup_printf ("{'userName':'late-%u'}", i);
      fixture_run_sql (fixture, behind[i].text);
      g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, &error);
      g_assert_no_error (error);
      assert_behind (problems, behind[i].place, behind[i].next);
      fixture_reopen (fixture);
      assert_behind (ms_store_get_mended (fixture->store), behind[i].place, behind[i].next);
      g_autofree char *id = fixture_insert (fixture, "User", json);
      g_assert_nonnull (id);
      fixture_check_sound (fixture);
    }
  /* One that is ahead has gaps only. */
  fixture_run_sql (fixture, "ALTER SEQUENCE object_n_seq RESTART WITH 5000");
  fixture_reopen (fixture);
  g_assert_cmpuint (ms_store_get_mended (fixture->store)->len, ==, 0);
  fixture_check_sound (fixture);
}

static gboolean
insert_again (MsTxn *txn, gpointer data, GError **error)
{
  return ms_txn_insert (txn, data, error);
}

/* The store asks before a rule is met, and says so in words that a client understands. */
static void
test_id_taken (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'first'}");
  g_autoptr (MsObject) again
             = ms_object_new (fixture_type (fixture, "User"), id, json_object_new ());

  g_assert_false (
      ms_store_write (fixture->store, &fixture_context, insert_again, again, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_cmpstr (ms_error_get_path (error), ==, "id");
  g_assert_nonnull (strstr (error->message, "is taken"));
  fixture_check_sound (fixture);
}

/* Beside a store that is open: not what is said of an id that is taken. */
static void
test_number_taken (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;

  fill (fixture);
  fixture_run_sql (fixture, "ALTER SEQUENCE object_n_seq RESTART WITH 1");
  g_assert_false (fixture_try_insert (fixture, "User", "{'userName':'late'}", &id, &error));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "object_pkey"));
  g_assert_null (strstr (error->message, "is taken"));
  fixture_reopen (fixture);
  g_autofree char *late = fixture_insert (fixture, "User", "{'userName':'late'}");
  g_assert_nonnull (late);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("integrity/statements", NULL, test_statements);
  fixture_add ("integrity/mended", NULL, test_mended);
  fixture_add ("integrity/id-taken", NULL, test_id_taken);
  if (g_strv_contains (store_place_drivers, "postgresql"))
    {
      fixture_add_for ("postgresql", "integrity/functions", NULL, test_functions);
      fixture_add_for ("postgresql", "integrity/identities", NULL, test_identities);
      fixture_add_for ("postgresql", "integrity/number-taken", NULL, test_number_taken);
    }
  return g_test_run ();
}
