/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Rows are recycled: what is open is closed when the row gets another change set.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-change-row.h"
#include "ms-change-text.h"

#define MAX_OBJECTS 50

struct _MsChangeRow
{
  AdwBin parent_instance;

  /* Template children */
  GtkBox          *details;
  GtkImage        *icon;
  GtkToggleButton *more;
  GtkLabel        *origin;
  GtkRevealer     *revealer;
  GtkLabel        *summary;
  GtkButton       *undo;
  GtkLabel        *undone;

  /* Owned */
  MsChange *change;
  gboolean  writable;
};

G_DEFINE_FINAL_TYPE (MsChangeRow, ms_change_row, ADW_TYPE_BIN)

enum
{
  SIGNAL_UNDO,
  SIGNAL_DETAILS_WANTED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static const char *
get_icon (JsonObject *set)
{
  static const char *const icons[][2] = {
    { "create", "list-add-symbolic" },
    { "delete", "user-trash-symbolic" },
    { "move", "ms-mail-group-symbolic" },
    { "import", "document-open-symbolic" },
    { "password", "dialog-password-symbolic" },
    { "undo", "ms-undo-symbolic" },
    { "restore", "ms-undo-symbolic" },
    { "return", "ms-undo-symbolic" },
    { "restoreStore", "ms-undo-symbolic" },
    { "purge", "user-trash-symbolic" },
    { "totp-enrol", "dialog-password-symbolic" },
    { "totp-remove", "dialog-password-symbolic" },
    { "totp-recovery", "dialog-password-symbolic" },
  };
  const char *verb = json_object_get_string_member_with_default (set, "verb", "");

  for (guint i = 0; i < G_N_ELEMENTS (icons); i++)
    if (g_strcmp0 (icons[i][0], verb) == 0)
      return icons[i][1];
  return "document-edit-symbolic";
}

static void
append_label (MsChangeRow *self, const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_can_focus (label, FALSE);
  gtk_widget_add_css_class (label, css_class);
  gtk_box_append (self->details, label);
}

static void
append_change (MsChangeRow *self, JsonObject *change)
{
  g_autofree char *object = ms_change_text_object (change);
  JsonNode        *node = json_object_get_member (change, "deltas");
  JsonArray       *deltas
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = deltas != NULL ? json_array_get_length (deltas) : 0;

  append_label (self, object, "caption-heading");
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = ms_change_text_delta (json_array_get_object_element (deltas, i));

      append_label (self, text, "caption");
    }
}

static void
show_details (MsChangeRow *self)
{
  JsonObject *details = ms_change_get_details (self->change);
  JsonNode   *node = details != NULL ? json_object_get_member (details, "changes") : NULL;
  JsonArray  *changes
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint      n = changes != NULL ? json_array_get_length (changes) : 0;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->details))) != NULL)
    gtk_box_remove (self->details, child);
  if (!gtk_toggle_button_get_active (self->more))
    return;
  for (guint i = 0; i < MIN (n, MAX_OBJECTS); i++)
    append_change (self, json_array_get_object_element (changes, i));
  if (n > MAX_OBJECTS)
    {
      g_autofree char *text = g_strdup_printf (
          ngettext ("and %u more object", "and %u more objects", n - MAX_OBJECTS), n - MAX_OBJECTS);

      append_label (self, text, "dim-label");
    }
}

static void
update (MsChangeRow *self)
{
  JsonObject      *json = ms_change_get_json (self->change);
  g_autofree char *summary = ms_change_text_summary (json);
  g_autofree char *origin = ms_change_text_origin (json);
  gboolean         undone = ms_change_is_undone (self->change);

  gtk_label_set_label (self->summary, summary);
  gtk_label_set_label (self->origin, origin);
  gtk_image_set_from_icon_name (self->icon, get_icon (json));
  gtk_widget_set_visible (GTK_WIDGET (self->undone), undone);
  gtk_widget_set_visible (GTK_WIDGET (self->undo), !undone);
  gtk_widget_set_sensitive (GTK_WIDGET (self->undo), self->writable);
  if (undone)
    gtk_widget_add_css_class (GTK_WIDGET (self->summary), "dim-label");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->summary), "dim-label");
  show_details (self);
}

static void
on_more_toggled_cb (GtkToggleButton *button, gpointer user_data)
{
  MsChangeRow *self = MS_CHANGE_ROW (user_data);

  if (self->change == NULL)
    return;
  gtk_revealer_set_reveal_child (self->revealer, gtk_toggle_button_get_active (button));
  if (gtk_toggle_button_get_active (button))
    g_signal_emit (self, signals[SIGNAL_DETAILS_WANTED], 0);
  show_details (self);
}

static void
on_undo_clicked_cb (GtkButton *button, gpointer user_data)
{
  MsChangeRow *self = MS_CHANGE_ROW (user_data);

  if (self->change != NULL)
    g_signal_emit (self, signals[SIGNAL_UNDO], 0, ms_change_get_sequence (self->change));
}

static void
ms_change_row_dispose (GObject *object)
{
  ms_change_row_set_change (MS_CHANGE_ROW (object), NULL, FALSE);
  adw_bin_set_child (ADW_BIN (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_CHANGE_ROW);
  G_OBJECT_CLASS (ms_change_row_parent_class)->dispose (object);
}

static void
ms_change_row_class_init (MsChangeRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_change_row_dispose;
  signals[SIGNAL_UNDO] = g_signal_new ("undo",
                                       MS_TYPE_CHANGE_ROW,
                                       G_SIGNAL_RUN_LAST,
                                       0,
                                       NULL,
                                       NULL,
                                       NULL,
                                       G_TYPE_NONE,
                                       1,
                                       G_TYPE_INT64);
  signals[SIGNAL_DETAILS_WANTED] = g_signal_new (
      "details-wanted", MS_TYPE_CHANGE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/browser/ms-change-row.ui");
  gtk_widget_class_bind_template_child (widget_class, MsChangeRow, details);
  gtk_widget_class_bind_template_child (widget_class, MsChangeRow, icon);
  gtk_widget_class_bind_template_child (widget_class, MsChangeRow, more);
  gtk_widget_class_bind_template_child (widget_class, MsChangeRow, origin);
  gtk_widget_class_bind_template_child (widget_class, MsChangeRow, revealer);
  gtk_widget_class_bind_template_child (widget_class, MsChangeRow, summary);
  gtk_widget_class_bind_template_child (widget_class, MsChangeRow, undo);
  gtk_widget_class_bind_template_child (widget_class, MsChangeRow, undone);
  gtk_widget_class_bind_template_callback (widget_class, on_more_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_undo_clicked_cb);
}

static void
ms_change_row_init (MsChangeRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
ms_change_row_new (void)
{
  return g_object_new (MS_TYPE_CHANGE_ROW, NULL);
}

void
ms_change_row_set_change (MsChangeRow *self, MsChange *change, gboolean writable)
{
  g_return_if_fail (MS_IS_CHANGE_ROW (self));

  self->writable = writable;
  if (self->change != NULL)
    g_signal_handlers_disconnect_by_func (self->change, update, self);
  g_clear_object (&self->change);
  if (change == NULL)
    return;
  gtk_toggle_button_set_active (self->more, FALSE);
  gtk_revealer_set_reveal_child (self->revealer, FALSE);
  self->change = g_object_ref (change);
  g_signal_connect_swapped (change, "changed", G_CALLBACK (update), self);
  update (self);
}

MsChange *
ms_change_row_get_change (MsChangeRow *self)
{
  g_return_val_if_fail (MS_IS_CHANGE_ROW (self), NULL);

  return self->change;
}
