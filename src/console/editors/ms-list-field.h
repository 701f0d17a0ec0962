/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list of short texts (aliases, forward addresses, networks): type to add, overtype to change,
 * Delete to remove.
 */
#pragma once

#include "ms-field.h"
#include "ms-schema.h"
#include "ms-text-field.h"

G_BEGIN_DECLS

#define MS_TYPE_LIST_FIELD (ms_list_field_get_type ())
G_DECLARE_FINAL_TYPE (MsListField, ms_list_field, MS, LIST_FIELD, MsField)

/**
 * ms_list_field_new:
 * @path: the attribute
 * @title: with a mnemonic, which focuses the line for a new entry
 * @hint: (nullable):
 * @placeholder: what the line for a new entry says while it is empty
 * @check: (nullable) (scope forever): runs on every entry while typing
 */
MsField *ms_list_field_new (const char *path,
                            const char *title,
                            const char *hint,
                            const char *placeholder,
                            MsTextCheck check);

/* What the compared form of an entry is, for finding duplicates; NULL = the text itself. */
typedef char *(*MsTextKey) (const char *text);
void ms_list_field_set_key (MsListField *self, MsTextKey key);
/* Entries are values of this attribute, as ms-value-text.h writes and reads them. Lives as long as
 * the registry that the dialog holds. */
void ms_list_field_set_attribute (MsListField *self, const MsAttribute *attribute);
/* Entries are the "value" of complex elements (telephone numbers); what else an element holds is
 * kept. */
void ms_list_field_set_elements (MsListField *self, gboolean elements);

G_END_DECLS
