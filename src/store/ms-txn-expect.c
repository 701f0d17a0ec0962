/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unique values that are about to be looked for, asked for many at once. What was found out is in
 * the transaction's cache.
 */
#include "ms-txn-private.h"

/* One text for any number, so that it is prepared once. */
#define KEYS_AT_ONCE 16
#define SELECT_KEYS                                                                                \
  "SELECT key, obj FROM uniq WHERE scope = $1 AND key IN"                                          \
  " ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"

/* Up to KEYS_AT_ONCE of @keys (element-type utf8) from @first on; what has none is nobody's. */
static gboolean
ask_keys (MsTxn *txn, const char *scope, GPtrArray *keys, guint first, GError **error)
{
  gboolean more = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_prepare (txn->sql, SELECT_KEYS, error);

  if (statement == NULL)
    return FALSE;
  ms_statement_bind_text (statement, 1, scope);
  for (guint i = 0; i < KEYS_AT_ONCE; i++)
    {
      const char *key = keys->pdata[MIN (first + i, keys->len - 1)];
      ms_statement_bind_text (statement, i + 2, key);
      ms_object_cache_set_unique (txn->cache, scope, key, 0);
    }
  while (ms_statement_step (statement, &more, error))
    {
      if (!more)
        return TRUE;
      ms_object_cache_set_unique (txn->cache,
                                  scope,
                                  ms_statement_get_text (statement, 0),
                                  ms_statement_get_int (statement, 1));
    }
  ms_object_cache_clear (txn->cache);
  return FALSE;
}

gboolean
ms_txn_expect_objects (
    MsTxn *txn, const MsResourceType *type, const char *path, GPtrArray *values, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && type != NULL, FALSE);
  g_return_val_if_fail (path != NULL && values != NULL, FALSE);

  const MsAttribute *attribute = ms_resource_type_find (type, path);
  g_return_val_if_fail (attribute != NULL && attribute->unique_scope != NULL, FALSE);
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < values->len; i++)
    {
      g_autofree char *key = ms_index_attribute_key (attribute, values->pdata[i]);
      gint64           holder;
      if (!ms_object_cache_get_unique (txn->cache, attribute->unique_scope, key, &holder))
        g_ptr_array_add (keys, g_steal_pointer (&key));
    }
  for (guint i = 0; i < keys->len; i += KEYS_AT_ONCE)
    if (!ask_keys (txn, attribute->unique_scope, keys, i, error))
      return FALSE;
  return TRUE;
}
