/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Server-sent events for everybody who listens: what the service tells, once rendered, goes to the
 * bounded queue of each stream. Whoever is too slow gets `reset` instead of what did not fit; whose
 * session ends is told and let go. Late comers get what they missed from the store first, and every
 * event once.
 */
#pragma once

#include "ms-http.h"
#include "ms-service.h"

G_BEGIN_DECLS

/* Bytes that may wait for one client. */
#define MS_EVENT_QUEUE_BYTES (1024 * 1024)

typedef struct _MsEventFeed MsEventFeed;

MsEventFeed *ms_event_feed_new (MsService *service, guint heartbeat_seconds);
/* Ends every stream. Idempotent. */
void ms_event_feed_close (MsEventFeed *self);
void ms_event_feed_free (MsEventFeed *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsEventFeed, ms_event_feed_free)

/* @since: last sequence that the client knows; -1 = only what comes. @token: by which it is seen
 * whether the session lives. @peer: its address. @stream: (transfer full) */
void ms_event_feed_add (MsEventFeed   *self,
                        MsHttpStream  *stream,
                        const MsActor *actor,
                        const char    *token,
                        const char    *peer,
                        gint64         since);
/* Appends "streams":[{"connection","peer","since"}…], a member: who listens to this daemon. */
void ms_event_feed_describe (MsEventFeed *self, GString *out);
/* Somebody logged off: look at the sessions now. */
void  ms_event_feed_look (MsEventFeed *self);
guint ms_event_feed_get_count (MsEventFeed *self);

G_END_DECLS
