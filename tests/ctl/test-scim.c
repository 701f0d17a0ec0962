/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * scim and bulk against the real server.
 */
#include <string.h>

#include "ms-run-server.h"

#define BULK                                                                                       \
  "[{\"method\":\"POST\",\"path\":\"/Domains\",\"bulkId\":\"d\",\"data\":{\"name\":\"%s\"}},"      \
  "{\"method\":\"POST\",\"path\":\"/Domains\",\"bulkId\":\"again\",\"data\":{\"name\":"            \
  "\"harbour.example\"}},"                                                                         \
  "{\"method\":\"DELETE\",\"path\":\"/Domains/bulkId:d\"}]"

static void
test_scim (void)
{
  g_autoptr (Run) get = run_expect ("scim get 'Users?filter=userName+eq+%22admin%22'", NULL, 0);
  assert_contains (get->out, "\"userName\" : \"admin\"");
  g_autoptr (Run) post = run_expect (
      "scim POST /Domains --data -", "{\"name\":\"raw.example\",\"colour\":1}", 0);
  assert_contains (post->out, "\"name\" : \"raw.example\"");
  assert_contains (post->err, "colour");
  g_autoptr (Run) missing = run_expect ("scim GET /Users/nobody", NULL, 3);
  assert_contains (missing->err, "nobody");
  g_autoptr (Run) csv = run_expect ("scim GET '/api/v1/export?type=User'", NULL, 0);
  assert_contains (csv->out, "userName");
  assert_contains (csv->out, "\nadmin,");
  g_autoptr (Run) method = run_expect ("scim FETCH /Users", NULL, 2);
  assert_contains (method->err, "FETCH");
  g_autoptr (Run) marked
             = run_expect ("scim POST /Domains --data -", "\uFEFF{\"name\":\"bom.example\"}", 0);
  g_autoptr (Run) json = run_expect ("scim POST /Domains --data -", "{name}", 1);
  assert_contains (json->err, "line 1");
  g_autoptr (Run) file = run_expect ("scim POST /Domains --data /nowhere/at/all", NULL, 1);
  assert_contains (file->err, "/nowhere/at/all");
}

/* One of three fails: the exit code says so, the table says which and why. */
static void
test_bulk (void)
{
  g_autofree char *body = g_strdup_printf (BULK, "bulk.example");
  g_autoptr (Run) run = run_expect ("bulk -", body, 1);

  assert_contains (run->out, "201");
  assert_contains (run->out, "409");
  assert_contains (run->out, "204");
  assert_contains (run->out, "again");
  g_autoptr (Run) json
             = run_expect ("bulk - --json",
                           "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:"
                           "BulkRequest\"],\"Operations\":[{\"method\":\"POST\",\"path\":"
                           "\"/Domains\",\"bulkId\":\"x\",\"data\":{\"name\":\"good.example\"}}]}",
                           0);
  assert_contains (json->out, "\"status\" : \"201\"");
  g_autoptr (Run) text = run_expect ("bulk -", "\"text\"", 1);
  assert_contains (text->err, "neither");
}

static void
test_atomic (void)
{
  g_autofree char *body = g_strdup_printf (BULK, "atomic.example");
  g_autoptr (Run) run = run_expect ("bulk --atomic -", body, 1);

  assert_contains (run->out, "operation 2 failed");
  g_autoptr (Run) list = run_expect ("domain list", NULL, 0);
  assert_lacks (list->out, "atomic.example");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  run_make_folders ();
  g_autoptr (RealServer) server = real_server_new ("--empty");
  run_use_token (server);
  g_test_add_func ("/ctl/scim/1-raw", test_scim);
  g_test_add_func ("/ctl/scim/2-bulk", test_bulk);
  g_test_add_func ("/ctl/scim/3-atomic", test_atomic);
  int result = g_test_run ();
  run_clear_folders ();
  return result;
}
