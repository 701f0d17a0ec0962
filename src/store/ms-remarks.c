/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a sound store holds that somebody should look at. Apart from what is wrong with a store,
 * which keeps a backup of it from being one.
 */
#include "ms-store.h"

#include "ms-filter.h"
#include "ms-idn.h"
#include "ms-text.h"
#include "ms-txn-private.h"

#include <string.h>

#define SCOPE_ADDRESS "address"
#define SCOPE_DOMAIN "Domain.name"
/* Each is of a domain; more than that are not read anyway. */
#define MAX_REMARKS 100
#define MAX_NAMES 5

/* It may repeat what stands in a damaged file. @text: (transfer full) */
static void
add_remark (GPtrArray *remarks, char *text)
{
  g_ptr_array_add (remarks, ms_text_printable_line (text));
  g_free (text);
}

/* Domains that are one (RFC 5890) under two names, which earlier versions took: whose mail it is
 * then depends on how a sender's server writes the address, and only a person can say which of them
 * is meant. */
static gboolean
find_domains_twice (MsTxn *txn, gpointer user_data, GError **error)
{
  GPtrArray *remarks = user_data;
  gboolean   row = TRUE;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      "SELECT label FROM object WHERE type = $1 AND deleted IS NULL ORDER BY n",
      "s",
      MS_TYPE_NAME_DOMAIN);

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      const char *label = ms_statement_get_text (statement, 0);
      if (label == NULL || !g_utf8_validate (label, -1, NULL) || !ms_idn_has_spellings (label))
        continue;
      g_autofree char *key = ms_idn_to_unicode (label);
      const char      *other = g_hash_table_lookup (seen, key);
      if (other != NULL)
        add_remark (remarks,
                    g_strdup_printf ("“%s” and “%s” are one domain in two spellings, with "
                                     "addresses of its own in each; keep one of them",
                                     other,
                                     label));
      else
        g_hash_table_insert (seen, g_steal_pointer (&key), g_strdup (label));
    }
  return FALSE;
}

/* (nullable): keys of the domains that are there */
static GHashTable *
list_domain_keys (MsTxn *txn, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql, error, "SELECT key FROM uniq WHERE scope = $1", "s", SCOPE_DOMAIN);

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return g_steal_pointer (&keys);
      g_hash_table_add (keys, ms_statement_dup_text (statement, 0));
    }
  return NULL;
}

/* Addresses of objects that are in no domain of the store: those of one that a rescue could not
 * read, or that were made while another domain was noted as primary. No mail comes to them. */
static gboolean
find_domains_absent (MsTxn *txn, gpointer user_data, GError **error)
{
  GPtrArray *remarks = user_data;
  gboolean   row = TRUE;
  g_autoptr (GHashTable) seen = list_domain_keys (txn, error);
  g_autoptr (MsStatement) statement
             = seen != NULL ? ms_sql_query (txn->sql,
                                            error,
                                            "SELECT key FROM uniq WHERE scope = $1 ORDER BY key",
                                            "s",
                                            SCOPE_ADDRESS)
                            : NULL;

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      const char *key = ms_statement_get_text (statement, 0);
      const char *at = key != NULL ? strrchr (key, '@') : NULL;
      if (at == NULL || g_hash_table_contains (seen, at + 1) || remarks->len >= MAX_REMARKS)
        continue;
      g_hash_table_add (seen, g_strdup (at + 1));
      add_remark (remarks,
                  g_strdup_printf ("“%s” is not a domain of the store, and “%s” is an address "
                                   "in it; make the domain, or move what has such addresses",
                                   at + 1,
                                   key));
    }
  return FALSE;
}

/* Somebody may own mailboxes and have none yet that is primary, which the database cannot tell from
 * having lost it. The first few are named. */
static gboolean
find_no_primaries (MsTxn *txn, gpointer user_data, GError **error)
{
  GPtrArray *remarks = user_data;
  gboolean   row = TRUE;
  guint      n = 0;
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql,
                             error,
                             "SELECT u.label FROM object u WHERE u.deleted IS NULL AND u.n IN"
                             "  (SELECT l.to_n FROM link l JOIN attribute a ON a.attr = l.attr"
                             "   WHERE a.type = $1 AND a.path = 'owner')"
                             " AND NOT EXISTS (SELECT 1 FROM uniq q"
                             "  WHERE q.scope = $2 AND q.key = CAST (u.n AS TEXT)) ORDER BY u.n",
                             "ss",
                             MS_TYPE_NAME_MAILBOX,
                             MS_SCOPE_PRIMARY);

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        break;
      const char *label = ms_statement_get_text (statement, 0);
      if (n++ < MAX_NAMES)
        g_string_append_printf (names, "%s“%s”", n > 1 ? ", " : "", label != NULL ? label : "");
    }
  if (n == 0)
    return TRUE;
  if (n > MAX_NAMES)
    g_string_append_printf (names, " and %u more", n - MAX_NAMES);
  add_remark (remarks,
              g_strdup_printf ("No primary mailbox, though they own mailboxes: %s; no mail comes "
                               "to them before one is made primary",
                               names->str));
  return TRUE;
}

typedef struct
{
  GString *names;
  guint    n;
} Names;

static gboolean
name_object (MsObject *object, gpointer user_data, GError **error)
{
  Names      *self = user_data;
  const char *label = ms_object_get_label (object);

  g_string_append_printf (self->names,
                          "%s“%s”",
                          self->n++ > 0 ? ", " : "",
                          *label != '\0' ? label : ms_object_get_id (object));
  return TRUE;
}

/* @text: what is wrong with those that @filter finds, @advice: what to do */
static gboolean
add_found (MsTxn                *txn,
           const MsResourceType *type,
           const char           *filter,
           const char           *text,
           const char           *advice,
           GPtrArray            *remarks,
           GError              **error)
{
  g_autoptr (MsFilter) tree = ms_filter_parse (type, filter, error);
  g_autoptr (GString) found = g_string_new (NULL);
  MsQuery query = { .type = type, .filter = tree, .count = MAX_NAMES };
  Names   names = { found, 0 };
  gint64  total = 0;

  if (tree == NULL || !ms_txn_query (txn, &query, name_object, &names, &total, error))
    return FALSE;
  if (total == 0 || remarks->len >= MAX_REMARKS)
    return TRUE;
  if (total > names.n)
    g_string_append_printf (found, " and %u more", (guint) (total - names.n));
  add_remark (remarks, g_strdup_printf ("%s: %s; %s", text, found->str, advice));
  return TRUE;
}

/* Of an extension only objects that have something of it. (transfer full) */
static char *
make_lacking_filter (const MsSchema *extension, const MsAttribute *attribute)
{
  return extension != NULL
             ? g_strdup_printf ("%s pr and not (%s pr)", extension->id, attribute->path)
             : g_strdup_printf ("not (%s pr)", attribute->path);
}

/* @extension: (nullable): it is the type's own schema */
static gboolean
find_lacking_in (MsTxn                *txn,
                 const MsResourceType *type,
                 const MsSchema       *schema,
                 const MsSchema       *extension,
                 GPtrArray            *remarks,
                 GError              **error)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      if (!attribute->required || attribute->is_computed
          || !ms_attribute_can_be_found_by (attribute))
        continue;
      g_autofree char *filter = make_lacking_filter (extension, attribute);
      g_autofree char *text
          = g_strdup_printf ("No %s, which each %s must have", attribute->path, type->name);
      if (!add_found (txn, type, filter, text, "give it to them", remarks, error))
        return FALSE;
    }
  return TRUE;
}

/* Every write sees to what is required, so these were rescued out of a damaged store, which had
 * lost it, or altered past Mailstead. */
static gboolean
find_incomplete (MsTxn *txn, GPtrArray *remarks, GError **error)
{
  GPtrArray *types = ms_schema_registry_get_types (txn->schemas);

  for (guint i = 0; i < types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (types, i);
      if (type->singleton)
        continue;
      if (!find_lacking_in (txn, type, type->schema, NULL, remarks, error))
        return FALSE;
      for (guint j = 0; j < type->extensions->len; j++)
        {
          const MsSchema *schema = g_ptr_array_index (type->extensions, j);
          gboolean        always = g_ptr_array_find (type->required_extensions, schema, NULL);
          if (!find_lacking_in (txn, type, schema, always ? NULL : schema, remarks, error))
            return FALSE;
        }
    }
  return TRUE;
}

/* The rules see to that too; the database keeps one only for those who have an owner. */
static gboolean
find_primaries_of_nobody (MsTxn *txn, GPtrArray *remarks, GError **error)
{
  return add_found (txn,
                    ms_schema_registry_get_type_by_name (txn->schemas, MS_TYPE_NAME_MAILBOX),
                    "primary eq true and not (owner pr)",
                    "Primary mailboxes without the owner whom that needs",
                    "give them one, or make them secondary",
                    remarks,
                    error);
}

/* What the database itself would say. */
static gboolean
find_in_database (MsTxn *txn, GPtrArray *remarks, GError **error)
{
  gboolean row = TRUE;

  if (txn->sql->driver->remarks_query == NULL)
    return TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql, error, txn->sql->driver->remarks_query, "");
  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      add_remark (remarks, ms_statement_dup_text (statement, 0));
    }
  return FALSE;
}

static gboolean
find_remarks (MsTxn *txn, gpointer user_data, GError **error)
{
  return find_in_database (txn, user_data, error) && find_domains_twice (txn, user_data, error)
         && find_domains_absent (txn, user_data, error) && find_no_primaries (txn, user_data, error)
         && find_primaries_of_nobody (txn, user_data, error)
         && find_incomplete (txn, user_data, error);
}

GPtrArray *
ms_store_list_remarks (MsStore *self, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self), NULL);

  g_autoptr (GPtrArray) remarks = g_ptr_array_new_with_free_func (g_free);
  return ms_store_read_afresh (self, find_remarks, remarks, NULL, error)
             ? g_steal_pointer (&remarks)
             : NULL;
}
