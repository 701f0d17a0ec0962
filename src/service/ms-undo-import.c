/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. What is kept of that is in its "result", beside what MsImport knows of it.
 */
#include "ms-undo-import.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-undo-hold.h"

/* As those of MsImport */
static const MsJsonLimits limits = { 16 * 1024 * 1024, 16, 4 * 1024 * 1024, 200000 };

gboolean
ms_undo_find_import (MsTxn *txn, const char *job, MsImportRecord **found, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *found = ms_txn_get_import (txn, job, FALSE, &failed);
  if (*found != NULL || g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

gboolean
ms_undo_import_is_under_way (const MsImportRecord *self)
{
  return strcmp (self->state, "running") == 0 || strcmp (self->state, "rehearsing") == 0;
}

/* (nullable): it is damaged, so that it cannot be started either */
static JsonNode *
parse_result (const MsImportRecord *self)
{
  g_autoptr (JsonNode) node
             = self->result != NULL ? ms_json_parse (self->result, -1, &limits, NULL) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? g_steal_pointer (&node) : NULL;
}

static gboolean
put (MsImportRecord *self, MsTxn *txn, JsonNode *result, GError **error)
{
  g_free (self->result);
  self->result = ms_json_to_string (result);
  return ms_txn_put_import (txn, self, error);
}

gboolean
ms_undo_import_hold (MsImportRecord *self, MsTxn *txn, const char *undo, GError **error)
{
  g_autoptr (JsonNode) result = parse_result (self);

  /* One that is done is not started any more. */
  if (result == NULL || strcmp (self->state, "done") == 0)
    return TRUE;
  JsonObject *object = json_node_get_object (result);
  g_autoptr (JsonObject) holds = ms_undo_holds_read (object);
  ms_undo_holds_take (holds, undo);
  ms_undo_holds_write (holds, object);
  /* As if it had never been run: told to do the same again, it would go on otherwise. */
  json_object_set_boolean_member (object, "run", FALSE);
  return put (self, txn, result, error);
}

gboolean
ms_undo_import_let_go (MsImportRecord *self, MsTxn *txn, const char *undo, GError **error)
{
  g_autoptr (JsonNode) result = parse_result (self);

  if (result == NULL)
    return TRUE;
  JsonObject *object = json_node_get_object (result);
  g_autoptr (JsonObject) holds = ms_undo_holds_read (object);
  if (!ms_undo_holds_drop (holds, undo))
    return TRUE;
  ms_undo_holds_write (holds, object);
  return put (self, txn, result, error);
}

gboolean
ms_undo_import_check_start (const MsImportRecord *self, const char *read, GError **error)
{
  g_autoptr (JsonNode) result = parse_result (self);
  g_autoptr (JsonObject) holds
             = result != NULL ? ms_undo_holds_read (json_node_get_object (result)) : NULL;

  if (holds != NULL && ms_undo_holds_any (holds))
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  NULL,
                  NULL,
                  "This import is being undone: wait for the end of that");
  else if (g_strcmp0 (self->result, read) != 0)
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  NULL,
                  NULL,
                  "This import was started or undone by somebody else just now: look at what "
                  "came of that, and start it again");
  else
    return TRUE;
  return FALSE;
}
