/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Gives a user a new password: typed, or generated and shown once.
 */
#pragma once

#include <gtk/gtk.h>
#include "ms-connection.h"

G_BEGIN_DECLS

void ms_reset_password_present (GtkWindow *parent, MsConnection *connection, MsResource *user);

G_END_DECLS
