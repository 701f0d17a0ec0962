/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What ms-undo-later.c collects and ms-undo-later-force.c asks.
 */
#pragma once

#include "ms-undo-later.h"

G_BEGIN_DECLS

/**
 * MsUndoTouch: of a value or an element by one change set
 * @mends: it is a restore, which only takes back what deletions did
 * @gone: of what came back with it, the change set by which it went; 0 = it was not gone
 * @before, @after: (nullable): text of the value; of an element whether it is there
 */
typedef struct
{
  gint64   sequence;
  gint64   undo_of;
  gboolean mends;
  gint64   gone;
  char    *before;
  char    *after;
} MsUndoTouch;

struct _MsUndoLater
{
  MsWrite              *write;
  gint64                start;   /* what came after that is asked for */
  const MsResourceType *type;    /* (nullable) */
  GHashTable           *touches; /* (nullable): name_part() -> GArray of Touch; %NULL = none */
  GHashTable           *losses;  /* (nullable): by which the object may have lost something because
                                    others were deleted; known where a touch mends */
  GHashTable *passed;            /* (nullable): ms_undo_later_pass_over() */
  char       *id;
};

/* Whether this transaction itself has undone the change set: that is in it only at its end. */
gboolean ms_undo_later_is_undone_here (MsUndoLater *self, gint64 sequence);
/**
 * MsUndoBut: what is not asked for
 * @MS_UNDO_BUT_LOSSES: what deletions of others did; they must be known
 * @MS_UNDO_BUT_UNDOS: undos of what came before that which is asked about
 */
typedef enum
{
  MS_UNDO_BUT_NOTHING,
  MS_UNDO_BUT_LOSSES,
  MS_UNDO_BUT_UNDOS,
} MsUndoBut;

/* The newest of @list (element-type MsUndoTouch) that is in force; 0 = none is. */
gint64 ms_undo_later_find_in_force (MsUndoLater *self, GArray *list, MsUndoBut but);

G_END_DECLS
