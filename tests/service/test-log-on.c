/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Logging on and what ends it: wrong passwords and waiting, what an account allows, sliding and
 * ending sessions, tokens, old hashes made new. The clock is the test's.
 */
#include "service-fixture.h"

#include <string.h>

#include "ms-back-off.h"
#include "ms-bin.h"
#include "ms-password.h"
#include "ms-password-scheme.h"
#include "ms-txn.h"

#define EXT MS_URN_EXT_USER
#define HOUR G_TIME_SPAN_HOUR

/* Passwords --------------------------------------------------------------------------------- */

static void
test_new_hash (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *hash = ms_password_hash ("correct horse", &error);
  gboolean         is_old = TRUE;

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (hash, "$y$"));
  g_assert_cmpstr (ms_password_scheme_find (hash), ==, "yescrypt");
  g_assert_true (ms_password_verify ("correct horse", hash, &is_old));
  g_assert_false (is_old);
  g_assert_false (ms_password_verify ("correct house", hash, NULL));
  g_assert_false (ms_password_verify ("", hash, NULL));
  g_assert_false (ms_password_verify ("correct horse", NULL, NULL));
  g_assert_null (ms_password_hash ("", &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
}

static void
test_old_hashes (void)
{
  /* Made with crypt(3), openssl passwd and Python's hashlib, of "correct horse". */
  static const struct
  {
    const char *hash, *scheme;
  } cases[] = {
    { "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/"
      "uamSo5z0",
      "sha512-crypt" },
    { "{SHA512-CRYPT}$6$saltsalt$"
      "hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0",
      "sha512-crypt" },
    { "{crypt}$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/", "sha256-crypt" },
    { "$1$saltsalt$NuzA7WTAelpl95xgBGWN60", "md5-crypt" },
    { "{BLF-CRYPT}$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2", "bcrypt" },
    { "$y$j75$saltsalt$5wlMXHz82Iqiv0ywbT8h3LCVssbi3h0Xh43jM7E7Tr2", "yescrypt" },
    { "{SSHA}YjOxnlnw8lITpqjG3t+XV9jV7otwZXBwZXI=", "ssha" },
    { "{ssha}YjOxnlnw8lITpqjG3t+XV9jV7otwZXBwZXI=", "ssha" },
    { "{SSHA256}iiBneCY1H83bKojQwRhnuXkXl3mOZIuJrAljDBgCy5BwZXBwZXI=", "ssha256" },
    { "{SSHA512}jKNzZGOpZV+d15b9woPUu/"
      "HlAvWT2N41SupXoEK6cIpe8kGEbagFMP62zqbEllyguDhie7qcSvb0YtWRmcfrEXBlcHBlcg==",
      "ssha512" },
    { "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=", "sha" },
    { "{SHA256}QQTTb42iwlQ0n4WDZ5Pr4CngyVcGOjTJHC6SAxh7VjE=", "sha256" },
    { "{SHA512}VraY3v7bWkNbY0r+MyC7rz/"
      "c2SC2xQOkRvx7endrKY1HnRumqLYXgI6wv1ec6aldZoNHvKtxSQhayTyyeZUZew==",
      "sha512" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean is_old = FALSE;
      g_test_message ("%s", cases[i].hash);
      g_autofree char *stored = ms_password_check_hash (cases[i].hash, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (ms_password_scheme_find (stored), ==, cases[i].scheme);
      g_assert_true (ms_password_verify ("correct horse", stored, &is_old));
      g_assert_true (is_old);
      g_assert_false (ms_password_verify ("correct house", stored, NULL));
    }
}

static void
test_refused_hashes (void)
{
  static const char *const cases[] = {
    "",
    "{CRYPT}",
    "plain",
    "{PLAIN}abc",
    "{cleartext}abc",
    "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$c2FsdA$aGFzaA",
    "$6$rounds=999999999$saltsalt$hash",
    "$2b$31$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2",
    "$y$jzT$saltsalt$hash",
    "{SSHA}YjOx",
    "{SHA}YjOxnlnw8lITpqjG3t+XV9jV7otwZXBwZXI=",
    "{SSHA}L55TUjtiq8FBorTWAZ0jy6g129A=",
    "$6$",
    "$6$sa lt$x",
    "$6$a:b$x",
    "{SHA512-CRYPT}{SSHA}YjOxnlnw8lITpqjG3t+XV9jV7otwZXBwZXI=",
    "abhfCpXqd4GrI",
    "{CRYPT}abhfCpXqd4GrI",
    "$9$salt$hash",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_test_message ("%s", cases[i]);
      g_assert_null (ms_password_check_hash (cases[i], &error));
      refuse_error (error, MS_ERROR_INVALID, EXT ":passwordHash");
      /* A message must not repeat what may be a password. */
      g_assert_true (*cases[i] == '\0' || strstr (error->message, cases[i]) == NULL);
    }
}

/* Waiting ----------------------------------------------------------------------------------- */

static void
test_back_off (void)
{
  g_autoptr (MsBackOff) back_off = ms_back_off_new ();
  gint64             now = 1000 * HOUR;
  static const guint waits[] = { 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900 };

  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      if (waits[i] > 0)
        {
          g_assert_cmpuint (ms_back_off_begin (back_off, "john", "1.1.1.1", now), ==, waits[i]);
          now += waits[i] * G_USEC_PER_SEC;
        }
      g_assert_cmpuint (
          ms_back_off_begin (back_off, "john", i % 2 ? "1.1.1.1" : "2.2.2.2", now), ==, 0);
    }
  g_assert_cmpuint (ms_back_off_begin (back_off, "jane", "3.3.3.3", now), ==, 0);
  /* Forgotten after an hour, and at once by the right password. */
  g_assert_cmpuint (ms_back_off_begin (back_off, "john", "3.3.3.3", now), ==, 900);
  ms_back_off_succeeded (back_off, "john", "9.9.9.9");
  g_assert_cmpuint (ms_back_off_begin (back_off, "john", "3.3.3.3", now), ==, 0);
  /* One that did not come to an attempt counts for nothing. */
  for (guint i = 0; i < 50; i++)
    {
      g_assert_cmpuint (ms_back_off_begin (back_off, "jack", "4.4.4.4", now), ==, 0);
      ms_back_off_cancel (back_off, "jack", "4.4.4.4");
    }
}

static void
test_back_off_peer (void)
{
  g_autoptr (MsBackOff) back_off = ms_back_off_new ();

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *name = g_strdup_printf ("user%u", i);
      g_assert_cmpuint (ms_back_off_begin (back_off, name, "6.6.6.6", HOUR), ==, 0);
    }
  g_assert_cmpuint (ms_back_off_begin (back_off, "another", "6.6.6.6", HOUR), ==, 1);
  g_assert_cmpuint (ms_back_off_begin (back_off, "another", "7.7.7.7", HOUR), ==, 0);
  /* Bounded: more names than there is room for push out the oldest. */
  for (guint i = 0; i < 3 * MS_BACK_OFF_MAX_ENTRIES; i++)
    {
      g_autofree char *name = g_strdup_printf ("name%u", i);
      g_autofree char *peer = g_strdup_printf ("peer%u", i);
      g_assert_cmpuint (ms_back_off_begin (back_off, name, peer, 2 * HOUR), ==, 0);
    }
}

/* Logging on -------------------------------------------------------------------------------- */

typedef struct
{
  GMutex   lock;
  GCond    done;
  gboolean is_done;
  char    *token;
  MsActor *actor;
  gint64   expires;
  GError  *error;
} LogOnResult;

static void
on_logged_on_cb (
    const char *token, MsActor *actor, gint64 expires, const GError *error, gpointer user_data)
{
  LogOnResult *result = user_data;

  g_mutex_lock (&result->lock);
  result->token = g_strdup (token);
  result->actor = actor != NULL ? ms_actor_copy (actor) : NULL;
  result->expires = expires;
  result->error = error != NULL ? g_error_copy (error) : NULL;
  result->is_done = TRUE;
  g_cond_signal (&result->done);
  g_mutex_unlock (&result->lock);
}

/* (transfer full) (nullable): the token */
static char *
wait_for (Fixture *f, LogOnResult *result, MsActor **actor, GError **error)
{
  g_mutex_lock (&result->lock);
  while (!result->is_done)
    g_cond_wait (&result->done, &result->lock);
  g_mutex_unlock (&result->lock);
  if (result->error != NULL)
    {
      g_assert_null (result->token);
      g_assert_null (result->actor);
      g_propagate_error (error, result->error);
      return NULL;
    }
  g_assert_cmpint (result->expires, ==, f->now + 12 * HOUR);
  if (actor != NULL)
    *actor = result->actor;
  else
    ms_actor_free (result->actor);
  return result->token;
}

/* (transfer full) (nullable): the token */
static char *
log_on_from (Fixture    *f,
             const char *user,
             const char *password,
             const char *peer,
             MsActor   **actor,
             GError    **error)
{
  LogOnResult result = { .is_done = FALSE };

  ms_service_log_on_async (
      f->service, user, password, NULL, peer, "console", on_logged_on_cb, &result);
  return wait_for (f, &result, actor, error);
}

static char *
log_on (Fixture *f, const char *user, const char *password, GError **error)
{
  return log_on_from (f, user, password, "127.0.0.1", NULL, error);
}

static void
expect_log_on (Fixture *f, const char *user, const char *password, const char *peer, int code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *token = log_on_from (f, user, password, peer, NULL, &error);

  g_test_message ("%s from %s", user, peer);
  if (code < 0)
    {
      g_assert_no_error (error);
      g_assert_cmpuint (strlen (token), ==, 43);
    }
  else
    g_assert_error (error, MS_ERROR, code);
}

static gboolean
is_in_from (Fixture *f, const char *token, const char *peer)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsActor) actor = ms_service_authenticate (f->service, token, peer, &error);

  if (actor == NULL)
    g_assert_error (error, MS_ERROR, MS_ERROR_UNAUTHENTICATED);
  return actor != NULL;
}

static gboolean
is_in (Fixture *f, const char *token)
{
  return is_in_from (f, token, PEER);
}

static void
test_log_on (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsActor) actor = NULL;
  g_autofree char *token = log_on_from (f, "ADMIN", f->password, "127.0.0.1", &actor, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (actor->user_name, ==, "admin");
  g_assert_cmpint (actor->role, ==, MS_ROLE_ADMINISTRATOR);
  g_assert_cmpstr (actor->channel, ==, "console");
  g_assert_false (actor->read_only);
  /* No change set for logging on. */
  g_assert_cmpint (last_sequence (f), ==, 1);

  g_assert_true (is_in (f, token));
  g_assert_false (is_in (f, "no-such-token"));
  g_autofree char *longer = g_strnfill (5000, 'x');
  g_assert_false (is_in (f, longer));

  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  g_assert_true (ms_service_describe_session (f->service, actor, builder, &error));
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  assert_picked (json_node_get_object (root), "user.userName", "admin");
  assert_picked (json_node_get_object (root), "user.role", "administrator");
  assert_picked (json_node_get_object (root), "mustChangePassword", "false");

  g_assert_true (ms_service_log_off (f->service, actor, &error));
  g_assert_false (is_in (f, token));
}

static void
test_wrong (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  expect_log_on (f, "admin", "wrong", "1.1.1.1", MS_ERROR_UNAUTHENTICATED);
  expect_log_on (f, "nobody", "wrong", "1.1.1.1", MS_ERROR_UNAUTHENTICATED);
  expect_log_on (f, "admin", "", "1.1.1.1", MS_ERROR_UNAUTHENTICATED);
  expect_log_on (f, "Admin", "wrong", "2.2.2.2", MS_ERROR_UNAUTHENTICATED);
  g_assert_null (log_on_from (f, "admin", f->password, "3.3.3.3", NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
  g_assert_cmpstr (ms_error_get_details (error), ==, "{\"retryAfter\":1}");
  g_assert_null (strstr (error->message, f->password));
  f->now += G_USEC_PER_SEC;
  expect_log_on (f, "admin", f->password, "3.3.3.3", -1);
  /* The same for a name that does not exist. */
  expect_log_on (f, "nobody", "wrong", "1.1.1.1", MS_ERROR_UNAUTHENTICATED);
  expect_log_on (f, "nobody", "wrong", "1.1.1.1", MS_ERROR_UNAUTHENTICATED);
  expect_log_on (f, "nobody", "wrong", "1.1.1.1", MS_ERROR_LIMIT);
}

static void
test_account_state (Fixture *f, gconstpointer data)
{
  g_autofree char *no_role = make (f, "User", "{'userName':'plain','password':'secret word'}");
  g_autofree char *id
      = make (f,
              "User",
              "{'userName':'jane','password':'secret word','" EXT "':{'role':'auditor',"
              "'allowedNetworks':['10.0.0.0/8','2001:db8::/32']}}");

  expect_log_on (f, "plain", "secret word", "10.1.1.1", MS_ERROR_DENIED);
  expect_log_on (f, "jane", "secret word", "10.1.1.1", -1);
  expect_log_on (f, "jane", "secret word", "::ffff:10.2.3.4", -1);
  expect_log_on (f, "jane", "secret word", "2001:db8::5", -1);
  expect_log_on (f, "jane", "secret word", "192.0.2.1", MS_ERROR_UNAUTHENTICATED);
  expect_log_on (f, "jane", "secret word", "unknown", MS_ERROR_UNAUTHENTICATED);

  g_autofree char *later = ms_json_format_time (f->now + HOUR);
  g_autofree char *sooner = ms_json_format_time (f->now - HOUR);
  g_autofree char *quoted_later = json ("'%s'", later);
  g_autofree char *quoted_sooner = json ("'%s'", sooner);
  change (f, "User", id, EXT ":validFrom", quoted_later);
  expect_log_on (f, "jane", "secret word", "10.1.1.1", MS_ERROR_UNAUTHENTICATED);
  change (f, "User", id, EXT ":validFrom", quoted_sooner);
  expect_log_on (f, "jane", "secret word", "10.1.1.1", -1);
  change (f, "User", id, EXT ":validUntil", quoted_later);
  g_autoptr (GError) error = NULL;
  g_autofree char *token = log_on_from (f, "jane", "secret word", "10.1.1.1", NULL, &error);
  g_assert_true (is_in_from (f, token, "10.1.1.1"));
  f->now += HOUR;
  g_assert_false (is_in_from (f, token, "10.1.1.1"));
  expect_log_on (f, "jane", "secret word", "10.1.1.1", MS_ERROR_UNAUTHENTICATED);
}

/* What was begun elsewhere holds no longer than where the account may be used: asked of the store,
 * and from the cache. */
static void
test_networks (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = make (
      f, "User", "{'userName':'jane','password':'secret word','" EXT "':{'role':'administrator'}}");
  g_autoptr (MsActor) jane = NULL;
  g_autofree char *session = log_on_from (f, "jane", "secret word", PEER, &jane, &error);
  g_assert_no_error (error);
  g_autofree char *token
      = ms_service_create_token (f->service, jane, "sync", "all", 0, NULL, NULL, &error);
  g_assert_no_error (error);
  const char *const both[] = { session, token };

  g_assert_true (is_in (f, session) && is_in (f, token));
  change (f, "User", id, EXT ":allowedNetworks", "['10.0.0.0/8']");
  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    for (guint time = 0; time < 2; time++)
      {
        static const char *const strange[] = { PEER, "11.0.0.1", "unknown", NULL };
        for (guint n = 0; n < G_N_ELEMENTS (strange); n++)
          {
            g_autoptr (GError) refused = NULL;
            g_assert_null (ms_service_authenticate (f->service, both[i], strange[n], &refused));
            g_assert_error (refused, MS_ERROR, MS_ERROR_UNAUTHENTICATED);
            g_assert_cmpstr (refused->message, ==, "This account may not log on from this network");
          }
        g_autoptr (MsActor) here
                   = ms_service_authenticate (f->service, both[i], "::ffff:10.1.2.3", &error);
        g_assert_no_error (error);
        g_assert_cmpstr (here->user_id, ==, id);
      }
}

/* Sessions ---------------------------------------------------------------------------------- */

static void
test_sliding (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *used = log_on (f, "admin", f->password, &error);
  g_autofree char *idle = log_on (f, "admin", f->password, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < 5; i++)
    {
      f->now += 5 * HOUR;
      g_assert_true (is_in (f, used));
    }
  g_assert_false (is_in (f, idle));
  /* Also as the store has it, for a server that was started again. */
  ms_service_shutdown (f->service);
  g_object_unref (f->service);
  f->service = ms_service_new (f->store);
  fixture_use_clock (f);
  f->now += 5 * HOUR;
  g_assert_true (is_in (f, used));
  g_assert_false (is_in (f, idle));
  f->now += 13 * HOUR;
  g_assert_false (is_in (f, used));
}

static void
test_ended (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = make (
      f, "User", "{'userName':'jane','password':'secret word','" EXT "':{'role':'administrator'}}");
  g_autoptr (MsActor) jane = NULL;
  g_autofree char *first = log_on_from (f, "jane", "secret word", "127.0.0.1", &jane, &error);
  g_autofree char *second = log_on (f, "jane", "secret word", &error);
  g_autofree char *other = log_on (f, "admin", f->password, &error);

  g_assert_no_error (error);
  g_assert_true (is_in (f, first) && is_in (f, second) && is_in (f, other));

  /* Her own change of password leaves her where she is and ends the other session. */
  change (f, "User", id, EXT ":mustChangePassword", "true");
  g_autoptr (MsOutcome) changed
             = try_verb (f,
                         jane,
                         MS_VERB_PATCH,
                         "User",
                         id,
                         "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations'"
                         ":[{'op':'replace','path':'password','value':'secret 5'}]}",
                         &error);
  g_assert_no_error (error);
  g_assert_true (is_in (f, first));
  g_assert_false (is_in (f, second));
  g_assert_true (is_in (f, other));
  assert_shown (f, "User", id, EXT ":mustChangePassword", "false");

  /* A role that changes counts from the next request on. */
  change (f, "User", id, EXT ":role", "'auditor'");
  g_autoptr (MsActor) now = ms_service_authenticate (f->service, first, PEER, &error);
  g_assert_cmpint (now->role, ==, MS_ROLE_AUDITOR);

  change (f, "User", id, "active", "false");
  g_assert_false (is_in (f, first));
  expect_log_on (f, "jane", "secret 5", "127.0.0.1", MS_ERROR_UNAUTHENTICATED);
  change (f, "User", id, "active", "true");
  g_assert_false (is_in (f, first));
  g_autofree char *third = log_on (f, "jane", "secret 5", &error);
  g_assert_no_error (error);
  drop (f, "User", id, NULL);
  g_assert_false (is_in (f, third));
  expect_log_on (f, "jane", "secret 5", "127.0.0.1", MS_ERROR_UNAUTHENTICATED);
}

static void
test_tokens (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *all
      = ms_service_create_token (f->service, f->admin, "sync", "all", 0, NULL, NULL, &error);
  g_autofree char *scim
      = ms_service_create_token (f->service, f->admin, "idp", "scim", 0, NULL, NULL, &error);
  g_autofree char *read = ms_service_create_token (
      f->service, f->admin, "watch", "read", f->now + HOUR, NULL, NULL, &error);
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_no_error (error);
  g_autoptr (MsActor) as_all = ms_service_authenticate (f->service, all, PEER, &error);
  g_autoptr (MsActor) as_scim = ms_service_authenticate (f->service, scim, PEER, &error);
  g_autoptr (MsActor) as_read = ms_service_authenticate (f->service, read, PEER, &error);
  g_assert_no_error (error);
  g_assert_false (as_all->read_only || as_all->scim_only);
  g_assert_true (as_scim->scim_only && !as_scim->read_only);
  g_assert_true (as_read->read_only);
  g_autoptr (MsOutcome) refused
             = try_verb (f, as_read, MS_VERB_CREATE, "User", NULL, "{'userName':'x'}", &error);
  refuse_error (error, MS_ERROR_DENIED, NULL);
  g_clear_error (&error);

  g_assert_true (ms_service_list_tokens (f->service, f->admin, out, &error));
  g_assert_null (strstr (out->str, all));
  g_autoptr (JsonObject) list = parse (out->str);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (list, "tokens")), ==, 3);
  g_autofree char *id = pick (list, "tokens[0].id");
  g_autofree char *name = pick (list, "tokens[0].name");
  g_assert_true (ms_service_revoke_token (f->service, f->admin, id, NULL, &error));
  g_assert_false (is_in (f,
                         strcmp (name, "sync") == 0  ? all
                         : strcmp (name, "idp") == 0 ? scim
                                                     : read));
  g_assert_false (ms_service_revoke_token (f->service, f->admin, id, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_NOT_FOUND);

  f->now += 2 * HOUR;
  g_assert_false (is_in (f, read));
  static const struct
  {
    const char *name, *scope, *path;
    gint64      expires;
  } bad[] = { { "", "all", "name", 0 },
              { "x", "everything", "scope", 0 },
              { "x", "all", "expires", 5 } };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_clear_error (&error);
      g_assert_null (ms_service_create_token (
          f->service, f->admin, bad[i].name, bad[i].scope, bad[i].expires, NULL, NULL, &error));
      refuse_error (error, MS_ERROR_INVALID, bad[i].path);
    }
  g_autoptr (MsActor) auditor = fixture_actor (f, f->admin->user_id, MS_ROLE_AUDITOR, "console");
  g_clear_error (&error);
  g_assert_null (ms_service_create_token (f->service, auditor, "x", "read", 0, NULL, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
}

/* Many at once with the right password wait for each other; nobody is told of wrong ones. */
static void
test_at_once (Fixture *f, gconstpointer data)
{
  LogOnResult results[12] = { { .is_done = FALSE } };
  guint       wrong = 0;

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    ms_service_log_on_async (
        f->service, "admin", f->password, NULL, PEER, "console", on_logged_on_cb, &results[i]);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *token = wait_for (f, &results[i], NULL, &error);
      g_assert_no_error (error);
      g_assert_true (is_in (f, token));
    }

  /* Wrong ones are no more than before, and the last of those at once know of the first. */
  LogOnResult failures[12] = { { .is_done = FALSE } };
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    ms_service_log_on_async (
        f->service, "admin", "wrong", NULL, PEER, "console", on_logged_on_cb, &failures[i]);
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *token = wait_for (f, &failures[i], NULL, &error);
      g_assert_null (token);
      if (g_error_matches (error, MS_ERROR, MS_ERROR_UNAUTHENTICATED))
        wrong++;
      else
        g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
    }
  g_assert_cmpuint (wrong, ==, 3);
  expect_log_on (f, "admin", f->password, PEER, MS_ERROR_LIMIT);
}

static void
restore (Fixture *f, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body = g_strdup_printf ("{'ids':['%s']}", id);
  g_autoptr (MsOutcome) restored = try_verb (f, NULL, MS_VERB_RESTORE, NULL, NULL, body, &error);

  g_assert_no_error (error);
  g_assert_nonnull (strstr (restored->document->str, "\"refused\":[]"));
}

static guint
count_tokens (Fixture *f)
{
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (ms_service_list_tokens (f->service, f->admin, out, NULL));
  g_autoptr (JsonObject) list = parse (out->str);
  return json_array_get_length (json_object_get_array_member (list, "tokens"));
}

/* What an identity provider uses goes on when the deletion of its owner is taken back; it is
 * revoked, and told to be, when its owner is gone for good. */
static void
test_tokens_in_bin (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = make (
      f, "User", "{'userName':'jane','password':'secret word','" EXT "':{'role':'administrator'}}");
  g_autofree char *session = log_on (f, "jane", "secret word", &error);
  g_assert_no_error (error);
  g_autoptr (MsActor) jane = ms_service_authenticate (f->service, session, PEER, &error);
  g_autofree char *kept
      = ms_service_create_token (f->service, jane, "kept", "scim", 0, NULL, NULL, &error);
  g_autofree char *revoked
      = ms_service_create_token (f->service, jane, "revoked", "scim", 0, NULL, NULL, &error);
  g_autofree char *other
      = ms_service_create_token (f->service, f->admin, "other", "scim", 0, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (is_in (f, kept) && is_in (f, revoked) && is_in (f, other));

  drop (f, "User", id, NULL);
  g_assert_false (is_in (f, kept) || is_in (f, revoked) || is_in (f, session));
  g_assert_true (is_in (f, other));
  g_assert_cmpuint (count_tokens (f), ==, 3);
  restore (f, id);
  g_assert_true (is_in (f, kept) && is_in (f, revoked));
  g_assert_false (is_in (f, session));

  gint64 sequence = drop (f, "User", id, NULL);
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (ms_service_list_tokens (f->service, f->admin, out, &error));
  g_autoptr (JsonObject) list = parse (out->str);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *place = g_strdup_printf ("tokens[%u]", i);
      g_autofree char *name_path = g_strconcat (place, ".name", NULL);
      g_autofree char *id_path = g_strconcat (place, ".id", NULL);
      g_autofree char *user_path = g_strconcat (place, ".user.userName", NULL);
      g_autofree char *name = pick (list, name_path);
      g_autofree char *token_id = pick (list, id_path);
      assert_picked (list, user_path, strcmp (name, "other") == 0 ? "admin" : "jane");
      if (strcmp (name, "revoked") == 0)
        g_assert_true (ms_service_revoke_token (f->service, f->admin, token_id, NULL, &error));
    }
  g_autoptr (MsOutcome) undone = undo (f, sequence, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (undone->document->str, "\"refused\":[]"));
  g_assert_true (is_in (f, kept));
  g_assert_false (is_in (f, revoked));

  drop (f, "User", id, NULL);
  for (guint dry = 0; dry < 2; dry++)
    {
      g_autofree char *body
          = g_strdup_printf ("{'ids':['%s'],'dryRun':%s}", id, dry == 0 ? "true" : "false");
      g_autoptr (MsOutcome) purged = try_verb (f, NULL, MS_VERB_PURGE, NULL, NULL, body, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (count_tokens (f), ==, dry == 0 ? 2 : 1);
    }
  g_assert_false (is_in (f, kept));
  g_assert_true (is_in (f, other));
  g_autoptr (GString) change = g_string_new (NULL);
  g_assert_true (ms_service_get_change (f->service, f->admin, last_sequence (f), change, &error));
  g_autoptr (JsonObject) told = parse (change->str);
  assert_picked (told, "verb", "purge");
  g_autofree char *changes = pick (told, "changes");
  g_assert_nonnull (strstr (changes, "\"type\":\"Token\""));
  g_assert_nonnull (strstr (changes, "\"label\":\"kept\""));
  g_assert_null (strstr (changes, "\"label\":\"revoked\""));
}

/* The same where nobody purges: the time of the bin is over. */
static void
test_tokens_expired_bin (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = make (
      f, "User", "{'userName':'jane','password':'secret word','" EXT "':{'role':'administrator'}}");
  g_autofree char *session = log_on (f, "jane", "secret word", &error);
  g_autoptr (MsActor) jane = ms_service_authenticate (f->service, session, PEER, &error);
  g_autofree char *token = ms_service_create_token (
      f->service, jane, "kept", "scim", f->now + 1000 * G_TIME_SPAN_DAY, NULL, NULL, &error);
  gint64 purged = 0;

  g_assert_no_error (error);
  drop (f, "User", id, NULL);
  f->now += 900 * G_TIME_SPAN_DAY;
  g_assert_true (ms_bin_purge_due (f->service, &purged, &error));
  g_assert_no_error (error);
  g_assert_cmpint (purged, ==, 1);
  g_assert_cmpuint (count_tokens (f), ==, 0);
  g_assert_false (is_in (f, token));
}

static void
test_rehash (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make (f,
                              "User",
                              "{'userName':'jane','" EXT "':{'role':'auditor',"
                              "'passwordHash':'{SSHA}YjOxnlnw8lITpqjG3t+XV9jV7otwZXBwZXI='}}");

  assert_shown (f, "User", id, EXT ":passwordScheme", "ssha");
  expect_log_on (f, "jane", "wrong horse", "127.0.0.1", MS_ERROR_UNAUTHENTICATED);
  assert_shown (f, "User", id, EXT ":passwordScheme", "ssha");
  g_autoptr (GError) error = NULL;
  g_autofree char *token = log_on (f, "jane", "correct horse", &error);
  g_assert_no_error (error);
  assert_shown (f, "User", id, EXT ":passwordScheme", "yescrypt");
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (ms_service_get_change (f->service, f->admin, last_sequence (f), out, NULL));
  g_autoptr (JsonObject) set = parse (out->str);
  assert_picked (set, "changes[0].deltas[0].path", EXT ":passwordScheme");
  assert_picked (set, "changes[0].deltas[0].before", "ssha");
  assert_picked (set, "changes[0].deltas[0].after", "yescrypt");
  assert_picked (set, "changes[0].deltas[1].path", "password");
  assert_picked (set, "changes[0].deltas[1].secret", "true");
  assert_picked (set, "changes[0].deltas[2]", NULL);
  /* Hashing anew is no new password: nobody is logged off. */
  g_assert_true (is_in (f, token));
  expect_log_on (f, "jane", "correct horse", "127.0.0.1", -1);
}

static void
test_no_secrets (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make (f, "User", "{'userName':'jane','password':'open sesame 77'}");
  g_autoptr (GString) out = g_string_new (NULL);

  change (f, "User", id, "password", "'open sesame 78'");
  g_assert_true (ms_service_get_change (f->service, f->admin, last_sequence (f), out, NULL));
  g_autoptr (JsonObject) set = parse (out->str);
  assert_picked (set, "verb", "password");
  assert_picked (set, "changes[0].deltas[0].path", "password");
  assert_picked (set, "changes[0].deltas[0].secret", "true");
  g_assert_true (ms_service_get_change (f->service, f->admin, last_sequence (f) - 1, out, NULL));
  g_assert_null (strstr (out->str, "sesame"));
  g_assert_null (strstr (out->str, "$y$"));
}

/* Events ------------------------------------------------------------------------------------ */

typedef struct
{
  GMutex     lock;
  GPtrArray *texts;
  gint64     last;
} Heard;

static void
on_event (const char *kind, gint64 sequence, const char *text, gpointer user_data)
{
  Heard *heard = user_data;

  g_assert_cmpstr (kind, ==, "change");
  g_mutex_lock (&heard->lock);
  g_assert_cmpint (sequence, >, heard->last);
  heard->last = sequence;
  g_ptr_array_add (heard->texts, g_strdup (text));
  g_mutex_unlock (&heard->lock);
}

static void
test_events (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Heard    live = { .texts = g_ptr_array_new_with_free_func (g_free) };
  Heard    replayed = { .texts = g_ptr_array_new_with_free_func (g_free) };
  guint    id = ms_service_add_listener (f->service, on_event, &live);
  gboolean complete = FALSE;

  g_autofree char *john = make (f, "User", "{'userName':'john','password':'secret word'}");
  change (f, "User", john, "title", "'Cook'");
  drop (f, "User", john, NULL);
  /* The commit is told on the writer thread after the answer at the latest; one more write waits
   * for it. */
  ms_service_remove_listener (f->service, id);
  g_autofree char *jane = make (f, "User", "{'userName':'jane'}");
  g_assert_cmpuint (live.texts->len, ==, 3);
  g_autoptr (JsonObject) first = parse (g_ptr_array_index (live.texts, 0));
  assert_picked (first, "sequence", "2");
  assert_picked (first, "verb", "create");
  assert_picked (first, "changes[0].verb", "create");
  assert_picked (first, "changes[0].type", "User");
  assert_picked (first, "changes[0].label", "john");
  assert_picked (first, "changes[0].deltas", NULL);

  g_assert_true (ms_service_replay_events (
      f->service, f->admin, 1, 10, on_event, &replayed, &complete, &error));
  g_assert_true (complete);
  g_assert_cmpuint (replayed.texts->len, ==, 4);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpstr (g_ptr_array_index (replayed.texts, i), ==, g_ptr_array_index (live.texts, i));
  replayed.last = 0;
  g_assert_true (ms_service_replay_events (
      f->service, f->admin, 1, 3, on_event, &replayed, &complete, &error));
  g_assert_false (complete);
  g_assert_cmpuint (replayed.texts->len, ==, 7);
  g_ptr_array_unref (live.texts);
  g_ptr_array_unref (replayed.texts);
}

/* In the middle of a bulk request -------------------------------------------------------------- */

#define MANY 200

typedef struct
{
  Fixture *f;
  char    *session_id;
  gint     is_done;
} Revoking;

static gboolean
revoke_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Revoking *self = user_data;

  return ms_txn_delete_session (txn, self->session_id, error);
}

static void
on_revoked_cb (gint64 sequence, const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
}

/* Behind what waits for the writer by now, and before the rest of the request. */
static void
on_first_change_cb (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  static const MsChangeContext context = { .actor_name = "x", .channel = "cli", .verb = "update" };
  Revoking                    *self = user_data;

  if (strcmp (kind, "change") == 0 && g_atomic_int_compare_and_exchange (&self->is_done, 0, 1))
    ms_store_write_async (self->f->store, &context, revoke_in_txn, self, on_revoked_cb, self);
}

/* (transfer full): the answer */
static JsonObject *
bulk (Fixture *f, const MsActor *actor, const char *operations)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body
      = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],'Operations':[%s]}",
              operations);
  g_autoptr (MsOutcome) outcome = try_verb (f, actor, MS_VERB_BULK, NULL, NULL, body, &error);

  g_assert_no_error (error);
  return parse (outcome->document->str);
}

/* A new administrator's API token. (transfer full) */
static MsActor *
make_token (Fixture *f, const char *name, char **user_id)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body = json (
      "{'userName':'%s','password':'secret word','" EXT "':{'role':'administrator'}}", name);
  g_autoptr (MsActor) owner = NULL;

  *user_id = make (f, "User", body);
  g_autofree char *session = log_on_from (f, name, "secret word", PEER, &owner, &error);
  g_assert_no_error (error);
  g_autofree char *token
      = ms_service_create_token (f->service, owner, "sync", "all", 0, NULL, NULL, &error);
  g_assert_no_error (error);
  MsActor *actor = ms_service_authenticate (f->service, token, PEER, &error);
  g_assert_no_error (error);
  return actor;
}

#define MAKE(name)                                                                                 \
  "{'method':'POST','path':'/Groups','bulkId':'" name "','data':{'displayName':'" name "'}}"
#define CHANGE(id, change)                                                                         \
  "{'method':'PATCH','path':'/Users/" id "','data':{'schemas':['urn:ietf:params:scim:api:"         \
  "messages:2.0:PatchOp'],'Operations':[" change "]}}"

/* Each operation is done by who its owner is then. */
static void
test_bulk_ends (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *name, *change, *status;
  } cases[] = {
    { "disabled", "{'op':'replace','path':'active','value':false}", "401" },
    { "no-role", "{'op':'remove','path':'" EXT ":role'}", "403" },
    { "auditor", "{'op':'replace','path':'" EXT ":role','value':'auditor'}", "403" },
    { "past",
      "{'op':'replace','path':'" EXT ":validUntil','value':'2001-01-01T00:00:00Z'}",
      "401" },
    { "title", "{'op':'replace','path':'title','value':'x'}", "201" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *id = NULL;
      g_autoptr (MsActor) token = make_token (f, cases[i].name, &id);
      g_autofree char *operations
          = g_strdup_printf (MAKE ("%s1") "," CHANGE ("%s", "%s") "," MAKE ("%s2"),
                             cases[i].name,
                             cases[i].name,
                             id,
                             cases[i].change,
                             cases[i].name,
                             cases[i].name);
      g_autoptr (JsonObject) answer = bulk (f, token, operations);

      g_test_message ("%s", cases[i].name);
      assert_picked (answer, "Operations[0].status", "201");
      assert_picked (answer, "Operations[1].status", "200");
      assert_picked (answer, "Operations[2].status", cases[i].status);
    }
}

static void
test_bulk_revoked (Fixture *f, gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (MsActor) token = make_token (f, "sync", &id);
  g_autoptr (GString) operations = g_string_new (NULL);

  for (guint i = 0; i < MANY; i++)
    g_string_append_printf (operations, "%s" MAKE ("many%u"), i > 0 ? "," : "", i, i);
  Revoking revoking = { .f = f, .session_id = token->session_id };
  guint    listener = ms_service_add_listener (f->service, on_first_change_cb, &revoking);
  g_autoptr (JsonObject) answer = bulk (f, token, operations->str);
  ms_service_remove_listener (f->service, listener);
  assert_picked (answer, "Operations[0].status", "201");
  assert_picked (answer, "Operations[199].status", "401");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) whole
             = try_verb (f,
                         token,
                         MS_VERB_BULK,
                         NULL,
                         NULL,
                         "{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],"
                         "'" MS_URN_BULK_OPTIONS "':{'atomic':true},"
                         "'Operations':[" MAKE ("x") "," MAKE ("y") "]}",
                         &error);
  g_autoptr (JsonObject) refused = parse (whole->document->str);
  assert_picked (refused, "Operations[0].status", "401");
}

/* Many at once ------------------------------------------------------------------------------ */

typedef struct
{
  GMutex lock;
  GCond  done;
  guint  left;
  guint  refused;
  guint  right;
} Flood;

static void
on_flooded_cb (
    const char *token, MsActor *actor, gint64 expires, const GError *error, gpointer user_data)
{
  Flood *flood = user_data;

  g_mutex_lock (&flood->lock);
  if (g_error_matches (error, MS_ERROR, MS_ERROR_LIMIT))
    flood->refused++;
  else if (error == NULL)
    flood->right++;
  if (--flood->left == 0)
    g_cond_signal (&flood->done);
  g_mutex_unlock (&flood->lock);
}

static void
test_flood (Fixture *f, gconstpointer data)
{
  Flood flood = { .left = 200 };

  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *peer = g_strdup_printf ("10.0.0.%u", i);
      g_autofree char *name = g_strdup_printf ("nobody%u", i);
      ms_service_log_on_async (f->service, name, "x", NULL, peer, "console", on_flooded_cb, &flood);
    }
  g_mutex_lock (&flood.lock);
  while (flood.left > 0)
    g_cond_wait (&flood.done, &flood.lock);
  g_mutex_unlock (&flood.lock);
  g_assert_cmpuint (flood.refused, >, 0);
  g_assert_cmpuint (flood.refused, <, 200);
  g_assert_cmpuint (flood.right, ==, 0);
}

/* What changes while a log-on is under way ------------------------------------------------- */

/* Done between the look at the password and the session: the service asks for the time there, on a
 * thread of the pool. */
typedef struct
{
  Fixture *f;
  GThread *test;
  char    *id;
  void (*func) (Fixture *f, const char *id);
  gint is_done;
} Meanwhile;

static gint64
on_clock_cb (gpointer user_data)
{
  Meanwhile *self = user_data;

  if (g_thread_self () != self->test && g_atomic_int_compare_and_exchange (&self->is_done, 0, 1))
    self->func (self->f, self->id);
  return self->f->now;
}

static void
set_hash (Fixture *f, const char *id, const char *password)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *hash = ms_password_hash (password, &error);
  g_assert_no_error (error);
  g_autofree char *quoted = json ("'%s'", hash);

  change (f, "User", id, EXT ":passwordHash", quoted);
}

static void
change_password (Fixture *f, const char *id)
{
  set_hash (f, id, "another word");
}

/* As another log-on does it, or somebody who sets the same password again. */
static void
hash_again (Fixture *f, const char *id)
{
  set_hash (f, id, "secret word");
}

static void
disable (Fixture *f, const char *id)
{
  change (f, "User", id, "active", "false");
}

static void
disable_and_enable (Fixture *f, const char *id)
{
  change_password (f, id);
  disable (f, id);
  change (f, "User", id, "active", "true");
}

static void
end_validity (Fixture *f, const char *id)
{
  g_autofree char *past = ms_json_format_time (f->now - HOUR);
  g_autofree char *quoted = json ("'%s'", past);

  change (f, "User", id, EXT ":validUntil", quoted);
}

static void
narrow_networks (Fixture *f, const char *id)
{
  change (f, "User", id, EXT ":allowedNetworks", "['192.0.2.0/24']");
}

static void
take_role (Fixture *f, const char *id)
{
  change (f, "User", id, EXT ":role", NULL);
}

static void
lower_role (Fixture *f, const char *id)
{
  change (f, "User", id, EXT ":role", "'auditor'");
}

static void
delete_user (Fixture *f, const char *id)
{
  (void) drop (f, "User", id, NULL);
}

static gboolean
enrol_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  return ms_txn_keep_secret (txn, user_data, "totp", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", error);
}

static void
set_up_second_step (Fixture *f, const char *id)
{
  g_autoptr (GError) error = NULL;
  MsChangeContext context = { .actor_name = "x", .channel = "cli", .verb = "totp-enrol" };

  g_assert_true (ms_store_write (f->store, &context, enrol_in_txn, (gpointer) id, NULL, &error));
}

/* What was judged is what the store says when the session is written, or it is judged anew. */
static void
test_meanwhile (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *name;
    void (*func) (Fixture *f, const char *id);
    int         code; /* < 0: it is let in */
    const char *details;
  } cases[] = {
    { "password", change_password, MS_ERROR_UNAUTHENTICATED, NULL },
    { "hashed-again", hash_again, -1, NULL },
    { "disabled", disable, MS_ERROR_UNAUTHENTICATED, NULL },
    { "enabled-again", disable_and_enable, MS_ERROR_UNAUTHENTICATED, NULL },
    { "no-longer-valid", end_validity, MS_ERROR_UNAUTHENTICATED, NULL },
    { "from-elsewhere", narrow_networks, MS_ERROR_UNAUTHENTICATED, NULL },
    { "no-role", take_role, MS_ERROR_DENIED, NULL },
    { "lower-role", lower_role, -1, NULL },
    { "deleted", delete_user, MS_ERROR_UNAUTHENTICATED, NULL },
    { "second-step", set_up_second_step, MS_ERROR_UNAUTHENTICATED, "{\"secondStep\":\"totp\"}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsActor) actor = NULL;
      g_autofree char *body
          = json ("{'userName':'%s','password':'secret word','" EXT "':{'role':'administrator'}}",
                  cases[i].name);
      g_autofree char *id = make (f, "User", body);
      Meanwhile        meanwhile
          = { .f = f, .test = g_thread_self (), .id = id, .func = cases[i].func, .is_done = 0 };

      g_test_message ("%s", cases[i].name);
      ms_service_set_clock (f->service, on_clock_cb, &meanwhile);
      g_autofree char *token = log_on_from (f, cases[i].name, "secret word", PEER, &actor, &error);
      fixture_use_clock (f);
      g_assert_true (meanwhile.is_done);
      if (cases[i].code < 0)
        {
          g_assert_no_error (error);
          g_assert_true (is_in (f, token));
          g_assert_cmpint (actor->role,
                           ==,
                           cases[i].func == lower_role ? MS_ROLE_AUDITOR : MS_ROLE_ADMINISTRATOR);
          continue;
        }
      g_assert_null (token);
      g_assert_error (error, MS_ERROR, cases[i].code);
      if (cases[i].details != NULL)
        g_assert_cmpstr (ms_error_get_details (error), ==, cases[i].details);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/password/new", test_new_hash);
  g_test_add_func ("/password/old", test_old_hashes);
  g_test_add_func ("/password/refused", test_refused_hashes);
  g_test_add_func ("/back-off/account", test_back_off);
  g_test_add_func ("/back-off/peer", test_back_off_peer);
  fixture_add ("/log-on/right", test_log_on);
  fixture_add ("/log-on/wrong", test_wrong);
  fixture_add ("/log-on/account-state", test_account_state);
  fixture_add ("/log-on/networks", test_networks);
  fixture_add ("/log-on/rehash", test_rehash);
  fixture_add ("/log-on/meanwhile", test_meanwhile);
  fixture_add ("/log-on/flood", test_flood);
  fixture_add ("/session/sliding", test_sliding);
  fixture_add ("/session/ended", test_ended);
  fixture_add ("/log-on/at-once", test_at_once);
  fixture_add ("/session/tokens", test_tokens);
  fixture_add ("/session/tokens-in-the-bin", test_tokens_in_bin);
  fixture_add ("/session/tokens-after-the-bin", test_tokens_expired_bin);
  fixture_add ("/session/no-secrets", test_no_secrets);
  fixture_add ("/session/bulk-ends", test_bulk_ends);
  fixture_add ("/session/bulk-revoked", test_bulk_revoked);
  fixture_add ("/events/changes", test_events);
  return g_test_run ();
}
