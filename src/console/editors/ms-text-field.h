/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A line of text, with a check that runs while the person types.
 */
#pragma once

#include "ms-field.h"

G_BEGIN_DECLS

/**
 * MsTextCheck:
 * @text: what was typed, never empty
 * @path: the attribute, for the error
 *
 * Whether @text may stand in a field. ms_address_check_local() is one.
 */
typedef gboolean (*MsTextCheck) (const char *text, const char *path, GError **error);

#define MS_TYPE_TEXT_FIELD (ms_text_field_get_type ())
G_DECLARE_FINAL_TYPE (MsTextField, ms_text_field, MS, TEXT_FIELD, MsField)

/* @check: (nullable) (scope forever). */
MsField *
ms_text_field_new (const char *path, const char *title, const char *hint, MsTextCheck check);
/* Shown while it is empty: what holds then. */
void ms_text_field_set_placeholder (MsTextField *self, const char *placeholder);

G_END_DECLS
