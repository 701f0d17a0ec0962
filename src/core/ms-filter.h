/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The SCIM filter language (RFC 7644 §3.4.2.2) as a tree bound to a resource type's attributes. The
 * store turns the tree into SQL; PATCH matches it against values in memory. Length and depth are
 * bounded.
 */
#pragma once

#include "ms-schema.h"

G_BEGIN_DECLS

typedef enum
{
  MS_FILTER_AND,
  MS_FILTER_OR,
  MS_FILTER_NOT,
  MS_FILTER_COMPARE,
  MS_FILTER_PRESENT,
  MS_FILTER_VALUE_PATH, /* attribute[left]: one element must satisfy the whole of left */
  MS_FILTER_NOTHING,    /* an attribute that nothing has: matches no object */
} MsFilterKind;

typedef enum
{
  MS_FILTER_EQ,
  MS_FILTER_NE,
  MS_FILTER_CO,
  MS_FILTER_SW,
  MS_FILTER_EW,
  MS_FILTER_GT,
  MS_FILTER_GE,
  MS_FILTER_LT,
  MS_FILTER_LE,
} MsFilterOp;

/**
 * MsFilterMeta:
 * @MS_FILTER_META_LOCATION: the id at its end, since the server may be known by several addresses
 * @MS_FILTER_META_SCHEMAS: in orders only; in filters it becomes other conditions
 */
typedef enum
{
  MS_FILTER_META_NONE,
  MS_FILTER_META_ID,
  MS_FILTER_META_CREATED,
  MS_FILTER_META_LAST_MODIFIED,
  MS_FILTER_META_RESOURCE_TYPE,
  MS_FILTER_META_VERSION,
  MS_FILTER_META_LOCATION,
  MS_FILTER_META_SCHEMAS,
} MsFilterMeta;

typedef struct _MsFilter MsFilter;

/**
 * MsFilter:
 * @attribute: (nullable): the leaf compared ("emails" has become its "value"); %NULL where @meta
 * says which common attribute it is
 * @value: the literal: a JSON string, number, boolean or null
 */
struct _MsFilter
{
  MsFilterKind       kind;
  MsFilterOp         op;
  MsFilterMeta       meta;
  const MsAttribute *attribute;
  JsonNode          *value;
  MsFilter          *left;
  MsFilter          *right;
};

/* Fails with %MS_ERROR_INVALID, scimType invalidFilter, the message naming the column. */
MsFilter *ms_filter_parse (const MsResourceType *type,
                           const char           *text,
                           GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same text for several types (element-type MsResourceType), a filter for each (RFC 7644
 * §3.4.2.1). A comparison that one type does not allow, because its attribute of that name is of
 * another kind, matches nothing there; it is an error where no type allows it. @is_client: see
 * ms_resource_type_find_for(). @unknown: (nullable) (element-type utf8): gets the names that no
 * type has, which match nothing. (element-type MsFilter) */
GPtrArray *ms_filter_parse_for_types (GPtrArray  *types,
                                      const char *text,
                                      gboolean    is_client,
                                      GPtrArray  *unknown,
                                      GError    **error) G_GNUC_WARN_UNUSED_RESULT;
MsFilter  *ms_filter_copy (const MsFilter *self);
void       ms_filter_free (MsFilter *self);
/* What means the same and is found with the least work: each part of an "and" or "or" once, "not"
 * before single conditions only, what is nested in front. (nullable): of %NULL. */
MsFilter *ms_filter_reduce (const MsFilter *self);
char     *ms_filter_to_string (const MsFilter *self);

/* Whether the attributes of one object (or for a value path's inner filter one element) satisfy it.
 */
gboolean ms_filter_matches (const MsFilter *self, JsonObject *attributes);
gboolean
ms_filter_matches_element (const MsFilter *self, const MsAttribute *attribute, JsonNode *element);

/* How two texts compare: folded unless @case_exact, otherwise byte by byte. */
gboolean
ms_filter_text_satisfies (const char *have, MsFilterOp op, const char *want, gboolean case_exact);

/* Quotes a text for use inside a filter expression. */
char *ms_filter_quote (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsFilter, ms_filter_free)

G_END_DECLS
