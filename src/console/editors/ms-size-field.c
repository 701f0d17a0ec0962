/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsSizeField: a limit in bytes. On the wire absent means inherited and 0 means none
 * (data-model.md); here that is a choice of three, with the inherited value written out. Units are
 * decimal, as disks and mail hosters count.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <math.h>
#include "ms-error.h"
#include "ms-size-field.h"
#include "ms-text.h"

enum
{
  MODE_INHERIT,
  MODE_NONE,
  MODE_OWN,
};

static const struct
{
  const char *name;
  gint64      factor;
} units[] = {
  { N_ ("KB"), G_GINT64_CONSTANT (1000) },
    { N_ ("MB"), G_GINT64_CONSTANT (1000000) },
      { N_ ("GB"), G_GINT64_CONSTANT (1000000000) },
        { N_ ("TB"), G_GINT64_CONSTANT (1000000000000) },
      };

#define DEFAULT_UNIT 2

struct _MsSizeField
{
  MsField parent_instance;

  /* Owned */
  GtkStringList *mode_labels;
  char          *inherited_from;

  /* Borrowed: in our row, which we own */
  GtkWidget *entry;
  GtkWidget *mode;
  GtkWidget *own;
  GtkWidget *unit;

  gint64 inherited;
};

G_DEFINE_FINAL_TYPE (MsSizeField, ms_size_field, MS_TYPE_FIELD)

static guint
get_mode (MsSizeField *self)
{
  return gtk_drop_down_get_selected (GTK_DROP_DOWN (self->mode));
}

static void
on_mode_selected_cb (MsSizeField *self)
{
  gboolean own = get_mode (self) == MODE_OWN;

  gtk_widget_set_visible (self->own, own);
  ms_field_changed (MS_FIELD (self));
}

static void
on_amount_changed_cb (MsField *self)
{
  ms_field_changed (self);
}

static void
update_inherit_label (MsSizeField *self)
{
  g_autofree char *size = NULL;
  g_autofree char *label = NULL;
  const char      *strings[2] = { NULL, NULL };
  guint            mode;

  if (self->mode_labels == NULL)
    return;

  if (self->inherited < 0)
    label = g_strdup (_("Inherit"));
  else
    {
      size = ms_size_describe (self->inherited);
      if (self->inherited_from != NULL)
        /* Translators: %1$s is a size such as "2 GB", %2$s the name of a mail group */
        label = g_strdup_printf (_("Inherit: %1$s from %2$s"), size, self->inherited_from);
      else
        label = g_strdup_printf (_("Inherit: %s"), size);
    }

  strings[0] = label;
  mode = get_mode (self);
  ms_field_freeze (MS_FIELD (self));
  gtk_string_list_splice (self->mode_labels, MODE_INHERIT, 1, strings);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->mode), mode);
  ms_field_thaw (MS_FIELD (self));
}

static void
on_label_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_list_item_set_child (item, label);
}

static void
on_label_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkStringObject *string = gtk_list_item_get_item (item);
  GtkWidget       *label = gtk_list_item_get_child (item);

  gtk_label_set_text (GTK_LABEL (label), gtk_string_object_get_string (string));
  gtk_widget_set_tooltip_text (label, gtk_string_object_get_string (string));
}

static void
build_amount (MsSizeField *self)
{
  const char *names[G_N_ELEMENTS (units) + 1] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    names[i] = _(units[i].name);

  self->entry = gtk_entry_new ();
  gtk_editable_set_width_chars (GTK_EDITABLE (self->entry), 7);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (self->entry), 7);
  gtk_editable_set_alignment (GTK_EDITABLE (self->entry), 1);
  gtk_entry_set_input_purpose (GTK_ENTRY (self->entry), GTK_INPUT_PURPOSE_NUMBER);
  gtk_entry_set_activates_default (GTK_ENTRY (self->entry), TRUE);
  gtk_entry_set_max_length (GTK_ENTRY (self->entry), 32);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Amount"), -1);
  self->unit = gtk_drop_down_new_from_strings (names);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->unit), DEFAULT_UNIT);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (self->unit), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Unit"), -1);

  self->own = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_box_append (GTK_BOX (self->own), self->entry);
  gtk_box_append (GTK_BOX (self->own), self->unit);
  gtk_widget_set_visible (self->own, FALSE);
}

static void
ms_size_field_build (MsField *field, MsFieldRow *row)
{
  MsSizeField *self = MS_SIZE_FIELD (field);
  GtkWidget   *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  const char *modes[] = { _("Inherit"), _("No limit"), _("Own limit"), NULL };

  self->mode_labels = gtk_string_list_new (modes);
  self->mode = gtk_drop_down_new (G_LIST_MODEL (g_object_ref (self->mode_labels)), NULL);
  g_signal_connect (factory, "setup", G_CALLBACK (on_label_setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_label_bind_cb), NULL);
  gtk_drop_down_set_factory (GTK_DROP_DOWN (self->mode), factory);
  gtk_widget_set_hexpand (self->mode, TRUE);
  build_amount (self);
  update_inherit_label (self);

  g_signal_connect_object (
      self->mode, "notify::selected", G_CALLBACK (on_mode_selected_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (
      self->entry, "changed", G_CALLBACK (on_amount_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (
      self->unit, "notify::selected", G_CALLBACK (on_amount_changed_cb), self, G_CONNECT_SWAPPED);

  gtk_box_append (GTK_BOX (box), self->mode);
  gtk_box_append (GTK_BOX (box), self->own);
  ms_field_row_set_control (row, box, self->mode, MS_FIELD_ROW_FILL);
}

/* The largest unit in which the number has at most three decimals. */
static void
show_amount (MsSizeField *self, gint64 bytes)
{
  g_autofree char *text = NULL;
  guint            unit = G_N_ELEMENTS (units) - 1;
  gboolean         exact;

  while (unit > 0 && (bytes < units[unit].factor || bytes % (units[unit].factor / 1000) != 0))
    unit--;

  exact = bytes % units[unit].factor == 0;
  text = exact ? g_strdup_printf ("%" G_GINT64_FORMAT, bytes / units[unit].factor)
               : g_strdup_printf ("%.10g", (double) bytes / (double) units[unit].factor);
  gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->unit), unit);
}

static void
ms_size_field_set_value (MsField *field, JsonNode *value)
{
  MsSizeField *self = MS_SIZE_FIELD (field);
  gboolean     given = value != NULL && JSON_NODE_HOLDS_VALUE (value);

  if (given && json_node_get_value_type (value) == G_TYPE_STRING)
    gtk_editable_set_text (GTK_EDITABLE (self->entry), json_node_get_string (value));
  else if (given && json_node_get_int (value) > 0)
    show_amount (self, json_node_get_int (value));

  gtk_drop_down_set_selected (GTK_DROP_DOWN (self->mode),
                              !given                                              ? MODE_INHERIT
                              : json_node_get_value_type (value) == G_TYPE_STRING ? MODE_OWN
                              : json_node_get_int (value) == 0                    ? MODE_NONE
                                                                                  : MODE_OWN);
  gtk_widget_set_visible (self->own, get_mode (self) == MODE_OWN);
}

/* "1,5" in the unit chosen, or a whole "500 MB" typed into the entry. */
static gboolean
parse_amount (MsSizeField *self, gint64 *bytes, GError **error)
{
  g_autofree char *text = g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry)));
  guint            unit = gtk_drop_down_get_selected (GTK_DROP_DOWN (self->unit));
  char            *end = NULL;
  double           amount;

  g_strstrip (text);
  g_strdelimit (text, ",", '.');
  if (text[0] != '\0' && g_ascii_isalpha (text[strlen (text) - 1]))
    return ms_text_parse_size (text, bytes, error);

  amount = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || !isfinite (amount) || amount <= 0)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    NULL,
                    "%s",
                    _("Type a number above zero, such as 2.5"));
      return FALSE;
    }
  if (unit >= G_N_ELEMENTS (units) || amount * (double) units[unit].factor > 9e18)
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidValue", NULL, "%s", _("This is too large"));
      return FALSE;
    }
  *bytes = (gint64) llround (amount * (double) units[unit].factor);

  return TRUE;
}

static JsonNode *
ms_size_field_dup_value (MsField *field)
{
  MsSizeField *self = MS_SIZE_FIELD (field);
  gint64       bytes = 0;

  switch (get_mode (self))
    {
    case MODE_NONE:
      return json_node_init_int (json_node_alloc (), 0);
    case MODE_OWN:
      if (parse_amount (self, &bytes, NULL))
        return json_node_init_int (json_node_alloc (), bytes);
      return json_node_init_string (json_node_alloc (),
                                    gtk_editable_get_text (GTK_EDITABLE (self->entry)));
    default:
      return NULL;
    }
}

static gboolean
ms_size_field_verify (MsField *field, GError **error)
{
  MsSizeField *self = MS_SIZE_FIELD (field);
  gint64       bytes;

  return get_mode (self) != MODE_OWN || parse_amount (self, &bytes, error);
}

static char *
ms_size_field_describe (MsField *field, JsonNode *value)
{
  if (value == NULL || !JSON_NODE_HOLDS_VALUE (value))
    return g_strdup (_("Inherited"));
  if (json_node_get_value_type (value) == G_TYPE_STRING)
    return json_node_dup_string (value);

  return ms_size_describe (json_node_get_int (value));
}

static void
ms_size_field_finalize (GObject *object)
{
  MsSizeField *self = MS_SIZE_FIELD (object);

  g_clear_object (&self->mode_labels);
  g_free (self->inherited_from);

  G_OBJECT_CLASS (ms_size_field_parent_class)->finalize (object);
}

static void
ms_size_field_class_init (MsSizeFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ms_size_field_finalize;
  field_class->build = ms_size_field_build;
  field_class->set_value = ms_size_field_set_value;
  field_class->dup_value = ms_size_field_dup_value;
  field_class->verify = ms_size_field_verify;
  field_class->describe = ms_size_field_describe;
}

static void
ms_size_field_init (MsSizeField *self)
{
  self->inherited = -1;
}

MsField *
ms_size_field_new (const char *path, const char *title, const char *hint)
{
  return ms_field_new (MS_TYPE_SIZE_FIELD, path, title, hint);
}

void
ms_size_field_set_inherited (MsSizeField *self, gint64 bytes, const char *from)
{
  g_return_if_fail (MS_IS_SIZE_FIELD (self));

  (void) ms_field_get_row (MS_FIELD (self));
  self->inherited = bytes;
  g_free (self->inherited_from);
  self->inherited_from = g_strdup (from);
  update_inherit_label (self);
}

char *
ms_size_describe (gint64 bytes)
{
  return bytes == 0 ? g_strdup (_("No limit")) : g_format_size ((guint64) bytes);
}
