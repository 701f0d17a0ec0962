/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Links: the members of lists and everything else that points at an object. Single-valued relations
 * are edited as attributes of their object; here they are only read, and cleared when their target
 * goes.
 */
#include "ms-txn-private.h"

#include "ms-error.h"

#include <string.h>

void
ms_link_target_free (MsLinkTarget *self)
{
  g_free (self->id);
  g_free (self->label);
  g_free (self);
}

/* Editing ------------------------------------------------------------------------------------- */

static gboolean
change_link (MsTxn             *txn,
             MsObject          *from,
             const MsAttribute *attribute,
             const char        *text,
             const char        *id,
             const MsFound     *target,
             int                difference,
             gboolean          *changed,
             GError           **error)
{
  gint64 attr = ms_index_get_number (txn->index, ms_object_get_type (from), attribute);
  gint64 changes = 0;

  if (!ms_sql_run_counted (
          txn->sql, &changes, error, text, "iii", ms_object_get_row (from), attr, target->row))
    return FALSE;
  *changed = changes != 0;
  if (changes == 0)
    return TRUE;
  ms_txn_note_changed (txn, MS_CHANGED_LINKS (target->row));
  if (!ms_txn_touch (txn, from, error))
    return FALSE;
  ms_changes_add_link (txn->changes, from, attribute, id, target->label, difference);
  return TRUE;
}

gboolean
ms_txn_add_link (MsTxn             *txn,
                 MsObject          *from,
                 const MsAttribute *attribute,
                 const char        *target_id,
                 gboolean          *changed,
                 GError           **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && from != NULL, FALSE);
  g_return_val_if_fail (attribute->relation == MS_RELATION_TO && attribute->multi_valued, FALSE);
  g_return_val_if_fail (target_id != NULL && changed != NULL, FALSE);

  g_auto (MsFound) target = { 0 };
  if (!ms_txn_find_row (txn, target_id, FALSE, &target, error))
    return FALSE;
  if (target.row == 0
      || (attribute->relation_types != NULL
          && !g_strv_contains ((const char *const *) attribute->relation_types, target.type->name)))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    attribute->path,
                    target.row == 0 ? "%s: there is no object “%s”"
                                    : "%s: “%s” is of a type that cannot be there",
                    attribute->path,
                    target_id);
      return FALSE;
    }
  return change_link (txn,
                      from,
                      attribute,
                      "INSERT INTO link (from_n, attr, to_n) VALUES ($1, $2, $3)"
                      " ON CONFLICT DO NOTHING",
                      target_id,
                      &target,
                      1,
                      changed,
                      error);
}

gboolean
ms_txn_remove_link (MsTxn             *txn,
                    MsObject          *from,
                    const MsAttribute *attribute,
                    const char        *target_id,
                    gboolean          *changed,
                    GError           **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && from != NULL, FALSE);
  g_return_val_if_fail (attribute->relation == MS_RELATION_TO && attribute->multi_valued, FALSE);
  g_return_val_if_fail (target_id != NULL && changed != NULL, FALSE);

  g_auto (MsFound) target = { 0 };
  *changed = FALSE;
  if (!ms_txn_find_row (txn, target_id, FALSE, &target, error))
    return FALSE;
  if (target.row == 0)
    return TRUE;
  return change_link (txn,
                      from,
                      attribute,
                      "DELETE FROM link WHERE from_n = $1 AND attr = $2 AND to_n = $3",
                      target_id,
                      &target,
                      -1,
                      changed,
                      error);
}

/* Clearing ------------------------------------------------------------------------------------ */

/* @text: a query for row numbers by two numbers. (element-type gint64) */
static GArray *
read_rows (MsTxn *txn, const char *text, gint64 first, gint64 second, GError **error)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (txn->sql, error, text, "ii", first, second);

  if (statement == NULL)
    return NULL;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&rows);
      gint64 n = ms_statement_get_int (statement, 0);
      g_array_append_val (rows, n);
    }
}

static gboolean
drop_link (
    MsTxn *txn, MsObject *from, const MsIndexRelation *relation, MsObject *to, GError **error)
{
  if (!relation->attribute->multi_valued)
    {
      g_autoptr (MsObject) without = ms_object_copy (from);
      ms_object_set_link (without, relation->attribute->path, NULL);
      return ms_txn_write_object (txn, from, without, error);
    }
  if (!ms_sql_run (txn->sql,
                   error,
                   "DELETE FROM link WHERE from_n = $1 AND attr = $2 AND to_n = $3",
                   "iii",
                   ms_object_get_row (from),
                   relation->attr,
                   ms_object_get_row (to))
      || !ms_txn_touch (txn, from, error))
    return FALSE;
  ms_txn_note_changed (txn, MS_CHANGED_LINKS (ms_object_get_row (to)));
  ms_changes_add_link (
      txn->changes, from, relation->attribute, ms_object_get_id (to), ms_object_get_label (to), -1);
  return TRUE;
}

static gboolean
drop_incoming (MsTxn *txn, const MsIndexRelation *relation, MsObject *object, GError **error)
{
  g_autoptr (GArray) rows = read_rows (txn,
                                       "SELECT from_n FROM link WHERE attr = $1 AND to_n = $2",
                                       relation->attr,
                                       ms_object_get_row (object),
                                       error);

  if (rows == NULL)
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    {
      g_autoptr (MsObject) from
                 = ms_txn_load_row (txn, g_array_index (rows, gint64, i), FALSE, error);
      if (from == NULL || !drop_link (txn, from, relation, object, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
drop_outgoing (MsTxn *txn, const MsIndexRelation *relation, MsObject *object, GError **error)
{
  g_autoptr (GArray) rows = read_rows (txn,
                                       "SELECT to_n FROM link WHERE from_n = $1 AND attr = $2",
                                       ms_object_get_row (object),
                                       relation->attr,
                                       error);

  if (rows == NULL)
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    {
      g_autoptr (MsObject) to = ms_txn_load_row (txn, g_array_index (rows, gint64, i), TRUE, error);
      if (to == NULL || !drop_link (txn, object, relation, to, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
points_at (const MsIndexRelation *relation, const MsResourceType *type)
{
  char **types = relation->attribute->relation_types;

  return types == NULL || g_strv_contains ((const char *const *) types, type->name);
}

/* The relations, as " attr, attr", that may point at an object of @type, or from it. */
static void
append_relations (MsTxn *txn, const MsResourceType *type, gboolean incoming, GString *out)
{
  GPtrArray *types = ms_schema_registry_get_types (txn->schemas);

  for (guint i = 0; i < types->len; i++)
    {
      const MsIndexType *other = ms_index_get_type (txn->index, types->pdata[i]);
      for (guint j = 0; j < other->relations->len; j++)
        {
          const MsIndexRelation *relation = &g_array_index (other->relations, MsIndexRelation, j);
          if (incoming ? points_at (relation, type)
                       : types->pdata[i] == type && relation->attribute->multi_valued)
            g_string_append_printf (out, ", %" G_GINT64_FORMAT, relation->attr);
        }
    }
}

/* Numbers of the relations by which something is linked to @object, and of those of several values
 * by which it is linked to something; asked for all at once, since mostly there are none. */
static gboolean
find_relations (
    MsTxn *txn, MsObject *object, GHashTable *incoming, GHashTable *outgoing, GError **error)
{
  const MsResourceType *type = ms_object_get_type (object);
  gboolean              more = TRUE;
  g_autoptr (GString) text = g_string_new (
      "SELECT a.attr, 1 FROM attribute a WHERE EXISTS"
      " (SELECT 1 FROM link l WHERE l.attr = a.attr AND l.to_n = $1) AND a.attr IN (0");

  append_relations (txn, type, TRUE, text);
  g_string_append (text,
                   ") UNION ALL SELECT a.attr, 0 FROM attribute a WHERE EXISTS"
                   " (SELECT 1 FROM link l WHERE l.attr = a.attr AND l.from_n = $1)"
                   " AND a.attr IN (0");
  append_relations (txn, type, FALSE, text);
  g_string_append_c (text, ')');
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql, error, text->str, "i", ms_object_get_row (object));
  while (statement != NULL && ms_statement_step (statement, &more, error))
    {
      if (!more)
        return TRUE;
      gint64 attr = ms_statement_get_int (statement, 0);
      g_hash_table_add (ms_statement_get_int (statement, 1) != 0 ? incoming : outgoing,
                        g_memdup2 (&attr, sizeof attr));
    }
  return FALSE;
}

gboolean
ms_txn_unlink_object (MsTxn *self, MsObject *object, GError **error)
{
  GPtrArray *types = ms_schema_registry_get_types (self->schemas);
  g_autoptr (GHashTable) incoming
             = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GHashTable) outgoing
             = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  if (!find_relations (self, object, incoming, outgoing, error))
    return FALSE;
  for (guint i = 0; i < types->len; i++)
    {
      const MsIndexType *type = ms_index_get_type (self->index, types->pdata[i]);
      for (guint j = 0; j < type->relations->len; j++)
        {
          const MsIndexRelation *relation = &g_array_index (type->relations, MsIndexRelation, j);
          if (g_hash_table_contains (incoming, &relation->attr)
              && !drop_incoming (self, relation, object, error))
            return FALSE;
        }
    }
  if (g_hash_table_size (outgoing) == 0)
    return TRUE;
  /* It may have been among those who had a link to it, and have counted its version up. */
  g_autoptr (MsObject) latest = ms_txn_load_row (self, ms_object_get_row (object), FALSE, error);
  if (latest == NULL)
    return FALSE;
  const MsIndexType *type = ms_index_get_type (self->index, ms_object_get_type (object));
  for (guint j = 0; j < type->relations->len; j++)
    {
      const MsIndexRelation *relation = &g_array_index (type->relations, MsIndexRelation, j);
      if (g_hash_table_contains (outgoing, &relation->attr)
          && !drop_outgoing (self, relation, latest, error))
        return FALSE;
    }
  return TRUE;
}

/* Listing ------------------------------------------------------------------------------------- */

/* Appends what the rows of @statement say. */
static gboolean
read_targets (MsTxn *txn, MsStatement *statement, GPtrArray *targets, GError **error)
{
  gboolean more = TRUE;

  while (TRUE)
    {
      if (!ms_statement_step (statement, &more, error))
        return FALSE;
      if (!more)
        return TRUE;
      g_autoptr (MsLinkTarget) target = g_new0 (MsLinkTarget, 1);
      target->id = ms_statement_dup_text (statement, 0);
      target->type = ms_txn_check_named (txn, statement, error);
      target->label = ms_statement_dup_text (statement, 2);
      target->row = ms_statement_get_int (statement, 3);
      if (target->type == NULL)
        return FALSE;
      g_ptr_array_add (targets, g_steal_pointer (&target));
    }
}

static gboolean
list_relation (MsTxn     *txn,
               gint64     attr,
               gint64     row,
               gboolean   reverse,
               guint      limit,
               GPtrArray *targets,
               GError   **error)
{
  if (reverse && ms_object_cache_is_lone (txn->cache, row))
    return TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      reverse ? "SELECT o.id, o.type, o.label, o.n FROM link l JOIN object o ON o.n = l.from_n"
                " WHERE l.attr = $1 AND l.to_n = $2 ORDER BY l.from_n LIMIT $3"
              : "SELECT o.id, o.type, o.label, o.n FROM link l JOIN object o ON o.n = l.to_n"
                " WHERE l.attr = $1 AND l.from_n = $2 ORDER BY l.to_n LIMIT $3",
      "iii",
      attr,
      row,
      limit > 0 ? (gint64) (limit - targets->len) : G_MAXINT64);

  return statement != NULL && read_targets (txn, statement, targets, error);
}

/* Numbers of the relations "path" of any type that may point at @target. (element-type gint64) */
static GArray *
find_incoming (MsTxn *txn, const MsResourceType *target, const char *path)
{
  GPtrArray *types = ms_schema_registry_get_types (txn->schemas);
  GArray    *found = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < types->len; i++)
    {
      const MsIndexType *type = ms_index_get_type (txn->index, types->pdata[i]);
      for (guint j = 0; j < type->relations->len; j++)
        {
          const MsIndexRelation *relation = &g_array_index (type->relations, MsIndexRelation, j);
          if (strcmp (relation->attribute->path, path) == 0 && points_at (relation, target))
            g_array_append_val (found, relation->attr);
        }
    }
  return found;
}

static GPtrArray *
list_links (MsTxn                *txn,
            const MsResourceType *type,
            gint64                row,
            const char           *path,
            gboolean              reverse,
            guint                 limit,
            GError              **error)
{
  g_autoptr (GPtrArray) targets
             = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_link_target_free);
  g_autoptr (GArray) attrs = NULL;

  if (reverse)
    attrs = find_incoming (txn, type, path);
  else
    {
      gint64 attr = ms_index_get_relation (txn->index, type->name, path);
      attrs = g_array_new (FALSE, FALSE, sizeof (gint64));
      g_array_append_val (attrs, attr);
    }
  for (guint i = 0; i < attrs->len && (limit == 0 || targets->len < limit); i++)
    if (!list_relation (txn, g_array_index (attrs, gint64, i), row, reverse, limit, targets, error))
      return NULL;
  return g_steal_pointer (&targets);
}

GPtrArray *
ms_txn_list_links (
    MsTxn *txn, const char *id, const char *path, gboolean reverse, guint limit, GError **error)
{
  g_return_val_if_fail (txn != NULL && id != NULL && path != NULL, NULL);

  g_auto (MsFound) found = { 0 };
  if (!ms_txn_find_row (txn, id, FALSE, &found, error))
    return NULL;
  if (found.row == 0)
    return g_ptr_array_new_with_free_func ((GDestroyNotify) ms_link_target_free);
  return list_links (txn, found.type, found.row, path, reverse, limit, error);
}

GPtrArray *
ms_txn_list_object_links (
    MsTxn *txn, MsObject *object, const char *path, gboolean reverse, guint limit, GError **error)
{
  g_return_val_if_fail (txn != NULL && object != NULL && path != NULL, NULL);

  return list_links (
      txn, ms_object_get_type (object), ms_object_get_row (object), path, reverse, limit, error);
}

gboolean
ms_txn_has_extension_links (
    MsTxn *txn, MsObject *object, const MsSchema *schema, gboolean *has, GError **error)
{
  g_return_val_if_fail (txn != NULL && object != NULL && schema != NULL, FALSE);

  *has = FALSE;
  for (guint i = 0; !*has && i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      if (attribute->relation != MS_RELATION_TO || !attribute->multi_valued)
        continue;
      g_autoptr (GPtrArray) targets
                 = ms_txn_list_object_links (txn, object, attribute->path, FALSE, 1, error);
      if (targets == NULL)
        return FALSE;
      *has = targets->len > 0;
    }
  return TRUE;
}

GPtrArray *
ms_txn_list_links_after (
    MsTxn *txn, MsObject *object, const char *path, gint64 after, guint limit, GError **error)
{
  g_return_val_if_fail (txn != NULL && object != NULL && path != NULL && limit > 0, NULL);

  g_autoptr (GPtrArray) targets
             = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_link_target_free);
  gint64 attr = ms_index_get_relation (txn->index, ms_object_get_type (object)->name, path);
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT o.id, o.type, o.label, o.n FROM link l"
                             " JOIN object o ON o.n = l.to_n WHERE l.attr = $1 AND l.from_n = $2"
                             " AND l.to_n > $3 ORDER BY l.to_n LIMIT $4",
                             "iiii",
                             attr,
                             ms_object_get_row (object),
                             after,
                             (gint64) limit);
  if (statement == NULL || !read_targets (txn, statement, targets, error))
    return NULL;
  for (guint i = 0; i < targets->len; i++)
    {
      const MsLinkTarget *target = targets->pdata[i];
      if (!ms_sql_check_numbers (txn->sql, "links by number", after, target->row, error))
        return NULL;
      after = target->row;
    }
  return g_steal_pointer (&targets);
}

gboolean
ms_txn_has_link (MsTxn      *txn,
                 const char *from_id,
                 const char *path,
                 const char *to_id,
                 gboolean   *has,
                 GError    **error)
{
  g_return_val_if_fail (txn != NULL && from_id != NULL && path != NULL, FALSE);
  g_return_val_if_fail (to_id != NULL && has != NULL, FALSE);

  g_auto (MsFound) from = { 0 };
  g_auto (MsFound) to = { 0 };
  gint64 found = 0;

  *has = FALSE;
  if (!ms_txn_find_row (txn, from_id, FALSE, &from, error)
      || !ms_txn_find_row (txn, to_id, FALSE, &to, error))
    return FALSE;
  if (from.row == 0 || to.row == 0)
    return TRUE;
  gint64 attr = ms_index_get_relation (txn->index, from.type->name, path);
  if (!ms_sql_get_int (txn->sql,
                       &found,
                       error,
                       "SELECT 1 FROM link WHERE from_n = $1 AND attr = $2 AND to_n = $3",
                       "iii",
                       from.row,
                       attr,
                       to.row))
    return FALSE;
  *has = found != 0;
  return TRUE;
}

GPtrArray *
ms_txn_list_ancestors (MsTxn *txn, const char *group_id, GError **error)
{
  g_return_val_if_fail (txn != NULL && group_id != NULL, NULL);

  gint64   parent = ms_index_get_relation (txn->index, MS_TYPE_NAME_MAIL_GROUP, "parent");
  gint64   at = 0;
  gboolean row = FALSE;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_auto (MsFound) found = { 0 };
  if (!ms_txn_find_row (txn, group_id, FALSE, &found, error))
    return NULL;
  at = found.row;
  /* A store that somebody has tied into a circle must not keep us here. */
  while (g_hash_table_add (seen, g_memdup2 (&at, sizeof at)))
    {
      g_autoptr (MsStatement) statement
                 = ms_sql_query (txn->sql,
                                 error,
                                 "SELECT o.n, o.id FROM link l JOIN object o ON o.n = l.to_n"
                                 " WHERE l.from_n = $1 AND l.attr = $2",
                                 "ii",
                                 at,
                                 parent);
      if (statement == NULL || !ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        break;
      at = ms_statement_get_int (statement, 0);
      g_ptr_array_add (ids, ms_statement_dup_text (statement, 1));
    }
  return g_steal_pointer (&ids);
}

gboolean
ms_txn_measure_below (MsTxn *txn, const char *group_id, gint64 limit, gint64 *depth, GError **error)
{
  g_return_val_if_fail (txn != NULL && group_id != NULL && depth != NULL, FALSE);

  /* Of a circle too it sees no more than the limit. */
  *depth = 0;
  return ms_sql_get_int (txn->sql,
                         depth,
                         error,
                         "WITH RECURSIVE below (n, depth) AS ("
                         "  SELECT l.from_n, CAST(1 AS BIGINT) FROM link l"
                         "  JOIN object o ON o.n = l.to_n WHERE o.id = $1 AND l.attr = $2"
                         "  UNION SELECT l.from_n, b.depth + 1 FROM below b"
                         "  JOIN link l ON l.to_n = b.n AND l.attr = $2 WHERE b.depth < $3)"
                         " SELECT COALESCE(MAX(depth), 0) FROM below",
                         "sii",
                         group_id,
                         ms_index_get_relation (txn->index, MS_TYPE_NAME_MAIL_GROUP, "parent"),
                         limit);
}
