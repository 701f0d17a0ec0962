/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The CSV reader: one pass over text that was decoded and checked before, so that no byte is looked
 * at twice and a hostile file costs no more than its length. A quote left open ends the reading:
 * where it should have been closed nobody can know.
 */
#include "ms-csv-private.h"

#include "ms-error.h"

#include <string.h>

/* What the server itself exports fits in: 100,000 members of a list, each with an address as long
 * as there are, are 26 MB. */
const MsCsvLimits ms_csv_default_limits = {
  .max_file = 64 * 1024 * 1024,
  .max_field = 32 * 1024 * 1024,
  .max_columns = 16384,
};

struct _MsCsvReader
{
  char       *text;
  const char *at;
  const char *end;
  const char *line_start;
  guint       line;

  MsCsvFormat format;
  MsCsvLimits limits;
  char      **columns;

  /* Where the first record begins, for rewinding. */
  const char *first;
  guint       first_line;

  GString *field;
};

void
ms_csv_reader_free (MsCsvReader *self)
{
  if (self == NULL)
    return;
  g_free (self->text);
  g_strfreev (self->columns);
  g_string_free (self->field, TRUE);
  g_free (self);
}

/* Characters --------------------------------------------------------------------------------- */

static gboolean
at_line_end (MsCsvReader *self)
{
  return self->at >= self->end || *self->at == '\n' || *self->at == '\r';
}

/* Passes over one line break: LF, CR LF or CR. */
static void
take_line_break (MsCsvReader *self)
{
  if (self->at >= self->end)
    return;
  if (*self->at == '\r' && self->at + 1 < self->end && self->at[1] == '\n')
    self->at++;
  self->at++;
  self->line++;
  self->line_start = self->at;
}

static gboolean
is_blank (MsCsvReader *self, char c)
{
  return c == ' ' || (c == '\t' && self->format.delimiter != '\t');
}

static void
skip_line (MsCsvReader *self)
{
  while (!at_line_end (self))
    self->at++;
  take_line_break (self);
}

/* Lines of nothing, or nothing but blanks. */
static void
skip_empty_lines (MsCsvReader *self)
{
  while (self->at < self->end)
    {
      const char *p = self->at;
      while (p < self->end && is_blank (self, *p))
        p++;
      if (p < self->end && *p != '\n' && *p != '\r')
        return;
      self->at = p;
      take_line_break (self);
    }
}

/* Fields ------------------------------------------------------------------------------------- */

/* A place in the text. Its column is only counted when it is told, or a long line would cost its
 * square. */
typedef struct
{
  const char *where;
  const char *line_start;
  guint       line;
} Place;

/* What is wrong with the record being read; the first fault counts. */
typedef struct
{
  MsError     code;
  Place       place;
  const char *what;
} Fault;

static const char too_long[] = "the field is longer than";
static const char too_many[] = "the record has more than";

static Place
get_place (MsCsvReader *self, const char *where)
{
  return (Place){ .where = where, .line_start = self->line_start, .line = self->line };
}

static void
note_fault (Fault *fault, MsError code, Place place, const char *what)
{
  if (fault->what == NULL)
    *fault = (Fault){ .code = code, .place = place, .what = what };
}

static void
report_fault (MsCsvReader *self, const Fault *fault, GError **error)
{
  const Place     *place = &fault->place;
  glong            column = g_utf8_pointer_to_offset (place->line_start, place->where) + 1;
  g_autofree char *limit = NULL;

  if (fault->what == too_long)
    limit = g_strdup_printf (" %" G_GSIZE_FORMAT " bytes", self->limits.max_field);
  else if (fault->what == too_many)
    limit = g_strdup_printf (" %u fields, and a file may have %u columns at most",
                             self->limits.max_columns,
                             self->limits.max_columns);

  ms_error_set (error,
                fault->code,
                fault->code == MS_ERROR_INVALID ? "invalidSyntax" : NULL,
                NULL,
                "line %u, column %ld: %s%s",
                place->line,
                column,
                fault->what,
                limit != NULL ? limit : "");
}

static void
keep (MsCsvReader *self, const char *from, gsize length, Place field, Fault *fault)
{
  if (self->field->len + length <= self->limits.max_field)
    g_string_append_len (self->field, from, (gssize) length);
  else
    note_fault (fault, MS_ERROR_LIMIT, field, too_long);
}

/* After the opening quote, up to after the closing one. FALSE where it is missing. */
static gboolean
read_quoted (MsCsvReader *self, Fault *fault)
{
  Place start = get_place (self, self->at - 1);

  while (self->at < self->end)
    {
      const char *run = self->at;
      while (self->at < self->end && *self->at != self->format.quote && *self->at != '\n'
             && *self->at != '\r')
        self->at++;
      keep (self, run, (gsize) (self->at - run), start, fault);
      if (self->at >= self->end)
        break;
      if (*self->at != self->format.quote)
        {
          take_line_break (self);
          keep (self, "\n", 1, start, fault);
          continue;
        }
      self->at++;
      if (self->at >= self->end || *self->at != self->format.quote)
        return TRUE;
      keep (self, self->at, 1, start, fault);
      self->at++;
    }
  note_fault (fault, MS_ERROR_INVALID, start, "the quote that opens here is never closed");
  return FALSE;
}

static void
read_plain (MsCsvReader *self, Fault *fault)
{
  const char *start = self->at;

  while (!at_line_end (self) && *self->at != self->format.delimiter)
    self->at++;
  keep (self, start, (gsize) (self->at - start), get_place (self, start), fault);
}

/* Leaves the field's text in self->field and the cursor at a delimiter or the line's end. FALSE
 * where it makes no sense to go on in this record. */
static gboolean
read_field (MsCsvReader *self, Fault *fault)
{
  const char *p = self->at;

  g_string_truncate (self->field, 0);
  while (p < self->end && is_blank (self, *p))
    p++;
  if (self->format.quote == 0 || p >= self->end || *p != self->format.quote)
    {
      read_plain (self, fault);
      return TRUE;
    }
  self->at = p + 1;
  if (!read_quoted (self, fault))
    return FALSE;
  while (self->at < self->end && is_blank (self, *self->at))
    self->at++;
  if (at_line_end (self) || *self->at == self->format.delimiter)
    return TRUE;
  note_fault (fault, MS_ERROR_INVALID, get_place (self, self->at), "text after a closing quote");
  return FALSE;
}

/* Reads to the end of the record, whatever is wrong with it. (element-type utf8) */
static GPtrArray *
read_fields (MsCsvReader *self, Fault *fault)
{
  GPtrArray *fields = g_ptr_array_new_with_free_func (g_free);

  for (;;)
    {
      if (!read_field (self, fault))
        {
          skip_line (self);
          break;
        }
      if (fields->len < self->limits.max_columns)
        g_ptr_array_add (fields, g_strndup (self->field->str, self->field->len));
      else
        note_fault (fault, MS_ERROR_LIMIT, get_place (self, self->at), too_many);
      if (at_line_end (self))
        {
          take_line_break (self);
          break;
        }
      self->at++;
    }
  return fields;
}

static char **
read_record (MsCsvReader *self, guint *line, Fault *fault)
{
  skip_empty_lines (self);
  if (self->at >= self->end)
    return NULL;
  *line = self->line;
  g_autoptr (GPtrArray) fields = read_fields (self, fault);
  if (fault->what != NULL)
    return NULL;
  g_ptr_array_add (fields, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&fields), FALSE);
}

char **
ms_csv_reader_next (MsCsvReader *self, guint *line, GError **error)
{
  Fault fault = { 0 };
  guint begun = 0;

  g_return_val_if_fail (self != NULL, NULL);

  char **fields = read_record (self, &begun, &fault);
  if (line != NULL && begun > 0)
    *line = begun;
  if (fault.what != NULL)
    report_fault (self, &fault, error);
  return fields;
}

/* Columns ------------------------------------------------------------------------------------ */

/* Names from the header; numbers where it has none. */
static char **
name_columns (char **fields, gboolean has_header)
{
  guint  count = fields != NULL ? g_strv_length (fields) : 0;
  char **names = g_new0 (char *, count + 1);

  for (guint i = 0; i < count; i++)
    {
      g_autofree char *name = has_header ? g_strstrip (g_strdup (fields[i])) : g_strdup ("");
      names[i] = *name != '\0' ? g_steal_pointer (&name) : g_strdup_printf ("%u", i + 1);
    }
  return names;
}

gsize
ms_csv_skip_delimiter_line (const char *text, gsize length, char *delimiter)
{
  static const char word[] = "sep=";
  const gsize       n = sizeof word; /* with the character itself */

  if (length <= n || g_ascii_strncasecmp (text, word, n - 1) != 0
      || strchr (",;\t|", text[n - 1]) == NULL || (text[n] != '\n' && text[n] != '\r'))
    return 0;
  *delimiter = text[n - 1];
  return n + 1 + (text[n] == '\r' && length > n + 1 && text[n + 1] == '\n');
}

MsCsvReader *
ms_csv_reader_new_for_text (
    char *text, gsize length, const MsCsvFormat *format, const MsCsvLimits *limits, GError **error)
{
  g_autoptr (MsCsvReader) self = g_new0 (MsCsvReader, 1);
  Fault fault = { 0 };
  guint line = 0;
  char  delimiter;
  gsize skipped = ms_csv_skip_delimiter_line (text, length, &delimiter);

  self->text = text;
  self->at = self->line_start = self->first = text + skipped;
  self->end = text + length;
  self->line = self->first_line = skipped > 0 ? 2 : 1;
  self->format = *format;
  self->limits = limits != NULL ? *limits : ms_csv_default_limits;
  self->field = g_string_new (NULL);

  g_auto (GStrv) fields = read_record (self, &line, &fault);
  /* Without a header a first record that cannot be read is one of many; one that is too wide says
   * that the file is. */
  if (fault.what != NULL && (format->has_header || fault.what == too_many))
    {
      report_fault (self, &fault, error);
      return NULL;
    }
  self->columns = name_columns (fields, format->has_header);
  if (format->has_header)
    {
      self->first = self->at;
      self->first_line = self->line;
    }
  ms_csv_reader_rewind (self);
  return g_steal_pointer (&self);
}

MsCsvReader *
ms_csv_reader_new (const char        *data,
                   gsize              length,
                   const MsCsvFormat *format,
                   const MsCsvLimits *limits,
                   GError           **error)
{
  g_return_val_if_fail (data != NULL || length == 0, NULL);
  g_return_val_if_fail (format != NULL && format->encoding != NULL, NULL);

  gsize max_file = limits != NULL ? limits->max_file : ms_csv_default_limits.max_file;
  gsize decoded_length;

  if (length > max_file)
    {
      ms_error_set (error,
                    MS_ERROR_LIMIT,
                    NULL,
                    NULL,
                    "the file has %" G_GSIZE_FORMAT " bytes; at most %" G_GSIZE_FORMAT " are taken",
                    length,
                    max_file);
      return NULL;
    }
  char *text = ms_csv_decode (data, length, format->encoding, &decoded_length, error);
  if (text == NULL)
    return NULL;
  return ms_csv_reader_new_for_text (text, decoded_length, format, limits, error);
}

const char *const *
ms_csv_reader_get_columns (MsCsvReader *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return (const char *const *) self->columns;
}

void
ms_csv_reader_rewind (MsCsvReader *self)
{
  g_return_if_fail (self != NULL);

  self->at = self->line_start = self->first;
  self->line = self->first_line;
}
