/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of MsVerbs share.
 */
#pragma once

#include "ms-verbs.h"

G_BEGIN_DECLS

struct _MsVerbs
{
  GObject parent_instance;

  /* Owned */
  GSimpleActionGroup *group;
  MsNode             *node;
  MsObjectSet        *set;

  /* Borrowed: owns us */
  MsWindow *window;

  MsNodeKind kind;
  gboolean   in_tree;
};

/* Asks, saying what goes, and deletes. */
void ms_verbs_delete (MsVerbs *self);
/* Asks where to, and writes the CSV. */
void ms_verbs_export (MsVerbs *self);

G_END_DECLS
