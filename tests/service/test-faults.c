/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every use case on a database whose n-th call fails, for each n until it is through without
 * meeting the fault, and for each kind of fault. Whatever fails says so, leaves the store as it
 * was, and the next one works. Under the sanitizers this also finds what such ways out leak.
 */
#include "service-fixture.h"

#include "fault-directory.h"
#include "fault-driver.h"
#include "fault-place.h"
#include "ms-bin.h"
#include "ms-copy.h"
#include "ms-directories.h"
#include "ms-import-manager.h"
#include "ms-schemas.h"
#include "ms-session-cache.h"
#include "ms-totp.h"
#include "ms-usage.h"
#include "store-place.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Each n up to here; then every SPARSE-th, for it is the same statements over and over. */
#define DENSE 250
#define SPARSE 23
#define WAIT_USEC (60 * G_USEC_PER_SEC)

#define PATCH(path, value)                                                                         \
  "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':[{'op':'replace',"    \
  "'path':'" path "','value':" value "}]}"

typedef enum
{
  ENDS_BEFORE = 0, /* where it fails, nothing has changed */
  ENDS_BETWEEN,    /* it is made of several transactions */
  ENDS_NOTED,      /* as before, but for a note of what was to be handed out, written first */
} Ending;

/* @same: it comes to the same each time: where it goes through in spite of a fault, it has left
 * nothing out */
typedef struct
{
  const char *name;
  gboolean (*run) (Fixture *f, GError **error);
  Ending   ending;
  gboolean same;
} Case;

/* What the last case answered, of those that keep it. */
static GString *answer;

static gboolean
is_on_postgres (void)
{
  return strcmp (store_place_get_driver (), "postgresql") == 0;
}

/* The answer to a commit got lost, and it says so. */
static gboolean
is_maybe_done (const GError *error)
{
  return strstr (error->message, "hether the change was saved is not known") != NULL;
}

/* By label, in the store that all begin with */
static char *
find_id (Fixture *f, const char *type, const char *path, const char *value)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strdup_printf ("%s eq \"%s\"", path, value);
  g_autoptr (MsFilter) filter = ms_filter_parse (fixture_type (f, type), text, &error);
  MsQuery query = { .type = fixture_type (f, type), .filter = filter, .count = 1 };

  g_assert_no_error (error);
  if (!ms_service_list (f->service, f->admin, &query, NULL, "https://x/scim/v2", out, &error))
    return NULL;
  g_autoptr (JsonObject) list = parse (out->str);
  return pick (list, "Resources[0].id");
}

/* Ids are looked up before the fault is armed: a case asks for them by these. */
static GHashTable *ids;

static const char *
id_of (const char *name)
{
  const char *id = g_hash_table_lookup (ids, name);

  g_assert_nonnull (id);
  return id;
}

/* Writing ------------------------------------------------------------------------------------- */

static gboolean
apply (Fixture *f, MsVerb verb, const char *type, const char *id, const char *body, GError **error)
{
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, verb, type, id, body, error);

  return outcome != NULL;
}

static gboolean
run_create_user (Fixture *f, GError **error)
{
  return apply (f,
                MS_VERB_CREATE,
                "User",
                NULL,
                "{'userName':'new','displayName':'Néw One','emails':[{'value':'a@b.example'}],"
                "'" MS_URN_EXT_USER
                "':{'passwordHash':'$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9Y"
                "terLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/'}}",
                error);
}

static gboolean
run_create_mailbox (Fixture *f, GError **error)
{
  g_autofree char *body
      = json ("{'name':'box','primary':true,'owner':{'value':'%s'},'group':{'value':'%s'},"
              "'aliases':['one','two']}",
              id_of ("bob"),
              id_of ("inner"));

  return apply (f, MS_VERB_CREATE, "Mailbox", NULL, body, error);
}

static gboolean
run_create_list (Fixture *f, GError **error)
{
  g_autofree char *body = json ("{'displayName':'New list','members':[{'value':'%s'},"
                                "{'value':'%s'}]}",
                                id_of ("ann"),
                                id_of ("top"));

  return apply (f, MS_VERB_CREATE, "Group", NULL, body, error);
}

static gboolean
run_conflict (Fixture *f, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  g_assert_false (apply (f, MS_VERB_CREATE, "User", NULL, "{'userName':'ann'}", &local_error));
  if (g_error_matches (local_error, MS_ERROR, MS_ERROR_CONFLICT)
      && ms_error_get_path (local_error) != NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
run_patch (Fixture *f, GError **error)
{
  return apply (f, MS_VERB_PATCH, "User", id_of ("ann"), PATCH ("title", "'Boss'"), error);
}

static gboolean
run_replace (Fixture *f, GError **error)
{
  return apply (f, MS_VERB_REPLACE, "User", id_of ("ann"), "{'userName':'anna'}", error);
}

static gboolean
run_password (Fixture *f, GError **error)
{
  return apply (
      f, MS_VERB_PATCH, "User", id_of ("ann"), PATCH ("password", "'new words 1'"), error);
}

static gboolean
run_delete_user (Fixture *f, GError **error)
{
  return apply (f, MS_VERB_DELETE, "User", id_of ("ann"), NULL, error);
}

static gboolean
run_delete_group (Fixture *f, GError **error)
{
  return apply (f, MS_VERB_DELETE, "MailGroup", id_of ("top"), "{'content':'delete'}", error);
}

/* As the token at a provider, which is asked whose mail it is. ann has a role. */
static gboolean
apply_by_token (
    Fixture *f, MsVerb verb, const char *type, const char *id, const char *body, GError **error)
{
  g_autoptr (MsActor) token = fixture_actor (f, f->admin->user_id, MS_ROLE_ADMINISTRATOR, "scim");

  token->scim_only = token->by_token = TRUE;
  g_autoptr (MsOutcome) outcome = try_verb (f, token, verb, type, id, body, error);
  return outcome != NULL;
}

static gboolean
run_guarded_mailbox (Fixture *f, GError **error)
{
  g_autofree char *body
      = json ("{'name':'box','primary':true,'owner':{'value':'%s'},'group':{'value':'%s'},"
              "'aliases':['one'],'forwardTo':['ann']}",
              id_of ("bob"),
              id_of ("inner"));

  return apply_by_token (f, MS_VERB_CREATE, "Mailbox", NULL, body, error);
}

static gboolean
run_guarded_entry (Fixture *f, GError **error)
{
  g_autofree char *value = json ("[{'value':'%s'}]", id_of ("bob"));
  g_autofree char *body = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                                "'Operations':[{'op':'add','path':'members','value':%s}]}",
                                value);

  return apply_by_token (f, MS_VERB_PATCH, "Group", id_of ("all"), body, error);
}

static gboolean
run_guarded_domain (Fixture *f, GError **error)
{
  return apply_by_token (f, MS_VERB_CREATE, "Domain", NULL, "{'name':'c.example'}", error);
}

/* Keeps the addresses. */
static gboolean
run_guarded_delete (Fixture *f, GError **error)
{
  return apply_by_token (f, MS_VERB_DELETE, "User", id_of ("ann"), NULL, error);
}

/* Whatever fails on the way to the answer: it is not let through. */
static gboolean
run_guarded_denied (Fixture *f, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  g_assert_false (apply_by_token (
      f, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'x','aliases':['later']}", &local_error));
  if (g_error_matches (local_error, MS_ERROR, MS_ERROR_DENIED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
run_rename_domain (Fixture *f, GError **error)
{
  return apply (f, MS_VERB_CREATE, "Domain", NULL, "{'name':'b.example','kind':'primary'}", error);
}

static gboolean
run_account (Fixture *f, GError **error)
{
  return apply (f,
                MS_VERB_ACCOUNT,
                NULL,
                NULL,
                "{'user':{'userName':'acc'},'mailbox':{'aliases':['ac']},'userTemplate':null,"
                "'generatePassword':false}",
                error);
}

static gboolean
run_move (Fixture *f, GError **error)
{
  g_autofree char *body
      = json ("{'verb':'move','ids':['%s','%s'],'to':null}", id_of ("ann-box"), id_of ("inner"));

  return apply (f, MS_VERB_ACTION, NULL, NULL, body, error);
}

static gboolean
run_add_entries (Fixture *f, GError **error)
{
  g_autofree char *body
      = json ("{'verb':'addEntries','ids':['%s'],'to':'%s'}", id_of ("bob"), id_of ("all"));

  return apply (f, MS_VERB_ACTION, NULL, NULL, body, error);
}

static gboolean
run_disable (Fixture *f, GError **error)
{
  g_autofree char *body
      = json ("{'verb':'disable','ids':['%s','%s']}", id_of ("ann"), id_of ("ann-box"));

  return apply (f, MS_VERB_ACTION, NULL, NULL, body, error);
}

static gboolean
run_dry (Fixture *f, GError **error)
{
  g_autofree char *body
      = json ("{'verb':'delete','ids':['%s','%s'],'dryRun':true}", id_of ("ann"), id_of ("all"));

  return apply (f, MS_VERB_ACTION, NULL, NULL, body, error);
}

/* @outcome: (nullable) (transfer full) */
static gboolean
keep_answer (MsOutcome *outcome)
{
  g_autoptr (MsOutcome) owned = outcome;

  if (owned != NULL)
    g_string_assign (answer, owned->document->str);
  return owned != NULL;
}

static gboolean
undo_last (Fixture *f, const char *name, GError **error)
{
  return keep_answer (undo (f, g_ascii_strtoll (id_of (name), NULL, 10), error));
}

static gboolean
run_undo_update (Fixture *f, GError **error)
{
  return undo_last (f, "update", error);
}

static gboolean
run_undo_delete (Fixture *f, GError **error)
{
  return undo_last (f, "delete", error);
}

static gboolean
run_bulk (Fixture *f, GError **error)
{
  g_autofree char *body
      = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest','%s'],"
              "'%s':{'atomic':true},'failOnErrors':1,'Operations':["
              "{'method':'POST','path':'/Users','bulkId':'q','data':{'userName':'bulk'}},"
              "{'method':'POST','path':'/Groups','bulkId':'r','data':{'displayName':'Bulk',"
              "'members':[{'value':'bulkId:q'}]}},"
              "{'method':'DELETE','path':'/Users/%s'}]}",
              MS_URN_BULK_OPTIONS,
              MS_URN_BULK_OPTIONS,
              id_of ("bob"));
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_BULK, NULL, NULL, body, error);

  if (outcome == NULL)
    return FALSE;
  /* It answers with a status for each operation. */
  if (strstr (outcome->document->str, "\"status\":\"4") == NULL
      && strstr (outcome->document->str, "\"status\":\"5") == NULL)
    return TRUE;
  g_set_error_literal (error, MS_ERROR, MS_ERROR_UNAVAILABLE, outcome->document->str);
  return FALSE;
}

static gboolean
run_undo_many (Fixture *f, GError **error)
{
  return undo_last (f, "delete-many", error);
}

static gboolean
run_undo_exchange (Fixture *f, GError **error)
{
  return undo_last (f, "exchange", error);
}

/* As bob was before he had a title. */
static gboolean
run_return (Fixture *f, GError **error)
{
  MsOperation *operation = ms_operation_new (MS_VERB_RETURN);

  operation->id = g_strdup (id_of ("bob"));
  operation->sequence = g_ascii_strtoll (id_of ("update"), NULL, 10) - 1;
  operation->body = json_object_new ();
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, error);
  return outcome != NULL;
}

static gboolean
run_undo_import (Fixture *f, GError **error)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  operation->job = g_strdup (id_of ("import"));
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, error);
  return outcome != NULL;
}

static gboolean
run_rename (Fixture *f, GError **error)
{
  g_autofree char *body
      = json ("{'verb':'rename','ids':['%s'],'name':'anna','keepAddress':true}", id_of ("ann-box"));

  return apply (f, MS_VERB_ACTION, NULL, NULL, body, error);
}

static gboolean
run_settings (Fixture *f, GError **error)
{
  return apply (f,
                MS_VERB_SETTINGS,
                NULL,
                NULL,
                "{'bin-retention-days':5,'totp-roles':['administrator']}",
                error);
}

/* The bin ------------------------------------------------------------------------------------- */

static gboolean
run_restore (Fixture *f, GError **error)
{
  g_autofree char *body = json ("{'ids':['%s','%s']}", id_of ("gone"), id_of ("gone-list"));

  return keep_answer (try_verb (f, NULL, MS_VERB_RESTORE, NULL, NULL, body, error));
}

static gboolean
run_purge (Fixture *f, GError **error)
{
  g_autofree char *body = json ("{'ids':['%s','%s']}", id_of ("gone"), id_of ("gone-box"));

  return apply (f, MS_VERB_PURGE, NULL, NULL, body, error);
}

static gboolean
run_retention (Fixture *f, GError **error)
{
  gint64 now = f->now;
  gint64 purged = 0;

  f->now += 100 * G_TIME_SPAN_DAY;
  gboolean done = ms_bin_purge_due (f->service, &purged, error);
  f->now = now;
  g_assert_true (!done || purged > 0);
  return done;
}

/* Schema files -------------------------------------------------------------------------------- */

#define EXTRA(name, type)                                                                          \
  "{\"schemas\":[{\"id\":\"urn:example:" name "\",\"name\":\"" name "\",\"attributes\":["          \
  "{\"name\":\"number\",\"type\":\"integer\"},{\"name\":\"text\",\"type\":\"" type "\"}]}],"       \
  "\"resourceTypes\":[{\"name\":\"User\",\"schemaExtensions\":[{\"schema\":\"urn:example:" name    \
  "\"}]}]}"

static gboolean
change_schemas (Fixture *f, MsSchemaVerb verb, const char *name, const char *text, GError **error)
{
  MsSchemaRequest request = { .verb = verb, .name = name, .text = text, .drop_values = TRUE };
  g_autoptr (GString) out = g_string_new (NULL);
  gint64 version = 0;

  return ms_service_change_schemas (f->service, f->admin, &request, out, &version, NULL, error);
}

static gboolean
run_add_schema (Fixture *f, GError **error)
{
  return change_schemas (f, MS_SCHEMA_ADD, "more", EXTRA ("More", "string"), error);
}

static gboolean
run_replace_schema (Fixture *f, GError **error)
{
  return change_schemas (f, MS_SCHEMA_REPLACE, "extra", EXTRA ("Extra", "boolean"), error);
}

static gboolean
run_remove_schema (Fixture *f, GError **error)
{
  return change_schemas (f, MS_SCHEMA_REMOVE, "extra", NULL, error);
}

/* Sessions ------------------------------------------------------------------------------------ */

typedef struct
{
  GMutex   lock;
  GCond    cond;
  gboolean done;
  GError  *error;
  char    *token;
} LogOn;

static void
on_log_on (
    const char *token, MsActor *actor, gint64 expires, const GError *error, gpointer user_data)
{
  LogOn *self = user_data;

  g_mutex_lock (&self->lock);
  self->done = TRUE;
  self->token = g_strdup (token);
  self->error = error != NULL ? g_error_copy (error) : NULL;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

static gboolean
log_on (Fixture *f, char **token, GError **error)
{
  LogOn  self = { 0 };
  gint64 end = g_get_monotonic_time () + WAIT_USEC;

  g_mutex_init (&self.lock);
  g_cond_init (&self.cond);
  ms_service_log_on_async (
      f->service, "ann", "quick words", NULL, "192.0.2.1", "cli", on_log_on, &self);
  g_mutex_lock (&self.lock);
  while (!self.done)
    g_assert_true (g_cond_wait_until (&self.cond, &self.lock, end));
  g_mutex_unlock (&self.lock);
  g_mutex_clear (&self.lock);
  g_cond_clear (&self.cond);
  if (self.error != NULL)
    g_propagate_error (error, self.error);
  *token = self.token;
  return self.error == NULL;
}

static gboolean
run_log_on (Fixture *f, GError **error)
{
  g_autofree char *token = NULL;

  return log_on (f, &token, error);
}

static gboolean
run_session (Fixture *f, GError **error)
{
  g_autofree char *token
      = ms_service_create_token (f->service, f->admin, "faulty", "all", 0, NULL, NULL, error);
  g_autoptr (GString) list = g_string_new (NULL);
  g_autoptr (MsActor) actor
             = token != NULL ? ms_service_authenticate (f->service, token, PEER, error) : NULL;

  return actor != NULL && ms_service_list_tokens (f->service, f->admin, list, error)
         && ms_service_end_connection (f->service, f->admin, actor->session_id, NULL, error);
}

static gboolean
run_create_token (Fixture *f, GError **error)
{
  g_autofree char *token
      = ms_service_create_token (f->service, f->admin, "new", "all", 0, NULL, NULL, error);

  return token != NULL;
}

static gboolean
is_let_in (Fixture *f, const char *token)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsActor) actor = ms_service_authenticate (f->service, token, PEER, &error);

  if (actor == NULL)
    g_assert_error (error, MS_ERROR, MS_ERROR_UNAUTHENTICATED);
  return actor != NULL;
}

/* Where it may be done, nobody is let in because he is remembered. */
static void
check_shut_out (Fixture *f, const char *token, const GError *error)
{
  if (!is_maybe_done (error))
    return;
  gboolean let_in = is_let_in (f, token);
  ms_session_cache_drop_all (f->service->sessions);
  g_assert_true (let_in == is_let_in (f, token));
}

static gboolean
run_revoke_token (Fixture *f, GError **error)
{
  g_autoptr (MsActor) actor = ms_service_authenticate (f->service, id_of ("token"), PEER, error);

  if (actor == NULL)
    return FALSE;
  gboolean done = ms_service_revoke_token (f->service, f->admin, id_of ("token-id"), NULL, error);
  if (!done)
    check_shut_out (f, id_of ("token"), *error);
  return done;
}

static gboolean
run_by_token (Fixture *f, GError **error)
{
  g_autoptr (MsActor) actor = ms_service_authenticate (f->service, id_of ("token"), PEER, error);

  return actor != NULL;
}

static gboolean
run_log_off (Fixture *f, GError **error)
{
  g_autoptr (MsActor) actor = ms_service_authenticate (f->service, id_of ("session"), PEER, error);

  if (actor == NULL)
    return FALSE;
  gboolean done = ms_service_log_off (f->service, actor, error);
  if (!done)
    check_shut_out (f, id_of ("session"), *error);
  return done;
}

/* Set up, and taken away again by another administrator. */
static gboolean
run_second_step (Fixture *f, GError **error)
{
  g_autoptr (GString) begun = g_string_new (NULL);
  g_autoptr (GString) codes = g_string_new (NULL);
  g_autoptr (MsActor) ann = fixture_actor (f, id_of ("ann"), MS_ROLE_AUDITOR, "console");

  if (!ms_service_start_second_step (f->service, ann, begun, error))
    return FALSE;
  g_autoptr (JsonObject) start = parse (begun->str);
  g_autofree char *secret = pick (start, "secret");
  g_autofree char *code = ms_totp_make_code (secret, ms_totp_get_step (f->now));
  return ms_service_confirm_second_step (
             f->service, ann, "quick words", code, PEER, codes, NULL, error)
         && ms_service_get_second_step (f->service, ann, begun, error)
         && ms_service_show_second_step (f->service, f->admin, id_of ("ann"), begun, error)
         && ms_service_clear_second_step (f->service, f->admin, id_of ("ann"), NULL, error);
}

/* Taken away by the one whose it is. */
static gboolean
run_own_second_step (Fixture *f, GError **error)
{
  g_autoptr (GString) begun = g_string_new (NULL);
  g_autoptr (GString) codes = g_string_new (NULL);
  g_autoptr (MsActor) ann = fixture_actor (f, id_of ("ann"), MS_ROLE_AUDITOR, "console");
  gint64 now = f->now;

  if (!ms_service_start_second_step (f->service, ann, begun, error))
    return FALSE;
  g_autoptr (JsonObject) start = parse (begun->str);
  g_autofree char *secret = pick (start, "secret");
  g_autofree char *code = ms_totp_make_code (secret, ms_totp_get_step (f->now));
  if (!ms_service_confirm_second_step (
          f->service, ann, "quick words", code, PEER, codes, NULL, error))
    return FALSE;
  f->now += 60 * G_TIME_SPAN_SECOND;
  g_autofree char *later = ms_totp_make_code (secret, ms_totp_get_step (f->now));
  gboolean         removed
      = ms_service_remove_second_step (f->service, ann, "quick words", later, PEER, NULL, error);
  f->now = now;
  return removed;
}

/* Reading ------------------------------------------------------------------------------------- */

/* With relations of several kinds, which other objects are asked for. */
static gboolean
run_get (Fixture *f, GError **error)
{
  g_string_truncate (answer, 0);
  return ms_service_get (f->service,
                         f->admin,
                         fixture_type (f, "User"),
                         id_of ("ann"),
                         NULL,
                         "https://x/scim/v2",
                         answer,
                         NULL,
                         error)
         && ms_service_get (f->service,
                            f->admin,
                            fixture_type (f, "Mailbox"),
                            id_of ("ann-box"),
                            NULL,
                            "https://x/scim/v2",
                            answer,
                            NULL,
                            error);
}

/* Who has them is asked for each by itself. */
static gboolean
run_tokens (Fixture *f, GError **error)
{
  g_string_truncate (answer, 0);
  return ms_service_list_tokens (f->service, f->admin, answer, error);
}

static gboolean
run_connections (Fixture *f, GError **error)
{
  g_string_truncate (answer, 0);
  return ms_service_list_connections (f->service, f->admin, answer, error);
}

static MsQuery
make_query (Fixture *f, MsFilter *filter)
{
  MsQuery query = { .type = fixture_type (f, "User"), .filter = filter, .count = 5 };

  query.sort_by = ms_resource_type_find (query.type, "userName");
  return query;
}

static gboolean
run_list (Fixture *f, GError **error)
{
  g_autoptr (MsFilter) filter = ms_filter_parse (
      fixture_type (f, "User"), "userName sw \"a\" or groups.display co \"l\"", NULL);
  MsQuery query = make_query (f, filter);

  g_assert_nonnull (filter);
  query.search = "a";
  g_string_truncate (answer, 0);
  return ms_service_list (f->service, f->admin, &query, NULL, "https://x/scim/v2", answer, error);
}

static gboolean
run_places (Fixture *f, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  MsQuery query = make_query (f, NULL);
  gint64  position = 0;

  query.count = 0;
  return ms_service_list_ranges (f->service, f->admin, &query, 2, out, error)
         && ms_service_find_position (
             f->service, f->admin, &query, id_of ("ann"), &position, error);
}

static gboolean
run_describe (Fixture *f, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  gint64 sequence = g_ascii_strtoll (id_of ("delete"), NULL, 10);

  json_builder_begin_object (builder);
  return ms_service_describe_server (f->service, f->admin, builder, error)
         && ms_service_list_changes (f->service, f->admin, id_of ("ann"), NULL, 0, 5, out, error)
         && ms_service_get_change (f->service, f->admin, sequence, out, error);
}

static gboolean
run_find (Fixture *f, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  return ms_service_propose (f->service, f->admin, "Ann Other", NULL, out, error)
         && ms_service_explain (f->service, f->admin, "all@example.org", 50, out, error)
         && ms_service_search (f->service, f->admin, "ann", 5, out, error);
}

static gboolean
on_written (const char *data, gsize length, gpointer user_data, GError **error)
{
  return TRUE;
}

static gboolean
run_history (Fixture *f, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (!ms_service_get_history (f->service, f->admin, id_of ("ann"), 0, 10, out, error))
    return FALSE;
  g_autoptr (JsonObject) page = parse (out->str);
  g_autofree char *state = pick (page, "object.state");
  /* Not "gone" where nobody could look. */
  g_assert_cmpstr (state, ==, "present");
  return TRUE;
}

static gboolean
run_export (Fixture *f, GError **error)
{
  MsQuery query = make_query (f, NULL);

  query.count = G_MAXINT64;
  if (!ms_service_begin_export (f->service, f->admin, &query, error))
    return FALSE;
  ms_service_hand_over (f->service);
  return ms_service_export (f->service, f->admin, &query, on_written, NULL, error);
}

static gboolean
run_export_chain (Fixture *f, GError **error)
{
  return ms_service_begin_export_chain (f->service, f->admin, 0, error)
         && ms_service_export_chain (f->service, f->admin, 0, on_written, NULL, error);
}

static void
on_event (const char *kind, gint64 sequence, const char *json_text, gpointer user_data)
{
}

static gboolean
run_replay (Fixture *f, GError **error)
{
  gboolean complete = FALSE;

  return ms_service_replay_events (f->service, f->admin, 1, 100, on_event, NULL, &complete, error);
}

static gboolean
run_feed (Fixture *f, GError **error)
{
  g_autoptr (GString) notices = g_string_new (NULL);
  g_autoptr (GString) whole = g_string_new (NULL);

  return ms_service_read_feed (f->service, f->admin, 0, 5, FALSE, "https://x", notices, error)
         && ms_service_read_feed (f->service, f->admin, 0, 100, TRUE, "https://x", whole, error);
}

static gboolean
run_head (Fixture *f, GError **error)
{
  g_string_truncate (answer, 0);
  return ms_service_get_chain_head (f->service, f->admin, answer, error);
}

static gboolean
run_list_settings (Fixture *f, GError **error)
{
  g_string_truncate (answer, 0);
  return ms_service_list_settings (f->service, f->admin, answer, error);
}

static gboolean
run_describe_session (Fixture *f, GError **error)
{
  g_autoptr (JsonBuilder) into = json_builder_new ();

  json_builder_begin_object (into);
  if (!ms_service_describe_session (f->service, f->admin, into, error))
    return FALSE;
  json_builder_end_object (into);
  g_autoptr (JsonNode) node = json_builder_get_root (into);
  g_autofree char *text = json_to_string (node, FALSE);
  g_string_assign (answer, text);
  return TRUE;
}

static gboolean
run_verify_chain (Fixture *f, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  return ms_service_verify_chain (f->service, f->admin, 1, NULL, 100, out, error);
}

static gboolean
run_list_bin (Fixture *f, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  return ms_service_list_bin (f->service, f->admin, NULL, NULL, NULL, 10, out, error)
         && ms_service_list_bin (f->service, f->admin, "User", "gone", NULL, 10, out, error);
}

/* (transfer full) (nullable): the cursor of the next page */
static char *
turn_page (Fixture *f, const char *cursor, GError **error)
{
  MsQuery   query = { .type = fixture_type (f, "User"), .count = 1 };
  MsListing listing = { .queries = &query, .n_queries = 1, .cursor = cursor };
  g_autoptr (GString) out = g_string_new (NULL);

  if (!ms_service_list_pages (f->service, f->admin, &listing, out, error))
    return NULL;
  g_autoptr (JsonObject) page = parse (out->str);
  return pick (page, "nextCursor");
}

static gboolean
run_pages (Fixture *f, GError **error)
{
  g_autofree char *first = turn_page (f, "", error);
  g_autofree char *second = first != NULL ? turn_page (f, first, error) : NULL;

  return second != NULL;
}

static gboolean
run_reset_administrator (Fixture *f, GError **error)
{
  g_autofree char *password = NULL;

  return ms_service_reset_administrator (f->service, "admin", &password, error);
}

/* Imports ------------------------------------------------------------------------------------- */

static gboolean
is_under_way (const char *document)
{
  return strstr (document, "\"state\":\"rehearsing\"") != NULL
         || strstr (document, "\"state\":\"running\"") != NULL;
}

/* Asks once, when nobody works on it any more: to ask again and again would make it chance which
 * call is the n-th, and most of the calls the same question. */
static gboolean
wait_for_job (Fixture *f, const char *id, GString *out, GError **error)
{
  g_assert_true (
      ms_import_manager_wait_idle (f->service->imports, g_get_monotonic_time () + WAIT_USEC));
  g_string_truncate (out, 0);
  return ms_service_import_get (f->service, f->admin, id, out, error);
}

static void open_store (Fixture *f, GError **error);
static void close_store (Fixture *f);

/* One whose end the store did not take is taken up by the next start of the server. */
static void
take_up (Fixture *f, const char *id)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (fault_driver_disarm (NULL));
  close_store (f);
  /* Another server would leave it alone for half a minute. */
  if (is_on_postgres ())
    store_place_run_sql (
        store_place_get_driver (), f->folder, "UPDATE import_job SET held_until = 0");
  open_store (f, &error);
  g_assert_no_error (error);
  ms_service_resume_jobs (f->service);
  g_assert_true (wait_for_job (f, id, out, &error));
  g_assert_false (is_under_way (out->str));
}

static gboolean
run_job (Fixture *f, const char *id, gboolean rehearse, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (JsonObject) options
             = parse ("{'mapping':['userName','displayName','group'],'createUsers':true,"
                      "'createGroups':true,'onExisting':'update'}");

  if (!ms_service_import_start (f->service, f->admin, id, options, rehearse, out, error)
      || !wait_for_job (f, id, out, error))
    return FALSE;
  if (is_under_way (out->str))
    take_up (f, id);
  else if (strstr (out->str, "\"state\":\"failed\"") == NULL)
    return TRUE;
  g_set_error_literal (error, MS_ERROR, MS_ERROR_UNAVAILABLE, "The import met the fault");
  return FALSE;
}

/* There are none: not the fault's doing. */
static gboolean
hand_out_none (Fixture *f, const char *id, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) failed = NULL;

  if (ms_service_import_passwords (f->service, f->admin, id, out, &failed)
      || g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

/* Stopped at once, wherever it is by then. */
static gboolean
run_cancelled_import (Fixture *f, GError **error)
{
  static const char csv[] = "userName,displayName,group\nyves,Yves,top\n";
  g_autoptr (GBytes) data = g_bytes_new_static (csv, sizeof csv - 1);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (JsonObject) options = parse ("{'mapping':['userName','displayName','group'],"
                                          "'createUsers':true,'onExisting':'update'}");

  if (!ms_service_import_upload (f->service, f->admin, "b.csv", data, out, error))
    return FALSE;
  g_autoptr (JsonObject) job = parse (out->str);
  g_autofree char *id = pick (job, "id");
  if (!ms_service_import_start (f->service, f->admin, id, options, FALSE, out, error))
    return FALSE;
  g_autoptr (GError) failed = NULL;
  gboolean cancelled = ms_service_import_cancel (f->service, f->admin, id, &failed);
  g_autoptr (GError) unseen = NULL;
  gboolean seen = wait_for_job (f, id, out, &unseen);
  if (seen && is_under_way (out->str))
    take_up (f, id);
  if (!cancelled && !g_error_matches (failed, MS_ERROR, MS_ERROR_CONFLICT))
    g_propagate_error (error, g_steal_pointer (&failed));
  else if (!seen)
    g_propagate_error (error, g_steal_pointer (&unseen));
  else
    return ms_service_import_delete (f->service, f->admin, id, error);
  return FALSE;
}

static gboolean
run_import (Fixture *f, GError **error)
{
  static const char csv[]
      = "userName,displayName,group\nann,Ann Again,top/new\nzoë,Zoë,top\nbad name,x,\n";
  g_autoptr (GBytes) data = g_bytes_new_static (csv, sizeof csv - 1);
  g_autoptr (GString) out = g_string_new (NULL);

  if (!ms_service_import_upload (f->service, f->admin, "a.csv", data, out, error))
    return FALSE;
  g_autoptr (JsonObject) job = parse (out->str);
  g_autofree char *id = pick (job, "id");
  return run_job (f, id, TRUE, error) && run_job (f, id, FALSE, error)
         && ms_service_import_rows (f->service, f->admin, id, NULL, 0, 10, out, error)
         && ms_service_import_rejects (f->service, f->admin, id, out, error)
         && hand_out_none (f, id, error)
         && ms_service_import_list (f->service, f->admin, out, error)
         && ms_service_import_delete (f->service, f->admin, id, error);
}

/* One that is done, which undo takes back. (transfer full): its id */
static char *
make_import (Fixture *f)
{
  static const char csv[] = "userName,displayName,group\nann,Ann Again,\nzoe,Zoe,top\n";
  g_autoptr (GBytes) data = g_bytes_new_static (csv, sizeof csv - 1);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GString) end = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_service_import_upload (f->service, f->admin, "done.csv", data, out, &error));
  g_autoptr (JsonObject) job = parse (out->str);
  g_autoptr (JsonObject) options = parse ("{'mapping':['userName','displayName','group'],"
                                          "'createUsers':true,'onExisting':'update'}");
  char *id = pick (job, "id");
  g_assert_true (ms_service_import_start (f->service, f->admin, id, options, FALSE, out, &error));
  g_assert_no_error (error);
  g_assert_true (wait_for_job (f, id, end, &error));
  g_assert_nonnull (strstr (end->str, "\"state\":\"done\""));
  return id;
}

/* Directories --------------------------------------------------------------------------------- */

static gboolean
run_directory_create (Fixture *f, GError **error)
{
  return fault_directory_create (f, error);
}

static gboolean
run_directory_update (Fixture *f, GError **error)
{
  return fault_directory_update (f, id_of ("directory"), error);
}

static gboolean
run_directory_delete (Fixture *f, GError **error)
{
  return fault_directory_delete (f, id_of ("directory"), error);
}

static gboolean
run_directory_read (Fixture *f, GError **error)
{
  g_string_truncate (answer, 0);
  return fault_directory_read (f, id_of ("directory"), answer, error);
}

static gboolean
run_directory_undo (Fixture *f, GError **error)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  operation->job = ms_service_get_directory_job (f->service, f->admin, id_of ("directory"), error);
  if (operation->job == NULL)
    {
      ms_operation_free (operation);
      return FALSE;
    }
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, error);
  return outcome != NULL;
}

/* One whose end the store did not take is marked by the next start of the server. */
static void
take_up_directory (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (fault_driver_disarm (NULL));
  close_store (f);
  if (is_on_postgres ())
    store_place_run_sql (
        store_place_get_driver (), f->folder, "UPDATE directory_job SET held_until = 0");
  open_store (f, &error);
  g_assert_no_error (error);
  fault_directory_take_up (f, id_of ("directory"));
}

static gboolean
run_directory (Fixture *f, gboolean rehearse, GError **error)
{
  gboolean is_stuck = FALSE;
  gboolean done = fault_directory_run (f, id_of ("directory"), rehearse, &is_stuck, error);

  if (is_stuck)
    take_up_directory (f);
  return done;
}

static gboolean
run_directory_run (Fixture *f, GError **error)
{
  return run_directory (f, FALSE, error);
}

static gboolean
run_directory_rehearse (Fixture *f, GError **error)
{
  return run_directory (f, TRUE, error);
}

static gboolean
run_directory_cancel (Fixture *f, GError **error)
{
  return fault_directory_cancel (f, id_of ("directory"), error);
}

/* Whole stores -------------------------------------------------------------------------------- */

static gboolean
run_verify (Fixture *f, GError **error)
{
  g_autoptr (GPtrArray) problems = ms_store_verify (f->store, error);

  /* An object that cannot be read is a problem like others. */
  if (problems != NULL && problems->len > 0)
    g_set_error_literal (error, MS_ERROR, MS_ERROR_UNAVAILABLE, problems->pdata[0]);
  return problems != NULL && problems->len == 0;
}

static gboolean
run_backup (Fixture *f, GError **error)
{
  g_autofree char *path = g_build_filename (f->folder, "backup.db", NULL);
  gboolean         done = ms_store_backup (f->store, path, NULL, error);

  /* It may be whole when the reading that it came from cannot be ended. */
  g_assert_true (!done || g_file_test (path, G_FILE_TEST_EXISTS));
  g_unlink (path);
  return done;
}

/* The second attempt to fill a store fails only where the first one may have been through, and
 * was. */
static void
check_second (const GError *first, GError *second)
{
  if (!is_maybe_done (first) || !g_error_matches (second, MS_ERROR, MS_ERROR_CONFLICT))
    g_assert_no_error (second);
}

/* Where it fails there is no file, and in a database nothing but what a second attempt makes a
 * store of. */
static gboolean
run_copy (Fixture *f, GError **error)
{
  g_autofree char *uri = fault_place_new_target ();
  g_autoptr (GError) second = NULL;
  gboolean done = ms_store_copy (f->store, uri, NULL, NULL, error);

  if (!done && is_on_postgres () && !ms_store_copy (f->store, uri, NULL, NULL, &second))
    check_second (*error, second);
  g_assert_true (fault_place_has_target () || (!done && !is_on_postgres ()));
  fault_place_remove_target ();
  return done;
}

static gboolean
run_open (Fixture *f, GError **error)
{
  close_store (f);
  open_store (f, error);
  return f->store != NULL;
}

static char *template_older;
static gsize template_older_length;

/* (transfer full): the name of the older one, as a backup */
static char *
write_older (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (f->folder, "older.db", NULL);

  g_assert_true (
      g_file_set_contents (path, template_older, (gssize) template_older_length, &error));
  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  return path;
}

/* In the place of the store, which must be there whole where that fails. */
static gboolean
run_replace_store (Fixture *f, GError **error)
{
  static const char *const endings[] = { "", "-wal", "-shm" };
  g_autofree char         *older = write_older (f);
  g_autofree char         *uri = fault_place_dup_uri ();
  g_autofree char         *partial = g_strconcat (strchr (uri, ':') + 1, ".partial", NULL);
  g_autofree char         *kept = NULL;
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (GError) local_error = NULL;

  close_store (f);
  gboolean done = ms_restore (older, uri, schemas, TRUE, NULL, &kept, NULL, error);
  g_assert_true (done == (kept != NULL));
  g_assert_false (g_file_test (partial, G_FILE_TEST_EXISTS));
  g_unlink (older);
  for (guint i = 0; kept != NULL && i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *file = g_strconcat (kept, endings[i], NULL);
      g_unlink (file);
    }
  open_store (f, done ? error : &local_error);
  g_assert_no_error (local_error);
  return f->store != NULL && done;
}

/* Into an empty database; where that fails, the next attempt works. */
static gboolean
run_restore_database (Fixture *f, GError **error)
{
  g_autofree char *older = write_older (f);
  g_autofree char *uri = fault_place_new_target ();
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (GError) second = NULL;

  gboolean done = ms_restore (older, uri, schemas, FALSE, NULL, NULL, NULL, error);
  if (!done && !ms_restore (older, uri, schemas, FALSE, NULL, NULL, NULL, &second))
    check_second (*error, second);
  g_unlink (older);
  return done;
}

static gboolean
run_restore_store (Fixture *f, GError **error)
{
  return is_on_postgres () ? run_restore_database (f, error) : run_replace_store (f, error);
}

/* Of a mailbox, and one of nobody. */
static gboolean
report_usage (Fixture *f, const char *name, gint64 bytes, GError **error)
{
  g_autofree char *now = ms_usage_period_format (ms_usage_period_of (g_get_real_time ()));
  g_autofree char *text = json (
      "{'readings':[{'mailbox':'%s','storedBytes':%" G_GINT64_FORMAT ",'lastAccess':"
      "'2020-01-01T00:00:00Z','sent':{'period':'%s','messages':1,'bytes':%" G_GINT64_FORMAT "}},"
      "{'mailbox':'nobody','storedBytes':5}]}",
      id_of (name),
      bytes,
      now,
      bytes);
  g_autoptr (JsonObject) body = parse (text);
  g_autoptr (GPtrArray) reports = ms_usage_parse (
      json_object_get_array_member (body, "readings"), g_get_real_time (), error);
  g_auto (MsUsageOutcome) outcome = { 0 };

  if (reports == NULL)
    return FALSE;
  ms_usage_outcome_init (&outcome);
  return ms_service_report_usage (f->service, f->admin, reports, &outcome, error);
}

static gboolean
run_report_usage (Fixture *f, GError **error)
{
  return report_usage (f, "ann-box", 77, error);
}

/* Of a mailbox that was never measured. */
static gboolean
run_first_usage (Fixture *f, GError **error)
{
  return report_usage (f, "bob-box", 77, error);
}

static gboolean
run_read_usage (Fixture *f, GError **error)
{
  MsUsageQuery query
      = { .of = id_of ("inner"), .children = "mailboxes", .count = 10, .periods = 3 };

  g_string_truncate (answer, 0);
  return ms_service_read_usage (f->service, f->admin, &query, answer, error);
}

/* By a clock that is a month behind the store, so that it shows whether that one was asked. */
static gboolean
run_list_usage (Fixture *f, GError **error)
{
  const MsResourceType *type = fixture_type (f, "Mailbox");
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) before = g_date_time_add_days (now, -g_date_time_get_day_of_month (now));
  g_autoptr (MsFilter) filter = ms_filter_parse (type, "usage.sentMessages gt 0", NULL);
  MsQuery query = { .type = type,
                    .filter = filter,
                    .sort_by = ms_resource_type_find (type, "usage.sentBytes"),
                    .count = 10 };

  g_assert_nonnull (filter);
  g_string_truncate (answer, 0);
  ms_usage_set_time (g_date_time_to_unix (before) * G_USEC_PER_SEC);
  gboolean done
      = ms_service_list (f->service, f->admin, &query, NULL, "https://x/scim/v2", answer, error);
  ms_usage_set_time (0);
  return done;
}

static const Case cases[] = {
  { "usage/list", run_list_usage, ENDS_BEFORE, TRUE },
  { "usage/report", run_report_usage, ENDS_BEFORE },
  { "usage/first", run_first_usage, ENDS_BEFORE },
  { "usage/read", run_read_usage, ENDS_BEFORE, TRUE },
  { "create/user", run_create_user, ENDS_BEFORE },
  { "create/mailbox", run_create_mailbox, ENDS_BEFORE },
  { "create/list", run_create_list, ENDS_BEFORE },
  { "create/conflict", run_conflict, ENDS_BEFORE },
  { "update/patch", run_patch, ENDS_BEFORE, TRUE },
  { "update/replace", run_replace, ENDS_BEFORE },
  { "update/password", run_password, ENDS_BEFORE },
  { "update/primary-domain", run_rename_domain, ENDS_BEFORE },
  { "delete/user", run_delete_user, ENDS_BEFORE, TRUE },
  { "delete/group", run_delete_group, ENDS_BEFORE, TRUE },
  { "account", run_account, ENDS_BEFORE },
  { "action/move", run_move, ENDS_BEFORE, TRUE },
  { "action/add-entries", run_add_entries, ENDS_BEFORE, TRUE },
  { "action/disable", run_disable, ENDS_BEFORE, TRUE },
  { "action/dry-run", run_dry, ENDS_BEFORE, TRUE },
  { "action/rename", run_rename, ENDS_BEFORE, TRUE },
  { "bulk", run_bulk, ENDS_BEFORE },
  { "undo/update", run_undo_update, ENDS_BEFORE, TRUE },
  { "undo/delete", run_undo_delete, ENDS_BEFORE, TRUE },
  { "undo/many", run_undo_many, ENDS_BEFORE, TRUE },
  { "undo/exchange", run_undo_exchange, ENDS_BEFORE, TRUE },
  { "undo/import", run_undo_import, ENDS_BEFORE, TRUE },
  { "history/return", run_return, ENDS_BEFORE, TRUE },
  { "settings", run_settings, ENDS_BEFORE },
  { "bin/restore", run_restore, ENDS_BEFORE, TRUE },
  { "bin/purge", run_purge, ENDS_BEFORE, TRUE },
  { "bin/retention", run_retention, ENDS_BEFORE },
  { "schema/add", run_add_schema, ENDS_BEFORE },
  { "schema/replace", run_replace_schema, ENDS_BEFORE },
  { "schema/remove", run_remove_schema, ENDS_BEFORE },
  { "session/create-token", run_create_token, ENDS_BEFORE },
  { "session/revoke-token", run_revoke_token, ENDS_BEFORE },
  { "session/by-token", run_by_token, ENDS_BEFORE },
  { "session/log-off", run_log_off, ENDS_BEFORE },
  { "session/log-on", run_log_on, ENDS_BEFORE },
  { "session/token", run_session, ENDS_BETWEEN },
  { "session/second-step", run_second_step, ENDS_BETWEEN },
  { "session/own-second-step", run_own_second_step, ENDS_BETWEEN },
  { "session/reset-administrator", run_reset_administrator, ENDS_BEFORE },
  { "session/describe", run_describe_session, ENDS_BEFORE, TRUE },
  { "read/settings", run_list_settings, ENDS_BEFORE, TRUE },
  { "read/chain-head", run_head, ENDS_BEFORE, TRUE },
  { "read/get", run_get, ENDS_BEFORE, TRUE },
  { "read/list", run_list, ENDS_BEFORE, TRUE },
  { "read/tokens", run_tokens, ENDS_BEFORE, TRUE },
  { "read/connections", run_connections, ENDS_BEFORE, TRUE },
  { "read/places", run_places, ENDS_BEFORE },
  { "read/describe", run_describe, ENDS_BEFORE },
  { "read/find", run_find, ENDS_BEFORE },
  { "read/history", run_history, ENDS_BEFORE },
  { "read/export", run_export, ENDS_NOTED },
  { "read/export-chain", run_export_chain, ENDS_NOTED },
  { "read/replay", run_replay, ENDS_BEFORE },
  { "read/feed", run_feed, ENDS_BEFORE },
  { "read/verify-chain", run_verify_chain, ENDS_BEFORE },
  { "read/bin", run_list_bin, ENDS_BEFORE, TRUE },
  { "read/pages", run_pages, ENDS_BEFORE },
  { "import", run_import, ENDS_BETWEEN },
  { "import/cancelled", run_cancelled_import, ENDS_BETWEEN },
  { "directory/create", run_directory_create, ENDS_BEFORE },
  { "directory/update", run_directory_update, ENDS_BEFORE, TRUE },
  { "directory/delete", run_directory_delete, ENDS_BEFORE, TRUE },
  { "directory/read", run_directory_read, ENDS_BEFORE, TRUE },
  { "directory/undo", run_directory_undo, ENDS_BEFORE, TRUE },
  { "directory/rehearse", run_directory_rehearse, ENDS_BETWEEN },
  { "directory/run", run_directory_run, ENDS_BETWEEN },
  { "directory/cancel", run_directory_cancel, ENDS_BETWEEN },
  { "store/verify", run_verify, ENDS_BEFORE },
  { "store/backup", run_backup, ENDS_BEFORE },
  { "store/copy", run_copy, ENDS_BEFORE },
  { "store/restore", run_restore_store, ENDS_BEFORE },
  { "store/open", run_open, ENDS_BEFORE },
  { "guard/mailbox", run_guarded_mailbox, ENDS_BEFORE },
  { "guard/entry", run_guarded_entry, ENDS_BEFORE, TRUE },
  { "guard/domain", run_guarded_domain, ENDS_BEFORE },
  { "guard/delete", run_guarded_delete, ENDS_BEFORE, TRUE },
  { "guard/denied", run_guarded_denied, ENDS_BEFORE },
};

/* The store they begin with ------------------------------------------------------------------- */

static void
open_store (Fixture *f, GError **error)
{
  static const guchar import_key[MS_IMPORT_KEY_LENGTH] = "the key of this server, outside";

  g_autofree char *uri = fault_place_dup_uri ();
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();

  f->store = ms_store_open (uri, schemas, MS_STORE_CREATE, error);
  if (f->store == NULL)
    return;
  f->service = ms_service_new (f->store);
  /* The same server each time: it can read what was uploaded before. */
  g_assert_true (ms_service_set_import_key (f->service, import_key, NULL));
  fault_directory_use (f);
  fixture_use_clock (f);
}

static void
close_store (Fixture *f)
{
  if (f->service != NULL)
    ms_service_shutdown (f->service);
  g_clear_object (&f->service);
  if (f->store != NULL)
    ms_store_close (f->store);
  g_clear_object (&f->store);
}

static void
open_template (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  close_store (f);
  fault_place_bring_back ();
  open_store (f, &error);
  g_assert_no_error (error);
}

static void
keep_id (const char *name, char *id)
{
  g_hash_table_insert (ids, g_strdup (name), id);
}

/* Some of it in the bin, by two change sets */
static void
fill_bin (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  keep_id ("gone", make_user (f, "gone"));
  keep_id ("gone-box", make_mailbox (f, "gone", id_of ("gone"), TRUE));
  keep_id ("delete", g_strdup_printf ("%" G_GINT64_FORMAT, drop (f, "User", id_of ("gone"), NULL)));
  g_autofree char *many = make_user (f, "many");
  g_autofree char *many_box = make_mailbox (f, "many", many, TRUE);
  g_autofree char *list = json ("{'displayName':'gone','members':[{'value':'%s'}]}", many);
  keep_id ("gone-list", make (f, "Group", list));
  g_autofree char *body = json ("{'verb':'delete','ids':['%s','%s']}", many, id_of ("gone-list"));
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, body, &error);
  g_assert_no_error (error);
  keep_id ("delete-many", g_strdup_printf ("%" G_GINT64_FORMAT, outcome->sequence));
}

/* Two users have exchanged their names. */
static void
fill_exchange (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *one = make_user (f, "carl");
  g_autofree char *two = make_user (f, "dora");
  const char      *steps[][2] = { { one, "between" }, { two, "carl" }, { one, "dora" } };
  g_autoptr (GString) body
             = g_string_new ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],"
                             "'" MS_URN_BULK_OPTIONS "':{'atomic':true},'Operations':[");

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    g_string_append_printf (body,
                            "%s{'method':'PATCH','path':'/Users/%s','data':{'schemas':["
                            "'urn:ietf:params:scim:api:messages:2.0:PatchOp'],'Operations':["
                            "{'op':'replace','path':'userName','value':'%s'}]}}",
                            i > 0 ? "," : "",
                            steps[i][0],
                            steps[i][1]);
  g_string_append (body, "]}");
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_BULK, NULL, NULL, body->str, &error);
  g_assert_no_error (error);
  assert_shown (f, "User", one, "userName", "dora");
  keep_id ("exchange", g_strdup_printf ("%" G_GINT64_FORMAT, last_sequence (f)));
}

/* A token, a session, and a schema file with a value by it */
static void
fill_sessions (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) list = g_string_new (NULL);
  char *session = NULL;

  g_assert_true (change_schemas (f, MS_SCHEMA_ADD, "extra", EXTRA ("Extra", "string"), &error));
  change (f, "User", id_of ("bob"), "urn:example:Extra:text", "'some'");
  keep_id ("token",
           ms_service_create_token (f->service, f->admin, "old", "all", 0, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (ms_service_list_tokens (f->service, f->admin, list, &error));
  g_autoptr (JsonObject) tokens = parse (list->str);
  keep_id ("token-id", pick (tokens, "tokens[0].id"));
  g_assert_true (log_on (f, &session, &error));
  keep_id ("session", session);
}

/* Who is moved and deleted by others is counted. */
static void
fill_usage (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (report_usage (f, "ann-box", 50, &error));
  g_assert_no_error (error);
}

static void
fill (Fixture *f)
{
  keep_id ("top", make_group (f, "top", NULL));
  keep_id ("inner", make_group (f, "inner", id_of ("top")));
  keep_id ("ann",
           make (f,
                 "User",
                 "{'userName':'ann','password':'quick words',"
                 "'" MS_URN_EXT_USER "':{'role':'delegate'}}"));
  keep_id ("bob", make_user (f, "bob"));
  keep_id ("ann-box", make_mailbox (f, "ann", id_of ("ann"), TRUE));
  change (f, "Mailbox", id_of ("ann-box"), "forwardTo", "['later']");
  g_autofree char *list = json ("{'displayName':'all','members':[{'value':'%s'},{'value':'%s'}]}",
                                id_of ("ann"),
                                id_of ("inner"));
  keep_id ("all", make (f, "Group", list));
  g_autofree char *group = json ("{'value':'%s'}", id_of ("inner"));
  change (f, "Mailbox", id_of ("ann-box"), "group", group);
  keep_id ("bob-box", make_mailbox (f, "bobs", NULL, FALSE));
  fill_usage (f);
  keep_id ("update",
           g_strdup_printf ("%" G_GINT64_FORMAT,
                            change_sequence (f, "User", id_of ("bob"), "title", "\"Cook\"")));
  fill_bin (f);
  fill_exchange (f);
  fill_sessions (f);
  keep_id ("import", make_import (f));
  keep_id ("directory", fault_directory_make (f));
  /* The first cursor makes the store's key for them. */
  keep_id ("cursor", turn_page (f, "", NULL));
}

/* The store as it is now, as a backup. */
static void
keep_older (Fixture *f)
{
  g_autofree char *path = g_build_filename (f->folder, "older.db", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_store_backup (f->store, path, NULL, &error));
  g_assert_true (g_file_get_contents (path, &template_older, &template_older_length, &error));
  g_unlink (path);
}

static void
make_template (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  f->now = g_get_real_time ();
  open_store (f, &error);
  g_assert_no_error (error);
  g_assert_true (ms_service_initialize (f->service, "example.org", "admin", &f->password, &error));
  g_autoptr (MsActor) system = ms_actor_new_system ();
  f->admin = g_steal_pointer (&system);
  g_autofree char *admin = find_id (f, "User", "userName", "admin");
  g_assert_nonnull (admin);
  g_clear_pointer (&f->admin, ms_actor_free);
  f->admin = fixture_actor (f, admin, MS_ROLE_ADMINISTRATOR, "console");
  keep_older (f);
  fill (f);
  close_store (f);
  fault_place_keep ();
}

/* Running them -------------------------------------------------------------------------------- */

/* The store as a case begins with it */
typedef struct
{
  const Case *self;
  FaultKind   kind;
  char       *whole;
  char       *state;
  gint64      sequence;
  char       *after;  /* its state when the case was through */
  char       *answer; /* and what it said */
  GBytes     *files;  /* what is there, where that is known to be sound */
  guint       calls;  /* to the database, where nothing fails */
} Run;

/* Whatever fails names the case, for the log of a run elsewhere may be all that is left of it. */
G_GNUC_PRINTF (4, 5)
static void
fail (const Run *run, guint n, const char *at, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *text = g_strdup_printf ("%s, call %u (%s), %s: %s",
                                           run->self->name,
                                           n,
                                           at != NULL ? at : "none",
                                           fault_kind_to_string (run->kind),
                                           what);
  g_assertion_message (G_LOG_DOMAIN, __FILE__, __LINE__, G_STRFUNC, text);
}

static char *
digest (Fixture *f, MsDigestKind kind)
{
  g_autoptr (GError) error = NULL;
  char *text = ms_store_digest (f->store, kind, NULL, &error);

  g_assert_no_error (error);
  return text;
}

static void
check_sound (Fixture *f, const Run *run, guint n, const char *at)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = ms_store_verify (f->store, &error);

  g_assert_no_error (error);
  if (problems->len > 0)
    fail (run, n, at, "afterwards %s", (const char *) problems->pdata[0]);
}

/* Whether the last change set is the only new one, and nothing but the note of an export. */
static gboolean
has_note (Fixture *f, const Run *run)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  gint64 sequence = last_sequence (f);

  if (sequence != run->sequence + 1)
    return FALSE;
  g_assert_true (ms_service_get_change (f->service, f->admin, sequence, out, &error));
  g_autoptr (JsonObject) set = parse (out->str);
  g_autofree char *verb = pick (set, "verb");
  g_autofree char *change = pick (set, "changes[0].verb");
  g_autofree char *second = pick (set, "changes[1]");
  return g_strcmp0 (verb, "export") == 0 && g_strcmp0 (change, "note") == 0 && second == NULL;
}

/* After a failure: all of it is as it was. */
static gboolean
is_before (Fixture *f, const Run *run)
{
  g_autofree char *whole = digest (f, MS_DIGEST_WHOLE);

  if (strcmp (whole, run->whole) == 0)
    return TRUE;
  if (run->self->ending != ENDS_NOTED || !has_note (f, run))
    return FALSE;
  g_autofree char *state = digest (f, MS_DIGEST_STATE);
  return strcmp (state, run->state) == 0;
}

/* As it ends where nothing fails. */
static void
run_undisturbed (Fixture *f, Run *run)
{
  g_autoptr (GError) error = NULL;

  g_string_truncate (answer, 0);
  fault_driver_arm (FAULT_BUSY, G_MAXUINT);
  g_assert_true (run->self->run (f, &error));
  g_assert_no_error (error);
  run->calls = fault_driver_count_calls ();
  fault_driver_disarm (NULL);
  run->after = digest (f, MS_DIGEST_STATE);
  run->answer = g_strdup (answer->str);
  open_template (f);
}

/* A rule of the tables may be in the way of a part, which is then left out and named; no other
 * fault may be taken for something that is not there. */
static void
check_same (Fixture *f, const Run *run, guint n, const char *at)
{
  if (!run->self->same || run->kind == FAULT_CONSTRAINT)
    return;
  g_autofree char *state = digest (f, MS_DIGEST_STATE);
  if (strcmp (state, run->after) != 0)
    fail (run, n, at, "went through, but not as it does without a fault");
  if (strcmp (answer->str, run->answer) != 0)
    fail (run, n, at, "answered “%s” in place of “%s”", answer->str, run->answer);
}

/* Whether the commit was done and only the answer got lost: that is said, and then it is all
 * there. */
static gboolean
is_unknown (Fixture *f, const Run *run, const GError *error)
{
  if (run->kind != FAULT_UNANSWERED || !is_maybe_done (error))
    return FALSE;
  if (!run->self->same)
    return TRUE;
  g_autofree char *state = digest (f, MS_DIGEST_STATE);
  return strcmp (state, run->after) == 0;
}

/* Where what is there has changed. %FALSE: the next attempt cannot begin with it. */
static gboolean
check_changed (Fixture *f, const Run *run, guint n, const char *at, const GError *error)
{
  check_sound (f, run, n, at);
  if (error == NULL || run->self->ending == ENDS_BETWEEN)
    return FALSE;
  if (is_before (f, run))
    return run->self->ending == ENDS_BEFORE;
  if (!is_unknown (f, run, error))
    fail (run, n, at, "half of it is there after “%s”", error->message);
  return FALSE;
}

/* What is there is known. */
static void
keep_files (Run *run)
{
  g_clear_pointer (&run->files, g_bytes_unref);
  run->files = fault_place_read ();
}

/* %TRUE: it was through before the fault came. */
static gboolean
attempt (Fixture *f, Run *run, guint n)
{
  g_autoptr (GError) error = NULL;
  const char *at = NULL;

  fault_driver_arm (run->kind, n);
  gboolean done = run->self->run (f, &error);
  gboolean hit = fault_driver_disarm (&at);
  if (done != (error == NULL))
    fail (run, n, at, "%s", error != NULL ? error->message : "failed without an error");
  if (!hit && !done)
    fail (run, n, at, "failed without a fault: %s", error->message);
  if (f->store == NULL)
    open_template (f);
  if (done)
    check_same (f, run, n, at);
  g_autoptr (GBytes) files = fault_place_read ();
  gboolean changed = !g_bytes_equal (files, run->files);
  gboolean may_go_on = !changed || check_changed (f, run, n, at, error);
  /* Who was through has something in memory now, and asks less the next time. */
  if (done || !may_go_on)
    open_template (f);
  if (done || changed)
    keep_files (run);
  return !hit;
}

/* MS_TEST_FAULTS: only every so many-th call, where all of them would take too long; which of them,
 * MS_TEST_FAULTS_FROM says (or the day), and it is another for each case and kind of fault. */
static guint
get_number (const char *name, guint least, guint otherwise)
{
  const char *wanted = g_getenv (name);
  guint64     number = otherwise;

  return wanted != NULL && g_ascii_string_to_unsigned (wanted, 10, least, 1000000, &number, NULL)
             ? (guint) number
             : otherwise;
}

static guint stride;
static guint from;

/* @every: (nullable): so many times fewer still, and those by chance, for it would be many days
 * until all of them came up */
static void
choose_calls (const char *every)
{
  guint today = (guint) (g_get_real_time () / G_TIME_SPAN_DAY) % 1000000;
  guint chance = (guint) g_test_rand_int_range (0, 1000000);

  stride = get_number ("MS_TEST_FAULTS", 1, 1);
  stride *= every != NULL ? (guint) g_ascii_strtoull (every, NULL, 10) : 1;
  g_assert_cmpuint (stride, >, 0);
  from = get_number ("MS_TEST_FAULTS_FROM", 0, every != NULL ? chance : today);
  if (stride > 1)
    g_test_message ("every %u-th call, MS_TEST_FAULTS_FROM=%u", stride, from);
}

/* On SQLite until it is through; on PostgreSQL, where that costs more than a fault, to where it was
 * when nothing failed. */
static void
run_kind (Fixture *f, Run *run)
{
  guint attempts = 0;
  guint n = 1 + (from + (guint) (run->self - cases) + (guint) run->kind) % MIN (stride, run->calls);

  while (!is_on_postgres () || n <= run->calls)
    {
      /* What the kind before has left in memory may have spared it some calls; now it is new. */
      if (attempt (f, run, n) && (attempts > 0 || attempt (f, run, n)))
        break;
      attempts++;
      n += (n < DENSE ? 1 : SPARSE) * stride;
      g_assert_cmpuint (attempts, <, 10000);
    }
  g_test_message ("%s, %s: %u faults of %u",
                  run->self->name,
                  fault_kind_to_string (run->kind),
                  attempts,
                  run->calls);
  g_assert_cmpuint (attempts, >, 0);
}

static Fixture fixture;

static void
run_case (gconstpointer data)
{
  /* The case before has left it new. */
  if (fixture.store == NULL)
    open_template (&fixture);
  Run run = { .self = data,
              .whole = digest (&fixture, MS_DIGEST_WHOLE),
              .state = digest (&fixture, MS_DIGEST_STATE),
              .sequence = last_sequence (&fixture) };
  run_undisturbed (&fixture, &run);
  keep_files (&run);
  for (guint i = 0; i < fault_driver_count_kinds (); i++)
    {
      run.kind = (FaultKind) i;
      run_kind (&fixture, &run);
    }
  g_assert_true (attempt (&fixture, &run, G_MAXUINT));
  g_free (run.whole);
  g_free (run.state);
  g_free (run.after);
  g_free (run.answer);
  g_clear_pointer (&run.files, g_bytes_unref);
}

/* An option of ours with its value, where it is the first of the arguments. (nullable) */
static const char *
take_option (int *argc, char **argv, const char *name)
{
  if (*argc < 3 || strcmp (argv[1], name) != 0)
    return NULL;
  const char *value = argv[2];
  memmove (argv + 1, argv + 3, (gsize) (*argc - 2) * sizeof *argv); /* with its NULL */
  *argc -= 2;
  return value;
}

int
main (int argc, char *argv[])
{
  guint part = 1;
  guint parts = 1;

  /* "--part K/N": only every N-th case, from the K-th on. Several programs share the work so. */
  const char *part_text = take_option (&argc, argv, "--part");
  /* "--every N": only every N-th call. */
  const char *every = take_option (&argc, argv, "--every");
  g_assert_true (part_text == NULL
                 || (sscanf (part_text, "%u/%u", &part, &parts) == 2 && part > 0 && part <= parts));
  g_test_init (&argc, &argv, NULL);
  choose_calls (every);
  /* Nothing here is about what a disk does; in memory it is a matter of seconds. */
  fixture.folder = g_file_test ("/dev/shm", G_FILE_TEST_IS_DIR)
                       ? g_strdup ("/dev/shm/ms-faults-XXXXXX")
                       : g_build_filename (g_get_tmp_dir (), "ms-faults-XXXXXX", NULL);
  g_assert_nonnull (g_mkdtemp (fixture.folder));
  fault_place_set_up (fixture.folder);
  fault_driver_register (store_place_get_driver ());
  answer = g_string_new (NULL);
  make_template (&fixture);
  for (guint i = part - 1; i < G_N_ELEMENTS (cases); i += parts)
    {
      g_autofree char *path = g_strconcat ("/service/faults/", cases[i].name, NULL);
      g_test_add_data_func (path, &cases[i], run_case);
    }
  int code = g_test_run ();
  fixture_tear_down (&fixture, NULL);
  fault_place_tear_down ();
  g_hash_table_unref (ids);
  g_free (template_older);
  return code;
}
