/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From objects to cells.
 */
#include "ms-import-values.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"

#define DEPARTMENT MS_URN_ENTERPRISE ":department"
#define EMPLOYEE MS_URN_ENTERPRISE ":employeeNumber"
#define DESCRIPTION MS_URN_EXT_USER ":description"

void
ms_import_values_init (MsImportValues *self, const MsServiceTypes *types, MsTxn *txn)
{
  self->txn = txn;
  self->types = types;
  self->group_paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

void
ms_import_values_clear (MsImportValues *self)
{
  g_clear_pointer (&self->group_paths, g_hash_table_unref);
}

void
ms_import_values_forget (MsImportValues *self)
{
  g_hash_table_remove_all (self->group_paths);
}

const char *
ms_import_values_get_path (MsImportValues *self, const char *group_id, GError **error)
{
  if (group_id == NULL)
    return "";
  const char *known = g_hash_table_lookup (self->group_paths, group_id);
  if (known != NULL)
    return known;

  g_autoptr (MsObject) group
             = ms_txn_get_object (self->txn, self->types->mail_group, group_id, error);
  if (group == NULL)
    return NULL;
  /* The store keeps groups free of cycles and at most some tens deep. */
  const char *above = ms_import_values_get_path (self, ms_object_get_link (group, "parent"), error);
  if (above == NULL)
    return NULL;
  char *path = *above == '\0' ? g_strdup (ms_object_get_label (group))
                              : g_strconcat (above, "/", ms_object_get_label (group), NULL);
  g_hash_table_insert (self->group_paths, g_strdup (group_id), path);
  return path;
}

static JsonArray *
get_array (MsObject *object, const char *name)
{
  JsonNode *node
      = object != NULL ? json_object_get_member (ms_object_get_attributes (object), name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

int
ms_import_find_phone (JsonArray *numbers)
{
  int found = -1, at_work = -1;

  for (guint i = 0; numbers != NULL && i < json_array_get_length (numbers); i++)
    {
      JsonNode   *node = json_array_get_element (numbers, i);
      JsonObject *number = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

      if (number == NULL || !json_object_has_member (number, "value"))
        continue;
      if (json_object_get_boolean_member_with_default (number, "primary", FALSE))
        return (int) i;
      if (at_work < 0
          && strcmp (json_object_get_string_member_with_default (number, "type", ""), "work") == 0)
        at_work = (int) i;
      if (found < 0)
        found = (int) i;
    }
  return at_work >= 0 ? at_work : found;
}

char *
ms_import_join_strings (JsonArray *array)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      const char *text = json_array_get_string_element (array, i);
      if (out->len > 0)
        g_string_append (out, "; ");
      g_string_append (out, text != NULL ? text : "");
    }
  return g_string_free (out, FALSE);
}

JsonArray *
ms_import_get_list_array (MsObject *list, const char *name)
{
  JsonNode *node = list != NULL
                       ? json_object_get_member (ms_object_get_attributes (list), MS_URN_EXT_GROUP)
                       : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node)
             ? ms_json_get_array (json_node_get_object (node), name)
             : NULL;
}

static char *
read_phone (MsObject *user)
{
  JsonArray *numbers = get_array (user, "phoneNumbers");
  int        index = ms_import_find_phone (numbers);

  if (index < 0)
    return g_strdup ("");
  return g_strdup (json_object_get_string_member (
      json_array_get_object_element (numbers, (guint) index), "value"));
}

static char *
read_string (MsObject *object, const char *path)
{
  const char *text = object != NULL ? ms_object_get_string (object, path) : NULL;

  return g_strdup (text != NULL ? text : "");
}

static gboolean
has_member (MsObject *object, const char *name)
{
  return object != NULL && json_object_has_member (ms_object_get_attributes (object), name);
}

static char *
read_quota (MsObject *mailbox)
{
  if (!has_member (mailbox, "quota"))
    return g_strdup ("");
  gint64 quota = ms_object_get_int (mailbox, "quota", 0);
  return quota == 0 ? g_strdup ("unlimited") : g_strdup_printf ("%" G_GINT64_FORMAT, quota);
}

/* @if_unset: (nullable): what absence means; %NULL says that nothing was said */
static char *
read_boolean (MsObject *object, const char *name, const char *if_unset)
{
  if (object == NULL)
    return g_strdup ("");
  if (!has_member (object, name))
    return g_strdup (if_unset != NULL ? if_unset : "");
  return g_strdup (ms_object_get_boolean (object, name, FALSE) ? "true" : "false");
}

static char *
read_owner (MsImportValues *self, MsObject *mailbox, GError **error)
{
  const char *owner = mailbox != NULL ? ms_object_get_link (mailbox, "owner") : NULL;

  if (owner == NULL)
    return g_strdup ("");
  g_autoptr (MsObject) user = ms_txn_get_object (self->txn, self->types->user, owner, error);
  return user != NULL ? g_strdup (ms_object_get_label (user)) : NULL;
}

static char *
read_user_field (MsObject *user, MsImportField field)
{
  switch (field)
    {
    case MS_IMPORT_DISPLAY_NAME:
      return read_string (user, "displayName");
    case MS_IMPORT_GIVEN_NAME:
      return read_string (user, "name.givenName");
    case MS_IMPORT_FAMILY_NAME:
      return read_string (user, "name.familyName");
    case MS_IMPORT_TITLE:
      return read_string (user, "title");
    case MS_IMPORT_DEPARTMENT:
      return read_string (user, DEPARTMENT);
    case MS_IMPORT_EMPLOYEE_NUMBER:
      return read_string (user, EMPLOYEE);
    case MS_IMPORT_PHONE:
      return read_phone (user);
    case MS_IMPORT_EXTERNAL_ID:
      return read_string (user, "externalId");
    case MS_IMPORT_DESCRIPTION:
      return read_string (user, DESCRIPTION);
    case MS_IMPORT_ACTIVE:
      return read_boolean (user, "active", "true");
    default:
      return NULL;
    }
}

static char *
read_mailbox_field (MsImportValues *self, MsObject *mailbox, MsImportField field, GError **error)
{
  switch (field)
    {
    case MS_IMPORT_MAILBOX:
      return mailbox != NULL ? read_string (mailbox, "name") : g_strdup (MS_IMPORT_NO_MAILBOX);
    case MS_IMPORT_DOMAIN:
      return read_string (mailbox, "domain");
    case MS_IMPORT_MAILBOX_DESCRIPTION:
      return read_string (mailbox, "description");
    case MS_IMPORT_ALIASES:
      return ms_import_join_strings (get_array (mailbox, "aliases"));
    case MS_IMPORT_FORWARD_TO:
      return ms_import_join_strings (get_array (mailbox, "forwardTo"));
    case MS_IMPORT_KEEP_COPY:
      return read_boolean (mailbox, "keepCopy", NULL);
    case MS_IMPORT_MAILBOX_ACTIVE:
      return read_boolean (mailbox, "active", "true");
    case MS_IMPORT_PRIMARY:
      return read_boolean (mailbox, "primary", "false");
    case MS_IMPORT_QUOTA:
      return read_quota (mailbox);
    case MS_IMPORT_GROUP:
      return g_strdup (ms_import_values_get_path (
          self, mailbox != NULL ? ms_object_get_link (mailbox, "group") : NULL, error));
    case MS_IMPORT_OWNER:
      return read_owner (self, mailbox, error);
    default:
      return g_strdup ("");
    }
}

char *
ms_import_values_read (
    MsImportValues *self, MsObject *user, MsObject *mailbox, MsImportField field, GError **error)
{
  if (field == MS_IMPORT_USER_NAME)
    return g_strdup (user != NULL      ? ms_object_get_label (user)
                     : mailbox != NULL ? ms_object_get_label (mailbox)
                                       : "");

  char *text = read_user_field (user, field);
  return text != NULL ? text : read_mailbox_field (self, mailbox, field, error);
}
