/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two mailsteadd processes on one PostgreSQL, as an operator runs them: what one does holds at the
 * other at once, both tell the same events, races have one winner, and neither the death of one nor
 * that of the database loses what was answered.
 */
#include "daemon.h"
#include "harbour.h"
#include "postgres-server.h"
#include "races.h"
#include "test-folder.h"

#include "ms-totp.h"

#include <signal.h>
#include <string.h>

#define DAEMONS 2
#define RACES 300
#define CODE_RACES 4
#define EVENTS 40
#define WRITERS 4
/* Acknowledged writes at each daemon before and after what happens to it. */
#define WRITES 50
/* Longer than it ever takes, also where many programs share the machine. */
#define WAIT_SECONDS 60

#define USER_SCHEMAS "\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"]"
#define USER_EXTENSION "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User"
#define PASSWORD "a long one 17"

static char   *folder; /* that stands for the database */
static Daemon  daemons[DAEMONS];
static Harbour servers[DAEMONS]; /* as the administrator */

static void
connect_to (guint i)
{
  g_clear_pointer (&servers[i].wire, wire_close);
  servers[i].port = daemons[i].port;
  servers[i].token = daemons[0].token;
}

static void
start (void)
{
  folder = test_folder_new ();
  g_autofree char *uri = postgres_server_new_place (folder);
  daemon_init_at (&daemons[0], uri);
  daemon_join (&daemons[1], &daemons[0], uri);
  for (guint i = 0; i < DAEMONS; i++)
    daemon_start (&daemons[i]);
  daemon_log_on (&daemons[0]);
  for (guint i = 0; i < DAEMONS; i++)
    connect_to (i);
}

static void
end (void)
{
  for (guint i = 0; i < DAEMONS; i++)
    {
      g_clear_pointer (&servers[i].wire, wire_close);
      daemon_clear (&daemons[i]);
    }
  g_autofree char *uri = postgres_server_get_place (folder);
  int              exit_code = 0;
  g_autofree char *said = daemon_run (&exit_code, "verify", uri, NULL);
  g_assert_cmpint (exit_code, ==, 0);
  g_assert_cmpuint (test_folder_remove (folder), ==, 0);
  g_free (folder);
}

/* What holds at once -------------------------------------------------------------------------- */

/* Asks there until the answer is @status, and says how long that took. */
static void
assert_becomes (Harbour    *server,
                const char *token,
                const char *method,
                const char *path,
                const char *body,
                guint       status)
{
  gint64 begin = g_get_monotonic_time ();

  while (TRUE)
    {
      g_autoptr (Answer) answer = ask_as (server, token, method, path, body, NULL);
      if (answer->status == status)
        break;
      g_assert_cmpint (g_get_monotonic_time () - begin, <, WAIT_SECONDS * G_USEC_PER_SEC);
      g_usleep (500);
    }
  g_test_message ("%s %s: %u after %.1f ms",
                  method,
                  path,
                  status,
                  (double) (g_get_monotonic_time () - begin) / 1000);
}

/* Twice, so that it is remembered there. */
static void
assert_works (Harbour *server, const char *token)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Answer) answer
                 = ask_as (server, token, "GET", "/scim/v2/Users?count=1", NULL, NULL);
      assert_status (answer, 200);
    }
}

static char *
make_auditor (const char *name)
{
  g_autofree char *body = g_strdup_printf (
      "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\",\"" USER_EXTENSION "\"],"
      "\"userName\":\"%s\",\"password\":\"" PASSWORD "\",\"" USER_EXTENSION
      "\":{\"role\":\"auditor\"}}",
      name);

  return make_object (&servers[0], "/scim/v2/Users", body);
}

static char *
log_on_at (Harbour *server, const char *user)
{
  g_autofree char *body
      = g_strdup_printf ("{\"userName\":\"%s\",\"password\":\"" PASSWORD "\"}", user);
  g_autoptr (Answer) answer = ask_as (server, NULL, "POST", "/api/v1/session", body, NULL);

  assert_status (answer, 201);
  return g_strdup (get_text (answer, "token"));
}

/* What is done to a user at the first, and what the session of that user gets at the second. */
static const struct
{
  const char *name;
  const char *patch; /* NULL: the session is ended */
  guint       status;
} session_cases[] = {
  { "ended", NULL, 401 },
  { "disabled", "{\"op\":\"replace\",\"path\":\"active\",\"value\":false}", 401 },
  { "password", "{\"op\":\"replace\",\"path\":\"password\",\"value\":\"another long 18\"}", 401 },
  { "role", "{\"op\":\"replace\",\"path\":\"" USER_EXTENSION ":role\",\"value\":\"none\"}", 403 },
};

static void
test_sessions (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (session_cases); i++)
    {
      g_autofree char *id = make_auditor (session_cases[i].name);
      g_autofree char *token = log_on_at (&servers[1], session_cases[i].name);
      g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
      g_autofree char *body
          = g_strdup_printf ("{" PATCH_SCHEMAS ",\"Operations\":[%s]}", session_cases[i].patch);

      assert_works (&servers[0], token);
      assert_works (&servers[1], token);
      g_autoptr (Answer) answer
                 = session_cases[i].patch == NULL
                       ? ask_as (&servers[0], token, "DELETE", "/api/v1/session", NULL, NULL)
                       : ask (&servers[0], "PATCH", path, body, NULL);
      g_assert_cmpuint (answer->status / 100, ==, 2);
      assert_becomes (
          &servers[1], token, "GET", "/scim/v2/Users?count=1", NULL, session_cases[i].status);
    }
}

static void
test_token (void)
{
  g_autoptr (Answer) made = ask (
      &servers[0], "POST", "/api/v1/tokens", "{\"name\":\"shared\",\"scope\":\"all\"}", NULL);

  assert_status (made, 201);
  g_autofree char *token = g_strdup (get_text (made, "token"));
  assert_works (&servers[1], token);
  g_autoptr (Answer) list = ask (&servers[1], "GET", "/api/v1/tokens", NULL, NULL);
  g_autofree char *path = g_strconcat ("/api/v1/tokens/", get_text (list, "tokens.0.id"), NULL);
  g_autoptr (Answer) revoked = ask (&servers[0], "DELETE", path, NULL, NULL);
  g_assert_cmpuint (revoked->status / 100, ==, 2);
  assert_becomes (&servers[1], token, "GET", "/scim/v2/Users?count=1", NULL, 401);
}

/* Codes ---------------------------------------------------------------------------------------- */

/* An auditor with a second step, set up at the first. (transfer full): the secret */
static char *
make_enrolled (const char *name)
{
  g_autofree char *id = make_auditor (name);
  g_autofree char *token = log_on_at (&servers[0], name);
  g_autoptr (Answer) begun
             = ask_as (&servers[0], token, "POST", "/api/v1/session/totp", NULL, NULL);

  assert_status (begun, 201);
  char            *secret = g_strdup (get_text (begun, "secret"));
  g_autofree char *code = ms_totp_make_code (secret, ms_totp_get_step (g_get_real_time ()));
  g_autofree char *body = g_strdup_printf ("{\"password\":\"" PASSWORD "\",\"code\":\"%s\"}", code);
  g_autoptr (Answer) done
             = ask_as (&servers[0], token, "POST", "/api/v1/session/totp/confirm", body, NULL);
  assert_status (done, 200);
  return secret;
}

/* The body of a log-on with the next code, which counts already: the one of now set it up. */
static char *
make_log_on (const char *name, const char *secret)
{
  g_autofree char *code = ms_totp_make_code (secret, ms_totp_get_step (g_get_real_time ()) + 1);

  return g_strdup_printf (
      "{\"userName\":\"%s\",\"password\":\"" PASSWORD "\",\"code\":\"%s\"}", name, code);
}

static void
assert_code_refused (Harbour *server, const char *body)
{
  g_autoptr (Answer) answer = ask_as (server, NULL, "POST", "/api/v1/session", body, NULL);

  assert_status (answer, 401);
  g_assert_cmpstr (get_text (answer, "path"), ==, "code");
}

/* A code that let somebody in at one lets nobody in anywhere, however soon. */
static void
test_code (void)
{
  g_autofree char *secret = make_enrolled ("code-once");
  g_autofree char *body = make_log_on ("code-once", secret);
  g_autoptr (Answer) in = ask_as (&servers[0], NULL, "POST", "/api/v1/session", body, NULL);

  assert_status (in, 201);
  assert_code_refused (&servers[1], body);
  assert_code_refused (&servers[0], body);
}

typedef struct
{
  guint       port;
  const char *body;
} CodeRacer;

static gpointer
code_race_main (gpointer user_data)
{
  const CodeRacer *racer = user_data;
  Harbour          server = { .port = racer->port };
  g_autoptr (Answer) answer = ask_as (&server, NULL, "POST", "/api/v1/session", racer->body, NULL);
  guint status = answer->status;

  g_clear_pointer (&server.wire, wire_close);
  return GUINT_TO_POINTER (status);
}

/* Sent to both at the same time, it counts at one. */
static void
test_code_race (void)
{
  for (guint i = 0; i < CODE_RACES; i++)
    {
      g_autofree char *name = g_strdup_printf ("code-race-%u", i);
      g_autofree char *secret = make_enrolled (name);
      g_autofree char *body = make_log_on (name, secret);
      CodeRacer        racers[DAEMONS];
      GThread         *threads[DAEMONS];
      guint            in = 0;

      for (guint k = 0; k < DAEMONS; k++)
        {
          racers[k] = (CodeRacer){ .port = servers[k].port, .body = body };
          threads[k] = g_thread_new ("code", code_race_main, &racers[k]);
        }
      for (guint k = 0; k < DAEMONS; k++)
        {
          guint status = GPOINTER_TO_UINT (g_thread_join (threads[k]));
          g_assert_true (status == 201 || status == 401);
          in += status == 201 ? 1 : 0;
        }
      g_assert_cmpuint (in, ==, 1);
    }
}

static void
test_schema_file (void)
{
  const char *room
      = "{\"name\":\"room\",\"file\":{\"schemas\":[{\"id\":\"urn:example:test:Room\",\"name\":"
        "\"Room\",\"attributes\":[{\"name\":\"name\",\"type\":\"string\",\"required\":true,"
        "\"label\":true}]}],\"resourceTypes\":[{\"name\":\"Room\",\"endpoint\":\"/Rooms\","
        "\"schema\":\"urn:example:test:Room\"}]}}";
  const char *body = "{\"schemas\":[\"urn:example:test:Room\"],\"name\":\"A\"}";

  assert_becomes (&servers[1], servers[1].token, "GET", "/scim/v2/Rooms", NULL, 404);
  g_autoptr (Answer) added = ask (&servers[0], "POST", "/api/v1/schemas", room, NULL);
  g_assert_cmpuint (added->status / 100, ==, 2);
  assert_becomes (&servers[1], servers[1].token, "POST", "/scim/v2/Rooms", body, 201);
  g_autoptr (Answer) here = ask (&servers[0], "GET", "/scim/v2/Rooms", NULL, NULL);
  g_assert_cmpint (get_number (here, "totalResults"), ==, 1);
}

/* @more: attributes besides "name" */
static char *
make_desk_file (const char *more)
{
  return g_strdup_printf (
      "{\"name\":\"desk\",\"file\":{\"schemas\":[{\"id\":\"urn:example:test:Desk\",\"name\":"
      "\"Desk\","
      "\"attributes\":[{\"name\":\"name\",\"label\":true},{\"name\":\"num\",\"type\":\"integer\"}%"
      "s]}],"
      "\"resourceTypes\":[{\"name\":\"Desk\",\"endpoint\":\"/Desks\",\"schema\":"
      "\"urn:example:test:Desk\"}]}}",
      more);
}

/* The one whose schemas were changed by the other shows objects whole, so that nobody takes away
 * from them what was not shown. */
static void
test_schema_change (void)
{
  const char *body = "{\"schemas\":[\"urn:example:test:Desk\"],\"name\":\"n\",\"tags\":[\"x\"]}";
  g_autofree char *first = make_desk_file ("");
  g_autofree char *second = make_desk_file (",{\"name\":\"tags\",\"multiValued\":true}");
  g_autoptr (Answer) added = ask (&servers[1], "POST", "/api/v1/schemas", first, NULL);
  assert_status (added, 201);
  assert_becomes (&servers[0], servers[0].token, "GET", "/scim/v2/Desks", NULL, 200);
  g_autoptr (Answer) changed = ask (&servers[1], "PUT", "/api/v1/schemas/desk", second, NULL);
  assert_status (changed, 200);
  g_autofree char *id = make_object (&servers[1], "/scim/v2/Desks", body);
  g_autofree char *path = g_strconcat ("/scim/v2/Desks/", id, NULL);
  g_autoptr (Answer) got = ask (&servers[0], "GET", path, NULL, NULL);
  assert_status (got, 200);
  g_assert_cmpstr (get_text (got, "tags.0"), ==, "x");
  json_object_set_int_member (got->json, "num", 1);
  g_autofree char *again = json_to_string (got->node, FALSE);
  g_autoptr (Answer) put = ask (&servers[0], "PUT", path, again, "If-Match: W/\"1\"\r\n");
  assert_status (put, 200);
  g_assert_cmpstr (get_text (put, "tags.0"), ==, "x");
}

static void
test_setting (void)
{
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"bin-retention-days\":%u}", 40 + i);
      g_autoptr (Answer) set = ask (&servers[i % 2], "PATCH", "/api/v1/settings", body, NULL);
      assert_status (set, 200);
      g_autoptr (Answer) there = ask (&servers[1 - i % 2], "GET", "/api/v1/settings", NULL, NULL);
      g_assert_cmpstr (get_text (there, "settings.0.name"), ==, "bin-retention-days");
      g_assert_cmpint (get_number (there, "settings.0.value"), ==, 40 + i);
    }
}

/* What one wrote, whoever is told so reads at the other. */
static void
test_read_elsewhere (void)
{
  g_autofree char *id = make_user (&servers[0], "read-elsewhere");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);

  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *body
          = g_strdup_printf ("{" PATCH_SCHEMAS ",\"Operations\":[{\"op\":\"replace\","
                             "\"path\":\"title\",\"value\":\"%u\"}]}",
                             i);
      g_autofree char *title = g_strdup_printf ("%u", i);
      g_autoptr (Answer) written = ask (&servers[i % 2], "PATCH", path, body, NULL);
      assert_status (written, 200);
      g_autoptr (Answer) read = ask (&servers[1 - i % 2], "GET", path, NULL, NULL);
      g_assert_cmpstr (get_text (read, "title"), ==, title);
    }
}

/* Events -------------------------------------------------------------------------------------- */

static Wire *
open_events (const Harbour *server)
{
  g_autofree char *request = g_strdup_printf (
      "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n",
      server->token);
  Wire *wire = wire_open (server->port);

  g_assert_true (wire_send (wire, request));
  g_autoptr (WireReply) begin = wire_read_start (wire);
  g_assert_cmpuint (begin->status, ==, 200);
  return wire;
}

/* (transfer full): the numbers of the events up to the one with @name, each once a line */
static char *
read_numbers (Wire *wire, const char *name)
{
  g_autofree char *text = wire_read_until (wire, name, WAIT_SECONDS);
  GString         *numbers = g_string_new (NULL);

  g_assert_nonnull (text);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "id:"))
      g_string_append_printf (numbers, "%s\n", g_strstrip (lines[i] + strlen ("id:")));
  return g_string_free (numbers, FALSE);
}

static void
test_events (void)
{
  g_autoptr (Wire) one = open_events (&servers[0]);
  g_autoptr (Wire) other = open_events (&servers[1]);

  for (guint i = 0; i <= EVENTS; i++)
    {
      g_autofree char *name = g_strdup_printf (i < EVENTS ? "event-%u" : "event-last-%u", i);
      g_autofree char *id = make_user (&servers[i % 2], name);
    }
  g_autofree char *here = read_numbers (one, "event-last");
  g_autofree char *there = read_numbers (other, "event-last");
  g_auto (GStrv) numbers = g_strsplit (here, "\n", -1);
  g_assert_cmpstr (here, ==, there);
  g_assert_cmpuint (g_strv_length (numbers), >=, EVENTS);
  for (guint i = 1; numbers[i] != NULL && *numbers[i] != '\0'; i++)
    g_assert_cmpint (atoll (numbers[i]), ==, atoll (numbers[i - 1]) + 1);
}

/* Races --------------------------------------------------------------------------------------- */

static const RaceCase race_cases[] = {
  { "user-name", race_user_name },
  { "address", race_address },
  { "cycle", race_cycle },
  { "primary", race_primary },
  { "group-address", race_group_address },
  { "unique-value", race_unique_value },
};

static void
test_race (gconstpointer data)
{
  ((const RaceCase *) data)->race (&servers[0], &servers[1], RACES);
}

/* Writing on ---------------------------------------------------------------------------------- */

/**
 * Writer: makes users at one daemon, whatever happens
 * @made: names that were answered with 201
 */
typedef struct
{
  guint      number;
  guint      daemon;
  GThread   *thread;
  GMutex     lock; /* what follows */
  GPtrArray *made;
  guint      refused; /* 503 */
  guint      cut;     /* connections that ended without an answer */
  gboolean   is_over;
} Writer;

static gboolean
is_over (Writer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->is_over;
}

static void
note_answer (Writer *self, const char *name, Answer *answer)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (answer->status == 0)
    self->cut++;
  else if (answer->status == 503)
    {
      self->refused++;
      g_assert_nonnull (wire_reply_get (answer->reply, "retry-after"));
    }
  else
    {
      assert_status (answer, 201);
      g_ptr_array_add (self->made, g_strdup (name));
    }
}

static gpointer
write_on (gpointer data)
{
  Writer *self = data;
  Harbour own = { .token = servers[0].token };

  for (guint i = 0; !is_over (self); i++)
    {
      g_autofree char *name = g_strdup_printf ("w%u-%u", self->number, i);
      g_autofree char *body = g_strdup_printf ("{" USER_SCHEMAS ",\"userName\":\"%s\"}", name);

      own.port = daemons[self->daemon].port;
      g_autoptr (Answer) answer = ask (&own, "POST", "/scim/v2/Users", body, NULL);
      note_answer (self, name, answer);
      if (answer->status != 201)
        g_usleep (20 * 1000);
    }
  g_clear_pointer (&own.wire, wire_close);
  return NULL;
}

static guint
count_made (Writer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->made->len;
}

static void
start_writers (Writer *writers, guint first_number)
{
  for (guint i = 0; i < WRITERS; i++)
    {
      writers[i] = (Writer){ .number = first_number + i, .daemon = i % DAEMONS };
      g_mutex_init (&writers[i].lock);
      writers[i].made = g_ptr_array_new_with_free_func (g_free);
      writers[i].thread = g_thread_new ("write", write_on, &writers[i]);
    }
}

/* Until each that writes at one of the daemons has made @n more. */
static void
wait_for_writes (Writer *writers, gboolean (*wanted) (guint daemon), guint n)
{
  gint64 deadline = g_get_monotonic_time () + WAIT_SECONDS * G_USEC_PER_SEC;
  guint  before[WRITERS];

  for (guint i = 0; i < WRITERS; i++)
    before[i] = count_made (&writers[i]);
  for (guint i = 0; i < WRITERS; i++)
    while (wanted (writers[i].daemon) && count_made (&writers[i]) < before[i] + n)
      {
        g_assert_cmpint (g_get_monotonic_time (), <, deadline);
        g_usleep (2000);
      }
}

static gboolean
any (guint daemon)
{
  return TRUE;
}

static gboolean
only_second (guint daemon)
{
  return daemon == 1;
}

static gboolean
is_there (const char *name)
{
  g_autofree char *path
      = g_strdup_printf ("/scim/v2/Users?count=0&filter=userName%%20eq%%20%%22%s%%22", name);
  g_autoptr (Answer) list = ask (&servers[1], "GET", path, NULL, NULL);

  return get_number (list, "totalResults") == 1;
}

/* What was answered with 201 is there. */
static void
end_writers (Writer *writers)
{
  for (guint i = 0; i < WRITERS; i++)
    {
      g_mutex_lock (&writers[i].lock);
      writers[i].is_over = TRUE;
      g_mutex_unlock (&writers[i].lock);
    }
  for (guint i = 0; i < WRITERS; i++)
    {
      Writer *writer = &writers[i];

      g_thread_join (writer->thread);
      g_test_message ("at daemon %u: %u made, %u refused, %u without an answer",
                      writer->daemon,
                      writer->made->len,
                      writer->refused,
                      writer->cut);
      for (guint j = 0; j < writer->made->len; j++)
        g_assert_true (is_there (writer->made->pdata[j]));
      g_ptr_array_unref (writer->made);
      g_mutex_clear (&writer->lock);
    }
}

static void
test_killed (void)
{
  Writer writers[WRITERS];

  start_writers (writers, 100);
  wait_for_writes (writers, any, WRITES);
  g_assert_cmpint (kill (daemons[0].pid, SIGKILL), ==, 0);
  g_assert_cmpint (daemon_wait (&daemons[0]), ==, 128 + SIGKILL);
  wait_for_writes (writers, only_second, WRITES);
  daemon_start (&daemons[0]);
  connect_to (0);
  wait_for_writes (writers, any, WRITES);
  for (guint i = 0; i < WRITERS; i++)
    g_assert_cmpuint (writers[i].daemon == 1 ? writers[i].cut + writers[i].refused : 0, ==, 0);
  end_writers (writers);
}

/* Killed as when its machine loses power, and up again: nobody restarts a daemon. */
static void
test_database_restarts (void)
{
  Writer writers[WRITERS];
  guint  refused = 0;

  start_writers (writers, 200);
  for (guint round = 0; round < 3; round++)
    {
      wait_for_writes (writers, any, WRITES);
      postgres_server_kill ();
      g_usleep (300 * 1000); /* so that requests meet it away; nothing is asserted of how long */
      for (guint i = 0; i < DAEMONS; i++)
        {
          g_autoptr (Answer) answer
                     = ask (&servers[i], "GET", "/scim/v2/Users?count=1", NULL, NULL);
          assert_status (answer, 503);
          g_assert_nonnull (wire_reply_get (answer->reply, "retry-after"));
        }
      postgres_server_start ();
    }
  wait_for_writes (writers, any, WRITES);
  for (guint i = 0; i < WRITERS; i++)
    {
      g_assert_cmpuint (writers[i].cut, ==, 0);
      refused += writers[i].refused;
    }
  g_assert_cmpuint (refused, >, 0);
  end_writers (writers);
}

#define LOCKED_SECONDS 50

static gpointer
keep_locked (gpointer uri)
{
  postgres_server_run_sql (uri,
                           "BEGIN; LOCK TABLE mailstead.session, mailstead.change_set;"
                           " SELECT pg_sleep(" G_STRINGIFY (LOCKED_SECONDS) "); COMMIT");
  return NULL;
}

/* So that nobody can be asked who a token is of: whoever has one that was good a moment ago is told
 * why, and anybody else is not. */
static void
test_locked (void)
{
  g_autofree char *uri = postgres_server_get_place (folder);
  guint            status = 200;

  assert_works (&servers[0], daemons[0].token);
  GThread *locking = g_thread_new ("locking", keep_locked, uri);

  while (status == 200)
    {
      g_autoptr (Answer) answer = ask (&servers[0], "GET", "/scim/v2/Users?count=1", NULL, NULL);
      status = answer->reply->status;
      if (status == 200)
        g_usleep (G_USEC_PER_SEC / 4);
      else
        g_assert_nonnull (strstr (answer->reply->body->str, "another server keeps it locked"));
    }
  g_assert_cmpuint (status, ==, 503);
  g_thread_join (locking);
  assert_becomes (&servers[0], daemons[0].token, "GET", "/api/v1/session", NULL, 200);
}

/* By a program that is no daemon, while both of them run. */
static void
test_reset_admin (void)
{
  g_autofree char *id = make_auditor ("locked.out");
  g_autofree char *session = log_on_at (&servers[1], "locked.out");
  int              exit_code = 0;

  assert_works (&servers[1], session);
  g_autofree char *said = daemon_run (
      &exit_code, "reset-admin", "--data", daemons[0].directory, "--admin", "locked.out", NULL);
  g_assert_cmpint (exit_code, ==, 0);
  assert_becomes (&servers[1], session, "GET", "/api/v1/session", NULL, 401);
  g_autofree char *password = daemon_find_line (said, "password");
  g_autofree char *body
      = g_strdup_printf ("{\"userName\":\"locked.out\",\"password\":\"%s\"}", password);
  for (guint i = 0; i < DAEMONS; i++)
    {
      g_autoptr (Answer) in = ask_as (&servers[i], NULL, "POST", "/api/v1/session", body, NULL);
      assert_status (in, 201);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  postgres_server_make_durable ();
  start ();
  g_test_add_func ("/daemons/sessions", test_sessions);
  g_test_add_func ("/daemons/token", test_token);
  g_test_add_func ("/daemons/code", test_code);
  g_test_add_func ("/daemons/code-race", test_code_race);
  g_test_add_func ("/daemons/schema-file", test_schema_file);
  g_test_add_func ("/daemons/schema-change", test_schema_change);
  g_test_add_func ("/daemons/setting", test_setting);
  g_test_add_func ("/daemons/read-elsewhere", test_read_elsewhere);
  g_test_add_func ("/daemons/events", test_events);
  for (guint i = 0; i < G_N_ELEMENTS (race_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/daemons/race/", race_cases[i].name, NULL);
      g_test_add_data_func (path, &race_cases[i], test_race);
    }
  g_test_add_func ("/daemons/locked", test_locked);
  g_test_add_func ("/daemons/reset-admin", test_reset_admin);
  g_test_add_func ("/daemons/killed", test_killed);
  g_test_add_func ("/daemons/database-restarts", test_database_restarts);
  int result = g_test_run ();
  end ();
  return result;
}
