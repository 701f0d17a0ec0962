/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of requests, run against one server.
 */
#include "scim-case.h"

#include <string.h>

Harbour *scim_harbour;

Answer *
scim (const char *method, const char *path, const char *body, const char *headers)
{
  return ask (scim_harbour, method, path, body, headers);
}

char *
scim_query (const char *path, ...)
{
  GString *out = g_string_new (path);
  va_list  args;

  va_start (args, path);
  for (const char *name; (name = va_arg (args, const char *)) != NULL;)
    {
      g_autofree char *value = g_uri_escape_string (va_arg (args, const char *), NULL, FALSE);
      g_string_append_printf (
          out, "%c%s=%s", strchr (out->str, '?') == NULL ? '?' : '&', name, value);
    }
  va_end (args);
  return g_string_free (out, FALSE);
}

void
assert_holds (Answer *answer, const char *text)
{
  if (strstr (answer->reply->body->str, text) == NULL)
    g_test_message ("no %s in %.2000s", text, answer->reply->body->str);
  g_assert_nonnull (strstr (answer->reply->body->str, text));
}

void
assert_lacks (Answer *answer, const char *text)
{
  if (strstr (answer->reply->body->str, text) != NULL)
    g_test_message ("%s in %.2000s", text, answer->reply->body->str);
  g_assert_null (strstr (answer->reply->body->str, text));
}

gint64
scim_count (const char *path, const char *filter)
{
  g_autofree char *query = scim_query (path, "filter", filter, "count", "0", NULL);
  g_autoptr (Answer) answer = scim ("GET", query, NULL, NULL);

  assert_status (answer, 200);
  return get_number (answer, "totalResults");
}

static void
check_header (WireReply *reply, const char *expected)
{
  g_auto (GStrv) parts = g_strsplit (expected, ": ", 2);
  const char *value = wire_reply_get (reply, parts[0]);

  if (value == NULL)
    g_test_message ("no header %s", parts[0]);
  g_assert_nonnull (value);
  if (parts[1] != NULL)
    g_assert_cmpstr (value, ==, parts[1]);
}

static void
test_case (gconstpointer data)
{
  const ScimCase *c = data;
  g_autoptr (Answer) answer = scim (c->method, c->path, c->body, c->send);

  assert_status (answer, c->status);
  if (c->header != NULL)
    check_header (answer->reply, c->header);
  if (c->text != NULL)
    assert_holds (answer, c->text);
  if (c->not_text != NULL)
    assert_lacks (answer, c->not_text);
  if (c->status >= 400)
    {
      g_autofree char *status = g_strdup_printf ("%u", c->status);
      g_assert_cmpstr (wire_reply_get (answer->reply, "content-type"), ==, "application/scim+json");
      g_assert_cmpstr (get_text (answer, "schemas.0"), ==, URN_MESSAGES "Error");
      g_assert_cmpstr (get_text (answer, "status"), ==, status);
    }
}

static void
test_patch (gconstpointer data)
{
  const ScimPatch *c = data;
  g_autofree char *name = g_strdup_printf ("patch.%s", c->name);
  g_autofree char *create
      = g_strdup_printf ("{\"userName\":\"%s\",\"displayName\":\"Patched\"}", name);
  g_autofree char *id = make_object (scim_harbour, "/scim/v2/Users", create);
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);
  g_autofree char *wrapped = g_strdup_printf (PATCH ("%s"), c->operations);
  gboolean         whole = g_str_has_prefix (c->operations, "{\"schemas\"");
  g_autoptr (Answer) answer = scim ("PATCH", path, whole ? c->operations : wrapped, NULL);

  assert_status (answer, c->status);
  if (c->text != NULL)
    assert_holds (answer, c->text);
  if (c->not_text != NULL)
    assert_lacks (answer, c->not_text);
  if (c->status == 200)
    return;
  g_autoptr (Answer) after = scim ("GET", path, NULL, NULL);
  g_assert_cmpstr (get_text (after, "meta.version"), ==, "W/\"1\"");
}

void
scim_add_cases (const char *theme, const ScimCase *cases, gsize count)
{
  for (gsize i = 0; i < count; i++)
    {
      g_autofree char *path = g_strdup_printf ("/scim/%s/%s", theme, cases[i].name);
      g_test_add_data_func (path, &cases[i], test_case);
    }
}

void
scim_add_patches (const char *theme, const ScimPatch *cases, gsize count)
{
  for (gsize i = 0; i < count; i++)
    {
      g_autofree char *path = g_strdup_printf ("/scim/%s/%s", theme, cases[i].name);
      g_test_add_data_func (path, &cases[i], test_patch);
    }
}

void
scim_add (const char *path, GTestFunc func)
{
  g_autofree char *full = g_strconcat ("/scim/", path, NULL);
  g_test_add_func (full, func);
}

int
scim_main (int argc, char **argv, void (*add) (void))
{
  g_test_init (&argc, &argv, NULL);
  scim_harbour = harbour_new (NULL);
  add ();
  int result = g_test_run ();
  harbour_free (scim_harbour);
  return result;
}
