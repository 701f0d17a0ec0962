/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether a user logs on in two steps, and the button that takes the second from who lost what
 * makes the codes. Not an attribute: it is asked for and removed by calls of its own.
 */
#pragma once

#include "ms-connection.h"
#include "ms-field.h"

G_BEGIN_DECLS

#define MS_TYPE_SECOND_STEP_FIELD (ms_second_step_field_get_type ())
G_DECLARE_FINAL_TYPE (MsSecondStepField, ms_second_step_field, MS, SECOND_STEP_FIELD, MsField)

MsField *ms_second_step_field_new (const char   *path,
                                   const char   *title,
                                   const char   *hint,
                                   MsConnection *connection);

G_END_DECLS
