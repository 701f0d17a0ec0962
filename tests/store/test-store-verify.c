/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What only the change sets can tell: a store that was altered behind our back, in all tables that
 * are made from an object at once. Verifying names the object and the change set that says
 * otherwise.
 */
#include "store-fixture.h"
#include "ms-store-schemas.h"
#include "ms-text.h"
#include "store-place.h"

#include <string.h>

/**
 * Damage:
 * @only: there is nothing else that would show it
 * @driver: (nullable): the only one that has it
 * @by_superuser: nobody else may
 */
typedef struct
{
  const char *name;
  const char *sql;
  const char *expected;
  gboolean    only;
  const char *driver;
  gboolean    by_superuser;
} Damage;

/* More than are listed. */
#define MANY 150

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
  { "document-lost",
    "DELETE FROM document WHERE obj = (SELECT n FROM object WHERE label = 'u')",
    "User *-* “u”: its document is lost",
    TRUE },
  { "text-damaged",
    "UPDATE object SET label = CAST (X'FF0A1B61' AS TEXT) WHERE label = 'u'",
    "User *: is filed under the name “\xef\xbf\xbd \xef\xbf\xbd"
    "a”, not “u”",
    FALSE,
    "sqlite" },
  { "document-damaged",
    "UPDATE document SET body = '{' WHERE obj = (SELECT n FROM object WHERE label = 'u')",
    "User *-* “u”: The store holds a document that is damaged",
    TRUE },
  { "type-unknown",
    "UPDATE object SET type = 'Usher' WHERE label = 'late'",
    "Usher *-* “late”: there is no schema of its type",
    FALSE },
  { "values-lost",
    "DELETE FROM value WHERE attr ="
    "  (SELECT attr FROM attribute WHERE type = 'Mailbox' AND path = 'aliases')",
    "Mailbox *-* “box”: a value of its aliases is not in the index",
    FALSE },
  { "value-of-nothing",
    "INSERT INTO value SELECT attr, 'zzz', 4711, 0 FROM attribute"
    " WHERE type = 'Mailbox' AND path = 'aliases'",
    "the index has a value of Mailbox.aliases for row 4711, where no object is",
    FALSE },
  { "unique-more",
    "INSERT INTO uniq SELECT 'User.userName', 'other', n FROM object WHERE label = 'late'",
    "User *-* “late”: the User.userName “other” is kept for it, and it does not have it",
    TRUE },
  { "unique-of-nothing",
    "INSERT INTO uniq (scope, key, obj) VALUES ('User.userName', 'other', 4711)",
    "the User.userName “other” is kept for row 4711, where no object is",
    TRUE },
  { "unique-lost",
    "DELETE FROM uniq WHERE key = 'late'",
    "User *-* “late”: its User.userName “late” is not held by it",
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
  { "reference-of-document",
    "DELETE FROM object WHERE label = 'late'",
    "the document of the User.userName “late” refers to the object in row *, which is not there",
    FALSE,
    "sqlite" },
  { "reference-of-link",
    "UPDATE link SET to_n = 4711 WHERE from_n = (SELECT n FROM object WHERE type = 'Mailbox')"
    " AND to_n = (SELECT n FROM object WHERE label = 'u')",
    "Mailbox *-* “box”: its owner refers to the object in row 4711, which is not there",
    FALSE,
    "sqlite" },
  { "reference-of-link-back",
    "INSERT INTO link SELECT 4711, l.attr, l.to_n FROM link l JOIN attribute a ON a.attr = l.attr"
    " WHERE a.path = 'owner'",
    "the link Mailbox.owner to User *-* “u” refers to the object in row 4711, which is not there",
    FALSE,
    "sqlite" },
  { "reference-of-secret",
    "INSERT INTO secret (obj, kind, value) VALUES (4711, 'password', 'hash')",
    "the secret “password” refers to the object in row 4711, which is not there",
    TRUE,
    "sqlite" },
  { "reference-of-change",
    "INSERT INTO change (n, sequence, id, type, verb, label, version, deltas)"
    " SELECT 4711, 4711, id, type, 1, 'u', 2, '[]' FROM object WHERE label = 'u'",
    "the change of User *-* “u” refers to the change set 4711, which is not there",
    TRUE,
    "sqlite" },
  { "reference-of-file",
    "INSERT INTO import_file (id, data) VALUES ('i', x'00')",
    "the file of an import refers to the import i, which is not there",
    TRUE,
    "sqlite" },
  { "reference-of-rows",
    "INSERT INTO import_row (import_id, line, status, json)"
    " VALUES ('i', 1, 'failed', '{}'), ('i', 2, 'failed', '{}')",
    "2 rows of an import refer to the import i, which is not there",
    TRUE,
    "sqlite" },
  { "reference-dropped",
    "ALTER TABLE secret DROP CONSTRAINT secret_obj_fkey;"
    "INSERT INTO secret (obj, kind, value) VALUES (4711, 'password', 'hash')",
    "the secret “password” refers to the object in row 4711, which is not there",
    FALSE,
    "postgresql" },
  { "group",
    "UPDATE group_count SET below = 3 WHERE obj <> 0",
    "MailGroup *: its counter of mailboxes in it and below says 3, there are 1",
    TRUE },
  { "group-lost",
    "DELETE FROM group_count WHERE obj <> 0",
    "MailGroup *-* “g”: its counters are missing",
    TRUE },
  { "group-of-nothing",
    "INSERT INTO group_count (obj, mailboxes, below, groups) VALUES (4711, 0, 0, 0)",
    "there are counters for row 4711, where no mail group is",
    TRUE },
  { "group-of-user",
    "INSERT INTO group_count (obj, mailboxes, below, groups)"
    " SELECT n, 0, 0, 0 FROM object WHERE label = 'late'",
    "there are counters for row *, where no mail group is",
    TRUE },
  { "link-of-nothing",
    "INSERT INTO link SELECT u.n, 4711, v.n FROM object u JOIN object v ON v.label = 'v'"
    " WHERE u.label = 'late'",
    "User *-* “late”: the index has a link of attribute 4711 that it does not have",
    TRUE },
  { "link-of-other-type",
    "INSERT INTO link SELECT u.n, l.attr, l.to_n FROM object u"
    " JOIN link l ON l.from_n = (SELECT n FROM object WHERE type = 'Group')"
    " WHERE u.label = 'late'",
    "User *-* “late”: the index has a link of Group.members that it does not have",
    TRUE },
  { "search-of-nothing",
    "INSERT INTO search (obj, body) VALUES (4711, 'zzz');",
    "the search texts have one for row 4711, where no object is",
    FALSE },
  { "index-dropped",
    "DROP INDEX change_by_object",
    "the index “change_by_object” is missing (change (id, sequence))",
    TRUE },
  { "index-altered",
    "DROP INDEX object_in_bin; CREATE INDEX object_in_bin ON object (deleted)",
    "the index “object_in_bin” is altered: it is object (deleted), not object (deleted) where"
    " deleted is not null",
    TRUE },
  { "index-order",
    "DROP INDEX change_by_object; CREATE INDEX change_by_object ON change (id DESC, sequence)",
    "the index “change_by_object” is altered: it is change (id desc, sequence), not change (id,"
    " sequence)",
    TRUE },
  { "index-method",
    "DROP INDEX session_by_user; CREATE INDEX session_by_user ON session USING hash (user_id)",
    "the index “session_by_user” is altered: it is session (user_id) using hash, not session"
    " (user_id)",
    TRUE,
    "postgresql" },
  { "index-collation",
    "DROP INDEX change_by_object;"
    "CREATE INDEX change_by_object ON change (id COLLATE \"default\", sequence)",
    "the index “change_by_object” is altered: it is change (id in the order default, sequence),"
    " not change (id, sequence)",
    TRUE,
    "postgresql" },
  { "index-collation",
    "DROP INDEX change_by_object;"
    "CREATE INDEX change_by_object ON change (id COLLATE nocase, sequence)",
    "the index “change_by_object” is altered: it is change (id in the order nocase, sequence), not"
    " change (id, sequence)",
    TRUE,
    "sqlite" },
  { "index-operators",
    "DROP INDEX session_by_user;"
    "CREATE INDEX session_by_user ON session (user_id text_pattern_ops)",
    "the index “session_by_user” is altered: it is session (user_id by text_pattern_ops), not"
    " session (user_id)",
    TRUE,
    "postgresql" },
  { "index-including",
    "DROP INDEX change_by_object; CREATE INDEX change_by_object ON change (id) INCLUDE (sequence)",
    "the index “change_by_object” is altered: it is change (id) including (sequence), not change"
    " (id, sequence)",
    TRUE,
    "postgresql" },
  { "index-expression",
    "DROP INDEX session_by_user; CREATE INDEX session_by_user ON session (user_id, lower(kind))",
    "the index “session_by_user” is altered: it is session (user_id, lower(kind)), not session"
    " (user_id)",
    TRUE,
    "postgresql" },
  { "key-deferrable",
    "ALTER TABLE uniq DROP CONSTRAINT uniq_pkey,"
    " ADD PRIMARY KEY (scope, key) DEFERRABLE INITIALLY DEFERRED",
    "the primary key of “uniq” is altered: it is scope, key deferrable, not scope, key",
    TRUE,
    "postgresql" },
  { "unique-deferrable",
    "ALTER TABLE object DROP CONSTRAINT object_id_key, ADD UNIQUE (id) DEFERRABLE",
    "the unique key “object (id)” is altered: it is unique deferrable, not unique",
    TRUE,
    "postgresql" },
  { "reference-deferrable",
    "ALTER TABLE document ALTER CONSTRAINT document_obj_fkey DEFERRABLE INITIALLY DEFERRED",
    "the reference “document.obj” is altered: it is object.n, no action, deferrable, not object.n,"
    " no action",
    TRUE,
    "postgresql" },
  { "reference-off",
    "ALTER TABLE document DISABLE TRIGGER ALL",
    "the reference “document.obj” is altered: it is object.n, no action, switched off, not"
    " object.n, no action",
    TRUE,
    "postgresql",
    TRUE },
  { "label-in-bin",
    "UPDATE object SET label = 'q' WHERE label = 'gone'",
    "User *-* “gone”: is filed under the name “q”, not “gone”",
    FALSE },
  { "label-key-in-bin",
    "UPDATE object SET label_key = 'q' WHERE label = 'gone'",
    "User *-* “gone”: is not found by its name in the bin and in lists",
    TRUE },
  { "document-in-bin",
    "UPDATE document SET body = '{' WHERE obj = (SELECT n FROM object WHERE label = 'gone')",
    "User *-* “gone”: The store holds a document that is damaged",
    TRUE },
  { "document-lost-in-bin",
    "DELETE FROM document WHERE obj = (SELECT n FROM object WHERE label = 'gone')",
    "User *-* “gone”: its document is lost",
    TRUE },
  { "import-file-lost",
    "INSERT INTO import_job (id, name, state, next_record, created)"
    " VALUES ('i', 'people.csv', 'uploaded', 0, 1)",
    "the import i “people.csv” refers to its file, which is not there",
    TRUE },
  { "index-added",
    "CREATE UNIQUE INDEX evil ON object (type, label)",
    "the index “evil” is not one of the store's, and may refuse what it writes (object (type, "
    "label)"
    " unique)",
    TRUE },
  { "index-added-partial",
    "CREATE UNIQUE INDEX evil ON session (kind) WHERE kind = 'x'",
    "the index “evil” is not one of the store's, and may refuse what it writes (session (kind)"
    " unique where *)",
    TRUE },
  { "index-made-unique",
    "DROP INDEX change_by_sequence; CREATE UNIQUE INDEX change_by_sequence ON change (sequence, n)",
    "the index “change_by_sequence” is altered: it is change (sequence, n) unique, not change"
    " (sequence, n)",
    TRUE },
  { "column-added",
    "ALTER TABLE session ADD COLUMN evil text REFERENCES setting (name)",
    "the reference “session.evil” is not one of the store's, and may refuse what it writes"
    " (setting.name, no action)",
    TRUE },
  { "unique-added",
    "ALTER TABLE object ADD UNIQUE (type, label_key)",
    "the unique key “object (type, label_key)” is not one of the store's, and may refuse what it"
    " writes (unique)",
    TRUE,
    "postgresql" },
  { "check-added",
    "ALTER TABLE object ADD CONSTRAINT evil CHECK (length(label) < 50)",
    "the constraint “object.evil” is not one of the store's, and may refuse what it writes (CHECK"
    " ((length(label) < 50)))",
    TRUE,
    "postgresql" },
  { "exclusion-added",
    "ALTER TABLE session ADD CONSTRAINT evil EXCLUDE USING hash (user_id WITH =)",
    "the constraint “session.evil” is not one of the store's, and may refuse what it writes"
    " (EXCLUDE USING hash (user_id WITH =))",
    TRUE,
    "postgresql" },
  { "token-of-nobody",
    "INSERT INTO session (id, kind, name, user_id, scope, created, last_used, expires, token_hash)"
    " VALUES ('t1', 'token', 'build', 'gone', 'scim', 1, 1, 9, 'h1')",
    "the API token t1 “build” refers to the user gone, which is not there",
    FALSE },
  { "session-of-nobody",
    "INSERT INTO session (id, kind, user_id, created, last_used, expires, token_hash)"
    " VALUES ('s1', 'session', 'gone', 1, 1, 9, 'h2')",
    "the session s1 refers to the user gone, which is not there",
    FALSE },
  { "session-of-something",
    "INSERT INTO session (id, kind, user_id, created, last_used, expires, token_hash)"
    " SELECT 's1', 'session', id, 1, 1, 9, 'h2' FROM object WHERE type = 'MailGroup'",
    "the session s1 refers to the user *-*, which is not there",
    FALSE },
  { "identity-dropped",
    "ALTER TABLE object ALTER n DROP IDENTITY",
    "the identity of “object.n” is altered: it is none, not by default",
    TRUE,
    "postgresql" },
  { "identity-always",
    "ALTER TABLE change ALTER n SET GENERATED ALWAYS",
    "the identity of “change.n” is altered: it is always, not by default",
    TRUE,
    "postgresql" },
  { "sequence-down",
    "ALTER SEQUENCE change_n_seq INCREMENT BY -1",
    "the identity of “change.n” is altered: it is by default in steps of -1, not by default",
    TRUE,
    "postgresql" },
  { "sequence-in-circle",
    "ALTER SEQUENCE object_n_seq MINVALUE -5 MAXVALUE 4711 CYCLE",
    "the identity of “object.n” is altered: it is by default from -5 up to 4711 and over again, not"
    " by default",
    TRUE,
    "postgresql" },
  { "sequence-small",
    "ALTER SEQUENCE attribute_attr_seq AS smallint",
    "the identity of “attribute.attr” is altered: it is by default up to 32767, not by default",
    TRUE,
    "postgresql" },
  { "references-off",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica',"
    " current_database()); END $$",
    "the parameter “session_replication_role” is altered: it is replica, not origin",
    TRUE,
    "postgresql",
    TRUE },
  { "column-type",
    "ALTER TABLE counter ALTER value TYPE integer",
    "the column “counter.value” is altered: it is integer of 4 bytes not null, not integer not"
    " null",
    TRUE,
    "postgresql" },
  { "column-default",
    "ALTER TABLE session ALTER scope SET DEFAULT 'all'",
    "the column “session.scope” is altered: it is text default 'all', not text",
    TRUE,
    "postgresql" },
  { "column-default-lost",
    "ALTER TABLE attribute ALTER anchored DROP DEFAULT",
    "the column “attribute.anchored” is altered: it is integer not null, not integer not null"
    " default 0",
    TRUE,
    "postgresql" },
  { "table-unlogged",
    "ALTER TABLE setting SET UNLOGGED",
    "the table “setting” is altered: it is unlogged, not durable",
    TRUE,
    "postgresql" },
  { "table-with-child",
    "CREATE TABLE evil () INHERITS (setting)",
    "the table “setting” is altered: it is durable, with the rows of evil, not durable",
    TRUE,
    "postgresql" },
  { "table-with-parent",
    "CREATE TABLE evil (name text COLLATE \"C\" NOT NULL); ALTER TABLE setting INHERIT evil",
    "the table “setting” is altered: it is durable, as a part of evil, not durable",
    TRUE,
    "postgresql" },
  { "table-dropped",
    "DROP TABLE import_row",
    "the column “import_row.line” is missing (integer not null)",
    FALSE },
  { "made",
    "INSERT INTO object (n, id, type, version, created, modified, label, label_key)"
    " VALUES (99, 'by-hand', 'User', 1, 1, 1, 'h', 'h');"
    "INSERT INTO document (obj, body) VALUES (99, '{\"userName\":\"h\"}')",
    "User by-hand “h”: no change set tells of it",
    FALSE },
  { "token-forged",
    "INSERT INTO session (id, kind, user_id, scope, created, last_used, expires, token_hash)"
    " SELECT 'forged', 'token', id, 'all', 1, 1, 9000000000000000, 'hash'"
    " FROM object WHERE label = 'u'",
    "Token forged: no change set tells of it",
    TRUE },
  { "token-name",
    "UPDATE session SET name = 'x' WHERE id = 't'",
    "Token t: its name is “x”: change set * left “t”",
    TRUE },
  { "label-key",
    "UPDATE object SET label_key = 'x' WHERE type = 'User' AND label = 'u'",
    "User *-* “u”: is not found by its name in the bin and in lists",
    TRUE },
  { "token-scope",
    "UPDATE session SET scope = 'all' WHERE id = 't'",
    "Token t: its scope is “all”: change set * left “read”",
    TRUE },
  { "token-user",
    "UPDATE session SET user_id = (SELECT id FROM object WHERE label = 'v') WHERE id = 't'",
    "Token t: its user is “*-*”: change set * left “*-*”",
    TRUE },
  { "token-expiry",
    "UPDATE session SET expires = 9000000000000000 WHERE id = 't'",
    "Token t: its expires is “2255-*”: change set * left “2096-*”",
    TRUE },
  { "token-back",
    "INSERT INTO session (id, kind, user_id, scope, created, last_used, expires, token_hash)"
    " SELECT 'revoked', 'token', id, 'all', 1, 1, 9000000000000000, 'hash'"
    " FROM object WHERE label = 'u'",
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
  { "primary-domain",
    "UPDATE setting SET value = 'evil.example' WHERE name = 'primary-domain'",
    "“evil.example” is noted as the primary domain, which is “x.org”",
    TRUE },
  { "primary-domain-lost",
    "DELETE FROM setting WHERE name = 'primary-domain'",
    "no domain is noted as the primary one, which is “x.org”",
    TRUE },
  { "domain-primary-too",
    "UPDATE document SET body = replace(body, 'equal', 'primary') WHERE obj ="
    "  (SELECT n FROM object WHERE type = 'Domain' AND label = 'z.org')",
    "Domain *-* “z.org”: is primary, and “x.org” is too: only one can be",
    FALSE },
  { "search-index-lost",
    "DELETE FROM search_index_data WHERE id > 10",
    SEARCH_INDEX,
    TRUE,
    "sqlite" },
  { "search-index-less",
    "INSERT INTO search_index (search_index, rowid, body) SELECT 'delete', d.id, s.body"
    " FROM search_index_docsize d JOIN search s ON s.obj = d.id & 0xffffffffff"
    " WHERE s.obj = (SELECT n FROM object WHERE label = 'late')",
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
    "CREATE POLICY evil ON object USING (FALSE)",
    "the policy “evil” of the table “object” is not one of the store's",
    TRUE,
    "postgresql" },
  { "row-security",
    "ALTER TABLE object ENABLE ROW LEVEL SECURITY",
    "the row-level security of the table “object” is not the store's: it hides rows from readers",
    TRUE,
    "postgresql" },
  { "row-security-of-policy",
    "CREATE POLICY evil ON object USING (FALSE); ALTER TABLE object ENABLE ROW LEVEL SECURITY",
    "the row-level security of the table “object” is not the store's: it hides rows from readers",
    FALSE,
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
  MsSession        session = { .id = (char *) "t",
                               .kind = (char *) "token",
                               .name = (char *) "t",
                               .user_id = data,
                               .scope = (char *) "read",
                               .channel = (char *) "scim",
                               .expires = 4000000000000000 };
  g_autofree char *deltas
      = g_strdup_printf ("[{\"path\":\"scope\",\"after\":\"read\"},"
                         "{\"path\":\"expires\",\"after\":\"2096-10-02T07:06:40.000Z\"},"
                         "{\"path\":\"user\",\"after\":\"%s\"}]",
                         (const char *) data);

  if (!ms_txn_insert_session (txn, &session, "t", error)
      || !ms_txn_set_setting (txn, "primary-domain", "x.org", error)
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
  g_autofree char *json
      = g_strdup_printf ("{'name':'box','address':'box@x.org','owner':{'value':'%"
                         "s'},'aliases':['spare@x.org','two@x.org'],'active':true}",
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
  g_autofree char *domain = fixture_insert (fixture, "Domain", "{'name':'x.org','kind':'primary'}");
  g_autofree char *equal = fixture_insert (fixture, "Domain", "{'name':'z.org','kind':'equal'}");
  g_assert_true (domain != NULL && equal != NULL);
  fixture_write (fixture, do_tokens_and_settings, user);
}

static gboolean
is_among (GPtrArray *problems, const char *pattern)
{
  for (guint i = 0; i < problems->len; i++)
    if (g_pattern_match_simple (pattern, problems->pdata[i]))
      return TRUE;
  return FALSE;
}

/* Each is said once, and counted so, in a line that can be shown, whatever the store holds. */
static void
assert_lines (GPtrArray *problems)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < problems->len; i++)
    {
      g_assert_true (g_hash_table_add (seen, problems->pdata[i]));
      g_assert_true (ms_text_check (problems->pdata[i], FALSE, NULL, NULL));
    }
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
  if (damage->by_superuser)
    store_place_run_sql_as_superuser (fixture->driver, fixture->folder, damage->sql);
  else
    fixture_run_sql (fixture, damage->sql);
  fixture_reopen (fixture);
  g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", (const char *) problems->pdata[i]);
  g_assert_true (is_among (problems, damage->expected));
  assert_lines (problems);
  if (damage->only)
    g_assert_cmpuint (problems->len, ==, 1);
  ms_store_close (fixture->store);
  g_clear_object (&fixture->store);
}

/* What a type or an extension requires and an object does not have is no contradiction, but should
 * be looked at. */
static gboolean
do_add_badges (MsTxn *txn, gpointer data, GError **error)
{
  MsSchemaReport report = { 0 };
  g_autoptr (MsObject) file = fixture_make (data, "SchemaFile", "{'name':'badges'}");
  g_autoptr (GString) text
             = g_string_new ("{\"schemas\":[{\"id\":\"urn:x:badge\",\"name\":\"Badge\","
                             "\"attributes\":[{\"name\":\"number\",\"required\":true},"
                             "{\"name\":\"colour\"}");

  /* More than fit into a filter. */
  for (guint i = 0; i < 300; i++)
    g_string_append_printf (text, ",{\"name\":\"attributeWithALongName%u\"}", i);
  g_string_append (text,
                   "]}],\"resourceTypes\":[{\"name\":\"User\","
                   "\"schemaExtensions\":[{\"schema\":\"urn:x:badge\","
                   "\"required\":false}]}]}");
  ms_object_set_string (file, "text", text->str);
  return ms_txn_insert (txn, file, error) && ms_txn_apply_schemas (txn, TRUE, &report, error);
}

static void
test_incomplete (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  fixture_write (fixture, do_add_badges, fixture);
  g_autoptr (MsSchemaRegistry) before = fixture->schemas;
  fixture->schemas = ms_store_ref_schemas (fixture->store);
  g_autofree char *whole = fixture_insert (fixture,
                                           "User",
                                           "{'userName':'whole','urn:x:badge':{'number':'7',"
                                           "'colour':'red'}}");
  g_autofree char *plain = fixture_insert (fixture, "User", "{'userName':'plain'}");
  g_autoptr (GPtrArray) none = ms_store_list_remarks (fixture->store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (none->len, ==, 0);

  g_autofree char *primary
      = fixture_insert (fixture, "Mailbox", "{'name':'one','domain':'x.org','primary':true}");
  g_autofree char *nameless = fixture_insert (fixture, "User", "{'title':'x'}");
  g_autofree char *lacking
      = fixture_insert (fixture, "User", "{'userName':'ada','urn:x:badge':{'colour':'red'}}");
  g_autofree char *expected
      = g_strdup_printf ("No userName, which each User must have: “%s”; give it to them", nameless);
  g_autoptr (GPtrArray) remarks = ms_store_list_remarks (fixture->store, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < remarks->len; i++)
    g_test_message ("%s", (const char *) remarks->pdata[i]);
  g_assert_cmpuint (remarks->len, ==, 3);
  g_assert_cmpstr (remarks->pdata[0],
                   ==,
                   "Primary mailboxes without the owner whom that needs: “one”; give them one, or "
                   "make them secondary");
  g_assert_cmpstr (remarks->pdata[1], ==, expected);
  g_assert_cmpstr (remarks->pdata[2],
                   ==,
                   "No urn:x:badge:number, which each User must have: “ada”; give it to them");
}

/* The first are listed, and all are counted. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint count = 0;

  for (guint i = 0; i < MANY; i++)
    {
      g_autofree char *json = g_strdup_printf ("{'userName':'user-%u'}", i);
      g_autofree char *id = fixture_insert (fixture, "User", json);
      g_assert_nonnull (id);
    }
  fixture_close (fixture);
  store_place_lift_rules (fixture->driver, fixture->folder);
  fixture_run_sql (fixture, "DELETE FROM uniq WHERE key LIKE 'user-%'");
  fixture_reopen (fixture);
  g_autoptr (GPtrArray) problems = ms_store_verify_with (fixture->store, NULL, &count, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, MS_VERIFY_LISTED);
  g_assert_cmpuint (count, ==, MANY);
  assert_lines (problems);
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
  fixture_add ("verify/many", NULL, test_many);
  fixture_add ("verify/incomplete", NULL, test_incomplete);
  return g_test_run ();
}
