/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The New User assistant: a user and the mailbox to go with it, in one step of the store.
 */
#pragma once

#include <gtk/gtk.h>
#include "ms-connection.h"

G_BEGIN_DECLS

/**
 * ms_new_user_present:
 * @parent: the window it belongs to
 * @connection: where to make the user
 * @duplicate_of: (nullable): a user whose rights, limits and group the new one gets
 */
void ms_new_user_present (GtkWindow *parent, MsConnection *connection, MsResource *duplicate_of);

G_END_DECLS
