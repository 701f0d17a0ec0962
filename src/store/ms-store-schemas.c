/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From stored schema files to tables, and bringing objects that are there from one set of tables to
 * another. What is lost goes first, by ordinary updates with the old tables, so that it is in the
 * change set; then the new ones are numbered and indexed; then whatever must be looked at object by
 * object is, in the order of rows and a bounded number at a time.
 */
#include "ms-store-schemas.h"

#include "ms-document.h"
#include "ms-error.h"
#include "ms-schema-diff.h"
#include "ms-txn-private.h"

#include <string.h>

#define PAGE 200
#define EDITION "schema-edition"
/* Objects that a refusal names. */
#define NAMED 5

/* Reading the files --------------------------------------------------------------------------- */

static gboolean
add_file (MsSchemaRegistry *registry, const char *body, GError **error)
{
  g_autoptr (JsonObject) attributes = ms_document_parse (body, error);

  if (attributes == NULL)
    return FALSE;
  const char *name = json_object_get_string_member_with_default (attributes, "name", "?");
  const char *text = json_object_get_string_member_with_default (attributes, "text", "");
  if (ms_schema_registry_add_file (registry, text, -1, error))
    return TRUE;
  g_prefix_error (error, "Schema file “%s”: ", name);
  return FALSE;
}

static MsSchemaRegistry *
load_registry (MsSql *sql, MsSchemaRegistry *builtin, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsSchemaRegistry) registry = NULL;
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql,
                             error,
                             "SELECT d.body FROM object o JOIN document d ON d.obj = o.n"
                             " WHERE o.type = $1 AND o.deleted IS NULL ORDER BY o.n",
                             "s",
                             MS_TYPE_NAME_SCHEMA_FILE);

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
      if (!add_file (registry, ms_statement_get_text (statement, 0), error))
        return NULL;
    }
  return registry != NULL ? g_steal_pointer (&registry) : ms_schema_registry_ref (builtin);
}

static gboolean
read_edition (MsSql *sql, gint64 *edition, GError **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql, error, "SELECT value FROM setting WHERE name = $1", "s", EDITION);

  *edition = 0;
  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  if (row)
    *edition = g_ascii_strtoll (ms_statement_get_text (statement, 0), NULL, 10);
  return TRUE;
}

MsIndex *
ms_schemas_load (MsSql *sql, MsSchemaRegistry *builtin, gboolean may_write, GError **error)
{
  gint64 edition = 0;
  g_autoptr (MsSchemaRegistry) registry = load_registry (sql, builtin, error);

  if (registry == NULL || !read_edition (sql, &edition, error))
    return NULL;
  MsIndex *index = ms_index_load (sql, registry, may_write, error);
  if (index != NULL)
    ms_index_set_edition (index, edition);
  return index;
}

/* Several processes on one store -------------------------------------------------------------- */

gboolean
ms_schemas_are_current (MsStore *store, MsSql *sql, gboolean *current, GError **error)
{
  gint64 edition = 0;

  if (!read_edition (sql, &edition, error))
    return FALSE;
  g_autoptr (MsIndex) index = ms_store_ref_index (store);
  *current = edition == ms_index_get_edition (index);
  return TRUE;
}

static gboolean
load_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  MsIndex **index = user_data;
  gboolean  current = FALSE;

  if (!ms_schemas_are_current (txn->store, txn->sql, &current, error))
    return FALSE;
  if (!current)
    *index = ms_schemas_load (txn->sql, txn->store->builtin, FALSE, error);
  return current || *index != NULL;
}

gboolean
ms_store_is_caught_up (MsStore *self, gboolean *caught_up, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self) && caught_up != NULL, FALSE);

  g_autoptr (MsIndex) index = NULL;

  if (!ms_store_read (self, load_in_txn, &index, NULL, error))
    return FALSE;
  *caught_up = index == NULL;
  return TRUE;
}

gboolean
ms_store_catch_up (MsStore *self, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self), FALSE);

  g_autoptr (MsIndex) index = NULL;

  if (!ms_store_read (self, load_in_txn, &index, NULL, error))
    return FALSE;
  if (index != NULL)
    ms_store_take_index (self, g_steal_pointer (&index));
  return TRUE;
}

/* Refusals ------------------------------------------------------------------------------------ */

typedef struct
{
  MsTxn          *txn;
  MsSchemaReport *report;
  gboolean        drop_values;
  MsIndex        *next;
} Apply;

/* "“a”, “b” and 7 more" */
static char *
name_objects (GPtrArray *labels, gint64 total)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < labels->len; i++)
    g_string_append_printf (out, "%s“%s”", i > 0 ? ", " : "", (char *) labels->pdata[i]);
  if (total > labels->len)
    g_string_append_printf (out, " and %" G_GINT64_FORMAT " more", total - labels->len);
  return g_string_free (out, FALSE);
}

static gboolean
list_type (
    MsTxn *txn, const char *type, gboolean bin, GPtrArray *labels, gint64 *total, GError **error)
{
  gboolean row = TRUE;

  if (!ms_sql_get_int (txn->sql,
                       total,
                       error,
                       bin ? "SELECT count(*) FROM object WHERE type = $1 AND deleted IS NOT NULL"
                           : "SELECT count(*) FROM object WHERE type = $1 AND deleted IS NULL",
                       "s",
                       type))
    return FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      bin ? "SELECT label FROM object WHERE type = $1 AND deleted IS NOT NULL ORDER BY n LIMIT $2"
          : "SELECT label FROM object WHERE type = $1 AND deleted IS NULL ORDER BY n LIMIT $2",
      "si",
      type,
      (gint64) NAMED);
  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      g_ptr_array_add (labels, ms_statement_dup_text (statement, 0));
    }
  return FALSE;
}

/* Removed types ------------------------------------------------------------------------------- */

/* Objects in the bin of a type that is no more: nothing could ever read them. */
static gboolean
purge_type (Apply *self, const char *type, GError **error)
{
  static const char *const statements[] = {
    "DELETE FROM secret WHERE obj IN (SELECT n FROM object WHERE type = $1)",
    "DELETE FROM document WHERE obj IN (SELECT n FROM object WHERE type = $1)",
    "DELETE FROM object WHERE type = $1",
    "DELETE FROM value WHERE attr IN (SELECT attr FROM attribute WHERE type = $1)",
    "DELETE FROM link WHERE attr IN (SELECT attr FROM attribute WHERE type = $1)",
    "DELETE FROM presence WHERE attr IN (SELECT attr FROM attribute WHERE type = $1)",
    "DELETE FROM anchor WHERE attr IN (SELECT attr FROM attribute WHERE type = $1)",
    "DELETE FROM attribute WHERE type = $1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    if (!ms_sql_run (self->txn->sql, error, statements[i], "s", type))
      return FALSE;
  return TRUE;
}

static gboolean
remove_type (Apply *self, const MsResourceType *type, GError **error)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  gint64 live = 0;
  gint64 binned = 0;

  if (!list_type (self->txn, type->name, FALSE, labels, &live, error)
      || (live == 0 && !list_type (self->txn, type->name, TRUE, labels, &binned, error)))
    return FALSE;
  if (live > 0 || (binned > 0 && !self->drop_values))
    {
      g_autofree char *names = name_objects (labels, live > 0 ? live : binned);
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    type->name,
                    live > 0 ? "There are objects of the type %s, delete them first: %s"
                             : "There are objects of the type %s in the bin, which would be lost"
                               " for good: %s",
                    type->name,
                    names);
      return FALSE;
    }
  self->report->purged += binned;
  return purge_type (self, type->name, error);
}

/* Lost values --------------------------------------------------------------------------------- */

typedef struct
{
  GPtrArray *objects; /* MsObject */
} Page;

static gboolean
keep_object (MsObject *object, gpointer user_data, GError **error)
{
  g_ptr_array_add (((Page *) user_data)->objects, ms_object_ref (object));
  return TRUE;
}

static gboolean
find_holders (Apply                *self,
              const MsResourceType *type,
              const char           *path,
              gint64                count,
              GPtrArray            *objects,
              gint64               *total,
              GError              **error)
{
  g_autofree char *text = g_strconcat (path, " pr", NULL);
  g_autoptr (MsFilter) filter = ms_filter_parse (type, text, error);
  MsQuery query = { .type = type, .filter = filter, .count = count };
  Page    page = { objects };

  return filter != NULL && ms_txn_query (self->txn, &query, keep_object, &page, total, error);
}

static gboolean
drop_links (Apply *self, MsObject *object, const MsAttribute *attribute, GError **error)
{
  g_autoptr (GPtrArray) targets = ms_txn_list_links (
      self->txn, ms_object_get_id (object), attribute->path, FALSE, 0, error);
  gboolean changed;

  if (targets == NULL)
    return FALSE;
  for (guint i = 0; i < targets->len; i++)
    {
      const MsLinkTarget *target = targets->pdata[i];
      if (!ms_txn_remove_link (self->txn, object, attribute, target->id, &changed, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
drop_from_object (Apply                    *self,
                  const MsSchemaTypeChange *change,
                  const MsAttribute        *attribute,
                  MsObject                 *object,
                  GError                  **error)
{
  self->report->stripped++;
  if (attribute->relation == MS_RELATION_TO && attribute->multi_valued)
    return drop_links (self, object, attribute, error);
  (void) ms_schema_type_change_strip (change, ms_object_get_attributes (object));
  return ms_txn_update (self->txn, object, error);
}

static gboolean
refuse_loss (const MsResourceType *type,
             const MsAttribute    *attribute,
             GPtrArray            *objects,
             gint64                total,
             GError              **error)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();

  for (guint i = 0; i < objects->len; i++)
    g_ptr_array_add (labels, (gpointer) ms_object_get_label (objects->pdata[i]));
  g_autofree char *names = name_objects (labels, total);
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                attribute->path,
                "Values of “%s” would be lost, which these objects of the type %s hold: %s",
                attribute->path,
                type->name,
                names);
  return FALSE;
}

static gboolean
lose_attribute (Apply                    *self,
                const MsSchemaTypeChange *change,
                const MsAttribute        *attribute,
                GError                  **error)
{
  gint64 total = 0;

  do
    {
      g_autoptr (GPtrArray) found
                 = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_object_unref);
      if (!find_holders (self,
                         change->before,
                         attribute->path,
                         self->drop_values ? PAGE : NAMED,
                         found,
                         &total,
                         error))
        return FALSE;
      if (total > 0 && !self->drop_values)
        return refuse_loss (change->before, attribute, found, total, error);
      for (guint i = 0; i < found->len; i++)
        if (!drop_from_object (self, change, attribute, found->pdata[i], error))
          return FALSE;
      if (total > 0 && found->len == 0)
        {
          ms_error_set (error,
                        MS_ERROR_INTERNAL,
                        NULL,
                        attribute->path,
                        "Values of “%s” could not be found again",
                        attribute->path);
          return FALSE;
        }
    }
  while (total > 0);
  return TRUE;
}

/* Secrets are in no index. */
static gboolean
lose_secret (Apply                    *self,
             const MsSchemaTypeChange *change,
             const MsAttribute        *attribute,
             GError                  **error)
{
  gint64 total = 0;

  if (!ms_sql_get_int (self->txn->sql,
                       &total,
                       error,
                       "SELECT count(*) FROM secret s JOIN object o ON o.n = s.obj"
                       " WHERE s.kind = $1 AND o.type = $2",
                       "ss",
                       attribute->path,
                       change->before->name))
    return FALSE;
  if (total > 0 && !self->drop_values)
    {
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    attribute->path,
                    "Values of “%s” would be lost, which %" G_GINT64_FORMAT
                    " objects of the type %s hold",
                    attribute->path,
                    total,
                    change->before->name);
      return FALSE;
    }
  self->report->stripped += total;
  return ms_sql_run (self->txn->sql,
                     error,
                     "DELETE FROM secret WHERE kind = $1"
                     " AND obj IN (SELECT n FROM object WHERE type = $2)",
                     "ss",
                     attribute->path,
                     change->before->name);
}

static gboolean
forget_attribute (Apply *self, const MsResourceType *type, const char *path, GError **error)
{
  static const char *const statements[] = {
    "DELETE FROM value WHERE attr = $1",     "DELETE FROM link WHERE attr = $1",
    "DELETE FROM presence WHERE attr = $1",  "DELETE FROM anchor WHERE attr = $1",
    "DELETE FROM attribute WHERE attr = $1",
  };
  gint64 number = 0;

  if (!ms_sql_get_int (self->txn->sql,
                       &number,
                       error,
                       "SELECT attr FROM attribute WHERE type = $1 AND path = $2",
                       "ss",
                       type->name,
                       path))
    return FALSE;
  for (guint i = 0; number != 0 && i < G_N_ELEMENTS (statements); i++)
    if (!ms_sql_run (self->txn->sql, error, statements[i], "i", number))
      return FALSE;
  return TRUE;
}

static gboolean
lose (Apply *self, const MsSchemaTypeChange *change, const MsAttribute *attribute, GError **error)
{
  if (attribute->is_computed || attribute->relation == MS_RELATION_FROM)
    return TRUE;
  /* What is asked of the whole is not asked of its parts again. */
  if (attribute->parent != NULL && attribute->parent->relation != MS_RELATION_NONE)
    return TRUE;
  if (attribute->returned == MS_RETURNED_NEVER)
    return lose_secret (self, change, attribute, error);
  if (!lose_attribute (self, change, attribute, error))
    return FALSE;
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      if (!forget_attribute (self, change->before, sub->path, error))
        return FALSE;
    }
  return forget_attribute (self, change->before, attribute->path, error);
}

static gboolean
lose_all (Apply *self, const MsSchemaTypeChange *change, GError **error)
{
  if (change->after == NULL)
    return remove_type (self, change->before, error);
  for (guint i = 0; i < change->differences->len; i++)
    {
      const MsSchemaDifference *difference
          = &g_array_index (change->differences, MsSchemaDifference, i);
      if ((difference->effect & MS_SCHEMA_LOST) != 0
          && !lose (self, change, difference->before, error))
        return FALSE;
    }
  return TRUE;
}

/* Object by object ---------------------------------------------------------------------------- */

typedef struct
{
  Apply                    *apply;
  const MsSchemaTypeChange *change;
  GPtrArray                *failed; /* labels */
  gint64                    n_failed;
  GError                   *first_error;
} Walk;

static void
note_failure (Walk *self, MsObject *object, GError *error)
{
  if (self->n_failed++ < NAMED)
    g_ptr_array_add (self->failed, g_strdup (ms_object_get_label (object)));
  if (self->first_error == NULL)
    self->first_error = error;
  else
    g_error_free (error);
}

/* @object: by the old tables */
static gboolean
look_at_object (Walk *self, MsObject *object, GError **error)
{
  Apply  *apply = self->apply;
  GError *local_error = NULL;

  apply->report->looked_at++;
  if (!ms_schema_type_change_check (self->change, ms_object_get_attributes (object), &local_error))
    {
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
                             (gint64) PAGE);

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      gint64 n = ms_statement_get_int (statement, 0);
      g_array_append_val (rows, n);
    }
  return FALSE;
}

static gboolean
walk_objects (Walk *self, GError **error)
{
  MsTxn *txn = self->apply->txn;
  gint64 last = 0;

  while (TRUE)
    {
      g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
      if (!load_rows (txn, self->change->before->name, last, rows, error))
        return FALSE;
      if (rows->len == 0)
        return TRUE;
      for (guint i = 0; i < rows->len; i++)
        {
          last = g_array_index (rows, gint64, i);
          g_autoptr (MsObject) object = ms_txn_load_row (txn, last, FALSE, error);
          if (object == NULL || !look_at_object (self, object, error))
            return FALSE;
        }
    }
}

static gboolean
look_at_type (Apply *self, const MsSchemaTypeChange *change, GError **error)
{
  const guint effects = MS_SCHEMA_TIGHTER | MS_SCHEMA_UNIQUE | MS_SCHEMA_SEARCH;
  g_autoptr (GPtrArray) failed = g_ptr_array_new_with_free_func (g_free);
  Walk walk = { self, change, failed, 0, NULL };

  if (change->after == NULL
      || (!change->label_moved && !ms_schema_type_change_has (change, effects)))
    return TRUE;
  gboolean done = walk_objects (&walk, error);
  g_autoptr (GError) first_error = walk.first_error;
  if (!done || walk.n_failed == 0)
    return done;
  g_autofree char *names = name_objects (failed, walk.n_failed);
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

gboolean
ms_txn_apply_schemas (MsTxn *txn, gboolean drop_values, MsSchemaReport *report, GError **error)
{
  g_return_val_if_fail (txn != NULL && txn->context != NULL && report != NULL, FALSE);

  g_autoptr (MsSchemaRegistry) next = load_registry (txn->sql, txn->store->builtin, error);
  gint64           edition = ms_index_get_edition (txn->index) + 1;
  g_autofree char *edition_text = g_strdup_printf ("%" G_GINT64_FORMAT, edition);
  /* What is noted of attributes is written before they go, and before they are indexed anew. */
  if (next == NULL || !ms_txn_write_counts (txn, error)
      || !ms_txn_set_setting (txn, EDITION, edition_text, error))
    return FALSE;
  g_autoptr (GPtrArray) changes = ms_schema_compare (txn->schemas, next);
  Apply apply = { txn, report, drop_values, NULL };

  for (guint i = 0; i < changes->len; i++)
    if (!lose_all (&apply, changes->pdata[i], error))
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
