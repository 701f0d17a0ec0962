/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table "presence": which objects there are of a type, which of them have an attribute (the
 * others come last in a list sorted by it, without a row for each of them), and, for attributes of
 * few values, which have each value. A set is many rows of the table, one for each block of object
 * rows: a write changes one block, a reader puts them together (ms-row-set.h).
 */
#pragma once

#include "ms-index.h"
#include "ms-row-set.h"

G_BEGIN_DECLS

/* The key of the set of all who have any value. */
#define MS_PRESENCE_ANY ""

/* @attr: number of a type's objects, a leaf or a relation */
MsRowSet *ms_presence_load (MsSql *sql, gint64 attr, const char *key, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_presence_count (MsSql *sql, gint64 attr, const char *key, gint64 *count, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/**
 * MsPresenceChange: one object that has come to a set or left it
 * @row: of the object
 */
typedef struct
{
  gint64   row;
  gboolean present;
} MsPresenceChange;
/* @changes: all of one block, in their order */
gboolean ms_presence_change (MsSql                  *sql,
                             gint64                  attr,
                             const char             *key,
                             const MsPresenceChange *changes,
                             guint                   count,
                             GError                **error) G_GNUC_WARN_UNUSED_RESULT;

/* From the tables that it is made of. */
gboolean ms_presence_rebuild_objects (MsSql                *sql,
                                      gint64                attr,
                                      const MsResourceType *type,
                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_presence_rebuild_leaf (MsSql             *sql,
                                   const MsIndexLeaf *leaf,
                                   GError           **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_presence_rebuild_relation (MsSql                 *sql,
                                       const MsIndexRelation *relation,
                                       GError               **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
