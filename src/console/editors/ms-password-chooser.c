/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsPasswordChooser: the typed password lives only in its two entries. How long it must be is the
 * server's to say; here only what can be seen without it: empty, different, or very short.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-dialog-style.h"
#include "ms-password-chooser.h"

#define SHORT 8

struct _MsPasswordChooser
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget *again;
  GtkWidget *feedback;
  GtkWidget *generate;
  GtkWidget *must_change;
  GtkWidget *password;
  GtkWidget *type;
  GtkWidget *typed;
};

G_DEFINE_FINAL_TYPE (MsPasswordChooser, ms_password_chooser, ADW_TYPE_BIN)

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const char *
get_text (GtkWidget *entry)
{
  return gtk_editable_get_text (GTK_EDITABLE (entry));
}

static void
update (MsPasswordChooser *self)
{
  const char *password = get_text (self->password);
  const char *again = get_text (self->again);
  const char *feedback = "";
  gboolean    wrong = FALSE;

  if (password[0] != '\0' && g_utf8_strlen (password, -1) < SHORT)
    feedback = _("Short; the server may refuse it");
  if (again[0] != '\0' && !g_str_equal (password, again))
    {
      feedback = _("The two are not the same");
      wrong = TRUE;
    }

  gtk_widget_set_visible (self->typed, !ms_password_chooser_is_generated (self));
  gtk_label_set_text (GTK_LABEL (self->feedback), feedback);
  gtk_widget_set_visible (self->feedback,
                          feedback[0] != '\0' && !ms_password_chooser_is_generated (self));
  if (wrong)
    gtk_widget_add_css_class (self->feedback, "error");
  else
    gtk_widget_remove_css_class (self->feedback, "error");
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_kind_toggled_cb (MsPasswordChooser *self)
{
  update (self);
  if (!ms_password_chooser_is_generated (self) && gtk_widget_get_mapped (GTK_WIDGET (self)))
    gtk_widget_grab_focus (self->password);
}

static void
on_entry_changed_cb (MsPasswordChooser *self)
{
  update (self);
}

static void
ms_password_chooser_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_PASSWORD_CHOOSER);

  G_OBJECT_CLASS (ms_password_chooser_parent_class)->dispose (object);
}

static void
ms_password_chooser_class_init (MsPasswordChooserClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_password_chooser_dispose;
  ms_dialog_style_ensure ();

  signals[CHANGED] = g_signal_new (
      "changed", MS_TYPE_PASSWORD_CHOOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/editors/ms-password-chooser.ui");
  gtk_widget_class_bind_template_child (widget_class, MsPasswordChooser, again);
  gtk_widget_class_bind_template_child (widget_class, MsPasswordChooser, feedback);
  gtk_widget_class_bind_template_child (widget_class, MsPasswordChooser, generate);
  gtk_widget_class_bind_template_child (widget_class, MsPasswordChooser, must_change);
  gtk_widget_class_bind_template_child (widget_class, MsPasswordChooser, password);
  gtk_widget_class_bind_template_child (widget_class, MsPasswordChooser, type);
  gtk_widget_class_bind_template_child (widget_class, MsPasswordChooser, typed);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_kind_toggled_cb);
}

static void
ms_password_chooser_init (MsPasswordChooser *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
ms_password_chooser_new (void)
{
  return g_object_new (MS_TYPE_PASSWORD_CHOOSER, NULL);
}

gboolean
ms_password_chooser_is_generated (MsPasswordChooser *self)
{
  g_return_val_if_fail (MS_IS_PASSWORD_CHOOSER (self), FALSE);

  return gtk_check_button_get_active (GTK_CHECK_BUTTON (self->generate));
}

const char *
ms_password_chooser_get_password (MsPasswordChooser *self)
{
  g_return_val_if_fail (MS_IS_PASSWORD_CHOOSER (self), NULL);

  if (ms_password_chooser_is_generated (self)
      || !g_str_equal (get_text (self->password), get_text (self->again)))
    return "";

  return get_text (self->password);
}

gboolean
ms_password_chooser_is_valid (MsPasswordChooser *self)
{
  g_return_val_if_fail (MS_IS_PASSWORD_CHOOSER (self), FALSE);

  return ms_password_chooser_is_generated (self)
         || ms_password_chooser_get_password (self)[0] != '\0';
}

gboolean
ms_password_chooser_get_must_change (MsPasswordChooser *self)
{
  g_return_val_if_fail (MS_IS_PASSWORD_CHOOSER (self), FALSE);

  return gtk_switch_get_active (GTK_SWITCH (self->must_change));
}

void
ms_password_chooser_clear (MsPasswordChooser *self)
{
  g_return_if_fail (MS_IS_PASSWORD_CHOOSER (self));

  gtk_editable_set_text (GTK_EDITABLE (self->password), "");
  gtk_editable_set_text (GTK_EDITABLE (self->again), "");
}
