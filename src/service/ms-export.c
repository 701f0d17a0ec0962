/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Export: what a list shows as CSV whose header holds the names of import fields, so that the
 * import needs to be told nothing to take it back. Cells that a spreadsheet would run are guarded,
 * which the import undoes. No password and no hash ever comes out.
 *
 * A mailbox of somebody comes after that somebody's own one, for the import meets its owner only
 * then: so mailboxes are written in two passes. A list comes after those that are on it, for the
 * same reason (ms-export-order.h). Everything is read in one transaction, and is of one moment.
 */
#include "ms-service-private.h"

#include <string.h>

#include "ms-audit.h"
#include "ms-csv.h"
#include "ms-error.h"
#include "ms-export-columns.h"
#include "ms-export-order.h"
#include "ms-filter.h"
#include "ms-import-members.h"
#include "ms-import-values.h"
#include "ms-policy.h"
#include "ms-txn.h"

#define FLUSH_BYTES (32 * 1024)
#define PAGE 500

#define LIST_ADDRESS MS_URN_EXT_GROUP ":address"
#define LIST_DESCRIPTION MS_URN_EXT_GROUP ":description"

static const MsImportField mailbox_fields[] = {
  MS_IMPORT_USER_NAME,
  MS_IMPORT_DISPLAY_NAME,
  MS_IMPORT_GIVEN_NAME,
  MS_IMPORT_FAMILY_NAME,
  MS_IMPORT_DOMAIN,
  MS_IMPORT_OWNER,
  MS_IMPORT_PRIMARY,
  MS_IMPORT_GROUP,
  MS_IMPORT_ALIASES,
  MS_IMPORT_QUOTA,
  MS_IMPORT_FORWARD_TO,
  MS_IMPORT_KEEP_COPY,
  MS_IMPORT_MAILBOX_DESCRIPTION,
  MS_IMPORT_MAILBOX_ACTIVE,
  MS_IMPORT_TITLE,
  MS_IMPORT_DEPARTMENT,
  MS_IMPORT_EMPLOYEE_NUMBER,
  MS_IMPORT_PHONE,
  MS_IMPORT_DESCRIPTION,
  MS_IMPORT_ACTIVE,
  MS_IMPORT_EXTERNAL_ID,
};

static const MsImportField user_fields[] = {
  MS_IMPORT_USER_NAME,       MS_IMPORT_DISPLAY_NAME, MS_IMPORT_GIVEN_NAME,
  MS_IMPORT_FAMILY_NAME,     MS_IMPORT_MAILBOX,      MS_IMPORT_DOMAIN,
  MS_IMPORT_GROUP,           MS_IMPORT_ALIASES,      MS_IMPORT_QUOTA,
  MS_IMPORT_FORWARD_TO,      MS_IMPORT_KEEP_COPY,    MS_IMPORT_MAILBOX_DESCRIPTION,
  MS_IMPORT_MAILBOX_ACTIVE,  MS_IMPORT_TITLE,        MS_IMPORT_DEPARTMENT,
  MS_IMPORT_EMPLOYEE_NUMBER, MS_IMPORT_PHONE,        MS_IMPORT_DESCRIPTION,
  MS_IMPORT_ACTIVE,          MS_IMPORT_EXTERNAL_ID,
};

static const MsImportField list_fields[] = {
  MS_IMPORT_LIST,        MS_IMPORT_ADDRESS, MS_IMPORT_ALIASES,
  MS_IMPORT_DESCRIPTION, MS_IMPORT_MEMBERS, MS_IMPORT_EXTERNAL_MEMBERS,
};

typedef struct
{
  MsService     *service;
  gboolean       is_inside;
  MsServiceTypes types; /* of the tables that the query is of */
  const MsQuery *query;
  MsWriteFunc    write;
  gpointer       user_data;
  MsTxn         *txn;
  MsWrite        reading; /* for questions that only MsWrite's functions answer */
  MsImportValues values;
  MsEndNames     names;
  GPtrArray     *more; /* MsAttribute: columns that no import field stands for */
  GString       *buffer;
  guint          lacking; /* objects that a damaged store does not give */
} Export;

typedef gboolean (*AppendFunc) (Export *self, MsObject *object, GError **error);
typedef gboolean (*RowFunc) (Export *self, gint64 row, gpointer data, GError **error);

static gboolean
flush (Export *self, gsize at_least, GError **error)
{
  if (self->buffer->len < at_least || self->buffer->len == 0)
    return TRUE;
  gboolean written = self->write (self->buffer->str, self->buffer->len, self->user_data, error);
  g_string_truncate (self->buffer, 0);
  return written;
}

static void
append_header (Export *self, const MsImportField *fields, guint n_fields)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new ();

  for (guint i = 0; i < n_fields; i++)
    g_ptr_array_add (cells, (gpointer) ms_import_field_get_name (fields[i]));
  for (guint i = 0; i < self->more->len; i++)
    g_ptr_array_add (cells, ((const MsAttribute *) g_ptr_array_index (self->more, i))->path);
  g_ptr_array_add (cells, NULL);
  ms_csv_append_record (self->buffer, (const char *const *) cells->pdata, ',');
}

/* @cells: NULL at the end */
static gboolean
append_cells (Export *self, GPtrArray *cells, GError **error)
{
  g_ptr_array_add (cells, NULL);
  ms_csv_append_record (self->buffer, (const char *const *) cells->pdata, ',');
  return flush (self, FLUSH_BYTES, error);
}

static gboolean
add_more (Export *self, MsObject *object, GPtrArray *cells, GError **error)
{
  for (guint i = 0; i < self->more->len; i++)
    {
      char *cell
          = ms_export_columns_read (g_ptr_array_index (self->more, i), &self->names, object, error);
      if (cell == NULL)
        return FALSE;
      g_ptr_array_add (cells, cell);
    }
  return TRUE;
}

/* Mailboxes
 * ------------------------------------------------------------------------------------------------
 */

/* (nullable) without error: nobody's */
static gboolean
get_owner (Export *self, MsObject *mailbox, MsObject **owner, GError **error)
{
  const char *id = ms_object_get_link (mailbox, "owner");

  *owner = NULL;
  if (id == NULL)
    return TRUE;
  *owner = ms_txn_get_object (self->txn, self->types.user, id, error);
  return *owner != NULL;
}

/* A cell of a mailbox. The columns about the user are filled where it is the user's primary one;
 * the owner is named where the name alone does not say it. */
static char *
read_mailbox_cell (Export       *self,
                   MsObject     *mailbox,
                   MsObject     *owner,
                   gboolean      is_primary,
                   MsImportField field,
                   GError      **error)
{
  MsObject *user = is_primary ? owner : NULL;

  switch (field)
    {
    case MS_IMPORT_USER_NAME:
      return g_strdup (ms_object_get_label (mailbox));
    case MS_IMPORT_OWNER:
      if (owner == NULL
          || (is_primary
              && strcmp (ms_object_get_label (owner), ms_object_get_label (mailbox)) == 0))
        return g_strdup ("");
      return g_strdup (ms_object_get_label (owner));
    case MS_IMPORT_PRIMARY:
      return g_strdup (is_primary ? "true" : "false");
    default:
      return ms_import_values_read (&self->values, user, mailbox, field, error);
    }
}

static gboolean
append_mailbox (Export *self, MsObject *mailbox, GError **error)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (MsObject) owner = NULL;

  if (!get_owner (self, mailbox, &owner, error))
    return FALSE;
  gboolean is_primary = owner != NULL && ms_object_get_boolean (mailbox, "primary", FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (mailbox_fields); i++)
    {
      char *cell = read_mailbox_cell (self, mailbox, owner, is_primary, mailbox_fields[i], error);
      if (cell == NULL)
        return FALSE;
      g_ptr_array_add (cells, cell);
    }
  return add_more (self, mailbox, cells, error) && append_cells (self, cells, error);
}

static gboolean
append_users_own (Export *self, MsObject *mailbox, GError **error)
{
  return !ms_object_get_boolean (mailbox, "primary", FALSE)
         || append_mailbox (self, mailbox, error);
}

static gboolean
append_others (Export *self, MsObject *mailbox, GError **error)
{
  return ms_object_get_boolean (mailbox, "primary", FALSE) || append_mailbox (self, mailbox, error);
}

/* Users
 * ------------------------------------------------------------------------------------------------------
 */

static char *
read_user_cell (
    Export *self, MsObject *user, MsObject *mailbox, MsImportField field, GError **error)
{
  if (field == MS_IMPORT_USER_NAME)
    return g_strdup (ms_object_get_label (user));
  return ms_import_values_read (&self->values, user, mailbox, field, error);
}

static gboolean
append_user (Export *self, MsObject *user, GError **error)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) mailbox
             = ms_write_find_primary (&self->reading, ms_object_get_id (user), &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (user_fields); i++)
    {
      char *cell = read_user_cell (self, user, mailbox, user_fields[i], error);
      if (cell == NULL)
        return FALSE;
      g_ptr_array_add (cells, cell);
    }
  return add_more (self, user, cells, error) && append_cells (self, cells, error);
}

/* Lists
 * ------------------------------------------------------------------------------------------------------
 */

/* @targets: (element-type MsLinkTarget): who is on a list */
static char *
read_members (Export *self, const GPtrArray *targets, GError **error)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < targets->len; i++)
    {
      g_autofree char *member
          = ms_end_names_write_with_type (&self->names, targets->pdata[i], error);
      if (member == NULL)
        {
          g_string_free (out, TRUE);
          return NULL;
        }
      ms_import_members_append (out, member);
    }
  return g_string_free (out, FALSE);
}

static gboolean
append_list (Export *self, MsObject *list, const GPtrArray *targets, GError **error)
{
  const char *address = ms_object_get_string (list, LIST_ADDRESS);
  const char *description = ms_object_get_string (list, LIST_DESCRIPTION);
  char       *members = read_members (self, targets, error);
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);

  if (members == NULL)
    return FALSE;
  g_ptr_array_add (cells, g_strdup (ms_object_get_label (list)));
  g_ptr_array_add (cells, g_strdup (address != NULL ? address : ""));
  g_ptr_array_add (cells, ms_import_join_strings (ms_import_get_list_array (list, "aliases")));
  g_ptr_array_add (cells, g_strdup (description != NULL ? description : ""));
  g_ptr_array_add (cells, members);
  g_ptr_array_add (cells,
                   ms_import_join_strings (ms_import_get_list_array (list, "externalMembers")));
  return add_more (self, list, cells, error) && append_cells (self, cells, error);
}

/* Any other type: what it holds, by its tables.
 * ------------------------------------------------------------------------------------------------
 */

static gboolean
append_plain (Export *self, MsObject *object, GError **error)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);

  return add_more (self, object, cells, error) && append_cells (self, cells, error);
}

/* All
 * -------------------------------------------------------------------------------------------------------
 */

/* Of a damaged store comes out what can be read, and the end says that it was not all. @failed:
 * (transfer full) */
static gboolean
go_on_without (Export *self, gint64 row, GError *failed, GError **error)
{
  if (!ms_txn_is_bearable (self->txn, failed))
    {
      g_propagate_error (error, failed);
      return FALSE;
    }
  g_message ("The export lacks row %" G_GINT64_FORMAT " of the store: %s", row, failed->message);
  g_error_free (failed);
  self->lacking++;
  return TRUE;
}

static gboolean
check_whole (Export *self, GError **error)
{
  if (self->lacking == 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INTERNAL,
                NULL,
                NULL,
                "The store is damaged: %u objects are missing in what was exported",
                self->lacking);
  return FALSE;
}

/* In pages, so that what a row asks for does not meet an open statement of the list. */
static gboolean
walk_rows (Export *self, RowFunc func, gpointer data, GError **error)
{
  MsQuery query = *self->query;
  gint64  end = self->query->count > 0 ? self->query->start + self->query->count : G_MAXINT64;

  for (query.start = MAX (self->query->start, 0); query.start < end; query.start += PAGE)
    {
      query.count = MIN (PAGE, end - query.start);
      g_autoptr (GArray) page = ms_txn_query_rows (self->txn, &query, NULL, error);
      if (page == NULL)
        return FALSE;
      for (guint i = 0; i < page->len; i++)
        if (!func (self, g_array_index (page, gint64, i), data, error))
          return FALSE;
      if (page->len == 0)
        break;
    }
  return TRUE;
}

static gboolean
append_row (Export *self, gint64 row, gpointer data, GError **error)
{
  AppendFunc append = *(AppendFunc *) data;
  GError    *failed = NULL;
  g_autoptr (MsObject) object = ms_txn_get_row (self->txn, row, &failed);

  return (object != NULL && append (self, object, &failed))
         || go_on_without (self, row, failed, error);
}

static gboolean
walk (Export *self, AppendFunc append, GError **error)
{
  return walk_rows (self, append_row, &append, error);
}

static gboolean
keep_row (Export *self, gint64 row, gpointer data, GError **error)
{
  g_array_append_val ((GArray *) data, row);
  return TRUE;
}

/* A list that waits for others is read a second time after them: kept meanwhile, a long chain of
 * long lists would be in memory all at once. */
static gboolean
walk_lists (Export *self, GError **error)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 row;

  if (!walk_rows (self, keep_row, rows, error))
    return FALSE;
  g_autoptr (MsExportOrder) order = ms_export_order_new (rows);
  while (ms_export_order_get (order, &row))
    {
      GError *failed = NULL;
      g_autoptr (MsObject) list = ms_txn_get_row (self->txn, row, &failed);
      g_autoptr (GPtrArray) targets
                 = list != NULL
                       ? ms_txn_list_object_links (self->txn, list, "members", FALSE, 0, &failed)
                       : NULL;
      if (targets != NULL && ms_export_order_put_before (order, targets))
        continue;
      if ((targets == NULL || !append_list (self, list, targets, &failed))
          && !go_on_without (self, row, failed, error))
        return FALSE;
      ms_export_order_drop (order);
    }
  return TRUE;
}

static gboolean
export_type (Export *self, GError **error)
{
  const MsServiceTypes *types = &self->types;
  const MsResourceType *type = self->query->type;

  if (type == types->mailbox)
    {
      append_header (self, mailbox_fields, G_N_ELEMENTS (mailbox_fields));
      return walk (self, append_users_own, error) && walk (self, append_others, error);
    }
  if (type == types->user)
    {
      append_header (self, user_fields, G_N_ELEMENTS (user_fields));
      return walk (self, append_user, error);
    }
  if (type == types->list)
    {
      append_header (self, list_fields, G_N_ELEMENTS (list_fields));
      return walk_lists (self, error);
    }
  append_header (self, NULL, 0);
  return walk (self, append_plain, error);
}

/* The transaction keeps the tables that it began with; the service may get others. */
static void
let_go (Export *self)
{
  if (self->is_inside)
    ms_service_end_work (self->service);
  self->is_inside = FALSE;
}

static gboolean
run_export (MsTxn *txn, gpointer user_data, GError **error)
{
  Export *self = user_data;

  let_go (self);
  self->txn = txn;
  self->reading.txn = txn;
  ms_import_values_init (&self->values, &self->types, txn);
  self->names.write = &self->reading;
  self->names.values = &self->values;
  gboolean done = export_type (self, error) && flush (self, 0, error) && check_whole (self, error);
  ms_import_values_clear (&self->values);
  return done;
}

static gboolean
check_request (MsService *self, const MsActor *actor, const MsResourceType *type, GError **error)
{
  if (!ms_policy_check (actor, MS_POLICY_EXPORT, type, NULL, NULL, error))
    return FALSE;
  if (!type->singleton && !type->internal)
    return TRUE;
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", "type", "%s cannot be exported", type->name);
  return FALSE;
}

static gboolean
check_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  return ms_txn_check_query (txn, user_data, error);
}

gboolean
ms_service_begin_export (MsService     *self,
                         const MsActor *actor,
                         const MsQuery *query,
                         GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && query != NULL, FALSE);

  g_autofree char *id = ms_object_new_id ();

  return check_request (self, actor, query->type, error)
         && ms_store_read (self->store, check_in_txn, (gpointer) query, NULL, error)
         && ms_audit_note (
             self, actor, "export", MS_NOTE_EXPORT, id, query->type->name, NULL, error);
}

gboolean
ms_service_export (MsService     *self,
                   const MsActor *actor,
                   const MsQuery *query,
                   MsWriteFunc    write,
                   gpointer       user_data,
                   GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && query != NULL && write != NULL,
                        FALSE);

  g_autoptr (GString) buffer = g_string_sized_new (FLUSH_BYTES + 4096);
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_ref (self->schemas);
  Export export = { .service = self,
                    .is_inside = TRUE,
                    .types = self->types,
                    .query = query,
                    .write = write,
                    .names = { .schemas = schemas },
                    .user_data = user_data,
                    .buffer = buffer };

  gboolean is_imported = query->type == self->types.mailbox || query->type == self->types.user
                         || query->type == self->types.list;
  g_autoptr (GPtrArray) more = ms_export_columns_new (query->type, !is_imported);
  export.more = more;
  ms_write_init (&export.reading, self, actor, NULL);
  export.reading.types = &export.types;
  gboolean done = check_request (self, actor, query->type, error)
                  && ms_store_read (self->store, run_export, &export, NULL, error);
  let_go (&export);
  ms_write_clear (&export.reading);
  return done;
}
