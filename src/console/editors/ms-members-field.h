/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The entries of a mailing list: users, mailboxes, mail groups and other lists; or of any relation
 * to many.
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
/* What entries may be, where it is not the members of a mailing list. Before the row is asked for.
 */
void ms_members_field_set_types (MsMembersField *self, const char *const *types);
/* Adds an entry as if it had been picked; nothing where it is one already. */
void ms_members_field_add (MsMembersField *self, MsResource *resource);

G_END_DECLS
