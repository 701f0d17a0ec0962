/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. What the server may say is open: an unknown verb, type or attribute is shown as
 * it came.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <string.h>

#include "ms-change-text.h"
#include "ms-column.h"

static const char *
get_string (JsonObject *object, const char *member)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;

  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static JsonObject *
get_object (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static const char *
describe_type (const char *type)
{
  static const char *const words[][2] = {
    { "User", N_ ("User") },
      { "Mailbox", N_ ("Mailbox") },
        { "MailGroup", N_ ("Mail group") },
          { "Group", N_ ("Mailing list") },
            { "Domain", N_ ("Domain") },
              { "Template", N_ ("Template") },
                { "Guest", N_ ("Guest") },
              };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (words[i][0], type) == 0)
      return _(words[i][1]);
  return type != NULL ? type : "";
}

/* "john", "john and 11 others", "512 objects" */
static char *
describe_objects (JsonObject *set)
{
  JsonObject *first = get_object (set, "first");
  const char *label = get_string (first, "label");
  gint64 n = json_object_get_int_member_with_default (set, "objectCount", first != NULL ? 1 : 0);

  if (first != NULL && g_strcmp0 (get_string (first, "type"), "Guest") == 0)
    label = _("Guest");
  if (label == NULL || *label == '\0')
    return g_strdup_printf (ngettext ("%'u object", "%'u objects", (gulong) n), (guint) n);
  if (n <= 1)
    return g_strdup (label);
  return g_strdup_printf (
      ngettext ("%s and %'u other", "%s and %'u others", (gulong) n - 1), label, (guint) (n - 1));
}

typedef struct
{
  const char *verb;
  const char *text;        /* with the objects */
  const char *with_target; /* (nullable): with objects and target */
} VerbText;

/* clang-format off */
static const VerbText verb_texts[] = {
  { "create", N_ ("Created %s"), NULL },
  { "update", N_ ("Changed %s"), NULL },
  { "password", N_ ("Set a new password for %s"), NULL },
  { "delete", N_ ("Deleted %s"), NULL },
  { "restore", N_ ("Restored %s"), NULL },
  { "purge", N_ ("Deleted %s for good"), NULL },
  { "move", N_ ("Moved %s to the top"), N_ ("Moved %s to %s") },
  { "setOwner", N_ ("Took the owner from %s"), N_ ("Gave %s to %s") },
  { "addEntries", N_ ("Added %s to a list"), N_ ("Added %s to the list %s") },
  { "removeEntries", N_ ("Removed %s from a list"), N_ ("Removed %s from the list %s") },
  { "enable", N_ ("Enabled %s"), NULL },
  { "disable", N_ ("Disabled %s"), NULL },
  { "import", N_ ("Imported %s"), N_ ("Imported %s from %s") },
  { "undo", N_ ("Undid a change of %s"), NULL },
  { "return", N_ ("Put %s back to what it was"), NULL },
  { "setting", N_ ("Changed the setting %s"), NULL },
  { "bulk", N_ ("Changed %s in one go"), NULL },
  { "export", N_ ("Exported %s"), NULL },
  { "restoreStore", N_ ("Put a backup of the store back: %s"), NULL },
  { "totp-enrol", N_ ("Turned on two-step log-on for %s"), NULL },
  { "totp-remove", N_ ("Removed two-step log-on from %s"), NULL },
  { "totp-recovery", N_ ("Used a recovery code of %s"), NULL },
};
/* clang-format on */

char *
ms_change_text_summary (JsonObject *set)
{
  const char      *verb = get_string (set, "verb");
  const char      *target = get_string (set, "target");
  gint64           undo_of = json_object_get_int_member_with_default (set, "undoOf", 0);
  g_autofree char *objects = describe_objects (set);

  if (undo_of > 0)
    return g_strdup_printf (_("Undid change %u: %s"), (guint) undo_of, objects);
  for (guint i = 0; i < G_N_ELEMENTS (verb_texts); i++)
    {
      const VerbText *text = &verb_texts[i];

      if (g_strcmp0 (text->verb, verb) != 0)
        continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      if (target != NULL && text->with_target != NULL)
        return g_strdup_printf (_(text->with_target), objects, target);
      return g_strdup_printf (_(text->text), objects);
#pragma GCC diagnostic pop
    }
  return g_strdup_printf ("%s: %s", verb != NULL ? verb : "?", objects);
}

static const char *
describe_channel (const char *channel)
{
  static const char *const words[][2] = {
    { "console", N_ ("console") }, { "cli", N_ ("command line") }, { "scim", N_ ("SCIM") },
    { "import", N_ ("import") },   { "system", N_ ("by itself") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (words[i][0], channel) == 0)
      return _(words[i][1]);
  return channel != NULL ? channel : "";
}

char *
ms_change_text_origin (JsonObject *set)
{
  const char      *name = get_string (get_object (set, "actor"), "name");
  const char      *reason = get_string (set, "reason");
  g_autofree char *time = ms_column_format_time (get_string (set, "time"));
  g_autofree char *text = g_strdup_printf ("%s  ·  %s  ·  %s",
                                           time,
                                           name != NULL ? name : "",
                                           describe_channel (get_string (set, "channel")));

  if (reason == NULL || *reason == '\0')
    return g_steal_pointer (&text);
  return g_strdup_printf ("%s  ·  %s", text, reason);
}

char *
ms_change_text_object (JsonObject *change)
{
  const char *label = get_string (change, "label");

  return g_strdup_printf (
      "%s %s", describe_type (get_string (change, "type")), label != NULL ? label : "");
}

static char *
describe_value (JsonNode *node)
{
  g_autofree char *json = NULL;
  JsonObject      *object;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return g_strdup (_("nothing"));
  if (JSON_NODE_HOLDS_VALUE (node))
    {
      if (json_node_get_value_type (node) == G_TYPE_STRING)
        return g_strdup_printf ("“%s”", json_node_get_string (node));
      if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
        return g_strdup (json_node_get_boolean (node) ? _("yes") : _("no"));
      return json_to_string (node, FALSE);
    }
  object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  if (object != NULL && get_string (object, "display") != NULL)
    return g_strdup (get_string (object, "display"));
  json = json_to_string (node, FALSE);
  if (g_utf8_strlen (json, -1) <= 80)
    return g_steal_pointer (&json);
  *g_utf8_offset_to_pointer (json, 79) = '\0';
  return g_strconcat (json, "…", NULL);
}

/* "urn:…:User:rights.imap" -> "rights.imap" */
static const char *
shorten_path (const char *path)
{
  const char *colon = path != NULL ? strrchr (path, ':') : NULL;

  if (path == NULL)
    return "";
  return g_str_has_prefix (path, "urn:") && colon != NULL ? colon + 1 : path;
}

static char *
describe_elements (JsonObject *delta, const char *member)
{
  JsonNode  *node = json_object_get_member (delta, member);
  JsonArray *array
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint    n = array != NULL ? json_array_get_length (array) : 0;
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < MIN (n, 8); i++)
    {
      g_autofree char *value = describe_value (json_array_get_element (array, i));

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", value);
    }
  if (n > 8)
    g_string_append_printf (text, ngettext (" and %u more", " and %u more", n - 8), n - 8);
  return g_string_free (text, FALSE);
}

static char *
describe_as (JsonNode *node, gboolean is_size)
{
  if (is_size && node != NULL && JSON_NODE_HOLDS_VALUE (node))
    return ms_column_format_size (json_node_get_int (node));
  return describe_value (node);
}

char *
ms_change_text_delta (JsonObject *delta)
{
  const char      *path = shorten_path (get_string (delta, "path"));
  g_autofree char *added = describe_elements (delta, "added");
  g_autofree char *removed = describe_elements (delta, "removed");
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gboolean         is_size = g_strcmp0 (path, "quota") == 0;

  if (json_object_get_boolean_member_with_default (delta, "secret", FALSE))
    return g_strdup_printf (_("%s: changed (secrets are not kept here)"), path);
  if (*added != '\0' && *removed != '\0')
    return g_strdup_printf (_("%s: added %s; removed %s"), path, added, removed);
  if (*added != '\0')
    return g_strdup_printf (_("%s: added %s"), path, added);
  if (*removed != '\0')
    return g_strdup_printf (_("%s: removed %s"), path, removed);

  before = describe_as (json_object_get_member (delta, "before"), is_size);
  after = describe_as (json_object_get_member (delta, "after"), is_size);
  return g_strdup_printf ("%s: %s → %s", path, before, after);
}
