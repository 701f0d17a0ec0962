/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Settings that this console has no words for, of a newer server, are shown with
 * the server's own.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-field-row.h"
#include "ms-json.h"
#include "ms-setting-row.h"

struct _MsSettingRow
{
  GObject parent_instance;

  /* Owned */
  JsonObject *setting;
  MsFieldRow *row;
  GPtrArray  *checks; /* (nullable): of a set of roles, in the order of the choices; borrowed */

  /* Borrowed: of a number, else %NULL; in the row */
  GtkEntry *entry;
};

G_DEFINE_FINAL_TYPE (MsSettingRow, ms_setting_row, G_TYPE_OBJECT)

static guint changed_signal;

/* clang-format off: one row, one line */
static const struct
{
  const char *name;
  const char *title;
  const char *hint;
} words[] = {
  { "bin-retention-days",
    N_ ("_Days in the bin"),
        N_ ("Deleted objects are removed for good after that; 0 keeps them for ever.") },
    { "seat-limit",
      N_ ("Limit of _seats"), N_ ("More are reported, never refused.") },
      { "extended-seats",
        N_ ("_Beneficiaries of extended use"), N_ ("Declared: relay, archive, pass-through.") },
        { "totp-roles",
          N_ ("_Two-step log-on for"),
              N_ ("Whoever has such a role and no second step, you too, can do nothing but set it up.") },
        };

static const struct
{
  const char *name;
  const char *title;
} roles[] = {
  { "delegate", N_ ("De_legates") },
    { "auditor", N_ ("A_uditors") },
      { "administrator", N_ ("Ad_ministrators") },
    };
/* clang-format on */

static JsonArray *
get_array (MsSettingRow *self, const char *member)
{
  JsonNode *node = ms_json_object_find (self->setting, member);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static gboolean
has_element (JsonArray *array, const char *word)
{
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    if (g_strcmp0 (json_node_get_string (json_array_get_element (array, i)), word) == 0)
      return TRUE;
  return FALSE;
}

/* %FALSE where it is null */
static gboolean
get_number (MsSettingRow *self, const char *member, gint64 *value)
{
  JsonNode *node = ms_json_object_find (self->setting, member);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  *value = json_node_get_int (node);
  return TRUE;
}

/* (transfer full): "" where it is null */
static char *
dup_number (MsSettingRow *self, const char *member)
{
  gint64 value;

  return get_number (self, member, &value) ? g_strdup_printf ("%" G_GINT64_FORMAT, value)
                                           : g_strdup ("");
}

/* Number ------------------------------------------------------------------------------------ */

static gboolean
is_empty (MsSettingRow *self)
{
  g_autofree char *text
      = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));

  return *text == '\0';
}

/* What the entry means: %FALSE where that is nothing, or no number the setting takes. */
static gboolean
read_number (MsSettingRow *self, gint64 *value)
{
  g_autofree char *text
      = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));
  gint64 minimum = G_MININT64;
  gint64 maximum = G_MAXINT64;

  if (*text == '\0')
    return get_number (self, "default", value);
  (void) get_number (self, "minimum", &minimum); /* without one, every number is taken */
  (void) get_number (self, "maximum", &maximum);
  return g_ascii_string_to_signed (text, 10, minimum, maximum, value, NULL);
}

static void
check_number (MsSettingRow *self)
{
  g_autofree char *minimum = dup_number (self, "minimum");
  g_autofree char *maximum = dup_number (self, "maximum");
  g_autofree char *error = NULL;

  if (!ms_setting_row_is_valid (self))
    error = g_strdup_printf (
        _("A whole number from %s to %s, or nothing for the default"), minimum, maximum);
  ms_field_row_set_error (self->row, error);
}

static void
on_entry_changed_cb (MsSettingRow *self)
{
  check_number (self);
  g_signal_emit (self, changed_signal, 0);
}

static void
add_entry (MsSettingRow *self)
{
  g_autofree char *value = dup_number (self, "value");
  g_autofree char *fallback = dup_number (self, "default");

  self->entry = GTK_ENTRY (gtk_entry_new ());
  gtk_editable_set_text (GTK_EDITABLE (self->entry), value);
  gtk_editable_set_width_chars (GTK_EDITABLE (self->entry), 8);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (self->entry), 8);
  gtk_editable_set_alignment (GTK_EDITABLE (self->entry), 1);
  gtk_entry_set_input_purpose (self->entry, GTK_INPUT_PURPOSE_DIGITS);
  gtk_entry_set_activates_default (self->entry, TRUE);
  gtk_entry_set_placeholder_text (self->entry, *fallback != '\0' ? fallback : _("None"));
  gtk_widget_add_css_class (GTK_WIDGET (self->entry), "numeric");
  g_signal_connect_object (
      self->entry, "changed", G_CALLBACK (on_entry_changed_cb), self, G_CONNECT_SWAPPED);
  ms_field_row_set_control (self->row, GTK_WIDGET (self->entry), NULL, MS_FIELD_ROW_END);
}

/* Roles ------------------------------------------------------------------------------------- */

static void
on_check_toggled_cb (MsSettingRow *self)
{
  ms_field_row_set_error (self->row, NULL);
  g_signal_emit (self, changed_signal, 0);
}

static const char *
get_role_title (const char *role)
{
  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    if (g_strcmp0 (roles[i].name, role) == 0)
      return _(roles[i].title);
  return role;
}

static void
add_checks (MsSettingRow *self, JsonArray *choices)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->checks = g_ptr_array_new ();
  for (guint i = 0; i < json_array_get_length (choices); i++)
    {
      const char *role = json_node_get_string (json_array_get_element (choices, i));
      GtkWidget  *check = gtk_check_button_new_with_mnemonic (get_role_title (role));

      gtk_check_button_set_active (GTK_CHECK_BUTTON (check),
                                   has_element (get_array (self, "value"), role));
      g_signal_connect_object (
          check, "toggled", G_CALLBACK (on_check_toggled_cb), self, G_CONNECT_SWAPPED);
      gtk_box_append (GTK_BOX (box), check);
      g_ptr_array_add (self->checks, check);
    }
  ms_field_row_set_control (self->row, box, gtk_widget_get_first_child (box), MS_FIELD_ROW_END);
}

static gboolean
is_checked (MsSettingRow *self, guint i)
{
  return gtk_check_button_get_active (g_ptr_array_index (self->checks, i));
}

/* (transfer full) */
static JsonArray *
make_roles (MsSettingRow *self)
{
  JsonArray *choices = get_array (self, "choices");
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < self->checks->len; i++)
    if (is_checked (self, i))
      json_array_add_string_element (array,
                                     json_node_get_string (json_array_get_element (choices, i)));
  return array;
}

static gboolean
are_roles_changed (MsSettingRow *self)
{
  JsonArray *choices = get_array (self, "choices");

  for (guint i = 0; i < self->checks->len; i++)
    if (is_checked (self, i)
        != has_element (get_array (self, "value"),
                        json_node_get_string (json_array_get_element (choices, i))))
      return TRUE;
  return FALSE;
}

/* The row ----------------------------------------------------------------------------------- */

/* (transfer full) */
static char *
describe_default (MsSettingRow *self)
{
  JsonArray *array = get_array (self, "default");
  GString   *text = g_string_new (NULL);

  if (array == NULL)
    {
      g_autofree char *number = dup_number (self, "default");
      g_string_append (text, number);
    }
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      const char *role = json_node_get_string (json_array_get_element (array, i));
      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", role != NULL ? role : "");
    }
  if (text->len == 0)
    g_string_append (text, _("none"));
  return g_string_free (text, FALSE);
}

static void
add_row (MsSettingRow *self)
{
  const char *name = ms_setting_row_get_name (self);
  const char *title = name;
  const char *hint = json_object_get_string_member_with_default (self->setting, "description", "");
  g_autofree char *fallback = describe_default (self);
  g_autofree char *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i].name, name))
      {
        title = _(words[i].title);
        hint = _(words[i].hint);
      }
  /* Translators: what a setting means, and its default. */
  text = g_strdup_printf (_("%s Default: %s."), hint, fallback);
  self->row = MS_FIELD_ROW (g_object_ref_sink (ms_field_row_new (title, text)));
}

static void
ms_setting_row_dispose (GObject *object)
{
  MsSettingRow *self = MS_SETTING_ROW (object);

  g_clear_pointer (&self->setting, json_object_unref);
  g_clear_pointer (&self->checks, g_ptr_array_unref);
  g_clear_object (&self->row);
  G_OBJECT_CLASS (ms_setting_row_parent_class)->dispose (object);
}

static void
ms_setting_row_class_init (MsSettingRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ms_setting_row_dispose;
  changed_signal = g_signal_new (
      "changed", MS_TYPE_SETTING_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_setting_row_init (MsSettingRow *self)
{
}

MsSettingRow *
ms_setting_row_new (JsonObject *setting)
{
  g_return_val_if_fail (setting != NULL, NULL);

  MsSettingRow *self = g_object_new (MS_TYPE_SETTING_ROW, NULL);

  self->setting = json_object_ref (setting);
  JsonArray *choices = get_array (self, "choices");
  add_row (self);
  if (choices != NULL)
    add_checks (self, choices);
  else
    add_entry (self);
  return self;
}

GtkWidget *
ms_setting_row_get_widget (MsSettingRow *self)
{
  g_return_val_if_fail (MS_IS_SETTING_ROW (self), NULL);

  return GTK_WIDGET (self->row);
}

const char *
ms_setting_row_get_name (MsSettingRow *self)
{
  g_return_val_if_fail (MS_IS_SETTING_ROW (self), NULL);

  return json_object_get_string_member_with_default (self->setting, "name", "");
}

gboolean
ms_setting_row_is_valid (MsSettingRow *self)
{
  gint64 value;

  g_return_val_if_fail (MS_IS_SETTING_ROW (self), FALSE);

  return self->checks != NULL || is_empty (self) || read_number (self, &value);
}

gboolean
ms_setting_row_is_changed (MsSettingRow *self)
{
  gint64 now = 0;
  gint64 then = 0;

  g_return_val_if_fail (MS_IS_SETTING_ROW (self), FALSE);

  if (self->checks != NULL)
    return are_roles_changed (self);
  return read_number (self, &now) != get_number (self, "value", &then) || now != then;
}

JsonNode *
ms_setting_row_make_value (MsSettingRow *self)
{
  gint64 value = 0;

  g_return_val_if_fail (MS_IS_SETTING_ROW (self), NULL);

  JsonNode *node = json_node_alloc ();
  if (self->checks != NULL)
    {
      json_node_init (node, JSON_NODE_ARRAY);
      json_node_take_array (node, make_roles (self));
      return node;
    }
  if (is_empty (self) || !read_number (self, &value))
    return json_node_init_null (node);
  return json_node_init_int (node, value);
}

void
ms_setting_row_set_error (MsSettingRow *self, const char *error)
{
  g_return_if_fail (MS_IS_SETTING_ROW (self));

  ms_field_row_set_error (self->row, error);
  gtk_widget_grab_focus (GTK_WIDGET (self->row));
}
