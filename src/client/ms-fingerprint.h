/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fingerprints of certificates: SHA-256 over the DER form, written "SHA256:AA:BB:…" as mailsteadd
 * prints it.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* (transfer full) */
char *ms_fingerprint_of_certificate (GTlsCertificate *certificate);
/* "SHA256:AA:BB:…" from any way people write it: with or without prefix and colons, any case; %NULL
 * (no error) where it is none. */
char *ms_fingerprint_normalize (const char *text);
/* Takes the same time whatever differs. Both in any way that can be normalised; what cannot never
 * equals. */
gboolean ms_fingerprint_equal (const char *a, const char *b);

G_END_DECLS
