/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of mailboxes alone, with or without an owner.
 */
#include "ms-import-apply.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-text.h"

/* The owner may be somebody whom an earlier row of this rehearsal made and took back: then somebody
 * of that name is made again, to be taken back with this row. */
static gboolean
get_owner (MsImportApply *self, const MsImportRow *row, MsObject **owner, GError **error)
{
  *owner = NULL;
  if (row->login == NULL)
    return TRUE;
  if (!ms_import_find_user (self->write.txn, &self->service->types, row->login, owner, error))
    return FALSE;
  if (*owner != NULL)
    return TRUE;

  g_autofree char *folded = ms_text_fold (row->login);
  if (self->planned_users == NULL || !g_hash_table_contains (self->planned_users, folded))
    {
      ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, "owner", "There is no user %s", row->login);
      return FALSE;
    }
  g_autoptr (JsonObject) json = json_object_new ();
  json_object_set_string_member (json, "userName", row->login);
  MsAccount account = { .user = json };
  return ms_write_create_account (&self->write, &account, owner, NULL, NULL, error);
}

/* The service would take it from the mailbox that has it. @mailbox: (nullable): the row's, which
 * is there */
static gboolean
check_primary (
    MsImportApply *self, const MsImportRow *row, MsObject *mailbox, MsObject *owner, GError **error)
{
  g_autoptr (GError) failed = NULL;

  if (owner == NULL || row->primary != MS_IMPORT_YES)
    return TRUE;
  g_autoptr (MsObject) primary
             = ms_write_find_primary (&self->write, ms_object_get_id (owner), &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (primary == NULL
      || (mailbox != NULL && strcmp (ms_object_get_id (primary), ms_object_get_id (mailbox)) == 0))
    return TRUE;
  return ms_import_refuse_primary (
      self, row, primary, ms_import_field_get_name (MS_IMPORT_PRIMARY), error);
}

/* A mailbox without an owner takes from the template what a mailbox can; a mailbox has these under
 * the same names. */
static void
fill_from_template (MsObject *template, JsonObject *json)
{
  static const char *const names[] = { "group", "quota", "forwardTo", "keepCopy" };

  for (guint i = 0; template != NULL && i < G_N_ELEMENTS (names); i++)
    {
      JsonNode *value = json_object_get_member (ms_object_get_attributes (template), names[i]);
      if (value != NULL && !json_object_has_member (json, names[i]))
        json_object_set_member (json, names[i], ms_json_deep_copy (value));
    }
}

static gboolean
create_mailbox (MsImportApply     *self,
                const MsImportRow *row,
                MsObject          *owner,
                MsImportOutcome   *outcome,
                GError           **error)
{
  g_autoptr (JsonObject) json = ms_import_make_mailbox (self, row, NULL, owner, outcome, error);

  if (json == NULL)
    return FALSE;
  outcome->count = MS_IMPORT_CREATED;
  if (owner == NULL)
    {
      fill_from_template (self->mailbox_template, json);
      g_autoptr (MsEdit) edit = ms_edit_new_from_create (self->service->types.mailbox, json, error);
      g_autoptr (MsObject) made = edit != NULL ? ms_write_create (&self->write, edit, error) : NULL;
      return made != NULL;
    }
  if (!json_object_has_member (json, "primary"))
    json_object_set_boolean_member (json, "primary", FALSE);
  g_autoptr (JsonObject) nothing = json_object_new ();
  MsAccount account = { .user = nothing,
                        .mailbox = json,
                        .mailbox_template = self->mailbox_template,
                        .is_undescribed = ms_import_is_undescribed (self, row) };
  gboolean  changed;
  return ms_write_update_account (&self->write, &account, owner, NULL, &changed, error);
}

static gboolean
update_mailbox (MsImportApply     *self,
                const MsImportRow *row,
                MsObject          *mailbox,
                MsObject          *owner,
                MsImportOutcome   *outcome,
                GError           **error)
{
  g_autoptr (JsonObject) json = ms_import_make_mailbox (self, row, mailbox, owner, outcome, error);

  if (json == NULL)
    return FALSE;
  if (json_array_get_length (outcome->changes) == 0)
    {
      outcome->count = MS_IMPORT_SKIPPED;
      outcome->reason = g_strdup ("Nothing differs");
      return TRUE;
    }
  outcome->count = MS_IMPORT_UPDATED;
  g_autoptr (MsEdit) edit = ms_write_make_patch (mailbox, json, error);
  g_autoptr (MsObject) stored
             = edit != NULL ? ms_write_update (&self->write, mailbox, edit, NULL, error) : NULL;
  return stored != NULL;
}

gboolean
ms_import_apply_mailbox (MsImportApply     *self,
                         const MsImportRow *row,
                         MsImportOutcome   *outcome,
                         GError           **error)
{
  g_autoptr (MsObject) owner = NULL;
  g_autoptr (MsObject) holder = NULL;
  gboolean go_on = FALSE;

  if (!ms_import_find_holder (self->write.txn, row->address, &holder, error)
      || !ms_import_check_holder (self, row, holder, error))
    return FALSE;
  if (holder != NULL && !ms_import_meet_existing (self, holder, outcome, &go_on, error))
    return FALSE;
  if (holder != NULL && !go_on)
    return TRUE;
  if (!get_owner (self, row, &owner, error) || !check_primary (self, row, holder, owner, error))
    return FALSE;
  return holder == NULL ? create_mailbox (self, row, owner, outcome, error)
                        : update_mailbox (self, row, holder, owner, outcome, error);
}
