/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parsing of list requests. A body is brought into the form of a query first, so that both are read
 * by one parser.
 */
#include "ms-list-request.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-patch.h"
#include <string.h>

#define MAX_FILTER 8192
#define MAX_SEARCH 256
#define URN_SEARCH_REQUEST "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

static const struct
{
  const char  *name;
  MsFilterMeta meta;
} meta_names[] = {
  { "id", MS_FILTER_META_ID },
  { "meta.created", MS_FILTER_META_CREATED },
  { "meta.lastModified", MS_FILTER_META_LAST_MODIFIED },
  { "meta.version", MS_FILTER_META_VERSION },
  { "meta.location", MS_FILTER_META_LOCATION },
  { "meta.resourceType", MS_FILTER_META_RESOURCE_TYPE },
  { "schemas", MS_FILTER_META_SCHEMAS },
};

void
ms_list_request_clear (MsListRequest *self)
{
  ms_projection_clear (&self->projection);
  g_clear_pointer (&self->queries, g_array_unref);
  g_clear_pointer (&self->filters, g_ptr_array_unref);
  g_clear_pointer (&self->search, g_free);
  g_clear_pointer (&self->sort_by, g_free);
  g_clear_pointer (&self->cursor, g_free);
}

void
ms_list_request_set_deadline (MsListRequest *self, gint64 deadline)
{
  self->query.deadline = deadline;
  for (guint i = 0; i < self->queries->len; i++)
    g_array_index (self->queries, MsQuery, i).deadline = deadline;
}

MsListRequest *
ms_list_request_move (MsListRequest *self)
{
  MsListRequest *moved = g_memdup2 (self, sizeof *self);

  memset (self, 0, sizeof *self);
  return moved;
}

void
ms_list_request_free (gpointer data)
{
  ms_list_request_clear (data);
  g_free (data);
}

/* Order --------------------------------------------------------------------------------------- */

static gboolean
refuse_order (const MsResourceType *type, const char *sort_by, const char *why, GError **error)
{
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "sortBy",
                "%s cannot be sorted by “%s”: %s.",
                type->name,
                sort_by,
                why);
  return FALSE;
}

/* @found: whether the type has such an attribute, by which objects can be in order. @misfit: set
 * where it has one that has no value of its own, which is missing there if another type can be
 * sorted by it, as in a filter. */
static gboolean
set_order (MsQuery               *query,
           const char            *sort_by,
           gboolean              *found,
           const MsResourceType **misfit,
           GError               **error)
{
  const char *name = ms_resource_type_skip_schema (query->type, sort_by);

  if (g_ascii_strcasecmp (name, "meta") == 0)
    return refuse_order (query->type,
                         sort_by,
                         "it has no value of its own; name meta.created, meta.lastModified or "
                         "another of its sub-attributes",
                         error);
  for (gsize i = 0; i < G_N_ELEMENTS (meta_names); i++)
    if (g_ascii_strcasecmp (meta_names[i].name, name) == 0)
      {
        query->sort_meta = meta_names[i].meta;
        *found = TRUE;
        return TRUE;
      }
  const MsAttribute *attribute = ms_resource_type_find (query->type, sort_by);
  *found = attribute != NULL;
  if (attribute == NULL)
    return TRUE;
  if (attribute->type == MS_ATTR_COMPLEX && attribute->relation == MS_RELATION_NONE)
    {
      const MsAttribute *value = ms_attribute_find_sub (attribute, "value");
      if (value == NULL)
        {
          *misfit = query->type;
          *found = FALSE;
          return TRUE;
        }
      attribute = value;
    }
  /* The order would tell it. */
  if (!ms_attribute_can_be_found_by (attribute))
    return refuse_order (query->type,
                         sort_by,
                         attribute->is_computed ? "it is computed on reading"
                                                : "it is never returned",
                         error);
  query->sort_by = attribute;
  return TRUE;
}

static gboolean
parse_order (MsListRequest *self, MsCall *call, GError **error)
{
  static const char *const orders[] = { "ascending", "descending", NULL };
  const char              *sort_by = ms_call_get_query (call, "sortBy");
  const char              *order = NULL;
  const MsResourceType    *misfit = NULL;
  gboolean                 any = FALSE;

  if (!ms_call_get_choice (call, "sortOrder", orders, &order, error))
    return FALSE;
  self->sort_by = sort_by != NULL && *sort_by != '\0' ? g_strdup (sort_by) : NULL;
  for (guint i = 0; i < self->queries->len; i++)
    {
      MsQuery *query = &g_array_index (self->queries, MsQuery, i);
      gboolean found = FALSE;

      query->descending = order == orders[1];
      if (self->sort_by != NULL && !set_order (query, self->sort_by, &found, &misfit, error))
        return FALSE;
      any = any || found;
    }
  if (any || self->sort_by == NULL)
    return TRUE;
  if (misfit != NULL)
    return refuse_order (
        misfit, self->sort_by, "it has no value of its own; name one of its sub-attributes", error);
  return refuse_order (self->query.type, self->sort_by, "there is no such attribute", error);
}

/* Window -------------------------------------------------------------------------------------- */

static gboolean
parse_index (MsListRequest *self, MsCall *call, gint64 *start, gint64 *count, GError **error)
{
  if (!ms_call_get_int (call, "startIndex", 1, start, error)
      || !ms_call_get_int (call, "count", MS_LIST_DEFAULT_COUNT, count, error))
    return FALSE;
  *start = MAX (*start, 1) - 1;
  *count = CLAMP (*count, 0, MS_LIST_MAX_COUNT);
  return TRUE;
}

/* RFC 9865 §2: a count that cannot be is an error, since all pages are to have the same. */
static gboolean
parse_cursor (MsListRequest *self, MsCall *call, gint64 *count, GError **error)
{
  if (ms_call_get_query (call, "startIndex") != NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "startIndex",
                    "The parameters cursor and startIndex exclude each other.");
      return FALSE;
    }
  if (!ms_call_get_int (call, "count", MS_LIST_DEFAULT_COUNT, count, error))
    return FALSE;
  if (*count >= 1 && *count <= MS_LIST_MAX_COUNT)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidCount",
                "count",
                "With a cursor, count is between 1 and %d.",
                MS_LIST_MAX_COUNT);
  return FALSE;
}

static gboolean
parse_window (MsListRequest *self, MsCall *call, GError **error)
{
  gint64 start = 0;
  gint64 count = 0;

  self->cursor = g_strdup (ms_call_get_query (call, "cursor"));
  if (self->cursor != NULL ? !parse_cursor (self, call, &count, error)
                           : !parse_index (self, call, &start, &count, error))
    return FALSE;
  for (guint i = 0; i < self->queries->len; i++)
    {
      MsQuery *query = &g_array_index (self->queries, MsQuery, i);
      query->start = start;
      query->count = count;
    }
  return TRUE;
}

/* Filter -------------------------------------------------------------------------------------- */

static gboolean
check_length (
    const char *text, const char *name, const char *scim_type, gsize limit, GError **error)
{
  if (text == NULL || strlen (text) <= limit)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                scim_type,
                name,
                "The parameter %s has %zu bytes at most.",
                name,
                limit);
  return FALSE;
}

static gboolean
parse_filter (MsListRequest *self, MsCall *call, GError **error)
{
  const char *filter = ms_call_get_query (call, "filter");
  const char *search = ms_call_get_query (call, "search");

  if (!check_length (filter, "filter", "invalidFilter", MAX_FILTER, error)
      || !check_length (search, "search", "invalidValue", MAX_SEARCH, error))
    return FALSE;
  if (filter != NULL)
    {
      g_autoptr (GPtrArray) types = g_ptr_array_new ();
      g_autoptr (GPtrArray) unknown = g_ptr_array_new_with_free_func (g_free);
      for (guint i = 0; i < self->queries->len; i++)
        g_ptr_array_add (types, (gpointer) g_array_index (self->queries, MsQuery, i).type);
      self->filters
          = ms_filter_parse_for_types (types, filter, ms_call_is_client (call), unknown, error);
      if (self->filters == NULL)
        return FALSE;
      for (guint i = 0; i < unknown->len; i++)
        ms_call_note_ignored (call, g_ptr_array_index (unknown, i));
    }
  self->search = search != NULL && *search != '\0' ? g_strdup (search) : NULL;
  for (guint i = 0; i < self->queries->len; i++)
    {
      MsQuery *query = &g_array_index (self->queries, MsQuery, i);
      query->filter = self->filters != NULL ? g_ptr_array_index (self->filters, i) : NULL;
      query->search = self->search;
    }
  return TRUE;
}

static void
add_query (MsListRequest *self, const MsResourceType *type)
{
  MsQuery query = { .type = type };

  g_array_append_val (self->queries, query);
}

gboolean
ms_list_request_init_from_query (MsListRequest        *self,
                                 MsCall               *call,
                                 const MsResourceType *type,
                                 GError              **error)
{
  GPtrArray *types = ms_schema_registry_get_types (ms_service_get_schemas (call->service));

  memset (self, 0, sizeof *self);
  self->queries = g_array_new (FALSE, TRUE, sizeof (MsQuery));
  if (type != NULL)
    add_query (self, type);
  for (guint i = 0; type == NULL && i < types->len; i++)
    if (!((const MsResourceType *) g_ptr_array_index (types, i))->internal)
      add_query (self, g_ptr_array_index (types, i));
  self->query.type = g_array_index (self->queries, MsQuery, 0).type;
  if (!parse_filter (self, call, error) || !parse_order (self, call, error)
      || !parse_window (self, call, error)
      || !ms_call_get_projection (call, &self->projection, error))
    return FALSE;
  self->query = g_array_index (self->queries, MsQuery, 0);
  return TRUE;
}

/* (nullable): what the member says, as it would stand in a query */
static char *
member_to_text (const char *name, JsonNode *node, GError **error)
{
  static const char *const lists[] = { "attributes", "excludedAttributes", NULL };
  static const char *const numbers[] = { "startIndex", "count", NULL };

  if (JSON_NODE_HOLDS_ARRAY (node) && g_strv_contains (lists, name))
    {
      JsonArray *array = json_node_get_array (node);
      g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
      for (guint i = 0; i < json_array_get_length (array); i++)
        {
          JsonNode *element = json_array_get_element (array, i);
          if (json_node_get_value_type (element) != G_TYPE_STRING)
            {
              ms_error_set (error,
                            MS_ERROR_INVALID,
                            "invalidValue",
                            name,
                            "%s is to be an array of strings.",
                            name);
              return NULL;
            }
          g_strv_builder_add (builder, json_node_get_string (element));
        }
      g_auto (GStrv) parts = g_strv_builder_end (builder);
      return g_strjoinv (",", parts);
    }
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_dup_string (node);
  if (json_node_get_value_type (node) == G_TYPE_INT64 && g_strv_contains (numbers, name))
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", name, "%s is not of the right type.", name);
  return NULL;
}

static void
note_members (MsCall *call, const char *const *names)
{
  static const char *const urns[] = { URN_SEARCH_REQUEST, NULL };

  if (call->ignored == NULL)
    call->ignored = ms_ignored_new ();
  ms_ignored_add_urns (call->ignored, ms_json_object_find (call->body, "schemas"), urns);
  ms_ignored_add_members (call->ignored, NULL, call->body, names);
}

/* What a body says is all that is asked for; two programs must not read one request differently. */
static gboolean
take_query_away (MsCall *call, const char *const *names, gsize count, GError **error)
{
  /* Stands in the address that Entra is given, and says nothing of the list. */
  static const char *const ignored[] = { "aadOptscim062020", NULL };

  for (gsize i = 0; i < count; i++)
    {
      JsonNode *node = ms_json_object_find (call->body, names[i]);
      if (node == NULL || JSON_NODE_HOLDS_NULL (node) || ms_call_get_query (call, names[i]) == NULL)
        continue;
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    names[i],
                    "The parameter %s is given twice, in the address and in the body.",
                    names[i]);
      return FALSE;
    }
  ms_call_note_parameters (call, ignored);
  g_hash_table_remove_all (call->target->query);
  return TRUE;
}

gboolean
ms_list_request_init_from_body (MsListRequest        *self,
                                MsCall               *call,
                                const MsResourceType *type,
                                GError              **error)
{
  static const char *const names[] = { "filter",     "search",  "sortBy",     "sortOrder",
                                       "startIndex", "count",   "attributes", "excludedAttributes",
                                       "cursor",     "schemas", NULL };
  /* The last says what the body is. */
  const gsize count = G_N_ELEMENTS (names) - 2;

  note_members (call, names);
  memset (self, 0, sizeof *self);
  if (!take_query_away (call, names, count, error))
    return FALSE;
  for (gsize i = 0; i < count; i++)
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
