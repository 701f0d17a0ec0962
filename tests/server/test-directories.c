/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A real OpenLDAP with 300 people, taken over by a server and kept up to date over weeks of change
 * there: all the way from LDAP over TLS to what the API says of users and mailboxes. Tests run in
 * the order in which they are added, on one store.
 */
#include "harbour.h"
#include "ms-service-private.h"
#include "slapd.h"
#include "store-place.h"

#include <string.h>

#define PEOPLE 300
#define WAIT_SECONDS 120
/* Of "blue harbour" */
#define HASH                                                                                       \
  "$6$abcdefgh$avW4gAANiRdqmQ/iub4iy8TLFHmE9WvBvWun2XVw7xcpwObrrBOGUzjdKF8U7wNW/"                  \
  "y43Go8PnyMegcf5fq5GF1"
#define DIRECTORIES "/api/v1/directories"

static Harbour *harbour;
static Slapd   *slapd;
static char    *directory; /* path */

/* What there is ------------------------------------------------------------------------------- */

/* All users and mailboxes as they are shown. (transfer full) */
static char *
take_picture (void)
{
  g_autoptr (Answer) users
             = ask (harbour, "GET", "/scim/v2/Users?count=1000&sortBy=userName", NULL, NULL);
  g_autoptr (Answer) mailboxes
             = ask (harbour, "GET", "/scim/v2/Mailboxes?count=1000&sortBy=name", NULL, NULL);

  assert_status (users, 200);
  assert_status (mailboxes, 200);
  return g_strconcat (users->reply->body->str, mailboxes->reply->body->str, NULL);
}

static gint64
count_hits (const char *type, const char *filter)
{
  g_autofree char *escaped = g_uri_escape_string (filter, NULL, FALSE);
  g_autofree char *path = g_strdup_printf ("/scim/v2/%s?count=0&filter=%s", type, escaped);
  g_autoptr (Answer) answer = ask (harbour, "GET", path, NULL, NULL);

  assert_status (answer, 200);
  return get_number (answer, "totalResults");
}

/* (transfer full) */
static Answer *
find_user (const char *user_name)
{
  g_autofree char *path
      = g_strdup_printf ("/scim/v2/Users?filter=userName%%20eq%%20%%22%s%%22", user_name);
  Answer *answer = ask (harbour, "GET", path, NULL, NULL);

  assert_status (answer, 200);
  g_assert_cmpint (get_number (answer, "totalResults"), ==, 1);
  return answer;
}

static gint64
get_sequence (void)
{
  g_autoptr (Answer) answer = ask (harbour, "GET", "/api/v1/server", NULL, NULL);

  return get_number (answer, "sequence");
}

/* Runs ---------------------------------------------------------------------------------------- */

/* Until it has ended. (transfer full) */
static Answer *
wait_for_end (void)
{
  gint64 deadline = g_get_monotonic_time () + WAIT_SECONDS * G_USEC_PER_SEC;

  for (;;)
    {
      Answer *answer = ask (harbour, "GET", directory, NULL, NULL);
      assert_status (answer, 200);
      if (g_str_equal (get_text (answer, "state"), "idle"))
        return answer;
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      answer_free (answer);
      g_usleep (10000);
    }
}

/* @verb: "run" or "rehearse". @body: (nullable). (transfer full) */
static Answer *
run (const char *verb, const char *body, const char *result)
{
  g_autofree char *path = g_strconcat (directory, "/", verb, NULL);
  g_autoptr (Answer) started = ask (harbour, "POST", path, body, NULL);

  assert_status (started, 202);
  Answer *ended = wait_for_end ();
  if (g_strcmp0 (get_text (ended, "last.result"), result) != 0)
    g_test_message ("%s", ended->reply->body->str);
  g_assert_cmpstr (get_text (ended, "last.result"), ==, result);
  g_assert_cmpstr (get_text (ended, "last.mode"), ==, verb);
  g_assert_null (strstr (ended->reply->body->str, slapd_get (slapd, "password")));
  return ended;
}

static void
expect_counts (Answer *ended, const char *name, ...)
{
  va_list arguments;

  va_start (arguments, name);
  for (; name != NULL; name = va_arg (arguments, const char *))
    {
      g_autofree char *path = g_strconcat ("last.counts.", name, NULL);
      int              n = va_arg (arguments, int);
      if (get_number (ended, path) != n)
        {
          g_autofree char *rows = g_strconcat (directory, "/rows?count=20", NULL);
          g_autoptr (Answer) shown = ask (harbour, "GET", rows, NULL, NULL);
          g_error (
              "%s is not %d: %s\n%s", path, n, ended->reply->body->str, shown->reply->body->str);
        }
    }
  va_end (arguments);
}

static void
expect_reason (Answer *ended, const char *part)
{
  const char *reason = get_text (ended, "last.reason");

  if (strstr (reason, part) == NULL)
    g_error ("“%s” is not in “%s”", part, reason);
}

/* Setting up ---------------------------------------------------------------------------------- */

static char *
make_body (const char *server, const char *password)
{
  g_autoptr (JsonObject) body = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_object_set_string_member (body, "name", "office");
  json_object_set_string_member (body, "kind", "openldap");
  json_object_set_string_member (body, "server", server);
  json_object_set_string_member (body, "certificates", slapd_get (slapd, "certificate"));
  json_object_set_string_member (body, "base", "ou=people,dc=example,dc=test");
  json_object_set_string_member (body, "bindDn", slapd_get (slapd, "bindDn"));
  json_object_set_string_member (body, "password", password);
  json_object_set_string_member (body, "activeFilter", "(!(employeeType=off))");
  json_node_set_object (node, body);
  return json_to_string (node, FALSE);
}

static void
test_create (void)
{
  g_autofree char *body = make_body (slapd_get (slapd, "ldaps"), slapd_get (slapd, "password"));
  g_autofree char *clear = make_body (slapd_get (slapd, "ldap"), slapd_get (slapd, "password"));
  g_autoptr (Answer) refused = ask (harbour, "POST", DIRECTORIES, clear, NULL);
  assert_status (refused, 400);
  g_assert_cmpstr (get_text (refused, "path"), ==, "server");

  g_autoptr (Answer) made = ask (harbour, "POST", DIRECTORIES, body, NULL);
  assert_status (made, 201);
  g_assert_nonnull (wire_reply_get (made->reply, "etag"));
  g_assert_nonnull (wire_reply_get (made->reply, "x-mailstead-change"));
  g_assert_true (json_object_get_boolean_member (made->json, "hasPassword"));
  g_assert_cmpstr (get_text (made, "identity"), ==, "entryUUID");
  g_assert_cmpstr (get_text (made, "state"), ==, "idle");
  g_assert_false (json_object_has_member (made->json, "password"));
  directory = g_strconcat (DIRECTORIES "/", get_text (made, "id"), NULL);

  /* What is said wins over what is usual; a name that Active Directory takes. */
  g_autoptr (Answer) other = ask (harbour,
                                  "POST",
                                  DIRECTORIES,
                                  "{\"name\":\"other\",\"kind\":\"activeDirectory\","
                                  "\"server\":\"ldaps://ad.example.com\",\"base\":\"dc=x\","
                                  "\"bindDn\":\"reader@example.com\",\"password\":\"p\","
                                  "\"mapping\":{\"department\":\"ou\",\"title\":null}}",
                                  NULL);
  assert_status (other, 201);
  JsonObject *mapping = json_object_get_object_member (other->json, "mapping");
  g_assert_cmpstr (json_object_get_string_member (mapping, "userName"), ==, "sAMAccountName");
  g_assert_cmpstr (json_object_get_string_member (mapping, "department"), ==, "ou");
  g_assert_false (json_object_has_member (mapping, "title"));
  g_autofree char *other_path = g_strconcat (DIRECTORIES "/", get_text (other, "id"), NULL);
  g_autoptr (Answer) forgotten = ask (harbour, "DELETE", other_path, NULL, NULL);
  assert_status (forgotten, 204);

  g_autoptr (Answer) again = ask (harbour, "POST", DIRECTORIES, body, NULL);
  assert_status (again, 409);
  g_autoptr (Answer) listed = ask (harbour, "GET", DIRECTORIES, NULL, NULL);
  assert_status (listed, 200);
  g_assert_cmpstr (get_text (listed, "directories.0.name"), ==, "office");
  g_autofree char *unknown = g_strconcat (directory, "/run", NULL);
  g_autoptr (Answer) misspelt = ask (harbour, "POST", unknown, "{\"forced\":true}", NULL);
  assert_status (misspelt, 400);
  g_assert_cmpstr (get_text (misspelt, "path"), ==, "forced");
  g_autoptr (Answer) untrue = ask (harbour, "POST", unknown, "{\"force\":\"yes\"}", NULL);
  assert_status (untrue, 400);
  g_assert_cmpstr (get_text (untrue, "path"), ==, "force");
}

static void
test_try (void)
{
  g_autofree char *path = g_strconcat (directory, "/try?count=5", NULL);
  g_autofree char *picture = take_picture ();
  g_autoptr (Answer) tried = ask (harbour, "POST", path, NULL, NULL);

  assert_status (tried, 200);
  JsonArray *entries = json_object_get_array_member (tried->json, "entries");
  g_assert_cmpuint (json_array_get_length (entries), ==, 5);
  g_assert_true (json_object_get_boolean_member (tried->json, "more"));
  g_assert_nonnull (find_node (tried, "entries.0.identity"));

  /* What would be, were it set up otherwise. */
  g_autoptr (Answer) wrong = ask (harbour, "POST", path, "{\"password\":\"no horse\"}", NULL);
  assert_status (wrong, 403);
  g_assert_cmpstr (get_text (wrong, "path"), ==, "bindDn");
  g_assert_null (strstr (wrong->reply->body->str, "no horse"));
  g_autoptr (Answer) elsewhere
             = ask (harbour, "POST", path, "{\"base\":\"ou=nowhere,dc=example,dc=test\"}", NULL);
  assert_status (elsewhere, 400);
  g_assert_cmpstr (get_text (elsewhere, "path"), ==, "base");
  /* The password is not sent to another server. */
  g_autoptr (Answer) moved
             = ask (harbour, "POST", path, "{\"server\":\"ldaps://127.0.0.1:1\"}", NULL);
  assert_status (moved, 400);
  g_assert_cmpstr (get_text (moved, "path"), ==, "password");

  g_autofree char *body = make_body (slapd_get (slapd, "ldapi"), slapd_get (slapd, "password"));
  g_autoptr (Answer) unsaved = ask (harbour, "POST", DIRECTORIES "/try", body, NULL);
  assert_status (unsaved, 200);
  g_autofree char *after = take_picture ();
  g_assert_cmpstr (picture, ==, after);
}

static void
test_rehearse (void)
{
  g_autofree char *picture = take_picture ();
  gint64           sequence = get_sequence ();
  g_autoptr (Answer) ended = run ("rehearse", NULL, "done");

  expect_counts (ended, "found", PEOPLE, "create", PEOPLE, "update", 0, "refuse", 0, NULL);
  g_autofree char *after = take_picture ();
  g_assert_cmpstr (picture, ==, after);
  g_assert_cmpint (get_sequence (), ==, sequence);
  g_autofree char *path = g_strconcat (directory, "/rows?status=create&startIndex=299", NULL);
  g_autoptr (Answer) rows = ask (harbour, "GET", path, NULL, NULL);
  assert_status (rows, 200);
  g_assert_cmpint (get_number (rows, "total"), ==, PEOPLE);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (rows->json, "rows")), ==, 2);
  g_assert_cmpstr (get_text (rows, "rows.0.status"), ==, "create");
}

static void
test_run (void)
{
  g_autoptr (Answer) ended = run ("run", NULL, "done");

  expect_counts (ended, "found", PEOPLE, "create", PEOPLE, "refuse", 0, NULL);
  g_assert_cmpint (count_hits ("Users", "userName sw \"p0\""), ==, 100);
  g_assert_cmpint (count_hits ("Users", "userName sw \"p\""), ==, PEOPLE);
  g_assert_cmpint (count_hits ("Mailboxes", "name sw \"p\""), ==, PEOPLE);
  g_autoptr (Answer) user = find_user ("p007");
  g_assert_cmpstr (get_text (user, "Resources.0.displayName"), ==, "Person p007");
  g_assert_cmpstr (get_text (user, "Resources.0.name.familyName"), ==, "p007");
  g_assert_true (json_node_get_boolean (find_node (user, "Resources.0.active")));
  g_assert_cmpint (count_hits ("Mailboxes", "address eq \"p007@harbour.example\""), ==, 1);
  /* Where it comes from is in the history, and nothing that is secret. */
  g_autofree char *path = g_strdup_printf ("/api/v1/changes?job=%s", get_text (ended, "last.job"));
  g_autoptr (Answer) changes = ask (harbour, "GET", path, NULL, NULL);
  assert_status (changes, 200);
  g_assert_cmpstr (get_text (changes, "changeSets.0.channel"), ==, "directory");
  g_assert_nonnull (strstr (get_text (changes, "changeSets.0.reason"), "office"));
  g_autoptr (Wire) wire = wire_open (harbour->port);
  g_autofree char *request = g_strdup_printf ("GET /api/v1/audit/export HTTP/1.1\r\nHost: x\r\n"
                                              "Authorization: Bearer %s\r\n\r\n",
                                              harbour->token);
  g_assert_true (wire_send (wire, request));
  g_autoptr (WireReply) audit = wire_read (wire);
  g_assert_nonnull (strstr (audit->body->str, "p299"));
  g_assert_null (strstr (audit->body->str, slapd_get (slapd, "password")));
}

static void
test_unchanged (void)
{
  gint64 sequence = get_sequence ();
  g_autoptr (Answer) ended = run ("run", NULL, "done");

  expect_counts (ended,
                 "found",
                 PEOPLE,
                 "create",
                 0,
                 "update",
                 0,
                 "rename",
                 0,
                 "disable",
                 0,
                 "unchanged",
                 PEOPLE,
                 NULL);
  g_assert_cmpint (get_sequence (), ==, sequence);
}

/* Two renamed, five changed, three disabled, four gone, two new; one whose name is taken here. */
static void
change_people (void)
{
  g_autoptr (GString) ldif = g_string_new (NULL);

  for (int i = 10; i < 12; i++)
    g_string_append_printf (ldif,
                            "dn: uid=p%03d,ou=people,dc=example,dc=test\nchangetype: modrdn\n"
                            "newrdn: uid=pn%03d\ndeleteoldrdn: 1\n\n"
                            "dn: uid=pn%03d,ou=people,dc=example,dc=test\nchangetype: modify\n"
                            "replace: mail\nmail: pn%03d@harbour.example\n\n",
                            i,
                            i,
                            i,
                            i);
  for (int i = 20; i < 25; i++)
    g_string_append_printf (ldif,
                            "dn: uid=p%03d,ou=people,dc=example,dc=test\nchangetype: modify\n"
                            "replace: title\ntitle: Captain\n-\nreplace: cn\ncn: New %d\n\n",
                            i,
                            i);
  for (int i = 30; i < 33; i++)
    g_string_append_printf (ldif,
                            "dn: uid=p%03d,ou=people,dc=example,dc=test\nchangetype: modify\n"
                            "replace: employeeType\nemployeeType: off\n\n",
                            i);
  for (int i = 40; i < 44; i++)
    g_string_append_printf (
        ldif, "dn: uid=p%03d,ou=people,dc=example,dc=test\nchangetype: delete\n\n", i);
  slapd_add_person (ldif, "pnew1", "harbour.example", NULL);
  slapd_add_person (ldif, "pnew2", "harbour.example", NULL);
  slapd_add_person (ldif, "taken", "harbour.example", NULL);
  slapd_apply (slapd, ldif->str);
}

static gboolean
is_active (const char *user_name)
{
  g_autoptr (Answer) user = find_user (user_name);

  return json_node_get_boolean (find_node (user, "Resources.0.active"));
}

static void
test_changes (void)
{
  g_autofree char *taken = make_user (harbour, "taken");

  change_people ();
  g_autoptr (Answer) ended = run ("run", NULL, "done");
  expect_counts (ended,
                 "found",
                 PEOPLE - 4 + 3,
                 "create",
                 2,
                 "rename",
                 2,
                 "update",
                 5,
                 "disable",
                 7,
                 "refuse",
                 1,
                 NULL);
  /* The old address still reaches the renamed. */
  g_assert_cmpint (count_hits ("Users", "userName eq \"p010\""), ==, 0);
  g_autoptr (Answer) renamed = find_user ("pn010");
  g_assert_cmpint (count_hits ("Mailboxes", "address eq \"pn010@harbour.example\""), ==, 1);
  g_assert_cmpint (
      count_hits ("Mailboxes", "name eq \"pn010\" and aliases.value eq \"p010@harbour.example\""),
      ==,
      1);
  g_autoptr (Answer) changed = find_user ("p020");
  g_assert_cmpstr (get_text (changed, "Resources.0.title"), ==, "Captain");
  g_assert_cmpstr (get_text (changed, "Resources.0.displayName"), ==, "New 20");
  g_assert_false (is_active ("p030"));
  g_assert_false (is_active ("p040"));
  g_assert_true (is_active ("p044"));
  g_assert_true (is_active ("pnew1"));
  g_autofree char *path = g_strconcat (directory, "/rows?status=refuse", NULL);
  g_autoptr (Answer) rows = ask (harbour, "GET", path, NULL, NULL);
  g_assert_cmpstr (get_text (rows, "rows.0.userName"), ==, "taken");
  g_assert_nonnull (get_text (rows, "rows.0.reason"));
}

/* What the directory does not say any more is cleared here; who was disabled comes back. */
static void
test_back (void)
{
  slapd_apply (slapd,
               "dn: uid=p020,ou=people,dc=example,dc=test\nchangetype: modify\n"
               "delete: title\n\n"
               "dn: uid=taken,ou=people,dc=example,dc=test\nchangetype: delete\n\n"
               "dn: uid=p030,ou=people,dc=example,dc=test\nchangetype: modify\n"
               "delete: employeeType\n");
  g_autoptr (Answer) ended = run ("run", NULL, "done");
  expect_counts (ended, "update", 1, "enable", 1, "refuse", 0, NULL);
  g_assert_true (is_active ("p030"));
  g_assert_cmpint (count_hits ("Users", "userName eq \"p020\" and not (title pr)"), ==, 1);
}

/* A hash that is taken over is the user's password here; one that nobody here can check leaves the
 * password alone. */
static void
test_passwords (void)
{
  g_autoptr (Answer) before = ask (harbour, "GET", directory, NULL, NULL);
  JsonObject *mapped = json_object_get_object_member (before->json, "mapping");

  slapd_apply (slapd,
               "dn: uid=p050,ou=people,dc=example,dc=test\nchangetype: modify\n"
               "replace: userPassword\nuserPassword: {CRYPT}" HASH "\n\n"
               "dn: uid=p051,ou=people,dc=example,dc=test\nchangetype: modify\n"
               "replace: userPassword\nuserPassword: {X-UNKNOWN}abc\n");
  json_object_set_string_member (mapped, "passwordHash", "userPassword");
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), mapped);
  g_autofree char *text = json_to_string (node, FALSE);
  g_autofree char *body = g_strdup_printf ("{\"mapping\":%s}", text);
  g_autoptr (Answer) changed = ask (harbour, "PATCH", directory, body, NULL);
  assert_status (changed, 200);
  g_autoptr (Answer) ended = run ("run", NULL, "done");
  expect_counts (ended, "update", 1, "refuse", 0, NULL);
  g_autoptr (Answer) on = ask_as (harbour,
                                  NULL,
                                  "POST",
                                  "/api/v1/session",
                                  "{\"userName\":\"p050\",\"password\":\"blue harbour\"}",
                                  NULL);
  /* It is right; who has no role may not log on all the same. */
  assert_status (on, 403);
  g_assert_nonnull (strstr (get_text (on, "detail"), "no role"));
  g_autoptr (Answer) wrong = ask_as (harbour,
                                     NULL,
                                     "POST",
                                     "/api/v1/session",
                                     "{\"userName\":\"p050\",\"password\":\"red harbour\"}",
                                     NULL);
  assert_status (wrong, 401);
  g_autofree char *path = g_strconcat (directory, "/rows?count=1000", NULL);
  g_autoptr (Answer) rows = ask (harbour, "GET", path, NULL, NULL);
  g_assert_nonnull (strstr (rows->reply->body->str, "p051"));
  g_assert_null (strstr (rows->reply->body->str, "$6$"));
  g_assert_null (strstr (rows->reply->body->str, "X-UNKNOWN}"));
  /* Nothing to do the next time. */
  g_autoptr (Answer) again = run ("run", NULL, "done");
  expect_counts (again, "update", 0, NULL);
}

static void
test_stopped (void)
{
  g_autofree char *picture = take_picture ();

  slapd_stop (slapd);
  g_autoptr (Answer) ended = run ("run", NULL, "failed");
  expect_reason (ended, "cannot be reached");
  slapd_start (slapd);
  g_autofree char *after = take_picture ();
  g_assert_cmpstr (picture, ==, after);
}

/* Somebody else's account is used, which sees only some: the size limit is an error, and so is a
 * base where there is nobody. */
static void
test_incomplete (void)
{
  g_autofree char *picture = take_picture ();
  g_autoptr (Answer) emptied
             = ask (harbour, "PATCH", directory, "{\"filter\":\"(&(uid=nobody)(mail=*))\"}", NULL);
  assert_status (emptied, 200);
  g_autoptr (Answer) ended = run ("run", "{\"force\":true}", "failed");
  g_autofree char *body = g_strdup_printf ("{\"filter\":\"(mail=*)\",\"bindDn\":\"%s\"}",
                                           slapd_get (slapd, "limitedDn"));
  g_autoptr (Answer) limited = ask (harbour, "PATCH", directory, body, NULL);
  assert_status (limited, 200);
  g_autoptr (Answer) cut = run ("run", "{\"force\":true}", "failed");
  expect_reason (cut, "size limit");
  g_autofree char *back = g_strdup_printf ("{\"bindDn\":\"%s\"}", slapd_get (slapd, "bindDn"));
  g_autoptr (Answer) restored = ask (harbour, "PATCH", directory, back, NULL);
  assert_status (restored, 200);
  g_autofree char *after = take_picture ();
  g_assert_cmpstr (picture, ==, after);
}

static void
test_wiped (void)
{
  g_autoptr (GString) ldif = g_string_new (NULL);
  g_autofree char *picture = take_picture ();

  for (int i = 100; i < PEOPLE; i++)
    g_string_append_printf (
        ldif, "dn: uid=p%03d,ou=people,dc=example,dc=test\nchangetype: delete\n\n", i);
  slapd_apply (slapd, ldif->str);
  g_autoptr (Answer) refused = run ("run", NULL, "refused");
  expect_reason (refused, "200 of ");
  expect_reason (refused, "10");
  g_autofree char *after = take_picture ();
  g_assert_cmpstr (picture, ==, after);

  g_autoptr (Answer) forced = run ("run", "{\"force\":true}", "done");
  expect_counts (forced, "disable", 200, NULL);
  g_assert_true (json_node_get_boolean (find_node (forced, "last.forced")));
  g_assert_false (is_active ("p150"));
}

static void
test_undo (void)
{
  g_autofree char *path = g_strconcat (directory, "/undo", NULL);
  g_autoptr (Answer) rehearsed = ask (harbour, "POST", path, "{\"dryRun\":true}", NULL);
  assert_status (rehearsed, 200);
  g_assert_false (is_active ("p150"));
  g_autoptr (Answer) undone = ask (harbour, "POST", path, NULL, NULL);
  assert_status (undone, 200);
  g_assert_cmpint (get_number (undone, "undone"), ==, 200);
  g_assert_true (is_active ("p150"));
  g_assert_cmpint (count_hits ("Users", "userName sw \"p1\" and active eq true"), ==, 100);
  g_autoptr (Answer) again = ask (harbour, "POST", path, NULL, NULL);
  assert_status (again, 409);
}

/* With another server its password is gone, and has to be said again. */
static void
test_moved (void)
{
  g_autofree char *body
      = g_strdup_printf ("{\"server\":\"%s\",\"startTls\":true}", slapd_get (slapd, "ldap"));
  g_autoptr (Answer) moved = ask (harbour, "PATCH", directory, body, NULL);

  if (moved->status == 200)
    g_assert_false (json_object_get_boolean_member (moved->json, "hasPassword"));
  else
    g_assert_cmpstr (get_text (moved, "path"), ==, "password");
  g_autofree char *whole
      = g_strdup_printf ("{\"server\":\"%s\",\"startTls\":true,\"password\":\"%s\"}",
                         slapd_get (slapd, "ldap"),
                         slapd_get (slapd, "password"));
  g_autoptr (Answer) said = ask (harbour, "PATCH", directory, whole, NULL);
  assert_status (said, 200);
  g_assert_true (json_object_get_boolean_member (said->json, "hasPassword"));
  g_autoptr (Answer) ended = run ("rehearse", NULL, "refused");
}

static void
test_delete (void)
{
  g_autoptr (Answer) deleted = ask (harbour, "DELETE", directory, NULL, NULL);
  assert_status (deleted, 204);
  g_assert_nonnull (wire_reply_get (deleted->reply, "x-mailstead-change"));
  g_autoptr (Answer) gone = ask (harbour, "GET", directory, NULL, NULL);
  assert_status (gone, 404);
  g_assert_cmpint (count_hits ("Users", "userName sw \"p0\""), ==, 98);
}

/* Auditors look; nobody else does, and a token that only reads starts nothing. */
static void
test_rights (void)
{
  g_autoptr (Answer) made = ask (
      harbour, "POST", "/api/v1/tokens", "{\"name\":\"eyes\",\"scope\":\"read\"}", NULL);
  assert_status (made, 201);
  const char      *token = get_text (made, "token");
  g_autofree char *path = g_strconcat (directory, "/run", NULL);
  g_autoptr (Answer) looked = ask_as (harbour, token, "GET", directory, NULL, NULL);
  assert_status (looked, 200);
  g_autoptr (Answer) started = ask_as (harbour, token, "POST", path, NULL, NULL);
  assert_status (started, 403);
  g_autoptr (Answer) stranger = ask_as (harbour, NULL, "GET", directory, NULL, NULL);
  assert_status (stranger, 401);
}

/* How it is set up stays with those who may read it, by whatever way. */
static void
test_delegate (void)
{
  static const char body[] = "{\"userName\":\"deputy\",\"password\":\"Xy7-kkLw-22\"}";
  g_autofree char  *whole = from_single_quotes (
      "{'userName':'deputy','password':'Xy7-kkLw-22','" MS_URN_EXT_USER "':{'role':'delegate'}}");
  g_autofree char *id = make_object (harbour, "/scim/v2/Users", whole);
  g_autoptr (Answer) session = ask_as (
      harbour, NULL, "POST", "/api/v1/session", body, "X-Mailstead-Channel: console\r\n");
  assert_status (session, 201);
  const char      *token = get_text (session, "token");
  const char      *object = strrchr (directory, '/') + 1;
  g_autofree char *list = g_strconcat ("/api/v1/changes?object=", object, NULL);
  g_autofree char *history = g_strconcat ("/api/v1/history/", object, NULL);
  g_autoptr (Answer) changes = ask (harbour, "GET", list, NULL, NULL);
  g_autofree char  *change = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT,
                                             get_number (changes, "changeSets.0.sequence"));
  const char *const paths[] = { list, change, history, directory };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (Answer) own = ask (harbour, "GET", paths[i], NULL, NULL);
      g_autoptr (Answer) deputy = ask_as (harbour, token, "GET", paths[i], NULL, NULL);
      assert_status (own, 200);
      assert_status (deputy, paths[i] == directory ? 403 : 200);
      g_assert_true (i == 0 || strstr (own->reply->body->str, "ldap") != NULL);
      g_assert_null (strstr (deputy->reply->body->str, "ldap"));
      g_assert_null (strstr (deputy->reply->body->str, "bindDn"));
    }

  const char *const listeners[] = { harbour->token, token };
  Wire             *wires[2];
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *request = g_strdup_printf (
          "GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n",
          listeners[i]);
      wires[i] = wire_open (harbour->port);
      g_assert_true (wire_send (wires[i], request));
      g_autoptr (WireReply) begun = wire_read_start (wires[i]);
      g_assert_cmpuint (begun->status, ==, 200);
    }
  g_autoptr (Answer) ended = run ("rehearse", NULL, "done");
  g_autofree char *heard = wire_read_until (wires[0], "\"result\":\"done\"", 20);
  g_assert_nonnull (heard);
  g_autofree char *gone = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) deleted = ask (harbour, "DELETE", gone, NULL, NULL);
  assert_status (deleted, 204);
  g_autofree char *other = wire_read_until (wires[1], "event: change", 20);
  g_assert_nonnull (other);
  g_assert_null (strstr (other, "event: directory"));
  for (guint i = 0; i < 2; i++)
    wire_close (wires[i]);
}

/* A directory that takes connections and says nothing ------------------------------------------ */

typedef struct
{
  GSocketListener *listener;
  char            *body;
} Silence;

static void
silence_init (Silence *self)
{
  g_autoptr (GError) error = NULL;

  self->listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (self->listener, NULL, &error);
  g_assert_no_error (error);
  self->body = g_strdup_printf ("{\"name\":\"silent\",\"kind\":\"openldap\",\"base\":\"dc=x\","
                                "\"server\":\"ldaps://127.0.0.1:%u\",\"timeout\":600}",
                                port);
}

static void
silence_clear (Silence *self)
{
  g_object_unref (self->listener);
  g_free (self->body);
}

/* Until somebody has connected. (transfer full) */
static GSocketConnection *
silence_accept (Silence *self)
{
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection = g_socket_listener_accept (self->listener, NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

static Wire *
begin_trial (Harbour *h, const Silence *silence)
{
  Wire            *wire = wire_open (h->port);
  g_autofree char *request = g_strdup_printf ("POST " DIRECTORIES "/try HTTP/1.1\r\nHost: x\r\n"
                                              "Authorization: Bearer %s\r\n"
                                              "Content-Type: application/json\r\n"
                                              "Content-Length: %zu\r\n\r\n%s",
                                              h->token,
                                              strlen (silence->body),
                                              silence->body);
  g_assert_true (wire_send (wire, request));
  return wire;
}

/* As a trial reads, but for the seconds that it would wait. */
static gboolean
read_patiently (const MsDirectoryServer *server,
                const MsDirectorySearch *search,
                MsDirectoryEntryFunc     func,
                gpointer                 user_data,
                GCancellable            *cancellable,
                GError                 **error)
{
  MsDirectorySearch whole = *search;

  whole.limit = 0;
  g_assert_cmpuint (server->timeout, ==, 600);
  return ms_directory_read (server, &whole, func, user_data, cancellable, error);
}

/* Trials hold up neither each other, nor an exchange of the tables, nor the end of the server. */
static void
test_silent_trials (void)
{
  Harbour *own = harbour_new (NULL);
  Silence  silence;

  silence_init (&silence);
  ms_service_set_directory_read (own->service, read_patiently);
  g_autoptr (Wire) one = begin_trial (own, &silence);
  g_autoptr (Wire) two = begin_trial (own, &silence);
  g_autoptr (GSocketConnection) first = silence_accept (&silence);
  g_autoptr (GSocketConnection) second = silence_accept (&silence);
  g_autoptr (Answer) third = ask (own, "POST", DIRECTORIES "/try", silence.body, NULL);
  assert_status (third, 503);
  g_assert_nonnull (strstr (get_text (third, "detail"), "being tried"));
  g_autoptr (Answer) schema = ask (own,
                                   "POST",
                                   "/api/v1/schemas",
                                   "{\"name\":\"lean\",\"file\":{\"schemas\":[{\"id\":"
                                   "\"urn:example:lean\",\"name\":\"Lean\",\"attributes\":["
                                   "{\"name\":\"tag\",\"label\":true}]}],\"resourceTypes\":["
                                   "{\"name\":\"Lean\",\"endpoint\":\"/Leans\",\"schema\":"
                                   "\"urn:example:lean\"}]}}",
                                   NULL);
  assert_status (schema, 201);
  /* It would wait for longer than this test may take, were they not told. */
  ms_server_stop (own->server, 1);
  harbour_free (own);
  silence_clear (&silence);
}

/* A run that waits is ended at once, and nothing came of it. */
static void
test_silent_run (void)
{
  Silence silence;

  silence_init (&silence);
  g_autoptr (Answer) made = ask (harbour, "POST", DIRECTORIES, silence.body, NULL);
  assert_status (made, 201);
  g_free (directory);
  directory = g_strconcat (DIRECTORIES "/", get_text (made, "id"), NULL);
  g_autofree char *start = g_strconcat (directory, "/run", NULL);
  g_autofree char *cancel = g_strconcat (directory, "/cancel", NULL);
  g_autoptr (Answer) started = ask (harbour, "POST", start, NULL, NULL);
  assert_status (started, 202);
  g_autoptr (GSocketConnection) connection = silence_accept (&silence);
  g_autoptr (Answer) again = ask (harbour, "POST", start, NULL, NULL);
  assert_status (again, 409);
  g_autoptr (Answer) changed = ask (harbour, "PATCH", directory, "{\"timeout\":5}", NULL);
  assert_status (changed, 409);
  g_autoptr (Answer) cancelled = ask (harbour, "POST", cancel, NULL, NULL);
  assert_status (cancelled, 202);
  g_autoptr (Answer) ended = wait_for_end ();
  g_assert_cmpstr (get_text (ended, "last.result"), ==, "cancelled");
  g_autoptr (Answer) idle = ask (harbour, "POST", cancel, NULL, NULL);
  assert_status (idle, 409);
  silence_clear (&silence);
}

int
main (int argc, char **argv)
{
  g_autoptr (GString) ldif = g_string_new (NULL);

  g_test_init (&argc, &argv, NULL);
  slapd = slapd_new ("--sizelimit 100");
  for (int i = 0; i < PEOPLE; i++)
    {
      g_autofree char *uid = g_strdup_printf ("p%03d", i);
      slapd_add_person (ldif, uid, "harbour.example", NULL);
    }
  slapd_apply (slapd, ldif->str);
  harbour = harbour_new (NULL);
  g_test_add_func ("/directories/create", test_create);
  g_test_add_func ("/directories/rights", test_rights);
  g_test_add_func ("/directories/delegate", test_delegate);
  g_test_add_func ("/directories/try", test_try);
  g_test_add_func ("/directories/rehearse", test_rehearse);
  g_test_add_func ("/directories/run", test_run);
  g_test_add_func ("/directories/unchanged", test_unchanged);
  g_test_add_func ("/directories/changes", test_changes);
  g_test_add_func ("/directories/back", test_back);
  g_test_add_func ("/directories/passwords", test_passwords);
  g_test_add_func ("/directories/stopped", test_stopped);
  g_test_add_func ("/directories/incomplete", test_incomplete);
  g_test_add_func ("/directories/wiped", test_wiped);
  g_test_add_func ("/directories/undo", test_undo);
  g_test_add_func ("/directories/moved", test_moved);
  g_test_add_func ("/directories/delete", test_delete);
  g_test_add_func ("/directories/silent-run", test_silent_run);
  g_test_add_func ("/directories/silent-trials", test_silent_trials);
  int status = g_test_run ();
  g_free (directory);
  harbour_free (harbour);
  slapd_free (slapd);
  return status;
}
