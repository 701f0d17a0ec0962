/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between what one client sees and what is stored for all of them.
 */
#include "ms-external-id.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-text.h"

#define OWN "externalId"
#define ALL "externalIds"

/* (nullable) */
static JsonArray *
get_all (JsonObject *attributes)
{
  JsonNode *node = json_object_get_member (attributes, ALL);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/* (nullable) */
static const char *
get_client (JsonArray *all, guint index)
{
  return json_object_get_string_member_with_default (
      json_array_get_object_element (all, index), "client", NULL);
}

/* The place of what is @client's in @all (nullable); -1 where nothing is. Names of tokens are
 * compared as all names are. A store from before they were may have several that are the same so:
 * then it is the one that is spelled so, or the first. */
static int
find_place (JsonArray *all, const char *client)
{
  g_autofree char *wanted = ms_text_fold (client);
  int              found = -1;

  for (guint i = 0; all != NULL && i < json_array_get_length (all); i++)
    {
      const char *name = get_client (all, i);
      if (g_strcmp0 (name, client) == 0)
        return (int) i;
      g_autofree char *folded = found < 0 && name != NULL ? ms_text_fold (name) : NULL;
      if (g_strcmp0 (folded, wanted) == 0)
        found = (int) i;
    }
  return found;
}

/* (nullable): what @client calls the object */
static const char *
find_value (JsonArray *all, const char *client)
{
  int place = find_place (all, client);

  return place >= 0 ? json_object_get_string_member_with_default (
             json_array_get_object_element (all, (guint) place), "value", NULL)
                    : NULL;
}

const char *
ms_external_id_get (JsonObject *attributes, const char *client)
{
  if (client == NULL)
    return json_object_get_string_member_with_default (attributes, OWN, NULL);
  return find_value (get_all (attributes), client);
}

MsObject *
ms_external_id_show (MsObject *object, const char *client)
{
  if (client == NULL)
    return ms_object_ref (object);

  MsObject        *shown = ms_object_copy (object);
  JsonObject      *attributes = ms_object_get_attributes (shown);
  g_autofree char *own = g_strdup (ms_external_id_get (attributes, client));

  if (json_object_has_member (attributes, ALL))
    json_object_remove_member (attributes, ALL);
  if (json_object_has_member (attributes, OWN))
    json_object_remove_member (attributes, OWN);
  if (own != NULL)
    json_object_set_string_member (attributes, OWN, own);
  return shown;
}

/* (nullable): what @client was called or is called by a side of a delta of all clients' */
static const char *
find_own (JsonObject *delta, const char *side, const char *client)
{
  JsonNode *node = json_object_get_member (delta, side);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node)
             ? find_value (json_node_get_array (node), client)
             : NULL;
}

static void
show_delta (JsonArray *into, JsonObject *delta, const char *client)
{
  static const struct
  {
    const char *side;
    const char *shown;
  } sides[] = {
    { "before", "before" }, { "removed", "before" }, { "after", "after" }, { "added", "after" }
  };
  g_autoptr (JsonObject) own = json_object_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (sides); i++)
    {
      const char *value = find_own (delta, sides[i].side, client);
      if (value != NULL)
        json_object_set_string_member (own, sides[i].shown, value);
    }
  if (json_object_get_size (own) == 0)
    return;
  json_object_set_string_member (own, "path", OWN);
  json_array_add_object_element (into, g_steal_pointer (&own));
}

JsonNode *
ms_external_id_show_deltas (JsonNode *deltas, const char *client)
{
  if (client == NULL)
    return json_node_ref (deltas);

  JsonArray *all = json_node_get_array (deltas);
  g_autoptr (JsonArray) shown = json_array_new ();
  for (guint i = 0; i < json_array_get_length (all); i++)
    {
      JsonObject *delta = json_array_get_object_element (all, i);
      const char *path = json_object_get_string_member_with_default (delta, "path", "");

      if (strcmp (path, ALL) == 0)
        show_delta (shown, delta, client);
      else if (strcmp (path, OWN) != 0)
        json_array_add_object_element (shown, json_object_ref (delta));
    }
  return json_node_init_array (json_node_alloc (), shown);
}

static void
add_element (JsonArray *into, const char *client, const char *value)
{
  JsonObject *element = json_object_new ();

  json_object_set_string_member (element, "client", client);
  json_object_set_string_member (element, "value", value);
  json_array_add_object_element (into, element);
}

/* What all clients say, with @own (nullable) for @client; at the place where it was and under the
 * name that stands there, so that nothing changes where nothing did. (transfer full) */
static JsonArray *
merge (JsonArray *all, const char *client, const char *own)
{
  JsonArray *merged = json_array_new ();
  int        place = find_place (all, client);

  for (guint i = 0; all != NULL && i < json_array_get_length (all); i++)
    if ((int) i != place)
      json_array_add_element (merged, ms_json_deep_copy (json_array_get_element (all, i)));
    else if (own != NULL)
      add_element (merged, get_client (all, i), own);
  if (place < 0 && own != NULL)
    add_element (merged, client, own);
  return merged;
}

void
ms_external_id_keep (MsEdit *edit, MsObject *before, const char *client)
{
  if (client == NULL)
    return;

  JsonObject      *attributes = ms_object_get_attributes (edit->object);
  JsonObject      *stored = before != NULL ? ms_object_get_attributes (before) : NULL;
  g_autofree char *own
      = g_strdup (json_object_get_string_member_with_default (attributes, OWN, NULL));
  const char *shared
      = stored != NULL ? json_object_get_string_member_with_default (stored, OWN, NULL) : NULL;
  g_autoptr (JsonArray) merged = merge (stored != NULL ? get_all (stored) : NULL, client, own);

  if (own != NULL)
    json_object_remove_member (attributes, OWN);
  if (shared != NULL)
    json_object_set_string_member (attributes, OWN, shared);
  if (json_array_get_length (merged) > 0)
    json_object_set_array_member (attributes, ALL, json_array_ref (merged));
}

/* Filters ----------------------------------------------------------------------------------- */

static MsFilter *
new_node (MsFilterKind kind, MsFilter *left, MsFilter *right)
{
  MsFilter *node = g_new0 (MsFilter, 1);

  node->kind = kind;
  node->left = left;
  node->right = right;
  return node;
}

static MsFilter *
new_comparison (const MsAttribute *attribute, MsFilterOp op, JsonNode *value)
{
  MsFilter *node = new_node (MS_FILTER_COMPARE, NULL, NULL);

  node->attribute = attribute;
  node->op = op;
  node->value = json_node_ref (value);
  return node;
}

/* externalIds[client eq "…" and value …] */
static MsFilter *
make_value_path (const MsFilter *filter, const MsResourceType *type, const char *client)
{
  const MsAttribute *all = ms_resource_type_find (type, ALL);
  const MsAttribute *value = ms_attribute_find_sub (all, "value");
  g_autoptr (JsonNode) name = json_node_init_string (json_node_alloc (), client);
  MsFilter *inner = new_comparison (ms_attribute_find_sub (all, "client"), MS_FILTER_EQ, name);
  gboolean  differs = filter->kind == MS_FILTER_COMPARE && filter->op == MS_FILTER_NE;

  if (filter->kind == MS_FILTER_COMPARE)
    inner = new_node (MS_FILTER_AND,
                      inner,
                      new_comparison (value, differs ? MS_FILTER_EQ : filter->op, filter->value));
  MsFilter *path = new_node (MS_FILTER_VALUE_PATH, inner, NULL);
  path->attribute = all;
  return differs ? new_node (MS_FILTER_NOT, path, NULL) : path;
}

static gboolean
is_about_all (const MsFilter *filter, const MsResourceType *type)
{
  const MsAttribute *all = ms_resource_type_find (type, ALL);

  return filter->attribute == all
         || (filter->attribute != NULL && filter->attribute->parent == all);
}

MsFilter *
ms_external_id_filter (const MsFilter *filter, const MsResourceType *type, const char *client)
{
  if (filter == NULL)
    return NULL;
  if (client == NULL)
    return ms_filter_copy (filter);
  if (filter->kind == MS_FILTER_AND || filter->kind == MS_FILTER_OR
      || filter->kind == MS_FILTER_NOT)
    return new_node (filter->kind,
                     ms_external_id_filter (filter->left, type, client),
                     ms_external_id_filter (filter->right, type, client));
  if (is_about_all (filter, type))
    {
      gboolean  differs = filter->kind == MS_FILTER_COMPARE && filter->op == MS_FILTER_NE;
      MsFilter *nothing = new_node (MS_FILTER_NOTHING, NULL, NULL);
      return differs ? new_node (MS_FILTER_NOT, nothing, NULL) : nothing;
    }
  if (filter->attribute == ms_resource_type_find (type, OWN))
    return make_value_path (filter, type, client);
  return ms_filter_copy (filter);
}

gboolean
ms_external_id_order (MsQuery *query, const char *client, GError **error)
{
  const MsAttribute *by = query->sort_by;
  const MsAttribute *all = ms_resource_type_find (query->type, ALL);

  if (client == NULL || by == NULL)
    return TRUE;
  if (by == ms_resource_type_find (query->type, OWN))
    {
      query->sort_by = ms_attribute_find_sub (all, "value");
      query->sort_client = client;
      return TRUE;
    }
  if (by != all && by->parent != all)
    return TRUE;
  ms_error_set (
      error,
      MS_ERROR_INVALID,
      "invalidValue",
      "sortBy",
      "externalIds is not for provisioning clients: sort by externalId, which is your own");
  return FALSE;
}
