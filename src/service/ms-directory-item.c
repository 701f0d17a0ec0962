/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One item of a plan, and what can become of it.
 */
#include "ms-directory-plan.h"

static const char *const status_names[MS_DIRECTORY_N_STATUSES]
    = { "create", "update", "rename", "disable", "enable", "delete", "refuse", "unchanged" };

const char *
ms_directory_status_get_name (MsDirectoryStatus status)
{
  return status_names[status];
}

void
ms_directory_item_free (MsDirectoryItem *self)
{
  g_free (self->user_id);
  g_free (self->identity);
  g_free (self->user_name);
  g_free (self->binned_id);
  g_clear_error (&self->problem);
  g_free (self->remark);
  g_free (self);
}
