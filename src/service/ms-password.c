/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hashes by libxcrypt, salted digests by GChecksum. Costs in hashes from outside are bounded before
 * they are stored: "$6$rounds=999999999$" would hold a thread for minutes at every log-on.
 */
#include "ms-password.h"

#include <crypt.h>
#include <string.h>

#include "ms-error.h"
#include "ms-schema.h"

#define PREFERRED_PREFIX "$y$"
#define MAX_SHA_ROUNDS 1000000
#define MAX_BCRYPT_COST 14
#define MAX_YESCRYPT_LOG2_N 16 /* index of the second parameter + 1; 64 Ki blocks */

typedef enum
{
  SCHEME_CRYPT,
  SCHEME_DIGEST,
} SchemeKind;

/* crypt(3) forms by their prefix, digests by their {TAG}. */
typedef struct
{
  const char   *prefix;
  const char   *name;
  SchemeKind    kind;
  GChecksumType digest;
  gsize         digest_length;
  gboolean      salted;
} Scheme;

static const Scheme schemes[] = {
  { "$y$", "yescrypt", SCHEME_CRYPT },
  { "$gy$", "gost-yescrypt", SCHEME_CRYPT },
  { "$7$", "scrypt", SCHEME_CRYPT },
  { "$2a$", "bcrypt", SCHEME_CRYPT },
  { "$2b$", "bcrypt", SCHEME_CRYPT },
  { "$2y$", "bcrypt", SCHEME_CRYPT },
  { "$6$", "sha512-crypt", SCHEME_CRYPT },
  { "$5$", "sha256-crypt", SCHEME_CRYPT },
  { "$1$", "md5-crypt", SCHEME_CRYPT },
  { "{SSHA}", "ssha", SCHEME_DIGEST, G_CHECKSUM_SHA1, 20, TRUE },
  { "{SSHA256}", "ssha256", SCHEME_DIGEST, G_CHECKSUM_SHA256, 32, TRUE },
  { "{SSHA512}", "ssha512", SCHEME_DIGEST, G_CHECKSUM_SHA512, 64, TRUE },
  { "{SHA}", "sha", SCHEME_DIGEST, G_CHECKSUM_SHA1, 20, FALSE },
  { "{SHA256}", "sha256", SCHEME_DIGEST, G_CHECKSUM_SHA256, 32, FALSE },
  { "{SHA512}", "sha512", SCHEME_DIGEST, G_CHECKSUM_SHA512, 64, FALSE },
};

/* Tags that only say which crypt(3) form follows. */
static const char *const crypt_tags[] = {
  "{CRYPT}", "{SHA512-CRYPT}", "{SHA256-CRYPT}", "{MD5-CRYPT}", "{BLF-CRYPT}", "{YESCRYPT}",
};

static const Scheme *
find_scheme (const char *hash)
{
  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      gsize    length = strlen (schemes[i].prefix);
      gboolean fits = schemes[i].kind == SCHEME_DIGEST
                          ? g_ascii_strncasecmp (hash, schemes[i].prefix, length) == 0
                          : strncmp (hash, schemes[i].prefix, length) == 0;
      if (fits)
        return &schemes[i];
    }
  return NULL;
}

static const char *
skip_crypt_tag (const char *hash)
{
  for (guint i = 0; i < G_N_ELEMENTS (crypt_tags); i++)
    if (g_ascii_strncasecmp (hash, crypt_tags[i], strlen (crypt_tags[i])) == 0)
      return hash + strlen (crypt_tags[i]);
  return hash;
}

const char *
ms_password_get_scheme (const char *hash)
{
  if (hash == NULL)
    return NULL;
  const Scheme *scheme = find_scheme (skip_crypt_tag (hash));
  return scheme != NULL ? scheme->name : "crypt";
}

/* crypt_data is 32 KiB: too large for a pool thread's stack by habit, so it lives on the heap, and
 * is wiped. */
static char *
crypt_with (const char *clear, const char *setting)
{
  struct crypt_data *data = g_new0 (struct crypt_data, 1);
  const char        *result = crypt_rn (clear, setting, data, sizeof *data);
  char              *copy = g_strdup (result);

  explicit_bzero (data, sizeof *data);
  g_free (data);
  return copy;
}

static char *
new_setting (GError **error)
{
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];

  /* Cost 0 is the library's default, random bytes NULL the system's generator. */
  if (crypt_gensalt_rn (PREFERRED_PREFIX, 0, NULL, 0, setting, sizeof setting) == NULL)
    {
      ms_error_set (
          error, MS_ERROR_INTERNAL, NULL, NULL, "The system's crypt library has no yescrypt");
      return NULL;
    }
  return g_strdup (setting);
}

char *
ms_password_hash (const char *clear, GError **error)
{
  g_return_val_if_fail (clear != NULL, NULL);

  if (*clear == '\0' || strlen (clear) > MS_PASSWORD_MAX)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "password",
                    "A password has from 1 to %d bytes",
                    MS_PASSWORD_MAX);
      return NULL;
    }

  g_autofree char *setting = new_setting (error);
  if (setting == NULL)
    return NULL;

  /* crypt_rn() itself refuses phrases beyond 511 bytes; say so as what it is. */
  char *hash = crypt_with (clear, setting);
  if (hash == NULL)
    ms_error_set (error, MS_ERROR_INVALID, "invalidValue", "password", "This password is too long");
  return hash;
}

/* Both have the length that the scheme says, so this tells nothing by its time. */
static gboolean
bytes_equal (const guint8 *a, const guint8 *b, gsize length)
{
  guint8 difference = 0;

  for (gsize i = 0; i < length; i++)
    difference |= a[i] ^ b[i];
  return difference == 0;
}

static gboolean
verify_digest (const Scheme *scheme, const char *clear, const char *hash)
{
  gsize              length = 0;
  g_autofree guchar *stored = g_base64_decode (hash + strlen (scheme->prefix), &length);
  g_autoptr (GChecksum) sum = g_checksum_new (scheme->digest);
  guint8 digest[64];
  gsize  digest_length = sizeof digest;

  if (stored == NULL || length < scheme->digest_length
      || (!scheme->salted && length != scheme->digest_length))
    return FALSE;
  g_checksum_update (sum, (const guchar *) clear, (gssize) strlen (clear));
  g_checksum_update (
      sum, stored + scheme->digest_length, (gssize) (length - scheme->digest_length));
  g_checksum_get_digest (sum, digest, &digest_length);
  return digest_length == scheme->digest_length && bytes_equal (digest, stored, digest_length);
}

/* "$y$j9T$" of "$y$j9T$salt$hash": scheme and cost. */
static gsize
cost_length (const char *hash)
{
  const char *end = strchr (hash + strlen (PREFERRED_PREFIX), '$');
  return end != NULL ? (gsize) (end - hash) + 1 : 0;
}

static gboolean
is_old_hash (const char *hash)
{
  if (!g_str_has_prefix (hash, PREFERRED_PREFIX))
    return TRUE;
  g_autofree char *setting = new_setting (NULL);
  if (setting == NULL)
    return FALSE;
  gsize length = cost_length (setting);
  return strncmp (hash, setting, length) != 0;
}

static const char *
get_dummy_hash (void)
{
  static gsize       once = 0;
  static const char *dummy = NULL;

  if (g_once_init_enter (&once))
    {
      g_autofree char *nobody = g_uuid_string_random ();
      dummy = ms_password_hash (nobody, NULL);
      g_once_init_leave (&once, 1);
    }
  return dummy;
}

gboolean
ms_password_verify (const char *clear, const char *hash, gboolean *is_old)
{
  g_return_val_if_fail (clear != NULL, FALSE);

  if (hash == NULL)
    {
      const char      *dummy = get_dummy_hash ();
      g_autofree char *wasted = dummy != NULL ? crypt_with (clear, dummy) : NULL;
      return FALSE;
    }

  const char   *setting = skip_crypt_tag (hash);
  const Scheme *scheme = find_scheme (setting);
  gboolean      right;

  if (scheme != NULL && scheme->kind == SCHEME_DIGEST)
    {
      right = verify_digest (scheme, clear, setting);
    }
  else
    {
      g_autofree char *made = crypt_with (clear, setting);
      gsize            length = strlen (setting);
      right = made != NULL && strlen (made) == length
              && bytes_equal ((const guint8 *) made, (const guint8 *) setting, length);
    }

  if (right && is_old != NULL)
    *is_old = is_old_hash (hash);
  return right;
}

static gboolean
refuse_hash (GError **error, const char *why)
{
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", MS_URN_EXT_USER ":passwordHash", "%s", why);
  return FALSE;
}

static int
itoa64_index (char c)
{
  static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const char       *at = c != '\0' ? strchr (digits, c) : NULL;
  return at != NULL ? (int) (at - digits) : 64;
}

static gboolean
check_cost (const Scheme *scheme, const char *hash, GError **error)
{
  const char *parameters = hash + strlen (scheme->prefix);

  if (g_str_has_prefix (parameters, "rounds=")
      && g_ascii_strtoull (parameters + strlen ("rounds="), NULL, 10) > MAX_SHA_ROUNDS)
    return refuse_hash (error, "This hash has more rounds than are allowed here");
  if (strcmp (scheme->name, "bcrypt") == 0
      && g_ascii_strtoull (parameters, NULL, 10) > MAX_BCRYPT_COST)
    return refuse_hash (error, "This hash has a higher cost than is allowed here");
  /* yescrypt writes flavour, then log2 (N) - 1; scrypt writes log2 (N) first. */
  if (g_str_has_suffix (scheme->name, "yescrypt")
      && (parameters[0] == '\0' || itoa64_index (parameters[1]) + 1 > MAX_YESCRYPT_LOG2_N))
    return refuse_hash (error, "This hash has a higher cost than is allowed here");
  if (strcmp (scheme->name, "scrypt") == 0 && itoa64_index (parameters[0]) > MAX_YESCRYPT_LOG2_N)
    return refuse_hash (error, "This hash has a higher cost than is allowed here");
  return TRUE;
}

static gboolean
check_crypt_hash (const Scheme *scheme, const char *hash, GError **error)
{
  int state = crypt_checksalt (hash);

  /* Among what has no prefix is the DES form, which looks at eight characters only. */
  if (scheme == NULL)
    return refuse_hash (error, "This is not a password hash that is understood here");
  if (state == CRYPT_SALT_INVALID || state == CRYPT_SALT_METHOD_DISABLED)
    return refuse_hash (error, "The system's crypt library does not know this kind of hash");
  if (strrchr (hash, '$') - hash < (gssize) strlen (scheme->prefix))
    return refuse_hash (error, "This password hash is cut short");
  return check_cost (scheme, hash, error);
}

static gboolean
check_digest_hash (const Scheme *scheme, const char *hash, GError **error)
{
  gsize              length = 0;
  g_autofree guchar *bytes = g_base64_decode (hash + strlen (scheme->prefix), &length);

  if (bytes == NULL || length < scheme->digest_length
      || (scheme->salted ? length == scheme->digest_length : length != scheme->digest_length))
    return refuse_hash (error, "This password hash is cut short");
  return TRUE;
}

static gboolean
check_shape (const char *hash, const char *inner, GError **error)
{
  if (strlen (hash) > CRYPT_OUTPUT_SIZE || *inner == '\0')
    return refuse_hash (error, "This is not a password hash that is understood here");
  if (g_ascii_strncasecmp (hash, "{PLAIN}", 7) == 0
      || g_ascii_strncasecmp (hash, "{CLEARTEXT}", 11) == 0)
    return refuse_hash (error, "Clear passwords go into “password”, where they are hashed");
  for (const char *c = inner; *c != '\0'; c++)
    if (!g_ascii_isgraph (*c) || *c == ':')
      return refuse_hash (error, "This password hash holds a character that none can hold");
  return TRUE;
}

char *
ms_password_check_hash (const char *hash, GError **error)
{
  g_return_val_if_fail (hash != NULL, NULL);

  const char   *inner = skip_crypt_tag (hash);
  const Scheme *scheme = find_scheme (inner);
  gboolean      good = check_shape (hash, inner, error);

  if (good && scheme != NULL && scheme->kind == SCHEME_DIGEST)
    /* Only as it is: behind {CRYPT} it would be something else. */
    good = inner == hash
               ? check_digest_hash (scheme, inner, error)
               : refuse_hash (error, "This is not a password hash that is understood here");
  else if (good)
    good = check_crypt_hash (scheme, inner, error);
  /* Stored bare, so that whatever calls crypt(3) can use it. */
  return good ? g_strdup (inner) : NULL;
}
