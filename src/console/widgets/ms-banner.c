/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Stands in for AdwBanner, which is younger than the oldest libadwaita we run on.
 */
#include "config.h"

#include "ms-banner.h"

struct _MsBanner
{
  AdwBin parent_instance;

  /* Template children */
  GtkButton   *button;
  GtkLabel    *label;
  GtkRevealer *revealer;
};

G_DEFINE_FINAL_TYPE (MsBanner, ms_banner, ADW_TYPE_BIN)

enum
{
  SIGNAL_BUTTON_CLICKED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
on_button_clicked_cb (GtkButton *button, gpointer user_data)
{
  g_signal_emit (MS_BANNER (user_data), signals[SIGNAL_BUTTON_CLICKED], 0);
}

static void
ms_banner_class_init (MsBannerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  /* No gtk_widget_dispose_template(): it would take the child from under AdwBin, which unparents it
   * itself (GTK 4.8) */
  signals[SIGNAL_BUTTON_CLICKED] = g_signal_new (
      "button-clicked", MS_TYPE_BANNER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mailstead/Mailstead/ui/widgets/ms-banner.ui");
  gtk_widget_class_bind_template_child (widget_class, MsBanner, button);
  gtk_widget_class_bind_template_child (widget_class, MsBanner, label);
  gtk_widget_class_bind_template_child (widget_class, MsBanner, revealer);
  gtk_widget_class_bind_template_callback (widget_class, on_button_clicked_cb);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_widget_class_set_css_name (widget_class, "msbanner");
}

static void
ms_banner_init (MsBanner *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
ms_banner_show_text (MsBanner *self, MsBannerKind kind, const char *text, const char *button)
{
  g_return_if_fail (MS_IS_BANNER (self));
  g_return_if_fail (text != NULL);

  gtk_label_set_label (self->label, text);
  gtk_button_set_label (self->button, button != NULL ? button : "");
  gtk_widget_set_visible (GTK_WIDGET (self->button), button != NULL);
  if (kind == MS_BANNER_ERROR)
    gtk_widget_add_css_class (GTK_WIDGET (self), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "error");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_revealer_set_reveal_child (self->revealer, TRUE);
}

void
ms_banner_dismiss (MsBanner *self)
{
  g_return_if_fail (MS_IS_BANNER (self));

  gtk_revealer_set_reveal_child (self->revealer, FALSE);
}

gboolean
ms_banner_is_shown (MsBanner *self)
{
  g_return_val_if_fail (MS_IS_BANNER (self), FALSE);

  return gtk_revealer_get_reveal_child (self->revealer);
}

const char *
ms_banner_get_text (MsBanner *self)
{
  g_return_val_if_fail (MS_IS_BANNER (self), NULL);

  return gtk_label_get_label (self->label);
}
