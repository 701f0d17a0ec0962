/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The writing of MsPropertiesWindow: what changed goes out with If-Match; where somebody else was
 * faster, theirs and ours are merged and it goes out again, or the person is asked.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-conflict-window.h"
#include "ms-keep-address.h"
#include "ms-properties-window-private.h"
#include "ms-report.h"

static void
set_busy (MsPropertiesWindow *self, gboolean busy)
{
  ms_dialog_set_busy (MS_DIALOG (self), busy);
  ms_properties_window_update_actions (self);
}

static void
show_field (MsPropertiesWindow *self, MsField *field)
{
  GtkWidget *row = GTK_WIDGET (ms_field_get_row (field));

  for (GtkWidget *page = gtk_widget_get_first_child (self->stack); page != NULL;
       page = gtk_widget_get_next_sibling (page))
    if (gtk_widget_is_ancestor (row, page))
      {
        const char *name = NULL;
        g_object_get (gtk_stack_get_page (GTK_STACK (self->stack), page), "name", &name, NULL);
        ms_properties_window_show_page (self, name);
        g_free ((char *) name);
      }
  gtk_widget_grab_focus (row);
}

static void
show_write_error (MsPropertiesWindow *self, const GError *error)
{
  MsField *field = ms_form_find (self->form, ms_error_get_path (error));

  if (field != NULL)
    {
      ms_field_show_error (field, error->message);
      show_field (self, field);
    }
  else
    ms_dialog_show_error (MS_DIALOG (self), error);
}

static void
on_conflicts_resolved_cb (MsConflictWindow *window, MsPropertiesWindow *self)
{
  self->merging = FALSE;
  ms_properties_window_save (self);
}

static void
on_conflicts_closed_cb (MsConflictWindow *window, MsPropertiesWindow *self)
{
  self->merging = FALSE;
  ms_properties_window_update_actions (self);
}

static void
on_stale_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsResource) theirs
             = ms_connection_resource_finish (MS_CONNECTION (source), result, NULL, &error);
  g_autoptr (GPtrArray) conflicts = NULL;
  MsPropertiesWindow *self;
  GtkWidget          *window;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  set_busy (self, FALSE);
  if (theirs == NULL)
    {
      ms_dialog_show_error (MS_DIALOG (self), error);
      return;
    }

  ms_properties_window_take_resource (self, theirs);
  conflicts = ms_form_merge (self->form, theirs, NULL);
  if (conflicts->len == 0)
    {
      ms_properties_window_save (self);
      return;
    }

  self->merging = TRUE;
  window = ms_conflict_window_new (GTK_WINDOW (self), theirs, g_steal_pointer (&conflicts));
  g_signal_connect_object (window, "resolved", G_CALLBACK (on_conflicts_resolved_cb), self, 0);
  g_signal_connect_object (window, "destroy", G_CALLBACK (on_conflicts_closed_cb), self, 0);
  gtk_window_present (GTK_WINDOW (window));
}

static void
on_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gint64 change = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsResource) resource
             = ms_connection_resource_finish (MS_CONNECTION (source), result, &change, &error);
  g_autofree char    *text = NULL;
  MsPropertiesWindow *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  if (g_error_matches (error, MS_ERROR, MS_ERROR_STALE))
    {
      ms_connection_get_async (self->connection,
                               self->type_name,
                               self->id,
                               ms_dialog_get_cancellable (MS_DIALOG (self)),
                               on_stale_read_cb,
                               self);
      return;
    }

  set_busy (self, FALSE);
  if (resource == NULL)
    {
      show_write_error (self, error);
      return;
    }

  ms_properties_window_take_resource (self, resource);
  ms_form_load (self->form, resource);
  ms_properties_window_show_notice (self, NULL);
  /* Translators: %s is the name of an object */
  text = g_strdup_printf (_("%s changed"), gtk_window_get_title (GTK_WINDOW (self)));
  ms_report_change (gtk_window_get_transient_for (GTK_WINDOW (self)), text, change);
  ms_properties_window_update_actions (self);
  if (self->close_after)
    gtk_window_destroy (GTK_WINDOW (self));
}

void
ms_properties_window_save (MsPropertiesWindow *self)
{
  g_autoptr (JsonArray) operations = NULL;
  MsField *culprit = NULL;

  ms_dialog_clear_error (MS_DIALOG (self));
  if (!ms_form_verify (self->form, &culprit, NULL))
    {
      show_field (self, culprit);
      return;
    }

  operations = ms_form_dup_operations (self->form);
  if (json_array_get_length (operations) == 0)
    {
      if (self->close_after)
        gtk_window_destroy (GTK_WINDOW (self));
      return;
    }

  gboolean keep = self->keep != NULL && ms_keep_address_is_wanted (MS_KEEP_ADDRESS (self->keep));
  set_busy (self, TRUE);
  (keep ? ms_connection_patch_keeping_address_async
        : ms_connection_patch_async) (self->connection,
                                      self->type_name,
                                      self->id,
                                      operations,
                                      ms_resource_get_etag (self->resource),
                                      ms_dialog_get_cancellable (MS_DIALOG (self)),
                                      on_saved_cb,
                                      self);
}
