/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of import fields for people. The server has the long list of spellings
 * (service/ms-import-fields.c) and its guess is taken wherever the file is read as it detected it;
 * the guess here only stands in after a person has changed the format by hand.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-import-columns.h"
#include "ms-text.h"

const MsImportColumn ms_import_columns[] = {
  { "", N_ ("(ignored)") },
    { "userName", N_ ("Log-on and mailbox name") },
      { "displayName", N_ ("Full name") },
        { "givenName", N_ ("Given name") },
          { "familyName", N_ ("Family name") },
            { "password", N_ ("Password") },
              { "passwordHash", N_ ("Password hash") },
                { "aliases", N_ ("Aliases") },
                  { "group", N_ ("Mail group (path)") },
                    { "quota", N_ ("Limit") },
                      { "forwardTo", N_ ("Forward to") },
                        { "keepCopy", N_ ("Keep a copy") },
                          { "description", N_ ("Description") },
                            { "mailboxDescription", N_ ("Mailbox description") },
                              { "title", N_ ("Position") },
                                { "department", N_ ("Department") },
                                  { "employeeNumber", N_ ("Employee number") },
                                    { "phone", N_ ("Telephone") },
                                      { "domain", N_ ("Domain") },
                                        { "active", N_ ("May log on") },
                                          { "mailboxActive", N_ ("Mailbox open") },
                                            { "mailbox", N_ ("Mailbox name") },
                                              { "primary", N_ ("Primary") },
                                                { "owner", N_ ("Owner") },
                                                  { "externalId", N_ ("External id") },
                                                    { "list", N_ ("Mailing list") },
                                                      { "address", N_ ("Address of the list") },
                                                        { "members", N_ ("Entries of the list") },
                                                          { "externalMembers",
                                                            N_ ("Outside addresses of the list") },
                                                            { NULL, NULL },
                                                        };

const char *const ms_import_encodings[] = {
  "UTF-8",        "UTF-16LE",     "UTF-16BE",   "WINDOWS-1252", "ISO-8859-1", "ISO-8859-15",
  "WINDOWS-1250", "WINDOWS-1251", "ISO-8859-2", "MACINTOSH",    "CP437",      "CP850",
  "SHIFT_JIS",    "GB18030",      "BIG5",       "EUC-KR",       NULL,
};

const char ms_import_delimiters[] = ",;\t|";
const char ms_import_quotes[] = { '"', '\'', '\0' };

guint
ms_import_column_find (const char *name)
{
  for (guint i = 1; name != NULL && ms_import_columns[i].name != NULL; i++)
    if (g_str_equal (ms_import_columns[i].name, name))
      return i;

  return 0;
}

const char *
ms_import_column_get_label (const char *name)
{
  guint i = ms_import_column_find (name);

  return i > 0 ? _(ms_import_columns[i].label) : name;
}

/* Without case, accents, blanks and punctuation */
static char *
squeeze (const char *text)
{
  g_autofree char *folded = ms_text_fold_search (text);
  GString         *squeezed = g_string_new (NULL);

  for (const char *c = folded; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_isalnum (g_utf8_get_char (c)))
      g_string_append_unichar (squeezed, g_utf8_get_char (c));

  return g_string_free (squeezed, FALSE);
}

guint
ms_import_column_guess (const char *column, guint position, gboolean has_header)
{
  static const char *const by_position[] = { "userName", "displayName", "password" };
  g_autofree char         *own = NULL;

  if (!has_header)
    return position < G_N_ELEMENTS (by_position) ? ms_import_column_find (by_position[position])
                                                 : 0;

  own = squeeze (column);
  for (guint i = 1; ms_import_columns[i].name != NULL; i++)
    {
      g_autofree char *name = squeeze (ms_import_columns[i].name);
      g_autofree char *label = squeeze (_(ms_import_columns[i].label));

      if (g_str_equal (own, name) || g_str_equal (own, label))
        return i;
    }

  return 0;
}
