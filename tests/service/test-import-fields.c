/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What columns are taken for, and which options are refused, each with the JSON path at fault. No
 * store.
 */
#include "ms-error.h"
#include "ms-import-settings.h"

#include "ms-json.h"

#include <string.h>

static const struct
{
  const char *name;
  const char *header; /* separated by | */
  const char *mapping;
} guesses[] = {
  { "ours",
    "userName|displayName|aliases|group|quota",
    "userName|displayName|aliases|group|quota" },
  { "sample",
    "Username|Full name|Given name|Family "
    "name|Group|Aliases|Quota|Title|Department|Phone|Description",
    "userName|displayName|givenName|familyName|group|aliases|quota|title|department|phone|"
    "description" },
  { "any-order", "PASSWORD|aliases|Login", "password|aliases|userName" },
  { "own-description", "userName|description", "userName|description" },
  { "own-description-beside", "shoe size|description|userName|error", "-|description|userName|-" },
  { "ancestor-rejects", "username|Description|error", "userName|displayName|-" },
  { "ancestor", "username|description|password", "userName|displayName|password" },
  { "german",
    "Benutzername|Vorname|Nachname|Kennwort|Abteilung|Gruppe|Aliasse|Beschreibung",
    "userName|givenName|familyName|password|department|group|aliases|description" },
  { "german-umlauts",
    "Anmeldename|Vollständiger Name|Größe|Domäne",
    "userName|displayName|quota|domain" },
  { "french",
    "Identifiant|Prénom|Nom|Mot de passe|Groupe|Téléphone",
    "userName|givenName|familyName|password|group|phone" },
  { "spanish",
    "Usuario|Nombre|Apellidos|Contraseña|Dirección de reenvío|Cuota",
    "userName|givenName|familyName|password|-|quota" },
  { "e-mail", "E-Mail|Name", "userName|displayName" },
  { "e-mail-beside-login", "e_mail|login", "-|userName" },
  { "active-directory",
    "sAMAccountName|givenName|sn|proxyAddresses|telephoneNumber",
    "userName|givenName|familyName|aliases|phone" },
  { "twice", "login|username", "-|userName" },
  { "unknown", "shoe size|user", "-|userName" },
  { "rejects", "login|error", "userName|-" },
  { "lists", "list|address|members", "list|address|members" },
  { "empty-names", "1|2|3", "-|-|-" },
};

static char *
show_mapping (const int *mapping, guint n)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (
        out,
        "%s%s",
        i > 0 ? "|" : "",
        mapping[i] == MS_IMPORT_IGNORED ? "-" : ms_import_field_get_name (mapping[i]));
  return g_string_free (out, FALSE);
}

static void
test_guess (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_auto (GStrv) columns = g_strsplit (guesses[i].header, "|", -1);
  guint            n = g_strv_length (columns);
  g_autofree int  *mapping = ms_import_guess_mapping ((const char *const *) columns, n, TRUE);
  g_autofree char *shown = show_mapping (mapping, n);

  g_assert_cmpstr (shown, ==, guesses[i].mapping);
}

static void
test_guess_headerless (void)
{
  const char *const columns[] = { "1", "2", "3", "4", NULL };
  g_autofree int   *mapping = ms_import_guess_mapping (columns, 4, FALSE);
  g_autofree char  *shown = show_mapping (mapping, 4);
  g_autofree int   *short_mapping = ms_import_guess_mapping (columns, 2, FALSE);
  g_autofree char  *short_shown = show_mapping (short_mapping, 2);

  g_assert_cmpstr (shown, ==, "userName|displayName|password|-");
  g_assert_cmpstr (short_shown, ==, "userName|displayName");
}

static void
test_paths (void)
{
  g_assert_cmpint (ms_import_field_by_path ("aliases"), ==, MS_IMPORT_ALIASES);
  g_assert_cmpint (ms_import_field_by_path ("aliases[2]"), ==, MS_IMPORT_ALIASES);
  g_assert_cmpint (ms_import_field_by_path ("name.givenName"), ==, MS_IMPORT_GIVEN_NAME);
  g_assert_cmpint (ms_import_field_by_path (
                       "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"),
                   ==,
                   MS_IMPORT_DEPARTMENT);
  g_assert_cmpint (ms_import_field_by_path ("nickName"), ==, MS_IMPORT_IGNORED);
  g_assert_cmpint (ms_import_field_by_path (NULL), ==, MS_IMPORT_IGNORED);
}

static const struct
{
  const char *name;
  const char *json;
  const char *path; /* NULL: accepted */
} options[] = {
  { "nothing", "{}", NULL },
  { "all",
    "{'format':{'encoding':'utf-8','delimiter':';','quote':'','header':false},'mapping':['userName'"
    ",'displayName',null],"
    "'createUsers':true,'userTemplate':'a','mailboxTemplate':null,'group':'b','createGroups':true,'"
    "onExisting':'update',"
    "'generatePasswords':true,'aliasSeparator':'/'}",
    NULL },
  { "misspelt", "{'createUser':true}", "createUser" },
  { "not-boolean", "{'createUsers':'yes'}", "createUsers" },
  { "existing", "{'onExisting':'overwrite'}", "onExisting" },
  { "existing-type", "{'onExisting':3}", "onExisting" },
  { "mapping-type", "{'mapping':'userName'}", "mapping" },
  { "mapping-short", "{'mapping':['userName']}", "mapping" },
  { "mapping-unknown", "{'mapping':['userName','shoeSize',null]}", "mapping[1]" },
  { "mapping-number", "{'mapping':['userName',null,7]}", "mapping[2]" },
  { "mapping-twice", "{'mapping':['userName',null,'userName']}", "mapping[2]" },
  { "mapping-without-user", "{'mapping':[null,'displayName',null]}", "mapping" },
  { "mapping-user-and-list", "{'mapping':['userName','list',null]}", "mapping" },
  { "format-type", "{'format':[]}", "format" },
  { "format-unknown", "{'format':{'separator':';'}}", "format.separator" },
  { "format-delimiter", "{'format':{'delimiter':'::'}}", "format.delimiter" },
  { "format-encoding", "{'format':{'encoding':'EBCDIC'}}", "format.encoding" },
  { "format-header", "{'format':{'header':1}}", "format.header" },
  { "separator", "{'aliasSeparator':'x'}", "aliasSeparator" },
  { "separator-long", "{'aliasSeparator':';;;;;;;;;;;;;;;;;;;;;;;;'}", "aliasSeparator" },
  { "id-type", "{'group':true}", "group" },
  { "id-long",
    "{'userTemplate':'0123456789012345678901234567890123456789012345678901234567890123456789'}",
    "userTemplate" },
};

static MsImportSettings *
parse_options (const char *text, GError **error)
{
  static const char *const columns[] = { "userName", "displayName", "notes of mine", NULL };
  MsCsvFormat              format = { "UTF-8", ',', '"', TRUE };
  g_autofree char         *json = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (JsonNode) node = ms_json_parse (json, -1, &ms_json_default_limits, error);

  g_assert_nonnull (node);
  return ms_import_settings_parse (NULL, json_node_get_object (node), &format, columns, 3, error);
}

static void
test_options (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsImportSettings) parsed = parse_options (options[i].json, &error);

  if (options[i].path == NULL)
    {
      g_assert_no_error (error);
      g_assert_nonnull (parsed);
      return;
    }
  g_assert_null (parsed);
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_path (error), ==, options[i].path);
}

/* What is stored for a server that goes on is the same as what was asked for. */
static void
test_options_round_trip (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsImportSettings) parsed = parse_options (options[1].json, &error);
  g_assert_no_error (error);
  g_autoptr (JsonNode) first
             = json_node_init_object (json_node_alloc (), ms_import_settings_to_json (parsed));
  g_autofree char *text = ms_json_to_string (first);
  g_autoptr (MsImportSettings) again = parse_options (text, &error);
  g_assert_no_error (error);
  g_autoptr (JsonNode) second
             = json_node_init_object (json_node_alloc (), ms_import_settings_to_json (again));

  g_assert_true (ms_json_equal (first, second));
  g_assert_cmpstr (again->alias_separators, ==, "/");
  g_assert_cmpint (again->existing, ==, MS_IMPORT_UPDATE_EXISTING);
  json_object_unref (json_node_get_object (first));
  json_object_unref (json_node_get_object (second));
}

static void
test_own_header (void)
{
  const char *const exported[] = { "userName", "displayName", NULL };
  const char *const rejects[] = { "Login", "Whatever", "error", NULL };
  const char *const foreign[] = { "Login", "displayName", NULL };
  /* We export neither, and whoever writes such a file has no apostrophe to spare. */
  const char *const passwords[] = { "userName", "password", NULL };
  const char *const hashes[] = { "userName", "passwordHash", "displayName", NULL };
  const char *const rejected[] = { "userName", "password", "error", NULL };

  g_assert_true (ms_import_is_own_header (exported, 2));
  g_assert_true (ms_import_is_own_header (rejects, 3));
  g_assert_false (ms_import_is_own_header (foreign, 2));
  g_assert_false (ms_import_is_own_header (foreign, 0));
  g_assert_false (ms_import_is_own_header (passwords, 2));
  g_assert_false (ms_import_is_own_header (hashes, 3));
  g_assert_true (ms_import_is_own_header (rejected, 3));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (guesses); i++)
    {
      g_autofree char *path = g_strconcat ("/import/guess/", guesses[i].name, NULL);
      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_guess);
    }
  g_test_add_func ("/import/guess/without-header", test_guess_headerless);
  g_test_add_func ("/import/paths", test_paths);
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autofree char *path = g_strconcat ("/import/options/", options[i].name, NULL);
      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_options);
    }
  g_test_add_func ("/import/options/round-trip", test_options_round_trip);
  g_test_add_func ("/import/own-header", test_own_header);
  return g_test_run ();
}
