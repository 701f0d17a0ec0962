/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The calls beside SCIM (docs/api.md): session, tokens, server, accounts, actions, changes, events,
 * imports, export, ranges; each with what makes it work and what it refuses.
 */
#include "harbour.h"
#include "ms-http.h"
#include "ms-service-private.h"
#include "ms-schema.h"
#include <string.h>

static Harbour *shared;

/* Session ------------------------------------------------------------------------------------- */

static Answer *
log_on (Harbour *harbour, const char *user, const char *password)
{
  g_autofree char *body
      = g_strdup_printf ("{\"userName\":\"%s\",\"password\":\"%s\"}", user, password);
  return ask_as (harbour, NULL, "POST", "/api/v1/session", body, NULL);
}

static void
test_session (void)
{
  g_autoptr (Answer) on = log_on (shared, "admin", shared->password);

  assert_status (on, 201);
  g_assert_cmpstr (get_text (on, "user.userName"), ==, "admin");
  g_assert_cmpstr (get_text (on, "user.role"), ==, "administrator");
  g_assert_cmpstr (get_text (on, "user.displayName"), ==, "Administrator");
  g_assert_cmpstr (
      get_text (on, "server.certificate.fingerprint"), ==, shared->certificate->fingerprint);
  g_assert_cmpstr (get_text (on, "server.primaryDomain"), ==, "harbour.example");
  g_autofree char *token = g_strdup (get_text (on, "token"));
  g_assert_nonnull (find_node (on, "expires"));
  g_assert_false (json_node_get_boolean (find_node (on, "mustChangePassword")));

  g_autoptr (Answer) now = ask_as (shared, token, "GET", "/api/v1/session", NULL, NULL);
  assert_status (now, 200);
  g_assert_null (find_node (now, "token"));
  g_assert_cmpstr (get_text (now, "user.id"), ==, get_text (on, "user.id"));
  g_assert_cmpint (get_number (now, "server.counts.Domain"), ==, 1);
  g_autoptr (Answer) off = ask_as (shared, token, "DELETE", "/api/v1/session", NULL, NULL);
  assert_status (off, 204);
  /* One that has ended and one that never was look the same, and neither is told as the other. */
  g_autoptr (Answer) after = ask_as (shared, token, "GET", "/api/v1/session", NULL, NULL);
  assert_status (after, 401);
  g_autoptr (Answer) never = ask_as (shared, "never-was", "GET", "/scim/v2/Users", NULL, NULL);
  assert_status (never, 401);
  g_assert_cmpstr (
      get_text (after, "detail"), ==, "This token is not known here, or has ended; log on again");
  g_assert_cmpstr (get_text (never, "detail"), ==, get_text (after, "detail"));
}

static void
test_session_refused (void)
{
  static const struct
  {
    const char *body;
    guint       status;
    const char *path;
  } rows[] = {
    { "{}", 400, "userName" },
    { "{\"userName\":\"admin\"}", 400, "password" },
    { "{\"userName\":5,\"password\":\"x\"}", 400, "userName" },
    { "[]", 400, NULL },
    { "{\"userName\":\"nobody\",\"password\":\"x\"}", 401, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Answer) answer
                 = ask_as (shared, NULL, "POST", "/api/v1/session", rows[i].body, NULL);
      assert_status (answer, rows[i].status);
      g_assert_cmpstr (rows[i].path != NULL ? get_text (answer, "path") : NULL, ==, rows[i].path);
    }
  /* Whoever is not known sends little. */
  g_autofree char *filler = g_strnfill (20000, 'x');
  g_autoptr (Answer) large = log_on (shared, filler, "x");
  assert_status (large, 413);
}

static void
test_back_off (void)
{
  g_autoptr (Harbour) harbour = harbour_new (NULL);
  guint status = 401;

  for (int i = 0; i < 10 && status == 401; i++)
    {
      g_autoptr (Answer) answer = log_on (harbour, "admin", "wrong");
      status = answer->status;
      if (status != 429)
        continue;
      const char *wait = wire_reply_get (answer->reply, "retry-after");
      g_assert_cmpint (g_ascii_strtoll (wait, NULL, 10), >, 0);
      g_assert_cmpstr (get_text (answer, "status"), ==, "429");
    }
  g_assert_cmpuint (status, ==, 429);
  /* Not even the right one, until the wait is over; and others are not held up. */
  g_autoptr (Answer) right = log_on (harbour, "admin", harbour->password);
  assert_status (right, 429);
  g_autoptr (Answer) other = log_on (harbour, "somebody", "else");
  assert_status (other, 401);
}

static void
test_ended_by_disable (void)
{
  g_autofree char *id = make_object (shared,
                                     "/scim/v2/Users",
                                     "{\"userName\":\"auditor\",\"password\":\"Correct-horse-7\","
                                     "\"" MS_URN_EXT_USER "\":{\"role\":\"auditor\"}}");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) on = log_on (shared, "auditor", "Correct-horse-7");
  assert_status (on, 201);
  g_autofree char *token = g_strdup (get_text (on, "token"));
  g_autoptr (Answer) read = ask_as (shared, token, "GET", "/scim/v2/Users", NULL, NULL);
  assert_status (read, 200);
  g_autoptr (Answer) write
             = ask_as (shared, token, "POST", "/scim/v2/Users", "{\"userName\":\"x\"}", NULL);
  assert_status (write, 403);
  g_autoptr (Answer) disabled
             = ask (shared,
                    "PATCH",
                    path,
                    "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],"
                    "\"Operations\":[{\"op\":\"replace\",\"path\":\"active\",\"value\":false}]}",
                    NULL);
  assert_status (disabled, 200);
  g_autoptr (Answer) after = ask_as (shared, token, "GET", "/scim/v2/Users", NULL, NULL);
  assert_status (after, 401);
}

/* Tokens -------------------------------------------------------------------------------------- */

static char *
make_token (const char *scope)
{
  g_autofree char *body = g_strdup_printf ("{\"name\":\"for %s\",\"scope\":\"%s\"}", scope, scope);
  g_autoptr (Answer) answer = ask (shared, "POST", "/api/v1/tokens", body, NULL);

  assert_status (answer, 201);
  g_assert_cmpstr (get_text (answer, "scope"), ==, scope);
  return g_strdup (get_text (answer, "token"));
}

/* An API token is refused while its user is not active, and good again afterwards; a session is
 * over. docs/scim.md says so. */
static void
test_token_of_disabled (void)
{
#define SET_ACTIVE(value)                                                                          \
  "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],"                              \
  "\"Operations\":[{\"op\":\"replace\",\"path\":\"active\",\"value\":" value "}]}"
  g_autofree char *id
      = make_object (shared,
                     "/scim/v2/Users",
                     "{\"userName\":\"token.owner\",\"password\":\"Correct-horse-7\","
                     "\"" MS_URN_EXT_USER "\":{\"role\":\"administrator\"}}");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) on = log_on (shared, "token.owner", "Correct-horse-7");
  assert_status (on, 201);
  g_autofree char *session = g_strdup (get_text (on, "token"));
  g_autoptr (Answer) made = ask_as (
      shared, session, "POST", "/api/v1/tokens", "{\"name\":\"own\",\"scope\":\"scim\"}", NULL);
  assert_status (made, 201);
  g_autofree char *token = g_strdup (get_text (made, "token"));

  g_autoptr (Answer) disabled = ask (shared, "PATCH", path, SET_ACTIVE ("false"), NULL);
  assert_status (disabled, 200);
  g_autoptr (Answer) refused = ask_as (shared, token, "GET", "/scim/v2/Users", NULL, NULL);
  assert_status (refused, 401);
  g_autoptr (Answer) enabled = ask (shared, "PATCH", path, SET_ACTIVE ("true"), NULL);
  assert_status (enabled, 200);
  g_autoptr (Answer) again = ask_as (shared, token, "GET", "/scim/v2/Users", NULL, NULL);
  assert_status (again, 200);
  g_autoptr (Answer) over = ask_as (shared, session, "GET", "/scim/v2/Users", NULL, NULL);
  assert_status (over, 401);
#undef SET_ACTIVE
}

static void
test_token_scopes (void)
{
  g_autofree char *all = make_token ("all");
  g_autofree char *scim = make_token ("scim");
  g_autofree char *read = make_token ("read");
  const struct
  {
    const char *token;
    const char *method;
    const char *path;
    guint       status;
  } rows[] = {
    { all, "GET", "/api/v1/changes", 200 },      { scim, "GET", "/scim/v2/Users", 200 },
    { scim, "GET", "/api/v1/changes", 403 },     { scim, "POST", "/api/v1/imports", 403 },
    { scim, "GET", "/api/v1/server", 403 },      { read, "GET", "/scim/v2/Users", 200 },
    { read, "GET", "/api/v1/changes", 200 },     { read, "POST", "/scim/v2/Users", 403 },
    { read, "DELETE", "/scim/v2/Users/x", 403 }, { read, "POST", "/api/v1/actions", 403 },
    { read, "POST", "/api/v1/accounts", 403 },   { read, "POST", "/api/v1/tokens", 403 },
    { read, "POST", "/api/v1/imports", 403 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *body = rows[i].method[0] != 'P' ? NULL
                         : strstr (rows[i].path, "actions") != NULL
                             ? "{\"verb\":\"enable\",\"ids\":[\"x\"]}"
                             : "{\"user\":{\"userName\":\"x\"}}";
      g_autoptr (Answer) answer
                 = ask_as (shared, rows[i].token, rows[i].method, rows[i].path, body, NULL);
      g_test_message ("%s %s", rows[i].method, rows[i].path);
      assert_status (answer, rows[i].status);
    }
}

static void
test_token_life (void)
{
  g_autofree char *token = make_token ("scim");
  g_autoptr (Answer) list = ask (shared, "GET", "/api/v1/tokens", NULL, NULL);
  JsonArray  *tokens = json_object_get_array_member (list->json, "tokens");
  const char *id = NULL;

  g_assert_null (strstr (list->reply->body->str, token));
  for (guint i = 0; i < json_array_get_length (tokens); i++)
    id = json_object_get_string_member (json_array_get_object_element (tokens, i), "id");
  g_assert_nonnull (id);
  g_autofree char *last = NULL;
  for (guint i = 0; i < json_array_get_length (tokens); i++)
    {
      g_autofree char *path = g_strconcat (
          "/api/v1/tokens/",
          json_object_get_string_member (json_array_get_object_element (tokens, i), "id"),
          NULL);
      g_autoptr (Answer) gone = ask (shared, "DELETE", path, NULL, NULL);
      assert_status (gone, 204);
      g_free (g_steal_pointer (&last));
      last = g_strdup (path);
    }
  g_autoptr (Answer) again = ask (shared, "DELETE", last, NULL, NULL);
  assert_status (again, 404);
  g_autoptr (Answer) after = ask_as (shared, token, "GET", "/scim/v2/Users", NULL, NULL);
  assert_status (after, 401);

  /* Called what it is called from then on, and not what was typed. */
  g_autoptr (Answer) named
             = ask (shared, "POST", "/api/v1/tokens", "{\"name\":\"  An\u00a0idp \"}", NULL);
  assert_status (named, 201);
  g_assert_cmpstr (get_text (named, "name"), ==, "An idp");

  static const char *const bad[] = {
    "{\"scope\":\"scim\"}",
    "{\"name\":\"x\",\"scope\":\"everything\"}",
    "{\"name\":\"x\",\"scope\":\"scim\",\"expires\":\"soon\"}",
    "{\"name\":\"x\",\"scope\":\"scim\",\"expires\":\"2001-01-01T00:00:00Z\"}",
    "{\"name\":7}",
    "{\"name\":\"x\",\"scope\":7}",
    "{\"name\":\"x\",\"expires\":[]}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (Answer) answer = ask (shared, "POST", "/api/v1/tokens", bad[i], NULL);
      g_test_message ("%s", bad[i]);
      assert_status (answer, 400);
    }
}

/* Channel and reason -------------------------------------------------------------------------- */

static void
test_channel (void)
{
  g_autoptr (Answer) made
             = ask (shared,
                    "POST",
                    "/scim/v2/Users",
                    "{\"userName\":\"channel\"}",
                    "X-Mailstead-Channel: console\r\nX-Mailstead-Reason: Größe zählt\r\n");
  assert_status (made, 201);
  g_autofree char *path
      = g_strconcat ("/api/v1/changes/", wire_reply_get (made->reply, "x-mailstead-change"), NULL);
  g_autoptr (Answer) change = ask (shared, "GET", path, NULL, NULL);
  g_assert_cmpstr (get_text (change, "channel"), ==, "console");
  g_assert_cmpstr (get_text (change, "reason"), ==, "Größe zählt");
  g_assert_cmpstr (get_text (change, "actor.name"), ==, "admin");

  g_autofree char *filler = g_strnfill (600, 'x');
  g_autofree char *too_long = g_strdup_printf ("X-Mailstead-Reason: %s\r\n", filler);
  const char      *bad[]
      = { "X-Mailstead-Channel: system\r\n", "X-Mailstead-Reason: M\xfcller\r\n", too_long };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (Answer) answer = ask (shared, "GET", "/scim/v2/Users", NULL, bad[i]);
      assert_status (answer, 400);
    }
}

/* Accounts, actions, changes ------------------------------------------------------------------ */

static void
test_accounts (void)
{
  g_autoptr (Answer) proposed = ask (shared, "GET", "/api/v1/propose?name=John%20Doe", NULL, NULL);
  assert_status (proposed, 200);
  g_assert_cmpstr (get_text (proposed, "displayName"), ==, "John Doe");
  g_autofree char *body = g_strdup_printf ("{\"user\":{\"userName\":\"%s\",\"displayName\":\"John "
                                           "Doe\"},\"mailbox\":{},\"generatePassword\":true}",
                                           get_text (proposed, "userName"));
  g_autoptr (Answer) made = ask (shared, "POST", "/api/v1/accounts", body, NULL);
  assert_status (made, 201);
  g_assert_cmpuint (strlen (get_text (made, "password")), >, 10);
  g_assert_cmpstr (get_text (made, "user.displayName"), ==, "John Doe");
  g_assert_true (g_str_has_suffix (get_text (made, "mailbox.address"), "@harbour.example"));
  g_assert_cmpint (get_number (made, "changeSet"), >, 0);
  /* Nothing is made unless all is. */
  g_autoptr (Answer) refused = ask (shared,
                                    "POST",
                                    "/api/v1/accounts",
                                    "{\"user\":{\"userName\":\"half\"},\"mailbox\":{\"name\":"
                                    "\"half\",\"domain\":\"nowhere.example\"}}",
                                    NULL);
  assert_status (refused, 400);
  g_assert_true (g_str_has_prefix (get_text (refused, "path"), "mailbox."));
  g_autoptr (Answer) none
             = ask (shared, "GET", "/scim/v2/Users?filter=userName%20eq%20%22half%22", NULL, NULL);
  g_assert_cmpint (get_number (none, "totalResults"), ==, 0);
  g_autoptr (Answer) without = ask (shared, "GET", "/api/v1/propose", NULL, NULL);
  assert_status (without, 400);
  g_assert_cmpstr (get_text (without, "path"), ==, "name");
}

static void
test_actions_and_undo (void)
{
  g_autofree char *group
      = make_object (shared, "/scim/v2/MailGroups", "{\"name\":\"Quays\",\"quota\":1000000}");
  g_autofree char *one = make_object (shared, "/scim/v2/Mailboxes", "{\"name\":\"quay.one\"}");
  g_autofree char *two = make_object (shared, "/scim/v2/Mailboxes", "{\"name\":\"quay.two\"}");
  g_autofree char *dry = g_strdup_printf (
      "{\"verb\":\"move\",\"ids\":[\"%s\",\"%s\"],\"to\":\"%s\",\"dryRun\":true}", one, two, group);
  g_autofree char *move = g_strdup_printf (
      "{\"verb\":\"move\",\"ids\":[\"%s\",\"%s\"],\"to\":\"%s\"}", one, two, group);
  g_autofree char *path = g_strconcat ("/scim/v2/Mailboxes/", one, NULL);

  g_autoptr (Answer) rehearsed = ask (shared, "POST", "/api/v1/actions", dry, NULL);
  assert_status (rehearsed, 200);
  g_assert_cmpint (get_number (rehearsed, "changed"), ==, 2);
  g_assert_true (JSON_NODE_HOLDS_NULL (find_node (rehearsed, "changeSet")));
  g_autoptr (Answer) moved = ask (shared, "POST", "/api/v1/actions", move, NULL);
  assert_status (moved, 200);
  gint64 sequence = get_number (moved, "changeSet");
  g_autoptr (Answer) box = ask (shared, "GET", path, NULL, NULL);
  g_assert_cmpstr (get_text (box, "group.value"), ==, group);
  g_assert_cmpint (get_number (box, "effectiveQuota"), ==, 1000000);
  /* Where it already is: nothing. */
  g_autoptr (Answer) again = ask (shared, "POST", "/api/v1/actions", move, NULL);
  assert_status (again, 200);
  g_assert_cmpint (get_number (again, "unchanged"), ==, 2);

  g_autofree char *undo = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT "/undo", sequence);
  g_autoptr (Answer) undone = ask (shared, "POST", undo, NULL, NULL);
  assert_status (undone, 200);
  g_assert_cmpint (get_number (undone, "undone"), ==, 2);
  g_autoptr (Answer) back = ask (shared, "GET", path, NULL, NULL);
  g_assert_null (find_node (back, "group"));
  g_autoptr (Answer) twice = ask (shared, "POST", undo, NULL, NULL);
  assert_status (twice, 409);

  /* All or nothing, and it says which. */
  g_autofree char *bad
      = g_strdup_printf ("{\"verb\":\"move\",\"ids\":[\"%s\"],\"to\":\"%s\"}", group, group);
  g_autoptr (Answer) refused = ask (shared, "POST", "/api/v1/actions", bad, NULL);
  assert_status (refused, 409);
  g_assert_cmpstr (get_text (refused, "refused.0.id"), ==, group);
  g_assert_cmpstr (get_text (refused, "status"), ==, "409");
  g_autoptr (Answer) unknown = ask (
      shared, "POST", "/api/v1/actions", "{\"verb\":\"paint\",\"ids\":[\"x\"]}", NULL);
  assert_status (unknown, 400);
}

static void
test_changes (void)
{
  g_autofree char *before = make_user (shared, "history.before");
  g_autofree char *more = make_user (shared, "history.more");
  g_autofree char *id = make_user (shared, "history");
  g_autofree char *path = g_strdup_printf ("/api/v1/changes?object=%s", id);
  g_autoptr (Answer) list = ask (shared, "GET", path, NULL, NULL);

  assert_status (list, 200);
  g_assert_cmpstr (get_text (list, "changeSets.0.verb"), ==, "create");
  g_assert_cmpstr (get_text (list, "changeSets.0.first.label"), ==, "history");
  g_assert_null (find_node (list, "changeSets.1"));
  g_autoptr (Answer) few = ask (shared, "GET", "/api/v1/changes?count=2", NULL, NULL);
  g_assert_nonnull (find_node (few, "changeSets.1"));
  g_assert_null (find_node (few, "changeSets.2"));
  g_autofree char *older = g_strdup_printf ("/api/v1/changes?before=%" G_GINT64_FORMAT,
                                            get_number (few, "changeSets.1.sequence"));
  g_autoptr (Answer) rest = ask (shared, "GET", older, NULL, NULL);
  g_assert_cmpint (
      get_number (rest, "changeSets.0.sequence"), <, get_number (few, "changeSets.1.sequence"));

  static const struct
  {
    const char *method;
    const char *path;
    guint       status;
  } rows[] = {
    { "GET", "/api/v1/changes/999999999", 404 },  { "GET", "/api/v1/changes/abc", 404 },
    { "GET", "/api/v1/changes/-1", 404 },         { "POST", "/api/v1/changes/999999999/undo", 404 },
    { "GET", "/api/v1/changes?before=abc", 400 }, { "GET", "/api/v1/changes?count=x", 400 },
    { "DELETE", "/api/v1/changes/1", 405 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Answer) answer = ask (shared, rows[i].method, rows[i].path, NULL, NULL);
      g_test_message ("%s", rows[i].path);
      assert_status (answer, rows[i].status);
    }
}

/* Ranges, position, export -------------------------------------------------------------------- */

static void
test_ranges (void)
{
  g_autoptr (Harbour) harbour = harbour_new (NULL);
  g_autofree char *beth = make_user (harbour, "beth");
  g_autofree char *aaron = make_user (harbour, "aaron");
  g_autofree char *zoe = make_user (harbour, "zoe");
  g_autoptr (Answer) ranges
             = ask (harbour, "GET", "/api/v1/ranges?type=User&step=2&sortBy=userName", NULL, NULL);

  assert_status (ranges, 200);
  g_assert_cmpint (get_number (ranges, "total"), ==, 4);
  g_assert_cmpstr (get_text (ranges, "ranges.0.from"), ==, "aaron");
  g_assert_cmpint (get_number (ranges, "ranges.1.start"), ==, 2);
  g_assert_null (find_node (ranges, "ranges.2"));
  g_autofree char *path
      = g_strdup_printf ("/api/v1/position?type=User&sortBy=userName&id=%s", beth);
  g_autoptr (Answer) position = ask (harbour, "GET", path, NULL, NULL);
  g_assert_cmpint (get_number (position, "position"), ==, 2);
  g_autoptr (Answer) nowhere
             = ask (harbour, "GET", "/api/v1/position?type=User&id=none", NULL, NULL);
  g_assert_cmpint (get_number (nowhere, "position"), ==, -1);
  static const char *const bad[] = {
    "/api/v1/ranges",
    "/api/v1/ranges?type=Nope",
    "/api/v1/ranges?type=Guest",
    "/api/v1/ranges?type=User&step=x",
    "/api/v1/position?type=User",
    "/api/v1/position?type=User&id=x&sortBy=colour",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (Answer) answer = ask (harbour, "GET", bad[i], NULL, NULL);
      g_test_message ("%s", bad[i]);
      assert_status (answer, 400);
    }
}

static void
test_export (void)
{
  g_autoptr (Answer) all = ask (shared, "GET", "/api/v1/export?type=User", NULL, NULL);

  assert_status (all, 200);
  g_assert_cmpstr (wire_reply_get (all->reply, "content-type"), ==, "text/csv; charset=utf-8");
  g_assert_false (all->reply->cut);
  g_assert_nonnull (strstr (all->reply->body->str, "admin"));
  g_autoptr (Answer) some = ask (
      shared, "GET", "/api/v1/export?type=User&filter=userName%20eq%20%22nobody%22", NULL, NULL);
  assert_status (some, 200);
  g_assert_null (strstr (some->reply->body->str, "admin"));
  static const char *const bad[] = { "/api/v1/export?type=Guest",
                                     "/api/v1/export?type=User&filter=x",
                                     "/api/v1/export?filter=(" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (Answer) answer = ask (shared, "GET", bad[i], NULL, NULL);
      g_test_message ("%s", bad[i]);
      assert_status (answer, 400);
    }
}

/* Imports ------------------------------------------------------------------------------------- */

static Answer *
wait_for_import (const char *id)
{
  g_autofree char *path = g_strconcat ("/api/v1/imports/", id, NULL);
  gint64           deadline = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  for (;;)
    {
      Answer *answer = ask (shared, "GET", path, NULL, NULL);
      assert_status (answer, 200);
      const char *state = get_text (answer, "state");
      if (strcmp (state, "running") != 0 && strcmp (state, "rehearsing") != 0)
        return answer;
      answer_free (answer);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (10000);
    }
}

static void
test_import (void)
{
  const char *csv = "username,full name,password\r\nimp.one,Import One,abcd1234\r\nimp.two,Import "
                    "Two,\r\nadmin,Taken,x\r\n";
  g_autoptr (Answer) uploaded = ask (
      shared, "POST", "/api/v1/imports?name=people.csv", csv, "Content-Type: text/csv\r\n");
  assert_status (uploaded, 201);
  g_autofree char *id = g_strdup (get_text (uploaded, "id"));
  g_assert_cmpint (get_number (uploaded, "records"), ==, 3);
  g_assert_cmpstr (get_text (uploaded, "mapping.0"), ==, "userName");
  g_autofree char *base = g_strconcat ("/api/v1/imports/", id, NULL);
  g_autofree char *rehearse = g_strconcat (base, "/rehearse", NULL);
  g_autofree char *run = g_strconcat (base, "/run", NULL);
  g_autofree char *rows = g_strconcat (base, "/rows?status=create", NULL);
  g_autofree char *rejects = g_strconcat (base, "/rejects", NULL);
  g_autofree char *passwords = g_strconcat (base, "/passwords", NULL);
  g_autofree char *undo = g_strconcat (base, "/undo", NULL);
  const char      *options
      = "{\"mapping\":[\"userName\",\"displayName\",\"password\"],\"createUsers\":true,"
        "\"onExisting\":\"skip\",\"generatePasswords\":true}";

  g_autoptr (Answer) rehearsing = ask (shared, "POST", rehearse, options, NULL);
  assert_status (rehearsing, 202);
  g_autoptr (Answer) rehearsed = wait_for_import (id);
  g_assert_cmpstr (get_text (rehearsed, "state"), ==, "rehearsed");
  g_assert_cmpint (get_number (rehearsed, "counts.create"), ==, 2);
  g_autoptr (Answer) nobody
             = ask (shared, "GET", "/scim/v2/Users?filter=userName%20sw%20%22imp.%22", NULL, NULL);
  g_assert_cmpint (get_number (nobody, "totalResults"), ==, 0);

  g_autoptr (Answer) running = ask (shared, "POST", run, options, NULL);
  assert_status (running, 202);
  g_autoptr (Answer) done = wait_for_import (id);
  g_assert_cmpstr (get_text (done, "state"), ==, "done");
  g_autoptr (Answer) created = ask (shared, "GET", rows, NULL, NULL);
  g_assert_cmpint (get_number (created, "total"), ==, 2);
  g_autoptr (Answer) refused = ask (shared, "GET", rejects, NULL, NULL);
  assert_status (refused, 200);
  g_assert_cmpstr (wire_reply_get (refused->reply, "content-type"), ==, "text/csv; charset=utf-8");
  g_autoptr (Answer) head = ask (shared, "HEAD", passwords, NULL, NULL);
  g_assert_cmpuint (head->status, ==, 405);
  g_autoptr (Answer) handed_out = ask (shared, "GET", passwords, NULL, NULL);
  assert_status (handed_out, 200);
  g_assert_nonnull (strstr (handed_out->reply->body->str, "imp.two"));
  g_assert_null (strstr (handed_out->reply->body->str, "abcd1234"));
  g_autoptr (Answer) once = ask (shared, "GET", passwords, NULL, NULL);
  g_assert_cmpuint (once->status, !=, 200);
  g_autoptr (Answer) on = log_on (shared, "imp.one", "abcd1234");
  assert_status (on, 403); /* the right password, and no role */

  g_autoptr (Answer) undone = ask (shared, "POST", undo, NULL, NULL);
  assert_status (undone, 200);
  g_autoptr (Answer) none
             = ask (shared, "GET", "/scim/v2/Users?filter=userName%20sw%20%22imp.%22", NULL, NULL);
  g_assert_cmpint (get_number (none, "totalResults"), ==, 0);
  g_autoptr (Answer) list = ask (shared, "GET", "/api/v1/imports", NULL, NULL);
  assert_status (list, 200);
  g_assert_nonnull (strstr (list->reply->body->str, id));
  g_autoptr (Answer) deleted = ask (shared, "DELETE", base, NULL, NULL);
  assert_status (deleted, 204);
  g_autoptr (Answer) gone = ask (shared, "GET", base, NULL, NULL);
  assert_status (gone, 404);
}

static void
test_import_refused (void)
{
  static const struct
  {
    const char *method;
    const char *path;
    const char *body;
    guint       status;
  } rows[] = {
    { "POST", "/api/v1/imports", "", 400 },
    { "POST",
      "/api/v1/imports",
      "\x7f"
      "ELF\x01\x02\x03\x01\x02\x03",
      400 },
    { "POST", "/api/v1/imports?name=%01", "a,b\r\n", 400 },
    { "GET", "/api/v1/imports/none", NULL, 404 },
    { "POST", "/api/v1/imports/none/run", "{}", 404 },
    { "POST", "/api/v1/imports/none/cancel", NULL, 404 },
    { "GET", "/api/v1/imports/none/rows?status=strange", NULL, 400 },
    { "GET", "/api/v1/imports/none/rejects", NULL, 404 },
    { "GET", "/api/v1/imports/none/passwords", NULL, 404 },
    { "DELETE", "/api/v1/imports/none", NULL, 404 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Answer) answer = ask (shared, rows[i].method, rows[i].path, rows[i].body, NULL);
      g_test_message ("%zu %s", i, rows[i].path);
      assert_status (answer, rows[i].status);
    }
}

/* A file far larger than other bodies may be, for those who may import; nobody else's is read. */
static void
test_import_large (void)
{
  GString *csv = g_string_new ("username,full name\r\n");

  for (int i = 0; i < 100000; i++)
    g_string_append_printf (csv, "large.%06d,Somebody With A Name Of Some Length %06d\r\n", i, i);
  g_autofree char *text = g_string_free (csv, FALSE);
  g_assert_cmpuint (strlen (text), >, 4 * 1024 * 1024);
  g_autoptr (Answer) uploaded = ask (shared, "POST", "/api/v1/imports", text, NULL);
  assert_status (uploaded, 201);
  g_assert_cmpint (get_number (uploaded, "records"), ==, 100000);
  g_autoptr (Answer) stranger = ask_as (shared, NULL, "POST", "/api/v1/imports", text, NULL);
  assert_status (stranger, 401);
  g_autofree char *path = g_strconcat ("/api/v1/imports/", get_text (uploaded, "id"), NULL);
  g_autoptr (Answer) gone = ask (shared, "DELETE", path, NULL, NULL);
  assert_status (gone, 204);
}

/* Events -------------------------------------------------------------------------------------- */

static Wire *
open_events_with (
    Harbour *harbour, Wire *wire, const char *token, const char *query, const char *headers)
{
  g_autofree char *request = g_strdup_printf (
      "GET /api/v1/events%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n%s\r\n",
      query,
      token,
      headers);

  g_assert_true (wire_send (wire, request));
  g_autoptr (WireReply) start = wire_read_start (wire);
  g_assert_cmpuint (start->status, ==, 200);
  g_assert_cmpstr (wire_reply_get (start, "content-type"), ==, "text/event-stream");
  g_autofree char *greeting = wire_read_until (wire, "\n\n", 10);
  g_assert_nonnull (greeting);
  return wire;
}

static Wire *
open_events (Harbour *harbour, const char *query, const char *headers)
{
  return open_events_with (harbour, wire_open (harbour->port), harbour->token, query, headers);
}

/* The next event; comments are passed over. (transfer full) */
static char *
read_event (Wire *wire)
{
  for (;;)
    {
      char *text = wire_read_until (wire, "\n\n", 20);
      g_assert_nonnull (text);
      if (*text != ':')
        return text;
      g_free (text);
    }
}

static gint64
event_id (const char *event)
{
  const char *id = strstr (event, "id: ");
  g_assert_nonnull (id);
  return g_ascii_strtoll (id + 4, NULL, 10);
}

static void
test_events_live (void)
{
  g_autoptr (Wire) wire = open_events (shared, "", "");
  g_autofree char *id = make_user (shared, "event.live");
  g_autofree char *event = read_event (wire);

  g_assert_true (g_str_has_prefix (event, "event: change\nid: "));
  g_assert_nonnull (strstr (event, id));
  g_assert_nonnull (strstr (event, "\"label\":\"event.live\""));
  g_assert_null (strstr (event, "deltas"));
}

static void
test_events_resume (void)
{
  g_autoptr (Wire) first = open_events (shared, "", "");
  g_autofree char *a = make_user (shared, "event.a");
  g_autofree char *seen = read_event (first);
  gint64           since = event_id (seen);
  g_autofree char *b = make_user (shared, "event.b");
  g_autofree char *c = make_user (shared, "event.c");

  g_autofree char *header = g_strdup_printf ("Last-Event-ID: %" G_GINT64_FORMAT "\r\n", since);
  g_autofree char *query = g_strdup_printf ("?since=%" G_GINT64_FORMAT, since);
  for (int i = 0; i < 2; i++)
    {
      /* The header wins over the address. */
      g_autoptr (Wire) wire = i == 0 ? open_events (shared, query, "")
                                     : open_events (shared, "?since=0", header);
      g_autofree char *second = read_event (wire);
      g_autofree char *third = read_event (wire);
      g_assert_nonnull (strstr (second, b));
      g_assert_nonnull (strstr (third, c));
      g_assert_cmpint (event_id (second), ==, since + 1);
    }
  g_autoptr (Answer) bad = ask (shared, "GET", "/api/v1/events?since=x", NULL, NULL);
  assert_status (bad, 400);
  g_autoptr (Answer) worse = ask (shared, "GET", "/api/v1/events", NULL, "Last-Event-ID: x\r\n");
  assert_status (worse, 400);
}

/* A number that is not given out yet: the store is an older one, put back. What happens next must
 * reach whoever comes with it. */
static void
test_events_ahead (void)
{
  g_autofree char *request
      = g_strdup_printf ("GET /api/v1/events?since=1000000000 HTTP/1.1\r\nHost: localhost\r\n"
                         "Authorization: Bearer %s\r\n\r\n",
                         shared->token);
  g_autoptr (Wire) wire = wire_open (shared->port);
  g_assert_true (wire_send (wire, request));
  g_autoptr (WireReply) start = wire_read_start (wire);
  g_assert_cmpuint (start->status, ==, 200);

  g_autofree char *reset = wire_read_until (wire, "event: reset\ndata: {}\n\n", 10);
  g_assert_nonnull (reset);
  g_autofree char *id = make_user (shared, "event.ahead");
  g_autofree char *event = read_event (wire);
  g_assert_nonnull (strstr (event, id));
}

static gpointer
change_main (gpointer data)
{
  g_autoptr (Wire) wire = wire_open (shared->port);

  for (int i = 0; i < 100; i++)
    {
      g_autofree char *body
          = g_strdup_printf ("{\"userName\":\"event.many.%d.%d\"}", GPOINTER_TO_INT (data), i);
      g_autofree char *request
          = g_strdup_printf ("POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                             "Bearer %s\r\nContent-Length: %zu\r\n\r\n%s",
                             shared->token,
                             strlen (body),
                             body);
      g_assert_true (wire_send (wire, request));
      g_autoptr (WireReply) reply = wire_read (wire);
      g_assert_cmpuint (reply->status, ==, 201);
    }
  return NULL;
}

/* Coming back while others write: every number once, in order. */
static void
test_events_gapless (void)
{
  g_autofree char *id = make_user (shared, "event.begin");
  g_autoptr (Answer) now = ask (shared, "GET", "/api/v1/server", NULL, NULL);
  gint64   since = get_number (now, "sequence");
  GThread *writers[2];

  for (int i = 0; i < 2; i++)
    writers[i] = g_thread_new ("writer", change_main, GINT_TO_POINTER (i));
  gint64 last = since;
  while (last < since + 200)
    {
      g_autofree char *query = g_strdup_printf ("?since=%" G_GINT64_FORMAT, last);
      g_autoptr (Wire) wire = open_events (shared, query, "");
      for (int i = 0; i < 15 && last < since + 200; i++)
        {
          g_autofree char *event = read_event (wire);
          g_assert_cmpint (event_id (event), ==, last + 1);
          last++;
        }
    }
  for (int i = 0; i < 2; i++)
    g_thread_join (writers[i]);
}

static void
test_events_session_ends (void)
{
  g_autoptr (Answer) on = log_on (shared, "admin", shared->password);
  assert_status (on, 201);
  g_autofree char *token = g_strdup (get_text (on, "token"));
  g_autoptr (Wire) wire = open_events_with (shared, wire_open (shared->port), token, "", "");
  g_autoptr (Answer) off = ask_as (shared, token, "DELETE", "/api/v1/session", NULL, NULL);

  assert_status (off, 204);
  g_autofree char *event = read_event (wire);
  g_assert_cmpstr (event, ==, "event: session\ndata: {\"state\":\"ended\"}\n\n");
  g_autoptr (WireReply) rest = wire_read_start (wire);
  g_assert_cmpuint (rest->status, ==, 0);
}

/* One who does not read holds nobody up, and is told to read afresh. */
static void
test_events_slow (void)
{
  g_autofree char *filler = g_strnfill (2000, 'd');
  g_autofree char *id = make_user (shared, "event.slow");
  g_autoptr (Wire) wire
             = open_events_with (shared, wire_open_narrow (shared->port), shared->token, "", "");
  MsEventFeed *feed = ms_server_get_feed (shared->server);
  gint64       deadline = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  while (ms_event_feed_get_count (feed) != 1 && g_get_monotonic_time () < deadline)
    g_usleep (10000);
  /* Straight into the service, as a busy import would: far more than the system's buffers and the
   * queue hold. */
  g_autofree char *json = g_strdup_printf ("{\"id\":\"%s\",\"note\":\"%s\"}", id, filler);
  for (int i = 0; i < 6000; i++)
    ms_service_emit_event (shared->service, "import", 0, json);
  g_autofree char *text = wire_read_until (wire, "event: reset\ndata: {}\n\n", 30);
  g_assert_nonnull (text);
  g_autofree char *next = make_user (shared, "event.after.slow");
  g_autofree char *found = wire_read_until (wire, next, 30);
  g_assert_nonnull (found);
}

static void
test_events_heartbeat (void)
{
  MsServerOptions options;

  ms_server_options_init (&options);
  options.threads = 2;
  options.heartbeat_seconds = 1;
  g_autoptr (Harbour) harbour = harbour_new (&options);
  g_autoptr (Wire) wire = open_events (harbour, "", "");
  for (int i = 0; i < 2; i++)
    {
      g_autofree char *beat = wire_read_until (wire, "\n\n", 10);
      g_assert_cmpstr (beat, ==, ":\n\n");
    }
  /* Stopping ends the stream in order. */
  ms_server_stop (harbour->server, 10);
  g_assert_true (wire_has_ended (wire, 10));
}

/* RFC 9112 §3.2.2: the target of another server is none of ours, and names nothing here. */
static void
test_absolute_target (void)
{
  static const struct
  {
    const char *target;
    guint       status;
  } cases[] = {
    { "https://users.example/api/v1/session", 200 },
    { "HTTPS://Users.Example/api/v1/session", 200 },
    { "https://users.example/api/v1/session?x=1", 400 },
    { "https://users.example/scim/v2/Users?count=1", 200 },
    { "https://users.example/nowhere", 404 },
    { "https://other.example/api/v1/session", 400 },
    { "http://users.example/api/v1/session", 400 },
    { "*", 400 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Wire) wire = wire_open (shared->port);
      g_autofree char *request = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: users.example\r\n"
                                                  "Authorization: Bearer %s\r\n\r\n",
                                                  cases[i].target,
                                                  shared->token);

      g_test_message ("%s", cases[i].target);
      g_assert_true (wire_send (wire, request));
      g_autoptr (WireReply) reply = wire_read (wire);
      g_assert_cmpuint (reply->status, ==, cases[i].status);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  shared = harbour_new (NULL);
  g_test_add_func ("/api/session/life", test_session);
  g_test_add_func ("/api/session/refused", test_session_refused);
  g_test_add_func ("/api/session/back-off", test_back_off);
  g_test_add_func ("/api/session/ended-by-disable", test_ended_by_disable);
  g_test_add_func ("/api/absolute-target", test_absolute_target);
  g_test_add_func ("/api/tokens/scopes", test_token_scopes);
  g_test_add_func ("/api/tokens/life", test_token_life);
  g_test_add_func ("/api/tokens/of-disabled", test_token_of_disabled);
  g_test_add_func ("/api/channel", test_channel);
  g_test_add_func ("/api/accounts", test_accounts);
  g_test_add_func ("/api/actions", test_actions_and_undo);
  g_test_add_func ("/api/changes", test_changes);
  g_test_add_func ("/api/ranges", test_ranges);
  g_test_add_func ("/api/export", test_export);
  g_test_add_func ("/api/imports/life", test_import);
  g_test_add_func ("/api/imports/refused", test_import_refused);
  g_test_add_func ("/api/imports/large", test_import_large);
  g_test_add_func ("/api/events/live", test_events_live);
  g_test_add_func ("/api/events/resume", test_events_resume);
  g_test_add_func ("/api/events/ahead", test_events_ahead);
  g_test_add_func ("/api/events/gapless", test_events_gapless);
  g_test_add_func ("/api/events/session-ends", test_events_session_ends);
  g_test_add_func ("/api/events/slow", test_events_slow);
  g_test_add_func ("/api/events/heartbeat", test_events_heartbeat);
  int result = g_test_run ();
  harbour_free (shared);
  return result;
}
