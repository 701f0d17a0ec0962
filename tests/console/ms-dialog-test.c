/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. There is one server and one connection for a whole program: starting one costs
 * seconds.
 */
#include "ms-dialog-test.h"

#include "ms-assistant.h"

#include <string.h>
#include "ms-json.h"
#include "ms-real-server.h"

static RealServer   *server;
static MsConnection *connection;
static GtkWindow    *parent;
static char         *report;
static gint64        reported_change;

void
ms_dialog_test_iterate (void)
{
  g_autoptr (GSource) tick = g_timeout_source_new (20);

  /* A tick, so that waiting for something that never comes ends too */
  g_source_set_callback (tick, G_SOURCE_FUNC (g_main_context_wakeup), NULL, NULL);
  g_source_attach (tick, NULL);
  g_main_context_iteration (NULL, TRUE);
  g_source_destroy (tick);
}

void
ms_wait_for (MsCondition condition, gpointer data, const char *what)
{
  gint64 deadline = g_get_monotonic_time () + 90 * G_USEC_PER_SEC;

  while (!condition (data))
    {
      if (g_get_monotonic_time () > deadline)
        g_error ("Waited in vain for %s", what);
      ms_dialog_test_iterate ();
    }
}

static void
on_report_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  const char *text;

  g_variant_get (parameter, "(&sx)", &text, &reported_change);
  g_free (report);
  report = g_strdup (text);
}

static void
on_import_report_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  const char *text;
  const char *job;
  const char *state;

  g_variant_get (parameter, "(&s&s&s)", &text, &job, &state);
  g_assert_cmpstr (job, !=, "");
  g_free (report);
  report = g_strdup (text);
}

static void
on_logged_on_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  (void) ms_connection_log_on_finish (connection, result, &error);
  g_assert_no_error (error);
}

static void
connect_to_server (void)
{
  server = real_server_new ("--sample");
  connection = ms_connection_new (real_server_get (server, "url"),
                                  real_server_get (server, "user"),
                                  "console",
                                  real_server_get (server, "fingerprint"));
  ms_connection_log_on_async (
      connection, real_server_get (server, "password"), NULL, NULL, on_logged_on_cb, NULL);
  MS_WAIT (ms_connection_get_state (connection) == MS_CONNECTION_ONLINE);
}

static void
make_parent (void)
{
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) action = g_simple_action_new ("report-change", G_VARIANT_TYPE ("(sx)"));
  g_autoptr (GSimpleAction) import_action
             = g_simple_action_new ("report-import", G_VARIANT_TYPE ("(sss)"));

  g_signal_connect (action, "activate", G_CALLBACK (on_report_cb), NULL);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
  g_signal_connect (import_action, "activate", G_CALLBACK (on_import_report_cb), NULL);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (import_action));
  parent = GTK_WINDOW (adw_window_new ());
  gtk_widget_insert_action_group (GTK_WIDGET (parent), "win", G_ACTION_GROUP (group));
  gtk_window_set_default_size (parent, 1180, 760);
  gtk_window_present (parent);
}

int
ms_dialog_test_main (int argc, char **argv, gboolean with_server, void (*add_tests) (void))
{
  int status;

  (void) setvbuf (stdout, NULL, _IOLBF, 0); /* as in console-fixture.c */
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  make_parent ();
  if (with_server)
    connect_to_server ();
  add_tests ();
  status = g_test_run ();

  ms_dialog_test_close_all ();
  gtk_window_destroy (parent);
  if (connection != NULL)
    ms_connection_close (connection);
  g_clear_object (&connection);
  g_clear_pointer (&server, real_server_free);
  g_clear_pointer (&report, g_free);

  return status;
}

MsConnection *
ms_dialog_test_get_connection (void)
{
  return connection;
}

GtkWindow *
ms_dialog_test_get_parent (void)
{
  return parent;
}

const char *
ms_dialog_test_get_report (void)
{
  return report;
}

gint64
ms_dialog_test_get_reported_change (void)
{
  return reported_change;
}

void
ms_dialog_test_forget_report (void)
{
  g_clear_pointer (&report, g_free);
  reported_change = 0;
}

/* Requests ----------------------------------------------------------------------------------------
 */

static void
on_reply_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

MsReply *
ms_dialog_test_request (const char *method, const char *path, JsonNode *body)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  MsReply *reply;

  ms_connection_request_async (connection, method, path, body, NULL, NULL, on_reply_cb, &result);
  MS_WAIT (result != NULL);
  reply = ms_connection_request_finish (connection, result, &error);
  g_assert_no_error (error);

  return reply;
}

MsResource *
ms_dialog_test_find (const char *type_name, const char *filter)
{
  g_autofree char *escaped = g_uri_escape_string (filter, NULL, FALSE);
  g_autofree char *path
      = g_strdup_printf ("%s?filter=%s", ms_type_name_to_endpoint (type_name), escaped);
  g_autoptr (MsReply) reply = ms_dialog_test_request ("GET", path, NULL);
  JsonObject *list = json_node_get_object (reply->json);
  JsonArray  *resources;

  if (!json_object_has_member (list, "Resources"))
    return NULL;
  resources = json_object_get_array_member (list, "Resources");
  if (json_array_get_length (resources) == 0)
    return NULL;

  return ms_resource_new (json_array_get_object_element (resources, 0));
}

MsResource *
ms_dialog_test_get (const char *type_name, const char *id)
{
  g_autofree char *path = g_strdup_printf ("%s/%s", ms_type_name_to_endpoint (type_name), id);
  g_autoptr (MsReply) reply = ms_dialog_test_request ("GET", path, NULL);

  return ms_resource_new (json_node_get_object (reply->json));
}

void
ms_dialog_test_patch (MsResource *resource, const char *path, const char *value)
{
  g_autofree char *url
      = g_strdup_printf ("%s/%s",
                         ms_type_name_to_endpoint (ms_resource_get_type_name (resource)),
                         ms_resource_get_id (resource));
  g_autofree char *text
      = g_strdup_printf ("{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],"
                         "\"Operations\":[{\"op\":\"replace\",\"path\":\"%s\",\"value\":\"%s\"}]}",
                         path,
                         value);
  g_autoptr (JsonNode) body = json_from_string (text, NULL);
  g_autoptr (MsReply) reply = ms_dialog_test_request ("PATCH", url, body);

  g_assert_cmpuint (reply->status, ==, 200);
}

/* Widgets -----------------------------------------------------------------------------------------
 */

static gboolean
has_label (GtkWidget *button, const char *label)
{
  const char *text = gtk_button_get_label (GTK_BUTTON (button));
  g_autoptr (GString) plain = g_string_new (text);

  g_string_replace (plain, "__", "\a", 0);
  g_string_replace (plain, "_", "", 0);
  g_string_replace (plain, "\a", "_", 0);

  return text != NULL && g_str_equal (plain->str, label);
}

static GtkWidget *
find_button (GtkWidget *root, const char *label, gboolean sensitive)
{
  if (GTK_IS_BUTTON (root) && gtk_widget_get_mapped (root) && has_label (root, label)
      && (!sensitive || gtk_widget_is_sensitive (root)))
    return root;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_button (child, label, sensitive);

      if (found != NULL)
        return found;
    }

  return NULL;
}

GtkWidget *
ms_dialog_test_find_button (GtkWidget *root, const char *label)
{
  return find_button (root, label, FALSE);
}

GtkWidget *
ms_dialog_test_find_sensitive (GtkWidget *root, const char *label)
{
  return find_button (root, label, TRUE);
}

void
ms_dialog_test_press (GtkWidget *root, const char *label)
{
  GtkWidget *button = NULL;

  MS_WAIT ((button = ms_dialog_test_find_button (root, label)) != NULL
           && gtk_widget_is_sensitive (button));
  gtk_widget_activate (button);
}

gpointer
ms_dialog_test_find_window (GType type)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (g_type_is_a (G_OBJECT_TYPE (window), type))
        return window;
    }

  return NULL;
}

void
ms_dialog_test_close_all (void)
{
  GListModel *windows = gtk_window_get_toplevels ();
  guint       n;

  /* The newest first: it may belong to an older one */
  while ((n = g_list_model_get_n_items (windows)) > 0)
    {
      GtkWindow *newest = NULL;

      for (guint i = 0; i < n; i++)
        {
          g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

          if (window != parent)
            newest = window;
        }
      if (newest == NULL)
        return;
      gtk_window_destroy (newest);
    }
}

void
ms_dialog_test_type (MsForm *form, const char *path, const char *text)
{
  MsField *field = ms_form_find (form, path);
  g_autoptr (JsonNode) value = json_node_init_string (json_node_alloc (), text);

  g_assert_nonnull (field);
  ms_field_set_value (field, value);
}

char *
ms_dialog_test_value (MsForm *form, const char *path)
{
  g_autoptr (JsonNode) value = ms_field_dup_value (ms_form_find (form, path));

  return value != NULL ? ms_json_to_string (value) : g_strdup ("");
}

/* Pictures ----------------------------------------------------------------------------------------
 */

static void
let_draw (void)
{
  gint64 until = g_get_monotonic_time () + 250 * 1000;

  while (g_get_monotonic_time () < until)
    ms_dialog_test_iterate ();
}

static void
save (GtkWidget *window, const char *name, const char *scheme)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (window);
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  int width = gdk_paintable_get_intrinsic_width (paintable);
  int height = gdk_paintable_get_intrinsic_height (paintable);
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  g_autofree char *file = NULL;

  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_to_node (snapshot);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)),
                                         node,
                                         &GRAPHENE_RECT_INIT (0, 0, width, height));
  file = g_strdup_printf ("%s/%s-%s.png", g_getenv ("MS_SHOTS"), name, scheme);
  g_assert_true (gdk_texture_save_to_png (texture, file));
}

void
ms_dialog_test_shot (gpointer window, const char *name)
{
  AdwStyleManager *style = adw_style_manager_get_default ();

  if (g_getenv ("MS_SHOTS") == NULL || g_getenv ("MS_SHOTS")[0] == '\0')
    return;

  let_draw ();
  save (window, name, "light");
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_FORCE_DARK);
  let_draw ();
  save (window, name, "dark");
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_FORCE_LIGHT);
}

gboolean
ms_dialog_test_is_on (GtkWidget *window, const char *step)
{
  return g_strcmp0 (ms_assistant_get_step (MS_ASSISTANT (window)), step) == 0;
}

void
ms_dialog_test_go_on (GtkWidget *window, const char *button, const char *step)
{
  ms_dialog_test_press (window, button);
  MS_WAIT (ms_dialog_test_is_on (window, step));
}
