/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsMultilineField: free text of several lines. Tab leaves it, as it does every other field.
 */
#include "config.h"

#include "ms-multiline-field.h"
#include "ms-text.h"

struct _MsMultilineField
{
  MsField parent_instance;

  /* Borrowed: in our row, which we own */
  GtkTextBuffer *buffer;
};

G_DEFINE_FINAL_TYPE (MsMultilineField, ms_multiline_field, MS_TYPE_FIELD)

static void
on_buffer_changed_cb (MsField *self)
{
  ms_field_changed (self);
}

static void
ms_multiline_field_build (MsField *field, MsFieldRow *row)
{
  MsMultilineField *self = MS_MULTILINE_FIELD (field);
  GtkWidget        *view = gtk_text_view_new ();
  GtkWidget        *scroller = gtk_scrolled_window_new ();

  self->buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (view), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_top_margin (GTK_TEXT_VIEW (view), 8);
  gtk_text_view_set_bottom_margin (GTK_TEXT_VIEW (view), 8);
  gtk_text_view_set_left_margin (GTK_TEXT_VIEW (view), 8);
  gtk_text_view_set_right_margin (GTK_TEXT_VIEW (view), 8);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), view);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroller), 72);
  gtk_scrolled_window_set_policy (
      GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_widget_add_css_class (scroller, "ms-text-frame");
  gtk_widget_set_overflow (scroller, GTK_OVERFLOW_HIDDEN);
  g_signal_connect_object (
      self->buffer, "changed", G_CALLBACK (on_buffer_changed_cb), self, G_CONNECT_SWAPPED);
  ms_field_row_set_control (row, scroller, view, MS_FIELD_ROW_FILL);
  ms_field_row_align_top (row);
}

static void
ms_multiline_field_set_value (MsField *field, JsonNode *value)
{
  MsMultilineField *self = MS_MULTILINE_FIELD (field);
  g_autofree char  *text = ms_field_describe (field, value);

  gtk_text_buffer_set_text (self->buffer, text, -1);
}

static JsonNode *
ms_multiline_field_dup_value (MsField *field)
{
  MsMultilineField *self = MS_MULTILINE_FIELD (field);
  g_autofree char  *text = NULL;
  GtkTextIter       start, end;

  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  text = g_strstrip (gtk_text_buffer_get_text (self->buffer, &start, &end, FALSE));
  if (text[0] == '\0')
    return NULL;

  return json_node_init_string (json_node_alloc (), text);
}

static gboolean
ms_multiline_field_verify (MsField *field, GError **error)
{
  g_autoptr (JsonNode) value = ms_multiline_field_dup_value (field);

  return value == NULL
         || ms_text_check (json_node_get_string (value), TRUE, ms_field_get_path (field), error);
}

static void
ms_multiline_field_class_init (MsMultilineFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  field_class->build = ms_multiline_field_build;
  field_class->set_value = ms_multiline_field_set_value;
  field_class->dup_value = ms_multiline_field_dup_value;
  field_class->verify = ms_multiline_field_verify;
}

static void
ms_multiline_field_init (MsMultilineField *self)
{
}

MsField *
ms_multiline_field_new (const char *path, const char *title, const char *hint)
{
  return ms_field_new (MS_TYPE_MULTILINE_FIELD, path, title, hint);
}
