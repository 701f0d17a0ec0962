/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of service/ share: the service's parts, and the one way in which objects are
 * written inside a transaction. Every road (SCIM, accounts, actions, undo, import) goes through
 * MsWrite and its functions, so that policy and rules are asked in one place and no channel can
 * forget them.
 *
 * How a write is done, for jobs that run their own transactions:
 *
 *   MsWrite write;
 *   ms_write_init (&write, service, actor, hashes);       before the transaction, on any thread
 *   ms_store_write (store, &context, func, …);             func sets write.txn, then calls
 * ms_write_create() and others ms_write_clear (&write);                               afterwards:
 * drops what sessions knew of changed users
 */
#pragma once

#include "ms-directory.h"
#include "ms-policy.h"
#include "ms-service.h"

G_BEGIN_DECLS

typedef struct _MsHashPool      MsHashPool;
typedef struct _MsSessionCache  MsSessionCache;
typedef struct _MsOwnSessions   MsOwnSessions;
typedef struct _MsBackOff       MsBackOff;
typedef struct _MsEventHub      MsEventHub;
typedef struct _MsImportManager MsImportManager;
typedef struct _MsPeriodic      MsPeriodic;
typedef struct _MsRenderCache   MsRenderCache;
typedef struct _MsRules         MsRules;
typedef struct _MsGate          MsGate;
typedef struct _MsImportSeal    MsImportSeal;
typedef struct _MsDirectoryRuns MsDirectoryRuns;

/* Microseconds since 1970; tests give their own. */
typedef gint64 (*MsClockFunc) (gpointer user_data);

/* The types that rules know by name, looked up once. */
typedef struct
{
  const MsResourceType *user;
  const MsResourceType *mailbox;
  const MsResourceType *mail_group;
  const MsResourceType *list;
  const MsResourceType *domain;
  const MsResourceType *template;
  const MsResourceType *guest;
  const MsResourceType *schema_file;
  const MsResourceType *directory;
} MsServiceTypes;
void ms_service_types_init (MsServiceTypes *self, MsSchemaRegistry *schemas);

struct _MsService
{
  GObject parent_instance;

  /* Owned */
  MsStore          *store;
  MsSchemaRegistry *schemas;
  MsHashPool       *hash_pool;
  MsSessionCache   *sessions;
  MsOwnSessions    *own_sessions; /* (nullable): where the store is open for reading only */
  MsBackOff        *back_off;
  GQueue            log_ons; /* that wait for others, see ms-log-on.c */
  GMutex            log_ons_lock;
  MsEventHub       *events;
  MsImportManager  *imports;
  MsDirectoryRuns  *directories;
  MsPeriodic       *bin_job;       /* (nullable): once jobs were resumed */
  MsPeriodic       *usage_teller;  /* (nullable): once something was reported */
  GMutex            usage_lock;    /* who makes it */
  MsPeriodic       *schema_watch;  /* (nullable): where others write to the store too */
  GMutex            catch_up_lock; /* one at a time does */
  guint             catch_ups_missed;
  MsGate           *gate;     /* calls and work under way; ms_service_shutdown() waits for them */
  MsRenderCache    *rendered; /* (nullable): where others may write to the store */
  char             *host_name;
  char             *cursor_key; /* in hexadecimal digits, see ms-cursor.c */
  MsImportSeal     *import_seal;

  MsServiceTypes types;
  GHashTable    *secret_names; /* lower case names and paths of what operators declared secret */
  gint64         started;
  gboolean       is_shut_down;
  gboolean       usage_was_taken;  /* and nobody was told yet */
  gboolean       keeps_import_key; /* that of the seal lasts longer than this process */
  MsClockFunc    clock;
  gpointer       clock_data;

  MsDirectoryReadFunc directory_read;
};

gint64 ms_service_get_time (MsService *self);
/* After an attempt with a password has come to something: those that waited for that. */
void ms_service_try_log_ons (MsService *service);
/* For tests only, before the first use. */
void ms_service_set_clock (MsService *self, MsClockFunc clock, gpointer user_data);
/* The same of what is called in place of ms_directory_read(). */
void ms_service_set_directory_read (MsService *self, MsDirectoryReadFunc func);
/* Around whatever outlives the call that began it. Not a reference: the last one must not be
 * dropped by a pool thread. */
MsService *ms_service_begin_work (MsService *self);
void       ms_service_end_work (MsService *self);
/* With the gate closed. (transfer full) */
void ms_service_take_schemas (MsService *self, MsSchemaRegistry *schemas);
/* Hands an event to every listener, on the calling thread. @sequence 0 for what is no change set.
 */
void ms_service_emit_event (MsService *self, const char *kind, gint64 sequence, const char *json);
/* An event without a sequence number, to the listeners of every daemon on the database. */
void ms_service_publish_event (MsService *self, const char *kind, const char *json);
/* Called by the store with what other daemons announce. */
void ms_service_take_news (MsStore *store, const char *topic, const char *text, gpointer user_data);
/* Lets the other daemons count a wrong password, or forget those of an account. */
void ms_service_announce_log_on (MsService  *self,
                                 gboolean    failed,
                                 const char *account,
                                 const char *peer);

/* What the change set of a write by @actor says; borrows from @actor. */
MsChangeContext ms_service_get_context (const MsActor *actor, const char *verb);

/* Lists ------------------------------------------------------------------------------------- */

/* "@name":@total, and beside it that there are more where @query only says so. */
void ms_service_append_total (GString *out, const char *name, const MsQuery *query, gint64 total);
/* What cannot be read of a damaged store is listed by its name, and the list says of which objects
 * that is. @ids: of those of a list, as JSON */
void ms_service_note_damaged (GString *ids, MsObject *object);
void ms_service_append_damaged (GString *out, const GString *ids);
/* What a search finds beyond its bound is not listed by number: a page ends there at the latest. */
gboolean ms_service_check_reach (const MsQuery *query,
                                 gint64         total,
                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;

/* Hashing ----------------------------------------------------------------------------------- */

/* Clear passwords and their hashes; wiped when freed. NULL-safe lookups. */
typedef struct _MsHashes MsHashes;
MsHashes                *ms_hashes_new (void);
void                     ms_hashes_free (MsHashes *self);
void                     ms_hashes_add (MsHashes *self, const char *clear);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsHashes, ms_hashes_free)
/* Hashes everything that was added, on the calling thread (a job's, never the writer). Thousands
 * are spread over the pool's threads with low priority by ms_service_hash_all(). */
gboolean ms_hashes_compute (MsHashes *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, helped by the pool; waits. For imports: other users of the pool go first. */
gboolean ms_service_hash_all (MsService    *self,
                              MsHashes     *hashes,
                              GCancellable *cancellable,
                              GError      **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writing inside a transaction -------------------------------------------------------------- */

/**
 * MsWrite: one write under way
 * @txn: set by the transaction's function before anything else is called
 * @types: the service's; one that reads for long has its own
 * @hashes: (nullable): of the clear passwords that may occur
 * @keep_mailboxes: deleting a user keeps its mailboxes
 * @keep_address: an address that is given up becomes an alias
 * @content: (nullable): deleting a mail group: "parent" or "delete"
 * @undoing: an undo: fields that a request could not set may be put back
 * @undoing_run: of what a run of a directory did
 * @exchanging: in ms_txn_exchange(): what only one can have is compared at its end, by the store
 * @reviving: (nullable): what comes out of the bin at this moment, as it lies there
 * @undone_here: (nullable) (element-type gint64): change sets that it has undone
 * @undone_returns: (nullable) (element-type gint64): change sets that took what comes out of the
 * bin now out of it before and were undone, and their undos: they are as if they had not been
 * @changing_schemas: schema files may be written
 * @changing_directories: how outside directories are set up may be written
 * @removing: (nullable): id of the user who is being deleted, while its mailboxes go with it
 * @unguarded_list: (nullable): id of the list that was last found to get nobody's mail that is
 * guarded, see ms_rules_check_entry()
 * @forgets_sessions: all cached sessions are dropped afterwards
 * @seen_users: ids of users whose cached sessions are dropped afterwards
 * @primary_domain: (nullable): read once, see ms_write_get_primary_domain()
 */
typedef struct
{
  MsService            *service;
  MsTxn                *txn;
  const MsServiceTypes *types;
  const MsActor        *actor;
  MsHashes             *hashes;
  gboolean              keep_mailboxes;
  gboolean              keep_address;
  const char           *content;
  gboolean              undoing;
  gboolean              undoing_run;
  gboolean              exchanging;
  MsObject             *reviving;
  GHashTable           *undone_here;
  GHashTable           *undone_returns;
  gboolean              changing_schemas;
  gboolean              changing_directories;
  const char           *removing;
  char                 *unguarded_list;
  gboolean              forgets_sessions;
  char                 *primary_domain;
  GHashTable           *seen_users;
} MsWrite;

void ms_write_init (MsWrite *self, MsService *service, const MsActor *actor, MsHashes *hashes);
void ms_write_clear (MsWrite *self);

/* @edit: of a new object. (transfer full): as stored */
MsObject *ms_write_create (MsWrite *self, MsEdit *edit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @before: as stored now; @edit: made from it. @changed: (out) (optional). (transfer full): as
 * stored afterwards */
MsObject *ms_write_update (MsWrite  *self,
                           MsObject *before,
                           MsEdit   *edit,
                           gboolean *changed,
                           GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same from a changed copy of @before, without links or secrets. */
MsObject *ms_write_update_object (MsWrite  *self,
                                  MsObject *before,
                                  MsObject *after,
                                  gboolean *changed,
                                  GError  **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean
ms_write_delete (MsWrite *self, MsObject *object, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer none) (nullable): error set */
const char *ms_write_get_primary_domain (MsWrite *self, GError **error);
/* The sessions of this user are asked for anew afterwards, here and by every other daemon. */
void ms_write_note_user (MsWrite *self, const char *id);
/* The same for everybody. */
void ms_write_note_everybody (MsWrite *self);

/* Accounts ---------------------------------------------------------------------------------- */

/**
 * MsAccount: a user and its mailbox, to be made in one go
 * @user, @mailbox: (nullable): SCIM attributes as a client would send them; no mailbox with %NULL.
 * A mailbox without a name takes the part of userName before an @, one without a description the
 * user's displayName.
 * @user_template: (nullable): a Template or a User; @mailbox_template: (nullable): a Template or a
 * Mailbox
 * @password_hash: (nullable): crypt(3) hash of a password made by the service; otherwise user's
 * "password" is looked up in the write's hashes
 * @is_undescribed: a mailbox without a description stays so
 */
typedef struct
{
  JsonObject *user;
  JsonObject *mailbox;
  MsObject   *user_template;
  MsObject   *mailbox_template;
  const char *password_hash;
  gboolean    is_undescribed;
} MsAccount;

/* (transfer full) @user, @mailbox: (out) (optional). @ignored: (nullable) (element-type utf8): gets
 * paths that nobody knows. The mailbox becomes the user's primary one. Errors of the mailbox's
 * attributes carry the path "mailbox.…". */
gboolean ms_write_create_account (MsWrite         *self,
                                  const MsAccount *account,
                                  MsObject       **user,
                                  MsObject       **mailbox,
                                  MsIgnored       *ignored,
                                  GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* An existing user and (nullable) its mailbox get the attributes given and keep all others, as
 * PATCH replace without a path would. @mailbox %NULL with @account->mailbox: one is made, primary
 * unless it says otherwise.
 * @changed: (out) */
gboolean ms_write_update_account (MsWrite         *self,
                                  const MsAccount *account,
                                  MsObject        *user,
                                  MsObject        *mailbox,
                                  gboolean        *changed,
                                  GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* @object with @attributes replaced, as PATCH without a path would. (transfer full) */
MsEdit *ms_write_make_patch (MsObject   *object,
                             JsonObject *attributes,
                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full) (nullable): what a template id stands for; %NULL id gives %NULL without error.
 * @type: User or Mailbox */
MsObject *ms_write_get_template (
    MsWrite *self, const MsResourceType *type, const char *id, const char *path, GError **error);
/* The mail group at "Sales/EMEA" below @base (nullable: the top), made where it is missing and
 * @create is set. (transfer full) (nullable): %NULL without error for an empty path.
 * %MS_ERROR_NOT_FOUND, path "group". */
MsObject *ms_write_resolve_group (
    MsWrite *self, const char *base, const char *path, gboolean create, GError **error);
/* The primary mailbox of a user. (transfer full) (nullable) */
MsObject *ms_write_find_primary (MsWrite *self, const char *user_id, GError **error);

G_END_DECLS
