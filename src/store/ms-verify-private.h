/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One look at a whole store, and the parts that it is made of. Each part adds a text for each thing
 * that is wrong, and fails only where the store cannot be read.
 */
#pragma once

#include "ms-progress.h"
#include "ms-store-private.h"
#include "ms-txn.h"

G_BEGIN_DECLS

/* Between two reports of how far it is. */
#define MS_VERIFY_PROGRESS_ROWS 1000

/**
 * MsVerifier:
 * @problems: (element-type utf8)
 * @progress: (nullable)
 * @rules: those that the database keeps are looked at too, and its tables and indexes
 * @rows, @unique, @links, @seats: what the objects seen so far should have in the tables
 */
typedef struct
{
  MsTxn            *txn;
  GPtrArray        *problems;
  const MsProgress *progress;
  gboolean          rules;
  gint64            rows;
  gint64            unique;
  gint64            links;
  gint64            seats;
} MsVerifier;

void ms_verifier_complain (MsVerifier *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* ms-verify-objects.c */
gboolean ms_verifier_check_objects (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* After the objects: whether there is more in the tables than they should have. */
gboolean ms_verifier_check_totals (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-history.c */
/* A live object with what the change sets tell of it. */
gboolean ms_verifier_check_history (MsVerifier *self,
                                    MsObject   *object,
                                    GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is in the bin or not there at all, likewise. */
gboolean ms_verifier_check_gone (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-sets.c */
gboolean ms_verifier_check_sets (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-groups.c */
gboolean ms_verifier_check_groups (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-notes.c */
gboolean ms_verifier_check_notes (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-chain.c */
gboolean ms_verifier_check_chain (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
