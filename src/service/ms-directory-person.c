/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From the values of an entry to those of attributes here. What cannot be one makes the whole entry
 * a refused one, so that nobody is half taken over; a password that cannot be taken is left out.
 */
#include "ms-directory-person.h"

#include <string.h>

#include "ms-address.h"
#include "ms-error.h"
#include "ms-import-row.h"
#include "ms-json.h"
#include "ms-name.h"
#include "ms-password.h"
#include "ms-patch.h"
#include "ms-text.h"

#define IDENTITY_MAX 256
/* Values of one attribute of an entry: each is compared with all others, and nobody has so many. */
#define MAX_VALUES 1000
/* Of what is shown in the place of a user name. */
#define SAID_BYTES 256

void
ms_directory_person_free (MsDirectoryPerson *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->n_values; i++)
    {
      g_clear_pointer (&self->values[i], json_node_unref);
      g_clear_pointer (&self->choices[i], json_node_unref);
    }
  g_free (self->values);
  g_free (self->choices);
  g_strfreev (self->user_names);
  g_strfreev (self->mailboxes);
  if (self->password_hash != NULL)
    explicit_bzero (self->password_hash, strlen (self->password_hash));
  g_free (self->password_hash);
  g_free (self->dn);
  g_free (self->identity);
  g_free (self->user_name);
  g_free (self->said_name);
  g_free (self->mailbox);
  g_strfreev (self->aliases);
  g_clear_error (&self->problem);
  g_free (self->warning);
  g_free (self);
}

void
ms_directory_person_refuse (MsDirectoryPerson *self, const char *field, const char *format, ...)
{
  va_list args;

  if (self->problem != NULL)
    return;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  ms_error_set (&self->problem, MS_ERROR_INVALID, "invalidValue", field, "%s", text);
}

/* Values ------------------------------------------------------------------------------------ */

/* (transfer full) (nullable): the value as text, without blanks around it; %NULL where it is empty
 * or none. @valid: (out): it is text, or empty */
static char *
dup_text (GBytes *value, gboolean *valid)
{
  gsize       length;
  const char *data = g_bytes_get_data (value, &length);

  *valid
      = length == 0
        || (memchr (data, '\0', length) == NULL && g_utf8_validate (data, (gssize) length, NULL));
  if (!*valid || length == 0)
    return NULL;
  char *text = g_strndup (data, length);
  char *stripped = ms_name_strip (text);
  /* It may be the hash of a password. */
  explicit_bzero (text, length);
  g_free (text);
  if (*stripped == '\0')
    g_clear_pointer (&stripped, g_free);
  return stripped;
}

static gboolean
check_count (MsDirectoryPerson *self, guint n, const char *there, const char *field)
{
  if (n > MAX_VALUES)
    ms_directory_person_refuse (
        self, field, "“%s” there has %u values, and %d at most are taken", there, n, MAX_VALUES);
  return n <= MAX_VALUES;
}

/* The texts of an attribute. (transfer full) (nullable): one of them is none, or there are too many
 */
static GPtrArray *
list_texts (MsDirectoryPerson *self, MsDirectoryEntry *entry, const char *there, const char *field)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  guint n = ms_directory_entry_count (entry, there);

  if (!check_count (self, n, there, field))
    return NULL;
  for (guint i = 0; i < n; i++)
    {
      gboolean valid;
      char    *text = dup_text (ms_directory_entry_get (entry, there, i), &valid);

      if (!valid)
        {
          ms_directory_person_refuse (self, field, "“%s” there is no text", there);
          return NULL;
        }
      if (text != NULL)
        g_ptr_array_add (texts, text);
    }
  return g_steal_pointer (&texts);
}

/* (transfer full) (nullable): the first, or none */
static char *
dup_first (MsDirectoryPerson *self, MsDirectoryEntry *entry, const char *there, const char *field)
{
  g_autoptr (GPtrArray) texts = there != NULL ? list_texts (self, entry, there, field) : NULL;

  return texts != NULL && texts->len > 0 ? g_strdup (texts->pdata[0]) : NULL;
}

/* Microsoft writes the first three parts with their low byte first. */
static char *
format_uuid (const guint8 *b, gboolean is_microsoft)
{
  static const guint8 plain[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
  static const guint8 swapped[] = { 3, 2, 1, 0, 5, 4, 7, 6 };
  const guint8       *at = is_microsoft ? swapped : plain;

  return g_strdup_printf ("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                          b[at[0]],
                          b[at[1]],
                          b[at[2]],
                          b[at[3]],
                          b[at[4]],
                          b[at[5]],
                          b[at[6]],
                          b[at[7]],
                          b[8],
                          b[9],
                          b[10],
                          b[11],
                          b[12],
                          b[13],
                          b[14],
                          b[15]);
}

char *
ms_directory_read_identity (MsDirectoryEntry *entry, const char *attribute)
{
  gboolean is_guid = g_ascii_strcasecmp (attribute, "objectGUID") == 0;
  gboolean valid;
  gsize    length;

  if (ms_directory_entry_count (entry, attribute) != 1)
    return NULL;
  GBytes       *value = ms_directory_entry_get (entry, attribute, 0);
  const guint8 *data = g_bytes_get_data (value, &length);
  if (is_guid)
    return length == 16 ? format_uuid (data, TRUE) : NULL;
  g_autofree char *text = dup_text (value, &valid);
  gboolean         is_plain = text != NULL && strlen (text) <= IDENTITY_MAX;
  for (const char *p = text; is_plain && *p != '\0'; p++)
    is_plain = g_ascii_isgraph (*p) || *p == ' ' || (*p & 0x80) != 0;
  /* Sixteen bytes of a number may happen to be text. */
  if (length == 16 && !is_plain)
    return format_uuid (data, FALSE);
  if (!is_plain || !ms_text_check (text, FALSE, NULL, NULL))
    return NULL;
  return g_uuid_string_is_valid (text) ? g_ascii_strdown (text, -1) : g_steal_pointer (&text);
}

/* RFC 4517 §3.3.13: 20261129205555Z, also with parts of a second, which are left out. (transfer
 * full) (nullable): it is none */
static char *
convert_time (const char *text)
{
  gsize       digits = strspn (text, "0123456789");
  const char *rest = text + digits;

  if (digits != 10 && digits != 12 && digits != 14)
    return NULL;
  if (*rest == '.' || *rest == ',')
    rest += 1 + strspn (rest + 1, "0123456789");
  gboolean is_utc = strcmp (rest, "Z") == 0;
  gboolean is_offset = (*rest == '+' || *rest == '-') && strlen (rest) == 5
                       && strspn (rest + 1, "0123456789") == 4;
  if (!is_utc && !is_offset)
    return NULL;
  g_autofree char *zone = is_utc ? g_strdup ("Z") : g_strdup_printf ("%.3s:%s", rest, rest + 3);
  return g_strdup_printf ("%.4s-%.2s-%.2sT%.2s:%.2s:%.2s%s",
                          text,
                          text + 4,
                          text + 6,
                          text + 8,
                          digits >= 12 ? text + 10 : "00",
                          digits == 14 ? text + 12 : "00",
                          zone);
}

/* (transfer full) (nullable): with @error */
static JsonNode *
convert (const MsAttribute *attribute, const char *text, GError **error)
{
  gboolean answer = FALSE;

  switch (attribute->type)
    {
    case MS_ATTR_BOOLEAN:
      if (ms_import_row_parse_answer (text, &answer))
        return json_node_init_boolean (json_node_alloc (), answer);
      break;
    case MS_ATTR_INTEGER:
    case MS_ATTR_DECIMAL:
      {
        /* What is none stays a text, which the attribute refuses by name. */
        JsonNode *number = ms_json_parse (text, -1, NULL, NULL);
        if (number != NULL && JSON_NODE_HOLDS_VALUE (number)
            && json_node_get_value_type (number) != G_TYPE_STRING)
          return number;
        g_clear_pointer (&number, json_node_unref);
        break;
      }
    case MS_ATTR_DATE_TIME:
      {
        g_autofree char *time = convert_time (text);
        return json_node_init_string (json_node_alloc (), time != NULL ? time : text);
      }
    case MS_ATTR_STRING:
    case MS_ATTR_BINARY:
    case MS_ATTR_REFERENCE:
    case MS_ATTR_COMPLEX:
    default:
      return json_node_init_string (json_node_alloc (), text);
    }
  g_autofree char *printable = ms_text_printable (text);
  g_autofree char *shown = ms_text_cut (printable, 60);
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                attribute->path,
                "“%s” is %s",
                shown,
                attribute->type == MS_ATTR_BOOLEAN ? "neither yes nor no" : "no number");
  return NULL;
}

/* (transfer full) */
static JsonNode *
make_element (const MsAttribute *attribute, const char *text)
{
  JsonObject        *element = json_object_new ();
  const MsAttribute *type = ms_attribute_find_sub (attribute, "type");

  json_object_set_string_member (element, "value", text);
  if (type != NULL && type->type == MS_ATTR_STRING)
    json_object_set_string_member (element, "type", "work");
  JsonNode *node = json_node_alloc ();
  json_node_init_object (node, element);
  json_object_unref (element);
  return node;
}

/* (transfer full) (nullable): with @error */
static JsonNode *
convert_all (const MsDirectoryField *field, GPtrArray *texts, GError **error)
{
  g_autoptr (JsonArray) array = json_array_new ();

  if (!field->attribute->multi_valued)
    return convert (field->attribute, texts->pdata[0], error);
  for (guint i = 0; i < texts->len; i++)
    {
      JsonNode *node = field->is_elements ? make_element (field->attribute, texts->pdata[i])
                                          : convert (field->attribute, texts->pdata[i], error);
      if (node == NULL)
        return NULL;
      json_array_add_element (array, node);
    }
  return json_node_init_array (json_node_alloc (), array);
}

/* Bytes are Base64 here. (transfer full) (nullable) */
static GPtrArray *
list_values (MsDirectoryPerson *self, MsDirectoryEntry *entry, const MsDirectoryField *field)
{
  if (field->attribute->type != MS_ATTR_BINARY)
    return list_texts (self, entry, field->there, field->path);
  guint n = ms_directory_entry_count (entry, field->there);
  if (!check_count (self, n, field->there, field->path))
    return NULL;
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < n; i++)
    {
      gsize         length;
      const guchar *data
          = g_bytes_get_data (ms_directory_entry_get (entry, field->there, i), &length);
      g_ptr_array_add (texts, g_base64_encode (data, length));
    }
  return texts;
}

/* Those that could be one. (transfer full) */
static JsonNode *
list_choices (const MsDirectoryField *field, GPtrArray *texts)
{
  g_autoptr (JsonArray) array = json_array_new ();

  for (guint i = 0; i < texts->len; i++)
    {
      g_autoptr (JsonNode) given = convert (field->attribute, texts->pdata[i], NULL);
      JsonNode *value = NULL;
      if (given != NULL && ms_value_check_all (field->attribute, given, NULL, &value, NULL))
        json_array_add_element (array, value);
    }
  return json_node_init_array (json_node_alloc (), array);
}

static void
read_field (MsDirectoryPerson      *self,
            MsDirectoryEntry       *entry,
            const MsDirectoryField *field,
            guint                   i)
{
  g_autoptr (GPtrArray) texts = list_values (self, entry, field);
  g_autoptr (GError) error = NULL;

  if (texts == NULL || texts->len == 0)
    return;
  g_autoptr (JsonNode) given = convert_all (field, texts, &error);
  if (given == NULL
      || !ms_value_check_all (field->attribute, given, NULL, &self->values[i], &error))
    {
      ms_directory_person_refuse (self, field->path, "%s", error->message);
      return;
    }
  if (!field->attribute->multi_valued && texts->len > 1)
    self->choices[i] = list_choices (field, texts);
}

/* Addresses and the password ---------------------------------------------------------------- */

/* (transfer full) (nullable) */
typedef char *(*NormalFunc) (const char *text, const char *primary_domain);

static char *
normalize_mailbox (const char *text, const char *primary_domain)
{
  return ms_address_normalize (text, primary_domain, "mailbox", NULL);
}

static char *
normalize_name (const char *text, const char *primary_domain)
{
  return ms_name_prepare (text, MS_NAME_IDENTIFIER, "userName", NULL);
}

/* Those that could be one. (transfer full) */
static char **
list_normal (MsDirectoryPerson *self,
             MsDirectoryEntry  *entry,
             const char        *there,
             const char        *field,
             NormalFunc         normalize,
             const char        *primary_domain)
{
  g_autoptr (GPtrArray) texts = list_texts (self, entry, there, field);
  g_autoptr (GPtrArray) normal = g_ptr_array_new ();

  for (guint i = 0; texts != NULL && i < texts->len; i++)
    {
      char *text = normalize (texts->pdata[i], primary_domain);
      if (text != NULL)
        g_ptr_array_add (normal, text);
    }
  g_ptr_array_add (normal, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&normal), FALSE);
}

static void
read_mailbox (MsDirectoryPerson       *self,
              const MsDirectoryConfig *config,
              MsDirectoryEntry        *entry,
              const char              *primary_domain)
{
  g_autofree char *text = dup_first (self, entry, config->mailbox, "mailbox");
  g_autoptr (GError) error = NULL;

  self->has_mailbox = text != NULL;
  /* A user name may be no address: of no matter where no mailbox is made. */
  if (text == NULL
      && (config->mailbox != NULL || self->user_name == NULL || !config->create_mailboxes))
    return;
  self->mailbox = ms_address_normalize (
      text != NULL ? text : self->user_name, primary_domain, "mailbox", &error);
  if (self->mailbox == NULL)
    ms_directory_person_refuse (self, "mailbox", "%s", error->message);
  else if (text != NULL && ms_directory_entry_count (entry, config->mailbox) > 1)
    self->mailboxes
        = list_normal (self, entry, config->mailbox, "mailbox", normalize_mailbox, primary_domain);
}

/* "smtp:ann@example.org"; the address itself stands there as "SMTP:…". (transfer full) (nullable):
 * it is of another kind */
static char *
dup_alias (const char *text)
{
  const char *colon = strchr (text, ':');

  if (colon == NULL)
    return g_strdup (text);
  if (g_ascii_strncasecmp (text, "smtp:", 5) == 0 || g_ascii_strncasecmp (text, "mailto:", 7) == 0)
    return g_strstrip (g_strdup (colon + 1));
  return NULL;
}

static void
read_aliases (MsDirectoryPerson       *self,
              const MsDirectoryConfig *config,
              MsDirectoryEntry        *entry,
              const char              *primary_domain)
{
  if (config->aliases == NULL)
    return;
  g_autoptr (GPtrArray) texts = list_texts (self, entry, config->aliases, "aliases");
  g_autoptr (GPtrArray) aliases = g_ptr_array_new ();
  for (guint i = 0; texts != NULL && i < texts->len; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *alias = dup_alias (texts->pdata[i]);
      char            *normal = alias != NULL && *alias != '\0'
                                    ? ms_address_normalize (alias, primary_domain, "aliases", &error)
                                    : NULL;
      if (normal != NULL)
        g_ptr_array_add (aliases, normal);
      else if (error != NULL)
        ms_directory_person_refuse (self, "aliases", "%s", error->message);
    }
  g_ptr_array_add (aliases, NULL);
  self->aliases = (char **) g_ptr_array_free (g_steal_pointer (&aliases), FALSE);
}

static void
read_quota (MsDirectoryPerson *self, const MsDirectoryConfig *config, MsDirectoryEntry *entry)
{
  g_autofree char *text = dup_first (self, entry, config->quota, "quota");
  g_autoptr (GError) error = NULL;

  self->quota = -1;
  if (text != NULL && !ms_text_parse_size (text, &self->quota, &error))
    ms_directory_person_refuse (self, "quota", "%s", error->message);
}

/* What the error says of a hash may repeat parts of it, so it is not told. */
static void
read_password (MsDirectoryPerson *self, const MsDirectoryConfig *config, MsDirectoryEntry *entry)
{
  guint n
      = config->password_hash != NULL ? ms_directory_entry_count (entry, config->password_hash) : 0;

  for (guint i = 0; i < MIN (n, MAX_VALUES) && self->password_hash == NULL; i++)
    {
      gboolean valid;
      char    *text = dup_text (ms_directory_entry_get (entry, config->password_hash, i), &valid);

      if (text == NULL)
        continue;
      self->password_hash = ms_password_check_hash (text, NULL);
      explicit_bzero (text, strlen (text));
      g_free (text);
    }
  if (n > 0 && self->password_hash == NULL)
    self->warning = g_strdup ("The password there is of a kind that is not taken; it was left as "
                              "it is here");
}

/* Whoever looks for the entry knows it by that. */
static void
say_name (MsDirectoryPerson *self, const char *text)
{
  g_autofree char *line = ms_text_printable_line (text);

  self->said_name = ms_text_cut (line, SAID_BYTES);
}

MsDirectoryPerson *
ms_directory_person_new (const MsDirectoryConfig *config,
                         MsDirectoryEntry        *entry,
                         const char              *primary_domain)
{
  MsDirectoryPerson *self = g_new0 (MsDirectoryPerson, 1);
  g_autoptr (GError) error = NULL;

  self->dn = ms_text_printable_line (ms_directory_entry_get_dn (entry));
  self->is_active = TRUE;
  self->n_values = config->fields->len;
  self->values = g_new0 (JsonNode *, MAX (self->n_values, 1));
  self->choices = g_new0 (JsonNode *, MAX (self->n_values, 1));
  self->identity = ms_directory_read_identity (entry, config->identity);
  if (self->identity == NULL)
    ms_directory_person_refuse (self,
                                "identity",
                                "The entry has no “%s” of one value that could tell it from others",
                                config->identity);
  g_autofree char *user_name = dup_first (self, entry, config->user_name, "userName");
  if (user_name == NULL)
    ms_directory_person_refuse (self, "userName", "The entry has no “%s”", config->user_name);
  else
    self->user_name = ms_name_prepare (user_name, MS_NAME_IDENTIFIER, "userName", &error);
  if (error != NULL)
    {
      ms_directory_person_refuse (self, "userName", "%s", error->message);
      say_name (self, user_name);
    }
  else if (ms_directory_entry_count (entry, config->user_name) > 1)
    self->user_names
        = list_normal (self, entry, config->user_name, "userName", normalize_name, primary_domain);
  for (guint i = 0; i < self->n_values; i++)
    read_field (self, entry, config->fields->pdata[i], i);
  read_mailbox (self, config, entry, primary_domain);
  read_aliases (self, config, entry, primary_domain);
  read_quota (self, config, entry);
  read_password (self, config, entry);
  return self;
}
