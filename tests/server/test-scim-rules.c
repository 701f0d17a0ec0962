/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What schemas say of attributes and of their parts, kept over the wire: what is set once, what is
 * returned, what is unset, and what is refused.
 */
#include "scim-case.h"
#include <string.h>

#define RELATION(name, more)                                                                       \
  "{\"name\":\"" name "\",\"type\":\"complex\",\"relation\":{\"to\":[\"User\"]}" more              \
  ",\"subAttributes\":[{\"name\":\"value\"},{\"name\":\"display\",\"mutability\":\"readOnly\"}]}"
#define CRATE_FILE                                                                                 \
  "{\"name\":\"crate\",\"file\":{\"schemas\":[{\"id\":\"urn:example:test:Crate\","                 \
  "\"name\":\"Crate\",\"attributes\":["                                                            \
  "{\"name\":\"tag\",\"required\":true,\"label\":true},"                                           \
  "{\"name\":\"when\",\"type\":\"dateTime\"},"                                                     \
  "{\"name\":\"note\",\"returned\":\"request\"},"                                                  \
  "{\"name\":\"sizes\",\"type\":\"decimal\",\"multiValued\":true},"                                \
  "{\"name\":\"serial\",\"uniqueness\":\"server\",\"maxLength\":100000},"                          \
  "{\"name\":\"set\",\"multiValued\":true,\"mutability\":\"immutable\"},"                          \
  "{\"name\":\"box\",\"type\":\"complex\",\"subAttributes\":[{\"name\":\"a\"},"                    \
  "{\"name\":\"once\",\"mutability\":\"immutable\"},{\"name\":\"asked\",\"returned\":\"request\"}" \
  ",{\"name\":\"ever\",\"returned\":\"always\"}]},"                                                \
  "{\"name\":\"rows\",\"type\":\"complex\",\"multiValued\":true,\"subAttributes\":["               \
  "{\"name\":\"value\"},{\"name\":\"n\",\"type\":\"integer\"},"                                    \
  "{\"name\":\"once\",\"mutability\":\"immutable\"},"                                              \
  "{\"name\":\"asked\",\"returned\":\"request\"}]}," RELATION ("keeper", "") "," RELATION (        \
      "crew",                                                                                      \
      ",\"multiValued\":true,\"mutability\":\"immutable\"") "]}],\"resourceTypes\":["              \
                                                            "{\"name\":\"Crate\",\"endpoint\":"    \
                                                            "\"/Crates\",\"schema\":"              \
                                                            "\"urn:example:test:Crate\"}]}}"
#define BODY(tag)                                                                                  \
  "{\"tag\":\"" tag "\",\"set\":[\"x\",\"y\"],\"box\":{\"a\":\"1\",\"once\":\"o\","                \
  "\"asked\":\"q\",\"ever\":\"e\"},\"rows\":[{\"value\":\"v\",\"n\":1,\"once\":\"o\","             \
  "\"asked\":\"q\"},{\"n\":2,\"once\":\"o\"}]}"
#define SET(op, path, value) "{\"op\":\"" op "\",\"path\":\"" path "\",\"value\":" value "}"
#define OP(op, path) "{\"op\":\"" op "\",\"path\":\"" path "\"}"

static char *
make_crate (const char *body)
{
  return make_object (scim_harbour, "/scim/v2/Crates", body);
}

static void
assert_put (const char *id, const char *body, guint status)
{
  g_autofree char *path = g_strconcat ("/scim/v2/Crates/", id, NULL);
  g_autoptr (Answer) answer = scim ("PUT", path, body, NULL);

  if (answer->status != status)
    g_test_message ("%s: %s", body, answer->reply->body->str);
  assert_status (answer, status);
  if (status == 400)
    assert_holds (answer, "\"mutability\"");
}

static void
assert_patch (const char *id, const char *operation, guint status)
{
  g_autofree char *path = g_strconcat ("/scim/v2/Crates/", id, NULL);
  g_autofree char *body = g_strdup_printf (PATCH ("%s"), operation);
  g_autoptr (Answer) answer = scim ("PATCH", path, body, NULL);

  if (answer->status / 100 != status / 100)
    g_test_message ("%s: %s", body, answer->reply->body->str);
  /* 204 where the answer says nothing more than the request. */
  g_assert_cmpuint (answer->status / 100, ==, status / 100);
  if (status == 400)
    assert_holds (answer, "\"mutability\"");
}

static void
test_set_once (void)
{
  g_autofree char *id = make_crate (BODY ("once"));

  assert_put (id, "{\"tag\":\"once\",\"set\":[\"y\",\"x\"]}", 200);
  assert_put (id, "{\"tag\":\"once\",\"set\":[\"y\"]}", 400);
  assert_put (id, "{\"tag\":\"once\",\"box\":{\"a\":\"2\"}}", 200);
  assert_put (id, "{\"tag\":\"once\",\"box\":{\"a\":\"2\",\"once\":\"other\"}}", 400);
  assert_patch (id, SET ("replace", "box.a", "\"3\""), 200);
  assert_patch (id, SET ("replace", "box.once", "\"other\""), 400);
  assert_patch (id, SET ("replace", "box", "{\"once\":\"other\"}"), 400);
  assert_patch (id, OP ("remove", "box.once"), 400);
  assert_patch (id, OP ("remove", "box"), 400);

  g_autofree char *rows = make_crate (BODY ("rows"));
  assert_patch (rows, SET ("replace", "rows[n eq 1].once", "\"other\""), 400);
  assert_patch (rows, SET ("replace", "rows[n eq 2].once", "\"other\""), 400);
  assert_patch (rows, OP ("remove", "rows[n eq 2].once"), 400);
  assert_patch (rows, SET ("add", "rows", "[{\"value\":\"v\",\"n\":1,\"once\":\"other\"}]"), 400);
  assert_patch (rows, SET ("replace", "rows[n eq 2].n", "3"), 200);
  assert_patch (rows, OP ("remove", "rows[n eq 3]"), 200);
  assert_put (rows, "{\"tag\":\"rows\",\"rows\":[{\"value\":\"v\",\"once\":\"other\"}]}", 400);
  assert_put (rows, "{\"tag\":\"rows\",\"rows\":[{\"value\":\"w\",\"once\":\"other\"}]}", 200);
}

static void
test_crew_set_once (void)
{
  g_autofree char *one = make_user (scim_harbour, "crew.one");
  g_autofree char *two = make_user (scim_harbour, "crew.two");
  g_autofree char *id = make_crate ("{\"tag\":\"crew\"}");
  g_autofree char *both
      = g_strdup_printf (SET ("add", "crew", "[{\"value\":\"%s\"},{\"value\":\"%s\"}]"), one, two);
  g_autofree char *again = g_strdup_printf (
      SET ("replace", "crew", "[{\"value\":\"%s\"},{\"value\":\"%s\"}]"), two, one);
  g_autofree char *less = g_strdup_printf (OP ("remove", "crew[value eq \\\"%s\\\"]"), one);
  g_autofree char *put = g_strdup_printf ("{\"tag\":\"crew\",\"crew\":[{\"value\":\"%s\"}]}", one);

  assert_patch (id, both, 200);
  assert_patch (id, both, 200);
  assert_patch (id, again, 200);
  assert_patch (id, less, 400);
  assert_patch (id, OP ("remove", "crew"), 400);
  assert_put (id, put, 400);
  assert_put (id, "{\"tag\":\"crew\",\"crew\":[]}", 400);
  assert_put (id, "{\"tag\":\"crew\"}", 200);
  g_autofree char *path = g_strconcat ("/scim/v2/Crates/", id, NULL);
  g_autoptr (Answer) there = scim ("GET", path, NULL, NULL);
  assert_holds (there, one);
  assert_holds (there, two);
}

static void
assert_shown (const char *id, const char *query, const char *holds, const char *lacks)
{
  g_autofree char *path = g_strconcat ("/scim/v2/Crates/", id, query, NULL);
  g_autoptr (Answer) answer = scim ("GET", path, NULL, NULL);

  g_test_message ("%s: %s", query, answer->reply->body->str);
  assert_status (answer, 200);
  if (holds != NULL)
    assert_holds (answer, holds);
  if (lacks != NULL)
    assert_lacks (answer, lacks);
}

static void
test_returned (void)
{
  g_autofree char *id = make_crate (BODY ("shown"));

  assert_shown (id, "", "\"ever\":\"e\"", "asked");
  assert_shown (id, "?attributes=box.asked", "\"box\":{\"asked\":\"q\",\"ever\":\"e\"}", "rows");
  assert_shown (id, "?attributes=rows.asked", "\"rows\":[{\"asked\":\"q\"}]", "\"n\"");
  assert_shown (id, "?attributes=box", "\"once\":\"o\"", "asked");
  assert_shown (id, "?attributes=box,box.asked", "\"a\":\"1\"", "rows");
  assert_shown (id, "?attributes=box,box.asked", "asked", NULL);
  assert_shown (id, "?excludedAttributes=box", "\"box\":{\"ever\":\"e\"}", "asked");
  assert_shown (id, "?excludedAttributes=box.a", "\"once\":\"o\",\"ever\":\"e\"", "asked");
  assert_shown (id, "?excludedAttributes=box.ever", "\"ever\":\"e\"", NULL);
  assert_shown (id, "?attributes=tag", "\"box\":{\"ever\":\"e\"}", "rows");
}

/* null and [] are the same: unset. */
static void
test_unset (void)
{
  static const char *const bodies[] = { "\"tag\":\"u1\",\"when\":[],\"box\":[],\"keeper\":[]",
                                        "\"tag\":\"u2\",\"when\":null,\"box\":null" };

  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autofree char *body = g_strdup_printf ("{%s}", bodies[i]);
      g_autofree char *id = make_crate (body);
      assert_shown (id, "", "tag", "\"when\"");
      assert_shown (id, "", "tag", "\"keeper\"");
    }
  g_autofree char *user = make_object (
      scim_harbour, "/scim/v2/Users", "{\"userName\":\"unset\",\"active\":[],\"title\":\"x\"}");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", user, NULL);
  g_autoptr (Answer) patched = scim ("PATCH", path, PATCH (SET ("replace", "title", "[]")), NULL);
  g_assert_cmpuint (patched->status / 100, ==, 2);
  g_autoptr (Answer) now = scim ("GET", path, NULL, NULL);
  assert_lacks (now, "\"title\"");
  assert_holds (now, "\"active\":true");
  g_autoptr (Answer) required
             = scim ("POST", "/scim/v2/Users", "{\"userName\":[],\"title\":\"x\"}", NULL);
  assert_status (required, 400);
}

static void
test_refused (void)
{
  g_autofree char *user = make_user (scim_harbour, "rules.member");
  g_autofree char *group = g_strdup_printf ("{\"displayName\":\"Rules\",\"members\":[{\"value\":"
                                            "\"%s\",\"type\":\"User\",\"foo\":1}]}",
                                            user);
  g_autoptr (Answer) made = scim ("POST", "/scim/v2/Groups", group, NULL);
  assert_status (made, 201);
  const char *ignored = g_hash_table_lookup (made->reply->headers, "x-mailstead-ignored");
  g_assert_nonnull (ignored);
  g_assert_nonnull (strstr (ignored, "members.foo"));

  g_autoptr (Answer) time = scim (
      "POST", "/scim/v2/Crates", "{\"tag\":\"t\",\"when\":\"9999-12-31T23:59:59-14:00\"}", NULL);
  assert_status (time, 400);
  g_assert_cmpstr (get_text (time, "path"), ==, "when");
  g_autofree char *last
      = make_crate ("{\"tag\":\"last\",\"when\":\"9999-12-31T23:59:59.999999Z\"}");

  g_autofree char *long_text = g_strnfill (90000, 'q');
  g_autofree char *body = g_strdup_printf ("{\"tag\":\"l\",\"serial\":\"%s\"}", long_text);
  g_autofree char *first = make_crate (body);
  g_autoptr (Answer) taken = scim ("POST", "/scim/v2/Crates", body, NULL);
  assert_status (taken, 409);
  g_assert_cmpuint (strlen (taken->reply->body->str), <, 1000);

  g_autoptr (Answer) bulk = scim (
      "POST",
      "/scim/v2/Bulk",
      "{\"schemas\":[\"" URN_MESSAGES "BulkRequest\"],\"Operations\":[{\"method\":\"POST\","
      "\"path\":\"/Users\",\"bulkId\":\"b\",\"data\":{\"userName\":\"no.bulk\"}}]}",
      "If-Match: W/\"7\"\r\n");
  assert_status (bulk, 412);
  g_assert_cmpint (scim_count ("/scim/v2/Users", "userName eq \"no.bulk\""), ==, 0);

  g_autoptr (Answer) schema = scim ("GET", "/scim/v2/Schemas/" MS_URN_USER, NULL, NULL);
  assert_lacks (schema, "indirect");
}

/* Provisioning clients get no address that is somebody's alias; people may. */
static void
test_addresses (void)
{
  g_autoptr (Answer) token
             = scim ("POST", "/api/v1/tokens", "{\"name\":\"rules\",\"scope\":\"scim\"}", NULL);
  const char      *client = get_text (token, "token");
  g_autofree char *holder = make_object (
      scim_harbour, "/scim/v2/Mailboxes", "{\"name\":\"rules.a\",\"aliases\":[\"rules.z\"]}");
  g_autofree char *other
      = make_object (scim_harbour, "/scim/v2/Mailboxes", "{\"name\":\"rules.b\"}");
  g_autofree char *path = g_strconcat ("/scim/v2/Mailboxes/", other, NULL);
  g_autoptr (Answer) made = ask_as (
      scim_harbour, client, "POST", "/scim/v2/Mailboxes", "{\"name\":\"Rules.Z\"}", NULL);
  assert_status (made, 409);
  assert_holds (made, "rules.a");
  g_autoptr (Answer) renamed = ask_as (
      scim_harbour, client, "PATCH", path, PATCH (SET ("replace", "name", "\"rules.z\"")), NULL);
  assert_status (renamed, 409);
  g_autoptr (Answer) list
             = ask_as (scim_harbour,
                       client,
                       "POST",
                       "/scim/v2/Groups",
                       "{\"displayName\":\"Z\",\"" MS_URN_EXT_GROUP "\":{\"address\":\"rules.z\"}}",
                       NULL);
  assert_status (list, 409);
}

/* What a provisioning client says that it is lifts no rule. */
static void
test_channel (void)
{
  g_autoptr (Answer) token
             = scim ("POST", "/api/v1/tokens", "{\"name\":\"channel\",\"scope\":\"scim\"}", NULL);
  const char              *client = get_text (token, "token");
  static const char *const channels[] = { "cli", "console", "scim" };
  g_autofree char         *holder
      = make_object (scim_harbour, "/scim/v2/Mailboxes", "{\"name\":\"channel.a\"}");

  for (guint i = 0; i < G_N_ELEMENTS (channels); i++)
    {
      g_autofree char *header = g_strdup_printf ("X-Mailstead-Channel: %s\r\n", channels[i]);
      g_autofree char *name = g_strdup_printf ("{\"name\":\"channel.%u\"}", i);
      gboolean         is_other = strcmp (channels[i], "scim") != 0;
      g_autoptr (Answer) refused = ask_as (scim_harbour,
                                           client,
                                           "POST",
                                           "/scim/v2/Mailboxes",
                                           "{\"name\":\"x\",\"aliases\":[\"channel.a\"]}",
                                           header);
      assert_status (refused, 409);
      g_autoptr (Answer) made
                 = ask_as (scim_harbour, client, "POST", "/scim/v2/Mailboxes", name, header);
      assert_status (made, 201);
      g_assert_cmpstr (wire_reply_get (made->reply, "x-mailstead-ignored"),
                       ==,
                       is_other ? "X-Mailstead-Channel" : NULL);
      g_autofree char *path = g_strconcat (
          "/api/v1/changes/", wire_reply_get (made->reply, "x-mailstead-change"), NULL);
      g_autoptr (Answer) set = scim ("GET", path, NULL, NULL);
      g_assert_cmpstr (get_text (set, "channel"), ==, "scim");
    }
  g_autoptr (Answer) wrong = ask_as (
      scim_harbour, client, "GET", "/scim/v2/Mailboxes", NULL, "X-Mailstead-Channel: other\r\n");
  assert_status (wrong, 400);
}

/* Whose mail it is may not be changed by way of the token at a provider either. */
static void
test_mail_of_roles (void)
{
  g_autoptr (Answer) token
             = scim ("POST", "/api/v1/tokens", "{\"name\":\"mail\",\"scope\":\"scim\"}", NULL);
  const char      *client = get_text (token, "token");
  g_autofree char *admin = make_object (scim_harbour,
                                        "/scim/v2/Users",
                                        "{\"userName\":\"mail.admin\",\"" MS_URN_EXT_USER
                                        "\":{\"role\":\"administrator\"}}");
  g_autofree char *plain
      = make_object (scim_harbour, "/scim/v2/Users", "{\"userName\":\"mail.plain\"}");
  g_autofree char *body = g_strdup_printf (
      "{\"name\":\"mail.boss\",\"aliases\":[\"mail.chief\"],\"owner\":{\"value\":\"%s\"}}", admin);
  g_autofree char *to_plain
      = g_strdup_printf (PATCH (SET ("replace", "owner", "{\"value\":\"%s\"}")), plain);
  g_autofree char *box = make_object (scim_harbour, "/scim/v2/Mailboxes", body);
  g_autofree char *path = g_strconcat ("/scim/v2/Mailboxes/", box, NULL);
  const struct
  {
    const char *body;
    guint       status;
    const char *blamed;
  } cases[] = {
    { PATCH (SET ("add", "forwardTo", "[\"mail.spy\"]")), 403, "forwardTo" },
    { PATCH (SET ("replace", "name", "\"mail.other\"")), 403, "name" },
    { PATCH ("{\"op\":\"remove\",\"path\":\"aliases\"}"), 403, "aliases" },
    { PATCH ("{\"op\":\"remove\",\"path\":\"owner\"}"), 403, "owner" },
    { to_plain, 403, "owner" },
    { PATCH (SET ("replace", "quota", "1000000")), 200, NULL },
    { PATCH (SET ("replace", "active", "false")), 200, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Answer) answer = ask_as (scim_harbour, client, "PATCH", path, cases[i].body, NULL);
      g_test_message ("%u: %s", i, answer->reply->body->str);
      assert_status (answer, cases[i].status);
      if (cases[i].blamed != NULL)
        g_assert_cmpstr (get_text (answer, "path"), ==, cases[i].blamed);
    }
}

/* However a number is written. */
static void
test_equal_decimals (void)
{
  g_autofree char *id = make_crate ("{\"tag\":\"sizes\",\"sizes\":[1.0,1,100,1e2,2.5,25e-1]}");
  g_autofree char *path = g_strconcat ("/scim/v2/Crates/", id, NULL);
  g_autoptr (Answer) made = scim ("GET", path, NULL, NULL);

  assert_holds (made, "\"sizes\":[1.0,100,2.5]");
  assert_patch (id, SET ("add", "sizes", "[1.00]"), 200);
  g_autoptr (Answer) after = scim ("GET", path, NULL, NULL);
  g_assert_cmpstr (after->reply->body->str, ==, made->reply->body->str);
}

/* The commonest client reads an object and sends all of it back: nothing of what was not shown to
 * it goes by that. */
static void
test_put_of_get (void)
{
  g_autofree char *id = make_crate ("{\"tag\":\"seen\",\"note\":\"n\",\"box\":{\"a\":\"1\","
                                    "\"asked\":\"q\"}}");
  g_autofree char *path = g_strconcat ("/scim/v2/Crates/", id, NULL);
  g_autoptr (Answer) got = scim ("GET", path, NULL, NULL);
  assert_status (got, 200);
  assert_lacks (got, "asked");
  assert_lacks (got, "note");
  g_autoptr (Answer) put = scim ("PUT", path, got->reply->body->str, NULL);
  assert_status (put, 200);
  g_assert_cmpstr (get_text (put, "meta.version"), ==, get_text (got, "meta.version"));
  assert_shown (id, "?attributes=note,box.asked", "\"note\":\"n\"", NULL);
  assert_shown (id, "?attributes=note,box.asked", "\"asked\":\"q\"", NULL);

  /* What was only the hidden part of something goes with the rest, or when it is named. */
  assert_put (id, "{\"tag\":\"seen\",\"note\":null}", 200);
  assert_shown (id, "?attributes=tag,note,box.asked", "\"tag\":\"seen\"", "note");
  assert_shown (id, "?attributes=tag,note,box.asked", "\"tag\":\"seen\"", "asked");
}

/* Whoever finds the token that lies at a provider is no administrator by it. */
static void
test_roles (void)
{
  g_autoptr (Answer) token
             = scim ("POST", "/api/v1/tokens", "{\"name\":\"roles\",\"scope\":\"scim\"}", NULL);
  const char      *client = get_text (token, "token");
  g_autofree char *plain = make_object (scim_harbour, "/scim/v2/Users", "{\"userName\":\"plain\"}");
  g_autofree char *admin = make_object (scim_harbour,
                                        "/scim/v2/Users",
                                        "{\"userName\":\"second.admin\",\"" MS_URN_EXT_USER
                                        "\":{\"role\":\"administrator\"}}");
  g_autofree char *plain_path = g_strconcat ("/scim/v2/Users/", plain, NULL);
  g_autofree char *admin_path = g_strconcat ("/scim/v2/Users/", admin, NULL);
  g_autofree char *template
      = make_object (scim_harbour, "/scim/v2/Templates", "{\"name\":\"roles\"}");
  g_autofree char *template_path = g_strconcat ("/scim/v2/Templates/", template, NULL);
  const char      *no_role = PATCH ("{\"op\":\"remove\",\"path\":\"" MS_URN_EXT_USER ":role\"}");
  const char      *password = PATCH (SET ("replace", "password", "\"a long pass phrase\""));
  struct
  {
    const char *method, *path, *body;
    guint       status;
  } cases[] = {
    { "POST",
      "/scim/v2/Users",
      "{\"userName\":\"evil\",\"password\":\"a long pass phrase\",\"" MS_URN_EXT_USER
      "\":{\"role\":\"administrator\"}}",
      403 },
    { "PATCH", plain_path, PATCH (SET ("add", MS_URN_EXT_USER ":role", "\"delegate\"")), 403 },
    { "PUT",
      plain_path,
      "{\"userName\":\"plain\",\"" MS_URN_EXT_USER "\":{\"role\":\"auditor\"}}",
      403 },
    { "PATCH", admin_path, no_role, 403 },
    { "PATCH", admin_path, password, 403 },
    { "PUT",
      admin_path,
      "{\"userName\":\"second.admin\",\"password\":\"a long pass phrase\"}",
      403 },
    { "PATCH", "/scim/v2/Me", password, 403 },
    { "POST", "/scim/v2/Templates", "{\"name\":\"x\",\"role\":\"administrator\"}", 403 },
    { "PATCH", template_path, PATCH (SET ("add", "role", "\"administrator\"")), 403 },
    { "PUT", template_path, "{\"name\":\"roles\",\"role\":\"delegate\"}", 403 },
    { "DELETE", template_path, NULL, 403 },
    { "PATCH", "/scim/v2/Guest", PATCH (SET ("replace", "rights.ftp", "true")), 403 },
    { "GET", template_path, NULL, 200 },
    { "GET", "/scim/v2/Guest", NULL, 200 },
    { "PATCH", plain_path, password, 200 },
    { "PUT", admin_path, "{\"userName\":\"second.admin\",\"title\":\"T\"}", 200 },
    { "PATCH", admin_path, PATCH (SET ("replace", "active", "false")), 200 },
    { "DELETE", admin_path, NULL, 204 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Answer) answer = ask_as (
          scim_harbour, client, cases[i].method, cases[i].path, cases[i].body, NULL);
      g_test_message ("%u: %u", i, answer->reply->status);
      assert_status (answer, cases[i].status);
      if (cases[i].status == 403)
        assert_holds (answer, "scope");
    }
  g_assert_cmpint (scim_count ("/scim/v2/Users", "userName eq \"evil\""), ==, 0);
}

static void
add (void)
{
  g_autoptr (Answer) file = scim ("POST", "/api/v1/schemas", CRATE_FILE, NULL);

  g_test_message ("%s", file->reply->body->str);
  assert_status (file, 201);
  scim_add ("rules/set-once", test_set_once);
  scim_add ("rules/crew-set-once", test_crew_set_once);
  scim_add ("rules/returned", test_returned);
  scim_add ("rules/unset", test_unset);
  scim_add ("rules/refused", test_refused);
  scim_add ("rules/addresses", test_addresses);
  scim_add ("rules/channel", test_channel);
  scim_add ("rules/roles", test_roles);
  scim_add ("rules/mail-of-roles", test_mail_of_roles);
  scim_add ("rules/put-of-get", test_put_of_get);
  scim_add ("rules/equal-decimals", test_equal_decimals);
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
