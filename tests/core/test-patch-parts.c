/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PATCH on multi-valued parts of complex attributes: "add" adds to them (RFC 7644 §3.5.2.1) and
 * "remove" with a value takes that value out, as with multi-valued attributes at the top.
 */
#include "ms-error.h"
#include "ms-json.h"
#include "ms-patch.h"

#include <string.h>

#define URN "urn:ietf:params:scim:api:messages:2.0:PatchOp"
#define MORE "urn:x:more"

static MsSchemaRegistry *registry;

static const char schema[]
    = "{'schemas':[{'id':'urn:x:y','name':'T','attributes':["
      "{'name':'name','label':true},"
      "{'name':'paths','type':'complex','subAttributes':["
      "{'name':'steps','multiValued':true,'required':true},{'name':'text'},"
      "{'name':'sizes','type':'decimal','multiValued':true}]},"
      "{'name':'rows','type':'complex','multiValued':true,'subAttributes':["
      "{'name':'value'},{'name':'type'},{'name':'words','multiValued':true},{'name':'text'}]}]},"
      "{'id':'" MORE "','name':'More','attributes':["
      "{'name':'way','type':'complex','subAttributes':[{'name':'stops','multiValued':true}]}]}],"
      "'resourceTypes':[{'name':'T','endpoint':'/T','schema':'urn:x:y',"
      "'schemaExtensions':[{'schema':'" MORE "'}]}]}";

/* @after: or of a refusal: scimType and path */
static const struct
{
  const char *name;
  const char *before;
  const char *operation;
  const char *after;
} cases[] = {
  { "add",
    "{'paths':{'steps':['a','b']}}",
    "{'op':'add','path':'paths.steps','value':['c','d']}",
    "{'paths':{'steps':['a','b','c','d']}}" },
  { "add-one",
    "{'paths':{'steps':['a']}}",
    "{'op':'add','path':'paths.steps','value':'c'}",
    "{'paths':{'steps':['a','c']}}" },
  { "add-first",
    "{'name':'n'}",
    "{'op':'add','path':'paths.steps','value':['a']}",
    "{'name':'n','paths':{'steps':['a']}}" },
  { "add-the-same-in-other-case",
    "{'paths':{'steps':['a','b']}}",
    "{'op':'add','path':'paths.steps','value':['B']}",
    "{'paths':{'steps':['a','b']}}" },
  { "add-the-same-number",
    "{'paths':{'steps':['a'],'sizes':[1]}}",
    "{'op':'add','path':'paths.sizes','value':[1.0,2]}",
    "{'paths':{'steps':['a'],'sizes':[1,2]}}" },
  { "add-element-without-value-in-other-case",
    "{'rows':[{'type':'t','words':['a','b'],'text':'x'}]}",
    "{'op':'add','path':'rows','value':[{'type':'T','words':['B','A'],'text':'X'}]}",
    "{'rows':[{'type':'t','words':['a','b'],'text':'X'}]}" },
  { "add-element-without-value",
    "{'rows':[{'type':'t','text':'x'}]}",
    "{'op':'add','path':'rows','value':[{'type':'t','text':'x','words':['a']}]}",
    "{'rows':[{'type':'t','text':'x'},{'type':'t','words':['a'],'text':'x'}]}" },
  { "remove-element-without-value-in-other-case",
    "{'rows':[{'type':'t','text':'x'},{'type':'u','text':'x'}]}",
    "{'op':'remove','path':'rows','value':[{'type':'T','text':'X'}]}",
    "{'rows':[{'type':'u','text':'x'}]}" },
  { "add-nothing",
    "{'paths':{'steps':['a']}}",
    "{'op':'add','path':'paths.steps','value':[]}",
    "{'paths':{'steps':['a']}}" },
  { "add-null",
    "{'paths':{'steps':['a']}}",
    "{'op':'add','path':'paths.steps','value':null}",
    "{'paths':{'steps':['a']}}" },
  { "add-to-an-extension",
    "{'name':'n','" MORE "':{'way':{'stops':['a']}}}",
    "{'op':'add','path':'" MORE ":way.stops','value':['b']}",
    "{'name':'n','" MORE "':{'way':{'stops':['a','b']}}}" },
  { "add-complex",
    "{'paths':{'steps':['a'],'text':'t'}}",
    "{'op':'add','path':'paths','value':{'steps':['b'],'text':'u'}}",
    "{'paths':{'steps':['a','b'],'text':'u'}}" },
  { "add-without-path",
    "{'paths':{'steps':['a']}}",
    "{'op':'add','value':{'paths':{'steps':['b']}}}",
    "{'paths':{'steps':['a','b']}}" },
  { "add-dotted-without-path",
    "{'paths':{'steps':['a']}}",
    "{'op':'add','value':{'paths.steps':['b']}}",
    "{'paths':{'steps':['a','b']}}" },
  { "add-to-elements-part",
    "{'rows':[{'value':'1','words':['a']},{'value':'2','words':['a']}]}",
    "{'op':'add','path':'rows[value eq \\'1\\'].words','value':['b']}",
    "{'rows':[{'value':'1','words':['a','b']},{'value':'2','words':['a']}]}" },
  { "add-to-all-elements-part",
    "{'rows':[{'value':'1','words':['a']},{'value':'2'}]}",
    "{'op':'add','path':'rows.words','value':['b']}",
    "{'rows':[{'value':'1','words':['a','b']},{'value':'2','words':['b']}]}" },
  { "add-to-element",
    "{'rows':[{'value':'1','words':['a'],'text':'t'}]}",
    "{'op':'add','path':'rows[value eq \\'1\\']','value':{'words':['b'],'text':'u'}}",
    "{'rows':[{'value':'1','words':['a','b'],'text':'u'}]}" },
  { "add-element-that-is-there",
    "{'rows':[{'value':'1','words':['a'],'text':'t'}]}",
    "{'op':'add','path':'rows','value':[{'value':'1','words':['b']}]}",
    "{'rows':[{'value':'1','words':['a','b'],'text':'t'}]}" },
  { "replace",
    "{'paths':{'steps':['a','b']}}",
    "{'op':'replace','path':'paths.steps','value':['c']}",
    "{'paths':{'steps':['c']}}" },
  { "replace-complex",
    "{'paths':{'steps':['a','b'],'text':'t'}}",
    "{'op':'replace','path':'paths','value':{'steps':['c']}}",
    "{'paths':{'steps':['c'],'text':'t'}}" },
  { "replace-by-nothing",
    "{'paths':{'steps':['a'],'sizes':[1]}}",
    "{'op':'replace','path':'paths.sizes','value':[]}",
    "{'paths':{'steps':['a']}}" },
  { "replace-elements-part",
    "{'rows':[{'value':'1','words':['a']}]}",
    "{'op':'replace','path':'rows[value eq \\'1\\'].words','value':['b']}",
    "{'rows':[{'value':'1','words':['b']}]}" },
  { "replace-element",
    "{'rows':[{'value':'1','words':['a'],'text':'t'}]}",
    "{'op':'replace','path':'rows[value eq \\'1\\']','value':{'words':['b']}}",
    "{'rows':[{'value':'1','words':['b'],'text':'t'}]}" },
  { "remove",
    "{'paths':{'steps':['a'],'sizes':[1,2]}}",
    "{'op':'remove','path':'paths.sizes'}",
    "{'paths':{'steps':['a']}}" },
  { "remove-named-only",
    "{'paths':{'steps':['a','b','c']}}",
    "{'op':'remove','path':'paths.steps','value':['B','d']}",
    "{'paths':{'steps':['a','c']}}" },
  { "remove-one-named",
    "{'paths':{'steps':['a'],'sizes':[1,2]}}",
    "{'op':'remove','path':'paths.sizes','value':1.0}",
    "{'paths':{'steps':['a'],'sizes':[2]}}" },
  { "remove-all-named",
    "{'paths':{'steps':['a'],'sizes':[1,2]}}",
    "{'op':'remove','path':'paths.sizes','value':[2,1]}",
    "{'paths':{'steps':['a']}}" },
  { "remove-empty-list-is-none",
    "{'paths':{'steps':['a']}}",
    "{'op':'remove','path':'paths.steps','value':[]}",
    "{'paths':{'steps':['a']}}" },
  { "remove-null-is-none",
    "{'paths':{'steps':['a']}}",
    "{'op':'remove','path':'paths.steps','value':null}",
    "{'paths':{'steps':['a']}}" },
  { "remove-elements-part",
    "{'rows':[{'value':'1','words':['a','b']}]}",
    "{'op':'remove','path':'rows[value eq \\'1\\'].words'}",
    "{'rows':[{'value':'1'}]}" },
  { "remove-named-of-elements-part",
    "{'rows':[{'value':'1','words':['a','b']},{'value':'2','words':['a']}]}",
    "{'op':'remove','path':'rows.words','value':['a']}",
    "{'rows':[{'value':'1','words':['b']},{'value':'2'}]}" },
  { "remove-named-of-no-element",
    "{'name':'n'}",
    "{'op':'remove','path':'rows.words','value':['a']}",
    "{'name':'n'}" },
  { "remove-named-of-no-element-by-type",
    "{'rows':[{'value':'1','words':['a']}]}",
    "{'op':'remove','path':'rows[type eq \\'x\\'].words','value':['a']}",
    "{'rows':[{'value':'1','words':['a']}]}" },
  { "refuse-remove-required",
    "{'paths':{'steps':['a']}}",
    "{'op':'remove','path':'paths.steps'}",
    "mutability paths.steps" },
  { "refuse-remove-all-of-required",
    "{'paths':{'steps':['a'],'text':'t'}}",
    "{'op':'remove','path':'paths.steps','value':['a']}",
    "invalidValue paths.steps" },
  { "remove-by-filter",
    "{'paths':{'steps':['a','b','c']}}",
    "{'op':'remove','path':'paths.steps[value eq \\'B\\']'}",
    "{'paths':{'steps':['a','c']}}" },
  { "remove-by-filter-and-value",
    "{'paths':{'steps':['a','b','c']}}",
    "{'op':'remove','path':'paths.steps[value sw \\'b\\'].value','value':'x'}",
    "{'paths':{'steps':['a','c']}}" },
  { "remove-by-filter-none",
    "{'paths':{'steps':['a']}}",
    "{'op':'remove','path':'paths.steps[value eq \\'x\\']'}",
    "{'paths':{'steps':['a']}}" },
  { "remove-by-filter-all",
    "{'paths':{'steps':['a'],'sizes':[1,2]}}",
    "{'op':'remove','path':'paths.sizes[value gt 0]'}",
    "{'paths':{'steps':['a']}}" },
  { "remove-by-filter-of-nothing",
    "{'name':'n'}",
    "{'op':'remove','path':'paths.sizes[value gt 0]'}",
    "{'name':'n'}" },
  { "remove-by-filter-of-an-extension",
    "{'" MORE "':{'way':{'stops':['a','b']}}}",
    "{'op':'remove','path':'" MORE ":way.stops[value eq \\'a\\']'}",
    "{'" MORE "':{'way':{'stops':['b']}}}" },
  { "remove-by-filter-of-elements",
    "{'rows':[{'value':'1','words':['a','b']},{'value':'2','words':['a']},{'value':'3'}]}",
    "{'op':'remove','path':'rows.words[value eq \\'A\\']'}",
    "{'rows':[{'value':'1','words':['b']},{'value':'2'},{'value':'3'}]}" },
  { "remove-by-filter-of-elements-that-become-one",
    "{'rows':[{'words':['a','b']},{'words':['b']},{'words':['a']}]}",
    "{'op':'remove','path':'rows.words[value eq \\'a\\']'}",
    "{'rows':[{'words':['b']}]}" },
  { "replace-by-filter",
    "{'paths':{'steps':['a','b','c']}}",
    "{'op':'replace','path':'paths.steps[value eq \\'b\\']','value':'d'}",
    "{'paths':{'steps':['a','d','c']}}" },
  { "refuse-replace-by-filter-in-brackets",
    "{'paths':{'steps':['a','b']}}",
    "{'op':'replace','path':'paths.steps[value eq \\'b\\']','value':[{'value':'d'}]}",
    "invalidValue paths.steps" },
  { "replace-by-filter-by-one-that-is-there",
    "{'paths':{'steps':['a','b','c']}}",
    "{'op':'replace','path':'paths.steps[value eq \\'b\\']','value':'C'}",
    "{'paths':{'steps':['a','C']}}" },
  { "replace-by-filter-of-elements",
    "{'rows':[{'value':'1','words':['a','b']},{'value':'2','words':['b']}]}",
    "{'op':'replace','path':'rows.words[value eq \\'a\\']','value':['c']}",
    "{'rows':[{'value':'1','words':['c','b']},{'value':'2','words':['b']}]}" },
  { "refuse-replace-by-filter-without-match",
    "{'paths':{'steps':['a']}}",
    "{'op':'replace','path':'paths.steps[value eq \\'x\\']','value':'b'}",
    "noTarget paths.steps" },
  { "refuse-replace-by-filter-of-elements-without-match",
    "{'rows':[{'value':'1','words':['a']}]}",
    "{'op':'replace','path':'rows.words[value eq \\'x\\']','value':'b'}",
    "noTarget rows.words" },
  { "refuse-remove-all-of-required-by-filter",
    "{'paths':{'steps':['a'],'text':'t'}}",
    "{'op':'remove','path':'paths.steps[value eq \\'a\\']'}",
    "invalidValue paths.steps" },
  { "refuse-filter-of-one-value",
    "{'paths':{'steps':['a'],'text':'t'}}",
    "{'op':'remove','path':'paths.text[value eq \\'t\\']'}",
    "invalidPath paths.text[value eq \"t\"]" },
  { "refuse-part-of-a-value",
    "{'paths':{'steps':['a']}}",
    "{'op':'remove','path':'paths.steps[value eq \\'a\\'].type'}",
    "invalidPath paths.steps[value eq \"a\"].type" },
  { "refuse-value-kind",
    "{'paths':{'steps':['a']}}",
    "{'op':'add','path':'paths.sizes','value':['x']}",
    "invalidValue paths.sizes[0]" },
};

/* (transfer full): a text of single quotes as JSON, those behind a backslash as quotes in a text */
static char *
from_quotes (const char *text)
{
  return g_strdelimit (g_strdup (text), "'", '"');
}

static JsonNode *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json = from_quotes (text);
  JsonNode        *node = ms_json_parse (json, -1, NULL, &error);

  g_assert_no_error (error);
  return node;
}

static MsEdit *
patch (JsonNode *before, const char *operations, GError **error)
{
  g_autofree char *text = g_strdup_printf ("{'schemas':['" URN "'],'Operations':[%s]}", operations);
  g_autoptr (JsonNode) body = parse (text);
  g_autoptr (MsObject) object = ms_object_new (ms_schema_registry_get_type_by_name (registry, "T"),
                                               "1",
                                               json_object_ref (json_node_get_object (before)));

  return ms_edit_new_from_patch (object, json_node_get_object (body), error);
}

static void
test_case (gconstpointer data)
{
  guint index = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) before = parse (cases[index].before);
  g_autofree char *was = ms_json_to_string (before);
  g_autoptr (MsEdit) edit = patch (before, cases[index].operation, &error);
  g_autofree char *is = ms_json_to_string (before);

  g_assert_cmpstr (is, ==, was);
  if (g_str_has_prefix (cases[index].name, "refuse"))
    {
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      g_autofree char *refusal
          = g_strdup_printf ("%s %s", ms_error_get_scim_type (error), ms_error_get_path (error));
      g_assert_cmpstr (refusal, ==, cases[index].after);
      return;
    }
  g_assert_no_error (error);
  g_autoptr (JsonNode) after
             = json_node_init_object (json_node_alloc (), ms_object_get_attributes (edit->object));
  g_autofree char *text = ms_json_to_string (after);
  g_autofree char *expected = from_quotes (cases[index].after);
  g_assert_cmpstr (text, ==, expected);
}

/* What "add" looks at is bounded here, too. */
static void
test_bounds (void)
{
  static const char *const befores[]
      = { "{'paths':{'steps':[%s]}}", "{'rows':[{'value':'1','words':[%s]}]}" };
  static const char *const paths[] = { "paths.steps", "rows.words" };
  g_autoptr (GString) values = g_string_new ("'w'");

  for (guint i = 1; i < 20000; i++)
    g_string_append_printf (values, ",'%u'", i);
  for (guint i = 0; i < G_N_ELEMENTS (befores); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) before = g_string_new (befores[i]);
      g_autoptr (GString) operations = g_string_new (NULL);
      g_string_replace (before, "%s", values->str, 1);
      for (guint j = 0; j < 60; j++)
        g_string_append_printf (
            operations, "%s{'op':'add','path':'%s','value':[]}", j > 0 ? "," : "", paths[i]);
      g_autoptr (JsonNode) node = parse (before->str);
      g_assert_null (patch (node, operations->str, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
      g_assert_cmpstr (ms_error_get_path (error), ==, "Operations");
      g_clear_error (&error);
      g_autofree char *first
          = g_strdup_printf ("{'op':'add','path':'%s','value':['more']}", paths[i]);
      g_assert_null (patch (node, first, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *json = from_quotes (schema);
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  registry = ms_schema_registry_new ();
  g_assert_true (ms_schema_registry_add_json (registry, json, -1, &error));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strconcat ("/patch/parts/", cases[i].name, NULL);
      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_case);
    }
  g_test_add_func ("/patch/parts/bounds", test_bounds);
  int status = g_test_run ();
  ms_schema_registry_unref (registry);
  return status;
}
