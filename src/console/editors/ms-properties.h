/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The property dialog of any object: pages of fields, OK / Cancel / Apply, History.
 */
#pragma once

#include <gtk/gtk.h>
#include "ms-connection.h"

G_BEGIN_DECLS

/**
 * ms_properties_present:
 * @parent: the window it belongs to
 * @connection: where the object lives
 * @type_name: "User", "Mailbox", "MailGroup", "Group", "Domain", "Template" or "Guest"
 * @id: (nullable): the object; %NULL for Guest
 *
 * Shows the properties of one object. An object whose dialog is open already is brought to the
 * front.
 */
void ms_properties_present (GtkWindow    *parent,
                            MsConnection *connection,
                            const char   *type_name,
                            const char   *id);

G_END_DECLS
