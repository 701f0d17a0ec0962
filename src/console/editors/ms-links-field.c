/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsLinksField: a short list of rows that open the object they name. Never changed, as it has no
 * value of its own.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-links-field.h"
#include "ms-object-words.h"

struct _MsLinksField
{
  MsField parent_instance;

  /* Owned */
  char *type_name;
  char *empty;
  char *add_label;

  /* Borrowed: in our row, which we own */
  GtkWidget *list;
  GtkWidget *placeholder;
};

G_DEFINE_FINAL_TYPE (MsLinksField, ms_links_field, MS_TYPE_FIELD)

enum
{
  OPEN,
  ADD,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
on_row_activated_cb (GtkListBox *list, GtkListBoxRow *row, MsLinksField *self)
{
  g_signal_emit (self,
                 signals[OPEN],
                 0,
                 self->type_name,
                 (const char *) g_object_get_data (G_OBJECT (row), "ms-id"));
}

static void
on_add_clicked_cb (MsLinksField *self)
{
  g_signal_emit (self, signals[ADD], 0);
}

static GtkWidget *
new_row (MsLinksField *self, JsonObject *element)
{
  GtkWidget  *row = adw_action_row_new ();
  GtkWidget  *image = gtk_image_new_from_icon_name (ms_object_words_icon (self->type_name));
  gboolean    primary = json_object_get_boolean_member_with_default (element, "primary", FALSE);
  const char *id = json_object_get_string_member_with_default (element, "value", "");
  const char *name = json_object_get_string_member_with_default (element, "display", id);
  const char *address = json_object_get_string_member_with_default (element, "address", NULL);

  g_object_set (
      row, "use-markup", FALSE, "title", name, "title-lines", 1, "subtitle-lines", 1, NULL);
  gtk_widget_set_tooltip_text (row, address != NULL ? address : name);
  if (address != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), address);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), image);
  if (primary)
    {
      GtkWidget *badge = gtk_label_new (_("Primary"));

      gtk_widget_add_css_class (badge, "caption");
      gtk_widget_add_css_class (badge, "accent");
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), badge);
    }
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_object_set_data_full (G_OBJECT (row), "ms-id", g_strdup (id), g_free);

  return row;
}

static void
ms_links_field_build (MsField *field, MsFieldRow *row)
{
  MsLinksField    *self = MS_LINKS_FIELD (field);
  GtkWidget       *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  g_autofree char *title = ms_field_dup_title (field);

  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  self->placeholder = gtk_label_new (self->empty);
  gtk_widget_add_css_class (self->placeholder, "dim-label");
  gtk_widget_set_margin_top (self->placeholder, 12);
  gtk_widget_set_margin_bottom (self->placeholder, 12);
  gtk_list_box_set_placeholder (GTK_LIST_BOX (self->list), self->placeholder);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (on_row_activated_cb), self, 0);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_box_append (GTK_BOX (box), self->list);

  if (self->add_label != NULL)
    {
      GtkWidget *button = gtk_button_new_with_mnemonic (self->add_label);

      gtk_widget_set_halign (button, GTK_ALIGN_END);
      g_signal_connect_object (
          button, "clicked", G_CALLBACK (on_add_clicked_cb), self, G_CONNECT_SWAPPED);
      gtk_box_append (GTK_BOX (box), button);
    }
  ms_field_row_set_control (row, box, self->list, MS_FIELD_ROW_BELOW);
}

static void
ms_links_field_set_value (MsField *field, JsonNode *value)
{
  MsLinksField *self = MS_LINKS_FIELD (field);
  GtkWidget    *row;

  while ((row = GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), 0))) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), row);

  if (value != NULL && JSON_NODE_HOLDS_ARRAY (value))
    {
      JsonArray *array = json_node_get_array (value);

      for (guint i = 0; i < json_array_get_length (array); i++)
        gtk_list_box_append (GTK_LIST_BOX (self->list),
                             new_row (self, json_array_get_object_element (array, i)));
    }
}

static JsonNode *
ms_links_field_dup_value (MsField *field)
{
  return NULL;
}

static void
ms_links_field_finalize (GObject *object)
{
  MsLinksField *self = MS_LINKS_FIELD (object);

  g_free (self->type_name);
  g_free (self->empty);
  g_free (self->add_label);

  G_OBJECT_CLASS (ms_links_field_parent_class)->finalize (object);
}

static void
ms_links_field_class_init (MsLinksFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ms_links_field_finalize;
  field_class->build = ms_links_field_build;
  field_class->set_value = ms_links_field_set_value;
  field_class->dup_value = ms_links_field_dup_value;

  signals[OPEN] = g_signal_new ("open",
                                MS_TYPE_LINKS_FIELD,
                                G_SIGNAL_RUN_LAST,
                                0,
                                NULL,
                                NULL,
                                NULL,
                                G_TYPE_NONE,
                                2,
                                G_TYPE_STRING,
                                G_TYPE_STRING);
  signals[ADD] = g_signal_new (
      "add", MS_TYPE_LINKS_FIELD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_links_field_init (MsLinksField *self)
{
}

MsField *
ms_links_field_new (const char *path,
                    const char *title,
                    const char *type_name,
                    const char *empty,
                    const char *add_label)
{
  MsLinksField *self = MS_LINKS_FIELD (ms_field_new (MS_TYPE_LINKS_FIELD, path, title, NULL));

  self->type_name = g_strdup (type_name);
  self->empty = g_strdup (empty);
  self->add_label = g_strdup (add_label);

  return MS_FIELD (self);
}
