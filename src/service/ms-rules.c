/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table from type to rules, and the questions that rules ask the store.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-error.h"
#include "ms-filter.h"
#include "ms-txn.h"

static const struct
{
  const char    *type_name;
  const MsRules *rules;
} table[] = {
  { MS_TYPE_NAME_USER, &ms_rules_user },
  { MS_TYPE_NAME_MAILBOX, &ms_rules_mailbox },
  { MS_TYPE_NAME_MAIL_GROUP, &ms_rules_mail_group },
  { MS_TYPE_NAME_LIST, &ms_rules_list },
  { MS_TYPE_NAME_DOMAIN, &ms_rules_domain },
  { MS_TYPE_NAME_TEMPLATE, &ms_rules_template },
  { MS_TYPE_NAME_GUEST, &ms_rules_guest },
  { MS_TYPE_NAME_SCHEMA_FILE, &ms_rules_schema_file },
  { MS_TYPE_NAME_DIRECTORY, &ms_rules_directory },
};

/* Of an operator's type: what it is known by is a name like others. */
static gboolean
prepare_added (MsWrite *write, MsObject *before, MsEdit *edit, GError **error)
{
  const MsAttribute *label = ms_resource_type_get_label (ms_object_get_type (edit->object));

  if (label == NULL || label->multi_line
      || ms_object_get_string (edit->object, label->path) == NULL)
    return TRUE;
  return ms_rules_check_name (write, before, edit->object, label->path, MS_NAME_FREEFORM, error);
}

static const MsRules added_rules = { .prepare = prepare_added };

const MsRules *
ms_rules_find (const MsResourceType *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (strcmp (table[i].type_name, type->name) == 0)
      return table[i].rules;
  return &added_rules;
}

gboolean
ms_rules_leads (const MsResourceType *type, const MsAttribute *relation, const char *path)
{
  const MsRules *rules = ms_rules_find (type);

  return g_strcmp0 (rules->leader, relation->path) == 0 && g_strcmp0 (rules->led, path) == 0;
}

const char *
ms_rules_get_old (MsWrite *write, MsObject *before, const char *path)
{
  MsObject *old = before != NULL ? before : write->reviving;

  return old != NULL ? ms_object_get_string (old, path) : NULL;
}

gboolean
ms_rules_check_name (MsWrite    *write,
                     MsObject   *before,
                     MsObject   *after,
                     const char *path,
                     MsNameClass name_class,
                     GError    **error)
{
  const char *name = ms_object_get_string (after, path);

  if (name != NULL && g_strcmp0 (ms_rules_get_old (write, before, path), name) == 0)
    return TRUE;
  g_autofree char *prepared = ms_name_prepare (name != NULL ? name : "", name_class, path, error);
  if (prepared == NULL)
    return FALSE;
  if (strcmp (prepared, name) != 0)
    ms_object_set_string (after, path, prepared);
  return TRUE;
}

void
ms_rules_keep_active (MsObject *before, MsObject *after)
{
  gboolean fallback = before == NULL || ms_object_get_boolean (before, "active", TRUE);

  ms_object_set_boolean (after, "active", ms_object_get_boolean (after, "active", fallback));
}

static gboolean
collect_object (MsObject *object, gpointer user_data, GError **error)
{
  g_ptr_array_add (user_data, ms_object_ref (object));
  return TRUE;
}

gboolean
ms_write_query (MsWrite              *write,
                const MsResourceType *type,
                guint                 limit,
                GPtrArray           **found,
                gint64               *total,
                GError              **error,
                const char           *format,
                ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);

  g_autoptr (MsFilter) filter = ms_filter_parse (type, text, error);
  if (filter == NULL)
    return FALSE;

  g_autoptr (GPtrArray) objects = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_object_unref);
  MsQuery query = { .type = type, .filter = filter, .count = found != NULL ? limit : 0 };
  gint64  hits = 0;
  if (!ms_txn_query (write->txn, &query, collect_object, objects, &hits, error))
    return FALSE;

  if (found != NULL)
    *found = g_steal_pointer (&objects);
  if (total != NULL)
    *total = hits;
  return TRUE;
}
