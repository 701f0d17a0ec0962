/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mailing lists of one file that hold each other: those that are not there yet are made without
 * members first, then each gets what its row says, all in one savepoint. A row that is refused
 * takes with it those whose lists were to hold it, unless its list is in the store already; then
 * everything is taken back and done again without them.
 */
#include "ms-import-apply.h"

#include "ms-error.h"

typedef struct
{
  MsImportApply   *apply;
  MsImportRow    **rows;
  guint            n_rows;
  MsImportOutcome *outcomes;
  gboolean        *is_there; /* its list is in the store before the import */
  gboolean         has_refused;
} Circle;

static guint
find_index (const Circle *self, const MsImportRow *row)
{
  guint i = 0;

  while (i < self->n_rows && self->rows[i] != row)
    i++;
  return i;
}

/* What is refused takes with it those whose lists were to hold it. */
static void
spread (Circle *self)
{
  g_autoptr (GPtrArray) refused = g_ptr_array_new ();

  for (guint i = 0; i < self->n_rows; i++)
    if (self->rows[i]->problem != NULL)
      g_ptr_array_add (refused, self->rows[i]);
  while (refused->len > 0)
    {
      const MsImportRow *row = g_ptr_array_steal_index_fast (refused, refused->len - 1);
      if (self->is_there[find_index (self, row)])
        continue;
      for (guint i = 0; row->holders != NULL && i < row->holders->len; i++)
        {
          MsImportRow *holder = row->holders->pdata[i];
          if (holder->problem != NULL)
            continue;
          ms_error_set (&holder->problem,
                        MS_ERROR_NOT_FOUND,
                        NULL,
                        "members",
                        "“%s” is to be on it, whose line %" G_GINT64_FORMAT " is refused",
                        row->values[MS_IMPORT_LIST],
                        row->line);
          g_ptr_array_add (refused, holder);
        }
    }
}

/* What is about the row is its problem; %FALSE with @error where it is about the store. */
static gboolean
settle (Circle *self, MsImportRow *row, GError *failed, GError **error)
{
  if (failed == NULL)
    return TRUE;
  if (ms_import_apply_is_fatal (failed))
    {
      g_propagate_error (error, failed);
      return FALSE;
    }
  ms_import_row_refuse (row, failed);
  self->has_refused = TRUE;
  return TRUE;
}

/* One row, in a savepoint of its own: after an error of the database nothing else could be asked in
 * that of the circle. */
typedef struct
{
  Circle  *circle;
  guint    index;
  gboolean is_made; /* (out) or (in) */
} Step;

static gboolean
make_one (MsTxn *txn, gpointer user_data, GError **error)
{
  Step   *step = user_data;
  Circle *self = step->circle;
  guint   i = step->index;

  return ms_import_make_bare_list (
      self->apply, self->rows[i], &step->is_made, &self->is_there[i], &self->outcomes[i], error);
}

static gboolean
fill_one (MsTxn *txn, gpointer user_data, GError **error)
{
  Step            *step = user_data;
  MsImportApply   *apply = step->circle->apply;
  MsImportRow     *row = step->circle->rows[step->index];
  MsImportOutcome *outcome = &step->circle->outcomes[step->index];

  return step->is_made ? ms_import_fill_bare_list (apply, row, outcome, error)
                       : ms_import_apply_list (apply, row, outcome, error);
}

/* @is_made: (inout) (array length=n_rows) */
static gboolean
do_all (Circle *self, MsTxnFunc func, gboolean *is_made, GError **error)
{
  for (guint i = 0; i < self->n_rows; i++)
    {
      Step    step = { self, i, is_made[i] };
      GError *failed = NULL;

      if (self->rows[i]->problem != NULL)
        continue;
      (void) !ms_txn_savepoint (self->apply->write.txn, TRUE, func, &step, &failed);
      is_made[i] = step.is_made;
      if (!settle (self, self->rows[i], failed, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
work_on_circle (MsTxn *txn, gpointer user_data, GError **error)
{
  Circle              *self = user_data;
  g_autofree gboolean *is_made = g_new0 (gboolean, self->n_rows);

  self->has_refused = FALSE;
  for (guint i = 0; i < self->n_rows; i++)
    if (self->rows[i]->problem == NULL)
      {
        self->is_there[i] = FALSE;
        ms_import_outcome_reset (&self->outcomes[i]);
      }
  if (!do_all (self, make_one, is_made, error)
      || (!self->has_refused && !do_all (self, fill_one, is_made, error)))
    return FALSE;
  if (!self->has_refused)
    return TRUE;
  spread (self);
  ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "A row of the circle was refused");
  return FALSE;
}

gboolean
ms_import_apply_circle (MsImportApply   *self,
                        MsImportRow    **rows,
                        guint            n_rows,
                        MsImportOutcome *outcomes,
                        GError         **error)
{
  g_autofree gboolean *is_there = g_new0 (gboolean, n_rows);
  Circle               circle = { self, rows, n_rows, outcomes, is_there, FALSE };

  for (guint i = 0; i < n_rows; i++)
    ms_import_outcome_reset (&outcomes[i]);
  for (;;)
    {
      g_autoptr (GError) failed = NULL;

      if (ms_txn_savepoint (self->write.txn, TRUE, work_on_circle, &circle, &failed))
        {
          for (guint i = 0; i < n_rows; i++)
            if (rows[i]->problem != NULL)
              ms_import_outcome_reset (&outcomes[i]);
          return TRUE;
        }
      /* Each time there is one row less to be done. */
      if (circle.has_refused && !ms_import_apply_is_fatal (failed))
        continue;
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
}
