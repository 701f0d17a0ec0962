/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables of tags. Every name that ms_password_scheme_find() gives is one of the canonicalValues of
 * passwordScheme in data/schemas/user.json, for the store keeps a set of users for each.
 */
#include "ms-password-scheme.h"

#include <string.h>

#include "ms-crypt-form.h"

static const MsPasswordDigest digests[] = {
  { "{SSHA}", "ssha", G_CHECKSUM_SHA1, 20, TRUE },
  { "{SSHA256}", "ssha256", G_CHECKSUM_SHA256, 32, TRUE },
  { "{SSHA512}", "ssha512", G_CHECKSUM_SHA512, 64, TRUE },
  { "{SHA}", "sha", G_CHECKSUM_SHA1, 20, FALSE },
  { "{SHA256}", "sha256", G_CHECKSUM_SHA256, 32, FALSE },
  { "{SHA512}", "sha512", G_CHECKSUM_SHA512, 64, FALSE },
};

/* Tags that only say which crypt(3) form follows. */
static const char *const crypt_tags[] = {
  "{CRYPT}", "{SHA512-CRYPT}", "{SHA256-CRYPT}", "{MD5-CRYPT}", "{BLF-CRYPT}", "{YESCRYPT}",
};

const MsPasswordDigest *
ms_password_digest_find (const char *hash)
{
  g_return_val_if_fail (hash != NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (digests); i++)
    if (g_ascii_strncasecmp (hash, digests[i].tag, strlen (digests[i].tag)) == 0)
      return &digests[i];
  return NULL;
}

const char *
ms_password_scheme_skip_tag (const char *hash)
{
  g_return_val_if_fail (hash != NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (crypt_tags); i++)
    if (g_ascii_strncasecmp (hash, crypt_tags[i], strlen (crypt_tags[i])) == 0)
      return hash + strlen (crypt_tags[i]);
  return hash;
}

const char *
ms_password_scheme_find (const char *hash)
{
  if (hash == NULL)
    return NULL;
  const char             *bare = ms_password_scheme_skip_tag (hash);
  const MsPasswordDigest *digest = ms_password_digest_find (bare);
  const MsCryptForm      *form = ms_crypt_form_find (bare);
  if (digest != NULL)
    return digest->name;
  return form != NULL ? ms_crypt_form_get_name (form) : "crypt";
}
