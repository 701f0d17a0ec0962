/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Secrets of objects: hashes of passwords and the like, which no document and no change set holds.
 * Which scheme the hash of a user's password has is in the document all the same, for who looks for
 * old ones: it is written here and nowhere else, with the hash.
 */
#include "ms-txn-private.h"

#include <string.h>

#include "ms-password-scheme.h"

/* @statement: (transfer full) (nullable). (transfer full) (nullable): without an error none */
static char *
take_secret (MsStatement *query, GError **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement = query;

  if (statement == NULL || !ms_statement_step (statement, &row, error) || !row)
    return NULL;
  return ms_statement_dup_text (statement, 0);
}

/* Where the index of ids is damaged. */
static char *
get_by_row (MsTxn *txn, const char *id, const char *kind, GError **error)
{
  g_auto (MsFound) found = { 0 };

  if (!ms_txn_find_row (txn, id, FALSE, &found, error) || found.row == 0)
    return NULL;
  return take_secret (ms_sql_query (txn->sql,
                                    error,
                                    "SELECT value FROM secret WHERE obj = $1 AND kind = $2",
                                    "is",
                                    found.row,
                                    kind),
                      error);
}

char *
ms_txn_get_secret (MsTxn *txn, const char *id, const char *kind, GError **error)
{
  g_return_val_if_fail (txn != NULL && id != NULL && kind != NULL, NULL);

  g_autoptr (GError) failed = NULL;
  char *secret = take_secret (ms_sql_query (txn->sql,
                                            &failed,
                                            "SELECT s.value FROM object o JOIN secret s"
                                            " ON s.obj = o.n WHERE o.id = $1"
                                            " AND o.deleted IS NULL AND s.kind = $2",
                                            "ss",
                                            id,
                                            kind),
                              &failed);

  if (failed == NULL)
    return secret;
  if (ms_txn_is_bearable (txn, failed))
    return get_by_row (txn, id, kind, error);
  g_propagate_error (error, g_steal_pointer (&failed));
  return NULL;
}

static gboolean
write_secret (MsTxn *txn, gint64 row, const char *kind, const char *value, GError **error)
{
  if (value == NULL)
    return ms_sql_run (
        txn->sql, error, "DELETE FROM secret WHERE obj = $1 AND kind = $2", "is", row, kind);
  return ms_sql_run (txn->sql,
                     error,
                     "INSERT INTO secret (obj, kind, value) VALUES ($1, $2, $3)"
                     " ON CONFLICT (obj, kind) DO UPDATE SET value = excluded.value",
                     "iss",
                     row,
                     kind,
                     value);
}

gboolean
ms_txn_keep_secret (MsTxn *txn, const char *id, const char *kind, const char *value, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && id != NULL && kind != NULL, FALSE);

  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, id, error);
  return object != NULL && write_secret (txn, ms_object_get_row (object), kind, value, error);
}

/* Types of operators may have a secret of the name "password" too. */
static gboolean
is_user (MsObject *object)
{
  return strcmp (ms_object_get_type (object)->name, MS_TYPE_NAME_USER) == 0;
}

static gboolean
has_scheme (MsObject *object, const char *scheme)
{
  return g_strcmp0 (ms_object_get_string (object, MS_PATH_PASSWORD_SCHEME), scheme) == 0;
}

void
ms_txn_keep_scheme (MsObject *stored, MsObject *object)
{
  const char *scheme
      = is_user (object) ? ms_object_get_string (stored, MS_PATH_PASSWORD_SCHEME) : NULL;

  if (is_user (object) && !has_scheme (object, scheme))
    ms_object_set_string (object, MS_PATH_PASSWORD_SCHEME, scheme);
}

/* @object may hold edits that are not stored yet, so it is not what is written. */
static gboolean
write_scheme (MsTxn *txn, MsObject *object, const char *scheme, GError **error)
{
  g_autoptr (MsObject) stored = ms_txn_get_object (
      txn, ms_object_get_type (object), ms_object_get_id (object), error);

  if (stored == NULL)
    return FALSE;
  ms_object_set_string (object, MS_PATH_PASSWORD_SCHEME, scheme);
  if (has_scheme (stored, scheme))
    return ms_txn_touch (txn, object, error);
  g_autoptr (MsObject) after = ms_object_copy (stored);
  ms_object_set_string (after, MS_PATH_PASSWORD_SCHEME, scheme);
  if (!ms_txn_write_object (txn, stored, after, error))
    return FALSE;
  ms_object_set_version (object, ms_object_get_version (after));
  ms_object_set_times (object, ms_object_get_created (after), ms_object_get_modified (after));
  return TRUE;
}

gboolean
ms_txn_set_secret (
    MsTxn *txn, MsObject *object, const char *kind, const char *value, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && object != NULL && kind != NULL,
                        FALSE);

  g_autoptr (GError) local_error = NULL;
  g_autofree char *stored = ms_txn_get_secret (txn, ms_object_get_id (object), kind, &local_error);
  gint64           row = ms_object_get_row (object);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (g_strcmp0 (stored, value) == 0)
    return TRUE;
  if (!write_secret (txn, row, kind, value, error)
      || !(is_user (object) && strcmp (kind, "password") == 0
               ? write_scheme (txn, object, ms_password_scheme_find (value), error)
               : ms_txn_touch (txn, object, error)))
    return FALSE;
  ms_changes_add_secret (txn->changes, object, kind);
  return TRUE;
}
