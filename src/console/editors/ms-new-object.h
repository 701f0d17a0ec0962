/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The small one-page dialogs that make a mailbox, mail group, mailing list, template or domain.
 */
#pragma once

#include <gtk/gtk.h>
#include "ms-connection.h"

G_BEGIN_DECLS

/**
 * ms_new_object_present:
 * @parent: the window it belongs to
 * @connection: where to make it
 * @type_name: "Mailbox", "MailGroup", "Group", "Domain" or "Template"
 * @preset: (nullable) (transfer none): attributes to begin with, as in SCIM; a reference may carry
 * "display"
 */
void ms_new_object_present (GtkWindow    *parent,
                            MsConnection *connection,
                            const char   *type_name,
                            JsonObject   *preset);

G_END_DECLS
