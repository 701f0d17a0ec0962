/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The history of one object: each change set that touched it, with nothing but what it did to it.
 */
#include "ms-history.h"

#include "ms-bin.h"
#include "ms-error.h"
#include "ms-events.h"
#include "ms-json.h"
#include "ms-render-private.h"
#include "ms-txn.h"

#define MAX_PAGE 500

typedef struct
{
  const char *id;
  gint64      before;
  guint       limit;
  GString    *out;

  const MsActor *reader;
} HistoryRead;

/* Where the object is now; %NULL where that cannot be read. @object: (out) (transfer full)
 * (nullable): as it is there */
static const char *
find_state (MsTxn *txn, const char *id, MsObject **object, GError **error)
{
  *object = NULL;
  if (!ms_txn_look_up (txn, NULL, id, object, error))
    return NULL;
  if (*object != NULL)
    return "present";
  if (!ms_bin_look_up (txn, id, object, error))
    return NULL;
  return *object != NULL ? "bin" : "gone";
}

static gboolean
append_history (MsTxn *txn, gpointer user_data, GError **error)
{
  const HistoryRead *read = user_data;
  g_autoptr (GPtrArray) sets
             = ms_txn_list_object_history (txn, read->id, read->before, read->limit + 1, error);
  g_autoptr (GPtrArray) newest = NULL;
  g_autoptr (MsObject) now = NULL;
  guint shown;

  if (sets == NULL)
    return FALSE;
  /* Even where this page is empty. */
  newest = ms_txn_list_object_history (txn, read->id, 0, 1, error);
  if (newest == NULL)
    return FALSE;
  if (newest->len == 0)
    {
      ms_error_set (
          error, MS_ERROR_NOT_FOUND, NULL, NULL, "There never was an object “%s”", read->id);
      return FALSE;
    }
  const char *state = find_state (txn, read->id, &now, error);
  if (state == NULL)
    return FALSE;
  const MsChangeSet *last = g_ptr_array_index (newest, 0);
  const MsChange    *change = g_ptr_array_index (last->changes, 0);
  g_string_append (read->out, "{\"object\":{");
  ms_render_append_text (read->out, "type", change->type_name);
  ms_render_append_text (read->out, "id", read->id);
  /* In the bin it may be called otherwise than what the last change put there. */
  ms_render_append_text (
      read->out, "label", now != NULL ? ms_object_get_label (now) : change->label);
  ms_render_append_text (read->out, "state", state);
  g_string_append (read->out, "},\"changeSets\":[");
  shown = MIN (sets->len, read->limit);
  for (guint i = 0; i < shown; i++)
    {
      if (i > 0)
        g_string_append_c (read->out, ',');
      ms_change_set_append (g_ptr_array_index (sets, i), TRUE, read->reader, read->out);
    }
  g_string_append_printf (read->out, "],\"more\":%s}", shown < sets->len ? "true" : "false");
  return TRUE;
}

gboolean
ms_service_get_history (MsService     *self,
                        const MsActor *actor,
                        const char    *object_id,
                        gint64         before,
                        guint          limit,
                        GString       *out,
                        GError       **error)
{
  HistoryRead read = { object_id, before, CLAMP (limit, 1, MAX_PAGE), out, actor };

  return ms_policy_check (actor, MS_POLICY_HISTORY, NULL, NULL, NULL, error)
         && ms_store_read (self->store, append_history, &read, NULL, error);
}
