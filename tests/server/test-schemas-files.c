/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Schema files that say what cannot be kept: each is refused with the place in it, and nothing
 * happens.
 */
#include "scim-case.h"
#include <string.h>

#define URN "urn:example:test:files:"
#define LABEL "{'name':'nm','label':true}"
#define TYPE(name, urn) "{'name':'" name "','endpoint':'/" name "s','schema':'" urn "'}"
/* A file with one type of that name, with these attributes. */
#define FILE_OF(name, attributes)                                                                  \
  "{'schemas':[{'id':'" URN name "','name':'" name "','attributes':[" LABEL attributes "]}],"      \
  "'resourceTypes':[" TYPE (name, URN name) "]}"
#define RELATION(to, more)                                                                         \
  ",{'name':'r','type':'complex','relation':{'to':['" to "']},'subAttributes':[{'name':'value'},"  \
  "{'name':'display','mutability':'readOnly'},{'name':'type'},{'name':'$ref','type':"              \
  "'reference'}" more "]}"
#define EXTENSION(urn, attributes)                                                                 \
  "{'schemas':[{'id':'" urn "','name':'e','attributes':[" attributes "]}],'resourceTypes':"        \
  "[{'name':'User','schemaExtensions':[{'schema':'" urn "'}]}]}"
#define SCOPED(exact) "{'name':'code','uniqueness':'server','scope':'mine','caseExact':" exact "}"

typedef struct
{
  const char *name;
  const char *file;
  const char *path;
  const char *text;
} Refusal;

static const Refusal refusals[] = {
  { "token", FILE_OF ("Token", ""), "resourceTypes[0].name", "Token" },
  { "setting", FILE_OF ("setting", ""), "resourceTypes[0].name", "setting" },
  { "export", FILE_OF ("Export", ""), "resourceTypes[0].name", "Export" },
  { "passwords", FILE_OF ("PASSWORDS", ""), "resourceTypes[0].name", "PASSWORDS" },
  { "schema", FILE_OF ("Schema", ""), "resourceTypes[0].name", "Schema" },
  { "resource-type", FILE_OF ("ResourceType", ""), "resourceTypes[0].name", "ResourceType" },
  { "two-labels",
    FILE_OF ("Two", ",{'name':'x'},{'name':'other','label':true}"),
    "schemas[0].attributes[2].label",
    "“nm” is the label already" },
  { "not", FILE_OF ("Nots", ",{'name':'Not'}"), "schemas[0].attributes[1].name", "in filters" },
  { "not-as-part",
    FILE_OF ("Nots", ",{'name':'c','type':'complex','subAttributes':[{'name':'not'}]}"),
    "schemas[0].attributes[1].subAttributes[0].name",
    "in filters" },
  { "two-cases-in-scope",
    FILE_OF ("Scopes",
             "," SCOPED ("false") ",{'name':'d','uniqueness':'server','scope':'mine',"
                                  "'caseExact':true}"),
    "schemas[0].attributes[1].caseExact",
    "“mine”" },
  { "relation-to-file",
    FILE_OF ("Rel", RELATION ("SchemaFile", "")),
    "schemas[0].attributes[1].relation",
    "SchemaFile" },
  { "relation-to-guest",
    FILE_OF ("Rel", RELATION ("Guest", "")),
    "schemas[0].attributes[1].relation",
    "Guest" },
  { "part-of-relation",
    FILE_OF ("Rel", RELATION ("User", ",{'name':'note'}")),
    "schemas[0].attributes[1].subAttributes[4].name",
    "“note”" },
  { "urn-of-attribute",
    "{'schemas':[{'id':'" URN "U','name':'u','attributes':[" LABEL ",{'name':'B','type':'complex',"
    "'subAttributes':[{'name':'c'}]}]},{'id':'" URN "u:b','name':'e','attributes':[{'name':'c'}]}],"
    "'resourceTypes':[{'name':'U','endpoint':'/Us','schema':'" URN "U','schemaExtensions':"
    "[{'schema':'" URN "u:b'}]}]}",
    "schemas[0].attributes[1].name",
    "is the URN of another schema" },
  { "urn-of-part",
    "{'schemas':[{'id':'" URN "U:B.c','name':'e','attributes':[{'name':'c'}]},{'id':'" URN "U',"
    "'name':'u','attributes':[" LABEL ",{'name':'B','type':'complex','subAttributes':[{'name':'c'}]"
    "}]}],'resourceTypes':[{'name':'U','endpoint':'/Us','schema':'" URN "U','schemaExtensions':"
    "[{'schema':'" URN "U:B.c'}]}]}",
    "schemas[0].id",
    "means the attribute “B”" },
  { "extension-of-ours",
    "{'schemas':[{'id':'" URN "Pp','name':'p','attributes':[" LABEL "]}],'resourceTypes':"
    "[{'name':'Pp','endpoint':'/Pps','schema':'" URN
    "Pp','schemaExtensions':[{'schema':'" MS_URN_EXT_GROUP "'}]}]}",
    "resourceTypes[0].schemaExtensions[0].schema",
    "is no schema of this file" },
  { "extension-of-others",
    "{'schemas':[{'id':'" URN "Pp','name':'p','attributes':[" LABEL "]}],'resourceTypes':"
    "[{'name':'Pp','endpoint':'/Pps','schema':'" URN
    "Pp','schemaExtensions':[{'schema':'" MS_URN_ENTERPRISE "'}]}]}",
    "resourceTypes[0].schemaExtensions[0].schema",
    "is no schema of this file" },
  { "extension-of-ours-for-ours",
    "{'resourceTypes':[{'name':'Mailbox','schemaExtensions':[{'schema':'" MS_URN_EXT_GROUP "'}]}]}",
    "resourceTypes[0].schemaExtensions[0].schema",
    "is no schema of this file" },
};

/* @method: PUT or DELETE; POST for a file that is not there. @file: (nullable) */
static Answer *
change_file (const char *method, const char *name, const char *file)
{
  gboolean         is_new = strcmp (method, "POST") == 0;
  g_autofree char *path = g_strconcat ("/api/v1/schemas", is_new ? NULL : "/", name, NULL);
  g_autofree char *json = g_strdup_printf (
      "{%s%s%s'file':%s}", is_new ? "'name':'" : "", is_new ? name : "", is_new ? "'," : "", file);

  g_strdelimit (json, "'", '"');
  return scim (method, path, file != NULL ? json : NULL, NULL);
}

/* The change set is in the header as in the answer. */
static void
assert_named (Answer *answer)
{
  const char      *header = wire_reply_get (answer->reply, "x-mailstead-change");
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, get_number (answer, "changeSet"));

  g_assert_cmpstr (header, ==, number);
}

static void
test_refusals (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (Answer) answer = change_file ("POST", "bad", refusals[i].file);

      g_test_message ("%s", refusals[i].name);
      assert_status (answer, 400);
      g_assert_cmpstr (get_text (answer, "path"), ==, refusals[i].path);
      assert_holds (answer, refusals[i].text);
    }
}

static void
test_scope_of_other_file (void)
{
  g_autoptr (Answer) first = change_file ("POST", "first", FILE_OF ("First", "," SCOPED ("false")));
  g_autoptr (Answer) second
             = change_file ("POST", "second", EXTENSION (URN "Second", SCOPED ("true")));
  assert_status (first, 201);
  assert_status (second, 400);
  g_assert_cmpstr (get_text (second, "path"), ==, "schemas[0].attributes[0].caseExact");
  assert_holds (second, "is false for “code”");
}

/* A file that another one builds on stays, and says which. */
static void
test_built_on (void)
{
  g_autoptr (Answer) base = change_file ("POST", "base", FILE_OF ("Base", ",{'name':'x'}"));
  g_autoptr (Answer) more = change_file (
      "POST",
      "more",
      "{'schemas':[{'id':'" URN "More','name':'m','attributes':[{'name':'y'}]}],'resourceTypes':"
      "[{'name':'Base','schemaExtensions':[{'schema':'" URN "More'}]}]}");
  assert_status (base, 201);
  assert_status (more, 201);
  g_autoptr (Answer) removed = change_file ("DELETE", "base", NULL);
  assert_status (removed, 409);
  assert_holds (removed, "The schema file “more” builds on what would go");
  g_autoptr (Answer) replaced = change_file ("PUT", "base", FILE_OF ("Other", ""));
  assert_status (replaced, 409);
  assert_holds (replaced, "The schema file “more” builds on what would go");
  g_autoptr (Answer) there = scim ("GET", "/scim/v2/Bases", NULL, NULL);
  assert_status (there, 200);
}

static void
test_change_header (void)
{
  g_autoptr (Answer) added = change_file ("POST", "head", FILE_OF ("Head", ""));
  g_autoptr (Answer) replaced = change_file ("PUT", "head", FILE_OF ("Head", ",{'name':'x'}"));
  g_autoptr (Answer) same = change_file ("PUT", "head", FILE_OF ("Head", ",{'name':'x'}"));
  g_autoptr (Answer) removed = change_file ("DELETE", "head", NULL);
  assert_named (added);
  assert_named (replaced);
  g_assert_null (wire_reply_get (same->reply, "x-mailstead-change"));
  assert_named (removed);

  g_autoptr (Answer) token
             = scim ("POST", "/api/v1/tokens", "{\"name\":\"t\",\"scope\":\"scim\"}", NULL);
  g_autoptr (Answer) tokens = scim ("GET", "/api/v1/tokens", NULL, NULL);
  g_autofree char *path = g_strconcat ("/api/v1/tokens/", get_text (tokens, "tokens.0.id"), NULL);
  g_autoptr (Answer) revoked = scim ("DELETE", path, NULL, NULL);
  g_assert_nonnull (wire_reply_get (token->reply, "x-mailstead-change"));
  assert_status (revoked, 204);
  g_assert_nonnull (wire_reply_get (revoked->reply, "x-mailstead-change"));
}

#define HAS URN "Has"
#define EXTRA URN "HasExtra"
/* An extension that requires "need", with what does not stand among an object's attributes. */
#define HAS_FILE(need, more)                                                                       \
  "{'schemas':[{'id':'" HAS "','name':'h','attributes':[" LABEL "]},{'id':'" EXTRA                 \
  "','name':'x','attributes':[{'name':'need'" need "},{'name':'peer','type':'complex',"            \
  "'multiValued':true,'relation':{'to':['Has']},'subAttributes':[{'name':'value'}]},"              \
  "{'name':'boss','type':'complex','relation':{'to':['Has']},'subAttributes':[{'name':'value'}]}," \
  "{'name':'sec','mutability':'writeOnly','returned':'never'}" more "]}],"                         \
  "'resourceTypes':[{'name':'Has','endpoint':'/Haves','schema':'" HAS "','schemaExtensions':"      \
  "[{'schema':'" EXTRA "'}]}]}"

typedef struct
{
  const char *method;
  const char *body; /* ID for an object's id */
  guint       status;
  const char *text; /* in the answer */
  const char *not_text;
} ExtraCase;

/* clang-format off: one row, one line */
static const ExtraCase extra_cases[] = {
  { "POST", "{'nm':'x','" EXTRA "':{'peer':['ID']}}", 400, EXTRA ":need", NULL },
  { "POST", "{'nm':'x','" EXTRA "':{'sec':'s3cret-words'}}", 400, EXTRA ":need", NULL },
  { "POST", "{'nm':'x','" EXTRA "':{'boss':{'value':'ID'}}}", 400, EXTRA ":need", NULL },
  { "POST", "{'nm':'x','" EXTRA "':{'peer':[]}}", 201, NULL, EXTRA },
  { "POST", "{'nm':'x','" EXTRA "':{'peer':null,'sec':null,'need':null}}", 201, NULL, EXTRA },
  { "POST", "{'nm':'x','" EXTRA "':null}", 201, NULL, EXTRA },
  { "POST", "{'nm':'x','" EXTRA "':{}}", 201, NULL, EXTRA },
  { "POST", "{'nm':'x','schemas':['" HAS "','" EXTRA "']}", 201, NULL, EXTRA },
  { "POST", "{'nm':'x','schemas':['" HAS "','" EXTRA "'],'" EXTRA "':{}}", 201, NULL, EXTRA },
  { "POST", "{'nm':'x','" EXTRA "':{'need':'n','peer':['ID']}}", 201, "'need':'n'", NULL },
  { "PATCH", "[{'op':'add','path':'" EXTRA ":peer','value':['ID']}]", 400, EXTRA ":need", NULL },
  { "PATCH",
    "[{'op':'add','path':'" EXTRA ":sec','value':'s3cret-words'}]",
    400,
    EXTRA ":need",
    NULL },
  { "PATCH",
    "[{'op':'add','path':'" EXTRA ":peer','value':['ID']},{'op':'remove','path':'" EXTRA "'}]",
    200,
    NULL,
    EXTRA },
  { "PUT", "{'nm':'x','" EXTRA "':{'peer':['ID']}}", 400, EXTRA ":need", NULL },
  { "PUT", "{'nm':'x','" EXTRA "':{}}", 200, NULL, EXTRA },
  { "PATCH",
    "[{'op':'add','path':'" EXTRA ":peer','value':['ID']},{'op':'add','path':'" EXTRA
    ":need','value':'n'}]",
    200,
    "'need':'n'",
    NULL },
  /* It has entries now, which a PUT leaves. */
  { "PUT", "{'nm':'x','" EXTRA "':{}}", 400, EXTRA ":need", NULL },
  { "PUT", "{'nm':'x','" EXTRA "':null}", 400, EXTRA ":need", NULL },
  { "PUT", "{'nm':'x','schemas':['" HAS "','" EXTRA "']}", 400, EXTRA ":need", NULL },
  { "PUT", "{'nm':'x'}", 200, "'need':'n'", NULL },
  { "PUT", "{'nm':'x','" EXTRA "':{'peer':[]}}", 200, NULL, EXTRA },
  { "PATCH",
    "[{'op':'add','path':'" EXTRA "','value':{'peer':['ID'],'need':'n','sec':'s3cret-words'}}]",
    200,
    "'need':'n'",
    NULL },
  { "PATCH", "[{'op':'remove','path':'" EXTRA ":need'}]", 400, EXTRA ":need", NULL },
  { "PATCH", "[{'op':'remove','path':'" EXTRA "'}]", 200, NULL, EXTRA },
};
/* clang-format on */

static void
run_extra_cases (const char *id)
{
  g_autofree char *path = g_strconcat ("/scim/v2/Haves/", id, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (extra_cases); i++)
    {
      const ExtraCase *c = &extra_cases[i];
      gboolean         is_patch = strcmp (c->method, "PATCH") == 0;
      g_autoptr (GString) body = g_string_new (c->body);
      g_string_replace (body, "ID", id, 0);
      g_autofree char *quoted = g_strdelimit (g_strdup (body->str), "'", '"');
      g_autofree char *wrapped = g_strdup_printf (
          "{\"schemas\":[\"" URN_MESSAGES "PatchOp\"],\"Operations\":%s}", quoted);
      g_autoptr (Answer) answer = scim (c->method,
                                        c->method[1] == 'O' ? "/scim/v2/Haves" : path,
                                        is_patch ? wrapped : quoted,
                                        "Prefer: return=representation\r\n");

      g_test_message ("%s %s", c->method, body->str);
      assert_status (answer, c->status);
      g_autofree char *text = c->text != NULL ? g_strdelimit (g_strdup (c->text), "'", '"') : NULL;
      if (text != NULL)
        assert_holds (answer, text);
      if (c->not_text != NULL)
        assert_lacks (answer, c->not_text);
    }
}

/* What an extension requires is asked wherever the object has the extension, be it by entries of a
 * relation or a secret alone; and by naming it alone no object has it, whatever has a default. */
static void
test_required_of_extension (void)
{
  g_autoptr (Answer) added = change_file ("POST", "has", HAS_FILE (",'required':true", ""));
  assert_status (added, 201);
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Haves", "{\"nm\":\"x\"}");
  run_extra_cases (id);
  g_autoptr (Answer) with_default = change_file (
      "PUT", "has", HAS_FILE (",'required':true", ",{'name':'opt','default':'d'}"));
  assert_status (with_default, 200);
  run_extra_cases (id);
  g_autoptr (Answer) filled = scim (
      "POST", "/scim/v2/Haves", "{\"nm\":\"x\",\"" EXTRA "\":{\"need\":\"n\"}}", NULL);
  assert_status (filled, 201);
  g_assert_cmpstr (get_text (filled, EXTRA ".opt"), ==, "d");

  /* One that has it by entries alone is in the way of what is required anew. */
  g_autoptr (Answer) loose = change_file ("PUT", "has", HAS_FILE ("", ""));
  assert_status (loose, 409);
  g_autoptr (Answer) dropped = change_file ("PUT", "has?dropValues=true", HAS_FILE ("", ""));
  assert_status (dropped, 200);
  g_autofree char *named
      = g_strdup_printf ("{\"nm\":\"onlypeers\",\"" EXTRA "\":{\"peer\":[\"%s\"]}}", id);
  g_autofree char *only = make_object (scim_harbour, "/scim/v2/Haves", named);
  g_autoptr (Answer) tighter = change_file ("PUT", "has", HAS_FILE (",'required':true", ""));
  assert_status (tighter, 409);
  assert_holds (tighter, "onlypeers");
  g_autofree char *path = g_strconcat ("/scim/v2/Haves/", only, NULL);
  g_autoptr (Answer) gone = scim ("DELETE", path, NULL, NULL);
  assert_status (gone, 204);
  g_autoptr (Answer) again = change_file ("PUT", "has", HAS_FILE (",'required':true", ""));
  assert_status (again, 200);
}

#define MORE_OF_GUEST(more)                                                                        \
  "{'schemas':[{'id':'" URN "House','name':'h','attributes':[{'name':'note'" more "}]}],"          \
  "'resourceTypes':[{'name':'Guest','schemaExtensions':[{'schema':'" URN "House'}]}]}"

/* It has no name of its own. */
static void
test_guest_is_named (void)
{
  g_autoptr (Answer) added = change_file ("POST", "house", MORE_OF_GUEST (""));
  assert_status (added, 201);
  g_autoptr (Answer) set
             = scim ("PATCH",
                     "/scim/v2/Guest",
                     PATCH ("{\"op\":\"add\",\"path\":\"" URN "House:note\",\"value\":\"long\"}"),
                     "Prefer: return=representation\r\n");
  assert_status (set, 200);
  g_autoptr (Answer) shorter = change_file ("PUT", "house", MORE_OF_GUEST (",'maxLength':2"));
  assert_status (shorter, 409);
  assert_holds (shorter, "Objects of the type Guest do not fit: “Guest”;");
  g_autoptr (Answer) removed = change_file ("DELETE", "house", NULL);
  assert_status (removed, 409);
  assert_holds (removed, "which these objects of the type Guest hold: “Guest”\"");
  g_autoptr (Answer) put
             = scim ("PUT", "/scim/v2/Guest", "{\"rights\":{}}", "If-Match: W/\"999\"\r\n");
  assert_status (put, 412);
  assert_holds (put, "Guest “Guest” was changed meanwhile");
  g_autoptr (Answer) dropped = change_file ("DELETE", "house?dropValues=true", NULL);
  assert_status (dropped, 200);
}

static void
add_tests (void)
{
  scim_add ("schemas-files/refusals", test_refusals);
  scim_add ("schemas-files/guest-is-named", test_guest_is_named);
  scim_add ("schemas-files/required-of-extension", test_required_of_extension);
  scim_add ("schemas-files/scope-of-other-file", test_scope_of_other_file);
  scim_add ("schemas-files/built-on", test_built_on);
  scim_add ("schemas-files/change-header", test_change_header);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add_tests);
}
