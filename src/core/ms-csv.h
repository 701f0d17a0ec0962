/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * CSV from anywhere (RFC 4180 and what programs really write): detects encoding, delimiter, quote
 * and header, reads record by record with the line each began on, and bounds every field. And the
 * writer, which makes cells that a spreadsheet would run as formulas harmless in a way that the
 * reader undoes.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *encoding;  /* "UTF-8", "UTF-16LE", "WINDOWS-1252", …: static string */
  char        delimiter; /* ',' ';' '\t' or '|' */
  char        quote;     /* '"' or '\'' ; 0 = none */
  gboolean    has_header;
} MsCsvFormat;

typedef struct
{
  gsize max_file;    /* 64 MiB */
  gsize max_field;   /* 32 MiB */
  guint max_columns; /* 16,384 */
} MsCsvLimits;

extern const MsCsvLimits ms_csv_default_limits;

typedef struct _MsCsvReader MsCsvReader;

/* What the file looks like, from its first 64 KiB. Fails (%MS_ERROR_INVALID) where it is not text
 * at all. */
gboolean ms_csv_detect (const char *data, gsize length, MsCsvFormat *format, GError **error);
/* Whether @text is what importers and exporters call a column, in the languages that files come
 * in, or the path of an attribute (“urn:…”). */
gboolean ms_csv_is_column_name (const char *text);
/* @data is copied after conversion to UTF-8. Undecodable bytes are an error naming the line. */
MsCsvReader *ms_csv_reader_new (const char        *data,
                                gsize              length,
                                const MsCsvFormat *format,
                                const MsCsvLimits *limits,
                                GError           **error) G_GNUC_WARN_UNUSED_RESULT;
void         ms_csv_reader_free (MsCsvReader *self);
/* The next record's fields, or %NULL at the end (no error) or on a bad record (error names line and
 * column; reading may go on with the next record). Empty lines are passed over. @line: where the
 * record began, from 1. The header is not returned as a record. (transfer full) (nullable) */
char **ms_csv_reader_next (MsCsvReader *self, guint *line, GError **error);
/* (transfer none): the header's names, or "1", "2", … where there is none */
const char *const *ms_csv_reader_get_columns (MsCsvReader *self);
void               ms_csv_reader_rewind (MsCsvReader *self);

/* Appends one record, CRLF at the end; cells that begin with = + - @ tab or CR get a leading
 * apostrophe, and cells that begin with an apostrophe a second one; the reader takes one off again
 * where
 * @undo_formula_guard of the import says so. */
void  ms_csv_append_record (GString *out, const char *const *fields, char delimiter);
char *ms_csv_unguard (const char *field);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsCsvReader, ms_csv_reader_free)

G_END_DECLS
