/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Export…: what the selected node lists, as CSV that the import takes back.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-file-picker.h"
#include "ms-verbs-private.h"

typedef struct
{
  MsWindow     *window;
  MsConnection *connection;
  GFile        *file;
  GBytes       *bytes;
  char         *path;
} ExportData;

static void
export_data_free (ExportData *data)
{
  g_object_unref (data->window);
  g_object_unref (data->connection);
  g_clear_object (&data->file);
  g_clear_pointer (&data->bytes, g_bytes_unref);
  g_free (data->path);
  g_free (data);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ExportData, export_data_free)

static void
on_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ExportData) data = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_file_get_basename (data->file);
  g_autofree char *text = NULL;

  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    {
      ms_window_report_error (data->window, _("The File Could Not Be Written"), error);
      return;
    }
  text = g_strdup_printf (_("Exported to %s"), name);
  ms_window_report_change (data->window, NULL, text, 0);
}

static void
on_exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ExportData) data = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (reply == NULL)
    {
      ms_window_report_error (data->window, _("The Export Failed"), error);
      return;
    }
  data->bytes = reply->body != NULL ? g_bytes_ref (reply->body) : g_bytes_new (NULL, 0);
  g_file_replace_contents_bytes_async (
      data->file, data->bytes, NULL, FALSE, G_FILE_CREATE_NONE, NULL, on_written_cb, data);
  (void) g_steal_pointer (&data);
}

static void
on_file_chosen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ExportData) data = user_data;
  g_autoptr (GError) error = NULL;

  data->file = ms_file_picker_finish (result, &error);
  if (data->file == NULL)
    {
      ms_window_report_error (data->window, _("The Export Failed"), error);
      return;
    }
  ms_connection_request_async (
      data->connection, "GET", data->path, NULL, NULL, NULL, on_exported_cb, data);
  (void) g_steal_pointer (&data);
}

static char *
new_path (MsNode *node)
{
  const char      *type = ms_node_kind_get_type_name (ms_node_get_row_kind (node));
  g_autofree char *filter = NULL;
  g_autofree char *escaped = NULL;

  if (g_strcmp0 (type, "User") != 0 && g_strcmp0 (type, "Group") != 0)
    type = "Mailbox";
  if (ms_node_get_kind (node) != MS_NODE_MAIL_GROUP)
    return g_strdup_printf ("/api/v1/export?type=%s", type);
  filter
      = g_strdup_printf ("group.value eq \"%s\"", ms_resource_get_id (ms_node_get_resource (node)));
  escaped = g_uri_escape_string (filter, NULL, FALSE);
  return g_strdup_printf ("/api/v1/export?type=%s&filter=%s", type, escaped);
}

void
ms_verbs_export (MsVerbs *self)
{
  ExportData      *data = g_new0 (ExportData, 1);
  g_autofree char *label = ms_node_dup_label (self->node);
  g_autofree char *name = g_strdup_printf ("%s.csv", label);

  data->window = g_object_ref (self->window);
  data->connection = g_object_ref (ms_server_get_connection (ms_node_get_server (self->node)));
  data->path = new_path (self->node);
  ms_file_picker_save_async (GTK_WINDOW (self->window),
                             _("Export as CSV"), name, NULL, on_file_chosen_cb, data);
}
