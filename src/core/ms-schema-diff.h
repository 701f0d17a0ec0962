/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What another version of the tables means for objects that are there: what would be lost, what
 * must be looked at again, and whether one object satisfies it. Says nothing about how many objects
 * there are; that is the store's.
 */
#pragma once

#include "ms-schema.h"

G_BEGIN_DECLS

typedef enum
{
  MS_SCHEMA_LOST = 1 << 0,    /* @after is %NULL, or values of @before cannot be values of it */
  MS_SCHEMA_TIGHTER = 1 << 1, /* values, or their absence, that were good may not be any more */
  MS_SCHEMA_UNIQUE = 1 << 2,  /* what must be unique is another set of values */
  MS_SCHEMA_SEARCH = 1 << 3,  /* what search looks at is another text */
  MS_SCHEMA_JOINED = 1 << 4,  /* several values that were unlike may be one */
} MsSchemaEffect;

/**
 * MsSchemaDifference: one attribute that is not as it was
 * @before, @after: (nullable): there was, there will be none. Where their paths differ, in case,
 * they are two attributes, and what one held is lost
 */
typedef struct
{
  const MsAttribute *before;
  const MsAttribute *after;
  MsSchemaEffect     effect;
} MsSchemaDifference;

/**
 * MsSchemaTypeChange: one resource type that objects of which must be looked at
 * @before: as it was
 * @after: (nullable): there will be no such type
 * @other_case: (nullable): where there will be no such type, the name of one that differs from
 * @before's in case only
 * @label_moved: another attribute is the label
 * @required: (element-type MsSchema): extensions of @after that objects had not to have
 * @differences: (element-type MsSchemaDifference): only those that have an effect
 */
typedef struct
{
  const MsResourceType *before;
  const MsResourceType *after;
  const char           *other_case;
  gboolean              label_moved;
  GPtrArray            *required;
  GArray               *differences;
} MsSchemaTypeChange;

/* From @before to @after. (element-type MsSchemaTypeChange): types that are new, or as they were,
 * are not in it */
GPtrArray *ms_schema_compare (MsSchemaRegistry *before, MsSchemaRegistry *after);
/* Whether any difference has one of @effects, of which an extension that is required from now on is
 * %MS_SCHEMA_TIGHTER. */
gboolean ms_schema_type_change_has (const MsSchemaTypeChange *self, guint effects);

/* Whether @attributes (of an object) satisfy the new tables wherever these are tighter, with as
 * many values as before. The error's path is the attribute. (ms-schema-fit.c) */
gboolean ms_schema_type_change_check (const MsSchemaTypeChange *self,
                                      JsonObject               *attributes,
                                      GError                  **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether there is an attribute of which values that are taken may be kept in another form. */
gboolean ms_schema_type_change_has_forms (const MsSchemaTypeChange *self);
/* Brings @attributes, which satisfy the new tables, to the form in which these keep values that
 * were taken as they came. %TRUE where something was changed. (ms-schema-fit.c) */
gboolean ms_schema_type_change_conform (const MsSchemaTypeChange *self, JsonObject *attributes);
/* Takes out of @attributes what is lost. %TRUE where something was there. */
gboolean ms_schema_type_change_strip (const MsSchemaTypeChange *self, JsonObject *attributes);
/* Whether @value (of several one) is of the attribute's type at all. */
gboolean ms_attribute_fits (const MsAttribute *attribute, JsonNode *value);
/* Takes out of @attributes what @type does not know, or what cannot be a value there any more: for
 * objects that come back from a time with other tables. */
void ms_resource_type_prune (const MsResourceType *type, JsonObject *attributes);

G_END_DECLS
