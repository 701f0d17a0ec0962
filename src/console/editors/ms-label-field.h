/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An attribute that can be read, and copied, but not changed here.
 */
#pragma once

#include "ms-field.h"
#include "ms-schema.h"

G_BEGIN_DECLS

#define MS_TYPE_LABEL_FIELD (ms_label_field_get_type ())
G_DECLARE_FINAL_TYPE (MsLabelField, ms_label_field, MS, LABEL_FIELD, MsField)

MsField *ms_label_field_new (const char *path, const char *title, const char *hint);
/* Shown as values of @attribute are: times, numbers, several at once. It must stay. */
void ms_label_field_set_attribute (MsLabelField *self, const MsAttribute *attribute);
/* Overrides what the attribute says. */
void ms_label_field_set_text (MsLabelField *self, const char *text);

G_END_DECLS
