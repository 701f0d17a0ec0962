/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One running PATCH, and its part that works on the elements of multi-valued attributes.
 */
#pragma once

#include "ms-edit-private.h"

G_BEGIN_DECLS

typedef enum
{
  MS_PATCH_ADD,
  MS_PATCH_REPLACE,
  MS_PATCH_REMOVE,
} MsPatchOp;

/* @op: of the operation at hand, @has_value: whether it has a "value", were it null; @attributes:
 * those of the edit's object; @n_searches: operations so far that looked at every value, @n_looked:
 * values they looked at */
typedef struct
{
  MsEdit               *edit;
  const MsResourceType *type;
  JsonObject           *attributes;
  MsPatchOp             op;
  gboolean              has_value;
  guint                 n_searches;
  guint64               n_looked;
  GError              **error;
} MsPatch;

/* Members of an object as if each were an operation of its own. @schema: whose names they are */
gboolean ms_patch_apply_object (MsPatch *self, const MsSchema *schema, JsonNode *value);
/* Counts an operation whose cost grows with what the attribute holds; fails beyond so many. */
gboolean ms_patch_note_search (MsPatch *self, const MsAttribute *attribute);
/* On a multi-valued part of a single complex attribute; @value null where there is none. */
gboolean ms_patch_apply_part (MsPatch *self, const MsAttribute *part, JsonNode *value);
/* On a multi-valued attribute that is no relation; @value null where there is none. */
gboolean ms_patch_apply_elements (MsPatch *self, const MsPatchPath *path, JsonNode *value);

G_END_DECLS
