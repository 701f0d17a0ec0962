/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Schemas that another server on the same store changes: whatever is asked for next is answered by
 * those that came, here where nothing looks for them by itself. On SQLite there is one server, and
 * it is the other one too.
 */
#include "harbour.h"
#include "store-place.h"

#include <string.h>

#define URN "urn:example:test:elsewhere"
#define ROUNDS 25
#define WAIT_SECONDS 30

static Harbour *here;
static Harbour *there; /* where schemas are changed */
static gboolean shared;
static guint    n_files;

/* A type of its own for each case, with "num" and as many texts "t0", "t1"… as @n. */
static char *
make_file (const char *type, guint n)
{
  g_autoptr (GString) more = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (
        more, ",{'name':'t%u','uniqueness':'server','search':true,'multiValued':true}", i);
  g_autofree char *quoted = g_strdup_printf (
      "{'name':'%s','file':{'schemas':[{'id':'" URN ":%s','name':'%s','attributes':["
      "{'name':'name','label':true},{'name':'num','type':'integer'}%s]}],'resourceTypes':["
      "{'name':'%s','endpoint':'/%ss','schema':'" URN ":%s'}]}}",
      type,
      type,
      type,
      more->str,
      type,
      type,
      type);
  return from_single_quotes (quoted);
}

static char *
make_type (void)
{
  char            *type = g_strdup_printf ("W%u", n_files++);
  g_autofree char *file = make_file (type, 0);
  g_autoptr (Answer) made = ask (there, "POST", "/api/v1/schemas", file, NULL);
  g_autofree char *path = g_strdup_printf ("/scim/v2/%ss", type);
  g_autoptr (Answer) known = ask (here, "GET", path, NULL, NULL);

  assert_status (made, 201);
  assert_status (known, 200);
  return type;
}

static void
set_texts (const char *type, guint n)
{
  g_autofree char *path = g_strconcat ("/api/v1/schemas/", type, NULL);
  g_autofree char *file = make_file (type, n);
  g_autoptr (Answer) changed = ask (there, "PUT", path, file, NULL);

  assert_status (changed, 200);
}

/* A type that has got "t0" just now, and an object with it. @id: (out) (transfer full) */
static char *
make_changed (char **id)
{
  char            *type = make_type ();
  g_autofree char *path = g_strdup_printf ("/scim/v2/%ss", type);
  g_autofree char *body = g_strdup_printf (
      "{\"schemas\":[\"" URN ":%s\"],\"name\":\"n\",\"t0\":[\"x%s\"]}", type, type);

  set_texts (type, 1);
  *id = make_object (there, path, body);
  return type;
}

/* Reading ------------------------------------------------------------------------------------- */

/**
 * Read: asked here after the change there. "TYPE" stands for the type and "OBJECT" for the id.
 * @method, @body: (nullable): a GET
 */
typedef struct
{
  const char *name;
  const char *path;
  const char *body;
  const char *expected;
} Read;

static const Read reads[] = {
  { "object", "/scim/v2/TYPEs/OBJECT", NULL, "\"t0\":[\"xTYPE\"]" },
  { "attributes", "/scim/v2/TYPEs/OBJECT?attributes=t0", NULL, "\"t0\":[\"xTYPE\"]" },
  { "list", "/scim/v2/TYPEs", NULL, "\"t0\":[\"xTYPE\"]" },
  { "cursor", "/scim/v2/TYPEs?cursor", NULL, "\"t0\":[\"xTYPE\"]" },
  { "filter", "/scim/v2/TYPEs?filter=t0%20eq%20%22xTYPE%22", NULL, "\"totalResults\":1" },
  { "sort", "/scim/v2/TYPEs?sortBy=t0", NULL, "\"t0\":[\"xTYPE\"]" },
  { "words", "/scim/v2/TYPEs?search=xTYPE", NULL, "\"totalResults\":1" },
  { "all-types", "/scim/v2/?filter=meta.resourceType%20eq%20%22TYPE%22", NULL, "\"xTYPE\"" },
  { "search-request",
    "/scim/v2/TYPEs/.search",
    "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:SearchRequest\"],"
    "\"filter\":\"t0 eq \\\"xTYPE\\\"\"}",
    "\"t0\":[\"xTYPE\"]" },
  { "search", "/api/v1/search?q=xTYPE", NULL, "\"attribute\":\"t0\"" },
  { "export", "/api/v1/export?type=TYPE", NULL, "xTYPE" },
  { "feed", "/api/v1/feed?events=full&since=SINCE", NULL, "xTYPE" },
  { "history", "/api/v1/history/OBJECT", NULL, "xTYPE" },
  { "ranges", "/api/v1/ranges?type=TYPE&sortBy=t0", NULL, "\"total\":1" },
  { "schemas", "/scim/v2/Schemas", NULL, "\"id\":\"" URN ":TYPE\",\"name\":\"TYPE\"" },
  { "schema", "/scim/v2/Schemas/" URN ":TYPE", NULL, "\"t0\"" },
  { "resource-type", "/scim/v2/ResourceTypes/TYPE", NULL, "\"/TYPEs\"" },
  { "tables", "/api/v1/tables", NULL, "\"" URN ":TYPE\"" },
  { "file", "/api/v1/schemas/TYPE", NULL, "t0" },
};

static gint64
last_sequence (void)
{
  g_autoptr (Answer) server = ask (there, "GET", "/api/v1/server", NULL, NULL);

  return get_number (server, "sequence");
}

static char *
fill (const char *text, const char *type, const char *id, gint64 since)
{
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, since);
  GString         *out = g_string_new (text);

  g_string_replace (out, "TYPE", type, 0);
  g_string_replace (out, "OBJECT", id, 0);
  g_string_replace (out, "SINCE", number, 0);
  return g_string_free (out, FALSE);
}

static void
test_read (gconstpointer data)
{
  const Read      *read = data;
  gint64           since = last_sequence ();
  g_autofree char *id = NULL;
  g_autofree char *type = make_changed (&id);
  g_autofree char *path = fill (read->path, type, id, since);
  g_autofree char *body = read->body != NULL ? fill (read->body, type, id, since) : NULL;
  g_autofree char *expected = fill (read->expected, type, id, since);
  g_autoptr (Answer) answer = ask (here, body != NULL ? "POST" : "GET", path, body, NULL);

  assert_status (answer, 200);
  if (strstr (answer->reply->body->str, expected) == NULL)
    g_test_message ("%s", answer->reply->body->str);
  g_assert_nonnull (strstr (answer->reply->body->str, expected));
  g_assert_null (wire_reply_get (answer->reply, "x-mailstead-ignored"));
}

/* A type that came, one that went, and a name that nobody knows there either. */
static void
test_types (void)
{
  g_autofree char *type = g_strdup_printf ("W%u", n_files++);
  g_autofree char *file = make_file (type, 0);
  g_autofree char *path = g_strdup_printf ("/scim/v2/%ss", type);
  g_autofree char *file_path = g_strdup_printf ("/api/v1/schemas/%s", type);
  g_autofree char *body = g_strdup_printf ("{\"schemas\":[\"" URN ":%s\"],\"name\":\"n\"}", type);
  g_autoptr (Answer) unknown = ask (here, "GET", path, NULL, NULL);
  g_autoptr (Answer) made = ask (there, "POST", "/api/v1/schemas", file, NULL);
  g_autoptr (Answer) written = ask (here, "POST", path, body, NULL);
  g_autoptr (Answer) removed
             = ask (there, "DELETE", "/api/v1/schemas/TYPE?dropValues=true", NULL, NULL);
  g_autofree char *id = g_strdup (get_text (written, "id"));
  g_autofree char *object = g_strdup_printf ("%s/%s", path, id);
  g_autoptr (Answer) gone = ask (there, "DELETE", object, NULL, NULL);
  g_autofree char *drop = g_strconcat (file_path, "?dropValues=true", NULL);
  g_autoptr (Answer) dropped = ask (there, "DELETE", drop, NULL, NULL);
  g_autoptr (Answer) list = ask (here, "GET", path, NULL, NULL);

  assert_status (unknown, 404);
  assert_status (made, 201);
  assert_status (written, 201);
  assert_status (removed, 404);
  assert_status (gone, 204);
  assert_status (dropped, 200);
  assert_status (list, 404);
}

/* Writing ------------------------------------------------------------------------------------- */

/* What was read here is whole, or nobody may build on it. */
static void
test_lost_update (void)
{
  g_autofree char *id = NULL;
  g_autofree char *type = make_changed (&id);
  g_autofree char *path = g_strdup_printf ("/scim/v2/%ss/%s", type, id);
  g_autoptr (Answer) got = ask (here, "GET", path, NULL, NULL);
  g_autofree char *if_match
      = g_strdup_printf ("If-Match: %s\r\n", wire_reply_get (got->reply, "etag"));
  g_autofree char *if_none
      = g_strdup_printf ("If-None-Match: %s\r\n", wire_reply_get (got->reply, "etag"));

  json_object_set_int_member (got->json, "num", 7);
  g_autofree char *body = json_to_string (got->node, FALSE);
  g_autoptr (Answer) same = ask (here, "GET", path, NULL, if_none);
  g_autoptr (Answer) put = ask (here, "PUT", path, body, if_match);
  g_autoptr (Answer) after = ask (there, "GET", path, NULL, NULL);
  assert_status (same, 304);
  assert_status (put, 200);
  g_assert_cmpint (get_number (after, "num"), ==, 7);
  g_assert_cmpstr (
      get_text (after, "t0.0"),
      ==,
      json_array_get_string_element (json_object_get_array_member (got->json, "t0"), 0));
}

/* A write is done or told to come again, never done by what holds no more. */
static void
test_write (void)
{
  g_autofree char *id = NULL;
  g_autofree char *type = make_changed (&id);
  g_autofree char *path = g_strdup_printf ("/scim/v2/%ss/%s", type, id);
  g_autofree char *body = g_strdup_printf (
      "{\"schemas\":[\"" URN ":%s\"],\"name\":\"n\",\"t0\":[\"y%s\"]}", type, type);
  g_autoptr (Answer) first = ask (here, "PUT", path, body, NULL);

  if (shared)
    {
      assert_status (first, 503);
      g_assert_cmpstr (wire_reply_get (first->reply, "retry-after"), ==, "1");
      g_assert_true (json_object_get_boolean_member (first->json, "schemasChanged"));
    }
  g_autoptr (Answer) read = ask (here, "GET", path, NULL, NULL);
  g_autoptr (Answer) second = ask (here, "PUT", path, body, NULL);
  g_autofree char *value = g_strconcat ("y", type, NULL);
  assert_status (second, 200);
  g_assert_cmpstr (get_text (second, "t0.0"), ==, value);
}

/* Verifying ----------------------------------------------------------------------------------- */

static gint64
verify (Harbour *server)
{
  gint64 end = g_get_monotonic_time () + WAIT_SECONDS * G_USEC_PER_SEC;
  g_autoptr (Answer) begun = ask (server, "POST", "/api/v1/verify", NULL, NULL);

  assert_status (begun, 202);
  while (TRUE)
    {
      g_autoptr (Answer) answer = ask (server, "GET", "/api/v1/verify", NULL, NULL);
      const char *state = get_text (answer, "job.state");
      if (strcmp (state, "running") != 0)
        {
          g_assert_cmpstr (state, ==, "done");
          g_test_message ("%s", answer->reply->body->str);
          return get_number (answer, "job.problemCount");
        }
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (2000);
    }
}

static void
test_verify (void)
{
  g_autofree char *id = NULL;
  g_autofree char *type = make_changed (&id);

  g_assert_cmpint (verify (here), ==, 0);
}

/* Races --------------------------------------------------------------------------------------- */

typedef struct
{
  guint       port;
  const char *token;
  const char *type;
  const char *path;
  gint        done;
  guint       written;
} Race;

/* Adds a text to the type and then to the object, again and again. */
static gpointer
change_main (gpointer user_data)
{
  Race *race = user_data;

  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autofree char *body = g_strdup_printf (
          "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":["
          "{\"op\":\"add\",\"path\":\"t%u\",\"value\":[\"%s-%u\"]}]}",
          i,
          race->type,
          i);
      set_texts (race->type, i + 1);
      g_autoptr (Answer) patched = ask (there, "PATCH", race->path, body, NULL);
      assert_status (patched, 200);
      /* So that there are some who come to write, too. */
      g_usleep (i * 2000);
    }
  g_atomic_int_set (&race->done, TRUE);
  return NULL;
}

/* Reads and writes back what it has read. */
static gpointer
write_main (gpointer user_data)
{
  Race   *race = user_data;
  Harbour own = { .port = race->port, .token = (char *) race->token };

  for (gint64 i = 0; !g_atomic_int_get (&race->done); i++)
    {
      g_autoptr (Answer) got = ask (&own, "GET", race->path, NULL, NULL);
      g_assert_true (got->status == 200 || got->status == 503);
      if (got->status == 503)
        continue;
      g_autofree char *if_match
          = g_strdup_printf ("If-Match: %s\r\n", wire_reply_get (got->reply, "etag"));
      json_object_set_int_member (got->json, "num", i);
      g_autofree char *body = json_to_string (got->node, FALSE);
      g_autoptr (Answer) put = ask (&own, "PUT", race->path, body, if_match);
      g_assert_true (put->status == 200 || put->status == 412 || put->status == 503);
      race->written += put->status == 200;
    }
  g_clear_pointer (&own.wire, wire_close);
  return NULL;
}

static gpointer
verify_main (gpointer user_data)
{
  Race   *race = user_data;
  Harbour own = { .port = race->port, .token = (char *) race->token };

  while (!g_atomic_int_get (&race->done))
    g_assert_cmpint (verify (&own), ==, 0);
  g_clear_pointer (&own.wire, wire_close);
  return NULL;
}

static void
test_race (void)
{
  g_autofree char *type = make_type ();
  g_autofree char *list = g_strdup_printf ("/scim/v2/%ss", type);
  g_autofree char *new_body
      = g_strdup_printf ("{\"schemas\":[\"" URN ":%s\"],\"name\":\"n\"}", type);
  g_autofree char *id = make_object (there, list, new_body);
  g_autofree char *path = g_strdup_printf ("%s/%s", list, id);
  Race             race = { here->port, here->token, type, path, FALSE, 0 };
  GThread         *threads[] = { g_thread_new ("change", change_main, &race),
                                 g_thread_new ("write", write_main, &race),
                                 g_thread_new ("verify", verify_main, &race) };

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_autoptr (Answer) after = ask (there, "GET", path, NULL, NULL);
  assert_status (after, 200);
  g_assert_cmpuint (race.written, >, 0);
  g_test_message ("%u written: %s", race.written, after->reply->body->str);
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autofree char *at = g_strdup_printf ("t%u.0", i);
      g_autofree char *value = g_strdup_printf ("%s-%u", type, i);
      g_assert_cmpstr (get_text (after, at), ==, value);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  shared = strcmp (store_place_get_driver (), "sqlite") != 0;
  there = harbour_new (NULL);
  here = shared ? harbour_join (there) : there;
  for (guint i = 0; i < G_N_ELEMENTS (reads); i++)
    {
      g_autofree char *path = g_strconcat ("/schemas-elsewhere/read/", reads[i].name, NULL);
      g_test_add_data_func (path, &reads[i], test_read);
    }
  g_test_add_func ("/schemas-elsewhere/types", test_types);
  g_test_add_func ("/schemas-elsewhere/lost-update", test_lost_update);
  g_test_add_func ("/schemas-elsewhere/write", test_write);
  g_test_add_func ("/schemas-elsewhere/verify", test_verify);
  g_test_add_func ("/schemas-elsewhere/race", test_race);
  int result = g_test_run ();
  if (shared)
    harbour_free (here);
  harbour_free (there);
  return result;
}
