/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one object of a singleton type is the first of its list.
 */
#include "ms-singleton.h"

#include "ms-error.h"
#include "ms-txn.h"

static gboolean
take_first (MsObject *object, gpointer user_data, GError **error)
{
  MsObject **found = user_data;

  *found = ms_object_ref (object);
  return FALSE;
}

/* (transfer full); %MS_ERROR_NOT_FOUND where the store has none */
static MsObject *
get_singleton (MsTxn *txn, const MsResourceType *type, GError **error)
{
  MsQuery   query = { .type = type, .count = 1 };
  MsObject *found = NULL;
  gint64    total = 0;
  g_autoptr (GError) failed = NULL;

  /* Stopping early is no failure. */
  if (!ms_txn_query (txn, &query, take_first, &found, &total, &failed) && failed != NULL)
    {
      g_clear_pointer (&found, ms_object_unref);
      g_propagate_error (error, g_steal_pointer (&failed));
      return NULL;
    }
  if (found == NULL)
    ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, "This store has no %s", type->name);
  return found;
}

MsObject *
ms_singleton_or_object (MsTxn *txn, const MsResourceType *type, const char *id, GError **error)
{
  if (!type->singleton)
    return ms_txn_get_object (txn, type, id != NULL ? id : "", error);
  return get_singleton (txn, type, error);
}
