/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The fields that a column may be mapped to, and how the format of a file is named.
 */
#pragma once

#include <gio/gio.h>
#include "ms-csv.h"

G_BEGIN_DECLS

typedef struct
{
  const char *name;  /* on the wire; "" = ignored */
  const char *label; /* for people; translate with gettext() */
} MsImportColumn;

/* The first is "ignored"; the last has a %NULL name. */
extern const MsImportColumn ms_import_columns[];

/* Position in the table; 0 where there is none of this name. */
guint       ms_import_column_find (const char *name);
const char *ms_import_column_get_label (const char *name);
/* What a column is likely to be: by its name, or by its place where there is no header. Position in
 * the table. */
guint ms_import_column_guess (const char *column, guint position, gboolean has_header);

extern const char *const ms_import_encodings[];  /* %NULL-terminated */
extern const char        ms_import_delimiters[]; /* ",;\t|" */
extern const char        ms_import_quotes[];     /* 3: double, single, none */

G_END_DECLS
