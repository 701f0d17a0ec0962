/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Self-signed certificates for tests: a new key each time, so that two never have the same
 * fingerprint.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "ms-fake-server.h"

static void
add_extension (X509 *x509, int nid, const char *value)
{
  X509V3_CTX context;

  X509V3_set_ctx_nodb (&context);
  X509V3_set_ctx (&context, x509, x509, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  g_assert_nonnull (extension);
  g_assert_true (X509_add_ext (x509, extension, -1));
  X509_EXTENSION_free (extension);
}

GTlsCertificate *
fake_certificate_new (void)
{
  g_autoptr (GError) error = NULL;
  EVP_PKEY  *key = EVP_EC_gen ("P-256");
  X509      *x509 = X509_new ();
  X509_NAME *name = X509_get_subject_name (x509);
  BIO       *bio = BIO_new (BIO_s_mem ());
  char      *pem = NULL;

  X509_set_version (x509, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), (long) g_random_int_range (1, G_MAXINT));
  X509_gmtime_adj (X509_getm_notBefore (x509), -60);
  X509_gmtime_adj (X509_getm_notAfter (x509), 86400);
  X509_NAME_add_entry_by_txt (
      name, "CN", MBSTRING_UTF8, (const unsigned char *) "fake server", -1, -1, 0);
  X509_set_issuer_name (x509, name);
  X509_set_pubkey (x509, key);
  add_extension (x509, NID_basic_constraints, "critical,CA:TRUE");
  add_extension (x509, NID_subject_alt_name, "IP:127.0.0.1");
  g_assert_true (X509_sign (x509, key, EVP_sha256 ()) > 0);

  PEM_write_bio_PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL);
  PEM_write_bio_X509 (bio, x509);
  long             length = BIO_get_mem_data (bio, &pem);
  GTlsCertificate *certificate = g_tls_certificate_new_from_pem (pem, length, &error);
  g_assert_no_error (error);

  BIO_free (bio);
  X509_free (x509);
  EVP_PKEY_free (key);
  return certificate;
}
