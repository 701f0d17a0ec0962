/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The bin: what was deleted, taken out of it again (ms-bin-restore.c), or removed for good
 * (ms-bin.c, and by and by ms-bin-job.c).
 */
#pragma once

#include "ms-apply.h"

G_BEGIN_DECLS

/* Objects of one request. */
#define MS_BIN_MAX_OBJECTS 10000

gboolean
ms_verb_restore (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error);
gboolean ms_verb_purge (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error);
/* What lies in the bin under @id. @binned: (out) (nullable) (transfer full). %FALSE where nobody
 * knows, since the store could not be read */
gboolean ms_bin_look_up (MsTxn *txn, const char *id, MsObject **binned, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/**
 * MsBinTerms: how one comes back with what belongs to it
 * @as: (element-type utf8 JsonObject): by id, texts by path that it shall have instead
 * @left: (element-type utf8): ids of what stays in the bin
 */
typedef struct
{
  GHashTable *as;
  GHashTable *left;
} MsBinTerms;
/* As a restore of the object @id, as far as it goes; nothing at all is no error. @objects,
 * @refused: get what the answer to one says. */
gboolean ms_bin_bring_back (MsWrite          *write,
                            const char       *id,
                            const MsBinTerms *terms,
                            JsonArray        *objects,
                            JsonArray        *refused,
                            GError          **error) G_GNUC_WARN_UNUSED_RESULT;
/* The "ids" of a request's body. (element-type utf8) */
GPtrArray *ms_bin_read_ids (JsonObject *body, GError **error);

/* Removes by and by what has lain in the bin longer than it is to be kept. */
MsPeriodic *ms_bin_job_new (MsService *service);
/* Does what is due now. @purged: (out): how many objects are gone */
gboolean
ms_bin_purge_due (MsService *service, gint64 *purged, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
