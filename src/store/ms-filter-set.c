/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-filter-set.h. The rules are those of ms_filter_matches().
 */
#include "ms-filter-set.h"

#include "ms-filter-sql.h"
#include "ms-json.h"
#include "ms-presence.h"
#include "ms-query-sizes.h"
#include "ms-query.h"
#include "ms-text.h"
#include "ms-txn-private.h"

#include <string.h>

/**
 * Making: of a set
 * @only_check: whether it can be made: nothing is looked for, and what a set holds means nothing
 * @parameters: of all statements so far, of which a filter may make only so many
 */
typedef struct
{
  MsTxn                *txn;
  const MsResourceType *type;
  gboolean              only_check;
  guint                 parameters;
} Making;

static MsRowSet *make_set (Making *self, const MsFilter *filter, GError **error);

static const MsIndexLeaf *
find_leaf (MsTxn *txn, const MsResourceType *type, const MsFilter *filter)
{
  return filter->attribute != NULL ? ms_index_find_leaf (txn->index, type, filter->attribute)
                                   : NULL;
}

gboolean
ms_filter_set_is_kept (MsTxn *txn, const MsResourceType *type, const MsFilter *filter)
{
  const MsIndexLeaf *leaf = find_leaf (txn, type, filter);

  switch (filter->kind)
    {
    case MS_FILTER_AND:
    case MS_FILTER_OR:
      return ms_filter_set_is_kept (txn, type, filter->left)
             && ms_filter_set_is_kept (txn, type, filter->right);
    case MS_FILTER_NOT:
      return ms_filter_set_is_kept (txn, type, filter->left);
    case MS_FILTER_COMPARE:
      return leaf != NULL && leaf->is_listed
             && (filter->op == MS_FILTER_EQ || filter->op == MS_FILTER_NE);
    case MS_FILTER_PRESENT:
      return leaf != NULL && !leaf->is_multiple;
    case MS_FILTER_NOTHING:
      return TRUE;
    case MS_FILTER_VALUE_PATH:
    default:
      return FALSE;
    }
}

static gboolean
is_computed (const MsFilter *filter)
{
  return filter->attribute != NULL && ms_attribute_is_derived (filter->attribute);
}

/* Of several values one that differs is enough for "ne", which is not the opposite of "eq". */
static gboolean
is_opposite (MsTxn *txn, const MsResourceType *type, const MsFilter *filter)
{
  const MsIndexLeaf *leaf = find_leaf (txn, type, filter);

  return filter->kind == MS_FILTER_COMPARE && filter->op == MS_FILTER_NE
         && (leaf != NULL ? !leaf->is_multiple : is_computed (filter));
}

gboolean
ms_filter_set_can (MsTxn *txn, const MsResourceType *type, const MsFilter *filter)
{
  switch (filter->kind)
    {
    case MS_FILTER_AND:
    case MS_FILTER_OR:
      return ms_filter_set_can (txn, type, filter->left)
             && ms_filter_set_can (txn, type, filter->right);
    case MS_FILTER_NOT:
      return ms_filter_set_can (txn, type, filter->left);
    case MS_FILTER_COMPARE:
    case MS_FILTER_PRESENT:
    case MS_FILTER_VALUE_PATH:
    case MS_FILTER_NOTHING:
    default:
      return ms_filter_set_is_kept (txn, type, filter) || is_opposite (txn, type, filter)
             || ms_filter_sql_rank (filter) < MS_FILTER_NO_SET;
    }
}

static MsRowSet *
load_all (MsTxn *txn, const MsResourceType *type, GError **error)
{
  return ms_query_load_set (
      txn, ms_index_get_type (txn->index, type)->objects, MS_PRESENCE_ANY, error);
}

/* @set: (transfer full) (nullable) */
static MsRowSet *
make_complement (MsTxn *txn, const MsResourceType *type, MsRowSet *set, GError **error)
{
  g_autoptr (MsRowSet) without = set;
  MsRowSet *all = without != NULL ? load_all (txn, type, error) : NULL;

  if (all != NULL)
    ms_row_set_subtract (all, without);
  return all;
}

static MsRowSet *
make_equal (MsTxn *txn, const MsIndexLeaf *leaf, const MsFilter *filter, GError **error)
{
  g_autofree char *key = ms_index_key (leaf->attribute, filter->value);

  /* What is of another type, or "", equals nothing. */
  if (key == NULL || *key == '\0')
    return ms_row_set_new ();
  return ms_query_load_set (txn, leaf->attr, key, error);
}

/* "" counts as absent in a filter, but has its place in a sorted list. */
static MsRowSet *
make_present (MsTxn *txn, const MsIndexLeaf *leaf, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsRowSet) set = ms_query_load_set (txn, leaf->attr, MS_PRESENCE_ANY, error);
  g_autoptr (MsStatement) statement
      = set != NULL ? ms_sql_query (
            txn->sql, error, "SELECT obj FROM value WHERE attr = $1 AND key = ''", "i", leaf->attr)
                    : NULL;

  if (statement == NULL)
    return NULL;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&set);
      ms_row_set_remove (set, ms_statement_get_int (statement, 0));
    }
}

/* What one index finds ------------------------------------------------------------------------ */

/* @filter: one that no index answers */
static void
append_scan (MsSqlBuilder *builder, const MsResourceType *type, const MsFilter *filter)
{
  MsSqlScope scope = { .type = type, .obj = "g.n" };

  ms_sql_builder_append (builder, "SELECT g.n FROM object g WHERE g.type = ");
  ms_sql_builder_add_text (builder, type->name);
  ms_sql_builder_append (builder, " AND g.deleted IS NULL AND ");
  ms_filter_sql_append_test (builder, &scope, filter);
}

static MsStatement *
run_set (Making *self, const MsFilter *filter, GError **error)
{
  g_auto (MsSqlBuilder) builder = { 0 };

  ms_sql_builder_init (&builder, self->txn);
  builder.others = self->parameters;
  if (ms_filter_sql_rank (filter) < MS_FILTER_NO_SET)
    ms_filter_sql_append_set (&builder, self->type, filter);
  else
    append_scan (&builder, self->type, filter);
  self->parameters += builder.parameters->len;
  return ms_sql_builder_run (&builder, error);
}

static MsRowSet *
read_set (MsStatement *statement, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsRowSet) set = ms_row_set_new ();

  if (statement == NULL)
    return NULL;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&set);
      ms_row_set_add (set, ms_statement_get_int (statement, 0));
    }
}

static gboolean
get_opposite (MsFilterOp op, MsFilterOp *opposite)
{
  static const MsFilterOp opposites[][2] = { { MS_FILTER_GT, MS_FILTER_LE },
                                             { MS_FILTER_GE, MS_FILTER_LT },
                                             { MS_FILTER_LT, MS_FILTER_GE },
                                             { MS_FILTER_LE, MS_FILTER_GT } };

  for (guint i = 0; i < G_N_ELEMENTS (opposites); i++)
    if (opposites[i][0] == op)
      {
        *opposite = opposites[i][1];
        return TRUE;
      }
  return FALSE;
}

/* Whether every object of the type is on one side or the other. */
static gboolean
has_two_sides (MsTxn *txn, const MsFilter *filter, MsFilterOp *opposite)
{
  gint64 time = 0;

  return txn->sql->driver->exclusive && filter->kind == MS_FILTER_COMPARE
         && filter->attribute == NULL
         && (filter->meta == MS_FILTER_META_CREATED || filter->meta == MS_FILTER_META_LAST_MODIFIED)
         && get_opposite (filter->op, opposite)
         && ms_json_parse_time (json_node_get_string (filter->value), &time);
}

/* Steps along both sides of a point until the shorter one ends. */
static MsRowSet *
make_side (Making *self, const MsFilter *filter, MsFilterOp other, GError **error)
{
  MsFilter opposite = *filter;
  gboolean row = TRUE;
  gboolean other_row = TRUE;
  g_autoptr (MsRowSet) set = ms_row_set_new ();
  g_autoptr (MsRowSet) rest = ms_row_set_new ();

  opposite.op = other;
  g_autoptr (MsStatement) near = run_set (self, filter, error);
  g_autoptr (MsStatement) far = near != NULL ? run_set (self, &opposite, error) : NULL;
  while (far != NULL)
    {
      if (!ms_statement_step (near, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&set);
      ms_row_set_add (set, ms_statement_get_int (near, 0));
      if (!ms_statement_step (far, &other_row, error))
        return NULL;
      if (!other_row)
        return make_complement (self->txn, self->type, g_steal_pointer (&rest), error);
      ms_row_set_add (rest, ms_statement_get_int (far, 0));
    }
  return NULL;
}

/* Words --------------------------------------------------------------------------------------- */

static gboolean
is_blank (const char *const *words)
{
  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      return FALSE;
  return TRUE;
}

/* Objects of all types. */
static MsRowSet *
find_words (MsTxn *txn, const char *folded, const char *const *words, GError **error)
{
  g_autoptr (GPtrArray) patterns = g_ptr_array_new_with_free_func (g_free);
  g_auto (MsSqlBuilder) builder = { 0 };

  if (g_strcmp0 (txn->words, folded) == 0)
    return ms_row_set_copy (txn->with_words);
  ms_sql_builder_init (&builder, txn);
  txn->sql->driver->search_set (txn->sql, builder.text, words, patterns);
  for (guint i = 0; i < patterns->len; i++)
    (void) ms_sql_builder_keep_text (&builder, patterns->pdata[i]);
  g_autoptr (MsStatement) statement = ms_sql_builder_run (&builder, error);
  g_autoptr (MsRowSet) found = read_set (statement, error);
  if (found == NULL || txn->context != NULL)
    return g_steal_pointer (&found);
  g_free (txn->words);
  g_clear_pointer (&txn->with_words, ms_row_set_free);
  txn->words = g_strdup (folded);
  txn->with_words = ms_row_set_copy (found);
  return g_steal_pointer (&found);
}

MsRowSet *
ms_filter_set_search (MsTxn *txn, const MsResourceType *type, const char *search, GError **error)
{
  g_autofree char *folded = ms_text_fold_search (search);
  g_auto (GStrv) split = g_strsplit_set (folded, " \t\n\r", -1);
  const char *const *words = (const char *const *) split;

  if (is_blank (words))
    return load_all (txn, type, error);
  g_autoptr (MsRowSet) found = find_words (txn, folded, words, error);
  g_autoptr (MsRowSet) all = found != NULL ? load_all (txn, type, error) : NULL;
  if (all == NULL)
    return NULL;
  ms_row_set_intersect (found, all);
  return g_steal_pointer (&found);
}

/* One condition ------------------------------------------------------------------------------- */

static MsRowSet *
make_found (Making *self, const MsFilter *filter, GError **error)
{
  MsFilterOp opposite = filter->op;
  MsRowSet  *found = NULL;

  if (self->only_check)
    {
      g_autoptr (MsStatement) checked = run_set (self, filter, error);
      return checked != NULL ? ms_row_set_new () : NULL;
    }
  if (filter->kind == MS_FILTER_COMPARE
      && (filter->op == MS_FILTER_CO || filter->op == MS_FILTER_EW)
      && (!ms_filter_part_find (self->txn, self->type, filter, &found, error) || found != NULL))
    return found;
  if (has_two_sides (self->txn, filter, &opposite))
    return make_side (self, filter, opposite, error);
  g_autoptr (MsStatement) statement = run_set (self, filter, error);
  return read_set (statement, error);
}

/* Of what has one value, or is kept. @leaf: (nullable): of what is in the index */
static MsRowSet *
make_equal_or_not (Making *self, const MsIndexLeaf *leaf, const MsFilter *filter, GError **error)
{
  MsFilter equal = *filter;

  equal.op = MS_FILTER_EQ;
  MsRowSet *set = leaf != NULL && leaf->is_listed ? make_equal (self->txn, leaf, &equal, error)
                                                  : make_found (self, &equal, error);
  return filter->op == MS_FILTER_NE ? make_complement (self->txn, self->type, set, error) : set;
}

static MsRowSet *
make_compared (Making *self, const MsFilter *filter, GError **error)
{
  const MsIndexLeaf *leaf = find_leaf (self->txn, self->type, filter);
  gboolean           kept = leaf != NULL && leaf->is_listed;

  if ((kept && (filter->op == MS_FILTER_EQ || filter->op == MS_FILTER_NE))
      || is_opposite (self->txn, self->type, filter))
    return make_equal_or_not (self, leaf, filter, error);
  return make_found (self, filter, error);
}

/* All ----------------------------------------------------------------------------------------- */

/* What both have. Where the one that is likely to find less finds nothing, the other need not be
 * asked for. */
static MsRowSet *
make_common (Making *self, const MsFilter *filter, GError **error)
{
  gboolean is_turned = ms_filter_sql_rank (filter->right) < ms_filter_sql_rank (filter->left);
  g_autoptr (MsRowSet) left = make_set (self, is_turned ? filter->right : filter->left, error);

  if (left == NULL || (!self->only_check && ms_row_set_count (left) == 0))
    return g_steal_pointer (&left);
  g_autoptr (MsRowSet) right = make_set (self, is_turned ? filter->left : filter->right, error);
  if (right == NULL)
    return NULL;
  ms_row_set_intersect (left, right);
  return g_steal_pointer (&left);
}

static MsRowSet *
make_united (Making *self, const MsFilter *filter, GError **error)
{
  g_autoptr (MsRowSet) left = make_set (self, filter->left, error);
  g_autoptr (MsRowSet) right = left != NULL ? make_set (self, filter->right, error) : NULL;

  if (right == NULL)
    return NULL;
  ms_row_set_unite (left, right);
  return g_steal_pointer (&left);
}

static MsRowSet *
make_set (Making *self, const MsFilter *filter, GError **error)
{
  const MsIndexLeaf *leaf = find_leaf (self->txn, self->type, filter);

  switch (filter->kind)
    {
    case MS_FILTER_AND:
      return make_common (self, filter, error);
    case MS_FILTER_OR:
      return make_united (self, filter, error);
    case MS_FILTER_NOT:
      return make_complement (self->txn, self->type, make_set (self, filter->left, error), error);
    case MS_FILTER_NOTHING:
      return ms_row_set_new ();
    case MS_FILTER_PRESENT:
      return leaf != NULL && !leaf->is_multiple ? make_present (self->txn, leaf, error)
                                                : make_found (self, filter, error);
    case MS_FILTER_COMPARE:
      return make_compared (self, filter, error);
    case MS_FILTER_VALUE_PATH:
    default:
      return make_found (self, filter, error);
    }
}

MsRowSet *
ms_filter_set_make (MsTxn *txn, const MsResourceType *type, const MsFilter *filter, GError **error)
{
  Making self = { txn, type, FALSE, 0 };

  return make_set (&self, filter, error);
}

gboolean
ms_filter_set_check (MsTxn *txn, const MsResourceType *type, const MsFilter *filter, GError **error)
{
  Making self = { txn, type, TRUE, 0 };
  g_autoptr (MsRowSet) set = make_set (&self, filter, error);

  return set != NULL;
}
