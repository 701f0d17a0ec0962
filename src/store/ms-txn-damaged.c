/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading a store that is known to be damaged. One object that cannot be read must not take the
 * others with it, and must not be left out as if there were none: what can still be read of it
 * stands for it, its label at least.
 */
#include "ms-txn-private.h"

#include "ms-document.h"
#include "ms-error.h"
#include "ms-text.h"

#define MAX_TOLD 10000

/* What is logged of an object. */
#define ONLY_THE_NAME "nothing but the name is shown"
#define ALL_BUT_VERSION "the version and the time of creation are not shown"
#define NOTHING "nothing is shown"

gboolean
ms_txn_is_bearable (MsTxn *txn, const GError *error)
{
  g_return_val_if_fail (txn != NULL, FALSE);

  return txn->store->damaged && !txn->sql->lost
         && g_error_matches (error, MS_ERROR, MS_ERROR_INTERNAL);
}

void
ms_txn_note_damage (MsTxn *txn, MsObject *object, const char *what, const GError *reason)
{
  g_return_if_fail (txn != NULL && object != NULL && what != NULL);

  MsStore *store = txn->store;
  gint64   row = ms_object_get_row (object);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->damage_lock);

  ms_object_set_damaged (object);
  if (store->told_damage == NULL)
    store->told_damage = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  /* Once for each object; of many, the first. */
  if (g_hash_table_size (store->told_damage) >= MAX_TOLD
      || !g_hash_table_add (store->told_damage, g_memdup2 (&row, sizeof row)))
    return;
  /* It may repeat what stands in a damaged file. */
  g_autofree char *said = g_strdup_printf ("of %s “%s” %s (%s)",
                                           ms_object_get_type (object)->name,
                                           ms_object_get_label (object),
                                           what,
                                           reason->message);
  g_autofree char *line = ms_text_printable_line (said);
  g_message ("The store is damaged: %s", line);
}

/* Whoever takes it for the real one must not let anybody in. */
static void
name_it (MsObject *object, const char *label)
{
  const MsResourceType *type = ms_object_get_type (object);
  const MsAttribute    *named = ms_resource_type_get_label (type);
  const MsAttribute    *active = ms_resource_type_find (type, "active");

  if (named != NULL && label != NULL && g_utf8_validate (label, -1, NULL))
    ms_object_set_string (object, named->path, label);
  if (active != NULL && active->type == MS_ATTR_BOOLEAN)
    ms_object_set_boolean (object, "active", FALSE);
}

/* (nullable): where even that cannot be read */
static MsObject *
read_name (MsTxn *txn, const MsResourceType *type, gint64 row)
{
  gboolean found = FALSE;
  /* Why it cannot is no news: something of it could not be read before. */
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             NULL,
                             "SELECT id, type, version, created, modified, label FROM object"
                             " WHERE n = $1 AND deleted IS NULL",
                             "i",
                             row);

  if (statement == NULL || !ms_statement_step (statement, &found, NULL))
    return NULL;
  const char *id = found ? ms_statement_get_text (statement, 0) : NULL;
  const char *name = found ? ms_statement_get_text (statement, 1) : NULL;
  if (id == NULL || g_strcmp0 (name, type->name) != 0 || !g_utf8_validate (id, -1, NULL))
    return NULL;
  MsObject *object = ms_object_new (type, id, NULL);
  ms_object_set_row (object, row);
  ms_object_set_version (object, ms_statement_get_int (statement, 2));
  ms_object_set_times (
      object, ms_statement_get_int (statement, 3), ms_statement_get_int (statement, 4));
  name_it (object, ms_statement_get_text (statement, 5));
  return object;
}

/* Elsewhere ----------------------------------------------------------------------------------- */

/* The first column of the first row. Where that cannot be read either, nothing is known.
 * @query: (transfer full) (nullable). (transfer full) (nullable) */
static char *
take_text (MsStatement *query)
{
  gboolean found = FALSE;
  g_autoptr (MsStatement) statement = query;

  if (statement == NULL || !ms_statement_step (statement, &found, NULL) || !found)
    return NULL;
  const char *text = ms_statement_get_text (statement, 0);
  return text != NULL && g_utf8_validate (text, -1, NULL) ? g_strdup (text) : NULL;
}

/* The indexes of "object" have this too, where the page with its row is damaged: adding zero keeps
 * the database from looking in the table. (transfer full) (nullable) */
static char *
find_id (MsTxn *txn, gint64 row)
{
  return take_text (
      ms_sql_query (txn->sql, NULL, "SELECT id FROM object WHERE n + 0 = $1", "i", row));
}

/* (transfer full) (nullable): also where it is not there, or of another type */
static char *
find_modified (MsTxn *txn, const MsResourceType *type, gint64 row)
{
  return take_text (ms_sql_query (txn->sql,
                                  NULL,
                                  "SELECT CAST(modified AS TEXT) FROM object"
                                  " WHERE type = $1 AND n + 0 = $2 AND deleted IS NULL",
                                  "si",
                                  type->name,
                                  row));
}

/* What indexes and its document say of an object. (nullable) */
static MsObject *
read_elsewhere (MsTxn *txn, const MsResourceType *type, gint64 row, const char *id)
{
  g_autofree char *modified = find_modified (txn, type, row);
  g_autofree char *body = modified != NULL ? take_text (ms_sql_query (
                              txn->sql, NULL, "SELECT body FROM document WHERE obj = $1", "i", row))
                                           : NULL;
  JsonObject      *attributes = body != NULL ? ms_document_parse (body, NULL) : NULL;

  if (attributes == NULL)
    return NULL;
  MsObject *object = ms_object_new (type, id, attributes);
  ms_object_set_row (object, row);
  ms_object_set_times (object, 0, g_ascii_strtoll (modified, NULL, 10));
  return object;
}

/* Of which nothing is known but that it is there. @id: (nullable) */
static MsObject *
stand_in (const MsResourceType *type, gint64 row, const char *id)
{
  g_autofree char *name = g_strdup_printf ("row-%" G_GINT64_FORMAT, row);
  MsObject        *object = ms_object_new (type, id != NULL ? id : name, NULL);

  ms_object_set_row (object, row);
  name_it (object, ms_object_get_id (object));
  return object;
}

/* --------------------------------------------------------------------------------------------- */

static MsObject *
load_of_type (MsTxn *txn, const MsResourceType *type, gint64 row, GError **error)
{
  g_autoptr (MsObject) object = ms_txn_load_row (txn, row, FALSE, error);

  if (object == NULL || ms_object_get_type (object) == type)
    return g_steal_pointer (&object);
  ms_error_set (error,
                MS_ERROR_INTERNAL,
                NULL,
                NULL,
                "The store's indexes have %s %s among those of the type %s",
                ms_object_get_type (object)->name,
                ms_object_get_id (object),
                type->name);
  return NULL;
}

MsObject *
ms_txn_list_row (MsTxn *txn, const MsResourceType *type, gint64 row, GError **error)
{
  g_return_val_if_fail (txn != NULL && type != NULL, NULL);

  g_autoptr (GError) failed = NULL;
  MsObject *object = load_of_type (txn, type, row, &failed);
  if (object != NULL)
    return object;
  if (!ms_txn_is_bearable (txn, failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return NULL;
    }
  const char *what = ONLY_THE_NAME;
  object = read_name (txn, type, row);
  if (object == NULL)
    {
      g_autofree char *id = find_id (txn, row);
      object = id != NULL ? read_elsewhere (txn, type, row, id) : NULL;
      what = object != NULL ? ALL_BUT_VERSION : NOTHING;
      if (object == NULL)
        object = stand_in (type, row, id);
    }
  ms_txn_note_damage (txn, object, what, failed);
  return object;
}

MsObject *
ms_txn_show_object (MsTxn *txn, const MsResourceType *type, const char *id, GError **error)
{
  g_return_val_if_fail (txn != NULL && type != NULL && id != NULL, NULL);

  gint64 row = 0;
  g_autoptr (GError) failed = NULL;
  MsObject *object = ms_txn_get_object (txn, type, id, &failed);
  if (object != NULL)
    return object;
  /* The first error is the one to be told. */
  if (ms_txn_is_bearable (txn, failed)
      && ms_sql_get_int (txn->sql, &row, NULL, "SELECT n FROM object WHERE id = $1", "s", id)
      && row != 0)
    object = read_elsewhere (txn, type, row, id);
  if (object != NULL)
    ms_txn_note_damage (txn, object, ALL_BUT_VERSION, failed);
  else
    g_propagate_error (error, g_steal_pointer (&failed));
  return object;
}
