/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Takes a BulkRequest apart. What is wrong with one operation is that operation's error, since RFC
 * 7644 §3.7.3 wants the others done all the same.
 */
#include "ms-bulk.h"

#include <string.h>

#include "ms-json.h"
#include "ms-patch.h"

#define MAX_BULK_ID 256
#define OPTIONS_ATOMIC "atomic"

static const struct
{
  const char *name;
  MsVerb      verb;
} methods[] = {
  { "POST", MS_VERB_CREATE },
  { "PUT", MS_VERB_REPLACE },
  { "PATCH", MS_VERB_PATCH },
  { "DELETE", MS_VERB_DELETE },
};

static void
item_free (gpointer data)
{
  MsBulkItem *item = data;

  g_free (item->sent);
  g_free (item->bulk_id);
  g_free (item->id);
  g_free (item->if_match);
  g_clear_pointer (&item->data, json_object_unref);
  g_clear_pointer (&item->later, json_array_unref);
  g_array_unref (item->needs);
  g_clear_pointer (&item->operation, ms_operation_free);
  g_clear_pointer (&item->outcome, ms_outcome_free);
  g_clear_error (&item->error);
  g_free (item);
}

void
ms_bulk_free (MsBulk *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->items);
  g_hash_table_unref (self->by_bulk_id);
  g_ptr_array_unref (self->units);
  ms_ignored_free (self->ignored);
  g_free (self);
}

static gboolean
refuse (GError **error, const char *scim_type, const char *path, const char *what)
{
  ms_error_set (error, MS_ERROR_INVALID, scim_type, path, "%s", what);
  return FALSE;
}

/* A member that is a text; %TRUE with %NULL in @text where it is not given. */
static gboolean
read_text (JsonObject *object, const char *name, const char **text, GError **error)
{
  JsonNode *node = ms_json_object_find (object, name);

  *text = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidSyntax", name, "“%s” is to be a string", name);
      return FALSE;
    }
  *text = json_node_get_string (node);
  return TRUE;
}

/* One operation ----------------------------------------------------------------------------- */

static gboolean
read_method (MsBulkItem *item, JsonObject *object, MsVerb *verb, GError **error)
{
  const char *text;

  if (!read_text (object, "method", &text, error))
    return FALSE;
  item->sent = g_strdup (text);
  for (gsize i = 0; text != NULL && i < G_N_ELEMENTS (methods); i++)
    if (g_ascii_strcasecmp (methods[i].name, text) == 0)
      {
        item->method = methods[i].name;
        *verb = methods[i].verb;
        return TRUE;
      }
  return refuse (error, "invalidSyntax", "method", "“method” is to be POST, PUT, PATCH or DELETE");
}

static gboolean
read_bulk_id (MsBulk *self, MsBulkItem *item, JsonObject *object, GError **error)
{
  const char *text;

  if (!read_text (object, "bulkId", &text, error))
    return FALSE;
  if (text == NULL || *text == '\0')
    return item->method == NULL || strcmp (item->method, "POST") != 0
           || refuse (error, "invalidSyntax", "bulkId", "A POST needs a “bulkId”");
  if (strlen (text) > MAX_BULK_ID)
    return refuse (error, "invalidValue", "bulkId", "The “bulkId” is too long");
  item->bulk_id = g_strdup (text);
  if (item->method != NULL && strcmp (item->method, "POST") == 0
      && g_hash_table_contains (self->by_bulk_id, text))
    return refuse (
        error, "invalidValue", "bulkId", "Another operation of this request has that “bulkId”");
  if (item->method != NULL && strcmp (item->method, "POST") == 0)
    g_hash_table_insert (self->by_bulk_id, item->bulk_id, item);
  return TRUE;
}

/* What follows the server's own address, or its path on the server; other texts as they are. */
static const char *
skip_base (const char *text, const char *base_url)
{
  static const char root[] = "/scim/v2";
  const char *const bases[] = { base_url, root };

  for (gsize i = 0; i < G_N_ELEMENTS (bases); i++)
    {
      gsize length = bases[i] != NULL ? strlen (bases[i]) : 0;
      if (length > 0 && g_ascii_strncasecmp (text, bases[i], length) == 0 && text[length] == '/')
        return text + length;
    }
  return text;
}

/* "/Users", "/Users/ID", "/Users/bulkId:x", or the same as an absolute address of ours */
static gboolean
read_path (MsBulk *self, MsBulkItem *item, MsVerb verb, JsonObject *object, GError **error)
{
  const char *text;

  if (!read_text (object, "path", &text, error))
    return FALSE;
  if (text != NULL)
    text = skip_base (text, self->base_url);
  if (text == NULL || *text != '/' || strlen (text) > 1024)
    return refuse (error,
                   "invalidPath",
                   "path",
                   "“path” is to be a type's endpoint, or that and an id: /Users/ID");
  if (strchr (text, '?') != NULL)
    return refuse (error,
                   "invalidPath",
                   "path",
                   "A “path” takes no query: what needs one is a request of its own");
  g_auto (GStrv) parts = g_strsplit (text + 1, "/", 3);
  guint       length = g_strv_length (parts);
  const char *id = length > 1 && *parts[1] != '\0' ? parts[1] : NULL;

  item->type = ms_schema_registry_get_type_by_endpoint (self->service->schemas, parts[0]);
  if (item->type == NULL || length > 2)
    {
      item->type = NULL;
      ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, "path", "There is nothing at “%s”", text);
      return FALSE;
    }
  gboolean wants_id = verb != MS_VERB_CREATE && !item->type->singleton;
  if ((id != NULL) != wants_id
      || (item->type->singleton && (verb == MS_VERB_CREATE || verb == MS_VERB_DELETE)))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidPath",
                    "path",
                    "“%s” is not a place for %s",
                    text,
                    item->method);
      return FALSE;
    }
  item->id = verb == MS_VERB_CREATE ? ms_object_new_id () : g_strdup (id);
  return TRUE;
}

static gboolean
read_data (MsBulk *self, MsBulkItem *item, MsVerb verb, JsonObject *object, GError **error)
{
  JsonNode   *node = ms_json_object_find (object, "data");
  const char *version;

  if (!read_text (object, "version", &version, error))
    return FALSE;
  item->if_match = g_strdup (version);
  if (verb == MS_VERB_DELETE)
    {
      if (node != NULL && JSON_NODE_HOLDS_OBJECT (node)
          && json_object_get_size (json_node_get_object (node)) > 0)
        ms_ignored_add (self->ignored, "Operations", "data");
      return TRUE;
    }
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return refuse (error, "invalidSyntax", "data", "“data” is to be an object");
  item->data = ms_json_deep_copy_object (json_node_get_object (node));
  return TRUE;
}

static gboolean
read_item (MsBulk *self, MsBulkItem *item, JsonNode *node, GError **error)
{
  static const char *const members[] = { "method", "bulkId", "version", "path", "data", NULL };
  MsVerb                   verb = MS_VERB_CREATE;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse (error, "invalidSyntax", "Operations", "“Operations” is to hold objects");
  JsonObject *object = json_node_get_object (node);
  ms_ignored_add_members (self->ignored, "Operations", object, members);
  gboolean good = read_method (item, object, &verb, error);
  /* In the answer in any case. */
  good = read_bulk_id (self, item, object, good ? error : NULL) && good;
  if (!good || !read_path (self, item, verb, object, error)
      || !read_data (self, item, verb, object, error))
    return FALSE;
  item->operation = ms_operation_new (verb);
  item->operation->bare = TRUE;
  return TRUE;
}

/* The request ------------------------------------------------------------------------------- */

static gboolean
check_schemas (JsonObject *body, GError **error)
{
  JsonNode  *node = ms_json_object_find (body, "schemas");
  JsonArray *schemas
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; schemas != NULL && i < json_array_get_length (schemas); i++)
    {
      JsonNode *urn = json_array_get_element (schemas, i);
      if (json_node_get_value_type (urn) == G_TYPE_STRING
          && g_ascii_strcasecmp (json_node_get_string (urn), MS_URN_BULK_REQUEST) == 0)
        return TRUE;
    }
  return refuse (error, "invalidSyntax", "schemas", "“schemas” is to hold " MS_URN_BULK_REQUEST);
}

static gboolean
read_fail_on_errors (MsBulk *self, JsonObject *body, GError **error)
{
  JsonNode *node = ms_json_object_find (body, "failOnErrors");

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (json_node_get_value_type (node) != G_TYPE_INT64 || json_node_get_int (node) < 0)
    return refuse (error, "invalidValue", "failOnErrors", "“failOnErrors” is to be a whole number");
  self->fail_on_errors = json_node_get_int (node);
  return TRUE;
}

/* {"urn:…:mailstead:2.0:BulkOptions": {"atomic": true}} */
static gboolean
read_options (MsBulk *self, JsonObject *body, GError **error)
{
  JsonNode *node = ms_json_object_find (body, MS_URN_BULK_OPTIONS);

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse (error, "invalidSyntax", MS_URN_BULK_OPTIONS, "The options are to be an object");
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *value;
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &value))
    {
      /* One that was meant to keep things together must not be passed over. */
      if (g_ascii_strcasecmp (name, OPTIONS_ATOMIC) != 0
          || json_node_get_value_type (value) != G_TYPE_BOOLEAN)
        return refuse (error,
                       "invalidValue",
                       MS_URN_BULK_OPTIONS,
                       "The only option is “atomic”, true or false");
      self->atomic = json_node_get_boolean (value);
    }
  return TRUE;
}

static gboolean
read_operations (MsBulk *self, JsonObject *body, GError **error)
{
  JsonNode *node = ms_json_object_find (body, "Operations");

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node)
      || json_array_get_length (json_node_get_array (node)) == 0)
    return refuse (error,
                   "invalidSyntax",
                   "Operations",
                   "“Operations” is to be an array with at least one operation");
  JsonArray *operations = json_node_get_array (node);
  if (json_array_get_length (operations) > MS_BULK_MAX_OPERATIONS)
    {
      ms_error_set (error,
                    MS_ERROR_LIMIT,
                    "tooMany",
                    "Operations",
                    "A bulk request has %d operations at most",
                    MS_BULK_MAX_OPERATIONS);
      return FALSE;
    }
  for (guint i = 0; i < json_array_get_length (operations); i++)
    {
      MsBulkItem *item = g_new0 (MsBulkItem, 1);
      item->place = i;
      item->needs = g_array_new (FALSE, FALSE, sizeof (guint));
      g_ptr_array_add (self->items, item);
      (void) read_item (self, item, json_array_get_element (operations, i), &item->error);
    }
  return TRUE;
}

MsBulk *
ms_bulk_new (MsService *service, JsonObject *body, const char *base_url, GError **error)
{
  static const char *const urns[] = { MS_URN_BULK_REQUEST, MS_URN_BULK_OPTIONS, NULL };
  static const char *const members[]
      = { "schemas", "failOnErrors", "Operations", MS_URN_BULK_OPTIONS, NULL };
  g_autoptr (MsBulk) self = g_new0 (MsBulk, 1);

  self->service = service;
  self->base_url = base_url;
  self->ignored = ms_ignored_new ();
  ms_ignored_add_urns (self->ignored, ms_json_object_find (body, "schemas"), urns);
  ms_ignored_add_members (self->ignored, NULL, body, members);
  self->items = g_ptr_array_new_with_free_func (item_free);
  self->by_bulk_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->units = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  if (!check_schemas (body, error) || !read_fail_on_errors (self, body, error)
      || !read_options (self, body, error) || !read_operations (self, body, error))
    return NULL;
  return g_steal_pointer (&self);
}
