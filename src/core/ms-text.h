/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How text is compared, searched and checked.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The form in which values of attributes that are not caseExact are compared: NFKC, case folded, as
 * long as it is. Addresses and domains have their own (ms_attribute_fold()). */
char *ms_text_fold (const char *text);
/* U+10FFFD, which sorts behind whatever is a character. Behind it in the key of a long text, in the
 * place of the rest, stands a digest of so many digits. */
#define MS_TEXT_KEY_CUT "\xf4\x8f\xbf\xbd"
#define MS_TEXT_KEY_DIGITS 64
/* By which a text is found, told from others and sorted: itself where @case_exact is set, or
 * folded; of more than 512 bytes the first 400, at a character, and a digest of the whole. Two
 * texts are equal for the store when their keys are. */
char *ms_text_key (const char *text, gboolean case_exact);
/* The same of a text that is folded already. @whole: (transfer full) */
char *ms_text_shorten_key (char *whole);
/* The same without accents, for search: "Müller" and "muller" agree. Bounded to 4096 bytes. */
char *ms_text_fold_search (const char *text);

/* Whether a text may be stored: valid UTF-8, no control characters (@multiline allows \n and \t),
 * no bidirectional overrides (they can make a name look like another one). On failure says which
 * and where. */
gboolean ms_text_check (const char *text, gboolean multiline, const char *path, GError **error);
/* CR LF as LF, the one line break that is kept. (transfer full) */
char *ms_text_unify_breaks (const char *text);
/* For showing what did not pass such a check: control characters become U+FFFD. */
char *ms_text_printable (const char *text);
/* @text, of valid UTF-8, where it has at most @length bytes, or else its beginning and an ellipsis.
 * (transfer full) */
char *ms_text_cut (const char *text, gsize length);
/* The next part of *@at, which any of @separators parts from others, without blanks around it;
 * empty ones are passed over. *@at moves behind it. (transfer full) (nullable): there is none */
char *ms_text_next_part (const char **at, const char *separators);
/* The same in one line: line breaks and tabs are spaces. */
char *ms_text_printable_line (const char *text);

/* "1.5 GB", "500M", "2048", "unlimited" -> bytes (decimal units are powers of 1000, KiB … of 1024);
 * 0 = no limit. */
gboolean ms_text_parse_size (const char *text, gint64 *bytes, GError **error);

/* A random password of @length characters without look-alikes, from the system's generator. */
char *ms_text_new_password (guint length);

G_END_DECLS
