/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Certificates by OpenSSL. A self-signed one is at once its own authority (basicConstraints CA, so
 * that it can be put into a trust store) and a server's (extendedKeyUsage serverAuth); subject and
 * authority key identifiers are there because strict verifiers (Python 3.13's among them) refuse a
 * chain without.
 */
#include "ms-certificate.h"
#include "ms-error.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAYS 3650
#define MAX_FILE (1024 * 1024)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ASN1_INTEGER, ASN1_INTEGER_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_EXTENSION, X509_EXTENSION_free)

void
ms_certificate_free (MsCertificate *self)
{
  if (self == NULL)
    return;
  g_free (self->certificate_pem);
  if (self->key_pem != NULL)
    OPENSSL_cleanse (self->key_pem, strlen (self->key_pem));
  g_free (self->key_pem);
  g_free (self->fingerprint);
  g_free (self->not_after);
  g_free (self);
}

static void
set_openssl_error (GError **error, const char *what)
{
  const char *reason = ERR_reason_error_string (ERR_peek_last_error ());

  ERR_clear_error ();
  ms_error_set (error,
                MS_ERROR_INTERNAL,
                NULL,
                NULL,
                "%s: %s",
                what,
                reason != NULL ? reason : "unknown error");
}

static char *
make_fingerprint (X509 *x509)
{
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int  length = 0;

  if (X509_digest (x509, EVP_sha256 (), digest, &length) != 1)
    return NULL;
  GString *out = g_string_new ("SHA256");
  for (unsigned int i = 0; i < length; i++)
    g_string_append_printf (out, ":%02X", digest[i]);
  return g_string_free (out, FALSE);
}

static char *
make_not_after (X509 *x509)
{
  struct tm tm = { 0 };

  if (ASN1_TIME_to_tm (X509_get0_notAfter (x509), &tm) != 1)
    return NULL;
  return g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02dZ",
                          tm.tm_year + 1900,
                          tm.tm_mon + 1,
                          tm.tm_mday,
                          tm.tm_hour,
                          tm.tm_min,
                          tm.tm_sec);
}

static char *
dup_bio (BIO *bio)
{
  char *data = NULL;
  long  length = BIO_get_mem_data (bio, &data);

  return g_strndup (data, (gsize) length);
}

/* Making -------------------------------------------------------------------------------------- */

static gboolean
add_extension (X509 *x509, int nid, const char *value)
{
  X509V3_CTX context;

  X509V3_set_ctx_nodb (&context);
  X509V3_set_ctx (&context, x509, x509, NULL, NULL, 0);
  g_autoptr (X509_EXTENSION) extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  return extension != NULL && X509_add_ext (x509, extension, -1) == 1;
}

/* Only what cannot be mistaken for more than a name in OpenSSL's "DNS:a,IP:b" notation. */
static gboolean
append_name (GString *names, const char *host, GError **error)
{
  gboolean         is_address = g_hostname_is_ip_address (host);
  g_autofree char *ascii = is_address ? g_strdup (host) : g_hostname_to_ascii (host);
  const char      *allowed
      = is_address ? "0123456789abcdefABCDEF:." : G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-.*_";

  if (ascii == NULL || *ascii == '\0' || strlen (ascii) > 253
      || strspn (ascii, allowed) != strlen (ascii))
    {
      ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, "“%s” is no host name.", host);
      return FALSE;
    }
  g_autofree char *entry = g_strdup_printf ("%s:%s", is_address ? "IP" : "DNS", ascii);
  g_auto (GStrv) there = g_strsplit (names->str, ",", -1);
  if (!g_strv_contains ((const char *const *) there, entry))
    g_string_append_printf (names, "%s%s", names->len > 0 ? "," : "", entry);
  return TRUE;
}

static char *
make_alternative_names (const char *const *host_names, GError **error)
{
  static const char *const always[] = { "localhost", "127.0.0.1", "::1" };
  g_autoptr (GString) names = g_string_new (NULL);

  for (gsize i = 0; host_names != NULL && host_names[i] != NULL; i++)
    if (!append_name (names, host_names[i], error))
      return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (always); i++)
    if (!append_name (names, always[i], error))
      return NULL;
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static gboolean
set_serial (X509 *x509)
{
  unsigned char bytes[16];

  if (RAND_bytes (bytes, sizeof bytes) != 1)
    return FALSE;
  bytes[0] &= 0x7f; /* positive (RFC 5280 §4.1.2.2) */
  g_autoptr (BIGNUM) number = BN_bin2bn (bytes, sizeof bytes, NULL);
  g_autoptr (ASN1_INTEGER) serial = number != NULL ? BN_to_ASN1_INTEGER (number, NULL) : NULL;
  return serial != NULL && X509_set_serialNumber (x509, serial) == 1;
}

static gboolean
fill (X509 *x509, EVP_PKEY *key, const char *common_name, const char *alternative_names)
{
  X509_NAME *name = X509_get_subject_name (x509);

  return X509_set_version (x509, X509_VERSION_3) == 1 && set_serial (x509)
         && X509_gmtime_adj (X509_getm_notBefore (x509), -60 * 60) != NULL
         && X509_time_adj_ex (X509_getm_notAfter (x509), DAYS, 0, NULL) != NULL
         && X509_set_pubkey (x509, key) == 1
         && X509_NAME_add_entry_by_txt (
                name, "O", MBSTRING_UTF8, (const unsigned char *) "Mailstead", -1, -1, 0)
                == 1
         && X509_NAME_add_entry_by_txt (
                name, "CN", MBSTRING_UTF8, (const unsigned char *) common_name, -1, -1, 0)
                == 1
         && X509_set_issuer_name (x509, name) == 1
         && add_extension (x509, NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
         && add_extension (x509, NID_key_usage, "critical,digitalSignature,keyCertSign")
         && add_extension (x509, NID_ext_key_usage, "serverAuth")
         && add_extension (x509, NID_subject_key_identifier, "hash")
         && add_extension (x509, NID_authority_key_identifier, "keyid:always")
         && add_extension (x509, NID_subject_alt_name, alternative_names)
         && X509_sign (x509, key, EVP_sha256 ()) > 0;
}

static MsCertificate *
to_pem (X509 *x509, EVP_PKEY *key, GError **error)
{
  g_autoptr (BIO) certificate_bio = BIO_new (BIO_s_mem ());
  g_autoptr (BIO) key_bio = BIO_new (BIO_s_secmem ());

  if (certificate_bio == NULL || key_bio == NULL || PEM_write_bio_X509 (certificate_bio, x509) != 1
      || PEM_write_bio_PKCS8PrivateKey (key_bio, key, NULL, NULL, 0, NULL, NULL) != 1)
    {
      set_openssl_error (error, "The certificate cannot be written");
      return NULL;
    }
  MsCertificate *self = g_new0 (MsCertificate, 1);
  self->certificate_pem = dup_bio (certificate_bio);
  self->key_pem = dup_bio (key_bio);
  self->fingerprint = make_fingerprint (x509);
  self->not_after = make_not_after (x509);
  return self;
}

MsCertificate *
ms_certificate_new_self_signed (const char *const *host_names, GError **error)
{
  g_autofree char *names = make_alternative_names (host_names, error);
  const char      *common_name
      = host_names != NULL && host_names[0] != NULL ? host_names[0] : "localhost";

  if (names == NULL)
    return NULL;
  g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
  g_autoptr (X509) x509 = X509_new ();
  /* A common name has 64 characters at most; verifiers look at the alternative names only. */
  if (key == NULL || x509 == NULL
      || !fill (x509, key, strlen (common_name) <= 64 ? common_name : "mailsteadd", names))
    {
      set_openssl_error (error, "The certificate cannot be made");
      return NULL;
    }
  return to_pem (x509, key, error);
}

/* Files --------------------------------------------------------------------------------------- */

static char *
read_file (const char *file, gboolean private_file, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) local_error = NULL;
  struct stat info;

  if (stat (file, &info) == 0 && info.st_size > MAX_FILE)
    {
      ms_error_set (
          error, MS_ERROR_INVALID, NULL, NULL, "%s is too large for a certificate or key.", file);
      return NULL;
    }
  if (!g_file_get_contents (file, &text, NULL, &local_error))
    {
      if (g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        ms_error_set (error,
                      MS_ERROR_UNAVAILABLE,
                      NULL,
                      NULL,
                      "There is no file %s. Put it back, set [tls] in mailsteadd.conf, or make a "
                      "certificate and key in another folder with “mailsteadd init” and copy them.",
                      file);
      else
        ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "%s", local_error->message);
      return NULL;
    }
  if (private_file && stat (file, &info) == 0 && (info.st_mode & 0007) != 0)
    {
      ms_error_set (error,
                    MS_ERROR_DENIED,
                    NULL,
                    NULL,
                    "%s holds a private key that everybody on this machine may read; chmod 600 it.",
                    file);
      return NULL;
    }
  return g_steal_pointer (&text);
}

MsCertificate *
ms_certificate_load (const char *certificate_file, const char *key_file, GError **error)
{
  g_autoptr (MsCertificate) self = g_new0 (MsCertificate, 1);

  self->certificate_pem = read_file (certificate_file, FALSE, error);
  if (self->certificate_pem == NULL)
    return NULL;
  self->key_pem = read_file (key_file, TRUE, error);
  if (self->key_pem == NULL)
    return NULL;
  g_autoptr (BIO) certificate_bio = BIO_new_mem_buf (self->certificate_pem, -1);
  g_autoptr (X509) x509 = PEM_read_bio_X509 (certificate_bio, NULL, NULL, NULL);
  g_autoptr (BIO) key_bio = BIO_new_mem_buf (self->key_pem, -1);
  /* The empty passphrase: never ask on a terminal. */
  g_autoptr (EVP_PKEY) key = PEM_read_bio_PrivateKey (key_bio, NULL, NULL, (void *) "");
  ERR_clear_error ();
  if (x509 == NULL || key == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    "%s holds no %s in PEM form%s.",
                    x509 == NULL ? certificate_file : key_file,
                    x509 == NULL ? "certificate" : "private key",
                    x509 == NULL ? "" : " without a passphrase");
      return NULL;
    }
  if (X509_check_private_key (x509, key) != 1)
    {
      ERR_clear_error ();
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    "The key in %s does not belong to the certificate in %s.",
                    key_file,
                    certificate_file);
      return NULL;
    }
  self->fingerprint = make_fingerprint (x509);
  self->not_after = make_not_after (x509);
  return g_steal_pointer (&self);
}

static gboolean
write_new (const char *file, const char *text, mode_t mode, GError **error)
{
  int   fd = open (file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  gsize length = strlen (text);

  gboolean written = fd >= 0 && write (fd, text, length) == (gssize) length && fsync (fd) == 0;
  int      saved = errno;
  if (fd >= 0)
    (void) close (fd);
  if (!written)
    ms_error_set (error,
                  MS_ERROR_UNAVAILABLE,
                  NULL,
                  NULL,
                  "%s cannot be written: %s",
                  file,
                  g_strerror (saved));
  return written;
}

gboolean
ms_certificate_save (const MsCertificate *self,
                     const char          *certificate_file,
                     const char          *key_file,
                     GError             **error)
{
  return write_new (key_file, self->key_pem, 0600, error)
         && write_new (certificate_file, self->certificate_pem, 0644, error);
}
