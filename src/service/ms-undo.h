/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Undoing a change set: its changes turned round, part by part. ms-undo-plan.c says what the parts
 * are and which of them something later has changed, ms-undo-item.c does one object's, ms-undo.c
 * does all.
 */
#pragma once

#include "ms-patch.h"
#include "ms-service-private.h"

G_BEGIN_DECLS

/**
 * MsUndoPart: one attribute of one object, to be as it was
 * @value: (nullable): what it was, for a single value; of a relation {"value": id}
 * @take_out, @put_in: (nullable): for a multi-valued one
 */
typedef struct
{
  const MsAttribute *attribute;
  JsonNode          *value;
  JsonArray         *take_out;
  JsonArray         *put_in;
} MsUndoPart;
void ms_undo_part_free (MsUndoPart *self);

typedef enum
{
  MS_UNDO_CHANGE_BACK, /* of an update */
  MS_UNDO_BRING_BACK,  /* of a delete */
  MS_UNDO_TAKE_AWAY,   /* of a create or a restore */
} MsUndoKind;

/**
 * MsUndoItem: one object of the change set
 * @parts: (element-type MsUndoPart): what is left to put back
 * @without: (element-type MsAttribute): of what is brought back: attributes that cannot be any more
 * @is_settled: done, or refused as a whole
 * @has_changed: something was really put back
 */
typedef struct
{
  const MsChange       *change;
  const MsResourceType *type;
  MsUndoKind            kind;
  GPtrArray            *parts;
  GPtrArray            *without;
  gboolean              is_settled;
  gboolean              has_changed;
} MsUndoItem;
void ms_undo_item_free (MsUndoItem *self);

/* Adds {"type","id","label","path","reason"} to @refused. @path: (nullable) */
void
ms_undo_refuse (JsonArray *refused, const MsChange *change, const char *path, const char *reason);
/* What undoing @change means now; parts that something has changed since go to @refused. (transfer
 * full) (nullable) */
MsUndoItem *
ms_undo_plan (MsWrite *write, const MsChange *change, JsonArray *refused, GError **error);
/* Tries it, leaving nothing behind where it fails. @final: parts that cannot be are given up
 * instead, and @refused. */
gboolean ms_undo_item_try (
    MsUndoItem *self, MsWrite *write, gboolean final, JsonArray *refused, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsUndoItem, ms_undo_item_free)

G_END_DECLS
