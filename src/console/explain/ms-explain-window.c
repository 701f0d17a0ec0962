/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Asked while typing; an answer that is no longer wanted is cancelled.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-explain-window.h"
#include "ms-properties.h"
#include "ms-way-cell.h"
#include "ms-way-words.h"

/* Problems that are written out; the tree marks all of them. */
#define MAX_PROBLEMS 8

struct _MsExplainWindow
{
  MsDialog parent_instance;

  /* Template children */
  GtkWidget   *entry;
  GtkLabel    *error;
  GtkListView *list;
  GtkBox      *problems;
  GtkStack    *stack;
  GtkLabel    *summary;

  /* Owned */
  MsConnection  *connection;
  GCancellable  *question;
  MsExplanation *explanation;
};

G_DEFINE_FINAL_TYPE (MsExplainWindow, ms_explain_window, MS_TYPE_DIALOG)

/* The tree ---------------------------------------------------------------------------------- */

static GListModel *
create_children (gpointer item, gpointer user_data)
{
  GListModel *children = ms_way_row_get_children (MS_WAY_ROW (item));

  return children != NULL ? g_object_ref (children) : NULL;
}

static void
on_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  gtk_list_item_set_child (item, ms_way_cell_new ());
}

static void
on_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  ms_way_cell_set_row (MS_WAY_CELL (gtk_list_item_get_child (item)), gtk_list_item_get_item (item));
}

static void
on_unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  ms_way_cell_set_row (MS_WAY_CELL (gtk_list_item_get_child (item)), NULL);
}

static void
on_row_activate_cb (GtkListView *list, guint position, gpointer user_data)
{
  MsExplainWindow *self = MS_EXPLAIN_WINDOW (user_data);
  g_autoptr (GtkTreeListRow) row
             = g_list_model_get_item (G_LIST_MODEL (gtk_list_view_get_model (list)), position);
  g_autoptr (MsWayRow) item = row != NULL ? gtk_tree_list_row_get_item (row) : NULL;

  if (item == NULL)
    return;
  const char *type_name = ms_way_row_get_type_name (item);
  if (!g_str_equal (type_name, "address") && !g_str_equal (type_name, "outside"))
    ms_properties_present (
        GTK_WINDOW (self), self->connection, type_name, ms_way_row_get_id (item));
}

static void
show_tree (MsExplainWindow *self)
{
  g_autoptr (GListStore) root = g_list_store_new (MS_TYPE_WAY_ROW);

  g_list_store_append (root, ms_explanation_get_root (self->explanation));
  GtkTreeListModel *tree = gtk_tree_list_model_new (
      G_LIST_MODEL (g_steal_pointer (&root)), FALSE, TRUE, create_children, NULL, NULL);
  g_autoptr (GtkSingleSelection) selection = gtk_single_selection_new (G_LIST_MODEL (tree));
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));
}

/* What is wrong ------------------------------------------------------------------------------- */

/* Higher than one line: a wrapped line alone is measured a pixel lower where no width is given, and
 * GTK complains of rows that need more than they said. */
#define PROBLEM_HEIGHT 20

static void
add_problem (MsExplainWindow *self, const char *text)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *icon = gtk_image_new_from_icon_name ("dialog-warning-symbolic");
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_set_size_request (row, -1, PROBLEM_HEIGHT);
  gtk_widget_add_css_class (icon, "warning");
  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_lines (GTK_LABEL (label), 3);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (row), icon);
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (self->problems, row);
}

static void
show_problems (MsExplainWindow *self)
{
  gint64 all = ms_explanation_count (self->explanation, MS_EXPLAINED_LOOPS)
               + ms_explanation_count (self->explanation, MS_EXPLAINED_DEAD_ENDS);
  guint told = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->problems)); child != NULL;
       child = gtk_widget_get_first_child (GTK_WIDGET (self->problems)))
    gtk_box_remove (self->problems, child);
  for (; told < MAX_PROBLEMS; told++)
    {
      g_autofree char *text = ms_way_words_dup_problem (self->explanation, told);
      if (text == NULL)
        break;
      add_problem (self, text);
    }
  if (all > told)
    {
      g_autofree char *rest = g_strdup_printf (
          ngettext ("And %'u more", "And %'u more", (gulong) (all - told)), (guint) (all - told));
      add_problem (self, rest);
    }
  if (ms_explanation_is_truncated (self->explanation))
    {
      g_autofree char *cut = g_strdup_printf (
          _("Only the nearest of %'u places are shown"),
             (guint) ms_explanation_count (self->explanation, MS_EXPLAINED_NODES));
      add_problem (self, cut);
    }
  if (!ms_explanation_is_complete (self->explanation))
    add_problem (self, _("This is not all: there was too much to follow"));
  gtk_widget_set_visible (GTK_WIDGET (self->problems),
                          gtk_widget_get_first_child (GTK_WIDGET (self->problems)) != NULL);
}

/* Asking ------------------------------------------------------------------------------------ */

static void
show_error (MsExplainWindow *self, const char *text)
{
  gtk_label_set_label (self->error, text);
  gtk_stack_set_visible_child_name (self->stack, "error");
}

static void
on_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  MsExplainWindow *self = MS_EXPLAIN_WINDOW (user_data);
  MsExplanation   *explanation = NULL;
  if (reply != NULL && reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json))
    explanation = ms_explanation_new (json_node_get_object (reply->json), &error);
  if (explanation == NULL)
    {
      show_error (self, error != NULL ? error->message : _("The answer could not be understood"));
      return;
    }
  gtk_list_view_set_model (self->list, NULL);
  g_clear_pointer (&self->explanation, ms_explanation_free);
  self->explanation = explanation;

  g_autofree char *summary = ms_way_words_dup_summary (explanation);
  gtk_label_set_label (self->summary, summary);
  show_problems (self);
  show_tree (self);
  gtk_stack_set_visible_child_name (self->stack, "result");
}

static void
ask (MsExplainWindow *self)
{
  g_autofree char *address
      = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));
  g_autoptr (GString) path = g_string_new ("/api/v1/explain?address=");

  g_cancellable_cancel (self->question);
  g_clear_object (&self->question);
  if (*address == '\0')
    {
      gtk_stack_set_visible_child_name (self->stack, "start");
      return;
    }
  self->question = g_cancellable_new ();
  g_string_append_uri_escaped (path, address, NULL, FALSE);
  ms_connection_request_async (
      self->connection, "GET", path->str, NULL, NULL, self->question, on_answered_cb, self);
}

static void
on_search_changed_cb (GtkSearchEntry *entry, gpointer user_data)
{
  ask (MS_EXPLAIN_WINDOW (user_data));
}

static void
on_stop_search_cb (GtkSearchEntry *entry, gpointer user_data)
{
  gtk_window_close (GTK_WINDOW (user_data));
}

/* The window -------------------------------------------------------------------------------- */

static void
ms_explain_window_dispose (GObject *object)
{
  MsExplainWindow *self = MS_EXPLAIN_WINDOW (object);

  g_cancellable_cancel (self->question);
  if (self->list != NULL)
    gtk_list_view_set_model (self->list, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), MS_TYPE_EXPLAIN_WINDOW);
  g_clear_object (&self->question);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->explanation, ms_explanation_free);
  G_OBJECT_CLASS (ms_explain_window_parent_class)->dispose (object);
}

static void
ms_explain_window_class_init (MsExplainWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_explain_window_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/explain/ms-explain-window.ui");
  gtk_widget_class_bind_template_child (widget_class, MsExplainWindow, entry);
  gtk_widget_class_bind_template_child (widget_class, MsExplainWindow, error);
  gtk_widget_class_bind_template_child (widget_class, MsExplainWindow, list);
  gtk_widget_class_bind_template_child (widget_class, MsExplainWindow, problems);
  gtk_widget_class_bind_template_child (widget_class, MsExplainWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, MsExplainWindow, summary);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search_cb);
}

static void
ms_explain_window_init (MsExplainWindow *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind_cb), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind_cb), self, 0);
  gtk_list_view_set_factory (self->list, factory);
}

GtkWidget *
ms_explain_window_new (GtkWindow *parent, MsConnection *connection, const char *address)
{
  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);

  MsExplainWindow *self = g_object_new (MS_TYPE_EXPLAIN_WINDOW, "transient-for", parent, NULL);
  self->connection = g_object_ref (connection);
  ms_dialog_set_subtitle (MS_DIALOG (self), ms_connection_get_host (connection));
  if (address != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->entry), address);
  return GTK_WIDGET (self);
}

void
ms_explain_present (GtkWindow *parent, MsConnection *connection, const char *address)
{
  GtkWidget *window = ms_explain_window_new (parent, connection, address);

  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_grab_focus (MS_EXPLAIN_WINDOW (window)->entry);
}

MsExplanation *
ms_explain_window_get_explanation (MsExplainWindow *self)
{
  g_return_val_if_fail (MS_IS_EXPLAIN_WINDOW (self), NULL);

  return self->explanation;
}

const char *
ms_explain_window_get_page (MsExplainWindow *self)
{
  g_return_val_if_fail (MS_IS_EXPLAIN_WINDOW (self), NULL);

  return gtk_stack_get_visible_child_name (self->stack);
}
