/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Move To… and Add To List…: the keyboard's twin of dragging objects onto a group or list.
 */
#pragma once

#include <gtk/gtk.h>
#include "ms-connection.h"

G_BEGIN_DECLS

/**
 * ms_move_to_present:
 * @parent: the window it belongs to
 * @connection: where the objects live
 * @type_name: what they are
 * @ids: (array length=n): their ids
 * @n: how many
 * @to_list: %TRUE adds them to a mailing list, %FALSE moves them to a mail group
 */
void ms_move_to_present (GtkWindow         *parent,
                         MsConnection      *connection,
                         const char        *type_name,
                         const char *const *ids,
                         guint              n,
                         gboolean           to_list);

G_END_DECLS
