/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A directory as JSON, from a client and for one. The mapping is an object there and a list of
 * pairs in the store; the password comes in and never goes out.
 */
#include "ms-directory-config.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"

/* What is usual. @other: what a new one has that says no kind */
typedef struct
{
  const char        *name;
  const char        *identity;
  const char        *filter;
  const char        *active_filter;
  const char *const *mapping; /* path, attribute, … */
} Kind;

static const char *const open_ldap_mapping[] = { "userName",
                                                 "uid",
                                                 "displayName",
                                                 "cn",
                                                 "name.givenName",
                                                 "givenName",
                                                 "name.familyName",
                                                 "sn",
                                                 "title",
                                                 "title",
                                                 MS_URN_ENTERPRISE ":department",
                                                 "departmentNumber",
                                                 MS_URN_ENTERPRISE ":employeeNumber",
                                                 "employeeNumber",
                                                 "phoneNumbers.value",
                                                 "telephoneNumber",
                                                 "preferredLanguage",
                                                 "preferredLanguage",
                                                 "mailbox",
                                                 "mail",
                                                 NULL };

static const char *const active_directory_mapping[] = { "userName",
                                                        "sAMAccountName",
                                                        "displayName",
                                                        "displayName",
                                                        "name.givenName",
                                                        "givenName",
                                                        "name.familyName",
                                                        "sn",
                                                        "title",
                                                        "title",
                                                        MS_URN_ENTERPRISE ":department",
                                                        "department",
                                                        MS_URN_ENTERPRISE ":organization",
                                                        "company",
                                                        MS_URN_ENTERPRISE ":employeeNumber",
                                                        "employeeID",
                                                        "phoneNumbers.value",
                                                        "telephoneNumber",
                                                        "mailbox",
                                                        "mail",
                                                        "aliases",
                                                        "proxyAddresses",
                                                        NULL };

static const char *const free_ipa_mapping[] = { "userName",
                                                "uid",
                                                "displayName",
                                                "displayName",
                                                "name.givenName",
                                                "givenName",
                                                "name.familyName",
                                                "sn",
                                                "title",
                                                "title",
                                                MS_URN_ENTERPRISE ":department",
                                                "departmentNumber",
                                                MS_URN_ENTERPRISE ":employeeNumber",
                                                "employeeNumber",
                                                "phoneNumbers.value",
                                                "telephoneNumber",
                                                "mailbox",
                                                "mail",
                                                NULL };

static const Kind kinds[] = {
  { "openldap", "entryUUID", "(&(objectClass=inetOrgPerson)(mail=*))", NULL, open_ldap_mapping },
  { "activeDirectory",
    "objectGUID",
    "(&(objectCategory=person)(objectClass=user)(mail=*))",
    "(!(userAccountControl:1.2.840.113556.1.4.803:=2))",
    active_directory_mapping },
  { "freeipa",
    "ipaUniqueID",
    "(&(objectClass=posixAccount)(mail=*))",
    "(!(nsAccountLock=TRUE))",
    free_ipa_mapping },
};

/* Members that are attributes of the object by the same name. */
static const char *const plain[]
    = { "name",        "server", "startTls",        "certificates", "bindDn",
        "base",        "scope",  "filter",          "activeFilter", "identity",
        "template",    "group",  "createMailboxes", "adopt",        "leavers",
        "leaverLimit", "every",  "timeout" };

/* What a client may send back as it got it. */
static const char *const read_only[] = { "id",   "hasPassword", "state",   "last",     "progress",
                                         "next", "version",     "created", "modified", "linked" };

static gboolean
is_among (const char *name, const char *const *names, guint n_names)
{
  for (guint i = 0; i < n_names; i++)
    if (strcmp (names[i], name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
refuse (const char *path, const char *must, GError **error)
{
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", path, "“%s” must be %s", path, must);
  return FALSE;
}

static gboolean
is_text (JsonNode *node)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
}

static void
add_pair (JsonArray *mapping, const char *path, const char *attribute)
{
  JsonObject *pair = json_object_new ();

  json_object_set_string_member (pair, "path", path);
  json_object_set_string_member (pair, "attribute", attribute);
  json_array_add_object_element (mapping, pair);
}

/* As the schema spells it; a bare name of an extension stays one. (transfer none) */
static const char *
spell_path (const MsResourceType *user, const char *path)
{
  const MsAttribute *attribute = ms_directory_find_attribute (user, path);

  if (attribute == NULL)
    return path;
  return strchr (path, ':') == NULL && strchr (attribute->path, ':') != NULL
             ? strrchr (attribute->path, ':') + 1
             : attribute->path;
}

/* null leaves a path out. */
static gboolean
read_mapping (JsonObject *attributes, const MsResourceType *user, JsonNode *node, GError **error)
{
  JsonObjectIter iter;
  const char    *path;
  JsonNode      *value;
  g_autoptr (JsonArray) mapping = json_array_new ();

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse ("mapping", "an object of attributes here and there", error);
  json_object_iter_init_ordered (&iter, json_node_get_object (node));
  while (json_object_iter_next_ordered (&iter, &path, &value))
    {
      g_autofree char *at = g_strconcat ("mapping.", path, NULL);
      if (JSON_NODE_HOLDS_NULL (value))
        continue;
      if (!is_text (value))
        return refuse (at, "the name of an attribute of the directory", error);
      add_pair (mapping, spell_path (user, path), json_node_get_string (value));
    }
  json_object_set_array_member (attributes, "mapping", json_array_ref (mapping));
  return TRUE;
}

static gboolean
read_password (MsDirectoryBody *self, JsonNode *node, GError **error)
{
  self->says_password = TRUE;
  if (JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!is_text (node) || *json_node_get_string (node) == '\0'
      || strlen (json_node_get_string (node)) > 1024)
    return refuse ("password", "a text of 1 to 1024 bytes, or null", error);
  self->password = g_strdup (json_node_get_string (node));
  return TRUE;
}

static void
set_default (JsonObject *attributes, const char *name, const char *value)
{
  if (value != NULL && !json_object_has_member (attributes, name))
    json_object_set_string_member (attributes, name, value);
}

/* Whether the mapping that a client sent speaks of @path, in whatever way it can be spelled. */
static gboolean
is_mapped (JsonObject *said, const MsResourceType *user, const char *path)
{
  const MsAttribute *attribute = ms_directory_find_attribute (user, path);
  JsonObjectIter     iter;
  const char        *name;
  gboolean           found = FALSE;

  if (said == NULL)
    return FALSE;
  json_object_iter_init (&iter, said);
  while (!found && json_object_iter_next (&iter, &name, NULL))
    found = g_ascii_strcasecmp (name, path) == 0
            || (attribute != NULL && ms_directory_find_attribute (user, name) == attribute);
  return found;
}

/* What is said wins, path by path. */
static void
fill_in_mapping (JsonObject           *attributes,
                 const MsResourceType *user,
                 const Kind           *kind,
                 JsonObject           *body)
{
  JsonNode   *node = json_object_get_member (body, "mapping");
  JsonObject *said
      = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonArray *mapping = ms_json_get_array (attributes, "mapping");

  if (mapping == NULL)
    {
      mapping = json_array_new ();
      json_object_set_array_member (attributes, "mapping", mapping);
    }
  for (guint i = 0; kind->mapping[i] != NULL; i += 2)
    if (!is_mapped (said, user, kind->mapping[i]))
      add_pair (mapping, kind->mapping[i], kind->mapping[i + 1]);
}

static void
fill_in (JsonObject *attributes, const MsResourceType *user, const Kind *kind, JsonObject *body)
{
  set_default (attributes, "identity", kind->identity);
  set_default (attributes, "filter", kind->filter);
  if (!json_object_has_member (body, "activeFilter"))
    set_default (attributes, "activeFilter", kind->active_filter);
  fill_in_mapping (attributes, user, kind, body);
}

static gboolean
fill_in_kind (JsonObject *attributes, const MsResourceType *user, JsonObject *body, GError **error)
{
  JsonNode *node = json_object_get_member (body, "kind");

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  for (guint i = 0; is_text (node) && i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (json_node_get_string (node), kinds[i].name) == 0)
      {
        fill_in (attributes, user, &kinds[i], body);
        return TRUE;
      }
  return refuse ("kind", "one of openldap, activeDirectory and freeipa", error);
}

/* What is not said of a new one. */
static void
fill_in_rest (JsonObject *attributes)
{
  set_default (attributes, "scope", "subtree");
  set_default (attributes, "leavers", "disable");
  if (!json_object_has_member (attributes, "startTls"))
    json_object_set_boolean_member (attributes, "startTls", FALSE);
  if (!json_object_has_member (attributes, "createMailboxes"))
    json_object_set_boolean_member (attributes, "createMailboxes", TRUE);
  if (!json_object_has_member (attributes, "adopt"))
    json_object_set_boolean_member (attributes, "adopt", FALSE);
  if (!json_object_has_member (attributes, "leaverLimit"))
    json_object_set_int_member (attributes, "leaverLimit", 10);
  if (!json_object_has_member (attributes, "timeout"))
    json_object_set_int_member (attributes, "timeout", 30);
}

static gboolean
read_member (MsDirectoryBody      *self,
             const MsServiceTypes *types,
             const char           *name,
             JsonNode             *value,
             gboolean              is_new,
             GError              **error)
{
  if (strcmp (name, "password") == 0)
    return read_password (self, value, error);
  if (strcmp (name, "mapping") == 0)
    return read_mapping (self->attributes, types->user, value, error);
  if (is_among (name, plain, G_N_ELEMENTS (plain)))
    {
      if (JSON_NODE_HOLDS_NULL (value))
        json_object_remove_member (self->attributes, name);
      else
        json_object_set_member (self->attributes, name, ms_json_deep_copy (value));
      return TRUE;
    }
  if (is_among (name, read_only, G_N_ELEMENTS (read_only))
      || (is_new && strcmp (name, "kind") == 0))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                name,
                strcmp (name, "kind") == 0 ? "“%s” is for a new directory only"
                                           : "There is no “%s” of a directory",
                name);
  return FALSE;
}

void
ms_directory_body_clear (MsDirectoryBody *self)
{
  g_clear_pointer (&self->attributes, json_object_unref);
  if (self->password != NULL)
    explicit_bzero (self->password, strlen (self->password));
  g_clear_pointer (&self->password, g_free);
}

gboolean
ms_directory_body_read (MsDirectoryBody      *self,
                        const MsServiceTypes *types,
                        MsObject             *before,
                        JsonObject           *body,
                        GError              **error)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *value;

  *self = (MsDirectoryBody){ NULL };
  self->attributes = before != NULL ? ms_json_deep_copy_object (ms_object_get_attributes (before))
                                    : json_object_new ();
  json_object_iter_init_ordered (&iter, body);
  while (json_object_iter_next_ordered (&iter, &name, &value))
    if (!read_member (self, types, name, value, before == NULL, error))
      return FALSE;
  if (before == NULL && !fill_in_kind (self->attributes, types->user, body, error))
    return FALSE;
  fill_in_rest (self->attributes);
  return TRUE;
}

/* Showing ----------------------------------------------------------------------------------- */

void
ms_directory_describe (MsObject *object, gboolean has_password, JsonBuilder *into)
{
  JsonObject *attributes = ms_object_get_attributes (object);
  JsonArray  *mapping = ms_json_get_array (attributes, "mapping");

  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    {
      JsonNode *value = json_object_get_member (attributes, plain[i]);

      json_builder_set_member_name (into, plain[i]);
      if (value != NULL)
        json_builder_add_value (into, ms_json_deep_copy (value));
      else
        json_builder_add_null_value (into);
      if (strcmp (plain[i], "bindDn") != 0)
        continue;
      json_builder_set_member_name (into, "hasPassword");
      json_builder_add_boolean_value (into, has_password);
    }
  json_builder_set_member_name (into, "mapping");
  json_builder_begin_object (into);
  for (guint i = 0; mapping != NULL && i < json_array_get_length (mapping); i++)
    {
      JsonObject *pair = json_array_get_object_element (mapping, i);
      json_builder_set_member_name (into, json_object_get_string_member (pair, "path"));
      json_builder_add_string_value (into, json_object_get_string_member (pair, "attribute"));
    }
  json_builder_end_object (into);
}
