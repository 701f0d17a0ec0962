/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-object-words.h"
#include "ms-picker.h"
#include "ms-any-picker.h"

struct _MsAnyPicker
{
  GtkBox parent_instance;

  /* Borrowed: our children */
  GtkWidget *stack;
};

G_DEFINE_FINAL_TYPE (MsAnyPicker, ms_any_picker, GTK_TYPE_BOX)

static guint picked_signal;

static void
on_picked_cb (MsPicker *picker, MsResource *resource, gpointer user_data)
{
  g_signal_emit (user_data, picked_signal, 0, resource);
}

static void
ms_any_picker_class_init (MsAnyPickerClass *klass)
{
  picked_signal = g_signal_new ("picked",
                                MS_TYPE_ANY_PICKER,
                                G_SIGNAL_RUN_LAST,
                                0,
                                NULL,
                                NULL,
                                NULL,
                                G_TYPE_NONE,
                                1,
                                MS_TYPE_RESOURCE);
}

static void
ms_any_picker_init (MsAnyPicker *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 6);
  self->stack = gtk_stack_new ();
}

GtkWidget *
ms_any_picker_new (MsConnection *connection, const char *const *types, int width, int height)
{
  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);
  g_return_val_if_fail (types != NULL && types[0] != NULL, NULL);

  MsAnyPicker *self = g_object_new (MS_TYPE_ANY_PICKER, NULL);

  for (guint i = 0; types[i] != NULL; i++)
    {
      const char *word = ms_object_words_type (types[i]);
      /* Translators: %s is the type of the objects that are searched, such as "Mail Group" */
      g_autofree char *placeholder = g_strdup_printf (_("Search: %s"), word);
      GtkWidget       *picker = ms_picker_new (connection, types[i], placeholder);

      ms_picker_set_single_click (MS_PICKER (picker), TRUE);
      gtk_widget_set_size_request (picker, width, height);
      g_signal_connect_object (picker, "picked", G_CALLBACK (on_picked_cb), self, 0);
      gtk_stack_add_titled (GTK_STACK (self->stack), picker, types[i], word);
    }
  if (types[1] != NULL)
    {
      GtkWidget *switcher = gtk_stack_switcher_new ();
      gtk_stack_switcher_set_stack (GTK_STACK_SWITCHER (switcher), GTK_STACK (self->stack));
      gtk_box_append (GTK_BOX (self), switcher);
    }
  gtk_box_append (GTK_BOX (self), self->stack);
  return GTK_WIDGET (self);
}

void
ms_any_picker_set_none_label (MsAnyPicker *self, const char *label)
{
  g_return_if_fail (MS_IS_ANY_PICKER (self));

  ms_picker_set_none_label (MS_PICKER (gtk_widget_get_first_child (self->stack)), label);
}

void
ms_any_picker_focus_search (MsAnyPicker *self)
{
  g_return_if_fail (MS_IS_ANY_PICKER (self));

  ms_picker_focus_search (MS_PICKER (gtk_stack_get_visible_child (GTK_STACK (self->stack))));
}
