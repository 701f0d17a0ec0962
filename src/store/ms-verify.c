/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether a store agrees with itself: the file as the database sees it, its definitions and rules,
 * every index table with the documents that it is made from, the counters with what they count, the
 * chain of change sets, and the objects with what these tell of them. Reads everything once; writes
 * nothing.
 */
#include "ms-verify-private.h"

#include "ms-definitions.h"
#include "ms-integrity.h"
#include "ms-txn-private.h"

/* Enough to see what is wrong. */
#define MAX_PROBLEMS 100

void
ms_verifier_complain (MsVerifier *self, const char *format, ...)
{
  va_list args;

  if (self->problems->len == MAX_PROBLEMS)
    g_ptr_array_add (self->problems, g_strdup ("There is more; only the first are listed"));
  if (self->problems->len > MAX_PROBLEMS)
    return;
  va_start (args, format);
  g_ptr_array_add (self->problems, g_strdup_vprintf (format, args));
  va_end (args);
}

static gboolean
check_search (MsVerifier *self, GError **error)
{
  MsSql *sql = self->txn->sql;

  return ms_progress_report (self->progress, "checking the search index", 0, 0, error)
         && sql->driver->search_check (sql, self->problems, error);
}

/* What the database says of itself. @readable: (out): the rest can be read at all */
static gboolean
check_database (MsVerifier *self, gboolean *readable, GError **error)
{
  MsSql *sql = self->txn->sql;

  *readable = FALSE;
  if (!ms_progress_report (self->progress, "checking the database", 0, 0, error)
      || !sql->driver->check (sql, self->problems, error))
    return FALSE;
  /* A damaged file makes nonsense of all that follows. */
  if (self->problems->len > 0)
    return TRUE;
  *readable = TRUE;
  return !self->rules
         || (ms_definitions_check (sql, self->problems, readable, error)
             && ms_integrity_check (sql, self->problems, error)
             && (!*readable || check_search (self, error)));
}

static gboolean
verify (MsTxn *txn, gpointer user_data, GError **error)
{
  MsVerifier *self = user_data;
  gboolean    readable;

  self->txn = txn;
  if (!check_database (self, &readable, error))
    return FALSE;
  return !readable
         || (ms_verifier_check_objects (self, error) && ms_verifier_check_totals (self, error)
             && ms_verifier_check_sets (self, error) && ms_verifier_check_groups (self, error)
             && ms_verifier_check_chain (self, error) && ms_verifier_check_gone (self, error)
             && ms_verifier_check_notes (self, error));
}

static GPtrArray *
run (MsStore *self, gboolean rules, const MsProgress *progress, GError **error)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  MsVerifier verifier = { .problems = problems, .progress = progress, .rules = rules };

  return ms_store_read (
             self, verify, &verifier, progress != NULL ? progress->cancellable : NULL, error)
             ? g_steal_pointer (&problems)
             : NULL;
}

GPtrArray *
ms_store_verify_with (MsStore *self, const MsProgress *progress, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self), NULL);
  return run (self, TRUE, progress, error);
}

GPtrArray *
ms_store_verify_content (MsStore *self, const MsProgress *progress, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self), NULL);
  return run (self, FALSE, progress, error);
}

GPtrArray *
ms_store_verify (MsStore *self, GError **error)
{
  return ms_store_verify_with (self, NULL, error);
}
