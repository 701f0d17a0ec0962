/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of accounts: which user and mailbox are meant, and the one call of the service that makes
 * or changes both.
 */
#include "ms-import-apply.h"

#include <string.h>

#include "ms-error.h"

/* Which mailbox of @user an update means; %NULL where one is to be made. @holder: what has the
 * row's address */
static gboolean
choose_mailbox (MsImportApply     *self,
                const MsImportRow *row,
                MsObject          *user,
                MsObject          *holder,
                MsObject         **mailbox,
                GError           **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) primary = NULL;

  *mailbox = NULL;
  if (user != NULL)
    {
      primary = ms_write_find_primary (&self->write, ms_object_get_id (user), &failed);
      if (failed != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return FALSE;
        }
    }
  if (primary != NULL && !row->names_mailbox)
    {
      *mailbox = g_steal_pointer (&primary);
      return TRUE;
    }
  const char *owner = holder != NULL ? ms_object_get_link (holder, "owner") : NULL;
  if (owner != NULL && (user == NULL || strcmp (owner, ms_object_get_id (user)) != 0))
    {
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    "uniqueness",
                    ms_import_get_naming_field (row),
                    "The mailbox %s is somebody else's",
                    row->address);
      return FALSE;
    }
  if (primary != NULL && owner == NULL)
    return ms_import_refuse_primary (self, row, primary, ms_import_get_naming_field (row), error);
  if (primary != NULL && row->primary == MS_IMPORT_YES
      && strcmp (ms_object_get_id (primary), ms_object_get_id (holder)) != 0)
    return ms_import_refuse_primary (
        self, row, primary, ms_import_field_get_name (MS_IMPORT_PRIMARY), error);
  *mailbox = holder != NULL ? ms_object_ref (holder) : NULL;
  return TRUE;
}

/* Between the look before the transaction and now the user has gone or come: whose password is not
 * hashed then, or whose own would be exchanged for one that was generated. */
static gboolean
check_password_is_ready (MsImportApply     *self,
                         const MsImportRow *row,
                         gboolean           is_new,
                         GError           **error)
{
  gboolean fits = row->is_hashed && (is_new || row->generated == NULL);

  if (self->planned_users != NULL || fits || ms_import_row_get_password (row) == NULL)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                "userName",
                "%s was changed by somebody else meanwhile; import this record again",
                row->login);
  return FALSE;
}

gboolean
ms_import_is_undescribed (MsImportApply *self, const MsImportRow *row)
{
  return self->options->is_mapped[MS_IMPORT_MAILBOX_DESCRIPTION]
         && row->values[MS_IMPORT_MAILBOX_DESCRIPTION] == NULL;
}

/* @user: (out): as made, where the mailbox is there already */
static gboolean
create_account (MsImportApply     *self,
                const MsImportRow *row,
                gboolean           with_mailbox,
                MsObject         **user,
                MsImportOutcome   *outcome,
                GError           **error)
{
  if (!check_password_is_ready (self, row, TRUE, error))
    return FALSE;
  g_autoptr (JsonObject) user_json = ms_import_make_user (self, row, NULL, outcome->changes, error);
  if (user_json == NULL)
    return FALSE;
  g_autoptr (JsonObject) mailbox_json = NULL;
  if (with_mailbox)
    {
      mailbox_json = ms_import_make_mailbox (self, row, NULL, NULL, outcome, error);
      if (mailbox_json == NULL)
        return FALSE;
    }
  MsAccount account = { .user = user_json,
                        .mailbox = mailbox_json,
                        .user_template = self->user_template,
                        .mailbox_template = self->mailbox_template,
                        .is_undescribed = ms_import_is_undescribed (self, row) };
  outcome->makes_user = ms_write_create_account (&self->write, &account, user, NULL, NULL, error);
  return outcome->makes_user;
}

/* @user: (nullable): only a mailbox without owner is there, which becomes the new user's */
static gboolean
update_account (MsImportApply     *self,
                const MsImportRow *row,
                MsObject          *user,
                MsObject          *holder,
                MsImportOutcome   *outcome,
                GError           **error)
{
  g_autoptr (MsObject) mailbox = NULL;
  g_autoptr (MsObject) made = NULL;
  g_autoptr (JsonObject) user_json = NULL;
  g_autoptr (JsonObject) mailbox_json = NULL;
  gboolean changed = FALSE;

  if (row->address != NULL && !choose_mailbox (self, row, user, holder, &mailbox, error))
    return FALSE;
  if (user == NULL)
    {
      if (!create_account (self, row, FALSE, &made, outcome, error))
        return FALSE;
      user_json = json_object_new ();
    }
  else
    {
      if (!check_password_is_ready (self, row, FALSE, error))
        return FALSE;
      user_json = ms_import_make_user (self, row, user, outcome->changes, error);
      if (user_json == NULL)
        return FALSE;
    }
  if (row->address != NULL)
    {
      mailbox_json
          = ms_import_make_mailbox (self, row, mailbox, user != NULL ? user : made, outcome, error);
      if (mailbox_json == NULL)
        return FALSE;
      if (made != NULL)
        json_object_set_boolean_member (mailbox_json, "primary", TRUE);
      else if (mailbox != NULL && json_object_get_size (mailbox_json) == 0)
        g_clear_pointer (&mailbox_json, json_object_unref);
    }
  MsAccount account = { .user = user_json,
                        .mailbox = mailbox_json,
                        .mailbox_template = mailbox == NULL ? self->mailbox_template : NULL,
                        .is_undescribed = ms_import_is_undescribed (self, row) };
  if (!ms_write_update_account (
          &self->write, &account, user != NULL ? user : made, mailbox, &changed, error))
    return FALSE;
  outcome->count
      = json_array_get_length (outcome->changes) > 0 || (row->address != NULL && mailbox == NULL)
            ? MS_IMPORT_UPDATED
            : MS_IMPORT_SKIPPED;
  if (outcome->count == MS_IMPORT_SKIPPED)
    outcome->reason = g_strdup ("Nothing differs");
  return TRUE;
}

gboolean
ms_import_apply_account (MsImportApply     *self,
                         const MsImportRow *row,
                         MsImportOutcome   *outcome,
                         GError           **error)
{
  g_autoptr (MsObject) user = NULL;
  g_autoptr (MsObject) holder = NULL;
  gboolean go_on = FALSE;

  if (!ms_import_find_user (self->write.txn, &self->service->types, row->login, &user, error)
      || !ms_import_find_holder (self->write.txn, row->address, &holder, error)
      || !ms_import_check_holder (self, row, holder, error))
    return FALSE;
  if (user == NULL && holder == NULL)
    {
      outcome->count = MS_IMPORT_CREATED;
      return create_account (self, row, row->address != NULL, NULL, outcome, error);
    }
  if (!ms_import_meet_existing (self, user != NULL ? user : holder, outcome, &go_on, error))
    return FALSE;
  return !go_on || update_account (self, row, user, holder, outcome, error);
}
