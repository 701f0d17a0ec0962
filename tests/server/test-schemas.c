/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Schema files of operators. all-kinds.json has one attribute of every kind, with one value and
 * with several, and every characteristic; what is true of it is true of the engine.
 */
#include "harbour.h"
#include "ms-error.h"
#include "store-place.h"
#include <string.h>

#define GADGET "urn:example:params:scim:schemas:test:2.0:Gadget"
#define BADGE "urn:example:params:scim:schemas:extension:test:2.0:Badge"
#define PATCH_OP "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":"

/* A type with a relation of several values is answered without its body otherwise. */
#define WHOLE "Prefer: return=representation\r\n"

static Harbour *harbour;

/* Asking ----------------------------------------------------------------------------------------
 */

/* A body for /api/v1/schemas from a file, or with ' for " from @json. (transfer full) */
static char *
read_file (const char *name)
{
  g_autofree char *text = NULL;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, name, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_assert_no_error (error);
  return g_steal_pointer (&text);
}

static char *
dquote (const char *json)
{
  return g_strdelimit (g_strdup (json), "'", '"');
}

/* As “file”. */
static Answer *
put_file (const char *method, const char *path, const char *name, const char *json)
{
  g_autofree char *file = dquote (json);
  g_autofree char *body = name != NULL
                              ? g_strdup_printf ("{\"name\":\"%s\",\"file\":%s}", name, file)
                              : g_strdup_printf ("{\"file\":%s}", file);

  return ask (harbour, method, path, body, NULL);
}

static Answer *
send (const char *method, const char *path, const char *json)
{
  g_autofree char *body = json != NULL ? dquote (json) : NULL;

  return ask (harbour, method, path, body, NULL);
}

static Answer *
patch (const char *path, const char *operations)
{
  g_autofree char *inner = dquote (operations);
  g_autofree char *body = g_strconcat (PATCH_OP, inner, "}", NULL);

  return ask (harbour, "PATCH", path, body, WHOLE);
}

static gint64
count (const char *type, const char *filter)
{
  g_autofree char *escaped = g_uri_escape_string (filter, NULL, FALSE);
  g_autofree char *path = g_strdup_printf ("/scim/v2/%s?count=0&filter=%s", type, escaped);
  g_autoptr (Answer) answer = ask (harbour, "GET", path, NULL, NULL);

  if (answer->status != 200)
    g_test_message ("%s", filter);
  assert_status (answer, 200);
  return get_number (answer, "totalResults");
}

static void
assert_holds (Answer *answer, const char *text)
{
  if (strstr (answer->reply->body->str, text) == NULL)
    g_test_message ("no %s in %s", text, answer->reply->body->str);
  g_assert_nonnull (strstr (answer->reply->body->str, text));
}

static void
assert_lacks (Answer *answer, const char *text)
{
  if (strstr (answer->reply->body->str, text) != NULL)
    g_test_message ("%s in %s", text, answer->reply->body->str);
  g_assert_null (strstr (answer->reply->body->str, text));
}

/* Set-up ----------------------------------------------------------------------------------------
 */

static void
add_all_kinds (void)
{
  g_autofree char *text = read_file ("all-kinds.json");
  g_autoptr (Answer) answer = put_file ("POST", "/api/v1/schemas", "all-kinds", text);

  assert_status (answer, 201);
  g_assert_cmpint (get_number (answer, "changeSet"), >, 0);
}

/* All that can be said of a gadget; numbers and names end in @n. */
static char *
make_gadget (guint n, const char *holder)
{
  g_autofree char *body = g_strdup_printf (
      "{\"name\":\"Gadget %u\",\"code\":\"Code%u\",\"nick\":\"Nick%u\",\"serial\":\"s%u\","
      "\"sealed\":\"by nobody\",\"pin\":\"123%u\",\"note\":\"two\\nlines %u\",\"tag\":\"t%u\","
      "\"color\":\"RED\",\"mood\":\"odd\",\"on\":true,\"count\":%u,\"size\":%u.5,"
      "\"made\":\"2026-01-0%uT13:00:00+01:00\",\"blob\":\"AAE%u\",\"link\":\"http://x/%u\","
      "\"tags\":[\"red\",\"Round%u\"],\"flags\":[true,false],\"numbers\":[%u,100],"
      "\"sizes\":[0.25,%u],\"times\":[\"2025-01-0%uT00:00:00Z\"],\"blobs\":[\"QUJ%u\"],"
      "\"links\":[\"http://y/%u\"],\"plates\":[\"A%u\",\"B%u\"],"
      "\"place\":{\"street\":\"Main %u\",\"floor\":%u,\"area\":2.5,"
      "\"since\":\"2024-05-0%uT00:00:00Z\",\"open\":false,\"map\":\"http://m/%u\","
      "\"seal\":\"AA==\"},"
      "\"parts\":[{\"value\":\"wheel\",\"number\":\"W%u\",\"type\":\"outer\",\"weight\":%u.25,"
      "\"count\":4},{\"value\":\"nut\",\"number\":\"N%u\",\"type\":\"inner\",\"primary\":true,"
      "\"weight\":0.5,\"built\":\"2020-01-0%uT00:00:00Z\"}]%s%s%s}",
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      n,
      holder != NULL ? ",\"holder\":{\"value\":\"" : "",
      holder != NULL ? holder : "",
      holder != NULL ? "\"}" : "");

  return make_object (harbour, "/scim/v2/Gadgets", body);
}

/* Three of them, the first one's holder has a badge. */
static struct
{
  char *user;
  char *gadgets[3];
} world;

static void
make_world (void)
{
  g_autofree char *user = dquote ("{'userName':'ann','" BADGE "':{'number':'B-1','issued':"
                                  "'2026-01-31T13:00:00+01:00','doors':['North','South']}}");

  add_all_kinds ();
  world.user = make_object (harbour, "/scim/v2/Users", user);
  for (guint i = 0; i < 3; i++)
    world.gadgets[i] = make_gadget (i + 1, i == 0 ? world.user : NULL);
}

static void
clear_world (void)
{
  g_clear_pointer (&world.user, g_free);
  for (guint i = 0; i < 3; i++)
    g_clear_pointer (&world.gadgets[i], g_free);
}

static char *
gadget_path (guint i)
{
  return g_strconcat ("/scim/v2/Gadgets/", world.gadgets[i], NULL);
}

typedef struct
{
  gboolean with_world;
  void (*func) (void);
} Case;

static void
run_case (gconstpointer data)
{
  const Case *self = data;

  harbour = harbour_new (NULL);
  if (self->with_world)
    make_world ();
  self->func ();
  clear_world ();
  g_clear_pointer (&harbour, harbour_free);
}

/* Discovery -------------------------------------------------------------------------------------
 */

static void
test_discovery (void)
{
  g_autoptr (Answer) types = ask (harbour, "GET", "/scim/v2/ResourceTypes/Gadget", NULL, NULL);
  g_autoptr (Answer) user = ask (harbour, "GET", "/scim/v2/ResourceTypes/User", NULL, NULL);
  g_autoptr (Answer) schema = ask (harbour, "GET", "/scim/v2/Schemas/" GADGET, NULL, NULL);
  g_autoptr (Answer) all = ask (harbour, "GET", "/scim/v2/Schemas", NULL, NULL);
  g_autoptr (Answer) hidden = ask (harbour, "GET", "/scim/v2/ResourceTypes/SchemaFile", NULL, NULL);
  g_autoptr (Answer) nowhere = ask (harbour, "GET", "/scim/v2/SchemaFiles", NULL, NULL);

  g_autoptr (Answer) tables = ask (harbour, "GET", "/api/v1/tables", NULL, NULL);
  g_autoptr (MsSchemaRegistry) copy = ms_schema_registry_new ();
  g_autoptr (GError) error = NULL;

  /* What a client gets is enough to have the same tables. */
  g_assert_true (ms_schema_registry_add_json (copy, tables->reply->body->str, -1, &error));
  g_assert_no_error (error);
  const MsResourceType *gadget = ms_schema_registry_get_type_by_name (copy, "Gadget");
  g_assert_cmpstr (ms_resource_type_get_label (gadget)->name, ==, "name");
  g_assert_cmpint (ms_resource_type_find (gadget, "level")->maximum, ==, 10);
  g_assert_cmpint (ms_resource_type_find (gadget, "holder")->relation, ==, MS_RELATION_TO);

  g_assert_cmpstr (get_text (types, "endpoint"), ==, "/Gadgets");
  g_assert_cmpstr (get_text (types, "schema"), ==, GADGET);
  assert_holds (user, "{\"schema\":\"" BADGE "\",\"required\":false}");
  assert_holds (schema, "\"name\":\"size\",\"type\":\"decimal\",\"multiValued\":false");
  assert_holds (all, BADGE);
  assert_status (hidden, 404);
  assert_status (nowhere, 404);
}

/* The files themselves are no resources: neither among all types, nor in ranges, nor told to
 * others.
 */
static void
test_internal (void)
{
  static const char *const refused[] = {
    "/api/v1/ranges?type=SchemaFile",
    "/api/v1/position?type=SchemaFile&id=x",
  };
  g_autoptr (Answer) all
             = ask (harbour, "GET", "/scim/v2/?count=1000&sortBy=meta.created", NULL, NULL);
  g_autoptr (Answer) searched = ask (
      harbour, "GET", "/scim/v2/?filter=meta.resourceType%20eq%20%22SchemaFile%22", NULL, NULL);
  g_autoptr (Answer) feed = ask (harbour, "GET", "/api/v1/feed?since=0&count=1000", NULL, NULL);

  assert_status (all, 200);
  assert_lacks (all, "SchemaFile");
  assert_holds (searched, "\"totalResults\":0");
  assert_status (feed, 200);
  assert_lacks (feed, "SchemaFile");
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (Answer) answer = ask (harbour, "GET", refused[i], NULL, NULL);
      assert_status (answer, 400);
      assert_holds (answer, "\"path\":\"type\"");
    }
}

/* Reading ---------------------------------------------------------------------------------------
 */

static void
test_read (void)
{
  g_autofree char *path = gadget_path (0);
  g_autofree char *asking = g_strconcat (path, "?attributes=note,name", NULL);
  g_autofree char *user_path = g_strconcat ("/scim/v2/Users/", world.user, NULL);
  g_autoptr (Answer) answer = ask (harbour, "GET", path, NULL, NULL);
  g_autoptr (Answer) asked = ask (harbour, "GET", asking, NULL, NULL);
  g_autoptr (Answer) user = ask (harbour, "GET", user_path, NULL, NULL);

  assert_holds (answer, "\"color\":\"red\"");
  assert_holds (answer, "\"mood\":\"odd\"");
  assert_holds (answer, "\"level\":3,\"on\":true,\"count\":1,\"size\":1.5");
  assert_holds (answer, "\"made\":\"2026-01-01T12:00:00.000Z\"");
  assert_holds (answer, "\"parts\":[{\"value\":\"wheel\",\"number\":\"W1\",\"type\":\"outer\"");
  g_assert_cmpstr (get_text (answer, "holder.display"), ==, "ann");
  g_assert_cmpstr (get_text (answer, "holder.value"), ==, world.user);
  /* readOnly, returned never, returned on request */
  assert_lacks (answer, "\"sealed\"");
  assert_lacks (answer, "\"pin\"");
  assert_lacks (answer, "\"note\"");
  assert_holds (asked, "\"note\":\"two\\nlines 1\"");
  /* returned always */
  assert_holds (asked, "\"tag\":\"t1\"");
  assert_lacks (asked, "\"code\"");

  assert_holds (user, "\"issued\":\"2026-01-31T12:00:00.000Z\",\"level\":1");
  assert_holds (user, "\"gadgets\":[{\"value\":\"");
  assert_holds (user, "\"display\":\"Gadget 1\"");
}

/* Filters ---------------------------------------------------------------------------------------
 */

typedef struct
{
  const char *filter;
  gint64      found;
} FilterCase;

static const FilterCase filters[] = {
  { "name eq \"gadget 2\"", 1 },
  { "name ne \"gadget 2\"", 2 },
  { "name co \"DGET\"", 3 },
  { "name sw \"gadget\"", 3 },
  { "name ew \"3\"", 1 },
  { "name gt \"gadget 1\"", 2 },
  { "name le \"gadget 2\"", 2 },
  { "code eq \"Code1\"", 1 },
  { "code eq \"code1\"", 0 },
  { "code sw \"Code\"", 3 },
  { "code sw \"code\"", 0 },
  { "nick eq \"NICK3\"", 1 },
  { "color eq \"RED\"", 3 },
  { "mood pr", 3 },
  { "sealed pr", 0 },
  { "level eq 3", 3 },
  { "on eq true", 3 },
  { "on eq false", 0 },
  { "on ne true", 0 },
  { "count gt 1", 2 },
  { "count ge 1", 3 },
  { "count lt 3", 2 },
  { "count le 0", 0 },
  { "size eq 1.5", 1 },
  { "size eq 2", 0 },
  { "size gt 1.5", 2 },
  { "size ge 1.5 and size lt 3.4", 2 },
  { "size lt -1", 0 },
  { "made eq \"2026-01-01T12:00:00Z\"", 1 },
  { "made eq \"2026-01-01T13:00:00+01:00\"", 1 },
  { "made gt \"2026-01-01T12:00:00.5Z\"", 2 },
  { "made lt \"2027-01-01T00:00:00Z\"", 3 },
  { "blob eq \"AAE1\"", 1 },
  { "blob pr", 3 },
  { "link eq \"http://x/2\"", 1 },
  { "link sw \"http://x/\"", 3 },
  { "link sw \"HTTP://x/\"", 0 },
  { "tags eq \"RED\"", 3 },
  { "tags eq \"round2\"", 1 },
  { "tags co \"oun\"", 3 },
  { "flags eq true", 3 },
  { "flags eq false", 3 },
  { "numbers eq 100", 3 },
  { "numbers eq 2", 1 },
  { "numbers gt 100", 0 },
  { "sizes eq 0.25", 3 },
  { "sizes lt 0.2", 0 },
  { "times eq \"2025-01-02T00:00:00Z\"", 1 },
  { "times lt \"2026-01-01T00:00:00Z\"", 3 },
  { "blobs eq \"QUJ1\"", 1 },
  { "links eq \"http://y/3\"", 1 },
  { "plates eq \"a1\"", 1 },
  { "plates eq \"B3\"", 1 },
  { "place pr", 3 },
  { "place.street sw \"main\"", 3 },
  { "place.floor ge 2", 2 },
  { "place.area eq 2.5", 3 },
  { "place.since gt \"2024-05-01T00:00:00Z\"", 2 },
  { "place.open eq false", 3 },
  { "place.map eq \"http://m/1\"", 1 },
  { "place.seal eq \"AA==\"", 3 },
  { "place.seal eq \"AA\"", 3 },
  { "place[floor eq 1 and street ew \"1\"]", 1 },
  { "parts pr", 3 },
  { "parts.number eq \"w2\"", 1 },
  { "parts.weight gt 1", 3 },
  { "parts.built lt \"2020-01-03T00:00:00Z\"", 2 },
  { "parts[type eq \"outer\" and weight gt 2]", 2 },
  { "parts[type eq \"inner\" and weight gt 2]", 0 },
  { "parts[not (type eq \"outer\") and primary eq true]", 3 },
  { "parts[value eq \"nut\" or count eq 4] and not (name eq \"Gadget 1\")", 2 },
  { "holder pr", 1 },
  { "not (holder pr)", 2 },
  { "needs pr", 0 },
  { "neededBy pr", 0 },
  { GADGET ":size gt 2.5", 1 },
  { "externalId pr", 0 },
  { "meta.resourceType eq \"Gadget\"", 3 },
};

static void
test_filters (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      gint64 found = count ("Gadgets", filters[i].filter);
      if (found != filters[i].found)
        g_test_message ("%s", filters[i].filter);
      g_assert_cmpint (found, ==, filters[i].found);
    }

  g_autofree char *holder = g_strdup_printf ("holder.value eq \"%s\"", world.user);
  g_assert_cmpint (count ("Gadgets", holder), ==, 1);
  g_assert_cmpint (count ("Users", BADGE ":number eq \"b-1\""), ==, 1);
  g_assert_cmpint (count ("Users", BADGE ":issued lt \"2026-02-01T00:00:00Z\""), ==, 1);
  g_assert_cmpint (count ("Users", BADGE ":doors co \"out\""), ==, 1);
  g_assert_cmpint (count ("Users", BADGE ":level eq 1"), ==, 1);
  g_assert_cmpint (count ("Users", "not (" BADGE ":number pr)"), ==, 1);
}

static void
test_filter_refusals (void)
{
  static const char *const bad[]
      = { "size eq \"big\"", "on gt true", "made eq \"noon\"", "pin eq \"1231\"" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *escaped = g_uri_escape_string (bad[i], NULL, FALSE);
      g_autofree char *path = g_strconcat ("/scim/v2/Gadgets?filter=", escaped, NULL);
      g_autoptr (Answer) answer = ask (harbour, "GET", path, NULL, NULL);

      if (answer->status != 400)
        g_test_message ("%s: %s", bad[i], answer->reply->body->str);
      g_assert_cmpuint (answer->status, ==, 400);
      g_assert_cmpstr (get_text (answer, "scimType"), ==, "invalidFilter");
    }
}

/* Order, search, places -------------------------------------------------------------------------
 */

static void
test_sort (void)
{
  static const char *const by[]
      = { "name",    "code",  "count",       "size",        "made",
          "nick",    "link",  "place.floor", "place.since", "parts.built",
          "numbers", "sizes", "times",       "plates",      "place.street" };

  for (guint i = 0; i < G_N_ELEMENTS (by); i++)
    for (guint descending = 0; descending < 2; descending++)
      {
        g_autofree char *path
            = g_strdup_printf ("/scim/v2/Gadgets?attributes=name&sortBy=%s&sortOrder=%s",
                               by[i],
                               descending ? "descending" : "ascending");
        g_autoptr (Answer) answer = ask (harbour, "GET", path, NULL, NULL);

        assert_status (answer, 200);
        g_test_message ("%s", path);
        g_assert_cmpstr (
            get_text (answer, "Resources.0.name"), ==, descending ? "Gadget 3" : "Gadget 1");
      }
}

static void
test_search_and_places (void)
{
  g_autoptr (Answer) found = ask (harbour, "GET", "/scim/v2/Gadgets?search=nick2", NULL, NULL);
  g_autoptr (Answer) by_tag = ask (harbour, "GET", "/scim/v2/Gadgets?search=round3", NULL, NULL);
  g_autoptr (Answer) user = ask (harbour, "GET", "/scim/v2/Users?search=b-1", NULL, NULL);
  g_autoptr (Answer) ranges
             = ask (harbour, "GET", "/api/v1/ranges?type=Gadget&sortBy=size&step=1", NULL, NULL);
  g_autofree char *place
      = g_strdup_printf ("/api/v1/position?type=Gadget&id=%s&sortBy=size", world.gadgets[2]);
  g_autoptr (Answer) position = ask (harbour, "GET", place, NULL, NULL);

  g_assert_cmpint (get_number (found, "totalResults"), ==, 1);
  g_assert_cmpint (get_number (by_tag, "totalResults"), ==, 1);
  g_assert_cmpint (get_number (user, "totalResults"), ==, 1);
  assert_status (ranges, 200);
  assert_status (position, 200);
  g_assert_cmpint (get_number (position, "position"), ==, 2);
}

/* Writing ---------------------------------------------------------------------------------------
 */

typedef struct
{
  const char *body;
  const char *scim_type;
  const char *path;
} Refusal;

static const Refusal refusals[] = {
  { "{'code':'x'}", "invalidValue", "name" },
  { "{'name':5}", "invalidValue", "name" },
  { "{'name':'a','color':'pink'}", "invalidValue", "color" },
  { "{'name':'a','level':11}", "invalidValue", "level" },
  { "{'name':'a','level':-1}", "invalidValue", "level" },
  { "{'name':'a','level':1.5}", "invalidValue", "level" },
  { "{'name':'a','on':'perhaps'}", "invalidValue", "on" },
  { "{'name':'a','size':'1.5'}", "invalidValue", "size" },
  { "{'name':'a','made':'2026-01-01'}", "invalidValue", "made" },
  { "{'name':'a','blob':'!!'}", "invalidValue", "blob" },
  { "{'name':'a','blob':'AAF'}", "invalidValue", "blob" },
  { "{'name':'a','blob':'AAE=='}", "invalidValue", "blob" },
  { "{'name':'a','link':5}", "invalidValue", "link" },
  { "{'name':'a','link':'not a uri'}", "invalidValue", "link" },
  { "{'name':'a','links':['http://good.example','http://x:bad/']}", "invalidValue", "links" },
  { "{'name':'a','place':{'street':'x','map':'a%zz'}}", "invalidValue", "place.map" },
  { "{'name':'a','keeper':'http://x/Printers/1'}", "invalidValue", "keeper" },
  { "{'name':'a','keeper':'/Users/'}", "invalidValue", "keeper" },
  { "{'name':'a','tags':[1]}", "invalidValue", "tags[0]" },
  { "{'name':'a','numbers':['1']}", "invalidValue", "numbers[0]" },
  { "{'name':'a','times':['soon']}", "invalidValue", "times" },
  { "{'name':'a','tag':'two\\nlines'}", "invalidValue", "tag" },
  { "{'name':'a','place':{'floor':1}}", "invalidValue", "place.street" },
  { "{'name':'a','place':{'street':'x','floor':'1'}}", "invalidValue", "place.floor" },
  { "{'name':'a','parts':[{'type':'inner'}]}", "invalidValue", "parts.value" },
  { "{'name':'a','holder':{'value':'nobody'}}", "invalidValue", "holder" },
  { "{'name':'a','code':'Code1'}", "uniqueness", "code" },
  { "{'name':'a','nick':'nICK1'}", "uniqueness", "nick" },
  { "{'name':'a','count':2}", "uniqueness", "count" },
  { "{'name':'a','plates':['new','b2']}", "uniqueness", "plates" },
  { "{'name':'a','parts':[{'value':'x','number':'n3'}]}", "uniqueness", "parts.number" },
};

static void
test_refusals (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (Answer) answer = send ("POST", "/scim/v2/Gadgets", refusals[i].body);

      if (answer->status != 400 && answer->status != 409)
        g_test_message ("%s: %s", refusals[i].body, answer->reply->body->str);
      g_assert_cmpuint (
          answer->status, ==, strcmp (refusals[i].scim_type, "uniqueness") == 0 ? 409 : 400);
      g_assert_cmpstr (get_text (answer, "scimType"), ==, refusals[i].scim_type);
      g_assert_cmpstr (get_text (answer, "path"), ==, refusals[i].path);
    }
  g_assert_cmpint (count ("Gadgets", "name pr"), ==, 3);
  /* In the words of who sent it. */
  g_autoptr (Answer) number = send ("POST", "/scim/v2/Gadgets", "{'name':'a','count':2}");
  g_assert_nonnull (strstr (get_text (number, "detail"), "“2”"));

  /* Case is told apart where the schema says so. */
  g_autoptr (Answer) other = send ("POST", "/scim/v2/Gadgets", "{'name':'b','code':'code1'}");
  assert_status (other, 201);
  /* Several in one object may be the same. */
  g_autoptr (Answer) twice
             = send ("POST", "/scim/v2/Gadgets", "{'name':'c','plates':['same','SAME']}");
  assert_status (twice, 201);
}

typedef struct
{
  const char *operations;
  guint       status;
  const char *text;      /* (nullable): that the answer holds */
  const char *scim_type; /* (nullable) */
} PatchCase;

/* One after the other on the same object. */
static const PatchCase patches[] = {
  { "[{'op':'replace','path':'blob','value':'_-E'}]", 200, "\"blob\":\"/+E=\"", NULL },
  { "[{'op':'replace','path':'blob','value':'AAE1'}]", 200, "\"blob\":\"AAE1\"", NULL },
  { "[{'op':'replace','path':'blobs','value':['QUJ1','QQ','QQ==']}]",
    200,
    "\"blobs\":[\"QUJ1\",\"QQ==\"]",
    NULL },
  { "[{'op':'add','path':'keeper','value':'../Users/42'}]",
    200,
    "\"keeper\":\"../Users/42\"",
    NULL },
  { "[{'op':'remove','path':'keeper'}]", 200, NULL, NULL },
  { "[{'op':'replace','path':'size','value':7.25}]", 200, "\"size\":7.25", NULL },
  { "[{'op':'replace','path':'made','value':'2026-06-01T00:00:00+02:00'}]",
    200,
    "\"made\":\"2026-05-31T22:00:00.000Z\"",
    NULL },
  { "[{'op':'remove','path':'size'}]", 200, "\"count\":1,\"made\"", NULL },
  { "[{'op':'add','path':'tags','value':['third']}]",
    200,
    "\"tags\":[\"red\",\"Round1\",\"third\"]",
    NULL },
  { "[{'op':'add','path':'tags','value':['THIRD']}]",
    200,
    "\"tags\":[\"red\",\"Round1\",\"third\"]",
    NULL },
  { "[{'op':'remove','path':'tags[value eq \\'red\\']'}]",
    200,
    "\"tags\":[\"Round1\",\"third\"]",
    NULL },
  { "[{'op':'replace','path':'numbers','value':[9]}]", 200, "\"numbers\":[9]", NULL },
  { "[{'op':'add','path':'flags','value':false}]", 200, "\"flags\":[true,false]", NULL },
  { "[{'op':'replace','path':'place.floor','value':8}]",
    200,
    "\"street\":\"Main 1\",\"floor\":8",
    NULL },
  { "[{'op':'remove','path':'place.street'}]", 400, NULL, "mutability" },
  { "[{'op':'replace','path':'parts[type eq \\'outer\\'].weight','value':2}]",
    200,
    "\"type\":\"outer\",\"weight\":2",
    NULL },
  { "[{'op':'add','path':'parts','value':[{'value':'bolt','number':'X1'}]}]",
    200,
    "{\"value\":\"bolt\",\"number\":\"X1\"}",
    NULL },
  { "[{'op':'add','path':'parts','value':[{'value':'pin','number':'w2'}]}]",
    409,
    NULL,
    "uniqueness" },
  { "[{'op':'remove','path':'parts[value eq \\'bolt\\']'}]", 200, NULL, NULL },
  { "[{'op':'replace','path':'serial','value':'other'}]", 400, NULL, "mutability" },
  { "[{'op':'replace','path':'sealed','value':'x'}]", 400, NULL, "mutability" },
  { "[{'op':'replace','value':{'mood':'calm','place.area':1}}]", 200, "\"mood\":\"calm\"", NULL },
  { "[{'op':'replace','path':'" GADGET ":mood','value':'wild'}]", 200, "\"mood\":\"wild\"", NULL },
  { "[{'op':'remove','path':'name'}]", 400, NULL, NULL },
  { "[{'op':'remove','path':'parts'},{'op':'remove','path':'place'}]", 200, NULL, NULL },
};

static void
test_patch (void)
{
  g_autofree char *path = gadget_path (0);

  for (guint i = 0; i < G_N_ELEMENTS (patches); i++)
    {
      g_autofree char *operations = from_single_quotes (patches[i].operations);
      g_autofree char *body = g_strconcat (PATCH_OP, operations, "}", NULL);
      g_autoptr (Answer) answer = ask (harbour, "PATCH", path, body, WHOLE);

      g_test_message ("%s", body);
      assert_status (answer, patches[i].status);
      if (patches[i].text != NULL)
        assert_holds (answer, patches[i].text);
      if (patches[i].scim_type != NULL)
        g_assert_cmpstr (get_text (answer, "scimType"), ==, patches[i].scim_type);
    }
  g_assert_cmpint (count ("Gadgets", "parts pr"), ==, 2);
  g_assert_cmpint (count ("Gadgets", "size pr"), ==, 2);

  /* Its relations of several values may be long. */
  g_autoptr (Answer) short_one = send (
      "PATCH",
      path,
      "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[{'op':'add',"
      "'path':'mood','value':'calm'}]}");
  assert_status (short_one, 204);
  g_assert_nonnull (wire_reply_get (short_one->reply, "etag"));
}

static void
test_put_and_etag (void)
{
  g_autofree char *path = gadget_path (1);
  g_autoptr (Answer) stale
             = ask (harbour, "PUT", path, "{\"name\":\"x\"}", "If-Match: W/\"7\"\r\n");
  g_autoptr (Answer) same = patch (path, "[{'op':'replace','path':'size','value':2.5}]");
  g_autoptr (Answer) put = ask (
      harbour, "PUT", path, "{\"name\":\"Only\",\"serial\":\"s2\"}", "If-Match: W/\"1\"\r\n");
  g_autoptr (Answer) again = send ("PUT", path, "{'name':'Only','serial':'s9'}");

  assert_status (stale, 412);
  assert_status (same, 200);
  g_assert_cmpstr (get_text (same, "meta.version"), ==, "W/\"1\"");
  assert_status (put, 200);
  assert_lacks (put, "\"size\"");
  assert_lacks (put, "\"place\"");
  assert_holds (put, "\"serial\":\"s2\"");
  assert_status (again, 400);
  g_assert_cmpstr (get_text (again, "scimType"), ==, "mutability");
  /* What was unique is free again. */
  g_autoptr (Answer) taken
             = send ("POST", "/scim/v2/Gadgets", "{'name':'n','code':'Code2','count':2}");
  assert_status (taken, 201);
}

static void
test_relations (void)
{
  g_autofree char *path = gadget_path (0);
  g_autofree char *other_path = gadget_path (1);
  g_autofree char *user_path = g_strconcat ("/scim/v2/Users/", world.user, NULL);
  g_autofree char *add
      = g_strdup_printf ("[{'op':'add','path':'needs','value':[{'value':'%s'},{'value':'%s'}]}]",
                         world.gadgets[1],
                         world.user);
  g_autoptr (Answer) added = patch (path, add);
  g_autoptr (Answer) other = ask (harbour, "GET", other_path, NULL, NULL);

  assert_status (added, 200);
  assert_holds (added, "\"type\":\"Gadget\",\"display\":\"Gadget 2\"");
  assert_holds (other, "\"neededBy\":[{\"value\":\"");
  g_assert_cmpint (count ("Gadgets", "needs[type eq \"User\"]"), ==, 1);
  g_assert_cmpint (count ("Gadgets", "neededBy pr"), ==, 1);

  /* Whoever goes to the bin leaves all relations, and comes back into them. */
  g_autoptr (Answer) gone = ask (harbour, "DELETE", user_path, NULL, NULL);
  g_autoptr (Answer) without = ask (harbour, "GET", path, NULL, NULL);
  assert_status (gone, 204);
  assert_lacks (without, "\"holder\"");
  assert_lacks (without, "\"type\":\"User\"");
  g_autofree char *undo = g_strdup_printf ("/api/v1/changes/%s/undo",
                                           wire_reply_get (gone->reply, "x-mailstead-change"));
  g_autoptr (Answer) undone = ask (harbour, "POST", undo, "{}", NULL);
  g_autoptr (Answer) with = ask (harbour, "GET", path, NULL, NULL);
  assert_status (undone, 200);
  g_assert_cmpstr (get_text (with, "holder.value"), ==, world.user);
  assert_holds (with, "\"type\":\"User\"");
}

/* Kept as a hash, shown nowhere, named in the change set. */
static void
test_secret (void)
{
  g_autofree char *path = gadget_path (0);
  g_autoptr (Answer) changed = patch (path, "[{'op':'replace','path':'pin','value':'new-9x7'}]");
  g_autofree char *change_path = g_strconcat (
      "/api/v1/changes/", wire_reply_get (changed->reply, "x-mailstead-change"), NULL);
  g_autoptr (Answer) change = ask (harbour, "GET", change_path, NULL, NULL);
  g_autoptr (Answer) long_one
             = patch (path,
                      "[{'op':'replace','value':{'pin':"
                      "'12345678901234567890123456789012345678901234567890123456789012345'}}]");

  assert_status (changed, 200);
  assert_lacks (changed, "new-9x7");
  assert_holds (change, "{\"path\":\"pin\",\"secret\":true}");
  assert_lacks (change, "new-9x7");
  assert_status (long_one, 400);
  if (!ms_store_is_exclusive (harbour->store))
    return;
  g_autofree char *database = g_strconcat (harbour->directory, "/store.db-wal", NULL);
  g_autofree char *bytes = NULL;
  gsize            length = 0;
  g_assert_true (g_file_get_contents (database, &bytes, &length, NULL));
  g_assert_null (memmem (bytes, length, "new-9x7", 7));
  g_assert_nonnull (memmem (bytes, length, "$y$", 3));
}

/* In a shape that no secret has: what is expected, and where. By every name: kept. */
static void
test_secret_shapes (void)
{
  static const char *const bad[] = {
    "[{'op':'replace','path':'pin','value':['new-9x8']}]",
    "[{'op':'replace','path':'pin','value':{'value':'new-9x8'}}]",
    "[{'op':'replace','path':'pin','value':12345678}]",
    "[{'op':'replace','value':{'pin':['new-9x8']}}]",
    "[{'op':'add','value':{'" GADGET ":pin':['new-9x8']}}]",
  };
  static const char *const good[] = {
    "[{'op':'replace','path':'" GADGET ":pin','value':'new-9x8'}]",
    "[{'op':'replace','value':{'" GADGET ":PIN':'new-9x8'}}]",
  };
  g_autofree char *path = gadget_path (0);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (Answer) refused = patch (path, bad[i]);
      g_test_message ("%s", bad[i]);
      assert_status (refused, 400);
      g_assert_cmpstr (get_text (refused, "scimType"), ==, "invalidValue");
      g_assert_cmpstr (get_text (refused, "path"), ==, "pin");
      assert_holds (refused, "must be a string");
      assert_lacks (refused, "new-9x8");
    }
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (Answer) taken = patch (path, good[i]);
      g_test_message ("%s", good[i]);
      assert_status (taken, 200);
    }
}

/* History ---------------------------------------------------------------------------------------
 */

static void
test_undo (void)
{
  g_autofree char *path = gadget_path (2);
  g_autoptr (Answer) before = ask (harbour, "GET", path, NULL, NULL);
  g_autoptr (Answer) changed = patch (
      path,
      "[{'op':'replace','value':{'size':9,'on':false,'tags':['x'],'made':'2020-01-01T00:00:00Z'}},"
      "{'op':'remove','path':'parts'},{'op':'replace','path':'place.floor','value':7}]");
  const char      *sequence = wire_reply_get (changed->reply, "x-mailstead-change");
  g_autofree char *change_path = g_strconcat ("/api/v1/changes/", sequence, NULL);
  g_autofree char *undo_path = g_strconcat (change_path, "/undo", NULL);
  g_autoptr (Answer) change = ask (harbour, "GET", change_path, NULL, NULL);

  assert_status (changed, 200);
  assert_holds (change, "{\"path\":\"size\",\"before\":3.5,\"after\":9}");
  assert_holds (change, "\"path\":\"place.floor\",\"before\":3,\"after\":7");
  g_autoptr (Answer) undone = ask (harbour, "POST", undo_path, "{}", NULL);
  assert_status (undone, 200);
  g_autoptr (Answer) after = ask (harbour, "GET", path, NULL, NULL);
  /* Equal but for version and time. */
  const char *end_before = strstr (before->reply->body->str, "\"meta\":");
  const char *end_after = strstr (after->reply->body->str, "\"meta\":");
  *(char *) end_before = *(char *) end_after = '\0';
  g_assert_cmpstr (after->reply->body->str, ==, before->reply->body->str);

  g_autoptr (Answer) gone = ask (harbour, "DELETE", path, NULL, NULL);
  g_autofree char *restore = g_strdup_printf ("/api/v1/changes/%s/undo",
                                              wire_reply_get (gone->reply, "x-mailstead-change"));
  assert_status (gone, 204);
  g_assert_cmpint (count ("Gadgets", "parts.number eq \"W3\""), ==, 0);
  g_autoptr (Answer) restored = ask (harbour, "POST", restore, "{}", NULL);
  assert_status (restored, 200);
  g_assert_cmpint (count ("Gadgets", "parts.number eq \"W3\" and size eq 3.5"), ==, 1);
}

/* Export ----------------------------------------------------------------------------------------
 */

static void
test_export (void)
{
  g_autoptr (Answer) gadgets
             = ask (harbour, "GET", "/api/v1/export?type=Gadget&filter=size%20gt%203", NULL, NULL);
  g_autoptr (Answer) users = ask (harbour, "GET", "/api/v1/export?type=User", NULL, NULL);
  g_autoptr (Answer) files = ask (harbour, "GET", "/api/v1/export?type=SchemaFile", NULL, NULL);
  g_autoptr (Answer) nothing = ask (harbour, "GET", "/api/v1/export?type=Nothing", NULL, NULL);

  assert_status (gadgets, 200);
  assert_holds (gadgets, "externalId,name,code,nick,serial,sealed,note,tag,color,mood,level,on");
  assert_holds (gadgets, ",place.street,place.floor,place.area,");
  assert_holds (gadgets, "\n,Gadget 3,Code3,Nick3,s3,,\"two\nlines 3\",t3,red,odd,3,true,3,3.5,");
  assert_holds (gadgets, ",true; false,3; 100,0.25; 3,");
  assert_lacks (gadgets, "Gadget 2");
  assert_lacks (gadgets, "pin");
  assert_holds (users, "," BADGE ":number," BADGE ":issued," BADGE ":level," BADGE ":doors");
  assert_holds (users, ",B-1,2026-01-31T12:00:00.000Z,1,North; South");
  assert_status (files, 400);
  assert_status (nothing, 400);
}

/* Files -----------------------------------------------------------------------------------------
 */

#define ROOM_ATTRIBUTES(more)                                                                      \
  "{'schemas':[{'id':'urn:example:test:Room','name':'Room','attributes':["                         \
  "{'name':'name','type':'string','required':true,'label':true}" more "]}],"                       \
  "'resourceTypes':[{'name':'Room','endpoint':'/Rooms','schema':'urn:example:test:Room'}]}"

/* A schema file that went is nothing that the bin could give back. */
static void
assert_bin_without_files (void)
{
  g_autoptr (Answer) bin = ask (harbour, "GET", "/api/v1/bin?count=1000", NULL, NULL);
  g_autoptr (Answer) files = ask (harbour, "GET", "/api/v1/bin?type=SchemaFile", NULL, NULL);

  assert_status (bin, 200);
  g_assert_null (strstr (bin->reply->body->str, "SchemaFile"));
  assert_status (files, 400);
}

static Answer *
replace_room (const char *json, const char *query)
{
  g_autofree char *path = g_strconcat ("/api/v1/schemas/room", query, NULL);

  return put_file ("PUT", path, NULL, json);
}

static void
add_room (const char *json)
{
  g_autoptr (Answer) answer = put_file ("POST", "/api/v1/schemas", "room", json);

  assert_status (answer, 201);
}

static void
assert_refused (Answer *answer, guint status, const char *path, const char *text)
{
  assert_status (answer, status);
  if (path != NULL)
    g_assert_cmpstr (get_text (answer, "path"), ==, path);
  assert_holds (answer, text);
}

static void
test_life (void)
{
  g_autoptr (Answer) trial
             = put_file ("POST", "/api/v1/schemas?dryRun=true", "room", ROOM_ATTRIBUTES (""));
  g_autoptr (Answer) nowhere = ask (harbour, "GET", "/scim/v2/Rooms", NULL, NULL);

  assert_status (trial, 200);
  assert_status (nowhere, 404);
  add_room (ROOM_ATTRIBUTES (",{'name':'size','type':'decimal'}"));
  g_autoptr (Answer) twice = put_file ("POST", "/api/v1/schemas", "room", ROOM_ATTRIBUTES (""));
  assert_refused (twice, 409, "name", "room");
  g_autoptr (Answer) other = put_file ("POST", "/api/v1/schemas", "other", ROOM_ATTRIBUTES (""));
  assert_refused (other, 400, "schemas[0].id", "other");
  g_autoptr (Answer) list = ask (harbour, "GET", "/api/v1/schemas", NULL, NULL);
  g_assert_cmpstr (get_text (list, "files.0.name"), ==, "room");
  g_assert_cmpstr (get_text (list, "files.0.resourceTypes.0"), ==, "Room");
  g_autoptr (Answer) one = ask (harbour, "GET", "/api/v1/schemas/room", NULL, NULL);
  assert_holds (one, "\"text\":\"{\\n");

  g_autofree char *room = make_object (harbour, "/scim/v2/Rooms", "{\"name\":\"A\",\"size\":2.5}");
  g_autoptr (Answer) server = ask (harbour, "GET", "/api/v1/server", NULL, NULL);
  g_assert_cmpint (get_number (server, "counts.Room"), ==, 1);

  /* What is held is neither lost nor made wrong. */
  g_autoptr (Answer) lost = replace_room (ROOM_ATTRIBUTES (""), "");
  assert_refused (lost, 409, "size", "“A”");
  g_autoptr (Answer) retyped
             = replace_room (ROOM_ATTRIBUTES (",{'name':'size','type':'string'}"), "");
  assert_refused (retyped, 409, "size", "“A”");
  g_autoptr (Answer) required = replace_room (
      ROOM_ATTRIBUTES (",{'name':'size','type':'decimal'},{'name':'floor','required':true}"), "");
  assert_refused (required, 409, "floor", "“A”");
  g_autoptr (Answer) still
             = ask (harbour, "GET", "/scim/v2/Rooms?filter=size%20eq%202.5", NULL, NULL);
  g_assert_cmpint (get_number (still, "totalResults"), ==, 1);
  g_autoptr (Answer) type_removed = ask (harbour, "DELETE", "/api/v1/schemas/room", NULL, NULL);
  assert_refused (type_removed, 409, "Room", "“A”");

  /* Dropped on demand, and in the change set. */
  g_autoptr (Answer) dropped = replace_room (ROOM_ATTRIBUTES (""), "?dropValues=true");
  assert_status (dropped, 200);
  g_assert_cmpint (get_number (dropped, "objectsStripped"), ==, 1);
  g_autofree char *change_path
      = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT, get_number (dropped, "changeSet"));
  g_autoptr (Answer) change = ask (harbour, "GET", change_path, NULL, NULL);
  assert_holds (change, "{\"path\":\"size\",\"before\":2.5");
  g_autoptr (Answer) back = replace_room (ROOM_ATTRIBUTES (",{'name':'size','type':'string'}"), "");
  assert_status (back, 200);
  g_assert_cmpint (count ("Rooms", "size pr"), ==, 0);

  g_autofree char *room_path = g_strconcat ("/scim/v2/Rooms/", room, NULL);
  g_autoptr (Answer) gone = ask (harbour, "DELETE", room_path, NULL, NULL);
  g_autoptr (Answer) binned = ask (harbour, "DELETE", "/api/v1/schemas/room", NULL, NULL);
  assert_refused (binned, 409, "Room", "in the bin");
  g_autoptr (Answer) removed
             = ask (harbour, "DELETE", "/api/v1/schemas/room?dropValues=true", NULL, NULL);
  assert_status (removed, 200);
  g_assert_cmpint (get_number (removed, "objectsPurged"), ==, 1);
  assert_bin_without_files ();
  g_autoptr (Answer) after = ask (harbour, "GET", "/scim/v2/Rooms", NULL, NULL);
  assert_status (after, 404);
}

/* Who loses a secret is named before, and told after. */
static void
test_secret_dropped (void)
{
  add_room (ROOM_ATTRIBUTES (",{'name':'sec','mutability':'writeOnly','returned':'never'}"));
  g_autofree char *room
      = make_object (harbour, "/scim/v2/Rooms", "{\"name\":\"Vault\",\"sec\":\"1-2-3-4\"}");
  g_autofree char *room_path = g_strconcat ("/scim/v2/Rooms/", room, NULL);
  g_autofree char *other
      = make_object (harbour, "/scim/v2/Rooms", "{\"name\":\"Binned\",\"sec\":\"5-6-7-8\"}");
  g_autofree char *other_path = g_strconcat ("/scim/v2/Rooms/", other, NULL);
  g_autoptr (Answer) plain = ask (harbour, "GET", room_path, NULL, NULL);
  g_autofree char *before = g_strdup (get_text (plain, "meta.version"));
  g_autoptr (Answer) gone = ask (harbour, "DELETE", other_path, NULL, NULL);
  assert_status (gone, 204);

  g_autoptr (Answer) lost = replace_room (ROOM_ATTRIBUTES (""), "");
  assert_refused (lost, 409, "sec", "“Vault”, “Binned”");
  g_autoptr (Answer) shown = replace_room (ROOM_ATTRIBUTES (",{'name':'sec','type':'string'}"), "");
  assert_refused (shown, 409, "sec", "“Vault”");

  g_autoptr (Answer) dropped = replace_room (ROOM_ATTRIBUTES (""), "?dropValues=true");
  assert_status (dropped, 200);
  g_assert_cmpint (get_number (dropped, "objectsStripped"), ==, 1);
  g_autofree char *change_path
      = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT, get_number (dropped, "changeSet"));
  g_autoptr (Answer) change = ask (harbour, "GET", change_path, NULL, NULL);
  assert_holds (change, "{\"path\":\"sec\",\"secret\":true}");
  assert_holds (change, room);
  g_autofree char *history_path = g_strconcat ("/api/v1/history/", room, NULL);
  g_autoptr (Answer) history = ask (harbour, "GET", history_path, NULL, NULL);
  assert_holds (history, "\"path\":\"sec\"");
  g_autoptr (Answer) after = ask (harbour, "GET", room_path, NULL, NULL);
  g_assert_cmpstr (get_text (after, "meta.version"), !=, before);
}

#define DESK_FILE(required, more)                                                                  \
  "{'schemas':[{'id':'urn:example:test:Desk','name':'Desk','attributes':["                         \
  "{'name':'number','type':'integer','required':true},{'name':'side','type':'string'}" more        \
  "]}],'resourceTypes':[{'name':'Room','schemaExtensions':[{'schema':'urn:example:test:Desk',"     \
  "'required':" required "}]}]}"

/* Every way to take an optional extension off an object, whatever it requires where it is there. */
static void
assert_extension_goes (const char *path)
{
#define OPERATION(text)                                                                            \
  "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[{" text "}]}"
  static const struct
  {
    const char *method;
    const char *body;
  } rows[] = {
    { "PATCH", OPERATION ("'op':'remove','path':'urn:example:test:Desk'") },
    { "PATCH", OPERATION ("'op':'replace','path':'urn:example:test:Desk','value':null") },
    { "PATCH", OPERATION ("'op':'replace','value':{'urn:example:test:Desk':null}") },
    { "PUT", "{'name':'Bare','urn:example:test:Desk':null}" },
    { "PUT", "{'name':'Bare','urn:example:test:Desk':{}}" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Answer) there = send (
          "PATCH",
          path,
          OPERATION ("'op':'add','path':'urn:example:test:Desk','value':{'number':7,'side':'x'}"));
      assert_status (there, 200);
      assert_holds (there, "\"side\":\"x\"");
      g_autoptr (Answer) part = send (
          "PATCH", path, OPERATION ("'op':'remove','path':'urn:example:test:Desk:number'"));
      assert_refused (part, 400, "urn:example:test:Desk:number", "required");
      g_autoptr (Answer) half = send (
          "PATCH",
          path,
          OPERATION ("'op':'replace','value':{'urn:example:test:Desk:number':null}"));
      assert_refused (half, 400, "urn:example:test:Desk:number", "required");
      g_autoptr (Answer) gone = send (rows[i].method, path, rows[i].body);
      g_test_message ("%s %s", rows[i].method, rows[i].body);
      assert_status (gone, 200);
      assert_lacks (gone, "urn:example:test:Desk");
    }
#undef OPERATION
}

/* An extension that every object must have, and what an extension requires where it is there. */
static void
test_required_extension (void)
{
  const char *const desk = "urn:example:test:Desk";

  add_room (ROOM_ATTRIBUTES (""));
  g_autofree char *bare = make_object (harbour, "/scim/v2/Rooms", "{\"name\":\"Bare\"}");
  g_autoptr (Answer) optional
             = put_file ("POST", "/api/v1/schemas", "desk", DESK_FILE ("false", ""));
  assert_status (optional, 201);

  /* Optional: absent as a whole is good, in part is not. */
  g_autofree char *path = g_strconcat ("/scim/v2/Rooms/", bare, NULL);
  g_autoptr (Answer) half = send (
      "POST", "/scim/v2/Rooms", "{'name':'Half','urn:example:test:Desk':{'side':'left'}}");
  assert_refused (half, 400, "urn:example:test:Desk:number", "required");
  assert_extension_goes (path);

  /* Not while an object lacks it, who is named. */
  g_autoptr (Answer) early = put_file ("PUT", "/api/v1/schemas/desk", NULL, DESK_FILE ("true", ""));
  assert_refused (early, 409, desk, "“Bare”");
  g_autoptr (Answer) given = send (
      "PATCH",
      path,
      "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[{'op':'add',"
      "'path':'urn:example:test:Desk:number','value':7}]}");
  assert_status (given, 200);
  g_autoptr (Answer) late = put_file ("PUT", "/api/v1/schemas/desk", NULL, DESK_FILE ("true", ""));
  assert_status (late, 200);
  g_autoptr (Answer) type = ask (harbour, "GET", "/scim/v2/ResourceTypes/Room", NULL, NULL);
  assert_holds (type, "{\"schema\":\"urn:example:test:Desk\",\"required\":true}");

  static const struct
  {
    const char *method;
    const char *body;
    guint       status;
    const char *blame;
  } rows[] = {
    { "POST", "{'name':'None'}", 400, "urn:example:test:Desk" },
    { "POST", "{'name':'Empty','urn:example:test:Desk':{}}", 400, "urn:example:test:Desk" },
    { "POST",
      "{'name':'Named','schemas':['urn:example:test:Room','urn:example:test:Desk']}",
      400,
      "urn:example:test:Desk" },
    { "POST",
      "{'name':'Part','urn:example:test:Desk':{'side':'x'}}",
      400,
      "urn:example:test:Desk:number" },
    { "POST", "{'name':'Good','urn:example:test:Desk':{'number':1}}", 201, NULL },
    { "PATCH",
      "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[{'op':'remove',"
      "'path':'urn:example:test:Desk'}]}",
      400,
      "urn:example:test:Desk" },
    { "PUT", "{'name':'Bare','urn:example:test:Desk':null}", 400, "urn:example:test:Desk" },
    /* What a PUT names nowhere stays. */
    { "PUT", "{'name':'Bare again'}", 200, NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Answer) answer = send (
          rows[i].method, rows[i].method[1] == 'O' ? "/scim/v2/Rooms" : path, rows[i].body);
      g_test_message ("%s %s", rows[i].method, rows[i].body);
      assert_status (answer, rows[i].status);
      if (rows[i].blame != NULL)
        g_assert_cmpstr (get_text (answer, "path"), ==, rows[i].blame);
    }
  g_autoptr (Answer) kept = ask (harbour, "GET", path, NULL, NULL);
  assert_holds (kept, "\"urn:example:test:Desk\":{\"number\":7}");

  /* By a default it is there by itself. */
  g_autoptr (Answer) with_default = put_file (
      "PUT",
      "/api/v1/schemas/desk",
      NULL,
      "{'schemas':[{'id':'urn:example:test:Desk','name':'Desk','attributes':["
      "{'name':'number','type':'integer','required':true,'default':3}]}],'resourceTypes':["
      "{'name':'Room','schemaExtensions':[{'schema':'urn:example:test:Desk','required':true}]}]}");
  assert_status (with_default, 200);
  g_autoptr (Answer) filled = send ("POST", "/scim/v2/Rooms", "{'name':'Filled'}");
  assert_status (filled, 201);
  assert_holds (filled, "\"urn:example:test:Desk\":{\"number\":3}");

  g_autoptr (Answer) no_desk
             = ask (harbour, "DELETE", "/api/v1/schemas/desk?dropValues=true", NULL, NULL);
  assert_status (no_desk, 200);
  g_autoptr (Answer) no_use = put_file (
      "POST",
      "/api/v1/schemas",
      "desk",
      "{'schemas':[{'id':'urn:example:test:Desk','name':'Desk','attributes':["
      "{'name':'number','type':'integer','mutability':'readOnly'}]}],'resourceTypes':["
      "{'name':'Room','schemaExtensions':[{'schema':'urn:example:test:Desk','required':true}]}]}");
  assert_refused (no_use, 400, "resourceTypes[0].schemaExtensions[0].required", "can be set");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (Answer) list = ask (harbour, "GET", "/scim/v2/Rooms?count=1", NULL, NULL);
      if (get_number (list, "totalResults") == 0)
        break;
      g_autofree char *one
          = g_strconcat ("/scim/v2/Rooms/", get_text (list, "Resources.0.id"), NULL);
      g_autoptr (Answer) gone = ask (harbour, "DELETE", one, NULL, NULL);
      assert_status (gone, 204);
    }
  g_autoptr (Answer) removed
             = ask (harbour, "DELETE", "/api/v1/schemas/room?dropValues=true", NULL, NULL);
  assert_status (removed, 200);
}

/* What comes back from a time with other tables leaves behind what does not fit. */
static void
test_back_from_bin (void)
{
  add_room (ROOM_ATTRIBUTES (",{'name':'size','type':'decimal'},{'name':'old'}"));
  g_autofree char *room
      = make_object (harbour, "/scim/v2/Rooms", "{\"name\":\"A\",\"size\":2.5,\"old\":\"x\"}");
  g_autofree char *path = g_strconcat ("/scim/v2/Rooms/", room, NULL);
  g_autoptr (Answer) emptied = patch (path, "[{'op':'remove','path':'size'}]");
  g_autoptr (Answer) filled = patch (path, "[{'op':'add','path':'size','value':4.5}]");
  g_autoptr (Answer) gone = ask (harbour, "DELETE", path, NULL, NULL);
  g_autoptr (Answer) retyped = replace_room (ROOM_ATTRIBUTES (",{'name':'size'}"), "");

  assert_status (emptied, 200);
  assert_status (filled, 200);
  assert_status (gone, 204);
  assert_status (retyped, 200);
  g_autofree char *restore = g_strdup_printf ("/api/v1/changes/%s/undo",
                                              wire_reply_get (gone->reply, "x-mailstead-change"));
  g_autoptr (Answer) restored = ask (harbour, "POST", restore, "{}", NULL);
  g_autoptr (Answer) back = ask (harbour, "GET", path, NULL, NULL);
  assert_status (restored, 200);
  assert_status (back, 200);
  assert_lacks (back, "\"size\"");
  assert_lacks (back, "\"old\"");
  /* A number is not put back into what holds texts now. */
  g_autofree char *undo = g_strdup_printf ("/api/v1/changes/%s/undo",
                                           wire_reply_get (emptied->reply, "x-mailstead-change"));
  g_autoptr (Answer) undone = ask (harbour, "POST", undo, "{}", NULL);
  assert_status (undone, 409);
  assert_holds (undone, "no value of the attribute now");
}

/* The example that docs/schemas.md explains. */
static void
test_example (void)
{
  g_autofree char *text = read_file ("../../data/examples/printers.json");
  g_autoptr (Answer) added = put_file ("POST", "/api/v1/schemas", "printers", text);
  g_autofree char *user
      = dquote ("{'userName':'ann','urn:example:params:scim:schemas:extension:office:2.0:Badge':"
                "{'number':'B-7','doors':['North']}}");
  assert_status (added, 201);
  g_autofree char *keeper = make_object (harbour, "/scim/v2/Users", user);
  g_autofree char *body = g_strdup_printf (
      "{\"name\":\"Hall\",\"serialNumber\":\"X1\",\"pages\":12,\"costPerPage\":0.04,"
      "\"adminPin\":\"4711\",\"trays\":[{\"value\":\"Top\",\"paper\":\"A4\"}],"
      "\"keeper\":{\"value\":\"%s\"}}",
      keeper);
  g_autofree char *printer = make_object (harbour, "/scim/v2/Printers", body);
  g_autofree char *path = g_strconcat ("/scim/v2/Printers/", printer, NULL);
  g_autoptr (Answer) answer = ask (harbour, "GET", path, NULL, NULL);
  g_assert_cmpstr (get_text (answer, "kind"), ==, "laser");
  g_assert_cmpstr (get_text (answer, "keeper.display"), ==, "ann");
  g_assert_cmpint (count ("Printers", "trays[paper eq \"a4\"] and costPerPage lt 0.05"), ==, 1);
  g_autofree char *user_path = g_strconcat ("/scim/v2/Users/", keeper, NULL);
  g_autoptr (Answer) with_printers = ask (harbour, "GET", user_path, NULL, NULL);
  assert_holds (with_printers, "\"display\":\"Hall\"");
}

static void
test_tightening (void)
{
  add_room (ROOM_ATTRIBUTES (",{'name':'key'},{'name':'kind'}"));
  g_autofree char *a = make_object (
      harbour, "/scim/v2/Rooms", "{\"name\":\"A\",\"key\":\"One\",\"kind\":\"big\"}");
  g_autofree char *b = make_object (
      harbour, "/scim/v2/Rooms", "{\"name\":\"B\",\"key\":\"one\",\"kind\":\"Small\"}");

  /* Unique: not while two are the same, and then for those that are there already too. */
  g_autoptr (Answer) unique = replace_room (
      ROOM_ATTRIBUTES (",{'name':'key','uniqueness':'server'},{'name':'kind'}"), "");
  assert_refused (unique, 409, "key", "“B”");
  g_autoptr (Answer) exact = replace_room (
      ROOM_ATTRIBUTES (",{'name':'key','uniqueness':'server','caseExact':true},{'name':'kind'}"),
      "");
  assert_status (exact, 200);
  g_autoptr (Answer) taken = send ("POST", "/scim/v2/Rooms", "{'name':'C','key':'One'}");
  assert_refused (taken, 409, "key", "One");
  g_assert_cmpint (count ("Rooms", "key eq \"ONE\""), ==, 0);
  g_autoptr (Answer) loosened
             = replace_room (ROOM_ATTRIBUTES (",{'name':'key'},{'name':'kind'}"), "");
  assert_status (loosened, 200);
  g_assert_cmpint (count ("Rooms", "key eq \"ONE\""), ==, 2);
  g_autoptr (Answer) free = send ("POST", "/scim/v2/Rooms", "{'name':'C','key':'One'}");
  assert_status (free, 201);

  g_autoptr (Answer) canonical
             = replace_room (ROOM_ATTRIBUTES (",{'name':'key'},{'name':'kind','canonicalOnly':true,"
                                              "'canonicalValues':['big','tiny']}"),
                             "");
  assert_refused (canonical, 409, "kind", "“B”");
  g_autoptr (Answer) shorter
             = replace_room (ROOM_ATTRIBUTES (",{'name':'key'},{'name':'kind','maxLength':4}"), "");
  assert_refused (shorter, 409, "kind", "“B”");
  /* Searched from now on: what is there already too. */
  g_autoptr (Answer) searched
             = replace_room (ROOM_ATTRIBUTES (",{'name':'key'},{'name':'kind','search':true}"), "");
  assert_status (searched, 200);
  g_autoptr (Answer) found = ask (harbour, "GET", "/scim/v2/Rooms?search=smal", NULL, NULL);
  g_assert_cmpint (get_number (found, "totalResults"), ==, 1);
  g_autoptr (Answer) same
             = replace_room (ROOM_ATTRIBUTES (",{'name':'key'},{'name':'kind','search':true}"), "");
  assert_status (same, 200);
  assert_holds (same, "\"changed\":false");
  assert_holds (same, "\"changeSet\":null");
}

static const Refusal bad_files[] = {
  { "{'schemas':3}", NULL, "schemas" },
  { "{'schemas':[{'id':'urn:x:y'}]}", NULL, "schemas[0].name" },
  { "{'what':[]}", NULL, "what" },
  { "{'schemas':[{'id':'urn:x:y','name':'N','attributes':[{'name':'a','type':'text'}]}]}",
    NULL,
    "schemas[0].attributes[0].type" },
  { "{'schemas':[{'id':'urn:ietf:params:scim:schemas:mailstead:2.0:X','name':'N','attributes':"
    "[{'name':'a'}]}],'resourceTypes':[{'name':'User','schemaExtensions':[{'schema':"
    "'urn:ietf:params:scim:schemas:mailstead:2.0:X'}]}]}",
    NULL,
    "schemas[0].id" },
  { "{'schemas':[{'id':'urn:x:y','name':'N','attributes':[{'name':'a','uniqueness':'server',"
    "'scope':'address'}]}],'resourceTypes':[{'name':'User','schemaExtensions':[{'schema':"
    "'urn:x:y'}]}]}",
    NULL,
    "schemas[0].attributes[0].scope" },
  { "{'schemas':[{'id':'urn:x:y','name':'N','attributes':[{'name':'a','label':true}]}],"
    "'resourceTypes':[{'name':'One','endpoint':'/Ones','singleton':true,'schema':'urn:x:y'}]}",
    NULL,
    "One.singleton" },
  { "{'schemas':[{'id':'urn:x:y','name':'N','attributes':[{'name':'a','label':true}]}],"
    "'resourceTypes':[{'name':'One','endpoint':'/Bulk','schema':'urn:x:y'}]}",
    NULL,
    "resourceTypes[0].endpoint" },
  { "{'schemas':[{'id':'urn:x:y','name':'N','attributes':[{'name':'a','label':true}]}],"
    "'resourceTypes':[{'name':'One','endpoint':'/SchemaFiles','schema':'urn:x:y'}]}",
    NULL,
    "resourceTypes[0].endpoint" },
  { "{'schemas':[]}", NULL, "schemas" },
  { "{}", NULL, "schemas" },
};

static void
test_bad_files (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_files); i++)
    {
      g_autoptr (Answer) answer = put_file ("POST", "/api/v1/schemas", "bad", bad_files[i].body);

      if (answer->status != 400)
        g_test_message ("%s: %s", bad_files[i].body, answer->reply->body->str);
      g_assert_cmpuint (answer->status, ==, 400);
      g_assert_cmpstr (get_text (answer, "path"), ==, bad_files[i].path);
    }
  g_autoptr (Answer) no_json
             = ask (harbour, "POST", "/api/v1/schemas", "{\"name\":\"a\",\"text\":\"{\"}", NULL);
  assert_status (no_json, 400);
  g_autoptr (Answer) neither = ask (harbour, "POST", "/api/v1/schemas", "{\"name\":\"a\"}", NULL);
  assert_refused (neither, 400, "text", "text");
  g_autoptr (Answer) no_name = put_file ("POST", "/api/v1/schemas", "a/b", ROOM_ATTRIBUTES (""));
  assert_refused (no_name, 400, "name", "letters");
  g_autoptr (Answer) nothing = ask (harbour, "GET", "/api/v1/schemas/bad", NULL, NULL);
  assert_status (nothing, 404);
  g_autoptr (Answer) nothing_to_remove = ask (harbour, "DELETE", "/api/v1/schemas/bad", NULL, NULL);
  assert_status (nothing_to_remove, 404);
}

static void
test_etag_of_file (void)
{
  g_autofree char *body = dquote ("{'file':" ROOM_ATTRIBUTES (",{'name':'x'}") "}");

  add_room (ROOM_ATTRIBUTES (""));
  g_autoptr (Answer) stale
             = ask (harbour, "PUT", "/api/v1/schemas/room", body, "If-Match: W/\"9\"\r\n");
  g_autoptr (Answer) good
             = ask (harbour, "PUT", "/api/v1/schemas/room", body, "If-Match: W/\"1\"\r\n");
  assert_status (stale, 412);
  assert_status (good, 200);
  g_assert_cmpstr (wire_reply_get (good->reply, "etag"), ==, "W/\"2\"");
}

/* No other road: neither SCIM, nor Bulk, nor the bin; an undo goes the same one. */
static void
test_one_road (void)
{
  add_room (ROOM_ATTRIBUTES (""));
  g_autoptr (Answer) list = ask (harbour, "GET", "/api/v1/changes", NULL, NULL);
  g_autofree char *undo = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT "/undo",
                                           get_number (list, "changeSets.0.sequence"));
  g_autofree char *restore
      = g_strdup_printf ("/api/v1/bin/%s/restore", get_text (list, "changeSets.0.first.id"));
  g_autoptr (Answer) bulk = send (
      "POST",
      "/scim/v2/Bulk",
      "{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],'Operations':[{'method':"
      "'POST','bulkId':'a','path':'/SchemaFiles','data':{'name':'x','text':'{}'}}]}");
  g_autoptr (Answer) rooms = ask (harbour, "GET", "/scim/v2/Rooms", NULL, NULL);

  assert_lacks (bulk, "\"status\":\"201\"");
  assert_status (rooms, 200);
  g_autoptr (Answer) undone = ask (harbour, "POST", undo, "{}", NULL);
  assert_status (undone, 200);
  g_autoptr (Answer) gone = ask (harbour, "GET", "/scim/v2/Rooms", NULL, NULL);
  assert_status (gone, 404);
  g_autoptr (Answer) restored = ask (harbour, "POST", restore, "{}", NULL);
  assert_status (restored, 409);
  assert_holds (restored, "/api/v1/schemas");
  assert_holds (restored, "mailsteadctl schema");
}

static void
test_rights (void)
{
  g_autoptr (Answer) nobody = ask_as (harbour, NULL, "GET", "/api/v1/schemas", NULL, NULL);
  g_autofree char *delegate = dquote (
      "{'userName':'dora','password':'correct horse 9','urn:ietf:params:scim:schemas:extension:"
      "mailstead:2.0:User':{'role':'delegate'}}");
  g_autofree char *id = make_object (harbour, "/scim/v2/Users", delegate);
  g_autoptr (Answer) session = ask_as (harbour,
                                       NULL,
                                       "POST",
                                       "/api/v1/session",
                                       "{\"userName\":\"dora\",\"password\":\"correct horse 9\"}",
                                       NULL);
  const char      *token = get_text (session, "token");
  g_autofree char *body = dquote ("{'name':'room','file':" ROOM_ATTRIBUTES ("") "}");
  g_autoptr (Answer) refused = ask_as (harbour, token, "POST", "/api/v1/schemas", body, NULL);
  g_autoptr (Answer) read = ask_as (harbour, token, "GET", "/api/v1/schemas", NULL, NULL);

  assert_status (nobody, 401);
  assert_status (refused, 403);
  assert_status (read, 200);
  add_room (ROOM_ATTRIBUTES (""));
  /* A delegate reads objects of operators' types, and changes none. */
  g_autoptr (Answer) rooms = ask_as (harbour, token, "GET", "/scim/v2/Rooms", NULL, NULL);
  g_autoptr (Answer) make
             = ask_as (harbour, token, "POST", "/scim/v2/Rooms", "{\"name\":\"x\"}", NULL);
  assert_status (rooms, 200);
  assert_status (make, 403);
}

/* The store alone knows: another process that opens it has the same tables. */
static void
test_opened_again (void)
{
  g_autofree char *path = gadget_path (0);
  g_autoptr (MsSchemaRegistry) builtin = ms_schema_registry_new_builtin ();
  g_autoptr (GError) error = NULL;

  g_autoptr (Answer) answer = ask (harbour, "GET", path, NULL, NULL);
  assert_status (answer, 200);
  ms_server_stop (harbour->server, 5);
  g_autoptr (MsStore) store = ms_store_open (harbour->uri, builtin, 0, &error);
  g_assert_no_error (error);
  g_autoptr (MsSchemaRegistry) schemas = ms_store_ref_schemas (store);
  g_assert_nonnull (ms_schema_registry_get_type_by_name (schemas, "Gadget"));
  g_autoptr (GPtrArray) problems = ms_store_verify (store, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", (char *) problems->pdata[i]);
  g_assert_cmpuint (problems->len, ==, 0);
  ms_store_close (store);
}

/* Several servers on one store --------------------------------------------------------------------
 */

/* What another server adds is here within moments, and what it promises holds here too. */
static void
test_two_servers (void)
{
  g_autoptr (Harbour) other = harbour_join (harbour);
  gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  guint  status = 0;

  ms_service_resume_jobs (other->service);
  add_room (ROOM_ATTRIBUTES (",{'name':'key','uniqueness':'server'}"));
  g_autoptr (Answer) here = send ("POST", "/scim/v2/Rooms", "{'name':'A','key':'one'}");
  assert_status (here, 201);
  /* At first it does not know the type, or may not write by the tables it has. */
  while (status != 409 && g_get_monotonic_time () < end)
    {
      g_autoptr (Answer) there
                 = ask (other, "POST", "/scim/v2/Rooms", "{\"name\":\"B\",\"key\":\"ONE\"}", NULL);
      g_assert_true (there->status == 404 || there->status == 503 || there->status == 409);
      status = there->status;
      if (status != 409)
        g_usleep (50 * 1000);
    }
  g_assert_cmpuint (status, ==, 409);
  g_autoptr (Answer) made
             = ask (other, "POST", "/scim/v2/Rooms", "{\"name\":\"B\",\"key\":\"two\"}", NULL);
  assert_status (made, 201);
  g_assert_cmpint (count ("Rooms", "key eq \"TWO\""), ==, 1);
}

/* Under load ------------------------------------------------------------------------------------
 */

#define LOAD_THREADS 4
/* The schemas change at least so often, and on until so many requests were answered meanwhile. */
#define LOAD_CHANGES 12
#define LOAD_REQUESTS 100

typedef struct
{
  char *token;
  guint port;
  int   stop;
  int   requests;
  int   failures; /* 5xx, or no answer */
} Load;

static guint
load_request (Wire *wire, const Load *load, guint thread, guint n)
{
  static const char *const targets[] = { "/scim/v2/Users?filter=userName%20sw%20%22load%22&count=5",
                                         "/scim/v2/Schemas",
                                         "/scim/v2/Rooms?sortBy=name",
                                         "/api/v1/server",
                                         "/api/v1/changes" };
  g_autofree char         *body
      = g_strdup_printf ("{\"userName\":\"load-%u-%u\",\"displayName\":\"Load\"}", thread, n);
  gboolean         write = n % 2 == 0;
  g_autofree char *request
      = g_strdup_printf ("%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
                         "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                         write ? "POST" : "GET",
                         write ? "/scim/v2/Users" : targets[(n / 2) % G_N_ELEMENTS (targets)],
                         load->token,
                         write ? strlen (body) : 0,
                         write ? body : "");

  if (!wire_send (wire, request))
    return 0;
  g_autoptr (WireReply) reply = wire_read (wire);
  return reply->status;
}

static gpointer
load_main (gpointer data)
{
  Load      *load = data;
  static int next = 0;
  guint      thread = (guint) g_atomic_int_add (&next, 1);
  g_autoptr (Wire) wire = wire_open (load->port);

  for (guint n = 0; !g_atomic_int_get (&load->stop); n++)
    {
      guint status = load_request (wire, load, thread, n);
      g_atomic_int_inc (&load->requests);
      if (status == 0 || status >= 500)
        {
          g_test_message ("request %u of thread %u: %u", n, thread, status);
          g_atomic_int_inc (&load->failures);
        }
    }
  return NULL;
}

static void
test_under_load (void)
{
  Load     load = { .token = harbour->token, .port = harbour->port };
  GThread *threads[LOAD_THREADS];

  for (guint i = 0; i < LOAD_THREADS; i++)
    threads[i] = g_thread_new ("load", load_main, &load);
  for (guint i = 0; i < LOAD_CHANGES
                    || (g_atomic_int_get (&load.requests) <= LOAD_REQUESTS
                        && !g_atomic_int_get (&load.failures));
       i++)
    {
      g_autofree char *more
          = g_strdup_printf (ROOM_ATTRIBUTES (",{'name':'a%u','uniqueness':'server'}"), i);
      g_autofree char *badge = g_strdup_printf (
          "{'schemas':[{'id':'urn:example:test:Extra','name':'Extra','attributes':["
          "{'name':'b%u','type':'integer'}]}],'resourceTypes':[{'name':'User','schemaExtensions':"
          "[{'schema':'urn:example:test:Extra'}]}]}",
          i);
      g_autoptr (Answer) room = i == 0 ? put_file ("POST", "/api/v1/schemas", "room", more)
                                       : put_file ("PUT", "/api/v1/schemas/room", NULL, more);
      g_autoptr (Answer) extra = put_file ("POST", "/api/v1/schemas", "extra", badge);
      assert_status (room, i == 0 ? 201 : 200);
      assert_status (extra, 201);
      g_autoptr (Answer) gone = ask (harbour, "DELETE", "/api/v1/schemas/extra", NULL, NULL);
      assert_status (gone, 200);
    }
  g_atomic_int_set (&load.stop, TRUE);
  for (guint i = 0; i < LOAD_THREADS; i++)
    g_thread_join (threads[i]);
  g_test_message ("%d requests", load.requests);
  g_assert_cmpint (load.failures, ==, 0);
  g_assert_cmpint (load.requests, >, LOAD_REQUESTS);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    Case        test;
  } cases[] = {
    { "discovery", { TRUE, test_discovery } },
    { "internal", { TRUE, test_internal } },
    { "read", { TRUE, test_read } },
    { "filters", { TRUE, test_filters } },
    { "filter-refusals", { TRUE, test_filter_refusals } },
    { "sort", { TRUE, test_sort } },
    { "search-and-places", { TRUE, test_search_and_places } },
    { "refusals", { TRUE, test_refusals } },
    { "patch", { TRUE, test_patch } },
    { "put-and-etag", { TRUE, test_put_and_etag } },
    { "relations", { TRUE, test_relations } },
    { "secret", { TRUE, test_secret } },
    { "secret-shapes", { TRUE, test_secret_shapes } },
    { "undo", { TRUE, test_undo } },
    { "export", { TRUE, test_export } },
    { "opened-again", { TRUE, test_opened_again } },
    { "life", { FALSE, test_life } },
    { "secret-dropped", { FALSE, test_secret_dropped } },
    { "required-extension", { FALSE, test_required_extension } },
    { "back-from-bin", { FALSE, test_back_from_bin } },
    { "example", { FALSE, test_example } },
    { "tightening", { FALSE, test_tightening } },
    { "bad-files", { FALSE, test_bad_files } },
    { "etag-of-file", { FALSE, test_etag_of_file } },
    { "one-road", { FALSE, test_one_road } },
    { "rights", { FALSE, test_rights } },
    { "two-servers", { FALSE, test_two_servers } },
    { "under-load", { FALSE, test_under_load } },
  };

  g_test_init (&argc, &argv, NULL);
  gboolean is_shared = strcmp (store_place_get_driver (), "sqlite") != 0;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/schemas/", cases[i].name, NULL);
      if (cases[i].test.func == test_two_servers && !is_shared)
        continue;
      g_test_add_data_func (path, &cases[i].test, run_case);
    }
  return g_test_run ();
}
