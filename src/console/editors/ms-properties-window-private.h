/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of MsPropertiesWindow share.
 */
#pragma once

#include "ms-form.h"
#include "ms-properties-window.h"

G_BEGIN_DECLS

struct _MsPropertiesWindow
{
  MsDialog parent_instance;

  /* Template children */
  GtkWidget *failed;
  GtkWidget *notice;
  GtkWidget *notice_label;
  GtkWidget *page_list;
  GtkWidget *separator;
  GtkWidget *sidebar;
  GtkWidget *stack;
  GtkWidget *states;
  GtkWidget *switcher;

  /* Owned */
  MsConnection     *connection;
  MsSchemaRegistry *schemas; /* (nullable): what the server's types are */
  MsForm           *form;
  MsResource       *resource;
  char             *type_name;
  char             *id;

  /* Borrowed: in the stack */
  GtkWidget *history;
  GtkWidget *keep; /* (nullable): keeps the old address */

  gboolean close_after;
  gboolean merging;
};

/* ms-properties-window.c */
void ms_properties_window_update_actions (MsPropertiesWindow *self);
void ms_properties_window_show_notice (MsPropertiesWindow *self, const char *text);
/* @resource is what the object is now. */
void ms_properties_window_take_resource (MsPropertiesWindow *self, MsResource *resource);
/* Reads the object again; what was typed stays. */
void ms_properties_window_reload (MsPropertiesWindow *self);

/* ms-properties-pages.c */
void ms_properties_window_build_pages (MsPropertiesWindow *self);

/* ms-properties-save.c: sends what changed, and closes the window afterwards where
 * @self->close_after says so. */
void ms_properties_window_save (MsPropertiesWindow *self);

G_END_DECLS
