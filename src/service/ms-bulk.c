/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs a bulk request: each unit is one write with one change set. Several units wait for the
 * writer at a time, so that they share a commit; never more than may still fail, so that nothing is
 * done that "failOnErrors" forbids.
 */
#include "ms-bulk.h"

#include <string.h>

#include "ms-error-json.h"
#include "ms-hash-pool.h"
#include "ms-json.h"
#include "ms-session.h"

/* Units that wait for the writer at a time. */
#define WINDOW 64

/* One unit on its way through the writer. */
typedef struct
{
  MsBulk  *bulk;
  GArray  *places;
  MsActor *actor; /* as it is when its turn comes */
  MsWrite  write;
  GError  *error;
  guint    failed; /* place of the item whose error it is */
  gint64   sequence;
  gboolean pending;
} Unit;

typedef struct
{
  MsService     *service;
  const MsActor *actor;
  MsBulk        *bulk;
  MsHashes      *hashes;
  guint          errors;
  GMutex         lock;
  GCond          done;
  guint          waiting;
} Run;

static MsBulkItem *
get_item (const MsBulk *bulk, const GArray *places, guint i)
{
  return g_ptr_array_index (bulk->items, g_array_index (places, guint, i));
}

/* Passwords --------------------------------------------------------------------------------- */

static gboolean
hash_passwords (Run *self, GError **error)
{
  guint count = 0;

  self->hashes = ms_hashes_new ();
  for (guint i = 0; i < self->bulk->items->len; i++)
    {
      const MsBulkItem *item = g_ptr_array_index (self->bulk->items, i);
      if (item->error == NULL && item->data != NULL)
        count += ms_collect_passwords (self->service, item->data, self->hashes);
    }
  if (count > MS_BULK_MAX_OPERATIONS)
    {
      ms_error_set (error,
                    MS_ERROR_LIMIT,
                    "tooMany",
                    "password",
                    "A bulk request has %d passwords at most",
                    MS_BULK_MAX_OPERATIONS);
      return FALSE;
    }
  return count == 0 || ms_service_hash_all (self->service, self->hashes, NULL, error);
}

/* Inside the transaction -------------------------------------------------------------------- */

static gboolean
is_empty_patch (const MsBulkItem *item)
{
  JsonNode *node = item->operation->verb == MS_VERB_PATCH && item->later != NULL
                       ? ms_json_object_find (item->data, "Operations")
                       : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node)
         && json_array_get_length (json_node_get_array (node)) == 0;
}

static gboolean
run_item (MsBulkItem *item, MsWrite *write, GError **error)
{
  MsOperation *operation = item->operation;

  g_clear_pointer (&item->outcome, ms_outcome_free);
  item->outcome = g_new0 (MsOutcome, 1);
  operation->type = item->type;
  g_clear_pointer (&operation->body, json_object_unref);
  operation->body = item->data != NULL ? ms_json_deep_copy_object (item->data) : json_object_new ();
  g_free (operation->id);
  operation->id = g_strdup (item->id);
  g_free (operation->if_match);
  operation->if_match = g_strdup (item->if_match);
  operation->in_bulk = TRUE;
  return is_empty_patch (item) || ms_operation_run (operation, write, item->outcome, error);
}

/* What had to wait for the rest of the unit. */
static gboolean
run_later (MsBulkItem *item, MsWrite *write, GError **error)
{
  g_autoptr (MsOperation) patch = ms_operation_new (MS_VERB_PATCH);
  g_autoptr (MsOutcome) outcome = g_new0 (MsOutcome, 1);
  JsonArray *schemas = json_array_new ();

  json_array_add_string_element (schemas, "urn:ietf:params:scim:api:messages:2.0:PatchOp");
  patch->body = json_object_new ();
  json_object_set_array_member (patch->body, "schemas", schemas);
  json_object_set_array_member (patch->body, "Operations", json_array_ref (item->later));
  patch->type = item->type;
  patch->id = g_strdup (item->id);
  patch->if_match = is_empty_patch (item) ? g_strdup (item->if_match) : NULL;
  patch->in_bulk = TRUE;
  patch->bare = TRUE;
  if (!ms_operation_run (patch, write, outcome, error))
    return FALSE;
  item->outcome->version = outcome->version;
  item->outcome->changed |= outcome->changed;
  return TRUE;
}

static gboolean
run_items (MsTxn *txn, gpointer user_data, GError **error)
{
  Unit *unit = user_data;

  unit->write.txn = txn;
  for (guint i = 0; i < unit->places->len; i++)
    {
      unit->failed = i;
      if (!run_item (get_item (unit->bulk, unit->places, i), &unit->write, error))
        return FALSE;
    }
  for (guint i = 0; i < unit->places->len; i++)
    {
      MsBulkItem *item = get_item (unit->bulk, unit->places, i);
      unit->failed = i;
      if (item->later != NULL && !run_later (item, &unit->write, error))
        return FALSE;
    }
  return TRUE;
}

/* A request may go on for long, and whoever sent it may lose the right to that meanwhile.
 * Operations of one unit may take back all that others of it did. */
static gboolean
run_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Unit *unit = user_data;
  g_autoptr (GHashTable) versions = NULL;

  unit->failed = 0;
  if (!ms_session_check_actor (unit->bulk->service, txn, unit->actor, error))
    return FALSE;
  if (unit->places->len < 2)
    return run_items (txn, unit, error);
  if (!ms_txn_do_whole (txn, run_items, unit, &versions, error))
    return FALSE;
  for (guint i = 0; i < unit->places->len && versions != NULL; i++)
    {
      MsOutcome    *outcome = get_item (unit->bulk, unit->places, i)->outcome;
      const gint64 *version
          = outcome->id != NULL ? g_hash_table_lookup (versions, outcome->id) : NULL;
      if (version != NULL)
        outcome->version = *version;
    }
  return TRUE;
}

/* Units ------------------------------------------------------------------------------------- */

typedef struct
{
  Run  *run;
  Unit *unit;
} Done;

static void
on_written_cb (gint64 sequence, const GError *error, gpointer user_data)
{
  Done *done = user_data;
  Run  *run = done->run;

  ms_write_clear (&done->unit->write);
  g_clear_pointer (&done->unit->actor, ms_actor_free);
  done->unit->sequence = sequence;
  done->unit->error = error != NULL ? g_error_copy (error) : NULL;
  g_free (done);
  g_mutex_lock (&run->lock);
  run->waiting--;
  g_cond_signal (&run->done);
  g_mutex_unlock (&run->lock);
}

/* The name that all of the unit's operations have in common. */
static const char *
get_change_verb (const MsBulk *bulk, const GArray *places)
{
  const char *verb = NULL;

  for (guint i = 0; i < places->len; i++)
    {
      MsOperation *operation = get_item (bulk, places, i)->operation;
      JsonObject  *body = operation->body;
      operation->body = get_item (bulk, places, i)->data;
      const char *name = ms_operation_get_change_verb (operation);
      operation->body = body;
      if (verb != NULL && strcmp (verb, name) != 0)
        return "bulk";
      verb = name;
    }
  return verb;
}

static void
submit (Run *self, Unit *unit)
{
  MsChangeContext context
      = ms_service_get_context (self->actor, get_change_verb (self->bulk, unit->places));
  Done *done = g_new (Done, 1);

  *done = (Done){ self, unit };
  unit->pending = TRUE;
  unit->actor = ms_actor_copy (self->actor);
  ms_write_init (&unit->write, self->service, unit->actor, self->hashes);
  g_mutex_lock (&self->lock);
  self->waiting++;
  g_mutex_unlock (&self->lock);
  ms_store_write_async (self->service->store, &context, run_in_txn, unit, on_written_cb, done);
}

static const MsBulkItem *
find_failed_need (const MsBulk *bulk, const MsBulkItem *item)
{
  for (guint i = 0; i < item->needs->len; i++)
    {
      const MsBulkItem *other
          = g_ptr_array_index (bulk->items, g_array_index (item->needs, guint, i));
      if (other != item && other->error != NULL)
        return other;
    }
  return NULL;
}

static void
fail_for_need (MsBulkItem *item, const MsBulkItem *other)
{
  g_clear_error (&item->error);
  ms_error_set (&item->error,
                MS_ERROR_CONFLICT,
                "invalidValue",
                "bulkId",
                "It refers to “bulkId:%s”, and operation %u failed",
                other->bulk_id,
                other->place + 1);
}

/* Everything else in the unit: nothing was done. */
static void
fail_unit (Unit *unit, guint failed)
{
  const MsBulkItem *culprit = get_item (unit->bulk, unit->places, failed);

  for (guint i = 0; i < unit->places->len; i++)
    {
      MsBulkItem *item = get_item (unit->bulk, unit->places, i);
      if (item->error == NULL)
        ms_error_set (&item->error,
                      MS_ERROR_CONFLICT,
                      NULL,
                      NULL,
                      "Nothing was done, because operation %u failed",
                      culprit->place + 1);
    }
}

/* Whether it can be tried at all. */
static gboolean
is_possible (Unit *unit)
{
  for (guint i = 0; i < unit->places->len; i++)
    {
      MsBulkItem       *item = get_item (unit->bulk, unit->places, i);
      const MsBulkItem *other = find_failed_need (unit->bulk, item);
      if (item->error == NULL && other != NULL)
        fail_for_need (item, other);
      if (item->error == NULL)
        continue;
      fail_unit (unit, i);
      return FALSE;
    }
  return TRUE;
}

static void
take_result (Run *self, Unit *unit)
{
  for (guint i = 0; i < unit->places->len && unit->error == NULL && unit->pending; i++)
    {
      MsBulkItem *item = get_item (unit->bulk, unit->places, i);
      item->outcome->sequence = unit->sequence;
      if (unit->sequence == 0)
        item->outcome->changed = FALSE;
    }
  if (unit->error != NULL)
    {
      MsBulkItem       *item = get_item (unit->bulk, unit->places, unit->failed);
      const MsBulkItem *other = find_failed_need (unit->bulk, item);
      item->error = g_steal_pointer (&unit->error);
      if (other != NULL)
        fail_for_need (item, other);
      fail_unit (unit, unit->failed);
    }
  for (guint i = 0; i < unit->places->len; i++)
    if (get_item (unit->bulk, unit->places, i)->error != NULL)
      self->errors++;
}

static gboolean
has_failed_enough (const Run *self)
{
  return self->bulk->fail_on_errors > 0 && self->errors >= self->bulk->fail_on_errors;
}

static guint
choose_window (const Run *self)
{
  gint64 limit = self->bulk->fail_on_errors;

  return limit > 0 ? (guint) MIN (limit - self->errors, WINDOW) : WINDOW;
}

/* It begins a window, for then it is known how all before it ended. */
static gboolean
waits (const Unit *unit)
{
  for (guint i = 0; i < unit->places->len; i++)
    if (get_item (unit->bulk, unit->places, i)->waits)
      return TRUE;
  return FALSE;
}

/* From unit @first on; how many were done. */
static guint
run_window (Run *self, guint first)
{
  guint            count = MIN (choose_window (self), self->bulk->units->len - first);
  g_autofree Unit *units = g_new0 (Unit, count);

  for (guint i = 0; i < count; i++)
    {
      units[i].bulk = self->bulk;
      units[i].places = g_ptr_array_index (self->bulk->units, first + i);
      if (i > 0 && waits (&units[i]))
        count = i;
      else if (is_possible (&units[i]))
        submit (self, &units[i]);
    }
  g_mutex_lock (&self->lock);
  while (self->waiting > 0)
    g_cond_wait (&self->done, &self->lock);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < count; i++)
    take_result (self, &units[i]);
  return count;
}

/* The answer -------------------------------------------------------------------------------- */

static guint
get_status (const MsBulkItem *item)
{
  if (item->error != NULL)
    return ms_error_get_answer_status (item->error);
  if (item->outcome->created)
    return 201;
  return item->operation->verb == MS_VERB_DELETE ? 204 : 200;
}

/* What the request would be told were it alone; "retryAfter" is what the header says there. */
static void
append_error (const MsBulkItem *item, guint status, GString *out)
{
  g_autofree char *detail = ms_error_dup_detail (item->error, TRUE);
  g_autofree char *members = ms_error_dup_members (item->error);
  guint            wait = ms_error_get_retry_after (item->error, status);

  if (members == NULL && wait > 0)
    members = g_strdup_printf ("\"retryAfter\":%u", wait);
  g_string_append (out, ",\"response\":");
  ms_error_append_json (out,
                        status,
                        ms_error_get_scim_type (item->error),
                        ms_error_get_path (item->error),
                        detail,
                        members);
}

/* Whether there is an object that it is about: not where a POST failed, its own or the one whose
 * bulkId the path has. */
static gboolean
has_object (const MsBulk *bulk, const MsBulkItem *item)
{
  if (item->type == NULL || item->id == NULL || *item->id == '\0'
      || g_str_has_prefix (item->id, MS_BULK_ID))
    return FALSE;
  if (item->error != NULL && strcmp (item->method, "POST") == 0)
    return FALSE;
  for (guint i = 0; i < item->needs->len; i++)
    {
      const MsBulkItem *other
          = g_ptr_array_index (bulk->items, g_array_index (item->needs, guint, i));
      if (other->error != NULL && g_strcmp0 (other->id, item->id) == 0
          && strcmp (other->method, "POST") == 0)
        return FALSE;
    }
  return TRUE;
}

static void
append_location (const MsBulkItem *item, const char *base_url, GString *out)
{
  g_autofree char *location
      = item->type->singleton ? g_strconcat (base_url, item->type->endpoint, NULL)
                              : g_strconcat (base_url, item->type->endpoint, "/", item->id, NULL);

  g_string_append (out, ",\"location\":");
  ms_json_append_string (out, location);
}

static void
append_result (const MsBulk *bulk, const MsBulkItem *item, const char *base_url, GString *out)
{
  guint status = get_status (item);

  g_string_append (out, "{\"method\":");
  ms_json_append_string (out,
                         item->method != NULL ? item->method
                         : item->sent != NULL ? item->sent
                                              : "");
  if (item->bulk_id != NULL)
    {
      g_string_append (out, ",\"bulkId\":");
      ms_json_append_string (out, item->bulk_id);
    }
  /* RFC 7644 §3.7: always, but for a POST that failed. */
  if (has_object (bulk, item))
    append_location (item, base_url, out);
  if (item->error == NULL && item->operation->verb != MS_VERB_DELETE)
    g_string_append_printf (
        out, ",\"version\":\"W/\\\"%" G_GINT64_FORMAT "\\\"\"", item->outcome->version);
  g_string_append_printf (out, ",\"status\":\"%u\"", status);
  if (item->error != NULL)
    append_error (item, status, out);
  else if (item->outcome->sequence != 0)
    g_string_append_printf (out, ",\"changeSet\":%" G_GINT64_FORMAT, item->outcome->sequence);
  g_string_append_c (out, '}');
}

/* What was not tried has no result (RFC 7644 §3.7.3). */
static void
append_response (const MsBulk *bulk, const char *base_url, GString *out)
{
  guint shown = 0;

  g_string_append (out, "{\"schemas\":[\"" MS_URN_BULK_RESPONSE "\"],\"Operations\":[");
  for (guint i = 0; i < bulk->items->len; i++)
    {
      const MsBulkItem *item = g_ptr_array_index (bulk->items, i);
      if (item->error == NULL && item->outcome == NULL)
        continue;
      if (shown++ > 0)
        g_string_append_c (out, ',');
      append_result (bulk, item, base_url, out);
    }
  g_string_append (out, "]}");
}

static void
collect_ignored (const MsBulk *bulk, MsOutcome *outcome)
{
  g_autoptr (MsIgnored) all = ms_ignored_new ();

  ms_ignored_add_all (all, NULL, bulk->ignored);
  for (guint i = 0; i < bulk->items->len; i++)
    {
      const MsBulkItem *item = g_ptr_array_index (bulk->items, i);
      char            **names = item->outcome != NULL ? item->outcome->ignored : NULL;
      for (; names != NULL && *names != NULL; names++)
        ms_ignored_add (all, NULL, *names);
      all->more += item->outcome != NULL ? item->outcome->more_ignored : 0;
    }
  ms_outcome_set_ignored (outcome, all);
}

/* (nullable): one that the log is to have in full, whatever the client is told */
static const GError *
find_fault (const MsBulk *bulk)
{
  for (guint i = 0; i < bulk->items->len; i++)
    {
      const MsBulkItem *item = g_ptr_array_index (bulk->items, i);
      if (item->error != NULL && ms_error_to_http_status (item->error) >= 500)
        return item->error;
    }
  return NULL;
}

static MsOutcome *
make_outcome (const MsBulk *bulk, const char *base_url)
{
  MsOutcome *outcome = g_new0 (MsOutcome, 1);

  outcome->document = g_string_sized_new (4096);
  append_response (bulk, base_url != NULL ? base_url : "", outcome->document);
  collect_ignored (bulk, outcome);
  const GError *fault = find_fault (bulk);
  outcome->fault = fault != NULL ? g_error_copy (fault) : NULL;
  /* Of several change sets none is the one to undo. */
  const MsBulkItem *first = g_ptr_array_index (bulk->items, 0);
  if (bulk->atomic && first->error == NULL)
    outcome->sequence = first->outcome->sequence;
  outcome->changed = TRUE;
  return outcome;
}

MsOutcome *
ms_bulk_run (MsService *service, const MsActor *actor, const MsOperation *operation, GError **error)
{
  g_autoptr (MsBulk) bulk = ms_bulk_new (service, operation->body, operation->base_url, error);

  if (bulk == NULL)
    return NULL;
  ms_bulk_resolve (bulk);
  Run run = { .service = service, .actor = actor, .bulk = bulk };
  g_mutex_init (&run.lock);
  g_cond_init (&run.done);
  gboolean done = hash_passwords (&run, error);
  for (guint next = 0; done && next < bulk->units->len && !has_failed_enough (&run);)
    next += run_window (&run, next);
  g_mutex_clear (&run.lock);
  g_cond_clear (&run.done);
  ms_hashes_free (run.hashes);
  return done ? make_outcome (bulk, operation->base_url) : NULL;
}
