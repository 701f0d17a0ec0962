/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Breadth first, with a table of what was met.
 */
#include "ms-delivery-walk.h"

typedef struct
{
  MsDeliveryWalk *walk;
  GHashTable     *numbers; /* key of a place, borrowed from it -> its number */
  guint           at;
  guint           max_places;
  guint           max_hops;
} Walker;

void
ms_delivery_walk_free (MsDeliveryWalk *self)
{
  g_ptr_array_unref (self->places);
  g_array_unref (self->hops);
  g_free (self);
}

static guint
take_place (Walker *self, MsPlace *place)
{
  guint number = self->walk->places->len;

  g_ptr_array_add (self->walk->places, place);
  g_hash_table_insert (self->numbers, place->key, GUINT_TO_POINTER (number));
  return number;
}

static gboolean
take_hop (MsHopKind kind, MsPlace *to, gpointer user_data)
{
  Walker  *self = user_data;
  gpointer known = NULL;
  gboolean is_known = g_hash_table_lookup_extended (self->numbers, to->key, NULL, &known);

  if (self->walk->hops->len >= self->max_hops
      || (!is_known && self->walk->places->len >= self->max_places))
    {
      ms_place_free (to);
      self->walk->complete = FALSE;
      return FALSE;
    }
  MsHop hop = { self->at, is_known ? GPOINTER_TO_UINT (known) : take_place (self, to), kind };
  if (is_known)
    ms_place_free (to);
  g_array_append_val (self->walk->hops, hop);
  return TRUE;
}

MsDeliveryWalk *
ms_delivery_walk (
    MsWrite *reading, const char *address, guint max_places, guint max_hops, GError **error)
{
  g_return_val_if_fail (reading != NULL && address != NULL && max_places > 0, NULL);

  g_autoptr (MsDelivery) delivery = ms_delivery_new (reading);
  MsPlace *start = ms_delivery_start (delivery, address, error);
  if (start == NULL)
    return NULL;

  g_autoptr (MsDeliveryWalk) walk = g_new0 (MsDeliveryWalk, 1);
  g_autoptr (GHashTable) numbers = g_hash_table_new (g_str_hash, g_str_equal);
  Walker walker = { walk, numbers, 0, max_places, max_hops };
  walk->places = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_place_free);
  walk->hops = g_array_new (FALSE, FALSE, sizeof (MsHop));
  walk->complete = TRUE;
  (void) take_place (&walker, start);
  /* Places met after the bound was reached are still looked at: what they are is part of the
   * answer, only their hops are not. */
  for (; walker.at < walk->places->len; walker.at++)
    if (!ms_delivery_follow (delivery,
                             g_ptr_array_index (walk->places, walker.at),
                             max_hops - walk->hops->len + 1,
                             take_hop,
                             &walker,
                             error))
      return NULL;
  return g_steal_pointer (&walk);
}
