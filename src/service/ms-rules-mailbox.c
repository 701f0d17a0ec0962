/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mailboxes: the address is made of name and domain; a user has at most one primary mailbox, and
 * making another one primary takes it from the first in the same change set.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-address.h"
#include "ms-domains.h"
#include "ms-error.h"
#include "ms-filter.h"
#include "ms-idn.h"
#include "ms-txn.h"

static gboolean
set_domain (MsWrite *write, MsObject *mailbox, GError **error)
{
  const char *domain = ms_object_get_string (mailbox, "domain");

  if (domain == NULL)
    {
      domain = ms_write_get_primary_domain (write, error);
      if (domain == NULL)
        return FALSE;
      ms_object_set_string (mailbox, "domain", domain);
      return TRUE;
    }

  g_autofree char *folded = ms_idn_lower (domain);
  if (!ms_address_check_domain (folded, "domain", error))
    return FALSE;
  if (strcmp (folded, domain) != 0)
    ms_object_set_string (mailbox, "domain", folded);
  return ms_domain_spell (write->txn, write->types, mailbox, "domain", error)
         && ms_rules_check_domain (write, folded, "domain", error);
}

static gboolean
set_address (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  if (before != NULL
      && g_strcmp0 (ms_object_get_string (before, "name"), ms_object_get_string (after, "name"))
             == 0
      && g_strcmp0 (ms_object_get_string (before, "domain"), ms_object_get_string (after, "domain"))
             == 0)
    {
      ms_object_set_string (after, "address", ms_object_get_string (before, "address"));
      return TRUE;
    }

  if (!ms_rules_check_name (write, before, after, "name", MS_NAME_IDENTIFIER, error)
      || !ms_address_check_local (ms_object_get_string (after, "name"), "name", error)
      || !set_domain (write, after, error))
    return FALSE;

  g_autofree char *joined = g_strdup_printf (
      "%s@%s", ms_object_get_string (after, "name"), ms_object_get_string (after, "domain"));
  g_autofree char *address = ms_address_normalize (joined, NULL, "name", error);
  if (address == NULL)
    return FALSE;
  ms_object_set_string (after, "address", address);
  return TRUE;
}

static gboolean
check_forward (MsObject *mailbox, GError **error)
{
  const char *own = ms_object_get_string (mailbox, "address");

  if (!ms_rules_array_has_address (ms_rules_get_array (mailbox, "forwardTo"), own))
    return TRUE;
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", "forwardTo", "%s would forward to itself", own);
  return FALSE;
}

MsObject *
ms_write_find_primary (MsWrite *write, const char *user_id, GError **error)
{
  const MsResourceType *type = write->types->mailbox;
  g_autoptr (GPtrArray) owned = ms_txn_list_links (write->txn, user_id, "owner", TRUE, 0, error);

  for (guint i = 0; owned != NULL && i < owned->len; i++)
    {
      const MsLinkTarget *target = g_ptr_array_index (owned, i);
      if (target->type != type)
        continue;
      g_autoptr (MsObject) mailbox = ms_txn_get_object (write->txn, type, target->id, error);
      if (mailbox == NULL)
        return NULL;
      if (ms_object_get_boolean (mailbox, "primary", FALSE))
        return g_steal_pointer (&mailbox);
    }
  return NULL;
}

static gboolean
demote (MsWrite *write, MsObject *mailbox, GError **error)
{
  g_autoptr (MsObject) after = ms_object_copy (mailbox);

  ms_object_set_boolean (after, "primary", FALSE);
  g_autoptr (MsObject) changed = ms_write_update_object (write, mailbox, after, NULL, error);
  return changed != NULL;
}

/* A mailbox that is given to somebody else stays what the new owner has room for. */
static gboolean
settle_primary (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  const char *owner = ms_object_get_link (after, "owner");
  gboolean    was_primary = before != NULL && ms_object_get_boolean (before, "primary", FALSE);
  gboolean    moved = was_primary && g_strcmp0 (ms_object_get_link (before, "owner"), owner) != 0;

  if (!ms_object_get_boolean (after, "primary", FALSE))
    return TRUE;
  if (owner == NULL && moved)
    {
      ms_object_set_boolean (after, "primary", FALSE);
      return TRUE;
    }
  if (owner == NULL)
    {
      ms_error_set (
          error, MS_ERROR_INVALID, "invalidValue", "primary", "A primary mailbox needs an owner");
      return FALSE;
    }
  if ((was_primary && !moved) || write->exchanging)
    return TRUE;

  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) other = ms_write_find_primary (write, owner, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (other == NULL || g_strcmp0 (ms_object_get_id (other), ms_object_get_id (after)) == 0)
    return TRUE;
  if (write->undoing)
    {
      ms_error_set (
          error, MS_ERROR_CONFLICT, NULL, "primary", "The owner has another primary mailbox now");
      return FALSE;
    }
  if (moved)
    {
      ms_object_set_boolean (after, "primary", FALSE);
      return TRUE;
    }
  return demote (write, other, error);
}

/* Who may not touch an administrator may not read their mail by way of a forward either. */
static gboolean
check_owner_policy (MsWrite *write, MsObject *mailbox, GError **error)
{
  const char *owner = mailbox != NULL ? ms_object_get_link (mailbox, "owner") : NULL;

  if (owner == NULL || write->actor->role == MS_ROLE_ADMINISTRATOR)
    return TRUE;
  g_autoptr (MsObject) user = NULL;
  if (!ms_txn_look_up (write->txn, write->types->user, owner, &user, error))
    return FALSE;
  /* A missing owner is reported with its path by the check of relations. */
  return user == NULL || ms_policy_check (write->actor, MS_POLICY_UPDATE, NULL, user, NULL, error);
}

static gboolean
prepare (MsWrite *write, MsObject *before, MsEdit *edit, GError **error)
{
  MsObject *after = edit->object;

  if (!check_owner_policy (write, before, error) || !check_owner_policy (write, after, error))
    return FALSE;
  ms_rules_keep_active (before, after);
  /* A PUT that does not name the domain does not mean to move the mailbox to another one. */
  if (before != NULL && ms_object_get_string (after, "domain") == NULL)
    ms_object_set_string (after, "domain", ms_object_get_string (before, "domain"));

  if (!set_address (write, before, after, error))
    return FALSE;
  return ms_rules_prepare_aliases (write, before, after, error)
         && ms_rules_normalize_addresses (write, before, after, "forwardTo", NULL, error)
         && check_forward (after, error) && ms_rules_check_mail_stays (write, before, after, error)
         && settle_primary (write, before, after, error);
}

const MsRules ms_rules_mailbox = {
  .address = "address",
  .domain = "domain",
  .leader = "owner",
  .led = "primary",
  .kept = { "active", "domain" },
  .aliases = "aliases",
  .prepare = prepare,
};
