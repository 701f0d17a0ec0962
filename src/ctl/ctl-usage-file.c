/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files of readings. JSON lines are readings as the API takes them. Dovecot's "doveadm quota get
 * -A" prints, for each user and quota, a line of what is stored in KiB and one of how many
 * messages, as a table or (with -f tab) parted by tabs; the name of a quota may hold spaces, so a
 * line of the table is read from its end. What Dovecot cannot count is "error" there, or what is
 * left of a number that fell below 0; that is refused by itself, and the rest is taken.
 */
#include "config.h"

#include <string.h>

#include "ctl-usage-private.h"

#define KIBIBYTE 1024
/* No mailbox has more: 8 TiB, or as many messages, which is the most that the API takes. Dovecot's
 * numbers that fell below 0 are far above. */
#define MOST (G_GINT64_CONSTANT (1) << 43)
/* What comes behind the name of the quota: Type, Value, Limit, %. */
#define LAST_FIELDS 4

typedef enum
{
  FORM_JSON,
  FORM_TAB,
  FORM_TABLE,
} Form;

typedef struct
{
  const char  *file;
  const char  *quota; /* (nullable) */
  Form         form;
  MsUsageFile *found;
  GHashTable  *users;  /* utf8 -> MsUsageLine, of found->lines */
  GHashTable  *quotas; /* utf8: user -> utf8: which quota counts */
  guint        at;     /* the line at hand */
} Reader;

void
ms_usage_line_free (MsUsageLine *self)
{
  json_object_unref (self->reading);
  g_free (self);
}

void
ms_usage_file_free (MsUsageFile *self)
{
  g_ptr_array_unref (self->lines);
  g_ptr_array_unref (self->refused);
  g_free (self->other);
  g_free (self);
}

static gboolean fail (const Reader *self, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
fail (const Reader *self, GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  ms_error_set (
      error, MS_ERROR_INVALID, NULL, NULL, _ ("%s, line %u: %s"), self->file, self->at, text);
  return FALSE;
}

/* @lines: of what is sent, or refused. @reading: (transfer full) */
static MsUsageLine *
add_line (Reader *self, GPtrArray *lines, JsonObject *reading)
{
  MsUsageLine *line = g_new0 (MsUsageLine, 1);

  line->line = self->at;
  line->reading = reading;
  g_ptr_array_add (lines, line);
  return line;
}

/* JSON ---------------------------------------------------------------------------------------- */

static gboolean
read_json (Reader *self, const char *text, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (JsonNode) node = ms_json_parse (text, -1, &ms_json_default_limits, &cause);

  if (node == NULL)
    return fail (self, error, "%s", cause->message);
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (self, error, "%s", _ ("this is no JSON object"));
  (void) add_line (self, self->found->lines, json_object_ref (json_node_get_object (node)));
  return TRUE;
}

/* Dovecot ------------------------------------------------------------------------------------- */

/* One line: "anna", "User quota", "STORAGE", "1204", "-", "0" */
typedef struct
{
  char *user;
  char *quota;
  char *type;
  char *value;
} Fields;

static void
fields_clear (Fields *self)
{
  g_free (self->user);
  g_free (self->quota);
  g_free (self->type);
  g_free (self->value);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fields, fields_clear)

static gboolean
split_tabs (const char *text, Fields *fields)
{
  g_auto (GStrv) parts = g_strsplit (text, "\t", -1);

  if (g_strv_length (parts) < 2 + LAST_FIELDS - 1)
    return FALSE;
  *fields = (Fields){
    g_strdup (parts[0]), g_strdup (parts[1]), g_strdup (parts[2]), g_strdup (parts[3])
  };
  return TRUE;
}

static gboolean
split_table (const char *text, Fields *fields)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t", -1);
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();

  for (char **word = words; *word != NULL; word++)
    if (**word != '\0')
      g_ptr_array_add (parts, *word);
  if (parts->len < 1 + LAST_FIELDS)
    return FALSE;
  guint type = parts->len - LAST_FIELDS;
  g_autoptr (GString) quota = g_string_new (NULL);
  for (guint i = 1; i < type; i++)
    g_string_append_printf (quota, "%s%s", i > 1 ? " " : "", (char *) parts->pdata[i]);
  *fields = (Fields){ g_strdup (parts->pdata[0]),
                      g_strdup (quota->str),
                      g_strdup (parts->pdata[type]),
                      g_strdup (parts->pdata[type + 1]) };
  return TRUE;
}

/* Of several quotas that a user has, those of one are taken. */
static gboolean
counts (Reader *self, const Fields *fields)
{
  if (self->quota != NULL)
    return strcmp (self->quota, fields->quota) == 0;
  const char *first = g_hash_table_lookup (self->quotas, fields->user);
  if (first != NULL)
    return strcmp (first, fields->quota) == 0;
  g_hash_table_insert (self->quotas, g_strdup (fields->user), g_strdup (fields->quota));
  return TRUE;
}

static MsUsageLine *
find_line (Reader *self, const char *user)
{
  MsUsageLine *line = g_hash_table_lookup (self->users, user);

  if (line != NULL)
    return line;
  line = add_line (self, self->found->lines, json_object_new ());
  json_object_set_string_member (line->reading, "mailbox", user);
  g_hash_table_insert (self->users, g_strdup (user), line);
  return line;
}

static gboolean
read_count (const Fields *fields, gboolean is_storage, gint64 *count)
{
  gint64 unit = is_storage ? KIBIBYTE : 1;
  gint64 value = 0;

  if (!g_ascii_string_to_signed (fields->value, 10, 0, MOST / unit, &value, NULL))
    return FALSE;
  *count = value * unit;
  return TRUE;
}

static void
pass_over (MsUsageFile *found, const Fields *fields)
{
  found->passed_over++;
  if (found->other == NULL)
    found->other = g_strdup (fields->quota);
}

static void
refuse (Reader *self, const Fields *fields)
{
  JsonObject      *refusal = json_object_new ();
  g_autofree char *reason
      = *fields->user == '\0' ? g_strdup (_ ("mailbox: is missing: there is no user in this line"))
                              : g_strdup_printf (_ ("“%s” is no count of the quota “%s” of “%s”"),
                                                    fields->value,
                                                    fields->quota,
                                                    fields->user);

  json_object_set_string_member (refusal, "mailbox", fields->user);
  json_object_set_string_member (refusal, "reason", reason);
  (void) add_line (self, self->found->refused, refusal);
}

static gboolean
read_quota (Reader *self, const char *text, GError **error)
{
  g_auto (Fields) fields = { 0 };
  gint64 count = 0;

  if (!(self->form == FORM_TAB ? split_tabs (text, &fields) : split_table (text, &fields)))
    return fail (self, error, "%s", _ ("this is no line of “doveadm quota get -A”"));
  gboolean is_storage = strcmp (fields.type, "STORAGE") == 0;
  if (!is_storage && strcmp (fields.type, "MESSAGE") != 0)
    return fail (self,
                 error,
                 _ ("there is no quota of the type “%s”: it is STORAGE or MESSAGE"), fields.type);
  if (!counts (self, &fields))
    pass_over (self->found, &fields);
  else if (*fields.user == '\0' || !read_count (&fields, is_storage, &count))
    refuse (self, &fields);
  else
    json_object_set_int_member (find_line (self, fields.user)->reading,
                                is_storage ? "storedBytes" : "storedMessages",
                                count);
  return TRUE;
}

/* Files --------------------------------------------------------------------------------------- */

static gboolean
is_blank (const char *text)
{
  return text[strspn (text, " \t\r")] == '\0';
}

/* In columns or parted by tabs. */
static gboolean
is_header (const char *text)
{
  static const char *const begin[] = { "Username", "Quota", "name", "Type" };
  const char              *at = text;

  for (guint i = 0; i < G_N_ELEMENTS (begin); i++)
    {
      at += i > 0 ? strspn (at, " \t") : 0;
      gsize length = strcspn (at, " \t");
      if (length != strlen (begin[i]) || memcmp (at, begin[i], length) != 0)
        return FALSE;
      at += length;
    }
  return TRUE;
}

/* By -f flow, pager or json of doveadm, which say in each line what is what. */
static gboolean
is_other_form (const char *text)
{
  return g_str_has_prefix (text, "Username=") || g_str_has_prefix (text, "Username: ")
         || g_str_has_prefix (text, "[{\"username\":");
}

/* By the first line that holds something, which is its header unless it is JSON. */
static gboolean
find_form (Reader *self, const char *text, gboolean *header, GError **error)
{
  *header = is_header (text);
  if (!*header && text[strspn (text, " \t")] == '{')
    self->form = FORM_JSON;
  else if (*header)
    self->form = strchr (text, '\t') != NULL ? FORM_TAB : FORM_TABLE;
  else if (is_other_form (text))
    return fail (
        self, error, "%s", _ ("“doveadm quota get -A” printed this in another form: use -f tab"));
  else
    return fail (self,
                 error,
                 "%s",
                 _ ("neither a JSON object nor the first line of “doveadm quota get -A”,"
                    " which begins with “Username” (-A is missing?)"));
  return TRUE;
}

static gboolean
read_lines (Reader *self, char **lines, GError **error)
{
  gboolean begun = FALSE;

  for (self->at = 1; lines[self->at - 1] != NULL; self->at++)
    {
      char    *text = lines[self->at - 1];
      gboolean header = FALSE;
      if (g_str_has_suffix (text, "\r"))
        text[strlen (text) - 1] = '\0';
      if (is_blank (text))
        continue;
      if (!g_utf8_validate (text, -1, NULL))
        return fail (self, error, "%s", _ ("this is no UTF-8"));
      if (!begun && !find_form (self, text, &header, error))
        return FALSE;
      /* Further tables may follow, of other hosts, each with its header. */
      if (begun && self->form != FORM_JSON && is_header (text)
          && !find_form (self, text, &header, error))
        return FALSE;
      begun = TRUE;
      if (header)
        continue;
      if (!(self->form == FORM_JSON ? read_json (self, text, error)
                                    : read_quota (self, text, error)))
        return FALSE;
    }
  return TRUE;
}

MsUsageFile *
ms_usage_file_parse (const char *file, const char *text, const char *quota, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (MsUsageFile) found = g_new0 (MsUsageFile, 1);
  Reader reader = { .file = file, .quota = quota, .found = found };

  found->lines = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_usage_line_free);
  found->refused = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_usage_line_free);
  reader.users = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  reader.quotas = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gboolean done = read_lines (&reader, lines, error);
  g_hash_table_unref (reader.users);
  g_hash_table_unref (reader.quotas);
  found->is_dovecot = reader.form != FORM_JSON;
  return done ? g_steal_pointer (&found) : NULL;
}
