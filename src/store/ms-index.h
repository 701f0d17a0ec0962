/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which attributes the store indexes and what of an object goes into its index tables. Every leaf
 * attribute of a type and every relation to another object has a number, given by the store once
 * and kept for good. The tables hold one row per value:
 *
 *   value (attr, key, obj, elem): key sorts as the value does. elem ties the parts of one element
 * together and is 0 for the element that stands for all of them (the primary one, or the first). A
 * part of an element may have several values itself: then elem is the element in its lower half and
 * the place of the value among them in its upper one, so that 0 is the first value of the element
 * that stands for all.
 *
 * What an object lacks has no row. A list sorted by an attribute is a walk along its rows with elem
 * 0, and then, by creation, those objects that have none: the set of all objects of the type
 * without the set of those who have a value (ms-presence.h). A user with ten values costs ten rows,
 * however many attributes there are.
 *
 * This is arithmetic on one object; reading and writing the tables is done elsewhere.
 */
#pragma once

#include "ms-object.h"
#include "ms-sql.h"

G_BEGIN_DECLS

/* U+10FFFF: no character, and above all others in UTF-8. Nothing is stored under it: it is what an
 * absent value sorts as, and the end of ranges. */
#define MS_KEY_MISSING "\xf4\x8f\xbf\xbf"

#define MS_SCOPE_PRIMARY "primary"
#define MS_SCOPE_GROUP_NAME "mailgroup-name"

/* Of the rows of what ms_index_is_part_of_many(), as SQL. */
#define MS_INDEX_ELEMENT "(elem & 4294967295)"
#define MS_INDEX_VALUE_SHIFT 32

typedef struct _MsIndex MsIndex;

/**
 * MsIndexLeaf: one plain attribute
 * @attr: its number
 * @is_multiple: an object may have several values, in elements
 * @is_listed: it has few values, and there is a set of the objects that have each
 */
typedef struct
{
  gint64             attr;
  const MsAttribute *attribute;
  gboolean           is_multiple;
  gboolean           is_listed;
} MsIndexLeaf;

typedef struct
{
  gint64             attr;
  const MsAttribute *attribute;
} MsIndexRelation;

/**
 * MsIndexType:
 * @leaves: (element-type MsIndexLeaf)
 * @relations: (element-type MsIndexRelation): those to other objects
 * @label: number of the label attribute, or 0
 * @objects: number under which the set of all objects is kept
 */
typedef struct
{
  const MsResourceType *type;
  GArray               *leaves;
  GArray               *relations;
  gint64                label;
  gint64                objects;
  GHashTable           *numbers; /* MsAttribute -> GINT_TO_POINTER (number) */
} MsIndexType;

/* Numbers all attributes, adding those that the store does not know yet where @may_write; objects
 * that are there already are indexed by what is new or has changed its form. */
MsIndex *ms_index_load (MsSql *sql, MsSchemaRegistry *schemas, gboolean may_write, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
MsIndex          *ms_index_ref (MsIndex *self);
void              ms_index_unref (MsIndex *self);
MsSchemaRegistry *ms_index_get_schemas (MsIndex *self);
/* Counts the changes of the store's schema files: which of them these tables are of. */
gint64             ms_index_get_edition (MsIndex *self);
void               ms_index_set_edition (MsIndex *self, gint64 edition);
const MsIndexType *ms_index_get_type (MsIndex *self, const MsResourceType *type);
/* 0 where it is not indexed: computed, secret, or not of this type */
gint64
ms_index_get_number (MsIndex *self, const MsResourceType *type, const MsAttribute *attribute);
/* (nullable) */
const MsIndexLeaf *
ms_index_find_leaf (MsIndex *self, const MsResourceType *type, const MsAttribute *attribute);
/* Whether it is a part, of a complex attribute, that has several values itself. */
gboolean ms_index_is_part_of_many (const MsAttribute *attribute);
/* The relation "parent" of mail groups and the like, or 0. */
gint64 ms_index_get_relation (MsIndex *self, const char *type_name, const char *path);

typedef struct
{
  gint64             attr;
  gint64             elem;
  char              *key;
  const MsIndexLeaf *leaf;
} MsIndexRow;

/* The rows of "value" for an object, sorted. (element-type MsIndexRow) */
GArray *ms_index_collect_rows (MsIndex *self, MsObject *object);
int     ms_index_row_compare (const MsIndexRow *a, const MsIndexRow *b);

typedef struct
{
  const char        *scope;
  char              *key;
  const MsAttribute *attribute; /* (nullable) */
} MsIndexUnique;

/* The plain unique values of an object, without the scopes that need the row number of another
 * object. (element-type MsIndexUnique) */
GArray *ms_index_collect_unique (MsIndex *self, MsObject *object);
/* Folded, one value a line; "" where there is nothing to search. */
char *ms_index_collect_search (MsIndex *self, MsObject *object);

/* Puts the searched text of the object at row @obj in the place of @before. */
gboolean ms_index_store_search (MsSql                *sql,
                                const MsResourceType *type,
                                gint64                obj,
                                const char           *before,
                                const char           *after,
                                GError              **error) G_GNUC_WARN_UNUSED_RESULT;

/* The key of a value; %NULL where it is none of the attribute's type. */
char *ms_index_key (const MsAttribute *attribute, JsonNode *value);
/* The same for the text of a value. */
char *ms_index_attribute_key (const MsAttribute *attribute, const char *text);
/* The same for a text that is of no attribute, folded or not. */
char *ms_index_text_key (const char *text, gboolean case_exact);
char *ms_index_int_key (gint64 value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsIndex, ms_index_unref)

G_END_DECLS
