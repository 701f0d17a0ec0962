/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * externalId is the client's own (RFC 7643 §3.1): two provisioning clients and the administrator,
 * one user.
 */
#include "scim-case.h"
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
test_sort (void)
{
  g_autoptr (Answer) refused = as (entra, "GET", "/scim/v2/Users?sortBy=externalId", NULL);
  assert_status (refused, 400);
  g_assert_cmpstr (get_text (refused, "path"), ==, "sortBy");
  g_autoptr (Answer) shared = scim ("GET", "/scim/v2/Users?sortBy=externalId", NULL, NULL);
  assert_status (shared, 200);
}

static void
add (void)
{
  entra = make_token ("entra");
  okta = make_token ("okta");
  scim_add ("external-id/each-its-own", test_each_its_own);
  scim_add ("external-id/filter", test_filter);
  scim_add ("external-id/not-a-key", test_not_a_key);
  scim_add ("external-id/administrator", test_administrator);
  scim_add ("external-id/undo", test_undo);
  scim_add ("external-id/new-token", test_new_token);
  scim_add ("external-id/sort", test_sort);
}

int
main (int argc, char **argv)
{
  int result = scim_main (argc, argv, add);

  g_free (entra);
  g_free (okta);
  return result;
}
