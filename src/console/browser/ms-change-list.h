/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The change sets of a server, newest first, as a GListModel of MsChange. Older ones are fetched
 * when the end of the list is looked at; new ones appear by themselves at the top.
 */
#pragma once

#include "ms-paged-list.h"

G_BEGIN_DECLS

/* One change set. Signal "changed": its details came, or it was undone. */
#define MS_TYPE_CHANGE (ms_change_get_type ())
G_DECLARE_FINAL_TYPE (MsChange, ms_change, MS, CHANGE, GObject)

gint64      ms_change_get_sequence (MsChange *self);
JsonObject *ms_change_get_json (MsChange *self);
gboolean    ms_change_is_undone (MsChange *self);
/* With all deltas, once they were asked for. (transfer none) (nullable) */
JsonObject *ms_change_get_details (MsChange *self);
void        ms_change_load_details (MsChange *self, MsConnection *connection);

#define MS_TYPE_CHANGE_LIST (ms_change_list_get_type ())
G_DECLARE_FINAL_TYPE (MsChangeList, ms_change_list, MS, CHANGE_LIST, MsPagedList)

/* @object_id: (nullable): only of this object */
MsChangeList *ms_change_list_new (MsConnection *connection, const char *object_id);

G_END_DECLS
