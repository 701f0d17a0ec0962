/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Attributes that are made on reading, one function each, by a table. A function that appends
 * nothing leaves the attribute out.
 */
#include "ms-render-private.h"

#include <string.h>

#include "ms-json.h"
#include "ms-txn.h"
#include "ms-usage.h"

typedef gboolean (*ComputeFunc) (MsRender          *self,
                                 MsTxn             *txn,
                                 MsObject          *object,
                                 const MsAttribute *attribute,
                                 GString           *out,
                                 GError           **error);

static void
append_int (GString *out, const MsAttribute *attribute, gint64 value)
{
  ms_render_begin_member (out, attribute->name);
  g_string_append_printf (out, "%" G_GINT64_FORMAT, value);
}

static gboolean
append_quota (MsRender          *self,
              MsTxn             *txn,
              MsObject          *object,
              const char        *container,
              const MsAttribute *attribute,
              GString           *out,
              GError           **error)
{
  gint64 quota = ms_group_cache_get_quota (self->groups,
                                           txn,
                                           ms_object_get_link (object, container),
                                           ms_object_get_int (object, "quota", -1),
                                           error);

  if (quota > 0)
    append_int (out, attribute, quota);
  return quota >= 0;
}

static gboolean
compute_mailbox_quota (MsRender          *self,
                       MsTxn             *txn,
                       MsObject          *object,
                       const MsAttribute *attribute,
                       GString           *out,
                       GError           **error)
{
  return append_quota (self, txn, object, "group", attribute, out, error);
}

static gboolean
compute_group_quota (MsRender          *self,
                     MsTxn             *txn,
                     MsObject          *object,
                     const MsAttribute *attribute,
                     GString           *out,
                     GError           **error)
{
  return append_quota (self, txn, object, "parent", attribute, out, error);
}

static gboolean
compute_group_path (MsRender          *self,
                    MsTxn             *txn,
                    MsObject          *object,
                    const MsAttribute *attribute,
                    GString           *out,
                    GError           **error)
{
  g_autofree char *path
      = ms_group_cache_dup_path (self->groups, txn, ms_object_get_id (object), error);

  if (path == NULL)
    return FALSE;
  ms_render_begin_member (out, attribute->name);
  ms_json_append_string (out, path);
  return TRUE;
}

static gboolean
compute_group_count (MsRender          *self,
                     MsTxn             *txn,
                     MsObject          *object,
                     const MsAttribute *attribute,
                     GString           *out,
                     GError           **error)
{
  gint64 here = 0, below = 0, groups = 0;

  if (!ms_txn_count_group (txn, ms_object_get_id (object), &here, &below, &groups, error))
    return FALSE;
  append_int (out,
              attribute,
              strcmp (attribute->name, "mailboxCount") == 0         ? below
              : strcmp (attribute->name, "directMailboxCount") == 0 ? here
                                                                    : groups);
  return TRUE;
}

/* Whether a part of "usage" is wanted. */
typedef struct
{
  MsRender          *render;
  const MsAttribute *attribute;
} Parts;

static gboolean
is_part_wanted (const char *name, gconstpointer user_data)
{
  const Parts       *self = user_data;
  const MsAttribute *sub = ms_attribute_find_sub (self->attribute, name);

  return sub != NULL && ms_attribute_set_has_sub (self->render->wanted, sub);
}

static gboolean
append_usage (MsRender          *self,
              MsTxn             *txn,
              MsObject          *object,
              gboolean           is_limited,
              const MsAttribute *attribute,
              GString           *out,
              GError           **error)
{
  Parts  parts = { self, attribute };
  gsize  before = out->len;
  gint64 quota = 0;
  g_auto (MsUsage) usage = { 0 };

  if (!ms_txn_get_usage (txn, object, &usage, error))
    return FALSE;
  if (is_limited)
    quota = ms_group_cache_get_quota (self->groups,
                                      txn,
                                      ms_object_get_link (object, "group"),
                                      ms_object_get_int (object, "quota", -1),
                                      error);
  if (quota < 0)
    return FALSE;
  ms_render_begin_member (out, attribute->name);
  ms_usage_append (&usage, ms_usage_get_percent (&usage, quota), is_part_wanted, &parts, out);
  if (ms_render_is_empty (out))
    g_string_truncate (out, before);
  return TRUE;
}

static gboolean
compute_mailbox_usage (MsRender          *self,
                       MsTxn             *txn,
                       MsObject          *object,
                       const MsAttribute *attribute,
                       GString           *out,
                       GError           **error)
{
  return append_usage (self, txn, object, TRUE, attribute, out, error);
}

static gboolean
compute_total_usage (MsRender          *self,
                     MsTxn             *txn,
                     MsObject          *object,
                     const MsAttribute *attribute,
                     GString           *out,
                     GError           **error)
{
  return append_usage (self, txn, object, FALSE, attribute, out, error);
}

/* @traced: what it is made from is the object itself, or is noted by ms_render_note_source() */
static const struct
{
  const char *type_name;
  const char *path;
  ComputeFunc compute;
  gboolean    traced;
} table[] = {
  { MS_TYPE_NAME_MAILBOX, "effectiveQuota", compute_mailbox_quota, TRUE },
  { MS_TYPE_NAME_MAIL_GROUP, "effectiveQuota", compute_group_quota, TRUE },
  { MS_TYPE_NAME_MAIL_GROUP, "path", compute_group_path, TRUE },
  { MS_TYPE_NAME_MAIL_GROUP, "mailboxCount", compute_group_count, FALSE },
  { MS_TYPE_NAME_MAIL_GROUP, "directMailboxCount", compute_group_count, FALSE },
  { MS_TYPE_NAME_MAIL_GROUP, "groupCount", compute_group_count, FALSE },
  { MS_TYPE_NAME_MAILBOX, "usage", compute_mailbox_usage, FALSE },
  { MS_TYPE_NAME_MAIL_GROUP, "usage", compute_total_usage, FALSE },
  { MS_TYPE_NAME_DOMAIN, "usage", compute_total_usage, FALSE },
};

gboolean
ms_render_append_computed (MsRender          *self,
                           MsTxn             *txn,
                           MsObject          *object,
                           const MsAttribute *attribute,
                           GString           *out,
                           GError           **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (strcmp (table[i].path, attribute->path) == 0
        && strcmp (table[i].type_name, self->type->name) == 0)
      {
        self->untraced |= !table[i].traced;
        return table[i].compute (self, txn, object, attribute, out, error);
      }
  return TRUE;
}
