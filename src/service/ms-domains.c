/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Nothing is asked of the store for names that have one spelling only, which are nearly all.
 */
#include "ms-domains.h"

#include "ms-filter.h"
#include "ms-idn.h"
#include "ms-rules.h"

#include <string.h>

static gboolean
find_exactly (
    MsTxn *txn, const MsServiceTypes *types, const char *name, MsObject **found, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *found = ms_txn_find_object (txn, types->domain, "name", name, &failed);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

gboolean
ms_domain_find (
    MsTxn *txn, const MsServiceTypes *types, const char *name, MsObject **found, GError **error)
{
  g_return_val_if_fail (txn != NULL && name != NULL && found != NULL, FALSE);

  if (!find_exactly (txn, types, name, found, error))
    return FALSE;
  if (*found != NULL || !ms_idn_has_spellings (name))
    return TRUE;
  g_autofree char *letters = ms_idn_to_unicode (name);
  g_autofree char *labels = ms_idn_to_ascii (letters);
  return find_exactly (txn, types, letters, found, error)
         && (*found != NULL || find_exactly (txn, types, labels, found, error));
}

char *
ms_domain_spell_address (MsTxn                *txn,
                         const MsServiceTypes *types,
                         const char           *address,
                         GError              **error)
{
  g_return_val_if_fail (txn != NULL && address != NULL, NULL);

  const char *at = strrchr (address, '@');
  g_autoptr (MsObject) found = NULL;

  if (at == NULL || !ms_idn_has_spellings (at + 1))
    return g_strdup (address);
  if (!ms_domain_find (txn, types, at + 1, &found, error))
    return NULL;
  if (found == NULL)
    return g_strdup (address);
  g_autofree char *local = g_strndup (address, (gsize) (at - address));
  return g_strconcat (local, "@", ms_object_get_label (found), NULL);
}

gboolean
ms_domain_spell (
    MsTxn *txn, const MsServiceTypes *types, MsObject *object, const char *path, GError **error)
{
  g_return_val_if_fail (txn != NULL && object != NULL && path != NULL, FALSE);

  const char *name = ms_object_get_string (object, path);
  g_autoptr (MsObject) found = NULL;

  if (name == NULL || !ms_idn_has_spellings (name))
    return TRUE;
  if (!ms_domain_find (txn, types, name, &found, error))
    return FALSE;
  if (found != NULL && strcmp (ms_object_get_label (found), name) != 0)
    ms_object_set_string (object, path, ms_object_get_label (found));
  return TRUE;
}

GPtrArray *
ms_domain_list_twins (MsWrite *write, const char *address, GError **error)
{
  const char      *name = strrchr (address, '@') + 1;
  g_autofree char *local = g_strndup (address, (gsize) (name - address));
  g_autofree char *quoted = ms_filter_quote (name);
  g_autoptr (GPtrArray) twins = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) aliases = NULL;
  g_autoptr (MsObject) domain = NULL;

  g_ptr_array_add (twins, g_strdup (address));
  if (!find_exactly (write->txn, write->types, name, &domain, error))
    return NULL;
  if (domain == NULL)
    return g_steal_pointer (&twins);
  if (g_strcmp0 (ms_object_get_string (domain, "kind"), "alias") == 0)
    {
      g_ptr_array_add (twins, g_strconcat (local, ms_object_get_string (domain, "aliasOf"), NULL));
      return g_steal_pointer (&twins);
    }
  if (!ms_write_query (write,
                       write->types->domain,
                       G_MAXINT,
                       &aliases,
                       NULL,
                       error,
                       "kind eq \"alias\" and aliasOf eq %s",
                       quoted))
    return NULL;
  for (guint i = 0; i < aliases->len; i++)
    g_ptr_array_add (twins, g_strconcat (local, ms_object_get_label (aliases->pdata[i]), NULL));
  return g_steal_pointer (&twins);
}
