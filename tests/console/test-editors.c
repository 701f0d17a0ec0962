/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Field editors without a server: load / verify / apply in a table, merging, paths, and what
 * assistive technology is told.
 */
#include "ms-address.h"
#include "ms-attributes.h"
#include "ms-choice-field.h"
#include "ms-date-time-field.h"
#include "ms-dialog-spec.h"
#include "ms-dialog-test.h"
#include "ms-history-page.h"
#include "ms-import-columns.h"
#include "ms-json.h"
#include "ms-list-field.h"
#include "ms-multiline-field.h"
#include "ms-request-window.h"
#include "ms-rights-field.h"
#include "ms-size-field.h"
#include "ms-switch-field.h"

static const MsChoice roles[] = { { "none", "None" }, { "auditor", "Auditor" }, { NULL } };

static MsField *
new_text (void)
{
  return ms_text_field_new ("a", "_A", NULL, NULL);
}

static MsField *
new_local (void)
{
  return ms_text_field_new ("a", "_A", NULL, ms_address_check_local);
}

static MsField *
new_multiline (void)
{
  return ms_multiline_field_new ("a", "_A", NULL);
}

static MsField *
new_switch_on (void)
{
  return ms_switch_field_new ("a", "_A", NULL, TRUE);
}

static MsField *
new_choice (void)
{
  return ms_choice_field_new ("a", "_A", NULL, roles);
}

static MsField *
new_size (void)
{
  return ms_size_field_new ("a", "_A", NULL);
}

static MsField *
new_date_time (void)
{
  return ms_date_time_field_new ("a", "_A", NULL);
}

static MsField *
new_aliases (void)
{
  MsField *field = ms_list_field_new ("a", "_A", NULL, "Add", ms_check_address);

  ms_list_field_set_key (MS_LIST_FIELD (field), ms_address_key);

  return field;
}

static MsField *
new_phones (void)
{
  MsField *field = ms_list_field_new ("a", "_A", NULL, "Add", NULL);

  ms_list_field_set_elements (MS_LIST_FIELD (field), TRUE);

  return field;
}

static MsField *
new_rights (void)
{
  return ms_rights_field_new ("a", "_A", NULL);
}

#define OP(op, rest) "[{\"op\":\"" op "\",\"path\":\"a\"" rest "}]"

/* @loaded, @typed: JSON, NULL = unset. @operations: what is sent; NULL = it must not verify */
static const struct
{
  const char *name;
  MsField *(*make) (void);
  const char *loaded;
  const char *typed;
  const char *operations;
} fields[] = {
  { "text/untouched", new_text, "\"x\"", "\"x\"", "[]" },
  { "text/set",
    new_text,
    NULL,
    "\"Søren & <b>Co</b>\"",
    OP ("replace", ",\"value\":\"Søren & <b>Co</b>\"") },
  { "text/spaces-are-not-it", new_text, "\"x\"", "\"  x \"", "[]" },
  { "text/cleared", new_text, "\"x\"", NULL, OP ("remove", "") },
  { "text/override-refused", new_text, NULL, "\"a\\u202eb\"", NULL },
  { "local/good", new_local, NULL, "\"john.doe\"", OP ("replace", ",\"value\":\"john.doe\"") },
  { "local/two-dots", new_local, NULL, "\"john..doe\"", NULL },
  { "multiline/two-lines",
    new_multiline,
    NULL,
    "\"a\\nb\"",
    OP ("replace", ",\"value\":\"a\\nb\"") },
  { "switch/unset-stays", new_switch_on, NULL, NULL, "[]" },
  { "switch/off", new_switch_on, NULL, "false", OP ("replace", ",\"value\":false") },
  { "switch/on-again", new_switch_on, "false", "true", OP ("replace", ",\"value\":true") },
  { "choice/unset-stays", new_choice, NULL, NULL, "[]" },
  { "choice/other",
    new_choice,
    "\"none\"",
    "\"auditor\"",
    OP ("replace", ",\"value\":\"auditor\"") },
  { "choice/unknown-stays", new_choice, "\"emperor\"", "\"emperor\"", "[]" },
  { "size/inherit-to-none", new_size, NULL, "0", OP ("replace", ",\"value\":0") },
  { "size/own", new_size, "0", "2500000000", OP ("replace", ",\"value\":2500000000") },
  { "size/odd-number-stays", new_size, "1234567891", "1234567891", "[]" },
  { "size/back-to-inherit", new_size, "5", NULL, OP ("remove", "") },
  { "size/words", new_size, NULL, "\"plenty\"", NULL },
  { "size/typed-unit", new_size, NULL, "\"500 MB\"", OP ("replace", ",\"value\":500000000") },
  { "date/untouched", new_date_time, "\"2026-01-02T03:04:00Z\"", "\"2026-01-02T03:04:00Z\"", "[]" },
  { "date/nonsense", new_date_time, NULL, "\"soon\"", NULL },
  { "date/no-such-day", new_date_time, NULL, "\"2026-02-30\"", NULL },
  { "list/add",
    new_aliases,
    "[\"a@b.example\"]",
    "[\"a@b.example\",\"c\"]",
    OP ("replace", ",\"value\":[\"a@b.example\",\"c\"]") },
  { "list/remove-all", new_aliases, "[\"a@b.example\"]", NULL, OP ("remove", "") },
  { "list/twice-in-other-case", new_aliases, NULL, "[\"a@b.example\",\"A@B.example\"]", NULL },
  { "list/no-address", new_aliases, NULL, "[\"not an address\"]", NULL },
  { "elements/kept",
    new_phones,
    "[{\"value\":\"1\",\"type\":\"work\"}]",
    "[{\"value\":\"1\",\"type\":\"work\"},{\"value\":\"2\"}]",
    OP ("replace", ",\"value\":[{\"value\":\"1\",\"type\":\"work\"},{\"value\":\"2\"}]") },
  { "rights/one",
    new_rights,
    "{\"imap\":true}",
    "{\"imap\":true,\"proxy\":true}",
    "[{\"op\":\"replace\",\"path\":\"a.proxy\",\"value\":true}]" },
  { "rights/off",
    new_rights,
    "{\"imap\":true,\"pop3\":false}",
    "{\"imap\":false,\"pop3\":false}",
    "[{\"op\":\"replace\",\"path\":\"a.imap\",\"value\":false}]" },
};

static JsonNode *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = text != NULL ? json_from_string (text, &error) : NULL;

  g_assert_no_error (error);

  return node;
}

static void
test_field (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autoptr (MsField) field = fields[i].make ();
  g_autoptr (JsonNode) loaded = parse (fields[i].loaded);
  g_autoptr (JsonNode) typed = parse (fields[i].typed);
  g_autoptr (JsonArray) operations = json_array_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = json_node_alloc ();
  g_autofree char *text = NULL;
  gboolean         good;

  ms_field_load_value (field, loaded);
  g_assert_false (ms_field_is_changed (field));
  ms_field_set_value (field, typed);
  good = ms_field_verify (field, &error);
  if (fields[i].operations == NULL)
    {
      g_assert_false (good);
      g_assert_nonnull (error);
      g_assert_cmpstr (ms_field_row_get_error (ms_field_get_row (field)), ==, error->message);
      return;
    }

  g_assert_no_error (error);
  g_assert_true (good);
  g_assert_null (ms_field_row_get_error (ms_field_get_row (field)));
  ms_field_apply (field, operations);
  json_node_init_array (node, operations);
  text = ms_json_to_string (node);
  g_assert_cmpstr (text, ==, fields[i].operations);
}

static void
test_required (void)
{
  g_autoptr (MsField) field = new_text ();
  g_autoptr (JsonNode) value = parse ("\"x\"");

  ms_field_set_required (field, TRUE);
  ms_field_load_value (field, value);
  ms_field_set_value (field, NULL);
  g_assert_false (ms_field_verify (field, NULL));
  gtk_test_accessible_assert_property (
      ms_field_row_get_target (ms_field_get_row (field)), GTK_ACCESSIBLE_PROPERTY_REQUIRED, TRUE);
}

static void
test_accessible (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autoptr (MsField) field = fields[i].make ();
      GtkWidget *target = ms_field_row_get_target (ms_field_get_row (field));

      gtk_test_accessible_assert_role (ms_field_get_row (field), GTK_ACCESSIBLE_ROLE_LIST_ITEM);
      g_assert_true (gtk_test_accessible_has_relation (GTK_ACCESSIBLE (target),
                                                       GTK_ACCESSIBLE_RELATION_LABELLED_BY));
      ms_field_show_error (field, "Wrong");
      g_assert_true (gtk_test_accessible_has_relation (GTK_ACCESSIBLE (target),
                                                       GTK_ACCESSIBLE_RELATION_DESCRIBED_BY));
      gtk_test_accessible_assert_state (
          target, GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE);
      ms_field_show_error (field, NULL);
      g_assert_false (
          gtk_test_accessible_has_state (GTK_ACCESSIBLE (target), GTK_ACCESSIBLE_STATE_INVALID));
    }
}

/* base, mine, theirs -> what is shown, and whether somebody has to decide */
static const struct
{
  const char *name;
  const char *base;
  const char *mine;
  const char *theirs;
  const char *shown;
  guint       conflicts;
} merges[] = {
  { "nothing", "x", "x", "x", "x", 0 },     { "theirs-only", "x", "x", "y", "y", 0 },
  { "mine-only", "x", "y", "x", "y", 0 },   { "both-the-same", "x", "y", "y", "y", 0 },
  { "both-differ", "x", "y", "z", "y", 1 },
};

static MsResource *
new_resource (const char *value)
{
  g_autofree char *text = g_strdup_printf ("{\"id\":\"1\",\"a\":\"%s\"}", value);
  g_autoptr (JsonNode) node = parse (text);

  return ms_resource_new (json_node_get_object (node));
}

static void
test_merge (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  g_autoptr (MsForm) form = ms_form_new ();
  g_autoptr (MsResource) base = new_resource (merges[i].base);
  g_autoptr (MsResource) theirs = new_resource (merges[i].theirs);
  g_autoptr (GPtrArray) conflicts = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *expected = g_strdup_printf ("\"%s\"", merges[i].shown);
  g_autoptr (JsonArray) operations = NULL;

  ms_form_add (form, new_text ());
  ms_form_load (form, base);
  ms_dialog_test_type (form, "a", merges[i].mine);
  conflicts = ms_form_merge (form, theirs, NULL);
  shown = ms_dialog_test_value (form, "a");
  g_assert_cmpuint (conflicts->len, ==, merges[i].conflicts);
  g_assert_cmpstr (shown, ==, expected);
  operations = ms_form_dup_operations (form);
  g_assert_cmpuint (json_array_get_length (operations),
                    ==,
                    g_str_equal (merges[i].shown, merges[i].theirs) ? 0 : 1);
}

static void
test_attributes (void)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) yes = parse ("true");
  g_autoptr (JsonNode) name = parse ("\"Doe\"");
  g_autoptr (JsonNode) node = json_node_alloc ();
  g_autofree char *text = NULL;

  ms_attributes_set (object, "name.familyName", name);
  ms_attributes_set (object, MS_USER_URN ":rights.imap", yes);
  json_node_init_object (node, object);
  text = ms_json_to_string (node);
  g_assert_cmpstr (text,
                   ==,
                   "{\"name\":{\"familyName\":\"Doe\"},\"" MS_USER_URN
                   "\":{\"rights\":{\"imap\":true}}}");
}

static const struct
{
  const char *delta;
  const char *words;
} deltas[] = {
  { "{\"path\":\"userName\",\"before\":\"a\",\"after\":\"b\"}", "a → b" },
  { "{\"path\":\"userName\",\"before\":null,\"after\":\"b\"}", "not set → b" },
  { "{\"path\":\"active\",\"before\":true,\"after\":false}", "on → off" },
  { "{\"path\":\"aliases\",\"added\":[\"x\"],\"removed\":[\"y\",\"z\"]}", "+ x   − y, z" },
  { "{\"path\":\"owner\",\"before\":null,\"after\":{\"value\":\"1\",\"display\":\"john\"}}",
    "not set → john" },
  { "{\"path\":\"password\",\"secret\":true}", "Set anew; secrets are not recorded" },
};

static void
test_deltas (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (deltas); i++)
    {
      g_autoptr (JsonNode) node = parse (deltas[i].delta);
      g_autofree char *words = ms_history_describe_delta (json_node_get_object (node));

      g_assert_cmpstr (words, ==, deltas[i].words);
    }
}

static const struct
{
  const char *type_name;
  const char *operations;
  const char *command;
} commands[] = {
  { "User",
    "[{\"op\":\"replace\",\"path\":\"displayName\",\"value\":\"It's\"}]",
    "mailsteadctl user set 'x' \\\n    'displayName=It'\\''s'" },
  { "User",
    "[{\"op\":\"replace\",\"path\":\"" MS_USER_URN ":rights.imap\",\"value\":true}]",
    "mailsteadctl user set 'x' \\\n    'rights.imap=yes'" },
  { "Mailbox",
    "[{\"op\":\"replace\",\"path\":\"aliases\",\"value\":[\"a\",\"b\"]}]",
    "mailsteadctl mailbox set 'x' \\\n    'aliases=a,b'" },
  { "Mailbox",
    "[{\"op\":\"replace\",\"path\":\"group\",\"value\":{\"value\":\"7\"}}]",
    "mailsteadctl mailbox set 'x' \\\n    'group=7'" },
  { "Group",
    "[{\"op\":\"remove\",\"path\":\"members[value eq \\\"7\\\"]\"}]",
    "mailsteadctl list set 'x' \\\n    'members-=7'" },
  { "Guest",
    "[{\"op\":\"replace\",\"path\":\"rights.proxy\",\"value\":false}]",
    "mailsteadctl guest set \\\n    'rights.proxy=no'" },
};

static void
test_commands (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr (JsonNode) node = parse (commands[i].operations);
      g_autofree char *command
          = ms_request_dup_command ("set", commands[i].type_name, "x", json_node_get_array (node));

      g_assert_cmpstr (command, ==, commands[i].command);
    }
}

static void
test_guesses (void)
{
  g_assert_cmpuint (ms_import_column_guess ("1", 0, FALSE), ==, ms_import_column_find ("userName"));
  g_assert_cmpuint (ms_import_column_guess ("3", 2, FALSE), ==, ms_import_column_find ("password"));
  g_assert_cmpuint (ms_import_column_guess ("4", 3, FALSE), ==, 0);
  g_assert_cmpuint (
      ms_import_column_guess ("Full Name", 5, TRUE), ==, ms_import_column_find ("displayName"));
  g_assert_cmpuint (
      ms_import_column_guess ("user_name", 5, TRUE), ==, ms_import_column_find ("userName"));
  g_assert_cmpuint (ms_import_column_guess ("shoe size", 0, TRUE), ==, 0);
}

static void
add_tests (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autofree char *path = g_strdup_printf ("/fields/%s", fields[i].name);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_field);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (merges); i++)
    {
      g_autofree char *path = g_strdup_printf ("/merge/%s", merges[i].name);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_merge);
    }
  g_test_add_func ("/field/required", test_required);
  g_test_add_func ("/field/accessible", test_accessible);
  g_test_add_func ("/attributes/paths", test_attributes);
  g_test_add_func ("/history/deltas", test_deltas);
  g_test_add_func ("/request/commands", test_commands);
  g_test_add_func ("/import/guesses", test_guesses);
}

int
main (int argc, char **argv)
{
  return ms_dialog_test_main (argc, argv, FALSE, add_tests);
}
