/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What came after a change set that is to be undone: which parts of an object later change sets
 * have touched that are in force. Such a part may look as it was left, because it was changed and
 * changed back; undone before them it would be wrong once they are undone, too.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

typedef struct _MsUndoLater MsUndoLater;

/* Of the object, or setting, @id after @sequence. @type: (nullable): paths are taken as they are.
 * (transfer full) (nullable) */
MsUndoLater *ms_undo_later_new (MsWrite              *write,
                                const MsResourceType *type,
                                const char           *id,
                                gint64                sequence,
                                GError              **error) G_GNUC_WARN_UNUSED_RESULT;
void         ms_undo_later_free (MsUndoLater *self);
/* Asks from here on for what came after @sequence, which is not before the one it was made with. */
void ms_undo_later_set_start (MsUndoLater *self, gint64 sequence);
/* %TRUE: nothing came after. */
gboolean ms_undo_later_is_empty (MsUndoLater *self);
/* @key: (nullable): of an element of a multi-valued attribute, see ms_delta_element_key() */
gboolean ms_undo_later_has_touched (MsUndoLater *self, const char *path, const char *key);
/* The number of the newest change set that has; 0 = none has. */
gint64 ms_undo_later_find_touch (MsUndoLater *self, const char *path, const char *key);
/* So too, but for undos of what came before: with these it is as if that had never been. */
gint64 ms_undo_later_find_wish (MsUndoLater *self, const char *path, const char *key);
/* So too, for people: one that was about the object rather than one that deleted others. @by:
 * (out) */
gboolean ms_undo_later_ask_touch (MsUndoLater *self,
                                  const char  *path,
                                  const char  *key,
                                  gint64      *by,
                                  GError     **error) G_GNUC_WARN_UNUSED_RESULT;
/* As ms_undo_later_has_touched(), but for what the object lost because others went. @changed: (out)
 */
gboolean ms_undo_later_ask_changed (MsUndoLater *self,
                                    const char  *path,
                                    const char  *key,
                                    gboolean    *changed,
                                    GError     **error) G_GNUC_WARN_UNUSED_RESULT;

/* Change set @sequence is as good as undone: what is planned takes it back. */
void ms_undo_later_pass_over (MsUndoLater *self, gint64 sequence);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsUndoLater, ms_undo_later_free)

G_END_DECLS
