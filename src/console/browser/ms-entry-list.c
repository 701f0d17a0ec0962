/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. A GListStore that is filled anew when the list's content changes; entries that
 * stay keep their object, so that the selection of a table over it stays too.
 */
#include "config.h"

#include <string.h>

#include "ms-entry-list.h"

#define EXTERNAL "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group:externalMembers"

static MsResource *
new_entry (const char *id, const char *type, const char *label)
{
  g_autoptr (JsonObject) json = json_object_new ();
  JsonObject *meta = json_object_new ();

  json_object_set_string_member (json, "id", id);
  json_object_set_string_member (json, "displayName", label);
  json_object_set_string_member (meta, "resourceType", type);
  json_object_set_object_member (json, "meta", meta);
  return ms_resource_new (json);
}

static gboolean
matches (const char *label, const char *search)
{
  g_autofree char *folded = NULL;

  if (search == NULL || *search == '\0')
    return TRUE;
  folded = g_utf8_casefold (label, -1);
  return strstr (folded, search) != NULL;
}

static MsResource *
find_entry (GListModel *store, const char *id, const char *label)
{
  for (guint i = 0; i < g_list_model_get_n_items (store); i++)
    {
      g_autoptr (MsResource) entry = g_list_model_get_item (store, i);

      if (g_strcmp0 (ms_resource_get_id (entry), id) == 0
          && g_strcmp0 (ms_resource_get_label (entry), label) == 0)
        return g_steal_pointer (&entry);
    }
  return NULL;
}

static void
add_entry (
    GListModel *store, GPtrArray *entries, const char *id, const char *type, const char *label)
{
  const char *search = g_object_get_data (G_OBJECT (store), "ms-search");
  MsResource *entry;

  if (!matches (label, search))
    return;
  entry = find_entry (store, id, label);
  g_ptr_array_add (entries, entry != NULL ? entry : new_entry (id, type, label));
}

static void
fill (GListModel *store)
{
  MsResource *list = g_object_get_data (G_OBJECT (store), "ms-list");
  JsonNode   *node = ms_resource_get_node (list, "members");
  JsonArray  *members
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = members != NULL ? json_array_get_length (members) : 0;
  g_auto (GStrv) outside = ms_resource_dup_strv (list, EXTERNAL);
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n; i++)
    {
      JsonObject *member = json_array_get_object_element (members, i);
      const char *id = json_object_get_string_member_with_default (member, "value", "");

      add_entry (store,
                 entries,
                 id,
                 json_object_get_string_member_with_default (member, "type", ""),
                 json_object_get_string_member_with_default (member, "display", id));
    }
  for (guint i = 0; outside != NULL && outside[i] != NULL; i++)
    add_entry (store, entries, outside[i], "Address", outside[i]);
  g_list_store_splice (
      G_LIST_STORE (store), 0, g_list_model_get_n_items (store), entries->pdata, entries->len);
}

GListModel *
ms_entry_list_new (MsResource *list)
{
  GListStore *store;

  g_return_val_if_fail (MS_IS_RESOURCE (list), NULL);

  store = g_list_store_new (MS_TYPE_RESOURCE);
  g_object_set_data_full (G_OBJECT (store), "ms-list", g_object_ref (list), g_object_unref);
  g_signal_connect_object (list, "changed", G_CALLBACK (fill), store, G_CONNECT_SWAPPED);
  fill (G_LIST_MODEL (store));
  return G_LIST_MODEL (store);
}

void
ms_entry_list_set_search (GListModel *self, const char *search)
{
  g_return_if_fail (G_IS_LIST_STORE (self));

  g_object_set_data_full (
      G_OBJECT (self), "ms-search", search != NULL ? g_utf8_casefold (search, -1) : NULL, g_free);
  fill (self);
}
