/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which servers can read what is uploaded: their public keys in the store, and files that an
 * earlier version left there in the clear.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/* Reads who there is now, and puts this server among them where its key is to last. To be called
 * before anything is encrypted. */
gboolean ms_import_keys_read (MsService *service, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Encrypts the files that are in the clear. */
gboolean ms_import_keys_seal_old (MsService *service, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
