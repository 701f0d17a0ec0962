/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Several servers on one database, and races between those who write: what one does, all know; what
 * must be unique, one cycle-free, one of a kind, stays so whoever comes first. On SQLite there is
 * one server, and the races are between its connections.
 */
#include "harbour.h"
#include "races.h"

#include "ms-txn.h"
#include "store-place.h"

#include <string.h>

#define MAX_SERVERS 3
#define RACES 25
#define WRITERS 6
#define WRITES 25
/* Longer than it ever takes: an announcement comes within milliseconds. */
#define WAIT_SECONDS 10

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

static const RaceCase race_cases[] = {
  { "if-match", race_if_match },         { "user-name", race_user_name },
  { "address", race_address },           { "cycle", race_cycle },
  { "primary", race_primary },           { "group-address", race_group_address },
  { "unique-value", race_unique_value },
};

static void
test_race (gconstpointer data)
{
  ((const RaceCase *) data)->race (server_of (0), server_of (1), RACES);
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
  g_autofree char *metered
      = make_object (server_of (0),
                     "/scim/v2/Mailboxes",
                     "{\"schemas\":[\"urn:ietf:params:scim:schemas:mailstead:2.0:"
                     "Mailbox\"],\"name\":\"metered\"}");
  g_autoptr (Answer) taken = ask (server_of (0),
                                  "POST",
                                  "/api/v1/usage",
                                  "{\"readings\":[{\"mailbox\":\"metered\",\"storedBytes\":5}]}",
                                  NULL);
  assert_status (taken, 200);
  g_autofree char *measured = wire_read_until (wire, "event: usage", WAIT_SECONDS);
  g_assert_nonnull (measured);
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
  /* As the daemon does when it starts. */
  for (guint i = 0; i < fleet.n; i++)
    ms_service_resume_jobs (server_of (i)->service);
  g_test_add_func ("/fleet/events", test_events);
  g_test_add_func ("/fleet/sessions", test_sessions);
  g_test_add_func ("/fleet/back-off", test_back_off);
  g_test_add_func ("/fleet/second-step", test_second_step);
  if (shared)
    g_test_add_func ("/fleet/import", test_import);
  for (guint i = 0; i < G_N_ELEMENTS (race_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/race/", race_cases[i].name, NULL);
      g_test_add_data_func (path, &race_cases[i], test_race);
    }
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
