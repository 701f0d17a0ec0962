/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists of objects: the columns of each type, and the verb that shows them.
 */
#include "config.h"
#include "ms-ctl-verbs.h"

#include <stdio.h>
#include <string.h>

#include "ms-filter.h"

#define PAGE 1000
#define ADDED_COLUMNS 5
#define EXT_USER "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User"
#define EXT_GROUP "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group"

typedef enum
{
  CELL_TEXT,
  CELL_LIST,
  CELL_BOOLEAN, /* absent = yes */
  CELL_FLAG,    /* absent = no, and no is empty */
  CELL_SIZE,
  CELL_NUMBER,
  CELL_ANY, /* by what is there */
} CellKind;

typedef struct
{
  const char *title; /* ">" = numbers */
  const char *path;
  CellKind    kind;
} Column;

static const struct
{
  const char *type_name;
  const char *sort_by;
  Column      columns[8];
} layouts[] = {
  { "User",
    "userName",
    { { N_ ("LOGIN"), "userName", CELL_TEXT },
        { N_ ("NAME"), "displayName", CELL_TEXT },
          { N_ ("MAILBOXES"), EXT_USER ":mailboxes", CELL_LIST },
            { N_ ("ROLE"), EXT_USER ":role", CELL_TEXT },
              { N_ ("ACTIVE"), "active", CELL_BOOLEAN } } },
        { "Mailbox",
          "address",
          { { N_ ("ADDRESS"), "address", CELL_TEXT },
              { N_ ("OWNER"), "owner.display", CELL_TEXT },
                { N_ ("PRIMARY"), "primary", CELL_FLAG },
                  { N_ ("GROUP"), "group.display", CELL_TEXT },
                    { N_ (">QUOTA"), "effectiveQuota", CELL_SIZE },
                      { N_ ("OPEN"), "active", CELL_BOOLEAN },
                        { N_ ("ALIASES"), "aliases", CELL_LIST } } },
                  { "MailGroup",
                    "name",
                    { { N_ ("GROUP"), "path", CELL_TEXT },
                        { N_ (">MAILBOXES"), "mailboxCount", CELL_NUMBER },
                          { N_ (">QUOTA"), "effectiveQuota", CELL_SIZE },
                            { N_ ("ADDRESS"), "address", CELL_TEXT },
                              { N_ ("DESCRIPTION"), "description", CELL_TEXT } } },
                        { "Group",
                          "displayName",
                          { { N_ ("LIST"), "displayName", CELL_TEXT },
                              { N_ ("ADDRESS"), EXT_GROUP ":address", CELL_TEXT },
                                { N_ ("DESCRIPTION"), EXT_GROUP ":description", CELL_TEXT } } },
                          { "Domain",
                            "name",
                            { { N_ ("DOMAIN"), "name", CELL_TEXT },
                                { N_ ("KIND"), "kind", CELL_TEXT },
                                  { N_ ("ALIAS OF"), "aliasOf", CELL_TEXT },
                                    { N_ ("DESCRIPTION"), "description", CELL_TEXT } } },
                              { "Template",
                                "name",
                                { { N_ ("TEMPLATE"), "name", CELL_TEXT },
                                    { N_ ("DESCRIPTION"), "description", CELL_TEXT } } },
                              };

static char *option_filter;
static char *option_sort;
static int   option_limit;

const GOptionEntry ms_list_options[] = {
  { "filter",
    0,
    0,
    G_OPTION_ARG_STRING,
    &option_filter,
    N_ ("A SCIM filter, such as 'active eq false'"), N_ ("FILTER") },
    { "sort",
      0,
      0,
      G_OPTION_ARG_STRING,
      &option_sort,
      N_ ("Sort by this attribute; -ATTRIBUTE from the end"), N_ ("ATTRIBUTE") },
      { "limit",
        0,
        0,
        G_OPTION_ARG_INT,
        &option_limit,
        N_ ("Show at most this many; 0 means all"), N_ ("N") },
        { NULL },
      };

/* An operator's type: its label and the first attributes that have one value. Good for one run. */
static const Column *
make_columns (MsCtl *ctl, const char *type_name, const char **sort_by)
{
  static Column         columns[ADDED_COLUMNS + 1];
  const MsResourceType *type = ms_schema_registry_get_type_by_name (ctl->schemas, type_name);
  const MsAttribute    *label = ms_resource_type_get_label (type);
  guint                 n = 0;

  *sort_by = label != NULL ? label->path : "id";
  columns[n++] = (Column){ label != NULL ? label->name : "id", *sort_by, CELL_ANY };
  for (guint i = 0; i < type->schema->attributes->len && n < ADDED_COLUMNS; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (type->schema->attributes, i);
      if (attribute == label || attribute->multi_valued || attribute->multi_line
          || attribute->returned == MS_RETURNED_NEVER || attribute->returned == MS_RETURNED_REQUEST
          || (attribute->type == MS_ATTR_COMPLEX && attribute->relation == MS_RELATION_NONE))
        continue;
      columns[n++] = (Column){ attribute->name, attribute->path, CELL_ANY };
    }
  columns[n] = (Column){ NULL };
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *title = g_ascii_strup (columns[i].title, -1);
      columns[i].title = g_intern_string (title);
    }
  return columns;
}

static const Column *
find_columns (MsCtl *ctl, const char *type_name, const char **sort_by)
{
  for (gsize i = 0; i < G_N_ELEMENTS (layouts); i++)
    if (g_str_equal (layouts[i].type_name, type_name))
      {
        *sort_by = layouts[i].sort_by;
        return layouts[i].columns;
      }
  return make_columns (ctl, type_name, sort_by);
}

/* Mailboxes of a user by their address, everything else by what it is called. */
static char *
list_cell (MsResource *resource, const char *path)
{
  JsonNode *node = ms_resource_get_node (resource, path);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; node != NULL && JSON_NODE_HOLDS_ARRAY (node)
                    && i < json_array_get_length (json_node_get_array (node));
       i++)
    {
      JsonNode   *element = json_array_get_element (json_node_get_array (node), i);
      JsonObject *object = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;
      const char *text = object == NULL && JSON_NODE_HOLDS_VALUE (element)
                             ? json_node_get_string (element)
                             : NULL;

      if (object != NULL && (text = ms_ctl_string (object, "address")) == NULL)
        text = ms_ctl_string (object, "display");
      if (text != NULL)
        g_strv_builder_add (builder, text);
    }
  g_auto (GStrv) texts = g_strv_builder_end (builder);
  return g_strjoinv (", ", texts);
}

static char *
any_cell (MsResource *resource, const char *path)
{
  JsonNode *node = ms_resource_get_node (resource, path);

  if (node == NULL)
    return g_strdup ("");
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObject *object = json_node_get_object (node);
      const char *text = ms_ctl_string (object, "display");
      return g_strdup (text != NULL ? text : ms_ctl_string (object, "value"));
    }
  if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    return g_strdup (json_node_get_boolean (node) ? _ ("yes") : _ ("no"));
  return json_node_get_value_type (node) == G_TYPE_STRING ? json_node_dup_string (node)
                                                          : ms_json_to_string (node);
}

static char *
cell (MsResource *resource, const Column *column)
{
  const char *text = NULL;

  switch (column->kind)
    {
    case CELL_LIST:
      return list_cell (resource, column->path);
    case CELL_BOOLEAN:
      return g_strdup (ms_resource_get_boolean (resource, column->path, TRUE) ? _ ("yes")
                                                                              : _ ("no"));
    case CELL_FLAG:
      return g_strdup (ms_resource_get_boolean (resource, column->path, FALSE) ? _ ("yes") : "");
    case CELL_SIZE:
      return ms_ctl_format_size (ms_resource_get_int (resource, column->path, 0));
    case CELL_NUMBER:
      return g_strdup_printf ("%" G_GINT64_FORMAT, ms_resource_get_int (resource, column->path, 0));
    case CELL_ANY:
      return any_cell (resource, column->path);
    case CELL_TEXT:
    default:
      text = ms_resource_get_string (resource, column->path);
      return g_strdup (text != NULL ? text : "");
    }
}

static void
add_row (MsTable *table, const Column *columns, MsResource *resource)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);

  for (const Column *column = columns; column->title != NULL; column++)
    g_ptr_array_add (cells, cell (resource, column));
  g_ptr_array_add (cells, NULL);
  ms_table_add (table, (const char *const *) cells->pdata);
}

static char *
list_query (const char *sort_by, char **words)
{
  GString *query = g_string_new (NULL);

  if (option_filter != NULL)
    {
      g_string_append (query, "&filter=");
      g_string_append_uri_escaped (query, option_filter, NULL, FALSE);
    }
  if (words[0] != NULL)
    {
      g_autofree char *search = g_strjoinv (" ", words);
      g_string_append (query, "&search=");
      g_string_append_uri_escaped (query, search, NULL, FALSE);
    }
  if (option_sort != NULL && option_sort[0] == '-')
    g_string_append (query, "&sortOrder=descending");
  g_string_append (query, "&sortBy=");
  g_string_append_uri_escaped (query,
                               option_sort == NULL     ? sort_by
                               : option_sort[0] == '-' ? option_sort + 1
                                                       : option_sort,
                               NULL,
                               FALSE);
  return g_string_free (query, FALSE);
}

/* By cursor: by index a search ends at its 10,000th. @cursor: (nullable): the last page's.
 * (transfer full) */
static JsonObject *
get_page (MsCtl *ctl, const char *base, const char *cursor, GError **error)
{
  g_autoptr (GString) path = g_string_new (base);

  g_string_append (path, "&cursor");
  if (cursor == NULL)
    return ms_ctl_get (ctl, path->str, error);
  g_string_append_c (path, '=');
  g_string_append_uri_escaped (path, cursor, NULL, FALSE);
  return ms_ctl_get_next (ctl, path->str, error);
}

/* @base: path and query; @objects: (element-type JsonObject): filled up to @limit */
static gboolean
get_all (MsCtl *ctl, const char *base, guint limit, JsonArray *objects, GError **error)
{
  g_autofree char *cursor = NULL;

  do
    {
      g_autoptr (JsonObject) list = get_page (ctl, base, cursor, error);
      if (list == NULL)
        return FALSE;
      g_autoptr (JsonArray) page = ms_ctl_array (list, "Resources");
      for (guint i = 0; i < json_array_get_length (page) && json_array_get_length (objects) < limit;
           i++)
        json_array_add_object_element (objects, ms_ctl_element (page, i));
      g_free (cursor);
      cursor = g_strdup (ms_ctl_string (list, "nextCursor"));
    }
  while (cursor != NULL && json_array_get_length (objects) < limit);
  return TRUE;
}

static void
print_rows (const Column *columns, JsonArray *objects)
{
  g_autoptr (GStrvBuilder) titles = g_strv_builder_new ();

  for (const Column *column = columns; column->title != NULL; column++)
    g_strv_builder_add (titles, _ (column->title));
  g_auto (GStrv) shown_titles = g_strv_builder_end (titles);
  g_autoptr (MsTable) table = ms_table_new ((const char *const *) shown_titles);
  for (guint i = 0; i < json_array_get_length (objects); i++)
    {
      g_autoptr (JsonObject) object = ms_ctl_element (objects, i);
      g_autoptr (MsResource) resource = ms_resource_new (object);
      add_row (table, columns, resource);
    }
  ms_table_print (table);
}

MsExit
ms_run_list (MsCtl *ctl, const char *type_name, char **words, GError **error)
{
  const char *sort_by = NULL;

  if (!ms_ctl_check_count ("--limit", option_limit, 0, G_MAXINT, error))
    return MS_EXIT_USAGE;
  const Column    *columns = find_columns (ctl, type_name, &sort_by);
  guint            limit = option_limit > 0 ? (guint) option_limit : G_MAXUINT;
  g_autofree char *query = list_query (sort_by, words);
  g_autofree char *endpoint = ms_connection_dup_endpoint (ctl->connection, type_name);
  g_autofree char *base = g_strdup_printf ("%s?count=%u%s", endpoint, MIN (PAGE, limit), query);
  g_autoptr (JsonArray) objects = json_array_new ();

  if (!get_all (ctl, base, limit, objects, error))
    return MS_EXIT_FAILED;
  if (ctl->json)
    {
      g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), objects);
      ms_ctl_print_json (node);
    }
  else
    print_rows (columns, objects);
  return MS_EXIT_OK;
}
