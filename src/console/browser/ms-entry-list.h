/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The entries of a mailing list as a GListModel of MsResource: members with their type and name,
 * and outside addresses (type "Address"). Follows its list.
 */
#pragma once

#include "ms-resource.h"

G_BEGIN_DECLS

/* (transfer full): lives on @list's changes. @search: (nullable) */
GListModel *ms_entry_list_new (MsResource *list);
void        ms_entry_list_set_search (GListModel *self, const char *search);

G_END_DECLS
