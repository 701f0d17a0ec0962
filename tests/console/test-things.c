/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What operators add by schema files, as the console shows it without knowing it: types as branches
 * of the tree with a list, New, Properties and Delete; extensions as pages of property dialogs.
 */
#include "config.h"

#include <string.h>

#include "ms-form.h"
#include "ms-json.h"
#include "ms-new-object-window.h"
#include "ms-properties-window.h"
#include "ms-properties.h"

#include "console-fixture.h"

#define BADGE "urn:example:params:scim:schemas:extension:test:2.0:Badge"

static ConsoleFixture *fixture;

static GtkWidget *
get_pane (void)
{
  return GTK_WIDGET (fixture->window->things);
}

static MsConnection *
get_connection (void)
{
  return ms_server_get_connection (fixture->server);
}

/* The file of the server's own test: one attribute of every kind. */
static void
install_schemas (void)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("MS_SOURCE_DIR"), "tests", "server", "all-kinds.json", NULL);
  g_autofree char *text = NULL;
  g_autofree char *body = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  body = g_strdup_printf ("{\"name\":\"all-kinds\",\"file\":%s}", text);
  g_autoptr (JsonNode) answer
             = console_request (get_connection (), "POST", "/api/v1/schemas", body);
}

/* Types JSON into a field, as if a person had. */
static void
set_field (MsForm *form, const char *path, const char *json)
{
  MsField *field = ms_form_find (form, path);
  g_autoptr (JsonNode) value = json_from_string (json, NULL);

  if (field == NULL)
    g_error ("There is no field for %s", path);
  ms_field_set_value (field, value);
}

static void
assert_field (MsForm *form, const char *path, const char *json)
{
  MsField *field = ms_form_find (form, path);

  if (field == NULL)
    g_error ("There is no field for %s", path);
  g_autoptr (JsonNode) value = ms_field_dup_value (field);
  g_autofree char *text = value != NULL ? ms_json_to_string (value) : g_strdup ("");
  g_test_message ("%s", path);
  g_assert_cmpstr (text, ==, json);
}

/* A file that is installed while the console runs makes a branch; nothing is restarted. */
static void
test_branch (void)
{
  g_assert_false (tree_has (fixture->window, "Gadgets"));
  install_schemas ();
  wait_for (tree_has (fixture->window, "Gadgets"));
  tree_select (fixture->window, "Gadgets");
  wait_for (find_label (get_pane (), "No Gadgets Yet") != NULL);
  console_settle ();
  take_shot ("things-empty");
}

static gboolean
is_new_open (void)
{
  return find_window (MS_TYPE_NEW_OBJECT_WINDOW) != NULL;
}

static void
test_new (void)
{
  GtkWidget *dialog;
  MsForm    *form;

  /* The server takes up the schemas, and the connection is made anew: a press while that goes on
   * does nothing. */
  for (guint i = 0; i < 5 && !is_new_open (); i++)
    {
      wait_for (gtk_widget_is_sensitive (find_button (get_pane (), "New…")));
      console_settle ();
      pointer_click (find_button (get_pane (), "New…"), 1);
      (void) console_comes_soon (is_new_open, 10000); /* it is asked above, and below */
    }
  dialog = find_window (MS_TYPE_NEW_OBJECT_WINDOW);
  g_assert_nonnull (dialog);
  form = ms_new_object_window_get_form (MS_NEW_OBJECT_WINDOW (dialog));
  /* What nobody sets is not asked for. */
  g_assert_null (ms_form_find (form, "sealed"));
  g_assert_null (ms_form_find (form, "neededBy"));
  set_field (form, "name", "\"A lamp\"");
  set_field (form, "serial", "\"S-1\"");
  set_field (form, "color", "\"green\"");
  set_field (form, "level", "7");
  set_field (form, "size", "2.5");
  set_field (form, "on", "true");
  set_field (form, "made", "\"2026-05-01T10:00:00Z\"");
  set_field (form, "blob", "\"AAEC\"");
  set_field (form, "numbers", "[1,2]");
  set_field (form, "place.street", "\"Quay\"");
  set_field (form, "place.floor", "3");
  set_field (form, "parts", "[{\"value\":\"bulb\",\"weight\":0.5},{\"value\":\"shade\"}]");
  wait_for (gtk_widget_get_mapped (dialog));
  console_settle ();
  take_shot ("things-new");
  gtk_widget_activate_action (dialog, "object.create", NULL);
  wait_for (find_window (MS_TYPE_NEW_OBJECT_WINDOW) == NULL);
  wait_for (find_label (get_pane (), "A lamp") != NULL);
  console_settle ();
  take_shot ("things-list");
  g_autofree char *status = ms_thing_pane_dup_status (fixture->window->things);
  g_assert_cmpstr (status, ==, "1 object");
}

static char *
get_id (guint position)
{
  GtkSelectionModel *selection = ms_thing_pane_get_selection (fixture->window->things);
  g_autoptr (MsResource) resource = g_list_model_get_item (G_LIST_MODEL (selection), position);

  return g_strdup (ms_resource_get_id (resource));
}

/* The file again, with an attribute more on gadgets, one that refers to either of two types, and a
 * type that is not named by "name". */
static void
change_schemas (void)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("MS_SOURCE_DIR"), "tests", "server", "all-kinds.json", NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_autoptr (GString) file = g_string_new (text);
  g_assert_cmpuint (
      g_string_replace (
          file,
          "\"description\": \"What it is called\" },",
          "\"description\": \"What it is called\" },"
          "{\"name\":\"shelfMark\",\"type\":\"string\",\"description\":\"Where it lies\"},"
          "{\"name\":\"place2\",\"type\":\"complex\",\"relation\":{\"to\":[\"User\",\"Shelf\"]},"
          "\"description\":\"With whom or on what\",\"subAttributes\":["
          "{\"name\":\"value\",\"type\":\"string\",\"caseExact\":true},"
          "{\"name\":\"$ref\",\"type\":\"reference\",\"referenceTypes\":[\"User\",\"Shelf\"],"
          "\"mutability\":\"readOnly\"},"
          "{\"name\":\"display\",\"type\":\"string\",\"mutability\":\"readOnly\"}]},",
          1),
      ==,
      1);
  g_string_replace (file,
                    "\"schemas\": [",
                    "\"schemas\": [{\"id\":\"urn:example:params:scim:schemas:test:2.0:Shelf\","
                    "\"name\":\"Shelf\",\"description\":\"A shelf\",\"attributes\":["
                    "{\"name\":\"title\",\"type\":\"string\",\"required\":true,\"label\":true,"
                    "\"search\":true,\"description\":\"What it is called\"}]},",
                    1);
  g_string_replace (file,
                    "\"resourceTypes\": [",
                    "\"resourceTypes\": [{\"name\":\"Shelf\",\"endpoint\":\"/Shelves\","
                    "\"description\":\"Shelves\",\"schema\":"
                    "\"urn:example:params:scim:schemas:test:2.0:Shelf\"},",
                    1);
  g_autofree char *body = g_strdup_printf ("{\"file\":%s}", file->str);
  g_autoptr (JsonNode) answer
             = console_request (get_connection (), "PUT", "/api/v1/schemas/all-kinds", body);
}

/* The list that is shown takes up what its type has become. */
static void
test_changed (void)
{
  g_autofree char *id = get_id (0);
  g_autofree char *path = g_strconcat ("/scim/v2/Gadgets/", id, NULL);

  g_assert_nonnull (
      find_label (get_pane (), "Serial: S-1  ·  Color: green  ·  Level: 7  ·  On: yes"));
  change_schemas ();
  wait_for (tree_has (fixture->window, "Shelves"));
  wait_for (ms_server_is_online (fixture->server));
  g_autoptr (JsonNode) node = console_request (
      get_connection (),
      "PATCH",
      path,
      "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],"
      "\"Operations\":[{\"op\":\"add\",\"path\":\"shelfMark\",\"value\":\"B2\"}]}");
  wait_for (find_label (get_pane (), "Shelf mark: B2  ·  Serial: S-1  ·  Color: green  ·  Level: 7")
            != NULL);
  console_settle ();
  take_shot ("things-changed");
}

static GtkWidget *
find_shelf (GtkWidget *popover)
{
  GtkWidget *label = find_label (popover, "Low shelf");

  return label != NULL && gtk_widget_get_mapped (label) ? label : NULL;
}

/* A relation to several types offers each, by the attribute that names its objects. */
static void
test_either (void)
{
  g_autofree char *gadget = get_id (0);
  g_autofree char *high = console_create (fixture, "/scim/v2/Shelves", "{\"title\":\"The top\"}");
  g_autofree char *low = console_create (fixture, "/scim/v2/Shelves", "{\"title\":\"Low shelf\"}");
  GtkWidget       *dialog;

  ms_properties_present (GTK_WINDOW (fixture->window), get_connection (), "Gadget", gadget);
  wait_for ((dialog = find_window (MS_TYPE_PROPERTIES_WINDOW)) != NULL);
  wait_for (ms_properties_window_get_resource (MS_PROPERTIES_WINDOW (dialog)) != NULL);
  MsForm    *form = ms_properties_window_get_form (MS_PROPERTIES_WINDOW (dialog));
  MsField   *field = ms_form_find (form, "place2");
  GtkWidget *row = GTK_WIDGET (ms_field_get_row (field));
  GtkWidget *button = find_widget (row, GTK_TYPE_MENU_BUTTON);
  gtk_widget_child_focus (row, GTK_DIR_TAB_FORWARD);
  console_settle ();
  gtk_menu_button_popup (GTK_MENU_BUTTON (button));
  console_settle ();
  GtkWidget *popover = GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (button)));
  wait_for (find_label (popover, "admin") != NULL);
  gtk_widget_activate (
      gtk_widget_get_ancestor (find_label (popover, "Shelf"), GTK_TYPE_TOGGLE_BUTTON));
  wait_for (find_shelf (popover) != NULL);
  console_settle ();
  take_shot ("things-either");
  /* Sorted by what they are called, it is the first. */
  GtkWidget *list = gtk_widget_get_ancestor (find_shelf (popover), GTK_TYPE_LIST_VIEW);
  g_signal_emit_by_name (list, "activate", 0);
  wait_for (!gtk_widget_get_mapped (popover));
  wait_for (find_label (row, "Low shelf") != NULL);
  gtk_widget_activate_action (dialog, "properties.ok", NULL);
  wait_for (find_window (MS_TYPE_PROPERTIES_WINDOW) == NULL);
  g_autofree char *stored = console_read_json (fixture, "Gadgets", gadget, "place2");
  g_assert_nonnull (strstr (stored, low));
}

/* Everything that was given is there, with its type; what is fixed cannot be changed; what is
 * changed goes back. */
static void
test_properties (void)
{
  g_autofree char *id = get_id (0);
  GtkWidget       *dialog;
  MsForm          *form;

  pointer_click (find_label (get_pane (), "A lamp"), 1);
  console_settle ();
  keyboard_press ("alt+Return");
  wait_for ((dialog = find_window (MS_TYPE_PROPERTIES_WINDOW)) != NULL);
  wait_for (ms_properties_window_get_resource (MS_PROPERTIES_WINDOW (dialog)) != NULL);
  form = ms_properties_window_get_form (MS_PROPERTIES_WINDOW (dialog));
  console_settle ();
  take_shot ("things-properties");
  gtk_widget_child_focus (GTK_WIDGET (ms_field_get_row (ms_form_find (form, "parts"))),
                          GTK_DIR_TAB_FORWARD);
  console_settle ();
  take_shot ("things-parts");
  assert_field (form, "name", "\"A lamp\"");
  assert_field (form, "color", "\"green\"");
  assert_field (form, "level", "7");
  assert_field (form, "size", "2.5");
  assert_field (form, "on", "true");
  assert_field (form, "blob", "\"AAEC\"");
  assert_field (form, "numbers", "[1,2]");
  assert_field (form, "place.floor", "3");
  /* Set once, and so only shown: never changed from here. */
  assert_field (form, "serial", "");

  set_field (form, "level", "9");
  set_field (form, "numbers", "[1,2,30]");
  set_field (form, "place.floor", "4");
  /* Any of the types that the relation may lead to. */
  g_autofree char *user = console_create (fixture, "/scim/v2/Users", "{\"userName\":\"keeper\"}");
  g_autofree char *needs
      = g_strdup_printf ("[{\"value\":\"%s\",\"type\":\"User\",\"display\":\"keeper\"}]", user);
  set_field (form, "needs", needs);
  set_field (form, "parts", "[{\"value\":\"bulb\",\"weight\":0.75}]");
  gtk_widget_activate_action (dialog, "properties.ok", NULL);
  wait_for (find_window (MS_TYPE_PROPERTIES_WINDOW) == NULL);

  g_autofree char *level = console_read_json (fixture, "Gadgets", id, "level");
  g_autofree char *numbers = console_read_json (fixture, "Gadgets", id, "numbers");
  g_autofree char *parts = console_read_json (fixture, "Gadgets", id, "parts");
  g_autofree char *needed = console_read_json (fixture, "Gadgets", id, "needs");
  g_assert_nonnull (strstr (needed, user));
  g_autofree char *serial = console_read_json (fixture, "Gadgets", id, "serial");
  g_assert_cmpstr (level, ==, "9");
  g_assert_cmpstr (numbers, ==, "[1,2,30]");
  g_assert_nonnull (strstr (parts, "0.75"));
  g_assert_null (strstr (parts, "shade"));
  g_assert_cmpstr (serial, ==, "\"S-1\"");
}

/* (nullable): what shows @text to be edited */
static GtkEditable *
find_editable (GtkWidget *root, const char *text)
{
  if (GTK_IS_EDITABLE (root) && g_str_equal (gtk_editable_get_text (GTK_EDITABLE (root)), text))
    return GTK_EDITABLE (root);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkEditable *found = find_editable (child, text);
      if (found != NULL)
        return found;
    }
  return NULL;
}

/* What cannot be read is refused beside its field, before anything is sent. */
static void
test_refused (void)
{
  static const struct
  {
    const char *path;
    const char *text;
  } cases[] = {
    { "level", "\"many\"" }, { "level", "11" },        { "size", "\"1,2,3\"" },
    { "blob", "\"!\"" },     { "numbers", "[\"x\"]" },
  };
  g_autofree char *id = get_id (0);
  gint64           before = console_sequence (fixture);
  GtkWidget       *dialog;

  ms_properties_present (GTK_WINDOW (fixture->window), get_connection (), "Gadget", id);
  wait_for ((dialog = find_window (MS_TYPE_PROPERTIES_WINDOW)) != NULL);
  wait_for (ms_properties_window_get_resource (MS_PROPERTIES_WINDOW (dialog)) != NULL);
  MsForm *form = ms_properties_window_get_form (MS_PROPERTIES_WINDOW (dialog));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      MsField *culprit = NULL;
      MsField *field = ms_form_find (form, cases[i].path);
      g_autoptr (JsonNode) good = ms_field_dup_value (field);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s = %s", cases[i].path, cases[i].text);
      set_field (form, cases[i].path, cases[i].text);
      g_assert_false (ms_form_verify (form, &culprit, &error));
      g_assert_true (culprit == field);
      ms_field_set_value (field, good);
    }

  /* Of an element the part that somebody typed into. */
  MsField *culprit = NULL;
  MsField *parts = ms_form_find (form, "parts");
  g_autoptr (GError) error = NULL;
  set_field (form, "parts", "[{\"value\":\"bulb\",\"count\":4711}]");
  g_assert_true (ms_form_verify (form, &culprit, &error));
  gtk_editable_set_text (find_editable (dialog, "4711"), "few");
  g_assert_false (ms_form_verify (form, &culprit, &error));
  g_assert_true (culprit == parts);
  gtk_window_destroy (GTK_WINDOW (dialog));
  g_assert_cmpint (console_sequence (fixture), ==, before);
}

/* The attributes that an extension adds to users are a page of a user's dialog. */
static void
test_extension (void)
{
  g_autofree char *id = console_create (fixture, "/scim/v2/Users", "{\"userName\":\"anna\"}");
  GtkWidget       *dialog;
  MsForm          *form;

  ms_properties_present (GTK_WINDOW (fixture->window), get_connection (), "User", id);
  wait_for ((dialog = find_window (MS_TYPE_PROPERTIES_WINDOW)) != NULL);
  wait_for (ms_properties_window_get_resource (MS_PROPERTIES_WINDOW (dialog)) != NULL);
  form = ms_properties_window_get_form (MS_PROPERTIES_WINDOW (dialog));
  ms_properties_window_show_page (MS_PROPERTIES_WINDOW (dialog), BADGE);
  set_field (form, BADGE ":number", "\"B-17\"");
  set_field (form, BADGE ":doors", "[\"front\",\"quay\"]");
  console_settle ();
  take_shot ("things-extension");
  gtk_widget_activate_action (dialog, "properties.ok", NULL);
  wait_for (find_window (MS_TYPE_PROPERTIES_WINDOW) == NULL);
  g_autofree char *badge = console_read_json (fixture, "Users", id, BADGE);
  g_assert_nonnull (strstr (badge, "\"number\":\"B-17\""));
  g_assert_nonnull (strstr (badge, "\"doors\":[\"front\",\"quay\"]"));
}

static void
test_delete (void)
{
  GtkWidget *dialog;

  tree_select (fixture->window, "Gadgets");
  wait_for (find_label (get_pane (), "A lamp") != NULL);
  pointer_click (find_label (get_pane (), "A lamp"), 1);
  console_settle ();
  keyboard_press ("Delete");
  wait_for ((dialog = find_window (ADW_TYPE_MESSAGE_DIALOG)) != NULL);
  console_settle ();
  pointer_click (find_button (dialog, "Delete"), 1);
  wait_for (find_label (get_pane (), "No Gadgets Yet") != NULL);
  tree_select (fixture->window, "Bin");
  wait_for (find_label (GTK_WIDGET (fixture->window->bin), "A lamp") != NULL);
}

int
main (int argc, char **argv)
{
  console_init (&argc, &argv);
  fixture = console_fixture_new ("--empty");
  console_fixture_connect (fixture);
  g_test_add_func ("/things/branch", test_branch);
  g_test_add_func ("/things/new", test_new);
  g_test_add_func ("/things/changed", test_changed);
  g_test_add_func ("/things/either", test_either);
  g_test_add_func ("/things/properties", test_properties);
  g_test_add_func ("/things/refused", test_refused);
  g_test_add_func ("/things/extension", test_extension);
  g_test_add_func ("/things/delete", test_delete);

  int status = g_test_run ();
  console_fixture_free (fixture);
  return status;
}
