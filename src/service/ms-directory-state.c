/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "ms-directory-state.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-undo-hold.h"

static void
read_counts (MsDirectoryState *self, JsonObject *counts)
{
  for (guint i = 0; i < MS_DIRECTORY_N_STATUSES; i++)
    self->counts[i] = json_object_get_int_member_with_default (
        counts, ms_directory_status_get_name ((MsDirectoryStatus) i), 0);
}

static void
read_result (MsDirectoryState *self, JsonObject *result)
{
  JsonNode *last = json_object_get_member (result, "last");
  JsonNode *counts = json_object_get_member (result, "counts");

  if (last != NULL && JSON_NODE_HOLDS_OBJECT (last))
    self->last = json_node_dup_object (last);
  self->undoing = ms_undo_holds_read (result);
  self->previous_job
      = g_strdup (json_object_get_string_member_with_default (result, "previousJob", NULL));
  self->ticket = g_strdup (json_object_get_string_member_with_default (result, "ticket", NULL));
  self->is_proven = json_object_get_boolean_member_with_default (result, "proven", FALSE);
  self->is_stopped = json_object_get_boolean_member_with_default (result, "stopped", FALSE);
  self->is_run = json_object_get_boolean_member_with_default (result, "run", FALSE);
  self->resumes = json_object_get_boolean_member_with_default (result, "resumes", FALSE);
  self->is_forced = json_object_get_boolean_member_with_default (result, "forced", FALSE);
  self->is_scheduled = json_object_get_boolean_member_with_default (result, "scheduled", FALSE);
  self->started = json_object_get_int_member_with_default (result, "started", 0);
  self->found = json_object_get_int_member_with_default (result, "found", 0);
  self->done = json_object_get_int_member_with_default (result, "done", 0);
  self->total = json_object_get_int_member_with_default (result, "total", 0);
  if (counts != NULL && JSON_NODE_HOLDS_OBJECT (counts))
    read_counts (self, json_node_get_object (counts));
}

MsDirectoryState *
ms_directory_state_new (MsDirectoryRecord *record)
{
  MsDirectoryState *self = g_new0 (MsDirectoryState, 1);

  self->record = record;
  /* What cannot be read says nothing of the last run; the next one writes it anew. */
  g_autoptr (JsonNode) result
             = record->result != NULL ? ms_json_parse (record->result, -1, NULL, NULL) : NULL;
  g_autoptr (JsonObject) object = result != NULL && JSON_NODE_HOLDS_OBJECT (result)
                                      ? json_node_dup_object (result)
                                      : json_object_new ();
  read_result (self, object);
  return self;
}

void
ms_directory_state_free (MsDirectoryState *self)
{
  if (self == NULL)
    return;
  ms_directory_record_free (self->record);
  g_clear_pointer (&self->last, json_object_unref);
  json_object_unref (self->undoing);
  g_free (self->previous_job);
  g_free (self->ticket);
  g_free (self);
}

MsDirectoryState *
ms_directory_state_load (MsTxn *txn, const char *id, GError **error)
{
  MsDirectoryRecord *record = ms_txn_get_directory (txn, id, error);

  return record != NULL ? ms_directory_state_new (record) : NULL;
}

static JsonObject *
make_counts (const MsDirectoryState *self, gboolean with_found)
{
  JsonObject *counts = json_object_new ();

  if (with_found)
    json_object_set_int_member (counts, "found", self->found);
  for (guint i = 0; i < MS_DIRECTORY_N_STATUSES; i++)
    json_object_set_int_member (
        counts, ms_directory_status_get_name ((MsDirectoryStatus) i), self->counts[i]);
  return counts;
}

gboolean
ms_directory_state_save (MsDirectoryState *self, MsTxn *txn, GError **error)
{
  g_autoptr (JsonObject) result = json_object_new ();
  g_autoptr (JsonNode) node = NULL;

  if (self->last != NULL)
    json_object_set_object_member (result, "last", json_object_ref (self->last));
  if (self->previous_job != NULL)
    json_object_set_string_member (result, "previousJob", self->previous_job);
  if (self->ticket != NULL)
    json_object_set_string_member (result, "ticket", self->ticket);
  json_object_set_boolean_member (result, "proven", self->is_proven);
  ms_undo_holds_write (self->undoing, result);
  json_object_set_boolean_member (result, "stopped", self->is_stopped);
  json_object_set_boolean_member (result, "run", self->is_run);
  json_object_set_boolean_member (result, "resumes", self->resumes);
  json_object_set_boolean_member (result, "forced", self->is_forced);
  json_object_set_boolean_member (result, "scheduled", self->is_scheduled);
  json_object_set_int_member (result, "started", self->started);
  json_object_set_int_member (result, "found", self->found);
  json_object_set_int_member (result, "done", self->done);
  json_object_set_int_member (result, "total", self->total);
  json_object_set_object_member (result, "counts", make_counts (self, FALSE));
  node = json_node_init_object (json_node_alloc (), result);
  g_free (self->record->result);
  self->record->result = ms_json_to_string (node);
  return ms_txn_put_directory (txn, self->record, error);
}

gboolean
ms_directory_state_is_under_way (const MsDirectoryState *self)
{
  return strcmp (self->record->state, "idle") != 0;
}

gboolean
ms_directory_state_is_being_undone (const MsDirectoryState *self)
{
  return ms_undo_holds_any (self->undoing);
}

gboolean
ms_directory_state_check_idle (const MsDirectoryState *self, GError **error)
{
  gboolean is_under_way = ms_directory_state_is_under_way (self);

  if (is_under_way)
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  NULL,
                  NULL,
                  "A %s of this directory is under way: cancel it first, or wait for its end",
                  self->is_run ? "run" : "rehearsal");
  else if (ms_directory_state_is_being_undone (self))
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  NULL,
                  NULL,
                  "A run of this directory is being undone: wait for the end of that");
  else
    return TRUE;
  return FALSE;
}

void
ms_directory_state_hold_for_undo (MsDirectoryState *self, const char *undo)
{
  ms_undo_holds_take (self->undoing, undo);
}

gboolean
ms_directory_state_let_go_of_undo (MsDirectoryState *self, const char *undo)
{
  return ms_undo_holds_drop (self->undoing, undo);
}

gboolean
ms_directory_state_is_still (const MsDirectoryState *self, const MsDirectoryState *stored)
{
  return strcmp (self->record->state, stored->record->state) == 0
         && g_strcmp0 (self->ticket, stored->ticket) == 0;
}

const char *
ms_directory_state_get_job (const MsDirectoryState *self)
{
  gboolean has_begun = self->resumes || strcmp (self->record->state, "running") == 0;

  return self->is_run && has_begun ? self->record->job : NULL;
}

static void
set_state (MsDirectoryState *self, const char *state)
{
  g_free (self->record->state);
  self->record->state = g_strdup (state);
}

void
ms_directory_state_set_actor (MsDirectoryState *self, const MsActor *actor)
{
  g_free (self->record->actor_id);
  g_free (self->record->actor_name);
  self->record->actor_id = g_strdup (actor->user_id);
  self->record->actor_name = g_strdup (actor->user_name);
}

void
ms_directory_state_set_clock (MsDirectoryState *self, gint64 now, gint64 every)
{
  gboolean is_set = every > 0 && self->is_proven;

  self->record->next_run = is_set ? now + every * G_TIME_SPAN_MINUTE : 0;
}

void
ms_directory_state_stop_clock (MsDirectoryState *self)
{
  self->record->next_run = 0;
  self->is_stopped = TRUE;
}

void
ms_directory_state_restart_clock (MsDirectoryState *self, gint64 now, gint64 every)
{
  self->is_stopped = FALSE;
  ms_directory_state_set_clock (self, now, every);
}

void
ms_directory_state_set_waiting (MsDirectoryState *self,
                                gboolean          is_run,
                                gboolean          is_forced,
                                gboolean          is_scheduled)
{
  set_state (self, "waiting");
  g_free (self->ticket);
  self->ticket = ms_object_new_id ();
  self->is_run = is_run;
  self->resumes = FALSE;
  self->is_forced = is_forced;
  self->is_scheduled = is_scheduled;
  self->started = 0;
  self->found = self->done = self->total = 0;
  memset (self->counts, 0, sizeof self->counts);
}

/* What was written has its job before, and the job of the run before does not come back. */
void
ms_directory_state_put_back (MsDirectoryState *self, gboolean wrote)
{
  const char *job = ms_directory_state_get_job (self);

  if (job != NULL && !wrote)
    {
      g_free (self->record->job);
      self->record->job = g_steal_pointer (&self->previous_job);
    }
  ms_directory_state_set_waiting (self, self->is_run, self->is_forced, self->is_scheduled);
  self->resumes = job != NULL && wrote;
}

void
ms_directory_state_begin (MsDirectoryState *self, gint64 now)
{
  set_state (self, self->is_run ? "running" : "rehearsing");
  self->started = now;
  if (self->is_run && !self->resumes)
    {
      g_free (self->previous_job);
      self->previous_job = g_steal_pointer (&self->record->job);
      self->record->job = ms_object_new_id ();
    }
  self->resumes = FALSE;
}

static void
set_time (JsonObject *object, const char *name, gint64 time)
{
  g_autofree char *text = time != 0 ? ms_json_format_time (time) : NULL;

  if (text != NULL)
    json_object_set_string_member (object, name, text);
  else
    json_object_set_null_member (object, name);
}

/* The clock begins with what somebody started and saw end well; later a rehearsal puts nothing off,
 * nor does a run that was refused, failed or was cancelled. What an undo has stopped goes on with a
 * run that ends well: nothing is done again by the clock before somebody has done it again. */
static void
set_next (MsDirectoryState *self, gboolean is_done, gint64 now, gint64 every)
{
  self->is_stopped = self->is_stopped && !(self->is_run && is_done);
  gboolean is_first = is_done && !self->is_proven && !self->is_stopped;
  gboolean goes_on = self->is_proven && (is_done || self->record->next_run != 0);

  self->is_proven = self->is_proven || is_done;
  if (is_first || (self->is_run && goes_on))
    ms_directory_state_set_clock (self, now, every);
}

void
ms_directory_state_end (MsDirectoryState *self,
                        const char       *result,
                        const GError     *why,
                        gint64            now,
                        gint64            every,
                        gboolean          wrote)
{
  MsDirectoryRecord *record = self->record;
  JsonObject        *last = json_object_new ();
  const char        *path = why != NULL ? ms_error_get_path (why) : NULL;
  const char        *job = ms_directory_state_get_job (self);

  json_object_set_string_member (last, "mode", self->is_run ? "run" : "rehearse");
  set_time (last, "started", self->started);
  set_time (last, "ended", now);
  json_object_set_string_member (last, "result", result);
  if (why != NULL)
    json_object_set_string_member (last, "reason", why->message);
  if (path != NULL)
    json_object_set_string_member (last, "path", path);
  json_object_set_object_member (last, "counts", make_counts (self, TRUE));
  if (wrote && job != NULL)
    json_object_set_string_member (last, "job", job);
  else
    json_object_set_null_member (last, "job");
  json_object_set_boolean_member (last, "forced", self->is_forced);
  json_object_set_boolean_member (last, "scheduled", self->is_scheduled);
  g_clear_pointer (&self->last, json_object_unref);
  self->last = last;
  if (job != NULL && !wrote)
    {
      g_free (record->job);
      record->job = g_strdup (self->previous_job);
    }
  g_clear_pointer (&self->previous_job, g_free);
  self->resumes = FALSE;
  set_next (self, strcmp (result, "done") == 0, now, every);
  set_state (self, "idle");
}

/* Showing ----------------------------------------------------------------------------------- */

static void
add_progress (const MsDirectoryState *self, JsonBuilder *into)
{
  json_builder_set_member_name (into, "progress");
  if (!ms_directory_state_is_under_way (self))
    {
      json_builder_add_null_value (into);
      return;
    }
  json_builder_begin_object (into);
  json_builder_set_member_name (into, "found");
  json_builder_add_int_value (into, self->found);
  json_builder_set_member_name (into, "done");
  json_builder_add_int_value (into, self->done);
  json_builder_set_member_name (into, "total");
  json_builder_add_int_value (into, self->total);
  json_builder_end_object (into);
}

void
ms_directory_state_describe (const MsDirectoryState *self, JsonBuilder *into)
{
  json_builder_set_member_name (into, "state");
  json_builder_add_string_value (into, self->record->state);
  json_builder_set_member_name (into, "last");
  if (self->last != NULL)
    {
      JsonNode *node = json_node_alloc ();
      json_node_init_object (node, self->last);
      json_builder_add_value (into, node);
    }
  else
    json_builder_add_null_value (into);
  add_progress (self, into);
  json_builder_set_member_name (into, "next");
  if (self->record->next_run > 0)
    {
      g_autofree char *next = ms_json_format_time (self->record->next_run);
      json_builder_add_string_value (into, next);
    }
  else
    json_builder_add_null_value (into);
}

static void
add_time (JsonBuilder *into, const char *name, gint64 time)
{
  g_autofree char *text = ms_json_format_time (time);

  json_builder_set_member_name (into, name);
  json_builder_add_string_value (into, text);
}

gboolean
ms_directory_describe_whole (MsTxn *txn, MsObject *object, JsonBuilder *into, GError **error)
{
  const char *id = ms_object_get_id (object);
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsDirectoryState) state = ms_directory_state_load (txn, id, error);

  if (state == NULL)
    return FALSE;
  char    *password = ms_txn_get_secret (txn, id, MS_DIRECTORY_PASSWORD, &failed);
  gboolean has_password = password != NULL;
  if (password != NULL)
    explicit_bzero (password, strlen (password));
  g_free (password);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  json_builder_begin_object (into);
  json_builder_set_member_name (into, "id");
  json_builder_add_string_value (into, id);
  json_builder_set_member_name (into, "version");
  json_builder_add_int_value (into, ms_object_get_version (object));
  add_time (into, "created", ms_object_get_created (object));
  add_time (into, "modified", ms_object_get_modified (object));
  ms_directory_describe (object, has_password, into);
  ms_directory_state_describe (state, into);
  json_builder_end_object (into);
  return TRUE;
}

void
ms_directory_state_announce (const MsDirectoryState *self, MsService *service, const char *name)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "id");
  json_builder_add_string_value (builder, self->record->id);
  json_builder_set_member_name (builder, "name");
  json_builder_add_string_value (builder, name);
  ms_directory_state_describe (self, builder);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = ms_json_to_string (root);
  ms_service_publish_event (service, "directory", text);
}
