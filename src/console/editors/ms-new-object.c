/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsNewObjectWindow: the fields of the property pages that are flagged for new objects, on one
 * page, and one POST. Titles are whole sentences per type, so that they can be translated.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-attributes.h"
#include "ms-dialog-spec.h"
#include "ms-new-object-window.h"
#include "ms-new-object.h"
#include "ms-object-words.h"
#include "ms-remote-schemas.h"
#include "ms-report.h"
#include "ms-schema-page.h"

static const struct
{
  const char *type_name;
  const char *title;
} titles[] = {
  { "Mailbox", N_ ("New Mailbox") },      { "MailGroup", N_ ("New Mail Group") },
  { "Group", N_ ("New Mailing List") },   { "Domain", N_ ("New Domain") },
  { "Template", N_ ("New Template") },
};

struct _MsNewObjectWindow
{
  MsDialog parent_instance;

  /* Template children */
  GtkWidget *pages;

  /* Owned */
  MsConnection     *connection;
  MsSchemaRegistry *schemas; /* (nullable): what the server's types are */
  MsForm           *form;
  char             *type_name;

  gboolean typed;
};

G_DEFINE_FINAL_TYPE (MsNewObjectWindow, ms_new_object_window, MS_TYPE_DIALOG)

static void
update_actions (MsNewObjectWindow *self)
{
  GPtrArray *fields = ms_form_get_fields (self->form);
  gboolean   complete = TRUE;

  for (guint i = 0; i < fields->len; i++)
    {
      g_autoptr (JsonNode) value = ms_field_dup_value (fields->pdata[i]);

      if (ms_field_get_required (fields->pdata[i]) && value == NULL)
        complete = FALSE;
    }
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "object.create", complete);
}

static void
on_form_changed_cb (MsNewObjectWindow *self)
{
  self->typed = TRUE;
  update_actions (self);
}

static void
on_created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gint64 change = 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsResource) resource
             = ms_connection_resource_finish (MS_CONNECTION (source), result, &change, &error);
  g_autofree char   *text = NULL;
  MsNewObjectWindow *self;
  MsField           *field;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  if (resource == NULL)
    {
      field = ms_form_find (self->form, ms_error_get_path (error));
      if (field == NULL && g_strcmp0 (ms_error_get_path (error), "address") == 0)
        field = ms_form_find (self->form, "name");
      if (field == NULL)
        {
          ms_dialog_show_error (MS_DIALOG (self), error);
          return;
        }
      ms_field_show_error (field, error->message);
      gtk_widget_grab_focus (GTK_WIDGET (ms_field_get_row (field)));
      return;
    }

  /* Translators: %s is the name of an object */
  text = g_strdup_printf (_("%s created"), ms_resource_get_label (resource));
  ms_report_change (gtk_window_get_transient_for (GTK_WINDOW (self)), text, change);
  gtk_window_destroy (GTK_WINDOW (self));
}

/* (nullable): a type that an operator has added */
static const MsResourceType *
find_added_type (MsNewObjectWindow *self)
{
  const MsResourceType *type
      = self->schemas != NULL ? ms_schema_registry_get_type_by_name (self->schemas, self->type_name)
                              : NULL;

  return type != NULL && ms_remote_schemas_is_added_type (type) ? type : NULL;
}

static void
on_create_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  MsNewObjectWindow    *self = MS_NEW_OBJECT_WINDOW (widget);
  const MsResourceType *added = find_added_type (self);
  g_autoptr (JsonObject) attributes = NULL;
  MsField *culprit = NULL;

  ms_dialog_clear_error (MS_DIALOG (self));
  if (!ms_form_verify (self->form, &culprit, NULL))
    {
      gtk_widget_grab_focus (GTK_WIDGET (ms_field_get_row (culprit)));
      return;
    }

  attributes = ms_form_dup_attributes (self->form);
  ms_attributes_set_schemas (attributes, self->type_name);
  if (added != NULL)
    json_array_add_string_element (json_object_get_array_member (attributes, "schemas"),
                                   added->schema->id);
  ms_dialog_set_busy (MS_DIALOG (self), TRUE);
  ms_connection_create_async (self->connection,
                              self->type_name,
                              attributes,
                              ms_dialog_get_cancellable (MS_DIALOG (self)),
                              on_created_cb,
                              self);
}

static gboolean
ms_new_object_window_close_request (GtkWindow *window)
{
  MsNewObjectWindow *self = MS_NEW_OBJECT_WINDOW (window);

  if (!self->typed)
    return GTK_WINDOW_CLASS (ms_new_object_window_parent_class)->close_request (window);

  ms_dialog_confirm_discard (MS_DIALOG (window),
                             _("Discard What You Typed?"), _("Nothing has been created yet."));
  return TRUE;
}

static void
ms_new_object_window_dispose (GObject *object)
{
  MsNewObjectWindow *self = MS_NEW_OBJECT_WINDOW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), MS_TYPE_NEW_OBJECT_WINDOW);
  g_clear_object (&self->form);
  g_clear_pointer (&self->schemas, ms_schema_registry_unref);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->type_name, g_free);

  G_OBJECT_CLASS (ms_new_object_window_parent_class)->dispose (object);
}

static void
ms_new_object_window_class_init (MsNewObjectWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_new_object_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = ms_new_object_window_close_request;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/editors/ms-new-object-window.ui");
  gtk_widget_class_bind_template_child (widget_class, MsNewObjectWindow, pages);
  gtk_widget_class_install_action (widget_class, "object.create", NULL, on_create_action);
}

static void
ms_new_object_window_init (MsNewObjectWindow *self)
{
  self->form = ms_form_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
build_pages (MsNewObjectWindow *self)
{
  GtkWidget            *first = NULL;
  const MsResourceType *added = find_added_type (self);

  if (added != NULL)
    gtk_box_append (
        GTK_BOX (self->pages),
        ms_schema_page_build (added->schema, FALSE, TRUE, self->form, self->connection));
  for (const MsPageSpec *page = ms_dialog_spec_get_pages (self->type_name);
       page != NULL && page->name != NULL;
       page++)
    {
      GtkWidget *content = ms_dialog_spec_build_page (page->fields,
                                                      TRUE,
                                                      self->form,
                                                      self->connection,
                                                      ms_dialog_get_cancellable (MS_DIALOG (self)));

      if (gtk_widget_get_first_child (content) != NULL)
        gtk_box_append (GTK_BOX (self->pages), content);
      else
        g_object_unref (g_object_ref_sink (content));
    }

  first = GTK_WIDGET (ms_field_get_row (g_ptr_array_index (ms_form_get_fields (self->form), 0)));
  gtk_widget_grab_focus (ms_field_row_get_target (MS_FIELD_ROW (first)));
}

GtkWidget *
ms_new_object_window_new (GtkWindow    *parent,
                          MsConnection *connection,
                          const char   *type_name,
                          JsonObject   *preset)
{
  MsNewObjectWindow *self;

  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);
  g_return_val_if_fail (type_name != NULL, NULL);

  self = g_object_new (MS_TYPE_NEW_OBJECT_WINDOW, "transient-for", parent, NULL);
  self->connection = g_object_ref (connection);
  self->type_name = g_strdup (type_name);
  if (ms_connection_get_schemas (connection) != NULL)
    self->schemas = ms_schema_registry_ref (ms_connection_get_schemas (connection));
  if (find_added_type (self) != NULL)
    {
      /* Translators: %s is the name of a type of objects that an operator has added */
      g_autofree char *title = g_strdup_printf (_ ("New %s"), type_name);
      gtk_window_set_title (GTK_WINDOW (self), title);
    }
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_str_equal (titles[i].type_name, type_name))
      gtk_window_set_title (GTK_WINDOW (self), _(titles[i].title));
  ms_dialog_set_icon (MS_DIALOG (self), ms_object_words_icon (type_name));
  ms_dialog_set_subtitle (MS_DIALOG (self), ms_connection_get_host (connection));

  build_pages (self);
  if (preset != NULL)
    ms_form_preset (self->form, preset);
  update_actions (self);
  g_signal_connect_object (
      self->form, "changed", G_CALLBACK (on_form_changed_cb), self, G_CONNECT_SWAPPED);

  return GTK_WIDGET (self);
}

MsForm *
ms_new_object_window_get_form (MsNewObjectWindow *self)
{
  g_return_val_if_fail (MS_IS_NEW_OBJECT_WINDOW (self), NULL);

  return self->form;
}

void
ms_new_object_present (GtkWindow    *parent,
                       MsConnection *connection,
                       const char   *type_name,
                       JsonObject   *preset)
{
  gtk_window_present (
      GTK_WINDOW (ms_new_object_window_new (parent, connection, type_name, preset)));
}
