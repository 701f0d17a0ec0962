/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsListField: a list of entries, one a line, and an empty line at the end where typing begins a
 * new one. An entry that is emptied is gone once the focus leaves it; Delete on a line whose whole
 * text is selected (as it is after Tab, Up or Down) takes it away at once. Duplicates are marked,
 * not swallowed.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-error.h"
#include "ms-json.h"
#include "ms-list-field.h"
#include "ms-text.h"
#include "ms-value-text.h"

struct _MsListField
{
  MsField parent_instance;

  /* Owned */
  char       *placeholder;
  GHashTable *elements; /* (nullable): value -> JsonObject that came with it */

  /* Borrowed: in our row, which we own */
  GtkWidget *list;
  GtkWidget *blank;

  MsTextCheck        check;
  MsTextKey          key;
  const MsAttribute *attribute; /* (nullable) */
  gboolean           removing;
};

G_DEFINE_FINAL_TYPE (MsListField, ms_list_field, MS_TYPE_FIELD)

static GtkWidget *add_line (MsListField *self, const char *text);

static GtkWidget *
get_line (GtkWidget *entry)
{
  return gtk_widget_get_parent (entry);
}

static GtkWidget *
get_entry (GtkWidget *line)
{
  return gtk_widget_get_first_child (line);
}

static void
focus_line (GtkWidget *line)
{
  GtkWidget *entry = get_entry (line);

  gtk_widget_grab_focus (entry);
  gtk_editable_select_region (GTK_EDITABLE (entry), 0, -1);
}

static void
make_blank (MsListField *self)
{
  self->blank = get_entry (add_line (self, ""));
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->blank), self->placeholder);
  gtk_widget_set_visible (gtk_widget_get_last_child (get_line (self->blank)), FALSE);
}

/* Taking a line away moves the focus, which must not take it away again. */
static void
drop_line (MsListField *self, GtkWidget *line)
{
  if (self->removing)
    return;

  self->removing = TRUE;
  gtk_box_remove (GTK_BOX (self->list), line);
  self->removing = FALSE;
}

static void
remove_line (MsListField *self, GtkWidget *line)
{
  GtkWidget *next = gtk_widget_get_next_sibling (line);

  if (get_entry (line) == self->blank)
    return;

  if (next != NULL)
    focus_line (next);
  drop_line (self, line);
  ms_field_changed (MS_FIELD (self));
}

static char *
dup_text (GtkWidget *line)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (get_entry (line)))));
}

static gboolean
check_text (MsListField *self, const char *text, GHashTable *seen, GError **error)
{
  g_autofree char *key = NULL;

  if (!ms_text_check (text, FALSE, ms_field_get_path (MS_FIELD (self)), error))
    return FALSE;
  if (self->check != NULL && !self->check (text, ms_field_get_path (MS_FIELD (self)), error))
    return FALSE;

  if (self->attribute != NULL)
    {
      g_autoptr (JsonNode) value = ms_value_text_read (self->attribute, text, error);
      if (value == NULL)
        return FALSE;
    }

  key = self->key != NULL ? self->key (text) : g_strdup (text);
  if (!g_hash_table_add (seen, g_steal_pointer (&key)))
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidValue", NULL, _("%s is there twice"), text);
      return FALSE;
    }

  return TRUE;
}

static void
mark_line (GtkWidget *line, const GError *error)
{
  GtkWidget *entry = get_entry (line);

  if (error != NULL)
    gtk_widget_add_css_class (entry, "error");
  else
    gtk_widget_remove_css_class (entry, "error");
  gtk_widget_set_tooltip_text (entry, error != NULL ? error->message : NULL);
  gtk_accessible_update_state (GTK_ACCESSIBLE (entry),
                               GTK_ACCESSIBLE_STATE_INVALID,
                               error != NULL ? GTK_ACCESSIBLE_INVALID_TRUE
                                             : GTK_ACCESSIBLE_INVALID_FALSE,
                               -1);
}

static void
on_entry_changed_cb (GtkWidget *entry, MsListField *self)
{
  if (entry == self->blank && gtk_editable_get_text (GTK_EDITABLE (entry))[0] != '\0')
    {
      gtk_widget_set_visible (gtk_widget_get_last_child (get_line (entry)), TRUE);
      gtk_entry_set_placeholder_text (GTK_ENTRY (entry), NULL);
      make_blank (self);
    }
  ms_field_changed (MS_FIELD (self));
}

static void
on_entry_activate_cb (GtkWidget *entry, MsListField *self)
{
  GtkWidget *next = gtk_widget_get_next_sibling (get_line (entry));

  if (next != NULL)
    focus_line (next);
  else
    gtk_widget_activate_default (entry);
}

static void
on_focus_left_cb (GtkEventController *controller, MsListField *self)
{
  GtkWidget       *entry = gtk_event_controller_get_widget (controller);
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));

  if (text[0] == '\0' && entry != self->blank && !self->removing)
    {
      /* Not remove_line(): the focus is on its way elsewhere and must arrive there */
      drop_line (self, get_line (entry));
      ms_field_changed (MS_FIELD (self));
    }
}

static gboolean
is_all_selected (GtkWidget *entry)
{
  int start, end;

  if (gtk_editable_get_text (GTK_EDITABLE (entry))[0] == '\0')
    return TRUE;

  return gtk_editable_get_selection_bounds (GTK_EDITABLE (entry), &start, &end) && start == 0
         && end == g_utf8_strlen (gtk_editable_get_text (GTK_EDITABLE (entry)), -1);
}

static gboolean
on_key_pressed_cb (GtkEventController *controller,
                   guint               keyval,
                   guint               keycode,
                   GdkModifierType     state,
                   MsListField        *self)
{
  GtkWidget *entry = gtk_event_controller_get_widget (controller);
  GtkWidget *line = get_line (entry);
  GtkWidget *to = NULL;

  if (keyval == GDK_KEY_Delete && entry != self->blank && is_all_selected (entry))
    {
      remove_line (self, line);
      return GDK_EVENT_STOP;
    }
  if (keyval == GDK_KEY_Up)
    to = gtk_widget_get_prev_sibling (line);
  else if (keyval == GDK_KEY_Down)
    to = gtk_widget_get_next_sibling (line);
  if (to == NULL)
    return GDK_EVENT_PROPAGATE;

  focus_line (to);

  return GDK_EVENT_STOP;
}

static void
on_remove_clicked_cb (GtkWidget *button, MsListField *self)
{
  remove_line (self, gtk_widget_get_parent (button));
}

static GtkWidget *
add_line (MsListField *self, const char *text)
{
  GtkWidget          *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget          *entry = gtk_entry_new ();
  GtkWidget          *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkEventController *key = gtk_event_controller_key_new ();
  g_autofree char    *title = ms_field_dup_title (MS_FIELD (self));

  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  gtk_entry_set_max_length (GTK_ENTRY (entry), 400);
  gtk_widget_set_hexpand (entry, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _("Remove (Delete)"));
  gtk_widget_set_focus_on_click (button, FALSE);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Remove"), -1);

  gtk_event_controller_set_propagation_phase (key, GTK_PHASE_CAPTURE);
  g_signal_connect_object (entry, "changed", G_CALLBACK (on_entry_changed_cb), self, 0);
  g_signal_connect_object (entry, "activate", G_CALLBACK (on_entry_activate_cb), self, 0);
  g_signal_connect_object (focus, "leave", G_CALLBACK (on_focus_left_cb), self, 0);
  g_signal_connect_object (key, "key-pressed", G_CALLBACK (on_key_pressed_cb), self, 0);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_remove_clicked_cb), self, 0);
  gtk_widget_add_controller (entry, focus);
  gtk_widget_add_controller (entry, key);

  gtk_box_append (GTK_BOX (line), entry);
  gtk_box_append (GTK_BOX (line), button);
  gtk_box_append (GTK_BOX (self->list), line);

  return line;
}

static gboolean
on_mnemonic_cb (GtkWidget *list, gboolean cycling, MsListField *self)
{
  gtk_widget_grab_focus (self->blank);

  return TRUE;
}

static void
ms_list_field_build (MsField *field, MsFieldRow *row)
{
  MsListField *self = MS_LIST_FIELD (field);

  self->list = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  g_signal_connect_object (self->list, "mnemonic-activate", G_CALLBACK (on_mnemonic_cb), self, 0);
  make_blank (self);
  ms_field_row_set_control (row, self->list, NULL, MS_FIELD_ROW_BELOW);
}

/* (transfer full) (nullable) */
static char *
remember_element (MsListField *self, JsonNode *element)
{
  JsonObject *object;
  const char *text;

  if (self->attribute != NULL)
    return ms_value_text_show (self->attribute, element);
  if (!JSON_NODE_HOLDS_OBJECT (element))
    return JSON_NODE_HOLDS_VALUE (element) ? g_strdup (json_node_get_string (element)) : NULL;

  object = json_node_get_object (element);
  text = json_object_get_string_member_with_default (object, "value", NULL);
  if (text != NULL && self->elements != NULL)
    g_hash_table_insert (self->elements, g_strdup (text), ms_json_deep_copy_object (object));

  return g_strdup (text);
}

static void
append_entry (MsListField *self, JsonArray *array, const char *text)
{
  JsonObject *element;

  if (self->elements == NULL)
    {
      /* What cannot be read is kept as text: it is a change, which verify refuses. */
      JsonNode *value
          = self->attribute != NULL ? ms_value_text_read (self->attribute, text, NULL) : NULL;
      if (value != NULL)
        json_array_add_element (array, value);
      else
        json_array_add_string_element (array, text);
      return;
    }
  element = g_hash_table_lookup (self->elements, text);
  element = element != NULL ? ms_json_deep_copy_object (element) : json_object_new ();
  json_object_set_string_member (element, "value", text);
  json_array_add_object_element (array, element);
}

static void
ms_list_field_set_value (MsField *field, JsonNode *value)
{
  MsListField *self = MS_LIST_FIELD (field);
  GtkWidget   *line;

  self->blank = NULL;
  while ((line = gtk_widget_get_first_child (self->list)) != NULL)
    drop_line (self, line);

  if (value != NULL && JSON_NODE_HOLDS_ARRAY (value))
    {
      JsonArray *array = json_node_get_array (value);

      for (guint i = 0; i < json_array_get_length (array); i++)
        {
          g_autofree char *text = remember_element (self, json_array_get_element (array, i));

          if (text != NULL)
            add_line (self, text);
        }
    }
  make_blank (self);
}

static JsonNode *
ms_list_field_dup_value (MsField *field)
{
  MsListField *self = MS_LIST_FIELD (field);
  g_autoptr (JsonArray) array = json_array_new ();

  for (GtkWidget *line = gtk_widget_get_first_child (self->list); line != NULL;
       line = gtk_widget_get_next_sibling (line))
    {
      g_autofree char *text = dup_text (line);

      if (text[0] != '\0')
        append_entry (self, array, text);
    }
  if (json_array_get_length (array) == 0)
    return NULL;

  return json_node_init_array (json_node_alloc (), array);
}

static gboolean
ms_list_field_verify (MsField *field, GError **error)
{
  MsListField *self = MS_LIST_FIELD (field);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GError) first = NULL;

  for (GtkWidget *line = gtk_widget_get_first_child (self->list); line != NULL;
       line = gtk_widget_get_next_sibling (line))
    {
      g_autofree char *text = dup_text (line);
      g_autoptr (GError) local_error = NULL;

      if (text[0] != '\0')
        (void) check_text (self, text, seen, &local_error);
      mark_line (line, local_error);
      if (first == NULL)
        first = g_steal_pointer (&local_error);
    }
  if (first == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&first));

  return FALSE;
}

static char *
ms_list_field_describe (MsField *field, JsonNode *value)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (value == NULL || !JSON_NODE_HOLDS_ARRAY (value))
    return g_strdup (_("None"));

  for (guint i = 0; i < json_array_get_length (json_node_get_array (value)); i++)
    {
      g_autofree char *entry = remember_element (
          MS_LIST_FIELD (field), json_array_get_element (json_node_get_array (value), i));

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", entry != NULL ? entry : "");
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
ms_list_field_finalize (GObject *object)
{
  g_free (MS_LIST_FIELD (object)->placeholder);
  g_clear_pointer (&MS_LIST_FIELD (object)->elements, g_hash_table_unref);

  G_OBJECT_CLASS (ms_list_field_parent_class)->finalize (object);
}

static void
ms_list_field_class_init (MsListFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ms_list_field_finalize;
  field_class->build = ms_list_field_build;
  field_class->set_value = ms_list_field_set_value;
  field_class->dup_value = ms_list_field_dup_value;
  field_class->verify = ms_list_field_verify;
  field_class->describe = ms_list_field_describe;
}

static void
ms_list_field_init (MsListField *self)
{
}

MsField *
ms_list_field_new (const char *path,
                   const char *title,
                   const char *hint,
                   const char *placeholder,
                   MsTextCheck check)
{
  MsField *self = ms_field_new (MS_TYPE_LIST_FIELD, path, title, hint);

  MS_LIST_FIELD (self)->placeholder = g_strdup (placeholder);
  MS_LIST_FIELD (self)->check = check;

  return self;
}

void
ms_list_field_set_key (MsListField *self, MsTextKey key)
{
  g_return_if_fail (MS_IS_LIST_FIELD (self));

  self->key = key;
}

void
ms_list_field_set_attribute (MsListField *self, const MsAttribute *attribute)
{
  g_return_if_fail (MS_IS_LIST_FIELD (self));

  self->attribute = attribute;
}

void
ms_list_field_set_elements (MsListField *self, gboolean elements)
{
  g_return_if_fail (MS_IS_LIST_FIELD (self));

  g_clear_pointer (&self->elements, g_hash_table_unref);
  if (elements)
    self->elements = g_hash_table_new_full (
        g_str_hash, g_str_equal, g_free, (GDestroyNotify) json_object_unref);
}
