/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One write from request to outcome. ms-apply.c takes it through the threads (hashing in the pool,
 * the rest on the writer); each verb's work inside the transaction is in a file of its own.
 */
#pragma once

#include "ms-error.h"
#include "ms-service-private.h"

G_BEGIN_DECLS

/* Runs @operation inside the transaction that @write has. Fills @outcome but for its sequence. */
typedef gboolean (*MsVerbFunc) (MsWrite     *write,
                                MsOperation *operation,
                                MsOutcome   *outcome,
                                GError     **error);

gboolean
ms_verb_create (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error);
gboolean
ms_verb_replace (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error);
gboolean ms_verb_patch (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error);
gboolean
ms_verb_delete (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error);
gboolean
ms_verb_account (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error);
gboolean
ms_verb_action (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error);
gboolean ms_verb_undo (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error);

/* Asks the policy and runs one of the four SCIM verbs inside the transaction that @write has. */
gboolean ms_operation_run (MsOperation *self, MsWrite *write, MsOutcome *outcome, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What the change set of @self is called. */
const char *ms_operation_get_change_verb (const MsOperation *self);
/* Renders @object into @outcome with the operation's projection unless it is bare, and sets id and
 * version. */
gboolean ms_outcome_render (
    MsOutcome *self, MsWrite *write, MsOperation *operation, MsObject *object, GError **error);
/* @ignored: paths that nothing here knows */
void ms_outcome_set_ignored (MsOutcome *self, const MsIgnored *ignored);
/* Afterwards: puts the number of the change set into the answers that name it. */
void ms_outcome_finish (MsOutcome *self, const MsOperation *operation);
/* From {"mailboxes","content"} of @body (nullable), which must outlive @write. */
gboolean ms_write_set_delete_options (MsWrite *write, JsonObject *body, GError **error);
/* Whether that of an account gives at most one password, and says in a way that there is whether to
 * make one. */
gboolean ms_account_check_body (JsonObject *body, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the body of an action names a verb, and options of it only, each of the kind that it is.
 */
gboolean ms_action_check_body (JsonObject *body, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What the change set of an action is called: "move", "delete", …. (nullable): no such action */
const char *ms_action_get_change_verb (JsonObject *body);
/* Sets @error to one whose details are {"refused":@refused}. Always %FALSE */
gboolean ms_outcome_refuse (JsonArray *refused, MsError code, GError **error, const char *message);

/* ms-undo-job.c: every change set of an import, newest first. @body: (nullable): {"dryRun"}. Not on
 * the writer. */
MsOutcome *ms_undo_job (
    MsService *service, const MsActor *actor, const char *job, JsonObject *body, GError **error);

/* ms-collect.c: adds the clear passwords that a request's body may hold to @hashes; how many. */
guint ms_collect_passwords (MsService *service, JsonObject *body, MsHashes *hashes);
/* Whether a PATCH or PUT speaks of nothing but the password. */
gboolean ms_is_password_only (JsonObject *body);

G_END_DECLS
