/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The objects of a store and what is made from each: its rows in the index, its unique values, its
 * links, its label and search text; then, that the tables hold nothing beyond that, and that the
 * counters say how much it is.
 */
#include "ms-verify-private.h"

#include "ms-txn-private.h"

#include <string.h>

/* Objects ------------------------------------------------------------------------------------- */

static gboolean
check_rows (MsVerifier *self, MsObject *object, GError **error)
{
  g_autoptr (GArray) rows = ms_index_collect_rows (self->txn->index, object);

  for (guint i = 0; i < rows->len; i++)
    {
      const MsIndexRow *row = &g_array_index (rows, MsIndexRow, i);
      gint64            found = 0;
      if (!ms_sql_get_int (
              self->txn->sql,
              &found,
              error,
              "SELECT 1 FROM value WHERE attr = $1 AND key = $2 AND obj = $3 AND elem = $4",
              "isii",
              row->attr,
              row->key,
              ms_object_get_row (object),
              row->elem))
        return FALSE;
      if (found == 0)
        ms_verifier_complain (self,
                              "%s %s: a value of its %s is not in the index",
                              ms_object_get_type (object)->name,
                              ms_object_get_id (object),
                              row->leaf->attribute->path);
    }
  self->rows += rows->len;
  return TRUE;
}

static gboolean
check_unique (MsVerifier *self, MsObject *object, GError **error)
{
  g_autoptr (GArray) values = ms_txn_collect_unique (self->txn, object, error);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; values != NULL && i < values->len; i++)
    {
      const MsIndexUnique *value = &g_array_index (values, MsIndexUnique, i);
      gint64               holder = 0;
      if (!ms_sql_get_int (self->txn->sql,
                           &holder,
                           error,
                           "SELECT obj FROM uniq WHERE scope = $1 AND key = $2",
                           "ss",
                           value->scope,
                           value->key))
        return FALSE;
      if (holder != ms_object_get_row (object))
        ms_verifier_complain (self,
                              "%s %s: its %s “%s” is not held by it",
                              ms_object_get_type (object)->name,
                              ms_object_get_id (object),
                              value->scope,
                              value->key);
      self->unique += g_hash_table_add (seen, g_strconcat (value->scope, "\n", value->key, NULL));
      self->seats += strcmp (value->scope, MS_SCOPE_PRIMARY) == 0;
    }
  return values != NULL;
}

static gboolean
check_links (MsVerifier *self, MsObject *object, GError **error)
{
  const MsIndexType *type = ms_index_get_type (self->txn->index, ms_object_get_type (object));

  for (guint i = 0; i < type->relations->len; i++)
    {
      const MsIndexRelation *relation = &g_array_index (type->relations, MsIndexRelation, i);
      const char            *id = relation->attribute->multi_valued
                                      ? NULL
                                      : ms_object_get_link (object, relation->attribute->path);
      gint64                 found = 0;
      if (id == NULL)
        continue;
      if (!ms_sql_get_int (
              self->txn->sql,
              &found,
              error,
              "SELECT 1 FROM link l JOIN object t ON t.n = l.to_n"
              " WHERE l.from_n = $1 AND l.attr = $2 AND t.id = $3 AND t.deleted IS NULL",
              "iis",
              ms_object_get_row (object),
              relation->attr,
              id))
        return FALSE;
      if (found == 0)
        ms_verifier_complain (self,
                              "%s %s: its %s leads nowhere",
                              ms_object_get_type (object)->name,
                              ms_object_get_id (object),
                              relation->attribute->path);
      self->links++;
    }
  return TRUE;
}

static gboolean
check_texts (MsVerifier *self, MsObject *object, const char *label, const char *search)
{
  g_autofree char *expected = ms_index_collect_search (self->txn->index, object);

  if (g_strcmp0 (label, ms_object_get_label (object)) != 0)
    ms_verifier_complain (self,
                          "%s %s: is filed under the name “%s”, not “%s”",
                          ms_object_get_type (object)->name,
                          ms_object_get_id (object),
                          label,
                          ms_object_get_label (object));
  if (g_strcmp0 (search != NULL ? search : "", expected) != 0)
    ms_verifier_complain (self,
                          "%s %s: its search text is not made from it",
                          ms_object_get_type (object)->name,
                          ms_object_get_id (object));
  return TRUE;
}

static gboolean
check_object (MsVerifier *self, MsStatement *statement, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gint64 row = ms_statement_get_int (statement, 0);
  g_autoptr (MsObject) object = ms_txn_load_row (self->txn, row, FALSE, &local_error);

  if (object == NULL)
    {
      ms_verifier_complain (self, "%s", local_error->message);
      return TRUE;
    }
  return check_rows (self, object, error) && check_unique (self, object, error)
         && check_links (self, object, error)
         && check_texts (self,
                         object,
                         ms_statement_get_text (statement, 1),
                         ms_statement_get_text (statement, 2))
         && ms_verifier_check_history (self, object, error);
}

gboolean
ms_verifier_check_objects (MsVerifier *self, GError **error)
{
  gint64   total = 0;
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      self->txn->sql,
      error,
      "SELECT o.n, o.label, s.body FROM object o LEFT JOIN search s ON s.obj = o.n"
      " WHERE o.deleted IS NULL ORDER BY o.n",
      "");

  if (statement == NULL
      || !ms_sql_get_int (
          self->txn->sql, &total, error, "SELECT count(*) FROM object WHERE deleted IS NULL", ""))
    return FALSE;
  ms_statement_expect_many (statement);
  for (gint64 done = 0;; done++)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if ((done % MS_VERIFY_PROGRESS_ROWS == 0 || !row)
          && !ms_progress_report (self->progress, "checking objects", done, total, error))
        return FALSE;
      if (!row)
        return TRUE;
      if (!check_object (self, statement, error))
        return FALSE;
    }
}

/* Totals -------------------------------------------------------------------------------------- */

static gboolean
compare_number (
    MsVerifier *self, const char *what, gint64 expected, const char *text, GError **error)
{
  gint64 found = 0;

  if (!ms_sql_get_int (self->txn->sql, &found, error, text, ""))
    return FALSE;
  if (found != expected)
    ms_verifier_complain (self,
                          "%s: %" G_GINT64_FORMAT " are stored, %" G_GINT64_FORMAT
                          " would be right",
                          what,
                          found,
                          expected);
  return TRUE;
}

/* Links of multi-valued relations are in no document. */
static gboolean
count_multiple_links (MsVerifier *self, GError **error)
{
  GPtrArray *types = ms_schema_registry_get_types (self->txn->schemas);

  for (guint i = 0; i < types->len; i++)
    {
      const MsIndexType *type = ms_index_get_type (self->txn->index, types->pdata[i]);
      for (guint j = 0; j < type->relations->len; j++)
        {
          const MsIndexRelation *relation = &g_array_index (type->relations, MsIndexRelation, j);
          gint64                 found = 0;
          if (!relation->attribute->multi_valued)
            continue;
          if (!ms_sql_get_int (self->txn->sql,
                               &found,
                               error,
                               "SELECT count(*) FROM link WHERE attr = $1",
                               "i",
                               relation->attr))
            return FALSE;
          self->links += found;
        }
    }
  return TRUE;
}

static gboolean
check_type_counts (MsVerifier *self, GError **error)
{
  GPtrArray *types = ms_schema_registry_get_types (self->txn->schemas);

  for (guint i = 0; i < types->len; i++)
    {
      const MsResourceType *type = types->pdata[i];
      gint64                counted = 0;
      gint64                real = 0;
      if (!ms_txn_count (self->txn, MS_COUNT_OBJECTS, type, &counted, error)
          || !ms_sql_get_int (self->txn->sql,
                              &real,
                              error,
                              "SELECT count(*) FROM object WHERE type = $1 AND deleted IS NULL",
                              "s",
                              type->name))
        return FALSE;
      if (counted != real)
        ms_verifier_complain (self,
                              "the counter of %s says %" G_GINT64_FORMAT
                              ", there are %" G_GINT64_FORMAT,
                              type->name,
                              counted,
                              real);
    }
  return TRUE;
}

gboolean
ms_verifier_check_totals (MsVerifier *self, GError **error)
{
  return count_multiple_links (self, error)
         && compare_number (
             self, "values in the index", self->rows, "SELECT count(*) FROM value", error)
         && compare_number (self, "unique values", self->unique, "SELECT count(*) FROM uniq", error)
         && compare_number (self, "links", self->links, "SELECT count(*) FROM link", error)
         && compare_number (self,
                            "links to or from deleted objects",
                            0,
                            "SELECT count(*) FROM link l JOIN object f ON f.n = l.from_n"
                            " JOIN object t ON t.n = l.to_n"
                            " WHERE f.deleted IS NOT NULL OR t.deleted IS NOT NULL",
                            error)
         && compare_number (self,
                            "seats",
                            self->seats,
                            "SELECT COALESCE((SELECT value FROM counter WHERE name = 'seats'), 0)",
                            error)
         && compare_number (self,
                            "search texts of deleted objects",
                            0,
                            "SELECT count(*) FROM search s JOIN object o ON o.n = s.obj"
                            " WHERE o.deleted IS NOT NULL",
                            error)
         && check_type_counts (self, error);
}
