/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the window does with the bin: restores, also under another name where the old one was taken
 * meanwhile, and deletes for good after asking.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-confirm.h"
#include "ms-notice.h"
#include "ms-window-private.h"

/* Reasons that are written out one by one. */
#define MAX_REASONS 8

typedef struct
{
  MsWindow   *window;
  MsServer   *server;
  char      **ids;
  char       *label;
  JsonObject *suggestion; /* (nullable): other names, to be restored under */
} BinData;

static BinData *
bin_data_new (MsWindow *window, MsServer *server, char **ids, const char *label)
{
  BinData *data = g_new0 (BinData, 1);

  data->window = g_object_ref (window);
  data->server = g_object_ref (server);
  data->ids = g_strdupv (ids);
  data->label = g_strdup (label);
  return data;
}

static void
bin_data_free (BinData *data)
{
  g_object_unref (data->window);
  g_object_unref (data->server);
  g_strfreev (data->ids);
  g_free (data->label);
  g_clear_pointer (&data->suggestion, json_object_unref);
  g_free (data);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BinData, bin_data_free)

static JsonArray *
new_ids (const BinData *data)
{
  JsonArray *ids = json_array_new ();

  for (guint i = 0; data->ids[i] != NULL; i++)
    json_array_add_string_element (ids, data->ids[i]);
  return ids;
}

static void
post (const BinData      *data,
      const char         *path,
      JsonObject         *body,
      GAsyncReadyCallback callback,
      gpointer            user_data)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), body);

  ms_connection_request_async (ms_server_get_connection (data->server),
                               "POST",
                               path,
                               node,
                               NULL,
                               data->window->cancellable,
                               callback,
                               user_data);
}

/* "john: There is a user “john” already", a line each. (transfer full) */
static char *
describe_refused (JsonArray *refused)
{
  GString *text = g_string_new (NULL);
  guint    n = json_array_get_length (refused);

  for (guint i = 0; i < MIN (n, MAX_REASONS); i++)
    {
      JsonNode   *node = json_array_get_element (refused, i);
      JsonObject *part = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      if (part != NULL)
        g_string_append_printf (text,
                                "%s%s: %s",
                                text->len > 0 ? "\n" : "",
                                json_object_get_string_member_with_default (part, "label", ""),
                                json_object_get_string_member_with_default (part, "reason", ""));
    }
  if (n > MAX_REASONS)
    {
      g_string_append_c (text, '\n');
      g_string_append_printf (
          text, ngettext ("And %u more", "And %u more", n - MAX_REASONS), n - MAX_REASONS);
    }
  return g_string_free (text, FALSE);
}

/* Restoring ----------------------------------------------------------------------------------- */

static void restore (BinData *data);

/* (nullable) (transfer none): what one object could be called instead */
static JsonObject *
find_suggestion (const BinData *data, JsonArray *refused)
{
  JsonNode *first
      = json_array_get_length (refused) > 0 ? json_array_get_element (refused, 0) : NULL;
  JsonNode *node = first != NULL && JSON_NODE_HOLDS_OBJECT (first)
                       ? json_object_get_member (json_node_get_object (first), "suggestion")
                       : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node) || g_strv_length (data->ids) != 1
      || data->suggestion != NULL)
    return NULL;
  return json_node_get_object (node);
}

/* "john2", or "no address" where the way out is to do without. (transfer full) */
static char *
describe_suggestion (JsonObject *suggestion)
{
  g_autoptr (GList) members = json_object_get_members (suggestion);
  g_autoptr (GString) text = g_string_new (NULL);

  for (GList *l = members; l != NULL; l = l->next)
    {
      JsonNode *value = json_object_get_member (suggestion, l->data);
      if (text->len > 0)
        g_string_append (text, ", ");
      if (json_node_get_value_type (value) == G_TYPE_STRING)
        g_string_append_printf (text, "“%s”", json_node_get_string (value));
      else
        g_string_append (text, _("without an address"));
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
on_other_name_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BinData *data = user_data;

  if (ms_confirm_finish (result, NULL))
    restore (data);
  else
    bin_data_free (data);
}

/* @data: (transfer full) */
static void
ask_for_other_name (BinData *data, JsonObject *suggestion, const char *reason)
{
  g_autofree char *heading = g_strdup_printf (_("Restore %s Under Another Name?"), data->label);
  g_autofree char *name = describe_suggestion (suggestion);
  /* Translators: %1$s is why it cannot be, %2$s the other name in quotes */
  g_autofree char *body = g_strdup_printf (_("%1$s\nIt can come back as %2$s."), reason, name);

  data->suggestion = json_object_ref (suggestion);
  ms_confirm_async (GTK_WINDOW (data->window),
                    heading,
                    body,
                    _("_Restore"), FALSE, NULL, on_other_name_answered_cb, data);
}

/* @data: (transfer full) */
static void
report_refused (BinData *owned, JsonArray *refused)
{
  g_autoptr (BinData) data = owned;
  g_autofree char *reasons = describe_refused (refused);
  JsonObject      *suggestion = find_suggestion (data, refused);

  if (suggestion != NULL)
    ask_for_other_name (g_steal_pointer (&data), suggestion, reasons);
  else
    ms_notice_present (GTK_WINDOW (data->window), _("Nothing Was Restored"), reasons);
}

static void
report_restored (const BinData *data, JsonObject *answer)
{
  JsonNode        *refused = json_object_get_member (answer, "refused");
  JsonNode        *change = json_object_get_member (answer, "changeSet");
  g_autofree char *text = g_strdup_printf (_("Restored %s"), data->label);

  ms_window_report_change (data->window,
                           data->server,
                           text,
                           change != NULL && json_node_get_value_type (change) == G_TYPE_INT64
                               ? json_node_get_int (change)
                               : 0);
  if (refused == NULL || !JSON_NODE_HOLDS_ARRAY (refused)
      || json_array_get_length (json_node_get_array (refused)) == 0)
    return;
  g_autofree char *reasons = describe_refused (json_node_get_array (refused));
  ms_notice_present (GTK_WINDOW (data->window), _("Not All of It Could Be Restored"), reasons);
}

static void
on_restored_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BinData) data = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  JsonArray *refused = reply == NULL ? ms_connection_error_get_refused (result) : NULL;

  if (refused != NULL && json_array_get_length (refused) > 0)
    report_refused (g_steal_pointer (&data), refused);
  else if (reply == NULL)
    ms_window_report_error (data->window, _("Nothing Was Restored"), error);
  else if (reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json))
    report_restored (data, json_node_get_object (reply->json));
}

/* @data: (transfer full) */
static void
restore (BinData *data)
{
  g_autoptr (JsonObject) body = json_object_new ();

  json_object_set_array_member (body, "ids", new_ids (data));
  if (data->suggestion != NULL)
    json_object_set_object_member (body, "as", json_object_ref (data->suggestion));
  post (data, "/api/v1/bin/restore", body, on_restored_cb, data);
}

static void
on_bin_restore_cb (
    MsBinPane *pane, MsServer *server, char **ids, const char *label, gpointer user_data)
{
  restore (bin_data_new (MS_WINDOW (user_data), server, ids, label));
}

/* Deleting for good --------------------------------------------------------------------------- */

static void
on_purged_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BinData) data = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  g_autofree char *text = g_strdup_printf (_("Deleted %s for good"), data->label);

  if (reply == NULL)
    ms_window_report_error (data->window, _("Nothing Was Deleted for Good"), error);
  else
    /* Not with its number: there is no way back. */
    ms_window_report_change (data->window, data->server, text, 0);
}

static void
on_purge_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BinData) data = user_data;
  g_autoptr (JsonObject) body = json_object_new ();

  if (!ms_confirm_finish (result, NULL))
    return;
  json_object_set_array_member (body, "ids", new_ids (data));
  post (data, "/api/v1/bin/purge", body, on_purged_cb, data);
  (void) g_steal_pointer (&data);
}

static void
on_bin_purge_cb (
    MsBinPane *pane, MsServer *server, char **ids, const char *label, gpointer user_data)
{
  MsWindow        *self = MS_WINDOW (user_data);
  g_autofree char *heading = g_strdup_printf (_("Delete %s for Good?"), label);

  ms_confirm_async (
      GTK_WINDOW (self),
      heading,
      _("It cannot be restored afterwards, and its deletion cannot be undone. Activity goes on "
        "saying what it was."),
         _("_Delete for Good"),
            TRUE,
            NULL,
            on_purge_answered_cb,
            bin_data_new (self, server, ids, label));
}

void
ms_window_install_bin (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, on_bin_purge_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_bin_restore_cb);
}
