/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One search over all types: docs/api.md, "search". Each type is asked as a list would be, so that
 * the store's search index does the work; of what is found it is said in which attribute the words
 * are.
 */
#include "ms-service-private.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-policy.h"
#include "ms-query-sizes.h"
#include "ms-text.h"
#include "ms-txn.h"

#define MAX_WORDS 256
#define MAX_COUNT 100
/* Values looked at to find the one that fits best. */
#define MAX_VALUES 1000

typedef struct
{
  MsService  *service;
  const char *words;
  char      **folded;
  guint       count;
  gint64      total;
  gboolean    more;  /* than @total */
  guint       types; /* told so far */
  guint       hits;  /* of the type at hand */
  GString    *hits_json;
  GString    *out;
} Search;

/* The value in which most of the words are, the first of equals. */
typedef struct
{
  const Search      *search;
  JsonObject        *attributes;
  const MsAttribute *attribute;
  const char        *value; /* borrowed from the object */
  guint              words;
  guint              looked_at;
} Match;

static guint
count_words (const Search *search, const char *value)
{
  g_autofree char *folded = ms_text_fold_search (value);
  guint            count = 0;

  for (guint i = 0; search->folded[i] != NULL; i++)
    count += *search->folded[i] != '\0' && strstr (folded, search->folded[i]) != NULL;
  return count;
}

static void
look_at_node (Match *match, const MsAttribute *attribute, JsonNode *node)
{
  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING
      || match->looked_at++ >= MAX_VALUES)
    return;
  guint words = count_words (match->search, json_node_get_string (node));
  if (words <= match->words)
    return;
  match->words = words;
  match->attribute = attribute;
  match->value = json_node_get_string (node);
}

static void
look_at_values (Match *match, const MsAttribute *attribute, JsonNode *node)
{
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    {
      look_at_node (match, attribute, node);
      return;
    }
  JsonArray *array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    look_at_node (match, attribute, json_array_get_element (array, i));
}

static void
look_at_attribute (const MsAttribute *attribute, gpointer user_data)
{
  Match             *match = user_data;
  const MsAttribute *parent = attribute->parent;

  if (!attribute->is_search)
    return;
  JsonNode *elements = parent != NULL && parent->multi_valued
                           ? ms_attribute_get_value (parent, match->attributes)
                           : NULL;
  if (elements == NULL || !JSON_NODE_HOLDS_ARRAY (elements))
    {
      look_at_values (match, attribute, ms_attribute_get_value (attribute, match->attributes));
      return;
    }
  JsonArray *array = json_node_get_array (elements);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      if (JSON_NODE_HOLDS_OBJECT (element))
        look_at_values (match,
                        attribute,
                        json_object_get_member (json_node_get_object (element), attribute->name));
    }
}

static gboolean
append_hit (MsObject *object, gpointer user_data, GError **error)
{
  Search  *self = user_data;
  GString *out = self->hits_json;
  Match    match = { .search = self, .attributes = ms_object_get_attributes (object) };

  ms_resource_type_foreach_leaf (ms_object_get_type (object), look_at_attribute, &match);
  g_string_append (out, self->hits++ > 0 ? ",{\"id\":" : "{\"id\":");
  ms_json_append_string (out, ms_object_get_id (object));
  g_string_append (out, ",\"label\":");
  ms_json_append_string (out, ms_object_get_label (object));
  if (ms_object_is_damaged (object))
    g_string_append (out, ",\"damaged\":true");
  if (match.attribute != NULL)
    {
      g_string_append (out, ",\"attribute\":");
      ms_json_append_string (out, match.attribute->path);
      g_string_append (out, ",\"value\":");
      ms_json_append_string (out, match.value);
    }
  g_string_append_c (out, '}');
  return TRUE;
}

static void
note_search (const MsAttribute *attribute, gpointer user_data)
{
  gboolean *found = user_data;

  *found = *found || attribute->is_search;
}

static gboolean
search_type (Search *self, MsTxn *txn, const MsResourceType *type, GError **error)
{
  MsQuery  query = { .type = type,
                     .search = self->words,
                     .sort_by = ms_resource_type_get_label (type),
                     .count = self->count,
                     .bounded = TRUE,
                     .shown = TRUE };
  gboolean has_search = FALSE;
  gint64   total = 0;

  ms_resource_type_foreach_leaf (type, note_search, &has_search);
  if (!has_search || type->singleton)
    return TRUE;
  self->hits = 0;
  g_string_truncate (self->hits_json, 0);
  if (!ms_txn_query (txn, &query, append_hit, self, &total, error))
    return FALSE;
  if (total == 0)
    return TRUE;
  gboolean more = ms_query_has_more (&query, total);
  self->total += more ? ms_query_sizes.counted : total;
  self->more = self->more || more;
  g_string_append_printf (
      self->out, "%s{\"type\":\"%s\",", self->types++ > 0 ? "," : "", type->name);
  ms_service_append_total (self->out, "total", &query, total);
  g_string_append_printf (self->out, ",\"hits\":[%s]}", self->hits_json->str);
  return TRUE;
}

static gboolean
search_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Search    *self = user_data;
  GPtrArray *types = ms_schema_registry_get_types (self->service->schemas);

  for (guint i = 0; i < types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (types, i);
      if (!type->internal && !search_type (self, txn, type, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_words (const char *words, GError **error)
{
  g_autofree char *stripped = words != NULL ? g_strstrip (g_strdup (words)) : g_strdup ("");

  if (*stripped != '\0' && strlen (stripped) <= MAX_WORDS)
    return g_utf8_validate (stripped, -1, NULL) || ms_text_check (stripped, FALSE, "q", error);
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "q",
                "Words to search for are needed, at most %d bytes of them",
                MAX_WORDS);
  return FALSE;
}

gboolean
ms_service_search (MsService     *self,
                   const MsActor *actor,
                   const char    *words,
                   guint          count,
                   GString       *out,
                   GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && out != NULL, FALSE);

  if (!ms_policy_check (actor, MS_POLICY_READ, NULL, NULL, NULL, error)
      || !check_words (words, error))
    return FALSE;
  g_autofree char *folded = ms_text_fold_search (words);
  g_auto (GStrv) parts = g_strsplit_set (folded, " \t\n\r", -1);
  g_autoptr (GString) hits = g_string_new (NULL);
  g_autoptr (GString) types = g_string_new (NULL);
  Search search = { .service = self,
                    .words = words,
                    .folded = parts,
                    .count = CLAMP (count, 1, MAX_COUNT),
                    .hits_json = hits,
                    .out = types };
  if (!ms_store_read (self->store, search_in_txn, &search, NULL, error))
    return FALSE;
  g_string_append_printf (out,
                          "{\"total\":%" G_GINT64_FORMAT "%s,\"types\":[%s]}",
                          search.total,
                          search.more ? ",\"atLeast\":true" : "",
                          types->str);
  return TRUE;
}
