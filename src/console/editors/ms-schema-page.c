/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which editor an attribute gets follows from its characteristics (RFC 7643 §7) and ours; nothing
 * here knows an attribute by name.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-choice-field.h"
#include "ms-date-time-field.h"
#include "ms-elements-field.h"
#include "ms-label-field.h"
#include "ms-links-field.h"
#include "ms-list-field.h"
#include "ms-members-field.h"
#include "ms-multiline-field.h"
#include "ms-reference-field.h"
#include "ms-schema-page.h"
#include "ms-switch-field.h"
#include "ms-value-field.h"
#include "ms-value-text.h"

typedef struct
{
  GtkWidget    *page;
  GtkWidget    *group; /* (nullable): where rows go now */
  MsForm       *form;
  MsConnection *connection;
  gboolean      is_new;
  gboolean      extension;
} Builder;

static MsField *
make_choice (const MsAttribute *attribute, const char *title, const char *hint)
{
  MsField *field = ms_choice_field_new (attribute->path, title, hint, NULL);

  if (!attribute->required)
    ms_choice_field_add (MS_CHOICE_FIELD (field), "", _ ("None"));
  for (guint i = 0; attribute->canonical_values[i] != NULL; i++)
    ms_choice_field_add (
        MS_CHOICE_FIELD (field), attribute->canonical_values[i], attribute->canonical_values[i]);
  return field;
}

static MsField *
make_list (const MsAttribute *attribute, const char *title, const char *hint)
{
  MsField *field = ms_list_field_new (attribute->path, title, hint, _ ("Add a value"), NULL);

  ms_list_field_set_attribute (MS_LIST_FIELD (field), attribute);
  return field;
}

static MsField *
make_members (const Builder *builder, const MsAttribute *attribute, const char *title)
{
  MsField *field
      = ms_members_field_new (attribute->path, title, attribute->description, builder->connection);

  if (attribute->relation_types != NULL && attribute->relation_types[0] != NULL)
    ms_members_field_set_types (MS_MEMBERS_FIELD (field),
                                (const char *const *) attribute->relation_types);
  return field;
}

static MsField *
make_reference (const Builder *builder, const MsAttribute *attribute, const char *title)
{
  const char *const  any[] = { "User", NULL };
  const char *const *types
      = attribute->relation_types != NULL && attribute->relation_types[0] != NULL
            ? (const char *const *) attribute->relation_types
            : any;
  MsField *field = ms_reference_field_new (
      attribute->path, title, attribute->description, builder->connection, types[0], _ ("None"));

  ms_reference_field_set_types (MS_REFERENCE_FIELD (field), types);
  return field;
}

static MsField *
make_label (const MsAttribute *attribute, const char *title)
{
  MsField *field = ms_label_field_new (attribute->path, title, attribute->description);

  ms_label_field_set_attribute (MS_LABEL_FIELD (field), attribute);
  return field;
}

static gboolean
is_fixed (const Builder *builder, const MsAttribute *attribute)
{
  return attribute->is_computed || attribute->mutability == MS_MUTABILITY_READ_ONLY
         || (attribute->mutability == MS_MUTABILITY_IMMUTABLE && !builder->is_new);
}

static MsField *
make_field (const Builder *builder, const MsAttribute *attribute, const char *title)
{
  const char *hint = attribute->description;
  const char *other = attribute->relation_types != NULL ? attribute->relation_types[0] : "";

  if (attribute->relation == MS_RELATION_FROM
      || (attribute->relation == MS_RELATION_TO && is_fixed (builder, attribute)))
    return ms_links_field_new (attribute->path, title, other, _ ("None"), NULL);
  if (attribute->relation == MS_RELATION_TO && attribute->multi_valued)
    return make_members (builder, attribute, title);
  if (attribute->relation != MS_RELATION_NONE)
    return make_reference (builder, attribute, title);
  if (attribute->type == MS_ATTR_COMPLEX)
    return ms_elements_field_new (attribute, title, hint, is_fixed (builder, attribute));
  if (is_fixed (builder, attribute))
    return make_label (attribute, title);
  if (attribute->multi_valued)
    return make_list (attribute, title, hint);
  if (attribute->type == MS_ATTR_BOOLEAN)
    return ms_switch_field_new (attribute->path, title, hint, FALSE);
  if (attribute->type == MS_ATTR_DATE_TIME)
    return ms_date_time_field_new (attribute->path, title, hint);
  if (attribute->canonical_only && attribute->canonical_values != NULL)
    return make_choice (attribute, title, hint);
  if (attribute->multi_line)
    return ms_multiline_field_new (attribute->path, title, hint);
  return ms_value_field_new (attribute, attribute->path, title, hint);
}

static void
begin_group (Builder *builder, const char *title, const char *description)
{
  builder->group = adw_preferences_group_new ();
  if (title != NULL)
    adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (builder->group), title);
  if (description != NULL)
    adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (builder->group), description);
  gtk_box_append (GTK_BOX (builder->page), builder->group);
}

static void
add_attribute (Builder *builder, const MsAttribute *attribute)
{
  g_autofree char *title = ms_value_text_title (attribute);
  MsField         *field = ms_form_add (builder->form, make_field (builder, attribute, title));
  GtkWidget       *row = GTK_WIDGET (ms_field_get_row (field));

  if (attribute->required && !builder->extension && !is_fixed (builder, attribute))
    ms_field_set_required (field, TRUE);
  /* What a new object gets where nobody chooses is seen beforehand. An extension is not begun by
   * its defaults. */
  if (builder->is_new && !builder->extension && attribute->default_value != NULL)
    ms_field_set_value (field, attribute->default_value);
  /* Links and lists of elements are boxed lists of their own. */
  if (MS_IS_LINKS_FIELD (field))
    {
      gtk_box_append (GTK_BOX (builder->page), row);
      builder->group = NULL;
      return;
    }
  if (builder->group == NULL)
    begin_group (builder, NULL, NULL);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (builder->group), row);
}

/* A complex attribute with one value: its parts as a group of rows. */
static void
add_parts (Builder *builder, const MsAttribute *attribute)
{
  g_autofree char *title = ms_value_text_title (attribute);
  g_autofree char *escaped_title = g_markup_escape_text (title, -1);
  g_autofree char *hint
      = attribute->description != NULL ? g_markup_escape_text (attribute->description, -1) : NULL;

  begin_group (builder, escaped_title, hint);
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    add_attribute (builder, g_ptr_array_index (attribute->sub_attributes, i));
  builder->group = NULL;
}

GtkWidget *
ms_schema_page_build (const MsSchema *schema,
                      gboolean        extension,
                      gboolean        is_new,
                      MsForm         *form,
                      MsConnection   *connection)
{
  g_return_val_if_fail (schema != NULL && MS_IS_FORM (form), NULL);

  Builder builder = { .page = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18),
                      .form = form,
                      .connection = connection,
                      .is_new = is_new,
                      .extension = extension };

  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      gboolean           is_parts = attribute->type == MS_ATTR_COMPLEX && !attribute->multi_valued
                          && attribute->relation == MS_RELATION_NONE
                          && !is_fixed (&builder, attribute);
      if (is_new && is_fixed (&builder, attribute))
        continue;
      if (is_parts)
        add_parts (&builder, attribute);
      else
        add_attribute (&builder, attribute);
    }
  return builder.page;
}
