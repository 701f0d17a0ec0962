/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects as SCIM JSON, appended to a GString without building a tree: what is stored, relations
 * with their display and $ref, and what is computed on reading. One MsRender serves one request and
 * remembers what it looked up.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/* Bytes after which a page of a list ends, however few its objects are (RFC 7644 §3.4.2.4 allows
 * fewer than asked for): lists of members may be long. */
#define MS_RENDER_PAGE_BYTES (16 * 1024 * 1024)

typedef struct _MsRender MsRender;

/* @projection: (nullable). Fails with %MS_ERROR_INVALID where it both names and excludes
 * attributes. */
MsRender *ms_render_new (MsService            *service,
                         const MsResourceType *type,
                         const MsProjection   *projection,
                         const char           *base_url,
                         GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whose externalId is shown. @client: (nullable) */
void ms_render_set_client (MsRender *self, const char *client);
void ms_render_free (MsRender *self);
/* For a read transaction that has not begun yet: what is rendered whole is kept, and taken from
 * what was kept. */
void ms_render_use_cache (MsRender *self);
/* Appends an object that is known from before. %FALSE where it is to be read and rendered. */
gboolean ms_render_append_known (MsRender *self, gint64 row, GString *out);
/* @row, which was just appended, is the only one with that unique value. */
void     ms_render_note_unique (MsRender *self, gint64 row, const char *path, const char *value);
gboolean ms_render_append (MsRender *self,
                           MsTxn    *txn,
                           MsObject *object,
                           GString  *out,
                           GError  **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsRender, ms_render_free)

/* What mailboxes and groups inherit --------------------------------------------------------- */

/* Mail groups as far as they were looked at, for paths and quotas. */
typedef struct _MsGroupCache MsGroupCache;
/* @sources: (nullable): gets the MS_CHANGED_* of every group that is looked at */
MsGroupCache *ms_group_cache_new (MsService *service, GArray *sources);
void          ms_group_cache_free (MsGroupCache *self);
/* The quota that holds for a mailbox with @own (-1: none of its own) in @group (nullable); 0 =
 * unlimited. -1 on error */
gint64 ms_group_cache_get_quota (
    MsGroupCache *self, MsTxn *txn, const char *group, gint64 own, GError **error);
/* "Sales / EMEA" (transfer full) */
char *ms_group_cache_dup_path (MsGroupCache *self, MsTxn *txn, const char *group, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsGroupCache, ms_group_cache_free)

G_END_DECLS
