/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The service's calls about imports: who may, is it the time for it, and what is answered. The work
 * is in ms-import-run.c. States: uploaded -> rehearsing -> rehearsed -> running -> done, and
 * cancelled or failed from either of the two in between; from everything but those two and "done" a
 * rehearsal or run can be started.
 */
#include "ms-import-run.h"

#include <string.h>

#include "ms-audit.h"
#include "ms-error.h"
#include "ms-import-apply.h"
#include "ms-import-file.h"
#include "ms-import-keys.h"
#include "ms-import-rejects.h"
#include "ms-json.h"
#include "ms-undo-import.h"

#define MAX_ROWS_PAGE 1000
/* Uploads that nobody ran are forgotten after a month, for their files may hold passwords. */
#define UPLOAD_LIFE (30 * G_TIME_SPAN_DAY)
#define MAX_IMPORTS 200

typedef struct
{
  MsService     *service;
  const MsActor *actor;
  const char    *id;
  gboolean       with_data;
  MsImport      *import;
} ImportWork;

static gboolean
read_import (MsTxn *txn, gpointer user_data, GError **error)
{
  ImportWork     *work = user_data;
  MsImportRecord *record = ms_txn_get_import (txn, work->id, work->with_data, error);

  if (record == NULL)
    return FALSE;
  work->import = ms_import_load (work->service->import_seal, record, error);
  return work->import != NULL;
}

/* (transfer full) */
static MsImport *
get_import (
    MsService *self, const MsActor *actor, const char *id, gboolean with_data, GError **error)
{
  ImportWork work = { self, actor, id, with_data, NULL };

  if (!ms_policy_check (actor, MS_POLICY_IMPORT, NULL, NULL, NULL, error)
      || !ms_store_read (self->store, read_import, &work, NULL, error))
    {
      g_clear_pointer (&work.import, ms_import_free);
      return NULL;
    }
  return work.import;
}

static gboolean
run_write (MsService     *self,
           const MsActor *actor,
           const char    *id,
           MsTxnFunc      func,
           gpointer       user_data,
           GError       **error)
{
  MsChangeContext context = ms_service_get_context (actor, "import");

  context.job = id;
  return ms_store_write (self->store, &context, func, user_data, NULL, error);
}

/* Upload
 * ---------------------------------------------------------------------------------------------------
 */

/* Makes room: what is old and was never run, and the oldest of too many that are over. */
static gboolean
forget_old (MsTxn *txn, GError **error)
{
  g_autoptr (GPtrArray) records = ms_txn_list_imports (txn, error);
  gint64 now = g_get_real_time ();

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      const MsImportRecord *record = records->pdata[i];
      gboolean              is_under_way
          = strcmp (record->state, "running") == 0 || strcmp (record->state, "rehearsing") == 0;
      gboolean is_done = strcmp (record->state, "done") == 0;

      if (is_under_way || (i < MAX_IMPORTS && (is_done || now - record->created < UPLOAD_LIFE)))
        continue;
      if (!ms_txn_delete_import (txn, record->id, error))
        return FALSE;
    }
  return records != NULL;
}

static gboolean
insert_import (MsTxn *txn, gpointer user_data, GError **error)
{
  MsImport *import = user_data;

  return forget_old (txn, error) && ms_txn_put_import (txn, import->record, error);
}

static JsonObject *
describe_upload (const MsServiceTypes *types, GBytes *data, GError **error)
{
  gsize       length;
  const char *bytes = g_bytes_get_data (data, &length);
  MsCsvFormat format;

  if (length > ms_csv_default_limits.max_file)
    {
      ms_error_set (error,
                    MS_ERROR_LIMIT,
                    NULL,
                    NULL,
                    "The file is larger than %" G_GSIZE_FORMAT " MiB",
                    ms_csv_default_limits.max_file / (1024 * 1024));
      return NULL;
    }
  if (length == 0)
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidValue", NULL, "The file is empty");
      return NULL;
    }
  if (!ms_csv_detect (bytes, length, &format, error))
    return NULL;
  g_autoptr (MsImportFile) file = ms_import_file_new (data, &format, error);
  return file != NULL ? ms_import_file_describe (file, types, &format, error) : NULL;
}

gboolean
ms_service_import_upload (MsService     *self,
                          const MsActor *actor,
                          const char    *name,
                          GBytes        *data,
                          GString       *out,
                          GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && data != NULL && out != NULL,
                        FALSE);

  if (!ms_policy_check (actor, MS_POLICY_IMPORT, NULL, NULL, NULL, error))
    return FALSE;
  JsonObject *upload = describe_upload (&self->types, data, error);
  if (upload == NULL)
    return FALSE;
  g_autoptr (MsImport) import = NULL;
  if (ms_import_keys_read (self, error))
    import = ms_import_new (self->import_seal, actor, name, data, g_steal_pointer (&upload), error);
  g_clear_pointer (&upload, json_object_unref);
  if (import == NULL)
    return FALSE;
  ms_import_save (import);
  if (!run_write (self, actor, import->record->id, insert_import, import, error))
    return FALSE;
  ms_import_append_json (import, 0, MS_IMPORT_WHOLE, out);
  return TRUE;
}

/* Looking
 * ----------------------------------------------------------------------------------------------------
 */

gboolean
ms_service_import_get (
    MsService *self, const MsActor *actor, const char *id, GString *out, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL && out != NULL, FALSE);

  g_autoptr (MsImport) import = get_import (self, actor, id, FALSE, error);
  if (import == NULL)
    return FALSE;
  ms_import_append_json (
      import, ms_import_manager_count_passwords (self->imports, id), MS_IMPORT_WHOLE, out);
  return TRUE;
}

typedef struct
{
  MsService *service;
  GString   *out;
} ListWork;

static gboolean
list_imports (MsTxn *txn, gpointer user_data, GError **error)
{
  ListWork *work = user_data;
  g_autoptr (GPtrArray) records = ms_txn_list_imports (txn, error);
  gboolean is_first = TRUE;

  if (records == NULL)
    return FALSE;
  g_string_append (work->out, "{\"imports\":[");
  for (guint i = 0; i < records->len; i++)
    {
      g_autoptr (MsImport) import = ms_import_load (
          work->service->import_seal, g_steal_pointer (&records->pdata[i]), NULL);
      if (import == NULL)
        continue;
      if (!is_first)
        g_string_append_c (work->out, ',');
      is_first = FALSE;
      ms_import_append_json (
          import,
          ms_import_manager_count_passwords (work->service->imports, import->record->id),
          MS_IMPORT_FILE,
          work->out);
    }
  g_string_append (work->out, "]}");
  return TRUE;
}

gboolean
ms_service_import_list (MsService *self, const MsActor *actor, GString *out, GError **error)
{
  ListWork work = { self, out };

  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && out != NULL, FALSE);

  return ms_policy_check (actor, MS_POLICY_IMPORT, NULL, NULL, NULL, error)
         && ms_store_read (self->store, list_imports, &work, NULL, error);
}

typedef struct
{
  const char *id;
  const char *status;
  gint64      start;
  gint64      count;
  GString    *out;
} RowsWork;

static gboolean
list_rows (MsTxn *txn, gpointer user_data, GError **error)
{
  RowsWork *work = user_data;
  gint64    total = 0;
  g_autoptr (MsImportRecord) record = ms_txn_get_import (txn, work->id, FALSE, error);
  g_autoptr (GPtrArray) rows = NULL;

  if (record == NULL)
    return FALSE;
  rows = ms_txn_list_import_rows (
      txn, work->id, work->status, work->start, work->count, &total, error);
  if (rows == NULL)
    return FALSE;
  g_string_append_printf (work->out, "{\"total\":%" G_GINT64_FORMAT ",\"rows\":[", total);
  for (guint i = 0; i < rows->len; i++)
    {
      if (i > 0)
        g_string_append_c (work->out, ',');
      g_string_append (work->out, rows->pdata[i]);
    }
  g_string_append (work->out, "]}");
  return TRUE;
}

gboolean
ms_service_import_rows (MsService     *self,
                        const MsActor *actor,
                        const char    *id,
                        const char    *status,
                        gint64         start,
                        gint64         count,
                        GString       *out,
                        GError       **error)
{
  RowsWork work = { id, status, MAX (start, 0), CLAMP (count, 0, MAX_ROWS_PAGE), out };

  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL && out != NULL, FALSE);

  if (!ms_policy_check (actor, MS_POLICY_IMPORT, NULL, NULL, NULL, error))
    return FALSE;
  gboolean is_known = status == NULL;
  for (guint i = 0; i < MS_IMPORT_N_COUNTS && !is_known; i++)
    is_known = strcmp (status, ms_import_count_get_name (i)) == 0;
  if (!is_known)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "status",
                    "status is one of create, update, skip and refuse");
      return FALSE;
    }
  return ms_store_read (self->store, list_rows, &work, NULL, error);
}

typedef struct
{
  MsService  *service;
  const char *id;
  GString    *out;
} RejectsWork;

static gboolean
read_rejects (MsTxn *txn, gpointer user_data, GError **error)
{
  RejectsWork    *work = user_data;
  MsImportRecord *record = ms_txn_get_import (txn, work->id, TRUE, error);

  if (record == NULL)
    return FALSE;
  g_autoptr (MsImport) import = ms_import_load (work->service->import_seal, record, error);
  return import != NULL && ms_import_append_rejects (txn, import, work->out, error);
}

gboolean
ms_service_import_rejects (
    MsService *self, const MsActor *actor, const char *id, GString *out, GError **error)
{
  RejectsWork work = { self, id, out };

  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL && out != NULL, FALSE);

  return ms_policy_check (actor, MS_POLICY_IMPORT, NULL, NULL, NULL, error)
         && ms_store_read (self->store, read_rejects, &work, NULL, error);
}

gboolean
ms_service_import_passwords (
    MsService *self, const MsActor *actor, const char *id, GString *out, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL && out != NULL, FALSE);

  g_autoptr (MsImport) import = get_import (self, actor, id, FALSE, error);
  if (import == NULL
      || !ms_policy_check (actor, MS_POLICY_PASSWORD, self->types.user, NULL, NULL, error))
    return FALSE;
  if (ms_import_is_under_way (import))
    {
      ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "The import is still under way");
      return FALSE;
    }
  GString *passwords = ms_import_manager_take_passwords (self->imports, id);
  if (passwords == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_NOT_FOUND,
                    NULL,
                    NULL,
                    "There are no generated passwords to hand out: none were made, they were "
                    "handed out already, or the server was "
                    "stopped meanwhile");
      return FALSE;
    }
  /* Not without a trace of who has got them. */
  gboolean noted = ms_audit_note (
      self, actor, "passwords", MS_NOTE_PASSWORDS, id, import->record->name, NULL, error);
  if (noted)
    g_string_append_len (out, passwords->str, (gssize) passwords->len);
  explicit_bzero (passwords->str, passwords->len);
  g_string_free (passwords, TRUE);
  return noted;
}

/* Starting
 * ------------------------------------------------------------------------------------------------------
 */

typedef struct
{
  MsService        *service;
  const MsActor    *actor;
  MsImport         *import;
  MsImportSettings *options;
  gboolean          rehearse;
  const char       *read; /* what the store said of it when it was asked */
} StartWork;

/* Templates and target must be there before anything is begun. */
static gboolean
check_targets (MsTxn *txn, gpointer user_data, GError **error)
{
  StartWork    *work = user_data;
  MsImportApply apply;

  ms_import_apply_init (&apply, work->service, work->actor, work->options, NULL, NULL, NULL);
  gboolean found = ms_import_apply_begin (&apply, txn, error);
  ms_import_apply_clear (&apply);
  if (!found || work->options->group == NULL)
    return found;
  g_autoptr (MsObject) group = NULL;
  if (!ms_txn_look_up (txn, work->service->types.mail_group, work->options->group, &group, error))
    return FALSE;
  if (group != NULL)
    return TRUE;
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", "group", "There is no such mail group");
  return FALSE;
}

static gboolean
store_start (MsTxn *txn, gpointer user_data, GError **error)
{
  StartWork      *work = user_data;
  MsImportRecord *record = work->import->record;
  g_autoptr (MsImportRecord) now = ms_txn_get_import (txn, record->id, FALSE, error);

  if (now == NULL)
    return FALSE;
  /* Somebody else was quicker. */
  if (strcmp (now->state, "running") == 0 || strcmp (now->state, "rehearsing") == 0
      || strcmp (now->state, "done") == 0)
    {
      ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "This import is %s already", now->state);
      return FALSE;
    }
  if (!ms_undo_import_check_start (now, work->read, error))
    return FALSE;
  if (record->next_record == 0 && !ms_txn_clear_import_rows (txn, record->id, error))
    return FALSE;
  return ms_txn_put_import (txn, record, error);
}

/* @doubts: (out) (transfer full): warnings about columns, by their mapping */
static MsImportSettings *
parse_options (const MsServiceTypes *types,
               MsImport             *import,
               JsonObject           *json,
               JsonArray           **doubts,
               GError              **error)
{
  MsCsvFormat format;
  guint       n_columns;
  JsonNode   *wanted = json != NULL ? json_object_get_member (json, "format") : NULL;

  ms_import_get_format (import, &format);
  if (wanted != NULL && JSON_NODE_HOLDS_OBJECT (wanted)
      && !ms_import_parse_format (json_node_get_object (wanted), &format, error))
    return NULL;
  g_autoptr (GBytes) data = ms_import_open_file (import, error);
  g_autoptr (MsImportFile) file = data != NULL ? ms_import_file_new (data, &format, error) : NULL;
  if (file == NULL)
    return NULL;
  const char *const *columns = ms_import_file_get_columns (file, &n_columns);
  MsImportSettings  *settings
      = ms_import_settings_parse (types, json, &format, columns, n_columns, error);
  if (settings != NULL)
    *doubts = ms_import_file_list_doubts (file, settings->mapping);
  return settings;
}

/* A run that was cancelled or failed half-way, told to do the same again, goes on; anything else
 * begins anew. */
static void
settle_beginning (MsImport *import, JsonObject *options, JsonArray *doubts, gboolean rehearse)
{
  g_autoptr (JsonNode) before = json_node_init_object (
      json_node_alloc (), import->options != NULL ? import->options : options);
  g_autoptr (JsonNode) now = json_node_init_object (json_node_alloc (), options);
  gboolean was_run = import->was_run;

  if (!rehearse && was_run && import->options != NULL && ms_json_equal (before, now))
    g_clear_pointer (&import->error, json_object_unref);
  else
    ms_import_reset (import);
  import->was_run = !rehearse;
  g_clear_pointer (&import->options, json_object_unref);
  import->options = json_object_ref (options);
  g_clear_pointer (&import->doubts, json_array_unref);
  import->doubts = json_array_ref (doubts);
  ms_import_set_state (import, rehearse ? "rehearsing" : "running");
}

static gboolean
check_startable (MsImport *import, GError **error)
{
  if (ms_import_is_under_way (import))
    ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "This import is under way already");
  else if (ms_import_is_in (import, "done"))
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  NULL,
                  NULL,
                  "This import is done; upload the file again to import it again");
  else
    return TRUE;
  return FALSE;
}

/* Whoever starts it is whose change sets they will be. */
static void
set_actor (MsImport *import, const MsActor *actor)
{
  g_free (import->record->actor_id);
  g_free (import->record->actor_name);
  import->record->actor_id = g_strdup (actor->user_id);
  import->record->actor_name = g_strdup (actor->user_name);
  g_free (import->reason);
  import->reason = g_strdup (actor->reason);
}

gboolean
ms_service_import_start (MsService     *self,
                         const MsActor *actor,
                         const char    *id,
                         JsonObject    *options,
                         gboolean       rehearse,
                         GString       *out,
                         GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL && out != NULL, FALSE);

  g_autoptr (MsImport) import = get_import (self, actor, id, TRUE, error);
  if (import == NULL || !check_startable (import, error) || !ms_import_keys_read (self, error)
      || !ms_import_manager_has_room (self->imports, id, error))
    return FALSE;
  g_autoptr (JsonArray) doubts = NULL;
  g_autoptr (MsImportSettings) parsed
             = parse_options (&self->types, import, options, &doubts, error);
  if (parsed == NULL)
    return FALSE;
  g_autofree char *read = g_strdup (import->record->result);
  StartWork        work = { self, actor, import, parsed, rehearse, read };
  if (!ms_store_read (self->store, check_targets, &work, NULL, error))
    return FALSE;

  g_autoptr (JsonObject) canonical = ms_import_settings_to_json (parsed);
  settle_beginning (import, canonical, doubts, rehearse);
  set_actor (import, actor);
  g_clear_pointer (&import->record->data, g_bytes_unref);
  ms_import_save (import);
  if (!run_write (self, actor, id, store_start, &work, error))
    return FALSE;
  ms_import_append_json (
      import, ms_import_manager_count_passwords (self->imports, id), MS_IMPORT_FILE, out);
  return ms_import_manager_enqueue (self->imports, id, error);
}

/* Ending
 * --------------------------------------------------------------------------------------------------------
 */

static gboolean
store_cancelled (MsTxn *txn, gpointer user_data, GError **error)
{
  MsImport *import = user_data;

  /* The server that works on it, if any does, notices with its next transaction. */
  return ms_txn_put_import (txn, import->record, error)
         && ms_txn_release_import (txn, import->record->id, TRUE, error);
}

gboolean
ms_service_import_cancel (MsService *self, const MsActor *actor, const char *id, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL, FALSE);

  g_autoptr (MsImport) import = get_import (self, actor, id, FALSE, error);
  if (import == NULL)
    return FALSE;
  if (!ms_import_is_under_way (import))
    {
      ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "This import is not under way");
      return FALSE;
    }
  /* The one being worked on stops after its transaction and says so itself. */
  if (ms_import_manager_cancel (self->imports, id))
    return TRUE;
  ms_import_set_state (import, "cancelled");
  ms_import_save (import);
  if (!run_write (self, actor, id, store_cancelled, import, error))
    return FALSE;
  ms_import_announce (self, import, ms_import_manager_count_passwords (self->imports, id));
  return TRUE;
}

static gboolean
delete_import (MsTxn *txn, gpointer user_data, GError **error)
{
  return ms_txn_delete_import (txn, user_data, error);
}

gboolean
ms_service_import_delete (MsService *self, const MsActor *actor, const char *id, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL, FALSE);

  g_autoptr (MsImport) import = get_import (self, actor, id, FALSE, error);
  if (import == NULL)
    return FALSE;
  if (ms_import_is_under_way (import))
    {
      ms_error_set (
          error, MS_ERROR_CONFLICT, NULL, NULL, "This import is under way; cancel it first");
      return FALSE;
    }
  if (!run_write (self, actor, id, delete_import, (gpointer) id, error))
    return FALSE;
  ms_import_manager_drop_passwords (self->imports, id);
  return TRUE;
}
