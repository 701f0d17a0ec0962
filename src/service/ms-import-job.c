/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a job needs before its first chunk, and the rows one by one.
 */
#include "ms-import-chunk.h"

#include <string.h>

#include "ms-error.h"
#include "ms-import-apply.h"
#include "ms-session.h"

typedef struct
{
  MsService  *service;
  const char *id;
  MsImport   *import;
  MsRole      role;
  char       *primary_domain;
} LoadWork;

static gboolean
load_import (MsTxn *txn, gpointer user_data, GError **error)
{
  LoadWork *work = user_data;
  g_autoptr (GError) failed = NULL;
  MsImportRecord *record = ms_txn_get_import (txn, work->id, TRUE, error);

  if (record == NULL)
    return FALSE;
  work->import = ms_import_load (work->service->import_seal, record, error);
  if (work->import == NULL
      || !ms_session_read_role (work->service, txn, record->actor_id, &work->role, error))
    return FALSE;
  work->primary_domain = ms_txn_get_setting (txn, MS_SETTING_PRIMARY_DOMAIN, &failed);
  if (work->primary_domain != NULL)
    return TRUE;
  if (failed != NULL)
    g_propagate_error (error, g_steal_pointer (&failed));
  else
    ms_error_set (error, MS_ERROR_CONFLICT, NULL, "domain", "The store has no primary domain yet");
  return FALSE;
}

/* The domain of new mailboxes, and whether templates and target exist before anything is begun */
static gboolean
look_up_targets (MsTxn *txn, gpointer user_data, GError **error)
{
  MsImportJob  *self = user_data;
  MsImportApply apply;

  ms_import_apply_init (&apply, self->service, self->actor, self->options, NULL, NULL, NULL);
  gboolean    found = ms_import_apply_begin (&apply, txn, error);
  const char *domain = found && apply.mailbox_template != NULL
                           ? ms_object_get_string (apply.mailbox_template, "domain")
                           : NULL;
  self->mailbox_domain = g_strdup (domain != NULL ? domain : self->primary_domain);
  ms_import_apply_clear (&apply);
  if (!found)
    return FALSE;
  if (self->options->group == NULL)
    return TRUE;
  g_autoptr (MsObject) group = NULL;
  if (!ms_txn_look_up (txn, self->service->types.mail_group, self->options->group, &group, error))
    return FALSE;
  if (group != NULL)
    return TRUE;
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", "group", "There is no such mail group");
  return FALSE;
}

static MsActor *
make_actor (const MsImportRecord *record, MsRole role)
{
  MsActor *actor = g_new0 (MsActor, 1);

  actor->user_id = g_strdup (record->actor_id);
  actor->user_name = g_strdup (record->actor_name);
  actor->channel = g_strdup ("import");
  actor->role = role;
  return actor;
}

static gboolean
open_file (MsImportJob *self, GError **error)
{
  MsCsvFormat format;
  guint       n_columns;
  JsonNode   *wanted = self->import->options != NULL
                           ? json_object_get_member (self->import->options, "format")
                           : NULL;

  ms_import_get_format (self->import, &format);
  if (wanted != NULL && JSON_NODE_HOLDS_OBJECT (wanted)
      && !ms_import_parse_format (json_node_get_object (wanted), &format, error))
    return FALSE;
  g_autoptr (GBytes) data = ms_import_open_file (self->import, error);
  self->file = data != NULL ? ms_import_file_new (data, &format, error) : NULL;
  if (self->file == NULL)
    return FALSE;
  /* The reader has its own copy, and the record is stored again and again without the file. */
  g_clear_pointer (&self->import->record->data, g_bytes_unref);
  const char *const *columns = ms_import_file_get_columns (self->file, &n_columns);
  self->options = ms_import_settings_parse (
      &self->service->types, self->import->options, &format, columns, n_columns, error);
  return self->options != NULL;
}

MsImportJob *
ms_import_job_new (
    MsService *service, MsImportManager *manager, const char *id, MsImport **import, GError **error)
{
  LoadWork work = { service, id, NULL, MS_ROLE_NONE, NULL };
  gboolean loaded = ms_store_read (service->store, load_import, &work, NULL, error);

  *import = work.import;
  if (!loaded)
    {
      g_free (work.primary_domain);
      return NULL;
    }
  g_autoptr (MsImportJob) self = g_new0 (MsImportJob, 1);
  self->service = service;
  self->manager = manager;
  self->import = work.import;
  self->primary_domain = work.primary_domain;
  self->actor = make_actor (work.import->record, work.role);
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->made_groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->known_groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (ms_import_is_in (self->import, "rehearsing"))
    {
      self->planned_users = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      self->planned_ends = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    }
  if (!ms_policy_check (self->actor, MS_POLICY_IMPORT, NULL, NULL, NULL, error)
      || !open_file (self, error)
      || !ms_store_read (service->store, look_up_targets, self, NULL, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
ms_import_job_free (MsImportJob *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->actor, ms_actor_free);
  g_clear_pointer (&self->options, ms_import_settings_free);
  g_clear_pointer (&self->file, ms_import_file_free);
  g_clear_pointer (&self->primary_domain, g_free);
  g_clear_pointer (&self->mailbox_domain, g_free);
  g_clear_pointer (&self->seen, g_hash_table_unref);
  g_clear_pointer (&self->planned_users, g_hash_table_unref);
  g_clear_pointer (&self->planned_ends, g_hash_table_unref);
  g_clear_pointer (&self->order, ms_import_order_free);
  g_clear_pointer (&self->made_groups, g_hash_table_unref);
  g_clear_pointer (&self->known_groups, g_hash_table_unref);
  g_free (self);
}

/* Refuses a row that is about what an earlier one was about; whether that one was refused too makes
 * no difference, for nobody but the file's author knows which of the two is meant. */
static void
take_place (MsImportJob *self, MsImportRow *row)
{
  g_autoptr (GPtrArray) keys = ms_import_row_list_keys (row);

  for (guint i = 0; i < keys->len; i++)
    {
      gpointer earlier = g_hash_table_lookup (self->seen, keys->pdata[i]);
      if (earlier != NULL && row->problem == NULL)
        ms_error_set (&row->problem,
                      MS_ERROR_CONFLICT,
                      "uniqueness",
                      row->kind == MS_IMPORT_MAILING_LIST ? "list" : "userName",
                      "Line %d of this file is the same one",
                      GPOINTER_TO_INT (earlier));
    }
  for (guint i = 0; i < keys->len; i++)
    if (!g_hash_table_contains (self->seen, keys->pdata[i]))
      g_hash_table_insert (
          self->seen, g_strdup (keys->pdata[i]), GINT_TO_POINTER ((int) row->line));
}

/* As they stand in the file. */
static MsImportRow *
read_row (MsImportJob *self)
{
  MsImportDomains domains = { self->primary_domain, self->mailbox_domain };
  guint           line = 0;
  g_auto (GStrv) fields = NULL;
  g_autoptr (GError) bad = NULL;

  if (!ms_import_file_next (self->file, &line, &fields, &bad))
    return NULL;
  if (fields != NULL && !ms_import_file_check_width (self->file, fields, &bad))
    g_clear_pointer (&fields, g_strfreev);
  MsImportRow *row
      = ms_import_row_new (line, fields, self->options, &domains, g_steal_pointer (&bad));
  take_place (self, row);
  return row;
}

/* All of them at once, for a list may be on one that stands before it. */
static void
find_order (MsImportJob *self)
{
  GPtrArray   *rows = g_ptr_array_new ();
  MsImportRow *row;

  while ((row = read_row (self)) != NULL)
    g_ptr_array_add (rows, row);
  self->order = ms_import_order_new (rows);
}

MsImportRow *
ms_import_job_next_row (MsImportJob *self)
{
  if (!self->options->is_mapped[MS_IMPORT_LIST])
    return read_row (self);
  if (self->order == NULL)
    find_order (self);
  return ms_import_order_next (self->order);
}

void
ms_import_job_skip (MsImportJob *self, gint64 records)
{
  for (gint64 i = 0; i < records; i++)
    {
      g_autoptr (MsImportRow) row = ms_import_job_next_row (self);
      if (row == NULL)
        return;
    }
}

/* The search before a run that stops
 * --------------------------------------------------------------------- */

typedef struct
{
  MsImportJob *job;
  GPtrArray   *rows;
  gint64       line;
} StopWork;

static gboolean
find_existing (MsTxn *txn, gpointer user_data, GError **error)
{
  StopWork *work = user_data;

  for (guint i = 0; i < work->rows->len; i++)
    {
      const MsImportRow *row = work->rows->pdata[i];
      gboolean           absent = TRUE;

      if (row->problem != NULL)
        continue;
      if (!ms_import_check_absent (txn, &work->job->service->types, row, &absent, error))
        return FALSE;
      if (absent)
        continue;
      g_autofree char *name = ms_import_row_dup_user_name (row);
      work->line = row->line;
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    "uniqueness",
                    row->kind == MS_IMPORT_MAILING_LIST ? "list" : "userName",
                    "%s in line %" G_GINT64_FORMAT " exists already, so nothing %s imported",
                    name,
                    row->line,
                    work->job->planned_users != NULL ? "will be" : "was");
      return FALSE;
    }
  return TRUE;
}

gboolean
ms_import_job_check_stop (MsImportJob *self, gint64 *line, GError **error)
{
  gboolean at_end = FALSE;
  gboolean done = TRUE;

  while (!at_end && done)
    {
      g_autoptr (GPtrArray) rows
                 = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_import_row_free);
      StopWork work = { self, rows, 0 };

      while (!at_end && rows->len < 4 * MS_IMPORT_CHUNK_ROWS)
        {
          MsImportRow *row = ms_import_job_next_row (self);
          if (row != NULL)
            g_ptr_array_add (rows, row);
          else
            at_end = TRUE;
        }
      if (!ms_store_read (self->service->store, find_existing, &work, NULL, error))
        {
          *line = work.line;
          done = FALSE;
        }
    }
  ms_import_file_rewind (self->file);
  g_hash_table_remove_all (self->seen);
  g_clear_pointer (&self->order, ms_import_order_free);
  return done;
}
