/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hashes by libxcrypt, salted digests by GChecksum. What comes from outside is looked at before it
 * is stored: the forms of crypt(3) in ms-crypt-form.c, digests here. Which form a hash has is in
 * ms-password-scheme.h.
 */
#include "ms-password.h"

#include <crypt.h>
#include <string.h>

#include "ms-base64.h"
#include "ms-crypt-form.h"
#include "ms-error.h"
#include "ms-password-scheme.h"
#include "ms-schema.h"

#define PREFERRED_PREFIX "$y$"

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

G_STATIC_ASSERT (MS_PASSWORD_NEW_MAX < CRYPT_MAX_PASSPHRASE_SIZE);

gboolean
ms_password_can_hash (const char *clear)
{
  return *clear != '\0' && strlen (clear) <= MS_PASSWORD_NEW_MAX;
}

gboolean
ms_password_check_new (const char *clear, const char *path, GError **error)
{
  if (ms_password_can_hash (clear))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                path,
                "A password has from 1 to %d bytes",
                MS_PASSWORD_NEW_MAX);
  return FALSE;
}

char *
ms_password_hash (const char *clear, GError **error)
{
  g_return_val_if_fail (clear != NULL, NULL);

  if (!ms_password_check_new (clear, "password", error))
    return NULL;

  g_autofree char *setting = new_setting (error);
  if (setting == NULL)
    return NULL;

  char *hash = crypt_with (clear, setting);
  if (hash == NULL)
    ms_error_set (error,
                  MS_ERROR_INTERNAL,
                  NULL,
                  "password",
                  "The system's crypt library could not hash the password");
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
verify_digest (const MsPasswordDigest *kind, const char *clear, const char *hash)
{
  gsize              length = 0;
  g_autofree guchar *stored = g_base64_decode (hash + strlen (kind->tag), &length);
  g_autoptr (GChecksum) sum = g_checksum_new (kind->digest);
  guint8 digest[64];
  gsize  digest_length = sizeof digest;

  if (stored == NULL || length < kind->digest_length
      || (!kind->salted && length != kind->digest_length))
    return FALSE;
  g_checksum_update (sum, (const guchar *) clear, (gssize) strlen (clear));
  g_checksum_update (sum, stored + kind->digest_length, (gssize) (length - kind->digest_length));
  g_checksum_get_digest (sum, digest, &digest_length);
  return digest_length == kind->digest_length && bytes_equal (digest, stored, digest_length);
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

  const char             *setting = ms_password_scheme_skip_tag (hash);
  const MsPasswordDigest *digest = ms_password_digest_find (setting);
  gboolean                right;

  if (digest != NULL)
    {
      right = verify_digest (digest, clear, setting);
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

static char *
refuse_hash (GError **error, const char *why)
{
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", MS_URN_EXT_USER ":passwordHash", "%s", why);
  return NULL;
}

/* (transfer full): bare, so that whatever calls crypt(3) can use it */
static char *
check_crypt_hash (const char *hash, GError **error)
{
  const MsCryptForm *form = ms_crypt_form_find (hash);
  int                state = crypt_checksalt (hash);

  /* Among what has no prefix is the DES form, which looks at eight characters only. */
  if (form == NULL)
    return refuse_hash (error, "This is not a password hash that is understood here");
  if (state == CRYPT_SALT_INVALID || state == CRYPT_SALT_METHOD_DISABLED)
    return refuse_hash (error, "The system's crypt library does not know this kind of hash");
  return ms_crypt_form_check (form, hash, error) ? g_strdup (hash) : NULL;
}

/* (transfer full): in the one form of base64 that verify_digest() reads */
static char *
check_digest_hash (const MsPasswordDigest *kind, const char *hash, GError **error)
{
  gsize            length = 0;
  g_autofree char *text = ms_base64_canonical (hash + strlen (kind->tag));

  if (text == NULL)
    return refuse_hash (error, "What follows the tag of this password hash is not base64");
  g_autofree guchar *bytes = g_base64_decode (text, &length);
  if (length < kind->digest_length)
    return refuse_hash (error, "The digest of this password hash is cut short");
  if (kind->salted && length == kind->digest_length)
    return refuse_hash (error, "This password hash has no salt behind its digest");
  if (!kind->salted && length > kind->digest_length)
    return refuse_hash (error, "The digest of this password hash is too long");
  return g_strdup_printf ("%.*s%s", (int) strlen (kind->tag), hash, text);
}

/* (nullable): why @hash is none of any kind */
static const char *
find_bad_shape (const char *hash, const char *inner)
{
  if (strlen (hash) > CRYPT_OUTPUT_SIZE || *inner == '\0')
    return "This is not a password hash that is understood here";
  if (g_ascii_strncasecmp (hash, "{PLAIN}", 7) == 0
      || g_ascii_strncasecmp (hash, "{CLEARTEXT}", 11) == 0)
    return "Clear passwords go into “password”, where they are hashed";
  for (const char *c = inner; *c != '\0'; c++)
    if (!g_ascii_isgraph (*c) || *c == ':')
      return "This password hash holds a character that none can hold";
  return NULL;
}

char *
ms_password_check_hash (const char *hash, GError **error)
{
  g_return_val_if_fail (hash != NULL, NULL);

  const char             *inner = ms_password_scheme_skip_tag (hash);
  const MsPasswordDigest *digest = ms_password_digest_find (inner);
  const char             *why = find_bad_shape (hash, inner);

  if (why != NULL)
    return refuse_hash (error, why);
  if (digest == NULL)
    return check_crypt_hash (inner, error);
  /* Only as it is: behind {CRYPT} it would be something else. */
  return inner == hash ? check_digest_hash (digest, inner, error)
                       : refuse_hash (error, "This is not a password hash that is understood here");
}
