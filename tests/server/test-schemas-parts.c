/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parts of complex attributes that have several values themselves, in operators' schemas: they are
 * unique, searched, counted before a schema file takes them away, and patched as multi-valued
 * attributes at the top are. test-schemas-kinds.c has the filters and orders.
 */
#include "scim-case.h"
#include <string.h>

#define URN "urn:example:test:parts:"
#define PARTS(of_tags)                                                                             \
  "'subAttributes':[{'name':'tags','multiValued':true" of_tags "},{'name':'nums','type':"          \
  "'integer','multiValued':true},{'name':'type'}]}"
#define ATTRIBUTES(of_tags)                                                                        \
  ",{'name':'box','type':'complex'," PARTS (                                                       \
      of_tags) ",{'name':'items','type':'complex','multiValued':true," PARTS (of_tags)
#define FILE_OF(name, attributes)                                                                  \
  "{'schemas':[{'id':'" URN name "','name':'" name                                                 \
  "','attributes':[{'name':'nm','label':true}" attributes "]}],'resourceTypes':[{'name':'" name    \
  "','endpoint':'/" name "s','schema':'" URN name "'}]}"

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
replace_file (const char *path, const char *file)
{
  g_autofree char *json = g_strdup_printf ("{'file':%s}", file);

  return send ("PUT", path, json);
}

/* (transfer full): its path */
static char *
make (const char *path, const char *json)
{
  g_autofree char *body = dquote (json);
  g_autofree char *id = make_object (scim_harbour, path, body);

  return g_strconcat (path, "/", id, NULL);
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
assert_taken (const char *method, const char *path, const char *json, const char *attribute)
{
  g_autoptr (Answer) answer = send (method, path, json);

  g_test_message ("%s %s", method, json);
  assert_status (answer, 409);
  g_assert_cmpstr (get_text (answer, "scimType"), ==, "uniqueness");
  g_assert_cmpstr (get_text (answer, "path"), ==, attribute);
  assert_holds (answer, "“X”");
}

/* Unique -------------------------------------------------------------------------------------- */

static void
test_unique (void)
{
  add_file ("single", FILE_OF ("Single", ATTRIBUTES (",'uniqueness':'server'")));
  g_autofree char *first = make (
      "/scim/v2/Singles",
      "{'nm':'a','box':{'tags':['w','X']},'items':[{'type':'t','tags':['v','X']},{'tags':['u']}]}");
  g_autofree char *other = make ("/scim/v2/Singles", "{'nm':'b','box':{'tags':['y']}}");

  assert_taken ("POST", "/scim/v2/Singles", "{'nm':'c','box':{'tags':['z','X']}}", "box.tags");
  assert_taken (
      "POST", "/scim/v2/Singles", "{'nm':'c','items':[{'tags':['t','X']}]}", "items.tags");
  assert_taken ("PUT", other, "{'nm':'b','box':{'tags':['y','X']}}", "box.tags");
  assert_taken ("PATCH", other, PATCH ("{'op':'add','path':'box.tags','value':['X']}"), "box.tags");
  assert_sound ();
  /* What is given back is free. */
  g_autoptr (Answer) given
             = send ("PATCH", first, PATCH ("{'op':'remove','path':'box.tags','value':['x']}"));
  g_assert_cmpuint (given->status / 100, ==, 2);
  g_autoptr (Answer) taken
             = send ("PATCH", other, PATCH ("{'op':'add','path':'box.tags','value':['X']}"));
  g_assert_cmpuint (taken->status / 100, ==, 2);
  assert_sound ();
}

/* Over values that are there. */
static void
test_made_unique (void)
{
  const char *path = "/api/v1/schemas/made";
  const char *next = FILE_OF ("Made", ATTRIBUTES (",'uniqueness':'server'"));

  add_file ("made", FILE_OF ("Made", ATTRIBUTES ("")));
  g_autofree char *a = make ("/scim/v2/Mades", "{'nm':'aaa','items':[{'tags':['w','X']}]}");
  g_autofree char *b = make ("/scim/v2/Mades", "{'nm':'bbb','items':[{'tags':['v','x']}]}");
  g_autoptr (Answer) refused = replace_file (path, next);
  assert_status (refused, 409);
  assert_holds (refused, "bbb");
  g_autoptr (Answer) gone = send ("DELETE", b, NULL);
  assert_status (gone, 204);
  g_autoptr (Answer) replaced = replace_file (path, next);
  assert_status (replaced, 200);
  assert_taken ("POST", "/scim/v2/Mades", "{'nm':'c','items':[{'tags':['X']}]}", "items.tags");
  assert_sound ();
}

/* Values that would be lost ------------------------------------------------------------------- */

static void
assert_lost (const char *name, const char *attributes, const char *path, const char *label)
{
  g_autofree char *file
      = g_strdup_printf (FILE_OF ("%s", "%s"), name, name, attributes, name, name, name);
  g_autofree char *place = g_strdup_printf ("/api/v1/schemas/%s", name);
  g_autofree char *dropping = g_strconcat (place, "?dropValues=true", NULL);
  g_autofree char *objects = g_strdup_printf ("/scim/v2/%ss", name);
  g_autoptr (Answer) refused = replace_file (place, file);

  g_test_message ("%s", path);
  assert_status (refused, 409);
  g_assert_cmpstr (get_text (refused, "path"), ==, path);
  assert_holds (refused, label);
  g_autoptr (Answer) dropped = replace_file (dropping, file);
  assert_status (dropped, 200);
  g_assert_cmpint (get_number (dropped, "objectsStripped"), ==, 1);
  g_autoptr (Answer) left = scim ("GET", objects, NULL, NULL);
  assert_lacks (left, "hidden");
  assert_sound ();
}

static void
test_lost (void)
{
  add_file ("Part", FILE_OF ("Part", ATTRIBUTES ("")));
  g_autofree char *part = make ("/scim/v2/Parts", "{'nm':'aaa','box':{'tags':['hidden']}}");
  assert_lost ("Part",
               ",{'name':'box','type':'complex','subAttributes':[{'name':'type'}]},{'name':'items',"
               "'type':'complex','multiValued':true," PARTS (""),
               "box.tags",
               "“aaa”");
  add_file ("Element", FILE_OF ("Element", ATTRIBUTES ("")));
  g_autofree char *element
      = make ("/scim/v2/Elements", "{'nm':'bbb','items':[{'type':'t','nums':[1]},{'nums':[7]}]}");
  assert_lost ("Element",
               ",{'name':'box','type':'complex'," PARTS (
                   "") ",{'name':'items','type':'complex','multiValued':true,'subAttributes':["
                       "{'name':'tags','multiValued':true},{'name':'type'}]}",
               "items.nums",
               "“bbb”");
  add_file ("Whole", FILE_OF ("Whole", ATTRIBUTES ("")));
  g_autofree char *whole = make ("/scim/v2/Wholes", "{'nm':'ccc','box':{'tags':['hidden']}}");
  assert_lost ("Whole", "", "box", "“ccc”");
}

/* Of an extension, which only such a part makes an object have. */
static void
test_lost_extension (void)
{
  add_file ("aside",
            "{'schemas':[{'id':'" URN "Aside','name':'Aside','attributes':[{'name':'box','type':"
            "'complex','subAttributes':[{'name':'many','multiValued':true}]}]}],'resourceTypes':"
            "[{'name':'User','schemaExtensions':[{'schema':'" URN "Aside'}]}]}");
  g_autofree char *user
      = make ("/scim/v2/Users", "{'userName':'laid','" URN "Aside':{'box':{'many':['hidden']}}}");
  g_autoptr (Answer) refused = send ("DELETE", "/api/v1/schemas/aside", NULL);
  assert_status (refused, 409);
  assert_holds (refused, "“laid”");
  g_autoptr (Answer) removed = send ("DELETE", "/api/v1/schemas/aside?dropValues=true", NULL);
  assert_status (removed, 200);
  g_autoptr (Answer) left = scim ("GET", user, NULL, NULL);
  assert_lacks (left, "hidden");
  assert_sound ();
}

/* Search, order of values --------------------------------------------------------------------- */

static void
assert_count (const char *path, gint64 count)
{
  g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);

  assert_status (answer, 200);
  g_assert_cmpint (get_number (answer, "totalResults"), ==, count);
}

static void
test_search (void)
{
  add_file ("sought", FILE_OF ("Sought", ATTRIBUTES (",'search':true")));
  g_autofree char *path = make (
      "/scim/v2/Soughts", "{'nm':'a','box':{'tags':['plum','needle']},'items':[{'tags':['pin']}]}");

  assert_count ("/scim/v2/Soughts?search=needle", 1);
  assert_count ("/scim/v2/Soughts?search=pin", 1);
  assert_count ("/scim/v2/Soughts?search=plum%20pin", 1);
  assert_count ("/scim/v2/Soughts?filter=box.tags%20co%20%22eedl%22", 1);
  g_autoptr (Answer) gone
             = send ("PATCH", path, PATCH ("{'op':'remove','path':'box.tags[value sw \\'n\\']'}"));
  g_assert_cmpuint (gone->status / 100, ==, 2);
  assert_count ("/scim/v2/Soughts?search=needle", 0);
  assert_count ("/scim/v2/Soughts?filter=box.tags%20co%20%22eedl%22", 0);
  assert_sound ();
}

/* The order of values is no difference, that of the elements' own neither. */
static void
test_order_of_values (void)
{
  add_file ("turned", FILE_OF ("Turned", ATTRIBUTES ("")));
  g_autofree char *path = make (
      "/scim/v2/Turneds",
      "{'nm':'a','box':{'tags':['x','y']},'items':[{'type':'t','tags':['x','y'],'nums':[1,2]}]}");
  g_autoptr (Answer) turned = send ("PUT",
                                    path,
                                    "{'nm':'a','box':{'tags':['y','x']},"
                                    "'items':[{'type':'t','tags':['y','x'],'nums':[2,1]}]}");
  assert_status (turned, 200);
  g_assert_cmpstr (get_text (turned, "meta.version"), ==, "W/\"1\"");
  g_autoptr (Answer) changed = send (
      "PUT", path, "{'nm':'a','items':[{'type':'t','tags':['y','x','z'],'nums':[2,1]}]}");
  assert_status (changed, 200);
  g_assert_cmpstr (get_text (changed, "meta.version"), ==, "W/\"2\"");
  assert_sound ();
}

/* Sorted by such a part an object is listed once, by the first value of the element that stands
 * for all; and those without one come last. */
static void
test_sorted (void)
{
  static const char *const names[] = { "b", "c", "a", "e", "d" };

  add_file ("sorted", FILE_OF ("Sorted", ATTRIBUTES ("")));
  g_autofree char *c
      = make ("/scim/v2/Sorteds", "{'nm':'c','items':[{'nums':[5,1]},{'nums':[0]}]}");
  g_autofree char *b = make ("/scim/v2/Sorteds", "{'nm':'b','items':[{'nums':[2,9,7]}]}");
  g_autofree char *a = make ("/scim/v2/Sorteds", "{'nm':'a','items':[{'nums':[6]},{'nums':[1]}]}");
  g_autofree char *e = make ("/scim/v2/Sorteds", "{'nm':'e','items':[{'type':'t'}]}");
  g_autofree char *d = make ("/scim/v2/Sorteds", "{'nm':'d','items':[{'type':'t'},{'nums':[3]}]}");
  g_autoptr (Answer) all
             = scim ("GET", "/scim/v2/Sorteds?sortBy=items.nums&attributes=nm", NULL, NULL);
  assert_status (all, 200);
  g_assert_cmpint (get_number (all, "totalResults"), ==, G_N_ELEMENTS (names));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *place = g_strdup_printf ("Resources.%u.nm", i);
      g_autofree char *page = g_strdup_printf (
          "/scim/v2/Sorteds?sortBy=items.nums&attributes=nm&startIndex=%u&count=1", i + 1);
      g_autoptr (Answer) one = scim ("GET", page, NULL, NULL);
      g_assert_cmpstr (get_text (all, place), ==, names[i]);
      g_assert_cmpstr (get_text (one, "Resources.0.nm"), ==, names[i]);
    }
}

static void
add_tests (void)
{
  scim_add ("schemas-parts/unique", test_unique);
  scim_add ("schemas-parts/made-unique", test_made_unique);
  scim_add ("schemas-parts/lost", test_lost);
  scim_add ("schemas-parts/lost-extension", test_lost_extension);
  scim_add ("schemas-parts/search", test_search);
  scim_add ("schemas-parts/order-of-values", test_order_of_values);
  scim_add ("schemas-parts/sorted", test_sorted);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add_tests);
}
