/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exports, and that the import takes them back: export, import into an empty store, export again,
 * the same text.
 */
#include "import-fixture.h"

#include <string.h>

#include "ms-error.h"
#include "ms-filter.h"
#include "ms-txn.h"
#include "store-place.h"

#define ACCOUNTS "{'createUsers':true,'createGroups':true}"

/* What sample files do not have: names that differ, mailboxes without owner, further ones, closed
 * ones, what looks like a formula, quotes and line breaks, a mailbox without description beside a
 * user with a name. */
static void
fill (Fixture *self)
{
  g_autofree char *staff = fixture_upload_file (self, "staff.csv");
  g_autoptr (JsonObject) imported = fixture_do (self, staff, ACCOUNTS, FALSE, "done");
  g_autofree char *jane = fixture_create (
      self,
      "User",
      "{'userName':'jane@elsewhere.example','displayName':'=1+1','active':false,'externalId':'x-1',"
      "'phoneNumbers':[{'value':'-5'}],'urn:ietf:params:scim:schemas:extension:mailstead:2.0:User':"
      "{'description':'@SUM(A1)'}}");
  g_autofree char *own = g_strdup_printf (
      "{'name':'j.d','owner':{'value':'%s'},'primary':true,'active':false,'keepCopy':false,"
      "'forwardTo':['j@elsewhere.example','j2@elsewhere.example'],'quota':0}",
      jane);
  g_autofree char *own_id = fixture_create (self, "Mailbox", own);
  g_autofree char *archive = g_strdup_printf ("{'name':'a-archive','owner':{'value':'%s'},'"
                                              "description':'It\\u0027s, \\\"old\\\"\\nand big'}",
                                              jane);
  g_autofree char *archive_id = fixture_create (self, "Mailbox", archive);
  g_autofree char *info = fixture_create (
      self, "Mailbox", "{'name':'info','description':'\\u0027quoted','aliases':['desk','help']}");
  g_autofree char *device = fixture_create (self, "User", "{'userName':'weighbridge'}");

  g_assert_cmpint (fixture_count (imported, "create"), ==, 500);
}

static void
check_round_trip (Fixture *self, const char *type)
{
  Fixture          other = { 0 };
  g_autofree char *first = fixture_export (self, type);

  fixture_set_up (&other, NULL);
  g_autofree char *id = fixture_upload (&other, first);
  g_autoptr (JsonObject) done = fixture_do (
      &other, id, "{'createUsers':true,'createGroups':true,'onExisting':'update'}", FALSE, "done");
  g_autoptr (JsonArray) refused = fixture_rows (&other, id, "refuse");
  for (guint i = 0; i < json_array_get_length (refused); i++)
    g_test_message (
        "%s", json_object_get_string_member (json_array_get_object_element (refused, i), "reason"));
  g_assert_cmpint (fixture_count (done, "refuse"), ==, 0);
  g_autofree char *second = fixture_export (&other, type);
  g_auto (GStrv) a = g_strsplit (first, "\r\n", -1);
  g_auto (GStrv) b = g_strsplit (second, "\r\n", -1);
  for (guint i = 0; a[i] != NULL && b[i] != NULL; i++)
    g_assert_cmpstr (a[i], ==, b[i]);
  g_assert_cmpstr (first, ==, second);
  fixture_tear_down (&other, NULL);
}

static void
test_mailboxes (Fixture *self, gconstpointer data)
{
  fill (self);
  g_autofree char *text = fixture_export (self, "Mailbox");
  g_assert_true (g_str_has_prefix (
      text, "userName,displayName,givenName,familyName,domain,owner,primary,group,aliases,quota,"));
  /* Guarded, each of them */
  g_assert_nonnull (strstr (text, ",'=1+1,"));
  g_assert_nonnull (strstr (text, ",'@SUM(A1),"));
  g_assert_nonnull (strstr (text, ",''quoted,"));
  g_assert_nonnull (strstr (text, ",'+44 1632 960000,"));
  g_assert_null (strstr (text, ",=1+1,"));
  /* A further mailbox comes after its owner's own one, though its name sorts first. */
  g_assert_true (strstr (text, "\r\na-archive,") > strstr (text, "\r\nj.d,"));
  check_round_trip (self, "Mailbox");
}

static void
test_users (Fixture *self, gconstpointer data)
{
  fill (self);
  g_autofree char *text = fixture_export (self, "User");
  g_assert_nonnull (strstr (text, "\r\nweighbridge,,,,(none),"));
  g_assert_nonnull (strstr (text, "\r\njane@elsewhere.example,'=1+1,,,j.d,harbour.example,"));
  check_round_trip (self, "User");
}

/* Lists need what is on them; so the mailboxes go first. */
static void
test_lists (Fixture *self, gconstpointer data)
{
  Fixture          other = { 0 };
  g_autofree char *people = fixture_upload_file (self, "staff.csv");
  g_autoptr (JsonObject) imported = fixture_do (self, people, ACCOUNTS, FALSE, "done");
  g_autofree char *lists = fixture_upload (
      self,
      "list,address,description,members,external members\n"
      "All hands,all,,group:Waterworks; group:Port Operations/Quays; john,\n"
      "Bosses,bosses,\"Heads, and deputies\",user:john; mailbox:ming.li@harbour.example,"
      "mayor@town.example press@town.example\n"
      "Cascade,,,list:all; list:bosses@harbour.example,\n");
  g_autoptr (JsonObject) made = fixture_do (self, lists, "{}", FALSE, "done");
  g_autofree char *mailboxes = fixture_export (self, "Mailbox");
  g_autofree char *first = fixture_export (self, "Group");

  g_assert_cmpint (fixture_count (made, "create"), ==, 2);
  g_assert_cmpint (fixture_count (made, "refuse"), ==, 1);
  fixture_set_up (&other, NULL);
  g_autofree char *mailboxes_id = fixture_upload (&other, mailboxes);
  g_autoptr (JsonObject) people_done
             = fixture_do (&other,
                           mailboxes_id,
                           "{'createUsers':true,'createGroups':true,'onExisting':'skip'}",
                           FALSE,
                           "done");
  g_autofree char *lists_id = fixture_upload (&other, first);
  g_autoptr (JsonObject) lists_done = fixture_do (&other, lists_id, "{}", FALSE, "done");
  g_autofree char *second = fixture_export (&other, "Group");
  g_assert_cmpint (fixture_count (people_done, "refuse"), ==, 0);
  g_assert_cmpint (fixture_count (lists_done, "refuse"), ==, 0);
  g_assert_cmpuint (strlen (first), ==, strlen (second));
  g_assert_nonnull (strstr (second, "user:john"));
  fixture_tear_down (&other, NULL);
}

static gboolean
collect (const char *data, gsize length, gpointer user_data, GError **error)
{
  g_string_append_len (user_data, data, (gssize) length);
  return TRUE;
}

static gboolean
refuse (const char *data, gsize length, gpointer user_data, GError **error)
{
  ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "gone");
  return FALSE;
}

static void
test_part (Fixture *self, gconstpointer data)
{
  const MsResourceType *type = ms_schema_registry_get_type_by_name (self->schemas, "Mailbox");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsFilter) filter = ms_filter_parse (type, "name sw \"b\"", &error);
  MsQuery query = { .type = type, .filter = filter, .sort_by = ms_resource_type_get_label (type) };
  g_autofree char *id = fixture_upload (self, "login\nann\nben\nbob\n");
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_cmpint (fixture_count (done, "create"), ==, 3);
  ms_service_hand_over (self->service);
  g_assert_true (ms_service_export (self->service, self->actor, &query, collect, out, &error));
  g_assert_no_error (error);
  g_assert_nonnull (strstr (out->str, "\r\nben,"));
  g_assert_nonnull (strstr (out->str, "\r\nbob,"));
  g_assert_null (strstr (out->str, "\r\nann,"));

  /* Who reads it has gone. */
  ms_service_hand_over (self->service);
  g_assert_false (ms_service_export (self->service, self->actor, &query, refuse, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
}

static void
test_refusals (Fixture *self, gconstpointer data)
{
  MsQuery query = { .type = ms_schema_registry_get_type_by_name (self->schemas, "Guest") };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsActor) nobody = ms_actor_copy (self->actor);

  ms_service_hand_over (self->service);
  g_assert_false (ms_service_export (self->service, self->actor, &query, collect, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_path (error), ==, "type");
  g_clear_error (&error);
  nobody->role = MS_ROLE_NONE;
  query.type = ms_schema_registry_get_type_by_name (self->schemas, "User");
  ms_service_hand_over (self->service);
  g_assert_false (ms_service_export (self->service, nobody, &query, collect, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
  g_clear_error (&error);
  g_assert_false (ms_service_begin_export (self->service, nobody, query.type, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
  g_assert_cmpuint (out->len, ==, 0);
}

/* No password and no hash comes out. */
static void
test_secrets (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload (self, "login,password\nann,MarkerOfASecret\n");
  g_autoptr (JsonObject) done = fixture_do (self, id, "{'createUsers':true}", FALSE, "done");
  g_autofree char *users = fixture_export (self, "User");
  g_autofree char *mailboxes = fixture_export (self, "Mailbox");

  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  g_assert_null (strstr (users, "Marker"));
  g_assert_null (strstr (users, "$y$"));
  g_assert_null (strstr (mailboxes, "$y$"));
}

/* One byte of a damaged file, which SQLite does not notice; PostgreSQL takes no such text. */
static void
test_damaged (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload (self, "login,display name\nann,Ann Almond\n");
  g_autoptr (JsonObject) done = fixture_do (self, id, "{'createUsers':true}", FALSE, "done");

  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  if (strcmp (store_place_get_driver (), "sqlite") != 0)
    return;
  fixture_close (self);
  store_place_run_sql ("sqlite",
                       self->folder,
                       "UPDATE document SET body = CAST (replace (CAST (body AS BLOB),"
                       " CAST ('Almond' AS BLOB), X'416CFF6F6E64') AS TEXT)");
  fixture_open (self);
  g_autofree char *users = fixture_export (self, "User");
  g_autofree char *mailboxes = fixture_export (self, "Mailbox");
  g_assert_nonnull (strstr (users, "Ann Al\xef\xbf\xbdond"));
  g_assert_true (g_utf8_validate (users, -1, NULL));
  g_assert_true (g_utf8_validate (mailboxes, -1, NULL));
}

#define ADD(path, func)                                                                            \
  g_test_add ("/export/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("mailboxes", test_mailboxes);
  ADD ("users", test_users);
  ADD ("lists", test_lists);
  ADD ("part", test_part);
  ADD ("refusals", test_refusals);
  ADD ("secrets", test_secrets);
  ADD ("damaged", test_damaged);
  return g_test_run ();
}
