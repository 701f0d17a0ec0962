/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Imports begun, cancelled and deleted. For who may when, see ms-import-service.c.
 */
#include "ms-import-calls.h"

#include <string.h>

#include "ms-error.h"
#include "ms-import-apply.h"
#include "ms-import-chunk.h"
#include "ms-import-file.h"
#include "ms-import-keys.h"
#include "ms-import-run.h"
#include "ms-json.h"
#include "ms-undo-import.h"

typedef struct
{
  MsService  *service;
  const char *id;
  gboolean    with_data;
  MsImport   *import;
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

MsImport *
ms_import_get_allowed (
    MsService *self, const MsActor *actor, const char *id, gboolean with_data, GError **error)
{
  ImportWork work = { self, id, with_data, NULL };

  if (!ms_policy_check (actor, MS_POLICY_IMPORT, NULL, NULL, NULL, error)
      || !ms_store_read (self->store, read_import, &work, NULL, error))
    {
      g_clear_pointer (&work.import, ms_import_free);
      return NULL;
    }
  return work.import;
}

gboolean
ms_import_write (MsService     *self,
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

/* Cancelling
 * --------------------------------------------------------------------------------------------------------
 */

static gboolean
check_under_way (MsImport *import, GError **error)
{
  if (ms_import_is_under_way (import))
    return TRUE;
  ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "This import is not under way");
  return FALSE;
}

typedef struct
{
  MsService  *service;
  const char *id;
  MsImport   *import;
} CancelWork;

/* As far as it has come by now. */
static gboolean
cancel_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  CancelWork     *work = user_data;
  MsImportRecord *record = ms_txn_get_import (txn, work->id, FALSE, error);

  if (record == NULL)
    return FALSE;
  g_clear_pointer (&work->import, ms_import_free);
  work->import = ms_import_load (work->service->import_seal, record, error);
  if (work->import == NULL || !check_under_way (work->import, error))
    return FALSE;
  ms_import_set_state (work->import, "cancelled");
  ms_import_save (work->import);
  /* The server that works on it, if any does, notices with its next transaction. */
  return ms_txn_put_import (txn, work->import->record, error)
         && ms_txn_release_import (txn, work->id, TRUE, error);
}

static gboolean
store_cancelled (MsService *self, const MsActor *actor, const char *id, GError **error)
{
  CancelWork work = { self, id, NULL };
  gboolean   done = ms_import_write (self, actor, id, cancel_in_txn, &work, error);

  if (done)
    ms_import_announce (self, work.import, ms_import_manager_count_passwords (self->imports, id));
  g_clear_pointer (&work.import, ms_import_free);
  return done;
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

/* From whoever worked on it when it was cancelled, and does not know of that yet: by what was said
 * then it is not to go on. */
static gboolean
take (MsTxn *txn, const char *id, GError **error)
{
  return ms_txn_release_import (txn, id, TRUE, error) && ms_import_hold (txn, id, error);
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
  return ms_txn_put_import (txn, record, error) && take (txn, record->id, error);
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

/* What cannot be worked on must not be left under way. What it had to show before is gone, so it is
 * not as it was: it is one that was cancelled at once. */
static gboolean
put_into_queue (MsService *self, const MsActor *actor, const char *id, GError **error)
{
  g_autoptr (GError) failed = NULL;

  if (ms_import_manager_put (self->imports, id, error))
    return TRUE;
  if (!store_cancelled (self, actor, id, &failed))
    g_debug ("Import %s was left under way: %s", id, failed->message);
  return FALSE;
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

  g_autoptr (MsImport) import = ms_import_get_allowed (self, actor, id, TRUE, error);
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
  if (!ms_import_write (self, actor, id, store_start, &work, error))
    return FALSE;
  ms_import_append_json (
      import, ms_import_manager_count_passwords (self->imports, id), MS_IMPORT_FILE, out);
  return put_into_queue (self, actor, id, error);
}

/* Stopping
 * ------------------------------------------------------------------------------------------------------
 */

gboolean
ms_service_import_cancel (MsService *self, const MsActor *actor, const char *id, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL, FALSE);

  g_autoptr (MsImport) import = ms_import_get_allowed (self, actor, id, FALSE, error);
  if (import == NULL || !check_under_way (import, error))
    return FALSE;
  /* The one being worked on stops after its transaction and says so itself. */
  return ms_import_manager_cancel (self->imports, id) || store_cancelled (self, actor, id, error);
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

  g_autoptr (MsImport) import = ms_import_get_allowed (self, actor, id, FALSE, error);
  if (import == NULL)
    return FALSE;
  if (ms_import_is_under_way (import))
    {
      ms_error_set (
          error, MS_ERROR_CONFLICT, NULL, NULL, "This import is under way; cancel it first");
      return FALSE;
    }
  if (!ms_import_write (self, actor, id, delete_import, (gpointer) id, error))
    return FALSE;
  ms_import_manager_drop_passwords (self->imports, id);
  return TRUE;
}
