/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who has a value with a given part or end, which no index is sorted by. The search index knows who
 * can have it, and those are looked at where they are not too many; of an attribute with few
 * different values each is looked at once, however many objects have it.
 */
#include "ms-filter-set.h"

#include "ms-document.h"
#include "ms-index-private.h"
#include "ms-query-sizes.h"
#include "ms-query.h"
#include "ms-text.h"

#include <string.h>

/* Bytes of a word for which the search index is asked; PostgreSQL's knows none of two. */
#define SHORTEST_WORD(txn) ((txn)->sql->driver->search_stream != NULL ? 2 : 3)
#define SPACE " \t\n\r"

/* Searched texts ------------------------------------------------------------------------------ */

static gboolean
has_long_word (const char *text, gsize shortest)
{
  while (*text != '\0')
    {
      gsize length = strcspn (text, SPACE);
      if (length >= shortest)
        return TRUE;
      text += length + strspn (text + length, SPACE);
    }
  return FALSE;
}

/* The index and filters fold text differently, but for ASCII what one finds the other does too. */
static gboolean
is_in_words (MsTxn *txn, const MsFilter *filter)
{
  const char *part = json_node_get_value_type (filter->value) == G_TYPE_STRING
                         ? json_node_get_string (filter->value)
                         : NULL;

  return filter->attribute != NULL && filter->attribute->is_search && part != NULL
         && g_str_is_ascii (part) && has_long_word (part, SHORTEST_WORD (txn));
}

/* Characters from the mark on in a key that was cut, and in the shortest of them: 400 bytes, less
 * the part of a character that did not fit, are no fewer than 100. */
#define DIGEST (1 + MS_TEXT_KEY_DIGITS)
#define SHORTEST_CUT (100 + DIGEST)

/* (nullable): where the digest of a long text begins. The mark may stand in any text, too. */
static const char *
find_digest (const char *key)
{
  glong       length = g_utf8_strlen (key, -1);
  const char *mark
      = length >= SHORTEST_CUT ? g_utf8_offset_to_pointer (key, length - DIGEST) : NULL;

  return mark != NULL && g_str_has_prefix (mark, MS_TEXT_KEY_CUT) ? mark : NULL;
}

/* What ms_filter_part_append_readable() asks for, of a key at hand. */
static gboolean
has_part (const char *key, MsFilterOp op, const char *part)
{
  const char *mark = *part != '\0' ? find_digest (key) : NULL;
  const char *found = strstr (key, part);

  if (op == MS_FILTER_CO)
    return found != NULL && (mark == NULL || found < mark);
  return mark == NULL && g_str_has_suffix (key, part);
}

/* By the keys of its values, as on any other road: of a long text these have the beginning only. Of
 * the document only what holds the attribute is read. */
static gboolean
look_at (MsTxn             *txn,
         const MsIndexLeaf *leaf,
         MsFilterOp         op,
         const char        *part,
         gint64             row,
         gboolean          *match,
         GError           **error)
{
  const MsAttribute *attribute = leaf->attribute;
  const MsAttribute *top = attribute->parent != NULL ? attribute->parent : attribute;
  gboolean           there = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql, error, "SELECT body FROM document WHERE obj = $1", "i", row);

  if (statement == NULL || !ms_statement_step (statement, &there, error))
    return FALSE;
  *match = FALSE;
  if (!there)
    return TRUE;
  g_autoptr (JsonObject) attributes = ms_document_parse_member (
      ms_statement_get_text (statement, 0),
      ms_attribute_is_in_extension (attribute) ? top->schema->id : top->name,
      error);
  if (attributes == NULL)
    return FALSE;
  g_autoptr (GArray) rows = ms_index_new_rows ();
  ms_index_collect_leaf (leaf, attributes, rows);
  for (guint i = 0; !*match && i < rows->len; i++)
    *match = has_part (g_array_index (rows, MsIndexRow, i).key, op, part);
  return TRUE;
}

static gboolean
find_among_words (MsTxn                *txn,
                  const MsResourceType *type,
                  const MsIndexLeaf    *leaf,
                  const MsFilter       *filter,
                  MsRowSet            **found,
                  GError              **error)
{
  g_autofree char *part = ms_index_key (leaf->attribute, filter->value);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (MsRowSet) able = NULL;

  if (!ms_query_find_few_words (
          txn, type, json_node_get_string (filter->value), ms_query_sizes.looked_at, &able, error))
    return FALSE;
  if (able == NULL)
    return TRUE;
  ms_row_set_slice (able, 0, ms_query_sizes.looked_at + 1, FALSE, rows);
  if (rows->len > ms_query_sizes.looked_at)
    return TRUE;
  for (guint i = 0; i < rows->len; i++)
    {
      gint64   row = g_array_index (rows, gint64, i);
      gboolean match = FALSE;
      if (!look_at (txn, leaf, filter->op, part, row, &match, error))
        return FALSE;
      if (!match)
        ms_row_set_remove (able, row);
    }
  *found = g_steal_pointer (&able);
  return TRUE;
}

/* Few different values ------------------------------------------------------------------------ */

/* @key: (inout): the next value's; %NULL where there is none */
static gboolean
step_key (MsTxn *txn, gint64 attr, char **key, GError **error)
{
  gboolean         more = FALSE;
  g_autofree char *last = g_steal_pointer (key);
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      "SELECT key FROM value WHERE attr = $1 AND key > $2 ORDER BY key LIMIT 1",
      "is",
      attr,
      last);

  if (statement == NULL || !ms_statement_step (statement, &more, error))
    return FALSE;
  *key = more ? ms_statement_dup_text (statement, 0) : NULL;
  return TRUE;
}

static gboolean
add_holders (MsTxn *txn, gint64 attr, const char *key, MsRowSet *set, GError **error)
{
  gboolean more = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql, error, "SELECT obj FROM value WHERE attr = $1 AND key = $2", "is", attr, key);

  while (statement != NULL && ms_statement_step (statement, &more, error))
    {
      if (!more)
        return TRUE;
      ms_row_set_add (set, ms_statement_get_int (statement, 0));
    }
  return FALSE;
}

/* The digest of a long text is no part of it, and how that ends its key does not tell. */
void
ms_filter_part_append_readable (MsSqlBuilder *self, MsFilterOp op, const char *key)
{
  const char *find = self->txn->sql->driver->find_function;
  guint       mark = ms_sql_builder_keep_text (self, MS_TEXT_KEY_CUT);

  ms_sql_builder_append (self,
                         " AND (length(key) < %d OR substr(key, length(key) - %d, 1) <> $%u",
                         SHORTEST_CUT,
                         DIGEST - 1,
                         mark);
  if (op == MS_FILTER_CO)
    {
      guint part = ms_sql_builder_keep_text (self, key);
      ms_sql_builder_append (self, " OR %s(key, $%u) < length(key) - %d", find, part, DIGEST - 1);
    }
  ms_sql_builder_append (self, ")");
}

static gboolean
find_among_keys (
    MsTxn *txn, const MsIndexLeaf *leaf, const MsFilter *filter, MsRowSet **found, GError **error)
{
  g_autofree char *part = ms_index_key (leaf->attribute, filter->value);
  g_autofree char *key = g_strdup ("");
  g_autoptr (MsRowSet) set = ms_row_set_new ();

  if (part == NULL)
    return TRUE;
  for (gint64 i = 0; i <= ms_query_sizes.keys; i++)
    {
      if (!step_key (txn, leaf->attr, &key, error))
        return FALSE;
      if (key == NULL)
        {
          *found = g_steal_pointer (&set);
          return TRUE;
        }
      if (has_part (key, filter->op, part) && !add_holders (txn, leaf->attr, key, set, error))
        return FALSE;
    }
  return TRUE;
}

/* --------------------------------------------------------------------------------------------- */

gboolean
ms_filter_part_find (MsTxn                *txn,
                     const MsResourceType *type,
                     const MsFilter       *filter,
                     MsRowSet            **found,
                     GError              **error)
{
  const MsIndexLeaf *leaf
      = filter->attribute != NULL ? ms_index_find_leaf (txn->index, type, filter->attribute) : NULL;

  *found = NULL;
  if (leaf == NULL)
    return TRUE;
  if (is_in_words (txn, filter)
      && (!find_among_words (txn, type, leaf, filter, found, error) || *found != NULL))
    return *found != NULL;
  if (leaf->is_multiple || leaf->attribute->type != MS_ATTR_STRING || !txn->sql->driver->exclusive)
    return TRUE;
  return find_among_keys (txn, leaf, filter, found, error);
}
