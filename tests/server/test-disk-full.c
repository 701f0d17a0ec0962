/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A server whose disk is full: writes are refused and say so, reading goes on, nothing is half
 * done, and writing goes on when there is room.
 *
 * The kernel refuses to let any file of the process grow beyond a size, which to the store is a
 * disk without room.
 */
#include "daemon.h"
#include "ms-store.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void
set_file_limit (Daemon *d, rlim_t limit)
{
  struct rlimit limits = { limit, RLIM_INFINITY };

  g_assert_cmpint (prlimit (d->pid, RLIMIT_FSIZE, &limits, NULL), ==, 0);
}

static rlim_t
get_log_size (Daemon *d)
{
  g_autofree char *log = g_build_filename (d->directory, "store.db-wal", NULL);
  GStatBuf         st;

  g_assert_cmpint (g_stat (log, &st), ==, 0);
  return (rlim_t) st.st_size;
}

static guint
count_users (Daemon *d, const char *prefix)
{
  g_autofree char *path
      = g_strdup_printf ("/scim/v2/Users?count=0&filter=userName%%20sw%%20%%22%s%%22", prefix);
  g_autoptr (Wire) wire = wire_open (d->port);
  g_autoptr (WireReply) reply = daemon_request (d, wire, "GET", path, "");

  g_assert_cmpuint (reply->status, ==, 200);
  const char *total = strstr (reply->body->str, "\"totalResults\":");
  g_assert_nonnull (total);
  return (guint) g_ascii_strtoull (total + strlen ("\"totalResults\":"), NULL, 10);
}

static WireReply *
make_user (Daemon *d, Wire *wire, const char *name)
{
  g_autofree char *filler = g_strnfill (8000, 'x');
  g_autofree char *body = g_strdup_printf (
      "{\"userName\":\"%s\",\"photos\":[{\"value\":\"https://harbour.example/%s\"}]}",
      name,
      filler);

  return daemon_request (d, wire, "POST", "/scim/v2/Users", body);
}

static void
check_refused (WireReply *reply)
{
  g_test_message ("%u %s", reply->status, reply->body->str);
  g_assert_cmpuint (reply->status, ==, 503);
  g_assert_nonnull (strstr (reply->body->str, "disk"));
  g_assert_nonnull (wire_reply_get (reply, "retry-after"));
  /* Where its files lie is nobody's business. */
  g_assert_null (strstr (reply->body->str, "store.db"));
}

/* In a Bulk request it is told with the same words. */
static void
check_refused_in_bulk (Daemon *d)
{
  g_autofree char *filler = g_strnfill (8000, 'x');
  g_autofree char *body = g_strdup_printf (
      "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:BulkRequest\"],\"Operations\":["
      "{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"1\",\"data\":{\"userName\":\"again\","
      "\"photos\":[{\"value\":\"https://harbour.example/%s\"}]}}]}",
      filler);
  g_autoptr (Wire) wire = wire_open (d->port);
  g_autoptr (WireReply) reply = daemon_request (d, wire, "POST", "/scim/v2/Bulk", body);

  g_test_message ("%u %s", reply->status, reply->body->str);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_nonnull (strstr (reply->body->str, "\"status\":\"503\""));
  g_assert_nonnull (strstr (reply->body->str, "disk"));
  g_assert_nonnull (strstr (reply->body->str, "\"retryAfter\":1"));
  g_assert_null (strstr (reply->body->str, "store.db"));
}

/* Makes users until one is refused. The number made */
static guint
fill (Daemon *d)
{
  g_autoptr (Wire) wire = wire_open (d->port);

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *name = g_strdup_printf ("full.%u", i);
      g_autoptr (WireReply) reply = make_user (d, wire, name);
      if (reply->status == 201)
        continue;
      check_refused (reply);
      return i;
    }
  g_assert_not_reached ();
}

static void
verify (Daemon *d)
{
  g_autofree char *file = g_build_filename (d->directory, "store.db", NULL);
  g_autofree char *uri = g_strconcat ("sqlite:", file, NULL);
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (GError) error = NULL;
  g_autoptr (MsStore) store = ms_store_open (uri, schemas, MS_STORE_READ_ONLY, &error);

  g_assert_no_error (error);
  g_autoptr (GPtrArray) problems = ms_store_verify (store, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", (char *) problems->pdata[i]);
  g_assert_cmpuint (problems->len, ==, 0);
}

static void
test_full (void)
{
  Daemon d;

  daemon_init (&d);
  daemon_start (&d);
  daemon_log_on (&d);
  set_file_limit (&d, get_log_size (&d) + 300 * 1024);
  guint made = fill (&d);
  g_assert_cmpuint (made, >, 0);
  /* Reading goes on, with all that was acknowledged and nothing of what was not. */
  g_assert_cmpuint (count_users (&d, "full"), ==, made);
  verify (&d);
  g_autoptr (Wire) wire = wire_open (d.port);
  g_autoptr (WireReply) again = make_user (&d, wire, "again");
  check_refused (again);
  check_refused_in_bulk (&d);
  g_assert_cmpuint (count_users (&d, "again"), ==, 0);

  /* Room, and no restart. */
  set_file_limit (&d, RLIM_INFINITY);
  g_autoptr (Wire) next = wire_open (d.port);
  g_autoptr (WireReply) after = make_user (&d, next, "after");
  g_assert_cmpuint (after->status, ==, 201);
  daemon_log_on (&d);
  g_assert_cmpuint (count_users (&d, "full"), ==, made);
  kill (d.pid, SIGTERM);
  g_assert_cmpint (daemon_wait (&d), ==, 0);
  verify (&d);

  daemon_start (&d);
  g_assert_cmpuint (count_users (&d, "full"), ==, made);
  g_assert_cmpuint (count_users (&d, "after"), ==, 1);
  daemon_clear (&d);
}

/* No room at all: nobody is half logged on, nothing is half imported. */
static void
test_no_room (void)
{
  Daemon d;

  daemon_init (&d);
  daemon_start (&d);
  daemon_log_on (&d);
  set_file_limit (&d, 1024);
  g_autoptr (Wire) wire = wire_open (d.port);
  g_autofree char *body
      = g_strdup_printf ("{\"userName\":\"admin\",\"password\":\"%s\"}", d.password);
  g_autoptr (WireReply) log_on = daemon_request (&d, wire, "POST", "/api/v1/session", body);
  check_refused (log_on);
  g_autoptr (Wire) second = wire_open (d.port);
  g_autoptr (WireReply) import = daemon_request (
      &d, second, "POST", "/api/v1/imports?name=a.csv", "userName\nbertha\n");
  check_refused (import);
  g_assert_cmpuint (count_users (&d, "admin"), ==, 1);
  /* What cannot be noted does not leave; and not by an answer that looks like one. */
  g_autoptr (Wire) fourth = wire_open (d.port);
  g_autoptr (WireReply) export = daemon_request (&d, fourth, "GET", "/api/v1/export?type=User", "");
  check_refused (export);
  set_file_limit (&d, RLIM_INFINITY);
  daemon_log_on (&d);
  g_autoptr (Wire) third = wire_open (d.port);
  g_autoptr (WireReply) imports = daemon_request (&d, third, "GET", "/api/v1/imports", "");
  g_assert_cmpuint (imports->status, ==, 200);
  g_assert_null (strstr (imports->body->str, "a.csv"));
  verify (&d);
  daemon_clear (&d);
}

/* Another program keeps the store from being written: who has the password is told so, and who has
 * not is told nothing of it. */
static void
test_locked (void)
{
  Daemon   d;
  sqlite3 *db = NULL;

  daemon_init (&d);
  daemon_start (&d);
  g_autofree char *store = g_build_filename (d.directory, "store.db", NULL);
  g_assert_cmpint (sqlite3_open (store, &db), ==, SQLITE_OK);
  /* A daemon that has just begun writes too: its turn may have to be waited for. */
  g_assert_cmpint (sqlite3_busy_timeout (db, 30 * 1000), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  g_autoptr (Wire) wire = wire_open (d.port);
  g_autofree char *body
      = g_strdup_printf ("{\"userName\":\"admin\",\"password\":\"%s\"}", d.password);
  g_autoptr (WireReply) right = daemon_request (&d, wire, "POST", "/api/v1/session", body);
  g_test_message ("%s", right->body->str);
  g_assert_cmpuint (right->status, ==, 503);
  g_assert_nonnull (strstr (right->body->str, "another program keeps it locked"));
  g_assert_null (strstr (right->body->str, d.directory));
  g_autoptr (WireReply) wrong = daemon_request (
      &d, wire, "POST", "/api/v1/session", "{\"userName\":\"admin\",\"password\":\"wrong\"}");
  g_assert_cmpuint (wrong->status, ==, 401);
  g_assert_null (strstr (wrong->body->str, "locked"));
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
  daemon_log_on (&d);
  daemon_clear (&d);
}

/* In the child: less than any store has. */
static void
limit_files (gpointer user_data)
{
  struct rlimit limits = { 64 * 1024, RLIM_INFINITY };

  (void) setrlimit (RLIMIT_FSIZE, &limits);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* (transfer full): the names in a folder, in order, as one text; without locks, which stay, for
 * somebody may wait for them */
static char *
list_folder (const char *folder)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);

  g_assert_no_error (error);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    if (!g_str_has_suffix (name, ".lock"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **) names->pdata);
}

/* A command that has no room ends by itself and says why, and leaves nothing. */
static void
check_command (const char *folder, const char *const *words)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *before = list_folder (folder);
  g_autofree char *said = NULL;
  int              status = 0;

  g_ptr_array_add (argv, (gpointer) g_getenv ("MAILSTEADD"));
  for (guint i = 0; words[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) words[i]);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (NULL,
                (char **) argv->pdata,
                NULL,
                G_SPAWN_STDOUT_TO_DEV_NULL,
                limit_files,
                NULL,
                NULL,
                &said,
                &status,
                &error);
  g_assert_no_error (error);
  g_test_message ("%s: status %d, %s", words[0], status, said);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
  g_assert_nonnull (strstr (said, "mailsteadd"));
  g_assert_true (strstr (said, "disk") != NULL || strstr (said, "too large") != NULL);
  g_autofree char *after = list_folder (folder);
  g_assert_cmpstr (after, ==, before);
}

static void
test_commands (void)
{
  Daemon d;

  daemon_init (&d);
  g_autofree char *store = g_build_filename (d.directory, "store.db", NULL);
  g_autofree char *other = g_build_filename (d.directory, "other.db", NULL);
  g_autofree char *other_uri = g_strconcat ("sqlite:", other, NULL);
  g_autofree char *csv = g_build_filename (d.directory, "csv", NULL);
  int              code = 0;
  g_autofree char *told = daemon_run (&code, "backup", "--data", d.directory, other, NULL);
  g_assert_cmpint (code, ==, 0);
  g_autofree char *backup = g_build_filename (d.directory, "backup.db", NULL);
  g_assert_cmpint (g_rename (other, backup), ==, 0);

  g_assert_cmpint (g_mkdir (csv, 0700), ==, 0);
  check_command (d.directory,
                 (const char *const[]){ "backup", "--data", d.directory, other, NULL });
  check_command (d.directory, (const char *const[]){ "copy", store, other, NULL });
  check_command (d.directory,
                 (const char *const[]){
                     "restore", "--data", d.directory, "--store", other_uri, backup, NULL });
  check_command (
      d.directory,
      (const char *const[]){ "restore", "--data", d.directory, "--replace", backup, NULL });
  check_command (d.directory, (const char *const[]){ "rescue", store, "--to", other, NULL });
  check_command (d.directory, (const char *const[]){ "rescue", store, "--csv", csv, NULL });
  g_autofree char *written = list_folder (csv);
  g_assert_cmpstr (written, ==, "");
  verify (&d);
  daemon_clear (&d);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_nonnull (g_getenv ("MAILSTEADD"));
  signal (SIGPIPE, SIG_IGN);
  g_test_add_func ("/disk-full/full", test_full);
  g_test_add_func ("/disk-full/no-room", test_no_room);
  g_test_add_func ("/disk-full/locked", test_locked);
  g_test_add_func ("/disk-full/commands", test_commands);
  return g_test_run ();
}
