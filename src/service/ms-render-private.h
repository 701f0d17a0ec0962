/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the two files of the renderer share.
 */
#pragma once

#include "ms-projection.h"
#include "ms-render.h"

G_BEGIN_DECLS

struct _MsRender
{
  MsService            *service;
  const MsResourceType *type;
  char                 *base_url;
  char                 *client; /* (nullable) */
  MsAttributeSet       *wanted;
  MsGroupCache         *groups;
  GHashTable           *targets; /* utf8 -> MsObject */
  GString              *scratch;
};

/* A comma where one is needed, and "name": */
void     ms_render_begin_member (GString *out, const char *name);
gboolean ms_render_append_computed (MsRender          *self,
                                    MsTxn             *txn,
                                    MsObject          *object,
                                    const MsAttribute *attribute,
                                    GString           *out,
                                    GError           **error);

G_END_DECLS
