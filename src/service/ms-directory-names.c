/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * User names that the directory gives to more than one. Who has but one cannot be called otherwise,
 * and whoever is here stays as they are called; who has several is called by one that is nobody's.
 */
#include "ms-directory-plan.h"

#include <string.h>

#include "ms-address.h"
#include "ms-error.h"
#include "ms-text.h"
#include "ms-txn.h"

void
ms_directory_refuse_both (MsDirectoryPerson *a,
                          MsDirectoryPerson *b,
                          const char        *field,
                          const char        *value)
{
  ms_directory_person_refuse (a, field, "%s has the same %s, %s", b->dn, field, value);
  ms_directory_person_refuse (b, field, "%s has the same %s, %s", a->dn, field, value);
}

/* Whom no name was left to is refused already, and in nobody's way. */
void
ms_directory_refuse_same_names (GPtrArray *persons, gboolean all)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < persons->len; i++)
    {
      MsDirectoryPerson *person = persons->pdata[i];

      if (person->user_name == NULL
          || (person->user_names != NULL && (!all || person->user_names[0] == NULL)))
        continue;
      g_autofree char   *key = ms_text_fold (person->user_name);
      MsDirectoryPerson *same = g_hash_table_lookup (names, key);
      if (same != NULL && same != person)
        ms_directory_refuse_both (same, person, "userName", person->user_name);
      else
        g_hash_table_insert (names, g_steal_pointer (&key), person);
    }
}

void
ms_directory_names_note (GHashTable *names, const char *name, MsDirectoryPerson *person)
{
  g_autofree char *key = ms_text_fold (name);

  if (!g_hash_table_contains (names, key))
    g_hash_table_insert (names, g_steal_pointer (&key), person);
}

gboolean
ms_directory_names_has_own (const MsDirectoryPerson *person, const char *name)
{
  g_autofree char *key = ms_text_fold (name);
  gboolean         found = FALSE;

  for (guint i = 0; !found && person->user_names[i] != NULL; i++)
    {
      g_autofree char *own = ms_text_fold (person->user_names[i]);
      found = strcmp (own, key) == 0;
    }
  return found;
}

/* @holder: (nullable): who has @name; %NULL for somebody who left */
static void
refuse (MsDirectoryPerson *person, const char *name, const MsDirectoryPerson *holder)
{
  if (holder != NULL)
    ms_directory_person_refuse (person,
                                "userName",
                                "%s has the same userName, %s, and none of the others is free",
                                holder->dn,
                                name);
  else
    ms_directory_person_refuse (
        person,
        "userName",
        "Somebody who left the directory is called %s, and none of the others is free",
        name);
}

/* Of those whose mailbox is called as they are. */
static gboolean
rename_mailbox (MsDirectoryPerson       *person,
                const MsDirectoryConfig *config,
                MsTxn                   *txn,
                const MsServiceTypes    *types,
                GError                 **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (GPtrArray) one = g_ptr_array_new ();

  if (config->mailbox != NULL || person->mailbox == NULL)
    return TRUE;
  g_autofree char *domain = ms_txn_get_setting (txn, MS_SETTING_PRIMARY_DOMAIN, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  char *mailbox
      = ms_address_normalize (person->user_name, domain != NULL ? domain : "", "mailbox", &failed);
  if (mailbox == NULL)
    {
      ms_directory_person_refuse (person, "mailbox", "%s", failed->message);
      return TRUE;
    }
  g_free (person->mailbox);
  person->mailbox = mailbox;
  g_ptr_array_add (one, person);
  return ms_directory_spell_persons (one, txn, types, error);
}

/* @holder: (out) (nullable): who other than @person has @name; %NULL for somebody who left */
static gboolean
is_taken (GHashTable              *names,
          const MsDirectoryPerson *person,
          const char              *name,
          MsDirectoryPerson      **holder)
{
  g_autofree char *key = ms_text_fold (name);
  gpointer         found = NULL;

  if (!g_hash_table_lookup_extended (names, key, NULL, &found) || found == person)
    return FALSE;
  *holder = found;
  return TRUE;
}

gboolean
ms_directory_names_choose (GHashTable              *names,
                           MsDirectoryPerson       *person,
                           const MsDirectoryConfig *config,
                           MsTxn                   *txn,
                           const MsServiceTypes    *types,
                           GError                 **error)
{
  MsDirectoryPerson *holder = NULL;
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; person->user_names[i] != NULL; i++)
    if (!is_taken (names, person, person->user_names[i], &holder))
      g_ptr_array_add (left, g_strdup (person->user_names[i]));
  if (left->len == g_strv_length (person->user_names))
    return TRUE;
  if (left->len == 0)
    {
      (void) is_taken (names, person, person->user_names[0], &holder);
      refuse (person, person->user_names[0], holder);
    }
  g_ptr_array_add (left, NULL);
  g_strfreev (person->user_names);
  person->user_names = (char **) g_ptr_array_free (g_steal_pointer (&left), FALSE);
  if (person->user_names[0] == NULL)
    return TRUE;
  g_free (person->user_name);
  person->user_name = g_strdup (person->user_names[0]);
  return rename_mailbox (person, config, txn, types, error);
}
