/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The columns of each type, and the verbs that all types have.
 */
#include "config.h"
#include "ms-ctl-verbs.h"

#include <stdio.h>
#include <string.h>

#include "ms-filter.h"

#define PAGE 1000
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
        N_ ("Show at most this many"), N_ ("N") },
        { NULL },
      };

static const Column *
find_columns (const char *type_name, const char **sort_by)
{
  for (gsize i = 0; i < G_N_ELEMENTS (layouts); i++)
    if (g_str_equal (layouts[i].type_name, type_name))
      {
        if (sort_by != NULL)
          *sort_by = layouts[i].sort_by;
        return layouts[i].columns;
      }
  g_assert_not_reached ();
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

MsExit
ms_run_list (MsCtl *ctl, const char *type_name, char **words, GError **error)
{
  const char      *sort_by = NULL;
  const Column    *columns = find_columns (type_name, &sort_by);
  g_autofree char *query = list_query (sort_by, words);
  g_autoptr (GStrvBuilder) titles = g_strv_builder_new ();
  g_autoptr (JsonArray) all = json_array_new ();
  gint64 limit = option_limit > 0 ? option_limit : G_MAXINT64;

  for (const Column *column = columns; column->title != NULL; column++)
    g_strv_builder_add (titles, _ (column->title));
  g_auto (GStrv) shown_titles = g_strv_builder_end (titles);
  g_autoptr (MsTable) table = ms_table_new ((const char *const *) shown_titles);

  for (gint64 start = 0, total = G_MAXINT64; start < MIN (total, limit);)
    {
      g_autofree char *path = g_strdup_printf ("%s?startIndex=%" G_GINT64_FORMAT "&count=%d%s",
                                               ms_type_name_to_endpoint (type_name),
                                               start + 1,
                                               (int) MIN (PAGE, limit - start),
                                               query);
      g_autoptr (JsonObject) list = ms_ctl_get (ctl, path, error);
      if (list == NULL)
        return MS_EXIT_FAILED;
      g_autoptr (JsonArray) page = ms_ctl_array (list, "Resources");

      total = ms_ctl_int (list, "totalResults");
      for (guint i = 0; i < json_array_get_length (page); i++)
        {
          g_autoptr (JsonObject) object = ms_ctl_element (page, i);
          g_autoptr (MsResource) resource = ms_resource_new (object);
          if (ctl->json)
            json_array_add_object_element (all, json_object_ref (object));
          else
            add_row (table, columns, resource);
        }
      if (json_array_get_length (page) == 0)
        break;
      start += json_array_get_length (page);
    }

  if (ctl->json)
    {
      g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), all);
      ms_ctl_print_json (node);
    }
  else
    ms_table_print (table);
  return MS_EXIT_OK;
}

MsExit
ms_run_show (MsCtl *ctl, const char *type_name, const char *name, GError **error)
{
  g_autoptr (MsResource) found = ms_ctl_find (ctl, type_name, name, error);

  if (found == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (ms_resource_get_json (found));
  else
    ms_ctl_print_resource (found);
  return MS_EXIT_OK;
}

static char    *option_address;
static gboolean option_keep_address;

/* clang-format off */
const GOptionEntry ms_rename_options[] = {
  { "address", 0, 0, G_OPTION_ARG_STRING, &option_address, N_ ("And give it another address (lists, mail groups)"), N_ ("ADDRESS") },
  { "keep-address", 0, 0, G_OPTION_ARG_NONE, &option_keep_address, N_ ("Its old address becomes an alias"), NULL },
  { NULL },
};
/* clang-format on */

MsExit
ms_run_rename (
    MsCtl *ctl, const char *type_name, const char *name, JsonObject *settings, GError **error)
{
  g_autoptr (JsonObject) options = settings;
  g_autoptr (MsResource) object = ms_ctl_find (ctl, type_name, name, error);

  if (object == NULL)
    return MS_EXIT_FAILED;
  if (option_address != NULL)
    json_object_set_string_member (options, "address", option_address);
  if (option_keep_address)
    json_object_set_boolean_member (options, "keepAddress", TRUE);
  const char *ids[] = { ms_resource_get_id (object), NULL };
  g_autoptr (JsonObject) answer
             = ms_ctl_action (ctl, "rename", ids, NULL, g_steal_pointer (&options), error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *text = g_strdup_printf (_ ("%s renamed"), ms_resource_get_label (object));
  ms_report_change (ctl, text, NULL, ms_ctl_int (answer, "changeSet"));
  return MS_EXIT_OK;
}

MsExit
ms_report_partial (
    MsCtl *ctl, JsonObject *answer, const char *count_name, const char *text, gboolean dry_run)
{
  g_autoptr (JsonArray) refused = ms_ctl_array (answer, "refused");

  if (ctl->json)
    {
      ms_ctl_print_json_object (answer);
      return MS_EXIT_OK;
    }
  if (dry_run)
    ms_ctl_print (_ ("Objects that would change: %" G_GINT64_FORMAT "\n"),
                     ms_ctl_int (answer, count_name));
  else
    ms_report_change (ctl, text, NULL, ms_ctl_int (answer, "changeSet"));
  if (json_array_get_length (refused) > 0)
    {
      ms_ctl_printerr (dry_run ? _ ("Would not be done:\n") : _ ("Not done:\n"));
      ms_ctl_print_refused (refused);
    }
  return MS_EXIT_OK;
}

void
ms_report_change (MsCtl *ctl, const char *text, MsResource *resource, gint64 change)
{
  if (ctl->json)
    {
      g_autoptr (JsonObject) report = json_object_new ();
      if (resource != NULL)
        json_object_set_object_member (
            report, "resource", json_object_ref (ms_resource_get_json (resource)));
      if (change > 0)
        json_object_set_int_member (report, "changeSet", change);
      else
        json_object_set_null_member (report, "changeSet");
      ms_ctl_print_json_object (report);
    }
  else if (change > 0)
    ms_ctl_print (_ ("%s (change %" G_GINT64_FORMAT ")\n"), text, change);
  else
    ms_ctl_print (_ ("Nothing to do: it was so already\n"));
}

MsExit
ms_run_set (MsCtl *ctl, const char *type_name, const char *name, char **settings, GError **error)
{
  gint64 change = 0;
  g_autoptr (MsResource) found = ms_ctl_find (ctl, type_name, name, error);
  if (found == NULL)
    return MS_EXIT_FAILED;
  JsonArray *operations = ms_ctl_parse_patch (ctl, type_name, settings, error);
  if (operations == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (MsResource) changed = ms_ctl_patch (ctl, found, operations, &change, error);
  if (changed == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *text = g_strdup_printf (_ ("%s changed"), ms_resource_get_label (changed));
  ms_report_change (ctl, text, changed, change);
  return MS_EXIT_OK;
}

static void
print_effects (JsonObject *answer)
{
  g_autoptr (JsonArray) effects = ms_ctl_array (answer, "effects");

  for (guint i = 0; i < json_array_get_length (effects); i++)
    {
      g_autoptr (JsonObject) effect = ms_ctl_element (effects, i);
      if (g_strcmp0 (ms_ctl_string (effect, "kind"), "quota") == 0)
        {
          g_autofree char *size = ms_ctl_format_size (ms_ctl_int (effect, "to"));
          ms_ctl_print (_ ("  quota becomes %s for %" G_GINT64_FORMAT "\n"), size, ms_ctl_int (effect, "count"));
        }
    }
}

static MsExit
run_ids (MsCtl             *ctl,
         const char        *verb,
         const char *const *ids,
         const char        *to,
         JsonObject        *options,
         GError           **error)
{
  g_autoptr (JsonObject) answer = ms_ctl_action (ctl, verb, ids, to, options, error);

  if (answer == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    {
      ms_ctl_print_json_object (answer);
      return MS_EXIT_OK;
    }
  g_autofree char *text
      = g_strdup_printf (_ ("%" G_GINT64_FORMAT " changed, %" G_GINT64_FORMAT " unchanged"),
                            ms_ctl_int (answer, "changed"),
                            ms_ctl_int (answer, "unchanged"));
  ms_report_change (ctl, text, NULL, ms_ctl_int (answer, "changeSet"));
  print_effects (answer);
  return MS_EXIT_OK;
}

MsExit
ms_run_action (MsCtl      *ctl,
               const char *verb,
               const char *type_name,
               char      **names,
               const char *to,
               JsonObject *options,
               GError    **error)
{
  g_autoptr (JsonObject) owned = options;
  g_auto (GStrv) ids = ms_ctl_find_ids (ctl, type_name, names, error);

  if (ids == NULL)
    return MS_EXIT_FAILED;
  return run_ids (ctl, verb, (const char *const *) ids, to, g_steal_pointer (&owned), error);
}

MsExit
ms_run_delete (MsCtl      *ctl,
               const char *type_name,
               char      **names,
               const char *question,
               JsonObject *options,
               GError    **error)
{
  g_autoptr (JsonObject) owned = options;
  g_auto (GStrv) ids = ms_ctl_find_ids (ctl, type_name, names, error);

  if (ids == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *joined = g_strjoinv (", ", names);
  g_autoptr (GString) asked = g_string_new (question);
  g_string_replace (asked, "%s", joined, 1);
  if (!ms_prompt_confirm (ctl, asked->str, error))
    return MS_EXIT_FAILED;
  return run_ids (ctl, "delete", (const char *const *) ids, NULL, g_steal_pointer (&owned), error);
}
