/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses of a directory in the spelling of the store: LDAP nearly always has the domains with
 * A-labels (RFC 5890), and here each has the one that it was given. Once they are spelled so, it is
 * known whose they are by comparing them.
 */
#include "ms-directory-plan.h"

#include <string.h>

#include "ms-domains.h"
#include "ms-idn.h"

/**
 * Spelling:
 * @domains: (element-type utf8 utf8): how the store spells what the directory has
 */
typedef struct
{
  MsTxn                *txn;
  const MsServiceTypes *types;
  GHashTable           *domains;
} Spelling;

/* (transfer none) (nullable): with @error */
static const char *
find_domain (Spelling *self, const char *name, GError **error)
{
  const char *known = g_hash_table_lookup (self->domains, name);
  g_autoptr (MsObject) found = NULL;

  if (known != NULL)
    return known;
  if (!ms_domain_find (self->txn, self->types, name, &found, error))
    return NULL;
  char *spelled = g_strdup (found != NULL ? ms_object_get_label (found) : name);
  g_hash_table_insert (self->domains, g_strdup (name), spelled);
  return spelled;
}

/* @address: (inout) (nullable) */
static gboolean
spell (Spelling *self, char **address, GError **error)
{
  const char *at = *address != NULL ? strrchr (*address, '@') : NULL;

  if (at == NULL || !ms_idn_has_spellings (at + 1))
    return TRUE;
  const char *domain = find_domain (self, at + 1, error);
  if (domain == NULL)
    return FALSE;
  char *spelled = g_strdup_printf ("%.*s@%s", (int) (at - *address), *address, domain);
  g_free (*address);
  *address = spelled;
  return TRUE;
}

/* @addresses: (nullable) */
static gboolean
spell_all (Spelling *self, char **addresses, GError **error)
{
  for (guint i = 0; addresses != NULL && addresses[i] != NULL; i++)
    if (!spell (self, &addresses[i], error))
      return FALSE;
  return TRUE;
}

gboolean
ms_directory_spell_persons (GPtrArray            *persons,
                            MsTxn                *txn,
                            const MsServiceTypes *types,
                            GError              **error)
{
  g_autoptr (GHashTable) domains = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Spelling self = { txn, types, domains };

  for (guint i = 0; i < persons->len; i++)
    {
      MsDirectoryPerson *person = persons->pdata[i];
      if (!spell (&self, &person->mailbox, error) || !spell_all (&self, person->mailboxes, error)
          || !spell_all (&self, person->aliases, error))
        return FALSE;
    }
  return TRUE;
}
