/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fields into a SHA-256, each so marked that none can run into the next: the base of the chain of
 * change sets and of the digest of a whole store.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @text: (nullable): %NULL differs from "" */
void ms_digest_add_text (GChecksum *self, const char *text);
void ms_digest_add_number (GChecksum *self, gint64 number);

G_END_DECLS
