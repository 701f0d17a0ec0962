/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of MsRemoteList share.
 */
#pragma once

#include "ms-remote-list.h"
#include "ms-remote-rows.h"

G_BEGIN_DECLS

typedef enum
{
  FETCH_NONE,
  FETCH_RESET,   /* the first page of a query that is not shown yet */
  FETCH_PAGE,    /* a page that somebody looks at */
  FETCH_REFRESH, /* a page that is shown, because something changed */
} FetchKind;

struct _MsRemoteList
{
  GObject parent_instance;

  /* Owned */
  MsConnection *connection;
  char         *type_name;
  char         *filter;
  char         *search;
  char         *sort_by;
  char         *shown_query; /* of the rows that are shown; query parameters without paging */
  GError       *error;
  MsRemoteRows *rows;
  GCancellable *cancellable; /* of the request in flight */
  GQueue        wanted;      /* pages, newest first */
  GHashTable   *touched;     /* ids that the events since the last refresh named */
  GArray       *refresh_pages;
  GPtrArray    *fresh; /* JsonObject, from refreshed pages */
  GArray       *fresh_positions;

  guint     n_items;
  gboolean  has_more; /* than the server lists */
  guint     range_start;
  guint     range_count;
  guint     fetch_page; /* of the request in flight */
  guint     latest_page;
  guint     refresh_total;
  guint     change_source;
  guint     retry_source;
  gint64    changed_since; /* monotonic time of the first event not yet refreshed for; 0 = none */
  FetchKind fetch;
  gboolean  descending;
  gboolean  has_range;
  gboolean  started;
  gboolean  needs_reset;
  gboolean  needs_refresh;
  gboolean  touched_all;
};

/* "&filter=…&sortBy=…" as the list is set now. (transfer full) */
char *ms_remote_list_dup_query (MsRemoteList *self);
/* Length of the list where the server has @total rows. */
guint ms_remote_list_limit (MsRemoteList *self, guint total);
/* A server's rows [@start, @start + @count) of this list. (transfer full) */
char *ms_remote_list_dup_path (
    MsRemoteList *self, const char *query, const char *attributes, guint start, guint count);

/* Sends the next request that is worth one, where none is in flight. */
void ms_remote_list_pump (MsRemoteList *self);
void ms_remote_list_cancel_fetch (MsRemoteList *self);
void ms_remote_list_listen (MsRemoteList *self);
/* Something changed: refresh soon. @change_set: (nullable): %NULL = anything may have changed */
void ms_remote_list_mark_changed (MsRemoteList *self, JsonObject *change_set);
/* The refreshed pages have all come: brings the list to them. */
void ms_remote_list_apply_refresh (MsRemoteList *self);
/* @error: (nullable) */
void ms_remote_list_set_error (MsRemoteList *self, const GError *error);

G_END_DECLS
