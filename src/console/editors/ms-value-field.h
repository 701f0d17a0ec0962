/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One value of an attribute that is only known from its schema, typed in a line: text, number,
 * bytes, address; also a secret that is never shown.
 */
#pragma once

#include "ms-field.h"
#include "ms-schema.h"

G_BEGIN_DECLS

#define MS_TYPE_VALUE_FIELD (ms_value_field_get_type ())
G_DECLARE_FINAL_TYPE (MsValueField, ms_value_field, MS, VALUE_FIELD, MsField)

/* @attribute: lives as long as the registry that the connection holds. */
MsField *ms_value_field_new (const MsAttribute *attribute,
                             const char        *path,
                             const char        *title,
                             const char        *hint);

G_END_DECLS
