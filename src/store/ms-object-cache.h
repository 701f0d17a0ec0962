/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a writing transaction knows already of what is stored, so that it does not ask the database
 * again: objects as they were read or written, who has a unique value or that nobody has it, and
 * which objects nothing is linked to. Nobody else writes meanwhile, so what is known stays true
 * until the transaction itself changes it. Objects are kept as the text that is stored, and each
 * caller gets one of its own, to be changed at will.
 *
 * Forgetting is always right; a savepoint that is dropped forgets everything.
 */
#pragma once

#include "ms-object.h"

G_BEGIN_DECLS

typedef struct _MsObjectCache MsObjectCache;

MsObjectCache *ms_object_cache_new (void);
void           ms_object_cache_free (MsObjectCache *self);
/* All functions take %NULL for one that knows nothing. */
void ms_object_cache_clear (MsObjectCache *self);

/* Of what is not in the bin. @body: the document as it is stored */
void ms_object_cache_keep (MsObjectCache *self, MsObject *object, const char *body);
/* It has another version now, and is otherwise as it was. */
void ms_object_cache_touch (MsObjectCache *self, gint64 row, gint64 version, gint64 modified);
/* It went into the bin: only what it is called is known of it. */
void ms_object_cache_keep_gone (MsObjectCache *self, MsObject *object);
void ms_object_cache_forget (MsObjectCache *self, gint64 row);
/* (transfer full) (nullable): as reading it would give it; %NULL where it is not known */
MsObject *ms_object_cache_dup (MsObjectCache *self, const char *id);
MsObject *ms_object_cache_dup_row (MsObjectCache *self, gint64 row);
/* Without its attributes. @bin: also one that is in the bin. @label: (out) (transfer none): until
 * the cache is changed */
gboolean ms_object_cache_find (MsObjectCache         *self,
                               const char            *id,
                               gboolean               bin,
                               gint64                *row,
                               const MsResourceType **type,
                               const char           **label);

/* @holder: row of the object that has the value, 0 = nobody has it */
void
ms_object_cache_set_unique (MsObjectCache *self, const char *scope, const char *key, gint64 holder);
void ms_object_cache_forget_unique (MsObjectCache *self, const char *scope, const char *key);
/* Whether it is known who has it. */
gboolean ms_object_cache_get_unique (MsObjectCache *self,
                                     const char    *scope,
                                     const char    *key,
                                     gint64        *holder);

/* Nothing is linked to the object in @row, or that is not known any more. */
void     ms_object_cache_set_lone (MsObjectCache *self, gint64 row, gboolean lone);
gboolean ms_object_cache_is_lone (MsObjectCache *self, gint64 row);

G_END_DECLS
