/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The hops of mail. Nothing here remembers where it has been: loops are the walker's
 * (ms-delivery-walk.h).
 */
#include "ms-delivery.h"

#include <string.h>

#include "ms-address.h"
#include "ms-domains.h"
#include "ms-error.h"
#include "ms-filter.h"
#include "ms-rules.h"
#include "ms-txn.h"

#define LIST_ADDRESS MS_URN_EXT_GROUP ":address"
#define LIST_EXTERNAL MS_URN_EXT_GROUP ":externalMembers"

typedef struct
{
  gboolean is_local;
  char    *alias_of; /* NULL unless it is an alias */
} Domain;

struct _MsDelivery
{
  /* Borrowed */
  MsWrite *reading;

  /* Owned */
  GHashTable *domains; /* utf8 -> Domain */
};

/* The hops of one place, on their way out. */
typedef struct
{
  MsDelivery *delivery;
  MsPlace    *place;
  guint       limit;
  guint       count;
  gboolean    stopped;
  MsHopFunc   func;
  gpointer    user_data;
} Hops;

static void
domain_free (gpointer data)
{
  Domain *domain = data;

  g_free (domain->alias_of);
  g_free (domain);
}

void
ms_place_free (MsPlace *self)
{
  g_free (self->key);
  g_free (self->label);
  g_free (self->address);
  g_free (self);
}

static MsPlace *
place_new (MsPlaceKind kind, const char *key, const char *label)
{
  MsPlace *place = g_new0 (MsPlace, 1);

  place->kind = kind;
  place->key = g_strdup (key);
  place->label = g_strdup (label);
  return place;
}

static gboolean
is_stopped (const Hops *hops)
{
  return hops->stopped || hops->count >= hops->limit;
}

static guint
get_room (const Hops *hops)
{
  return is_stopped (hops) ? 0 : hops->limit - hops->count;
}

static void
add_hop (Hops *hops, MsHopKind kind, MsPlace *to)
{
  if (is_stopped (hops))
    {
      ms_place_free (to);
      return;
    }
  hops->count++;
  hops->stopped = !hops->func (kind, to, hops->user_data);
}

/* Domains ------------------------------------------------------------------------------------- */

/* (transfer none) */
static const Domain *
find_domain (MsDelivery *self, const char *address, GError **error)
{
  const char *name = strrchr (address, '@') + 1;
  Domain     *domain = g_hash_table_lookup (self->domains, name);

  if (domain != NULL)
    return domain;

  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) found = ms_txn_find_object (
      self->reading->txn, self->reading->service->types.domain, "name", name, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return NULL;
    }
  domain = g_new0 (Domain, 1);
  domain->is_local = found != NULL;
  if (found != NULL && g_strcmp0 (ms_object_get_string (found, "kind"), "alias") == 0)
    domain->alias_of = g_strdup (ms_object_get_string (found, "aliasOf"));
  g_hash_table_insert (self->domains, g_strdup (name), domain);
  return domain;
}

/* @address: in normal form. What aliases say of other people's domains has no effect: who may
 * change a mailbox must not thereby get mail that is meant for elsewhere. */
static MsPlace *
place_of_address (MsDelivery *self, const char *address, GError **error)
{
  g_autofree char *spelled = ms_domain_spell_address (
      self->reading->txn, &self->reading->service->types, address, error);
  const Domain *domain = spelled != NULL ? find_domain (self, spelled, error) : NULL;

  if (domain == NULL)
    return NULL;
  g_autofree char *key = ms_address_key (spelled);
  MsPlace *place = place_new (domain->is_local ? MS_PLACE_ADDRESS : MS_PLACE_OUTSIDE, key, spelled);
  place->address = g_steal_pointer (&spelled);
  return place;
}

static gboolean
hop_to_address (Hops *hops, MsHopKind kind, const char *address, GError **error)
{
  MsPlace *place = place_of_address (hops->delivery, address, error);

  if (place == NULL)
    return FALSE;
  add_hop (hops, kind, place);
  return TRUE;
}

static gboolean
hop_to_addresses (Hops *hops, MsHopKind kind, JsonArray *addresses, GError **error)
{
  for (guint i = 0; addresses != NULL && i < json_array_get_length (addresses); i++)
    if (!is_stopped (hops)
        && !hop_to_address (hops, kind, json_array_get_string_element (addresses, i), error))
      return FALSE;
  return TRUE;
}

/* Objects ------------------------------------------------------------------------------------- */

static gboolean
find_kind (MsDelivery *self, const MsResourceType *type, MsPlaceKind *kind)
{
  const MsServiceTypes *types = &self->reading->service->types;

  if (type == types->mailbox)
    *kind = MS_PLACE_MAILBOX;
  else if (type == types->mail_group)
    *kind = MS_PLACE_MAIL_GROUP;
  else if (type == types->list)
    *kind = MS_PLACE_LIST;
  else if (type == types->user)
    *kind = MS_PLACE_USER;
  else
    return FALSE;
  return TRUE;
}

static void
hop_to_object (Hops *hops, MsHopKind kind, MsObject *object)
{
  MsPlaceKind place;

  if (find_kind (hops->delivery, ms_object_get_type (object), &place))
    add_hop (
        hops, kind, place_new (place, ms_object_get_id (object), ms_object_get_label (object)));
}

/* What is linked to @place by @path, if it is of the type of @wanted. */
static gboolean
hop_to_links (
    Hops *hops, MsHopKind kind, const char *path, gboolean reverse, int wanted, GError **error)
{
  guint room = get_room (hops);

  if (room == 0)
    return TRUE;
  g_autoptr (GPtrArray) links = ms_txn_list_links (
      hops->delivery->reading->txn, hops->place->key, path, reverse, room, error);
  if (links == NULL)
    return FALSE;
  for (guint i = 0; i < links->len; i++)
    {
      const MsLinkTarget *link = g_ptr_array_index (links, i);
      MsPlaceKind         place;
      if (find_kind (hops->delivery, link->type, &place) && (wanted < 0 || (int) place == wanted))
        add_hop (hops, kind, place_new (place, link->id, link->label));
    }
  return TRUE;
}

/* The rules ----------------------------------------------------------------------------------- */

/* To every object of @type that has @address as an alias. */
static gboolean
hop_to_aliased (Hops *hops, const MsResourceType *type, const char *address, GError **error)
{
  g_autofree char *quoted = ms_filter_quote (address);
  g_autoptr (GPtrArray) aliased = NULL;

  if (!ms_write_query (hops->delivery->reading,
                       type,
                       get_room (hops),
                       &aliased,
                       NULL,
                       error,
                       "%s eq %s",
                       ms_rules_find (type)->aliases,
                       quoted))
    return FALSE;
  for (guint i = 0; i < aliased->len; i++)
    hop_to_object (hops, MS_HOP_ALIAS, g_ptr_array_index (aliased, i));
  return TRUE;
}

static gboolean
follow_address (Hops *hops, GError **error)
{
  MsDelivery           *self = hops->delivery;
  const MsServiceTypes *types = &self->reading->service->types;
  const char           *address = hops->place->address;
  const Domain         *domain = find_domain (self, address, error);
  g_autoptr (GError) failed = NULL;

  if (domain == NULL)
    return FALSE;
  g_autoptr (MsObject) own = ms_txn_find_address (self->reading->txn, address, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (own != NULL)
    hop_to_object (hops, MS_HOP_ADDRESS, own);
  if (!hop_to_aliased (hops, types->mailbox, address, error)
      || !hop_to_aliased (hops, types->list, address, error)
      || !hop_to_aliased (hops, types->mail_group, address, error))
    return FALSE;
  if (domain->alias_of != NULL)
    {
      g_autofree char *local = g_strndup (address, (gsize) (strrchr (address, '@') - address));
      g_autofree char *same = g_strconcat (local, "@", domain->alias_of, NULL);
      if (!hop_to_address (hops, MS_HOP_ALIAS_DOMAIN, same, error))
        return FALSE;
    }
  if (hops->count == 0)
    hops->place->dead_end = MS_DEAD_END_UNKNOWN_ADDRESS;
  return TRUE;
}

static gboolean
follow_mailbox (Hops *hops, MsObject *mailbox, GError **error)
{
  JsonArray *forward = ms_rules_get_array (mailbox, "forwardTo");

  hops->place->address = g_strdup (ms_object_get_string (mailbox, "address"));
  if (!ms_object_get_boolean (mailbox, "active", TRUE))
    {
      hops->place->dead_end = MS_DEAD_END_CLOSED;
      return TRUE;
    }
  hops->place->is_recipient = forward == NULL || json_array_get_length (forward) == 0
                              || ms_object_get_boolean (mailbox, "keepCopy", TRUE);
  return hop_to_addresses (hops, MS_HOP_FORWARD, forward, error);
}

static gboolean
follow_list (Hops *hops, MsObject *list, GError **error)
{
  hops->place->address = g_strdup (ms_object_get_string (list, LIST_ADDRESS));
  if (!hop_to_links (hops, MS_HOP_MEMBER, "members", FALSE, -1, error)
      || !hop_to_addresses (hops, MS_HOP_MEMBER, ms_rules_get_array (list, LIST_EXTERNAL), error))
    return FALSE;
  if (hops->count == 0)
    hops->place->dead_end = MS_DEAD_END_EMPTY_LIST;
  return TRUE;
}

static gboolean
follow_user (Hops *hops, MsObject *user, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) primary
             = ms_write_find_primary (hops->delivery->reading, hops->place->key, &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  hops->place->disabled = !ms_object_get_boolean (user, "active", TRUE);
  if (primary == NULL)
    hops->place->dead_end = MS_DEAD_END_NO_PRIMARY;
  else
    hop_to_object (hops, MS_HOP_PRIMARY, primary);
  return TRUE;
}

/* Mail groups without a mailbox below are not visited: an empty folder in a group is no fault. */
static gboolean
hop_to_subgroups (Hops *hops, GError **error)
{
  MsTxn *txn = hops->delivery->reading->txn;
  g_autoptr (GPtrArray) links = ms_txn_list_links (txn, hops->place->key, "parent", TRUE, 0, error);

  if (links == NULL)
    return FALSE;
  for (guint i = 0; i < links->len && !is_stopped (hops); i++)
    {
      const MsLinkTarget *link = g_ptr_array_index (links, i);
      gint64              here = 0, below = 0, groups = 0;
      if (!ms_txn_count_group (txn, link->id, &here, &below, &groups, error))
        return FALSE;
      if (below > 0)
        add_hop (hops, MS_HOP_SUBGROUP, place_new (MS_PLACE_MAIL_GROUP, link->id, link->label));
    }
  return TRUE;
}

static gboolean
follow_mail_group (Hops *hops, MsObject *group, GError **error)
{
  gint64 here = 0, below = 0, groups = 0;

  hops->place->address = g_strdup (ms_object_get_string (group, "address"));
  if (!ms_txn_count_group (
          hops->delivery->reading->txn, hops->place->key, &here, &below, &groups, error))
    return FALSE;
  if (below == 0)
    hops->place->dead_end = MS_DEAD_END_EMPTY_GROUP;
  return below == 0
         || (hop_to_links (hops, MS_HOP_MAILBOX, "group", TRUE, MS_PLACE_MAILBOX, error)
             && hop_to_subgroups (hops, error));
}

static gboolean
follow_object (Hops *hops, GError **error)
{
  g_autoptr (MsObject) object
             = ms_txn_get_object (hops->delivery->reading->txn, NULL, hops->place->key, error);

  if (object == NULL)
    return FALSE;
  switch (hops->place->kind)
    {
    case MS_PLACE_MAILBOX:
      return follow_mailbox (hops, object, error);
    case MS_PLACE_MAIL_GROUP:
      return follow_mail_group (hops, object, error);
    case MS_PLACE_LIST:
      return follow_list (hops, object, error);
    case MS_PLACE_USER:
      return follow_user (hops, object, error);
    case MS_PLACE_ADDRESS:
    case MS_PLACE_OUTSIDE:
    default:
      g_return_val_if_reached (FALSE);
    }
}

/* Public -------------------------------------------------------------------------------------- */

MsDelivery *
ms_delivery_new (MsWrite *reading)
{
  g_return_val_if_fail (reading != NULL && reading->txn != NULL, NULL);

  MsDelivery *self = g_new0 (MsDelivery, 1);
  self->reading = reading;
  self->domains = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, domain_free);
  return self;
}

void
ms_delivery_free (MsDelivery *self)
{
  g_hash_table_unref (self->domains);
  g_free (self);
}

MsPlace *
ms_delivery_start (MsDelivery *self, const char *address, GError **error)
{
  g_return_val_if_fail (self != NULL && address != NULL, NULL);

  const char *primary = NULL;
  if (strchr (address, '@') == NULL)
    {
      primary = ms_write_get_primary_domain (self->reading, error);
      if (primary == NULL)
        return NULL;
    }
  g_autofree char *normal = ms_address_normalize (address, primary, "address", error);
  return normal != NULL ? place_of_address (self, normal, error) : NULL;
}

gboolean
ms_delivery_follow (MsDelivery *self,
                    MsPlace    *place,
                    guint       limit,
                    MsHopFunc   func,
                    gpointer    user_data,
                    GError    **error)
{
  g_return_val_if_fail (self != NULL && place != NULL && func != NULL, FALSE);

  Hops hops = { self, place, limit, 0, FALSE, func, user_data };
  if (place->kind == MS_PLACE_OUTSIDE)
    {
      place->is_recipient = TRUE;
      return TRUE;
    }
  return place->kind == MS_PLACE_ADDRESS ? follow_address (&hops, error)
                                         : follow_object (&hops, error);
}
