/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the database says of a store's tables, keys and indexes, with what it says of an empty
 * model, which the migrations have made in memory: so there is no second list of them to keep.
 * Both drivers describe them in the same words; where only one of them has something, it says
 * itself what that should be. (Rules are in ms-integrity.h.)
 */
#include "ms-definitions.h"

#include "ms-migrations.h"
#include "sqlite/ms-sqlite.h"

#include <string.h>

#define KIND_COLUMN "column"
#define KIND_INDEX "index"

/* "kind name" -> definition */
static GHashTable *
table_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/* @expected: gets what does not depend on a model */
static gboolean
load (MsSql *sql, GHashTable *found, GHashTable *expected, GError **error)
{
  g_autoptr (MsStatement) statement = ms_sql_query (sql, error, sql->driver->definitions_query, "");
  gboolean row = TRUE;

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      g_autofree char *name = g_strdup_printf (
          "%s “%s”", ms_statement_get_text (statement, 0), ms_statement_get_text (statement, 1));
      const char *fixed = ms_statement_get_text (statement, 3);
      if (fixed != NULL)
        g_hash_table_insert (expected, g_strdup (name), g_strdup (fixed));
      g_hash_table_insert (found, g_steal_pointer (&name), ms_statement_dup_text (statement, 2));
    }
  return FALSE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static void
compare (GHashTable *model, GHashTable *found, MsProblems *problems, gboolean *readable)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (model), compare_names);

  for (GList *iter = names; iter != NULL; iter = iter->next)
    {
      const char *name = iter->data;
      const char *expected = g_hash_table_lookup (model, name);
      const char *text = g_hash_table_lookup (found, name);
      if (g_strcmp0 (text, expected) == 0)
        continue;
      if (g_str_has_prefix (name, KIND_COLUMN) && text == NULL)
        *readable = FALSE;
      ms_problems_take (
          problems,
          text == NULL
              ? g_strdup_printf ("the %s is missing (%s)", name, expected)
              : g_strdup_printf ("the %s is altered: it is %s, not %s", name, text, expected));
    }
}

/* @name: "kind “name”", as in the tables of definitions. (transfer full): which table it is of */
static char *
dup_table (const char *name, const char *definition)
{
  static const char quote[] = "“";
  const char       *place
      = g_str_has_prefix (name, KIND_INDEX) ? definition : strstr (name, quote) + strlen (quote);

  return g_strndup (place, strcspn (place, " ."));
}

/* An index that is not unique refuses nothing, nor does a column that may be empty. */
static gboolean
may_refuse (const char *name, const char *definition)
{
  if (g_str_has_prefix (name, KIND_INDEX))
    return strstr (definition, ") unique") != NULL;
  if (g_str_has_prefix (name, KIND_COLUMN))
    return strstr (definition, " not null") != NULL && strstr (definition, " default ") == NULL;
  return TRUE;
}

/* What somebody has added to the store's tables, where it refuses what the store does not: nobody
 * understands what is said then. Tables of others are their business. */
static void
find_additions (GHashTable *model, GHashTable *found, MsProblems *problems)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (found), compare_names);

  for (GList *iter = names; iter != NULL; iter = iter->next)
    {
      const char      *name = iter->data;
      const char      *definition = g_hash_table_lookup (found, name);
      g_autofree char *table = dup_table (name, definition);
      g_autofree char *key = g_strdup_printf ("table “%s”", table);
      if (!g_hash_table_contains (model, name) && g_hash_table_contains (model, key)
          && may_refuse (name, definition))
        ms_problems_take (
            problems,
            g_strdup_printf ("the %s is not one of the store's, and may refuse what it writes (%s)",
                             name,
                             definition));
    }
}

/* The model's, which is the same for as long as the program runs: to make it takes longer than all
 * else that a look at a small store does. (transfer none) (nullable) */
static GHashTable *
get_model (GError **error)
{
  static GMutex      lock;
  static GHashTable *kept;

  g_mutex_lock (&lock);
  if (kept == NULL)
    {
      g_autoptr (GHashTable) definitions = table_new ();
      MsSql *model = ms_sqlite_open_model (error);
      if (model != NULL && ms_migrations_run (model, TRUE, error)
          && load (model, definitions, definitions, error))
        kept = g_steal_pointer (&definitions);
      if (model != NULL)
        ms_sqlite_close_model (model);
    }
  g_mutex_unlock (&lock);
  return kept;
}

gboolean
ms_definitions_check (MsSql *sql, MsProblems *problems, gboolean *readable, GError **error)
{
  GHashTableIter iter;
  gpointer       name;
  gpointer       definition;
  g_autoptr (GHashTable) found = table_new ();
  g_autoptr (GHashTable) expected = table_new ();
  GHashTable *model = load (sql, found, expected, error) ? get_model (error) : NULL;

  *readable = TRUE;
  if (model == NULL)
    return FALSE;
  g_hash_table_iter_init (&iter, model);
  while (g_hash_table_iter_next (&iter, &name, &definition))
    g_hash_table_insert (expected, g_strdup (name), g_strdup (definition));
  compare (expected, found, problems, readable);
  find_additions (expected, found, problems);
  return TRUE;
}
