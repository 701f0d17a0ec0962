/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A job under way, and the two halves of each of its chunks: what can be made ready beside the
 * writer (reading, hashing) and what is done in one transaction, together with the place to go on
 * from.
 */
#pragma once

#include "ms-import.h"
#include "ms-import-file.h"
#include "ms-import-order.h"

G_BEGIN_DECLS

/* Records to a chunk; and the time after which a transaction ends early, for others want to write
 * too */
#define MS_IMPORT_CHUNK_ROWS 250
/* The same where each may need 15 ms of hashing first, which cannot be interrupted either */
#define MS_IMPORT_CHUNK_HASHED_ROWS 50
#define MS_IMPORT_CHUNK_USEC (250 * G_TIME_SPAN_MILLISECOND)

/**
 * MsImportJob:
 * @seen: keys of the rows so far, to the line they were on
 * @planned_users: (nullable): for a rehearsal: folded logins that it would make
 * @planned_ends: (nullable): the same for lists, and for mailboxes where operators' attributes may
 * lead to them: their keys
 * @order: (nullable): what is still to be done of a file of lists; other files are read row by row
 * @made_groups: folded paths of the mail groups made so far, or in a rehearsal of those that would
 * be
 * @known_groups: ids of mail groups by folded path
 */
typedef struct
{
  MsService        *service;
  MsImportManager  *manager;
  MsActor          *actor;
  MsImport         *import;
  MsImportSettings *options;
  MsImportFile     *file;
  char             *primary_domain;
  char             *mailbox_domain;
  GHashTable       *seen;
  GHashTable       *planned_users;
  GHashTable       *planned_ends;
  MsImportOrder    *order;
  GHashTable       *made_groups;
  GHashTable       *known_groups;
} MsImportJob;

/* Reads the import, its file, and what its rows depend on. (nullable): with @error; @import: (out)
 * (transfer full) (nullable): what could be read, to say so in */
MsImportJob *ms_import_job_new (MsService       *service,
                                MsImportManager *manager,
                                const char      *id,
                                MsImport       **import,
                                GError         **error) G_GNUC_WARN_UNUSED_RESULT;
void         ms_import_job_free (MsImportJob *self);
/* The next row, with its place in the file taken. (nullable): the end */
MsImportRow *ms_import_job_next_row (MsImportJob *self);
/* Passes over the rows that were done before the server stopped; their keys count. */
void ms_import_job_skip (MsImportJob *self, gint64 records);
/* Looks whether any row's user, mailbox or list is there already. @line: (out): of the first */
gboolean ms_import_job_check_stop (MsImportJob *self,
                                   gint64      *line,
                                   GError     **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes passwords, hashes those that will be needed, finds those that are right already. (transfer
 * full) (nullable): error */
MsHashes *ms_import_job_prepare (MsImportJob *self,
                                 GPtrArray   *rows,
                                 GError     **error) G_GNUC_WARN_UNUSED_RESULT;
/* Does rows from @first on, as many as there is time for: one transaction. @done: (out): how many
 */
gboolean ms_import_job_do_rows (MsImportJob *self,
                                GPtrArray   *rows,
                                guint        first,
                                MsHashes    *hashes,
                                guint       *done,
                                GError     **error) G_GNUC_WARN_UNUSED_RESULT;
/* How long an import is held without a sign of life from who works on it. */
#define MS_IMPORT_HOLD_USEC (30 * G_USEC_PER_SEC)
/* Takes the import, or keeps it; %MS_ERROR_STALE where another daemon has it, or it was cancelled
 * there. */
gboolean ms_import_hold (MsTxn *txn, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Stores the end of an import that is held, in a transaction of its own. */
gboolean
ms_import_store (MsService *service, MsImport *import, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsImportJob, ms_import_job_free)

G_END_DECLS
