/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * passwordScheme follows the hash of the password, by whichever way that comes, goes and comes
 * back; nobody sets it, and it is found and sorted by. That the two agree in the end is looked at
 * when the store of each case is verified; hashing anew at a log-on is in test-log-on.c.
 */
#include "service-fixture.h"

#include <string.h>

#include "ms-password-scheme.h"
#include "store-place.h"

#define EXT MS_URN_EXT_USER
#define SCHEME MS_PATH_PASSWORD_SCHEME
#define PATCH_SCHEMA "'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp']"
/* All of the password "password". */
#define SSHA "{SSHA}yI6cZwQadOA1e+/f+T+H3eCQQhRzYWx0"
#define OTHER_SSHA "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9gxMjM0"
#define SHA "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="
#define SHA512_CRYPT                                                                               \
  "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0k"   \
  "tL3nh/"

static char *
make_with (Fixture *f, const char *name, const char *hash)
{
  g_autofree char *body = json ("{'userName':'%s','" EXT "':{'passwordHash':'%s'}}", name, hash);

  return make (f, "User", body);
}

/* The deltas of the only change of the last change set, as JSON text with ' for ". */
static char *
dup_deltas (Fixture *f)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_service_get_change (f->service, f->admin, last_sequence (f), out, &error));
  g_assert_no_error (error);
  g_assert_null (strstr (out->str, "SSHA"));
  g_assert_null (strstr (out->str, "$6$"));
  g_assert_null (strstr (out->str, "$y$"));
  g_autoptr (JsonObject) set = parse (out->str);
  char *deltas = pick (set, "changes[0].deltas");
  g_assert_nonnull (deltas);
  return g_strdelimit (deltas, "\"", '\'');
}

static void
assert_deltas (Fixture *f, const char *expected)
{
  g_autofree char *deltas = dup_deltas (f);

  g_assert_cmpstr (deltas, ==, expected);
}

#define SECRET "{'path':'password','secret':true}"

static void
test_create (Fixture *f, gconstpointer data)
{
  g_autofree char *clear = make (f, "User", "{'userName':'clear','password':'open sesame 77'}");
  assert_deltas (f,
                 "[{'path':'userName','after':'clear'},{'path':'active','after':true},"
                 "{'path':'" SCHEME "','after':'yescrypt'}," SECRET "]");
  g_autofree char *old = make_with (f, "old", SSHA);
  g_autofree char *tagged = make_with (f, "tagged", "{CRYPT}" SHA512_CRYPT);
  g_autofree char *none
      = make (f, "User", "{'userName':'none','" EXT "':{'passwordScheme':'ssha'}}");

  assert_shown (f, "User", clear, SCHEME, "yescrypt");
  assert_shown (f, "User", old, SCHEME, "ssha");
  assert_shown (f, "User", tagged, SCHEME, "sha512-crypt");
  assert_shown (f, "User", none, SCHEME, NULL);
  assert_shown (f, "User", none, EXT, NULL);
  assert_shown (f, "User", clear, "meta.version", "W/\"1\"");
}

static void
test_change (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_with (f, "ann", SSHA);

  change (f, "User", id, EXT ":passwordHash", "'" OTHER_SSHA "'");
  assert_deltas (f, "[" SECRET "]");
  assert_shown (f, "User", id, "meta.version", "W/\"2\"");
  change (f, "User", id, EXT ":passwordHash", "'" SHA "'");
  assert_deltas (f, "[{'path':'" SCHEME "','before':'ssha','after':'sha'}," SECRET "]");
  assert_shown (f, "User", id, "meta.version", "W/\"3\"");
  change (f, "User", id, "password", "'open sesame 77'");
  assert_deltas (f, "[{'path':'" SCHEME "','before':'sha','after':'yescrypt'}," SECRET "]");
  change (f, "User", id, "password", "'open sesame 78'");
  assert_deltas (f, "[" SECRET "]");
  assert_shown (f, "User", id, "meta.version", "W/\"5\"");
}

/* By every operation that takes it away. */
static void
test_remove (Fixture *f, gconstpointer data)
{
  static const char *const operations[] = {
    "{'op':'remove','path':'password'}",
    "{'op':'replace','path':'password','value':null}",
    "{'op':'remove','path':'" EXT ":passwordHash'}",
    "{'op':'replace','path':'" EXT ":passwordHash','value':null}",
    "{'op':'replace','value':{'password':null}}",
  };
  g_autofree char *id = make_user (f, "ann");

  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *body = json ("{" PATCH_SCHEMA ",'Operations':[%s]}", operations[i]);
      change (f, "User", id, EXT ":passwordHash", "'" SSHA "'");
      assert_shown (f, "User", id, SCHEME, "ssha");
      g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_PATCH, "User", id, body, &error);
      g_assert_no_error (error);
      assert_shown (f, "User", id, SCHEME, NULL);
      assert_shown (f, "User", id, EXT, NULL);
      assert_deltas (f, "[{'path':'" SCHEME "','before':'ssha'}," SECRET "]");
    }
}

/* What a client gives of it counts for nothing, and what it does not give stays. */
static void
test_not_set (Fixture *f, gconstpointer data)
{
  static const char *const bodies[] = {
    "{'userName':'ann','" EXT "':{'passwordScheme':'yescrypt'}}",
    "{'userName':'ann','" EXT "':null}",
    "{'userName':'ann','" EXT "':{}}",
    "{'userName':'ann'}",
  };
  g_autofree char *id = make_with (f, "ann", SSHA);

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 last = last_sequence (f);
      g_autoptr (MsOutcome) outcome
                 = try_verb (f, NULL, MS_VERB_REPLACE, "User", id, bodies[i], &error);
      g_assert_no_error (error);
      g_assert_cmpint (last_sequence (f), ==, last);
      assert_shown (f, "User", id, SCHEME, "ssha");
    }
  change (f, "User", id, EXT ":role", "'auditor'");
  change (f, "User", id, EXT, "null");
  assert_shown (f, "User", id, EXT ":role", NULL);
  assert_shown (f, "User", id, SCHEME, "ssha");
  expect_patch (f, "User", id, SCHEME, "'yescrypt'", MS_ERROR_INVALID, SCHEME);
}

/* Whatever somebody may change of others, their own password they may. */
static void
test_own (Fixture *f, gconstpointer data)
{
  g_autofree char *body = json ("{'userName':'ann','" EXT "':{'passwordHash':'" SSHA "','role':"
                                "'auditor','mustChangePassword':true,'rights':{'changePassword':"
                                "true}}}");
  g_autofree char *id = make (f, "User", body);
  g_autoptr (GError) error = NULL;
  MsActor         *actor = fixture_actor (f, id, MS_ROLE_AUDITOR, "console");
  g_autofree char *patch = json ("{" PATCH_SCHEMA ",'Operations':[{'op':'replace','path':"
                                 "'password','value':'my own sesame'}]}");
  g_autoptr (MsOutcome) outcome = try_verb (f, actor, MS_VERB_PATCH, "User", id, patch, &error);

  g_assert_no_error (error);
  g_assert_nonnull (outcome);
  assert_shown (f, "User", id, SCHEME, "yescrypt");
  assert_deltas (f,
                 "[{'path':'" EXT ":mustChangePassword','before':true,'after':false},"
                 "{'path':'" SCHEME "','before':'ssha','after':'yescrypt'}," SECRET "]");
  ms_actor_free (actor);
}

static void
test_reset (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_with (f, "ann", SSHA);
  g_autofree char *password = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_service_reset_administrator (f->service, "ann", &password, &error));
  g_assert_no_error (error);
  assert_shown (f, "User", id, SCHEME, "yescrypt");
}

static void
test_account (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body
      = json ("{'user':{'userName':'ann','" EXT "':{'passwordHash':'" SSHA "'}},'mailbox':{}}");
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_ACCOUNT, NULL, NULL, body, &error);

  g_assert_no_error (error);
  g_autoptr (JsonObject) made = parse (outcome->document->str);
  assert_picked (json_object_get_object_member (made, "user"), SCHEME, "ssha");
}

/* The bin, undo and returns ------------------------------------------------------------------- */

static void
restore (Fixture *f, const char *id, const char *more)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body = json ("{'ids':['%s']%s}", id, more);
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_RESTORE, NULL, NULL, body, &error);

  g_assert_no_error (error);
}

/* It comes back with its password, also by another name, which makes anew what follows from it. */
static void
test_bin (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_with (f, "ann", SSHA);
  g_autoptr (GError) error = NULL;

  drop (f, "User", id, NULL);
  restore (f, id, "");
  assert_shown (f, "User", id, SCHEME, "ssha");
  drop (f, "User", id, NULL);
  g_autofree char *other = make (f, "User", "{'userName':'ann','password':'open sesame 77'}");
  restore (f, id, ",'as':{'userName':'ann2'}");
  assert_shown (f, "User", id, SCHEME, "ssha");
  gint64 dropped = drop (f, "User", id, NULL);
  g_autoptr (MsOutcome) back = undo (f, dropped, &error);
  g_assert_no_error (error);
  assert_shown (f, "User", id, SCHEME, "ssha");
}

/* The password before is not kept, so the scheme stays that of the one that is there. */
static void
test_undo (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_with (f, "ann", SSHA);
  g_autoptr (GError) error = NULL;
  g_autofree char *both
      = json ("{" PATCH_SCHEMA ",'Operations':[{'op':'replace','value':{'title':'Cook',"
              "'password':'open sesame 77'}}]}");
  g_autoptr (MsOutcome) changed = try_verb (f, NULL, MS_VERB_PATCH, "User", id, both, &error);
  g_assert_no_error (error);
  g_autoptr (MsOutcome) undone = undo (f, changed->sequence, &error);

  g_assert_no_error (error);
  g_autoptr (JsonObject) answer = parse (undone->document->str);
  assert_picked (answer, "refused[0].path", "password");
  assert_picked (answer, "refused[1]", NULL);
  assert_shown (f, "User", id, "title", NULL);
  assert_shown (f, "User", id, SCHEME, "yescrypt");
  assert_deltas (f, "[{'path':'title','before':'Cook'}]");

  gint64 alone = change_sequence (f, "User", id, EXT ":passwordHash", "'" SHA "'");
  g_autoptr (MsOutcome) nothing = undo (f, alone, &error);
  g_assert_null (nothing);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  assert_shown (f, "User", id, SCHEME, "sha");
}

/* Change sets of earlier versions do not tell of the scheme. Returns the deltas as they were, to be
 * put back, since the chain of change sets knows them. */
static char *
forget_scheme (Fixture *f, gint64 sequence, const char *side)
{
  const char      *driver = store_place_get_driver ();
  g_autofree char *ask
      = g_strdup_printf ("SELECT deltas FROM change WHERE sequence = %" G_GINT64_FORMAT, sequence);
  char            *deltas = store_place_ask (driver, f->folder, ask);
  g_autofree char *delta = g_strdup_printf ("{\"path\":\"" SCHEME "\",\"%s\":\"ssha\"}", side);
  g_autofree char *behind = g_strconcat (",", delta, NULL);
  g_autofree char *text
      = g_strdup_printf ("UPDATE change SET deltas = replace(deltas, '%s', '') WHERE sequence = "
                         "%" G_GINT64_FORMAT,
                         behind,
                         sequence);

  g_assert_nonnull (strstr (deltas, behind));
  store_place_run_sql (driver, f->folder, text);
  return deltas;
}

static void
put_deltas (Fixture *f, gint64 sequence, const char *deltas)
{
  g_autofree char *text = g_strdup_printf (
      "UPDATE change SET deltas = '%s' WHERE sequence = %" G_GINT64_FORMAT, deltas, sequence);

  store_place_run_sql (store_place_get_driver (), f->folder, text);
}

/* Neither the undo of what made such a user is refused for it, nor does the bin lose it by the undo
 * of a restore. */
static void
test_untold (Fixture *f, gconstpointer data)
{
  g_autofree char *kept = make_with (f, "kept", SSHA);
  g_autofree char *made = make_with (f, "made", SSHA);
  gint64           creation = last_sequence (f);
  gint64           deletion = drop (f, "User", kept, NULL);
  g_autoptr (GError) error = NULL;

  store_place_lift_rules (store_place_get_driver (), f->folder);
  g_autofree char *created = forget_scheme (f, creation, "after");
  g_autofree char *deleted = forget_scheme (f, deletion, "before");
  g_autoptr (MsOutcome) gone = undo (f, creation, &error);
  g_assert_no_error (error);
  g_assert_false (is_there (f, "User", made));

  restore (f, kept, "");
  assert_shown (f, "User", kept, SCHEME, "ssha");
  g_autoptr (MsOutcome) back = undo (f, last_sequence (f), &error);
  g_assert_no_error (error);
  restore (f, kept, "");
  assert_shown (f, "User", kept, SCHEME, "ssha");
  put_deltas (f, creation, created);
  put_deltas (f, deletion, deleted);
}

/* As it was after change set @sequence. */
static void
return_to (Fixture *f, const char *id, gint64 sequence)
{
  g_autoptr (GError) error = NULL;
  MsOperation *operation = ms_operation_new (MS_VERB_RETURN);

  operation->id = g_strdup (id);
  operation->sequence = sequence;
  operation->body = parse ("{}");
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  g_assert_no_error (error);
}

static void
test_return (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make_with (f, "ann", SSHA);
  gint64           first = change_sequence (f, "User", id, "title", "'Cook'");

  change (f, "User", id, "title", "'Chef'");
  change (f, "User", id, "password", "'open sesame 77'");
  return_to (f, id, first);
  assert_shown (f, "User", id, "title", "Cook");
  assert_shown (f, "User", id, SCHEME, "yescrypt");
  drop (f, "User", id, NULL);
  return_to (f, id, first);
  assert_shown (f, "User", id, SCHEME, "yescrypt");
}

/* Lists --------------------------------------------------------------------------------------- */

static char *
list (Fixture *f, const char *filter, const char *sort)
{
  const MsResourceType *type = f->service->types.user;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsFilter) parsed = filter != NULL ? ms_filter_parse (type, filter, &error) : NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  GString *names = g_string_new (NULL);
  MsQuery  query = {
     .type = type, .filter = parsed, .sort_by = ms_resource_type_find (type, sort), .count = 50
  };
  MsListing listing = { .queries = &query, .n_queries = 1 };

  g_assert_no_error (error);
  g_assert_true (ms_service_list_pages (f->service, f->admin, &listing, out, &error));
  g_assert_no_error (error);
  g_autoptr (JsonObject) page = parse (out->str);
  JsonArray *users = json_object_get_array_member (page, "Resources");
  for (guint i = 0; users != NULL && i < json_array_get_length (users); i++)
    g_string_append_printf (
        names,
        "%s%s",
        i > 0 ? " " : "",
        json_object_get_string_member (json_array_get_object_element (users, i), "userName"));
  return g_string_free (names, FALSE);
}

static void
test_found (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *filter, *sort, *names;
  } cases[] = {
    { SCHEME " ne \"yescrypt\" and " SCHEME " pr", "userName", "cid old" },
    { SCHEME " eq \"ssha\"", "userName", "old" },
    { "not (" SCHEME " pr)", "userName", "none" },
    { SCHEME " pr and not (" SCHEME " sw \"sha\")", "userName", "admin new old" },
    { NULL, SCHEME, "cid old admin new none" },
  };
  g_autofree char *new = make (f, "User", "{'userName':'new','password':'open sesame 77'}");
  g_autofree char *old = make_with (f, "old", SSHA);
  g_autofree char *cid = make_with (f, "cid", SHA512_CRYPT);
  g_autofree char *none = make_user (f, "none");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *names = list (f, cases[i].filter, cases[i].sort);
      g_test_message ("%s by %s: %s", cases[i].filter, cases[i].sort, names);
      g_assert_cmpstr (names, ==, cases[i].names);
    }
  change (f, "User", old, "password", "'open sesame 78'");
  drop (f, "User", cid, NULL);
  g_autofree char *left = list (f, cases[0].filter, cases[0].sort);
  g_assert_cmpstr (left, ==, "");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/password-schemes/create", test_create);
  fixture_add ("/password-schemes/change", test_change);
  fixture_add ("/password-schemes/remove", test_remove);
  fixture_add ("/password-schemes/not-set", test_not_set);
  fixture_add ("/password-schemes/own", test_own);
  fixture_add ("/password-schemes/reset", test_reset);
  fixture_add ("/password-schemes/account", test_account);
  fixture_add ("/password-schemes/bin", test_bin);
  fixture_add ("/password-schemes/undo", test_undo);
  fixture_add ("/password-schemes/untold", test_untold);
  fixture_add ("/password-schemes/return", test_return);
  fixture_add ("/password-schemes/found", test_found);
  return g_test_run ();
}
