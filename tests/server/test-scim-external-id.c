/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * externalId is the client's own (RFC 7643 §3.1): two provisioning clients and the administrator,
 * one user.
 */
#include "scim-case.h"
#include "ms-json.h"
#include "ms-txn.h"
#include <string.h>

static char *entra;
static char *okta;

static char *
make_token (const char *name)
{
  g_autofree char *body = g_strdup_printf ("{\"name\":\"%s\",\"scope\":\"scim\"}", name);
  g_autoptr (Answer) answer = scim ("POST", "/api/v1/tokens", body, NULL);

  assert_status (answer, 201);
  return g_strdup (get_text (answer, "token"));
}

static Answer *
as (const char *token, const char *method, const char *path, const char *body)
{
  return ask_as (scim_harbour, token, method, path, body, NULL);
}

static void
assert_external_id (const char *token, const char *path, const char *expected)
{
  g_autoptr (Answer) answer = as (token, "GET", path, NULL);

  assert_status (answer, 200);
  if (expected == NULL)
    g_assert_null (find_node (answer, "externalId"));
  else
    g_assert_cmpstr (get_text (answer, "externalId"), ==, expected);
  g_assert_null (find_node (answer, "externalIds"));
}

static gint64
count_as (const char *token, const char *filter)
{
  g_autofree char *path = scim_query ("/scim/v2/Users", "filter", filter, NULL);
  g_autoptr (Answer) answer = as (token, "GET", path, NULL);

  assert_status (answer, 200);
  return get_number (answer, "totalResults");
}

/* Each sets its own by another road: POST, PATCH, PUT; none sees or disturbs the others'. */
static void
test_each_its_own (void)
{
  g_autoptr (Answer) made = as (
      entra, "POST", "/scim/v2/Users", "{\"userName\":\"ext.a\",\"externalId\":\"E-1\"}");
  assert_status (made, 201);
  g_assert_cmpstr (get_text (made, "externalId"), ==, "E-1");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", get_text (made, "id"), NULL);

  assert_external_id (entra, path, "E-1");
  assert_external_id (okta, path, NULL);
  assert_external_id (scim_harbour->token, path, NULL);
  g_autoptr (Answer) patched = as (
      okta, "PATCH", path, PATCH ("{\"op\":\"add\",\"path\":\"externalId\",\"value\":\"O-1\"}"));
  assert_status (patched, 200);
  g_assert_cmpstr (get_text (patched, "externalId"), ==, "O-1");
  g_autoptr (Answer) put = as (
      scim_harbour->token, "PUT", path, "{\"userName\":\"ext.a\",\"externalId\":\"payroll-7\"}");
  assert_status (put, 200);
  assert_external_id (entra, path, "E-1");
  assert_external_id (okta, path, "O-1");
  assert_external_id (scim_harbour->token, path, "payroll-7");

  /* A PUT without it clears the client's own, and only that. */
  g_autoptr (Answer) cleared = as (entra, "PUT", path, "{\"userName\":\"ext.a\"}");
  assert_status (cleared, 200);
  assert_external_id (entra, path, NULL);
  assert_external_id (okta, path, "O-1");
  assert_external_id (scim_harbour->token, path, "payroll-7");
}

static void
test_filter (void)
{
  g_autoptr (Answer) one = as (
      entra, "POST", "/scim/v2/Users", "{\"userName\":\"extf.a\",\"externalId\":\"same\"}");
  g_autoptr (Answer) two = as (
      okta, "POST", "/scim/v2/Users", "{\"userName\":\"extf.b\",\"externalId\":\"same\"}");

  assert_status (one, 201);
  assert_status (two, 201);
  g_assert_cmpint (count_as (entra, "externalId eq \"same\""), ==, 1);
  g_assert_cmpint (count_as (entra, "externalId eq \"same\" and userName eq \"extf.a\""), ==, 1);
  g_assert_cmpint (count_as (entra, "externalId eq \"same\" and userName eq \"extf.b\""), ==, 0);
  g_assert_cmpint (count_as (okta, "externalId eq \"same\" and userName eq \"extf.b\""), ==, 1);
  /* caseExact */
  g_assert_cmpint (count_as (entra, "externalId eq \"SAME\""), ==, 0);
  g_assert_cmpint (count_as (entra, "externalId sw \"sa\" and userName sw \"extf\""), ==, 1);
  g_assert_cmpint (count_as (entra, "externalId ne \"same\" and userName sw \"extf\""), ==, 1);
  g_assert_cmpint (count_as (entra, "not (externalId pr) and userName sw \"extf\""), ==, 1);
  g_assert_cmpint (count_as (scim_harbour->token, "externalId eq \"same\""), ==, 0);
  /* Nobody asks for others' by the stored form. */
  g_assert_cmpint (count_as (entra, "externalIds[client eq \"okta\"]"), ==, 0);
  g_assert_cmpint (count_as (entra, "externalIds.value eq \"same\""), ==, 0);
  g_assert_cmpint (
      count_as (scim_harbour->token, "externalIds[client eq \"okta\" and value eq \"same\"]"),
      ==,
      1);
}

/* What is said of the stored form, and what the answer names as ignored. */
static void
assert_ignored (const char *method, const char *path, const char *body, const char *named)
{
  g_autoptr (Answer) answer = as (okta, method, path, body);

  g_test_message ("%s %s %s: %s", method, path, body != NULL ? body : "", answer->reply->body->str);
  g_assert_cmpuint (answer->status, >=, 200);
  g_assert_cmpuint (answer->status, <, 300);
  g_assert_cmpstr (wire_reply_get (answer->reply, "x-mailstead-ignored"), ==, named);
}

/* To a client there is no externalIds: it is told so as of any name that nothing here knows. */
static void
test_others_unknown (void)
{
  static const struct
  {
    const char *filter;
    const char *named;
    gboolean    all; /* of two, otherwise none */
  } filters[] = {
    { "externalIds.value eq \"U-1\"", "externalIds.value", FALSE },
    { "externalIds[client eq \"entra\"]", "externalIds", FALSE },
    { "externalIds[client eq \"entra\" and value pr]", "externalIds", FALSE },
    { "externalIds pr", "externalIds", FALSE },
    { "externalIds eq \"U-1\"", "externalIds", FALSE },
    { "EXTERNALIDS.client gt 5", "EXTERNALIDS.client", FALSE },
    { "urn:ietf:params:scim:schemas:core:2.0:User:externalIds.value eq \"U-1\"",
      "urn:ietf:params:scim:schemas:core:2.0:User:externalIds.value",
      FALSE },
    { "externalIds.value ne \"U-1\"", "externalIds.value", TRUE },
    { "not (externalIds pr)", "externalIds", TRUE },
  };
  static const char *const operations[] = {
    "{\"op\":\"remove\",\"path\":\"externalIds\"}",
    "{\"op\":\"remove\",\"path\":\"externalIds[client eq \\\"entra\\\"]\"}",
    "{\"op\":\"remove\",\"path\":\" externalids.value\"}",
    "{\"op\":\"replace\",\"path\":\"externalIds\",\"value\":[]}",
    "{\"OP\":\"add\",\"PATH\":\"urn:ietf:params:scim:schemas:core:2.0:User:externalIds\","
    "\"value\":[{\"client\":\"entra\",\"value\":\"stolen\"}]}",
    "{\"op\":\"add\",\"value\":{\"title\":\"T\"}},{\"op\":\"remove\",\"path\":\"externalIds\"}",
  };
  static const char *const values[]
      = { "null", "[]", "\"text\"", "{}", "[{\"client\":\"entra\",\"value\":\"stolen\"}]" };
  g_autoptr (Answer) made = as (
      entra, "POST", "/scim/v2/Users", "{\"userName\":\"extu.a\",\"externalId\":\"U-1\"}");
  g_autoptr (Answer) other = as (okta, "POST", "/scim/v2/Users", "{\"userName\":\"extu.b\"}");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", get_text (made, "id"), NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_autofree char *text = g_strdup_printf ("userName sw \"extu.\" and %s", filters[i].filter);
      g_autofree char *list = scim_query ("/scim/v2/Users", "filter", text, NULL);
      assert_ignored ("GET", list, NULL, filters[i].named);
      g_assert_cmpint (count_as (okta, text), ==, filters[i].all ? 2 : 0);
    }
  g_autofree char *wanted = g_strconcat (path, "?attributes=externalIds,userName", NULL);
  g_autofree char *part = g_strconcat (path, "?attributes=externalids.value", NULL);
  g_autofree char *excluded = g_strconcat (path, "?excludedAttributes=externalIds", NULL);
  assert_ignored ("GET", wanted, NULL, "externalIds");
  assert_ignored ("GET", part, NULL, "externalids.value");
  assert_ignored ("GET", excluded, NULL, "externalIds");
  assert_ignored ("GET", "/scim/v2/Users?attributes=externalIds", NULL, "externalIds");

  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autofree char *body = g_strdup_printf (PATCH ("%s"), operations[i]);
      g_autoptr (Answer) refused = as (okta, "PATCH", path, body);
      g_test_message ("%s: %s", body, refused->reply->body->str);
      assert_status (refused, 400);
      g_assert_cmpstr (get_text (refused, "scimType"), ==, "invalidPath");
      assert_holds (refused, "there is no such attribute");
    }
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *create
          = g_strdup_printf ("{\"userName\":\"extu.v%zu\",\"externalIds\":%s}", i, values[i]);
      g_autofree char *put
          = g_strdup_printf ("{\"userName\":\"extu.a\",\"ExternalIds\":%s}", values[i]);
      g_autofree char *add = g_strdup_printf (
          PATCH ("{\"op\":\"add\",\"value\":{\"externalIds\":%s,\"title\":\"T%zu\"}}"),
          values[i],
          i);
      g_autofree char *nested = g_strdup_printf (
          PATCH ("{\"op\":\"add\",\"value\":{\"urn:ietf:params:scim:schemas:core:2.0:User\":"
                 "{\"externalIds.value\":%s}}}"),
          values[i]);
      assert_ignored ("POST", "/scim/v2/Users", create, "externalIds");
      assert_ignored ("PUT", path, put, "ExternalIds");
      assert_ignored ("PATCH", path, add, "externalIds");
      assert_ignored ("PATCH", path, nested, "externalIds.value");
    }
  assert_external_id (entra, path, "U-1");
  assert_external_id (okta, path, NULL);
}

/* No key: two users may have the same one. */
static void
test_not_a_key (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *body
          = g_strdup_printf ("{\"userName\":\"extk.%u\",\"externalId\":\"twice\"}", i);
      g_autoptr (Answer) made = as (entra, "POST", "/scim/v2/Users", body);
      assert_status (made, 201);
    }
  g_assert_cmpint (count_as (entra, "externalId eq \"twice\""), ==, 2);
}

/* The administrator sees all of them by name, and only so. */
static void
test_administrator (void)
{
  g_autoptr (Answer) made = as (
      entra, "POST", "/scim/v2/Users", "{\"userName\":\"ext.admin\",\"externalId\":\"E-9\"}");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", get_text (made, "id"), NULL);
  g_autofree char *named = g_strconcat (path, "?attributes=externalIds", NULL);
  g_autoptr (Answer) all = scim ("GET", named, NULL, NULL);

  g_assert_cmpstr (get_text (all, "externalIds.0.client"), ==, "entra");
  g_assert_cmpstr (get_text (all, "externalIds.0.value"), ==, "E-9");
  g_autoptr (Answer) hidden = as (entra, "GET", named, NULL);
  assert_lacks (hidden, "externalIds");
  g_autoptr (Answer) tried = as (
      okta,
      "PATCH",
      path,
      PATCH ("{\"op\":\"add\",\"value\":{\"externalIds\":[{\"client\":\"entra\",\"value\":"
             "\"stolen\"}]}}"));
  assert_status (tried, 200);
  g_assert_cmpstr (wire_reply_get (tried->reply, "x-mailstead-ignored"), ==, "externalIds");
  assert_external_id (entra, path, "E-9");
}

/* In the change set, and undone with it. */
static void
test_undo (void)
{
  g_autoptr (Answer) made = as (
      entra, "POST", "/scim/v2/Users", "{\"userName\":\"ext.undo\",\"externalId\":\"E-5\"}");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", get_text (made, "id"), NULL);
  g_autoptr (Answer) changed
             = as (entra,
                   "PATCH",
                   path,
                   PATCH ("{\"op\":\"replace\",\"path\":\"externalId\",\"value\":\"E-6\"}"));
  assert_status (changed, 200);
  g_autofree char *undo = g_strdup_printf ("/api/v1/changes/%s/undo",
                                           wire_reply_get (changed->reply, "x-mailstead-change"));
  g_autoptr (Answer) undone = scim ("POST", undo, NULL, NULL);
  assert_status (undone, 200);
  assert_external_id (entra, path, "E-5");
  /* The same once more is no change. */
  g_autoptr (Answer) same
             = as (entra,
                   "PATCH",
                   path,
                   PATCH ("{\"op\":\"replace\",\"path\":\"externalId\",\"value\":\"E-5\"}"));
  g_assert_null (wire_reply_get (same->reply, "x-mailstead-change"));
}

/* A new token of the same name is the same client. */
static void
test_new_token (void)
{
  g_autoptr (Answer) made = as (
      entra, "POST", "/scim/v2/Groups", "{\"displayName\":\"Ext\",\"externalId\":\"G-1\"}");
  g_autofree char *path = g_strconcat ("/scim/v2/Groups/", get_text (made, "id"), NULL);
  g_autofree char *again = make_token ("entra");

  assert_external_id (again, path, "G-1");
}

static void
make_sorted (void)
{
  static const struct
  {
    const char *name;
    const char *entra;
    const char *okta;
    const char *own;
  } rows[] = {
    { "sort.a", "k3", "z1", NULL }, { "sort.b", "K1", NULL, "q2" }, { "sort.c", NULL, "z0", "q1" },
    { "sort.d", "k2", "z2", NULL }, { "sort.e", NULL, NULL, NULL }, { "sort.f", "k2", "a9", "q9" },
    { "sort.g", "k0", NULL, NULL }, { "sort.h", NULL, "z9", "q0" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char      *values[] = { rows[i].entra, rows[i].okta, rows[i].own };
      const char      *tokens[] = { entra, okta, scim_harbour->token };
      g_autofree char *id = make_user (scim_harbour, rows[i].name);
      g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
      for (gsize k = 0; k < G_N_ELEMENTS (values); k++)
        {
          g_autofree char *body = g_strdup_printf (
              PATCH ("{\"op\":\"add\",\"path\":\"externalId\",\"value\":\"%s\"}"), values[k]);
          if (values[k] == NULL)
            continue;
          g_autoptr (Answer) set = as (tokens[k], "PATCH", path, body);
          assert_status (set, 200);
        }
    }
}

/* The last letters of the names, "abc". */
static char *
read_letters (Answer *answer)
{
  g_autoptr (GString) letters = g_string_new (NULL);
  JsonArray *resources = json_object_get_array_member (answer->json, "Resources");

  for (guint i = 0; i < json_array_get_length (resources); i++)
    {
      const char *name = json_object_get_string_member (
          json_array_get_object_element (resources, i), "userName");
      if (g_str_has_prefix (name, "sort."))
        g_string_append (letters, name + strlen ("sort."));
    }
  return g_string_free (g_steal_pointer (&letters), FALSE);
}

static char *
read_sorted (const char *token, const char *query)
{
  g_autofree char *path = g_strconcat ("/scim/v2/Users?sortBy=externalId&count=1000", query, NULL);
  g_autoptr (Answer) answer = as (token, "GET", path, NULL);

  assert_status (answer, 200);
  return read_letters (answer);
}

/* There by @name, with the pages put together in the order of the list. */
static char *
read_by_cursor (const char *token, const char *query, const char *name, char **cursor, char **turn)
{
  g_autoptr (GString) all = g_string_new (NULL);
  const char *other = g_str_equal (name, "nextCursor") ? "previousCursor" : "nextCursor";

  while (*cursor != NULL)
    {
      g_autofree char *path = g_strdup_printf (
          "/scim/v2/Users?sortBy=externalId&count=2%s&cursor=%s", query, *cursor);
      g_autoptr (Answer) answer = as (token, "GET", path, NULL);
      assert_status (answer, 200);
      g_autofree char *letters = read_letters (answer);
      JsonNode        *next = find_node (answer, name);
      JsonNode        *back = find_node (answer, other);
      if (g_str_equal (name, "nextCursor"))
        g_string_append (all, letters);
      else
        g_string_prepend (all, letters);
      g_free (*cursor);
      *cursor = next != NULL ? json_node_dup_string (next) : NULL;
      g_free (*turn);
      *turn = back != NULL ? json_node_dup_string (back) : NULL;
    }
  return g_string_free (g_steal_pointer (&all), FALSE);
}

/* By what each client calls objects, whatever the others do; case counts, and who has none comes
 * last, by creation. */
static void
test_sort (void)
{
  const char *const filtered = "&filter=userName%20sw%20%22sort.%22";
  const struct
  {
    const char *token;
    const char *expected;
  } rows[] = { { entra, "bgdfaceh" }, { okta, "fcadhbeg" }, { scim_harbour->token, "hcbfadeg" } };

  make_sorted ();
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint k = 0; k < 2; k++)
      {
        const char      *query = k == 0 ? "" : filtered;
        g_autofree char *down = g_strconcat (query, "&sortOrder=descending", NULL);
        g_autofree char *up_letters = read_sorted (rows[i].token, query);
        g_autofree char *down_letters = read_sorted (rows[i].token, down);
        g_autofree char *reversed = g_strreverse (g_strdup (rows[i].expected));
        g_assert_cmpstr (up_letters, ==, rows[i].expected);
        g_assert_cmpstr (down_letters, ==, reversed);

        g_autofree char *cursor = g_strdup ("");
        g_autofree char *turn = NULL;
        g_autofree char *there
            = read_by_cursor (rows[i].token, query, "nextCursor", &cursor, &turn);
        g_assert_cmpstr (there, ==, rows[i].expected);
        g_autofree char *back
            = read_by_cursor (rows[i].token, query, "previousCursor", &turn, &cursor);
        g_assert_true (g_str_has_prefix (rows[i].expected, back));
        g_assert_cmpuint (strlen (back), >=, strlen (rows[i].expected) - 2);
      }
  /* Others' names are not asked for by the stored form. */
  g_autoptr (Answer) refused = as (entra, "GET", "/scim/v2/Users?sortBy=externalIds.value", NULL);
  assert_status (refused, 400);
  g_assert_cmpstr (get_text (refused, "path"), ==, "sortBy");
}

/* Over all types: mailing lists and users by the same client's names. */
static void
test_sort_types (void)
{
  g_autoptr (Answer) list = as (
      okta, "POST", "/scim/v2/Groups", "{\"displayName\":\"Sorted\",\"externalId\":\"z1a\"}");
  assert_status (list, 201);
  g_autoptr (Answer) answer = as (okta,
                                  "GET",
                                  "/scim/v2?sortBy=externalId&count=1000&attributes=externalId&"
                                  "filter=externalId%20sw%20%22z%22",
                                  NULL);
  assert_status (answer, 200);
  static const char *const expected[] = { "z0", "z1", "z1a", "z2", "z9" };
  JsonArray               *resources = json_object_get_array_member (answer->json, "Resources");
  g_assert_cmpuint (json_array_get_length (resources), ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpstr (
        json_object_get_string_member (json_array_get_object_element (resources, i), "externalId"),
        ==,
        expected[i]);
}

/* A client is known by the name of its token, and names are compared without regard to case and
 * width (docs/data-model.md). */
static void
test_name_of_client (void)
{
  g_autofree char *shout = make_token ("ENTRA");
  g_autofree char *wide = make_token ("\uff25ntra");
  g_autoptr (Answer) made = as (
      entra, "POST", "/scim/v2/Users", "{\"userName\":\"extn.a\",\"externalId\":\"N-1\"}");
  assert_status (made, 201);
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", get_text (made, "id"), NULL);

  assert_external_id (shout, path, "N-1");
  assert_external_id (wide, path, "N-1");
  g_assert_cmpint (count_as (shout, "externalId eq \"N-1\""), ==, 1);
  g_autoptr (Answer) put
             = as (wide, "PUT", path, "{\"userName\":\"extn.a\",\"externalId\":\"N-2\"}");
  assert_status (put, 200);
  assert_external_id (entra, path, "N-2");
  g_autofree char *all = g_strconcat (path, "?attributes=externalIds", NULL);
  g_autoptr (Answer) stored = scim ("GET", all, NULL, NULL);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (stored->json, "externalIds")), ==, 1);
  g_assert_cmpstr (get_text (stored, "externalIds.0.client"), ==, "entra");
  g_assert_cmpint (
      count_as (scim_harbour->token, "externalIds[client eq \"ENTRA\" and value eq \"N-2\"]"),
      ==,
      1);
  g_assert_cmpint (
      count_as (scim_harbour->token, "userName eq \"extn.a\" and externalIds.client eq \"eNTRA\""),
      ==,
      1);
  g_autoptr (Answer) second = scim (
      "PATCH",
      path,
      PATCH ("{\"op\":\"add\",\"path\":\"externalIds\",\"value\":[{\"client\":\"Entra\","
             "\"value\":\"N-3\"}]}"),
      NULL);
  assert_status (second, 400);
  g_autofree char *sorted = scim_query (
      "/scim/v2/Users", "filter", "userName eq \"extn.a\"", "sortBy", "externalId", NULL);
  g_autoptr (Answer) list = as (shout, "GET", sorted, NULL);
  assert_status (list, 200);
  g_assert_cmpstr (get_text (list, "Resources.0.externalId"), ==, "N-2");
}

static gboolean
store_twins (MsTxn *txn, gpointer data, GError **error)
{
  MsSchemaRegistry     *schemas = ms_service_get_schemas (scim_harbour->service);
  const MsResourceType *type = ms_schema_registry_get_type_by_name (schemas, "User");
  g_autoptr (MsObject) user = ms_txn_get_object (txn, type, data, error);
  g_autoptr (JsonNode) twins = ms_json_parse (
      "[{\"client\":\"entra\",\"value\":\"T-1\"},{\"client\":\"ENTRA\",\"value\":\"T-2\"}]",
      -1,
      NULL,
      error);

  g_assert_nonnull (user);
  g_autoptr (MsObject) changed = ms_object_copy (user);
  json_object_set_member (
      ms_object_get_attributes (changed), "externalIds", g_steal_pointer (&twins));
  return ms_txn_update (txn, changed, error);
}

/* Stores of earlier versions have clients that differ in case: nothing of theirs is lost. */
static void
test_twins (void)
{
  static const MsChangeContext context = { .actor_name = "x", .channel = "x", .verb = "x" };
  g_autofree char             *shout = make_token ("ENTRA");
  g_autofree char             *title = make_token ("Entra");
  g_autofree char             *id = make_user (scim_harbour, "extt.a");
  g_autofree char             *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autofree char             *all = g_strconcat (path, "?attributes=externalIds", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_store_write (
      ms_service_get_store (scim_harbour->service), &context, store_twins, id, NULL, &error));
  g_assert_no_error (error);
  assert_external_id (entra, path, "T-1");
  assert_external_id (shout, path, "T-2");
  assert_external_id (title, path, "T-1");
  g_assert_cmpint (count_as (title, "externalId eq \"T-2\""), ==, 1);

  /* A change of something else, and of one's own. */
  g_autoptr (Answer) other = as (
      title, "PATCH", path, PATCH ("{\"op\":\"add\",\"path\":\"title\",\"value\":\"T\"}"));
  assert_status (other, 200);
  g_autoptr (Answer) own
             = as (shout,
                   "PATCH",
                   path,
                   PATCH ("{\"op\":\"replace\",\"path\":\"externalId\",\"value\":\"T-3\"}"));
  assert_status (own, 200);
  g_autoptr (Answer) both = scim ("GET", all, NULL, NULL);
  assert_holds (both, "{\"client\":\"entra\",\"value\":\"T-1\"}");
  assert_holds (both, "{\"client\":\"ENTRA\",\"value\":\"T-3\"}");

  /* Out of the bin, and one taken away and brought back by an undo. */
  g_autoptr (Answer) gone = scim ("DELETE", path, NULL, NULL);
  assert_status (gone, 204);
  g_autofree char *undo = g_strconcat (
      "/api/v1/changes/", wire_reply_get (gone->reply, "x-mailstead-change"), "/undo", NULL);
  g_autoptr (Answer) back = scim ("POST", undo, NULL, NULL);
  assert_status (back, 200);
  g_autoptr (Answer) restored = scim ("GET", all, NULL, NULL);
  assert_holds (restored, "{\"client\":\"ENTRA\",\"value\":\"T-3\"}");
  g_autoptr (Answer) removed
             = scim ("PATCH",
                     path,
                     PATCH ("{\"op\":\"remove\",\"path\":\"externalIds[value eq \\\"T-3\\\"]\"}"),
                     NULL);
  assert_status (removed, 200);
  assert_external_id (shout, path, "T-1");
  g_autoptr (Answer) deleted = scim ("DELETE", path, NULL, NULL);
  assert_status (deleted, 204);
}

static void
add (void)
{
  entra = make_token ("entra");
  okta = make_token ("okta");
  scim_add ("external-id/each-its-own", test_each_its_own);
  scim_add ("external-id/filter", test_filter);
  scim_add ("external-id/others-unknown", test_others_unknown);
  scim_add ("external-id/not-a-key", test_not_a_key);
  scim_add ("external-id/administrator", test_administrator);
  scim_add ("external-id/undo", test_undo);
  scim_add ("external-id/new-token", test_new_token);
  scim_add ("external-id/name-of-client", test_name_of_client);
  scim_add ("external-id/twins", test_twins);
  scim_add ("external-id/sort", test_sort);
  scim_add ("external-id/sort-types", test_sort_types);
}

int
main (int argc, char **argv)
{
  int result = scim_main (argc, argv, add);

  g_free (entra);
  g_free (okta);
  return result;
}
