/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Entries in the order of their last use, found by id, by row and by what they were made from. One
 * lock, held for moments: nothing is read or rendered under it.
 *
 * Why no stale entry can stay: before a commit can be seen, what it touches is dropped, and nothing
 * is added until it is over; what was read before its end is not added after it, since the
 * generation is another one then. So whatever was here before a commit and after it was not touched
 * by it, and who has seen the new state once never sees the old one again.
 */
#include "ms-render-cache.h"

#include <string.h>

/* What would push out too much else is not kept. */
#define MAX_TEXT (32 * 1024)
#define MAX_SOURCES 128

typedef struct _Entry Entry;

/* One thing that an entry was made from; linked with the others made from it. */
typedef struct
{
  GList  link;
  Entry *entry;
  gint64 what;
} Source;

struct _Entry
{
  GList                 link; /* in the order of use */
  const MsResourceType *type;
  char                 *id_key;
  char                 *row_key;
  char                 *name; /* (nullable): make_name() of the value it was last found by */
  gboolean              for_all;
  char                 *base_url;
  char                 *text;
  gsize                 length;
  gint64                version;
  gsize                 bytes;
  guint                 n_sources;
  Source                sources[];
};

struct _MsRenderCache
{
  gsize max_bytes; /* set once */

  GMutex      lock; /* what follows */
  guint64     generation;
  gboolean    committing;
  gsize       bytes;
  GQueue      by_use;  /* Entry, the last used first */
  GHashTable *by_id;   /* utf8 -> Entry: make_key() of ids */
  GHashTable *by_name; /* utf8 -> Entry: make_key() of names */
  GHashTable *by_row;  /* utf8 -> Entry: make_key() of row numbers */
  GHashTable *sources; /* gint64 -> GQueue of Source */
};

MsRenderCache *
ms_render_cache_new (gsize max_bytes)
{
  MsRenderCache *self = g_new0 (MsRenderCache, 1);

  self->max_bytes = max_bytes;
  g_mutex_init (&self->lock);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->by_row = g_hash_table_new (g_str_hash, g_str_equal);
  self->sources = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  return self;
}

/* Entries, with the lock held ----------------------------------------------------------------- */

static void
unlink_source (MsRenderCache *self, Source *source)
{
  GQueue *others = g_hash_table_lookup (self->sources, &source->what);

  g_queue_unlink (others, &source->link);
  if (g_queue_is_empty (others))
    g_hash_table_remove (self->sources, &source->what);
}

static void
entry_free (Entry *self)
{
  g_free (self->id_key);
  g_free (self->row_key);
  g_free (self->name);
  g_free (self->base_url);
  g_free (self->text);
  g_free (self);
}

static void
drop_name (MsRenderCache *self, Entry *entry)
{
  if (entry->name == NULL)
    return;
  /* Another may have been found by it since, in another client's eyes. */
  if (g_hash_table_lookup (self->by_name, entry->name) == entry)
    g_hash_table_remove (self->by_name, entry->name);
  self->bytes -= strlen (entry->name);
  entry->bytes -= strlen (entry->name);
  g_clear_pointer (&entry->name, g_free);
}

static void
drop_entry (MsRenderCache *self, Entry *entry)
{
  for (guint i = 0; i < entry->n_sources; i++)
    unlink_source (self, &entry->sources[i]);
  g_queue_unlink (&self->by_use, &entry->link);
  drop_name (self, entry);
  g_hash_table_remove (self->by_id, entry->id_key);
  g_hash_table_remove (self->by_row, entry->row_key);
  self->bytes -= entry->bytes;
  entry_free (entry);
}

static void
link_source (MsRenderCache *self, Source *source)
{
  GQueue *others = g_hash_table_lookup (self->sources, &source->what);

  if (others == NULL)
    {
      others = g_new0 (GQueue, 1); /* its links belong to entries */
      g_hash_table_insert (self->sources, g_memdup2 (&source->what, sizeof source->what), others);
    }
  g_queue_push_tail_link (others, &source->link);
}

static void
link_entry (MsRenderCache *self, Entry *entry, GArray *sources)
{
  entry->link.data = entry;
  g_queue_push_head_link (&self->by_use, &entry->link);
  g_hash_table_insert (self->by_id, entry->id_key, entry);
  g_hash_table_insert (self->by_row, entry->row_key, entry);
  for (guint i = 0; i < sources->len; i++)
    {
      Source *source = &entry->sources[entry->n_sources++];
      *source = (Source){ { source, NULL, NULL }, entry, g_array_index (sources, gint64, i) };
      link_source (self, source);
    }
  self->bytes += entry->bytes;
}

static void
drop_all (MsRenderCache *self)
{
  while (self->by_use.head != NULL)
    drop_entry (self, self->by_use.head->data);
}

static void
drop_made_from (MsRenderCache *self, gint64 what)
{
  GQueue *made;

  if (what == MS_CHANGED_ALL)
    drop_all (self);
  while ((made = g_hash_table_lookup (self->sources, &what)) != NULL)
    drop_entry (self, ((Source *) made->head->data)->entry);
}

/* An object is kept once for all clients, under @name, or for each of them. Names hold no line
 * ends. */
static char *
make_key (const char *name, const char *client)
{
  return client != NULL ? g_strconcat (name, "\n", client, NULL) : g_strconcat (name, "\n\n", NULL);
}

/* (nullable) */
static Entry *
find_entry (GHashTable *table, const char *name, const MsRenderedAs *as)
{
  Entry *entry = g_hash_table_lookup (table, name);

  if (entry == NULL)
    {
      g_autofree char *key = make_key (name, as->client);
      entry = g_hash_table_lookup (table, key);
    }
  return entry != NULL && entry->type == as->type && strcmp (entry->base_url, as->base_url) == 0
             ? entry
             : NULL;
}

static void
use_entry (MsRenderCache *self, Entry *entry, GString *out)
{
  g_queue_unlink (&self->by_use, &entry->link);
  g_queue_push_head_link (&self->by_use, &entry->link);
  g_string_append_len (out, entry->text, (gssize) entry->length);
}

/* For the service ----------------------------------------------------------------------------- */

void
ms_render_cache_free (MsRenderCache *self)
{
  drop_all (self);
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->by_row);
  g_hash_table_unref (self->sources);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
ms_render_cache_on_changed (MsStore      *store,
                            const gint64 *changed,
                            guint         n_changed,
                            gpointer      user_data)
{
  MsRenderCache *self = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->committing = changed != NULL;
  self->generation++;
  for (guint i = 0; i < n_changed; i++)
    drop_made_from (self, changed[i]);
}

MsCacheMoment
ms_render_cache_begin (MsRenderCache *self)
{
  g_mutex_lock (&self->lock);
  MsCacheMoment moment = { self->generation, !self->committing };
  g_mutex_unlock (&self->lock);
  return moment;
}

gboolean
ms_render_cache_get (
    MsRenderCache *self, const MsRenderedAs *as, const char *id, GString *out, gint64 *version)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Entry *entry = find_entry (self->by_id, id, as);

  if (entry == NULL)
    return FALSE;
  use_entry (self, entry, out);
  if (version != NULL)
    *version = entry->version;
  return TRUE;
}

gboolean
ms_render_cache_get_row (MsRenderCache       *self,
                         const MsCacheMoment *moment,
                         const MsRenderedAs  *as,
                         gint64               row,
                         GString             *out)
{
  char name[32];
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  /* No commit since before the transaction began: both see the same. */
  if (!moment->quiet || self->committing || self->generation != moment->generation)
    return FALSE;
  (void) g_snprintf (name, sizeof name, "%" G_GINT64_FORMAT, row);
  Entry *entry = find_entry (self->by_row, name, as);
  if (entry == NULL)
    return FALSE;
  use_entry (self, entry, out);
  return TRUE;
}

static Entry *
entry_new (const MsRenderedAs *as,
           gboolean            for_all,
           MsObject           *object,
           const char         *text,
           gsize               length,
           guint               n_sources)
{
  gsize            size = sizeof (Entry) + n_sources * sizeof (Source);
  Entry           *self = g_malloc0 (size);
  const char      *id = ms_object_get_id (object);
  g_autofree char *row = g_strdup_printf ("%" G_GINT64_FORMAT, ms_object_get_row (object));

  self->type = as->type;
  self->for_all = for_all;
  self->id_key = for_all ? g_strdup (id) : make_key (id, as->client);
  self->row_key = for_all ? g_strdup (row) : make_key (row, as->client);
  self->base_url = g_strdup (as->base_url);
  self->text = g_strndup (text, length);
  self->length = length;
  self->version = ms_object_get_version (object);
  /* Six allocations, three places in tables, and a table of its own for most sources. */
  self->bytes = size + length + strlen (self->id_key) + strlen (self->row_key)
                + strlen (as->base_url) + 6 * 16 + 3 * 32 + n_sources * 96;
  return self;
}

void
ms_render_cache_add (MsRenderCache       *self,
                     const MsCacheMoment *moment,
                     const MsRenderedAs  *as,
                     gboolean             for_all,
                     MsObject            *object,
                     const char          *text,
                     gsize                length,
                     GArray              *sources)
{
  if (length > MAX_TEXT || sources->len > MAX_SOURCES)
    return;
  Entry *entry = entry_new (as, for_all, object, text, length, sources->len);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->committing || self->generation != moment->generation)
    {
      entry_free (entry);
      return;
    }
  Entry *old = g_hash_table_lookup (self->by_id, entry->id_key);
  if (old != NULL)
    drop_entry (self, old);
  link_entry (self, entry, sources);
  while (self->bytes > self->max_bytes)
    drop_entry (self, self->by_use.tail->data);
}

static char *
make_name (const MsRenderedAs *as, const char *path, const char *value)
{
  return g_strconcat (as->type->name, "\n", path, "\n", value, NULL);
}

gboolean
ms_render_cache_get_named (
    MsRenderCache *self, const MsRenderedAs *as, const char *path, const char *value, GString *out)
{
  g_autofree char *name = make_name (as, path, value);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Entry *entry = find_entry (self->by_name, name, as);

  if (entry == NULL)
    return FALSE;
  use_entry (self, entry, out);
  return TRUE;
}

void
ms_render_cache_name (MsRenderCache       *self,
                      const MsCacheMoment *moment,
                      const MsRenderedAs  *as,
                      gint64               row,
                      const char          *path,
                      const char          *value)
{
  g_autofree char *name = make_name (as, path, value);
  g_autofree char *row_name = g_strdup_printf ("%" G_GINT64_FORMAT, row);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Entry *entry = find_entry (self->by_row, row_name, as);

  if (entry == NULL || self->committing || self->generation != moment->generation)
    return;
  drop_name (self, entry);
  entry->name = entry->for_all ? g_steal_pointer (&name) : make_key (name, as->client);
  entry->bytes += strlen (entry->name);
  self->bytes += strlen (entry->name);
  g_hash_table_replace (self->by_name, entry->name, entry);
}

gsize
ms_render_cache_get_bytes (MsRenderCache *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  return self->bytes;
}

guint
ms_render_cache_get_length (MsRenderCache *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  return g_queue_get_length (&self->by_use);
}
