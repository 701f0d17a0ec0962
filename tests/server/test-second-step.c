/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Logging on in two steps, over TLS: setting it up, codes that count and codes that do not, one
 * code sent by many at once, recovery codes, roles that must have it, and taking it away.
 */
#include "harbour.h"

#include "ms-service-private.h"
#include "ms-totp.h"

#include <string.h>

#define PASSWORD "a long pass phrase"
#define ROLE_OF "\"" MS_URN_EXT_USER "\":{\"role\":\"%s\"}"
#define RACERS 8

static Harbour *shared;
static gint     seconds_ahead;

/* Codes come every half minute; the tests do not wait for them. */
static gint64
get_time (gpointer user_data)
{
  return g_get_real_time () + (gint64) g_atomic_int_get (&seconds_ahead) * G_USEC_PER_SEC;
}

static void
next_code (void)
{
  g_atomic_int_add (&seconds_ahead, 3 * MS_TOTP_PERIOD);
}

typedef struct
{
  char *name;
  char *id;
  char *token;
  char *secret;
  char *recovery;
} Person;

static void
person_clear (Person *self)
{
  g_free (self->name);
  g_free (self->id);
  g_free (self->token);
  g_free (self->secret);
  g_free (self->recovery);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Person, person_clear)

/* @code: (nullable) */
static Answer *
log_on (const char *name, const char *code)
{
  g_autofree char *body
      = code == NULL
            ? g_strdup_printf ("{\"userName\":\"%s\",\"password\":\"" PASSWORD "\"}", name)
            : g_strdup_printf (
                "{\"userName\":\"%s\",\"password\":\"" PASSWORD "\",\"code\":\"%s\"}", name, code);
  return ask_as (shared, NULL, "POST", "/api/v1/session", body, "X-Mailstead-Channel: console\r\n");
}

static char *
code_of (const Person *who, int steps)
{
  return ms_totp_make_code (who->secret, ms_totp_get_step (get_time (NULL)) + steps);
}

static void
make_person (Person *who, const char *name, const char *role)
{
  g_autofree char *body = g_strdup_printf (
      "{\"userName\":\"%s\",\"password\":\"" PASSWORD "\"," ROLE_OF "}", name, role);

  who->name = g_strdup (name);
  who->id = make_object (shared, "/scim/v2/Users", body);
  g_autoptr (Answer) on = log_on (name, NULL);
  assert_status (on, 201);
  who->token = g_strdup (get_text (on, "token"));
}

static void
enrol (Person *who)
{
  g_autoptr (Answer) begun
             = ask_as (shared, who->token, "POST", "/api/v1/session/totp", NULL, NULL);
  assert_status (begun, 201);
  who->secret = g_strdup (get_text (begun, "secret"));
  g_assert_true (g_str_has_prefix (get_text (begun, "uri"), "otpauth://totp/Mailstead"));
  g_autofree char *code = code_of (who, 0);
  g_autofree char *alone = g_strdup_printf ("{\"code\":\"%s\"}", code);
  g_autofree char *wrong = g_strdup_printf ("{\"password\":\"wrong\",\"code\":\"%s\"}", code);
  g_autofree char *body = g_strdup_printf ("{\"password\":\"" PASSWORD "\",\"code\":\"%s\"}", code);
  g_autoptr (Answer) less
             = ask_as (shared, who->token, "POST", "/api/v1/session/totp/confirm", alone, NULL);
  assert_status (less, 400);
  g_assert_cmpstr (get_text (less, "path"), ==, "password");
  g_autoptr (Answer) refused
             = ask_as (shared, who->token, "POST", "/api/v1/session/totp/confirm", wrong, NULL);
  assert_status (refused, 403);
  g_assert_cmpstr (get_text (refused, "path"), ==, "password");
  g_autoptr (Answer) done
             = ask_as (shared, who->token, "POST", "/api/v1/session/totp/confirm", body, NULL);
  assert_status (done, 200);
  who->recovery = g_strdup (get_text (done, "recoveryCodes.3"));
  g_autofree char *sequence = g_strdup_printf ("%" G_GINT64_FORMAT, get_number (done, "changeSet"));
  g_assert_cmpstr (wire_reply_get (done->reply, "x-mailstead-change"), ==, sequence);
  next_code ();
}

static void
expect (const Person *who, const char *code, guint status)
{
  g_autoptr (Answer) answer = log_on (who->name, code);

  assert_status (answer, status);
  if (status == 401)
    g_assert_cmpstr (get_text (answer, "secondStep"), ==, "totp");
  if (status == 401 && code != NULL)
    g_assert_cmpstr (get_text (answer, "path"), ==, "code");
}

static void
test_life (void)
{
  g_auto (Person) who = { 0 };

  make_person (&who, "tina", "auditor");
  g_autoptr (Answer) off = ask_as (shared, who.token, "GET", "/api/v1/session/totp", NULL, NULL);
  assert_status (off, 200);
  g_assert_false (json_object_get_boolean_member (off->json, "on"));
  enrol (&who);
  g_autoptr (Answer) on = ask_as (shared, who.token, "GET", "/api/v1/session/totp", NULL, NULL);
  g_assert_true (json_object_get_boolean_member (on->json, "on"));
  g_assert_cmpint (get_number (on, "recoveryCodes"), ==, 10);
  g_autoptr (Answer) twice = ask_as (shared, who.token, "POST", "/api/v1/session/totp", NULL, NULL);
  assert_status (twice, 409);

  g_autofree char *code = code_of (&who, 0);
  g_autofree char *old = code_of (&who, -2);
  g_autofree char *next = code_of (&who, 1);
  expect (&who, NULL, 401);
  expect (&who, code, 201);
  expect (&who, code, 401);
  expect (&who, next, 201);
  expect (&who, old, 401);
  next_code ();
  expect (&who, who.recovery, 201);
  expect (&who, who.recovery, 401);

  /* Nowhere is the secret to be seen. */
  static const char *const paths[] = { "/scim/v2/Users?count=1000",
                                       "/api/v1/changes?count=200",
                                       "/api/v1/export?type=User",
                                       "/api/v1/feed?since=0&events=full",
                                       "/api/v1/connections" };
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (Answer) answer = ask (shared, "GET", paths[i], NULL, NULL);
      assert_status (answer, 200);
      g_assert_null (strstr (answer->reply->body->str, who.secret));
      g_assert_null (strstr (answer->reply->body->str, who.recovery));
    }

  g_autofree char *last = code_of (&who, 0);
  g_autofree char *wrong = g_strdup_printf ("{\"password\":\"x\",\"code\":\"%s\"}", last);
  g_autofree char *right
      = g_strdup_printf ("{\"password\":\"" PASSWORD "\",\"code\":\"%s\"}", last);
  g_autoptr (Answer) refused
             = ask_as (shared, who.token, "POST", "/api/v1/session/totp/remove", wrong, NULL);
  assert_status (refused, 403);
  g_assert_cmpstr (get_text (refused, "path"), ==, "password");
  g_autoptr (Answer) removed
             = ask_as (shared, who.token, "POST", "/api/v1/session/totp/remove", right, NULL);
  assert_status (removed, 200);
  g_assert_cmpint (get_number (removed, "changeSet"), >, 0);
  expect (&who, NULL, 201);
}

/* A code lets one in, however many bring it at the same time. */
static gpointer
race_main (gpointer user_data)
{
  const char      *body = user_data;
  g_autofree char *request
      = g_strdup_printf ("POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                         "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                         strlen (body),
                         body);
  g_autoptr (Wire) wire = wire_open (shared->port);
  g_assert_true (wire_send (wire, request));
  g_autoptr (WireReply) reply = wire_read (wire);

  return GUINT_TO_POINTER (reply->status);
}

static void
test_race (void)
{
  g_auto (Person) who = { 0 };
  GThread *threads[RACERS];
  guint    in = 0;

  make_person (&who, "racer", "auditor");
  enrol (&who);
  g_autofree char *code = code_of (&who, 0);
  g_autofree char *body = g_strdup_printf (
      "{\"userName\":\"racer\",\"password\":\"" PASSWORD "\",\"code\":\"%s\"}", code);
  for (guint i = 0; i < RACERS; i++)
    threads[i] = g_thread_new ("race", race_main, body);
  for (guint i = 0; i < RACERS; i++)
    {
      guint status = GPOINTER_TO_UINT (g_thread_join (threads[i]));
      g_assert_true (status == 201 || status == 401 || status == 429);
      in += status == 201 ? 1 : 0;
    }
  g_assert_cmpuint (in, ==, 1);
}

static void
test_back_off (void)
{
  g_auto (Person) who = { 0 };

  make_person (&who, "guesser", "auditor");
  enrol (&who);
  for (guint i = 0; i < 3; i++)
    {
      expect (&who, "000000x", 401);
      if (i < 2)
        expect (&who, NULL, 401);
    }
  g_autofree char *code = code_of (&who, 0);
  g_autoptr (Answer) held = log_on ("guesser", code);
  assert_status (held, 429);
  g_assert_nonnull (wire_reply_get (held->reply, "retry-after"));
  /* A name that does not exist is told nothing of codes. */
  g_autoptr (Answer) nobody = log_on ("nobody-at-all", "123456");
  assert_status (nobody, 401);
  g_assert_false (json_object_has_member (nobody->json, "secondStep"));
  g_assert_false (json_object_has_member (nobody->json, "path"));
  g_autoptr (Answer) long_one = log_on (
      "nobody-at-all", "0123456789012345678901234567890123456789012345678901234567890123456789");
  assert_status (long_one, 401);
}

static void
set_roles (const char *roles)
{
  g_autofree char *body = g_strdup_printf ("{\"totp-roles\":%s}", roles);
  g_autoptr (Answer) set = ask (shared, "PATCH", "/api/v1/settings", body, NULL);

  assert_status (set, 200);
}

static void
test_required (void)
{
  static const struct
  {
    const char *method, *path, *body;
  } closed[] = {
    { "GET", "/scim/v2/Users", NULL },  { "GET", "/scim/v2/Me", NULL },
    { "GET", "/api/v1/server", NULL },  { "GET", "/api/v1/changes", NULL },
    { "GET", "/api/v1/events", NULL },  { "GET", "/api/v1/tables", NULL },
    { "POST", "/scim/v2/Users", "{}" }, { "POST", "/api/v1/tokens", "{\"name\":\"x\"}" },
    { "PATCH", "/scim/v2/Me", "{}" },   { "POST", "/scim/v2/Bulk", "{}" },
    { "GET", "/api/v1/totp/x", NULL },
  };
  g_auto (Person) who = { 0 };

  make_person (&who, "must", "delegate");
  set_roles ("[\"delegate\"]");
  g_autoptr (Answer) session = ask_as (shared, who.token, "GET", "/api/v1/session", NULL, NULL);
  assert_status (session, 200);
  g_assert_true (json_object_get_boolean_member (session->json, "mustSetUpSecondStep"));
  for (gsize i = 0; i < G_N_ELEMENTS (closed); i++)
    {
      g_autoptr (Answer) answer = ask_as (
          shared, who.token, closed[i].method, closed[i].path, closed[i].body, NULL);
      g_test_message ("%s %s", closed[i].method, closed[i].path);
      assert_status (answer, 403);
      g_assert_cmpstr (get_text (answer, "secondStep"), ==, "enrol");
      g_assert_nonnull (strstr (get_text (answer, "detail"), "/api/v1/session/totp"));
    }
  enrol (&who);
  g_autoptr (Answer) users = ask_as (shared, who.token, "GET", "/scim/v2/Users", NULL, NULL);
  assert_status (users, 200);
  g_autoptr (Answer) now = ask_as (shared, who.token, "GET", "/api/v1/session", NULL, NULL);
  g_assert_false (json_object_get_boolean_member (now->json, "mustSetUpSecondStep"));
  set_roles ("null");
}

static void
test_clear (void)
{
  g_auto (Person) who = { 0 };
  g_auto (Person) other = { 0 };

  make_person (&who, "lost", "auditor");
  make_person (&other, "helper", "delegate");
  enrol (&who);
  g_autofree char *path = g_strconcat ("/api/v1/totp/", who.id, NULL);
  g_autoptr (Answer) shown = ask_as (shared, other.token, "GET", path, NULL, NULL);
  assert_status (shown, 200);
  g_assert_true (json_object_get_boolean_member (shown->json, "on"));
  g_autoptr (Answer) denied = ask_as (shared, other.token, "DELETE", path, NULL, NULL);
  assert_status (denied, 403);
  g_autoptr (Answer) done = ask (shared, "DELETE", path, NULL, NULL);
  assert_status (done, 200);
  expect (&who, NULL, 201);
  g_autofree char *change
      = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT, get_number (done, "changeSet"));
  g_autoptr (Answer) set = ask (shared, "GET", change, NULL, NULL);
  g_assert_cmpstr (get_text (set, "verb"), ==, "totp-remove");
  g_assert_cmpstr (get_text (set, "actor.name"), ==, "admin");
  g_assert_cmpstr (get_text (set, "first.label"), ==, "lost");
  g_autoptr (Answer) again = ask (shared, "DELETE", path, NULL, NULL);
  assert_status (again, 409);
  g_autoptr (Answer) nobody = ask (shared, "DELETE", "/api/v1/totp/nobody", NULL, NULL);
  assert_status (nobody, 404);
}

/* Machines have no second step. */
static void
test_tokens (void)
{
  g_autoptr (Answer) made = ask (
      shared, "POST", "/api/v1/tokens", "{\"name\":\"sync\",\"scope\":\"all\"}", NULL);
  assert_status (made, 201);
  const char *token = get_text (made, "token");

  set_roles ("[\"administrator\"]");
  g_autoptr (Answer) users = ask_as (shared, token, "GET", "/scim/v2/Users", NULL, NULL);
  assert_status (users, 200);
  g_autoptr (Answer) denied = ask_as (shared, token, "POST", "/api/v1/session/totp", NULL, NULL);
  assert_status (denied, 403);
  g_autoptr (Answer) freed
             = ask_as (shared, token, "PATCH", "/api/v1/settings", "{\"totp-roles\":null}", NULL);
  assert_status (freed, 200);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  shared = harbour_new (NULL);
  ms_service_set_clock (shared->service, get_time, NULL);
  g_test_add_func ("/second-step/life", test_life);
  g_test_add_func ("/second-step/race", test_race);
  g_test_add_func ("/second-step/back-off", test_back_off);
  g_test_add_func ("/second-step/required", test_required);
  g_test_add_func ("/second-step/clear", test_clear);
  g_test_add_func ("/second-step/tokens", test_tokens);
  int status = g_test_run ();
  harbour_free (shared);
  return status;
}
