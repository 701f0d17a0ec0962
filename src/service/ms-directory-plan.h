/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All entries of a directory against all users of it here: who is to be looked at by a writing
 * transaction, and whether that is within what one run may do. Made by one reading transaction;
 * what others change afterwards is looked at again where it is written.
 */
#pragma once

#include "ms-directory-person.h"

G_BEGIN_DECLS

/* Entries of one transaction. */
#define MS_DIRECTORY_CHUNK_ITEMS 250

/* What planning tells, and the writing transaction where it finds the same. */
#define MS_DIRECTORY_LINKED_TWICE "Both %s and %s here are linked to this entry"
#define MS_DIRECTORY_NOT_MADE "Disabled in the directory: made here once that is over"

typedef enum
{
  MS_DIRECTORY_CREATE,
  MS_DIRECTORY_UPDATE,
  MS_DIRECTORY_RENAME,
  MS_DIRECTORY_DISABLE,
  MS_DIRECTORY_ENABLE,
  MS_DIRECTORY_DELETE,
  MS_DIRECTORY_REFUSE,
  MS_DIRECTORY_UNCHANGED,
  MS_DIRECTORY_N_STATUSES,
} MsDirectoryStatus;
/* (transfer none) */
const char *ms_directory_status_get_name (MsDirectoryStatus status);

/**
 * MsDirectoryItem: an entry, or a user who is in none any more
 * @person: (nullable): borrowed of the plan; %NULL for who left
 * @user_id: (nullable): who is linked to it
 * @identity: (nullable): by what, of who left
 * @user_name: as here, or of one who is not here yet, as there
 * @binned_id: (nullable): who is to come out of the bin
 * @problem: (nullable): why nothing is done about it
 * @remark: (nullable): what is told of it
 * @is_settled: nothing is to be written
 * @is_put_out: nothing can be made of the entry, but that the user is disabled there
 * @is_refused: nothing of the entry was taken, so that others wait for it in vain
 * @circle: of those who wait for each other's names or addresses, its number; 0 = none
 */
typedef struct
{
  MsDirectoryPerson *person;
  char              *user_id;
  char              *identity;
  char              *user_name;
  char              *binned_id;
  GError            *problem;
  char              *remark;
  gboolean           is_settled;
  gboolean           is_put_out;
  gboolean           is_refused;
  guint              circle;
} MsDirectoryItem;
void ms_directory_item_free (MsDirectoryItem *self);

/* Each is kept within the limit by itself: many of the one must not hide those of the other. */
typedef enum
{
  MS_DIRECTORY_LINKED,
  MS_DIRECTORY_ADOPTED, /* whom the run takes over */
  MS_DIRECTORY_N_GROUPS,
} MsDirectoryGroup;

/**
 * MsDirectoryTally: what the limit is about, by MsDirectoryGroup
 * @having, @losing: users who have it here, and those of them whom it would be taken from
 */
typedef struct
{
  gint64 having[MS_DIRECTORY_N_GROUPS];
  gint64 losing[MS_DIRECTORY_N_GROUPS];
} MsDirectoryTally;

/**
 * MsDirectoryLoss: one user who would lose something
 * @group: whose it is
 * @address: (nullable): what the mailbox is to have; @mailbox_id: (nullable): which has it until
 * now
 * @places: (element-type guint): in the plan's losses
 */
typedef struct
{
  MsDirectoryPerson *person;
  MsDirectoryGroup   group;
  char              *user_id;
  char              *mailbox_id;
  char              *address;
  GArray            *places;
} MsDirectoryLoss;

/**
 * MsDirectoryPlan:
 * @addresses, @aliases: (element-type utf8 MsDirectoryPerson): who is to have an address as that of
 * the mailbox, and who as an alias of it, by ms_address_key(); of several who has it and keeps it,
 * else the first
 * @awaited: (element-type utf8 MsDirectoryPerson): who is to have an address as that of the mailbox
 * once they are not disabled there any more, or not refused; likewise
 * @items: (element-type MsDirectoryItem): who left first, for they may have what others want
 * @freed_names, @freed_addresses: (element-type utf8 MsDirectoryItem): who will give up a name, and
 * who an address, by ms_text_fold() and by ms_address_key(): two tables, for a name may well be an
 * address. Aliases too, of which others may have the same, so that @freed_aliases has each with
 * whoever gives it up
 * @left: (element-type utf8 MsDirectoryItem): who are in no entry any more, and put out for that or
 * by somebody here before, by their ids
 * @leaving: of users who may log on, or are to be deleted: those who would leave
 * @losses: (element-type MsDirectoryTally): of what is mapped by each field of the configuration,
 * then of aliases and quota
 * @losers: (element-type MsDirectoryLoss): who they are
 */
typedef struct
{
  GPtrArray       *items;
  GHashTable      *freed_names;
  GHashTable      *freed_addresses;
  GHashTable      *freed_aliases;
  GHashTable      *addresses;
  GHashTable      *aliases;
  GHashTable      *awaited;
  GHashTable      *left;
  MsDirectoryTally leaving;
  GArray          *losses;
  GPtrArray       *losers;
} MsDirectoryPlan;

/* Called with each user and entry that is met; inside of a reading transaction. %FALSE ends it. */
typedef gboolean (*MsDirectoryLiveFunc) (gpointer live_data, GError **error);
/* @persons: (element-type MsDirectoryPerson): borrowed for as long as the plan is there. Says in
 * those of them that are the same one that they are. */
MsDirectoryPlan *ms_directory_plan_new (MsService               *service,
                                        const MsDirectoryConfig *config,
                                        GPtrArray               *persons,
                                        MsDirectoryLiveFunc      live,
                                        gpointer                 live_data,
                                        GCancellable            *cancellable,
                                        GError                 **error) G_GNUC_WARN_UNUSED_RESULT;
void             ms_directory_plan_free (MsDirectoryPlan *self);
/* Whether it is the user @user_id, linked by @identity, who will give up @address. */
gboolean ms_directory_plan_is_freed_by (MsDirectoryPlan *self,
                                        const char      *address,
                                        const char      *user_id,
                                        const char      *identity);
/* Whose @address is to be by what the directory says: whose mailbox has it, else whose alias it is.
 * (transfer none) (nullable) */
MsDirectoryPerson *ms_directory_plan_get_claimant (MsDirectoryPlan *self, const char *address);
/* Whose mailbox is to have @address, and no alias. (transfer none) (nullable) */
MsDirectoryPerson *ms_directory_plan_get_owner (MsDirectoryPlan *self, const char *address);
/* The same, or else whose mailbox would have it if they were not disabled there, or refused. */
MsDirectoryPerson *ms_directory_plan_get_heir (MsDirectoryPlan *self, const char *address);
/* Whether not more would leave, or lose what is mapped at one path, than the limit says;
 * %MS_ERROR_CONFLICT with how many. */
gboolean ms_directory_plan_check_limit (MsDirectoryPlan         *self,
                                        const MsDirectoryConfig *config,
                                        GError                 **error) G_GNUC_WARN_UNUSED_RESULT;

/* The mailbox of a user that is @person's (ms-directory-mailbox.c): the primary one, or one that is
 * to become that. @mailbox: (out) (transfer full) (nullable) */
gboolean ms_directory_find_mailbox (MsWrite                 *write,
                                    const MsDirectoryConfig *config,
                                    const MsDirectoryPerson *person,
                                    const char              *user_id,
                                    MsObject               **mailbox,
                                    GError                 **error) G_GNUC_WARN_UNUSED_RESULT;

/* Why @user is not taken over, going by the name (ms-directory-adoption.c). @why: (out) (transfer
 * none) (nullable): may be */
gboolean ms_directory_find_adoption_bar (const MsServiceTypes    *types,
                                         MsTxn                   *txn,
                                         const MsDirectoryConfig *config,
                                         MsObject                *user,
                                         const char             **why,
                                         GError                 **error) G_GNUC_WARN_UNUSED_RESULT;

/* Of planning (ms-directory-spelling.c): brings the addresses of @persons to the spelling of the
 * store. */
gboolean ms_directory_spell_persons (GPtrArray            *persons,
                                     MsTxn                *txn,
                                     const MsServiceTypes *types,
                                     GError              **error) G_GNUC_WARN_UNUSED_RESULT;

/* Of planning (ms-directory-names.c): two entries of one @field, a user name or an identity, are
 * both refused. */
void ms_directory_refuse_both (MsDirectoryPerson *a,
                               MsDirectoryPerson *b,
                               const char        *field,
                               const char        *value);
/* Those of one user name. @all: also who has several, once it is known which one stays */
void ms_directory_refuse_same_names (GPtrArray *persons, gboolean all);
/* In @names (element-type utf8 MsDirectoryPerson): @name is @person's (nullable: somebody's who
 * left), unless it is another one's already. */
void ms_directory_names_note (GHashTable *names, const char *name, MsDirectoryPerson *person);
/* Whether @name is one of the several that @person has. */
gboolean ms_directory_names_has_own (const MsDirectoryPerson *person, const char *name);
/* Leaves to @person, who has several, those that are nobody's in @names; refuses them where there
 * is none. */
gboolean ms_directory_names_choose (GHashTable              *names,
                                    MsDirectoryPerson       *person,
                                    const MsDirectoryConfig *config,
                                    MsTxn                   *txn,
                                    const MsServiceTypes    *types,
                                    GError                 **error) G_GNUC_WARN_UNUSED_RESULT;

/* Of planning (ms-directory-claim.c): @item gives up a name or an address (nullable), or what of
 * the aliases in @before is not in @after. */
void
ms_directory_plan_note_freed_name (MsDirectoryPlan *self, MsDirectoryItem *item, const char *name);
void ms_directory_plan_note_freed_address (MsDirectoryPlan *self,
                                           MsDirectoryItem *item,
                                           const char      *address);
void ms_directory_plan_note_freed_aliases (MsDirectoryPlan *self,
                                           MsDirectoryItem *item,
                                           MsObject        *before,
                                           MsObject        *after);
/* @person is to have the aliases there, and @address (nullable) as that of the mailbox. */
void
ms_directory_plan_claim (MsDirectoryPlan *self, MsDirectoryPerson *person, const char *address);
/* Who is refused, or disabled there and not here yet, is to have the address there as soon as that
 * can be. @reading: that only looks */
gboolean ms_directory_plan_await (MsDirectoryPlan         *self,
                                  const MsDirectoryConfig *config,
                                  MsWrite                 *reading,
                                  const MsDirectoryItem   *item,
                                  GError                 **error) G_GNUC_WARN_UNUSED_RESULT;
/* @person has @address and keeps it, so that nobody else is to have it. */
void ms_directory_plan_keep_address (MsDirectoryPlan   *self,
                                     MsDirectoryPerson *person,
                                     const char        *address);

/* Of planning (ms-directory-circle.c): says of all items in which circle they are, and refuses
 * those of one that no transaction can have. */
void ms_directory_plan_find_circles (MsDirectoryPlan *self);

typedef enum
{
  MS_DIRECTORY_WANT_NAME,
  MS_DIRECTORY_WANT_ADDRESS,
  MS_DIRECTORY_N_WANTS,
} MsDirectoryWant;
/* Who else is to give up what @item wants (ms-directory-waiting.c). (transfer none) (nullable) */
MsDirectoryItem *ms_directory_plan_get_holder (MsDirectoryPlan       *self,
                                               const MsDirectoryItem *item,
                                               MsDirectoryWant        want);
/* Who waits for whom (ms-directory-waiting.c): @places in the plan, whoever gives up a name or an
 * address before those who want it; @aliases_wait: also before who wants it as an alias. (transfer
 * full) (element-type guint) */
GArray *
ms_directory_plan_order_waiting (MsDirectoryPlan *self, GArray *places, gboolean aliases_wait);
/* Whether @item wants what somebody was to give up who is refused, or what another one gets. */
gboolean ms_directory_plan_waits_in_vain (MsDirectoryPlan *self, const MsDirectoryItem *item);

/* Of planning (ms-directory-limit.c): what @before, of a user of @group, is to lose in @after. */
GArray    *ms_directory_plan_make_losses (const MsDirectoryConfig *config);
GPtrArray *ms_directory_plan_make_losers (void);
void       ms_directory_plan_count_losses (MsDirectoryPlan         *self,
                                           const MsDirectoryConfig *config,
                                           MsDirectoryGroup         group,
                                           MsDirectoryPerson       *person,
                                           MsObject                *before,
                                           MsObject                *after);
/* After those of the user with the id @user_id. @was_own: (nullable) (element-type utf8): keys
 * (ms_address_key()) of addresses that @before itself had before, which are no loss where they
 * stay as aliases. @before, @after: (nullable): there is none yet */
void ms_directory_plan_count_losses_of_mailbox (MsDirectoryPlan         *self,
                                                const MsDirectoryConfig *config,
                                                MsDirectoryGroup         group,
                                                MsDirectoryPerson       *person,
                                                const char              *user_id,
                                                GHashTable              *was_own,
                                                MsObject                *before,
                                                MsObject                *after);
/* As ms_directory_plan_check_limit(), of what is mapped alone. */
gboolean ms_directory_plan_check_losses (MsDirectoryPlan         *self,
                                         const MsDirectoryConfig *config,
                                         GError                 **error);
/* Of planning (ms-directory-losers.c): whose entry is sure to be refused loses nothing. Looked at
 * only where it would be too many otherwise. */
gboolean ms_directory_plan_spare_refused (MsDirectoryPlan         *self,
                                          const MsServiceTypes    *types,
                                          MsTxn                   *txn,
                                          const MsDirectoryConfig *config,
                                          MsDirectoryLiveFunc      live,
                                          gpointer                 live_data,
                                          GError                 **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsDirectoryPlan, ms_directory_plan_free)

G_END_DECLS
