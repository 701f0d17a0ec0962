/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A sealed file is: mark, number of servers (one byte), the public half of a key pair made for this
 * file alone, for each server its public key and the file's key wrapped for it, then nonce, text
 * and tag.
 *
 * X25519 (RFC 7748) between that pair and a server's key gives, by HKDF-SHA256 (RFC 5869) over both
 * public keys, the key that wraps; it is used once, so that its nonce may be zero. Everything is
 * AES-256-GCM.
 */
#include "ms-import-seal.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <string.h>

#include "ms-error.h"

#define KEY_BYTES MS_IMPORT_KEY_LENGTH
#define NONCE_BYTES 12
#define TAG_BYTES 16
#define WRAPPED_BYTES (KEY_BYTES + TAG_BYTES)
#define ENTRY_BYTES (KEY_BYTES + WRAPPED_BYTES)
#define HEAD_BYTES (MS_IMPORT_SEAL_MARK_BYTES + 1 + KEY_BYTES)
/* Of folders that are gone for ever some stay; the newest servers are the ones that live. */
#define MAX_SERVERS 32

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)

struct _MsImportSeal
{
  EVP_PKEY *key;
  guchar    public_key[KEY_BYTES];
  GMutex    lock;
  GArray   *servers; /* of KEY_BYTES each, the own one among them */
};

static gboolean
fail (GError **error)
{
  ms_error_set (error, MS_ERROR_INTERNAL, NULL, NULL, "The file cannot be encrypted");
  return FALSE;
}

/* Keys -------------------------------------------------------------------------------------- */

static gboolean
get_public (EVP_PKEY *key, guchar *public_key)
{
  gsize length = KEY_BYTES;

  return EVP_PKEY_get_raw_public_key (key, public_key, &length) == 1 && length == KEY_BYTES;
}

static EVP_PKEY *
make_key (void)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_id (EVP_PKEY_X25519, NULL);
  EVP_PKEY *key = NULL;

  if (context == NULL || EVP_PKEY_keygen_init (context) != 1
      || EVP_PKEY_keygen (context, &key) != 1)
    return NULL;
  return key;
}

MsImportSeal *
ms_import_seal_new (const guchar *key, GError **error)
{
  g_autoptr (MsImportSeal) self = g_new0 (MsImportSeal, 1);

  g_mutex_init (&self->lock);
  self->servers = g_array_new (FALSE, FALSE, KEY_BYTES);
  self->key = key != NULL ? EVP_PKEY_new_raw_private_key (EVP_PKEY_X25519, NULL, key, KEY_BYTES)
                          : make_key ();
  if (self->key == NULL || !get_public (self->key, self->public_key))
    {
      (void) fail (error);
      return NULL;
    }
  ms_import_seal_set_servers (self, NULL);
  return g_steal_pointer (&self);
}

void
ms_import_seal_free (MsImportSeal *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->key, EVP_PKEY_free);
  g_clear_pointer (&self->servers, g_array_unref);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean
parse_server (const char *word, guchar *public_key)
{
  if (strlen (word) != 2 * KEY_BYTES)
    return FALSE;
  for (gsize i = 0; i < KEY_BYTES; i++)
    {
      int high = g_ascii_xdigit_value (word[2 * i]);
      int low = g_ascii_xdigit_value (word[2 * i + 1]);
      if (high < 0 || low < 0)
        return FALSE;
      public_key[i] = (guchar) (high << 4 | low);
    }
  return TRUE;
}

/* (transfer full) */
static GArray *
parse_servers (MsImportSeal *self, const char *text, gboolean *has_own)
{
  GArray *servers = g_array_new (FALSE, FALSE, KEY_BYTES);
  g_auto (GStrv) words = g_strsplit (text != NULL ? text : "", " ", -1);

  *has_own = FALSE;
  for (guint i = 0; words[i] != NULL; i++)
    {
      guchar server[KEY_BYTES];
      if (!parse_server (words[i], server))
        continue;
      *has_own = *has_own || memcmp (server, self->public_key, KEY_BYTES) == 0;
      g_array_append_vals (servers, server, 1);
    }
  if (!*has_own)
    g_array_append_vals (servers, self->public_key, 1);
  if (servers->len > MAX_SERVERS)
    g_array_remove_range (servers, 0, servers->len - MAX_SERVERS);
  return servers;
}

static const guchar *
get_server (GArray *servers, guint index)
{
  return (const guchar *) servers->data + (gsize) index * KEY_BYTES;
}

void
ms_import_seal_set_servers (MsImportSeal *self, const char *text)
{
  gboolean has_own;
  GArray  *servers = parse_servers (self, text, &has_own);

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->servers, g_array_unref);
  self->servers = servers;
  g_mutex_unlock (&self->lock);
}

char *
ms_import_seal_add_to (MsImportSeal *self, const char *text)
{
  gboolean has_own;
  g_autoptr (GArray) servers = parse_servers (self, text, &has_own);
  GString *out;

  if (has_own)
    return NULL;
  out = g_string_new (NULL);
  for (guint i = 0; i < servers->len; i++)
    {
      if (i > 0)
        g_string_append_c (out, ' ');
      for (guint b = 0; b < KEY_BYTES; b++)
        g_string_append_printf (out, "%02x", get_server (servers, i)[b]);
    }
  return g_string_free (out, FALSE);
}

/* What one of the two ends and the other end's public key come to. @ephemeral: the file's pair */
static gboolean
derive (EVP_PKEY     *own,
        const guchar *other,
        const guchar *ephemeral,
        const guchar *server,
        guchar       *wrapping)
{
  static const char info[] = "mailstead import file";
  g_autoptr (EVP_PKEY) peer = EVP_PKEY_new_raw_public_key (EVP_PKEY_X25519, NULL, other, KEY_BYTES);
  g_autoptr (EVP_PKEY_CTX) exchange = EVP_PKEY_CTX_new (own, NULL);
  g_autoptr (EVP_PKEY_CTX) kdf = EVP_PKEY_CTX_new_id (EVP_PKEY_HKDF, NULL);
  guchar shared[KEY_BYTES], salt[2 * KEY_BYTES];
  gsize  shared_length = KEY_BYTES, length = KEY_BYTES;

  memcpy (salt, ephemeral, KEY_BYTES);
  memcpy (salt + KEY_BYTES, server, KEY_BYTES);
  gboolean good
      = peer != NULL && exchange != NULL && kdf != NULL && EVP_PKEY_derive_init (exchange) == 1
        && EVP_PKEY_derive_set_peer (exchange, peer) == 1
        && EVP_PKEY_derive (exchange, shared, &shared_length) == 1
        && EVP_PKEY_derive_init (kdf) == 1 && EVP_PKEY_CTX_set_hkdf_md (kdf, EVP_sha256 ()) == 1
        && EVP_PKEY_CTX_set1_hkdf_salt (kdf, salt, sizeof salt) == 1
        && EVP_PKEY_CTX_set1_hkdf_key (kdf, shared, (int) shared_length) == 1
        && EVP_PKEY_CTX_add1_hkdf_info (kdf, (const guchar *) info, (int) strlen (info)) == 1
        && EVP_PKEY_derive (kdf, wrapping, &length) == 1;
  explicit_bzero (shared, sizeof shared);
  return good;
}

/* Texts ------------------------------------------------------------------------------------- */

/* @out: @length and TAG_BYTES more */
static gboolean
encrypt (const guchar *key,
         const guchar *nonce,
         const char   *binding,
         const guchar *plain,
         gsize         length,
         guchar       *out)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  int written = 0, rest = 0;

  return context != NULL && EVP_EncryptInit_ex (context, EVP_aes_256_gcm (), NULL, key, nonce) == 1
         && EVP_EncryptUpdate (
                context, NULL, &rest, (const guchar *) binding, (int) strlen (binding))
                == 1
         && EVP_EncryptUpdate (context, out, &written, plain, (int) length) == 1
         && EVP_EncryptFinal_ex (context, out + written, &rest) == 1
         && EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, out + length) == 1;
}

/* @length: of the text without its tag */
static gboolean
decrypt (const guchar *key,
         const guchar *nonce,
         const char   *binding,
         const guchar *sealed,
         gsize         length,
         guchar       *plain)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  int written = 0, rest = 0;

  return context != NULL && EVP_DecryptInit_ex (context, EVP_aes_256_gcm (), NULL, key, nonce) == 1
         && EVP_DecryptUpdate (
                context, NULL, &rest, (const guchar *) binding, (int) strlen (binding))
                == 1
         && EVP_DecryptUpdate (context, plain, &written, sealed, (int) length) == 1
         && EVP_CIPHER_CTX_ctrl (
                context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, (guchar *) sealed + length)
                == 1
         && EVP_DecryptFinal_ex (context, plain + written, &rest) == 1;
}

static const guchar zero_nonce[NONCE_BYTES];

/* Head and entries. @out: zeroed, large enough */
static gboolean
write_head (GArray *servers, const guchar *file_key, guchar *out)
{
  g_autoptr (EVP_PKEY) pair = make_key ();
  guchar  *ephemeral = out + MS_IMPORT_SEAL_MARK_BYTES + 1;
  guchar   wrapping[KEY_BYTES];
  gboolean good = pair != NULL && get_public (pair, ephemeral);

  memcpy (out, MS_IMPORT_SEAL_MARK, MS_IMPORT_SEAL_MARK_BYTES);
  out[MS_IMPORT_SEAL_MARK_BYTES] = (guchar) servers->len;
  for (guint i = 0; good && i < servers->len; i++)
    {
      const guchar *server = get_server (servers, i);
      guchar       *entry = out + HEAD_BYTES + (gsize) i * ENTRY_BYTES;
      memcpy (entry, server, KEY_BYTES);
      /* A key that is none gets an entry that nobody can open. */
      if (derive (pair, server, ephemeral, server, wrapping))
        good = encrypt (wrapping, zero_nonce, "", file_key, KEY_BYTES, entry + KEY_BYTES);
      else
        good = RAND_bytes (entry + KEY_BYTES, WRAPPED_BYTES) == 1;
    }
  explicit_bzero (wrapping, sizeof wrapping);
  return good;
}

static GArray *
copy_servers (MsImportSeal *self)
{
  g_mutex_lock (&self->lock);
  GArray *servers = g_array_copy (self->servers);
  g_mutex_unlock (&self->lock);
  return servers;
}

GBytes *
ms_import_seal_close (MsImportSeal *self, const char *binding, GBytes *plain, GError **error)
{
  gsize         length;
  const guchar *text = g_bytes_get_data (plain, &length);
  g_autoptr (GArray) servers = copy_servers (self);
  gsize              head = HEAD_BYTES + servers->len * ENTRY_BYTES;
  gsize              total = head + NONCE_BYTES + length + TAG_BYTES;
  g_autofree guchar *out = g_malloc0 (total);
  guchar             file_key[KEY_BYTES];

  gboolean good
      = RAND_bytes (file_key, sizeof file_key) == 1 && RAND_bytes (out + head, NONCE_BYTES) == 1
        && write_head (servers, file_key, out)
        && encrypt (file_key, out + head, binding, text, length, out + head + NONCE_BYTES);
  explicit_bzero (file_key, sizeof file_key);
  if (good)
    return g_bytes_new_take (g_steal_pointer (&out), total);
  (void) fail (error);
  return NULL;
}

gboolean
ms_import_seal_is_sealed (GBytes *data)
{
  gsize         length;
  const guchar *bytes = g_bytes_get_data (data, &length);

  return length >= MS_IMPORT_SEAL_MARK_BYTES
         && memcmp (bytes, MS_IMPORT_SEAL_MARK, MS_IMPORT_SEAL_MARK_BYTES) == 0;
}

/* @head: (out): bytes before the nonce. (nullable): it has none for us */
static const guchar *
find_entry (MsImportSeal *self, GBytes *sealed, gsize *head)
{
  gsize         length;
  const guchar *bytes = g_bytes_get_data (sealed, &length);

  if (!ms_import_seal_is_sealed (sealed) || length < HEAD_BYTES)
    return NULL;
  guint n = bytes[MS_IMPORT_SEAL_MARK_BYTES];
  *head = HEAD_BYTES + n * ENTRY_BYTES;
  if (length < *head + NONCE_BYTES + TAG_BYTES)
    return NULL;
  for (guint i = 0; i < n; i++)
    {
      const guchar *entry = bytes + HEAD_BYTES + (gsize) i * ENTRY_BYTES;
      if (memcmp (entry, self->public_key, KEY_BYTES) == 0)
        return entry;
    }
  return NULL;
}

gboolean
ms_import_seal_is_ours (MsImportSeal *self, GBytes *sealed)
{
  gsize head;

  return find_entry (self, sealed, &head) != NULL;
}

GBytes *
ms_import_seal_open (MsImportSeal *self, const char *binding, GBytes *sealed, GError **error)
{
  gsize         length, head;
  const guchar *bytes = g_bytes_get_data (sealed, &length);
  const guchar *entry = find_entry (self, sealed, &head);
  guchar        wrapping[KEY_BYTES], file_key[KEY_BYTES];

  if (entry == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    NULL,
                    "The file of this import was encrypted for another server's import.key; let "
                    "that server go on, or upload it again");
      return NULL;
    }
  const guchar      *ephemeral = bytes + MS_IMPORT_SEAL_MARK_BYTES + 1;
  gsize              text = length - head - NONCE_BYTES - TAG_BYTES;
  g_autofree guchar *plain = g_malloc (text + 1);
  gboolean           good
      = derive (self->key, ephemeral, ephemeral, self->public_key, wrapping)
        && decrypt (wrapping, zero_nonce, "", entry + KEY_BYTES, KEY_BYTES, file_key)
        && decrypt (file_key, bytes + head, binding, bytes + head + NONCE_BYTES, text, plain);
  explicit_bzero (wrapping, sizeof wrapping);
  explicit_bzero (file_key, sizeof file_key);
  if (good)
    return g_bytes_new_take (g_steal_pointer (&plain), text);
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                NULL,
                "The file of this import is damaged in the store; upload it again");
  return NULL;
}
