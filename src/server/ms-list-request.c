/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parsing of list requests. A body is brought into the form of a query first, so that both are read
 * by one parser.
 */
#include "ms-list-request.h"
#include "ms-error.h"
#include "ms-json.h"
#include <string.h>

#define MAX_FILTER 8192
#define MAX_SEARCH 256

static const struct
{
  const char  *name;
  MsFilterMeta meta;
} meta_names[] = {
  { "id", MS_FILTER_META_ID },
  { "meta.created", MS_FILTER_META_CREATED },
  { "meta.lastModified", MS_FILTER_META_LAST_MODIFIED },
};

void
ms_list_request_clear (MsListRequest *self)
{
  ms_projection_clear (&self->projection);
  g_clear_pointer (&self->filter, ms_filter_free);
  g_clear_pointer (&self->search, g_free);
}

static const MsAttribute *
find_leaf (const MsResourceType *type, const char *path)
{
  const MsAttribute *attribute = ms_resource_type_find (type, path);

  if (attribute != NULL && attribute->type == MS_ATTR_COMPLEX
      && attribute->relation == MS_RELATION_NONE)
    attribute = ms_attribute_find_sub (attribute, "value");
  return attribute;
}

static gboolean
parse_order (MsListRequest *self, MsCall *call, const MsResourceType *type, GError **error)
{
  static const char *const orders[] = { "ascending", "descending", NULL };
  const char              *sort_by = ms_call_get_query (call, "sortBy");
  const char              *order = NULL;

  if (!ms_call_get_choice (call, "sortOrder", orders, &order, error))
    return FALSE;
  self->query.descending = order == orders[1];
  if (sort_by == NULL || *sort_by == '\0')
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (meta_names); i++)
    if (g_ascii_strcasecmp (meta_names[i].name, sort_by) == 0)
      {
        self->query.sort_meta = meta_names[i].meta;
        return TRUE;
      }
  const MsAttribute *attribute = find_leaf (type, sort_by);
  /* By what is never returned nobody sorts: the order would tell it. */
  if (attribute != NULL && attribute->returned != MS_RETURNED_NEVER)
    {
      self->query.sort_by = attribute;
      return TRUE;
    }
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "sortBy",
                "%s has no attribute to sort by of that name.",
                type->name);
  return FALSE;
}

static gboolean
parse_window (MsListRequest *self, MsCall *call, GError **error)
{
  gint64 start = 1;
  gint64 count = MS_LIST_DEFAULT_COUNT;

  if (!ms_call_get_int (call, "startIndex", 1, &start, error)
      || !ms_call_get_int (call, "count", MS_LIST_DEFAULT_COUNT, &count, error))
    return FALSE;
  self->query.start = MAX (start, 1) - 1;
  self->query.count = CLAMP (count, 0, MS_LIST_MAX_COUNT);
  return TRUE;
}

static gboolean
parse_filter (MsListRequest *self, MsCall *call, const MsResourceType *type, GError **error)
{
  const char *filter = ms_call_get_query (call, "filter");
  const char *search = ms_call_get_query (call, "search");

  if (filter != NULL && strlen (filter) > MAX_FILTER)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidFilter",
                    "filter",
                    "A filter has %d bytes at most.",
                    MAX_FILTER);
      return FALSE;
    }
  if (search != NULL && strlen (search) > MAX_SEARCH)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "search",
                    "A search has %d bytes at most.",
                    MAX_SEARCH);
      return FALSE;
    }
  if (filter != NULL)
    {
      self->filter = ms_filter_parse (type, filter, error);
      if (self->filter == NULL)
        return FALSE;
    }
  self->search = search != NULL && *search != '\0' ? g_strdup (search) : NULL;
  self->query.filter = self->filter;
  self->query.search = self->search;
  return TRUE;
}

gboolean
ms_list_request_init_from_query (MsListRequest        *self,
                                 MsCall               *call,
                                 const MsResourceType *type,
                                 GError              **error)
{
  memset (self, 0, sizeof *self);
  self->query.type = type;
  return parse_filter (self, call, type, error) && parse_order (self, call, type, error)
         && parse_window (self, call, error)
         && ms_call_get_projection (call, &self->projection, error);
}

/* (nullable): what the member says, as it would stand in a query */
static char *
member_to_text (const char *name, JsonNode *node, GError **error)
{
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
      for (guint i = 0; i < json_array_get_length (array); i++)
        {
          JsonNode *element = json_array_get_element (array, i);
          if (json_node_get_value_type (element) == G_TYPE_STRING)
            g_strv_builder_add (builder, json_node_get_string (element));
        }
      g_auto (GStrv) parts = g_strv_builder_end (builder);
      return g_strjoinv (",", parts);
    }
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_dup_string (node);
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", name, "%s is not of the right type.", name);
  return NULL;
}

gboolean
ms_list_request_init_from_body (MsListRequest        *self,
                                MsCall               *call,
                                const MsResourceType *type,
                                GError              **error)
{
  static const char *const names[] = { "filter",     "search", "sortBy",     "sortOrder",
                                       "startIndex", "count",  "attributes", "excludedAttributes" };

  memset (self, 0, sizeof *self);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      JsonNode *node = ms_json_object_find (call->body, names[i]);
      if (node == NULL || JSON_NODE_HOLDS_NULL (node))
        continue;
      char *text = member_to_text (names[i], node, error);
      if (text == NULL)
        return FALSE;
      g_hash_table_replace (call->target->query, g_strdup (names[i]), text);
    }
  return ms_list_request_init_from_query (self, call, type, error);
}
