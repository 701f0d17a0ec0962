/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The base of a pane that is one list of rows: what is selected, a search box above, a context
 * menu, and what stands in the list's place while it has no rows: "loading", "error",
 * "nothing-found", "empty".
 *
 * A subclass brings the template, with a GtkSearchEntry "filter", a GtkStack "stack" of these pages
 * and "list", a GtkListView "list" and an AdwStatusPage "error", and the list itself.
 */
#pragma once

#include <adwaita.h>

#include "ms-server.h"

G_BEGIN_DECLS

#define MS_TYPE_ROW_PANE (ms_row_pane_get_type ())
G_DECLARE_DERIVABLE_TYPE (MsRowPane, ms_row_pane, MS, ROW_PANE, AdwBin)

/**
 * MsRowPaneClass:
 * @activated_action: what is done to a row that is activated, once it alone is selected
 * @is_loading: whether the first rows of @list have not come yet
 * @get_error: why @list could not be read. (nullable)
 * @reload: reads @list afresh
 * @search: other words stand in the search box
 * @update_actions: enables the actions for what is selected
 * @server_changed: the connection is another, or its schemas. Else the actions are updated
 * @describe: what is in @list, for the status line. (transfer full) (nullable)
 */
struct _MsRowPaneClass
{
  AdwBinClass parent_class;

  const char *activated_action;
  gboolean (*is_loading) (GListModel *list);
  const GError *(*get_error) (GListModel *list);
  void (*reload) (GListModel *list);
  void (*search) (MsRowPane *self, const char *words);
  void (*update_actions) (MsRowPane *self);
  void (*server_changed) (MsRowPane *self);
  char *(*describe) (GListModel *list);
};

/* Signal "changed": for the status line. */
void ms_row_pane_reload (MsRowPane *self);
void ms_row_pane_focus_filter (MsRowPane *self);
/* "12 objects, 1 selected" (transfer full) */
char *ms_row_pane_dup_status (MsRowPane *self);
/* (nullable) (transfer none) */
GListModel        *ms_row_pane_get_list (MsRowPane *self);
GtkSelectionModel *ms_row_pane_get_selection (MsRowPane *self);

/* For subclasses. */

/* In class_init: the template, with what the base wants of it. */
void ms_row_pane_class_set_template (MsRowPaneClass *klass, const char *resource);
/* In init, when the template is there. */
void ms_row_pane_set_up (MsRowPane *self, GtkListItemFactory *factory, GMenuModel *menu);
/* @list: (transfer full) (nullable) */
void ms_row_pane_set_list (MsRowPane *self, GListModel *list);
/* @server: (nullable) */
void        ms_row_pane_set_server (MsRowPane *self, MsServer *server);
MsServer   *ms_row_pane_get_server (MsRowPane *self);
gboolean    ms_row_pane_is_writable (MsRowPane *self);
const char *ms_row_pane_get_search (MsRowPane *self);
void        ms_row_pane_clear_search (MsRowPane *self);
/* The positions; %NULL where there is no list. (transfer full) (nullable) */
GtkBitset *ms_row_pane_dup_selected (MsRowPane *self);
guint      ms_row_pane_count_selected (MsRowPane *self);
void       ms_row_pane_update_actions (MsRowPane *self);

G_END_DECLS
