/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys of long texts that are not case exact. The first edition cut them at 256 bytes and left it
 * at that, so that texts with the same beginning were one; now a digest tells them apart. Only rows
 * that can have been cut are made anew, so that a large store opens as quickly as ever.
 */
#include "ms-index-private.h"

#include "ms-document.h"

#include <string.h>

/* In characters, which both databases count alike: 256 bytes, less the part of a character that did
 * not fit, are no fewer. */
#define SHORTEST_CUT 64
#define SHORTEST_CUT_TEXT "64"

/**
 * Old: a row that may have been cut
 */
typedef struct
{
  gint64 obj;
  gint64 elem;
  char  *key;
} Old;

static void
old_clear (gpointer data)
{
  g_free (((Old *) data)->key);
}

/* (element-type Old): by object */
static GArray *
load_old (MsSql *sql, gint64 attr, GError **error)
{
  g_autoptr (GArray) olds = g_array_new (FALSE, FALSE, sizeof (Old));
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      sql,
      error,
      "SELECT obj, elem, key FROM value"
      " WHERE attr = $1 AND length(key) >= " SHORTEST_CUT_TEXT " ORDER BY obj, elem",
      "i",
      attr);

  g_array_set_clear_func (olds, old_clear);
  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return g_steal_pointer (&olds);
      Old old = { ms_statement_get_int (statement, 0),
                  ms_statement_get_int (statement, 1),
                  ms_statement_dup_text (statement, 2) };
      g_array_append_val (olds, old);
    }
  return NULL;
}

/* (transfer full) (nullable): NULL with @error unset where the object has no document */
static JsonObject *
load_attributes (MsSql *sql, gint64 obj, GError **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql, error, "SELECT body FROM document WHERE obj = $1", "i", obj);

  if (statement == NULL || !ms_statement_step (statement, &row, error) || !row)
    return NULL;
  return ms_document_parse (ms_statement_get_text (statement, 0), error);
}

static gboolean
replace_unique (
    MsSql *sql, const char *scope, gint64 obj, const char *old, const char *key, GError **error)
{
  gint64 taken = 0;

  if (strcmp (old, key) == 0)
    return TRUE;
  if (!ms_sql_run_counted (sql,
                           &taken,
                           error,
                           "DELETE FROM uniq WHERE scope = $1 AND key = $2 AND obj = $3",
                           "ssi",
                           scope,
                           old,
                           obj))
    return FALSE;
  return taken == 0
         || ms_sql_run (sql,
                        error,
                        "INSERT INTO uniq (scope, key, obj) VALUES ($1, $2, $3)"
                        " ON CONFLICT DO NOTHING",
                        "ssi",
                        scope,
                        key,
                        obj);
}

static gboolean
insert_row (MsSql *sql, const MsIndexRow *row, gint64 obj, GError **error)
{
  return ms_sql_run (sql,
                     error,
                     "INSERT INTO value (attr, key, obj, elem) VALUES ($1, $2, $3, $4)"
                     " ON CONFLICT DO NOTHING",
                     "isii",
                     row->attr,
                     row->key,
                     obj,
                     row->elem);
}

/* The rows of one object: @olds from @first on. */
static gboolean
mend_object (
    MsSql *sql, const MsIndexLeaf *leaf, const GArray *olds, guint first, guint n, GError **error)
{
  GError *local_error = NULL;
  gint64  obj = g_array_index (olds, Old, first).obj;
  g_autoptr (JsonObject) attributes = load_attributes (sql, obj, &local_error);
  g_autoptr (GArray) rows = ms_index_new_rows ();

  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }
  if (attributes != NULL)
    ms_index_collect_leaf (leaf, attributes, rows);
  for (guint i = 0; i < rows->len; i++)
    {
      const MsIndexRow *row = &g_array_index (rows, MsIndexRow, i);

      if (g_utf8_strlen (row->key, -1) < SHORTEST_CUT)
        continue;
      if (!insert_row (sql, row, obj, error))
        return FALSE;
      for (guint j = first; leaf->attribute->unique_scope != NULL && j < first + n; j++)
        {
          const Old *old = &g_array_index (olds, Old, j);
          if (old->elem == row->elem
              && !replace_unique (
                  sql, leaf->attribute->unique_scope, obj, old->key, row->key, error))
            return FALSE;
        }
    }
  return TRUE;
}

static gboolean
mend_rows (MsSql *sql, const MsIndexLeaf *leaf, GError **error)
{
  g_autoptr (GArray) olds = load_old (sql, leaf->attr, error);
  guint n = 1;

  if (olds == NULL
      || !ms_sql_run (sql,
                      error,
                      "DELETE FROM value WHERE attr = $1 AND length(key) >= " SHORTEST_CUT_TEXT,
                      "i",
                      leaf->attr))
    return FALSE;
  for (guint i = 0; i < olds->len; i += n)
    {
      gint64 obj = g_array_index (olds, Old, i).obj;
      for (n = 1; i + n < olds->len && g_array_index (olds, Old, i + n).obj == obj; n++)
        ;
      if (!mend_object (sql, leaf, olds, i, n, error))
        return FALSE;
    }
  return TRUE;
}

/* The name of a mail group is unique below its parent: "row/key". */
static gboolean
mend_group_name (MsSql *sql, gint64 obj, const char *old, const char *key, GError **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql,
                             error,
                             "SELECT key FROM uniq WHERE obj = $1 AND scope = $2",
                             "is",
                             obj,
                             MS_SCOPE_GROUP_NAME);

  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  g_autofree char *found = row ? ms_statement_dup_text (statement, 0) : NULL;
  if (found == NULL || !g_str_has_suffix (found, old))
    return TRUE;
  g_clear_pointer (&statement, ms_statement_release);
  g_autofree char *place = g_strndup (found, strlen (found) - strlen (old));
  g_autofree char *whole = g_strconcat (place, key, NULL);
  return replace_unique (sql, MS_SCOPE_GROUP_NAME, obj, found, whole, error);
}

/* In the bin too. */
static gboolean
mend_labels (MsSql *sql, const MsResourceType *type, GError **error)
{
  g_autoptr (GArray) olds = g_array_new (FALSE, FALSE, sizeof (Old));
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql,
                             error,
                             "SELECT n, label, label_key FROM object"
                             " WHERE type = $1 AND length(label_key) >= " SHORTEST_CUT_TEXT,
                             "s",
                             type->name);

  g_array_set_clear_func (olds, old_clear);
  while (row)
    {
      if (statement == NULL || !ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        break;
      Old old = { ms_statement_get_int (statement, 0), 0, ms_statement_dup_text (statement, 2) };
      g_array_append_val (olds, old);
      g_ptr_array_add (labels, ms_statement_dup_text (statement, 1));
    }
  g_clear_pointer (&statement, ms_statement_release);
  for (guint i = 0; i < olds->len; i++)
    {
      const Old       *old = &g_array_index (olds, Old, i);
      g_autofree char *key = ms_index_text_key (labels->pdata[i], FALSE);
      if (strcmp (key, old->key) == 0)
        continue;
      if (!ms_sql_run (
              sql, error, "UPDATE object SET label_key = $1 WHERE n = $2", "si", key, old->obj)
          || !mend_group_name (sql, old->obj, old->key, key, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_index_mend_long (MsSql *sql, const MsResourceType *type, const MsIndexLeaf *leaf, GError **error)
{
  /* The key of a label is folded always. */
  return mend_rows (sql, leaf, error)
         && (leaf->attribute != ms_resource_type_get_label (type)
             || mend_labels (sql, type, error));
}
