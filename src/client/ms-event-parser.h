/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Server-sent events out of a stream of bytes (WHATWG HTML §9.2.6), bounded: an event or a line
 * that never ends is an error, not a growing buffer. No I/O.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MsEventParser MsEventParser;

/* @name: "message" where the stream gave none. @data: lines joined by \n. @id: (nullable): the last
 * id seen. */
typedef void (*MsEventFunc) (const char *name,
                             const char *data,
                             const char *id,
                             gpointer    user_data);

MsEventParser *ms_event_parser_new (MsEventFunc func, gpointer user_data);
void           ms_event_parser_free (MsEventParser *self);
/* Calls @func for every event that is complete. Fails with %MS_ERROR_LIMIT. The parser may not be
 * freed inside @func. */
gboolean ms_event_parser_feed (MsEventParser *self, const char *data, gsize length, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsEventParser, ms_event_parser_free)

G_END_DECLS
