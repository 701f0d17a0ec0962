/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The event stream of one connection: connects, reads, notices silence, comes back with growing
 * delays and asks for what it missed. Tells its connection what happens by the connection's private
 * functions.
 */
#pragma once

#include "ms-connection-private.h"

G_BEGIN_DECLS

/* @connection is borrowed: the stream is owned by it. */
MsEventStream *ms_event_stream_new (MsConnection *connection);
void           ms_event_stream_free (MsEventStream *self);
/* Connects now, also when it was waiting to try again; nothing where it is connected already. */
void ms_event_stream_start (MsEventStream *self);
void ms_event_stream_stop (MsEventStream *self);
/* What has been seen already: resumed after it. @sequence 0 = from now on. */
void ms_event_stream_set_sequence (MsEventStream *self, gint64 sequence);
void ms_event_stream_set_delays (MsEventStream *self,
                                 guint          retry_min_ms,
                                 guint          retry_max_ms,
                                 guint          heartbeat_ms);

G_END_DECLS
