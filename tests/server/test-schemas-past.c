/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Schema files that change while there is a past: objects in the bin, change sets that tell of
 * values which today's tables would not take, names that differ in case only. Whatever happens, the
 * store is sound afterwards.
 */
#include "scim-case.h"
#include "ms-rescue.h"
#include "ms-txn.h"
#include "store-place.h"
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

static Answer *
return_to (const char *id, const char *sequence)
{
  g_autofree char *path = g_strconcat ("/api/v1/history/", id, "/return", NULL);
  g_autofree char *body = g_strdup_printf ("{\"sequence\":%s}", sequence);

  return scim ("POST", path, body, NULL);
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

/* Whether "refused" of an undo, a restore or a return names @path, once, with @reason in it. */
static void
assert_names (Answer *answer, const char *path, const char *reason)
{
  JsonNode  *node = find_node (answer, "refused");
  JsonArray *refused = json_node_get_array (node);
  guint      found = 0;

  for (guint i = 0; i < json_array_get_length (refused); i++)
    {
      JsonObject *entry = json_array_get_object_element (refused, i);
      if (g_strcmp0 (json_object_get_string_member_with_default (entry, "path", NULL), path) != 0)
        continue;
      found++;
      if (strstr (json_object_get_string_member (entry, "reason"), reason) == NULL)
        found += 100;
    }
  if (found != 1)
    g_test_message ("%s, %s: %s", path, reason, answer->reply->body->str);
  g_assert_cmpuint (found, ==, 1);
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

/* Values from before ----------------------------------------------------------------------------
 */

#define NO_VALUE "no value of the attribute now"

/* Attributes of other kinds by now take nothing back of what they held. */
static void
test_other_kinds (void)
{
  add_file ("kind",
            FILE_OF ("Kind",
                     ",{'name':'a'},{'name':'m','multiValued':true},{'name':'s'},"
                     "{'name':'o'},{'name':'b'}"));
  g_autofree char *id
      = make ("/Kinds", "{'nm':'one','a':'text','m':['x','y'],'s':'plain','o':'p','b':'B'}");
  g_autofree char *emptied = change ("PATCH",
                                     "/Kinds",
                                     id,
                                     "{'op':'remove','path':'a'},{'op':'remove','path':'m'},"
                                     "{'op':'remove','path':'s'},{'op':'remove','path':'o'},"
                                     "{'op':'replace','path':'b','value':'C'}");
  g_autofree char *binned
      = make ("/Kinds", "{'nm':'two','a':'text','m':['x','y'],'s':'plain','o':'p','b':'B'}");
  g_autofree char *gone = destroy ("/Kinds", binned);
  put_file ("kind",
            FILE_OF ("Kind",
                     ",{'name':'a','type':'integer'},{'name':'m'},"
                     "{'name':'s','returned':'never'},"
                     "{'name':'o','multiValued':true},{'name':'b'}"));
  g_autofree char *set = change ("PATCH",
                                 "/Kinds",
                                 id,
                                 "{'op':'add','path':'a','value':7},"
                                 "{'op':'add','path':'o','value':['q']},"
                                 "{'op':'add','path':'m','value':'z'}");

  g_autoptr (Answer) undone = undo (emptied);
  g_autoptr (Answer) restored = restore (binned, "{}");
  g_autofree char *again
      = change ("PATCH", "/Kinds", id, "{'op':'replace','path':'b','value':'D'}");
  g_autofree char *first = g_strdup_printf ("%d", atoi (emptied) - 1);
  g_autoptr (Answer) returned = return_to (id, first);
  Answer *answers[] = { undone, restored, returned };
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_test_message ("%u", i);
      assert_status (answers[i], 200);
      assert_names (answers[i], "a", NO_VALUE);
      assert_names (answers[i], "m", NO_VALUE);
      assert_names (answers[i], "s", NO_VALUE);
      assert_names (answers[i], "o", NO_VALUE);
    }
  assert_sound ();
  g_autoptr (Answer) there = get ("/Kinds", id);
  assert_holds (there, "\"b\":\"B\"");
  assert_holds (there, "\"a\":7");
  assert_lacks (there, "plain");
  g_autoptr (Answer) back = get ("/Kinds", binned);
  assert_holds (back, "\"b\":\"B\"");
  assert_lacks (back, "\"a\"");
  assert_lacks (back, "\"m\"");
  assert_lacks (back, "plain");
}

/* One value by now that may have parts of several, and the other way round. */
static void
test_other_number (void)
{
  add_file ("numb",
            FILE_OF ("Numb",
                     ",{'name':'c','type':'complex','multiValued':true,"
                     "'subAttributes':[{'name':'x'},{'name':'y'}]},"
                     "{'name':'d','type':'complex','subAttributes':[{'name':'x'}]},"
                     "{'name':'b'}"));
  g_autofree char *id
      = make ("/Numbs", "{'nm':'one','c':[{'x':'1','y':'2'}],'d':{'x':'3'},'b':'B'}");
  g_autofree char *emptied = change ("PATCH",
                                     "/Numbs",
                                     id,
                                     "{'op':'remove','path':'c'},{'op':'remove','path':'d'},"
                                     "{'op':'remove','path':'b'}");
  g_autofree char *binned
      = make ("/Numbs", "{'nm':'two','c':[{'x':'1','y':'2'}],'d':{'x':'3'},'b':'B'}");
  g_autofree char *gone = destroy ("/Numbs", binned);
  put_file ("numb",
            FILE_OF ("Numb",
                     ",{'name':'d','type':'complex','multiValued':true,"
                     "'subAttributes':[{'name':'x'}]},"
                     "{'name':'c','type':'complex','subAttributes':[{'name':'x'}]},"
                     "{'name':'b'}"));
  g_autoptr (Answer) undone = undo (emptied);
  g_autoptr (Answer) restored = restore (binned, "{}");
  assert_status (undone, 200);
  assert_names (undone, "c", NO_VALUE);
  assert_names (undone, "d.x", NO_VALUE);
  assert_status (restored, 200);
  assert_names (restored, "c", NO_VALUE);
  assert_names (restored, "d.x", NO_VALUE);
  assert_sound ();
}

/* The same rules as for any write: what is too long by now, or not among the values, stays away. */
static void
test_tighter (void)
{
  add_file ("tight",
            FILE_OF ("Tight",
                     ",{'name':'a'},{'name':'b'},{'name':'k'},"
                     "{'name':'n','type':'integer'}"));
  g_autofree char *id = make ("/Tights", "{'nm':'one','a':'longvalue','b':'B','k':'RED','n':9}");
  g_autofree char *changed = change (
      "PATCH", "/Tights", id, "{'op':'replace','value':{'a':'sh','b':'C','k':'blue','n':1}}");
  g_autofree char *other = make ("/Tights", "{'nm':'two','a':'ok','b':'B','k':'green','n':9}");
  g_autofree char *other_gone = destroy ("/Tights", other);
  g_autofree char *longer = make ("/Tights", "{'nm':'three','a':'LONGVALUE'}");
  g_autofree char *longer_gone = destroy ("/Tights", longer);
  g_autofree char *missing = make ("/Tights", "{'nm':'four'}");
  g_autofree char *missing_gone = destroy ("/Tights", missing);
  put_file ("tight",
            FILE_OF ("Tight",
                     ",{'name':'a','required':true,'maxLength':4},{'name':'b'},"
                     "{'name':'k','canonicalOnly':true,'canonicalValues':['red','blue']},"
                     "{'name':'n','type':'integer','maximum':5}"));

  g_autoptr (Answer) undone = undo (changed);
  assert_status (undone, 200);
  assert_names (undone, "a", "longer than 4 bytes");
  assert_names (undone, "n", "at most 5");
  g_autoptr (Answer) there = get ("/Tights", id);
  assert_holds (there, "\"a\":\"sh\",\"b\":\"B\",\"k\":\"red\",\"n\":1");

  /* What it need not have is left behind. */
  g_autoptr (Answer) restored = restore (other, "{}");
  assert_status (restored, 200);
  assert_names (restored, "k", "must be one of red, blue");
  assert_names (restored, "n", "at most 5");
  g_autoptr (Answer) back = get ("/Tights", other);
  assert_holds (back, "\"a\":\"ok\",\"b\":\"B\",\"meta\"");

  /* What it must have keeps it in the bin, until it is given. */
  g_autoptr (Answer) too_long = restore (longer, "{}");
  assert_status (too_long, 409);
  assert_names (too_long, "a", "longer than 4 bytes");
  g_autoptr (Answer) lacking = restore (missing, "{}");
  assert_status (lacking, 409);
  assert_names (lacking, "a", "“a” is required");
  g_autoptr (Answer) undeleted = undo (missing_gone);
  assert_status (undeleted, 409);
  assert_names (undeleted, "a", "“a” is required");
  g_autoptr (Answer) still = get ("/Tights", missing);
  assert_status (still, 404);
  g_autoptr (Answer) given = restore (missing, "{'as':{'a':'four'}}");
  assert_status (given, 200);
  g_autoptr (Answer) bad = restore (longer, "{'as':{'a':'fourty'}}");
  assert_status (bad, 400);

  /* A value that another attribute requires is not taken away either. */
  g_autofree char *set = change ("PATCH", "/Tights", id, "{'op':'replace','path':'b','value':'D'}");
  g_autofree char *before = g_strdup_printf ("%d", atoi (changed) - 1);
  g_autoptr (Answer) returned = return_to (id, before);
  assert_status (returned, 200);
  assert_names (returned, "a", "longer than 4 bytes");
  assert_names (returned, "n", "at most 5");
  g_autoptr (Answer) after = get ("/Tights", id);
  assert_holds (after, "\"a\":\"sh\",\"b\":\"B\",\"k\":\"red\",\"n\":1");
  assert_sound ();
}

/* An extension that everybody need not have is left behind where it lacks what it requires; one
 * that everybody must have keeps the object in the bin. */
#define EXTENDED(attributes, required)                                                             \
  "{'schemas':[{'id':'" URN "Ext','name':'Ext','attributes':[{'name':'door'}" attributes "]}],"    \
  "'resourceTypes':[{'name':'User','schemaExtensions':[{'schema':'" URN                            \
  "Ext','required':" required "}]}]}"

static void
test_tighter_extension (void)
{
  add_file ("ext", EXTENDED ("", "false"));
  g_autofree char *id = make ("/Users", "{'userName':'exa','" URN "Ext':{'door':'North'}}");
  g_autofree char *gone = destroy ("/Users", id);
  g_autofree char *bare = make ("/Users", "{'userName':'bare'}");
  g_autofree char *bare_gone = destroy ("/Users", bare);
  put_file ("ext", EXTENDED (",{'name':'number','required':true}", "false"));
  g_autoptr (Answer) restored = restore (id, "{}");
  assert_status (restored, 200);
  assert_names (restored, URN "Ext:number", "is required");
  g_autoptr (Answer) back = get ("/Users", id);
  assert_lacks (back, "North");
  g_autofree char *gone_again = destroy ("/Users", id);
  g_autoptr (Answer) removed = scim ("DELETE", "/api/v1/schemas/ext?dropValues=true", NULL, NULL);
  assert_status (removed, 200);
  assert_sound ();
}

#define DOORS(door, more)                                                                          \
  "{'schemas':[{'id':'" URN "Doors','name':'Doors','attributes':[{'name':'door'" door "},"         \
  "{'name':'floor'}" more                                                                          \
  "]}],'resourceTypes':[{'name':'User','schemaExtensions':[{'schema':'" URN                        \
  "Doors','required':false}]}]}"

/* Also where one of its values had been given up before. */
static void
test_tighter_extension_twice (void)
{
  add_file ("doors", DOORS ("", ""));
  g_autofree char *id
      = make ("/Users", "{'userName':'exd','" URN "Doors':{'door':'Northern','floor':'1'}}");
  g_autofree char *gone = destroy ("/Users", id);
  put_file ("doors", DOORS (",'maxLength':4", ",{'name':'number','required':true}"));
  g_autoptr (Answer) restored = restore (id, "{}");
  assert_status (restored, 200);
  assert_names (restored, URN "Doors:door", "longer than 4 bytes");
  assert_names (restored, URN "Doors:number", "is required");
  g_autoptr (Answer) back = get ("/Users", id);
  assert_lacks (back, "Doors");
  g_autofree char *gone_again = destroy ("/Users", id);
  g_autoptr (Answer) removed = scim ("DELETE", "/api/v1/schemas/doors?dropValues=true", NULL, NULL);
  assert_status (removed, 200);
  assert_sound ();
}

/* Rescue ----------------------------------------------------------------------------------------
 */

static void
on_loss (const char *loss, gpointer user_data)
{
  g_test_message ("%s", loss);
}

static gboolean
get_binned (MsTxn *txn, gpointer user_data, GError **error)
{
  g_autoptr (MsObject) object = ms_txn_get_binned (txn, user_data, error);

  return object != NULL;
}

/* A rescue knows what lies in the bin by the files that describe it. */
static void
test_rescue (void)
{
  add_file ("resc",
            FILE_OF ("Resc",
                     ",{'name':'un','uniqueness':'server'},{'name':'old'},"
                     "{'name':'sec','returned':'never'}"));
  g_autofree char *id = make ("/Rescs", "{'nm':'a','un':'1','old':'x','sec':'s'}");
  g_autofree char *deletion = destroy ("/Rescs", id);
  put_file ("resc",
            FILE_OF ("Resc",
                     ",{'name':'un','uniqueness':'server'},"
                     "{'name':'old','type':'integer'},"
                     "{'name':'sec','returned':'never'}"));
  g_autofree char *live = make ("/Rescs", "{'nm':'a','un':'1','old':3}");
  g_autofree char *target = g_build_filename (scim_harbour->directory, "rescued.db", NULL);
  g_autofree char *uri = g_strconcat ("sqlite:", target, NULL);
  g_autoptr (MsSchemaRegistry) builtin = ms_schema_registry_new_builtin ();
  g_autoptr (GError) error = NULL;
  gint64 saved = 0;
  gint64 losses = 0;

  g_assert_true (
      ms_rescue (scim_harbour->uri, target, builtin, NULL, on_loss, NULL, &saved, &losses, &error));
  g_assert_no_error (error);
  g_assert_cmpint (losses, ==, 0);
  g_autoptr (MsStore) store = ms_store_open (uri, builtin, 0, &error);
  g_assert_no_error (error);
  g_assert_true (ms_store_read (store, get_binned, id, NULL, &error));
  g_assert_no_error (error);
  ms_store_close (store);
}

/* What is set once may be taken back to before it was: nothing but an undo can. */
static void
test_first_setting (void)
{
  add_file ("once", FILE_OF ("Once", ",{'name':'im','mutability':'immutable'}"));
  g_autofree char *id = make ("/Onces", "{'nm':'a'}");
  g_autofree char *set = change ("PATCH", "/Onces", id, "{'op':'add','path':'im','value':'first'}");
  g_autoptr (Answer) undone = undo (set);
  assert_status (undone, 200);
  g_autoptr (Answer) without = get ("/Onces", id);
  g_assert_null (strstr (without->reply->body->str, "first"));
  g_autofree char *again
      = change ("PATCH", "/Onces", id, "{'op':'add','path':'im','value':'second'}");
  g_assert_nonnull (again);
  assert_sound ();
}

/* Schema files undone ---------------------------------------------------------------------------
 */

static char *
get_change (Answer *answer)
{
  assert_status (answer, answer->status == 201 ? 201 : 200);
  return g_strdup (wire_reply_get (answer->reply, "x-mailstead-change"));
}

static void
assert_type (const char *name, gboolean there)
{
  g_autofree char *path = g_strconcat ("/scim/v2/", name, "s", NULL);
  g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);

  assert_status (answer, there ? 200 : 404);
}

static void
undo_wholly (const char *sequence)
{
  g_autoptr (Answer) answer = undo (sequence);

  assert_status (answer, 200);
  assert_holds (answer, "\"undone\":1");
  assert_holds (answer, "\"refused\":[]");
}

/* As by hand: added and gone, removed and back, replaced and as before. */
static void
test_undo_file (void)
{
  g_autoptr (Answer) added = send (
      "POST", "/api/v1/schemas", "{'name':'undo','file':" FILE_OF ("Undo", ",{'name':'a'}") "}");
  g_autofree char *add = get_change (added);
  assert_type ("Undo", TRUE);
  g_autoptr (Answer) undone = undo (add);
  g_autofree char *redo = get_change (undone);
  assert_type ("Undo", FALSE);
  undo_wholly (redo);
  assert_type ("Undo", TRUE);
  g_autoptr (Answer) by_hand = send ("DELETE", "/api/v1/schemas/undo", NULL);
  assert_status (by_hand, 200);
  assert_type ("Undo", FALSE);
  g_autoptr (Answer) twice = undo (redo);
  assert_status (twice, 409);
  assert_holds (twice, "undone already");

  add_file ("undo", FILE_OF ("Undo", ",{'name':'a'}"));
  g_autofree char *id = make ("/Undos", "{'nm':'one'}");
  g_autoptr (Answer) replaced
             = replace_file ("undo", FILE_OF ("Undo", ",{'name':'a'},{'name':'b'}"), FALSE);
  g_autofree char *replace = get_change (replaced);
  g_autofree char *set = change ("PATCH", "/Undos", id, "{'op':'add','path':'b','value':'x'}");
  g_autoptr (Answer) in_the_way = undo (replace);
  assert_status (in_the_way, 409);
  assert_holds (in_the_way, "one");
  g_autoptr (Answer) unset = undo (set);
  assert_status (unset, 200);
  undo_wholly (replace);
  g_autofree char *operation = dquote ("{'op':'add','path':'b','value':'x'}");
  g_autofree char *body = g_strdup_printf (PATCH ("%s"), operation);
  g_autofree char *path = g_strconcat ("/scim/v2/Undos/", id, NULL);
  g_autoptr (Answer) unknown = scim ("PATCH", path, body, NULL);
  assert_status (unknown, 400);

  g_autofree char *gone = destroy ("/Undos", id);
  g_autoptr (Answer) removed = send ("DELETE", "/api/v1/schemas/undo?dropValues=true", NULL);
  g_autofree char *remove = get_change (removed);
  assert_type ("Undo", FALSE);
  g_autoptr (Answer) rehearsed = NULL;
  g_autofree char *rehearsal = g_strconcat ("/api/v1/changes/", remove, "/undo", NULL);
  rehearsed = send ("POST", rehearsal, "{'dryRun':true}");
  assert_status (rehearsed, 200);
  assert_type ("Undo", FALSE);
  g_autoptr (Answer) back = undo (remove);
  assert_status (back, 200);
  assert_holds (back, "for good");
  assert_type ("Undo", TRUE);
  g_assert_nonnull (gone);
  assert_sound ();
}

/* What was dropped with it stays so, and that is said. */
static void
test_undo_file_values (void)
{
  add_file ("drop", FILE_OF ("Drop", ",{'name':'a'}"));
  g_autofree char *id = make ("/Drops", "{'nm':'one','a':'lost'}");
  g_autoptr (Answer) replaced = replace_file ("drop", FILE_OF ("Drop", ""), TRUE);
  g_autofree char *replace = get_change (replaced);
  g_autoptr (Answer) back = undo (replace);
  assert_status (back, 200);
  assert_holds (back, "\"undone\":1");
  assert_holds (back, "stays dropped; with the file back, return the object to change ");
  gint64           before = g_ascii_strtoll (replace, NULL, 10) - 1;
  g_autofree char *path = g_strdup_printf ("/api/v1/history/%s/return", id);
  g_autofree char *body = g_strdup_printf ("{'sequence':%" G_GINT64_FORMAT "}", before);
  g_autoptr (Answer) returned = send ("POST", path, body);
  assert_status (returned, 200);
  assert_holds (returned, "lost");
  g_autofree char *set = change ("PATCH", "/Drops", id, "{'op':'add','path':'a','value':'new'}");
  g_assert_nonnull (set);
  assert_sound ();
}

/* Later changes of the file stand in the way, by number. */
static void
test_undo_file_changed (void)
{
  add_file ("later", FILE_OF ("Later", ""));
  g_autoptr (Answer) first = replace_file ("later", FILE_OF ("Later", ",{'name':'a'}"), FALSE);
  g_autofree char *set = get_change (first);
  g_autoptr (Answer) second = replace_file ("later", FILE_OF ("Later", ",{'name':'b'}"), TRUE);
  g_autofree char *since = get_change (second);
  g_autofree char *reason = g_strconcat ("changed again since, by change ", since, NULL);
  g_autoptr (Answer) answer = undo (set);
  assert_status (answer, 409);
  assert_names (answer, "text", reason);
  undo_wholly (since);
  undo_wholly (set);
  assert_sound ();
}

static void
add_tests (void)
{
  scim_add ("schemas-past/undo-file", test_undo_file);
  scim_add ("schemas-past/undo-file-values", test_undo_file_values);
  scim_add ("schemas-past/undo-file-changed", test_undo_file_changed);
  scim_add ("schemas-past/purge-with-type", test_purge_with_type);
  scim_add ("schemas-past/first-setting", test_first_setting);
  scim_add ("schemas-past/other-case", test_other_case);
  scim_add ("schemas-past/other-case-of-nothing", test_other_case_of_nothing);
  scim_add ("schemas-past/other-kinds", test_other_kinds);
  scim_add ("schemas-past/other-number", test_other_number);
  /* A rescue reads a store in a file. */
  if (strcmp (store_place_get_driver (), "sqlite") == 0)
    scim_add ("schemas-past/rescue", test_rescue);
  scim_add ("schemas-past/tighter", test_tighter);
  scim_add ("schemas-past/tighter-extension", test_tighter_extension);
  scim_add ("schemas-past/tighter-extension-twice", test_tighter_extension_twice);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add_tests);
}
