/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the store holds for each field of an import, as the text that an import understands: the
 * cells of an export, the "before" and "after" of a report, and the question whether a row changes
 * anything at all.
 */
#pragma once

#include "ms-import-fields.h"
#include "ms-service-private.h"
#include "ms-txn.h"

G_BEGIN_DECLS

/* Reads within one transaction; remembers the paths of the mail groups it saw. */
typedef struct
{
  MsTxn                *txn;
  const MsServiceTypes *types;
  GHashTable           *group_paths;
} MsImportValues;

void ms_import_values_init (MsImportValues *self, const MsServiceTypes *types, MsTxn *txn);
void ms_import_values_clear (MsImportValues *self);
/* Forgets paths, after groups may have been made and rolled back. */
void ms_import_values_forget (MsImportValues *self);

/* @user, @mailbox: (nullable): what is not there gives "". (transfer full), %NULL with @error set
 */
char *ms_import_values_read (MsImportValues *self,
                             MsObject       *user,
                             MsObject       *mailbox,
                             MsImportField   field,
                             GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* "Sales/EMEA"; "" for %NULL. (transfer none) */
const char *ms_import_values_get_path (MsImportValues *self,
                                       const char     *group_id,
                                       GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* Which of a user's telephone numbers an import means: the primary one, or the first for work, or
 * the first. -1 where there is none. */
int ms_import_find_phone (JsonArray *numbers);
/* Elements of a multi-valued string attribute, as one cell */
char *ms_import_join_strings (JsonArray *array);
/* Of a mailing list's own attributes, by the name after the urn. @list: (nullable). (transfer none)
 * (nullable) */
JsonArray *ms_import_get_list_array (MsObject *list, const char *name);

G_END_DECLS
