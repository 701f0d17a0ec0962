/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A limit in bytes: inherited, none, or a number with a unit.
 */
#pragma once

#include "ms-field.h"

G_BEGIN_DECLS

#define MS_TYPE_SIZE_FIELD (ms_size_field_get_type ())
G_DECLARE_FINAL_TYPE (MsSizeField, ms_size_field, MS, SIZE_FIELD, MsField)

MsField *ms_size_field_new (const char *path, const char *title, const char *hint);
/* What holds where the field says "inherit". @bytes: 0 = no limit, -1 = not known yet; @from:
 * (nullable): the name of what sets it */
void ms_size_field_set_inherited (MsSizeField *self, gint64 bytes, const char *from);

/* "2 GB", localised; "No limit" for 0. (transfer full) */
char *ms_size_describe (gint64 bytes);

G_END_DECLS
