/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The service's calls about imports: who may, is it the time for it, and what is answered. The work
 * is in ms-import-run.c, what begins and ends it in ms-import-start.c. States: uploaded ->
 * rehearsing -> rehearsed -> running -> done, and cancelled or failed from either of the two in
 * between; from everything but those two and "done" a rehearsal or run can be started.
 */
#include "ms-import-calls.h"

#include <string.h>

#include "ms-audit.h"
#include "ms-error.h"
#include "ms-import-file.h"
#include "ms-import-keys.h"
#include "ms-import-manager.h"
#include "ms-import-rejects.h"
#include "ms-json.h"

#define MAX_ROWS_PAGE 1000
/* Uploads that nobody ran are forgotten after a month, for their files may hold passwords. */
#define UPLOAD_LIFE (30 * G_TIME_SPAN_DAY)
#define MAX_IMPORTS 200

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
  if (!ms_import_write (self, actor, import->record->id, insert_import, import, error))
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

  g_autoptr (MsImport) import = ms_import_get_allowed (self, actor, id, FALSE, error);
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

  g_autoptr (MsImport) import = ms_import_get_allowed (self, actor, id, FALSE, error);
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
