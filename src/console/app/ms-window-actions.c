/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the window does: keys, reports with Undo, undoing and doing again.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-import-window.h"
#include "ms-notice.h"
#include "ms-window-private.h"

/* Reporting
 * ------------------------------------------------------------------------------------------------------
 */

/* libadwaita 1.2 frees a toast that is dismissed before it has slid in (at most 500 ms) under its
 * own animation, and crashes: each one gets the time to arrive. */
#define TOAST_ARRIVAL (700 * G_TIME_SPAN_MILLISECOND)

static gboolean
on_toast_arrived_cb (gpointer toast)
{
  adw_toast_dismiss (toast);
  return G_SOURCE_REMOVE;
}

static void
replace_toast (MsWindow *self, AdwToast *toast)
{
  gint64 now = g_get_monotonic_time ();
  gint64 due = self->toast != NULL ? self->toast_shown + TOAST_ARRIVAL : now;

  if (self->toast != NULL && due <= now)
    adw_toast_dismiss (self->toast);
  else if (self->toast != NULL)
    g_timeout_add_full (G_PRIORITY_DEFAULT,
                        (guint) ((due - now) / G_TIME_SPAN_MILLISECOND) + 1,
                        on_toast_arrived_cb,
                        g_object_ref (self->toast),
                        g_object_unref);
  self->toast_shown = MAX (now, due);
  g_set_object (&self->toast, toast);
}

static void
show_toast (MsWindow *self, const char *text, const char *button, const char *action)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  AdwToast        *toast = adw_toast_new (escaped);

  if (button != NULL)
    {
      adw_toast_set_button_label (toast, button);
      adw_toast_set_action_name (toast, action);
    }
  adw_toast_set_timeout (toast, 8);
  replace_toast (self, toast);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

void
ms_window_report_change (MsWindow *self, MsServer *server, const char *text, gint64 change)
{
  g_return_if_fail (MS_IS_WINDOW (self));
  g_return_if_fail (text != NULL);

  if (change > 0 && server != NULL)
    {
      ms_undo_stack_push (self->undo, server, change, text);
      show_toast (self, text, _("_Undo"), "win.undo");
    }
  else
    {
      show_toast (self, text, NULL, NULL);
    }
}

void
ms_window_report_error (MsWindow *self, const char *heading, const GError *error)
{
  g_return_if_fail (MS_IS_WINDOW (self));
  g_return_if_fail (error != NULL);

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    ms_notice_present (GTK_WINDOW (self), heading, error->message);
}

void
ms_window_set_acting_server (MsWindow *self, MsServer *server)
{
  g_return_if_fail (MS_IS_WINDOW (self));

  g_set_object (&self->acting_server, server);
}

static void
report_change_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsWindow *self = MS_WINDOW (widget);
  MsServer *server
      = self->acting_server != NULL ? self->acting_server : ms_window_get_server (self);
  const char *text;
  gint64      change;

  g_variant_get (parameter, "(&sx)", &text, &change);
  ms_window_report_change (self, server, text, change);
}

/* (sss): what an import did, its id, and "" – or "undone" where it was taken back. */
static void
report_import_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsWindow *self = MS_WINDOW (widget);
  MsServer *server
      = self->acting_server != NULL ? self->acting_server : ms_window_get_server (self);
  const char *text;
  const char *job;
  const char *state;

  g_variant_get (parameter, "(&s&s&s)", &text, &job, &state);
  ms_undo_stack_forget_import (self->undo, job);
  if (server != NULL && !g_str_equal (state, "undone"))
    {
      ms_undo_stack_push_import (self->undo, server, job, text);
      show_toast (self, text, _("_Undo"), "win.undo");
    }
  else
    {
      show_toast (self, text, NULL, NULL);
    }
}

/* Acting
 * ---------------------------------------------------------------------------------------------------------
 */

typedef struct
{
  MsWindow *window;
  char     *text;
} ActData;

static void
act_data_free (ActData *data)
{
  g_object_unref (data->window);
  g_free (data->text);
  g_free (data);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ActData, act_data_free)

static void
on_acted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ActData) data = user_data;
  MsObjectSet *set = MS_OBJECT_SET (source);
  g_autoptr (GError) error = NULL;
  gint64 change = 0;
  g_autoptr (JsonObject) answer = ms_object_set_act_finish (set, result, &change, &error);

  if (answer == NULL)
    {
      ms_window_report_error (data->window, _("Nothing Was Changed"), error);
      return;
    }
  /* It was so already: nothing was recorded, so there is nothing to undo and nothing to say. */
  if (change > 0)
    ms_window_report_change (data->window, ms_object_set_get_server (set), data->text, change);
}

void
ms_window_act (MsWindow    *self,
               MsObjectSet *set,
               const char  *verb,
               const char  *to,
               JsonObject  *options,
               const char  *text)
{
  ActData *data = g_new0 (ActData, 1);

  g_return_if_fail (MS_IS_WINDOW (self));

  data->window = g_object_ref (self);
  data->text = g_strdup (text);
  ms_object_set_act_async (set, verb, to, options, self->cancellable, on_acted_cb, data);
}

/* Undoing
 * --------------------------------------------------------------------------------------------------------
 */

typedef struct
{
  MsWindow   *window;
  MsUndoStep *step;
  gboolean    again;
} UndoData;

static void
undo_data_free (UndoData *data)
{
  g_object_unref (data->window);
  g_clear_pointer (&data->step, ms_undo_step_free);
  g_free (data);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (UndoData, undo_data_free)

static guint
count_refused (JsonObject *answer)
{
  JsonNode *node = json_object_get_member (answer, "refused");

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node)
             ? json_array_get_length (json_node_get_array (node))
             : 0;
}

/* Whoever undid one change set of an import may have meant all of it. %FALSE where @answer is of
 * none. */
static gboolean
offer_whole_import (UndoData *data, JsonObject *answer, const char *text)
{
  const char *job = json_object_get_string_member_with_default (answer, "job", NULL);
  gint64      changes = json_object_get_int_member_with_default (answer, "jobChanges", 0);

  if (data->step->job != NULL || job == NULL || changes < 2)
    return FALSE;
  g_autofree char *longer = g_strdup_printf (
      _("%s – one of %u changes of an import"), text, (guint) MIN (changes, G_MAXUINT));
  MsUndoStep *whole = g_new0 (MsUndoStep, 1);
  whole->server = g_object_ref (data->step->server);
  whole->job = g_strdup (job);
  whole->text = g_strdup (_("the whole import"));
  g_clear_pointer (&data->window->whole_import, ms_undo_step_free);
  data->window->whole_import = whole;
  show_toast (data->window, longer, _("Undo _Whole Import"), "win.undo-whole-import");
  return TRUE;
}

static void
report_undone (UndoData *data, JsonObject *answer)
{
  gint64           change = json_object_get_int_member_with_default (answer, "changeSet", 0);
  guint            refused = count_refused (answer);
  g_autofree char *text = NULL;

  if (refused > 0)
    text = g_strdup_printf (ngettext ("Undone except for %u part that cannot be put back: %s",
                                      "Undone except for %u parts that cannot be put back: %s",
                                      refused),
                            refused,
                            data->step->text);
  else if (data->again)
    text = g_strdup_printf (_("Done again: %s"), data->step->text);
  else
    text = g_strdup_printf (_("Undone: %s"), data->step->text);
  /* An import is undone by several change sets, which no single step could do again. */
  if (change == 0 || data->step->job != NULL)
    {
      show_toast (data->window, text, NULL, NULL);
      return;
    }
  if (data->again)
    ms_undo_stack_push_again (data->window->undo, data->step->server, change, data->step->text);
  else
    ms_undo_stack_push_redo (data->window->undo, data->step->server, change, data->step->text);
  if (!offer_whole_import (data, answer, text))
    show_toast (data->window,
                text,
                data->again
                ? _("_Undo")
                : _("_Redo"), data->again ? "win.undo" : "win.redo");
}

/* With the reason, as far as one is told. @refused: (nullable) */
static void
report_not_undone (UndoData *data, JsonArray *refused, const GError *error)
{
  const char *reason = refused != NULL && json_array_get_length (refused) > 0
                           ? json_object_get_string_member_with_default (
                               json_array_get_object_element (refused, 0), "reason", NULL)
                           : NULL;
  g_autoptr (GError) longer = g_error_copy (error);

  if (reason != NULL)
    {
      g_free (longer->message);
      longer->message = g_strdup_printf ("%s: %s", error->message, reason);
    }
  ms_window_report_error (data->window, _("This Cannot Be Undone"), longer);
}

static void
on_undone_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (UndoData) data = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (reply == NULL)
    report_not_undone (data, ms_connection_error_get_refused (result), error);
  else if (reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json))
    report_undone (data, json_node_get_object (reply->json));
}

static void
run_undo (MsWindow *self, MsUndoStep *step, gboolean again)
{
  UndoData *data;

  if (step == NULL)
    return;
  data = g_new0 (UndoData, 1);
  data->window = g_object_ref (self);
  data->step = step;
  data->again = again;
  if (step->job != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/api/v1/imports/%s/undo", step->job);

      ms_connection_request_async (ms_server_get_connection (step->server),
                                   "POST",
                                   path,
                                   NULL,
                                   NULL,
                                   self->cancellable,
                                   on_undone_cb,
                                   data);
      return;
    }
  ms_connection_undo_async (
      ms_server_get_connection (step->server), step->change, self->cancellable, on_undone_cb, data);
}

static void
undo_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsWindow *self = MS_WINDOW (widget);

  run_undo (self, ms_undo_stack_pop (self->undo), FALSE);
}

static void
redo_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsWindow *self = MS_WINDOW (widget);

  run_undo (self, ms_undo_stack_pop_redo (self->undo), TRUE);
}

static void
undo_whole_import_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsWindow *self = MS_WINDOW (widget);

  run_undo (self, g_steal_pointer (&self->whole_import), FALSE);
}

void
ms_window_undo_change (MsWindow *self, MsServer *server, gint64 change)
{
  MsUndoStep *step;

  g_return_if_fail (MS_IS_WINDOW (self));

  step = ms_undo_stack_take (self->undo, server, change);
  if (step == NULL)
    {
      step = g_new0 (MsUndoStep, 1);
      step->server = g_object_ref (server);
      step->change = change;
      step->text = g_strdup_printf (_("change %u"), (guint) change);
    }
  run_undo (self, step, FALSE);
}

static void
on_activity_undo_cb (MsActivityPane *pane, MsServer *server, gint64 change, gpointer user_data)
{
  ms_window_undo_change (MS_WINDOW (user_data), server, change);
}

/* Renaming in the tree
 * ------------------------------------------------------------------------------------------- */

static void
on_renamed_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ActData) data = user_data;
  g_autoptr (GError) error = NULL;
  gint64 change = 0;
  g_autoptr (MsResource) resource
             = ms_connection_resource_finish (MS_CONNECTION (source), result, &change, &error);
  g_autofree char *text = NULL;

  if (resource == NULL)
    {
      ms_window_report_error (data->window, _("The Mail Group Could Not Be Renamed"), error);
      return;
    }
  text = g_strdup_printf (_("Renamed %s to %s"), data->text, ms_resource_get_label (resource));
  if (change > 0)
    ms_window_report_change (data->window, ms_window_get_server (data->window), text, change);
}

static void
on_tree_renamed_cb (MsTreePane *tree, MsNode *node, const char *name, gpointer user_data)
{
  MsWindow   *self = MS_WINDOW (user_data);
  MsResource *resource = ms_node_get_resource (node);
  g_autoptr (JsonArray) operations = json_array_new ();
  JsonObject *operation = json_object_new ();
  ActData    *data = g_new0 (ActData, 1);

  json_object_set_string_member (operation, "op", "replace");
  json_object_set_string_member (operation, "path", "name");
  json_object_set_string_member (operation, "value", name);
  json_array_add_object_element (operations, operation);
  data->window = g_object_ref (self);
  data->text = ms_node_dup_label (node);
  ms_connection_patch_async (ms_server_get_connection (ms_node_get_server (node)),
                             ms_resource_get_type_name (resource),
                             ms_resource_get_id (resource),
                             operations,
                             ms_resource_get_etag (resource),
                             self->cancellable,
                             on_renamed_done_cb,
                             data);
}

void
ms_window_start_rename (MsWindow *self)
{
  g_return_if_fail (MS_IS_WINDOW (self));

  ms_tree_pane_start_rename (self->tree);
}

/* The rest
 * -------------------------------------------------------------------------------------------------------
 */

static void
toggle_sidebar_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsWindow *self = MS_WINDOW (widget);

  gtk_widget_set_visible (GTK_WIDGET (self->tree),
                          !gtk_widget_get_visible (GTK_WIDGET (self->tree)));
}

static void
filter_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsWindow *self = MS_WINDOW (widget);

  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->content), "list") == 0)
    ms_list_pane_focus_filter (self->list);
  else if (g_strcmp0 (gtk_stack_get_visible_child_name (self->content), "bin") == 0)
    ms_row_pane_focus_filter (MS_ROW_PANE (self->bin));
  else if (g_strcmp0 (gtk_stack_get_visible_child_name (self->content), "things") == 0)
    ms_row_pane_focus_filter (MS_ROW_PANE (self->things));
}

static void
refresh_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsWindow *self = MS_WINDOW (widget);

  ms_list_pane_reload (self->list);
  ms_activity_pane_reload (self->activity);
  ms_row_pane_reload (MS_ROW_PANE (self->bin));
  ms_row_pane_reload (MS_ROW_PANE (self->things));
}

static void
select_all_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ms_list_pane_select_all (MS_WINDOW (widget)->list, TRUE);
}

static void
focus_tree_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsWindow  *self = MS_WINDOW (widget);
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->tree)))
    gtk_widget_child_focus (GTK_WIDGET (self->content), GTK_DIR_TAB_FORWARD);
  else
    gtk_widget_grab_focus (GTK_WIDGET (self->tree));
}

static void
show_menu_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gtk_menu_button_popup (MS_WINDOW (widget)->menu_button);
}

static void
add_server_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ms_window_ask_server (MS_WINDOW (widget), NULL, NULL);
}

void
ms_window_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.report-change", "(sx)", report_change_action);
  gtk_widget_class_install_action (
      widget_class, "win.report-import", "(sss)", report_import_action);
  gtk_widget_class_install_action (widget_class, "win.undo", NULL, undo_action);
  gtk_widget_class_install_action (widget_class, "win.redo", NULL, redo_action);
  gtk_widget_class_install_action (
      widget_class, "win.undo-whole-import", NULL, undo_whole_import_action);
  gtk_widget_class_install_action (widget_class, "win.toggle-sidebar", NULL, toggle_sidebar_action);
  gtk_widget_class_install_action (widget_class, "win.filter", NULL, filter_action);
  gtk_widget_class_install_action (widget_class, "win.refresh", NULL, refresh_action);
  gtk_widget_class_install_action (widget_class, "win.select-all", NULL, select_all_action);
  gtk_widget_class_install_action (widget_class, "win.switch-pane", NULL, focus_tree_action);
  gtk_widget_class_install_action (widget_class, "win.show-menu", NULL, show_menu_action);
  gtk_widget_class_install_action (widget_class, "win.add-server", NULL, add_server_action);
  gtk_widget_class_bind_template_callback (widget_class, on_activity_undo_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_tree_renamed_cb);

  /* Below what has the focus: an entry undoes its own typing and deletes its own text. */
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_z, GDK_CONTROL_MASK, "win.undo", NULL);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_z, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "win.redo", NULL);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_n, GDK_CONTROL_MASK, "node.new-user", NULL);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_i, GDK_CONTROL_MASK, "node.import", NULL);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_e, GDK_CONTROL_MASK, "node.explain-any", NULL);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_f, GDK_CONTROL_MASK, "win.filter", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F5, 0, "win.refresh", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F6, 0, "win.switch-pane", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F9, 0, "win.toggle-sidebar", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F10, 0, "win.show-menu", NULL);
}

/* The same keys in both panes; each has its own "object" group. */
static void
add_pane_keys (GtkWidget *pane, MsVerbs *verbs)
{
  static const struct
  {
    const char *trigger;
    const char *action;
  } keys[] = {
    { "Delete", "object.delete" },
    { "Delete", "object.remove-entries" },
    { "F2", "object.rename" },
    { "<Alt>Return", "object.properties" },
    { "<Control><Shift>m", "object.move-to" },
    { "<Control><Shift>l", "object.add-to-list" },
    { "<Control>d", "object.duplicate" },
    { "<Control><Shift>p", "object.reset-password" },
    { "<Control>c", "object.copy-address" },
    { "<Control>e", "object.explain" },
  };
  GtkEventController *controller = gtk_shortcut_controller_new ();

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_shortcut_controller_add_shortcut (
        GTK_SHORTCUT_CONTROLLER (controller),
        gtk_shortcut_new (gtk_shortcut_trigger_parse_string (keys[i].trigger),
                          gtk_named_action_new (keys[i].action)));
  gtk_widget_add_controller (pane, controller);
  gtk_widget_insert_action_group (pane, "object", ms_verbs_get_group (verbs));
}

void
ms_window_init_actions (MsWindow *self)
{
  self->node_verbs = ms_verbs_new (self, TRUE);
  self->object_verbs = ms_verbs_new (self, FALSE);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "node", ms_verbs_get_group (self->node_verbs));
  add_pane_keys (GTK_WIDGET (self->tree), self->node_verbs);
  add_pane_keys (GTK_WIDGET (self->list), self->object_verbs);
  g_signal_connect_object (
      self->undo, "changed", G_CALLBACK (ms_window_update_actions), self, G_CONNECT_SWAPPED);
}

void
ms_window_update_actions (MsWindow *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  MsServer  *server = ms_window_get_server (self);

  gtk_widget_action_set_enabled (widget, "win.undo", ms_undo_stack_can_undo (self->undo));
  gtk_widget_action_set_enabled (widget, "win.redo", ms_undo_stack_can_redo (self->undo));
  gtk_widget_set_sensitive (GTK_WIDGET (self->new_button),
                            server != NULL && ms_server_is_writable (server));
}
