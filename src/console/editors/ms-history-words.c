/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What History says about a change. No widgets.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-date-time-field.h"
#include "ms-history-page.h"
#include "ms-size-field.h"

static const char *
get_string (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static void append_value (GString *text, const char *path, JsonNode *value);

static void
append_elements (GString *text, const char *path, JsonArray *array)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      if (i > 0)
        g_string_append (text, ", ");
      append_value (text, path, json_array_get_element (array, i));
    }
}

static void
append_object (GString *text, JsonObject *object)
{
  const char    *shown = get_string (object, "display");
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;

  if (shown == NULL)
    shown = get_string (object, "value");
  if (shown != NULL)
    {
      g_string_append (text, shown);
      return;
    }

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &member))
    {
      g_string_append_printf (text, "%s ", name);
      append_value (text, name, member);
      g_string_append (text, "; ");
    }
}

static void
append_value (GString *text, const char *path, JsonNode *value)
{
  g_autofree char *shown = NULL;
  GType            type;

  if (value == NULL || JSON_NODE_HOLDS_NULL (value))
    {
      g_string_append (text, _("not set"));
      return;
    }
  if (JSON_NODE_HOLDS_ARRAY (value))
    {
      append_elements (text, path, json_node_get_array (value));
      return;
    }
  if (JSON_NODE_HOLDS_OBJECT (value))
    {
      append_object (text, json_node_get_object (value));
      return;
    }

  type = json_node_get_value_type (value);
  if (type == G_TYPE_BOOLEAN)
    g_string_append (text, json_node_get_boolean (value) ? _("on") : _("off"));
  else if (type == G_TYPE_INT64 && g_str_has_suffix (path, "quota"))
    {
      shown = ms_size_describe (json_node_get_int (value));
      g_string_append (text, shown);
    }
  else if (type == G_TYPE_INT64)
    g_string_append_printf (text, "%" G_GINT64_FORMAT, json_node_get_int (value));
  else if (g_str_has_suffix (path, "validFrom") || g_str_has_suffix (path, "validUntil"))
    {
      shown = ms_date_time_describe (json_node_get_string (value));
      g_string_append (text, shown);
    }
  else
    g_string_append (text, json_node_get_string (value));
}

char *
ms_history_describe_delta (JsonObject *delta)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const char *path;

  g_return_val_if_fail (delta != NULL, NULL);

  path = json_object_get_string_member_with_default (delta, "path", "");
  if (json_object_get_boolean_member_with_default (delta, "secret", FALSE))
    return g_strdup (_("Set anew; secrets are not recorded"));

  if (json_object_has_member (delta, "added") || json_object_has_member (delta, "removed"))
    {
      JsonNode *added = json_object_get_member (delta, "added");
      JsonNode *removed = json_object_get_member (delta, "removed");

      if (added != NULL && JSON_NODE_HOLDS_ARRAY (added)
          && json_array_get_length (json_node_get_array (added)) > 0)
        {
          g_string_append (text, "+ ");
          append_value (text, path, added);
        }
      if (removed != NULL && JSON_NODE_HOLDS_ARRAY (removed)
          && json_array_get_length (json_node_get_array (removed)) > 0)
        {
          g_string_append (text, text->len > 0 ? "   − " : "− ");
          append_value (text, path, removed);
        }
    }
  else
    {
      append_value (text, path, json_object_get_member (delta, "before"));
      g_string_append (text, " → ");
      append_value (text, path, json_object_get_member (delta, "after"));
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}
