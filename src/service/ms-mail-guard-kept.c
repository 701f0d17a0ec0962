/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses of whom was deleted by somebody that may not redirect their mail: noted beside the
 * settings, by address and by domain, with the id of the user. A note counts as long as that user
 * lies in the bin: who comes back has the address again, and for who is gone for good it is not
 * kept any longer.
 */
#include "ms-mail-guard.h"

#include "ms-address.h"
#include "ms-error.h"
#include "ms-rules.h"
#include "ms-txn.h"

#include <string.h>

#define NOTE "address-of-deleted:"

static gboolean
note (MsWrite *write, const char *address, const char *owner, GError **error)
{
  g_autofree char *key = ms_address_key (address);
  g_autofree char *name = g_strconcat (NOTE, key, NULL);
  g_autofree char *domain = g_strconcat (NOTE, strrchr (key, '@'), NULL);

  return ms_txn_set_setting (write->txn, name, owner, error)
         && ms_txn_set_setting (write->txn, domain, owner, error);
}

gboolean
ms_mail_guard_reserve (MsWrite *write, MsObject *mailbox, MsObject *owner, GError **error)
{
  const char *id = ms_object_get_id (owner);
  JsonArray  *aliases = ms_rules_get_array (mailbox, "aliases");

  if (!note (write, ms_object_get_string (mailbox, "address"), id, error))
    return FALSE;
  for (guint i = 0; aliases != NULL && i < json_array_get_length (aliases); i++)
    if (!note (write, json_array_get_string_element (aliases, i), id, error))
      return FALSE;
  return TRUE;
}

gboolean
ms_mail_guard_find_reserved (
    MsWrite *write, const char *address, MsObject **owner, GError **why, GError **error)
{
  g_autofree char *key = ms_address_key (address);
  g_autofree char *name = g_strconcat (NOTE, key, NULL);
  g_autoptr (GError) failed = NULL;
  g_autofree char *id = ms_txn_get_setting (write->txn, name, &failed);
  g_autoptr (MsObject) user = NULL;

  *owner = NULL;
  if (id != NULL)
    user = ms_txn_get_binned (write->txn, id, &failed);
  if (failed != NULL && !g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (user != NULL && !ms_policy_check (write->actor, MS_POLICY_MAIL, NULL, user, NULL, why))
    *owner = g_steal_pointer (&user);
  return TRUE;
}
