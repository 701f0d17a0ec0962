/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A multi-valued complex attribute that is only known from its schema: its elements one below the
 * other, each with a row for every part; elements can be added and removed.
 */
#pragma once

#include "ms-field.h"
#include "ms-schema.h"

G_BEGIN_DECLS

#define MS_TYPE_ELEMENTS_FIELD (ms_elements_field_get_type ())
G_DECLARE_FINAL_TYPE (MsElementsField, ms_elements_field, MS, ELEMENTS_FIELD, MsField)

/* @attribute: lives as long as the registry that the dialog holds. @fixed: can only be read */
MsField *ms_elements_field_new (const MsAttribute *attribute,
                                const char        *title,
                                const char        *hint,
                                gboolean           fixed);

G_END_DECLS
