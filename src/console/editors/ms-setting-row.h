/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One setting of the store, as /api/v1/settings describes it: a whole number, or a set of roles. An
 * entry that is empty stands for the default.
 */
#pragma once

#include <gtk/gtk.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define MS_TYPE_SETTING_ROW (ms_setting_row_get_type ())
G_DECLARE_FINAL_TYPE (MsSettingRow, ms_setting_row, MS, SETTING_ROW, GObject)

/* Signal "changed": by whoever edits it. */
MsSettingRow *ms_setting_row_new (JsonObject *setting);
/* The row to be shown. (transfer none) */
GtkWidget  *ms_setting_row_get_widget (MsSettingRow *self);
const char *ms_setting_row_get_name (MsSettingRow *self);
/* Whether it is another value than the server's. */
gboolean ms_setting_row_is_changed (MsSettingRow *self);
/* Whether what stands in it can be sent; the row says why not. */
gboolean ms_setting_row_is_valid (MsSettingRow *self);
/* As PATCH takes it: null for the default. (transfer full) */
JsonNode *ms_setting_row_make_value (MsSettingRow *self);
/* What the server says against it, until it is edited. */
void ms_setting_row_set_error (MsSettingRow *self, const char *error);

G_END_DECLS
