/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Directories as they are read: a real OpenLDAP over TLS, StartTLS and its socket, and one in a
 * thread that does what that one never would. All of it with an environment and an ldap.conf that
 * would spoil everything if they were heeded.
 */
#include "ms-directory.h"

#include "ms-error.h"
#include "responder.h"
#include "slapd.h"
#include "test-folder.h"

#include <string.h>

#define PEOPLE 2500
/* A GUID in Microsoft's order of bytes is none that UTF-8 would take. */
#define BINARY "\x01\xff\x00\xfe\n\x80"

static Slapd *slapd;
static char  *folder;

/**
 * Found:
 * @cancellable: (nullable): cancelled at entry number @stop_at
 * @fails: at that entry
 */
typedef struct
{
  GPtrArray    *entries; /* DNs */
  GHashTable   *distinct;
  GCancellable *cancellable;
  guint         stop_at;
  guint         alive;
  gboolean      fails;
  char         *attribute;
  GString      *values;
} Found;

static void
found_init (Found *self)
{
  memset (self, 0, sizeof *self);
  self->entries = g_ptr_array_new_with_free_func (g_free);
  self->distinct = g_hash_table_new (g_str_hash, g_str_equal);
  self->values = g_string_new (NULL);
}

static void
found_clear (Found *self)
{
  g_hash_table_unref (self->distinct);
  g_ptr_array_unref (self->entries);
  g_string_free (self->values, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Found, found_clear)

static gboolean
on_entry (MsDirectoryEntry *entry, gpointer user_data, GError **error)
{
  Found *self = user_data;
  char  *dn = g_strdup (ms_directory_entry_get_dn (entry));

  g_ptr_array_add (self->entries, dn);
  g_hash_table_add (self->distinct, dn);
  for (guint i = 0;
       self->attribute != NULL && i < ms_directory_entry_count (entry, self->attribute);
       i++)
    {
      gsize       size = 0;
      const char *data
          = g_bytes_get_data (ms_directory_entry_get (entry, self->attribute, i), &size);
      g_string_append_len (self->values, data, size);
      g_string_append_c (self->values, '|');
    }
  if (self->entries->len != self->stop_at)
    return TRUE;
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  if (self->fails)
    ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "Enough of that.");
  return !self->fails;
}

static MsDirectoryServer
make_server (const char *uri)
{
  MsDirectoryServer server = { .uri = (char *) slapd_get (slapd, uri),
                               .start_tls = strcmp (uri, "ldap") == 0,
                               .certificates = (char *) slapd_get (slapd, "certificate"),
                               .bind_dn = (char *) slapd_get (slapd, "bindDn"),
                               .password = (char *) slapd_get (slapd, "password"),
                               .timeout = 20 };
  return server;
}

static MsDirectorySearch
make_search (const char *filter)
{
  static const char *const attributes[] = { "uid", "entryUUID", "jpegPhoto", NULL };
  MsDirectorySearch        search
      = { "dc=example,dc=test", MS_DIRECTORY_SUBTREE, filter, attributes, 0, NULL };

  return search;
}

/* A reading that must fail so. @text: (nullable): part of the message */
static void
expect (const MsDirectoryServer *server,
        const MsDirectorySearch *search,
        Found                   *found,
        MsError                  code,
        const char              *path,
        const char              *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ms_directory_read (server, search, on_entry, found, found->cancellable, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_error (error, MS_ERROR, (int) code);
  g_assert_cmpstr (ms_error_get_path (error), ==, path);
  if (text != NULL && strstr (error->message, text) == NULL)
    g_error ("“%s” is not in “%s”", text, error->message);
  if (server->password != NULL)
    g_assert_null (strstr (error->message, server->password));
}

static void
expect_all (const MsDirectoryServer *server, const MsDirectorySearch *search, guint n)
{
  g_auto (Found) found;
  g_autoptr (GError) error = NULL;

  found_init (&found);
  gboolean read = ms_directory_read (server, search, on_entry, &found, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (read);
  g_assert_cmpuint (found.entries->len, ==, n);
  g_assert_cmpuint (g_hash_table_size (found.distinct), ==, n);
}

/* All of many pages, by each way. The hidden ones and the reference to another server are none. */
static void
test_all (void)
{
  static const char *const uris[] = { "ldaps", "ldap", "ldapi" };
  MsDirectorySearch        search = make_search ("(uid=*)");

  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      MsDirectoryServer server = make_server (uris[i]);
      expect_all (&server, &search, PEOPLE);
    }
}

static void
test_one_level (void)
{
  MsDirectoryServer server = make_server ("ldaps");
  MsDirectorySearch search = make_search ("(objectClass=*)");

  search.scope = MS_DIRECTORY_ONE_LEVEL;
  expect_all (&server, &search, 3); /* reader, limited, people */
  search.base = "ou=people,dc=example,dc=test";
  search.filter = "(&(uid=p1*)(!(uid=p10*)))";
  expect_all (&server, &search, 900);
}

static void
test_host_name (void)
{
  MsDirectoryServer server = make_server ("ldaps");
  MsDirectorySearch search = make_search ("(uid=p0001)");
  const char       *port = strrchr (server.uri, ':') + 1;
  g_autofree char  *named = g_strdup_printf ("ldaps://localhost:%s", port);

  server.uri = named;
  expect_all (&server, &search, 1);
}

static void
test_values (void)
{
  MsDirectoryServer server = make_server ("ldaps");
  MsDirectorySearch search = make_search ("(uid=photo)");
  g_auto (Found) found;
  g_autoptr (GError) error = NULL;

  found_init (&found);
  found.attribute = "JPEGphoto";
  g_assert_true (ms_directory_read (&server, &search, on_entry, &found, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (
      found.values->str, found.values->len, BINARY "|", sizeof BINARY); /* the NUL's place */

  found_clear (&found);
  found_init (&found);
  found.attribute = "entryuuid";
  g_assert_true (ms_directory_read (&server, &search, on_entry, &found, NULL, &error));
  g_assert_cmpuint (found.values->len, ==, 37);
  g_string_truncate (found.values, 36);
  g_assert_true (g_uuid_string_is_valid (found.values->str));
}

static void
test_limit (void)
{
  MsDirectoryServer server = make_server ("ldaps");
  MsDirectorySearch search = make_search ("(uid=*)");

  search.limit = 7;
  expect_all (&server, &search, 7);
  search.limit = 700;
  expect_all (&server, &search, 700);
  search.limit = PEOPLE + 1;
  expect_all (&server, &search, PEOPLE);
}

/* The server's limit lies below what there is, pages or not. */
static void
test_size_limit (void)
{
  MsDirectoryServer server = make_server ("ldaps");
  MsDirectorySearch search = make_search ("(uid=*)");
  g_auto (Found) found;

  found_init (&found);
  server.bind_dn = (char *) slapd_get (slapd, "limitedDn");
  expect (&server, &search, &found, MS_ERROR_DENIED, NULL, "size limit");
  search.filter = "(uid=p00*)";
  expect_all (&server, &search, 100);
}

static void
test_log_on (void)
{
  MsDirectorySearch search = make_search ("(uid=*)");
  MsDirectoryServer server = make_server ("ldaps");
  g_auto (Found) found;

  found_init (&found);
  server.password = "wrong horse";
  expect (&server, &search, &found, MS_ERROR_DENIED, "bindDn", "password is wrong");
  server = make_server ("ldap");
  server.bind_dn = "cn=nobody,dc=example,dc=test";
  expect (&server, &search, &found, MS_ERROR_DENIED, "bindDn", "password is wrong");
  server = make_server ("ldaps");
  server.bind_dn = server.password = NULL;
  expect (&server, &search, &found, MS_ERROR_DENIED, "bindDn", "may not read");
  g_assert_cmpuint (found.entries->len, ==, 0);
}

static void
test_base (void)
{
  MsDirectoryServer server = make_server ("ldaps");
  MsDirectorySearch search = make_search ("(uid=*)");
  g_auto (Found) found;

  found_init (&found);
  search.base = "ou=nowhere,dc=example,dc=test";
  expect (&server, &search, &found, MS_ERROR_INVALID, "base", "no such entry");
  search.base = "ou=elsewhere,dc=example,dc=test";
  expect (&server, &search, &found, MS_ERROR_INVALID, "base", "another server");
  search.base = "nowhere";
  expect (&server, &search, &found, MS_ERROR_INVALID, "base", "DN");
  search = make_search ("(uid=*");
  expect (&server, &search, &found, MS_ERROR_INVALID, "filter", "character 7");
}

static void
test_certificates (void)
{
  g_autoptr (Slapd) other = slapd_new ("--names DNS:other.example");
  MsDirectorySearch search = make_search ("(uid=*)");
  MsDirectoryServer server = make_server ("ldaps");
  g_auto (Found) found;

  found_init (&found);
  /* The system's authorities do not know it. */
  server.certificates = NULL;
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "certificates", "not signed");
  server = make_server ("ldap");
  server.certificates = NULL;
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "certificates", "not signed");
  /* Another authority. */
  server = make_server ("ldaps");
  server.certificates = (char *) slapd_get (other, "certificate");
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "certificates", "not signed");
  /* The right one among others. */
  g_autofree char *both
      = g_strconcat (slapd_get (other, "certificate"), slapd_get (slapd, "certificate"), NULL);
  search.filter = "(uid=p0001)";
  server.certificates = both;
  expect_all (&server, &search, 1);
  /* A certificate for somebody else. */
  server.uri = (char *) slapd_get (other, "ldaps");
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "certificates", "another host name");
  server.uri = (char *) slapd_get (other, "ldap");
  server.start_tls = TRUE;
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "certificates", "another host name");
}

static void
test_expired (void)
{
  g_autoptr (Slapd) old = slapd_new ("--days -1");
  MsDirectorySearch search = make_search ("(uid=*)");
  MsDirectoryServer server = make_server ("ldaps");
  g_auto (Found) found;

  found_init (&found);
  server.uri = (char *) slapd_get (old, "ldaps");
  server.certificates = (char *) slapd_get (old, "certificate");
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "certificates", "has expired");
}

/* The server's own certificate is an authority for itself. */
static void
test_pinned (void)
{
  MsDirectorySearch search = make_search ("(uid=p0001)");
  MsDirectoryServer server = make_server ("ldaps");
  g_autofree char  *path = g_build_filename (slapd_get (slapd, "folder"), "server.pem", NULL);
  g_autofree char  *pem = NULL;

  g_assert_true (g_file_get_contents (path, &pem, NULL, NULL));
  server.certificates = pem;
  expect_all (&server, &search, 1);
}

static void
test_clear_text (void)
{
  MsDirectorySearch search = make_search ("(uid=*)");
  MsDirectoryServer server = make_server ("ldap");
  g_auto (Found) found;

  found_init (&found);
  server.start_tls = FALSE;
  expect (&server, &search, &found, MS_ERROR_INVALID, "server", "in the clear");
}

static void
test_stopped (void)
{
  MsDirectorySearch search = make_search ("(uid=*)");
  MsDirectoryServer server = make_server ("ldaps");
  g_auto (Found) found;

  found_init (&found);
  server.uri = "ldaps://127.0.0.1:1";
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "server", "cannot be reached");
  server.uri = "ldapi://%2Fnone%2Fhere";
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "server", "cannot be reached");
  server.uri = "ldaps://nowhere.invalid";
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "server", "cannot be reached");
}

static void
test_cancelled (void)
{
  MsDirectorySearch search = make_search ("(uid=*)");
  MsDirectoryServer server = make_server ("ldaps");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_auto (Found) found;

  found_init (&found);
  found.stop_at = 600;
  found.cancellable = cancellable;
  g_assert_false (ms_directory_read (&server, &search, on_entry, &found, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (found.entries->len, ==, 600);
  g_clear_error (&error);
  g_assert_false (ms_directory_read (&server, &search, on_entry, &found, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Who is handed the entries has enough. */
static void
test_refused_entry (void)
{
  MsDirectorySearch search = make_search ("(uid=*)");
  MsDirectoryServer server = make_server ("ldaps");
  g_auto (Found) found;

  found_init (&found);
  found.stop_at = 3;
  found.fails = TRUE;
  expect (&server, &search, &found, MS_ERROR_CONFLICT, NULL, "Enough of that");
  g_assert_cmpuint (found.entries->len, ==, 3);
}

/* Other manners -------------------------------------------------------------------------------- */

static MsDirectoryServer
make_strange (Responder *responder, guint timeout)
{
  MsDirectoryServer server = { .uri = (char *) responder_get_uri (responder),
                               .bind_dn = "cn=reader",
                               .password = "s3cret-w0rd",
                               .timeout = timeout };
  return server;
}

static void
test_references (void)
{
  g_autoptr (Responder) responder = responder_new (folder, RESPONDER_GOOD, NULL);
  MsDirectoryServer server = make_strange (responder, 20);
  MsDirectorySearch search = make_search ("(cn=*)");

  expect_all (&server, &search, 1);
}

static void
test_ranges (void)
{
  g_autoptr (Responder) responder = responder_new (folder, RESPONDER_RANGES, NULL);
  MsDirectoryServer server = make_strange (responder, 20);
  MsDirectorySearch search = make_search ("(cn=*)");
  g_autoptr (GError) error = NULL;
  g_auto (Found) found;

  found_init (&found);
  found.attribute = "member";
  g_assert_true (ms_directory_read (&server, &search, on_entry, &found, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (found.entries->len, ==, 1);
  g_assert_cmpstr (found.values->str, ==, "cn=a,dc=x|cn=b,dc=x|cn=c,dc=x|cn=d,dc=x|cn=e,dc=x|");
  g_assert_cmpuint (responder_get_searches (responder), ==, 3);
}

/* Wherever the connection ends, what has come until then is never taken for all. */
static void
test_cut (void)
{
  static const ResponderManner manners[] = { RESPONDER_GOOD, RESPONDER_RANGES };
  MsDirectorySearch            search = make_search ("(cn=*)");

  for (gsize i = 0; i < G_N_ELEMENTS (manners); i++)
    {
      g_autoptr (Responder) responder = responder_new (folder, manners[i], NULL);
      MsDirectoryServer server = make_strange (responder, 20);
      gboolean          whole = FALSE;
      guint             budget = 0;
      for (; !whole; budget++)
        {
          g_autoptr (GError) error = NULL;
          g_auto (Found) found;
          found_init (&found);
          g_assert_cmpuint (budget, <, 2000);
          responder_set_budget (responder, budget);
          whole = ms_directory_read (&server, &search, on_entry, &found, NULL, &error);
          g_assert_cmpuint (found.entries->len, <=, 1);
          if (whole)
            g_assert_cmpuint (found.entries->len, ==, 1);
          else
            g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
        }
      g_assert_cmpuint (budget, >, 60);
    }
}

static gpointer
read_all (gpointer data)
{
  MsDirectoryServer server = make_server (data);
  MsDirectorySearch search = make_search ("(uid=*)");

  expect_all (&server, &search, PEOPLE);
  return NULL;
}

/* Several at once know nothing of each other. Runs first: libldap sets itself up when it is first
 * called. */
static void
test_threads (void)
{
  static const char *const uris[] = { "ldaps", "ldap", "ldapi", "ldaps" };
  GThread                 *threads[G_N_ELEMENTS (uris)];

  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++)
    threads[i] = g_thread_new ("reader", read_all, (gpointer) uris[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++)
    g_thread_join (threads[i]);
}

/**
 * Strange: a manner, and the error that it must be
 * @waits: until the time is over
 */
typedef struct
{
  const char     *name;
  ResponderManner manner;
  MsError         code;
  const char     *path;
  const char     *text;
  gboolean        waits;
} Strange;

/* clang-format off: one row, one line */
static const Strange strange[] = {
  { "repeats", RESPONDER_REPEATS, MS_ERROR_UNAVAILABLE, "server", "not asked for" },
  { "halfway", RESPONDER_HALFWAY, MS_ERROR_UNAVAILABLE, "server", "closed the connection" },
  { "huge", RESPONDER_HUGE, MS_ERROR_LIMIT, NULL, "more than 16 MiB" },
  { "garbage", RESPONDER_GARBAGE, MS_ERROR_UNAVAILABLE, "server", NULL, TRUE },
  { "echo", RESPONDER_ECHO, MS_ERROR_DENIED, "bindDn", "the account is disabled" },
  { "referral", RESPONDER_REFERRAL, MS_ERROR_INVALID, "base", "another server" },
  { "forgets", RESPONDER_FORGETS, MS_ERROR_UNAVAILABLE, "server", "neither that it is the last" },
  { "busy", RESPONDER_BUSY, MS_ERROR_UNAVAILABLE, NULL, "it is busy" },
  { "drips", RESPONDER_DRIPS, MS_ERROR_UNAVAILABLE, "server", "within 1 s", TRUE },
  { "silent", RESPONDER_SILENT, MS_ERROR_UNAVAILABLE, "server", "within 1 s", TRUE },
  { "goodbye", RESPONDER_GOODBYE, MS_ERROR_UNAVAILABLE, "server", NULL },
};
/* clang-format on */

/* Of the leak checker, where there is one. */
extern void __lsan_disable (void) __attribute__ ((weak));
extern void __lsan_enable (void) __attribute__ ((weak));

static void
test_strange (gconstpointer data)
{
  const Strange *self = data;
  g_autoptr (Responder) responder = responder_new (folder, self->manner, NULL);
  MsDirectoryServer server = make_strange (responder, self->waits ? 1 : 20);
  MsDirectorySearch search = make_search ("(cn=*)");
  g_auto (Found) found;

  found_init (&found);
  /* libldap 2.5 forgets to free a server's leave-taking, some 140 bytes. */
  gboolean leaks = self->manner == RESPONDER_GOODBYE && __lsan_disable != NULL;
  if (leaks)
    __lsan_disable ();
  expect (&server, &search, &found, self->code, self->path, self->text);
  if (leaks)
    __lsan_enable ();
}

/* Who looks at the first few is answered even if there never are any. */
static void
test_endless (void)
{
  g_autoptr (Responder) responder = responder_new (folder, RESPONDER_ENDLESS, NULL);
  MsDirectoryServer server = make_strange (responder, 1);
  MsDirectorySearch search = make_search ("(cn=*)");
  g_auto (Found) found;

  found_init (&found);
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "server", NULL);
  search.limit = 5;
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "server", NULL);
}

static void
test_cancelled_silent (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (Responder) responder = responder_new (folder, RESPONDER_SILENT, cancellable);
  MsDirectoryServer server = make_strange (responder, 600);
  MsDirectorySearch search = make_search ("(cn=*)");
  g_autoptr (GError) error = NULL;
  g_auto (Found) found;

  found_init (&found);
  g_assert_false (ms_directory_read (&server, &search, on_entry, &found, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* A port behind which nobody says anything, before TLS and with StartTLS. */
static void
test_silent_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GError) error = NULL;
  guint16           port = g_socket_listener_add_any_inet_port (listener, NULL, &error);
  MsDirectorySearch search = make_search ("(cn=*)");
  MsDirectoryServer server = make_server ("ldaps");
  g_autofree char  *tls = g_strdup_printf ("ldaps://127.0.0.1:%u", port);
  g_autofree char  *plain = g_strdup_printf ("ldap://127.0.0.1:%u", port);
  g_auto (Found) found;

  g_assert_no_error (error);
  found_init (&found);
  server.timeout = 1;
  server.uri = tls;
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "server", "within 1 s");
  server.start_tls = TRUE;
  server.uri = plain;
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "server", "within 1 s");
}

/* One byte now and then, of a TLS record that never ends. */
static gpointer
drip (gpointer user_data)
{
  static const char record[64] = "\x16\x03\x03\x3f\xff";
  g_autoptr (GSocketConnection) connection = g_socket_listener_accept (user_data, NULL, NULL, NULL);
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));

  for (gsize i = 0;
       i < sizeof record && g_output_stream_write (out, record + i, 1, NULL, NULL) == 1;
       i++)
    g_usleep (200 * G_TIME_SPAN_MILLISECOND);
  return NULL;
}

static void
test_slow_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16           port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  MsDirectorySearch search = make_search ("(cn=*)");
  MsDirectoryServer server = make_server ("ldaps");
  g_autofree char  *uri = g_strdup_printf ("ldaps://127.0.0.1:%u", port);
  GThread          *thread = g_thread_new ("drip", drip, listener);
  g_auto (Found) found;

  found_init (&found);
  server.timeout = 1;
  server.uri = uri;
  expect (&server, &search, &found, MS_ERROR_UNAVAILABLE, "server", "within 1 s");
  g_thread_join (thread);
}

static gboolean
count_alive (gpointer user_data, GError **error)
{
  Found *self = user_data;

  if (++self->alive < self->stop_at)
    return TRUE;
  ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "Alive for long enough.");
  return FALSE;
}

/* Whoever holds something meanwhile hears of answers that bring nobody, too. */
static void
test_alive (void)
{
  g_autoptr (Responder) responder = responder_new (folder, RESPONDER_ENDLESS, NULL);
  MsDirectoryServer server = make_strange (responder, 20);
  MsDirectorySearch search = make_search ("(cn=*)");
  g_auto (Found) found;

  found_init (&found);
  found.stop_at = 50;
  search.alive = count_alive;
  expect (&server, &search, &found, MS_ERROR_CONFLICT, NULL, "long enough");
  g_assert_cmpuint (responder_get_searches (responder), >=, 40);
}

/* Set-up --------------------------------------------------------------------------------------- */

static void
spoil_environment (void)
{
  static const char text[] = "URI ldap://192.0.2.1\nBASE dc=wrong\nSIZELIMIT 1\nTIMELIMIT 1\n"
                             "REFERRALS on\nDEREF always\nTLS_REQCERT never\nTIMEOUT 1\n"
                             "TLS_CACERT /nowhere\nNETWORK_TIMEOUT 1\nSASL_MECH EXTERNAL\n";
  g_autofree char  *path = g_build_filename (folder, "ldap.conf", NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_setenv ("LDAPCONF", path, TRUE);
  g_setenv ("LDAPSIZELIMIT", "2", TRUE);
  g_setenv ("LDAPTLS_REQCERT", "never", TRUE);
  g_setenv ("LDAPURI", "ldap://192.0.2.2", TRUE);
  g_setenv ("LDAPDEREF", "always", TRUE);
  g_setenv ("http_proxy", "http://192.0.2.3:1", TRUE);
  g_setenv ("all_proxy", "socks5://192.0.2.3:1", TRUE);
}

static void
fill (void)
{
  g_autoptr (GString) ldif = g_string_new (NULL);
  g_autofree char *photo = g_base64_encode ((const guchar *) BINARY, sizeof BINARY - 1);
  g_autofree char *line = g_strdup_printf ("jpegPhoto:: %s\n", photo);

  for (int i = 0; i < PEOPLE - 1; i++)
    {
      g_autofree char *uid = g_strdup_printf ("p%04d", i);
      slapd_add_person (ldif, uid, "example.test", NULL);
    }
  slapd_add_person (ldif, "photo", "example.test", line);
  g_string_append (ldif,
                   "dn: uid=hidden,ou=hidden,dc=example,dc=test\n"
                   "changetype: add\n"
                   "objectClass: account\n"
                   "uid: hidden\n");
  slapd_apply (slapd, ldif->str);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = test_folder_new ();
  spoil_environment ();
  slapd = slapd_new ("--sizelimit 500");
  fill ();
  g_test_add_func ("/directory/read/threads", test_threads);
  g_test_add_func ("/directory/read/all", test_all);
  g_test_add_func ("/directory/read/one-level", test_one_level);
  g_test_add_func ("/directory/read/host-name", test_host_name);
  g_test_add_func ("/directory/read/values", test_values);
  g_test_add_func ("/directory/read/limit", test_limit);
  g_test_add_func ("/directory/read/size-limit", test_size_limit);
  g_test_add_func ("/directory/read/log-on", test_log_on);
  g_test_add_func ("/directory/read/base", test_base);
  g_test_add_func ("/directory/read/certificates", test_certificates);
  g_test_add_func ("/directory/read/expired", test_expired);
  g_test_add_func ("/directory/read/pinned", test_pinned);
  g_test_add_func ("/directory/read/clear-text", test_clear_text);
  g_test_add_func ("/directory/read/stopped", test_stopped);
  g_test_add_func ("/directory/read/cancelled", test_cancelled);
  g_test_add_func ("/directory/read/refused-entry", test_refused_entry);
  g_test_add_func ("/directory/read/references", test_references);
  g_test_add_func ("/directory/read/ranges", test_ranges);
  g_test_add_func ("/directory/read/cut", test_cut);
  for (gsize i = 0; i < G_N_ELEMENTS (strange); i++)
    {
      g_autofree char *path = g_strconcat ("/directory/read/strange/", strange[i].name, NULL);
      g_test_add_data_func (path, &strange[i], test_strange);
    }
  g_test_add_func ("/directory/read/endless", test_endless);
  g_test_add_func ("/directory/read/cancelled-silent", test_cancelled_silent);
  g_test_add_func ("/directory/read/silent-port", test_silent_port);
  g_test_add_func ("/directory/read/slow-port", test_slow_port);
  g_test_add_func ("/directory/read/alive", test_alive);
  int status = g_test_run ();
  slapd_free (slapd);
  (void) test_folder_remove (folder);
  g_free (folder);
  return status;
}
