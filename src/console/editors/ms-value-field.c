/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsValueField: what is typed is the value where it can be read, and an error where it cannot.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-value-field.h"
#include "ms-value-text.h"

struct _MsValueField
{
  MsField parent_instance;

  /* Borrowed: in our row, which we own */
  GtkWidget *entry;

  const MsAttribute *attribute;
};

G_DEFINE_FINAL_TYPE (MsValueField, ms_value_field, MS_TYPE_FIELD)

static void
on_entry_changed_cb (MsField *self)
{
  ms_field_changed (self);
}

static void
ms_value_field_build (MsField *field, MsFieldRow *row)
{
  MsValueField *self = MS_VALUE_FIELD (field);

  self->entry = gtk_entry_new ();
  gtk_entry_set_max_length (GTK_ENTRY (self->entry), MS_ATTRIBUTE_MAX_LENGTH);
  gtk_entry_set_activates_default (GTK_ENTRY (self->entry), TRUE);
  if (self->attribute->returned == MS_RETURNED_NEVER)
    {
      gtk_entry_set_visibility (GTK_ENTRY (self->entry), FALSE);
      gtk_entry_set_input_purpose (GTK_ENTRY (self->entry), GTK_INPUT_PURPOSE_PASSWORD);
    }
  else if (self->attribute->type == MS_ATTR_BINARY)
    gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry), _ ("Bytes in base64"));
  else if (self->attribute->type == MS_ATTR_INTEGER)
    gtk_entry_set_input_purpose (GTK_ENTRY (self->entry), GTK_INPUT_PURPOSE_DIGITS);
  else if (self->attribute->type == MS_ATTR_DECIMAL)
    gtk_entry_set_input_purpose (GTK_ENTRY (self->entry), GTK_INPUT_PURPOSE_NUMBER);
  g_signal_connect_object (
      self->entry, "changed", G_CALLBACK (on_entry_changed_cb), self, G_CONNECT_SWAPPED);
  ms_field_row_set_control (row, self->entry, NULL, MS_FIELD_ROW_FILL);
}

/* An object that is there may have one all the same. */
static void
ms_value_field_load (MsField *field, MsResource *resource)
{
  MsValueField *self = MS_VALUE_FIELD (field);

  ms_field_load_value (field, ms_resource_get_node (resource, ms_field_get_path (field)));
  if (self->attribute->returned == MS_RETURNED_NEVER)
    gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry), _ ("Never shown; type to set it"));
}

static void
ms_value_field_set_value (MsField *field, JsonNode *value)
{
  MsValueField    *self = MS_VALUE_FIELD (field);
  g_autofree char *text = ms_value_text_show (self->attribute, value);

  if (g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (self->entry)), text) != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
}

static char *
dup_text (MsValueField *self)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));
}

/* What cannot be read is kept as text: it is a change, which verify refuses. */
static JsonNode *
ms_value_field_dup_value (MsField *field)
{
  MsValueField    *self = MS_VALUE_FIELD (field);
  g_autofree char *text = dup_text (self);

  if (*text == '\0')
    return NULL;
  JsonNode *value = ms_value_text_read (self->attribute, text, NULL);
  return value != NULL ? value : json_node_init_string (json_node_alloc (), text);
}

static gboolean
ms_value_field_verify (MsField *field, GError **error)
{
  MsValueField    *self = MS_VALUE_FIELD (field);
  g_autofree char *text = dup_text (self);

  if (*text == '\0')
    return TRUE;
  g_autoptr (JsonNode) value = ms_value_text_read (self->attribute, text, error);
  return value != NULL;
}

static char *
ms_value_field_describe (MsField *field, JsonNode *value)
{
  return ms_value_text_show (MS_VALUE_FIELD (field)->attribute, value);
}

static void
ms_value_field_class_init (MsValueFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  field_class->build = ms_value_field_build;
  field_class->load = ms_value_field_load;
  field_class->set_value = ms_value_field_set_value;
  field_class->dup_value = ms_value_field_dup_value;
  field_class->verify = ms_value_field_verify;
  field_class->describe = ms_value_field_describe;
}

static void
ms_value_field_init (MsValueField *self)
{
}

MsField *
ms_value_field_new (const MsAttribute *attribute,
                    const char        *path,
                    const char        *title,
                    const char        *hint)
{
  g_return_val_if_fail (attribute != NULL, NULL);

  MsField *self = ms_field_new (MS_TYPE_VALUE_FIELD, path, title, hint);
  MS_VALUE_FIELD (self)->attribute = attribute;
  return self;
}
