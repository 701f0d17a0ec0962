/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The two spellings of an internationalised domain (RFC 5890): the letters themselves, and A-labels
 * (“xn--…”), by which they stand in the DNS.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In small letters, NFC: as names of domains are kept. ẞ is ß, and Σ is σ wherever it stands.
 * (transfer full) */
char *ms_idn_lower (const char *domain);
/* The form in which domains are compared as they are spelled: as ms_text_fold(), but ß is not ss,
 * nor ς σ, for those are two domains. (transfer full) */
char *ms_idn_fold (const char *domain);
/* Whether @domain may have another spelling at all. */
gboolean ms_idn_has_spellings (const char *domain);
/* In small letters, with what each A-label stands for in its place; a label that begins like one
 * and is none stays. Two names of one domain, and no others, are the same in this form. (transfer
 * full)
 */
char *ms_idn_to_unicode (const char *domain);
/* In small letters, with A-labels. (transfer full) */
char *ms_idn_to_ascii (const char *domain);

G_END_DECLS
