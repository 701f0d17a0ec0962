/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is here already and is called as somebody in the directory: whether they may be taken over,
 * going by that name.
 */
#include "ms-directory-plan.h"

#include "ms-rules.h"
#include "ms-txn.h"

#define ROLE MS_URN_EXT_USER ":role"

typedef enum
{
  LINKED_NOT,
  LINKED_TO_NONE, /* to directories that are not here any more */
  LINKED,
} Linked;

static gboolean
find_link (const MsServiceTypes *types, MsTxn *txn, MsObject *user, Linked *linked, GError **error)
{
  g_auto (GStrv) ids = ms_directory_list_links (user);

  *linked = ids[0] != NULL ? LINKED_TO_NONE : LINKED_NOT;
  for (guint i = 0; ids[i] != NULL; i++)
    {
      g_autoptr (MsObject) directory = NULL;
      if (!ms_txn_look_up (txn, types->directory, ids[i], &directory, error))
        return FALSE;
      if (directory != NULL)
        *linked = LINKED;
    }
  return TRUE;
}

/* By what it goes without being asked: nobody becomes an administrator's master by a name. */
gboolean
ms_directory_find_adoption_bar (const MsServiceTypes    *types,
                                MsTxn                   *txn,
                                const MsDirectoryConfig *config,
                                MsObject                *user,
                                const char             **why,
                                GError                 **error)
{
  Linked linked;

  if (!find_link (types, txn, user, &linked, error))
    return FALSE;
  *why = linked == LINKED ? "comes from a directory, as another entry"
         : !config->adopt && linked == LINKED_TO_NONE
             ? "comes from a directory that is not here any more; “adopt” would take it over"
         : !config->adopt ? "does not come from a directory; “adopt” would take it over"
         : ms_role_from_string (ms_object_get_string (user, ROLE)) != MS_ROLE_NONE
             ? "has a role: who has one is not taken over by the name"
             : NULL;
  return TRUE;
}
