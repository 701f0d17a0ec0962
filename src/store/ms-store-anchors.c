/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Anchors for an attribute that a large list turned out to be sorted by. A reader asks and is
 * answered by walking; the writer makes them, which takes a tenth of a second for a million
 * objects, once.
 */
#include "ms-store-private.h"

#include "ms-anchor.h"
#include "ms-txn-private.h"

static gboolean
build (MsTxn *txn, gpointer user_data, GError **error)
{
  const gint64 *attr = user_data;
  gboolean      there = FALSE;

  if (!ms_anchor_exists (txn->sql, *attr, &there, error))
    return FALSE;
  if (there)
    return TRUE;
  ms_tally_forget_anchored (txn->store->tally);
  return ms_txn_write_counts (txn, error) && ms_anchor_build (txn->sql, *attr, error);
}

static void
on_built_cb (gint64 sequence, const GError *error, gpointer user_data)
{
  if (error != NULL)
    g_debug (
        "No anchors for attribute %" G_GINT64_FORMAT ": %s", *(gint64 *) user_data, error->message);
  g_free (user_data);
}

void
ms_store_want_anchors (MsStore *self, gint64 attr)
{
  static const MsChangeContext context = { .channel = "system", .verb = "update" };
  gint64                      *number = g_memdup2 (&attr, sizeof attr);

  g_mutex_lock (&self->writer_lock);
  gboolean first = !self->read_only && !self->closing
                   && g_hash_table_add (self->wanted_anchors, g_memdup2 (&attr, sizeof attr));
  g_mutex_unlock (&self->writer_lock);
  if (first)
    ms_store_write_async (self, &context, build, number, on_built_cb, number);
  else
    g_free (number);
}
