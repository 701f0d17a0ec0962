/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The road of a write through the threads: policy as far as it is known, passwords hashed in the
 * pool, the verb's work in one transaction on the writer, the answer from there when it is on disk.
 * The callback comes once, on another thread.
 */
#include "ms-apply.h"

#include <string.h>

#include "ms-bin.h"
#include "ms-bulk.h"
#include "ms-error.h"
#include "ms-etag.h"
#include "ms-hash-pool.h"
#include "ms-history.h"
#include "ms-json.h"
#include "ms-settings.h"
#include "ms-text.h"
#include "ms-txn.h"
#include "ms-undo-schemas.h"

/* More in one request would be a way to keep the pool busy; imports have their own. */
#define MAX_PASSWORDS 16

typedef struct
{
  MsVerbFunc   func;
  const char  *change_verb; /* as in MsChangeContext */
  MsPolicyVerb policy;      /* asked before anything is done */
  gboolean     names_it;    /* its answer says which change set was made */
} Verb;

static const Verb verbs[] = {
  [MS_VERB_CREATE] = { ms_verb_create, "create", MS_POLICY_CREATE, FALSE },
  [MS_VERB_REPLACE] = { ms_verb_replace, "update", MS_POLICY_UPDATE, FALSE },
  [MS_VERB_PATCH] = { ms_verb_patch, "update", MS_POLICY_UPDATE, FALSE },
  [MS_VERB_DELETE] = { ms_verb_delete, "delete", MS_POLICY_DELETE, FALSE },
  [MS_VERB_ACTION] = { ms_verb_action, NULL, MS_POLICY_READ, TRUE },
  [MS_VERB_ACCOUNT] = { ms_verb_account, "create", MS_POLICY_CREATE, TRUE },
  [MS_VERB_UNDO] = { ms_verb_undo, "undo", MS_POLICY_UNDO, TRUE },
  [MS_VERB_RESTORE] = { ms_verb_restore, "restore", MS_POLICY_UNDO, TRUE },
  [MS_VERB_PURGE] = { ms_verb_purge, "purge", MS_POLICY_PURGE, TRUE },
  [MS_VERB_RETURN] = { ms_verb_return, "return", MS_POLICY_UNDO, TRUE },
  [MS_VERB_SETTINGS] = { ms_verb_settings, "setting", MS_POLICY_SETTINGS, TRUE },
  /* Each of its operations is asked for by itself. */
  [MS_VERB_BULK] = { NULL, "bulk", MS_POLICY_READ, FALSE },
};

typedef struct
{
  MsService   *service;
  MsActor     *actor;
  MsOperation *operation;
  MsHashes    *hashes;
  MsApplyFunc  done;
  gpointer     user_data;
  MsWrite      write;
  MsOutcome   *outcome;
  GError      *error;
} Apply;

/* Values ------------------------------------------------------------------------------------ */

MsOperation *
ms_operation_new (MsVerb verb)
{
  MsOperation *self = g_new0 (MsOperation, 1);

  self->verb = verb;
  return self;
}

void
ms_operation_free (MsOperation *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_clear_pointer (&self->body, json_object_unref);
  g_free (self->if_match);
  g_free (self->if_none_match);
  g_strfreev (self->projection.attributes);
  g_strfreev (self->projection.excluded);
  g_free (self->base_url);
  g_free (self->job);
  g_free (self);
}

void
ms_outcome_free (MsOutcome *self)
{
  if (self == NULL)
    return;
  if (self->document != NULL)
    g_string_free (self->document, TRUE);
  g_free (self->id);
  g_strfreev (self->ignored);
  g_clear_error (&self->fault);
  g_free (self);
}

/* Those documents are objects with at least one member. */
void
ms_outcome_finish (MsOutcome *self, const MsOperation *operation)
{
  if (!verbs[operation->verb].names_it || self->document == NULL)
    return;
  g_assert (self->document->len > 2);
  g_string_truncate (self->document, self->document->len - 1);
  if (self->sequence != 0)
    g_string_append_printf (self->document, ",\"changeSet\":%" G_GINT64_FORMAT "}", self->sequence);
  else
    g_string_append (self->document, ",\"changeSet\":null}");
}

gboolean
ms_outcome_refuse (JsonArray *refused, MsError code, GError **error, const char *message)
{
  g_autoptr (JsonObject) details = json_object_new ();
  g_autoptr (JsonNode) node = json_node_alloc ();

  json_object_set_array_member (details, "refused", json_array_ref (refused));
  json_node_init_object (node, details);
  g_autofree char *text = ms_json_to_string (node);
  ms_error_set (error, code, NULL, NULL, "%s", message);
  if (error != NULL)
    ms_error_set_details (*error, text);
  return FALSE;
}

/* The road ---------------------------------------------------------------------------------- */

static void
finish (Apply *self)
{
  MsService *service = self->service;

  self->done (
      self->error == NULL ? g_steal_pointer (&self->outcome) : NULL, self->error, self->user_data);
  ms_outcome_free (self->outcome);
  ms_operation_free (self->operation);
  ms_actor_free (self->actor);
  g_clear_pointer (&self->hashes, ms_hashes_free);
  g_clear_error (&self->error);
  g_free (self);
  ms_service_end_work (service);
}

static void
finish_in_pool (gpointer user_data)
{
  finish (user_data);
}

static gboolean
run_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Apply *self = user_data;

  self->write.txn = txn;
  return verbs[self->operation->verb].func (&self->write, self->operation, self->outcome, error);
}

static void
on_written_cb (gint64 sequence, const GError *error, gpointer user_data)
{
  Apply *self = user_data;

  ms_write_clear (&self->write);
  if (error != NULL)
    {
      self->error = g_error_copy (error);
      finish (self);
      return;
    }
  self->outcome->sequence = sequence;
  if (sequence == 0)
    self->outcome->changed = FALSE;
  ms_outcome_finish (self->outcome, self->operation);
  finish (self);
}

const char *
ms_operation_get_change_verb (const MsOperation *self)
{
  if (self->verb == MS_VERB_ACTION)
    return ms_action_get_change_verb (self->body);
  if (self->verb == MS_VERB_PATCH && ms_is_password_only (self->body))
    return "password";
  return verbs[self->verb].change_verb;
}

/* @type: of what it is about. One's own password is for ms_write_update() to judge, which knows
 * whether it must be changed. */
static gboolean
check_policy (const MsOperation    *self,
              const MsResourceType *type,
              const MsActor        *actor,
              GError              **error)
{
  if (self->verb == MS_VERB_PATCH && !actor->by_token && g_strcmp0 (self->id, actor->user_id) == 0
      && ms_is_password_only (self->body))
    return ms_policy_check_enrolled (actor, error);
  return ms_policy_check (actor, verbs[self->verb].policy, type, NULL, NULL, error);
}

gboolean
ms_operation_run (MsOperation *self, MsWrite *write, MsOutcome *outcome, GError **error)
{
  return check_policy (self, self->type, write->actor, error)
         && verbs[self->verb].func (write, self, outcome, error);
}

static void
submit (Apply *self)
{
  MsChangeContext context
      = ms_service_get_context (self->actor, ms_operation_get_change_verb (self->operation));

  if (self->operation->verb == MS_VERB_UNDO)
    context.undo_of = self->operation->sequence;
  if (self->operation->verb == MS_VERB_ACTION)
    context.reason = json_object_get_string_member_with_default (
        self->operation->body, "reason", self->actor->reason);
  self->outcome = g_new0 (MsOutcome, 1);
  ms_write_init (&self->write, self->service, self->actor, self->hashes);
  ms_store_write_async (self->service->store, &context, run_in_txn, self, on_written_cb, self);
}

/* On a pool thread. */
static void
hash_and_submit (gpointer user_data)
{
  Apply *self = user_data;

  if (ms_hashes_compute (self->hashes, &self->error))
    submit (self);
  else
    finish (self);
}

static void
undo_job_in_pool (gpointer user_data)
{
  Apply *self = user_data;

  self->outcome = ms_undo_job (
      self->service, self->actor, self->operation->job, self->operation->body, &self->error);
  if (self->outcome != NULL)
    ms_outcome_finish (self->outcome, self->operation);
  finish (self);
}

static void
undo_schemas_in_pool (gpointer user_data)
{
  Apply *self = user_data;

  self->outcome = ms_undo_schemas (self->service, self->actor, self->operation, &self->error);
  if (self->outcome != NULL)
    ms_outcome_finish (self->outcome, self->operation);
  finish (self);
}

static void
run_bulk_in_pool (gpointer user_data)
{
  Apply *self = user_data;

  self->outcome = ms_bulk_run (self->service, self->actor, self->operation, &self->error);
  finish (self);
}

static gboolean
wants_generated (const MsOperation *operation)
{
  return operation->verb == MS_VERB_ACCOUNT
         && json_object_get_boolean_member_with_default (
             operation->body, "generatePassword", FALSE);
}

/* A generated password goes in as if the client had sent it, and comes back in the answer. */
static void
generate_password (MsOperation *operation)
{
  g_autofree char *password = ms_text_new_password (16);

  json_object_set_string_member (operation->body, "password", password);
}

static gboolean
check_request (Apply *self, GError **error)
{
  const MsOperation    *operation = self->operation;
  const MsResourceType *type
      = operation->verb == MS_VERB_ACCOUNT ? self->service->types.user : operation->type;

  if (g_atomic_int_get (&self->service->is_shut_down))
    {
      ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "The server is shutting down");
      return FALSE;
    }
  if (!check_policy (operation, type, self->actor, error))
    return FALSE;
  /* The versions of its operations are asked for where each is done. */
  if (operation->verb == MS_VERB_BULK
      && !ms_etag_check_new (operation->if_match, MS_ETAG_IF_MATCH, error))
    return FALSE;
  gboolean needs_body = operation->verb != MS_VERB_DELETE && operation->verb != MS_VERB_UNDO
                        && operation->verb != MS_VERB_RETURN;
  if (needs_body && operation->body == NULL)
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidSyntax", NULL, "This request needs a body");
      return FALSE;
    }
  if (operation->verb == MS_VERB_ACCOUNT)
    return ms_account_check_body (operation->body, error);
  return operation->verb != MS_VERB_ACTION || ms_action_check_body (operation->body, error);
}

static guint
find_passwords (Apply *self, GError **error)
{
  if (self->operation->body == NULL
      || (self->operation->verb >= MS_VERB_ACTION && self->operation->verb != MS_VERB_ACCOUNT))
    return 0;
  self->hashes = ms_hashes_new ();
  guint count = ms_collect_passwords (self->service, self->operation->body, self->hashes);
  if (count > MAX_PASSWORDS)
    ms_error_set (error,
                  MS_ERROR_LIMIT,
                  "tooMany",
                  "password",
                  "At most %d passwords in one request",
                  MAX_PASSWORDS);
  return count;
}

/* Such an undo cannot be on the writer: it waits for all others. */
static gboolean
undoes_schemas (Apply *self)
{
  gboolean is_one = FALSE;

  return self->error == NULL && self->operation->verb == MS_VERB_UNDO
         && self->operation->job == NULL
         && ms_undo_ask_schemas (self->service, self->operation->sequence, &is_one, &self->error)
         && is_one;
}

void
ms_service_apply_async (MsService     *self,
                        const MsActor *actor,
                        MsOperation   *operation,
                        MsApplyFunc    done,
                        gpointer       user_data)
{
  g_return_if_fail (MS_IS_SERVICE (self));
  g_return_if_fail (actor != NULL && operation != NULL && done != NULL);

  Apply *apply = g_new0 (Apply, 1);
  apply->service = ms_service_begin_work (self);
  apply->actor = ms_actor_copy (actor);
  apply->operation = operation;
  apply->done = done;
  apply->user_data = user_data;

  guint passwords = 0;
  if (check_request (apply, &apply->error))
    {
      if (wants_generated (operation))
        generate_password (operation);
      passwords = find_passwords (apply, &apply->error);
    }

  gboolean of_schemas = undoes_schemas (apply);
  if (apply->error != NULL)
    ms_hash_pool_push_reply (self->hash_pool, finish_in_pool, apply);
  else if (of_schemas)
    ms_hash_pool_push_job (self->hash_pool, undo_schemas_in_pool, apply);
  else if (operation->verb == MS_VERB_UNDO && operation->job != NULL)
    ms_hash_pool_push_job (self->hash_pool, undo_job_in_pool, apply);
  else if (operation->verb == MS_VERB_BULK)
    ms_hash_pool_push_job (self->hash_pool, run_bulk_in_pool, apply);
  else if (passwords == 0)
    submit (apply);
  else if (!ms_hash_pool_push (self->hash_pool, hash_and_submit, apply, &apply->error))
    ms_hash_pool_push_reply (self->hash_pool, finish_in_pool, apply);
}

/* And waiting for it ------------------------------------------------------------------------ */

typedef struct
{
  GMutex     lock;
  GCond      done;
  gboolean   is_done;
  MsOutcome *outcome;
  GError    *error;
} Waiting;

static void
on_applied_cb (MsOutcome *outcome, const GError *error, gpointer user_data)
{
  Waiting *waiting = user_data;

  g_mutex_lock (&waiting->lock);
  waiting->outcome = outcome;
  waiting->error = error != NULL ? g_error_copy (error) : NULL;
  waiting->is_done = TRUE;
  g_cond_signal (&waiting->done);
  g_mutex_unlock (&waiting->lock);
}

MsOutcome *
ms_service_apply (MsService *self, const MsActor *actor, MsOperation *operation, GError **error)
{
  Waiting waiting = { .is_done = FALSE };

  g_mutex_init (&waiting.lock);
  g_cond_init (&waiting.done);
  ms_service_apply_async (self, actor, operation, on_applied_cb, &waiting);
  g_mutex_lock (&waiting.lock);
  while (!waiting.is_done)
    g_cond_wait (&waiting.done, &waiting.lock);
  g_mutex_unlock (&waiting.lock);
  g_cond_clear (&waiting.done);
  g_mutex_clear (&waiting.lock);

  if (waiting.error != NULL)
    g_propagate_error (error, waiting.error);
  return waiting.outcome;
}
