/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsRequestWindow: read-only text with copy buttons. Nothing shown here holds a secret: passwords
 * are not among what editors send, and the token is named, not shown.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-request-window.h"

struct _MsRequestWindow
{
  MsDialog parent_instance;

  /* Template children */
  GtkWidget *command;
  GtkWidget *command_group;
  GtkWidget *request;
};

G_DEFINE_FINAL_TYPE (MsRequestWindow, ms_request_window, MS_TYPE_DIALOG)

static void
copy_view (MsRequestWindow *self, GtkWidget *view)
{
  GtkTextBuffer   *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  GtkTextIter      start, end;
  g_autofree char *text = NULL;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  text = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
}

static void
on_copy_request_cb (MsRequestWindow *self)
{
  copy_view (self, self->request);
}

static void
on_copy_command_cb (MsRequestWindow *self)
{
  copy_view (self, self->command);
}

static void
ms_request_window_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_REQUEST_WINDOW);

  G_OBJECT_CLASS (ms_request_window_parent_class)->dispose (object);
}

static void
ms_request_window_class_init (MsRequestWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_request_window_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/editors/ms-request-window.ui");
  gtk_widget_class_bind_template_child (widget_class, MsRequestWindow, command);
  gtk_widget_class_bind_template_child (widget_class, MsRequestWindow, command_group);
  gtk_widget_class_bind_template_child (widget_class, MsRequestWindow, request);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_command_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_request_cb);
}

static void
ms_request_window_init (MsRequestWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
set_view_text (GtkWidget *view, const char *text)
{
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)), text, -1);
}

static char *
pretty (JsonNode *body)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();

  json_generator_set_pretty (generator, TRUE);
  json_generator_set_root (generator, body);

  return json_generator_to_data (generator, NULL);
}

void
ms_request_window_present (
    GtkWindow *parent, const char *method, const char *path, JsonNode *body, const char *command)
{
  MsRequestWindow *self = g_object_new (MS_TYPE_REQUEST_WINDOW, "transient-for", parent, NULL);
  g_autofree char *json = body != NULL ? pretty (body) : NULL;
  g_autofree char *text
      = g_strdup_printf ("%s %s%s%s",
                         method,
                         path,
                         json != NULL ? "\nContent-Type: application/scim+json\n\n" : "",
                         json != NULL ? json : "");

  set_view_text (self->request, text);
  gtk_widget_set_visible (self->command_group, command != NULL);
  if (command != NULL)
    set_view_text (self->command, command);
  gtk_window_present (GTK_WINDOW (self));
}

/* As "mailsteadctl … set KEY=VALUE" takes it: lists between commas, a reference by its id. */
static void
append_value (GString *text, JsonNode *value)
{
  if (value == NULL || JSON_NODE_HOLDS_NULL (value))
    return;
  if (JSON_NODE_HOLDS_ARRAY (value))
    {
      JsonArray *array = json_node_get_array (value);

      for (guint i = 0; i < json_array_get_length (array); i++)
        {
          if (i > 0)
            g_string_append_c (text, ',');
          append_value (text, json_array_get_element (array, i));
        }
    }
  else if (JSON_NODE_HOLDS_OBJECT (value))
    append_value (text, json_object_get_member (json_node_get_object (value), "value"));
  else if (json_node_get_value_type (value) == G_TYPE_STRING)
    g_string_append (text, json_node_get_string (value));
  else if (json_node_get_value_type (value) == G_TYPE_BOOLEAN)
    g_string_append (text, json_node_get_boolean (value) ? "yes" : "no");
  else
    g_string_append_printf (text, "%" G_GINT64_FORMAT, json_node_get_int (value));
}

static void
append_operation (GString *command, JsonObject *operation)
{
  const char *path = json_object_get_string_member (operation, "path");
  const char *colon = strrchr (path, ':');
  const char *key = colon != NULL ? colon + 1 : path;
  const char *filter = strstr (key, "[value eq \"");
  g_autoptr (GString) pair = g_string_new (key);
  g_autofree char *quoted = NULL;

  if (filter != NULL)
    {
      /* members[value eq "ID"] taken away: members-=ID */
      g_string_truncate (pair, (gsize) (filter - key));
      g_string_append_printf (pair, "-=%s", filter + strlen ("[value eq \""));
      g_string_truncate (pair, pair->len - strlen ("\"]"));
    }
  else
    {
      g_string_append (
          pair, g_str_equal (json_object_get_string_member (operation, "op"), "add") ? "+=" : "=");
      append_value (pair, json_object_get_member (operation, "value"));
    }
  quoted = g_shell_quote (pair->str);
  g_string_append_printf (command, " \\\n    %s", quoted);
}

char *
ms_request_dup_command (const char *verb,
                        const char *type_name,
                        const char *label,
                        JsonArray  *operations)
{
  static const struct
  {
    const char *type_name;
    const char *family;
  } families[] = {
    { "User", "user" },   { "Mailbox", "mailbox" }, { "MailGroup", "group" },
    { "Group", "list" },  { "Domain", "domain" },   { "Template", "template" },
    { "Guest", "guest" },
  };
  const char *family = NULL;
  g_autoptr (GString) command = NULL;
  g_autofree char *quoted_label = g_shell_quote (label);

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_strcmp0 (families[i].type_name, type_name) == 0)
      family = families[i].family;
  if (family == NULL)
    return NULL;

  command = g_string_new (NULL);
  g_string_append_printf (command, "mailsteadctl %s %s", family, verb);
  if (!g_str_equal (family, "guest"))
    g_string_append_printf (command, " %s", quoted_label);
  for (guint i = 0; operations != NULL && i < json_array_get_length (operations); i++)
    append_operation (command, json_array_get_object_element (operations, i));

  return g_string_free (g_steal_pointer (&command), FALSE);
}

void
ms_request_window_present_patch (GtkWindow    *parent,
                                 MsConnection *connection,
                                 MsResource   *resource,
                                 JsonArray    *operations)
{
  const char      *type_name = ms_resource_get_type_name (resource);
  const char      *endpoint = ms_type_name_to_endpoint (type_name);
  const char      *label = ms_resource_get_string (resource, "address");
  gboolean         any = json_array_get_length (operations) > 0;
  g_autofree char *path = NULL;
  g_autofree char *command = NULL;
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) body = NULL;
  JsonArray *schemas = json_array_new ();

  /* Names of mail groups repeat; their ids do not */
  if (g_str_equal (type_name, "MailGroup"))
    label = ms_resource_get_id (resource);
  else if (label == NULL || !g_str_equal (type_name, "Mailbox"))
    label = ms_resource_get_label (resource);

  path = g_str_equal (type_name, "Guest")
             ? g_strdup (endpoint)
             : g_strdup_printf ("%s/%s", endpoint, ms_resource_get_id (resource));
  json_array_add_string_element (schemas, "urn:ietf:params:scim:api:messages:2.0:PatchOp");
  json_object_set_array_member (object, "schemas", schemas);
  json_object_set_array_member (object, "Operations", json_array_ref (operations));
  body = json_node_init_object (json_node_alloc (), object);
  command = ms_request_dup_command (any ? "set" : "show", type_name, label, operations);

  ms_request_window_present (parent, any ? "PATCH" : "GET", path, any ? body : NULL, command);
}
