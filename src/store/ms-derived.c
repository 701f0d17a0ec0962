/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is computed on reading. Mail groups are a tree, which is gone through once from the top
 * down; they are few beside mailboxes, which then take what their group has.
 */
#include "ms-derived.h"

#include "ms-derived-usage.h"
#include "ms-filter-sql.h"

#include <string.h>

#define SEPARATOR " / "

typedef void (*AppendFunc) (MsSqlBuilder *builder);

static void
add_number (MsSqlBuilder *builder, const char *type_name, const char *path)
{
  MsTxn                *txn = builder->txn;
  const MsResourceType *type = ms_schema_registry_get_type_by_name (txn->schemas, type_name);

  ms_sql_builder_add_int (
      builder, ms_index_get_number (txn->index, type, ms_resource_type_find (type, path)));
}

/* The groups "l.from_n" in those found last, after " FROM tree CROSS JOIN link l …". Not a JOIN:
 * SQLite reads the tables of this one in the order in which they are named. */
static void
append_below (MsSqlBuilder *builder)
{
  ms_sql_builder_append (builder, " WHERE l.to_n = tree.n AND l.attr = ");
  add_number (builder, MS_TYPE_NAME_MAIL_GROUP, "parent");
}

/* The groups "o.n" that are in none. */
static void
append_roots (MsSqlBuilder *builder)
{
  ms_sql_builder_append (builder,
                         " WHERE o.type = '" MS_TYPE_NAME_MAIL_GROUP "' AND o.deleted IS NULL"
                         " AND NOT EXISTS (SELECT 1 FROM link l WHERE l.from_n = o.n"
                         " AND l.attr = ");
  add_number (builder, MS_TYPE_NAME_MAIL_GROUP, "parent");
  ms_sql_builder_append (builder, ")");
}

/* Names that are folded one by one make what the whole is when it is folded. */
static void
append_path (MsSqlBuilder *builder)
{
  ms_sql_builder_append (builder,
                         "(WITH RECURSIVE tree (n, key) AS ("
                         "SELECT o.n, o.label_key FROM object o");
  append_roots (builder);
  ms_sql_builder_append (builder,
                         " UNION ALL SELECT o.n, tree.key || '" SEPARATOR "' || o.label_key"
                         " FROM tree CROSS JOIN link l CROSS JOIN object o");
  append_below (builder);
  ms_sql_builder_append (builder, " AND o.n = l.from_n) SELECT n AS obj, key FROM tree)");
}

/* "@name AS …": what objects have of their own, for by the object alone "value" has no index. */
static void
append_own (MsSqlBuilder *builder, const char *name, const char *type_name)
{
  ms_sql_builder_append (
      builder, "%s (obj, key) AS MATERIALIZED (SELECT obj, key FROM value WHERE attr = ", name);
  add_number (builder, type_name, "quota");
  ms_sql_builder_append (builder, " AND elem = 0)");
}

/* "own …, tree …": each mail group with its own quota or that of the nearest one above it. */
static void
append_quotas (MsSqlBuilder *builder)
{
  append_own (builder, "own", MS_TYPE_NAME_MAIL_GROUP);
  ms_sql_builder_append (builder,
                         ", tree (n, key) AS (SELECT o.n, own.key FROM object o"
                         " LEFT JOIN own ON own.obj = o.n");
  append_roots (builder);
  ms_sql_builder_append (builder,
                         " UNION ALL SELECT l.from_n, COALESCE(own.key, tree.key)"
                         " FROM tree CROSS JOIN link l LEFT JOIN own ON own.obj = l.from_n");
  append_below (builder);
  ms_sql_builder_append (builder, ")");
}

/* 0 is no limit, and so no value. */
static void
append_limit (MsSqlBuilder *builder, const char *column)
{
  g_autofree char *none = ms_index_int_key (0);

  ms_sql_builder_append (builder, "%s > ", column);
  ms_sql_builder_add_text (builder, none);
}

static void
append_group_quota (MsSqlBuilder *builder)
{
  ms_sql_builder_append (builder, "(WITH RECURSIVE ");
  append_quotas (builder);
  ms_sql_builder_append (builder, " SELECT n AS obj, key FROM tree WHERE ");
  append_limit (builder, "key");
  ms_sql_builder_append (builder, ")");
}

static void
append_mailbox_quota (MsSqlBuilder *builder)
{
  ms_sql_builder_append (builder, "(WITH RECURSIVE ");
  append_quotas (builder);
  ms_sql_builder_append (builder, ", ");
  append_own (builder, "mine", MS_TYPE_NAME_MAILBOX);
  ms_sql_builder_append (builder, " SELECT obj, key FROM mine WHERE ");
  append_limit (builder, "key");
  ms_sql_builder_append (builder,
                         " UNION ALL SELECT l.from_n AS obj, tree.key AS key"
                         " FROM tree CROSS JOIN link l LEFT JOIN mine ON mine.obj = l.from_n"
                         " WHERE mine.obj IS NULL AND l.to_n = tree.n AND l.attr = ");
  add_number (builder, MS_TYPE_NAME_MAILBOX, "group");
  ms_sql_builder_append (builder, " AND ");
  append_limit (builder, "tree.key");
  ms_sql_builder_append (builder, ")");
}

/* Row 0 is the root. */
static void
append_count (MsSqlBuilder *builder, const char *column)
{
  const char *const *key = builder->txn->sql->driver->number_key;

  ms_sql_builder_append (builder,
                         "(SELECT c.obj AS obj, %sc.%s%s AS key FROM group_count c"
                         " WHERE c.obj > 0)",
                         key[0],
                         column,
                         key[1]);
}

static void
append_mailboxes_below (MsSqlBuilder *builder)
{
  append_count (builder, "below");
}

static void
append_mailboxes (MsSqlBuilder *builder)
{
  append_count (builder, "mailboxes");
}

static void
append_groups (MsSqlBuilder *builder)
{
  append_count (builder, "groups");
}

static const struct
{
  const char *type_name;
  const char *path;
  AppendFunc  append;
} sources[] = {
  { MS_TYPE_NAME_MAILBOX, "effectiveQuota", append_mailbox_quota },
  { MS_TYPE_NAME_MAIL_GROUP, "effectiveQuota", append_group_quota },
  { MS_TYPE_NAME_MAIL_GROUP, "path", append_path },
  { MS_TYPE_NAME_MAIL_GROUP, "mailboxCount", append_mailboxes_below },
  { MS_TYPE_NAME_MAIL_GROUP, "directMailboxCount", append_mailboxes },
  { MS_TYPE_NAME_MAIL_GROUP, "groupCount", append_groups },
};

/* (nullable) */
static AppendFunc
find_source (const MsResourceType *type, const MsAttribute *attribute)
{
  for (guint i = 0; ms_attribute_is_derived (attribute) && i < G_N_ELEMENTS (sources); i++)
    if (strcmp (sources[i].path, attribute->path) == 0
        && strcmp (sources[i].type_name, type->name) == 0)
      return sources[i].append;
  return NULL;
}

gboolean
ms_derived_exists (MsTxn *txn, const MsResourceType *type, const MsAttribute *attribute)
{
  return ms_filter_sql_relation_of (attribute) != NULL
             ? ms_derived_relation_exists (txn, type, attribute)
             : find_source (type, attribute) != NULL || ms_derived_usage_exists (type, attribute);
}

void
ms_derived_append (MsSqlBuilder         *builder,
                   const MsResourceType *type,
                   const MsAttribute    *attribute,
                   gboolean              of_some)
{
  AppendFunc append = find_source (type, attribute);

  if (append != NULL)
    append (builder);
  else if (ms_derived_usage_exists (type, attribute))
    ms_derived_usage_append (builder, type, attribute, append_mailbox_quota);
  else
    ms_derived_relation_append (builder, type, attribute, of_some);
}

/* As the names in it have been cut, where they are long. */
static char *
path_key (const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, SEPARATOR, -1);

  for (guint i = 0; names[i] != NULL; i++)
    {
      char *key = ms_index_text_key (names[i], FALSE);
      g_free (names[i]);
      names[i] = key;
    }
  return g_strjoinv (SEPARATOR, names);
}

char *
ms_derived_key (const MsAttribute *attribute, JsonNode *value)
{
  return attribute->type == MS_ATTR_STRING && attribute->text_form == MS_TEXT_FORM_PLAIN
                 && json_node_get_value_type (value) == G_TYPE_STRING
             ? path_key (json_node_get_string (value))
             : ms_index_key (attribute, value);
}
