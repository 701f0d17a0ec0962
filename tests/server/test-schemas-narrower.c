/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Schema files that come to let less through: either all objects still are what a PUT of their own
 * GET would take and leave as it is, or the file is refused with their names.
 */
#include "scim-case.h"
#include "store-place.h"
#include <string.h>

#define URN "urn:example:test:narrower:"
#define USER_ID "01a226da-3117-7ca7-b1ae-c386b67b55c5"

/* A file with one type, /Ns, that has a label and @attribute besides. */
#define FILE_WITH                                                                                  \
  "{'schemas':[{'id':'" URN "N','name':'N','attributes':[{'name':'nm','label':true},%s]}],"        \
  "'resourceTypes':[{'name':'N','endpoint':'/Ns','schema':'" URN "N'}]}"

#define REFERENCE(more) "{'name':'ref','type':'reference'" more "}"
#define PART(part) "{'name':'c','type':'complex','subAttributes':[{'name':'k'}," part "]}"
#define PARTS(parts) "{'name':'es','type':'complex','multiValued':true,'subAttributes':[" parts "]}"
#define EXACT "'caseExact':true"
#define INTEGER "{'name':'k','type':'integer'}"
#define COLOURS "'canonicalValues':['Red','Blue']"

/**
 * Narrower: an attribute that becomes another one
 * @values: members of an object by the first
 * @refused: (nullable): what the refusal says of it
 * @becomes: (nullable): what the object then holds in another form; with neither of both, it stays
 * as it is
 * @drop: with what is lost by it
 */
typedef struct
{
  const char *name;
  const char *before;
  const char *values;
  const char *after;
  const char *refused;
  const char *becomes;
  gboolean    drop;
} Narrower;

static const Narrower cases[] = {
  { "reference-types",
    REFERENCE (",'referenceTypes':['User','N']"),
    "'ref':'/Users/" USER_ID "'",
    REFERENCE (",'referenceTypes':['N']"),
    "“ref” must be the URI of an object: /Ns/ID" },
  { "reference-types-that-fit",
    REFERENCE (",'referenceTypes':['User','N']"),
    "'ref':'/Users/" USER_ID "'",
    REFERENCE (",'referenceTypes':['User']") },
  { "reference-types-from-external",
    REFERENCE (",'multiValued':true,'referenceTypes':['external']"),
    "'ref':['http://x.example/','foo']",
    REFERENCE (",'multiValued':true,'referenceTypes':['User']"),
    "must be the URI of an object: /Users/ID" },
  { "reference-types-from-none",
    REFERENCE (""),
    "'ref':'mailto:x@y.example'",
    REFERENCE (",'referenceTypes':['User']"),
    "must be the URI of an object: /Users/ID" },
  { "reference-types-to-more",
    REFERENCE (",'referenceTypes':['User']"),
    "'ref':'/Users/" USER_ID "'",
    REFERENCE (",'referenceTypes':['Mailbox','User']") },
  { "reference-types-of-part",
    PART (REFERENCE (",'referenceTypes':['uri']")),
    "'c':{'ref':'mailto:x@y.example'}",
    PART (REFERENCE (",'referenceTypes':['User']")),
    "must be the URI of an object: /Users/ID" },
  { "reference-types-of-parts",
    PARTS (REFERENCE ("")),
    "'es':[{'ref':'/Users/" USER_ID "'},{'ref':'foo'}]",
    PARTS (REFERENCE (",'referenceTypes':['User']")),
    "must be the URI of an object: /Users/ID" },
  { "case-of-value",
    PARTS ("{'name':'value'," EXACT "}," INTEGER),
    "'es':[{'value':'a','k':1},{'value':'A','k':2}]",
    PARTS ("{'name':'value'}," INTEGER),
    "two values of “es” would be one" },
  { "case-of-value-that-agree",
    PARTS ("{'name':'value'," EXACT "}," INTEGER),
    "'es':[{'value':'a','k':1},{'value':'A'}]",
    PARTS ("{'name':'value'}," INTEGER),
    "two values of “es” would be one" },
  { "case-of-value-that-differ",
    PARTS ("{'name':'value'," EXACT "}," INTEGER),
    "'es':[{'value':'a','k':1},{'value':'B','k':2}]",
    PARTS ("{'name':'value'}," INTEGER) },
  { "case-of-type",
    PARTS ("{'name':'value'},{'name':'type'," EXACT "}"),
    "'es':[{'value':'a','type':'t'},{'value':'a','type':'T'}]",
    PARTS ("{'name':'value'},{'name':'type'}"),
    "two values of “es” would be one" },
  { "case-without-value",
    PARTS ("{'name':'k'," EXACT "},{'name':'type'}"),
    "'es':[{'k':'a','type':'t'},{'k':'A','type':'t'}]",
    PARTS ("{'name':'k'},{'name':'type'}"),
    "two values of “es” would be one" },
  { "case-of-strings",
    "{'name':'tags','multiValued':true," EXACT "}",
    "'tags':['a','A']",
    "{'name':'tags','multiValued':true}",
    "two values of “tags” would be one" },
  { "case-of-strings-in-part",
    PARTS ("{'name':'k'},{'name':'tags','multiValued':true," EXACT "}"),
    "'es':[{'k':'1','tags':['b']},{'k':'2','tags':['a','A']}]",
    PARTS ("{'name':'k'},{'name':'tags','multiValued':true}"),
    "two values of “es.tags” would be one" },
  { "lost-type",
    PARTS ("{'name':'value'},{'name':'type'}," INTEGER),
    "'es':[{'value':'a','type':'t','k':1},{'value':'a','type':'u','k':2}]",
    PARTS ("{'name':'value'}," INTEGER),
    "two values of “es” would be one",
    NULL,
    TRUE },
  { "canonical",
    "{'name':'colour'," COLOURS "}",
    "'colour':'red'",
    "{'name':'colour','canonicalOnly':true," COLOURS "}",
    NULL,
    "'colour':'Red'" },
  { "canonical-that-fits",
    "{'name':'colour'," COLOURS "}",
    "'colour':'Red'",
    "{'name':'colour','canonicalOnly':true," COLOURS "}" },
  { "canonical-none",
    "{'name':'colour'," COLOURS "}",
    "'colour':'green'",
    "{'name':'colour','canonicalOnly':true," COLOURS "}",
    "must be one of Red, Blue" },
  { "canonical-exact",
    "{'name':'colour'," EXACT "," COLOURS "}",
    "'colour':'red'",
    "{'name':'colour','canonicalOnly':true," EXACT "," COLOURS "}",
    "must be one of Red, Blue" },
  { "canonical-spelled-anew",
    "{'name':'colour','canonicalOnly':true,'canonicalValues':['red']}",
    "'colour':'RED'",
    "{'name':'colour','canonicalOnly':true," COLOURS "}",
    NULL,
    "'colour':'Red'" },
  { "canonical-several",
    "{'name':'colours','multiValued':true," COLOURS "}",
    "'colours':['bLUE','Red']",
    "{'name':'colours','multiValued':true,'canonicalOnly':true," COLOURS "}",
    NULL,
    "'colours':['Blue','Red']" },
  { "canonical-several-alike",
    "{'name':'colours','multiValued':true," EXACT "," COLOURS "}",
    "'colours':['red','Red']",
    "{'name':'colours','multiValued':true,'canonicalOnly':true," COLOURS "}",
    "two values of “colours” would be one" },
  { "canonical-part",
    PART ("{'name':'colour'," COLOURS "}"),
    "'c':{'k':'1','colour':'blue'}",
    PART ("{'name':'colour','canonicalOnly':true," COLOURS "}"),
    NULL,
    "'c':{'k':'1','colour':'Blue'}" },
  { "canonical-parts",
    PARTS ("{'name':'value'},{'name':'type'," COLOURS "}"),
    "'es':[{'value':'a','type':'red'},{'value':'a','type':'Blue'}]",
    PARTS ("{'name':'value'},{'name':'type','canonicalOnly':true," COLOURS "}"),
    NULL,
    "'es':[{'value':'a','type':'Red'},{'value':'a','type':'Blue'}]" },
  { "canonical-unique",
    "{'name':'colour','uniqueness':'server'," COLOURS "}",
    "'colour':'red'",
    "{'name':'colour','uniqueness':'server','canonicalOnly':true," COLOURS "}",
    NULL,
    "'colour':'Red'" },
};

static Answer *
send (const char *method, const char *path, const char *json)
{
  g_autofree char *body = json != NULL ? g_strdelimit (g_strdup (json), "'", '"') : NULL;

  return scim (method, path, body, NULL);
}

static Answer *
set_file (gboolean is_new, gboolean drop, const char *attribute)
{
  g_autofree char *file = g_strdup_printf (FILE_WITH, attribute);
  g_autofree char *body
      = g_strdup_printf ("{%s'file':%s}", is_new ? "'name':'narrower'," : "", file);
  const char *changed
      = drop ? "/api/v1/schemas/narrower?dropValues=true" : "/api/v1/schemas/narrower";

  return send (is_new ? "POST" : "PUT", is_new ? "/api/v1/schemas" : changed, body);
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

/* What the answer to a GET says, put again, is taken and changes nothing. */
static void
assert_put_again (const char *path)
{
  g_autoptr (Answer) there = scim ("GET", path, NULL, NULL);
  g_autoptr (Answer) put = scim ("PUT", path, there->reply->body->str, NULL);
  g_autoptr (Answer) after = scim ("GET", path, NULL, NULL);

  assert_status (put, 200);
  g_assert_cmpstr (after->reply->body->str, ==, there->reply->body->str);
}

static void
assert_member (Answer *answer, const char *json)
{
  g_autofree char *member = g_strdelimit (g_strdup (json), "'", '"');

  assert_holds (answer, member);
}

/* A value that took another form is found by it, and stands in the change set of the file. */
static void
assert_became (const Narrower *c, Answer *changed, const char *path)
{
  g_autoptr (Answer) there = scim ("GET", path, NULL, NULL);
  g_autofree char *set
      = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT, get_number (changed, "changeSet"));
  g_autoptr (Answer) told = scim ("GET", set, NULL, NULL);

  assert_member (there, c->becomes);
  g_assert_cmpstr (get_text (there, "meta.version"), ==, "W/\"2\"");
  assert_status (told, 200);
  g_assert_cmpstr (get_text (told, "changes.1.type"), ==, "N");
  g_assert_cmpstr (get_text (told, "changes.0.type"), ==, "SchemaFile");
}

static void
run_case (const Narrower *c)
{
  g_test_message ("%s", c->name);
  g_autoptr (Answer) added = set_file (TRUE, FALSE, c->before);
  assert_status (added, 201);
  g_autofree char *json = g_strdup_printf ("{'nm':'Ann',%s}", c->values);
  g_strdelimit (json, "'", '"');
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Ns", json);
  g_autofree char *path = g_strconcat ("/scim/v2/Ns/", id, NULL);
  g_autoptr (Answer) before = scim ("GET", path, NULL, NULL);
  assert_put_again (path);

  g_autoptr (Answer) changed = set_file (FALSE, c->drop, c->after);
  assert_status (changed, c->refused != NULL ? 409 : 200);
  if (c->refused != NULL)
    {
      assert_holds (changed, "Objects of the type N do not fit: “Ann”");
      assert_holds (changed, c->refused);
    }
  if (c->becomes != NULL)
    assert_became (c, changed, path);
  else
    {
      g_autoptr (Answer) after = scim ("GET", path, NULL, NULL);
      g_assert_cmpstr (after->reply->body->str, ==, before->reply->body->str);
    }
  assert_put_again (path);
  assert_sound ();

  g_autoptr (Answer) gone = scim ("DELETE", path, NULL, NULL);
  assert_status (gone, 204);
  g_autoptr (Answer) removed
             = scim ("DELETE", "/api/v1/schemas/narrower?dropValues=true", NULL, NULL);
  assert_status (removed, 200);
}

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    run_case (&cases[i]);
}

static void
add_tests (void)
{
  scim_add ("schemas-narrower/cases", test_cases);
}

int
main (int argc, char *argv[])
{
  return scim_main (argc, argv, add_tests);
}
