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
 * @freed: (nullable): of a rehearsal: what users will have given up, see MsDirectoryPlan
 */
typedef struct
{
  MsService               *service;
  const MsDirectoryConfig *config;
  GHashTable              *freed;
  MsWrite                  write;
  MsObject *template;
} MsDirectoryApply;

/**
 * MsDirectoryOutcome: what became of an item
 * @is_in_the_way: refused only because somebody has what another item of the plan will free
 * @field, @reason: (nullable): why it was refused, or what else is to be told
 */
typedef struct
{
  MsDirectoryStatus status;
  gboolean          is_in_the_way;
  char             *field;
  char             *reason;
  JsonArray        *changes;
} MsDirectoryOutcome;
void ms_directory_outcome_clear (MsDirectoryOutcome *self);

/* Before the transaction. @freed: (nullable) */
void ms_directory_apply_init (MsDirectoryApply        *self,
                              MsService               *service,
                              const MsActor           *actor,
                              const MsDirectoryConfig *config,
                              GHashTable              *freed);
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
/* The same of items that are in each other's way: together, or each refused. @outcomes: (inout)
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
/* Whether the actor is @user, who must not be put out by what they began. */
gboolean ms_directory_is_actor (MsDirectoryApply *self, MsObject *user);

G_END_DECLS
