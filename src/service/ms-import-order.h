/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * In which order the rows of a file of mailing lists are done: a list after those that are on it,
 * wherever in the file they stand; otherwise as they stand. Lists that hold each other in a circle
 * come one behind the other and are done together. It depends on nothing but the file and the
 * options, so that a run that was interrupted goes on in the same order.
 */
#pragma once

#include "ms-import-row.h"

G_BEGIN_DECLS

typedef struct _MsImportOrder MsImportOrder;

/* @rows: (element-type MsImportRow) (transfer full): all of the file; those with a problem, and of
 * other kinds, stay where they are */
MsImportOrder *ms_import_order_new (GPtrArray *rows);
void           ms_import_order_free (MsImportOrder *self);
/* (transfer full) (nullable): the end */
MsImportRow *ms_import_order_next (MsImportOrder *self);
/* Whether the file has a list of this name that has an address. */
gboolean ms_import_order_has_addressed (MsImportOrder *self, const char *name);
/* What an entry of "members" would be found by where it is a list: as ms_import_row_list_keys() has
 * it. (transfer full) (nullable): it is none */
char *ms_import_order_make_key (const char *member);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsImportOrder, ms_import_order_free)

G_END_DECLS
