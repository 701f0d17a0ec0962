/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unique values and searched texts beside the rows of an index: how a text is stored, and what
 * stores lack whose index knew no part of several values. Objects of other types are not looked at,
 * so that a large store opens as quickly as ever.
 */
#include "ms-index-private.h"

#include "ms-document.h"

#include <string.h>

gboolean
ms_index_store_search (MsSql                *sql,
                       const MsResourceType *type,
                       gint64                obj,
                       const char           *before,
                       const char           *after,
                       GError              **error)
{
  const MsSqlDriver *driver = sql->driver;

  if (strcmp (before, after) == 0)
    return TRUE;
  gboolean done = *after == '\0'
                      ? ms_sql_run (sql, error, "DELETE FROM search WHERE obj = $1", "i", obj)
                      : ms_sql_run (sql,
                                    error,
                                    "INSERT INTO search (obj, body) VALUES ($1, $2)"
                                    " ON CONFLICT (obj) DO UPDATE SET body = excluded.body",
                                    "is",
                                    obj,
                                    after);
  if (!done || driver->search_changed == NULL)
    return done;
  return driver->search_changed (
      sql, type->name, obj, *before != '\0' ? before : NULL, *after != '\0' ? after : NULL, error);
}

static gboolean
keep_unique (MsSql *sql, MsIndex *index, MsObject *object, gint64 obj, GError **error)
{
  g_autoptr (GArray) found = ms_index_collect_unique (index, object);

  for (guint i = 0; i < found->len; i++)
    {
      const MsIndexUnique *unique = &g_array_index (found, MsIndexUnique, i);
      if (!ms_sql_run (sql,
                       error,
                       "INSERT INTO uniq (scope, key, obj) VALUES ($1, $2, $3)"
                       " ON CONFLICT DO NOTHING",
                       "ssi",
                       unique->scope,
                       unique->key,
                       obj))
        return FALSE;
    }
  return TRUE;
}

/* @row: row number, id, document and searched text of an object */
static gboolean
mend_object (
    MsSql *sql, MsIndex *index, const MsResourceType *type, MsStatement *row, GError **error)
{
  gint64           obj = ms_statement_get_int (row, 0);
  g_autofree char *before = ms_statement_dup_text (row, 3);
  JsonObject      *attributes = ms_document_parse (ms_statement_get_text (row, 2), error);

  if (attributes == NULL)
    return FALSE;
  g_autoptr (MsObject) object = ms_object_new (type, ms_statement_get_text (row, 1), attributes);
  g_autofree char *after = ms_index_collect_search (index, object);
  return keep_unique (sql, index, object, obj, error)
         && ms_index_store_search (sql, type, obj, before != NULL ? before : "", after, error);
}

gboolean
ms_index_mend_parts (MsSql *sql, MsIndex *index, const MsResourceType *type, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      sql,
      error,
      "SELECT o.n, o.id, d.body, s.body FROM object o JOIN document d ON d.obj = o.n"
      " LEFT JOIN search s ON s.obj = o.n WHERE o.type = $1 AND o.deleted IS NULL ORDER BY o.n",
      "s",
      type->name);

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      if (!mend_object (sql, index, type, statement, error))
        return FALSE;
    }
}
