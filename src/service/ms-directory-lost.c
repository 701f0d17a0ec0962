/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is here while their mailbox is in the bin: an undo brought them back alone, because somebody
 * had the address by then, or the mailbox was deleted by itself. A new one in its place would hide
 * what is in it, until it is removed for good.
 */
#include "ms-directory-apply.h"

#include <string.h>

#include "ms-bin.h"
#include "ms-directory-history.h"

/* What is in the bin still. */
static gboolean
describe (MsDirectoryApply *self, const char *id, char **address, GError **error)
{
  g_autoptr (MsObject) binned = NULL;

  if (!ms_bin_look_up (self->write.txn, id, &binned, error))
    return FALSE;
  *address = g_strdup_printf ("%s@%s",
                              binned != NULL ? ms_object_get_label (binned) : "",
                              binned != NULL ? ms_object_get_string (binned, "domain") : "");
  return TRUE;
}

gboolean
ms_directory_bring_mailbox (MsDirectoryApply      *self,
                            const MsDirectoryItem *item,
                            const char            *user_id,
                            MsDirectoryOutcome    *outcome,
                            MsObject             **mailbox,
                            GError               **error)
{
  const char      *address = item->person->mailbox;
  const char      *at = address != NULL ? strrchr (address, '@') : NULL;
  g_autofree char *id = NULL;
  g_autofree char *old = NULL;
  gboolean         is_ours;

  *mailbox = NULL;
  if (at == NULL || !self->config->create_mailboxes)
    return TRUE;
  g_autofree char *name = g_strndup (address, (gsize) (at - address));
  if (!ms_directory_find_binned_mailbox (
          self->write.types, self->write.txn, user_id, name, &id, &is_ours, error))
    return FALSE;
  if (id == NULL)
    return TRUE;
  if (!describe (self, id, &old, error))
    return FALSE;
  if (!is_ours)
    {
      ms_directory_outcome_remark (
          outcome, "Their mailbox %s is in the bin; this is a new one", old);
      return TRUE;
    }
  ms_directory_outcome_remark (outcome, "Their mailbox %s comes out of the bin", old);
  return ms_directory_return_mailbox (self, item, id, user_id, outcome, mailbox, error);
}
