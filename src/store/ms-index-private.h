/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of the index tables share.
 */
#pragma once

#include "ms-index.h"

G_BEGIN_DECLS

struct _MsIndex
{
  gatomicrefcount   ref_count;
  gint64            edition;
  MsSchemaRegistry *schemas;
  GHashTable       *types; /* MsResourceType -> MsIndexType */
};

GArray *ms_index_new_rows (void);
/* Adds the rows of one attribute. */
void ms_index_collect_leaf (const MsIndexLeaf *leaf, JsonObject *attributes, GArray *rows);
/* Makes the keys of long texts of @leaf anew, which an earlier edition had cut; in its transaction.
 */
gboolean ms_index_mend_long (MsSql                *sql,
                             const MsResourceType *type,
                             const MsIndexLeaf    *leaf,
                             GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes the rows and unique values of @leaf anew, of addresses or domains, where those are others
 * than when they were folded as any text; in its transaction. @mended: (out): of how many objects
 */
gboolean ms_index_mend_mail (MsSql                *sql,
                             const MsResourceType *type,
                             const MsIndexLeaf    *leaf,
                             guint                *mended,
                             GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Keeps the unique values and searched texts of the objects of @type that are not kept yet, which
 * an earlier edition did not for parts of several values; in its transaction. Where two objects had
 * the same value the one that was there first has it, and verifying the store names the other. */
gboolean ms_index_mend_parts (MsSql                *sql,
                              MsIndex              *index,
                              const MsResourceType *type,
                              GError              **error) G_GNUC_WARN_UNUSED_RESULT;

/* The rows of what is measured (ms-usage-index.c), from the readings of the objects that are not in
 * the bin. */
gboolean ms_index_insert_measured (MsSql             *sql,
                                   const MsIndexLeaf *leaf,
                                   GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes them, which are those of the object at row @obj. @rows: (element-type MsIndexRow) */
gboolean ms_index_insert_rows (MsSql *sql, GArray *rows, gint64 obj, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
