/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * "Keep the old address as an alias": asked on the dialog of a mailbox, a mail group or a list as
 * soon as its address would become another one.
 */
#pragma once

#include "ms-form.h"

G_BEGIN_DECLS

#define MS_TYPE_KEEP_ADDRESS (ms_keep_address_get_type ())
G_DECLARE_FINAL_TYPE (MsKeepAddress, ms_keep_address, MS, KEEP_ADDRESS, GtkWidget)

/* Whether objects of this type have an address that can be kept. */
gboolean ms_keep_address_is_for (const char *type_name);
/* @form: borrowed: both belong to one dialog */
GtkWidget *ms_keep_address_new (const char *type_name, MsForm *form);
/* Puts it below the group of rows on @page that holds the address. */
void ms_keep_address_insert (MsKeepAddress *self, GtkBox *page);
/* The object as it is stored: it says which address would be given up. */
void ms_keep_address_set_resource (MsKeepAddress *self, MsResource *resource);
/* The address would change, and the old one is to be kept. */
gboolean ms_keep_address_is_wanted (MsKeepAddress *self);

G_END_DECLS
