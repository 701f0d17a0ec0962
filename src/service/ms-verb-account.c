/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * POST /api/v1/accounts inside its transaction: the body taken apart, the account made, both
 * objects shown.
 */
#include "ms-apply.h"

#include "ms-error.h"
#include "ms-hash-pool.h"
#include "ms-json.h"
#include "ms-render-private.h"
#include "ms-password.h"

static gboolean
refuse_member (const char *name, const char *what, GError **error)
{
  ms_error_set (error, MS_ERROR_INVALID, "invalidSyntax", name, "“%s” must be %s", name, what);
  return FALSE;
}

/* @object: (out) (nullable): %NULL where it is absent or null */
static gboolean
get_object (JsonObject *body, const char *name, JsonObject **object, GError **error)
{
  JsonNode *node = json_object_get_member (body, name);

  *object = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse_member (name, "an object", error);
  *object = json_node_get_object (node);
  return TRUE;
}

static gboolean
get_text (JsonObject *body, const char *name, const char **text, GError **error)
{
  JsonNode *node = json_object_get_member (body, name);

  *text = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return refuse_member (name, "a string", error);
  *text = json_node_get_string (node);
  return TRUE;
}

static gboolean
get_template (MsWrite              *write,
              JsonObject           *body,
              const char           *name,
              const MsResourceType *type,
              MsObject **template,
              GError **error)
{
  g_autoptr (GError) failed = NULL;
  const char *id;

  if (!get_text (body, name, &id, error))
    return FALSE;
  *template = ms_write_get_template (write, type, id, name, &failed);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

static gboolean
append_object (MsWrite     *write,
               MsOperation *operation,
               const char  *name,
               MsObject    *object,
               GString     *out,
               GError     **error)
{
  ms_render_begin_member (out, name);
  if (object == NULL)
    {
      g_string_append (out, "null");
      return TRUE;
    }
  g_autoptr (MsRender) render = ms_render_new (
      write->service, ms_object_get_type (object), NULL, operation->base_url, error);
  return render != NULL && ms_render_append (render, write->txn, object, out, error);
}

static gboolean
get_password_hash (
    MsWrite *write, JsonObject *body, const char **password, const char **hash, GError **error)
{
  *hash = NULL;
  if (!get_text (body, "password", password, error))
    return FALSE;
  if (*password == NULL)
    return TRUE;
  *hash = ms_hashes_lookup (write->hashes, *password);
  if (*hash == NULL && ms_password_check_new (*password, "password", error))
    ms_error_set (
        error, MS_ERROR_INTERNAL, NULL, "password", "The password was not hashed in time");
  return *hash != NULL;
}

static gboolean
make_account (
    MsWrite *write, MsOperation *operation, MsAccount *account, MsOutcome *outcome, GError **error)
{
  JsonObject *body = operation->body;
  const char *password;
  g_autoptr (MsObject) user = NULL;
  g_autoptr (MsObject) mailbox = NULL;
  g_autoptr (MsIgnored) ignored = ms_ignored_new ();

  if (!get_password_hash (write, body, &password, &account->password_hash, error)
      || !ms_write_create_account (write, account, &user, &mailbox, ignored, error))
    return FALSE;

  outcome->document = g_string_new ("{");
  if (!append_object (write, operation, "user", user, outcome->document, error)
      || !append_object (write, operation, "mailbox", mailbox, outcome->document, error))
    return FALSE;
  if (json_object_get_boolean_member_with_default (body, "generatePassword", FALSE))
    {
      ms_render_begin_member (outcome->document, "password");
      ms_json_append_string (outcome->document, password);
    }
  g_string_append_c (outcome->document, '}');
  ms_outcome_set_ignored (outcome, ignored);
  outcome->id = g_strdup (ms_object_get_id (user));
  outcome->version = ms_object_get_version (user);
  outcome->created = TRUE;
  outcome->changed = TRUE;
  return TRUE;
}

static gboolean
is_given (JsonNode *node)
{
  return node != NULL && !JSON_NODE_HOLDS_NULL (node);
}

/* Of two passwords one would be dropped without a word. */
gboolean
ms_account_check_body (JsonObject *body, GError **error)
{
  JsonNode *generate = json_object_get_member (body, "generatePassword");
  JsonNode *user = json_object_get_member (body, "user");
  gboolean  is_given_here = is_given (json_object_get_member (body, "password"));
  gboolean  is_given_there
      = user != NULL && JSON_NODE_HOLDS_OBJECT (user)
        && is_given (ms_json_object_find (json_node_get_object (user), "password"));

  if (is_given (generate)
      && (!JSON_NODE_HOLDS_VALUE (generate)
          || json_node_get_value_type (generate) != G_TYPE_BOOLEAN))
    return refuse_member ("generatePassword", "true or false", error);
  gboolean generates = is_given (generate) && json_node_get_boolean (generate);
  if (is_given_here + is_given_there + generates < 2)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                generates ? "generatePassword" : "password",
                generates ? "A password is given, so none is to be made"
                          : "The password is given twice: here and in “user”");
  return FALSE;
}

gboolean
ms_verb_account (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error)
{
  const MsServiceTypes *types = &write->service->types;
  MsAccount             account = { NULL };

  if (!get_object (operation->body, "user", &account.user, error)
      || !get_object (operation->body, "mailbox", &account.mailbox, error))
    return FALSE;
  if (account.user == NULL)
    return refuse_member ("user", "an object", error);

  gboolean done
      = get_template (
            write, operation->body, "userTemplate", types->user, &account.user_template, error)
        && get_template (write,
                         operation->body,
                         "mailboxTemplate",
                         types->mailbox,
                         &account.mailbox_template,
                         error)
        && make_account (write, operation, &account, outcome, error);
  g_clear_pointer (&account.user_template, ms_object_unref);
  g_clear_pointer (&account.mailbox_template, ms_object_unref);
  return done;
}
