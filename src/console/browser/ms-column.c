/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. A cell is one line of plain text: what is not there is an empty cell, not "null"
 * or 0.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-column.h"

#define EXT_USER "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User:"
#define EXT_GROUP "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group:"
#define ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"

static char *
dup_path (MsResource *resource, const char *path)
{
  const char *text = ms_resource_get_string (resource, path);

  return g_strdelimit (g_strdup (text != NULL ? text : ""), "\r\n\t", ' ');
}

#define TEXT_COLUMN(name, path)                                                                    \
  static char *name (MsResource *resource) { return dup_path (resource, path); }

static char *
dup_label (MsResource *resource)
{
  return g_strdup (ms_resource_is_loaded (resource) ? ms_resource_get_label (resource) : "…");
}

TEXT_COLUMN (dup_display_name, "displayName")
TEXT_COLUMN (dup_title, "title")
TEXT_COLUMN (dup_description, "description")
TEXT_COLUMN (dup_address, "address")
TEXT_COLUMN (dup_owner, "owner.display")
TEXT_COLUMN (dup_group, "group.display")
TEXT_COLUMN (dup_path_column, "path")
TEXT_COLUMN (dup_alias_of, "aliasOf")
TEXT_COLUMN (dup_department, ENTERPRISE "department")
TEXT_COLUMN (dup_user_description, EXT_USER "description")
TEXT_COLUMN (dup_list_address, EXT_GROUP "address")
TEXT_COLUMN (dup_list_description, EXT_GROUP "description")

char *
ms_column_format_size (gint64 bytes)
{
  return bytes > 0 ? g_format_size ((guint64) bytes) : g_strdup (_("None"));
}

static char *
dup_quota (MsResource *resource)
{
  gint64 quota = ms_resource_get_int (resource, "effectiveQuota", -1);

  if (quota < 0)
    quota = ms_resource_get_int (resource, "quota", -1);
  return quota >= 0 ? ms_column_format_size (quota) : g_strdup ("");
}

char *
ms_column_format_time (const char *iso)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = iso != NULL ? g_date_time_new_from_iso8601 (iso, utc) : NULL;
  g_autoptr (GDateTime) local = time != NULL ? g_date_time_to_local (time) : NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  if (local == NULL)
    return g_strdup ("");
  if (g_date_time_get_year (local) == g_date_time_get_year (now)
      && g_date_time_get_day_of_year (local) == g_date_time_get_day_of_year (now))
    /* Translators: a time of today, in the form of g_date_time_format() */
    return g_date_time_format (local, _("Today %H:%M"));
  return g_date_time_format (local, "%x %H:%M");
}

static char *
dup_modified (MsResource *resource)
{
  return ms_column_format_time (ms_resource_get_string (resource, "meta.lastModified"));
}

static char *
dup_created (MsResource *resource)
{
  return ms_column_format_time (ms_resource_get_string (resource, "meta.created"));
}

static JsonArray *
get_array (MsResource *resource, const char *path)
{
  JsonNode *node = ms_resource_get_node (resource, path);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static char *
dup_length (MsResource *resource, const char *path)
{
  JsonArray *array = get_array (resource, path);
  guint      n = array != NULL ? json_array_get_length (array) : 0;

  return n > 0 ? g_strdup_printf ("%u", n) : g_strdup ("");
}

static char *
dup_n_mailboxes (MsResource *resource)
{
  return dup_length (resource, EXT_USER "mailboxes");
}

static char *
dup_n_external (MsResource *resource)
{
  return dup_length (resource, EXT_GROUP "externalMembers");
}

static char *
dup_primary_address (MsResource *resource)
{
  JsonArray *array = get_array (resource, EXT_USER "mailboxes");
  guint      n = array != NULL ? json_array_get_length (array) : 0;

  for (guint i = 0; i < n; i++)
    {
      JsonObject *mailbox = json_array_get_object_element (array, i);

      if (json_object_get_boolean_member_with_default (mailbox, "primary", FALSE))
        return g_strdup (json_object_get_string_member_with_default (mailbox, "address", ""));
    }
  return g_strdup (ms_resource_is_loaded (resource) ? _("No primary mailbox") : "");
}

static char *
dup_aliases (MsResource *resource)
{
  g_auto (GStrv) aliases = ms_resource_dup_strv (resource, "aliases");

  return aliases != NULL ? g_strjoinv (", ", aliases) : g_strdup ("");
}

static char *
dup_forward (MsResource *resource)
{
  g_auto (GStrv) targets = ms_resource_dup_strv (resource, "forwardTo");

  return targets != NULL ? g_strjoinv (", ", targets) : g_strdup ("");
}

static char *
dup_user_state (MsResource *resource)
{
  if (!ms_resource_is_loaded (resource))
    return g_strdup ("");
  return g_strdup (ms_resource_get_boolean (resource, "active", TRUE) ? _("Enabled")
                                                                      : _("Disabled"));
}

static char *
dup_mailbox_state (MsResource *resource)
{
  if (!ms_resource_is_loaded (resource))
    return g_strdup ("");
  return g_strdup (ms_resource_get_boolean (resource, "active", TRUE) ? _("Open") : _("Closed"));
}

static char *
dup_mailbox_kind (MsResource *resource)
{
  if (!ms_resource_is_loaded (resource))
    return g_strdup ("");
  return g_strdup (ms_resource_get_boolean (resource, "primary", FALSE) ? _("Primary")
                                                                        : _("Secondary"));
}

static const char *
translate_word (const char *word)
{
  static const char *const words[][2] = {
    { "none", "" },
    { "delegate", N_ ("Delegate") },
      { "auditor", N_ ("Auditor") },
        { "administrator", N_ ("Administrator") },
          { "primary", N_ ("Primary") },
            { "equal", N_ ("Equal") },
              { "alias", N_ ("Alias") },
                { "User", N_ ("User") },
                  { "Mailbox", N_ ("Mailbox") },
                    { "MailGroup", N_ ("Mail group") },
                      { "Group", N_ ("Mailing list") },
                        { "Address", N_ ("Outside address") },
                      };

  for (guint i = 0; word != NULL && i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (words[i][0], word) == 0)
      return *words[i][1] != '\0' ? _(words[i][1]) : "";
  return word != NULL ? word : "";
}

static char *
dup_role (MsResource *resource)
{
  return g_strdup (translate_word (ms_resource_get_string (resource, EXT_USER "role")));
}

static char *
dup_template_role (MsResource *resource)
{
  return g_strdup (translate_word (ms_resource_get_string (resource, "role")));
}

static char *
dup_domain_kind (MsResource *resource)
{
  const char *kind = ms_resource_get_string (resource, "kind");

  if (!ms_resource_is_loaded (resource))
    return g_strdup ("");
  return g_strdup (translate_word (kind != NULL ? kind : "equal"));
}

static char *
dup_entry_type (MsResource *resource)
{
  return g_strdup (translate_word (ms_resource_get_type_name (resource)));
}

/* clang-format off */
static const MsColumn user_columns[] = {
  { "name", N_ ("Login"), "userName", 165, MS_COLUMN_NAME, dup_label },
  { "display", N_ ("Full Name"), "displayName", 150, MS_COLUMN_EXPAND, dup_display_name },
  { "address", N_ ("Primary Mailbox"), EXT_USER "mailboxes.address", 215, 0, dup_primary_address },
  { "department", N_ ("Department"), ENTERPRISE "department", 135, 0, dup_department },
  { "role", N_ ("Role"), EXT_USER "role", 120, 0, dup_role },
  { "state", N_ ("Log-on"), "active", 80, 0, dup_user_state },
  { "mailboxes", N_ ("Mailboxes"), NULL, 90, MS_COLUMN_NUMERIC | MS_COLUMN_HIDDEN,
    dup_n_mailboxes },
  { "title", N_ ("Title"), "title", 150, MS_COLUMN_HIDDEN, dup_title },
  { "description", N_ ("Description"), NULL, 200, MS_COLUMN_HIDDEN, dup_user_description },
  { "created", N_ ("Created"), "meta.created", 140, MS_COLUMN_HIDDEN, dup_created },
  { "modified", N_ ("Changed"), "meta.lastModified", 140, MS_COLUMN_HIDDEN, dup_modified },
  { NULL },
};
/* clang-format on */

/* clang-format off */
static const MsColumn mailbox_columns[] = {
  { "name", N_ ("Mailbox"), "name", 165, MS_COLUMN_NAME, dup_label },
  { "address", N_ ("Address"), "address", 215, 0, dup_address },
  { "description", N_ ("Description"), "description", 110, MS_COLUMN_EXPAND, dup_description },
  { "owner", N_ ("Owner"), NULL, 110, 0, dup_owner },
  { "group", N_ ("Mail Group"), NULL, 125, 0, dup_group },
  { "limit", N_ ("Limit"), "effectiveQuota", 85, MS_COLUMN_NUMERIC, dup_quota },
  { "state", N_ ("State"), "active", 60, 0, dup_mailbox_state },
  { "kind", N_ ("Kind"), "primary", 100, MS_COLUMN_HIDDEN, dup_mailbox_kind },
  { "aliases", N_ ("Aliases"), NULL, 200, MS_COLUMN_HIDDEN, dup_aliases },
  { "forward", N_ ("Forwarded To"), NULL, 200, MS_COLUMN_HIDDEN, dup_forward },
  { "created", N_ ("Created"), "meta.created", 140, MS_COLUMN_HIDDEN, dup_created },
  { "modified", N_ ("Changed"), "meta.lastModified", 140, MS_COLUMN_HIDDEN, dup_modified },
  { NULL },
};
/* clang-format on */

/* clang-format off */
static const MsColumn list_columns[] = {
  { "name", N_ ("Mailing List"), "displayName", 220, MS_COLUMN_NAME, dup_label },
  { "address", N_ ("Address"), EXT_GROUP "address", 240, 0, dup_list_address },
  { "description", N_ ("Description"), NULL, 240, MS_COLUMN_EXPAND, dup_list_description },
  { "external", N_ ("Outside Addresses"), NULL, 140, MS_COLUMN_NUMERIC, dup_n_external },
  { "modified", N_ ("Changed"), "meta.lastModified", 140, 0, dup_modified },
  { NULL },
};
/* clang-format on */

/* clang-format off */
static const MsColumn template_columns[] = {
  { "name", N_ ("Template"), "name", 220, MS_COLUMN_NAME, dup_label },
  { "description", N_ ("Description"), "description", 280, MS_COLUMN_EXPAND, dup_description },
  { "group", N_ ("Mail Group"), NULL, 160, 0, dup_group },
  { "limit", N_ ("Limit"), "quota", 90, MS_COLUMN_NUMERIC, dup_quota },
  { "role", N_ ("Role"), "role", 110, 0, dup_template_role },
  { "modified", N_ ("Changed"), "meta.lastModified", 140, 0, dup_modified },
  { NULL },
};
/* clang-format on */

/* clang-format off */
static const MsColumn domain_columns[] = {
  { "name", N_ ("Domain"), "name", 260, MS_COLUMN_NAME, dup_label },
  { "kind", N_ ("Kind"), "kind", 110, 0, dup_domain_kind },
  { "alias", N_ ("Alias of"), "aliasOf", 220, 0, dup_alias_of },
  { "description", N_ ("Description"), "description", 240, MS_COLUMN_EXPAND, dup_description },
  { "modified", N_ ("Changed"), "meta.lastModified", 140, 0, dup_modified },
  { NULL },
};
/* clang-format on */

static const MsColumn mail_group_columns[] = {
  { "name", N_ ("Mail Group"), "name", 220, MS_COLUMN_NAME, dup_label },
    { "path", N_ ("Path"), "path", 280, MS_COLUMN_EXPAND, dup_path_column },
      { "limit", N_ ("Limit"), "effectiveQuota", 90, MS_COLUMN_NUMERIC, dup_quota }, { NULL },
    };

/* The entries of one mailing list; they come with the list, so nothing of them is sorted by the
 * server. */
static const MsColumn entry_columns[] = {
  { "name", N_ ("Entry"), NULL, 300, MS_COLUMN_NAME | MS_COLUMN_EXPAND, dup_label },
    { "type", N_ ("Kind"), NULL, 160, 0, dup_entry_type }, { NULL },
  };

const MsColumn *
ms_column_get_all (MsNodeKind row_kind)
{
  switch (row_kind)
    {
    case MS_NODE_USER:
      return user_columns;
    case MS_NODE_MAILBOX:
      return mailbox_columns;
    case MS_NODE_MAIL_GROUP:
      return mail_group_columns;
    case MS_NODE_MAILING_LIST:
      return list_columns;
    case MS_NODE_TEMPLATE:
      return template_columns;
    case MS_NODE_DOMAIN:
      return domain_columns;
    default:
      return entry_columns;
    }
}
