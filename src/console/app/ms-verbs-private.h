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

/* Of the node; %NULL where there is none. */
MsServer *ms_verbs_get_server (MsVerbs *self);
/* For a dialog, whose reports go to that server from then on. */
MsConnection *ms_verbs_get_connection (MsVerbs *self);

/* Asks, saying what goes, and deletes. */
void ms_verbs_delete (MsVerbs *self);
/* Asks where to, and writes the CSV. */
void ms_verbs_export (MsVerbs *self);
/* Of a server. */
void ms_verbs_connect (MsVerbs *self);
void ms_verbs_log_off (MsVerbs *self);
void ms_verbs_second_step (MsVerbs *self);
void ms_verbs_settings (MsVerbs *self);
void ms_verbs_options (MsVerbs *self);
void ms_verbs_remove_server (MsVerbs *self);

G_END_DECLS
