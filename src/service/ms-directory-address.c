/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses that a run gives out: none is ever shared by it. Who kept an old address as an alias
 * has it until the directory gives it to somebody else; all others keep what they have.
 */
#include "ms-directory-apply.h"

#include <string.h>

#include "ms-address.h"
#include "ms-directory-history.h"
#include "ms-domains.h"
#include "ms-error.h"
#include "ms-import-apply.h"
#include "ms-rules.h"
#include "ms-txn.h"

/* Mailboxes that have one alias; more are not asked, and keep it. */
#define MAX_HOLDERS 20

typedef struct
{
  MsDirectoryApply        *apply;
  const MsDirectoryPerson *person;
  MsObject                *mailbox;
  MsDirectoryOutcome      *outcome;
} Giving;

static gboolean
is_freed (Giving *self, const char *address)
{
  g_autofree char *key = ms_address_key (address);

  return self->apply->plan != NULL
         && g_hash_table_contains (self->apply->plan->freed_addresses, key);
}

/* Whether it is @person to whom the directory gives @address, if to anybody. */
static gboolean
is_claimed_by (Giving *self, const char *address)
{
  MsDirectoryPlan   *plan = self->apply->plan;
  MsDirectoryPerson *claimant
      = plan != NULL ? ms_directory_plan_get_claimant (plan, address) : NULL;

  return claimant == NULL || claimant == self->person;
}

/* Nobody gives a leaver what the directory gave them once; and what somebody here did stays.
 * @yields: (out) */
static gboolean
find_left (Giving *self, MsObject *holder, const char *address, gboolean *yields, GError **error)
{
  MsDirectoryPlan       *plan = self->apply->plan;
  const char            *owner_id = ms_object_get_link (holder, "owner");
  const MsDirectoryItem *item = plan != NULL ? g_hash_table_lookup (plan->left, owner_id) : NULL;

  return item == NULL || item->is_refused
         || ms_directory_gave_alias (
             self->apply->write.txn, ms_object_get_id (holder), address, yields, error);
}

/* Of this directory's people only. @yields: (out) */
static gboolean
find_yielding (
    Giving *self, MsObject *holder, const char *address, gboolean *yields, GError **error)
{
  MsTxn           *txn = self->apply->write.txn;
  const char      *owner_id = ms_object_get_link (holder, "owner");
  g_autofree char *key = ms_address_key (address);
  g_autoptr (MsObject) owner = NULL;

  *yields = FALSE;
  if (owner_id == NULL || !is_claimed_by (self, address))
    return TRUE;
  if (!ms_txn_look_up (txn, self->apply->service->types.user, owner_id, &owner, error))
    return FALSE;
  g_autofree char *identity
      = owner != NULL ? ms_directory_get_identity (owner, self->apply->config->client) : NULL;
  if (identity == NULL)
    return TRUE;
  if (self->apply->plan != NULL
      && ms_directory_plan_is_freed_by (self->apply->plan, address, owner_id, identity))
    {
      *yields = TRUE;
      return TRUE;
    }
  g_autoptr (GHashTable) own
             = ms_directory_list_own_addresses (txn, ms_object_get_id (holder), error);
  *yields = own != NULL && g_hash_table_contains (own, key);
  return own != NULL && (*yields || find_left (self, holder, address, yields, error));
}

void
ms_directory_set_aliases (JsonObject *attributes, JsonArray *aliases)
{
  if (json_array_get_length (aliases) > 0)
    {
      json_object_set_array_member (attributes, "aliases", aliases);
      return;
    }
  json_object_remove_member (attributes, "aliases");
  json_array_unref (aliases);
}

static gboolean
take_away (Giving *self, MsObject *holder, const char *address, GError **error)
{
  MsWrite    *write = &self->apply->write;
  JsonArray  *aliases = ms_rules_get_array (holder, "aliases");
  const char *own = ms_object_get_string (holder, "address");
  g_autoptr (MsObject) after = ms_object_copy (holder);
  g_autoptr (JsonArray) left = json_array_new ();
  g_autoptr (JsonArray) gone = json_array_new ();

  json_array_add_string_element (gone, address);
  for (guint i = 0; aliases != NULL && i < json_array_get_length (aliases); i++)
    if (!ms_rules_array_has_address (gone, json_array_get_string_element (aliases, i)))
      json_array_add_string_element (left, json_array_get_string_element (aliases, i));
  ms_directory_set_aliases (ms_object_get_attributes (after), g_steal_pointer (&left));
  g_autoptr (MsObject) stored = ms_write_update_object (write, holder, after, NULL, error);
  if (stored == NULL)
    return FALSE;
  ms_directory_outcome_remark (
      self->outcome, "%s was taken from %s, which had it as an alias", address, own);
  return TRUE;
}

static gboolean
free_as_written (Giving *self, const char *address, GError **error)
{
  MsWrite         *write = &self->apply->write;
  const char      *own_id = ms_object_get_id (self->mailbox);
  g_autofree char *quoted = ms_filter_quote (address);
  g_autoptr (GPtrArray) found = NULL;

  if (!ms_write_query (
          write, write->types->mailbox, MAX_HOLDERS, &found, NULL, error, "aliases eq %s", quoted))
    return FALSE;
  for (guint i = 0; i < found->len; i++)
    {
      gboolean yields = FALSE;
      if (g_strcmp0 (ms_object_get_id (found->pdata[i]), own_id) == 0)
        continue;
      if (!find_yielding (self, found->pdata[i], address, &yields, error)
          || (yields && !take_away (self, found->pdata[i], address, error)))
        return FALSE;
    }
  return TRUE;
}

/* @twins: an address, and those that get the same mail */
static gboolean
free_all (Giving *self, GPtrArray *twins, GError **error)
{
  gboolean done = TRUE;

  for (guint i = 0; done && i < twins->len; i++)
    done = free_as_written (self, twins->pdata[i], error);
  return done;
}

gboolean
ms_directory_free_address (MsDirectoryApply        *self,
                           const MsDirectoryPerson *person,
                           MsObject                *mailbox,
                           const char              *address,
                           MsDirectoryOutcome      *outcome,
                           GError                 **error)
{
  Giving giving = { self, person, mailbox, outcome };
  g_autoptr (GPtrArray) twins = ms_domain_list_twins (&self->write, address, error);

  return twins != NULL && free_all (&giving, twins, error);
}

/* A mailbox other than @mailbox that has exactly @address as its own by now. @found: (inout) */
static gboolean
find_taker (MsWrite *write, MsObject *mailbox, const char *address, gboolean *found, GError **error)
{
  g_autofree char *quoted = ms_filter_quote (address);
  g_autoptr (GPtrArray) holders = NULL;

  if (!ms_write_query (
          write, write->types->mailbox, 2, &holders, NULL, error, "address eq %s", quoted))
    return FALSE;
  for (guint i = 0; i < holders->len; i++)
    if (g_strcmp0 (ms_object_get_id (holders->pdata[i]), ms_object_get_id (mailbox)) != 0)
      *found = TRUE;
  return TRUE;
}

/* Whoever has it once the exchange is done. */
static gboolean
is_exchanged (MsDirectoryApply *self, const MsDirectoryPerson *person, const char *address)
{
  MsDirectoryPerson *owner
      = self->plan != NULL ? ms_directory_plan_get_owner (self->plan, address) : NULL;

  return owner != NULL && owner != person && self->exchanged != NULL
         && g_hash_table_contains (self->exchanged, owner);
}

gboolean
ms_directory_find_kept (MsDirectoryApply        *self,
                        const MsDirectoryPerson *person,
                        MsObject                *mailbox,
                        const char              *wanted,
                        MsDirectoryOutcome      *outcome,
                        gboolean                *keeps,
                        GError                 **error)
{
  const char *old = ms_object_get_string (mailbox, "address");
  gboolean    is_taken = old != NULL && is_exchanged (self, person, old);

  *keeps = TRUE;
  /* Only in an exchange can somebody else have it while it is still that of this one. */
  if (!self->write.exchanging || old == NULL || strcmp (old, wanted) == 0)
    return TRUE;
  g_autoptr (GPtrArray) twins = ms_domain_list_twins (&self->write, old, error);
  if (twins == NULL)
    return FALSE;
  for (guint i = 0; !is_taken && i < twins->len; i++)
    if (!find_taker (&self->write, mailbox, twins->pdata[i], &is_taken, error))
      return FALSE;
  *keeps = !is_taken;
  if (is_taken)
    ms_directory_outcome_remark (
        outcome, "%s is not kept as an alias: it is the address of somebody else now", old);
  return TRUE;
}

/* Whether the directory gives one of @twins to somebody else as the address of their mailbox, be it
 * that they cannot have it yet: they could not get it later either if it were given away. */
static gboolean
is_owned_there (Giving *self, GPtrArray *twins)
{
  MsDirectoryPlan *plan = self->apply->plan;

  for (guint i = 0; plan != NULL && i < twins->len; i++)
    {
      const char        *address = twins->pdata[i];
      MsDirectoryPerson *owner = ms_directory_plan_get_heir (plan, address);
      if (owner == NULL || owner == self->person)
        continue;
      ms_directory_outcome_remark (
          self->outcome,
          "Left out as an alias: in the directory %s is the address of the mailbox of %s",
          address,
          owner->dn);
      return TRUE;
    }
  return FALSE;
}

gboolean
ms_directory_leave_out (MsDirectoryOutcome *self, const char *what, GError **failed, GError **error)
{
  if (g_strcmp0 (ms_error_get_scim_type (*failed), "uniqueness") == 0)
    {
      ms_directory_outcome_remark (self, "%s: %s", what, (*failed)->message);
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (failed));
  return FALSE;
}

/* @is_free: (out) */
static gboolean
try_alias (Giving *self, const char *alias, gboolean *is_free, GError **error)
{
  g_autoptr (GError) taken = NULL;

  *is_free = FALSE;
  g_autoptr (GPtrArray) twins = ms_domain_list_twins (&self->apply->write, alias, error);
  if (twins == NULL)
    return FALSE;
  if (is_owned_there (self, twins))
    return TRUE;
  if (!free_all (self, twins, error))
    return FALSE;
  if (ms_rules_check_is_free (&self->apply->write, self->mailbox, alias, "aliases", &taken))
    {
      *is_free = TRUE;
      return TRUE;
    }
  if (!self->apply->may_wait || !is_freed (self, alias))
    return ms_directory_leave_out (self->outcome, "Left out as an alias", &taken, error);
  g_propagate_error (error, g_steal_pointer (&taken));
  return FALSE;
}

JsonArray *
ms_directory_pick_aliases (MsDirectoryApply        *self,
                           const MsDirectoryPerson *person,
                           MsObject                *mailbox,
                           JsonArray               *known,
                           JsonArray               *aliases,
                           MsDirectoryOutcome      *outcome,
                           GError                 **error)
{
  Giving giving = { self, person, mailbox, outcome };
  g_autoptr (JsonArray) picked = json_array_new ();

  for (guint i = 0; aliases != NULL && i < json_array_get_length (aliases); i++)
    {
      const char *alias = json_array_get_string_element (aliases, i);
      gboolean    is_free = ms_rules_array_has_address (known, alias);
      if (!is_free && !try_alias (&giving, alias, &is_free, error))
        return NULL;
      if (is_free)
        json_array_add_string_element (picked, alias);
    }
  return g_steal_pointer (&picked);
}
