/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsImportFieldsStep: a row for each column with its first values and a drop-down of fields. A
 * field may come from one column only; a second one is marked where it was chosen.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-import-columns.h"
#include <string.h>
#include "ms-import-fields-step.h"
#include "ms-text.h"

/* Of a cell */
#define SHOWN_BYTES 400

struct _MsImportFieldsStep
{
  AdwBin parent_instance;

  /* Owned */
  char     **columns;
  GPtrArray *drop_downs; /* borrowed: in our rows, one a column */

  /* Borrowed: our descendants */
  GtkWidget *box;
  GtkWidget *group;
  GtkWidget *message;

  gboolean has_header;
  gboolean showing;
};

G_DEFINE_FINAL_TYPE (MsImportFieldsStep, ms_import_fields_step, ADW_TYPE_BIN)

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static guint
get_field (MsImportFieldsStep *self, guint column)
{
  return gtk_drop_down_get_selected (GTK_DROP_DOWN (self->drop_downs->pdata[column]));
}

/* The choice behind all fields: the operators' attribute that the column is called by. */
static gboolean
is_own_attribute (guint field)
{
  guint n = 0;

  while (ms_import_columns[n].name != NULL)
    n++;

  return field == n;
}

static gboolean
is_double (MsImportFieldsStep *self, guint column)
{
  guint field = get_field (self, column);

  for (guint c = 0; field != 0 && !is_own_attribute (field) && c < column; c++)
    if (get_field (self, c) == field)
      return TRUE;

  return FALSE;
}

static void
update (MsImportFieldsStep *self)
{
  const char *reason = "";

  for (guint c = 0; c < self->drop_downs->len; c++)
    if (is_double (self, c))
      gtk_widget_add_css_class (self->drop_downs->pdata[c], "error");
    else
      gtk_widget_remove_css_class (self->drop_downs->pdata[c], "error");

  (void) ms_import_fields_step_is_complete (self, &reason);
  gtk_label_set_text (GTK_LABEL (self->message), reason);
  gtk_widget_set_visible (self->message, reason[0] != '\0');
  if (!self->showing)
    g_signal_emit (self, signals[CHANGED], 0);
}

/* @attribute: (nullable): of operators, that the column is called by */
static GListModel *
new_choices (const char *attribute)
{
  GtkStringList *choices = gtk_string_list_new (NULL);

  for (guint i = 0; ms_import_columns[i].name != NULL; i++)
    gtk_string_list_append (choices, _(ms_import_columns[i].label));
  if (attribute != NULL)
    gtk_string_list_append (choices, strrchr (attribute, ':') + 1);

  return G_LIST_MODEL (choices);
}

static char *
dup_samples (MsImportSource *source, guint column)
{
  GPtrArray *preview = ms_import_source_get_preview (source);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint r = 0; r < preview->len && r < 3; r++)
    {
      char           **record = preview->pdata[r];
      g_autofree char *start = NULL;
      g_autofree char *value = NULL;

      if (column >= g_strv_length (record) || record[column][0] == '\0')
        continue;
      start = ms_text_cut (record[column], SHOWN_BYTES);
      value = ms_text_printable (start);
      g_strdelimit (value, "\n", ' ');
      g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", value);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_column (MsImportFieldsStep *self, MsImportSource *source, guint column, guint field)
{
  GtkWidget *row = adw_action_row_new ();
  g_autoptr (GListModel) choices
             = new_choices (is_own_attribute (field) ? self->columns[column] : NULL);
  GtkWidget       *drop_down = gtk_drop_down_new (g_steal_pointer (&choices), NULL);
  g_autofree char *samples = dup_samples (source, column);
  g_autofree char *title = self->has_header
                               ? ms_text_printable (self->columns[column])
                               : g_strdup_printf (_("Column %s"), self->columns[column]);

  g_object_set (row,
                "use-markup",
                FALSE,
                "title",
                title,
                "subtitle",
                samples,
                "title-lines",
                1,
                "subtitle-lines",
                1,
                NULL);
  gtk_widget_set_tooltip_text (row, samples);
  gtk_widget_add_css_class (row, "ms-field");
  gtk_widget_set_valign (drop_down, GTK_ALIGN_CENTER);
  gtk_widget_set_size_request (drop_down, 230, -1);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (drop_down), field);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (drop_down), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  g_signal_connect_object (
      drop_down, "notify::selected", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), drop_down);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->group), row);
  g_ptr_array_add (self->drop_downs, drop_down);
}

static void
ms_import_fields_step_finalize (GObject *object)
{
  MsImportFieldsStep *self = MS_IMPORT_FIELDS_STEP (object);

  g_strfreev (self->columns);
  g_ptr_array_unref (self->drop_downs);

  G_OBJECT_CLASS (ms_import_fields_step_parent_class)->finalize (object);
}

static void
ms_import_fields_step_class_init (MsImportFieldsStepClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ms_import_fields_step_finalize;

  signals[CHANGED] = g_signal_new ("changed",
                                   MS_TYPE_IMPORT_FIELDS_STEP,
                                   G_SIGNAL_RUN_LAST,
                                   0,
                                   NULL,
                                   NULL,
                                   NULL,
                                   G_TYPE_NONE,
                                   0);
}

static void
ms_import_fields_step_init (MsImportFieldsStep *self)
{
  self->drop_downs = g_ptr_array_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  self->message = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->message), 0);
  gtk_label_set_wrap (GTK_LABEL (self->message), TRUE);
  gtk_widget_add_css_class (self->message, "error");
  gtk_box_append (GTK_BOX (self->box), self->message);
  adw_bin_set_child (ADW_BIN (self), self->box);
}

GtkWidget *
ms_import_fields_step_new (void)
{
  return g_object_new (MS_TYPE_IMPORT_FIELDS_STEP, NULL);
}

static guint
guess_field (MsImportFieldsStep *self, JsonArray *guess, guint n, guint column)
{
  JsonNode *node;

  if (guess == NULL || json_array_get_length (guess) != n)
    return ms_import_column_guess (self->columns[column], column, self->has_header);

  node = json_array_get_element (guess, column);

  const char *name = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
  guint       field = ms_import_column_find (name);

  /* The server names a column by its header where that is the path of an attribute. */
  if (field == 0 && name != NULL && g_str_has_prefix (name, "urn:")
      && g_str_equal (name, self->columns[column]))
    while (!is_own_attribute (field))
      field++;

  return field;
}

void
ms_import_fields_step_show (MsImportFieldsStep *self, MsImportSource *source, JsonArray *guess)
{
  const char *const *columns;
  gboolean           has_header;
  guint              n;

  g_return_if_fail (MS_IS_IMPORT_FIELDS_STEP (self));
  g_return_if_fail (MS_IS_IMPORT_SOURCE (source));

  columns = ms_import_source_get_columns (source);
  has_header = ms_import_source_get_format (source)->has_header;
  if (columns == NULL
      || (self->columns != NULL && has_header == self->has_header
          && g_strv_equal (columns, (const char *const *) self->columns)))
    return;

  self->showing = TRUE;
  g_strfreev (self->columns);
  self->columns = g_strdupv ((char **) columns);
  self->has_header = has_header;
  g_ptr_array_set_size (self->drop_downs, 0);
  if (self->group != NULL)
    gtk_box_remove (GTK_BOX (self->box), self->group);
  self->group = adw_preferences_group_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self->group), _("Columns"));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self->group),
                                         _("What each column of the file holds"));
  gtk_box_append (GTK_BOX (self->box), self->group);

  n = g_strv_length (self->columns);
  for (guint c = 0; c < n; c++)
    add_column (self, source, c, guess_field (self, guess, n, c));
  update (self);
  self->showing = FALSE;
  g_signal_emit (self, signals[CHANGED], 0);
}

JsonArray *
ms_import_fields_step_dup_mapping (MsImportFieldsStep *self)
{
  JsonArray *mapping;

  g_return_val_if_fail (MS_IS_IMPORT_FIELDS_STEP (self), NULL);

  mapping = json_array_new ();
  for (guint c = 0; c < self->drop_downs->len; c++)
    {
      guint field = get_field (self, c);

      if (field == 0 || field == GTK_INVALID_LIST_POSITION)
        json_array_add_null_element (mapping);
      else if (is_own_attribute (field))
        json_array_add_string_element (mapping, self->columns[c]);
      else
        json_array_add_string_element (mapping, ms_import_columns[field].name);
    }

  return mapping;
}

gboolean
ms_import_fields_step_has (MsImportFieldsStep *self, const char *field)
{
  guint wanted = ms_import_column_find (field);

  g_return_val_if_fail (MS_IS_IMPORT_FIELDS_STEP (self), FALSE);

  for (guint c = 0; c < self->drop_downs->len; c++)
    if (get_field (self, c) == wanted)
      return TRUE;

  return FALSE;
}

gboolean
ms_import_fields_step_is_complete (MsImportFieldsStep *self, const char **reason)
{
  g_return_val_if_fail (MS_IS_IMPORT_FIELDS_STEP (self), FALSE);

  *reason = "";
  for (guint c = 0; c < self->drop_downs->len; c++)
    if (is_double (self, c))
      *reason = _("Two columns are the same field.");
  if (!ms_import_fields_step_has (self, "userName") && !ms_import_fields_step_has (self, "list"))
    *reason = _("One column must be the log-on and mailbox name.");

  return (*reason)[0] == '\0' && self->drop_downs->len > 0;
}
