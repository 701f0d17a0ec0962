/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Accounts: a user and its primary mailbox made in one go, from what was asked for and, where that
 * is silent, from templates. A user that serves as a template gives rights and settings but not its
 * role: nobody becomes an administrator because a form was filled in from one.
 */
#include "ms-service-private.h"

#include <string.h>

#include "ms-address.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-patch.h"
#include "ms-rules.h"
#include "ms-txn.h"

#define RIGHTS MS_URN_EXT_USER ":rights"
#define PASSWORD_HASH MS_URN_EXT_USER ":passwordHash"

/* From one attribute of what serves as a template to one of what is made. */
typedef struct
{
  const char *from;
  const char *to;
} Inherited;

static const Inherited user_from_template[] = {
  { "rights", RIGHTS },
  { "role", MS_URN_EXT_USER ":role" },
  { "mustChangePassword", MS_URN_EXT_USER ":mustChangePassword" },
  { "department", MS_URN_ENTERPRISE ":department" },
};

static const Inherited user_from_user[] = {
  { RIGHTS, RIGHTS },
  { MS_URN_EXT_USER ":allowedNetworks", MS_URN_EXT_USER ":allowedNetworks" },
  { MS_URN_EXT_USER ":validFrom", MS_URN_EXT_USER ":validFrom" },
  { MS_URN_EXT_USER ":validUntil", MS_URN_EXT_USER ":validUntil" },
  { MS_URN_EXT_USER ":mustChangePassword", MS_URN_EXT_USER ":mustChangePassword" },
  { MS_URN_ENTERPRISE ":department", MS_URN_ENTERPRISE ":department" },
  { MS_URN_ENTERPRISE ":organization", MS_URN_ENTERPRISE ":organization" },
  { MS_URN_ENTERPRISE ":division", MS_URN_ENTERPRISE ":division" },
  { MS_URN_ENTERPRISE ":costCenter", MS_URN_ENTERPRISE ":costCenter" },
  { "userType", "userType" },
  { "preferredLanguage", "preferredLanguage" },
  { "locale", "locale" },
  { "timezone", "timezone" },
};

/* The same for a Template's mailbox part and a mailbox. */
static const Inherited mailbox_from_any[] = {
  { "group", "group" },         { "domain", "domain" },     { "quota", "quota" },
  { "forwardTo", "forwardTo" }, { "keepCopy", "keepCopy" },
};

/* A complex attribute is filled in by sub-attribute, so that a request may give some rights and
 * leave others. */
static void
merge_value (JsonNode *into, JsonNode *from)
{
  if (!JSON_NODE_HOLDS_OBJECT (into) || !JSON_NODE_HOLDS_OBJECT (from))
    return;
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *value;
  json_object_iter_init (&iter, json_node_get_object (from));
  while (json_object_iter_next (&iter, &name, &value))
    if (!json_object_has_member (json_node_get_object (into), name))
      json_object_set_member (json_node_get_object (into), name, ms_json_deep_copy (value));
}

static void
inherit (MsObject *target, MsObject *template, const Inherited *table, guint rows)
{
  JsonObject *attributes = ms_object_get_attributes (target);

  for (guint i = 0; i < rows; i++)
    {
      const MsAttribute *from
          = ms_resource_type_find (ms_object_get_type (template), table[i].from);
      const MsAttribute *to = ms_resource_type_find (ms_object_get_type (target), table[i].to);
      JsonNode          *value = ms_attribute_get_value (from, ms_object_get_attributes (template));
      JsonNode          *given = ms_attribute_get_value (to, attributes);
      if (value != NULL && given == NULL)
        ms_attribute_set_value (to, attributes, ms_json_deep_copy (value));
      else if (value != NULL && to->type == MS_ATTR_COMPLEX && to->relation == MS_RELATION_NONE)
        merge_value (given, value);
    }
}

MsObject *
ms_write_get_template (
    MsWrite *write, const MsResourceType *type, const char *id, const char *path, GError **error)
{
  g_autoptr (GError) failed = NULL;

  if (id == NULL)
    return NULL;
  g_autoptr (MsObject) object = ms_txn_get_object (write->txn, NULL, id, &failed);
  if (object == NULL && !g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return NULL;
    }
  if (object != NULL
      && (ms_object_get_type (object) == type
          || ms_object_get_type (object) == write->types->template))
    return g_steal_pointer (&object);
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", path, "%s is no template and no %s", id, type->name);
  return NULL;
}

/* The user ---------------------------------------------------------------------------------- */

static void
inherit_user (MsWrite *write, MsObject *user, MsObject *template)
{
  if (template == NULL)
    return;
  if (ms_object_get_type (template) == write->types->user)
    inherit (user, template, user_from_user, G_N_ELEMENTS (user_from_user));
  else
    inherit (user, template, user_from_template, G_N_ELEMENTS (user_from_template));
}

static MsObject *
create_user (MsWrite *write, const MsAccount *account, MsIgnored *ignored, GError **error)
{
  g_autoptr (MsEdit) edit = ms_edit_new_from_create (write->types->user, account->user, error);

  if (edit == NULL)
    return NULL;
  ms_ignored_add_all (ignored, NULL, edit->ignored);
  inherit_user (write, edit->object, account->user_template);
  if (account->password_hash != NULL)
    g_hash_table_insert (
        edit->secrets, g_strdup (PASSWORD_HASH), g_strdup (account->password_hash));
  return ms_write_create (write, edit, error);
}

/* The mailbox ------------------------------------------------------------------------------- */

static void
name_mailbox (MsObject *mailbox, MsObject *user, gboolean is_undescribed)
{
  if (ms_object_get_string (mailbox, "name") == NULL)
    {
      const char      *login = ms_object_get_label (user);
      g_autofree char *local = g_strndup (login, strcspn (login, "@"));
      ms_object_set_string (mailbox, "name", local);
    }
  const char *display = ms_object_get_string (user, "displayName");
  if (!is_undescribed && ms_object_get_string (mailbox, "description") == NULL && display != NULL)
    ms_object_set_string (mailbox, "description", display);
}

static gboolean
is_taken (MsWrite *write, const char *address, gboolean *taken, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) holder = ms_txn_find_address (write->txn, address, &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  *taken = holder != NULL;
  return TRUE;
}

/* Aliases that a template's patterns make; one that is somebody's address already is left out. */
static gboolean
add_pattern_aliases (
    MsWrite *write, MsObject *mailbox, MsObject *user, MsObject *template, GError **error)
{
  JsonArray         *patterns = ms_rules_get_array (template, "aliasPatterns");
  const MsAttribute *attribute = ms_resource_type_find (ms_object_get_type (mailbox), "aliases");
  const char        *domain = ms_object_get_string (mailbox, "domain");

  if (patterns == NULL)
    return TRUE;
  if (domain == NULL)
    domain = ms_write_get_primary_domain (write, error);
  if (domain == NULL)
    return FALSE;
  g_autoptr (JsonArray) aliases = json_array_new ();
  for (guint i = 0; i < json_array_get_length (patterns); i++)
    {
      g_autofree char *local = ms_address_propose (json_array_get_string_element (patterns, i),
                                                   ms_object_get_string (user, "name.givenName"),
                                                   ms_object_get_string (user, "name.familyName"),
                                                   ms_object_get_label (user));
      g_autofree char *address = g_strdup_printf ("%s@%s", local, domain);
      gboolean         taken = *local == '\0';
      if (!taken && !is_taken (write, address, &taken, error))
        return FALSE;
      if (!taken)
        json_array_add_string_element (aliases, address);
    }
  if (json_array_get_length (aliases) > 0)
    ms_attribute_set_value (attribute,
                            ms_object_get_attributes (mailbox),
                            json_node_init_array (json_node_alloc (), aliases));
  return TRUE;
}

static MsObject *
create_mailbox (
    MsWrite *write, const MsAccount *account, MsObject *user, MsIgnored *ignored, GError **error)
{
  const MsResourceType *type = write->types->mailbox;
  g_autoptr (JsonObject) body = ms_json_deep_copy_object (account->mailbox);

  /* The name may come from the user, but a mailbox without one is refused before it could. */
  gboolean named = ms_json_object_find (body, "name") != NULL;
  if (!named)
    json_object_set_string_member (body, "name", "unnamed");
  g_autoptr (MsEdit) edit = ms_edit_new_from_create (type, body, error);
  if (edit == NULL)
    return NULL;
  if (!named)
    ms_object_set_string (edit->object, "name", NULL);
  name_mailbox (edit->object, user, account->is_undescribed);
  ms_ignored_add_all (ignored, "mailbox", edit->ignored);

  MsObject *template = account->mailbox_template;
  if (template != NULL)
    inherit (edit->object, template, mailbox_from_any, G_N_ELEMENTS (mailbox_from_any));
  if (template != NULL && ms_object_get_type (template) == write->types->template
      && ms_rules_get_array (edit->object, "aliases") == NULL
      && !add_pattern_aliases (write, edit->object, user, template, error))
    return NULL;

  ms_object_set_link (edit->object, "owner", ms_object_get_id (user));
  if (ms_json_object_find (body, "primary") == NULL)
    ms_object_set_boolean (edit->object, "primary", TRUE);
  return ms_write_create (write, edit, error);
}

/* Errors of the mailbox say so: an account has "name" and "active" twice. */
static void
prefix_path (GError **error)
{
  const char *path = error != NULL ? ms_error_get_path (*error) : NULL;

  if (path == NULL)
    return;
  g_autofree char *longer = g_strconcat ("mailbox.", path, NULL);
  g_autoptr (GError) old = g_steal_pointer (error);
  ms_error_set (
      error, (MsError) old->code, ms_error_get_scim_type (old), longer, "%s", old->message);
}

gboolean
ms_write_create_account (MsWrite         *write,
                         const MsAccount *account,
                         MsObject       **user,
                         MsObject       **mailbox,
                         MsIgnored       *ignored,
                         GError         **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) new_user = create_user (write, account, ignored, error);
  g_autoptr (MsObject) new_mailbox = NULL;

  if (new_user == NULL)
    return FALSE;
  if (account->mailbox != NULL)
    {
      new_mailbox = create_mailbox (write, account, new_user, ignored, &failed);
      if (new_mailbox == NULL)
        {
          prefix_path (&failed);
          g_propagate_error (error, g_steal_pointer (&failed));
          return FALSE;
        }
    }
  if (user != NULL)
    *user = g_steal_pointer (&new_user);
  if (mailbox != NULL)
    *mailbox = g_steal_pointer (&new_mailbox);
  return TRUE;
}

/* Updating one (imports) -------------------------------------------------------------------- */

/* As PATCH: {"schemas":[…],"Operations":[{"op":"replace","value":attributes}]} */
MsEdit *
ms_write_make_patch (MsObject *object, JsonObject *attributes, GError **error)
{
  g_autoptr (JsonObject) body = json_object_new ();
  g_autoptr (JsonObject) operation = json_object_new ();
  JsonArray *operations = json_array_new ();
  JsonArray *schemas = json_array_new ();

  json_array_add_string_element (schemas, "urn:ietf:params:scim:api:messages:2.0:PatchOp");
  json_object_set_array_member (body, "schemas", schemas);
  json_object_set_string_member (operation, "op", "replace");
  json_object_set_object_member (operation, "value", json_object_ref (attributes));
  json_array_add_object_element (operations, json_object_ref (operation));
  json_object_set_array_member (body, "Operations", operations);
  return ms_edit_new_from_patch (object, body, error);
}

static gboolean
patch_object (MsWrite    *write,
              MsObject   *before,
              JsonObject *attributes,
              const char *password_hash,
              gboolean   *changed,
              GError    **error)
{
  gboolean did_change = FALSE;
  g_autoptr (MsEdit) edit = ms_write_make_patch (before, attributes, error);

  if (edit == NULL)
    return FALSE;
  if (password_hash != NULL)
    g_hash_table_insert (edit->secrets, g_strdup (PASSWORD_HASH), g_strdup (password_hash));
  g_autoptr (MsObject) after = ms_write_update (write, before, edit, &did_change, error);
  *changed |= did_change;
  return after != NULL;
}

gboolean
ms_write_update_account (MsWrite         *write,
                         const MsAccount *account,
                         MsObject        *user,
                         MsObject        *mailbox,
                         gboolean        *changed,
                         GError         **error)
{
  g_autoptr (GError) failed = NULL;
  gboolean done = TRUE;

  *changed = FALSE;
  if (!patch_object (write, user, account->user, account->password_hash, changed, error))
    return FALSE;
  if (account->mailbox == NULL)
    return TRUE;
  if (mailbox != NULL)
    done = patch_object (write, mailbox, account->mailbox, NULL, changed, &failed);
  else
    {
      g_autoptr (MsObject) made = create_mailbox (write, account, user, NULL, &failed);
      done = made != NULL;
      *changed |= done;
    }
  if (done)
    return TRUE;
  prefix_path (&failed);
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}
