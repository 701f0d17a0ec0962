/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether a store agrees with itself: the file as the database sees it, every index table with the
 * documents that it is made from, the counters with what they count, the chain of change sets, and
 * the rules that the database keeps.
 * Reads everything once; writes nothing.
 */
#include "ms-store-private.h"

#include "ms-anchor.h"
#include "ms-change-record.h"
#include "ms-integrity.h"
#include "ms-presence.h"
#include "ms-txn-private.h"

#include <string.h>

/* Enough to see what is wrong. */
#define MAX_PROBLEMS 100
#define PROGRESS_ROWS 1000

typedef struct
{
  MsTxn            *txn;
  GPtrArray        *problems;
  const MsProgress *progress;
  gint64            rows;
  gint64            unique;
  gint64            links;
  gint64            seats;
  gboolean          rules; /* are looked at too */
} Verifier;

static void complain (Verifier *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
complain (Verifier *self, const char *format, ...)
{
  va_list args;

  if (self->problems->len == MAX_PROBLEMS)
    g_ptr_array_add (self->problems, g_strdup ("There is more; only the first are listed"));
  if (self->problems->len > MAX_PROBLEMS)
    return;
  va_start (args, format);
  g_ptr_array_add (self->problems, g_strdup_vprintf (format, args));
  va_end (args);
}

/* Objects ------------------------------------------------------------------------------------- */

static gboolean
check_rows (Verifier *self, MsObject *object, GError **error)
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
        complain (self,
                  "%s %s: a value of its %s is not in the index",
                  ms_object_get_type (object)->name,
                  ms_object_get_id (object),
                  row->leaf->attribute->path);
    }
  self->rows += rows->len;
  return TRUE;
}

static gboolean
check_unique (Verifier *self, MsObject *object, GError **error)
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
        complain (self,
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
check_links (Verifier *self, MsObject *object, GError **error)
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
        complain (self,
                  "%s %s: its %s leads nowhere",
                  ms_object_get_type (object)->name,
                  ms_object_get_id (object),
                  relation->attribute->path);
      self->links++;
    }
  return TRUE;
}

static gboolean
check_texts (Verifier *self, MsObject *object, const char *label, const char *search)
{
  g_autofree char *expected = ms_index_collect_search (self->txn->index, object);

  if (g_strcmp0 (label, ms_object_get_label (object)) != 0)
    complain (self,
              "%s %s: is filed under the name “%s”, not “%s”",
              ms_object_get_type (object)->name,
              ms_object_get_id (object),
              label,
              ms_object_get_label (object));
  if (g_strcmp0 (search != NULL ? search : "", expected) != 0)
    complain (self,
              "%s %s: its search text is not made from it",
              ms_object_get_type (object)->name,
              ms_object_get_id (object));
  return TRUE;
}

static gboolean
check_object (Verifier *self, MsStatement *statement, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gint64 row = ms_statement_get_int (statement, 0);
  g_autoptr (MsObject) object = ms_txn_load_row (self->txn, row, FALSE, &local_error);

  if (object == NULL)
    {
      complain (self, "%s", local_error->message);
      return TRUE;
    }
  return check_rows (self, object, error) && check_unique (self, object, error)
         && check_links (self, object, error)
         && check_texts (self,
                         object,
                         ms_statement_get_text (statement, 1),
                         ms_statement_get_text (statement, 2));
}

static gboolean
check_objects (Verifier *self, GError **error)
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
      if ((done % PROGRESS_ROWS == 0 || !row)
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
compare_number (Verifier *self, const char *what, gint64 expected, const char *text, GError **error)
{
  gint64 found = 0;

  if (!ms_sql_get_int (self->txn->sql, &found, error, text, ""))
    return FALSE;
  if (found != expected)
    complain (self,
              "%s: %" G_GINT64_FORMAT " are stored, %" G_GINT64_FORMAT " would be right",
              what,
              found,
              expected);
  return TRUE;
}

/* Links of multi-valued relations are in no document. */
static gboolean
count_multiple_links (Verifier *self, GError **error)
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
check_totals (Verifier *self, GError **error)
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
                            error);
}

static gboolean
check_type_counts (Verifier *self, GError **error)
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
        complain (self,
                  "the counter of %s says %" G_GINT64_FORMAT ", there are %" G_GINT64_FORMAT,
                  type->name,
                  counted,
                  real);
    }
  return TRUE;
}

/* Sets and anchors ---------------------------------------------------------------------------- */

/* @expected: (transfer full) (nullable): its rows are the members */
static gboolean
compare_set (Verifier *self, gint64 attr, const char *key, MsStatement *expected, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = expected;
  g_autoptr (MsRowSet) stored = ms_presence_load (self->txn->sql, attr, key, error);
  g_autoptr (MsRowSet) real = ms_row_set_new ();
  gint64 counted = 0;

  if (statement == NULL || stored == NULL
      || !ms_presence_count (self->txn->sql, attr, key, &counted, error))
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        break;
      ms_row_set_add (real, ms_statement_get_int (statement, 0));
    }
  gint64 all = ms_row_set_count (real);
  ms_row_set_intersect (real, stored);
  if (counted != all || ms_row_set_count (stored) != all || ms_row_set_count (real) != all)
    complain (self,
              "the set “%s” of attribute %" G_GINT64_FORMAT " counts %" G_GINT64_FORMAT
              " and is not the %" G_GINT64_FORMAT " objects that it should be",
              key,
              attr,
              counted,
              all);
  return TRUE;
}

static gboolean
check_listed (Verifier *self, gint64 attr, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) keys
             = ms_sql_query (self->txn->sql,
                             error,
                             "SELECT key FROM value WHERE attr = $1 AND key > '' UNION"
                             " SELECT key FROM presence WHERE attr = $1 AND key > '' AND n > 0",
                             "i",
                             attr);

  if (keys == NULL)
    return FALSE;
  ms_statement_expect_many (keys);
  while (TRUE)
    {
      if (!ms_statement_step (keys, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      const char *key = ms_statement_get_text (keys, 0);
      if (!compare_set (self,
                        attr,
                        key,
                        ms_sql_query (self->txn->sql,
                                      error,
                                      "SELECT obj FROM value WHERE attr = $1 AND key = $2",
                                      "is",
                                      attr,
                                      key),
                        error))
        return FALSE;
    }
}

/* Each block with how many rows there are up to the next; the first one stands before all. */
static gboolean
check_anchors (Verifier *self, gint64 attr, GError **error)
{
  gboolean anchored = FALSE;
  gint64   wrong = 0;

  if (!ms_anchor_exists (self->txn->sql, attr, &anchored, error))
    return FALSE;
  if (!anchored)
    return TRUE;
  if (!ms_sql_get_int (self->txn->sql,
                       &wrong,
                       error,
                       "WITH block (key, obj, n, next_key, next_obj) AS ("
                       "  SELECT key, obj, n, lead (key) OVER (ORDER BY key, obj),"
                       "   lead (obj) OVER (ORDER BY key, obj) FROM anchor WHERE attr = $1)"
                       " SELECT (SELECT count(*) FROM block b WHERE b.n <>"
                       "   (SELECT count(*) FROM value v WHERE v.attr = $1 AND v.elem = 0"
                       "    AND (v.key, v.obj) >= (b.key, b.obj)"
                       "    AND (b.next_key IS NULL OR (v.key, v.obj) < (b.next_key, b.next_obj))))"
                       "  + (SELECT count(*) FROM (SELECT 1 AS one) o WHERE NOT EXISTS ("
                       "    SELECT 1 FROM block WHERE key = '' AND obj = 0))",
                       "i",
                       attr))
    return FALSE;
  if (wrong != 0)
    complain (self,
              "%" G_GINT64_FORMAT " anchors of attribute %" G_GINT64_FORMAT " are wrong",
              wrong,
              attr);
  return TRUE;
}

static gboolean
check_leaf_sets (Verifier *self, const MsIndexLeaf *leaf, GError **error)
{
  return compare_set (self,
                      leaf->attr,
                      MS_PRESENCE_ANY,
                      ms_sql_query (self->txn->sql,
                                    error,
                                    "SELECT obj FROM value WHERE attr = $1 AND elem = 0",
                                    "i",
                                    leaf->attr),
                      error)
         && (!leaf->is_listed || check_listed (self, leaf->attr, error))
         && check_anchors (self, leaf->attr, error);
}

static gboolean
check_relation_set (Verifier *self, const MsIndexRelation *relation, GError **error)
{
  return relation->attribute->multi_valued
         || compare_set (self,
                         relation->attr,
                         MS_PRESENCE_ANY,
                         ms_sql_query (self->txn->sql,
                                       error,
                                       "SELECT from_n FROM link WHERE attr = $1",
                                       "i",
                                       relation->attr),
                         error);
}

static gboolean
check_sets (Verifier *self, GError **error)
{
  GPtrArray *types = ms_schema_registry_get_types (self->txn->schemas);

  for (guint i = 0; i < types->len; i++)
    {
      const MsIndexType *type = ms_index_get_type (self->txn->index, types->pdata[i]);
      if (!compare_set (self,
                        type->objects,
                        MS_PRESENCE_ANY,
                        ms_sql_query (self->txn->sql,
                                      error,
                                      "SELECT n FROM object WHERE type = $1 AND deleted IS NULL",
                                      "s",
                                      type->type->name),
                        error))
        return FALSE;
      for (guint j = 0; j < type->leaves->len; j++)
        if (!check_leaf_sets (self, &g_array_index (type->leaves, MsIndexLeaf, j), error))
          return FALSE;
      for (guint j = 0; j < type->relations->len; j++)
        if (!check_relation_set (self, &g_array_index (type->relations, MsIndexRelation, j), error))
          return FALSE;
    }
  return TRUE;
}

/* Mail groups --------------------------------------------------------------------------------- */

/* Row of a mail group, what is counted of it, and what is there; one row for the root. */
#define SELECT_GROUPS                                                                              \
  "WITH RECURSIVE tree (top, n) AS ("                                                              \
  "  SELECT n, n FROM object WHERE type = 'MailGroup' AND deleted IS NULL UNION"                   \
  "  SELECT t.top, l.from_n FROM tree t JOIN link l ON l.attr = $1 AND l.to_n = t.n)"              \
  " SELECT c.obj, c.mailboxes, c.below, c.groups,"                                                 \
  "  (SELECT count(*) FROM link l WHERE l.attr = $2 AND l.to_n = c.obj),"                          \
  "  (SELECT count(*) FROM tree t JOIN link l ON l.attr = $2 AND l.to_n = t.n WHERE t.top = "      \
  "c.obj),"                                                                                        \
  "  (SELECT count(*) FROM link l WHERE l.attr = $1 AND l.to_n = c.obj)"                           \
  " FROM group_count c WHERE c.obj <> 0 ORDER BY c.obj"

static gboolean
check_root (Verifier *self, gint64 parent, gint64 group, GError **error)
{
  gboolean row = FALSE;
  gint64   mailboxes, below, groups;
  g_autoptr (MsStatement) statement = ms_sql_query (
      self->txn->sql,
      error,
      "SELECT (SELECT count(*) FROM object WHERE type = 'Mailbox' AND deleted IS NULL),"
      " (SELECT count(*) FROM link WHERE attr = $1),"
      " (SELECT count(*) FROM object WHERE type = 'MailGroup' AND deleted IS NULL)"
      " - (SELECT count(*) FROM link WHERE attr = $2)",
      "ii",
      group,
      parent);

  if (statement == NULL || !ms_statement_step (statement, &row, error)
      || !ms_txn_count_group (self->txn, NULL, &mailboxes, &below, &groups, error))
    return FALSE;
  gint64 all = ms_statement_get_int (statement, 0);
  if (below != all || mailboxes != all - ms_statement_get_int (statement, 1)
      || groups != ms_statement_get_int (statement, 2))
    complain (self, "the counters of all mailboxes and mail groups are wrong");
  return TRUE;
}

static gboolean
check_groups (Verifier *self, GError **error)
{
  MsIndex *index = self->txn->index;
  gint64   parent = ms_index_get_relation (index, MS_TYPE_NAME_MAIL_GROUP, "parent");
  gint64   group = ms_index_get_relation (index, MS_TYPE_NAME_MAILBOX, "group");
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (self->txn->sql, error, SELECT_GROUPS, "ii", parent, group);

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return check_root (self, parent, group, error);
      for (guint i = 1; i <= 3; i++)
        if (ms_statement_get_int (statement, i) != ms_statement_get_int (statement, i + 3))
          complain (self,
                    "counter %u of the mail group in row %" G_GINT64_FORMAT " is wrong",
                    i,
                    ms_statement_get_int (statement, 0));
    }
}

/* Change sets --------------------------------------------------------------------------------- */

typedef struct
{
  Verifier    *verifier;
  MsChainCheck check;
  gint64       total;
} ChainCheck;

static gboolean
check_set (const MsChangeSet *set, const char *const *deltas, gpointer user_data, GError **error)
{
  ChainCheck      *self = user_data;
  g_autofree char *problem = ms_chain_check_add (&self->check, set, deltas);
  g_autofree char *mark = NULL;
  gint64           sequence = 0;

  if (problem != NULL)
    complain (self->verifier, "change set %" G_GINT64_FORMAT ": %s", set->sequence, problem);
  if (!ms_txn_check_undo_marks (self->verifier->txn, set, &sequence, &mark, error))
    return FALSE;
  if (mark != NULL)
    complain (self->verifier, "change set %" G_GINT64_FORMAT ": %s", sequence, mark);
  return self->check.checked % PROGRESS_ROWS != 0
         || ms_progress_report (self->verifier->progress,
                                "checking change sets",
                                self->check.checked,
                                self->total,
                                error);
}

static gboolean
check_chain (Verifier *self, GError **error)
{
  ChainCheck chain = { .verifier = self };

  if (!ms_sql_get_int (self->txn->sql, &chain.total, error, "SELECT count(*) FROM change_set", ""))
    return FALSE;
  ms_chain_check_init (&chain.check, 0, "");
  gboolean done = ms_progress_report (self->progress, "checking change sets", 0, chain.total, error)
                  && ms_txn_walk_chain (self->txn, 0, G_MAXUINT, check_set, &chain, error)
                  && ms_progress_report (
                      self->progress, "checking change sets", chain.total, chain.total, error);
  ms_chain_check_clear (&chain.check);
  return done;
}

static gboolean
verify (MsTxn *txn, gpointer user_data, GError **error)
{
  Verifier *self = user_data;

  self->txn = txn;
  if (!ms_progress_report (self->progress, "checking the database", 0, 0, error)
      || !txn->sql->driver->check (txn->sql, self->problems, error))
    return FALSE;
  /* A damaged file makes nonsense of all that follows. */
  if (self->problems->len > 0)
    return TRUE;
  return check_objects (self, error) && check_totals (self, error)
         && check_type_counts (self, error) && check_sets (self, error)
         && check_groups (self, error) && check_chain (self, error)
         && (!self->rules || ms_integrity_check (txn->sql, self->problems, error));
}

static GPtrArray *
run (MsStore *self, gboolean rules, const MsProgress *progress, GError **error)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  Verifier verifier = { .problems = problems, .progress = progress, .rules = rules };

  return ms_store_read (
             self, verify, &verifier, progress != NULL ? progress->cancellable : NULL, error)
             ? g_steal_pointer (&problems)
             : NULL;
}

GPtrArray *
ms_store_verify_with (MsStore *self, const MsProgress *progress, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self), NULL);
  return run (self, TRUE, progress, error);
}

GPtrArray *
ms_store_verify_content (MsStore *self, const MsProgress *progress, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self), NULL);
  return run (self, FALSE, progress, error);
}

GPtrArray *
ms_store_verify (MsStore *self, GError **error)
{
  return ms_store_verify_with (self, NULL, error);
}
