/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the server writes to its log: one line for what a request holds that nothing here knows, by
 * its name; no secret, and nothing of a query or a body.
 */
#include "scim-case.h"
#include <string.h>

/* Lines with all their fields, since the server began. */
static struct
{
  GMutex     lock;
  GPtrArray *lines;
} taken;

static GLogWriterOutput
take_line (GLogLevelFlags level, const GLogField *fields, gsize count, gpointer data)
{
  GString *line = g_string_new (NULL);

  for (gsize i = 0; i < count; i++)
    {
      g_string_append_printf (line, "%s=", fields[i].key);
      g_string_append_len (line,
                           fields[i].value,
                           fields[i].length < 0 ? (gssize) strlen (fields[i].value)
                                                : fields[i].length);
      g_string_append_c (line, '\n');
    }
  g_mutex_lock (&taken.lock);
  g_ptr_array_add (taken.lines, g_string_free (line, FALSE));
  g_mutex_unlock (&taken.lock);
  return G_LOG_WRITER_HANDLED;
}

static guint
count_lines (const char *text)
{
  guint count = 0;

  g_mutex_lock (&taken.lock);
  for (guint i = 0; i < taken.lines->len; i++)
    count += strstr (taken.lines->pdata[i], text) != NULL ? 1 : 0;
  g_mutex_unlock (&taken.lock);
  return count;
}

static void
forget_lines (void)
{
  g_mutex_lock (&taken.lock);
  g_ptr_array_set_size (taken.lines, 0);
  g_mutex_unlock (&taken.lock);
}

static void
assert_unsaid (const char *text)
{
  g_mutex_lock (&taken.lock);
  for (guint i = 0; i < taken.lines->len; i++)
    {
      if (strstr (taken.lines->pdata[i], text) != NULL)
        g_test_message ("%s", (char *) taken.lines->pdata[i]);
      g_assert_null (strstr (taken.lines->pdata[i], text));
    }
  g_mutex_unlock (&taken.lock);
}

/* Ignored ---------------------------------------------------------------------------------------
 */

typedef struct
{
  const char *name;
  const char *method;
  const char *path; /* %s: id of a user */
  const char *body; /* (nullable) */
  guint       status;
  const char *told; /* (nullable): none */
} IgnoredCase;

static const IgnoredCase ignored[] = {
  { "create",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"l\",\"favouriteColour\":\"blood-orange\"}",
    201,
    "favouriteColour" },
  { "refused",
    "POST",
    "/scim/v2/Users",
    "{\"userName\":\"L\",\"favouriteColour\":\"blood-orange\"}",
    409,
    NULL },
  { "put",
    "PUT",
    "/scim/v2/Users/%s",
    "{\"userName\":\"whole\",\"favouriteFruit\":\"blood-orange\"}",
    200,
    "favouriteFruit" },
  { "patch",
    "PATCH",
    "/scim/v2/Users/%s",
    PATCH ("{\"op\":\"add\",\"value\":{\"title\":\"T\",\"favouriteTree\":\"blood-orange\"}}"),
    200,
    "favouriteTree" },
  { "parameter", "GET", "/scim/v2/Users?favourite=blood-orange", NULL, 200, "?favourite" },
  { "filter",
    "GET",
    "/scim/v2/Users?filter=favouriteBird+eq+%22blood-orange%22",
    NULL,
    200,
    "favouriteBird" },
  { "attributes", "GET", "/scim/v2/Users/%s?attributes=favouriteFish", NULL, 200, "favouriteFish" },
  { "nothing-unknown", "POST", "/scim/v2/Users", "{\"userName\":\"known\"}", 201, NULL },
  { "nothing-unknown-asked",
    "GET",
    "/scim/v2/Users?filter=title+eq+%22blood-orange%22&count=1&attributes=title",
    NULL,
    200,
    NULL },
};

static void
test_ignored (gconstpointer data)
{
  const IgnoredCase *c = data;
  g_autofree char   *name = g_strdup_printf ("log-%s", c->name);
  g_autofree char   *id = make_user (scim_harbour, name);
  g_auto (GStrv) parts = g_strsplit (c->path, "%s", 2);
  g_autofree char *path = parts[1] != NULL ? g_strjoinv (id, parts) : g_strdup (c->path);

  forget_lines ();
  g_autoptr (Answer) answer = scim (c->method, path, c->body, NULL);
  assert_status (answer, c->status);
  g_assert_cmpuint (count_lines ("ignored what nothing here knows"), ==, c->told != NULL ? 1 : 0);
  if (c->told != NULL)
    {
      g_assert_cmpuint (count_lines (c->told), ==, 1);
      g_assert_cmpstr (wire_reply_get (answer->reply, "x-mailstead-ignored"), ==, c->told);
    }
  assert_unsaid ("blood-orange");
}

/* Secrets ---------------------------------------------------------------------------------------
 */

typedef struct
{
  const char *method;
  const char *path; /* %s: id of a user */
  const char *body;
  guint       status;
} SecretCase;

#define GOOD_ONE "{\"userName\":\"secretive\",\"password\":\"Correct-horse-7\",\"unknown\":1}"

/* In this order. */
static const SecretCase secrets[] = {
  { "POST", "/scim/v2/Users", GOOD_ONE, 201 },
  { "POST", "/scim/v2/Users", GOOD_ONE, 409 },
  { "POST", "/scim/v2/Users", "{\"password\":\"Correct-horse-7\"", 400 },
  { "POST", "/scim/v2/Users", "{\"userName\":\"m\",\"password\":[\"Correct-horse-7\"]}", 400 },
  { "PATCH",
    "/scim/v2/Users/%s",
    PATCH ("{\"op\":\"replace\",\"path\":\"password\",\"value\":\"Correct-horse-7\"}"),
    200 },
  { "PATCH",
    "/scim/v2/Users/%s",
    PATCH ("{\"op\":\"replace\",\"value\":{\"password\":[\"Correct-horse-7\"],\"other\":1}}"),
    400 },
  { "POST",
    "/scim/v2/Bulk",
    "{\"schemas\":[\"" URN_MESSAGES "BulkRequest\"],\"Operations\":[{\"method\":\"POST\","
    "\"bulkId\":\"a\",\"path\":\"/Users\",\"data\":" GOOD_ONE "}]}",
    200 },
  { "POST", "/api/v1/session", "{\"userName\":\"admin\",\"password\":\"Correct-horse-7\"}", 401 },
  { "POST",
    "/api/v1/session",
    "{\"userName\":\"secretive\",\"password\":\"Correct-horse-7\"}",
    403 },
  { "GET", "/scim/v2/Users?filter=userName+eq+%22inquiry%22", NULL, 200 },
  { "GET", "/scim/v2/Users?filter=userName+eq+inquiry", NULL, 400 },
  { "GET", "/scim/v2/Users?filter=password+eq+%22Correct-horse-7%22", NULL, 400 },
  { "GET", "/scim/v2/Users?x=inquiry", NULL, 200 },
  { "GET", "/scim/v2/Users/%s?x=inquiry", NULL, 200 },
  { "GET", "/scim/v2/Users?cursor=inquiry", NULL, 400 },
  { "GET", "/scim/v2/Users?count=inquiry", NULL, 400 },
  { "GET", "/scim/v2/Users?search=inquiry&sortBy=title", NULL, 200 },
  { "GET", "/api/v1/export?type=User&filter=title+eq+%22inquiry%22", NULL, 200 },
};

static void
test_secrets (void)
{
  g_autofree char *id = make_user (scim_harbour, "log-secrets");

  forget_lines ();
  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_auto (GStrv) parts = g_strsplit (secrets[i].path, "%s", 2);
      g_autofree char *path
          = parts[1] != NULL ? g_strjoinv (id, parts) : g_strdup (secrets[i].path);
      g_autoptr (Answer) answer = scim (secrets[i].method, path, secrets[i].body, NULL);

      g_test_message ("%s %s %s", secrets[i].method, path, secrets[i].body);
      assert_status (answer, secrets[i].status);
    }
  /* It was looked at: two of them hold unknown names. */
  g_assert_cmpuint (count_lines ("unknown"), >=, 1);
  g_assert_cmpuint (count_lines ("?x"), ==, 2);
  assert_unsaid ("Correct-horse");
  assert_unsaid ("inquiry");
  assert_unsaid (scim_harbour->token);
}

/* Values ------------------------------------------------------------------------------------------
 */

/* Each says “private”; @line: what the log has of it. */
static const struct
{
  const char *method, *path, *body;
  guint       status;
  const char *line;
} values[] = {
  { "GET",
    "/scim/v2/Users?attributes=emails%5Bvalue%20eq%20%22private%40x.org%22%5D,colour",
    NULL,
    200,
    ": ignored what nothing here knows: colour, and 1 without the form of a name" },
  { "POST",
    "/scim/v2/Users",
    "{\"userName\":\"log.values\",\"private@x.org\":1}",
    201,
    ": ignored what nothing here knows: 1 without the form of a name" },
  { "GET", "/scim/v2/Users?sortBy=private%40x.org", NULL, 400, "400 for admin" },
  { "GET",
    "/scim/v2/Users?filter=userName%20is%20%22private%22",
    NULL,
    400,
    ": invalidFilter at filter: filter, column …: …" },
  { "PATCH",
    "/scim/v2/Me",
    PATCH ("{\"op\":\"add\",\"path\":\"emails[value eq \\\"private@x.org\\\"\",\"value\":1}"),
    400,
    ": invalidPath: path “…” …" },
  { "PATCH",
    "/scim/v2/Me",
    PATCH ("{\"op\":\"add\",\"path\":\"private@x.org\",\"value\":1}"),
    400,
    ": invalidPath: …: there is no such attribute" },
  { "POST", "/scim/v2/Users", "{\"userName\":\"log.Private\"}", 409, ": uniqueness at userName: " },
  { "POST",
    "/scim/v2/Mailboxes",
    "{\"name\":\"log.x\",\"domain\":\"private.example\"}",
    400,
    ": invalidValue at domain: … is not a domain of this store" },
};

static void
test_values (void)
{
  g_autofree char *id = make_user (scim_harbour, "log.private");

  g_assert_nonnull (id);
  forget_lines ();
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (Answer) answer = scim (values[i].method, values[i].path, values[i].body, NULL);
      g_test_message ("%s %s: %s", values[i].method, values[i].path, answer->reply->body->str);
      assert_status (answer, values[i].status);
      g_assert_cmpuint (count_lines (values[i].line), >=, 1);
      assert_unsaid ("private");
      assert_unsaid ("Private");
    }
}

/* Refused before it is a call ---------------------------------------------------------------------
 */

/* %s: the session's token. @line: how the log's line begins, @fields: some of its fields. */
static const struct
{
  const char *name, *request, *line, *fields;
  guint       status;
} early[] = {
  { "parameter-twice",
    "GET /scim/v2/Users?count=1&count=2&filter=private HTTP/1.1\r\nHost: x\r\n"
    "Authorization: Bearer %s\r\n\r\n",
    "GET /scim/v2/Users 400 for - at 127.0.0.1: invalidValue at count: ",
    "MS_PATH=/scim/v2/Users\n",
    400 },
  { "framing",
    "POST /scim/v2/Users?private HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
    "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    "POST /scim/v2/Users 400 for - at 127.0.0.1: Content-Length and ",
    "MS_METHOD=POST\nMS_PATH=/scim/v2/Users\nMS_STATUS=400\nMS_PEER=127.0.0.1\n",
    400 },
  { "too-large",
    "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
    "Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n",
    "POST /scim/v2/Users 413 for admin at 127.0.0.1: The body may have ",
    "MS_ACTOR=admin\n",
    413 },
  { "control-characters",
    "GET /a\033[31m\x7f\xff%20b?private HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "GET /a%1B[31m%7F%FF%20b 400 for - at 127.0.0.1: A request has exactly one Host",
    "MS_PATH=/a%1B[31m%7F%FF%20b\n",
    400 },
  { "library",
    "GET /scim/v2/Users?private HTTP/1.1\r\nHost: x\r\nprivate\r\n\r\n",
    "- /scim/v2/Users 400 for - at 127.0.0.1: The headers are malformed.",
    "MS_STATUS=400\n",
    400 },
};

static void
test_early (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (early); i++)
    {
      g_auto (GStrv) halves = g_strsplit (early[i].request, "%s", 2);
      g_autofree char *request = g_strjoinv (scim_harbour->token, halves);
      g_autofree char *line = g_strdup_printf ("MESSAGE=%s", early[i].line);
      g_autoptr (Wire) wire = wire_open (scim_harbour->port);

      g_test_message ("%s", early[i].name);
      forget_lines ();
      g_assert_true (wire_send (wire, request));
      g_autoptr (WireReply) reply = wire_read (wire);
      g_assert_cmpuint (reply->status, ==, early[i].status);
      g_clear_pointer (&wire, wire_close);
      /* The library's are told of when the answer is out. */
      for (guint wait = 0; wait < 500 && count_lines (line) == 0; wait++)
        g_usleep (10 * 1000);
      g_assert_cmpuint (count_lines (line), ==, 1);
      g_assert_cmpuint (count_lines (early[i].fields), ==, 1);
      assert_unsaid ("private");
      assert_unsaid (scim_harbour->token);
    }
}

/* Too long to be written down, and too slow. */
static void
test_late (void)
{
  MsServerOptions  options;
  g_autofree char *long_path = g_strnfill (2000, 'a');

  ms_server_options_init (&options);
  options.http.header_seconds = 1;
  g_autoptr (Harbour) harbour = harbour_new (&options);
  g_autoptr (Wire) wire = wire_open (harbour->port);
  g_autofree char *request = g_strdup_printf ("GET /%s?private HTTP/1.1\r\nHost: x\r\n", long_path);

  forget_lines ();
  g_assert_true (wire_send (wire, request));
  g_autoptr (WireReply) reply = wire_read (wire);
  g_assert_cmpuint (reply->status, ==, 408);
  g_assert_cmpuint (
      count_lines ("… 408 for - at 127.0.0.1: The headers did not come in time."), ==, 1);
  g_assert_cmpuint (count_lines ("MESSAGE=- /aaaaaaaa"), ==, 1);
  ms_server_options_clear (&options);
  assert_unsaid (long_path);
  assert_unsaid ("private");
}

static void
add (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ignored); i++)
    {
      g_autofree char *path = g_strdup_printf ("/scim/log/ignored/%s", ignored[i].name);
      g_test_add_data_func (path, &ignored[i], test_ignored);
    }
  scim_add ("log/secrets", test_secrets);
  scim_add ("log/values", test_values);
  scim_add ("log/early", test_early);
  scim_add ("log/late", test_late);
}

int
main (int argc, char **argv)
{
  taken.lines = g_ptr_array_new_with_free_func (g_free);
  g_log_set_writer_func (take_line, NULL, NULL);
  int result = scim_main (argc, argv, add);
  g_ptr_array_unref (taken.lines);
  return result;
}
