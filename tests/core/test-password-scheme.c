/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which scheme a hash has.
 */
#include "ms-password-scheme.h"

static const struct
{
  const char *hash;
  const char *scheme;
} cases[] = {
  { NULL, NULL },
  { "$y$j9T$salt$digest", "yescrypt" },
  { "{YESCRYPT}$y$j9T$salt$digest", "yescrypt" },
  { "$gy$j9T$salt$digest", "gost-yescrypt" },
  { "$7$CU..../....salt$digest", "scrypt" },
  { "$2a$05$salt", "bcrypt" },
  { "$2b$05$salt", "bcrypt" },
  { "$2y$05$salt", "bcrypt" },
  { "{BLF-CRYPT}$2y$05$salt", "bcrypt" },
  { "$6$salt$digest", "sha512-crypt" },
  { "{SHA512-CRYPT}$6$salt$digest", "sha512-crypt" },
  { "$5$salt$digest", "sha256-crypt" },
  { "{crypt}$5$salt$digest", "sha256-crypt" },
  { "$1$salt$digest", "md5-crypt" },
  { "{MD5-CRYPT}$1$salt$digest", "md5-crypt" },
  { "{SSHA}digest", "ssha" },
  { "{ssha}digest", "ssha" },
  { "{SSHA256}digest", "ssha256" },
  { "{SSHA512}digest", "ssha512" },
  { "{SHA}digest", "sha" },
  { "{SHA256}digest", "sha256" },
  { "{SHA512}digest", "sha512" },
  { "{ARGON2ID}$argon2id$", "crypt" },
  { "abJnggxhB/yWI", "crypt" },
  { "", "crypt" },
};

static void
test_schemes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].hash != NULL ? cases[i].hash : "none");
      g_assert_cmpstr (ms_password_scheme_find (cases[i].hash), ==, cases[i].scheme);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/password-scheme/schemes", test_schemes);
  return g_test_run ();
}
