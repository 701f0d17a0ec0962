/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the service makes of change sets for others: the chain checked piece by piece, against what
 * was kept of it, and exported; what is noted in it beside changes of objects; and the feed.
 */
#include "service-fixture.h"

#include <string.h>

#include "ms-change-record.h"
#include "ms-txn.h"
#include "store-place.h"

static JsonObject *
verify (Fixture *f, gint64 since, const char *hash, guint limit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (ms_service_verify_chain (f->service, f->admin, since, hash, limit, out, &error));
  g_assert_no_error (error);
  return parse (out->str);
}

static JsonObject *
get_head (Fixture *f)
{
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (ms_service_get_chain_head (f->service, f->admin, out, NULL));
  return parse (out->str);
}

static gboolean
collect (const char *data, gsize length, gpointer user_data, GError **error)
{
  g_string_append_len (user_data, data, (gssize) length);
  return TRUE;
}

static void
test_pieces (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 7; i++)
    {
      g_autofree char *name = g_strdup_printf ("u%u", i);
      g_autofree char *id = make_user (f, name);
    }
  g_autoptr (JsonObject) head = get_head (f);
  g_autofree char *hash = pick (head, "hash");
  gint64           last = last_sequence (f);
  gint64           since = 0;
  guint            pieces = 0;
  g_autofree char *at = NULL;

  while (TRUE)
    {
      g_autoptr (JsonObject) piece = verify (f, since, at, 3);
      assert_picked (piece, "problems", "[]");
      g_free (at);
      at = pick (piece, "hash");
      since = json_object_get_int_member (piece, "sequence");
      pieces++;
      if (json_object_get_boolean_member (piece, "complete"))
        break;
    }
  g_assert_cmpint (since, ==, last);
  g_assert_cmpstr (at, ==, hash);
  g_assert_cmpuint (pieces, >=, 3);

  /* Kept before, compared later. */
  g_autofree char *more = make_user (f, "more");
  g_autoptr (JsonObject) good = verify (f, last, hash, 100);
  assert_picked (good, "problems", "[]");
  assert_picked (good, "checked", "1");
  g_autofree char *other = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "other", -1);
  g_autoptr (JsonObject) bad = verify (f, last, other, 100);
  g_autofree char *problems = pick (bad, "problems");
  g_assert_nonnull (strstr (problems, "its hash is not the one that was kept"));
  g_autoptr (JsonObject) gone = verify (f, last + 1000, hash, 100);
  g_autofree char *missing = pick (gone, "problems");
  g_assert_nonnull (strstr (missing, "not there any more"));

  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_false (ms_service_verify_chain (f->service, f->admin, 0, "no hash", 1, out, &error));
  refuse_error (error, MS_ERROR_INVALID, "hash");
}

/* Altered by hand, behind the back of the service and of the store's own rules ---------------- */

/* Whether the check finds that change set wrong, 0: any of them */
static gboolean
is_found (Fixture *f, gint64 sequence)
{
  g_autoptr (JsonObject) answer = verify (f, 0, NULL, 1000);
  JsonArray *problems = json_object_get_array_member (answer, "problems");

  for (guint i = 0; i < json_array_get_length (problems); i++)
    {
      JsonObject *problem = json_array_get_object_element (problems, i);
      if (sequence == 0 || json_object_get_int_member (problem, "sequence") == sequence)
        return TRUE;
    }
  return FALSE;
}

G_GNUC_PRINTF (2, 3)
static void
run_by_hand (Fixture *f, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  store_place_run_sql (store_place_get_driver (), f->folder, text);
}

/* Sets @column of the rows of change set @sequence to @value, looks, and takes it back. */
static void
alter (Fixture *f, const char *table, const char *column, const char *value, gint64 sequence)
{
  run_by_hand (f,
               "UPDATE %s SET %s = %s WHERE sequence = %" G_GINT64_FORMAT,
               table,
               column,
               value,
               sequence);
  if (!is_found (f, sequence))
    g_error ("%s.%s = %s of change set %" G_GINT64_FORMAT ": nobody saw it",
             table,
             column,
             value,
             sequence);
  run_by_hand (f,
               "UPDATE %s SET %s = (SELECT k.%s FROM kept_%s k WHERE k.sequence = %s.sequence)"
               " WHERE sequence = %" G_GINT64_FORMAT,
               table,
               column,
               column,
               table,
               table,
               sequence);
  g_assert_false (is_found (f, 0));
}

static void
test_altered (Fixture *f, gconstpointer data)
{
  static const char *const numbers[][2]
      = { { "change_set", "time" },      { "change_set", "undo_of" },
          { "change_set", "undone_by" }, { "change_set", "object_count" },
          { "change", "verb" },          { "change", "version" } };
  static const char *const texts[][2] = { { "change_set", "actor_id" },
                                          { "change_set", "actor_name" },
                                          { "change_set", "channel" },
                                          { "change_set", "verb" },
                                          { "change_set", "reason" },
                                          { "change_set", "job" },
                                          { "change_set", "first_type" },
                                          { "change_set", "first_id" },
                                          { "change_set", "first_label" },
                                          { "change_set", "target_label" },
                                          { "change_set", "hash" },
                                          { "change", "id" },
                                          { "change", "type" },
                                          { "change", "label" },
                                          { "change", "deltas" } };
  g_autoptr (GError) error = NULL;
  g_autofree char *ann = make (f, "User", "{'userName':'ann'}");
  gint64           made = last_sequence (f);
  gint64           undone = change_sequence (f, "User", ann, "title", "'Boss'");
  g_autoptr (MsOutcome) outcome = undo (f, undone, &error);
  gint64 sets[] = { made, undone, last_sequence (f) };

  g_assert_no_error (error);
  g_autofree char *bob = make_user (f, "bob");
  store_place_lift_rules (store_place_get_driver (), f->folder);
  run_by_hand (f, "CREATE TABLE kept_change_set AS SELECT * FROM change_set");
  run_by_hand (f, "CREATE TABLE kept_change AS SELECT * FROM change");
  g_assert_false (is_found (f, 0));
  for (guint i = 0; i < G_N_ELEMENTS (sets); i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (numbers); j++)
        {
          g_autofree char *more = g_strconcat (numbers[j][1], " + 1", NULL);
          alter (f, numbers[j][0], numbers[j][1], more, sets[i]);
        }
      for (guint j = 0; j < G_N_ELEMENTS (texts); j++)
        {
          g_autofree char *more = g_strconcat ("COALESCE(", texts[j][1], ", '') || 'x'", NULL);
          alter (f, texts[j][0], texts[j][1], more, sets[i]);
        }
      alter (f, "change_set", "first_id", "NULL", sets[i]);
      alter (f, "change_set", "first_label", "NULL", sets[i]);
    }
  alter (f, "change_set", "undone_by", "0", undone);
}

static void
test_export (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (MsChainCheck) check = { 0 };
  g_autofree char *ann = make (f, "User", "{'userName':'ann','password':'Correct-horse-7'}");

  drop (f, "User", ann, NULL);
  g_assert_true (ms_service_begin_export_chain (f->service, f->admin, 0, &error));
  g_assert_true (ms_service_export_chain (f->service, f->admin, 0, collect, text, &error));
  g_assert_no_error (error);
  g_assert_null (strstr (text->str, "Correct-horse"));
  ms_chain_check_init (&check, 0, "");
  g_auto (GStrv) lines = g_strsplit (text->str, "\n", -1);
  for (char **line = lines; **line != '\0'; line++)
    {
      g_auto (GStrv) deltas = NULL;
      g_autoptr (MsChangeSet) set = ms_change_record_parse (*line, -1, &deltas, &error);
      g_assert_no_error (error);
      g_autofree char *problem = ms_chain_check_add (&check, set, (const char *const *) deltas);
      g_assert_cmpstr (problem, ==, NULL);
    }
  /* The export itself is the last thing in it. */
  g_autoptr (JsonObject) head = get_head (f);
  assert_picked (head, "hash", check.hash);
  g_assert_cmpint (check.sequence, ==, last_sequence (f));
  g_assert_nonnull (strstr (text->str, "\"verb\":\"export\""));

  g_autoptr (MsActor) delegate = fixture_actor (f, f->admin->user_id, MS_ROLE_DELEGATE, "console");
  g_assert_false (ms_service_export_chain (f->service, delegate, 0, collect, text, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
  g_clear_error (&error);
  g_assert_false (ms_service_begin_export_chain (f->service, delegate, 0, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
}

static JsonObject *
last_change (Fixture *f)
{
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (ms_service_get_change (f->service, f->admin, last_sequence (f), out, NULL));
  return parse (out->str);
}

static void
test_tokens (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *token
      = ms_service_create_token (f->service, f->admin, "Okta", "scim", 0, NULL, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) made = last_change (f);
  assert_picked (made, "verb", "create");
  assert_picked (made, "changes[0].type", "Token");
  assert_picked (made, "changes[0].label", "Okta");
  assert_picked (made, "changes[0].deltas[0].after", "scim");
  g_autofree char *whole = pick (made, "changes");
  g_assert_null (strstr (whole, token));
  g_autofree char *id = pick (made, "changes[0].id");

  g_autoptr (MsOutcome) undone = undo (f, last_sequence (f), &error);
  g_assert_null (undone);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_autoptr (JsonObject) details = parse (ms_error_get_details (error));
  g_autofree char *instead = g_strconcat ("DELETE /api/v1/tokens/", id, NULL);
  assert_picked (details, "refused[0].reason", "A token is not undone but revoked");
  assert_picked (details, "refused[0].instead", instead);
  g_clear_error (&error);
  g_assert_true (ms_service_revoke_token (f->service, f->admin, id, NULL, &error));
  g_autoptr (MsOutcome) again = undo (f, last_sequence (f), &error);
  g_assert_null (again);
  g_assert_nonnull (strstr (ms_error_get_details (error), "does not come back: make another one"));
  g_clear_error (&error);
  g_autoptr (JsonObject) ended = last_change (f);
  assert_picked (ended, "verb", "delete");
  assert_picked (ended, "changes[0].label", "Okta");
  g_autoptr (MsActor) nobody = ms_service_authenticate (f->service, token, PEER, &error);
  g_assert_null (nobody);
}

/* Feed -------------------------------------------------------------------------------------- */

static JsonObject *
feed (Fixture *f, gint64 since, guint limit, gboolean full)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (ms_service_read_feed (
      f->service, f->admin, since, limit, full, "https://x/scim/v2", out, &error));
  g_assert_no_error (error);
  return parse (out->str);
}

/* The JSON of one token's event, by the end of its URI. (transfer full) (nullable) */
static char *
get_event (JsonObject *answer, guint index, const char *name)
{
  JsonArray  *sets = json_object_get_array_member (answer, "sets");
  JsonObject *events
      = json_object_get_object_member (json_array_get_object_element (sets, index), "events");
  g_autofree char *uri = g_strconcat ("urn:ietf:params:scim:event:prov:", name, NULL);
  JsonNode        *node = json_object_get_member (events, uri);

  return node != NULL ? ms_json_to_string (node) : NULL;
}

static void
assert_event (JsonObject *answer, guint index, const char *name, const char *expected)
{
  g_autofree char *event = get_event (answer, index, name);
  g_autofree char *wanted = expected != NULL ? json ("%s", expected) : NULL;

  g_assert_cmpstr (event, ==, wanted);
}

static void
test_feed (Fixture *f, gconstpointer data)
{
  gint64           start = last_sequence (f);
  g_autofree char *ann = make (f,
                               "User",
                               "{'userName':'ann','password':'Correct-horse-7',"
                               "'" MS_URN_EXT_USER "':{'description':'d'}}");
  change (f, "User", ann, "active", "false");
  change (f, "User", ann, "emails", "[{'value':'a@b.c'}]");
  change (f, "User", ann, "emails", "[{'value':'x@y.z'}]");
  change (f, "User", ann, "password", "'Correct-horse-8'");
  drop (f, "User", ann, NULL);
  g_autofree char *token
      = ms_service_create_token (f->service, f->admin, "T", "scim", 0, NULL, NULL, NULL);
  gint64 last = last_sequence (f);

  g_autoptr (JsonObject) notices = feed (f, start, 100, FALSE);
  g_autofree char *uri = g_strconcat ("/Users/", ann, NULL);
  g_autoptr (JsonObject) whole = feed (f, start, 100, TRUE);
  g_autofree char *first = g_strdup_printf ("%" G_GINT64_FORMAT "-0", start + 1);
  assert_picked (whole, "sets[0].jti", first);
  assert_picked (whole, "sets[0].iss", "https://x/scim/v2");
  assert_picked (whole, "sets[0].sub_id.format", "scim");
  assert_picked (whole, "sets[0].sub_id.uri", uri);
  assert_picked (whole, "moreAvailable", "false");
  g_autofree char *next = g_strdup_printf ("%" G_GINT64_FORMAT, last);
  assert_picked (whole, "next", next);
  /* The token is about no object. */
  assert_picked (whole, "sets[6]", NULL);

  g_autofree char *created = get_event (whole, 0, "create:full");
  g_assert_nonnull (strstr (created, "\"userName\":\"ann\""));
  g_assert_nonnull (strstr (created, "\"description\":\"d\""));
  g_assert_nonnull (strstr (created, "\"" MS_URN_EXT_USER "\""));
  g_assert_null (strstr (created, "Correct-horse"));
  g_assert_null (strstr (created, "\"password\""));
  g_assert_null (strstr (created, "asswordHash"));
  assert_event (whole, 1, "deactivate", "{}");
  assert_event (whole, 1, "activate", NULL);
  g_autofree char *patch = get_event (whole, 3, "patch:full");
  g_assert_nonnull (strstr (patch, "emails[value eq \\\"a@b.c\\\"]"));
  g_assert_nonnull (strstr (patch, "\"op\":\"add\""));
  /* Secrets have no data: they are named only. */
  assert_event (whole, 4, "patch:full", NULL);
  assert_event (whole, 4, "patch:notice", "{'attributes':['password'],'version':'W/\\'5\\''}");
  assert_event (whole, 5, "delete", "{}");

  assert_event (notices, 4, "patch:notice", "{'attributes':['password'],'version':'W/\\'5\\''}");
  assert_event (notices, 0, "create:full", NULL);

  /* Piece by piece, and beyond the end: an older store was put back. */
  g_autoptr (JsonObject) two = feed (f, start, 2, FALSE);
  assert_picked (two, "moreAvailable", "true");
  g_assert_cmpint (json_object_get_int_member (two, "next"), ==, start + 2);
  assert_picked (two, "sets[2]", NULL);
  g_autoptr (JsonObject) end = feed (f, last, 2, FALSE);
  assert_picked (end, "sets", "[]");
  assert_picked (end, "reset", "false");
  g_autoptr (JsonObject) beyond = feed (f, last + 5, 2, FALSE);
  assert_picked (beyond, "reset", "true");
  assert_picked (beyond, "sets", "[]");
  g_assert_cmpint (json_object_get_int_member (beyond, "next"), ==, last);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/audit/pieces", test_pieces);
  fixture_add ("/audit/altered", test_altered);
  fixture_add ("/audit/export", test_export);
  fixture_add ("/audit/tokens", test_tokens);
  fixture_add ("/feed", test_feed);
  return g_test_run ();
}
