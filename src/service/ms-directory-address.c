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

  return self->apply->plan != NULL && g_hash_table_contains (self->apply->plan->freed, key);
}

gboolean
ms_directory_keeps_address (MsDirectoryApply        *self,
                            const MsDirectoryPerson *person,
                            const char              *address)
{
  MsDirectoryPerson *claimant
      = self->plan != NULL ? ms_directory_plan_get_claimant (self->plan, address) : NULL;

  return claimant == NULL || claimant == person;
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
  if (owner_id == NULL || !ms_directory_keeps_address (self->apply, self->person, address))
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
  return own != NULL;
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
  if (json_array_get_length (left) == 0)
    json_object_remove_member (ms_object_get_attributes (after), "aliases");
  else
    json_object_set_array_member (
        ms_object_get_attributes (after), "aliases", g_steal_pointer (&left));
  g_autoptr (MsObject) stored = ms_write_update_object (write, holder, after, NULL, error);
  if (stored == NULL)
    return FALSE;
  ms_directory_outcome_remark (
      self->outcome, "%s, kept by %s as an alias until now, is not any more", address, own);
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
  gboolean done = twins != NULL;

  for (guint i = 0; done && i < twins->len; i++)
    done = free_as_written (&giving, twins->pdata[i], error);
  return done;
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
  if (!ms_directory_free_address (
          self->apply, self->person, self->mailbox, alias, self->outcome, error))
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
