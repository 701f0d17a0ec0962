/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The domains of the store as choices of a field.
 */
#pragma once

#include "ms-choice-field.h"
#include "ms-connection.h"

G_BEGIN_DECLS

/* Adds them when the server has answered; where it cannot, the value that is there stays the only
 * choice. */
void
ms_domain_choices_fill (MsChoiceField *field, MsConnection *connection, GCancellable *cancellable);

G_END_DECLS
