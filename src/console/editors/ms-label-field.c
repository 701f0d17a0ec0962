/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsLabelField: shows a computed or foreign value. It has no value of its own, so it is never
 * changed.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-date-time-field.h"
#include "ms-label-field.h"
#include "ms-value-text.h"

struct _MsLabelField
{
  MsField parent_instance;

  /* Borrowed: in our row, which we own */
  GtkWidget *label;

  const MsAttribute *attribute; /* (nullable) */
};

G_DEFINE_FINAL_TYPE (MsLabelField, ms_label_field, MS_TYPE_FIELD)

static void
ms_label_field_build (MsField *field, MsFieldRow *row)
{
  MsLabelField *self = MS_LABEL_FIELD (field);

  self->label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->label), 0);
  gtk_label_set_selectable (GTK_LABEL (self->label), TRUE);
  gtk_label_set_ellipsize (GTK_LABEL (self->label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (self->label, "dim-label");
  gtk_widget_set_size_request (self->label, -1, 34);
  ms_field_row_set_control (row, self->label, NULL, MS_FIELD_ROW_FILL);
}

static void
ms_label_field_set_value (MsField *field, JsonNode *value)
{
  const MsAttribute *attribute = MS_LABEL_FIELD (field)->attribute;
  g_autofree char   *text = NULL;

  if (attribute != NULL)
    text = ms_value_text_show (attribute, value);
  else if (value != NULL && JSON_NODE_HOLDS_VALUE (value)
           && json_node_get_value_type (value) == G_TYPE_STRING)
    text = strstr (ms_field_get_path (field), "meta.") != NULL
               ? ms_date_time_describe (json_node_get_string (value))
               : json_node_dup_string (value);
  else if (value != NULL && JSON_NODE_HOLDS_VALUE (value)
           && json_node_get_value_type (value) == G_TYPE_INT64)
    text = g_strdup_printf ("%'" G_GINT64_FORMAT, json_node_get_int (value));

  ms_label_field_set_text (MS_LABEL_FIELD (field), text);
}

static JsonNode *
ms_label_field_dup_value (MsField *field)
{
  return NULL;
}

static void
ms_label_field_class_init (MsLabelFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  field_class->build = ms_label_field_build;
  field_class->set_value = ms_label_field_set_value;
  field_class->dup_value = ms_label_field_dup_value;
}

static void
ms_label_field_init (MsLabelField *self)
{
}

MsField *
ms_label_field_new (const char *path, const char *title, const char *hint)
{
  return ms_field_new (MS_TYPE_LABEL_FIELD, path, title, hint);
}

void
ms_label_field_set_attribute (MsLabelField *self, const MsAttribute *attribute)
{
  g_return_if_fail (MS_IS_LABEL_FIELD (self));

  self->attribute = attribute;
}

void
ms_label_field_set_text (MsLabelField *self, const char *text)
{
  g_return_if_fail (MS_IS_LABEL_FIELD (self));

  (void) ms_field_get_row (MS_FIELD (self));
  gtk_label_set_text (GTK_LABEL (self->label), text != NULL && text[0] != '\0' ? text : _("None"));
  gtk_widget_set_tooltip_text (self->label, text);
}
