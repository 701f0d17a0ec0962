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
ms_directory_plan_note_freed_name (MsDirectoryPlan *self, MsDirectoryItem *item, const char *name)
{
  if (name != NULL)
    g_hash_table_replace (self->freed_names, ms_text_fold (name), item);
}

void
ms_directory_plan_note_freed_address (MsDirectoryPlan *self,
                                      MsDirectoryItem *item,
                                      const char      *address)
{
  if (address != NULL)
    g_hash_table_replace (self->freed_addresses, ms_address_key (address), item);
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

gboolean
ms_directory_plan_await (MsDirectoryPlan         *self,
                         const MsDirectoryConfig *config,
                         MsWrite                 *reading,
                         const MsDirectoryItem   *item,
                         GError                 **error)
{
  const MsDirectoryPerson *person = item->person;
  gboolean is_late = person->problem != NULL || (item->user_id == NULL && !person->is_active);
  gboolean gets_it = config->create_mailboxes;
  g_autoptr (GError) failed = NULL;

  if (!is_late || person->mailbox == NULL)
    return TRUE;
  g_autoptr (MsObject) mailbox = item->user_id != NULL
                                     ? ms_write_find_primary (reading, item->user_id, &failed)
                                     : NULL;
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  /* What is here already is not called anew where the directory does not say so. */
  if (mailbox != NULL)
    gets_it = person->has_mailbox;
  g_autofree char *key = ms_address_key (person->mailbox);
  if (gets_it && !g_hash_table_contains (self->awaited, key))
    g_hash_table_insert (self->awaited, g_steal_pointer (&key), item->person);
  return TRUE;
}

void
ms_directory_plan_keep_address (MsDirectoryPlan   *self,
                                MsDirectoryPerson *person,
                                const char        *address)
{
  g_hash_table_replace (self->addresses, ms_address_key (address), person);
}

MsDirectoryPerson *
ms_directory_plan_get_owner (MsDirectoryPlan *self, const char *address)
{
  g_autofree char *key = ms_address_key (address);

  return g_hash_table_lookup (self->addresses, key);
}

MsDirectoryPerson *
ms_directory_plan_get_heir (MsDirectoryPlan *self, const char *address)
{
  g_autofree char   *key = ms_address_key (address);
  MsDirectoryPerson *person = g_hash_table_lookup (self->addresses, key);

  return person != NULL ? person : g_hash_table_lookup (self->awaited, key);
}

MsDirectoryPerson *
ms_directory_plan_get_claimant (MsDirectoryPlan *self, const char *address)
{
  g_autofree char   *key = ms_address_key (address);
  MsDirectoryPerson *person = g_hash_table_lookup (self->addresses, key);

  return person != NULL ? person : g_hash_table_lookup (self->aliases, key);
}

/* By what it is known who gives up an alias: who is taken over has no id in the plan. (nullable) */
static const char *
get_name (const MsDirectoryItem *item)
{
  return item->user_id != NULL  ? item->user_id
         : item->person != NULL ? item->person->identity
                                : item->identity;
}

/* (transfer full) */
static char *
name_alias (const char *key, const char *name)
{
  return g_strconcat (key, "\n", name, NULL);
}

static gboolean
is_alias_freed_by (MsDirectoryPlan *self, const char *key, const char *name)
{
  g_autofree char *alias = name_alias (key, name);

  return g_hash_table_contains (self->freed_aliases, alias);
}

gboolean
ms_directory_plan_is_freed_by (MsDirectoryPlan *self,
                               const char      *address,
                               const char      *user_id,
                               const char      *identity)
{
  g_autofree char       *key = ms_address_key (address);
  const MsDirectoryItem *item = g_hash_table_lookup (self->freed_addresses, key);
  const char            *name = item != NULL ? get_name (item) : NULL;

  return (name != NULL && strcmp (name, item->user_id != NULL ? user_id : identity) == 0)
         || is_alias_freed_by (self, key, user_id) || is_alias_freed_by (self, key, identity);
}

void
ms_directory_plan_note_freed_aliases (MsDirectoryPlan *self,
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
      if (ms_rules_array_has_address (new, alias))
        continue;
      g_hash_table_add (self->freed_aliases, name_alias (key, get_name (item)));
      /* Whose address it is comes first: nobody shares that. */
      if (!g_hash_table_contains (self->freed_addresses, key))
        g_hash_table_insert (self->freed_addresses, g_steal_pointer (&key), item);
    }
}
