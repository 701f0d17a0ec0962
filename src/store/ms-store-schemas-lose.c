/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What objects lose when other tables come. It goes by ordinary updates with the old tables, so
 * that it is in the change set; and it is refused, naming objects, where nobody said that it may
 * go.
 */
#include "ms-store-schemas-private.h"

#include "ms-error.h"

#include <string.h>

char *
ms_schema_name_objects (const MsResourceType *type, GPtrArray *labels, gint64 total)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < labels->len; i++)
    {
      const char *label = labels->pdata[i];
      g_string_append_printf (
          out, "%s“%s”", i > 0 ? ", " : "", *label != '\0' ? label : type->name);
    }
  if (total > labels->len)
    g_string_append_printf (out, " and %" G_GINT64_FORMAT " more", total - labels->len);
  return g_string_free (out, FALSE);
}

/* SCIM takes names in any case, the store keeps them in one: what comes in another case is another
 * thing to it. (transfer full): "" where @other is %NULL */
static char *
name_other_case (const char *name, const char *other)
{
  return other != NULL ? g_strdup_printf ("; “%s” differs from “%s” only in case", other, name)
                       : g_strdup ("");
}

/* Removed types ------------------------------------------------------------------------------- */

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
      (gint64) MS_SCHEMA_NAMED);
  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      g_ptr_array_add (labels, ms_statement_dup_text (statement, 0));
    }
  return FALSE;
}

/* Ids of some of what lies in the bin. (transfer full) (nullable) */
static GPtrArray *
list_binned (MsTxn *txn, const char *type, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      "SELECT id FROM object WHERE type = $1 AND deleted IS NOT NULL ORDER BY n LIMIT $2",
      "si",
      type,
      (gint64) MS_SCHEMA_PAGE);

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return g_steal_pointer (&ids);
      g_ptr_array_add (ids, ms_statement_dup_text (statement, 0));
    }
  return NULL;
}

/* Objects in the bin of a type that is no more: nothing could ever read them. Each purge is told as
 * any other, for a type of that name may come again, and its history with it. */
static gboolean
purge_objects (MsSchemaApply *self, const char *type, GError **error)
{
  guint found;

  do
    {
      g_autoptr (GPtrArray) ids = list_binned (self->txn, type, error);
      if (ids == NULL)
        return FALSE;
      found = ids->len;
      for (guint i = 0; i < found; i++)
        if (!ms_txn_purge (self->txn, ids->pdata[i], error))
          return FALSE;
      self->report->purged += found;
    }
  while (found > 0);
  return TRUE;
}

static gboolean
forget_type (MsSchemaApply *self, const char *type, GError **error)
{
  static const char *const statements[] = {
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
remove_type (MsSchemaApply *self, const MsSchemaTypeChange *change, GError **error)
{
  const char *type = change->before->name;
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  gint64 live = 0;
  gint64 binned = 0;

  if (!list_type (self->txn, type, FALSE, labels, &live, error)
      || (live == 0 && !list_type (self->txn, type, TRUE, labels, &binned, error)))
    return FALSE;
  if (live > 0 || (binned > 0 && !self->drop_values))
    {
      g_autofree char *names
          = ms_schema_name_objects (change->before, labels, live > 0 ? live : binned);
      g_autofree char *hint = name_other_case (type, change->other_case);
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    type,
                    live > 0 ? "There are objects of the type %s, delete them first: %s%s"
                             : "There are objects of the type %s in the bin, which would be lost"
                               " for good: %s%s",
                    type,
                    names,
                    hint);
      return FALSE;
    }
  return purge_objects (self, type, error) && forget_type (self, type, error);
}

/* Lost values --------------------------------------------------------------------------------- */

/* (nullable): what the attribute is called from now on, where only the case is another */
static const char *
get_other_case (const MsSchemaDifference *difference)
{
  return difference->after != NULL
                 && strcmp (difference->after->path, difference->before->path) != 0
             ? difference->after->path
             : NULL;
}

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
find_holders (MsSchemaApply        *self,
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
drop_links (MsSchemaApply *self, MsObject *object, const MsAttribute *attribute, GError **error)
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
drop_from_object (MsSchemaApply            *self,
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
refuse_loss (const MsResourceType     *type,
             const MsSchemaDifference *difference,
             GPtrArray                *labels,
             gint64                    total,
             GError                  **error)
{
  const MsAttribute *attribute = difference->before;
  g_autofree char   *hint = name_other_case (attribute->path, get_other_case (difference));
  g_autofree char   *names = ms_schema_name_objects (type, labels, total);

  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                attribute->path,
                "Values of “%s” would be lost, which these objects of the type %s hold: %s%s",
                attribute->path,
                type->name,
                names,
                hint);
  return FALSE;
}

static gboolean
refuse_loss_by (const MsResourceType     *type,
                const MsSchemaDifference *difference,
                GPtrArray                *objects,
                gint64                    total,
                GError                  **error)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();

  for (guint i = 0; i < objects->len; i++)
    g_ptr_array_add (labels, (gpointer) ms_object_get_label (objects->pdata[i]));
  return refuse_loss (type, difference, labels, total, error);
}

static gboolean
lose_attribute (MsSchemaApply            *self,
                const MsSchemaTypeChange *change,
                const MsSchemaDifference *difference,
                GError                  **error)
{
  const MsAttribute *attribute = difference->before;
  gint64             total = 0;
  gint64             left = G_MAXINT64;

  do
    {
      g_autoptr (GPtrArray) found
                 = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_object_unref);
      if (!find_holders (self,
                         change->before,
                         attribute->path,
                         self->drop_values ? MS_SCHEMA_PAGE : MS_SCHEMA_NAMED,
                         found,
                         &total,
                         error))
        return FALSE;
      if (total > 0 && !self->drop_values)
        return refuse_loss_by (change->before, difference, found, total, error);
      for (guint i = 0; i < found->len; i++)
        if (!drop_from_object (self, change, attribute, found->pdata[i], error))
          return FALSE;
      /* In a damaged index they are found after they were stripped. */
      if (total > 0 && (found->len == 0 || total >= left))
        {
          ms_error_set (error,
                        MS_ERROR_INTERNAL,
                        NULL,
                        attribute->path,
                        "The index tells of values of “%s” that are not there: verify the store",
                        attribute->path);
          return FALSE;
        }
      left = total;
    }
  while (total > 0);
  return TRUE;
}

/* Who holds a secret; it is in no index. @ids, @labels: of some of them */
static gboolean
list_secret_holders (MsSchemaApply        *self,
                     const MsResourceType *type,
                     const char           *path,
                     gboolean              bin,
                     gint64                count,
                     GPtrArray            *ids,
                     GPtrArray            *labels,
                     GError              **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (self->txn->sql,
                             error,
                             bin ? "SELECT o.id, o.label FROM secret s JOIN object o ON o.n = s.obj"
                                   " WHERE s.kind = $1 AND o.type = $2 AND o.deleted IS NOT NULL"
                                   " ORDER BY o.n LIMIT $3"
                                 : "SELECT o.id, o.label FROM secret s JOIN object o ON o.n = s.obj"
                                   " WHERE s.kind = $1 AND o.type = $2 AND o.deleted IS NULL"
                                   " ORDER BY o.n LIMIT $3",
                             "ssi",
                             path,
                             type->name,
                             count);

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      g_ptr_array_add (ids, ms_statement_dup_text (statement, 0));
      g_ptr_array_add (labels, ms_statement_dup_text (statement, 1));
    }
  return FALSE;
}

static gboolean
drop_secret_from (MsSchemaApply        *self,
                  const MsResourceType *type,
                  const char           *path,
                  GPtrArray            *ids,
                  GError              **error)
{
  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr (MsObject) object = ms_txn_get_object (self->txn, type, ids->pdata[i], error);
      if (object == NULL || !ms_txn_set_secret (self->txn, object, path, NULL, error))
        return FALSE;
    }
  self->report->stripped += ids->len;
  return TRUE;
}

/* Page after page of those that are there, each told in the change set; what lies in the bin was
 * told when it went there. */
static gboolean
drop_secret (MsSchemaApply *self, const MsResourceType *type, const char *path, GError **error)
{
  guint found;

  do
    {
      g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
      if (!list_secret_holders (self, type, path, FALSE, MS_SCHEMA_PAGE, ids, labels, error)
          || !drop_secret_from (self, type, path, ids, error))
        return FALSE;
      found = ids->len;
    }
  while (found > 0);
  return ms_sql_run (self->txn->sql,
                     error,
                     "DELETE FROM secret WHERE kind = $1"
                     " AND obj IN (SELECT n FROM object WHERE type = $2)",
                     "ss",
                     path,
                     type->name);
}

static gboolean
lose_secret (MsSchemaApply            *self,
             const MsSchemaTypeChange *change,
             const MsSchemaDifference *difference,
             GError                  **error)
{
  const MsResourceType *type = change->before;
  const char           *path = difference->before->path;
  gint64                total = 0;

  if (!ms_sql_get_int (self->txn->sql,
                       &total,
                       error,
                       "SELECT count(*) FROM secret s JOIN object o ON o.n = s.obj"
                       " WHERE s.kind = $1 AND o.type = $2",
                       "ss",
                       path,
                       type->name))
    return FALSE;
  if (total == 0 || self->drop_values)
    return total == 0 || drop_secret (self, type, path, error);

  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func (g_free);
  if (!list_secret_holders (self, type, path, FALSE, MS_SCHEMA_NAMED, ids, labels, error)
      || !list_secret_holders (
          self, type, path, TRUE, MS_SCHEMA_NAMED - labels->len, ids, labels, error))
    return FALSE;
  return refuse_loss (type, difference, labels, total, error);
}

static gboolean
forget_attribute (MsSchemaApply *self, const MsResourceType *type, const char *path, GError **error)
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
lose (MsSchemaApply            *self,
      const MsSchemaTypeChange *change,
      const MsSchemaDifference *difference,
      GError                  **error)
{
  const MsAttribute *attribute = difference->before;

  if (attribute->is_computed || attribute->relation == MS_RELATION_FROM)
    return TRUE;
  /* What is asked of the whole is not asked of its parts again. */
  if (attribute->parent != NULL && attribute->parent->relation != MS_RELATION_NONE)
    return TRUE;
  if (attribute->returned == MS_RETURNED_NEVER)
    return lose_secret (self, change, difference, error);
  if (!lose_attribute (self, change, difference, error))
    return FALSE;
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      if (!forget_attribute (self, change->before, sub->path, error))
        return FALSE;
    }
  return forget_attribute (self, change->before, attribute->path, error);
}

gboolean
ms_schema_apply_losses (MsSchemaApply *self, const MsSchemaTypeChange *change, GError **error)
{
  if (change->after == NULL)
    return remove_type (self, change, error);
  for (guint i = 0; i < change->differences->len; i++)
    {
      const MsSchemaDifference *difference
          = &g_array_index (change->differences, MsSchemaDifference, i);
      if ((difference->effect & MS_SCHEMA_LOST) != 0 && !lose (self, change, difference, error))
        return FALSE;
    }
  return TRUE;
}
