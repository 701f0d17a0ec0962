/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects: read, insert, update, into the bin and out of it. An object in the bin keeps its row,
 * its document without relations and its secrets, and nothing in any index.
 */
#include "ms-txn-private.h"

#include "ms-document.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-schema-diff.h"

#include <string.h>

/* Those that are not used leave gaps. */
#define MOST_RESERVED 32

/* Relations hold nothing but the id; what is computed on reading is not stored, and links of
 * multi-valued ones are not in the document. */
static void
trim_relations (MsTxn *txn, MsObject *object)
{
  const MsIndexType *type = ms_index_get_type (txn->index, ms_object_get_type (object));

  for (guint i = 0; i < type->relations->len; i++)
    {
      const MsAttribute *attribute = g_array_index (type->relations, MsIndexRelation, i).attribute;
      JsonNode *node = ms_attribute_get_value (attribute, ms_object_get_attributes (object));

      if (node == NULL)
        continue;
      if (attribute->multi_valued)
        ms_object_set_link (object, attribute->path, NULL);
      else if (!JSON_NODE_HOLDS_OBJECT (node)
               || json_object_get_size (json_node_get_object (node)) != 1)
        {
          g_autofree char *id = g_strdup (ms_object_get_link (object, attribute->path));
          ms_object_set_link (object, attribute->path, id);
        }
    }
}

/* With the second object of a transaction more are to be expected; each time twice as many. */
static gboolean
reserve_rows (MsTxn *txn, GError **error)
{
  const char *query = txn->sql->driver->reserve_query;
  gint64      wanted = txn->n_reserve;
  gboolean    more = TRUE;

  txn->n_reserve = MIN (MAX (2 * txn->n_reserve, 1), MOST_RESERVED);
  if (query == NULL || wanted == 0)
    return TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (txn->sql, error, query, "i", wanted);
  while (statement != NULL && ms_statement_step (statement, &more, error))
    {
      if (!more)
        return TRUE;
      gint64 row = ms_statement_get_int (statement, 0);
      g_array_prepend_val (txn->rows, row);
    }
  return FALSE;
}

/* With a row number that is known beforehand nothing is waited for. */
static gboolean
insert_reserved (MsTxn *txn, MsObject *object, const char *key, gint64 *row, GError **error)
{
  const gint64 version = 1;

  *row = g_array_index (txn->rows, gint64, txn->rows->len - 1);
  g_array_set_size (txn->rows, txn->rows->len - 1);
  return ms_sql_run (
      txn->sql,
      error,
      "INSERT INTO object (n, id, type, version, created, modified, label, label_key)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      "issiiiss",
      *row,
      ms_object_get_id (object),
      ms_object_get_type (object)->name,
      version,
      txn->now,
      txn->now,
      ms_object_get_label (object),
      key);
}

/* Where a rule is asked before the table is, it has refused what is said better here; see
 * ms-integrity.c. */
static gboolean
is_taken (MsTxn *txn, MsObject *object, const GError *refused)
{
  gint64 row = 0;

  /* Where it cannot be asked either, why it was refused is what there is to say. */
  return g_error_matches (refused, MS_ERROR, MS_ERROR_CONFLICT)
         && txn->sql->driver->has_event (MS_SQL_REPLACE)
         && ms_sql_get_int (txn->sql,
                            &row,
                            NULL,
                            "SELECT n FROM object WHERE id = $1",
                            "s",
                            ms_object_get_id (object))
         && row != 0;
}

static gboolean
insert_row (MsTxn *txn, MsObject *object, gint64 *row, GError **error)
{
  const gint64     version = 1;
  g_autofree char *key = ms_index_text_key (ms_object_get_label (object), FALSE);
  g_autoptr (GError) refused = NULL;

  *row = 0;
  if (txn->rows->len == 0 && !reserve_rows (txn, error))
    return FALSE;
  if (txn->rows->len > 0)
    return insert_reserved (txn, object, key, row, error);
  if (!ms_sql_get_int (
          txn->sql,
          row,
          &refused,
          "INSERT INTO object (id, type, version, created, modified, label, label_key)"
          " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING n",
          "ssiiiss",
          ms_object_get_id (object),
          ms_object_get_type (object)->name,
          version,
          txn->now,
          txn->now,
          ms_object_get_label (object),
          key)
      && !is_taken (txn, object, refused))
    {
      g_propagate_error (error, g_steal_pointer (&refused));
      return FALSE;
    }
  if (*row != 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                "uniqueness",
                "id",
                "The id “%s” is taken",
                ms_object_get_id (object));
  return FALSE;
}

/* Nothing can have named a row that was not there. */
static void
know_new (MsTxn *txn, MsObject *object)
{
  gint64 row = ms_object_get_row (object);

  ms_object_cache_set_lone (txn->cache, row, TRUE);
  if (strcmp (ms_object_get_type (object)->name, MS_TYPE_NAME_USER) != 0)
    return;
  g_autofree char *key = g_strdup_printf ("%" G_GINT64_FORMAT, row);
  ms_object_cache_set_unique (txn->cache, MS_SCOPE_PRIMARY, key, 0);
}

gboolean
ms_txn_insert (MsTxn *txn, MsObject *object, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && object != NULL, FALSE);
  g_return_val_if_fail (ms_object_get_id (object) != NULL, FALSE);

  gint64 row = 0;
  trim_relations (txn, object);
  g_autofree char *body = ms_document_to_string (ms_object_get_attributes (object));
  if (!insert_row (txn, object, &row, error))
    return FALSE;
  ms_object_set_row (object, row);
  ms_object_set_version (object, 1);
  ms_object_set_times (object, txn->now, txn->now);
  know_new (txn, object);
  if (!ms_sql_run (
          txn->sql, error, "INSERT INTO document (obj, body) VALUES ($1, $2)", "is", row, body)
      || !ms_txn_apply_index (txn, NULL, object, FALSE, error))
    return FALSE;
  ms_object_cache_keep (txn->cache, object, body);
  ms_changes_add_object (txn->changes, NULL, object, FALSE);
  return TRUE;
}

/* A version counts up with the first change in a transaction. */
static gint64
next_version (MsTxn *txn, MsObject *stored)
{
  gboolean counted = ms_changes_contain (txn->changes, ms_object_get_row (stored));

  return ms_object_get_version (stored) + (counted ? 0 : 1);
}

/* The same for one that is not in the bin. */
static gint64
begin_change (MsTxn *txn, MsObject *stored)
{
  gint64 version = next_version (txn, stored);

  ms_changes_begin (txn->changes, stored);
  return version;
}

gboolean
ms_txn_touch (MsTxn *self, MsObject *object, GError **error)
{
  gint64 version = begin_change (self, object);

  ms_txn_note_changed (self, MS_CHANGED_CONTENT (ms_object_get_row (object)));
  if (!ms_sql_run (self->sql,
                   error,
                   "UPDATE object SET version = $1, modified = $2 WHERE n = $3",
                   "iii",
                   version,
                   self->now,
                   ms_object_get_row (object)))
    return FALSE;
  ms_object_set_version (object, version);
  ms_object_set_times (object, ms_object_get_created (object), self->now);
  ms_object_cache_touch (self->cache, ms_object_get_row (object), version, self->now);
  return TRUE;
}

gboolean
ms_txn_write_object (MsTxn *self, MsObject *before, MsObject *object, GError **error)
{
  gint64           row = ms_object_get_row (before);
  gint64           version = begin_change (self, before);
  g_autofree char *body = ms_document_to_string (ms_object_get_attributes (object));
  g_autofree char *key = ms_index_text_key (ms_object_get_label (object), FALSE);

  ms_object_set_row (object, row);
  if (!ms_txn_apply_index (self, before, object, FALSE, error)
      || !ms_sql_run (self->sql,
                      error,
                      "UPDATE object SET version = $1, modified = $2, label = $3, label_key = $4"
                      " WHERE n = $5",
                      "iissi",
                      version,
                      self->now,
                      ms_object_get_label (object),
                      key,
                      row)
      || !ms_sql_run (
          self->sql, error, "UPDATE document SET body = $1 WHERE obj = $2", "si", body, row))
    return FALSE;
  ms_object_set_version (object, version);
  ms_object_set_times (object, ms_object_get_created (before), self->now);
  ms_object_cache_keep (self->cache, object, body);
  ms_changes_add_object (self->changes, before, object, FALSE);
  return TRUE;
}

/* (nullable): what is stored of @object, if @object is based on it */
static MsObject *
load_stored (MsTxn *txn, MsObject *object, GError **error)
{
  g_autoptr (MsObject) stored = ms_txn_get_object (
      txn, ms_object_get_type (object), ms_object_get_id (object), error);

  if (stored == NULL)
    return NULL;
  if (ms_object_get_version (stored) == ms_object_get_version (object))
    return g_steal_pointer (&stored);
  ms_error_set (error,
                MS_ERROR_STALE,
                NULL,
                NULL,
                "%s “%s” was changed meanwhile: it is at version %" G_GINT64_FORMAT
                ", not at %" G_GINT64_FORMAT,
                ms_object_get_type (stored)->name,
                ms_object_get_shown_name (stored),
                ms_object_get_version (stored),
                ms_object_get_version (object));
  return NULL;
}

/* As the deltas see it: the order of several values is no difference. */
static gboolean
same_attributes (MsObject *a, MsObject *b)
{
  g_autoptr (JsonNode) one
             = json_node_init_object (json_node_alloc (), ms_object_get_attributes (a));
  g_autoptr (JsonNode) other
             = json_node_init_object (json_node_alloc (), ms_object_get_attributes (b));

  if (ms_json_equal (one, other))
    return TRUE;
  g_autoptr (GPtrArray) deltas = ms_delta_compute (a, b);
  return deltas->len == 0;
}

gboolean
ms_txn_update (MsTxn *txn, MsObject *object, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && object != NULL, FALSE);

  g_autoptr (MsObject) stored = load_stored (txn, object, error);
  if (stored == NULL)
    return FALSE;
  trim_relations (txn, object);
  ms_txn_keep_scheme (stored, object);
  if (same_attributes (stored, object))
    return TRUE;
  ms_delta_keep_equal (stored, object);
  return ms_txn_write_object (txn, stored, object, error);
}

/* The bin ------------------------------------------------------------------------------------- */

/* A copy as it lies in the bin: without relations. */
static MsObject *
make_binned (MsTxn *txn, MsObject *stored)
{
  const MsIndexType *type = ms_index_get_type (txn->index, ms_object_get_type (stored));
  MsObject          *binned = ms_object_copy (stored);

  for (guint i = 0; i < type->relations->len; i++)
    ms_object_set_link (
        binned, g_array_index (type->relations, MsIndexRelation, i).attribute->path, NULL);
  return binned;
}

/* What is read and searched of it there. */
static gboolean
write_binned (MsTxn *txn, gint64 row, MsObject *binned, GError **error)
{
  g_autofree char *body = ms_document_to_string (ms_object_get_attributes (binned));
  g_autofree char *key = ms_index_text_key (ms_object_get_label (binned), FALSE);

  return ms_sql_run (txn->sql,
                     error,
                     "UPDATE object SET label = $1, label_key = $2 WHERE n = $3",
                     "ssi",
                     ms_object_get_label (binned),
                     key,
                     row)
         && ms_sql_run (
             txn->sql, error, "UPDATE document SET body = $1 WHERE obj = $2", "si", body, row);
}

gboolean
ms_txn_delete (MsTxn *txn, MsObject *object, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && object != NULL, FALSE);

  g_autoptr (MsObject) stored = load_stored (txn, object, error);
  if (stored == NULL || !ms_txn_unlink_object (txn, stored, error))
    return FALSE;
  /* An object that had a link to itself is another one now. */
  g_autoptr (MsObject) latest = ms_txn_load_row (txn, ms_object_get_row (stored), FALSE, error);
  if (latest == NULL)
    return FALSE;
  gint64    row = ms_object_get_row (stored);
  MsObject *before = ms_changes_get_before (txn->changes, row);
  /* As the change set will say that it was: what else that did to it goes with it. */
  g_autoptr (MsObject) binned = make_binned (txn, before != NULL ? before : latest);
  gint64 version = begin_change (txn, latest);
  if (!ms_txn_apply_index (txn, latest, NULL, FALSE, error)
      || !ms_sql_run (txn->sql,
                      error,
                      "UPDATE object SET version = $1, modified = $2, deleted = $3 WHERE n = $4",
                      "iiii",
                      version,
                      txn->now,
                      txn->now,
                      row)
      || !write_binned (txn, row, binned, error))
    return FALSE;
  ms_object_set_version (latest, version);
  ms_object_cache_keep_gone (txn->cache, latest);
  ms_changes_add_object (txn->changes, latest, NULL, FALSE);
  ms_object_set_version (object, version);
  return TRUE;
}

MsObject *
ms_txn_get_binned (MsTxn *txn, const char *id, GError **error)
{
  g_return_val_if_fail (txn != NULL && id != NULL, NULL);

  g_autoptr (GError) local_error = NULL;
  MsObject *object = ms_txn_find_binned (txn, id, &local_error);

  if (object == NULL && local_error == NULL)
    ms_error_set (
        &local_error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is no object “%s” in the bin", id);
  if (object == NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else /* the schemas may have changed while it lay there */
    ms_resource_type_prune (ms_object_get_type (object), ms_object_get_attributes (object));
  return object;
}

gboolean
ms_txn_lay_back (MsTxn *txn, MsObject *object, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && object != NULL, FALSE);

  g_autoptr (MsObject) binned = ms_txn_get_binned (txn, ms_object_get_id (object), error);
  if (binned == NULL)
    return FALSE;
  if (same_attributes (binned, object))
    return TRUE;
  ms_object_cache_forget (txn->cache, ms_object_get_row (binned));
  return write_binned (txn, ms_object_get_row (binned), object, error);
}

gboolean
ms_txn_restore_object (MsTxn *txn, MsObject *object, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && object != NULL, FALSE);

  g_autoptr (MsObject) binned = ms_txn_get_binned (txn, ms_object_get_id (object), error);
  if (binned == NULL)
    return FALSE;
  ms_txn_keep_scheme (binned, object);
  gint64           row = ms_object_get_row (binned);
  gint64           version = next_version (txn, binned);
  g_autofree char *body = ms_document_to_string (ms_object_get_attributes (object));
  g_autofree char *key = ms_index_text_key (ms_object_get_label (object), FALSE);
  ms_object_set_row (object, row);
  if (!ms_sql_run (txn->sql,
                   error,
                   "UPDATE object SET version = $1, modified = $2, deleted = NULL, label = $3,"
                   " label_key = $4 WHERE n = $5",
                   "iissi",
                   version,
                   txn->now,
                   ms_object_get_label (object),
                   key,
                   row)
      || !ms_sql_run (
          txn->sql, error, "UPDATE document SET body = $1 WHERE obj = $2", "si", body, row)
      || !ms_txn_apply_index (txn, NULL, object, TRUE, error))
    return FALSE;
  ms_object_set_version (object, version);
  ms_object_set_times (object, ms_object_get_created (binned), txn->now);
  ms_object_cache_keep (txn->cache, object, body);
  ms_changes_add_object (txn->changes, NULL, object, TRUE);
  return TRUE;
}
