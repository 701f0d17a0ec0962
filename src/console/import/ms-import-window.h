/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Import Mailboxes and Users…: from a CSV file to accounts, with a rehearsal in between.
 */
#pragma once

#include <gtk/gtk.h>
#include "ms-connection.h"

G_BEGIN_DECLS

/**
 * ms_import_present:
 * @parent: the window it belongs to
 * @connection: where to import to
 * @file: (nullable): a file to begin with, for example one that was dropped
 * @group: (nullable): the mail group that it was dropped on
 *
 * An import of this server that is running in the background, or came to an end nobody has seen, is
 * shown again instead of a new one where no @file is given.
 */
void
ms_import_present (GtkWindow *parent, MsConnection *connection, GFile *file, MsResource *group);

G_END_DECLS
