/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The import through its window, against a real server: the sample again, a file without header,
 * and bad files.
 */
#include "ms-dialog-test.h"

#include <glib/gstdio.h>
#include <string.h>
#include "ms-import-assistant.h"
#include "ms-import-columns.h"
#include "ms-import-row-item.h"

static GFile *
write_file (const char *contents, gssize length)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  int fd = g_file_open_tmp ("mailstead-XXXXXX.csv", &path, &error);

  g_assert_no_error (error);
  g_close (fd, NULL);
  g_file_set_contents (path, contents, length, &error);
  g_assert_no_error (error);

  return g_file_new_for_path (path);
}

static GtkWidget *
open_with (GFile *file)
{
  GtkWidget *window = ms_import_assistant_new (
      ms_dialog_test_get_parent (), ms_dialog_test_get_connection (), file, NULL);

  gtk_window_present (GTK_WINDOW (window));
  MS_WAIT (
      !ms_import_source_is_loading (ms_import_assistant_get_source (MS_IMPORT_ASSISTANT (window))));

  return window;
}

static gint64
count (GtkWidget *window, const char *status)
{
  return ms_import_task_get_count (ms_import_assistant_get_task (MS_IMPORT_ASSISTANT (window)),
                                   status);
}

static gboolean
is_rehearsed (GtkWidget *window)
{
  return g_str_equal (
      ms_import_task_get_state (ms_import_assistant_get_task (MS_IMPORT_ASSISTANT (window))),
      "rehearsed");
}

/* The file of an admin in a hurry: three columns, no header (issue 2). */
static void
test_without_header (void)
{
  g_autoptr (GFile) file
             = write_file ("\"jib.one\",\"Jib One\",\"Abcd-12345-x\"\n\"jib.two\",\"Jib, the "
                           "\"\"Second\"\"\",\"Abcd-12345-y\"\n",
                           -1);
  GtkWidget         *window = open_with (file);
  MsImportAssistant *self = MS_IMPORT_ASSISTANT (window);
  const char        *reason = NULL;
  g_autoptr (MsResource) user = NULL;
  g_autoptr (MsResource) box = NULL;

  g_assert_false (ms_import_source_get_format (ms_import_assistant_get_source (self))->has_header);
  ms_dialog_test_shot (window, "import-headerless-1-file");
  ms_dialog_test_go_on (window, "Next", "fields");
  g_assert_true (
      ms_import_fields_step_is_complete (ms_import_assistant_get_fields (self), &reason));
  g_assert_true (ms_import_fields_step_has (ms_import_assistant_get_fields (self), "password"));
  ms_dialog_test_shot (window, "import-headerless-2-fields");
  ms_dialog_test_go_on (window, "Next", "options");
  ms_dialog_test_go_on (window, "Rehearse", "rehearsal");
  MS_WAIT (is_rehearsed (window));
  g_assert_cmpint (count (window, "create"), ==, 2);
  g_assert_null (ms_dialog_test_find ("User", "userName eq \"jib.one\""));
  ms_dialog_test_go_on (window, "Import 2 Rows", "result");

  user = ms_dialog_test_find ("User", "userName eq \"jib.two\"");
  box = ms_dialog_test_find ("Mailbox", "name eq \"jib.two\"");
  g_assert_cmpstr (ms_resource_get_string (user, "displayName"), ==, "Jib, the \"Second\"");
  g_assert_true (ms_resource_get_boolean (box, "primary", FALSE));
  /* So that Ctrl+Z means the import, and not what was done before it */
  MS_WAIT (ms_dialog_test_get_report () != NULL);
  g_assert_cmpstr (ms_dialog_test_get_report (), ==, "Imported 2 rows");
  ms_dialog_test_close_all ();
  g_file_delete (file, NULL, NULL);
}

/* Every one of them is there already. */
static void
test_sample (void)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("MS_SOURCE_DIR"), "data/examples/staff.csv", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GtkWidget         *window = open_with (file);
  MsImportAssistant *self = MS_IMPORT_ASSISTANT (window);
  GListModel        *rows;
  g_autoptr (MsImportRowItem) last = NULL;

  ms_dialog_test_shot (window, "import-1-file");
  ms_dialog_test_go_on (window, "Next", "fields");
  g_assert_true (ms_import_fields_step_has (ms_import_assistant_get_fields (self), "aliases"));
  ms_dialog_test_shot (window, "import-2-fields");
  ms_dialog_test_go_on (window, "Next", "options");
  ms_dialog_test_type (ms_import_assistant_get_options (self), "onExisting", "update");
  ms_dialog_test_shot (window, "import-3-options");
  ms_dialog_test_go_on (window, "Rehearse", "rehearsal");
  MS_WAIT (is_rehearsed (window));
  g_assert_cmpint (count (window, "create"), ==, 0);
  g_assert_cmpint (count (window, "update") + count (window, "skip"), >, 400);
  rows = ms_import_rehearsal_step_get_rows (ms_import_assistant_get_rehearsal (self));
  MS_WAIT (g_list_model_get_n_items (rows) > 400);
  last = g_list_model_get_item (rows, g_list_model_get_n_items (rows) - 1);
  MS_WAIT (ms_import_row_item_is_loaded (last));
  g_assert_cmpint (ms_import_row_item_get_line (last), >, 400);
  ms_dialog_test_shot (window, "import-4-rehearsal");
  ms_dialog_test_close_all ();
}

static gboolean
is_filled (GFile *file, char **contents)
{
  g_clear_pointer (contents, g_free);

  return g_file_load_contents (file, NULL, contents, NULL, NULL, NULL) && (*contents)[0] != '\0';
}

/* New ones, changed ones, refused ones; passwords generated; undone in the end. */
static void
test_mixed (void)
{
  g_autoptr (GFile) file = write_file ("Full name;Username;Aliases;Quota;Group\n"
                                       "Kay Boatswain;kay.boatswain;kay, bosun;1 GB;New Quay/East\n"
                                       "John Doe the Elder;john;jdoe;10 GB;Administration\n"
                                       "No Name;;;;\n"
                                       "Bad Quota;bad.quota;;lots;\n",
                                       -1);
  g_autoptr (GFile) saved = write_file ("", 0);
  GtkWidget         *window = open_with (file);
  MsImportAssistant *self = MS_IMPORT_ASSISTANT (window);
  MsForm            *options = ms_import_assistant_get_options (self);
  g_autoptr (JsonNode) yes = json_from_string ("true", NULL);
  g_autofree char *contents = NULL;
  g_autoptr (MsResource) kay = NULL;
  g_autoptr (MsResource) gone = NULL;

  g_assert_cmpint (
      ms_import_source_get_format (ms_import_assistant_get_source (self))->delimiter, ==, ';');
  ms_dialog_test_go_on (window, "Next", "fields");
  ms_dialog_test_go_on (window, "Next", "options");
  ms_dialog_test_type (options, "onExisting", "update");
  ms_field_set_value (ms_form_find (options, "generatePasswords"), yes);
  ms_dialog_test_go_on (window, "Rehearse", "rehearsal");
  MS_WAIT (is_rehearsed (window));
  g_assert_cmpint (count (window, "create"), ==, 1);
  g_assert_cmpint (count (window, "update"), ==, 1);
  g_assert_cmpint (count (window, "refuse"), ==, 2);
  ms_dialog_test_shot (window, "import-mixed-4-rehearsal");
  ms_import_rehearsal_step_filter (ms_import_assistant_get_rehearsal (self), "refuse");
  MS_WAIT (g_list_model_get_n_items (
               ms_import_rehearsal_step_get_rows (ms_import_assistant_get_rehearsal (self)))
           == 2);
  ms_dialog_test_shot (window, "import-mixed-4-refused");
  ms_dialog_test_go_on (window, "Import 2 Rows", "result");
  ms_dialog_test_shot (window, "import-mixed-6-result");
  kay = ms_dialog_test_find ("User", "userName eq \"kay.boatswain\"");
  g_assert_nonnull (kay);

  ms_import_result_save (ms_import_assistant_get_result (self), saved, FALSE);
  MS_WAIT (is_filled (saved, &contents));
  g_assert_nonnull (strstr (contents, "bad.quota"));
  g_assert_null (strstr (contents, "kay.boatswain"));

  ms_dialog_test_forget_report ();
  ms_dialog_test_press (window, "Undo Import");
  MS_WAIT (ms_dialog_test_get_report () != NULL);
  gone = ms_dialog_test_find ("User", "userName eq \"kay.boatswain\"");
  g_assert_null (gone);
  ms_dialog_test_close_all ();
  g_file_delete (file, NULL, NULL);
  g_file_delete (saved, NULL, NULL);
}

static const struct
{
  const char *name;
  const char *contents;
  gssize      length;
} bad_files[] = {
  { "empty", "", 0 },
  { "binary",
    "\x7f"
    "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0",
    24 },
  { "quote-never-ends", "a,b\n\"c,d\n", -1 },
};

static void
test_bad_files (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_files); i++)
    {
      g_autoptr (GFile) file = write_file (bad_files[i].contents, bad_files[i].length);
      GtkWidget       *window = open_with (file);
      g_autofree char *name = g_strdup_printf ("import-bad-%s", bad_files[i].name);

      g_assert_nonnull (ms_import_source_get_error (
          ms_import_assistant_get_source (MS_IMPORT_ASSISTANT (window))));
      g_assert_false (gtk_widget_is_sensitive (ms_dialog_test_find_button (window, "Next")));
      ms_dialog_test_shot (window, name);
      ms_dialog_test_close_all ();
      g_file_delete (file, NULL, NULL);
    }
}

/* A header or a first record that is longer than what is looked at at first; its beginning is
 * shown.
 */
static void
test_long_first (void)
{
  static const char *const starts[] = { "list,members\nAll,user:a", "list,members,urn:x:a" };

  for (guint i = 0; i < G_N_ELEMENTS (starts); i++)
    {
      g_autoptr (GString) text = g_string_new (starts[i]);

      while (text->len < 1000 * 1000)
        g_string_append (text, i == 0 ? "; user:abcdefgh" : "abcdefgh");
      g_string_append (text, i == 0 ? "\nMore,user:b\n" : "\nMore,user:b,c\n");
      g_autoptr (GFile) file = write_file (text->str, (gssize) text->len);
      GtkWidget      *window = open_with (file);
      MsImportSource *source = ms_import_assistant_get_source (MS_IMPORT_ASSISTANT (window));
      GPtrArray      *preview = ms_import_source_get_preview (source);

      g_assert_no_error (ms_import_source_get_error (source));
      g_assert_cmpuint (g_strv_length ((char **) ms_import_source_get_columns (source)), ==, 2 + i);
      g_assert_cmpuint (preview->len, ==, 2 - i);
      g_assert_cmpstr (((char **) preview->pdata[1 - i])[0], ==, "More");
      g_assert_true (gtk_widget_is_sensitive (ms_dialog_test_find_button (window, "Next")));
      ms_dialog_test_close_all ();
      g_file_delete (file, NULL, NULL);
    }
}

/* The whole sample through the window, into a store from which it was taken by undoing its import.
 */
static void
test_sample_afresh (void)
{
  g_autoptr (MsReply) list = ms_dialog_test_request ("GET", "/api/v1/imports", NULL);
  JsonArray  *imports = json_object_get_array_member (json_node_get_object (list->json), "imports");
  const char *oldest = json_object_get_string_member (
      json_array_get_object_element (imports, json_array_get_length (imports) - 1), "id");
  g_autofree char *undo = g_strdup_printf ("/api/v1/imports/%s/undo", oldest);
  g_autoptr (MsReply) undone = ms_dialog_test_request ("POST", undo, NULL);
  g_autofree char *path
      = g_build_filename (g_getenv ("MS_SOURCE_DIR"), "data/examples/staff.csv", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (MsResource) gone = ms_dialog_test_find ("User", "userName eq \"ming.li\"");
  GtkWidget *window = open_with (file);
  g_autoptr (MsResource) user = NULL;
  g_autoptr (MsResource) box = NULL;

  g_assert_cmpuint (undone->status, ==, 200);
  g_assert_null (gone);
  ms_dialog_test_go_on (window, "Next", "fields");
  ms_dialog_test_go_on (window, "Next", "options");
  ms_dialog_test_go_on (window, "Rehearse", "rehearsal");
  MS_WAIT (is_rehearsed (window));
  g_assert_cmpint (count (window, "create"), ==, 500);
  g_assert_cmpint (count (window, "refuse"), ==, 0);
  ms_dialog_test_go_on (window, "Import 500 Rows", "result");

  user = ms_dialog_test_find ("User", "userName eq \"maria.nunez\"");
  box = ms_dialog_test_find ("Mailbox", "name eq \"maria.nunez\"");
  g_assert_cmpstr (ms_resource_get_string (user, "displayName"), ==, "María José Núñez");
  g_assert_cmpint (ms_resource_get_int (box, "quota", 0), ==, 5000000000);
  g_assert_cmpstr (ms_resource_get_string (box, "group.display"), ==, "Finance");
  ms_dialog_test_close_all ();
}

static void
test_empty_window (void)
{
  GtkWidget *window = ms_import_assistant_new (
      ms_dialog_test_get_parent (), ms_dialog_test_get_connection (), NULL, NULL);

  gtk_window_present (GTK_WINDOW (window));
  ms_dialog_test_shot (window, "import-0-empty");
  g_assert_false (gtk_widget_is_sensitive (ms_dialog_test_find_button (window, "Next")));
  ms_dialog_test_close_all ();
}

static void
add_tests (void)
{
  g_test_add_func ("/import/long-first", test_long_first);
  g_test_add_func ("/import/empty-window", test_empty_window);
  g_test_add_func ("/import/without-header", test_without_header);
  g_test_add_func ("/import/sample", test_sample);
  g_test_add_func ("/import/mixed", test_mixed);
  g_test_add_func ("/import/bad-files", test_bad_files);
  g_test_add_func ("/import/sample-afresh", test_sample_afresh);
}

int
main (int argc, char **argv)
{
  return ms_dialog_test_main (argc, argv, TRUE, add_tests);
}
