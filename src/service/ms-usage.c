/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Taking what is reported. Whose each reading is, is found out first, for all of a transaction;
 * then they are taken one after the other, and the store writes each total once.
 */
#include "ms-usage.h"

#include "ms-address.h"
#include "ms-domains.h"
#include "ms-error.h"
#include "ms-filter.h"
#include "ms-periodic.h"
#include "ms-rules.h"
#include "ms-service-private.h"
#include "ms-txn.h"

#include <string.h>

#define EVENT "usage"

void
ms_usage_report_free (MsUsageReport *self)
{
  if (self == NULL)
    return;
  g_free (self->mailbox);
  g_free (self->path);
  g_free (self);
}

static void
refusal_free (gpointer data)
{
  MsUsageRefusal *self = data;

  g_free (self->mailbox);
  g_free (self->path);
  g_free (self->reason);
  g_free (self);
}

void
ms_usage_outcome_init (MsUsageOutcome *self)
{
  *self = (MsUsageOutcome){ 0, 0, g_ptr_array_new_with_free_func (refusal_free) };
}

void
ms_usage_outcome_clear (MsUsageOutcome *self)
{
  g_clear_pointer (&self->refused, g_ptr_array_unref);
}

static void
refuse (MsUsageOutcome *outcome, const MsUsageReport *report, char *reason)
{
  MsUsageRefusal *refusal = g_new0 (MsUsageRefusal, 1);

  refusal->mailbox = g_strdup (report->mailbox);
  refusal->path = g_strdup (report->path);
  refusal->reason = reason;
  g_ptr_array_add (outcome->refused, refusal);
}

/* Whose it is --------------------------------------------------------------------------------- */

/* Adds @mailbox (transfer full) (nullable) where it is one, and not there yet. */
static void
add_candidate (MsWrite *write, GPtrArray *found, MsObject *mailbox)
{
  g_autoptr (MsObject) object = mailbox;

  if (object == NULL || ms_object_get_type (object) != write->types->mailbox)
    return;
  for (guint i = 0; i < found->len; i++)
    if (ms_object_get_row (found->pdata[i]) == ms_object_get_row (object))
      return;
  g_ptr_array_add (found, g_steal_pointer (&object));
}

/* What is found where it may well be none: an error is one only where @error is set. */
static gboolean
take_failure (GError *failed, GError **error)
{
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, failed);
  return FALSE;
}

static gboolean
find_aliased (MsWrite *write, const char *address, GPtrArray *found, GError **error)
{
  g_autofree char *quoted = ms_filter_quote (address);
  g_autoptr (GPtrArray) aliased = NULL;

  if (!ms_write_query (write,
                       write->types->mailbox,
                       2,
                       &aliased,
                       NULL,
                       error,
                       "%s eq %s",
                       ms_rules_find (write->types->mailbox)->aliases,
                       quoted))
    return FALSE;
  for (guint i = 0; i < aliased->len; i++)
    add_candidate (write, found, ms_object_ref (aliased->pdata[i]));
  return TRUE;
}

/* Of those that @user owns, two at most: more are as many as two. @limit: how many links are looked
 * at, 0 all. @is_cut: (out): there may be others */
static gboolean
load_owned (MsWrite   *write,
            MsObject  *user,
            guint      limit,
            GPtrArray *mailboxes,
            gboolean  *is_cut,
            GError   **error)
{
  g_autoptr (GPtrArray) owned
             = ms_txn_list_object_links (write->txn, user, "owner", TRUE, limit, error);

  for (guint i = 0; owned != NULL && i < owned->len && mailboxes->len < 2; i++)
    {
      const MsLinkTarget *target = g_ptr_array_index (owned, i);
      if (target->type != write->types->mailbox)
        continue;
      MsObject *mailbox = ms_txn_get_object (write->txn, target->type, target->id, error);
      if (mailbox == NULL)
        return FALSE;
      add_candidate (write, mailboxes, mailbox);
    }
  *is_cut = owned != NULL && limit > 0 && owned->len == limit && mailboxes->len < 2;
  return owned != NULL;
}

/* The primary mailbox of @user is where that one's mail is; who has none has it in the others. Of
 * somebody who owns thousands they are not all looked at, nor is one that cannot be read in the way
 * of the primary one. @has_primary: (out) */
static GPtrArray *
list_mailboxes (MsWrite *write, MsObject *user, gboolean *has_primary, GError **error)
{
  GError  *failed = NULL;
  gboolean is_cut = FALSE;
  g_autoptr (GPtrArray) mailboxes
             = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_object_unref);
  MsObject *primary = ms_txn_find_primary (write->txn, user, &failed);

  if (!take_failure (failed, error))
    return NULL;
  *has_primary = primary != NULL;
  add_candidate (write, mailboxes, primary);
  if (primary != NULL)
    return g_steal_pointer (&mailboxes);
  /* Types of schema files may have owners too. */
  if (!load_owned (write, user, 2, mailboxes, &is_cut, error)
      || (is_cut && !load_owned (write, user, 0, mailboxes, &is_cut, error)))
    return NULL;
  return g_steal_pointer (&mailboxes);
}

/* A token that may report and do nothing else reads no addresses, not in reasons either. */
static gboolean
may_know_others (const MsWrite *write)
{
  return !write->actor->usage_only;
}

/* By what somebody logs on with. @found: has what was found by the address, which may be another's.
 * @reason: (out) (transfer full): why it is refused, where it is */
static gboolean
find_by_login (MsWrite *write, const char *name, GPtrArray *found, char **reason, GError **error)
{
  GError *failed = NULL;
  g_autoptr (MsObject) user
             = ms_txn_find_object (write->txn, write->types->user, "userName", name, &failed);

  if (user == NULL)
    return take_failure (failed, error);
  MsObject   *address = found->len == 1 ? found->pdata[0] : NULL;
  const char *owner = address != NULL ? ms_object_get_link (address, "owner") : NULL;
  gboolean    is_own = g_strcmp0 (owner, ms_object_get_id (user)) == 0;
  gboolean    has_primary = FALSE;
  g_autoptr (GPtrArray) mailboxes = list_mailboxes (write, user, &has_primary, error);
  if (mailboxes == NULL)
    return FALSE;
  if (mailboxes->len == 0 && owner != NULL)
    *reason = g_strdup_printf (
        "“%s” is the log-on name of somebody without a mailbox: %s belongs to another user",
        name,
        may_know_others (write) ? ms_object_get_string (address, "address") : "that address");
  /* Of several the one that is called so; but a primary one is it, however another is called. */
  if (mailboxes->len > 1 && is_own)
    return TRUE;
  if (has_primary && is_own)
    g_ptr_array_set_size (found, 0);
  for (guint i = 0; i < mailboxes->len; i++)
    add_candidate (write, found, ms_object_ref (mailboxes->pdata[i]));
  return TRUE;
}

/* @address or else an alias: the mailbox whose own address it is decides alone, since that is whom
 * mail servers mean. @is_own: (out) */
static gboolean
find_exactly (
    MsWrite *write, const char *address, GPtrArray *found, gboolean *is_own, GError **error)
{
  GError *failed = NULL;
  guint   before = found->len;

  add_candidate (write, found, ms_txn_find_address (write->txn, address, &failed));
  *is_own = found->len > before;
  if (failed != NULL || *is_own)
    return take_failure (failed, error);
  return find_aliased (write, address, found, error);
}

/* As mail goes: in a domain that is an alias, also to the same name in the one that it stands for.
 */
static gboolean
find_by_address (MsWrite *write, const char *address, GPtrArray *found, GError **error)
{
  g_autofree char *spelled = ms_domain_spell_address (write->txn, write->types, address, error);
  g_autoptr (MsObject) domain = NULL;
  gboolean is_own = FALSE;

  if (spelled == NULL || !find_exactly (write, spelled, found, &is_own, error))
    return FALSE;
  if (is_own)
    return TRUE;
  const char *name = strrchr (spelled, '@') + 1;
  if (!ms_domain_find (write->txn, write->types, name, &domain, error))
    return FALSE;
  if (domain == NULL || g_strcmp0 (ms_object_get_string (domain, "kind"), "alias") != 0)
    return TRUE;
  g_autofree char *local = g_strndup (spelled, (gsize) (name - spelled));
  g_autofree char *same = g_strconcat (local, ms_object_get_string (domain, "aliasOf"), NULL);
  return find_exactly (write, same, found, &is_own, error);
}

/* @found: gets all that it may be. @reason: (out) (transfer full) (nullable): why it is none */
static gboolean
find_candidates (MsWrite *write, const char *name, GPtrArray *found, char **reason, GError **error)
{
  MsObject *mailbox = NULL;

  if (!ms_txn_look_up (write->txn, write->types->mailbox, name, &mailbox, error))
    return FALSE;
  add_candidate (write, found, mailbox);
  if (found->len > 0)
    return TRUE;
  const char *primary = ms_write_get_primary_domain (write, error);
  if (primary == NULL)
    return FALSE;
  /* What is no address is found by nothing but a log-on name. */
  g_autofree char *address
      = ms_address_normalize (name, *primary != '\0' ? primary : NULL, "mailbox", NULL);
  if (address != NULL && !find_by_address (write, address, found, error))
    return FALSE;
  return (strchr (name, '@') != NULL && found->len > 0)
         || find_by_login (write, name, found, reason, error);
}

static gboolean
do_nothing (MsTxn *txn, gpointer user_data, GError **error)
{
  return TRUE;
}

/* A mailbox whose document is damaged keeps no other reading back. @failed: (transfer full): what
 * looking for it came to; where the transaction cannot go on after it, that is the error */
static gboolean
refuse_unreadable (MsWrite             *write,
                   const MsUsageReport *report,
                   MsUsageOutcome      *outcome,
                   GError              *failed,
                   GError             **error)
{
  if (!g_error_matches (failed, MS_ERROR, MS_ERROR_INTERNAL)
      || !ms_txn_savepoint (write->txn, FALSE, do_nothing, NULL, NULL))
    {
      g_propagate_error (error, failed);
      return FALSE;
    }
  /* What it says is for the administrator: it may have the path of the store. */
  g_message ("A reading of a mailbox is refused: %s", failed->message);
  refuse (outcome, report, g_strdup_printf ("“%s” cannot be read", report->mailbox));
  g_error_free (failed);
  return TRUE;
}

/* @mailbox: (out) (transfer full) (nullable): %NULL where it was refused */
static gboolean
find_mailbox (MsWrite             *write,
              const MsUsageReport *report,
              MsUsageOutcome      *outcome,
              MsObject           **mailbox,
              GError             **error)
{
  GError *failed = NULL;
  char   *reason = NULL;
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_object_unref);

  *mailbox = NULL;
  if (!find_candidates (write, report->mailbox, found, &reason, &failed))
    return refuse_unreadable (write, report, outcome, failed, error);
  if (reason != NULL)
    refuse (outcome, report, reason);
  else if (found->len == 0)
    refuse (outcome, report, g_strdup_printf ("There is no mailbox “%s”", report->mailbox));
  else if (found->len > 1 && !may_know_others (write))
    refuse (outcome, report, g_strdup_printf ("“%s” may be several mailboxes", report->mailbox));
  else if (found->len > 1)
    refuse (outcome,
            report,
            g_strdup_printf ("“%s” may be several mailboxes, %s and %s",
                             report->mailbox,
                             ms_object_get_string (found->pdata[0], "address"),
                             ms_object_get_string (found->pdata[1], "address")));
  else
    *mailbox = ms_object_ref (found->pdata[0]);
  return TRUE;
}

/* Taking -------------------------------------------------------------------------------------- */

typedef struct
{
  MsWrite       *write;
  GPtrArray     *reports;
  guint          first;
  guint          end;
  MsUsageOutcome outcome;
} Taking;

/* Asked for at once, those that are whole addresses: the rest is looked for one by one. */
static gboolean
expect_addresses (MsWrite *write, const Taking *taking, GError **error)
{
  g_autoptr (GPtrArray) addresses = g_ptr_array_new ();

  for (guint i = taking->first; i < taking->end; i++)
    {
      const MsUsageReport *report = taking->reports->pdata[i];
      if (strchr (report->mailbox, '@') != NULL)
        g_ptr_array_add (addresses, report->mailbox);
    }
  return ms_txn_expect_objects (write->txn, write->types->mailbox, "address", addresses, error);
}

static gboolean
take_all (MsTxn *txn, gpointer user_data, GError **error)
{
  Taking *self = user_data;
  g_autoptr (GPtrArray) mailboxes
             = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_object_unref);

  self->write->txn = txn;
  if (!expect_addresses (self->write, self, error))
    return FALSE;
  for (guint i = self->first; i < self->end; i++)
    {
      MsObject *mailbox = NULL;
      if (!find_mailbox (self->write, self->reports->pdata[i], &self->outcome, &mailbox, error))
        return FALSE;
      g_ptr_array_add (mailboxes, mailbox);
    }
  for (guint i = 0; i < mailboxes->len; i++)
    {
      const MsUsageReport *report = self->reports->pdata[self->first + i];
      gboolean             changed = FALSE;
      if (mailboxes->pdata[i] == NULL)
        continue;
      if (!ms_txn_take_reading (txn, mailboxes->pdata[i], &report->reading, &changed, error))
        return FALSE;
      self->outcome.taken += changed;
      self->outcome.unchanged += !changed;
    }
  return TRUE;
}

static void
add_outcome (MsUsageOutcome *into, MsUsageOutcome *more)
{
  into->taken += more->taken;
  into->unchanged += more->unchanged;
  g_ptr_array_extend_and_steal (into->refused, g_steal_pointer (&more->refused));
}

static gboolean
tell (MsService *service, GError **error)
{
  if (g_atomic_int_compare_and_exchange (&service->usage_was_taken, TRUE, FALSE))
    ms_service_publish_event (service, EVENT, "{}");
  return TRUE;
}

/* Whoever shows what is used looks again, when a thread of its own says so. */
static void
note_taken (MsService *self)
{
  g_atomic_int_set (&self->usage_was_taken, TRUE);
  g_mutex_lock (&self->usage_lock);
  if (self->usage_teller == NULL && !g_atomic_int_get (&self->is_shut_down))
    self->usage_teller = ms_periodic_new ("ms-usage", self, tell, MS_USAGE_TELL_EVERY, TRUE);
  g_mutex_unlock (&self->usage_lock);
}

static gboolean
take_part (MsWrite *write, GPtrArray *reports, guint first, MsUsageOutcome *outcome, GError **error)
{
  MsService      *service = write->service;
  MsChangeContext context = ms_service_get_context (write->actor, "usage");
  Taking taking = { write, reports, first, MIN (first + MS_USAGE_MAX_READINGS, reports->len) };

  ms_usage_outcome_init (&taking.outcome);
  gboolean done = ms_store_write (service->store, &context, take_all, &taking, NULL, error);
  if (done)
    add_outcome (outcome, &taking.outcome);
  if (done && outcome->taken + outcome->unchanged > 0)
    note_taken (service);
  ms_usage_outcome_clear (&taking.outcome);
  return done;
}

gboolean
ms_service_report_usage (MsService      *self,
                         const MsActor  *actor,
                         GPtrArray      *reports,
                         MsUsageOutcome *outcome,
                         GError        **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && reports != NULL && outcome != NULL, FALSE);

  MsWrite  write;
  gboolean done = TRUE;
  if (!ms_policy_check (actor, MS_POLICY_REPORT_USAGE, NULL, NULL, NULL, error))
    return FALSE;
  ms_write_init (&write, self, actor, NULL);
  for (guint i = 0; done && i < reports->len; i += MS_USAGE_MAX_READINGS)
    done = take_part (&write, reports, i, outcome, error);
  ms_write_clear (&write);
  return done;
}
