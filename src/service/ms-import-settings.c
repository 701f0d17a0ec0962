/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The options of an import. Members that nobody knows are refused: a misspelt "createUsers" must
 * not quietly make an import without users.
 */
#include "ms-import-settings.h"

#include "ms-error.h"
#include "ms-import-more.h"
#include "ms-text.h"

#include <string.h>

#define DEFAULT_SEPARATORS ";,| \t\n"
#define MAX_SEPARATORS 16
#define MAX_ID 64

static const char *const existing_names[] = { "skip", "update", "stop", NULL };

/* Encodings that a person may say; the ones that detection finds are among them. */
static const char *const encodings[]
    = { "UTF-8",        "UTF-16",       "UTF-16LE",     "UTF-16BE",     "WINDOWS-1250",
        "WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1253", "WINDOWS-1254", "ISO-8859-1",
        "ISO-8859-2",   "ISO-8859-5",   "ISO-8859-7",   "ISO-8859-9",   "ISO-8859-15",
        "KOI8-R",       "MACINTOSH",    "CP437",        "CP850",        "SHIFT_JIS",
        "EUC-JP",       "GB18030",      "BIG5",         "EUC-KR",       NULL };

static gboolean
is_null (JsonNode *node)
{
  return node == NULL || JSON_NODE_HOLDS_NULL (node);
}

static gboolean
read_boolean (JsonObject *json, const char *name, const char *path, gboolean *value, GError **error)
{
  JsonNode *node = json_object_get_member (json, name);

  if (is_null (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    {
      ms_error_set (
          error, MS_ERROR_INVALID, "invalidValue", path, "%s must be true or false", path);
      return FALSE;
    }
  *value = json_node_get_boolean (node);
  return TRUE;
}

/* @value stays as it was where there is none. */
static gboolean
read_string (JsonObject  *json,
             const char  *name,
             const char  *path,
             gsize        max,
             const char **value,
             GError     **error)
{
  JsonNode *node = json_object_get_member (json, name);

  if (is_null (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidValue", path, "%s must be a text", path);
      return FALSE;
    }
  if (strlen (json_node_get_string (node)) > max)
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidValue", path, "%s is too long", path);
      return FALSE;
    }
  *value = json_node_get_string (node);
  return TRUE;
}

static gboolean
read_id (JsonObject *json, const char *name, char **id, GError **error)
{
  const char *value = NULL;

  if (!read_string (json, name, name, MAX_ID, &value, error))
    return FALSE;
  *id = value != NULL && *value != '\0' ? g_strdup (value) : NULL;
  return TRUE;
}

/* One character out of @allowed, which people know as @choices; an empty text is 0 where @optional.
 */
static gboolean
read_character (JsonObject *json,
                const char *name,
                const char *path,
                const char *allowed,
                const char *choices,
                gboolean    optional,
                char       *value,
                GError    **error)
{
  const char *text = NULL;

  if (!read_string (json, name, path, 8, &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  if (optional && *text == '\0')
    {
      *value = '\0';
      return TRUE;
    }
  if (strlen (text) != 1 || strchr (allowed, *text) == NULL)
    {
      g_autofree char *shown = ms_text_printable (text);
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    path,
                    "%s cannot be “%s”: it is one of %s",
                    path,
                    shown,
                    choices);
      return FALSE;
    }
  *value = *text;
  return TRUE;
}

static gboolean
refuse_unknown (JsonObject *json, const char *const *known, const char *prefix, GError **error)
{
  g_autoptr (GList) members = json_object_get_members (json);

  for (GList *m = members; m != NULL; m = m->next)
    if (!g_strv_contains (known, m->data))
      {
        g_autofree char *path = g_strconcat (prefix, m->data, NULL);
        ms_error_set (
            error, MS_ERROR_INVALID, "invalidValue", path, "There is no option “%s”", path);
        return FALSE;
      }
  return TRUE;
}

static gboolean
read_encoding (JsonObject *json, MsCsvFormat *format, GError **error)
{
  const char *name = NULL;

  if (!read_string (json, "encoding", "format.encoding", 32, &name, error))
    return FALSE;
  if (name == NULL)
    return TRUE;
  for (guint i = 0; encodings[i] != NULL; i++)
    if (g_ascii_strcasecmp (encodings[i], name) == 0)
      {
        format->encoding = encodings[i];
        return TRUE;
      }
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "format.encoding",
                "This encoding is not known here");
  return FALSE;
}

gboolean
ms_import_parse_format (JsonObject *json, MsCsvFormat *format, GError **error)
{
  static const char *const known[] = { "encoding", "delimiter", "quote", "header", NULL };
  MsCsvFormat              parsed = *format;

  if (json == NULL)
    return TRUE;
  if (!refuse_unknown (json, known, "format.", error) || !read_encoding (json, &parsed, error)
      || !read_character (json,
                          "delimiter",
                          "format.delimiter",
                          ",;\t|",
                          ", ; | tab",
                          FALSE,
                          &parsed.delimiter,
                          error)
      || !read_character (
          json, "quote", "format.quote", "\"'", "\" ' and nothing", TRUE, &parsed.quote, error)
      || !read_boolean (json, "header", "format.header", &parsed.has_header, error))
    return FALSE;
  *format = parsed;
  return TRUE;
}

JsonObject *
ms_import_format_to_json (const MsCsvFormat *format)
{
  JsonObject *json = json_object_new ();
  char        delimiter[2] = { format->delimiter, '\0' };
  char        quote[2] = { format->quote, '\0' };

  json_object_set_string_member (json, "encoding", format->encoding);
  json_object_set_string_member (json, "delimiter", delimiter);
  json_object_set_string_member (json, "quote", quote);
  json_object_set_boolean_member (json, "header", format->has_header);
  return json;
}

/* A field, or an attribute that operators added. */
static gboolean
take_name (MsImportSettings     *self,
           const MsServiceTypes *types,
           const char           *name,
           guint                 column,
           const char           *path,
           GError              **error)
{
  self->mapping[column] = ms_import_field_by_name (name);
  if (self->mapping[column] != MS_IMPORT_IGNORED)
    return TRUE;
  if (!ms_import_more_check (types, name, path, error))
    return FALSE;
  self->mapping[column] = MS_IMPORT_MORE;
  self->paths[column] = g_strdup (name);
  return TRUE;
}

/* @taken: what earlier columns are mapped to -> their number */
static gboolean
read_column (MsImportSettings     *self,
             const MsServiceTypes *types,
             JsonNode             *node,
             guint                 column,
             GHashTable           *taken,
             GError              **error)
{
  g_autofree char *path = g_strdup_printf ("mapping[%u]", column);

  self->mapping[column] = MS_IMPORT_IGNORED;
  if (is_null (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    path,
                    "A column is mapped to the name of a field or to null");
      return FALSE;
    }
  if (!take_name (self, types, json_node_get_string (node), column, path, error))
    return FALSE;
  const char *name = self->paths[column] != NULL ? self->paths[column]
                                                 : ms_import_field_get_name (self->mapping[column]);
  guint       other = GPOINTER_TO_UINT (g_hash_table_lookup (taken, name));
  if (other == 0)
    return g_hash_table_insert (taken, (gpointer) name, GUINT_TO_POINTER (column + 1));
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                path,
                "%s is taken from column %u already",
                name,
                other);
  return FALSE;
}

/* The first of several columns of one name counts. */
int *
ms_import_settings_guess (const MsServiceTypes *types,
                          const char *const    *columns,
                          guint                 n_columns,
                          gboolean              has_header)
{
  int *mapping = ms_import_guess_mapping (columns, n_columns, has_header);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint c = 0; has_header && types != NULL && c < n_columns; c++)
    if (mapping[c] == MS_IMPORT_IGNORED && ms_import_more_is_path (types, columns[c])
        && g_hash_table_add (seen, (gpointer) columns[c]))
      mapping[c] = MS_IMPORT_MORE;
  return mapping;
}

static void
guess_mapping (MsImportSettings     *self,
               const MsServiceTypes *types,
               const char *const    *columns,
               guint                 n_columns)
{
  self->mapping = ms_import_settings_guess (types, columns, n_columns, self->format.has_header);
  self->n_mapping = n_columns;
  for (guint c = 0; c < n_columns; c++)
    if (self->mapping[c] == MS_IMPORT_MORE)
      self->paths[c] = g_strdup (columns[c]);
}

static gboolean
read_mapping (MsImportSettings     *self,
              const MsServiceTypes *types,
              JsonObject           *json,
              const char *const    *columns,
              guint                 n_columns,
              GError              **error)
{
  JsonNode *node = json_object_get_member (json, "mapping");

  self->paths = g_new0 (char *, n_columns + 1);
  if (is_null (node))
    {
      guess_mapping (self, types, columns, n_columns);
      return TRUE;
    }
  if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "mapping",
                    "The mapping is a list with one entry per column");
      return FALSE;
    }
  JsonArray *array = json_node_get_array (node);
  if (json_array_get_length (array) != n_columns)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "mapping",
                    "The mapping has %u %s, the file has %u %s",
                    json_array_get_length (array),
                    json_array_get_length (array) == 1 ? "entry" : "entries",
                    n_columns,
                    n_columns == 1 ? "column" : "columns");
      return FALSE;
    }
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
  self->mapping = g_new (int, MAX (n_columns, 1));
  self->n_mapping = n_columns;
  for (guint c = 0; c < n_columns; c++)
    if (!read_column (self, types, json_array_get_element (array, c), c, taken, error))
      return FALSE;
  return TRUE;
}

/* A file is one of accounts or one of lists. */
static gboolean
check_mapping (MsImportSettings *self, GError **error)
{
  for (guint c = 0; c < self->n_mapping; c++)
    if (self->mapping[c] != MS_IMPORT_IGNORED && self->mapping[c] != MS_IMPORT_MORE)
      self->is_mapped[self->mapping[c]] = TRUE;
    else if (self->mapping[c] == MS_IMPORT_MORE)
      self->has_paths = TRUE;
  if (self->is_mapped[MS_IMPORT_USER_NAME] == self->is_mapped[MS_IMPORT_LIST])
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "mapping",
                    self->is_mapped[MS_IMPORT_LIST]
                        ? "A file holds either users (userName) or mailing lists (list)"
                        : "One column must be mapped to userName");
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_existing (MsImportSettings *self, JsonObject *json, GError **error)
{
  const char *name = existing_names[0];

  if (!read_string (json, "onExisting", "onExisting", 16, &name, error))
    return FALSE;
  for (guint i = 0; existing_names[i] != NULL; i++)
    if (strcmp (existing_names[i], name) == 0)
      {
        self->existing = (MsImportExisting) i;
        return TRUE;
      }
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "onExisting",
                "onExisting must be skip, update or stop");
  return FALSE;
}

static gboolean
read_separators (MsImportSettings *self, JsonObject *json, GError **error)
{
  const char *separators = DEFAULT_SEPARATORS;

  if (!read_string (json, "aliasSeparator", "aliasSeparator", MAX_SEPARATORS, &separators, error))
    return FALSE;
  for (const char *c = separators; *c != '\0'; c++)
    if ((guchar) *c >= 0x80 || g_ascii_isalnum (*c) || strchr ("@.-_+", *c) != NULL)
      {
        ms_error_set (error,
                      MS_ERROR_INVALID,
                      "invalidValue",
                      "aliasSeparator",
                      "This character may occur in an address");
        return FALSE;
      }
  self->alias_separators = g_strdup (*separators != '\0' ? separators : DEFAULT_SEPARATORS);
  return TRUE;
}

static gboolean
read_format (MsImportSettings *self, JsonObject *json, GError **error)
{
  JsonNode *node = json_object_get_member (json, "format");

  if (is_null (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidValue", "format", "The format is an object");
      return FALSE;
    }
  return ms_import_parse_format (json_node_get_object (node), &self->format, error);
}

MsImportSettings *
ms_import_settings_parse (const MsServiceTypes *types,
                          JsonObject           *json,
                          const MsCsvFormat    *format,
                          const char *const    *columns,
                          guint                 n_columns,
                          GError              **error)
{
  static const char *const known[] = { "format",         "mapping",          "createUsers",
                                       "userTemplate",   "mailboxTemplate",  "group",
                                       "createGroups",   "onExisting",       "generatePasswords",
                                       "aliasSeparator", "undoFormulaGuard", NULL };
  g_autoptr (MsImportSettings) self = g_new0 (MsImportSettings, 1);
  g_autoptr (JsonObject) empty = json_object_new ();

  if (json == NULL)
    json = empty;
  self->format = *format;
  self->undo_guard = self->format.has_header && ms_import_is_own_header (columns, n_columns);
  if (!refuse_unknown (json, known, "", error) || !read_format (self, json, error)
      || !read_mapping (self, types, json, columns, n_columns, error)
      || !check_mapping (self, error)
      || !read_boolean (json, "createUsers", "createUsers", &self->create_users, error)
      || !read_id (json, "userTemplate", &self->user_template, error)
      || !read_id (json, "mailboxTemplate", &self->mailbox_template, error)
      || !read_id (json, "group", &self->group, error)
      || !read_boolean (json, "createGroups", "createGroups", &self->create_groups, error)
      || !read_existing (self, json, error)
      || !read_boolean (
          json, "generatePasswords", "generatePasswords", &self->generate_passwords, error)
      || !read_boolean (json, "undoFormulaGuard", "undoFormulaGuard", &self->undo_guard, error)
      || !read_separators (self, json, error))
    return NULL;
  return g_steal_pointer (&self);
}

JsonNode *
ms_import_mapping_to_json (const int *mapping, const char *const *paths, guint n_mapping)
{
  g_autoptr (JsonArray) array = json_array_sized_new (n_mapping);

  for (guint c = 0; c < n_mapping; c++)
    if (mapping[c] == MS_IMPORT_IGNORED)
      json_array_add_null_element (array);
    else if (mapping[c] == MS_IMPORT_MORE)
      json_array_add_string_element (array, paths[c]);
    else
      json_array_add_string_element (array, ms_import_field_get_name (mapping[c]));
  return json_node_init_array (json_node_alloc (), array);
}

static void
set_id (JsonObject *json, const char *name, const char *id)
{
  if (id != NULL)
    json_object_set_string_member (json, name, id);
  else
    json_object_set_null_member (json, name);
}

JsonObject *
ms_import_settings_to_json (const MsImportSettings *self)
{
  JsonObject *json = json_object_new ();

  json_object_set_object_member (json, "format", ms_import_format_to_json (&self->format));
  json_object_set_member (json,
                          "mapping",
                          ms_import_mapping_to_json (
                              self->mapping, (const char *const *) self->paths, self->n_mapping));
  json_object_set_boolean_member (json, "createUsers", self->create_users);
  set_id (json, "userTemplate", self->user_template);
  set_id (json, "mailboxTemplate", self->mailbox_template);
  set_id (json, "group", self->group);
  json_object_set_boolean_member (json, "createGroups", self->create_groups);
  json_object_set_string_member (json, "onExisting", existing_names[self->existing]);
  json_object_set_boolean_member (json, "generatePasswords", self->generate_passwords);
  json_object_set_string_member (json, "aliasSeparator", self->alias_separators);
  json_object_set_boolean_member (json, "undoFormulaGuard", self->undo_guard);
  return json;
}

void
ms_import_settings_free (MsImportSettings *self)
{
  if (self == NULL)
    return;
  for (guint c = 0; self->paths != NULL && c < self->n_mapping; c++)
    g_free (self->paths[c]);
  g_free (self->paths);
  g_free (self->mapping);
  g_free (self->user_template);
  g_free (self->mailbox_template);
  g_free (self->group);
  g_free (self->alias_separators);
  g_free (self);
}
