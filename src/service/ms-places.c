/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where things are in a list: the tree's name ranges, and the row of one object.
 */
#include "ms-service-private.h"

#include "ms-error.h"
#include "ms-json.h"
#include "ms-txn.h"

typedef struct
{
  const MsQuery *query;
  const char    *id;
  guint          step;
  gint64         position;
  gint64         total;
  GString       *out;
} PlaceRead;

static void
append_ranges (const PlaceRead *read, GPtrArray *starts)
{
  g_string_append_printf (read->out, "{\"total\":%" G_GINT64_FORMAT ",\"ranges\":[", read->total);
  for (guint i = 0; i < starts->len; i++)
    {
      g_string_append_printf (read->out, "%s{\"start\":%" G_GINT64_FORMAT ",\"from\":", i > 0 ? "," : "",
                              (gint64) i * read->step);
      ms_json_append_string (read->out, g_ptr_array_index (starts, i));
      /* A range goes up to where the next begins; the last one is open. */
      g_string_append (read->out, ",\"to\":");
      ms_json_append_string (read->out, i + 1 < starts->len ? g_ptr_array_index (starts, i + 1) : "");
      g_string_append_c (read->out, '}');
    }
  g_string_append (read->out, "]}");
}

static gboolean
ignore_object (MsObject *object, gpointer user_data, GError **error)
{
  return TRUE;
}

static gboolean
ranges_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  PlaceRead *read = user_data;
  MsQuery    totals = *read->query;

  totals.start = 0;
  totals.count = 0;
  if (!ms_txn_query (txn, &totals, ignore_object, NULL, &read->total, error))
    return FALSE;
  g_autoptr (GPtrArray) starts = ms_txn_list_ranges (txn, read->query, read->step, error);
  if (starts == NULL)
    return FALSE;
  append_ranges (read, starts);
  return TRUE;
}

gboolean
ms_service_list_ranges (MsService     *self,
                        const MsActor *actor,
                        const MsQuery *query,
                        guint          step,
                        GString       *out,
                        GError       **error)
{
  PlaceRead read = { .query = query, .step = step, .out = out };

  if (step == 0)
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidValue", "step", "“step” must be 1 or more");
      return FALSE;
    }
  return ms_policy_check (actor, MS_POLICY_READ, query->type, NULL, NULL, error) &&
         ms_store_read (self->store, ranges_in_txn, &read, NULL, error);
}

static gboolean
position_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  PlaceRead *read = user_data;

  return ms_txn_find_position (txn, read->query, read->id, &read->position, error);
}

gboolean
ms_service_find_position (MsService     *self,
                          const MsActor *actor,
                          const MsQuery *query,
                          const char    *id,
                          gint64        *position,
                          GError       **error)
{
  PlaceRead read = { .query = query, .id = id };

  if (!ms_policy_check (actor, MS_POLICY_READ, query->type, NULL, NULL, error) ||
      !ms_store_read (self->store, position_in_txn, &read, NULL, error))
    return FALSE;
  *position = read.position;
  return TRUE;
}
