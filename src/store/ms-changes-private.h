/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The entries of a transaction's changes, for those who collect and those who write them.
 */
#pragma once

#include "ms-changes.h"

G_BEGIN_DECLS

/* A link gained (difference 1), lost (-1), or gained and lost again (0). */
typedef struct
{
  const MsAttribute *attribute;
  char              *id;
  char              *label;
  int                difference;
} MsLinkChange;

/**
 * MsObjectChange: what was done to one object
 * @existed, @exists: before and after, outside the bin
 * @from_bin: it came out of the bin
 * @before, @after: (nullable): its attributes; %NULL where only links or secrets changed
 * @latest: an object with its present version and label
 * @version: the one that it had before
 * @links: (element-type MsLinkChange): in the order of their first change
 */
typedef struct
{
  gint64      row;
  gboolean    existed;
  gboolean    exists;
  gboolean    from_bin;
  gint64      version;
  MsObject   *before;
  MsObject   *after;
  MsObject   *latest;
  GPtrArray  *links;
  GHashTable *link_set;
  GPtrArray  *secrets;
} MsObjectChange;

/**
 * MsNote: something that was done to what is no object
 * @change: without deltas, which are text already
 */
typedef struct
{
  MsChange *change;
  char     *deltas;
} MsNote;

/* (element-type MsNote): likewise */
GPtrArray *ms_changes_get_notes (MsChanges *self);
/* (element-type MsObjectChange): likewise, since the last savepoint */
GPtrArray *ms_changes_get_latest (MsChanges *self, guint *n_notes);
/* (element-type MsObjectChange): of a transaction without open savepoints */
GPtrArray *ms_changes_get_entries (MsChanges *self);

G_END_DECLS
