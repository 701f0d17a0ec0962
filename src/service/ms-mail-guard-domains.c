/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All addresses of a domain at once, which no way back leads from: from each of the few whose mail
 * is guarded down to wherever it goes.
 */
#include "ms-mail-guard.h"

#include "ms-delivery-walk.h"
#include "ms-domains.h"
#include "ms-error.h"
#include "ms-idn.h"
#include "ms-rules.h"
#include "ms-txn.h"

#include <string.h>

#define ROLE MS_URN_EXT_USER ":role"

/* More people with a role than this, or longer ways: nobody knows. */
#define MAX_USERS 1000
#define MAX_PLACES 10000
#define MAX_HOPS 30000

typedef struct
{
  MsWrite    *write;
  GHashTable *domains; /* (element-type utf8): with A-labels */
  const char *path;
} Ask;

static gboolean
refuse (MsObject *user, const char *address, const char *path, const GError *why, GError **error)
{
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                path,
                "“%s” gets mail of “%s”: %s",
                address,
                ms_object_get_label (user),
                why->message);
  return FALSE;
}

static gboolean
refuse_unknown (const char *path, GError **error)
{
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                path,
                "There is too much to be looked at to say whose mail comes by this domain: this is "
                "for an administrator who logs on");
  return FALSE;
}

static gboolean
is_in (const Ask *self, const char *address)
{
  g_autofree char *domain = ms_idn_to_ascii (strrchr (address, '@') + 1);

  return g_hash_table_contains (self->domains, domain);
}

static const char *
find_in (const Ask *self, JsonArray *addresses)
{
  for (guint i = 0; addresses != NULL && i < json_array_get_length (addresses); i++)
    if (is_in (self, json_array_get_string_element (addresses, i)))
      return json_array_get_string_element (addresses, i);
  return NULL;
}

static gboolean
check_way (const Ask *self, MsObject *user, const char *from, const GError *why, GError **error)
{
  g_autoptr (MsDeliveryWalk) way
             = ms_delivery_walk (self->write, from, MAX_PLACES, MAX_HOPS, error);

  if (way == NULL)
    return FALSE;
  for (guint i = 0; i < way->places->len; i++)
    {
      const MsPlace *place = way->places->pdata[i];
      if ((place->kind == MS_PLACE_ADDRESS || place->kind == MS_PLACE_OUTSIDE)
          && is_in (self, place->address))
        return refuse (user, place->address, self->path, why, error);
    }
  return way->complete || refuse_unknown (self->path, error);
}

static gboolean
check_ways (const Ask *self, MsObject *user, JsonArray *from, const GError *why, GError **error)
{
  for (guint i = 0; from != NULL && i < json_array_get_length (from); i++)
    if (!check_way (self, user, json_array_get_string_element (from, i), why, error))
      return FALSE;
  return TRUE;
}

/* From what mail of @user comes by, also where another has that too. */
static gboolean
check_address (
    const Ask *self, MsObject *user, const char *address, const GError *why, GError **error)
{
  g_autoptr (GPtrArray) twins = ms_domain_list_twins (self->write, address, error);

  for (guint i = 0; twins != NULL && i < twins->len; i++)
    if (!check_way (self, user, twins->pdata[i], why, error))
      return FALSE;
  return twins != NULL;
}

static gboolean
check_mailbox (
    const Ask *self, MsObject *user, MsObject *mailbox, const GError *why, GError **error)
{
  const char *own = ms_object_get_string (mailbox, "address");
  const char *found = is_in (self, own) ? own : NULL;
  JsonArray  *aliases = ms_rules_get_array (mailbox, "aliases");

  if (found == NULL)
    found = find_in (self, aliases);
  if (found != NULL)
    return refuse (user, found, self->path, why, error);
  if (!check_address (self, user, own, why, error))
    return FALSE;
  for (guint i = 0; aliases != NULL && i < json_array_get_length (aliases); i++)
    if (!check_address (self, user, json_array_get_string_element (aliases, i), why, error))
      return FALSE;
  /* Where it is closed these are not on the way, and will be. */
  return check_ways (self, user, ms_rules_get_array (mailbox, "forwardTo"), why, error);
}

static gboolean
check_user (const Ask *self, MsObject *user, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (ms_policy_check (self->write->actor, MS_POLICY_MAIL, NULL, user, NULL, &why))
    return TRUE;
  g_autoptr (GPtrArray) owned = ms_txn_list_links (
      self->write->txn, ms_object_get_id (user), "owner", TRUE, 0, error);
  for (guint i = 0; owned != NULL && i < owned->len; i++)
    {
      const MsLinkTarget *target = owned->pdata[i];
      if (target->type != self->write->types->mailbox)
        continue;
      g_autoptr (MsObject) mailbox
                 = ms_txn_get_object (self->write->txn, target->type, target->id, error);
      if (mailbox == NULL || !check_mailbox (self, user, mailbox, why, error))
        return FALSE;
    }
  return owned != NULL;
}

static gboolean
check_reserved (const Ask *self, const char *domain, GError **error)
{
  g_autofree char *name = g_strconcat ("@", domain, NULL);
  g_autoptr (MsObject) owner = NULL;
  g_autoptr (GError) why = NULL;

  if (!ms_mail_guard_find_reserved (self->write, name, &owner, &why, error))
    return FALSE;
  return owner == NULL || refuse (owner, name, self->path, why, error);
}

gboolean
ms_mail_guard_check_domains (MsWrite *write, GPtrArray *domains, const char *path, GError **error)
{
  g_return_val_if_fail (write != NULL && domains != NULL, FALSE);

  g_autoptr (GHashTable) spelled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) users = NULL;
  Ask ask = { write, spelled, path };

  if (!ms_mail_guard_is_on (write))
    return TRUE;
  for (guint i = 0; i < domains->len; i++)
    {
      g_hash_table_add (spelled, ms_idn_to_ascii (domains->pdata[i]));
      if (!check_reserved (&ask, domains->pdata[i], error))
        return FALSE;
    }
  if (!ms_write_query (write,
                       write->types->user,
                       MAX_USERS + 1,
                       &users,
                       NULL,
                       error,
                       ROLE " eq \"administrator\" or " ROLE " eq \"auditor\" or " ROLE
                            " eq \"delegate\""))
    return FALSE;
  if (users->len > MAX_USERS)
    return refuse_unknown (path, error);
  for (guint i = 0; i < users->len; i++)
    if (!check_user (&ask, users->pdata[i], error))
      return FALSE;
  return TRUE;
}
