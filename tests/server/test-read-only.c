/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadd run --read-only: everything can be read, nothing is written, and whoever tries is told
 * what to do.
 */
#include "daemon.h"
#include "ms-json.h"
#include "ms-totp.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>

/* (transfer full) */
static char *
digest_file (Daemon *d, const char *name)
{
  g_autofree char *path = g_build_filename (d->directory, name, NULL);
  g_autofree char *content = NULL;
  gsize            length = 0;

  if (!g_file_get_contents (path, &content, &length, NULL))
    return g_strdup ("absent");
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *) content, length);
}

static WireReply *
ask (Daemon *d, const char *method, const char *path, const char *body, guint status)
{
  g_autoptr (Wire) wire = wire_open (d->port);
  WireReply *reply = daemon_request (d, wire, method, path, body);

  g_test_message ("%s %s: %u %s", method, path, reply->status, reply->body->str);
  g_assert_cmpuint (reply->status, ==, status);
  return reply;
}

static void
expect (Daemon *d, const char *path, const char *text)
{
  g_autoptr (WireReply) reply = ask (d, "GET", path, "", 200);

  g_assert_nonnull (strstr (reply->body->str, text));
}

static void
expect_refused (Daemon *d, const char *method, const char *path, const char *body)
{
  g_autoptr (WireReply) reply = ask (d, method, path, body, 503);

  g_assert_nonnull (strstr (reply->body->str, "open for reading only"));
  g_assert_nonnull (strstr (reply->body->str, "\"readOnly\":true"));
  /* Trying again would never help. */
  g_assert_null (wire_reply_get (reply, "retry-after"));
}

/* A Bulk request is answered, and each of its operations as it would be alone. */
static void
expect_refused_in_bulk (Daemon *d, const char *options, const char *detail)
{
  g_autofree char *body = g_strdup_printf (
      "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:BulkRequest\"],%s\"Operations\":["
      "{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"1\",\"data\":{\"userName\":"
      "\"bertha\"}},{\"method\":\"DELETE\",\"path\":\"/Users/x\"}]}",
      options);
  g_autoptr (WireReply) reply = ask (d, "POST", "/scim/v2/Bulk", body, 200);
  const char *first = strstr (reply->body->str, "\"response\"");

  g_assert_nonnull (first);
  const char *second = strstr (first + 1, "\"response\"");
  g_assert_nonnull (second);
  g_autofree char *told = g_strndup (first, (gsize) (second - first));
  g_assert_nonnull (strstr (told, "\"status\":\"503\""));
  g_assert_nonnull (strstr (told, "open for reading only"));
  g_assert_nonnull (strstr (told, "\"readOnly\":true"));
  g_assert_nonnull (strstr (second, detail));
  g_assert_null (strstr (reply->body->str, "retryAfter"));
  g_assert_null (wire_reply_get (reply, "retry-after"));
}

/* A store with a user, closed, and a server that only reads it. (transfer full): the user's id */
static char *
start_read_only (Daemon *d)
{
  daemon_init (d);
  daemon_start (d);
  daemon_log_on (d);
  g_autoptr (WireReply) made = ask (d, "POST", "/scim/v2/Users", "{\"userName\":\"alma\"}", 201);
  const char *id = strstr (made->body->str, "\"id\":\"");
  g_assert_nonnull (id);
  char *copy = g_strndup (id + 6, strcspn (id + 6, "\""));
  expect (d, "/api/v1/server", "\"readOnly\":false");
  kill (d->pid, SIGTERM);
  g_assert_cmpint (daemon_wait (d), ==, 0);
  daemon_start_with (d, "--read-only");
  return copy;
}

static void
test_reading (void)
{
  Daemon           d;
  g_autofree char *id = start_read_only (&d);
  g_autofree char *user = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autofree char *store = digest_file (&d, "store.db");

  /* The session of before stands in the store; one from now on is this server's own. */
  expect (&d, user, "\"alma\"");
  daemon_log_on (&d);
  expect (&d, user, "\"alma\"");
  expect (&d, "/api/v1/server", "\"readOnly\":true");
  expect (&d, "/scim/v2/Users?filter=userName%20eq%20%22alma%22", "\"totalResults\":1");
  expect (&d, "/api/v1/changes", "\"create\"");
  expect (&d, "/api/v1/session", "\"expires\":");
  expect (&d, "/api/v1/connections", "\"current\":true");
  /* Of which no note can be kept. */
  expect (&d, "/api/v1/export?type=User", "alma");
  expect (&d, "/api/v1/audit/export", "\"alma\"");
  g_autofree char *now = digest_file (&d, "store.db");
  g_assert_cmpstr (now, ==, store);
  daemon_clear (&d);
}

/* By cursor to the end, in a store in which no server has run yet, so that it has no key for them.
 */
static void
test_paging (void)
{
  Daemon           d;
  g_autofree char *path = g_strdup ("/scim/v2/?cursor=&count=1");
  guint            pages = 0;

  daemon_init (&d);
  g_autofree char *store = digest_file (&d, "store.db");
  daemon_start_with (&d, "--read-only");
  daemon_log_on (&d);
  while (path != NULL)
    {
      g_autoptr (WireReply) page = ask (&d, "GET", path, "", 200);
      const char *next = strstr (page->body->str, "\"nextCursor\":\"");
      g_assert_cmpuint (++pages, <, 20);
      g_clear_pointer (&path, g_free);
      if (next == NULL)
        break;
      next += strlen ("\"nextCursor\":\"");
      path = g_strdup_printf ("/scim/v2/?count=1&cursor=%.*s", (int) strcspn (next, "\""), next);
    }
  g_assert_cmpuint (pages, >=, 3);
  g_autofree char *now = digest_file (&d, "store.db");
  g_assert_cmpstr (now, ==, store);
  daemon_clear (&d);
}

static void
test_writing (void)
{
  Daemon           d;
  g_autofree char *id = start_read_only (&d);
  g_autofree char *user = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autofree char *store = digest_file (&d, "store.db");

  daemon_log_on (&d);
  expect_refused (&d, "POST", "/scim/v2/Users", "{\"userName\":\"bertha\"}");
  expect_refused (
      &d, "POST", "/scim/v2/Users", "{\"userName\":\"bertha\",\"password\":\"Correct-horse-7\"}");
  expect_refused (&d, "PUT", user, "{\"userName\":\"bertha\"}");
  expect_refused (&d,
                  "PATCH",
                  user,
                  "{\"Operations\":[{\"op\":\"replace\",\"path\":\"title\",\"value\":\"x\"}]}");
  expect_refused (&d, "DELETE", user, "");
  expect_refused (&d, "POST", "/api/v1/tokens", "{\"name\":\"t\",\"scope\":\"read\"}");
  expect_refused (&d, "POST", "/api/v1/accounts", "{\"user\":{\"userName\":\"carla\"}}");
  g_autofree char *action
      = g_strdup_printf ("{\"verb\":\"disable\",\"objects\":[{\"id\":\"%s\"}]}", id);
  expect_refused (&d, "POST", "/api/v1/actions", action);
  expect_refused (&d, "POST", "/api/v1/imports?name=a.csv", "userName\nbertha\n");
  expect_refused_in_bulk (&d, "", "open for reading only");
  expect_refused_in_bulk (
      &d,
      "\"urn:ietf:params:scim:api:messages:mailstead:2.0:BulkOptions\":{\"atomic\":true},",
      "Nothing was done");
  expect_refused (&d, "PATCH", "/api/v1/settings", "{\"seat-limit\":5}");
  expect (&d, "/scim/v2/Users?filter=userName%20sw%20%22bertha%22", "\"totalResults\":0");
  g_autofree char *now = digest_file (&d, "store.db");
  g_assert_cmpstr (now, ==, store);
  daemon_clear (&d);
}

/* Log-ons are the server's own: they can be ended, and end with it. */
static void
test_sessions (void)
{
  Daemon           d;
  g_autofree char *id = start_read_only (&d);
  g_autofree char *from_store = g_strdup (d.token);

  daemon_log_on (&d);
  g_autofree char *first = g_strdup (d.token);
  daemon_log_on (&d);
  g_autoptr (WireReply) ended = ask (&d, "DELETE", "/api/v1/session", "", 204);
  g_autoptr (WireReply) over = ask (&d, "GET", "/api/v1/session", "", 401);
  g_free (d.token);
  d.token = g_strdup (from_store);
  /* That one is a row of the store. */
  expect_refused (&d, "DELETE", "/api/v1/session", "");
  expect (&d, "/api/v1/session", "\"admin\"");
  g_free (d.token);
  d.token = g_strdup (first);
  expect (&d, "/api/v1/session", "\"admin\"");
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);

  daemon_start (&d);
  g_autoptr (WireReply) gone = ask (&d, "GET", "/api/v1/session", "", 401);
  g_free (d.token);
  d.token = g_strdup (from_store);
  expect (&d, "/api/v1/session", "\"admin\"");
  daemon_clear (&d);
}

/* @texts: more attributes than "name" */
static char *
make_room_file (const char *texts)
{
  return g_strdup_printf ("{\"name\":\"rooms\",\"file\":{\"schemas\":[{\"id\":\"urn:example:test:"
                          "Room\",\"name\":\"Room\","
                          "\"attributes\":[{\"name\":\"name\",\"label\":true}%s]}],"
                          "\"resourceTypes\":[{\"name\":\"Room\","
                          "\"endpoint\":\"/Rooms\",\"schema\":\"urn:example:test:Room\"}]}}",
                          texts);
}

/* Schemas too, by the next request. */
static void
expect_schemas (Daemon *writer, Daemon *reader)
{
  g_autofree char *first = make_room_file ("");
  g_autofree char *second = make_room_file (",{\"name\":\"wing\"}");

  wire_reply_free (ask (reader, "GET", "/scim/v2/Rooms", "", 404));
  wire_reply_free (ask (writer, "POST", "/api/v1/schemas", first, 201));
  expect (reader, "/scim/v2/Rooms", "\"totalResults\":0");
  wire_reply_free (ask (writer, "PUT", "/api/v1/schemas/rooms", second, 200));
  wire_reply_free (ask (writer,
                        "POST",
                        "/scim/v2/Rooms",
                        "{\"schemas\":[\"urn:example:test:Room\"],\"wing\":\"east\"}",
                        201));
  expect (reader, "/scim/v2/Rooms?filter=wing%20eq%20%22east%22", "\"totalResults\":1");
  expect (reader, "/scim/v2/Rooms", "\"wing\":\"east\"");
}

/* A store beside a server that writes to it: what that one changes is seen. */
static void
test_beside (void)
{
  Daemon           writer;
  Daemon           reader;
  g_autofree char *id = NULL;

  id = start_read_only (&writer);
  reader = writer;
  reader.token = g_strdup (writer.token);
  writer.pid = 0;
  daemon_start (&writer);
  daemon_log_on (&writer);
  daemon_log_on (&reader);
  g_autoptr (WireReply) made
             = ask (&writer, "POST", "/scim/v2/Users", "{\"userName\":\"late\"}", 201);
  expect (&reader, "/scim/v2/Users?filter=userName%20eq%20%22late%22", "\"totalResults\":1");
  expect_schemas (&writer, &reader);
  kill (reader.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&reader), ==, 0);
  g_free (reader.token);
  daemon_clear (&writer);
}

/* (transfer full): what stands after "NAME":" */
static char *
find_text (WireReply *reply, const char *name)
{
  g_autofree char *mark = g_strdup_printf ("\"%s\":\"", name);
  const char      *at = strstr (reply->body->str, mark);

  g_assert_nonnull (at);
  at += strlen (mark);
  return g_strndup (at, strcspn (at, "\""));
}

static void
expect_code (Daemon *d, const char *code, guint status)
{
  g_autofree char *body = g_strdup_printf (
      "{\"userName\":\"admin\",\"password\":\"%s\",\"code\":\"%s\"}", d->password, code);
  g_autoptr (WireReply) reply = ask (d, "POST", "/api/v1/session", body, status);
}

/* A code counts once here too, though that cannot be noted in the store. */
static void
test_second_step (void)
{
  Daemon           d;
  g_autofree char *id = start_read_only (&d);
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);
  daemon_start (&d);

  g_autoptr (WireReply) begun = ask (&d, "POST", "/api/v1/session/totp", "{}", 201);
  g_autofree char *secret = find_text (begun, "secret");
  g_autofree char *code = ms_totp_make_code (secret, ms_totp_get_step (g_get_real_time ()));
  g_autofree char *body
      = g_strdup_printf ("{\"password\":\"%s\",\"code\":\"%s\"}", d.password, code);
  g_autoptr (WireReply) done = ask (&d, "POST", "/api/v1/session/totp/confirm", body, 200);
  const char *recovery = strstr (done->body->str, "[\"");
  g_assert_nonnull (recovery);
  g_autofree char *spare = g_strndup (recovery + 2, strcspn (recovery + 2, "\""));
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);

  daemon_start_with (&d, "--read-only");
  g_autofree char *store = digest_file (&d, "store.db");
  expect_code (&d, code, 401);
  g_autofree char *next = ms_totp_make_code (secret, ms_totp_get_step (g_get_real_time ()) + 1);
  expect_code (&d, next, 201);
  expect_code (&d, next, 401);
  expect_code (&d, spare, 503);
  g_autofree char *now = digest_file (&d, "store.db");
  g_assert_cmpstr (now, ==, store);
  daemon_clear (&d);
}

/* Neither file nor folder can be written to (root may all the same). */
static void
test_folder (void)
{
  Daemon           d;
  g_autofree char *id = start_read_only (&d);
  g_autofree char *user = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autofree char *store = g_build_filename (d.directory, "store.db", NULL);

  daemon_log_on (&d);
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);
  g_assert_cmpint (g_chmod (store, 0400), ==, 0);
  g_assert_cmpint (g_chmod (d.directory, 0500), ==, 0);
  daemon_start_with (&d, "--read-only");
  daemon_log_on (&d);
  expect (&d, user, "\"alma\"");
  expect_refused (&d, "DELETE", user, "");
  g_assert_cmpint (g_chmod (d.directory, 0700), ==, 0);
  daemon_clear (&d);
}

/* Overwritten in the middle, and then without its end: what can be read is served. */
static void
test_damaged (void)
{
  Daemon           d;
  g_autofree char *id = start_read_only (&d);
  g_autofree char *store = g_build_filename (d.directory, "store.db", NULL);
  g_autofree char *bytes = NULL;
  gsize            length = 0;
  int              exit_code = 0;

  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);
  g_assert_true (g_file_get_contents (store, &bytes, &length, NULL));
  memset (bytes + length - 4096, 0x7f, 64);
  g_assert_true (g_file_set_contents (store, bytes, (gssize) length, NULL));
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *said = daemon_run (&exit_code, "run", "--data", d.directory, NULL);
      g_assert_cmpint (exit_code, ==, 1);
      g_assert_nonnull (strstr (said, "damaged"));
      daemon_start_with (&d, "--read-only");
      expect (&d, "/api/v1/server", "\"readOnly\":true");
      kill (d.pid, SIGTERM);
      g_assert_cmpint (daemon_wait (&d), ==, 0);
      g_assert_true (g_file_set_contents (store, bytes, (gssize) (length - 4096), NULL));
    }
  daemon_clear (&d);
}

static void
run_on_store (Daemon *d, const char *text, int rows)
{
  g_autofree char *store = g_build_filename (d->directory, "store.db", NULL);
  sqlite3         *db = NULL;

  g_assert_cmpint (sqlite3_open (store, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, text, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_changes (db), ==, rows);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

/* The store's document of the object that is called @label. */
static void
damage_document (Daemon *d, const char *label)
{
  g_autofree char *text = g_strdup_printf ("UPDATE document SET body = '{\"userName\":' WHERE obj ="
                                           " (SELECT n FROM object WHERE label = '%s')",
                                           label);

  run_on_store (d, text, 1);
}

/* Lists as a client asks for them: each with all three users, and which of them is damaged. */
static void
expect_listed (Daemon *d, const char *path, const char *id)
{
  g_autoptr (WireReply) reply = ask (d, "GET", path, "", 200);
  g_autofree char *told = g_strdup_printf ("\"damaged\":[\"%s\"]", id);

  g_assert_nonnull (strstr (reply->body->str, told));
  g_assert_nonnull (strstr (reply->body->str, "\"alma\""));
  g_assert_nonnull (strstr (reply->body->str, "\"active\":false"));
}

/* One document cannot be read: the others are served, it is listed by its name and as switched off,
 * and whatever needs more of it fails. */
static void
test_document (void)
{
  static const char *const lists[]
      = { "/scim/v2/Users",
          "/scim/v2/Users?sortBy=userName",
          "/scim/v2/Users?sortBy=userName&cursor",
          "/scim/v2/Users?sortBy=displayName&sortOrder=descending&cursor",
          "/scim/v2/Users?sortBy=meta.lastModified&cursor",
          "/scim/v2/Users?filter=userName%20eq%20%22alma%22",
          "/scim/v2/Users?search=alma&cursor",
          "/scim/v2/?sortBy=displayName&filter=meta.resourceType%20eq%20%22User%22" };
  Daemon           d;
  int              exit_code = 0;
  g_autofree char *id = start_read_only (&d);
  g_autofree char *user = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autofree char *store = g_build_filename (d.directory, "store.db", NULL);

  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);
  damage_document (&d, "alma");
  daemon_start_with (&d, "--read-only");
  daemon_log_on (&d);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    expect_listed (&d, lists[i], id);
  expect (&d, "/scim/v2/Users", "\"totalResults\":2");
  expect (&d, "/scim/v2/Users?sortBy=userName&cursor&count=1", "\"nextCursor\"");
  expect (&d, "/api/v1/search?q=alma", "\"damaged\":true");
  expect (&d, "/api/v1/ranges?type=User&step=1&sortBy=userName", "\"alma\"");
  g_clear_pointer (&user, g_free);
  user = g_strconcat ("/scim/v2/Users/", id, NULL);
  wire_reply_free (ask (&d, "GET", user, "", 500));
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);
  g_assert_cmpint (exit_code, ==, 0);
  daemon_clear (&d);
}

/* One bit of its type makes an object one of no type. Whatever leads to it is answered with its
 * name, or is left out where the store is known to be damaged; nothing ends the server. */
static void
test_type (void)
{
  static const char *const paths[] = { "/scim/v2/Users?count=1000",
                                       "/scim/v2/Groups",
                                       "/api/v1/export?type=Group",
                                       "/api/v1/export?type=User",
                                       "/api/v1/explain?address=alma@example.org",
                                       "/api/v1/search?q=alma" };
  Daemon                   d;
  g_autofree char         *id = start_read_only (&d);

  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);
  daemon_start (&d);
  g_autofree char *box_text
      = g_strdup_printf ("{\"name\":\"alma\",\"owner\":{\"value\":\"%s\"}}", id);
  g_autoptr (WireReply) box = ask (&d, "POST", "/scim/v2/Mailboxes", box_text, 201);
  g_autofree char *box_id = find_text (box, "id");
  g_autofree char *list
      = g_strdup_printf ("{\"displayName\":\"all\",\"members\":[{\"value\":\"%s\"}]}", box_id);
  wire_reply_free (ask (&d, "POST", "/scim/v2/Groups", list, 201));
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);
  run_on_store (&d,
                "DROP TRIGGER object_fixed; UPDATE object SET type = 'Mahlbox' WHERE type = "
                "'Mailbox' AND label = 'alma'",
                1);

  daemon_start (&d);
  g_autoptr (WireReply) users = ask (&d, "GET", paths[0], "", 500);
  g_autofree char *told = g_strdup_printf ("Mahlbox %s “alma”", box_id);
  g_assert_nonnull (strstr (users->body->str, told));
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (Wire) wire = wire_open (d.port);
      wire_reply_free (daemon_request (&d, wire, "GET", paths[i], ""));
    }
  g_autofree char *user = g_strconcat ("/scim/v2/Users/", id, NULL);
  wire_reply_free (ask (&d, "DELETE", user, "", 500));
  expect (&d, "/api/v1/server", "\"readOnly\":false");
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);

  daemon_start_with (&d, "--read-only");
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (Wire) wire = wire_open (d.port);
      wire_reply_free (daemon_request (&d, wire, "GET", paths[i], ""));
    }
  g_autofree char *damaged = g_strdup_printf ("\"damaged\":[\"%s\"]", id);
  expect (&d, paths[0], damaged);
  expect (&d, user, damaged);
  expect (&d, paths[1], "\"damaged\":[\"");
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);
  daemon_clear (&d);
}

/* Pages --------------------------------------------------------------------------------------- */

#define PAGE_BYTES 4096
#define USERS 40

/* Which of the lists in page_lists[] and of the exports lack something when a page of it is
 * overwritten. */
enum
{
  LACKS_USERS = 1 << 0,
  LACKS_MAILBOXES = 1 << 1,
  LACKS_LISTS = 1 << 2,
  LACKS_GROUPS = 1 << 3,
  LACKS_EXPORT = 1 << 4, /* of the same types */
  NO_FILTER = 1 << 5,
  NO_SEARCH = 1 << 6,
};

/**
 * PageCase: pages of one table or index
 * @leaves: only leaves, but the first, where the administrator's row is: without it nobody is let
 * in
 * @may: what may be lacking with one of them, and nothing else
 * @all: what is lacking when they all are overwritten
 */
typedef struct
{
  const char *name;
  gboolean    leaves;
  guint       may;
  guint       all;
} PageCase;

static const PageCase page_cases[] = {
  { "document",
    TRUE,
    LACKS_USERS | LACKS_MAILBOXES | LACKS_LISTS | LACKS_EXPORT,
    LACKS_USERS | LACKS_MAILBOXES | LACKS_LISTS | LACKS_EXPORT },
  { "object",
    TRUE,
    LACKS_USERS | LACKS_MAILBOXES | LACKS_LISTS | LACKS_EXPORT,
    LACKS_USERS | LACKS_MAILBOXES | LACKS_LISTS | LACKS_EXPORT },
  { "link", FALSE, LACKS_LISTS | LACKS_EXPORT, LACKS_LISTS | LACKS_EXPORT },
  { "link_by_target", FALSE, LACKS_USERS | LACKS_EXPORT, LACKS_USERS | LACKS_EXPORT },
  { "group_count", FALSE, LACKS_GROUPS, LACKS_GROUPS },
  { "presence", FALSE, 0, 0 },
  { "counter", FALSE, 0, 0 },
  { "anchor", FALSE, 0, 0 },
  { "sqlite_autoindex_object_1", FALSE, 0, 0 },
  { "object_by_type", FALSE, 0, 0 },
  { "object_by_modified", FALSE, 0, 0 },
  { "uniq", FALSE, 0, 0 },
  { "uniq_by_object", FALSE, 0, 0 },
  { "link_by_end", FALSE, 0, 0 },
  { "sqlite_autoindex_attribute_1", FALSE, 0, 0 },
  { "value", FALSE, NO_FILTER, NO_FILTER },
  { "search", FALSE, 0, 0 },
  { "search_index_data", FALSE, NO_SEARCH, NO_SEARCH },
};

static const struct
{
  const char *path;
  guint       count;
  guint       lacks;
} page_lists[] = {
  { "/scim/v2/Users?count=1000", USERS + 1, LACKS_USERS },
  { "/scim/v2/Users?count=1000&sortBy=userName", USERS + 1, LACKS_USERS },
  { "/scim/v2/Users?count=1000&sortBy=userName&cursor", USERS + 1, LACKS_USERS },
  { "/scim/v2/Users?count=1000&sortBy=id&sortOrder=descending", USERS + 1, LACKS_USERS },
  { "/scim/v2/Users?count=1000&sortBy=meta.lastModified&cursor", USERS + 1, LACKS_USERS },
  { "/scim/v2/Users?count=1000&filter=active%20eq%20true", USERS + 1, LACKS_USERS },
  { "/scim/v2/Mailboxes?count=1000&sortBy=owner&cursor", USERS + 1, LACKS_MAILBOXES },
  { "/scim/v2/Groups?count=1000", 1, LACKS_LISTS },
  { "/scim/v2/MailGroups?count=1000", 1, LACKS_GROUPS },
};

/* (transfer full) */
static JsonObject *
read_object (WireReply *reply)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = ms_json_parse (reply->body->str, -1, &ms_json_default_limits, &error);

  g_assert_no_error (error);
  return json_node_dup_object (node);
}

/* Of the tests with pages: made once, and its bytes. */
static Daemon  page_store;
static GBytes *sound_pages;

/* A store that was closed, with users who have a mailbox each and are all on one list, and a token
 * that it knows. */
static Daemon *
need_pages (void)
{
  Daemon          *d = &page_store;
  g_autofree char *store = NULL;
  char            *bytes = NULL;
  gsize            length = 0;
  g_autoptr (GString) members = g_string_new (NULL);

  if (sound_pages != NULL)
    return d;
  daemon_init (d);
  daemon_start (d);
  daemon_log_on (d);
  g_autoptr (WireReply) group = ask (d, "POST", "/scim/v2/MailGroups", "{\"name\":\"sales\"}", 201);
  g_autofree char *group_id = find_text (group, "id");
  for (guint i = 0; i < USERS; i++)
    {
      g_autofree char *body = g_strdup_printf (
          "{\"user\":{\"userName\":\"user%03u\",\"title\":\"%0120u\",\"nickName\":\"nick%u\"},"
          "\"mailbox\":{\"group\":{\"value\":\"%s\"}}}",
          i,
          i,
          i,
          group_id);
      g_autoptr (WireReply) made = ask (d, "POST", "/api/v1/accounts", body, 201);
      g_autofree char *id = find_text (made, "id");
      g_string_append_printf (members, "%s{\"value\":\"%s\"}", i > 0 ? "," : "", id);
    }
  g_autofree char *list
      = g_strdup_printf ("{\"displayName\":\"everybody\",\"members\":[%s]}", members->str);
  wire_reply_free (ask (d, "POST", "/scim/v2/Groups", list, 201));
  kill (d->pid, SIGTERM);
  g_assert_cmpint (daemon_wait (d), ==, 0);
  store = g_build_filename (d->directory, "store.db", NULL);
  /* What stands in the log goes into the file. */
  sqlite3 *db = NULL;
  g_assert_cmpint (sqlite3_open (store, &db), ==, SQLITE_OK);
  g_assert_cmpint (
      sqlite3_exec (db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
  g_assert_true (g_file_get_contents (store, &bytes, &length, NULL));
  sound_pages = g_bytes_new_take (bytes, length);
  return d;
}

/* (element-type guint) */
static GArray *
find_pages (Daemon *d, const PageCase *c)
{
  g_autofree char *store = g_build_filename (d->directory, "store.db", NULL);
  GArray          *pages = g_array_new (FALSE, FALSE, sizeof (guint));
  sqlite3         *db = NULL;
  sqlite3_stmt    *statement = NULL;

  g_assert_cmpint (sqlite3_open (store, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db,
                                       "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype <> "
                                       "'overflow' AND (?2 = 0 OR (pagetype = 'leaf' AND path <> "
                                       "'/000/')) ORDER BY path",
                                       -1,
                                       &statement,
                                       NULL),
                   ==,
                   SQLITE_OK);
  sqlite3_bind_text (statement, 1, c->name, -1, SQLITE_STATIC);
  sqlite3_bind_int (statement, 2, c->leaves);
  while (sqlite3_step (statement) == SQLITE_ROW)
    {
      guint page = (guint) sqlite3_column_int (statement, 0);
      g_array_append_val (pages, page);
    }
  sqlite3_finalize (statement);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
  return pages;
}

static void
restore_pages (Daemon *d)
{
  g_autofree char *store = g_build_filename (d->directory, "store.db", NULL);
  gsize            length = 0;
  const char      *data = g_bytes_get_data (sound_pages, &length);

  g_assert_true (g_file_set_contents (store, data, (gssize) length, NULL));
}

/* Half of them with zeros, half with anything. The others are as they were. */
static void
overwrite (Daemon *d, const guint *pages, guint n_pages)
{
  g_autofree char   *store = g_build_filename (d->directory, "store.db", NULL);
  gsize              length = 0;
  const guint8      *data = g_bytes_get_data (sound_pages, &length);
  g_autofree guint8 *bytes = g_memdup2 (data, length);

  for (guint i = 0; i < n_pages; i++)
    {
      guint8 *page = bytes + (gsize) (pages[i] - 1) * PAGE_BYTES;
      memset (page, 0, PAGE_BYTES);
      for (guint k = 0; pages[i] % 2 != 0 && k < PAGE_BYTES; k++)
        page[k] = (guint8) g_test_rand_int_range (0, 256);
    }
  g_assert_true (g_file_set_contents (store, (const char *) bytes, (gssize) length, NULL));
  daemon_start_with (d, "--read-only");
}

/* Lists have all objects. (transfer full) (nullable): the ids of those that lack something */
static JsonArray *
look_at_list (Daemon *d, Wire *wire, guint i)
{
  g_autoptr (WireReply) reply = daemon_request (d, wire, "GET", page_lists[i].path, "");

  g_test_message ("%s: %u %s", page_lists[i].path, reply->status, reply->body->str);
  g_assert_cmpuint (reply->status, ==, 200);
  g_autoptr (JsonObject) list = read_object (reply);
  JsonArray *found = json_object_get_array_member (list, "Resources");

  g_assert_cmpint (
      json_object_get_int_member (list, "totalResults"), ==, (gint64) page_lists[i].count);
  g_assert_cmpuint (json_array_get_length (found), ==, page_lists[i].count);
  return json_object_has_member (list, "damaged")
             ? json_array_ref (json_object_get_array_member (list, "damaged"))
             : NULL;
}

static gboolean
has_id (JsonArray *ids, const char *id)
{
  for (guint i = 0; ids != NULL && i < json_array_get_length (ids); i++)
    if (strcmp (json_array_get_string_element (ids, i), id) == 0)
      return TRUE;
  return FALSE;
}

/* Each by itself is whole where its list says so; else it is shown as far as there is a document,
 * and says that itself. */
static void
look_at_each (Daemon *d, Wire *wire, JsonArray *damaged)
{
  g_autoptr (WireReply) reply
             = daemon_request (d, wire, "GET", "/scim/v2/Users?count=1000&attributes=id", "");
  g_autoptr (JsonObject) list = read_object (reply);
  JsonArray *users = json_object_get_array_member (list, "Resources");

  for (guint i = 0; i < json_array_get_length (users); i++)
    {
      const char *id
          = json_object_get_string_member (json_array_get_object_element (users, i), "id");
      g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
      g_autoptr (WireReply) alone = daemon_request (d, wire, "GET", path, "");
      gboolean lacks = has_id (damaged, id);
      g_test_message ("%s: %u %s", path, alone->status, alone->body->str);
      g_assert_true (alone->status == 200 || (lacks && alone->status == 500));
      if (alone->status == 200)
        g_assert_true (lacks == (strstr (alone->body->str, "\"damaged\":[\"") != NULL));
      else
        g_assert_nonnull (strstr (alone->body->str, "Reading from object"));
    }
}

/* An export that lacks something has the rest, and is cut. */
static gboolean
look_at_export (Daemon *d, const char *type, guint count)
{
  g_autofree char *path = g_strconcat ("/api/v1/export?type=", type, NULL);
  g_autoptr (WireReply) reply = ask (d, "GET", path, "", 200);
  guint lines = 0;

  for (const char *at = reply->body->str; (at = strchr (at, '\n')) != NULL; at++)
    lines++;
  g_assert_true (reply->cut ? lines < count + 1 : lines == count + 1);
  g_assert_cmpuint (lines, >=, 1);
  return reply->cut;
}

/* Whether a question that the index alone can answer was not: the reason is told then. */
static gboolean
lacks_answer (Daemon *d, Wire *wire, const char *path, const char *table)
{
  g_autoptr (WireReply) reply = daemon_request (d, wire, "GET", path, "");

  g_test_message ("%s: %u %s", path, reply->status, reply->body->str);
  if (reply->status == 200)
    {
      g_assert_nonnull (strstr (reply->body->str, "\"totalResults\":1,"));
      return FALSE;
    }
  g_assert_cmpuint (reply->status, ==, 500);
  g_assert_nonnull (strstr (reply->body->str, table));
  g_assert_nonnull (strstr (reply->body->str, "is damaged"));
  return TRUE;
}

/* What is lacking, of the flags above. */
static guint
look_at_all (Daemon *d)
{
  guint lacks = 0;
  g_autoptr (Wire) wire = wire_open (d->port);
  g_autoptr (JsonArray) users = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (page_lists); i++)
    {
      g_autoptr (JsonArray) damaged = look_at_list (d, wire, i);
      if (damaged == NULL)
        continue;
      lacks |= page_lists[i].lacks;
      if (i == 0)
        users = json_array_ref (damaged);
    }
  look_at_each (d, wire, users);
  if (look_at_export (d, "User", USERS + 1) | look_at_export (d, "Mailbox", USERS + 1)
      | look_at_export (d, "Group", 1))
    lacks |= LACKS_EXPORT;
  if (lacks_answer (d, wire, "/scim/v2/Users?filter=nickName%20eq%20%22nick7%22", "value"))
    lacks |= NO_FILTER;
  if (lacks_answer (d, wire, "/scim/v2/Users?search=user007", "search_index"))
    lacks |= NO_SEARCH;
  return lacks;
}

static guint
look_without (Daemon *d, const PageCase *c, const guint *pages, guint n_pages)
{
  g_test_message ("%s: %u pages, the first is %u", c->name, n_pages, pages[0]);
  overwrite (d, pages, n_pages);
  guint lacks = look_at_all (d);
  g_assert_cmphex (lacks & ~c->may, ==, 0);
  kill (d->pid, SIGTERM);
  g_assert_cmpint (daemon_wait (d), ==, 0);
  return lacks;
}

/* One alone, of which there are a few from the root on, and all at once. */
static void
test_pages (gconstpointer data)
{
  const PageCase *c = data;
  Daemon         *d = need_pages ();
  g_autoptr (GArray) pages = find_pages (d, c);

  g_assert_cmpuint (pages->len, >, 0);
  guint step = MAX (pages->len / 3, 1);
  for (guint i = 0; i < pages->len; i += step)
    (void) look_without (d, c, &g_array_index (pages, guint, i), 1); /* it has looked already */
  g_assert_cmphex (look_without (d, c, (const guint *) pages->data, pages->len), ==, c->all);
  restore_pages (d);
}

/* Which types there are is found by whatever of the three is left. */
static void
test_rows_and_index (void)
{
  static const char *const indexes[] = { "object_by_type", "object_by_modified" };
  const PageCase           rows = { "object", TRUE, 0, 0 };
  Daemon                  *d = need_pages ();

  for (guint i = 0; i < G_N_ELEMENTS (indexes); i++)
    {
      const PageCase index = { indexes[i], FALSE, 0, 0 };
      g_autoptr (GArray) pages = find_pages (d, &rows);
      g_autoptr (GArray) more = find_pages (d, &index);

      g_array_append_vals (pages, more->data, more->len);
      overwrite (d, (const guint *) pages->data, pages->len);
      expect (d, "/api/v1/server", "\"readOnly\":true");
      expect (d, "/scim/v2/Users?count=1000", "\"totalResults\":41");
      kill (d->pid, SIGTERM);
      g_assert_cmpint (daemon_wait (d), ==, 0);
      restore_pages (d);
    }
}

/* In an index that is whole by itself an entry is not that of its row: a small file is looked at so
 * closely that nobody writes by it. */
static void
test_entry (void)
{
  const PageCase   ids = { "sqlite_autoindex_object_1", FALSE, 0, 0 };
  Daemon          *d = need_pages ();
  g_autofree char *store = g_build_filename (d->directory, "store.db", NULL);
  g_autoptr (GArray) pages = find_pages (d, &ids);
  gsize              length = 0;
  int                exit_code = 0;
  const guint8      *data = g_bytes_get_data (sound_pages, &length);
  g_autofree guint8 *bytes = g_memdup2 (data, length);
  char              *page
      = (char *) bytes + (gsize) (g_array_index (pages, guint, pages->len - 1) - 1) * PAGE_BYTES;
  guint at = 0;

  g_assert_cmpint (length, <, 16 * 1024 * 1024);
  for (gboolean found = FALSE; !found; at++)
    {
      g_assert_cmpuint (at, <, PAGE_BYTES - 36);
      g_autofree char *text = g_strndup (page + at, 36);
      found = g_uuid_string_is_valid (text);
    }
  page[at + 34] ^= 1; /* the last character of it */
  g_assert_true (g_file_set_contents (store, (const char *) bytes, (gssize) length, NULL));
  g_autofree char *said = daemon_run (&exit_code, "run", "--data", d->directory, NULL);
  g_test_message ("%s", said);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (said, "missing from index sqlite_autoindex_object_1"));
  /* Whoever is refused leaves nothing beside it. */
  g_autofree char *beside = g_strconcat (store, "-shm", NULL);
  g_assert_false (g_file_test (beside, G_FILE_TEST_EXISTS));
  daemon_start_with (d, "--read-only");
  expect (d, "/scim/v2/Users?count=0", "\"totalResults\":41");
  kill (d->pid, SIGTERM);
  g_assert_cmpint (daemon_wait (d), ==, 0);
  restore_pages (d);
}

/* Without these nothing is known of the rest: it does not start, and says which it is. */
static void
test_needed_pages (void)
{
  static const PageCase needed[]
      = { { "attribute", FALSE, 0, 0 }, { "setting", FALSE, 0, 0 }, { "store_info", FALSE, 0, 0 } };
  Daemon          *d = need_pages ();
  g_autofree char *store = g_build_filename (d->directory, "store.db", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    {
      g_autoptr (GArray) pages = find_pages (d, &needed[i]);
      gsize              length = 0;
      int                exit_code = 0;
      const guint8      *data = g_bytes_get_data (sound_pages, &length);
      g_autofree guint8 *bytes = g_memdup2 (data, length);

      memset (bytes + (gsize) (g_array_index (pages, guint, 0) - 1) * PAGE_BYTES, 0, PAGE_BYTES);
      g_assert_true (g_file_set_contents (store, (const char *) bytes, (gssize) length, NULL));
      g_autofree char *said
          = daemon_run (&exit_code, "run", "--data", d->directory, "--read-only", NULL);
      g_assert_cmpint (exit_code, ==, 1);
      g_autofree char *reason = g_strdup_printf ("Reading from %s: ", needed[i].name);
      g_assert_nonnull (strstr (said, reason));
      restore_pages (d);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_nonnull (g_getenv ("MAILSTEADD"));
  signal (SIGPIPE, SIG_IGN);
  g_test_add_func ("/read-only/reading", test_reading);
  g_test_add_func ("/read-only/paging", test_paging);
  g_test_add_func ("/read-only/writing", test_writing);
  g_test_add_func ("/read-only/sessions", test_sessions);
  g_test_add_func ("/read-only/second-step", test_second_step);
  g_test_add_func ("/read-only/beside", test_beside);
  g_test_add_func ("/read-only/folder", test_folder);
  g_test_add_func ("/read-only/damaged", test_damaged);
  g_test_add_func ("/read-only/document", test_document);
  g_test_add_func ("/read-only/type", test_type);
  for (guint i = 0; i < G_N_ELEMENTS (page_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/read-only/pages/", page_cases[i].name, NULL);
      g_test_add_data_func (path, &page_cases[i], test_pages);
    }
  g_test_add_func ("/read-only/rows-and-index", test_rows_and_index);
  g_test_add_func ("/read-only/entry", test_entry);
  g_test_add_func ("/read-only/needed-pages", test_needed_pages);
  int status = g_test_run ();
  if (sound_pages != NULL)
    daemon_clear (&page_store);
  g_clear_pointer (&sound_pages, g_bytes_unref);
  return status;
}
