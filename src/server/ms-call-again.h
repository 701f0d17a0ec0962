/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Calls that are begun anew. Where other servers write to the store too, one of them may change the
 * schemas while a call is under way here that was understood by those of before. The store refuses
 * it then (ms_store_is_behind()), and instead of answering so it is put by: this server takes the
 * new schemas, for which nobody may be inside of the service, and does the call from its headers
 * on.
 *
 * Only what has changed nothing yet, and is on its first thread, or on a worker and only reads; the
 * others' clients are told to come again.
 */
#pragma once

#include "ms-call.h"

G_BEGIN_DECLS

typedef void (*MsCallFunc) (MsCall *self, gpointer user_data);

/* From inside of the service: does @func, leaves, and does @again as often as needed, each time
 * inside too. The call may be gone afterwards. */
void ms_call_run (MsCall *self, MsCallFunc func, MsCallFunc again, gpointer user_data);
/* Instead of the answer @error: whether it is none. */
gboolean ms_call_put_by (MsCall *self, guint status, const GError *error);

G_END_DECLS
