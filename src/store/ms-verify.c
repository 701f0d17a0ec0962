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

void
ms_verifier_complain (MsVerifier *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  ms_problems_take (self->problems, g_strdup_vprintf (format, args));
  va_end (args);
}

void
ms_verifier_complain_of (MsVerifier *self, MsObject *object, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  ms_verifier_complain (self,
                        "%s %s “%s”: %s",
                        ms_object_get_type (object)->name,
                        ms_object_get_id (object),
                        ms_object_get_label (object),
                        text);
}

char *
ms_verifier_dup_attribute (MsVerifier *self, gint64 attr, GError **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      self->txn->sql, error, "SELECT type, path FROM attribute WHERE attr = $1", "i", attr);

  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return NULL;
  if (!row)
    return g_strdup_printf ("attribute %" G_GINT64_FORMAT, attr);
  const char *path = ms_statement_get_text (statement, 1);
  return g_strconcat (ms_statement_get_text (statement, 0), *path != '\0' ? "." : "", path, NULL);
}

char *
ms_verifier_dup_place (MsVerifier *self, gint64 row, GError **error)
{
  gboolean found = FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      self->txn->sql, error, "SELECT type, id, label FROM object WHERE n = $1", "i", row);

  if (statement == NULL || !ms_statement_step (statement, &found, error))
    return NULL;
  return found ? g_strdup_printf ("%s %s “%s”, which is in the bin",
                                  ms_statement_get_text (statement, 0),
                                  ms_statement_get_text (statement, 1),
                                  ms_statement_get_text (statement, 2))
               : g_strdup_printf ("row %" G_GINT64_FORMAT ", where no object is", row);
}

/* Cursors ------------------------------------------------------------------------------------- */

gboolean
ms_verify_cursor_open (MsVerifyCursor *self, MsStatement *statement, GError **error)
{
  self->statement = statement;
  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  return ms_verify_cursor_step (self, error);
}

gboolean
ms_verify_cursor_step (MsVerifyCursor *self, GError **error)
{
  return ms_statement_step (self->statement, &self->row, error);
}

gint64
ms_verify_cursor_get_object (MsVerifyCursor *self)
{
  return self->row ? ms_statement_get_int (self->statement, 0) : G_MAXINT64;
}

void
ms_verify_cursor_clear (MsVerifyCursor *self)
{
  g_clear_pointer (&self->statement, ms_statement_release);
}

/* All of it ----------------------------------------------------------------------------------- */

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
  if (self->problems->count > 0)
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
  if (!readable)
    return TRUE;
  self->values = ms_verify_sums_new (self, error);
  return self->values != NULL && ms_verifier_check_references (self, error)
         && ms_verifier_check_objects (self, error) && ms_verifier_check_values (self, error)
         && ms_verifier_check_totals (self, error) && ms_verifier_check_sets (self, error)
         && ms_verifier_check_groups (self, error) && ms_verifier_check_usage (self, error)
         && ms_verifier_check_domains (self, error) && ms_verifier_check_chain (self, error)
         && ms_verifier_check_gone (self, error) && ms_verifier_check_notes (self, error);
}

static GPtrArray *
run (MsStore *self, gboolean rules, const MsProgress *progress, guint *count, GError **error)
{
  g_autoptr (MsProblems) problems = ms_problems_new ();
  g_autoptr (GHashTable) unread = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  MsVerifier verifier
      = { .problems = problems, .progress = progress, .rules = rules, .unread = unread };

  gboolean done = ms_store_read_afresh (
      self, verify, &verifier, progress != NULL ? progress->cancellable : NULL, error);
  g_clear_pointer (&verifier.values, ms_verify_sums_free);
  g_free (verifier.primary);
  if (!done)
    return NULL;
  if (count != NULL)
    *count = problems->count;
  return g_ptr_array_ref (problems->texts);
}

GPtrArray *
ms_store_verify_with (MsStore *self, const MsProgress *progress, guint *count, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self), NULL);
  return run (self, TRUE, progress, count, error);
}

GPtrArray *
ms_store_verify_content (MsStore *self, const MsProgress *progress, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self), NULL);
  return run (self, FALSE, progress, NULL, error);
}

GPtrArray *
ms_store_verify (MsStore *self, GError **error)
{
  return ms_store_verify_with (self, NULL, NULL, error);
}
