/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether a name is still free, asked while it is typed.
 */
#pragma once

#include "ms-connection.h"
#include "ms-field.h"

G_BEGIN_DECLS

#define MS_TYPE_NAME_CHECK (ms_name_check_get_type ())
G_DECLARE_FINAL_TYPE (MsNameCheck, ms_name_check, MS, NAME_CHECK, GObject)

/* Signal "checked". @taken: what stands at @field where there is one already; holds one %s for the
 * name */
MsNameCheck *ms_name_check_new (MsConnection *connection,
                                MsField      *field,
                                const char   *type_name,
                                const char   *attribute,
                                const char   *taken);
/* Asks about @value a moment later, and not at all where it is asked about another one before;
 * %NULL or "" asks nothing. */
void     ms_name_check_ask (MsNameCheck *self, const char *value);
gboolean ms_name_check_is_taken (MsNameCheck *self);

G_END_DECLS
