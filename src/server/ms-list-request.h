/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What to list: filter, search, order, window and attributes, from a query string or from the body
 * of a search request (RFC 7644 §3.4.2 and §3.4.3), bound to a resource type or to all of them.
 */
#pragma once

#include "ms-call.h"

G_BEGIN_DECLS

#define MS_LIST_DEFAULT_COUNT 100
#define MS_LIST_MAX_COUNT 1000

/**
 * MsListRequest:
 * @query: for the first type
 * @queries: (element-type MsQuery): for each type
 * @cursor: (nullable): "" = begin
 */
typedef struct
{
  MsQuery      query;
  MsProjection projection;

  /* Owned, what the queries point at */
  GArray    *queries;
  GPtrArray *filters;
  char      *search;
  char      *sort_by;
  char      *cursor;
} MsListRequest;

/* @type: (nullable): %NULL = all */
gboolean ms_list_request_init_from_query (MsListRequest        *self,
                                          MsCall               *call,
                                          const MsResourceType *type,
                                          GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* From call->body. */
gboolean ms_list_request_init_from_body (MsListRequest        *self,
                                         MsCall               *call,
                                         const MsResourceType *type,
                                         GError              **error) G_GNUC_WARN_UNUSED_RESULT;
void     ms_list_request_clear (MsListRequest *self);
/* For all queries. */
void ms_list_request_set_deadline (MsListRequest *self, gint64 deadline);
/* (transfer full): what @self holds, which is empty then; and the end of it. @data: what that was
 */
MsListRequest *ms_list_request_move (MsListRequest *self);
void           ms_list_request_free (gpointer data);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsListRequest, ms_list_request_clear)

G_END_DECLS
