/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is no address, no certificate, no DN and no filter is said before anybody is asked; and
 * entries as they are kept.
 */
#include "ms-directory.h"

#include "ms-error.h"

#include <ldap.h>
#include <openldap.h>
#include <string.h>

#define SELF_SIGNED                                                                                \
  "-----BEGIN CERTIFICATE-----\n"                                                                  \
  "MIIBhDCCASugAwIBAgIUQ0QOtMIyOnFip9vRYt0iYmqeiMEwCgYIKoZIzj0EAwIw\n"                             \
  "EDEOMAwGA1UEAwwFVGVzdHMwHhcNMjYxMTI5MjEwNjMzWhcNMjYxMjAxMjEwNjMz\n"                             \
  "-----END CERTIFICATE-----\n"

typedef struct
{
  const char *name;
  const char *text;
  const char *place; /* (nullable): part of the message; %NULL where it is good */
} TextCase;

static const TextCase filters[] = {
  { "presence", "(uid=*)", NULL },
  { "equality", "(objectClass=person)", NULL },
  { "substrings", "(cn=a*b*c)", NULL },
  { "order", "(&(a>=1)(b<=2)(c~=x))", NULL },
  { "bits", "(!(userAccountControl:1.2.840.113556.1.4.803:=2))", NULL },
  { "extended", "(|(cn:dn:caseExactMatch:=Ann)(:dn:2.4.6.8.10:=x)(o:=y))", NULL },
  { "nothing and everything", "(|(&)(|))", NULL },
  { "escaped", "(cn=\\28a\\2a\\29\\5c)", NULL },
  { "other letters", "(cn=Jürgen)", NULL },
  { "option", "(cn;lang-de=x)", NULL },
  { "empty value", "(cn=)", NULL },
  { "empty", "", "character 1 an opening bracket" },
  { "no brackets", "uid=ann", "character 1 an opening bracket" },
  { "open", "(uid=ann", "character 9 a closing bracket" },
  { "two", "(a=b)(c=d)", "character 6 something follows" },
  { "no name", "(=b)", "character 2 the name" },
  { "no comparison", "(ab)", "character 4 one of =" },
  { "half a comparison", "(ab>3)", "character 4 one of =" },
  { "bracket in a value", "(ü=a(b)", "character 2 the name" },
  { "bracket after letters", "(cn=ü(b)", "character 6 a bracket" },
  { "backslash", "(cn=a\\2)", "character 6 a backslash" },
  { "star and order", "(a>=1*)", "character 6 an asterisk" },
  { "two stars", "(cn=a**c)", "character 6 two asterisks" },
  { "two negated", "(!(a=b)(c=d))", "character 13 “!” has not" },
  { "none negated", "(!)", "character 3 “!” has not" },
  { "rule without name", "(:=x)", "character 3 an attribute or a matching rule" },
  { "rule without value", "(cn:rule)", "character 9 “:=”" },
  { "space", "( cn=x)", "character 2 the name" },
};

static void
test_filter (gconstpointer data)
{
  const TextCase *self = data;
  g_autoptr (GError) error = NULL;
  gboolean good = ms_directory_check_filter (self->text, "activeFilter", &error);

  if (self->place == NULL)
    {
      g_assert_no_error (error);
      g_assert_true (good);
      return;
    }
  g_assert_false (good);
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_path (error), ==, "activeFilter");
  if (strstr (error->message, self->place) == NULL)
    g_error ("“%s” is not in “%s”", self->place, error->message);
}

static void
test_deep_filter (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 20000; i++)
    g_string_append (text, "(!");
  g_assert_false (ms_directory_check_filter (text->str, "filter", &error));
  g_assert_nonnull (strstr (error->message, "nested too deeply"));
  g_clear_error (&error);
  g_string_truncate (text, 0);
  g_string_append (text, "(cn=");
  for (int i = 0; i < 70000; i++)
    g_string_append_c (text, 'x');
  g_string_append_c (text, ')');
  g_assert_false (ms_directory_check_filter (text->str, "filter", &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (ms_directory_check_filter ("(cn=\xff)", "filter", &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
}

/* A connection that swallows what it is given. */
static int
on_setup (Sockbuf_IO_Desc *layer, void *arg)
{
  return 0;
}

static int
on_end (Sockbuf_IO_Desc *layer)
{
  return 0;
}

static int
on_control (Sockbuf_IO_Desc *layer, int option, void *arg)
{
  return 0;
}

static ber_slen_t
on_read (Sockbuf_IO_Desc *layer, void *data, ber_len_t size)
{
  return 0;
}

static ber_slen_t
on_write (Sockbuf_IO_Desc *layer, void *data, ber_len_t size)
{
  return size;
}

static Sockbuf_IO swallow = { on_setup, on_end, on_control, on_read, on_write, on_end };

static LDAP *
new_handle (void)
{
  LDAP    *ldap = NULL;
  Sockbuf *sockbuf = NULL;

  g_assert_cmpint (ldap_init_fd (0, LDAP_PROTO_EXT, NULL, &ldap), ==, LDAP_SUCCESS);
  ldap_get_option (ldap, LDAP_OPT_SOCKBUF, &sockbuf);
  ber_sockbuf_add_io (sockbuf, &swallow, LBER_SBIOD_LEVEL_PROVIDER, NULL);
  return ldap;
}

static int
send_filter (LDAP *ldap, const char *filter)
{
  int operation = 0;
  int code = ldap_search_ext (
      ldap, "dc=x", LDAP_SCOPE_SUBTREE, filter, NULL, 0, NULL, NULL, NULL, 0, &operation);

  if (code == LDAP_SUCCESS)
    ldap_abandon_ext (ldap, operation, NULL, NULL);
  return code;
}

/* Whatever passes here can be sent, alone and within another, however it came about. */
static void
test_sent_filter (void)
{
  static const char letters[] = "()&|!=<>~:*\\a1 .;-d\xc3";
  LDAP             *ldap = new_handle ();
  guint             n_good = 0;

  for (int i = 0; i < 60000; i++)
    {
      const char *from = filters[g_test_rand_int_range (0, G_N_ELEMENTS (filters))].text;
      g_autoptr (GString) text = g_string_new (from);
      for (int n = g_test_rand_int_range (0, 4); n > 0; n--)
        {
          gssize at = g_test_rand_int_range (0, (gint32) text->len + 1);
          char   c = letters[g_test_rand_int_range (0, sizeof letters - 1)];
          if (g_test_rand_bit ())
            g_string_insert_c (text, at, c);
          else if (at < (gssize) text->len && g_test_rand_bit ())
            text->str[at] = c;
          else if (at < (gssize) text->len)
            g_string_erase (text, at, 1);
        }
      if (!ms_directory_check_filter (text->str, "filter", NULL))
        continue;
      g_autofree char *within = g_strdup_printf ("(&%s(!(x=y)))", text->str);
      n_good++;
      if (send_filter (ldap, text->str) != LDAP_SUCCESS
          || send_filter (ldap, within) != LDAP_SUCCESS)
        g_error ("libldap does not take %s", text->str);
    }
  g_assert_cmpuint (n_good, >, 5000);
  ldap_unbind_ext (ldap, NULL, NULL);
}

static void
test_dn (void)
{
  static const char *const good[]
      = { "dc=example,dc=com", "ou=Größe\\, alle,dc=example", "OU=A+CN=B,DC=x", "cn=\\41nn,o=x" };
  static const char *const bad[] = { "", "people", "ou=people,", "ou=a;;", "=x", "ou=\xff" };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_true (ms_directory_check_dn (good[i], "base", &error));
      g_assert_no_error (error);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (ms_directory_check_dn (bad[i], "base", &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      g_assert_cmpstr (ms_error_get_path (error), ==, "base");
    }
}

/**
 * ServerCase:
 * @path: (nullable): of the error; %NULL where it is good
 */
typedef struct
{
  const char       *name;
  MsDirectoryServer server;
  const char       *path;
} ServerCase;

/* clang-format off: one row, one line */
static const ServerCase servers[] = {
  { "tls", { "ldaps://ldap.example.com", FALSE, NULL, NULL, NULL, 10 }, NULL },
  { "port", { "LDAPS://ldap.example.com:3269/", FALSE, NULL, NULL, NULL, 10 }, NULL },
  { "StartTLS", { "ldap://ldap.example.com", TRUE, NULL, NULL, NULL, 10 }, NULL },
  { "v6", { "ldaps://[2001:db8::1]:636", FALSE, NULL, NULL, NULL, 10 }, NULL },
  { "v4", { "ldaps://192.0.2.1", FALSE, NULL, NULL, NULL, 10 }, NULL },
  { "socket", { "ldapi://%2Frun%2Fslapd%2Fldapi", FALSE, NULL, NULL, NULL, 10 }, NULL },
  { "usual socket", { "ldapi:///", FALSE, NULL, NULL, NULL, 10 }, NULL },
  { "log-on", { "ldaps://x", FALSE, NULL, "cn=a,dc=b", "p", 10 }, NULL },
  { "principal", { "ldaps://x", FALSE, NULL, "ann@example.com", "p", 10 }, NULL },
  { "old name", { "ldaps://x", FALSE, NULL, "EXAMPLE\\ann", "p", 10 }, NULL },
  { "clear text", { "ldap://ldap.example.com", FALSE, NULL, NULL, NULL, 10 }, "server" },
  { "TLS twice", { "ldaps://ldap.example.com", TRUE, NULL, NULL, NULL, 10 }, "startTls" },
  { "TLS in a socket", { "ldapi:///", TRUE, NULL, NULL, NULL, 10 }, "startTls" },
  { "another protocol", { "https://ldap.example.com", FALSE, NULL, NULL, NULL, 10 }, "server" },
  { "no protocol", { "ldap.example.com", FALSE, NULL, NULL, NULL, 10 }, "server" },
  { "no host", { "ldaps://", FALSE, NULL, NULL, NULL, 10 }, "server" },
  { "two", { "ldaps://a ldaps://b", FALSE, NULL, NULL, NULL, 10 }, "server" },
  { "somebody", { "ldaps://me@host", FALSE, NULL, NULL, NULL, 10 }, "server" },
  { "base", { "ldaps://host/dc=x", FALSE, NULL, NULL, NULL, 10 }, "server" },
  { "port 0", { "ldaps://host:0", FALSE, NULL, NULL, NULL, 10 }, "server" },
  { "large port", { "ldaps://host:65536", FALSE, NULL, NULL, NULL, 10 }, "server" },
  { "no port", { "ldaps://host:", FALSE, NULL, NULL, NULL, 10 }, "server" },
  { "open bracket", { "ldaps://[::1", FALSE, NULL, NULL, NULL, 10 }, "server" },
  { "bracketed name", { "ldaps://[host]", FALSE, NULL, NULL, NULL, 10 }, "server" },
  { "relative socket", { "ldapi://run", FALSE, NULL, NULL, NULL, 10 }, "server" },
  { "no time", { "ldaps://x", FALSE, NULL, NULL, NULL, 0 }, "timeout" },
  { "too long a time", { "ldaps://x", FALSE, NULL, NULL, NULL, 601 }, "timeout" },
  { "no password", { "ldaps://x", FALSE, NULL, "cn=a,dc=b", NULL, 10 }, "password" },
  { "empty password", { "ldaps://x", FALSE, NULL, "cn=a,dc=b", "", 10 }, "password" },
  { "nobody's password", { "ldaps://x", FALSE, NULL, NULL, "p", 10 }, "bindDn" },
  { "no name", { "ldaps://x", FALSE, NULL, "ann", "p", 10 }, "bindDn" },
  { "no certificate", { "ldaps://x", FALSE, "hello", NULL, NULL, 10 }, "certificates" },
  { "half a certificate", { "ldaps://x", FALSE, SELF_SIGNED, NULL, NULL, 10 }, "certificates" },
  { "a key",
    { "ldaps://x", FALSE, "-----BEGIN PRIVATE KEY-----\n", NULL, NULL, 10 },
    "certificates" },
};
/* clang-format on */

static void
test_server (gconstpointer data)
{
  const ServerCase *self = data;
  g_autoptr (GError) error = NULL;
  gboolean good = ms_directory_check_server (&self->server, &error);

  if (self->path == NULL)
    {
      g_assert_no_error (error);
      g_assert_true (good);
      return;
    }
  g_assert_false (good);
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_path (error), ==, self->path);
}

static void
test_entry (void)
{
  g_autoptr (MsDirectoryEntry) entry = ms_directory_entry_new ("uid=ann,dc=x");
  g_autoptr (GBytes) one = g_bytes_new ("a\0b", 3);
  g_autoptr (GBytes) two = g_bytes_new (NULL, 0);

  ms_directory_entry_add (entry, "objectGUID", one);
  ms_directory_entry_add (entry, "OBJECTguid", two);
  g_assert_cmpstr (ms_directory_entry_get_dn (entry), ==, "uid=ann,dc=x");
  g_assert_cmpuint (ms_directory_entry_count (entry, "objectguid"), ==, 2);
  g_assert_cmpuint (ms_directory_entry_count (entry, "cn"), ==, 0);
  g_assert_true (g_bytes_equal (ms_directory_entry_get (entry, "objectGUID", 0), one));
  g_assert_true (g_bytes_equal (ms_directory_entry_get (entry, "objectGUID", 1), two));
  g_assert_null (ms_directory_entry_get (entry, "objectGUID", 2));
  g_assert_null (ms_directory_entry_get (entry, "cn", 0));
}

#define SECRET "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="

static guint wiped;

/* In the place of the C library's, which nobody could look over the shoulder of. */
void
explicit_bzero (void *at, size_t length)
{
  volatile char *bytes = at;
  gboolean       is_secret = length == strlen (SECRET);

  for (size_t i = 0; i < length; i++)
    {
      is_secret = is_secret && bytes[i] == SECRET[i];
      bytes[i] = '\0';
    }
  wiped += is_secret ? 1 : 0;
}

/* Some values are hashes of passwords, and nobody knows which: nothing of any is left in memory. */
static void
test_entry_wiped (void)
{
  MsDirectoryEntry *entry = ms_directory_entry_new ("uid=ann,dc=example");
  g_autoptr (GBytes) value = g_bytes_new_static (SECRET, strlen (SECRET));

  ms_directory_entry_add (entry, "userPassword", value);
  ms_directory_entry_add (entry, "userPassword", value);
  g_assert_true (g_bytes_equal (ms_directory_entry_get (entry, "userPassword", 1), value));
  wiped = 0;
  ms_directory_entry_free (entry);
  g_assert_cmpuint (wiped, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_autofree char *path = g_strconcat ("/directory/filter/", filters[i].name, NULL);
      g_test_add_data_func (path, &filters[i], test_filter);
    }
  g_test_add_func ("/directory/filter/large", test_deep_filter);
  g_test_add_func ("/directory/filter/sent", test_sent_filter);
  g_test_add_func ("/directory/dn", test_dn);
  for (gsize i = 0; i < G_N_ELEMENTS (servers); i++)
    {
      g_autofree char *path = g_strconcat ("/directory/server/", servers[i].name, NULL);
      g_test_add_data_func (path, &servers[i], test_server);
    }
  g_test_add_func ("/directory/entry", test_entry);
  g_test_add_func ("/directory/entry/wiped", test_entry_wiped);
  return g_test_run ();
}
