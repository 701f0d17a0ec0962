/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * user rename: another login, and where it is wanted the same name for the primary mailbox; both in
 * one change set or neither.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "ms-ctl-verbs.h"
#include "ms-filter.h"

#define URN_BULK "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
#define URN_OPTIONS "urn:ietf:params:scim:api:messages:mailstead:2.0:BulkOptions"
#define URN_PATCH "urn:ietf:params:scim:api:messages:2.0:PatchOp"

static gboolean option_mailbox;
static gboolean option_keep_address;

/* clang-format off */
const GOptionEntry ms_user_rename_options[] = {
  { "mailbox", 0, 0, G_OPTION_ARG_NONE, &option_mailbox, N_ ("The primary mailbox too"), NULL },
  { "keep-address", 0, 0, G_OPTION_ARG_NONE, &option_keep_address, N_ ("Its old address becomes an alias"), NULL },
  { "dry-run", 0, 0, G_OPTION_ARG_NONE, &ms_option_dry_run, N_ ("Only say what would be sent; whether the server takes it is not asked"), NULL },
  { NULL },
};
/* clang-format on */

static MsResource *
find_primary (MsCtl *ctl, MsResource *user, GError **error)
{
  g_autofree char *quoted = ms_filter_quote (ms_resource_get_id (user));
  g_autofree char *filter = g_strdup_printf ("owner.value eq %s and primary eq true", quoted);
  g_autofree char *escaped = g_uri_escape_string (filter, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/scim/v2/Mailboxes?filter=", escaped, NULL);
  g_autoptr (JsonObject) answer = ms_ctl_get (ctl, path, error);

  if (answer == NULL)
    return NULL;
  g_autoptr (JsonArray) found = ms_ctl_array (answer, "Resources");
  if (json_array_get_length (found) == 0)
    {
      ms_error_set (error,
                    MS_ERROR_NOT_FOUND,
                    NULL,
                    NULL,
                    _ ("%s has no primary mailbox: rename without --mailbox"),
                       ms_resource_get_label (user));
      return NULL;
    }
  g_autoptr (JsonObject) object = ms_ctl_element (found, 0);
  return ms_resource_new (object);
}

/* @operations: (transfer full) */
static void
add_patch (JsonArray *all, const char *endpoint, MsResource *resource, JsonArray *operations)
{
  JsonObject      *operation = json_object_new ();
  JsonObject      *data = json_object_new ();
  JsonArray       *schemas = json_array_new ();
  g_autofree char *path = g_strdup_printf ("%s/%s", endpoint, ms_resource_get_id (resource));

  json_array_add_string_element (schemas, URN_PATCH);
  json_object_set_array_member (data, "schemas", schemas);
  json_object_set_array_member (data, "Operations", operations);
  json_object_set_string_member (operation, "method", "PATCH");
  json_object_set_string_member (operation, "path", path);
  if (ms_resource_get_etag (resource) != NULL)
    json_object_set_string_member (operation, "version", ms_resource_get_etag (resource));
  json_object_set_object_member (operation, "data", data);
  json_array_add_object_element (all, operation);
}

static JsonObject *
make_request (MsResource *user, MsResource *mailbox, const char *login)
{
  JsonObject      *request = json_object_new ();
  JsonObject      *options = json_object_new ();
  JsonArray       *schemas = json_array_new ();
  JsonArray       *all = json_array_new ();
  JsonArray       *of_user = json_array_new ();
  JsonArray       *of_mailbox = json_array_new ();
  g_autofree char *local = g_strndup (login, strcspn (login, "@"));

  ms_ctl_add_operation (of_user, "replace", "userName", login);
  ms_ctl_add_operation (of_mailbox, "replace", "name", local);
  if (option_keep_address)
    ms_ctl_add_operation (
        of_mailbox, "add", "aliases", ms_resource_get_string (mailbox, "address"));
  add_patch (all, "/Users", user, of_user);
  add_patch (all, "/Mailboxes", mailbox, of_mailbox);
  json_array_add_string_element (schemas, URN_BULK);
  json_object_set_array_member (request, "schemas", schemas);
  json_object_set_array_member (request, "Operations", all);
  json_object_set_boolean_member (options, "atomic", TRUE);
  json_object_set_object_member (request, URN_OPTIONS, options);
  return request;
}

/* Whether it says why, and not only that another operation failed: that is a plain 409. */
static gboolean
has_reason (JsonObject *response)
{
  const char *status = ms_ctl_string (response, "status");

  return ms_ctl_string (response, "scimType") != NULL || ms_ctl_string (response, "path") != NULL
         || g_strcmp0 (status, "409") != 0;
}

gboolean
ms_ctl_check_results (JsonObject *answer, GError **error)
{
  g_autoptr (JsonArray) results = ms_ctl_array (answer, "Operations");
  JsonObject *worst = NULL;

  for (guint i = 0; i < json_array_get_length (results); i++)
    {
      JsonObject *response = ms_ctl_object (json_array_get_object_element (results, i), "response");
      if (response != NULL && (worst == NULL || (!has_reason (worst) && has_reason (response))))
        worst = response;
    }
  if (worst == NULL)
    return TRUE;
  const char *status = ms_ctl_string (worst, "status");
  ms_error_set (error,
                ms_error_from_http_status (status != NULL ? atoi (status) : 500),
                ms_ctl_string (worst, "scimType"),
                ms_ctl_string (worst, "path"),
                "%s",
                ms_ctl_string (worst, "detail"));
  return FALSE;
}

static MsExit
rename_both (MsCtl *ctl, const char *name, const char *login, GError **error)
{
  g_autoptr (MsResource) user = ms_ctl_find (ctl, "User", name, error);
  g_autoptr (MsResource) mailbox = user != NULL ? find_primary (ctl, user, error) : NULL;

  if (mailbox == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (JsonObject) request = make_request (user, mailbox, login);
  if (ms_option_dry_run)
    {
      ms_ctl_print_json_object (request);
      return MS_EXIT_OK;
    }
  JsonNode *body = json_node_init_object (json_node_alloc (), request);
  g_autoptr (MsReply) reply = ms_ctl_request (ctl, "POST", "/scim/v2/Bulk", body, error);
  g_autoptr (JsonObject) answer = reply != NULL ? ms_ctl_reply_dup_object (reply, error) : NULL;
  if (answer == NULL || !ms_ctl_check_results (answer, error))
    return MS_EXIT_FAILED;
  g_autofree char *text = g_strdup_printf (_ ("%s renamed"), ms_resource_get_label (user));
  ms_report_change (ctl, text, NULL, reply->change);
  return MS_EXIT_OK;
}

MsExit
ms_ctl_user_rename (MsCtl *ctl, char **args, GError **error)
{
  if (option_mailbox)
    return rename_both (ctl, args[0], args[1], error);
  if (!option_keep_address)
    return ms_run_rename_label (ctl, "User", args[0], args[1], error);
  ms_ctl_usage_error (error, _ ("--keep-address goes with --mailbox: a login is no address"));
  return MS_EXIT_USAGE;
}
