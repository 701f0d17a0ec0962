/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An import and its two JSON texts in the store: "options" is {"upload", "options", "unused",
 * "reason"}, "result" is what came of it so far. "unused" is the doubts about columns, which once
 * were about those that are not used only.
 */
#include "ms-import.h"

#include <string.h>

#include "ms-error.h"
#include "ms-import-preview.h"
#include "ms-json.h"
#include "ms-text.h"

#define MAX_NAME 200
/* In bytes: what is wrong with a cell may have all of it in the message. */
#define MAX_REASON 2000

/* Texts that we wrote ourselves; a large mapping with a preview stays far below. */
static const MsJsonLimits own_limits = { 16 * 1024 * 1024, 16, 4 * 1024 * 1024, 200000 };

static const char *const count_names[MS_IMPORT_N_COUNTS] = { "create", "update", "skip", "refuse" };

const char *
ms_import_count_get_name (MsImportCount count)
{
  return count_names[count];
}

static char *
make_name (const char *name)
{
  if (name == NULL || *name == '\0')
    return g_strdup ("import.csv");
  g_autofree char *valid = g_utf8_make_valid (name, (gssize) strnlen (name, MAX_NAME));
  return ms_text_printable (valid);
}

/* What each part of an import is encrypted as, so that none is taken for another. (transfer full)
 */
static char *
make_binding (MsImport *self, const char *part)
{
  return g_strconcat (self->record->id, "/", part, NULL);
}

gboolean
ms_import_set_file (MsImport *self, GBytes *plain, GError **error)
{
  g_autofree char *binding = make_binding (self, "file");

  g_clear_pointer (&self->record->data, g_bytes_unref);
  self->record->data = ms_import_seal_close (self->seal, binding, plain, error);
  return self->record->data != NULL;
}

GBytes *
ms_import_open_file (MsImport *self, GError **error)
{
  g_autofree char *binding = make_binding (self, "file");
  GBytes          *data = self->record->data;

  if (data == NULL)
    {
      ms_error_set (error, MS_ERROR_INTERNAL, NULL, NULL, "The stored import has no file");
      return NULL;
    }
  return ms_import_seal_is_sealed (data) ? ms_import_seal_open (self->seal, binding, data, error)
                                         : g_bytes_ref (data);
}

MsImport *
ms_import_new (MsImportSeal  *seal,
               const MsActor *actor,
               const char    *name,
               GBytes        *data,
               JsonObject    *upload,
               GError       **error)
{
  g_autoptr (MsImport) self = g_new0 (MsImport, 1);

  self->seal = seal;
  self->record = g_new0 (MsImportRecord, 1);
  self->record->id = ms_object_new_id ();
  self->record->actor_id = g_strdup (actor->user_id);
  self->record->actor_name = g_strdup (actor->user_name);
  self->record->name = make_name (name);
  self->record->state = g_strdup ("uploaded");
  self->record->created = g_get_real_time ();
  self->upload = upload;
  self->total = json_object_get_int_member (upload, "records");
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  return ms_import_set_file (self, data, error) ? g_steal_pointer (&self) : NULL;
}

/* (transfer full) (nullable) */
static JsonObject *
dup_object (JsonObject *from, const char *name)
{
  JsonNode *node = json_object_get_member (from, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_dup_object (node) : NULL;
}

/* (nullable) */
static JsonArray *
dup_array (JsonObject *from, const char *name)
{
  JsonNode *node = json_object_get_member (from, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_dup_array (node) : NULL;
}

static JsonNode *
parse_own (const char *text, GError **error)
{
  g_autoptr (JsonNode) node = ms_json_parse (text != NULL ? text : "", -1, &own_limits, error);

  if (node == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_OBJECT (node))
    return g_steal_pointer (&node);
  ms_error_set (error, MS_ERROR_INTERNAL, NULL, NULL, "The stored import is damaged");
  return NULL;
}

static void
load_result (MsImport *self, JsonObject *result)
{
  JsonObject *counts = json_object_get_object_member (result, "counts");
  JsonArray  *warnings = json_object_get_array_member (result, "warnings");

  self->done = json_object_get_int_member_with_default (result, "done", 0);
  self->groups = json_object_get_int_member_with_default (result, "groups", 0);
  self->generated = json_object_get_int_member_with_default (result, "generated", 0);
  self->was_run = json_object_get_boolean_member_with_default (result, "run", FALSE);
  self->is_reduced = json_object_get_boolean_member_with_default (result, "reduced", FALSE);
  for (guint i = 0; counts != NULL && i < MS_IMPORT_N_COUNTS; i++)
    self->counts[i] = json_object_get_int_member_with_default (counts, count_names[i], 0);
  for (guint i = 0; warnings != NULL && i < json_array_get_length (warnings); i++)
    g_ptr_array_add (self->warnings, g_strdup (json_array_get_string_element (warnings, i)));
  self->error = dup_object (result, "error");
}

/* That of an earlier version is in the clear: "had_passwords" has it written anew. */
static void
load_preview (MsImport *self)
{
  JsonNode        *node = json_object_get_member (self->upload, "preview");
  g_autofree char *binding = make_binding (self, "preview");
  gsize            length = 0;

  if (node == NULL)
    return;
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      self->had_passwords = TRUE;
      return;
    }
  self->sealed_preview = json_node_dup_string (node);
  json_object_remove_member (self->upload, "preview");
  guchar *sealed
      = self->sealed_preview != NULL ? g_base64_decode (self->sealed_preview, &length) : NULL;
  g_autoptr (GBytes) bytes = g_bytes_new_take (sealed, length);
  /* Without its preview an import can still be seen, and cancelled; the file, which is sealed
   * alike, says why where it is asked for. */
  g_autoptr (GBytes) plain = ms_import_seal_open (self->seal, binding, bytes, NULL);
  if (plain == NULL)
    return;
  g_autoptr (JsonNode) preview = ms_json_parse (
      g_bytes_get_data (plain, NULL), (gssize) g_bytes_get_size (plain), &own_limits, NULL);
  if (preview != NULL && JSON_NODE_HOLDS_ARRAY (preview))
    json_object_set_member (self->upload, "preview", g_steal_pointer (&preview));
}

MsImport *
ms_import_load (MsImportSeal *seal, MsImportRecord *record, GError **error)
{
  g_autoptr (MsImport) self = g_new0 (MsImport, 1);

  self->seal = seal;
  self->record = record;
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (JsonNode) options = parse_own (record->options, error);
  if (options == NULL)
    return NULL;
  g_autoptr (JsonNode) result = parse_own (record->result, error);
  if (result == NULL)
    return NULL;

  self->upload = dup_object (json_node_get_object (options), "upload");
  self->options = dup_object (json_node_get_object (options), "options");
  self->doubts = dup_array (json_node_get_object (options), "unused");
  self->reason = g_strdup (
      json_object_get_string_member_with_default (json_node_get_object (options), "reason", NULL));
  if (self->upload == NULL)
    {
      ms_error_set (error, MS_ERROR_INTERNAL, NULL, NULL, "The stored import is damaged");
      return NULL;
    }
  self->total = json_object_get_int_member_with_default (self->upload, "records", 0);
  load_result (self, json_node_get_object (result));
  load_preview (self);
  if (ms_import_hide_passwords (self))
    self->had_passwords = TRUE;
  return g_steal_pointer (&self);
}

void
ms_import_free (MsImport *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->record, ms_import_record_free);
  g_clear_pointer (&self->upload, json_object_unref);
  g_clear_pointer (&self->sealed_preview, g_free);
  g_clear_pointer (&self->options, json_object_unref);
  g_clear_pointer (&self->doubts, json_array_unref);
  g_clear_pointer (&self->reason, g_free);
  g_clear_pointer (&self->warnings, g_ptr_array_unref);
  g_clear_pointer (&self->error, json_object_unref);
  g_free (self);
}

static JsonObject *
counts_to_json (MsImport *self)
{
  JsonObject *counts = json_object_new ();

  for (guint i = 0; i < MS_IMPORT_N_COUNTS; i++)
    json_object_set_int_member (counts, count_names[i], self->counts[i]);
  return counts;
}

static JsonArray *
warnings_to_json (MsImport *self)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < self->warnings->len; i++)
    json_array_add_string_element (array, g_ptr_array_index (self->warnings, i));
  return array;
}

static void
set_object (JsonObject *into, const char *name, JsonObject *object)
{
  if (object != NULL)
    json_object_set_object_member (into, name, json_object_ref (object));
  else
    json_object_set_null_member (into, name);
}

/* @json: (transfer full) */
static char *
object_to_text (JsonObject *json)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), json);

  json_object_unref (json);
  return ms_json_to_string (node);
}

/* Any column may be one of passwords, whatever it is called. Where it cannot be encrypted it is not
 * kept. */
static void
seal_preview (MsImport *self)
{
  g_autofree char *binding = make_binding (self, "preview");
  g_autofree char *text = ms_json_to_string (json_object_get_member (self->upload, "preview"));
  g_autoptr (GBytes) plain = g_bytes_new (text, strlen (text));
  g_autoptr (GBytes) sealed = ms_import_seal_close (self->seal, binding, plain, NULL);

  if (sealed != NULL)
    self->sealed_preview
        = g_base64_encode (g_bytes_get_data (sealed, NULL), g_bytes_get_size (sealed));
}

/* (transfer full): as the store has it */
static JsonObject *
upload_to_json (MsImport *self)
{
  JsonObject    *json = json_object_new ();
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *node;

  json_object_iter_init (&iter, self->upload);
  while (json_object_iter_next (&iter, &name, &node))
    if (strcmp (name, "preview") != 0)
      json_object_set_member (json, name, json_node_copy (node));
  if (self->sealed_preview != NULL)
    json_object_set_string_member (json, "preview", self->sealed_preview);
  return json;
}

void
ms_import_save (MsImport *self)
{
  JsonObject *options = json_object_new ();
  JsonObject *result = json_object_new ();

  if (ms_import_hide_passwords (self))
    g_clear_pointer (&self->sealed_preview, g_free);
  if (self->sealed_preview == NULL && json_object_has_member (self->upload, "preview"))
    seal_preview (self);
  json_object_set_object_member (options, "upload", upload_to_json (self));
  set_object (options, "options", self->options);
  if (self->doubts != NULL)
    json_object_set_array_member (options, "unused", json_array_ref (self->doubts));
  if (self->reason != NULL)
    json_object_set_string_member (options, "reason", self->reason);
  json_object_set_int_member (result, "done", self->done);
  json_object_set_object_member (result, "counts", counts_to_json (self));
  json_object_set_int_member (result, "groups", self->groups);
  json_object_set_int_member (result, "generated", self->generated);
  json_object_set_boolean_member (result, "run", self->was_run);
  json_object_set_boolean_member (result, "reduced", self->is_reduced);
  json_object_set_array_member (result, "warnings", warnings_to_json (self));
  set_object (result, "error", self->error);

  g_free (self->record->options);
  self->record->options = object_to_text (options);
  g_free (self->record->result);
  self->record->result = object_to_text (result);
}

void
ms_import_set_state (MsImport *self, const char *state)
{
  g_free (self->record->state);
  self->record->state = g_strdup (state);
}

gboolean
ms_import_is_in (MsImport *self, const char *state)
{
  return strcmp (self->record->state, state) == 0;
}

gboolean
ms_import_is_under_way (MsImport *self)
{
  return ms_import_is_in (self, "running") || ms_import_is_in (self, "rehearsing");
}

void
ms_import_reset (MsImport *self)
{
  self->record->next_record = 0;
  self->done = self->groups = self->generated = 0;
  memset (self->counts, 0, sizeof self->counts);
  g_ptr_array_set_size (self->warnings, 0);
  g_clear_pointer (&self->error, json_object_unref);
}

void
ms_import_add_warning (MsImport *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  if (!g_ptr_array_find_with_equal_func (self->warnings, text, g_str_equal, NULL))
    g_ptr_array_add (self->warnings, g_steal_pointer (&text));
}

void
ms_import_fail (MsImport *self, const GError *error, gint64 line)
{
  JsonObject      *json = json_object_new ();
  g_autofree char *status = g_strdup_printf ("%d", ms_error_to_http_status (error));

  json_object_set_string_member (json, "status", status);
  json_object_set_string_member (json, "detail", error->message);
  if (ms_error_get_scim_type (error) != NULL)
    json_object_set_string_member (json, "scimType", ms_error_get_scim_type (error));
  if (ms_error_get_path (error) != NULL)
    json_object_set_string_member (json, "path", ms_error_get_path (error));
  if (line > 0)
    json_object_set_int_member (json, "line", line);
  g_clear_pointer (&self->error, json_object_unref);
  self->error = json;
  ms_import_set_state (self, "failed");
}

void
ms_import_get_format (MsImport *self, MsCsvFormat *format)
{
  MsCsvFormat plain = { "UTF-8", ',', '"', TRUE };

  /* Our own text, so this cannot fail; if it did, the plainest format is the best guess left. */
  *format = plain;
  if (!ms_import_parse_format (
          json_object_get_object_member (self->upload, "format"), format, NULL))
    *format = plain;
}

static void
add_all (JsonArray *to, JsonArray *from)
{
  for (guint i = 0; from != NULL && i < json_array_get_length (from); i++)
    json_array_add_string_element (to, json_array_get_string_element (from, i));
}

/* Those of the upload, until options are in force: then those about them, and of what was done. */
static JsonArray *
all_warnings_to_json (MsImport *self)
{
  JsonArray *all = json_array_new ();
  g_autoptr (JsonArray) done = warnings_to_json (self);

  add_all (all,
           self->options != NULL ? self->doubts
                                 : json_object_get_array_member (self->upload, "warnings"));
  add_all (all, done);
  return all;
}

/* Where the options in force read the file otherwise than the upload was: that format, and the
 * mapping that goes with it. */
static void
add_reading (MsImport *self, JsonObject *json)
{
  JsonNode *guessed = json_object_get_member (self->upload, "format");
  JsonNode *format
      = self->options != NULL ? json_object_get_member (self->options, "format") : NULL;
  JsonNode *mapping
      = self->options != NULL ? json_object_get_member (self->options, "mapping") : NULL;

  if (format == NULL || mapping == NULL || ms_json_equal (format, guessed))
    return;
  json_object_set_member (json, "format", json_node_copy (format));
  json_object_set_member (json, "mapping", json_node_copy (mapping));
}

void
ms_import_append_json (MsImport *self, guint passwords, MsImportExtent extent, GString *out)
{
  static const char *const members[] = { "records", "format", "columns", "mapping" };
  JsonObject              *json = json_object_new ();
  g_autofree char         *created = ms_json_format_time (self->record->created);

  json_object_set_string_member (json, "id", self->record->id);
  json_object_set_string_member (json, "name", self->record->name);
  json_object_set_string_member (json, "state", self->record->state);
  json_object_set_string_member (json, "created", created);
  json_object_set_string_member (
      json, "actor", self->record->actor_name != NULL ? self->record->actor_name : "");
  guint n = extent == MS_IMPORT_STATE ? 1 : G_N_ELEMENTS (members);
  for (guint i = 0; i < n; i++)
    json_object_set_member (
        json, members[i], json_node_copy (json_object_get_member (self->upload, members[i])));
  if (extent != MS_IMPORT_STATE)
    add_reading (self, json);
  if (extent == MS_IMPORT_WHOLE && json_object_has_member (self->upload, "preview"))
    json_object_set_member (
        json, "preview", json_node_copy (json_object_get_member (self->upload, "preview")));
  if (extent == MS_IMPORT_WHOLE)
    set_object (json, "options", self->options);
  json_object_set_int_member (json, "done", self->done);
  json_object_set_int_member (json, "total", self->total);
  json_object_set_object_member (json, "counts", counts_to_json (self));
  json_object_set_int_member (json, "groups", self->groups);
  json_object_set_array_member (json, "warnings", all_warnings_to_json (self));
  set_object (json, "error", self->error);
  json_object_set_int_member (json, "passwords", passwords);
  json_object_set_int_member (json, "passwordsMade", self->generated);

  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), json);
  json_object_unref (json);
  ms_json_append (out, node);
}

/* "mailbox.aliases" and "urn:…:User:title" are about the columns aliases and title. */
static const char *
name_field (const MsImportRow *row, const char *path)
{
  if (path == NULL)
    return NULL;
  if (g_str_has_prefix (path, "mailbox."))
    path += strlen ("mailbox.");
  else if (g_str_has_prefix (path, "user."))
    path += strlen ("user.");
  int field = ms_import_field_by_path (path);
  if (field == MS_IMPORT_IGNORED)
    return g_str_has_prefix (path, "urn:") ? path : NULL;
  if (row->kind != MS_IMPORT_MAILING_LIST && field == MS_IMPORT_ADDRESS)
    field = row->values[MS_IMPORT_MAILBOX] != NULL ? MS_IMPORT_MAILBOX : MS_IMPORT_USER_NAME;
  return ms_import_field_get_name (field);
}

char *
ms_import_make_report (const MsImportRow *row,
                       gboolean           generated,
                       MsImportCount      status,
                       const char        *field,
                       const char        *reason,
                       JsonArray         *changes)
{
  JsonObject      *json = json_object_new ();
  g_autofree char *user_name = ms_import_row_dup_user_name (row);
  g_autofree char *label = ms_import_row_dup_label (row);

  json_object_set_int_member (json, "line", row->line);
  json_object_set_string_member (json, "status", count_names[status]);
  json_object_set_string_member (json, "userName", user_name);
  json_object_set_string_member (json, "label", label);
  if (status == MS_IMPORT_REFUSED && row->problem != NULL)
    {
      field = name_field (row, ms_error_get_path (row->problem));
      reason = row->problem->message;
    }
  if (field != NULL)
    json_object_set_string_member (json, "field", field);
  if (reason != NULL)
    {
      g_autofree char *start = ms_text_cut (reason, MAX_REASON);
      g_autofree char *printable = ms_text_printable (start);
      json_object_set_string_member (json, "reason", printable);
    }
  if (generated)
    json_object_set_boolean_member (json, "generated", TRUE);
  json_object_set_array_member (
      json, "changes", changes != NULL ? json_array_ref (changes) : json_array_new ());
  return object_to_text (json);
}
