/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The networks that an account may be used from, taken apart once: a request looks its peer up in
 * them without asking the store.
 */
#pragma once

#include "ms-object.h"

G_BEGIN_DECLS

typedef struct _MsNetworks MsNetworks;

/* (transfer full) (nullable): %NULL where @user may come from anywhere */
MsNetworks *ms_networks_new (MsObject *user);
void        ms_networks_free (MsNetworks *self);
/* Fails with %MS_ERROR_UNAUTHENTICATED. @self: (nullable); @peer: (nullable): an address without
 * port */
gboolean ms_networks_check (const MsNetworks *self,
                            const char       *peer,
                            GError          **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsNetworks, ms_networks_free)

G_END_DECLS
