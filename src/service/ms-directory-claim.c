/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names and addresses of a plan: who is to have them, and who gives them up.
 */
#include "ms-directory-plan.h"

#include <string.h>

#include "ms-address.h"
#include "ms-rules.h"
#include "ms-text.h"

void
ms_directory_plan_free_name (MsDirectoryPlan *self, MsDirectoryItem *item, const char *name)
{
  if (name != NULL)
    g_hash_table_replace (self->freed, ms_text_fold (name), item);
}

void
ms_directory_plan_free_address (MsDirectoryPlan *self, MsDirectoryItem *item, const char *address)
{
  if (address != NULL)
    g_hash_table_replace (self->freed, ms_address_key (address), item);
}

void
ms_directory_plan_claim (MsDirectoryPlan *self, MsDirectoryPerson *person, const char *address)
{
  g_autofree char *key = address != NULL ? ms_address_key (address) : NULL;

  if (key != NULL && !g_hash_table_contains (self->addresses, key))
    g_hash_table_insert (self->addresses, g_steal_pointer (&key), person);
  for (guint i = 0; person->aliases != NULL && person->aliases[i] != NULL; i++)
    {
      g_autofree char *alias = ms_address_key (person->aliases[i]);
      if (!g_hash_table_contains (self->aliases, alias))
        g_hash_table_insert (self->aliases, g_steal_pointer (&alias), person);
    }
}

MsDirectoryPerson *
ms_directory_plan_get_owner (MsDirectoryPlan *self, const char *address)
{
  g_autofree char *key = ms_address_key (address);

  return g_hash_table_lookup (self->addresses, key);
}

MsDirectoryPerson *
ms_directory_plan_get_claimant (MsDirectoryPlan *self, const char *address)
{
  g_autofree char   *key = ms_address_key (address);
  MsDirectoryPerson *person = g_hash_table_lookup (self->addresses, key);

  return person != NULL ? person : g_hash_table_lookup (self->aliases, key);
}

gboolean
ms_directory_plan_is_freed_by (MsDirectoryPlan *self,
                               const char      *address,
                               const char      *user_id,
                               const char      *identity)
{
  g_autofree char       *key = ms_address_key (address);
  const MsDirectoryItem *item = g_hash_table_lookup (self->freed, key);

  if (item == NULL)
    return FALSE;
  /* Who is taken over has no id in the plan. */
  return item->user_id != NULL
             ? strcmp (item->user_id, user_id) == 0
             : item->person != NULL && g_strcmp0 (item->person->identity, identity) == 0;
}

void
ms_directory_plan_free_aliases (MsDirectoryPlan *self,
                                MsDirectoryItem *item,
                                MsObject        *before,
                                MsObject        *after)
{
  JsonArray *old = ms_rules_get_array (before, "aliases");
  JsonArray *new = ms_rules_get_array (after, "aliases");

  for (guint i = 0; old != NULL && i < json_array_get_length (old); i++)
    {
      const char      *alias = json_array_get_string_element (old, i);
      g_autofree char *key = ms_address_key (alias);
      if (!ms_rules_array_has_address (new, alias)
          /* Whose address it is comes first: nobody shares that. */
          && !g_hash_table_contains (self->freed, key))
        g_hash_table_insert (self->freed, g_steal_pointer (&key), item);
    }
}
