/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * liboath computes the codes; what is compared is compared in constant time.
 */
#include "ms-totp.h"

#include <liboath/oath.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#define SECRET_BYTES 20
#define RECOVERY_BYTES 10
#define RECOVERY_LENGTH 16 /* of 10 bytes in base 32 */
#define RECOVERY_GROUP 4
#define BASE32 "abcdefghijklmnopqrstuvwxyz234567"

static void
begin (void)
{
  static gsize is_ready = 0;

  if (!g_once_init_enter (&is_ready))
    return;
  if (oath_init () != OATH_OK)
    g_error ("liboath cannot be used");
  g_once_init_leave (&is_ready, 1);
}

/* (transfer full) */
static char *
encode_random (gsize size)
{
  guchar bytes[SECRET_BYTES];
  char  *encoded = NULL;

  g_assert (size <= sizeof bytes);
  begin ();
  if (RAND_bytes (bytes, (int) size) != 1)
    g_error ("the system's random generator failed");
  if (oath_base32_encode ((const char *) bytes, size, &encoded, NULL) != OATH_OK)
    g_error ("out of memory");
  explicit_bzero (bytes, sizeof bytes);
  char *copy = g_strdup (encoded);
  explicit_bzero (encoded, strlen (encoded));
  free (encoded);
  copy[strcspn (copy, "=")] = '\0';
  return copy;
}

char *
ms_totp_new_secret (void)
{
  return encode_random (SECRET_BYTES);
}

char *
ms_totp_make_uri (const char *secret, const char *issuer, const char *account)
{
  /* The form that applications agree on; a colon parts issuer and account. */
  g_autofree char *by = g_uri_escape_string (issuer, NULL, TRUE);
  g_autofree char *of = g_uri_escape_string (account, "@", TRUE);

  return g_strdup_printf ("otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d"
                          "&period=%d",
                          by,
                          of,
                          secret,
                          by,
                          MS_TOTP_DIGITS,
                          MS_TOTP_PERIOD);
}

gint64
ms_totp_get_step (gint64 time)
{
  return time / G_USEC_PER_SEC / MS_TOTP_PERIOD;
}

char *
ms_totp_make_code (const char *secret, gint64 step)
{
  char  code[MS_TOTP_DIGITS + 1] = "";
  char *key = NULL;
  gsize length = 0;

  begin ();
  if (step < 0 || oath_base32_decode (secret, strlen (secret), &key, &length) != OATH_OK)
    return NULL;
  int result = oath_hotp_generate (key, length, (guint64) step, MS_TOTP_DIGITS, FALSE, -1, code);
  explicit_bzero (key, length);
  free (key);
  return result == OATH_OK ? g_strdup (code) : NULL;
}

gint64
ms_totp_find_step (const char *secret, const char *code, gint64 time, gint64 last_step)
{
  gint64 now = ms_totp_get_step (time);
  gint64 found = 0;

  for (gint64 step = now - 1; step <= now + 1; step++)
    {
      g_autofree char *right = ms_totp_make_code (secret, step);
      gboolean         fits = right != NULL && strlen (code) == MS_TOTP_DIGITS
                      && CRYPTO_memcmp (right, code, MS_TOTP_DIGITS) == 0;
      /* RFC 6238 §5.2: a code is good once; nor are those before it good any more. */
      if (fits && step > last_step && found == 0)
        found = step;
    }
  return found;
}

char *
ms_totp_clean_code (const char *typed)
{
  GString *out = g_string_sized_new (MS_TOTP_CODE_MAX);

  for (const char *at = typed; *at != '\0'; at++)
    if (*at != ' ' && *at != '-')
      g_string_append_c (out, g_ascii_tolower (*at));
  return g_string_free (out, FALSE);
}

void
ms_totp_free_code (char *code)
{
  if (code != NULL)
    explicit_bzero (code, strlen (code));
  g_free (code);
}

gboolean
ms_totp_is_recovery_code (const char *code)
{
  return strlen (code) == RECOVERY_LENGTH && strspn (code, BASE32) == RECOVERY_LENGTH;
}

char *
ms_totp_new_recovery_code (void)
{
  char    *plain = encode_random (RECOVERY_BYTES);
  GString *out = g_string_sized_new (RECOVERY_LENGTH + RECOVERY_LENGTH / RECOVERY_GROUP);

  for (guint i = 0; plain[i] != '\0'; i++)
    {
      if (i > 0 && i % RECOVERY_GROUP == 0)
        g_string_append_c (out, '-');
      g_string_append_c (out, g_ascii_tolower (plain[i]));
    }
  ms_totp_free_code (plain);
  return g_string_free (out, FALSE);
}

char *
ms_totp_hash_recovery_code (const char *cleaned)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, cleaned, -1);
}
