/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include "ms-status-line.h"

struct _MsStatusLine
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget      *box;
  GtkProgressBar *progress;
  GtkLabel       *seats;
  GtkWidget      *task;
  GtkLabel       *task_label;
  GtkLabel       *text;

  /* Owned */
  char *normal;
  char *hint;
};

G_DEFINE_FINAL_TYPE (MsStatusLine, ms_status_line, ADW_TYPE_BIN)

enum
{
  SIGNAL_TASK_ACTIVATED,
  SIGNAL_TASK_CANCELLED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
update (MsStatusLine *self)
{
  const char *text = self->hint != NULL ? self->hint : self->normal;

  gtk_label_set_label (self->text, text != NULL ? text : "");
}

static void
on_task_clicked_cb (GtkButton *button, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_TASK_ACTIVATED], 0);
}

static void
on_cancel_clicked_cb (GtkButton *button, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_TASK_CANCELLED], 0);
}

static void
ms_status_line_dispose (GObject *object)
{
  MsStatusLine *self = MS_STATUS_LINE (object);

  g_clear_pointer (&self->normal, g_free);
  g_clear_pointer (&self->hint, g_free);
  adw_bin_set_child (ADW_BIN (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_STATUS_LINE);
  G_OBJECT_CLASS (ms_status_line_parent_class)->dispose (object);
}

static guint
add_signal (const char *name)
{
  return g_signal_new (
      name, MS_TYPE_STATUS_LINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_status_line_class_init (MsStatusLineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_status_line_dispose;
  signals[SIGNAL_TASK_ACTIVATED] = add_signal ("task-activated");
  signals[SIGNAL_TASK_CANCELLED] = add_signal ("task-cancelled");
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/widgets/ms-status-line.ui");
  gtk_widget_class_bind_template_child (widget_class, MsStatusLine, box);
  gtk_widget_class_bind_template_child (widget_class, MsStatusLine, progress);
  gtk_widget_class_bind_template_child (widget_class, MsStatusLine, seats);
  gtk_widget_class_bind_template_child (widget_class, MsStatusLine, task);
  gtk_widget_class_bind_template_child (widget_class, MsStatusLine, task_label);
  gtk_widget_class_bind_template_child (widget_class, MsStatusLine, text);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_task_clicked_cb);
}

static void
ms_status_line_init (MsStatusLine *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
ms_status_line_set_text (MsStatusLine *self, const char *text)
{
  g_return_if_fail (MS_IS_STATUS_LINE (self));

  g_free (self->normal);
  self->normal = g_strdup (text);
  update (self);
}

void
ms_status_line_set_hint (MsStatusLine *self, const char *text)
{
  g_return_if_fail (MS_IS_STATUS_LINE (self));

  if (g_strcmp0 (self->hint, text) == 0)
    return;
  g_free (self->hint);
  self->hint = g_strdup (text);
  update (self);
}

const char *
ms_status_line_get_shown (MsStatusLine *self)
{
  g_return_val_if_fail (MS_IS_STATUS_LINE (self), NULL);

  return gtk_label_get_label (self->text);
}

void
ms_status_line_set_seats (MsStatusLine *self, const char *text, gboolean exceeded)
{
  g_return_if_fail (MS_IS_STATUS_LINE (self));

  gtk_widget_set_visible (GTK_WIDGET (self->seats), text != NULL);
  gtk_label_set_label (self->seats, text != NULL ? text : "");
  if (exceeded)
    gtk_widget_add_css_class (GTK_WIDGET (self->seats), "warning");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->seats), "warning");
}

void
ms_status_line_set_task (MsStatusLine *self, const char *text, double fraction)
{
  g_return_if_fail (MS_IS_STATUS_LINE (self));

  gtk_widget_set_visible (self->task, text != NULL);
  gtk_label_set_label (self->task_label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->progress), fraction >= 0);
  if (fraction >= 0)
    gtk_progress_bar_set_fraction (self->progress, CLAMP (fraction, 0.0, 1.0));
}
