/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Some users at a time, by ranges of rows, so that memory does not grow with the store. What is
 * made of the new values is made when the attributes are loaded next (ms-index-load.c).
 */
#include "ms-migrate-schemes.h"

#include "ms-document.h"
#include "ms-error.h"
#include "ms-password-scheme.h"

/* Rows of a range. */
#define RANGE 500

typedef struct
{
  gint64 row;
  char  *body;
} Filled;

static void
filled_clear (gpointer data)
{
  g_free (((Filled *) data)->body);
}

/* (transfer full) (nullable): @body with @scheme */
static char *
add_scheme (const char *body, const char *scheme, GError **error)
{
  static const char *const name = MS_PATH_PASSWORD_SCHEME + sizeof MS_URN_EXT_USER;
  g_autoptr (JsonObject) attributes = ms_document_parse (body, error);

  if (attributes == NULL)
    return NULL;
  JsonNode *node = json_object_get_member (attributes, MS_URN_EXT_USER);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    json_object_set_object_member (attributes, MS_URN_EXT_USER, json_object_new ());
  json_object_set_string_member (
      json_object_get_object_member (attributes, MS_URN_EXT_USER), name, scheme);
  return ms_document_to_string (attributes);
}

/* @filled: (element-type Filled): what to write in the range from @first on */
static gboolean
fill (MsSql *sql, gint64 first, GArray *filled, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql,
                             error,
                             "SELECT s.obj, d.body, s.value, o.id, o.label FROM secret s"
                             " JOIN object o ON o.n = s.obj JOIN document d ON d.obj = s.obj"
                             " WHERE s.obj >= $1 AND s.obj < $2 AND s.kind = 'password'"
                             " AND o.type = '" MS_TYPE_NAME_USER "'",
                             "ii",
                             first,
                             first + RANGE);

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      const char *scheme = ms_password_scheme_find (ms_statement_get_text (statement, 2));
      if (scheme == NULL)
        continue; /* only in a damaged file */
      g_autoptr (GError) damaged = NULL;
      Filled one = { ms_statement_get_int (statement, 0),
                     add_scheme (ms_statement_get_text (statement, 1), scheme, &damaged) };
      /* It stays what it is: nobody can read it, and verify names it. */
      if (one.body == NULL)
        g_message ("%s “%s” keeps no scheme of its password: %s",
                   ms_statement_get_text (statement, 3),
                   ms_statement_get_text (statement, 4),
                   damaged->message);
      else
        g_array_append_val (filled, one);
    }
  return FALSE;
}

static gboolean
write_range (MsSql *sql, gint64 first, GError **error)
{
  g_autoptr (GArray) filled = g_array_new (FALSE, FALSE, sizeof (Filled));

  g_array_set_clear_func (filled, filled_clear);
  if (!fill (sql, first, filled, error))
    return FALSE;
  for (guint i = 0; i < filled->len; i++)
    {
      const Filled *one = &g_array_index (filled, Filled, i);
      if (!ms_sql_run (sql,
                       error,
                       "UPDATE document SET body = $1 WHERE obj = $2",
                       "si",
                       one->body,
                       one->row))
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_migrate_schemes (MsSql *sql, GError **error)
{
  gint64 done = 0;
  gint64 first = 0;

  while (TRUE)
    {
      if (!ms_sql_get_int (sql,
                           &first,
                           error,
                           "SELECT COALESCE (min (obj), 0) FROM secret WHERE obj > $1",
                           "i",
                           done))
        return FALSE;
      if (first == 0)
        return TRUE;
      /* A damaged file could lead in a circle. */
      if (!ms_sql_check_numbers (sql, "secrets by object", done, first, error)
          || !write_range (sql, first, error))
        return FALSE;
      done = first + RANGE - 1;
    }
}
