/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table from type to rules, and the questions that rules ask the store.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-error.h"
#include "ms-filter.h"
#include "ms-text.h"
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
};

static const MsRules no_rules = { NULL };

const MsRules *
ms_rules_find (const MsResourceType *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (strcmp (table[i].type_name, type->name) == 0)
      return table[i].rules;
  return &no_rules;
}

gboolean
ms_rules_check_name (MsObject *object, const char *path, GError **error)
{
  const char *name = ms_object_get_string (object, path);

  if (name == NULL || *name == '\0')
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidValue", path, "“%s” must not be empty", path);
      return FALSE;
    }
  if (!ms_text_check (name, FALSE, path, error))
    return FALSE;

  g_autofree char *stripped = g_strstrip (g_strdup (name));
  if (strcmp (stripped, name) != 0)
    ms_object_set_string (object, path, stripped);
  if (*stripped != '\0')
    return TRUE;
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", path, "“%s” must not be empty", path);
  return FALSE;
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
