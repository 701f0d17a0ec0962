/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rights of a user, template or guest: one switch per service.
 */
#pragma once

#include "ms-field.h"

G_BEGIN_DECLS

#define MS_TYPE_RIGHTS_FIELD (ms_rights_field_get_type ())
G_DECLARE_FINAL_TYPE (MsRightsField, ms_rights_field, MS, RIGHTS_FIELD, MsField)

/* @path: of the complex attribute, "rights" or "urn:…:User:rights" */
MsField *ms_rights_field_new (const char *path, const char *title, const char *hint);

G_END_DECLS
