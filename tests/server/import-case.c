/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import-case.h"

void
import_add_schemas (Harbour *h, const char *json)
{
  g_autofree char *file = from_single_quotes (json);
  g_autofree char *body = g_strdup_printf ("{\"name\":\"added\",\"file\":%s}", file);
  g_autoptr (Answer) answer = ask (h, "POST", "/api/v1/schemas", body, NULL);

  assert_status (answer, 201);
}

char *
import_make (Harbour *h, const char *path, const char *json)
{
  g_autofree char *body = from_single_quotes (json);

  return make_object (h, path, body);
}

char *
import_export (Harbour *h, const char *type)
{
  g_autofree char *path = g_strconcat ("/api/v1/export?type=", type, NULL);
  g_autoptr (Answer) answer = ask (h, "GET", path, NULL, NULL);

  assert_status (answer, 200);
  return g_strdup (answer->reply->body->str);
}

static Answer *
wait_for (Harbour *h, const char *path)
{
  while (TRUE)
    {
      Answer     *answer = ask (h, "GET", path, NULL, NULL);
      const char *state = get_text (answer, "state");
      if (!g_str_equal (state, "running") && !g_str_equal (state, "rehearsing"))
        return answer;
      answer_free (answer);
      g_usleep (20000);
    }
}

Answer *
import_text (Harbour *h, const char *csv, const char *mapping, const char *verb, char **path)
{
  g_autoptr (Answer) uploaded
             = ask (h, "POST", "/api/v1/imports?name=x.csv", csv, "Content-Type: text/csv\r\n");
  g_autofree char *options
      = g_strdup_printf ("{%s%s\"createUsers\":true,\"onExisting\":\"update\"}",
                         mapping != NULL ? mapping : "",
                         mapping != NULL ? "," : "");

  assert_status (uploaded, 201);
  g_free (*path);
  *path = g_strconcat ("/api/v1/imports/", get_text (uploaded, "id"), NULL);
  g_autofree char *run = g_strconcat (*path, "/", verb, NULL);
  g_autoptr (Answer) started = ask (h, "POST", run, options, NULL);
  if (started->status != 202)
    return g_steal_pointer (&started);
  return wait_for (h, *path);
}

void
assert_no_refusals (Harbour *h, const char *path, Answer *done)
{
  g_autofree char *rows = g_strconcat (path, "/rows?status=refuse", NULL);
  g_autoptr (Answer) refused = ask (h, "GET", rows, NULL, NULL);

  g_assert_cmpstr (get_text (done, "state"), ==, "done");
  if (get_number (done, "counts.refuse") > 0)
    g_test_message ("%s", refused->reply->body->str);
  g_assert_cmpint (get_number (done, "counts.refuse"), ==, 0);
}
