/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. A walk, members first, over a stack on which every list has one place at most:
 * what is found again moves up from where it waits. So the stack is never longer than there are
 * lists, while one that gets an entry for each membership would be as long as there are of these.
 */
#include "ms-export-order.h"

typedef struct
{
  gint64 row;
  GList  link; /* of the stack; its data is the place */
} Place;

struct _MsExportOrder
{
  Place *places;
  GQueue stack; /* of Place, the next one first; those below that are not waiting wait for it */
  GHashTable *waiting; /* row -> Place: those that nobody has looked at */
};

MsExportOrder *
ms_export_order_new (const GArray *rows)
{
  g_return_val_if_fail (rows != NULL, NULL);

  MsExportOrder *self = g_new0 (MsExportOrder, 1);
  self->places = g_new0 (Place, rows->len);
  self->waiting = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_queue_init (&self->stack);
  for (guint i = 0; i < rows->len; i++)
    {
      Place *place = &self->places[i];
      place->row = g_array_index (rows, gint64, i);
      place->link.data = place;
      g_queue_push_tail_link (&self->stack, &place->link);
      g_hash_table_insert (self->waiting, &place->row, place);
    }
  return self;
}

void
ms_export_order_free (MsExportOrder *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->waiting);
  g_free (self->places);
  g_free (self);
}

gboolean
ms_export_order_get (MsExportOrder *self, gint64 *row)
{
  g_return_val_if_fail (self != NULL && row != NULL, FALSE);

  const Place *place = g_queue_peek_head (&self->stack);
  if (place == NULL)
    return FALSE;
  g_hash_table_remove (self->waiting, &place->row);
  *row = place->row;
  return TRUE;
}

gboolean
ms_export_order_put_before (MsExportOrder *self, const GPtrArray *members)
{
  g_return_val_if_fail (self != NULL && members != NULL, FALSE);

  gboolean found = FALSE;
  for (guint i = members->len; i > 0; i--)
    {
      const MsLinkTarget *member = g_ptr_array_index (members, i - 1);
      Place              *place = g_hash_table_lookup (self->waiting, &member->row);

      if (place == NULL)
        continue;
      g_queue_unlink (&self->stack, &place->link);
      g_queue_push_head_link (&self->stack, &place->link);
      found = TRUE;
    }
  return found;
}

void
ms_export_order_drop (MsExportOrder *self)
{
  g_return_if_fail (self != NULL && !g_queue_is_empty (&self->stack));

  (void) g_queue_pop_head_link (&self->stack); /* the places are one block */
}
