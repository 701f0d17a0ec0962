/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of logging on others need: whether an account may come from an address.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/* %TRUE where the user names no networks. @peer: (nullable): an address without port */
gboolean ms_log_on_check_network (MsObject *user, const char *peer);

G_END_DECLS
