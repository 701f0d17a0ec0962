/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsAssistant: order, buttons and side list; the steps are the subclass's. Steps that were passed
 * can be gone back to by clicking them; those ahead cannot, because each may depend on the one
 * before.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-assistant.h"
#include "ms-side-list.h"

#define MARGIN 24

typedef struct
{
  /* Template children */
  GtkWidget *back;
  GtkWidget *cancel;
  GtkWidget *primary;
  GtkWidget *stack;
  GtkWidget *steps;

  /* Owned */
  char *close_heading;
  char *close_body;

  gboolean back_allowed;
} MsAssistantPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (MsAssistant, ms_assistant, MS_TYPE_DIALOG)

static MsAssistantPrivate *
get_private (MsAssistant *self)
{
  return ms_assistant_get_instance_private (self);
}

/* -1 for a result page */
static int
find_step (MsAssistant *self, const char *name)
{
  MsAssistantPrivate *priv = get_private (self);
  GtkListBoxRow      *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (priv->steps), i)) != NULL;
       i++)
    if (g_strcmp0 (ms_side_list_row_get_name (row), name) == 0)
      return i;

  return -1;
}

static void
update_steps (MsAssistant *self, int current)
{
  MsAssistantPrivate *priv = get_private (self);
  GtkListBoxRow      *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (priv->steps), i)) != NULL;
       i++)
    {
      GtkWidget *mark = ms_side_list_row_get_image (row);
      gboolean   passed = current < 0 || i < current;

      gtk_image_set_from_icon_name (GTK_IMAGE (mark),
                                    passed         ? "object-select-symbolic"
                                    : i == current ? "media-record-symbolic"
                                                   : "media-optical-symbolic");
      gtk_widget_set_opacity (mark, passed || i == current ? 1.0 : 0.0);
      gtk_widget_set_sensitive (GTK_WIDGET (row),
                                i == current || (passed && current >= 0 && priv->back_allowed));
      if (i == current)
        gtk_list_box_select_row (GTK_LIST_BOX (priv->steps), row);
    }
  if (current < 0)
    gtk_list_box_unselect_all (GTK_LIST_BOX (priv->steps));
}

static void
on_row_activated_cb (GtkListBox *list, GtkListBoxRow *row, MsAssistant *self)
{
  if (find_step (self, ms_side_list_row_get_name (row))
      < find_step (self, ms_assistant_get_step (self)))
    ms_assistant_go_to (self, ms_side_list_row_get_name (row));
}

static void
on_back_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  MsAssistant        *self = MS_ASSISTANT (widget);
  MsAssistantPrivate *priv = get_private (self);
  int                 current = find_step (self, ms_assistant_get_step (self));

  if (current > 0)
    ms_assistant_go_to (self,
                        ms_side_list_row_get_name (gtk_list_box_get_row_at_index (
                            GTK_LIST_BOX (priv->steps), current - 1)));
}

static void
on_next_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  MsAssistant        *self = MS_ASSISTANT (widget);
  MsAssistantPrivate *priv = get_private (self);
  const char         *step = ms_assistant_get_step (self);
  int                 current = find_step (self, step);
  GtkListBoxRow      *row;

  if (MS_ASSISTANT_GET_CLASS (self)->leave != NULL
      && !MS_ASSISTANT_GET_CLASS (self)->leave (self, step))
    return;

  row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (priv->steps), current + 1);
  if (current >= 0 && row != NULL)
    ms_assistant_go_to (self, ms_side_list_row_get_name (row));
}

static gboolean
ms_assistant_close_request (GtkWindow *window)
{
  MsAssistant        *self = MS_ASSISTANT (window);
  MsAssistantPrivate *priv = get_private (self);

  if (priv->close_heading == NULL || find_step (self, ms_assistant_get_step (self)) < 0)
    return GTK_WINDOW_CLASS (ms_assistant_parent_class)->close_request (window);

  ms_dialog_confirm_discard (MS_DIALOG (window), priv->close_heading, priv->close_body);
  return TRUE;
}

/* Return goes on instead of giving up: the first button that GTK would find is Cancel. */
static void
ms_assistant_map (GtkWidget *widget)
{
  MsAssistantPrivate *priv = get_private (MS_ASSISTANT (widget));

  GTK_WIDGET_CLASS (ms_assistant_parent_class)->map (widget);

  if (gtk_widget_is_sensitive (priv->primary))
    gtk_widget_grab_focus (priv->primary);
  else
    gtk_widget_child_focus (priv->stack, GTK_DIR_TAB_FORWARD);
}

static void
ms_assistant_finalize (GObject *object)
{
  MsAssistantPrivate *priv = get_private (MS_ASSISTANT (object));

  g_free (priv->close_heading);
  g_free (priv->close_body);

  G_OBJECT_CLASS (ms_assistant_parent_class)->finalize (object);
}

static void
ms_assistant_class_init (MsAssistantClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ms_assistant_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = ms_assistant_close_request;
  widget_class->map = ms_assistant_map;

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/assistants/ms-assistant.ui");
  gtk_widget_class_bind_template_child_private (widget_class, MsAssistant, back);
  gtk_widget_class_bind_template_child_private (widget_class, MsAssistant, cancel);
  gtk_widget_class_bind_template_child_private (widget_class, MsAssistant, primary);
  gtk_widget_class_bind_template_child_private (widget_class, MsAssistant, stack);
  gtk_widget_class_bind_template_child_private (widget_class, MsAssistant, steps);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated_cb);
  gtk_widget_class_install_action (widget_class, "assistant.back", NULL, on_back_action);
  gtk_widget_class_install_action (widget_class, "assistant.next", NULL, on_next_action);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_Left, GDK_ALT_MASK, "assistant.back", NULL);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_Right, GDK_ALT_MASK, "assistant.next", NULL);
}

static void
ms_assistant_init (MsAssistant *self)
{
  get_private (self)->back_allowed = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
ms_assistant_add_step (MsAssistant *self, const char *name, const char *title, GtkWidget *content)
{
  MsAssistantPrivate *priv;

  g_return_if_fail (MS_IS_ASSISTANT (self));

  priv = get_private (self);
  gtk_list_box_append (GTK_LIST_BOX (priv->steps), ms_side_list_row_new (name, title, NULL));
  gtk_stack_add_named (GTK_STACK (priv->stack), ms_side_list_page_new (content, MARGIN), name);
}

void
ms_assistant_add_result (MsAssistant *self, const char *name, GtkWidget *content)
{
  g_return_if_fail (MS_IS_ASSISTANT (self));

  gtk_stack_add_named (
      GTK_STACK (get_private (self)->stack), ms_side_list_page_new (content, MARGIN), name);
}

void
ms_assistant_go_to (MsAssistant *self, const char *name)
{
  MsAssistantPrivate *priv;
  int                 current;

  g_return_if_fail (MS_IS_ASSISTANT (self));

  priv = get_private (self);
  current = find_step (self, name);
  gtk_stack_set_visible_child_name (GTK_STACK (priv->stack), name);
  update_steps (self, current);
  gtk_widget_set_visible (priv->back, current > 0 && priv->back_allowed);
  gtk_widget_set_visible (priv->cancel, current <= 0 || !priv->back_allowed);
  gtk_widget_set_visible (priv->primary, current >= 0);
  gtk_button_set_label (GTK_BUTTON (priv->cancel), current < 0 ? _("_Close") : _("_Cancel"));
  ms_dialog_clear_error (MS_DIALOG (self));
  ms_assistant_set_complete (self, TRUE);
  if (MS_ASSISTANT_GET_CLASS (self)->entered != NULL)
    MS_ASSISTANT_GET_CLASS (self)->entered (self, name);
  ms_assistant_update (self);
}

const char *
ms_assistant_get_step (MsAssistant *self)
{
  g_return_val_if_fail (MS_IS_ASSISTANT (self), NULL);

  return gtk_stack_get_visible_child_name (GTK_STACK (get_private (self)->stack));
}

void
ms_assistant_set_complete (MsAssistant *self, gboolean complete)
{
  g_return_if_fail (MS_IS_ASSISTANT (self));

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "assistant.next", complete);
}

void
ms_assistant_set_cancel_label (MsAssistant *self, const char *label)
{
  g_return_if_fail (MS_IS_ASSISTANT (self));

  gtk_button_set_label (GTK_BUTTON (get_private (self)->cancel), label);
}

void
ms_assistant_update (MsAssistant *self)
{
  MsAssistantPrivate *priv;
  g_autofree char    *label = NULL;

  g_return_if_fail (MS_IS_ASSISTANT (self));

  priv = get_private (self);
  if (MS_ASSISTANT_GET_CLASS (self)->primary_label != NULL)
    label = MS_ASSISTANT_GET_CLASS (self)->primary_label (self, ms_assistant_get_step (self));
  gtk_button_set_label (GTK_BUTTON (priv->primary), label != NULL ? label : _("_Next"));
}

void
ms_assistant_next (MsAssistant *self)
{
  g_return_if_fail (MS_IS_ASSISTANT (self));

  gtk_widget_activate_action (GTK_WIDGET (self), "assistant.next", NULL);
}

void
ms_assistant_set_back_allowed (MsAssistant *self, gboolean allowed)
{
  MsAssistantPrivate *priv;
  int                 current;

  g_return_if_fail (MS_IS_ASSISTANT (self));

  priv = get_private (self);
  priv->back_allowed = allowed;
  current = find_step (self, ms_assistant_get_step (self));
  gtk_widget_set_visible (priv->back, current > 0 && allowed);
  gtk_widget_set_visible (priv->cancel, current <= 0 || !allowed);
  update_steps (self, current);
}

void
ms_assistant_set_close_question (MsAssistant *self, const char *heading, const char *body)
{
  MsAssistantPrivate *priv;

  g_return_if_fail (MS_IS_ASSISTANT (self));

  priv = get_private (self);
  g_free (priv->close_heading);
  g_free (priv->close_body);
  priv->close_heading = g_strdup (heading);
  priv->close_body = g_strdup (body);
}
