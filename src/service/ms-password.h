/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Password hashes: made with yescrypt at libxcrypt's default cost, which everything that calls
 * crypt(3) understands; verified also in the forms that imports bring. Slow on purpose: never on
 * the writer or the main thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In bytes: of one that is tried, since a digest that an import brought may be of a long one, and
 * of one that is to be hashed (crypt(3) takes no more). */
#define MS_PASSWORD_MAX 1024
#define MS_PASSWORD_NEW_MAX 511

/* Whether @clear can be hashed. */
gboolean ms_password_can_hash (const char *clear);
/* The same, said: %MS_ERROR_INVALID at @path where it is empty or too long. */
gboolean ms_password_check_new (const char *clear,
                                const char *path,
                                GError    **error) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer full): crypt(3) form. %MS_ERROR_INVALID (path "password") for one that is empty or too
 * long. */
char *ms_password_hash (const char *clear, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @hash %NULL: takes as long as a real one and is %FALSE. @is_old: (out) (optional): hash it again
 * when there is a chance */
gboolean ms_password_verify (const char *clear, const char *hash, gboolean *is_old);
/* Whether @hash is one that ms_password_verify() understands at a cost that cannot stall the
 * server: crypt(3) as it is or behind {CRYPT}, {SHA512-CRYPT}, {SHA256-CRYPT}, {MD5-CRYPT},
 * {BLF-CRYPT}, {YESCRYPT}; {SSHA}, {SSHA256}, {SSHA512}, {SHA}, {SHA256}, {SHA512} as OpenLDAP and
 * Dovecot write them. The DES form is refused (it looks at eight characters), and so is what
 * libxcrypt does not know, such as {ARGON2ID}, and what is not all of a hash: no password would
 * ever fit, but the account would count as one that can log on. Clear text ({PLAIN}) is refused: it
 * would have to be kept so. (transfer full): as it is to be stored */
char *ms_password_check_hash (const char *hash, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
