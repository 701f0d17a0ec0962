/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * By what an outside directory knows its people: elements of externalIds with a client
 * "directory:ID". A run does to whoever has one what the directory says of it, deleting too; so
 * they are as much as the right to run it.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-directory-config.h"
#include "ms-error.h"
#include "ms-json.h"

#define ALL "externalIds"

static const char *
get_text (JsonObject *element, const char *name)
{
  return json_object_get_string_member_with_default (element, name, "");
}

/* The client as it is spelled, but for ASCII's case: by it the link is found, and spelled otherwise
 * it would be lost. */
static gboolean
has_element (JsonArray *ids, JsonObject *wanted)
{
  for (guint i = 0; ids != NULL && i < json_array_get_length (ids); i++)
    {
      JsonObject *element = json_array_get_object_element (ids, i);
      if (g_ascii_strcasecmp (get_text (element, "client"), get_text (wanted, "client")) == 0
          && strcmp (get_text (element, "value"), get_text (wanted, "value")) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Whether @ids has all the links that @others (nullable) has. */
static gboolean
has_links_of (JsonArray *ids, JsonArray *others)
{
  for (guint i = 0; others != NULL && i < json_array_get_length (others); i++)
    {
      JsonObject      *element = json_array_get_object_element (others, i);
      g_autofree char *id = ms_directory_get_linked_id (get_text (element, "client"));
      if (id != NULL && !has_element (ids, element))
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_rules_check_directory_links (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  JsonArray *old
      = before != NULL ? ms_json_get_array (ms_object_get_attributes (before), ALL) : NULL;
  JsonArray *now = ms_json_get_array (ms_object_get_attributes (after), ALL);

  g_autoptr (GError) why = NULL;

  if ((has_links_of (now, old) && has_links_of (old, now))
      || ms_policy_check (write->actor, MS_POLICY_DIRECTORIES, NULL, NULL, NULL, &why))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                ALL,
                "What links a user to an outside directory cannot be changed so: %s",
                why->message);
  return FALSE;
}
