/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Change sets as JSON: for the activity list, for one of them with its deltas, and for events.
 */
#include "ms-events.h"

#include "ms-error.h"
#include "ms-json.h"
#include "ms-render-private.h"
#include "ms-txn.h"

#define MAX_EVENT_CHANGES 200
#define MAX_PAGE 1000

/* A member, left out where there is nothing to say. */
static void
append_number (GString *out, const char *name, gint64 number)
{
  if (number == 0)
    return;
  ms_render_begin_member (out, name);
  g_string_append_printf (out, "%" G_GINT64_FORMAT, number);
}

/* How a directory is set up says more of it than delegates are told. */
static gboolean
may_see (const MsActor *reader, const MsChange *change)
{
  return g_strcmp0 (change->type_name, MS_TYPE_NAME_DIRECTORY) != 0
         || ms_policy_check (reader, MS_POLICY_READ_DIRECTORIES, NULL, NULL, NULL, NULL);
}

static void
append_change (const MsChange *change, const MsActor *reader, GString *out)
{
  g_string_append_c (out, '{');
  ms_render_append_text (out, "verb", ms_change_verb_to_string (change->verb));
  ms_render_append_text (out, "type", change->type_name);
  ms_render_append_text (out, "id", change->id);
  ms_render_append_text (out, "label", change->label);
  append_number (out, "version", change->version);
  if (reader != NULL)
    {
      ms_render_begin_member (out, "deltas");
      if (change->deltas != NULL && may_see (reader, change))
        ms_json_append (out, change->deltas);
      else
        g_string_append (out, "[]");
    }
  g_string_append_c (out, '}');
}

static void
append_changes (const MsChangeSet *set, const MsActor *reader, GString *out)
{
  guint count = set->changes != NULL ? set->changes->len : 0;
  guint shown = reader != NULL ? count : MIN (count, MAX_EVENT_CHANGES);

  ms_render_begin_member (out, "changes");
  g_string_append_c (out, '[');
  for (guint i = 0; i < shown; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      append_change (g_ptr_array_index (set->changes, i), reader, out);
    }
  g_string_append_c (out, ']');
  if (shown < count)
    g_string_append (out, ",\"truncated\":true");
}

void
ms_change_set_append (const MsChangeSet *set,
                      gboolean           with_changes,
                      const MsActor     *reader,
                      GString           *out)
{
  g_string_append_c (out, '{');
  append_number (out, "sequence", set->sequence);
  ms_render_append_time (out, "time", set->time);
  ms_render_begin_member (out, "actor");
  g_string_append_c (out, '{');
  ms_render_append_text (out, "id", set->actor_id);
  ms_render_append_text (out, "name", set->actor_name);
  g_string_append_c (out, '}');
  ms_render_append_text (out, "channel", set->channel);
  ms_render_append_text (out, "verb", set->verb);
  ms_render_append_text (out, "reason", set->reason);
  ms_render_append_text (out, "job", set->job);
  append_number (out, "undoOf", set->undo_of);
  append_number (out, "undoneBy", set->undone_by);
  append_number (out, "objectCount", set->object_count);
  if (set->first_id != NULL)
    {
      ms_render_begin_member (out, "first");
      g_string_append_c (out, '{');
      ms_render_append_text (out, "type", set->first_type);
      ms_render_append_text (out, "id", set->first_id);
      ms_render_append_text (out, "label", set->first_label);
      g_string_append_c (out, '}');
    }
  ms_render_append_text (out, "target", set->target_label);
  if (with_changes)
    append_changes (set, reader, out);
  g_string_append_c (out, '}');
}

/* Calls ------------------------------------------------------------------------------------- */

typedef struct
{
  const char *object_id;
  const char *job;
  gint64      before;
  guint       limit;
  gint64      sequence;
  GString    *out;

  const MsActor *reader;
} ChangesRead;

static gboolean
list_changes (MsTxn *txn, gpointer user_data, GError **error)
{
  const ChangesRead *read = user_data;
  g_autoptr (GPtrArray) sets = ms_txn_list_change_sets (
      txn, read->object_id, read->job, NULL, read->before, read->limit, error);

  if (sets == NULL)
    return FALSE;
  g_string_append (read->out, "{\"changeSets\":[");
  for (guint i = 0; i < sets->len; i++)
    {
      if (i > 0)
        g_string_append_c (read->out, ',');
      ms_change_set_append (g_ptr_array_index (sets, i), FALSE, NULL, read->out);
    }
  g_string_append (read->out, "]}");
  return TRUE;
}

gboolean
ms_service_list_changes (MsService     *self,
                         const MsActor *actor,
                         const char    *object_id,
                         const char    *job,
                         gint64         before,
                         guint          limit,
                         GString       *out,
                         GError       **error)
{
  ChangesRead read = { .object_id = object_id, .job = job, .before = before, .out = out };

  read.limit = CLAMP (limit, 1, MAX_PAGE);
  return ms_policy_check (actor, MS_POLICY_HISTORY, NULL, NULL, NULL, error)
         && ms_store_read (self->store, list_changes, &read, NULL, error);
}

static gboolean
get_change (MsTxn *txn, gpointer user_data, GError **error)
{
  const ChangesRead *read = user_data;
  g_autoptr (MsChangeSet) set = ms_txn_get_change_set (txn, read->sequence, error);

  if (set == NULL)
    return FALSE;
  ms_change_set_append (set, TRUE, read->reader, read->out);
  return TRUE;
}

gboolean
ms_service_get_change (
    MsService *self, const MsActor *actor, gint64 sequence, GString *out, GError **error)
{
  ChangesRead read = { .sequence = sequence, .out = out, .reader = actor };

  return ms_policy_check (actor, MS_POLICY_HISTORY, NULL, NULL, NULL, error)
         && ms_store_read (self->store, get_change, &read, NULL, error);
}
