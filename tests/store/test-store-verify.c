/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What only the change sets can tell: a store that was altered behind our back, in all tables that
 * are made from an object at once. Verifying names the object and the change set that says
 * otherwise, and nothing where transactions ended where they began.
 */
#include "store-fixture.h"
#include "store-place.h"

#include <string.h>

/**
 * Damage:
 * @only: there is nothing else that would show it
 * @driver: (nullable): the only one that has it
 */
typedef struct
{
  const char *name;
  const char *sql;
  const char *expected;
  gboolean    only;
  const char *driver;
} Damage;

#define SEARCH_INDEX "the index “search_index” is not made from the search texts*"

static const Damage damages[] = {
  { "value",
    "UPDATE document SET body = replace(body, 'captain', 'captive');"
    "UPDATE value SET key = replace(key, 'captain', 'captive')",
    "User *: its title: change set 1 left something else there",
    TRUE },
  { "element",
    "UPDATE document SET body = replace(body, 'spare@', 'other@');"
    "UPDATE value SET key = replace(key, 'spare@', 'other@');"
    "UPDATE search SET body = replace(body, 'spare@', 'other@')",
    "Mailbox *: its aliases: change set 3 left something else there",
    FALSE },
  { "relation",
    "UPDATE document SET body = replace(body, (SELECT id FROM object WHERE label = 'u'),"
    "  (SELECT id FROM object WHERE label = 'v')) WHERE obj ="
    "  (SELECT n FROM object WHERE type = 'Mailbox');"
    "UPDATE link SET to_n = (SELECT n FROM object WHERE label = 'v') WHERE attr ="
    "  (SELECT attr FROM attribute WHERE type = 'Mailbox' AND path = 'owner')",
    "Mailbox *: its owner: change set 3 left something else there",
    TRUE },
  { "member",
    "UPDATE link SET to_n = (SELECT n FROM object WHERE label = 'v')"
    " WHERE from_n = (SELECT n FROM object WHERE type = 'Group')",
    "Group *: its members: change set 6 left something else there",
    TRUE },
  { "value-more",
    "UPDATE document SET body = replace(body, '\"title\"', '\"nickName\":\"x\",\"title\"')",
    "User *: its nickName: something is there that no change set tells of",
    FALSE },
  { "value-less",
    "UPDATE document SET body = replace(body, '\"title\"', '\"department\"')",
    "User *: its title: change set 1 left something else there",
    FALSE },
  { "member-more",
    "INSERT INTO link SELECT g.n, l.attr, v.n FROM object g JOIN link l ON l.from_n = g.n"
    " JOIN object v ON v.label = 'v' WHERE g.type = 'Group'",
    "Group *: its members: something is there that no change set tells of",
    TRUE },
  { "version",
    "UPDATE object SET version = 1 WHERE label = 'u'",
    "User *: it is at version 1, though change set 7 left it at 2",
    TRUE },
  { "lost",
    "DELETE FROM document WHERE obj = (SELECT n FROM object WHERE label = 'gone');"
    "DELETE FROM object WHERE label = 'gone'",
    "User *: it is not there, and change set 8 does not say so",
    TRUE },
  { "deleted",
    "UPDATE object SET deleted = 1 WHERE label = 'v'",
    "User *: it is in the bin, and change set 2 does not say so",
    FALSE },
  { "restored",
    "UPDATE object SET deleted = NULL WHERE label = 'gone'",
    "User *: it is there, though change set 8 deleted it",
    FALSE },
  { "set",
    "UPDATE presence SET n = 5 WHERE key = '' AND attr ="
    "  (SELECT attr FROM attribute WHERE type = 'User' AND path = 'title')",
    "User.title: the set “all” counts 5 and is not the 1 objects that it should be",
    TRUE },
  { "listed-set",
    "UPDATE presence SET n = 5 WHERE key <> '' AND attr ="
    "  (SELECT attr FROM attribute WHERE type = 'Mailbox' AND path = 'active')",
    "Mailbox.active: the set “*” counts 5 and is not the 1 objects that it should be",
    TRUE },
  { "set-of-type",
    "UPDATE presence SET n = 5 WHERE key = '' AND attr ="
    "  (SELECT attr FROM attribute WHERE type = 'Mailbox' AND path = '')",
    "Mailbox: the set “all” counts 5 and is not the 1 objects that it should be",
    TRUE },
  { "anchors",
    "UPDATE attribute SET anchored = 1 WHERE type = 'User' AND path = 'title'",
    "User.title: 1 anchors are wrong",
    TRUE },
  { "group",
    "UPDATE group_count SET below = 3 WHERE obj <> 0",
    "MailGroup *: its counter of mailboxes in it and below says 3, there are 1",
    TRUE },
  { "index-dropped",
    "DROP INDEX change_by_object",
    "the index “change_by_object” is missing (change (id, sequence))",
    TRUE },
  { "index-altered",
    "DROP INDEX object_in_bin; CREATE INDEX object_in_bin ON object (deleted)",
    "the index “object_in_bin” is altered: it is object (deleted), not object (deleted) where"
    " deleted is not null",
    TRUE },
  { "table-dropped",
    "DROP TABLE import_row",
    "the column “import_row.line” is missing (integer not null)",
    FALSE },
  { "made",
    "INSERT INTO object (n, id, type, version, created, modified, label, label_key)"
    " VALUES (99, 'by-hand', 'User', 1, 1, 1, 'h', 'h');"
    "INSERT INTO document (obj, body) VALUES (99, '{\"userName\":\"h\"}')",
    "User by-hand: no change set tells of it",
    FALSE },
  { "token-forged",
    "INSERT INTO session (id, kind, user_id, scope, created, last_used, expires, token_hash)"
    " VALUES ('forged', 'token', 'u', 'all', 1, 1, 9000000000000000, 'hash')",
    "Token forged: no change set tells of it",
    TRUE },
  { "token-scope",
    "UPDATE session SET scope = 'all' WHERE id = 't'",
    "Token t: its scope is “all”: change set * left “read”",
    TRUE },
  { "token-user",
    "UPDATE session SET user_id = 'x' WHERE id = 't'",
    "Token t: its user is “x”: change set * left “u”",
    TRUE },
  { "token-expiry",
    "UPDATE session SET expires = 9000000000000000 WHERE id = 't'",
    "Token t: its expires is “2255-*”: change set * left “2096-*”",
    TRUE },
  { "token-back",
    "INSERT INTO session (id, kind, user_id, scope, created, last_used, expires, token_hash)"
    " VALUES ('revoked', 'token', 'u', 'all', 1, 1, 9000000000000000, 'hash')",
    "Token revoked: it is there, though change set * revoked it",
    TRUE },
  { "setting-altered",
    "UPDATE setting SET value = '9' WHERE name = 'days'",
    "Setting days: it is 9: change set * left 90",
    TRUE },
  { "setting-lost",
    "DELETE FROM setting WHERE name = 'days'",
    "Setting days: it is not set: change set * left 90",
    TRUE },
  { "setting-made",
    "INSERT INTO setting (name, value) VALUES ('roles', 'x')",
    "Setting roles: it is x: change set * left it not set",
    TRUE },
  { "search-index-lost",
    "DELETE FROM search_index_data WHERE id > 10",
    SEARCH_INDEX,
    TRUE,
    "sqlite" },
  { "search-index-less",
    "INSERT INTO search_index (search_index, rowid, body) SELECT 'delete', obj, body FROM search"
    " WHERE obj = (SELECT n FROM object WHERE label = 'late')",
    SEARCH_INDEX,
    TRUE,
    "sqlite" },
  { "search-index-more",
    "INSERT INTO search_index (rowid, body) VALUES (1, 'something else')",
    SEARCH_INDEX,
    TRUE,
    "sqlite" },
  { "search-index-gone", "DROP TABLE search_index", SEARCH_INDEX, TRUE, "sqlite" },
  { "trigger-added",
    "CREATE TRIGGER evil AFTER UPDATE ON document BEGIN"
    " UPDATE secret SET value = 'x' WHERE kind = 'password'; END",
    "the trigger “evil” of the table “document” is not one of the store's",
    TRUE,
    "sqlite" },
  { "trigger-added",
    "CREATE FUNCTION evil () RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
    "CREATE TRIGGER evil BEFORE INSERT ON change FOR EACH ROW EXECUTE FUNCTION evil ()",
    "the trigger “evil” of the table “change” is not one of the store's",
    TRUE,
    "postgresql" },
  { "trigger-added-elsewhere",
    "CREATE TRIGGER evil BEFORE UPDATE ON document FOR EACH ROW"
    " EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger ()",
    "the trigger “evil” of the table “document” is not one of the store's",
    TRUE,
    "postgresql" },
  { "rule-added",
    "CREATE RULE evil AS ON INSERT TO change DO INSTEAD NOTHING",
    "the rule “evil” of the table “change” is not one of the store's",
    TRUE,
    "postgresql" },
  { "policy-added",
    "CREATE POLICY evil ON object USING (FALSE); ALTER TABLE object ENABLE ROW LEVEL SECURITY",
    "the policy “evil” of the table “object” is not one of the store's",
    TRUE,
    "postgresql" },
};

/* @value: (nullable) */
static gboolean
note (MsTxn      *txn,
      const char *type,
      const char *id,
      const char *deltas,
      const char *value,
      GError    **error)
{
  g_autoptr (JsonNode) node = json_from_string (deltas, error);

  g_assert_nonnull (node);
  ms_txn_note (txn,
               strcmp (type, MS_NOTE_TOKEN) == 0 ? MS_CHANGE_CREATE : MS_CHANGE_UPDATE,
               type,
               id,
               id,
               json_node_get_array (node));
  return strcmp (type, MS_NOTE_TOKEN) == 0 || ms_txn_set_setting (txn, id, value, error);
}

static gboolean
do_tokens_and_settings (MsTxn *txn, gpointer data, GError **error)
{
  MsSession   session = { .id = (char *) "t",
                          .kind = (char *) "token",
                          .user_id = (char *) "u",
                          .scope = (char *) "read",
                          .channel = (char *) "scim",
                          .expires = 4000000000000000 };
  const char *deltas = "[{\"path\":\"scope\",\"after\":\"read\"},"
                       "{\"path\":\"expires\",\"after\":\"2096-10-02T07:06:40.000Z\"},"
                       "{\"path\":\"user\",\"after\":\"u\"}]";

  if (!ms_txn_insert_session (txn, &session, "t", error)
      || !note (txn, MS_NOTE_TOKEN, "t", deltas, NULL, error)
      || !note (txn, MS_NOTE_TOKEN, "revoked", deltas, NULL, error)
      || !note (txn, MS_NOTE_SETTING, "days", "[{\"path\":\"value\",\"after\":30}]", "30", error)
      || !note (txn, MS_NOTE_SETTING, "days", "[{\"path\":\"value\",\"after\":90}]", "90", error)
      || !note (
          txn, MS_NOTE_SETTING, "roles", "[{\"path\":\"value\",\"before\":\"x\"}]", NULL, error))
    return FALSE;
  ms_txn_note (txn, MS_CHANGE_DELETE, MS_NOTE_TOKEN, "revoked", "revoked", NULL);
  return TRUE;
}

static void
fill (Fixture *fixture)
{
  g_autofree char *user = fixture_insert (fixture, "User", "{'userName':'u','title':'captain'}");
  g_autofree char *other = fixture_insert (fixture, "User", "{'userName':'v'}");
  g_autofree char *json = g_strdup_printf ("{'name':'box','address':'box@x.org','owner':{'value':'%"
                                           "s'},'aliases':['spare@x.org'],'active':true}",
                                           user);
  g_autofree char *box = fixture_insert (fixture, "Mailbox", json);
  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'all'}");
  g_autofree char *gone = fixture_insert (fixture, "User", "{'userName':'gone'}");

  fixture_link (fixture, list, "members", user, TRUE, TRUE);
  g_autoptr (MsObject) object = fixture_get (fixture, user);
  ms_object_set_string (object, "displayName", "Uma");
  fixture_update (fixture, object);
  fixture_delete (fixture, gone);
  g_autofree char *group = fixture_insert (fixture, "MailGroup", "{'name':'g'}");
  g_autoptr (MsObject) mailbox = fixture_get (fixture, box);
  ms_object_set_link (mailbox, "group", group);
  fixture_update (fixture, mailbox);
  g_autofree char *late = fixture_insert (fixture, "User", "{'userName':'late'}");
  g_assert_nonnull (late);
  fixture_write (fixture, do_tokens_and_settings, NULL);
}

static gboolean
is_among (GPtrArray *problems, const char *pattern)
{
  for (guint i = 0; i < problems->len; i++)
    if (g_pattern_match_simple (pattern, problems->pdata[i]))
      return TRUE;
  return FALSE;
}

static void
test_altered (Fixture *fixture, gconstpointer data)
{
  const Damage *damage = data;
  g_autoptr (GError) error = NULL;

  fill (fixture);
  fixture_check_sound (fixture);
  fixture_close (fixture);
  store_place_lift_rules (fixture->driver, fixture->folder);
  fixture_run_sql (fixture, damage->sql);
  fixture_reopen (fixture);
  g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", (const char *) problems->pdata[i]);
  g_assert_true (is_among (problems, damage->expected));
  if (damage->only)
    g_assert_cmpuint (problems->len, ==, 1);
  ms_store_close (fixture->store);
  g_clear_object (&fixture->store);
}

/* An index that a server makes where it can; one that only reads cannot. */
static void
test_trigrams_lost (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *there
      = store_place_ask (fixture->driver,
                         fixture->folder,
                         "SELECT count(*) FROM pg_class WHERE relname = 'search_by_trigram'");

  fixture_close (fixture);
  if (g_strcmp0 (there, "1") != 0)
    {
      g_test_skip ("This server has no pg_trgm");
      return;
    }
  fixture_run_sql (fixture, "DROP INDEX search_by_trigram");
  g_autoptr (MsStore) store
             = ms_store_open (fixture->uri, fixture->schemas, MS_STORE_READ_ONLY, &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) problems = ms_store_verify (store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_cmpstr (problems->pdata[0],
                   ==,
                   "the index “search_by_trigram” is missing: searches read all search texts");
  ms_store_close (store);
}

/* No false alarm ------------------------------------------------------------------------------ */

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
  g_autoptr (MsObject) back = ms_txn_restore (txn, self->user, error);
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

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *name = g_strconcat ("verify/altered/", damages[i].name, NULL);
      if (damages[i].driver == NULL)
        fixture_add (name, &damages[i], test_altered);
      else if (g_strv_contains (store_place_drivers, damages[i].driver))
        fixture_add_for (damages[i].driver, name, &damages[i], test_altered);
    }
  if (g_strv_contains (store_place_drivers, "postgresql"))
    fixture_add_for ("postgresql", "verify/trigrams-lost", NULL, test_trigrams_lost);
  fixture_add ("verify/sound", NULL, test_sound);
  fixture_add ("verify/type-again", NULL, test_type_again);
  return g_test_run ();
}
