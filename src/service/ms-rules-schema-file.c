/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Schema files are objects, so that they are in change sets, but what they say is made true for the
 * whole store in the same transaction: by ms-schemas.c and no other road.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-error.h"

static gboolean
check_road (MsWrite *write, GError **error)
{
  if (write->changing_schemas)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                NULL,
                "Schema files are added, replaced and removed by “mailsteadctl schema” or"
                " /api/v1/schemas only, and go back by an undo of that");
  return FALSE;
}

/* It is part of addresses and file names. */
static gboolean
check_name (const char *name, GError **error)
{
  gboolean good = name != NULL && g_ascii_isalnum (*name);

  for (const char *p = name; good && *p != '\0'; p++)
    good = g_ascii_isalnum (*p) || strchr ("-_.", *p) != NULL;
  if (good)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "name",
                "The name of a schema file is made of letters, digits, - _ and ., beginning with a"
                " letter or digit");
  return FALSE;
}

static gboolean
prepare (MsWrite *write, MsObject *before, MsEdit *edit, GError **error)
{
  return check_road (write, error)
         && check_name (ms_object_get_string (edit->object, "name"), error);
}

static gboolean
remove_file (MsWrite *write, MsObject *object, GError **error)
{
  return check_road (write, error);
}

const MsRules ms_rules_schema_file = {
  .prepare = prepare,
  .remove = remove_file,
};
