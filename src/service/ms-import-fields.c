/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A table of fields with the spellings of their columns in English, German, French and Spanish.
 * Spellings are compared without case, accents, blanks and punctuation, so "E-Mail", "e_mail" and
 * "email" are one. Earlier spellings of a field are the surer ones: where two columns could be the
 * same field, the surer wins.
 */
#include "ms-import-fields.h"

#include "ms-text.h"

#include <string.h>

typedef struct
{
  const char *name;
  const char *paths;     /* of attributes, separated by blanks */
  const char *spellings; /* folded, separated by blanks */
} FieldInfo;

static const FieldInfo fields[MS_IMPORT_N_FIELDS] = {
  [MS_IMPORT_USER_NAME]
  = { "userName",
      "userName name address",
      "username login loginname logon logonname userid uid accountname account user samaccountname "
      "benutzername benutzer benutzerkennung "
      "anmeldename kennung konto identifiant utilisateur nomutilisateur nomdutilisateur compte "
      "usuario nombredeusuario cuenta inicio "
      "mailboxname mailslot localpart "
      "email emailaddress mail mailaddress primaryemail userprincipalname upn emailadresse "
      "mailadresse courriel adressemail "
      "adresseelectronique adressecourriel correo correoelectronico direcciondecorreo" },
  [MS_IMPORT_DISPLAY_NAME] = { "displayName",
                               "displayName name.formatted",
                               "displayname fullname realname commonname cn name personname "
                               "vollername vollstandigername anzeigename nomcomplet nomaffiche "
                               "nombrecompleto nombreparamostrar nombreyapellidos" },
  [MS_IMPORT_GIVEN_NAME]
  = { "givenName",
      "name.givenName",
      "givenname firstname forename first vorname rufname prenom nombre nombredepila" },
  [MS_IMPORT_FAMILY_NAME] = { "familyName",
                              "name.familyName",
                              "familyname lastname surname last sn nachname familienname zuname "
                              "nom nomdefamille apellido apellidos" },
  [MS_IMPORT_PASSWORD]
  = { "password",
      "password",
      "password passwd pass pwd plainpassword passwort kennwort motdepasse mdp contrasena clave" },
  [MS_IMPORT_PASSWORD_HASH]
  = { "passwordHash",
      "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User:passwordHash",
      "passwordhash hash hashedpassword encryptedpassword userpassword crypt passworthash "
      "kennworthash hachage empreinte "
      "hashdecontrasena" },
  [MS_IMPORT_ALIASES] = { "aliases",
                          "aliases",
                          "aliases alias aliasaddresses emailaliases mailaliases proxyaddresses "
                          "otheraddresses additionaladdresses aliasse aliasadressen "
                          "weitereadressen adressesalias autresadresses otrasdirecciones" },
  [MS_IMPORT_GROUP] = { "group",
                        "group",
                        "group mailgroup grouppath folder ou organizationalunit orgunit gruppe "
                        "mailgruppe ordner groupe groupedemessagerie dossier grupo "
                        "carpeta" },
  [MS_IMPORT_QUOTA] = { "quota",
                        "quota",
                        "quota mailquota mailboxquota limit sizelimit storage maxsize mailboxsize "
                        "kontingent speicherplatz grosse limite espace "
                        "taille cuota espacio limitedetamano" },
  [MS_IMPORT_FORWARD_TO] = { "forwardTo",
                             "forwardTo",
                             "forwardto forward forwarding forwardingaddress forwards redirect "
                             "redirectto weiterleitung weiterleitenan transfert "
                             "transferera redirection reenvio reenviara" },
  [MS_IMPORT_KEEP_COPY] = { "keepCopy",
                            "keepCopy",
                            "keepcopy keepacopy storecopy kopiebehalten kopie conserverunecopie "
                            "garderunecopie copie conservarcopia guardarcopia" },
  [MS_IMPORT_DESCRIPTION]
  = { "description",
      "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User:description description "
      "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group:description",
      "description comment comments note notes remark remarks info beschreibung bemerkung "
      "bemerkungen kommentar notiz notizen "
      "commentaire commentaires remarque descripcion comentario comentarios notas observaciones" },
  [MS_IMPORT_MAILBOX_DESCRIPTION]
  = { "mailboxDescription",
      NULL,
      "mailboxdescription postfachbeschreibung descriptiondelaboite descripciondelbuzon" },
  [MS_IMPORT_TITLE] = { "title",
                        "title",
                        "title jobtitle position job role funktion stellung berufsbezeichnung "
                        "fonction poste intitule titre cargo puesto" },
  [MS_IMPORT_DEPARTMENT]
  = { "department",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
      "department dept division unit abteilung bereich service departement departamento seccion "
      "area" },
  [MS_IMPORT_EMPLOYEE_NUMBER]
  = { "employeeNumber",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
      "employeenumber employeeid staffnumber staffid personnelnumber personalnummer "
      "mitarbeiternummer matricule "
      "numerodeempleado numeroemploye" },
  [MS_IMPORT_PHONE] = { "phone",
                        "phoneNumbers phoneNumbers.value",
                        "phone phonenumber telephone telephonenumber tel workphone officephone "
                        "mobile mobilephone cell telefon telefonnummer rufnummer "
                        "mobil handy numerodetelephone portable telefono movil" },
  [MS_IMPORT_DOMAIN]
  = { "domain", "domain", "domain maildomain domainname domane maildomane domaine dominio" },
  [MS_IMPORT_ACTIVE]
  = { "active",
      "active",
      "active enabled accountenabled logonallowed aktiv aktiviert actif activo habilitado" },
  [MS_IMPORT_MAILBOX_ACTIVE] = { "mailboxActive",
                                 NULL,
                                 "mailboxactive mailboxopen mailboxenabled postfachaktiv "
                                 "postfachoffen boiteactive buzonactivo" },
  [MS_IMPORT_MAILBOX]
  = { "mailbox", NULL, "mailbox primarymailbox postfach boite boiteauxlettres buzon" },
  [MS_IMPORT_PRIMARY]
  = { "primary", "primary", "primary isprimary primar hauptpostfach principal principale" },
  [MS_IMPORT_OWNER]
  = { "owner",
      "owner",
      "owner ownedby owneruser besitzer eigentumer inhaber proprietaire propietario dueno" },
  [MS_IMPORT_EXTERNAL_ID] = { "externalId",
                              "externalId",
                              "externalid foreignid sourceid objectguid immutableid fremdschlussel "
                              "externeid idexterne idexterno" },
  [MS_IMPORT_LIST] = { "list",
                       "displayName",
                       "list mailinglist listname distributionlist verteiler verteilerliste "
                       "mailingliste liste listedediffusion listadecorreo lista" },
  [MS_IMPORT_ADDRESS]
  = { "address",
      "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group:address",
      "address listaddress adresse adressedelaliste listenadresse direccion direcciondelista" },
  [MS_IMPORT_MEMBERS]
  = { "members",
      "members",
      "members entries subscribers mitglieder eintrage membres abonnes miembros suscriptores" },
  [MS_IMPORT_EXTERNAL_MEMBERS]
  = { "externalMembers",
      "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group:externalMembers",
      "externalmembers outsiders externemitglieder membresexternes miembrosexternos" },
};

const char *
ms_import_field_get_name (MsImportField field)
{
  g_return_val_if_fail (field < MS_IMPORT_N_FIELDS, NULL);

  return fields[field].name;
}

int
ms_import_field_by_name (const char *name)
{
  g_return_val_if_fail (name != NULL, MS_IMPORT_IGNORED);

  for (int i = 0; i < MS_IMPORT_N_FIELDS; i++)
    if (strcmp (fields[i].name, name) == 0)
      return i;
  return MS_IMPORT_IGNORED;
}

/* Position of the word @word in the blank-separated @words, or -1 */
static int
find_word (const char *words, const char *word)
{
  gsize length = strlen (word);
  int   position = 0;

  for (const char *at = words; at != NULL && *at != '\0'; position++)
    {
      const char *end = at + strcspn (at, " ");
      if ((gsize) (end - at) == length && strncmp (at, word, length) == 0)
        return position;
      at = *end == ' ' ? end + 1 : NULL;
    }
  return -1;
}

int
ms_import_field_by_path (const char *path)
{
  if (path == NULL || *path == '\0')
    return MS_IMPORT_IGNORED;

  /* "aliases[2]" is about the aliases */
  g_autofree char *plain = g_strndup (path, strcspn (path, "["));
  int              by_name = ms_import_field_by_name (plain);
  if (by_name != MS_IMPORT_IGNORED)
    return by_name;
  for (int i = 0; i < MS_IMPORT_N_FIELDS; i++)
    if (fields[i].paths != NULL && find_word (fields[i].paths, plain) >= 0)
      return i;
  return MS_IMPORT_IGNORED;
}

/* Letters and digits only, without case and accents */
static char *
fold_header (const char *header)
{
  g_autofree char *folded = ms_text_fold_search (header);
  GString         *out = g_string_new (NULL);

  for (const char *at = folded; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      if (g_unichar_isalnum (c))
        g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

gboolean
ms_import_field_is_spelt (MsImportField field, const char *column)
{
  g_return_val_if_fail (field < MS_IMPORT_N_FIELDS && column != NULL, FALSE);

  g_autofree char *folded = fold_header (column);
  return *folded != '\0' && find_word (fields[field].spellings, folded) >= 0;
}

typedef struct
{
  int column;
  int rank;
} Candidate;

/* Gives each field the column whose name is its surest spelling. */
static void
guess_from_header (const char *const *columns, guint n_columns, int *mapping)
{
  Candidate best[MS_IMPORT_N_FIELDS];

  for (int f = 0; f < MS_IMPORT_N_FIELDS; f++)
    best[f] = (Candidate){ -1, G_MAXINT };
  for (guint c = 0; c < n_columns; c++)
    {
      g_autofree char *folded = fold_header (columns[c]);
      if (*folded == '\0')
        continue;
      for (int f = 0; f < MS_IMPORT_N_FIELDS; f++)
        {
          int rank = find_word (fields[f].spellings, folded);
          if (rank < 0)
            continue;
          if (rank < best[f].rank)
            best[f] = (Candidate){ (int) c, rank };
          break;
        }
    }
  for (int f = 0; f < MS_IMPORT_N_FIELDS; f++)
    if (best[f].column >= 0)
      mapping[best[f].column] = f;
}

static gboolean
is_mapped (const int *mapping, guint n_columns, int field)
{
  for (guint c = 0; c < n_columns; c++)
    if (mapping[c] == field)
      return TRUE;
  return FALSE;
}

/* Whether the user names are in a column that is called as ours is, and not only like it. */
static gboolean
has_own_names (const char *const *columns, guint n_columns, const int *mapping)
{
  for (guint c = 0; c < n_columns; c++)
    if (mapping[c] == MS_IMPORT_USER_NAME)
      return strcmp (columns[c], fields[MS_IMPORT_USER_NAME].name) == 0;
  return FALSE;
}

/* The manual of old calls the person's name "description": it is, where the file has no other
 * column for it. By the names that we give, it is about the user. */
static void
adopt_description (const char *const *columns, guint n_columns, int *mapping)
{
  if (has_own_names (columns, n_columns, mapping)
      || is_mapped (mapping, n_columns, MS_IMPORT_DISPLAY_NAME)
      || is_mapped (mapping, n_columns, MS_IMPORT_GIVEN_NAME)
      || is_mapped (mapping, n_columns, MS_IMPORT_FAMILY_NAME)
      || is_mapped (mapping, n_columns, MS_IMPORT_LIST))
    return;
  for (guint c = 0; c < n_columns; c++)
    if (mapping[c] == MS_IMPORT_DESCRIPTION)
      mapping[c] = MS_IMPORT_DISPLAY_NAME;
}

int *
ms_import_guess_mapping (const char *const *columns, guint n_columns, gboolean has_header)
{
  static const int by_position[]
      = { MS_IMPORT_USER_NAME, MS_IMPORT_DISPLAY_NAME, MS_IMPORT_PASSWORD };
  int *mapping = g_new (int, MAX (n_columns, 1));

  for (guint c = 0; c < n_columns; c++)
    mapping[c] = !has_header && c < G_N_ELEMENTS (by_position) ? by_position[c] : MS_IMPORT_IGNORED;
  if (has_header)
    {
      guess_from_header (columns, n_columns, mapping);
      adopt_description (columns, n_columns, mapping);
    }
  return mapping;
}

gboolean
ms_import_is_own_header (const char *const *columns, guint n_columns)
{
  if (n_columns == 0)
    return FALSE;
  if (strcmp (columns[n_columns - 1], MS_IMPORT_ERROR_COLUMN) == 0)
    return TRUE;
  for (guint c = 0; c < n_columns; c++)
    {
      int field = ms_import_field_by_name (columns[c]);
      if (field == MS_IMPORT_PASSWORD || field == MS_IMPORT_PASSWORD_HASH)
        return FALSE; /* an export has none */
      if (field == MS_IMPORT_IGNORED && (c == 0 || !g_str_has_prefix (columns[c], "urn:")))
        return FALSE;
    }
  return TRUE;
}
