/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists of a store that is known to be damaged. One object that cannot be read must not take the
 * others with it, and must not be left out as if there were none: its label stands for it.
 */
#include "ms-txn-private.h"

#include "ms-error.h"
#include "ms-text.h"

#define MAX_TOLD 10000

/* Once for each object; of many, the first. */
static void
tell_once (MsStore *store, MsObject *object, const char *reason)
{
  gint64 row = ms_object_get_row (object);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->damage_lock);

  if (store->told_damage == NULL)
    store->told_damage = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  if (g_hash_table_size (store->told_damage) >= MAX_TOLD
      || !g_hash_table_add (store->told_damage, g_memdup2 (&row, sizeof row)))
    return;
  /* It may repeat what stands in a damaged file. */
  g_autofree char *said = g_strdup_printf (
      "%s (lists show nothing but the name “%s” of it)", reason, ms_object_get_label (object));
  g_autofree char *line = ms_text_printable_line (said);
  g_message ("The store is damaged: %s", line);
}

/* Whoever takes it for the real one must not let anybody in. */
static void
name_it (MsObject *object, const char *label)
{
  const MsResourceType *type = ms_object_get_type (object);
  const MsAttribute    *named = ms_resource_type_get_label (type);
  const MsAttribute    *active = ms_resource_type_find (type, "active");

  if (named != NULL && label != NULL && g_utf8_validate (label, -1, NULL))
    ms_object_set_string (object, named->path, label);
  if (active != NULL && active->type == MS_ATTR_BOOLEAN)
    ms_object_set_boolean (object, "active", FALSE);
}

/* (nullable): where even that cannot be read */
static MsObject *
read_name (MsTxn *txn, gint64 row)
{
  gboolean found = FALSE;
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             &failed,
                             "SELECT id, type, version, created, modified, label FROM object"
                             " WHERE n = $1 AND deleted IS NULL",
                             "i",
                             row);

  if (statement == NULL || !ms_statement_step (statement, &found, &failed))
    {
      g_message (
          "Of row %" G_GINT64_FORMAT " not even a name can be read: %s", row, failed->message);
      return NULL;
    }
  const char           *id = found ? ms_statement_get_text (statement, 0) : NULL;
  const char           *name = found ? ms_statement_get_text (statement, 1) : NULL;
  const MsResourceType *type
      = name != NULL ? ms_schema_registry_get_type_by_name (txn->schemas, name) : NULL;
  if (id == NULL || type == NULL || !g_utf8_validate (id, -1, NULL))
    return NULL;
  MsObject *object = ms_object_new (type, id, NULL);
  ms_object_set_row (object, row);
  ms_object_set_version (object, ms_statement_get_int (statement, 2));
  ms_object_set_times (
      object, ms_statement_get_int (statement, 3), ms_statement_get_int (statement, 4));
  ms_object_set_damaged (object);
  name_it (object, ms_statement_get_text (statement, 5));
  return object;
}

MsObject *
ms_txn_list_row (MsTxn *txn, gint64 row, GError **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  g_autoptr (GError) failed = NULL;
  MsObject *object = ms_txn_load_row (txn, row, FALSE, &failed);
  if (object == NULL && txn->store->damaged
      && g_error_matches (failed, MS_ERROR, MS_ERROR_INTERNAL))
    object = read_name (txn, row);
  if (object == NULL)
    g_propagate_error (error, g_steal_pointer (&failed));
  else if (failed != NULL)
    tell_once (txn->store, object, failed->message);
  return object;
}
