/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsFieldRow: one row of a property page. It keeps title, control, hint and error tied together for
 * the eye and for assistive technology: the control is labelled by the title and described by hint
 * and error.
 */
#include "config.h"

#include "ms-dialog-style.h"
#include "ms-field-row.h"

struct _MsFieldRow
{
  AdwPreferencesRow parent_instance;

  /* Template children */
  GtkWidget *below;
  GtkWidget *error;
  GtkWidget *header;
  GtkWidget *hint;
  GtkWidget *title;
  GtkWidget *titles;

  /* Borrowed: descendants of this row */
  GtkWidget *target;
};

G_DEFINE_FINAL_TYPE (MsFieldRow, ms_field_row, ADW_TYPE_PREFERENCES_ROW)

static void
update_relations (MsFieldRow *self)
{
  GtkWidget *detail = gtk_widget_get_visible (self->error) ? self->error : self->hint;

  if (self->target == NULL)
    return;

  gtk_accessible_update_relation (
      GTK_ACCESSIBLE (self->target), GTK_ACCESSIBLE_RELATION_LABELLED_BY, self->title, NULL, -1);
  if (gtk_widget_get_visible (detail))
    gtk_accessible_update_relation (
        GTK_ACCESSIBLE (self->target), GTK_ACCESSIBLE_RELATION_DESCRIBED_BY, detail, NULL, -1);
  else
    gtk_accessible_reset_relation (GTK_ACCESSIBLE (self->target),
                                   GTK_ACCESSIBLE_RELATION_DESCRIBED_BY);
}

static gboolean
ms_field_row_grab_focus (GtkWidget *widget)
{
  MsFieldRow *self = MS_FIELD_ROW (widget);

  return self->target != NULL && gtk_widget_grab_focus (self->target);
}

static void
ms_field_row_dispose (GObject *object)
{
  MsFieldRow *self = MS_FIELD_ROW (object);

  self->target = NULL;
  gtk_widget_dispose_template (GTK_WIDGET (self), MS_TYPE_FIELD_ROW);

  G_OBJECT_CLASS (ms_field_row_parent_class)->dispose (object);
}

static void
ms_field_row_class_init (MsFieldRowClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = ms_field_row_dispose;
  widget_class->grab_focus = ms_field_row_grab_focus;
  ms_dialog_style_ensure ();

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/editors/ms-field-row.ui");
  gtk_widget_class_bind_template_child (widget_class, MsFieldRow, below);
  gtk_widget_class_bind_template_child (widget_class, MsFieldRow, error);
  gtk_widget_class_bind_template_child (widget_class, MsFieldRow, header);
  gtk_widget_class_bind_template_child (widget_class, MsFieldRow, hint);
  gtk_widget_class_bind_template_child (widget_class, MsFieldRow, title);
  gtk_widget_class_bind_template_child (widget_class, MsFieldRow, titles);
}

static void
ms_field_row_init (MsFieldRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_add_css_class (GTK_WIDGET (self), "ms-field");
}

GtkWidget *
ms_field_row_new (const char *title, const char *hint)
{
  MsFieldRow *self = g_object_new (
      MS_TYPE_FIELD_ROW, "title", title, "use-markup", FALSE, "use-underline", TRUE, NULL);

  gtk_label_set_text_with_mnemonic (GTK_LABEL (self->title), title);
  ms_field_row_set_hint (self, hint);

  return GTK_WIDGET (self);
}

void
ms_field_row_set_control (MsFieldRow      *self,
                          GtkWidget       *control,
                          GtkWidget       *target,
                          MsFieldRowLayout layout)
{
  g_return_if_fail (MS_IS_FIELD_ROW (self));
  g_return_if_fail (GTK_IS_WIDGET (control));

  self->target = target != NULL ? target : control;
  if (layout == MS_FIELD_ROW_BELOW)
    {
      gtk_widget_set_hexpand (self->titles, TRUE);
      gtk_widget_set_margin_top (control, 6);
      gtk_box_prepend (GTK_BOX (self->below), control);
    }
  else
    {
      gboolean fill = layout == MS_FIELD_ROW_FILL;

      gtk_widget_set_hexpand (control, fill);
      gtk_widget_set_hexpand (self->titles, !fill);
      gtk_widget_set_size_request (self->titles, fill ? 148 : -1, -1);
      gtk_widget_set_valign (control, GTK_ALIGN_CENTER);
      gtk_box_append (GTK_BOX (self->header), control);
      /* Hint and error stand under the control that fills, and beside a switch under the title */
      if (fill)
        {
          gtk_widget_set_margin_start (self->hint, 160);
          gtk_widget_set_margin_start (self->error, 160);
        }
      else
        {
          g_object_ref (self->hint);
          gtk_box_remove (GTK_BOX (self->below), self->hint);
          gtk_widget_set_margin_top (self->hint, 0);
          gtk_box_append (GTK_BOX (self->titles), self->hint);
          g_object_unref (self->hint);
        }
    }

  gtk_label_set_mnemonic_widget (GTK_LABEL (self->title), self->target);
  update_relations (self);
}

void
ms_field_row_align_top (MsFieldRow *self)
{
  g_return_if_fail (MS_IS_FIELD_ROW (self));

  gtk_widget_set_valign (self->titles, GTK_ALIGN_START);
  gtk_widget_set_margin_top (self->titles, 8);
}

void
ms_field_row_hide_title (MsFieldRow *self)
{
  g_return_if_fail (MS_IS_FIELD_ROW (self));

  gtk_widget_set_visible (self->header, FALSE);
}

void
ms_field_row_set_hint (MsFieldRow *self, const char *hint)
{
  g_return_if_fail (MS_IS_FIELD_ROW (self));

  gtk_label_set_text (GTK_LABEL (self->hint), hint != NULL ? hint : "");
  gtk_widget_set_visible (self->hint, hint != NULL && hint[0] != '\0');
  update_relations (self);
}

void
ms_field_row_set_error (MsFieldRow *self, const char *error)
{
  g_return_if_fail (MS_IS_FIELD_ROW (self));

  gtk_label_set_text (GTK_LABEL (self->error), error != NULL ? error : "");
  gtk_widget_set_visible (self->error, error != NULL);
  if (self->target == NULL)
    return;

  if (error != NULL)
    {
      gtk_widget_add_css_class (self->target, "error");
      gtk_accessible_update_state (GTK_ACCESSIBLE (self->target),
                                   GTK_ACCESSIBLE_STATE_INVALID,
                                   GTK_ACCESSIBLE_INVALID_TRUE,
                                   -1);
    }
  else
    {
      gtk_widget_remove_css_class (self->target, "error");
      gtk_accessible_reset_state (GTK_ACCESSIBLE (self->target), GTK_ACCESSIBLE_STATE_INVALID);
    }
  update_relations (self);
}

const char *
ms_field_row_get_error (MsFieldRow *self)
{
  g_return_val_if_fail (MS_IS_FIELD_ROW (self), NULL);

  return gtk_widget_get_visible (self->error) ? gtk_label_get_text (GTK_LABEL (self->error)) : NULL;
}

GtkWidget *
ms_field_row_get_target (MsFieldRow *self)
{
  g_return_val_if_fail (MS_IS_FIELD_ROW (self), NULL);

  return self->target;
}
