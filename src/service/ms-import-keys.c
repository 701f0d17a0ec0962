/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The setting with the servers' public keys. It grows with each folder that a server ever ran from;
 * what is sealed for one that is gone can be opened by nobody else.
 */
#include "ms-import-keys.h"

#include "ms-error.h"
#include "ms-import.h"

#define SERVERS "import-servers"

static const MsChangeContext own_context
    = { .actor_name = "system", .channel = "system", .verb = "update" };

gboolean
ms_service_set_import_key (MsService *self, const guchar *key, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && key != NULL, FALSE);

  MsImportSeal *seal = ms_import_seal_new (key, error);
  if (seal == NULL)
    return FALSE;
  g_clear_pointer (&self->import_seal, ms_import_seal_free);
  self->import_seal = seal;
  self->keeps_import_key = TRUE;
  return TRUE;
}

static gboolean
read_servers (MsTxn *txn, gpointer user_data, GError **error)
{
  char **text = user_data;
  g_autoptr (GError) failed = NULL;

  g_clear_pointer (text, g_free);
  *text = ms_txn_get_setting (txn, SERVERS, &failed);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

typedef struct
{
  MsImportSeal *seal;
  char         *text;
} AddWork;

static gboolean
add_server (MsTxn *txn, gpointer user_data, GError **error)
{
  AddWork *work = user_data;

  if (!read_servers (txn, &work->text, error))
    return FALSE;
  g_autofree char *more = ms_import_seal_add_to (work->seal, work->text);
  return more == NULL || ms_txn_set_setting (txn, SERVERS, more, error);
}

gboolean
ms_import_keys_read (MsService *service, GError **error)
{
  AddWork  work = { service->import_seal, NULL };
  gboolean read = ms_store_read (service->store, read_servers, &work.text, NULL, error);

  if (read && service->keeps_import_key)
    {
      g_autofree char *more = ms_import_seal_add_to (service->import_seal, work.text);
      if (more != NULL)
        read = ms_store_write (service->store, &own_context, add_server, &work, NULL, error);
    }
  if (read)
    ms_import_seal_set_servers (service->import_seal, work.text);
  g_free (work.text);
  return read;
}

/* Of an earlier version ----------------------------------------------------------------------- */

typedef struct
{
  MsService *service;
  GPtrArray *ids;
  guint      next;
} OldWork;

static gboolean
list_clear (MsTxn *txn, gpointer user_data, GError **error)
{
  OldWork *work = user_data;
  g_autoptr (GBytes) mark = g_bytes_new_static (MS_IMPORT_SEAL_MARK, MS_IMPORT_SEAL_MARK_BYTES);

  work->ids = ms_txn_list_imports_without_mark (txn, mark, error);
  return work->ids != NULL;
}

/* One in a transaction, for each may be 64 MiB. */
static gboolean
seal_one (MsTxn *txn, gpointer user_data, GError **error)
{
  OldWork *work = user_data;
  g_autoptr (GError) failed = NULL;
  MsImportRecord *record = ms_txn_get_import (txn, work->ids->pdata[work->next], TRUE, &failed);

  if (record == NULL && g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    return TRUE; /* deleted meanwhile */
  if (record == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  /* Damaged ones too: their file is as clear as any. */
  MsImport only = { .record = record, .seal = work->service->import_seal };
  g_autoptr (MsImportRecord) owned = record;
  g_autoptr (GBytes) plain = ms_import_open_file (&only, error);
  return plain != NULL && ms_import_set_file (&only, plain, error)
         && ms_txn_put_import (txn, record, error);
}

gboolean
ms_import_keys_seal_old (MsService *service, GError **error)
{
  OldWork work = { service, NULL, 0 };

  /* With a key that ends with this process they would be lost with it. */
  if (!service->keeps_import_key)
    return TRUE;
  if (!ms_store_read (service->store, list_clear, &work, NULL, error))
    return FALSE;
  g_autoptr (GPtrArray) ids = work.ids;
  for (; work.next < ids->len; work.next++)
    if (!ms_store_write (service->store, &own_context, seal_one, &work, NULL, error))
      return FALSE;
  return TRUE;
}
