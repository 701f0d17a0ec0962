/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The history of one object, and putting it back to where it was in it.
 */
#pragma once

#include "ms-apply.h"

G_BEGIN_DECLS

/* operation->id: the object; operation->sequence: it shall be as it was after this change set. */
gboolean
ms_verb_return (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error);

G_END_DECLS
