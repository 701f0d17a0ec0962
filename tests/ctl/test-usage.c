/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What needs no server: help as in the golden files, mistakes in calling, tables, and servers that
 * are not there.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "ms-ctl-output.h"
#include "ms-ctl-verbs.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-run.h"

static void
test_help (void)
{
  static const struct
  {
    const char *arguments;
    const char *name;
  } cases[] = {
    { "--help", "help" },
    { "help", "help" },
    { "-h", "help" },
    { "user --help", "help-user" },
    { "help mailbox alias add", "help-mailbox-alias-add" },
    { "mailbox alias add --help", "help-mailbox-alias-add" },
    { "user create --help", "help-user-create" },
    { "import --help", "help-import" },
    { "directory --help", "help-directory" },
    { "directory set --help", "help-directory-set" },
    { "login --help", "help-login" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Run) run = run_expect (cases[i].arguments, NULL, 0);
      g_test_message ("%s", cases[i].arguments);
      run_check_golden (cases[i].name, run->out);
      g_assert_cmpstr (run->err, ==, "");
    }
}

static void
test_version (void)
{
  g_autoptr (Run) run = run_expect ("--version", NULL, 0);

  g_assert_true (g_str_has_prefix (run->out, "mailsteadctl "));
}

static void
test_mistakes (void)
{
  static const struct
  {
    const char *arguments;
    int         code;
    const char *message;
  } cases[] = {
    { "", 2, "nothing to do" },
    { "nonsense", 2, "there is no verb “nonsense”" },
    { "user", 2, "“user” needs a verb" },
    { "user nonsense", 2, "there is no verb “user nonsense”" },
    { "mailbox alias", 2, "there is no verb “mailbox alias”" },
    { "user show", 2, "Usage: mailsteadctl user show LOGIN" },
    { "user show a b", 2, "“b” is one argument too many" },
    { "user list --nonsense", 2, "--nonsense" },
    { "user list --limit=many", 2, "many" },
    { "user list", 5, "Not logged on to any server" },
    { "--server nosuch user list", 3, "nosuch" },
    { "server remove nosuch", 3, "nosuch" },
    { "login", 2, "Which server?" },
    { "login http://localhost", 1, "https" },
    { "login 'no host'", 1, "does not name a server" },
    { "login 127.0.0.1:1", 6, "refuses the connection" },
    { "login no-such-host.invalid", 6, "no host of the name" },
    { "login 127.0.0.1:1 --fingerprint 00:11", 2, "no SHA-256 fingerprint" },
    { "login 127.0.0.1:1 --fingerprint "
      "0000000000000000000000000000000000000000000000000000000000000000 --password-file "
      "/nonexistent",
      1,
      "/nonexistent cannot be read" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Run) run = run_expect (cases[i].arguments, NULL, cases[i].code);
      g_test_message ("%s", cases[i].arguments);
      g_assert_cmpstr (run->out, ==, "");
      g_assert_true (g_str_has_prefix (run->err, "mailsteadctl: "));
      assert_contains (run->err, cases[i].message);
    }
}

static void
test_json_errors (void)
{
  g_autoptr (Run) run = run_expect ("user list --json", NULL, 5);
  g_autoptr (Run) usage = run_expect ("user show --json", NULL, 2);
  g_autoptr (Run) none = run_expect ("server list --json", NULL, 0);

  g_assert_true (g_str_has_prefix (run->err, "{\"error\":\"unauthenticated\",\"detail\":"));
  g_assert_true (g_str_has_prefix (usage->err, "{\"error\":\"usage\",\"detail\":"));
  g_assert_cmpstr (none->out, ==, "[]\n");
}

/* One of the variables alone must not lead to the server that was logged on to, nor an empty one.
 */
static void
test_environment (void)
{
  static const struct
  {
    const char *url;
    const char *token;
    const char *fingerprint;
    const char *message;
  } cases[] = {
    { "https://127.0.0.1:1", NULL, NULL, "MAILSTEAD_URL is set and MAILSTEAD_TOKEN is not" },
    { NULL, "abc", NULL, "MAILSTEAD_TOKEN is set and MAILSTEAD_URL is not" },
    { NULL, NULL, "SHA256:00", "MAILSTEAD_FINGERPRINT is set and MAILSTEAD_URL is not" },
    { "https://127.0.0.1:1", "", NULL, "MAILSTEAD_URL is set and MAILSTEAD_TOKEN is empty" },
    { "", "abc", NULL, "MAILSTEAD_TOKEN is set and MAILSTEAD_URL is empty" },
    { "", "", NULL, "MAILSTEAD_URL is empty" },
    { "https://127.0.0.1:1", "abc", "", "MAILSTEAD_FINGERPRINT is empty" },
    { "https://127.0.0.1:1", "abc\r", NULL, "MAILSTEAD_TOKEN holds a line end" },
    { "https://127.0.0.1:1", "a\nc", NULL, "MAILSTEAD_TOKEN holds a line end" },
    { "https://127.0.0.1:1", "ab c", NULL, "no token has, at position 3" },
    { "https://127.0.0.1:1", "abü", NULL, "no token has, at position 3" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      if (cases[i].url != NULL)
        g_setenv ("MAILSTEAD_URL", cases[i].url, TRUE);
      if (cases[i].token != NULL)
        g_setenv ("MAILSTEAD_TOKEN", cases[i].token, TRUE);
      if (cases[i].fingerprint != NULL)
        g_setenv ("MAILSTEAD_FINGERPRINT", cases[i].fingerprint, TRUE);
      g_autoptr (Run) run = run_expect ("user list", NULL, 2);
      assert_contains (run->err, cases[i].message);
      /* What is said on the command line counts, and what needs no server asks none. */
      g_autoptr (Run) other = run_expect ("--server nosuch user list", NULL, 3);
      g_autoptr (Run) none = run_expect ("server list", NULL, 0);
      g_unsetenv ("MAILSTEAD_URL");
      g_unsetenv ("MAILSTEAD_TOKEN");
      g_unsetenv ("MAILSTEAD_FINGERPRINT");
    }
}

/* What nobody has got is no success. */
static void
test_unwritten (void)
{
  static const struct
  {
    const char *arguments;
    const char *err;
  } cases[] = {
    { "--version >/dev/full", "mailsteadctl: Cannot write the output: No space left on device\n" },
    { "--help >/dev/full", "mailsteadctl: Cannot write the output: No space left on device\n" },
    { "user --help >/dev/full",
      "mailsteadctl: Cannot write the output: No space left on device\n" },
    { "server list --json >/dev/full",
      "{\"error\":\"failed\",\"detail\":\"Cannot write the output: No space left on device\"}\n" },
    { "--version >&-", "mailsteadctl: Cannot write the output: Bad file descriptor\n" },
    { "server list --json >&-",
      "{\"error\":\"failed\",\"detail\":\"Cannot write the output: Bad file descriptor\"}\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].arguments);
      g_autoptr (Run) run = run_by_shell (cases[i].arguments);
      g_assert_cmpstr (run->err, ==, cases[i].err);
      g_assert_cmpint (run->code, ==, 1);
    }
}

/* A damaged list of servers is said and left alone. */
static void
test_damaged_servers (void)
{
  g_autofree char *folder = run_path ("config/mailstead");
  g_autofree char *path = run_path ("config/mailstead/servers");
  g_autofree char *after = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "damaged", -1, NULL));
  g_autoptr (Run) run = run_expect ("server list", NULL, 1);
  assert_contains (run->err, path);
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, "damaged");
  g_unlink (path);
}

static void
test_width (void)
{
  static const struct
  {
    const char *text;
    guint       width;
  } cases[] = { { "", 0 },     { "abc", 3 },    { "Müller", 6 },       { "Mu\xCC\x88ller", 6 },
                { "李明", 4 }, { "Волков", 6 }, { "a\xE2\x80\x8B", 1 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (ms_text_width (cases[i].text), ==, cases[i].width);
}

static void
test_table (void)
{
  const char *titles[] = { "NAME", ">SIZE", "NOTE", NULL };
  const char *rows[][4] = { { "李明", "5", "", NULL },
                            { "Müller", "1234567", "two\nlines\tand \x1B[31mred", NULL },
                            { "x", "", "end", NULL } };
  g_autoptr (MsTable) table = ms_table_new (titles);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    ms_table_add (table, rows[i]);
  g_autofree char *text = ms_table_to_text (table);
  g_assert_cmpstr (text,
                   ==,
                   "NAME       SIZE  NOTE\n"
                   "李明          5\n"
                   "Müller  1234567  two lines and \xEF\xBF\xBD[31mred\n"
                   "x                end\n");
}

/* The folder of mailsteadd, which is where the shell would find it. */
static void
find_daemon (char **daemon)
{
  g_autofree char *folder = g_path_get_dirname (g_getenv ("MAILSTEADCTL"));
  g_autofree char *servers = g_build_filename (folder, "..", "server", NULL);
  g_autofree char *path = g_strdup_printf ("%s:%s", servers, g_getenv ("PATH"));

  g_setenv ("PATH", path, TRUE);
  *daemon = g_build_filename (servers, "mailsteadd", NULL);
}

static void
make_store (const char *data)
{
  g_autofree char *daemon = NULL;
  g_autoptr (GError) error = NULL;
  int status = -1;

  find_daemon (&daemon);
  char *arguments[] = { daemon,
                        (char *) "init",
                        (char *) "--data",
                        (char *) data,
                        (char *) "--domain",
                        (char *) "harbour.example",
                        (char *) "--listen",
                        (char *) "127.0.0.1:0",
                        NULL };
  g_assert_true (g_spawn_sync (
      NULL, arguments, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, &error));
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

/* @format: with the folder of this test twice at most */
static Run *
run_store (const char *format, const char *folder, int code)
{
  g_auto (GStrv) parts = g_strsplit (format, "DIR", -1);
  g_autofree char *arguments = g_strjoinv (folder, parts);

  return run_expect (arguments, NULL, code);
}

static char *
find_digest (const Run *run)
{
  const char *at = strstr (run->out, "digest");

  g_assert_nonnull (at);
  return g_strndup (at, strcspn (at, "\n"));
}

static void
test_store (void)
{
  g_autofree char *folder = run_path ("stores");
  g_autofree char *data = g_build_filename (folder, "d", NULL);

  make_store (data);
  g_autoptr (Run) backup = run_store ("store backup --data DIR/d DIR/b.db", folder, 0);
  g_autoptr (Run) again = run_store ("store backup --data DIR/d DIR/b.db", folder, 1);
  g_assert_nonnull (strstr (again->err, "already"));
  g_autoptr (Run) whole = run_store ("store verify --data DIR/d", folder, 0);
  g_autoptr (Run) same = run_store ("store verify DIR/b.db", folder, 0);
  g_autofree char *digest = find_digest (whole);
  g_autofree char *backup_digest = find_digest (same);
  g_assert_cmpstr (digest, ==, backup_digest);
  g_autoptr (Run) copy = run_store ("store copy DIR/d sqlite:DIR/c.db", folder, 0);
  g_assert_nonnull (strstr (copy->out, strrchr (digest, ' ')));
  g_autoptr (Run) copied = run_store ("store verify sqlite:DIR/c.db", folder, 0);
  g_autoptr (Run) rescued = run_store ("store rescue DIR/b.db --csv DIR/csv", folder, 0);
  g_assert_nonnull (strstr (rescued->out, "users.csv"));
  g_autoptr (Run) refused = run_store ("store restore --data DIR/d DIR/b.db", folder, 1);
  g_assert_nonnull (strstr (refused->err, "--replace"));
  g_autoptr (Run) restored = run_store ("store restore --replace --data DIR/d DIR/b.db", folder, 0);
  g_assert_nonnull (strstr (restored->out, "1000000"));
  g_autoptr (Run) none = run_store ("store verify DIR/none.db", folder, 1);
  g_assert_nonnull (strstr (none->err, "none.db"));
  g_autofree char *unwritten = g_strdup_printf ("store verify %s/b.db >/dev/full", folder);
  g_autoptr (Run) full = run_by_shell (unwritten);
  g_assert_cmpstr (full->err, ==, "mailsteadd: Cannot write the output: No space left on device\n");
  g_assert_cmpint (full->code, ==, 1);
  g_autoptr (Run) usage = run_store ("store copy DIR/d", folder, 2);
  g_autoptr (Run) password = run_store ("store copy DIR/d postgresql://a:b@h/x", folder, 2);
  g_assert_null (strstr (password->err, "a:b"));
}

/* Of an atomic bulk request the operation that failed says why, wherever it stands; the others say
 * only that it did. */
static void
test_bulk_reason (void)
{
#define OTHER                                                                                      \
  "{\"status\":\"409\",\"response\":{\"status\":\"409\",\"detail\":\"Nothing was done, "           \
  "because\"}}"
#define STALE                                                                                      \
  "{\"status\":\"412\",\"response\":{\"status\":\"412\",\"path\":\"If-Match\",\"detail\":"         \
  "\"stale\"}}"
#define BARE "{\"status\":\"403\",\"response\":{\"status\":\"403\",\"detail\":\"denied\"}}"
#define TAKEN                                                                                      \
  "{\"status\":\"409\",\"response\":{\"status\":\"409\",\"scimType\":\"uniqueness\",\"detail\":"   \
  "\"taken\"}}"
  static const struct
  {
    const char *answer;
    int         code;
    const char *message;
  } cases[] = {
    { "{\"Operations\":[" OTHER "," STALE "]}", MS_ERROR_STALE, "stale" },
    { "{\"Operations\":[" STALE "," OTHER "]}", MS_ERROR_STALE, "stale" },
    { "{\"Operations\":[" OTHER "," BARE "]}", MS_ERROR_DENIED, "denied" },
    { "{\"Operations\":[" OTHER "," TAKEN "]}", MS_ERROR_CONFLICT, "taken" },
    { "{\"Operations\":[" TAKEN "," OTHER "]}", MS_ERROR_CONFLICT, "taken" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = ms_json_parse (cases[i].answer, -1, NULL, NULL);

      g_test_message ("%s", cases[i].answer);
      g_assert_false (ms_ctl_check_results (json_node_get_object (node), &error));
      g_assert_error (error, MS_ERROR, cases[i].code);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  run_make_folders ();

  g_test_add_func ("/ctl/help", test_help);
  g_test_add_func ("/ctl/version", test_version);
  g_test_add_func ("/ctl/mistakes", test_mistakes);
  g_test_add_func ("/ctl/json-errors", test_json_errors);
  g_test_add_func ("/ctl/environment", test_environment);
  g_test_add_func ("/ctl/unwritten", test_unwritten);
  g_test_add_func ("/ctl/damaged-servers", test_damaged_servers);
  g_test_add_func ("/ctl/width", test_width);
  g_test_add_func ("/ctl/table", test_table);
  g_test_add_func ("/ctl/store", test_store);
  g_test_add_func ("/ctl/bulk-reason", test_bulk_reason);

  int status = g_test_run ();
  run_clear_folders ();
  return status;
}
