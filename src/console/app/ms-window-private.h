/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of MsWindow share.
 */
#pragma once

#include "ms-activity-pane.h"
#include "ms-banner.h"
#include "ms-bin-pane.h"
#include "ms-list-pane.h"
#include "ms-server-page.h"
#include "ms-status-line.h"
#include "ms-thing-pane.h"
#include "ms-tree-pane.h"
#include "ms-undo-stack.h"
#include "ms-verbs.h"
#include "ms-window.h"

G_BEGIN_DECLS

struct _MsWindow
{
  AdwApplicationWindow parent_instance;

  /* Template children */
  MsActivityPane  *activity;
  MsBanner        *banner;
  MsBinPane       *bin;
  GtkStack        *content;
  GtkWidget       *header;
  GtkLabel        *hint;
  MsListPane      *list;
  GtkMenuButton   *menu_button;
  GtkMenuButton   *new_button;
  GtkOverlay      *overlay;
  GtkPaned        *paned;
  MsServerPage    *server_page;
  MsStatusLine    *status;
  GtkLabel        *subtitle;
  MsThingPane     *things;
  GtkLabel        *title;
  AdwToastOverlay *toasts;
  MsTreePane      *tree;

  /* Owned */
  MsServers    *servers;
  MsUndoStack  *undo;
  MsUndoStep   *whole_import; /* (nullable): that the toast offers to undo */
  MsVerbs      *node_verbs;
  MsVerbs      *object_verbs;
  GtkBuilder   *menus;
  GSettings    *settings;
  MsNode       *node;
  MsServer     *acting_server; /* (nullable) */
  AdwToast     *toast;         /* (nullable): the one that offers Undo now */
  gint64        toast_shown;   /* when it began, or will begin, to slide in; monotonic */
  GCancellable *cancellable;
  char         *hint_text;     /* (nullable): what a drop here would do */
  char         *hint_effect;   /* (nullable): and what comes of it, as the server says */
  gpointer      hint_question; /* (nullable): to be asked when the pointer rests */
  guint         hint_source;
  guint         hint_serial;
  int           hint_x;
  int           hint_y;
};

/* The files of this class: connecting, doing and undoing, the bin, hovering. */
void ms_window_init_actions (MsWindow *self);
void ms_window_install_actions (GtkWidgetClass *widget_class);
void ms_window_install_bin (GtkWidgetClass *widget_class);
void ms_window_update_actions (MsWindow *self);
void ms_window_update_banner (MsWindow *self);
void ms_window_init_drops (MsWindow *self);
void ms_window_watch_servers (MsWindow *self);
void ms_window_show_node (MsWindow *self);

/* Forgets what was asked while hovering. */
void ms_window_clear_drop (MsWindow *self);

G_END_DECLS
