/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The certificate of the libmicrohttpd backend, asked for by GnuTLS at each handshake, so that a
 * new one holds for the next connection without touching those that are there.
 */
#include "ms-http-mhd-private.h"
#include "ms-error.h"

void
ms_http_credentials_free (MsHttpCredentials *self)
{
  if (self == NULL)
    return;
  for (unsigned int i = 0; i < self->chain_length; i++)
    gnutls_pcert_deinit (&self->chain[i]);
  g_free (self->chain);
  if (self->key != NULL)
    gnutls_privkey_deinit (self->key);
  g_free (self);
}

static int
import_chain (MsHttpCredentials *self, const char *pem)
{
  gnutls_datum_t     datum = { (unsigned char *) pem, (unsigned int) strlen (pem) };
  gnutls_x509_crt_t *crts = NULL;
  unsigned int       length = 0;

  int result = gnutls_x509_crt_list_import2 (&crts, &length, &datum, GNUTLS_X509_FMT_PEM, 0);
  if (result < 0)
    return result;
  self->chain = g_new0 (gnutls_pcert_st, length);
  self->chain_length = length;
  result = gnutls_pcert_import_x509_list (self->chain, crts, &self->chain_length, 0);
  if (result < 0)
    self->chain_length = 0;
  for (unsigned int i = 0; i < length; i++)
    gnutls_x509_crt_deinit (crts[i]);
  gnutls_free (crts);
  return result;
}

static int
import_key (MsHttpCredentials *self, const char *pem)
{
  gnutls_datum_t datum = { (unsigned char *) pem, (unsigned int) strlen (pem) };

  int result = gnutls_privkey_init (&self->key);
  if (result < 0)
    return result;
  return gnutls_privkey_import_x509_raw (self->key, &datum, GNUTLS_X509_FMT_PEM, NULL, 0);
}

MsHttpCredentials *
ms_http_credentials_new (const char *certificate_pem, const char *key_pem, GError **error)
{
  MsHttpCredentials *self = g_new0 (MsHttpCredentials, 1);

  int result = import_chain (self, certificate_pem);
  if (result >= 0)
    result = import_key (self, key_pem);
  if (result >= 0)
    return self;
  ms_error_set (error,
                MS_ERROR_INVALID,
                NULL,
                NULL,
                "The certificate or its key cannot be used: %s",
                gnutls_strerror (result));
  ms_http_credentials_free (self);
  return NULL;
}

gboolean
ms_http_check_certificate (const char *certificate_pem, const char *key_pem, GError **error)
{
  MsHttpCredentials *credentials = ms_http_credentials_new (certificate_pem, key_pem, error);

  if (credentials == NULL)
    return FALSE;
  ms_http_credentials_free (credentials);
  return TRUE;
}

int
ms_http_mhd_retrieve_certificate (gnutls_session_t                  session,
                                  const struct gnutls_cert_retr_st *info,
                                  gnutls_pcert_st                 **certificates,
                                  unsigned int                     *certificates_length,
                                  gnutls_ocsp_data_st             **ocsp,
                                  unsigned int                     *ocsp_length,
                                  gnutls_privkey_t                 *key,
                                  unsigned int                     *flags)
{
  struct MHD_Connection          *mhd = gnutls_session_get_ptr (session);
  const union MHD_ConnectionInfo *context
      = mhd != NULL ? MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT) : NULL;

  if (context == NULL || context->socket_context == NULL)
    return -1;
  MsHttpConnection  *connection = context->socket_context;
  MsHttpCredentials *credentials = atomic_load (&connection->server->current);
  *certificates = credentials->chain;
  *certificates_length = credentials->chain_length;
  *key = credentials->key;
  *ocsp = NULL;
  *ocsp_length = 0;
  *flags = 0;
  return 0;
}
