/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The anchors of sorted lists (ms-anchor.h) with the rows between them. Both are read in the order
 * of the list.
 */
#include "ms-verify-private.h"

#include "ms-anchor.h"
#include "ms-txn-private.h"

#include <string.h>

typedef struct
{
  MsStatement *statement; /* key and object, and of an anchor how many there are up to the next */
  gboolean     row;
} Place;

static gboolean
step (Place *self, GError **error)
{
  return ms_statement_step (self->statement, &self->row, error);
}

/* Whether the value stands before the anchor. */
static gboolean
is_before (const Place *value, const Place *anchor)
{
  int order = strcmp (ms_statement_get_text (value->statement, 0),
                      ms_statement_get_text (anchor->statement, 0));

  return order < 0
         || (order == 0
             && ms_statement_get_int (value->statement, 1)
                    < ms_statement_get_int (anchor->statement, 1));
}

/* @wrong: (out): how many anchors are; the first one must stand before all */
static gboolean
count_wrong (Place *values, Place *anchors, gint64 *wrong, GError **error)
{
  *wrong = !anchors->row || *ms_statement_get_text (anchors->statement, 0) != '\0'
           || ms_statement_get_int (anchors->statement, 1) != 0;
  while (values->row && (!anchors->row || is_before (values, anchors)))
    if (!step (values, error))
      return FALSE;
  while (anchors->row)
    {
      gint64 counted = ms_statement_get_int (anchors->statement, 2);
      if (!step (anchors, error))
        return FALSE;
      for (; values->row && (!anchors->row || is_before (values, anchors)); counted--)
        if (!step (values, error))
          return FALSE;
      *wrong += counted != 0;
    }
  return TRUE;
}

static gboolean
compare (MsVerifier *self, gint64 attr, gint64 *wrong, GError **error)
{
  g_autoptr (MsStatement) values
             = ms_sql_query (self->txn->sql,
                             error,
                             "SELECT key, obj FROM value WHERE attr = $1 AND elem = 0"
                             " ORDER BY key, obj",
                             "i",
                             attr);
  g_autoptr (MsStatement) anchors
             = values != NULL ? ms_sql_query (self->txn->sql,
                                              error,
                                              "SELECT key, obj, n FROM anchor WHERE attr = $1"
                                              " ORDER BY key, obj",
                                              "i",
                                              attr)
                              : NULL;
  Place value = { values, FALSE };
  Place anchor = { anchors, FALSE };

  if (anchors == NULL)
    return FALSE;
  ms_statement_expect_many (values);
  return step (&value, error) && step (&anchor, error)
         && count_wrong (&value, &anchor, wrong, error);
}

gboolean
ms_verifier_check_anchors (MsVerifier *self, gint64 attr, GError **error)
{
  gboolean anchored = FALSE;
  gint64   wrong = 0;

  if (!ms_anchor_exists (self->txn->sql, attr, &anchored, error))
    return FALSE;
  if (!anchored)
    return TRUE;
  if (!compare (self, attr, &wrong, error))
    return FALSE;
  if (wrong == 0)
    return TRUE;
  g_autofree char *name = ms_verifier_dup_attribute (self, attr, error);
  if (name == NULL)
    return FALSE;
  ms_verifier_complain (self, "%s: %" G_GINT64_FORMAT " anchors are wrong", name, wrong);
  return TRUE;
}
