/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsChoiceField: one of a few values. A stored value that is not among the choices becomes one of
 * them, so that opening a dialog never changes what a newer server or another program has put
 * there.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-choice-field.h"

struct _MsChoiceField
{
  MsField parent_instance;

  /* Owned */
  GPtrArray     *values;
  GtkStringList *labels;

  /* Borrowed: in our row, which we own */
  GtkWidget *control;

  gboolean was_unset;
};

G_DEFINE_FINAL_TYPE (MsChoiceField, ms_choice_field, MS_TYPE_FIELD)

static void
on_selected_cb (MsField *self)
{
  ms_field_changed (self);
}

static gboolean
find_value (MsChoiceField *self, const char *value, guint *position)
{
  for (guint i = 0; i < self->values->len; i++)
    if (g_ascii_strcasecmp (self->values->pdata[i], value) == 0)
      {
        *position = i;
        return TRUE;
      }

  return FALSE;
}

static void
ms_choice_field_build (MsField *field, MsFieldRow *row)
{
  MsChoiceField *self = MS_CHOICE_FIELD (field);

  self->control = gtk_drop_down_new (G_LIST_MODEL (g_object_ref (self->labels)), NULL);
  g_signal_connect_object (
      self->control, "notify::selected", G_CALLBACK (on_selected_cb), self, G_CONNECT_SWAPPED);
  ms_field_row_set_control (row, self->control, NULL, MS_FIELD_ROW_FILL);
}

static void
ms_choice_field_set_value (MsField *field, JsonNode *value)
{
  MsChoiceField *self = MS_CHOICE_FIELD (field);
  const char    *text = value != NULL ? json_node_get_string (value) : NULL;
  guint          position = 0;

  self->was_unset = text == NULL;
  if (text != NULL && !find_value (self, text, &position))
    {
      position = self->values->len;
      ms_choice_field_add (self, text, text);
    }
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->control), position);
}

static JsonNode *
ms_choice_field_dup_value (MsField *field)
{
  MsChoiceField *self = MS_CHOICE_FIELD (field);
  guint          position = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->control));
  const char    *value;

  if (position >= self->values->len || (position == 0 && self->was_unset))
    return NULL;

  value = self->values->pdata[position];

  return value[0] != '\0' ? json_node_init_string (json_node_alloc (), value) : NULL;
}

static char *
ms_choice_field_describe (MsField *field, JsonNode *value)
{
  MsChoiceField *self = MS_CHOICE_FIELD (field);
  const char    *text = value != NULL ? json_node_get_string (value) : NULL;
  guint          position = 0;

  if (self->values->len == 0 || (text != NULL && !find_value (self, text, &position)))
    return g_strdup (text != NULL ? text : "");

  return g_strdup (gtk_string_list_get_string (self->labels, position));
}

static void
ms_choice_field_finalize (GObject *object)
{
  MsChoiceField *self = MS_CHOICE_FIELD (object);

  g_ptr_array_unref (self->values);
  g_object_unref (self->labels);

  G_OBJECT_CLASS (ms_choice_field_parent_class)->finalize (object);
}

static void
ms_choice_field_class_init (MsChoiceFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ms_choice_field_finalize;
  field_class->build = ms_choice_field_build;
  field_class->set_value = ms_choice_field_set_value;
  field_class->dup_value = ms_choice_field_dup_value;
  field_class->describe = ms_choice_field_describe;
}

static void
ms_choice_field_init (MsChoiceField *self)
{
  self->values = g_ptr_array_new_with_free_func (g_free);
  self->labels = gtk_string_list_new (NULL);
}

MsField *
ms_choice_field_new (const char *path, const char *title, const char *hint, const MsChoice *choices)
{
  MsField *self = ms_field_new (MS_TYPE_CHOICE_FIELD, path, title, hint);

  for (; choices != NULL && choices->value != NULL; choices++)
    ms_choice_field_add (MS_CHOICE_FIELD (self), choices->value, _(choices->label));

  return self;
}

void
ms_choice_field_add (MsChoiceField *self, const char *value, const char *label)
{
  guint position;

  g_return_if_fail (MS_IS_CHOICE_FIELD (self));

  if (find_value (self, value, &position))
    return;

  g_ptr_array_add (self->values, g_strdup (value));
  gtk_string_list_append (self->labels, label);
}

const char *
ms_choice_field_get_selected (MsChoiceField *self)
{
  guint position;

  g_return_val_if_fail (MS_IS_CHOICE_FIELD (self), NULL);

  (void) ms_field_get_row (MS_FIELD (self));
  position = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->control));

  return position < self->values->len ? self->values->pdata[position] : NULL;
}
