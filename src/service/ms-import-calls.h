/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the service's calls about imports have in common.
 */
#pragma once

#include "ms-import.h"

G_BEGIN_DECLS

/* One that @actor may see. (transfer full) (nullable): with @error */
MsImport *ms_import_get_allowed (MsService     *self,
                                 const MsActor *actor,
                                 const char    *id,
                                 gboolean       with_data,
                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* A transaction about import @id, in @actor's name. */
gboolean ms_import_write (MsService     *self,
                          const MsActor *actor,
                          const char    *id,
                          MsTxnFunc      func,
                          gpointer       user_data,
                          GError       **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
