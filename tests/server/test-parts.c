/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server's parts that need no connection: request targets, router, settings, certificates,
 * listening.
 */
#include "ms-certificate.h"
#include "ms-config.h"
#include "ms-error-body.h"
#include "ms-error-json.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-listener.h"
#include "ms-router.h"
#include "ms-target.h"
#include "test-folder.h"
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Targets ------------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *target;
  const char *segments; /* joined by |; NULL = refused */
  const char *query;    /* value of "a"; NULL = not there */
  const char *path;     /* of the error */
} TargetCase;

/* clang-format off: one row, one line */
static const TargetCase target_cases[] = {
  { "root", "/", "", NULL, NULL },
  { "plain", "/scim/v2/Users", "scim|v2|Users", NULL, NULL },
  { "trailing-slash", "/scim/v2/Users/", "scim|v2|Users", NULL, NULL },
  { "double-slash", "/scim//Users", "scim||Users", NULL, NULL },
  { "escaped", "/a%20b/c", "a b|c", NULL, NULL },
  { "escaped-slash-is-no-separator", "/a%2Fb", "a/b", NULL, NULL },
  { "dots-stay", "/a/../b", "a|..|b", NULL, NULL },
  { "plus-in-path-stays", "/a+b", "a+b", NULL, NULL },
  { "query", "/x?a=1", "x", "1", NULL },
  { "query-plus-is-space", "/x?a=b+c%2Bd", "x", "b c+d", NULL },
  { "query-without-value", "/x?a", "x", "", NULL },
  { "query-empty", "/x?", "x", NULL, NULL },
  { "query-empty-parts", "/x?&&a=1&", "x", "1", NULL },
  { "query-with-equals", "/x?a=b=c", "x", "b=c", NULL },
  { "umlaut", "/x?a=M%C3%BCller", "x", "Müller", NULL },
  { "flag-of-entra", "/x?aadOptscim062020&a=1", "x", "1", NULL },
  { "nul-in-path", "/a%00b", NULL, NULL, NULL },
  { "nul-in-query", "/x?a=%00", NULL, NULL, "a" },
  { "bad-escape", "/x?a=%zz", NULL, NULL, "a" },
  { "cut-escape", "/x?a=%4", NULL, NULL, "a" },
  { "latin-1", "/x?a=M%FCller", NULL, NULL, "a" },
  { "bad-name", "/x?%ff=1", NULL, NULL, NULL },
  { "twice", "/x?a=1&a=2", NULL, NULL, "a" },
  { "twice-by-escape", "/x?a=1&%61=2", NULL, NULL, "a" },
  { "absolute-form", "https://host/x", NULL, NULL, NULL },
  { "too-deep", "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7", NULL, NULL, NULL },
};
/* clang-format on */

static void
test_target (gconstpointer data)
{
  const TargetCase *c = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsTarget) target = ms_target_parse (c->target, &error);

  if (c->segments == NULL)
    {
      g_assert_null (target);
      g_assert_true (error != NULL && error->domain == MS_ERROR);
      g_assert_cmpstr (ms_error_get_path (error), ==, c->path);
      return;
    }
  g_assert_no_error (error);
  g_autofree char *joined = g_strjoinv ("|", target->segments);
  g_assert_cmpstr (joined, ==, c->segments);
  g_assert_cmpstr (g_hash_table_lookup (target->query, "a"), ==, c->query);
}

/* Absolute targets (RFC 9112 §3.2.2). @rest: NULL = of another server */
static const struct
{
  const char *target, *rest;
} absolute[] = {
  { "https://host/x?a=1", "/x?a=1" },
  { "https://host", "/" },
  { "https://host?a=1", "/?a=1" },
  { "HTTPS://HOST/X", "/X" },
  { "https://users.example.org:8443/x", "/x" },
  { "https://host//other/x", "//other/x" },
  { "http://host/x", NULL },
  { "https://other/x", NULL },
  { "https://host:443/x", "/x" },
  { "https://host:/x", "/x" },
  { "https://host:443", "/" },
  { "https://host:1443/x", NULL },
  { "https://host:44/x", NULL },
  { "https://:443/x", NULL },
  { "https://users.example.org/x", NULL },
  { "https://hostess/x", NULL },
  { "https://user@host/x", NULL },
  { "https://host@other/x", NULL },
  { "https:///x", NULL },
  { "https://", NULL },
  { "host/x", NULL },
  { "*", NULL },
  { "", NULL },
};

static void
test_absolute (void)
{
  static const char *const ours[] = { "host", "users.example.org:8443", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (absolute); i++)
    {
      g_autofree char *rest = ms_target_dup_local (absolute[i].target, ours);
      g_test_message ("%s", absolute[i].target);
      g_assert_cmpstr (rest, ==, absolute[i].rest);
    }
}

/* Router -------------------------------------------------------------------------------------- */

typedef struct
{
  const char *method;
  const char *path;
  const char *found; /* template of the route */
  const char *allow; /* where the method is wrong */
} RouterCase;

/* clang-format off: one row, one line */
static const RouterCase router_cases[] = {
  { "GET", "/scim/v2/Users", "/scim/v2/{type}", NULL },
  { "HEAD", "/scim/v2/Users", "/scim/v2/{type}", NULL },
  { "POST", "/scim/v2/Users", "/scim/v2/{type}", NULL },
  { "POST", "/scim/v2/Users/.search", "/scim/v2/{type}/.search", NULL },
  { "GET", "/scim/v2/Users/5", "/scim/v2/{type}/{}", NULL },
  { "PATCH", "/scim/v2/MailGroups/5", "/scim/v2/{type}/{}", NULL },
  { "GET", "/scim/v2/Guest", "/scim/v2/{single}", NULL },
  { "GET",
    "/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
    "/scim/v2/Schemas/{}",
    NULL },
  { "GET", "/scim/v2/Me", "/scim/v2/Me", NULL },
  { "POST", "/api/v1/session", "/api/v1/session", NULL },
  { "GET", "/api/v1/imports/7/passwords", "/api/v1/imports/{}/passwords", NULL },
  { "DELETE", "/scim/v2/Guest", NULL, "GET, HEAD, PUT, PATCH, OPTIONS" },
  { "POST", "/scim/v2/Guest", NULL, "GET, HEAD, PUT, PATCH, OPTIONS" },
  { "PUT", "/scim/v2/Users", NULL, "GET, HEAD, POST, OPTIONS" },
  { "TRACE", "/scim/v2/Users", NULL, "GET, HEAD, POST, OPTIONS" },
  { "POST", "/scim/v2/Users/5", NULL, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS" },
  { "HEAD", "/api/v1/imports/7/passwords", NULL, "GET, OPTIONS" },
  { "HEAD", "/api/v1/events", NULL, "GET, OPTIONS" },
  { "POST", "/scim/v2/Schemas", NULL, "GET, HEAD, OPTIONS" },
  { "GET", "/scim/v2/Nothings", NULL, NULL },
  { "GET", "/scim/v2/Guest/5", NULL, NULL },
  { "GET", "/scim/v2/Users/5/6", NULL, NULL },
  { "GET", "/scim/v2//5", NULL, NULL },
  { "GET", "/scim/v1/Users", NULL, NULL },
  { "GET", "/", NULL, NULL },
  { "GET", "/api/v1", NULL, NULL },
};
/* clang-format on */

static void
test_router (void)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();

  for (gsize i = 0; i < G_N_ELEMENTS (router_cases); i++)
    {
      const RouterCase *c = &router_cases[i];
      g_autoptr (GError) error = NULL;
      g_autoptr (MsTarget) target = ms_target_parse (c->path, &error);
      MsMatch match;

      g_assert_no_error (error);
      g_test_message ("%s %s", c->method, c->path);
      ms_router_match (schemas, c->method, target->segments, &match);
      g_assert_cmpstr (match.route != NULL ? match.route->path : NULL, ==, c->found);
      g_assert_cmpstr (match.allow, ==, c->allow);
      g_free (match.allow);
    }
}

/* Settings ------------------------------------------------------------------------------------ */

typedef struct
{
  const char *name;
  const char *text;
  mode_t      mode;
  const char *message; /* a part of the error's; NULL = taken */
} ConfigCase;

/* clang-format off: one row, one line */
static const ConfigCase config_cases[] = {
  { "empty", "", 0600, NULL },
  { "backup", "[backup]\nfolder=/tmp\nat=02:00, 14:30\nkeep=3\nevery-hours=6\n", 0600, NULL },
  { "backup-without-folder", "[backup]\nat=02:00\n", 0600, "the key folder is missing" },
  { "backup-nowhere", "[backup]\nfolder=none-such\n", 0600, "key folder: there is no folder /" },
  { "backup-bad-time", "[backup]\nfolder=/tmp\nat=2am\n", 0600, "key at: “2am” is no time" },
  { "backup-keep-none", "[backup]\nfolder=/tmp\nkeep=0\n", 0600, "key keep: 0 is not between" },
  { "full",
    "[server]\nlisten=[::1]:8443\nbase-url=https://users.example.org\nthreads=4\n[limits]\nbody=2 "
    "MiB\nconnections=50\n",
    0644,
    NULL },
  { "unknown-key",
    "[server]\nlisen=127.0.0.1:1\n",
    0600,
    "group [server], key lisen: there is no such setting" },
  { "unknown-group",
    "[sever]\nlisten=127.0.0.1:1\n",
    0600,
    "group [sever], key listen: there is no such setting" },
  { "bad-number", "[server]\nthreads=many\n", 0600, "key threads: “many” is no whole number" },
  { "out-of-range",
    "[limits]\nconnections=2\n",
    0600,
    "key connections: 2 is not between 8 and 100000" },
  { "bad-size", "[limits]\nbody=big\n", 0600, "key body: " },
  { "bad-address",
    "[server]\nlisten=example.org:80\n",
    0600,
    "key listen: “example.org” is no address of this machine" },
  { "no-port", "[server]\nlisten=127.0.0.1\n", 0600, "key listen: “127.0.0.1” is not of the form" },
  { "bare-ipv6", "[server]\nlisten=::1:80\n", 0600, "in brackets" },
  { "http-url", "[server]\nbase-url=http://example.org\n", 0600, "key base-url" },
  { "url-with-quote", "[server]\nbase-url=https://example.org/\"\n", 0600, "key base-url" },
  { "relative-store",
    "[store]\nuri=sqlite:store.db\n",
    0600,
    "key uri: “sqlite:store.db” is no store" },
  { "no-store",
    "[store]\nuri=store.db\n",
    0600,
    "key uri: “store.db” is not the address of a store, which is written sqlite:PATH" },
  { "other-store",
    "[store]\nuri=mysql://u:sesame@h/db\n",
    0600,
    "“mysql:…” is not the address of a store" },
  { "no-key-file", "listen=1\n", 0600, "mailsteadd.conf" },
};
/* clang-format on */

static void
test_config (gconstpointer data)
{
  const ConfigCase *c = data;
  g_autofree char  *directory = test_folder_new ();
  g_autofree char  *file = g_build_filename (directory, MS_CONFIG_FILE, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (file, c->text, -1, NULL));
  g_assert_cmpint (g_chmod (file, c->mode), ==, 0);
  g_autoptr (MsConfig) config = ms_config_load (directory, &error);
  if (c->message == NULL)
    g_assert_no_error (error);
  else
    {
      g_assert_null (config);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, c->message));
      g_assert_nonnull (strstr (error->message, file));
    }
  (void) test_folder_remove (directory);
}

static void
test_config_values (void)
{
  g_autofree char *directory = test_folder_new ();
  g_autofree char *file = g_build_filename (directory, MS_CONFIG_FILE, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_config_write_new (directory, "127.0.0.1:0", NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  struct stat info;
  g_assert_cmpint (stat (file, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_autoptr (MsConfig) config = ms_config_load (directory, &error);
  g_assert_no_error (error);
  g_autofree char *key = g_build_filename (directory, "server.key", NULL);
  g_autofree char *store = g_strdup_printf ("sqlite:%s/store.db", directory);
  g_assert_cmpstr (config->listen, ==, "127.0.0.1:0");
  g_assert_cmpstr (config->key, ==, key);
  g_assert_cmpstr (config->store_uri, ==, store);
  g_assert_cmpuint (config->options.max_body, ==, 1024 * 1024);
  g_assert_cmpuint (config->options.http.connections, ==, 1024);
  (void) test_folder_remove (directory);
}

/* Certificates -------------------------------------------------------------------------------- */

static X509 *
read_x509 (const char *pem)
{
  BIO  *bio = BIO_new_mem_buf (pem, -1);
  X509 *x509 = PEM_read_bio_X509 (bio, NULL, NULL, NULL);

  BIO_free (bio);
  g_assert_nonnull (x509);
  return x509;
}

static void
test_certificate (void)
{
  static const char *const names[] = { "mail.example.org", "192.0.2.7", "localhost", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (MsCertificate) certificate = ms_certificate_new_self_signed (names, &error);

  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (certificate->fingerprint, "SHA256:"));
  g_assert_cmpuint (strlen (certificate->fingerprint), ==, strlen ("SHA256:") + 32 * 3 - 1);
  X509 *x509 = read_x509 (certificate->certificate_pem);
  g_assert_cmpint (X509_check_host (x509, "mail.example.org", 0, 0, NULL), ==, 1);
  g_assert_cmpint (X509_check_host (x509, "localhost", 0, 0, NULL), ==, 1);
  g_assert_cmpint (X509_check_host (x509, "example.org", 0, 0, NULL), ==, 0);
  g_assert_cmpint (X509_check_ip_asc (x509, "127.0.0.1", 0), ==, 1);
  g_assert_cmpint (X509_check_ip_asc (x509, "::1", 0), ==, 1);
  g_assert_cmpint (X509_check_ip_asc (x509, "192.0.2.7", 0), ==, 1);
  g_assert_cmpint (X509_check_ip_asc (x509, "192.0.2.8", 0), ==, 0);

  /* As the strictest verifier that we know does it. */
  X509_STORE     *store = X509_STORE_new ();
  X509_STORE_CTX *context = X509_STORE_CTX_new ();
  X509_STORE_add_cert (store, x509);
  X509_STORE_set_flags (store, X509_V_FLAG_X509_STRICT);
  X509_STORE_set_purpose (store, X509_PURPOSE_SSL_SERVER);
  X509_STORE_CTX_init (context, store, x509, NULL);
  int verified = X509_verify_cert (context);
  g_test_message ("%s", X509_verify_cert_error_string (X509_STORE_CTX_get_error (context)));
  g_assert_cmpint (verified, ==, 1);
  X509_STORE_CTX_free (context);
  X509_STORE_free (store);
  X509_free (x509);
}

static void
test_certificate_names (void)
{
  static const char *const bad[] = { "a,IP:6.6.6.6", "", "two words", "a\nb", "critical,DNS:x" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      const char *names[] = { bad[i], NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (MsCertificate) certificate = ms_certificate_new_self_signed (names, &error);
      g_assert_null (certificate);
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
    }
}

static void
test_certificate_files (void)
{
  g_autofree char *directory = test_folder_new ();
  g_autofree char *crt = g_build_filename (directory, "a.crt", NULL);
  g_autofree char *key = g_build_filename (directory, "a.key", NULL);
  g_autofree char *other_key = g_build_filename (directory, "b.key", NULL);
  g_autofree char *other_crt = g_build_filename (directory, "b.crt", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsCertificate) made = ms_certificate_new_self_signed (NULL, &error);
  g_autoptr (MsCertificate) other = ms_certificate_new_self_signed (NULL, &error);

  g_assert_true (ms_certificate_save (made, crt, key, &error));
  g_assert_true (ms_certificate_save (other, other_crt, other_key, &error));
  g_assert_no_error (error);
  struct stat info;
  g_assert_cmpint (stat (key, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  /* Never over what is there. */
  g_assert_false (ms_certificate_save (other, crt, key, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_clear_error (&error);

  g_autoptr (MsCertificate) loaded = ms_certificate_load (crt, key, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (loaded->fingerprint, ==, made->fingerprint);
  g_assert_cmpstr (loaded->not_after, ==, made->not_after);
  g_assert_cmpstr (loaded->not_after + 19, ==, "Z");

  g_autofree char *empty = g_build_filename (directory, "empty.key", NULL);
  g_assert_true (
      g_file_set_contents_full (empty, "nothing", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  struct
  {
    const char *certificate;
    const char *key;
    const char *message;
  } cases[] = {
    { crt, other_key, "does not belong" },
    { key, key, "holds no certificate" },
    { crt, empty, "holds no private key" },
    { directory, key, directory },
    { "/nonexistent/a.crt", key, "/nonexistent/a.crt" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MsCertificate) refused
                 = ms_certificate_load (cases[i].certificate, cases[i].key, &error);
      g_assert_null (refused);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, cases[i].message));
      g_clear_error (&error);
    }
  g_assert_cmpint (g_chmod (key, 0644), ==, 0);
  g_autoptr (MsCertificate) open = ms_certificate_load (crt, key, &error);
  g_assert_null (open);
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
  (void) test_folder_remove (directory);
}

/* Listening ----------------------------------------------------------------------------------- */

static void
test_listener (void)
{
  g_autoptr (GError) error = NULL;
  int first = ms_listener_open ("127.0.0.1:0", &error);

  g_assert_no_error (error);
  g_autofree char *address = ms_listener_dup_authority (first);
  g_assert_true (g_str_has_prefix (address, "127.0.0.1:"));
  g_assert_cmpstr (address, !=, "127.0.0.1:0");
  int second = ms_listener_open (address, &error);
  g_assert_cmpint (second, ==, -1);
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "another program listens there"));
  g_clear_error (&error);
  g_assert_cmpint (ms_listener_open ("192.0.2.1:0", &error), ==, -1);
  g_assert_nonnull (strstr (error->message, "no such address"));
  g_clear_error (&error);
  int all = ms_listener_open ("*:0", &error);
  g_assert_no_error (error);
  g_autofree char *everywhere = ms_listener_dup_authority (all);
  g_assert_true (g_str_has_prefix (everywhere, "localhost:"));
  close (all);
  close (first);
}

static void
test_error_body (void)
{
  g_autofree char *text
      = ms_error_body_make (409, "uniqueness", "userName", "\"taken\"\n", "\"refused\":[]");
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = ms_json_parse (text, -1, &ms_json_default_limits, &error);

  g_assert_no_error (error);
  JsonObject *object = json_node_get_object (node);
  g_assert_cmpstr (json_object_get_string_member (object, "status"), ==, "409");
  g_assert_cmpstr (json_object_get_string_member (object, "scimType"), ==, "uniqueness");
  g_assert_cmpstr (json_object_get_string_member (object, "path"), ==, "userName");
  g_assert_cmpstr (json_object_get_string_member (object, "detail"), ==, "\"taken\"\n");
  g_assert_true (json_object_has_member (object, "refused"));
}

typedef struct
{
  MsError     code;
  const char *message;
  const char *known;    /* what somebody who is logged on reads; NULL: all of it */
  const char *stranger; /* and what anybody else does; NULL: all of it */
} DetailCase;

#define FAULT "The server could not do this; its log says why."

/* clang-format off: one row, one line */
static const DetailCase detail_cases[] = {
  { MS_ERROR_UNAVAILABLE,
    "The store “/var/lib/a b/store.db”: its disk is full (x)",
    "The store: its disk is full (x)",
    FAULT },
  { MS_ERROR_INTERNAL,
    "The store “sqlite:/s.db” is damaged: “/s.db”",
    "The store is damaged:",
    FAULT },
  { MS_ERROR_UNAVAILABLE, "Cannot write /tmp/x", FAULT, FAULT },
  { MS_ERROR_UNAVAILABLE, "The server is shutting down", NULL, NULL },
  { MS_ERROR_NOT_FOUND, "There is no mail group “/Sales”", NULL, NULL },
};
/* clang-format on */

static void
test_error_detail (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (detail_cases); i++)
    {
      const DetailCase *c = &detail_cases[i];
      g_autoptr (GError) error = g_error_new_literal (MS_ERROR, c->code, c->message);
      g_autofree char *known = ms_error_dup_detail (error, TRUE);
      g_autofree char *stranger = ms_error_dup_detail (error, FALSE);
      g_assert_cmpstr (known, ==, c->known != NULL ? c->known : c->message);
      g_assert_cmpstr (stranger, ==, c->stranger != NULL ? c->stranger : c->message);
    }
  g_autoptr (GError) foreign = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "/etc/passwd");
  g_autofree char *text = ms_error_dup_detail (foreign, TRUE);
  g_assert_cmpstr (text, ==, FAULT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parts/target-absolute", test_absolute);
  for (gsize i = 0; i < G_N_ELEMENTS (target_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/target/", target_cases[i].name, NULL);
      g_test_add_data_func (path, &target_cases[i], test_target);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (config_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/config/", config_cases[i].name, NULL);
      g_test_add_data_func (path, &config_cases[i], test_config);
    }
  g_test_add_func ("/config/values", test_config_values);
  g_test_add_func ("/router", test_router);
  g_test_add_func ("/certificate/made", test_certificate);
  g_test_add_func ("/certificate/names", test_certificate_names);
  g_test_add_func ("/certificate/files", test_certificate_files);
  g_test_add_func ("/listener", test_listener);
  g_test_add_func ("/error-body", test_error_body);
  g_test_add_func ("/error-detail", test_error_detail);
  return g_test_run ();
}
