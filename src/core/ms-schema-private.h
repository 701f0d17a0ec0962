/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files that make up the schema registry share: the records with what only they see.
 */
#pragma once

#include "ms-schema.h"

G_BEGIN_DECLS

struct _MsSchemaRegistry
{
  gatomicrefcount ref_count;
  GPtrArray      *schemas;    /* (element-type MsSchema) (owned) */
  GPtrArray      *types;      /* (element-type MsResourceType) (owned) */
  GPtrArray      *complaints; /* (element-type utf8) (owned): see ms-schema-stored.h */
};

/* What a MsResourceType really is. @place: (nullable): where in its file it is; of each of its
 * extensions, extension_places */
typedef struct
{
  MsResourceType public;
  MsAttribute       *external_id;
  MsAttribute       *external_ids;
  const MsAttribute *label;
  char              *place;
  GPtrArray         *extension_places; /* (element-type utf8) (owned) */
  guint              indexed;          /* extensions that are in by_path */
  GHashTable *by_path; /* lower case path -> MsAttribute, both with and without the core URN */
} MsTypeRecord;

/* What a MsAttribute really is. @reference_endpoints: (nullable): where a reference must lead, of
 * the types in reference_types; %NULL where any URI is taken */
typedef struct
{
  MsAttribute public;
  char **reference_endpoints;
} MsAttributeRecord;

MsAttribute  *ms_attribute_new (void);
void          ms_attribute_free (MsAttribute *self);
MsSchema     *ms_schema_new (void);
void          ms_schema_free (MsSchema *self);
MsTypeRecord *ms_type_record_new (void);
void          ms_type_record_free (MsTypeRecord *self);

/* Gives every attribute of @schema its path, for use as the core schema of a type or
 * (@as_extension) beside it. */
void ms_schema_set_paths (MsSchema *self, gboolean as_extension);
/* Builds by_path and label anew from schema and extensions. */
void ms_type_record_index (MsTypeRecord *self);

/* Internal ones too. (nullable) */
const MsResourceType *ms_schema_registry_find_endpoint (MsSchemaRegistry *self,
                                                        const char       *endpoint);

/* The enumerations' names in order, %NULL at the end. */
extern const char *const ms_attr_type_names[];
extern const char *const ms_mutability_names[];
extern const char *const ms_returned_names[];
extern const char *const ms_uniqueness_names[];

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsAttribute, ms_attribute_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsSchema, ms_schema_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsTypeRecord, ms_type_record_free)

/* Reads one schema file into the registry without looking at what relations point at, which
 * ms_schema_registry_check_relations does. */
gboolean
ms_schema_registry_load (MsSchemaRegistry *self, const char *data, gssize length, GError **error);
/* The same of one that is parsed. */
gboolean ms_schema_registry_load_node (MsSchemaRegistry *self, JsonNode *root, GError **error);
gboolean ms_schema_registry_check_relations (MsSchemaRegistry *self, GError **error);
/* Fills reference_endpoints of all attributes, anew where more types have come. */
void ms_schema_registry_resolve_references (MsSchemaRegistry *self);

G_END_DECLS
