/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Values of attributes that are only known from their schema, as text that can be typed: numbers,
 * times, bytes, references. No widgets.
 */
#pragma once

#include "ms-schema.h"

G_BEGIN_DECLS

/* Of several, one after the other; "" for what cannot be shown in a line. (transfer full) */
char *ms_value_text_show (const MsAttribute *attribute, JsonNode *value);
/* @text: not empty. (transfer full) (nullable): %MS_ERROR_INVALID with the attribute's path */
JsonNode *ms_value_text_read (const MsAttribute *attribute,
                              const char        *text,
                              GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* What may be typed, where the name alone does not say it. (transfer full) (nullable) */
char *ms_value_text_example (const MsAttribute *attribute);
/* "issuedAt" as "Issued at"; markup and mnemonics are not in it. (transfer full) */
char *ms_value_text_title (const MsAttribute *attribute);

G_END_DECLS
