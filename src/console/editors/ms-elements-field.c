/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsElementsField: each element is a small grid of its own: the name of a part, and an entry for
 * it. What an element holds beside its parts is kept. The whole list is one value: a change sends
 * all of it, since elements have no identity.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-elements-field.h"
#include "ms-json.h"
#include "ms-value-text.h"

struct _MsElementsField
{
  MsField parent_instance;

  /* Borrowed: in our row, which we own */
  GtkWidget *list;
  GtkWidget *add;

  const MsAttribute *attribute;
  gboolean           fixed;
};

G_DEFINE_FINAL_TYPE (MsElementsField, ms_elements_field, MS_TYPE_FIELD)

/* Key of the JsonObject that a grid was made from, and of the attribute that an entry is for. */
#define ELEMENT "ms-element"
#define PART "ms-part"
/* Key of what an entry showed first: a time is shown without its seconds, and keeps them. */
#define SHOWN "ms-shown"

static void
show_list (MsElementsField *self)
{
  gtk_widget_set_visible (self->list, gtk_widget_get_first_child (self->list) != NULL);
}

static void
on_entry_changed_cb (GtkEditable *entry, MsElementsField *self)
{
  gtk_widget_remove_css_class (GTK_WIDGET (entry), "error");
  gtk_widget_set_tooltip_text (GTK_WIDGET (entry), NULL);
  ms_field_changed (MS_FIELD (self));
}

static void
on_remove_cb (GtkWidget *button, MsElementsField *self)
{
  GtkWidget *grid = gtk_widget_get_ancestor (button, GTK_TYPE_GRID);

  gtk_box_remove (GTK_BOX (self->list), grid);
  show_list (self);
  ms_field_changed (MS_FIELD (self));
}

static void
add_part (MsElementsField *self, GtkGrid *grid, guint i, JsonObject *element)
{
  const MsAttribute *part = g_ptr_array_index (self->attribute->sub_attributes, i);
  g_autofree char   *title = ms_value_text_title (part);
  g_autofree char   *text = ms_value_text_show (part, json_object_get_member (element, part->name));
  GtkWidget         *label = gtk_label_new (title);
  GtkWidget         *entry = gtk_entry_new ();

  g_autofree char *example = ms_value_text_example (part);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), example);
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  g_object_set_data_full (G_OBJECT (entry), SHOWN, g_strdup (text), g_free);
  gtk_editable_set_editable (GTK_EDITABLE (entry),
                             !self->fixed && part->mutability != MS_MUTABILITY_READ_ONLY);
  gtk_widget_set_hexpand (entry, TRUE);
  gtk_accessible_update_relation (
      GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_RELATION_LABELLED_BY, label, NULL, -1);
  g_object_set_data (G_OBJECT (entry), PART, (gpointer) part);
  g_signal_connect_object (entry, "changed", G_CALLBACK (on_entry_changed_cb), self, 0);
  gtk_grid_attach (grid, label, 0, (int) i, 1, 1);
  gtk_grid_attach (grid, entry, 1, (int) i, 1, 1);
}

static GtkWidget *
add_element (MsElementsField *self, JsonObject *element)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_widget_add_css_class (grid, "ms-element");
  g_object_set_data_full (
      G_OBJECT (grid), ELEMENT, json_object_ref (element), (GDestroyNotify) json_object_unref);
  for (guint i = 0; i < self->attribute->sub_attributes->len; i++)
    add_part (self, GTK_GRID (grid), i, element);
  if (!self->fixed)
    {
      GtkWidget *button = gtk_button_new_from_icon_name ("list-remove-symbolic");

      gtk_widget_set_tooltip_text (button, _ ("Remove"));
      gtk_accessible_update_property (
          GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Remove"), -1);
      gtk_widget_set_valign (button, GTK_ALIGN_START);
      gtk_widget_add_css_class (button, "flat");
      g_signal_connect_object (button, "clicked", G_CALLBACK (on_remove_cb), self, 0);
      gtk_grid_attach (GTK_GRID (grid), button, 2, 0, 1, 1);
    }
  gtk_box_append (GTK_BOX (self->list), grid);
  show_list (self);
  return grid;
}

static void
on_add_cb (GtkWidget *button, MsElementsField *self)
{
  g_autoptr (JsonObject) element = json_object_new ();
  GtkWidget *grid = add_element (self, element);

  gtk_widget_grab_focus (gtk_grid_get_child_at (GTK_GRID (grid), 1, 0));
}

static void
ms_elements_field_build (MsField *field, MsFieldRow *row)
{
  MsElementsField *self = MS_ELEMENTS_FIELD (field);
  GtkWidget       *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->list = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  gtk_box_append (GTK_BOX (box), self->list);
  self->add = gtk_button_new_with_label (_ ("Add"));
  gtk_widget_set_halign (self->add, GTK_ALIGN_START);
  gtk_widget_set_visible (self->add, !self->fixed);
  g_signal_connect_object (self->add, "clicked", G_CALLBACK (on_add_cb), self, 0);
  gtk_box_append (GTK_BOX (box), self->add);
  ms_field_row_set_control (row, box, self->add, MS_FIELD_ROW_BELOW);
  show_list (self);
}

static void
ms_elements_field_set_value (MsField *field, JsonNode *value)
{
  MsElementsField *self = MS_ELEMENTS_FIELD (field);

  for (GtkWidget *child = gtk_widget_get_first_child (self->list); child != NULL;
       child = gtk_widget_get_first_child (self->list))
    gtk_box_remove (GTK_BOX (self->list), child);
  show_list (self);
  /* One that has a single value comes here only to be read. */
  if (value != NULL && JSON_NODE_HOLDS_OBJECT (value))
    (void) add_element (self, json_node_get_object (value));
  if (value == NULL || !JSON_NODE_HOLDS_ARRAY (value))
    return;
  for (guint i = 0; i < json_array_get_length (json_node_get_array (value)); i++)
    {
      JsonNode *element = json_array_get_element (json_node_get_array (value), i);
      if (JSON_NODE_HOLDS_OBJECT (element))
        (void) add_element (self, json_node_get_object (element));
    }
}

/* Calls @func for each entry of @grid until it says %FALSE. */
typedef gboolean (*EntryFunc) (GtkWidget *entry, const MsAttribute *part, gpointer user_data);

static gboolean
foreach_entry (GtkWidget *grid, EntryFunc func, gpointer user_data)
{
  for (GtkWidget *child = gtk_widget_get_first_child (grid); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      const MsAttribute *part = g_object_get_data (G_OBJECT (child), PART);
      if (part != NULL && !func (child, part, user_data))
        return FALSE;
    }
  return TRUE;
}

/* What was there already is not for this console to judge: it may be from other times. */
static gboolean
is_untouched (GtkWidget *entry)
{
  return g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (entry)),
                    g_object_get_data (G_OBJECT (entry), SHOWN))
         == 0;
}

static gboolean
take_entry (GtkWidget *entry, const MsAttribute *part, gpointer user_data)
{
  JsonObject      *element = user_data;
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));
  JsonNode        *value = NULL;

  if (is_untouched (entry))
    return TRUE;
  value = *text != '\0' ? ms_value_text_read (part, text, NULL) : NULL;
  if (*text == '\0')
    json_object_remove_member (element, part->name);
  else if (value != NULL)
    json_object_set_member (element, part->name, value);
  else
    json_object_set_string_member (element, part->name, text);
  return TRUE;
}

static JsonNode *
ms_elements_field_dup_value (MsField *field)
{
  MsElementsField *self = MS_ELEMENTS_FIELD (field);
  g_autoptr (JsonArray) array = json_array_new ();

  for (GtkWidget *grid = gtk_widget_get_first_child (self->list); grid != NULL;
       grid = gtk_widget_get_next_sibling (grid))
    {
      JsonObject *element = ms_json_deep_copy_object (g_object_get_data (G_OBJECT (grid), ELEMENT));
      (void) foreach_entry (grid, take_entry, element);
      if (json_object_get_size (element) > 0)
        json_array_add_object_element (array, element);
      else
        json_object_unref (element);
    }
  if (self->fixed)
    return NULL;
  return json_array_get_length (array) > 0 ? json_node_init_array (json_node_alloc (), array)
                                           : NULL;
}

static gboolean
verify_entry (GtkWidget *entry, const MsAttribute *part, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));
  g_autoptr (JsonNode) value = *text != '\0' ? ms_value_text_read (part, text, &error) : NULL;

  if (error == NULL || is_untouched (entry))
    return TRUE;
  gtk_widget_add_css_class (entry, "error");
  gtk_widget_set_tooltip_text (entry, error->message);
  g_propagate_error (user_data, g_steal_pointer (&error));
  return FALSE;
}

static gboolean
ms_elements_field_verify (MsField *field, GError **error)
{
  MsElementsField *self = MS_ELEMENTS_FIELD (field);

  for (GtkWidget *grid = gtk_widget_get_first_child (self->list); grid != NULL;
       grid = gtk_widget_get_next_sibling (grid))
    if (!foreach_entry (grid, verify_entry, error))
      return FALSE;
  return TRUE;
}

static char *
ms_elements_field_describe (MsField *field, JsonNode *value)
{
  guint n = value != NULL && JSON_NODE_HOLDS_ARRAY (value)
                ? json_array_get_length (json_node_get_array (value))
                : 0;

  return g_strdup_printf (ngettext ("%u element", "%u elements", n), n);
}

static void
ms_elements_field_class_init (MsElementsFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  field_class->build = ms_elements_field_build;
  field_class->set_value = ms_elements_field_set_value;
  field_class->dup_value = ms_elements_field_dup_value;
  field_class->verify = ms_elements_field_verify;
  field_class->describe = ms_elements_field_describe;
}

static void
ms_elements_field_init (MsElementsField *self)
{
}

MsField *
ms_elements_field_new (const MsAttribute *attribute,
                       const char        *title,
                       const char        *hint,
                       gboolean           fixed)
{
  g_return_val_if_fail (attribute != NULL, NULL);

  MsField *self = ms_field_new (MS_TYPE_ELEMENTS_FIELD, attribute->path, title, hint);
  MS_ELEMENTS_FIELD (self)->attribute = attribute;
  MS_ELEMENTS_FIELD (self)->fixed = fixed;
  return self;
}
