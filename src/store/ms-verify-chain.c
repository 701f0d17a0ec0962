/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The change sets: that each holds the hash of the one before, and that undone ones say so.
 */
#include "ms-verify-private.h"

#include "ms-change-record.h"
#include "ms-txn-private.h"

typedef struct
{
  MsVerifier  *verifier;
  MsChainCheck check;
  gint64       total;
} ChainCheck;

static gboolean
check_set (const MsChangeSet *set, const char *const *deltas, gpointer user_data, GError **error)
{
  ChainCheck      *self = user_data;
  g_autofree char *problem = ms_chain_check_add (&self->check, set, deltas);
  g_autofree char *mark = NULL;
  gint64           sequence = 0;

  if (problem != NULL)
    ms_verifier_complain (
        self->verifier, "change set %" G_GINT64_FORMAT ": %s", set->sequence, problem);
  if (!ms_txn_check_undo_marks (self->verifier->txn, set, &sequence, &mark, error))
    return FALSE;
  if (mark != NULL)
    ms_verifier_complain (self->verifier, "change set %" G_GINT64_FORMAT ": %s", sequence, mark);
  return self->check.checked % MS_VERIFY_PROGRESS_ROWS != 0
         || ms_progress_report (self->verifier->progress,
                                "checking change sets",
                                self->check.checked,
                                self->total,
                                error);
}

gboolean
ms_verifier_check_chain (MsVerifier *self, GError **error)
{
  ChainCheck chain = { .verifier = self };

  if (!ms_sql_get_int (self->txn->sql, &chain.total, error, "SELECT count(*) FROM change_set", ""))
    return FALSE;
  ms_chain_check_init (&chain.check, 0, "");
  gboolean done = ms_progress_report (self->progress, "checking change sets", 0, chain.total, error)
                  && ms_txn_walk_chain (self->txn, 0, G_MAXUINT, check_set, &chain, error)
                  && ms_progress_report (
                      self->progress, "checking change sets", chain.total, chain.total, error);
  ms_chain_check_clear (&chain.check);
  return done;
}
