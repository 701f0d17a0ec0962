/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The undo of a change of schema files, for ms-apply.c.
 */
#pragma once

#include "ms-apply.h"

G_BEGIN_DECLS

/* @is_one: (out): whether change set @sequence is of a schema file */
gboolean ms_undo_ask_schemas (MsService *service, gint64 sequence, gboolean *is_one, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Undoes such a one. On a thread of the pool, with work begun. (transfer full) (nullable) */
MsOutcome *ms_undo_schemas (MsService     *service,
                            const MsActor *actor,
                            MsOperation   *operation,
                            GError       **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
