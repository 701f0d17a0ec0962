/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pages of the New User assistant as forms.
 */
#pragma once

#include "ms-connection.h"
#include "ms-form.h"

G_BEGIN_DECLS

/* Each puts its fields into @form and gives the page. (transfer floating) */
GtkWidget *ms_new_user_build_template (MsForm *form, MsConnection *connection);
GtkWidget *ms_new_user_build_who (MsForm *form);
GtkWidget *
ms_new_user_build_mailbox (MsForm *form, MsConnection *connection, GCancellable *cancellable);
GtkWidget *ms_new_user_build_rights (MsForm *form);

G_END_DECLS
