/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects as they were rendered last, whole (no attributes were asked for by name), bounded in
 * bytes. What is in here is always what rendering anew would give.
 *
 * An entry knows what it was made from: the object, those at the other end of its relations, the
 * mail groups it inherits from, and the sets of links it lists. A commit drops every entry that it
 * touches before it can be seen (MsChangedFunc). A rendering may be added only if no commit came
 * between its reading and its being added (ms_render_cache_begin()).
 *
 * Only over a store that nobody else writes to.
 */
#pragma once

#include "ms-object.h"
#include "ms-store.h"

G_BEGIN_DECLS

typedef struct _MsRenderCache MsRenderCache;

/* @max_bytes: of all entries together, with what they cost besides their text */
MsRenderCache *ms_render_cache_new (gsize max_bytes);
void           ms_render_cache_free (MsRenderCache *self);
/* Is an MsChangedFunc, with the cache as its data. */
void ms_render_cache_on_changed (MsStore      *store,
                                 const gint64 *changed,
                                 guint         n_changed,
                                 gpointer      user_data);

/**
 * MsCacheMoment: a point in time, taken before a read transaction begins
 * @quiet: no commit was under way
 */
typedef struct
{
  guint64  generation;
  gboolean quiet;
} MsCacheMoment;
MsCacheMoment ms_render_cache_begin (MsRenderCache *self);

/**
 * MsRenderedAs: what the text of an object depends on beside the object
 * @base_url: what its addresses begin with
 * @client: (nullable): as MsActor's
 */
typedef struct
{
  const MsResourceType *type;
  const char           *base_url;
  const char           *client;
} MsRenderedAs;

/* Appends the object to @out. %FALSE where it is not here. @version: (out) (optional) */
gboolean ms_render_cache_get (
    MsRenderCache *self, const MsRenderedAs *as, const char *id, GString *out, gint64 *version);
/* The same inside a transaction that began after @moment: only if the entry is surely what that
 * transaction sees. */
gboolean ms_render_cache_get_row (MsRenderCache       *self,
                                  const MsCacheMoment *moment,
                                  const MsRenderedAs  *as,
                                  gint64               row,
                                  GString             *out);
/* @for_all: every client gets the same. @sources: (element-type gint64): MS_CHANGED_* of all that
 * the text was made from */
void ms_render_cache_add (MsRenderCache       *self,
                          const MsCacheMoment *moment,
                          const MsRenderedAs  *as,
                          gboolean             for_all,
                          MsObject            *object,
                          const char          *text,
                          gsize                length,
                          GArray              *sources);

/* The one object of the type that has @value in the unique attribute @path, by which it was named
 * while it was here: as long as it is, it has that value, and nobody else can. */
gboolean ms_render_cache_get_named (
    MsRenderCache *self, const MsRenderedAs *as, const char *path, const char *value, GString *out);
/* In the transaction that has found @row alone by that value; nothing where it is not here. */
void ms_render_cache_name (MsRenderCache       *self,
                           const MsCacheMoment *moment,
                           const MsRenderedAs  *as,
                           gint64               row,
                           const char          *path,
                           const char          *value);

/* For tests and measurements. */
gsize ms_render_cache_get_bytes (MsRenderCache *self);
guint ms_render_cache_get_length (MsRenderCache *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsRenderCache, ms_render_cache_free)

G_END_DECLS
