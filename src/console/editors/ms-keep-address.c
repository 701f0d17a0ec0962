/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-attributes.h"
#include "ms-keep-address.h"

struct _MsKeepAddress
{
  GtkWidget parent_instance;

  /* Child */
  GtkWidget *check;

  /* Borrowed */
  MsForm *form;

  const char *const *paths;
  const char        *address_path;
  gboolean           has_address;
};

G_DEFINE_FINAL_TYPE (MsKeepAddress, ms_keep_address, GTK_TYPE_WIDGET)

/* What of a type makes its address, and where the address is. */
static const struct
{
  const char *type_name;
  const char *address;
  const char *paths[3];
} types[] = {
  { "Mailbox", "address", { "name", "domain" } },
  { "MailGroup", "address", { "address" } },
  { "Group", MS_GROUP_URN ":address", { MS_GROUP_URN ":address" } },
};

static gboolean
changes_address (MsKeepAddress *self)
{
  for (guint i = 0; self->paths[i] != NULL; i++)
    {
      MsField *field = ms_form_find (self->form, self->paths[i]);
      if (field != NULL && ms_field_is_changed (field))
        return TRUE;
    }
  return FALSE;
}

static void
update (MsKeepAddress *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), self->has_address && changes_address (self));
}

static void
ms_keep_address_dispose (GObject *object)
{
  g_clear_pointer (&MS_KEEP_ADDRESS (object)->check, gtk_widget_unparent);
  G_OBJECT_CLASS (ms_keep_address_parent_class)->dispose (object);
}

static void
ms_keep_address_class_init (MsKeepAddressClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ms_keep_address_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
ms_keep_address_init (MsKeepAddress *self)
{
  self->check = gtk_check_button_new ();
  gtk_check_button_set_use_underline (GTK_CHECK_BUTTON (self->check), FALSE);
  gtk_widget_set_margin_start (self->check, 12);
  gtk_widget_set_parent (self->check, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

void
ms_keep_address_insert (MsKeepAddress *self, GtkBox *page)
{
  g_return_if_fail (MS_IS_KEEP_ADDRESS (self) && GTK_IS_BOX (page));

  MsField   *field = ms_form_find (self->form, self->paths[0]);
  GtkWidget *group
      = gtk_widget_get_ancestor (GTK_WIDGET (ms_field_get_row (field)), ADW_TYPE_PREFERENCES_GROUP);
  gtk_box_insert_child_after (page, GTK_WIDGET (self), group);
}

gboolean
ms_keep_address_is_for (const char *type_name)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_strcmp0 (types[i].type_name, type_name) == 0)
      return TRUE;
  return FALSE;
}

GtkWidget *
ms_keep_address_new (const char *type_name, MsForm *form)
{
  g_return_val_if_fail (ms_keep_address_is_for (type_name) && MS_IS_FORM (form), NULL);

  MsKeepAddress *self = g_object_new (MS_TYPE_KEEP_ADDRESS, NULL);
  self->form = form;
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (types[i].type_name, type_name))
      {
        self->paths = types[i].paths;
        self->address_path = types[i].address;
      }
  g_signal_connect_object (form, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

void
ms_keep_address_set_resource (MsKeepAddress *self, MsResource *resource)
{
  g_return_if_fail (MS_IS_KEEP_ADDRESS (self));

  const char *address = ms_resource_get_string (resource, self->address_path);
  self->has_address = address != NULL;
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->check), FALSE);
  if (address != NULL)
    {
      g_autofree char *label = g_strdup_printf (_("Keep %s as an alias"), address);
      gtk_check_button_set_label (GTK_CHECK_BUTTON (self->check), label);
    }
  update (self);
}

gboolean
ms_keep_address_is_wanted (MsKeepAddress *self)
{
  g_return_val_if_fail (MS_IS_KEEP_ADDRESS (self), FALSE);

  return gtk_widget_get_visible (GTK_WIDGET (self))
         && gtk_check_button_get_active (GTK_CHECK_BUTTON (self->check));
}
