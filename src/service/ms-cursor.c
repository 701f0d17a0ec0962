/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sealing of cursors: AES-256-GCM over a small record, the binding as additional data, written in
 * base64url, which is all unreserved characters (RFC 9865 §2.1).
 *
 * The key is the store's, so that every daemon on it has the same. Each makes one at its start and
 * proposes it where the store has none. Where it cannot be kept there, because the store is read
 * only or its disk is full, it serves this process alone.
 */
#include "ms-cursor.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "ms-error.h"
#include "ms-txn.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)

#define KEY_SETTING "cursor-key"
#define KEY_BYTES 32
#define NONCE_BYTES 12
#define TAG_BYTES 16
/* Longer ones would not go into a request line; they are looked up by the object's row. */
#define MAX_KEY 512
#define MAX_TEXT 12000
#define FORMAT "(bxxxa(ybxs))"

MsCursor *
ms_cursor_new (void)
{
  MsCursor *self = g_new0 (MsCursor, 1);

  self->places = g_array_new (FALSE, TRUE, sizeof (MsCursorPlace));
  return self;
}

void
ms_cursor_free (MsCursor *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->places->len; i++)
    ms_query_place_clear (&g_array_index (self->places, MsCursorPlace, i).place);
  g_array_unref (self->places);
  g_free (self);
}

MsCursorMode
ms_cursor_mode_turn (MsCursorMode mode)
{
  static const MsCursorMode turned[] = {
    [MS_CURSOR_START] = MS_CURSOR_NOTHING,
    [MS_CURSOR_BEYOND] = MS_CURSOR_FROM,
    [MS_CURSOR_FROM] = MS_CURSOR_BEYOND,
    [MS_CURSOR_NOTHING] = MS_CURSOR_START,
  };

  return turned[mode];
}

void
ms_cursor_add_place (MsCursor *self, MsCursorMode mode, const MsQueryPlace *place)
{
  MsCursorPlace added = { .mode = mode };

  if (mode == MS_CURSOR_BEYOND || mode == MS_CURSOR_FROM)
    {
      added.is_long = place->key != NULL && strlen (place->key) > MAX_KEY;
      added.place.row = place->row;
      added.place.key = added.is_long ? NULL : g_strdup (place->key);
    }
  g_array_append_val (self->places, added);
}

/* The key ----------------------------------------------------------------------------------- */

char *
ms_cursor_make_key (void)
{
  guchar bytes[KEY_BYTES];
  g_autoptr (GString) text = g_string_new (NULL);

  if (RAND_bytes (bytes, sizeof bytes) != 1)
    g_error ("the system's random generator failed");
  for (gsize i = 0; i < sizeof bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  explicit_bzero (bytes, sizeof bytes);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
wipe_key (char *hex)
{
  if (hex != NULL)
    explicit_bzero (hex, strlen (hex));
  g_free (hex);
}

static gboolean
read_key (MsTxn *txn, gpointer user_data, GError **error)
{
  char **hex = user_data;
  g_autoptr (GError) failed = NULL;

  g_clear_pointer (hex, wipe_key);
  *hex = ms_txn_get_setting (txn, KEY_SETTING, &failed);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

typedef struct
{
  const char *proposed;
  char       *hex; /* (nullable): the store's */
} KeyWrite;

/* Another daemon may have been quicker. */
static gboolean
propose_key (MsTxn *txn, gpointer user_data, GError **error)
{
  KeyWrite *self = user_data;

  if (!read_key (txn, &self->hex, error))
    return FALSE;
  if (self->hex != NULL)
    return TRUE;
  self->hex = g_strdup (self->proposed);
  return ms_txn_set_setting (txn, KEY_SETTING, self->hex, error);
}

/* Read every time: a store that was put back from a backup may have another. @hex: (transfer full)
 * (nullable): there is none and none can be kept */
static gboolean
load_key (MsService *service, char **hex, GError **error)
{
  MsChangeContext context = { .actor_name = "system", .channel = "system", .verb = "update" };
  KeyWrite        write = { service->cursor_key, NULL };
  g_autoptr (GError) failed = NULL;

  *hex = NULL;
  if (!ms_store_read (service->store, read_key, hex, NULL, error))
    return FALSE;
  if (*hex != NULL || ms_store_is_read_only (service->store))
    return TRUE;
  /* Whatever is in the way, reading goes on without it. */
  if (ms_store_write (service->store, &context, propose_key, &write, NULL, &failed))
    *hex = g_steal_pointer (&write.hex);
  else
    g_debug ("The key of cursors is not kept in the store: %s", failed->message);
  g_clear_pointer (&write.hex, wipe_key);
  return TRUE;
}

void
ms_cursor_keep_key (MsService *service)
{
  char *hex = NULL;

  /* What fails here is tried again by the next list. */
  (void) load_key (service, &hex, NULL);
  g_clear_pointer (&hex, wipe_key);
}

static gboolean
decode_key (const char *hex, guchar *key)
{
  if (strlen (hex) != 2 * KEY_BYTES)
    return FALSE;
  for (gsize i = 0; i < KEY_BYTES; i++)
    {
      int high = g_ascii_xdigit_value (hex[2 * i]);
      int low = g_ascii_xdigit_value (hex[2 * i + 1]);
      if (high < 0 || low < 0)
        return FALSE;
      key[i] = (guchar) (high << 4 | low);
    }
  return TRUE;
}

static gboolean
get_key (MsService *service, guchar *key, GError **error)
{
  char *hex = NULL;

  if (!load_key (service, &hex, error))
    return FALSE;
  gboolean good = decode_key (hex != NULL ? hex : service->cursor_key, key);
  g_clear_pointer (&hex, wipe_key);
  if (!good)
    ms_error_set (error, MS_ERROR_INTERNAL, NULL, NULL, "The store's key for cursors is damaged");
  return good;
}

/* Sealing ----------------------------------------------------------------------------------- */

static GBytes *
pack (const MsCursor *self, gint64 expires)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ybxs)"));
  for (guint i = 0; i < self->places->len; i++)
    {
      const MsCursorPlace *at = &g_array_index (self->places, MsCursorPlace, i);
      g_variant_builder_add (&builder,
                             "(ybxs)",
                             (guchar) at->mode,
                             at->is_long,
                             at->place.row,
                             at->place.key != NULL ? at->place.key : "");
    }
  g_autoptr (GVariant) record = g_variant_ref_sink (
      g_variant_new (FORMAT, self->backwards, self->total, self->count, expires, &builder));
  return g_variant_get_data_as_bytes (record);
}

/* @sealed: room for nonce, text and tag */
static gboolean
encrypt (const guchar *key, const char *binding, GBytes *plain, guchar *sealed)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  gsize         length;
  const guchar *data = g_bytes_get_data (plain, &length);
  int           written = 0, rest = 0;
  guchar       *out = sealed + NONCE_BYTES;

  return context != NULL && RAND_bytes (sealed, NONCE_BYTES) == 1
         && EVP_EncryptInit_ex (context, EVP_aes_256_gcm (), NULL, key, sealed) == 1
         && EVP_EncryptUpdate (
                context, NULL, &rest, (const guchar *) binding, (int) strlen (binding))
                == 1
         && EVP_EncryptUpdate (context, out, &written, data, (int) length) == 1
         && EVP_EncryptFinal_ex (context, out + written, &rest) == 1
         && EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, out + length) == 1;
}

static gboolean
decrypt (const guchar *key, const char *binding, const guchar *sealed, gsize length, guchar *plain)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  gsize         text = length - NONCE_BYTES - TAG_BYTES;
  const guchar *in = sealed + NONCE_BYTES;
  int           written = 0, rest = 0;

  return context != NULL && EVP_DecryptInit_ex (context, EVP_aes_256_gcm (), NULL, key, sealed) == 1
         && EVP_DecryptUpdate (
                context, NULL, &rest, (const guchar *) binding, (int) strlen (binding))
                == 1
         && EVP_DecryptUpdate (context, plain, &written, in, (int) text) == 1
         && EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, (guchar *) in + text)
                == 1
         && EVP_DecryptFinal_ex (context, plain + written, &rest) == 1;
}

static char *
encode (const guchar *data, gsize length)
{
  char *text = g_base64_encode (data, length);

  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

/* (nullable) */
static guchar *
decode (const char *text, gsize *length)
{
  gsize given = strlen (text);

  if (given > MAX_TEXT || strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_") != given)
    return NULL;
  g_autofree char *padded = g_strconcat (text, "===", NULL);
  g_strdelimit (padded, "-", '+');
  g_strdelimit (padded, "_", '/');
  padded[(given + 3) / 4 * 4] = '\0';
  return g_base64_decode (padded, length);
}

char *
ms_cursor_seal (const MsCursor *self, MsService *service, const char *binding, GError **error)
{
  gint64 expires = ms_service_get_time (service) + MS_CURSOR_SECONDS * G_TIME_SPAN_SECOND;
  g_autoptr (GBytes) plain = pack (self, expires);
  gsize              length = g_bytes_get_size (plain) + NONCE_BYTES + TAG_BYTES;
  g_autofree guchar *sealed = g_malloc (length);
  guchar             key[KEY_BYTES];

  if (!get_key (service, key, error))
    return NULL;
  gboolean good = encrypt (key, binding, plain, sealed);
  explicit_bzero (key, sizeof key);
  if (good)
    return encode (sealed, length);
  ms_error_set (error, MS_ERROR_INTERNAL, NULL, NULL, "A cursor could not be made");
  return NULL;
}

static MsCursor *
unpack (const guchar *plain, gsize length, gint64 *expires)
{
  g_autoptr (GBytes) bytes = g_bytes_new (plain, length);
  g_autoptr (GVariant) record = g_variant_ref_sink (
      g_variant_new_from_bytes (G_VARIANT_TYPE (FORMAT), bytes, FALSE));
  g_autoptr (GVariantIter) iter = NULL;
  MsCursor     *self = ms_cursor_new ();
  MsCursorPlace at = { 0 };
  guchar        mode;
  const char   *key;

  g_variant_get (record, FORMAT, &self->backwards, &self->total, &self->count, expires, &iter);
  while (g_variant_iter_next (iter, "(ybx&s)", &mode, &at.is_long, &at.place.row, &key))
    {
      at.mode = MIN (mode, MS_CURSOR_NOTHING);
      at.place.key = *key != '\0' ? g_strdup (key) : NULL;
      g_array_append_val (self->places, at);
    }
  return self;
}

MsCursor *
ms_cursor_open (MsService *service, const char *text, const char *binding, GError **error)
{
  gsize              length = 0;
  gint64             expires = 0;
  g_autofree guchar *sealed = decode (text, &length);
  guchar             key[KEY_BYTES];
  gboolean           good = FALSE;

  if (!get_key (service, key, error))
    return NULL;
  g_autofree guchar *plain = g_malloc (length + 1);
  if (sealed != NULL && length > NONCE_BYTES + TAG_BYTES)
    {
      good = decrypt (key, binding, sealed, length, plain);
      /* Begun before the store had a key. */
      if (!good && decode_key (service->cursor_key, key))
        good = decrypt (key, binding, sealed, length, plain);
    }
  explicit_bzero (key, sizeof key);
  if (!good)
    {
      ms_error_set (
          error,
          MS_ERROR_INVALID,
          "invalidCursor",
          "cursor",
          "This cursor is not one of this list: everything else must be as it was when the"
          " list was begun");
      return NULL;
    }
  g_autoptr (MsCursor) self = unpack (plain, length - NONCE_BYTES - TAG_BYTES, &expires);
  if (ms_service_get_time (service) < expires)
    return g_steal_pointer (&self);
  ms_error_set (error,
                MS_ERROR_INVALID,
                "expiredCursor",
                "cursor",
                "This cursor is too old; begin the list anew");
  return NULL;
}
