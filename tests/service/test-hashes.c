/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Password hashes from outside: what crypt(3) makes is taken, and what it cannot have made is not.
 */
#include <glib.h>

#include <crypt.h>
#include <string.h>

#include "ms-error.h"
#include "ms-password.h"
#include "ms-password-scheme.h"
#include "ms-schema.h"

#define CLEAR "correct horse"
#define DIGITS "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* (nullable): what crypt(3) makes of @setting */
static char *
hash_with (const char *setting)
{
  g_autofree struct crypt_data *data = g_new0 (struct crypt_data, 1);

  return g_strdup (crypt_rn (CLEAR, setting, data, sizeof *data));
}

static gboolean
is_taken (const char *hash)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *stored = ms_password_check_hash (hash, &error);

  g_assert_true ((stored == NULL) == (error != NULL));
  if (stored != NULL)
    return TRUE;
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_path (error), ==, MS_URN_EXT_USER ":passwordHash");
  return FALSE;
}

static void
refuse (const char *hash, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *stored = ms_password_check_hash (hash, &error);

  g_test_message ("%s", hash);
  g_assert_null (stored);
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_null (strstr (error->message, hash));
}

/* Settings of every form, cheap ones: the shortest and longest parts that there are. */
static const struct
{
  const char *setting, *scheme;
  guint       digest;
} settings[] = {
  { "$y$j25$jNuFGmkU0aVkFnEqmYGGO0$", "yescrypt", 43 },
  { "$y$j25$$", "yescrypt", 43 },
  { "$y$j25$1.$", "yescrypt", 43 },
  { "$y$j25$zzD$", "yescrypt", 43 },
  { "$y$j25$"
    "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz1$",
    "yescrypt",
    43 },
  { "$y$j7T$saltsalt$", "yescrypt", 43 },
  { "$y$./5$saltsalt$", "yescrypt", 43 },
  { "$y$//5$saltsalt$", "yescrypt", 43 },
  { "$y$//5//$saltsalt$", "yescrypt", 43 },
  { "$y$j25..$saltsalt$", "yescrypt", 43 },
  { "$y$j25/.$saltsalt$", "yescrypt", 43 },
  { "$y$j250..$saltsalt$", "yescrypt", 43 },
  { "$gy$j25$saltsalt$", "gost-yescrypt", 43 },
  { "$7$66..../....salt$", "scrypt", 43 },
  { "$7$36..../....$", "scrypt", 43 },
  { "$7$36....0....jNuFGmkU0aVkFnEqmYGGO0$", "scrypt", 43 },
  { "$2a$04$abcdefghijklmnopqrstuu", "bcrypt", 31 },
  { "$2b$05$abcdefghijklmnopqrstu.", "bcrypt", 31 },
  { "$2b$04$abcdefghijklmnopqrstuO", "bcrypt", 31 },
  { "$2y$04$abcdefghijklmnopqrstue", "bcrypt", 31 },
  { "$6$saltsalt$", "sha512-crypt", 86 },
  { "$6$$", "sha512-crypt", 86 },
  { "$6$salt-with_others$", "sha512-crypt", 86 },
  { "$6$rounds=1000$salt$", "sha512-crypt", 86 },
  { "$6$rounds=5000$$", "sha512-crypt", 86 },
  { "$5$saltsaltsaltsalt$", "sha256-crypt", 43 },
  { "$5$rounds=1001$s$", "sha256-crypt", 43 },
  { "$1$saltsalt$", "md5-crypt", 22 },
  { "$1$$", "md5-crypt", 22 },
};

static void
test_made (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autoptr (GError) error = NULL;
      g_test_message ("%s", settings[i].setting);
      g_autofree char *hash = hash_with (settings[i].setting);
      g_assert_nonnull (hash);
      g_assert_cmpuint (strlen (hash), ==, strlen (settings[i].setting) + settings[i].digest);
      g_autofree char *stored = ms_password_check_hash (hash, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (stored, ==, hash);
      g_assert_cmpstr (ms_password_scheme_find (hash), ==, settings[i].scheme);
      g_assert_true (ms_password_verify (CLEAR, stored, NULL));
      g_autofree char *tagged = g_strconcat ("{CRYPT}", hash, NULL);
      g_assert_true (is_taken (tagged));
    }
}

/* Whatever the library itself makes a new hash with. */
static void
test_generated (void)
{
  static const struct
  {
    const char   *prefix;
    unsigned long costs[4];
  } cases[] = {
    { "$y$", { 0, 1, 2, 3 } },
    { "$gy$", { 0, 1, 2, 3 } },
    { "$7$", { 0, 6 } },
    { "$2a$", { 4 } },
    { "$2b$", { 0, 4 } },
    { "$2y$", { 4 } },
    { "$6$", { 0, 1000, 123456 } },
    { "$5$", { 0, 1000, 9999 } },
    { "$1$", { 0 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint j = 0; j < G_N_ELEMENTS (cases[i].costs); j++)
      {
        char setting[CRYPT_GENSALT_OUTPUT_SIZE];
        g_assert_nonnull (crypt_gensalt_rn (
            cases[i].prefix, cases[i].costs[j], NULL, 0, setting, sizeof setting));
        g_autofree char *hash = hash_with (setting);
        g_test_message ("%s", hash);
        g_assert_true (is_taken (hash));
      }
}

/* Cut off anywhere, or with more than there can be, no password would ever fit. */
static void
test_cut (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autofree char *hash = hash_with (settings[i].setting);
      g_autofree char *longer = g_strconcat (hash, ".", NULL);
      g_assert_false (is_taken (longer));
      for (gsize length = strlen (hash); length-- > 0;)
        {
          g_autofree char *cut = g_strndup (hash, length);
          g_test_message ("%s", cut);
          g_assert_false (is_taken (cut));
        }
    }
}

/* Where a character is another one, what is taken is what crypt(3) would make again but for the
 * digest; so it leaves all before it as it is. Spends no time on what costs much. */
static void
look_at_altered (const char *altered, guint digest)
{
  if (!is_taken (altered) || g_str_has_prefix (altered, "$2b$1"))
    return;
  g_test_message ("%s", altered);
  g_autofree char *made = hash_with (altered);
  g_assert_nonnull (made);
  g_assert_cmpuint (strlen (made), ==, strlen (altered));
  g_assert_true (strncmp (made, altered, strlen (altered) - digest) == 0);
}

static void
test_altered (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (20261129);

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      gsize            length = strlen (settings[i].setting);
      g_autofree char *hash = hash_with (settings[i].setting);
      for (gsize at = 0; at <= length; at++)
        for (guint k = 0; k < 3; k++)
          {
            static const char others[] = "$$!:;*-_,";
            g_autofree char  *altered = g_strdup (hash);
            altered[at] = k == 2 ? others[g_rand_int_range (random, 0, sizeof others - 1)]
                                 : DIGITS[g_rand_int_range (random, 0, 64)];
            look_at_altered (altered, settings[i].digest);
          }
    }
}

static void
test_reasons (void)
{
#define SALTED "jNuFGmkU0aVkFnEqmYGGO0"
#define OF_43 "1234567890123456789012345678901234567890123"
#define OF_86 OF_43 OF_43
  refuse ("$6$abc", "ends before its digest");
  refuse ("$6$abc$", "The digest of this sha512-crypt hash has 0 characters, and must have 86");
  refuse ("{CRYPT}$6$abc$", "The digest of this sha512-crypt hash has 0 characters");
  refuse ("$6$abc$" OF_86 "$", "The digest of this sha512-crypt hash holds other characters");
  refuse ("$6$rounds=5000$abc$" OF_43, "has 43 characters, and must have 86");
  refuse ("$6$12345678901234567$" OF_86, "The salt of this sha512-crypt hash has 17 characters");
  refuse ("$6$rounds=999$abc$" OF_86, "The rounds of this sha512-crypt hash are not a number from");
  refuse ("$6$rounds=05000$abc$" OF_86, "The rounds of this sha512-crypt hash are not a number");
  refuse ("$6$rounds=$abc$" OF_86, "The rounds of this sha512-crypt hash are not a number");
  refuse ("$5$rounds=1000001$abc$" OF_43, "has more rounds than the 1000000 allowed here");
  refuse ("$5$rounds=99999999999999999999999$abc$" OF_43, "has more rounds than");
  refuse ("$5$abc$" OF_43 "4", "The digest of this sha256-crypt hash has 44 characters");
  refuse ("$1$salt$", "The digest of this md5-crypt hash has 0 characters, and must have 22");
  refuse ("$1$saltsalts$1234567890123456789012",
          "The salt of this md5-crypt hash has 9 characters");
  refuse ("$2b$10$abc", "The salt of this bcrypt hash has 3 characters, and must have 22");
  refuse ("$2b$10$abcdefghijklmnopqrstuu", "The digest of this bcrypt hash has 0 characters");
  refuse ("$2b$10$abcdefghijklmnopqrstuv1234567890123456789012345678901",
          "The salt of this bcrypt");
  refuse ("$2b$1$abcdefghijklmnopqrstuu1234567890123456789012345678901", "The cost of this bcrypt");
  refuse ("$2b$15$abcdefghijklmnopqrstuu1234567890123456789012345678901",
          "The cost of this bcrypt");
  refuse ("$2b$03$abcdefghijklmnopqrstuu1234567890123456789012345678901",
          "The cost of this bcrypt");
  refuse ("$y$j9T$abc$", "The salt of this yescrypt hash");
  refuse ("$y$j9T$" SALTED "$", "The digest of this yescrypt hash has 0 characters");
  refuse ("$y$j$" SALTED "$" OF_43, "The parameters of this yescrypt hash");
  refuse ("$y$k9T$" SALTED "$" OF_43, "The parameters of this yescrypt hash");
  refuse ("$y$j9T10$" SALTED "$" OF_43, "The parameters of this yescrypt hash");
  /* N, r, the times that all is gone through, and each so large that the product is small again. */
  refuse ("$y$jIT$" SALTED "$" OF_43, "need more time or memory");
  refuse ("$y$j9zzzzzz$" SALTED "$" OF_43, "need more time or memory");
  refuse ("$y$j9T/zzzzzz$" SALTED "$" OF_43, "need more time or memory");
  refuse ("$y$jxzT$" SALTED "$" OF_43, "The parameters of this yescrypt hash");
  refuse ("$7$I6..../....salt$" OF_43, "need more time or memory");
  refuse ("$7$4zzzzz/....salt$" OF_43, "need more time or memory");
  refuse ("$7$46....zzzzzsalt$" OF_43, "need more time or memory");
  refuse ("$7$46....", "The parameters of this scrypt hash");
  refuse ("$7$46..../....", "ends before its digest");
  refuse ("{SSHA}YjOx", "The digest of this password hash is cut short");
  refuse ("{SSHA}YjOxnlnw8lITpqjG3t+XV9jV7otwZXBwZXI=!", "not base64");
  refuse ("{SSHA}YjOxnlnw8lITpqjG3t+XV9jV7otwZXBwZ", "not base64");
  refuse ("{SHA}YjOxnlnw8lITpqjG3t+XV9jV7otwZXBwZXI=", "too long");
  refuse ("{SSHA}L55TUjtiq8FBorTWAZ0jy6g129A=", "no salt");
}

/* However base64 was written, it is kept in the form that a log-on reads. */
static void
test_base64 (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bare = ms_password_check_hash ("{SHA}L55TUjtiq8FBorTWAZ0jy6g129A", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (bare, ==, "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=");
  g_assert_true (ms_password_verify (CLEAR, bare, NULL));
  g_autofree char *other
      = ms_password_check_hash ("{ssha}YjOxnlnw8lITpqjG3t-XV9jV7otwZXBwZXI", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (other, ==, "{ssha}YjOxnlnw8lITpqjG3t+XV9jV7otwZXBwZXI=");
  g_assert_true (ms_password_verify (CLEAR, other, NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hashes/made", test_made);
  g_test_add_func ("/hashes/generated", test_generated);
  g_test_add_func ("/hashes/cut", test_cut);
  g_test_add_func ("/hashes/altered", test_altered);
  g_test_add_func ("/hashes/reasons", test_reasons);
  g_test_add_func ("/hashes/base64", test_base64);
  return g_test_run ();
}
