/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a stored directory to what a run goes by. What may be mapped is decided here: plain
 * attributes of users, never what makes somebody of a user (role, rights), what leads to others
 * (relations), or clear passwords.
 */
#include "ms-directory-config.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-text.h"

#define DEFAULT_LIMIT 10
#define DEFAULT_TIMEOUT 30

/* What is said in other ways, or by nobody outside. */
static const char *const never_mapped[] = {
  "active",
  "password",
  "externalId",
  "externalIds",
  MS_URN_EXT_USER ":role",
  MS_URN_EXT_USER ":passwordHash",
  MS_URN_EXT_USER ":passwordScheme",
  MS_URN_EXT_USER ":rights",
  NULL,
};

char *
ms_directory_make_client (const char *id)
{
  return g_strconcat (MS_DIRECTORY_CLIENT, id, NULL);
}

char *
ms_directory_get_linked_id (const char *client)
{
  g_autofree char *folded = ms_text_fold (client);

  return g_str_has_prefix (folded, MS_DIRECTORY_CLIENT)
             ? g_strdup (folded + strlen (MS_DIRECTORY_CLIENT))
             : NULL;
}

/* (nullable) (transfer none) */
static JsonArray *
get_external_ids (MsObject *user)
{
  return ms_json_get_array (ms_object_get_attributes (user), "externalIds");
}

static const char *
get_element (JsonArray *array, guint i, const char *name)
{
  return json_object_get_string_member_with_default (
      json_array_get_object_element (array, i), name, "");
}

char *
ms_directory_get_identity (MsObject *user, const char *client)
{
  JsonArray *ids = get_external_ids (user);

  for (guint i = 0; ids != NULL && i < json_array_get_length (ids); i++)
    if (g_ascii_strcasecmp (get_element (ids, i, "client"), client) == 0)
      return g_strdup (get_element (ids, i, "value"));
  return NULL;
}

/* (nullable) (transfer full): the id of the directory, if it is a link to one */
static char *
get_link (JsonArray *ids, guint i)
{
  return ms_directory_get_linked_id (get_element (ids, i, "client"));
}

char **
ms_directory_list_links (MsObject *user)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  JsonArray *ids = get_external_ids (user);

  for (guint i = 0; ids != NULL && i < json_array_get_length (ids); i++)
    {
      char *id = get_link (ids, i);
      if (id != NULL)
        g_ptr_array_add (found, id);
    }
  g_ptr_array_add (found, NULL);
  return (char **) g_ptr_array_steal (found, NULL);
}

void
ms_directory_drop_links (MsObject *user)
{
  JsonArray *ids = get_external_ids (user);
  JsonArray *kept = json_array_new ();

  for (guint i = 0; ids != NULL && i < json_array_get_length (ids); i++)
    {
      g_autofree char *id = get_link (ids, i);
      if (id == NULL)
        json_array_add_object_element (
            kept, ms_json_deep_copy_object (json_array_get_object_element (ids, i)));
    }
  json_object_set_array_member (ms_object_get_attributes (user), "externalIds", kept);
}

/* The mapping ------------------------------------------------------------------------------- */

static void
field_free (gpointer data)
{
  MsDirectoryField *self = data;

  g_free (self->path);
  g_free (self->there);
  g_free (self);
}

static gboolean
refuse_path (const char *path, const char *why, GError **error)
{
  g_autofree char *at = g_strconcat ("mapping.", path, NULL);

  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", at, "“%s” %s", path, why);
  return FALSE;
}

const MsAttribute *
ms_directory_find_attribute (const MsResourceType *user, const char *path)
{
  static const char *const prefixes[] = { "", MS_URN_ENTERPRISE ":", MS_URN_EXT_USER ":" };
  const MsAttribute       *found = NULL;

  for (guint i = 0; found == NULL && i < G_N_ELEMENTS (prefixes); i++)
    {
      g_autofree char *whole = g_strconcat (prefixes[i], path, NULL);
      found = ms_resource_type_find (user, whole);
    }
  return found;
}

static gboolean
is_never_mapped (const MsAttribute *attribute)
{
  for (; attribute != NULL; attribute = attribute->parent)
    if (g_strv_contains (never_mapped, attribute->path) || attribute->relation != MS_RELATION_NONE
        || attribute->returned == MS_RETURNED_NEVER)
      return TRUE;
  return FALSE;
}

/* Why @attribute cannot be mapped; %NULL where it can. */
static const char *
find_obstacle (const MsAttribute *attribute)
{
  const MsAttribute *parent = attribute->parent;

  if (is_never_mapped (attribute))
    return "cannot be mapped";
  if (attribute->is_computed || attribute->mutability != MS_MUTABILITY_READ_WRITE)
    return "cannot be mapped: it is not for writing";
  if (attribute->type == MS_ATTR_COMPLEX && attribute->multi_valued)
    return "has several elements: map the “value” of them";
  if (attribute->type == MS_ATTR_COMPLEX)
    return "has parts: map each of them";
  if (parent != NULL && parent->multi_valued && strcmp (attribute->name, "value") != 0)
    return "is a part of several elements: map the “value” of them";
  return NULL;
}

static gboolean
add_field (MsDirectoryConfig    *self,
           const MsServiceTypes *types,
           const char           *path,
           const char           *there,
           GError              **error)
{
  const MsAttribute *attribute = ms_directory_find_attribute (types->user, path);
  const char        *obstacle;

  if (attribute == NULL)
    return refuse_path (path, "is no attribute of users", error);
  obstacle = find_obstacle (attribute);
  if (obstacle != NULL)
    return refuse_path (path, obstacle, error);
  if (strcmp (attribute->path, "userName") == 0)
    {
      if (self->user_name != NULL)
        return refuse_path (path, "is mapped twice", error);
      self->user_name = g_strdup (there);
      return TRUE;
    }
  gboolean is_elements = attribute->parent != NULL && attribute->parent->multi_valued;
  for (guint i = 0; i < self->fields->len; i++)
    if (strcmp (((MsDirectoryField *) self->fields->pdata[i])->path, attribute->path) == 0)
      return refuse_path (path, "is mapped twice", error);
  MsDirectoryField *field = g_new0 (MsDirectoryField, 1);
  field->attribute = is_elements ? attribute->parent : attribute;
  field->path = g_strdup (attribute->path);
  field->there = g_strdup (there);
  field->is_elements = is_elements;
  g_ptr_array_add (self->fields, field);
  return TRUE;
}

/* RFC 4512 §1.4: a name or a numeric OID, and options */
static gboolean
check_description (const char *there, const char *member, const char *path, GError **error)
{
  gboolean good = g_ascii_isalnum (*there) && strlen (there) <= 256;

  for (const char *p = there; good && *p != '\0'; p++)
    good = g_ascii_isalnum (*p) || strchr ("-.;", *p) != NULL;
  if (good)
    return TRUE;
  g_autofree char *at = path != NULL ? g_strconcat (member, ".", path, NULL) : g_strdup (member);
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                at,
                "“%s” is not the name of an attribute of a directory",
                there);
  return FALSE;
}

/* Where directories keep passwords: these are not to be shown, nor to be whose name somebody is. */
static gboolean
check_no_secret (const char *there, const char *member, const char *path, GError **error)
{
  static const char *const secrets[] = { "userPassword",    "2.5.4.35",
                                         "authPassword",    "1.3.6.1.4.1.4203.1.3.4",
                                         "unicodePwd",      "1.2.840.113556.1.4.90",
                                         "dBCSPwd",         "ntPwdHistory",
                                         "lmPwdHistory",    "supplementalCredentials",
                                         "sambaNTPassword", "sambaLMPassword",
                                         "ipaNTHash",       "krbPrincipalKey" };
  g_autofree char         *name = g_strndup (there, strcspn (there, ";"));
  gboolean                 secret = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++)
    secret = secret || g_ascii_strcasecmp (name, secrets[i]) == 0;
  if (!secret)
    return TRUE;
  g_autofree char *at = path != NULL ? g_strconcat (member, ".", path, NULL) : g_strdup (member);
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                at,
                "“%s” of a directory holds passwords: only “passwordHash” may be taken from there",
                name);
  return FALSE;
}

static gboolean
read_mapping (MsDirectoryConfig    *self,
              const MsServiceTypes *types,
              MsObject             *object,
              GError              **error)
{
  JsonArray *mapping = ms_json_get_array (ms_object_get_attributes (object), "mapping");
  const struct
  {
    const char *path;
    char      **there;
  } ours[] = { { "mailbox", &self->mailbox },
               { "aliases", &self->aliases },
               { "quota", &self->quota },
               { "passwordHash", &self->password_hash } };

  for (guint i = 0; mapping != NULL && i < json_array_get_length (mapping); i++)
    {
      const char *path = get_element (mapping, i, "path");
      const char *there = get_element (mapping, i, "attribute");
      gboolean    taken = FALSE;

      if (!check_description (there, "mapping", path, error)
          || (strcmp (path, "passwordHash") != 0
              && !check_no_secret (there, "mapping", path, error)))
        return FALSE;
      for (guint o = 0; !taken && o < G_N_ELEMENTS (ours); o++)
        if (strcmp (path, ours[o].path) == 0)
          {
            taken = TRUE;
            g_free (*ours[o].there);
            *ours[o].there = g_strdup (there);
          }
      if (!taken && !add_field (self, types, path, there, error))
        return FALSE;
    }
  if (self->user_name != NULL)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "mapping.userName",
                "“mapping” must say which attribute is the “userName”");
  return FALSE;
}

static void
list_wanted (MsDirectoryConfig *self)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *const ours[] = { self->identity, self->user_name, self->mailbox,
                               self->aliases,  self->quota,     self->password_hash };

  for (guint i = 0; i < G_N_ELEMENTS (ours) + self->fields->len; i++)
    {
      const char *name
          = i < G_N_ELEMENTS (ours)
                ? ours[i]
                : ((MsDirectoryField *) self->fields->pdata[i - G_N_ELEMENTS (ours)])->there;
      gboolean known = name == NULL;
      for (guint n = 0; !known && n < names->len; n++)
        known = g_ascii_strcasecmp (names->pdata[n], name) == 0;
      if (!known)
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_add (names, NULL);
  self->wanted = (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

/* The rest ---------------------------------------------------------------------------------- */

/* The password is not always at hand; that one is missing is said when it is needed. */
static gboolean
check_server (MsDirectoryConfig *self, GError **error)
{
  MsDirectoryServer server = self->server;

  if (server.bind_dn != NULL && server.password == NULL)
    server.password = (char *) "?";
  return ms_directory_check_server (&server, error);
}

static gboolean
check_all (MsDirectoryConfig *self, GError **error)
{
  return check_server (self, error) && ms_directory_check_dn (self->base, "base", error)
         && ms_directory_check_filter (self->filter, "filter", error)
         && (self->active_filter == NULL
             || ms_directory_check_filter (self->active_filter, "activeFilter", error))
         && check_description (self->identity, "identity", NULL, error)
         && check_no_secret (self->identity, "identity", NULL, error);
}

static MsLeavers
read_leavers (MsObject *object)
{
  const char *text = ms_object_get_string (object, "leavers");

  return g_strcmp0 (text, "delete") == 0 ? MS_LEAVERS_DELETE
         : g_strcmp0 (text, "keep") == 0 ? MS_LEAVERS_KEEP
                                         : MS_LEAVERS_DISABLE;
}

MsDirectoryConfig *
ms_directory_config_new (const MsServiceTypes *types,
                         MsObject             *object,
                         const char           *password,
                         GError              **error)
{
  g_autoptr (MsDirectoryConfig) self = g_new0 (MsDirectoryConfig, 1);
  const char *id = ms_object_get_id (object);

  self->id = g_strdup (id);
  self->name = g_strdup (ms_object_get_label (object));
  self->client = ms_directory_make_client (id != NULL ? id : "");
  self->server.uri = g_strdup (ms_object_get_string (object, "server"));
  self->server.start_tls = ms_object_get_boolean (object, "startTls", FALSE);
  self->server.certificates = g_strdup (ms_object_get_string (object, "certificates"));
  self->server.bind_dn = g_strdup (ms_object_get_string (object, "bindDn"));
  /* A name without a password would be taken for nobody by many servers (RFC 4513 §5.1.2). */
  self->server.password = self->server.bind_dn != NULL ? g_strdup (password) : NULL;
  self->server.timeout = (guint) ms_object_get_int (object, "timeout", DEFAULT_TIMEOUT);
  self->base = g_strdup (ms_object_get_string (object, "base"));
  self->scope = g_strcmp0 (ms_object_get_string (object, "scope"), "oneLevel") == 0
                    ? MS_DIRECTORY_ONE_LEVEL
                    : MS_DIRECTORY_SUBTREE;
  self->filter = g_strdup (ms_object_get_string (object, "filter"));
  self->active_filter = g_strdup (ms_object_get_string (object, "activeFilter"));
  self->identity = g_strdup (ms_object_get_string (object, "identity"));
  self->fields = g_ptr_array_new_with_free_func (field_free);
  self->template_id = g_strdup (ms_object_get_string (object, "template"));
  self->group_id = g_strdup (ms_object_get_string (object, "group"));
  self->create_mailboxes = ms_object_get_boolean (object, "createMailboxes", TRUE);
  self->adopt = ms_object_get_boolean (object, "adopt", FALSE);
  self->leavers = read_leavers (object);
  self->leaver_limit = ms_object_get_int (object, "leaverLimit", DEFAULT_LIMIT);
  self->every = ms_object_get_int (object, "every", 0);
  if (!read_mapping (self, types, object, error) || !check_all (self, error))
    return NULL;
  list_wanted (self);
  return g_steal_pointer (&self);
}

gboolean
ms_directory_config_check_password (const MsDirectoryConfig *self, GError **error)
{
  if (self->server.bind_dn == NULL || self->server.password != NULL)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "password",
                "There is no password for %s: one was never given, or the server was changed, for "
                "which it must be given again",
                self->server.bind_dn);
  return FALSE;
}

void
ms_directory_config_free (MsDirectoryConfig *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->name);
  g_free (self->client);
  g_free (self->server.uri);
  g_free (self->server.certificates);
  g_free (self->server.bind_dn);
  if (self->server.password != NULL)
    explicit_bzero (self->server.password, strlen (self->server.password));
  g_free (self->server.password);
  g_free (self->base);
  g_free (self->filter);
  g_free (self->active_filter);
  g_free (self->identity);
  g_clear_pointer (&self->fields, g_ptr_array_unref);
  g_free (self->user_name);
  g_free (self->mailbox);
  g_free (self->aliases);
  g_free (self->quota);
  g_free (self->password_hash);
  g_strfreev (self->wanted);
  g_free (self->template_id);
  g_free (self->group_id);
  g_free (self);
}
