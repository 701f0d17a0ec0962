/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-derived-usage.h.
 */
#include "ms-derived-usage.h"

#include "ms-reading.h"
#include "ms-txn-usage-private.h"

#include <string.h>

/* The column of who has anything at all, which is "usage" itself: totals all have. */
#define PRESENT "obj"

typedef struct
{
  const char *type_name;
  const char *path;
  const char *column; /* %NULL: the percentage */
  gboolean    is_sent;
} Source;

static const Source sources[] = {
  { MS_TYPE_NAME_MAILBOX, "usage", PRESENT, FALSE },
  { MS_TYPE_NAME_MAIL_GROUP, "usage", PRESENT, FALSE },
  { MS_TYPE_NAME_DOMAIN, "usage", PRESENT, FALSE },
  { MS_TYPE_NAME_MAILBOX, "usage.percent", NULL, FALSE },
  { MS_TYPE_NAME_MAILBOX, "usage.sentMessages", "sent_messages", TRUE },
  { MS_TYPE_NAME_MAILBOX, "usage.sentBytes", "sent_bytes", TRUE },
  { MS_TYPE_NAME_MAIL_GROUP, "usage.storedBytes", "stored_bytes", FALSE },
  { MS_TYPE_NAME_MAIL_GROUP, "usage.storedMessages", "stored_messages", FALSE },
  { MS_TYPE_NAME_MAIL_GROUP, "usage.sentMessages", "sent_messages", TRUE },
  { MS_TYPE_NAME_MAIL_GROUP, "usage.sentBytes", "sent_bytes", TRUE },
  { MS_TYPE_NAME_MAIL_GROUP, "usage.mailboxes", "mailboxes", FALSE },
  { MS_TYPE_NAME_DOMAIN, "usage.storedBytes", "stored_bytes", FALSE },
  { MS_TYPE_NAME_DOMAIN, "usage.storedMessages", "stored_messages", FALSE },
  { MS_TYPE_NAME_DOMAIN, "usage.sentMessages", "sent_messages", TRUE },
  { MS_TYPE_NAME_DOMAIN, "usage.sentBytes", "sent_bytes", TRUE },
  { MS_TYPE_NAME_DOMAIN, "usage.mailboxes", "mailboxes", FALSE },
};

/* (nullable) */
static const Source *
find_source (const MsResourceType *type, const MsAttribute *attribute)
{
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    if (strcmp (sources[i].path, attribute->path) == 0
        && strcmp (sources[i].type_name, type->name) == 0)
      return &sources[i];
  return NULL;
}

gboolean
ms_derived_usage_exists (const MsResourceType *type, const MsAttribute *attribute)
{
  return find_source (type, attribute) != NULL;
}

static void
add_month (MsSqlBuilder *builder)
{
  gint64 month = 0;

  if (builder->error == NULL)
    (void) !ms_txn_get_usage_month (builder->txn, &month, &builder->error); /* run() says it */
  ms_sql_builder_add_int (builder, month);
}

/* A number that cannot be has no percentage: a hundred times as much may be no number at all. What
 * is no limit was left out of limits(), but nobody says that it is so before this is divided. */
static void
append_percent (MsSqlBuilder *builder, void (*limits) (MsSqlBuilder *builder))
{
  const char *const *key = builder->txn->sql->driver->number_key;
  const char *const *number = builder->txn->sql->driver->key_number;

  ms_sql_builder_append (builder,
                         "(SELECT u.obj AS obj, %su.stored_bytes * 100 / NULLIF(%sq.key%s, 0)%s"
                         " AS key FROM ",
                         key[0],
                         number[0],
                         number[1],
                         key[1]);
  limits (builder);
  ms_sql_builder_append (builder,
                         " q JOIN usage_reading u ON u.obj = q.obj"
                         " WHERE u.grp >= 0 AND u.stored_bytes BETWEEN 0 AND " MS_USAGE_MOST_SQL
                         ")");
}

/* What was sent in another month was not sent in this one: of totals that is 0. */
static void
append_total (MsSqlBuilder *builder, const Source *source)
{
  const char *const *key = builder->txn->sql->driver->number_key;
  gboolean           is_group = strcmp (source->type_name, MS_TYPE_NAME_MAIL_GROUP) == 0;

  ms_sql_builder_append (builder,
                         "(SELECT t.obj AS obj, %s%s%s%s%s AS key FROM usage_total t",
                         key[0],
                         source->is_sent ? "COALESCE(p." : "t.",
                         source->column,
                         source->is_sent ? ", 0)" : "",
                         key[1]);
  if (source->is_sent)
    {
      ms_sql_builder_append (builder, " LEFT JOIN usage_period p ON p.obj = t.obj AND p.period = ");
      add_month (builder);
    }
  ms_sql_builder_append (
      builder, " WHERE %s)", is_group ? "t.parent >= 0" : "t.parent = " MS_USAGE_DOMAINS_SQL);
}

/* Of a mailbox whose next month was said before it began, what its month says. */
static void
append_earlier (MsSqlBuilder *builder, const Source *source)
{
  const char *const *key = builder->txn->sql->driver->number_key;

  ms_sql_builder_append (builder,
                         " UNION ALL SELECT p.obj AS obj, %sp.%s%s AS key FROM usage_reading u"
                         " JOIN usage_period p ON p.obj = u.obj AND p.period = ",
                         key[0],
                         source->column,
                         key[1]);
  add_month (builder);
  ms_sql_builder_append (
      builder, " WHERE u.grp >= 0 AND p.%s > 0 AND u.sent_period > ", source->column);
  add_month (builder);
}

static void
append_reading (MsSqlBuilder *builder, const Source *source)
{
  const char *const *key = builder->txn->sql->driver->number_key;

  ms_sql_builder_append (builder,
                         "(SELECT u.obj AS obj, %su.%s%s AS key FROM usage_reading u"
                         " WHERE u.grp >= 0",
                         key[0],
                         source->column,
                         key[1]);
  if (source->is_sent)
    {
      ms_sql_builder_append (builder, " AND u.%s >= 0 AND u.sent_period = ", source->column);
      add_month (builder);
      append_earlier (builder, source);
    }
  ms_sql_builder_append (builder, ")");
}

void
ms_derived_usage_append (MsSqlBuilder         *builder,
                         const MsResourceType *type,
                         const MsAttribute    *attribute,
                         void (*limits) (MsSqlBuilder *builder))
{
  const Source *source = find_source (type, attribute);

  g_assert (source != NULL);
  if (source->column == NULL)
    append_percent (builder, limits);
  else if (strcmp (source->type_name, MS_TYPE_NAME_MAILBOX) == 0)
    append_reading (builder, source);
  else
    append_total (builder, source);
}
