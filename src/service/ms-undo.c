/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A change set undone, and the answer to that.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-apply.h"
#include "ms-bin-rejoin.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-render-private.h"
#include "ms-settings.h"
#include "ms-store-schemas.h"
#include "ms-txn.h"
#include "ms-undo-shared.h"

/* Objects named in an answer: enough to see what it is about. */
#define MAX_LISTED 200

MsChangeSet *
ms_undo_get_head (MsTxn *txn, gint64 sequence, GError **error)
{
  g_autoptr (GPtrArray) sets
             = ms_txn_list_change_sets (txn, NULL, NULL, NULL, sequence + 1, 1, error);

  if (sets == NULL)
    return NULL;
  if (sets->len == 1 && ((MsChangeSet *) sets->pdata[0])->sequence == sequence)
    return g_ptr_array_steal_index (sets, 0);
  ms_error_set (
      error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is no change set %" G_GINT64_FORMAT, sequence);
  return NULL;
}

/* A change set that was undone is in force again when that undo was undone. What undoes one is
 * newer; what is not, in a damaged store, would lead round for ever. @undo: (out): the change set
 * that is in force instead of it, or 0 */
static gboolean
find_undo (MsTxn *txn, const MsChangeSet *set, gint64 *undo, GError **error)
{
  gint64 at = set->sequence;
  gint64 by = set->undone_by;

  *undo = 0;
  while (by != 0)
    {
      if (by <= at)
        {
          ms_error_set (error,
                        MS_ERROR_INTERNAL,
                        NULL,
                        NULL,
                        "The store is damaged: change set %" G_GINT64_FORMAT
                        " is said to be undone by %" G_GINT64_FORMAT,
                        at,
                        by);
          return FALSE;
        }
      g_autoptr (MsChangeSet) next = ms_undo_get_head (txn, by, error);
      if (next == NULL)
        return FALSE;
      *undo = *undo == 0 ? by : 0;
      at = by;
      by = next->undone_by;
    }
  return TRUE;
}

/* Relations between what comes out of the bin now and what went, or came back, before or after it:
 * its change set tells only of what was there when it went. */
static gboolean
rejoin (MsWrite   *write,
        gint64     sequence,
        gint64     until,
        GPtrArray *items,
        JsonArray *refused,
        GError   **error)
{
  const guint n = items->len;
  g_autoptr (GHashTable) chosen = g_hash_table_new (g_str_hash, g_str_equal);
  gint64 deletion = sequence;
  g_autoptr (GHashTable) followed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  MsBinPlan plan = { write, chosen, items, refused, followed, sequence };

  for (guint i = 0; i < n; i++)
    {
      const MsUndoItem *item = g_ptr_array_index (items, i);
      gint64            then = 0;
      gint64            standing = 0;
      if (item->is_settled || item->kind != MS_UNDO_BRING_BACK)
        continue;
      if (!ms_txn_find_standing_deletion (write->txn, item->change->id, sequence + 1, &then, error)
          || !ms_txn_find_standing_deletion (write->txn, item->change->id, 0, &standing, error))
        return FALSE;
      /* What went again since has more recent ones. */
      if (then == standing)
        g_hash_table_insert (chosen, item->change->id, &deletion);
    }
  if (g_hash_table_size (chosen) == 0)
    return TRUE;
  for (guint i = 0; i < n; i++)
    {
      MsUndoItem *item = g_ptr_array_index (items, i);
      if (item->kind == MS_UNDO_BRING_BACK && g_hash_table_contains (chosen, item->change->id)
          && !ms_bin_rejoin_lost (&plan, item, sequence, error))
        return FALSE;
    }
  return ms_bin_rejoin_restored (&plan, sequence, until, error);
}

/**
 * SetUndo: of one change set
 * @withheld: (nullable): where it is about what a directory's run did: what would be shared
 * @again: it is to be done once more, without what @primaries keeps and what is withheld
 */
typedef struct
{
  MsWrite           *write;
  const MsChangeSet *set;
  gint64             until;
  JsonArray         *objects;
  JsonArray         *refused;
  MsUndoPrimaries   *primaries;
  GHashTable        *withheld;
  gint64             undone;
  gboolean           again;
} SetUndo;

static gboolean
ask_again (SetUndo *self, GError **error)
{
  if (!ms_undo_primaries_ask_kept (self->primaries, self->write, &self->again, error))
    return FALSE;
  if (self->again)
    ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "A user would have no primary mailbox");
  return !self->again;
}

static gboolean
ask_shared (SetUndo *self, GPtrArray *items, GError **error)
{
  if (self->withheld == NULL)
    return TRUE;
  if (!ms_undo_find_shared (items, self->write, self->withheld, &self->again, error))
    return FALSE;
  if (self->again)
    ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "Two would have one address");
  return !self->again;
}

static gboolean
try_set (MsTxn *txn, gpointer user_data, GError **error)
{
  SetUndo           *self = user_data;
  MsWrite           *write = self->write;
  const MsChangeSet *set = self->set;
  JsonArray         *refused = self->refused;
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_undo_item_free);
  gint64 settings = 0;

  self->again = FALSE;
  for (guint i = 0; set->changes != NULL && i < set->changes->len; i++)
    {
      const MsChange *change = g_ptr_array_index (set->changes, i);
      if (change->verb == MS_CHANGE_DELETE && !ms_bin_note_returns (write, change->id, error))
        return FALSE;
    }
  for (guint i = 0; set->changes != NULL && i < set->changes->len; i++)
    {
      const MsChange *change = g_ptr_array_index (set->changes, i);
      if (strcmp (change->type_name, MS_NOTE_SETTING) == 0)
        {
          if (!ms_settings_undo (write, set->sequence, change, refused, &settings, error))
            return FALSE;
          continue;
        }
      MsUndoItem *item = ms_undo_plan (write, set->sequence, change, refused, error);
      if (item == NULL)
        return FALSE;
      g_ptr_array_add (items, item);
    }
  if (!rejoin (write, set->sequence, self->until, items, refused, error)
      || !ms_undo_primaries_plan (self->primaries, write, set->sequence, items, refused, error))
    return FALSE;
  ms_undo_join_accounts (items, write->types, refused);
  if (self->withheld != NULL)
    {
      ms_undo_bind_mailboxes (items, write->types);
      ms_undo_withhold (items, self->withheld, refused);
    }
  if (!ms_undo_run (items, write, refused, &self->undone, error) || !ask_shared (self, items, error)
      || !ask_again (self, error))
    return FALSE;
  if (self->objects != NULL)
    ms_undo_list_done (items, self->objects);
  self->undone += settings;
  return TRUE;
}

static gboolean
undo_set (SetUndo *self, GError **error)
{
  while (TRUE)
    {
      g_autoptr (GError) failed = NULL;

      if (ms_txn_savepoint (self->write->txn, TRUE, try_set, self, &failed))
        return (self->objects == NULL
                || ms_undo_tell_names (self->write->txn, self->objects, error))
               && ms_undo_tell_names (self->write->txn, self->refused, error);
      if (!self->again)
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return FALSE;
        }
      while (json_array_get_length (self->refused) > 0)
        json_array_remove_element (self->refused, json_array_get_length (self->refused) - 1);
      g_clear_pointer (&self->write->primary_domain, g_free);
    }
}

static void
note_undone (MsWrite *write, gint64 sequence)
{
  if (write->undone_here == NULL)
    write->undone_here = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_hash_table_add (write->undone_here, g_memdup2 (&sequence, sizeof sequence));
}

gboolean
ms_undo_change_set (MsWrite   *write,
                    gint64     sequence,
                    gint64     until,
                    JsonArray *objects,
                    JsonArray *refused,
                    gint64    *undone,
                    gint64    *undo,
                    GError   **error)
{
  gint64 by = 0;
  g_autoptr (MsChangeSet) set = ms_txn_get_change_set (write->txn, sequence, error);

  if (set == NULL || !find_undo (write->txn, set, &by, error))
    return FALSE;
  if (undo != NULL)
    *undo = by;
  if (by != 0)
    {
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    NULL,
                    "This was undone already, by change %" G_GINT64_FORMAT,
                    by);
      return FALSE;
    }
  if (ms_undo_refuse_store (refused, set))
    return ms_outcome_refuse (refused, MS_ERROR_CONFLICT, error, "Nothing of this can be undone");
  write->undoing = TRUE;
  if (!ms_undo_is_of_run (write->txn, set, &write->undoing_run, error))
    return FALSE;
  g_autoptr (MsUndoPrimaries) primaries = ms_undo_primaries_new ();
  g_autoptr (GHashTable) withheld = write->undoing_run ? ms_undo_withheld_new () : NULL;
  SetUndo self = { write, set, until, objects, refused, primaries, withheld, 0, FALSE };
  if (!undo_set (&self, error))
    return FALSE;
  *undone = self.undone;
  if (*undone == 0)
    return ms_outcome_refuse (refused, MS_ERROR_CONFLICT, error, "Nothing of this can be undone");
  note_undone (write, sequence);
  return TRUE;
}

/* Answers ----------------------------------------------------------------------------------- */

void
ms_undo_list_done (GPtrArray *items, JsonArray *objects)
{
  static const char *const verbs[] = {
    [MS_UNDO_CHANGE_BACK] = "update",
    [MS_UNDO_BRING_BACK] = "restore",
    [MS_UNDO_TAKE_AWAY] = "delete",
  };

  for (guint i = 0; i < items->len && json_array_get_length (objects) < MAX_LISTED; i++)
    {
      const MsUndoItem *item = g_ptr_array_index (items, i);
      if (!ms_undo_item_counts (item))
        continue;
      JsonObject *entry = json_object_new ();
      json_object_set_string_member (entry, "verb", verbs[item->kind]);
      json_object_set_string_member (entry, "type", item->change->type_name);
      json_object_set_string_member (entry, "id", item->change->id);
      json_object_set_string_member (entry, "label", item->change->label);
      json_array_add_object_element (objects, entry);
    }
}

static void
append_array (GString *out, const char *name, JsonArray *array)
{
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), array);

  ms_render_begin_member (out, name);
  ms_json_append (out, node);
}

GString *
ms_undo_make_document (const char *count_name, gint64 done, JsonArray *objects, JsonArray *refused)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "{\"%s\":%" G_GINT64_FORMAT, count_name, done);
  if (objects != NULL)
    append_array (out, "objects", objects);
  append_array (out, "refused", refused);
  g_string_append_c (out, '}');
  return out;
}

gboolean
ms_undo_read_dry_run (JsonObject *body, gboolean *dry_run, GError **error)
{
  JsonNode *node = body != NULL ? json_object_get_member (body, "dryRun") : NULL;

  *dry_run = FALSE;
  if (node == NULL)
    return TRUE;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    {
      *dry_run = json_node_get_boolean (node);
      return TRUE;
    }
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", "dryRun", "“dryRun” is true or false");
  return FALSE;
}

/* @job, @job_changes: what the change set is part of; see find_job() */
typedef struct
{
  MsWrite   *write;
  gint64     sequence;
  JsonArray *objects;
  JsonArray *refused;
  gint64     undone;
  char      *job;
  gint64     job_changes;
} UndoStep;

/* Whoever undoes one change set of an import may have meant all of it. */
static gboolean
find_job (UndoStep *step, MsTxn *txn, GError **error)
{
  g_autoptr (GPtrArray) sets
             = ms_txn_list_change_sets (txn, NULL, NULL, NULL, step->sequence + 1, 1, error);

  if (sets == NULL)
    return FALSE;
  const MsChangeSet *set = sets->len > 0 ? g_ptr_array_index (sets, 0) : NULL;
  if (set == NULL || set->sequence != step->sequence || set->job == NULL)
    return TRUE;
  step->job = g_strdup (set->job);
  return ms_txn_count_job (txn, set->job, &step->job_changes, error);
}

/* What was dropped for a schema file stays dropped: objects that hold what the tables of before do
 * not know are in the way. */
static gboolean
apply_schemas (UndoStep *step, MsTxn *txn, GError **error)
{
  MsSchemaReport report = { 0 };

  return !step->write->changing_schemas || ms_txn_apply_schemas (txn, FALSE, &report, error);
}

static gboolean
undo_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  UndoStep *step = user_data;

  return ms_undo_change_set (step->write,
                             step->sequence,
                             0,
                             step->objects,
                             step->refused,
                             &step->undone,
                             NULL,
                             error)
         && apply_schemas (step, txn, error) && find_job (step, txn, error);
}

gboolean
ms_verb_undo (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error)
{
  g_autoptr (JsonArray) refused = json_array_new ();
  g_autoptr (JsonArray) objects = json_array_new ();
  UndoStep step
      = { .write = write, .sequence = operation->sequence, .objects = objects, .refused = refused };
  gboolean dry_run;

  gboolean done = ms_undo_read_dry_run (operation->body, &dry_run, error)
                  && ms_txn_savepoint (write->txn, !dry_run, undo_in_txn, &step, error);
  g_autofree char *job = step.job;
  if (!done)
    return FALSE;
  outcome->document = ms_undo_make_document ("undone", step.undone, objects, refused);
  if (step.job_changes > 1)
    {
      g_string_truncate (outcome->document, outcome->document->len - 1);
      g_string_append_printf (outcome->document,
                              ",\"job\":\"%s\",\"jobChanges\":%" G_GINT64_FORMAT "}",
                              job,
                              step.job_changes);
    }
  outcome->changed = !dry_run;
  return TRUE;
}
