/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one object of a singleton type, found without its id.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/* The object that a request means: by @id, or the only one there is. (transfer full) */
MsObject *ms_singleton_or_object (MsTxn                *txn,
                                  const MsResourceType *type,
                                  const char           *id,
                                  GError              **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
