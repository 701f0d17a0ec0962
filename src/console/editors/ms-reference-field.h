/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A relation to one other object (owner, mail group, manager): shows its name, and picks another
 * one from a searchable list.
 */
#pragma once

#include "ms-connection.h"
#include "ms-field.h"

G_BEGIN_DECLS

#define MS_TYPE_REFERENCE_FIELD (ms_reference_field_get_type ())
G_DECLARE_FINAL_TYPE (MsReferenceField, ms_reference_field, MS, REFERENCE_FIELD, MsField)

/* @type_name: of the objects to choose from. @none_label: what unset is called ("Nobody",
 * "Mailboxes (top)"). */
MsField *ms_reference_field_new (const char   *path,
                                 const char   *title,
                                 const char   *hint,
                                 MsConnection *connection,
                                 const char   *type_name,
                                 const char   *none_label);
/* What may be referred to, where that is more than one type. Before the row is asked for. */
void ms_reference_field_set_types (MsReferenceField *self, const char *const *types);
/* Shows @resource as if it had been picked; %NULL = none. */
void ms_reference_field_pick (MsReferenceField *self, MsResource *resource);
/* Id of what is shown. (transfer none) (nullable) */
const char *ms_reference_field_get_id (MsReferenceField *self);

G_END_DECLS
