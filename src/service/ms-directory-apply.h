/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one item of a plan does to the store, inside of a writing transaction. All that the plan
 * went by is asked again. Every item works in a savepoint of its own, so that it is done altogether
 * or not at all; a rehearsal does the very same and somebody else rolls it back.
 */
#pragma once

#include "ms-directory-plan.h"

G_BEGIN_DECLS

/**
 * MsDirectoryApply: the items of one transaction
 * @template: (nullable)
 * @plan: (nullable)
 * @may_wait: who cannot have an alias that another one will give up waits for that
 * @exchanged: (nullable) (element-type MsDirectoryPerson): who exchange names and addresses now
 * @foretells: all whom an item waits for are taken for done
 */
typedef struct
{
  MsService               *service;
  const MsDirectoryConfig *config;
  MsDirectoryPlan         *plan;
  gboolean                 may_wait;
  gboolean                 foretells;
  GHashTable              *exchanged;
  MsWrite                  write;
  MsObject *template;
} MsDirectoryApply;

/**
 * MsDirectoryOutcome: what became of an item
 * @is_in_the_way: refused only because somebody has what another item of the plan will free
 * @is_refused: nothing of the entry was taken, but that the user is disabled
 * @field, @reason: (nullable): why it was refused, or what else is to be told
 */
typedef struct
{
  MsDirectoryStatus status;
  gboolean          is_in_the_way;
  gboolean          is_refused;
  char             *field;
  char             *reason;
  JsonArray        *changes;
} MsDirectoryOutcome;
void ms_directory_outcome_clear (MsDirectoryOutcome *self);

/* Before the transaction. @plan: (nullable) */
void ms_directory_apply_init (MsDirectoryApply        *self,
                              MsService               *service,
                              const MsActor           *actor,
                              const MsDirectoryConfig *config,
                              MsDirectoryPlan         *plan);
/* First thing in it: reads the template. */
gboolean ms_directory_apply_begin (MsDirectoryApply *self,
                                   MsTxn            *txn,
                                   GError          **error) G_GNUC_WARN_UNUSED_RESULT;
/* The items next: what each would ask for is asked for at once. */
gboolean ms_directory_apply_expect (MsDirectoryApply *self,
                                    GPtrArray        *items,
                                    guint             first,
                                    guint             count,
                                    GError          **error) G_GNUC_WARN_UNUSED_RESULT;
/* %FALSE only where the run cannot go on: the disk is full, or the store damaged. @outcome: (out):
 * to be cleared */
gboolean ms_directory_apply_item (MsDirectoryApply      *self,
                                  const MsDirectoryItem *item,
                                  MsDirectoryOutcome    *outcome,
                                  GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* What would come of an item that waits, once those whom it waits for have given up its name or
 * address; of a rehearsal only. */
gboolean ms_directory_apply_foretell (MsDirectoryApply      *self,
                                      const MsDirectoryItem *item,
                                      MsDirectoryOutcome    *outcome,
                                      GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of items that are in each other's way: together, or else each by itself, so that who is
 * refused is told why they are. @outcomes: (inout)
 * (array length=n_items): cleared ones */
gboolean ms_directory_apply_together (MsDirectoryApply       *self,
                                      const MsDirectoryItem **items,
                                      guint                   n_items,
                                      MsDirectoryOutcome     *outcomes,
                                      GError                **error) G_GNUC_WARN_UNUSED_RESULT;
void     ms_directory_apply_clear (MsDirectoryApply *self);

/* Of the files of applying: (ms-directory-account.c) ------------------------------------------ */

/* Makes or changes the user and mailbox of an entry. */
gboolean ms_directory_apply_person (MsDirectoryApply      *self,
                                    const MsDirectoryItem *item,
                                    MsDirectoryOutcome    *outcome,
                                    GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* Tells something of an item though it was done. */
void ms_directory_outcome_remark (MsDirectoryOutcome *self, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
/* Tells what changed (ms-directory-note.c). @before: an empty one for a user who is new, %NULL for
 * a mailbox */
void ms_directory_outcome_note_user (MsDirectoryOutcome *self, MsObject *before, MsObject *after);
void
ms_directory_outcome_note_mailbox (MsDirectoryOutcome *self, MsObject *before, MsObject *after);
/* Addresses of a mailbox that are to be new (ms-directory-address.c): takes @address away from who
 * has only kept it as an alias after a run gave them another one. Whoever else has it keeps it. */
gboolean ms_directory_free_address (MsDirectoryApply        *self,
                                    const MsDirectoryPerson *person,
                                    MsObject                *mailbox,
                                    const char              *address,
                                    MsDirectoryOutcome      *outcome,
                                    GError                 **error) G_GNUC_WARN_UNUSED_RESULT;
/* Leaves out of @aliases those that something else has, with a remark; not those among @known
 * (nullable). (transfer full) */
JsonArray *ms_directory_pick_aliases (MsDirectoryApply        *self,
                                      const MsDirectoryPerson *person,
                                      MsObject                *mailbox,
                                      JsonArray               *known,
                                      JsonArray               *aliases,
                                      MsDirectoryOutcome      *outcome,
                                      GError                 **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether @mailbox keeps its address as an alias when it gets @wanted: always, until whoever the
 * directory gives it to has it, which takes it away again. @keeps: (out) */
gboolean ms_directory_find_kept (MsDirectoryApply        *self,
                                 const MsDirectoryPerson *person,
                                 MsObject                *mailbox,
                                 const char              *wanted,
                                 MsDirectoryOutcome      *outcome,
                                 gboolean                *keeps,
                                 GError                 **error) G_GNUC_WARN_UNUSED_RESULT;
/* Sets the aliases in the attributes of a mailbox, which has none where @aliases (transfer full) is
 * empty. */
void ms_directory_set_aliases (JsonObject *attributes, JsonArray *aliases);
/* Tells that something is left out for what @failed says, where that is that somebody has it;
 * hands on any other error. @failed: (inout) */
gboolean ms_directory_leave_out (MsDirectoryOutcome *self,
                                 const char         *what,
                                 GError            **failed,
                                 GError            **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes who is to come back out of the bin (ms-directory-return.c), with the mailboxes. @user:
 * (out) (transfer full) */
gboolean ms_directory_return (MsDirectoryApply      *self,
                              const MsDirectoryItem *item,
                              MsDirectoryOutcome    *outcome,
                              MsObject             **user,
                              GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of the mailbox @id alone, whose user is here. @mailbox: (out) (transfer full) */
gboolean ms_directory_return_mailbox (MsDirectoryApply      *self,
                                      const MsDirectoryItem *item,
                                      const char            *id,
                                      const char            *owner_id,
                                      MsDirectoryOutcome    *outcome,
                                      MsObject             **mailbox,
                                      GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes the mailbox of a user who is here without it out of the bin (ms-directory-lost.c), where a
 * run is to blame for that; else says that it lies there. @mailbox: (out) (nullable) (transfer
 * full): there is none, or none that comes */
gboolean ms_directory_bring_mailbox (MsDirectoryApply      *self,
                                     const MsDirectoryItem *item,
                                     const char            *user_id,
                                     MsDirectoryOutcome    *outcome,
                                     MsObject             **mailbox,
                                     GError               **error) G_GNUC_WARN_UNUSED_RESULT;
/* %MS_ERROR_CONFLICT where the actor is @user, who must not be put out by what they began. */
gboolean ms_directory_check_not_actor (MsDirectoryApply *self,
                                       MsObject         *user,
                                       GError          **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
