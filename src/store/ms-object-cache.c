/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-object-cache.h.
 */
#include "ms-object-cache.h"

#include "ms-document.h"

/* A chunk of an import fits; whatever is larger begins anew now and then. */
#define MAX_OBJECTS 2000
#define MAX_UNIQUE 8000

typedef struct
{
  const MsResourceType *type;
  char                 *id;
  char                 *label;
  char                 *body; /* NULL in the bin */
  gint64                row;
  gint64                version;
  gint64                created;
  gint64                modified;
} Stored;

struct _MsObjectCache
{
  GHashTable *by_row; /* gint64 * -> Stored, which it owns */
  GHashTable *by_id;  /* utf8 -> Stored */
  GHashTable *unique; /* utf8 -> gint64 * */
  GHashTable *lone;   /* gint64 * */
};

static void
stored_free (gpointer data)
{
  Stored *self = data;

  g_free (self->id);
  g_free (self->label);
  g_free (self->body);
  g_free (self);
}

MsObjectCache *
ms_object_cache_new (void)
{
  MsObjectCache *self = g_new0 (MsObjectCache, 1);

  self->by_row = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, stored_free);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->unique = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->lone = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return self;
}

void
ms_object_cache_free (MsObjectCache *self)
{
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->by_row);
  g_hash_table_unref (self->unique);
  g_hash_table_unref (self->lone);
  g_free (self);
}

void
ms_object_cache_clear (MsObjectCache *self)
{
  if (self == NULL)
    return;
  g_hash_table_remove_all (self->by_id);
  g_hash_table_remove_all (self->by_row);
  g_hash_table_remove_all (self->unique);
  g_hash_table_remove_all (self->lone);
}

/* Objects ------------------------------------------------------------------------------------- */

void
ms_object_cache_keep (MsObjectCache *self, MsObject *object, const char *body)
{
  if (self == NULL)
    return;
  ms_object_cache_forget (self, ms_object_get_row (object));
  if (g_hash_table_size (self->by_row) >= MAX_OBJECTS)
    ms_object_cache_clear (self);
  Stored *stored = g_new0 (Stored, 1);
  stored->type = ms_object_get_type (object);
  stored->id = g_strdup (ms_object_get_id (object));
  stored->label = g_strdup (ms_object_get_label (object));
  stored->body = g_strdup (body);
  stored->row = ms_object_get_row (object);
  stored->version = ms_object_get_version (object);
  stored->created = ms_object_get_created (object);
  stored->modified = ms_object_get_modified (object);
  g_hash_table_insert (self->by_row, &stored->row, stored);
  g_hash_table_insert (self->by_id, stored->id, stored);
}

void
ms_object_cache_keep_gone (MsObjectCache *self, MsObject *object)
{
  ms_object_cache_keep (self, object, NULL);
}

void
ms_object_cache_touch (MsObjectCache *self, gint64 row, gint64 version, gint64 modified)
{
  Stored *stored = self != NULL ? g_hash_table_lookup (self->by_row, &row) : NULL;

  if (stored == NULL)
    return;
  stored->version = version;
  stored->modified = modified;
}

void
ms_object_cache_forget (MsObjectCache *self, gint64 row)
{
  const Stored *stored = self != NULL ? g_hash_table_lookup (self->by_row, &row) : NULL;

  if (stored == NULL)
    return;
  g_hash_table_remove (self->by_id, stored->id);
  g_hash_table_remove (self->by_row, &row);
}

/* (nullable) */
static MsObject *
make_object (const Stored *stored)
{
  if (stored == NULL || stored->body == NULL)
    return NULL;
  JsonObject *attributes = ms_document_parse (stored->body, NULL);
  if (attributes == NULL)
    return NULL;
  MsObject *object = ms_object_new (stored->type, stored->id, attributes);
  ms_object_set_row (object, stored->row);
  ms_object_set_version (object, stored->version);
  ms_object_set_times (object, stored->created, stored->modified);
  return object;
}

MsObject *
ms_object_cache_dup (MsObjectCache *self, const char *id)
{
  return self != NULL ? make_object (g_hash_table_lookup (self->by_id, id)) : NULL;
}

MsObject *
ms_object_cache_dup_row (MsObjectCache *self, gint64 row)
{
  return self != NULL ? make_object (g_hash_table_lookup (self->by_row, &row)) : NULL;
}

gboolean
ms_object_cache_find (MsObjectCache         *self,
                      const char            *id,
                      gboolean               bin,
                      gint64                *row,
                      const MsResourceType **type,
                      const char           **label)
{
  const Stored *stored = self != NULL ? g_hash_table_lookup (self->by_id, id) : NULL;

  if (stored == NULL || (stored->body == NULL && !bin))
    return FALSE;
  *row = stored->row;
  *type = stored->type;
  *label = stored->label;
  return TRUE;
}

/* Unique values ------------------------------------------------------------------------------- */

/* No scope has a line break in its name. */
static char *
name_unique (const char *scope, const char *key)
{
  return g_strconcat (scope, "\n", key, NULL);
}

void
ms_object_cache_set_unique (MsObjectCache *self, const char *scope, const char *key, gint64 holder)
{
  if (self == NULL)
    return;
  if (g_hash_table_size (self->unique) >= MAX_UNIQUE)
    g_hash_table_remove_all (self->unique);
  g_hash_table_insert (self->unique, name_unique (scope, key), g_memdup2 (&holder, sizeof holder));
}

void
ms_object_cache_forget_unique (MsObjectCache *self, const char *scope, const char *key)
{
  g_autofree char *name = name_unique (scope, key);

  if (self != NULL)
    g_hash_table_remove (self->unique, name);
}

gboolean
ms_object_cache_get_unique (MsObjectCache *self, const char *scope, const char *key, gint64 *holder)
{
  if (self == NULL)
    return FALSE;
  g_autofree char *name = name_unique (scope, key);
  const gint64    *known = g_hash_table_lookup (self->unique, name);
  if (known == NULL)
    return FALSE;
  *holder = *known;
  return TRUE;
}

/* Links --------------------------------------------------------------------------------------- */

void
ms_object_cache_set_lone (MsObjectCache *self, gint64 row, gboolean lone)
{
  if (self != NULL && lone)
    g_hash_table_add (self->lone, g_memdup2 (&row, sizeof row));
  else if (self != NULL)
    g_hash_table_remove (self->lone, &row);
}

gboolean
ms_object_cache_is_lone (MsObjectCache *self, gint64 row)
{
  return self != NULL && g_hash_table_contains (self->lone, &row);
}
