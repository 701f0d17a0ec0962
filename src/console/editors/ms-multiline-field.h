/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Free text of several lines.
 */
#pragma once

#include "ms-field.h"

G_BEGIN_DECLS

#define MS_TYPE_MULTILINE_FIELD (ms_multiline_field_get_type ())
G_DECLARE_FINAL_TYPE (MsMultilineField, ms_multiline_field, MS, MULTILINE_FIELD, MsField)

MsField *ms_multiline_field_new (const char *path, const char *title, const char *hint);

G_END_DECLS
