/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who waits for whom: those who want a name or an address that others give up are done after these.
 * A rehearsal moves nobody away, and so can only tell what comes of them once it is known what came
 * of the others; a run would have to try them again and again.
 */
#include "ms-directory-plan.h"

#include "ms-address.h"
#include "ms-text.h"

MsDirectoryItem *
ms_directory_plan_get_holder (MsDirectoryPlan       *self,
                              const MsDirectoryItem *item,
                              MsDirectoryWant        want)
{
  gboolean                 is_name = want == MS_DIRECTORY_WANT_NAME;
  const MsDirectoryPerson *person = item->person;
  const char              *text = person == NULL || person->problem != NULL ? NULL
                                  : is_name                                 ? person->user_name
                                                                            : person->mailbox;
  g_autofree char         *key = text == NULL ? NULL
                                 : is_name    ? ms_text_fold (text)
                                              : ms_address_key (text);
  GHashTable              *freed = is_name ? self->freed_names : self->freed_addresses;
  MsDirectoryItem         *holder = key != NULL ? g_hash_table_lookup (freed, key) : NULL;

  return holder != item ? holder : NULL;
}

/* Somebody else is to have the address, who comes first: it is kept for them even where they are
 * refused. */
static gboolean
comes_second (MsDirectoryPlan *self, const MsDirectoryPerson *person)
{
  MsDirectoryPerson *owner = person != NULL && person->mailbox != NULL
                                 ? ms_directory_plan_get_owner (self, person->mailbox)
                                 : NULL;

  return owner != NULL && owner != person;
}

gboolean
ms_directory_plan_waits_in_vain (MsDirectoryPlan *self, const MsDirectoryItem *item)
{
  for (guint want = 0; want < MS_DIRECTORY_N_WANTS; want++)
    {
      const MsDirectoryItem *holder = ms_directory_plan_get_holder (self, item, want);
      if (holder != NULL && holder->is_refused)
        return TRUE;
    }
  return comes_second (self, item->person);
}

/**
 * Ordering:
 * @aliases_wait: for an alias too
 * @left: (element-type MsDirectoryItem guint): places of those that were not met yet
 * @stack: (element-type MsDirectoryItem): each waits for the one after it
 */
typedef struct
{
  MsDirectoryPlan *plan;
  gboolean         aliases_wait;
  GHashTable      *left;
  GPtrArray       *stack;
  GArray          *order;
} Ordering;

/* In a circle somebody has to be the first. */
static void
meet (Ordering *self, MsDirectoryItem *item)
{
  if (item != NULL && g_hash_table_contains (self->left, item))
    g_ptr_array_add (self->stack, item);
}

/* All whom @item waits for. */
static void
meet_holders (Ordering *self, const MsDirectoryItem *item)
{
  const MsDirectoryPerson *person = item->person;
  char                   **aliases = self->aliases_wait && person != NULL ? person->aliases : NULL;

  for (guint want = 0; want < MS_DIRECTORY_N_WANTS; want++)
    meet (self, ms_directory_plan_get_holder (self->plan, item, want));
  for (guint i = 0; aliases != NULL && aliases[i] != NULL; i++)
    {
      g_autofree char *key = ms_address_key (aliases[i]);
      meet (self, g_hash_table_lookup (self->plan->freed_addresses, key));
    }
}

static void
follow (Ordering *self)
{
  g_autoptr (GHashTable) open = g_hash_table_new (NULL, NULL);

  while (self->stack->len > 0)
    {
      MsDirectoryItem *item = self->stack->pdata[self->stack->len - 1];
      gpointer         place = NULL;
      if (g_hash_table_steal_extended (self->left, item, NULL, &place))
        {
          g_hash_table_insert (open, item, place);
          meet_holders (self, item);
          continue;
        }
      /* All whom it waits for are there. */
      g_ptr_array_set_size (self->stack, (int) self->stack->len - 1);
      if (!g_hash_table_steal_extended (open, item, NULL, &place))
        continue;
      guint at = GPOINTER_TO_UINT (place);
      g_array_append_val (self->order, at);
    }
}

GArray *
ms_directory_plan_order_waiting (MsDirectoryPlan *self, GArray *places, gboolean aliases_wait)
{
  g_autoptr (GHashTable) left = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();
  Ordering ordering
      = { self, aliases_wait, left, stack, g_array_new (FALSE, FALSE, sizeof (guint)) };

  for (guint i = 0; i < places->len; i++)
    {
      guint place = g_array_index (places, guint, i);
      g_hash_table_insert (left, self->items->pdata[place], GUINT_TO_POINTER (place));
    }
  for (guint i = 0; i < places->len; i++)
    {
      meet (&ordering, self->items->pdata[g_array_index (places, guint, i)]);
      follow (&ordering);
    }
  return ordering.order;
}
