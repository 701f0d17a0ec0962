/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. GtkDialog is deprecated in newer GTK and AdwDialog does not exist in older
 * libadwaita, hence a plain AdwWindow. The dialog's GCancellable is cancelled in dispose, so that
 * no answer finds a dead dialog.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-banner.h"
#include "ms-confirm.h"
#include "ms-dialog.h"

typedef struct
{
  /* Template children */
  AdwHeaderBar *header;
  GtkImage     *icon;
  GtkSpinner   *spinner;
  GtkLabel     *subtitle;
  GtkBox       *title_box;
  MsBanner     *banner;
  AdwBin       *body;
  GtkBox       *start;
  GtkBox       *end;

  /* Owned */
  GCancellable *cancellable;
  GtkWidget    *focus; /* weak: where the focus was before it became busy */
  gboolean      busy;
  gboolean      asking; /* whether to discard what it holds */
} MsDialogPrivate;

static void ms_dialog_buildable_init (GtkBuildableIface *iface);

G_DEFINE_TYPE_WITH_CODE (MsDialog,
                         ms_dialog,
                         ADW_TYPE_WINDOW,
                         G_ADD_PRIVATE (MsDialog)
                             G_IMPLEMENT_INTERFACE (GTK_TYPE_BUILDABLE, ms_dialog_buildable_init))

enum
{
  PROP_0,
  PROP_BODY,
  PROP_SUBTITLE,
  PROP_ICON,
  PROP_BUSY,
  N_PROPS,
};
static GParamSpec        *properties[N_PROPS];
static GtkBuildableIface *parent_buildable;

static MsDialogPrivate *
priv_of (MsDialog *self)
{
  return ms_dialog_get_instance_private (self);
}

static void
ms_dialog_add_child (GtkBuildable *buildable, GtkBuilder *builder, GObject *child, const char *type)
{
  if (g_strcmp0 (type, "start") == 0)
    ms_dialog_pack_start (MS_DIALOG (buildable), GTK_WIDGET (child));
  else if (g_strcmp0 (type, "end") == 0)
    ms_dialog_pack_end (MS_DIALOG (buildable), GTK_WIDGET (child));
  else
    parent_buildable->add_child (buildable, builder, child, type);
}

static void
ms_dialog_buildable_init (GtkBuildableIface *iface)
{
  parent_buildable = g_type_interface_peek_parent (iface);
  iface->add_child = ms_dialog_add_child;
}

static void
ms_dialog_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  MsDialogPrivate *priv = priv_of (MS_DIALOG (object));

  switch (id)
    {
    case PROP_BODY:
      g_value_set_object (value, adw_bin_get_child (priv->body));
      break;
    case PROP_SUBTITLE:
      g_value_set_string (value, gtk_label_get_label (priv->subtitle));
      break;
    case PROP_ICON:
      g_value_set_string (value, gtk_image_get_icon_name (priv->icon));
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, priv->busy);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ms_dialog_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  MsDialog *self = MS_DIALOG (object);

  switch (id)
    {
    case PROP_BODY:
      ms_dialog_set_body (self, g_value_get_object (value));
      break;
    case PROP_SUBTITLE:
      ms_dialog_set_subtitle (self, g_value_get_string (value));
      break;
    case PROP_ICON:
      ms_dialog_set_icon (self, g_value_get_string (value));
      break;
    case PROP_BUSY:
      ms_dialog_set_busy (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ms_dialog_dispose (GObject *object)
{
  MsDialogPrivate *priv = priv_of (MS_DIALOG (object));

  /* No gtk_widget_dispose_template() here: GTK 4.8 looks for the template of the instance's own
   * class among the children of this one and asserts. The content goes with the window anyway. */
  g_cancellable_cancel (priv->cancellable);
  g_clear_weak_pointer (&priv->focus);
  G_OBJECT_CLASS (ms_dialog_parent_class)->dispose (object);
}

static void
ms_dialog_finalize (GObject *object)
{
  g_clear_object (&priv_of (MS_DIALOG (object))->cancellable);
  G_OBJECT_CLASS (ms_dialog_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  properties[PROP_BODY] = g_param_spec_object ("body", NULL, NULL, GTK_TYPE_WIDGET, flags);
  properties[PROP_SUBTITLE] = g_param_spec_string ("subtitle", NULL, NULL, NULL, flags);
  properties[PROP_ICON] = g_param_spec_string ("icon", NULL, NULL, NULL, flags);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ms_dialog_class_init (MsDialogClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (MS_TYPE_BANNER);
  object_class->get_property = ms_dialog_get_property;
  object_class->set_property = ms_dialog_set_property;
  object_class->dispose = ms_dialog_dispose;
  object_class->finalize = ms_dialog_finalize;
  install_properties (object_class);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mailstead/Mailstead/ui/widgets/ms-dialog.ui");
  gtk_widget_class_bind_template_child_private (widget_class, MsDialog, banner);
  gtk_widget_class_bind_template_child_private (widget_class, MsDialog, body);
  gtk_widget_class_bind_template_child_private (widget_class, MsDialog, end);
  gtk_widget_class_bind_template_child_private (widget_class, MsDialog, header);
  gtk_widget_class_bind_template_child_private (widget_class, MsDialog, icon);
  gtk_widget_class_bind_template_child_private (widget_class, MsDialog, spinner);
  gtk_widget_class_bind_template_child_private (widget_class, MsDialog, start);
  gtk_widget_class_bind_template_child_private (widget_class, MsDialog, subtitle);
  gtk_widget_class_bind_template_child_private (widget_class, MsDialog, title_box);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
ms_dialog_init (MsDialog *self)
{
  priv_of (self)->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
ms_dialog_set_body (MsDialog *self, GtkWidget *body)
{
  MsDialogPrivate *priv;

  g_return_if_fail (MS_IS_DIALOG (self));

  priv = priv_of (self);
  if (adw_bin_get_child (priv->body) == body)
    return;
  adw_bin_set_child (priv->body, body);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BODY]);
}

void
ms_dialog_set_subtitle (MsDialog *self, const char *subtitle)
{
  MsDialogPrivate *priv;

  g_return_if_fail (MS_IS_DIALOG (self));

  priv = priv_of (self);
  gtk_label_set_label (priv->subtitle, subtitle != NULL ? subtitle : "");
  gtk_widget_set_visible (GTK_WIDGET (priv->subtitle), subtitle != NULL && *subtitle != '\0');
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SUBTITLE]);
}

void
ms_dialog_set_icon (MsDialog *self, const char *icon_name)
{
  MsDialogPrivate *priv;

  g_return_if_fail (MS_IS_DIALOG (self));

  priv = priv_of (self);
  gtk_image_set_from_icon_name (priv->icon, icon_name);
  gtk_widget_set_visible (GTK_WIDGET (priv->icon), icon_name != NULL);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ICON]);
}

void
ms_dialog_pack_start (MsDialog *self, GtkWidget *widget)
{
  g_return_if_fail (MS_IS_DIALOG (self));

  gtk_box_append (priv_of (self)->start, widget);
}

void
ms_dialog_pack_end (MsDialog *self, GtkWidget *widget)
{
  g_return_if_fail (MS_IS_DIALOG (self));

  gtk_box_append (priv_of (self)->end, widget);
}

gboolean
ms_dialog_is_busy (MsDialog *self)
{
  g_return_val_if_fail (MS_IS_DIALOG (self), FALSE);

  return priv_of (self)->busy;
}

void
ms_dialog_set_busy (MsDialog *self, gboolean busy)
{
  MsDialogPrivate *priv;

  g_return_if_fail (MS_IS_DIALOG (self));

  priv = priv_of (self);
  if (priv->busy == !!busy)
    return;
  priv->busy = !!busy;
  /* GTK 4 leaves the focus in an entry that becomes insensitive, and warns about it at the next key
   */
  if (busy)
    {
      g_set_weak_pointer (&priv->focus, gtk_window_get_focus (GTK_WINDOW (self)));
      gtk_window_set_focus (GTK_WINDOW (self), NULL);
    }
  gtk_widget_set_sensitive (GTK_WIDGET (priv->body), !busy);
  gtk_widget_set_sensitive (GTK_WIDGET (priv->end), !busy);
  if (!busy && priv->focus != NULL && gtk_widget_get_mapped (priv->focus))
    gtk_widget_grab_focus (priv->focus);
  gtk_widget_set_visible (GTK_WIDGET (priv->spinner), busy);
  gtk_spinner_set_spinning (priv->spinner, busy);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_BUSY, busy, -1);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

void
ms_dialog_show_error (MsDialog *self, const GError *error)
{
  g_return_if_fail (error != NULL);

  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    ms_dialog_show_message (self, error->message);
}

void
ms_dialog_show_message (MsDialog *self, const char *message)
{
  g_return_if_fail (MS_IS_DIALOG (self));

  ms_banner_show_text (priv_of (self)->banner, MS_BANNER_ERROR, message, NULL);
}

void
ms_dialog_clear_error (MsDialog *self)
{
  g_return_if_fail (MS_IS_DIALOG (self));

  ms_banner_dismiss (priv_of (self)->banner);
}

const char *
ms_dialog_get_error_text (MsDialog *self)
{
  MsDialogPrivate *priv;

  g_return_val_if_fail (MS_IS_DIALOG (self), NULL);

  priv = priv_of (self);
  return ms_banner_is_shown (priv->banner) ? ms_banner_get_text (priv->banner) : NULL;
}

GCancellable *
ms_dialog_get_cancellable (MsDialog *self)
{
  g_return_val_if_fail (MS_IS_DIALOG (self), NULL);

  return priv_of (self)->cancellable;
}

static void
on_discard_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  priv_of (self)->asking = FALSE;
  if (ms_confirm_finish (result, &error))
    gtk_window_destroy (GTK_WINDOW (self));
}

void
ms_dialog_confirm_discard (MsDialog *self, const char *heading, const char *body)
{
  g_return_if_fail (MS_IS_DIALOG (self));

  if (priv_of (self)->asking)
    return;
  priv_of (self)->asking = TRUE;
  ms_confirm_async (GTK_WINDOW (self),
                    heading,
                    body,
                    _("_Discard"),
                       TRUE,
                       ms_dialog_get_cancellable (self),
                       on_discard_answered_cb,
                       g_object_ref (self));
}
