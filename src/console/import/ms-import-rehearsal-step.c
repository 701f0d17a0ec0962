/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsImportRehearsalStep: counts that are filters at the same time, over a windowed grid of rows.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-import-rehearsal-step.h"
#include "ms-import-rows.h"

typedef enum
{
  COLUMN_LINE,
  COLUMN_STATUS,
  COLUMN_USER_NAME,
  COLUMN_LABEL,
  COLUMN_DETAIL,
  N_COLUMNS,
} Column;

static const struct
{
  const char *status; /* NULL = all */
  const char *label;
} filters[] = {
  { NULL, N_ ("All") },
  { "create", N_ ("Create") },
  { "update", N_ ("Change") },
  { "skip", N_ ("Skip") },
  { "refuse", N_ ("Refuse") },
};

struct _MsImportRehearsalStep
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *bar;
  GtkWidget *filters;
  GtkWidget *message;
  GtkWidget *stack;
  GtkWidget *view;
  GtkWidget *warnings;

  /* Owned */
  MsImportTask *task;
  MsImportRows *rows;
  char         *shown_id;

  /* Borrowed: in the filter box */
  GtkWidget *buttons[G_N_ELEMENTS (filters)];

  gboolean updating;
};

G_DEFINE_FINAL_TYPE (MsImportRehearsalStep, ms_import_rehearsal_step, ADW_TYPE_BIN)

static const char *
describe_status (const char *status)
{
  for (guint i = 1; i < G_N_ELEMENTS (filters); i++)
    if (g_strcmp0 (filters[i].status, status) == 0)
      return _(filters[i].label);

  return status;
}

static void
show_cell (GtkListItem *item)
{
  MsImportRowItem *row = gtk_list_item_get_item (item);
  GtkWidget       *label = gtk_list_item_get_child (item);
  Column           column = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (label), "ms-column"));
  const char      *status = ms_import_row_item_get_status (row);
  g_autofree char *text = NULL;

  switch (column)
    {
    case COLUMN_LINE:
      text = ms_import_row_item_is_loaded (row)
                 ? g_strdup_printf ("%" G_GINT64_FORMAT, ms_import_row_item_get_line (row))
                 : g_strdup ("…");
      break;
    case COLUMN_STATUS:
      text = g_strdup (describe_status (status));
      gtk_widget_remove_css_class (label, "error");
      gtk_widget_remove_css_class (label, "success");
      if (g_str_equal (status, "refuse"))
        gtk_widget_add_css_class (label, "error");
      else if (g_str_equal (status, "create"))
        gtk_widget_add_css_class (label, "success");
      break;
    case COLUMN_USER_NAME:
      text = g_strdup (ms_import_row_item_get_user_name (row));
      break;
    case COLUMN_LABEL:
      text = g_strdup (ms_import_row_item_get_label (row));
      break;
    case COLUMN_DETAIL:
    case N_COLUMNS:
      text = ms_import_row_item_dup_detail (row);
      break;
    }
  gtk_label_set_text (GTK_LABEL (label), text);
  gtk_widget_set_tooltip_text (label, text != NULL && text[0] != '\0' ? text : NULL);
}

static void
on_row_changed_cb (MsImportRowItem *row, GtkListItem *item)
{
  show_cell (item);
}

static void
on_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkWidget *label = gtk_label_new (NULL);
  Column     column = GPOINTER_TO_UINT (user_data);

  gtk_label_set_xalign (GTK_LABEL (label), column == COLUMN_LINE ? 1 : 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (column == COLUMN_LINE)
    gtk_widget_add_css_class (label, "numeric");
  if (column == COLUMN_DETAIL)
    {
      /* The reason is what somebody came for */
      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
      gtk_label_set_lines (GTK_LABEL (label), 3);
    }
  g_object_set_data (G_OBJECT (label), "ms-column", user_data);
  gtk_list_item_set_child (item, label);
}

static void
on_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  show_cell (item);
  g_signal_connect_object (
      gtk_list_item_get_item (item), "changed", G_CALLBACK (on_row_changed_cb), item, 0);
}

static void
on_unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  g_signal_handlers_disconnect_by_func (gtk_list_item_get_item (item), on_row_changed_cb, item);
}

static void
build_columns (MsImportRehearsalStep *self)
{
  static const struct
  {
    const char *title;
    int         width;
  } columns[N_COLUMNS] = {
    { N_ ("Line"), 56 }, { N_ ("What"), 76 }, { N_ ("Log-On"), 120 }, { N_ ("Name"), 140 }, { N_ ("Details"), -1 },
  };

  for (guint i = 0; i < N_COLUMNS; i++)
    {
      GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
      g_autoptr (GtkColumnViewColumn) column = NULL;

      g_signal_connect (factory, "setup", G_CALLBACK (on_setup_cb), GUINT_TO_POINTER (i));
      g_signal_connect (factory, "bind", G_CALLBACK (on_bind_cb), NULL);
      g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind_cb), NULL);
      column = gtk_column_view_column_new (_(columns[i].title), factory);
      gtk_column_view_column_set_resizable (column, TRUE);
      if (columns[i].width > 0)
        gtk_column_view_column_set_fixed_width (column, columns[i].width);
      else
        gtk_column_view_column_set_expand (column, TRUE);
      gtk_column_view_append_column (GTK_COLUMN_VIEW (self->view), column);
    }
}

static void
on_filter_toggled_cb (GtkToggleButton *button, MsImportRehearsalStep *self)
{
  if (!self->updating && gtk_toggle_button_get_active (button))
    ms_import_rows_show (self->rows,
                         ms_import_task_get_id (self->task),
                         g_object_get_data (G_OBJECT (button), "ms-status"));
}

static void
build_filters (MsImportRehearsalStep *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      GtkWidget *button = gtk_toggle_button_new_with_label (_(filters[i].label));

      g_object_set_data (G_OBJECT (button), "ms-status", (gpointer) filters[i].status);
      if (i > 0)
        gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (button),
                                     GTK_TOGGLE_BUTTON (self->buttons[0]));
      else
        gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (button), TRUE);
      g_signal_connect_object (button, "toggled", G_CALLBACK (on_filter_toggled_cb), self, 0);
      gtk_box_append (GTK_BOX (self->filters), button);
      self->buttons[i] = button;
    }
}

static void
show_counts (MsImportRehearsalStep *self)
{
  gint64 all = 0;

  for (guint i = 1; i < G_N_ELEMENTS (filters); i++)
    all += ms_import_task_get_count (self->task, filters[i].status);
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      gint64 count = i == 0 ? all : ms_import_task_get_count (self->task, filters[i].status);
      g_autofree char *label
          = g_strdup_printf ("%s  %" G_GINT64_FORMAT, _(filters[i].label), count);

      gtk_button_set_label (GTK_BUTTON (self->buttons[i]), label);
      gtk_widget_set_sensitive (self->buttons[i], i == 0 || count > 0);
    }
}

static void
show_warnings (MsImportRehearsalStep *self, JsonObject *json)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (json_object_has_member (json, "warnings"))
    {
      JsonArray *warnings = json_object_get_array_member (json, "warnings");

      for (guint i = 0; i < json_array_get_length (warnings) && i < 5; i++)
        g_string_append_printf (
            text, "%s%s", i > 0 ? "\n" : "", json_array_get_string_element (warnings, i));
    }
  gtk_label_set_text (GTK_LABEL (self->warnings), text->str);
  gtk_widget_set_visible (self->warnings, text->len > 0);
}

static void
show_failure (MsImportRehearsalStep *self, JsonObject *json)
{
  JsonNode   *node = json_object_get_member (json, "error");
  JsonObject *error
      = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  gint64      line = error != NULL ? json_object_get_int_member_with_default (error, "line", 0) : 0;
  const char *detail
      = error != NULL ? json_object_get_string_member_with_default (error, "detail", "") : "";
  g_autofree char *text
      = line > 0 ? g_strdup_printf (_("Line %" G_GINT64_FORMAT ": %s"), line, detail)
                 : g_strdup (detail);

  gtk_label_set_text (GTK_LABEL (self->message), text);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "message");
}

void
ms_import_rehearsal_step_show (MsImportRehearsalStep *self)
{
  const char *state;
  JsonObject *json;

  g_return_if_fail (MS_IS_IMPORT_REHEARSAL_STEP (self));

  state = ms_import_task_get_state (self->task);
  json = ms_import_task_get_json (self->task);
  if (json != NULL && g_str_equal (state, "failed"))
    show_failure (self, json);
  else if (json != NULL && (g_str_equal (state, "rehearsed") || g_str_equal (state, "done")))
    {
      show_counts (self);
      show_warnings (self, json);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "rows");
      if (self->shown_id == NULL)
        {
          self->shown_id = g_strdup (ms_import_task_get_id (self->task));
          ms_import_rehearsal_step_filter (self, NULL);
        }
    }
  else
    {
      gint64 total = json != NULL ? json_object_get_int_member_with_default (json, "total", 0) : 0;
      gint64 done = json != NULL ? json_object_get_int_member_with_default (json, "done", 0) : 0;

      g_clear_pointer (&self->shown_id, g_free);
      gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->bar),
                                     total > 0 ? (double) done / (double) total : 0);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "progress");
    }
}

void
ms_import_rehearsal_step_filter (MsImportRehearsalStep *self, const char *status)
{
  g_return_if_fail (MS_IS_IMPORT_REHEARSAL_STEP (self));

  self->updating = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    if (g_strcmp0 (filters[i].status, status) == 0)
      gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->buttons[i]), TRUE);
  self->updating = FALSE;
  ms_import_rows_show (self->rows, ms_import_task_get_id (self->task), status);
}

GListModel *
ms_import_rehearsal_step_get_rows (MsImportRehearsalStep *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_REHEARSAL_STEP (self), NULL);

  return G_LIST_MODEL (self->rows);
}

static void
ms_import_rehearsal_step_dispose (GObject *object)
{
  MsImportRehearsalStep *self = MS_IMPORT_REHEARSAL_STEP (object);

  /* No gtk_widget_dispose_template(): GTK 4.8 would take the stack from under AdwBin */
  g_clear_object (&self->rows);
  g_clear_object (&self->task);
  g_clear_pointer (&self->shown_id, g_free);

  G_OBJECT_CLASS (ms_import_rehearsal_step_parent_class)->dispose (object);
}

static void
ms_import_rehearsal_step_class_init (MsImportRehearsalStepClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_import_rehearsal_step_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/import/ms-import-rehearsal-step.ui");
  gtk_widget_class_bind_template_child (widget_class, MsImportRehearsalStep, bar);
  gtk_widget_class_bind_template_child (widget_class, MsImportRehearsalStep, filters);
  gtk_widget_class_bind_template_child (widget_class, MsImportRehearsalStep, message);
  gtk_widget_class_bind_template_child (widget_class, MsImportRehearsalStep, stack);
  gtk_widget_class_bind_template_child (widget_class, MsImportRehearsalStep, view);
  gtk_widget_class_bind_template_child (widget_class, MsImportRehearsalStep, warnings);
}

static void
ms_import_rehearsal_step_init (MsImportRehearsalStep *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  build_columns (self);
  build_filters (self);
}

GtkWidget *
ms_import_rehearsal_step_new (MsImportTask *task)
{
  MsImportRehearsalStep *self;
  GtkSelectionModel     *selection;

  g_return_val_if_fail (MS_IS_IMPORT_TASK (task), NULL);

  self = g_object_new (MS_TYPE_IMPORT_REHEARSAL_STEP, NULL);
  self->task = g_object_ref (task);
  self->rows = ms_import_rows_new (ms_import_task_get_connection (task));
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (g_object_ref (self->rows))));
  gtk_column_view_set_model (GTK_COLUMN_VIEW (self->view), selection);
  g_object_unref (selection);

  return GTK_WIDGET (self);
}
