/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server's certificate and private key: made once by `init`, or given by the operator. Files
 * are PEM; the key is readable by its owner only.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MsCertificate:
 * @certificate_pem: with the chain below it, as it stands in the file
 * @fingerprint: "SHA256:AA:BB:…" over the DER form of the first certificate
 * @not_after: ISO 8601, UTC
 */
typedef struct
{
  char *certificate_pem;
  char *key_pem;
  char *fingerprint;
  char *not_after;
} MsCertificate;

/* A new ECDSA P-256 key with a certificate over it that strict verifiers take, good for
 * @host_names, "localhost", 127.0.0.1 and ::1, for ten years. */
MsCertificate *ms_certificate_new_self_signed (const char *const *host_names,
                                               GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* Fails where a file cannot be read, is no PEM, the two do not belong together, or others may read
 * the key. */
MsCertificate *ms_certificate_load (const char *certificate_file,
                                    const char *key_file,
                                    GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Never over a file that is there. */
gboolean ms_certificate_save (const MsCertificate *self,
                              const char          *certificate_file,
                              const char          *key_file,
                              GError             **error) G_GNUC_WARN_UNUSED_RESULT;
void     ms_certificate_free (MsCertificate *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsCertificate, ms_certificate_free)

G_END_DECLS
