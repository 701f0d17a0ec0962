/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads that take longer than a connection's thread may be held up: few at a time, of each user one
 * at a time, and of each only so many waiting. Who asks for much waits for himself, not others for
 * him.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MsSlowReads MsSlowReads;

/* On a thread of its own. @refused: the server stops; it is only to be answered. */
typedef void (*MsSlowReadFunc) (gpointer data, gboolean refused);

MsSlowReads *ms_slow_reads_new (void);
/* After ms_slow_reads_close(). */
void ms_slow_reads_free (MsSlowReads *self);
/* Refuses what waits and whatever comes from now on. */
void ms_slow_reads_close (MsSlowReads *self);

/* Whether one of @who's runs or waits. */
gboolean ms_slow_reads_has (MsSlowReads *self, const char *who);
/* A place, which ms_slow_reads_push() takes. Fails with %MS_ERROR_LIMIT where too many of @who's
 * wait already, and with %MS_ERROR_UNAVAILABLE where too many of all do. */
gboolean ms_slow_reads_reserve (MsSlowReads *self,
                                const char  *who,
                                GError     **error) G_GNUC_WARN_UNUSED_RESULT;
/* @func is called exactly once. */
void ms_slow_reads_push (MsSlowReads *self, const char *who, MsSlowReadFunc func, gpointer data);

G_END_DECLS
