/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list that the server hands out page by page, as a GListModel: the first page is asked for when
 * somebody looks, the next when the end is looked at, and what happens on the server is told to the
 * subclass, which knows what it means.
 */
#pragma once

#include "ms-connection.h"

G_BEGIN_DECLS

/* Items of a page. */
#define MS_PAGED_LIST_PAGE 100

#define MS_TYPE_PAGED_LIST (ms_paged_list_get_type ())
G_DECLARE_DERIVABLE_TYPE (MsPagedList, ms_paged_list, MS, PAGED_LIST, GObject)

/**
 * MsPagedListClass:
 * @item_type: of the items
 * @dup_path: what to GET for the next page. (transfer full)
 * @take_page: an answer: changes the items (ms_paged_list_get_items()) and says so by
 *   g_list_model_items_changed(), and whether it was the last page
 * @restart: before everything is read afresh
 * @take_change: a change set was made on the server
 */
struct _MsPagedListClass
{
  GObjectClass parent_class;

  GType item_type;
  char *(*dup_path) (MsPagedList *self);
  void (*take_page) (MsPagedList *self, JsonObject *answer);
  void (*restart) (MsPagedList *self);
  void (*take_change) (MsPagedList *self, JsonObject *set);
};

/* Property "loading" (boolean), notified. */
gboolean      ms_paged_list_is_loading (MsPagedList *self);
const GError *ms_paged_list_get_error (MsPagedList *self);
/* Whether the last one is there: how many there are is known. */
gboolean ms_paged_list_is_complete (MsPagedList *self);
void     ms_paged_list_reload (MsPagedList *self);

/* For subclasses; the first in their constructors. */
void ms_paged_list_set_connection (MsPagedList *self, MsConnection *connection);
/* (element-type GObject) (transfer none) */
GPtrArray *ms_paged_list_get_items (MsPagedList *self);
void       ms_paged_list_set_complete (MsPagedList *self, gboolean complete);
/* Whether anybody has looked. */
gboolean ms_paged_list_is_started (MsPagedList *self);

G_END_DECLS
