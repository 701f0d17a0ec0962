/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One entry of an outside directory as it was read: its name and the values of its attributes. Some
 * of those are hashes of passwords, so nothing of them is left in memory.
 */
#include "ms-directory.h"

#include <string.h>

struct _MsDirectoryEntry
{
  char       *dn;
  GHashTable *attributes; /* name in lower case -> GPtrArray of GBytes */
};

typedef struct
{
  gsize length;
  char  bytes[];
} Value;

static void
value_free (gpointer data)
{
  Value *self = data;

  explicit_bzero (self->bytes, self->length);
  g_free (self);
}

/* (transfer full): a copy of @value */
static GBytes *
value_new (GBytes *value)
{
  gsize       length = 0;
  const char *bytes = g_bytes_get_data (value, &length);
  Value      *self = g_malloc (sizeof *self + length);

  self->length = length;
  if (length > 0)
    memcpy (self->bytes, bytes, length);
  return g_bytes_new_with_free_func (self->bytes, length, value_free, self);
}

MsDirectoryEntry *
ms_directory_entry_new (const char *dn)
{
  g_return_val_if_fail (dn != NULL, NULL);

  MsDirectoryEntry *self = g_new0 (MsDirectoryEntry, 1);
  self->dn = g_strdup (dn);
  self->attributes
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  return self;
}

void
ms_directory_entry_free (MsDirectoryEntry *self)
{
  if (self == NULL)
    return;
  g_free (self->dn);
  g_hash_table_unref (self->attributes);
  g_free (self);
}

/* (nullable) (transfer none) */
static GPtrArray *
find_values (MsDirectoryEntry *self, const char *attribute)
{
  g_autofree char *key = g_ascii_strdown (attribute, -1);

  return g_hash_table_lookup (self->attributes, key);
}

void
ms_directory_entry_add (MsDirectoryEntry *self, const char *attribute, GBytes *value)
{
  g_return_if_fail (self != NULL && attribute != NULL && value != NULL);

  GPtrArray *values = find_values (self, attribute);
  if (values == NULL)
    {
      values = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      g_hash_table_insert (self->attributes, g_ascii_strdown (attribute, -1), values);
    }
  g_ptr_array_add (values, value_new (value));
}

const char *
ms_directory_entry_get_dn (MsDirectoryEntry *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->dn;
}

guint
ms_directory_entry_count (MsDirectoryEntry *self, const char *attribute)
{
  g_return_val_if_fail (self != NULL && attribute != NULL, 0);

  GPtrArray *values = find_values (self, attribute);
  return values != NULL ? values->len : 0;
}

GBytes *
ms_directory_entry_get (MsDirectoryEntry *self, const char *attribute, guint i)
{
  g_return_val_if_fail (self != NULL && attribute != NULL, NULL);

  GPtrArray *values = find_values (self, attribute);
  return values != NULL && i < values->len ? values->pdata[i] : NULL;
}
