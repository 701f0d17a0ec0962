/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who would lose what is mapped, but is sure to be refused: they lose nothing, and do not count for
 * the limit. Sure is who has a fault of their own, and who wants a name or the address of a mailbox
 * that somebody has who does not give it up in the same run. In doubt they count.
 */
#include "ms-directory-plan.h"

#include "ms-address.h"
#include "ms-text.h"
#include "ms-txn.h"

typedef struct
{
  MsDirectoryPlan      *plan;
  const MsServiceTypes *types;
  MsTxn                *txn;
} Sparing;

/* Whether something other than @own_id (nullable) has it and keeps it. @key: of it in @freed, the
 * names or addresses of the plan. @is_taken: (inout): set where it does */
static gboolean
ask_taken (Sparing              *self,
           const MsResourceType *type,
           const char           *path,
           const char           *value,
           GHashTable           *freed,
           const char           *key,
           const char           *own_id,
           gboolean             *is_taken,
           GError              **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) holder = ms_txn_find_object (self->txn, type, path, value, &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  *is_taken = *is_taken
              || (holder != NULL && g_strcmp0 (ms_object_get_id (holder), own_id) != 0
                  && !g_hash_table_contains (freed, key));
  return TRUE;
}

/* @is_refused: (out) */
static gboolean
ask_refused (Sparing *self, const MsDirectoryLoss *loss, gboolean *is_refused, GError **error)
{
  g_autofree char *name = ms_text_fold (loss->person->user_name);
  g_autofree char *address = loss->address != NULL ? ms_address_key (loss->address) : NULL;

  *is_refused = loss->person->problem != NULL;
  if (*is_refused)
    return TRUE;
  return ask_taken (self,
                    self->types->user,
                    "userName",
                    loss->person->user_name,
                    self->plan->freed_names,
                    name,
                    loss->user_id,
                    is_refused,
                    error)
         && (address == NULL
             || ask_taken (self,
                           self->types->mailbox,
                           "address",
                           loss->address,
                           self->plan->freed_addresses,
                           address,
                           loss->mailbox_id,
                           is_refused,
                           error));
}

static void
spare (Sparing *self, const MsDirectoryLoss *loss)
{
  for (guint i = 0; i < loss->places->len; i++)
    {
      guint place = g_array_index (loss->places, guint, i);
      g_array_index (self->plan->losses, MsDirectoryTally, place).losing[loss->group]--;
    }
}

gboolean
ms_directory_plan_spare_refused (MsDirectoryPlan         *self,
                                 const MsServiceTypes    *types,
                                 MsTxn                   *txn,
                                 const MsDirectoryConfig *config,
                                 MsDirectoryLiveFunc      live,
                                 gpointer                 live_data,
                                 GError                 **error)
{
  Sparing sparing = { self, types, txn };

  if (ms_directory_plan_check_losses (self, config, NULL))
    return TRUE;
  for (guint i = 0; i < self->losers->len; i++)
    {
      const MsDirectoryLoss *loss = self->losers->pdata[i];
      gboolean               is_refused = FALSE;
      if (!ask_refused (&sparing, loss, &is_refused, error) || !live (live_data, error))
        return FALSE;
      if (is_refused)
        spare (&sparing, loss);
    }
  return TRUE;
}
