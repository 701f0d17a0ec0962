/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The fields that a column of an import may be mapped to, and what such columns are called in the
 * files people really have. The export writes the same names, so that the import takes its files
 * back.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MS_IMPORT_USER_NAME,
  MS_IMPORT_DISPLAY_NAME,
  MS_IMPORT_GIVEN_NAME,
  MS_IMPORT_FAMILY_NAME,
  MS_IMPORT_PASSWORD,
  MS_IMPORT_PASSWORD_HASH,
  MS_IMPORT_ALIASES,
  MS_IMPORT_GROUP,
  MS_IMPORT_QUOTA,
  MS_IMPORT_FORWARD_TO,
  MS_IMPORT_KEEP_COPY,
  MS_IMPORT_DESCRIPTION,
  MS_IMPORT_MAILBOX_DESCRIPTION,
  MS_IMPORT_TITLE,
  MS_IMPORT_DEPARTMENT,
  MS_IMPORT_EMPLOYEE_NUMBER,
  MS_IMPORT_PHONE,
  MS_IMPORT_DOMAIN,
  MS_IMPORT_ACTIVE,
  MS_IMPORT_MAILBOX_ACTIVE,
  MS_IMPORT_MAILBOX,
  MS_IMPORT_PRIMARY,
  MS_IMPORT_OWNER,
  MS_IMPORT_EXTERNAL_ID,
  /* Of mailing lists; a file with a column for the first of them is one of lists */
  MS_IMPORT_LIST,
  MS_IMPORT_ADDRESS,
  MS_IMPORT_MEMBERS,
  MS_IMPORT_EXTERNAL_MEMBERS,
  MS_IMPORT_N_FIELDS,
} MsImportField;

/* A column for an attribute that operators added; the path of which is kept beside the mapping */
#define MS_IMPORT_MORE MS_IMPORT_N_FIELDS

/* A column that nothing is taken from */
#define MS_IMPORT_IGNORED (-1)
/* What the mailbox column says of a user who has none; cannot be the name of one */
#define MS_IMPORT_NO_MAILBOX "(none)"
/* The column that a rejects file has behind the ones it came with */
#define MS_IMPORT_ERROR_COLUMN "error"

/* As in the options of an import and in the header of an export: "userName" */
const char *ms_import_field_get_name (MsImportField field);
/* Exactly that name; %MS_IMPORT_IGNORED where there is none. */
int ms_import_field_by_name (const char *name);
/* Whether a column called @column is one of @field by its name, in any of the spellings. */
gboolean ms_import_field_is_spelt (MsImportField field, const char *column);
/* The field for the attribute @path of a User, Mailbox or Group, for errors that name one. */
int ms_import_field_by_path (const char *path);

/* One field per column (or %MS_IMPORT_IGNORED), no field twice. Without a header the order is user
 * name, description, password, and what follows is ignored. @columns: at least @n_columns names.
 * Returns: (transfer full) (array length=n_columns) */
int *ms_import_guess_mapping (const char *const *columns, guint n_columns, gboolean has_header);
/* Whether a file with this header was written by our export or is the rejects of an import, whose
 * cells are guarded against being run as formulas. */
gboolean ms_import_is_own_header (const char *const *columns, guint n_columns);

G_END_DECLS
