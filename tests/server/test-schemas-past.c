/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Schema files that change while there is a past: objects in the bin, change sets that tell of
 * values which today's tables would not take, names that differ in case only. Whatever happens, the
 * store is sound afterwards.
 */
#include "scim-case.h"
#include <string.h>

#define URN "urn:example:test:past:"
#define LABEL "{'name':'nm','label':true}"
/* A file with one type, /NAMEs, that has a label and @attributes besides. */
#define FILE_OF(name, attributes)                                                                  \
  "{'schemas':[{'id':'" URN name "','name':'" name "','attributes':[" LABEL attributes "]}],"      \
  "'resourceTypes':[{'name':'" name "','endpoint':'/" name "s','schema':'" URN name "'}]}"

/* Asking ----------------------------------------------------------------------------------------
 */

static char *
dquote (const char *json)
{
  return g_strdelimit (g_strdup (json), "'", '"');
}

static Answer *
send (const char *method, const char *path, const char *json)
{
  g_autofree char *body = json != NULL ? dquote (json) : NULL;

  return scim (method, path, body, NULL);
}

static void
add_file (const char *name, const char *file)
{
  g_autofree char *json = g_strdup_printf ("{'name':'%s','file':%s}", name, file);
  g_autoptr (Answer) answer = send ("POST", "/api/v1/schemas", json);

  assert_status (answer, 201);
}

static Answer *
replace_file (const char *name, const char *file, gboolean drop)
{
  g_autofree char *json = g_strdup_printf ("{'file':%s}", file);
  g_autofree char *path
      = g_strdup_printf ("/api/v1/schemas/%s%s", name, drop ? "?dropValues=true" : "");

  return send ("PUT", path, json);
}

static void
put_file (const char *name, const char *file)
{
  g_autoptr (Answer) answer = replace_file (name, file, TRUE);

  assert_status (answer, 200);
}

static char *
make (const char *path, const char *json)
{
  g_autofree char *body = dquote (json);
  g_autofree char *full = g_strconcat ("/scim/v2", path, NULL);

  return make_object (scim_harbour, full, body);
}

/* (transfer full): the number of its change set */
static char *
change (const char *method, const char *path, const char *id, const char *operations)
{
  g_autofree char *full = g_strconcat ("/scim/v2", path, "/", id, NULL);
  g_autofree char *inner = operations != NULL ? dquote (operations) : NULL;
  g_autofree char *body = inner != NULL ? g_strdup_printf (PATCH ("%s"), inner) : NULL;
  g_autoptr (Answer) answer = scim (method, full, body, NULL);

  g_assert_cmpuint (answer->status / 100, ==, 2);
  return g_strdup (wire_reply_get (answer->reply, "x-mailstead-change"));
}

static char *
destroy (const char *path, const char *id)
{
  return change ("DELETE", path, id, NULL);
}

static Answer *
get (const char *path, const char *id)
{
  g_autofree char *full = g_strconcat ("/scim/v2", path, "/", id, NULL);

  return scim ("GET", full, NULL, NULL);
}

static Answer *
undo (const char *sequence)
{
  g_autofree char *path = g_strconcat ("/api/v1/changes/", sequence, "/undo", NULL);

  return scim ("POST", path, "{}", NULL);
}

static Answer *
restore (const char *id, const char *json)
{
  g_autofree char *path = g_strconcat ("/api/v1/bin/", id, "/restore", NULL);

  return send ("POST", path, json);
}

static void
assert_sound (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = ms_store_verify (scim_harbour->store, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", (char *) problems->pdata[i]);
  g_assert_cmpuint (problems->len, ==, 0);
}

static void
assert_refused (Answer *answer, const char *path, const char *text)
{
  assert_status (answer, 409);
  g_assert_cmpstr (get_text (answer, "path"), ==, path);
  assert_holds (answer, text);
}

/* Types that go ---------------------------------------------------------------------------------
 */

/* What leaves the bin with its type leaves it in that change set, so that a type of the name may
 * come again. */
static void
test_purge_with_type (void)
{
  const char *file = FILE_OF ("Gone",
                              ",{'name':'un','uniqueness':'server'},"
                              "{'name':'sec','returned':'never'}");

  add_file ("gone", file);
  g_autofree char *id = make ("/Gones", "{'nm':'a','un':'1','sec':'s'}");
  g_autofree char *deletion = destroy ("/Gones", id);
  g_autoptr (Answer) kept = scim ("DELETE", "/api/v1/schemas/gone", NULL, NULL);
  assert_refused (kept, "Gone", "in the bin");
  g_autoptr (Answer) removed = scim ("DELETE", "/api/v1/schemas/gone?dropValues=true", NULL, NULL);
  assert_status (removed, 200);
  g_assert_cmpint (get_number (removed, "objectsPurged"), ==, 1);
  g_autofree char *path
      = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT, get_number (removed, "changeSet"));
  g_autoptr (Answer) set = scim ("GET", path, NULL, NULL);
  g_autofree char *purge = g_strdup_printf ("\"id\":\"%s\"", id);
  assert_holds (set, "\"verb\":\"purge\"");
  assert_holds (set, purge);
  assert_sound ();
  add_file ("gone", file);
  assert_sound ();
  g_autofree char *again = make ("/Gones", "{'nm':'a','un':'1'}");
  g_autoptr (Answer) undone = undo (deletion);
  assert_status (undone, 409);
  assert_sound ();
}

/* Names that differ in case only ----------------------------------------------------------------
 */

#define CASE_FILE(type, urn, attributes, extension, more)                                          \
  "{'schemas':[{'id':'" urn "','name':'Cs','attributes':[" attributes "]},"                        \
  "{'id':'" extension "','name':'e','attributes':[" more "]}],'resourceTypes':[{'name':'" type     \
  "','endpoint':'/Css','schema':'" urn "','schemaExtensions':[{'schema':'" extension "'}]}]}"
#define CASE_ATTRIBUTES                                                                            \
  LABEL ",{'name':'a'},{'name':'m','multiValued':true},{'name':'c','type':'complex',"              \
        "'subAttributes':[{'name':'x'}]},{'name':'rel','type':'complex','relation':{'to':['User']" \
        "},'subAttributes':[{'name':'value'}]},{'name':'un','uniqueness':'server'},"               \
        "{'name':'sec','returned':'never'}"
#define CASE_MORE "{'name':'ea'}"
#define CASE_URN URN "Cs"
#define CASE_EXTENSION URN "Cse"

static const struct
{
  const char *from;
  const char *to;
  const char *path; /* of the refusal */
  const char *text;
} cases_of_case[] = {
  { "'name':'a'}", "'name':'A'}", "a", "“A” differs from “a” only in case" },
  { "'name':'m'", "'name':'M'", "m", "“M” differs from “m” only in case" },
  { "'name':'c',", "'name':'C',", "c", "“C” differs from “c” only in case" },
  { "'name':'x'", "'name':'X'", "c.x", "“c.X” differs from “c.x” only in case" },
  { "'name':'rel'", "'name':'REL'", "rel", "“REL” differs from “rel” only in case" },
  { "'name':'nm'", "'name':'NM'", "nm", "“NM” differs from “nm” only in case" },
  { "'name':'un'", "'name':'UN'", "un", "“UN” differs from “un” only in case" },
  { "'name':'sec'", "'name':'SEC'", "sec", "“SEC” differs from “sec” only in case" },
  { CASE_EXTENSION, URN "CSE", CASE_EXTENSION ":ea", "only in case" },
  { "'name':'ea'", "'name':'EA'", CASE_EXTENSION ":ea", "only in case" },
  { "'name':'Cs','endpoint'", "'name':'CS','endpoint'", "Cs", "“CS” differs from “Cs” only in " },
};

static void
test_other_case (void)
{
  const char      *file = CASE_FILE ("Cs", CASE_URN, CASE_ATTRIBUTES, CASE_EXTENSION, CASE_MORE);
  g_autofree char *user = make_user (scim_harbour, "casey");
  g_autofree char *body
      = g_strdup_printf ("{'nm':'o','a':'A1','m':['x'],'c':{'x':'X1'},'rel':{'value':'%s'},'un':'"
                         "U1','sec':'pin','" CASE_EXTENSION "':{'ea':'E1'}}",
                         user);

  add_file ("cs", file);
  g_autofree char *id = make ("/Css", body);
  for (guint i = 0; i < G_N_ELEMENTS (cases_of_case); i++)
    {
      GString *other = g_string_new (file);
      g_assert_cmpuint (
          g_string_replace (other, cases_of_case[i].from, cases_of_case[i].to, 0), >, 0);
      g_autofree char *text = g_string_free (other, FALSE);
      g_autoptr (Answer) answer = replace_file ("cs", text, FALSE);
      g_test_message ("%s", cases_of_case[i].to);
      assert_refused (answer, cases_of_case[i].path, cases_of_case[i].text);
    }
  g_autoptr (Answer) still = get ("/Css", id);
  assert_holds (still, "\"a\":\"A1\"");
  assert_holds (still, "\"ea\":\"E1\"");
  assert_sound ();
  /* On demand they go, as when an attribute goes and another one comes. */
  put_file ("cs",
            CASE_FILE ("Cs", CASE_URN, LABEL ",{'name':'A'}", CASE_EXTENSION, "{'name':'EA'}"));
  g_autoptr (Answer) after = get ("/Css", id);
  assert_lacks (after, "A1");
  assert_lacks (after, "E1");
  assert_sound ();
}

/* Nothing is lost where nothing is held, and what lies in the bin from before leaves it behind. */
static void
test_other_case_of_nothing (void)
{
  add_file ("empty", FILE_OF ("Empty", ",{'name':'a'}"));
  g_autofree char *id = make ("/Emptys", "{'nm':'o','a':'old'}");
  g_autofree char *gone = destroy ("/Emptys", id);
  g_autoptr (Answer) renamed = replace_file ("empty", FILE_OF ("Empty", ",{'name':'A'}"), FALSE);
  assert_status (renamed, 200);
  g_autoptr (Answer) back = restore (id, "{}");
  assert_status (back, 200);
  g_autoptr (Answer) there = get ("/Emptys", id);
  assert_lacks (there, "old");
  assert_sound ();
  g_autofree char *again = destroy ("/Emptys", id);
  g_autoptr (Answer) type = replace_file (
      "empty",
      "{'schemas':[{'id':'" URN "Empty','name':'E','attributes':[" LABEL "]}],'resourceTypes':"
      "[{'name':'EMPTY','endpoint':'/Emptys','schema':'" URN "Empty'}]}",
      FALSE);
  assert_refused (type, "Empty", "“EMPTY” differs from “Empty” only in case");
  assert_sound ();
}

static void
add_tests (void)
{
  scim_add ("schemas-past/purge-with-type", test_purge_with_type);
  scim_add ("schemas-past/other-case", test_other_case);
  scim_add ("schemas-past/other-case-of-nothing", test_other_case_of_nothing);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add_tests);
}
