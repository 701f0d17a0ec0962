/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The entries of a mailing list: users, mailboxes, mail groups and other lists.
 */
#pragma once

#include "ms-connection.h"
#include "ms-field.h"

G_BEGIN_DECLS

#define MS_TYPE_MEMBERS_FIELD (ms_members_field_get_type ())
G_DECLARE_FINAL_TYPE (MsMembersField, ms_members_field, MS, MEMBERS_FIELD, MsField)

MsField *ms_members_field_new (const char   *path,
                               const char   *title,
                               const char   *hint,
                               MsConnection *connection);
/* Adds an entry as if it had been picked; nothing where it is one already. */
void ms_members_field_add (MsMembersField *self, MsResource *resource);

G_END_DECLS
