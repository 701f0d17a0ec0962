/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One row of a rehearsal, or a placeholder for one that is on its way.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define MS_TYPE_IMPORT_ROW_ITEM (ms_import_row_item_get_type ())
G_DECLARE_FINAL_TYPE (MsImportRowItem, ms_import_row_item, MS, IMPORT_ROW_ITEM, GObject)

/* Signal "changed": it has come. */
MsImportRowItem *ms_import_row_item_new (void);
void             ms_import_row_item_set_json (MsImportRowItem *self, JsonObject *json);
gboolean         ms_import_row_item_is_loaded (MsImportRowItem *self);
gint64           ms_import_row_item_get_line (MsImportRowItem *self);
/* "create", "update", "skip", "refuse" */
const char *ms_import_row_item_get_status (MsImportRowItem *self);
const char *ms_import_row_item_get_label (MsImportRowItem *self);
const char *ms_import_row_item_get_user_name (MsImportRowItem *self);
/* In words: the field and the reason, or what changes from what to what. (transfer full) */
char *ms_import_row_item_dup_detail (MsImportRowItem *self);

G_END_DECLS
