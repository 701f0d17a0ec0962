/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsImportProgress: bar, rate and time left. Stopping leaves what is done as it is; the Result step
 * can undo it.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-import-progress.h"

struct _MsImportProgress
{
  AdwBin parent_instance;

  /* Owned */
  MsImportTask *task;

  /* Borrowed: our descendants */
  GtkWidget *bar;
  GtkWidget *detail;
  GtkWidget *note;
  GtkWidget *stop;
  GtkWidget *title;
};

G_DEFINE_FINAL_TYPE (MsImportProgress, ms_import_progress, ADW_TYPE_BIN)

static void
on_stop_cb (MsImportProgress *self)
{
  gtk_widget_set_sensitive (self->stop, FALSE);
  ms_import_task_cancel (self->task);
}

static GtkWidget *
add_label (GtkWidget *box, const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (label, css_class);
  gtk_box_append (GTK_BOX (box), label);

  return label;
}

static void
ms_import_progress_dispose (GObject *object)
{
  g_clear_object (&MS_IMPORT_PROGRESS (object)->task);

  G_OBJECT_CLASS (ms_import_progress_parent_class)->dispose (object);
}

static void
ms_import_progress_class_init (MsImportProgressClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ms_import_progress_dispose;
}

static void
ms_import_progress_init (MsImportProgress *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->title = add_label (box, "title-2");
  self->bar = gtk_progress_bar_new ();
  gtk_progress_bar_set_show_text (GTK_PROGRESS_BAR (self->bar), TRUE);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (self->bar), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Progress of the import"), -1);
  gtk_box_append (GTK_BOX (box), self->bar);
  self->detail = add_label (box, "numeric");
  self->note = add_label (box, "dim-label");
  self->stop = gtk_button_new_with_mnemonic (_("_Stop Import"));
  gtk_widget_set_halign (self->stop, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_top (self->stop, 12);
  g_signal_connect_object (self->stop, "clicked", G_CALLBACK (on_stop_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), self->stop);
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_start (box, 36);
  gtk_widget_set_margin_end (box, 36);
  adw_bin_set_child (ADW_BIN (self), box);
}

GtkWidget *
ms_import_progress_new (MsImportTask *task)
{
  MsImportProgress *self;

  g_return_val_if_fail (MS_IS_IMPORT_TASK (task), NULL);

  self = g_object_new (MS_TYPE_IMPORT_PROGRESS, NULL);
  self->task = g_object_ref (task);
  ms_import_progress_show (self);

  return GTK_WIDGET (self);
}

/* "about 2 minutes left"; "" where not known (negative). (transfer full) */
static char *
describe_time_left (gint64 seconds)
{
  guint minutes = (guint) ((seconds + 59) / 60);

  if (seconds < 0)
    return g_strdup ("");
  if (seconds < 60)
    return g_strdup_printf (
        ngettext ("about %d second left", "about %d seconds left", (gulong) seconds),
        (int) seconds);

  return g_strdup_printf (ngettext ("about %u minute left", "about %u minutes left", minutes),
                          minutes);
}

void
ms_import_progress_show (MsImportProgress *self)
{
  JsonObject      *json;
  gint64           done, total, left = -1;
  double           rate = 0;
  g_autofree char *time_left = NULL;
  g_autofree char *detail = NULL;
  g_autofree char *text = NULL;

  g_return_if_fail (MS_IS_IMPORT_PROGRESS (self));

  json = ms_import_task_get_json (self->task);
  done = json != NULL ? json_object_get_int_member_with_default (json, "done", 0) : 0;
  total = json != NULL ? json_object_get_int_member_with_default (json, "total", 0) : 0;
  ms_import_task_get_rate (self->task, &rate, &left);
  time_left = describe_time_left (left);

  gtk_label_set_text (GTK_LABEL (self->title), _("Importing"));
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->bar),
                                 total > 0 ? (double) done / (double) total : 0);
  /* Translators: so many of so many records */
  text = g_strdup_printf (_("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT), done, total);
  gtk_progress_bar_set_text (GTK_PROGRESS_BAR (self->bar), text);
  detail = rate > 0 ? g_strdup_printf (_("%.0f a second, %s"), rate, time_left) : g_strdup (" ");
  gtk_label_set_text (GTK_LABEL (self->detail), detail);
  gtk_label_set_text (
      GTK_LABEL (self->note),
      _("It goes on when this window is closed. Import Mailboxes and Users… shows it again."));
  gtk_widget_set_sensitive (self->stop,
                            g_str_equal (ms_import_task_get_state (self->task), "running"));
}
