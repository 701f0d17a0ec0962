/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsRightsField: a grid of switches over one complex attribute. Each right that changed becomes an
 * operation of its own, so that two people who change different rights do not undo each other.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-rights-field.h"

static const struct
{
  const char *name;
  const char *title;
  const char *detail;
} rights[] = {
  { "submission",
    N_ ("_Send mail"), N_ ("SMTP submission") },
    { "imap",
      N_ ("Read mail by _IMAP"), N_ ("Folders stay there") },
      { "pop3",
        N_ ("Fetch mail by _POP3"), N_ ("Mail is downloaded") },
        { "webmail",
          N_ ("_Webmail and filters"), N_ ("Browser, Sieve") },
          { "proxy",
            N_ ("Web pro_xy"), N_ ("Browsing") },
            { "ftpService",
              N_ ("_FTP service"), N_ ("Log on to the FTP server") },
              { "ftpProxy",
                N_ ("FT_P proxy"), N_ ("Reach other FTP servers") },
                { "changePassword",
                  N_ ("Change own pass_word"), N_ ("Without an admin") },
                  { "selfService", N_ ("Self-ser_vice pages"), N_ ("Forwarding, aliases") },
                  };

struct _MsRightsField
{
  MsField parent_instance;

  /* Owned: members that are there and that this program knows nothing of */
  JsonObject *others;

  /* Borrowed: in our row, which we own */
  GtkWidget *switches[G_N_ELEMENTS (rights)];

  gboolean was_given[G_N_ELEMENTS (rights)];
};

G_DEFINE_FINAL_TYPE (MsRightsField, ms_rights_field, MS_TYPE_FIELD)

static void
on_switch_moved_cb (MsField *self)
{
  ms_field_changed (self);
}

static void
on_all_clicked_cb (GtkWidget *button, MsRightsField *self)
{
  gboolean on = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (button), "ms-on"));

  for (guint i = 0; i < G_N_ELEMENTS (rights); i++)
    gtk_switch_set_active (GTK_SWITCH (self->switches[i]), on);
}

static GtkWidget *
build_right (MsRightsField *self, guint i)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *title = gtk_label_new_with_mnemonic (_(rights[i].title));
  GtkWidget *detail = gtk_label_new (_(rights[i].detail));
  GtkWidget *control = gtk_switch_new ();

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_xalign (GTK_LABEL (detail), 0);
  gtk_label_set_ellipsize (GTK_LABEL (detail), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (detail, "dim-label");
  gtk_widget_add_css_class (detail, "caption");
  gtk_box_append (GTK_BOX (lines), title);
  gtk_box_append (GTK_BOX (lines), detail);
  gtk_widget_set_hexpand (lines, TRUE);

  gtk_widget_set_valign (control, GTK_ALIGN_CENTER);
  gtk_label_set_mnemonic_widget (GTK_LABEL (title), control);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (control),
                                  GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                  title,
                                  NULL,
                                  GTK_ACCESSIBLE_RELATION_DESCRIBED_BY,
                                  detail,
                                  NULL,
                                  -1);
  g_signal_connect_object (
      control, "notify::active", G_CALLBACK (on_switch_moved_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), lines);
  gtk_box_append (GTK_BOX (box), control);
  self->switches[i] = control;

  return box;
}

static void
ms_rights_field_build (MsField *field, MsFieldRow *row)
{
  MsRightsField *self = MS_RIGHTS_FIELD (field);
  GtkWidget     *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget     *grid = gtk_grid_new ();
  GtkWidget     *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  const char    *labels[] = { _("_Allow All"), _("Allow _Nothing") };

  gtk_grid_set_row_spacing (GTK_GRID (grid), 14);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 30);
  gtk_grid_set_column_homogeneous (GTK_GRID (grid), TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (rights); i++)
    gtk_grid_attach (GTK_GRID (grid), build_right (self, i), i % 2, i / 2, 1, 1);

  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      GtkWidget *button = gtk_button_new_with_mnemonic (labels[i]);

      g_object_set_data (G_OBJECT (button), "ms-on", GINT_TO_POINTER (i == 0));
      g_signal_connect_object (button, "clicked", G_CALLBACK (on_all_clicked_cb), self, 0);
      gtk_box_append (GTK_BOX (buttons), button);
    }
  gtk_widget_set_halign (buttons, GTK_ALIGN_END);

  gtk_box_append (GTK_BOX (box), grid);
  gtk_box_append (GTK_BOX (box), buttons);
  ms_field_row_set_control (row, box, self->switches[0], MS_FIELD_ROW_BELOW);
  ms_field_row_hide_title (row);
}

static int
find_right (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (rights); i++)
    if (g_ascii_strcasecmp (rights[i].name, name) == 0)
      return (int) i;

  return -1;
}

static void
ms_rights_field_set_value (MsField *field, JsonNode *value)
{
  MsRightsField *self = MS_RIGHTS_FIELD (field);
  gboolean       on[G_N_ELEMENTS (rights)] = { FALSE };
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;

  g_clear_pointer (&self->others, json_object_unref);
  self->others = json_object_new ();
  memset (self->was_given, 0, sizeof self->was_given);
  if (value != NULL && JSON_NODE_HOLDS_OBJECT (value))
    {
      json_object_iter_init (&iter, json_node_get_object (value));
      while (json_object_iter_next (&iter, &name, &member))
        {
          int i = find_right (name);

          if (i < 0)
            json_object_set_member (self->others, name, json_node_copy (member));
          else
            {
              on[i] = json_node_get_boolean (member);
              self->was_given[i] = TRUE;
            }
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (rights); i++)
    gtk_switch_set_active (GTK_SWITCH (self->switches[i]), on[i]);
}

static JsonNode *
ms_rights_field_dup_value (MsField *field)
{
  MsRightsField *self = MS_RIGHTS_FIELD (field);
  g_autoptr (JsonObject) object = json_object_new ();
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;

  for (guint i = 0; i < G_N_ELEMENTS (rights); i++)
    {
      gboolean on = gtk_switch_get_active (GTK_SWITCH (self->switches[i]));

      if (on || self->was_given[i])
        json_object_set_boolean_member (object, rights[i].name, on);
    }
  if (self->others != NULL)
    {
      json_object_iter_init (&iter, self->others);
      while (json_object_iter_next (&iter, &name, &member))
        json_object_set_member (object, name, json_node_copy (member));
    }
  if (json_object_get_size (object) == 0)
    return NULL;

  return json_node_init_object (json_node_alloc (), object);
}

static gboolean
get_right (JsonNode *value, const char *name)
{
  return value != NULL
         && json_object_get_boolean_member_with_default (json_node_get_object (value), name, FALSE);
}

static void
ms_rights_field_append_operations (MsField   *field,
                                   JsonNode  *base,
                                   JsonNode  *value,
                                   JsonArray *operations)
{
  for (guint i = 0; i < G_N_ELEMENTS (rights); i++)
    {
      gboolean         on = get_right (value, rights[i].name);
      g_autofree char *path = NULL;
      g_autoptr (JsonNode) node = NULL;

      if (on == get_right (base, rights[i].name))
        continue;

      path = g_strdup_printf ("%s.%s", ms_field_get_path (field), rights[i].name);
      node = json_node_init_boolean (json_node_alloc (), on);
      ms_field_add_operation (operations, "replace", path, node);
    }
}

static char *
ms_rights_field_describe (MsField *field, JsonNode *value)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rights); i++)
    if (get_right (value, rights[i].name))
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", _(rights[i].title));
  g_string_replace (text, "_", "", 0);

  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : g_strdup (_("None"));
}

static void
ms_rights_field_finalize (GObject *object)
{
  g_clear_pointer (&MS_RIGHTS_FIELD (object)->others, json_object_unref);

  G_OBJECT_CLASS (ms_rights_field_parent_class)->finalize (object);
}

static void
ms_rights_field_class_init (MsRightsFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ms_rights_field_finalize;
  field_class->build = ms_rights_field_build;
  field_class->set_value = ms_rights_field_set_value;
  field_class->dup_value = ms_rights_field_dup_value;
  field_class->append_operations = ms_rights_field_append_operations;
  field_class->describe = ms_rights_field_describe;
}

static void
ms_rights_field_init (MsRightsField *self)
{
}

MsField *
ms_rights_field_new (const char *path, const char *title, const char *hint)
{
  return ms_field_new (MS_TYPE_RIGHTS_FIELD, path, title, hint);
}
