/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which mailbox of a user is the directory's: the primary one. Where there is none, one of their
 * own that is called as the directory says becomes that, for nobody could be given another one of
 * that address.
 */
#include "ms-directory-plan.h"

#include "ms-txn.h"

/* @own: (out) (nullable) (transfer full) */
static gboolean
find_own (MsWrite *write, const char *user_id, const char *address, MsObject **own, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) found
             = ms_txn_find_object (write->txn, write->types->mailbox, "address", address, &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (found != NULL && g_strcmp0 (ms_object_get_link (found, "owner"), user_id) == 0)
    *own = g_steal_pointer (&found);
  return TRUE;
}

gboolean
ms_directory_find_mailbox (MsWrite                 *write,
                           const MsDirectoryConfig *config,
                           const MsDirectoryPerson *person,
                           const char              *user_id,
                           MsObject               **mailbox,
                           GError                 **error)
{
  g_autoptr (GError) failed = NULL;
  char *const  one[] = { person->mailbox, NULL };
  char *const *addresses = person->mailboxes != NULL ? person->mailboxes : one;

  *mailbox = ms_write_find_primary (write, user_id, &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  for (guint i = 0; config->create_mailboxes && *mailbox == NULL && addresses[i] != NULL; i++)
    if (!find_own (write, user_id, addresses[i], mailbox, error))
      return FALSE;
  return TRUE;
}
