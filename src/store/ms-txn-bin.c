/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What lies in the bin, and how it leaves it for good. Getting things in and out again is in
 * ms-txn-objects.c.
 */
#include "ms-txn-private.h"

#include <string.h>

#include "ms-error.h"
#include "ms-schema-diff.h"

/* Words of a search that count; more of them only narrow it further. */
#define MAX_WORDS 16

void
ms_bin_entry_free (MsBinEntry *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->type_name);
  g_free (self->label);
  g_clear_pointer (&self->deletion, ms_change_set_free);
  g_clear_pointer (&self->object, ms_object_unref);
  g_free (self);
}

/* Listing ------------------------------------------------------------------------------------- */

/**
 * Listing:
 * @type_name, @search: (nullable)
 * @with_objects: the documents too
 */
typedef struct
{
  const char *type_name;
  const char *search;
  guint       limit;
  gboolean    with_objects;
} Listing;

static MsBinEntry *
read_entry (MsTxn *txn, MsStatement *statement, gboolean with_object)
{
  const guint label = 7;
  const guint first = 9;
  MsBinEntry *entry = g_new0 (MsBinEntry, 1);

  entry->row = ms_statement_get_int (statement, 0);
  entry->id = ms_statement_dup_text (statement, 1);
  entry->type_name = ms_statement_dup_text (statement, 2);
  entry->label = ms_statement_dup_text (statement, label);
  entry->deleted = ms_statement_get_int (statement, label + 1);
  if (ms_statement_get_int (statement, first) > 0)
    entry->deletion = ms_txn_read_set (statement, first);
  entry->object = with_object ? ms_txn_read_object (txn, statement, NULL) : NULL;
  /* As ms_txn_get_binned() does it. */
  if (entry->object != NULL)
    ms_resource_type_prune (ms_object_get_type (entry->object),
                            ms_object_get_attributes (entry->object));
  return entry;
}

static char **
split_words (const char *search)
{
  g_auto (GStrv) words = g_strsplit_set (search != NULL ? search : "", " \t\n", MAX_WORDS * 4);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint count = 0;

  for (guint i = 0; words[i] != NULL && count < MAX_WORDS; i++)
    if (*words[i] != '\0')
      {
        g_autofree char *key = ms_index_text_key (words[i], FALSE);
        g_strv_builder_add (builder, key);
        count++;
      }
  return g_strv_builder_end (builder);
}

/* First of each row what ms_txn_read_object() reads. */
static char *
make_query (const MsSqlDriver *driver, const Listing *listing, guint n_words)
{
  GString *text = g_string_new ("SELECT o.n, o.id, o.type, o.version, o.created, o.modified");
  guint    parameter = 4;

  g_string_append (text, listing->with_objects ? ", d.body" : ", NULL");
  g_string_append (text,
                   ", o.label, o.deleted, " MS_SET_COLUMNS
                   " FROM object o LEFT JOIN change_set s ON s.sequence ="
                   " (SELECT MAX(c.sequence) FROM change c WHERE c.id = o.id AND c.verb = $1)");
  if (listing->with_objects)
    g_string_append (text, " LEFT JOIN document d ON d.obj = o.n");
  /* They come back by being added again: what they say is to be checked against what there is. */
  g_string_append (text,
                   " WHERE o.deleted IS NOT NULL AND o.type <> '" MS_TYPE_NAME_SCHEMA_FILE "'"
                   " AND (o.deleted < $2 OR (o.deleted = $2 AND o.n < $3))");
  if (listing->type_name != NULL)
    g_string_append_printf (text, " AND o.type = $%u", ++parameter);
  for (guint i = 0; i < n_words; i++)
    g_string_append_printf (
        text, " AND %s(o.label_key, $%u) > 0", driver->find_function, ++parameter);
  g_string_append (text, " ORDER BY o.deleted DESC, o.n DESC LIMIT $4");
  return g_string_free (text, FALSE);
}

/* Who asks for more goes on from the last one. @deleted, @row: (inout): the place of the one before
 */
static gboolean
check_place (MsTxn *txn, const MsBinEntry *entry, gint64 *deleted, gint64 *row, GError **error)
{
  static const char what[] = "objects in the bin by time";
  gboolean          equal = entry->deleted == *deleted;
  gint64            last = equal ? *row : *deleted;

  *deleted = entry->deleted;
  *row = entry->row;
  return ms_sql_check_numbers (txn->sql, what, equal ? *row : *deleted, last, error);
}

static GPtrArray *
list_bin (MsTxn *txn, const Listing *listing, gint64 deleted, gint64 row, GError **error)
{
  gboolean more = TRUE;
  guint    parameter = 4;

  row = deleted > 0 ? row : G_MAXINT64;
  deleted = deleted > 0 ? deleted : G_MAXINT64;
  g_auto (GStrv) words = split_words (listing->search);
  g_autofree char *text = make_query (txn->sql->driver, listing, g_strv_length (words));
  g_autoptr (GPtrArray) entries
             = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_bin_entry_free);
  g_autoptr (MsStatement) statement = ms_sql_prepare (txn->sql, text, error);

  if (statement == NULL)
    return NULL;
  ms_statement_bind_int (statement, 1, MS_CHANGE_DELETE);
  ms_statement_bind_int (statement, 2, deleted);
  ms_statement_bind_int (statement, 3, row);
  ms_statement_bind_int (statement, 4, listing->limit);
  if (listing->type_name != NULL)
    ms_statement_bind_text (statement, ++parameter, listing->type_name);
  for (char **word = words; *word != NULL; word++)
    ms_statement_bind_text (statement, ++parameter, *word);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &more, error))
        return NULL;
      if (!more)
        return g_steal_pointer (&entries);
      MsBinEntry *entry = read_entry (txn, statement, listing->with_objects);
      g_ptr_array_add (entries, entry);
      if (!check_place (txn, entry, &deleted, &row, error))
        return NULL;
    }
}

GPtrArray *
ms_txn_list_bin (MsTxn      *txn,
                 const char *type_name,
                 const char *search,
                 gint64      deleted,
                 gint64      row,
                 guint       limit,
                 GError    **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  Listing listing = { type_name, search, limit, FALSE };

  return list_bin (txn, &listing, deleted, row, error);
}

GPtrArray *
ms_txn_list_bin_objects (
    MsTxn *txn, const char *type_name, gint64 deleted, gint64 row, guint limit, GError **error)
{
  g_return_val_if_fail (txn != NULL && type_name != NULL, NULL);

  Listing listing = { type_name, NULL, limit, TRUE };

  return list_bin (txn, &listing, deleted, row, error);
}

GPtrArray *
ms_txn_list_bin_before (MsTxn *txn, gint64 time, guint limit, GError **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  gboolean row = TRUE;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT id FROM object WHERE deleted IS NOT NULL AND deleted < $1"
                             " ORDER BY deleted LIMIT $2",
                             "ii",
                             time,
                             (gint64) limit);

  if (statement == NULL)
    return NULL;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        return g_steal_pointer (&ids);
      g_ptr_array_add (ids, ms_statement_dup_text (statement, 0));
    }
}

/* Purging ------------------------------------------------------------------------------------- */

gboolean
ms_txn_erase_row (MsTxn *self, gint64 row, GError **error)
{
  /* In this order: the object is what the others point at. */
  static const char *const deletions[] = {
    "DELETE FROM secret WHERE obj = $1",
    "DELETE FROM document WHERE obj = $1",
    "DELETE FROM object WHERE n = $1",
  };

  ms_object_cache_forget (self->cache, row);
  if (!ms_txn_usage_erase (self, row, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (deletions); i++)
    if (!ms_sql_run (self->sql, error, deletions[i], "i", row))
      return FALSE;
  return TRUE;
}

gboolean
ms_txn_purge (MsTxn *txn, const char *id, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && id != NULL, FALSE);

  /* Not as an object: its type may be gone, and that must not keep it here. */
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      "SELECT n, type, label FROM object WHERE id = $1 AND deleted IS NOT NULL",
      "s",
      id);
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  if (!row)
    {
      ms_error_set (
          error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is no object “%s” in the bin", id);
      return FALSE;
    }
  gint64           n = ms_statement_get_int (statement, 0);
  g_autofree char *type_name = ms_statement_dup_text (statement, 1);
  g_autofree char *label = ms_statement_dup_text (statement, 2);
  g_clear_pointer (&statement, ms_statement_release);
  if (!ms_txn_erase_row (txn, n, error))
    return FALSE;
  ms_txn_note (txn, MS_CHANGE_PURGE, type_name, id, label, NULL);
  /* They waited for their owner to come back. */
  return strcmp (type_name, MS_TYPE_NAME_USER) != 0 || ms_txn_revoke_tokens (txn, id, error);
}
