/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a table to fields and rows. Each kind of field has its maker here and nowhere else.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-address.h"
#include "ms-date-time-field.h"
#include "ms-dialog-spec.h"
#include "ms-domain-choices.h"
#include "ms-label-field.h"
#include "ms-links-field.h"
#include "ms-list-field.h"
#include "ms-members-field.h"
#include "ms-multiline-field.h"
#include "ms-quota-source.h"
#include "ms-rights-field.h"
#include "ms-second-step-field.h"
#include "ms-size-field.h"
#include "ms-switch-field.h"

typedef struct
{
  MsForm       *form;
  MsConnection *connection;
  GCancellable *cancellable;
} Maker;

static const char *
translate (const char *text)
{
  return text != NULL ? _(text) : NULL;
}

static MsField *
make_text (const MsFieldSpec *spec)
{
  MsField *field
      = ms_text_field_new (spec->path, _(spec->title), translate (spec->hint), spec->check);

  if (spec->words != NULL)
    ms_text_field_set_placeholder (MS_TEXT_FIELD (field), _(spec->words));

  return field;
}

static MsField *
make_list (const MsFieldSpec *spec)
{
  MsField *field = ms_list_field_new (
      spec->path, _(spec->title), translate (spec->hint), _(spec->words), spec->check);

  if (spec->flags & MS_FIELD_ADDRESSES)
    ms_list_field_set_key (MS_LIST_FIELD (field), ms_address_key);
  if (spec->flags & MS_FIELD_ELEMENTS)
    ms_list_field_set_elements (MS_LIST_FIELD (field), TRUE);

  return field;
}

static MsField *
make_domain (const MsFieldSpec *spec, const Maker *maker)
{
  MsField *field = ms_choice_field_new (spec->path, _(spec->title), translate (spec->hint), NULL);
  JsonObject *info = ms_connection_get_server_info (maker->connection);
  const char *primary
      = info != NULL ? json_object_get_string_member_with_default (info, "primaryDomain", NULL)
                     : NULL;

  if (spec->words != NULL)
    ms_choice_field_add (MS_CHOICE_FIELD (field), "", _(spec->words));
  else if (primary != NULL)
    ms_choice_field_add (MS_CHOICE_FIELD (field), primary, primary);
  ms_domain_choices_fill (MS_CHOICE_FIELD (field), maker->connection, maker->cancellable);

  return field;
}

static MsField *
make_size (const MsFieldSpec *spec, const Maker *maker)
{
  MsField *field = ms_size_field_new (spec->path, _(spec->title), translate (spec->hint));
  MsField *group = ms_form_find (maker->form, "group");

  if (group == NULL)
    group = ms_form_find (maker->form, "parent");
  if (group != NULL)
    {
      MsQuotaSource *source = ms_quota_source_new (
          maker->connection, maker->form, MS_REFERENCE_FIELD (group), MS_SIZE_FIELD (field));

      /* The form keeps it: walking ends with the dialog */
      g_object_set_data_full (G_OBJECT (maker->form), "ms-quota-source", source, g_object_unref);
    }

  return field;
}

static MsField *
make_field (const MsFieldSpec *spec, const Maker *maker)
{
  const char *title = _(spec->title);
  const char *hint = translate (spec->hint);

  switch (spec->kind)
    {
    case MS_FIELD_TEXT:
      return make_text (spec);
    case MS_FIELD_MULTILINE:
      return ms_multiline_field_new (spec->path, title, hint);
    case MS_FIELD_SWITCH:
      return ms_switch_field_new (spec->path, title, hint, (spec->flags & MS_FIELD_ON_UNSET) != 0);
    case MS_FIELD_CHOICE:
      return ms_choice_field_new (spec->path, title, hint, spec->choices);
    case MS_FIELD_DOMAIN:
      return make_domain (spec, maker);
    case MS_FIELD_SIZE:
      return make_size (spec, maker);
    case MS_FIELD_DATE_TIME:
      return ms_date_time_field_new (spec->path, title, hint);
    case MS_FIELD_LIST:
      return make_list (spec);
    case MS_FIELD_REFERENCE:
      return ms_reference_field_new (
          spec->path, title, hint, maker->connection, spec->type_name, _(spec->words));
    case MS_FIELD_RIGHTS:
      return ms_rights_field_new (spec->path, title, hint);
    case MS_FIELD_LABEL:
      return ms_label_field_new (spec->path, title, hint);
    case MS_FIELD_LINKS:
      return ms_links_field_new (spec->path, title, spec->type_name, _(spec->words), hint);
    case MS_FIELD_MEMBERS:
      return ms_members_field_new (spec->path, title, hint, maker->connection);
    case MS_FIELD_SECOND_STEP:
      return ms_second_step_field_new (spec->path, title, hint, maker->connection);
    case MS_FIELD_GROUP:
      break;
    }

  g_assert_not_reached ();
}

static gboolean
is_end (const MsFieldSpec *spec)
{
  return spec->kind == MS_FIELD_GROUP && spec->path != NULL;
}

/* A primary mailbox needs an owner; an alias domain another one. */
static void
on_mailbox_form_changed_cb (MsForm *form)
{
  MsField *owner = ms_form_find (form, "owner");
  MsField *primary = ms_form_find (form, "primary");

  if (owner != NULL && primary != NULL)
    ms_switch_field_set_usable (MS_SWITCH_FIELD (primary),
                                ms_reference_field_get_id (MS_REFERENCE_FIELD (owner)) != NULL);
}

static void
on_domain_form_changed_cb (MsForm *form)
{
  MsField    *kind = ms_form_find (form, "kind");
  MsField    *alias_of = ms_form_find (form, "aliasOf");
  const char *selected;

  if (kind == NULL || alias_of == NULL)
    return;

  selected = ms_choice_field_get_selected (MS_CHOICE_FIELD (kind));
  gtk_widget_set_visible (GTK_WIDGET (ms_field_get_row (alias_of)),
                          g_strcmp0 (selected, "alias") == 0);
}

GtkWidget *
ms_dialog_spec_build_page (const MsFieldSpec *fields,
                           gboolean           only_new,
                           MsForm            *form,
                           MsConnection      *connection,
                           GCancellable      *cancellable)
{
  const Maker maker = { form, connection, cancellable };
  GtkWidget  *box;
  GtkWidget  *group = NULL;

  g_return_val_if_fail (fields != NULL, NULL);
  g_return_val_if_fail (MS_IS_FORM (form), NULL);

  box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  for (const MsFieldSpec *spec = fields; !is_end (spec); spec++)
    {
      MsField *field;

      if (only_new && !(spec->flags & MS_FIELD_NEW))
        continue;

      if ((group == NULL && spec->kind != MS_FIELD_LINKS) || spec->kind == MS_FIELD_GROUP)
        {
          group = adw_preferences_group_new ();
          gtk_box_append (GTK_BOX (box), group);
        }
      if (spec->kind == MS_FIELD_GROUP)
        {
          if (spec->title != NULL)
            adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _(spec->title));
          if (spec->hint != NULL)
            adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (group), _(spec->hint));
          continue;
        }

      field = ms_form_add (form, make_field (spec, &maker));
      if (spec->flags & MS_FIELD_REQUIRED)
        ms_field_set_required (field, TRUE);
      /* Links are a boxed list of their own */
      if (spec->kind == MS_FIELD_LINKS)
        gtk_box_append (GTK_BOX (box), GTK_WIDGET (ms_field_get_row (field)));
      else
        adw_preferences_group_add (ADW_PREFERENCES_GROUP (group),
                                   GTK_WIDGET (ms_field_get_row (field)));
    }

  if (ms_form_find (form, "primary") != NULL)
    g_signal_connect (form, "changed", G_CALLBACK (on_mailbox_form_changed_cb), NULL);
  if (ms_form_find (form, "aliasOf") != NULL)
    {
      g_signal_connect (form, "changed", G_CALLBACK (on_domain_form_changed_cb), NULL);
      on_domain_form_changed_cb (form);
    }
  on_mailbox_form_changed_cb (form);

  return box;
}
