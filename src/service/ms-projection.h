/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which attributes of a type an answer holds: "attributes" and "excludedAttributes" against the
 * "returned" characteristic of each (RFC 7643 §7, RFC 7644 §3.9). Unknown names are passed over, as
 * the RFC has it.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

typedef struct _MsAttributeSet MsAttributeSet;

typedef enum
{
  MS_META_RESOURCE_TYPE = 1 << 0,
  MS_META_CREATED = 1 << 1,
  MS_META_LAST_MODIFIED = 1 << 2,
  MS_META_LOCATION = 1 << 3,
  MS_META_VERSION = 1 << 4,
  MS_META_ALL = (1 << 5) - 1,
} MsMetaPart;

MsAttributeSet *ms_attribute_set_new (const MsResourceType *type,
                                      const MsProjection   *projection,
                                      GError              **error) G_GNUC_WARN_UNUSED_RESULT;
void            ms_attribute_set_free (MsAttributeSet *self);
/* @projection: (nullable). Whether it names nothing, so that everything returned by default is
 * wanted. */
gboolean ms_projection_is_plain (const MsProjection *projection);
gboolean ms_attribute_set_is_plain (const MsAttributeSet *self);
/* A top-level attribute, of the core schema or an extension. */
gboolean ms_attribute_set_has (const MsAttributeSet *self, const MsAttribute *attribute);
/* Whether some sub-attributes of @attribute are wanted and others not; ms_attribute_set_has_sub()
 * tells which. */
gboolean ms_attribute_set_is_partial (const MsAttributeSet *self, const MsAttribute *attribute);
gboolean ms_attribute_set_has_sub (const MsAttributeSet *self, const MsAttribute *sub);
/* MsMetaPart flags */
guint    ms_attribute_set_get_meta (const MsAttributeSet *self);
gboolean ms_attribute_set_has_external_id (const MsAttributeSet *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsAttributeSet, ms_attribute_set_free)

G_END_DECLS
