/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsTextField: a string attribute in an entry. Empty is unset; spaces around it are not part of it.
 */
#include "config.h"

#include "ms-text-field.h"
#include "ms-text.h"

struct _MsTextField
{
  MsField parent_instance;

  /* Borrowed: in our row, which we own */
  GtkWidget *entry;

  MsTextCheck check;
};

G_DEFINE_FINAL_TYPE (MsTextField, ms_text_field, MS_TYPE_FIELD)

static void
on_entry_changed_cb (MsField *self)
{
  ms_field_changed (self);
}

static void
ms_text_field_build (MsField *field, MsFieldRow *row)
{
  MsTextField *self = MS_TEXT_FIELD (field);

  self->entry = gtk_entry_new ();
  gtk_entry_set_max_length (GTK_ENTRY (self->entry), 1024);
  gtk_entry_set_activates_default (GTK_ENTRY (self->entry), TRUE);
  g_signal_connect_object (
      self->entry, "changed", G_CALLBACK (on_entry_changed_cb), self, G_CONNECT_SWAPPED);
  ms_field_row_set_control (row, self->entry, NULL, MS_FIELD_ROW_FILL);
}

static void
ms_text_field_set_value (MsField *field, JsonNode *value)
{
  MsTextField     *self = MS_TEXT_FIELD (field);
  g_autofree char *text = ms_field_describe (field, value);

  if (g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (self->entry)), text) != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
}

static JsonNode *
ms_text_field_dup_value (MsField *field)
{
  MsTextField     *self = MS_TEXT_FIELD (field);
  g_autofree char *text = g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry)));

  g_strstrip (text);
  if (text[0] == '\0')
    return NULL;

  return json_node_init_string (json_node_alloc (), text);
}

static gboolean
ms_text_field_verify (MsField *field, GError **error)
{
  MsTextField *self = MS_TEXT_FIELD (field);
  g_autoptr (JsonNode) value = ms_text_field_dup_value (field);
  const char *path = ms_field_get_path (field);

  if (value == NULL)
    return TRUE;
  if (!ms_text_check (json_node_get_string (value), FALSE, path, error))
    return FALSE;

  return self->check == NULL || self->check (json_node_get_string (value), path, error);
}

static void
ms_text_field_class_init (MsTextFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  field_class->build = ms_text_field_build;
  field_class->set_value = ms_text_field_set_value;
  field_class->dup_value = ms_text_field_dup_value;
  field_class->verify = ms_text_field_verify;
}

static void
ms_text_field_init (MsTextField *self)
{
}

MsField *
ms_text_field_new (const char *path, const char *title, const char *hint, MsTextCheck check)
{
  MsField *self = ms_field_new (MS_TYPE_TEXT_FIELD, path, title, hint);

  MS_TEXT_FIELD (self)->check = check;

  return self;
}

void
ms_text_field_set_placeholder (MsTextField *self, const char *placeholder)
{
  g_return_if_fail (MS_IS_TEXT_FIELD (self));

  (void) ms_field_get_row (MS_FIELD (self));
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry), placeholder);
}
