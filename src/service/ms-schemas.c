/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Schema files of operators: listed, added, replaced, removed. Each change is one transaction, that
 * either brings the whole store to the new tables or does nothing, made while nobody else is inside
 * of the service; whoever comes meanwhile waits. A trial does the same and takes it back.
 */
#include "ms-service-private.h"

#include <string.h>

#include "ms-directory-runs.h"
#include "ms-error.h"
#include "ms-etag.h"
#include "ms-gate.h"
#include "ms-import-manager.h"
#include "ms-json.h"
#include "ms-schemas.h"
#include "ms-store-schemas.h"
#include "ms-txn.h"
#include "ms-write.h"

/* Calls that are under way are given this long. */
#define CLOSE_USEC (10 * G_USEC_PER_SEC)
#define MAX_FILES 100

/* Showing ----------------------------------------------------------------------------------- */

static void
add_text (JsonBuilder *into, const char *name, const char *value)
{
  json_builder_set_member_name (into, name);
  json_builder_add_string_value (into, value);
}

static void
add_names (JsonBuilder *into, const char *name, GPtrArray *values)
{
  json_builder_set_member_name (into, name);
  json_builder_begin_array (into);
  for (guint i = 0; i < values->len; i++)
    json_builder_add_string_value (into, values->pdata[i]);
  json_builder_end_array (into);
}

static void
collect_member (JsonArray *array, const char *member, const char *having, GPtrArray *names)
{
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode   *element = json_array_get_element (array, i);
      JsonObject *object = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;

      if (object != NULL
          && json_object_has_member (object, "endpoint") == (g_strcmp0 (having, "endpoint") == 0))
        g_ptr_array_add (
            names, (gpointer) json_object_get_string_member_with_default (object, member, ""));
    }
}

/* What a file is about, for those who do not want to read it. */
static void
add_contents (JsonBuilder *into, const char *text)
{
  g_autoptr (JsonNode) root = ms_json_parse (text, -1, NULL, NULL);
  g_autoptr (GPtrArray) schemas = g_ptr_array_new ();
  g_autoptr (GPtrArray) types = g_ptr_array_new ();
  g_autoptr (GPtrArray) extends = g_ptr_array_new ();
  JsonObject *file
      = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;

  if (file != NULL)
    {
      collect_member (ms_json_get_array (file, "schemas"), "id", NULL, schemas);
      collect_member (ms_json_get_array (file, "resourceTypes"), "name", "endpoint", types);
      collect_member (ms_json_get_array (file, "resourceTypes"), "name", NULL, extends);
    }
  add_names (into, "schemas", schemas);
  add_names (into, "resourceTypes", types);
  add_names (into, "extends", extends);
}

static void
add_file (JsonBuilder *into, MsObject *object, gboolean with_text)
{
  const char      *text = ms_object_get_string (object, "text");
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  g_autofree char *created = ms_json_format_time (ms_object_get_created (object));
  g_autofree char *modified = ms_json_format_time (ms_object_get_modified (object));

  json_builder_begin_object (into);
  add_text (into, "name", ms_object_get_label (object));
  add_text (into, "id", ms_object_get_id (object));
  json_builder_set_member_name (into, "version");
  json_builder_add_int_value (into, ms_object_get_version (object));
  add_text (into, "digest", digest);
  add_text (into, "created", created);
  add_text (into, "lastModified", modified);
  add_contents (into, text);
  if (with_text)
    add_text (into, "text", text);
  json_builder_end_object (into);
}

typedef struct
{
  MsService   *service;
  const char  *name;
  JsonBuilder *into;
  gint64       version;
} FilesRead;

static gboolean
add_each (MsObject *object, gpointer user_data, GError **error)
{
  FilesRead *read = user_data;

  add_file (read->into, object, FALSE);
  return TRUE;
}

static gboolean
list_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  FilesRead *read = user_data;
  MsQuery    query = { .type = read->service->types.schema_file, .count = MAX_FILES };
  gint64     total = 0;

  return ms_txn_query (txn, &query, add_each, read, &total, error);
}

static MsObject *
find_file (MsService *self, MsTxn *txn, const char *name, GError **error)
{
  g_autoptr (GError) failed = NULL;
  MsObject *object = ms_txn_find_object (txn, self->types.schema_file, "name", name, &failed);

  if (object == NULL && failed == NULL)
    ms_error_set (&failed, MS_ERROR_NOT_FOUND, NULL, NULL, "There is no schema file “%s”", name);
  if (object == NULL)
    g_propagate_error (error, g_steal_pointer (&failed));
  return object;
}

static gboolean
get_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  FilesRead *read = user_data;
  g_autoptr (MsObject) object = find_file (read->service, txn, read->name, error);

  if (object == NULL)
    return FALSE;
  read->version = ms_object_get_version (object);
  add_file (read->into, object, TRUE);
  return TRUE;
}

static void
append_built (JsonBuilder *builder, GString *out)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  ms_json_append (out, root);
}

gboolean
ms_service_list_schema_files (MsService *self, const MsActor *actor, GString *out, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && out != NULL, FALSE);

  g_autoptr (JsonBuilder) builder = json_builder_new ();
  FilesRead read = { .service = self, .into = builder };

  if (!ms_policy_check (actor, MS_POLICY_READ, self->types.schema_file, NULL, NULL, error))
    return FALSE;
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  if (!ms_store_read (self->store, list_in_txn, &read, NULL, error))
    return FALSE;
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  append_built (builder, out);
  return TRUE;
}

gboolean
ms_service_get_schema_file (MsService     *self,
                            const MsActor *actor,
                            const char    *name,
                            GString       *out,
                            gint64        *version,
                            GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && name != NULL, FALSE);

  g_autoptr (JsonBuilder) builder = json_builder_new ();
  FilesRead read = { .service = self, .name = name, .into = builder };

  if (!ms_policy_check (actor, MS_POLICY_READ, self->types.schema_file, NULL, NULL, error)
      || !ms_store_read (self->store, get_in_txn, &read, NULL, error))
    return FALSE;
  *version = read.version;
  append_built (builder, out);
  return TRUE;
}

/* Changing ---------------------------------------------------------------------------------- */

typedef struct
{
  const MsSchemaRequest *request;
  MsWrite                write;
  JsonBuilder           *into;
  MsSchemaReport         report;
  gboolean               changed;
  gint64                 version;
} Change;

static gboolean
count_files (MsWrite *write, GError **error)
{
  gint64 count = 0;

  if (!ms_txn_count (write->txn, MS_COUNT_OBJECTS, write->types->schema_file, &count, error))
    return FALSE;
  if (count < MAX_FILES)
    return TRUE;
  ms_error_set (
      error, MS_ERROR_LIMIT, NULL, NULL, "A store holds %d schema files at most", MAX_FILES);
  return FALSE;
}

static MsObject *
add (Change *self, GError **error)
{
  g_autoptr (JsonObject) body = json_object_new ();

  json_object_set_string_member (body, "name", self->request->name);
  json_object_set_string_member (body, "text", self->request->text);
  g_autoptr (MsEdit) edit
             = ms_edit_new_from_create (self->write.service->types.schema_file, body, error);
  if (edit == NULL || !count_files (&self->write, error))
    return NULL;
  self->changed = TRUE;
  return ms_write_create (&self->write, edit, error);
}

/* (nullable): with @error */
static MsObject *
get_current (Change *self, GError **error)
{
  g_autoptr (MsObject) object
             = find_file (self->write.service, self->write.txn, self->request->name, error);

  if (object == NULL || !ms_etag_check (self->request->if_match, MS_ETAG_IF_MATCH, object, error))
    return NULL;
  return g_steal_pointer (&object);
}

static MsObject *
replace (Change *self, GError **error)
{
  g_autoptr (MsObject) before = get_current (self, error);
  g_autoptr (JsonObject) body = json_object_new ();

  if (before == NULL)
    return NULL;
  json_object_set_string_member (body, "name", ms_object_get_label (before));
  json_object_set_string_member (body, "text", self->request->text);
  g_autoptr (MsEdit) edit = ms_edit_new_from_replace (before, body, error);
  if (edit == NULL)
    return NULL;
  return ms_write_update (&self->write, before, edit, &self->changed, error);
}

static gboolean
take_away (Change *self, GError **error)
{
  g_autoptr (MsObject) object = get_current (self, error);

  self->changed = TRUE;
  return object != NULL && ms_write_delete (&self->write, object, error);
}

static void
describe (Change *self, MsObject *object)
{
  JsonBuilder *into = self->into;

  json_builder_begin_object (into);
  if (object != NULL)
    {
      self->version = ms_object_get_version (object);
      json_builder_set_member_name (into, "file");
      add_file (into, object, FALSE);
    }
  json_builder_set_member_name (into, "dryRun");
  json_builder_add_boolean_value (into, self->request->dry_run);
  json_builder_set_member_name (into, "changed");
  json_builder_add_boolean_value (into, self->changed);
  json_builder_set_member_name (into, "objectsChecked");
  json_builder_add_int_value (into, self->report.looked_at);
  json_builder_set_member_name (into, "objectsStripped");
  json_builder_add_int_value (into, self->report.stripped);
  json_builder_set_member_name (into, "objectsPurged");
  json_builder_add_int_value (into, self->report.purged);
}

static gboolean
change_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Change *self = user_data;
  g_autoptr (MsObject) object = NULL;

  self->write.txn = txn;
  if (self->request->verb == MS_SCHEMA_ADD)
    object = add (self, error);
  else if (self->request->verb == MS_SCHEMA_REPLACE)
    object = replace (self, error);
  else if (!take_away (self, error))
    return FALSE;
  if (object == NULL && self->request->verb != MS_SCHEMA_REMOVE)
    return FALSE;
  if (self->changed
      && !ms_txn_apply_schemas (txn, self->request->drop_values, &self->report, error))
    return FALSE;
  describe (self, object);
  return TRUE;
}

static gboolean
try_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  return ms_txn_savepoint (txn, FALSE, change_in_txn, user_data, error);
}

gboolean
ms_schemas_try_close (MsService *self)
{
  if (!ms_gate_close (self->gate, CLOSE_USEC))
    return FALSE;
  ms_import_manager_pause (self->imports);
  ms_directory_runs_pause (self->directories);
  return TRUE;
}

gboolean
ms_schemas_close (MsService *self, GError **error)
{
  if (ms_schemas_try_close (self))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_UNAVAILABLE,
                NULL,
                NULL,
                "Schemas can only be changed while nothing else is under way, and %u calls did not"
                " end; try again",
                ms_gate_count (self->gate));
  return FALSE;
}

void
ms_schemas_open (MsService *self)
{
  ms_import_manager_go_on (self->imports);
  ms_directory_runs_go_on (self->directories);
  ms_gate_open (self->gate);
}

static const char *
get_change_verb (const MsSchemaRequest *request)
{
  return request->verb == MS_SCHEMA_ADD       ? "create"
         : request->verb == MS_SCHEMA_REPLACE ? "update"
                                              : "delete";
}

static gboolean
check_request (MsService             *self,
               const MsActor         *actor,
               const MsSchemaRequest *request,
               GError               **error)
{
  MsPolicyVerb verb = request->verb == MS_SCHEMA_ADD       ? MS_POLICY_CREATE
                      : request->verb == MS_SCHEMA_REPLACE ? MS_POLICY_UPDATE
                                                           : MS_POLICY_DELETE;

  if (!ms_policy_check (actor, verb, self->types.schema_file, NULL, NULL, error))
    return FALSE;
  /* What is no JSON at all is said without anybody having to wait. */
  g_autoptr (JsonNode) root
             = request->text != NULL ? ms_json_parse (request->text, -1, NULL, error) : NULL;
  return request->text == NULL || root != NULL;
}

gboolean
ms_service_change_schemas (MsService             *self,
                           const MsActor         *actor,
                           const MsSchemaRequest *request,
                           GString               *out,
                           gint64                *version,
                           gint64                *sequence,
                           GError               **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && request != NULL, FALSE);
  g_return_val_if_fail (request->name != NULL, FALSE);

  MsChangeContext context = ms_service_get_context (actor, get_change_verb (request));
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  Change change = { .request = request, .into = builder };
  gint64 written = 0;

  if (!check_request (self, actor, request, error) || !ms_schemas_close (self, error))
    return FALSE;
  ms_write_init (&change.write, self, actor, NULL);
  change.write.changing_schemas = TRUE;
  gboolean done = ms_store_write (self->store,
                                  &context,
                                  request->dry_run ? try_in_txn : change_in_txn,
                                  &change,
                                  &written,
                                  error);
  ms_write_clear (&change.write);
  if (done && change.changed && !request->dry_run)
    ms_service_take_schemas (self, ms_store_ref_schemas (self->store));
  ms_schemas_open (self);
  if (!done)
    return FALSE;
  if (written != 0)
    ms_service_emit_event (self, "schemas", 0, "{}");
  json_builder_set_member_name (builder, "changeSet");
  if (written != 0)
    json_builder_add_int_value (builder, written);
  else
    json_builder_add_null_value (builder);
  json_builder_end_object (builder);
  append_built (builder, out);
  *version = change.version;
  if (sequence != NULL)
    *sequence = written;
  return TRUE;
}
