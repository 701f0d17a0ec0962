/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Cursors of lists (RFC 9865): where a client has come to, sealed with a key of the store, so that
 * every daemon on it reads them and nobody else makes or reads one (a sort key may be a name).
 * Bound to who asks and to what is asked for.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/**
 * MsCursor:
 * @backwards: towards the beginning
 * @total: how many objects there were when the list was begun
 * @places: (element-type MsCursorPlace): for each type in order, what was shown last
 */
typedef struct
{
  gboolean backwards;
  gint64   total;
  gint64   count;
  GArray  *places;
} MsCursor;

/**
 * MsCursorPlace:
 * @is_set: nothing of the type was shown yet where not
 * @is_long: the key is not in it, it is to be looked up
 */
typedef struct
{
  gboolean     is_set;
  gboolean     is_long;
  MsQueryPlace place;
} MsCursorPlace;

MsCursor *ms_cursor_new (void);
void      ms_cursor_free (MsCursor *self);
void      ms_cursor_add_place (MsCursor *self, const MsQueryPlace *place);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsCursor, ms_cursor_free)

/* @binding: what must be the same on every page. (transfer full) (nullable) */
char *ms_cursor_seal (const MsCursor *self, MsService *service, const char *binding, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* %MS_ERROR_INVALID, scimType invalidCursor or expiredCursor. */
MsCursor *ms_cursor_open (MsService *service, const char *text, const char *binding, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
