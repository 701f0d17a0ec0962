/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the body of an action may say, asked before anything is done. An option that the verb does
 * not know, or whose value is of another kind, is refused: taken for one that was left out, it
 * would move to the top what was to go elsewhere, or delete what was to be kept.
 */
#include "ms-action.h"

#include <string.h>

#include "ms-error.h"

typedef enum
{
  KIND_TEXT,
  KIND_FLAG,
} Kind;

/* @verbs: parted by spaces; %NULL: all */
static const struct
{
  const char *name;
  Kind        kind;
  const char *verbs;
} options[] = {
  { "to", KIND_TEXT, "move setOwner addEntries removeEntries" },
  { "name", KIND_TEXT, "rename" },
  { "domain", KIND_TEXT, "rename" },
  { "address", KIND_TEXT, "rename" },
  { "keepAddress", KIND_FLAG, "rename" },
  { "mailboxes", KIND_TEXT, "delete" },
  { "content", KIND_TEXT, "delete" },
  { "reason", KIND_TEXT, NULL },
  { "dryRun", KIND_FLAG, NULL },
};

static gboolean
has_verb (const char *verbs, const char *verb)
{
  g_auto (GStrv) list = g_strsplit (verbs, " ", -1);

  return g_strv_contains ((const char *const *) list, verb);
}

static gboolean
is_kind (JsonNode *node, Kind kind)
{
  return JSON_NODE_HOLDS_VALUE (node)
         && json_node_get_value_type (node) == (kind == KIND_TEXT ? G_TYPE_STRING : G_TYPE_BOOLEAN);
}

/* null is nothing, but where only true and false are something. */
static gboolean
check_option (const MsActionVerb *verb, guint i, JsonNode *node, GError **error)
{
  const char *name = options[i].name;

  if (JSON_NODE_HOLDS_NULL (node) && options[i].kind == KIND_TEXT)
    return TRUE;
  if (options[i].verbs != NULL && !has_verb (options[i].verbs, verb->name))
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  "invalidValue",
                  name,
                  "“%s” is nothing for %s: leave it out",
                  name,
                  verb->name);
  else if (!is_kind (node, options[i].kind))
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  "invalidValue",
                  name,
                  "“%s” is %s",
                  name,
                  options[i].kind == KIND_TEXT ? "a text" : "true or false");
  else
    return TRUE;
  return FALSE;
}

gboolean
ms_action_check_body (JsonObject *body, GError **error)
{
  const MsActionVerb *verb = ms_action_find_verb (body);

  if (verb == NULL)
    {
      ms_error_set (
          error,
          MS_ERROR_INVALID,
          "invalidValue",
          "verb",
          "“verb” is move, setOwner, addEntries, removeEntries, enable, disable, rename or delete");
      return FALSE;
    }
  if (json_object_has_member (body, "ids") && json_object_has_member (body, "objects"))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "objects",
                    "Name the objects in “ids” or in “objects”, not in both");
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      JsonNode *node = json_object_get_member (body, options[i].name);
      if (node != NULL && !check_option (verb, i, node, error))
        return FALSE;
    }
  return TRUE;
}
