/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a writing transaction has done to each object, in layers: one for the transaction and one
 * for each savepoint inside of it, so that what is rolled back leaves no trace. Several edits of
 * one object become one entry; one that ends where it began becomes none.
 */
#pragma once

#include "ms-change.h"
#include "ms-object.h"
#include "ms-store.h"

G_BEGIN_DECLS

typedef struct _MsChanges MsChanges;

MsChanges *ms_changes_new (void);
void       ms_changes_free (MsChanges *self);
void       ms_changes_push (MsChanges *self);
/* @keep: what the layer holds becomes part of the one below, else it is forgotten. */
void ms_changes_pop (MsChanges *self, gboolean keep);

/* @stored is about to be changed: it is as the transaction found it, if this is the first time. */
void ms_changes_begin (MsChanges *self, MsObject *stored);
/* Whether the object has been changed in this transaction; its version has counted up then. */
gboolean ms_changes_contain (MsChanges *self, gint64 row);
/* (nullable) (transfer none): the object as the transaction found it; %NULL where it was not there,
 * or is so still. */
MsObject *ms_changes_get_before (MsChanges *self, gint64 row);
/* @before, @after: (nullable): its states; the texts and trees are copied where they may change */
void ms_changes_add_object (MsChanges *self, MsObject *before, MsObject *after, gboolean from_bin);
/* @object has got or lost a link to @id, which people know as @label. */
void ms_changes_add_link (MsChanges         *self,
                          MsObject          *object,
                          const MsAttribute *attribute,
                          const char        *id,
                          const char        *label,
                          int                difference);
void ms_changes_add_secret (MsChanges *self, MsObject *object, const char *kind);

/* @change: (transfer full): without deltas. @deltas: (transfer full): their text */
void ms_changes_add_note (MsChanges *self, MsChange *change, char *deltas);

/* Whether all that was done since the last savepoint comes to nothing. @versions: (element-type
 * utf8 gint64): gets the versions that the objects had before, by id */
gboolean ms_changes_cancel (MsChanges  *self,
                            MsTxn      *txn,
                            GHashTable *versions,
                            gboolean   *cancel,
                            GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes the change set, if there is anything to write, and removes what is left of objects that
 * were made and deleted at once. @sequence: (out): its number, or 0 */
gboolean ms_changes_write (MsChanges *self, MsTxn *txn, gint64 *sequence, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
