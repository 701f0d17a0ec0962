/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The words and icons of the seven types, in one table, and of the attributes that History shows.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-object-words.h"

#define URN_MAILSTEAD "urn:ietf:params:scim:schemas:extension:mailstead:2.0:"

static const struct
{
  const char *type_name;
  const char *word;
  const char *icon;
  const char *detail[3]; /* the first path that has a value */
} types[] = {
  { "User", N_ ("User"), "avatar-default-symbolic", { "displayName", "name.formatted", NULL } },
    { "Mailbox", N_ ("Mailbox"), "mail-unread-symbolic", { "address", NULL, NULL } },
      { "MailGroup", N_ ("Mail Group"), "folder-symbolic", { "path", "description", NULL } },
        { "Group",
          N_ ("Mailing List"),
              "system-users-symbolic",
              { URN_MAILSTEAD "Group:address", URN_MAILSTEAD "Group:description", NULL } },
          { "Domain", N_ ("Domain"), "network-server-symbolic", { "description", NULL, NULL } },
            { "Template",
              N_ ("Template"), "x-office-document-symbolic", { "description", NULL, NULL } },
              { "Guest", N_ ("Guest"), "avatar-default-symbolic", { NULL, NULL, NULL } },
            };

static const struct
{
  const char *path;
  const char *word;
} attributes[] = {
  { "active", N_ ("Active") },
    { "address", N_ ("Address") },
      { "aliases", N_ ("Aliases") },
        { "aliasOf", N_ ("Alias of") },
          { "aliasPatterns", N_ ("Alias patterns") },
            { "allowedNetworks", N_ ("Allowed networks") },
              { "changePassword", N_ ("Change own password") },
                { "department", N_ ("Department") },
                  { "description", N_ ("Description") },
                    { "displayName", N_ ("Full name") },
                      { "domain", N_ ("Domain") },
                        { "emails", N_ ("E-mail addresses") },
                          { "employeeNumber", N_ ("Employee number") },
                            { "externalId", N_ ("External id") },
                              { "externalMembers", N_ ("Outside addresses") },
                                { "familyName", N_ ("Family name") },
                                  { "formatted", N_ ("Full name") },
                                    { "forwardTo", N_ ("Forward to") },
                                      { "ftpProxy", N_ ("FTP proxy") },
                                        { "ftpService", N_ ("FTP service") },
                                          { "givenName", N_ ("Given name") },
                                            { "group", N_ ("Mail group") },
                                              { "imap", N_ ("IMAP") },
                                                { "keepCopy", N_ ("Keep a copy") },
                                                  { "kind", N_ ("Kind") },
                                                    { "loginPattern", N_ ("Log-on pattern") },
                                                      { "mailboxes", N_ ("Mailboxes") },
                                                        { "members", N_ ("Entries") },
                                                          { "mustChangePassword",
                                                            N_ ("Must change password") },
                                                            { "name", N_ ("Name") },
                                                              { "owner", N_ ("Owner") },
                                                                { "parent",
                                                                  N_ ("Mail group above") },
                                                                  { "password", N_ ("Password") },
                                                                    { "passwordHash",
                                                                      N_ ("Password") },
                                                                      { "phoneNumbers",
                                                                        N_ ("Telephone") },
                                                                        { "pop3", N_ ("POP3") },
                                                                          { "primary",
                                                                            N_ ("Primary") },
                                                                            { "proxy",
                                                                              N_ ("Web proxy") },
                                                                              { "quota",
                                                                                N_ ("Limit") },
                                                                                { "rights",
                                                                                  N_ ("Rights") },
                                                                                  { "role",
                                                                                    N_ ("Role") },
                                                                                    { "selfService",
                                                                                      N_ ("Self-service") },
                                                                                      { "submissio"
                                                                                        "n",
                                                                                        N_ ("SMTP submission") },
                                                                                        { "title",
                                                                                          N_ ("Position") },
                                                                                          { "userNa"
                                                                                            "me",
                                                                                            N_ ("Log-on name") },
                                                                                            { "vali"
                                                                                              "dFro"
                                                                                              "m",
                                                                                              N_ ("Valid from") },
                                                                                              { "va"
                                                                                                "li"
                                                                                                "dU"
                                                                                                "nt"
                                                                                                "i"
                                                                                                "l",
                                                                                                N_ ("Valid until") },
                                                                                                { "webmail",
                                                                                                  N_ ("Webmail and filters") },
                                                                                              };

static guint
find_type (const char *type_name)
{
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_strcmp0 (types[i].type_name, type_name) == 0)
      return i;

  return G_N_ELEMENTS (types);
}

const char *
ms_object_words_type (const char *type_name)
{
  guint i = find_type (type_name);

  return i < G_N_ELEMENTS (types) ? _(types[i].word) : type_name;
}

const char *
ms_object_words_icon (const char *type_name)
{
  guint i = find_type (type_name);

  return i < G_N_ELEMENTS (types) ? types[i].icon : "application-x-addon-symbolic";
}

char *
ms_object_words_detail (MsResource *resource)
{
  guint       i;
  const char *value = NULL;

  g_return_val_if_fail (MS_IS_RESOURCE (resource), NULL);

  i = find_type (ms_resource_get_type_name (resource));
  if (i == G_N_ELEMENTS (types) || !ms_resource_is_loaded (resource))
    return g_strdup ("");

  for (guint j = 0; j < G_N_ELEMENTS (types[i].detail) && value == NULL; j++)
    if (types[i].detail[j] != NULL)
      value = ms_resource_get_string (resource, types[i].detail[j]);

  return g_strdup (value != NULL ? value : "");
}

const char *
ms_object_words_attribute (const char *path)
{
  const char *last;
  const char *dot;

  g_return_val_if_fail (path != NULL, NULL);

  last = strrchr (path, ':');
  last = last != NULL ? last + 1 : path;
  dot = strrchr (last, '.');
  if (dot != NULL && !g_str_has_prefix (dot, ".value"))
    last = dot + 1;

  for (guint i = 0; i < G_N_ELEMENTS (attributes); i++)
    if (g_ascii_strcasecmp (attributes[i].path, last) == 0)
      return _(attributes[i].word);

  return path;
}

char *
ms_object_words_count (const char *type_name, guint n)
{
  const char *format;

  if (g_strcmp0 (type_name, "User") == 0)
    format = ngettext ("%u user", "%u users", n);
  else if (g_strcmp0 (type_name, "Mailbox") == 0)
    format = ngettext ("%u mailbox", "%u mailboxes", n);
  else if (g_strcmp0 (type_name, "MailGroup") == 0)
    format = ngettext ("%u mail group", "%u mail groups", n);
  else if (g_strcmp0 (type_name, "Group") == 0)
    format = ngettext ("%u mailing list", "%u mailing lists", n);
  else
    format = ngettext ("%u object", "%u objects", n);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return g_strdup_printf (format, n);
#pragma GCC diagnostic pop
}
