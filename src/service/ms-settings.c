/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A setting is a whole number or a set of roles, and a text in the store: "90",
 * "auditor,administrator". What is at its default has no row there, so that a default that changes
 * with a release holds wherever nobody chose otherwise.
 */
#include "ms-settings.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-render-private.h"
#include "ms-txn.h"
#include "ms-undo.h"

/**
 * Setting: @has_default: %FALSE = unless set, there is none; @is_roles: a set of roles, by default
 * empty
 */
typedef struct
{
  const char *name;
  const char *description;
  gint64      minimum;
  gint64      maximum;
  gint64      fallback;
  gboolean    has_default;
  gboolean    is_roles;
} Setting;

static const Setting settings[] = {
  { MS_SETTING_BIN_RETENTION,
    "Days that deleted objects stay in the bin before they are removed for good; 0 = for ever",
    0,
    36500,
    30,
    TRUE,
    FALSE },
  { MS_SETTING_SEAT_LIMIT,
    "Seats that the operator means to use; more are reported, never refused",
    0,
    G_MAXINT32,
    0,
    FALSE,
    FALSE },
  { MS_SETTING_EXTENDED_SEATS,
    "Declared beneficiaries of extended use: relay, archive, pass-through",
    0,
    G_MAXINT32,
    0,
    TRUE,
    FALSE },
  { MS_SETTING_TOTP_ROLES, "Roles that must log on in two steps", 0, 0, 0, TRUE, TRUE },
};

/* Those that may log on. */
static const MsRole roles[] = { MS_ROLE_DELEGATE, MS_ROLE_AUDITOR, MS_ROLE_ADMINISTRATOR };

static const Setting *
find_setting (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    if (strcmp (settings[i].name, name) == 0)
      return &settings[i];
  return NULL;
}

/* Texts ------------------------------------------------------------------------------------- */

static guint
parse_roles (const char *text)
{
  guint set = 0;

  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (roles); i++)
    {
      g_auto (GStrv) names = g_strsplit (text, ",", -1);
      if (g_strv_contains ((const char *const *) names, ms_role_to_string (roles[i])))
        set |= 1u << roles[i];
    }
  return set;
}

/* (transfer full) */
static char *
format_roles (guint set)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    if ((set & (1u << roles[i])) != 0)
      g_string_append_printf (out, "%s%s", out->len > 0 ? "," : "", ms_role_to_string (roles[i]));
  return g_string_free (out, FALSE);
}

static gboolean
refuse_value (const Setting *setting, GError **error)
{
  if (setting->is_roles)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  "invalidValue",
                  setting->name,
                  "“%s” is a list of roles (delegate, auditor, administrator), or null for none",
                  setting->name);
  else
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  "invalidValue",
                  setting->name,
                  "“%s” is a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                  ", or null for the default",
                  setting->name,
                  setting->minimum,
                  setting->maximum);
  return FALSE;
}

static gboolean
read_roles (const Setting *setting, JsonNode *node, char **text, GError **error)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint      set = 0;

  if (array == NULL)
    return refuse_value (setting, error);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode   *element = json_array_get_element (array, i);
      const char *name = JSON_NODE_HOLDS_VALUE (element) ? json_node_get_string (element) : NULL;
      MsRole      role = ms_role_from_string (name);
      if (role == MS_ROLE_NONE)
        return refuse_value (setting, error);
      set |= 1u << role;
    }
  /* None is the default. */
  *text = set != 0 ? format_roles (set) : NULL;
  return TRUE;
}

/* What a request gives. @text: (out) (transfer full) (nullable): the default */
static gboolean
read_value (const Setting *setting, JsonNode *node, char **text, GError **error)
{
  *text = NULL;
  if (JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (setting->is_roles)
    return read_roles (setting, node, text, error);
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    return refuse_value (setting, error);
  gint64 value = json_node_get_int (node);
  if (value < setting->minimum || value > setting->maximum)
    return refuse_value (setting, error);
  *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);
  return TRUE;
}

/* Reading ----------------------------------------------------------------------------------- */

/* @text: (out) (transfer full) (nullable): as somebody has set it */
static gboolean
read_stored (MsTxn *txn, const char *name, char **text, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *text = ms_txn_get_setting (txn, name, &failed);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

gboolean
ms_settings_get (MsTxn *txn, const char *name, gint64 *value, gboolean *is_set, GError **error)
{
  const Setting   *setting = find_setting (name);
  g_autofree char *text = NULL;

  g_return_val_if_fail (setting != NULL && !setting->is_roles, FALSE);
  if (!read_stored (txn, name, &text, error))
    return FALSE;
  *value = text != NULL ? g_ascii_strtoll (text, NULL, 10) : setting->fallback;
  if (is_set != NULL)
    *is_set = text != NULL || setting->has_default;
  return TRUE;
}

gboolean
ms_settings_get_roles (MsTxn *txn, const char *name, guint *set, GError **error)
{
  const Setting   *setting = find_setting (name);
  g_autofree char *text = NULL;

  g_return_val_if_fail (setting != NULL && setting->is_roles, FALSE);
  if (!read_stored (txn, name, &text, error))
    return FALSE;
  *set = parse_roles (text);
  return TRUE;
}

static void
append_number (GString *out, const char *name, gint64 value, gboolean is_set)
{
  ms_render_begin_member (out, name);
  if (is_set)
    g_string_append_printf (out, "%" G_GINT64_FORMAT, value);
  else
    g_string_append (out, "null");
}

static gboolean
append_limits (MsTxn *txn, const Setting *setting, GString *out, GError **error)
{
  gint64   value;
  gboolean is_set;

  if (!ms_settings_get (txn, setting->name, &value, &is_set, error))
    return FALSE;
  append_number (out, "value", value, is_set);
  append_number (out, "default", setting->fallback, setting->has_default);
  append_number (out, "minimum", setting->minimum, TRUE);
  append_number (out, "maximum", setting->maximum, TRUE);
  return TRUE;
}

static void
append_roles (GString *out, const char *name, guint set)
{
  const char *separator = "";

  ms_render_begin_member (out, name);
  g_string_append_c (out, '[');
  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    if ((set & (1u << roles[i])) != 0)
      {
        g_string_append_printf (out, "%s\"%s\"", separator, ms_role_to_string (roles[i]));
        separator = ",";
      }
  g_string_append_c (out, ']');
}

static gboolean
append_choices (MsTxn *txn, const Setting *setting, GString *out, GError **error)
{
  guint set;

  if (!ms_settings_get_roles (txn, setting->name, &set, error))
    return FALSE;
  append_roles (out, "value", set);
  append_roles (out, "default", 0);
  append_roles (out, "choices", G_MAXUINT);
  return TRUE;
}

static gboolean
append_setting (MsTxn *txn, const Setting *setting, GString *out, GError **error)
{
  g_string_append_printf (out, "{\"name\":\"%s\"", setting->name);
  if (!(setting->is_roles ? append_choices (txn, setting, out, error)
                          : append_limits (txn, setting, out, error)))
    return FALSE;
  ms_render_begin_member (out, "description");
  ms_json_append_string (out, setting->description);
  g_string_append_c (out, '}');
  return TRUE;
}

static gboolean
append_all (MsTxn *txn, gpointer user_data, GError **error)
{
  GString *out = user_data;

  g_string_append (out, "{\"settings\":[");
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      if (!append_setting (txn, &settings[i], out, error))
        return FALSE;
    }
  g_string_append (out, "]}");
  return TRUE;
}

gboolean
ms_service_list_settings (MsService *self, const MsActor *actor, GString *out, GError **error)
{
  return ms_policy_check (actor, MS_POLICY_READ_SETTINGS, NULL, NULL, NULL, error)
         && ms_store_read (self->store, append_all, out, NULL, error);
}

/* Writing ----------------------------------------------------------------------------------- */

static void
add_side (const Setting *setting, JsonObject *delta, const char *name, const char *text)
{
  if (text == NULL)
    return;
  if (setting->is_roles)
    json_object_set_string_member (delta, name, text);
  else
    json_object_set_int_member (delta, name, g_ascii_strtoll (text, NULL, 10));
}

/* @text: (nullable): back to the default. @changed: (inout) */
static gboolean
put (MsWrite *write, const Setting *setting, const char *text, gboolean *changed, GError **error)
{
  g_autofree char *before = NULL;

  if (!read_stored (write->txn, setting->name, &before, error))
    return FALSE;
  if (g_strcmp0 (before, text) == 0)
    return TRUE;
  if (!ms_txn_set_setting (write->txn, setting->name, text, error))
    return FALSE;
  g_autoptr (JsonArray) deltas = json_array_new ();
  JsonObject *delta = json_object_new ();
  json_object_set_string_member (delta, "path", "value");
  add_side (setting, delta, "before", before);
  add_side (setting, delta, "after", text);
  json_array_add_object_element (deltas, delta);
  ms_txn_note (write->txn, MS_CHANGE_UPDATE, MS_NOTE_SETTING, setting->name, setting->name, deltas);
  /* What sessions may do depends on it. */
  if (setting->is_roles)
    ms_write_note_everybody (write);
  *changed = TRUE;
  return TRUE;
}

gboolean
ms_verb_settings (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *node;

  json_object_iter_init_ordered (&iter, operation->body);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      const Setting   *setting = find_setting (name);
      g_autofree char *text = NULL;
      if (setting == NULL)
        {
          ms_error_set (
              error, MS_ERROR_INVALID, "invalidPath", name, "There is no setting “%s”", name);
          return FALSE;
        }
      if (!read_value (setting, node, &text, error)
          || !put (write, setting, text, &outcome->changed, error))
        return FALSE;
    }
  outcome->document = g_string_new (NULL);
  return append_all (write->txn, outcome->document, error);
}

/* Undoing ----------------------------------------------------------------------------------- */

/* (transfer full) (nullable): the default */
static char *
dup_side (JsonObject *delta, const char *side)
{
  JsonNode *node = json_object_get_member (delta, side);

  if (node == NULL)
    return NULL;
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_dup_string (node);
  return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
}

gboolean
ms_settings_undo (MsWrite        *write,
                  gint64          sequence,
                  const MsChange *change,
                  JsonArray      *refused,
                  gint64         *undone,
                  GError        **error)
{
  JsonArray  *deltas = json_node_get_array (change->deltas);
  JsonObject *delta
      = json_array_get_length (deltas) > 0 ? json_array_get_object_element (deltas, 0) : NULL;
  const Setting   *setting = find_setting (change->id);
  g_autofree char *now = NULL;
  gboolean         changed = FALSE;

  if (delta == NULL || setting == NULL)
    {
      ms_undo_refuse (refused, change, NULL, "There is no such setting any more");
      return TRUE;
    }
  if (!read_stored (write->txn, change->id, &now, error))
    return FALSE;
  g_autoptr (MsUndoLater) later = ms_undo_later_new (write, NULL, change->id, sequence, error);
  if (later == NULL)
    return FALSE;
  g_autofree char *before = dup_side (delta, "before");
  g_autofree char *after = dup_side (delta, "after");
  gint64           by = ms_undo_later_find_touch (later, "value", NULL);
  if (g_strcmp0 (now, after) != 0 || by != 0)
    {
      ms_undo_refuse_touched (refused, change, "value", by);
      return TRUE;
    }
  if (!put (write, setting, before, &changed, error))
    return FALSE;
  *undone += changed ? 1 : 0;
  return TRUE;
}
