/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsSwitchField: a boolean. An attribute that was absent stays absent until the switch is really
 * moved.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-switch-field.h"

struct _MsSwitchField
{
  MsField parent_instance;

  /* Borrowed: in our row, which we own */
  GtkWidget *control;

  gboolean when_unset;
  gboolean was_unset;
};

G_DEFINE_FINAL_TYPE (MsSwitchField, ms_switch_field, MS_TYPE_FIELD)

static void
on_control_activated_cb (MsField *self)
{
  ms_field_changed (self);
}

static void
ms_switch_field_build (MsField *field, MsFieldRow *row)
{
  MsSwitchField *self = MS_SWITCH_FIELD (field);

  self->control = gtk_switch_new ();
  g_signal_connect_object (self->control,
                           "notify::active",
                           G_CALLBACK (on_control_activated_cb),
                           self,
                           G_CONNECT_SWAPPED);
  ms_field_row_set_control (row, self->control, NULL, MS_FIELD_ROW_END);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
}

static void
ms_switch_field_set_value (MsField *field, JsonNode *value)
{
  MsSwitchField *self = MS_SWITCH_FIELD (field);
  gboolean       given = value != NULL && JSON_NODE_HOLDS_VALUE (value);

  self->was_unset = !given;
  gtk_switch_set_active (GTK_SWITCH (self->control),
                         given ? json_node_get_boolean (value) : self->when_unset);
}

static JsonNode *
ms_switch_field_dup_value (MsField *field)
{
  MsSwitchField *self = MS_SWITCH_FIELD (field);
  gboolean       active = gtk_switch_get_active (GTK_SWITCH (self->control));

  if (self->was_unset && active == self->when_unset)
    return NULL;

  return json_node_init_boolean (json_node_alloc (), active);
}

static char *
ms_switch_field_describe (MsField *field, JsonNode *value)
{
  gboolean active = value != NULL && JSON_NODE_HOLDS_VALUE (value)
                        ? json_node_get_boolean (value)
                        : MS_SWITCH_FIELD (field)->when_unset;

  return g_strdup (active ? _("On") : _("Off"));
}

static void
ms_switch_field_class_init (MsSwitchFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  field_class->build = ms_switch_field_build;
  field_class->set_value = ms_switch_field_set_value;
  field_class->dup_value = ms_switch_field_dup_value;
  field_class->describe = ms_switch_field_describe;
}

static void
ms_switch_field_init (MsSwitchField *self)
{
}

MsField *
ms_switch_field_new (const char *path, const char *title, const char *hint, gboolean when_unset)
{
  MsField *self = ms_field_new (MS_TYPE_SWITCH_FIELD, path, title, hint);

  MS_SWITCH_FIELD (self)->when_unset = when_unset;

  return self;
}

void
ms_switch_field_set_usable (MsSwitchField *self, gboolean usable)
{
  g_return_if_fail (MS_IS_SWITCH_FIELD (self));

  (void) ms_field_get_row (MS_FIELD (self));
  if (!usable)
    gtk_switch_set_active (GTK_SWITCH (self->control), FALSE);
  gtk_widget_set_sensitive (self->control, usable);
}
