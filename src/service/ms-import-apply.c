/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One row after another, each in a savepoint, and what a chunk of them shares.
 */
#include "ms-import-apply.h"

#include <string.h>

#include "ms-error.h"

void
ms_import_outcome_clear (MsImportOutcome *self)
{
  g_clear_pointer (&self->reason, g_free);
  g_clear_pointer (&self->changes, json_array_unref);
  g_clear_pointer (&self->groups, g_ptr_array_unref);
}

void
ms_import_outcome_reset (MsImportOutcome *self)
{
  ms_import_outcome_clear (self);
  self->count = MS_IMPORT_REFUSED;
  self->makes_user = FALSE;
  self->field = NULL;
  self->changes = json_array_new ();
  self->groups = g_ptr_array_new_with_free_func (g_free);
}

void
ms_import_apply_init (MsImportApply          *self,
                      MsService              *service,
                      const MsActor          *actor,
                      const MsImportSettings *options,
                      MsHashes               *hashes,
                      GHashTable             *planned_users,
                      GHashTable             *known_groups)
{
  memset (self, 0, sizeof *self);
  self->service = service;
  self->options = options;
  self->planned_users = planned_users;
  self->ignored = ms_ignored_new ();
  self->known_groups = known_groups;
  self->made_groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->group_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  ms_write_init (&self->write, service, actor, hashes);
}

static gboolean
read_template (MsImportApply        *self,
               const MsResourceType *type,
               const char           *id,
               const char           *path,
               MsObject **template,
               GError **error)
{
  g_autoptr (GError) failed = NULL;

  *template = ms_write_get_template (&self->write, type, id, path, &failed);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

gboolean
ms_import_apply_begin (MsImportApply *self, MsTxn *txn, GError **error)
{
  const MsServiceTypes *types = &self->service->types;

  self->write.txn = txn;
  ms_import_values_init (&self->values, types, txn);
  self->names.write = &self->write;
  self->names.values = &self->values;
  self->names.schemas = self->service->schemas;
  return read_template (self,
                        types->user,
                        self->options->user_template,
                        "userTemplate",
                        &self->user_template,
                        error)
         && read_template (self,
                           types->mailbox,
                           self->options->mailbox_template,
                           "mailboxTemplate",
                           &self->mailbox_template,
                           error);
}

gboolean
ms_import_apply_expect (
    MsImportApply *self, GPtrArray *rows, guint first, guint count, GError **error)
{
  const MsServiceTypes *types = &self->service->types;
  g_autoptr (GPtrArray) logins = g_ptr_array_new ();
  g_autoptr (GPtrArray) addresses = g_ptr_array_new ();

  for (guint i = first; i < MIN (first + count, rows->len); i++)
    {
      const MsImportRow *row = rows->pdata[i];
      if (row->problem != NULL || row->kind == MS_IMPORT_MAILING_LIST)
        continue;
      if (row->login != NULL)
        g_ptr_array_add (logins, row->login);
      if (row->address != NULL)
        g_ptr_array_add (addresses, row->address);
    }
  return ms_txn_expect_objects (self->write.txn, types->user, "userName", logins, error)
         && ms_txn_expect_objects (self->write.txn, types->mailbox, "address", addresses, error);
}

void
ms_import_apply_end (MsImportApply *self, gboolean committed)
{
  GHashTableIter iter;
  gpointer       key, id;

  g_hash_table_iter_init (&iter, self->group_ids);
  while (self->known_groups != NULL && g_hash_table_iter_next (&iter, &key, &id))
    if (committed || !g_hash_table_contains (self->made_groups, key))
      g_hash_table_insert (self->known_groups, g_strdup (key), g_strdup (id));
}

void
ms_import_apply_clear (MsImportApply *self)
{
  g_clear_pointer (&self->user_template, ms_object_unref);
  g_clear_pointer (&self->mailbox_template, ms_object_unref);
  g_clear_pointer (&self->ignored, ms_ignored_free);
  g_clear_pointer (&self->group_ids, g_hash_table_unref);
  g_clear_pointer (&self->made_groups, g_hash_table_unref);
  ms_import_values_clear (&self->values);
  ms_write_clear (&self->write);
}

/* Rows
 * ---------------------------------------------------------------------------------------------------
 */

typedef struct
{
  MsImportApply   *apply;
  MsImportRow     *row;
  MsImportOutcome *outcome;
} RowWork;

static gboolean
work_on_row (MsTxn *txn, gpointer user_data, GError **error)
{
  RowWork *work = user_data;

  switch (work->row->kind)
    {
    case MS_IMPORT_ACCOUNT:
      return ms_import_apply_account (work->apply, work->row, work->outcome, error);
    case MS_IMPORT_MAILBOX_ONLY:
      return ms_import_apply_mailbox (work->apply, work->row, work->outcome, error);
    case MS_IMPORT_MAILING_LIST:
    default:
      return ms_import_apply_list (work->apply, work->row, work->outcome, error);
    }
}

gboolean
ms_import_apply_is_fatal (const GError *error)
{
  return error->domain != MS_ERROR || error->code == MS_ERROR_INTERNAL
         || error->code == MS_ERROR_UNAVAILABLE;
}

/* In a savepoint of its own; what it made and remembered goes with it when it fails. */
static gboolean
try_row (MsImportApply *self, MsImportRow *row, MsImportOutcome *outcome, GError **error)
{
  RowWork work = { self, row, outcome };

  ms_import_outcome_reset (outcome);
  if (ms_txn_savepoint (self->write.txn, TRUE, work_on_row, &work, error))
    return TRUE;
  if (outcome->groups->len > 0)
    {
      g_hash_table_remove_all (self->group_ids);
      ms_import_values_forget (&self->values);
    }
  ms_import_outcome_reset (outcome);
  return FALSE;
}

/* A mail group that an earlier chunk found may have been deleted since. */
static gboolean
may_be_stale (MsImportApply *self, const MsImportRow *row, const GError *error)
{
  const char *path = ms_error_get_path (error);

  return row->values[MS_IMPORT_GROUP] != NULL && path != NULL && g_str_has_suffix (path, "group")
         && self->known_groups != NULL && g_hash_table_size (self->known_groups) > 0;
}

gboolean
ms_import_apply_row (MsImportApply   *self,
                     MsImportRow     *row,
                     MsImportOutcome *outcome,
                     GError         **error)
{
  g_autoptr (GError) failed = NULL;

  ms_import_outcome_reset (outcome);
  if (row->problem != NULL || try_row (self, row, outcome, &failed))
    return TRUE;
  if (!ms_import_apply_is_fatal (failed) && may_be_stale (self, row, failed))
    {
      g_hash_table_remove_all (self->known_groups);
      g_clear_error (&failed);
      if (try_row (self, row, outcome, &failed))
        return TRUE;
    }
  if (ms_import_apply_is_fatal (failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  ms_import_row_refuse (row, g_steal_pointer (&failed));
  return TRUE;
}
