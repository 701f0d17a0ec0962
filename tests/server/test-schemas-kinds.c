/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each kind of attribute of all-kinds.json with each thing that can be done with it: found by every
 * operator, sorted both ways, patched, shown or not, told in the change set, exported.
 */
#include "scim-case.h"
#include <string.h>

#define GADGET "urn:example:params:scim:schemas:test:2.0:Gadget"
#define MAX_FILTER 8192
#define MANY_TYPES 60
#define WHOLE "Prefer: return=representation\r\n"

static char *users[2];
static char *low;
static char *high;

static char *
dquote (const char *json)
{
  return g_strdelimit (g_strdup (json), "'", '"');
}

static char *
path_of (const char *id, const char *query)
{
  return g_strconcat ("/scim/v2/Gadgets/", id, query, NULL);
}

static Answer *
patch (const char *path, const char *operations)
{
  g_autofree char *inner = dquote (operations);
  g_autofree char *body = g_strdup_printf (PATCH ("%s"), inner);

  return scim ("PATCH", path, body, WHOLE);
}

/* Set-up ----------------------------------------------------------------------------------------
 */

static char *
read_file (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "all-kinds.json", NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_assert_no_error (error);
  return text;
}

/* Whatever it is sorted by, @low comes before @high. */
static void
make_gadgets (void)
{
  static const char low_body[]
      = "{'name':'Low','code':'Code1','nick':'Nick1','serial':'s1','pin':'1111','note':'noted 1',"
        "'tag':'t1','color':'blue','mood':'calm','level':3,'on':false,'count':1,'size':1.5,"
        "'made':'2026-01-01T12:00:00Z','blob':'AAE1','link':'http://x/1.low','keeper':'/Users/1',"
        "'tags':['aa','bb'],'flags':[false],'numbers':[1,100],'sizes':[0.25,1],"
        "'times':['2025-01-01T00:00:00Z'],'blobs':['QUJ1'],'links':['http://y/1'],'plates':['A1'],"
        "'place':{'street':'Main 1','floor':1,'area':-2.5,'since':'2024-05-01T00:00:00Z',"
        "'open':false,'map':'http://m/1','seal':'AA=='},'parts':[{'value':'nut','number':'N1',"
        "'type':'inner','primary':false,'weight':0.5,'count':4,'built':'2020-01-01T00:00:00Z'}],"
        "'box':{'tags':['ba','bb'],'marks':['M1'],'flags':[false],'nums':[3,300],'sizes':[0.5,1],"
        "'times':['2025-03-01T00:00:00Z'],'blobs':['QUJ1'],'links':['http://v/1'],'plates':['X1']},"
        "'items':[{'type':'t','tags':['x','y'],'nums':[1,2]},{'type':'u','tags':['z'],"
        "'nums':[9],'marks':['K1','K2']}],"
        "'holder':{'value':'%s'},'needs':[{'value':'%s'}]}";
  static const char high_body[]
      = "{'name':'Up','code':'Code2','nick':'Nick2','serial':'s2','pin':'2222','note':'noted 2',"
        "'tag':'t2','color':'red','mood':'wild','level':7,'on':true,'count':2,'size':2.5,"
        "'made':'2026-01-02T12:00:00Z','blob':'AAE2','link':'http://x/2.high','keeper':'/Users/2',"
        "'tags':['cc'],'flags':[true],'numbers':[2,200],'sizes':[0.5,2],"
        "'times':['2025-01-02T00:00:00Z'],'blobs':['QUJ2'],'links':['http://y/2'],'plates':['B2'],"
        "'place':{'street':'Main 2','floor':2,'area':2.5,'since':'2024-05-02T00:00:00Z',"
        "'open':true,'map':'http://m/2','seal':'AQ=='},'parts':[{'value':'wheel','number':'W2',"
        "'type':'outer','primary':true,'weight':2.5,'count':5,'built':'2020-01-02T00:00:00Z'}],"
        "'box':{'tags':['bc'],'marks':['M2'],'flags':[true],'nums':[4,400],'sizes':[0.75,2],"
        "'times':['2025-03-02T00:00:00Z'],'blobs':['QUJ2'],'links':['http://v/2'],'plates':['X2']},"
        "'items':[{'type':'t','tags':['z','zz'],'nums':[7]},{'type':'v','nums':[1]}],"
        "'holder':{'value':'%s'},'needs':[{'value':'%s'}]}";
  g_autofree char *low_text = dquote (low_body);
  g_autofree char *high_text = dquote (high_body);

  users[0] = make_user (scim_harbour, "ann");
  users[1] = make_user (scim_harbour, "bob");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_autofree char *first = g_strdup_printf (low_text, users[0], users[0]);
  g_autofree char *second = g_strdup_printf (high_text, users[1], users[1]);
#pragma GCC diagnostic pop
  low = make_object (scim_harbour, "/scim/v2/Gadgets", first);
  high = make_object (scim_harbour, "/scim/v2/Gadgets", second);
}

static void
make_world (void)
{
  g_autofree char *file = read_file ();
  g_autofree char *body = g_strdup_printf ("{\"name\":\"all-kinds\",\"file\":%s}", file);
  g_autoptr (Answer) added = scim ("POST", "/api/v1/schemas", body, NULL);

  assert_status (added, 201);
  make_gadgets ();
}

static void
clear_world (void)
{
  g_free (users[0]);
  g_free (users[1]);
  g_free (low);
  g_free (high);
}

/* A gadget for one test; whoever counts does not see it. (transfer full): its path */
static char *
make_other (const char *json)
{
  g_autofree char *body = dquote (json);
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Gadgets", body);

  return path_of (id, "");
}

static void
remove_other (const char *path)
{
  g_autoptr (Answer) gone = scim ("DELETE", path, NULL, NULL);

  assert_status (gone, 204);
}

/* Discovery -------------------------------------------------------------------------------------
 */

static void
assert_same_text (JsonObject *told, JsonObject *given, const char *name, const char *usual)
{
  const char *expected = json_object_get_string_member_with_default (given, name, usual);

  g_assert_cmpstr (json_object_get_string_member (told, name), ==, expected);
}

static void
assert_same_boolean (JsonObject *told, JsonObject *given, const char *name)
{
  gboolean expected = json_object_get_boolean_member_with_default (given, name, FALSE);
  gboolean is_told = json_object_get_boolean_member_with_default (told, name, FALSE);

  g_assert_cmpint (is_told, ==, expected);
}

static void
assert_same_list (JsonObject *told, JsonObject *given, const char *name)
{
  JsonNode *one = json_object_get_member (told, name);
  JsonNode *other = json_object_get_member (given, name);

  g_assert_true ((one == NULL) == (other == NULL));
  g_assert_true (one == NULL || json_node_equal (one, other));
}

static void
assert_same_attributes (JsonObject *told_owner, JsonObject *given_owner, const char *name)
{
  JsonArray *told = json_object_get_array_member (told_owner, name);
  JsonArray *given = json_object_get_array_member (given_owner, name);

  g_assert_cmpuint (json_array_get_length (told), ==, json_array_get_length (given));
  for (guint i = 0; i < json_array_get_length (given); i++)
    {
      JsonObject *one = json_array_get_object_element (told, i);
      JsonObject *other = json_array_get_object_element (given, i);

      g_test_message ("%s", json_object_get_string_member (other, "name"));
      assert_same_text (one, other, "name", NULL);
      assert_same_text (one, other, "description", NULL);
      assert_same_text (one, other, "type", "string");
      assert_same_text (one, other, "mutability", "readWrite");
      assert_same_text (one, other, "returned", "default");
      assert_same_text (one, other, "uniqueness", "none");
      assert_same_boolean (one, other, "multiValued");
      assert_same_boolean (one, other, "required");
      assert_same_boolean (one, other, "caseExact");
      assert_same_list (one, other, "canonicalValues");
      assert_same_list (one, other, "referenceTypes");
      if (json_object_has_member (other, "subAttributes"))
        assert_same_attributes (one, other, "subAttributes");
    }
}

/* Every characteristic as the file has it, or as RFC 7643 §2.2 has it for who says nothing. */
static void
test_discovery (void)
{
  static const char *const urns[]
      = { GADGET, "urn:example:params:scim:schemas:extension:test:2.0:Badge" };
  g_autofree char *text = read_file ();
  g_autoptr (JsonNode) file = json_from_string (text, NULL);
  JsonArray *schemas = json_object_get_array_member (json_node_get_object (file), "schemas");

  for (guint i = 0; i < G_N_ELEMENTS (urns); i++)
    {
      g_autofree char *path = g_strconcat ("/scim/v2/Schemas/", urns[i], NULL);
      g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);
      JsonObject *given = json_array_get_object_element (schemas, i);

      assert_status (answer, 200);
      assert_same_text (answer->json, given, "name", NULL);
      /* Behind those of the file stands what every type has. */
      if (i == 0)
        {
          JsonArray *told = json_object_get_array_member (answer->json, "attributes");
          guint      last = json_array_get_length (told) - 1;
          g_assert_cmpstr (
              json_object_get_string_member (json_array_get_object_element (told, last), "name"),
              ==,
              "externalIds");
          json_array_remove_element (told, last);
        }
      assert_same_attributes (answer->json, given, "attributes");
    }
}

/* Filters, sorting ------------------------------------------------------------------------------
 */

typedef struct
{
  const char *filter;
  const char *found; /* "low", "up", "both" or "none" */
} FilterCase;

static const FilterCase filters[] = {
  { "on pr", "both" },
  { "on ne false", "up" },
  { "level ge 7", "up" },
  { "level ne 3", "up" },
  { "level pr", "both" },
  { "count ne 1", "up" },
  { "count pr", "both" },
  { "size ne 1.5", "up" },
  { "size le 1.5", "low" },
  { "size le 1.4", "none" },
  { "size pr", "both" },
  { "made ne \"2026-01-01T13:00:00+01:00\"", "up" },
  { "made ge \"2026-01-02T12:00:00Z\"", "up" },
  { "made le \"2026-01-01T12:00:00Z\"", "low" },
  { "made pr", "both" },
  { "blob ne \"AAE1\"", "up" },
  { "link ne \"http://x/1.low\"", "up" },
  { "link co \"/1.\"", "low" },
  { "link co \"LOW\"", "none" },
  { "link ew \".high\"", "up" },
  { "link gt \"http://x/1.low\"", "up" },
  { "link ge \"http://x/1.low\"", "both" },
  { "link lt \"http://x/2\"", "low" },
  { "link le \"http://x/1.low\"", "low" },
  { "link pr", "both" },
  { "keeper eq \"/Users/1\"", "low" },
  { "keeper ne \"/Users/1\"", "up" },
  { "keeper sw \"/Users/\"", "both" },
  { "keeper co \"users\"", "none" },
  { "keeper gt \"/Users/1\"", "up" },
  { "tags ne \"cc\"", "low" },
  { "tags gt \"bb\"", "up" },
  { "tags sw \"C\"", "up" },
  { "flags ne true", "low" },
  { "flags pr", "both" },
  { "numbers ne 1", "both" },
  { "numbers le 1", "low" },
  { "sizes ne 0.5", "both" },
  { "sizes ge 2", "up" },
  { "times ne \"2025-01-01T00:00:00Z\"", "up" },
  { "times ge \"2025-01-02T00:00:00Z\"", "up" },
  { "blobs ne \"QUJ1\"", "up" },
  { "links ne \"http://y/1\"", "up" },
  { "links co \"y/2\"", "up" },
  { "plates ne \"a1\"", "up" },
  { "place.open ne true", "low" },
  { "place.area le -2.5", "low" },
  { "place.floor ne 1", "up" },
  { "place.since le \"2024-05-01T00:00:00Z\"", "low" },
  { "place.map ew \"/2\"", "up" },
  { "place.seal ne \"AA==\"", "up" },
  { "parts.primary eq true", "up" },
  { "parts.weight le 0.5", "low" },
  { "parts.count ne 4", "up" },
  { "parts.built ge \"2020-01-02T00:00:00Z\"", "up" },
  { "box pr", "both" },
  { "box.tags eq \"BB\"", "low" },
  { "box.tags ne \"bc\"", "low" },
  { "box.tags co \"b\"", "both" },
  { "not (box.tags eq \"ba\")", "up" },
  { "box[tags eq \"ba\" and nums gt 100]", "low" },
  { "box.tags[value sw \"b\" and value ew \"c\"]", "up" },
  { "box.marks eq \"m1\"", "none" },
  { "box.marks eq \"M1\"", "low" },
  { "box.flags eq true", "up" },
  { "box.flags pr", "both" },
  { "box.nums gt 300", "up" },
  { "box.sizes le 0.5", "low" },
  { "box.times ge \"2025-03-02T00:00:00Z\"", "up" },
  { "box.blobs ne \"QUJ1\"", "up" },
  { "box.links ew \"/2\"", "up" },
  { "box.plates eq \"x1\"", "low" },
  { "items.tags eq \"z\"", "both" },
  { "items[tags eq \"z\"]", "both" },
  { "items[tags eq \"z\" and type eq \"t\"]", "up" },
  { "items[tags eq \"z\" and nums gt 8]", "low" },
  { "items[tags eq \"x\" and tags eq \"y\"]", "low" },
  { "items[not (tags pr)]", "up" },
  { "items[tags ne \"z\"]", "both" },
  { "items.nums ne 1", "both" },
  { "items.nums gt 8", "low" },
  { "items.tags[value sw \"z\" and value ew \"zz\"]", "up" },
  { "items.marks eq \"K2\"", "low" },
  { "items.marks pr", "low" },
  { "holder.display eq \"BOB\"", "up" },
  { "needs.display sw \"a\"", "low" },
  { "needs[type eq \"User\" and display eq \"bob\"]", "up" },
};

static void
test_filters (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_autofree char *path = scim_query ("/scim/v2/Gadgets",
                                          "filter",
                                          filters[i].filter,
                                          "sortBy",
                                          "name",
                                          "attributes",
                                          "name",
                                          NULL);
      g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);

      assert_status (answer, 200);
      gint64      total = get_number (answer, "totalResults");
      const char *name = total == 1 ? get_text (answer, "Resources.0.name") : NULL;
      const char *found = total == 0                     ? "none"
                          : total == 2                   ? "both"
                          : g_strcmp0 (name, "Low") == 0 ? "low"
                                                         : "up";
      g_test_message ("%s", filters[i].filter);
      g_assert_cmpstr (found, ==, filters[i].found);
    }
}

static void
assert_first (const char *by, const char *order, const char *name)
{
  g_autofree char *path = scim_query (
      "/scim/v2/Gadgets", "sortBy", by, "sortOrder", order, "attributes", "name", NULL);
  g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);

  g_test_message ("%s", path);
  assert_status (answer, 200);
  g_assert_cmpstr (get_text (answer, "Resources.0.name"), ==, name);
}

static void
test_sort (void)
{
  static const char *const by[] = {
    "name",           "code",         "nick",         "serial",      "tag",          "color",
    "mood",           "level",        "on",           "count",       "size",         "made",
    "blob",           "link",         "keeper",       "tags",        "flags",        "numbers",
    "sizes",          "times",        "blobs",        "links",       "plates",       "holder",
    "holder.display", "parts",        "place.street", "place.floor", "place.area",   "place.since",
    "place.open",     "place.map",    "place.seal",   "parts.value", "parts.number", "parts.type",
    "parts.primary",  "parts.weight", "parts.count",  "parts.built", "box.tags",     "box.marks",
    "box.flags",      "box.nums",     "box.sizes",    "box.times",   "box.blobs",    "box.links",
    "box.plates",     "items.tags",   "items.nums"
  };
  static const char *const not_by[] = { "pin", "box" };

  for (gsize i = 0; i < G_N_ELEMENTS (by); i++)
    {
      assert_first (by[i], "ascending", "Low");
      assert_first (by[i], "descending", "Up");
    }
  for (gsize i = 0; i < G_N_ELEMENTS (not_by); i++)
    {
      g_autofree char *path = scim_query ("/scim/v2/Gadgets", "sortBy", not_by[i], NULL);
      g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);
      g_test_message ("%s", path);
      assert_status (answer, 400);
      assert_holds (answer, not_by[i]);
    }
}

/* A comparison with what a member is called asks for every type there is: where operators have
 * many, a filter of the permitted length may be more than a database takes. */
static void
test_too_many (void)
{
  g_autoptr (GString) schemas = g_string_new (NULL);
  g_autoptr (GString) types = g_string_new (NULL);
  g_autoptr (GString) filter = g_string_new ("members.type ne \"0\"");

  for (guint i = 0; i < MANY_TYPES; i++)
    {
      const char *separator = i > 0 ? "," : "";
      g_string_append_printf (schemas,
                              "%s{\"id\":\"urn:example:test:Kind%u\",\"name\":\"Kind%u\","
                              "\"attributes\":[{\"name\":\"name\",\"label\":true}]}",
                              separator,
                              i,
                              i);
      g_string_append_printf (types,
                              "%s{\"name\":\"Kind%u\",\"endpoint\":\"/Kind%us\","
                              "\"schema\":\"urn:example:test:Kind%u\"}",
                              separator,
                              i,
                              i,
                              i);
    }
  g_autofree char *body
      = g_strdup_printf ("{\"name\":\"many\",\"file\":{\"schemas\":[%s],\"resourceTypes\":[%s]}}",
                         schemas->str,
                         types->str);
  g_autoptr (Answer) added = scim ("POST", "/api/v1/schemas", body, NULL);
  assert_status (added, 201);
  for (guint i = 1; filter->len < MAX_FILTER - 40; i++)
    g_string_append_printf (filter, " or members.type ne \"%u\"", i);
  g_autofree char *path = scim_query ("/scim/v2/Groups", "filter", filter->str, NULL);
  g_autofree char *export = scim_query ("/api/v1/export?type=Group", "filter", filter->str, NULL);
  g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);
  g_autoptr (Answer) exported = scim ("GET", export, NULL, NULL);
  g_autoptr (Answer) removed = scim ("DELETE", "/api/v1/schemas/many", NULL, NULL);
  assert_status (answer, 400);
  g_assert_cmpstr (get_text (answer, "scimType"), ==, "tooMany");
  assert_status (exported, 400);
  g_assert_cmpstr (get_text (exported, "scimType"), ==, "tooMany");
  assert_status (removed, 200);
}

/* Writing ---------------------------------------------------------------------------------------
 */

typedef struct
{
  const char *operation; /* with ' for " */
  const char *text;      /* that the answer holds, with ' for " */
} PatchCase;

/* One after the other on the same object. */
static const PatchCase patches[] = {
  { "{'op':'add','path':'on','value':true}", "'on':true" },
  { "{'op':'replace','path':'on','value':false}", "'on':false" },
  { "{'op':'replace','path':'count','value':77}", "'count':77" },
  { "{'op':'replace','path':'level','value':10}", "'level':10" },
  { "{'op':'add','path':'link','value':'http://z/1'}", "'link':'http://z/1'" },
  { "{'op':'add','path':'links','value':['http://z/2','http://z/3']}",
    "'links':['http://z/2','http://z/3']" },
  { "{'op':'remove','path':'links[value eq \\'http://z/2\\']'}", "'links':['http://z/3']" },
  { "{'op':'add','path':'times','value':'2025-02-01T01:00:00+01:00'}",
    "'times':['2025-02-01T00:00:00.000Z']" },
  { "{'op':'add','path':'times','value':['2025-02-01T00:00:00Z']}",
    "'times':['2025-02-01T00:00:00.000Z']" },
  { "{'op':'add','path':'sizes','value':[1.25,-3]}", "'sizes':[1.25,-3]" },
  { "{'op':'remove','path':'sizes[value lt 0]'}", "'sizes':[1.25]" },
  { "{'op':'replace','path':'plates','value':['P1','P2']}", "'plates':['P1','P2']" },
  { "{'op':'replace','path':'code','value':'CodeP'}", "'code':'CodeP'" },
  { "{'op':'replace','path':'nick','value':'NickP'}", "'nick':'NickP'" },
  { "{'op':'add','path':'serial','value':'once'}", "'serial':'once'" },
  { "{'op':'add','path':'box.tags','value':['m','n','o']}", "'box':{'tags':['m','n','o']}" },
  { "{'op':'remove','path':'box.tags[value eq \\'m\\']'}", "'box':{'tags':['n','o']}" },
  { "{'op':'replace','path':'box.tags[value eq \\'n\\']','value':'p'}", "'tags':['p','o']" },
};

static void
test_patch (void)
{
  g_autofree char *path = make_other ("{'name':'Patched'}");

  for (gsize i = 0; i < G_N_ELEMENTS (patches); i++)
    {
      g_autofree char *operation = from_single_quotes (patches[i].operation);
      g_autofree char *body = g_strdup_printf (PATCH ("%s"), operation);
      g_autofree char *text = dquote (patches[i].text);
      g_autoptr (Answer) answer = scim ("PATCH", path, body, WHOLE);

      g_test_message ("%s", operation);
      assert_status (answer, 200);
      assert_holds (answer, text);
    }
  g_autoptr (Answer) again = patch (path, "{'op':'replace','path':'serial','value':'twice'}");
  assert_status (again, 400);
  g_assert_cmpstr (get_text (again, "scimType"), ==, "mutability");

  g_autofree char *hand_over
      = g_strdup_printf ("{'op':'add','path':'holder','value':{'value':'%s'}}", users[1]);
  g_autoptr (Answer) held = patch (path, hand_over);
  assert_status (held, 200);
  g_assert_cmpstr (get_text (held, "holder.display"), ==, "bob");
  g_autoptr (Answer) let_go = patch (path, "{'op':'remove','path':'holder'}");
  assert_status (let_go, 200);
  assert_lacks (let_go, "\"holder\"");
  remove_other (path);
}

static void
assert_taken (const char *method, const char *path, const char *body, const char *attribute)
{
  g_autofree char *text = dquote (body);
  g_autoptr (Answer) answer = scim (method, path, text, NULL);

  g_test_message ("%s %s", method, body);
  assert_status (answer, 409);
  g_assert_cmpstr (get_text (answer, "scimType"), ==, "uniqueness");
  g_assert_cmpstr (get_text (answer, "path"), ==, attribute);
}

/* What is readOnly, and what another has, by a PUT and by a PATCH. */
static void
test_put_and_taken (void)
{
  g_autofree char *path = make_other ("{'name':'Put','code':'Put','nick':'Put'}");
  g_autoptr (Answer) sealed = scim ("PUT", path, "{\"name\":\"Put\",\"sealed\":\"y\"}", NULL);

  assert_status (sealed, 200);
  assert_lacks (sealed, "\"sealed\"");
  assert_taken ("PUT", path, "{'name':'Put','code':'Code2'}", "code");
  assert_taken ("PUT", path, "{'name':'Put','nick':'nick2'}", "nick");
  assert_taken ("PUT", path, "{'name':'Put','count':2}", "count");
  assert_taken ("PATCH", path, PATCH ("{'op':'replace','path':'nick','value':'nICK2'}"), "nick");
  assert_taken ("PATCH", path, PATCH ("{'op':'add','value':{'code':'Code2'}}"), "code");
  /* Its own is not taken, nor is another's in other case where case is told apart. */
  g_autoptr (Answer) own = scim ("PUT", path, "{\"name\":\"Put\",\"code\":\"code2\"}", NULL);
  assert_status (own, 200);
  g_autoptr (Answer) again = scim ("PUT", path, "{\"name\":\"New\",\"code\":\"code2\"}", NULL);
  assert_status (again, 200);
  remove_other (path);
}

/* Returned --------------------------------------------------------------------------------------
 */

static void
test_returned (void)
{
  g_autofree char *pin = path_of (low, "?attributes=pin");
  g_autofree char *without_tag = path_of (low, "?excludedAttributes=tag,code");
  g_autoptr (Answer) never = scim ("GET", pin, NULL, NULL);
  g_autoptr (Answer) always = scim ("GET", without_tag, NULL, NULL);
  g_autoptr (Answer) asked
             = scim ("GET", "/scim/v2/Gadgets?attributes=note&sortBy=name", NULL, NULL);
  g_autoptr (Answer) unasked = scim ("GET", "/scim/v2/Gadgets", NULL, NULL);

  assert_status (never, 200);
  assert_lacks (never, "\"pin\"");
  assert_lacks (never, "1111");
  assert_status (always, 200);
  assert_holds (always, "\"tag\":\"t1\"");
  assert_lacks (always, "\"code\"");
  assert_status (asked, 200);
  g_assert_cmpstr (get_text (asked, "Resources.0.note"), ==, "noted 1");
  g_assert_cmpstr (get_text (asked, "Resources.1.note"), ==, "noted 2");
  assert_lacks (asked, "\"code\"");
  assert_lacks (unasked, "\"note\"");
}

/* A write answers with what a read of the same parameters would. */
static void
test_returned_by_writes (void)
{
  g_autofree char *path = make_other ("{'name':'Written','tag':'kept'}");
  g_autofree char *asking = g_strconcat (path, "?attributes=note", NULL);
  g_autofree char *excluding = g_strconcat (path, "?excludedAttributes=tag,name", NULL);
  const char      *body = "{\"name\":\"Written\",\"tag\":\"kept\",\"note\":\"of a put\"}";
  const char      *operation = "{'op':'replace','path':'note','value':'of a patch'}";

  g_autoptr (Answer) put = scim ("PUT", path, body, NULL);
  assert_status (put, 200);
  assert_lacks (put, "\"note\"");
  g_autoptr (Answer) patched = patch (path, operation);
  assert_status (patched, 200);
  assert_lacks (patched, "\"note\"");
  g_autoptr (Answer) put_asked = scim ("PUT", asking, body, NULL);
  assert_status (put_asked, 200);
  g_assert_cmpstr (get_text (put_asked, "note"), ==, "of a put");
  assert_lacks (put_asked, "\"name\"");
  g_autoptr (Answer) patch_asked = patch (asking, operation);
  assert_status (patch_asked, 200);
  g_assert_cmpstr (get_text (patch_asked, "note"), ==, "of a patch");
  g_assert_cmpstr (get_text (patch_asked, "tag"), ==, "kept");
  g_autoptr (Answer) excluded = scim ("PUT", excluding, body, NULL);
  assert_status (excluded, 200);
  assert_holds (excluded, "\"tag\":\"kept\"");
  assert_lacks (excluded, "\"name\"");
  remove_other (path);
}

/* Change sets, export ---------------------------------------------------------------------------
 */

static void
test_change_set (void)
{
  g_autofree char *path
      = make_other ("{'name':'Changed','on':true,'made':'2026-01-01T00:00:00Z','tags':['a','b'],"
                    "'parts':[{'value':'old'}]}");
  g_autofree char *operations
      = g_strdup_printf ("{'op':'replace','value':{'on':false,'made':'2026-03-01T00:00:00Z',"
                         "'tags':['b','c'],'parts':[{'value':'new','weight':1.5}]}},"
                         "{'op':'add','path':'holder','value':{'value':'%s'}}",
                         users[0]);
  g_autoptr (Answer) changed = patch (path, operations);
  assert_status (changed, 200);
  g_autofree char *change_path = g_strconcat (
      "/api/v1/changes/", wire_reply_get (changed->reply, "x-mailstead-change"), NULL);
  g_autoptr (Answer) change = scim ("GET", change_path, NULL, NULL);

  assert_status (change, 200);
  assert_holds (change, "{\"path\":\"on\",\"before\":true,\"after\":false}");
  assert_holds (change,
                "{\"path\":\"made\",\"before\":\"2026-01-01T00:00:00.000Z\","
                "\"after\":\"2026-03-01T00:00:00.000Z\"}");
  assert_holds (
      change, "{\"path\":\"tags\",\"added\":[\"c\"],\"removed\":[\"a\"],\"whole\":[\"b\",\"c\"]}");
  assert_holds (change,
                "{\"path\":\"parts\",\"added\":[{\"value\":\"new\",\"weight\":1.5}],"
                "\"removed\":[{\"value\":\"old\"}]}");
  g_autofree char *holder = g_strdup_printf (
      "{\"path\":\"holder\",\"after\":{\"value\":\"%s\",\"display\":\"ann\"}}", users[0]);
  assert_holds (change, holder);
  remove_other (path);
}

/* A cell for each, several values apart by semicolons; what has parts of its own as JSON. */
static void
test_export (void)
{
  static const char row[]
      = ",Low,Code1,Nick1,s1,,noted 1,t1,blue,calm,3,false,1,1.5,2026-01-01T12:00:00.000Z,AAE1,"
        "http://x/1.low,/Users/1,aa; bb,false,1; 100,0.25; 1,2025-01-01T00:00:00.000Z,QUJ1,"
        "http://y/1,A1,Main 1,1,'-2.5,2024-05-01T00:00:00.000Z,false,http://m/1,AA==,"
        "\"[{\"\"value\"\":\"\"nut\"\",\"\"number\"\":\"\"N1\"\",\"\"type\"\":\"\"inner\"\","
        "\"\"primary\"\":false,\"\"weight\"\":0.5,\"\"count\"\":4,"
        "\"\"built\"\":\"\"2020-01-01T00:00:00.000Z\"\"}]\",,ba; bb,M1,false,3; 300,0.5; 1,"
        "2025-03-01T00:00:00.000Z,QUJ1,http://v/1,X1,\"[{\"\"type\"\":\"\"t\"\",\"\"tags\"\":"
        "[\"\"x\"\",\"\"y\"\"],\"\"nums\"\":[1,2]},{\"\"type\"\":\"\"u\"\",\"\"tags\"\":[\"\"z\"\"]"
        ","
        "\"\"nums\"\":[9],\"\"marks\"\":[\"\"K1\"\",\"\"K2\"\"]}]\",ann,user:ann\r\n";
  g_autoptr (Answer) answer
             = scim ("GET", "/api/v1/export?type=Gadget&filter=name%20eq%20%22Low%22", NULL, NULL);

  assert_status (answer, 200);
  assert_holds (answer, row);
}

/* An operator's relation given and taken back by one request comes to nothing. */
static void
test_needs_come_to_nothing (void)
{
  g_autofree char *path = make_other ("{'name':'Void'}");
  g_autofree char *operations
      = g_strdup_printf ("{'op':'add','path':'needs','value':[{'value':'%s'}]},"
                         "{'op':'remove','path':'needs[value eq \\\"%s\\\"]'}",
                         users[0],
                         users[0]);
  g_autoptr (Answer) nothing = patch (path, operations);

  assert_status (nothing, 200);
  g_assert_cmpstr (wire_reply_get (nothing->reply, "etag"), ==, "W/\"1\"");
  g_assert_null (wire_reply_get (nothing->reply, "x-mailstead-change"));
  remove_other (path);
}

/* Times are kept in milliseconds, and what is asked for is cut likewise. */
static void
test_fine_times (void)
{
  static const struct
  {
    const char *filter;
    gint64      count;
  } rows[] = {
    { "made eq \"2020-01-01T00:00:00.0004Z\"", 1 },
    { "made eq \"2020-01-01T00:00:00.000999+00:00\"", 1 },
    { "made ne \"2020-01-01T00:00:00.0004Z\"", 0 },
    { "made ge \"2020-01-01T00:00:00.0004Z\"", 1 },
    { "made le \"2020-01-01T00:00:00.0004Z\"", 1 },
    { "made gt \"2020-01-01T00:00:00.0004Z\"", 0 },
    { "made lt \"2020-01-01T00:00:00.0004Z\"", 0 },
    { "made eq \"2020-01-01T00:00:00.001Z\"", 0 },
    { "times eq \"1969-12-31T23:59:59.9996Z\"", 1 },
    { "parts[built eq \"2020-01-01T00:00:00.0009Z\"]", 1 },
    { "place.since ge \"2020-01-01T00:00:00.0009Z\"", 1 },
  };
  g_autofree char *path
      = make_other ("{'name':'Fine','made':'2020-01-01T00:00:00.0004Z',"
                    "'times':['1969-12-31T23:59:59.9996Z'],"
                    "'parts':[{'value':'p','built':'2020-01-01T00:00:00.0002Z'}],"
                    "'place':{'street':'s','since':'2020-01-01T00:00:00.0004Z'}}");

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *filter = g_strdup_printf ("name eq \"Fine\" and %s", rows[i].filter);
      g_test_message ("%s", filter);
      g_assert_cmpint (scim_count ("/scim/v2/Gadgets", filter), ==, rows[i].count);
    }
  g_autoptr (Answer) removed = patch (
      path, "{'op':'remove','path':'parts[built eq \\\"2020-01-01T00:00:00.0007Z\\\"]'}");
  assert_status (removed, 200);
  g_assert_null (find_node (removed, "parts"));
  remove_other (path);
}

/* Elements of a simple attribute are its "value"s, in a filter as in a PATCH path. */
static void
test_value_of_simple (void)
{
  g_assert_cmpint (scim_count ("/scim/v2/Gadgets", "tags.value eq \"AA\""), ==, 1);
  g_assert_cmpint (scim_count ("/scim/v2/Gadgets", GADGET ":tags.value sw \"c\""), ==, 1);
  g_assert_cmpint (scim_count ("/scim/v2/Gadgets", "numbers.value gt 150"), ==, 1);
  g_assert_cmpint (scim_count ("/scim/v2/Gadgets", "not (tags.value pr)"), ==, 0);
  g_assert_cmpint (scim_count ("/scim/v2/Gadgets", "parts[value.value eq \"nut\"]"), ==, 0);
  g_assert_cmpint (scim_count ("/scim/v2/Gadgets", "tag.value eq \"t1\""), ==, 0);
}

/* What an operator's type is known by is kept trimmed. */
static void
test_label_in_filter (void)
{
  g_autofree char *path = make_other ("{'name':'  Trim\u00a0me '}");

  g_assert_cmpint (scim_count ("/scim/v2/Gadgets", "name eq \" trim me\u3000\""), ==, 1);
  g_assert_cmpint (scim_count ("/scim/v2/Gadgets", "name eq \"  Trim\u00a0me \""), ==, 1);
  remove_other (path);
}

/* Equal numbers written in another way are no change, whatever else changes. */
static void
test_equal_decimals (void)
{
  g_autofree char *path = make_other (
      "{'name':'Equal','size':1.0,'sizes':[2.0,0.5],'place':{'street':'s','area':0.0},"
      "'parts':[{'value':'p','weight':3.0},{'value':'q','weight':7.0}]}");
  g_autoptr (Answer) changed
             = patch (path,
                      "{'op':'replace','value':{'name':'Equal2','size':1,'sizes':[0.5,2],"
                      "'place':{'street':'t','area':-0.0},"
                      "'parts':[{'weight':3,'value':'p'},{'value':'q','weight':7,'count':1}]}}");

  assert_status (changed, 200);
  assert_holds (changed, "\"size\":1.0");
  assert_holds (changed, "\"sizes\":[0.5,2.0]");
  assert_holds (changed, "\"area\":0.0");
  assert_holds (changed, "{\"value\":\"p\",\"weight\":3.0}");
  g_autofree char *change_path = g_strconcat (
      "/api/v1/changes/", wire_reply_get (changed->reply, "x-mailstead-change"), NULL);
  g_autoptr (Answer) change = scim ("GET", change_path, NULL, NULL);
  assert_lacks (change, "\"path\":\"size\"");
  assert_lacks (change, "\"path\":\"sizes\"");
  assert_lacks (change, "\"path\":\"place.area\"");
  assert_lacks (change, "\"value\":\"p\"");

  g_autoptr (Answer) begun = scim ("POST", "/api/v1/verify", NULL, NULL);
  assert_status (begun, 202);
  while (TRUE)
    {
      g_autoptr (Answer) state = scim ("GET", "/api/v1/verify", NULL, NULL);
      if (strcmp (get_text (state, "job.state"), "running") == 0)
        {
          g_usleep (10 * 1000);
          continue;
        }
      g_assert_cmpstr (get_text (state, "job.state"), ==, "done");
      assert_holds (state, "\"problemCount\":0");
      break;
    }
  remove_other (path);
}

static void
add (void)
{
  make_world ();
  scim_add ("kinds/discovery", test_discovery);
  scim_add ("kinds/filters", test_filters);
  scim_add ("kinds/sort", test_sort);
  scim_add ("kinds/too-many", test_too_many);
  scim_add ("kinds/patch", test_patch);
  scim_add ("kinds/put-and-taken", test_put_and_taken);
  scim_add ("kinds/returned", test_returned);
  scim_add ("kinds/returned-by-writes", test_returned_by_writes);
  scim_add ("kinds/change-set", test_change_set);
  scim_add ("kinds/needs-come-to-nothing", test_needs_come_to_nothing);
  scim_add ("kinds/fine-times", test_fine_times);
  scim_add ("kinds/value-of-simple", test_value_of_simple);
  scim_add ("kinds/label-in-filter", test_label_in_filter);
  scim_add ("kinds/equal-decimals", test_equal_decimals);
  scim_add ("kinds/export", test_export);
}

int
main (int argc, char **argv)
{
  int result = scim_main (argc, argv, add);

  clear_world ();
  return result;
}
