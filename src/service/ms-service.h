/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The use cases: the only door to the store. Everything that writes, from whichever channel, ends
 * in one of these calls, is checked by ms_policy_check() and by the rules of its type, and makes
 * one change set. No HTTP, no SQL.
 *
 * Thread-safe. Synchronous calls may be made from any thread but the store's writer. Results are
 * rendered JSON, since that is what every channel wants; @base_url ("https://host:7443/scim/v2") is
 * put before "/Users/ID" in meta.location and $ref.
 */
#pragma once

#include <gio/gio.h>

#include "ms-actor.h"
#include "ms-store.h"
#include "ms-txn.h"

G_BEGIN_DECLS

#define MS_TYPE_SERVICE (ms_service_get_type ())
G_DECLARE_FINAL_TYPE (MsService, ms_service, MS, SERVICE, GObject)

MsService *ms_service_new (MsStore *store);
MsStore   *ms_service_get_store (MsService *self);
/* To be called, and kept, only between ms_service_enter() and ms_service_leave(), as all that comes
 * out of it: an operator may replace the tables. */
MsSchemaRegistry *ms_service_get_schemas (MsService *self);
/* Around every call from a thread of its own: while the tables are being replaced the first waits
 * until it is done. May be nested. */
void ms_service_enter (MsService *self);
void ms_service_leave (MsService *self);
/* From inside, for a call that goes on on another thread: that one takes over, and leaves. */
void ms_service_hand_over (MsService *self);
void ms_service_take_over (MsService *self);
/* From inside: whether the tables are those of the store, which other servers may write to. What
 * goes on in a transaction of the store need not ask, it is refused otherwise; this is for answers
 * that are made without one. %FALSE with an error of ms_store_is_behind(). */
gboolean ms_service_check_current (MsService *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* From outside, after something was refused so: takes the store's tables, as soon as nobody is
 * inside. %TRUE also where that cannot be waited for. */
gboolean ms_service_catch_up (MsService *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends jobs and waits for them; running imports are taken up again by ms_service_resume_jobs(). */
void ms_service_shutdown (MsService *self);
void ms_service_resume_jobs (MsService *self);
/* The key, of %MS_IMPORT_KEY_LENGTH bytes, that uploaded files are encrypted for in the store: to
 * be kept outside of it, and to be set before anything else is called. Without one, what is
 * uploaded can be read until the service ends, and by nobody afterwards. */
#define MS_IMPORT_KEY_LENGTH 32
gboolean ms_service_set_import_key (MsService    *self,
                                    const guchar *key,
                                    GError      **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes what a new store needs: primary domain, Guest with every right off, the admin with a
 * mailbox.
 * @password: (out): generated, to be shown once. Fails where there is an admin already. */
gboolean ms_service_initialize (MsService  *self,
                                const char *domain,
                                const char *admin_name,
                                char      **password,
                                GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes the user @name an active administrator without limits of time and network, with a new
 * password. @password: (out): to be shown once */
gboolean ms_service_reset_administrator (MsService  *self,
                                         const char *name,
                                         char      **password,
                                         GError    **error) G_GNUC_WARN_UNUSED_RESULT;

/* Log-on ------------------------------------------------------------------------------------ */

/* Hashing takes some 15 ms of a core: done in a bounded pool, %MS_ERROR_LIMIT when it is full or
 * when @peer or the account must wait (exponential back-off; ms_error_get_details() is
 * {"retryAfter":seconds}). Same time for unknown names. @done_func is called once, on a pool
 * thread. Only users with a role may log on to the console and the API.
 * @code: (nullable): of the second step, where the account has one: without it, or with a wrong
 * one, %MS_ERROR_UNAUTHENTICATED with the details {"secondStep":"totp"}, and path "code" if one was
 * given.
 * @token: (transfer none) (nullable): NULL where @error is set. @actor: (transfer none) (nullable):
 * beside @error, who it is that showed password and code, but could not be let in. @expires:
 * microseconds since 1970 */
typedef void (*MsLogOnFunc) (
    const char *token, MsActor *actor, gint64 expires, const GError *error, gpointer user_data);
void ms_service_log_on_async (MsService  *self,
                              const char *user_name,
                              const char *password,
                              const char *code,
                              const char *peer,
                              const char *channel,
                              MsLogOnFunc done_func,
                              gpointer    user_data);
/* (transfer full) or %MS_ERROR_UNAUTHENTICATED, also where the user may not come from @peer
 * (nullable). Cheap: sessions are cached, the cache dropped when a user changes. */
MsActor *ms_service_authenticate (MsService  *self,
                                  const char *token,
                                  const char *peer,
                                  GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Where that failed because the store could not be asked: whether the token was good when it was
 * asked last. Whoever has it may read what is wrong with the store, and nothing else. */
gboolean ms_service_knew (MsService *self, const char *token, const char *peer);
gboolean ms_service_log_off (MsService     *self,
                             const MsActor *actor,
                             GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* The second step of logging on (docs/api.md, "session/totp"): each appends the JSON described
 * there. Of the actor's own account, and only of one that logged on; @peer for the back-off. */
gboolean ms_service_get_second_step (MsService     *self,
                                     const MsActor *actor,
                                     GString       *out,
                                     GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_start_second_step (MsService     *self,
                                       const MsActor *actor,
                                       GString       *out,
                                       GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_confirm_second_step (MsService     *self,
                                         const MsActor *actor,
                                         const char    *password,
                                         const char    *code,
                                         const char    *peer,
                                         GString       *out,
                                         gint64        *sequence,
                                         GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_remove_second_step (MsService     *self,
                                        const MsActor *actor,
                                        const char    *password,
                                        const char    *code,
                                        const char    *peer,
                                        gint64        *sequence,
                                        GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of anybody: whether it is on, and taking it away from whoever lost what makes their codes. */
gboolean ms_service_show_second_step (MsService     *self,
                                      const MsActor *actor,
                                      const char    *user_id,
                                      GString       *out,
                                      GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_clear_second_step (MsService     *self,
                                       const MsActor *actor,
                                       const char    *user_id,
                                       gint64        *sequence,
                                       GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* An API token; @scope "all", "scim", "read" or "usage"; @expires 0 = in a year. Shown once.
 * @stored_name: (out) (transfer full) (optional): what it is called from now on. @sequence: (out)
 * (optional): of the change set */
char *ms_service_create_token (MsService     *self,
                               const MsActor *actor,
                               const char    *name,
                               const char    *scope,
                               gint64         expires,
                               char         **stored_name,
                               gint64        *sequence,
                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;

/* Adds "expires", "mustChangePassword", "mustSetUpSecondStep" and "user":
 * {"id","userName","displayName","role"} to the object that @into has begun. */
gboolean ms_service_describe_session (MsService     *self,
                                      const MsActor *actor,
                                      JsonBuilder   *into,
                                      GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Appends
 * {"tokens":[{"id","name","scope","created","lastUsed","expires","user":{"id","userName"}}…]}; an
 * administrator sees all of them, others their own. */
gboolean ms_service_list_tokens (MsService     *self,
                                 const MsActor *actor,
                                 GString       *out,
                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_revoke_token (MsService     *self,
                                  const MsActor *actor,
                                  const char    *id,
                                  gint64        *sequence,
                                  GError       **error) G_GNUC_WARN_UNUSED_RESULT;

/* Appends "connections":[…], a member: the sessions and tokens of everybody. */
gboolean ms_service_list_connections (MsService     *self,
                                      const MsActor *actor,
                                      GString       *out,
                                      GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends a session, or revokes a token. @sequence: (out) (optional): of the latter; left alone by the
 * former, which has no change set */
gboolean ms_service_end_connection (MsService     *self,
                                    const MsActor *actor,
                                    const char    *id,
                                    gint64        *sequence,
                                    GError       **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reading ----------------------------------------------------------------------------------- */

/* Which attributes are wanted (RFC 7644 §3.4.2.5); both NULL = all that are returned by default. */
typedef struct
{
  char **attributes;
  char **excluded;
} MsProjection;
/* Whether it asks for what is computed and returned on request only, such as "usage": that changes
 * while the version of the object stays, so that no ETag says whether it is the same. */
gboolean ms_projection_shows_unversioned (const MsProjection   *projection,
                                          const MsResourceType *type);

/* Appends the object as SCIM JSON to @out. @id %NULL: the singleton. @version: (out) (optional):
 * for the ETag */
gboolean ms_service_get (MsService            *self,
                         const MsActor        *actor,
                         const MsResourceType *type,
                         const char           *id,
                         const MsProjection   *projection,
                         const char           *base_url,
                         GString              *out,
                         gint64               *version,
                         GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Appends a ListResponse. */
gboolean ms_service_list (MsService          *self,
                          const MsActor      *actor,
                          const MsQuery      *query,
                          const MsProjection *projection,
                          const char         *base_url,
                          GString            *out,
                          GError            **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * MsListing: a list over one type or several, by number or by cursor
 * @queries: one for each type; their start, count, order and search are the same
 * @sort_by: (nullable): as the client wrote it
 * @projection: (nullable)
 * @cursor: (nullable): %NULL = by number; "" = begin (RFC 9865)
 * @base_url: as for ms_service_get()
 */
typedef struct
{
  const MsQuery      *queries;
  guint               n_queries;
  const char         *sort_by;
  const MsProjection *projection;
  const char         *cursor;
  const char         *base_url;
} MsListing;
/* How long a cursor is good. */
#define MS_CURSOR_SECONDS 3600
/* Appends a ListResponse. Fails with scimType invalidCursor, expiredCursor, invalidCount, tooMany.
 */
gboolean ms_service_list_pages (MsService       *self,
                                const MsActor   *actor,
                                const MsListing *listing,
                                GString         *out,
                                GError         **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writing ----------------------------------------------------------------------------------- */

typedef enum
{
  MS_VERB_CREATE,
  MS_VERB_REPLACE,
  MS_VERB_PATCH,
  MS_VERB_DELETE,
  MS_VERB_ACTION,   /* POST /api/v1/actions */
  MS_VERB_ACCOUNT,  /* POST /api/v1/accounts */
  MS_VERB_UNDO,     /* POST /api/v1/changes/N/undo */
  MS_VERB_BULK,     /* POST /scim/v2/Bulk */
  MS_VERB_RESTORE,  /* POST /api/v1/bin/restore: {"ids", "alone"?, "as"?, "dryRun"?} */
  MS_VERB_PURGE,    /* POST /api/v1/bin/purge: {"ids", "dryRun"?} */
  MS_VERB_RETURN,   /* POST /api/v1/history/ID/return: @id, @sequence */
  MS_VERB_SETTINGS, /* PATCH /api/v1/settings */
} MsVerb;

/**
 * MsOperation: one write
 * @type, @id: (nullable): of the object, for the SCIM verbs; a new object gets an id where none is
 * given
 * @body: (nullable): what the client sent; for a delete {"mailboxes":"keep"} or
 * {"content":"parent|delete"} from the query
 * @if_match: (nullable): the If-Match header as sent: "*", or a list of ETags
 * @in_bulk: it is one of a bulk request's, where @if_match is its "version"
 * @if_none_match: (nullable): the If-None-Match header as sent
 * @keep_address: (for replace and patch): an address that is given up becomes an alias
 * @sequence: for undo and return
 * @job: (nullable): for undo of a whole import
 * @bare: no document is wanted: what a write costs does not depend on what the object holds
 */
typedef struct
{
  MsVerb                verb;
  const MsResourceType *type;
  char                 *id;
  JsonObject           *body;
  char                 *if_match;
  gboolean              in_bulk;
  char                 *if_none_match;
  MsProjection          projection;
  char                 *base_url;
  gboolean              keep_address;
  gint64                sequence;
  char                 *job;
  gboolean              bare;
} MsOperation;

/* Of a bulk request (RFC 7644 §3.7). Our own option, "atomic": all or nothing, in one change set.
 */
#define MS_BULK_MAX_OPERATIONS MS_PATCH_MAX_OPERATIONS
#define MS_URN_BULK_OPTIONS "urn:ietf:params:scim:api:messages:mailstead:2.0:BulkOptions"
MsOperation *ms_operation_new (MsVerb verb);
void         ms_operation_free (MsOperation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsOperation, ms_operation_free)

/**
 * MsOutcome: what a write came to
 * @document: (nullable): JSON to answer with
 * @created: a new object was made (201)
 * @changed: %FALSE when it was already so: no change set, same version
 * @sequence: the change set, or 0
 * @version: of the object, for the ETag
 * @ignored: (nullable): attribute paths in the request that nothing here knows
 * @more_ignored: how many more they are
 * @fault: (nullable): of a bulk request: the first of its failures that the operator should see
 */
typedef struct
{
  GString *document;
  char    *id;
  gboolean created;
  gboolean changed;
  gint64   sequence;
  gint64   version;
  char   **ignored;
  guint    more_ignored;
  GError  *fault;
} MsOutcome;
void ms_outcome_free (MsOutcome *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsOutcome, ms_outcome_free)

/* Called exactly once, on the writer or a pool thread, never on the caller's.
 * @outcome: (transfer full) (nullable): with @error NULL.
 * An action, or an undo, that could do nothing because of some objects fails with
 * %MS_ERROR_CONFLICT (%MS_ERROR_DENIED where the actor may do none of it), and
 * ms_error_get_details() of it is {"refused":[…]} as in docs/api.md, to be put beside the error's
 * members. */
typedef void (*MsApplyFunc) (MsOutcome *outcome, const GError *error, gpointer user_data);
/* @operation: (transfer full). Passwords in it are hashed in the pool first; then the writer runs
 * it. */
void       ms_service_apply_async (MsService     *self,
                                   const MsActor *actor,
                                   MsOperation   *operation,
                                   MsApplyFunc    done,
                                   gpointer       user_data);
MsOutcome *ms_service_apply (MsService     *self,
                             const MsActor *actor,
                             MsOperation   *operation,
                             GError       **error) G_GNUC_WARN_UNUSED_RESULT;

/* Plain calls: each appends the JSON described in docs/api.md ------------------------------- */

/* Adds members to the object that @into has begun; the certificate is added by the caller. */
gboolean ms_service_describe_server (MsService     *self,
                                     const MsActor *actor,
                                     JsonBuilder   *into,
                                     GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_list_changes (MsService     *self,
                                  const MsActor *actor,
                                  const char    *object_id,
                                  const char    *job,
                                  gint64         before,
                                  guint          limit,
                                  GString       *out,
                                  GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_get_change (MsService     *self,
                                const MsActor *actor,
                                gint64         sequence,
                                GString       *out,
                                GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* @before: (nullable): "next" of the page before; @type_name, @search: (nullable) */
gboolean ms_service_list_bin (MsService     *self,
                              const MsActor *actor,
                              const char    *type_name,
                              const char    *search,
                              const char    *before,
                              guint          limit,
                              GString       *out,
                              GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of one object, wherever it is now. @before: only sequences below it; 0 = all */
gboolean ms_service_get_history (MsService     *self,
                                 const MsActor *actor,
                                 const char    *object_id,
                                 gint64         before,
                                 guint          limit,
                                 GString       *out,
                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* What happened after @since, of at most @limit change sets, as claims of security event tokens
 * (docs/api.md, "feed"). @full: with data, not only the names of what changed. @issuer: their
 * "iss" */
gboolean ms_service_read_feed (MsService     *self,
                               const MsActor *actor,
                               gint64         since,
                               guint          limit,
                               gboolean       full,
                               const char    *issuer,
                               GString       *out,
                               GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* The chain of change sets: its last number and hash; a check of at most @limit of them after
 * @since, whose hash must be @hash (nullable: is what the store says). */
gboolean ms_service_get_chain_head (MsService     *self,
                                    const MsActor *actor,
                                    GString       *out,
                                    GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_verify_chain (MsService     *self,
                                  const MsActor *actor,
                                  gint64         since,
                                  const char    *hash,
                                  guint          limit,
                                  GString       *out,
                                  GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_list_settings (MsService     *self,
                                   const MsActor *actor,
                                   GString       *out,
                                   GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_list_ranges (MsService     *self,
                                 const MsActor *actor,
                                 const MsQuery *query,
                                 guint          step,
                                 GString       *out,
                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_find_position (MsService     *self,
                                   const MsActor *actor,
                                   const MsQuery *query,
                                   const char    *id,
                                   gint64        *position,
                                   GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Free login, display name and address for a new person: {"userName", "address", "name": …} */
gboolean ms_service_propose (MsService     *self,
                             const MsActor *actor,
                             const char    *name,
                             const char    *template_id,
                             GString       *out,
                             GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Who gets mail for @address, as a graph of at most @max_nodes nodes. */
gboolean ms_service_explain (MsService     *self,
                             const MsActor *actor,
                             const char    *address,
                             guint          max_nodes,
                             GString       *out,
                             GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Objects of any type in which every word of @words occurs, at most @count of each type. */
gboolean ms_service_search (MsService     *self,
                            const MsActor *actor,
                            const char    *words,
                            guint          count,
                            GString       *out,
                            GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether @actor may export what @query finds, and it can be found; and notes it in a change set,
 * so that nothing leaves a store unnoted that can be written to. One that is open for reading only
 * keeps no note. */
gboolean ms_service_begin_export (MsService     *self,
                                  const MsActor *actor,
                                  const MsQuery *query,
                                  GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* CSV of users, mailboxes or lists as the import takes it back, after ms_service_begin_export().
 * Row by row to @write, however long that takes: the caller has called ms_service_hand_over(),
 * which this ends when it has begun. */
typedef gboolean (*MsWriteFunc) (const char *data,
                                 gsize       length,
                                 gpointer    user_data,
                                 GError    **error);
gboolean ms_service_export (MsService     *self,
                            const MsActor *actor,
                            const MsQuery *query,
                            MsWriteFunc    write,
                            gpointer       user_data,
                            GError       **error) G_GNUC_WARN_UNUSED_RESULT;

/* As ms_service_begin_export(), of the change sets after @since. */
gboolean ms_service_begin_export_chain (MsService     *self,
                                        const MsActor *actor,
                                        gint64         since,
                                        GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Every change set after @since as a line of JSON that ms_change_record_parse() reads. */
gboolean ms_service_export_chain (MsService     *self,
                                  const MsActor *actor,
                                  gint64         since,
                                  MsWriteFunc    write,
                                  gpointer       user_data,
                                  GError       **error) G_GNUC_WARN_UNUSED_RESULT;

/* Imports (docs/api.md, "Imports"). Jobs run on a thread of the service's. ------------------ */

gboolean ms_service_import_upload (MsService     *self,
                                   const MsActor *actor,
                                   const char    *name,
                                   GBytes        *data,
                                   GString       *out,
                                   GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* {"imports": […]}, newest first, without previews. */
gboolean ms_service_import_list (MsService     *self,
                                 const MsActor *actor,
                                 GString       *out,
                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_import_get (MsService     *self,
                                const MsActor *actor,
                                const char    *id,
                                GString       *out,
                                GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* @options as in docs/api.md. @rehearse: against the real store, rolled back. Answers at once;
 * progress by events. */
gboolean ms_service_import_start (MsService     *self,
                                  const MsActor *actor,
                                  const char    *id,
                                  JsonObject    *options,
                                  gboolean       rehearse,
                                  GString       *out,
                                  GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_import_cancel (MsService     *self,
                                   const MsActor *actor,
                                   const char    *id,
                                   GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Not one that is under way. What it did stays. */
gboolean ms_service_import_delete (MsService     *self,
                                   const MsActor *actor,
                                   const char    *id,
                                   GError       **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_service_import_rows (MsService     *self,
                                 const MsActor *actor,
                                 const char    *id,
                                 const char    *status,
                                 gint64         start,
                                 gint64         count,
                                 GString       *out,
                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* The refused records as CSV with an "error" column. */
gboolean ms_service_import_rejects (MsService     *self,
                                    const MsActor *actor,
                                    const char    *id,
                                    GString       *out,
                                    GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Generated passwords of a finished import as CSV; kept in memory only and handed out once. */
gboolean ms_service_import_passwords (MsService     *self,
                                      const MsActor *actor,
                                      const char    *id,
                                      GString       *out,
                                      GError       **error) G_GNUC_WARN_UNUSED_RESULT;

/* Events ------------------------------------------------------------------------------------ */

/**
 * MsEventFunc: something happened; called on the writer or a job thread, must be quick
 * @kind: "change", "import", "directory", or "schemas" (what types and attributes there are is not
 * as it was)
 * @sequence: of the change set; 0 for the others
 * @json: the event's data
 */
typedef void (*MsEventFunc) (const char *kind,
                             gint64      sequence,
                             const char *json,
                             gpointer    user_data);
guint ms_service_add_listener (MsService *self, MsEventFunc func, gpointer user_data);
/* Waits for a call of it that is under way; afterwards there is none. */
void ms_service_remove_listener (MsService *self, guint id);
/* Events of change sets after @since in order, for one who comes back. Hands at most @limit to
 * @func; @complete: (out): %FALSE where there were more than that, or @since is ahead of the store,
 * so that the reader should start afresh. */
gboolean ms_service_replay_events (MsService     *self,
                                   const MsActor *actor,
                                   gint64         since,
                                   guint          limit,
                                   MsEventFunc    func,
                                   gpointer       user_data,
                                   gboolean      *complete,
                                   GError       **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
