/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadd as a process: its commands and messages, stopping in order, being killed, a new
 * certificate. The program is named by the environment variable MAILSTEADD.
 */
#include "daemon.h"
#include "ms-certificate.h"
#include "ms-json.h"
#include "store-place.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Commands ------------------------------------------------------------------------------------ */

typedef struct
{
  const char *name;
  const char *arguments[4];
  int         exit_code;
  const char *text;
} CommandCase;

/* clang-format off: one row, one line */
static const CommandCase command_cases[] = {
  { "version", { "version" }, 0, "mailsteadd " },
  { "help", { "--help" }, 0, "check-config" },
  { "init-help", { "init", "--help" }, 0, "--host-name" },
  { "none", { NULL }, 2, "which command?" },
  { "unknown", { "dance" }, 2, "no command “dance”" },
  { "unknown-option", { "run", "--fast" }, 2, "--fast" },
  { "one-word-too-many", { "run", "now" }, 2, "“now” is one word too many" },
  { "bad-domain", { "init", "--domain=a b", "--data=/nonexistent/x" }, 2, "init: " },
  { "bad-listen", { "init", "--listen=here", "--data=/nonexistent/x" }, 2, "ADDRESS:PORT" },
  { "half-certificate", { "init", "--key=x", "--data=/nonexistent/x" }, 2, "go together" },
  { "password-on-command-line",
    { "init", "--store=postgresql://us:pw@127.0.0.1/x", "--data=/nonexistent/x" },
    2,
    "A password in the address" },
  { "password-escaped",
    { "init", "--store=postgresql://h/x?pass%77ord=pw", "--data=/nonexistent/x" },
    2,
    "A password in the address" },
  { "password-verify",
    { "verify", "postgresql://us:pw@127.0.0.1/x" },
    2,
    "A password in the address" },
  { "password-copy-from",
    { "copy", "postgresql://h/x?pass%77ord=pw", "y.db" },
    2,
    "A password in the address" },
  { "password-copy-to",
    { "copy", "x.db", "postgresql://us:pw@127.0.0.1/x" },
    2,
    "A password in the address" },
  { "password-backup",
    { "backup", "--store=postgresql://h/x?password=pw", "/nonexistent/x.db" },
    2,
    "A password in the address" },
  { "password-restore",
    { "restore", "--store=postgresql://us:pw@127.0.0.1/x", "/nonexistent/x.db" },
    2,
    "A password in the address" },
  { "reset-no-store",
    { "reset-admin", "--data=/nonexistent/x" },
    1,
    "There is no store at /nonexistent/x/store.db" },
  { "verify-nothing",
    { "verify", "/nonexistent/x.db" },
    1,
    "There is no store “/nonexistent/x.db”" },
  { "verify-two",
    { "verify", "--data=/nonexistent/x", "/nonexistent/x.db" },
    2,
    "--data and “/nonexistent/x.db” name a store each" },
  { "copy-nothing",
    { "copy", "/nonexistent/x.db", "/nonexistent/y.db" },
    1,
    "There is no store “/nonexistent/x.db”" },
  { "copy-from-no-folder", { "copy", "none-such", "y.db" }, 1, "/none-such" },
  { "no-store",
    { "run", "--data=/nonexistent/x" },
    1,
    "There is no store at /nonexistent/x/store.db" },
  { "cannot-make-folder", { "init", "--data=/proc/x" }, 1, "The folder /proc/x cannot be made" },
};
/* clang-format on */

static void
test_command (gconstpointer data)
{
  const CommandCase *c = data;
  int                exit_code = 0;
  g_autofree char   *said
      = daemon_run (&exit_code, c->arguments[0], c->arguments[1], c->arguments[2], NULL);

  g_assert_cmpint (exit_code, ==, c->exit_code);
  g_assert_nonnull (strstr (said, c->text));
}

static void
test_init (void)
{
  Daemon      d;
  int         exit_code = 0;
  struct stat info;

  daemon_init (&d);
  g_autofree char *key = g_build_filename (d.directory, "server.key", NULL);
  g_assert_cmpint (stat (key, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_autofree char *again = daemon_run (&exit_code, "init", "--data", d.directory, NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (again, "There is a store at"));
  g_autofree char *check = daemon_run (&exit_code, "check-config", "--data", d.directory, NULL);
  g_assert_cmpint (exit_code, ==, 0);
  g_assert_nonnull (strstr (check, d.fingerprint));
  g_autofree char *config = g_build_filename (d.directory, "mailsteadd.conf", NULL);
  g_assert_true (g_file_set_contents (config, "[server]\nlissen=1\n", -1, NULL));
  g_autofree char *wrong = daemon_run (&exit_code, "check-config", "--data", d.directory, NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (wrong, "key lissen"));
  g_assert_true (g_file_set_contents (
      config, "[store]\nuri=postgresql://us:harbour-pw@127.0.0.1:1/x\n", -1, NULL));
  g_assert_cmpint (g_chmod (config, 0600), ==, 0);
  g_autofree char *hidden = daemon_run (&exit_code, "check-config", "--data", d.directory, NULL);
  g_assert_cmpint (exit_code, ==, 0);
  g_assert_null (strstr (hidden, "harbour-pw"));
  g_assert_nonnull (strstr (hidden, "postgresql:"));
  daemon_clear (&d);
}

/* A setting that the server does not start with, and what both commands say of it. */
typedef struct
{
  const char *settings;
  const char *text;
} BadSetting;

/* clang-format off: one row, one line */
static const BadSetting bad_settings[] = {
  { "[server]\nlisten=\n", "key listen: “” is not of the form" },
  { "[server]\nlisten=here\n", "key listen: “here” is not of the form" },
  { "[server]\nlisten=127.0.0.1\n", "key listen:" },
  { "[server]\nlisten=127.0.0.1:65536\n", "key listen:" },
  { "[server]\nlisten=127.0.0.1:-1\n", "key listen:" },
  { "[server]\nlisten=mail.example.org:7443\n", "key listen: “mail.example.org” is no address" },
  { "[server]\nlisten=::1:7443\n", "key listen:" },
  { "[server]\nlisten=[::1:7443\n", "key listen:" },
  { "[server]\nlisten=[fe80::1%nowhere0]:7443\n", "[fe80::1%nowhere0]:7443" },
  { "[server]\nlisten=192.0.2.1:7443\n", "192.0.2.1:7443: this machine has no such address" },
  { "[server]\nbase-url=http://users.example.org\n", "key base-url:" },
  { "[server]\nbase-url=https://\n", "key base-url:" },
  { "[server]\nbase-url=https://users.example.org/\n", "key base-url:" },
  { "[server]\nbase-url=https://users.example.org:99999\n", "key base-url:" },
  { "[server]\nbase-url=https://us:er@users.example.org\n", "key base-url:" },
  { "[server]\nthreads=many\n", "key threads: “many” is no whole number" },
  { "[server]\nthreads=65\n", "key threads: 65 is not between 0 and 64" },
  { "[server]\nthreads=-1\n", "key threads:" },
  { "[server]\nthreads=1.5\n", "key threads:" },
  { "[server]\nstop-seconds=601\n", "key stop-seconds:" },
  { "[server]\nheartbeat-seconds=0\n", "key heartbeat-seconds:" },
  { "[store]\nuri=\n", "key uri:" },
  { "[store]\nuri=sqlite:store.db\n", "key uri:" },
  { "[store]\nuri=mysql://localhost/x\n", "key uri:" },
  { "[store]\nuri=sqlite:/nonexistent/store.db\n", "There is no store at /nonexistent/store.db" },
  { "[store]\nuri=sqlite:/proc\n", "/proc is no file" },
  { "[store]\nuri=postgresql://[::1/x\n", "key uri:" },
  { "[tls]\ncertificate=nowhere.crt\n", "nowhere.crt" },
  { "[tls]\ncertificate=\n", "key certificate: it is empty" },
  { "[tls]\nkey=\n", "key key: it is empty" },
  { "[backup]\nfolder=\n", "key folder: it is empty" },
  { "[tls]\ncertificate=server.key\n", "server.key holds no certificate" },
  { "[tls]\nkey=nowhere.key\n", "nowhere.key" },
  { "[tls]\nkey=mailsteadd.conf\n", "mailsteadd.conf holds no private key" },
  { "[backup]\nfolder=nowhere\n", "key folder:" },
  { "[backup]\nevery-hours=1\n", "the key folder is missing" },
  { "[backup]\nfolder=.\nevery-hours=8761\n", "key every-hours:" },
  { "[backup]\nfolder=.\nat=25:00\n", "key at:" },
  { "[backup]\nfolder=.\nkeep=0\n", "key keep:" },
  { "[limits]\nconnections=7\n", "key connections:" },
  { "[limits]\nconnections-per-address=0\n", "key connections-per-address:" },
  { "[limits]\nheader-bytes=1\n", "key header-bytes:" },
  { "[limits]\nheader-bytes=1 parsec\n", "key header-bytes:" },
  { "[limits]\nheader-seconds=301\n", "key header-seconds:" },
  { "[limits]\nidle-seconds=0\n", "key idle-seconds:" },
  { "[limits]\nbody-seconds=0\n", "key body-seconds:" },
  { "[limits]\nbody=65 MiB\n", "key body:" },
  { "[limits]\nbulk=1\n", "key bulk:" },
  { "[limits]\nupload=2 GiB\n", "key upload:" },
  { "[limits]\nupload=65 MiB\n", "key upload:" },
  { "[limits]\nbodies-in-flight=1\n", "key bodies-in-flight:" },
  { "[server]\nlissen=1\n", "key lissen: there is no such setting" },
  { "[limit]\nbody=1 MiB\n", "group [limit], key body: there is no such setting" },
  { "[server]\nthreads=4\nstop-seconds=3\nthreads=4\n",
    "line 4, group [server], key threads: it is in line 2 already" },
  { "[server]\nthreads = 4\n[limits]\nbody=1 MiB\n# more\n[server]\nthreads=5\n",
    "line 7, group [server], key threads: it is in line 2 already" },
  { "[server]\nlisten[de]=127.0.0.1:0\n", "key listen[de]: there is no such setting" },
  { "[foo]\n", "group [foo]: there is no such group" },
  { "[limits]\nupload=64 MiB\nbodies-in-flight=64 MiB\n",
    "key upload: one body may have 67108864 bytes, and all" },
  { "[limits]\nbody=2097152\nbodies-in-flight=1048576\n", "key body: one body may have 2097152" },
  { "[limits]\nbody=99999999999 TiB\n", "is no size from 1024 to 67108864 bytes, such as 2 MiB" },
  { "[limits]\nbody=unlimited\n", "unlimited is not between 1024 and 67108864" },
  { "threads=4\n", "mailsteadd.conf: " },
  { "[server]\nthreads\n", "mailsteadd.conf: " },
};
/* clang-format on */

/* What a command says, or that it goes on for ever. */
static char *
say (const char *command, const char *directory, int *exit_code)
{
  char *argv[]
      = { "timeout",          "300", (char *) g_getenv ("MAILSTEADD"), (char *) command, "--data",
          (char *) directory, NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;
  char            *errors = NULL;
  int              status = 0;

  g_spawn_sync (
      NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors, &status, &error);
  g_assert_no_error (error);
  *exit_code = WIFEXITED (status) ? WEXITSTATUS (status) : -1;
  return errors;
}

static void
assert_refused (const char *directory, const char *settings, const char *text)
{
  g_autofree char *file = g_build_filename (directory, "mailsteadd.conf", NULL);
  int              checked = 0, ran = 0;

  g_assert_true (g_file_set_contents (file, settings, -1, NULL));
  g_assert_cmpint (g_chmod (file, 0600), ==, 0);
  g_test_message ("%s", settings);
  g_autofree char *check = say ("check-config", directory, &checked);
  g_test_message ("%s", check);
  g_assert_cmpint (checked, ==, 1);
  g_autofree char *run = say ("run", directory, &ran);
  g_test_message ("%s", run);
  g_assert_cmpint (ran, ==, 1);
  g_assert_cmpstr (check, ==, run);
  g_assert_nonnull (strstr (check, text));
}

static void
test_bad_settings (void)
{
  Daemon           d;
  g_autofree char *good = NULL;

  daemon_init (&d);
  for (guint i = 0; i < G_N_ELEMENTS (bad_settings); i++)
    assert_refused (d.directory, bad_settings[i].settings, bad_settings[i].text);

  /* A chain that only one of the two TLS libraries can read. */
  g_autofree char *certificate = g_build_filename (d.directory, "server.crt", NULL);
  g_assert_true (g_file_get_contents (certificate, &good, NULL, NULL));
  g_autofree char *bad = g_strconcat (
      good, "-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n", NULL);
  g_assert_true (g_file_set_contents (certificate, bad, -1, NULL));
  assert_refused (
      d.directory, "[server]\nlisten=127.0.0.1:0\n", "The certificate or its key cannot be used");
  daemon_clear (&d);
}

/* Settings that somebody wrote are not written over, and a try that failed leaves none. */
static void
test_init_settings (void)
{
  Daemon      d;
  int         exit_code = 0;
  const char *own = "[server]\nstop-seconds=7\n";

  daemon_init (&d);
  g_autofree char *store = g_build_filename (d.directory, "store.db", NULL);
  g_autofree char *settings = g_build_filename (d.directory, "mailsteadd.conf", NULL);
  g_assert_cmpint (g_unlink (store), ==, 0);
  g_assert_true (g_file_set_contents (settings, own, -1, NULL));
  g_autofree char *said = daemon_run (&exit_code, "init", "--data", d.directory, NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (said, settings));
  g_autofree char *kept = NULL;
  g_assert_true (g_file_get_contents (settings, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, own);
  g_assert_false (g_file_test (store, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_unlink (settings), ==, 0);
  g_autofree char *failed
      = daemon_run (&exit_code, "init", "--data", d.directory, "--admin", "a b\n", NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_false (g_file_test (settings, G_FILE_TEST_EXISTS));

  /* Neither a certificate that nobody will use, nor an empty folder. */
  g_autofree char *fresh = g_build_filename (d.directory, "fresh", NULL);
  g_autofree char *again
      = daemon_run (&exit_code, "init", "--data", fresh, "--admin", "a b\n", NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_false (g_file_test (fresh, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_mkdir (fresh, 0700), ==, 0);
  g_autofree char *third
      = daemon_run (&exit_code, "init", "--data", fresh, "--admin", "a b\n", NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_cmpint (g_rmdir (fresh), ==, 0);

  /* Nor those that it had to make above it. */
  g_autofree char *above = g_build_filename (d.directory, "a", NULL);
  g_autofree char *below = g_build_filename (above, "b", "c", NULL);
  g_autofree char *deep
      = daemon_run (&exit_code, "init", "--data", below, "--admin", "a b\n", NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_false (g_file_test (above, G_FILE_TEST_EXISTS));
  daemon_clear (&d);
}

/* A schema file that an earlier build took: the server runs, and verify tells of it. */
static void
test_past_schema (void)
{
  Daemon d;
  int    exit_code = 0;

  daemon_init (&d);
  store_place_run_sql (
      "sqlite",
      d.directory,
      "INSERT INTO object (id, type, version, created, modified, label, label_key)"
      " VALUES ('past', 'SchemaFile', 1, 1, 1, 'past', 'past');"
      "INSERT INTO document (obj, body) SELECT n,"
      " '{\"name\":\"past\",\"text\":\"{\\\"schemas\\\":[{\\\"id\\\":\\\"urn:x:past\\\","
      "\\\"name\\\":"
      "\\\"Past\\\",\\\"attributes\\\":[{\\\"name\\\":\\\"nm\\\",\\\"label\\\":true},{\\\"name\\\":"
      "\\\"not\\\"}]}],\\\"resourceTypes\\\":[{\\\"name\\\":\\\"Past\\\",\\\"endpoint\\\":\\\"/"
      "Pasts"
      "\\\",\\\"schema\\\":\\\"urn:x:past\\\"}]}\"}' FROM object WHERE id = 'past'");
  daemon_start (&d);
  daemon_log_on (&d);
  g_autoptr (Wire) wire = wire_open (d.port);
  g_autoptr (WireReply) made
             = daemon_request (&d, wire, "POST", "/scim/v2/Pasts", "{\"nm\":\"a\",\"not\":\"b\"}");
  g_assert_cmpuint (made->status, ==, 201);
  g_autofree char *said = daemon_run (&exit_code, "verify", "--data", d.directory, NULL);
  g_test_message ("%s", said);
  g_assert_nonnull (strstr (said, "warning: Schema file “past”: schemas[0].attributes[1].name"));
  daemon_clear (&d);
}

/* A folder that goes again is none to run. */
static void
test_init_store_there (void)
{
  Daemon d;
  int    exit_code = 0;

  daemon_init (&d);
  g_autofree char *uri = g_strconcat ("sqlite:", d.directory, "/store.db", NULL);
  g_autofree char *fresh = g_build_filename (d.directory, "x", "fresh", NULL);
  g_autofree char *above = g_path_get_dirname (fresh);
  g_autofree char *said = daemon_run (&exit_code, "init", "--data", fresh, "--store", uri, NULL);
  g_test_message ("%s", said);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (said, "There is a store at"));
  g_assert_null (strstr (said, "fresh"));
  g_assert_nonnull (strstr (said, "another --store"));
  g_assert_false (g_file_test (above, G_FILE_TEST_EXISTS));
  g_autofree char *same
      = daemon_run (&exit_code, "init", "--data", d.directory, "--store", uri, NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (same, "mailsteadd run --data"));
  daemon_clear (&d);
}

/* A file by its name, as verify takes it; and what is there stays. */
static void
test_copy_file (void)
{
  Daemon d;
  int    exit_code = 0;

  daemon_init (&d);
  g_autofree char *store = g_build_filename (d.directory, "store.db", NULL);
  g_autofree char *copy = g_build_filename (d.directory, "copy.db", NULL);
  g_autofree char *said = daemon_run (&exit_code, "copy", store, copy, NULL);
  g_test_message ("%s", said);
  g_assert_cmpint (exit_code, ==, 0);
  g_autofree char *verified = daemon_run (&exit_code, "verify", copy, NULL);
  g_assert_cmpint (exit_code, ==, 0);
  g_autofree char *again = daemon_run (&exit_code, "copy", d.directory, copy, NULL);
  g_test_message ("%s", again);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (again, copy));
  daemon_clear (&d);
}

/* Starting on what is broken ------------------------------------------------------------------ */

static void
test_damaged_store (void)
{
  Daemon d;
  int    exit_code = 0;

  daemon_init (&d);
  g_autofree char *store = g_build_filename (d.directory, "store.db", NULL);
  g_assert_true (g_file_set_contents (store, "this was a database once", -1, NULL));
  g_autofree char *said = daemon_run (&exit_code, "run", "--data", d.directory, NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (said, store));
  daemon_clear (&d);
}

static char *
read_folder_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  (void) g_file_get_contents (path, &text, NULL, &error); /* the next line says it */
  g_assert_no_error (error);
  return text;
}

/* Every @marker in the file becomes something that is no UTF-8. */
static void
damage (const char *path, const char *marker)
{
  g_autofree char *bytes = NULL;
  gsize            length = 0;
  guint            found = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  for (gsize i = 0; i + strlen (marker) <= length; i++)
    if (memcmp (bytes + i, marker, strlen (marker)) == 0)
      {
        memset (bytes + i, 0xff, strlen (marker));
        found++;
      }
  g_assert_cmpuint (found, >, 0);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) length, NULL));
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* (transfer full): the names of what is in @folder and begins with @prefix, sorted */
static char *
list_folder (const char *folder, const char *prefix)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, prefix))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **) names->pdata);
}

/* Whoever reads a file that nobody has open finds it alone and leaves it so; beside a server the
 * server's files stay, and it goes on. */
static void
test_leaves_nothing (void)
{
  Daemon d;
  int    exit_code = 0;

  daemon_init (&d);
  g_autofree char *store = g_build_filename (d.directory, "store.db", NULL);
  g_autofree char *saved = g_build_filename (d.directory, "saved.db", NULL);
  g_autofree char *other = g_build_filename (d.directory, "copied.db", NULL);
  g_autofree char *target = g_strconcat ("sqlite:", other, NULL);
  g_autofree char *alone = list_folder (d.directory, "store.db");
  g_assert_null (strstr (alone, "-wal"));
  g_free (daemon_run (&exit_code, "verify", store, NULL));
  g_assert_cmpint (exit_code, ==, 0);
  g_autofree char *verified = list_folder (d.directory, "store.db");
  g_assert_cmpstr (verified, ==, alone);
  for (guint i = 0; i < 2; i++)
    {
      g_free (daemon_run (&exit_code, "rescue", store, "--to", saved, NULL));
      g_assert_cmpint (exit_code, ==, 0);
      g_free (daemon_run (&exit_code, "verify", saved, NULL));
      g_assert_cmpint (exit_code, ==, 0);
      g_assert_cmpint (g_unlink (saved), ==, 0);
    }
  g_free (daemon_run (&exit_code, "copy", store, target, NULL));
  g_assert_cmpint (exit_code, ==, 0);
  g_autofree char *copied = list_folder (d.directory, "store.db");
  g_assert_cmpstr (copied, ==, alone);

  daemon_start (&d);
  g_autofree char *served = list_folder (d.directory, "store.db");
  g_assert_nonnull (strstr (served, "store.db-wal"));
  g_free (daemon_run (&exit_code, "verify", store, NULL));
  g_assert_cmpint (exit_code, ==, 0);
  g_autofree char *beside = list_folder (d.directory, "store.db");
  g_assert_cmpstr (beside, ==, served);
  daemon_log_on (&d);
  g_autoptr (Wire) wire = wire_open (d.port);
  g_autoptr (WireReply) made
             = daemon_request (&d, wire, "POST", "/scim/v2/Users", "{\"userName\":\"alma\"}");
  g_assert_cmpuint (made->status, ==, 201);
  /* What a killed server leaves is not an empty log, and no reader's to take away. */
  kill (d.pid, SIGKILL);
  (void) daemon_wait (&d); /* it says by which signal */
  g_free (daemon_run (&exit_code, "verify", store, NULL));
  g_assert_cmpint (exit_code, ==, 0);
  g_autofree char *killed = list_folder (d.directory, "store.db");
  g_assert_nonnull (strstr (killed, "store.db-wal"));
  daemon_clear (&d);
}

/* As CSV: of a whole store what the export writes; of a damaged one the rest, with what is lost. */
static void
test_rescue_csv (void)
{
  Daemon d;
  int    exit_code = 0;

  daemon_init (&d);
  daemon_start (&d);
  daemon_log_on (&d);
  g_autoptr (Wire) wire = wire_open (d.port);
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *body = g_strdup_printf (
          "{\"userName\":\"u%02u\",\"title\":\"%s\"}", i, i == 7 ? "MARKEDFORLOSS" : "Clerk");
      g_autoptr (WireReply) made = daemon_request (&d, wire, "POST", "/scim/v2/Users", body);
      g_assert_cmpuint (made->status, ==, 201);
    }
  g_autoptr (WireReply) exported = daemon_request (&d, wire, "GET", "/api/v1/export?type=User", "");
  g_assert_cmpuint (exported->status, ==, 200);
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);

  g_autofree char *store = g_build_filename (d.directory, "store.db", NULL);
  g_autofree char *good = g_build_filename (d.directory, "good", NULL);
  g_autofree char *said = daemon_run (&exit_code, "rescue", store, "--csv", good, NULL);
  g_test_message ("%s", said);
  g_assert_cmpint (exit_code, ==, 0);
  g_assert_nonnull (strstr (said, " 0 losses"));
  g_autofree char *users = read_folder_file (good, "users.csv");
  g_assert_cmpstr (users, ==, exported->body->str);
  g_autofree char *domains = read_folder_file (good, "domains.csv");
  g_assert_nonnull (strstr (domains, "primary"));
  g_autofree char *lists = read_folder_file (good, "groups.csv");
  g_assert_true (g_str_has_prefix (lists, "list,address,"));
  /* Nothing else is left there. */
  g_autofree char *left = g_build_filename (good, "rescued.db", NULL);
  g_assert_false (g_file_test (left, G_FILE_TEST_EXISTS));
  g_autofree char *again = daemon_run (&exit_code, "rescue", store, "--csv", good, NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (again, "is not empty"));

  damage (store, "MARKEDFORLOSS");
  g_autofree char *verified = daemon_run (&exit_code, "verify", store, NULL);
  g_test_message ("%s", verified);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (verified, "is not sound: "));
  g_assert_null (strstr (verified, " 1 problems"));
  g_autofree char *bad = g_build_filename (d.directory, "bad", NULL);
  g_assert_cmpint (g_chdir (d.directory), ==, 0);
  g_autofree char *lost = daemon_run (&exit_code, "rescue", "store.db", "--csv", "bad", NULL);
  g_assert_cmpint (g_chdir ("/"), ==, 0);
  g_test_message ("%s", lost);
  g_assert_cmpint (exit_code, ==, 10);
  g_assert_nonnull (strstr (lost, " 1 losses"));
  g_assert_nonnull (strstr (lost, "User “u07” "));
  g_autofree char *rest = read_folder_file (bad, "users.csv");
  g_assert_null (strstr (rest, "\r\nu07,"));
  g_assert_nonnull (strstr (rest, "\r\nu06,"));
  g_assert_nonnull (strstr (rest, "\r\nu39,"));
  g_autofree char *none = daemon_run (&exit_code, "rescue", store, NULL);
  g_assert_cmpint (exit_code, ==, 2);
  g_assert_nonnull (strstr (none, "--csv"));
  daemon_clear (&d);
}

static void
test_missing_key (void)
{
  Daemon d;
  int    exit_code = 0;

  daemon_init (&d);
  g_autofree char *key = g_build_filename (d.directory, "server.key", NULL);
  g_assert_cmpint (g_unlink (key), ==, 0);
  g_autofree char *said = daemon_run (&exit_code, "run", "--data", d.directory, NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (said, key));
  g_assert_nonnull (strstr (said, "mailsteadd init"));
  daemon_clear (&d);
}

static void
test_second_server (void)
{
  Daemon d;
  int    exit_code = 0;

  daemon_init (&d);
  daemon_start (&d);
  g_autofree char *locked = daemon_run (&exit_code, "run", "--data", d.directory, NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_cmpuint (strlen (locked), >, 20);
  /* Another store, the same port. */
  Daemon other;
  daemon_init (&other);
  g_autofree char *config = g_build_filename (other.directory, "mailsteadd.conf", NULL);
  g_autofree char *text = g_strdup_printf ("[server]\nlisten=127.0.0.1:%u\n", d.port);
  g_assert_true (g_file_set_contents (config, text, -1, NULL));
  g_autofree char *busy = daemon_run (&exit_code, "run", "--data", other.directory, NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (busy, "another program listens there already"));
  daemon_clear (&other);
  daemon_clear (&d);
}

/* The only administrator may come from nowhere and has a password that nobody knows. */
static void
test_reset_admin (void)
{
  Daemon d;
  int    exit_code = 0;

  daemon_init (&d);
  daemon_start (&d);
  g_autofree char *locked = daemon_run (&exit_code, "reset-admin", "--data", d.directory, NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (locked, "stop the server first"));
  daemon_log_on (&d);
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);

  g_autofree char *nobody
      = daemon_run (&exit_code, "reset-admin", "--data", d.directory, "--admin", "bertha", NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (nobody, "There is no user “bertha”"));
  g_autofree char *said = daemon_run (&exit_code, "reset-admin", "--data", d.directory, NULL);
  g_assert_cmpint (exit_code, ==, 0);
  g_autofree char *password = daemon_find_line (said, "password");
  g_assert_cmpstr (password, !=, d.password);

  daemon_start (&d);
  g_autoptr (Wire) wire = wire_open (d.port);
  /* The session of before is over, and so is the password. */
  g_autoptr (WireReply) over = daemon_request (&d, wire, "GET", "/api/v1/session", "");
  g_assert_cmpuint (over->status, ==, 401);
  g_autofree char *old
      = g_strdup_printf ("{\"userName\":\"admin\",\"password\":\"%s\"}", d.password);
  g_autoptr (Wire) second = wire_open (d.port);
  g_autoptr (WireReply) refused = daemon_request (&d, second, "POST", "/api/v1/session", old);
  g_assert_cmpuint (refused->status, ==, 401);
  g_free (d.password);
  d.password = g_steal_pointer (&password);
  daemon_log_on (&d);
  g_autoptr (Wire) third = wire_open (d.port);
  g_autoptr (WireReply) changes = daemon_request (&d, third, "GET", "/api/v1/changes", "");
  g_assert_nonnull (strstr (changes->body->str, "\"reason\":\"mailsteadd reset-admin\""));
  daemon_clear (&d);
}

/* Signals ------------------------------------------------------------------------------------- */

static void
test_reload (void)
{
  Daemon d;
  g_autoptr (GError) error = NULL;

  daemon_init (&d);
  daemon_start (&d);
  g_autoptr (Wire) before = wire_open (d.port);
  g_autofree char *first = wire_fingerprint (before);
  g_assert_cmpstr (first, ==, d.fingerprint);
  g_autofree char *crt = g_build_filename (d.directory, "server.crt", NULL);
  g_autofree char *key = g_build_filename (d.directory, "server.key", NULL);
  g_autoptr (MsCertificate) next = ms_certificate_new_self_signed (NULL, &error);
  g_unlink (crt);
  g_unlink (key);
  g_assert_true (ms_certificate_save (next, crt, key, &error));
  kill (d.pid, SIGHUP);
  gint64   deadline = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  gboolean seen = FALSE;
  while (!seen && g_get_monotonic_time () < deadline)
    {
      g_autoptr (Wire) wire = wire_open (d.port);
      g_autofree char *now = wire_fingerprint (wire);
      seen = g_strcmp0 (now, next->fingerprint) == 0;
    }
  g_assert_true (seen);
  /* A bad one is not taken, and the server stays. */
  g_unlink (crt);
  g_assert_true (g_file_set_contents (crt, "nonsense", -1, NULL));
  kill (d.pid, SIGHUP);
  g_autoptr (WireReply) reply
             = daemon_request (&d, before, "GET", "/scim/v2/ServiceProviderConfig", "");
  g_assert_cmpuint (reply->status, ==, 200);
  g_autoptr (Wire) after = wire_open (d.port);
  g_autofree char *still = wire_fingerprint (after);
  g_assert_cmpstr (still, ==, next->fingerprint);
  daemon_clear (&d);
}

typedef struct
{
  Daemon    *daemon;
  int        number;
  gint       started; /* atomic: requests sent */
  GPtrArray *acknowledged;
  guint      cut; /* requests without an answer */
} Writer;

static gpointer
writer_main (gpointer data)
{
  Writer *self = data;
  g_autoptr (Wire) wire = wire_open (self->daemon->port);

  for (int i = 0;; i++)
    {
      g_autofree char *name = g_strdup_printf ("w%d.%05d", self->number, i);
      g_autofree char *body = g_strdup_printf ("{\"userName\":\"%s\"}", name);
      g_atomic_int_inc (&self->started);
      g_autoptr (WireReply) reply
                 = daemon_request (self->daemon, wire, "POST", "/scim/v2/Users", body);
      if (reply->status == 201 && !reply->cut)
        {
          g_ptr_array_add (self->acknowledged, g_steal_pointer (&name));
          if (g_strcmp0 (wire_reply_get (reply, "connection"), "close") != 0)
            continue;
        }
      else if (reply->status != 503)
        self->cut++;
      return NULL;
    }
}

/* Writes from several sides until @signal_number comes; then everything that was acknowledged must
 * be there. */
static void
check_nothing_lost (int signal_number, int expected_exit)
{
  Writer   writers[4];
  GThread *threads[G_N_ELEMENTS (writers)];
  Daemon   d;
  guint    cut = 0;

  daemon_init (&d);
  daemon_start (&d);
  daemon_log_on (&d);
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      writers[i] = (Writer){ &d, (int) i, 0, g_ptr_array_new_with_free_func (g_free), 0 };
      threads[i] = g_thread_new ("writer", writer_main, &writers[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    while (g_atomic_int_get (&writers[i].started) < 60)
      g_usleep (1000);
  kill (d.pid, signal_number);
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      g_thread_join (threads[i]);
      cut += writers[i].cut;
    }
  g_assert_cmpint (daemon_wait (&d), ==, expected_exit);
  /* Stopping in order answers whatever it had taken. A request may still cross the closing of its
   * connection. */
  g_test_message ("%u requests without an answer", cut);

  daemon_start (&d);
  daemon_log_on (&d);
  g_autoptr (Wire) wire = wire_open (d.port);
  guint checked = 0;
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      for (guint k = 0; k < writers[i].acknowledged->len; k++)
        {
          g_autofree char *path
              = g_strdup_printf ("/scim/v2/Users?count=0&filter=userName%%20eq%%20%%22%s%%22",
                                 (char *) writers[i].acknowledged->pdata[k]);
          g_autoptr (WireReply) reply = daemon_request (&d, wire, "GET", path, "");
          g_assert_cmpuint (reply->status, ==, 200);
          g_assert_nonnull (strstr (reply->body->str, "\"totalResults\":1"));
          checked++;
        }
      g_ptr_array_unref (writers[i].acknowledged);
    }
  g_assert_cmpuint (checked, >=, 4 * 59);
  daemon_clear (&d);
}

/* What is uploaded --------------------------------------------------------------------------- */

#define UPLOADED "MarkerOfASecret"

/* In no file of the folder stands what was uploaded, and nobody else may read any. */
static void
assert_folder_is_clean (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint       files = 0;
  struct stat info;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *data = NULL;
      gsize            length = 0;
      if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
        continue;
      g_assert_true (g_file_get_contents (path, &data, &length, NULL));
      g_assert_cmpint (stat (path, &info), ==, 0);
      g_test_message ("%s: %zu bytes, mode %o", name, length, (guint) info.st_mode & 07777);
      /* Whatever is in them, but the certificate is for everybody. */
      g_assert_cmpuint (info.st_mode & 07777, ==, strcmp (name, "server.crt") == 0 ? 0644 : 0600);
      g_assert_null (memmem (data, length, UPLOADED, strlen (UPLOADED)));
      files++;
    }
  g_assert_cmpuint (files, >=, 4);
}

/* (transfer full): where it is */
static char *
upload (Daemon *d, Wire *wire)
{
  g_autoptr (WireReply) reply = daemon_request (
      d, wire, "POST", "/api/v1/imports?name=a.csv", "login,password\nann," UPLOADED "\n");
  g_autoptr (JsonNode) node = ms_json_parse (reply->body->str, -1, &ms_json_default_limits, NULL);

  g_assert_cmpuint (reply->status, ==, 201);
  return g_strconcat (
      "/api/v1/imports/", json_object_get_string_member (json_node_get_object (node), "id"), NULL);
}

static WireReply *
start_run (Daemon *d, Wire *wire, const char *import)
{
  g_autofree char *path = g_strconcat (import, "/run", NULL);

  return daemon_request (d, wire, "POST", path, "{\"createUsers\":true}");
}

/* The file with its passwords lies encrypted in the store, for a key that is beside it. */
static void
test_import_key (void)
{
  Daemon      d;
  int         exit_code = 0;
  struct stat info;

  daemon_init (&d);
  daemon_start (&d);
  daemon_log_on (&d);
  g_autofree char *key = g_build_filename (d.directory, "import.key", NULL);
  g_autofree char *backup = g_build_filename (d.directory, "backup.db", NULL);
  g_autoptr (Wire) first = wire_open (d.port);
  g_autofree char *import = upload (&d, first);
  g_autofree char *lost = upload (&d, first);
  g_assert_cmpint (stat (key, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 07777, ==, 0600);
  g_autofree char *made = daemon_run (&exit_code, "backup", "--data", d.directory, backup, NULL);
  g_assert_cmpint (exit_code, ==, 0);
  assert_folder_is_clean (d.directory);
  kill (d.pid, SIGKILL);
  g_assert_cmpint (daemon_wait (&d), ==, 128 + SIGKILL);
  assert_folder_is_clean (d.directory);

  /* It goes on where the key is, */
  daemon_start (&d);
  g_autoptr (Wire) second = wire_open (d.port);
  g_autoptr (WireReply) running = start_run (&d, second, import);
  g_assert_cmpuint (running->status, ==, 202);
  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (WireReply) reply = daemon_request (&d, second, "GET", import, "");
      if (strstr (reply->body->str, "\"state\":\"done\"") != NULL)
        break;
      g_usleep (10000);
    }
  g_autoptr (WireReply) user
             = daemon_request (&d,
                               second,
                               "POST",
                               "/api/v1/session",
                               "{\"userName\":\"ann\",\"password\":\"" UPLOADED "\"}");
  g_assert_cmpuint (user->status, ==, 403); /* no role; a wrong password would be 401 */
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);

  /* and where it is gone that is said. */
  g_assert_cmpint (g_unlink (key), ==, 0);
  daemon_start (&d);
  g_autoptr (Wire) third = wire_open (d.port);
  g_autoptr (WireReply) refused = start_run (&d, third, lost);
  g_assert_cmpuint (refused->status, ==, 409);
  g_assert_nonnull (strstr (refused->body->str, "import.key"));
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);

  /* One that everybody may read, or that is none, stops the start. */
  g_assert_cmpint (g_chmod (key, 0644), ==, 0);
  g_autofree char *open = daemon_run (&exit_code, "run", "--data", d.directory, NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (open, "import.key holds a private key that everybody"));
  g_assert_true (g_file_set_contents_full (key, "abc\n", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  g_assert_cmpint (g_chmod (key, 0600), ==, 0);
  g_autofree char *none = daemon_run (&exit_code, "run", "--data", d.directory, NULL);
  g_assert_cmpint (exit_code, ==, 1);
  g_assert_nonnull (strstr (none, "import.key is no key for imports"));
  daemon_clear (&d);
}

static void
test_killed (void)
{
  check_nothing_lost (SIGKILL, 128 + SIGKILL);
}

static void
test_stopped (void)
{
  check_nothing_lost (SIGTERM, 0);
}

/* A log-on takes a while: SIGTERM in the middle of it still brings its answer. */
static void
test_in_flight (void)
{
  Daemon d;

  daemon_init (&d);
  daemon_start (&d);
  daemon_log_on (&d);
  Wire            *wires[8];
  g_autofree char *body
      = g_strdup_printf ("{\"userName\":\"in.flight\",\"password\":\"Correct-horse-7\"}");
  g_autofree char *text = g_strdup_printf (
      "POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
      "Content-Length: %zu\r\n\r\n%s",
      d.token,
      strlen (body),
      body);
  for (guint i = 0; i < G_N_ELEMENTS (wires); i++)
    wires[i] = wire_open (d.port);
  for (guint i = 0; i < G_N_ELEMENTS (wires); i++)
    g_assert_true (wire_send (wires[i], text));
  /* Hashing them one after the other takes far longer than for the first to be taken up. */
  g_autoptr (WireReply) first = wire_read (wires[0]);
  g_assert_true (first->status == 201 || first->status == 409);
  kill (d.pid, SIGTERM);
  for (guint i = 1; i < G_N_ELEMENTS (wires); i++)
    {
      g_autoptr (WireReply) reply = wire_read (wires[i]);
      g_test_message ("%u", reply->status);
      g_assert_true (reply->status == 201 || reply->status == 409 || reply->status == 503);
    }
  g_assert_cmpint (daemon_wait (&d), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (wires); i++)
    wire_close (wires[i]);
  daemon_clear (&d);
}

/* An open event stream does not keep the server from stopping. */
static void
test_stop_with_events (void)
{
  Daemon d;

  daemon_init (&d);
  daemon_start (&d);
  daemon_log_on (&d);
  g_autoptr (Wire) wire = wire_open (d.port);
  g_autofree char *text = g_strdup_printf (
      "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n",
      d.token);
  g_assert_true (wire_send (wire, text));
  g_autoptr (WireReply) start = wire_read_start (wire);
  g_assert_cmpuint (start->status, ==, 200);
  gint64 began = g_get_monotonic_time ();
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - began, <, 10 * G_USEC_PER_SEC);
  g_assert_true (wire_has_ended (wire, 5));
  daemon_clear (&d);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_nonnull (g_getenv ("MAILSTEADD"));
  signal (SIGPIPE, SIG_IGN);
  for (gsize i = 0; i < G_N_ELEMENTS (command_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/daemon/command/", command_cases[i].name, NULL);
      g_test_add_data_func (path, &command_cases[i], test_command);
    }
  g_test_add_func ("/daemon/init", test_init);
  g_test_add_func ("/daemon/init-settings", test_init_settings);
  g_test_add_func ("/daemon/init-store-there", test_init_store_there);
  g_test_add_func ("/daemon/past-schema", test_past_schema);
  g_test_add_func ("/daemon/copy-file", test_copy_file);
  g_test_add_func ("/daemon/bad-settings", test_bad_settings);
  g_test_add_func ("/daemon/damaged-store", test_damaged_store);
  g_test_add_func ("/daemon/leaves-nothing", test_leaves_nothing);
  g_test_add_func ("/daemon/rescue-csv", test_rescue_csv);
  g_test_add_func ("/daemon/missing-key", test_missing_key);
  g_test_add_func ("/daemon/second-server", test_second_server);
  g_test_add_func ("/daemon/reset-admin", test_reset_admin);
  g_test_add_func ("/daemon/reload", test_reload);
  g_test_add_func ("/daemon/in-flight", test_in_flight);
  g_test_add_func ("/daemon/stop-with-events", test_stop_with_events);
  g_test_add_func ("/daemon/import-key", test_import_key);
  g_test_add_func ("/daemon/killed", test_killed);
  g_test_add_func ("/daemon/stopped", test_stopped);
  return g_test_run ();
}
