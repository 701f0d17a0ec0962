/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the routes of SCIM resources share. They work on the call's type and first parameter.
 */
#pragma once

#include "ms-call.h"

G_BEGIN_DECLS

void ms_scim_get (MsCall *call);
/* One of the four SCIM verbs. */
void ms_scim_write (MsCall *call, MsVerb verb);

G_END_DECLS
