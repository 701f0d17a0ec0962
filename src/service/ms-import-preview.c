/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first records of a file are kept to be shown, and stay after the file itself is gone; what is
 * kept of them must therefore never hold a password.
 */
#include "ms-import-preview.h"

#include <string.h>

#include "ms-import-fields.h"
#include "ms-json.h"

#define HIDDEN "••••••"

static gboolean
is_secret (JsonNode *node)
{
  const char *name
      = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

  return g_strcmp0 (name, ms_import_field_get_name (MS_IMPORT_PASSWORD)) == 0
         || g_strcmp0 (name, ms_import_field_get_name (MS_IMPORT_PASSWORD_HASH)) == 0;
}

/* An empty cell is no secret, and that it is empty may be what somebody looks for. */
static gboolean
hide_cells (JsonObject *record, JsonArray *mapping)
{
  JsonArray *cells = ms_json_get_array (record, "fields");
  guint      n = cells != NULL ? json_array_get_length (cells) : 0;
  gboolean   found = FALSE;
  g_autoptr (JsonArray) shown = json_array_sized_new (n);

  for (guint c = 0; c < n; c++)
    {
      const char *cell = json_array_get_string_element (cells, c);
      gboolean    hides = c < json_array_get_length (mapping)
                       && is_secret (json_array_get_element (mapping, c)) && *cell != '\0'
                       && strcmp (cell, HIDDEN) != 0;
      json_array_add_string_element (shown, hides ? HIDDEN : cell);
      found = found || hides;
    }
  if (found)
    json_object_set_array_member (record, "fields", g_steal_pointer (&shown));
  return found;
}

static gboolean
hide_columns (MsImport *self, JsonArray *mapping)
{
  JsonArray *preview = ms_json_get_array (self->upload, "preview");
  gboolean   found = FALSE;

  for (guint i = 0; preview != NULL && mapping != NULL && i < json_array_get_length (preview); i++)
    found = hide_cells (json_array_get_object_element (preview, i), mapping) || found;
  return found;
}

/* Also one that this server cannot open. */
static gboolean
drop_preview (MsImport *self)
{
  gboolean found = self->sealed_preview != NULL;

  g_clear_pointer (&self->sealed_preview, g_free);
  if (!json_object_has_member (self->upload, "preview"))
    return found;
  json_object_remove_member (self->upload, "preview");
  return TRUE;
}

/* Whether the file is read otherwise than the preview was: its cells may then be any. */
static gboolean
is_read_otherwise (MsImport *self, gboolean *loses_header)
{
  MsCsvFormat before, now;
  JsonNode   *format = json_object_get_member (self->options, "format");

  ms_import_get_format (self, &before);
  now = before;
  *loses_header = FALSE;
  if (format != NULL && JSON_NODE_HOLDS_OBJECT (format)
      && !ms_import_parse_format (json_node_get_object (format), &now, NULL))
    return TRUE; /* nobody knows how, so that the reason does not matter */
  *loses_header = before.has_header && !now.has_header;
  return strcmp (before.encoding, now.encoding) != 0 || before.delimiter != now.delimiter
         || before.quote != now.quote || before.has_header != now.has_header;
}

/* What was taken for a header is a record: columns are numbered, as where there never was one. */
static gboolean
drop_header (MsImport *self)
{
  JsonArray *columns = ms_json_get_array (self->upload, "columns");
  gboolean   found = FALSE;
  g_autoptr (JsonArray) numbers = json_array_new ();

  for (guint c = 0; columns != NULL && c < json_array_get_length (columns); c++)
    {
      g_autofree char *number = g_strdup_printf ("%u", c + 1);
      found = found || strcmp (number, json_array_get_string_element (columns, c)) != 0;
      json_array_add_string_element (numbers, number);
    }
  if (!found)
    return FALSE;
  json_object_set_array_member (self->upload, "columns", g_steal_pointer (&numbers));
  /* They name columns. */
  json_object_set_array_member (self->upload, "warnings", json_array_new ());
  return TRUE;
}

gboolean
ms_import_hide_passwords (MsImport *self)
{
  gboolean loses_header = FALSE;
  gboolean found = hide_columns (self, ms_json_get_array (self->upload, "mapping"));

  if (self->options != NULL && is_read_otherwise (self, &loses_header))
    found = drop_preview (self) || found;
  if (loses_header)
    found = drop_header (self) || found;
  if (self->options != NULL)
    found = hide_columns (self, ms_json_get_array (self->options, "mapping")) || found;
  if (ms_import_is_in (self, "done"))
    found = drop_preview (self) || found;
  return found;
}

/* Those of an earlier version ---------------------------------------------------------------- */

typedef struct
{
  MsImportSeal *seal;
  gboolean      is_write;
  gboolean      found;
} HideWork;

static gboolean
hide_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  HideWork *work = user_data;
  g_autoptr (GPtrArray) records = ms_txn_list_imports (txn, error);

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      g_autofree char *id = g_strdup (((MsImportRecord *) records->pdata[i])->id);
      /* What is wrong with it is not said: that might repeat what stands there. */
      g_autoptr (MsImport) import
                 = ms_import_load (work->seal, g_steal_pointer (&records->pdata[i]), NULL);
      if (import == NULL)
        g_message ("the import %s is damaged, so that no passwords can be taken out of it", id);
      if (import == NULL || !import->had_passwords)
        continue;
      work->found = TRUE;
      if (!work->is_write)
        return TRUE;
      ms_import_save (import);
      if (!ms_txn_put_import (txn, import->record, error))
        return FALSE;
    }
  return records != NULL;
}

gboolean
ms_import_hide_all (MsService *service, GError **error)
{
  MsChangeContext context = { NULL, NULL, "import", "import", NULL, NULL, 0 };
  HideWork        work = { .seal = service->import_seal };

  if (!ms_store_read (service->store, hide_in_txn, &work, NULL, error))
    return FALSE;
  if (!work.found)
    return TRUE;
  work.is_write = TRUE;
  return ms_store_write (service->store, &context, hide_in_txn, &work, NULL, error);
}
