/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Quotes count only where an entry begins with one: what people type, as list:The "old" crew, is
 * as it stands.
 */
#include "ms-import-members.h"

#include <string.h>

#include "ms-error.h"
#include "ms-import-fields.h"

#define SEPARATORS ";\n"
/* Each takes more memory than its text. */
#define MAX_ENTRIES 2000000
#define PATH ms_import_field_get_name (MS_IMPORT_MEMBERS)

/* @at: (inout): the opening quote, then behind the closing one */
static char *
read_quoted (const char **at, GError **error)
{
  g_autoptr (GString) entry = g_string_new (NULL);
  const char *p = *at + 1;

  for (; *p != '\0' && (*p != '"' || p[1] == '"'); p++)
    {
      g_string_append_c (entry, *p);
      p += *p == '"';
    }
  if (*p == '\0')
    {
      /* All that is behind it, of which the first is what somebody looks for. */
      g_string_truncate (entry, strcspn (entry->str, SEPARATORS));
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    PATH,
                    "The quote before “%s” is never closed",
                    entry->str);
      return NULL;
    }
  p++;
  p += strspn (p, " \t\r");
  if (*p != '\0' && strchr (SEPARATORS, *p) == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    PATH,
                    "There is something behind the closing quote of “%s”",
                    entry->str);
      return NULL;
    }
  *at = p;
  return g_strdup (entry->str);
}

static char *
read_plain (const char **at)
{
  gsize length = strcspn (*at, SEPARATORS);
  char *entry = g_strndup (*at, length);

  *at += length;
  return g_strstrip (entry);
}

char **
ms_import_members_split (const char *cell, GError **error)
{
  g_return_val_if_fail (cell != NULL, NULL);

  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *at = cell;
  guint       n = 0;

  while (*(at += strspn (at, SEPARATORS " \t\r")) != '\0')
    {
      g_autofree char *entry = *at == '"' ? read_quoted (&at, error) : read_plain (&at);
      if (entry == NULL)
        return NULL;
      if (*entry == '\0')
        continue;
      if (++n > MAX_ENTRIES)
        {
          ms_error_set (
              error, MS_ERROR_LIMIT, NULL, PATH, "There are more than %d entries", MAX_ENTRIES);
          return NULL;
        }
      g_strv_builder_add (builder, entry);
    }
  return g_strv_builder_end (builder);
}

static gboolean
needs_quotes (const char *entry)
{
  gsize length = strlen (entry);

  return strpbrk (entry, SEPARATORS "\"") != NULL
         || (length > 0 && (g_ascii_isspace (*entry) || g_ascii_isspace (entry[length - 1])));
}

void
ms_import_members_append (GString *cell, const char *entry)
{
  g_return_if_fail (cell != NULL && entry != NULL);

  if (cell->len > 0)
    g_string_append (cell, "; ");
  if (!needs_quotes (entry))
    {
      g_string_append (cell, entry);
      return;
    }
  g_string_append_c (cell, '"');
  for (const char *p = entry; *p != '\0'; p++)
    {
      if (*p == '"')
        g_string_append_c (cell, '"');
      g_string_append_c (cell, *p);
    }
  g_string_append_c (cell, '"');
}
