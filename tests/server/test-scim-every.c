/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every attribute of every type that /Schemas tells of: filters and orders take it, or it stands in
 * the lists below, which are all that docs/scim.md excepts. An order the other way round is the
 * same list from its end.
 */
#include "scim-case.h"
#include <string.h>

#define MAILSTEAD "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User:"

/* Secrets, and what follows from one. */
static const char *const not_filtered[]
    = { "User password", "User " MAILSTEAD "passwordHash", "Gadget pin", NULL };

/* Besides them what has no value of its own (RFC 7644 §3.4.2.3: a sub-attribute is to be named). */
static const char *const not_sorted[] = { "Template rights", "User addresses",
                                          "User name",       "User " MAILSTEAD "rights",
                                          "Gadget box",      "Gadget items",
                                          "Gadget place",    "* meta",
                                          "* usage",         NULL };

static const char *const common[] = { "id",           "externalId",    "schemas",
                                      "meta",         "meta.created",  "meta.lastModified",
                                      "meta.version", "meta.location", "meta.resourceType" };

static guint       asked;
static guint       refused;
static GHashTable *met; /* utf8: which of the exceptions are any */

static gboolean
is_among (const char *const *list, const char *type, const char *path)
{
  g_autofree char *one = g_strconcat (type, " ", path, NULL);
  g_autofree char *any = g_strconcat ("* ", path, NULL);

  for (; *list != NULL; list++)
    if (strcmp (*list, one) == 0 || strcmp (*list, any) == 0)
      {
        g_hash_table_add (met, (gpointer) *list);
        return TRUE;
      }
  return FALSE;
}

/* Whether it was taken, as the lists say. (nullable) (transfer full) */
static Answer *
take (const char *type, const char *path, const char *request, gboolean excepted)
{
  g_autoptr (Answer) answer = scim ("GET", request, NULL, NULL);

  asked++;
  refused += excepted ? 1 : 0;
  g_test_message ("%s %s: %s", type, path, request);
  assert_status (answer, excepted ? 400 : 200);
  if (excepted)
    {
      assert_holds (answer, strrchr (path, ':') != NULL ? strrchr (path, ':') + 1 : path);
      return NULL;
    }
  g_assert_null (wire_reply_get (answer->reply, "x-mailstead-ignored"));
  return g_steal_pointer (&answer);
}

/* (transfer full): "id id id " in the order of the list, or the other way round */
static char *
join_ids (Answer *answer, gboolean backwards)
{
  GString *ids = g_string_new (NULL);

  JsonArray *resources = json_node_get_array (find_node (answer, "Resources"));
  guint      length = json_array_get_length (resources);
  for (guint i = 0; i < length; i++)
    {
      JsonObject *object
          = json_array_get_object_element (resources, backwards ? length - 1 - i : i);
      g_string_append_printf (ids, "%s ", json_object_get_string_member (object, "id"));
    }
  return g_string_free (ids, FALSE);
}

static void
look_at_path (const char *type, const char *endpoint, const char *path)
{
  gboolean         unfiltered = is_among (not_filtered, type, path);
  gboolean         unsorted = unfiltered || is_among (not_sorted, type, path);
  g_autofree char *filter = g_strconcat (path, " pr or not (", path, " pr)", NULL);
  g_autofree char *present = scim_query (endpoint, "filter", filter, NULL);
  g_autofree char *up = scim_query (endpoint, "sortBy", path, NULL);
  g_autofree char *down = scim_query (endpoint, "sortBy", path, "sortOrder", "descending", NULL);
  g_autoptr (Answer) whole = scim ("GET", endpoint, NULL, NULL);
  g_autoptr (Answer) found = take (type, path, present, unfiltered);
  g_autoptr (Answer) first = take (type, path, up, unsorted);
  g_autoptr (Answer) last = take (type, path, down, unsorted);

  assert_status (whole, 200);
  if (found != NULL)
    g_assert_cmpint (get_number (found, "totalResults"), ==, get_number (whole, "totalResults"));
  if (first == NULL)
    return;
  g_assert_cmpint (get_number (first, "itemsPerPage"), ==, get_number (whole, "totalResults"));
  g_autofree char *ids = join_ids (first, FALSE);
  g_autofree char *same = join_ids (last, TRUE);
  g_assert_cmpstr (ids, ==, same);
}

/* By what is named in "attributes" and in "excludedAttributes" nothing is ignored. */
static void
look_at_projections (const char *type, const char *endpoint, const char *path)
{
  static const char *const parameters[] = { "attributes", "excludedAttributes" };

  for (gsize i = 0; i < G_N_ELEMENTS (parameters); i++)
    {
      g_autofree char *request = scim_query (endpoint, parameters[i], path, NULL);
      g_autoptr (Answer) taken = take (type, path, request, FALSE);
    }
}

static void
look_at_schema (const char *type, const char *endpoint, const char *urn, const char *prefix)
{
  g_autofree char *path = g_strconcat ("/scim/v2/Schemas/", urn, NULL);
  g_autoptr (Answer) schema = scim ("GET", path, NULL, NULL);

  assert_status (schema, 200);
  JsonArray *attributes = json_node_get_array (find_node (schema, "attributes"));
  for (guint i = 0; i < json_array_get_length (attributes); i++)
    {
      JsonObject      *attribute = json_array_get_object_element (attributes, i);
      g_autofree char *name
          = g_strconcat (prefix, json_object_get_string_member (attribute, "name"), NULL);
      look_at_path (type, endpoint, name);
      look_at_projections (type, endpoint, name);
      JsonArray *subs = json_object_has_member (attribute, "subAttributes")
                            ? json_object_get_array_member (attribute, "subAttributes")
                            : NULL;
      for (guint s = 0; subs != NULL && s < json_array_get_length (subs); s++)
        {
          JsonObject      *sub = json_array_get_object_element (subs, s);
          g_autofree char *part
              = g_strconcat (name, ".", json_object_get_string_member (sub, "name"), NULL);
          look_at_path (type, endpoint, part);
          look_at_projections (type, endpoint, part);
        }
    }
}

static void
look_at_type (JsonObject *type)
{
  const char      *name = json_object_get_string_member (type, "name");
  const char      *schema = json_object_get_string_member (type, "schema");
  g_autofree char *endpoint
      = g_strconcat ("/scim/v2", json_object_get_string_member (type, "endpoint"), NULL);
  JsonArray *extensions = json_object_has_member (type, "schemaExtensions")
                              ? json_object_get_array_member (type, "schemaExtensions")
                              : NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (common); i++)
    {
      g_autofree char *whole = g_strconcat (schema, ":", common[i], NULL);
      look_at_path (name, endpoint, common[i]);
      look_at_projections (name, endpoint, common[i]);
      if (strcmp (common[i], "meta") != 0)
        look_at_path (name, endpoint, whole);
      look_at_projections (name, endpoint, whole);
    }
  look_at_schema (name, endpoint, schema, "");
  for (guint i = 0; extensions != NULL && i < json_array_get_length (extensions); i++)
    {
      JsonObject      *extension = json_array_get_object_element (extensions, i);
      const char      *urn = json_object_get_string_member (extension, "schema");
      g_autofree char *prefix = g_strconcat (urn, ":", NULL);
      look_at_schema (name, endpoint, urn, prefix);
    }
}

/* (transfer full): its id */
static char *
make (const char *path, const char *quoted)
{
  g_autofree char *body = from_single_quotes (quoted);

  return make_object (scim_harbour, path, body);
}

/* Three of each kind, of which some lack most. */
static void
make_world (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "all-kinds.json", NULL);
  g_autofree char *file = NULL;

  g_assert_true (g_file_get_contents (path, &file, NULL, NULL));
  g_autofree char *body = g_strdup_printf ("{\"name\":\"kinds\",\"file\":%s}", file);
  g_autoptr (Answer) added = scim ("POST", "/api/v1/schemas", body, NULL);
  assert_status (added, 201);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("one%u", i);
      g_autofree char *user = make_user (scim_harbour, name);
      g_autofree char *group_body
          = g_strdup_printf ("{'name':'team%u','quota':%u}", i, 1000 * (i + 1));
      g_autofree char *group = make ("/scim/v2/MailGroups", group_body);
      g_autofree char *mailbox_body = g_strdup_printf (
          "{'name':'box%u','owner':{'value':'%s'},'group':{'value':'%s'}}", i, user, group);
      g_autofree char *mailbox = make ("/scim/v2/Mailboxes", mailbox_body);
      g_autofree char *list_body
          = g_strdup_printf ("{'displayName':'list%u','members':[{'value':'%s'}]}", i, user);
      g_autofree char *list = make ("/scim/v2/Groups", list_body);
      g_autofree char *domain_body = g_strdup_printf ("{'name':'d%u.example'}", i);
      g_autofree char *domain = make ("/scim/v2/Domains", domain_body);
      g_autofree char *template_body = g_strdup_printf (
          "{'name':'template%u','group':{'value':'%s'},'rights':{'imap':true}}", i, group);
      g_autofree char *template = make ("/scim/v2/Templates", template_body);
      g_autofree char *gadget_body = g_strdup_printf (
          "{'name':'gadget%u','code':'c%u','level':%u,'tags':['t%u'],'holder':{'value':'%s'}}",
          i,
          i,
          i,
          i,
          user);
      g_autofree char *gadget = make ("/scim/v2/Gadgets", gadget_body);
    }
}

static void
test_every (void)
{
  met = g_hash_table_new (g_str_hash, g_str_equal);
  make_world ();
  g_autoptr (Answer) types = scim ("GET", "/scim/v2/ResourceTypes", NULL, NULL);
  assert_status (types, 200);
  JsonArray *resources = json_node_get_array (find_node (types, "Resources"));
  guint      looked_at = 0;
  for (guint i = 0; i < json_array_get_length (resources); i++)
    {
      JsonObject *type = json_array_get_object_element (resources, i);
      /* There is one guest, and it is no list. */
      if (strcmp (json_object_get_string_member (type, "name"), "Guest") == 0)
        continue;
      look_at_type (type);
      looked_at++;
    }
  g_test_message ("%u types, %u requests, %u refused", looked_at, asked, refused);
  g_assert_cmpuint (looked_at, ==, 7);
  g_assert_cmpuint (asked, >, 600);
  g_assert_cmpuint (
      g_hash_table_size (met), ==, G_N_ELEMENTS (not_filtered) + G_N_ELEMENTS (not_sorted) - 2);
  g_clear_pointer (&met, g_hash_table_unref);
}

static void
add (void)
{
  scim_add ("every/attribute", test_every);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
