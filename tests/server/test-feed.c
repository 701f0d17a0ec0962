/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * GET /api/v1/feed as other programs read it: with a token of the scope scim, a part at a time.
 */
#include "scim-case.h"
#include "ms-json.h"

#include <string.h>

#define PASSWORD "Correct-horse-7"

static char *
make_token (const char *session, const char *scope)
{
  g_autofree char *body = g_strdup_printf ("{\"name\":\"feed\",\"scope\":\"%s\"}", scope);
  g_autoptr (Answer) made = ask_as (scim_harbour, session, "POST", "/api/v1/tokens", body, NULL);

  assert_status (made, 201);
  return g_strdup (get_text (made, "token"));
}

static Answer *
read_feed (const char *token, gint64 since, const char *more)
{
  g_autofree char *path
      = g_strdup_printf ("/api/v1/feed?since=%" G_GINT64_FORMAT "%s", since, more);

  return ask_as (scim_harbour, token, "GET", path, NULL, NULL);
}

static guint
count_sets (Answer *answer)
{
  return json_array_get_length (json_object_get_array_member (answer->json, "sets"));
}

/* One change set after the other, to the end, and from there on what is new. */
static void
test_pages (void)
{
  g_autofree char *token = make_token (scim_harbour->token, "scim");
  g_autoptr (Answer) server = scim ("GET", "/api/v1/server", NULL, NULL);
  gint64           since = get_number (server, "sequence");
  g_autofree char *one = make_user (scim_harbour, "feed.one");
  g_autofree char *two = make_user (scim_harbour, "feed.two");

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *uri = g_strconcat ("/Users/", i == 0 ? one : two, NULL);
      g_autoptr (Answer) page = read_feed (token, since, "&count=1");
      assert_status (page, 200);
      g_assert_cmpuint (count_sets (page), ==, 1);
      g_assert_cmpstr (get_text (page, "sets.0.sub_id.uri"), ==, uri);
      assert_holds (page, "create:notice");
      assert_holds (page, i == 0 ? "\"moreAvailable\":true" : "\"moreAvailable\":false");
      assert_holds (page, "\"reset\":false");
      g_assert_cmpint (get_number (page, "next"), >, since);
      since = get_number (page, "next");
    }
  g_autoptr (Answer) end = read_feed (token, since, "");
  assert_status (end, 200);
  g_assert_cmpuint (count_sets (end), ==, 0);
  g_assert_cmpint (get_number (end, "next"), ==, since);
  g_autofree char *third = make_user (scim_harbour, "feed.three");
  g_autoptr (Answer) again = read_feed (token, since, "&events=full");
  g_assert_cmpuint (count_sets (again), ==, 1);
  assert_holds (again, "create:full");
  assert_holds (again, "\"userName\":\"feed.three\"");
}

/* A token of whatever scope reads it while whose it is may read the history, and no longer. */
static void
test_rights (void)
{
  static const char *const scopes[] = { "read", "scim", "all" };
  g_autofree char         *id = make_object (scim_harbour,
                                     "/scim/v2/Users",
                                     "{\"userName\":\"feed.reader\",\"password\":\"" PASSWORD
                                     "\",\"" MS_URN_EXT_USER "\":{\"role\":\"administrator\"}}");
  g_autofree char         *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autoptr (Answer) session
             = ask_as (scim_harbour,
                       NULL,
                       "POST",
                       "/api/v1/session",
                       "{\"userName\":\"feed.reader\",\"password\":\"" PASSWORD "\"}",
                       NULL);
  char *tokens[G_N_ELEMENTS (scopes)];

  assert_status (session, 201);
  for (gsize i = 0; i < G_N_ELEMENTS (scopes); i++)
    {
      tokens[i] = make_token (get_text (session, "token"), scopes[i]);
      g_autoptr (Answer) answer = read_feed (tokens[i], 0, "&count=1");
      assert_status (answer, 200);
    }
  g_autoptr (Answer) demoted = scim (
      "PATCH", path, PATCH ("{\"op\":\"remove\",\"path\":\"" MS_URN_EXT_USER ":role\"}"), NULL);
  assert_status (demoted, 200);
  for (gsize i = 0; i < G_N_ELEMENTS (scopes); i++)
    {
      g_autoptr (Answer) answer = read_feed (tokens[i], 0, "&count=1");
      g_test_message ("%s: %u %s", scopes[i], answer->status, answer->reply->body->str);
      assert_status (answer, 403);
      assert_lacks (answer, "sets");
      g_free (tokens[i]);
    }
  g_autoptr (Answer) nobody = read_feed (NULL, 0, "");
  assert_status (nobody, 401);
}

/* What the PatchOps give ----------------------------------------------------------------------- */

#define FULL "sets.0.events.urn:ietf:params:scim:event:prov:patch:full"
#define NOTICE "sets.0.events.urn:ietf:params:scim:event:prov:patch:notice"
#define MANY "urn:example:params:scim:schemas:test:2.0:Many"
#define KINDS                                                                                      \
  "{\"name\":\"many\",\"file\":{\"schemas\":[{\"id\":\"" MANY                                      \
  "\",\"name\":\"Many\",\"attributes\":["                                                          \
  "{\"name\":\"nums\",\"type\":\"integer\",\"multiValued\":true},"                                 \
  "{\"name\":\"decs\",\"type\":\"decimal\",\"multiValued\":true},"                                 \
  "{\"name\":\"bos\",\"type\":\"boolean\",\"multiValued\":true},"                                  \
  "{\"name\":\"dts\",\"type\":\"dateTime\",\"multiValued\":true},"                                 \
  "{\"name\":\"bins\",\"type\":\"binary\",\"multiValued\":true},"                                  \
  "{\"name\":\"texts\",\"multiValued\":true},"                                                     \
  "{\"name\":\"pair\",\"type\":\"complex\",\"subAttributes\":["                                    \
  "{\"name\":\"words\",\"multiValued\":true}]},"                                                   \
  "{\"name\":\"rows\",\"type\":\"complex\",\"multiValued\":true,\"subAttributes\":["               \
  "{\"name\":\"n\",\"type\":\"integer\"},{\"name\":\"value\"},"                                    \
  "{\"name\":\"marks\",\"multiValued\":true}]}]}],"                                                \
  "\"resourceTypes\":[{\"name\":\"User\",\"schemaExtensions\":[{\"schema\":\"" MANY "\"}]}]}}"
#define LOST "urn:example:params:scim:schemas:test:2.0:Lost"
#define LOST_FILE                                                                                  \
  "{\"name\":\"lost\",\"file\":{\"schemas\":[{\"id\":\"" LOST                                      \
  "\",\"name\":\"Lost\",\"attributes\":["                                                          \
  "{\"name\":\"text\"}]}],"                                                                        \
  "\"resourceTypes\":[{\"name\":\"User\",\"schemaExtensions\":[{\"schema\":\"" LOST "\"}]}]}}"
#define BODY(name)                                                                                 \
  "{\"userName\":\"" name "\",\"emails\":[{\"value\":\"a@x.ex\",\"type\":\"work\"},"               \
  "{\"value\":\"A@x.ex\",\"type\":\"home\"},{\"value\":\"b@x.ex\",\"type\":\"home\"}],"            \
  "\"addresses\":[{\"type\":\"work\",\"locality\":\"K\"},{\"type\":\"home\",\"locality\":\"L\"},"  \
  "{\"type\":\"home\",\"locality\":\"l\"}],\"" MANY "\":{\"nums\":[1,2,3],\"decs\":[1.5,2.5],"     \
  "\"bos\":[true,false],\"dts\":[\"2026-01-01T00:00:00Z\",\"2027-01-01T00:00:00Z\"],"              \
  "\"bins\":[\"AAAA\",\"aaaa\"],\"texts\":[\"x\",\"y\\\"\"],\"pair\":{\"words\":[\"p\",\"q\"]},"   \
  "\"rows\":[{\"n\":1},{\"n\":2,\"value\":\"v\",\"marks\":[\"p\",\"q\"]},{\"n\":3}]}}"

static gint64
get_sequence (void)
{
  g_autoptr (Answer) server = scim ("GET", "/api/v1/server", NULL, NULL);

  return get_number (server, "sequence");
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* One text for the attribute, whatever the order of its elements. */
static char *
describe (Answer *answer, const char *path)
{
  JsonNode *node = find_node (answer, path);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return node != NULL ? ms_json_to_string (node) : g_strdup ("");
  for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
    g_ptr_array_add (texts,
                     ms_json_to_string (json_array_get_element (json_node_get_array (node), i)));
  g_ptr_array_sort (texts, compare_texts);
  g_ptr_array_add (texts, NULL);
  return g_strjoinv (" ", (char **) texts->pdata);
}

static void
assert_alike (const char *one, const char *other, const char *step)
{
  static const char *const names[] = { "title", "active", "emails", "addresses", "nums", "decs",
                                       "bos",   "dts",    "bins",   "texts",     "pair", "rows" };
  g_autoptr (Answer) first = scim ("GET", one, NULL, NULL);
  g_autoptr (Answer) second = scim ("GET", other, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      Answer *answers[] = { first, second };
      char   *texts[2];
      for (guint j = 0; j < 2; j++)
        {
          JsonObject *holder = answers[j]->json;
          if (i >= 4)
            holder = json_object_has_member (holder, MANY)
                         ? json_object_get_object_member (holder, MANY)
                         : holder;
          Answer view = *answers[j];
          view.json = holder;
          texts[j] = describe (&view, names[i]);
        }
      if (strcmp (texts[0], texts[1]) != 0)
        g_test_message ("after %s: %s", step, names[i]);
      g_assert_cmpstr (texts[1], ==, texts[0]);
      g_free (texts[0]);
      g_free (texts[1]);
    }
}

#define OP(op, path) "{\"op\":\"" op "\",\"path\":\"" path "\"}"
#define SET(op, path, value) "{\"op\":\"" op "\",\"path\":\"" path "\",\"value\":" value "}"

/* Whoever does to a copy what the events say has the object. */
static void
test_operations (void)
{
  static const char *const steps[] = {
    OP ("remove", "emails[type eq \\\"home\\\" and value eq \\\"a@x.ex\\\"]"),
    OP ("remove", "emails[value eq \\\"b@x.ex\\\"]"),
    OP ("remove", "addresses[locality eq \\\"L\\\" and type eq \\\"home\\\"]"),
    SET ("replace", "addresses[type eq \\\"work\\\"].locality", "\"Q\\\"x\\\\y\""),
    SET ("add", "addresses", "[{\"type\":\"home\",\"locality\":\"l\"}]"),
    SET ("replace", "emails", "[{\"type\":\"work\"}]"),
    OP ("remove", "addresses"),
    OP ("remove", MANY ":nums[value eq 1]") "," OP ("remove", MANY ":bos[value eq false]") "," OP (
        "remove", MANY ":dts[value eq \\\"2026-01-01T00:00:00Z\\\"]") "," OP ("remove",
                                                                              MANY ":decs"),
    SET ("replace", MANY ":bins", "[\"AAAA\",\"bbbb\"]"),
    SET ("replace", MANY ":texts", "[\"X\",\"z\"]"),
    SET ("replace", MANY ":pair.words", "[\"q\"]"),
    OP ("remove", MANY ":rows[n eq 1]"),
    SET ("add", MANY ":rows[n eq 2].marks", "[\"z\"]"),
    SET ("replace", MANY ":rows", "[{\"n\":2,\"value\":\"v\"},{\"n\":4}]"),
    SET ("replace", "active", "false") "," SET ("replace", "title", "\"x\""),
    OP ("remove", MANY),
  };
  g_autoptr (Answer) schema = scim ("POST", "/api/v1/schemas", KINDS, NULL);
  assert_status (schema, 201);
  g_autofree char *one = make_object (scim_harbour, "/scim/v2/Users", BODY ("feed.first"));
  g_autofree char *two = make_object (scim_harbour, "/scim/v2/Users", BODY ("feed.copy"));
  g_autofree char *one_path = g_strconcat ("/scim/v2/Users/", one, NULL);
  g_autofree char *two_path = g_strconcat ("/scim/v2/Users/", two, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      gint64           since = get_sequence ();
      g_autofree char *body = g_strdup_printf (PATCH ("%s"), steps[i]);
      g_autoptr (Answer) changed = scim ("PATCH", one_path, body, NULL);
      assert_status (changed, 200);
      g_autoptr (Answer) feed = read_feed (scim_harbour->token, since, "&events=full");
      JsonNode *data = find_node (feed, FULL ".data");
      g_test_message ("%s: %s", steps[i], feed->reply->body->str);
      g_assert_nonnull (data);
      g_autofree char *told = ms_json_to_string (data);
      g_autoptr (Answer) followed = scim ("PATCH", two_path, told, NULL);
      assert_status (followed, 200);
      assert_alike (one_path, two_path, steps[i]);
    }
}

/* Secrets are named, never shown. */
static void
test_secrets (void)
{
  g_autofree char *id = make_user (scim_harbour, "feed.secret");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  gint64           since = get_sequence ();
  g_autoptr (Answer) alone
             = scim ("PATCH", path, PATCH (SET ("replace", "password", "\"" PASSWORD "\"")), NULL);
  assert_status (alone, 200);
  g_autoptr (Answer) feed = read_feed (scim_harbour->token, since, "&events=full");
  g_assert_cmpstr (get_text (feed, NOTICE ".attributes.0"), ==, "password");
  g_assert_null (find_node (feed, FULL));
  assert_lacks (feed, PASSWORD);

  since = get_sequence ();
  g_autoptr (Answer) both = scim ("PATCH",
                                  path,
                                  PATCH (SET ("replace", "password", "\"" PASSWORD "8\"") "," SET (
                                      "replace", "title", "\"Countess\"")),
                                  NULL);
  assert_status (both, 200);
  g_autoptr (Answer) more = read_feed (scim_harbour->token, since, "&events=full");
  g_assert_cmpstr (get_text (more, FULL ".data.Operations.0.path"), ==, "title");
  g_assert_null (find_node (more, FULL ".data.Operations.1"));
  g_assert_cmpstr (get_text (more, NOTICE ".attributes.0"), ==, "password");
  g_assert_null (find_node (more, NOTICE ".attributes.1"));
}

/* A provisioning client's externalId is where it is in /scim/v2, and the others' are nowhere. */
static void
test_external_ids (void)
{
  g_autoptr (Answer) mine_made
             = scim ("POST", "/api/v1/tokens", "{\"name\":\"mine\",\"scope\":\"scim\"}", NULL);
  g_autoptr (Answer) other_made
             = scim ("POST", "/api/v1/tokens", "{\"name\":\"theirs\",\"scope\":\"scim\"}", NULL);
  const char *mine = get_text (mine_made, "token");
  const char *other = get_text (other_made, "token");
  gint64      since = get_sequence ();
  g_autoptr (Answer) made = ask_as (scim_harbour,
                                    mine,
                                    "POST",
                                    "/scim/v2/Users",
                                    "{\"userName\":\"feed.ext\",\"externalId\":\"M-1\"}",
                                    NULL);
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", get_text (made, "id"), NULL);
  g_autoptr (Answer) theirs = ask_as (
      scim_harbour, other, "PATCH", path, PATCH (SET ("add", "externalId", "\"T-1\"")), NULL);
  assert_status (theirs, 200);
  g_autoptr (Answer) again = ask_as (
      scim_harbour, mine, "PATCH", path, PATCH (SET ("replace", "externalId", "\"M-2\"")), NULL);
  assert_status (again, 200);
  g_autoptr (Answer) feed = read_feed (mine, since, "&events=full");
  assert_holds (feed, "\"externalId\":\"M-1\"");
  assert_holds (feed, "{\"op\":\"replace\",\"path\":\"externalId\",\"value\":\"M-2\"}");
  assert_lacks (feed, "T-1");
  assert_lacks (feed, "externalIds");
  g_assert_cmpuint (count_sets (feed), ==, 2);
  g_autoptr (Answer) notices = read_feed (other, since, "");
  assert_holds (notices, "\"attributes\":[\"externalId\"]");
  assert_lacks (notices, "externalIds");
  g_assert_cmpuint (count_sets (notices), ==, 2);
  g_autoptr (Answer) all = read_feed (scim_harbour->token, since, "&events=full");
  assert_holds (all, "T-1");
  g_assert_cmpuint (count_sets (all), ==, 3);
}

/* More than one PATCH may be: several events, each of which can be followed. */
static void
follow_many (gint64 since, const char *path, guint n_tokens)
{
  g_autoptr (Answer) feed = read_feed (scim_harbour->token, since, "&events=full");

  g_assert_cmpuint (count_sets (feed), ==, n_tokens);
  for (guint i = 0; i < n_tokens; i++)
    {
      g_autofree char *where
          = g_strdup_printf ("sets.%u.events.urn:ietf:params:scim:event:prov:patch:full.data", i);
      g_autofree char *jti = g_strdup_printf ("sets.%u.jti", i);
      g_autofree char *told = ms_json_to_string (find_node (feed, where));
      g_test_message ("%s, %zu bytes", get_text (feed, jti), strlen (told));
      g_autoptr (Answer) followed = scim ("PATCH", path, told, NULL);
      g_assert_true (followed->status == 200 || followed->status == 204);
    }
}

static guint
count_members (const char *path)
{
  g_autoptr (Answer) list = scim ("GET", path, NULL, NULL);
  JsonNode *members = find_node (list, "members");

  return members != NULL ? json_array_get_length (json_node_get_array (members)) : 0;
}

#define N_MANY 5100

static void
test_many_members (void)
{
  g_autoptr (GString) members = g_string_new (NULL);
  g_autofree char *one = make_object (scim_harbour, "/scim/v2/Groups", "{\"displayName\":\"M1\"}");
  g_autofree char *two = make_object (scim_harbour, "/scim/v2/Groups", "{\"displayName\":\"M2\"}");
  g_autofree char *one_path = g_strconcat ("/scim/v2/Groups/", one, NULL);
  g_autofree char *two_path = g_strconcat ("/scim/v2/Groups/", two, NULL);

  for (guint first = 0; first < N_MANY; first += N_MANY / 2)
    {
      g_autoptr (GString) bulk = g_string_new (
          "{\"schemas\":[\"" URN_MESSAGES "BulkRequest\"],\"urn:ietf:params:scim:api:messages:"
          "mailstead:2.0:BulkOptions\":{\"atomic\":true},\"Operations\":[");
      for (guint i = 0; i < N_MANY / 2; i++)
        g_string_append_printf (bulk,
                                "%s{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"b%u\","
                                "\"data\":{\"userName\":\"many.%u\"}}",
                                i > 0 ? "," : "",
                                i,
                                first + i);
      g_string_append (bulk, "]}");
      g_autoptr (Answer) made = scim ("POST", "/scim/v2/Bulk", bulk->str, NULL);
      assert_status (made, 200);
      for (guint i = 0; i < N_MANY / 2; i++)
        {
          g_autofree char *where = g_strdup_printf ("Operations.%u.location", i);
          g_string_append_printf (members,
                                  "%s{\"value\":\"%s\"}",
                                  members->len > 0 ? "," : "",
                                  strrchr (get_text (made, where), '/') + 1);
        }
    }
  g_autofree char *put = g_strdup_printf (
      PATCH ("{\"op\":\"add\",\"path\":\"members\",\"value\":[%s]}"), members->str);
  gint64 since = get_sequence ();
  g_autoptr (Answer) added = scim ("PATCH", one_path, put, NULL);
  assert_status (added, 204);
  follow_many (since, two_path, 2);
  g_assert_cmpuint (count_members (two_path), ==, N_MANY);

  since = get_sequence ();
  g_autoptr (Answer) emptied = scim ("PATCH", one_path, PATCH (OP ("remove", "members")), NULL);
  assert_status (emptied, 204);
  follow_many (since, two_path, 2);
  g_assert_cmpuint (count_members (two_path), ==, 0);
}

/* Elements that are looked for are in a PATCH one by one only where they are few. */
static void
test_many_values (void)
{
  const guint n = MS_PATCH_MAX_SEARCHES + 2;
  g_autoptr (GString) emails = g_string_new (NULL);
  g_autofree char *one = make_user (scim_harbour, "values.one");
  g_autofree char *two = make_user (scim_harbour, "values.two");
  g_autofree char *one_path = g_strconcat ("/scim/v2/Users/", one, NULL);
  g_autofree char *two_path = g_strconcat ("/scim/v2/Users/", two, NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (emails, "%s{\"value\":\"m%u@elsewhere.example\"}", i > 0 ? "," : "", i);
  g_autofree char *put = g_strdup_printf (
      PATCH ("{\"op\":\"add\",\"path\":\"emails\",\"value\":[%s]}"), emails->str);
  gint64 since = get_sequence ();
  g_autoptr (Answer) added = scim ("PATCH", one_path, put, NULL);
  assert_status (added, 200);
  follow_many (since, two_path, 1);
  since = get_sequence ();
  g_autoptr (Answer) emptied
             = scim ("PATCH",
                     one_path,
                     PATCH (SET ("replace", "emails", "[{\"value\":\"m0@elsewhere.example\"}]")),
                     NULL);
  assert_status (emptied, 200);
  follow_many (since, two_path, 1);
  assert_alike (one_path, two_path, "many values");
}

/* What no schema has any more is taken out of objects; there is nothing to do for who is told. */
static void
test_values_lost (void)
{
  static const char body[] = "{\"userName\":\"feed.lost\",\"" LOST "\":{\"text\":\"x\"}}";
  g_autoptr (Answer) schema = scim ("POST", "/api/v1/schemas", LOST_FILE, NULL);
  assert_status (schema, 201);
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Users", body);
  gint64           since = get_sequence ();
  g_autoptr (Answer) removed = scim ("DELETE", "/api/v1/schemas/lost?dropValues=true", NULL, NULL);
  assert_status (removed, 200);
  g_autoptr (Answer) feed = read_feed (scim_harbour->token, since, "&events=full");
  g_test_message ("%s", feed->reply->body->str);
  g_assert_cmpuint (count_sets (feed), ==, 1);
  assert_holds (feed, id);
  assert_lacks (feed, "Operations");
  g_assert_cmpstr (get_text (feed, NOTICE ".attributes.0"), ==, LOST ":text");
}

/* Relations --------------------------------------------------------------------------------- */

#define LINKS "urn:example:params:scim:schemas:test:2.0:Links"
#define LINKS_FILE                                                                                 \
  "{\"name\":\"links\",\"file\":{\"schemas\":[{\"id\":\"" LINKS                                    \
  "\",\"name\":\"Links\",\"attributes\":[{\"name\":\"pals\",\"type\":\"complex\","                 \
  "\"multiValued\":true,\"relation\":{\"to\":[\"User\",\"Group\"]},\"subAttributes\":["            \
  "{\"name\":\"value\",\"caseExact\":true}]}]}],"                                                  \
  "\"resourceTypes\":[{\"name\":\"User\",\"schemaExtensions\":[{\"schema\":\"" LINKS               \
  "\",\"required\":false}]}]}}"

/* The place of the only token that is about @uri. */
static guint
find_token (Answer *feed, const char *uri)
{
  JsonArray *sets = json_object_get_array_member (feed->json, "sets");
  guint      found = G_MAXUINT;

  for (guint i = 0; i < json_array_get_length (sets); i++)
    {
      JsonObject *about
          = json_object_get_object_member (json_array_get_object_element (sets, i), "sub_id");
      if (strcmp (json_object_get_string_member (about, "uri"), uri) != 0)
        continue;
      g_assert_cmpuint (found, ==, G_MAXUINT);
      found = i;
    }
  g_assert_cmpuint (found, !=, G_MAXUINT);
  return found;
}

/* Whoever refers to what is deleted lets go of it first, by whatever relation, and whether it stays
 * or is deleted too. */
static void
test_lets_go_first (void)
{
  g_autoptr (Answer) schema = scim ("POST", "/api/v1/schemas", LINKS_FILE, NULL);
  assert_status (schema, 201);
  g_autofree char *user = make_user (scim_harbour, "feed.leaves");
  g_autofree char *inner
      = make_object (scim_harbour, "/scim/v2/Groups", "{\"displayName\":\"feed inner\"}");
  g_autofree char *members = g_strdup_printf (
      "{\"displayName\":\"feed outer\",\"members\":[{\"value\":\"%s\"},{\"value\":\"%s\"}]}",
      user,
      inner);
  g_autofree char *gone = make_object (scim_harbour, "/scim/v2/Groups", members);
  g_autofree char *stays = make_object (scim_harbour, "/scim/v2/Groups", members);
  g_autofree char *pals = g_strdup_printf ("{\"userName\":\"feed.pal\",\"" LINKS
                                           "\":{\"pals\":[{\"value\":\"%s\"},{\"value\":\"%s\"}]}}",
                                           user,
                                           inner);
  g_autofree char *pal = make_object (scim_harbour, "/scim/v2/Users", pals);
  /* What is changed first has its place in the change set before those who let go of it. */
  g_autofree char *body = g_strdup_printf (
      "{\"schemas\":[\"" URN_MESSAGES "BulkRequest\"],\"urn:ietf:params:scim:api:messages:"
      "mailstead:2.0:BulkOptions\":{\"atomic\":true},\"Operations\":["
      "{\"method\":\"PATCH\",\"path\":\"/Users/%s\",\"data\":%s},"
      "{\"method\":\"PATCH\",\"path\":\"/Groups/%s\",\"data\":%s},"
      "{\"method\":\"DELETE\",\"path\":\"/Users/%s\"},"
      "{\"method\":\"DELETE\",\"path\":\"/Groups/%s\"},"
      "{\"method\":\"DELETE\",\"path\":\"/Groups/%s\"}]}",
      user,
      PATCH (SET ("replace", "displayName", "\"Leaves\"")),
      inner,
      PATCH (SET ("replace", "displayName", "\"Leaves\"")),
      user,
      inner,
      gone);
  const struct
  {
    const char *endpoint;
    const char *id;
  } targets[] = { { "/Users/", user }, { "/Groups/", inner } },
    holders[] = { { "/Groups/", gone }, { "/Groups/", stays }, { "/Users/", pal } };
  gint64 since = get_sequence ();
  g_autoptr (Answer) deleted = scim ("POST", "/scim/v2/Bulk", body, NULL);
  assert_status (deleted, 200);
  g_autoptr (Answer) feed = read_feed (scim_harbour->token, since, "&events=full");

  g_test_message ("%s", feed->reply->body->str);
  g_assert_cmpuint (count_sets (feed), ==, G_N_ELEMENTS (targets) + G_N_ELEMENTS (holders));
  for (gsize i = 0; i < G_N_ELEMENTS (targets); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (holders); k++)
      {
        g_autofree char *target = g_strconcat (targets[i].endpoint, targets[i].id, NULL);
        g_autofree char *holder = g_strconcat (holders[k].endpoint, holders[k].id, NULL);
        g_assert_cmpuint (find_token (feed, holder), <, find_token (feed, target));
      }
}

static void
add (void)
{
  scim_add ("feed/lets-go-first", test_lets_go_first);
  scim_add ("feed/many-members", test_many_members);
  scim_add ("feed/many-values", test_many_values);
  scim_add ("feed/pages", test_pages);
  scim_add ("feed/rights", test_rights);
  scim_add ("feed/operations", test_operations);
  scim_add ("feed/secrets", test_secrets);
  scim_add ("feed/external-ids", test_external_ids);
  scim_add ("feed/values-lost", test_values_lost);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
