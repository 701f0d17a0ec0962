/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an uploaded file is sealed with while the store holds it: it may hold clear passwords, and a
 * store is copied, backed up and replicated.
 *
 * Each server has a private key outside of the store; the public ones are in a setting. A file is
 * encrypted with a key of its own, and that key once for each server there is at that moment, so
 * that any of them can go on with the import.
 */
#pragma once

#include "ms-service.h"

G_BEGIN_DECLS

/* What every sealed file begins with, and no text in any encoding does */
#define MS_IMPORT_SEAL_MARK "\0MSSEAL\1"
#define MS_IMPORT_SEAL_MARK_BYTES 8

typedef struct _MsImportSeal MsImportSeal;

/* @key: (nullable): of %MS_IMPORT_KEY_LENGTH bytes; without one it makes one that ends with it.
 * (transfer full) (nullable): error */
MsImportSeal *ms_import_seal_new (const guchar *key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void          ms_import_seal_free (MsImportSeal *self);

/* The public keys of all servers, as the setting has them: hexadecimal digits, parted by blanks.
 * What makes no sense there is passed over. @text: (nullable) */
void ms_import_seal_set_servers (MsImportSeal *self, const char *text);
/* @text with the key of this server in it. @text: (nullable). (transfer full) (nullable): it is
 * there already */
char *ms_import_seal_add_to (MsImportSeal *self, const char *text);

/* @binding: what it is; opened as anything else it is refused. (transfer full) (nullable): error */
GBytes *ms_import_seal_close (MsImportSeal *self,
                              const char   *binding,
                              GBytes       *plain,
                              GError      **error) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full) (nullable): with %MS_ERROR_CONFLICT where this server has no key for it */
GBytes  *ms_import_seal_open (MsImportSeal *self,
                              const char   *binding,
                              GBytes       *sealed,
                              GError      **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_import_seal_is_sealed (GBytes *data);
/* Whether it was sealed for this server too */
gboolean ms_import_seal_is_ours (MsImportSeal *self, GBytes *sealed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsImportSeal, ms_import_seal_free)

G_END_DECLS
