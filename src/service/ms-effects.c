/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Only what inherits is counted: a mailbox or mail group with a quota of its own keeps it wherever
 * it goes. Mailboxes of a moved group are counted by the store, one query for each group below it.
 */
#include "ms-effects.h"

#include "ms-filter.h"
#include "ms-render.h"
#include "ms-rules.h"
#include "ms-txn.h"

struct _MsEffects
{
  GHashTable *counts; /* gint64 quota -> gint64 count */
};

MsEffects *
ms_effects_new (void)
{
  MsEffects *self = g_new0 (MsEffects, 1);

  self->counts = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  return self;
}

void
ms_effects_free (MsEffects *self)
{
  g_hash_table_unref (self->counts);
  g_free (self);
}

static void
count (MsEffects *self, gint64 quota, gint64 mailboxes)
{
  if (mailboxes == 0)
    return;
  gint64 *known = g_hash_table_lookup (self->counts, &quota);
  if (known == NULL)
    {
      gint64 *key = g_new (gint64, 1);
      *key = quota;
      known = g_new0 (gint64, 1);
      g_hash_table_insert (self->counts, key, known);
    }
  *known += mailboxes;
}

/* Mailboxes in @group and below that have no quota on their way up to it. */
static gboolean
count_inheriting (MsWrite *write, const char *group, gint64 *mailboxes, GError **error)
{
  const MsServiceTypes *types = &write->service->types;
  g_autofree char      *quoted = ms_filter_quote (group);
  g_autoptr (GPtrArray) children = NULL;
  gint64 here = 0;

  if (!ms_write_query (write,
                       types->mailbox,
                       0,
                       NULL,
                       &here,
                       error,
                       "group.value eq %s and not (quota pr)",
                       quoted)
      || !ms_write_query (write,
                          types->mail_group,
                          10000,
                          &children,
                          NULL,
                          error,
                          "parent.value eq %s and not (quota pr)",
                          quoted))
    return FALSE;
  *mailboxes += here;
  for (guint i = 0; i < children->len; i++)
    if (!count_inheriting (
            write, ms_object_get_id (g_ptr_array_index (children, i)), mailboxes, error))
      return FALSE;
  return TRUE;
}

gboolean
ms_effects_add_move (
    MsEffects *self, MsWrite *write, MsObject *object, const char *group, GError **error)
{
  gboolean    is_group = ms_object_get_type (object) == write->types->mail_group;
  const char *place = ms_object_get_link (object, is_group ? "parent" : "group");
  gint64      mailboxes = 1;

  if (ms_object_get_int (object, "quota", -1) >= 0)
    return TRUE;

  g_autoptr (MsGroupCache) cache = ms_group_cache_new (write->service, NULL);
  gint64 before = ms_group_cache_get_quota (cache, write->txn, place, -1, error);
  gint64 after = before >= 0 ? ms_group_cache_get_quota (cache, write->txn, group, -1, error) : -1;
  if (after < 0)
    return FALSE;
  if (before == after)
    return TRUE;
  if (is_group)
    {
      mailboxes = 0;
      if (!count_inheriting (write, ms_object_get_id (object), &mailboxes, error))
        return FALSE;
    }
  count (self, after, mailboxes);
  return TRUE;
}

static int
compare_quotas (gconstpointer a, gconstpointer b)
{
  gint64 left = *(const gint64 *) a, right = *(const gint64 *) b;

  return (left > right) - (left < right);
}

void
ms_effects_append (MsEffects *self, GString *out)
{
  g_autoptr (GList) quotas = g_list_sort (g_hash_table_get_keys (self->counts), compare_quotas);

  g_string_append_c (out, '[');
  for (GList *at = quotas; at != NULL; at = at->next)
    {
      gint64 quota = *(gint64 *) at->data;
      gint64 mailboxes = *(gint64 *) g_hash_table_lookup (self->counts, &quota);
      g_string_append_printf (out,
                              "%s{\"kind\":\"quota\",\"count\":%" G_GINT64_FORMAT ",\"to\":",
                              at == quotas ? "" : ",",
                              mailboxes);
      if (quota == 0)
        g_string_append (out, "null}");
      else
        g_string_append_printf (out, "%" G_GINT64_FORMAT "}", quota);
    }
  g_string_append_c (out, ']');
}
