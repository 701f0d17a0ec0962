/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsConflictWindow: one group of rows a field: what it was, what they made of it, what I typed;
 * mine is chosen to begin with, because it is the one that would be lost.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-conflict-window.h"
#include "ms-date-time-field.h"

struct _MsConflictWindow
{
  MsDialog parent_instance;

  /* Template children */
  GtkWidget *explanation;
  GtkWidget *groups;

  /* Owned */
  GPtrArray *conflicts;
  GPtrArray *mine_buttons; /* GtkCheckButton, borrowed, one a conflict */
  GPtrArray *theirs_buttons;
};

G_DEFINE_FINAL_TYPE (MsConflictWindow, ms_conflict_window, MS_TYPE_DIALOG)

enum
{
  RESOLVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static GtkWidget *
add_choice (GtkWidget *group, MsField *field, const char *title, JsonNode *value)
{
  GtkWidget       *row = adw_action_row_new ();
  GtkWidget       *button = gtk_check_button_new ();
  g_autofree char *text = ms_field_describe (field, value);

  g_object_set (row,
                "use-markup",
                FALSE,
                "title",
                title,
                "subtitle",
                text[0] != '\0' ? text : _("Empty"), "subtitle-lines", 4, NULL);
  gtk_widget_set_tooltip_text (row, text);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), button);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), button);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);

  return button;
}

static void
add_conflict (MsConflictWindow *self, MsConflict *conflict)
{
  GtkWidget       *group = adw_preferences_group_new ();
  g_autofree char *title = ms_field_dup_title (conflict->field);
  g_autofree char *base = ms_field_describe (conflict->field, conflict->base);
  g_autofree char *before = NULL;
  g_autofree char *escaped = NULL;
  GtkWidget       *mine;
  GtkWidget       *theirs;

  /* Translators: %s is the value that a field had before */
  before = g_strdup_printf (_("Was: %s"), base[0] != '\0' ? base : _("Empty"));
  escaped = g_markup_escape_text (before, -1);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), title);
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (group), escaped);

  mine = add_choice (group, conflict->field, _("Mine"), conflict->mine);
  theirs = add_choice (group, conflict->field, _("Theirs"), conflict->theirs);
  gtk_check_button_set_group (GTK_CHECK_BUTTON (theirs), GTK_CHECK_BUTTON (mine));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (mine), TRUE);
  g_ptr_array_add (self->mine_buttons, mine);
  g_ptr_array_add (self->theirs_buttons, theirs);
  gtk_box_append (GTK_BOX (self->groups), group);
}

static void
on_save_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr (MsConflictWindow) self = g_object_ref (MS_CONFLICT_WINDOW (widget));

  for (guint i = 0; i < self->conflicts->len; i++)
    {
      MsConflict *conflict = self->conflicts->pdata[i];
      gboolean    mine = gtk_check_button_get_active (self->mine_buttons->pdata[i]);

      ms_field_set_value (conflict->field, mine ? conflict->mine : conflict->theirs);
    }
  g_signal_emit (self, signals[RESOLVED], 0);
  gtk_window_destroy (GTK_WINDOW (self));
}

static void
on_choose_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ms_conflict_window_choose (MS_CONFLICT_WINDOW (widget), g_str_has_suffix (name, "mine"));
}

static void
ms_conflict_window_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_CONFLICT_WINDOW);

  G_OBJECT_CLASS (ms_conflict_window_parent_class)->dispose (object);
}

static void
ms_conflict_window_finalize (GObject *object)
{
  MsConflictWindow *self = MS_CONFLICT_WINDOW (object);

  g_clear_pointer (&self->conflicts, g_ptr_array_unref);
  g_ptr_array_unref (self->mine_buttons);
  g_ptr_array_unref (self->theirs_buttons);

  G_OBJECT_CLASS (ms_conflict_window_parent_class)->finalize (object);
}

static void
ms_conflict_window_class_init (MsConflictWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_conflict_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = ms_conflict_window_finalize;

  signals[RESOLVED] = g_signal_new (
      "resolved", MS_TYPE_CONFLICT_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/editors/ms-conflict-window.ui");
  gtk_widget_class_bind_template_child (widget_class, MsConflictWindow, explanation);
  gtk_widget_class_bind_template_child (widget_class, MsConflictWindow, groups);
  gtk_widget_class_install_action (widget_class, "conflict.save", NULL, on_save_action);
  gtk_widget_class_install_action (widget_class, "conflict.all-mine", NULL, on_choose_action);
  gtk_widget_class_install_action (widget_class, "conflict.all-theirs", NULL, on_choose_action);
}

static void
ms_conflict_window_init (MsConflictWindow *self)
{
  self->mine_buttons = g_ptr_array_new ();
  self->theirs_buttons = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
ms_conflict_window_new (GtkWindow *parent, MsResource *theirs, GPtrArray *conflicts)
{
  MsConflictWindow *self;
  g_autofree char  *when = NULL;
  g_autofree char  *text = NULL;

  g_return_val_if_fail (MS_IS_RESOURCE (theirs), NULL);
  g_return_val_if_fail (conflicts != NULL, NULL);

  self = g_object_new (MS_TYPE_CONFLICT_WINDOW, "transient-for", parent, NULL);
  self->conflicts = conflicts;
  when = ms_date_time_describe (ms_resource_get_string (theirs, "meta.lastModified"));
  /* Translators: %1$s is the name of an object, %2$s a date and time */
  text
      = g_strdup_printf (_("Somebody else changed %1$s at %2$s, while you were editing it. Choose what each of these fields shall be. Nothing has been written yet."),
                            ms_resource_get_label (theirs),
                            when);
  gtk_label_set_text (GTK_LABEL (self->explanation), text);
  for (guint i = 0; i < conflicts->len; i++)
    add_conflict (self, conflicts->pdata[i]);

  return GTK_WIDGET (self);
}

void
ms_conflict_window_choose (MsConflictWindow *self, gboolean mine)
{
  g_return_if_fail (MS_IS_CONFLICT_WINDOW (self));

  for (guint i = 0; i < self->mine_buttons->len; i++)
    {
      GPtrArray *buttons = mine ? self->mine_buttons : self->theirs_buttons;

      gtk_check_button_set_active (buttons->pdata[i], TRUE);
    }
}
