/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The objects of a type that operators have added, as far as their schema tells what they are: a
 * list with search, and what can be done to any object: new, properties, delete.
 */
#pragma once

#include "ms-row-pane.h"

G_BEGIN_DECLS

#define MS_TYPE_THING_PANE (ms_thing_pane_get_type ())
G_DECLARE_FINAL_TYPE (MsThingPane, ms_thing_pane, MS, THING_PANE, MsRowPane)

/* @server, @type_name: (nullable): shows nothing */
void ms_thing_pane_set_type (MsThingPane *self, MsServer *server, const char *type_name);
/* "12 Gadgets, 1 selected" (transfer full) */
char *ms_thing_pane_dup_status (MsThingPane *self);
/* (nullable) (transfer none) */
GtkSelectionModel *ms_thing_pane_get_selection (MsThingPane *self);

G_END_DECLS
