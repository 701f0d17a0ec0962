/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What /api/v1 does not know it refuses by name and does nothing: parameters of the query, members
 * of the body, numbers that are out of what they may be.
 */
#include "harbour.h"
#include <string.h>

static Harbour *shared;

typedef struct
{
  const char *method;
  const char *path;
  const char *body;
  const char *at; /* what the error names */
} Refusal;

/* clang-format off: one row, one line */
static const Refusal unknown_names[] = {
  { "POST",
    "/api/v1/session",
    "{\"userName\":\"admin\",\"password\":\"x\",\"remember\":true}",
    "remember" },
  { "GET", "/api/v1/session?full=1", NULL, "full" },
  { "POST", "/api/v1/session/totp", "{\"digits\":8}", "digits" },
  { "POST", "/api/v1/session/totp/confirm", "{\"code\":\"123456\",\"keep\":true}", "keep" },
  { "POST",
    "/api/v1/tokens",
    "{\"name\":\"t\",\"scope\":\"read\",\"expire\":\"2027-01-31T12:00:00Z\"}",
    "expire" },
  { "POST", "/api/v1/tokens", "{\"Name\":\"t\",\"scope\":\"read\"}", "Name" },
  { "POST", "/api/v1/accounts", "{\"user\":{\"userName\":\"nobody\"},\"dryRun\":true}", "dryRun" },
  { "POST", "/api/v1/actions", "{\"verb\":\"delete\",\"ids\":[\"x\"],\"dryrun\":true}", "dryrun" },
  { "POST", "/api/v1/actions?dryRun=true", "{\"verb\":\"delete\",\"ids\":[\"x\"]}", "dryRun" },
  { "POST",
    "/api/v1/actions",
    "{\"verb\":\"delete\",\"objects\":[{\"id\":\"x\",\"versoin\":1}]}",
    "objects" },
  { "POST",
    "/api/v1/actions",
    "{\"verb\":\"delete\",\"ids\":[\"x\"],\"dryRun\":\"true\"}",
    "dryRun" },
  { "GET", "/api/v1/changes?cuont=1", NULL, "cuont" },
  { "POST", "/api/v1/changes/1/undo", "{\"dryrun\":true}", "dryrun" },
  { "POST", "/api/v1/imports/1/undo", "{\"dryrun\":true}", "dryrun" },
  { "GET", "/api/v1/imports/1/rows?state=skip", NULL, "state" },
  { "POST", "/api/v1/bin/restore", "{\"ids\":[\"x\"],\"dryrun\":true}", "dryrun" },
  { "POST", "/api/v1/bin/x/restore", "{\"ids\":[\"y\"]}", "ids" },
  { "POST", "/api/v1/bin/purge", "{\"ids\":[\"x\"],\"dry\":true}", "dry" },
  { "DELETE", "/api/v1/bin/x?dryRun=true", NULL, "dryRun" },
  { "DELETE", "/api/v1/bin/x", "{\"dryRun\":true}", NULL },
  { "POST", "/api/v1/audit/verify", "{\"sicne\":1}", "sicne" },
  { "GET", "/api/v1/feed?form=full", NULL, "form" },
  { "POST", "/api/v1/history/x/return", "{\"sequence\":1,\"dryrun\":true}", "dryrun" },
  { "PATCH", "/api/v1/settings", "{\"no-such\":1}", "no-such" },
  { "GET", "/api/v1/events?from=1", NULL, "from" },
  { "GET", "/api/v1/export?typ=User", NULL, "typ" },
  { "GET", "/api/v1/ranges?type=User&steps=5", NULL, "steps" },
  { "POST", "/api/v1/schemas?dryrun=true", "{\"name\":\"x\",\"text\":\"{}\"}", "dryrun" },
  { "DELETE", "/api/v1/schemas/x?force=true", NULL, "force" },
  { "GET", "/api/v1/directories?full=1", NULL, "full" },
  { "POST", "/api/v1/directories", "{\"name\":\"x\",\"sever\":\"ldaps://x\"}", "sever" },
  { "POST", "/api/v1/directories/x/run", "{\"dryRun\":true}", "dryRun" },
  { "POST", "/api/v1/directories/x/undo", "{\"dryrun\":true}", "dryrun" },
  { "POST", "/api/v1/directories/x/try?limit=5", NULL, "limit" },
  { "GET", "/api/v1/directories/x/rows?start=1", NULL, "start" },
  { "GET", "/api/v1/search?query=x", NULL, "query" },
  { "GET", "/api/v1/explain?addres=x", NULL, "addres" },
  { "GET", "/api/v1/server?full=1", NULL, "full" },
  { "POST", "/api/v1/verify", "{\"fast\":true}", NULL },
};
/* clang-format on */

static void
assert_refused (const Refusal *row)
{
  g_autoptr (Answer) answer = ask (shared, row->method, row->path, row->body, NULL);

  g_test_message ("%s %s", row->method, row->path);
  assert_status (answer, 400);
  g_assert_cmpstr (
      find_node (answer, "path") != NULL ? get_text (answer, "path") : NULL, ==, row->at);
}

static void
test_unknown_names (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (unknown_names); i++)
    assert_refused (&unknown_names[i]);
  /* Nothing of it was done, and the answer says what would be right. */
  g_autoptr (Answer) tokens = ask (shared, "GET", "/api/v1/tokens", NULL, NULL);
  assert_status (tokens, 200);
  g_assert_null (strstr (tokens->reply->body->str, "\"t\""));
  g_autoptr (Answer) told
             = ask (shared, "POST", "/api/v1/changes/1/undo", "{\"dryrun\":true}", NULL);
  g_assert_nonnull (strstr (get_text (told, "detail"), "dryRun"));
  g_assert_cmpstr (get_text (told, "scimType"), ==, "invalidSyntax");
  /* What is nothing is taken for nothing. */
  g_autoptr (Answer) empty = ask (shared, "DELETE", "/api/v1/bin/no-such", " {}\n", NULL);
  assert_status (empty, 404);
}

/* clang-format off: one row, one line */
static const Refusal bad_numbers[] = {
  { "GET", "/api/v1/changes?count=-1", NULL, "count" },
  { "GET", "/api/v1/changes?count=0", NULL, "count" },
  { "GET", "/api/v1/changes?before=0", NULL, "before" },
  { "GET", "/api/v1/bin?count=0", NULL, "count" },
  { "GET", "/api/v1/history/x?before=-1", NULL, "before" },
  { "GET", "/api/v1/history/x?count=0", NULL, "count" },
  { "GET", "/api/v1/feed?since=-1", NULL, "since" },
  { "GET", "/api/v1/feed?count=0", NULL, "count" },
  { "GET", "/api/v1/audit/export?since=-1", NULL, "since" },
  { "POST", "/api/v1/audit/verify", "{\"count\":0}", "count" },
  { "POST", "/api/v1/audit/verify", "{\"since\":-1}", "since" },
  { "GET", "/api/v1/search?q=a&count=0", NULL, "count" },
  { "GET", "/api/v1/explain?address=a&nodes=0", NULL, "nodes" },
  { "GET", "/api/v1/ranges?type=User&step=0", NULL, "step" },
  { "GET", "/api/v1/imports/x/rows?start=-1", NULL, "start" },
  { "GET", "/api/v1/directories/x/rows?startIndex=0", NULL, "startIndex" },
  { "GET", "/api/v1/directories/x/rows?count=0", NULL, "count" },
};
/* clang-format on */

static void
test_bad_numbers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_numbers); i++)
    assert_refused (&bad_numbers[i]);
  /* Too many are as many as there may be. */
  g_autoptr (Answer) many = ask (shared, "GET", "/api/v1/changes?count=1000000000", NULL, NULL);
  assert_status (many, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  shared = harbour_new (NULL);
  g_test_add_func ("/api/names/unknown", test_unknown_names);
  g_test_add_func ("/api/names/numbers", test_bad_numbers);
  int result = g_test_run ();
  harbour_free (shared);
  return result;
}
