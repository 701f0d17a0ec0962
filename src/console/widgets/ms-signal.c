/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include "ms-signal.h"

guint
ms_signal_new (const char *name, GType owner, guint n_params, const GType *types)
{
  return g_signal_newv (name,
                        owner,
                        G_SIGNAL_RUN_LAST,
                        NULL,
                        NULL,
                        NULL,
                        NULL,
                        G_TYPE_NONE,
                        n_params,
                        (GType *) types);
}
