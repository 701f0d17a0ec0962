/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which scheme a password hash has, told by how it begins: the forms of crypt(3), bare or behind a
 * {TAG}, and salted and plain digests behind theirs. What a hash is otherwise, and whether a
 * password fits it, is not looked at.
 */
#pragma once

#include <glib.h>

#include "ms-schema.h"

G_BEGIN_DECLS

/* Of a user. The store keeps it with the hash (ms_txn_set_secret()). */
#define MS_PATH_PASSWORD_SCHEME MS_URN_EXT_USER ":passwordScheme"

/**
 * MsPasswordDigest: one kind of digest
 * @tag: "{SSHA}"; base64 follows, of the digest and, in a salted one, of the salt after it
 * @name: "ssha"
 * @digest_length: in bytes
 */
typedef struct
{
  const char   *tag;
  const char   *name;
  GChecksumType digest;
  gsize         digest_length;
  gboolean      salted;
} MsPasswordDigest;

/* (nullable): by the tag of @hash */
const MsPasswordDigest *ms_password_digest_find (const char *hash);
/* Behind a tag that only says which form of crypt(3) follows, if @hash has one. */
const char *ms_password_scheme_skip_tag (const char *hash);
/* "yescrypt", "sha512-crypt", "ssha", …; "crypt" for what is none of those known. @hash:
 * (nullable). (nullable): without a hash */
const char *ms_password_scheme_find (const char *hash);

G_END_DECLS
