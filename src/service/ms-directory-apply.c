/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header; who left is done here, entries in ms-directory-account.c.
 */
#include "ms-directory-apply.h"

#include <string.h>

#include "ms-address.h"
#include "ms-change-note.h"
#include "ms-error.h"
#include "ms-import-apply.h"
#include "ms-text.h"
#include "ms-txn.h"

void
ms_directory_outcome_clear (MsDirectoryOutcome *self)
{
  g_clear_pointer (&self->field, g_free);
  g_clear_pointer (&self->reason, g_free);
  g_clear_pointer (&self->changes, json_array_unref);
  self->is_in_the_way = FALSE;
  self->is_refused = FALSE;
}

void
ms_directory_outcome_remark (MsDirectoryOutcome *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  char *reason
      = self->reason == NULL ? g_strdup (text) : g_strdup_printf ("%s; %s", self->reason, text);
  g_free (self->reason);
  self->reason = reason;
}

static void
begin_outcome (MsDirectoryOutcome *self)
{
  ms_directory_outcome_clear (self);
  self->status = MS_DIRECTORY_UNCHANGED;
  self->changes = json_array_new ();
}

void
ms_directory_apply_init (MsDirectoryApply        *self,
                         MsService               *service,
                         const MsActor           *actor,
                         const MsDirectoryConfig *config,
                         MsDirectoryPlan         *plan)
{
  memset (self, 0, sizeof *self);
  self->service = service;
  self->config = config;
  self->plan = plan;
  ms_write_init (&self->write, service, actor, NULL);
  /* What somebody could be reached by stays. */
  self->write.keep_address = TRUE;
}

void
ms_directory_apply_clear (MsDirectoryApply *self)
{
  g_clear_pointer (&self->template, ms_object_unref);
  ms_write_clear (&self->write);
}

gboolean
ms_directory_apply_begin (MsDirectoryApply *self, MsTxn *txn, GError **error)
{
  const char *group = self->config->group_id;
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) found = NULL;

  self->write.txn = txn;
  self->template = ms_write_get_template (
      &self->write, self->service->types.template, self->config->template_id, "template", &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (group == NULL)
    return TRUE;
  if (!ms_txn_look_up (txn, self->service->types.mail_group, group, &found, error))
    return FALSE;
  if (found == NULL)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  "invalidValue",
                  "group",
                  "There is no mail group with the id %s",
                  group);
  return found != NULL;
}

gboolean
ms_directory_apply_expect (
    MsDirectoryApply *self, GPtrArray *items, guint first, guint count, GError **error)
{
  const MsServiceTypes *types = &self->service->types;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GPtrArray) addresses = g_ptr_array_new ();

  for (guint i = first; i < MIN (first + count, items->len); i++)
    {
      const MsDirectoryItem *item = items->pdata[i];
      if (item->person == NULL || item->problem != NULL)
        continue;
      g_ptr_array_add (names, item->person->user_name);
      if (item->person->mailbox != NULL)
        g_ptr_array_add (addresses, item->person->mailbox);
    }
  return ms_txn_expect_objects (self->write.txn, types->user, "userName", names, error)
         && ms_txn_expect_objects (self->write.txn, types->mailbox, "address", addresses, error);
}

gboolean
ms_directory_check_not_actor (MsDirectoryApply *self, MsObject *user, GError **error)
{
  if (g_strcmp0 (self->write.actor->user_id, ms_object_get_id (user)) != 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                "active",
                "This is who runs it; nobody is put out by what they began");
  return FALSE;
}

/* Who left ---------------------------------------------------------------------------------- */

static gboolean
disable (MsDirectoryApply *self, MsObject *user, MsDirectoryOutcome *outcome, GError **error)
{
  g_autoptr (MsObject) after = ms_object_copy (user);

  if (!ms_object_get_boolean (user, "active", TRUE))
    return TRUE;
  ms_object_set_boolean (after, "active", FALSE);
  g_autoptr (MsObject) stored = ms_write_update_object (&self->write, user, after, NULL, error);
  outcome->status = MS_DIRECTORY_DISABLE;
  (void) ms_change_note_add (outcome->changes, "active", "true", "false");
  return stored != NULL;
}

/* The user of an item who is still linked. @user: (out) (nullable) (transfer full) */
static gboolean
find_user (MsDirectoryApply *self, const MsDirectoryItem *item, MsObject **user, GError **error)
{
  g_autoptr (MsObject) found = NULL;

  *user = NULL;
  if (!ms_txn_look_up (self->write.txn, self->service->types.user, item->user_id, &found, error))
    return FALSE;
  g_autofree char *identity
      = found != NULL ? ms_directory_get_identity (found, self->config->client) : NULL;
  /* Meanwhile somebody has deleted the user, taken it from the directory, or linked it to another
   * entry. */
  if (identity == NULL
      || g_strcmp0 (identity, item->person != NULL ? item->person->identity : item->identity) != 0)
    return TRUE;
  if (!ms_directory_check_not_actor (self, found, error))
    return FALSE;
  *user = g_steal_pointer (&found);
  return TRUE;
}

/* Who is disabled there must not go on here because of a title that is too long. */
static gboolean
put_out (MsDirectoryApply      *self,
         const MsDirectoryItem *item,
         const GError          *why,
         MsDirectoryOutcome    *outcome,
         GError               **error)
{
  g_autoptr (MsObject) user = NULL;

  if (!find_user (self, item, &user, error))
    return FALSE;
  ms_directory_outcome_remark (outcome, "Nothing else of the entry was taken: %s", why->message);
  outcome->field = g_strdup (ms_error_get_path (why));
  return user == NULL || disable (self, user, outcome, error);
}

static gboolean
apply_leaver (MsDirectoryApply      *self,
              const MsDirectoryItem *item,
              MsDirectoryOutcome    *outcome,
              GError               **error)
{
  g_autoptr (MsObject) user = NULL;

  if (!find_user (self, item, &user, error))
    return FALSE;
  if (user == NULL)
    return TRUE;
  if (self->config->leavers == MS_LEAVERS_DISABLE)
    return disable (self, user, outcome, error);
  outcome->status = MS_DIRECTORY_DELETE;
  return ms_write_delete (&self->write, user, error);
}

/* One item ---------------------------------------------------------------------------------- */

typedef struct
{
  MsDirectoryApply      *apply;
  const MsDirectoryItem *item;
  MsDirectoryOutcome    *outcome;
  const GError          *why; /* (nullable): nothing can be made of it but to put out */
} ItemWork;

static gboolean
apply_in_savepoint (MsTxn *txn, gpointer user_data, GError **error)
{
  ItemWork *work = user_data;

  begin_outcome (work->outcome);
  if (work->why != NULL)
    return put_out (work->apply, work->item, work->why, work->outcome, error);
  return work->item->person != NULL
             ? ms_directory_apply_person (work->apply, work->item, work->outcome, error)
             : apply_leaver (work->apply, work->item, work->outcome, error);
}

/* Whether what a rehearsal was refused for is given up by somebody in the same run. */
static gboolean
is_freed (MsDirectoryApply *self, const MsDirectoryItem *item, const GError *error)
{
  if (self->plan == NULL || item->person == NULL
      || g_strcmp0 (ms_error_get_scim_type (error), "uniqueness") != 0)
    return FALSE;
  g_autofree char *name = ms_text_fold (item->person->user_name);
  g_autofree char *address
      = item->person->mailbox != NULL ? ms_address_key (item->person->mailbox) : NULL;
  const char *path = ms_error_get_path (error);
  if (g_strcmp0 (path, "aliases") == 0)
    return self->may_wait;
  gboolean is_name = path == NULL || strcmp (path, "userName") == 0;
  return is_name ? g_hash_table_contains (self->plan->freed_names, name)
                 : address != NULL && g_hash_table_contains (self->plan->freed_addresses, address);
}

static void
refuse (MsDirectoryApply      *self,
        const MsDirectoryItem *item,
        MsDirectoryOutcome    *outcome,
        const GError          *error)
{
  gboolean in_the_way = is_freed (self, item, error);

  begin_outcome (outcome);
  outcome->status = MS_DIRECTORY_REFUSE;
  outcome->is_in_the_way = in_the_way;
  outcome->is_refused = TRUE;
  outcome->field = g_strdup (ms_error_get_path (error));
  outcome->reason = g_strdup (error->message);
}

/* What the store would not have of an entry, once nobody waits any more, is refused; who is
 * disabled there is put out for all that. */
static gboolean
refuse_or_put_out (MsDirectoryApply      *self,
                   const MsDirectoryItem *item,
                   MsDirectoryOutcome    *outcome,
                   const GError          *why,
                   GError               **error)
{
  ItemWork work = { self, item, outcome, why };
  g_autoptr (GError) failed = NULL;

  if (item->person == NULL || item->person->is_active || item->user_id == NULL)
    {
      refuse (self, item, outcome, why);
      return TRUE;
    }
  gboolean done = ms_txn_savepoint (self->write.txn, TRUE, apply_in_savepoint, &work, &failed);
  if (!done && ms_import_apply_is_fatal (failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (!done || outcome->status != MS_DIRECTORY_DISABLE)
    refuse (self, item, outcome, why);
  outcome->is_refused = TRUE;
  return TRUE;
}

gboolean
ms_directory_apply_item (MsDirectoryApply      *self,
                         const MsDirectoryItem *item,
                         MsDirectoryOutcome    *outcome,
                         GError               **error)
{
  ItemWork work = { self, item, outcome, NULL };
  g_autoptr (GError) failed = NULL;

  if (item->is_put_out)
    return refuse_or_put_out (self, item, outcome, item->problem, error);
  if (item->problem != NULL)
    {
      refuse (self, item, outcome, item->problem);
      return TRUE;
    }
  if (ms_txn_savepoint (self->write.txn, TRUE, apply_in_savepoint, &work, &failed))
    return TRUE;
  if (ms_import_apply_is_fatal (failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (!is_freed (self, item, failed))
    return refuse_or_put_out (self, item, outcome, failed, error);
  refuse (self, item, outcome, failed);
  return TRUE;
}

/* Nobody waits any more. */
static gboolean
apply_or_refuse (MsDirectoryApply      *self,
                 const MsDirectoryItem *item,
                 MsDirectoryOutcome    *outcome,
                 GError               **error)
{
  ItemWork work = { self, item, outcome, NULL };
  g_autoptr (GError) failed = NULL;

  if (ms_txn_savepoint (self->write.txn, TRUE, apply_in_savepoint, &work, &failed))
    return TRUE;
  if (!ms_import_apply_is_fatal (failed))
    return refuse_or_put_out (self, item, outcome, failed, error);
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

/**
 * Together:
 * @at: how many of @items could be done
 */
typedef struct
{
  MsDirectoryApply       *apply;
  const MsDirectoryItem **items;
  guint                   n_items;
  MsDirectoryOutcome     *outcomes;
  guint                   at;
} Together;

static gboolean
exchange (MsTxn *txn, gpointer user_data, GError **error)
{
  Together *self = user_data;

  self->apply->write.exchanging = TRUE;
  gboolean done = TRUE;
  for (self->at = 0; done && self->at < self->n_items; self->at += done ? 1 : 0)
    {
      ItemWork work = { self->apply, self->items[self->at], &self->outcomes[self->at], NULL };
      done = apply_in_savepoint (txn, &work, error);
    }
  self->apply->write.exchanging = FALSE;
  return done;
}

gboolean
ms_directory_apply_together (MsDirectoryApply       *self,
                             const MsDirectoryItem **items,
                             guint                   n_items,
                             MsDirectoryOutcome     *outcomes,
                             GError                **error)
{
  Together work = { self, items, n_items, outcomes, 0 };
  g_autoptr (GError) failed = NULL;
  g_autoptr (GHashTable) persons = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < n_items; i++)
    if (items[i]->person != NULL)
      g_hash_table_add (persons, items[i]->person);
  self->exchanged = persons;
  gboolean exchanged = ms_txn_exchange (self->write.txn, exchange, &work, &failed);
  self->exchanged = NULL;
  if (exchanged)
    return TRUE;
  if (ms_import_apply_is_fatal (failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  gboolean done = TRUE;
  for (guint i = 0; done && i < n_items; i++)
    done = i == work.at ? refuse_or_put_out (self, items[i], &outcomes[i], failed, error)
                        : apply_or_refuse (self, items[i], &outcomes[i], error);
  return done;
}

/* Only of the status nothing is unsure then. */
static void
foretell_status (const MsDirectoryItem *item, MsDirectoryOutcome *outcome)
{
  begin_outcome (outcome);
  outcome->status = item->binned_id != NULL   ? MS_DIRECTORY_ENABLE
                    : item->user_id == NULL   ? MS_DIRECTORY_CREATE
                    : item->person->is_active ? MS_DIRECTORY_RENAME
                                              : MS_DIRECTORY_DISABLE;
}

gboolean
ms_directory_apply_foretell (MsDirectoryApply      *self,
                             const MsDirectoryItem *item,
                             MsDirectoryOutcome    *outcome,
                             GError               **error)
{
  Together work = { self, &item, 1, outcome, 0 };
  g_autoptr (GError) failed = NULL;

  self->foretells = TRUE;
  gboolean done = ms_txn_exchange (self->write.txn, exchange, &work, &failed);
  self->foretells = FALSE;
  if (!done && ms_import_apply_is_fatal (failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (!done && !is_freed (self, item, failed))
    return refuse_or_put_out (self, item, outcome, failed, error);
  /* Those who have it still: what would come of it was found out before. */
  if (!done && work.at == 0)
    foretell_status (item, outcome);
  ms_directory_outcome_remark (outcome,
                               "Has to wait for somebody who gives up the name or address");
  return TRUE;
}
