/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The whole way of mail from one address: every place that it comes by, once, nearest first, with
 * the hops between them, who gets it at last, and the loops. Bounded; nothing in it recurses.
 */
#pragma once

#include "ms-delivery.h"

G_BEGIN_DECLS

/* A list of everybody in a large store is followed to its end; what ties up more than this is not.
 */
#define MS_DELIVERY_MAX_PLACES 400000
#define MS_DELIVERY_MAX_HOPS 1200000

/* @from, @to: numbers of places */
typedef struct
{
  guint     from;
  guint     to;
  MsHopKind kind;
} MsHop;

/**
 * MsDeliveryWalk:
 * @places: (element-type MsPlace): in the order of their distance; the first is the address itself
 * @hops: (element-type MsHop): those of one place are side by side, in the order of @places
 * @complete: %FALSE where the walk was given up at its bounds: there is more
 */
typedef struct
{
  GPtrArray *places;
  GArray    *hops;
  gboolean   complete;
} MsDeliveryWalk;

MsDeliveryWalk *ms_delivery_walk (MsWrite    *reading,
                                  const char *address,
                                  guint       max_places,
                                  guint       max_hops,
                                  GError    **error) G_GNUC_WARN_UNUSED_RESULT;
void            ms_delivery_walk_free (MsDeliveryWalk *self);
/* One for each set of places that mail could go round in for ever: a shortest way round, beginning
 * with the place of the set that is nearest to the address. Places of two loops do not overlap.
 * (element-type GArray): of guint */
GPtrArray *ms_delivery_walk_find_loops (MsDeliveryWalk *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsDeliveryWalk, ms_delivery_walk_free)

G_END_DECLS
