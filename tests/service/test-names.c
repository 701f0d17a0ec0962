/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rule of names (src/core/ms-name.h) at every door of the service, and what it leaves alone:
 * names that a store has from before it.
 */
#include "service-fixture.h"

#include <string.h>

#include "ms-address.h"
#include "ms-session.h"
#include "ms-txn.h"

#define UNSEEN "jo\xe2\x80\x8bhn" /* U+200B */
#define NBSP "\xc2\xa0"
#define AN_ID "01890a5d-ac96-774b-bcce-b302099a8057"

/* Each type by the attribute that it is known by. @body: of a new one, %s is the name */
static const struct
{
  const char *type;
  const char *path;
  const char *body;
} types[] = {
  { "User", "userName", "{'userName':'%s'}" }, { "Mailbox", "name", "{'name':'%s'}" },
  { "MailGroup", "name", "{'name':'%s'}" },    { "Group", "displayName", "{'displayName':'%s'}" },
  { "Domain", "name", "{'name':'%s'}" },       { "Template", "name", "{'name':'%s'}" },
};

static char *
body_of (guint type, const char *name)
{
  g_autoptr (GString) body = g_string_new (types[type].body);

  g_string_replace (body, "%s", name, 0);
  return g_string_free (g_steal_pointer (&body), FALSE);
}

static void
refuse_at (Fixture    *f,
           MsVerb      verb,
           const char *type,
           const char *id,
           const char *body,
           const char *path,
           const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, verb, type, id, body, &error);

  g_test_message ("%s %s", type, body);
  g_assert_null (outcome);
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_path (error), ==, path);
  if (strstr (error->message, message) == NULL)
    g_error ("“%s” is not in “%s”", message, error->message);
  g_assert_null (strstr (error->message, "\xe2\x80\x8b"));
}

static void
test_doors (Fixture *f, gconstpointer data)
{
  static const char *const bad[][2] = {
    { UNSEEN, "U+200B at position 3" }, { "jo\xee\x80\x80hn", "U+E000" },
    { "jo\xe3\x85\xa4hn", "U+3164" },   { NBSP NBSP, "must not be empty" },
    { AN_ID, "has the form of an id" },
  };

  for (guint t = 0; t < G_N_ELEMENTS (types); t++)
    {
      const char      *type = types[t].type;
      g_autofree char *good = body_of (t, "good.one");
      g_autofree char *id = make (f, type, good);
      for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
        {
          g_autofree char *body = body_of (t, bad[i][0]);
          g_autofree char *patch
              = g_strdup_printf ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                                 "'Operations':[{'op':'replace','path':'%s','value':'%s'}]}",
                                 types[t].path,
                                 bad[i][0]);
          refuse_at (f, MS_VERB_CREATE, type, NULL, body, types[t].path, bad[i][1]);
          refuse_at (f, MS_VERB_REPLACE, type, id, body, types[t].path, bad[i][1]);
          refuse_at (f, MS_VERB_PATCH, type, id, patch, types[t].path, bad[i][1]);
        }
      /* Outer blanks of any script go as ASCII's do. */
      g_autofree char *padded = body_of (t, "\xe3\x80\x80padded.one" NBSP);
      g_autofree char *made = make (f, type, padded);
      assert_shown (f, type, made, types[t].path, "padded.one");
    }
}

/* Renaming, accounts, patterns, tokens, further addresses. */
static void
test_other_doors (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *box = make_mailbox (f, "box", NULL, FALSE);
  g_autofree char *rename = json (
      "{'verb':'rename','ids':['%s'],'name':'%s','keepAddress':true}", box, "jo\xe3\x85\xa4hn");
  g_autoptr (MsOutcome) renamed = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, rename, &error);
  g_assert_null (renamed);
  g_assert_nonnull (strstr (ms_error_get_details (error), "U+3164"));
  g_clear_error (&error);

  refuse_at (f,
             MS_VERB_ACCOUNT,
             NULL,
             NULL,
             "{'user':{'userName':'" UNSEEN "'},'mailbox':null}",
             "userName",
             "U+200B");
  refuse_at (f,
             MS_VERB_CREATE,
             "Template",
             NULL,
             "{'name':'T','loginPattern':'{given}\xe2\x80\x8b'}",
             "loginPattern",
             "U+200B");
  refuse_at (f,
             MS_VERB_CREATE,
             "Mailbox",
             NULL,
             "{'name':'other','aliases':['jo\xe3\x85\xa4hn']}",
             "aliases",
             "U+3164");
  refuse_at (f,
             MS_VERB_CREATE,
             "Group",
             NULL,
             "{'displayName':'L','" MS_URN_EXT_GROUP "':{'address':'l\xe2\x80\x8b@example.org'}}",
             MS_URN_EXT_GROUP ":address",
             "<U+200B>");

  g_autofree char *token
      = ms_service_create_token (f->service, f->admin, UNSEEN, "scim", 0, NULL, NULL, &error);
  g_assert_null (token);
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "“name” holds the format character U+200B"));
}

/* Joiners: what people read may need them, what they type may not have them. */
static void
test_joiners (Fixture *f, gconstpointer data)
{
  const char      *word = "نامه\xe2\x80\x8cای";
  g_autofree char *group = make_group (f, word, NULL);
  g_autofree char *user = g_strdup_printf ("{'userName':'%s'}", word);

  assert_shown (f, "MailGroup", group, "name", word);
  refuse_at (f, MS_VERB_CREATE, "User", NULL, user, "userName", "U+200C");
}

/* Stores from before ------------------------------------------------------------------------ */

typedef struct
{
  const MsResourceType *type;
  const char           *id;
  const char           *path;
  const char           *value;
} OldName;

static gboolean
write_old_name (MsTxn *txn, gpointer user_data, GError **error)
{
  const OldName *old = user_data;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, old->type, old->id, error);

  if (object == NULL)
    return FALSE;
  ms_object_set_string (object, old->path, old->value);
  if (strcmp (old->type->name, "Mailbox") == 0)
    {
      g_autofree char *address = g_strconcat (old->value, "@example.org", NULL);
      ms_object_set_string (object, "address", address);
    }
  return ms_txn_update (txn, object, error);
}

/* Past the rules, as a version before them would have stored it. */
static void
give_old_name (Fixture *f, const char *type, const char *id, const char *path, const char *value)
{
  OldName         old = { fixture_type (f, type), id, path, value };
  MsChangeContext context = { .channel = "system", .verb = "update" };
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_store_write (f->store, &context, write_old_name, &old, NULL, &error));
  g_assert_no_error (error);
}

static void
test_old_names (Fixture *f, gconstpointer data)
{
  static const char *const others[]
      = { "title", "description", "description", "externalId", "description", "description" };
  const char *old = "jo\xe3\x85\xa4hn";

  for (guint t = 0; t < G_N_ELEMENTS (types); t++)
    {
      const char      *type = types[t].type;
      g_autofree char *good = body_of (t, "good.one");
      g_autofree char *id = make (f, type, good);

      g_test_message ("%s", type);
      give_old_name (f, type, id, types[t].path, old);
      assert_shown (f, type, id, types[t].path, old);
      change (f, type, id, others[t], "'still'");
      assert_shown (f, type, id, others[t], "still");
      /* A PUT as it was read changes nothing of it either. */
      g_autofree char *body = body_of (t, old);
      g_autoptr (GError) error = NULL;
      g_autoptr (MsOutcome) put = try_verb (f, NULL, MS_VERB_REPLACE, type, id, body, &error);
      g_assert_no_error (error);
      /* It goes to the bin and comes back. */
      gint64 dropped = drop (f, type, id, NULL);
      g_autoptr (MsOutcome) back = undo (f, dropped, &error);
      g_assert_no_error (error);
      assert_shown (f, type, id, types[t].path, old);
      /* Other bad ones are as bad as ever; good ones are the way out. */
      expect_patch (
          f, type, id, types[t].path, "'jo\xe2\x80\x8bhn'", MS_ERROR_INVALID, types[t].path);
      change (f, type, id, types[t].path, "'better.one'");
      assert_shown (f, type, id, types[t].path, "better.one");
    }
}

/* An alias from before blocks nothing either. */
static void
test_old_aliases (Fixture *f, gconstpointer data)
{
  g_autofree char *box = make (f, "Mailbox", "{'name':'box','aliases':['one']}");
  g_autofree char *domain = make (f, "Domain", "{'name':'old.example'}");

  give_old_name (f, "Mailbox", box, "name", "jo\xe3\x85\xa4hn");
  g_autofree char *rename
      = json ("{'verb':'rename','ids':['%s'],'name':'john','keepAddress':true}", box);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) renamed = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, rename, &error);
  g_assert_no_error (error);
  assert_shown (f, "Mailbox", box, "aliases[1]", "jo\xe3\x85\xa4hn@example.org");
  change (f, "Mailbox", box, "description", "'kept'");
  change (f, "Mailbox", box, "domain", "'old.example'");
  assert_shown (f, "Mailbox", box, "address", "john@old.example");
  change (f, "Mailbox", box, "aliases", "['one']");
  expect_patch (f, "Mailbox", box, "aliases", "['jo\xe3\x85\xa4hn']", MS_ERROR_INVALID, "aliases");
}

/* Domains in letters and in labels are one: whatever an address is written with, it is the one that
 * is there, and it is called as its domain was. */
static void
test_spellings (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *made, *other;
  } cases[] = {
    { "bücher.example", "xn--bcher-kva.example" },
    { "xn--strae-oqa.example", "STRASSE.example" }, /* not this one */
    { "xn--fuball-cta.example", "FUẞBALL.example" },
    { "xn--r8jz45g.xn--zckzah", "例え.テスト" },
    { "例え.example", "xn--R8JZ45G.example" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gboolean         same = i != 1;
      g_autofree char *body = g_strdup_printf ("{'name':'%s'}", cases[i].made);
      g_autofree char *again = g_strdup_printf ("{'name':'%s'}", cases[i].other);
      g_autofree char *domain = make (f, "Domain", body);

      g_test_message ("%s %s", cases[i].made, cases[i].other);
      assert_shown (f, "Domain", domain, "name", cases[i].made);
      if (!same)
        {
          g_autofree char *different = make (f, "Domain", again);
          continue;
        }
      g_autoptr (GError) error = NULL;
      g_autoptr (MsOutcome) twice
                 = try_verb (f, NULL, MS_VERB_CREATE, "Domain", NULL, again, &error);
      g_assert_null (twice);
      g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
      g_assert_cmpstr (ms_error_get_path (error), ==, "name");
      g_assert_nonnull (strstr (error->message, cases[i].made));
      g_clear_error (&error);

      g_autofree char *box = g_strdup_printf ("{'name':'same','domain':'%s'}", cases[i].other);
      g_autofree char *address = g_strdup_printf ("same@%s", cases[i].made);
      g_autofree char *first = make (f, "Mailbox", box);
      assert_shown (f, "Mailbox", first, "address", address);
      g_autofree char *second = g_strdup_printf ("{'name':'same','domain':'%s'}", cases[i].made);
      expect (f, MS_VERB_CREATE, "Mailbox", NULL, second, MS_ERROR_CONFLICT, "address");
      g_autofree char *alias
          = g_strdup_printf ("{'name':'further%u','aliases':['same@%s']}", i, cases[i].other);
      g_autofree char *further = make (f, "Mailbox", alias);
      assert_shown (f, "Mailbox", further, "aliases[0]", address);
      g_autofree char *forward
          = g_strdup_printf ("{'name':'sender%u','forwardTo':['same@%s']}", i, cases[i].other);
      g_autofree char *sender = make (f, "Mailbox", forward);
      assert_shown (f, "Mailbox", sender, "forwardTo[0]", address);

      g_autofree char *asked = g_strdup_printf ("same@%s", cases[i].other);
      g_autoptr (GString) out = g_string_new (NULL);
      g_assert_true (ms_service_explain (f->service, f->admin, asked, 100, out, &error));
      g_assert_no_error (error);
      g_assert_nonnull (strstr (out->str, first));
    }
}

/* What was deleted does not come back beside what was made in its other spelling; a domain may be
 * called by its other spelling itself. */
static void
test_spellings_again (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *domain = make (f, "Domain", "{'name':'xn--bcher-kva.example'}");

  change (f, "Domain", domain, "name", "'Bücher.example'");
  assert_shown (f, "Domain", domain, "name", "bücher.example");
  gint64           deletion = drop (f, "Domain", domain, NULL);
  g_autofree char *other = make (f, "Domain", "{'name':'xn--bcher-kva.example'}");
  g_autoptr (MsOutcome) undone = undo (f, deletion, &error);
  g_assert_null (undone);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);

  g_autofree char *alias
      = make (f, "Domain", "{'name':'books.example','kind':'alias','aliasOf':'BÜCHER.example'}");
  assert_shown (f, "Domain", alias, "aliasOf", "xn--bcher-kva.example");
  g_autofree char *mixed = make (f, "Domain", "{'name':'xn--bcher-kva.köln.example'}");
  assert_shown (f, "Domain", mixed, "name", "bücher.köln.example");

  g_autoptr (GPtrArray) remarks = ms_store_list_remarks (f->store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (remarks->len, ==, 0);
}

/* What an undo brings back is spelled as the domain is by then, whether it was a part of an object
 * or a whole one. */
static void
test_spellings_undone (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *type;
    const char *made;
    const char *path;
  } cases[] = {
    { "Mailbox", "{'name':'box','aliases':['a@bücher.example']}", "aliases" },
    { "Mailbox", "{'name':'fwd','forwardTo':['a@bücher.example']}", "forwardTo" },
    { "MailGroup", "{'name':'g','aliases':['a@bücher.example']}", "aliases" },
    { "Group",
      "{'displayName':'l','" MS_URN_EXT_GROUP "':{'aliases':['a@bücher.example']}}",
      MS_URN_EXT_GROUP ":aliases" },
    { "Group",
      "{'displayName':'m','" MS_URN_EXT_GROUP "':{'externalMembers':['a@bücher.example']}}",
      MS_URN_EXT_GROUP ":externalMembers" },
  };
  char            *ids[G_N_ELEMENTS (cases)], *gone[G_N_ELEMENTS (cases)];
  gint64           removals[G_N_ELEMENTS (cases)], deletions[G_N_ELEMENTS (cases)];
  g_autofree char *domain = make (f, "Domain", "{'name':'bücher.example'}");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ids[i] = make (f, cases[i].type, cases[i].made);
      removals[i] = change_sequence (f, cases[i].type, ids[i], cases[i].path, "[]");
      g_auto (GStrv) parts = g_strsplit (cases[i].made, "':'", 2);
      g_autofree char *other = g_strconcat (parts[0], "':'gone-", parts[1], NULL);
      gone[i] = make (f, cases[i].type, other);
      deletions[i] = drop (f, cases[i].type, gone[i], NULL);
    }
  (void) drop (f, "Domain", domain, NULL);
  g_autofree char *again = make (f, "Domain", "{'name':'xn--bcher-kva.example'}");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = g_strconcat (cases[i].path, "[0]", NULL);
      g_test_message ("%s %s", cases[i].type, cases[i].path);
      g_autoptr (MsOutcome) part = undo (f, removals[i], &error);
      g_assert_no_error (error);
      g_autoptr (MsOutcome) whole = undo (f, deletions[i], &error);
      g_assert_no_error (error);
      assert_shown (f, cases[i].type, ids[i], path, "a@xn--bcher-kva.example");
      assert_shown (f, cases[i].type, gone[i], path, "a@xn--bcher-kva.example");
      g_free (ids[i]);
      g_free (gone[i]);
    }
}

/* Aliases that stayed while their domain was gone, or was called by its other spelling, are found
 * under the one that it has. */
static void
test_spellings_left (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *domain = make (f, "Domain", "{'name':'bücher.example'}");
  g_autofree char *box = make (f,
                               "Mailbox",
                               "{'name':'box','aliases':['b@x.example','a@bücher.example'],'"
                               "forwardTo':['f@bücher.example']}");

  gint64 renaming = change_sequence (f, "Domain", domain, "name", "'xn--bcher-kva.example'");
  assert_shown (f, "Mailbox", box, "aliases[0]", "b@x.example");
  assert_shown (f, "Mailbox", box, "aliases[1]", "a@xn--bcher-kva.example");
  assert_shown (f, "Mailbox", box, "forwardTo[0]", "f@xn--bcher-kva.example");
  g_autoptr (MsOutcome) renamed = undo (f, renaming, &error);
  g_assert_no_error (error);
  assert_shown (f, "Mailbox", box, "aliases[1]", "a@bücher.example");

  gint64           deletion = drop (f, "Domain", domain, NULL);
  g_autofree char *again = make (f, "Domain", "{'name':'xn--bcher-kva.example'}");
  assert_shown (f, "Mailbox", box, "aliases[1]", "a@xn--bcher-kva.example");
  g_autoptr (GString) out = g_string_new (NULL);
  g_assert_true (ms_service_explain (f->service, f->admin, "a@bücher.example", 100, out, &error));
  g_assert_nonnull (strstr (out->str, box));
  (void) drop (f, "Domain", again, NULL);
  g_autoptr (MsOutcome) back = undo (f, deletion, &error);
  g_assert_no_error (error);
  assert_shown (f, "Domain", domain, "name", "bücher.example");
  assert_shown (f, "Mailbox", box, "aliases[1]", "a@bücher.example");
}

static gboolean
respell (MsTxn *txn, gpointer user_data, GError **error)
{
  Fixture *f = user_data;
  g_autoptr (MsObject) domain
             = ms_txn_find_object (txn, fixture_type (f, "Domain"), "name", "two.example", error);
  g_autoptr (MsObject) after = domain != NULL ? ms_object_copy (domain) : NULL;

  if (after == NULL)
    return FALSE;
  ms_object_set_string (after, "name", "xn--bcher-kva.example");
  return ms_txn_update (txn, after, error);
}

/* Both, as an earlier version took them: each goes on as it was, and somebody is told. */
static void
test_spellings_of_old (Fixture *f, gconstpointer data)
{
  MsChangeContext context = { .actor_name = "system", .channel = "system", .verb = "update" };
  g_autoptr (GError) error = NULL;
  g_autofree char *one = make (f, "Domain", "{'name':'bücher.example'}");
  g_autofree char *two = make (f, "Domain", "{'name':'two.example'}");

  g_assert_true (ms_store_write (f->store, &context, respell, f, NULL, &error));
  g_assert_no_error (error);
  assert_shown (f, "Domain", two, "name", "xn--bcher-kva.example");
  g_autofree char *in_one = make (f, "Mailbox", "{'name':'same','domain':'bücher.example'}");
  g_autofree char *in_two = make (f, "Mailbox", "{'name':'same','domain':'xn--bcher-kva.example'}");
  assert_shown (f, "Mailbox", in_one, "address", "same@bücher.example");
  assert_shown (f, "Mailbox", in_two, "address", "same@xn--bcher-kva.example");
  change (f, "Domain", one, "kind", "'primary'");
  change (f, "Domain", two, "kind", "'primary'");

  g_autoptr (GPtrArray) remarks = ms_store_list_remarks (f->store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (remarks->len, ==, 1);
  g_assert_nonnull (strstr (remarks->pdata[0], "“bücher.example” and “xn--bcher-kva.example”"));
}

/* Names that are two since IDNA2008, and one wherever case is folded; the joiner's stands in
 * labels, for letters that nobody sees are no name. */
static const struct
{
  const char *one, *other, *labels; /* of the second */
} near[] = {
  { "weiss.example", "weiß.example", "xn--wei-7ka.example" },
  { "STRASSE.example", "Straße.example", "xn--strae-oqa.example" },
  { "βόλοσ.example", "βόλος.example", "xn--nxasmm1c.example" },
  { "xn--mgba3gch.example", "xn--mgba3gch31f060k.example", "xn--mgba3gch31f060k.example" },
};

static char *
name_lower (const char *domain)
{
  g_autofree char *address = g_strconcat ("a@", domain, NULL);
  g_autofree char *normal = ms_address_normalize (address, NULL, NULL, NULL);

  return g_strdup (strchr (normal, '@') + 1);
}

static gboolean
leads_to (Fixture *f, const char *address, const char *what)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (ms_service_explain (f->service, f->admin, address, 100, out, &error));
  g_assert_no_error (error);
  return strstr (out->str, what) != NULL;
}

static void
test_near_outside (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (near); i++)
    {
      g_autofree char *ours = g_strdup_printf ("{'name':'%s'}", near[i].one);
      g_autofree char *domain = make (f, "Domain", ours);
      g_autofree char *box = g_strdup_printf ("{'name':'info','domain':'%s'}", near[i].one);
      g_autofree char *info = make (f, "Mailbox", box);
      g_autofree char *other = name_lower (near[i].other);
      g_autofree char *away = g_strconcat ("info@", other, NULL);
      g_autofree char *labels = g_strconcat ("info@", near[i].labels, NULL);
      g_autofree char *in_one = g_strconcat ("info@", near[i].one, NULL);

      g_test_message ("%s %s", near[i].one, near[i].other);
      g_assert_true (leads_to (f, in_one, info));
      g_assert_false (leads_to (f, away, info));
      g_assert_false (leads_to (f, labels, info));
      g_assert_true (leads_to (f, away, "\"local\":false"));
      g_assert_true (leads_to (f, labels, "\"local\":false"));
      /* Each goes where it was sent; one of them in two spellings goes there once. */
      g_autofree char *forwards = g_strdup_printf (
          "{'name':'sender%u','forwardTo':['%s','%s','%s']}", i, in_one, away, labels);
      g_autofree char *sender = make (f, "Mailbox", forwards);
      g_autofree char *kept = name_lower (near[i].one);
      g_autofree char *kept_one = g_strconcat ("info@", kept, NULL);
      assert_shown (f, "Mailbox", sender, "forwardTo[0]", kept_one);
      assert_shown (f, "Mailbox", sender, "forwardTo[1]", away);
      assert_shown (f, "Mailbox", sender, "forwardTo[2]", NULL);
      /* To replace one by the other is a change. */
      g_autofree char *only_one = g_strdup_printf ("['%s']", in_one);
      g_autofree char *only_other = g_strdup_printf ("['%s']", away);
      change (f, "Mailbox", sender, "forwardTo", only_one);
      change (f, "Mailbox", sender, "forwardTo", only_other);
      assert_shown (f, "Mailbox", sender, "forwardTo[0]", away);
      g_autofree char *inside
          = g_strdup_printf ("{'name':'further%u','domain':'%s'}", i, near[i].other);
      expect (f, MS_VERB_CREATE, "Mailbox", NULL, inside, MS_ERROR_INVALID, "domain");
    }
}

static void
test_near_inside (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (near); i++)
    {
      const char *const names[] = { near[i].one, near[i].other };
      char             *boxes[] = { NULL, NULL };

      g_test_message ("%s %s", near[i].one, near[i].other);
      for (guint j = 0; j < G_N_ELEMENTS (names); j++)
        {
          g_autofree char *body = g_strdup_printf ("{'name':'%s'}", names[j]);
          g_autofree char *domain = make (f, "Domain", body);
          g_autofree char *box = g_strdup_printf (
              "{'name':'info','domain':'%s','aliases':['office@%s']}", names[j], names[j]);
          boxes[j] = make (f, "Mailbox", box);
        }
      g_autofree char *again = g_strdup_printf ("{'name':'%s'}", near[i].labels);
      expect (f, MS_VERB_CREATE, "Domain", NULL, again, MS_ERROR_CONFLICT, "name");
      g_autofree char *labels = g_strconcat ("office@", near[i].labels, NULL);
      g_assert_true (leads_to (f, labels, boxes[1]));
      g_assert_false (leads_to (f, labels, boxes[0]));
      g_autofree char *in_one = g_strconcat ("info@", near[i].one, NULL);
      g_assert_true (leads_to (f, in_one, boxes[0]));
      g_assert_false (leads_to (f, in_one, boxes[1]));
      g_free (boxes[0]);
      g_free (boxes[1]);
    }
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) remarks = ms_store_list_remarks (f->store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (remarks->len, ==, 0);
  g_autoptr (GPtrArray) problems = ms_store_verify (f->store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 0);
}

/* Mail that somebody with a role lets go to another's domain does not come to whoever makes the one
 * that is near it; and who may not redirect it does not make that one, however it is spelled, nor
 * while they lie in the bin. */
static void
test_near_guarded (Fixture *f, gconstpointer data)
{
  static const char *const alias
      = "{'name':'fass.example','kind':'alias','aliasOf':'nobodys.example'}";
  static const char *const refused[]
      = { "{'name':'Faß.example','kind':'alias','aliasOf':'nobodys.example'}",
          "{'name':'faß.example'}",
          "{'name':'xn--fa-hia.example'}" };
  g_autoptr (MsActor) token = fixture_actor (f, f->admin->user_id, MS_ROLE_ADMINISTRATOR, "scim");
  g_autofree char *user
      = make (f, "User", "{'userName':'b','" MS_URN_EXT_USER "':{'role':'auditor'}}");
  g_autofree char *body = json ("{'name':'b','owner':{'value':'%s'},'primary':true,"
                                "'forwardTo':['y1@xn--fa-hia.example']}",
                                user);
  g_autofree char *box = make (f, "Mailbox", body);
  g_autofree char *base = make (f, "Domain", "{'name':'nobodys.example'}");
  g_autofree char *trap = json ("{'name':'y1','domain':'nobodys.example'}");
  g_autoptr (GError) error = NULL;

  token->scim_only = token->by_token = TRUE;
  g_autoptr (MsOutcome) y1 = try_verb (f, token, MS_VERB_CREATE, "Mailbox", NULL, trap, &error);
  g_assert_no_error (error);
  g_autoptr (MsOutcome) other = try_verb (f, token, MS_VERB_CREATE, "Domain", NULL, alias, &error);
  g_assert_no_error (error);
  g_assert_true (leads_to (f, "b", box));
  g_assert_false (leads_to (f, "b", y1->id));
  for (guint i = 0; i < 2 * G_N_ELEMENTS (refused); i++)
    {
      const char *domain = refused[i % G_N_ELEMENTS (refused)];

      if (i == G_N_ELEMENTS (refused))
        {
          g_autoptr (MsOutcome) gone
                     = try_verb (f, token, MS_VERB_DELETE, "User", user, NULL, &error);
          g_assert_no_error (error);
        }
      g_test_message ("%s", domain);
      g_autoptr (MsOutcome) made
                 = try_verb (f, token, MS_VERB_CREATE, "Domain", NULL, domain, &error);
      g_assert_null (made);
      g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
      g_clear_error (&error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/names/doors", test_doors);
  fixture_add ("/names/other-doors", test_other_doors);
  fixture_add ("/names/joiners", test_joiners);
  fixture_add ("/names/old-names", test_old_names);
  fixture_add ("/names/old-aliases", test_old_aliases);
  fixture_add ("/names/spellings", test_spellings);
  fixture_add ("/names/spellings-again", test_spellings_again);
  fixture_add ("/names/spellings-undone", test_spellings_undone);
  fixture_add ("/names/spellings-left", test_spellings_left);
  fixture_add ("/names/spellings-of-old", test_spellings_of_old);
  fixture_add ("/names/near-outside", test_near_outside);
  fixture_add ("/names/near-inside", test_near_inside);
  fixture_add ("/names/near-guarded", test_near_guarded);
  return g_test_run ();
}
