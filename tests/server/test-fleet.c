/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Several servers on one database, and races between those who write: what one does, all know; what
 * must be unique, one cycle-free, one of a kind, stays so whoever comes first. On SQLite there is
 * one server, and the races are between its connections.
 */
#include "harbour.h"

#include "ms-txn.h"
#include "store-place.h"

#include <string.h>

#define MAX_SERVERS 3
#define RACES 25
#define WRITERS 6
#define WRITES 25
/* Longer than it ever takes: an announcement comes within milliseconds. */
#define WAIT_SECONDS 10

#define LIST_SCHEMAS "\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"]"
#define MAILBOX_SCHEMAS "\"schemas\":[\"urn:ietf:params:scim:schemas:mailstead:2.0:Mailbox\"]"
#define MAIL_GROUP_SCHEMAS "\"schemas\":[\"urn:ietf:params:scim:schemas:mailstead:2.0:MailGroup\"]"
#define PATCH_SCHEMAS "\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"]"

typedef struct
{
  Harbour *servers[MAX_SERVERS];
  guint    n;
} Fleet;

static Fleet fleet;

static Harbour *
server_of (guint i)
{
  return fleet.servers[i % fleet.n];
}

/* Races --------------------------------------------------------------------------------------- */

typedef struct
{
  Harbour    *server;
  const char *method;
  const char *path;
  const char *body;
  const char *headers;
  guint       status;
  char       *said;
} Runner;

static struct
{
  GMutex lock;
  GCond  cond;
  guint  waiting;
} barrier;

/* Nobody starts before all are there. */
static void
meet (guint n)
{
  g_mutex_lock (&barrier.lock);
  guint goal = (barrier.waiting / n + 1) * n;
  barrier.waiting++;
  while (barrier.waiting < goal)
    g_cond_wait (&barrier.cond, &barrier.lock);
  g_cond_broadcast (&barrier.cond);
  g_mutex_unlock (&barrier.lock);
}

static gpointer
run (gpointer data)
{
  Runner *runner = data;
  /* A connection of its own. */
  Harbour own = { .port = runner->server->port, .token = runner->server->token };

  own.wire = wire_open (own.port);
  meet (2);
  g_autoptr (Answer) answer
             = ask (&own, runner->method, runner->path, runner->body, runner->headers);
  runner->status = answer->status;
  runner->said = g_strdup (answer->reply->body->str);
  g_clear_pointer (&own.wire, wire_close);
  return NULL;
}

/* Both at once, by different servers where there are several: one gets @won, the other @lost. */
static void
race (Runner *one, Runner *other, guint won, guint lost)
{
  GThread *threads[] = { g_thread_new ("race", run, one), g_thread_new ("race", run, other) };

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  if (MIN (one->status, other->status) != won || MAX (one->status, other->status) != lost)
    g_test_message ("%u %s\n%u %s", one->status, one->said, other->status, other->said);
  g_assert_cmpuint (MIN (one->status, other->status), ==, won);
  g_assert_cmpuint (MAX (one->status, other->status), ==, lost);
  g_clear_pointer (&one->said, g_free);
  g_clear_pointer (&other->said, g_free);
}

static void
test_if_match (void)
{
  g_autofree char *id = make_user (server_of (0), "if-match");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);

  for (guint i = 1; i <= RACES; i++)
    {
      g_autofree char *headers = g_strdup_printf ("If-Match: W/\"%u\"\r\n", i);
      g_autofree char *bodies[2];
      for (guint j = 0; j < 2; j++)
        bodies[j] = g_strdup_printf ("{" PATCH_SCHEMAS ",\"Operations\":[{\"op\":\"replace\","
                                     "\"path\":\"title\",\"value\":\"%u of %u\"}]}",
                                     j,
                                     i);
      Runner one = { server_of (0), "PATCH", path, bodies[0], headers, 0, NULL };
      Runner other = { server_of (1), "PATCH", path, bodies[1], headers, 0, NULL };
      race (&one, &other, 200, 412);
      g_autoptr (Answer) now = ask (server_of (2), "GET", path, NULL, NULL);
      g_autofree char *version = g_strdup_printf ("W/\"%u\"", i + 1);
      g_assert_cmpstr (get_text (now, "meta.version"), ==, version);
      g_free (bodies[0]);
      g_free (bodies[1]);
      bodies[0] = bodies[1] = NULL;
    }
}

static void
test_address (void)
{
  for (guint i = 0; i < RACES; i++)
    {
      g_autofree char *mailbox = g_strdup_printf ("{" MAILBOX_SCHEMAS ",\"name\":\"race%u\"}", i);
      g_autofree char *list = g_strdup_printf (
          "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\","
          "\"urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group\"],"
          "\"displayName\":\"race\",\"urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group\":"
          "{\"address\":\"race%u@harbour.example\"}}",
          i);
      Runner one = { server_of (i), "POST", "/scim/v2/Mailboxes", mailbox, NULL, 0, NULL };
      Runner other = { server_of (i + 1), "POST", "/scim/v2/Groups", list, NULL, 0, NULL };
      race (&one, &other, 201, 409);
    }
}

static char *
make_mail_group (const char *name)
{
  g_autofree char *body = g_strdup_printf ("{" MAIL_GROUP_SCHEMAS ",\"name\":\"%s\"}", name);

  return make_object (server_of (0), "/scim/v2/MailGroups", body);
}

static void
test_cycle (void)
{
  for (guint i = 0; i < RACES; i++)
    {
      g_autofree char *names[] = { g_strdup_printf ("a%u", i), g_strdup_printf ("b%u", i) };
      g_autofree char *a = make_mail_group (names[0]);
      g_autofree char *b = make_mail_group (names[1]);
      g_autofree char *path_a = g_strconcat ("/scim/v2/MailGroups/", a, NULL);
      g_autofree char *path_b = g_strconcat ("/scim/v2/MailGroups/", b, NULL);
      const char      *patch
          = "{" PATCH_SCHEMAS ",\"Operations\":[{\"op\":\"replace\",\"path\":\"parent\","
            "\"value\":{\"value\":\"%s\"}}]}";
      g_autoptr (GString) below_b = g_string_new (patch);
      g_autoptr (GString) below_a = g_string_new (patch);
      g_string_replace (below_b, "%s", b, 1);
      g_string_replace (below_a, "%s", a, 1);
      Runner one = { server_of (0), "PATCH", path_a, below_b->str, NULL, 0, NULL };
      Runner other = { server_of (1), "PATCH", path_b, below_a->str, NULL, 0, NULL };
      race (&one, &other, 200, 400);
      g_free (names[1]);
    }
}

/* The later one takes it over: both succeed, and one is primary. */
static void
test_primary (void)
{
  g_autofree char *owner = make_user (server_of (0), "two-primaries");

  for (guint i = 0; i < RACES; i++)
    {
      g_autofree char *bodies[2];
      for (guint j = 0; j < 2; j++)
        bodies[j] = g_strdup_printf ("{" MAILBOX_SCHEMAS ",\"name\":\"primary%u-%u\","
                                     "\"primary\":true,\"owner\":{\"value\":\"%s\"}}",
                                     i,
                                     j,
                                     owner);
      Runner one = { server_of (0), "POST", "/scim/v2/Mailboxes", bodies[0], NULL, 0, NULL };
      Runner other = { server_of (1), "POST", "/scim/v2/Mailboxes", bodies[1], NULL, 0, NULL };
      race (&one, &other, 201, 201);
      g_autofree char *path = g_strdup_printf ("/scim/v2/"
                                               "Mailboxes?count=0&filter=primary%%20eq%%20true%%"
                                               "20and%%20owner.value%%20eq%%20%%22%s%%22",
                                               owner);
      g_autoptr (Answer) list = ask (server_of (2), "GET", path, NULL, NULL);
      g_assert_cmpint (get_number (list, "totalResults"), ==, 1);
      g_free (bodies[1]);
    }
}

/* Many writers -------------------------------------------------------------------------------- */

static gpointer
write_many (gpointer data)
{
  guint   number = GPOINTER_TO_UINT (data);
  Harbour own = { .port = server_of (number)->port, .token = server_of (number)->token };

  for (guint i = 0; i < WRITES; i++)
    {
      g_autofree char *name = g_strdup_printf ("writer%u-%u", number, i);
      g_autofree char *id = make_user (&own, name);
      g_assert_nonnull (id);
    }
  g_clear_pointer (&own.wire, wire_close);
  return NULL;
}

typedef struct
{
  gint64 first;
  gint64 next; /* sequence */
  guint  wrong;
} Heard;

static void
on_event (const char *kind, gint64 sequence, const char *json, gpointer data)
{
  Heard *heard = data;

  /* What came before may be on its way still. */
  if (strcmp (kind, "change") != 0 || sequence < heard->first)
    return;
  heard->wrong += sequence != heard->next;
  heard->next = sequence + 1;
}

static gboolean
read_last (MsTxn *txn, gpointer data, GError **error)
{
  *(gint64 *) data = ms_txn_get_last_sequence (txn);
  return TRUE;
}

static gint64
last_sequence (void)
{
  g_autoptr (GError) error = NULL;
  gint64 last = 0;

  g_assert_true (ms_store_read (server_of (0)->store, read_last, &last, NULL, &error));
  return last;
}

/* Until nothing is under way that a listener could still hear of. */
static void
wait_for (Heard *heard, gint64 next)
{
  gint64 end = g_get_monotonic_time () + WAIT_SECONDS * G_USEC_PER_SEC;

  while (*(volatile gint64 *) &heard->next < next && g_get_monotonic_time () < end)
    g_usleep (2000);
}

static void
test_many (void)
{
  GThread *threads[WRITERS];
  Heard    heard[MAX_SERVERS];
  guint    listeners[MAX_SERVERS];
  gint64   first = last_sequence () + 1;

  for (guint i = 0; i < fleet.n; i++)
    {
      heard[i] = (Heard){ first, first, 0 };
      listeners[i] = ms_service_add_listener (server_of (i)->service, on_event, &heard[i]);
    }
  for (guint i = 0; i < WRITERS; i++)
    threads[i] = g_thread_new ("write", write_many, GUINT_TO_POINTER (i));
  for (guint i = 0; i < WRITERS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (last_sequence (), ==, first + WRITERS * WRITES - 1);
  for (guint i = 0; i < fleet.n; i++)
    {
      wait_for (&heard[i], first + WRITERS * WRITES);
      ms_service_remove_listener (server_of (i)->service, listeners[i]);
      g_assert_cmpint (heard[i].next, ==, first + WRITERS * WRITES);
      g_assert_cmpuint (heard[i].wrong, ==, 0);
    }
}

/* Sessions ------------------------------------------------------------------------------------ */

/* Whether the token is refused there soon. */
static void
assert_ends (Harbour *server, const char *token)
{
  gint64 begin = g_get_monotonic_time ();

  while (TRUE)
    {
      g_autoptr (Answer) answer = ask_as (server, token, "GET", "/api/v1/session", NULL, NULL);
      if (answer->status == 401)
        break;
      assert_status (answer, 200);
      g_assert_cmpint (g_get_monotonic_time () - begin, <, WAIT_SECONDS * G_USEC_PER_SEC);
      g_usleep (1000);
    }
  g_test_message ("ended after %.1f ms", (double) (g_get_monotonic_time () - begin) / 1000);
}

static char *
log_on_as (Harbour *server, const char *user, const char *password)
{
  g_autofree char *body
      = g_strdup_printf ("{\"userName\":\"%s\",\"password\":\"%s\"}", user, password);
  g_autoptr (Answer) answer = ask_as (server, NULL, "POST", "/api/v1/session", body, NULL);

  assert_status (answer, 201);
  return g_strdup (get_text (answer, "token"));
}

static void
assert_works (Harbour *server, const char *token)
{
  /* Twice: the second time it is remembered. */
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Answer) answer = ask_as (server, token, "GET", "/api/v1/session", NULL, NULL);
      assert_status (answer, 200);
    }
}

static char *
make_auditor (const char *name)
{
  g_autofree char *body = g_strdup_printf (
      "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\","
      "\"urn:ietf:params:scim:schemas:extension:mailstead:2.0:User\"],"
      "\"userName\":\"%s\",\"password\":\"a long one 17\","
      "\"urn:ietf:params:scim:schemas:extension:mailstead:2.0:User\":{\"role\":\"auditor\"}}",
      name);

  return make_object (server_of (0), "/scim/v2/Users", body);
}

static void
assert_must_enrol (Harbour *server, const char *token, gboolean must)
{
  gint64   end = g_get_monotonic_time () + WAIT_SECONDS * G_USEC_PER_SEC;
  gboolean is_so = FALSE;

  while (!is_so && g_get_monotonic_time () < end)
    {
      g_autoptr (Answer) answer = ask_as (server, token, "GET", "/api/v1/session", NULL, NULL);
      assert_status (answer, 200);
      is_so = json_object_get_boolean_member (answer->json, "mustSetUpSecondStep") == must;
      if (!is_so)
        g_usleep (10000);
    }
  g_assert_true (is_so);
}

static void
test_sessions (void)
{
  static const char *const patches[]
      = { NULL,
          "{\"op\":\"replace\",\"path\":\"active\",\"value\":false}",
          "{\"op\":\"replace\",\"path\":\"password\",\"value\":\"another long 18\"}" };

  for (guint i = 0; i < G_N_ELEMENTS (patches); i++)
    {
      g_autofree char *name = g_strdup_printf ("auditor%u", i);
      g_autofree char *id = make_auditor (name);
      g_autofree char *token = log_on_as (server_of (0), name, "a long one 17");
      g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);

      for (guint j = 0; j < fleet.n; j++)
        assert_works (server_of (j), token);
      g_autofree char *body
          = g_strdup_printf ("{" PATCH_SCHEMAS ",\"Operations\":[%s]}", patches[i]);
      g_autoptr (Answer) answer
                 = patches[i] == NULL
                       ? ask_as (server_of (1), token, "DELETE", "/api/v1/session", NULL, NULL)
                       : ask (server_of (1), "PATCH", path, body, NULL);
      g_assert_cmpuint (answer->status / 100, ==, 2);
      for (guint j = 0; j < fleet.n; j++)
        assert_ends (server_of (j), token);
    }
}

/* That a role must log on in two steps holds at every server, and so does that it need not. */
static void
test_second_step (void)
{
  g_autofree char *id = make_auditor ("stepper");
  g_autofree char *token = log_on_as (server_of (0), "stepper", "a long one 17");

  for (guint i = 0; i < 2; i++)
    {
      const char *body = i == 0 ? "{\"totp-roles\":[\"auditor\"]}" : "{\"totp-roles\":null}";
      for (guint j = 0; j < fleet.n; j++)
        {
          g_autoptr (Answer) before
                     = ask_as (server_of (j), token, "GET", "/api/v1/session", NULL, NULL);
          assert_status (before, 200);
        }
      g_autoptr (Answer) set = ask (server_of (1), "PATCH", "/api/v1/settings", body, NULL);
      assert_status (set, 200);
      for (guint j = 0; j < fleet.n; j++)
        assert_must_enrol (server_of (j), token, i == 0);
    }
}

/* Wrong passwords at one server count at all of them. */
static void
test_back_off (void)
{
  g_autofree char *id = make_auditor ("guessed");
  const char      *wrong = "{\"userName\":\"guessed\",\"password\":\"wrong\"}";
  gint64           end = g_get_monotonic_time () + WAIT_SECONDS * G_USEC_PER_SEC;
  guint            tried = 0;
  guint            status = 0;

  while (status != 429 && g_get_monotonic_time () < end)
    {
      g_autoptr (Answer) answer
                 = ask_as (server_of (tried++), NULL, "POST", "/api/v1/session", wrong, NULL);
      status = answer->status;
    }
  g_assert_cmpuint (status, ==, 429);
  /* Three are free, and one more may be under way at each of the others. */
  g_assert_cmpuint (tried, <=, 4 + fleet.n);
  g_test_message ("refused at attempt %u", tried);
}

/* Imports ------------------------------------------------------------------------------------- */

#define IMPORTED 1500

static char *
start_import (Harbour *server)
{
  g_autoptr (GString) csv = g_string_new ("username,full name\r\n");

  for (guint i = 0; i < IMPORTED; i++)
    g_string_append_printf (csv, "moved.%u,Moved %u\r\n", i, i);
  g_autoptr (Answer) uploaded = ask (
      server, "POST", "/api/v1/imports?name=moved.csv", csv->str, "Content-Type: text/csv\r\n");
  assert_status (uploaded, 201);
  char            *id = g_strdup (get_text (uploaded, "id"));
  g_autofree char *run_path = g_strdup_printf ("/api/v1/imports/%s/run", id);
  g_autoptr (Answer) running
             = ask (server,
                    "POST",
                    run_path,
                    "{\"mapping\":[\"userName\",\"displayName\"],\"createUsers\":true,"
                    "\"onExisting\":\"skip\",\"generatePasswords\":false}",
                    NULL);
  assert_status (running, 202);
  return id;
}

static gint64
count_moved (void)
{
  g_autoptr (Answer) list = ask (server_of (0),
                                 "GET",
                                 "/scim/v2/Users?count=0&filter=userName%20sw%20%22moved.%22",
                                 NULL,
                                 NULL);

  return get_number (list, "totalResults");
}

/* The server that runs an import ends in the middle of it: another goes on, and only one. */
static void
test_import (void)
{
  if (fleet.n == 1)
    {
      g_test_skip ("there is one server only");
      return;
    }
  /* As the daemon does when it starts. */
  for (guint i = 0; i < fleet.n; i++)
    ms_service_resume_jobs (server_of (i)->service);
  Harbour         *leaving = harbour_join (server_of (0));
  g_autofree char *id = start_import (leaving);
  g_autofree char *path = g_strconcat ("/api/v1/imports/", id, NULL);
  gint64           end = g_get_monotonic_time () + 6 * WAIT_SECONDS * G_USEC_PER_SEC;

  while (count_moved () == 0)
    g_usleep (1000);
  harbour_free (leaving);
  g_test_message ("%" G_GINT64_FORMAT " were there when it left", count_moved ());
  while (TRUE)
    {
      g_autoptr (Answer) answer = ask (server_of (1), "GET", path, NULL, NULL);
      if (strcmp (get_text (answer, "state"), "running") != 0)
        {
          g_assert_cmpstr (get_text (answer, "state"), ==, "done");
          g_assert_cmpint (get_number (answer, "counts.create"), ==, IMPORTED);
          break;
        }
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (20000);
    }
  g_assert_cmpint (count_moved (), ==, IMPORTED);
}

/* Events -------------------------------------------------------------------------------------- */

static void
test_events (void)
{
  Harbour         *other = server_of (1);
  g_autofree char *request = g_strdup_printf (
      "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n",
      other->token);
  g_autoptr (Wire) wire = wire_open (other->port);

  g_assert_true (wire_send (wire, request));
  g_autoptr (WireReply) start = wire_read_start (wire);
  g_assert_cmpuint (start->status, ==, 200);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("seen-elsewhere-%u", i);
      g_autofree char *id = make_user (server_of (i), name);
      g_autofree char *seen = wire_read_until (wire, name, WAIT_SECONDS);
      g_assert_nonnull (seen);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  gboolean shared = strcmp (store_place_get_driver (), "sqlite") != 0;

  fleet.n = shared ? MAX_SERVERS : 1;
  fleet.servers[0] = harbour_new (NULL);
  for (guint i = 1; i < fleet.n; i++)
    fleet.servers[i] = harbour_join (fleet.servers[0]);
  g_test_add_func ("/fleet/events", test_events);
  g_test_add_func ("/fleet/sessions", test_sessions);
  g_test_add_func ("/fleet/back-off", test_back_off);
  g_test_add_func ("/fleet/second-step", test_second_step);
  g_test_add_func ("/fleet/import", test_import);
  g_test_add_func ("/race/if-match", test_if_match);
  g_test_add_func ("/race/address", test_address);
  g_test_add_func ("/race/cycle", test_cycle);
  g_test_add_func ("/race/primary", test_primary);
  g_test_add_func ("/race/many-writers", test_many);
  int result = g_test_run ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = ms_store_verify (fleet.servers[0]->store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 0);
  for (guint i = fleet.n; i > 0; i--)
    harbour_free (fleet.servers[i - 1]);
  return result;
}
