/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list of a server's objects as a windowed GListModel of MsResource: its length is known, pages
 * are fetched when a row of them is asked for and dropped when far away, placeholders stand in
 * meanwhile. Filter, search and sort order are the server's. The same position yields the same
 * object while anybody holds it; a page that arrives fills its placeholders in place ("changed" of
 * the row), and items-changed is emitted only when rows come, go or move.
 *
 * Listens to its connection: what others change appears by itself, with as few items-changed as can
 * be, so that selection and scroll position stay. Pages of 256, at most 32 kept, one request in
 * flight, newest wanted first.
 */
#pragma once

#include "ms-connection.h"

G_BEGIN_DECLS

#define MS_TYPE_REMOTE_LIST (ms_remote_list_get_type ())
G_DECLARE_FINAL_TYPE (MsRemoteList, ms_remote_list, MS, REMOTE_LIST, GObject)

/* Properties, notified: "loading" (first answer has not come), "total" (uint), "error" (boxed
 * GError, nullable).
 * @filter, @sort_by: (nullable). Nothing is fetched before the first get_n_items() or get_item().
 */
MsRemoteList *ms_remote_list_new (MsConnection *connection,
                                  const char   *type_name,
                                  const char   *filter,
                                  const char   *sort_by);

const char *ms_remote_list_get_search (MsRemoteList *self);
/* Each starts afresh with one items-changed when its answer has come; the old rows stay visible
 * until then. */
void ms_remote_list_set_search (MsRemoteList *self, const char *search);
void ms_remote_list_set_sort (MsRemoteList *self, const char *sort_by, gboolean descending);
/* Only rows [start, start + count) of the whole: a name range of the tree. */
void ms_remote_list_set_range (MsRemoteList *self, guint start, guint count);
void ms_remote_list_reload (MsRemoteList *self);

gboolean      ms_remote_list_is_loading (MsRemoteList *self);
const GError *ms_remote_list_get_error (MsRemoteList *self);
/* A search finds more than the server counts and lists. Its changes are notified as "total". */
gboolean ms_remote_list_has_more (MsRemoteList *self);
/* Ids of all rows at @positions (a GtkBitset's values, ascending), fetching what is not loaded, for
 * "select all, move". (transfer full): NULL-terminated */
void   ms_remote_list_collect_ids_async (MsRemoteList       *self,
                                         const guint        *positions,
                                         guint               n_positions,
                                         GCancellable       *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer            user_data);
char **ms_remote_list_collect_ids_finish (MsRemoteList *self, GAsyncResult *result, GError **error);

G_END_DECLS
