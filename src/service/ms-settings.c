/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All of them are whole numbers. What is at its default has no row in the store, so that a default
 * that changes with a release holds wherever nobody chose otherwise.
 */
#include "ms-settings.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-render-private.h"
#include "ms-txn.h"
#include "ms-undo.h"

/**
 * Setting: @has_default: %FALSE = unless set, there is none
 */
typedef struct
{
  const char *name;
  const char *description;
  gint64      minimum;
  gint64      maximum;
  gint64      fallback;
  gboolean    has_default;
} Setting;

static const Setting settings[] = {
  { MS_SETTING_BIN_RETENTION,
    "Days that deleted objects stay in the bin before they are removed for good; 0 = for ever",
    0,
    36500,
    30,
    TRUE },
  { MS_SETTING_SEAT_LIMIT,
    "Seats that the operator means to use; more are reported, never refused",
    0,
    G_MAXINT32,
    0,
    FALSE },
  { MS_SETTING_EXTENDED_SEATS,
    "Declared beneficiaries of extended use: relay, archive, pass-through",
    0,
    G_MAXINT32,
    0,
    TRUE },
};

static const Setting *
find_setting (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    if (strcmp (settings[i].name, name) == 0)
      return &settings[i];
  return NULL;
}

/* Reading ----------------------------------------------------------------------------------- */

/* @is_stored: (out): somebody has set it */
static gboolean
read_stored (MsTxn *txn, const char *name, gint64 *value, gboolean *is_stored, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autofree char *text = ms_txn_get_setting (txn, name, &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  *is_stored = text != NULL;
  *value = text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
  return TRUE;
}

gboolean
ms_settings_get (MsTxn *txn, const char *name, gint64 *value, gboolean *is_set, GError **error)
{
  const Setting *setting = find_setting (name);
  gboolean       is_stored;

  g_return_val_if_fail (setting != NULL, FALSE);
  if (!read_stored (txn, name, value, &is_stored, error))
    return FALSE;
  if (!is_stored)
    *value = setting->fallback;
  if (is_set != NULL)
    *is_set = is_stored || setting->has_default;
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
append_setting (MsTxn *txn, const Setting *setting, GString *out, GError **error)
{
  gint64   value;
  gboolean is_set;

  if (!ms_settings_get (txn, setting->name, &value, &is_set, error))
    return FALSE;
  g_string_append_printf (out, "{\"name\":\"%s\"", setting->name);
  append_number (out, "value", value, is_set);
  append_number (out, "default", setting->fallback, setting->has_default);
  append_number (out, "minimum", setting->minimum, TRUE);
  append_number (out, "maximum", setting->maximum, TRUE);
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
add_side (JsonObject *delta, const char *name, gint64 value, gboolean is_stored)
{
  if (is_stored)
    json_object_set_int_member (delta, name, value);
}

/* @store: %FALSE: back to the default. @changed: (inout) */
static gboolean
put (MsTxn *txn, const char *name, gint64 value, gboolean store, gboolean *changed, GError **error)
{
  gint64           before;
  gboolean         was_stored;
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  if (!read_stored (txn, name, &before, &was_stored, error))
    return FALSE;
  if (was_stored == store && (!store || before == value))
    return TRUE;
  if (!ms_txn_set_setting (txn, name, store ? text : NULL, error))
    return FALSE;
  g_autoptr (JsonArray) deltas = json_array_new ();
  JsonObject *delta = json_object_new ();
  json_object_set_string_member (delta, "path", "value");
  add_side (delta, "before", before, was_stored);
  add_side (delta, "after", value, store);
  json_array_add_object_element (deltas, delta);
  ms_txn_note (txn, MS_CHANGE_UPDATE, MS_NOTE_SETTING, name, name, deltas);
  *changed = TRUE;
  return TRUE;
}

static gboolean
check_value (const Setting *setting, JsonNode *node, GError **error)
{
  gint64 value;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64)
    {
      value = json_node_get_int (node);
      if (value >= setting->minimum && value <= setting->maximum)
        return TRUE;
    }
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

gboolean
ms_verb_settings (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *node;

  json_object_iter_init_ordered (&iter, operation->body);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      const Setting *setting = find_setting (name);
      gboolean       is_null = JSON_NODE_HOLDS_NULL (node);
      if (setting == NULL)
        {
          ms_error_set (
              error, MS_ERROR_INVALID, "invalidPath", name, "There is no setting “%s”", name);
          return FALSE;
        }
      if (!is_null && !check_value (setting, node, error))
        return FALSE;
      if (!put (write->txn,
                name,
                is_null ? 0 : json_node_get_int (node),
                !is_null,
                &outcome->changed,
                error))
        return FALSE;
    }
  outcome->document = g_string_new (NULL);
  return append_all (write->txn, outcome->document, error);
}

/* Undoing ----------------------------------------------------------------------------------- */

/* Whether @side of the delta is there, and its value. */
static gboolean
get_side (JsonObject *delta, const char *side, gint64 *value)
{
  JsonNode *node = json_object_get_member (delta, side);

  *value = node != NULL ? json_node_get_int (node) : 0;
  return node != NULL;
}

gboolean
ms_settings_undo (
    MsWrite *write, const MsChange *change, JsonArray *refused, gint64 *undone, GError **error)
{
  JsonArray  *deltas = json_node_get_array (change->deltas);
  JsonObject *delta
      = json_array_get_length (deltas) > 0 ? json_array_get_object_element (deltas, 0) : NULL;
  gint64   now, before, after;
  gboolean is_stored, changed = FALSE;

  if (delta == NULL || find_setting (change->id) == NULL)
    {
      ms_undo_refuse (refused, change, NULL, "There is no such setting any more");
      return TRUE;
    }
  if (!read_stored (write->txn, change->id, &now, &is_stored, error))
    return FALSE;
  gboolean was_stored = get_side (delta, "before", &before);
  if (get_side (delta, "after", &after) != is_stored || (is_stored && now != after))
    {
      ms_undo_refuse (refused, change, "value", MS_UNDO_CHANGED_SINCE);
      return TRUE;
    }
  if (!put (write->txn, change->id, before, was_stored, &changed, error))
    return FALSE;
  *undone += changed ? 1 : 0;
  return TRUE;
}
