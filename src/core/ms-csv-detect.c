/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a CSV file looks like, guessed from its beginning: the encoding from its bytes; then the
 * delimiter under which most records have the same number of fields; the header from names that
 * importers know, in the languages that exports come in. A guess that the admin sees and can
 * change, never more.
 */
#include "ms-csv-private.h"

#include "ms-error.h"
#include "ms-text.h"

#include <string.h>

#define SAMPLE_BYTES 65536
#define SAMPLE_RECORDS 50

/* Encoding ----------------------------------------------------------------------------------- */

static guint
line_of (const char *data, gsize offset)
{
  guint line = 1;

  for (gsize i = 0; i < offset; i++)
    if (data[i] == '\n')
      line++;
  return line;
}

static const char *
refuse_binary (const char *data, gsize offset, GError **error)
{
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidSyntax",
                NULL,
                "line %u: this is not a text file",
                line_of (data, offset));
  return NULL;
}

/* Plain letters have a NUL for their upper half in UTF-16. */
static const char *
detect_utf16 (const char *data, gsize length)
{
  gsize pairs = length / 2;
  gsize even = 0, odd = 0;

  for (gsize i = 0; i + 1 < length; i += 2)
    {
      even += data[i] == '\0';
      odd += data[i + 1] == '\0';
    }
  if (odd > pairs / 3 && even < pairs / 50 + 1)
    return "UTF-16LE";
  if (even > pairs / 3 && odd < pairs / 50 + 1)
    return "UTF-16BE";
  return NULL;
}

static gsize
count_controls (const char *data, gsize length)
{
  gsize count = 0;

  for (gsize i = 0; i < length; i++)
    count += (guchar) data[i] < 0x20 && strchr ("\t\n\r\f\x1b", data[i]) == NULL;
  return count;
}

/* Whether what is no UTF-8 at @bad is only a character that the end of the sample cut through. */
static gboolean
is_cut_character (const char *bad, const char *end)
{
  return end - bad < 4 && g_utf8_get_char_validated (bad, end - bad) == (gunichar) -2;
}

static const char *
detect_encoding (const char *data, gsize length, gboolean cut, GError **error)
{
  const char *nul = memchr (data, '\0', length);
  const char *bad;

  if (length >= 4
      && (memcmp (data, "\xff\xfe\0\0", 4) == 0 || memcmp (data, "\0\0\xfe\xff", 4) == 0))
    return refuse_binary (data, 0, error);
  if (length >= 2 && memcmp (data, "\xff\xfe", 2) == 0)
    return "UTF-16LE";
  if (length >= 2 && memcmp (data, "\xfe\xff", 2) == 0)
    return "UTF-16BE";
  if (nul != NULL)
    {
      const char *encoding = detect_utf16 (data, length);
      return encoding != NULL ? encoding : refuse_binary (data, (gsize) (nul - data), error);
    }
  if (count_controls (data, length) > length / 20)
    return refuse_binary (data, 0, error);
  if (g_utf8_validate (data, (gssize) length, &bad)
      || (cut && is_cut_character (bad, data + length)))
    return "UTF-8";
  return "WINDOWS-1252";
}

/* The sample as UTF-8. Bytes that do not decode are the reader's to report, with the whole file at
 * hand. */
static char *
decode_sample (const char *data, gsize length, const char *encoding, gsize *decoded_length)
{
  if (g_str_has_prefix (encoding, "UTF-16"))
    length -= length % 2;
  for (gsize less = 0; less <= 4 && less < length;
       less += g_str_has_prefix (encoding, "UTF-16") ? 2 : 1)
    {
      char *text = ms_csv_decode (data, length - less, encoding, decoded_length, NULL);
      if (text != NULL)
        return text;
    }
  *decoded_length = 0;
  return g_strdup ("");
}

/* Quote and delimiter ------------------------------------------------------------------------ */

static const char delimiters[] = ",;\t|";

static gboolean
is_boundary (char c)
{
  return c == '\0' || c == '\n' || c == '\r' || strchr (delimiters, c) != NULL;
}

/* How many fields are wholly between two @quote. */
static guint
count_quoted (const char *text, char quote)
{
  guint    count = 0;
  gboolean open = FALSE;

  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p != quote)
        open = open && *p != '\n';
      else if (open && is_boundary (p[1]))
        {
          count++;
          open = FALSE;
        }
      else if (!open)
        open = p == text || is_boundary (p[-1]);
    }
  return count;
}

static char
detect_quote (const char *text)
{
  guint lines = 1;

  for (const char *p = text; *p != '\0'; p++)
    lines += *p == '\n' && p[1] != '\0';
  guint singles = count_quoted (text, '\'');
  /* Names begin with an apostrophe now and then, and our own export writes some. */
  if (singles * 2 >= lines && singles > count_quoted (text, '"'))
    return '\'';
  return '"';
}

typedef struct
{
  guint columns; /* of most records */
  guint agree;   /* records with that many */
  guint records;
} Shape;

/* @is_cut: the last record may be half of one */
static Shape
measure (const char *text, gsize length, gboolean is_cut, const MsCsvFormat *format)
{
  Shape        shape = { 0 };
  gboolean     at_end = FALSE;
  guint        counts[SAMPLE_RECORDS];
  MsCsvReader *reader
      = ms_csv_reader_new_for_text (g_strndup (text, length), length, format, NULL, NULL);

  for (guint i = 0; reader != NULL && i < SAMPLE_RECORDS; i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) fields = ms_csv_reader_next (reader, NULL, &error);
      at_end = fields == NULL && error == NULL;
      if (at_end)
        break;
      counts[shape.records++] = fields != NULL ? g_strv_length (fields) : 0;
    }
  ms_csv_reader_free (reader);

  if (is_cut && at_end && shape.records > 1)
    shape.records--;
  for (guint i = 0; i < shape.records; i++)
    {
      guint agree = 0;
      for (guint j = 0; j < shape.records; j++)
        agree += counts[j] == counts[i];
      if (counts[i] > 1
          && (agree > shape.agree || (agree == shape.agree && counts[i] > shape.columns)))
        {
          shape.agree = agree;
          shape.columns = counts[i];
        }
    }
  return shape;
}

static void
detect_delimiter (const char *text, gsize length, gboolean is_cut, MsCsvFormat *format)
{
  Shape best = { 0 };
  char  chosen = ',';

  if (ms_csv_skip_delimiter_line (text, length, &format->delimiter) > 0)
    return;
  for (const char *p = delimiters; *p != '\0'; p++)
    {
      MsCsvFormat candidate = *format;
      candidate.delimiter = *p;
      Shape shape = measure (text, length, is_cut, &candidate);

      /* Shares, not counts: a wrong delimiter may join records at line breaks within quotes. */
      gint64 share = (gint64) shape.agree * MAX (best.records, 1);
      gint64 best_share = (gint64) best.agree * MAX (shape.records, 1);
      if (shape.columns > 1
          && (share > best_share || (share == best_share && shape.columns > best.columns)))
        {
          best = shape;
          chosen = *p;
        }
    }
  format->delimiter = chosen;
}

/* Header ------------------------------------------------------------------------------------- */

/* Words between blanks, folded and without anything but letters and digits; see fold_name(). */
static const char known_names[]
    = " username user userid uid login loginname logonname logon account accountname "
      " samaccountname name fullname displayname cn firstname givenname forename first "
      " lastname surname familyname last sn middlename nickname initials title jobtitle "
      " position address emailaddress email mail mailaddress mailbox mailboxname "
      " primaryaddress smtpaddress proxyaddresses primaryemail password passwd pass pwd "
      " passwordhash hash scheme userpassword initialpassword userprincipalname description "
      " comment comments note notes remark info alias aliases emailaliases quota limit "
      " mailquota storage size group groups mailgroup folder ou organizationalunit orgunitpath "
      " department division organization company office costcenter manager employeenumber "
      " employeeid phone telephone phonenumber telephonenumber mobile fax forward forwardto "
      " forwarding domain template active enabled disabled status role type id externalid "
      " language locale timezone list lists memberof keepcopy owner primary secondary "
      " displaynameprintable recoveryemail validfrom validuntil rights imap pop3 ftp proxy "
      " webmail submission "
      /* de */
      " benutzer benutzername anmeldename kennung konto kontoname passwort kennwort vorname "
      " nachname familienname anzeigename vollername beschreibung bemerkung kommentar gruppe "
      " gruppen abteilung firma adresse mailadresse emailadresse postfach kontingent "
      " speicherplatz weiterleitung telefon mobil aktiv rolle vorlage "
      /* fr */
      " utilisateur identifiant motdepasse prenom nom nomdefamille courriel adresseemail "
      " groupe service compte boite societe fonction actif "
      /* es, pt */
      " usuario contrasena clave nombre apellido apellidos correo correoelectronico grupo "
      " departamento descripcion telefono cuenta usuaria senha nome sobrenome apelido "
      " descricao conta telefone ativo activo "
      /* it, nl, pl */
      " utente cognome gruppo descrizione gebruiker gebruikersnaam wachtwoord voornaam "
      " achternaam groep uzytkownik haslo imie nazwisko grupa opis adres ";

/* Of these one is enough: nobody is called that. */
static const char telling_names[]
    = " username userid loginname logonname login logon accountname samaccountname "
      " userprincipalname firstname givenname forename lastname surname familyname displayname "
      " fullname emailaddress mailaddress smtpaddress primaryaddress proxyaddresses password "
      " passwordhash userpassword initialpassword "
      " benutzername anmeldename kontoname passwort kennwort vorname nachname familienname "
      " anzeigename emailadresse mailadresse motdepasse nomdefamille courriel adresseemail "
      " identifiant contrasena correoelectronico gebruikersnaam wachtwoord voornaam achternaam "
      " haslo nazwisko ";

/* "E-Mail [Required]" -> "email" */
static char *
fold_name (const char *text)
{
  g_autofree char *folded = ms_text_fold_search (text);
  GString         *out = g_string_new (NULL);

  for (const char *p = folded; *p != '\0' && *p != '[' && *p != '('; p = g_utf8_next_char (p))
    if (g_unichar_isalnum (g_utf8_get_char (p)))
      g_string_append_unichar (out, g_utf8_get_char (p));
  return g_string_free (out, FALSE);
}

static gboolean
is_among (const char *name, const char *names)
{
  g_autofree char *word = g_strconcat (" ", name, " ", NULL);

  return *name != '\0' && strstr (names, word) != NULL;
}

/* The path of an attribute that operators added, as an export names its column. */
static gboolean
is_path (const char *text)
{
  return g_ascii_strncasecmp (text, "urn:", 4) == 0 && strchr (text, ' ') == NULL;
}

static gboolean
looks_like_data (const char *text)
{
  return strchr (text, '@') != NULL
         || (*text != '\0' && strspn (text, "0123456789.,:/+- ") == strlen (text));
}

gboolean
ms_csv_is_column_name (const char *text)
{
  g_return_val_if_fail (text != NULL, FALSE);

  g_autofree char *field = g_strstrip (g_strdup (text));
  g_autofree char *name = fold_name (field);

  return is_path (field) || is_among (name, known_names);
}

/* At least half of the names known; or two of them, or one that nobody is called, all names
 * different and of one word, and none like data. "mail","Mail Admin","abcd" is a user called mail.
 */
static gboolean
is_header (char **fields)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint    filled = 0, known = 0;
  gboolean plain = TRUE, tells = FALSE;

  for (guint i = 0; fields[i] != NULL; i++)
    {
      g_autofree char *field = g_strstrip (g_strdup (fields[i]));
      g_autofree char *name = fold_name (field);
      if (*field == '\0')
        continue;
      filled++;
      if (looks_like_data (field))
        return FALSE;
      known += ms_csv_is_column_name (field);
      tells = tells || is_path (field) || is_among (name, telling_names);
      plain = plain && strchr (field, ' ') == NULL
              && g_hash_table_add (seen,
                                   is_path (field) ? g_strdup (field) : g_steal_pointer (&name));
    }
  return known > 0 && (known * 2 >= filled || ((known >= 2 || tells) && plain));
}

static gboolean
detect_header (const char *text, gsize length, const MsCsvFormat *format)
{
  g_autoptr (MsCsvReader) reader
             = ms_csv_reader_new_for_text (g_strndup (text, length), length, format, NULL, NULL);
  g_auto (GStrv) fields = reader != NULL ? ms_csv_reader_next (reader, NULL, NULL) : NULL;

  return fields != NULL && is_header (fields);
}

gboolean
ms_csv_detect (const char *data, gsize length, MsCsvFormat *format, GError **error)
{
  g_return_val_if_fail (data != NULL || length == 0, FALSE);
  g_return_val_if_fail (format != NULL, FALSE);

  gsize sample = MIN (length, SAMPLE_BYTES);
  gsize text_length;

  if (length == 0)
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidSyntax", NULL, "the file is empty");
      return FALSE;
    }
  const char *encoding = detect_encoding (data, sample, sample < length, error);
  if (encoding == NULL)
    return FALSE;

  g_autofree char *text = decode_sample (data, sample, encoding, &text_length);
  MsCsvFormat      guess = {
         .encoding = encoding, .delimiter = ',', .quote = detect_quote (text), .has_header = FALSE
  };
  detect_delimiter (text, text_length, sample < length, &guess);
  guess.has_header = detect_header (text, text_length, &guess);
  *format = guess;
  return TRUE;
}
