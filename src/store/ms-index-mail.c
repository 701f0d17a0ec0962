/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys of addresses and domains. Until version 3 they were folded as any text, by which two domains
 * were one: straße.example and strasse.example. Only objects that hold a letter of which that was
 * so are looked at. No two of them come to have one key that had two, so nothing can be in the way.
 */
#include "ms-index-private.h"

#include "ms-document.h"

#define LETTER_1 "ß"
#define LETTER_2 "ẞ"
#define LETTER_3 "ς"

static gboolean
mend_values (MsSql *sql, const MsIndexLeaf *leaf, GArray *rows, gint64 obj, GError **error)
{
  return ms_sql_run (
             sql, error, "DELETE FROM value WHERE attr = $1 AND obj = $2", "ii", leaf->attr, obj)
         && ms_index_insert_rows (sql, rows, obj, error);
}

static gboolean
mend_unique (MsSql *sql, const MsIndexLeaf *leaf, GArray *rows, gint64 obj, GError **error)
{
  const char *scope = leaf->attribute->unique_scope;

  if (scope == NULL)
    return TRUE;
  if (!ms_sql_run (sql, error, "DELETE FROM uniq WHERE scope = $1 AND obj = $2", "si", scope, obj))
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    {
      const char *key = g_array_index (rows, MsIndexRow, i).key;
      if (*key != '\0'
          && !ms_sql_run (sql,
                          error,
                          "INSERT INTO uniq (scope, key, obj) VALUES ($1, $2, $3)"
                          " ON CONFLICT DO NOTHING",
                          "ssi",
                          scope,
                          key,
                          obj))
        return FALSE;
    }
  return TRUE;
}

static gboolean
mend_object (MsSql             *sql,
             const MsIndexLeaf *leaf,
             gint64             obj,
             const char        *document,
             guint             *mended,
             GError           **error)
{
  g_autoptr (GError) damaged = NULL;
  g_autoptr (JsonObject) attributes = ms_document_parse (document, &damaged);
  g_autoptr (GArray) rows = ms_index_new_rows ();

  /* Nobody can read it; that it stands there is for verify to say. */
  if (attributes == NULL)
    {
      g_message ("Row %" G_GINT64_FORMAT " is found by %s as before: %s",
                 obj,
                 leaf->attribute->path,
                 damaged->message);
      return TRUE;
    }
  ms_index_collect_leaf (leaf, attributes, rows);
  (*mended)++;
  return mend_values (sql, leaf, rows, obj, error) && mend_unique (sql, leaf, rows, obj, error);
}

gboolean
ms_index_mend_mail (
    MsSql *sql, const MsResourceType *type, const MsIndexLeaf *leaf, guint *mended, GError **error)
{
  const char      *find = sql->driver->find_function;
  gboolean         row = TRUE;
  g_autofree char *query
      = g_strdup_printf ("SELECT o.n, d.body FROM object o JOIN document d ON d.obj = o.n"
                         " WHERE o.type = $1 AND o.deleted IS NULL"
                         " AND (%s(d.body, $2) > 0 OR %s(d.body, $3) > 0 OR %s(d.body, $4) > 0)",
                         find,
                         find,
                         find);
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql, error, query, "ssss", type->name, LETTER_1, LETTER_2, LETTER_3);

  *mended = 0;
  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      if (!mend_object (sql,
                        leaf,
                        ms_statement_get_int (statement, 0),
                        ms_statement_get_text (statement, 1),
                        mended,
                        error))
        return FALSE;
    }
}
