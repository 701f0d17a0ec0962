/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files that verify a store share. What is compared is read in one order from both sides,
 * or summed up, but never looked up one by one: so the time grows with the store and no faster,
 * whether or not its indexes are there.
 */
#pragma once

#include "ms-index.h"
#include "ms-problems.h"
#include "ms-progress.h"
#include "ms-store.h"
#include "ms-txn.h"

G_BEGIN_DECLS

/* Between two reports of how far it is. */
#define MS_VERIFY_PROGRESS_ROWS 1000

typedef struct _MsVerifySums MsVerifySums;

/**
 * MsVerifier:
 * @progress: (nullable)
 * @rules: those that the database keeps are looked at too, and its tables and indexes
 * @seats: what the objects seen so far should have counted
 * @unread: (element-type gint64): rows of objects that cannot be read, so that nobody knows what
 * should be there of them
 * @values: (owned): what the objects seen so far should have in the table "value"
 * @primary: (owned) (nullable): name of the domain seen so far that is primary
 */
typedef struct
{
  MsTxn            *txn;
  MsProblems       *problems;
  const MsProgress *progress;
  gboolean          rules;
  gint64            seats;
  GHashTable       *unread;
  MsVerifySums     *values;
  char             *primary;
} MsVerifier;

void ms_verifier_complain (MsVerifier *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* "User ID “label”: …" */
void ms_verifier_complain_of (MsVerifier *self, MsObject *object, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* "User.title", or "User" for the set of all of a type. (transfer full) (nullable) */
char *ms_verifier_dup_attribute (MsVerifier *self, gint64 attr, GError **error);
/* "User ID “label”, which is in the bin", or "row 7, where no object is". (transfer full)
 * (nullable) */
char *ms_verifier_dup_place (MsVerifier *self, gint64 row, GError **error);

/**
 * MsVerifyCursor: rows of a statement whose first column is the row of an object, in its order
 * @row: there is one to read
 */
typedef struct
{
  MsStatement *statement;
  gboolean     row;
} MsVerifyCursor;

/* @statement: (transfer full) (nullable). %FALSE where it is %NULL or cannot be read */
gboolean ms_verify_cursor_open (MsVerifyCursor *self,
                                MsStatement    *statement,
                                GError        **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_verify_cursor_step (MsVerifyCursor *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The object of its row, or %G_MAXINT64 behind the last. */
gint64 ms_verify_cursor_get_object (MsVerifyCursor *self);
void   ms_verify_cursor_clear (MsVerifyCursor *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsVerifyCursor, ms_verify_cursor_clear)

/**
 * MsVerifyLink: one that leads out of an object
 * @id: (nullable): of the object that it leads to; %NULL where there is none
 * @present: that one is not in the bin
 */
typedef struct
{
  gint64   attr;
  gint64   to;
  char    *id;
  gboolean present;
} MsVerifyLink;

/* ms-verify-objects.c */
gboolean ms_verifier_check_objects (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-passwords.c */
/* The passwords of all objects, those in the bin too. */
MsStatement *ms_verifier_query_passwords (MsVerifier *self,
                                          GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the document says which scheme the password has. @passwords: not beyond the one of
 * @object, which comes after those that were checked with it before */
gboolean ms_verifier_check_password (MsVerifier     *self,
                                     MsObject       *object,
                                     MsVerifyCursor *passwords,
                                     GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-totals.c */
/* After the objects: what is counted, and what the bin should not have. */
gboolean ms_verifier_check_totals (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-values.c */
MsVerifySums *ms_verify_sums_new (MsVerifier *verifier, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void          ms_verify_sums_free (MsVerifySums *self);
/* What an object should have in "value". */
void ms_verify_sums_expect (MsVerifySums *self, MsIndex *index, MsObject *object);
/* After the objects: what is in "value", with that. */
gboolean ms_verifier_check_values (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-references.c */
/* What refers to something that is not there, in the tables whose keys the database knows. */
gboolean ms_verifier_check_references (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-history.c */
/* The changes of all objects that are there: each one's from the newest on. */
MsStatement *ms_verifier_query_changes (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A live object with what the change sets tell of it. @changes: at its first one; behind its last
 * afterwards. @links: (element-type MsVerifyLink) */
gboolean ms_verifier_check_history (MsVerifier     *self,
                                    MsObject       *object,
                                    GArray         *links,
                                    MsVerifyCursor *changes,
                                    GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is in the bin or not there at all, likewise. */
gboolean ms_verifier_check_gone (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-sets.c */
gboolean ms_verifier_check_sets (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-anchors.c */
gboolean
ms_verifier_check_anchors (MsVerifier *self, gint64 attr, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-domains.c */
/* @object: of any type */
void ms_verifier_take_domain (MsVerifier *self, MsObject *object);
/* After the objects. */
gboolean ms_verifier_check_domains (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-groups.c */
gboolean ms_verifier_check_groups (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-usage.c */
/* What is measured, with where its mailbox is, and the totals with what they are made of. */
gboolean ms_verifier_check_usage (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-notes.c */
gboolean ms_verifier_check_notes (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* ms-verify-chain.c */
gboolean ms_verifier_check_chain (MsVerifier *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
