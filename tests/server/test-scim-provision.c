/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects from their creation to their end as identity providers lead them, with bodies of their
 * shape, as Keycloak's plugins, authentik and Entra send them.
 */
#include "scim-case.h"
#include <string.h>

static char *
path_of (const char *type, const char *id)
{
  return g_strconcat ("/scim/v2/", type, "/", id, NULL);
}

/* The one object that a filter finds. (transfer full): its id */
static char *
find (const char *type, const char *attribute, const char *value)
{
  g_autofree char *filter = g_strdup_printf ("%s eq \"%s\"", attribute, value);
  g_autofree char *endpoint = g_strconcat ("/scim/v2/", type, NULL);
  g_autofree char *path = scim_query (endpoint, "filter", filter, NULL);
  g_autoptr (Answer) found = scim ("GET", path, NULL, NULL);

  assert_status (found, 200);
  g_assert_cmpint (get_number (found, "totalResults"), ==, 1);
  return g_strdup (get_text (found, "Resources.0.id"));
}

/* All members of the class, with null where there is nothing, and a group of such members without
 * a type. */
static void
test_keycloak (void)
{
  static const char user_body[]
      = "{\"schemas\":[\"" MS_URN_USER "\"],\"id\":null,\"externalId\":\"5f1c\",\"meta\":null,"
        "\"userName\":\"keycloak.new\",\"name\":{\"formatted\":\"New Person\",\"familyName\":"
        "\"Person\",\"givenName\":\"New\",\"middleName\":null,\"honorificPrefix\":null,"
        "\"honorificSuffix\":null},\"displayName\":\"New Person\",\"nickName\":null,\"active\":"
        "true,\"emails\":[{\"value\":\"new@x.example\",\"type\":null,\"primary\":true,\"display\":"
        "null}],\"phoneNumbers\":[],\"groups\":[],\"roles\":[{\"value\":\"clerk\"}],\"password\":"
        "null,\"x509Certificates\":[]}";

  g_autoptr (Answer) made = scim ("POST", "/scim/v2/Users", user_body, NULL);
  assert_status (made, 201);
  g_assert_cmpstr (get_text (made, "externalId"), ==, "5f1c");
  assert_holds (made, "\"active\":true");
  assert_holds (made, "\"roles\":[{\"value\":\"clerk\"}]");
  g_assert_null (wire_reply_get (made->reply, "x-mailstead-ignored"));
  g_autofree char *user = g_strdup (get_text (made, "id"));
  g_autofree char *group_body
      = g_strdup_printf ("{\"schemas\":[\"" MS_URN_GROUP
                         "\"],\"displayName\":\"keycloak-new\",\"externalId\":\"6a2d\",\"members\":"
                         "[{\"value\":\"%s\",\"$ref\":null,\"display\":\"keycloak.new\"}]}",
                         user);
  g_autoptr (Answer) group = scim ("POST", "/scim/v2/Groups", group_body, NULL);
  assert_status (group, 201);
  g_assert_cmpstr (get_text (group, "members.0.value"), ==, user);
  g_assert_cmpstr (get_text (group, "members.0.type"), ==, "User");
  g_autoptr (Answer) again = scim ("POST", "/scim/v2/Users", user_body, NULL);
  assert_status (again, 409);
  g_autofree char *found = find ("Users", "externalId", "5f1c");
  g_assert_cmpstr (found, ==, user);
}

/* A group is made, or where that is 409 looked up by its name and PATCHed. */
static void
test_authentik_group (void)
{
  static const char body[]
      = "{\"schemas\":[\"" MS_URN_GROUP "\"],\"displayName\":\"authentik staff\",\"externalId\":"
        "\"g-1\",\"members\":[]}";

  g_autoptr (Answer) made = scim ("POST", "/scim/v2/Groups", body, NULL);
  assert_status (made, 201);
  g_autofree char *found = find ("Groups", "displayName", "authentik staff");
  g_assert_cmpstr (found, ==, get_text (made, "id"));
  g_autofree char *same = find ("Groups", "displayName", "AUTHENTIK STAFF");
  g_assert_cmpstr (same, ==, found);
  g_autofree char *path = path_of ("Groups", found);
  g_autoptr (Answer) renamed
             = scim ("PATCH",
                     path,
                     PATCH ("{\"op\":\"replace\",\"value\":{\"displayName\":\"authentik crew\"}}"),
                     NULL);
  assert_status (renamed, 204);
  g_autofree char *now = find ("Groups", "displayName", "authentik crew");
  g_assert_cmpstr (now, ==, found);
}

/* A filter that finds several elements means each of them (RFC 7644 §3.5.2.3); made the same, they
 * are one. */
static void
test_two_of_a_type (void)
{
  g_autofree char *id = make_object (scim_harbour,
                                     "/scim/v2/Users",
                                     "{\"userName\":\"entra.two\",\"emails\":["
                                     "{\"value\":\"a@x.example\",\"type\":\"work\"},"
                                     "{\"value\":\"b@x.example\",\"type\":\"work\"},"
                                     "{\"value\":\"c@x.example\",\"type\":\"home\"}]}");
  g_autofree char *path = path_of ("Users", id);
  g_autoptr (Answer) changed
             = scim ("PATCH",
                     path,
                     PATCH ("{\"op\":\"Replace\",\"path\":\"emails[type eq \\\"work\\\"].value\","
                            "\"value\":\"n@x.example\"}"),
                     NULL);

  assert_status (changed, 200);
  assert_lacks (changed, "a@x.example");
  assert_lacks (changed, "b@x.example");
  g_assert_cmpstr (get_text (changed, "emails.0.value"), ==, "n@x.example");
  g_assert_cmpstr (get_text (changed, "emails.1.value"), ==, "c@x.example");
  g_assert_null (find_node (changed, "emails.2"));
}

/* Where there is none, it is made. */
static void
test_primary_as_text (void)
{
  static const char        body[] = PATCH ("{\"op\":\"Add\",\"path\":\"roles[primary eq "
                                           "\\\"True\\\"].value\",\"value\":\"%s\"}");
  static const char *const roles[] = { "Manager", "Chief" };
  g_autofree char         *id = make_user (scim_harbour, "entra.role");
  g_autofree char         *path = path_of ("Users", id);

  for (gsize i = 0; i < G_N_ELEMENTS (roles); i++)
    {
      g_autoptr (GString) patch = g_string_new (body);
      g_string_replace (patch, "%s", roles[i], 1);
      g_autoptr (Answer) changed = scim ("PATCH", path, patch->str, NULL);
      assert_status (changed, 200);
      g_assert_cmpstr (get_text (changed, "roles.0.value"), ==, roles[i]);
      assert_holds (changed, "\"primary\":true");
      g_assert_null (find_node (changed, "roles.1"));
    }
}

/* An id that was is nobody's afterwards, and names nothing. */
static void
test_ids (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 20; i++)
    {
      char            *id = make_user (scim_harbour, "reborn");
      g_autofree char *path = path_of ("Users", id);
      g_autofree char *purge = g_strdup_printf ("{\"ids\":[\"%s\"]}", id);
      g_assert_null (strstr (id, "bulkId"));
      g_assert_true (g_hash_table_add (seen, id));
      g_autoptr (Answer) deleted = scim ("DELETE", path, NULL, NULL);
      assert_status (deleted, 204);
      if (i % 2 != 0)
        continue;
      g_autoptr (Answer) purged = scim ("POST", "/api/v1/bin/purge", purge, NULL);
      assert_status (purged, 200);
    }
  GHashTableIter iter;
  gpointer       id = NULL;
  g_hash_table_iter_init (&iter, seen);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      g_autofree char *path = path_of ("Users", id);
      g_autoptr (Answer) gone = scim ("GET", path, NULL, NULL);
      assert_status (gone, 404);
    }
}

/* More than a page can hold: what is not said is a hundred, and more than a thousand is a thousand.
 */
static void
test_page_sizes (void)
{
  static const struct
  {
    const char *query;
    gint64      shown;
  } cases[] = { { "", 100 },
                { "?count=1000", 1000 },
                { "?count=5000", 1000 },
                { "?count=2147483648", 1000 },
                { "?count=5000&startIndex=1001", 0 } };

  for (guint chunk = 0; chunk < 21; chunk++)
    {
      g_autoptr (GString) body
                 = g_string_new ("{\"schemas\":[\"" URN_MESSAGES "BulkRequest\"],\"Operations\":[");
      for (guint i = 0; i < 50; i++)
        g_string_append_printf (body,
                                "%s{\"method\":\"POST\",\"path\":\"/Domains\",\"bulkId\":\"b%u\","
                                "\"data\":{\"name\":\"d%u.example\"}}",
                                i > 0 ? "," : "",
                                i,
                                chunk * 50 + i);
      g_string_append (body, "]}");
      g_autoptr (Answer) made = scim ("POST", "/scim/v2/Bulk", body->str, NULL);
      assert_status (made, 200);
      assert_lacks (made, "\"response\"");
    }
  gint64 all = scim_count ("/scim/v2/Domains", "name pr");
  g_assert_cmpint (all, >=, 1050);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/scim/v2/Domains", cases[i].query, NULL);
      g_autoptr (Answer) page = scim ("GET", path, NULL, NULL);
      gint64 shown = strstr (path, "startIndex") != NULL ? all - 1000 : cases[i].shown;
      g_test_message ("%s", path);
      assert_status (page, 200);
      g_assert_cmpint (get_number (page, "totalResults"), ==, all);
      g_assert_cmpint (get_number (page, "itemsPerPage"), ==, shown);
      g_assert_cmpuint (
          json_array_get_length (json_object_get_array_member (page->json, "Resources")),
          ==,
          shown);
    }
}

/* A token that lies at a provider (transfer full). */
static char *
make_token (const char *name)
{
  g_autofree char *body = g_strdup_printf ("{\"name\":\"%s\",\"scope\":\"scim\"}", name);
  g_autoptr (Answer) token = scim ("POST", "/api/v1/tokens", body, NULL);

  return g_strdup (get_text (token, "token"));
}

#define SET(op, path, value) "{\"op\":\"" op "\",\"path\":\"" path "\",\"value\":" value "}"
#define EVIL "\"forwardTo\":[\"e@evil.example\"],\"keepCopy\":false"

/* Who finds it does not come by an administrator's mail, by which passwords are reset. */
static void
test_mail_stays (void)
{
  g_autofree char *client = make_token ("mail-stays");
  g_autofree char *admin = make_object (scim_harbour,
                                        "/scim/v2/Users",
                                        "{\"userName\":\"stays.admin\",\"" MS_URN_EXT_USER
                                        "\":{\"role\":\"administrator\"}}");
  g_autofree char *trap
      = make_object (scim_harbour, "/scim/v2/Mailboxes", "{\"name\":\"stays.trap\"," EVIL "}");
  g_autofree char *helper
      = make_object (scim_harbour, "/scim/v2/Mailboxes", "{\"name\":\"stays.helper\"}");
  g_autofree char *team = make_object (
      scim_harbour, "/scim/v2/MailGroups", "{\"name\":\"Stays\",\"address\":\"stays.team\"}");
  g_autofree char *list = make_object (scim_harbour,
                                       "/scim/v2/Groups",
                                       "{\"displayName\":\"Stays\",\"" MS_URN_EXT_GROUP
                                       "\":{\"address\":\"stays.list\"}}");
  g_autofree char *body = g_strdup_printf (
      "{\"name\":\"stays.boss\",\"owner\":{\"value\":\"%s\"},\"primary\":true,\"forwardTo\":["
      "\"stays.later\",\"stays.helper\",\"stays.list\",\"stays.team\"]}",
      admin);
  g_autofree char *boss = make_object (scim_harbour, "/scim/v2/Mailboxes", body);
  g_autofree char *boss_path = path_of ("Mailboxes", boss);
  g_autofree char *admin_path = path_of ("Users", admin);
  g_autofree char *trap_path = path_of ("Mailboxes", trap);
  g_autofree char *helper_path = path_of ("Mailboxes", helper);
  g_autofree char *list_path = path_of ("Groups", list);
  g_autofree char *trap_for
      = g_strdup_printf ("{\"name\":\"stays.trap2\",\"owner\":{\"value\":\"%s\"},"
                         "\"primary\":true," EVIL "}",
                         admin);
  g_autofree char *given = g_strdup_printf (
      PATCH ("{\"op\":\"replace\",\"value\":{\"owner\":{\"value\":\"%s\"},\"primary\":true}}"),
      admin);
  g_autofree char *into_team
      = g_strdup_printf (PATCH (SET ("replace", "group", "{\"value\":\"%s\"}")), team);
  const struct
  {
    const char *method, *path, *body;
    guint       status;
  } cases[] = {
    { "DELETE", boss_path, NULL, 403 },
    { "POST", "/scim/v2/Mailboxes", trap_for, 403 },
    { "PATCH", trap_path, given, 403 },
    { "POST", "/scim/v2/Mailboxes", "{\"name\":\"stays.later\"," EVIL "}", 403 },
    { "PATCH", helper_path, PATCH (SET ("add", "forwardTo", "[\"e@evil.example\"]")), 403 },
    { "PATCH",
      list_path,
      PATCH (SET ("add", MS_URN_EXT_GROUP ":externalMembers", "[\"e@evil.example\"]")),
      403 },
    { "PATCH", trap_path, into_team, 403 },
    { "POST", "/scim/v2/Mailboxes", "{\"name\":\"stays.boss\"," EVIL "}", 409 },
    /* The person may go, and the mail goes to nobody then. */
    { "DELETE", admin_path, NULL, 204 },
    { "GET", boss_path, NULL, 404 },
    { "POST", "/scim/v2/Mailboxes", "{\"name\":\"stays.boss\"," EVIL "}", 403 },
    { "POST",
      "/scim/v2/Groups",
      "{\"displayName\":\"stays\",\"" MS_URN_EXT_GROUP
      "\":{\"address\":\"stays.boss\",\"externalMembers\":[\"e@evil.example\"]}}",
      403 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Answer) answer = ask_as (
          scim_harbour, client, cases[i].method, cases[i].path, cases[i].body, NULL);
      g_test_message ("%u: %s", i, answer->reply->body->str);
      assert_status (answer, cases[i].status);
      g_autoptr (Answer) way = scim ("GET", "/api/v1/explain?address=stays.boss", NULL, NULL);
      assert_status (way, 200);
      assert_lacks (way, "evil.example");
    }
}

/* Nor is one let in by it who is kept out. */
static void
test_limits_stay (void)
{
  static const char log_on[]
      = "{\"userName\":\"limits.admin\",\"password\":\"a long pass phrase\"}";
  g_autofree char *client = make_token ("limits-stay");
  g_autofree char *admin = make_object (
      scim_harbour,
      "/scim/v2/Users",
      "{\"userName\":\"limits.admin\",\"password\":\"a long pass phrase\",\"active\":false,"
      "\"" MS_URN_EXT_USER "\":{\"role\":\"administrator\",\"validUntil\":"
      "\"2020-01-01T00:00:00Z\",\"allowedNetworks\":[\"10.9.9.0/24\"]}}");
  g_autofree char         *path = path_of ("Users", admin);
  static const char *const looser[] = {
    PATCH ("{\"op\":\"remove\",\"path\":\"" MS_URN_EXT_USER ":validUntil\"}"),
    PATCH ("{\"op\":\"remove\",\"path\":\"" MS_URN_EXT_USER ":allowedNetworks\"}"),
    PATCH (SET ("replace", "active", "true")),
    PATCH (SET ("replace", "active", "\"True\"")),
    PATCH (SET ("replace", "userName", "\"limits.other\"")),
  };

  for (guint i = 0; i < G_N_ELEMENTS (looser); i++)
    {
      g_autoptr (Answer) answer = ask_as (scim_harbour, client, "PATCH", path, looser[i], NULL);
      g_test_message ("%u: %s", i, answer->reply->body->str);
      assert_status (answer, 403);
    }
  g_autoptr (Answer) refused = ask_as (scim_harbour, NULL, "POST", "/api/v1/session", log_on, NULL);
  assert_status (refused, 401);
  g_autoptr (Answer) tighter = ask_as (
      scim_harbour,
      client,
      "PATCH",
      path,
      PATCH (SET ("replace", MS_URN_EXT_USER ":validUntil", "\"2019-01-01T00:00:00Z\"")),
      NULL);
  assert_status (tighter, 200);
}

/* What is said where nothing is said anyway. */
static void
test_no_role (void)
{
  static const char body[]
      = "{\"userName\":\"no.role\",\"" MS_URN_EXT_USER "\":{\"role\":\"none\"}}";
  g_autofree char *client = make_token ("no-role");
  g_autoptr (Answer) made = ask_as (scim_harbour, client, "POST", "/scim/v2/Users", body, NULL);

  assert_status (made, 201);
  g_autofree char *path = path_of ("Users", get_text (made, "id"));
  g_autoptr (Answer) again = ask_as (scim_harbour,
                                     client,
                                     "PATCH",
                                     path,
                                     PATCH (SET ("replace", MS_URN_EXT_USER ":role", "\"none\"")),
                                     NULL);
  assert_status (again, 200);
}

static void
add (void)
{
  scim_add ("provision/mail-stays", test_mail_stays);
  scim_add ("provision/limits-stay", test_limits_stay);
  scim_add ("provision/no-role", test_no_role);
  scim_add ("provision/keycloak", test_keycloak);
  scim_add ("provision/authentik-group", test_authentik_group);
  scim_add ("provision/two-of-a-type", test_two_of_a_type);
  scim_add ("provision/primary-as-text", test_primary_as_text);
  scim_add ("provision/ids", test_ids);
  scim_add ("provision/page-sizes", test_page_sizes);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
