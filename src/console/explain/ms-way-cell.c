/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Names come from a server and are never taken as markup.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-way-cell.h"
#include "ms-way-words.h"

struct _MsWayCell
{
  AdwBin parent_instance;

  /* Template children */
  GtkTreeExpander *expander;
  GtkImage        *icon;
  GtkLabel        *name;
  GtkLabel        *state;
  GtkImage        *warning;
  GtkLabel        *via;
};

G_DEFINE_FINAL_TYPE (MsWayCell, ms_way_cell, ADW_TYPE_BIN)

static void
show_state (MsWayCell *self, MsWayRow *row)
{
  gint64           more = ms_way_row_get_more (row);
  const char      *state = ms_way_words_state (row);
  g_autofree char *rest
      = more > 0 ? g_strdup_printf (
            ngettext ("%'u more is not shown", "%'u more are not shown", (gulong) more),
            (guint) more)
                 : NULL;
  gboolean problem = ms_way_words_is_problem (row);

  gtk_label_set_label (self->state, rest != NULL ? rest : state);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->state), rest != NULL ? rest : state);
  gtk_widget_set_visible (GTK_WIDGET (self->warning), problem);
  if (problem)
    gtk_widget_remove_css_class (GTK_WIDGET (self->state), "dim-label");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->state), "dim-label");
}

static void
ms_way_cell_dispose (GObject *object)
{
  adw_bin_set_child (ADW_BIN (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_WAY_CELL);
  G_OBJECT_CLASS (ms_way_cell_parent_class)->dispose (object);
}

static void
ms_way_cell_class_init (MsWayCellClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_way_cell_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/explain/ms-way-cell.ui");
  gtk_widget_class_bind_template_child (widget_class, MsWayCell, expander);
  gtk_widget_class_bind_template_child (widget_class, MsWayCell, icon);
  gtk_widget_class_bind_template_child (widget_class, MsWayCell, name);
  gtk_widget_class_bind_template_child (widget_class, MsWayCell, state);
  gtk_widget_class_bind_template_child (widget_class, MsWayCell, via);
  gtk_widget_class_bind_template_child (widget_class, MsWayCell, warning);
}

static void
ms_way_cell_init (MsWayCell *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
ms_way_cell_new (void)
{
  return g_object_new (MS_TYPE_WAY_CELL, NULL);
}

void
ms_way_cell_set_row (MsWayCell *self, GtkTreeListRow *row)
{
  g_return_if_fail (MS_IS_WAY_CELL (self));

  gtk_tree_expander_set_list_row (self->expander, row);
  if (row == NULL)
    return;

  g_autoptr (MsWayRow) item = gtk_tree_list_row_get_item (row);
  const char *via = ms_way_words_via (item);
  gtk_image_set_from_icon_name (self->icon, ms_way_words_icon (item));
  gtk_label_set_label (self->name, ms_way_words_name (item));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name), ms_way_words_name (item));
  gtk_label_set_label (self->via, via);
  gtk_widget_set_visible (GTK_WIDGET (self->via), *via != '\0');
  show_state (self, item);
}
