/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every hash is a prefix, options, a salt and a digest, read from left to right. What is accepted
 * here is what crypt_rn() gives back with the same options and the same salt, so that comparing the
 * two at a log-on can come out equal. Costs are bounded: "$6$rounds=999999999$" would hold a thread
 * for minutes at every log-on.
 */
#include "ms-crypt-form.h"

#include <string.h>

#include "ms-error.h"
#include "ms-schema.h"

#define DIGITS "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define MIN_SHA_ROUNDS 1000
#define MAX_SHA_ROUNDS 1000000
#define MIN_BCRYPT_COST 4
#define MAX_BCRYPT_COST 14
/* Blocks of 128 bytes that are gone through: 256 MiB once, what cost 9 of crypt_gensalt() takes. */
#define MAX_BLOCKS (G_GUINT64_CONSTANT (1) << 21)

/**
 * MsCryptForm: one form
 * @salt_max: characters of the salt; exactly these, where @is_joined
 * @digest: characters of the digest
 * @is_joined: the digest follows the salt without a "$"
 * @read_options: (nullable): moves @at past the options
 * @is_salt: (nullable): without it any characters but "$" are a salt
 */
struct _MsCryptForm
{
  const char *prefix;
  const char *name;
  guint       salt_max;
  guint       digest;
  gboolean    is_joined;
  gboolean (*read_options) (const MsCryptForm *self, const char **at, GError **error);
  gboolean (*is_salt) (const char *salt, gsize length);
};

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list list;

  va_start (list, format);
  g_autofree char *why = g_strdup_vprintf (format, list);
  va_end (list);
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", MS_URN_EXT_USER ":passwordHash", "%s", why);
  return FALSE;
}

/* Of crypt(3)'s base64; 64 where it is no digit. */
static guint
get_digit (char c)
{
  const char *at = c != '\0' ? strchr (DIGITS, c) : NULL;
  return at != NULL ? (guint) (at - DIGITS) : 64;
}

static gboolean
are_digits (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (get_digit (text[i]) == 64)
      return FALSE;
  return TRUE;
}

/* Options ------------------------------------------------------------------------------------- */

/* "rounds=5000$", or nothing. libxcrypt takes no zeroes in front. */
static gboolean
read_rounds (const MsCryptForm *self, const char **at, GError **error)
{
  char *end;

  if (!g_str_has_prefix (*at, "rounds="))
    return TRUE;
  const char *number = *at + strlen ("rounds=");
  guint64     rounds = g_ascii_strtoull (number, &end, 10);
  if (*number < '1' || *number > '9' || *end != '$' || rounds < MIN_SHA_ROUNDS)
    return refuse (error,
                   "The rounds of this %s hash are not a number from %d to %d",
                   self->name,
                   MIN_SHA_ROUNDS,
                   MAX_SHA_ROUNDS);
  if (rounds > MAX_SHA_ROUNDS)
    return refuse (
        error, "This %s hash has more rounds than the %d allowed here", self->name, MAX_SHA_ROUNDS);
  *at = end + 1;
  return TRUE;
}

/* "10$" */
static gboolean
read_bcrypt_cost (const MsCryptForm *self, const char **at, GError **error)
{
  const char *text = *at;

  if (!g_ascii_isdigit (text[0]) || !g_ascii_isdigit (text[1]) || text[2] != '$')
    return refuse (error, "The cost of this %s hash is not a number of two digits", self->name);
  int cost = g_ascii_digit_value (text[0]) * 10 + g_ascii_digit_value (text[1]);
  if (cost < MIN_BCRYPT_COST || cost > MAX_BCRYPT_COST)
    return refuse (error,
                   "The cost of this %s hash is not from %02d to %d, as it has to be here",
                   self->name,
                   MIN_BCRYPT_COST,
                   MAX_BCRYPT_COST);
  *at = text + 3;
  return TRUE;
}

static gboolean
refuse_parameters (const MsCryptForm *self, GError **error)
{
  return refuse (error,
                 "The parameters of this %s hash are not such as the system's crypt library makes",
                 self->name);
}

/* @repeat: how often all is gone through */
static gboolean
check_blocks (
    const MsCryptForm *self, guint log2_n, guint64 r, guint64 p, guint64 repeat, GError **error)
{
  guint64 blocks = MAX_BLOCKS;

  /* Divided, since the product may be larger than any number. */
  if (log2_n < 64)
    blocks >>= log2_n;
  if (log2_n >= 64 || r > blocks || p > blocks / r || repeat > blocks / r / p)
    return refuse (error,
                   "The parameters of this %s hash need more time or memory than is allowed here",
                   self->name);
  return TRUE;
}

/* Five digits, the lowest first. */
static gboolean
read_fixed (const char *text, guint64 *value)
{
  *value = 0;
  for (guint i = 0; i < 5; i++)
    {
      if (get_digit (text[i]) == 64)
        return FALSE;
      *value |= (guint64) get_digit (text[i]) << (6 * i);
    }
  return TRUE;
}

/* A digit for log2 (N), five for r, five for p; the salt follows at once. */
static gboolean
read_scrypt (const MsCryptForm *self, const char **at, GError **error)
{
  guint64 r;
  guint64 p;
  guint   log2_n = get_digit (**at);

  if (log2_n == 64 || !read_fixed (*at + 1, &r) || !read_fixed (*at + 6, &p) || log2_n < 2 || r < 1
      || p < 1)
    return refuse_parameters (self, error);
  *at += 11;
  return check_blocks (self, log2_n, r, p, 1, error);
}

/* yescrypt's numbers of any size, counted from @least on: the first digit says how many follow. */
static gboolean
read_number (const char **at, guint64 least, guint64 *value)
{
  guint start = 0;
  guint end = 47;
  guint more = 0;
  guint digit = get_digit (*(*at)++);

  if (digit == 64)
    return FALSE;
  *value = least;
  for (; digit > end; more++)
    {
      *value += (guint64) (end + 1 - start) << (6 * more);
      start = end + 1;
      end = start + (62 - end) / 2;
    }
  *value += (guint64) (digit - start) << (6 * more);
  while (more-- > 0)
    {
      digit = get_digit (*(*at)++);
      if (digit == 64)
        return FALSE;
      *value += (guint64) digit << (6 * more);
    }
  return TRUE;
}

/* What may come behind N and r: which of p and t there are, and these. Upgrades of a hash and a
 * table in ROM, which the format has room for, are in no library. */
static gboolean
read_more (const char **at, guint64 *p, guint64 *t)
{
  guint64 have;

  *p = 1;
  *t = 0;
  if (**at == '$')
    return TRUE;
  return read_number (at, 1, &have) && have <= 3 && ((have & 1) == 0 || read_number (at, 2, p))
         && ((have & 2) == 0 || read_number (at, 1, t));
}

/* A flavour, log2 (N), r, perhaps more, and "$". Flavours: scrypt's own, one that only writes once,
 * and the usual one. */
static gboolean
read_yescrypt (const MsCryptForm *self, const char **at, GError **error)
{
  enum
  {
    CLASSIC = 0,
    WRITE_ONCE = 1,
    USUAL = 47,
  };
  guint64 flavour;
  guint64 log2_n;
  guint64 r;
  guint64 p;
  guint64 t;

  if (!read_number (at, 0, &flavour) || !read_number (at, 1, &log2_n) || !read_number (at, 1, &r)
      || !read_more (at, &p, &t) || *(*at)++ != '$' || log2_n < 2
      || (flavour != CLASSIC && flavour != WRITE_ONCE && flavour != USUAL)
      || (flavour == CLASSIC && t > 0))
    return refuse_parameters (self, error);
  if (!check_blocks (self, (guint) MIN (log2_n, 64), r, p, t + 1, error))
    return FALSE;
  return flavour != USUAL || (G_GUINT64_CONSTANT (1) << log2_n) / p > 3
         || refuse_parameters (self, error);
}

/* Salts --------------------------------------------------------------------------------------- */

/* Sixteen bytes in 22 digits: the last has two bits of them. libxcrypt gives the others as zero. */
static gboolean
is_bcrypt_salt (const char *salt, gsize length)
{
  return are_digits (salt, length) && strchr (".Oeu", salt[length - 1]) != NULL;
}

/* Whole bytes, three in four digits, the lowest bits first; what is left over is zero. */
static gboolean
is_yescrypt_salt (const char *salt, gsize length)
{
  gsize rest = length % 4;

  return are_digits (salt, length) && rest != 1 && (rest != 2 || get_digit (salt[length - 1]) < 4)
         && (rest != 3 || get_digit (salt[length - 1]) < 16);
}

/* All ----------------------------------------------------------------------------------------- */

static const MsCryptForm forms[] = {
  { "$y$", "yescrypt", 86, 43, FALSE, read_yescrypt, is_yescrypt_salt },
  { "$gy$", "gost-yescrypt", 86, 43, FALSE, read_yescrypt, is_yescrypt_salt },
  { "$7$", "scrypt", 86, 43, FALSE, read_scrypt, are_digits },
  { "$2a$", "bcrypt", 22, 31, TRUE, read_bcrypt_cost, is_bcrypt_salt },
  { "$2b$", "bcrypt", 22, 31, TRUE, read_bcrypt_cost, is_bcrypt_salt },
  { "$2y$", "bcrypt", 22, 31, TRUE, read_bcrypt_cost, is_bcrypt_salt },
  { "$6$", "sha512-crypt", 16, 86, FALSE, read_rounds, NULL },
  { "$5$", "sha256-crypt", 16, 43, FALSE, read_rounds, NULL },
  { "$1$", "md5-crypt", 8, 22, FALSE, NULL, NULL },
};

const MsCryptForm *
ms_crypt_form_find (const char *hash)
{
  g_return_val_if_fail (hash != NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    if (g_str_has_prefix (hash, forms[i].prefix))
      return &forms[i];
  return NULL;
}

const char *
ms_crypt_form_get_name (const MsCryptForm *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->name;
}

static gboolean
check_salt (const MsCryptForm *self, const char *salt, gsize length, GError **error)
{
  if (length > self->salt_max || (self->is_joined && length < self->salt_max))
    return refuse (error,
                   "The salt of this %s hash has %" G_GSIZE_FORMAT " characters, and %s %u",
                   self->name,
                   length,
                   self->is_joined ? "must have" : "may have at most",
                   self->salt_max);
  return self->is_salt == NULL || self->is_salt (salt, length)
         || refuse (
             error, "The salt of this %s hash holds what none can hold, or is cut off", self->name);
}

static gboolean
check_digest (const MsCryptForm *self, const char *digest, GError **error)
{
  gsize length = strlen (digest);

  if (!are_digits (digest, length))
    return refuse (
        error, "The digest of this %s hash holds other characters than ./0-9A-Za-z", self->name);
  return length == self->digest
         || refuse (error,
                    "The digest of this %s hash has %" G_GSIZE_FORMAT
                    " characters, and must have %u",
                    self->name,
                    length,
                    self->digest);
}

gboolean
ms_crypt_form_check (const MsCryptForm *self, const char *hash, GError **error)
{
  g_return_val_if_fail (self != NULL && g_str_has_prefix (hash, self->prefix), FALSE);

  const char *salt = hash + strlen (self->prefix);
  if (self->read_options != NULL && !self->read_options (self, &salt, error))
    return FALSE;
  gsize       length = self->is_joined ? strnlen (salt, self->salt_max) : strcspn (salt, "$");
  const char *rest = salt + length;
  if (!check_salt (self, salt, length, error))
    return FALSE;
  if (!self->is_joined && *rest == '\0')
    return refuse (error, "This %s hash ends before its digest", self->name);
  return check_digest (self, self->is_joined ? rest : rest + 1, error);
}
