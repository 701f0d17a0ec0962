/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What operators add, filled in by hand: a printer of the example file through its whole life, and
 * an attribute of every kind on a user. Keys and pointer only; the server says what came of it.
 */
#include "config.h"

#include <string.h>

#include "ms-json.h"
#include "ms-new-object-window.h"
#include "ms-properties-window.h"
#include "ms-properties.h"

#include "console-fixture.h"

#define DESK "urn:example:params:scim:schemas:extension:office:2.0:Desk"

static ConsoleFixture *fixture;

static const char desk_file[]
    = "{\"schemas\":[{\"id\":\"" DESK "\",\"name\":\"Desk\",\"description\":\"Where a user sits\","
      "\"attributes\":["
      "{\"name\":\"number\",\"type\":\"string\",\"required\":true,\"description\":\"On its "
      "plate\"},"
      "{\"name\":\"byWindow\",\"type\":\"boolean\",\"description\":\"It has daylight\"},"
      "{\"name\":\"drawers\",\"type\":\"integer\",\"minimum\":0,\"maximum\":9},"
      "{\"name\":\"width\",\"type\":\"decimal\",\"description\":\"In metres\"},"
      "{\"name\":\"since\",\"type\":\"dateTime\",\"description\":\"Moved in\"},"
      "{\"name\":\"seal\",\"type\":\"binary\",\"description\":\"Bytes of its seal\"},"
      "{\"name\":\"plan\",\"type\":\"reference\",\"referenceTypes\":[\"external\"],"
      "\"description\":\"Address of a plan\"},"
      "{\"name\":\"kind\",\"type\":\"string\",\"canonicalOnly\":true,"
      "\"canonicalValues\":[\"sitting\",\"standing\"]},"
      "{\"name\":\"chosen\",\"type\":\"boolean\",\"mutability\":\"immutable\","
      "\"description\":\"Chosen by the user\"},"
      "{\"name\":\"cost\",\"type\":\"decimal\",\"mutability\":\"immutable\"},"
      "{\"name\":\"bought\",\"type\":\"dateTime\",\"mutability\":\"immutable\"},"
      "{\"name\":\"stickers\",\"type\":\"string\",\"multiValued\":true,"
      "\"mutability\":\"immutable\"},"
      "{\"name\":\"sealed\",\"type\":\"string\",\"mutability\":\"readOnly\"},"
      "{\"name\":\"key\",\"type\":\"string\",\"mutability\":\"writeOnly\",\"returned\":\"never\","
      "\"description\":\"Code of its lock\"},"
      "{\"name\":\"labels\",\"type\":\"string\",\"multiValued\":true},"
      "{\"name\":\"place\",\"type\":\"complex\",\"description\":\"Where it stands\","
      "\"subAttributes\":[{\"name\":\"room\",\"type\":\"string\",\"required\":true},"
      "{\"name\":\"floor\",\"type\":\"integer\"}]},"
      "{\"name\":\"lamps\",\"type\":\"complex\",\"multiValued\":true,"
      "\"description\":\"What stands on it\","
      "\"subAttributes\":[{\"name\":\"value\",\"type\":\"string\",\"required\":true},"
      "{\"name\":\"watts\",\"type\":\"integer\"},{\"name\":\"on\",\"type\":\"boolean\"},"
      "{\"name\":\"lit\",\"type\":\"dateTime\"},"
      "{\"name\":\"color\",\"type\":\"string\",\"canonicalOnly\":true,"
      "\"canonicalValues\":[\"white\",\"warm\"]},"
      "{\"name\":\"note\",\"type\":\"string\",\"multiLine\":true}]}"
      "]}],\"resourceTypes\":[{\"name\":\"User\",\"schemaExtensions\":[{\"schema\":\"" DESK
      "\"}]}]}";

static MsConnection *
get_connection (void)
{
  return ms_server_get_connection (fixture->server);
}

static GtkWidget *
get_pane (void)
{
  return GTK_WIDGET (fixture->window->things);
}

static void
install (const char *name, const char *file)
{
  g_autofree char *body = g_strdup_printf ("{\"name\":\"%s\",\"file\":%s}", name, file);
  g_autoptr (JsonNode) answer
             = console_request (get_connection (), "POST", "/api/v1/schemas", body);
}

static char *
read_example (void)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("MS_SOURCE_DIR"), "data", "examples", "printers.json", NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static GtkWidget *
get_row (MsForm *form, const char *path)
{
  MsField *field = ms_form_find (form, path);

  if (field == NULL)
    g_error ("There is no field for %s", path);
  return GTK_WIDGET (ms_field_get_row (field));
}

/* Comes into view with the focus, as with Tab. */
static GtkWidget *
reach (MsForm *form, const char *path)
{
  GtkWidget *row = get_row (form, path);

  gtk_widget_child_focus (row, GTK_DIR_TAB_FORWARD);
  console_settle ();
  return row;
}

static void
type_field (MsForm *form, const char *path, const char *text)
{
  GtkWidget *target = ms_field_row_get_target (MS_FIELD_ROW (reach (form, path)));

  pointer_click (target, 1);
  keyboard_press ("ctrl+a");
  keyboard_type (text);
  /* Keys arrive when the machine has time for them, and the next click takes the focus away. */
  wait_for (g_str_equal (gtk_editable_get_text (GTK_EDITABLE (target)), text));
}

/* In the first element of a list of them. */
static void
type_part (GtkWidget *row, const char *title, const char *text)
{
  GtkWidget *entry = gtk_widget_get_next_sibling (find_label (row, title));

  gtk_widget_grab_focus (entry);
  console_settle ();
  pointer_click (entry, 1);
  keyboard_press ("ctrl+a");
  keyboard_type (text);
}

static void
assert_value (MsForm *form, const char *path, const char *json)
{
  g_autoptr (JsonNode) value = ms_field_dup_value (ms_form_find (form, path));
  g_autofree char *text = value != NULL ? ms_json_to_string (value) : g_strdup ("");

  g_assert_cmpstr (text, ==, json);
}

/* What a row shows, in a label or an entry. */
static void
assert_text (MsForm *form, const char *path, const char *text)
{
  GtkWidget *target = ms_field_row_get_target (MS_FIELD_ROW (get_row (form, path)));

  g_assert_cmpstr (GTK_IS_LABEL (target) ? gtk_label_get_text (GTK_LABEL (target))
                                         : gtk_editable_get_text (GTK_EDITABLE (target)),
                   ==,
                   text);
}

static MsForm *
open_new (const char *branch)
{
  GtkWidget *dialog;

  tree_select (fixture->window, branch);
  wait_for (find_button (get_pane (), "New…") != NULL
            && gtk_widget_is_sensitive (find_button (get_pane (), "New…")));
  console_settle ();
  pointer_click (find_button (get_pane (), "New…"), 1);
  wait_for ((dialog = find_window (MS_TYPE_NEW_OBJECT_WINDOW)) != NULL);
  console_settle ();
  return ms_new_object_window_get_form (MS_NEW_OBJECT_WINDOW (dialog));
}

static void
test_printer (void)
{
  GtkWidget       *dialog;
  g_autofree char *file = read_example ();

  install ("printers", file);
  wait_for (tree_has (fixture->window, "Printers"));
  MsForm *form = open_new ("Printers");
  take_shot ("kinds-printer-new");
  /* The default is seen before anybody chooses. */
  assert_value (form, "kind", "\"laser\"");
  type_field (form, "name", "Hall printer");
  type_field (form, "serialNumber", "SN-1");
  type_field (form, "model", "Laser 9");
  type_field (form, "pages", "1200");
  type_field (form, "costPerPage", "0,04");
  type_field (form, "bought", "2026-05-01 10:00");
  type_field (form, "manual", "https://example.org/laser");
  type_field (form, "adminPin", "4711");
  pointer_click (ms_field_row_get_target (MS_FIELD_ROW (reach (form, "color"))), 1);
  pointer_click (find_button (reach (form, "trays"), "Add"), 1);
  keyboard_type ("upper");
  console_settle ();
  take_shot ("kinds-printer-tray");
  keyboard_press ("Return");
  wait_for (find_window (MS_TYPE_NEW_OBJECT_WINDOW) == NULL);
  wait_for (find_label (get_pane (), "Hall printer") != NULL);
  console_settle ();
  take_shot ("kinds-printer-list");
  pointer_click (find_label (get_pane (), "Hall printer"), 1);
  keyboard_press ("alt+Return");
  wait_for ((dialog = find_window (MS_TYPE_PROPERTIES_WINDOW)) != NULL);
  wait_for (ms_properties_window_get_resource (MS_PROPERTIES_WINDOW (dialog)) != NULL);
  form = ms_properties_window_get_form (MS_PROPERTIES_WINDOW (dialog));
  console_settle ();
  take_shot ("kinds-printer-properties");
  assert_text (form, "costPerPage", "0.04");
  assert_text (form, "serialNumber", "SN-1");
  reach (form, "trays");
  take_shot ("kinds-printer-properties-2");
  type_field (form, "pages", "many");
  console_settle ();
  take_shot ("kinds-printer-wrong");
  wait_for (find_label (get_row (form, "pages"), "This is not a whole number") != NULL);
  type_field (form, "pages", "1300");
  keyboard_press ("Return");
  wait_for (find_window (MS_TYPE_PROPERTIES_WINDOW) == NULL);
  pointer_click (find_label (get_pane (), "Hall printer"), 1);
  keyboard_press ("Delete");
  wait_for ((dialog = find_window (ADW_TYPE_MESSAGE_DIALOG)) != NULL);
  console_settle ();
  pointer_click (find_button (dialog, "Delete"), 1);
  wait_for (find_label (get_pane (), "No Printers Yet") != NULL);
}

static MsForm *
open_user (const char *id)
{
  GtkWidget *dialog;

  ms_properties_present (GTK_WINDOW (fixture->window), get_connection (), "User", id);
  wait_for ((dialog = find_window (MS_TYPE_PROPERTIES_WINDOW)) != NULL);
  wait_for (ms_properties_window_get_resource (MS_PROPERTIES_WINDOW (dialog)) != NULL);
  ms_properties_window_show_page (MS_PROPERTIES_WINDOW (dialog), DESK);
  console_settle ();
  return ms_properties_window_get_form (MS_PROPERTIES_WINDOW (dialog));
}

static gboolean
knows_desk (void)
{
  MsSchemaRegistry *schemas = ms_connection_get_schemas (get_connection ());

  return ms_server_is_online (fixture->server) && schemas != NULL
         && ms_schema_registry_get_schema (schemas, DESK) != NULL;
}

static void
test_desk (void)
{
  install ("desk", desk_file);
  wait_for (knows_desk ());
  g_autofree char *id = console_create (
      fixture,
      "/scim/v2/Users",
      "{\"userName\":\"dora\",\"" DESK "\":{\"number\":\"D-1\",\"chosen\":true,\"cost\":99.5,"
      "\"bought\":\"2026-05-01T10:00:30Z\",\"stickers\":[\"a\",\"b\"],\"key\":\"secret\","
      "\"lamps\":[{\"value\":\"left\",\"on\":true,\"lit\":\"2026-05-01T10:00:30Z\","
      "\"note\":\"a\\nb\"}]}}");
  MsForm *form = open_user (id);
  take_shot ("kinds-desk");
  type_field (form, DESK ":drawers", "3");
  type_field (form, DESK ":width", "1.6");
  type_field (form, DESK ":since", "2026-05-01 10:00");
  type_field (form, DESK ":seal", "AAEC");
  type_field (form, DESK ":plan", "https://example.org/plan");
  pointer_click (ms_field_row_get_target (MS_FIELD_ROW (reach (form, DESK ":byWindow"))), 1);
  reach (form, DESK ":labels");
  keyboard_type ("quiet");
  keyboard_press ("Return");
  console_settle ();
  take_shot ("kinds-desk-fixed");
  /* What is set once is shown, whatever kind it is of. */
  assert_text (form, DESK ":chosen", "yes");
  assert_text (form, DESK ":cost", "99.5");
  assert_text (form, DESK ":bought", "2026-05-01 10:00");
  assert_text (form, DESK ":stickers", "a, b");
  assert_text (form, DESK ":sealed", "None");
  type_field (form, DESK ":key", "4711");
  /* An element that was changed keeps what a person cannot see of it. */
  type_part (reach (form, DESK ":lamps"), "Watts", "40");
  console_settle ();
  take_shot ("kinds-desk-lamps");
  /* A part that is wanted is named as the row names it. */
  type_field (form, DESK ":place.floor", "2");
  keyboard_press ("Return");
  wait_for (find_label (get_row (form, DESK ":place.room"), "“Room” is required") != NULL);
  console_settle ();
  take_shot ("kinds-desk-refused");
  type_field (form, DESK ":place.room", "12");
  keyboard_press ("Return");
  wait_for (find_window (MS_TYPE_PROPERTIES_WINDOW) == NULL);

  g_autofree char *desk = console_read_json (fixture, "Users", id, DESK);
  g_assert_cmpstr (desk,
                   ==,
                   "{\"number\":\"D-1\",\"byWindow\":true,\"drawers\":3,\"width\":1.6,"
                   "\"since\":\"2026-05-01T10:00:00.000Z\",\"seal\":\"AAEC\","
                   "\"plan\":\"https://example.org/plan\",\"chosen\":true,\"cost\":99.5,"
                   "\"bought\":\"2026-05-01T10:00:30.000Z\",\"stickers\":[\"a\",\"b\"],"
                   "\"labels\":[\"quiet\"],\"place\":{\"room\":\"12\",\"floor\":2},"
                   "\"lamps\":[{\"value\":\"left\",\"watts\":40,\"on\":true,"
                   "\"lit\":\"2026-05-01T10:00:30.000Z\",\"note\":\"a\\nb\"}]}");
}

int
main (int argc, char **argv)
{
  console_init (&argc, &argv);
  fixture = console_fixture_new ("--empty");
  console_fixture_connect (fixture);
  g_test_add_func ("/kinds/printer", test_printer);
  g_test_add_func ("/kinds/desk", test_desk);

  int status = g_test_run ();
  console_fixture_free (fixture);
  return status;
}
