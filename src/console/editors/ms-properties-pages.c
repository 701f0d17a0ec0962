/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pages of MsPropertiesWindow: those of its type, those of what operators have added, and the
 * history; chosen from a switcher, or from a sidebar where they are many.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-dialog-spec.h"
#include "ms-history-page.h"
#include "ms-keep-address.h"
#include "ms-links-field.h"
#include "ms-new-object.h"
#include "ms-properties-window-private.h"
#include "ms-properties.h"
#include "ms-remote-schemas.h"
#include "ms-schema-page.h"
#include "ms-side-list.h"

#define PAGES_FOR_SIDEBAR 6
#define MARGIN 18

static void
add_page (MsPropertiesWindow *self,
          GtkWidget          *page,
          const char         *name,
          const char         *title,
          const char         *icon)
{
  gtk_stack_add_titled (GTK_STACK (self->stack), page, name, title);
  gtk_list_box_append (GTK_LIST_BOX (self->page_list), ms_side_list_row_new (name, title, icon));
}

static void
on_link_open_cb (MsField *field, const char *type_name, const char *id, MsPropertiesWindow *self)
{
  ms_properties_present (GTK_WINDOW (self), self->connection, type_name, id);
}

static void
on_link_add_cb (MsField *field, MsPropertiesWindow *self)
{
  g_autoptr (JsonObject) preset = json_object_new ();
  JsonObject *owner = json_object_new ();

  json_object_set_string_member (owner, "value", self->id);
  json_object_set_string_member (owner, "display", ms_resource_get_label (self->resource));
  json_object_set_object_member (preset, "owner", owner);
  ms_new_object_present (GTK_WINDOW (self), self->connection, "Mailbox", preset);
}

static void
connect_links (MsPropertiesWindow *self)
{
  GPtrArray *fields = ms_form_get_fields (self->form);

  for (guint i = 0; i < fields->len; i++)
    if (MS_IS_LINKS_FIELD (fields->pdata[i]))
      {
        g_signal_connect_object (fields->pdata[i], "open", G_CALLBACK (on_link_open_cb), self, 0);
        g_signal_connect_object (fields->pdata[i], "add", G_CALLBACK (on_link_add_cb), self, 0);
      }
}

static void
add_schema_page (MsPropertiesWindow *self,
                 const MsSchema     *schema,
                 const char         *title,
                 gboolean            extension)
{
  GtkWidget *content
      = ms_schema_page_build (schema, extension, FALSE, self->form, self->connection);

  add_page (self,
            ms_side_list_page_new (content, MARGIN),
            schema->id,
            title,
            extension ? "application-x-addon-symbolic" : "document-properties-symbolic");
}

/* What operators have added: types of their own, and attributes of others. */
static guint
add_schema_pages (MsPropertiesWindow *self)
{
  const MsResourceType *type
      = self->schemas != NULL ? ms_schema_registry_get_type_by_name (self->schemas, self->type_name)
                              : NULL;
  guint n = 0;

  if (type == NULL)
    return 0;
  if (ms_remote_schemas_is_added_type (type))
    {
      add_schema_page (self, type->schema, _ ("General"), FALSE);
      n++;
    }
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *extension = g_ptr_array_index (type->extensions, i);
      if (!ms_remote_schemas_is_added_schema (extension))
        continue;
      add_schema_page (self, extension, extension->name, TRUE);
      n++;
    }
  return n;
}

void
ms_properties_window_build_pages (MsPropertiesWindow *self)
{
  const MsPageSpec *pages = ms_dialog_spec_get_pages (self->type_name);
  guint             n = 1;

  for (; pages != NULL && pages->name != NULL; pages++, n++)
    {
      GtkWidget *content = ms_dialog_spec_build_page (pages->fields,
                                                      FALSE,
                                                      self->form,
                                                      self->connection,
                                                      ms_dialog_get_cancellable (MS_DIALOG (self)));

      if (n == 1 && ms_keep_address_is_for (self->type_name))
        {
          self->keep = ms_keep_address_new (self->type_name, self->form);
          ms_keep_address_insert (MS_KEEP_ADDRESS (self->keep), GTK_BOX (content));
        }
      add_page (self,
                ms_side_list_page_new (content, MARGIN),
                pages->name,
                _(pages->title), pages->icon);
    }
  n += add_schema_pages (self);
  self->history = ms_history_page_new (self->connection, self->id);
  g_signal_connect_object (
      self->history, "returned", G_CALLBACK (ms_properties_window_reload), self, G_CONNECT_SWAPPED);
  add_page (self, self->history, "history", _("History"), "document-open-recent-symbolic");
  connect_links (self);

  gtk_widget_set_visible (self->sidebar, n >= PAGES_FOR_SIDEBAR);
  gtk_widget_set_visible (self->separator, n >= PAGES_FOR_SIDEBAR);
  gtk_widget_set_visible (self->switcher, n < PAGES_FOR_SIDEBAR);
  gtk_list_box_select_row (GTK_LIST_BOX (self->page_list),
                           gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->page_list), 0));
}

void
ms_properties_window_show_page (MsPropertiesWindow *self, const char *name)
{
  g_return_if_fail (MS_IS_PROPERTIES_WINDOW (self));

  for (int i = 0;; i++)
    {
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->page_list), i);

      if (row == NULL)
        return;
      if (g_strcmp0 (ms_side_list_row_get_name (row), name) == 0)
        {
          gtk_list_box_select_row (GTK_LIST_BOX (self->page_list), row);
          gtk_stack_set_visible_child_name (GTK_STACK (self->stack), name);
          return;
        }
    }
}
