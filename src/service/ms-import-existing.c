/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who and what of a row is in the store already, and what that means for it.
 */
#include "ms-import-apply.h"

#include "ms-error.h"

gboolean
ms_import_find_user (
    MsTxn *txn, const MsServiceTypes *types, const char *login, MsObject **user, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *user = login != NULL ? ms_txn_find_object (txn, types->user, "userName", login, &failed) : NULL;
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

gboolean
ms_import_find_holder (MsTxn *txn, const char *address, MsObject **holder, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *holder = address != NULL ? ms_txn_find_address (txn, address, &failed) : NULL;
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

gboolean
ms_import_check_absent (MsTxn                *txn,
                        const MsServiceTypes *types,
                        const MsImportRow    *row,
                        gboolean             *absent,
                        GError              **error)
{
  g_autoptr (MsObject) user = NULL;
  g_autoptr (MsObject) holder = NULL;

  if (row->kind == MS_IMPORT_ACCOUNT && !ms_import_find_user (txn, types, row->login, &user, error))
    return FALSE;
  if (!ms_import_find_holder (txn, row->address, &holder, error))
    return FALSE;
  *absent = user == NULL && holder == NULL;
  return TRUE;
}

const char *
ms_import_describe (MsImportApply *self, MsObject *object)
{
  gboolean is_mailbox = ms_object_get_type (object) == self->service->types.mailbox;

  return is_mailbox ? ms_object_get_string (object, "address") : ms_object_get_label (object);
}

gboolean
ms_import_meet_existing (MsImportApply   *self,
                         MsObject        *existing,
                         MsImportOutcome *outcome,
                         gboolean        *go_on,
                         GError         **error)
{
  *go_on = FALSE;
  switch (self->options->existing)
    {
    case MS_IMPORT_UPDATE_EXISTING:
      *go_on = TRUE;
      return TRUE;
    case MS_IMPORT_SKIP_EXISTING:
      outcome->count = MS_IMPORT_SKIPPED;
      outcome->reason = g_strdup_printf ("%s exists already", ms_import_describe (self, existing));
      return TRUE;
    case MS_IMPORT_STOP_AT_EXISTING:
    default:
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    "uniqueness",
                    ms_object_get_type (existing) == self->service->types.list ? "list"
                                                                               : "userName",
                    "%s exists already, and the import was told to stop at that",
                    ms_import_describe (self, existing));
      return FALSE;
    }
}

const char *
ms_import_get_naming_field (const MsImportRow *row)
{
  return ms_import_field_get_name (row->values[MS_IMPORT_MAILBOX] != NULL ? MS_IMPORT_MAILBOX
                                                                          : MS_IMPORT_USER_NAME);
}

/* An address that something else than a mailbox has cannot become one's. */
gboolean
ms_import_check_holder (MsImportApply     *self,
                        const MsImportRow *row,
                        MsObject          *holder,
                        GError           **error)
{
  if (holder == NULL || ms_object_get_type (holder) == self->service->types.mailbox)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                "uniqueness",
                ms_import_get_naming_field (row),
                "%s is the address of “%s”, which is no mailbox",
                row->address,
                ms_object_get_label (holder));
  return FALSE;
}

gboolean
ms_import_refuse_primary (MsImportApply     *self,
                          const MsImportRow *row,
                          MsObject          *primary,
                          const char        *field,
                          GError           **error)
{
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                field,
                "The primary mailbox of %s is %s; an import gives nobody another",
                row->login,
                ms_import_describe (self, primary));
  return FALSE;
}
