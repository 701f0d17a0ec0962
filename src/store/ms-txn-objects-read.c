/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects: read by row, id or unique value.
 */
#include "ms-txn-private.h"

#include "ms-document.h"
#include "ms-error.h"

#define SELECT_OBJECT                                                                              \
  "SELECT o.n, o.id, o.type, o.version, o.created, o.modified, d.body"                             \
  " FROM object o JOIN document d ON d.obj = o.n "

void
ms_found_clear (MsFound *found)
{
  g_clear_pointer (&found->label, g_free);
}

MsObject *
ms_txn_read_object (MsTxn *self, MsStatement *statement, GError **error)
{
  const char           *id = ms_statement_get_text (statement, 1);
  const char           *name = ms_statement_get_text (statement, 2);
  const char           *body = ms_statement_get_text (statement, 6);
  const MsResourceType *type
      = name != NULL ? ms_schema_registry_get_type_by_name (self->schemas, name) : NULL;

  /* No column of these may be NULL, but in a damaged file it is. */
  if (type == NULL || body == NULL || id == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INTERNAL,
                    NULL,
                    NULL,
                    type == NULL   ? "there is no schema of its type"
                    : body == NULL ? "its document is lost"
                                   : "its id is lost");
      return NULL;
    }
  JsonObject *attributes = ms_document_parse (body, error);
  if (attributes == NULL)
    return NULL;
  MsObject *object = ms_object_new (type, id, attributes);
  ms_object_set_row (object, ms_statement_get_int (statement, 0));
  ms_object_set_version (object, ms_statement_get_int (statement, 3));
  ms_object_set_times (
      object, ms_statement_get_int (statement, 4), ms_statement_get_int (statement, 5));
  return object;
}

/* The same, where the error must say which object it is. */
static MsObject *
read_object (MsTxn *txn, MsStatement *statement, GError **error)
{
  MsObject *object = ms_txn_read_object (txn, statement, error);

  if (object == NULL)
    g_prefix_error (error,
                    "%s %s: ",
                    ms_statement_get_text (statement, 2),
                    ms_statement_get_text (statement, 1));
  return object;
}

MsStatement *
ms_txn_query_objects (MsTxn *self, gint64 first, gint64 end, GError **error)
{
  return ms_sql_query (
      self->sql,
      error,
      "SELECT o.n, o.id, o.type, o.version, o.created, o.modified, d.body, o.label, s.body,"
      " o.label_key"
      " FROM object o LEFT JOIN document d ON d.obj = o.n LEFT JOIN search s ON s.obj = o.n"
      " WHERE o.deleted IS NULL AND o.n >= $1 AND o.n < $2 ORDER BY o.n",
      "ii",
      first,
      end);
}

MsStatement *
ms_txn_query_bin (MsTxn *self, GError **error)
{
  return ms_sql_query (
      self->sql,
      error,
      "SELECT o.n, o.id, o.type, o.version, o.created, o.modified, d.body, o.label, NULL,"
      " o.label_key FROM object o LEFT JOIN document d ON d.obj = o.n"
      " WHERE o.deleted IS NOT NULL ORDER BY o.n",
      "");
}

/* (nullable), no error when absent */
static MsObject *
step_object (MsTxn *txn, MsStatement *statement, GError **error)
{
  gboolean row = FALSE;

  if (statement == NULL || !ms_statement_step (statement, &row, error) || !row)
    return NULL;
  return read_object (txn, statement, error);
}

MsObject *
ms_txn_find_binned (MsTxn *self, const char *id, GError **error)
{
  g_autoptr (MsStatement) statement = ms_sql_query (
      self->sql, error, SELECT_OBJECT "WHERE o.id = $1 AND o.deleted IS NOT NULL", "s", id);

  return step_object (self, statement, error);
}

static MsObject *
read_present (MsTxn *txn, MsStatement *statement, GError **error)
{
  MsObject *object = read_object (txn, statement, error);

  if (object != NULL)
    ms_object_cache_keep (txn->cache, object, ms_statement_get_text (statement, 6));
  return object;
}

/* The same as step_object() of a statement that finds nothing in the bin. */
static MsObject *
step_present (MsTxn *txn, MsStatement *statement, GError **error)
{
  gboolean row = FALSE;

  if (statement == NULL || !ms_statement_step (statement, &row, error) || !row)
    return NULL;
  return read_present (txn, statement, error);
}

/* Asks by @text for an id. Where the index of ids is damaged in a store that is read all the same,
 * @slow finds it without. @row: (out). (transfer full) (nullable): stepped once */
static MsStatement *
step_id (
    MsTxn *txn, const char *text, const char *slow, const char *id, gboolean *row, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsStatement) quick = ms_sql_query (txn->sql, &failed, text, "s", id);

  if (quick != NULL && ms_statement_step (quick, row, &failed))
    return g_steal_pointer (&quick);
  if (!ms_txn_is_bearable (txn, failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return NULL;
    }
  g_autoptr (MsStatement) other = ms_sql_query (txn->sql, error, slow, "s", id);
  return other != NULL && ms_statement_step (other, row, error) ? g_steal_pointer (&other) : NULL;
}

/* What can still be said of the object that should be in @row. */
static void
fail_lost (MsTxn *txn, gint64 row, GError **error)
{
  gboolean found = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT type, id, label, CASE WHEN deleted IS NULL THEN 0 ELSE 1 END"
                             " FROM object WHERE n = $1",
                             "i",
                             row);

  if (statement == NULL || !ms_statement_step (statement, &found, error))
    return;
  if (!found)
    ms_error_set (error,
                  MS_ERROR_INTERNAL,
                  NULL,
                  NULL,
                  "The store has lost the object in row %" G_GINT64_FORMAT,
                  row);
  else
    ms_error_set (error,
                  MS_ERROR_INTERNAL,
                  NULL,
                  NULL,
                  "%s %s “%s”: %s",
                  ms_statement_get_text (statement, 0),
                  ms_statement_get_text (statement, 1),
                  ms_statement_get_text (statement, 2),
                  ms_statement_get_int (statement, 3) != 0
                      ? "it is in the bin, and the store's indexes still have it"
                      : "its document is lost");
}

MsObject *
ms_txn_load_row (MsTxn *self, gint64 row, gboolean bin, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  MsObject *object = ms_object_cache_dup_row (self->cache, row);
  if (object != NULL)
    return object;
  g_autoptr (MsStatement) statement = ms_sql_query (
      self->sql,
      &local_error,
      bin ? SELECT_OBJECT "WHERE o.n = $1" : SELECT_OBJECT "WHERE o.n = $1 AND o.deleted IS NULL",
      "i",
      row);
  object = bin ? step_object (self, statement, &local_error)
               : step_present (self, statement, &local_error);
  if (object != NULL)
    return object;
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else
    fail_lost (self, row, error);
  return NULL;
}

const MsResourceType *
ms_txn_check_named (MsTxn *self, MsStatement *statement, GError **error)
{
  const char           *id = ms_statement_get_text (statement, 0);
  const char           *name = ms_statement_get_text (statement, 1);
  const char           *label = ms_statement_get_text (statement, 2);
  const MsResourceType *type
      = name != NULL ? ms_schema_registry_get_type_by_name (self->schemas, name) : NULL;

  if (type != NULL && id != NULL && label != NULL)
    return type;
  ms_error_set (error,
                MS_ERROR_INTERNAL,
                NULL,
                NULL,
                "%s %s “%s”: %s",
                name != NULL ? name : "object",
                id != NULL ? id : "?",
                label != NULL ? label : "",
                type == NULL ? "there is no schema of its type"
                : id == NULL ? "its id is lost"
                             : "its name is lost");
  return NULL;
}

gboolean
ms_txn_find_row (MsTxn *self, const char *id, gboolean bin, MsFound *found, GError **error)
{
  gboolean    row = FALSE;
  const char *label = NULL;
  if (ms_object_cache_find (self->cache, id, bin, &found->row, &found->type, &label))
    {
      g_free (found->label);
      found->label = g_strdup (label);
      return TRUE;
    }
  g_autoptr (MsStatement) statement = step_id (
      self,
      bin ? "SELECT id, type, label, n FROM object WHERE id = $1"
          : "SELECT id, type, label, n FROM object WHERE id = $1 AND deleted IS NULL",
      bin ? "SELECT id, type, label, n FROM object WHERE id || '' = $1"
          : "SELECT id, type, label, n FROM object WHERE id || '' = $1 AND deleted IS NULL",
      id,
      &row,
      error);

  found->row = 0;
  if (statement == NULL)
    return FALSE;
  if (!row)
    return TRUE;
  g_autoptr (GError) failed = NULL;
  found->type = ms_txn_check_named (self, statement, &failed);
  /* What lies in the bin may be of a type that was removed since. */
  if (found->type == NULL && !bin)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  found->row = ms_statement_get_int (statement, 3);
  g_free (found->label);
  found->label = ms_statement_dup_text (statement, 2);
  return TRUE;
}

MsObject *
ms_txn_get_object (MsTxn *txn, const MsResourceType *type, const char *id, GError **error)
{
  g_return_val_if_fail (txn != NULL && id != NULL, NULL);

  g_autoptr (GError) local_error = NULL;
  g_autoptr (MsObject) object = ms_object_cache_dup (txn->cache, id);
  if (object == NULL)
    {
      gboolean row = FALSE;
      g_autoptr (MsStatement) statement
                 = step_id (txn,
                            SELECT_OBJECT "WHERE o.id = $1 AND o.deleted IS NULL",
                            SELECT_OBJECT "WHERE o.id || '' = $1 AND o.deleted IS NULL",
                            id,
                            &row,
                            &local_error);
      object = row ? read_present (txn, statement, &local_error) : NULL;
    }

  if (object != NULL && (type == NULL || ms_object_get_type (object) == type))
    return g_steal_pointer (&object);
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else
    ms_error_set (error,
                  MS_ERROR_NOT_FOUND,
                  NULL,
                  NULL,
                  "There is no %s “%s”",
                  type != NULL ? type->name : "object",
                  id);
  return NULL;
}

gboolean
ms_txn_look_up (
    MsTxn *txn, const MsResourceType *type, const char *id, MsObject **object, GError **error)
{
  g_return_val_if_fail (txn != NULL && id != NULL && object != NULL, FALSE);

  g_autoptr (GError) local_error = NULL;
  *object = ms_txn_get_object (txn, type, id, &local_error);
  if (local_error == NULL || g_error_matches (local_error, MS_ERROR, MS_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* Where the table is damaged: the index by object has all of it too. (nullable) */
static MsObject *
find_holder_slowly (MsTxn *txn, const char *scope, const char *key, GError **error)
{
  gint64 holder = 0;

  if (!ms_sql_get_int (txn->sql,
                       &holder,
                       error,
                       "SELECT obj FROM uniq WHERE scope || '' = $1 AND key || '' = $2",
                       "ss",
                       scope,
                       key))
    return NULL;
  return holder != 0 ? ms_txn_load_row (txn, holder, FALSE, error) : NULL;
}

/* (nullable) */
static MsObject *
find_holder (MsTxn *txn, const char *scope, const char *key, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gint64 holder = 0;

  if (ms_object_cache_get_unique (txn->cache, scope, key, &holder))
    return holder != 0 ? ms_txn_load_row (txn, holder, FALSE, error) : NULL;
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      &local_error,
      SELECT_OBJECT "WHERE o.n = (SELECT obj FROM uniq WHERE scope = $1 AND key = $2)",
      "ss",
      scope,
      key);
  MsObject *object = step_present (txn, statement, &local_error);
  if (ms_txn_is_bearable (txn, local_error))
    return find_holder_slowly (txn, scope, key, error);
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else
    ms_object_cache_set_unique (
        txn->cache, scope, key, object != NULL ? ms_object_get_row (object) : 0);
  return object;
}

MsObject *
ms_txn_find_unique (MsTxn *txn, const MsAttribute *attribute, const char *value, GError **error)
{
  g_return_val_if_fail (txn != NULL && attribute != NULL && value != NULL, NULL);
  g_return_val_if_fail (attribute->unique_scope != NULL, NULL);

  g_autofree char *key = ms_index_attribute_key (attribute, value);

  return find_holder (txn, attribute->unique_scope, key, error);
}

MsObject *
ms_txn_find_primary (MsTxn *txn, MsObject *user, GError **error)
{
  g_return_val_if_fail (txn != NULL && user != NULL, NULL);

  g_autofree char *key = g_strdup_printf ("%" G_GINT64_FORMAT, ms_object_get_row (user));

  return find_holder (txn, MS_SCOPE_PRIMARY, key, error);
}

MsObject *
ms_txn_find_address (MsTxn *txn, const char *address, GError **error)
{
  g_return_val_if_fail (txn != NULL && address != NULL, NULL);

  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (txn->schemas, MS_TYPE_NAME_MAILBOX);

  return ms_txn_find_unique (txn, ms_resource_type_find (type, "address"), address, error);
}

MsObject *
ms_txn_find_object (
    MsTxn *txn, const MsResourceType *type, const char *path, const char *value, GError **error)
{
  g_return_val_if_fail (txn != NULL && type != NULL && path != NULL && value != NULL, NULL);

  const MsAttribute *attribute = ms_resource_type_find (type, path);
  g_return_val_if_fail (attribute != NULL && attribute->unique_scope != NULL, NULL);
  g_autofree char *key = ms_index_attribute_key (attribute, value);
  g_autoptr (MsObject) holder = find_holder (txn, attribute->unique_scope, key, error);

  return holder != NULL && ms_object_get_type (holder) == type ? g_steal_pointer (&holder) : NULL;
}
