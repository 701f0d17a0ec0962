/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The calls about outside directories: who may, is it the time for it, and what is answered. What
 * is asked of the directory itself is in ms-directory-try.c, the calls about runs in
 * ms-directory-start.c.
 */
#include "ms-directories.h"

#include <string.h>

#include "ms-directory-state.h"
#include "ms-error.h"
#include "ms-etag.h"
#include "ms-json.h"
#include "ms-write.h"

#define MAX_DIRECTORIES 100
#define MAX_ROWS_PAGE 1000

/* Showing ----------------------------------------------------------------------------------- */

typedef struct
{
  MsService   *service;
  const char  *id;
  JsonBuilder *into;
  gint64       version;
} Reading;

static gboolean
get_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Reading *self = user_data;
  g_autoptr (MsObject) object
             = ms_txn_get_object (txn, self->service->types.directory, self->id, error);

  if (object == NULL)
    return FALSE;
  self->version = ms_object_get_version (object);
  return ms_directory_describe_whole (txn, object, self->into, error);
}

static gboolean
list_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Reading              *self = user_data;
  const MsResourceType *type = self->service->types.directory;
  MsQuery               query
      = { .type = type, .sort_by = ms_resource_type_find (type, "name"), .count = MAX_DIRECTORIES };
  gint64 total = 0;
  g_autoptr (GArray) rows = ms_txn_query_rows (txn, &query, &total, error);

  for (guint i = 0; rows != NULL && i < rows->len; i++)
    {
      g_autoptr (MsObject) object = ms_txn_get_row (txn, g_array_index (rows, gint64, i), error);
      if (object == NULL || !ms_directory_describe_whole (txn, object, self->into, error))
        return FALSE;
    }
  return rows != NULL;
}

static void
append_built (JsonBuilder *builder, GString *out)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  ms_json_append (out, root);
}

gboolean
ms_service_list_directories (MsService *self, const MsActor *actor, GString *out, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && out != NULL, FALSE);

  g_autoptr (JsonBuilder) builder = json_builder_new ();
  Reading reading = { .service = self, .into = builder };

  if (!ms_policy_check (actor, MS_POLICY_READ_DIRECTORIES, NULL, NULL, NULL, error))
    return FALSE;
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "directories");
  json_builder_begin_array (builder);
  if (!ms_store_read (self->store, list_in_txn, &reading, NULL, error))
    return FALSE;
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  append_built (builder, out);
  return TRUE;
}

gboolean
ms_service_get_directory (MsService     *self,
                          const MsActor *actor,
                          const char    *id,
                          GString       *out,
                          gint64        *version,
                          GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL && out != NULL, FALSE);

  g_autoptr (JsonBuilder) builder = json_builder_new ();
  Reading reading = { .service = self, .id = id, .into = builder };

  if (!ms_policy_check (actor, MS_POLICY_READ_DIRECTORIES, NULL, NULL, NULL, error)
      || !ms_store_read (self->store, get_in_txn, &reading, NULL, error))
    return FALSE;
  append_built (builder, out);
  if (version != NULL)
    *version = reading.version;
  return TRUE;
}

/* Changing ---------------------------------------------------------------------------------- */

typedef struct
{
  const char  *id; /* (nullable) */
  JsonObject  *body;
  const char  *if_match;
  JsonBuilder *into;
  MsWrite      write;
  char        *new_id;
  gint64       version;
} Change;

static gboolean
check_room (MsWrite *write, GError **error)
{
  gint64 count = 0;

  if (!ms_txn_count (write->txn, MS_COUNT_OBJECTS, write->types->directory, &count, error))
    return FALSE;
  if (count < MAX_DIRECTORIES)
    return TRUE;
  ms_error_set (
      error, MS_ERROR_LIMIT, NULL, NULL, "A store has %d directories at most", MAX_DIRECTORIES);
  return FALSE;
}

/* What is named must be there when it is said, though it may go later: a run says so then. */
static gboolean
check_named (Change *self, MsObject *object, GError **error)
{
  const MsServiceTypes *types = self->write.types;
  const struct
  {
    const char           *member;
    const MsResourceType *type;
  } named[] = { { "template", types->template }, { "group", types->mail_group } };

  for (guint i = 0; i < G_N_ELEMENTS (named); i++)
    {
      const char *id = ms_object_get_string (object, named[i].member);
      g_autoptr (MsObject) found = NULL;

      if (id == NULL || !json_object_has_member (self->body, named[i].member))
        continue;
      if (!ms_txn_look_up (self->write.txn, named[i].type, id, &found, error))
        return FALSE;
      if (found != NULL)
        continue;
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    named[i].member,
                    "There is no %s with the id %s",
                    named[i].type->name,
                    id);
      return FALSE;
    }
  return TRUE;
}

static MsObject *
write_edit (Change *self, MsObject *before, const MsDirectoryBody *body, GError **error)
{
  const MsResourceType *type = self->write.types->directory;
  g_autoptr (MsEdit) edit = before != NULL
                                ? ms_edit_new_from_replace (before, body->attributes, error)
                                : ms_edit_new_from_create (type, body->attributes, error);

  if (edit == NULL || !check_named (self, edit->object, error))
    return NULL;
  /* It could be given as an attribute too, which would be a second way. */
  g_hash_table_remove_all (edit->secrets);
  if (body->says_password)
    g_hash_table_insert (
        edit->secrets, g_strdup (MS_DIRECTORY_PASSWORD), g_strdup (body->password));
  return before != NULL ? ms_write_update (&self->write, before, edit, NULL, error)
                        : ms_write_create (&self->write, edit, error);
}

/* To say how often starts the clock that an undo has stopped, also where it says the same: then
 * nothing else changes. */
static gboolean
restart_clock (Change *self, MsTxn *txn, MsObject *after, GError **error)
{
  gint64 every = ms_object_get_int (after, "every", 0);

  if (every == 0 || !json_object_has_member (self->body, "every"))
    return TRUE;
  g_autoptr (MsDirectoryState) state
             = ms_directory_state_load (txn, ms_object_get_id (after), error);
  if (state == NULL)
    return FALSE;
  if (state->record->next_run != 0 || (!state->is_proven && !state->is_stopped)
      || ms_directory_state_is_under_way (state))
    return TRUE;
  ms_directory_state_set_actor (state, self->write.actor);
  ms_directory_state_restart_clock (state, ms_service_get_time (self->write.service), every);
  return ms_directory_state_save (state, txn, error);
}

static gboolean
put_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Change *self = user_data;
  g_autoptr (MsObject) before = NULL;
  g_autoptr (MsObject) after = NULL;
  g_auto (MsDirectoryBody) body = { NULL };

  self->write.txn = txn;
  if (self->id != NULL)
    {
      before = ms_txn_get_object (txn, self->write.types->directory, self->id, error);
      if (before == NULL || !ms_etag_check (self->if_match, MS_ETAG_IF_MATCH, before, error))
        return FALSE;
    }
  else if (!check_room (&self->write, error))
    return FALSE;
  if (!ms_directory_body_read (&body, self->write.types, before, self->body, error))
    return FALSE;
  after = write_edit (self, before, &body, error);
  if (after == NULL || !restart_clock (self, txn, after, error))
    return FALSE;
  self->new_id = g_strdup (ms_object_get_id (after));
  /* The secret counts the version up after the rest. */
  g_autoptr (MsObject) stored
             = ms_txn_get_object (txn, self->write.types->directory, self->new_id, error);
  if (stored == NULL)
    return FALSE;
  self->version = ms_object_get_version (stored);
  return ms_directory_describe_whole (txn, stored, self->into, error);
}

static gboolean
write_change (MsService     *self,
              const MsActor *actor,
              const char    *verb,
              MsTxnFunc      func,
              Change        *change,
              gint64        *sequence,
              GError       **error)
{
  MsChangeContext context = ms_service_get_context (actor, verb);
  gint64          written = 0;

  ms_write_init (&change->write, self, actor, NULL);
  change->write.changing_directories = TRUE;
  gboolean done = ms_store_write (self->store, &context, func, change, &written, error);
  ms_write_clear (&change->write);
  if (done && sequence != NULL)
    *sequence = written;
  return done;
}

gboolean
ms_service_put_directory (MsService     *self,
                          const MsActor *actor,
                          const char    *id,
                          JsonObject    *body,
                          const char    *if_match,
                          GString       *out,
                          char         **new_id,
                          gint64        *version,
                          gint64        *sequence,
                          GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && body != NULL && out != NULL,
                        FALSE);

  g_autoptr (JsonBuilder) builder = json_builder_new ();
  Change change = { .id = id, .body = body, .if_match = if_match, .into = builder };

  gboolean done
      = ms_policy_check (actor, MS_POLICY_DIRECTORIES, NULL, NULL, NULL, error)
        && write_change (
            self, actor, id != NULL ? "update" : "create", put_in_txn, &change, sequence, error);
  if (done)
    {
      append_built (builder, out);
      if (version != NULL)
        *version = change.version;
      if (new_id != NULL)
        *new_id = g_steal_pointer (&change.new_id);
    }
  g_free (change.new_id);
  return done;
}

static gboolean
delete_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Change *self = user_data;
  g_autoptr (MsObject) object
             = ms_txn_get_object (txn, self->write.types->directory, self->id, error);

  self->write.txn = txn;
  return object != NULL && ms_etag_check (self->if_match, MS_ETAG_IF_MATCH, object, error)
         && ms_write_delete (&self->write, object, error);
}

gboolean
ms_service_delete_directory (MsService     *self,
                             const MsActor *actor,
                             const char    *id,
                             const char    *if_match,
                             gint64        *sequence,
                             GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL, FALSE);

  Change change = { .id = id, .if_match = if_match };

  return ms_policy_check (actor, MS_POLICY_DIRECTORIES, NULL, NULL, NULL, error)
         && write_change (self, actor, "delete", delete_in_txn, &change, sequence, error);
}

/* Rows -------------------------------------------------------------------------------------- */

typedef struct
{
  MsService  *service;
  const char *id;
  const char *status;
  gint64      start;
  gint64      count;
  GString    *out;
} RowsReading;

static gboolean
rows_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  RowsReading *self = user_data;
  gint64       total = 0;
  g_autoptr (MsObject) object
             = ms_txn_get_object (txn, self->service->types.directory, self->id, error);
  g_autoptr (GPtrArray) rows
             = object != NULL ? ms_txn_list_directory_rows (
                   txn, self->id, self->status, self->start, self->count, &total, error)
                              : NULL;

  if (rows == NULL)
    return FALSE;
  g_string_append_printf (self->out, "{\"total\":%" G_GINT64_FORMAT ",\"rows\":[", total);
  for (guint i = 0; i < rows->len; i++)
    {
      if (i > 0)
        g_string_append_c (self->out, ',');
      g_string_append (self->out, rows->pdata[i]);
    }
  g_string_append (self->out, "]}");
  return TRUE;
}

gboolean
ms_service_list_directory_rows (MsService     *self,
                                const MsActor *actor,
                                const char    *id,
                                const char    *status,
                                gint64         start,
                                gint64         count,
                                GString       *out,
                                GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && id != NULL && out != NULL, FALSE);

  RowsReading reading = { self, id, status, MAX (start, 0), CLAMP (count, 0, MAX_ROWS_PAGE), out };
  gboolean    is_known = status == NULL;

  if (!ms_policy_check (actor, MS_POLICY_READ_DIRECTORIES, NULL, NULL, NULL, error))
    return FALSE;
  for (guint i = 0; i < MS_DIRECTORY_N_STATUSES && !is_known; i++)
    is_known = strcmp (status, ms_directory_status_get_name ((MsDirectoryStatus) i)) == 0;
  if (!is_known)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "status",
                    "status is one of create, update, rename, disable, enable, delete, refuse and"
                    " unchanged");
      return FALSE;
    }
  return ms_store_read (self->store, rows_in_txn, &reading, NULL, error);
}
