/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one write did, as it is kept for good: a change set, and in it one change for each object.
 * Values without behaviour; the store writes and reads them, ms-change-chain.h hashes them.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Stored as these numbers: only ever add at the end. */
typedef enum
{
  MS_CHANGE_CREATE,
  MS_CHANGE_UPDATE,
  MS_CHANGE_DELETE,
  MS_CHANGE_RESTORE,
  MS_CHANGE_PURGE, /* out of the bin for good */
  MS_CHANGE_NOTE,  /* something that happened and changed no object: an export, a log-on */
  MS_CHANGE_N_VERBS
} MsChangeVerb;

/* What a change is of that is none of an object, in place of a resource type. */
#define MS_NOTE_SETTING "Setting"
#define MS_NOTE_TOKEN "Token"
#define MS_NOTE_EXPORT "Export"
#define MS_NOTE_PASSWORDS "Passwords"
/* Only of what an undo refuses: that a backup was put back. */
#define MS_NOTE_STORE "Store"

/* The verb of a change set that tells that a backup was put back, or a damaged store saved. */
#define MS_SET_RESTORE_STORE "restoreStore"

/* Whether @name, in any case, is one of these, and so no name for a resource type. */
gboolean ms_change_is_note (const char *name);

/* "create", "update" and so on; %NULL for a number that is none. */
const char *ms_change_verb_to_string (MsChangeVerb verb);

/**
 * MsChange: what one change set did to one object
 * @type_name: of the object; or what a note is about, which no schema knows: %MS_NOTE_SETTING
 * @version: the version the object had afterwards
 * @deltas: array of {"path", "before", "after"} or {"path", "added": […], "removed": […]},
 * the latter with "whole": […], all that there is afterwards, where a PATCH could not name those
 * that were removed (ms-delta.c); for a relation the values are
 *   {"value": id, "display": label}; for a secret {"path": "password", "secret": true}. A create
 * lists every attribute with "after", a delete every one with "before".
 */
typedef struct
{
  MsChangeVerb verb;
  char        *type_name;
  char        *id;
  char        *label;
  gint64       version;
  JsonNode    *deltas;
} MsChange;
void ms_change_free (MsChange *self);

/**
 * MsChangeSet:
 * @time: microseconds since 1970, UTC
 * @object_count: how many objects it changed
 * @first_type, @first_label: of its first change; with @verb and @object_count enough for a line of
 * text
 * @undone_by: sequence number of the change set that undid it, or 0
 * @hash: (nullable): see ms-change-chain.h
 * @changes: (nullable) (element-type MsChange)
 */
typedef struct
{
  gint64     sequence;
  gint64     time;
  char      *actor_id;
  char      *actor_name;
  char      *channel;
  char      *verb;
  char      *reason;
  char      *job;
  gint64     undo_of;
  gint64     undone_by;
  gint64     object_count;
  char      *first_type;
  char      *first_id;
  char      *first_label;
  char      *target_label; /* (nullable): where it went, for "move" */
  char      *hash;
  GPtrArray *changes;
} MsChangeSet;
void ms_change_set_free (MsChangeSet *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsChange, ms_change_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsChangeSet, ms_change_set_free)

G_END_DECLS
