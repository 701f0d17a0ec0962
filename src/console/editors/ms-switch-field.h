/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A boolean attribute as a switch.
 */
#pragma once

#include "ms-field.h"

G_BEGIN_DECLS

#define MS_TYPE_SWITCH_FIELD (ms_switch_field_get_type ())
G_DECLARE_FINAL_TYPE (MsSwitchField, ms_switch_field, MS, SWITCH_FIELD, MsField)

/* @when_unset: what holds where the attribute is absent. */
MsField *
ms_switch_field_new (const char *path, const char *title, const char *hint, gboolean when_unset);
/* Shows the switch as off and out of use, for example a primary mailbox without an owner. */
void ms_switch_field_set_usable (MsSwitchField *self, gboolean usable);

G_END_DECLS
