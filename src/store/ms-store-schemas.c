/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From stored schema files to tables, and bringing objects that are there from one set of tables to
 * another. What is lost goes first (ms-store-schemas-lose.c), then values take the form that the
 * new tables have for them (ms-store-schemas-form.c); then these are numbered and indexed; then
 * whatever must be looked at object by object is, in the order of rows and a bounded number at a
 * time.
 */
#include "ms-store-schemas-private.h"

#include "ms-document.h"
#include "ms-error.h"
#include "ms-schema-stored.h"

#include <string.h>

#define EDITION "schema-edition"
#define EDITION_QUERY "SELECT value FROM setting WHERE name = '" EDITION "'"
#define BEHIND "\"schemasChanged\":true"

/* Reading the files --------------------------------------------------------------------------- */

/* One that cannot be read any more although nobody changes it: the change is to blame. */
static gboolean
explain_other (const char *name, GError *failed, GError **error)
{
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                ms_error_get_path (failed),
                "The schema file “%s” builds on what would go, and could not be read any more: %s",
                name,
                failed->message);
  g_error_free (failed);
  return FALSE;
}

/* @changes: (nullable): of the transaction that changes files. What is not changed is taken as it
 * was once; see ms-schema-stored.h. */
static gboolean
add_file (
    MsSchemaRegistry *registry, const char *body, gint64 row, MsChanges *changes, GError **error)
{
  GError *failed = NULL;
  g_autoptr (JsonObject) attributes = ms_document_parse (body, error);

  if (attributes == NULL)
    return FALSE;
  const char *name = json_object_get_string_member_with_default (attributes, "name", "?");
  const char *text = json_object_get_string_member_with_default (attributes, "text", "");
  gboolean    is_changed = changes != NULL && ms_changes_contain (changes, row);
  if (is_changed ? ms_schema_registry_add_file (registry, text, -1, &failed)
                 : ms_schema_registry_add_stored (registry, name, text, -1, &failed))
    return TRUE;
  if (changes != NULL && !is_changed)
    return explain_other (name, failed, error);
  g_propagate_prefixed_error (error, failed, "Schema file “%s”: ", name);
  return FALSE;
}

/* @text: finds all files of a type. @changes: as above */
static MsSchemaRegistry *
load_files (
    MsSql *sql, const char *text, MsSchemaRegistry *builtin, MsChanges *changes, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsSchemaRegistry) registry = NULL;
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql, error, text, "s", MS_TYPE_NAME_SCHEMA_FILE);

  if (statement == NULL)
    return NULL;
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return NULL;
      if (!row)
        break;
      if (registry == NULL)
        registry = ms_schema_registry_copy (builtin);
      if (!add_file (registry,
                     ms_statement_get_text (statement, 0),
                     ms_statement_get_int (statement, 1),
                     changes,
                     error))
        return NULL;
    }
  return registry != NULL ? g_steal_pointer (&registry) : ms_schema_registry_ref (builtin);
}

/* By one index, and in a damaged store that is read all the same by the other one, and by none. */
static const char *const file_queries[]
    = { "SELECT d.body, o.n FROM object o JOIN document d ON d.obj = o.n"
        " WHERE o.type = $1 AND o.deleted IS NULL ORDER BY o.n",
        "SELECT d.body, o.n FROM object o JOIN document d ON d.obj = o.n"
        " WHERE o.type = $1 AND o.deleted IS NULL AND o.modified > -9223372036854775807"
        " ORDER BY o.n + 0",
        "SELECT d.body, o.n FROM object o JOIN document d ON d.obj = o.n"
        " WHERE o.type || '' = $1 AND o.deleted + 0 IS NULL ORDER BY o.n" };

static MsSchemaRegistry *
load_registry (MsSql *sql, MsSchemaRegistry *builtin, MsChanges *changes, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (file_queries); i++)
    {
      g_autoptr (GError) failed = NULL;
      MsSchemaRegistry *registry = load_files (sql, file_queries[i], builtin, changes, &failed);
      if (registry != NULL)
        return registry;
      if (i + 1 == G_N_ELEMENTS (file_queries) || sql->lost
          || !g_error_matches (failed, MS_ERROR, MS_ERROR_INTERNAL))
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return NULL;
        }
    }
  g_assert_not_reached ();
}

/* What is wrong with a file that nobody changes was wrong with it before, or the change is to
 * blame. */
static gboolean
check_complaints (MsSchemaRegistry *before, MsSchemaRegistry *next, GError **error)
{
  const char *complaint = ms_schema_registry_find_new_complaint (next, before);

  if (complaint == NULL)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                NULL,
                "Another schema file would not fit to this one any more. %s",
                complaint);
  return FALSE;
}

static gboolean
read_edition (MsSql *sql, gint64 *edition, GError **error)
{
  *edition = 0;
  return ms_sql_get_int (sql, edition, error, EDITION_QUERY, "");
}

MsIndex *
ms_schemas_load (MsSql *sql, MsSchemaRegistry *builtin, gboolean may_write, GError **error)
{
  gint64 edition = 0;
  g_autoptr (MsSchemaRegistry) registry = load_registry (sql, builtin, NULL, error);

  if (registry == NULL || !read_edition (sql, &edition, error))
    return NULL;
  MsIndex *index = ms_index_load (sql, registry, may_write, error);
  if (index != NULL)
    ms_index_set_edition (index, edition);
  return index;
}

/* Several processes on one store -------------------------------------------------------------- */

static gboolean
fail_behind (GError **error)
{
  g_autoptr (GError) behind = NULL;

  ms_error_set (&behind,
                MS_ERROR_UNAVAILABLE,
                NULL,
                NULL,
                "The schemas were just changed by another server; try again in a moment");
  ms_error_set_details (behind, "{" BEHIND "}");
  g_propagate_error (error, g_steal_pointer (&behind));
  return FALSE;
}

gboolean
ms_store_is_behind (const GError *error)
{
  const char *details = error != NULL ? ms_error_get_details (error) : NULL;

  return details != NULL && strstr (details, BEHIND) != NULL;
}

gboolean
ms_schemas_check_current (MsStore *store, MsSql *sql, GError **error)
{
  gint64 edition = 0;

  if (!read_edition (sql, &edition, error))
    return FALSE;
  g_autoptr (MsIndex) index = ms_store_ref_index (store);
  return edition == ms_index_get_edition (index) || fail_behind (error);
}

static gboolean
take_afresh (MsTxn *txn, GError **error)
{
  MsIndex *index = ms_schemas_load (txn->sql, txn->store->builtin, FALSE, error);

  if (index == NULL)
    return FALSE;
  ms_index_unref (txn->index);
  txn->index = index;
  txn->schemas = ms_index_get_schemas (index);
  return TRUE;
}

gboolean
ms_schemas_begin (MsTxn *txn, gboolean afresh, GError **error)
{
  const MsSqlDriver *driver = txn->sql->driver;
  gint64             edition = 0;

  if (!(driver->begin_asking != NULL
            ? driver->begin_asking (txn->sql, EDITION_QUERY, &edition, error)
            : driver->begin (txn->sql, error)))
    return FALSE;
  if ((driver->begin_asking != NULL || read_edition (txn->sql, &edition, error))
      && (edition == ms_index_get_edition (txn->index)
          || (afresh ? take_afresh (txn, error) : fail_behind (error))))
    return TRUE;
  driver->rollback (txn->sql);
  return FALSE;
}

static gboolean
do_nothing (MsTxn *txn, gpointer user_data, GError **error)
{
  return TRUE;
}

gboolean
ms_store_is_caught_up (MsStore *self, gboolean *caught_up, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self) && caught_up != NULL, FALSE);

  g_autoptr (GError) failed = NULL;

  *caught_up = ms_store_read (self, do_nothing, NULL, NULL, &failed);
  if (*caught_up || ms_store_is_behind (failed))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

gboolean
ms_store_check_current (MsStore *self, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self), FALSE);

  gboolean caught_up = TRUE;
  g_autoptr (GError) failed = NULL;

  /* What can be said without a store is said without it. */
  if (ms_store_is_exclusive (self) || !ms_store_is_caught_up (self, &caught_up, &failed))
    return TRUE;
  return caught_up || fail_behind (error);
}

static gboolean
ref_index (MsTxn *txn, gpointer user_data, GError **error)
{
  *(MsIndex **) user_data = ms_index_ref (txn->index);
  return TRUE;
}

gboolean
ms_store_catch_up (MsStore *self, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self), FALSE);

  g_autoptr (MsIndex) index = NULL;

  if (!ms_store_read_afresh (self, ref_index, &index, NULL, error))
    return FALSE;
  ms_store_take_index (self, g_steal_pointer (&index));
  return TRUE;
}

/* Object by object ---------------------------------------------------------------------------- */

typedef struct
{
  MsSchemaApply            *apply;
  const MsSchemaTypeChange *change;
  GPtrArray                *failed; /* labels */
  gint64                    n_failed;
  GError                   *first_error;
} Walk;

static void
note_failure (Walk *self, MsObject *object, GError *error)
{
  if (self->n_failed++ < MS_SCHEMA_NAMED)
    g_ptr_array_add (self->failed, g_strdup (ms_object_get_label (object)));
  if (self->first_error == NULL)
    self->first_error = error;
  else
    g_error_free (error);
}

/* The extension that would newly require what is missing, and that @object has by nothing but
 * entries of relations, which its attributes do not show. @required: (out) (nullable) */
static gboolean
find_required_aside (Walk *self, MsObject *object, const MsAttribute **required, GError **error)
{
  JsonObject *attributes = ms_object_get_attributes (object);
  gboolean    has = FALSE;

  *required = NULL;
  for (guint i = 0; i < self->change->differences->len; i++)
    {
      const MsSchemaDifference *difference
          = &g_array_index (self->change->differences, MsSchemaDifference, i);
      const MsAttribute *after = difference->after;

      if ((difference->effect & MS_SCHEMA_TIGHTER) == 0 || after->parent != NULL || !after->required
          || !ms_attribute_is_in_extension (after)
          || json_object_has_member (attributes, after->schema->id))
        continue;
      if (!ms_txn_has_extension_links (self->apply->txn, object, after->schema, &has, error))
        return FALSE;
      if (has)
        *required = after;
    }
  return TRUE;
}

/* @object: by the old tables */
static gboolean
look_at_object (MsObject *object, gpointer user_data, GError **error)
{
  Walk          *self = user_data;
  MsSchemaApply *apply = self->apply;
  GError        *local_error = NULL;

  apply->report->looked_at++;
  if (!ms_schema_type_change_check (self->change, ms_object_get_attributes (object), &local_error))
    {
      note_failure (self, object, local_error);
      return TRUE;
    }
  const MsAttribute *required;
  if (!find_required_aside (self, object, &required, error))
    return FALSE;
  if (required != NULL)
    {
      ms_error_set (&local_error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    required->path,
                    "“%s” would be required, and is missing",
                    required->path);
      note_failure (self, object, local_error);
      return TRUE;
    }
  g_autoptr (MsObject) after = ms_object_new (self->change->after,
                                              ms_object_get_id (object),
                                              json_object_ref (ms_object_get_attributes (object)));
  ms_object_set_row (after, ms_object_get_row (object));
  if (!ms_txn_reindex_object (apply->txn, apply->next, object, after, &local_error))
    {
      if (!g_error_matches (local_error, MS_ERROR, MS_ERROR_CONFLICT))
        {
          g_propagate_error (error, local_error);
          return FALSE;
        }
      note_failure (self, object, local_error);
    }
  return TRUE;
}

/* The rows of the type from after @last on. */
static gboolean
load_rows (MsTxn *txn, const char *type, gint64 last, GArray *rows, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT n FROM object WHERE type = $1 AND deleted IS NULL AND n > $2"
                             " ORDER BY n LIMIT $3",
                             "sii",
                             type,
                             last,
                             (gint64) MS_SCHEMA_PAGE);

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      gint64 n = ms_statement_get_int (statement, 0);
      g_array_append_val (rows, n);
    }
  return FALSE;
}

gboolean
ms_schema_walk (MsTxn *txn, const char *type, MsObjectFunc func, gpointer user_data, GError **error)
{
  gint64 last = 0;

  while (TRUE)
    {
      g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
      if (!load_rows (txn, type, last, rows, error))
        return FALSE;
      if (rows->len == 0)
        return TRUE;
      for (guint i = 0; i < rows->len; i++)
        {
          last = g_array_index (rows, gint64, i);
          g_autoptr (MsObject) object = ms_txn_load_row (txn, last, FALSE, error);
          if (object == NULL || !func (object, user_data, error))
            return FALSE;
        }
    }
}

static gboolean
look_at_type (MsSchemaApply *self, const MsSchemaTypeChange *change, GError **error)
{
  const guint effects = MS_SCHEMA_TIGHTER | MS_SCHEMA_UNIQUE | MS_SCHEMA_SEARCH | MS_SCHEMA_JOINED;
  g_autoptr (GPtrArray) failed = g_ptr_array_new_with_free_func (g_free);
  Walk walk = { self, change, failed, 0, NULL };

  if (change->after == NULL
      || (!change->label_moved && !ms_schema_type_change_has (change, effects)))
    return TRUE;
  gboolean done = ms_schema_walk (self->txn, change->before->name, look_at_object, &walk, error);
  g_autoptr (GError) first_error = walk.first_error;
  if (!done || walk.n_failed == 0)
    return done;
  g_autofree char *names = ms_schema_name_objects (change->before, failed, walk.n_failed);
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                ms_error_get_scim_type (first_error),
                ms_error_get_path (first_error),
                "Objects of the type %s do not fit: %s; first: %s",
                change->before->name,
                names,
                first_error->message);
  return FALSE;
}

/* All ----------------------------------------------------------------------------------------- */

/* @next: (transfer full) (nullable): with @error */
static gboolean
apply (MsTxn            *txn,
       MsSchemaRegistry *next,
       gboolean          drop_values,
       MsSchemaReport   *report,
       GError          **error)
{
  g_autoptr (MsSchemaRegistry) owned = next;
  gint64           edition = ms_index_get_edition (txn->index) + 1;
  g_autofree char *edition_text = g_strdup_printf ("%" G_GINT64_FORMAT, edition);
  /* What is noted of attributes is written before they go, and before they are indexed anew. */
  if (next == NULL || !ms_txn_write_counts (txn, error)
      || !ms_txn_set_setting (txn, EDITION, edition_text, error))
    return FALSE;
  g_autoptr (GPtrArray) changes = ms_schema_compare (txn->schemas, next);
  MsSchemaApply apply = { txn, report, drop_values, NULL };

  for (guint i = 0; i < changes->len; i++)
    if (!ms_schema_apply_losses (&apply, changes->pdata[i], error)
        || !ms_schema_apply_forms (&apply, changes->pdata[i], error))
      return FALSE;
  g_autoptr (MsIndex) index = ms_txn_write_counts (txn, error)
                                  ? ms_index_load (txn->sql, next, TRUE, error)
                                  : NULL;
  ms_tally_forget_anchored (txn->store->tally);
  if (index == NULL)
    return FALSE;
  ms_index_set_edition (index, edition);
  apply.next = index;
  for (guint i = 0; i < changes->len; i++)
    if (!look_at_type (&apply, changes->pdata[i], error))
      return FALSE;
  g_clear_pointer (&txn->next_index, ms_index_unref);
  txn->next_index = g_steal_pointer (&index);
  return TRUE;
}

gboolean
ms_txn_apply_schemas (MsTxn *txn, gboolean drop_values, MsSchemaReport *report, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && report != NULL, FALSE);

  MsSchemaRegistry *next = load_registry (txn->sql, txn->store->builtin, txn->changes, error);

  if (next != NULL && !check_complaints (txn->schemas, next, error))
    g_clear_pointer (&next, ms_schema_registry_unref);
  return apply (txn, next, drop_values, report, error);
}

gboolean
ms_txn_take_over_schemas (MsTxn *txn, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL, FALSE);

  MsSchemaReport report = { 0 };

  return apply (
      txn, load_registry (txn->sql, txn->store->builtin, NULL, error), FALSE, &report, error);
}
