/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A limit to how long something may take altogether. A socket's own timeout begins anew with each
 * byte, so that a server which sends one now and then is never too late for it.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _MsDirectoryWatch MsDirectoryWatch;

/* @outer: (nullable): cancels too; outlives it */
MsDirectoryWatch *ms_directory_watch_new (GCancellable *outer);
void              ms_directory_watch_free (MsDirectoryWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsDirectoryWatch, ms_directory_watch_free)

/* (transfer none): for all that is limited */
GCancellable *ms_directory_watch_get_cancellable (MsDirectoryWatch *self);
/* What is done until ms_directory_watch_end() is cancelled at @due (monotonic, µs), and so is all
 * that follows. */
void ms_directory_watch_begin (MsDirectoryWatch *self, gint64 due);
void ms_directory_watch_end (MsDirectoryWatch *self);

G_END_DECLS
