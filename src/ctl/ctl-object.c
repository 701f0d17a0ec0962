/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * object …: the same few verbs for every type, those that operators have added among them.
 */
#include "config.h"

#include "ms-ctl-call.h"
#include "ms-ctl-verbs.h"
#include "ms-filter.h"

#define URN_SEARCH "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

static char *option_password_file;

static const GOptionEntry secret_options[] = {
  { "password-file",
    0,
    0,
    G_OPTION_ARG_FILENAME,
    &option_password_file,
    N_ ("Take it from the first line of FILE; - is the standard input"), N_ ("FILE") },
    { NULL },
  };

static MsExit
run_types (MsCtl *ctl, char **args, GError **error)
{
  const char *titles[] = { _ ("TYPE"), _ ("ADDRESS"), _ ("KNOWN BY"), _ ("DESCRIPTION"), NULL };
  g_autoptr (MsTable) table = ms_table_new (titles);
  g_autoptr (JsonArray) array = json_array_new ();

  if (!ms_ctl_load_schemas (ctl, error))
    return MS_EXIT_FAILED;
  GPtrArray *types = ms_schema_registry_get_types (ctl->schemas);
  for (guint i = 0; i < types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (types, i);
      if (type->internal)
        continue;
      const MsAttribute *label = ms_resource_type_get_label (type);
      const char        *cells[] = { type->name,
                                     type->endpoint,
                              label != NULL ? label->path : "id",
                              type->description != NULL ? type->description : "",
                                     NULL };
      ms_table_add (table, cells);
      JsonObject *object = json_object_new ();
      json_object_set_string_member (object, "name", cells[0]);
      json_object_set_string_member (object, "endpoint", cells[1]);
      json_object_set_string_member (object, "label", cells[2]);
      json_object_set_string_member (object, "description", cells[3]);
      json_array_add_object_element (array, object);
    }
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), array);
  if (ctl->json)
    ms_ctl_print_json (node);
  else
    ms_table_print (table);
  return MS_EXIT_OK;
}

/* Lists and exports are of types that have several. */
static MsExit
refuse_singleton (const MsResourceType *type, GError **error)
{
  ms_ctl_usage_error (
      error, _ ("There is one %s only: mailsteadctl object show %s -"), type->name, type->name);
  return MS_EXIT_USAGE;
}

static MsExit
run_list (MsCtl *ctl, char **args, GError **error)
{
  const MsResourceType *type = ms_ctl_find_type (ctl, args[0], error);

  if (type == NULL)
    return MS_EXIT_FAILED;
  return type->singleton ? refuse_singleton (type, error)
                         : ms_run_list (ctl, type->name, args + 1, error);
}

static MsExit
run_export (MsCtl *ctl, char **args, GError **error)
{
  const MsResourceType *type = ms_ctl_find_type (ctl, args[0], error);

  if (type == NULL)
    return MS_EXIT_FAILED;
  return type->singleton ? refuse_singleton (type, error)
                         : ms_run_export (ctl, type->name, args + 1, error);
}

static void
add_names (JsonArray *names, GPtrArray *attributes)
{
  for (guint i = 0; i < attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (attributes, i);
      if (attribute->returned == MS_RETURNED_NEVER)
        continue;
      json_array_add_string_element (names, attribute->path);
      for (guint j = 0; j < attribute->sub_attributes->len; j++)
        {
          const MsAttribute *part = g_ptr_array_index (attribute->sub_attributes, j);
          if (part->returned == MS_RETURNED_REQUEST)
            json_array_add_string_element (names, part->path);
        }
    }
}

/* Everything that can be seen of @object, by name: what is returned on request only is not there
 * otherwise. The names may be more than an address holds. (transfer full) */
static JsonObject *
get_whole (MsCtl *ctl, const MsResourceType *type, MsResource *object, GError **error)
{
  static const char *const common[] = { "externalId", "externalIds", "meta" };
  JsonArray               *names = json_array_new ();
  JsonObject              *request = json_object_new ();
  g_autofree char         *quoted = ms_filter_quote (ms_resource_get_id (object));
  g_autofree char         *filter = g_strconcat ("id eq ", quoted, NULL);
  g_autofree char         *endpoint = ms_connection_dup_endpoint (ctl->connection, type->name);
  g_autofree char         *path = g_strconcat (endpoint, "/.search", NULL);
  JsonArray               *schemas = json_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (common); i++)
    json_array_add_string_element (names, common[i]);
  add_names (names, type->schema->attributes);
  for (guint i = 0; i < type->extensions->len; i++)
    add_names (names, ((MsSchema *) g_ptr_array_index (type->extensions, i))->attributes);
  json_array_add_string_element (schemas, URN_SEARCH);
  json_object_set_array_member (request, "schemas", schemas);
  json_object_set_string_member (request, "filter", filter);
  json_object_set_array_member (request, "attributes", names);
  JsonNode *body = json_node_init_object (json_node_alloc (), request);
  json_object_unref (request);
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "POST", path, body, error);
  g_autoptr (JsonObject) answer = reply != NULL ? ms_ctl_reply_dup_object (reply, error) : NULL;
  if (answer == NULL)
    return NULL;
  g_autoptr (JsonArray) found = ms_ctl_array (answer, "Resources");
  if (json_array_get_length (found) == 1)
    return ms_ctl_element (found, 0);
  ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, _ ("It was deleted a moment ago"));
  return NULL;
}

static MsExit
run_show (MsCtl *ctl, char **args, GError **error)
{
  const MsResourceType *type = ms_ctl_find_type (ctl, args[0], error);

  if (type == NULL)
    return MS_EXIT_FAILED;
  if (type->singleton && strcmp (args[1], "-") != 0)
    return refuse_singleton (type, error);
  if (type->singleton)
    return ms_run_show (ctl, type->name, args[1], error);
  g_autoptr (MsResource) found = ms_ctl_find (ctl, type->name, args[1], error);
  g_autoptr (JsonObject) object = found != NULL ? get_whole (ctl, type, found, error) : NULL;
  if (object == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (object);
  else
    ms_ctl_print_whole (object);
  return MS_EXIT_OK;
}

static MsExit
run_create (MsCtl *ctl, char **args, GError **error)
{
  const MsResourceType *type = ms_ctl_find_type (ctl, args[0], error);

  return type != NULL ? ms_run_create (ctl, type->name, json_object_new (), args + 1, error)
                      : MS_EXIT_FAILED;
}

static MsExit
run_set (MsCtl *ctl, char **args, GError **error)
{
  const MsResourceType *type = ms_ctl_find_type (ctl, args[0], error);

  return type != NULL ? ms_run_set (ctl, type->name, args[1], args + 2, error) : MS_EXIT_FAILED;
}

static MsExit
run_rename (MsCtl *ctl, char **args, GError **error)
{
  const MsResourceType *type = ms_ctl_find_type (ctl, args[0], error);

  return type != NULL ? ms_run_rename_label (ctl, type->name, args[1], args[2], error)
                      : MS_EXIT_FAILED;
}

static MsExit
run_secret (MsCtl *ctl, char **args, GError **error)
{
  const MsResourceType *type = ms_ctl_find_type (ctl, args[0], error);
  gint64                change = 0;

  if (type == NULL)
    return MS_EXIT_FAILED;
  const MsAttribute *attribute = ms_ctl_find_attribute (ctl, type->name, args[2], error);
  if (attribute == NULL)
    return MS_EXIT_FAILED;
  if (attribute->returned != MS_RETURNED_NEVER)
    {
      ms_error_set (
          error, MS_ERROR_INVALID, NULL, args[2], _ ("It is no secret: mailsteadctl object set"));
      return MS_EXIT_FAILED;
    }
  g_autoptr (MsResource) object = ms_ctl_find (ctl, type->name, args[1], error);
  if (object == NULL)
    return MS_EXIT_FAILED;
  const char      *label = ms_ctl_get_label (ctl, object);
  g_autofree char *question = g_strdup_printf (_ ("New %s of %s:"), attribute->name, label);
  g_autoptr (MsSecret) secret = ms_prompt_password (option_password_file, question, TRUE, error);
  if (secret == NULL)
    return MS_EXIT_FAILED;

  JsonArray *operations = json_array_new ();
  ms_ctl_add_operation (operations, "replace", attribute->path, secret);
  g_autoptr (MsResource) changed = ms_ctl_patch (ctl, object, operations, &change, error);
  if (changed == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *text = g_strdup_printf (_ ("%s has a new %s"), label, attribute->name);
  ms_report_change (ctl, text, changed, change);
  return MS_EXIT_OK;
}

static MsExit
run_delete (MsCtl *ctl, char **args, GError **error)
{
  const MsResourceType *type = ms_ctl_find_type (ctl, args[0], error);

  if (type == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *question = g_strdup_printf (_ ("Delete %%s (%s)?"), type->name);
  return ms_run_delete (ctl, type->name, args + 1, question, NULL, error);
}

/* clang-format off: one row, one line */
const MsCtlVerb ms_verbs_object[] = {
  { "object",
    "types",
    NULL,
    N_ ("Show the types there are, operators' own among them"), 0, 0, TRUE, NULL, run_types },
    { "object",
      "attributes",
      "TYPE",
      N_ ("Show the attributes of a type"), 1, 1, TRUE, NULL, ms_ctl_object_attributes },
      { "object",
        "list",
        "TYPE [WORD…]",
        N_ ("List objects of any type"), 1, -1, TRUE, ms_list_options, run_list },
        { "object",
          "show",
          "TYPE NAME",
          N_ ("Show an object of any type"), 2, 2, TRUE, NULL, run_show },
          { "object",
            "create",
            "TYPE KEY=VALUE…",
            N_ ("Make an object of any type"), 2, -1, TRUE, ms_dry_run_options, run_create },
            { "object",
              "set",
              "TYPE NAME KEY=VALUE…",
              N_ ("Change an object of any type"), 3, -1, TRUE, ms_dry_run_options, run_set },
              { "object",
                "secret",
                "TYPE NAME KEY",
                N_ ("Give an object a new secret"), 3, 3, TRUE, secret_options, run_secret },
                { "object",
                  "rename",
                  "TYPE NAME NEW-NAME",
                  N_ ("Rename an object of any type"), 3, 3, TRUE, ms_dry_run_options, run_rename },
                  { "object",
                    "delete",
                    "TYPE NAME…",
                    N_ ("Delete objects of any type"), 2, -1, TRUE, NULL, run_delete },
                    { "object",
                      "export",
                      "TYPE [WORD…]",
                      N_ ("Write objects of any type as CSV"),
                          1,
                          -1,
                          TRUE,
                          ms_export_options,
                          run_export },
                      { NULL },
                  };
/* clang-format on */
