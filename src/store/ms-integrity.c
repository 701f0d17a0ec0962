/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rules that hold for every statement, as triggers. The store never meets them: it asks first and
 * says why. They stand between the data and another program, or a mistake in this one. What the
 * tables themselves refuse (a second address, a second primary mailbox, a link to nothing) is not
 * repeated here.
 *
 * A store may have lost a rule, or have one in other words, of an earlier build or by a stranger's
 * hand: compared are the texts, and what differs is made again when the store is opened for
 * writing. So is what the database needs to give a new row its number.
 */
#include "ms-integrity.h"

#define MAILBOX_OWNER "(SELECT attr FROM attribute WHERE type = 'Mailbox' AND path = 'owner')"
#define GROUP_PARENT "(SELECT attr FROM attribute WHERE type = 'MailGroup' AND path = 'parent')"

#define RULE_OF_SECRETS "secret_holder"

static const MsSqlRule rules[] = {
  /* Links */
  { "link_ends",
    "link",
    "INSERT",
    "NOT EXISTS (SELECT 1 FROM object WHERE n = NEW.from_n AND deleted IS NULL)"
    " OR NOT EXISTS (SELECT 1 FROM object WHERE n = NEW.to_n AND deleted IS NULL)",
    "a link from or to no object",
    FALSE },
  { "link_circle",
    "link",
    "INSERT",
    "NEW.attr = " GROUP_PARENT " AND EXISTS ("
    "  WITH RECURSIVE above (n) AS ("
    "    SELECT NEW.to_n UNION"
    "    SELECT l.to_n FROM above a JOIN link l ON l.from_n = a.n AND l.attr = NEW.attr)"
    "  SELECT 1 FROM above WHERE n = NEW.from_n)",
    "a mail group inside of itself",
    TRUE },
  { "link_fixed", "link", "UPDATE", "TRUE", "links are made and removed, not changed", FALSE },
  { "link_of_primary",
    "link",
    "DELETE",
    "OLD.attr = " MAILBOX_OWNER " AND EXISTS (SELECT 1 FROM uniq WHERE scope = 'primary'"
    "  AND key = CAST (OLD.to_n AS TEXT) AND obj = OLD.from_n)",
    "a primary mailbox without owner",
    FALSE },
  /* Unique values */
  { "uniq_holder",
    "uniq",
    "INSERT",
    "NOT EXISTS (SELECT 1 FROM object WHERE n = NEW.obj AND deleted IS NULL)",
    "a unique value of no object",
    FALSE },
  { "uniq_primary",
    "uniq",
    "INSERT",
    "NEW.scope = 'primary' AND NOT EXISTS ("
    "  SELECT 1 FROM link WHERE from_n = NEW.obj AND attr = " MAILBOX_OWNER
    "  AND CAST (to_n AS TEXT) = NEW.key)",
    "a primary mailbox without owner",
    FALSE },
  { "uniq_fixed",
    "uniq",
    "UPDATE",
    "TRUE",
    "unique values are taken and given back, not changed",
    FALSE },
  /* Secrets stay with an object in the bin, but it gets none there: see ms_integrity_relax(). */
  { RULE_OF_SECRETS,
    "secret",
    "INSERT",
    "NOT EXISTS (SELECT 1 FROM object WHERE n = NEW.obj AND deleted IS NULL)",
    "a secret of no object",
    FALSE },
  /* Objects */
  { "object_fixed",
    "object",
    "UPDATE",
    "NEW.n <> OLD.n OR NEW.id <> OLD.id OR NEW.type <> OLD.type OR NEW.created <> OLD.created"
    " OR NEW.version < OLD.version",
    "the identity of an object",
    FALSE },
  { "object_into_bin",
    "object",
    "UPDATE",
    "OLD.deleted IS NULL AND NEW.deleted IS NOT NULL AND ("
    "  EXISTS (SELECT 1 FROM link WHERE from_n = OLD.n)"
    "  OR EXISTS (SELECT 1 FROM link WHERE to_n = OLD.n)"
    "  OR EXISTS (SELECT 1 FROM uniq WHERE obj = OLD.n))",
    "an object in the bin that still has links or unique values",
    FALSE },
  { "object_purged",
    "object",
    "DELETE",
    "OLD.deleted IS NULL",
    "an object that is not in the bin cannot be purged",
    FALSE },
  /* A row that is given no number has one below 0 here. */
  { "object_replaced",
    "object",
    MS_SQL_REPLACE,
    "NEW.n > 0 AND EXISTS (SELECT 1 FROM object WHERE n = NEW.n)"
    " OR EXISTS (SELECT 1 FROM object WHERE id = NEW.id)",
    "objects are never replaced",
    FALSE },
  /* What happened */
  { "change_set_kept", "change_set", "DELETE", "TRUE", "change sets are kept", FALSE },
  { "change_set_fixed",
    "change_set",
    "UPDATE OF sequence, time, actor_id, actor_name, channel, verb, reason, job, undo_of,"
    " object_count, first_type, first_id, first_label, target_label, hash",
    "TRUE",
    "change sets are never changed",
    FALSE },
  /* Not so for changes: with any rule over what is inserted, SQLite keeps for each row a journal of
   * the pages, which makes imports slower; the hash of their change set tells. */
  { "change_set_replaced",
    "change_set",
    MS_SQL_REPLACE,
    "EXISTS (SELECT 1 FROM change_set WHERE sequence = NEW.sequence)",
    "change sets are never replaced",
    FALSE },
  { "change_kept", "change", "DELETE", "TRUE", "changes are kept", FALSE },
  { "change_fixed", "change", "UPDATE", "TRUE", "changes are never changed", FALSE },
  /* Of a whole table, where no rule over its rows is asked. */
  { "link_emptied", "link", MS_SQL_TRUNCATE, "TRUE", "links are removed one by one", FALSE },
  { "uniq_emptied",
    "uniq",
    MS_SQL_TRUNCATE,
    "TRUE",
    "unique values are given back one by one",
    FALSE },
  { "object_emptied", "object", MS_SQL_TRUNCATE, "TRUE", "objects are purged one by one", FALSE },
  { "change_set_emptied", "change_set", MS_SQL_TRUNCATE, "TRUE", "change sets are kept", FALSE },
  { "change_emptied", "change", MS_SQL_TRUNCATE, "TRUE", "changes are kept", FALSE },
};

gboolean
ms_integrity_create (MsSql *sql, GError **error)
{
  g_autoptr (GString) script = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (sql->driver->has_event (rules[i].event))
      sql->driver->append_rule (&rules[i], script);
  return sql->driver->execute (sql, script->str, error);
}

/**
 * Definition: a rule that is there
 * @besides: (nullable): what its function has beside the text
 */
typedef struct
{
  char *text;
  char *besides;
} Definition;

static Definition *
definition_new (const char *text, const char *besides)
{
  Definition *self = g_new0 (Definition, 1);

  self->text = g_strdup (text);
  self->besides = g_strdup (besides);
  return self;
}

static void
definition_free (gpointer data)
{
  Definition *self = data;

  g_free (self->text);
  g_free (self->besides);
  g_free (self);
}

/* "name table" -> Definition. (transfer full) (nullable) */
static GHashTable *
load_rules (MsSql *sql, GError **error)
{
  g_autoptr (GHashTable) found
             = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, definition_free);
  g_autoptr (MsStatement) statement = ms_sql_query (sql, error, sql->driver->rules_query, "");
  gboolean row = TRUE;

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return g_steal_pointer (&found);
      g_hash_table_insert (found,
                           g_strconcat (ms_statement_get_text (statement, 0),
                                        " ",
                                        ms_statement_get_text (statement, 1),
                                        NULL),
                           definition_new (ms_statement_get_text (statement, 2),
                                           ms_statement_get_text (statement, 3)));
    }
  return NULL;
}

/* @found: (nullable): what there is of it */
static void
complain (const MsSqlRule *rule, const Definition *found, MsProblems *problems)
{
  g_autofree char *besides
      = found != NULL && found->besides != NULL
            ? g_strdup_printf ("is altered: its function has %s", found->besides)
            : NULL;
  const char *what = found == NULL ? "is missing" : "is altered";

  ms_problems_add (problems,
                   "the rule “%s” of the table “%s” %s (it refuses: %s)",
                   rule->name,
                   rule->table,
                   besides != NULL ? besides : what,
                   rule->message);
}

/* @script: (nullable): what makes again what @problems say */
static gboolean
compare_rules (MsSql *sql, MsProblems *problems, GString *script, GError **error)
{
  g_autoptr (GHashTable) found = load_rules (sql, error);

  for (guint i = 0; found != NULL && i < G_N_ELEMENTS (rules); i++)
    {
      const MsSqlRule *rule = &rules[i];
      if (!sql->driver->has_event (rule->event))
        continue;
      g_autofree char  *key = g_strconcat (rule->name, " ", rule->table, NULL);
      g_autofree char  *expected = sql->driver->dup_rule (rule);
      const Definition *definition = g_hash_table_lookup (found, key);
      if (definition != NULL && definition->besides == NULL
          && g_strcmp0 (definition->text, expected) == 0)
        continue;
      complain (rule, definition, problems);
      if (script != NULL)
        sql->driver->append_rule (rule, script);
    }
  return found != NULL;
}

static gboolean
is_ours (MsSql *sql, const char *name, const char *table)
{
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (g_strcmp0 (rules[i].name, name) == 0 && g_strcmp0 (rules[i].table, table) == 0)
      return sql->driver->has_event (rules[i].event);
  return FALSE;
}

/* Unlike an index, they change what is read or written. */
static gboolean
find_additions (MsSql *sql, MsProblems *problems, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (sql, error, sql->driver->additions_query, "");

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      const char *kind = ms_statement_get_text (statement, 0);
      const char *name = ms_statement_get_text (statement, 1);
      const char *table = ms_statement_get_text (statement, 2);
      if (name == NULL)
        ms_problems_add (problems,
                         "the %s of the table “%s” is not the store's: it hides rows from readers",
                         kind,
                         table);
      else if (!is_ours (sql, name, table))
        ms_problems_add (
            problems, "the %s “%s” of the table “%s” is not one of the store's", kind, name, table);
    }
  return FALSE;
}

static gboolean
check_identities (MsSql *sql, gboolean mend, MsProblems *problems, GError **error)
{
  return sql->driver->check_identities == NULL
         || sql->driver->check_identities (sql, mend, problems, error);
}

gboolean
ms_integrity_check (MsSql *sql, MsProblems *problems, GError **error)
{
  return compare_rules (sql, problems, NULL, error) && find_additions (sql, problems, error)
         && check_identities (sql, FALSE, problems, error);
}

gboolean
ms_integrity_mend (MsSql *sql, GPtrArray *mended, GError **error)
{
  g_autoptr (GString) script = g_string_new (NULL);
  g_autoptr (MsProblems) problems = ms_problems_new ();

  if (!sql->driver->begin (sql, error))
    return FALSE;
  if (!compare_rules (sql, problems, script, error)
      || (script->len > 0 && !sql->driver->execute (sql, script->str, error))
      || !check_identities (sql, TRUE, problems, error) || !sql->driver->commit (sql, error))
    {
      sql->driver->rollback (sql);
      return FALSE;
    }
  for (guint i = 0; i < problems->texts->len; i++)
    g_ptr_array_add (mended, g_strdup (problems->texts->pdata[i]));
  return TRUE;
}

/* Those that are in the way of emptying tables and of filling them one by one. */
static gboolean
is_in_the_way (const MsSqlRule *rule)
{
  return strcmp (rule->event, "DELETE") == 0 || strcmp (rule->name, RULE_OF_SECRETS) == 0;
}

gboolean
ms_integrity_relax (MsSql *sql, GError **error)
{
  g_autoptr (GString) script = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      MsSqlRule relaxed = rules[i];
      relaxed.condition = "FALSE";
      if (is_in_the_way (&relaxed))
        sql->driver->append_rule (&relaxed, script);
    }
  return sql->driver->execute (sql, script->str, error);
}

gboolean
ms_integrity_tighten (MsSql *sql, GError **error)
{
  g_autoptr (GString) script = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (is_in_the_way (&rules[i]))
      sql->driver->append_rule (&rules[i], script);
  return sql->driver->execute (sql, script->str, error);
}
