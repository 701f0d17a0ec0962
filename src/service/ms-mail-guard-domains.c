/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All addresses of a domain at once, which no way back leads from: from each of the few whose mail
 * is guarded, also of those who lie in the bin, down to wherever it goes or would go if all that is
 * closed were open. One walk for all of them, by the hops of ms-delivery.c.
 */
#include "ms-mail-guard.h"

#include "ms-delivery.h"
#include "ms-domains.h"
#include "ms-error.h"
#include "ms-idn.h"
#include "ms-rules.h"
#include "ms-txn.h"

#include <string.h>

#define ROLE MS_URN_EXT_USER ":role"

/* More people with a role than this, as many who were deleted, or longer ways: nobody knows. */
#define MAX_USERS 1000
#define MAX_PLACES 10000
#define MAX_HOPS 30000

/**
 * Ask: the domains, and what mail was found to come by
 * @domains: (element-type utf8): with A-labels
 * @places: (element-type MsPlace): in the order in which they were met
 * @seen: their keys, borrowed
 * @at: number of the first that was not followed yet
 * @user: whose mail is followed, and @why it is guarded
 * @found: (nullable): an address in one of @domains that it comes by
 */
typedef struct
{
  MsWrite    *write;
  MsDelivery *delivery;
  GHashTable *domains;
  GPtrArray  *places;
  GHashTable *seen;
  guint       at;
  guint       hops;
  gboolean    too_many;
  MsObject   *user;
  GError     *why;
  char       *found;
} Ask;

static void
ask_clear (Ask *self)
{
  g_clear_pointer (&self->delivery, ms_delivery_free);
  g_clear_pointer (&self->seen, g_hash_table_unref);
  g_clear_pointer (&self->places, g_ptr_array_unref);
  g_clear_pointer (&self->domains, g_hash_table_unref);
  g_clear_pointer (&self->user, ms_object_unref);
  g_clear_error (&self->why);
  g_free (self->found);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ask, ask_clear)

static gboolean
is_done (const Ask *self)
{
  return self->found != NULL || self->too_many;
}

static gboolean
check_answer (const Ask *self, const char *path, GError **error)
{
  if (self->found != NULL)
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  path,
                  "“%s” gets mail of “%s”: %s",
                  self->found,
                  ms_object_get_label (self->user),
                  self->why->message);
  else if (self->too_many)
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  path,
                  "There is too much to be looked at to say whose mail comes by this domain: this "
                  "is for an administrator who logs on");
  return !is_done (self);
}

/* The walk ------------------------------------------------------------------------------------ */

static void
look_at (Ask *self, const char *address)
{
  g_autofree char *domain = ms_idn_to_ascii (strrchr (address, '@') + 1);

  if (self->found == NULL && g_hash_table_contains (self->domains, domain))
    self->found = g_strdup (address);
}

/* @place: (transfer full) */
static void
push (Ask *self, MsPlace *place)
{
  if (place->kind == MS_PLACE_ADDRESS || place->kind == MS_PLACE_OUTSIDE)
    look_at (self, place->address);
  gboolean is_known = g_hash_table_contains (self->seen, place->key);
  if (!is_known && self->places->len >= MAX_PLACES)
    self->too_many = TRUE;
  if (is_known || is_done (self))
    {
      ms_place_free (place);
      return;
    }
  g_ptr_array_add (self->places, place);
  g_hash_table_add (self->seen, place->key);
}

static gboolean
push_address (Ask *self, const char *address, GError **error)
{
  if (is_done (self))
    return TRUE;
  MsPlace *place = ms_delivery_start (self->delivery, address, error);
  if (place == NULL)
    return FALSE;
  push (self, place);
  return TRUE;
}

static gboolean
push_addresses (Ask *self, JsonArray *addresses, GError **error)
{
  for (guint i = 0; addresses != NULL && i < json_array_get_length (addresses); i++)
    if (!push_address (self, json_array_get_string_element (addresses, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
take_hop (MsHopKind kind, MsPlace *to, gpointer user_data)
{
  Ask *self = user_data;

  push (self, to);
  if (++self->hops >= MAX_HOPS)
    self->too_many = TRUE;
  return !is_done (self);
}

/* Where it would pass mail on to if it were open. */
static gboolean
follow_closed (Ask *self, const char *id, GError **error)
{
  g_autoptr (MsObject) mailbox
             = ms_txn_get_object (self->write->txn, self->write->types->mailbox, id, error);

  return mailbox != NULL && push_addresses (self, ms_rules_get_array (mailbox, "forwardTo"), error);
}

static gboolean
walk (Ask *self, GError **error)
{
  for (; self->at < self->places->len && !is_done (self); self->at++)
    {
      MsPlace *place = self->places->pdata[self->at];
      if (!ms_delivery_follow (
              self->delivery, place, MAX_HOPS - self->hops + 1, take_hop, self, error))
        return FALSE;
      if (place->dead_end == MS_DEAD_END_CLOSED && !follow_closed (self, place->key, error))
        return FALSE;
    }
  return TRUE;
}

/* Where it begins ----------------------------------------------------------------------------- */

/* What is delivered to @address, and what gets the same mail by another domain. */
static gboolean
begin_at (Ask *self, const char *address, GError **error)
{
  look_at (self, address);
  if (is_done (self))
    return TRUE;
  g_autoptr (GPtrArray) twins = ms_domain_list_twins (self->write, address, error);
  for (guint i = 0; twins != NULL && i < twins->len; i++)
    if (!push_address (self, twins->pdata[i], error))
      return FALSE;
  return twins != NULL;
}

/* Where it is closed, or lies in the bin, the forwards are not on the way that mail takes. */
static gboolean
begin_at_mailbox (Ask *self, MsObject *mailbox, GError **error)
{
  JsonArray *aliases = ms_rules_get_array (mailbox, "aliases");

  if (!begin_at (self, ms_object_get_string (mailbox, "address"), error))
    return FALSE;
  for (guint i = 0; aliases != NULL && i < json_array_get_length (aliases); i++)
    if (!begin_at (self, json_array_get_string_element (aliases, i), error))
      return FALSE;
  return push_addresses (self, ms_rules_get_array (mailbox, "forwardTo"), error);
}

/* (transfer full) (element-type MsObject) */
static GPtrArray *
list_mailboxes (Ask *self, GError **error)
{
  const MsServiceTypes *types = self->write->types;
  g_autoptr (GPtrArray) owned = ms_txn_list_links (
      self->write->txn, ms_object_get_id (self->user), "owner", TRUE, 0, error);
  g_autoptr (GPtrArray) mailboxes
             = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_object_unref);

  if (owned == NULL)
    return NULL;
  for (guint i = 0; i < owned->len; i++)
    {
      const MsLinkTarget *target = owned->pdata[i];
      if (target->type != types->mailbox)
        continue;
      MsObject *mailbox = ms_txn_get_object (self->write->txn, types->mailbox, target->id, error);
      if (mailbox == NULL)
        return NULL;
      g_ptr_array_add (mailboxes, mailbox);
    }
  return g_steal_pointer (&mailboxes);
}

static gboolean
ask_user (Ask *self, MsObject *user, gboolean is_deleted, GError **error)
{
  g_clear_error (&self->why);
  g_clear_pointer (&self->user, ms_object_unref);
  if (ms_policy_check (self->write->actor, MS_POLICY_MAIL, NULL, user, NULL, &self->why))
    return TRUE;
  self->user = ms_object_ref (user);
  g_autoptr (GPtrArray) mailboxes
             = is_deleted ? ms_mail_guard_list_deleted_mailboxes (self->write, user, error)
                          : list_mailboxes (self, error);
  for (guint i = 0; mailboxes != NULL && i < mailboxes->len && !is_done (self); i++)
    if (!begin_at_mailbox (self, mailboxes->pdata[i], error))
      return FALSE;
  return mailboxes != NULL && walk (self, error);
}

static gboolean
ask_users (Ask *self, GPtrArray *users, gboolean are_deleted, GError **error)
{
  if (users->len > MAX_USERS)
    self->too_many = TRUE;
  for (guint i = 0; i < users->len && !is_done (self); i++)
    if (!ask_user (self, users->pdata[i], are_deleted, error))
      return FALSE;
  return TRUE;
}

static gboolean
ask_everybody (Ask *self, GError **error)
{
  g_autoptr (GPtrArray) users = NULL;
  g_autoptr (GPtrArray) deleted = NULL;

  if (!ms_write_query (self->write,
                       self->write->types->user,
                       MAX_USERS + 1,
                       &users,
                       NULL,
                       error,
                       ROLE " eq \"administrator\" or " ROLE " eq \"auditor\" or " ROLE
                            " eq \"delegate\"")
      || !ask_users (self, users, FALSE, error))
    return FALSE;
  deleted = ms_mail_guard_list_deleted (self->write, error);
  return deleted != NULL && ask_users (self, deleted, TRUE, error);
}

gboolean
ms_mail_guard_check_domains (MsWrite *write, GPtrArray *domains, const char *path, GError **error)
{
  g_return_val_if_fail (write != NULL && domains != NULL, FALSE);

  g_auto (Ask) ask = { .write = write };

  if (!ms_mail_guard_is_on (write))
    return TRUE;
  ask.delivery = ms_delivery_new (write);
  ask.domains = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  ask.places = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_place_free);
  ask.seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < domains->len; i++)
    g_hash_table_add (ask.domains, ms_idn_to_ascii (domains->pdata[i]));
  return ask_everybody (&ask, error) && check_answer (&ask, path, error);
}
