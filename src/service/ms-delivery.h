/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How mail finds its way (docs/data-model.md): the one place that knows where mail for an address,
 * a list, a mail group, a user or a mailbox goes next. Whoever explains or expands addresses
 * follows these hops, so that no two of them can differ.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

typedef enum
{
  MS_PLACE_ADDRESS, /* of a domain of the store */
  MS_PLACE_OUTSIDE, /* of any other domain: mail leaves */
  MS_PLACE_MAILBOX,
  MS_PLACE_MAIL_GROUP,
  MS_PLACE_LIST,
  MS_PLACE_USER,
} MsPlaceKind;

typedef enum
{
  MS_HOP_ADDRESS,      /* address -> what has it as its own */
  MS_HOP_ALIAS,        /* address -> what has it as an alias */
  MS_HOP_ALIAS_DOMAIN, /* address -> the same name in the domain that its domain is an alias of */
  MS_HOP_MEMBER,       /* list -> entry */
  MS_HOP_PRIMARY,      /* user -> primary mailbox */
  MS_HOP_MAILBOX,      /* mail group -> mailbox in it */
  MS_HOP_SUBGROUP,     /* mail group -> mail group in it */
  MS_HOP_FORWARD,      /* mailbox -> address */
} MsHopKind;

typedef enum
{
  MS_DEAD_END_NONE,
  MS_DEAD_END_UNKNOWN_ADDRESS,
  MS_DEAD_END_CLOSED,
  MS_DEAD_END_EMPTY_LIST,
  MS_DEAD_END_EMPTY_GROUP,
  MS_DEAD_END_NO_PRIMARY,
} MsDeadEnd;

/**
 * MsPlace: where mail comes by, or ends
 * @key: id of the object, or the folded address; differs between any two places
 * @label: what people know the object by; of an address the address
 * @address: (nullable): known once the place was followed
 * @is_recipient: mail ends here, well: it is stored, or leaves
 * @dead_end: mail ends here, badly
 * @disabled: a user who cannot log on; mail arrives all the same
 */
typedef struct
{
  MsPlaceKind kind;
  char       *key;
  char       *label;
  char       *address;
  gboolean    is_recipient;
  MsDeadEnd   dead_end;
  gboolean    disabled;
} MsPlace;
void ms_place_free (MsPlace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsPlace, ms_place_free)

typedef struct _MsDelivery MsDelivery;

/* @reading: with its transaction set; borrowed */
MsDelivery *ms_delivery_new (MsWrite *reading);
void        ms_delivery_free (MsDelivery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsDelivery, ms_delivery_free)

/* The place of an address as somebody typed it; a bare name takes the primary domain. (transfer
 * full). %MS_ERROR_INVALID, path "address". */
MsPlace *
ms_delivery_start (MsDelivery *self, const char *address, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Is given the places that mail goes to next, one by one; %FALSE from it ends the hops, without
 * being a failure. @to: (transfer full) */
typedef gboolean (*MsHopFunc) (MsHopKind kind, MsPlace *to, gpointer user_data);
/* Fills in what @place is, and hands what comes next to @func in stable order. @limit: no more
 * hops than this are read, or a few */
gboolean ms_delivery_follow (MsDelivery *self,
                             MsPlace    *place,
                             guint       limit,
                             MsHopFunc   func,
                             gpointer    user_data,
                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
