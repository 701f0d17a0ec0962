/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a remote list knows of its rows: content by position, and the object that stands for a row
 * while anybody holds it. Objects are known only weakly, so "somebody looks at this row" is the
 * same as "its object lives".
 */
#pragma once

#include "ms-remote-diff.h"
#include "ms-resource.h"

G_BEGIN_DECLS

#define MS_REMOTE_PAGE 256

typedef struct _MsRemoteRows MsRemoteRows;

MsRemoteRows *ms_remote_rows_new (void);
void          ms_remote_rows_free (MsRemoteRows *self);
void          ms_remote_rows_clear (MsRemoteRows *self);

/* The object of a row, made if there is none: (transfer full) */
MsResource *ms_remote_rows_get (MsRemoteRows *self, guint position);
gboolean    ms_remote_rows_is_known (MsRemoteRows *self, guint position);
/* (nullable) (transfer none) */
const char *ms_remote_rows_get_id (MsRemoteRows *self, guint position);
/* Its content; the living object of the row gets it too. %FALSE where the row's object was another
 * one: it is let go of, and the row must be told as replaced. */
gboolean ms_remote_rows_set (MsRemoteRows *self, guint position, JsonObject *json);
void     ms_remote_rows_splice (MsRemoteRows *self, guint position, guint removed, guint added);

/* (element-type MsKnownRow): ascending; ids are borrowed until the next change */
GArray *ms_remote_rows_list_known (MsRemoteRows *self);
/* (element-type guint): pages that hold a living object, ascending */
GArray  *ms_remote_rows_list_watched_pages (MsRemoteRows *self);
gboolean ms_remote_rows_page_is_wanted (MsRemoteRows *self, guint page);
/* Marks @page as used now, and forgets the content of the least used ones beyond @max_pages. */
void ms_remote_rows_use_page (MsRemoteRows *self, guint page, guint max_pages);
/* Forgets whatever no object lives for. */
void  ms_remote_rows_drop_unwatched (MsRemoteRows *self);
guint ms_remote_rows_count_pages (MsRemoteRows *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsRemoteRows, ms_remote_rows_free)

G_END_DECLS
