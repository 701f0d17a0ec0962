/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The cells of one column: made, filled, and filled again when their resource changes.
 */
#pragma once

#include <gtk/gtk.h>

#include "ms-column.h"

G_BEGIN_DECLS

/* Cells are marked for ms_list_item_at(). (transfer full) */
GtkListItemFactory *ms_column_factory_new (const MsColumn *column);

G_END_DECLS
