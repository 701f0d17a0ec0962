/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of the renderer share.
 */
#pragma once

#include "ms-projection.h"
#include "ms-render-cache.h"
#include "ms-render.h"

G_BEGIN_DECLS

struct _MsRender
{
  MsService            *service;
  const MsResourceType *type;
  char                 *base_url;
  char                 *client; /* (nullable) */
  MsAttributeSet       *wanted;
  MsGroupCache         *groups;
  GHashTable           *targets; /* utf8 -> MsObject */
  GString              *scratch;

  /* For the cache */
  MsRenderCache *cache;    /* Borrowed (nullable) */
  MsCacheMoment  moment;   /* before the transaction */
  GArray        *sources;  /* gint64: MS_CHANGED_* of what the object at hand was made from */
  gboolean       untraced; /* it was made from more than that */
  gboolean       own;      /* it is shown to this client so, maybe to others otherwise */
};

/* A comma where one is needed, and "name": */
void ms_render_begin_member (GString *out, const char *name);
/* A member, left out where @text (nullable) is %NULL. */
void ms_render_append_text (GString *out, const char *name, const char *text);
/* @usec: since 1970 */
void ms_render_append_time (GString *out, const char *name, gint64 usec);
/* What the object at hand is made from. @changed: one of MS_CHANGED_* */
void ms_render_note_source (MsRender *self, gint64 changed);
void ms_render_append_location (MsRender             *self,
                                const MsResourceType *type,
                                const char           *id,
                                GString              *out);
/* Whether the object that @out ends with has no member: of it no part is wanted, and so it is not
 * there. */
gboolean ms_render_is_empty (const GString *out);
gboolean ms_render_append_links (MsRender          *self,
                                 MsTxn             *txn,
                                 MsObject          *object,
                                 const MsAttribute *attribute,
                                 GString           *out,
                                 GError           **error);
gboolean ms_render_append_computed (MsRender          *self,
                                    MsTxn             *txn,
                                    MsObject          *object,
                                    const MsAttribute *attribute,
                                    GString           *out,
                                    GError           **error);

G_END_DECLS
