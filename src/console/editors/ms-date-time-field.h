/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A point in time, typed or picked from a calendar; empty is unset.
 */
#pragma once

#include "ms-field.h"

G_BEGIN_DECLS

#define MS_TYPE_DATE_TIME_FIELD (ms_date_time_field_get_type ())
G_DECLARE_FINAL_TYPE (MsDateTimeField, ms_date_time_field, MS, DATE_TIME_FIELD, MsField)

MsField *ms_date_time_field_new (const char *path, const char *title, const char *hint);

/* "2026-11-22 18:30" in local time, for a value as on the wire; the text itself where it is none.
 * (transfer full) */
char *ms_date_time_describe (const char *iso8601);

G_END_DECLS
