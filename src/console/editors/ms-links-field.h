/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects that point here (a user's mailboxes and mailing lists): they can be opened, but are
 * changed at their own end.
 */
#pragma once

#include "ms-field.h"

G_BEGIN_DECLS

#define MS_TYPE_LINKS_FIELD (ms_links_field_get_type ())
G_DECLARE_FINAL_TYPE (MsLinksField, ms_links_field, MS, LINKS_FIELD, MsField)

/* Signals: "open" (const char *type_name, const char *id), "add".
 * @empty: what stands there while there are none. @add_label: (nullable): label of a button below
 * the list. */
MsField *ms_links_field_new (const char *path,
                             const char *title,
                             const char *type_name,
                             const char *empty,
                             const char *add_label);

G_END_DECLS
