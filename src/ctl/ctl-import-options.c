/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The options of import, and what they ask of the server: the mapping of the columns, the objects
 * that new ones take after.
 */
#include "config.h"

#include <string.h>

#include "ctl-import-private.h"
#include "ms-csv.h"
#include "ms-ctl-verbs.h"

MsImportSaid ms_import_said;

static gboolean option_create_users;
static gboolean option_create_groups;
static gboolean option_header;
static gboolean option_no_header;
static char    *option_encoding;
static char    *option_delimiter;
static char    *option_quote;
static gboolean option_undo_guard;
static gboolean option_keep_guard;
static char   **option_map;
static char    *option_user_template;
static char    *option_mailbox_template;
static char    *option_group;
static char    *option_existing;
static char    *option_separator;

/* clang-format off */
const GOptionEntry ms_import_options[] = {
  { "rehearse", 0, 0, G_OPTION_ARG_NONE, &ms_import_said.rehearse, N_ ("Only say what would happen"), NULL },
  { "map", 'm', 0, G_OPTION_ARG_STRING_ARRAY, &option_map, N_ ("Take this column for that field; an empty field leaves it out"), N_ ("COLUMN=FIELD") },
  { "header", 0, 0, G_OPTION_ARG_NONE, &option_header, N_ ("The first line names the columns"), NULL },
  { "no-header", 0, 0, G_OPTION_ARG_NONE, &option_no_header, N_ ("The first line is a person already"), NULL },
  { "encoding", 0, 0, G_OPTION_ARG_STRING, &option_encoding, N_ ("The encoding of the file, where the one detected is wrong"), N_ ("NAME") },
  { "delimiter", 0, 0, G_OPTION_ARG_STRING, &option_delimiter, N_ ("What divides the columns: , ; | or tab"), N_ ("CHAR") },
  { "quote", 0, 0, G_OPTION_ARG_STRING, &option_quote, N_ ("What cells are quoted by: \" or ', or empty for nothing"), N_ ("CHAR") },
  { "keep-formula-guard", 0, 0, G_OPTION_ARG_NONE, &option_keep_guard, N_ ("Keep the ' before = + - @ also in an export of ours"), NULL },
  { "undo-formula-guard", 0, 0, G_OPTION_ARG_NONE, &option_undo_guard, N_ ("Take the ' before = + - @ off also in other files"), NULL },
  { "create-users", 0, 0, G_OPTION_ARG_NONE, &option_create_users, N_ ("Make a user for each mailbox"), NULL },
  { "create-groups", 0, 0, G_OPTION_ARG_NONE, &option_create_groups, N_ ("Make mail groups that are missing"), NULL },
  { "user-template", 0, 0, G_OPTION_ARG_STRING, &option_user_template, N_ ("A template, or a user to take after"), N_ ("NAME") },
  { "mailbox-template", 0, 0, G_OPTION_ARG_STRING, &option_mailbox_template, N_ ("A template, or a mailbox to take after"), N_ ("NAME") },
  { "group", 'g', 0, G_OPTION_ARG_STRING, &option_group, N_ ("The mail group for all whose row names none"), N_ ("PATH") },
  { "existing", 0, 0, G_OPTION_ARG_STRING, &option_existing, N_ ("What to do with those that exist (skip)"), "skip|update|stop" },
  { "alias-separator", 0, 0, G_OPTION_ARG_STRING, &option_separator, N_ ("What divides aliases in their column"), N_ ("CHARS") },
  { "generate-passwords", 0, 0, G_OPTION_ARG_NONE, &ms_import_said.generate, N_ ("Make passwords where the file has none"), NULL },
  { "passwords", 0, 0, G_OPTION_ARG_FILENAME, &ms_import_said.passwords, N_ ("Write generated passwords to this file"), N_ ("FILE") },
  { "rejects", 0, 0, G_OPTION_ARG_FILENAME, &ms_import_said.rejects, N_ ("Write refused rows to this file, with the reasons"), N_ ("FILE") },
  { "replace", 0, 0, G_OPTION_ARG_NONE, &ms_import_said.replace, N_ ("Write over files that are there"), NULL },
  { NULL },
};
/* clang-format on */

static int
find_column (JsonArray *columns, const char *name)
{
  guint64 number = 0;

  for (guint i = 0; i < json_array_get_length (columns); i++)
    if (g_ascii_strcasecmp (json_array_get_string_element (columns, i), name) == 0)
      return (int) i;
  if (g_ascii_string_to_unsigned (name, 10, 1, json_array_get_length (columns), &number, NULL))
    return (int) number - 1;
  return -1;
}

/* What the columns would be called if the first record were the header that the server did not see.
 * Not taken from the preview, which shows nothing of what may be passwords. */
static JsonArray *
read_header (GBytes *data, JsonObject *format)
{
  gsize       length;
  const char *bytes = g_bytes_get_data (data, &length);
  const char *encoding = ms_ctl_string (format, "encoding");
  const char *delimiter = ms_ctl_string (format, "delimiter");
  const char *quote = ms_ctl_string (format, "quote");
  MsCsvFormat with_header = { encoding != NULL ? encoding : "UTF-8",
                              delimiter != NULL ? *delimiter : ',',
                              quote != NULL ? *quote : '"',
                              TRUE };
  g_autoptr (JsonArray) names = json_array_new ();
  g_autoptr (MsCsvReader) reader
             = ms_csv_reader_new (bytes, length, &with_header, &ms_csv_default_limits, NULL);
  const char *const *columns = reader != NULL ? ms_csv_reader_get_columns (reader) : NULL;

  for (guint c = 0; columns != NULL && columns[c] != NULL; c++)
    json_array_add_string_element (names, columns[c]);
  return g_steal_pointer (&names);
}

/* Whether it is said how the file is to be read, beside its first line. */
static gboolean
is_read_otherwise (void)
{
  return option_encoding != NULL || option_delimiter != NULL || option_quote != NULL;
}

/* As the server has detected it, but for what was said. (transfer full) */
static JsonObject *
make_format (JsonObject *import)
{
  JsonObject *detected = ms_ctl_object (import, "format");
  JsonObject *format = detected != NULL ? ms_json_deep_copy_object (detected) : json_object_new ();
  gboolean    is_tab
      = g_strcmp0 (option_delimiter, "tab") == 0 || g_strcmp0 (option_delimiter, "\\t") == 0;

  if (option_encoding != NULL)
    json_object_set_string_member (format, "encoding", option_encoding);
  if (option_delimiter != NULL)
    json_object_set_string_member (format, "delimiter", is_tab ? "\t" : option_delimiter);
  if (option_quote != NULL)
    json_object_set_string_member (format, "quote", option_quote);
  if (option_header || option_no_header)
    json_object_set_boolean_member (format, "header", option_header);
  return format;
}

/* The fields that the columns in @names were guessed to be when the file was read as it was
 * detected: columns of other names were never looked at. (transfer full) */
static JsonArray *
take_guesses (JsonObject *import, JsonArray *names)
{
  g_autoptr (JsonArray) columns = ms_ctl_array (import, "columns");
  g_autoptr (JsonArray) guessed = ms_ctl_array (import, "mapping");
  JsonArray *taken = json_array_new ();

  for (guint i = 0; i < json_array_get_length (names); i++)
    {
      JsonNode *found = NULL;
      for (guint c = 0; found == NULL && c < json_array_get_length (columns)
                        && c < json_array_get_length (guessed);
           c++)
        if (g_strcmp0 (json_array_get_string_element (columns, c),
                       json_array_get_string_element (names, i))
            == 0)
          found = json_array_get_element (guessed, c);
      json_array_add_element (
          taken, found != NULL ? json_node_copy (found) : json_node_new (JSON_NODE_NULL));
    }
  return taken;
}

/* Names of the columns; what was taken for a row where somebody calls it by those names, or says
 * that it is a header. */
static JsonArray *
dup_columns (JsonObject *import, GBytes *data)
{
  JsonObject *detected = ms_ctl_object (import, "format");
  g_autoptr (JsonObject) format = make_format (import);
  gboolean otherwise = is_read_otherwise ();

  if (!otherwise && (detected == NULL || ms_ctl_boolean (detected, "header")))
    return ms_ctl_array (import, "columns");
  g_autoptr (JsonArray) names = read_header (data, format);
  if (json_array_get_length (names) == 0)
    return otherwise ? g_steal_pointer (&names) : ms_ctl_array (import, "columns");
  for (gsize i = 0; !option_header && option_map != NULL && option_map[i] != NULL; i++)
    {
      const char      *equals = strrchr (option_map[i], '=');
      g_autofree char *name
          = equals != NULL ? g_strndup (option_map[i], (gsize) (equals - option_map[i])) : NULL;
      if (name != NULL && !option_no_header && !g_ascii_isdigit (name[0])
          && find_column (names, name) >= 0)
        option_header = TRUE;
    }
  return option_header || otherwise ? g_steal_pointer (&names) : ms_ctl_array (import, "columns");
}

static gboolean
change_mapping (JsonArray *columns, GPtrArray *fields, const char *setting, GError **error)
{
  const char *equals = strrchr (setting, '=');

  if (equals == NULL)
    {
      ms_ctl_usage_error (error, _ ("--map needs COLUMN=FIELD, not “%s”"), setting);
      return FALSE;
    }
  g_autofree char *name = g_strndup (setting, (gsize) (equals - setting));
  int              column = find_column (columns, name);
  if (column < 0)
    {
      ms_ctl_usage_error (error, _ ("The file has no column “%s”"), name);
      return FALSE;
    }
  g_free (fields->pdata[column]);
  fields->pdata[column] = equals[1] != '\0' ? g_strdup (equals + 1) : NULL;
  return TRUE;
}

/* The guessed mapping, changed where --map says so. (transfer full) */
static JsonArray *
make_mapping (JsonObject *import, GBytes *data, GError **error)
{
  g_autoptr (JsonArray) columns = dup_columns (import, data);
  g_autoptr (JsonArray) guessed = is_read_otherwise () ? take_guesses (import, columns)
                                                       : ms_ctl_array (import, "mapping");
  g_autoptr (GPtrArray) fields = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (JsonArray) mapping = json_array_new ();

  for (guint i = 0; i < json_array_get_length (columns); i++)
    {
      JsonNode *node
          = i < json_array_get_length (guessed) ? json_array_get_element (guessed, i) : NULL;
      g_ptr_array_add (fields,
                       node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_dup_string (node)
                                                                    : NULL);
    }
  if (is_read_otherwise () && json_array_get_length (columns) == 0)
    {
      ms_ctl_usage_error (
          error, _ ("The file cannot be read by the encoding, delimiter and quote that were said"));
      return NULL;
    }
  for (gsize i = 0; option_map != NULL && option_map[i] != NULL; i++)
    if (!change_mapping (columns, fields, option_map[i], error))
      return NULL;
  for (guint i = 0; i < fields->len; i++)
    if (fields->pdata[i] != NULL)
      json_array_add_string_element (mapping, fields->pdata[i]);
    else
      json_array_add_null_element (mapping);
  return g_steal_pointer (&mapping);
}

/* Either of two kinds was looked for, and an id is answered without the name of what it was. */
static void
set_no_template (const char *type_name, const char *text, GError **error)
{
  const char *message
      = g_str_equal (type_name, "User") ? _ ("There is neither a template nor a user “%s”")
                                        : _ ("There is neither a template nor a mailbox “%s”");
  g_autoptr (GString) filled = g_string_new (message);

  g_string_replace (filled, "%s", text, 1);
  ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, "%s", filled->str);
}

static gboolean
set_found (MsCtl      *ctl,
           JsonObject *options,
           const char *member,
           const char *type_name,
           const char *text,
           GError    **error)
{
  g_autoptr (GError) cause = NULL;

  json_object_set_null_member (options, member);
  if (text == NULL || g_str_equal (text, "<default>"))
    return TRUE;
  g_autoptr (MsResource) found = ms_ctl_find (ctl, "Template", text, &cause);
  if (found == NULL && g_error_matches (cause, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      g_clear_error (&cause);
      found = ms_ctl_find (ctl, type_name, text, &cause);
    }
  if (found == NULL && g_error_matches (cause, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      set_no_template (type_name, text, error);
      return FALSE;
    }
  if (found == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  json_object_set_string_member (options, member, ms_resource_get_id (found));
  return TRUE;
}

/* @said: (nullable); @word: (nullable): taken for a character too */
static gboolean
check_character (const char *name, const char *said, const char *word, GError **error)
{
  if (said == NULL || g_utf8_strlen (said, -1) <= 1 || g_strcmp0 (said, word) == 0
      || (word != NULL && g_str_equal (said, "\\t")))
    return TRUE;
  if (word != NULL)
    ms_ctl_usage_error (error,
                        _ ("%s is one character or the word %s, and not “%s”"), name, word, said);
  else
    ms_ctl_usage_error (error, _ ("%s is one character, and not “%s”"), name, said);
  return FALSE;
}

static gboolean
check_options (GError **error)
{
  if (!check_character ("--delimiter", option_delimiter, "tab", error)
      || !check_character ("--quote", option_quote, NULL, error))
    return FALSE;
  if (option_header && option_no_header)
    {
      ms_ctl_usage_error (error, _ ("--header and --no-header contradict each other"));
      return FALSE;
    }
  if (option_keep_guard && option_undo_guard)
    {
      ms_ctl_usage_error (
          error, _ ("--keep-formula-guard and --undo-formula-guard contradict each other"));
      return FALSE;
    }
  if (option_existing != NULL && !g_str_equal (option_existing, "skip")
      && !g_str_equal (option_existing, "update") && !g_str_equal (option_existing, "stop"))
    {
      ms_ctl_usage_error (error, _ ("--existing is skip, update or stop"));
      return FALSE;
    }
  return TRUE;
}

JsonObject *
ms_import_make_options (MsCtl *ctl, JsonObject *import, GBytes *data, GError **error)
{
  g_autoptr (JsonObject) options = json_object_new ();
  g_autofree char *group = NULL;
  JsonArray       *mapping = NULL;
  /* What it guessed was about columns that may be others now. */
  gboolean server_guesses = is_read_otherwise () && option_map == NULL;

  if (!check_options (error))
    return NULL;
  if (!set_found (ctl, options, "userTemplate", "User", option_user_template, error)
      || !set_found (ctl, options, "mailboxTemplate", "Mailbox", option_mailbox_template, error)
      || (option_group != NULL && !ms_ctl_find_group_id (ctl, option_group, &group, error))
      || (!server_guesses && (mapping = make_mapping (import, data, error)) == NULL))
    return NULL;

  if (option_header || option_no_header || is_read_otherwise ())
    json_object_set_object_member (options, "format", make_format (import));
  if (mapping != NULL)
    json_object_set_array_member (options, "mapping", mapping);
  if (option_keep_guard || option_undo_guard)
    json_object_set_boolean_member (options, "undoFormulaGuard", option_undo_guard);
  json_object_set_boolean_member (options, "createUsers", option_create_users);
  json_object_set_boolean_member (options, "createGroups", option_create_groups);
  json_object_set_boolean_member (options, "generatePasswords", ms_import_said.generate);
  json_object_set_string_member (
      options, "onExisting", option_existing != NULL ? option_existing : "skip");
  if (option_separator != NULL)
    json_object_set_string_member (options, "aliasSeparator", option_separator);
  if (group != NULL)
    json_object_set_string_member (options, "group", group);
  else
    json_object_set_null_member (options, "group");
  return g_steal_pointer (&options);
}
