/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include "ms-menu-host.h"
#include "ms-menu-popup.h"

typedef struct
{
  GtkWidget *menu; /* owned */
} MsMenuHostPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (MsMenuHost, ms_menu_host, GTK_TYPE_WIDGET)

static guint requested_signal;

static void
popup_by_key (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsMenuHost      *self = MS_MENU_HOST (widget);
  graphene_point_t where;

  if (MS_MENU_HOST_GET_CLASS (self)->locate (self, &where))
    ms_menu_host_popup_at (self, widget, where.x, where.y);
}

static void
ms_menu_host_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  MsMenuHostPrivate *priv = ms_menu_host_get_instance_private (MS_MENU_HOST (widget));

  gtk_widget_allocate (gtk_widget_get_first_child (widget), width, height, baseline, NULL);
  gtk_popover_present (GTK_POPOVER (priv->menu));
}

static void
ms_menu_host_measure (GtkWidget     *widget,
                      GtkOrientation orientation,
                      int            for_size,
                      int           *minimum,
                      int           *natural,
                      int           *minimum_baseline,
                      int           *natural_baseline)
{
  gtk_widget_measure (gtk_widget_get_first_child (widget),
                      orientation,
                      for_size,
                      minimum,
                      natural,
                      minimum_baseline,
                      natural_baseline);
}

static void
ms_menu_host_constructed (GObject *object)
{
  MsMenuHostPrivate *priv = ms_menu_host_get_instance_private (MS_MENU_HOST (object));

  G_OBJECT_CLASS (ms_menu_host_parent_class)->constructed (object);
  /* Only now, for the template's child to be the first one. */
  gtk_widget_set_parent (priv->menu, GTK_WIDGET (object));
}

static void
ms_menu_host_dispose (GObject *object)
{
  MsMenuHostPrivate *priv = ms_menu_host_get_instance_private (MS_MENU_HOST (object));

  g_clear_pointer (&priv->menu, gtk_widget_unparent);
  G_OBJECT_CLASS (ms_menu_host_parent_class)->dispose (object);
}

static void
ms_menu_host_class_init (MsMenuHostClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->constructed = ms_menu_host_constructed;
  object_class->dispose = ms_menu_host_dispose;
  widget_class->size_allocate = ms_menu_host_size_allocate;
  widget_class->measure = ms_menu_host_measure;
  requested_signal = g_signal_new (
      "menu-requested", MS_TYPE_MENU_HOST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_install_action (widget_class, "menu-host.popup", NULL, popup_by_key);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, "menu-host.popup", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Menu, 0, "menu-host.popup", NULL);
}

static void
ms_menu_host_init (MsMenuHost *self)
{
  MsMenuHostPrivate *priv = ms_menu_host_get_instance_private (self);

  priv->menu = gtk_popover_menu_new_from_model (NULL);
  gtk_popover_set_has_arrow (GTK_POPOVER (priv->menu), FALSE);
  gtk_widget_set_halign (priv->menu, GTK_ALIGN_START);
}

void
ms_menu_host_popup_at (MsMenuHost *self, GtkWidget *from, double x, double y)
{
  g_return_if_fail (MS_IS_MENU_HOST (self) && GTK_IS_WIDGET (from));

  MsMenuHostPrivate *priv = ms_menu_host_get_instance_private (self);
  g_signal_emit (self, requested_signal, 0);
  if (gtk_popover_menu_get_menu_model (GTK_POPOVER_MENU (priv->menu)) != NULL)
    ms_menu_popup_at (GTK_POPOVER (priv->menu), from, x, y);
}

void
ms_menu_host_set_menu (MsMenuHost *self, GMenuModel *menu)
{
  g_return_if_fail (MS_IS_MENU_HOST (self));

  MsMenuHostPrivate *priv = ms_menu_host_get_instance_private (self);
  gtk_popover_menu_set_menu_model (GTK_POPOVER_MENU (priv->menu), menu);
}
