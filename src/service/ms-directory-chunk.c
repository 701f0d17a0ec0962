/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plan, in transactions. What must hold: what a transaction did, its rows and the counts are
 * stored together or not at all. A rehearsal does the same work in a savepoint that is rolled back
 * before the rows are written; so in it nobody gives up anything.
 *
 * Somebody may want a name that another one in the same run gives up. Who is refused for that is
 * tried again after the others, each after whom they wait for, as long as that helps anybody; then
 * each circle of them together, and at last all who are left.
 */
#include "ms-directory-run.h"

#include <string.h>

#include "ms-directory-apply.h"
#include "ms-error.h"
#include "ms-json.h"

/* How long one transaction keeps others from writing. */
#define CHUNK_USEC (250 * G_TIME_SPAN_MILLISECOND)
#define EXPECTED_ITEMS 16

typedef enum
{
  ONE_BY_ONE,
  TOGETHER,
  FORETOLD, /* what comes of those who wait, in an order in which that is known */
} Way;

/**
 * Chunk:
 * @todo: (element-type guint): places in the plan
 * @outcomes: (element-type MsDirectoryOutcome): of those done in this transaction
 * @has_moved: the state counts what this transaction did, which is not committed yet
 */
typedef struct
{
  MsDirectoryRun  *run;
  GArray          *todo;
  guint            first;
  gboolean         may_wait;
  Way              way;
  MsDirectoryApply apply;
  GArray          *outcomes;
  gboolean         has_moved;
} Chunk;

static void
clear_outcome (gpointer data)
{
  ms_directory_outcome_clear (data);
}

static MsDirectoryItem *
get_item (Chunk *self, guint i)
{
  return self->run->plan->items->pdata[g_array_index (self->todo, guint, self->first + i)];
}

/* Nothing is to be done about it, but told. */
static void
settle (const MsDirectoryItem *item, MsDirectoryOutcome *outcome)
{
  outcome->status = MS_DIRECTORY_UNCHANGED;
  outcome->reason = g_strdup (item->remark != NULL ? item->remark : item->person->warning);
  outcome->changes = json_array_new ();
}

/* Whoever waits has no fate yet. */
static void
note_fate (Chunk *self, MsDirectoryItem *item, const MsDirectoryOutcome *outcome)
{
  item->is_refused = outcome->is_refused && !(self->may_wait && outcome->is_in_the_way);
}

static gboolean
apply (Chunk *self, MsDirectoryItem *item, MsDirectoryOutcome *outcome, GError **error)
{
  const MsDirectoryItem *items[] = { item };

  if (self->way != FORETOLD)
    return ms_directory_apply_item (&self->apply, item, outcome, error);
  return ms_directory_plan_waits_in_vain (self->run->plan, item)
             ? ms_directory_apply_together (&self->apply, items, 1, outcome, error)
             : ms_directory_apply_foretell (&self->apply, item, outcome, error);
}

static gboolean
do_one (Chunk *self, MsDirectoryItem *item, GError **error)
{
  MsDirectoryOutcome outcome = { 0 };

  if (item->is_settled && item->problem == NULL)
    settle (item, &outcome);
  else if (!apply (self, item, &outcome, error))
    {
      ms_directory_outcome_clear (&outcome);
      return FALSE;
    }
  note_fate (self, item, &outcome);
  g_array_append_val (self->outcomes, outcome);
  return TRUE;
}

static gboolean
do_together (Chunk *self, GError **error)
{
  guint n = MIN (self->todo->len - self->first, MS_DIRECTORY_CHUNK_ITEMS);
  g_autofree const MsDirectoryItem **items = g_new (const MsDirectoryItem *, n);
  g_autofree MsDirectoryOutcome     *outcomes = g_new0 (MsDirectoryOutcome, n);

  for (guint i = 0; i < n; i++)
    items[i] = get_item (self, i);
  gboolean done = ms_directory_apply_together (&self->apply, items, n, outcomes, error);
  for (guint i = 0; i < n; i++)
    if (done)
      {
        note_fate (self, get_item (self, i), &outcomes[i]);
        g_array_append_val (self->outcomes, outcomes[i]);
      }
    else
      ms_directory_outcome_clear (&outcomes[i]);
  return done;
}

static gboolean
do_items (MsTxn *txn, gpointer user_data, GError **error)
{
  Chunk *self = user_data;
  gint64 end = g_get_monotonic_time () + CHUNK_USEC;
  guint  count = MIN (self->todo->len - self->first, MS_DIRECTORY_CHUNK_ITEMS);
  g_autoptr (GPtrArray) items = g_ptr_array_new ();

  if (!ms_directory_apply_begin (&self->apply, txn, error))
    return FALSE;
  if (self->way == TOGETHER)
    return do_together (self, error);
  for (guint i = 0; i < count; i++)
    g_ptr_array_add (items, get_item (self, i));
  for (guint i = 0; i < count; i++)
    {
      if ((i % EXPECTED_ITEMS == 0
           && !ms_directory_apply_expect (&self->apply, items, i, EXPECTED_ITEMS, error))
          || !do_one (self, items->pdata[i], error))
        return FALSE;
      if (g_get_monotonic_time () >= end)
        break;
    }
  return TRUE;
}

static gboolean
waits (Chunk *self, guint i)
{
  return self->may_wait && g_array_index (self->outcomes, MsDirectoryOutcome, i).is_in_the_way;
}

/* Rows -------------------------------------------------------------------------------------- */

/* (transfer full) */
static char *
make_row (const MsDirectoryItem *item, const MsDirectoryOutcome *outcome)
{
  g_autoptr (JsonObject) row = json_object_new ();

  json_object_set_string_member (row, "status", ms_directory_status_get_name (outcome->status));
  if (item->person != NULL)
    json_object_set_string_member (row, "dn", item->person->dn);
  else
    json_object_set_null_member (row, "dn");
  json_object_set_string_member (row, "userName", item->user_name != NULL ? item->user_name : "");
  json_object_set_array_member (row, "changes", json_array_ref (outcome->changes));
  if (outcome->reason != NULL)
    json_object_set_string_member (row, "reason", outcome->reason);
  if (outcome->field != NULL)
    json_object_set_string_member (row, "field", outcome->field);
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), row);
  return ms_json_to_string (node);
}

static gboolean
write_rows (Chunk *self, MsTxn *txn, GError **error)
{
  for (guint i = 0; i < self->outcomes->len; i++)
    {
      const MsDirectoryOutcome *outcome = &g_array_index (self->outcomes, MsDirectoryOutcome, i);

      if (waits (self, i) || (outcome->status == MS_DIRECTORY_UNCHANGED && outcome->reason == NULL))
        continue;
      g_autofree char *json = make_row (get_item (self, i), outcome);
      if (!ms_txn_add_directory_row (txn,
                                     self->run->config->id,
                                     g_array_index (self->todo, guint, self->first + i),
                                     ms_directory_status_get_name (outcome->status),
                                     json,
                                     error))
        return FALSE;
    }
  return TRUE;
}

/* Counts what this transaction did, or takes that back where it failed. */
static void
move_on (Chunk *self, int sign)
{
  MsDirectoryState *state = self->run->state;

  for (guint i = 0; i < self->outcomes->len; i++)
    {
      if (waits (self, i))
        continue;
      state->counts[g_array_index (self->outcomes, MsDirectoryOutcome, i).status] += sign;
      state->done += sign;
    }
}

static gboolean
work_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Chunk *self = user_data;

  if (!ms_directory_run_hold (self->run, txn, error))
    return FALSE;
  gboolean worked = self->run->state->is_run ? do_items (txn, self, error)
                                             : ms_txn_savepoint (txn, FALSE, do_items, self, error);
  if (!worked || !write_rows (self, txn, error))
    return FALSE;
  move_on (self, +1);
  self->has_moved = TRUE;
  return ms_directory_state_save (self->run->state, txn, error);
}

/* @later: (nullable): gets the places of those that wait. @done: (out): how many of @todo */
static gboolean
do_chunk (MsDirectoryRun *run,
          GArray         *todo,
          guint           first,
          GArray         *later,
          Way             way,
          gboolean        aliases_wait,
          guint          *done,
          GError        **error)
{
  g_autoptr (GArray) outcomes = g_array_new (FALSE, TRUE, sizeof (MsDirectoryOutcome));
  Chunk            chunk = { .run = run,
                             .todo = todo,
                             .first = first,
                             .may_wait = later != NULL,
                             .way = way,
                             .outcomes = outcomes };
  g_autofree char *reason = NULL;
  MsChangeContext  context = ms_directory_run_get_context (run, &reason);

  g_array_set_clear_func (outcomes, clear_outcome);
  if (!ms_directory_run_goes_on (run, error))
    return FALSE;
  ms_directory_apply_init (&chunk.apply, run->service, run->actor, run->config, run->plan);
  chunk.apply.may_wait = aliases_wait && run->state->is_run;
  gboolean written
      = ms_store_write (run->service->store, &context, work_in_txn, &chunk, NULL, error);
  ms_directory_apply_clear (&chunk.apply);
  if (!written && chunk.has_moved)
    move_on (&chunk, -1);
  for (guint i = 0; written && i < outcomes->len; i++)
    if (waits (&chunk, i))
      g_array_append_val (later, g_array_index (todo, guint, first + i));
  *done = outcomes->len;
  return written;
}

/* @later: (nullable) */
static gboolean
do_all (MsDirectoryRun *run,
        GArray         *todo,
        GArray         *later,
        Way             way,
        gboolean        aliases_wait,
        GError        **error)
{
  for (guint first = 0, done = 0; first < todo->len; first += done)
    if (!do_chunk (run, todo, first, later, way, aliases_wait, &done, error)
        || !ms_directory_run_live (run, error))
      return FALSE;
  return TRUE;
}

/* Who is as the directory has it, and of whom nothing is to be told, is not met again. */
static GArray *
list_todo (MsDirectoryRun *self)
{
  GArray *todo = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < self->plan->items->len; i++)
    {
      const MsDirectoryItem *item = self->plan->items->pdata[i];
      const char            *warning = item->person != NULL ? item->person->warning : NULL;

      if (item->is_settled && item->problem == NULL && item->remark == NULL && warning == NULL)
        self->state->counts[MS_DIRECTORY_UNCHANGED]++;
      else
        g_array_append_val (todo, i);
    }
  return todo;
}

/* The items of each circle, one circle after the other. @rest: gets those that are in none */
static gboolean
do_circles (MsDirectoryRun *run, GArray *todo, GArray *rest, GError **error)
{
  g_autoptr (GHashTable) circles
             = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref);
  g_autoptr (GPtrArray) in_order = g_ptr_array_new ();

  for (guint i = 0; i < todo->len; i++)
    {
      guint                  place = g_array_index (todo, guint, i);
      const MsDirectoryItem *item = run->plan->items->pdata[place];
      GArray *circle = g_hash_table_lookup (circles, GUINT_TO_POINTER (item->circle));
      if (item->circle == 0)
        circle = rest;
      else if (circle == NULL)
        {
          circle = g_array_new (FALSE, FALSE, sizeof (guint));
          g_hash_table_insert (circles, GUINT_TO_POINTER (item->circle), circle);
          g_ptr_array_add (in_order, circle);
        }
      g_array_append_val (circle, place);
    }
  for (guint i = 0; i < in_order->len; i++)
    if (!do_all (run, in_order->pdata[i], NULL, TOGETHER, FALSE, error))
      return FALSE;
  return TRUE;
}

/* Nobody gives up anything in a rehearsal: what comes of those who wait for it is told once it is
 * known what came of the others. */
static gboolean
rehearse (MsDirectoryRun *self, GArray *todo, GError **error)
{
  g_autoptr (GArray) later = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) rest = g_array_new (FALSE, FALSE, sizeof (guint));

  if (!do_all (self, todo, later, ONE_BY_ONE, FALSE, error)
      || !do_circles (self, later, rest, error))
    return FALSE;
  g_autoptr (GArray) order = ms_directory_plan_order_waiting (self->plan, rest, FALSE);
  return do_all (self, order, NULL, FORETOLD, FALSE, error);
}

gboolean
ms_directory_run_apply (MsDirectoryRun *self, GError **error)
{
  g_autoptr (GArray) todo = list_todo (self);
  gboolean aliases_wait = TRUE;

  self->state->total = self->plan->items->len;
  self->state->done = self->state->total - todo->len;
  if (!self->state->is_run)
    return rehearse (self, todo, error);
  for (guint before = 0; todo->len > 0;)
    {
      g_autoptr (GArray) later = g_array_new (FALSE, FALSE, sizeof (guint));
      g_autoptr (GArray) rest = g_array_new (FALSE, FALSE, sizeof (guint));
      gboolean had_waited = aliases_wait;
      gboolean is_stuck = before == todo->len;

      /* First without the aliases that do not come. */
      aliases_wait = aliases_wait && !is_stuck;
      is_stuck = is_stuck && !had_waited;
      before = todo->len;
      if (is_stuck && !do_circles (self, todo, rest, error))
        return FALSE;
      /* Who waited for one of a circle waits no more. */
      if (is_stuck && rest->len < todo->len)
        g_array_append_vals (later, rest->data, rest->len);
      else if (!do_all (self,
                        todo,
                        is_stuck ? NULL : later,
                        is_stuck ? TOGETHER : ONE_BY_ONE,
                        aliases_wait,
                        error))
        return FALSE;
      g_array_unref (todo);
      todo = ms_directory_plan_order_waiting (self->plan, later, aliases_wait);
    }
  return TRUE;
}
