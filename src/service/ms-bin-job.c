/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A thread that looks into the bin now and then and removes what is due, a few objects at a time,
 * so that no other write waits long for it. When to look next is written into the store, so that of
 * several daemons on one store only one does it; whoever stops in the middle leaves the rest to the
 * next look.
 */
#include "ms-bin.h"

#include "ms-error.h"
#include "ms-periodic.h"
#include "ms-settings.h"
#include "ms-txn.h"

/* Objects of one transaction. */
#define BATCH 200
#define LOOK_EVERY G_TIME_SPAN_HOUR
/* Not a setting of anybody's. */
#define NEXT_LOOK "bin-next-look"

typedef struct
{
  MsService *service;
  guint      purged;
  gboolean   more;
} Look;

/* %FALSE in @due: somebody has looked, or is looking, at it. */
static gboolean
take_turn (MsTxn *txn, gint64 now, gboolean *due, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autofree char *next = ms_txn_get_setting (txn, NEXT_LOOK, &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  /* A clock that was put back must not stop it for long. */
  gint64 at = next != NULL ? g_ascii_strtoll (next, NULL, 10) : 0;
  *due = at <= now || at > now + 2 * LOOK_EVERY;
  return TRUE;
}

static gboolean
set_next (MsTxn *txn, gint64 time, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, time);

  return ms_txn_set_setting (txn, NEXT_LOOK, text, error);
}

static gboolean
purge_some (MsTxn *txn, gpointer user_data, GError **error)
{
  Look    *look = user_data;
  gint64   now = ms_service_get_time (look->service);
  gint64   retention;
  gboolean due;

  look->purged = 0;
  look->more = FALSE;
  if (!take_turn (txn, now, &due, error))
    return FALSE;
  if (!due)
    return TRUE;
  if (!ms_settings_get (txn, MS_SETTING_BIN_RETENTION, &retention, NULL, error))
    return FALSE;
  if (retention == 0)
    return set_next (txn, now + LOOK_EVERY, error);
  g_autoptr (GPtrArray) ids
             = ms_txn_list_bin_before (txn, now - retention * G_TIME_SPAN_DAY, BATCH, error);
  if (ids == NULL)
    return FALSE;
  for (guint i = 0; i < ids->len; i++)
    if (!ms_txn_purge (txn, g_ptr_array_index (ids, i), error))
      return FALSE;
  look->purged = ids->len;
  look->more = ids->len == BATCH;
  return set_next (txn, look->more ? now : now + LOOK_EVERY, error);
}

gboolean
ms_bin_purge_due (MsService *service, gint64 *purged, GError **error)
{
  MsChangeContext context = { .actor_name = "system",
                              .channel = "system",
                              .verb = "purge",
                              .reason = "Kept as long as they were to be" };
  Look            look = { .service = service };

  *purged = 0;
  do
    {
      ms_service_enter (service);
      gboolean done = ms_store_write (service->store, &context, purge_some, &look, NULL, error);
      ms_service_leave (service);
      if (!done)
        return FALSE;
      *purged += look.purged;
    }
  while (look.more && !g_atomic_int_get (&service->is_shut_down));
  return TRUE;
}

static gboolean
look_now (MsService *service, GError **error)
{
  gint64 purged = 0;

  return ms_bin_purge_due (service, &purged, error);
}

MsPeriodic *
ms_bin_job_new (MsService *service)
{
  return ms_periodic_new ("ms-bin", service, look_now, LOOK_EVERY, TRUE);
}
