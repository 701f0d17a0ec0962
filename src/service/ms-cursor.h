/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Cursors of lists (RFC 9865): where a client has come to, sealed with a key of the store, so that
 * every daemon on it reads them and nobody else makes or reads one (a sort key may be a name). A
 * store that cannot take a key is read with one of the daemon's own.
 * Bound to who asks and to what is asked for.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/**
 * MsCursor:
 * @backwards: towards the beginning
 * @total: how many objects there were when the list was begun
 * @places: (element-type MsCursorPlace): for each type in order, where to read on
 */
typedef struct
{
  gboolean backwards;
  gint64   total;
  gint64   count;
  GArray  *places;
} MsCursor;

/**
 * MsCursorMode: where one type of a list is read on
 * @MS_CURSOR_START: at its beginning or, backwards, at its end
 * @MS_CURSOR_BEYOND: behind a place, in the direction of reading
 * @MS_CURSOR_FROM: at a place, with what is there
 * @MS_CURSOR_NOTHING: nothing of it is left that way
 */
typedef enum
{
  MS_CURSOR_START,
  MS_CURSOR_BEYOND,
  MS_CURSOR_FROM,
  MS_CURSOR_NOTHING,
} MsCursorMode;

/**
 * MsCursorPlace:
 * @is_long: the key is not in it, it is to be looked up
 */
typedef struct
{
  MsCursorMode mode;
  gboolean     is_long;
  MsQueryPlace place;
} MsCursorPlace;

MsCursor *ms_cursor_new (void);
void      ms_cursor_free (MsCursor *self);
void      ms_cursor_add_place (MsCursor *self, MsCursorMode mode, const MsQueryPlace *place);
/* Where what is read the other way begins: each object is on one side. */
MsCursorMode ms_cursor_mode_turn (MsCursorMode mode);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsCursor, ms_cursor_free)

/* One of this process's own, which it proposes to a store without one. (transfer full) */
char *ms_cursor_make_key (void);
/* Once the server starts: the store has a key from then on, if it can be written to. */
void ms_cursor_keep_key (MsService *service);

/* @binding: what must be the same on every page. (transfer full) (nullable) */
char *ms_cursor_seal (const MsCursor *self, MsService *service, const char *binding, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* %MS_ERROR_INVALID, scimType invalidCursor or expiredCursor. */
MsCursor *ms_cursor_open (MsService *service, const char *text, const char *binding, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
