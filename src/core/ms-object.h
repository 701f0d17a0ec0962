/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One object of the store in memory: identity, version and its attributes as SCIM JSON. The
 * attributes hold everything that the object itself owns: plain attributes in canonical case,
 * extensions below their URN, and single-valued relations as {"value": id}. They do not hold id,
 * meta, schemas, what is computed on reading, secrets, or multi-valued relations (members of a
 * list), which may be huge.
 */
#pragma once

#include "ms-schema.h"

G_BEGIN_DECLS

typedef struct _MsObject MsObject;

/* @attributes: (transfer full) */
MsObject *ms_object_new (const MsResourceType *type, const char *id, JsonObject *attributes);
MsObject *ms_object_ref (MsObject *self);
void      ms_object_unref (MsObject *self);
/* A deep copy whose attributes may be changed. */
MsObject *ms_object_copy (MsObject *self);

const MsResourceType *ms_object_get_type (MsObject *self);
/* Whether it is of the type of that name. @self: (nullable): then it is not */
gboolean    ms_object_is_a (MsObject *self, const char *type_name);
const char *ms_object_get_id (MsObject *self);
JsonObject *ms_object_get_attributes (MsObject *self);
void        ms_object_take_attributes (MsObject *self, JsonObject *attributes);

/* The store's row number; 0 before it was stored. */
gint64 ms_object_get_row (MsObject *self);
void   ms_object_set_row (MsObject *self, gint64 row);
/* Counts up by one with every change; its ETag is W/"version". */
gint64 ms_object_get_version (MsObject *self);
void   ms_object_set_version (MsObject *self, gint64 version);
/* Microseconds since 1970, UTC. */
gint64 ms_object_get_created (MsObject *self);
gint64 ms_object_get_modified (MsObject *self);
void   ms_object_set_times (MsObject *self, gint64 created, gint64 modified);

/* Its attributes cannot be read: no more of them is here than the label, to be shown in a list. */
gboolean ms_object_is_damaged (MsObject *self);
void     ms_object_set_damaged (MsObject *self);

/* What people know the object by: user name, "name" of a mailbox, group or domain, displayName of a
 * list. (transfer none) (not nullable): "" where it has none */
const char *ms_object_get_label (MsObject *self);
/* What a message calls it: the label, or the type where it has none. */
const char *ms_object_get_shown_name (MsObject *self);

/* Attribute access by path ("name.familyName", "urn:…:User:role"); %NULL, @fallback or 0 where
 * unset. */
const char *ms_object_get_string (MsObject *self, const char *path);
gboolean    ms_object_get_boolean (MsObject *self, const char *path, gboolean fallback);
gint64      ms_object_get_int (MsObject *self, const char *path, gint64 fallback);
void        ms_object_set_string (MsObject *self, const char *path, const char *value);
void        ms_object_set_boolean (MsObject *self, const char *path, gboolean value);
/* Id at the other end of a single-valued relation ("owner", "group", "parent"); %NULL where unset.
 */
const char *ms_object_get_link (MsObject *self, const char *path);
void        ms_object_set_link (MsObject *self, const char *path, const char *id);

/* A new random, time-ordered identifier (RFC 9562 §5.7, UUID version 7). */
char *ms_object_new_id (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsObject, ms_object_unref)

G_END_DECLS
