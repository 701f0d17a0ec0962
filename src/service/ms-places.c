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
  char          *last; /* label of the last object */
  GString       *out;
} PlaceRead;

static void
append_ranges (const PlaceRead *read, GPtrArray *starts)
{
  g_string_append_printf (read->out, "{\"total\":%" G_GINT64_FORMAT ",\"ranges\":[", read->total);
  for (guint i = 0; i < starts->len; i++)
    {
      g_string_append_printf (read->out,
                              "%s{\"start\":%" G_GINT64_FORMAT ",\"from\":",
                              i > 0 ? "," : "",
                              (gint64) i * read->step);
      ms_json_append_string (read->out, g_ptr_array_index (starts, i));
      /* A range goes up to where the next begins, the last one up to the end. */
      g_string_append (read->out, ",\"to\":");
      ms_json_append_string (read->out,
                             i + 1 < starts->len ? g_ptr_array_index (starts, i + 1) : read->last);
      g_string_append_c (read->out, '}');
    }
  g_string_append (read->out, "]}");
}

static gboolean
take_label (MsObject *object, gpointer user_data, GError **error)
{
  PlaceRead *read = user_data;

  g_free (read->last);
  read->last = g_strdup (ms_object_get_label (object));
  return TRUE;
}

/* The total, and the last object: the first one the other way round. */
static gboolean
read_end (PlaceRead *read, MsTxn *txn, GError **error)
{
  MsQuery backwards = *read->query;

  backwards.descending = !backwards.descending;
  backwards.start = 0;
  backwards.count = 1;
  backwards.shown = TRUE;
  read->last = g_strdup ("");
  return ms_txn_query (txn, &backwards, take_label, read, &read->total, error);
}

static gboolean
ranges_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  PlaceRead *read = user_data;

  if (!read_end (read, txn, error))
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
  gboolean done
      = ms_policy_check (actor, MS_POLICY_READ, query->type, NULL, NULL, error)
        && ms_store_read_until (self->store, query->deadline, ranges_in_txn, &read, NULL, error);
  g_free (read.last);
  return done;
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

  if (!ms_policy_check (actor, MS_POLICY_READ, query->type, NULL, NULL, error)
      || !ms_store_read_until (self->store, query->deadline, position_in_txn, &read, NULL, error))
    return FALSE;
  *position = read.position;
  return TRUE;
}
