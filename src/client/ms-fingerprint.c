/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fingerprints of certificates. What cannot be read as one is never equal to anything, itself
 * included.
 */
#include "config.h"
#include "ms-fingerprint.h"

#define DIGEST_SIZE 32

static char *
format_digest (const guint8 *digest)
{
  GString *text = g_string_sized_new (7 + DIGEST_SIZE * 3);

  g_string_append (text, "SHA256");
  for (gsize i = 0; i < DIGEST_SIZE; i++)
    g_string_append_printf (text, ":%02X", digest[i]);
  return g_string_free (text, FALSE);
}

static gboolean
parse_digest (const char *text, guint8 *digest)
{
  gsize n = 0;

  if (text == NULL)
    return FALSE;
  while (g_ascii_isspace (*text))
    text++;
  if (g_ascii_strncasecmp (text, "sha256:", 7) == 0)
    text += 7;
  while (n < DIGEST_SIZE && g_ascii_isxdigit (text[0]) && g_ascii_isxdigit (text[1]))
    {
      digest[n++] = (guint8) (g_ascii_xdigit_value (text[0]) << 4 | g_ascii_xdigit_value (text[1]));
      text += 2;
      if (*text == ':' && n < DIGEST_SIZE)
        text++;
    }
  while (g_ascii_isspace (*text))
    text++;
  return n == DIGEST_SIZE && *text == '\0';
}

char *
ms_fingerprint_of_certificate (GTlsCertificate *certificate)
{
  g_autoptr (GByteArray) der = NULL;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[DIGEST_SIZE];
  gsize  length = sizeof digest;

  g_return_val_if_fail (G_IS_TLS_CERTIFICATE (certificate), NULL);

  g_object_get (certificate, "certificate", &der, NULL);
  g_checksum_update (checksum, der->data, (gssize) der->len);
  g_checksum_get_digest (checksum, digest, &length);
  return format_digest (digest);
}

char *
ms_fingerprint_normalize (const char *text)
{
  guint8 digest[DIGEST_SIZE];

  return parse_digest (text, digest) ? format_digest (digest) : NULL;
}

gboolean
ms_fingerprint_equal (const char *a, const char *b)
{
  guint8 first[DIGEST_SIZE], second[DIGEST_SIZE];
  guint8 different = 0;

  if (!parse_digest (a, first) || !parse_digest (b, second))
    return FALSE;
  for (gsize i = 0; i < DIGEST_SIZE; i++)
    different |= first[i] ^ second[i];
  return different == 0;
}
