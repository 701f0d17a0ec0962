/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which domain is primary: one of them says so, and a note apart from them, by which a name without
 * a domain gets one.
 */
#include "ms-verify-private.h"

#include "ms-txn-private.h"

#include <string.h>

void
ms_verifier_take_domain (MsVerifier *self, MsObject *object)
{
  if (strcmp (ms_object_get_type (object)->name, MS_TYPE_NAME_DOMAIN) != 0
      || g_strcmp0 (ms_object_get_string (object, "kind"), "primary") != 0)
    return;
  if (self->primary != NULL)
    ms_verifier_complain_of (
        self, object, "is primary, and “%s” is too: only one can be", self->primary);
  else
    self->primary = g_strdup (ms_object_get_label (object));
}

gboolean
ms_verifier_check_domains (MsVerifier *self, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autofree char *noted = ms_txn_get_setting (self->txn, MS_SETTING_PRIMARY_DOMAIN, &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  /* It may be one of those that cannot be read. */
  if (g_strcmp0 (noted, self->primary) == 0 || g_hash_table_size (self->unread) > 0)
    return TRUE;
  if (noted == NULL)
    ms_verifier_complain (
        self, "no domain is noted as the primary one, which is “%s”", self->primary);
  else if (self->primary == NULL)
    ms_verifier_complain (self, "“%s” is noted as the primary domain, though none is", noted);
  else
    ms_verifier_complain (
        self, "“%s” is noted as the primary domain, which is “%s”", noted, self->primary);
  return TRUE;
}
