/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsPicker: searching is the server's, rows are the remote list's; nothing here grows with the
 * store. Down in the search entry goes to the list, Enter in it picks the selected row, typing in
 * the list goes on searching.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-object-words.h"
#include "ms-picker.h"
#include "ms-remote-list.h"

struct _MsPicker
{
  GtkWidget parent_instance;

  /* Template children */
  GtkWidget *empty;
  GtkWidget *list;
  GtkWidget *none;
  GtkWidget *none_label;
  GtkWidget *search;
  GtkWidget *stack;

  /* Owned */
  MsConnection       *connection;
  char               *type_name;
  MsRemoteList       *objects;
  GtkSingleSelection *selection;
};

G_DEFINE_FINAL_TYPE (MsPicker, ms_picker, GTK_TYPE_WIDGET)

enum
{
  PICKED,
  SELECTION_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
show_row (MsPicker *self, GtkWidget *box, MsResource *resource)
{
  GtkWidget       *name = gtk_widget_get_first_child (gtk_widget_get_last_child (box));
  GtkWidget       *detail = gtk_widget_get_next_sibling (name);
  g_autofree char *text = ms_object_words_detail (resource);
  const char      *label = ms_connection_get_label_of (self->connection, resource);

  gtk_label_set_text (GTK_LABEL (name), label);
  gtk_label_set_text (GTK_LABEL (detail), text);
  gtk_widget_set_visible (detail, text[0] != '\0' && g_strcmp0 (text, label) != 0);
  gtk_widget_set_tooltip_text (box, text[0] != '\0' ? text : label);
}

static void
on_resource_changed_cb (MsResource *resource, GtkListItem *item)
{
  GtkWidget *picker = gtk_widget_get_ancestor (gtk_list_item_get_child (item), MS_TYPE_PICKER);

  if (picker != NULL)
    show_row (MS_PICKER (picker), gtk_list_item_get_child (item), resource);
}

static void
on_row_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, MsPicker *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_box_append (GTK_BOX (box),
                  gtk_image_new_from_icon_name (ms_object_words_icon (self->type_name)));
  for (guint i = 0; i < 2; i++)
    {
      GtkWidget *label = gtk_label_new (NULL);

      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_box_append (GTK_BOX (lines), label);
      if (i == 1)
        {
          gtk_widget_add_css_class (label, "dim-label");
          gtk_widget_add_css_class (label, "caption");
        }
    }
  gtk_widget_set_valign (lines, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (lines, TRUE);
  gtk_box_append (GTK_BOX (box), lines);
  gtk_list_item_set_child (item, box);
}

static void
on_row_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, MsPicker *self)
{
  MsResource *resource = gtk_list_item_get_item (item);

  show_row (self, gtk_list_item_get_child (item), resource);
  g_signal_connect_object (resource, "changed", G_CALLBACK (on_resource_changed_cb), item, 0);
}

static void
on_row_unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, MsPicker *self)
{
  g_signal_handlers_disconnect_by_func (
      gtk_list_item_get_item (item), on_resource_changed_cb, item);
}

static void
update_page (MsPicker *self)
{
  guint         n = g_list_model_get_n_items (G_LIST_MODEL (self->objects));
  const GError *error = ms_remote_list_get_error (self->objects);
  const char   *words = ms_remote_list_get_search (self->objects);

  if (n > 0)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "list");
  else if (error != NULL)
    {
      gtk_label_set_text (GTK_LABEL (self->empty), error->message);
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "empty");
    }
  else if (ms_remote_list_is_loading (self->objects))
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "loading");
  else
    {
      gtk_label_set_text (GTK_LABEL (self->empty),
                          words != NULL && words[0] != '\0'
                          ? _("Nothing found")
                          : _("Nothing there yet"));
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "empty");
    }
}

static void
on_selected_cb (MsPicker *self)
{
  g_signal_emit (self, signals[SELECTION_CHANGED], 0);
}

static void
on_row_activate_cb (GtkListView *list, guint position, MsPicker *self)
{
  g_autoptr (MsResource) resource = g_list_model_get_item (G_LIST_MODEL (self->objects), position);

  if (resource != NULL && ms_resource_is_loaded (resource))
    g_signal_emit (self, signals[PICKED], 0, resource);
}

static void
on_none_toggled_cb (GtkToggleButton *none, MsPicker *self)
{
  if (gtk_toggle_button_get_active (none))
    gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
  g_signal_emit (self, signals[SELECTION_CHANGED], 0);
  if (gtk_toggle_button_get_active (none)
      && gtk_list_view_get_single_click_activate (GTK_LIST_VIEW (self->list)))
    g_signal_emit (self, signals[PICKED], 0, NULL);
}

static void
on_list_selection_cb (MsPicker *self)
{
  if (gtk_single_selection_get_selected (self->selection) != GTK_INVALID_LIST_POSITION)
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->none), FALSE);
  on_selected_cb (self);
}

static void
on_search_changed_cb (GtkSearchEntry *search, MsPicker *self)
{
  if (self->objects == NULL)
    return;

  ms_remote_list_set_search (self->objects, gtk_editable_get_text (GTK_EDITABLE (search)));
  update_page (self);
}

static void
on_search_activate_cb (GtkSearchEntry *search, MsPicker *self)
{
  MsResource *resource = NULL;

  if (!ms_picker_get_selected (self, &resource) || resource == NULL)
    resource = NULL;
  if (resource != NULL)
    g_signal_emit (self, signals[PICKED], 0, resource);
  else if (g_list_model_get_n_items (G_LIST_MODEL (self->selection)) == 1)
    {
      gtk_single_selection_set_selected (self->selection, 0);
      on_row_activate_cb (GTK_LIST_VIEW (self->list), 0, self);
    }
}

/* The entry keeps Escape for itself, so what the picker is in is closed from here. */
static void
on_search_stop_cb (GtkSearchEntry *search, MsPicker *self)
{
  GtkWidget *popover = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_POPOVER);

  if (popover != NULL)
    gtk_popover_popdown (GTK_POPOVER (popover));
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "window.close", NULL);
}

static void
on_search_next_cb (GtkSearchEntry *search, MsPicker *self)
{
  gtk_widget_child_focus (self->list, GTK_DIR_TAB_FORWARD);
}

static gboolean
on_search_key_cb (GtkEventController *controller,
                  guint               keyval,
                  guint               keycode,
                  GdkModifierType     state,
                  MsPicker           *self)
{
  if (keyval != GDK_KEY_Down)
    return GDK_EVENT_PROPAGATE;

  gtk_widget_child_focus (self->list, GTK_DIR_TAB_FORWARD);

  return GDK_EVENT_STOP;
}

/* The list is asked for only when somebody looks at it. */
static void
ms_picker_map (GtkWidget *widget)
{
  MsPicker *self = MS_PICKER (widget);

  if (self->objects == NULL)
    {
      GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
      const char         *label = ms_connection_get_label_path (self->connection, self->type_name);
      const char         *sort_by = g_str_equal (self->type_name, "User")    ? "userName"
                                    : g_str_equal (self->type_name, "Group") ? "displayName"
                                    : label != NULL                          ? label
                                                                             : "name";

      self->objects = ms_remote_list_new (self->connection, self->type_name, NULL, sort_by);
      self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->objects)));
      gtk_single_selection_set_autoselect (self->selection, FALSE);
      gtk_single_selection_set_can_unselect (self->selection, TRUE);
      gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
      g_signal_connect (factory, "setup", G_CALLBACK (on_row_setup_cb), self);
      g_signal_connect (factory, "bind", G_CALLBACK (on_row_bind_cb), self);
      g_signal_connect (factory, "unbind", G_CALLBACK (on_row_unbind_cb), self);
      gtk_list_view_set_factory (GTK_LIST_VIEW (self->list), factory);
      g_object_unref (factory);
      gtk_list_view_set_model (GTK_LIST_VIEW (self->list), GTK_SELECTION_MODEL (self->selection));
      g_signal_connect_object (self->selection,
                               "notify::selected",
                               G_CALLBACK (on_list_selection_cb),
                               self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (
          self->objects, "items-changed", G_CALLBACK (update_page), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (
          self->objects, "notify::loading", G_CALLBACK (update_page), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (
          self->objects, "notify::error", G_CALLBACK (update_page), self, G_CONNECT_SWAPPED);
      update_page (self);
    }

  GTK_WIDGET_CLASS (ms_picker_parent_class)->map (widget);
}

static void
ms_picker_dispose (GObject *object)
{
  MsPicker  *self = MS_PICKER (object);
  GtkWidget *child;

  gtk_widget_dispose_template (GTK_WIDGET (self), MS_TYPE_PICKER);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->selection);
  g_clear_object (&self->objects);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->type_name, g_free);

  G_OBJECT_CLASS (ms_picker_parent_class)->dispose (object);
}

static void
ms_picker_class_init (MsPickerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_picker_dispose;
  widget_class->map = ms_picker_map;

  signals[PICKED] = g_signal_new ("picked",
                                  MS_TYPE_PICKER,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  1,
                                  MS_TYPE_RESOURCE);
  signals[SELECTION_CHANGED] = g_signal_new (
      "selection-changed", MS_TYPE_PICKER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/mailstead/Mailstead/ui/editors/ms-picker.ui");
  gtk_widget_class_bind_template_child (widget_class, MsPicker, empty);
  gtk_widget_class_bind_template_child (widget_class, MsPicker, list);
  gtk_widget_class_bind_template_child (widget_class, MsPicker, none);
  gtk_widget_class_bind_template_child (widget_class, MsPicker, none_label);
  gtk_widget_class_bind_template_child (widget_class, MsPicker, search);
  gtk_widget_class_bind_template_child (widget_class, MsPicker, stack);
  gtk_widget_class_bind_template_callback (widget_class, on_none_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_search_key_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_search_next_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_search_stop_cb);
}

static void
ms_picker_init (MsPicker *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_entry_set_key_capture_widget (GTK_SEARCH_ENTRY (self->search), self->list);
}

GtkWidget *
ms_picker_new (MsConnection *connection, const char *type_name, const char *placeholder)
{
  MsPicker *self;

  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);
  g_return_val_if_fail (type_name != NULL, NULL);

  self = g_object_new (MS_TYPE_PICKER, NULL);
  self->connection = g_object_ref (connection);
  self->type_name = g_strdup (type_name);
  g_object_set (self->search, "placeholder-text", placeholder, NULL);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (self->search), GTK_ACCESSIBLE_PROPERTY_LABEL, placeholder, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  ms_object_words_type (type_name),
                                  -1);

  return GTK_WIDGET (self);
}

void
ms_picker_set_none_label (MsPicker *self, const char *label)
{
  g_return_if_fail (MS_IS_PICKER (self));

  gtk_label_set_text (GTK_LABEL (self->none_label), label != NULL ? label : "");
  gtk_widget_set_visible (self->none, label != NULL);
}

void
ms_picker_set_single_click (MsPicker *self, gboolean single_click)
{
  g_return_if_fail (MS_IS_PICKER (self));

  gtk_list_view_set_single_click_activate (GTK_LIST_VIEW (self->list), single_click);
}

gboolean
ms_picker_get_selected (MsPicker *self, MsResource **resource)
{
  MsResource *item;

  g_return_val_if_fail (MS_IS_PICKER (self), FALSE);

  if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->none)))
    {
      *resource = NULL;
      return TRUE;
    }
  item = self->selection != NULL ? gtk_single_selection_get_selected_item (self->selection) : NULL;
  if (item == NULL || !ms_resource_is_loaded (item))
    return FALSE;

  *resource = item;

  return TRUE;
}

gboolean
ms_picker_select (MsPicker *self, const char *label)
{
  guint n;

  g_return_val_if_fail (MS_IS_PICKER (self), FALSE);

  n = self->objects != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->objects)) : 0;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MsResource) resource = g_list_model_get_item (G_LIST_MODEL (self->objects), i);

      if (ms_resource_is_loaded (resource)
          && g_strcmp0 (ms_connection_get_label_of (self->connection, resource), label) == 0)
        {
          gtk_single_selection_set_selected (self->selection, i);
          return TRUE;
        }
    }

  return FALSE;
}

void
ms_picker_focus_search (MsPicker *self)
{
  g_return_if_fail (MS_IS_PICKER (self));

  gtk_widget_grab_focus (self->search);
}
