/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From cells to meaning. Whose row it is:
 *
 *   userName  owner   primary   createUsers    makes
 *   john      -       -         on             user john with the primary mailbox john
 *   john      -       -         off            mailbox john
 *   info      -       no        any            mailbox info without an owner
 *   old       john    no or -   any            mailbox old, a further one of john's (who must be
 * there) j.doe     john    yes       on             user john with the primary mailbox j.doe
 *
 * A userName that is an address names the mailbox; the login is what is before the @ in the primary
 * domain, and the whole address in any other. A column for the mailbox leaves the userName as it
 * is.
 */
#include "ms-import-row.h"

#include "ms-address.h"
#include "ms-error.h"
#include "ms-import-members.h"
#include "ms-name.h"
#include "ms-password.h"
#include "ms-patch.h"
#include "ms-text.h"

#include <string.h>

#define MAX_SHOWN 200
/* Of a cell that holds neither several values nor an operators' attribute, in bytes */
#define MAX_PLAIN 65536

static const char *const yes_words[]
    = { "true", "1",  "yes",  "y",         "on",     "x", "enabled", "active",
        "ja",   "j",  "wahr", "aktiv",     "oui",    "o", "vrai",    "actif",
        "sí",   "si", "s",    "verdadero", "activo", NULL };
static const char *const no_words[]
    = { "false",  "0",       "no",       "n",   "off",  "-",       "disabled", "inactive", "nein",
        "falsch", "inaktiv", "gesperrt", "non", "faux", "inactif", "falso",    "inactivo", NULL };

static gboolean
fail (MsImportField field, GError **error, const char *message)
{
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", ms_import_field_get_name (field), "%s", message);
  return FALSE;
}

gboolean
ms_import_row_parse_answer (const char *text, gboolean *answer)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);

  *answer = g_strv_contains (yes_words, folded);
  return *answer || g_strv_contains (no_words, folded);
}

/* Errors of core carry what they were given as path, so they name the field. */
static gboolean
parse_answer (MsImportRow *self, MsImportField field, MsImportAnswer *answer, GError **error)
{
  const char *value = self->values[field];

  *answer = MS_IMPORT_UNSAID;
  if (value == NULL)
    return TRUE;
  gboolean yes = FALSE;
  if (!ms_import_row_parse_answer (value, &yes))
    return fail (field, error, "This is neither yes nor no");
  *answer = yes ? MS_IMPORT_YES : MS_IMPORT_NO;
  return TRUE;
}

/* Addresses of one cell; (transfer full) %NULL on error. The same one twice is one. */
static char **
split_addresses (const char   *cell,
                 const char   *separators,
                 const char   *domain,
                 MsImportField field,
                 GError      **error)
{
  const char *path = ms_import_field_get_name (field);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (const char *at = cell;;)
    {
      g_autofree char *part = ms_text_next_part (&at, separators);
      if (part == NULL)
        break;
      /* Active Directory's proxyAddresses */
      const char      *bare = g_ascii_strncasecmp (part, "smtp:", 5) == 0 ? part + 5 : part;
      g_autofree char *address = ms_address_normalize (bare, domain, path, error);
      if (address == NULL)
        return NULL;
      if (!g_hash_table_add (seen, ms_address_key (address)))
        continue;
      if (g_hash_table_size (seen) > MS_EDIT_MAX_ELEMENTS)
        {
          fail (field, error, "These are too many addresses for one field");
          return NULL;
        }
      g_strv_builder_add (builder, address);
    }
  return g_strv_builder_end (builder);
}

/* @addresses: (out) (nullable): unsaid */
static gboolean
parse_addresses (MsImportRow            *self,
                 MsImportField           field,
                 const MsImportSettings *options,
                 const MsImportDomains  *domains,
                 char                 ***addresses,
                 GError                **error)
{
  if (self->values[field] == NULL)
    return TRUE;
  *addresses = split_addresses (
      self->values[field], options->alias_separators, domains->primary_domain, field, error);
  return *addresses != NULL;
}

static gboolean
parse_quota (MsImportRow *self, GError **error)
{
  g_autoptr (GError) why = NULL;

  self->quota = -1;
  if (self->values[MS_IMPORT_QUOTA] == NULL
      || ms_text_parse_size (self->values[MS_IMPORT_QUOTA], &self->quota, &why))
    return TRUE;
  return fail (MS_IMPORT_QUOTA, error, why->message);
}

static gboolean
parse_passwords (MsImportRow *self, GError **error)
{
  if (self->values[MS_IMPORT_PASSWORD] != NULL
      && strlen (self->values[MS_IMPORT_PASSWORD]) > MS_PASSWORD_NEW_MAX)
    return fail (MS_IMPORT_PASSWORD, error, "The password is too long");
  if (self->values[MS_IMPORT_PASSWORD_HASH] == NULL)
    return TRUE;
  if (self->values[MS_IMPORT_PASSWORD] != NULL)
    return fail (
        MS_IMPORT_PASSWORD_HASH, error, "The record has both a password and a hash of one");

  g_autoptr (GError) why = NULL;
  g_autofree char *hash = ms_password_check_hash (self->values[MS_IMPORT_PASSWORD_HASH], &why);
  return hash != NULL ? TRUE : fail (MS_IMPORT_PASSWORD_HASH, error, why->message);
}

/* A group's path has a name between any two slashes; one at the beginning or the end says nothing.
 */
static gboolean
check_group (MsImportRow *self, GError **error)
{
  const char *path = self->values[MS_IMPORT_GROUP];

  if (path == NULL)
    return TRUE;
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  guint n = g_strv_length (names);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  for (guint i = 0; i < n; i++)
    if (*g_strstrip (names[i]) != '\0')
      g_ptr_array_add (kept, names[i]);
    else if (i > 0 && i + 1 < n)
      return fail (MS_IMPORT_GROUP, error, "The path of the mail group has an empty part");
  g_ptr_array_add (kept, NULL);
  g_free (self->values[MS_IMPORT_GROUP]);
  self->values[MS_IMPORT_GROUP] = kept->len > 1 ? g_strjoinv ("/", (char **) kept->pdata) : NULL;
  return TRUE;
}

/* Takes name and domain of the mailbox from "name" or "name@domain". */
static gboolean
parse_mailbox (MsImportRow  *self,
               MsImportField field,
               const char   *text,
               const char   *fallback_domain,
               GError      **error)
{
  const char *path = ms_import_field_get_name (field);
  const char *at = strrchr (text, '@');
  const char *column = self->values[MS_IMPORT_DOMAIN];

  self->name = at != NULL ? g_strndup (text, (gsize) (at - text)) : g_strdup (text);
  if (!ms_address_check_local (self->name, path, error))
    return FALSE;
  if (column != NULL
      && !ms_address_check_domain (column, ms_import_field_get_name (MS_IMPORT_DOMAIN), error))
    return FALSE;
  if (at != NULL && !ms_address_check_domain (at + 1, path, error))
    return FALSE;
  if (at != NULL && column != NULL && g_ascii_strcasecmp (at + 1, column) != 0)
    return fail (MS_IMPORT_DOMAIN, error, "The domain is not that of the address");
  self->address = ms_address_normalize (self->name,
                                        at != NULL       ? at + 1
                                        : column != NULL ? column
                                                         : fallback_domain,
                                        path,
                                        error);
  if (self->address == NULL)
    return FALSE;
  self->domain = g_strdup (strrchr (self->address, '@') + 1);
  self->names_mailbox = self->names_mailbox || at != NULL || column != NULL;
  return TRUE;
}

static char *
make_login (MsImportRow *self, const char *user_name, const MsImportDomains *domains)
{
  const char *at = strrchr (user_name, '@');

  if (at == NULL || self->values[MS_IMPORT_MAILBOX] != NULL)
    return g_strdup (user_name);
  if (g_ascii_strcasecmp (at + 1, domains->primary_domain) == 0)
    return g_strndup (user_name, (gsize) (at - user_name));
  return g_strdup (user_name);
}

/* The table at the top of this file */
static gboolean
parse_who (MsImportRow            *self,
           const MsImportSettings *options,
           const MsImportDomains  *domains,
           GError                **error)
{
  const char *user_name = self->values[MS_IMPORT_USER_NAME];
  const char *mailbox = self->values[MS_IMPORT_MAILBOX];
  const char *owner = self->values[MS_IMPORT_OWNER];

  if (user_name == NULL)
    return fail (MS_IMPORT_USER_NAME, error, "The user name is missing");
  self->names_mailbox = mailbox != NULL || owner != NULL;
  if (mailbox != NULL && strcmp (mailbox, MS_IMPORT_NO_MAILBOX) == 0)
    {
      if (owner != NULL || !options->create_users || self->primary != MS_IMPORT_UNSAID)
        return fail (MS_IMPORT_MAILBOX,
                     error,
                     "A record without a mailbox is one of a user, and nothing else");
      self->kind = MS_IMPORT_ACCOUNT;
      self->login = g_strdup (user_name);
      return TRUE;
    }
  if (!parse_mailbox (self,
                      mailbox != NULL ? MS_IMPORT_MAILBOX : MS_IMPORT_USER_NAME,
                      mailbox != NULL ? mailbox : user_name,
                      domains->mailbox_domain,
                      error))
    return FALSE;

  g_autofree char *login = make_login (self, user_name, domains);
  gboolean         is_own = owner == NULL || g_ascii_strcasecmp (owner, login) == 0;
  gboolean         is_primary
      = self->primary == MS_IMPORT_YES || (is_own && self->primary == MS_IMPORT_UNSAID);
  if (owner == NULL && self->primary == MS_IMPORT_YES && !options->create_users)
    return fail (MS_IMPORT_PRIMARY, error, "A primary mailbox needs an owner");
  self->kind = options->create_users && is_primary ? MS_IMPORT_ACCOUNT : MS_IMPORT_MAILBOX_ONLY;
  if (owner != NULL)
    self->login = g_strdup (owner);
  else if (self->kind == MS_IMPORT_ACCOUNT)
    self->login = g_steal_pointer (&login);
  return TRUE;
}

static gboolean
parse_list (MsImportRow            *self,
            const MsImportSettings *options,
            const MsImportDomains  *domains,
            GError                **error)
{
  self->kind = MS_IMPORT_MAILING_LIST;
  if (self->values[MS_IMPORT_LIST] == NULL)
    return fail (MS_IMPORT_LIST, error, "The name of the list is missing");
  if (self->values[MS_IMPORT_MEMBERS] != NULL)
    {
      self->members = ms_import_members_split (self->values[MS_IMPORT_MEMBERS], error);
      if (self->members == NULL)
        return FALSE;
    }
  if (!parse_addresses (self, MS_IMPORT_ALIASES, options, domains, &self->aliases, error))
    return FALSE;
  if (self->values[MS_IMPORT_ADDRESS] == NULL)
    return TRUE;
  self->address = ms_address_normalize (self->values[MS_IMPORT_ADDRESS],
                                        domains->primary_domain,
                                        ms_import_field_get_name (MS_IMPORT_ADDRESS),
                                        error);
  return self->address != NULL;
}

static gboolean
parse (MsImportRow            *self,
       const MsImportSettings *options,
       const MsImportDomains  *domains,
       GError                **error)
{
  if (options->is_mapped[MS_IMPORT_LIST])
    return parse_list (self, options, domains, error);
  return parse_answer (self, MS_IMPORT_PRIMARY, &self->primary, error)
         && parse_who (self, options, domains, error)
         && parse_answer (self, MS_IMPORT_ACTIVE, &self->active, error)
         && parse_answer (self, MS_IMPORT_MAILBOX_ACTIVE, &self->mailbox_active, error)
         && parse_answer (self, MS_IMPORT_KEEP_COPY, &self->keep_copy, error)
         && parse_addresses (self, MS_IMPORT_ALIASES, options, domains, &self->aliases, error)
         && parse_addresses (self, MS_IMPORT_FORWARD_TO, options, domains, &self->forward_to, error)
         && parse_quota (self, error) && check_group (self, error) && parse_passwords (self, error);
}

/* Of operators' attributes; blanks around a text may be part of it. */
static void
take_more (MsImportRow *self, char *value, guint column, guint n_columns)
{
  if (self->more == NULL)
    self->more = g_new0 (char *, n_columns);
  self->n_more = n_columns;
  self->more[column] = value;
}

static gboolean
is_plain (int field)
{
  return field != MS_IMPORT_MORE && field != MS_IMPORT_MEMBERS
         && field != MS_IMPORT_EXTERNAL_MEMBERS && field != MS_IMPORT_ALIASES
         && field != MS_IMPORT_FORWARD_TO;
}

/* Passwords are taken as they are, letter by letter; of everything else the blanks around it go. */
static void
take_values (MsImportRow *self, char *const *fields, const MsImportSettings *options)
{
  for (guint c = 0; c < options->n_mapping && fields[c] != NULL; c++)
    {
      int field = options->mapping[c];

      if (field == MS_IMPORT_IGNORED || *fields[c] == '\0')
        continue;
      if (is_plain (field) && strlen (fields[c]) > MAX_PLAIN)
        {
          if (self->problem == NULL)
            ms_error_set (&self->problem,
                          MS_ERROR_LIMIT,
                          NULL,
                          ms_import_field_get_name (field),
                          "The field is longer than %d bytes",
                          MAX_PLAIN);
          continue;
        }
      char *value = options->undo_guard ? ms_csv_unguard (fields[c]) : g_strdup (fields[c]);
      if (field == MS_IMPORT_MORE)
        {
          take_more (self, value, c, options->n_mapping);
          continue;
        }
      if (field != MS_IMPORT_PASSWORD)
        {
          char *stripped = ms_name_strip (value);
          g_free (value);
          value = stripped;
        }
      if (*value != '\0')
        self->values[field] = value;
      else
        g_free (value);
    }
}

MsImportRow *
ms_import_row_new (gint64                  line,
                   char *const            *fields,
                   const MsImportSettings *options,
                   const MsImportDomains  *domains,
                   GError                 *problem)
{
  MsImportRow *self = g_new0 (MsImportRow, 1);
  g_autoptr (GError) error = NULL;

  self->line = line;
  self->quota = -1;
  self->active = self->mailbox_active = self->keep_copy = self->primary = MS_IMPORT_UNSAID;
  self->problem = problem;
  if (fields != NULL)
    take_values (self, fields, options);
  if (self->problem == NULL && !parse (self, options, domains, &error))
    self->problem = g_steal_pointer (&error);
  return self;
}

static void
wipe (char *secret)
{
  if (secret != NULL)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

void
ms_import_row_free (MsImportRow *self)
{
  if (self == NULL)
    return;
  wipe (g_steal_pointer (&self->values[MS_IMPORT_PASSWORD]));
  wipe (g_steal_pointer (&self->generated));
  for (guint i = 0; i < MS_IMPORT_N_FIELDS; i++)
    g_free (self->values[i]);
  for (guint i = 0; i < self->n_more; i++)
    g_free (self->more[i]);
  g_free (self->more);
  g_free (self->login);
  g_free (self->name);
  g_free (self->domain);
  g_free (self->address);
  g_strfreev (self->aliases);
  g_strfreev (self->forward_to);
  g_strfreev (self->members);
  g_clear_pointer (&self->holders, g_ptr_array_unref);
  g_clear_error (&self->problem);
  g_free (self);
}

const char *
ms_import_row_get_password (const MsImportRow *self)
{
  if (self->is_same_password)
    return NULL;
  return self->generated != NULL ? self->generated : self->values[MS_IMPORT_PASSWORD];
}

/* @show: what becomes of it */
static char *
dup_start (const char *text, char *(*show) (const char *text))
{
  if (text == NULL)
    return g_strdup ("");
  if (strlen (text) <= MAX_SHOWN)
    return show (text);
  g_autofree char *start = g_strndup (text, MAX_SHOWN);
  g_autofree char *valid = g_utf8_make_valid (start, -1);
  return show (valid);
}

static char *
dup_shown (const char *text)
{
  return dup_start (text, ms_text_printable);
}

char *
ms_import_row_dup_user_name (const MsImportRow *self)
{
  return dup_start (self->kind == MS_IMPORT_MAILING_LIST ? self->address
                                                         : self->values[MS_IMPORT_USER_NAME],
                    ms_name_show);
}

char *
ms_import_row_dup_label (const MsImportRow *self)
{
  if (self->kind == MS_IMPORT_MAILING_LIST)
    return dup_shown (self->values[MS_IMPORT_LIST]);
  if (self->values[MS_IMPORT_DISPLAY_NAME] != NULL)
    return dup_shown (self->values[MS_IMPORT_DISPLAY_NAME]);
  if (self->values[MS_IMPORT_GIVEN_NAME] != NULL && self->values[MS_IMPORT_FAMILY_NAME] != NULL)
    {
      g_autofree char *full = g_strjoin (
          " ", self->values[MS_IMPORT_GIVEN_NAME], self->values[MS_IMPORT_FAMILY_NAME], NULL);
      return dup_shown (full);
    }
  return dup_shown (self->address);
}

void
ms_import_row_refuse (MsImportRow *self, GError *error)
{
  g_clear_error (&self->problem);
  self->problem = error;
}

GPtrArray *
ms_import_row_list_keys (const MsImportRow *self)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func (g_free);

  if (self->kind == MS_IMPORT_ACCOUNT && self->login != NULL)
    {
      g_autofree char *folded = ms_text_fold (self->login);
      g_ptr_array_add (keys, g_strconcat ("user ", folded, NULL));
    }
  if (self->address != NULL)
    {
      g_autofree char *folded = ms_address_key (self->address);
      g_ptr_array_add (keys, g_strconcat ("address ", folded, NULL));
    }
  if (self->kind == MS_IMPORT_MAILING_LIST && self->address == NULL
      && self->values[MS_IMPORT_LIST] != NULL)
    {
      g_autofree char *folded = ms_text_fold (self->values[MS_IMPORT_LIST]);
      g_ptr_array_add (keys, g_strconcat ("list ", folded, NULL));
    }
  return keys;
}
