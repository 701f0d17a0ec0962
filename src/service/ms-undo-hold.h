/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who undoes a job, kept with what the job is of, be that a directory or an import, so that it is
 * not run meanwhile. Each undo has a hold of its own, by the job that it is itself: of several at
 * once the end of one is not the end of the others. A hold that is not taken again, since its
 * daemon is no more, is over after a minute.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Those in force that @result, a stored JSON text taken apart, has. (transfer full) */
JsonObject *ms_undo_holds_read (JsonObject *result);
void        ms_undo_holds_write (JsonObject *self, JsonObject *result);
gboolean    ms_undo_holds_any (JsonObject *self);
/* @undo: the job of the undo. From now on, for as long as one transaction of it may take. */
void ms_undo_holds_take (JsonObject *self, const char *undo);
/* %FALSE: it had none. */
gboolean ms_undo_holds_drop (JsonObject *self, const char *undo);

G_END_DECLS
