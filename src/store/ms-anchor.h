/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Anchors: marks along the index of a sorted attribute with the number of rows from each to the
 * next, so that the five-hundred-thousandth row, or the place of one, is found without walking
 * there. The table "anchor" has one row for some thousand rows of "value" (those that stand for an
 * object: elem = 0). Labels always have anchors; another attribute gets them when a large list is
 * first sorted by it (ms_store_want_anchors()), and "attribute"."anchored" says so.
 */
#pragma once

#include "ms-sql.h"

G_BEGIN_DECLS

/* Numbers of the attributes that have anchors. (element-type gint64) */
GArray  *ms_anchor_list (MsSql *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_anchor_exists (MsSql *sql, gint64 attr, gboolean *exists, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Where to begin reading for the @offset-th row. @key, @row: (out): the first row of a block that
 * is not behind it; @rest: (out): how far it is from there */
gboolean ms_anchor_seek (MsSql   *sql,
                         gint64   attr,
                         gint64   offset,
                         char   **key,
                         gint64  *row,
                         gint64  *rest,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many rows are before (@key, @row). */
gboolean
ms_anchor_rank (MsSql *sql, gint64 attr, const char *key, gint64 row, gint64 *rank, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Makes all of them anew. */
gboolean ms_anchor_build (MsSql *sql, gint64 attr, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* There are @difference rows more at (@key, @row). @uneven: (out): the block there should be
 * evened, once all changes have been made. */
gboolean ms_anchor_change (MsSql      *sql,
                           gint64      attr,
                           const char *key,
                           gint64      row,
                           gint64      difference,
                           gboolean   *uneven,
                           GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* As ms_anchor_change(), without waiting for what the block has then. */
gboolean ms_anchor_add (MsSql      *sql,
                        gint64      attr,
                        const char *key,
                        gint64      row,
                        gint64      difference,
                        GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Evens all blocks of an attribute that need it. */
gboolean ms_anchor_even_all (MsSql *sql, gint64 attr, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Splits or joins the block of (@key, @row) where it is too large or too small. */
gboolean ms_anchor_even (MsSql *sql, gint64 attr, const char *key, gint64 row, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
