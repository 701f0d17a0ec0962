/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mail addresses as the store knows them: dot-atom local part (RFC 5321 §4.1.2, RFC 6531 for other
 * scripts), domain in lower case, international domains as they are written, never with a length
 * beyond RFC 5321 §4.5.3.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean ms_address_check_local (const char *local, const char *path, GError **error);
gboolean ms_address_check_domain (const char *domain, const char *path, GError **error);
/* "john" -> "john@primary" where @primary_domain is given; folds the domain, keeps the local part's
 * case. (transfer full) */
char *ms_address_normalize (const char *address,
                            const char *primary_domain,
                            const char *path,
                            GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* How addresses are compared as they are spelled: what is before the @ folded as any text, and the
 * domain as domains are, which is taken for one where there is no @. */
char *ms_address_key (const char *address);
/* The same with A-labels: of one address one key, however its domain is spelled. */
char *ms_address_ascii_key (const char *address);
/* "José Müller" -> "jose.mueller": a local part proposed from a person's name, by a pattern of
 * {given} {family} {g} {f} (first letters) {login}; "" where nothing usable remains. */
char *ms_address_propose (const char *pattern,
                          const char *given_name,
                          const char *family_name,
                          const char *login);

G_END_DECLS
