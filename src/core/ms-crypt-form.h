/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The forms of crypt(3) hashes that are taken from outside, as crypt(5) has them: what parts each
 * has, and whether a text is all of one. libxcrypt looks only at what a hash is made with; it does
 * not mind that the digest is missing, and then no password ever fits.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MsCryptForm MsCryptForm;

/* (nullable): by the prefix of @hash; none for DES, and for whatever libxcrypt does not know */
const MsCryptForm *ms_crypt_form_find (const char *hash);
/* "yescrypt", "sha512-crypt", … */
const char *ms_crypt_form_get_name (const MsCryptForm *self);
/* Whether @hash, which has the prefix of @self, is one that crypt(3) may have made, at a cost that
 * cannot stall the server. %MS_ERROR_INVALID says which part is not so, never what it holds. */
gboolean ms_crypt_form_check (const MsCryptForm *self,
                              const char        *hash,
                              GError           **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
