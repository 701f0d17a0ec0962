/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsReferenceField: a button that says what is referred to and opens a picker. Only the id is the
 * value; the name is what the server said beside it, or the picked object's.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-object-words.h"
#include "ms-reference-field.h"
#include "ms-any-picker.h"

struct _MsReferenceField
{
  MsField parent_instance;

  /* Owned */
  MsConnection *connection;
  GHashTable   *names; /* id -> name, of everything this field ever showed */
  GHashTable   *kinds; /* id -> name of its type, the same */
  char        **types; /* what may be referred to */
  char         *none_label;
  char         *id;

  /* Borrowed: in our row, which we own */
  GtkWidget *button;
  GtkWidget *icon;
  GtkWidget *label;
  GtkWidget *picker;
  GtkWidget *popover;
};

G_DEFINE_FINAL_TYPE (MsReferenceField, ms_reference_field, MS_TYPE_FIELD)

static const char *
get_name (MsReferenceField *self, const char *id)
{
  const char *name;

  if (id == NULL)
    return self->none_label;

  name = g_hash_table_lookup (self->names, id);

  return name != NULL ? name : id;
}

static void
show (MsReferenceField *self)
{
  const char *name = get_name (self, self->id);
  const char *kind = self->id != NULL ? g_hash_table_lookup (self->kinds, self->id) : NULL;

  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon),
                                ms_object_words_icon (kind != NULL ? kind : self->types[0]));
  gtk_label_set_text (GTK_LABEL (self->label), name);
  gtk_widget_set_tooltip_text (self->button, name);
  if (self->id != NULL)
    gtk_widget_remove_css_class (self->label, "dim-label");
  else
    gtk_widget_add_css_class (self->label, "dim-label");
  /* The name of the button is the title of the row; what it shows is its value */
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, name, -1);
}

static void
on_picked_cb (MsAnyPicker *picker, MsResource *resource, MsReferenceField *self)
{
  ms_reference_field_pick (self, resource);
  gtk_popover_popdown (GTK_POPOVER (self->popover));
}

static void
on_popover_shown_cb (MsReferenceField *self)
{
  ms_any_picker_focus_search (MS_ANY_PICKER (self->picker));
}

static void
build_popover (MsReferenceField *self)
{
  g_autofree char *title = ms_field_dup_title (MS_FIELD (self));

  self->picker = ms_any_picker_new (self->connection, (const char *const *) self->types, 340, 300);
  ms_any_picker_set_none_label (MS_ANY_PICKER (self->picker), self->none_label);

  self->popover = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (self->popover), self->picker);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (self->popover), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  g_signal_connect_object (self->picker, "picked", G_CALLBACK (on_picked_cb), self, 0);
  g_signal_connect_object (
      self->popover, "show", G_CALLBACK (on_popover_shown_cb), self, G_CONNECT_SWAPPED);
}

static void
ms_reference_field_build (MsField *field, MsFieldRow *row)
{
  MsReferenceField *self = MS_REFERENCE_FIELD (field);
  GtkWidget        *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  build_popover (self);
  self->label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (self->label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (self->label, TRUE);
  self->icon = gtk_image_new ();
  gtk_box_append (GTK_BOX (box), self->icon);
  gtk_box_append (GTK_BOX (box), self->label);
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name ("pan-down-symbolic"));

  gtk_widget_set_hexpand (box, TRUE);
  gtk_widget_set_halign (box, GTK_ALIGN_FILL);
  self->button = gtk_menu_button_new ();
  gtk_menu_button_set_child (GTK_MENU_BUTTON (self->button), box);
  /* GtkMenuButton centres its child in a box of its own */
  for (GtkWidget *up = gtk_widget_get_parent (box); up != NULL && !GTK_IS_BUTTON (up);
       up = gtk_widget_get_parent (up))
    gtk_widget_set_halign (up, GTK_ALIGN_FILL);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (self->button), self->popover);
  show (self);
  ms_field_row_set_control (row, self->button, NULL, MS_FIELD_ROW_FILL);
}

/* The type in ".../scim/v2/Shelves/ID", if it is one of ours. (nullable) */
static const char *
find_kind (MsReferenceField *self, const char *address)
{
  for (guint i = 0; address != NULL && self->types[i] != NULL; i++)
    {
      g_autofree char *endpoint = ms_connection_dup_endpoint (self->connection, self->types[i]);
      g_autofree char *part = g_strconcat (endpoint != NULL ? endpoint : "", "/", NULL);
      if (endpoint != NULL && strstr (address, part) != NULL)
        return self->types[i];
    }
  return NULL;
}

static void
remember (MsReferenceField *self, JsonNode *value)
{
  JsonObject *object = json_node_get_object (value);
  const char *id = json_object_get_string_member_with_default (object, "value", NULL);
  const char *name = json_object_get_string_member_with_default (object, "display", NULL);

  if (name == NULL)
    name = json_object_get_string_member_with_default (object, "displayName", NULL);
  const char *kind = json_object_get_string_member_with_default (object, "type", NULL);
  if (kind == NULL)
    kind = find_kind (self, json_object_get_string_member_with_default (object, "$ref", NULL));
  if (id != NULL && name != NULL)
    g_hash_table_insert (self->names, g_strdup (id), g_strdup (name));
  if (id != NULL && kind != NULL)
    g_hash_table_insert (self->kinds, g_strdup (id), g_strdup (kind));
}

static const char *
peek_id (JsonNode *value)
{
  if (value == NULL || !JSON_NODE_HOLDS_OBJECT (value))
    return NULL;

  return json_object_get_string_member_with_default (json_node_get_object (value), "value", NULL);
}

static void
ms_reference_field_set_value (MsField *field, JsonNode *value)
{
  MsReferenceField *self = MS_REFERENCE_FIELD (field);

  if (value != NULL && JSON_NODE_HOLDS_OBJECT (value))
    remember (self, value);
  g_free (self->id);
  self->id = g_strdup (peek_id (value));
  show (self);
}

static JsonNode *
ms_reference_field_dup_value (MsField *field)
{
  MsReferenceField *self = MS_REFERENCE_FIELD (field);
  g_autoptr (JsonObject) object = NULL;

  if (self->id == NULL)
    return NULL;

  object = json_object_new ();
  json_object_set_string_member (object, "value", self->id);

  return json_node_init_object (json_node_alloc (), object);
}

static char *
ms_reference_field_describe (MsField *field, JsonNode *value)
{
  MsReferenceField *self = MS_REFERENCE_FIELD (field);

  if (value != NULL && JSON_NODE_HOLDS_OBJECT (value))
    remember (self, value);

  return g_strdup (get_name (self, peek_id (value)));
}

static void
ms_reference_field_finalize (GObject *object)
{
  MsReferenceField *self = MS_REFERENCE_FIELD (object);

  g_clear_object (&self->connection);
  g_hash_table_unref (self->names);
  g_hash_table_unref (self->kinds);
  g_strfreev (self->types);
  g_free (self->none_label);
  g_free (self->id);

  G_OBJECT_CLASS (ms_reference_field_parent_class)->finalize (object);
}

static void
ms_reference_field_class_init (MsReferenceFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ms_reference_field_finalize;
  field_class->build = ms_reference_field_build;
  field_class->set_value = ms_reference_field_set_value;
  field_class->dup_value = ms_reference_field_dup_value;
  field_class->describe = ms_reference_field_describe;
}

static void
ms_reference_field_init (MsReferenceField *self)
{
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

MsField *
ms_reference_field_new (const char   *path,
                        const char   *title,
                        const char   *hint,
                        MsConnection *connection,
                        const char   *type_name,
                        const char   *none_label)
{
  const char *const types[] = { type_name, NULL };
  MsReferenceField *self;

  g_return_val_if_fail (MS_IS_CONNECTION (connection) && type_name != NULL, NULL);

  self = MS_REFERENCE_FIELD (ms_field_new (MS_TYPE_REFERENCE_FIELD, path, title, hint));
  self->connection = g_object_ref (connection);
  self->types = g_strdupv ((char **) types);
  self->none_label = g_strdup (none_label);

  return MS_FIELD (self);
}

void
ms_reference_field_set_types (MsReferenceField *self, const char *const *types)
{
  g_return_if_fail (MS_IS_REFERENCE_FIELD (self));
  g_return_if_fail (types != NULL && types[0] != NULL);

  g_strfreev (self->types);
  self->types = g_strdupv ((char **) types);
}

void
ms_reference_field_pick (MsReferenceField *self, MsResource *resource)
{
  g_return_if_fail (MS_IS_REFERENCE_FIELD (self));

  (void) ms_field_get_row (MS_FIELD (self));
  g_free (self->id);
  self->id = NULL;
  if (resource != NULL)
    {
      const char *kind = ms_resource_get_type_name (resource);
      const char *path
          = g_strcmp0 (kind, "MailGroup") == 0 ? ms_resource_get_string (resource, "path") : NULL;
      const char *label = ms_connection_get_label_of (self->connection, resource);

      self->id = g_strdup (ms_resource_get_id (resource));
      g_hash_table_insert (
          self->names, g_strdup (self->id), g_strdup (path != NULL ? path : label));
      if (kind != NULL)
        g_hash_table_insert (self->kinds, g_strdup (self->id), g_strdup (kind));
    }
  show (self);
  ms_field_changed (MS_FIELD (self));
}

const char *
ms_reference_field_get_id (MsReferenceField *self)
{
  g_return_val_if_fail (MS_IS_REFERENCE_FIELD (self), NULL);

  return self->id;
}
