/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is used, as JSON: of one object in its document, and as a report with what is in it and
 * month by month.
 */
#include "ms-usage.h"

#include "ms-error.h"
#include "ms-json.h"
#include "ms-render-private.h"
#include "ms-txn.h"

#include <string.h>

/* Figures ------------------------------------------------------------------------------------- */

gint64
ms_usage_get_percent (const MsUsage *usage, gint64 quota)
{
  gboolean is_known = usage->stored_bytes >= 0 && usage->stored_bytes <= MS_USAGE_MOST;

  return quota > 0 && is_known ? usage->stored_bytes * 100 / quota : -1;
}

static void
append_number (GString *out, const char *name, gint64 value)
{
  ms_render_begin_member (out, name);
  g_string_append_printf (out, "%" G_GINT64_FORMAT, value);
}

void
ms_usage_append (const MsUsage *usage,
                 gint64         percent,
                 MsUsageWanted  is_wanted,
                 gconstpointer  user_data,
                 GString       *out)
{
  gboolean is_mailbox = g_strcmp0 (usage->type_name, MS_TYPE_NAME_MAILBOX) == 0;
  /* What is below the least is not known. */
  const struct
  {
    const char *name;
    gint64      value;
    gint64      least;
    gboolean    is_time;
  } figures[] = {
    { "storedBytes", usage->stored_bytes, 0, FALSE },
    { "storedMessages", usage->stored_messages, 0, FALSE },
    { "percent", percent, 0, FALSE },
    { "lastAccess", usage->last_access, 1, TRUE },
    { "sentMessages", usage->sent_messages, 0, FALSE },
    { "sentBytes", usage->sent_bytes, 0, FALSE },
    { "measured", usage->measured, 1, TRUE },
    { "mailboxes", is_mailbox ? -1 : usage->mailboxes, 0, FALSE },
  };

  g_string_append_c (out, '{');
  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    {
      if (figures[i].value < figures[i].least
          || (is_wanted != NULL && !is_wanted (figures[i].name, user_data)))
        continue;
      if (figures[i].is_time)
        ms_render_append_time (out, figures[i].name, figures[i].value);
      else
        append_number (out, figures[i].name, figures[i].value);
    }
  g_string_append_c (out, '}');
}

/* Reports ------------------------------------------------------------------------------------- */

typedef struct
{
  MsService          *service;
  const MsActor      *actor;
  const MsUsageQuery *query;
  MsGroupCache       *groups;
  GString            *out;
} Report;

static gboolean
refuse (const char *path, GError **error, const char *text)
{
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", path, "%s", text);
  return FALSE;
}

/* @object: (out) (transfer full) (nullable): %NULL = the store */
static gboolean
find_object (Report *self, MsTxn *txn, MsObject **object, GError **error)
{
  *object = NULL;
  if (self->query->of == NULL)
    return TRUE;
  g_autoptr (MsObject) found = ms_txn_get_object (txn, NULL, self->query->of, error);
  if (found == NULL
      || !ms_policy_check (
          self->actor, MS_POLICY_READ, ms_object_get_type (found), found, NULL, error))
    return FALSE;
  if (!ms_object_is_a (found, MS_TYPE_NAME_MAILBOX)
      && !ms_object_is_a (found, MS_TYPE_NAME_MAIL_GROUP)
      && !ms_object_is_a (found, MS_TYPE_NAME_DOMAIN))
    return refuse ("of", error, "Only mailboxes, mail groups and domains use something.");
  *object = g_steal_pointer (&found);
  return TRUE;
}

/* Of a mailbox. @percent: (out): or -1 */
static gboolean
find_percent (Report        *self,
              MsTxn         *txn,
              MsObject      *mailbox,
              const MsUsage *usage,
              gint64        *percent,
              GError       **error)
{
  gint64 quota = ms_group_cache_get_quota (self->groups,
                                           txn,
                                           ms_object_get_link (mailbox, "group"),
                                           ms_object_get_int (mailbox, "quota", -1),
                                           error);

  *percent = ms_usage_get_percent (usage, quota);
  return quota >= 0;
}

static void
append_whom (const MsUsage *usage, GString *out)
{
  ms_render_append_text (out, "type", usage->type_name);
  ms_render_append_text (out, "id", usage->id);
  ms_render_append_text (out, "label", usage->label);
}

/* Two mailboxes of one name are told apart by their addresses. */
static gboolean
append_figures (Report *self, MsTxn *txn, MsObject *object, const MsUsage *usage, GError **error)
{
  gint64 percent = -1;

  if (ms_object_is_a (object, MS_TYPE_NAME_MAILBOX))
    {
      ms_render_append_text (self->out, "address", ms_object_get_string (object, "address"));
      if (!find_percent (self, txn, object, usage, &percent, error))
        return FALSE;
    }
  ms_render_begin_member (self->out, "usage");
  ms_usage_append (usage, percent, NULL, NULL, self->out);
  return TRUE;
}

/* From the oldest on, each month: also those in which there was nothing. */
static gboolean
append_periods (Report *self, MsTxn *txn, MsObject *object, GError **error)
{
  gint64 now = 0;
  guint  wanted = self->query->periods;
  if (!ms_txn_get_usage_month (txn, &now, error))
    return FALSE;
  /* One may be of the next month already, by a clock that is ahead. */
  g_autoptr (GArray) periods = ms_txn_list_usage_periods (txn, object, wanted + 1, error);

  if (periods == NULL)
    return FALSE;
  ms_render_begin_member (self->out, "periods");
  g_string_append_c (self->out, '[');
  for (gint64 at = now - wanted + 1; at <= now; at++)
    {
      MsUsagePeriod    none = { at, -1, -1, -1, 0, 0 };
      MsUsagePeriod   *period = &none;
      g_autofree char *name = ms_usage_period_format (at);
      for (guint i = 0; i < periods->len; i++)
        if (g_array_index (periods, MsUsagePeriod, i).period == at)
          period = &g_array_index (periods, MsUsagePeriod, i);
      g_string_append (self->out, at > now - wanted + 1 ? ",{" : "{");
      ms_render_append_text (self->out, "period", name);
      if (period->stored_bytes >= 0)
        append_number (self->out, "storedBytes", period->stored_bytes);
      if (period->stored_messages >= 0)
        append_number (self->out, "storedMessages", period->stored_messages);
      append_number (self->out, "sentMessages", period->sent_messages);
      append_number (self->out, "sentBytes", period->sent_bytes);
      if (period->mailboxes >= 0 && !ms_object_is_a (object, MS_TYPE_NAME_MAILBOX))
        append_number (self->out, "mailboxes", period->mailboxes);
      g_string_append_c (self->out, '}');
    }
  g_string_append_c (self->out, ']');
  return TRUE;
}

/* What there can be in @object. */
static gboolean
choose_children (const MsUsageQuery *query, MsObject *object, MsUsageChildren *kind, GError **error)
{
  gboolean holds_groups = object == NULL || ms_object_is_a (object, MS_TYPE_NAME_MAIL_GROUP);

  if (strcmp (query->children, "mailboxes") == 0 && !ms_object_is_a (object, MS_TYPE_NAME_MAILBOX))
    *kind = MS_USAGE_OF_MAILBOXES;
  else if (strcmp (query->children, "groups") == 0 && holds_groups)
    *kind = MS_USAGE_OF_GROUPS;
  else if (strcmp (query->children, "domains") == 0 && object == NULL)
    *kind = MS_USAGE_OF_DOMAINS;
  else
    return refuse (
        "children",
        error,
        ms_object_is_a (object, MS_TYPE_NAME_MAILBOX) ? "There is nothing in a mailbox."
        : ms_object_is_a (object, MS_TYPE_NAME_DOMAIN) ? "In a domain there are “mailboxes” only."
        : object != NULL ? "In a mail group there are “mailboxes” and “groups”."
                         : "In the store there are “mailboxes”, “groups” and “domains”.");
  return TRUE;
}

static MsUsageOrder
choose_order (const MsUsageQuery *query, gboolean *descending)
{
  gboolean by_name = g_strcmp0 (query->sort_by, "name") == 0;

  *descending
      = query->sort_order != NULL ? strcmp (query->sort_order, "descending") == 0 : !by_name;
  return by_name                                        ? MS_USAGE_BY_NAME
         : g_strcmp0 (query->sort_by, "sentBytes") == 0 ? MS_USAGE_BY_SENT_BYTES
                                                        : MS_USAGE_BY_STORED_BYTES;
}

static gboolean
append_child (Report *self, MsTxn *txn, const MsUsage *usage, GError **error)
{
  g_autoptr (MsObject) object = NULL;

  /* For the limit, which groups and domains have none of. */
  if (g_strcmp0 (usage->type_name, MS_TYPE_NAME_MAILBOX) == 0)
    {
      object = ms_txn_get_row (txn, usage->row, error);
      if (object == NULL)
        return FALSE;
    }
  g_string_append_c (self->out, '{');
  append_whom (usage, self->out);
  if (!append_figures (self, txn, object, usage, error))
    return FALSE;
  g_string_append_c (self->out, '}');
  return TRUE;
}

static gboolean
append_children (Report *self, MsTxn *txn, MsObject *object, GError **error)
{
  const MsUsageQuery *query = self->query;
  MsUsageChildren     kind;
  gboolean            descending;
  gint64              total = 0;
  MsUsageOrder        order = choose_order (query, &descending);

  if (!choose_children (query, object, &kind, error))
    return FALSE;
  g_autoptr (GPtrArray) children = ms_txn_list_usage_children (
      txn, object, kind, order, descending, query->start, query->count, &total, error);
  if (children == NULL)
    return FALSE;
  ms_render_begin_member (self->out, "children");
  g_string_append_printf (self->out,
                          "{\"kind\":\"%s\",\"totalResults\":%" G_GINT64_FORMAT
                          ",\"startIndex\":%" G_GINT64_FORMAT ",\"itemsPerPage\":%u,\"items\":[",
                          query->children,
                          total,
                          query->start + 1,
                          children->len);
  for (guint i = 0; i < children->len; i++)
    {
      if (i > 0)
        g_string_append_c (self->out, ',');
      if (!append_child (self, txn, children->pdata[i], error))
        return FALSE;
    }
  g_string_append (self->out, "]}");
  return TRUE;
}

static gboolean
append_report (MsTxn *txn, gpointer user_data, GError **error)
{
  Report *self = user_data;
  gint64  month = 0;
  if (!ms_txn_get_usage_month (txn, &month, error))
    return FALSE;
  g_autofree char *period = ms_usage_period_format (month);
  g_autoptr (MsObject) object = NULL;
  g_auto (MsUsage) usage = { 0 };

  if (!find_object (self, txn, &object, error) || !ms_txn_get_usage (txn, object, &usage, error))
    return FALSE;
  g_string_append (self->out, object != NULL ? "{\"of\":{" : "{\"of\":null");
  if (object != NULL)
    {
      append_whom (&usage, self->out);
      g_string_append_c (self->out, '}');
    }
  ms_render_append_text (self->out, "period", period);
  if (!append_figures (self, txn, object, &usage, error)
      || (self->query->periods > 0 && !append_periods (self, txn, object, error))
      || (self->query->children != NULL && !append_children (self, txn, object, error)))
    return FALSE;
  g_string_append_c (self->out, '}');
  return TRUE;
}

gboolean
ms_service_read_usage (
    MsService *self, const MsActor *actor, const MsUsageQuery *query, GString *out, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && query != NULL && out != NULL, FALSE);

  gsize start = out->len;
  g_autoptr (GArray) sources = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (MsGroupCache) groups = ms_group_cache_new (self, sources);
  Report report = { self, actor, query, groups, out };
  if (ms_policy_check (actor, MS_POLICY_READ, self->types.mailbox, NULL, NULL, error)
      && ms_store_read (self->store, append_report, &report, NULL, error))
    return TRUE;
  g_string_truncate (out, start);
  return FALSE;
}
