/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What lies in the bin of a server, last deleted first, as a GListModel of MsBinItem. Older ones
 * are fetched when the end of the list is looked at; what others delete, restore and purge comes
 * and goes by itself.
 */
#pragma once

#include "ms-paged-list.h"

G_BEGIN_DECLS

#define MS_TYPE_BIN_ITEM (ms_bin_item_get_type ())
G_DECLARE_FINAL_TYPE (MsBinItem, ms_bin_item, MS, BIN_ITEM, GObject)

const char *ms_bin_item_get_id (MsBinItem *self);
const char *ms_bin_item_get_type_name (MsBinItem *self);
const char *ms_bin_item_get_label (MsBinItem *self);
/* Times as the server writes them, ISO 8601. */
const char *ms_bin_item_get_deleted (MsBinItem *self);
const char *ms_bin_item_get_kept_until (MsBinItem *self); /* (nullable): for ever */
const char *ms_bin_item_get_by (MsBinItem *self);         /* (nullable) */

#define MS_TYPE_BIN_LIST (ms_bin_list_get_type ())
G_DECLARE_FINAL_TYPE (MsBinList, ms_bin_list, MS, BIN_LIST, MsPagedList)

/* @search: (nullable): words that the name must have */
MsBinList *ms_bin_list_new (MsConnection *connection, const char *search);

G_END_DECLS
