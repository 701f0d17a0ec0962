/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Logging on in two steps: the codes themselves, setting it up, when a code counts and when not,
 * recovery codes, roles that must have it, and taking it away. The clock is the test's.
 */
#include "service-fixture.h"

#include <string.h>

#include "ms-second-step.h"
#include "ms-totp.h"
#include "ms-txn.h"

#define EXT MS_URN_EXT_USER
#define STEP (MS_TOTP_PERIOD * G_USEC_PER_SEC)

/* Codes ------------------------------------------------------------------------------------- */

/* RFC 6238, appendix B, for SHA-1; of its eight digits the last six. */
static void
test_vectors (void)
{
  static const struct
  {
    gint64      seconds;
    const char *code;
  } cases[] = {
    { 59, "287082" },         { 1111111109, "081804" }, { 1111111111, "050471" },
    { 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64           time = cases[i].seconds * G_USEC_PER_SEC;
      const char      *secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
      g_autofree char *code = ms_totp_make_code (secret, ms_totp_get_step (time));
      g_assert_cmpstr (code, ==, cases[i].code);
      g_assert_cmpint (
          ms_totp_find_step (secret, code, time, 0), ==, cases[i].seconds / MS_TOTP_PERIOD);
    }
  g_assert_null (ms_totp_make_code ("not base 32!", 1));
}

static void
test_window (void)
{
  g_autofree char *secret = ms_totp_new_secret ();
  gint64           time = G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC;
  gint64           now = ms_totp_get_step (time);

  g_assert_cmpuint (strlen (secret), ==, 32);
  for (gint64 step = now - 3; step <= now + 3; step++)
    {
      g_autofree char *code = ms_totp_make_code (secret, step);
      gboolean         is_near = step >= now - 1 && step <= now + 1;
      g_assert_cmpint (ms_totp_find_step (secret, code, time, 0), ==, is_near ? step : 0);
      /* One that was used, or is older than one that was, is no code any more. */
      g_assert_cmpint (ms_totp_find_step (secret, code, time, step), ==, 0);
      g_assert_cmpint (ms_totp_find_step (secret, code, time, now + 1), ==, 0);
    }
  g_assert_cmpint (ms_totp_find_step (secret, "", time, 0), ==, 0);
  g_assert_cmpint (ms_totp_find_step (secret, "12345", time, 0), ==, 0);
  g_assert_cmpint (ms_totp_find_step (secret, "1234567", time, 0), ==, 0);
}

static void
test_texts (void)
{
  g_autofree char *clean = ms_totp_clean_code (" 123 456-");
  g_autofree char *uri = ms_totp_make_uri ("ABC", "Mailstead mail.example.org", "jane:doe");
  g_autofree char *code = ms_totp_new_recovery_code ();
  g_autofree char *other = ms_totp_new_recovery_code ();
  g_autofree char *upper = g_ascii_strup (code, -1);
  g_autofree char *typed = ms_totp_clean_code (upper);

  g_assert_cmpstr (clean, ==, "123456");
  g_assert_cmpstr (uri,
                   ==,
                   "otpauth://totp/Mailstead%20mail.example.org:jane%3Adoe?secret=ABC"
                   "&issuer=Mailstead%20mail.example.org&algorithm=SHA1&digits=6&period=30");
  g_assert_cmpuint (strlen (code), ==, 19);
  g_assert_cmpstr (code, !=, other);
  g_assert_true (ms_totp_is_recovery_code (typed));
  g_assert_false (ms_totp_is_recovery_code (code));
  g_assert_false (ms_totp_is_recovery_code ("123456"));
}

/* The use case ------------------------------------------------------------------------------ */

typedef struct
{
  GMutex   lock;
  GCond    done;
  gboolean is_done;
  char    *token;
  MsActor *actor;
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
  result->error = error != NULL ? g_error_copy (error) : NULL;
  result->is_done = TRUE;
  g_cond_signal (&result->done);
  g_mutex_unlock (&result->lock);
}

/* (transfer full) (nullable): the actor. @token: (out) (optional) (transfer full) */
static MsActor *
log_on (Fixture *f, const char *name, const char *code, char **token, GError **error)
{
  LogOnResult result = { .is_done = FALSE };
  const char *password = strcmp (name, "admin") == 0 ? f->password : "secret word";

  ms_service_log_on_async (
      f->service, name, password, code, "127.0.0.1", "console", on_logged_on_cb, &result);
  g_mutex_lock (&result.lock);
  while (!result.is_done)
    g_cond_wait (&result.done, &result.lock);
  g_mutex_unlock (&result.lock);
  if (token != NULL)
    *token = g_steal_pointer (&result.token);
  g_free (result.token);
  if (result.error != NULL)
    g_propagate_error (error, result.error);
  return result.actor;
}

static void
expect_in (Fixture *f, const char *name, const char *code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsActor) actor = log_on (f, name, code, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (actor->user_name, ==, name);
}

/* It is refused, asking for a code, or, with @code, saying that it is wrong. */
static void
expect_out (Fixture *f, const char *name, const char *code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsActor) actor = log_on (f, name, code, NULL, &error);

  g_assert_null (actor);
  refuse_error (error, MS_ERROR_UNAUTHENTICATED, code != NULL ? "code" : NULL);
  g_assert_cmpstr (ms_error_get_details (error), ==, "{\"secondStep\":\"totp\"}");
}

typedef struct
{
  MsActor *actor;
  char    *id;
  char    *secret;
  char    *recovery; /* the first of the codes */
} Enrolled;

static void
enrolled_clear (Enrolled *self)
{
  ms_actor_free (self->actor);
  g_free (self->id);
  g_free (self->secret);
  g_free (self->recovery);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Enrolled, enrolled_clear)

static char *
code_at (const char *secret, gint64 time)
{
  return ms_totp_make_code (secret, ms_totp_get_step (time));
}

/* With the password that all have here. */
static gboolean
confirm (Fixture       *f,
         const MsActor *actor,
         const char    *code,
         GString       *out,
         gint64        *sequence,
         GError       **error)
{
  const char *password = strcmp (actor->user_name, "admin") == 0 ? f->password : "secret word";

  return ms_service_confirm_second_step (
      f->service, actor, password, code, "127.0.0.1", out, sequence, error);
}

static void
enrol (Fixture *f, Enrolled *who)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) begun = g_string_new (NULL);
  g_autoptr (GString) done = g_string_new (NULL);
  gint64 sequence = 0;

  g_assert_true (ms_service_start_second_step (f->service, who->actor, begun, &error));
  g_autoptr (JsonObject) start = parse (begun->str);
  who->secret = pick (start, "secret");
  g_autofree char *uri = pick (start, "uri");
  g_assert_nonnull (strstr (uri, who->secret));
  g_autofree char *code = code_at (who->secret, f->now);
  g_assert_true (confirm (f, who->actor, code, done, &sequence, &error));
  g_assert_no_error (error);
  g_assert_cmpint (sequence, ==, last_sequence (f));
  g_autoptr (JsonObject) answer = parse (done->str);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (answer, "recoveryCodes")), ==, 10);
  who->recovery = pick (answer, "recoveryCodes[0]");
}

/* A user "jane" with @role who logs on in two steps. */
static void
make_jane (Fixture *f, const char *role, Enrolled *who)
{
  g_autofree char *body = g_strdup_printf (
      "{'userName':'jane','password':'secret word','" EXT "':{'role':'%s'}}", role);
  g_autoptr (GError) error = NULL;

  who->id = make (f, "User", body);
  who->actor = log_on (f, "jane", NULL, NULL, &error);
  g_assert_no_error (error);
  enrol (f, who);
}

static void
test_enrol (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  gint64           sequence = 0;
  gint64           before = last_sequence (f);
  g_autofree char *token = NULL;
  g_autoptr (MsActor) me = log_on (f, "admin", NULL, &token, &error);

  /* Nothing to confirm yet; and a secret that was not confirmed counts for nothing. */
  g_assert_false (confirm (f, me, "123456", out, &sequence, &error));
  refuse_error (error, MS_ERROR_CONFLICT, NULL);
  g_clear_error (&error);
  g_assert_true (ms_service_start_second_step (f->service, me, out, &error));
  g_autoptr (JsonObject) start = parse (out->str);
  g_autofree char *secret = pick (start, "secret");
  expect_in (f, "admin", NULL);
  g_assert_false (confirm (f, me, "12345", out, &sequence, &error));
  refuse_error (error, MS_ERROR_INVALID, "code");
  g_clear_error (&error);
  g_assert_cmpint (last_sequence (f), ==, before);

  /* Begun too long ago. */
  f->now += 20 * G_TIME_SPAN_MINUTE;
  g_autofree char *late = code_at (secret, f->now);
  g_assert_false (confirm (f, me, late, out, &sequence, &error));
  refuse_error (error, MS_ERROR_CONFLICT, NULL);
  g_clear_error (&error);

  g_auto (Enrolled) who = { .actor = ms_actor_copy (me) };
  enrol (f, &who);
  g_assert_false (ms_service_start_second_step (f->service, me, out, &error));
  refuse_error (error, MS_ERROR_CONFLICT, NULL);
  g_clear_error (&error);
  /* Who was in stays in. */
  g_autoptr (MsActor) still = ms_service_authenticate (f->service, token, PEER, &error);
  g_assert_no_error (error);
  g_assert_false (still->must_enrol);

  g_string_truncate (out, 0);
  g_assert_true (ms_service_get_change (f->service, f->admin, last_sequence (f), out, NULL));
  g_autoptr (JsonObject) set = parse (out->str);
  assert_picked (set, "verb", "totp-enrol");
  assert_picked (set, "changes[0].deltas[0].secret", "true");
  g_assert_null (strstr (out->str, who.secret));
  g_assert_null (strstr (out->str, who.recovery));
  g_assert_null (strstr (out->str, "after"));
  /* It is not undone: what was before is not kept. */
  g_autoptr (MsOutcome) undone = undo (f, last_sequence (f), &error);
  g_assert_null (undone);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
}

static void
test_codes (Fixture *f, gconstpointer data)
{
  g_auto (Enrolled) jane = { 0 };

  make_jane (f, "auditor", &jane);
  g_autofree char *used = code_at (jane.secret, f->now);
  expect_out (f, "jane", NULL);
  /* The code that it was confirmed with was used by that. */
  expect_out (f, "jane", used);
  f->now += 10 * STEP;
  gint64           sequence = last_sequence (f);
  g_autofree char *before = code_at (jane.secret, f->now - STEP);
  g_autofree char *now = code_at (jane.secret, f->now);
  g_autofree char *after = code_at (jane.secret, f->now + STEP);
  g_autofree char *spaced = g_strdup_printf ("%.3s %s", now, now + 3);
  expect_in (f, "jane", before);
  expect_out (f, "jane", before);
  expect_in (f, "jane", spaced);
  expect_out (f, "jane", now);
  expect_in (f, "jane", after);
  expect_out (f, "jane", now);
  /* Logging on changes nothing that anybody could undo. */
  g_assert_cmpint (last_sequence (f), ==, sequence);

  f->now += 10 * STEP;
  g_autofree char *old = code_at (jane.secret, f->now - 2 * STEP);
  g_autofree char *early = code_at (jane.secret, f->now + 2 * STEP);
  expect_out (f, "jane", old);
  expect_out (f, "jane", early);
  /* A code alone is nothing, and says nothing. */
  g_autofree char *good = code_at (jane.secret, f->now);
  g_autoptr (GError) error = NULL;
  f->password[0] ^= 1;
  g_assert_null (log_on (f, "admin", good, NULL, &error));
  refuse_error (error, MS_ERROR_UNAUTHENTICATED, NULL);
  g_assert_null (ms_error_get_details (error));
}

/* As for passwords: longer and longer, and coming without a code sets nothing back. */
static void
test_back_off (Fixture *f, gconstpointer data)
{
  static const guint waits[] = { 1, 2, 4, 8 };
  g_auto (Enrolled) jane = { 0 };
  g_autoptr (GError) error = NULL;

  make_jane (f, "auditor", &jane);
  f->now += 10 * STEP;
  for (guint i = 0; i < 3; i++)
    {
      expect_out (f, "jane", NULL);
      expect_out (f, "jane", "000000x");
    }
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      g_autofree char *details = g_strdup_printf ("{\"retryAfter\":%u}", waits[i]);
      g_assert_null (log_on (f, "jane", "000000x", NULL, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
      g_assert_cmpstr (ms_error_get_details (error), ==, details);
      g_clear_error (&error);
      f->now += waits[i] * G_USEC_PER_SEC;
      expect_out (f, "jane", NULL);
      expect_out (f, "jane", "000000x");
    }
  f->now += 16 * G_USEC_PER_SEC;
  g_autofree char *code = code_at (jane.secret, f->now);
  expect_in (f, "jane", code);
  expect_out (f, "jane", "000000x");
  expect_out (f, "jane", "000000x");
}

static char *
show_state (Fixture *f, const char *id, const char *path)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_service_show_second_step (f->service, f->admin, id, out, &error));
  g_autoptr (JsonObject) state = parse (out->str);
  return pick (state, path);
}

static void
assert_state (Fixture *f, const char *id, const char *path, const char *expected)
{
  g_autofree char *state = show_state (f, id, path);

  g_assert_cmpstr (state, ==, expected);
}

static void
test_recovery (Fixture *f, gconstpointer data)
{
  g_auto (Enrolled) jane = { 0 };
  g_autoptr (GString) out = g_string_new (NULL);

  make_jane (f, "auditor", &jane);
  assert_state (f, jane.id, "recoveryCodes", "10");
  g_autofree char *upper = g_ascii_strup (jane.recovery, -1);
  expect_in (f, "jane", upper);
  assert_state (f, jane.id, "recoveryCodes", "9");
  expect_out (f, "jane", jane.recovery);
  expect_out (f, "jane", "abcd-efgh-ijkl-mnop");
  assert_state (f, jane.id, "recoveryCodes", "9");
  /* That one was used is in the history, by whom and from where; not which. */
  g_assert_true (ms_service_get_change (f->service, f->admin, last_sequence (f), out, NULL));
  g_autoptr (JsonObject) set = parse (out->str);
  assert_picked (set, "verb", "totp-recovery");
  assert_picked (set, "actor.name", "jane");
  assert_picked (set, "channel", "console");
  assert_picked (set, "changes[0].label", "jane");
  g_assert_null (strstr (out->str, jane.recovery));
}

/* Whoever has stolen a session knows no password, and so cannot shut its owner out. */
static void
test_stolen (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  gint64           sequence = 0;
  g_autofree char *id = make (
      f, "User", "{'userName':'jane','password':'secret word','" EXT "':{'role':'auditor'}}");
  g_autoptr (MsActor) actor = log_on (f, "jane", NULL, NULL, &error);

  g_assert_true (ms_service_start_second_step (f->service, actor, out, &error));
  g_autoptr (JsonObject) start = parse (out->str);
  g_autofree char  *secret = pick (start, "secret");
  g_autofree char  *code = code_at (secret, f->now);
  g_autofree char  *longer = g_strnfill (5000, 'x');
  const char *const wrong[] = { "", "wrong", longer, "wrong", "wrong" };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_false (ms_service_confirm_second_step (
          f->service, actor, wrong[i], code, "127.0.0.1", out, &sequence, &error));
      g_assert_true (error->code == MS_ERROR_LIMIT || error->code == MS_ERROR_DENIED);
      g_clear_error (&error);
    }
  /* They count as failed log-ons. */
  g_assert_false (confirm (f, actor, code, out, &sequence, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
  g_clear_error (&error);
  assert_state (f, id, "on", "false");
  f->now += 10 * G_USEC_PER_SEC;
  g_assert_true (confirm (f, actor, code, out, &sequence, &error));
  g_assert_no_error (error);
  assert_state (f, id, "on", "true");
}

static void
test_remove (Fixture *f, gconstpointer data)
{
  g_auto (Enrolled) jane = { 0 };
  g_autoptr (GError) error = NULL;
  gint64 sequence = 0;

  make_jane (f, "administrator", &jane);
  f->now += 10 * STEP;
  g_autofree char *code = code_at (jane.secret, f->now);
  g_assert_false (ms_service_remove_second_step (
      f->service, jane.actor, "wrong", code, "127.0.0.1", &sequence, &error));
  refuse_error (error, MS_ERROR_DENIED, "password");
  g_clear_error (&error);
  g_assert_false (ms_service_remove_second_step (
      f->service, jane.actor, "secret word", "000000x", "127.0.0.1", &sequence, &error));
  refuse_error (error, MS_ERROR_DENIED, "code");
  g_clear_error (&error);
  /* Those count as failed log-ons. */
  g_assert_false (ms_service_remove_second_step (
      f->service, jane.actor, "wrong", code, "127.0.0.1", &sequence, &error));
  g_clear_error (&error);
  g_assert_false (ms_service_remove_second_step (
      f->service, jane.actor, "secret word", code, "127.0.0.1", &sequence, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
  g_clear_error (&error);
  f->now += 2 * G_USEC_PER_SEC;
  assert_state (f, jane.id, "on", "true");
  /* By the way of administrators one's own is not removed: it would take no code. */
  g_assert_false (
      ms_service_clear_second_step (f->service, jane.actor, jane.id, &sequence, &error));
  refuse_error (error, MS_ERROR_DENIED, NULL);
  g_clear_error (&error);
  g_assert_true (ms_service_remove_second_step (
      f->service, jane.actor, "secret word", code, "127.0.0.1", &sequence, &error));
  g_assert_no_error (error);
  g_assert_cmpint (sequence, ==, last_sequence (f));
  assert_state (f, jane.id, "on", "false");
  expect_in (f, "jane", NULL);
  g_assert_false (ms_service_remove_second_step (
      f->service, jane.actor, "secret word", code, "127.0.0.1", &sequence, &error));
  refuse_error (error, MS_ERROR_CONFLICT, NULL);
  /* And set up anew, with another secret. */
  g_auto (Enrolled) again = { .actor = ms_actor_copy (jane.actor) };
  enrol (f, &again);
  g_assert_cmpstr (again.secret, !=, jane.secret);
}

static void
test_clear (Fixture *f, gconstpointer data)
{
  g_auto (Enrolled) jane = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  gint64 sequence = 0;

  make_jane (f, "auditor", &jane);
  g_autoptr (MsActor) delegate = fixture_actor (f, f->admin->user_id, MS_ROLE_DELEGATE, "console");
  g_assert_false (ms_service_clear_second_step (f->service, delegate, jane.id, &sequence, &error));
  refuse_error (error, MS_ERROR_DENIED, NULL);
  g_clear_error (&error);
  g_assert_false (ms_service_clear_second_step (f->service, f->admin, "nobody", &sequence, &error));
  refuse_error (error, MS_ERROR_NOT_FOUND, NULL);
  g_clear_error (&error);

  g_assert_true (ms_service_clear_second_step (f->service, f->admin, jane.id, &sequence, &error));
  g_assert_cmpint (sequence, ==, last_sequence (f));
  g_assert_true (ms_service_get_change (f->service, f->admin, sequence, out, NULL));
  g_autoptr (JsonObject) set = parse (out->str);
  assert_picked (set, "verb", "totp-remove");
  assert_picked (set, "actor.name", f->admin->user_name);
  assert_picked (set, "changes[0].label", "jane");
  expect_in (f, "jane", NULL);
  g_assert_false (ms_service_clear_second_step (f->service, f->admin, jane.id, &sequence, &error));
  refuse_error (error, MS_ERROR_CONFLICT, NULL);
}

/* Roles that must have it ------------------------------------------------------------------- */

static void
set_roles (Fixture *f, const char *roles)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body = g_strdup_printf ("{'totp-roles':%s}", roles);
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_SETTINGS, NULL, NULL, body, &error);

  g_assert_no_error (error);
}

static void
test_required (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *token = NULL;
  g_autofree char *id = make (
      f, "User", "{'userName':'jane','password':'secret word','" EXT "':{'role':'auditor'}}");
  g_autoptr (MsActor) before = log_on (f, "jane", NULL, &token, &error);

  g_assert_false (before->must_enrol);
  assert_state (f, id, "required", "false");
  set_roles (f, "['administrator','auditor']");
  assert_state (f, id, "required", "true");
  /* It holds for who is in already, from the next request on. */
  g_auto (Enrolled) jane = { .actor = ms_service_authenticate (f->service, token, PEER, &error) };
  g_assert_no_error (error);
  g_assert_true (jane.actor->must_enrol);
  g_assert_false (ms_service_list_connections (f->service, jane.actor, out, &error));
  refuse_error (error, MS_ERROR_DENIED, NULL);
  g_assert_cmpstr (ms_error_get_details (error), ==, "{\"secondStep\":\"enrol\"}");
  g_clear_error (&error);
  g_autoptr (MsActor) anew = log_on (f, "jane", NULL, NULL, &error);
  g_assert_true (anew->must_enrol);

  enrol (f, &jane);
  g_autoptr (MsActor) after = ms_service_authenticate (f->service, token, PEER, &error);
  g_assert_false (after->must_enrol);
  g_assert_true (ms_service_list_connections (f->service, after, out, &error));

  /* Removed, it must be set up anew. */
  gint64 sequence = 0;
  g_assert_true (ms_service_clear_second_step (f->service, f->admin, id, &sequence, &error));
  g_autoptr (MsActor) bare = ms_service_authenticate (f->service, token, PEER, &error);
  g_assert_true (bare->must_enrol);
  set_roles (f, "null");
  g_autoptr (MsActor) freed = ms_service_authenticate (f->service, token, PEER, &error);
  g_assert_false (freed->must_enrol);
}

/* API tokens are for machines. */
static void
test_tokens (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *token
      = ms_service_create_token (f->service, f->admin, "sync", "all", 0, NULL, NULL, &error);

  set_roles (f, "['administrator']");
  g_autoptr (MsActor) machine = ms_service_authenticate (f->service, token, PEER, &error);
  g_assert_no_error (error);
  g_assert_true (machine->by_token);
  g_assert_false (machine->must_enrol);
  g_assert_true (ms_service_list_tokens (f->service, machine, out, &error));
  /* Whoever has one may not lock its owner out. */
  g_assert_false (ms_service_start_second_step (f->service, machine, out, &error));
  refuse_error (error, MS_ERROR_DENIED, NULL);
}

static void
test_setting (Fixture *f, gconstpointer data)
{
  static const char *const bad[]
      = { "['none']", "['owner']", "'administrator'", "5", "[5]", "[['auditor']]" };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *body = g_strdup_printf ("{'totp-roles':%s}", bad[i]);
      expect (f, MS_VERB_SETTINGS, NULL, NULL, body, MS_ERROR_INVALID, "totp-roles");
    }
  g_autoptr (MsOutcome) outcome = try_verb (
      f, NULL, MS_VERB_SETTINGS, NULL, NULL, "{'totp-roles':['auditor','delegate']}", &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) answer = parse (outcome->document->str);
  assert_picked (answer, "settings[3].name", "totp-roles");
  assert_picked (answer, "settings[3].value", "[\"delegate\",\"auditor\"]");
  assert_picked (answer, "settings[3].default", "[]");
  gint64 sequence = last_sequence (f);
  set_roles (f, "['delegate','auditor']");
  g_assert_cmpint (last_sequence (f), ==, sequence);
  g_autoptr (MsOutcome) undone = undo (f, sequence, &error);
  g_assert_no_error (error);
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (ms_service_list_settings (f->service, f->admin, out, &error));
  g_autoptr (JsonObject) now = parse (out->str);
  assert_picked (now, "settings[3].value", "[]");
}

/* The way back in, for whoever may open the files. */
static void
test_reset (Fixture *f, gconstpointer data)
{
  g_auto (Enrolled) jane = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *password = NULL;

  make_jane (f, "administrator", &jane);
  g_assert_true (ms_service_reset_administrator (f->service, "jane", &password, &error));
  g_assert_no_error (error);
  assert_state (f, jane.id, "on", "false");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/codes/rfc6238", test_vectors);
  g_test_add_func ("/codes/window", test_window);
  g_test_add_func ("/codes/texts", test_texts);
  fixture_add ("/second-step/enrol", test_enrol);
  fixture_add ("/second-step/codes", test_codes);
  fixture_add ("/second-step/back-off", test_back_off);
  fixture_add ("/second-step/recovery", test_recovery);
  fixture_add ("/second-step/stolen", test_stolen);
  fixture_add ("/second-step/remove", test_remove);
  fixture_add ("/second-step/clear", test_clear);
  fixture_add ("/second-step/required", test_required);
  fixture_add ("/second-step/tokens", test_tokens);
  fixture_add ("/second-step/setting", test_setting);
  fixture_add ("/second-step/reset", test_reset);
  return g_test_run ();
}
